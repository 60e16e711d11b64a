"""`Issue`, the record that the index takes, read from plain data."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.events.issue_members import read_issue_id, read_text_member
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.quantity import parse_moment

if TYPE_CHECKING:
    from collections.abc import Mapping

Id = int | str

KEPT: Final = ("number", "state", "url", "labels", "duplicate_of", "repository")
"""What the index keeps of an issue beside its text, as it came."""

MILLISECONDS_FROM: Final = 1e11
"""A number of this size or more counts milliseconds since 1970: as seconds it would lie beyond the year 5138."""


class Issue(NamedTuple):
    """`created` counts seconds since 1970. `extra` holds what else was given of `KEPT`."""

    id: Id
    title: str
    body: str
    created: float
    created_at: str
    extra: Mapping[str, Any]


def read_issue(data: object) -> Issue:
    """An issue out of `{"id", "title", "body", "created_at", …}`. Raises SourceError saying what is wrong."""
    if not isinstance(data, dict):
        raise SourceError("an issue is an object with id, title, body and created_at")
    number = read_issue_id(data)
    created = data.get("created_at")
    if created is None:
        raise SourceError("`created_at` is missing", hint="only earlier issues are candidates")
    return Issue(
        number,
        _storable(read_text_member(data, "title")),
        _storable(read_text_member(data, "body")),
        read_seconds(created),
        str(created),
        {name: data[name] for name in KEPT if data.get(name) is not None},
    )


def github_issue(data: Mapping[str, Any], repository: str | None = None) -> Issue:
    """An issue out of GitHub's own object (REST or webhook); its number is the id. Raises SourceError."""
    labels = [label.get("name") for label in data.get("labels") or () if isinstance(label, dict)]
    return read_issue(
        {
            "id": data.get("number"),
            "number": data.get("number"),
            "title": data.get("title"),
            "body": data.get("body"),
            "created_at": data.get("created_at"),
            "state": data.get("state"),
            "url": data.get("html_url"),
            "labels": labels or None,
            "duplicate_of": data.get("duplicate_of"),
            "repository": repository,
        }
    )


def _storable(text: str) -> str:
    """The text without lone surrogates, which JSON may hold and no database does."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def read_seconds(moment: object) -> float:
    """Seconds since 1970 of an ISO 8601 moment (UTC where it names no offset) or of a number. Raises SourceError."""
    if isinstance(moment, int | float) and not isinstance(moment, bool):
        value = moment / 1000 if abs(moment) >= MILLISECONDS_FROM else float(moment)
        if abs(value) < MILLISECONDS_FROM:
            return value
    elif isinstance(moment, str):
        read = parse_moment(moment.strip())
        if read is not None:
            return read
    raise SourceError(
        f"`created_at` is not a timestamp: {str(moment)[:40]!r}",
        hint="write it as ISO 8601: 2026-01-05T09:00:00Z",
    )


def id_order(number: Id) -> tuple[int | str, ...]:
    """The order of ids among issues of one moment: numbers by value, in names as well (`AB-9` before `AB-10`)."""
    parts = re.split(r"([0-9]+)", str(number))
    return tuple(int(part) if place % 2 else part for place, part in enumerate(parts))


def issue_key(number: Id) -> str:
    """The id as JSON: `1` and `"1"` are two issues."""
    return json.dumps(number)
