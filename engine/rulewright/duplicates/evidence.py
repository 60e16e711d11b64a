"""Evidence that two issues are the same, as features between 0 and 1."""

from __future__ import annotations

from functools import cache
from itertools import chain
from math import fsum, log
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.duplicates.content import read_content
from rulewright.duplicates.details import find_differences
from rulewright.duplicates.error_signatures import mark_kind
from rulewright.duplicates.query import count_documents
from rulewright.duplicates.shared_lines import (
    hash_title,
    shared_lines,
    shared_titles,
    unpack_lines,
    widespread_marks,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rulewright.duplicates.candidates import FoundIssue
    from rulewright.duplicates.content import Content
    from rulewright.duplicates.database import Index
    from rulewright.duplicates.details import Difference
    from rulewright.duplicates.query import IssueQuery

LEAST_SIZE: Final = 500
"""Rarity is reckoned as in an index of at least this many issues: in a small one every word looks common or unique."""


class Evidence(NamedTuple):
    """Coverage is by rarity: the part of the terms' weights that stands in the other issue. The terms are those of the
    content (`content.py`); where a title says nothing, the body stands for it.

    `stated` and `stated_back`: the query's title in the candidate's title or body, and the reverse. `whole` and
    `whole_back`: all terms in all terms. `frames`, `codes`: the shared part of both issues' marks, but for those that
    very many issues have. `clash`: both have marks, and share none. `differs`: their details tell them apart. The
    coverage of titles by titles, and how much the titles share or miss absolutely, got no weight in the calibration
    and are not computed.
    """

    stated: float
    stated_back: float
    whole: float
    whole_back: float
    frames: float
    codes: float
    clash: float
    differs: float


def weigh_candidates(
    index: Index,
    query: IssueQuery,
    candidates: Sequence[FoundIssue],
    contents: Sequence[Content] | None = None,
) -> list[Evidence]:
    """The evidence for each candidate. `contents`: their `read_contents`, where it was read already."""
    if contents is None:
        contents = read_contents(index, query, candidates)
    known = {term for content in contents for term in content.whole if term not in query.weights}
    documents = count_documents(index, sorted(known))
    size = max(query.size, LEAST_SIZE)
    scale = log(2 * size + 2)

    @cache
    def rarity(count: int) -> float:
        return log((size + 1) / (min(count, size) + 0.5)) / scale

    rare = {term: rarity(query.documents.get(term, 0)) for term in query.weights}
    # A candidate's own terms stand in the candidate itself; so a term that only it has is unknown otherwise.
    rare.update((term, rarity(documents.get(term, 1) - 1)) for term in known)
    shared = set(query.marks).intersection(chain.from_iterable(one.marks for one in candidates))
    widespread = widespread_marks(index, sorted(shared), query.size)
    return [
        _compare_issue(query, one, content, rare, widespread)
        for one, content in zip(candidates, contents, strict=True)
    ]


def _compare_issue(
    query: IssueQuery,
    one: FoundIssue,
    content: Content,
    rare: Mapping[str, float],
    widespread: frozenset[str],
) -> Evidence:
    whole, other_whole = query.content.whole, content.whole
    # Where a title says nothing, the body has to say it.
    title, other_title = query.content.title or query.content.said, content.title or content.said
    frames, codes, clash = _compare_marks(set(query.marks) - widespread, set(one.marks) - widespread)
    return Evidence(
        _coverage(title, other_whole, rare),
        _coverage(other_title, whole, rare),
        _coverage(whole, other_whole, rare),
        _coverage(other_whole, whole, rare),
        frames,
        codes,
        clash,
        float(bool(compare_details(query, one, content))),
    )


def compare_details(query: IssueQuery, one: FoundIssue, content: Content) -> list[Difference]:
    """What tells a candidate from the query; `content`: the candidate's."""
    return find_differences(query.details, one.details, query.content.whole, content.whole)


def _coverage(part: frozenset[str], whole: frozenset[str], rare: Mapping[str, float]) -> float:
    # The exact sum does not depend on the order of a set.
    total = fsum(map(rare.__getitem__, part))
    return fsum(map(rare.__getitem__, part & whole)) / total if total else 0.0


def _compare_marks(mine: Iterable[str], others: Iterable[str]) -> tuple[float, float, float]:
    """The shared part of frames, that of other marks, and whether both have some and share none."""
    parts = []
    for frames in (True, False):
        left = {mark for mark in mine if (mark_kind(mark) == "frame") == frames}
        right = {mark for mark in others if (mark_kind(mark) == "frame") == frames}
        parts.append((len(left & right) / len(left | right) if left | right else 0.0, bool(left and right)))
    (frames_shared, both_frames), (codes_shared, both_codes) = parts
    clash = (both_frames and not frames_shared) or (both_codes and not codes_shared)
    return frames_shared, codes_shared, float(clash)


def read_contents(index: Index, query: IssueQuery, found: Sequence[FoundIssue]) -> list[Content]:
    """The content of each candidate: its terms without those of lines that very many issues share."""
    lines = [list(unpack_lines(one.lines)) for one in found]
    titles = [hash_title(" ".join(one.title_terms)) for one in found]
    shared = shared_lines(
        index, (line.hash for of_one in lines for line in of_one), query.size, own=query.own_lines
    )
    untitled = shared_titles(index, titles, query.size, own=query.own_lines)
    out = []
    for one, title, of_one in zip(found, titles, lines, strict=True):
        segments: list[tuple[tuple[str, ...], bool]] = []
        at = 0
        for line in of_one:
            if line.hash not in shared:
                segments.append((one.body_terms[at : at + line.size], line.environment))
            at += line.size
        out.append(read_content(one.title_terms, segments, titled=title not in untitled))
    return out
