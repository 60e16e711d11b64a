"""Text: which literals a value is pinned to, what it must hold and may not hold, and moments on a line.

Only what is certain counts. Regular expressions and globs are tried on the literals that a value is pinned
to, and otherwise compare with their own likes alone.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.compile.analysis.comparisons import is_size_possible
from rulewright.policy.quantity import parse_moment
from rulewright.program.matchers.comparison import COMPARISONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rulewright.compile.analysis.formula import Leaf, SignedLeaf
    from rulewright.program.truth import Truth

_LITERAL: Final = ("contains", "starts_with", "ends_with")


class Piece(NamedTuple):
    """What a text has: it `starts_with`, `ends_with` or `contains` the key, or fits a
    `glob`, `path_glob` or `regex`, or has it in `words`."""

    how: str
    key: str

    @property
    def is_pattern(self) -> bool:
        return self.how not in _LITERAL

    @property
    def least_length(self) -> int:
        """How long a text with the piece is at least, in code points."""
        return 0 if self.is_pattern else len(self.key)


def is_text_possible(signed_leaves: Sequence[SignedLeaf]) -> bool:
    """Whether some text gives all leaves their signs."""
    telling = [signed for signed in signed_leaves if _tells_texts_apart(signed.leaf)]
    if not all(signed.is_met_by("") for signed in signed_leaves if not _tells_texts_apart(signed.leaf)):
        return False
    pinned = _pinned_texts(telling)
    if pinned is not None:
        return any(
            all(signed.is_met_by(text) for signed in telling if signed.leaf.family != "age")
            for text in pinned
        )
    held, banned = demanded_pieces(telling)
    if is_banned(held, banned) or not _do_ends_agree(held):
        return False
    least = max((min(piece.least_length for piece in group) for group in held), default=0)
    lengths = [signed for signed in telling if signed.leaf.family == "length"]
    return is_size_possible(lengths, least) and _is_time_possible(telling)


def demanded_pieces(signed_leaves: Sequence[SignedLeaf]) -> tuple[list[list[Piece]], list[list[Piece]]]:
    """(groups of pieces of which one must be there, groups of which none may be)."""
    held: list[list[Piece]] = []
    banned: list[list[Piece]] = []
    for signed in signed_leaves:
        if signed.leaf.family in ("membership", "text"):
            for group, holds in pieces_of(signed.leaf, signed.affirms):
                (held if holds else banned).append(group)
    return held, banned


def is_banned(held: Sequence[list[Piece]], banned: Sequence[list[Piece]]) -> bool:
    """Whether each of the pieces of a group that must be there has one that may not be."""
    return any(
        all(any(implies_piece(piece, ban) for ban in group_bans) for piece in group)
        for group_bans in banned
        for group in held
    )


def _tells_texts_apart(leaf: Leaf) -> bool:
    """Whether a leaf can tell one text from another; else its truth is the same for all."""
    matcher = leaf.matcher
    if leaf.family in ("length", "age", "text"):
        return True
    if leaf.family == "comparison":
        return leaf.is_moment
    if matcher in ("eq", "ne"):
        return isinstance(leaf.wanted, str)
    if matcher in ("in", "not_in"):
        return isinstance(leaf.wanted, list) and bool(leaf.texts)
    return leaf.family == "membership" and 0 < len(leaf.texts) == len(leaf.options)


def _pinned_texts(signed_leaves: Sequence[SignedLeaf]) -> list[str] | None:
    """The literals that a value must be one of; None when nothing pins it."""
    # Equality with a text is true or false of every text, so that a negation says as much.
    pins = [
        signed.leaf.texts
        for signed in signed_leaves
        if signed.leaf.family == "equality" and signed.affirms is (signed.leaf.matcher in ("eq", "in"))
    ]
    return min(pins, key=len, default=None)


def pieces_of(leaf: Leaf, holds: bool) -> Iterable[tuple[list[Piece], bool]]:
    """What a leaf on text or members demands: groups of which one must be there, or (False) none may be."""
    if leaf.family == "text":
        yield [Piece(leaf.matcher, text) for text in leaf.texts], holds
        return
    pieces = [Piece("contains", text) for text in leaf.texts]
    if leaf.matcher == "contains_none":
        holds = not holds
    if leaf.matcher != "contains_all":
        yield pieces, holds
    elif holds:
        for piece in pieces:
            yield [piece], True
    elif len(pieces) == 1:
        yield pieces, False


def implies_piece(piece: Piece, other: Piece) -> bool:
    """Whether every text with the one piece has the other."""
    if piece == other:
        return True
    if piece.is_pattern or other.is_pattern:
        return False
    if other.how == "contains":
        return other.key in piece.key
    if other.how == "starts_with":
        return piece.how == "starts_with" and piece.key.startswith(other.key)
    return piece.how == "ends_with" and piece.key.endswith(other.key)


def _do_ends_agree(held: Sequence[list[Piece]]) -> bool:
    """Whether prefixes can all be the beginning of one text, and suffixes its end."""
    for how in ("starts_with", "ends_with"):
        groups = [group for group in held if all(piece.how == how for piece in group)]
        for number, group in enumerate(groups):
            for earlier in groups[:number]:
                if not any(implies_piece(a, b) or implies_piece(b, a) for a in group for b in earlier):
                    return False
    return True


def _is_time_possible(signed_leaves: Sequence[SignedLeaf]) -> bool:
    """Whether one moment can meet all limits, and one age all ages; they know nothing of other text."""
    moments = [signed for signed in signed_leaves if signed.leaf.is_moment]
    ages = [signed for signed in signed_leaves if signed.leaf.family == "age"]
    return _is_point_possible(moments) and _is_point_possible(ages)


def _is_point_possible(group: Sequence[SignedLeaf]) -> bool:
    """Whether one point on the line of time, or a text that is none, meets all leaves."""
    if all(signed.admits(None) for signed in group):
        return True
    limits = sorted({limit for signed in group for limit in time_limits(signed.leaf)})
    line = [limits[0] - 1 - abs(limits[0]), *limits, limits[-1] + 1 + abs(limits[-1])] if limits else [0.0]
    line += [(low + high) / 2 for low, high in pairwise(limits)]
    return any(all(signed.admits(_truth_at(signed.leaf, at)) for signed in group) for at in line)


def time_limits(leaf: Leaf) -> list[float]:
    """The limits of a leaf about time, in seconds: ages as they are, moments since 1970."""
    numbers = [parse_moment(option) if isinstance(option, str) else option for option in leaf.options]
    return [number for number in numbers if isinstance(number, int | float)]


def _truth_at(leaf: Leaf, at: float) -> Truth:
    """The truth of a leaf about time for a point on the line."""
    limits = time_limits(leaf)
    if leaf.matcher == "older_than":
        return at > limits[0]
    if leaf.matcher == "newer_than":
        return at < limits[0]
    if leaf.matcher == "between":
        return limits[0] <= at <= limits[1] if len(limits) == 2 else None
    return COMPARISONS[leaf.matcher](at, limits[0]) if limits else None
