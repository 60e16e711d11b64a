"""Findings, hits, and the confidence from which a finding is masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.policy.diagnostics import UsageError
from rulewright.policy.finding_types import GROUPS, TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable

CERTAIN: Final = 0.7
"""From this confidence on a finding may be masked. Below it a finding is only suspected."""


class Finding(NamedTuple):
    """A place in a text. `start` and `end` count code points of the text as it was given; the text itself is
    never part of a finding. `confidence` lies between 0 and 1."""

    type: str
    start: int
    end: int
    confidence: float


class Hit(NamedTuple):
    """A finding before overlaps are resolved, in offsets of the page. `validated`: a checksum or a numbering
    plan confirmed it, so it beats what only looks alike."""

    type: str
    start: int
    end: int
    confidence: float
    validated: bool = False


def resolve_types(names: Iterable[str] | None) -> frozenset[str]:
    """The types that names of types and groups stand for; all of them for None. Raises UsageError."""
    if names is None:
        return frozenset(TYPES)
    found: set[str] = set()
    for name in names:
        if name in GROUPS:
            found.update(GROUPS[name])
        elif name in TYPES:
            found.add(name)
        else:
            from difflib import get_close_matches

            near = get_close_matches(name, (*GROUPS, *TYPES), 1)
            hint = f"did you mean `{near[0]}`?" if near else f"use one of {', '.join((*GROUPS, *TYPES))}"
            raise UsageError(f"unknown finding type `{name[:40]}`", hint=hint)
    return frozenset(found)
