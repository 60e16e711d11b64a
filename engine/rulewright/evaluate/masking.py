"""The one function that masks text before anybody sees it: in explanations, plans, reports and on the screen.

It takes more than the detectors are sure of, since a report may be read by anyone. What leaves in a comment or a
notification is masked by `actions/outgoing.py`, and what GitHub shows by the action `mask`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

from rulewright.policy.characters import clip_text
from rulewright.policy.finding_types import may_hold
from rulewright.policy.lazy import defer_pattern

MASK: Final = "***"
_WINDOW: Final = 8
"""A text that is shown in `limit` characters is cut at so many times as many before it is masked."""
_SHORT: Final = 1_500
"""Characters of a text whose masked form is kept."""
_LONGEST_MASKED: Final = 70
"""Characters of a value that the cut may have made unrecognisable."""

_PREFIXES: Final = (
    r"gh[pousr]_|github_pat_|sk-|[sr]k_(?:live|test)_|whsec_|xox[abeoprs]-|xapp-|AKIA|ASIA|AIza|GOCSPX-|"
    r"gl[a-z]{2,5}-|hf_|npm_|pypi-|SG\.|SK(?=[0-9a-f]{16})"
)
_SUSPECT: Final = defer_pattern(rf"\b(?:{_PREFIXES}|eyJ|[A-Z]{{2}}\d{{2}})")
"""The begin of what the patterns below find and `may_hold` does not see."""
_PLAIN: Final = defer_pattern(r"[a-z0-9 ,./_#\-]+")
_TARGET: Final = defer_pattern(r"[A-Za-z0-9-]{1,39}/[A-Za-z0-9._\-]{1,100}(?:#\d+)?")
"""The name of a repository, with the number of an issue: every report has one, with capitals as in `Hello-World`."""
_SEPARATORS: Final = defer_pattern(r"[,/_#\-]")
_SIGNS: Final = defer_pattern(r" [≤≥] ")
"""The signs of limits: `p95 ≤ 800ms` has nothing else that is suspect."""


@cache
def _secrets() -> tuple[re.Pattern[str], ...]:
    """What is masked beside what the detectors suspect. A word such as `token` needs a separator or something that
    looks like a value behind it: `password=hunter2`, `the password hunter2`, but not `a token of thanks`."""
    return (
        re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*", re.DOTALL),
        re.compile(rf"\b(?:{_PREFIXES})[A-Za-z0-9_.\-]{{6,}}"),
        re.compile(
            r"(?i)\b(?:api[_-]?key|secret|passw(?:or)?d|pwd|passphrase|token|bearer)\b[\"']?"
            r"(?:\s*[:=]\s*|\s+(?:is\s+)?(?=\S{6})(?=\S*(?:\d|(?-i:[a-z][A-Z]))))\S+"
        ),
        re.compile(r"\b[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}\b"),
        re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.?[A-Za-z0-9_-]*"),
        re.compile(r"\b\d{3}-\d{2}-\d{4}\b"),
        re.compile(r"hooks\.slack\.com/\S+"),
        re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}\b"),
        re.compile(
            r"\b(?:[0-9A-Fa-f]{1,4}:){2,6}:[0-9A-Fa-f:]{1,30}|\b(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}\b"
        ),
        re.compile(r"(?<!\w)\+?\(?\d(?:[ ()./-]{0,2}\d){8,18}(?![0-9A-WYZ_a-wyz])"),
    )


def mask(text: str) -> str:
    """Replace what looks like personal data or a secret by `***`."""
    if not is_suspect(text):
        return text
    return _mask_short(text) if len(text) <= _SHORT else _mask_suspect(text)


def _mask_suspect(text: str) -> str:
    from rulewright.detection import detect

    for found in reversed(detect(text)):
        text = f"{text[: found.start]}{MASK}{text[found.end :]}"
    for pattern in _secrets():
        text = pattern.sub(MASK, text)
    return text


_mask_short = lru_cache(4096)(_mask_suspect)
"""A stream shows the same comments and conditions again and again."""


def is_suspect(text: str) -> bool:
    """Whether `mask` may find something. False is sure, and spares loading the detectors: names of labels, fields
    and issues are long words that are none of theirs."""
    if _SUSPECT.search(text) is not None:
        return True
    is_plain = _PLAIN.fullmatch(text) or _TARGET.fullmatch(text)
    return may_hold(_SEPARATORS.sub(" ", text) if is_plain else _SIGNS.sub(" ", text))


def mask_start(text: str, limit: int) -> str:
    """As much of a text, masked, as can be shown in `limit` characters.

    A long text is cut before it is masked, with room for what masking takes away; a word that the cut may have made
    unrecognisable goes with it.
    """
    window = _WINDOW * limit
    if len(text) <= window:
        return mask(text)
    kept = mask(text[:window])
    return kept if len(kept) > limit + _LONGEST_MASKED else kept[: max(kept.rfind(" "), 0)] + "…"


def mask_line(text: str, limit: int) -> str:
    """A text, masked, on one printable line of at most `limit` characters."""
    return clip_text(mask_start(text, limit), limit)
