"""What gates can detect, as a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rulewright.evaluate.masking import mask_line
from rulewright.report.markdown_text import code, prose
from rulewright.report.reporter import Page, Report
from rulewright.report.terminal import escape_commands_in_json, printable

if TYPE_CHECKING:
    from rulewright.gates.gate_power import GatePower, PowerRow

HEAD = ("objective", "baseline", "noise", "detectable", "allowed", "runs needed", "values needed", "passes")


class PowerReport(Report):
    """The power of gates."""

    def __init__(self, gates: tuple[GatePower, ...]) -> None:
        self._gates = gates

    def text(self, page: Page) -> str:
        lines: list[str] = []
        for gate in self._gates:
            lines.append(f"{printable(gate.name)}  {printable(gate.file)}")
            rows = [HEAD, *map(_cells, gate.rows)]
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            for row, source in zip(rows, (None, *gate.rows), strict=True):
                cells = [row[0].ljust(widths[0])]
                cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
                note = f"  {mask_line(source.note, 80)}" if source is not None and source.note else ""
                lines.append(f"  {'  '.join(cells)}{note}".rstrip())
            lines += [f"  {_summarize(gate)}", ""]
        return "".join(f"{line}\n" for line in lines[:-1])

    def json(self) -> str:
        document = {"gates": [_describe(gate) for gate in self._gates]}
        return escape_commands_in_json(json.dumps(document, indent=1, allow_nan=False)) + "\n"

    def markdown(self) -> str:
        lines: list[str] = []
        for gate in self._gates:
            lines += [f"### {prose(gate.name)}", "", f"| {' | '.join(HEAD)} |", "|---" + "|---:" * 7 + "|"]
            for row in gate.rows:
                cells = _cells(row)
                note = f" {prose(row.note)}" if row.note else ""
                lines.append(f"| {' | '.join((code(cells[0]), *map(prose, cells[1:])))}{note} |")
            lines += ["", prose(_summarize(gate)), ""]
        return "".join(f"{line}\n" for line in lines)


def _cells(row: PowerRow) -> tuple[str, ...]:
    power = row.power
    return (
        row.id,
        f"{row.runs} run{'' if row.runs == 1 else 's'}",
        _percent(power and power.noise),
        _percent(power and power.detectable),
        _percent(row.max_regression),
        "–" if power is None or power.runs_needed is None else f"{power.runs_needed:,}",
        "–" if row.values_needed is None else f"{row.values_needed:,}",
        "–" if power is None else f"{power.probability:.0%}",
    )


def _percent(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio * 100:.3g} %"


def _summarize(gate: GatePower) -> str:
    runs = f"{gate.new_runs} run{'' if gate.new_runs == 1 else 's'}"
    if gate.probability is None:
        return f"judged by {runs}: no objective has runs to tell from"
    return f"judged by {runs}, an unchanged build is promoted in {gate.probability:.0%} of cases"


def _describe(gate: GatePower) -> dict[str, Any]:
    return {
        "name": gate.name,
        "new_runs": gate.new_runs,
        "probability": gate.probability,
        "objectives": [
            {
                "id": row.id,
                "at": row.at,
                "baseline_runs": row.runs,
                "noise": row.power and row.power.noise,
                "detectable": row.power and row.power.detectable,
                "runs_needed": row.power and row.power.runs_needed,
                "values_needed": row.values_needed,
                "probability": row.power and row.power.probability,
                "note": row.note,
            }
            for row in gate.rows
        ],
    }
