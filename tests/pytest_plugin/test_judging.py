"""`pytest --slo`: the gates judge the session, and tests with the marker carry verdicts."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from fixtures.pytest_project import GATE, Project

TESTS = """\
import os
import pytest

CHAT = float(os.environ.get("CHAT", "0.01"))
RECALL = float(os.environ.get("RECALL", "0.95"))

@pytest.mark.slo("chat-p95")
def test_chat(slo):
    for _ in range(100):
        slo.record("chat", CHAT, unit="s")

def test_plain():
    pass
"""
RECALL = """\

@pytest.mark.slo("recall")
def test_recall(slo):
    slo.record("recall", RECALL, unit="ratio")
"""
CARRIED = """\
import pytest

@pytest.mark.slo("chat-p95", "recall")
def test_both():
    pass
"""
TRIAGE = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team-triage, description: First look at every new issue. }
on: [issues.opened]
rules:
  - id: crash
    description: The title speaks of a crash.
    when: { title: { contains: crash } }
    then: [{ add_labels: [bug] }]
"""
QUICK = ("-p", "no:benchmark", "--slo", "gate.yaml")


def test_a_session_whose_gates_promote_passes(project: Project) -> None:
    project.write("test_a.py", TESTS + RECALL)
    run = project.run(*QUICK, "-v")
    assert (run.code, run.outcomes) == (0, {"passed": 3})
    table = run.output.partition("= service-level objectives =")[2]
    assert "chat-p95" in table
    assert "recall" in table
    assert "✓ PASS  service  gate.yaml" in table
    assert "FAIL" not in table


def test_a_verdict_that_does_not_promote_fails_the_test_and_the_session(project: Project) -> None:
    project.write("test_a.py", TESTS + RECALL)
    run = project.run(*QUICK, CHAT="0.03")
    assert (run.code, run.outcomes) == (1, {"failed": 1, "passed": 2})
    assert "FAILED test_a.py::test_chat - chat-p95 FAIL" in run.output
    table = run.output.partition("= service-level objectives =")[2]
    assert "chat-p95  FAIL" in table


def test_a_session_without_markers_fails_by_its_gate(project: Project) -> None:
    project.write("test_a.py", TESTS.replace('@pytest.mark.slo("chat-p95")', ""))
    assert project.run(*QUICK).code == 0
    run = project.run(*QUICK, CHAT="0.03")
    assert (run.code, run.outcomes) == (1, {"passed": 2})
    assert "chat-p95  FAIL" in run.output


def test_a_gate_that_only_observes_fails_no_session(project: Project) -> None:
    project.write("gate.yaml", GATE.replace("on: [measurement]", "on: [measurement]\nmode: observe"))
    project.write("test_a.py", TESTS.replace('@pytest.mark.slo("chat-p95")', ""))
    run = project.run(*QUICK, CHAT="0.03")
    assert (run.code, run.outcomes) == (0, {"passed": 2})
    assert "chat-p95  FAIL" in run.output
    assert "in observe mode, not counted: service FAIL" in run.output


def test_a_gate_that_only_observes_fails_no_marked_test(project: Project) -> None:
    project.write("gate.yaml", GATE.replace("on: [measurement]", "on: [measurement]\nmode: observe"))
    project.write("test_a.py", TESTS)
    run = project.run(*QUICK, CHAT="0.03")
    assert (run.code, run.outcomes) == (0, {"passed": 2})
    assert "chat-p95  FAIL" in run.output


def test_a_gate_for_other_events_judges_as_well(project: Project) -> None:
    """`rulewright gate` judges every gate, whatever events it is for."""
    project.write("gate.yaml", GATE.replace("on: [measurement]", "on: [manual]"))
    project.write("test_a.py", TESTS)
    assert project.run(*QUICK).code == 0
    assert project.run(*QUICK, CHAT="0.03").code == 1


def test_a_file_that_the_session_writes_is_read(project: Project) -> None:
    """pytest-benchmark writes its file at the end of the session, before the gates judge it."""
    source = "{ pytest-benchmark: b.json, select: test_load }"
    gate = GATE.replace("{ measurement: chat }", source).replace("aggregate: p95", "aggregate: max")
    project.write("gate.yaml", gate)
    project.write(
        "test_a.py", "def test_load(benchmark):\n    benchmark.pedantic(len, args=('',), rounds=60)\n"
    )
    words = ("--slo", "gate.yaml", "-W", "ignore::Warning")
    assert project.run(*words, "--benchmark-json", "b.json").code == 0
    (project.folder / "b.json").unlink()
    run = project.run(*words)
    assert run.code == 1
    assert "chat-p95  NO_DATA" in run.output


