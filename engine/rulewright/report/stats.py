"""Triage metrics as a table, as JSON, and in the text format of Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.report.document import json_text
from rulewright.report.reporter import Page, Rendered, Report, Reporter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.run.metrics import Metrics, Times


class StatsReport(Report):
    """Triage metrics. In GitHub Actions, they are only in the job summary."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics

    def text(self, page: Page) -> str:
        lines = ["severity   within   late   missed   open   in time", "-" * 50]
        for name, level in self.metrics.levels.items():
            told = f"{level.within:>6}   {level.late:>4}   {level.missed:>6}   {level.open:>4}   {_rate(level.rate):>7}"
            lines.append(f"{name:<9}  {told}   (limit {_span(level.limit)})")
        lines.append("")
        lines += [f"{name:<22}  {value}" for name, value in _rows(self.metrics)]
        return "\n".join(lines) + "\n"

    def json(self) -> str:
        return json_text(stats_document(self.metrics))

    def markdown(self) -> str:
        lines = [
            "| severity | limit | within | late | missed | open | in time |",
            "|---|--:|--:|--:|--:|--:|--:|",
        ]
        for name, level in self.metrics.levels.items():
            numbers = f"{level.within} | {level.late} | {level.missed} | {level.open}"
            lines.append(f"| {name} | {_span(level.limit)} | {numbers} | {_rate(level.rate)} |")
        lines += ["", "| metric | value |", "|---|--:|"]
        lines += [f"| {name} | {value} |" for name, value in _rows(self.metrics)]
        return "\n".join(lines) + "\n"


class PrometheusReporter(Reporter):
    """For Prometheus: triage metrics in its text exposition format."""

    for_programs = True

    def render(self, report: Report, page: Page) -> Rendered:
        assert isinstance(report, StatsReport)
        return Rendered("".join(_prometheus(report.metrics)))


def stats_document(found: Metrics) -> dict[str, object]:
    """The JSON form: times in seconds, rates between 0 and 1, null for a division by zero."""
    return {
        "subjects": found.subjects,
        "triaged": found.triaged,
        "service_levels": {
            name: {"limit_seconds": level.limit, **level.numbers, "completion_rate": level.rate}
            for name, level in found.levels.items()
        },
        "time_to_triage": _times(found.time_to_triage),
        "time_to_owner": _times(found.time_to_owner),
        "pii": {"findings": found.pii_findings, "rate": found.pii_rate},
        "error_rate": found.error_rate,
        "entries": found.entries,
        "dry_runs": found.dry_runs,
        "gate_failures": found.gate_failures,
    }


def _rows(found: Metrics) -> Iterator[tuple[str, str]]:
    yield "subjects", f"{found.subjects:,}"
    yield "triaged", f"{found.triaged:,}"
    for name, times in (("time to triage", found.time_to_triage), ("time to owner", found.time_to_owner)):
        told = "unknown"
        if times.mean is not None and times.median is not None:
            told = f"mean {_span(times.mean)}, median {_span(times.median)} (of {times.known:,})"
        yield name, told
    yield "PII findings", f"{found.pii_findings:,}"
    yield "subjects with PII", _rate(found.pii_rate)
    yield "entries with errors", _rate(found.error_rate)
    yield "gate failures", f"{found.gate_failures:,}"
    yield "dry runs", f"{found.dry_runs:,} of {found.entries:,} entries"


def _prometheus(found: Metrics) -> Iterator[str]:
    """The text exposition format, version 0.0.4: gauges only, because a journal has no counters."""
    levels = found.levels.items()
    yield from _gauge(
        "triage_service_level_seconds",
        "Maximum seconds from creation to triage.",
        [(_labels(severity=name), level.limit) for name, level in levels],
    )
    yield from _gauge(
        "triage_subjects",
        "Issues and pull requests by severity and service-level status.",
        [
            (_labels(severity=name, outcome=outcome), number)
            for name, level in levels
            for outcome, number in level.numbers.items()
        ],
    )
    yield from _gauge(
        "triage_completion_ratio",
        "Fraction triaged within the service level.",
        [(_labels(severity=name), level.rate) for name, level in levels],
    )
    for name, times in (("time_to_triage", found.time_to_triage), ("time_to_owner", found.time_to_owner)):
        yield from _gauge(
            f"{name}_seconds",
            "Seconds from creation.",
            [(_labels(statistic="mean"), times.mean), (_labels(statistic="median"), times.median)],
        )
    for name, text, value in (
        ("subjects", "Issues and pull requests in the journal.", found.subjects),
        ("triaged_subjects", "Issues and pull requests that are triaged.", found.triaged),
        ("pii_findings", "Findings of personal data and secrets.", found.pii_findings),
        ("pii_subject_ratio", "Fraction of scanned issues and pull requests with findings.", found.pii_rate),
        ("error_ratio", "Fraction of entries with an error.", found.error_rate),
        ("gate_failures", "Issues and pull requests blocked by the gate.", found.gate_failures),
        ("dry_runs", "Entries of dry runs.", found.dry_runs),
    ):
        yield from _gauge(name, text, [("", value)])


def _gauge(name: str, text: str, samples: list[tuple[str, float | None]]) -> Iterator[str]:
    yield f"# HELP rulewright_{name} {text}\n# TYPE rulewright_{name} gauge\n"
    for labels, value in samples:
        if value is not None:
            yield f"rulewright_{name}{labels} {value:.10g}\n"


def _labels(**named: str) -> str:
    """Labels of a metric. All values are from closed lists, so that none needs escaping."""
    return "{" + ",".join(f'{name}="{value}"' for name, value in named.items()) + "}"


def _times(times: Times) -> dict[str, object]:
    return {"count": times.known, "mean_seconds": times.mean, "median_seconds": times.median}


def _rate(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.1%}"


def _span(seconds: float) -> str:
    """`45 s`, `12 min`, `3.5 h`, `2 d`: in the largest unit that fits."""
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= size and not (unit == "d" and seconds < 2 * size):
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
