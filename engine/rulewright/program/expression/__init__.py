"""JMESPath, compiled: text → AST (plain JSON data) → closure.

ast = parse_expression("issue.labels[].name")   # ExpressionError when it is not JMESPath
problems = check_expression(ast)                # unknown functions, wrong arguments
read = build_evaluator(ast)                     # read(facts) → result, ExpressionFailure when a function fails
"""

from __future__ import annotations

from rulewright.program.expression.build import build_evaluator
from rulewright.program.expression.check import check_expression
from rulewright.program.expression.errors import ExpressionError, ExpressionFailure
from rulewright.program.expression.parse import parse_expression
from rulewright.program.expression.roots import rewrite_roots, root_names, root_paths
from rulewright.program.expression.syntax_tree import Ast

__all__ = [
    "Ast",
    "ExpressionError",
    "ExpressionFailure",
    "build_evaluator",
    "check_expression",
    "parse_expression",
    "rewrite_roots",
    "root_names",
    "root_paths",
    "search",
]


def search(text: str, data: object) -> object:
    """The result of the expression on `data`. Raises ExpressionError and ExpressionFailure."""
    return build_evaluator(parse_expression(text))(data)
