"""Triage metrics out of a journal's audit entries. Pure: the moment is an argument.

Times run from the subject's creation. What a dry run would have done counts for nothing but the number of dry runs.
"""

from __future__ import annotations

from statistics import fmean, median
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.policy.quantity import parse_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SERVICE_LEVELS: Final[Mapping[str, float]] = {
    "critical": 3600.0,
    "high": 24 * 3600.0,
    "medium": 72 * 3600.0,
    "low": 7 * 24 * 3600.0,
}
"""Severity → seconds from creation within which triage is over."""


class Level(NamedTuple):
    """One severity. `within` and `late` were triaged, `missed` were not and are over time, `open` have time left."""

    limit: float
    within: int = 0
    late: int = 0
    missed: int = 0
    open: int = 0

    @property
    def numbers(self) -> dict[str, int]:
        """How many subjects there are of each outcome."""
        return {"within": self.within, "late": self.late, "missed": self.missed, "open": self.open}

    @property
    def rate(self) -> float | None:
        """The share that was triaged in time, of all whose time is over or who are done; None of none."""
        known = self.within + self.late + self.missed
        return self.within / known if known else None


class Times(NamedTuple):
    """Seconds, over the `known` subjects; None of none."""

    known: int = 0
    mean: float | None = None
    median: float | None = None


class Metrics(NamedTuple):
    """`levels`: severity → Level. Rates are between 0 and 1, None where there is nothing to divide by."""

    subjects: int
    triaged: int
    levels: Mapping[str, Level]
    time_to_triage: Times
    time_to_owner: Times
    pii_findings: int
    pii_rate: float | None
    error_rate: float | None
    entries: int
    dry_runs: int
    gate_failures: int


class _Case:
    """What the entries of one subject say together."""

    __slots__ = ("created", "gate", "looked", "owned", "pii", "severity", "triaged", "triaged_at", "waited")

    def __init__(self) -> None:
        self.created: float | None = None
        self.severity: str | None = None
        self.triaged = self.waited = self.looked = False
        self.triaged_at: float | None = None
        self.owned: float | None = None
        self.gate: str | None = None
        self.pii = 0

    def add(self, entry: Mapping[str, object]) -> None:
        at = _moment(entry.get("at"))
        self.created = self.created if self.created is not None else _moment(entry.get("created_at"))
        severity = entry.get("severity")
        self.severity = severity if isinstance(severity, str) else self.severity
        pii = entry.get("pii")
        count = pii.get("count") if isinstance(pii, dict) else None
        if type(count) is int:
            self.looked, self.pii = True, max(self.pii, count)
        gate = entry.get("gate")
        self.gate = gate.get("result") if isinstance(gate, dict) else self.gate
        if entry.get("triaged"):
            if self.triaged_at is None:
                # Seen waiting before, so it was triaged by now at the latest.
                self.triaged_at = _moment(entry.get("triaged_at")) or (at if self.waited else None)
            self.triaged = True
        else:
            self.waited, self.triaged, self.triaged_at = True, False, None
        if self.owned is None and entry.get("owner"):
            self.owned = _moment(entry.get("owned_at"))

    def took(self, end: float | None) -> float | None:
        return None if end is None or self.created is None else max(0.0, end - self.created)


def metrics(contents: Iterable[Mapping[str, object]], now: str | None = None) -> Metrics:
    """The metrics of all `subject` records among `contents`, in the journal's order.

    `now` decides which untriaged subjects are over time: an ISO 8601 moment, the last record's where it is None.
    """
    entries = dry = failed = 0
    by_target: dict[str, _Case] = {}
    last: float | None = None
    for content in contents:
        last = _moment(content.get("at")) or last
        if content.get("kind") == "subject":
            entries += 1
            failed += bool(content.get("errors"))
            dry += bool(content.get("dry_run"))
            if _is_of_subject(content):
                by_target.setdefault(str(content.get("target")), _Case()).add(content)
    at = _moment(now) if now is not None else last
    cases = list(by_target.values())
    pii = [case.pii for case in cases if case.looked]
    return Metrics(
        subjects=len(cases),
        triaged=sum(case.triaged for case in cases),
        levels={name: _level(name, limit, cases, at) for name, limit in SERVICE_LEVELS.items()},
        time_to_triage=_times(case.took(case.triaged_at) for case in cases),
        time_to_owner=_times(case.took(case.owned) for case in cases),
        pii_findings=sum(pii),
        pii_rate=_ratio(sum(map(bool, pii)), len(pii)),
        error_rate=_ratio(failed, entries),
        entries=entries,
        dry_runs=dry,
        gate_failures=sum(case.gate == "fail" for case in cases),
    )


def _is_of_subject(content: Mapping[str, object]) -> bool:
    """Whether an entry says how an issue or pull request stands after a run that was no dry one."""
    numbered = content.get("number") is not None
    return numbered and not content.get("dry_run") and content.get("event") != "plan"


def _level(name: str, limit: float, cases: Iterable[_Case], now: float | None) -> Level:
    numbers = {"within": 0, "late": 0, "missed": 0, "open": 0}
    for case in cases:
        if case.severity is None or case.severity.casefold() != name:
            continue
        took, age = case.took(case.triaged_at), case.took(now)
        if took is not None:
            numbers["within" if took <= limit else "late"] += 1
        elif not case.triaged and age is not None:
            numbers["missed" if age > limit else "open"] += 1
    return Level(limit, **numbers)


def _times(found: Iterable[float | None]) -> Times:
    known = [one for one in found if one is not None]
    return Times(len(known), fmean(known), median(known)) if known else Times()


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _moment(value: object) -> float | None:
    return parse_moment(value) if isinstance(value, str) else None
