"""Telephone numbers: shapes found by RE2, then judged by `phonenumbers` and by the words around them.

Shapes: international with `+` or `00` (E.164), North American in any grouping, national with a trunk `0`, an area
code in parentheses, plain digits and any other grouping beside a word such as `call` or `mobile`; each with an
extension. A number that the numbering plans do not know counts by its shape, but for less.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rulewright.detection.model import Hit
from rulewright.detection.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.detection.page import TextPage

_EXTENSION: Final = r"(?:[ ,;]{0,2}(?:x|ext\.?|extension|#)[ .:]{0,2}\d{1,6}\b)?"
_INTERNATIONAL: Final = r"(?:\(?\+|\b00|\b011[ -])[1-9]\d{0,2}\)?(?:[ .\-/]{0,2}(?:\(\d{1,5}\)|\d{1,5})){1,8}"
_AMERICAN: Final = (
    r"(?:(?:\b001|\+?\b1)[ .\-]{0,2})?\(\d{3}\)[ .\-]{0,2}\d{3}[ .\-]{0,2}\d{4}"
    r"|\b(?:(?:001|1)[ .\-])?\d{3}[.\-/ ] ?\d{3}[.\- ] ?\d{4}"
)
_NATIONAL: Final = r"(?:\(0\d{1,5}\)|\b0\d{1,5})(?:[ .\-/]{0,2}\d{2,8}){1,5}"
_AREA: Final = r"\(\d{2,5}\)[ \-/]?\d{2,4}(?:[ \-]?\d{2,4}){1,3}"
_PLAIN: Final = r"\b(?:[2-9]\d{9}|1[2-9]\d{9}|0\d{8,10})"
_NEEDED: Final = {"international": (b"+", b"00", b"011"), "national": (b"0",), "area": (b"(",)}
"""Shape → what the page must hold, one of it."""
_SEVEN: Final = r"\d(?:[ ().\-/]{0,3}\d){6}"
"""Seven digits close together: no number has fewer."""
_SHAPES: Final = (
    ("international", f"(?i)(?:{_INTERNATIONAL}){_EXTENSION}"),
    ("american", f"(?i)(?:{_AMERICAN}){_EXTENSION}"),
    ("national", f"(?i)(?:{_NATIONAL}){_EXTENSION}"),
    ("area", f"(?i)(?:{_AREA}){_EXTENSION}"),
    ("plain", f"(?i)(?:{_PLAIN}){_EXTENSION}"),
)
_NAMED: Final = (
    r"(?i)\b(?:(?:tele|cell|smart|mobile ?)?phone|telefon|tel|mobile|cell|fax|whatsapp|sms|hotline|landline|call|"
    r"dial|ring|contact|number|reach|text)\b"
    r"[^0-9\n+(]{0,24}\+?\(?\d(?:[ ().\-/]{0,2}\d){6,13}" + _EXTENSION
)
_SAYS: Final = re.compile(
    rb"phone|\btel\b|telefon|\bmob(?:ile)?\b|\bcell\b|\bfax\b|whatsapp|\bsms\b|hotline|landline|\bcall|\bdial|"
    rb"\bring\b|\breach\b|contact|\btext(?:ed|ing)?\b|voicemail|toll|helpline|\bnumbers?\b"
)
_OTHER: Final = re.compile(
    rb"(?:\b|_)(?:order|invoice|ticket|tracking|serial|part|model|sku|isbn|issn|build|version|commit|case|"
    rb"ref(?:erence)?|account|acct|card|iban|ssn|itin|id|uid|pid|gid|userid|user|port|lines?|rows?|offset|range|"
    rb"pages?|bytes?|size|timestamp|time|epoch|date|hash|seed|sha|rev|revision|pr|issue|job|run|request|trace|span|"
    rb"batch|customer|transaction|routing|passport|licen[cs]e|zip|code|price|amount|total|quantity|qty|address|0x|"
    rb"eur|usd)"
    rb"(?:[ _-]?(?:number|no\.?|id|nr|num))?[ \t:=#(\[\"'{]{0,6}(?:is |was |of )?#?$|\$ ?$"
)
_SPACED: Final = re.compile(r"\d+(?: \d+)+")
_GROUP_BEFORE: Final = re.compile(rb"(?:^|[^a-z0-9])(?=[a-z]*\d)[0-9a-z]{2,4} $")
_GROUP_AFTER: Final = re.compile(rb" (?=[a-f]*\d)[0-9a-f]{2,4}(?![0-9a-z:/.-])")
_PROSE: Final = re.compile(rb"(?:^|\b(?:to|at|on|is|me|us|of|via|with)|[,;])[ \t]*$")
"""Where plain digits may be a telephone number although no word says so."""
_DATE: Final = re.compile(
    r"(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?!\d)"
    r"|(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|[12]\d|3[01])[-/.](?:19|20)?\d\d(?!\d)"
)
_PERSON: Final = re.compile(r"\d{3}([ -])\d{2}\1\d{4}")
"""The groups of a US social security number: whatever else is wrong with one, it is no telephone number."""
_REGIONS: Final = read_table("phone_regions")
"""Where a number with a trunk `0` may be at home."""


def find_phones(page: TextPage) -> Iterator[Hit]:
    """Every number, once for each shape that it has; overlaps are resolved later."""
    if page.digits < 7 or next(page.spans(_SEVEN), None) is None:
        return
    for shape, pattern in _SHAPES:
        signs = _NEEDED.get(shape)
        if signs is not None and not any(sign in page.data for sign in signs):
            continue
        for start, end in page.spans(pattern):
            hit = _judged(page, shape, start, end)
            if hit is not None:
                yield hit
    if page.holds((b"phone", b"tel", b"mobile", b"cell", b"fax", b"whats", b"sms", b"line", b"call", b"dial", b"ring",
                   b"contact", b"number", b"reach", b"text")):  # fmt: skip
        yield from _named(page)


def _named(page: TextPage) -> Iterator[Hit]:
    """Digits in any grouping beside a word that says what they are."""
    for start, end in page.spans(_NAMED):
        first = re.search(r"\+?\(?\d", page.read(start, end))
        if first is not None:
            hit = _judged(page, "named", start + first.start(), end)
            if hit is not None:
                yield hit


def _judged(page: TextPage, shape: str, start: int, end: int) -> Hit | None:
    while start < end and page.data[start] in b" .-/":
        start += 1
    number = re.split(r"[ ,;]*(?:x|e|#)", page.read(start, end), maxsplit=1, flags=re.IGNORECASE)[0]
    digits = re.sub(r"\D", "", number)
    if not 7 <= len(digits) <= 15 or len(set(digits)) < 3 or _is_other(page, number, start, end):
        return None
    before = page.before(start, 48)
    said = _SAYS.search(before) is not None or _SAYS.search(page.after(end, 24)) is not None
    sure, valid = _SURE[shape](number, digits, said, _PROSE.search(before) is not None)
    opened = number.count("(") - number.count(")")
    if not sure or opened > 0 or (opened < 0 and not number.startswith("(")):
        return None
    return Hit("phone", start, end, sure, validated=valid)


def _is_other(page: TextPage, number: str, start: int, end: int) -> bool:
    """Whether digits are a part of something longer, or another number by their groups and the words before them."""
    if _continues_before(page.data[max(0, start - 2) : start]) or _continues_after(page.data[end : end + 2]):
        return True
    before = page.before(start, 48)
    if _PERSON.fullmatch(number) or _OTHER.search(before):
        return True
    return _SPACED.fullmatch(number) is not None and _in_row(before, page.after(end, 8))


def _continues_before(before: bytes) -> bool:
    """Whether the digits are the end of a longer number, or of a word, a path, a decimal or a version."""
    last, previous = before[-1:], before[:1]
    if last.isalnum() or last in (b"_", b"@", b"\\", b"&", b"%"):
        return True
    if last in (b"/", b"-", b"."):
        return previous.isalnum()
    return last in (b":", b"+", b",", b"=") and previous.isdigit()


def _continues_after(after: bytes) -> bool:
    """Whether the digits go on as a longer number, a word, a path, a decimal or a version."""
    following = after[:1]
    if following.isalnum() or following in (b"_", b"@"):
        return True
    return following in (b".", b"-", b"/", b":", b",") and after[1:].isdigit()


def _in_row(before: bytes, after: bytes) -> bool:
    """Whether more groups stand before or behind: a card, an account, bytes in hexadecimal."""
    return _GROUP_BEFORE.search(before) is not None or _GROUP_AFTER.match(after) is not None


def _is_date(number: str) -> bool:
    return _DATE.match(number.strip("( ")) is not None


def _international(number: str, digits: str, said: bool, prose: bool) -> tuple[float, bool]:
    plus = re.sub(r"^(?:00|011)[ -]?|^\(\+", "+", number)
    if number[0] != "+" and _is_date(number):
        return 0.0, False
    state = _state(re.sub(r"\(0\)", "", plus), None)
    if state == 2:
        return 0.95, True
    if state == 1:
        return (0.8 if said else 0.7), False
    return (0.6 if said or (number[0] == "+" and re.search(r"\d\D+\d", number)) else 0.0), False


def _american(number: str, digits: str, said: bool, prose: bool) -> tuple[float, bool]:
    ten = digits.removeprefix("00").removeprefix("1") if len(digits) > 10 else digits
    if len(ten) != 10 or _is_date(number):
        return 0.0, False
    if _state("+1" + ten, None) == 2:
        return 0.92, True
    return (0.8 if said else 0.65 if ten[0] > "1" else 0.55), False


def _national(number: str, digits: str, said: bool, prose: bool) -> tuple[float, bool]:
    if _is_date(number) or not 8 <= len(digits) <= 12:
        return 0.0, False
    groups = re.findall(r"\d+", number)
    if len(groups) > 2 and len(groups) != 5 and all(len(group) <= 2 for group in groups):
        return 0.0, False  # a clock, bytes in hexadecimal
    if len(digits) < 9:
        return (0.75 if said else 0.0), False
    if _is_valid_somewhere(digits):
        return (0.9 if said else 0.72), said
    return (0.75 if said else 0.55), False


def _area(number: str, digits: str, said: bool, prose: bool) -> tuple[float, bool]:
    if not 7 <= len(digits) <= 12 or _is_date(number):
        return 0.0, False
    return (0.8 if said else 0.6), False


def _plain(number: str, digits: str, said: bool, prose: bool) -> tuple[float, bool]:
    if digits[0] == "0":
        return ((0.8 if _is_valid_somewhere(digits) else 0.7) if said else 0.0), False
    valid = _state("+1" + digits[-10:], None) == 2
    if not said:
        return (0.5 if valid and prose else 0.0), False
    return (0.85 if valid else 0.65), False


def _is_valid_somewhere(digits: str) -> bool:
    """Whether a number with a trunk `0` is valid in one of the regions."""
    return any(_state(digits, region) == 2 for region in _REGIONS)


def _named_shape(number: str, digits: str, said: bool, prose: bool) -> tuple[float, bool]:
    if _is_date(number) or re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", number):
        return 0.0, False
    grouped = re.search(r"\d\D+\d", number) is not None
    if not grouped and len(digits) > 11:
        return 0.0, False
    return (0.65 if grouped else 0.55), False


_SURE: Final = {
    "international": _international,
    "american": _american,
    "national": _national,
    "area": _area,
    "plain": _plain,
    "named": _named_shape,
}


@lru_cache(maxsize=4096)
def _state(number: str, region: str | None) -> int:
    """2: a valid number of the region's plan; 1: one of a possible length; 0: neither."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return 0
    if phonenumbers.is_valid_number(parsed):
        return 2
    return 1 if phonenumbers.is_possible_number(parsed) else 0
