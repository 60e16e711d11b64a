"""Statements about reports, in pairs that differ in one fact; and what is to be copied out of a report."""

from __future__ import annotations

from typing import Final, NamedTuple

from rulewright.evaluation.data.draw import Draw
from rulewright.evaluation.data.issues import NAMES, PARTS, PLACES, Report, reports, worded

ABOUT: Final = (
    ("system", PLACES, "The reporter uses it on {}."),
    ("part", PARTS, "The report is about {}."),
    ("name", next(iter(NAMES.values())), "The report was written by {}."),
)
"""(field of a report, what may stand there, the statement). Each field stands in every report's text."""

FIELDS: Final = {
    "component": "part",
    "system": "system",
    "reporter": "name",
}
"""Field of the answer → field of the report that it is copied from."""


class Pair(NamedTuple):
    """A report, a statement that it bears out, and one that differs in one fact and is false."""

    id: str
    title: str
    body: str
    right: str
    wrong: str


class Copied(NamedTuple):
    """A report, and the spans that stand in it: field → text."""

    id: str
    title: str
    body: str
    spans: tuple[tuple[str, str], ...]


def pairs(seed: int, count: int) -> tuple[Pair, ...]:
    """`count` pairs, each about another report, the kinds of facts in turn."""
    draw = Draw(seed, "pairs")
    out = []
    for number, report in enumerate(reports(seed, count)):
        field, values, statement = ABOUT[number % len(ABOUT)]
        true = str(getattr(report, field))
        title, body = worded(report)
        others = [one for one in values if one != true and one not in body and one not in title]
        out.append(Pair(report.id, title, body, statement.format(true), statement.format(draw.one(others))))
    return tuple(out)


def copied(seed: int, count: int) -> tuple[Copied, ...]:
    def spans(report: Report) -> tuple[tuple[str, str], ...]:
        return tuple((field, str(getattr(report, own))) for field, own in FIELDS.items())

    return tuple(Copied(one.id, *worded(one), spans(one)) for one in reports(seed, count))
