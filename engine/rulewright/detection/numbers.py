"""Numbers with rules of their own: payment cards, bank accounts, US social security and taxpayer numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rulewright.detection.model import Hit
from rulewright.detection.tables import IBAN_LENGTHS, read_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.detection.page import TextPage

_BRANDS: Final = tuple(
    (first, last or first, tuple(map(int, sizes.split(","))))
    for first, last, sizes in re.findall(r"(\d+)-?(\d*):(\S+)", " ".join(read_table("card_brands")))
)
"""(first prefix, last prefix, lengths), ISO/IEC 7812: issuers as their networks publish them. JCB has 3528 to 3589;
test data takes all of 35."""
_TEST_CARDS: Final = frozenset(read_table("test_cards"))
"""Numbers that payment processors publish for tests; no account has them."""
_CARD: Final = r"\b\d(?:[ -]?\d){11,18}\b"
_CARD_WORDS: Final = re.compile(rb"card|credit|debit|maestro|charge|pay")
_GROUPS: Final = frozenset(
    ("4-4-4-4", "4-6-5", "4-6-4", "4-4-4-4-3", "4-4-4-3", "4-4-5", "5-5-5", "4-4-4-1", "8-8")
)
"""Digits in each group of a card number, as cards show them."""
_WEIGHTS: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)

_IBAN: Final = r"\b[A-Za-z]{2}\d{2}[ -]?[A-Za-z0-9]"
_BETWEEN: Final = b" -"
_PERSON: Final = r"\b\d{3}[ .-]?\d{2}[ .-]?\d{4}\b"
_PERSON_SIGNS: Final = ("", "--", "  ", "..")
"""What may part the three groups: the same sign twice, or nothing."""
_PERSON_WORDS: Final = re.compile(rb"\bssn|social\W{0,3}sec|\bss ?#|\bitin\b|taxpayer|tax id|\btin\b")
_OTHER_WORDS: Final = re.compile(
    rb"(?:order|invoice|ticket|tracking|serial|part|model|sku|isbn|build|version|commit|case|ref|phone|tel|seed|rng|"
    rb"time|timestamp|epoch|hash|trace|span|request|run|job|\bid)"
    rb"[^0-9\n]{0,14}$"
)
_KNOWN_FAKES: Final = frozenset(("078051120", "219099999", "457555462", "123456789"))
"""Numbers of advertisements, invalid for ever, and the one that everyone makes up."""


def luhn(digits: str) -> bool:
    """The checksum of ISO/IEC 7812-1 annex B."""
    total = 0
    for place, sign in enumerate(reversed(digits)):
        number = ord(sign) - 48
        total += _WEIGHTS[number] if place % 2 else number
    return total % 10 == 0


def is_card(digits: str) -> bool:
    """Whether an issuer gives out numbers like this one, and its checksum holds."""
    size = len(digits)
    return (
        any(size in sizes and first <= digits[: len(first)] <= last for first, last, sizes in _BRANDS)
        and len(set(digits)) > 1
        and luhn(digits)
    )


def find_cards(page: TextPage) -> Iterator[Hit]:
    """Card numbers, plain or in groups. A longer row of groups is tried at each group."""
    if page.digits < 12:
        return
    for start, end in page.spans(_CARD):
        text = page.read(start, end)
        digits = text.replace(" ", "").replace("-", "")
        if _continues(page, start, end) or not _is_grouped_as_card(text) or digits in _TEST_CARDS:
            continue
        if not is_card(digits):
            continue
        # One row of digits in ten has the checksum by chance; twelve of them are seldom a card.
        is_long = len(digits) > 12
        before = page.before(start, 40)
        if _CARD_WORDS.search(before) or (is_long and len(text) > len(digits)):
            yield Hit("card", start, end, 0.95, validated=True)
        elif not _OTHER_WORDS.search(before):
            yield Hit("card", start, end, 0.75 if is_long else 0.45, validated=is_long)


def _is_grouped_as_card(text: str) -> bool:
    """Whether digits are in one row, or in groups of cards with the same sign between all of them."""
    groups = re.split("[ -]", text)
    is_known = "-".join(str(len(group)) for group in groups) in _GROUPS
    return len(groups) == 1 or (is_known and not (" " in text and "-" in text))


def _continues(page: TextPage, start: int, end: int) -> bool:
    """Whether the number is a part of something longer: a decimal, a path, a UUID, a word."""
    before, after = page.data[max(0, start - 2) : start], page.data[end : end + 2]
    return (
        (before[-1:] in (b".", b"-", b"/", b"_", b"=") and before[:1].isalnum() and before[-1:] != b"=")
        or after[:1] in (b"_", b"/")
        or (after[:1] in (b".", b"-") and after[1:].isalnum() and not after[1:].isspace())
    )


def is_iban(text: str) -> bool:
    """Whether the country's length is met and ISO 7064's mod 97-10 gives 1; `text` without spaces, upper case."""
    if IBAN_LENGTHS.get(text[:2]) != len(text) or not text.isalnum() or not "02" <= text[2:4] <= "98":
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1


def find_ibans(page: TextPage) -> Iterator[Hit]:
    """International bank account numbers, plain or in groups; the country says where one ends."""
    if page.digits < 7:
        return
    for start, _ in page.spans(_IBAN):
        size = IBAN_LENGTHS.get(page.read(start, start + 2).upper())
        if size is None:
            continue
        signs = page.data[start : start + 2 * size].translate(None, _BETWEEN)[:size]
        if len(signs) < size or not is_iban(signs.decode("ascii").upper()):
            continue
        end = start
        for _ in range(size):
            while page.data[end] in _BETWEEN:
                end += 1
            end += 1
        if not page.data[end : end + 1].isalnum():
            yield Hit("iban", start, end, 0.97, validated=True)


def is_ssn(digits: str) -> bool:
    """Whether the Social Security Administration could have given out these nine digits."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return (
        area not in ("000", "666")
        and area < "900"
        and group != "00"
        and serial != "0000"
        and digits not in _KNOWN_FAKES
        and len(set(digits)) > 1
    )


def is_itin(digits: str) -> bool:
    """Whether the Internal Revenue Service could have: 9xx and a group of 50–65, 70–88, 90–92, 94–99."""
    group = int(digits[3:5])
    return digits[0] == "9" and (
        50 <= group <= 65 or 70 <= group <= 88 or (90 <= group <= 99 and group != 93)
    )


def find_person_numbers(page: TextPage) -> Iterator[Hit]:
    """SSNs and ITINs in the groups 3-2-4; without signs between them only where the words before say so."""
    if page.digits < 9:
        return
    for start, end in page.spans(_PERSON):
        text = page.read(start, end)
        digits = re.sub("[ .-]", "", text)
        signs = text[3:-4].replace(digits[3:5], "", 1)
        kind = "ssn" if is_ssn(digits) else "itin" if is_itin(digits) else ""
        if not kind or _continues(page, start, end) or signs not in _PERSON_SIGNS:
            continue
        if _PERSON_WORDS.search(page.before(start, 50)):
            yield Hit(kind, start, end, 0.95, validated=True)
        elif signs and not _OTHER_WORDS.search(page.before(start, 30)):
            yield Hit(kind, start, end, 0.85 if signs == "--" else 0.6, validated=signs == "--")
