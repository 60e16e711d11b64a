"""Whether one value can give several leaves of one path the signs that are asked of them.

A value is missing, failed (its computation raised), a boolean, a number, text, a list or a mapping. Each kind
is asked in turn; the literals of the leaves say which values of a kind need to be looked at. Where that is
not enough to be certain, the answer is that it is possible.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from rulewright.compile.analysis.comparisons import differences_possible, fits, fixed, sizes_possible
from rulewright.compile.analysis.list_satisfiability import list_possible
from rulewright.compile.analysis.text_satisfiability import moments, text_possible
from rulewright.program.matchers import type_class
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rulewright.compile.analysis.logic import Leaf, Sign

    Signed = Sequence[tuple[Sign, Leaf]]

_LIMITS: Final = frozenset({"eq", "ne", "in", "not_in", "gt", "gte", "lt", "lte", "between"})


def place_possible(signed: Iterable[tuple[Sign, Leaf]], types: frozenset[str] | None = None) -> bool:
    """False only when no value at all, and no absence of one, gives every leaf its sign.

    `types`: the JSON types that the value may have; any when None.
    """
    every = sorted(signed, key=lambda pair: (pair[1].m, pair[0]))
    if _missing(every) or _failed(every):
        return True
    plain = [(sign, leaf) for sign, leaf in every if leaf.other is None]
    against = [(sign, leaf) for sign, leaf in every if leaf.other is not None]
    if not differences_possible(against):
        return False
    return any(kind(plain) for name, kind in _KINDS.items() if types is None or name in types)


def _missing(signed: Signed) -> bool:
    for sign, leaf in signed:
        truth: Any = leaf.gap
        if truth is None and leaf.m in ("exists", "missing"):
            truth = leaf.want is (leaf.m == "missing")
        if not fits(sign, truth):
            return False
    return True


def _failed(signed: Signed) -> bool:
    return all(fits(sign, ERROR) for sign, _ in signed)


def _boolean(signed: Signed) -> bool:
    return any(all(fits(sign, fixed(leaf, value)) for sign, leaf in signed) for value in (True, False))


def _number(signed: Signed) -> bool:
    numbers = _numbers(signed)
    if numbers is None:
        return True
    return any(all(fits(sign, fixed(leaf, value)) for sign, leaf in signed) for value in numbers)


def _numbers(signed: Signed) -> list[float] | None:
    """One number for each stretch that the limits tell apart, and the limits; None when out of bounds."""
    limits: set[float] = set()
    for _, leaf in signed:
        if leaf.m in _LIMITS:
            wanted = leaf.want if isinstance(leaf.want, list) else [leaf.want]
            # A number is held against a moment as the seconds since 1970.
            limits.update(moments(leaf) if leaf.moment else (n for n in wanted if type_class(n) is int))
    line = sorted(limits)
    out: list[float] = [float("nan"), float("inf"), float("-inf"), *line]
    if not line:
        return [*out, 0]
    if any(isinstance(limit, float) and limit in (float("inf"), float("-inf")) for limit in line):
        return None
    if max(abs(line[0]), abs(line[-1])) > 1e300:
        return None
    out += [int(line[0]) - 2, int(line[-1]) + 2]
    for low, high in pairwise(line):
        whole = int(low // 1) + 1
        out += [middle for middle in (whole, (low + high) / 2) if low < middle < high]
    return out


def _mapping(signed: Signed) -> bool:
    """Mappings are told apart by their size alone; equality with a mapping is left open."""
    rest = []
    for sign, leaf in signed:
        wanted = leaf.want if leaf.m in ("in", "not_in") and isinstance(leaf.want, list) else [leaf.want]
        if leaf.m in ("eq", "ne", "in", "not_in") and any(isinstance(item, dict) for item in wanted):
            continue
        if leaf.m == "length":
            rest.append((sign, leaf))
        elif not fits(sign, fixed(leaf, {})):
            return False
    return sizes_possible(rest, 0)


_KINDS: Final = {
    "number": _number,
    "string": text_possible,
    "array": list_possible,
    "boolean": _boolean,
    "object": _mapping,
}
