"""The source of this installation of Rulewright, as a reference to its action."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

ACTION: Final = re.compile(
    r"(?P<owner>[A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))/(?P<name>[A-Za-z0-9_.-]{1,100})@(?P<ref>[A-Za-z0-9_][A-Za-z0-9_./-]{0,250})"
)
GITHUB: Final = "github.com"


def check_action(text: str) -> str:
    """Check that a text has the form `owner/repository@reference` of `uses:`. Raises UsageError otherwise."""
    found = ACTION.fullmatch(text)
    if found is None or ".." in text or "//" in text or text.endswith(("/", ".")):
        raise UsageError(
            f"{text[:80]!r} is not an action",
            hint="use OWNER/REPO@REF, where REF is a tag such as v1.2.3, or a commit",
        )
    return text


def installed_action(direct_url: str | None = None, environ: Mapping[str, str] | None = None) -> str | None:
    """The action at the commit from which pip installed this package, if its source is a repository on GitHub.

    `direct_url`: the text of the installation's `direct_url.json` (PEP 610); default: this package's own. None for
    other sources: an index, a wheel, a checkout.
    """
    import json

    text = direct_url if direct_url is not None else _recorded()
    if text is None:
        return None
    try:
        data: Any = json.loads(text)
        place, commit = urlsplit(data["url"]), data["vcs_info"]["commit_id"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    given = os.environ if environ is None else environ
    server = urlsplit(given.get("GITHUB_SERVER_URL", "")).hostname
    hosts = {GITHUB, server} if server else {GITHUB}
    named = place.path.strip("/").removesuffix(".git")
    if (
        place.scheme not in ("https", "ssh")
        or place.hostname not in hosts
        or not isinstance(commit, str)
        or re.fullmatch("[0-9a-f]{40}", commit) is None
    ):
        return None
    try:
        return check_action(f"{named}@{commit}")
    except UsageError:
        return None


def _recorded() -> str | None:
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        return distribution("rulewright").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
