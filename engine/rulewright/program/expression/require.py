"""The strict form of an expression: what is missing in the data does not disappear from the result.

JMESPath drops nulls from projections and takes comparisons with them for false, so that a value that was not measured
looks like one that was left out on purpose. In the strict form projections keep nulls, and what is compared or
computed with must be there; `not_null(a, b)`, `a || b` and a comparison with the literal null say what to do without
a value.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, Final, Literal

from rulewright.program.expression.errors import ExpressionFailure

if TYPE_CHECKING:
    from rulewright.program.expression.syntax_tree import Ast
    from rulewright.program.member_access import Evaluator

_Wanted = Literal["value", "number", "values"]

_CHAINS: Final = frozenset({"subexpression", "index_expression"})
_ACCEPTS_NULL: Final = frozenset({"length", "not_null", "to_array", "type"})
"""Functions whose result does not depend on what a null stands for."""


def make_strict(ast: Ast, *, is_condition: bool = False) -> Ast:
    """The strict form of `ast`, for `build_evaluator`. Its evaluator raises ExpressionFailure, with `of_null` for
    what is missing or not finite.

    Ordered comparisons need numbers. `is_condition`: filters decide what counts as bad, so that equality and the
    truth of a member need a value as well.
    """
    return _Rewriter(is_condition).rewrite(ast)


def require_value(read: Evaluator, wanted: _Wanted, name: str) -> Evaluator:
    """The value of `read`, which must be there and finite; for `number` one number, for `values` an array without
    gaps, or something else. Raises ExpressionFailure."""

    def evaluate(value: object) -> object:
        found = read(value)
        if _is_gap(found):
            raise ExpressionFailure("invalid-value", f"{name} is {_describe(found)}", of_null=True)
        if wanted == "number" and type(found) not in (int, float):
            raise ExpressionFailure("invalid-type", f"{name} is no number")
        if wanted == "values" and isinstance(found, list):
            for position, item in enumerate(found):
                if _is_gap(item):
                    message = f"item {position} of {name} is {_describe(item)}"
                    raise ExpressionFailure("invalid-value", message, of_null=True)
        return found

    return evaluate


def _is_gap(value: object) -> bool:
    return value is None or (isinstance(value, float) and not isfinite(value))


def _describe(gap: object) -> str:
    return "missing" if gap is None else f"{gap}"


class _Rewriter:
    """Rewrites one expression. `is_condition` as in `make_strict`."""

    def __init__(self, is_condition: bool) -> None:
        self._is_condition = is_condition

    def rewrite(self, ast: Ast) -> Ast:
        kind = ast["type"]
        if kind == "filter_projection":
            left, right, condition = ast["children"]
            parts = [self.rewrite(left), self.rewrite(right), self._rewrite_condition(condition)]
            return {"type": "strict_filter", "children": parts}
        if kind == "comparator":
            return self._rewrite_comparator(ast, in_condition=False)
        if kind == "function_expression" and ast["value"] not in _ACCEPTS_NULL:
            return _with_children(ast, [self._require_argument(child) for child in ast["children"]])
        if kind == "slice":
            return ast
        children = [self.rewrite(child) for child in ast["children"]]
        if kind in ("projection", "value_projection"):
            container = "list" if kind == "projection" else "dict"
            return {"type": "strict_projection", "children": children, "value": container}
        if kind == "flatten":
            return {"type": "strict_flatten", "children": children}
        return _with_children(ast, children)

    def _rewrite_condition(self, ast: Ast) -> Ast:
        kind = ast["type"]
        if kind == "comparator":
            return self._rewrite_comparator(ast, in_condition=True)
        if kind in ("and_expression", "or_expression", "not_expression"):
            return _with_children(ast, [self._rewrite_condition(child) for child in ast["children"]])
        strict = self.rewrite(ast)
        return _require(strict, ast, "value") if self._is_condition else strict

    def _rewrite_comparator(self, ast: Ast, *, in_condition: bool) -> Ast:
        children = [self.rewrite(child) for child in ast["children"]]
        is_ordered = ast["value"] not in ("eq", "ne")
        asks_for_null = any(_is_null(child) for child in ast["children"])
        if not is_ordered and (asks_for_null or not (in_condition and self._is_condition)):
            return _with_children(ast, children)
        wanted: _Wanted = "number" if is_ordered else "value"
        required = [
            child if child["type"] == "literal" else _require(child, before, wanted)
            for child, before in zip(children, ast["children"], strict=True)
        ]
        return _with_children(ast, required)

    def _require_argument(self, ast: Ast) -> Ast:
        if ast["type"] == "expref":
            inner = ast["children"][0]
            return _with_children(ast, [_require(self.rewrite(inner), inner, "value")])
        return ast if ast["type"] == "literal" else _require(self.rewrite(ast), ast, "values")


def _with_children(ast: Ast, children: list[Ast]) -> Ast:
    out: Ast = {"type": ast["type"], "children": children}
    if "value" in ast:
        out["value"] = ast["value"]
    return out


def _require(strict: Ast, before: Ast, wanted: _Wanted) -> Ast:
    value: Any = (wanted, _describe_operand(before))
    return {"type": "required", "children": [strict], "value": value}


def _is_null(ast: Ast) -> bool:
    """Whether an operand is the literal null, or `null` without backticks: a member of that name is never there."""
    return (ast["type"], ast.get("value", "")) in (("literal", None), ("field", "null"))


def _describe_operand(ast: Ast) -> str:
    """`a.b` for a chain of members; else what it is in the expression."""
    if ast["type"] == "field":
        return f"`{ast['value']}`"
    if ast["type"] in _CHAINS and all(child["type"] == "field" for child in ast["children"]):
        return f"`{'.'.join(child['value'] for child in ast['children'])}`"
    return "a value that is compared or computed with"
