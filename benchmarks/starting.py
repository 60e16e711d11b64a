"""Whole commands and loads: a warm `rulewright evaluate` and `gate`, a first load, many files, a long stream."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from measure import Row, in_turns
from workload import events, policy, rules

SHELL = [sys.executable, "-m", "rulewright"]


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environment = {**os.environ, "RULEWRIGHT_CACHE_DIR": str(home / "cache")}
        environment.pop("GITHUB_ACTIONS", None)
        # Warm is with compiled modules, as an installed package has them: the checkout's are written at the first turn.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        file = home / "policy.yaml"
        names = sorted({name for name, _, _ in events()})
        file.write_text(policy(rules(200), names))
        event = home / "event.json"
        event.write_bytes(
            next(data for name, action, data in events() if (name, action) == ("issues", "opened"))
        )
        yield from warm(file, event, environment)
        yield from small_gate(home, environment)
        yield from first_load(file, environment)
        yield from many_files(home, environment)
        yield from stream(home, file, environment)


def run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def warm(file: Path, event: Path, environment: dict[str, str]) -> Iterator[Row]:
    command = [*SHELL, "evaluate", str(file), "--event", str(event), "--now", "2026-01-05T09:00:00Z"]
    best = in_turns(
        {
            "evaluate": lambda: run(command, environment),
            "click": lambda: run([sys.executable, "-c", "import click"], environment),
            "python": lambda: run([sys.executable, "-c", "pass"], environment),
        },
        turns=15,
    )
    yield Row("python -c pass", best["python"] * 1e3, "ms")
    yield Row("python -c 'import click'", best["click"] * 1e3, "ms")
    yield Row("warm rulewright evaluate, 200 rules", best["evaluate"] * 1e3, "ms")
    yield Row("warm rulewright evaluate ÷ import click", best["evaluate"] / best["click"], "x", 2.5)


GATE = """\
apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: small }
on: [manual]
objectives:
  - id: response-p95
    source: { json: now.json, select: values }
    unit: ms
    aggregate: p95
    pass: { lte: 800ms }
"""


def small_gate(home: Path, environment: dict[str, str]) -> Iterator[Row]:
    """One objective of 100 values, in a new process: the policy is compiled once and kept. CPU time, which a busy
    machine changes less."""
    folder = home / "gate"
    folder.mkdir()
    (folder / "gate.yaml").write_text(GATE)
    (folder / "now.json").write_text(json.dumps({"values": [400 + number for number in range(100)]}))
    commands = {
        "gate": [*SHELL, "gate", str(folder / "gate.yaml"), "--from", str(folder)],
        "click": [sys.executable, "-c", "import click"],
    }
    best = dict.fromkeys(commands, float("inf"))
    for turn in range(25):
        for name, command in commands.items():
            seconds = measure_cpu(command, environment)
            if turn > 1:
                best[name] = min(best[name], seconds)
    yield Row("rulewright gate, one objective", best["gate"] * 1e3, "ms")
    yield Row("rulewright gate, one objective ÷ import click", best["gate"] / best["click"], "x", 2.5)


def measure_cpu(command: list[str], environment: dict[str, str]) -> float:
    """Seconds of processor time of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(command, environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


FIRST = "import rulewright, sys; rulewright.load(sys.argv[1], cache=False)"
BARE = "import sys; from ruamel.yaml import YAML; YAML(typ='safe', pure=True).load(open(sys.argv[1], encoding='utf-8'))"


def first_load(file: Path, environment: dict[str, str]) -> Iterator[Row]:
    """Each in a process of its own, imports and all: that is what a first run pays."""
    best = in_turns(
        {
            "load": lambda: run([sys.executable, "-c", FIRST, str(file)], environment),
            "bare": lambda: run([sys.executable, "-c", BARE, str(file)], environment),
        },
        turns=7,
        warm=1,
    )
    yield Row(
        f"first load of 200 rules ({file.stat().st_size / 1000:.0f} KB), new process",
        best["load"] * 1e3,
        "ms",
    )
    yield Row("YAML(typ='safe', pure=True) of the same file, new process", best["bare"] * 1e3, "ms")
    yield Row("first load ÷ bare YAML load", best["load"] / best["bare"], "x", 1.5)


def many_files(home: Path, environment: dict[str, str]) -> Iterator[Row]:
    folder = home / "many"
    folder.mkdir()
    for number in range(1000):
        text = policy(rules(5, seed=number), ["issues"]).replace(
            'name": "benchmark', f'name": "benchmark-{number}'
        )
        (folder / f"policy-{number:04}.yaml").write_text(text)
    start = time.perf_counter()
    run([*SHELL, "validate", str(folder)], environment)
    yield Row("validate 1,000 policy files of 5 rules", time.perf_counter() - start, "s", 10)


PEAK = (
    "import resource, subprocess, sys; code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode; "
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, code)"
)


def stream(home: Path, file: Path, environment: dict[str, str]) -> Iterator[Row]:
    """Memory and time of `--events` as the stream grows."""
    lines = [json.dumps({"event": name, "payload": json.loads(data)}).encode() for name, _, data in events()]
    for count in (1_000, 10_000, 100_000):
        path = home / f"events-{count}.jsonl"
        with path.open("wb") as out:
            for number in range(count):
                out.write(lines[number % len(lines)] + b"\n")
        command = [*SHELL, "evaluate", str(file), "--events", str(path), "--format", "json"]
        start = time.perf_counter()
        answer = subprocess.run(
            [sys.executable, "-c", PEAK, *command],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        seconds = time.perf_counter() - start
        path.unlink()
        if answer[1] not in ("0", "5"):
            raise SystemExit(f"the stream of {count} events ended with exit code {answer[1]}")
        yield Row(f"stream of {count:,} events: peak memory", int(answer[0]) / 1024, "MB", 200)
        yield Row(f"stream of {count:,} events", count / seconds, "/s")
