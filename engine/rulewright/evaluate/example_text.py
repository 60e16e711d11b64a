"""A short text that a pattern fits, for the patterns that people write. It may be wrong: whoever asks tries it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = re.compile(
    r"\(\?[a-zA-Z-]*\)|\((?:\?(?:P?<\w+>|[a-zA-Z-]*:))?|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|\\[pP](?:\{\w+\}|\w)|\\.|."
    r"|\n"
)
_QUANTIFIER: Final = re.compile(r"(?:\?|\*|\+|\{(\d+)(?:,\d*)?\})\??")
_CLASSES: Final = {
    "d": "1",
    "w": "x",
    "s": " ",
    "D": "x",
    "W": " ",
    "S": "x",
    "n": "\n",
    "t": "\t",
    "r": "\r",
}
_NOTHING: Final = frozenset(["", *"bBAzQE"])
"""Escapes that take no character."""
_MOST_REPEATS: Final = 200


def example_of_glob(glob: str) -> str:
    """A text for a glob of names: `severity/*` gives `severity/x`."""
    text = re.sub(r"\{([^{},]*)[^{}]*\}", r"\1", glob)
    return text.replace("**", "*").replace("*", "x").replace("?", "x").replace("\\", "")


def example_of_regex(pattern: str) -> str:
    """A text that a regular expression may find: of alternatives the first, of what may be left out nothing."""
    tokens = list(_TOKEN.findall(pattern))
    return "".join(_alternative(iter(_with_quantifiers(tokens, pattern))))


def _with_quantifiers(tokens: list[str], pattern: str) -> Iterator[tuple[str, int]]:
    """Every token with how often it has to stand there; quantifiers are no tokens of their own."""
    at = 0
    skip = 0
    for token in tokens:
        at += len(token)
        if skip:
            skip -= len(token)
            continue
        found = None if token in ("(", "|") else _QUANTIFIER.match(pattern, at)
        if found is None:
            yield token, 1
            continue
        skip = found.end() - at
        least = int(found[1]) if found[1] else int(found[0][0] == "+")
        yield token, min(least, _MOST_REPEATS)


def _alternative(tokens: Iterator[tuple[str, int]]) -> list[str]:
    """The texts of the first alternative, up to the end of its group."""
    out: list[str] = []
    is_first = True
    for token, least in tokens:
        if token.startswith("(") and not (token.startswith("(?") and token.endswith(")")):
            inner = _group(tokens)
            if is_first:
                out.append(inner)
        elif token == ")":
            return ["".join(out) * least]
        elif token == "|":
            is_first = False
        elif is_first:
            out.append(_one(token) * least)
    return out


def _group(tokens: Iterator[tuple[str, int]]) -> str:
    return "".join(_alternative(tokens))


def _one(token: str) -> str:
    """The text of one token that is no group."""
    if token.startswith("\\"):
        return "" if token[1:] in _NOTHING else _CLASSES.get(token[1:], token[1:] if len(token) <= 2 else "x")
    if token.startswith("[") and len(token) > 2:
        return _of_class(token)
    return {"^": "", "$": "", ".": "x"}.get(token, "" if token.startswith("(?") else token)


def _of_class(token: str) -> str:
    """A character of `[…]`: the first one, or one that is in none of the usual negated classes."""
    inner = token[1:-1]
    if inner.startswith("^"):
        return next((c for c in "x1 -_" if c not in inner), "~")
    if inner.startswith("[:"):
        return "1" if "digit" in inner else "x"
    return _one(inner[:2]) if inner.startswith("\\") else inner[0]
