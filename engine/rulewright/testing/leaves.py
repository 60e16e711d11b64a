"""The leaves of an entry, where each stands in its condition, and how one is called."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from rulewright.policy.diagnostics import shorten
from rulewright.program.nodes import ExpressionNode, GroupNode, KindNode, MatchNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.program.nodes import LeafNode, Node

LIMIT = 90


class ConditionLeaf(NamedTuple):
    """`path` leads to it: the number of the child at each level."""

    node: LeafNode
    path: tuple[int, ...]

    @property
    def line(self) -> int:
        return self.node.position.line

    @property
    def column(self) -> int:
        return self.node.position.column

    @property
    def text(self) -> str:
        """As the policy says it: `issue.state: eq "open"`."""
        node = self.node
        if isinstance(node, MatchNode):
            shown = node.written
            if shown is None:
                shown = json.dumps(node.operand, ensure_ascii=False, default=str)
            text = f"{node.path_text}: {node.matcher} {shown}"
        elif isinstance(node, ExpressionNode):
            text = f"jmespath: {node.text}"
        else:
            text = node.text or (node.operator if isinstance(node, KindNode) else "constant")
        return shorten(text, LIMIT)


def find_leaves(node: Node, path: tuple[int, ...] = ()) -> Iterator[ConditionLeaf]:
    """Every node without parts below `node`, in order."""
    if not isinstance(node, GroupNode):
        yield ConditionLeaf(node, path)
        return
    for number, child in enumerate(node.children):
        yield from find_leaves(child, (*path, number))


def replace_node(node: Node, path: tuple[int, ...], new: Node) -> Node:
    """The condition with another node at `path`; nothing is changed in place."""
    if not path:
        return new
    assert isinstance(node, GroupNode)
    children = list(node.children)
    children[path[0]] = replace_node(children[path[0]], path[1:], new)
    return node._replace(children=tuple(children))
