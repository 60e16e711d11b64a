"""JSON Schema fragments from which the declarations of actions are put together.

Fragments of what a policy writes: `text`, `array`, `members`, `FACT`, `LABELS`, `LOGINS`, `template_name`. Fragments of
what a plan holds: `members`, `resolved`, `resolved_array`; `resolved` refers to a definition of plan.schema.json.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.json_types import Json, JsonObject

FACT: Final[JsonObject] = {"$ref": "#/$defs/fact"}
"""A mapping `{fact: path}`. The definition is added to each schema that refers to it."""
NULL: Final[JsonObject] = {"type": "null"}
NUMBER: Final[JsonObject] = {"type": "number"}
TITLE_LIMIT: Final = 256
BODY_LIMIT: Final = 65_536
"""Characters that GitHub takes for a title, and for the text of an issue or a comment."""
NAME_PATTERN: Final = "^[A-Za-z0-9_][A-Za-z0-9_.-]*$"


def text(description: str, *, pattern: str = "", form: str = "", hint: str = "") -> JsonObject:
    """Non-empty text. `form` and `hint` word the message for text that does not match the pattern."""
    schema: JsonObject = {"type": "string", "minLength": 1, "description": description}
    if pattern:
        schema["pattern"] = pattern
    if form:
        schema["x-says"] = {"form": form, "hint": hint}
    return schema


def template_name(*, hint: str = "") -> JsonObject:
    """The name of a template."""
    return text(
        "The name of a template of the policy or of an included file.",
        pattern=NAME_PATTERN,
        form="the name of a template" if hint else "",
        hint=hint,
    )


def integer(description: str = "", *, minimum: int = 1, in_plan: bool = False) -> JsonObject:
    """A whole number from `minimum` on; in a plan, no larger than JSON numbers are exact."""
    most: JsonObject = {"maximum": 9_007_199_254_740_991} if in_plan else {}
    described: JsonObject = {"description": description} if description else {}
    return {"type": "integer", "minimum": minimum, **most, **described}


def no_argument(description: str) -> JsonObject:
    """The action's name alone."""
    return {"type": "null", "description": description}


def one_of(*forms: JsonObject, description: str = "") -> JsonObject:
    """Exactly one of the forms."""
    described: JsonObject = {"description": description} if description else {}
    return {**described, "oneOf": list(forms)}


def array(description: str, items: JsonObject) -> JsonObject:
    """A non-empty list without repetitions."""
    return {
        "type": "array",
        "description": description,
        "items": items,
        "minItems": 1,
        "uniqueItems": True,
    }


def members(
    description: str,
    properties: Mapping[str, JsonObject],
    *,
    optional: tuple[str, ...] = (),
    exactly_one: tuple[str, ...] = (),
) -> JsonObject:
    """A closed mapping whose members are all required but the `optional` ones and those of `exactly_one`."""
    left_out = (*optional, *exactly_one)
    schema: JsonObject = {
        "type": "object",
        **({"description": description} if description else {}),
        "properties": dict(properties),
        "required": [name for name in properties if name not in left_out],
        "additionalProperties": False,
    }
    if exactly_one:
        schema["oneOf"] = [{"required": [name]} for name in exactly_one]
    return schema


def plan_definition(definition: str, description: str = "", **more: Json) -> JsonObject:
    """A value of a plan, by a definition of plan.schema.json."""
    described: JsonObject = {"description": description} if description else {}
    return {"$ref": f"#/$defs/{definition}", **described, **more}


def resolved_array(description: str, items: JsonObject, *, may_be_empty: bool = False) -> JsonObject:
    """A list in a plan."""
    length: JsonObject = {} if may_be_empty else {"minItems": 1}
    return {"type": "array", "description": description, "items": items, **length}


def resolved_text(description: str, pattern: str, form: str, *, hint: str = "", **more: Json) -> JsonObject:
    """Text in a plan that matches a pattern from its first to its last character."""
    says: JsonObject = {"form": form, **({"hint": hint} if hint else {})}
    return {
        "type": "string",
        **more,
        "pattern": rf"{pattern}(?![\s\S])",
        "x-says": says,
        "description": description,
    }


TEXT: Final = text("Text; `{{ path }}` inserts a fact.")
MARKDOWN: Final = text("Inline Markdown; `{{ path }}` inserts a fact.")

LABEL: Final = text("The name of a label. At most 50 characters on GitHub.")
_LABEL_ITEM: Final = one_of(
    LABEL, FACT, description="The name of a label: text with `{{ path }}`, or a fact."
)
LABELS: Final = one_of(LABEL, FACT, array("Names of labels.", _LABEL_ITEM))
"""What actions on labels take."""
NEW_LABELS: Final = array("Labels of the new issue.", _LABEL_ITEM)
RESOLVED_LABELS: Final = members(
    "Labels, one by one.", {"labels": resolved_array("Names of labels.", plan_definition("label"))}
)

LOGIN: Final = text("A login, with or without `@`.")
_LOGIN_LIST: Final = array(
    "Logins.",
    one_of(
        LOGIN,
        FACT,
        description="A login. A fact or template must be trusted: untrusted text cannot choose an assignee.",
    ),
)
LOGINS: Final = one_of(
    LOGIN,
    FACT,
    _LOGIN_LIST,
    members(
        "Logins under a name.",
        {"users": one_of(LOGIN, FACT, _LOGIN_LIST, description="One login, a trusted fact, or a list.")},
    ),
)
"""What actions on assignees take."""
RESOLVED_LOGINS: Final = members(
    "Assignees, one by one.", {"users": resolved_array("Logins.", plan_definition("login"))}
)

CLOSE_REASONS: Final[list[Json]] = ["completed", "not_planned", "duplicate"]
