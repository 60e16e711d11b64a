"""Skips, stops, statuses and verdicts; lists that are made only when somebody asks."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright
from fixtures.policy_builder import NOW, facts_of, head, issue, program_of
from fixtures.policy_generator import Maker, payload
from rulewright.evaluate.decision import Decision, PolicyDecision
from rulewright.evaluate.evaluator import evaluate
from rulewright.events.model import Event, Facts
from rulewright.facts.save import dump_facts, load_facts
from rulewright.policy.document import read_documents
from rulewright.program import route as route_module
from rulewright.program.compiled_policy import CompiledPolicy, Entry
from rulewright.program.frame import MISSING
from rulewright.program.nodes import Position
from rulewright.program.program import Program

FILE = Path(__file__).with_name("decisions.yaml")
CASES: list[dict[str, Any]] = list(read_documents(str(FILE), FILE.read_bytes())[0][0].data)


def decided(body: str, event: dict[str, Any], values: Any = None) -> PolicyDecision:
    decision = evaluate(program_of(head(body)), facts_of(event, values))
    return decision.policies[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: dict[str, Any]) -> None:
    part = decided(yaml_of(case["policy"]), issue(**case["issue"]))
    assert {result.id: result.status for result in part.rules} == case["rules"]
    assert part.verdict == case["verdict"]
    assert [entry.id for entry in part.matched] == [
        name for name, status in case["rules"].items() if status == "matched"
    ]
    assert [result.id for result in part.notable] == [
        name for name, status in case["rules"].items() if status != "not_matched"
    ]
    assert part.not_matched == list(case["rules"].values()).count("not_matched")
    assert {result.id: result.status for result in part.skips} == case.get("skips", {})
    reasons = {result.id: result.reason for result in (*part.skips, *part.rules) if result.reason}
    assert reasons == case.get("reasons", {})


def yaml_of(policy: dict[str, Any]) -> str:
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in policy.items())


def agree(one: PolicyDecision, other: PolicyDecision) -> bool:
    return one.rules == other.rules and one.notable == other.notable and one.matched == other.matched


def with_roles(random: Random, maker: Maker) -> Program:
    """A generated policy with skips and stops."""
    count = random.randint(1, 14)
    skips = random.randint(0, 2)
    entries = tuple(
        Entry(
            f"e{n}",
            "skip" if n < skips else "rule",
            maker.condition(),
            Position(1, 1),
            stop=random.random() < 0.2,
        )
        for n in range(count)
    )
    policy = CompiledPolicy("p", "Triage", "enforce", "p.yaml", "0", ("issues",), {}, {}, entries)
    return Program((policy,), tuple(maker.table.asts))


def expected(program: Program, facts: Facts) -> list[str]:
    """Statuses by the words of the design, one entry after the other."""
    route = program.route("issues", "opened")
    frame = route.frame(facts.event.payload, facts.now, {})
    truths = [route.closure(number)(frame) for number in range(len(route.entries))]
    pairs = list(zip(program.policies[0].entries, truths, strict=True))
    skips = [truth for entry, truth in pairs if entry.role == "skip"]
    rules = [(entry, truth) for entry, truth in pairs if entry.role != "skip"]
    if any(truth is True for truth in skips):
        return ["skipped"] * len(rules)
    if any(truth is not False for truth in skips):
        return ["undetermined"] * len(rules)
    out: list[str] = []
    for entry, truth in rules:
        word = "undetermined" if truth is None else "error"
        out.append({True: "matched", False: "not_matched"}[truth] if isinstance(truth, bool) else word)
        if truth is True and entry.stop:
            out += ["stopped"] * (len(rules) - len(out))
            break
    return out


@given(st.integers(0, 10**9))
@settings(deadline=None)
def test_statuses_of_generated_policies(seed: int) -> None:
    random = Random(seed)
    program = with_roles(random, Maker(random))
    for _ in range(4):
        facts = facts_of(payload(random))
        part = evaluate(program, facts).policies[0]
        statuses = [result.status for result in part.rules]
        assert statuses == expected(program, facts)
        assert part.notable == tuple(r for r in part.rules if r.status != "not_matched")
        assert [e.id for e in part.matched] == [r.id for r in part.rules if r.status == "matched"]
        assert part.not_matched == statuses.count("not_matched")
        assert (part.verdict == "not_matched") == (set(statuses) <= {"not_matched"} and not (part.skipped_by))


@given(st.integers(0, 10**9))
@settings(deadline=None)
def test_evaluation_is_pure(seed: int) -> None:
    random = Random(seed)
    program = with_roles(random, Maker(random))
    event = {"action": "opened", **payload(random)}
    before = copy.deepcopy(event)
    facts = Facts(Event("issues", "opened", event), NOW)
    first, second = evaluate(program, facts).policies[0], evaluate(program, facts).policies[0]
    assert agree(first, second)
    for entry in program.policies[0].entries:
        rulewright.explain(evaluate(program, facts), "p", entry.id)
    assert repr(event) == repr(before)  # by text: NaN is not equal to itself


def test_saved_facts_replay_to_the_same_bytes() -> None:
    text = head(
        "let: { x: { call: m } }\nrules: [ { id: a, when: { x: 1, age: { gt: 1d } }, then: [close] } ]\n"
    )
    program = program_of(text)
    facts = facts_of(issue(created_at="2026-01-01", title="\ud800 é"), {"x": 1}, absent={"y": "away"})
    saved = dump_facts(facts)
    again = load_facts(saved)
    assert dump_facts(again) == saved
    assert agree(evaluate(program, again).policies[0], evaluate(program, facts).policies[0])
    assert evaluate(program, again).policies[0].matched


def test_nothing_is_listed_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = "".join(f"  - {{ id: r{n}, when: {{ title: t{n} }}, then: [close] }}\n" for n in range(50))
    program = program_of(head("rules:\n" + rules))
    monkeypatch.setattr(route_module, "SCANS", 0)
    decision = evaluate(program, facts_of(issue(title="t7")))
    listed: list[int] = []
    result = PolicyDecision._result

    def counted(self: PolicyDecision, number: int, entry: Entry) -> Any:
        listed.append(number)
        return result(self, number, entry)

    monkeypatch.setattr(PolicyDecision, "_result", counted)
    part = decision.policies[0]
    assert [each.id for each in part.matched] == ["r7"]
    assert listed == []
    assert [each.id for each in part.notable] == ["r7"]
    assert listed == [7]
    assert part.not_matched == 49
    assert len(part.rules) == 50
    assert len(listed) == 51


def test_a_decision_knows_its_parts() -> None:
    program = program_of(
        head("rules: [ { id: a, when: { title: x }, then: [close] } ]\n", name="one"),
        head("rules: [ { id: b, when: { title: x }, then: [close] } ]\nmode: observe\n", name="two"),
        head("rules: [ { id: c, when: { ref: x }, then: [warn: x] } ]\n", name="three", on="[push]"),
    )
    decision = evaluate(program, facts_of(issue(title="y")))
    assert isinstance(decision, Decision)
    assert [part.name for part in decision.policies] == ["one", "two"]
    assert decision.policies is decision.policies
    assert (decision.policy("two").mode, decision.policy("two").kind) == ("observe", "Triage")
    assert decision.program is program
    assert decision.quiet
    assert not evaluate(program, facts_of(issue(title="x"))).quiet
    with pytest.raises(KeyError):
        decision.policy("three")


def test_values_of_paths() -> None:
    body = "let: { x: { value: 3 } }\nlists: { team: [Ann, Bob] }\n"
    body += "rules: [ { id: a, when: { x: 3, author: { in: { fact: lists.team } } }, then: [close] } ]\n"
    decision = evaluate(program_of(head(body)), facts_of(issue(title="t", user={"login": "Ann"}, labels=[])))

    def value(path: str) -> Any:
        return decision.value("intake", path)

    assert [value(path) for path in ("title", "x", "author", "lists.team", "lists.team[1]")] == [
        "t", 3, "Ann", ["Ann", "Bob"], "Bob",
    ]  # fmt: skip
    assert value("contains(lists.team, author)") is True
    assert value("labels") == []
    assert value("body") is MISSING
    assert value("lists.nobody") == []
    with pytest.raises(rulewright.policy.diagnostics.RulewrightError):
        value("abs(title)")
    with pytest.raises(rulewright.policy.diagnostics.RulewrightError):
        value("title ==")
    with pytest.raises(KeyError):
        decision.value("nobody", "title")


def test_the_package_gives_what_it_names() -> None:
    assert set(rulewright.__all__) <= set(dir(rulewright))
    for name in rulewright.__all__:
        assert getattr(rulewright, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = rulewright.nothing
