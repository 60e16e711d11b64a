"""Four-valued logic: every pair, every order, and the closures against the functions."""

from __future__ import annotations

import copy
import pickle
from itertools import permutations, product
from typing import Any

import pytest

from fixtures.nodes import constant, group
from rulewright.program.closures import build_closure
from rulewright.program.nodes import Node
from rulewright.program.truth import ERROR, Truth, all_of, any_of, negate, word

VALUES: tuple[Truth, ...] = (True, False, None, ERROR)
ALL_STRENGTH: tuple[Truth, ...] = (False, ERROR, None, True)
ANY_STRENGTH: tuple[Truth, ...] = (True, ERROR, None, False)


def strongest(values: tuple[Truth, ...], order: tuple[Truth, ...]) -> Truth:
    return next(each for each in order if any(value is each for value in values))


def node(op: str, values: tuple[Truth, ...]) -> Node:
    return group(op, map(constant, values))


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_every_combination(size: int) -> None:
    for values in product(VALUES, repeat=size):
        every, some = strongest(values, ALL_STRENGTH), strongest(values, ANY_STRENGTH)
        assert all_of(values) is every
        assert any_of(values) is some
        for op, expected in (("all", every), ("any", some), ("none", negate(some))):
            decide: Any = build_closure(node(op, values))
            assert decide(None) is expected, (op, values)


def test_the_order_of_the_parts_does_not_matter() -> None:
    for values in permutations(VALUES):
        assert all_of(values) is False
        assert any_of(values) is True


def test_nothing_at_all() -> None:
    assert all_of(()) is True
    assert any_of(()) is False


@pytest.mark.parametrize(("value", "expected"), [(True, False), (False, True), (None, None), (ERROR, ERROR)])
def test_negation(value: Truth, expected: Truth) -> None:
    assert negate(value) is expected


def test_an_error_is_neither_true_nor_false() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(ERROR)
    with pytest.raises(TypeError):
        _ = not ERROR


def test_there_is_one_error() -> None:
    assert copy.deepcopy([ERROR])[0] is ERROR
    assert pickle.loads(pickle.dumps(ERROR)) is ERROR
    assert repr(ERROR) == "ERROR"


def test_words() -> None:
    assert [word(value) for value in VALUES] == ["true", "false", "unknown", "error"]
