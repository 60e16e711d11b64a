"""Why a candidate is one, in words for people; none of a report's own text but single words of its title."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.duplicates.error_signatures import kind_of
from rulewright.duplicates.words import written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.duplicates.channels import Found
    from rulewright.duplicates.query import Query

TOO_LITTLE: Final = "too little content to compare"
MOST: Final = 6
LONGEST: Final = 80
KINDS: Final = {"frame": "same stack frame", "code": "same error code", "says": "same error message"}


def reasons(query: Query, one: Found) -> tuple[str, ...]:
    """The strongest first: shared words of the titles, shared marks, the ranks in the channels."""
    return tuple(each(query, one))


def each(query: Query, one: Found) -> Iterator[str]:
    shared = sorted(
        set(one.title_terms) & query.titled.keys() & query.content.said,
        key=lambda term: (-query.idf[term], term),
    )
    if shared:
        spelt = written(query.issue.title)
        words = dict.fromkeys(spelt.get(term, term)[:LONGEST] for term in shared)
        yield f"title shares {', '.join(list(words)[:MOST])}"
    held = set(one.marks)
    for kind, said in KINDS.items():
        marks = [mark for mark in query.marks if mark in held and kind_of(mark) == kind]
        if marks:
            more = f" and {len(marks) - 1} more" if len(marks) > 1 else ""
            yield f"{said} {marks[0].partition(':')[2][:LONGEST]}{more}"
    if "words" in one.ranks:
        yield f"words rank {one.ranks['words']}"
    if "vectors" in one.ranks:
        yield f"meaning rank {one.ranks['vectors']}"
