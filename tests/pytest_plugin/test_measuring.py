"""`pytest --slo-output`: what the tests measured is written, whatever else happens to them."""

from __future__ import annotations

import pytest

from fixtures.pytest_project import Project
from rulewright.measurements.machine import describe_machine

TESTS = """\
import pytest

def test_chat(slo):
    for _ in range(3):
        with slo.measure("chat"):
            pass

@pytest.mark.parametrize("size", [1, 2])
def test_recall(slo, size):
    slo.record("recall", 0.9 + size / 100, unit="ratio")

def test_plain():
    pass
"""

FAILURES = """\
import pytest

def test_before_it_fails(slo):
    with slo.measure("late"):
        pass
    assert 0

def test_call_that_raises(slo):
    with slo.measure("caught"):
        pass
    with pytest.raises(ZeroDivisionError), slo.measure("caught"):
        1 // 0

@pytest.fixture
def broken_end():
    yield
    raise RuntimeError("teardown")

def test_teardown(broken_end, slo):
    slo.record("teardown", 1)

@pytest.mark.xfail
def test_expected(slo):
    slo.record("expected", 1)
    assert 0

def test_skip_in_the_middle(slo):
    slo.record("skipped", 1)
    pytest.skip("too slow")
"""


def test_without_an_option_the_fixture_measures_and_nothing_is_written(project: Project) -> None:
    project.write("test_a.py", TESTS)
    run = project.run("-p", "no:benchmark")
    assert (run.code, run.outcomes) == (0, {"passed": 4})
    assert "service-level objectives" not in run.output
    assert sorted(path.name for path in project.folder.iterdir()) == ["gate.yaml", "site", "test_a.py"]


def test_the_plugin_can_be_switched_off(project: Project) -> None:
    project.write("test_a.py", TESTS)
    run = project.run("-p", "no:rulewright")
    assert run.code == 1
    assert "fixture 'slo' not found" in run.output
    assert project.run("-p", "no:rulewright", "--slo-output", "m.jsonl").code == 4


def test_one_record_for_each_metric(project: Project) -> None:
    project.write("test_a.py", TESTS)
    run = project.run("--slo-output", "m.jsonl", GITHUB_SHA="a" * 40)
    assert (run.code, run.outcomes) == (0, {"passed": 4})
    assert "2 records of 3 tests in m.jsonl" in run.output
    chat, recall = project.records()
    assert (chat["metric"], chat["unit"], len(chat["values"]), chat["id"]) == ("chat", "s", 3, "1")
    assert all(0 < value < 1 for value in chat["values"])
    assert (recall["metric"], recall["unit"], recall["values"]) == ("recall", "ratio", [0.91, 0.92])
    assert recall["sha"] == "a" * 40
    assert recall["tool"] == f"pytest {pytest.__version__}"
    assert recall["machine"] == describe_machine()


def test_a_test_that_fails_has_failures_and_no_values(project: Project) -> None:
    project.write("test_a.py", FAILURES)
    run = project.run("--slo-output", "m.jsonl")
    assert (run.code, run.outcomes) == (
        1,
        {"failed": 1, "passed": 2, "skipped": 1, "xfailed": 1, "error": 1},
    )
    assert {
        record["metric"]: (len(record["values"]), record.get("failed")) for record in project.records()
    } == {
        "late": (0, 1),
        "caught": (1, 1),
        "teardown": (0, 1),
        "expected": (0, 1),
        "skipped": (1, None),
    }


def test_runs_go_through_all_tests_in_turn(project: Project) -> None:
    project.write("test_a.py", TESTS)
    run = project.run("--slo-output", "m.jsonl", "--slo-runs", "3", "-v")
    assert (run.code, run.outcomes) == (0, {"passed": 10})
    started = [
        line.split(" ")[0].removeprefix("test_a.py::")
        for line in run.output.splitlines()
        if line.startswith("test_a.py::")
    ]
    assert started == [
        "test_chat[run1]",
        "test_recall[1-run1]",
        "test_recall[2-run1]",
        "test_plain",
        *(f"test_{name}run{run}]" for run in (2, 3) for name in ("chat[", "recall[1-", "recall[2-")),
    ]
    records = project.records()
    assert [(record["metric"], record["id"]) for record in records] == [
        (metric, str(run)) for metric in ("chat", "recall") for run in (1, 2, 3)
    ]
    assert [record["time"] for record in records] == [
        moment
        for metric in ("chat", "recall")
        for moment in sorted(record["time"] for record in records if record["metric"] == metric)
    ]


def test_workers_of_xdist_are_merged(project: Project) -> None:
    project.write("test_a.py", TESTS)
    project.write("test_b.py", TESTS)
    run = project.run("--slo-output", "m.jsonl", "--slo-runs", "2", "-n", "2", "-p", "no:benchmark")
    assert (run.code, run.outcomes) == (0, {"passed": 14})
    assert {(record["metric"], record["id"]): len(record["values"]) for record in project.records()} == {
        ("chat", "1"): 6,
        ("chat", "2"): 6,
        ("recall", "1"): 4,
        ("recall", "2"): 4,
    }


