"""Whether forcing a leaf can change its rule at all: decided by trying all outcomes that the leaves can have.

Leaves that say the same are one leaf. Leaves on one plain path are missing together or not at all. Where there
are more than `MOST` combinations nothing is claimed.
"""

from __future__ import annotations

import json
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Final, TypeGuard

from rulewright.program.matchers.table import MATCHERS, missing_truth
from rulewright.program.nodes import ConstantNode, GroupNode, MatchNode
from rulewright.program.truth import ERROR, Truth, all_of, any_of, negate
from rulewright.testing.leaves import find_leaves, replace_node

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from rulewright.program.nodes import Node
    from rulewright.testing.leaves import ConditionLeaf

MOST: Final = 20_000
"""Combinations of outcomes that are tried."""

Outcomes = list[tuple[tuple[str, Truth], ...]]
"""What several leaves can be at once: (leaf, truth) for each of them."""


def explain_equivalence(when: Node, leaf: ConditionLeaf, truth: bool, safe: AbstractSet[int]) -> str | None:
    """Why the condition is the same with `leaf` forced to `truth`; None where it is not, or too large to tell.

    `safe`: the paths that are never an error.
    """
    if isinstance(leaf.node, ConstantNode):
        return "it already is that constant" if leaf.node.truth is truth else None
    shared = _group_leaves(when, safe)
    number = prod(_count_outcomes(group, safe) for group in shared)
    if number > MOST:
        return None
    groups: list[Outcomes] = [list(_joint_outcomes(group, safe)) for group in shared]
    constant = ConstantNode(truth, "", leaf.node.position)
    mutated = replace_node(when, leaf.path, constant)
    for combination in product(*groups):
        outcome = dict(pair for group in combination for pair in group)
        if _truth(when, outcome) is not _truth(mutated, outcome):
            return None
    return _explain(when, leaf, number)


def _explain(when: Node, leaf: ConditionLeaf, number: int) -> str:
    twins = [
        other
        for other in find_leaves(when)
        if other.path != leaf.path and _name(other.node) == _name(leaf.node)
    ]
    if twins:
        return f"line {twins[0].line} has the same condition"
    return f"the result is the same for all {number:,} possible outcomes of its conditions"


def _name(node: Node) -> str:
    without_position = node.to_json()
    without_position.remove([*node.position])
    return json.dumps(without_position, sort_keys=True, default=str)


def _group_leaves(when: Node, safe: AbstractSet[int]) -> list[dict[str, Node]]:
    """Groups of leaves, independent of each other: those on one plain path, or one leaf that says the same."""
    by_path: dict[int | str, dict[str, Node]] = {}
    for leaf in find_leaves(when):
        node = leaf.node
        key = node.path if _is_plain(node, safe) else _name(node)
        by_path.setdefault(key, {})[_name(node)] = node
    return list(by_path.values())


def _is_plain(node: Node, safe: AbstractSet[int]) -> TypeGuard[MatchNode]:
    return isinstance(node, MatchNode) and node.path in safe and node.fact_path is None


def _count_outcomes(group: dict[str, Node], safe: AbstractSet[int]) -> int:
    """How many outcomes `_joint_outcomes` gives, counted before any is made."""
    plain = [node for node in group.values() if _is_plain(node, safe)]
    if not plain:
        return sum(len(_outcomes(node)) for node in group.values())
    return 1 + prod(len(_outcomes_if_present(node)) for node in plain)


def _joint_outcomes(
    group: dict[str, Node], safe: AbstractSet[int]
) -> Iterator[tuple[tuple[str, Truth], ...]]:
    """All that the leaves of a group can be at once."""
    plain = {name: node for name, node in group.items() if _is_plain(node, safe)}
    if not plain:
        yield from (((name, truth),) for name, node in group.items() for truth in _outcomes(node))
        return
    yield tuple((name, missing_truth(node)) for name, node in plain.items())
    for truths in product(*map(_outcomes_if_present, plain.values())):
        yield tuple(zip(plain, truths, strict=True))


def _outcomes(node: Node) -> tuple[Truth, ...]:
    """Of a leaf about which nothing is known."""
    if isinstance(node, ConstantNode):
        return (node.truth,)
    if isinstance(node, MatchNode) and MATCHERS[node.matcher].missing_truth is not None:
        return (True, False, ERROR)
    return (True, False, None, ERROR)


def _outcomes_if_present(node: MatchNode) -> tuple[Truth, ...]:
    for_missing = MATCHERS[node.matcher].missing_truth
    return (True, False, None) if for_missing is None else (not for_missing(node.operand),)


def _truth(node: Node, outcome: dict[str, Truth]) -> Truth:
    if isinstance(node, ConstantNode):
        return node.truth
    if not isinstance(node, GroupNode):
        return outcome[_name(node)]
    parts = [_truth(child, outcome) for child in node.children]
    if node.operator == "all":
        return all_of(parts)
    return any_of(parts) if node.operator == "any" else negate(any_of(parts))