def test_records_are_judged_as_the_gate_command_judges_them(project: Project) -> None:
    project.write("test_a.py", TESTS)
    project.run("-p", "no:benchmark", "--slo-output", "m.jsonl", CHAT="0.03")
    command = [sys.executable, "-P", "-m", "rulewright", "gate", "gate.yaml", "--from", "m.jsonl"]
    done = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    run = project.run(*QUICK, CHAT="0.03")
    (row,) = (line for line in done.stdout.splitlines() if "chat-p95" in line and "FAIL" in line)
    assert row in run.output


def test_a_required_objective_without_data_fails(project: Project) -> None:
    project.write("test_a.py", CARRIED)
    run = project.run(*QUICK)
    assert (run.code, run.outcomes) == (1, {"failed": 1})
    assert "FAILED test_a.py::test_both - chat-p95 NO_DATA" in run.output


def test_an_optional_objective_without_data_skips(project: Project) -> None:
    project.write("test_a.py", TESTS)
    project.write("test_b.py", CARRIED)
    run = project.run(*QUICK, "-rs")
    assert (run.code, run.outcomes) == (0, {"passed": 2, "skipped": 1})
    assert "SKIPPED [1] test_b.py:3: recall NO_DATA" in run.output


def test_no_tests_are_no_data(project: Project) -> None:
    """Exit code 5 is taken for success by some scripts; nothing measured is a failure."""
    run = project.run(*QUICK)
    assert run.code == 1
    assert "NO_DATA" in run.output


def test_a_marker_with_an_unknown_objective_fails(project: Project) -> None:
    project.write("test_a.py", TESTS)
    project.write("test_b.py", CARRIED.replace('"recall"', '"recal"'))
    run = project.run(*QUICK)
    assert (run.code, run.outcomes) == (1, {"failed": 1, "passed": 2})
    assert "no gate of --slo has an objective recal; there are chat-p95, recall" in run.output


def test_without_gates_a_marker_changes_nothing(project: Project) -> None:
    project.write("test_b.py", CARRIED)
    run = project.run("-p", "no:benchmark", "--strict-markers")
    assert (run.code, run.outcomes) == (0, {"passed": 1})


def test_a_test_that_fails_by_itself_says_why(project: Project) -> None:
    project.write("test_a.py", f"{TESTS}    assert 1 == 2\n".replace("def test_plain():\n    pass\n", ""))
    run = project.run(*QUICK)
    assert run.code == 1
    assert "assert 1 == 2" in run.output
    assert "chat-p95" in run.output.partition("= service-level objectives =")[2]


def test_values_of_a_failed_test_pass_no_objective(project: Project) -> None:
    project.write("test_a.py", TESTS.replace('unit="s")\n', 'unit="s")\n    assert 0\n'))
    run = project.run(*QUICK)
    assert run.code == 1
    assert "PASS" not in run.output.partition("= service-level objectives =")[2]


def test_xdist_judges_the_whole_session(project: Project) -> None:
    """Neither worker has the 59 values that the objective needs."""
    half = TESTS.replace("range(100)", "range(40)")
    project.write("test_a.py", half)
    project.write("test_b.py", half)
    run = project.run(*QUICK, "-n", "2", "--dist", "loadfile")
    assert (run.code, run.outcomes) == (0, {"passed": 4})
    assert project.run(*QUICK, "test_a.py", "-n", "2").code == 1
    slow = project.run(*QUICK, "-n", "2", "--dist", "loadfile", CHAT="0.03")
    assert (slow.code, slow.outcomes) == (1, {"failed": 2, "passed": 2})


def test_the_last_run_carries_the_verdict(project: Project) -> None:
    project.write("test_a.py", TESTS)
    run = project.run(*QUICK, "--slo-runs", "3", CHAT="0.03")
    assert (run.code, run.outcomes) == (1, {"failed": 1, "passed": 3})
    assert "FAILED test_a.py::test_chat[run3] - chat-p95 FAIL" in run.output


def test_reports_of_other_plugins_have_one_test_with_its_verdict(project: Project) -> None:
    project.write("test_a.py", TESTS + RECALL)
    run = project.run(*QUICK, "--junit-xml", "junit.xml", CHAT="0.03")
    assert run.code == 1
    cases = list(ET.parse(project.folder / "junit.xml").getroot().iter("testcase"))
    assert sorted(case.get("name", "") for case in cases) == ["test_chat", "test_plain", "test_recall"]
    failures = {case.get("name"): failure.text for case in cases for failure in case.iter("failure")}
    assert list(failures) == ["test_chat"]
    assert "chat-p95 FAIL" in (failures["test_chat"] or "")


def test_an_interrupted_session_is_not_judged(project: Project) -> None:
    stop = "\ndef test_stop():\n    raise KeyboardInterrupt\n"
    project.write("test_a.py", TESTS + stop)
    run = project.run(*QUICK, "--slo-output", "m.jsonl")
    assert run.code == 2
    assert "not judged: the session ended before its last test" in run.output
    assert [record["metric"] for record in project.records()] == ["chat"]


