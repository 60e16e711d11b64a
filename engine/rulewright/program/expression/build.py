"""Compiles the AST of an expression to a closure.

Each node is specialised: members in a chain are read by one closure, projections are comprehensions,
comparisons with a literal use its type, calls with constant arguments are computed here. Evaluators do not
change the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.program.expression.compare import build_comparator
from rulewright.program.expression.errors import ExpressionFailure
from rulewright.program.expression.parse import slice_bounds
from rulewright.program.expression.project import (
    filter_projection,
    flatten,
    list_projection,
    strict_filter_projection,
    strict_flatten,
    strict_projection,
    value_projection,
)
from rulewright.program.expression.require import require_value
from rulewright.program.expression.values import truthy
from rulewright.program.member_access import Evaluator, read_chain, same

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.program.expression.syntax_tree import Ast

_BOOLEAN_CALLS = frozenset(
    {"contains", "starts_with", "ends_with", "matches", "any_of", "all_of", "semver_satisfies"}
)


def build_evaluator(ast: Ast) -> Evaluator:
    """The evaluator of `ast`: data in, result out.

    Objects are dicts (also subclasses that compute members in `__missing__`), arrays are lists. The evaluator gives
    None for an absent member, and raises ExpressionFailure where a function fails.
    """
    return _BUILDERS[ast["type"]](ast)


def _is_boolean(ast: Ast) -> bool:
    """Whether the result can only be true, false or null, so that Python's truth is JMESPath's."""
    kind = ast["type"]
    if kind in ("comparator", "not_expression"):
        return True
    if kind in ("and_expression", "or_expression"):
        return all(map(_is_boolean, ast["children"]))
    return kind == "function_expression" and ast["value"] in _BOOLEAN_CALLS


def _predicate(ast: Ast) -> Evaluator:
    """An evaluator whose result has JMESPath's truth under Python's."""
    kind = ast["type"]
    if _is_boolean(ast):
        return build_evaluator(ast)
    if kind in ("and_expression", "or_expression"):
        left, right = map(_predicate, ast["children"])
        if kind == "and_expression":
            return lambda value: left(value) and right(value)
        return lambda value: left(value) or right(value)
    read = build_evaluator(ast)
    return lambda value: truthy(read(value))


def _steps(ast: Ast) -> list[Ast]:
    """The steps of a chain in the order of their application: `a.b | c[0]` has a, b, c, [0]."""
    if ast["type"] not in ("subexpression", "index_expression", "pipe"):
        return [ast]
    return [step for child in ast["children"] for step in _steps(child)]


def _sequence(ast: Ast) -> Evaluator:
    stages: list[Evaluator] = []
    names: list[str] = []
    for step in _steps(ast):
        if step["type"] == "field":
            names.append(step["value"])
            continue
        if names:
            stages.append(read_chain(tuple(names)))
            names = []
        if step["type"] not in ("identity", "current"):
            stages.append(build_evaluator(step))
    if names:
        stages.append(read_chain(tuple(names)))
    return _compose(stages)


def _compose(stages: list[Evaluator]) -> Evaluator:
    if not stages:
        return same
    if len(stages) == 1:
        return stages[0]
    if len(stages) == 2:
        first, second = stages
        return lambda value: second(first(value))

    def run(value: object) -> object:
        for stage in stages:
            value = stage(value)
        return value

    return run


def _chain_names(ast: Ast) -> tuple[str, ...] | None:
    """The names of a plain `a.b.c`, else None."""
    steps = _steps(ast)
    if all(step["type"] == "field" for step in steps):
        return tuple(step["value"] for step in steps)
    return None


def _field(ast: Ast) -> Evaluator:
    return read_chain((ast["value"],))


def _literal(ast: Ast) -> Evaluator:
    constant = ast["value"]
    return lambda value: constant


def _index(ast: Ast) -> Evaluator:
    index = ast["value"]

    def at(value: object) -> object:
        if not isinstance(value, list):
            return None
        try:
            return value[index]
        except IndexError:
            return None

    return at


def _slice(ast: Ast) -> Evaluator:
    start, stop, step = slice_bounds(ast)
    part = slice(start, stop, step)

    def cut(value: object) -> object:
        if not isinstance(value, list):
            return None
        if step == 0:
            raise ExpressionFailure("invalid-value", "the step of a slice may not be 0")
        return value[part]

    return cut


def _projection(ast: Ast) -> Evaluator:
    left, right = ast["children"]
    names = _chain_names(right)
    is_flat = left["type"] == "flatten"
    base = build_evaluator(left["children"][0] if is_flat else left)
    return list_projection(base, build_evaluator(right), names, is_flat=is_flat)


def _filter(ast: Ast) -> Evaluator:
    left, right, condition = ast["children"]
    return filter_projection(build_evaluator(left), build_evaluator(right), _predicate(condition))


def _strict_projection(ast: Ast) -> Evaluator:
    left, right = ast["children"]
    return strict_projection(build_evaluator(left), build_evaluator(right), _chain_names(right), ast["value"])


def _strict_filter(ast: Ast) -> Evaluator:
    left, right, condition = ast["children"]
    return strict_filter_projection(build_evaluator(left), build_evaluator(right), _predicate(condition))


def _required(ast: Ast) -> Evaluator:
    return require_value(build_evaluator(ast["children"][0]), *ast["value"])


def _comparator(ast: Ast) -> Evaluator:
    left, right = ast["children"]
    return build_comparator(ast["value"], _operand(left), _operand(right))


def _operand(ast: Ast) -> tuple[Evaluator, bool, object]:
    """An evaluator, whether it is a literal, and the literal's value."""
    literal = ast["type"] == "literal"
    return build_evaluator(ast), literal, ast["value"] if literal else None


