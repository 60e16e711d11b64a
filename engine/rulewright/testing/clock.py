"""Whether a policy looks at the time: then its cases must say which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.program.frame import AGE, NOW
from rulewright.program.matchers.table import MATCHERS
from rulewright.program.nodes import MatchNode, leaf_nodes, paths_read
from rulewright.program.template import paths

if TYPE_CHECKING:
    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.program.nodes import LeafNode
    from rulewright.program.program import Program

DEFAULT_NOW: Final = "2026-01-05T09:00:00Z"
"""The moment of a case that names none, of a policy that does not look at it."""

_ROOTS: Final = frozenset({NOW, AGE})


def reads_time(program: Program, policy: CompiledPolicy) -> bool:
    """Whether a condition, a named fact or a template of the policy depends on the moment."""
    timed = {number for number, ast in enumerate(program.paths) if _asks(ast)}
    if any(_leaf(leaf, timed) for entry in policy.entries for leaf in leaf_nodes(entry.when)):
        return True
    if any(path in timed for fact in policy.facts.values() for path in fact.paths_read()):
        return True
    cases = [case for fact in policy.facts.values() for case in fact.cases]
    if any(_leaf(leaf, timed) for case in cases if case.when is not None for leaf in leaf_nodes(case.when)):
        return True
    return any(path in ("now", "age") for text in policy.templates.values() for path, _ in paths(text))


def _leaf(node: LeafNode, timed: set[int]) -> bool:
    if isinstance(node, MatchNode) and MATCHERS[node.matcher].reads_clock:
        return True
    return not timed.isdisjoint(paths_read(node))


def _asks(ast: Any) -> bool:
    if isinstance(ast, dict):
        if ast.get("type") == "field" and ast.get("value") in _ROOTS:
            return True
        return any(_asks(value) for value in ast.values())
    return isinstance(ast, list | tuple) and any(_asks(value) for value in ast)
