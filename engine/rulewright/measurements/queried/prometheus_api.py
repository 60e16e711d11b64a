"""Prometheus' HTTP API: `{prometheus: QUERY}`, and `{prometheus: {bad|good, total}}` for counts.

    host: NAME            of `sources.hosts`; without it the host `prometheus`
    query: QUERY          PromQL, or `{response: FILE, select?}` for a saved answer
    bad, good, total      QUERY each
    range: 1h, step: 15s  the values of `query` over time, up to now
    $window in `bad`, `good` and `total` stands for the period of the objective's error budget; it is asked for
                          the windows of the burn rates as well
    up: QUERY             must be 1 at every moment of the last `range` (5m without one): a target that was down is
                          `stale`

All queries are evaluated at the same moment. Prometheus shows the last sample of a series for up to five minutes, with
the time of the query; `timestamp(QUERY)` tells when a plain series was measured, which is the time of the reading.
"""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.measurements.burn_rates import BURN_WINDOWS, HOUR
from rulewright.measurements.queried.access import describe_status
from rulewright.measurements.reader import Reading, UnusableSource
from rulewright.measurements.readers.counts import count_ratio, read_ratio
from rulewright.measurements.readers.instant import find_number
from rulewright.measurements.readers.label_selectors import parse_selector
from rulewright.measurements.readers.prometheus import parse_answer, read_answer, read_prometheus
from rulewright.measurements.sample import Count, Run
from rulewright.policy.json_types import as_object, as_text
from rulewright.policy.quantity import QuantityError, format_moment, parse_duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.measurements.queried.access import Access
    from rulewright.measurements.reader import Selection
    from rulewright.measurements.readers.counts import Ratio
    from rulewright.measurements.readers.prometheus import Answer
    from rulewright.policy.config import SourceHost
    from rulewright.policy.json_types import Json

DEFAULT_HOST: Final = "prometheus"
WINDOW: Final = "$window"
DEFAULT_RANGE: Final = 300.0
DEFAULT_STEP: Final = 15.0
MOST_POINTS: Final = 11_000
"""Prometheus' own limit for one series."""
OLD: Final = 60.0
"""Seconds after which the last sample of a series is warned of."""
APART: Final = 60.0
"""Seconds that saved answers of one ratio may be apart."""


class Moments(NamedTuple):
    """When queries are evaluated, in seconds since 1970 and seconds. `length` is 0 for one moment."""

    end: float
    length: float
    step: float

    @property
    def total(self) -> int:
        """How many moments there are."""
        return floor(self.length / self.step + 1e-9) + 1


def query_prometheus(source: Mapping[str, Json], selection: Selection, access: Access) -> Reading | None:
    """The reading of a mapping below `prometheus:`; None for one with `response` or `file`, which is read as a file.

    Raises UnusableSource.
    """
    if "response" in source or "file" in source:
        return None
    if "query" not in source and read_ratio(source) is None:
        raise UnusableSource("unsuitable", "`prometheus` takes `query`, or `total` with `bad` or `good`")
    moments = _read_moments(source, access)
    asker = _Asker(source, access, moments)
    _check_up(source, asker)
    ratio = read_ratio(source)
    if ratio is None:
        return _read_query(source["query"], selection, asker)
    if moments.length:
        raise UnusableSource("unsuitable", "a ratio takes numbers at one moment: remove `range`")
    if is_windowed(ratio):
        counts, warnings = _count_windows(ratio, selection.window, asker)
    else:
        count, warnings = count_ratio(ratio, asker.find_number)
        counts = [count]
    _check_apart(asker.times)
    time = format_moment(min(asker.times)) if asker.times else ""
    runs = tuple(Run(events=count, time=time) for count in counts)
    return Reading(runs, "", time, tool="prometheus", warnings=(*asker.warnings, *warnings))


def is_windowed(ratio: Ratio) -> bool:
    """Whether a query of a ratio has the placeholder of a window."""
    return any(isinstance(query, str) and WINDOW in query for query in (ratio.part, ratio.total))


