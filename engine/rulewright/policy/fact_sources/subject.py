"""Sources that read the event, its subject, or what surrounds it: `duplicates`, `required_fields`, `timeline`, …"""

from __future__ import annotations

from typing import Final

from rulewright.policy.fact_sources.declaration import (
    BOOLEAN,
    IN,
    INTEGER,
    LOGIN,
    MIN_CONFIDENCE,
    NUMBER,
    OTHERWISE,
    PROVIDER,
    STRING,
    SUBJECTS,
    THRESHOLD,
    TIME,
    UNKNOWN_RESULT,
    WRITTEN,
    FactDeclaration,
    count,
    list_of,
    object_of,
    text,
    texts,
    untrusted_object,
)

DUPLICATES: Final = FactDeclaration(
    "duplicates",
    {
        "duplicates": {
            "type": ["string", "object"],
            "description": "Where to search for duplicates, or a mapping with details.",
            "minLength": 1,
        },
        "within": text("The maximum age of candidates, such as `365d`."),
        "limit": count("The maximum number of candidates.", 100),
        "threshold": THRESHOLD,
        "in": IN,
        "otherwise": OTHERWISE,
        "timeout": text("The maximum time of the search, such as `5s`."),
        "min_confidence": MIN_CONFIDENCE,
        "provider": PROVIDER,
    },
    # Candidates best first; `decision`: close, advise or none.
    result=untrusted_object(
        count=INTEGER,
        canonical=INTEGER,
        score=NUMBER,
        margin=NUMBER,
        decision=STRING,
        candidates=SUBJECTS,
    ),
    example={"count": 0, "score": 0.0, "margin": 0.0, "decision": "none", "candidates": []},
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
            "items": text("The name of a field, such as `size estimate`."),
            "additionalProperties": {
                "type": ["object", "null"],
                "description": "Details of a field.",
                "properties": {
                    "also": texts(
                        "Alternative names. Case, spelling (`behavior`), punctuation and common names (`Steps to "
                        "reproduce`) are handled.",
                        text("A name."),
                        minItems=1,
                    ),
                    "one_of": texts(
                        "The allowed values. Default for a size estimate: xsmall, small, medium, large and "
                        "epic.",
                        text("A value."),
                        minItems=1,
                    ),
                    "min_length": {
                        "type": "integer",
                        "description": "The minimum number of characters.",
                        "minimum": 1,
                    },
                },
                "additionalProperties": False,
            },
            "examples": [["summary", "size estimate"]],
        },
        "in": IN,
    },
    result=untrusted_object(
        complete=BOOLEAN,
        count=INTEGER,
        missing=list_of(STRING),
        invalid=list_of(STRING),
        present=list_of(STRING),
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
        "permission": text(
            "The person whose permission on the repository is read: a path to a login, such as sender.",
            "sender",
        ),
        "otherwise": OTHERWISE,
    },
    # none, read, triage, write, maintain or admin.
    result=STRING,
    example="triage",
    permissions=(("metadata", "a person's permission"),),
)

_CHANGE: Final = object_of(
    event=STRING,
    actor=LOGIN,
    human=BOOLEAN,
    label=STRING,
    assignee=LOGIN,
    milestone=STRING,
    at=TIME,
)
_LABELED: Final = {"event": "labeled", "human": True, "at": "2026-01-05T09:00:00Z", "label": "bug"}

TIMELINE: Final = FactDeclaration(
    "timeline",
    {
        "timeline": {
            "type": ["string", "object"],
            "description": "What to search in the timeline: labels, assignees, milestone, title, state, "
            "project, comments, reviews, activity (all of these, the opening and edits), a GitHub timeline event, or a "
            "mapping with several.",
            "properties": {
                "events": texts("GitHub timeline events, such as labeled.", text("An event."), minItems=1)
            },
            "required": ["events"],
            "additionalProperties": False,
            "examples": ["labels", "activity"],
            "minLength": 1,
        },
        "within": text("The maximum age of events, such as `24h`."),
        "by": {
            "type": "string",
            "description": "The actors whose events count.",
            "enum": ["anyone", "human", "bot"],
        },
        "label": text("Only events about this label."),
        "standing": {
            "type": "boolean",
            "description": "Only the latest event for each label that is still set; a label that a "
            "person set, and a model or a rule set again, does not count as set by the person.",
        },
        "otherwise": OTHERWISE,
    },
    # Oldest first, at most the latest hundred; `last` is missing where there is none.
    result=object_of(count=INTEGER, last=_CHANGE, events=list_of(_CHANGE)),
    example={"count": 1, "last": _LABELED, "events": [_LABELED]},
    parts=frozenset({"timeline"}),
)

RELATED_DOCS: Final = FactDeclaration(
    "related_docs",
    {
        "related_docs": {
            "type": ["string", "object"],
            "description": "Where to search in the checkout: a folder or a pattern, or a mapping with several.",
            "minLength": 1,
            "properties": {
                "paths": texts(
                    "Folders, or patterns such as `docs/**/*.md`, relative to the root of the checkout.",
                    text("A folder or a pattern."),
                    minItems=1,
                )
            },
            "required": ["paths"],
            "additionalProperties": False,
            "examples": ["docs", {"paths": ["docs", "README*"]}],
        },
        "limit": count("The maximum number of documents. Default: 5.", 50),
        "in": IN,
        "otherwise": OTHERWISE,
    },
    # Best first. A checkout may be a fork's, so that anyone may have named a document.
    result=untrusted_object(
        count=INTEGER,
        documents=list_of(object_of(path=WRITTEN, title=WRITTEN, url=STRING, score=NUMBER)),
    ),
    example={"count": 1, "documents": [{"path": "docs/install.md", "title": "Install", "score": 0.61}]},
    default_paths=("title", "body"),
)

MEASURE: Final = FactDeclaration(
    "measure",
    {},
    # The values of a gate's objective (`measurements/from_event.py`); no path of a policy leads into them.
    result=UNKNOWN_RESULT,
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
