"""Declaration of `set_title`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.declaration import ActionDeclaration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.policy.actions.declaration import Claim
    from rulewright.policy.json_types import Json


def _claims(arguments: Mapping[str, Json]) -> Iterator[Claim]:
    for name in ("title", "text"):
        if name in arguments:
            yield "title", arguments[name]


_TITLE: Final = schema.text("The new title; `{{ path }}` inserts a fact.")
_TAG: Final = schema.text(
    "A tag. `*` matches any characters within the tag, `?` one character; brackets are literal. "
    "Case is ignored."
)

SET_TITLE: Final = ActionDeclaration(
    name="set_title",
    description="Sets the title, or removes tags from it. The previous title is recorded in the journal.",
    arguments=schema.one_of(
        _TITLE,
        schema.members("The new title.", {"text": _TITLE}),
        schema.members(
            "The tags to remove.", {"remove": schema.array("Tags to remove anywhere in the title.", _TAG)}
        ),
    ),
    examples=(
        "Crash on start",
        {"text": "Report {{ issue.number }}"},
        {"remove": ["[High Priority]", "[P?]"]},
    ),
    effect=schema.members(
        "The title.", {"title": schema.plan_definition("text", "The new title.", minLength=1, maxLength=1024)}
    ),
    changes=frozenset({"title"}),
    short_form="title",
    refers_to={"title": "text", "text": "text"},
    permission="subject",
    role="write",
    reads=frozenset({"timeline"}),
    memory="change",
    undo="the title before",
    claims=_claims,
)
