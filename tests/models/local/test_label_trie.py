"""Label tries: probabilities sum to 1 and equal masked sampling."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.models.local.label_trie import (
    build_trie,
    compute_label_probabilities,
    group_requests,
    merge_paths,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.models.local.label_trie import TrieBranch

END = 99
PATHS = st.lists(
    st.lists(st.integers(0, 3), max_size=5).map(lambda path: (*path, END)),
    min_size=1,
    max_size=8,
    unique=True,
)


class Model:
    """A score for every token after every path."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.asked: list[tuple[int, ...]] = []

    def score(self, path: tuple[int, ...], token: int) -> float:
        return (hash((self.seed, path, token)) % 2003) / 100 - 10

    def logits(self, asked: Sequence[TrieBranch]) -> list[list[float]]:
        self.asked += [branch.path for branch in asked]
        return [[self.score(branch.path, token) for token in branch.children] for branch in asked]


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
    found = compute_label_probabilities(build_trie(paths), len(paths), model.logits)
    assert sum(found) == pytest.approx(1)
    assert found == pytest.approx(masked(paths, model))


@given(PATHS, st.integers(0, 10**6))
def test_the_order_of_labels_changes_nothing(paths: list[tuple[int, ...]], seed: int) -> None:
    forward = compute_label_probabilities(build_trie(paths), len(paths), Model(seed).logits)
    backward = compute_label_probabilities(build_trie(paths[::-1]), len(paths), Model(seed).logits)
    assert backward[::-1] == forward


def test_only_branches_are_asked_for_at_once_and_from_the_root_down() -> None:
    model = Model(0)
    compute_label_probabilities(
        build_trie([(1, 5, END), (2, END), (3, 7, 8, END), (3, 7, 9, END)]), 4, model.logits
    )
    assert model.asked == [(), (3, 7)]


@given(PATHS)
def test_merged_prefixes_stand_once_and_in_order(paths: list[tuple[int, ...]]) -> None:
    nodes = merge_paths(paths)
    prefixes = [prefix for prefix, _ in nodes]
    assert len(set(prefixes)) == len(prefixes)
    assert set(prefixes) == {path[:end] for path in paths for end in range(1, len(path) + 1)}
    for prefix, numbers in nodes:
        assert prefix[:-1] == () or prefixes.index(prefix[:-1]) < prefixes.index(prefix)
        assert numbers == [at for at, path in enumerate(paths, 1) if path[: len(prefix)] == prefix]


@given(PATHS, st.integers(1, 12), st.integers(1, 4))
def test_groups_keep_order_and_bounds(paths: list[tuple[int, ...]], tokens: int, most: int) -> None:
    asked = [(path, (1,)) for path in paths]
    groups = group_requests(asked, tokens, most)
    assert [one for group in groups for one in group] == asked
    for group in groups:
        assert 1 <= len(group) <= most
        assert len(group) == 1 or sum(len(path) for path, _ in group) <= tokens


def test_one_label_is_certain() -> None:
    assert compute_label_probabilities(build_trie([(1, END)]), 1, Model(0).logits) == [1.0]


@pytest.mark.parametrize("paths", [[(1,), (1, 2)], [(1, 2), (1, 2)], []])
def test_a_label_that_begins_another_is_refused(paths: list[tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match=r"begin|no labels"):
        build_trie(paths)


def test_very_unlikely_labels_do_not_overflow() -> None:
    found = compute_label_probabilities(build_trie([(1, END), (2, END)]), 2, lambda _: [[-1e6, 1e6]])
    assert found == [0.0, 1.0]


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_scores_that_are_no_numbers_are_an_error(broken: float) -> None:
    with pytest.raises(ArithmeticError):
        compute_label_probabilities(build_trie([(1, END), (2, END)]), 2, lambda _: [[0.0, broken]])