def fill_window(query: Json, window: str) -> Json:
    """A query for one window, such as `5m`."""
    return query.replace(WINDOW, window) if isinstance(query, str) else query


def _count_windows(ratio: Ratio, whole: str, asker: _Asker) -> tuple[list[Count], tuple[str, ...]]:
    """The count of the budget's period, without a window, and those of the windows of the burn rates.

    A window without events has a total of 0: it spends nothing. Raises UnusableSource.
    """
    if not whole:
        raise UnusableSource(
            "unsuitable", f"`{WINDOW}` stands for the period of a `budget:`, and there is none"
        )
    count, warnings = count_ratio(_fill(ratio, whole), asker.find_number)
    counts, empty = [count], []
    for window in list_burn_windows():
        try:
            found, _ = count_ratio(_fill(ratio, window), asker.find_number)
        except UnusableSource as error:
            if error.code != "no_total":
                raise
            empty.append(window)
            found = Count(0.0, 0.0)
        counts.append(found._replace(window=window))
    return counts, (*warnings, *((f"no events within {', '.join(empty)}",) if empty else ()))


def _fill(ratio: Ratio, window: str) -> Ratio:
    return ratio._replace(part=fill_window(ratio.part, window), total=fill_window(ratio.total, window))


def list_burn_windows() -> list[str]:
    """The windows of the burn rates, the shortest first: `5m`, `30m`, `1h`, …"""
    seconds = sorted({length for windows in BURN_WINDOWS for length in (windows.long, windows.short)})
    return [format_window(length) for length in seconds]


def format_window(seconds: float) -> str:
    """A window of a burn rate as a duration of PromQL: `5m`, `24h`."""
    return f"{seconds / HOUR:.0f}h" if seconds >= HOUR else f"{seconds / 60:.0f}m"


def _read_moments(source: Mapping[str, Json], access: Access) -> Moments:
    length, step = (
        _read_duration(source, name, default) for name, default in (("range", 0.0), ("step", DEFAULT_STEP))
    )
    moments = Moments(access.now, length, step)
    if moments.total > MOST_POINTS:
        raise UnusableSource("unsuitable", f"`range` has {moments.total} steps; {MOST_POINTS} are the most")
    return moments


def _read_duration(source: Mapping[str, Json], name: str, default: float) -> float:
    if name not in source:
        return default
    try:
        seconds = parse_duration(as_text(source[name]) or "")
    except QuantityError as error:
        raise UnusableSource("unsuitable", f"`{name}`: {error.message}") from None
    if seconds <= 0:
        raise UnusableSource("unsuitable", f"`{name}` is 0")
    return seconds


