"""The 26 functions of the JMESPath standard."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from rulewright.policy.lazy import defer_pattern
from rulewright.program.expression.errors import ExpressionFailure
from rulewright.program.expression.functions.model import (
    Example,
    Function,
    is_uniform_key,
    type_name,
)
from rulewright.program.expression.values import MAX_TEXT, bounded_size, bounded_text, index_in

if TYPE_CHECKING:
    from collections.abc import Callable

_JSON_INTEGER = defer_pattern(r"-?(?:0|[1-9][0-9]*)")
_JSON_NUMBER = defer_pattern(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_MOST_DIGITS = 4_000


def _avg(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _contains(subject: str | list[object], wanted: object) -> bool:
    if isinstance(subject, str):
        return type(wanted) is str and wanted in subject
    return index_in(subject, wanted) is not None


def _join(separator: str, texts: list[str]) -> str:
    length = sum(map(len, texts)) + len(separator) * max(len(texts) - 1, 0)
    if length > MAX_TEXT:
        raise ExpressionFailure("limit", f"the result of join() exceeds {MAX_TEXT:,} characters")
    return separator.join(texts)


def _map(expression: Callable[[object], object], values: list[object]) -> list[object]:
    return [expression(value) for value in values]


def _merge(*objects: dict[str, object]) -> dict[str, object]:
    merged: dict[str, object] = {}
    for each in objects:
        merged.update(each)
    return merged


def _not_null(*values: object) -> object:
    return next((value for value in values if value is not None), None)


def _to_array(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _to_string(value: object) -> str:
    if isinstance(value, str):
        return value
    bounded_size(value)
    return bounded_text(json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False))


def _to_number(value: object) -> object:
    if type(value) is int or type(value) is float:
        return value
    if not isinstance(value, str) or len(value) > _MOST_DIGITS:
        return None
    if _JSON_INTEGER.fullmatch(value):
        return int(value)
    if _JSON_NUMBER.fullmatch(value):
        number = float(value)
        return number if math.isfinite(number) else None
    return None


def _keyed(
    function: str, values: list[object], expression: Callable[[object], object]
) -> list[float] | list[str]:
    keys = [expression(value) for value in values]
    if not is_uniform_key(keys):
        found = " and ".join(sorted({type_name(key) for key in keys}))
        message = f"{function}() takes an expression that returns only numbers or only strings, got {found}"
        raise ExpressionFailure("invalid-type", message)
    return keys


def _sort_by(values: list[object], expression: Callable[[object], object]) -> list[object]:
    keys = _keyed("sort_by", values, expression)
    return [values[index] for index in sorted(range(len(values)), key=keys.__getitem__)]


def _max_by(values: list[object], expression: Callable[[object], object]) -> object:
    keys = _keyed("max_by", values, expression)
    return values[max(range(len(values)), key=keys.__getitem__)] if values else None


def _min_by(values: list[object], expression: Callable[[object], object]) -> object:
    keys = _keyed("min_by", values, expression)
    return values[min(range(len(values)), key=keys.__getitem__)] if values else None


_PEOPLE = [{"name": "a", "age": 30}, {"name": "b", "age": 20}]

STANDARD: tuple[Function, ...] = (
    Function("abs(value: number) -> number", "The absolute value.", Example("abs(@)", -3, 3), abs),
    Function(
        "avg(values: array[number]) -> number or null",
        "The arithmetic mean; null for an empty array.",
        Example("avg(@)", [1, 2, 6], 3.0),
        _avg,
    ),
    Function(
        "ceil(value: number) -> number",
        "The smallest integer not below the number.",
        Example("ceil(@)", 1.2, 2),
        math.ceil,
    ),
    Function(
        "contains(subject: array|string, wanted: any) -> boolean",
        "Whether the array contains the element, or the string contains the substring.",
        Example("contains(@, 'bug')", ["bug", "ui"], True),
        _contains,
    ),
    Function(
        "ends_with(subject: string, suffix: string) -> boolean",
        "Whether the string ends with the suffix.",
        Example("ends_with(@, '.md')", "README.md", True),
        str.endswith,
    ),
    Function(
        "floor(value: number) -> number",
        "The largest integer not above the number.",
        Example("floor(@)", 1.8, 1),
        math.floor,
    ),
    Function(
        "join(separator: string, texts: array[string]) -> string",
        "The strings, joined by the separator.",
        Example("join(', ', @)", ["a", "b"], "a, b"),
        _join,
        (("limit", "the result has more than 1,000,000 characters"),),
    ),
    Function(
        "keys(object: object) -> array[string]",
        "The keys of the object.",
        Example("keys(@)", {"a": 1, "b": 2}, ["a", "b"]),
        list,
    ),
    Function(
        "length(subject: string|array|object) -> number",
        "The number of code points of a string, elements of an array or keys of an object.",
        Example("length(@)", "hello", 5),
        len,
    ),
    Function(
        "map(expression: expref, values: array) -> array",
        "The result of the expression for each element, including nulls.",
        Example("map(&age, @)", [{"age": 1}, {}], [1, None]),
        _map,
    ),
    Function(
        "max(values: array[number]|array[string]) -> number, string or null",
        "The greatest element; null for an empty array.",
        Example("max(@)", [2, 3, 1], 3),
        lambda values: max(values, default=None),
    ),
    Function(
        "max_by(values: array, expression: expref) -> any",
        "The element for which the expression is greatest.",
        Example("max_by(@, &age).name", _PEOPLE, "a"),
        _max_by,
    ),
    Function(
        "merge(objects: object...) -> object",
        "One object with the keys of all arguments; later arguments override earlier ones.",
        Example('merge(@, `{"b": 2}`)', {"a": 1, "b": 1}, {"a": 1, "b": 2}),
        _merge,
    ),
    Function(
        "min(values: array[number]|array[string]) -> number, string or null",
        "The smallest element; null for an empty array.",
        Example("min(@)", ["b", "a"], "a"),
        lambda values: min(values, default=None),
    ),
    Function(
        "min_by(values: array, expression: expref) -> any",
        "The element for which the expression is smallest.",
        Example("min_by(@, &age).name", _PEOPLE, "b"),
        _min_by,
    ),
    Function(
        "not_null(values: any...) -> any",
        "The first argument that is not null.",
        Example("not_null(a, b)", {"b": 1}, 1),
        _not_null,
    ),
    Function(
        "reverse(subject: array|string) -> array or string",
        "The elements or code points in reverse order.",
        Example("reverse(@)", [1, 2], [2, 1]),
        lambda subject: subject[::-1],
    ),
    Function(
        "sort(values: array[number]|array[string]) -> array",
        "The elements in ascending order; strings by code point.",
        Example("sort(@)", [2, 1], [1, 2]),
        sorted,
    ),
    Function(
        "sort_by(values: array, expression: expref) -> array",
        "The elements in ascending order of the expression; equal elements keep their order.",
        Example("sort_by(@, &age)[].name", _PEOPLE, ["b", "a"]),
        _sort_by,
    ),
    Function(
        "starts_with(subject: string, prefix: string) -> boolean",
        "Whether the string starts with the prefix.",
        Example("starts_with(@, 'v')", "v1.2.0", True),
        str.startswith,
    ),
    Function(
        "sum(values: array[number]) -> number",
        "The sum; 0 for an empty array.",
        Example("sum(@)", [1, 2], 3),
        sum,
    ),
    Function(
        "to_array(value: any) -> array",
        "The value if it is an array, else an array that contains it.",
        Example("to_array(@)", "a", ["a"]),
        _to_array,
    ),
    Function(
        "to_number(value: any) -> number or null",
        "The value if it is a number, the number if the value is a string with a JSON number, else null.",
        Example("to_number(@)", "1.5", 1.5),
        _to_number,
    ),
    Function(
        "to_string(value: any) -> string",
        "The value if it is a string, else the value as JSON.",
        Example("to_string(@)", [1, "a"], '[1,"a"]'),
        _to_string,
        (
            ("limit", "the value is too large or too deep"),
            ("invalid-value", "the value contains NaN or an infinity, which JSON does not support"),
        ),
    ),
    Function(
        "type(value: any) -> string", "The name of the type.", Example("type(@)", 1, "number"), type_name
    ),
    Function(
        "values(object: object) -> array",
        "The values of the object.",
        Example("values(@)", {"a": 1, "b": 2}, [1, 2]),
        lambda subject: list(subject.values()),
    ),
)
