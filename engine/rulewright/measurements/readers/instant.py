"""Series at one moment → one run: a figure, the buckets of a histogram, the quantiles of a summary, or a count."""

from __future__ import annotations

from itertools import pairwise
from math import inf, isfinite, isnan
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.reader import UnusableSource
from rulewright.measurements.readers.label_selectors import (
    NAME_LABEL,
    add_counts,
    format_labels,
    report_several,
)
from rulewright.measurements.sample import Buckets, Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.measurements.readers.label_selectors import Selector

BOUND: Final = "le"
"""The label with the upper bound of a bucket, as text; Prometheus 3 writes `1.0` where 2 wrote `1`."""
QUANTILE: Final = "quantile"
_SUFFIXES: Final = {
    "seconds": "s",
    "milliseconds": "ms",
    "microseconds": "us",
    "nanoseconds": "ns",
    "bytes": "B",
    "percent": "%",
    "ratio": "ratio",
}
_ENDINGS: Final = ("_total", "_sum", "_bucket", "_created")


class Instant(NamedTuple):
    """A series at one moment: a number, or a native histogram. `time`: seconds since 1970."""

    labels: Mapping[str, str]
    value: float
    time: float
    histogram: Buckets | None = None


def guess_unit(name: str) -> str:
    """The unit that the name of a metric ends with, by the naming rules of Prometheus; "" for none."""
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    return _SUFFIXES.get(name.rpartition("_")[2], "")


def read_instants(instants: Sequence[Instant], selector: Selector, aggregate: str) -> Run:
    """The run that selected series give.

    Series that differ by `le` alone are a histogram, by `quantile` alone a summary; one series is a figure that the
    tool computed; of `sum(…)` the sum. Raises UnusableSource.
    """
    what = f"`{selector.text}`" if selector.text else "the source"
    chosen = {label for label, is_equal, _ in selector.matchers if is_equal}
    for label in (BOUND, QUANTILE):
        if label not in chosen and all(label in each.labels for each in instants):
            if selector.is_sum:
                raise UnusableSource("unsuitable", f"{what} adds series that differ by `{label}`")
            _check_one_family(instants, label, what)
            return (_read_histogram if label == BOUND else _read_summary)(instants)
    if len(instants) > 1 and not selector.is_sum:
        raise report_several(what, [each.labels for each in instants])
    histograms = [each.histogram for each in instants if each.histogram is not None]
    if histograms:
        if len(instants) > 1:
            raise UnusableSource("unsuitable", f"{what} adds histograms, which is not supported")
        return Run(buckets=histograms[0])
    return Run(figures={aggregate: _check_finite(add_counts([each.value for each in instants]), what)})


def find_number(instants: Sequence[Instant], selector: Selector, what: str) -> float:
    """The one number of selected series, for a count; of `sum(…)` the sum. What is not finite stays as it is."""
    if len(instants) > 1 and not selector.is_sum:
        raise report_several(what, [each.labels for each in instants])
    if any(each.histogram is not None for each in instants):
        raise UnusableSource("unsuitable", f"{what} is a histogram; a count is one number")
    if any(not isfinite(each.value) for each in instants):
        return next(each.value for each in instants if not isfinite(each.value))
    return add_counts([each.value for each in instants])


def _check_one_family(instants: Sequence[Instant], label: str, what: str) -> None:
    """Raises UnusableSource when the series differ by another label, too."""
    rest = {
        format_labels({key: value for key, value in each.labels.items() if key != label}): each.labels
        for each in instants
    }
    if len(rest) > 1:
        others = [{key: value for key, value in labels.items() if key != label} for labels in rest.values()]
        raise report_several(what, others)


def _read_histogram(instants: Sequence[Instant]) -> Run:
    """Buckets of series with cumulative counts."""
    by_bound: dict[float, float] = {}
    for each in instants:
        bound = parse_number(each.labels[BOUND], f"the bound of {format_labels(each.labels)}")
        if isnan(bound):
            raise UnusableSource("unreadable", f"{format_labels(each.labels)} has no bound")
        if bound in by_bound:
            raise UnusableSource("ambiguous", f"two buckets have the bound {bound:g}")
        by_bound[bound] = _check_finite(each.value, format_labels(each.labels))
    if inf not in by_bound:
        raise UnusableSource("unreadable", 'the histogram has no bucket `le="+Inf"`')
    bounds = sorted(by_bound)
    if bounds[0] == -inf:
        raise UnusableSource("unreadable", 'the histogram has a bucket `le="-Inf"`')
    if by_bound[inf] == 0:
        raise UnusableSource("empty", "the histogram counts no values")
    steps = [0.0, *(by_bound[bound] for bound in bounds)]
    counts = [high - low for low, high in pairwise(steps)]
    worst = min(counts)
    if worst < -1e-9 * by_bound[inf]:
        place = bounds[counts.index(worst)]
        raise UnusableSource("unreadable", f'the cumulative counts fall at `le="{place:g}"`')
    return Run(buckets=Buckets(tuple(bounds[:-1]), tuple(max(0.0, count) for count in counts)))


def _read_summary(instants: Sequence[Instant]) -> Run:
    """Figures of series with quantiles that the tool computed."""
    figures = {}
    for each in instants:
        quantile = parse_number(each.labels[QUANTILE], f"the quantile of {format_labels(each.labels)}")
        if not 0 <= quantile <= 1:
            raise UnusableSource(
                "unreadable", f"{format_labels(each.labels)} has no quantile between 0 and 1"
            )
        name = {0.0: "min", 1.0: "max"}.get(quantile, f"p{quantile * 100:.7g}")
        if name in figures:
            raise UnusableSource("ambiguous", f"the quantile {quantile:g} occurs twice")
        figures[name] = _check_finite(each.value, format_labels(each.labels))
    return Run(figures=figures)


def parse_number(text: str, what: str) -> float:
    """The number of a text as Prometheus writes it, NaN and infinities included. Raises UnusableSource."""
    try:
        if text.strip() != text or "_" in text or not text.isascii():
            raise ValueError
        return float(text)
    except ValueError:
        raise UnusableSource("unreadable", f"{what} is `{text[:40]}`, which is no number") from None


def _check_finite(number: float, what: str) -> float:
    if not isfinite(number):
        raise UnusableSource("not_finite", f"{what} is {number}")
    return number


def name_of(instants: Sequence[Instant]) -> str:
    """The name of the metric, "" where a function has dropped it."""
    return instants[0].labels.get(NAME_LABEL, "") if instants else ""
