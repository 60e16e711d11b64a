"""The probe `command`: one process, from its start to its end.

| metric | what it is |
|---|---|
| `ID` | seconds from the start of the process, at a fixed rate from the moment at which it should start, to its end |
| `ID.peak_memory` | the most bytes in memory, of the process or of the largest one that it waited for |
| `ID.exit_status` | the exit status, negative for a signal; it is recorded of failures, too |
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NamedTuple

from rulewright.measurements.probes.document import read_environment
from rulewright.measurements.probes.observation import Observation, ObservationFailed
from rulewright.measurements.probes.process import run_command
from rulewright.policy.json_types import as_array, as_text, as_texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.measurements.probes.document import ProbeSettings


class CommandProbe(NamedTuple):
    """A command that is run in `folder`. `timeout` in seconds."""

    command: Sequence[str]
    folder: str
    environment: Mapping[str, str]
    expected: frozenset[int]
    timeout: float
    units: Mapping[str, str] = {"": "s", ".peak_memory": "B", ".exit_status": ""}

    def prepare(self) -> None:
        return

    def observe(self, number: int, start: float) -> Observation:
        delay = time.perf_counter() - start
        result = run_command(
            self.command, folder=self.folder, environment=self.environment, timeout=self.timeout
        )
        status = result.status
        if status is None:
            raise ObservationFailed(result.failure)
        values = {".exit_status": float(status)}
        if status not in self.expected:
            ended = f"signal {-status}" if status < 0 else f"exit status {status}"
            told = f": {result.last_line}" if result.last_line else ""
            return Observation(values, f"{ended}{told}")
        return Observation({**values, "": delay + result.duration, ".peak_memory": float(result.peak)})

    def close(self) -> None:
        return


def build_command_probe(probe: ProbeSettings, folder: str) -> CommandProbe:
    """`folder`: the working directory of the revision that is measured."""
    settings = probe.settings
    written = settings.get("exit", 0)
    listed = as_array(written) or [written]
    return CommandProbe(
        as_texts(settings["run"]),
        os.path.join(folder, as_text(settings.get("directory")) or "."),
        read_environment(settings),
        frozenset(status for status in listed if isinstance(status, int)),
        probe.timeout,
    )
