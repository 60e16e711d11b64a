"""Equality and truth of JMESPath values, where Python's differ: `true` is not 1, and 0 is not false."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from rulewright.program.expression.errors import ExpressionFailure

if TYPE_CHECKING:
    from collections.abc import Iterable

_SCALAR = frozenset({str, type(None), bool, int, float})
MAX_TEXT = 1_000_000
"""Code points of a string that a function may make."""

MAX_ELEMENTS = 1_000_000
"""Elements of an array that a function or a flatten may make."""

_COMPARISONS = 2_000_000
_NODES = 1_000_000


def truthy(value: object) -> bool:
    """All but null, false, "", [] and {}. Numbers are true, 0 too."""
    return bool(value) or type(value) is int or type(value) is float


def is_number(value: object) -> TypeGuard[float]:
    """A number and not a boolean."""
    return type(value) is int or type(value) is float


def equal(left: object, right: object) -> bool:
    """The standard's equality: same type, same value, all the way down. 1 and 1.0 are equal.

    Without recursion, so that deep data is no problem. Raises ExpressionFailure(limit) after two
    million comparisons.
    """
    if type(left) in _SCALAR or type(right) in _SCALAR:
        return left == right and isinstance(left, bool) is isinstance(right, bool)
    pending: list[tuple[object, object]] = [(left, right)]
    steps = 0
    while pending:
        one, other = pending.pop()
        if type(one) in _SCALAR or type(other) in _SCALAR:
            if one != other or isinstance(one, bool) is not isinstance(other, bool):
                return False
        elif one is not other:
            pairs = _member_pairs(one, other)
            if pairs is None:
                return False
            pending.extend(pairs)
        steps += 1
        if steps + len(pending) > _COMPARISONS:
            raise ExpressionFailure("limit", "the values compared are too large")
    return True


def _member_pairs(left: object, right: object) -> Iterable[tuple[object, object]] | None:
    """The members of two containers that must be equal for the containers to be; None for other kinds or sizes."""
    if isinstance(left, dict) and isinstance(right, dict):
        return [(left[key], right[key]) for key in left] if left.keys() == right.keys() else None
    if isinstance(left, list) and isinstance(right, list):
        return zip(left, right, strict=True) if len(left) == len(right) else None
    return None


def index_in(values: list[object], wanted: object) -> int | None:
    """The index of the first element equal to `wanted`."""
    if type(wanted) is str or wanted is None:
        return values.index(wanted) if wanted in values else None
    for index, value in enumerate(values):
        if equal(value, wanted):
            return index
    return None


def freeze(value: object) -> object:
    """A hashable key, the same for equal values and different for others.

    Raises ExpressionFailure(limit) for containers of more than a million nodes, RecursionError for deep ones.
    """
    if type(value) is str or value is None:
        return value
    if isinstance(value, bool):
        return (bool, value)
    if isinstance(value, dict):
        bounded_size(value)
        return (dict, frozenset((key, freeze(each)) for key, each in value.items()))
    if isinstance(value, list):
        bounded_size(value)
        return (list, tuple(freeze(each) for each in value))
    return value


def bounded_size(value: object) -> int:
    """How many values are in `value`, itself included; shared ones count every time.

    Raises ExpressionFailure(limit) above a million.
    """
    count = 1
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            inner: list[object] = list(each.values())
        elif isinstance(each, list):
            inner = each
        else:
            continue
        count += len(inner)
        if count > _NODES:
            raise ExpressionFailure("limit", f"the value contains more than {_NODES:,} values")
        pending.extend(inner)
    return count


def bounded_text(text: str) -> str:
    """`text`, unless it is longer than `MAX_TEXT` (failure: limit)."""
    if len(text) > MAX_TEXT:
        raise ExpressionFailure("limit", f"the text has more than {MAX_TEXT:,} characters")
    return text


def bounded_list(values: list[object]) -> list[object]:
    """`values`, unless there are more than `MAX_ELEMENTS` (failure: limit)."""
    if len(values) > MAX_ELEMENTS:
        raise ExpressionFailure("limit", f"the array has more than {MAX_ELEMENTS:,} elements")
    return values
