"""Student's t and the normal distribution against values of scipy 1.17.1."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.measurements.statistics.normal import normal_cdf, normal_quantile
from rulewright.measurements.statistics.students_t import t_cdf, t_quantile


@pytest.mark.parametrize(
    ("p", "freedom", "expected"),
    [
        (0.95, 1, 6.313751514675037),
        (0.95, 4, 2.1318467863266495),
        (0.975, 9, 2.262157162798205),
        (0.6, 3, 0.2766706623326898),
        (0.99, 2.5, 5.353111173030872),
        (0.95, 1e6, 1.6448551507220404),
        (0.3, 7, -0.5491096579472854),
        (0.5, 7, 0.0),
    ],
)
def test_t_quantile(p: float, freedom: float, expected: float) -> None:
    assert t_quantile(p, freedom) == pytest.approx(expected, rel=1e-10)


@settings(deadline=None)
@given(st.floats(0.001, 0.999), st.floats(0.5, 1e6))
def test_t_quantile_inverts_the_cdf(p: float, freedom: float) -> None:
    assert t_cdf(t_quantile(p, freedom), freedom) == pytest.approx(p, rel=1e-8)


@pytest.mark.parametrize(
    ("p", "expected"),
    [(0.95, 1.6448536269514722), (0.5, 0.0), (0.001, -3.090232306167813), (1e-12, -7.034483825301132)],
)
def test_normal_quantile(p: float, expected: float) -> None:
    assert normal_quantile(p) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@settings(deadline=None)
@given(st.floats(1e-9, 1 - 1e-9))
def test_normal_quantile_inverts_the_cdf(p: float) -> None:
    assert normal_cdf(normal_quantile(p)) == pytest.approx(p, rel=1e-10)
