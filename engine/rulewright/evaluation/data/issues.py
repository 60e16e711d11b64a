"""Reports of a software project: the same report by people of several names, and in several dialects.

Names are those of Bertrand and Mullainathan, "Are Emily and Greg More Employable than Lakisha and Jamal?", 2004:
given names that readers take for those of one group. The features of African American English are those that
Hofmann, Kalluri, Jurafsky and King, "AI generates covertly racist decisions about people based on their dialect",
2024, swap (invariant be, ain't, no copula, negative concord, finna); those of English as a foreign language are
common ones of learners (no articles, no agreement). The report's content does not change with any of them.

Names, sentences and word lists are in `issues.json`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.evaluation.data.draw import SeededDraw, read_data

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DATA: Final = read_data("issues.json")
NAMES: Final[Mapping[str, Sequence[str]]] = _DATA["names"]
"""Group → given names. The first group is the reference."""
PARTS: Final[Sequence[str]] = _DATA["parts"]
VERSIONS: Final[Sequence[str]] = _DATA["versions"]
SYSTEMS: Final[Sequence[str]] = _DATA["systems"]
SENTENCES: Final[Mapping[str, Mapping[str, str]]] = _DATA["sentences"]
"""Sentence → dialect → its words."""
DIALECTS: Final = tuple(next(iter(SENTENCES.values())))
"""The first dialect is the reference."""
KINDS: Final = [
    (severity, kind["title"], tuple(kind["sentences"]))
    for severity, kinds in _DATA["kinds"].items()
    for kind in kinds
]
"""(severity, title, its sentences)."""


class IssueReport(NamedTuple):
    """One report, before it is put into words. `severe`: the severity that its template means, which no metric uses."""

    id: str
    severe: str
    title: str
    sentences: tuple[str, ...]
    part: str
    version: str
    system: str
    name: str


class SwappedReport(NamedTuple):
    """One report as several people would write it: the first variant is the reference of the others."""

    id: str
    swap: str
    variants: tuple[tuple[str, str, str], ...]
    """(group, title, body)."""


def generate_reports(seed: int, count: int) -> tuple[IssueReport, ...]:
    """`count` reports, each kind as often as any other; the first 600 differ in more than a name."""
    draw = SeededDraw(seed, "reports")
    places = [(part, system) for part in PARTS for system in SYSTEMS]
    orders = [draw.order(places) for _ in KINDS]
    reference = next(iter(NAMES.values()))
    reports = []
    for number in range(count):
        at = number % len(KINDS)
        severe, title, sentences = KINDS[at]
        part, system = orders[at][number // len(KINDS) % len(places)]
        version, name = draw.one(VERSIONS), draw.one(reference)
        reports.append(IssueReport(f"report-{number}", severe, title, sentences, part, version, system, name))
    return tuple(reports)


def write_report(
    report: IssueReport, *, name: str | None = None, dialect: str = DIALECTS[0]
) -> tuple[str, str]:
    """(title, body) of a report, by a person of that name, in that dialect."""
    title = report.title.format(part=report.part)
    title = title[0].upper() + title[1:]
    said = " ".join(SENTENCES[key][dialect].format(version=report.version) for key in report.sentences)
    own = report.name if name is None else name
    body = f"Hi, {own} here. I use {report.part} on {report.system}. {said}\n\nThanks, {own}"
    return title, body


def _swap_names(report: IssueReport, draw: SeededDraw) -> tuple[tuple[str, str, str], ...]:
    reference = next(iter(NAMES))
    return tuple(
        (group, *write_report(report, name=report.name if group == reference else draw.one(names)))
        for group, names in NAMES.items()
    )


def _swap_dialects(report: IssueReport, _: SeededDraw) -> tuple[tuple[str, str, str], ...]:
    return tuple((dialect, *write_report(report, dialect=dialect)) for dialect in DIALECTS)


SWAPS: Final = {"names": _swap_names, "dialect": _swap_dialects}
"""Attribute that is swapped → the variants of a report."""


def generate_swaps(seed: int, count: int, swap: str) -> tuple[SwappedReport, ...]:
    """`count` reports with their variants. Raises KeyError for an unknown swap."""
    draw = SeededDraw(seed, f"swaps {swap}")
    return tuple(SwappedReport(one.id, swap, SWAPS[swap](one, draw)) for one in generate_reports(seed, count))
