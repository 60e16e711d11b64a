"""Declaration of `prune_comment`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.declaration import ActionDeclaration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.policy.actions.declaration import Claim
    from rulewright.policy.json_types import Json


def _claims(arguments: Mapping[str, Json]) -> Iterator[Claim]:
    if "marker" in arguments:
        yield f"comment:{arguments['marker']}", "gone"


_RULE: Final = schema.text("The id of the rule that keeps the comment.", pattern="^[a-z0-9]+(-[a-z0-9]+)*$")

PRUNE_COMMENT: Final = ActionDeclaration(
    name="prune_comment",
    description="Deletes the comment that a rule of the policy keeps. Only comments of the tool are deleted.",
    arguments=schema.one_of(
        _RULE,
        schema.members(
            "A rule, and the key of its comment if it has one.",
            {"of": _RULE, "key": schema.text("The `key` of that comment.", pattern="^[A-Za-z0-9_.-]+$")},
            optional=("key",),
        ),
    ),
    examples=("incomplete", {"of": "incomplete", "key": "form"}),
    effect=schema.members(
        "A comment to delete.",
        {
            "of": schema.resolved_text(
                "The rule that keeps the comment.", "^[a-z0-9][a-z0-9-]*", "the id of a rule"
            ),
            "marker": schema.plan_definition("marker", "The marker of the comment."),
        },
    ),
    changes=frozenset({"comments"}),
    short_form="of",
    refers_to={"of": "rule"},
    permission="subject",
    reads=frozenset({"comments"}),
    memory="change",
    claims=_claims,
)
