"""Values that stand for a secret instead of being one: `xxxx`, `<token>`, `changeme`, `EXAMPLE`, `${VAR}`."""

from __future__ import annotations

import re
from math import log2
from typing import Final

__all__ = ["entropy", "is_placeholder", "is_reference"]

_WORDS: Final = re.compile(
    r"example|x{4}|\*{3}|\.{3}|\?{3}|your|change[_-]?(?:me|it|this)|placeholder|dummy|redacted|insert|replace|"
    r"todo|fake|sample|masked|hidden|secret[_-]?here|(?:key|token)[_-]?here|foobar|deadbeef",
    re.IGNORECASE,
)
_RUN: Final = re.compile(r"(.)\1{5}")
_REFERENCE: Final = re.compile(
    r"[<>]|\$\{|\{\{|\$\(|%\(|\$[A-Za-z_]|%[A-Za-z_]+%|^[A-Za-z_.]+(?:\(|\[)|"
    r"::|^arn:|^(?:process|os|env|self|this|config|settings|secrets|vars?|params?|args|request|req|data|user|ctx)\."
)


def is_placeholder(value: str) -> bool:
    """Whether a value, without a vendor's prefix, is plainly made up: a word says so, or one character runs on."""
    return (
        _WORDS.search(value) is not None
        or _RUN.search(value) is not None
        or (len(value) >= 8 and len(set(value.lower())) <= 3)
    )


def is_reference(value: str) -> bool:
    """Whether a value is code or a template that leads to a secret: `${TOKEN}`, `os.environ[…]`, `<token>`."""
    return _REFERENCE.search(value) is not None


def entropy(value: str) -> float:
    """Shannon's entropy in bits per character."""
    if not value:
        return 0.0
    size = len(value)
    return -sum(n / size * log2(n / size) for n in map(value.count, set(value)))
