"""The source `detect`: personal data and secrets in the texts of an event."""

from __future__ import annotations

from typing import Final

from rulewright.policy.fact_sources import declaration as schema
from rulewright.policy.fact_sources.declaration import FactDeclaration

_FINDING: Final = schema.object_of(
    field=schema.STRING,
    start=schema.INTEGER,
    end=schema.INTEGER,
    type=schema.STRING,
    confidence=schema.NUMBER,
)

DETECT: Final = FactDeclaration(
    "detect",
    {
        "detect": {
            "type": ["string", "array"],
            "description": "What to look for: a group (`pii`: everything; `secrets`; `personal`), a type such as "
            "`email`, or a list of them.",
            "minLength": 1,
            "minItems": 1,
            "items": schema.text("A type or a group.", "email"),
            "examples": ["pii", "secrets", "personal"],
        },
        "in": schema.IN,
        "allow": schema.texts(
            "Exceptions: text, a glob such as `*@acme.dev`, a telephone number, or a domain with all subdomains.",
            schema.text("A text, glob, number or domain, such as `acme.dev`."),
        ),
        "kinds": schema.texts(
            "The finding types that count. Default: all.",
            schema.text("A type, such as `email`, or the name of a custom pattern."),
        ),
        "patterns": {
            "type": "object",
            "description": "Custom types: name → regular expression (RE2). Each match is a finding.",
            "minProperties": 1,
            "additionalProperties": schema.text(
                "A regular expression (RE2) that matches anywhere in the text."
            ),
            "examples": [{"employee": "\\bEMP-[0-9]{6}\\b"}],
        },
    },
    # Offsets count code points of the field's text; a finding never holds the text itself. `count`, `types` and
    # `fields` are of `findings`, which are sure enough to be masked; `suspected` are those that are not. `secrets`
    # counts the credentials among them: all types but those of the group `personal`.
    result=schema.untrusted_object(
        count=schema.INTEGER,
        secrets=schema.INTEGER,
        types=schema.list_of(schema.STRING),
        fields=schema.list_of(schema.STRING),
        findings=schema.list_of(_FINDING),
        suspected=schema.list_of(_FINDING),
    ),
    example={
        "count": 1,
        "secrets": 0,
        "types": ["email"],
        "fields": ["issue.body"],
        "findings": [{"field": "issue.body", "start": 8, "end": 22, "type": "email", "confidence": 0.95}],
        "suspected": [{"field": "issue.body", "start": 30, "end": 41, "type": "phone", "confidence": 0.4}],
    },
    from_event=True,
    recomputable=True,
    default_paths=("title", "body", "comments[].body"),
)
