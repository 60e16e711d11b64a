"""Details that tell two alike reports apart: quoted names, dates, and the numbers of titles.

    No module named 'requests'   and   No module named 'cv2'
    Weekly sync 2026-01-01       and   Weekly sync 2026-01-08
    Sprint 12 retrospective      and   Sprint 13 retrospective

A detail belongs to a line, known by its other words. Two reports differ by what the same line, or both titles, name
differently, unless they have a detail of the same kind in common.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.duplicates.dates import find_dates, is_same_date
from rulewright.duplicates.error_signatures import SAYS, VARIABLE
from rulewright.duplicates.words import terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence, Set

LONGEST: Final = 4_000
"""Characters of a body that are searched for details."""
LONGEST_LINE: Final = 400
MOST: Final = 24
"""Details kept of one report."""
LINE_WORDS: Final = 3
"""A line with fewer words beside its details is not known again: `Click "OK"`."""
MOST_LINE_WORDS: Final = 12
LOG_START: Final = 2
"""A date within so many characters of a line's start is that of a log's entry: it says when, not what."""

QUOTED: Final = re.compile(
    r"""(?<!\w)(?:'([^'\n]{1,60})'|"([^"\n]{1,60})"|`([^`\n]{1,60})`)(?!\w)"""
    r"|[\u2018\u201a]([^\u2018\u2019\n]{1,60})\u2019|[\u201c\u201e]([^\u201c\u201d\n]{1,60})[\u201c\u201d]"
    r"|\u00ab\s?([^\u00ab\u00bb\n]{1,60}?)\s?\u00bb|\u300c([^\u300c\u300d\n]{1,60})\u300d|\u300e([^\u300e\u300f\n]{1,60})\u300f"
)
NUMBER: Final = re.compile(r"(?<![A-Za-z_\d.])v?\d+(?:\.\d+)*(?![A-Za-z_\d])")
QUOTES: Final = frozenset("'\"`\u2018\u201a\u201c\u201e\u00ab\u300c\u300e")


class Detail(NamedTuple):
    """`kind`: `name`, `date` or `number`. `line`: the other words of its line, `TITLE` for any of a title."""

    kind: str
    line: str
    value: str


class Difference(NamedTuple):
    """What one report names and the other names differently, each in their order."""

    kind: str
    mine: tuple[str, ...]
    theirs: tuple[str, ...]


TITLE: Final = "title"


def find_details(title: str, lines: Iterable[str]) -> tuple[Detail, ...]:
    """The details of a report, each once. `lines`: of its body."""
    found: dict[Detail, None] = {}
    title = title[:LONGEST_LINE]
    for kind, value, _ in _read_details(title):
        found[Detail(kind, TITLE, value)] = None
    words = _line_words(title, least=1)
    if words is not None:
        for number in NUMBER.findall(_without_dates(title)):
            found[Detail("number", words, number.removeprefix("v"))] = None
    room = LONGEST
    for line in (title, *lines):
        room -= len(line)
        if room < 0 or len(found) >= MOST:
            break
        if len(line) > LONGEST_LINE:
            continue
        details = [
            (kind, value) for kind, value, start in _read_details(line) if kind != "date" or start > LOG_START
        ]
        words = _line_words(line, least=LINE_WORDS) if details else None
        if words is not None:
            found.update((Detail(kind, words, value), None) for kind, value in details)
    return tuple(found)[:MOST]


def _read_details(line: str) -> Iterator[tuple[str, str, int]]:
    """(kind, value, start) of the names and dates of a line."""
    if not QUOTES.isdisjoint(line):
        for match in QUOTED.finditer(line):
            name = " ".join(next(filter(None, match.groups())).split()).casefold()
            if any(map(str.isalpha, name)):
                yield "name", name, match.start()
    for found in find_dates(line):
        yield "date", found.value, found.start


def _line_words(line: str, least: int) -> str | None:
    """The words by which a line is known again, without its details; None where there are fewer than `least`."""
    said = SAYS.search(line)
    if said is not None:
        line = said[1]
    line = _without_dates(QUOTED.sub(" ", line))
    kept = VARIABLE.sub(" ", line).casefold().split()
    return " ".join(kept[:MOST_LINE_WORDS]) if len(kept) >= least else None


def pack_details(details: Iterable[Detail]) -> str:
    """As the index keeps them: one per line, in three fields."""
    return "\n".join("\t".join(detail) for detail in details)


def unpack_details(packed: str) -> tuple[Detail, ...]:
    return tuple(Detail(*line.split("\t")) for line in packed.split("\n")) if packed else ()


def find_differences(
    mine: Sequence[Detail], theirs: Sequence[Detail], my_terms: frozenset[str], their_terms: frozenset[str]
) -> list[Difference]:
    """What tells two reports apart. A name that stands in the other report, quoted or not, tells nothing."""
    out = []
    for kind in ("name", "date", "number"):
        ours = {detail for detail in mine if detail.kind == kind}
        others = {detail for detail in theirs if detail.kind == kind}
        lines = {detail.line for detail in ours} & {detail.line for detail in others}
        if not lines or _have_common(kind, ours, others):
            continue
        if kind == "name" and (_stand_in(ours, their_terms) or _stand_in(others, my_terms)):
            continue
        out.append(
            Difference(
                kind,
                tuple(
                    dict.fromkeys(detail.value for detail in mine if detail in ours and detail.line in lines)
                ),
                tuple(
                    dict.fromkeys(
                        detail.value for detail in theirs if detail in others and detail.line in lines
                    )
                ),
            )
        )
    return out


def _have_common(kind: str, mine: Set[Detail], theirs: Set[Detail]) -> bool:
    values, others = ({detail.value for detail in side} for side in (mine, theirs))
    if kind == "date":
        return any(is_same_date(one, other) for one in values for other in others)
    return not values.isdisjoint(others)


def _stand_in(names: Set[Detail], said: frozenset[str]) -> bool:
    """Whether all terms of one of the names stand in a report."""
    return any(found and said.issuperset(found) for found in (terms(name.value) for name in names))


def _without_dates(text: str) -> str:
    for found in reversed(find_dates(text)):
        text = f"{text[: found.start]} {text[found.end :]}"
    return text
