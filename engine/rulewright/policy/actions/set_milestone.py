"""Declaration of `set_milestone`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.claims import claim_argument
from rulewright.policy.actions.declaration import ActionDeclaration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.policy.actions.declaration import ConfiguredName
    from rulewright.policy.config import Config
    from rulewright.policy.json_types import Json


def _configured_names(arguments: Mapping[str, Json], config: Config) -> Iterator[ConfiguredName]:
    if config.milestones is not None:
        yield "milestone", arguments.get("milestone"), config.milestones


SET_MILESTONE: Final = ActionDeclaration(
    name="set_milestone",
    description="Sets the milestone by its title.",
    arguments=schema.one_of(schema.TEXT, schema.FACT),
    examples=("v1.2", {"fact": "next_milestone"}),
    effect=schema.members(
        "The milestone.",
        {
            "milestone": schema.one_of(
                schema.plan_definition("line"),
                schema.NULL,
                description="The title; null removes the milestone.",
            )
        },
    ),
    changes=frozenset({"milestone"}),
    short_form="milestone",
    refers_to={"milestone": "text"},
    permission="subject",
    role="triage",
    reads=frozenset({"timeline"}),
    undo="the milestone before",
    claims=claim_argument("milestone", "milestone"),
    changes_only_claims=True,
    configured_names=_configured_names,
)
