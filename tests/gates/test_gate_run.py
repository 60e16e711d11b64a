"""Gates judged from records and files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.gates.conftest import GATE, write_records

import rulewright
from rulewright.gates.gate_run import GateRun, select_gates
from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

Judge = "Callable[..., GateRun]"


def verdicts(run: GateRun) -> dict[str, str]:
    return {row.id: row.verdict for gate in run.gates for row in gate.objectives}


def test_every_objective_is_judged_by_its_own_source(folder: Path, judge: Callable[..., GateRun]) -> None:
    run = judge()
    assert verdicts(run) == {"slowest": "PASS", "errors": "PASS"}
    assert (run.verdict, run.promotes, run.exit_codes) == ("PASS", True, frozenset())
    write_records(folder, [0.5, 1.6])
    run = judge()
    assert verdicts(run) == {"slowest": "FAIL", "errors": "PASS"}
    assert (run.verdict, run.promotes, run.exit_codes) == ("FAIL", False, {1})


def test_a_source_that_cannot_be_read_leaves_the_others_judged(
    folder: Path, judge: Callable[..., GateRun]
) -> None:
    (folder / "errors.json").write_text('{"errors": [0')
    run = judge()
    assert verdicts(run) == {"slowest": "PASS", "errors": "ERROR"}
    assert run.exit_codes == {4}
    (folder / "errors.json").unlink()
    run = judge()
    assert verdicts(run) == {"slowest": "PASS", "errors": "NO_DATA"}
    assert run.exit_codes == {3}


def test_one_id_in_two_gates_is_two_objectives(folder: Path, judge: Callable[..., GateRun]) -> None:
    other = GATE.replace("name: chat", "name: other").replace("lte: 1s", "lte: 100ms")
    (folder / "rules" / "other.yaml").write_text(other)
    run = judge()
    assert [(gate.name, gate.objectives[0].verdict) for gate in run.gates] == [
        ("chat", "PASS"),
        ("other", "FAIL"),
    ]
    assert run.verdict == "FAIL"


def test_a_gate_that_observes_does_not_count(folder: Path, judge: Callable[..., GateRun]) -> None:
    write_records(folder, [1.6])
    (folder / "rules" / "chat.yaml").write_text(GATE.replace("\non:", "\nmode: observe\non:"))
    run = judge()
    assert run.gates[0].verdict == "FAIL"
    assert (run.verdict, run.exit_codes) == ("NO_DATA", frozenset())


def test_a_skip_ends_a_gate_without_a_verdict_that_promotes(
    folder: Path, judge: Callable[..., GateRun]
) -> None:
    skip = "skip: [ { id: never, when: { now: { exists: true } } } ]\nobjectives:"
    (folder / "rules" / "chat.yaml").write_text(GATE.replace("objectives:", skip))
    run = judge()
    assert run.verdict == "NO_DATA"
    assert run.gates[0].reason == "skip never"


def test_the_commit_reaches_the_sources(folder: Path, judge: Callable[..., GateRun]) -> None:
    write_records(folder, [0.5], sha="a" * 40)
    assert verdicts(judge(commit="a" * 40))["slowest"] == "PASS"
    run = judge(commit="b" * 40)
    assert verdicts(run)["slowest"] == "NO_DATA"
    assert run.gates[0].objectives[0].detail["code"] == "other_commit"


def test_gates_are_named(folder: Path) -> None:
    program = rulewright.load("rules")
    assert [gate.name for gate in select_gates(program, ["chat"])] == ["chat"]
    with pytest.raises(UsageError, match="there is no SLO gate `chta`"):
        select_gates(program, ["chta"])


def test_the_share_is_that_of_values_beyond_the_limit_and_not_of_failed_requests(
    folder: Path, judge: Callable[..., GateRun]
) -> None:
    limits = "aggregate: p95\n    pass: { lte: 1s }\n    failures: { lt: 50% }"
    (folder / "rules" / "chat.yaml").write_text(GATE.replace("aggregate: max\n    pass: { lte: 1s }", limits))
    write_records(folder, [2.0] * 100)
    share = judge().gates[0].objectives[0].detail["share"]
    assert (share["beyond"], share["allowed"]) == (1.0, 0.05)
