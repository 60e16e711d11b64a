"""The normal distribution."""

from __future__ import annotations

from math import erfc, exp, log, pi, sqrt


def normal_cdf(z: float) -> float:
    """P(Z ≤ z) of a standard normal Z."""
    return 0.5 * erfc(-z / sqrt(2))


def normal_quantile(p: float) -> float:
    """The z with P(Z ≤ z) = p, 0 < p < 1.

    Halley's method from Abramowitz and Stegun 26.2.23, whose error is below 4.5e-4: three steps reach the last digits.
    """
    if p > 0.5:
        return -normal_quantile(1 - p)
    t = sqrt(-2 * log(p))
    z = -(
        t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
    )
    for _ in range(3):
        error = (normal_cdf(z) - p) * sqrt(2 * pi) * exp(z * z / 2)
        z -= error / (1 + z * error / 2)
    return z
