"""JMESPath text to an AST of plain JSON data.

A node is `{"type": name, "children": [node, …], "value"?: …}` as jmespath's parser makes it, except
that the children of a `slice` are integers or None. An AST is shared and must not be changed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from rulewright.policy.lazy import defer_pattern
from rulewright.program.expression.errors import ExpressionError
from rulewright.program.expression.syntax_tree import MAX_DEPTH, Ast

MAX_LENGTH = 16_384
"""Code points of an expression."""

MAX_GROWTH = 1_000_000
"""How often an expression may repeat its input: `[@, @] | [@, @] | …` doubles with every step."""

_IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*"
_PATH = defer_pattern(rf"{_IDENTIFIER}(?:\.{_IDENTIFIER}|\[\])*")
_STEP = defer_pattern(rf"{_IDENTIFIER}|\[\]")


@lru_cache(maxsize=8192)
def parse_expression(text: str) -> Ast:
    """The AST of `text`; syntax only (see `check` for names and arguments of functions).

    Raises ExpressionError for what the grammar refuses, and for text too long, too deep, or that
    could multiply its input beyond `MAX_GROWTH`.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the expression is longer than {MAX_LENGTH} characters", MAX_LENGTH)
    if _PATH.fullmatch(text):
        node = _parse_path(text)
    elif not text or text.isspace():
        raise ExpressionError("the expression is empty", 0)
    else:
        from rulewright.program.expression.grammar import parse_grammar

        try:
            node = parse_grammar(text)
        except RecursionError:  # the caller's own stack was nearly full
            raise ExpressionError("the expression is nested too deeply", 0) from None
    _check_bounds(node)
    return node


def slice_bounds(ast: Ast) -> tuple[int | None, int | None, int | None]:
    """Start, stop and step of a slice, which stand in the place of its parts."""
    start, stop, step = cast("list[int | None]", ast["children"])
    return start, stop, step


def field(name: str) -> Ast:
    """The node that reads member `name`."""
    return {"type": "field", "children": [], "value": name}


def chain(names: list[str] | tuple[str, ...]) -> Ast:
    """The node that reads member after member: `a.b.c`. At least one name."""
    fields = [field(name) for name in names]
    return fields[0] if len(fields) == 1 else {"type": "subexpression", "children": fields}


def _parse_path(text: str) -> Ast:
    """`a.b[].c` without jmespath: the same AST, at a fraction of the time."""
    node: Ast | None = None
    names: list[str] = []
    for step in _STEP.findall(text):
        if step == "[]":
            node = {"type": "flatten", "children": [_project(node, names)]}
            names = []
        else:
            names.append(step)
    return _project(node, names)


def _project(flattened: Ast | None, names: list[str]) -> Ast:
    if flattened is None:
        return chain(names)
    right = chain(names) if names else {"type": "identity", "children": []}
    return {"type": "projection", "children": [flattened, right]}


def _check_bounds(root: Ast) -> None:
    """Raises ExpressionError for an AST that is too deep or could multiply its input too often. Not recursive, as the
    depth is not known yet."""
    order: list[Ast] = []
    level = [root]
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ExpressionError(f"expressions are nested more than {MAX_DEPTH} levels deep", 0)
        order.extend(level)
        level = [child for node in level for child in node["children"] if isinstance(child, dict)]
    growth: dict[int, int] = {}
    for node in reversed(order):
        inner = [growth[id(child)] for child in node["children"] if isinstance(child, dict)]
        own = _growth(node["type"], inner)
        if own > MAX_GROWTH:
            message = f"the expression can repeat its input more than {MAX_GROWTH:,} times"
            raise ExpressionError(message, 0)
        growth[id(node)] = own


def _growth(kind: str, inner: list[int]) -> int:
    """How often the result of a node may hold its input, from the same of its children."""
    if not inner:
        return 1
    if kind in ("multi_select_list", "multi_select_dict"):
        return sum(inner)
    if kind in ("or_expression", "and_expression"):
        return max(inner)
    if kind == "function_expression":
        return max(sum(inner), _product(inner))
    return _product(inner)


def _product(factors: list[int]) -> int:
    total = 1
    for factor in factors:
        total *= factor
    return total
