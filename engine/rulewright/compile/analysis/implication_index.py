"""Which rules could imply a condition: looked up by path and literal, so that not every pair is asked.

A rule whose condition implies another says something of each path that the other needs. Equality and membership
are looked up by their literals as well. What is not found here is not asked for: the checks then keep silent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.compile.analysis.formula import Conjunction, SignedLeaf, signed_leaves

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.compile.analysis.analysis_context import AnalysedRule
    from rulewright.compile.analysis.formula import Formula, Leaf

_LITERAL: Final = frozenset({"eq", "in", "contains", "contains_all", "contains_any"})
FEW: Final = 40
"""Up to so many rules on one path are all asked; of more, only those with the literal."""


class ImplicationIndex:
    """Rules by what they say, numbered by their positions in the sequence that was given."""

    def __init__(self, rules: Iterable[AnalysedRule]) -> None:
        self._rules: dict[tuple[int, str | None], set[int]] = {}
        for number, rule in enumerate(rules):
            for signed in signed_leaves(rule.holds):
                for key in _frame_keys(signed.leaf):
                    for literal in (None, *_literals(signed.leaf)):
                        self._rules.setdefault((key, literal), set()).add(number)

    def implying(self, formula: Formula) -> set[int]:
        """The rules that may imply a formula: all that do, as far as they can be looked up."""
        if isinstance(formula, SignedLeaf):
            return self._about(formula.leaf)
        candidates = [self.implying(part) for part in formula.parts]
        if not candidates:
            return set()
        return min(candidates, key=len) if isinstance(formula, Conjunction) else set().union(*candidates)

    def _about(self, leaf: Leaf) -> set[int]:
        about = self._look_up(leaf, (None,))
        literals = _literals(leaf)
        return about if len(about) <= FEW or not literals else self._look_up(leaf, literals)

    def _look_up(self, leaf: Leaf, literals: Iterable[str | None]) -> set[int]:
        nothing: set[int] = set()
        return nothing.union(
            *(self._rules.get((key, literal), ()) for key in _frame_keys(leaf) for literal in literals)
        )


def _frame_keys(leaf: Leaf) -> list[int]:
    return [leaf.frame_key] if leaf.alias is None else [leaf.frame_key, leaf.alias]


def _literals(leaf: Leaf) -> list[str]:
    if leaf.matcher not in _LITERAL or leaf.compared is not None or len(leaf.texts) < len(leaf.options):
        return []
    return leaf.texts
