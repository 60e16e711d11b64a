"""Texts made ready for the index: terms, marks and counts. Pure, so other processes can do it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from rulewright.facts.duplicates.marks import marks
from rulewright.facts.duplicates.words import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Prepared", "Text", "prepared"]

Text = tuple[str, str, str]
"""Key, title and body of an issue."""


class Prepared(NamedTuple):
    """`issues`: key → its marks, one per line, and the terms of its title and of its body, as they are stored.

    `documents`: term → in how many of the issues it stands; `title_terms` and `body_terms`: how many there are.
    """

    issues: Mapping[str, tuple[str, str, str]]
    documents: Mapping[str, int]
    title_terms: int
    body_terms: int


def prepared(texts: Iterable[Text]) -> Prepared:
    """Terms, marks and counts of `texts`."""
    issues: dict[str, tuple[str, str, str]] = {}
    counts: Counter[str] = Counter()
    of_titles = of_bodies = 0
    for key, title, body in texts:
        (in_title, named), (in_body, more) = read(title), read(body)
        found = marks(f"{title}\n{body}", (*named, *more))
        counts.update({*in_title, *in_body})
        of_titles += len(in_title)
        of_bodies += len(in_body)
        issues[key] = "\n".join(found), " ".join(in_title), " ".join(in_body)
    return Prepared(issues, dict(counts), of_titles, of_bodies)
