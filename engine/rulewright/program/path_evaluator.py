"""The values of interned paths: a closure for each path, built at its first use and shared by all routes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from rulewright.program.frame import is_fact_key
from rulewright.program.paths import build_getter, field_chain

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.program.expression.syntax_tree import Ast
    from rulewright.program.frame import Frame


class PathEvaluator:
    """`paths` are the expressions by number; `getters` their closures, replaced by the built ones as they are used."""

    def __init__(self, paths: tuple[Ast, ...]) -> None:
        self.paths = paths
        self.getters: list[Callable[[Frame], object]] = [self._first_getter(n) for n in range(len(paths))]

    def _first_getter(self, number: int) -> Callable[[Frame], object]:
        def first(frame: Frame) -> object:
            ast = self.paths[number]
            getter = build_getter(ast)
            if field_chain(ast) is None and _reads_facts(ast):
                read = getter

                def getter(frame: Frame) -> object:
                    return frame.watched(number, read)

            self.getters[number] = getter
            return getter(frame)

        return first

    @cached_property
    def safe_paths(self) -> frozenset[int]:
        """Paths that call no function and read no named fact, so that they are never an error."""
        return frozenset(number for number, ast in enumerate(self.paths) if _is_safe(ast))


def _reads_facts(ast: Ast) -> bool:
    named = ast["type"] == "field" and is_fact_key(ast["value"])
    return named or any(_reads_facts(child) for child in ast["children"] if isinstance(child, dict))


def _is_safe(ast: Ast) -> bool:
    if ast["type"] == "function_expression" or (ast["type"] == "field" and is_fact_key(ast["value"])):
        return False
    return all(_is_safe(child) for child in ast["children"] if isinstance(child, dict))
