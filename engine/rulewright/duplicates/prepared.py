"""Texts made ready for the index: terms, marks, lines and counts. Pure, so other processes can do it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from rulewright.duplicates.content import read_report
from rulewright.duplicates.shared_lines import pack_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Text = tuple[str, str, str]
"""Key, title and body of an issue."""


class Prepared(NamedTuple):
    """`issues`: key → its marks, one per line, the body's lines (`shared_lines.py`), and the terms of its title and
    of its body, as they are stored.

    `documents`: term → in how many of the issues it stands; `title_terms` and `body_terms`: how many there are.
    """

    issues: Mapping[str, tuple[str, bytes, str, str]]
    documents: Mapping[str, int]
    title_terms: int
    body_terms: int


def prepared(texts: Iterable[Text]) -> Prepared:
    """Terms, marks, lines and counts of `texts`."""
    issues: dict[str, tuple[str, bytes, str, str]] = {}
    counts: Counter[str] = Counter()
    of_titles = of_bodies = 0
    for key, title, body in texts:
        report = read_report(title, body)
        counts.update(set(report.title).union(*(words for words, _ in report.segments)))
        of_titles += len(report.title)
        of_bodies += sum(len(words) for words, _ in report.segments)
        joined = [" ".join(words) for words, _ in report.segments]
        lines = pack_lines(joined, report.segments)
        issues[key] = "\n".join(report.marks), lines, " ".join(report.title), " ".join(joined)
    return Prepared(issues, dict(counts), of_titles, of_bodies)
