"""Addresses of GitHub's interfaces, and the paths of its REST interface.

The interfaces are those of github.com, of a GitHub Enterprise server, or of a tenant of ghe.com. Data in a path is
quoted so that it can only ever be one segment.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from rulewright.github.errors import GitHubError
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.web_address import LOOPBACK

PLACEHOLDER: Final = re.compile(r"\{owner\}/\{repo\}|\{(\w+)\}")
FULL_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
DOTS: Final = frozenset((".", ".."))
DEEP: Final = frozenset(("path", "ref"))
"""Placeholders whose value may hold slashes: a file in a repository, a branch."""


def path(template: str, *parts: str | int) -> str:
    """Fill a template of GitHub's REST documentation, in order; `{owner}/{repo}` takes one full name.

    path("/repos/{owner}/{repo}/issues/{issue_number}", "octo-org/demo", 12) → "/repos/octo-org/demo/issues/12"

    Raises UsageError for a part that cannot be a segment: empty, `.`, `..` (they would name another thing).
    """
    left = iter(parts)

    def fill(found: re.Match[str]) -> str:
        try:
            part = str(next(left))
        except StopIteration:
            raise ValueError(f"too few parts for {template}") from None
        name = found[1]
        if name is None:
            return repository(part)
        if name in DEEP:
            return "/".join(segment(piece) for piece in part.split("/"))
        return segment(part)

    filled = PLACEHOLDER.sub(fill, template)
    if next(left, None) is not None:
        raise ValueError(f"too many parts for {template}")
    return filled


def segment(part: str) -> str:
    """One segment, quoted whole."""
    if not part or part in DOTS:
        raise UsageError(f"{part!r} is not allowed in a GitHub path")
    try:
        return quote(part, safe="")
    except UnicodeEncodeError:
        raise UsageError("a half character (a lone surrogate) is not allowed in a GitHub path") from None


def repository(full_name: str) -> str:
    """`owner/name` as it is. Raises UsageError when it is none."""
    if not FULL_NAME.fullmatch(full_name) or DOTS & set(full_name.split("/")):
        raise UsageError(f"not a repository: {full_name[:80]!r}", hint="write it as owner/name")
    return full_name


LINK: Final = re.compile(r'<([^<>]{1,4000})>((?:\s*;\s*[\w!#$&+.^`|~-]+\s*=\s*(?:"[^"]*"|[^\s",;]+))*)')


NEXT: Final = re.compile(
    r';\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next(?=\s*(?:;|$)))', re.IGNORECASE
)


class Address(NamedTuple):
    """`base` is what REST paths are put behind, without a slash at its end."""

    base: str
    graphql: str

    @classmethod
    def read(cls, url: str) -> Address:
        """From an API's address such as `https://ghe.example/api/v3`. Raises UsageError.

        Only a server on this machine may be spoken to without encryption.
        """
        try:
            parts = urlsplit(url.strip())
            host, _ = parts.hostname, parts.port
        except ValueError:
            parts, host = urlsplit(""), None
        secure = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
        if not host or not secure or parts.username or parts.password or parts.query or parts.fragment:
            raise UsageError(
                "the API's address is not one that a token can be sent to",
                hint="write it as https://api.github.com or https://ghe.example/api/v3",
            )
        path = parts.path.rstrip("/")
        origin = f"{parts.scheme}://{parts.netloc}"
        return cls(
            origin + path,
            origin + (path.removesuffix("/v3") if path.endswith("/api/v3") else path) + "/graphql",
        )


def next_page(link: str | None, address: Address, url: str) -> str | None:
    """The address of the next page by a `link` header (RFC 8288); None on the last page.

    Raises GitHubError when it leads elsewhere than this API: the token would go there.
    """
    if link is None:
        return None
    for target, attributes in LINK.findall(link):
        if NEXT.search(attributes):
            try:
                page: str = urljoin(url, target)
            except ValueError:
                page = ""
            if not page.startswith(address.base + "/"):
                raise GitHubError(
                    "a list's next page points to another host, which is not followed", kind="server"
                )
            return page
    return None
