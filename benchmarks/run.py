"""All benchmarks in one run, every figure beside what is asked: `python benchmarks/run.py [PART]…`."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator

import detecting
import evaluating
import gate_error_rates
import gate_peers
import gate_readers
import gate_speed
import learning
import many_events
import starting
import stream
from measure import Row

import duplicates
import models
import pytest_plugin
import tui

PARTS: dict[str, Callable[[], Iterator[Row]]] = {
    "evaluating": evaluating.rows,
    "starting": starting.rows,
    "stream": stream.rows,
    "detecting": detecting.rows,
    "duplicates": duplicates.rows,
    "gate_readers": gate_readers.rows,
    "gate_speed": gate_speed.rows,
    "gate_error_rates": gate_error_rates.rows,
    "gate_peers": gate_peers.rows,
    "learning": learning.rows,
    "models": models.rows,
    "many_events": many_events.rows,
    "tui": tui.rows,
    "pytest_plugin": pytest_plugin.rows,
}


def main(names: list[str]) -> int:
    missed = 0
    print(
        f"Python {platform.python_version()} on {platform.machine()}; ratios are of one run, best of many turns\n"
    )
    for name in names or list(PARTS):
        print(name)
        for row in PARTS[name]():
            print(row.line(), flush=True)
            missed += row.verdict == "MISSED"
        print()
    print(f"{missed} of the asked figures missed" if missed else "every asked figure holds")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
