"""Two programs about the same events: what differs, and that the plans that are left out would have shown nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright
from rulewright.compile.compiler import compile_policies
from rulewright.compile.workspace import Workspace
from rulewright.events.model import Event
from rulewright.facts.gather_again import gather_again
from rulewright.policy.policy_reader import read_policies
from rulewright.program.program import Program
from rulewright.run import comparison as module
from rulewright.run.comparison import (
    NO_DIFFERENCE,
    EffectCount,
    ProgramPair,
    RuleChange,
    compare_event,
    summarize_comparison,
    summarize_event,
)

ROOT = Path(__file__).resolve().parents[2]
NOW = "2026-01-05T09:00:00Z"
HEAD = """\
apiVersion: rulewright/v1
kind: Triage
metadata: {{ name: {name}, owner: me, description: Rules. }}
on: [issues.opened, issues.labeled, issues.edited]
"""
CONDITIONS = [
    "{ title: { contains: crash } }",
    "{ labels: { contains: a } }",
    "{ labels: { contains: b } }",
    "{ none: [ { labels: { contains: c } } ] }",
    "{ issue.body: { contains: x } }",
]
USES = [
    "add_labels: [a]",
    "add_labels: [b]",
    "remove_labels: [a]",
    "set_title: 'New {{ title }}'",
    "comment: 'Hello {{ title }}'",
    "warn: Careful",
]


def load(folder: Path, **policies: str) -> Program:
    for name, rules in policies.items():
        (folder / f"{name}.yaml").write_text(HEAD.format(name=name) + rules)
    return Workspace([folder / f"{name}.yaml" for name in policies]).load().program


def opened(title: str = "A crash", labels: tuple[str, ...] = (), body: str | None = None) -> Event:
    issue = {
        "number": 3,
        "title": title,
        "body": body,
        "state": "open",
        "labels": [{"name": name} for name in labels],
        "assignees": [],
    }
    return Event(
        "issues", "opened", {"action": "opened", "issue": issue, "repository": {"full_name": "octo-org/demo"}}
    )


BEFORE = "rules:\n  - { id: crash, when: { title: { contains: crash } }, then: [ add_labels: [a] ] }\n"
AFTER = "rules:\n  - { id: crash, when: { title: { contains: stall } }, then: [ add_labels: [a] ] }\n"
OTHER = "rules:\n  - { id: follows, when: { labels: { contains: a } }, then: [ add_labels: [b] ] }\n"


def test_what_a_rule_decides_otherwise_and_which_effects_differ(tmp_path: Path) -> None:
    pair = ProgramPair(load(tmp_path, own=BEFORE, other=OTHER), load(tmp_path, own=AFTER, other=OTHER))
    assert pair.changed == {"own"}
    summary = summarize_event(pair, opened(), now=NOW)
    assert summary.rules == (RuleChange("own", "crash", "matched", "not_matched"),)
    assert summary.effects == (EffectCount("own/crash", gone=1), EffectCount("other/follows", gone=1))
    comparison = compare_event(pair, opened(), now=NOW)
    assert summarize_comparison(comparison) == summary
    assert comparison.before.plan is not None
    assert len(comparison.before.plan.effects) == 2
    assert not summarize_event(pair, opened("A page"), now=NOW).differs


def test_an_action_that_changed_is_seen_where_the_decision_is_the_same(tmp_path: Path) -> None:
    after = BEFORE.replace("[a]", "[z]")
    pair = ProgramPair(load(tmp_path, own=BEFORE), load(tmp_path, own=after))
    summary = summarize_event(pair, opened(), now=NOW)
    assert summary.rules == ()
    assert summary.effects == (EffectCount("own/crash", changed=1),)


def test_a_rule_that_differs_in_a_later_round_only(tmp_path: Path) -> None:
    pair = ProgramPair(
        load(tmp_path, own=OTHER, other=BEFORE),
        load(tmp_path, own=OTHER.replace("contains: a", "contains: z"), other=BEFORE),
    )
    summary = summarize_event(pair, opened(), now=NOW)
    assert summary.rules == ()
    assert summary.effects == (EffectCount("own/follows", gone=1),)


def test_an_event_that_no_changed_policy_takes_is_not_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = ProgramPair(load(tmp_path, own=BEFORE), load(tmp_path, own=AFTER))
    monkeypatch.setattr(module, "evaluate", None)
    event = Event("push", None, {"commits": []})
    assert summarize_event(pair, event, now=NOW) is NO_DIFFERENCE


def test_a_second_plan_is_made_only_where_it_may_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = ProgramPair(
        load(tmp_path, own=AFTER, other=BEFORE),
        load(tmp_path, own=AFTER.replace("stall", "freeze"), other=BEFORE),
    )
    made: list[object] = []
    original = module.trace_plan
    monkeypatch.setattr(module, "trace_plan", lambda decision: (made.append(decision), original(decision))[1])
    assert not summarize_event(pair, opened(), now=NOW).differs
    assert len(made) == 1
    assert summarize_event(pair, opened("A crash after a stall"), now=NOW).differs
    assert len(made) == 3


def test_a_condition_that_decides_the_same_needs_no_second_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = ProgramPair(
        load(tmp_path, own=BEFORE, other=OTHER),
        load(tmp_path, own=BEFORE.replace("contains: crash", "starts_with: A crash"), other=OTHER),
    )
    made: list[object] = []
    original = module.trace_plan
    monkeypatch.setattr(module, "trace_plan", lambda decision: (made.append(decision), original(decision))[1])
    assert not summarize_event(pair, opened(), now=NOW).differs
    assert len(made) == 1


def test_an_error_of_one_side_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = load(tmp_path, own=BEFORE), load(tmp_path, own=AFTER)
    original = module.trace_plan

    def fail(decision: Any) -> Any:
        if decision.program is after:
            raise rulewright.RulewrightError("the policies end in a circle")
        return original(decision)

    monkeypatch.setattr(module, "trace_plan", fail)
    summary = summarize_event(ProgramPair(before, after), opened(), now=NOW)
    assert summary.errors == (None, "the policies end in a circle")
    assert summary.differs
    assert summary == summarize_comparison(compare_event(ProgramPair(before, after), opened(), now=NOW))


def test_given_facts_go_to_the_program_that_knows_them(tmp_path: Path) -> None:
    before = load(tmp_path, own=BEFORE)
    let = "let: { severity: { label_group: severity } }\n"
    let += "rules:\n  - { id: crash, when: { severity: high }, then: [ add_labels: [a] ] }\n"
    after = load(tmp_path, own=let)
    pair = ProgramPair(before, after)
    assert summarize_event(pair, opened("A page"), now=NOW, given={"severity": "high"}).rules == (
        RuleChange("own", "crash", "not_matched", "matched"),
    )


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Program:
    folder = tmp_path_factory.mktemp("policies")
    rules = [
        f"  - {{ id: r{number}, when: {condition}, then: [ {use} ] }}"
        for number, (condition, use) in enumerate((c, u) for c in CONDITIONS for u in USES)
    ]
    for name in ("one", "two", "three"):
        (folder / f"{name}.yaml").write_text(HEAD.format(name=name) + "rules:\n" + "\n".join(rules) + "\n")
    policies, _, _ = read_policies([folder])
    return compile_policies(policies)[0]


def choose(base: Program, numbers: list[list[int]]) -> Program:
    """The rules of these numbers, of each policy."""
    policies = tuple(
        policy._replace(
            # By place: rules of one id may differ in condition and actions.
            entries=tuple(policy.entries[n]._replace(id=f"r{place}") for place, n in enumerate(chosen)),
            sha256=f"{policy.name} {chosen}",
        )
        for policy, chosen in zip(base.policies, numbers, strict=True)
    )
    return Program(policies, base.paths)


RULES = st.lists(st.integers(0, len(CONDITIONS) * len(USES) - 1), max_size=3, unique=True)


@settings(deadline=None, max_examples=300)
@given(
    same=st.lists(RULES, min_size=2, max_size=2),
    before=RULES,
    after=RULES,
    title=st.sampled_from(["A crash", "A page"]),
    labels=st.sets(st.sampled_from(["a", "b", "c"])),
    body=st.sampled_from([None, "x"]),
)
def test_what_is_left_out_would_have_shown_nothing(
    base: Program,
    same: list[list[int]],
    before: list[int],
    after: list[int],
    title: str,
    labels: set[str],
    body: str | None,
) -> None:
    pair = ProgramPair(choose(base, [same[0], before, same[1]]), choose(base, [same[0], after, same[1]]))
    event = opened(title, tuple(sorted(labels)), body)
    assert summarize_event(pair, event, now=NOW) == summarize_comparison(compare_event(pair, event, now=NOW))


@pytest.mark.parametrize(
    "path", sorted((ROOT / "examples" / "events").glob("*.json")), ids=lambda path: path.stem
)
def test_facts_gathered_once_are_those_gathered_twice(path: Path) -> None:
    before = rulewright.load(ROOT / "rules")
    after = before.with_policies(before.policies[1:])
    document = json.loads(path.read_text())
    gathered = rulewright.gather(before, document, now=NOW)
    assert gather_again(after, gathered, before) == rulewright.gather(after, document, now=NOW)
    assert gather_again(before, rulewright.gather(after, document, now=NOW), after) == gathered
