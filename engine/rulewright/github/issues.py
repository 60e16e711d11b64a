"""New issues, each once: the marker in the body is looked for before one is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.github.path import path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.github.client import Client
    from rulewright.github.reader import GitHubReader

__all__ = ["create_issue", "issue_marker"]


def issue_marker(key: str) -> str:
    """How the body of an issue begins that was opened for the effect of that key."""
    return f"<!-- rulewright:issue:{key} -->"


def create_issue(
    client: Client, reader: GitHubReader, repository: str, written: Mapping[str, Any], key: str
) -> bool:
    """Open it; False when this token opened it before, be it closed by now. Raises GitHubError.

    `written`: `{"title", "body", "labels"?}`; the body begins with the marker.
    """
    place, marker = path("/repos/{owner}/{repo}/issues", repository), issue_marker(key)

    def present() -> dict[str, Any] | None:
        for creator in reader.logins() or (None,):
            for issue in client.pages(place, {"state": "all", "creator": creator}):
                if reader.wrote(issue) and str(issue.get("body") or "").startswith(marker):
                    return dict(issue)
        return None

    if present() is not None:
        return False
    body = {name: written[name] for name in ("title", "body", "labels") if name in written}
    client.send("POST", place, body, notifies=True, happened=present)
    return True
