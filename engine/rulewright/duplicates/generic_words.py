"""Words and lines that tell no issue from another: generic titles, form labels, placeholders, template instructions.

Tables of general language and of what issue forms everywhere ask are in `generic_words.json`. What a repository's own
template says beside them is recognised from the index (`shared_lines.py`).
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Final

from rulewright.duplicates.words import terms
from rulewright.events.field_names import SYNONYMS

_SEPARATORS: Final = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Words alone, in lower case and British spelling, with single spaces: the form in which texts are looked up here.

    Marks, quotes and emoji do not count.
    """
    return _SEPARATORS.sub(" ", text).strip().casefold().replace("behavior", "behaviour")


@cache
def _table(name: str) -> tuple[str, ...]:
    """The entries of one table: phrases that are divided by `;`, or words."""
    text = " ".join(_tables()[name])
    return tuple(entry.strip() for entry in text.split(";")) if ";" in text else tuple(text.split())


@cache
def _tables() -> dict[str, list[str]]:
    """The tables, each in lines of text."""
    found: dict[str, list[str]] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return found


@cache
def generic_terms() -> frozenset[str]:
    """Terms that titles and bodies of any issue have."""
    return frozenset(term for word in _table("generic") for term in terms(word))


@cache
def environment_terms() -> frozenset[str]:
    """Terms that say where something happened: systems, browsers, versions."""
    return frozenset(term for word in _table("environment") for term in terms(word))


def is_label(folded: str) -> bool:
    """Whether a folded text is what forms call a field."""
    return folded in _labels()


def is_environment(folded: str) -> bool:
    """Whether a folded heading or label asks where it happened: by its first word, its last, or its question."""
    words = folded.split()
    if not words or any(word.isdigit() for word in words):
        return False
    names, asking = _environment_names()
    if words[0] in asking:
        return any(word in names for word in words[1:5])
    return words[0] in names or (len(words) <= 4 and words[-1] in names)


def is_placeholder(folded: str) -> bool:
    """Whether a folded text stands for no answer, or instructs."""
    if folded in _placeholders():
        return True
    beginnings = _instructions().get(folded[:2])
    return beginnings is not None and folded.startswith(beginnings)


def is_closing(folded: str) -> bool:
    """Whether a folded line ends a letter."""
    return folded in _closings()


@cache
def _environment_names() -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(_table("environment_names")), frozenset(_table("asking"))


@cache
def _labels() -> frozenset[str]:
    fields = (name for field, others in SYNONYMS.items() for name in (field, *others))
    return frozenset(map(fold, (*fields, *_table("labels"))))


@cache
def _placeholders() -> frozenset[str]:
    return frozenset(("", *map(fold, _table("placeholders")), *_closings()))


@cache
def _closings() -> frozenset[str]:
    return frozenset(map(fold, _table("closings")))


@cache
def _instructions() -> dict[str, tuple[str, ...]]:
    """What lines of instruction begin with, by the first two characters."""
    out: dict[str, tuple[str, ...]] = {}
    for beginning in map(fold, _table("instructions")):
        out[beginning[:2]] = (*out.get(beginning[:2], ()), beginning)
    return out
