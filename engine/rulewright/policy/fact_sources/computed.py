"""Sources whose facts evaluation computes: `jmespath`, `value`, `label_group`, `choose`."""

from __future__ import annotations

from typing import Final

from rulewright.policy.fact_sources import declaration as schema
from rulewright.policy.fact_sources.declaration import FactDeclaration

JMESPATH: Final = FactDeclaration(
    "jmespath",
    {"jmespath": schema.text("A JMESPath expression over the facts."), "otherwise": schema.OTHERWISE},
    # An expression may pass on anything that the event holds.
    result=schema.UNKNOWN_RESULT,
    example=["bug", "ui"],
)

VALUE: Final = FactDeclaration(
    "value",
    {"value": {"description": "A constant: any value."}},
    result={"x-open": True},
    example={"limit": 3},
)

LABEL_GROUP: Final = FactDeclaration(
    "label_group",
    {
        "label_group": schema.text(
            "The label group `name/…`; the value is the part after the slash.", "severity"
        ),
        "otherwise": schema.OTHERWISE,
    },
    result={"type": "string", "x-compare": "casefold"},
    example="critical",
)

_CASE: Final = schema.members(
    "A case. A case without `when` always holds, and must be the last.",
    {
        "value": {
            "description": "The value: text, a number, true or false.",
            "type": ["string", "number", "boolean"],
        },
        "when": {"description": "The condition of the case.", "$ref": "condition.schema.json"},
        "description": schema.text("A description of the case."),
    },
    "value",
    noun="case",
)

CHOOSE: Final = FactDeclaration(
    "choose",
    {
        "choose": {
            "type": "array",
            "description": "Cases in order; the first whose condition is true provides the value. If none is true, "
            "the fact is missing. A case that cannot be decided ends the search, and the fact is unknown.",
            "minItems": 1,
            "maxItems": 100,
            "items": _CASE,
            "examples": [[{"value": "critical", "when": {"title": {"contains": "data loss"}}}]],
        },
        "otherwise": schema.OTHERWISE,
    },
    # Whoever can write what the conditions read chooses the value.
    result={"type": ["string", "number", "boolean"], "x-compare": "casefold", "x-untrusted": True},
    example="critical",
    description="A fact from `choose`: the value of the first case whose condition is true.",
)

COMPUTED_SOURCES: Final = (JMESPATH, VALUE, LABEL_GROUP, CHOOSE)
