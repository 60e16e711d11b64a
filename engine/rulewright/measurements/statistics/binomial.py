"""Bounds of a share: bad events among all events. Counts are real numbers, since effective sizes are."""

from __future__ import annotations

from functools import lru_cache
from math import ceil, expm1, log, log1p, sqrt
from typing import Final

from rulewright.measurements.statistics.incomplete_beta import beta_cdf, beta_quantile
from rulewright.measurements.statistics.normal import normal_quantile

NO_EVENT: Final = 1e-9
"""A smaller count is none: it comes from the rounding of an effective size."""


@lru_cache(maxsize=1024)
def bound_share_above(bad: float, n: float, confidence: float) -> float:
    """The one-sided upper bound of Clopper and Pearson (1934): the greatest share at which `bad` or fewer of `n` still
    have a probability above 1 - `confidence`. 0 ≤ bad ≤ n, n > 0."""
    if n - bad < NO_EVENT:
        return 1.0
    if bad < NO_EVENT:
        return -expm1(log(1 - confidence) / n)
    return beta_quantile(confidence, bad + 1, n - bad)


@lru_cache(maxsize=1024)
def bound_share_below(bad: float, n: float, confidence: float) -> float:
    """The one-sided lower bound of Clopper and Pearson (1934). 0 ≤ bad ≤ n, n > 0."""
    return (
        1 - bound_share_above(n - bad, n, confidence) if bad > n / 2 else _bound_few_below(bad, n, confidence)
    )


def _bound_few_below(bad: float, n: float, confidence: float) -> float:
    return 0.0 if bad < NO_EVENT else beta_quantile(1 - confidence, bad, n - bad + 1)


@lru_cache(maxsize=1024)
def is_share_within(bad: float, n: float, allowed: float, confidence: float) -> bool:
    """Whether `bound_share_above` is at most `allowed`: as the bound says, and cheaper."""
    if bad < NO_EVENT:
        return bound_share_above(0, n, confidence) <= allowed
    return bad < n * allowed and beta_cdf(allowed, bad + 1, n - bad) >= confidence


@lru_cache(maxsize=1024)
def is_share_beyond(bad: float, n: float, allowed: float, confidence: float) -> bool:
    """Whether `bound_share_below` is above `allowed`: as the bound says, and cheaper."""
    return bad > n * allowed and bad >= NO_EVENT and beta_cdf(allowed, bad, n - bad + 1) < 1 - confidence


def count_values_needed(allowed: float, confidence: float) -> int:
    """The least n at which no bad event at all bounds the share by `allowed`: (1 - allowed)^n ≤ 1 - confidence.

    59 for 5 %, 299 for 1 %, 2995 for 0.1 %, at a confidence of 0.95. 0 < allowed < 1.
    """
    n = max(1, ceil(log(1 - confidence) / log1p(-allowed)) - 1)
    while bound_share_above(0, n, confidence) > allowed:
        n += 1
    return n


def wilson(share: float, n: int, confidence: float) -> tuple[float, float]:
    """Wilson's interval of a share of n outcomes (Wilson 1927), both ends within 0 and 1. `confidence` is two-sided."""
    z = normal_quantile(0.5 + confidence / 2)
    middle = share + z * z / (2 * n)
    spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = (middle - spread) / scale if share > 0 else 0.0
    high = (middle + spread) / scale if share < 1 else 1.0
    return max(0.0, low), min(1.0, high)
