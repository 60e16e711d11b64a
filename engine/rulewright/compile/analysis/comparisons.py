"""What several kinds of value share: signs against truths, lengths, and comparisons with a fact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.program.matchers import MATCHERS
from rulewright.program.nodes import MatchNode
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rulewright.compile.analysis.logic import Leaf, Sign

    Signed = Sequence[tuple[Sign, Leaf]]


def fits(sign: Sign, truth: Any) -> bool:
    """Whether a truth has the sign."""
    if sign == "true":
        return truth is True
    if sign == "false":
        return truth is False
    return truth is not True if sign == "untrue" else truth is not False


def fixed(leaf: Leaf, value: Any) -> Any:
    """The truth of a leaf with a literal for a value that is there. Ages of text are not told: unknown."""
    if leaf.m == "expression":
        return value if isinstance(value, bool) else ERROR
    if leaf.m in ("exists", "missing"):
        return leaf.want is (leaf.m == "exists")
    return leaf.test(value)


def settled(sign: Sign) -> bool:
    """Which of its two sides a leaf must be on that is always true or false there."""
    return sign in ("true", "unfalse")


def patterns(leaf: Leaf) -> list[str]:
    """The texts of a matcher on text or members."""
    wanted = leaf.want if isinstance(leaf.want, list) else [leaf.want]
    return [item for item in wanted if isinstance(item, str)]


def sizes_possible(signed: Signed, least: int) -> bool:
    """Whether a text, list or mapping of at least `least` members can meet the `length` leaves."""
    if not signed:
        return True
    limits: set[int] = {least}
    for _, leaf in signed:
        for limit in leaf.want.values() if isinstance(leaf.want, dict) else [leaf.want]:
            limits.update(limit if isinstance(limit, list) else [limit])
    sizes = {size for limit in limits for size in (limit - 1, limit, limit + 1) if size >= least}
    return any(all(fits(sign, _length(leaf, size)) for sign, leaf in signed) for size in sizes)


def _length(leaf: Leaf, size: int) -> Any:
    """The truth of a `length` leaf for a value of this size."""
    assert isinstance(leaf.node, MatchNode)
    wanted = leaf.want if isinstance(leaf.want, dict) else {"eq": leaf.want}
    results = [MATCHERS[name](limit, leaf.node)(size) for name, limit in wanted.items()]
    return None if None in results else all(results)


# The outcome of a comparison for each way in which two values can stand to each other.
_WAYS: Final[dict[str, dict[str, bool | None]]] = {
    "less": {"eq": False, "ne": True, "gt": False, "gte": False, "lt": True, "lte": True},
    "same number": {"eq": True, "ne": False, "gt": False, "gte": True, "lt": False, "lte": True},
    "more": {"eq": False, "ne": True, "gt": True, "gte": True, "lt": False, "lte": False},
    "same": {"eq": True, "ne": False, "gt": None, "gte": None, "lt": None, "lte": None},
    "other": {"eq": False, "ne": True, "gt": None, "gte": None, "lt": None, "lte": None},
    "incomparable": {"eq": None, "ne": None, "gt": None, "gte": None, "lt": None, "lte": None},
}
_OPPOSITES: Final = {"not_in": "in", "contains_none": "contains_any"}


def differences_possible(signed: Signed) -> bool:
    """Whether the leaves that compare with a fact can have their signs, whatever the two values are."""
    groups: dict[tuple[int | None, bool], list[tuple[Sign, Leaf]]] = {}
    for sign, leaf in signed:
        groups.setdefault((leaf.other, leaf.moment), []).append((sign, leaf))
    return all(_difference(group) for group in groups.values())


def _difference(signed: Signed) -> bool:
    ordered = [(sign, leaf) for sign, leaf in signed if leaf.m in _WAYS["less"]]
    known = any(all(fits(sign, way[leaf.m]) for sign, leaf in ordered) for way in _WAYS.values())
    if not known and not all(fits(sign, ERROR) for sign, _ in ordered):
        return False
    rest: dict[str, list[tuple[Sign, bool]]] = {}
    for sign, leaf in signed:
        if leaf.m not in _WAYS["less"]:
            rest.setdefault(_OPPOSITES.get(leaf.m, leaf.m), []).append((sign, leaf.m in _OPPOSITES))
    return all(_agree(group) for group in rest.values())


def _agree(group: Iterable[tuple[Sign, bool]]) -> bool:
    """Whether one truth fits all: `opposite` marks the negated matcher of a pair."""
    pairs = list(group)
    outcomes: tuple[Any, ...] = (True, False, None)
    return any(
        all(fits(sign, (not truth) if opposite and truth is not None else truth) for sign, opposite in pairs)
        for truth in outcomes
    )
