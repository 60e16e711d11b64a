"""The beta distribution against values of scipy 1.17.1 (`stats.beta.cdf`)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.measurements.statistics.incomplete_beta import beta_cdf, beta_quantile


@pytest.mark.parametrize(
    ("x", "a", "b", "expected"),
    [
        (0.3, 0.5, 0.5, 0.36901011956554536),
        (0.4, 2, 3, 0.5248),  # a polynomial: 6x² - 8x³ + 3x⁴
        (0.2, 5e3, 2e4, 0.501261574460249),
        (0.95, 60.5, 1.5, 0.10085534593420234),
        (5e-9, 4, 1e9, 0.734974087510116),  # the binomial tail, with 50 digits
        (0.0, 2, 3, 0.0),
        (1.0, 2, 3, 1.0),
    ],
)
def test_beta_cdf(x: float, a: float, b: float, expected: float) -> None:
    assert beta_cdf(x, a, b) == pytest.approx(expected, rel=1e-11)


@settings(deadline=None)
@given(st.floats(0.001, 0.999), st.floats(1, 1e5), st.floats(1, 1e5))
def test_quantile_inverts_the_cdf(p: float, a: float, b: float) -> None:
    assert beta_cdf(beta_quantile(p, a, b), a, b) == pytest.approx(p, rel=1e-7)


@settings(deadline=None)
@given(st.floats(0.01, 0.99), st.floats(0.1, 1e4))
def test_quantile_of_a_power(p: float, a: float) -> None:
    assert beta_quantile(p, a, 1) == pytest.approx(p ** (1 / a), rel=1e-9)
