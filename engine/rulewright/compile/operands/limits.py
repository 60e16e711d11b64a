"""Limits on the right side of a matcher: numbers, quantities, moments and durations, in the unit of the path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.compile.operands.operand import Operand, OperandError
from rulewright.compile.operands.types import require_type
from rulewright.policy.quantity import parse_moment, parse_quantity, quantity_hint

if TYPE_CHECKING:
    from rulewright.compile.context import Context, PathUse
    from rulewright.policy.json_types import Json
    from rulewright.policy.model import Match
    from rulewright.policy.quantity import Quantity


def check_limit(match: Match, path: PathUse, context: Context) -> Operand:
    """A number, a quantity in the unit of the path, or a moment."""
    return _limit(match, path, match.value, context)


def _limit(match: Match, path: PathUse, value: Json, context: Context) -> Operand:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if path.format == "duration":
            message = f"`{match.path}` is a duration; {value} has no unit"
            raise OperandError("RW404", message, f"write `{value}s` or `{value}d`")
        require_type(match, path, {"number"}, context, f"`{match.matcher}` compares numbers")
        return Operand(value)
    if not isinstance(value, str):
        raise OperandError("RW406", f"`{match.matcher}` takes a number or a quantity")
    quantity = parse_quantity(value)
    if quantity is not None:
        _require_unit(match, path, value, quantity)
        require_type(match, path, {"number"}, context, f"`{match.matcher}` compares numbers")
        return Operand(quantity.value, written=value)
    types = path.types - {"null"}
    if (
        parse_moment(value) is not None
        and path.format in ("date-time", None)
        and (not types or "string" in types)
    ):
        return Operand(value, compares_moments=True, written=value)
    raise OperandError("RW403", f"`{value}` is neither a number nor a quantity", quantity_hint(value))


def _require_unit(match: Match, path: PathUse, written: str, quantity: Quantity) -> None:
    """Raises OperandError where the path has values of another unit than the quantity."""
    types = path.types - {"null"}
    has_unit = path.format == "duration"
    if types and types <= {"number", "integer"} and not has_unit:
        held, hint = "a bare number", "compare it with a number, or use `age` and `older_than` for times"
    elif has_unit and quantity.dimension != "duration":
        held, hint = "a duration", None
    elif path.format == "date-time":
        held, hint = "a moment", "use `older_than` or `newer_than`"
    else:
        return
    raise OperandError("RW404", f"`{match.path}` is {held}; `{written}` is a {quantity.dimension}", hint)


def check_limits(match: Match, path: PathUse, context: Context) -> Operand | None:
    """Two limits, the lower one first."""
    if not isinstance(match.value, list) or len(match.value) != 2:
        hint = "write `between: [1, 5]`; both are included"
        raise OperandError("RW406", "`between` takes two limits", hint)
    limits: list[Operand] = []
    for value in match.value:
        try:
            limits.append(_limit(match, path, value, context))
        except OperandError as error:  # the other limit is checked all the same
            error.report(match, context)
    if len(limits) < 2:
        return None
    low, high = limits
    numbers = [limit.value for limit in limits if isinstance(limit.value, int | float)]
    if len(numbers) == 2 and numbers[0] > numbers[1]:
        raise OperandError(
            "RW406",
            "the first limit of `between` is greater than the second",
            "no value is between the limits",
        )
    is_quantity = any(isinstance(value, str) for value in match.value)
    written = f"{match.value[0]} and {match.value[1]}" if is_quantity else None
    return Operand([low.value, high.value], compares_moments=low.compares_moments, written=written)


def check_duration(match: Match, path: PathUse, context: Context) -> Operand:
    """How long ago a moment is."""
    quantity = parse_quantity(match.value) if isinstance(match.value, str) else None
    if quantity is None or quantity.dimension != "duration":
        raise OperandError("RW403", f"`{match.matcher}` takes a duration", "write a unit: `14d`, `36h`")
    if path.format == "duration":
        raise OperandError("RW404", f"`{match.path}` is already a duration", "use `gt` or `lt`")
    require_type(match, path, {"string"}, context, f"`{match.matcher}` takes a time")
    if path.types and path.types <= {"string", "null"} and path.format not in ("date-time", "date"):
        raise OperandError(
            "RW406",
            f"`{match.path}` is text; `{match.matcher}` takes a time, such as `issue.updated_at`",
        )
    return Operand(quantity.value, written=str(match.value))
