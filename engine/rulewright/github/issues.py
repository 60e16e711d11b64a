"""New issues, each once: the marker in the body is looked for before one is opened."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from rulewright.actions.create_issue import issue_marker
from rulewright.github.urls import path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.github.client import Client
    from rulewright.github.reader import GitHubReader
    from rulewright.policy.json_types import Json, JsonObject

RECENT: Final = 100
"""Issues among which one that was just opened is looked for: a page."""


def create_issue(
    client: Client, reader: GitHubReader, repository: str, written: Mapping[str, Json], key: str
) -> bool:
    """Open it; False when the tool opened it before, be it closed by now. Raises GitHubError.

    Of two runs that open it at the same time, the later closes its own as a duplicate of the first.

    `written`: `{"title", "body", "labels"?}`; the body begins with the marker.
    """
    place, marker = path("/repos/{owner}/{repo}/issues", repository), issue_marker(key)

    def present(most: int | None = None) -> list[JsonObject]:
        """Ours with the marker, the newest first; `most`: how many of each account's newest are looked at."""
        found = []
        for creator in reader.logins() or (None,):
            for issue in islice(client.pages(place, {"state": "all", "creator": creator}), most):
                if reader.wrote(issue) is not False and str(issue.get("body") or "").startswith(marker):
                    found.append(dict(issue))
        return found

    if present():
        return False
    body = {name: written[name] for name in ("title", "body", "labels") if name in written}
    opened = client.send(
        "POST", place, body, notifies=True, happened=lambda: next(iter(present(RECENT)), None)
    )
    first = min((*present(RECENT), opened), key=lambda issue: int(issue["number"]))
    if first["number"] == opened["number"]:
        return True
    # Another run opened it in between. Issues cannot be deleted with such a token: the later one is closed.
    own = path("/repos/{owner}/{repo}/issues/{issue_number}", repository, opened["number"])
    closed = {"state": "closed", "state_reason": "duplicate", "duplicate_issue_id": first["id"]}
    client.send("PATCH", own, closed)
    return False
