"""A threshold index: rules that hold or not by the size of one value, told apart by one look at it.

`title: { length: { gt: 20 } }` changes its truth at one size. Between two such thresholds all rules keep their truths,
so what holds there is one layer, made when a size between them is first seen.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from rulewright.program.matchers.length import SIZE_MATCHERS, size_test
from rulewright.program.matchers.values import MEASURED_TYPES
from rulewright.program.nodes import MatchNode
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.policy.json_types import Json
    from rulewright.program.nodes import Node
    from rulewright.program.truth import Layer, Truth

MOST_LAYERS: Final = 256
"""Layers of one index that are kept at a time."""


def is_size_test(node: Node) -> TypeGuard[MatchNode]:
    """Whether a node asks for nothing but the size of a value, by whole numbers that stand in the policy."""
    if not isinstance(node, MatchNode) or node.matcher != "length" or node.fact_path is not None:
        return False
    operand = node.operand
    if isinstance(operand, dict) and not operand.keys() <= SIZE_MATCHERS.keys():
        return False
    if len(_sizes(operand)) < len(_numbers(operand)):
        return False
    return size_test(operand, node)(0) is not None  # `between` of one number has no truth at any size


def _numbers(operand: Json) -> list[Json]:
    limits = operand.values() if isinstance(operand, dict) else [operand]
    return [number for limit in limits for number in (limit if isinstance(limit, list) else [limit])]


def _sizes(operand: Json) -> list[int]:
    return [number for number in _numbers(operand) if type(number) is int]


class ThresholdIndex:
    """`rules`: number → (its truth where all of its size tests hold, the tests), all about the size of one path."""

    __slots__ = ("_layers", "_rules", "_thresholds")

    def __init__(self, rules: Mapping[int, tuple[bool | None, Sequence[MatchNode]]]) -> None:
        self._rules = [
            (number, truth, [size_test(node.operand, node) for node in tests])
            for number, (truth, tests) in rules.items()
        ]
        numbers = {n for _, tests in rules.values() for node in tests for n in _sizes(node.operand)}
        self._thresholds = sorted(numbers | {number + 1 for number in numbers})
        self._layers: dict[tuple[int, Truth], Layer] = {}

    def layer(self, value: Any, above: Truth) -> Layer | None:
        """What holds for a value of this size; None where it has no size. `above` as in `ConditionSet.decide`."""
        if value.__class__ not in MEASURED_TYPES:
            return None
        size = len(value)
        key = (bisect_right(self._thresholds, size), above)
        layer = self._layers.get(key)
        if layer is None:
            if len(self._layers) >= MOST_LAYERS:
                self._layers.clear()
            layer = self._layers[key] = {
                number: above if truth is True or above is ERROR else truth
                for number, truth, tests in self._rules
                if all(test(size) for test in tests)
            }
        return layer
