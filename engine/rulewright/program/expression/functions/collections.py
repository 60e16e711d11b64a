"""Functions over arrays and objects. Elements are equal as `==` says: 1 is not true, order counts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rulewright.program.expression.errors import ExpressionFailure
from rulewright.program.expression.functions.model import Example, Function, Raises, type_name
from rulewright.program.expression.values import bounded_list, freeze, index_in, truthy

if TYPE_CHECKING:
    from collections.abc import Callable

_LARGE: Raises = (("limit", "the arrays contain more than a million values, or are nested too deeply"),)


def _first_of_each(values: list[object]) -> list[object]:
    seen: dict[object, object] = {}
    for value in values:
        seen.setdefault(freeze(value), value)
    return list(seen.values())


def _intersect(left: list[object], right: list[object]) -> list[object]:
    others = {freeze(value) for value in right}
    return [value for value in _first_of_each(left) if freeze(value) in others]


def _difference(left: list[object], right: list[object]) -> list[object]:
    others = {freeze(value) for value in right}
    return [value for value in _first_of_each(left) if freeze(value) not in others]


def _union_of(*arrays: list[object]) -> list[object]:
    return _first_of_each(bounded_list([value for array in arrays for value in array]))


def _zip(*arrays: list[object]) -> list[list[object]]:
    return [list(each) for each in zip(*arrays, strict=False)]


def _keys(function: str, values: list[object], expression: Callable[[object], object]) -> list[str]:
    keys: list[str] = []
    for value in values:
        key = expression(value)
        if not isinstance(key, str):
            message = f"{function}() takes an expression that returns strings, got {type_name(key)}"
            raise ExpressionFailure("invalid-type", message)
        keys.append(key)
    return keys


def _group_by(values: list[object], expression: Callable[[object], object]) -> dict[str, list[object]]:
    groups: dict[str, list[object]] = {}
    for key, value in zip(_keys("group_by", values, expression), values, strict=True):
        groups.setdefault(key, []).append(value)
    return groups


def _count_by(values: list[object], expression: Callable[[object], object]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for key in _keys("count_by", values, expression):
        counts[key] = counts.get(key, 0) + 1
    return counts


def _flatten_deep(values: list[object]) -> list[object]:
    flat: list[object] = []
    pending = [iter(values)]
    while pending:
        for value in pending[-1]:
            if isinstance(value, list):
                pending.append(iter(value))
                break
            flat.append(value)
        else:
            pending.pop()
        if len(pending) > 100_000 or len(flat) > 1_000_000:
            raise ExpressionFailure("limit", "flatten_deep(): the array is too deep or too large")
    return flat


def _get(subject: dict[str, object], key: str, default: object = None) -> object:
    try:
        value = subject[key]
    except KeyError:
        return default
    return default if value is None else value


def _pick(subject: dict[str, object], keys: list[str]) -> dict[str, object]:
    return {key: subject[key] for key in keys if key in subject}


def _omit(subject: dict[str, object], keys: list[str]) -> dict[str, object]:
    left_out = set(keys)
    return {key: value for key, value in subject.items() if key not in left_out}


def _any_of(values: list[object], expression: Callable[[object], object]) -> bool:
    return any(truthy(expression(value)) for value in values)


def _all_of(values: list[object], expression: Callable[[object], object]) -> bool:
    return all(truthy(expression(value)) for value in values)


_row = partial(Function, family="collections")


_LABELS = [
    {"name": "bug", "kind": "type"},
    {"name": "p1", "kind": "priority"},
    {"name": "ui", "kind": "type"},
]

COLLECTIONS: tuple[Function, ...] = (
    _row(
        "unique(values: array) -> array",
        "Each element once, in the order of first appearance.",
        Example("unique(@)", ["a", "b", "a"], ["a", "b"]),
        _first_of_each,
        raises=_LARGE,
    ),
    _row(
        "intersect(left: array, right: array) -> array",
        "The elements that are in both arrays, each once.",
        Example('intersect(@, `["bug", "crash"]`)', ["ui", "bug"], ["bug"]),
        _intersect,
        raises=_LARGE,
    ),
    _row(
        "difference(left: array, right: array) -> array",
        "The elements of the left array that are not in the right array, each once.",
        Example('difference(@, `["bug"]`)', ["ui", "bug"], ["ui"]),
        _difference,
        raises=_LARGE,
    ),
    _row(
        "union_of(arrays: array...) -> array",
        "The elements of all arrays, each once.",
        Example("union_of(a, b)", {"a": [1, 2], "b": [2, 3]}, [1, 2, 3]),
        _union_of,
        raises=_LARGE,
    ),
    _row(
        "zip(arrays: array...) -> array[array]",
        "Arrays of the first elements, of the second elements and so on, up to the length of the shortest array.",
        Example("zip(a, b)", {"a": [1, 2], "b": ["x", "y"]}, [[1, "x"], [2, "y"]]),
        _zip,
    ),
    _row(
        "group_by(values: array, expression: expref) -> object",
        "The elements, grouped by the string that the expression returns.",
        Example("group_by(@, &kind).type[].name", _LABELS, ["bug", "ui"]),
        _group_by,
        raises=(("invalid-type", "the expression does not return a string for each element"),),
    ),
    _row(
        "count_by(values: array, expression: expref) -> object",
        "The number of elements for each string that the expression returns.",
        Example("count_by(@, &kind)", _LABELS, {"type": 2, "priority": 1}),
        _count_by,
        raises=(("invalid-type", "the expression does not return a string for each element"),),
    ),
    _row(
        "flatten_deep(values: array) -> array",
        "The elements of all nested arrays, in one flat array.",
        Example("flatten_deep(@)", [1, [2, [3, []]]], [1, 2, 3]),
        _flatten_deep,
        raises=(
            (
                "limit",
                "the array is nested more than 100,000 levels deep, or has more than a million elements",
            ),
        ),
    ),
    _row(
        "get(object: object, key: string, default: any?) -> any",
        "The value of a computed key, or the default if it is absent or null.",
        Example(
            "get(owners, component, 'nobody')", {"owners": {"ui": "octocat"}, "component": "ui"}, "octocat"
        ),
        _get,
    ),
    _row(
        "pick(object: object, keys: array[string]) -> object",
        "The object with only these keys.",
        Example('pick(@, `["a", "z"]`)', {"a": 1, "b": 2}, {"a": 1}),
        _pick,
    ),
    _row(
        "omit(object: object, keys: array[string]) -> object",
        "The object without these keys.",
        Example('omit(@, `["b"]`)', {"a": 1, "b": 2}, {"a": 1}),
        _omit,
    ),
    _row(
        "index_of(values: array, wanted: any) -> number or null",
        "The index of the first equal element, from 0; null if there is none.",
        Example("index_of(@, 'p1')", ["p0", "p1"], 1),
        index_in,
        raises=(("limit", "the values compared are too large"),),
    ),
    _row(
        "any_of(values: array, expression: expref) -> boolean",
        "Whether the expression is true for at least one element; false for an empty array.",
        Example("any_of(@, &starts_with(name, 'p'))", _LABELS, True),
        _any_of,
    ),
    _row(
        "all_of(values: array, expression: expref) -> boolean",
        "Whether the expression is true for every element; true for an empty array.",
        Example("all_of(@, &kind == 'type')", _LABELS, False),
        _all_of,
    ),
)
