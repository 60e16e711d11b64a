"""Members of an issue in a file of issues: its id and its texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_issue_id(data: Mapping[str, object]) -> int | str:
    """The member `id`. Raises SourceError where it is missing, or neither text nor an integer."""
    found = data.get("id")
    if not isinstance(found, int | str) or isinstance(found, bool) or found == "":
        raise SourceError("`id` is missing" if found in (None, "") else "`id` is neither text nor an integer")
    return found


def read_text_member(data: Mapping[str, object], name: str) -> str:
    """A text; empty where it is null or absent. Raises SourceError for any other value."""
    found = data.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise SourceError(f"`{name}` is not text")
    return found
