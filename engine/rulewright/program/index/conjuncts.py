"""The parts of a condition that must all hold, under keys by which rules share them."""

from __future__ import annotations

from rulewright.program.nodes import NOWHERE, ConstantNode, ExpressionNode, GroupNode, MatchNode, Node


def conjuncts(node: Node) -> dict[str, Node]:
    """The parts of a condition that must all hold, each under a key that equal conditions share."""
    if isinstance(node, GroupNode) and node.operator == "all":
        return {key: part for child in node.children for key, part in conjuncts(child).items()}
    return {_key(node): node}


def all_of_nodes(nodes: list[Node]) -> Node:
    """The condition that all of the nodes hold."""
    return nodes[0] if len(nodes) == 1 else GroupNode("all", tuple(nodes), NOWHERE)


def _key(node: Node) -> str:
    if isinstance(node, GroupNode):
        return f"{node.operator}({','.join(map(_key, node.children))})"
    if isinstance(node, MatchNode):
        return repr(node.test)
    if isinstance(node, ExpressionNode):
        return f"expression({node.path})"
    if isinstance(node, ConstantNode):
        return f"constant({node.truth})"
    return repr(node)
