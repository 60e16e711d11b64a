"""Which rules could imply a condition: looked up by path and literal, so that not every pair is asked.

A rule whose condition implies another says something of each path that the other needs. Equality and membership
are looked up by their literals as well. What is not found here is not asked for: the checks then keep silent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.compile.analysis.logic import atoms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.compile.analysis.analysis_context import Case
    from rulewright.compile.analysis.logic import Formula, Leaf

Key = tuple[Any, ...]
_LITERAL: Final = frozenset({"eq", "in", "contains", "contains_all", "contains_any"})
FEW: Final = 40
"""Up to so many rules on one path are all asked; of more, only those with the literal."""


class Catalogue:
    """Rules by what they say. `case` numbers are positions in the sequence that was given."""

    def __init__(self, cases: Iterable[Case]) -> None:
        self._by: dict[Key, set[int]] = {}
        for number, case in enumerate(cases):
            for _, leaf in atoms(case.holds):
                for key in _keys(leaf):
                    self._by.setdefault(key, set()).add(number)

    def implying(self, formula: Formula) -> set[int]:
        """The rules that may imply a formula: all that do, as far as they can be looked up."""
        if formula[0] == "atom":
            return self._of(formula[2])
        found = [self.implying(part) for part in formula[1]]
        if not found:
            return set()
        return min(found, key=len) if formula[0] == "and" else set().union(*found)

    def _of(self, leaf: Leaf) -> set[int]:
        every: set[int] = set()
        for place in _places(leaf):
            every |= self._by.get((place,), set())
        literals = _literals(leaf)
        if len(every) <= FEW or not literals:
            return every
        found: set[int] = set()
        for place in _places(leaf):
            for literal in literals:
                found |= self._by.get((place, literal), set())
        return found


def _places(leaf: Leaf) -> list[int]:
    return [leaf.place] if leaf.alias is None else [leaf.place, leaf.alias]


def _keys(leaf: Leaf) -> list[Key]:
    places = _places(leaf)
    return [(place,) for place in places] + [(place, text) for place in places for text in _literals(leaf)]


def _literals(leaf: Leaf) -> list[str]:
    if leaf.m not in _LITERAL or leaf.other is not None:
        return []
    wanted = leaf.want if isinstance(leaf.want, list) else [leaf.want]
    return wanted if all(isinstance(item, str) for item in wanted) else []
