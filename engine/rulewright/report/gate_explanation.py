"""Objectives explained: the rule that decided, its numbers, and what would turn the verdict."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rulewright.evaluate.masking import mask_line
from rulewright.measurements.codes import VERDICT_CODES
from rulewright.report.gate_figures import (
    format_baseline,
    format_cases,
    format_interval,
    format_observed,
    plot_distribution,
)
from rulewright.report.reporter import Page, PlainReport
from rulewright.report.terminal import VERDICT_MARKS, escape_commands_in_json, wrap_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.gates.gate_run import GateResult, GateRun, ObjectiveResult


class ObjectivesExplained(PlainReport):
    """Some objectives of a run, each with everything that decided it."""

    def __init__(self, run: GateRun, rows: tuple[tuple[GateResult, ObjectiveResult], ...]) -> None:
        self._run, self._rows = run, rows

    def text(self, page: Page) -> str:
        lines: list[str] = []
        for gate, row in self._rows:
            glyph, styles = VERDICT_MARKS.get(row.verdict, ("?", ("yellow",)))
            lines.append(page.paint(f"{glyph} {gate.name}/{row.id}  {row.verdict}", *styles))
            for name, text in _facts(row):
                lines.append(f"  {name:<12} {wrap_lines(text, page.columns - 15, ' ' * 15)}")
            lines.append("")
        if not self._rows:
            lines += ["every objective passes", ""]
        return "".join(f"{line}\n" for line in lines[:-1])

    def json(self) -> str:
        rows = [{"gate": gate.name, "id": row.id, **row.detail, "at": row.at} for gate, row in self._rows]
        document = {"verdict": self._run.verdict, "objectives": rows}
        return escape_commands_in_json(json.dumps(document, indent=1, allow_nan=False)) + "\n"


def _facts(row: ObjectiveResult) -> Iterator[tuple[str, str]]:
    detail = row.detail
    if row.description:
        yield "what", mask_line(row.description, 200)
    yield "policy", row.at
    yield "observed", f"{format_observed(detail)}, limit {detail.get('limit')}"
    yield "why", mask_line(str(detail.get("reason") or "every limit holds"), 600)
    code = VERDICT_CODES.get(str(detail.get("code")))
    if code is not None:
        yield "code", f"{code.code}: {code.meaning}"
        yield "what to do", code.remedy
    yield "data", _describe_data(detail)
    yield from _intervals(detail)
    for plot in plot_distribution(detail):
        yield "distribution", plot
    if detail.get("baseline"):
        yield "baseline", format_baseline(detail, in_full=True).removeprefix("baseline ")
    for cases in format_cases(detail):
        yield "cases", cases
    for name, noun in (("values_needed", "values"), ("runs_needed", "runs")):
        if detail.get(name):
            yield "needed", f"about {detail[name]:,} {noun} to decide, if nothing changes"
    if detail.get("detectable"):
        yield "detectable", f"a change of {detail['detectable']:.1%} with these runs"
    source = detail.get("source") or {}
    if source:
        yield "source", mask_line(f"{source.get('kind')} {source.get('path') or ''}".rstrip(), 200)
        if source.get("sha256"):
            yield "sha256", str(source["sha256"])
        for warning in source.get("warnings", ()):
            yield "note", mask_line(str(warning), 300)


def _describe_data(detail: Mapping[str, Any]) -> str:
    values, runs = detail.get("values", 0), detail.get("runs", 0)
    parts = [f"{values:,} value{'' if values == 1 else 's'}", f"{runs:,} run{'' if runs == 1 else 's'}"]
    if detail.get("effective_n") is not None:
        parts.append(f"worth {detail['effective_n']:,.0f} independent ones")
    if detail.get("failed"):
        parts.append(f"{detail['failed']:,} failed requests, which have no latency")
    if detail.get("certainty") and values:
        parts.append(f"certainty: {detail['certainty']}")
    return ", ".join(parts)


def _intervals(detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    share, interval = detail.get("share"), format_interval(detail)
    if share:
        allowed = share.get("allowed")
        text = f"{_percent(share['beyond'])} of values are beyond the limit"
        if share.get("upper") is not None:
            text += f", at most {_percent(share['upper'])}"
        yield "share", text + (f"; {_percent(allowed)} may be" if allowed is not None else "")
    if interval:
        about = detail["interval"]
        confidence = f"{about.get('confidence', 0.95) * 100:.4g} % on each side"
        yield (
            "interval",
            f"{interval} ({confidence}; {about.get('method', '')}); a limit within it is not decided",
        )


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"
