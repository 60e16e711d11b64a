"""Judged gates: the worst objective first, with what was observed, the limit, the interval, the baseline and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from rulewright.evaluate.masking import mask_line
from rulewright.gates.evidence import describe_run
from rulewright.measurements.codes import PROMOTES, WORST_FIRST
from rulewright.report.gate import amount
from rulewright.report.github import Annotation
from rulewright.report.markdown import code, prose
from rulewright.report.reporter import Page, Report
from rulewright.report.terminal import VERDICT_MARKS, escape_commands_in_json, printable, wrap_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rulewright.gates.gate_run import GateResult, GateRun, ObjectiveResult
    from rulewright.report.terminal import Paint

MOST_ROWS: Final = 30
BARS: Final = " ▁▂▃▄▅▆▇█"
MARKER: Final = "<!-- rulewright: gate -->"
"""The first line of the Markdown, by which a comment is found and edited in place."""


class GatesReport(Report):
    """The verdicts of gates. `evidence_sha256` names the evidence; `notes`: lines about the base's policies."""

    def __init__(
        self, run: GateRun, evidence_sha256: str = "", notes: Sequence[str] = (), *, show_all: bool = False
    ) -> None:
        self.run = run
        self._hash = evidence_sha256
        self._notes = notes
        self._show_all = show_all

    def text(self, page: Page) -> str:
        lines: list[str] = []
        for gate in self.run.gates:
            lines += [*_gate_lines(gate, page.columns, page.paint, self._show_all), ""]
        lines += [f"{note}" for note in self._notes]
        lines.append(_summarize(self.run))
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
        for gate in self.run.gates:
            lines += _gate_markdown(gate)
        lines += [f"- {prose(note)}" for note in self._notes]
        lines += ["", prose(_summarize(self.run))]
        if self._hash:
            lines[-1] += f" Evidence {code(self._hash[:12])}."
        return "".join(f"{line}\n" for line in lines)

    def annotations(self) -> tuple[Annotation, ...]:
        """An error for each objective that does not promote, a warning for each that warns."""
        found = []
        for gate in self.run.gates:
            for objective in sort_worst_first(gate.objectives):
                if objective.verdict in ("PASS", "WAIVED"):
                    continue
                blocks = objective.verdict not in PROMOTES and counts(objective) and not gate.is_observed
                file, _, line = objective.at.rpartition(":")
                message = f"{objective.verdict}: {describe(objective)}"
                title = f"{gate.name}/{objective.id}"
                level = "error" if blocks else "warning"
                found.append(Annotation(level, message, title, file, int(line)))  # type: ignore[arg-type]
        return tuple(found)


def sort_worst_first(objectives: Sequence[ObjectiveResult]) -> list[ObjectiveResult]:
    """By verdict, then in the order of the policy."""
    return sorted(objectives, key=lambda objective: list[str](WORST_FIRST).index(objective.verdict))


def counts(objective: ObjectiveResult) -> bool:
    """Whether the verdict counts for the gate: an optional objective without data does not."""
    return bool(objective.detail.get("required", True)) or not objective.detail.get("lacking")


def describe(objective: ObjectiveResult) -> str:
    """`p95 1.21s, limit ≤ 1000ms: at least 7.1 % of values exceed 1000ms; 5 % may`."""
    detail = objective.detail
    shown = shown_value(detail)
    seen = f"{shown}, limit {detail.get('limit')}: " if shown != "–" else ""
    return mask_line(f"{seen}{detail.get('reason') or ''}", 400)


def shown_value(detail: Mapping[str, Any]) -> str:
    return mask_line(str(detail.get("shown") or amount(detail.get("observed"), detail.get("unit"))), 40)


def _sizes(detail: Mapping[str, Any]) -> str:
    """`300 values, 5 runs, 2 failed`."""
    parts = []
    for name, noun in (("values", "value"), ("runs", "run")):
        number = detail.get(name)
        if isinstance(number, int) and (number or name == "values") and not (name == "runs" and number == 1):
            parts.append(f"{number:,} {noun}{'' if number == 1 else 's'}")
    if detail.get("failed"):
        parts.append(f"{detail['failed']:,} failed")
    if not detail.get("required", True):
        parts.append("optional")
    return ", ".join(parts)


def _gate_lines(gate: GateResult, columns: int, paint: Paint, show_all: bool) -> Iterator[str]:
    glyph, styles = VERDICT_MARKS.get(gate.verdict, ("?", ("yellow",)))
    observed = "  (observe: does not count)" if gate.is_observed else ""
    yield f"{paint(f'{glyph} {gate.verdict}', *styles)}  {printable(gate.name)}  {printable(gate.file)}{observed}"
    if gate.reason:
        yield f"  {printable(gate.reason)}"
    rows = sort_worst_first(gate.objectives)
    ids = min(max((len(row.id) for row in rows), default=0), 40)
    words = max((len(row.verdict) for row in rows), default=0)
    seen = max((len(shown_value(row.detail)) for row in rows), default=0)
    limits = min(max((len(str(row.detail.get("limit") or "")) for row in rows), default=0), 34)
    shown = rows if show_all else rows[:MOST_ROWS]
    for row in shown:
        glyph, styles = VERDICT_MARKS.get(row.verdict, ("?", ("yellow",)))
        limit = mask_line(str(row.detail.get("limit") or ""), 60)
        head = paint(f"  {glyph} {row.id:<{ids}}  {row.verdict:<{words}}", *styles)
        yield f"{head}  {shown_value(row.detail):>{seen}}  {limit:<{limits}}  {_sizes(row.detail)}".rstrip()
        if row.verdict != "PASS":
            for line in (*_reasons(row), *plot_distribution(row.detail)):
                yield f"      {wrap_lines(line, columns - 6, '      ')}"
    if len(rows) > len(shown):
        yield f"  … {_count_verdicts(rows[len(shown) :])} (--all lists them)"


