"""Nodes survive the cache as they are, and a form of another shape is refused."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from fixtures.nodes import START, constant, expression, group, match
from fixtures.policy_generator import Maker
from rulewright.kinds.promotion.approvals import ApprovalsNode
from rulewright.kinds.slo_gate.terms import (
    BaselineTerms,
    BudgetTerms,
    Limit,
    ObjectiveNode,
    PairingTerms,
    Waiver,
)
from rulewright.program.nodes import Node, StoredNode, leaf_nodes, node_from_json, path_nodes, paths_read

LIMIT = Limit("lte", 1.0, 1.0, "1s")
NODES: list[Node] = [
    constant(None, "broken"),
    expression("length(labels)", 3),
    match("title", 0, "contains", "crash"),
    match("age", 1, "gt", {"fact": "limit"}, fact_path=2, compares_moments=True),
    match("labels", 1, "in", ["a"], folded=True, written="lists.a", on_missing=False),
    group("none", [match("title", 0, "eq", "a"), group("any", [])])._replace(text="named"),
    ApprovalsNode(
        "2 approvals", START, {"approvals": 4, "author": 5}, 2, ("author",), (), ("mona",), ("ops",)
    ),
    ObjectiveNode(
        text="p95",
        expected="p95 ≤ 1s",
        position=START,
        key="$objective:slo/p95",
        unit="s",
        direction="lower",
        aggregate="p95",
        pass_limits=(LIMIT,),
        warn_limits=(Limit("between", 0.0, 2.0, "0s to 2s"),),
        min_samples=3,
        required=False,
        on_no_baseline="hold",
        baseline=BaselineTerms("last_passed", 20, "", 0.1, 0.0, 0.002, 0.95, False),
        measured={"source": {"measurement": "chat"}, "aggregate": "p95"},
        failure_limits=(Limit("lt", 0.01, 0.01, "1%"),),
        pairing=PairingTerms("id", 0.98, 0.02),
        budget=BudgetTerms(0.999, 2_592_000.0, 0.2),
        waiver=Waiver("New disks", "mona", "2026-03-31"),
    ),
]


def stored(node: Node) -> Any:
    """The form of the cache, as a later run reads it."""
    return json.loads(json.dumps(node.to_json()))


@pytest.mark.parametrize("node", NODES, ids=lambda node: type(node).__name__)
def test_a_node_survives_the_cache(node: Node) -> None:
    again = node_from_json(stored(node))
    assert again == node
    assert type(again) is type(node)
    assert StoredNode(stored(node)).node == node


def test_generated_conditions_survive_the_cache() -> None:
    maker = Maker(Random(7))
    for _ in range(300):
        condition = maker.condition()
        assert node_from_json(stored(condition)) == condition


def test_a_stored_node_is_made_once() -> None:
    once = StoredNode(stored(NODES[2]))
    assert once.node is once.node


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        [],
        ["unheard", 1],
        ["match"],
        ["match", "0", "title", "eq", "a", [1, 1]],
        ["match", 0, "title", "eq", "a", "here"],
        ["match", 0, "title", "eq", "a", [1, 1, 1]],
        ["match", 0, "title", "eq", "a", [1, 1], *[None] * 6],
        ["all", "children", [1, 1], ""],
        ["all", [["match"]], [1, 1], ""],
        ["expression", 1, "text", [1, 1]],
        ["constant", "true", "", [1, 1]],
        ["objective", "p95"],
        ["approvals", "text", [1, 1], {}, 1],
    ],
    ids=repr,
)
def test_a_form_of_another_shape_is_refused(data: Any) -> None:
    with pytest.raises((TypeError, ValueError, LookupError)):
        node_from_json(data)


def test_leaves_and_paths_are_listed_in_order() -> None:
    leaf, other = match("title", 3, "eq", {"fact": "f"}, fact_path=1), expression("x", 2)
    tree = group("all", [leaf, group("any", [constant(True), other])])
    assert list(leaf_nodes(tree)) == [leaf, constant(True), other]
    assert list(path_nodes(tree)) == [leaf, other]
    assert list(paths_read(tree)) == [3, 1, 2]


def test_equal_tests_have_one_meaning_wherever_they_are_written() -> None:
    one = match("labels", 1, "gt", 60, written="1m")
    assert one.test == match("issue.labels", 1, "gt", 60)._replace(position=NODES[0].position).test
    assert one.test != one._replace(folded=True).test
