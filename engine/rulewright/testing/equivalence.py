"""Whether forcing a leaf can change its rule at all: decided by trying all outcomes that the leaves can have.

Leaves that say the same are one leaf. Leaves on one plain path are missing together or not at all. Where there
are more than `MOST` combinations nothing is claimed.
"""

from __future__ import annotations

import json
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, Final

from rulewright.program.truth import ERROR, Truth, all_of, any_of, negate
from rulewright.testing.leaves import leaves, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from rulewright.program.program import Node
    from rulewright.testing.leaves import Leaf

MOST: Final = 20_000
"""Combinations of outcomes that are tried."""

Outcomes = list[tuple[tuple[str, Truth], ...]]
"""What several leaves can be at once: (leaf, truth) for each of them."""


def alike(when: Node, leaf: Leaf, truth: bool, safe: AbstractSet[int]) -> str | None:
    """Why the condition is the same with `leaf` forced to `truth`; None where it is not, or too large to tell.

    `safe`: the paths that are never an error.
    """
    if leaf.node["op"] == "constant":
        return "it is that constant already" if leaf.node["truth"] is truth else None
    shared = _shared(when, safe)
    number = prod(_size(group, safe) for group in shared)
    if number > MOST:
        return None
    groups: list[Outcomes] = [list(_joint(group, safe)) for group in shared]
    constant: Node = {"op": "constant", "truth": truth, "at": leaf.node["at"]}
    mutated = replaced(when, leaf.path, constant)
    for combination in product(*groups):
        outcome = dict(pair for group in combination for pair in group)
        if _truth(when, outcome) is not _truth(mutated, outcome):
            return None
    return _why(when, leaf, number)


def _why(when: Node, leaf: Leaf, number: int) -> str:
    twins = [
        other for other in leaves(when) if other.path != leaf.path and _name(other.node) == _name(leaf.node)
    ]
    if twins:
        return f"line {twins[0].line} says the same"
    return f"the rest decides: the same for all {number:,} outcomes that its leaves can have"


def _name(node: Node) -> str:
    return json.dumps({key: value for key, value in node.items() if key != "at"}, sort_keys=True, default=str)


def _shared(when: Node, safe: AbstractSet[int]) -> list[dict[str, Node]]:
    """Groups of leaves, independent of each other: those on one plain path, or one leaf that says the same."""
    by_path: dict[Any, dict[str, Node]] = {}
    for leaf in leaves(when):
        node = leaf.node
        key = node["p"] if _plain(node, safe) else _name(node)
        by_path.setdefault(key, {})[_name(node)] = node
    return list(by_path.values())


def _plain(node: Node, safe: AbstractSet[int]) -> bool:
    return node["op"] == "match" and node["p"] in safe and "w" not in node


def _size(group: dict[str, Node], safe: AbstractSet[int]) -> int:
    """How many outcomes `_joint` gives, counted before any is made."""
    nodes = list(group.values())
    if not _plain(nodes[0], safe):
        return len(_outcomes(nodes[0]))
    return 1 + prod(len(_present(node)) for node in nodes)


def _joint(group: dict[str, Node], safe: AbstractSet[int]) -> Iterator[tuple[tuple[str, Truth], ...]]:
    """All that the leaves of a group can be at once."""
    nodes = list(group.items())
    if not _plain(nodes[0][1], safe):
        yield from (((name, truth),) for name, node in nodes for truth in _outcomes(node))
        return
    yield tuple((name, _missing(node)) for name, node in nodes)
    names = [name for name, _ in nodes]
    for truths in product(*(_present(node) for _, node in nodes)):
        yield tuple(zip(names, truths, strict=True))


def _outcomes(node: Node) -> tuple[Truth, ...]:
    """Of a leaf about which nothing is known."""
    if node["op"] == "constant":
        return (node["truth"],)
    if node.get("m") in ("exists", "missing"):
        return (True, False, ERROR)
    return (True, False, None, ERROR)


def _missing(node: Node) -> Truth:
    if "on_missing" in node:
        return bool(node["on_missing"])
    if node["m"] in ("exists", "missing"):
        return bool(node["v"]) is (node["m"] == "missing")
    return None


def _present(node: Node) -> tuple[Truth, ...]:
    if node["m"] in ("exists", "missing"):
        return (bool(node["v"]) is (node["m"] == "exists"),)
    return (True, False, None)


def _truth(node: Node, outcome: dict[str, Truth]) -> Truth:
    op = node["op"]
    if op == "constant":
        return node["truth"]  # type: ignore[no-any-return]
    if op not in ("all", "any", "none"):
        return outcome[_name(node)]
    parts = [_truth(child, outcome) for child in node["of"]]
    if op == "all":
        return all_of(parts)
    return any_of(parts) if op == "any" else negate(any_of(parts))
