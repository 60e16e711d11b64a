"""The index against the full scan, which is the oracle."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.nodes import group, match
from fixtures.policy_generator import Maker, payload, reworded
from rulewright.program import route as route_module
from rulewright.program.compiled_policy import CompiledPolicy, Entry
from rulewright.program.frame import Frame
from rulewright.program.index import RuleIndex
from rulewright.program.nodes import Node, Position
from rulewright.program.program import Program
from rulewright.program.truth import merge_layers
from sizes import size

if TYPE_CHECKING:
    from rulewright.program.truth import Layer

NOW = "2026-01-05T09:00:00Z"


def disagreements(seed: int, rules: int, events: int, pool: int = 0) -> list[str]:
    """Events of one generated policy that the route decides otherwise than the scan does; every route is asked
    often enough to use its index.
    """
    random = Random(seed)
    program = Maker(random).program(rules, pool)
    route = program.route("issues", "opened")
    found = []
    for number in range(events):
        event = payload(random)
        frame = route.frame(event, NOW, {})
        missing = frozenset(p for p in range(len(program.paths)) if frame[p] is None)
        index = RuleIndex(
            [e.when for e in route.entries],
            missing,
            frozenset(range(len(program.paths))),
            program.evaluator.safe_paths,
        )
        expected = route.scan(route.frame(event, NOW, {}))
        decided = index.decide(route.frame(event, NOW, {}))
        if merge_layers(decided) != expected:
            found.append(f"seed {seed}, event {number}: index")
        if route.decide(route.frame(event, NOW, {})) != expected:
            found.append(f"seed {seed}, event {number}: route")
    return found


@settings(deadline=None)  # the first example imports what it needs
@given(st.integers(0, 10**9))
def test_index_agrees_with_the_full_scan(seed: int) -> None:
    assert disagreements(seed, rules=10, events=6) == []


@settings(max_examples=30, deadline=None)  # each makes an index for every event
@given(st.integers(0, 10**9))
def test_rules_that_share_most_of_their_conditions_agree_too(seed: int) -> None:
    assert disagreements(seed, rules=20, events=5, pool=4) == []


def route_disagreements(seed: int, rules: int, events: int, pool: int = 0) -> list[str]:
    """Disagreements for one generated policy over events that come in fours of one shape."""
    random = Random(seed)
    route = Maker(random).program(rules, pool).route("issues", "opened")
    found = []
    event: dict[str, object] = {}
    for number in range(events):
        event = payload(random) if number % 4 == 0 else reworded(event, random)
        expected = route.scan(route.frame(event, NOW, {}))
        if route.decide(route.frame(event, NOW, {})) != expected:
            found.append(f"seed {seed}, event {number}")
    return found


@pytest.mark.slow
def test_a_great_many_pairs_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """100 events for each policy, with an index from the first event of every shape on."""
    asked = []
    decide = RuleIndex.decide

    def counted(index: RuleIndex, frame: Frame) -> list[Layer]:
        asked.append(index)
        return decide(index, frame)

    monkeypatch.setattr(route_module, "SCANS", 0)
    monkeypatch.setattr(RuleIndex, "decide", counted)
    found = [
        wrong
        for seed in range(size("index_policies"))
        for wrong in route_disagreements(seed, rules=12, events=100, pool=4 * (seed % 3 == 0))
    ]
    assert found == []
    assert len(asked) > 99 * size("index_policies")


def entry(maker: Maker, number: int, condition: Node) -> Entry:
    return Entry(f"r{number}", "rule", condition, Position(1, 1))


def leaf(maker: Maker, path: str, matcher: str, value: object) -> Node:
    return match(path, maker.path(path), matcher, value)


def test_a_missing_witness_does_not_prune() -> None:
    maker = Maker(Random(0))
    condition = group("all", [leaf(maker, "body", "contains", "x"), leaf(maker, "state", "eq", "open")])
    entries = tuple(entry(maker, n, condition) for n in range(40))
    policy = CompiledPolicy("p", "Triage", "enforce", "p.yaml", "0", ("issues",), {}, {}, entries)
    route = Program((policy,), tuple(maker.table.asts)).route("issues", "opened")
    for _ in range(5):
        found = route.decide(route.frame({"issue": {"body": None, "state": "open"}}, NOW, {}))
        assert found == dict.fromkeys(range(40))
        assert route.decide(route.frame({"issue": {"body": None, "state": "closed"}}, NOW, {})) == {}


def test_only_rules_without_a_witness_are_always_evaluated() -> None:
    maker = Maker(Random(0))
    conditions = [
        leaf(maker, "title", "eq", "a"),
        group("any", [leaf(maker, "title", "eq", "b"), leaf(maker, "state", "in", ["open"])]),
        group("any", [leaf(maker, "title", "eq", "b"), leaf(maker, "state", "ne", "open")]),
        group("none", [leaf(maker, "title", "eq", "b")]),
        leaf(maker, "issue.number", "between", [1, 5]),
    ]
    entries = tuple(entry(maker, n, condition) for n, condition in enumerate(conditions))
    policy = CompiledPolicy("p", "Triage", "enforce", "p.yaml", "0", ("issues",), {}, {}, entries)
    stats = Program((policy,), tuple(maker.table.asts)).route("issues", "opened").stats()
    assert stats.always == ("p/r2", "p/r3")
    assert stats.rules == 5


@pytest.mark.slow
def test_long_conditions_that_are_copies_do_not_nest_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route_module, "SCANS", 0)
    maker = Maker(Random(0))
    shared = [leaf(maker, "title", "length", {"ne": n}) for n in range(700)]
    entries = tuple(
        entry(maker, n, group("all", [*shared, leaf(maker, "state", "length", n)])) for n in range(9)
    )
    policy = CompiledPolicy("p", "Triage", "enforce", "p.yaml", "0", ("issues",), {}, {}, entries)
    route = Program((policy,), tuple(maker.table.asts)).route("issues", "opened")
    event = {"issue": {"title": "x" * 800, "state": "open"}}
    frame = route.frame(event, NOW, {})
    assert route.decide(frame) == route.scan(route.frame(event, NOW, {})) == {4: True}


def test_ever_new_shapes_take_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route_module, "MOST_SEEN", 5)
    maker = Maker(Random(0))
    names = ["a", "b", "c", "d", "e"]
    entries = tuple(entry(maker, n, leaf(maker, f"issue.{names[n % 5]}", "eq", "x")) for n in range(10))
    policy = CompiledPolicy("p", "Triage", "enforce", "p.yaml", "0", ("issues",), {}, {}, entries)
    route = Program((policy,), tuple(maker.table.asts)).route("issues", "opened")
    for number in range(32):
        event = {"issue": {name: "x" for bit, name in enumerate(names) if number >> bit & 1}}
        assert route.decide(route.frame(event, NOW, {})) == route.scan(route.frame(event, NOW, {}))
        assert len(route._seen) <= 5
