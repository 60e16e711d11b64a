"""`rulewright measure`: real services and processes, alone and beside another revision."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from measurements.probes.observing import is_running, wait_for_end
from rulewright.cli.main import main
from rulewright.measurements.records import sample_of_records
from rulewright.policy.files import data_folder

PROGRAM = Path(__file__).resolve().parents[1] / "measurements" / "probes" / "assistant.py"
HEAD = "apiVersion: rulewright/v1\nkind: Measurement\nmetadata: { name: assistant }\n"
SERVICE = f"""\
services:
  assistant:
    command: [{sys.executable}, assistant.py, --port, "{{port}}", --delay-ms, "2"]
    ready: /health
"""
ASSISTANT = f"""\
{HEAD}{SERVICE}runs: 3
probes:
  - {{ id: api_health, repetitions: 10, http: {{ url: /health, body: {{ contains: ok }} }} }}
  - id: chat_response
    repetitions: 3
    chat: {{ url: /chat, model: small, messages: [{{ role: user, content: Hello }}] }}
  - id: model_load
    repetitions: 2
    command: {{ run: [{sys.executable}, -c, ""] }}
  - id: memory_retrieval
    repetitions: 4
    memory:
      url: /memory/search
      json: {{ query: "{{query}}", k: "{{k}}" }}
      queries: queries.jsonl
      ids: "results[].id"
      k: 1
      store: {{ url: /memory, documents: documents.jsonl }}
"""
LOAD = "probes: [{ id: load, command: { run: ['true'] } }]\n"
ROOT = "probes: [{ id: root, http: { url: / } }]\n"
GATE = """\
apiVersion: rulewright/v1
kind: SLOGate
metadata: {{ name: health-slo, owner: team, description: The service answers. }}
on: [measurement]
objectives:
  - id: health-p50
    source: {{ measurement: health }}
    unit: s
    direction: lower
    aggregate: p50
    pass: {{ lte: {limit} }}
"""
NO_BASELINE = "    baseline: { from: last_passed, max_regression: 10% }\n"
METRICS = {
    "api_health": ("s", 10),
    "chat_response": ("s", 3),
    "chat_response.first_token": ("s", 3),
    "chat_response.tokens_per_second": ("tokens/s", 3),
    "model_load": ("s", 2),
    "model_load.peak_memory": ("B", 2),
    "model_load.exit_status": ("", 2),
    "memory_retrieval": ("s", 4),
    "memory_retrieval.recall": ("ratio", 4),
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the service, entered."""
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(PROGRAM, folder / "assistant.py")
    (folder / "documents.jsonl").write_text(
        '{"id": "tea", "text": "green tea"}\n{"id": "walk", "text": "a walk"}\n'
    )
    (folder / "queries.jsonl").write_text('{"query": "tea", "expected": ["tea"]}\n')
    monkeypatch.chdir(folder)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return folder


