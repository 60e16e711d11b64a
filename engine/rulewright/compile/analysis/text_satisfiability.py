"""Text: which literals a value is pinned to, what it must hold and may not hold, and moments on a line.

Only what is certain counts. Regular expressions and globs are tried on the literals that a value is pinned
to, and otherwise compare with their own likes alone.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.compile.analysis.comparisons import fits, fixed, patterns, settled, sizes_possible
from rulewright.program.matchers import EQUALITY, LIST_MATCHERS, NUMERIC, TEXT_MATCHERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rulewright.compile.analysis.logic import Leaf, Sign

    Signed = Sequence[tuple[Sign, Leaf]]

_PATTERNS: Final = TEXT_MATCHERS - {"starts_with", "ends_with"}


class Piece(NamedTuple):
    """What a text has: it `starts_with`, `ends_with` or `contains` the key, or fits a
    `glob`, `path_glob` or `regex`, or has it in `words`."""

    how: str
    key: str


def text_possible(signed: Signed) -> bool:
    """Whether some text gives all leaves their signs."""
    left: list[tuple[Sign, Leaf]] = []
    for sign, leaf in signed:
        if _open(leaf):
            left.append((sign, leaf))
        elif not fits(sign, fixed(leaf, "")):
            return False
    pinned = _pins(left)
    if pinned is not None:
        return any(_fits_all(left, text) for text in pinned)
    held: list[list[Piece]] = []
    banned: list[list[Piece]] = []
    for sign, leaf in left:
        if leaf.m in LIST_MATCHERS or leaf.m in TEXT_MATCHERS:
            for group, holds in pieces(leaf, settled(sign)):
                (held if holds else banned).append(group)
    for no in banned:
        # A ban forbids each of its pieces; a group of `held` is one of several that must be there.
        if any(all(any(implied(has, not_this) for not_this in no) for has in group) for group in held):
            return False
    if not _ends_agree(held):
        return False
    least = max((min(_least(piece) for piece in group) for group in held), default=0)
    if not sizes_possible([(sign, leaf) for sign, leaf in left if leaf.m == "length"], least):
        return False
    return _times_possible(left)


def _open(leaf: Leaf) -> bool:
    """Whether a leaf can tell one text from another; else its truth is the same for all."""
    m = leaf.m
    if m in ("length", "older_than", "newer_than"):
        return True
    if m in NUMERIC or m == "between":
        return leaf.moment
    if m in ("eq", "ne"):
        return isinstance(leaf.want, str)
    if m in ("in", "not_in"):
        return isinstance(leaf.want, list) and any(isinstance(item, str) for item in leaf.want)
    if m in LIST_MATCHERS:
        wanted = leaf.want if isinstance(leaf.want, list) else [leaf.want]
        return bool(wanted) and all(isinstance(item, str) for item in wanted)
    return m in TEXT_MATCHERS


def _pins(signed: Signed) -> list[str] | None:
    """The literals that a value must be one of; None when nothing pins it."""
    best: list[str] | None = None
    for sign, leaf in signed:
        # Equality with a text is true or false of every text, so that a negation says as much.
        if leaf.m in EQUALITY and settled(sign) is (leaf.m in ("eq", "in")):
            found = patterns(leaf)
            if best is None or len(found) < len(best):
                best = found
    return best


def _fits_all(signed: Signed, text: str) -> bool:
    return all(
        fits(sign, leaf.test(text)) for sign, leaf in signed if leaf.m not in ("older_than", "newer_than")
    )


def pieces(leaf: Leaf, holds: bool) -> Iterable[tuple[list[Piece], bool]]:
    """What a leaf on text or members demands: groups of which one must be there, or (False) none may be."""
    if leaf.m in TEXT_MATCHERS:
        yield [Piece(leaf.m, text) for text in patterns(leaf)], holds
        return
    found = [Piece("contains", text) for text in patterns(leaf)]
    if leaf.m == "contains_none":
        holds = not holds
    if leaf.m != "contains_all":
        yield found, holds
    elif holds:
        for piece in found:
            yield [piece], True
    elif len(found) == 1:
        yield found, False


def implied(has: Piece, other: Piece) -> bool:
    """Whether every text with the one piece has the other."""
    if has == other:
        return True
    if has.how in _PATTERNS or other.how in _PATTERNS:
        return False
    if other.how == "contains":
        return other.key in has.key
    if other.how == "starts_with":
        return has.how == "starts_with" and has.key.startswith(other.key)
    return has.how == "ends_with" and has.key.endswith(other.key)


def _ends_agree(held: Sequence[list[Piece]]) -> bool:
    """Whether prefixes can all be the beginning of one text, and suffixes its end."""
    for how in ("starts_with", "ends_with"):
        groups = [group for group in held if all(piece.how == how for piece in group)]
        for number, one in enumerate(groups):
            for other in groups[:number]:
                if not any(_agree(a, b) for a in one for b in other):
                    return False
    return True


def _agree(a: Piece, b: Piece) -> bool:
    if a.how == "starts_with":
        return a.key.startswith(b.key) or b.key.startswith(a.key)
    return a.key.endswith(b.key) or b.key.endswith(a.key)


def _least(piece: Piece) -> int:
    """How long a text with the piece is at least, in code points."""
    return 0 if piece.how in _PATTERNS else len(piece.key)


def _times_possible(signed: Signed) -> bool:
    """Whether one moment can meet all limits, and one age all ages; they know nothing of other text."""
    for group in (
        [(sign, leaf) for sign, leaf in signed if leaf.moment],
        [(sign, leaf) for sign, leaf in signed if leaf.m in ("older_than", "newer_than")],
    ):
        if not group or all(fits(sign, None) for sign, _ in group):
            continue
        limits = sorted({limit for _, leaf in group for limit in moments(leaf)})
        line = (
            [limits[0] - 1 - abs(limits[0]), *limits, limits[-1] + 1 + abs(limits[-1])] if limits else [0.0]
        )
        line += [(low + high) / 2 for low, high in pairwise(limits)]
        if not any(all(fits(sign, _on_line(leaf, at)) for sign, leaf in group) for at in line):
            return False
    return True


def moments(leaf: Leaf) -> list[float]:
    """The limits of a leaf about time, in seconds: ages as they are, moments since 1970."""
    if leaf.m in ("older_than", "newer_than"):
        return [leaf.want]
    from rulewright.policy.quantity import parse_moment

    wanted = leaf.want if isinstance(leaf.want, list) else [leaf.want]
    numbers = [parse_moment(item) if isinstance(item, str) else item for item in wanted]
    return [number for number in numbers if isinstance(number, int | float)]


def _on_line(leaf: Leaf, at: float) -> Any:
    limits = moments(leaf)
    if leaf.m == "older_than":
        return at > limits[0]
    if leaf.m == "newer_than":
        return at < limits[0]
    if leaf.m == "between":
        return limits[0] <= at <= limits[1] if len(limits) == 2 else None
    return NUMERIC[leaf.m](at, limits[0]) if limits else None
