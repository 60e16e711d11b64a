"""Baselines: what was saved, what is kept, and how measurements compare with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.measurements.machine import format_machine, machine_class
from rulewright.measurements.units import amount_text
from rulewright.report.document import json_text
from rulewright.report.markdown_text import prose
from rulewright.report.reporter import Page, Rendered, Report
from rulewright.report.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.gates.baseline_runs import BaselineComparison, JudgedObjective
    from rulewright.measurements.baseline_store import Baseline

SHORT: Final = 12
"""Characters of a commit that are shown."""


class TableReport(Report):
    """A title and a table, whose JSON is a document of its own. In GitHub Actions, stdout has the text, too."""

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    document: Mapping[str, object]

    def text(self, page: Page) -> str:
        lines = [self.title]
        if self.rows:
            widths = [max(map(len, column)) for column in zip(self.head, *self.rows, strict=True)]
            for row in (self.head, *self.rows):
                cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
                lines.append("  ".join(cells).rstrip())
        return "".join(f"{printable(line)}\n" for line in lines)

    def json(self) -> str:
        return json_text(self.document)

    def markdown(self) -> str:
        lines = [prose(self.title), ""]
        if self.rows:
            lines += [f"| {' | '.join(self.head)} |", "|---" * len(self.head) + "|"]
            lines += [f"| {' | '.join(map(prose, row))} |" for row in self.rows]
        return "\n".join(lines) + "\n"

    def github(self, page: Page) -> Rendered:
        return Rendered(self.text(page), self.markdown())


class SavedReport(TableReport):
    """The objectives whose runs were saved, and why others were not. `refusal`: why nothing was written, empty where it
    was."""

    head = ("objective", "verdict", "runs", "saved")

    def __init__(self, judged: Sequence[JudgedObjective], refusal: str) -> None:
        count = sum(len(one.sample.runs) for one in judged if one.is_kept)
        runs = f"{count} run{'' if count == 1 else 's'}"
        self.title = f"Dry run, {runs} not saved: {refusal}" if refusal else f"Saved {runs}"
        self.rows = [
            (*_name_and_verdict(one), str(len(one.sample.runs)), _describe_saved(one)) for one in judged
        ]
        self.document = {
            "saved": not refusal,
            **({"reason": refusal} if refusal else {}),
            "objectives": [
                {
                    "gate": one.gate,
                    "objective": one.objective,
                    "verdict": one.verdict,
                    "code": one.code,
                    "runs": len(one.sample.runs),
                    "kept": one.is_kept,
                }
                for one in judged
            ],
        }


class KeptReport(TableReport):
    """The baselines of a store."""

    head = ("objective", "machine", "runs", "newest", "commit", "tool", "champion")

    def __init__(self, baselines: Sequence[Baseline], title: str = "") -> None:
        count = f"{len(baselines)} baseline{'' if len(baselines) == 1 else 's'}"
        self.title = title or count
        self.rows = [_describe_kept(one) for one in baselines]
        self.document = {
            "baselines": [
                {
                    "gate": one.gate,
                    "objective": one.objective,
                    "machine": dict(one.machine),
                    "machine_class": machine_class(one.machine),
                    "runs": [
                        {"commit": run.commit, "time": run.time, "verdict": run.verdict, "tool": run.tool}
                        for run in one.runs
                    ],
                    "champion": [{"commit": run.commit, "time": run.time} for run in one.champion],
                }
                for one in baselines
            ]
        }


class ComparisonReport(TableReport):
    """Objectives beside their baselines."""

    head = ("objective", "now", "runs", "baseline", "runs", "commit", "change", "interval")

    def __init__(self, comparisons: Sequence[BaselineComparison]) -> None:
        count = len(comparisons)
        self.title = (
            f"{count} objective{'' if count == 1 else 's'} beside {'its' if count == 1 else 'their'} baseline"
        )
        self.rows = [_describe_comparison(one) for one in comparisons]
        self.document = {
            "objectives": [
                {
                    **one._asdict(),
                    "problem": None if one.problem is None else one.problem._asdict(),
                }
                for one in comparisons
            ]
        }


def _name_and_verdict(one: JudgedObjective) -> tuple[str, str]:
    return f"{one.gate}/{one.objective}", f"{one.verdict} ({one.code})" if one.code else one.verdict


def _describe_saved(one: JudgedObjective) -> str:
    if one.is_kept:
        return "yes"
    return "no: it did not pass" if one.sample.runs else "no: nothing was measured"


def _describe_kept(one: Baseline) -> tuple[str, ...]:
    newest = one.runs[-1] if one.runs else None
    return (
        f"{one.gate}/{one.objective}",
        format_machine(one.machine),
        str(len(one.runs)),
        newest.time if newest else "",
        newest.commit[:SHORT] if newest else "",
        newest.tool if newest else "",
        one.champion[-1].commit[:SHORT] if one.champion else "",
    )


def _describe_comparison(one: BaselineComparison) -> tuple[str, ...]:
    name = f"{one.gate}/{one.objective}"
    now = "" if one.value is None else amount_text(one.value, one.unit)
    if one.problem is not None:
        return (name, now, str(one.runs), f"{one.problem.code}: {one.problem.reason}", "", "", "", "")
    base = "" if one.base_value is None else amount_text(one.base_value, one.unit)
    interval = (
        "" if one.lower is None or one.upper is None else f"{_percent(one.lower)} to {_percent(one.upper)}"
    )
    change = "" if one.ratio is None else _percent(one.ratio)
    return (name, now, str(one.runs), base, str(one.base_runs), one.base_commit[:SHORT], change, interval)


def _percent(ratio: float) -> str:
    return f"{ratio - 1:+.1%}"
