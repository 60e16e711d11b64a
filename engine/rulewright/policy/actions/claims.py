"""Claims of lists of labels and of assignees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.json_types import as_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.policy.actions.declaration import Claim
    from rulewright.policy.json_types import Json


def label_field(name: str) -> str:
    """The field of a claim that one label is there."""
    return f"label:{name.casefold()}"


def claim_labels(arguments: Mapping[str, Json], *, present: bool) -> Iterator[Claim]:
    for name in as_texts(arguments.get("labels")):
        yield label_field(name), present


def claim_assignees(arguments: Mapping[str, Json], *, present: bool) -> Iterator[Claim]:
    for login in as_texts(arguments.get("users")):
        yield f"assignee:{login.removeprefix('@').casefold()}", present
