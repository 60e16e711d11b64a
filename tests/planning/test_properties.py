"""What must hold for every policy and every state: over generated rules, actions and snapshots."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rulewright
from rulewright.actions.port import RecordingPort
from rulewright.actions.table import ACTIONS
from rulewright.compile.compiler import compile_policies
from rulewright.events.model import Event, Facts
from rulewright.events.snapshot import Snapshot, snapshot, with_snapshot
from rulewright.planning.planner import plan
from rulewright.policy.policy_reader import read_policies
from rulewright.program.program import Program
from rulewright.run.apply import apply
from rulewright.run.undo import undo

if TYPE_CHECKING:
    from rulewright.actions.plan import Plan

TARGET = "octo-org/demo#3"
NOW = "2026-01-05T09:00:00Z"
CONDITIONS = [
    "{ number: { exists: true } }".replace("number", "issue.number"),
    "{ state: open }",
    "{ labels: { contains: a } }",
    "{ labels: { contains_none: [b] } }",
    "{ labels: { glob: 'g/*' } }",
    "{ title: { contains: crash } }",
]
USES = [
    "add_labels: [a, b]",
    "add_labels: g/one",
    "remove_labels: [a, c]",
    "set_label: { group: g, value: two }",
    "set_label: { group: g, value: One }",
    "comment: { text: 'Title {{ title }}' }",
    "comment: { text: 'Labels {{ labels }}', key: labels }",
    "close: not_planned",
    "close",
    "reopen",
    "assign: [octocat, hubot]",
    "unassign: OCTOCAT",
    "set_title: { remove: ['[P?]', '[High *]'] }",
    "set_title: Another title",
    "set_field: { project: 1, field: Status, value: Done }",
    "set_milestone: v1",
    "notify: { channel: oncall, text: 'Look: {{ title }}' }",
    "set_output: { name: state, value: { fact: state } }",
    "create_issue: { title: 'About {{ title }}', body: Text, key: once }",
    "fail: 'No: {{ title }}'",
    "warn: Careful",
]
PARTS = list(Snapshot._fields)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """One program with every condition and every action; examples take rules out of it."""
    folder = Path(tmp_path_factory.mktemp("policies"))
    rules = [
        f"  - {{ id: r{number}, when: {condition}, then: [ {use} ] }}"
        for number, (condition, use) in enumerate((c, u) for c in CONDITIONS for u in USES)
    ]
    head = "apiVersion: rulewright/v1\nkind: Triage\nmetadata: { name: all, owner: me, description: All. }\n"
    on = "on: [issues.opened, issues.labeled, issues.unlabeled, issues.closed, issues.edited, issues.assigned]\n"
    (folder / "all.yaml").write_text(head + on + "rules:\n" + "\n".join(rules) + "\n", encoding="utf-8")
    # Not by `load`: it refuses rules that certainly conflict, and conflicts are what this is about.
    policies, wrong, _ = read_policies([folder / "all.yaml"])
    program, findings = compile_policies(policies)
    assert not wrong
    assert {finding.code[:3] for finding in findings} <= {"RW5"}
    return program


LABELS = st.lists(st.sampled_from(["a", "B", "c", "g/one", "G/two", "other"]), unique=True, max_size=4)
COMMENTS = st.none() | st.lists(st.sampled_from(["hello", "<!-- rulewright:all/r5 -->\nold"]), max_size=2)


@st.composite
def states(draw: st.DrawFn) -> Snapshot:
    comments = draw(COMMENTS)
    return Snapshot(
        title=draw(st.sampled_from(["crash", "[P1] crash [High Priority]", "@all #1 <b>", "ok"])),
        body=draw(st.none() | st.text(max_size=20)),
        state=draw(st.sampled_from(["open", "closed"])),
        labels=tuple(draw(LABELS)),
        assignees=tuple(draw(st.lists(st.sampled_from(["Octocat", "mona"]), unique=True))),
        milestone=draw(st.sampled_from([None, "v0", "v1"])),
        comments=None if comments is None else tuple({"body": text} for text in comments),
        fields=draw(st.sampled_from([{}, {"1/Status": "Todo"}])),
    )


NUMBERS = st.lists(st.integers(0, len(CONDITIONS) * len(USES) - 1), min_size=1, max_size=6, unique=True)
EMPTY = Event(
    "issues",
    "opened",
    {
        "action": "opened",
        "issue": {"number": 3, "title": "", "state": "open", "labels": [], "assignees": []},
        "repository": {"full_name": "octo-org/demo"},
    },
)


def chosen(base: Program, numbers: list[int]) -> Program:
    (policy,) = base.policies
    return Program((policy._replace(entries=tuple(policy.entries[n] for n in numbers)),), base.paths)


def planned(program: Program, state: Snapshot, now: str = NOW) -> Plan | None:
    return plan(rulewright.evaluate(program, Facts(with_snapshot(EMPTY, state), now)))


def comparable(state: Snapshot) -> dict[str, Any]:
    """The state with labels and assignees as sets."""
    shown = {name: getattr(state, name) for name in PARTS}
    return {**shown, "labels": set(state.labels), "assignees": set(state.assignees)}


checked = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@checked
@given(numbers=NUMBERS, state=states())
def test_applying_twice_changes_nothing_and_planning_again_yields_no_effects(
    base: Program, numbers: list[int], state: Snapshot
) -> None:
    program = chosen(base, numbers)
    made = planned(program, state)
    if made is None:
        return
    # The outside shows its comments, also where the event did not.
    port = RecordingPort({TARGET: state._replace(comments=state.comments or ())})
    first = apply(made, port)
    assert {record.status for record in first.records} <= {"applied", "unchanged"}
    after = port.snapshots[TARGET]
    for name in ("labels", "assignees"):
        predicted = made.predicted[name]
        assert [item.casefold() for item in predicted] == [item.casefold() for item in getattr(after, name)]
    assert (made.predicted["state"], made.predicted["milestone"]) == (after.state, after.milestone)
    written = len(port.written)
    second = apply(made, port)
    assert {record.status for record in second.records} <= {"unchanged"}
    assert port.snapshots[TARGET] == after
    assert len(port.written) == written
    if made.conflicts:
        # A field that was fought over may be free once one of the rules no longer matches.
        return
    again = planned(program, after)
    assert again is not None
    assert [effect for effect in again.effects if not effect.emission] == []


@checked
@given(numbers=NUMBERS, state=states())
def test_effects_touch_what_they_declare_and_become_what_they_predict(
    base: Program, numbers: list[int], state: Snapshot
) -> None:
    made = planned(chosen(base, numbers), state)
    keys = [effect.key for effect in made.effects] if made is not None else []
    assert len(keys) == len(set(keys))
    port = RecordingPort({TARGET: state})
    for effect in made.effects if made is not None else ():
        before = port.snapshots[TARGET]
        if effect.emission:
            continue
        assert ACTIONS[effect.action].reduce(effect, before) is not None
        port.write(effect)
        after = port.snapshots[TARGET]
        changed = {name for name in PARTS if getattr(before, name) != getattr(after, name)}
        assert changed <= effect.declaration.changes
        assert with_snapshot(with_snapshot(EMPTY, before), after).payload["issue"]["state"] == after.state
        assert snapshot(with_snapshot(with_snapshot(EMPTY, before), after)) == after


@checked
@given(numbers=NUMBERS, state=states())
def test_undo_brings_the_state_back(base: Program, numbers: list[int], state: Snapshot) -> None:
    made = planned(chosen(base, numbers), state)
    if made is None:
        return
    port = RecordingPort({TARGET: state})
    journal = apply(made, port)
    back = undo(journal.records)
    again = apply(back, port)
    assert {record.status for record in again.records} <= {"applied"}
    kept = {"comments", "state_reason"} | {"fields" for note in back.notes if note.action == "set_field"}
    before, after = comparable(state), comparable(port.snapshots[TARGET])
    assert {k: v for k, v in before.items() if k not in kept} == {
        k: v for k, v in after.items() if k not in kept
    }


@checked
@given(numbers=NUMBERS, state=states())
def test_the_hash_is_the_same_at_every_time(base: Program, numbers: list[int], state: Snapshot) -> None:
    program = chosen(base, numbers)
    first, second = planned(program, state), planned(program, state, "2031-02-03T04:05:06Z")
    assert (first is None) == (second is None)
    if first is not None and second is not None:
        assert first == second
