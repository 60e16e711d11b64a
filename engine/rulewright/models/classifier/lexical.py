"""Words and pieces of words as hashed counts.

    words    of one and two words, title and prose apart, headings of forms and what was chosen under them
    letters  of 3 to 5 letters within words, title and prose apart
    whole    of one and two words, of everything together as it came

The hash is CRC-32: the same on every machine, and quick. 2^18 places, of which a model keeps those that it saw twice.
"""

from __future__ import annotations

import re
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING, Final
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.models.classifier.reading import Reading

PLACES: Final = 1 << 18
BLOCKS: Final = ("words", "letters", "whole")
WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[?!]")
ANY_WORD: Final = re.compile(r"\w+")
BODY_WORDS: Final = 300
WHOLE_WORDS: Final = 800
BODY_LETTERS: Final = 1200
TITLE_TIMES: Final = 2
"""An n-gram of the title also counts this often among those of the body."""


def place(text: str) -> int:
    return crc32(text.encode("utf-8", "replace")) & (PLACES - 1)


def counted(reading: Reading, body: str) -> dict[str, dict[int, float]]:
    """Block → place → 1 + log(count). `body` is the prose without the lines of forms."""
    return {
        "words": damped(words(reading, body)),
        "letters": damped(letters(reading, body)),
        "whole": damped(whole(reading)),
    }


def damped(counts: Mapping[int, float]) -> dict[int, float]:
    return {key: 1 + log(count) for key, count in counts.items()}


def words(reading: Reading, body: str) -> dict[int, float]:
    title = [number(word) for word in WORD.findall(reading.title.casefold())]
    text = [number(word) for word in WORD.findall(body.casefold())[:BODY_WORDS]]
    out: dict[int, float] = {}
    add(out, (f"t {gram}" for gram in grams(["^", *title, "$"])), 1)
    add(out, grams(title), TITLE_TIMES)
    add(out, grams(text), 1)
    add(out, (f"h {heading}" for heading in reading.headings), 1)
    add(out, (f"f {name}={answer}" for name, answer in reading.fields), 1)
    return out


def whole(reading: Reading) -> dict[int, float]:
    """Title and body as they came, with code, addresses and the form: which form it is says much."""
    text = f"{reading.title} {reading.text}".casefold()
    out: dict[int, float] = {}
    add(out, (f"w {gram}" for gram in grams(ANY_WORD.findall(text)[:WHOLE_WORDS])), 1)
    return out


def number(word: str) -> str:
    return "0" if word.isdigit() else word


def grams(tokens: list[str]) -> Iterable[str]:
    yield from tokens
    for first, second in pairwise(tokens):
        yield f"{first} {second}"


def letters(reading: Reading, body: str) -> dict[int, float]:
    out: dict[int, float] = {}
    title = " ".join(re.sub(r"\d+", "0", reading.title.casefold()).split())
    text = " ".join(re.sub(r"\d+", "0", body[:BODY_LETTERS].casefold()).split())
    add(out, (f"t {piece}" for piece in pieces(title)), 1)
    add(out, (f"b {piece}" for piece in pieces(text)), 1)
    return out


def pieces(text: str) -> Iterable[str]:
    """Three to five letters within each word with a blank on both sides."""
    for word in text.split(" "):
        padded = f" {word} "
        for size in (3, 4, 5):
            for first in range(len(padded) - size + 1):
                yield padded[first : first + size]


def add(out: dict[int, float], tokens: Iterable[str], times: int) -> None:
    for token in tokens:
        key = place(token)
        out[key] = out.get(key, 0.0) + times
