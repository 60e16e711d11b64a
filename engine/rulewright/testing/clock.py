"""Whether a policy looks at the time: then its cases must say which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.program.frame import AGE, NOW
from rulewright.program.matchers.table import MATCHERS
from rulewright.program.nodes import MatchNode, leaf_nodes, paths_read
from rulewright.program.template import paths

if TYPE_CHECKING:
    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.program.nodes import Node
    from rulewright.program.program import Program

DEFAULT_NOW: Final = "2026-01-05T09:00:00Z"
"""The moment of a case that names none, of a policy that does not look at it."""

_ROOTS: Final = frozenset({NOW, AGE})


def reads_time(program: Program, policy: CompiledPolicy) -> bool:
    """Whether a condition, a named fact or a template of the policy depends on the moment."""
    timed = {number for number, ast in enumerate(program.paths) if _asks(ast)}
    facts = policy.facts.values()
    conditions = [entry.when for entry in policy.entries]
    conditions += [case.when for fact in facts for case in fact.cases if case.when is not None]
    return (
        any(_reads_time(condition, timed) for condition in conditions)
        or any(path in timed for fact in facts for path in fact.paths_read())
        or any(path in ("now", "age") for text in policy.templates.values() for path, _ in paths(text))
    )


def _reads_time(condition: Node, timed: set[int]) -> bool:
    if not timed.isdisjoint(paths_read(condition)):
        return True
    leaves = leaf_nodes(condition)
    return any(isinstance(leaf, MatchNode) and MATCHERS[leaf.matcher].reads_clock for leaf in leaves)


def _asks(ast: Any) -> bool:
    if isinstance(ast, dict):
        if ast.get("type") == "field" and ast.get("value") in _ROOTS:
            return True
        return any(_asks(value) for value in ast.values())
    return isinstance(ast, list | tuple) and any(_asks(value) for value in ast)
