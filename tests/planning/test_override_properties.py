"""Over random timelines: no effect contradicts what a person did within the grace period; planning comes to rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rulewright
from rulewright.actions.table import ACTIONS
from rulewright.compile.compiler import compile_policies
from rulewright.events.model import Event, Facts
from rulewright.events.snapshot import Snapshot, snapshot, with_snapshot
from rulewright.planning.planner import plan
from rulewright.policy.policy_reader import read_policies

if TYPE_CHECKING:
    from rulewright.actions.plan import Plan
    from rulewright.program.program import Program

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
WHEN = ["{ state: open }", "{ labels: { contains: a } }", "{ labels: { contains_none: [g/x] } }"]
USES = [
    "add_labels: [a, b]",
    "remove_labels: [b, g/y]",
    "set_label: { group: g, value: x }",
    "set_label: { group: g, value: 'y' }",
    "assign: octocat",
    "unassign: mona",
    "set_milestone: v1",
    "set_title: { remove: ['[P?]'] }",
    "close: not_planned",
    "reopen",
    "set_field: { project: 1, field: Status, value: Done }",
    "comment: { text: Hello. }",
]
ACTORS = [
    {"login": "mona", "type": "User"},
    {"login": "tidy", "type": "Bot"},
    {"login": "acme-triage", "type": "User"},
]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """Every condition with every action; not by `load`, which refuses what certainly conflicts."""
    folder = tmp_path_factory.mktemp("policies")
    rules = [
        f"  - {{ id: r{number}, when: {when}, then: [ {use} ] }}"
        for number, (when, use) in enumerate((w, u) for w in WHEN for u in USES)
    ]
    head = "apiVersion: rulewright/v1\nkind: Triage\nmetadata: { name: all, owner: me, description: All. }\n"
    on = "on: [issues.opened, issues.labeled, issues.unlabeled, issues.closed, issues.edited]\n"
    (folder / "all.yaml").write_text(head + on + "rules:\n" + "\n".join(rules) + "\n", encoding="utf-8")
    policies, wrong, _ = read_policies([folder / "all.yaml"])
    program, _ = compile_policies(policies)
    assert not wrong
    return program


LABEL = st.sampled_from(["a", "B", "g/x", "g/y", "g/z"]).map(lambda name: {"label": {"name": name}})
PERSON = st.sampled_from(["octocat", "mona"]).map(lambda login: {"assignee": {"login": login}})
CHANGE = st.one_of(
    st.tuples(st.sampled_from(["labeled", "unlabeled"]), LABEL),
    st.tuples(st.sampled_from(["assigned", "unassigned"]), PERSON),
    st.tuples(st.sampled_from(["milestoned", "demilestoned"]), st.just({"milestone": {"title": "v1"}})),
    st.tuples(st.just("renamed"), st.just({"rename": {"from": "x", "to": "[P1] crash"}})),
    st.tuples(st.sampled_from(["closed", "reopened"]), st.just({})),
    st.tuples(
        st.just("project_v2_item_status_changed"),
        st.sampled_from(["Todo", "Done"]).map(lambda name: {"project": {"number": 1}, "status": name}),
    ),
)


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Timelines of the last three days, oldest first, by a person, another bot and the tool itself."""
    hours = sorted(draw(st.lists(st.integers(1, 72), max_size=8)), reverse=True)
    out = []
    for ago in hours:
        event, more = draw(CHANGE)
        at = (NOW - timedelta(hours=ago, minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        out.append({"event": event, "created_at": at, "actor": draw(st.sampled_from(ACTORS)), **more})
    return out


@st.composite
def states(draw: st.DrawFn) -> Snapshot:
    return Snapshot(
        title=draw(st.sampled_from(["crash", "[P1] crash"])),
        body="",
        state=draw(st.sampled_from(["open", "closed"])),
        labels=tuple(draw(st.lists(st.sampled_from(["A", "b", "g/x", "G/y"]), unique=True))),
        assignees=tuple(draw(st.lists(st.sampled_from(["Octocat", "mona"]), unique=True))),
        milestone=draw(st.sampled_from([None, "v0", "v1"])),
        comments=(),
        fields=draw(st.sampled_from([{}, {"1/Status": "Todo"}])),
    )


NUMBERS = st.lists(st.integers(0, len(WHEN) * len(USES) - 1), min_size=1, max_size=5, unique=True)
EMPTY = {
    "action": "opened",
    "issue": {"number": 3, "title": "", "state": "open", "labels": [], "assignees": []},
    "repository": {"full_name": "octo-org/demo"},
    "viewer": {"login": "Acme-Triage"},
}


def planned(base: Program, numbers: list[int], state: Snapshot, history: list[dict[str, Any]]) -> Plan | None:
    from rulewright.program.program import Program as Compiled

    (policy,) = base.policies
    chosen = policy._replace(entries=tuple(policy.entries[n] for n in numbers))
    event = with_snapshot(Event("issues", "opened", {**EMPTY, "timeline": history}), state)
    facts = Facts(event, NOW.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return plan(rulewright.evaluate(Compiled((chosen,), base.paths), facts))


def words(history: list[dict[str, Any]]) -> dict[tuple[str, str], Any]:
    """What a person said last within a day, told apart from the planner's own way of reading it."""
    found: dict[tuple[str, str], Any] = {}
    for item in history:
        age = NOW - datetime.fromisoformat(item["created_at"])
        if item["actor"]["login"] != "mona" or age >= timedelta(hours=24):
            continue
        event = item["event"]
        if "label" in item:
            found["label", item["label"]["name"].lower()] = event == "labeled"
        elif "assignee" in item:
            found["assignee", item["assignee"]["login"]] = event == "assigned"
        elif "milestone" in item:
            found["milestone", ""] = item["milestone"]["title"] if event == "milestoned" else None
        elif "rename" in item:
            found["title", ""] = item["rename"]["to"]
        elif "status" in item:
            found["field", ""] = item["status"]
        else:
            found["state", ""] = "closed" if event == "closed" else "open"
    return found


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(numbers=NUMBERS, state=states(), history=histories())
def test_no_effect_contradicts_a_person(
    programs: Program, numbers: list[int], state: Snapshot, history: list[dict[str, Any]]
) -> None:
    made = planned(programs, numbers, state, history)
    if made is None:
        return
    said = words(history)
    after = state
    for effect in made.effects:
        before, after = after, ACTIONS[effect.action].predict(effect, after)
        had, has = ({name.lower() for name in each.labels} for each in (before, after))
        for name in has - had:
            assert said.get(("label", name)) is not False
        for name in had - has:
            assert said.get(("label", name)) is not True
        had, has = ({name.lower() for name in each.assignees} for each in (before, after))
        assert not any(said.get(("assignee", name)) is False for name in has - had)
        assert not any(said.get(("assignee", name)) is True for name in had - has)
        for part in ("milestone", "title", "state"):
            if getattr(before, part) != getattr(after, part) and (part, "") in said:
                assert getattr(after, part) == said[part, ""]
        if before.fields != after.fields and ("field", "") in said:
            assert after.fields["1/Status"] == said["field", ""]
    # What was held is not predicted, and on the state that the effects leave nothing follows any more.
    event = with_snapshot(Event("issues", "opened", EMPTY), after)
    shown = snapshot(event)
    assert shown is not None
    assert made.predicted["labels"] == list(shown.labels)
    again = None if made.conflicts else planned(programs, numbers, after, history)
    if again is not None:
        assert [effect for effect in again.effects if not effect.emission] == []
