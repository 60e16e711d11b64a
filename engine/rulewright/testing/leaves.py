"""The leaves of an entry, where each stands in its condition, and how one is called."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.program.program import Node

LIMIT = 90


class Leaf(NamedTuple):
    """`path` leads to it: the number of the child at each level."""

    node: Node
    path: tuple[int, ...]

    @property
    def line(self) -> int:
        return int(self.node["at"][0])

    @property
    def column(self) -> int:
        return int(self.node["at"][1])

    @property
    def text(self) -> str:
        """As the policy says it: `issue.state: eq "open"`."""
        node = self.node
        if node["op"] == "match":
            written = node.get("unit", node["v"])
            shown = json.dumps(written, ensure_ascii=False, default=str) if "unit" not in node else written
            text = f"{node['path']}: {node['m']} {shown}"
        elif node["op"] == "expression":
            text = f"jmespath: {node['text']}"
        else:
            text = str(node.get("text") or node["op"])
        return text if len(text) <= LIMIT else text[: LIMIT - 1] + "…"


def leaves(node: Node, path: tuple[int, ...] = ()) -> Iterator[Leaf]:
    """Every node without parts below `node`, in order."""
    parts = node.get("of")
    if parts is None:
        yield Leaf(node, path)
        return
    for number, child in enumerate(parts):
        yield from leaves(child, (*path, number))


def replaced(node: Node, path: tuple[int, ...], new: Node) -> Node:
    """The condition with another node at `path`; nothing is changed in place."""
    if not path:
        return new
    parts: list[Any] = list(node["of"])
    parts[path[0]] = replaced(parts[path[0]], path[1:], new)
    return {**node, "of": parts}
