"""Parts of a subject that no webhook carries: they stand beside it in the payload once something asked for them.

A part that the payload lacks is *not gathered yet*: neither there nor missing, so a condition on it is unknown
whatever it asks. Only while somebody can gather it, though; else it is missing like every other absent path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.lazy import defer_pattern
from rulewright.program.fact_dependencies import action_texts
from rulewright.program.nodes import ConstantNode, GroupNode, paths_read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.program.expression.syntax_tree import Ast
    from rulewright.program.nodes import Node

PARTS: Final = ("comments", "timeline", "fields", "reviews", "files")
"""Keys at the top of a payload: lists of GitHub's objects, and for `fields` a mapping `project/field` → value."""

_NAMED: Final = defer_pattern(rf"(?<![\w.])(?:{'|'.join(PARTS)})\b")


def absent_part(part: str) -> str:
    """The name in `Facts.absent` of a part that could not be had; no named fact can have it."""
    return f"payload.{part}"


def named_parts(text: str) -> frozenset[str]:
    """The parts that a path as written begins with: `comments[].body`, but not `issue.comments`."""
    return frozenset(_NAMED.findall(text))


def condition_parts(
    policies: Sequence[CompiledPolicy], paths: Sequence[Ast]
) -> dict[int, dict[int, frozenset[str]]]:
    """Entry number → path → the parts that the path reads, itself or through facts that are computed."""
    reader = _PartReader(policies, paths)
    out: dict[int, dict[int, frozenset[str]]] = {}
    for number, entry in enumerate(entry for policy in policies for entry in policy.entries):
        for path in paths_read(entry.when):
            if parts := reader.read_by(path):
                out.setdefault(number, {})[path] = parts
    return out


class _PartReader:
    """Which parts of the payload interned paths read."""

    def __init__(self, policies: Sequence[CompiledPolicy], paths: Sequence[Ast]) -> None:
        self._paths = paths
        self._facts = {fact.key: fact for policy in policies for fact in policy.facts.values()}
        self._known: dict[int, frozenset[str]] = {}

    def read_by(self, path: int, above: tuple[int, ...] = ()) -> frozenset[str]:
        """The parts that a path reads, itself or through facts; `above` are the paths that lead to it."""
        from rulewright.program.expression.roots import root_names

        if path not in self._known and path not in above:
            roots = root_names(self._paths[path])
            parts = roots & frozenset(PARTS)
            for fact in (self._facts[root] for root in roots if root in self._facts):
                for inner in fact.paths_read():
                    parts |= self.read_by(inner, (*above, path))
            self._known[path] = parts
        return self._known.get(path, frozenset())


def action_parts(policies: Sequence[CompiledPolicy]) -> dict[int, frozenset[str]]:
    """Entry number → the parts that its actions must have seen, with those that their texts show."""
    out = {}
    for number, (policy, entry) in enumerate((p, entry) for p in policies for entry in p.entries):
        read: frozenset[str] = frozenset()
        for action in entry.actions:
            read |= ACTION_DECLARATIONS[action.name].reads
            if isinstance(action.arguments, dict) and "comment" in action.arguments:
                read |= ACTION_DECLARATIONS["comment"].reads
            for path in action_texts(action, entry.id, policy.templates).paths:
                read |= named_parts(path)
        if read:
            out[number] = read
    return out


def unknown_paths(node: Node, paths: AbstractSet[int]) -> Node:
    """The condition with every leaf that reads one of these paths left unknown."""
    if isinstance(node, GroupNode):
        return node._replace(children=tuple(unknown_paths(child, paths) for child in node.children))
    if not paths.isdisjoint(paths_read(node)):
        return ConstantNode(None, "not gathered yet", node.position)
    return node