def _and(ast: Ast) -> Evaluator:
    left, right = map(build_evaluator, ast["children"])
    if _is_boolean(ast["children"][0]):
        return lambda value: left(value) and right(value)

    def both(value: object) -> object:
        found = left(value)
        return right(value) if truthy(found) else found

    return both


def _or(ast: Ast) -> Evaluator:
    left, right = map(build_evaluator, ast["children"])
    if _is_boolean(ast["children"][0]):
        return lambda value: left(value) or right(value)

    def either(value: object) -> object:
        found = left(value)
        return found if truthy(found) else right(value)

    return either


def _not(ast: Ast) -> Evaluator:
    holds = _predicate(ast["children"][0])
    return lambda value: not holds(value)


def _multi_select_list(ast: Ast) -> Evaluator:
    members = [build_evaluator(child) for child in ast["children"]]

    def select(value: object) -> object:
        return None if value is None else [member(value) for member in members]

    return select


def _multi_select_dict(ast: Ast) -> Evaluator:
    members = [(child["value"], build_evaluator(child["children"][0])) for child in ast["children"]]

    def select(value: object) -> object:
        return None if value is None else {key: member(value) for key, member in members}

    return select


def _function(ast: Ast) -> Evaluator:
    from rulewright.program.expression.call import build_call

    arguments: list[tuple[Evaluator, bool, bool]] = []
    for child in ast["children"]:
        if child["type"] == "expref":
            arguments.append((build_evaluator(child["children"][0]), True, False))
        else:
            arguments.append((build_evaluator(child), False, child["type"] == "literal"))
    return build_call(ast["value"], arguments)


def _loose_expref(ast: Ast) -> Evaluator:
    def fail(value: object) -> object:
        raise ExpressionFailure(
            "invalid-type", "`&` creates an expression reference, which only functions accept"
        )

    return fail


def _same(ast: Ast) -> Evaluator:
    return same


_BUILDERS: Final[dict[str, Callable[[Ast], Evaluator]]] = {
    "and_expression": _and,
    "comparator": _comparator,
    "current": _same,
    "expref": _loose_expref,
    "field": _field,
    "filter_projection": _filter,
    "flatten": lambda ast: flatten(build_evaluator(ast["children"][0])),
    "function_expression": _function,
    "identity": _same,
    "index": _index,
    "index_expression": _sequence,
    "literal": _literal,
    "multi_select_dict": _multi_select_dict,
    "multi_select_list": _multi_select_list,
    "not_expression": _not,
    "or_expression": _or,
    "pipe": _sequence,
    "projection": _projection,
    "required": _required,
    "slice": _slice,
    "strict_filter": _strict_filter,
    "strict_flatten": lambda ast: strict_flatten(build_evaluator(ast["children"][0])),
    "strict_projection": _strict_projection,
    "subexpression": _sequence,
    "value_projection": lambda ast: value_projection(*map(build_evaluator, ast["children"])),
}
