"""An objective of a gate: what was observed against the limit, the distribution, interval and baseline."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final

from rulewright.report.gate import amount, number
from rulewright_tui.lines.row import Row, Span, text_row, wrap_words
from rulewright_tui.masking import policy_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rulewright.evaluate.decision import RuleResult
    from rulewright_tui.glyphs import Glyphs

BINS: Final = 32


def objective_summary(result: RuleResult, glyphs: Glyphs) -> str:
    """`p95 1.27 s, limit p95 ≤ 1000ms, n 200`; empty for what is no objective."""
    detail = result.detail
    if "limit" not in detail:
        return ""
    if detail.get("observed") is None:
        return policy_line(str(result.reason or detail.get("reason") or ""), 200)
    return f"{observed_text(detail)}, limit {policy_line(str(detail['limit']), 60)}, n {detail.get('n', 0)}"


def observed_text(detail: Mapping[str, object]) -> str:
    """`p95 1.27 s`."""
    shown = str(detail.get("shown") or amount(detail.get("observed"), detail.get("unit")))
    return policy_line(f"{detail.get('aggregate') or ''} {shown}".strip(), 60)


def objective_rows(detail: Mapping[str, object], sample: object, width: int, glyphs: Glyphs) -> Iterator[Row]:
    """The objective in full, below its status: `sample` is the fact that was judged."""
    unit = detail.get("unit")
    if detail.get("observed") is None:
        yield text_row(f"nothing observed, limit {policy_line(str(detail.get('limit') or ''), 80)}", "muted")
    else:
        size = f", n {detail.get('n', 0)}" + ("" if detail.get("required", True) else ", optional")
        yield text_row(
            f"{observed_text(detail)}, limit {policy_line(str(detail.get('limit') or ''), 80)}{size}"
        )
    values = sample_values(sample)
    if len(values) > 1:
        yield from _distribution(values, unit, min(width, BINS), glyphs)
    interval = detail.get("interval")
    low, high = _ends(interval)
    if low is not None:
        yield text_row(f"interval {amount(low, unit)} to {amount(high, unit)}", "muted")
    yield from _baseline(detail, unit)
    missing = detail.get("lacking")
    if missing:
        yield text_row(f"missing: {missing}", "warning")
    reason = policy_line(str(detail.get("reason") or ""), 400)
    for line in wrap_words(reason, width) if reason else ():
        yield text_row(line, "muted")


def _ends(interval: object) -> tuple[object, object]:
    if isinstance(interval, dict):
        return interval.get("lower"), interval.get("upper")
    if isinstance(interval, list | tuple) and len(interval) == 2:
        return interval[0], interval[1]
    return None, None


def _baseline(detail: Mapping[str, object], unit: object) -> Iterator[Row]:
    ratio, baseline = detail.get("ratio"), detail.get("baseline")
    if isinstance(baseline, dict):
        value = baseline.get("observed", baseline.get("value"))
        run = baseline.get("run") or baseline.get("sha")
        from_ = f" from {policy_line(str(run), 40)}" if run else ""
        yield text_row(f"baseline {amount(value, unit)}{from_}", "muted")
    if isinstance(ratio, dict):
        low, high = number(ratio.get("lower")), number(ratio.get("upper"))
        most = f", at most {number(ratio['limit'])}" if "limit" in ratio else ""
        yield text_row(f"{number(ratio.get('value'))} x baseline ({low} to {high}){most}", "muted")


def sample_values(sample: object) -> list[float]:
    """The finite numbers of a sample: `{"values": […]}` or a list."""
    found = sample.get("values") if isinstance(sample, dict) else sample
    return [
        float(value)
        for value in (found if isinstance(found, list | tuple) else ())
        if isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < 1e300
        and isfinite(value)
    ]


def _distribution(values: Sequence[float], unit: object, bins: int, glyphs: Glyphs) -> Iterator[Row]:
    """The values in bins of equal width, one column each."""
    low, high = min(values), max(values)
    if low == high:
        yield text_row(f"all values are {amount(low, unit)}", "muted")
        return
    counts = [0] * bins
    for value in values:
        counts[min(int((value - low) / (high - low) * bins), bins - 1)] += 1
    bars = draw_bars(counts, glyphs)
    yield Row(
        (Span(f"{number(low)} ", "muted"), Span(bars, "accent"), Span(f" {amount(high, unit)}", "muted"))
    )


def draw_bars(counts: Sequence[int], glyphs: Glyphs) -> str:
    """One sign for each count; what is not 0 has at least the lowest bar."""
    most, steps = max(counts), len(glyphs.bars) - 1
    return "".join(glyphs.bars[0 if not count else max(1, round(count / most * steps))] for count in counts)
