"""Sources that read the event, its subject, or what surrounds it: `duplicates`, `required_fields`, `timeline`, …"""

from __future__ import annotations

from typing import Final

from rulewright.policy.fact_sources import declaration as schema
from rulewright.policy.fact_sources.declaration import FactDeclaration

DUPLICATE_SCOPES: Final = ("issues", "open")

_CANDIDATE: Final = schema.object_of(
    number=schema.INTEGER,
    title=schema.WRITTEN,
    url=schema.STRING,
    state=schema.STRING,
    score=schema.NUMBER,
    created_at=schema.TIME,
    why=schema.list_of(schema.WRITTEN),
)

DUPLICATES: Final = FactDeclaration(
    "duplicates",
    {
        "duplicates": {
            "description": "Where to search for duplicates: among all issues, or among the open ones.",
            "enum": list(DUPLICATE_SCOPES),
        },
        "within": schema.text("The maximum age of candidates, such as `365d`."),
        "limit": schema.count("The maximum number of candidates.", 100),
        "threshold": schema.THRESHOLD,
        "in": schema.IN,
        "otherwise": schema.OTHERWISE,
        "timeout": schema.text("The maximum time of the search, such as `5s`."),
        "min_confidence": schema.MIN_CONFIDENCE,
        "provider": schema.PROVIDER,
    },
    # Candidates best first; `decision`: close, advise or none.
    result=schema.untrusted_object(
        count=schema.INTEGER,
        canonical=schema.INTEGER,
        score=schema.NUMBER,
        margin=schema.NUMBER,
        decision=schema.STRING,
        candidates=schema.list_of(_CANDIDATE),
    ),
    example={
        "count": 1,
        "canonical": 12,
        "score": 0.93,
        "margin": 0.41,
        "decision": "close",
        "candidates": [
            {
                "number": 12,
                "title": "Crash on startup",
                "url": "https://github.com/octo-org/assistant/issues/12",
                "state": "open",
                "score": 0.93,
                "created_at": "2026-01-02T10:00:00Z",
                "why": ["title shares crash, startup"],
            }
        ],
    },
    default_paths=("title", "body"),
)

REQUIRED_FIELDS: Final = FactDeclaration(
    "required_fields",
    {
        "required_fields": {
            "type": ["array", "object"],
            "description": "The names of the fields, or name → details.",
            "minItems": 1,
            "minProperties": 1,
            "items": schema.text("The name of a field, such as `size estimate`."),
            "additionalProperties": schema.members(
                "Details of a field.",
                {
                    "also": schema.texts(
                        "Alternative names. Case, spelling (`behavior`), punctuation and common names (`Steps to "
                        "reproduce`) are handled.",
                        schema.text("A name."),
                        minItems=1,
                    ),
                    "one_of": schema.texts(
                        "The allowed values. Default for a size estimate: xsmall, small, medium, large and "
                        "epic.",
                        schema.text("A value."),
                        minItems=1,
                    ),
                    "min_length": schema.count("The minimum number of characters."),
                },
                type=["object", "null"],
            ),
            "examples": [["summary", "size estimate"]],
        },
        "in": schema.IN,
    },
    result=schema.untrusted_object(
        complete=schema.BOOLEAN,
        count=schema.INTEGER,
        missing=schema.list_of(schema.STRING),
        invalid=schema.list_of(schema.STRING),
        present=schema.list_of(schema.STRING),
        values={"type": "object", "x-open": True, "x-untrusted": True},
    ),
    example={
        "complete": False,
        "count": 1,
        "missing": ["size estimate"],
        "invalid": [],
        "present": ["summary"],
        "values": {"summary": "It stops."},
    },
    from_event=True,
    recomputable=True,
    default_paths=("body",),
)

PERMISSION: Final = FactDeclaration(
    "permission",
    {
        "permission": schema.text(
            "The person whose permission on the repository is read: a path to a login, such as sender.",
            "sender",
        ),
        "otherwise": schema.OTHERWISE,
    },
    # none, read, triage, write, maintain or admin.
    result=schema.STRING,
    example="triage",
    permissions=(("metadata", "a person's permission"),),
)

