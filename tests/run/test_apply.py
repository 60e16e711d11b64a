"""Apply: a fresh look before every write, twice is once; the journal's chain; taking back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.actions.port import RecordingPort
from rulewright.events.snapshot import Snapshot
from rulewright.planning.plan_json import plan_hash, plan_json, read_plan
from rulewright.policy.canonical import canonical_json
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.run.apply import apply
from rulewright.run.journal import Journal
from rulewright.run.undo import undo

if TYPE_CHECKING:
    from rulewright.actions.plan import Effect, Plan
    from rulewright.run.journal import Record

TARGET = "octo-org/demo#3"
START = Snapshot(title="Crash on start", body="b", state="open", labels=("severity/low",), comments=())
RULES = """
templates: { notice: Hello. }
rules:
  - id: a
    when: { state: open }
    then:
      - add_labels: [x, y]
      - set_label: { group: severity, value: high }
      - assign: octocat
      - set_title: { text: Another title }
      - set_milestone: v1
      - comment: notice
      - notify: { channel: oncall, text: look }
      - close: not_planned
"""


@pytest.fixture
def made(planned: Any) -> Plan:
    plan: Plan = planned(RULES)
    return plan


def statuses(journal: Journal) -> list[str]:
    return [record.status for record in journal.records]


def test_a_plan_is_done_once(made: Plan) -> None:
    port = RecordingPort({TARGET: START})
    first = apply(made, port)
    assert set(statuses(first)) == {"applied"}
    assert first.exit_code == 0
    state = port.snapshots[TARGET]
    assert state.labels == ("x", "y", "severity/high")
    assert (state.title, state.state, state.state_reason) == ("Another title", "closed", "not_planned")
    assert [c["body"] for c in state.comments or ()] == ["<!-- rulewright:p0/a -->\nHello."]
    second = apply(made, port)
    assert set(statuses(second)) == {"unchanged"}
    assert port.snapshots[TARGET] == state
    assert len(port.emitted) == 1


def test_what_is_there_already_does_not_keep_the_rest_from_being_done(made: Plan) -> None:
    port = RecordingPort({TARGET: START._replace(labels=("severity/low", "X"))})
    journal = apply(made, port)
    assert set(statuses(journal)) == {"applied"}
    assert journal.records[0].effect.arguments == {"labels": ["y"]}


@pytest.mark.parametrize(
    ("changed", "action", "reason"),
    [
        ({"title": "A person's title"}, "set_title", "title_is no longer holds"),
        ({"labels": ("severity/medium",)}, "set_label", "label_group_is no longer holds"),
        ({"milestone": "v0"}, "set_milestone", "milestone_is no longer holds"),
        (
            {"comments": ({"body": "<!-- rulewright:p0/a -->\nEdited."},)},
            "comment",
            "comment_is no longer holds",
        ),
    ],
)
def test_what_a_person_changed_meanwhile_is_left_alone(
    made: Plan, changed: dict[str, Any], action: str, reason: str
) -> None:
    port = RecordingPort({TARGET: START._replace(**changed)})
    journal = apply(made, port)
    refused = [record for record in journal.records if record.status == "precondition_failed"]
    assert [(record.effect.action, record.reason) for record in refused] == [(action, reason)]
    assert journal.exit_code == 5
    assert not any(effect.action == action for effect in port.written)


def test_a_subject_that_is_gone_is_not_written(made: Plan) -> None:
    journal = apply(made, RecordingPort({}))
    assert set(statuses(journal)) == {"precondition_failed", "applied"}
    assert [r.effect.action for r in journal.records if r.status == "applied"] == ["notify"]


def test_a_failing_write_is_recorded_and_the_rest_goes_on(made: Plan) -> None:
    class Broken(RecordingPort):
        def write(self, effect: Effect) -> None:
            if effect.action == "assign":
                raise SourceError("The server answered 502.")
            super().write(effect)

    journal = apply(made, Broken({TARGET: START}))
    failed = [record for record in journal.records if record.status == "failed"]
    assert [(r.effect.action, r.reason) for r in failed] == [("assign", "The server answered 502.")]
    assert statuses(journal).count("applied") == len(made.effects) - 1
    assert journal.exit_code == 4


def test_held_back_effects_and_failures_are_in_the_exit_code(made: Plan, planned: Any) -> None:
    port = RecordingPort({TARGET: START})
    over = made._replace(effects=made.effects[:1], held_back=made.effects[1:])
    assert apply(over, port).exit_code == 5
    failing = planned("rules:\n  - { id: a, when: { state: open }, then: [ fail: no ] }\n")
    assert apply(failing, port).exit_code == 1


def test_an_unknown_precondition_never_holds(made: Plan) -> None:
    from rulewright.actions.plan import Precondition

    odd = made.effects[0]._replace(
        preconditions=(Precondition("moon_is_full"), Precondition("label_group_is", 3))
    )
    journal = apply(made._replace(effects=(odd,)), RecordingPort({TARGET: START}))
    assert statuses(journal) == ["precondition_failed"]


def test_undo_takes_back_what_was_applied(made: Plan) -> None:
    port = RecordingPort({TARGET: START})
    back = undo(apply(made, port).records)
    assert [note.action for note in back.notes] == ["comment", "notify"]
    journal = apply(back, port)
    assert set(statuses(journal)) == {"applied"}
    after = port.snapshots[TARGET]
    assert after._replace(comments=(), labels=START.labels, state_reason=None) == START
    assert set(after.labels) == set(START.labels)


def test_undo_leaves_what_a_person_did_since(made: Plan) -> None:
    port = RecordingPort({TARGET: START})
    journal = apply(made, port)
    port.snapshots[TARGET] = port.snapshots[TARGET]._replace(title="A person's title", labels=("y",))
    done = apply(undo(journal.records), port)
    assert {r.effect.action for r in done.records if r.status == "precondition_failed"} == {"set_title"}
    assert port.snapshots[TARGET].title == "A person's title"


def test_what_a_person_took_back_is_not_undone_again(made: Plan) -> None:
    port = RecordingPort({TARGET: START})
    journal = apply(made, port)
    applied = port.snapshots[TARGET]
    port.snapshots[TARGET] = START  # a person takes all of it back
    first = apply(undo(journal.records), port)
    assert set(statuses(first)) == {"unchanged"}
    port.snapshots[TARGET] = applied  # and does it again
    assert undo([*journal.records, *first.records]).effects == ()


def test_a_plan_goes_through_json_and_back(made: Plan, planned: Any) -> None:
    from jsonschema import Draft202012Validator

    from rulewright.policy.files import data_folder

    schema = json.loads((data_folder("schemas") / "plan.schema.json").read_text("utf-8"))
    for plan in (made, planned("rules:\n  - { id: a, when: { state: closed }, then: [ close ] }\n")):
        data = json.loads(canonical_json(plan_json(plan)))
        Draft202012Validator(schema).validate(data)
        assert plan_json(read_plan(data)) == plan_json(plan)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda plan: plan["effects"][0]["arguments"].update(labels=["admin"]),
        lambda plan: plan["effects"][0]["preconditions"].clear(),
        lambda plan: plan["effects"].pop(),
        lambda plan: plan["policies"].update(p0="0" * 64),
        lambda plan: plan.update(event_sha256=""),
    ],
)
def test_a_plan_that_was_changed_is_refused(made: Plan, tamper: Any) -> None:
    data = json.loads(canonical_json(plan_json(made)))
    tamper(data)
    with pytest.raises(UsageError, match="was changed after it was made"):
        read_plan(data)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"hash": "x"},
        {"hash": "x", "effects": [3], "policies": {}, "event_sha256": ""},
        {"hash": "x", "effects": [{"action": "rm", "target": "", "arguments": {}, "rule": ""}], "policies": {},
         "event_sha256": ""},
        {"hash": plan_hash((), {}, ""), "effects": [], "policies": {}, "event_sha256": "", "conflicts": [3]},
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused(data: Any) -> None:
    with pytest.raises(UsageError):
        read_plan(data)


class Limited(RecordingPort):
    """Takes so many writes, and then says that its limit is spent."""

    writes = 1
    kind = "rate_limited"

    def write(self, effect: Effect) -> None:
        if len(self.written) >= self.writes:
            error = SourceError("The rate limit is spent; it would go on at 10:00.")
            error.kind = self.kind  # type: ignore[attr-defined]
            raise error
        super().write(effect)


def test_a_spent_limit_ends_the_plan_and_names_the_exact_rest(made: Plan) -> None:
    journal = apply(made, Limited({TARGET: START}))
    assert statuses(journal) == ["applied", *["held_back"] * (len(made.effects) - 1)]
    assert journal.halt is not None
    assert not journal.halt.failed
    assert {record.reason for record in journal.records[1:]} == {journal.halt.message}
    assert journal.exit_code == 5


def test_a_server_that_is_not_there_fails_once(made: Plan) -> None:
    port = Limited({TARGET: START})
    port.kind = "unreachable"
    journal = apply(made, port)
    assert statuses(journal)[:3] == ["applied", "failed", "held_back"]
    assert journal.exit_code == 4


def test_each_record_is_told_before_the_next_write(made: Plan) -> None:
    port, told = RecordingPort({TARGET: START}), []

    def record(one: Record) -> None:
        told.append(one)
        assert len(port.written) + len(port.emitted) == len(told)

    assert apply(made, port, record=record).records == tuple(told)


def test_an_emission_that_went_out_is_not_sent_again_and_an_output_is(planned: Any) -> None:
    plan = planned(
        "rules:\n  - id: a\n    when: { state: open }\n    then: "
        "[ { notify: { channel: oncall, text: look } }, { set_output: { name: x, value: one } } ]\n"
    )
    port = RecordingPort({TARGET: START})
    journal = apply(plan, port, sent={effect.key for effect in plan.effects})
    assert [(r.status, r.reason) for r in journal.records] == [
        ("unchanged", "sent before"),
        ("applied", None),
    ]


def test_the_rest_of_an_interrupted_plan_tells_what_it_finds_done(made: Plan) -> None:
    port = RecordingPort({TARGET: START})
    apply(made, port)
    again = apply(made, port, resumed=True)
    assert statuses(again) == ["unchanged" if effect.emission else "recovered" for effect in made.effects]
    assert undo(again.records).effects
