"""The probe `command` with real processes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from measurements.probes.observing import observe, wait_for_end
from rulewright.measurements.probes.observation import Probe

Build = Callable[..., Probe]
MIB = 1 << 20


def test_duration_and_status(build: Build) -> None:
    probe = build("command", {"run": ["sleep", "0.2"]})
    observation = observe(probe)
    assert set(observation.values) == set(probe.units)
    assert 0.2 <= observation.values[""] < 2
    assert observation.values[".exit_status"] == 0


def test_peak_memory_is_that_of_the_command(build: Build) -> None:
    ballast = bytearray(100 * MIB)
    ballast[::4096] = b"x" * len(ballast[::4096])  # this process is large; the command is not
    small = observe(build("command", {"run": ["true"]})).values[".peak_memory"]
    allocate = "x = bytearray(60 * 2**20); x[::4096] = b'x' * len(x[::4096])"
    large = observe(build("command", {"run": [sys.executable, "-c", allocate]})).values[".peak_memory"]
    assert small < 20 * MIB
    assert 60 * MIB < large < 100 * MIB


def test_no_shell_reads_the_arguments(build: Build, tmp_path: Path) -> None:
    code = "import sys; sys.exit(sys.argv[1:] != ['$HOME', '; touch x', '*'])"
    observation = observe(build("command", {"run": [sys.executable, "-c", code, "$HOME", "; touch x", "*"]}))
    assert observation.failure == ""
    assert list(tmp_path.iterdir()) == []


def test_environment_and_directory(build: Build, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    code = "import os, sys; sys.exit(not (os.environ['MODE'] == 'fast' and os.getcwd().endswith('inner')))"
    settings = {"run": [sys.executable, "-c", code], "environment": {"MODE": "fast"}, "directory": "inner"}
    assert observe(build("command", settings)).failure == ""


@pytest.mark.parametrize(
    ("settings", "status", "failure"),
    [
        ({"run": ["false"]}, 1.0, "exit status 1"),
        ({"run": ["sh", "-c", "echo no model >&2; exit 3"]}, 3.0, "exit status 3: no model"),
        ({"run": ["sh", "-c", "kill -9 $$"]}, -9.0, "signal 9"),
        ({"run": ["no-such-program"]}, None, "No such file or directory"),
        ({"run": ["true"], "directory": "missing"}, None, "No such file or directory"),
    ],
)
def test_a_failure_has_no_duration(
    build: Build, settings: dict[str, object], status: float | None, failure: str
) -> None:
    observation = observe(build("command", settings))
    assert observation.values == ({} if status is None else {".exit_status": status})
    assert observation.failure.endswith(failure)


def test_an_expected_status_is_no_failure(build: Build) -> None:
    assert observe(build("command", {"run": ["false"], "exit": [0, 1]})).failure == ""


def test_a_command_that_takes_too_long_is_ended_with_its_children(build: Build, tmp_path: Path) -> None:
    script = f"sleep 30 & echo $! > {tmp_path}/child; wait"
    start = time.perf_counter()
    observation = observe(build("command", {"run": ["sh", "-c", script]}, timeout=0.5))
    assert observation == ({}, "no end within 0.5 s")
    assert time.perf_counter() - start < 5
    child = int((tmp_path / "child").read_text())
    wait_for_end(child)
