"""Dates in texts: days, months with a year, weeks and quarters, as people write them in titles."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

UNKNOWN: Final = "?"
"""The part of a date that is not said."""
EITHER: Final = " or "
HINT: Final = re.compile(
    r"(?:19|20)\d\d|[\u6708\uc6d4]|Q[1-4]|\d(?:st|nd|rd|th)?\.?\s[^\W\d_]{3}|[^\W\d_]{3}\.?\s[0-3]?\d(?![\w.:])"
)
"""Every date has one of these; nearly all that is no date has none."""


class FoundDate(NamedTuple):
    """A date in a text. `value`: `2026-01-08`, `2026-W02`, `2026-Q1`, with `?` for what is not said; where it can be
    read in two ways, both, with ` or ` between them."""

    start: int
    end: int
    value: str


@cache
def _months() -> dict[str, int]:
    """Name of a month, folded → its number."""
    table = json.loads(Path(__file__).with_name("vocabulary.json").read_text("utf-8"))["months"]
    return {name: number for number, names in enumerate(table, 1) for name in names.split()}


@cache
def _date_pattern() -> re.Pattern[str]:
    month = rf"(?:{'|'.join(sorted(_months(), key=len, reverse=True))})\b\.?"
    day, number, year = r"(?:3[01]|[0-2]?\d)", r"(?:1[0-2]|0?[1-9])", r"(?:19|20)\d\d"
    forms = (
        rf"(?<![\w.-])(?P<y1>{year})(?P<sep>[-/.])(?P<m1>{number})(?P=sep)(?P<d1>{day})(?!\d)",
        rf"(?<![\w.-])(?P<a>{day})(?P<by>[-/.])(?P<b>{day})(?P=by)(?P<y2>{year})(?!\w)",
        r"(?<![\w.-])(?P<y3>20\d\d)(?P<m3>0[1-9]|1[0-2])(?P<d3>[0-2]\d|3[01])(?!\w)",
        rf"(?:(?P<y4>{year})\s?[\u5e74\ub144]\s?)?(?P<m4>{number})\s?[\u6708\uc6d4]\s?(?P<d4>{day})\s?[\u65e5\uc77c]",
        (
            rf"(?<![\w.-])(?P<d5>{day})(?:st|nd|rd|th|\.)?\s(?:of\s|de\s)?(?P<m5>{month})"
            rf"(?:,?\s(?:de\s)?(?P<y5>{year})(?!\w))?"
        ),
        rf"\b(?P<m6>{month})\s(?P<d6>{day})(?:st|nd|rd|th)?(?![\w.:])(?:,?\s(?P<y6>{year})(?!\w))?",
        rf"\b(?P<m7>{month})\s(?P<y7>{year})(?!\w)",
        rf"(?<![\w.-])(?P<y8>{year})[-\s]?(?P<part>W\s?\d\d?|Q[1-4])(?!\w)",
        rf"(?<![\w.-])(?P<part2>Q[1-4])(?:[\s/-](?P<y9>{year}))?(?!\w)",
        r"(?<!\w)(?P<week>week|KW|CW|Woche|semaine|semana)\s(?P<number>\d\d?)(?!\w)",
    )
    return re.compile("|".join(forms), re.I)


def find_dates(text: str) -> list[FoundDate]:
    """The dates of a text, from left to right."""
    if HINT.search(text) is None:
        return []
    found = (FoundDate(*match.span(), _date_value(match)) for match in _date_pattern().finditer(text))
    return [date for date in found if date.value]


def _date_value(match: re.Match[str]) -> str:
    """See `FoundDate`; empty where it is none."""
    found = match.groupdict()
    part = found["part"] or found["part2"] or (f"W{found['number']}" if found["week"] else None)
    if part:
        size = 2 if part[0] in "wW" else 1
        return f"{found['y8'] or found['y9'] or UNKNOWN}-{part[0].upper()}{part[1:].strip().zfill(size)}"
    if found["a"] and found["b"]:
        days = {
            _iso_date(found["y2"], found["b"], found["a"]),
            _iso_date(found["y2"], found["a"], found["b"]),
        }
        return EITHER.join(sorted(days - {""}))
    for form in "13456":
        if found[f"d{form}"]:
            return _iso_date(found[f"y{form}"], found[f"m{form}"], found[f"d{form}"])
    return _iso_date(found["y7"], found["m7"], None)


def _iso_date(year: str | None, month: str, day: str | None) -> str:
    """`2026-01-08`; empty where the month is none."""
    name = month.rstrip(".").casefold()
    number = int(name) if name.isdigit() else _months().get(name, 0)
    if not 1 <= number <= 12:
        return ""
    return f"{year or UNKNOWN}-{number:02}-{f'{int(day):02}' if day else UNKNOWN}"


def is_same_date(one: str, other: str) -> bool:
    """Whether two dates (`FoundDate.value`) may be the same one: what is not said may be anything."""
    return any(
        len(parts) == len(others)
        and all(a == b or UNKNOWN in (a, b) for a, b in zip(parts, others, strict=True))
        for parts in (way.split("-") for way in one.split(EITHER))
        for others in (way.split("-") for way in other.split(EITHER))
    )


def display_date(value: str) -> str:
    """The date without what is not said."""
    return value.replace(f"{UNKNOWN}-", "").replace(f"-{UNKNOWN}", "")
