"""The source `detect`: personal data and secrets in the texts of an event."""

from __future__ import annotations

from typing import Final

from rulewright.policy.fact_sources.declaration import (
    IN,
    INTEGER,
    NUMBER,
    STRING,
    FactDeclaration,
    list_of,
    object_of,
    text,
    texts,
    untrusted_object,
)

_FINDING: Final = object_of(field=STRING, start=INTEGER, end=INTEGER, type=STRING, confidence=NUMBER)

DETECT: Final = FactDeclaration(
    "detect",
    {
        "detect": {
            "type": ["string", "array"],
            "description": "What to look for: a group (`pii`: everything; `secrets`; `personal`), a type such as "
            "`email`, or a list of them.",
            "minLength": 1,
            "minItems": 1,
            "items": text("A type or a group.", "email"),
            "examples": ["pii"],
        },
        "in": IN,
        "allow": texts(
            "Exceptions: text, a glob such as `*@acme.dev`, a telephone number, or a domain with all subdomains.",
            text("A text, glob, number or domain, such as `acme.dev`."),
        ),
        "kinds": texts(
            "The finding types that count. Default: all.",
            text("A type, such as `email`, or the name of a custom pattern."),
        ),
        "patterns": {
            "type": "object",
            "description": "Custom types: name → regular expression (RE2). Each match is a finding.",
            "minProperties": 1,
            "additionalProperties": text("A regular expression (RE2) that matches anywhere in the text."),
            "examples": [{"employee": "\\bEMP-[0-9]{6}\\b"}],
        },
    },
    # Offsets count code points of the field's text; a finding never holds the text itself. `count`, `types` and
    # `fields` are of `findings`, which are sure enough to be masked; `suspected` are those that are not. `secrets`
    # counts the credentials among them: all types but those of the group `personal`.
    result=untrusted_object(
        count=INTEGER,
        secrets=INTEGER,
        types=list_of(STRING),
        fields=list_of(STRING),
        findings=list_of(_FINDING),
        suspected=list_of(_FINDING),
    ),
    example={
        "count": 1,
        "secrets": 0,
        "types": ["email"],
        "fields": ["issue.body"],
        "findings": [{"field": "issue.body", "start": 8, "end": 22, "type": "email", "confidence": 0.95}],
        "suspected": [],
    },
    from_event=True,
    recomputable=True,
    default_paths=("title", "body", "comments[].body"),
)
