"""What the facts of `let:` look like, by their source: the shapes that paths are checked against.

Shapes are written as JSON Schema, with the marks of `schemas/event.schema.json`: `x-open` accepts every path,
`x-untrusted` says that anyone may have written it, or that a model answered it. The same table binds whoever
gathers the fact.
"""

from __future__ import annotations

from typing import Any, Final

Shape = dict[str, Any]

_STRING: Final[Shape] = {"type": "string"}
_INTEGER: Final[Shape] = {"type": "integer"}
_NUMBER: Final[Shape] = {"type": "number"}
_BOOLEAN: Final[Shape] = {"type": "boolean"}
_TIME: Final[Shape] = {"type": "string", "format": "date-time"}
_LOGIN: Final[Shape] = {"type": "string", "x-format": "login", "x-compare": "casefold"}
_WRITTEN: Final[Shape] = {"type": "string", "x-untrusted": True}


def _list(items: Shape) -> Shape:
    return {"type": "array", "items": items}


def _object(**properties: Shape) -> Shape:
    return {"type": "object", "properties": properties}


def _marked(**properties: Shape) -> Shape:
    """Made of what somebody wrote: whoever writes it chooses the value, though not its words."""
    return {**_object(**properties), "x-untrusted": True}


_SUBJECTS: Final = _list(
    _object(number=_INTEGER, title=_WRITTEN, url=_STRING, state=_STRING, score=_NUMBER, created_at=_TIME)
)

_FINDING: Final = _object(field=_STRING, start=_INTEGER, end=_INTEGER, type=_STRING, confidence=_NUMBER)

_CHANGE: Final = _object(
    event=_STRING,
    actor=_LOGIN,
    human=_BOOLEAN,
    label=_STRING,
    assignee=_LOGIN,
    milestone=_STRING,
    at=_TIME,
)

UNKNOWN_KIND: Final[Shape] = {"x-open": True, "x-untrusted": True}
"""A fact of a plugin, or of a source that this version does not know: every path is accepted."""

FACT_KINDS: Final[dict[str, Shape]] = {
    # An expression may pass on anything that the event holds.
    "jmespath": UNKNOWN_KIND,
    "value": {"x-open": True},
    "label_group": {"type": "string", "x-compare": "casefold"},
    # Whoever can write what the conditions read chooses the value.
    "choose": {"type": ["string", "number", "boolean"], "x-compare": "casefold", "x-untrusted": True},
    # Offsets count code points of the field's text; a finding never holds the text itself. `count`, `types` and
    # `fields` are of `findings`, which are sure enough to be masked; `suspected` are those that are not. `secrets`
    # counts the credentials among them: all types but those of the group `personal`.
    "detect": _marked(
        count=_INTEGER,
        secrets=_INTEGER,
        types=_list(_STRING),
        fields=_list(_STRING),
        findings=_list(_FINDING),
        suspected=_list(_FINDING),
    ),
    "call": UNKNOWN_KIND,
    "classify": {"type": "string", "x-compare": "casefold", "x-untrusted": True},
    "extract": UNKNOWN_KIND,
    "summarize": _WRITTEN,
    "embed": {**_list(_NUMBER), "x-untrusted": True},
    # Best first; scores and the margin between the first two lie between 0 and 1.
    "similar": _marked(count=_INTEGER, score=_NUMBER, margin=_NUMBER, candidates=_SUBJECTS),
    "duplicates": _marked(
        count=_INTEGER,
        canonical=_INTEGER,
        score=_NUMBER,
        margin=_NUMBER,
        # close, advise or none.
        decision=_STRING,
        candidates=_SUBJECTS,
    ),
    "required_fields": _marked(
        complete=_BOOLEAN,
        count=_INTEGER,
        missing=_list(_STRING),
        invalid=_list(_STRING),
        present=_list(_STRING),
        values={"type": "object", "x-open": True, "x-untrusted": True},
    ),
    # none, read, triage, write, maintain or admin.
    "permission": _STRING,
    # Oldest first, at most the latest hundred; `last` is missing where there is none.
    "timeline": _object(count=_INTEGER, last=_CHANGE, events=_list(_CHANGE)),
    # Best first. A checkout may be a fork's, so that anyone may have named a document.
    "related_docs": _marked(
        count=_INTEGER, documents=_list(_object(path=_WRITTEN, title=_WRITTEN, url=_STRING, score=_NUMBER))
    ),
}
"""Source of a fact → the shape of its value."""