class _Asker:
    """Asks the queries of one source, and keeps the times and the warnings of the answers."""

    def __init__(self, source: Mapping[str, Json], access: Access, moments: Moments) -> None:
        self.access = access
        self.moments = moments
        self.times: list[float] = []
        self.warnings: list[str] = []
        self._source = source
        self._host: SourceHost | None = None

    @property
    def host(self) -> SourceHost:
        """The host, looked up when it is first asked: saved answers need none."""
        if self._host is None:
            self._host = self.access.find_host(self._source.get("host"), DEFAULT_HOST)
        return self._host

    def ask(self, query: str) -> Answer:
        """The answer at the moment of this source. Raises UnusableSource."""
        return self._get("query", {"query": query, "time": f"{self.moments.end:.3f}"})

    def ask_range(self, query: str, moments: Moments) -> Answer:
        """The answer over time. Raises UnusableSource."""
        start = moments.end - (moments.total - 1) * moments.step
        parameters = {"start": f"{start:.3f}", "end": f"{moments.end:.3f}", "step": f"{moments.step:g}"}
        return self._get("query_range", {"query": query, **parameters})

    def _get(self, name: str, parameters: Mapping[str, str]) -> Answer:
        answer = self.access.get(self.host, f"/api/v1/{name}", parameters)
        if answer.status in (400, 422, 503) or answer.status == 200:
            return parse_answer(answer.body)
        raise UnusableSource("unreadable", describe_status(answer.status))

    def find_number(self, name: str, query: Json) -> float | None:
        """The number of a QUERY of a ratio; None for an empty result. Raises UnusableSource."""
        text = as_text(query)
        answer = self.ask(text) if text is not None else self._read_saved(name, query)
        self.warnings += [warning for warning in answer.warnings if warning not in self.warnings]
        if answer.matrices:
            raise UnusableSource("unsuitable", f"`{name}` gives values over time; a ratio takes one number")
        details = as_object(query) or {}
        selector = parse_selector(as_text(details.get("select")) or "")
        chosen = [each for each in answer.instants if selector.matches(each.labels)]
        if not chosen:
            return None
        self.times.append(self.find_time(text, answer) if text is not None else answer.time)
        if text is not None and "rate(" in text and "increase(" not in text:
            self.warnings.append(f"`{name}` is a rate per second, not a count of events: use `increase(…)`")
        return find_number(chosen, selector, f"`{name}`")

    def _read_saved(self, name: str, query: Json) -> Answer:
        path = as_text((as_object(query) or {}).get("response"))
        if path is None:
            raise UnusableSource("unsuitable", f"`{name}` is no query, and no `{{response: FILE}}`")
        try:
            return parse_answer(self.access.read_file(path))
        except UnusableSource as error:
            raise UnusableSource(error.code, f"`{name}`, {path}: {error.reason}") from None

    def find_time(self, query: str, answer: Answer) -> float:
        """When the oldest series of an instant answer was measured, with a warning for an old one."""
        if not answer.instants or not any(each.labels for each in answer.instants):
            return answer.time
        measured = [each.value for each in self.ask(f"timestamp({query})").instants]
        time = min((*measured, answer.time))
        if answer.time - time > OLD:
            self.warnings.append(f"the last sample is {answer.time - time:.0f}s old: is the target up?")
        return time


def _read_query(query: Json, selection: Selection, asker: _Asker) -> Reading:
    text = as_text(query)
    if text is None:
        path = as_text((as_object(query) or {}).get("response"))
        if path is None:
            raise UnusableSource("unsuitable", "`query` is no query, and no `{response: FILE}`")
        return read_prometheus(asker.access.read_file(path), selection)
    if asker.moments.length:
        reading = read_answer(asker.ask_range(text, asker.moments), selection)
        _check_points(len(reading.runs[0].values), asker.moments)
        return reading
    answer = asker.ask(text)
    reading = read_answer(answer, selection)
    if answer.matrices:
        return reading
    time = format_moment(asker.find_time(text, answer))
    runs = tuple(run._replace(time=time) for run in reading.runs)
    return reading._replace(runs=runs, time=time, warnings=(*reading.warnings, *asker.warnings))


def _check_points(points: int, moments: Moments) -> None:
    if points < moments.total:
        lost = moments.total - points
        raise UnusableSource("not_finite", f"{lost} of {moments.total} values are missing in the range")


def _check_up(source: Mapping[str, Json], asker: _Asker) -> None:
    """Raises UnusableSource (`stale`) when `up` was not 1 all the time."""
    if "up" not in source:
        return
    query = as_text(source["up"])
    if query is None:
        raise UnusableSource("unsuitable", "`up` is no query")
    moments = asker.moments if asker.moments.length else asker.moments._replace(length=DEFAULT_RANGE)
    matrices = asker.ask_range(query, moments).matrices
    if not matrices:
        raise UnusableSource("stale", f"`{query}` has no value: no target is scraped")
    for matrix in matrices:
        down = moments.total - sum(value == 1 for value in matrix.values)
        if down:
            where = matrix.labels.get("instance", "the target")
            raise UnusableSource("stale", f"{where} was down at {down} of {moments.total} moments")


def _check_apart(times: list[float]) -> None:
    known = [time for time in times if time]
    if known and max(known) - min(known) > APART:
        raise UnusableSource("stale", f"the two answers are {max(known) - min(known):.0f}s apart in time")
