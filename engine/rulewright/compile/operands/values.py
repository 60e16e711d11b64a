"""Values, elements, lengths and flags on the right side of a matcher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.compile.operands.operand import Operand, OperandError
from rulewright.compile.operands.types import json_type, require_members, require_type
from rulewright.policy.suggestions import list_names, nearest
from rulewright.program.matchers.length import SIZE_MATCHERS

if TYPE_CHECKING:
    from rulewright.compile.context import Context, PathUse
    from rulewright.policy.json_types import Json
    from rulewright.policy.model import Match


def check_flag(match: Match, path: PathUse, context: Context) -> Operand:
    """True or false."""
    if not isinstance(match.value, bool):
        raise OperandError("RW406", f"`{match.matcher}` takes true or false")
    if match.on_missing is not None:
        raise OperandError(
            "RW406",
            f"`{match.matcher}` already defines the result for a missing value; `on_missing` contradicts or repeats it",
            "remove one of them",
        )
    return Operand(match.value)


def check_value(match: Match, path: PathUse, context: Context) -> Operand:
    """One value that the path can have."""
    _require_value(match, match.value, path, context)
    return Operand(match.value)


def check_values(match: Match, path: PathUse, context: Context) -> Operand:
    """A list of values that the path can have."""
    values = _list_of(match)
    _require_literals(match, values)
    for value in values:
        _require_value(match, value, path, context)
    return Operand(values)


def _require_value(match: Match, value: Json, path: PathUse, context: Context) -> None:
    kind = json_type(value)
    if kind in ("string", "number") and path.format == "duration":
        raise OperandError(
            "RW404",
            f"`{match.path}` is a duration, and is almost never equal to an exact value",
            "use `gt`, `lt` or `between`",
        )
    require_type(match, path, {kind}, context, f"{value!r} is a {kind}")
    if path.values and isinstance(value, str) and value not in path.values:
        near = nearest(value, path.values)
        hint = f"did you mean `{near}`?" if near else f"use one of {list_names(sorted(path.values))}"
        raise OperandError("RW418", f"`{match.path}` is never `{value}`", hint)


def check_element(match: Match, path: PathUse, context: Context) -> Operand:
    """One element of a list, or part of a text."""
    _require_members(match, path, context)
    if isinstance(match.value, list):
        raise OperandError("RW406", "`contains` takes one value", "use `contains_any` or `contains_all`")
    require_members(match, [match.value], path)
    return Operand(match.value)


def check_elements(match: Match, path: PathUse, context: Context) -> Operand:
    """A list of elements, or of parts of a text."""
    _require_members(match, path, context)
    values = _list_of(match)
    require_members(match, values, path)
    _require_literals(match, values)
    return Operand(values)


def _require_members(match: Match, path: PathUse, context: Context) -> None:
    require_type(match, path, {"string", "array"}, context, f"`{match.matcher}` applies to lists and text")


def _list_of(match: Match) -> list[Json]:
    if not isinstance(match.value, list):
        hint = f"write `{match.matcher}: [{match.value}]`"
        raise OperandError("RW406", f"`{match.matcher}` takes a list", hint)
    return match.value


def _require_literals(match: Match, values: list[Json]) -> None:
    if not values:
        raise OperandError("RW410", f"`{match.matcher}` has an empty list")
    if None in values:
        raise OperandError("RW407", f"the list of `{match.matcher}` contains null", "use `missing: true`")


def check_length(match: Match, path: PathUse, context: Context) -> Operand:
    """A whole number, or comparisons with whole numbers."""
    require_type(match, path, {"string", "array", "object"}, context, "it has no length")
    if isinstance(match.value, dict):
        for name, limit in match.value.items():
            sizes = limit if isinstance(limit, list) else [limit]
            if name not in SIZE_MATCHERS or not all(map(_is_size, sizes)):
                raise OperandError("RW406", f"`length` cannot take `{name}: {limit}`")
    elif not _is_size(match.value):
        raise OperandError("RW406", "`length` takes a number or comparisons", "write `length: { gte: 3 }`")
    return Operand(match.value)


def _is_size(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
