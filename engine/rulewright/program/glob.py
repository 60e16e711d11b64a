"""Globs of two dialects. Both keep case, fit the whole text, and have `{bug,crash}`; brackets are literal, and a
backslash takes the meaning from the next sign.

Of names and texts: `*` is anything, `?` one character. Most are a prefix, a suffix, an inner part or a literal, and
need no loop; the others run in time length of glob × length of text, because only the last `*` is ever tried again.

Of paths, as in `paths:` of GitHub's workflows and its labeler: `*` and `?` stop at `/`, `**` crosses it, `**/x` is also
`x`, and `docs/` is all below it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from rulewright.policy.lazy import defer_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_ALTERNATIVES: Final = 256
"""How many globs the braces of one glob may expand to."""


class GlobError(ValueError):
    """A glob whose braces expand to too many alternatives, or that negates."""


class _Star:
    __slots__ = ()


_STAR: Final = _Star()
_ANY: Final = None
_Token = str | _Star | None


@lru_cache(maxsize=4096)
def glob_matcher(glob: str, ignore_case: bool = False) -> Callable[[str], bool]:
    """Whether a whole text is of the glob's form. Without case, both sides are case-folded by `str.lower`.

    Raises GlobError for more than `MAX_ALTERNATIVES` alternatives.
    """
    alternatives = [_one_matcher(_tokens(each, ignore_case)) for each in _expand(glob)]
    if len(alternatives) == 1:
        (match,) = alternatives
    else:
        tried = tuple(alternatives)

        def match(text: str) -> bool:
            return any(each(text) for each in tried)

    return (lambda text: match(text.lower())) if ignore_case else match


@lru_cache(maxsize=4096)
def path_glob_to_regex(glob: str) -> str:
    r"""A glob of paths as an anchored RE2 pattern: `src/**/*.py` is `(?s)\A(?:src/(?:.*/)?[^/]*\.py)\z`.

    Raises GlobError.
    """
    if glob.startswith("!"):
        raise GlobError("a path glob cannot be negated; use `none:` around the condition")
    parts = ["".join(_path_parts(each)) for each in _expand(glob)]
    return rf"(?s)\A(?:{'|'.join(parts)})\z"


_PATH_PARTS: Final = defer_pattern(r"\\(.)|(\*{2,}/)|(/\*{2,}\Z)|(\*{2,})|(\*)|(\?)|([^\\*?]+|.)", re.DOTALL)


def _path_parts(glob: str) -> Iterator[str]:
    plain = glob.removeprefix("./").removeprefix("/")
    for found in _PATH_PARTS.finditer(plain + "**" if plain.endswith("/") else plain):
        escaped, folders, below, across, star, one, literal = found.groups()
        at_border = found.start() == 0 or plain[found.start() - 1] == "/"
        if folders is not None:
            yield "(?:.*/)?" if at_border else ".*/"
        elif below is not None:
            yield "/.+"
        elif across is not None:
            yield ".*"
        elif star is not None:
            yield "[^/]*"
        elif one is not None:
            yield "[^/]"
        else:
            yield re.escape(escaped if escaped is not None else literal)


def _expand(glob: str) -> list[str]:
    """The globs that the braces stand for. A brace without a comma, or without its partner, is itself."""
    done: list[str] = []
    pending = [glob]
    while pending:
        each = pending.pop()
        braces = _first_braces(each)
        if braces is None:
            done.append(each)
        else:
            start, end, members = braces
            pending.extend(each[:start] + member + each[end + 1 :] for member in members)
        if len(done) + len(pending) > MAX_ALTERNATIVES:
            raise GlobError(f"the braces expand to more than {MAX_ALTERNATIVES} alternatives")
    return list(dict.fromkeys(done))


def _first_braces(glob: str) -> tuple[int, int, list[str]] | None:
    """Start, end and members of the first innermost `{a,b}`."""
    open_at, commas = -1, list[int]()
    index = 0
    while index < len(glob):
        sign = glob[index]
        if sign == "\\":
            index += 1
        elif sign == "{":
            open_at, commas = index, []
        elif sign == "," and open_at >= 0:
            commas.append(index)
        elif sign == "}" and open_at >= 0:
            if commas:
                cuts = [open_at, *commas, index]
                members = [glob[low + 1 : high] for low, high in pairwise(cuts)]
                return open_at, index, members
            open_at = -1
        index += 1
    return None


def _tokens(glob: str, ignore_case: bool) -> tuple[_Token, ...]:
    tokens: list[_Token] = []
    literal: list[str] = []

    def add(token: _Token) -> None:
        if literal:
            tokens.append("".join(literal))
            literal.clear()
        if not (isinstance(token, _Star) and tokens and isinstance(tokens[-1], _Star)):
            tokens.append(token)

    index = 0
    while index < len(glob):
        sign = glob[index]
        if sign == "*":
            add(_STAR)
        elif sign == "?":
            add(_ANY)
        else:
            if sign == "\\" and index + 1 < len(glob):
                index += 1
                sign = glob[index]
            literal.append(sign.lower() if ignore_case else sign)
        index += 1
    if literal:
        tokens.append("".join(literal))
    return tuple(tokens)


def _one_matcher(tokens: tuple[_Token, ...]) -> Callable[[str], bool]:
    """The matcher of one glob without braces."""
    if _ANY in tokens:
        units = tuple(unit for token in tokens for unit in (token if isinstance(token, str) else (token,)))
        return lambda text: _matches(units, text)
    pieces = [""]
    for token in tokens:
        if isinstance(token, str):
            pieces[-1] = token
        else:
            pieces.append("")
    return _pieces_matcher(pieces)


def _pieces_matcher(pieces: list[str]) -> Callable[[str], bool]:
    """Whether a text is these pieces, with any text between two of them."""
    if len(pieces) == 1:
        return pieces[0].__eq__
    first, *middle, last = pieces
    if not middle and not last:
        return lambda text: text.startswith(first)
    if not middle and not first:
        return lambda text: text.endswith(last)
    least = len(first) + len(last)

    def match(text: str) -> bool:
        if len(text) < least or not text.startswith(first) or not text.endswith(last):
            return False
        start, end = len(first), len(text) - len(last)
        for piece in middle:
            found = text.find(piece, start, end)
            if found < 0:
                return False
            start = found + len(piece)
        return True

    return match


def _matches(units: tuple[_Token, ...], text: str) -> bool:
    """Greedy matching: on a mismatch only the last star takes one character more."""
    unit = position = 0
    star, mark = -1, 0
    while position < len(text):
        token = units[unit] if unit < len(units) else ""
        if isinstance(token, _Star):
            star, mark = unit, position
            unit += 1
        elif _fits(token, text[position]):
            unit += 1
            position += 1
        elif star >= 0:
            mark += 1
            unit, position = star + 1, mark
        else:
            return False
    return all(isinstance(token, _Star) for token in units[unit:])


def _fits(token: str | None, sign: str) -> bool:
    return token is _ANY or token == sign
