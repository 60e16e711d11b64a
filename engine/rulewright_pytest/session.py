"""The plugin of the process that reports: joins the measurements of all tests, writes and judges them.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import os
from time import time
from typing import TYPE_CHECKING, Final

import pytest

from rulewright_pytest.measured_tests import MEASUREMENT, MeasuredTests, log_test, unpack_held_tests
from rulewright_pytest.session_records import build_session_records, format_instant

if TYPE_CHECKING:
    from rulewright.policy.json_types import JsonObject
    from rulewright_pytest.measured_series import MeasuredTest
    from rulewright_pytest.measured_tests import HeldTest
    from rulewright_pytest.verdicts import SessionGates, SessionVerdicts

_JUDGED: Final = (
    pytest.ExitCode.OK,
    pytest.ExitCode.TESTS_FAILED,
    pytest.ExitCode.NO_TESTS_COLLECTED,
)
"""How a session ends whose tests all had their turn."""


def register_plugins(config: pytest.Config) -> None:
    """Register what the options ask for. Raises pytest.UsageError for what cannot be done."""
    policies: list[str] = config.option.slo
    output: str | None = config.option.slo_output
    runs: int = config.option.slo_runs
    if runs < 1:
        raise pytest.UsageError(f"--slo-runs: {runs} is no number of runs; the least is 1")
    fixtures = {"slo", *(["benchmark"] if config.pluginmanager.hasplugin("benchmark") else [])}
    tests = MeasuredTests(runs, frozenset(fixtures), holds=bool(policies))
    config.pluginmanager.register(tests, "rulewright-tests")
    if hasattr(config, "workerinput"):
        return
    if output is not None and not os.path.isdir(os.path.dirname(os.path.abspath(output))):
        raise pytest.UsageError(f"--slo-output: there is no folder {os.path.dirname(output)}")
    gates = None
    if policies:
        from rulewright_pytest.verdicts import load_gates

        gates = load_gates(policies)
    # Tests may change the working directory.
    path = None if output is None else os.path.abspath(output)
    config.pluginmanager.register(MeasuredSession(config, tests, gates, path), "rulewright-session")


class MeasuredSession:
    """Hooks of the process that reports. `gates`: None where nothing is judged; `output`: the file of the
    records, None for none."""

    def __init__(
        self, config: pytest.Config, tests: MeasuredTests, gates: SessionGates | None, output: str | None
    ) -> None:
        self._config = config
        self._output = output
        self._tests = tests
        self._gates = gates
        self._measurements: list[MeasuredTest] = []
        self._from_workers: list[HeldTest] = []
        self._verdicts: SessionVerdicts | None = None
        self._notes: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a test measured."""
        measurement = getattr(report, MEASUREMENT, None)
        if measurement is not None:
            delattr(report, MEASUREMENT)
            self._measurements.append(measurement)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Take the tests that a worker of xdist held back."""
        self._from_workers += unpack_held_tests(self._config, getattr(node, "workeroutput", None) or {})

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
        """Write and judge the measurements, report the tests that waited for it, and fail the session where a gate does
        not promote."""
        if self._config.option.collectonly:
            return
        held = [*self._tests.held, *self._from_workers]
        for test in held:
            for report in test.reports:
                self.pytest_runtest_logreport(report)
        records = self._build_records()
        is_written = self._write(records)
        is_promoted = self._gates is None
        if self._gates is not None and exitstatus in _JUDGED:
            is_promoted = self._judge(self._gates, records, held)
        elif self._gates is not None:
            self._notes.append("not judged: the session ended before its last test")
        if held:
            self._end_line()
        for test in held:
            log_test(self._config, test)
        if exitstatus in _JUDGED and not (is_written and is_promoted and not session.testsfailed):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table of the gates, and where the measurements are."""
        if self._verdicts is None and not self._notes:
            return
        terminalreporter.section("service-level objectives")
        if self._verdicts is not None:
            width = terminalreporter._tw.fullwidth
            text = self._verdicts.format_report(width, colourful=terminalreporter._tw.hasmarkup)
            terminalreporter.write(text)
        for note in self._notes:
            terminalreporter.write_line(note)

    def _judge(self, gates: SessionGates, records: list[JsonObject], held: list[HeldTest]) -> bool:
        """Judge the records, and give each test that waits its verdict. Returns whether the gates promote."""
        from rulewright.policy.diagnostics import RulewrightError

        try:
            self._verdicts = gates.judge(records, format_instant(time()), _read_commit())
        except RulewrightError as error:
            self._notes.append(f"not judged: {error}{f' ({error.hint})' if error.hint else ''}")
            return False
        for test in held:
            self._verdicts.decide_test(test)
        return self._verdicts.promotes

    def _build_records(self) -> list[JsonObject]:
        from rulewright.measurements.machine import describe_machine

        return build_session_records(
            self._measurements,
            commit=_read_commit(),
            machine=describe_machine(),
            tool=f"pytest {pytest.__version__}",
        )

    def _write(self, records: list[JsonObject]) -> bool:
        """Write the records where `--slo-output` says; False when that fails."""
        if self._output is None:
            return True
        import json

        from rulewright.policy.diagnostics import SourceError
        from rulewright.policy.whole_file import write_whole

        lines = [json.dumps(record, ensure_ascii=False, allow_nan=False) for record in records]
        try:
            write_whole(self._output, "".join(f"{line}\n" for line in lines).encode())
        except SourceError as error:
            self._notes.append(f"{error.message}; {error.hint}")
            return False
        counts = (_count(len(records), "record"), _count(len(self._measurements), "test"))
        self._notes.append(f"{counts[0]} of {counts[1]} in {self._config.option.slo_output}")
        return True

    def _end_line(self) -> None:
        """End the line of dots, at whose end the progress stands already."""
        reporter = self._config.pluginmanager.getplugin("terminalreporter")
        if reporter is not None and reporter._tw.width_of_current_line:
            reporter._tw.line()
            reporter.currentfspath = None


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _read_commit() -> str:
    """The commit that a workflow of GitHub Actions runs for; "" elsewhere."""
    return os.environ.get("GITHUB_SHA", "")
