"""The schemas of actions, and what other schemas say of actions, from the declarations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.actions.table import ACTION_DECLARATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from rulewright.policy.actions.declaration import ActionDeclaration

Schema = dict[str, Any]

_FACT: Final[Schema] = {
    "type": "object",
    "description": "The value of a path over the declared facts.",
    "properties": {
        "fact": {
            "type": "string",
            "minLength": 1,
            "description": "A path, as on the left side of a condition.",
        }
    },
    "required": ["fact"],
    "additionalProperties": False,
}
_NAMES: Final = list(ACTION_DECLARATIONS)


def texts(folder: Path) -> dict[str, str]:
    """Name of a file in the folder of the engine's schemas → its text.

    action/*.schema.json are made as a whole; of action, journal, plan and test, what names the actions.
    """
    schemas = {
        f"action/{name}": _arguments_schema(declaration) for name, declaration in ACTION_DECLARATIONS.items()
    }
    for name, update in (
        ("action", _update_action),
        ("journal", _update_journal),
        ("plan", _update_plan),
        ("test", _update_test),
    ):
        schemas[name] = json.loads((folder / f"{name}.schema.json").read_text("utf-8"))
        update(schemas[name])
    return {
        f"{name}.schema.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in schemas.items()
    }


def _arguments_schema(declaration: ActionDeclaration) -> Schema:
    """The schema of an action's arguments."""
    uses_fact = '"#/$defs/fact"' in json.dumps(declaration.arguments)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": declaration.name,
        "description": declaration.description,
        **declaration.arguments,
        **({"$defs": {"fact": _FACT}} if uses_fact else {}),
        "examples": list(declaration.examples),
    }


def _update_action(schema: Schema) -> None:
    """Names, descriptions, and which actions may stand alone."""
    schema["properties"] = {
        name: {"description": declaration.description, "$ref": f"action/{name}.schema.json"}
        for name, declaration in ACTION_DECLARATIONS.items()
    }
    alone = [name for name, declaration in ACTION_DECLARATIONS.items() if None in declaration.examples]
    schema["then"] |= {"enum": alone, "x-names": _NAMES}


def _update_journal(schema: Schema) -> None:
    for definition in ("effect", "one"):
        schema["$defs"][definition]["properties"]["action"]["enum"] = _NAMES


def _update_plan(schema: Schema) -> None:
    """The arguments of each action's effects, and that what changes a subject has a target with a number."""
    effect = schema["$defs"]["effect"]
    effect["properties"]["action"]["enum"] = _NAMES
    numbered = effect["allOf"][-1]["then"]
    changing = [name for name, declaration in ACTION_DECLARATIONS.items() if not declaration.emission]
    effect["allOf"] = [
        *(
            _if_action({"const": name}, {"properties": {"arguments": {"$ref": f"#/$defs/arguments_{name}"}}})
            for name in _NAMES
        ),
        _if_action({"enum": changing}, numbered),
    ]
    kept = {name: found for name, found in schema["$defs"].items() if not name.startswith("arguments_")}
    schema["$defs"] = kept | {
        f"arguments_{name}": declaration.effect for name, declaration in ACTION_DECLARATIONS.items()
    }


def _if_action(which: Schema, then: Schema) -> Schema:
    return {"if": {"properties": {"action": which}, "required": ["action"]}, "then": then}


def _update_test(schema: Schema) -> None:
    expected = schema["$defs"]["case"]["properties"]["expect"]["properties"]["effects"]["items"]
    expected["then"] |= {"enum": _NAMES, "x-names": _NAMES}
    expected["properties"] = {name: {"description": f"The arguments of `{name}`."} for name in _NAMES}
