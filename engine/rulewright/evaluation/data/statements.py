"""Statements about reports, in pairs that differ in one fact; and what is to be copied out of a report."""

from __future__ import annotations

from typing import Final, NamedTuple

from rulewright.evaluation.data.draw import SeededDraw
from rulewright.evaluation.data.issues import (
    NAMES,
    PARTS,
    SYSTEMS,
    IssueReport,
    generate_reports,
    write_report,
)

ABOUT: Final = (
    ("system", SYSTEMS, "The reporter uses it on {}."),
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


class StatementPair(NamedTuple):
    """A report, a statement that it bears out, and one that differs in one fact and is false."""

    id: str
    title: str
    body: str
    right: str
    wrong: str


class ExtractionCase(NamedTuple):
    """A report, and the spans that stand in it: field → text."""

    id: str
    title: str
    body: str
    spans: tuple[tuple[str, str], ...]


def generate_pairs(seed: int, count: int) -> tuple[StatementPair, ...]:
    """`count` pairs, each about another report, the kinds of facts in turn."""
    draw = SeededDraw(seed, "pairs")
    out = []
    for number, report in enumerate(generate_reports(seed, count)):
        field, values, statement = ABOUT[number % len(ABOUT)]
        true = str(getattr(report, field))
        title, body = write_report(report)
        others = [one for one in values if one != true and one not in body and one not in title]
        out.append(
            StatementPair(report.id, title, body, statement.format(true), statement.format(draw.one(others)))
        )
    return tuple(out)


def generate_extractions(seed: int, count: int) -> tuple[ExtractionCase, ...]:
    def spans(report: IssueReport) -> tuple[tuple[str, str], ...]:
        return tuple((field, str(getattr(report, own))) for field, own in FIELDS.items())

    return tuple(
        ExtractionCase(one.id, *write_report(one), spans(one)) for one in generate_reports(seed, count)
    )
