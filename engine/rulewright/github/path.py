"""Paths of GitHub's REST interface, with data quoted so that it can only ever be one segment."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from rulewright.policy.diagnostics import UsageError

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
        raise UsageError(f"{part!r} cannot stand in a path of GitHub's")
    try:
        return quote(part, safe="")
    except UnicodeEncodeError:
        raise UsageError("a half character (a lone surrogate) cannot stand in a path of GitHub's") from None


def repository(full_name: str) -> str:
    """`owner/name` as it is. Raises UsageError when it is none."""
    if not FULL_NAME.fullmatch(full_name) or DOTS & set(full_name.split("/")):
        raise UsageError(f"not a repository: {full_name[:80]!r}", hint="write it as owner/name")
    return full_name