_CHANGE: Final = schema.object_of(
    event=schema.STRING,
    actor=schema.LOGIN,
    human=schema.BOOLEAN,
    label=schema.STRING,
    assignee=schema.LOGIN,
    milestone=schema.STRING,
    at=schema.TIME,
)
_LABELED: Final = {
    "event": "labeled",
    "actor": "mona",
    "human": True,
    "label": "bug",
    "at": "2026-01-05T09:00:00Z",
}
_ASSIGNED: Final = {
    "event": "assigned",
    "actor": "mona",
    "human": True,
    "assignee": "hubot",
    "at": "2026-01-05T08:00:00Z",
}
_MILESTONED: Final = {
    "event": "milestoned",
    "actor": "mona",
    "human": True,
    "milestone": "1.5",
    "at": "2026-01-05T07:00:00Z",
}

TIMELINE: Final = FactDeclaration(
    "timeline",
    {
        "timeline": schema.text_or_members(
            "What to search in the timeline: labels, assignees, milestone, title, state, "
            "project, comments, reviews, activity (all of these, the opening and edits), a GitHub timeline event, or a "
            "mapping with several.",
            {
                "events": schema.texts(
                    "GitHub timeline events, such as labeled.", schema.text("An event."), minItems=1
                )
            },
            "events",
            examples=["labels", "activity"],
        ),
        "within": schema.text("The maximum age of events, such as `24h`."),
        "by": {
            "type": "string",
            "description": "The actors whose events count.",
            "enum": ["anyone", "human", "bot"],
        },
        "label": schema.text("Only events about this label."),
        "standing": {
            "type": "boolean",
            "description": "Only the latest event for each label that is still set; a label that a "
            "person set, and a model or a rule set again, does not count as set by the person.",
        },
        "otherwise": schema.OTHERWISE,
    },
    # Oldest first, at most the latest hundred; `last` is missing where there is none.
    result=schema.object_of(count=schema.INTEGER, last=_CHANGE, events=schema.list_of(_CHANGE)),
    example={"count": 3, "last": _LABELED, "events": [_MILESTONED, _ASSIGNED, _LABELED]},
    parts=frozenset({"timeline"}),
)

RELATED_DOCS: Final = FactDeclaration(
    "related_docs",
    {
        "related_docs": schema.text_or_members(
            "Where to search in the checkout: a folder or a pattern, or a mapping with several.",
            {
                "paths": schema.texts(
                    "Folders, or patterns such as `docs/**/*.md`, relative to the root of the checkout.",
                    schema.text("A folder or a pattern."),
                    minItems=1,
                )
            },
            "paths",
            examples=["docs", {"paths": ["docs", "README*"]}],
        ),
        "limit": schema.count("The maximum number of documents. Default: 5.", 50),
        "in": schema.IN,
        "otherwise": schema.OTHERWISE,
    },
    # Best first. A checkout may be a fork's, so that anyone may have named a document.
    result=schema.untrusted_object(
        count=schema.INTEGER,
        documents=schema.list_of(
            schema.object_of(path=schema.WRITTEN, title=schema.WRITTEN, score=schema.NUMBER)
        ),
    ),
    example={"count": 1, "documents": [{"path": "docs/install.md", "title": "Install", "score": 0.61}]},
    default_paths=("title", "body"),
)

MEASURE: Final = FactDeclaration(
    "measure",
    {},
    # The values of a gate's objective (`measurements/sample_json.py`); no path of a policy leads into them.
    result=schema.UNKNOWN_RESULT,
    example={"values": [212.0, 198.5], "unit": "ms"},
    from_event=True,
)

SUBJECT_SOURCES: Final = (
    DUPLICATES,
    REQUIRED_FIELDS,
    PERMISSION,
    TIMELINE,
    RELATED_DOCS,
    MEASURE,
)
