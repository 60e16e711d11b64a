"""Limits on the right side of a matcher: numbers, quantities, moments and durations, in the unit of the path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.compile.type_check import misfit

if TYPE_CHECKING:
    from rulewright.compile.context import Context, PathUse
    from rulewright.policy.model import Match

Part = dict[str, Any]


def _number(match: Match, path: PathUse, value: Any, context: Context) -> tuple[Any, str | None] | None:
    """(number, how it compares: None | "moment") of a limit, or None after reporting."""
    from rulewright.policy.quantity import parse_moment, parse_quantity, quantity_hint

    timed = path.format == "duration"
    types = path.types - {"null"}
    if isinstance(value, int | float) and not isinstance(value, bool):
        if timed:
            context.report(
                "RW404",
                f"`{match.path}` is a duration; {value} has no unit",
                match.span,
                hint=f"write `{value}s` or `{value}d`",
            )
            return None
        if misfit(match, path, {"number"}, context, f"`{match.matcher}` compares numbers"):
            return None
        return value, None
    if not isinstance(value, str):
        context.report("RW406", f"`{match.matcher}` takes a number or a quantity", match.span)
        return None
    quantity = parse_quantity(value)
    if quantity is not None:
        if types and types <= {"number", "integer"} and not timed:
            context.report(
                "RW404",
                f"`{match.path}` is a bare number; `{value}` is a {quantity.dimension}",
                match.span,
                hint="compare it with a number, or use `age` and `older_than` for times",
            )
            return None
        if timed and quantity.dimension != "duration":
            context.report(
                "RW404", f"`{match.path}` is a duration; `{value}` is a {quantity.dimension}", match.span
            )
            return None
        if path.format == "date-time":
            context.report(
                "RW404",
                f"`{match.path}` is a moment; `{value}` is a {quantity.dimension}",
                match.span,
                hint="use `older_than` or `newer_than`",
            )
            return None
        if misfit(match, path, {"number"}, context, f"`{match.matcher}` compares numbers"):
            return None
        return quantity.value, None
    if (
        parse_moment(value) is not None
        and path.format in ("date-time", None)
        and (not types or "string" in types)
    ):
        return value, "moment"
    context.report(
        "RW403",
        f"`{value}` is neither a number nor a quantity",
        match.span,
        hint=quantity_hint(str(value)),
    )
    return None


def limit(match: Match, path: PathUse, value: Any, context: Context) -> Part | None:
    """A limit of `gt`, `gte`, `lt` or `lte`, or None after reporting what is wrong."""
    found = _number(match, path, value, context)
    if found is None:
        return None
    part: Part = {"v": found[0]}
    if found[1]:
        part["as"] = found[1]
    if isinstance(value, str):
        part["unit"] = value
    return part


def between(match: Match, path: PathUse, context: Context) -> Part | None:
    """The two limits of `between`, or None after reporting what is wrong."""
    if not isinstance(match.value, list) or len(match.value) != 2:
        context.report(
            "RW406",
            "`between` takes two limits",
            match.span,
            hint="write `between: [1, 5]`; both are included",
        )
        return None
    ends = [_number(match, path, value, context) for value in match.value]
    if ends[0] is None or ends[1] is None:
        return None
    part: Part = {"v": [ends[0][0], ends[1][0]]}
    if ends[0][1]:
        part["as"] = ends[0][1]
    elif ends[0][0] > ends[1][0]:
        context.report(
            "RW406",
            "the first limit of `between` is above the second",
            match.span,
            hint="nothing lies between them",
        )
        return None
    if any(isinstance(value, str) for value in match.value):
        part["unit"] = f"{match.value[0]} and {match.value[1]}"
    return part


def age(match: Match, path: PathUse, context: Context) -> Part | None:
    """The duration of `older_than` or `newer_than`, or None after reporting what is wrong."""
    from rulewright.policy.quantity import parse_quantity

    quantity = parse_quantity(match.value) if isinstance(match.value, str) else None
    if quantity is None or quantity.dimension != "duration":
        context.report(
            "RW403", f"`{match.matcher}` takes a duration", match.span, hint="write a unit: `14d`, `36h`"
        )
        return None
    if path.format == "duration":
        context.report("RW404", f"`{match.path}` is a duration already", match.span, hint="use `gt` or `lt`")
        return None
    if misfit(match, path, {"string"}, context, f"`{match.matcher}` takes a moment"):
        return None
    if path.types and path.types <= {"string", "null"} and path.format not in ("date-time", "date"):
        context.report(
            "RW406",
            f"`{match.path}` is text; `{match.matcher}` takes a moment, such as `issue.updated_at`",
            match.span,
        )
        return None
    return {"v": quantity.value, "unit": match.value}
