"""Values that may turn a matcher: near the present value first. Whoever asks tries each with the matcher itself.

| family | values |
|---|---|
| equality | the operand or its items; another value of the same type |
| comparison | the limits, and the numbers or moments just beside them |
| membership, text | the text or list with what is wanted, or without it |
| length | the text or list, cut or filled up to a length beside the limits |
| age | moments just before and behind the limit |
"""

from __future__ import annotations

import re
from math import inf, nextafter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.evaluate.example_text import example_of_glob, example_of_regex
from rulewright.policy.quantity import format_moment, parse_moment, parse_quantity
from rulewright.program.frame import fold
from rulewright.program.matchers.table import MATCHERS
from rulewright.program.matchers.values import number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from rulewright.program.matchers.matcher import Family, Test
    from rulewright.program.nodes import MatchNode

OTHER_WORDS: Final[Mapping[str, str]] = {
    "open": "closed",
    "closed": "open",
    "User": "Bot",
    "Bot": "User",
    "success": "failure",
    "failure": "success",
    "PASS": "FAIL",
    "FAIL": "PASS",
}
"""What GitHub, or a verdict, has in place of these words."""
_GREATEST: Final = 1e305
_LONGEST: Final = 65_536
"""Code points of a text, and elements of a list, that are proposed at most."""
_MOST_WORDS: Final = 2_000
_WORDS_TOGETHER: Final = 4


class Turn(NamedTuple):
    """What is to be turned: a node, its operand, the value that it sees, and the moment of the decision.

    `lists_only`: the place takes nothing but a list.
    """

    node: MatchNode
    operand: Any
    value: Any
    now: str
    lists_only: bool = False

    @property
    def operands(self) -> list[Any]:
        return self.operand if isinstance(self.operand, list) else [self.operand]

    @property
    def test(self) -> Callable[[Any], bool]:
        """Whether the matcher is true of a value."""
        matcher = MATCHERS[self.node.matcher]
        test: Test = matcher.build_test(self.node, self.operand)
        folds = matcher.folds(self.node)
        return lambda value: test(fold(value) if folds else value) is True


def turning_values(turn: Turn) -> Iterator[object]:
    """The values to try, in the order of preference. None of them is null."""
    propose = _PROPOSALS.get(MATCHERS[turn.node.matcher].family)
    for value in propose(turn) if propose is not None else ():
        if isinstance(value, list) or not turn.lists_only:
            yield value


def _equality(turn: Turn) -> Iterator[object]:
    operands = turn.operands
    yield from operands
    yield from (OTHER_WORDS[item] for item in operands if isinstance(item, str) and item in OTHER_WORDS)
    for item in operands[:1]:
        yield from _others(item, operands)


def _others(item: object, operands: list[Any]) -> Iterator[object]:
    """Values of the type of `item` that are none of the operands."""
    if isinstance(item, bool):
        yield not item
    elif (number := _number(item)) is not None:
        numbers = [known for operand in operands if (known := _number(operand)) is not None]
        yield from (max(numbers) + 1, nextafter(number, inf), nextafter(number, -inf))
    elif isinstance(item, str):
        yield from ("other", "another", "")
    elif isinstance(item, list):
        yield from ([], [None])
    elif isinstance(item, dict):
        yield from ({}, {"other": None})


def _comparison(turn: Turn) -> Iterator[object]:
    if turn.node.compares_moments:
        yield from turn.operands
        yield from _moments(filter(None, (_point(limit) for limit in turn.operands)))
        return
    yield from _beside_limits(turn.operands, turn.value)


def _point(value: object) -> float | None:
    return parse_moment(value) if isinstance(value, str) else None


def _number(value: object) -> float | None:
    """The value where it is a number that arithmetic with floats can take."""
    number = number_of(value)
    return number if number is not None and abs(number) < _GREATEST else None


def _beside_limits(limits: Iterable[object], value: object) -> list[float]:
    """The limits and the numbers one beside them, the nearest to the value first; then the next numbers at all."""
    numbers = [limit for limit in map(_number, limits) if limit is not None]
    beside = [number for limit in numbers for number in (limit, limit + 1, limit - 1)]
    present = _number(value)
    if present is not None:
        beside.sort(key=lambda number: abs(number - present))
    return [*beside, *(nextafter(limit, side) for limit in numbers for side in (inf, -inf))]


def _moments(points: Iterable[float]) -> Iterator[str]:
    for point in points:
        found = [moment_text(point + second) for second in (0, 1, -1, 2, -2)]
        yield from (text for text in found if text is not None)


