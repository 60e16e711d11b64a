"""The matchers in condition.schema.json, from their declarations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.matcher_declarations import MATCHER_DECLARATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from rulewright.policy.matcher_declarations import MatcherDeclaration, OperandForm

__all__ = ["with_matchers"]

Schema = dict[str, Any]

_LITERALS: Final = {"type": ["string", "number", "boolean"], "description": "A literal."}
_FACT: Final = {
    "properties": {
        "fact": {
            "type": "string",
            "description": "A path over the facts; its value is compared with.",
            "minLength": 1,
            "examples": ["author", "lists.owners"],
        }
    },
    "required": ["fact"],
    "additionalProperties": False,
}
_TEXTS: Final = {
    "minLength": 1,
    "minItems": 1,
    "items": {"type": "string", "description": "One of several: one is enough.", "minLength": 1},
}
_BOUND: Final = {"type": ["number", "string", "object"], "description": "A bound.", **_FACT}

# The keys before the description, and those behind it.
_FORMS: Final[dict[OperandForm, tuple[Schema, Schema]]] = {
    "value": ({"type": ["string", "number", "boolean", "object"]}, _FACT),
    "values": ({"type": ["array", "object"]}, {"items": _LITERALS, "minItems": 1, **_FACT}),
    "limit": ({"type": ["number", "string", "object"]}, _FACT),
    "limits": ({"type": "array"}, {"items": _BOUND, "minItems": 2, "maxItems": 2}),
    "element": ({"type": ["string", "number", "boolean", "object"], "minLength": 1}, _FACT),
    "elements": ({"type": ["array", "object"]}, {"items": _LITERALS, "minItems": 1, **_FACT}),
    "texts": ({"type": ["string", "array", "object"], **_TEXTS}, _FACT),
    "patterns": ({"type": ["string", "array"], **_TEXTS}, {}),
    "words": ({"type": ["string", "array"], **_TEXTS}, {}),
    "flag": ({"type": "boolean"}, {}),
    "duration": ({"type": ["string", "object"]}, _FACT),
}


def with_matchers(file: Path) -> str:
    """The text of the schema of conditions in `file`, with its matchers made from the declarations."""
    schema = json.loads(file.read_text("utf-8"))
    matcher = schema["$defs"]["matcher"]
    own = {name: _operand(declaration) for name, declaration in MATCHER_DECLARATIONS.items()}
    matcher["properties"] = {**own, "on_missing": matcher["properties"]["on_missing"]}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _operand(declaration: MatcherDeclaration) -> Schema:
    before, after = _length() if declaration.operand == "length" else _FORMS[declaration.operand]
    schema = {**before, "description": declaration.description, **after}
    if declaration.examples:
        schema["examples"] = list(declaration.examples)
    if declaration.null_hint is not None:
        schema["x-null"] = declaration.null_hint
    return schema


def _length() -> tuple[Schema, Schema]:
    # Lists come last, as messages name the keys in this order.
    comparisons = {
        name: _of_length(declaration.operand, declaration.of_length)
        for name, declaration in sorted(MATCHER_DECLARATIONS.items(), key=lambda item: item[0] == "in")
        if declaration.of_length is not None
    }
    rest = {"properties": comparisons, "additionalProperties": False, "minProperties": 1}
    return {"type": ["integer", "object"]}, {"minimum": 0, **rest}


def _of_length(form: OperandForm, description: str) -> Schema:
    if form == "limits":
        items: Schema = {"items": {"type": "number", "description": "A bound."}, "minItems": 2, "maxItems": 2}
    elif form == "values":
        items = {"items": {"type": "number", "description": "A length."}, "minItems": 1}
    else:
        return {"type": "number", "description": description}
    return {"type": "array", "description": description, **items}