def test_what_was_measured_before_a_worker_crashed_is_kept(project: Project) -> None:
    crash = "import os\ndef test_crash(slo):\n    slo.record('chat', 1, unit='s')\n    os._exit(1)\n"
    project.write("test_a.py", f"{TESTS}\n{crash}")
    run = project.run("--slo-output", "m.jsonl", "-n", "1", "-p", "no:benchmark")
    assert run.code == 1
    assert run.outcomes == {"failed": 1, "passed": 4}
    assert {record["metric"]: len(record["values"]) for record in project.records()} == {
        "chat": 3,
        "recall": 2,
    }


BENCHMARKS = """\
def test_rounds(benchmark):
    benchmark.pedantic(len, args=("abc",), rounds=7)

def test_many_calls(benchmark):
    benchmark.pedantic(len, args=("abc",), rounds=7, iterations=10)

def test_raises(benchmark):
    benchmark.pedantic(int, args=("abc",), rounds=7)

def test_fails_after(benchmark):
    benchmark.pedantic(len, args=("abc",), rounds=7)
    assert 0

def test_unused(benchmark, slo):
    slo.record("chat", 1, unit="s")
"""


def test_results_of_pytest_benchmark_are_taken(project: Project) -> None:
    """Rounds of several calls are means: no percentile can be read from them."""
    project.write("test_a.py", BENCHMARKS)
    words = ("--benchmark-disable-gc", "--benchmark-json", "b.json", "-W", "ignore::Warning")
    run = project.run("--slo-output", "m.jsonl", *words)
    assert run.code == 1
    found = {record["metric"]: record for record in project.records()}
    assert sorted(found) == ["chat", "test_fails_after", "test_many_calls", "test_raises", "test_rounds"]
    import json

    saved = {
        one["name"]: one["stats"]
        for one in json.loads((project.folder / "b.json").read_text("utf-8"))["benchmarks"]
    }
    assert found["test_rounds"]["unit"] == "s"
    assert found["test_rounds"]["values"] == saved["test_rounds"]["data"]
    assert found["test_many_calls"]["figures"]["mean"] == pytest.approx(saved["test_many_calls"]["mean"])
    assert "values" not in found["test_many_calls"]
    assert (found["test_raises"]["values"], found["test_raises"]["failed"]) == ([], 1)
    assert (found["test_fails_after"]["values"], found["test_fails_after"]["failed"]) == ([], 7)


def test_benchmarks_run_repeatedly(project: Project) -> None:
    project.write("test_a.py", BENCHMARKS.partition("def test_many")[0])
    run = project.run("--slo-output", "m.jsonl", "--slo-runs", "2", "-W", "ignore::Warning")
    assert (run.code, run.outcomes) == (0, {"passed": 2})
    assert [(record["metric"], record["id"], len(record["values"])) for record in project.records()] == [
        ("test_rounds", "1", 7),
        ("test_rounds", "2", 7),
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--slo-runs", "0"), "ERROR: --slo-runs: 0 is no number of runs; the least is 1"),
        (("--slo-output", "no/m.jsonl"), "ERROR: --slo-output: there is no folder no"),
    ],
)
def test_a_wrong_option_stops_before_the_first_test(
    project: Project, words: tuple[str, ...], message: str
) -> None:
    project.write("test_a.py", TESTS)
    run = project.run(*words)
    assert run.code == 4
    assert message in run.output
    assert "Traceback" not in run.output


def test_a_test_may_change_the_working_directory(project: Project) -> None:
    project.write("test_a.py", f"{TESTS}\n\ndef test_moves():\n    import os\n    os.chdir('/')\n")
    assert project.run("--slo-output", "m.jsonl").code == 0
    assert len(project.records()) == 2


def test_output_that_cannot_be_written_fails_the_session(project: Project) -> None:
    project.write("test_a.py", TESTS)
    (project.folder / "m.jsonl").mkdir()
    run = project.run("--slo-output", "m.jsonl")
    assert (run.code, run.outcomes) == (1, {"passed": 4})
    assert "m.jsonl: Is a directory" in run.output
    assert "Traceback" not in run.output


def test_collecting_alone_writes_nothing(project: Project) -> None:
    project.write("test_a.py", TESTS)
    run = project.run("--slo-output", "m.jsonl", "--collect-only")
    assert run.code == 0
    assert not (project.folder / "m.jsonl").exists()


def test_a_test_that_names_its_own_parameters_is_repeated_as_well(project: Project) -> None:
    project.write(
        "test_a.py",
        "import pytest\n\n"
        "@pytest.fixture(params=['short', 'long'])\n"
        "def text(request):\n    return request.param\n\n"
        "class TestChat:\n"
        "    @pytest.mark.parametrize('run', [7, 8])\n"
        "    def test_chat(self, slo, text, run):\n"
        "        slo.record(f'chat_{text}', run, unit='s')\n",
    )
    run = project.run("-p", "no:benchmark", "--slo-output", "m.jsonl", "--slo-runs", "2")
    assert (run.code, run.outcomes) == (0, {"passed": 8})
    assert [(record["metric"], record["id"], sorted(record["values"])) for record in project.records()] == [
        (metric, number, [7, 8]) for metric in ("chat_long", "chat_short") for number in ("1", "2")
    ]
