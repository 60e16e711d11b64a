"""What the pytest plugin costs: a measured call, and a session that does not measure."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from measure import Row, in_turns

CALLS = 100_000
PACKAGE = "rulewright_pytest"


def rows() -> Iterator[Row]:
    yield from measured_calls()
    yield from unused_session()


def measured_calls() -> Iterator[Row]:
    """Seconds of a call are those of the loop, less those of an empty one."""
    from rulewright_pytest.recorder import Recorder

    def measured() -> None:
        recorder = Recorder()
        for _ in range(CALLS):
            with recorder.measure("chat_response"):
                pass

    def recorded() -> None:
        recorder = Recorder()
        for _ in range(CALLS):
            recorder.record("recall_at_5", 0.93, unit="ratio")

    def clock() -> None:
        for _ in range(CALLS):
            time.perf_counter()
            time.perf_counter()

    def empty() -> None:
        for _ in range(CALLS):
            pass

    best = in_turns({"measure": measured, "record": recorded, "clock": clock, "empty": empty}, turns=9)
    per_call = {name: (seconds - best["empty"]) / CALLS * 1e6 for name, seconds in best.items()}
    yield Row("with slo.measure(…): pass", per_call["measure"], "µs", 2)
    yield Row("slo.record(…)", per_call["record"], "µs")
    yield Row("two readings of the clock", per_call["clock"], "µs")


def unused_session() -> Iterator[Row]:
    """The import by itself, and a whole session with one empty test: with the plugin, with one that does nothing, which
    pytest itself spends time on, and without."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    yield Row("import of the plugin in a session that does not measure", import_time(environment), "ms", 3)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_empty.py").write_text("def test_empty():\n    pass\n", "utf-8")
        Path(folder, "empty_plugin.py").write_text('"""PYTEST_DONT_REWRITE"""\n', "utf-8")
        environment["PYTHONPATH"] = folder
        words = [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", folder]

        def run(*more: str) -> None:
            subprocess.run([*words, *more], env=environment, check=True, stdout=subprocess.DEVNULL)

        jobs = {"plugin": lambda: run("-p", PACKAGE), "empty": lambda: run("-p", "empty_plugin"), "none": run}
        best = in_turns(jobs, turns=15)
    yield Row("a session with one empty test, without a plugin", best["none"] * 1e3, "ms")
    yield Row("more with a plugin that does nothing", (best["empty"] - best["none"]) * 1e3, "ms")
    yield Row("more with this plugin", (best["plugin"] - best["none"]) * 1e3, "ms")


def import_time(environment: dict[str, str], turns: int = 9) -> float:
    """Milliseconds that the interpreter reports for the package and what it imports; the least of some."""
    command = [sys.executable, "-P", "-X", "importtime", "-c", f"import pytest, {PACKAGE}"]
    found = []
    for _ in range(turns):
        report = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stderr
        line = re.search(rf"\| +(\d+) \| {PACKAGE}$", report, re.MULTILINE)
        if line is None:
            raise RuntimeError(f"{PACKAGE} was not imported")
        found.append(int(line[1]) / 1e3)
    return min(found)