def test_a_module_that_cannot_be_imported_is_not_judged(project: Project) -> None:
    project.write("test_a.py", TESTS)
    project.write("test_b.py", "import nothing_of_this_name\n")
    run = project.run(*QUICK)
    assert run.code == 2
    assert "not judged" in run.output


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        (GATE.replace("aggregate: p95\n", "aggregate: p95x\n"), "gate.yaml:11:16: error[RW"),
        ("apiVersion: rulewright/v1\nkind: [", "gate.yaml:2:7: error[RW121]"),
        (TRIAGE, "there is no SLO gate among the policies"),
        ("", "no policy found in gate.yaml"),
        (None, "gate.yaml does not exist"),
    ],
)
def test_a_gate_that_does_not_load_stops_before_the_first_test(
    project: Project, policy: str | None, message: str
) -> None:
    project.write("test_a.py", TESTS)
    path = project.write("gate.yaml", policy or "")
    if policy is None:
        path.unlink()
    run = project.run(*QUICK)
    assert run.code == 4
    assert message in run.output
    assert "Traceback" not in run.output
    assert "passed" not in run.output


@pytest.mark.parametrize("value", ["float('nan')", "float('inf')"])
def test_a_value_that_is_not_finite_passes_no_objective(project: Project, value: str) -> None:
    """Neither by itself nor among values that would pass."""
    project.write("test_a.py", f"{TESTS}\n\ndef test_odd(slo):\n    slo.record('chat', {value}, unit='s')\n")
    run = project.run(*QUICK)
    assert (run.code, run.outcomes) == (1, {"failed": 1, "passed": 2})
    assert "FAILED test_a.py::test_chat - chat-p95 NO_DATA" in run.output


def test_a_crash_loses_no_verdict_silently(project: Project) -> None:
    """The worker that held the test back is gone, and what the test measured with it."""
    project.write("test_a.py", f"{TESTS}\n\ndef test_crash():\n    os._exit(1)\n")
    run = project.run(*QUICK, "-n", "1")
    assert run.code == 1
    assert "worker 'gw0' crashed" in run.output
    assert "chat-p95  NO_DATA" in run.output


def test_a_selection_that_leaves_a_measurement_out_passes_no_objective(project: Project) -> None:
    project.write("test_a.py", TESTS + RECALL)
    run = project.run(*QUICK, "-k", "test_plain or test_recall")
    assert (run.code, run.outcomes) == (1, {"passed": 2})
    assert "chat-p95  NO_DATA" in run.output


def test_the_first_failure_stops_and_fails(project: Project) -> None:
    project.write("test_a.py", f"def test_first():\n    assert 0\n\n\n{TESTS}")
    run = project.run(*QUICK, "-x")
    assert (run.code, run.outcomes) == (1, {"failed": 1})
    assert "chat-p95  NO_DATA" in run.output


def test_the_last_failed_tests_are_those_by_verdict(project: Project) -> None:
    """`--lf` runs a test again that failed by its verdict alone."""
    project.write("test_a.py", TESTS + RECALL)
    assert project.run(*QUICK, CHAT="0.03").outcomes == {"failed": 1, "passed": 2}
    again = project.run(*QUICK, "--lf")
    assert again.outcomes == {"passed": 1}


BASELINE = "pass: { lte: 20ms }\n    baseline: { from: last_passed, max_regression: 10% }"


def test_a_stored_baseline_that_is_missing_is_said(project: Project) -> None:
    project.write("gate.yaml", GATE.replace("pass: { lte: 20ms }", BASELINE))
    project.write("rulewright.yaml", "apiVersion: rulewright/v1\nkind: Config\nstate: { directory: state }\n")
    project.write("test_a.py", TESTS)
    run = project.run(*QUICK)
    assert (run.code, run.outcomes) == (1, {"failed": 1, "passed": 1})
    assert "FAILED test_a.py::test_chat - chat-p95 INCONCLUSIVE" in run.output


def test_baselines_that_cannot_be_reached_fail_the_session_in_one_line(project: Project) -> None:
    project.write("gate.yaml", GATE.replace("pass: { lte: 20ms }", BASELINE))
    state = "state: { git_ref: refs/rulewright/state }"
    project.write("rulewright.yaml", f"apiVersion: rulewright/v1\nkind: Config\n{state}\n")
    project.write("test_a.py", TESTS)
    run = project.run(*QUICK, GH_TOKEN="")
    assert (run.code, run.outcomes) == (1, {"passed": 2})
    assert "not judged: " in run.output
    assert "Traceback" not in run.output
