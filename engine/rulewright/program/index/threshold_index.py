"""A ladder: rules that hold or not by the size of one value, told apart by one look at it.

`title: { length: { gt: 20 } }` changes its truth at one size. Between two such steps all rules of a ladder stay as
they are, so what holds there is one layer, made when a size between them is first seen.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from rulewright.program.matchers import NUMERIC, SIZED, test_of
from rulewright.program.nodes import MatchNode
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.program.index.layers import Layer
    from rulewright.program.nodes import Node
    from rulewright.program.truth import Truth

COMPARISONS: Final = frozenset({*NUMERIC, "eq", "ne", "in", "not_in", "between"})
MOST_LAYERS: Final = 256
"""Layers of one ladder that are kept at a time."""


def is_step(node: Node) -> TypeGuard[MatchNode]:
    """Whether a node asks for nothing but the size of a value, by whole numbers that stand in the policy."""
    if not isinstance(node, MatchNode) or node.matcher != "length" or node.fact_path is not None:
        return False
    want = node.operand
    if want.__class__ is not int and (want.__class__ is not dict or not want.keys() <= COMPARISONS):
        return False
    if not all(number.__class__ is int for number in _numbers(want)):
        return False
    return test_of(node, want)("") is not None  # `between` of one number has no truth at any size


def _numbers(want: Any) -> list[Any]:
    limits = want.values() if isinstance(want, dict) else [want]
    return [number for limit in limits for number in (limit if isinstance(limit, list) else [limit])]


class Ladder:
    """`rules`: number → (its truth where all of its steps hold, the steps), all about the size of one path."""

    __slots__ = ("_layers", "_rules", "_steps")

    def __init__(self, rules: Mapping[int, tuple[bool | None, Sequence[MatchNode]]]) -> None:
        self._rules = [
            (number, truth, [test_of(step, step.operand) for step in steps])
            for number, (truth, steps) in rules.items()
        ]
        numbers = {n for _, steps in rules.values() for step in steps for n in _numbers(step.operand)}
        self._steps = sorted(numbers | {number + 1 for number in numbers})
        self._layers: dict[tuple[int, Truth], Layer] = {}

    def layer(self, value: Any, above: Truth) -> Layer | None:
        """What holds for a value of this size, or None where the value has no size. `above` as in `Part.decide`."""
        if value.__class__ not in SIZED:
            return None
        size = len(value)
        key = (bisect_right(self._steps, size), above)
        layer = self._layers.get(key)
        if layer is None:
            if len(self._layers) >= MOST_LAYERS:
                self._layers.clear()
            layer = self._layers[key] = {
                number: above if truth is True or above is ERROR else truth
                for number, truth, tests in self._rules
                if all(test(value) for test in tests)
            }
        return layer
