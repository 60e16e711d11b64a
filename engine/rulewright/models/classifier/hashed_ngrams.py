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

    from rulewright.models.classifier.issue_text import IssueText

HASH_SIZE: Final = 1 << 18
BLOCKS: Final = ("words", "letters", "whole")
WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[?!]")
ANY_WORD: Final = re.compile(r"\w+")
BODY_WORDS: Final = 300
WHOLE_WORDS: Final = 800
BODY_LETTERS: Final = 1200
TITLE_TIMES: Final = 2
"""An n-gram of the title also counts this often among those of the body."""


def hash_ngram(text: str) -> int:
    return crc32(text.encode("utf-8", "replace")) & (HASH_SIZE - 1)


def count_ngrams(reading: IssueText, body: str) -> dict[str, dict[int, float]]:
    """Block → place → 1 + log(count). `body` is the prose without the lines of forms."""
    return {
        "words": log_term_frequency(count_words(reading, body)),
        "letters": log_term_frequency(count_letters(reading, body)),
        "whole": log_term_frequency(count_all_words(reading)),
    }


def log_term_frequency(counts: Mapping[int, float]) -> dict[int, float]:
    return {key: 1 + log(count) for key, count in counts.items()}


def count_words(reading: IssueText, body: str) -> dict[int, float]:
    title = [normalize_number(word) for word in WORD.findall(reading.title.casefold())]
    text = [normalize_number(word) for word in WORD.findall(body.casefold())[:BODY_WORDS]]
    out: dict[int, float] = {}
    add_counts(out, (f"t {gram}" for gram in word_ngrams(["^", *title, "$"])), 1)
    add_counts(out, word_ngrams(title), TITLE_TIMES)
    add_counts(out, word_ngrams(text), 1)
    add_counts(out, (f"h {heading}" for heading in reading.headings), 1)
    add_counts(out, (f"f {name}={answer}" for name, answer in reading.fields), 1)
    return out


def count_all_words(reading: IssueText) -> dict[int, float]:
    """Title and body as they came, with code, addresses and the form: which form it is says much."""
    text = f"{reading.title} {reading.text}".casefold()
    out: dict[int, float] = {}
    add_counts(out, (f"w {gram}" for gram in word_ngrams(ANY_WORD.findall(text)[:WHOLE_WORDS])), 1)
    return out


def normalize_number(word: str) -> str:
    return "0" if word.isdigit() else word


def word_ngrams(tokens: list[str]) -> Iterable[str]:
    yield from tokens
    for first, second in pairwise(tokens):
        yield f"{first} {second}"


def count_letters(reading: IssueText, body: str) -> dict[int, float]:
    out: dict[int, float] = {}
    title = " ".join(re.sub(r"\d+", "0", reading.title.casefold()).split())
    text = " ".join(re.sub(r"\d+", "0", body[:BODY_LETTERS].casefold()).split())
    add_counts(out, (f"t {piece}" for piece in letter_ngrams(title)), 1)
    add_counts(out, (f"b {piece}" for piece in letter_ngrams(text)), 1)
    return out


def letter_ngrams(text: str) -> Iterable[str]:
    """Three to five letters within each word with a blank on both sides."""
    for word in text.split(" "):
        padded = f" {word} "
        for size in (3, 4, 5):
            for first in range(len(padded) - size + 1):
                yield padded[first : first + size]


def add_counts(out: dict[int, float], tokens: Iterable[str], times: int) -> None:
    for token in tokens:
        key = hash_ngram(token)
        out[key] = out.get(key, 0.0) + times
