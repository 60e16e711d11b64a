"""Judged gates: the worst objective first, with what was observed, the limit, the interval, the baseline and why."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from rulewright.evaluate.masking import mask_line
from rulewright.gates.gate_run import describe_run
from rulewright.measurements.codes import PROMOTES, WORST_FIRST, rank_verdict
from rulewright.report.annotation import Annotation
from rulewright.report.gate_figures import (
    format_amount,
    format_baseline,
    format_cases,
    format_change,
    format_drop,
    format_interval,
    format_observed,
    format_sizes,
    plot_distribution,
)
from rulewright.report.markdown_text import code, prose
from rulewright.report.reporter import Page, Report
from rulewright.report.terminal import VERDICT_MARKS, escape_commands_in_json, printable, wrap_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rulewright.gates.gate_run import GateResult, GateRun, ObjectiveResult
    from rulewright.report.terminal import Paint

MOST_ROWS: Final = 30
LONGEST_LIMIT: Final = 24
"""A longer limit exceeds the column where a table is too wide, so that short ones stay next to their numbers."""
Result = TypeVar("Result", "GateResult", "ObjectiveResult")
OBSERVED: Final = "observe mode: does not count"
MARKER: Final = "<!-- rulewright: gate -->"
"""The first line of the Markdown, by which a comment is found and edited in place."""


class GatesReport(Report):
    """The verdicts of gates. `evidence_sha256` names the evidence; `notes`: lines about the base's policies; `rerun`:
    the options with which `rulewright gate POLICY` judges this again, None where another command judged."""

    def __init__(
        self,
        run: GateRun,
        evidence_sha256: str = "",
        notes: Sequence[str] = (),
        *,
        show_all: bool = False,
        rerun: Sequence[str] | None = None,
    ) -> None:
        self.run = run
        self._hash = evidence_sha256
        self._notes = notes
        self._show_all = show_all
        self._rerun = rerun

    def text(self, page: Page) -> str:
        lines: list[str] = []
        for gate in sort_worst_first(self.run.gates):
            lines += _gate_lines(gate, page.columns, page.paint, self._show_all)
            if not gate.promotes and self._rerun is not None:
                lines.append(page.paint(f"  rerun: {_format_rerun(gate, self._rerun)}", "dim"))
            lines.append("")
        lines += [wrap_lines(mask_line(note, 300), page.columns - 2, "  ") for note in self._notes]
        lines.append(wrap_lines(_summarize(self.run), page.columns - 2, "  "))
        if self._hash:
            lines.append(f"evidence {self._hash[:12]}")
        return "".join(f"{line}\n" for line in lines)

    def json(self) -> str:
        out: dict[str, Any] = describe_run(self.run)
        if self._notes:
            out["policy_changes"] = list(self._notes)
        out["evidence_sha256"] = self._hash
        return escape_commands_in_json(json.dumps(out, indent=1, allow_nan=False)) + "\n"

    def markdown(self) -> str:
        lines = [MARKER]
        for gate in sort_worst_first(self.run.gates):
            lines += _gate_markdown(gate)
            if not gate.promotes and self._rerun is not None:
                lines += [f"Rerun: {code(_format_rerun(gate, self._rerun))}", ""]
        lines += [f"- {prose(note)}" for note in self._notes]
        lines += [""] if self._notes else []
        lines.append(prose(_summarize(self.run)))
        if self._hash:
            lines[-1] += f". Evidence {code(self._hash[:12])}."
        return "".join(f"{line}\n" for line in lines)

    def annotations(self) -> tuple[Annotation, ...]:
        """An error for each objective that does not promote, a warning for each that warns."""
        found = []
        for gate in sort_worst_first(self.run.gates):
            for objective in sort_worst_first(gate.objectives):
                if objective.verdict in ("PASS", "WAIVED"):
                    continue
                blocks = objective.verdict not in PROMOTES and counts(objective) and not gate.is_observed
                file, _, line = objective.at.rpartition(":")
                message = f"{objective.verdict}: {describe(objective)}"
                message += f" ({OBSERVED})" if gate.is_observed else ""
                title = f"{gate.name}/{objective.id}"
                level = "error" if blocks else "warning"
                found.append(Annotation(level, message, title, file, int(line)))  # type: ignore[arg-type]
        return tuple(found)


def sort_worst_first(results: Sequence[Result]) -> list[Result]:
    """Gates or objectives by verdict, then in their order."""
    return sorted(results, key=lambda result: rank_verdict(result.verdict))


def counts(objective: ObjectiveResult) -> bool:
    """Whether the verdict counts for the gate: an optional objective without data does not."""
    return bool(objective.detail.get("required", True)) or not objective.detail.get("lacking")


def describe(objective: ObjectiveResult) -> str:
    """`1.21s, limit p95 ≤ 1000ms: at least 7.1 % of values exceed 1000ms; 5 % may`."""
    detail = objective.detail
    shown = format_observed(detail)
    seen = f"{shown}, limit {detail.get('limit')}: " if shown != "–" else ""
    return mask_line(f"{seen}{detail.get('reason') or ''}", 400)


def _format_rerun(gate: GateResult, options: Sequence[str]) -> str:
    """`rulewright gate rules/slo/chat.yaml --from m.jsonl`."""
    return printable(shlex.join(("rulewright", "gate", gate.file, *options)))


def _gate_lines(gate: GateResult, columns: int, paint: Paint, show_all: bool) -> Iterator[str]:
    glyph, styles = VERDICT_MARKS.get(gate.verdict, ("?", ("yellow",)))
    observed = f"  ({OBSERVED})" if gate.is_observed else ""
    yield f"{paint(f'{glyph} {gate.verdict}', *styles)}  {printable(gate.name)}  {printable(gate.file)}{observed}"
    if gate.reason:
        yield f"  {wrap_lines(printable(gate.reason), columns - 2, '  ')}"
    rows = sort_worst_first(gate.objectives)
    shown = rows if show_all else rows[:MOST_ROWS]
    widths = _measure_columns(shown, columns)
    for row in shown:
        yield from _row_lines(row, widths, columns, paint)
        if row.verdict != "PASS":
            for line in _reasons(row):
                yield f"      {wrap_lines(line, columns - 6, '      ')}"
            yield paint(f"      {wrap_lines(_describe_place(row), columns - 6, '      ')}", "dim")
            for line in plot_distribution(row.detail):
                yield f"      {line}"
    if len(rows) > len(shown):
        yield f"  … {_count_verdicts(rows[len(shown) :])} (--all lists them)"


class _Widths(NamedTuple):
    """Of the columns of a table: id, verdict, observed value, limit."""

    id: int
    verdict: int
    observed: int
    limit: int


def _measure_columns(rows: Sequence[ObjectiveResult], columns: int) -> _Widths:
    """The widths with which every row fits on one line, else those in which a long limit exceeds its column."""
    ids = min(max((len(row.id) for row in rows), default=0), 40)
    verdicts = max((len(row.verdict) for row in rows), default=0)
    observed = max((len(format_observed(row.detail)) for row in rows), default=0)
    limits = [len(_limit_text(row)) for row in rows]
    sizes = max((len(format_sizes(row.detail)) for row in rows), default=0)
    limit = max(limits, default=0)
    if 4 + ids + 2 + verdicts + 2 + observed + 2 + limit + 2 + sizes > columns:
        limit = max((length for length in limits if length <= LONGEST_LIMIT), default=0)
    return _Widths(ids, verdicts, observed, limit)


def _limit_text(row: ObjectiveResult) -> str:
    return mask_line(str(row.detail.get("limit") or ""), 120)


def _row_lines(row: ObjectiveResult, widths: _Widths, columns: int, paint: Paint) -> Iterator[str]:
    """A row of the table, on two lines if it does not fit on one."""
    glyph, styles = VERDICT_MARKS.get(row.verdict, ("?", ("yellow",)))
    head = f"  {glyph} {row.id:<{widths.id}}  {row.verdict:<{widths.verdict}}"
    observed = f"  {format_observed(row.detail):>{widths.observed}}"
    limit, sizes = _limit_text(row), format_sizes(row.detail)
    whole = f"{observed}  {limit:<{widths.limit}}  {sizes}".rstrip()
    if len(head) + len(whole) <= columns:
        yield f"{paint(head, *styles)}{whole}"
    elif len(head) + len(observed) + 2 + len(limit) <= columns:
        yield f"{paint(head, *styles)}{observed}  {limit}"
        yield f"      {wrap_lines(sizes, columns - 6, '      ')}"
    else:
        yield paint(head.rstrip(), *styles)
        yield f"      {wrap_lines(f'{observed.strip()}  {limit}  {sizes}', columns - 6, '      ')}"


def _reasons(row: ObjectiveResult) -> Iterator[str]:
    """Why, the cases of a suite, the baseline, and notes on the source."""
    detail = row.detail
    if detail.get("reason"):
        yield mask_line(str(detail["reason"]), 400)
    yield from format_cases(detail)
    if detail.get("baseline"):
        yield format_baseline(detail)
    for warning in (detail.get("source") or {}).get("warnings", ()):
        yield f"note: {mask_line(str(warning), 200)}"


def _describe_place(row: ObjectiveResult) -> str:
    """`rules/slo/chat.yaml:7  interval 1327ms to 1507ms`."""
    interval = format_interval(row.detail)
    return printable(row.at) + (f"  interval {interval}" if interval else "")


def _count_verdicts(rows: Sequence[ObjectiveResult]) -> str:
    found = [
        (sum(row.verdict == verdict for row in rows), verdict)
        for verdict in WORST_FIRST
        if any(row.verdict == verdict for row in rows)
    ]
    return ", ".join(f"{number} {verdict}" for number, verdict in found)


def _summarize(run: GateRun) -> str:
    """`FAIL: may not be promoted; 1 FAIL, 33 PASS in 1 gate; in observe mode, not counted: chat PASS`."""
    enforced = [gate for gate in run.gates if not gate.is_observed]
    observed = [gate for gate in run.gates if gate.is_observed]
    rows = [objective for gate in enforced for objective in gate.objectives]
    gates = f"{len(enforced)} gate{'' if len(enforced) == 1 else 's'}"
    end = "may be promoted" if run.promotes else "may not be promoted"
    parts = [f"{run.verdict}: {end}; {_count_verdicts(rows) or 'no objectives'} in {gates}"]
    if not enforced:
        parts = ["no gate is enforced, so nothing is decided"]
    if observed:
        verdicts = ", ".join(f"{gate.name} {gate.verdict}" for gate in sort_worst_first(observed))
        parts.append(f"in observe mode, not counted: {printable(verdicts)}")
    return "; ".join(parts)


def _gate_markdown(gate: GateResult) -> Iterator[str]:
    glyph = VERDICT_MARKS.get(gate.verdict, ("?", ()))[0]
    observed = f" ({OBSERVED})" if gate.is_observed else ""
    yield f"### {glyph} {prose(gate.name)}: {gate.verdict}{observed}"
    yield ""
    if gate.reason:
        yield prose(gate.reason)
        yield ""
    rows = sort_worst_first(gate.objectives)
    yield "| | objective | observed | limit | baseline | Δ | values | why |"
    yield "|---|---|---:|---|---:|---:|---:|---|"
    yield from map(_markdown_row, rows[:MOST_ROWS])
    if len(rows) > MOST_ROWS:
        rest = rows[MOST_ROWS:]
        yield ""
        yield f"<details><summary>{_count_verdicts(rest)}</summary>"
        yield ""
        yield "| | objective | observed | limit | baseline | Δ | values | why |"
        yield "|---|---|---:|---|---:|---:|---:|---|"
        yield from map(_markdown_row, rest)
        yield ""
        yield "</details>"
    for row in rows[:MOST_ROWS]:
        plots = [*plot_distribution(row.detail)] if row.verdict == "FAIL" else []
        for plot in plots:
            yield ""
            yield f"{code(row.id)} {code(plot)}"
        for cases in format_cases(row.detail):
            yield ""
            yield f"{code(row.id)} {prose(cases)}"
    yield ""


def _format_change(detail: Mapping[str, Any]) -> str:
    """The change from the baseline; of a suite's pass rate in points."""
    value = detail["ratio"]["value"]
    return format_drop(value) if "cases" in detail else format_change(value)


def _markdown_row(row: ObjectiveResult) -> str:
    detail = row.detail
    glyph = VERDICT_MARKS.get(row.verdict, ("?", ()))[0]
    baseline, ratio = detail.get("baseline") or {}, detail.get("ratio") or {}
    interval = format_interval(detail)
    why = "" if row.verdict == "PASS" else f"{prose(str(detail.get('reason') or ''))} ({code(row.at)})"
    cells = (
        f"{glyph} {row.verdict}",
        code(row.id),
        prose(format_observed(detail)) + (f" ({prose(interval)})" if interval else ""),
        prose(str(detail.get("limit") or "")),
        prose(format_amount(baseline.get("value"), detail)) if baseline else "",
        _format_change(detail) if ratio.get("value") is not None else "",
        prose(format_sizes(detail)),
        why,
    )
    return f"| {' | '.join(cells)} |"
