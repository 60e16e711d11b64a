"""Static checks of expressions: unknown functions, and arguments that are wrong for any data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.diagnostics import shorten
from rulewright.program.expression.errors import ExpressionFailure
from rulewright.program.expression.parse import slice_bounds

if TYPE_CHECKING:
    from rulewright.program.expression.syntax_tree import Ast

_NOT_A_STRING = frozenset({"comparator", "not_expression", "multi_select_list", "multi_select_dict"})


def check_expression(ast: Ast) -> list[str]:
    """One sentence per problem, in the order of the text; empty when there is none."""
    problems: list[str] = []
    _visit(ast, problems, inside_call=False)
    return list(dict.fromkeys(problems))


def _visit(ast: Ast, problems: list[str], *, inside_call: bool) -> None:
    kind = ast["type"]
    if kind == "function_expression":
        _check_call(ast, problems)
    elif kind == "comparator":
        _check_comparison(ast, problems)
    elif kind == "slice" and slice_bounds(ast)[2] == 0:
        problems.append("the step of a slice may not be 0")
    elif kind == "expref" and not inside_call:
        problems.append("`&` creates an expression reference, which only functions accept")
    for child in ast["children"]:
        if isinstance(child, dict):
            _visit(child, problems, inside_call=kind == "function_expression")


def _check_comparison(ast: Ast, problems: list[str]) -> None:
    if ast["value"] in ("eq", "ne"):
        return
    for side in ast["children"]:
        if side["type"] == "literal" and (
            isinstance(side["value"], bool) or not isinstance(side["value"], int | float)
        ):
            problems.append(
                f"only numbers can be ordered, and {_shown(side['value'])} is not a number: the result is always null"
            )


def _check_call(ast: Ast, problems: list[str]) -> None:
    from rulewright.program.expression.functions import FUNCTIONS

    name: str = ast["value"]
    function = FUNCTIONS.get(name)
    if function is None:
        problems.append(_unknown(name, list(FUNCTIONS)))
        return
    problem = function.arity_problem(len(ast["children"]))
    if problem is not None:
        problems.append(problem)
        return
    for index, child in enumerate(ast["children"]):
        parameter = function.parameter(index)
        if parameter.expression and child["type"] != "expref":
            problems.append(f"{name}() takes an expression as {parameter.name}: add `&` in front")
        elif child["type"] == "expref" and not parameter.expression:
            problems.append(f"{name}() takes {parameter.text} as {parameter.name}, not an expression (`&…`)")
        elif child["type"] == "literal":
            try:
                parameter.check_type(name, child["value"])
            except ExpressionFailure as failure:
                problems.append(failure.message)
        elif parameter.text == "string" and child["type"] in _NOT_A_STRING:
            problems.append(f"{name}() takes string as {parameter.name}, but never gets one")


def _unknown(name: str, known: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1)
    return f"unknown function {name}()" + (f"; did you mean {close[0]}()?" if close else "")


def _shown(value: object) -> str:
    from json import dumps

    text = dumps(value, ensure_ascii=False)
    return shorten(text, 40)
