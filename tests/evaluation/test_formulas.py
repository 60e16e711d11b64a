"""The formulas against values computed by hand, and what holds for any input."""

from __future__ import annotations

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.evaluation.formulas import (
    compute_abstention_f1,
    compute_ndcg,
    compute_rate,
    compute_recall,
    measure_flip,
    measure_kept,
    measure_shift,
    measure_staleness,
    measure_support,
    prefer_true_statement,
)

ITEMS = st.lists(st.sampled_from("abcdefgh"), unique=True)
SETS = st.sets(st.sampled_from("abcdefgh"))
LABELS = st.sampled_from(["low", "high", None])
SHARES = st.dictionaries(st.sampled_from("xyz"), st.floats(0, 1), max_size=3)


def test_a_flip_is_any_other_decision() -> None:
    assert measure_flip("high", "high") == 0
    assert measure_flip("high", "low") == 1
    assert measure_flip("high", None) == 1, "an abstention is a decision"
    assert measure_flip(None, None) == 0


@given(LABELS, LABELS)
def test_a_decision_is_flipped_or_kept_whichever_comes_first(one: str | None, other: str | None) -> None:
    assert measure_flip(one, other) == measure_flip(other, one)
    assert measure_flip(one, other) + measure_kept(one, other) == 1


def test_the_label_that_moved_most_counts() -> None:
    assert measure_shift({"a": 0.7, "b": 0.2, "c": 0.1}, {"a": 0.4, "b": 0.55, "c": 0.05}) == pytest.approx(
        0.35
    )
    assert measure_shift({"a": 1.0}, {"b": 1.0}) == 1
    assert measure_shift({}, {}) == 0


@given(SHARES, SHARES, SHARES)
def test_a_shift_is_a_distance(one: dict[str, float], two: dict[str, float], three: dict[str, float]) -> None:
    assert measure_shift(one, one) == 0
    assert measure_shift(one, two) == measure_shift(two, one) <= 1
    assert measure_shift(one, three) <= measure_shift(one, two) + measure_shift(two, three) + 1e-12


def test_pairs_are_compared_per_token() -> None:
    assert prefer_true_statement((-6.0, 3), (-5.0, 2)) == 1, (
        "-2 per token against -2.5, though the sum is lower"
    )
    assert prefer_true_statement((-5.0, 2), (-6.0, 3)) == 0
    assert prefer_true_statement((-4.0, 2), (-2.0, 1)) == 0, "a tie is wrong"
    with pytest.raises(ValueError, match="no tokens"):
        prefer_true_statement((0.0, 0), (-1.0, 1))


@given(st.floats(-100, 0), st.integers(1, 50), st.integers(2, 9))
def test_saying_the_same_for_longer_is_no_likelier(score: float, tokens: int, times: int) -> None:
    assert prefer_true_statement((score * times, tokens * times), (score - tokens, tokens)) == 1


def test_spans_are_looked_for_character_by_character() -> None:
    assert measure_support(["App", "crashes", "Linux"], "App crashes on macOS") == pytest.approx(2 / 3)
    assert measure_support(["app"], "App crashes") == 0
    assert measure_support(["", " "], "App crashes") is None, "a blank span stands in every text"
    assert measure_support([], "App crashes") is None


@given(st.text(min_size=1), st.integers(0, 20), st.integers(1, 20))
def test_what_is_cut_out_of_a_text_is_supported(text: str, start: int, length: int) -> None:
    span = text[start : start + length]
    assert measure_support([span], text) == (1 if span.strip() else None)


def test_recall_at_k() -> None:
    assert compute_recall(["a", "b", "c", "d"], {"b", "d", "x"}, 3) == pytest.approx(1 / 3)
    assert compute_recall(["a", "b"], {"b"}, 1) == 0
    assert compute_recall(["a"], (), 5) is None


def test_ndcg_at_k() -> None:
    # Ranks 2 and 4 of two relevant ones: (1/log2(3) + 1/log2(5)) ÷ (1 + 1/log2(3)).
    by_hand = (1 / log2(3) + 1 / log2(5)) / (1 + 1 / log2(3))
    assert by_hand == pytest.approx(0.650921, abs=1e-6)
    assert compute_ndcg(["a", "b", "c", "d"], {"b", "d"}, 4) == pytest.approx(by_hand)
    assert compute_ndcg(["a", "b"], {"a", "b", "c"}, 2) == 1, "no order of two could be better"
    assert compute_ndcg(["a"], set(), 3) is None


@given(ITEMS, SETS, st.integers(1, 10))
def test_retrieval_lies_between_0_and_1_and_a_perfect_order_is_1(
    ranked: list[str], relevant: set[str], k: int
) -> None:
    for formula in (compute_recall, compute_ndcg):
        found = formula(ranked, relevant, k)
        assert (found is None) == (not relevant)
        assert found is None or 0 <= found <= 1 + 1e-12
    best = [*sorted(relevant), *(one for one in ranked if one not in relevant)]
    if relevant:
        assert compute_ndcg(best, relevant, k) == pytest.approx(1)
        assert compute_recall(best, relevant, len(best)) == 1


@given(ITEMS, SETS, st.integers(1, 9))
def test_recall_never_falls_with_k(ranked: list[str], relevant: set[str], k: int) -> None:
    if relevant:
        assert compute_recall(ranked, relevant, k) <= compute_recall(ranked, relevant, k + 1)  # type: ignore[operator]


def test_what_was_true_once_is_stale() -> None:
    assert measure_staleness("Oslo", {"Oslo"}) == 1
    assert measure_staleness("Turin", {"Oslo"}) == 0
    assert measure_staleness(None, {"Oslo"}) == 0


def test_f1_of_abstaining() -> None:
    # Two right, one where it should have answered, one where it should have abstained: 4 ÷ (4 + 1 + 1).
    said = [(True, True), (True, True), (True, False), (False, True), (False, False)]
    assert compute_abstention_f1(said) == pytest.approx(4 / 6)
    assert compute_abstention_f1([(False, False)]) is None
    assert compute_abstention_f1([(False, True)]) == 0
    assert compute_abstention_f1([]) is None


@given(st.lists(st.tuples(st.booleans(), st.booleans())))
def test_f1_is_the_harmonic_mean_of_precision_and_recall(said: list[tuple[bool, bool]]) -> None:
    found = compute_abstention_f1(said)
    right = said.count((True, True))
    if not right:
        assert found in (None, 0)
        return
    precision = right / sum(did for did, _ in said)
    recall = right / sum(should for _, should in said)
    assert found == pytest.approx(2 * precision * recall / (precision + recall))


def test_rates() -> None:
    assert compute_rate(30, 0.5) == 60
    assert compute_rate(0, 0.5) is None
    assert compute_rate(3, 0.0) is None
