"""Rules that ask for the size of one value are told apart by one look at it."""

from __future__ import annotations

from typing import Any

import pytest

from fixtures.nodes import match
from rulewright.program.index import threshold_index as threshold_module
from rulewright.program.index.threshold_index import ThresholdIndex, is_size_test
from rulewright.program.nodes import MatchNode
from rulewright.program.truth import ERROR


def size_node(want: Any) -> MatchNode:
    return match("title", 0, "length", want)


WANTS: list[Any] = [
    0,
    3,
    {"gt": 2},
    {"gte": 4},
    {"lt": 3},
    {"lte": 5},
    {"ne": 4},
    {"between": [2, 6]},
    {"in": [1, 7]},
]
WANTS += [{"not_in": [0, 9]}, {"gt": 1, "lt": 6}, {"gt": -1}]


def holds(want: Any, size: int) -> bool:
    by_name = {
        "gt": lambda n: size > n, "gte": lambda n: size >= n, "lt": lambda n: size < n, "lte": lambda n: size <= n,
        "ne": lambda n: size != n, "between": lambda n: n[0] <= size <= n[1],
        "in": lambda n: size in n, "not_in": lambda n: size not in n,
    }  # fmt: skip
    return all(by_name[name](n) for name, n in want.items()) if isinstance(want, dict) else size == want


def test_every_size_has_the_rules_that_hold_there() -> None:
    thresholds = ThresholdIndex({n: (True, [size_node(want)]) for n, want in enumerate(WANTS)})
    for size in [*range(12), *range(12)]:
        expected = {n: True for n, want in enumerate(WANTS) if holds(want, size)}
        assert thresholds.layer("x" * size, True) == expected
        assert thresholds.layer(["x"] * size, None) == dict.fromkeys(expected)


def test_a_rule_keeps_its_own_truth_and_what_stands_above_it() -> None:
    thresholds = ThresholdIndex(
        {1: (True, [size_node({"gt": 1})]), 2: (None, [size_node({"gt": 1}), size_node({"lt": 5})])}
    )
    assert thresholds.layer("abc", True) == {1: True, 2: None}
    assert thresholds.layer("abc", None) == {1: None, 2: None}
    assert thresholds.layer("abc", ERROR) == {1: ERROR, 2: ERROR}
    assert thresholds.layer("a", True) == {}


@pytest.mark.parametrize("value", [None, 5, True, ERROR])
def test_what_has_no_size_is_not_judged(value: Any) -> None:
    assert ThresholdIndex({1: (True, [size_node(1)])}).layer(value, True) is None


@pytest.mark.parametrize("want", WANTS)
def test_steps(want: Any) -> None:
    assert is_size_test(size_node(want))


@pytest.mark.parametrize(
    "want", [1.5, True, "3", None, {"gt": 2.5}, {"length": 1}, {"between": [1]}, {"in": 3}]
)
def test_no_steps(want: Any) -> None:
    assert not is_size_test(size_node(want))


def test_a_size_compared_with_a_fact_is_no_size_test() -> None:
    assert not is_size_test(size_node(1)._replace(fact_path=3))


def test_layers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threshold_module, "MOST_LAYERS", 3)
    thresholds = ThresholdIndex({n: (True, [size_node(n)]) for n in range(40)})
    for size in range(40):
        assert thresholds.layer("x" * size, True) == {size: True}
        assert len(thresholds._layers) <= 3
