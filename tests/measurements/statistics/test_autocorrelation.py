"""Effective sizes of series of marks."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.measurements.statistics import autocorrelation
from rulewright.measurements.statistics.autocorrelation import (
    Marks,
    estimate_effective_size,
    estimate_size_between_runs,
    mark_places,
)


def mark(text: str) -> Marks:
    """`..x.`: a run of four values, the third beyond."""
    return mark_places(len(text), [i for i, letter in enumerate(text) if letter == "x"])


@settings(deadline=None)
@given(st.text("x.", min_size=2, max_size=40), st.data())
def test_lagged_marks_are_counted(text: str, data: st.DataObject) -> None:
    lag = data.draw(st.integers(1, len(text) - 1))
    both = sum(a == b == "x" for a, b in zip(text, text[lag:], strict=False))
    assert mark(text).count_lagged(lag) == (both, text[:-lag].count("x"), text[lag:].count("x"))


def test_autocorrelation_by_hand() -> None:
    """x = 0 0 1 1 0 0: share 1/3, variance 4/3; lag 1: 1/9 - 2/9 + 4/9 - 2/9 + 1/9 = 2/9, lag 2: negative."""
    assert estimate_effective_size([mark("..xx..")]) == pytest.approx(6 / (1 + 2 * (2 / 9) / (4 / 3)))


def test_none_all_and_alternating_marks_are_worth_all_values() -> None:
    assert estimate_effective_size([mark("......")]) == 6
    assert estimate_effective_size([mark("xxxxxx")]) == 6
    assert estimate_effective_size([mark("x.x.x.")]) == 6


def test_lags_do_not_cross_runs() -> None:
    # In one run the two marks stand beside each other; in two runs they do not.
    assert estimate_effective_size([mark(".....xx.....")]) < 12
    assert estimate_effective_size([mark(".....x"), mark("x.....")]) == 12


def test_series_with_known_autocorrelation() -> None:
    """A chain of two states that stays with probability 0.9 has ρ_k = 0.8^k: nine values are worth one."""
    random, state, letters = Random(1), False, []
    for _ in range(20_000):
        state = state if random.random() < 0.9 else not state
        letters.append("x" if state else ".")
    assert estimate_effective_size([mark("".join(letters))]) == pytest.approx(20_000 / 9, rel=0.15)


def test_long_series_skip_lags(monkeypatch: pytest.MonkeyPatch) -> None:
    half = mark("x" * 2000 + "." * 2000)
    some = estimate_effective_size([half])
    monkeypatch.setattr(autocorrelation, "CLOSE_LAGS", 10**9)
    assert some == pytest.approx(estimate_effective_size([half]), rel=0.02)


@settings(deadline=None)
@given(st.lists(st.text("x.", min_size=1, max_size=30), min_size=1, max_size=4))
def test_never_more_than_all_values(texts: list[str]) -> None:
    size = estimate_effective_size([mark(text) for text in texts])
    assert 0 < size <= sum(map(len, texts))
    assert size == estimate_effective_size([mark(text) for text in texts[::-1]])


def test_between_runs_by_hand() -> None:
    """Shares 0.1, 0.2, 0.3 of 100 each: variance of their mean 0.01 / 3; (1.644854 / 2.919986)² = 0.317318."""
    size = estimate_size_between_runs([100, 100, 100], [10, 20, 30], 0.95)
    assert size == pytest.approx(0.2 * 0.8 / (0.01 / 3) * 0.317318, rel=1e-5)


def test_runs_that_do_not_differ_are_worth_all_values() -> None:
    assert estimate_size_between_runs([100, 200], [10, 20], 0.95) == 300
    assert estimate_size_between_runs([7] * 10, [0] * 10, 0.95) == 70