def git(*words: str) -> str:
    identity = ("-c", "user.name=Mona", "-c", "user.email=mona@example.com")
    done = subprocess.run(["git", *identity, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(message: str) -> str:
    if not Path(".git").exists():
        git("init", "--quiet", "--initial-branch=main")
    git("add", ".")
    git("commit", "--quiet", "--message", message)
    return git("rev-parse", "HEAD")


def write(text: str, name: str = "measure.yaml") -> str:
    Path(name).write_text(text)
    return name


def read(name: str = "m.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(name).read_text().splitlines()]


def test_four_kinds_of_probes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(ASSISTANT)
    head = commit("Add a service")
    assert main(["measure", "measure.yaml", "--output", "m.jsonl", "--format", "json"]) == 0
    records = read()
    assert len(records) == 3 * len(METRICS)
    for metric, (unit, size) in METRICS.items():
        own = [record for record in records if record["metric"] == metric]
        assert [record["id"] for record in own] == ["1", "2", "3"]
        assert {record.get("unit", "") for record in own} == {unit}
        assert all(record["sha"] == head and record["tool"].startswith("rulewright ") for record in own)
        assert all(set(record["machine"]) >= {"cpu", "cores", "image"} for record in own)
        sample = sample_of_records(own)
        assert sample is not None
        assert sample.problem is None
        assert [len(run.values) for run in sample.runs] == [size] * 3
        assert sample.failed == 0
    report = json.loads(capsys.readouterr().out)
    assert [metric["metric"] for metric in report["metrics"]] == sorted(METRICS)
    assert report["commit"] == head
    latency = next(metric for metric in report["metrics"] if metric["metric"] == "api_health")
    assert (latency["runs"], latency["values"], latency["failed"]) == (3, 30, 0)
    assert 0.002 <= latency["p50"] <= latency["p95"]


def test_the_example(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(data_folder("examples") / "assistant", "assistant")
    monkeypatch.chdir("assistant")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert main(["measure", "measure.yaml", "--output", "m.jsonl", "--runs", "1", "--format", "text"]) == 0
    failed = [(record["metric"], record["failures"]) for record in read() if record.get("failed")]
    assert failed == []
    (recall,) = [record for record in read() if record["metric"] == "memory_retrieval.recall"]
    assert sum(recall["values"]) / len(recall["values"]) > 0.9
    shown = capsys.readouterr().out
    assert "chat_response " in shown
    assert "MiB" in shown


def test_failures_are_kept(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        f"{HEAD}{SERVICE}probes:\n"
        "  - { id: broken, repetitions: 4, http: { url: /status/500 } }\n"
        "  - { id: health, repetitions: 4, http: { url: /health } }\n"
    )
    assert main(["measure", "measure.yaml", "--output", "m.jsonl", "--runs", "1", "--format", "text"]) == 4
    broken, health = read()
    assert (broken["metric"], broken["values"], broken["failed"]) == ("broken", [], 4)
    assert broken["failures"] == {"status 500": 4}
    assert (health["metric"], len(health["values"])) == ("health", 4)
    assert "broken: 4 failed: status 500" in capsys.readouterr().out


def test_two_revisions_in_turn(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    probes = "runs: 5\nprobes:\n  - { id: health, repetitions: 5, http: { url: /health } }\n"
    # The file of the delay belongs to the revision; the setup copies it to where the service reads it.
    program = Path("assistant.py").read_text()
    Path("assistant.py").write_text(program.replace("options.delay_ms / 1000", "float(open('built').read())"))
    write(f"{HEAD}setup: [[cp, delay, built]]\n{SERVICE}{probes}")
    Path("delay").write_text("0.1")
    Path(".gitignore").write_text("built\nm.jsonl\n")
    base = commit("Be slow")
    Path("delay").write_text("0.001")
    head = commit("Be fast")
    words = ["measure", "measure.yaml", "--output", "m.jsonl", "--against", "HEAD~1", "--format", "text"]
    assert main([*words, "--now", "2026-01-05T09:00:00Z"]) == 0
    records = read()
    assert [record.get("side", "") for record in records] == [
        *("", "base", "base", "", "", "base", "base", "", "", "base")
    ]
    assert [record["id"] for record in records] == [*"1122334455"]
    assert {(record.get("side", ""), record["sha"]) for record in records} == {("", head), ("base", base)}
    times = [record["time"] for record in records]
    assert times == sorted(times)
    assert times[0].startswith("2026-01-05T09:00:0")
    sample = sample_of_records(records)
    assert sample is not None
    assert sample.baseline is not None
    assert sample.is_paired
    assert [run.id for run in sample.runs] == [run.id for run in sample.baseline.runs] == [*"12345"]
    for run, other in zip(sample.runs, sample.baseline.runs, strict=True):
        assert median(run.values) < 0.1 <= min(other.values)
    assert len(git("worktree", "list").splitlines()) == 1
    shown = capsys.readouterr().out
    assert f"Measured {head[:12]} against {base[:12]}" in shown
    assert "health (base)" in shown
    gate = write(GATE.format(limit="10s") + NO_BASELINE, "gate.yaml")
    assert main(["gate", gate, "--from", "m.jsonl"]) == 0
    swapped = [{**record, "side": "" if record.get("side") else "base"} for record in records]
    Path("swapped.jsonl").write_text("".join(f"{json.dumps(record)}\n" for record in swapped))
    capsys.readouterr()
    assert main(["gate", gate, "--from", "swapped.jsonl", "--format", "json"]) == 1
    (objective,) = json.loads(capsys.readouterr().out)["gates"][0]["objectives"]
    assert objective["code"] == "regression"


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (f"{SERVICE}{ROOT}", "the other revision: the service assistant ended before it was ready"),
        ("setup: [[cat, assistant.py]]\n" + LOAD, "setup of the other revision: `cat assistant.py` failed"),
        ("probes: [{ id: load, command: { run: [cat, assistant.py] } }]\n", "load (base)"),
    ],
)
def test_a_base_that_does_not_have_what_is_measured(
    project: Path, capsys: pytest.CaptureFixture[str], new: str, said: str
) -> None:
    program = Path("assistant.py").read_bytes()
    Path("assistant.py").unlink()
    commit("Begin")
    Path("assistant.py").write_bytes(program)
    write(HEAD + new)
    commit("Add a service and its measurement")
    words = ["measure", "measure.yaml", "--output", "m.jsonl", "--runs", "1", "--format", "text"]
    assert main([*words, "--against", "HEAD~1"]) == 4
    captured = capsys.readouterr()
    assert said in captured.out + captured.err
    hint = "if the change adds what is measured, measure without --against until the change is merged"
    assert hint in captured.err


@pytest.mark.parametrize(
    ("alternate", "order"),
    [
        ("probes", ["a", "a base", "b", "b base", "a base", "a", "b base", "b"]),
        ("runs", ["a", "b", "a base", "b base", "a base", "b base", "a", "b"]),
    ],
)
def test_what_takes_turns(project: Path, alternate: str, order: list[str]) -> None:
    probes = "".join(f"  - {{ id: {name}, repetitions: 2, http: {{ url: /health }} }}\n" for name in "ab")
    write(f"{HEAD}{SERVICE}alternate: {alternate}\nruns: 2\nprobes:\n{probes}")
    commit("Add a service")
    assert main(["measure", "measure.yaml", "--output", "m.jsonl", "--against", "HEAD"]) == 0
    assert [f"{record['metric']} {record.get('side', '')}".strip() for record in read()] == order


def test_a_killed_measure_leaves_readable_lines_and_nothing_else(project: Path, tmp_path: Path) -> None:
    service = SERVICE.replace("command: [", "command: [sh, -c, 'echo $$ >> ../processes; exec \"$@\"', sh, ")
    probes = "runs: 1000\nprobes:\n  - { id: health, repetitions: 5, http: { url: /health } }\n"
    write(f"{HEAD}{service.replace('../processes', f'{tmp_path}/processes')}{probes}")
    commit("Add a service")
    words = ["measure", "measure.yaml", "--output", "m.jsonl", "--against", "HEAD"]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "rulewright", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 60
    while not Path("m.jsonl").exists() or Path("m.jsonl").read_text().count("\n") < 3:
        assert process.poll() is None
        assert time.monotonic() < end
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    whole = Path("m.jsonl").read_text().rpartition("\n")[0].split("\n")
    assert len(whole) >= 3
    assert all(json.loads(line)["metric"] == "health" for line in whole)
    started = [int(line) for line in (tmp_path / "processes").read_text().split()]
    assert started
    for one in started:
        wait_for_end(one)
    while len(git("worktree", "list").splitlines()) > 1:
        assert time.monotonic() < end, "the worktree is still there"


def test_an_interrupted_measure_stops_its_service(project: Path, tmp_path: Path) -> None:
    service = SERVICE.replace(
        "command: [", f"command: [sh, -c, 'echo $$ > {tmp_path}/process; exec \"$@\"', sh, "
    )
    write(f"{HEAD}{service}probes:\n  - {{ id: health, repetitions: 100000, http: {{ url: /health }} }}\n")
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "rulewright", "measure", "measure.yaml", "--output", "m.jsonl"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 60
    while not (tmp_path / "process").exists() or not (tmp_path / "process").read_text().strip():
        assert time.monotonic() < end
    service_process = int((tmp_path / "process").read_text())
    assert is_running(service_process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "interrupted"
    wait_for_end(service_process)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("kind: SLOGate\n", 2, "there is no measurement in measure.yaml"),
        (f"{HEAD}probes: [{{ id: x, command: {{ run: true }} }}]\n", 2, "RW204"),
        (f"{HEAD}probes:\n  - id: x\n    command: {{ run: ['true']\n", 2, "measure.yaml:6:"),
        (f"{HEAD}probes:\n\t- id: x\n", 2, "measure.yaml:5:1"),
        ("kind: [\n", 2, "measure.yaml:1:7"),
        (
            f"{HEAD}probes: [{{ id: x, http: {{ url: 'https://example.com/' }} }}]\n",
            2,
            "measure.yaml:4: probe x: requests to example.com are not allowed",
        ),
        (
            f"{HEAD}setup: [[sh, -c, 'echo no compiler >&2; exit 7']]\n{LOAD}",
            4,
            "setup of this revision: `sh -c echo no compiler >&2; exit 7` failed (exit status 7): no compiler",
        ),
        (
            f"{HEAD}services: {{ api: {{ command: [sh, -c, 'echo no port >&2; exit 3'] }} }}\n{ROOT}",
            4,
            "this revision: the service api ended before it was ready (exit status 3): no port",
        ),
        (
            f"{HEAD}services: {{ api: {{ command: [sleep, '60'], ready_within: 200ms }} }}\n{ROOT}",
            4,
            "this revision: the service api is not ready within 0.2 s: no connection",
        ),
    ],
)
def test_what_cannot_be_measured_is_one_line(
    project: Path, capsys: pytest.CaptureFixture[str], text: str, code: int, message: str
) -> None:
    write(text)
    assert main(["measure", "measure.yaml", "--output", "m.jsonl"]) == code
    errors = capsys.readouterr().err
    assert message in errors
    assert "Traceback" not in errors


def test_broken_yaml_is_told_as_validate_tells_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("more").mkdir()
    write(f"{HEAD}probes:\n  - id: x\n   command: {{ run: ['true'] }}\n", "more/a.yaml")
    write("kind: [\n", "more/other.yaml")  # nothing says that it is a measurement
    main(["validate", "more/a.yaml"])
    first = capsys.readouterr().out.splitlines()[0]
    assert "more/a.yaml:6:" in first
    for path in ("more/a.yaml", "more"):
        assert main(["measure", path, "--output", "m.jsonl"]) == 2
        captured = capsys.readouterr()
        assert first in (captured.out + captured.err).splitlines()
        assert "no measurement" not in captured.err


def test_probes_of_two_files_have_different_names(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("more").mkdir()
    for name in ("more/a.yaml", "more/b.yaml"):
        write(HEAD + LOAD, name)
    assert main(["measure", "more", "--output", "m.jsonl"]) == 2
    assert "several probes are named load: in more/a.yaml and more/b.yaml" in capsys.readouterr().err


def test_an_output_that_cannot_be_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(HEAD + LOAD)
    assert main(["measure", "measure.yaml", "--output", "missing/m.jsonl"]) == 4
    assert "cannot write missing/m.jsonl: No such file or directory" in capsys.readouterr().err


HEALTH = f"{HEAD}{SERVICE}probes: [{{ id: health, repetitions: 10, http: {{ url: /health }} }}]\n"


@pytest.mark.parametrize(
    ("gate", "runs", "verdicts"),
    [
        (GATE.format(limit="10s"), 5, ["after 5 runs: PASS"]),
        (GATE.format(limit="1us"), 5, ["after 5 runs: FAIL"]),
        (
            GATE.format(limit="10s").replace("aggregate: p50", "aggregate: p95"),  # 59 values at one look
            7,
            ["after 5 runs: INCONCLUSIVE", "after 7 runs: INCONCLUSIVE"],
        ),
        (GATE.format(limit="10s") + NO_BASELINE, 5, ["after 5 runs: INCONCLUSIVE"]),  # more runs do not help
    ],
)
def test_measuring_until_a_gate_is_decided(
    project: Path, capsys: pytest.CaptureFixture[str], gate: str, runs: int, verdicts: list[str]
) -> None:
    write(f"{HEALTH}---\n{gate}")
    words = ["measure", "measure.yaml", "--output", "m.jsonl", "--format", "text"]
    assert main([*words, "--until-decided", "health-slo", "--max-runs", "7"]) == 0
    records = read()
    assert [record["id"] for record in records] == [str(number) for number in range(1, runs + 1)]
    assert {record["looks"] for record in records} == {2}
    sample = sample_of_records(records)
    assert sample is not None
    assert sample.looks == 2
    told = capsys.readouterr().err.splitlines()
    assert [line for line in told if line.startswith("after")] == verdicts


def test_the_gate_in_a_file_of_its_own(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(HEALTH)
    gate = write(GATE.format(limit="10s"), "gate.yaml")
    words = ["measure", "measure.yaml", "--output", "m.jsonl", "--until-decided"]
    assert main([*words, gate]) == 0
    assert len(read()) == 5
    assert {record["looks"] for record in read()} == {3}
    for more, message in (
        (["missing"], "no policy found in measure.yaml"),
        ([gate, "--runs", "3"], "--runs and --until-decided exclude each other"),
    ):
        capsys.readouterr()
        assert main([*words, *more]) == 2
        assert message in capsys.readouterr().err
    assert main([*words[:-1], "--max-runs", "3"]) == 2
    assert "--max-runs needs --until-decided" in capsys.readouterr().err
