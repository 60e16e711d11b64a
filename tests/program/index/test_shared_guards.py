"""What many rules share is looked at together, and what it decides is not asked again."""

from __future__ import annotations

from random import Random
from typing import Any

from fixtures.nodes import constant, group, match
from fixtures.policy_generator import Maker
from rulewright.program.compiled_policy import CompiledPolicy, Entry
from rulewright.program.frame import Frame
from rulewright.program.index.condition_set import ConditionSet
from rulewright.program.index.shared_guards import MOST_GUARDS, SharedGuards, most_shared
from rulewright.program.nodes import Node, Position
from rulewright.program.program import Program
from rulewright.program.truth import ERROR

NOW = "2026-01-05T09:00:00Z"


def leaf(maker: Maker, path: str, matcher: str, value: Any) -> Node:
    return match(path, maker.path(path), matcher, value)


def every(*nodes: Node) -> Node:
    return group("all", nodes)


def guards_of(nodes: dict[int, Node], made: list[dict[int, Node]]) -> SharedGuards[ConditionSet]:
    def make(left: Any) -> ConditionSet:
        made.append(dict(left))
        return ConditionSet(left, frozenset(), 1)

    return SharedGuards(nodes, most_shared(nodes), make)


def frame_of(maker: Maker, nodes: dict[int, Node], issue: dict[str, Any]) -> Frame:
    entries = tuple(Entry(f"r{n}", "rule", node, Position(1, 1)) for n, node in nodes.items())
    policy = CompiledPolicy("p", "Triage", "enforce", "p.yaml", "0", ("issues",), {}, {}, entries)
    return (
        Program((policy,), tuple(maker.table.asts)).route("issues", "opened").frame({"issue": issue}, NOW, {})
    )


def test_what_most_rules_share_is_looked_at_the_commonest_first() -> None:
    maker = Maker(Random(0))
    parts = [leaf(maker, "title", "length", n) for n in range(6)]
    nodes = {n: every(*parts[: 1 + n // 8], leaf(maker, "body", "length", n)) for n in range(48)}
    assert len(most_shared(nodes)) == MOST_GUARDS
    assert most_shared(nodes)[0] in most_shared({n: every(parts[0]) for n in range(8)})
    assert most_shared({n: every(parts[0]) for n in range(7)}) == ()


def test_constants_are_not_looked_at() -> None:
    missing = constant(None, "missing")
    maker = Maker(Random(0))
    assert most_shared({n: every(missing, leaf(maker, "body", "length", n)) for n in range(20)}) == ()


def test_an_outcome_has_its_set_made_once() -> None:
    maker = Maker(Random(0))
    common = leaf(maker, "state", "ne", "closed")
    nodes = {n: every(common, leaf(maker, "title", "length", n)) for n in range(9)} | {9: common}
    made: list[dict[int, Node]] = []
    guards = guards_of(nodes, made)
    opened = frame_of(maker, nodes, {"state": "open", "title": "abc"})
    assert guards.decider(opened) is guards.decider(opened)
    assert made[0].keys() == nodes.keys()
    assert made[0][3] == nodes[3].children[1]
    assert made[0][9].truth is True
    guards.decider(frame_of(maker, nodes, {"state": "closed", "title": "abc"}))
    guards.decider(frame_of(maker, nodes, {"title": "abc"}))
    assert made[1] == {}
    assert made[2][9].truth is None
    assert made[2][3].children[1].truth is None


def test_after_a_failure_all_is_decided_as_it_stands() -> None:
    maker = Maker(Random(0))
    nodes = {
        n: every(leaf(maker, "abs(issue.title)", "eq", 1), leaf(maker, "state", "length", n))
        for n in range(9)
    }
    made: list[dict[int, Node]] = []
    part = guards_of(nodes, made).decider(frame := frame_of(maker, nodes, {"title": "a", "state": "abcd"}))
    assert made == [nodes]
    layers: list[Any] = []
    found: dict[int, Any] = {}
    part.decide(frame, True, layers, found)
    assert {number: truth for layer in [*layers, found] for number, truth in layer.items()} == {4: ERROR}
