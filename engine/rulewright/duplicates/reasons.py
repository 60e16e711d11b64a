"""Reasons why an issue is a candidate: words that both titles have, marks that both issues have, ranks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rulewright.duplicates.dates import display_date
from rulewright.duplicates.error_signatures import mark_kind
from rulewright.duplicates.words import UNSPACED, character_pairs, first_spellings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rulewright.duplicates.candidates import FoundIssue
    from rulewright.duplicates.details import Difference
    from rulewright.duplicates.query import IssueQuery

MOST_WORDS: Final = 6
LONGEST_REASON: Final = 80
LONGEST_TITLE: Final = 400
"""Characters of a title that are searched for common parts."""
MARK_REASONS: Final = {"frame": "same stack frame", "code": "same error code", "says": "same error message"}
UNSPACED_RUN: Final = re.compile(f"{UNSPACED.pattern}{{2,}}")


def explain_candidate(
    query: IssueQuery, issue: FoundIssue, title: str, differences: Sequence[Difference] = ()
) -> Iterator[str]:
    """Why an issue is a candidate, the strongest reason first: shared words of the titles, shared marks, what
    tells them apart, the ranks in the channels. None of a report's own text but single words of its title, and names.
    `title`: the candidate's, as written."""
    shared = query.content.said.intersection(issue.title_terms, query.titled)
    words = shared_words(query.issue.title, title, shared, query.idf)
    if words:
        yield f"title shares {', '.join(word[:LONGEST_REASON] for word in words[:MOST_WORDS])}"
    for kind, reason in MARK_REASONS.items():
        marks = [mark for mark in query.marks if mark in issue.marks and mark_kind(mark) == kind]
        if marks:
            more = f" and {len(marks) - 1} more" if len(marks) > 1 else ""
            yield f"{reason} {marks[0].partition(':')[2][:LONGEST_REASON]}{more}"
    for difference in differences:
        mine, theirs = (_quote(difference.kind, side) for side in (difference.mine, difference.theirs))
        yield f"another {difference.kind}: {mine}, not {theirs}"
    if "words" in issue.ranks:
        yield f"words rank {issue.ranks['words']}"
    if "vectors" in issue.ranks:
        yield f"meaning rank {issue.ranks['vectors']}"


def _quote(kind: str, values: Sequence[str]) -> str:
    """The first value, and how many more there are."""
    more = f" and {len(values) - 1} more" if len(values) > 1 else ""
    first = display_date(values[0]) if kind == "date" else values[0]
    return f"{first[:LONGEST_REASON]}{more}"


def shared_words(title: str, other: str, shared: frozenset[str], idf: Mapping[str, float]) -> list[str]:
    """What two titles share, as `title` writes it, the rarest first; `shared`: the terms that both have.

    Of scripts without spaces, these are the longest parts that stand in both.
    """
    title, other = title[:LONGEST_TITLE], other[:LONGEST_TITLE]
    spellings = first_spellings(title)
    rarity: dict[str, float] = {}
    for term in shared:
        if not UNSPACED.search(term):
            word = spellings.get(term, term)
            rarity[word] = max(rarity.get(word, 0.0), idf[term])
    for part in common_parts(title, other):
        pairs = shared.intersection(character_pairs(part.lower()))
        if pairs:
            rarity[part] = sum(idf[pair] for pair in pairs)
    ordered = sorted(rarity, key=lambda word: (-rarity[word], title.find(word), -len(word)))
    return [word for place, word in enumerate(ordered) if not _is_within(word, ordered[:place])]


def _is_within(word: str, compounds: list[str]) -> bool:
    """Whether a word is a part of one of the identifiers before it."""
    return any(
        word in compound and first_spellings(compound).keys() & first_spellings(word)
        for compound in compounds
    )


def common_parts(text: str, other: str) -> Iterator[str]:
    """The longest parts of `text` in scripts without spaces, of two characters and more, that stand in `other` too."""
    found: dict[str, None] = {}
    low = other.lower()
    for run in UNSPACED_RUN.findall(text):
        start = 0
        while start < len(run) - 1:
            end = start + 2
            while end <= len(run) and run[start:end].lower() in low:
                end += 1
            if end > start + 2:
                found[run[start : end - 1]] = None
                start = end - 1
            else:
                start += 1
    yield from found
