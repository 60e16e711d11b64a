"""Whether one value can give several leaves of one path the signs that are asked of them.

A value is missing, failed (its computation raised), a boolean, a number, text, a list or a mapping. Each kind
is asked in turn; the literals of the leaves say which values of a kind need to be looked at. Where that is
not enough to be certain, the answer is that it is possible.
"""

from __future__ import annotations

from itertools import pairwise
from math import inf, nan
from typing import TYPE_CHECKING, Final

from rulewright.compile.analysis.comparisons import are_comparisons_possible, is_size_possible
from rulewright.compile.analysis.list_satisfiability import is_list_possible
from rulewright.compile.analysis.text_satisfiability import is_text_possible, time_limits
from rulewright.program.matchers.values import number_of
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rulewright.compile.analysis.formula import SignedLeaf


def is_value_possible(signed_leaves: Iterable[SignedLeaf], types: frozenset[str] | None = None) -> bool:
    """False only when no value at all, and no absence of one, gives every leaf its sign.

    `types`: the JSON types that the value may have; any when None.
    """
    signed = sorted(signed_leaves, key=lambda each: (each.leaf.matcher, each.sign))
    if all(each.admits(each.leaf.truth_of_absence) for each in signed) or all(
        each.admits(ERROR) for each in signed
    ):
        return True
    if not are_comparisons_possible(each for each in signed if each.leaf.compared is not None):
        return False
    literal = [each for each in signed if each.leaf.compared is None]
    return any(
        is_kind_possible(literal)
        for name, is_kind_possible in _KINDS.items()
        if types is None or name in types
    )


def _is_boolean_possible(signed_leaves: Sequence[SignedLeaf]) -> bool:
    return any(all(signed.is_met_by(value) for signed in signed_leaves) for value in (True, False))


def _is_number_possible(signed_leaves: Sequence[SignedLeaf]) -> bool:
    numbers = _numbers_between_limits(signed_leaves)
    return numbers is None or any(
        all(signed.is_met_by(value) for signed in signed_leaves) for value in numbers
    )


def _numbers_between_limits(signed_leaves: Sequence[SignedLeaf]) -> list[float] | None:
    """One number for each stretch that the limits tell apart, and the limits; None when out of bounds."""
    limits: set[float] = set()
    for signed in signed_leaves:
        leaf = signed.leaf
        if leaf.family in ("equality", "comparison"):
            # A number is held against a moment as the seconds since 1970.
            numbers = [number for option in leaf.options if (number := number_of(option)) is not None]
            limits.update(time_limits(leaf) if leaf.is_moment else numbers)
    line = sorted(limits)
    if not line:
        return [nan, inf, -inf, 0]
    if max(abs(line[0]), abs(line[-1])) > 1e300:
        return None
    numbers = [nan, inf, -inf, *line, int(line[0]) - 2, int(line[-1]) + 2]
    for low, high in pairwise(line):
        whole = int(low // 1) + 1
        numbers += [middle for middle in (whole, (low + high) / 2) if low < middle < high]
    return numbers


def _is_mapping_possible(signed_leaves: Sequence[SignedLeaf]) -> bool:
    """Mappings are told apart by their size alone; equality with a mapping is left open."""
    lengths = []
    for signed in signed_leaves:
        leaf = signed.leaf
        options = leaf.options if leaf.matcher in ("in", "not_in") else [leaf.wanted]
        if leaf.family == "equality" and any(isinstance(option, dict) for option in options):
            continue
        if leaf.matcher == "length":
            lengths.append(signed)
        elif not signed.is_met_by({}):
            return False
    return is_size_possible(lengths, 0)


_KINDS: Final = {
    "number": _is_number_possible,
    "string": is_text_possible,
    "array": is_list_possible,
    "boolean": _is_boolean_possible,
    "object": _is_mapping_possible,
}