def moment_text(seconds: float) -> str | None:
    """Seconds since 1970 as a moment; None beyond the years that a moment can have."""
    try:
        text = format_moment(seconds)
    except (OverflowError, ValueError, OSError):
        return None
    return text if parse_moment(text) is not None else None


def _age(turn: Turn) -> Iterator[object]:
    now = parse_moment(turn.now)
    if isinstance(turn.operand, str):
        quantity = parse_quantity(turn.operand)
        seconds = None if quantity is None else quantity.value
    else:
        seconds = _number(turn.operand)
    if now is not None and seconds is not None:
        yield from _moments([now - seconds])


def _membership(turn: Turn) -> Iterator[object]:
    if isinstance(turn.value, list):
        present = [fold(item) for item in turn.value] if turn.node.folded else turn.value
        wanted = [item for item in turn.operands if _folded(turn, item) not in present]
        yield from ([*turn.value, item] for item in wanted)
        yield [*turn.value, *wanted]
        for items in (*([item] for item in turn.operands), turn.operands):
            unwanted = [_folded(turn, item) for item in items]
            yield [item for item in turn.value if _folded(turn, item) not in unwanted]
        return
    if turn.value is None:
        yield from ([item] for item in turn.operands)
        yield from (turn.operands, [])
    yield from _texts(turn, [item for item in turn.operands if isinstance(item, str)])


def _folded(turn: Turn, item: object) -> object:
    return fold(item) if turn.node.folded else item


def _text(turn: Turn) -> Iterator[object]:
    examples = [_example(turn.node.matcher, item) for item in turn.operands if isinstance(item, str)]
    if isinstance(turn.value, list):
        yield from ([*turn.value, example] for example in examples)
        test = turn.test
        yield [item for item in turn.value if not test([item])]
        return
    yield from _texts(turn, examples)
    if turn.value is None:
        yield from ([example] for example in examples)
        yield []


def _example(matcher: str, operand: str) -> str:
    if matcher in ("glob", "path_glob"):
        return example_of_glob(operand)
    return example_of_regex(operand) if matcher == "regex" else operand


def _texts(turn: Turn, pieces: list[str]) -> Iterator[str]:
    """The present text with a piece, with all of them, and without what fits the matcher; then short texts."""
    text = turn.value if isinstance(turn.value, str) else ""
    if len(text) < _LONGEST:
        for piece in (*pieces, " ".join(pieces)):
            if text:
                yield from (f"{text} {piece}", f"{piece} {text}", text + piece, piece + text)
            yield piece
    if text:
        yield from _without_pieces(text, pieces)
        yield from _without_words(text, turn.test)
        yield from _without_words(text, lambda part: not turn.test(part))
    yield from ("other", "another", "")


def _without_pieces(text: str, pieces: list[str]) -> Iterator[str]:
    for piece in filter(None, pieces):
        yield re.sub(re.escape(piece), "", text, flags=re.IGNORECASE)
    if pieces:
        pattern = "|".join(re.escape(piece) for piece in sorted(filter(None, pieces), key=len, reverse=True))
        yield re.sub(pattern, "", text, flags=re.IGNORECASE) if pattern else text


def _without_words(text: str, fits: Callable[[str], bool]) -> Iterator[str]:
    """The text without the words, and runs of words, that fit by themselves."""
    parts = re.split(r"(\s+)", text)
    if len(parts) > _MOST_WORDS:
        return
    for count in range(1, 2 * _WORDS_TOGETHER, 2):
        kept, at = [], 0
        while at < len(parts):
            if fits("".join(parts[at : at + count])):
                at += count + 1
            else:
                kept.append(parts[at])
                at += 1
        yield "".join(kept).strip()


def _length(turn: Turn) -> Iterator[object]:
    limits: Iterable[Any] = turn.operand.values() if isinstance(turn.operand, dict) else [turn.operand]
    flat = [limit for found in limits for limit in (found if isinstance(found, list) else [found])]
    value = turn.value if isinstance(turn.value, str | list) else []
    sizes = [
        int(size) for size in _beside_limits(flat, len(value)) if 0 <= size <= _LONGEST and size == int(size)
    ]
    for size in dict.fromkeys((*sizes, 0)):
        if isinstance(value, list):
            yield [*value[:size], *(f"x{number}" for number in range(len(value) + 1, size + 1))]
        if isinstance(value, str) or turn.value is None:
            text = value if isinstance(value, str) else ""
            yield text[:size] + "x" * (size - len(text))


_PROPOSALS: Final[Mapping[Family, Callable[[Turn], Iterator[object]]]] = {
    "equality": _equality,
    "comparison": _comparison,
    "membership": _membership,
    "text": _text,
    "length": _length,
    "age": _age,
}
