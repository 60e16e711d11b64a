"""The gates of a session: loaded before its tests, judged after them.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from rulewright.evaluate.evaluator import evaluate
from rulewright.events.model import Event
from rulewright.measurements.codes import PROMOTES
from rulewright.policy.diagnostics import PolicyError, RulewrightError
from rulewright.report.gate import row as format_row
from rulewright.report.terminal import Paint
from rulewright.report.text import policy_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rulewright.policy.json_types import JsonObject
    from rulewright.program.program import Program
    from rulewright.report.evaluation import PolicyView
    from rulewright_pytest.measured_tests import HeldTest

_GATE: Final = "SLOGate"


def load_gates(paths: Sequence[str]) -> SessionGates:
    """The SLO gates in files and folders. Raises pytest.UsageError with everything that is wrong with them."""
    from rulewright.compile.loader import load

    try:
        program = load(*paths)
    except PolicyError as error:
        from rulewright.report.diagnostics import diagnostics_text

        raise pytest.UsageError(f"--slo: {error}\n{diagnostics_text(error.diagnostics)}") from None
    except RulewrightError as error:
        hint = f" ({error.hint})" if error.hint else ""
        raise pytest.UsageError(f"--slo: {error}{hint}") from None
    if all(policy.kind != _GATE for policy in program.policies):
        raise pytest.UsageError(f"--slo: there is no SLO gate in {', '.join(paths)}")
    return SessionGates(program)


class ObjectiveVerdict(NamedTuple):
    """The verdict of an objective. `line`: observed value, limit and reason, on one line."""

    objective: str
    verdict: str
    required: bool
    line: str


class SessionGates:
    """The gates that judge a session."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def judge(self, records: Sequence[JsonObject]) -> GateVerdicts:
        """The verdicts of all gates on the records of the session."""
        from rulewright.facts.gather import gather
        from rulewright.planning.planner import plan
        from rulewright.report.evaluation import build_evaluation
        from rulewright.run.pipeline import SubjectPlan

        event = Event("measurement", None, {"measurements": list(records)})
        decision = evaluate(self._program, gather(self._program, event))
        view = build_evaluation(SubjectPlan(event, decision, plan(decision)), show_all=True, whole_gates=True)
        return GateVerdicts([policy for policy in view.policies if policy.kind == _GATE])


class GateVerdicts:
    """The verdicts of all gates of a session."""

    def __init__(self, gates: Sequence[PolicyView]) -> None:
        self._gates = gates
        self._objectives: dict[str, list[ObjectiveVerdict]] = {}
        for gate in gates:
            for rule in gate.rules:
                row = format_row(rule)
                parts = (rule.id, rule.word, row.observed, row.limit, row.size, row.why)
                verdict = ObjectiveVerdict(
                    rule.id,
                    rule.word,
                    rule.detail.get("required") is not False,
                    "  ".join(filter(None, parts)),
                )
                self._objectives.setdefault(rule.id, []).append(verdict)

    @property
    def promotes(self) -> bool:
        """Whether every gate promotes."""
        return all(gate.verdict in PROMOTES for gate in self._gates)

    def decide_test(self, test: HeldTest) -> None:
        """Give the reports of a test that passed the worst verdict of its objectives: it fails when one does not
        promote, and is skipped for one without data that is not required."""
        report = next(report for report in test.reports if report.when == "call")
        unknown = [name for name in test.objectives if name not in self._objectives]
        if unknown:
            known = ", ".join(sorted(self._objectives))
            report.outcome = "failed"
            report.longrepr = f"no gate of --slo has an objective {', '.join(unknown)}; there are {known}"
            return
        verdicts = [verdict for name in test.objectives for verdict in self._objectives[name]]
        missing = [verdict for verdict in verdicts if verdict.verdict == "NO_DATA" and not verdict.required]
        refused = [
            verdict for verdict in verdicts if verdict.verdict not in PROMOTES and verdict not in missing
        ]
        if refused:
            report.outcome = "failed"
            report.longrepr = "\n".join(verdict.line for verdict in refused)
        elif missing:
            path, line, _ = test.location
            report.outcome = "skipped"
            report.longrepr = (path, (line or 0) + 1, f"Skipped: {missing[0].line}")
        else:
            report.sections.append(("SLO", "\n".join(verdict.line for verdict in verdicts)))

    def format_lines(self, columns: int, colourful: bool) -> Iterator[str]:
        """The tables of all gates."""
        paint = Paint(colourful)
        for gate in self._gates:
            yield from policy_lines(gate, True, columns, paint)
