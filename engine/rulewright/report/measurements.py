"""What `rulewright measure` measured: for each metric the number of runs and values, the median and p95."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.machine import format_machine
from rulewright.measurements.records import BASE
from rulewright.measurements.statistics import percentile
from rulewright.measurements.units import amount_text, convert
from rulewright.policy.json_types import as_array, as_object, as_text
from rulewright.report.document import json_text
from rulewright.report.markdown_text import prose
from rulewright.report.reporter import Page, Rendered, Report
from rulewright.report.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rulewright.policy.json_types import Json, JsonObject

_READABLE: Final = {"s": ("s", "ms", "us"), "B": ("GiB", "MiB", "KiB")}
"""Unit → the units in which its amounts are shown, the greatest first."""
HEAD: Final = ("metric", "runs", "values", "failed", "p50", "p95")


class MetricSummary(NamedTuple):
    """One metric of one revision. `failures`: reason → count."""

    metric: str
    side: str
    unit: str
    runs: int
    values: Sequence[float]
    failed: int
    failures: Mapping[str, int]


class MeasurementReport(Report):
    """The records of measurements. `base`: the commit of the other revision, empty where there is none. In GitHub
    Actions, stdout has the text, too."""

    def __init__(
        self,
        records: Sequence[JsonObject],
        *,
        commit: str,
        base: str,
        machine: Mapping[str, Json],
        output: str,
    ) -> None:
        self.metrics = summarise_records(records)
        self._about = {"commit": commit, "base": base, "machine": dict(machine), "output": output}

    def text(self, page: Page) -> str:
        lines = [self._title(), ""]
        rows = [HEAD, *map(self._row, self.metrics)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            name, *figures = row
            cells = [name.ljust(widths[0]), *map(str.rjust, figures, widths[1:])]
            lines.append("  ".join(cells).rstrip())
        failures = [*self._failures()]
        lines += ["", *failures] if failures else []
        return "".join(f"{printable(line)}\n" for line in lines)

    def json(self) -> str:
        metrics = [
            {
                "metric": one.metric,
                **({"side": one.side} if one.side else {}),
                "unit": one.unit,
                "runs": one.runs,
                "values": len(one.values),
                "failed": one.failed,
                "failures": dict(one.failures),
                "p50": _quantile(one, 0.5),
                "p95": _quantile(one, 0.95),
            }
            for one in self.metrics
        ]
        return json_text({**self._about, "metrics": metrics})

    def markdown(self) -> str:
        lines = [f"### {prose(self._title())}", "", f"| {' | '.join(HEAD)} |", "|---|" + "---:|" * 5]
        lines += [f"| {' | '.join(map(prose, self._row(one)))} |" for one in self.metrics]
        failures = [*self._failures()]
        lines += ["", *(f"- {prose(line)}" for line in failures)] if failures else []
        return "\n".join(lines) + "\n"

    def github(self, page: Page) -> Rendered:
        return Rendered(self.text(page), self.markdown())

    def _title(self) -> str:
        commit, base = str(self._about["commit"])[:12], str(self._about["base"])[:12]
        measured = f"Measured {commit}" if commit else "Measured"
        machine = format_machine(as_object(self._about["machine"]) or {})
        return f"{measured}{f' against {base}' if base else ''} on {machine}"

    def _row(self, one: MetricSummary) -> tuple[str, ...]:
        name = f"{one.metric} (base)" if one.side == BASE else one.metric
        counts = (str(count) for count in (one.runs, len(one.values), one.failed))
        amounts = (_quantile(one, 0.5), _quantile(one, 0.95))
        return (name, *counts, *("" if it is None else format_measured(it, one.unit) for it in amounts))

    def _failures(self) -> Iterator[str]:
        for one in self.metrics:
            for reason, count in one.failures.items():
                side = " of the other revision" if one.side == BASE else ""
                yield f"{one.metric}{side}: {count} failed: {reason}"


def format_measured(value: float, unit: str) -> str:
    """An amount in the unit in which it is easiest to read: `2.61ms`, `21.8MiB`, `0.95`."""
    if unit == "ratio":
        return amount_text(value, "")
    scaled = ((convert(value, unit, small), small) for small in _READABLE.get(unit, ()))
    shown = next(
        ((number, name) for number, name in scaled if number is not None and abs(number) >= 1), (value, unit)
    )
    return amount_text(*shown)


def summarise_records(records: Sequence[JsonObject]) -> list[MetricSummary]:
    """One summary for each metric and side, in the order of the records."""
    by_name: dict[tuple[str, str], list[JsonObject]] = {}
    for record in records:
        key = (as_text(record.get("metric")) or "", as_text(record.get("side")) or "")
        by_name.setdefault(key, []).append(record)
    return [
        _summarise(metric, side, own) for (metric, side), own in sorted(by_name.items(), key=_metric_first)
    ]


def _metric_first(item: tuple[tuple[str, str], list[JsonObject]]) -> str:
    return item[0][0]


def _summarise(metric: str, side: str, records: Sequence[JsonObject]) -> MetricSummary:
    values: list[float] = []
    failures: dict[str, int] = {}
    failed = 0
    for record in records:
        values += [value for value in as_array(record.get("values")) or () if isinstance(value, float)]
        count = record.get("failed", 0)
        failed += count if isinstance(count, int) else 0
        for reason, number in (as_object(record.get("failures")) or {}).items():
            failures[reason] = failures.get(reason, 0) + (number if isinstance(number, int) else 0)
    unit = as_text(records[0].get("unit")) or ""
    return MetricSummary(metric, side, unit, len(records), sorted(values), failed, failures)


def _quantile(one: MetricSummary, q: float) -> float | None:
    return percentile(one.values, q) if one.values else None
