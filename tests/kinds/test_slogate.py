"""SLO gates from YAML: what is refused at load, and how decisions and explanations speak of objectives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rulewright.compile.cache import from_data, to_data
from rulewright.evaluate.evaluator import evaluate
from rulewright.evaluate.explain import explain
from rulewright.events.model import Event, Facts

HEAD = """apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: gate, owner: team, description: One gate. }
on: [manual]
objectives:
  - id: row
    source: { measurement: chat }
"""
GOOD = HEAD + "    unit: s\n    aggregate: max\n    pass: { lte: 1s }\n"


@pytest.mark.parametrize(
    ("rest", "code", "line"),
    [
        ("unit: s\npass: { lte: 10% }", "RW404", 9),
        ("unit: s\npass: { lte: 1 }", "RW404", 9),
        ('unit: "%"\npass: { lte: 1s }', "RW404", 9),
        ("pass: { lte: 1s }", "RW404", 8),
        ("unit: requests/s\npass: { gte: 50ms }", "RW404", 9),
        ("unit: s\naggregate: count\npass: { gte: 5s }", "RW404", 10),
        ("unit: s\npass: { lte: fast }", "RW403", 9),
        ("unit: s\npass: { between: [2s, 1s] }", "RW406", 9),
        ("unit: s\npass: { lte: 1s }\nwarn: { lte: 900ms }", "RW412", 10),
        ("unit: s\npass: { lte: 1s }\nwarn: { lte: 1000ms }", "RW412", 10),
        ("unit: s\npass: { lte: 1s }\nwarn: { gte: 2s }", "RW412", 10),
        ("unit: s\ndirection: lower\npass: { gte: 1s }", "RW413", 10),
        ("unit: s\nbaseline: { from: last_passed, max_regression: 10% }", "RW413", 9),
        ("unit: s\ndirection: lower\nbaseline: { from: last_passed, max_regression: 10 }", "RW404", 10),
        (
            "direction: lower\naggregate: rate\nbaseline: { from: last_passed, max_regression: 10% }\npair_by: id",
            "RW413",
            11,
        ),
        ("unit: s\ndirection: lower\nbaseline: { from: last_passed, max_regression: 10s }", "RW404", 10),
        ("unit: s\ndirection: lower\nbaseline: { from: last_passed, max_regression: much }", "RW403", 10),
        (
            "unit: s\ndirection: lower\naggregate: last\nbaseline: { from: last_passed, max_regression: 10% }",
            "RW414",
            10,
        ),
        (
            (
                "unit: s\ndirection: lower\nbaseline: { from: last_passed, max_regression: 10% }\n"
                "on_no_baseline: absolute_only"
            ),
            "RW414",
            11,
        ),
    ],
)
def test_refused(findings_of: Any, rest: str, code: str, line: int) -> None:
    text = HEAD + "".join(f"    {row}\n" for row in rest.splitlines())
    assert findings_of(text) == [(code, line)]


def test_exception_for_missing_values_is_refused(findings_of: Any) -> None:
    codes = {code for code, _ in findings_of(HEAD + "    unit: s\n    pass: { lte: 1s, on_missing: true }\n")}
    assert codes


def test_condition_on_what_anyone_can_write_is_refused(findings_of: Any) -> None:
    skip = "skip:\n  - { id: wished, when: { issue.title: { contains: skip the gate } } }\n"
    codes = [code for code, _ in findings_of(GOOD.replace("on: [manual]\n", "on: [issues]\n" + skip))]
    assert codes == ["RW411"]


def test_wider_warning_is_accepted(findings_of: Any) -> None:
    for warn in ("lte: 1200ms", "lt: 2s", "lte: 1s"):
        good = "lt: 1s" if warn == "lte: 1s" else "lte: 1s"
        assert findings_of(HEAD + f"    unit: s\n    pass: {{ {good} }}\n    warn: {{ {warn} }}\n") == []


@pytest.mark.parametrize(
    ("sample", "status", "verdict"),
    [
        ({"values": [0.5]}, "matched", "PASS"),
        ([2], "not_matched", "FAIL"),
        (None, "undetermined", "NO_DATA"),
        (["x"], "error", "ERROR"),
    ],
)
def test_decision(program_of: Any, decide: Any, sample: Any, status: str, verdict: str) -> None:
    policy = decide(program_of(GOOD), "manual", {}, row=sample)
    (result,) = policy.rules
    assert (result.status, policy.verdict, result.detail["verdict"]) == (status, verdict, verdict)
    assert bool(result.reason) is (status != "matched")


def test_payload_cannot_pose_as_a_sample(program_of: Any, decide: Any) -> None:
    payload = {"$objective:gate/row": [0.1], "row": [0.1]}
    assert decide(program_of(GOOD), "manual", payload).verdict == "NO_DATA"


def test_skip_does_not_open_the_gate(program_of: Any, decide: Any) -> None:
    skip = "skip:\n  - { id: bot, when: { sender.login: robot } }\n"
    program = program_of(GOOD.replace("on: [manual]\n", "on: [manual]\n" + skip))
    payload = {"sender": {"login": "robot"}}
    assert decide(program, "manual", payload, row=[0.1]).verdict == "NO_DATA"


def test_explanation_shows_what_was_observed(program_of: Any) -> None:
    facts = Facts(Event("manual", None, {}), "2026-01-05T09:00:00Z", {"row": [2]})
    found = explain(evaluate(program_of(GOOD), facts), "gate", "row").as_json()
    assert (found["expected"], found["actual"], found["line"]) == ("max ≤ 1s", "2.0", 6)
    assert found["message"] == "2s is beyond the limit"
    assert found["flip"] == [{"path": "row", "change": "max ≤ 1s", "line": 6}]
    assert found["detail"]["verdict"] == "FAIL"


def test_cached_form_decides_the_same(program_of: Any, decide: Any) -> None:
    program = program_of(
        GOOD + "    baseline: { from: last_passed, max_regression: 10% }\n    direction: lower\n"
    )
    again = from_data(json.loads(json.dumps(to_data(program))))
    sample = {
        "values": [0.5, 0.52, 0.51, 0.5, 0.53],
        "baseline": {"values": [0.3, 0.31, 0.32, 0.3, 0.33], "sha": "4f2c9d1"},
    }
    first, second = (decide(each, "manual", {}, row=sample) for each in (program, again))
    assert first.rules == second.rules
    assert first.rules[0].detail["baseline"]["sha"] == "4f2c9d1"


def test_source_stays_with_the_entry(program_of: Any) -> None:
    (entry,) = program_of(GOOD).policies[0].entries
    measured = {"source": {"measurement": "chat"}, "aggregate": "max"}
    assert (entry.measured, entry.when.required, entry.when.unit) == (measured, True, "s")
    (need,) = program_of(GOOD).route("manual", None).externals
    assert (need.name, need.source, need.arguments) == ("row", "measure", measured)
