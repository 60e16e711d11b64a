"""Student's t distribution, with real-valued degrees of freedom."""

from __future__ import annotations

from functools import lru_cache
from math import sqrt

from rulewright.measurements.statistics.incomplete_beta import beta_cdf, beta_quantile


def t_cdf(t: float, freedom: float) -> float:
    """P(T ≤ t) of T with `freedom` > 0 degrees of freedom (Abramowitz and Stegun 26.7.1)."""
    square = t * t
    if square > freedom:
        tail = beta_cdf(freedom / (freedom + square), freedom / 2, 0.5) / 2
    else:
        tail = (1 - beta_cdf(square / (freedom + square), 0.5, freedom / 2)) / 2
    return tail if t < 0 else 1 - tail


@lru_cache(maxsize=1024)
def t_quantile(p: float, freedom: float) -> float:
    """The t with P(T ≤ t) = p, 0 < p < 1."""
    if p < 0.5:
        return -t_quantile(1 - p, freedom)
    inside = 2 * p - 1
    if inside == 0:
        return 0.0
    if inside < 0.5 or freedom > 30:  # the form whose x keeps more digits
        x = beta_quantile(inside, 0.5, freedom / 2)
        return sqrt(freedom * x / (1 - x))
    x = beta_quantile(2 * (1 - p), freedom / 2, 0.5)
    return sqrt(freedom * (1 - x) / x)
