"""Label tries: probabilities sum to 1 and equal masked sampling."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.facts.infer.local.trie import branches, probabilities

if TYPE_CHECKING:
    from collections.abc import Sequence

END = 99
PATHS = st.lists(
    st.lists(st.integers(0, 3), max_size=5).map(lambda path: (*path, END)),
    min_size=1,
    max_size=8,
    unique=True,
)


class Model:
    """A score for every token after every path; checks that what is asked goes on from what is held."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.path: tuple[int, ...] = ()
        self.evaluated = 0

    def score(self, path: tuple[int, ...], token: int) -> float:
        return (hash((self.seed, path, token)) % 2003) / 100 - 10

    def logits(self, base: int, new: Sequence[int], among: Sequence[int]) -> list[float]:
        assert base <= len(self.path)
        self.path = (*self.path[:base], *new)
        self.evaluated += len(new)
        return [self.score(self.path, token) for token in among]


def masked(paths: list[tuple[int, ...]], model: Model) -> list[float]:
    """Sampling token by token among those that some label allows: the oracle."""
    out = []
    for path in paths:
        chance = 1.0
        for at, token in enumerate(path):
            allowed = {other[at] for other in paths if other[:at] == path[:at]}
            weights = {one: math.exp(model.score(path[:at], one)) for one in allowed}
            chance *= weights[token] / sum(weights.values())
        out.append(chance)
    return out


@given(PATHS, st.integers(0, 10**6))
def test_probabilities_equal_masked_sampling(paths: list[tuple[int, ...]], seed: int) -> None:
    model = Model(seed)
    found = probabilities(branches(paths), len(paths), model.logits)
    assert sum(found) == pytest.approx(1)
    assert found == pytest.approx(masked(paths, model))


@given(PATHS, st.integers(0, 10**6))
def test_the_order_of_labels_changes_nothing(paths: list[tuple[int, ...]], seed: int) -> None:
    forward = probabilities(branches(paths), len(paths), Model(seed).logits)
    backward = probabilities(branches(paths[::-1]), len(paths), Model(seed).logits)
    assert backward[::-1] == forward


def test_distinct_first_tokens_need_nothing_evaluated() -> None:
    model = Model(0)
    probabilities(branches([(1, 5, END), (2, END), (3, 7, 8, END)]), 3, model.logits)
    assert model.evaluated == 0


def test_what_labels_share_is_evaluated_once() -> None:
    model = Model(0)
    probabilities(branches([(1, 5, 6, END), (1, 5, 7, END), (1, 5, END)]), 3, model.logits)
    assert model.evaluated == 2


def test_one_label_is_certain() -> None:
    assert probabilities(branches([(1, END)]), 1, Model(0).logits) == [1.0]


@pytest.mark.parametrize("paths", [[(1,), (1, 2)], [(1, 2), (1, 2)], []])
def test_a_label_that_begins_another_is_refused(paths: list[tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match=r"begin|no labels"):
        branches(paths)


def test_very_unlikely_labels_do_not_overflow() -> None:
    found = probabilities(branches([(1, END), (2, END)]), 2, lambda *_: [-1e6, 1e6])
    assert found == [0.0, 1.0]


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_scores_that_are_no_numbers_are_an_error(broken: float) -> None:
    with pytest.raises(ArithmeticError):
        probabilities(branches([(1, END), (2, END)]), 2, lambda *_: [0.0, broken])
