"""Details that tell two alike reports apart: quoted names, dates, and the numbers of titles.

    No module named 'requests'   and   No module named 'cv2'
    Weekly sync 2026-01-01       and   Weekly sync 2026-01-08
    Sprint 12 retrospective      and   Sprint 13 retrospective

A detail belongs to a line, known by its other words. Two reports differ by what both titles, or the same line of both,
name differently.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.duplicates.dates import find_dates, is_same_date
from rulewright.duplicates.error_signatures import SAYS, VARIABLE
from rulewright.duplicates.words import terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LONGEST: Final = 4_000
"""Characters of a body that are searched for details."""
LONGEST_LINE: Final = 400
MOST: Final = 24
"""Details kept of one report."""
LINE_WORDS: Final = 3
"""A line with fewer words beside its details is not known again: `Click "OK"`."""
MOST_LINE_WORDS: Final = 12

QUOTED: Final = re.compile(
    r"""(?<!\w)(?:'([^'\n]{1,60})'|"([^"\n]{1,60})"|`([^`\n]{1,60})`)(?!\w)"""
    r"|[\u2018\u201a]([^\u2018\u2019\n]{1,60})\u2019|[\u201c\u201e]([^\u201c\u201d\n]{1,60})[\u201c\u201d]"
    r"|\u00ab\s?([^\u00ab\u00bb\n]{1,60}?)\s?\u00bb|\u300c([^\u300c\u300d\n]{1,60})\u300d|\u300e([^\u300e\u300f\n]{1,60})\u300f"
)
NUMBER: Final = re.compile(r"(?<![A-Za-z_\d.])v?\d+(?:\.\d+)*(?![A-Za-z_\d])")
DIGIT_OR_QUOTE: Final = re.compile(r"[\d'\"`\u2018\u201a\u201c\u201e\u00ab\u300c\u300e]")
TELLING: Final = re.compile(
    r"['\"`\u2018\u201a\u201c\u201e\u00ab\u300c\u300e\u6708\uc6d4]|(?<!\d)(?:19|20)\d\d(?!\d)"
)
"""What a line of a body has that has a name or a date."""
ASCII_SIGNS: Final = ("'", '"', "`", "20", "19")
"""One of these is in all that `TELLING` finds in plain ASCII, where they are looked up faster."""
LOGGED: Final = re.compile(r"\d:\d\d|\A\W*(?:19|20)\d\d")
"""A line with a time of day, or that begins with a year: its date says when it was written, not what it is about."""


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


def find_details(title: str, body: str) -> tuple[Detail, ...]:
    """The details of a report, each once. `body`: what of it is content, line by line."""
    title = title[:LONGEST_LINE] if DIGIT_OR_QUOTE.search(title) else ""
    found: dict[Detail, None] = {}
    if title:
        found.update((Detail(kind, TITLE, value), None) for kind, value in _read_details(title))
        words = _line_words(title)
        numbers = NUMBER.findall(_without_dates(title)) if words else ()
        found.update((Detail("number", words, number.removeprefix("v")), None) for number in numbers)
    for line in (title, *_telling_lines(body[:LONGEST])):
        details = _read_details(line, logged=line is not title and LOGGED.search(line) is not None)
        words = _line_words(line) if details and len(line) <= LONGEST_LINE else ""
        if words.count(" ") >= LINE_WORDS - 1:
            found.update((Detail(kind, words, value), None) for kind, value in details)
    return tuple(found)[:MOST]


def _telling_lines(body: str) -> Iterator[str]:
    """The lines of a body that may have a name or a date."""
    if body.isascii() and not any(sign in body for sign in ASCII_SIGNS):
        return
    end = 0
    for match in TELLING.finditer(body):
        if match.start() >= end:
            end = (body.find("\n", match.start()) + 1) or len(body)
            yield body[body.rfind("\n", 0, match.start()) + 1 : end].rstrip("\n")


def _read_details(line: str, *, logged: bool = False) -> list[tuple[str, str]]:
    """(kind, value) of the names and dates of a line; without dates where it is `logged`."""
    names = (" ".join("".join(match).split()).casefold() for match in QUOTED.findall(line))
    out = [("name", name) for name in names if any(map(str.isalpha, name))]
    if not logged:
        out += [("date", found.value) for found in find_dates(line)]
    return out


def _line_words(line: str) -> str:
    """The words by which a line is known again: those beside its details, and beside what changes from run to run."""
    said = SAYS.search(line)
    if said is not None:
        line = said[1]
    kept = VARIABLE.sub(" ", _without_dates(QUOTED.sub(" ", line))).casefold().split()
    return " ".join(kept[:MOST_LINE_WORDS])


def pack_details(details: Iterable[Detail]) -> str:
    """As the index keeps them: one per line, in three fields."""
    return "\n".join("\t".join(detail) for detail in details)


def unpack_details(packed: str) -> tuple[Detail, ...]:
    return tuple(Detail(*line.split("\t")) for line in packed.split("\n")) if packed else ()


def find_differences(
    mine: Sequence[Detail], theirs: Sequence[Detail], my_terms: frozenset[str], their_terms: frozenset[str]
) -> list[Difference]:
    """What tells two reports apart; `my_terms` and `their_terms`: all that they say.

    Where both titles have a detail of a kind, they decide. A name that stands in the other report, quoted or not, tells
    nothing.
    """
    out = []
    for kind in ("name", "date", "number"):
        ours, others = _values_by_line(kind, mine), _values_by_line(kind, theirs)
        both = [TITLE] if TITLE in ours and TITLE in others else [line for line in ours if line in others]
        differing = [
            line
            for line in both
            if not _have_common(kind, ours[line], others[line])
            and not (
                kind == "name" and (_stand_in(ours[line], their_terms) or _stand_in(others[line], my_terms))
            )
        ]
        if differing:
            values = (
                tuple(dict.fromkeys(value for line in differing for value in side[line]))
                for side in (ours, others)
            )
            out.append(Difference(kind, *values))
    return out


def _values_by_line(kind: str, details: Sequence[Detail]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for detail in details:
        if detail.kind == kind:
            out.setdefault(detail.line, []).append(detail.value)
    return out


def _have_common(kind: str, mine: Sequence[str], theirs: Sequence[str]) -> bool:
    if kind == "date":
        return any(is_same_date(one, other) for one in mine for other in theirs)
    return not set(mine).isdisjoint(theirs)


def _stand_in(names: Sequence[str], said: frozenset[str]) -> bool:
    """Whether all terms of one of the names stand in a report."""
    return any(found and said.issuperset(found) for found in map(terms, names))


def _without_dates(text: str) -> str:
    for found in reversed(find_dates(text)):
        text = f"{text[: found.start]} {text[found.end :]}"
    return text
