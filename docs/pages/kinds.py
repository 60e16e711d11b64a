"""What schemas say of the kinds of policy, from their declarations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.kinds import KINDS

if TYPE_CHECKING:
    from pathlib import Path

Schema = dict[str, Any]

_DOCUMENTS: Final = (*(name for name, kind in KINDS.items() if kind.schema == "policy"), "Library")
"""Kinds of document that policy.schema.json describes, each in its `$defs`."""


def texts(folder: Path) -> dict[str, str]:
    """Name of a file in the folder of the engine's schemas → its text."""
    schemas = {
        name: json.loads((folder / f"{name}.schema.json").read_text("utf-8"))
        for name in ("policy", "decision")
    }
    _update_policy(schemas["policy"])
    _update_decision(schemas["decision"])
    return {
        f"{name}.schema.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in schemas.items()
    }


def _update_policy(schema: Schema) -> None:
    """The names of the kinds, and which definition a document of each must fit."""
    *others, last = (name for name in _DOCUMENTS if name != "Library")
    schema["description"] = (
        f"One policy document: {', '.join(others)} or {last}; or a Library for others to include."
    )
    schema["properties"]["kind"]["enum"] = list(_DOCUMENTS)
    schema["allOf"] = [
        {
            "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
            "then": {"$ref": f"#/$defs/{name}"},
        }
        for name in _DOCUMENTS
    ]


def _update_decision(schema: Schema) -> None:
    """The kinds of the policies in a decision."""
    policy = schema["properties"]["decision"]["properties"]["policies"]["items"]
    policy["properties"]["kind"]["enum"] = list(KINDS)
