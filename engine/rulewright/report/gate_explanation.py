"""Objectives explained: the rule that decided, its numbers, and what would turn the verdict."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from rulewright.evaluate.masking import mask_line
from rulewright.kinds.slo_gate.decisions.reasons import count_of, format_share
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

CERTAINTIES: Final = {
    "interval": "interval: the error of the verdict is bounded",
    "one_run": "one_run: bounded within this run; how runs differ is not known",
    "point": "point: the number is compared as it is",
}
SHARE_DIGITS: Final = 3


class ObjectivesExplained(PlainReport):
    """Some objectives of a run, each with everything that decided it."""

    def __init__(self, run: GateRun, rows: tuple[tuple[GateResult, ObjectiveResult], ...]) -> None:
        self._run, self._rows = run, rows

    def text(self, page: Page) -> str:
        lines: list[str] = []
        for gate, row in self._rows:
            glyph, styles = VERDICT_MARKS.get(row.verdict, ("?", ("yellow",)))
            lines.append(page.paint(f"{glyph} {gate.name}/{row.id}  {row.verdict}", *styles))
            if row.description:
                lines.append(format_fact("what", mask_line(row.description, 200), page.columns))
            lines.append(format_fact("policy", row.at, page.columns))
            lines += [format_fact(name, text, page.columns) for name, text in list_facts(row.detail)]
            lines.append("")
        if not self._rows:
            lines += ["every objective passes", ""]
        return "".join(f"{line}\n" for line in lines[:-1])

    def json(self) -> str:
        rows = [{"gate": gate.name, "id": row.id, **row.detail, "at": row.at} for gate, row in self._rows]
        document = {"verdict": self._run.verdict, "objectives": rows}
        return escape_commands_in_json(json.dumps(document, indent=1, allow_nan=False)) + "\n"


def format_fact(name: str, text: str, columns: int) -> str:
    """`  limit        p95 ≤ 1000ms`, wrapped below its text."""
    return f"  {name:<12} {wrap_lines(text, columns - 15, ' ' * 15)}"


def list_facts(detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Everything that a judgement says (`kinds/slo_gate/judgement_json.py`) as (name, one line of text)."""
    yield "observed", f"{format_observed(detail)}, limit {detail.get('limit') or 'none'}"
    yield "why", mask_line(str(detail.get("reason") or "every limit holds"), 600)
    code = VERDICT_CODES.get(str(detail.get("code")))
    if code is not None:
        yield "code", f"{code.code}: {code.meaning}"
        yield "what to do", code.remedy
    yield from _list_waiver(detail)
    yield "data", describe_data(detail)
    if detail.get("certainty") and detail.get("values"):
        yield "certainty", CERTAINTIES.get(detail["certainty"], str(detail["certainty"]))
    yield from _list_intervals(detail)
    for plot in plot_distribution(detail):
        yield "distribution", plot
    yield from _list_comparison(detail)
    yield from _list_source(detail)


def describe_data(detail: Mapping[str, Any]) -> str:
    """`200 values, 5 runs, worth 60 independent ones, 3 failed requests, which have no latency`."""
    parts = [count_of(detail.get("values", 0), "value"), count_of(detail.get("runs", 0), "run")]
    worth = detail.get("effective_n")
    if worth is not None and worth != detail.get("values"):
        parts.append(f"worth {count_of(worth, 'independent value')}")
    if detail.get("failed"):
        parts.append(f"{count_of(detail['failed'], 'failed request')}, which have no latency")
    if not detail.get("required", True):
        parts.append("optional")
    return ", ".join(parts)


def describe_share(share: Mapping[str, Any]) -> str:
    """`14.5 % beyond, at most 19.2 %, 5 % may`."""
    allowed = share.get("allowed")
    limit = 0.0 if allowed is None else allowed
    text = f"{format_share(share['beyond'], limit, SHARE_DIGITS)} beyond"
    if share.get("upper") is not None:
        text += f", at most {format_share(share['upper'], limit, SHARE_DIGITS)}"
    return text if allowed is None else f"{text}, {format_share(allowed, 0, SHARE_DIGITS)} may"


def _list_intervals(detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    share, interval = detail.get("share"), format_interval(detail)
    if share:
        yield "share", describe_share(share)
    if interval:
        about = detail["interval"]
        confidence = f"{about.get('confidence', 0.95) * 100:.4g} % on each side"
        yield (
            "interval",
            f"{interval} ({confidence}; {about.get('method', '')}); a limit within it is not decided",
        )


def _list_comparison(detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The baseline, the cases that turned, and what it takes to decide."""
    if detail.get("baseline"):
        yield "baseline", format_baseline(detail, in_full=True).removeprefix("baseline ")
    for cases in format_cases(detail):
        yield "cases", cases
    for name, noun in (("values_needed", "value"), ("runs_needed", "run")):
        if detail.get(name):
            yield "needed", f"about {count_of(detail[name], noun)} to decide, if nothing changes"
    if detail.get("detectable"):
        yield "detectable", f"a change of {detail['detectable']:.1%} with these runs"


def _list_waiver(detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    waiver = detail.get("waiver")
    if waiver:
        text = f"until {waiver.get('expires')} by {waiver.get('owner')}: {waiver.get('reason')}"
        yield "waiver", mask_line(text, 300)
        under = VERDICT_CODES.get(str(waiver.get("code")))
        meaning = f" ({under.code}: {under.meaning})" if under is not None else ""
        yield "without it", f"{waiver.get('verdict')}{meaning}"


def _list_source(detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    source = detail.get("source") or {}
    if source:
        yield "source", mask_line(f"{source.get('kind')} {source.get('path') or ''}".rstrip(), 200)
        if source.get("time"):
            yield "measured", mask_line(str(source["time"]), 40)
        if source.get("sha256"):
            yield "sha256", str(source["sha256"])
        for warning in source.get("warnings", ()):
            yield "note", mask_line(str(warning), 300)
