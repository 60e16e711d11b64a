"""The parts of a condition that must all hold, under keys by which rules share them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rulewright.program.program import Node


def conjuncts(node: Node) -> dict[str, Node]:
    """The parts of a condition that must all hold, each under a key that equal conditions share."""
    if node["op"] == "all":
        return {key: part for child in node["of"] for key, part in conjuncts(child).items()}
    return {_key(node): node}


def together(nodes: list[Node]) -> Node:
    """The condition that all of the nodes hold."""
    return nodes[0] if len(nodes) == 1 else {"op": "all", "of": nodes, "at": [0, 0]}


def _key(node: Node) -> str:
    if "of" in node:
        return f"{node['op']}({','.join(_key(child) for child in node['of'])})"
    return repr([(key, value) for key, value in sorted(node.items()) if key not in ("at", "path", "unit")])