def _reasons(row: ObjectiveResult) -> Iterator[str]:
    """Why, the baseline, the source, and the command that judges again."""
    detail = row.detail
    yield mask_line(str(detail.get("reason") or ""), 400)
    baseline, ratio = detail.get("baseline"), detail.get("ratio")
    if baseline:
        yield describe_baseline(baseline, ratio, detail)
    for warning in (detail.get("source") or {}).get("warnings", ()):
        yield f"note: {mask_line(str(warning), 200)}"
    file, _, _ = row.at.rpartition(":")
    yield f"{printable(row.at)}  rerun: rulewright gate {printable(file)}"


def describe_baseline(
    baseline: Mapping[str, Any], ratio: Mapping[str, Any] | None, detail: Mapping[str, Any]
) -> str:
    value = amount(baseline.get("value"), detail.get("unit"))
    runs = baseline.get("runs")
    about = [f"{runs} run{'' if runs == 1 else 's'}"] if runs else []
    about += [str(baseline["sha"])[:12]] if baseline.get("sha") else []
    about += [f"{baseline['age']} old"] if baseline.get("age") else []
    text = f"baseline {value}" + (f" ({', '.join(about)})" if about else "")
    if ratio and ratio.get("value") is not None:
        text += f": {_percent(ratio['value'])}"
        if ratio.get("lower") is not None and ratio.get("upper") is not None:
            text += f" ({_percent(ratio['lower'])} to {_percent(ratio['upper'])})"
        if ratio.get("limit") is not None:
            text += f", limit {_percent(ratio['limit'])}"
        if ratio.get("p") is not None:
            text += f", p = {ratio['p']:.3g}"
    return mask_line(text, 300)


def _percent(ratio: float) -> str:
    """A ratio to the baseline as a change: 1.1 is `+10 %`."""
    return f"{(ratio - 1) * 100:+.3g} %"


def plot_distribution(detail: Mapping[str, Any]) -> Iterator[str]:
    """The distribution as one line of bars; `│` stands where the limit is."""
    bins = detail.get("distribution")
    if not bins:
        return
    most = max(bins["counts"])
    bars = [BARS[0 if not n else max(1, round(n / most * 8))] for n in bins["counts"]]
    limit = bins.get("limit")
    if limit is not None and bins["high"] > bins["low"]:
        place = round((limit - bins["low"]) / (bins["high"] - bins["low"]) * len(bars))
        bars.insert(min(max(place, 0), len(bars)), "│")
    low, high = (amount(bins[end], detail.get("unit")) for end in ("low", "high"))
    yield f"{low} {''.join(bars)} {high}"


def _count_verdicts(rows: Sequence[ObjectiveResult]) -> str:
    found = [
        (sum(row.verdict == verdict for row in rows), verdict)
        for verdict in WORST_FIRST
        if any(row.verdict == verdict for row in rows)
    ]
    return ", ".join(f"{number} {verdict}" for number, verdict in found)


def _summarize(run: GateRun) -> str:
    """`FAIL: 1 FAIL, 33 PASS in 1 gate`."""
    rows = [objective for gate in run.gates for objective in gate.objectives]
    gates = f"{len(run.gates)} gate{'' if len(run.gates) == 1 else 's'}"
    end = "may be promoted" if run.promotes else "may not be promoted"
    return f"{run.verdict}: {end}; {_count_verdicts(rows) or 'no objectives'} in {gates}"


def _gate_markdown(gate: GateResult) -> Iterator[str]:
    glyph = VERDICT_MARKS.get(gate.verdict, ("?", ()))[0]
    yield f"### {glyph} {prose(gate.name)}: {gate.verdict}"
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
    yield ""


def _markdown_row(row: ObjectiveResult) -> str:
    detail = row.detail
    glyph = VERDICT_MARKS.get(row.verdict, ("?", ()))[0]
    baseline, ratio = detail.get("baseline") or {}, detail.get("ratio") or {}
    before = amount(baseline.get("value"), detail.get("unit")) if baseline else ""
    change = _percent(ratio["value"]) if ratio.get("value") is not None else ""
    why = "" if row.verdict == "PASS" else f"{prose(str(detail.get('reason') or ''))} ({code(row.at)})"
    cells = (
        f"{glyph} {row.verdict}",
        code(row.id),
        _interval_text(detail),
        prose(str(detail.get("limit") or "")),
        prose(before),
        change,
        prose(_sizes(detail)),
        why,
    )
    return f"| {' | '.join(cells)} |"


def _interval_text(detail: Mapping[str, Any]) -> str:
    text = prose(shown_value(detail))
    interval = detail.get("interval")
    if isinstance(interval, dict):
        low, high = (amount(interval.get(end), detail.get("unit")) for end in ("lower", "upper"))
        text += prose(f" ({low} to {high})")
    return text
