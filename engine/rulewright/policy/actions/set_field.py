"""Declaration of `set_field`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.declaration import ActionDeclaration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.policy.actions.declaration import Claim, ConfiguredName
    from rulewright.policy.config import Config
    from rulewright.policy.json_types import Json


def board_field(arguments: Mapping[str, Json]) -> str:
    """How a snapshot names the field: `1/Status`."""
    return f"{arguments['project']}/{arguments['field']}"


def format_board_text(value: Json) -> str:
    """The value of a text field, and the name of an option or an iteration: `3` for 3, 3.0 and `"3"`."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _claims(arguments: Mapping[str, Json]) -> Iterator[Claim]:
    if {"project", "field", "value"} <= arguments.keys():
        value = arguments["value"]
        wanted = format_board_text(value) if isinstance(value, int | float) else value
        yield f"field:{board_field(arguments).casefold()}", wanted


def _configured_names(arguments: Mapping[str, Json], config: Config) -> Iterator[ConfiguredName]:
    if config.fields is not None:
        name = str(arguments.get("field"))
        yield "project field", name, config.fields
        if options := config.fields.get(name):
            value = arguments.get("value")
            written = format_board_text(value) if isinstance(value, int | float) else value
            yield f"option of `{name}`", written, options


SET_FIELD: Final = ActionDeclaration(
    name="set_field",
    description="Sets a field of the issue or pull request on a project board.",
    arguments=schema.members(
        "",
        {
            "project": schema.one_of(
                schema.integer(),
                schema.text(
                    "The number as text.",
                    pattern="^[1-9][0-9]{0,8}$",
                    form="the number of a project board",
                    hint="the number is in the address of the board, such as 7 of `/orgs/octo-org/projects/7`",
                ),
                description="The number of the board, as in its address: 7 of `/orgs/octo-org/projects/7`. It "
                "belongs to the owner of the repository.",
            ),
            "field": schema.text("The name of the field, such as `Status`."),
            "value": schema.one_of(
                schema.TEXT,
                schema.NUMBER,
                schema.FACT,
                description="The option, text, number or date.",
            ),
        },
    ),
    examples=(
        {"project": 1, "field": "Status", "value": "Backlog"},
        {"project": 7, "field": "Size", "value": 3},
    ),
    effect=schema.members(
        "One field of a project board.",
        {
            "project": schema.one_of(
                schema.integer(in_plan=True),
                schema.plan_definition("line"),
                description="The number of the board, or its name.",
            ),
            "field": schema.plan_definition("line", "The name of the field."),
            "value": schema.one_of(
                schema.plan_definition("text"),
                schema.NUMBER,
                schema.NULL,
                description="The option, text, number or date; null empties the field.",
            ),
        },
    ),
    changes=frozenset({"fields"}),
    refers_to={"value": "text"},
    permission="projects",
    reads=frozenset({"fields", "timeline"}),
    undo="the value before, where it was known",
    claims=_claims,
    configured_names=_configured_names,
)
