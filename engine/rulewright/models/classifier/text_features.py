"""What English reports say of themselves: turns of phrase, forms, and shape, as some eighty numbers in [0, 1].

The phrases are general; which of them speak for which label, a classifier learns from its examples.
"""

from __future__ import annotations

import re
from math import log1p
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.models.classifier.issue_text import IssueText


def any_of(*texts: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(texts)})(?!\w)")


PHRASES: Final[Mapping[str, re.Pattern[str]]] = {
    "breaks": any_of(
        "crash(?:es|ed|ing)?",
        "segfault\\w*",
        "segmentation fault",
        "hang(?:s|ing)?",
        "freez(?:es|e|ing)",
        "froze",
    ),
    "fails": any_of("fail(?:s|ed|ing|ure|ures)?", "broken", "breaks?", "stopped working", "no longer works?"),
    "error": any_of("errors?", "exceptions?", "traceback", "panic", "assert(?:ion)?s?"),
    "not": any_of(
        "doesn'?t work",
        "does not work",
        "not working",
        "isn'?t working",
        "won'?t",
        "cannot",
        "can'?t",
        "unable to",
    ),
    "wrong": any_of(
        "wrong(?:ly)?",
        "incorrect(?:ly)?",
        "unexpected(?:ly)?",
        "inconsistent",
        "invalid",
        "missing",
        "corrupt\\w*",
    ),
    "bug": any_of("bugs?", "regression", "reproduc\\w+", "repro", "glitch"),
    "since": any_of(
        "since (?:the )?(?:update|upgrad\\w+|version|v?\\d)",
        "after (?:updating|upgrading|the update)",
        "used to work",
        "previously",
    ),
    "leak": any_of(
        "memory leaks?",
        "leak(?:s|ing|ed)?",
        "deadlocks?",
        "race condition",
        "slow(?:er|ness)?",
        "overflow",
        "null",
    ),
    "feature": any_of(
        "feature(?: request)?s?",
        "enhancements?",
        "proposals?",
        "rfc",
        "wish(?:list)?",
        "suggest(?:ion|ions|ed)?",
    ),
    "would": any_of(
        "would be (?:nice|great|good|useful|helpful|awesome|cool|handy)",
        "it'?d be (?:nice|great|good|useful)",
        "i(?:'d| would) (?:like|love)",
    ),
    "add": any_of(
        "add(?:ing)?",
        "introduce",
        "implement(?:ing)?",
        "support(?: for)?",
        "allow(?:s|ing)?",
        "enable",
        "provide",
        "expose",
        "improve",
    ),
    "option": any_of(
        "option(?:s|al)?", "settings?", "configurable", "customi[sz]\\w+", "ability to", "a way to", "flag"
    ),
    "please": any_of(
        "please (?:add|support|consider|provide|allow|make|implement)",
        "consider",
        "should be (?:able|possible)",
        "could (?:we|you) (?:add|have|support)",
    ),
    "new": any_of(
        "new",
        "alternatives?",
        "motivation",
        "use[ -]cases?",
        "currently(?:,)? (?:there is|it is|we|you)",
        "instead of having",
    ),
    "how": any_of("how (?:to|do|can|does|should|would|could)", "how"),
    "why": any_of("why", "what(?: is|'s| are| does)?", "which", "where", "when"),
    "is it": any_of(
        "is (?:it|there|this)",
        "are there",
        "can (?:i|we|you|someone|anyone)",
        "does (?:it|this|anyone)",
        "do (?:i|we|you)",
        "should i",
    ),
    "question": any_of(
        "questions?",
        "wondering",
        "curious",
        "clarif\\w+",
        "confus(?:ed|ing|ion)",
        "understand",
        "explain",
        "explanation",
    ),
    "help": any_of(
        "help",
        "advice",
        "any (?:idea|ideas|suggestion|suggestions|pointers)",
        "recommend\\w*",
        "guidance",
        "best (?:way|practice)",
        "i(?:'m| am) trying to",
        "i want to",
    ),
    "thanks": any_of("thanks?(?: you)?", "thx", "in advance", "appreciated?"),
    "docs": any_of(
        "doc(?:s|umentation|umented)?",
        "tutorials?",
        "readme",
        "typos?",
        "examples?",
        "stack ?overflow",
        "guide",
    ),
    "build": any_of(
        "build(?:ing|s)?",
        "compil\\w+",
        "install(?:ing|ation|ed)?",
        "link(?:er|ing)",
        "cmake",
        "undefined reference",
    ),
    "expected": any_of(
        "expected (?:behaviou?r|result|output)",
        "actual (?:behaviou?r|result|output)",
        "current behaviou?r",
        "expected",
        "instead",
    ),
    "steps": any_of("steps to reproduce", "to reproduce", "steps", "reproduction"),
    "version": any_of("versions?", "os", "windows", "linux", "macos", "ubuntu", "browser", "environment"),
}
STARTS: Final[Mapping[str, re.Pattern[str]]] = {
    "asks": re.compile(
        r"(?:how|why|what|which|where|when|is|are|can|could|does|do|should|would|has|any|who)\b"
    ),
    "orders": re.compile(
        r"(?:add|support|allow|make|provide|implement|improve|enable|expose|introduce|remove|replace|use|show|include|extend|create|please|let|consider|"
        r"rename|convert|integrate|port|drop|deprecate|change|update|request)\b"
    ),
    "marks": re.compile(r"[\[(]?(?:bug|defect|error|crash|regression)\b"),
    "wishes": re.compile(r"[\[(]?(?:feature|feat|enhancement|request|rfc|proposal|suggestion|idea|wish)\b"),
    "wonders": re.compile(r"[\[(]?(?:question|help|support|discussion|query)\b"),
}


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
