"""Cues of English reports: phrases, title beginnings, and shape, as some eighty numbers in [0, 1].

The phrases are general; training finds which of them indicate which label.
"""

from __future__ import annotations

import json
import re
from math import log1p
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.models.classifier.issue_text import IssueText

_DATA: Final = json.loads((Path(__file__).parent / "phrases.json").read_bytes())
PHRASES: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)") for name, phrases in _DATA["phrases"].items()
}
"""Cue → its phrases (regular expressions in `phrases.json`), anywhere in a text."""
STARTS: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(rf"(?:{'|'.join(words)})\b") for name, words in _DATA["starts"].items()
}
"""Cue → the words that a title begins with."""


def measure_shape(reading: IssueText, title: str, body: str) -> list[float]:
    """Numbers that are no words."""
    words = len(title.split())
    return [
        float("?" in title),
        float(title.rstrip().endswith("?")),
        min(body.count("?"), 4) / 4,
        float("!" in title),
        min(words, 20) / 20,
        float(words <= 4),
        log1p(min(reading.raw, 20_000)) / 10,
        float(reading.raw < 40),
        log1p(min(len(body), 12_000)) / 10,
        min(len(reading.code), 3) / 3,
        log1p(sum(map(len, reading.code))) / 10,
        min(reading.frames, 4) / 4,
        min(len(reading.headings), 8) / 8,
        float(bool(re.search(r"\d+\.\d+", title))),
        float(bool(re.search(r"[A-Za-z]+(?:Error|Exception)\b|\b0x[0-9a-f]+", title + body))),
        float(bool(re.search(r"^\s*(?:\d+[.)]|[-*]) ", "\n".join(reading.lines), re.M))),
        float("`" in title or "()" in title or "_" in title),
    ]


SHAPE_COUNT: Final = 17
CUE_NAMES: Final = (
    *(f"title {name}" for name in PHRASES),
    *(f"body {name}" for name in PHRASES),
    *(f"starts {name}" for name in STARTS),
    *(f"shape {number}" for number in range(SHAPE_COUNT)),
)
MAX_PHRASE_TEXT: Final = 1500
"""Characters of the body in which phrases are looked for."""


def extract_cues(reading: IssueText, body: str) -> list[float]:
    """One number per name; `body` is the prose without the lines of forms."""
    title = reading.title.casefold()
    low = body[:MAX_PHRASE_TEXT].casefold().replace("’", "'")
    start = title.lstrip("[(*:- ")
    return [
        *(1.0 if pattern.search(title) else 0.0 for pattern in PHRASES.values()),
        *(min(len(pattern.findall(low)), 3) / 3 for pattern in PHRASES.values()),
        *(1.0 if pattern.match(start) else 0.0 for pattern in STARTS.values()),
        *measure_shape(reading, title, low),
    ]
