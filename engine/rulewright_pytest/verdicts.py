"""The gates of a session: loaded before its tests, judged after them.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import pytest

from rulewright.facts.measure.sample_source import MeasuringContext
from rulewright.gates.attached_baselines import attach_baselines
from rulewright.gates.base_policy import find_ignored_waivers
from rulewright.gates.gate_run import judge_gates, measure_gates, needs_baselines, select_gates
from rulewright.measurements.codes import PROMOTES
from rulewright.policy.diagnostics import PolicyError, RulewrightError
from rulewright.report.gates import GatesReport, describe
from rulewright.report.reporter import Page
from rulewright.report.terminal import Paint
from rulewright.run.measurement_servers import build_query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.gates.gate_run import GateRun, ObjectiveResult
    from rulewright.policy.json_types import JsonObject
    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.program.program import Program
    from rulewright_pytest.measured_tests import HeldTest


def load_gates(paths: Sequence[str]) -> SessionGates:
    """The SLO gates in files and folders. Raises pytest.UsageError with everything that is wrong with them."""
    from rulewright.compile.loader import load

    try:
        program = load(*paths)
        return SessionGates(program, select_gates(program), os.getcwd())
    except PolicyError as error:
        from rulewright.report.diagnostics import diagnostics_text

        raise pytest.UsageError(f"--slo: {error}\n{diagnostics_text(error.diagnostics)}") from None
    except RulewrightError as error:
        hint = f" ({error.hint})" if error.hint else ""
        raise pytest.UsageError(f"--slo: {error}{hint}") from None


class SessionGates:
    """The gates that judge a session. Paths of their sources are relative to `folder`."""

    def __init__(self, program: Program, gates: Sequence[CompiledPolicy], folder: str) -> None:
        self._program = program
        self._gates = gates
        self._folder = folder

    def judge(self, records: Sequence[JsonObject], now: str, commit: str) -> SessionVerdicts:
        """The verdicts of all gates: objectives over measurements read the records of the session, others their files,
        or the servers that the configuration lists; baselines come from where `rulewright baseline` keeps them.
        `now`: ISO 8601; `commit`: "" where nobody says. Raises RulewrightError for baselines that cannot be reached.
        """
        query = build_query(self._program.config.source_hosts, self._folder, now)
        context = MeasuringContext(self._folder, now, commit, records, query=query)
        samples = measure_gates(self._gates, context)
        if needs_baselines(self._gates):
            from rulewright.run.connection import connect
            from rulewright.run.state.baselines import open_baselines

            store = open_baselines(self._program.config.state, partial(connect, None))
            samples = attach_baselines(self._gates, samples, store)
        ignored = find_ignored_waivers(self._gates, None, os.environ)
        return SessionVerdicts(judge_gates(self._program, self._gates, samples, now, commit, ignored))


class SessionVerdicts:
    """The verdicts of all gates of a session."""

    def __init__(self, run: GateRun) -> None:
        self._run = run
        self._objectives: dict[str, list[ObjectiveResult]] = {}
        self._observed: list[ObjectiveResult] = []
        for gate in run.gates:
            for objective in gate.objectives:
                self._objectives.setdefault(objective.id, []).append(objective)
            if gate.is_observed:
                self._observed += gate.objectives

    @property
    def promotes(self) -> bool:
        """Whether every gate promotes that does not only observe."""
        return not self._run.exit_codes

    def decide_test(self, test: HeldTest) -> None:
        """Give the reports of a test that passed the worst verdict of its objectives: it fails when one does not
        promote, and is skipped for one without data that is not required. Verdicts of gates in observe mode are
        only shown."""
        report = next(report for report in test.reports if report.when == "call")
        unknown = [name for name in test.objectives if name not in self._objectives]
        if unknown:
            known = ", ".join(sorted(self._objectives))
            report.outcome = "failed"
            report.longrepr = f"no gate of --slo has an objective {', '.join(unknown)}; there are {known}"
            return
        objectives = [objective for name in test.objectives for objective in self._objectives[name]]
        enforced = [objective for objective in objectives if objective not in self._observed]
        missing = [objective for objective in enforced if _is_optional_without_data(objective)]
        refused = [
            objective
            for objective in enforced
            if objective.verdict not in PROMOTES and objective not in missing
        ]
        if refused:
            report.outcome = "failed"
            report.longrepr = "\n".join(map(_format_objective, refused))
        elif missing:
            path, line, _ = test.location
            report.outcome = "skipped"
            report.longrepr = (path, (line or 0) + 1, f"Skipped: {_format_objective(missing[0])}")
        else:
            report.sections.append(("SLO", "\n".join(map(_format_objective, objectives))))

    def format_report(self, columns: int, colourful: bool) -> str:
        """The table of all gates, as `rulewright gate` prints it."""
        return GatesReport(self._run).text(Page(columns, Paint(colourful)))


def _is_optional_without_data(objective: ObjectiveResult) -> bool:
    return objective.verdict == "NO_DATA" and objective.detail.get("required") is False


def _format_objective(objective: ObjectiveResult) -> str:
    """`chat-p95 FAIL: p95 31ms, limit ≤ 20ms: …`."""
    return f"{objective.id} {objective.verdict}: {describe(objective)}"
