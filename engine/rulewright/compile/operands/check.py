"""The right side of a matcher: literals, `{fact: PATH}` and lists, checked against what is known of the path."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING, Final

from rulewright.compile.operands.closed_sets import check_closed_set
from rulewright.compile.operands.limits import check_duration, check_limit, check_limits
from rulewright.compile.operands.operand import Operand, OperandError
from rulewright.compile.operands.texts import check_texts
from rulewright.compile.operands.values import (
    check_element,
    check_elements,
    check_flag,
    check_length,
    check_value,
    check_values,
)
from rulewright.policy.matcher_declarations import MATCHER_DECLARATIONS, OperandForm
from rulewright.policy.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from rulewright.compile.context import Context, PathUse
    from rulewright.policy.json_types import Json
    from rulewright.policy.model import Match

CHECKS: Final[dict[OperandForm, Callable[[Match, PathUse, Context], Operand | None]]] = {
    "value": check_value,
    "values": check_values,
    "limit": check_limit,
    "limits": check_limits,
    "element": check_element,
    "elements": check_elements,
    "texts": check_texts,
    "patterns": check_texts,
    "words": check_texts,
    "length": check_length,
    "flag": check_flag,
    "duration": check_duration,
}
"""The check of a literal. Raises OperandError; None where it has reported what is wrong."""
LITERAL_FORMS: Final = frozenset[OperandForm]({"patterns", "length", "limits"})
TEXT_FORMS: Final = frozenset[OperandForm]({"texts", "patterns", "words"})
LIST_FORMS: Final = frozenset[OperandForm]({"values", "elements"})
MOMENT_FORMS: Final = frozenset[OperandForm]({"limit"})


def compile_operand(match: Match, path: PathUse, context: Context) -> Operand | None:
    """What the node keeps of the operand, or None after reporting what is wrong."""
    try:
        return _check_operand(match, path, context)
    except OperandError as error:
        error.report(match, context)
        return None


def _check_operand(match: Match, path: PathUse, context: Context) -> Operand | None:
    name, value = match.matcher, match.value
    declaration = MATCHER_DECLARATIONS.get(name)
    if declaration is None:
        near = nearest(name, MATCHER_DECLARATIONS)
        hint = f"did you mean `{near}`?" if near else None
        raise OperandError("RW406", f"unknown matcher `{name}`", hint, match.key_span)
    if value is None:
        message = f"`{match.path}` is compared with null"
        raise OperandError("RW407", message, "write `missing: true` or `exists: true`")
    if declaration.operand == "flag":
        return check_flag(match, path, context)
    if any(isinstance(item, float) and not isfinite(item) for item in _scalars(value)):
        raise OperandError("RW406", f"`{name}` does not accept infinity or NaN")
    if path.is_list and declaration.for_lists is not None:
        message = f"`{match.path}` is a list; `{name}` compares one value"
        raise OperandError("RW402", message, f"use `{declaration.for_lists}`")
    if isinstance(value, dict) and set(value) == {"fact"}:
        return _check_fact(match, str(value["fact"]), path, context)
    check_closed_set(match, path, context)
    return CHECKS[declaration.operand](match, path, context)


def _scalars(value: Json) -> Collection[Json]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else (value,)


def _check_fact(match: Match, name: str, path: PathUse, context: Context) -> Operand | None:
    declaration = MATCHER_DECLARATIONS[match.matcher]
    if declaration.operand in LITERAL_FORMS:
        raise OperandError(
            "RW406",
            f"`{match.matcher}` takes a literal, not the value of `{name}`",
            "write the pattern or the length in the policy",
        )
    if name.startswith("lists."):
        return _check_list(match, path, name[6:], context)
    fact = context.path(name, match.span, code="RW302")
    if fact is None:
        return None
    if context.gate and (fact.untrusted or fact.label):
        context.report("RW411", f"`{name}` is untrusted: anyone, or a model, may write it", match.span)
    if declaration.operand not in TEXT_FORMS:
        _require_form(match, name, fact)
    compares_moments = declaration.operand in MOMENT_FORMS and "date-time" in (path.format, fact.format)
    return Operand(match.value, fact.number, fact.ci, compares_moments)


def _require_form(match: Match, name: str, fact: PathUse) -> None:
    """Raises OperandError for a fact that is a list where the matcher takes one value, or the other way round."""
    declaration = MATCHER_DECLARATIONS[match.matcher]
    types = fact.types - {"null"}
    takes_list = declaration.operand in LIST_FORMS
    if types and ("array" not in types if takes_list else types == {"array"}):
        has, takes = ("no", "list") if takes_list else ("a", "value")
        raise OperandError(
            "RW402",
            f"`{name}` is {has} list; `{match.matcher}` takes one {takes}",
            _use(declaration.other_operand),
        )


def _check_list(match: Match, path: PathUse, name: str, context: Context) -> Operand | None:
    """`{fact: lists.NAME}`: a constant, checked as if it were written in place."""
    values = context.list_named(name, match.span)
    if values is None:
        return None
    declaration = MATCHER_DECLARATIONS[match.matcher]
    if declaration.operand not in LIST_FORMS | TEXT_FORMS:
        message = f"`lists.{name}` is a list; `{match.matcher}` compares one value"
        raise OperandError("RW402", message, _use(declaration.other_operand))
    written = f"lists.{name}"
    if not values:  # an empty list of the policy is no mistake: nobody is on it yet
        return Operand([], written=written)
    operand = CHECKS[declaration.operand](replace(match, value=list(values)), path, context)
    return None if operand is None else operand._replace(written=written)


def _use(matcher: str | None) -> str | None:
    return f"use `{matcher}`" if matcher else None
