"""A labelled issue as it comes: `{"id", "title", "body", "label"?}`."""

from __future__ import annotations

from typing import Final, NamedTuple

from rulewright.events.issue_members import read_issue_id, read_text_member
from rulewright.policy.diagnostics import SourceError

LONGEST_LABEL: Final = 100


class LabelledIssue(NamedTuple):
    """`label` is "" where none is asked for."""

    id: int | str
    title: str
    body: str
    label: str = ""


def read_labelled_issue(data: object, field: str | None = None) -> LabelledIssue:
    """An issue out of plain data; with `field`, the label stands there. Raises SourceError saying what is wrong."""
    if not isinstance(data, dict):
        raise SourceError("an issue is an object with id, title and body")
    name = read_issue_id(data)
    label = "" if field is None else data.get(field)
    if field is not None and (not isinstance(label, str) or not label or len(label) > LONGEST_LABEL):
        raise SourceError(
            f"`{field}` is missing"
            if label in (None, "")
            else f"`{field}` is no text of at most {LONGEST_LABEL}"
        )
    return LabelledIssue(name, read_text_member(data, "title"), read_text_member(data, "body"), str(label))


def issue_from_text(text: str) -> LabelledIssue:
    """An issue whose title is the text's first line."""
    title, _, body = text.strip().partition("\n")
    return LabelledIssue("", title, body)
