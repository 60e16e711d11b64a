"""JMESPath, compiled: text → AST (plain JSON data) → closure.

ast = parse("issue.labels[].name")      # ExpressionError when it is not JMESPath
problems = check(ast)                   # unknown functions, wrong arguments
read = build(ast)                       # read(facts) → result, ExpressionFailure when a function fails
"""

from __future__ import annotations

from rulewright.program.expression.build import build
from rulewright.program.expression.check import check
from rulewright.program.expression.errors import ExpressionError, ExpressionFailure
from rulewright.program.expression.parse import Ast, parse
from rulewright.program.expression.roots import rewrite_roots, root_names, root_paths

__all__ = [
    "Ast",
    "ExpressionError",
    "ExpressionFailure",
    "build",
    "check",
    "parse",
    "rewrite_roots",
    "root_names",
    "root_paths",
    "search",
]


def search(text: str, data: object) -> object:
    """The result of the expression on `data`. Raises ExpressionError and ExpressionFailure."""
    return build(parse(text))(data)
