"""Secrets that their vendors gave a form of their own: one table, a row for each form.

Sources: the vendors' documentation of their token formats, GitHub's list of secret scanning patterns.
"""

from __future__ import annotations

from functools import cache
from string import ascii_letters, digits
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.facts.detect.github import has_checksum
from rulewright.facts.detect.model import Hit
from rulewright.facts.detect.placeholders import entropy, is_placeholder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rulewright.facts.detect.page import Page

__all__ = ["TOKENS", "Token", "tokens"]

LONGEST: Final = 4000
"""Characters of the longest token that is looked at."""


class Token(NamedTuple):
    """One form: RE2 patterns of what it begins with and of the rest of it; `first` are its possible first
    characters, where they are few.

    `check` is a checksum: where it fails, the match is only suspected (`failed`), or nothing when that is 0.
    `least` is the entropy in bits per character that the rest must have.
    """

    type: str
    first: str
    prefix: str
    rest: str
    confidence: float
    least: float = 2.5
    check: Callable[[str], bool] | None = None
    failed: float = 0.0


_W: Final = "[A-Za-z0-9_-]"

TOKENS: Final = (
    Token("github_token", "g", "gh[pousr]_", r"[A-Za-z0-9]{36}\b", 0.99, check=has_checksum, failed=0.55),
    # Installation tokens grow: newer ones are several hundred characters long and hold dots.
    Token("github_token", "g", "ghs_", r"[A-Za-z0-9_.-]{37,}\b", 0.9),
    Token("github_token", "g", "github_pat_", r"[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b", 0.97),
    Token("github_token", "v", r"v1\.", r"[0-9a-f]{40}\b", 0.85),
    Token("aws_key", "A", "(?:AKIA|ASIA|ABIA|ACCA)", r"[A-Z2-7]{16}\b", 0.9),
    Token("gcp_key", "A", "AIza", f"{_W}{{35}}", 0.95),
    Token("gcp_key", "G", "GOCSPX-", f"{_W}{{28}}", 0.95),
    Token("gcp_key", "y", r"ya29\.", f"{_W}{{20,}}", 0.9),
    Token("azure_key", "", r"[A-Za-z0-9_~.-]{3}\dQ~", r"[A-Za-z0-9_~.-]{31,34}", 0.85, 3.5),
    Token("slack_token", "x", "xox[abeoprs]-", "[A-Za-z0-9-]{16,}", 0.9),
    Token("slack_token", "x", r"xapp-\d-", r"[A-Z0-9]{6,20}-\d{6,20}-[A-Za-z0-9]{20,}", 0.95),
    Token(
        "slack_webhook",
        "h",
        r"https://hooks\.slack\.com/",
        "(?:services|workflows|triggers)/[TE][A-Z0-9]{5,20}/[A-Z0-9]{5,20}/[A-Za-z0-9/]{16,64}",
        0.95,
    ),
    Token("stripe_key", "sr", "[sr]k_(?:live|test)_", r"[A-Za-z0-9]{16,}\b", 0.95),
    Token("stripe_key", "w", "whsec_", "[A-Za-z0-9+/]{24,64}", 0.9),
    Token("anthropic_key", "s", r"sk-ant-[a-z]{2,10}\d{2}-", f"{_W}{{20,}}", 0.95),
    Token("openai_key", "s", "sk-", f"{_W}{{16,}}T3BlbkFJ{_W}{{16,}}", 0.99),
    Token("openai_key", "s", "sk-(?:proj|svcacct|admin|None)-", f"{_W}{{20,}}", 0.9),
    Token("openai_key", "s", "sk-", r"[A-Za-z0-9]{32,64}\b", 0.8, 3.2),
    Token("huggingface_token", "h", "hf_", r"[A-Za-z]{34}\b", 0.9, 3.2),
    Token("npm_token", "n", "npm_", r"[A-Za-z0-9]{36}\b", 0.99, check=has_checksum, failed=0.75),
    Token("pypi_token", "p", "pypi-AgE(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)", f"{_W}{{40,}}", 0.98),
    Token(
        "gitlab_token",
        "g",
        "gl(?:pat|dt|rt|cbt|ptt|ft|soat|oas|agent)-",
        r"[A-Za-z0-9_-][A-Za-z0-9_.-]{19,}\b",
        0.95,
    ),
    Token("twilio_key", "S", "SK[0-9a-f]{4}", r"[0-9a-f]{28}\b", 0.85),
    Token("sendgrid_key", "S", r"SG\.", rf"{_W}{{22}}\.{_W}{{43}}", 0.98),
)


@cache
def _ready() -> tuple[str, dict[str, list[tuple[Token, Any, Any]]]]:
    """A pattern of all that a token may begin with, and by its first character the rows with their patterns."""
    from rulewright.compile.pattern import compiled

    starts = "|".join(dict.fromkeys(row.prefix for row in TOKENS))
    rows: dict[str, list[tuple[Token, Any, Any]]] = {}
    for row in TOKENS:
        ready = (row, compiled(rf"\b{row.prefix}"), compiled(rf"\b{row.prefix}{row.rest}"))
        for first in row.first or ascii_letters + digits + "_~.-":
            rows.setdefault(first, []).append(ready)
    # Ten characters more, or it is none; then all that cannot begin another token.
    return rf"\b(?:{starts})[A-Za-z0-9_./+~-]{{10}}[A-Za-z0-9_-]*", rows


def tokens(page: Page) -> Iterator[Hit]:
    """Every token of the table: one pass for the beginnings, then a look at each."""
    starts, rows = _ready()
    for start, _ in page.spans(starts):
        limit = min(start + LONGEST, len(page.data))
        for row, prefix, whole in rows.get(chr(page.data[start]), ()):
            match = whole.match(page.data, start, limit)
            if match is None:
                continue
            value = page.read(start, match.end())
            sure, valid = _judged(row, value, value[prefix.match(page.data, start, limit).end() - start :])
            if sure:
                yield Hit(row.type, start, match.end(), sure, valid)
                break


def _judged(row: Token, value: str, rest: str) -> tuple[float, bool]:
    if is_placeholder(rest) or entropy(rest) < row.least:
        return 0.0, False
    if row.check is None:
        return row.confidence, False
    return (row.confidence, True) if row.check(value) else (row.failed, False)
