"""What effects claim: the fields that they speak for, and what these become."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.json_types import as_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rulewright.policy.actions.declaration import Claim
    from rulewright.policy.json_types import Json


def claim_argument(field: str, argument: str, *named: str) -> Callable[[Mapping[str, Json]], Iterator[Claim]]:
    """The claim that a field becomes what an argument says. `named`: the arguments whose text stands in `field`, as
    `{name}`; nothing is claimed where one of them is absent."""

    def claim(arguments: Mapping[str, Json]) -> Iterator[Claim]:
        if {argument, *named} <= arguments.keys():
            yield field.format_map(arguments), arguments[argument]

    return claim


def label_field(name: str) -> str:
    """The field of a claim that one label is there."""
    return f"label:{name.casefold()}"


def claim_labels(arguments: Mapping[str, Json], *, present: bool) -> Iterator[Claim]:
    for name in as_texts(arguments.get("labels")):
        yield label_field(name), present


def claim_assignees(arguments: Mapping[str, Json], *, present: bool) -> Iterator[Claim]:
    for login in as_texts(arguments.get("users")):
        yield f"assignee:{login.removeprefix('@').casefold()}", present
