"""Characters that nobody sees and characters that look like others: one table, for searching and for showing.

`HIDDEN` is dropped wherever a text is shown or searched. `JOINING` is unseen too, but Persian, Hindi and emoji are
written with it: it stays in what is shown and is dropped for searching only, as combining marks are.

Sources: the Unicode Character Database (general categories, Default_Ignorable_Code_Point, compatibility
decompositions, decimal digits), Unicode Technical Standard 39 (confusable letters).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Final

from rulewright.policy.diagnostics import shorten
from rulewright.policy.lazy import defer_pattern

HIDDEN: Final = (
    (0x00, 0x08),  # controls, but not tab and line feed
    (0x0B, 0x1F),
    (0x7F, 0x9F),
    (0xAD, 0xAD),  # soft hyphen
    (0x34F, 0x34F),  # combining grapheme joiner
    (0x61C, 0x61C),  # Arabic letter mark
    (0x115F, 0x1160),  # Hangul fillers
    (0x17B4, 0x17B5),  # Khmer inherent vowels
    (0x180E, 0x180E),  # Mongolian vowel separator
    (0x200B, 0x200B),  # zero-width space
    (0x200E, 0x200F),  # direction marks
    (0x2028, 0x202E),  # line and paragraph separators, embeddings and overrides
    (0x2060, 0x206F),  # word joiner, invisible operators, isolates, deprecated format characters
    (0x2800, 0x2800),  # Braille pattern blank
    (0x3164, 0x3164),  # Hangul filler
    (0xFEFF, 0xFEFF),  # byte order mark
    (0xFFA0, 0xFFA0),  # half-width Hangul filler
    (0xFFF0, 0xFFFB),  # reserved, interlinear annotation
    (0x13441, 0x13442),  # Egyptian hieroglyph blanks
    (0x1BCA0, 0x1BCA3),  # shorthand format controls
    (0x1D159, 0x1D159),  # musical null notehead
    (0x1D173, 0x1D17A),  # musical beams, ties and slurs
    (0xE0000, 0xE00FF),  # tags
    (0xE01F0, 0xE0FFF),  # reserved, ignorable
)
"""First and last code points of what is blank or hidden and belongs to no script."""

JOINING: Final = (
    (0x180B, 0x180D),  # Mongolian variation selectors
    (0x180F, 0x180F),
    (0x200C, 0x200D),  # zero-width non-joiner and joiner
    (0xFE00, 0xFE0F),  # variation selectors
    (0xE0100, 0xE01EF),  # variation selectors of ideographs
)
"""First and last code points of what is unseen but changes how its neighbours are written."""

_BREAKS: Final = "\x85\u2028\u2029"
_SELECTORS: Final = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_IDEOGRAPHS: Final = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"

_HOMOGLYPHS: Final = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХԚԜԌҮӀЗ" + "аеорсухіјѕԁһԛԝѵүӏк" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϿ" + "αονικρυχγϲϳ" + "ıȷɡɑɩǀ",
        "ABESIJKMHOPCTYXQWGYI3" + "aeopcyxijsdhqwvylk" + "ABEZHIKMNOPTYXCC" + "aovikpuxycj" + "ijgail",
        strict=True,
    )
)
"""Letters of Cyrillic, Greek and rarer Latin that are drawn like ASCII ones."""

_SIGNS: Final = dict(
    zip(
        "‘’‚‛′ʼʹˈ´‹›" + "“”„‟″«»" + "−⁃˗" + "∶꞉" + "⁄∕" + "∗٭",
        "'" * 11 + '"' * 7 + "---" + "::" + "//" + "**",
        strict=True,
    )
)
"""Typographic quotes, dashes and signs."""

_LATIN: Final = defer_pattern(
    r"(?:.* )?LATIN (?:(CAPITAL)|SMALL) LETTER ([A-Z])(?: WITH .*)?|LATIN LETTER SMALL CAPITAL ([A-Z])"
)


@cache
def _hidden() -> re.Pattern[str]:
    """Hidden characters, and variation selectors that select nothing: behind another one, or an ideograph's
    without an ideograph. A row of them carries bytes that nobody sees."""
    ranges = "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in HIDDEN)
    return re.compile(
        f"[{ranges}]|(?<=[{_SELECTORS}])[{_SELECTORS}]|(?<![{_IDEOGRAPHS}])[\U000e0100-\U000e01ef]"
    )


def drop_hidden(text: str) -> str:
    """`text` as it may be shown: nothing hidden or blank; tabs, line feeds, joiners and marks stay."""
    if text.isascii() and text.isprintable():
        return text
    return _hidden().sub("", text)


def escape_commands(line: str) -> str:
    """The line with what a runner of Actions would obey (`::error::`, `##[group]`) broken."""
    return line.replace("::", ": :").replace("##[", "## [") if "::" in line or "##[" in line else line


def clip_text(text: str, limit: int) -> str:
    """One printable line of at most `limit` characters; what is cut shows as `…`."""
    line = escape_commands(" ".join(drop_hidden(text[: 4 * limit]).split()))
    return shorten(line, limit)


def is_mark(sign: str) -> bool:
    """Whether a character is drawn onto the one before it: a combining mark or a variation selector."""
    return not sign.isascii() and unicodedata.category(sign) in ("Mn", "Me")


@lru_cache(maxsize=1 << 14)
def search_form(sign: str) -> str | None:
    """What a character beyond ASCII counts as in a search: one ASCII character, nothing (`""`), or itself (None)."""
    if sign in _BREAKS:
        return "\n"
    if _is_unseen(sign) or is_mark(sign):
        return ""
    known = _SIGNS.get(sign) or _HOMOGLYPHS.get(sign)
    if known is not None:
        return known
    number = unicodedata.digit(sign, None)
    if number is not None:
        return str(number)
    kind = unicodedata.category(sign)
    if kind in ("Zs", "Pd"):
        return " " if kind == "Zs" else "-"
    letters = "".join(c for c in unicodedata.normalize("NFKD", sign) if not is_mark(c))
    if len(letters) == 1 and letters != sign:
        return letters if letters.isascii() else search_form(letters)
    return _latin_letter(sign)


def _is_unseen(sign: str) -> bool:
    code = ord(sign)
    return any(first <= code <= last for ranges in (HIDDEN, JOINING) for first, last in ranges)


def _latin_letter(sign: str) -> str | None:
    """The ASCII letter in the Unicode name of a Latin one."""
    found = _LATIN.fullmatch(unicodedata.name(sign, ""))
    if found is None:
        return None
    return found[2] if found[1] else (found[2] or found[3]).lower()
