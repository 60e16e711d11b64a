"""The beta distribution, from which the bounds of shares and Student's t follow. Real-valued parameters up to 1e9."""

from __future__ import annotations

from math import exp, expm1, inf, lgamma, log, pi, sqrt
from typing import Final

from rulewright.measurements.statistics.normal import normal_quantile

_EPSILON: Final = 2.3e-16
_CLOSE: Final = 1e-5
"""The last step of a quantile, relative to where it is and to how wide the distribution is."""
_STIRLING: Final = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
"""Coefficients B(2k) / (2k (2k - 1)) of Stirling's series, DLMF 5.11.1."""


def beta_cdf(x: float, a: float, b: float) -> float:
    """P(X ≤ x) of X ~ Beta(a, b): the regularised incomplete beta function I_x(a, b). a, b > 0.

    The continued fraction of DiDonato and Morris ("Algorithm 708: Significant Digit Computation of the Incomplete Beta
    Function Ratios", 1992) takes about √max(a, b) terms; its prefactor is computed from deviances (Loader, "Fast and
    Accurate Computation of Binomial Probabilities", 2000). No digits are lost where a and b are large. Relative error
    about 1e-13.
    """
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    excess = _subtract_mean(x, a, b)
    if excess >= 0:
        return min(1.0, _weigh(x, a, b) / _evaluate_fraction(x, a, b, excess))
    return max(0.0, 1.0 - _weigh(x, a, b) / _evaluate_fraction(1 - x, b, a, -excess))


def beta_quantile(p: float, a: float, b: float) -> float:
    """The x with P(X ≤ x) = p of X ~ Beta(a, b), to about 1e-13 of its size. 0 < p < 1.

    Halley's method inside a bracket that bisection narrows, from the start value of Abramowitz and Stegun 26.5.22. Its
    error is that of the last step to the third power.
    """
    low, high = 0.0, 1.0
    x = _guess_quantile(p, a, b)
    for _ in range(200):
        error = beta_cdf(x, a, b) - p
        if error < 0:
            low = x
        else:
            high = x
        slope = _weigh(x, a, b) / (x * (1 - x))
        step = error / slope if slope > 0 else inf
        bend = 1 - step / 2 * ((a - 1) / x - (b - 1) / (1 - x))
        following = x - (step / bend if 0.5 < bend < 2 else step)
        if not low < following < high:
            following = (low + high) / 2 if low > 0 or high < 1e-3 else sqrt(max(low, 1e-18) * high)
        elif abs(following - x) <= _CLOSE * min(x, 1 - x, 1 / slope):
            return following
        if following in (low, high):
            return following
        x = following
    return x


def _guess_quantile(p: float, a: float, b: float) -> float:
    if min(a, b) < 1:
        # Where one parameter is small, the density is nearly a power near its end.
        scale = a + b
        left = exp(a * log(a / scale)) / a
        right = exp(b * log(b / scale)) / b
        if p < left / (left + right):
            guess = exp(log(a * (left + right) * p) / a)
        else:
            guess = -expm1(log(b * (left + right) * (1 - p)) / b)
    else:
        z = -normal_quantile(p)
        harmonic = 2 / (1 / (2 * a - 1) + 1 / (2 * b - 1))
        tail = (z * z - 3) / 6
        spread = z * sqrt(harmonic + tail) / harmonic if harmonic + tail > 0 else 0.0
        w = spread - (1 / (2 * b - 1) - 1 / (2 * a - 1)) * (tail + 5 / 6 - 2 / (3 * harmonic))
        guess = a / (a + b * exp(min(600.0, 2 * w)))
    return min(max(guess, 1e-15), 1 - 1e-15)


def _subtract_mean(x: float, a: float, b: float) -> float:
    """a - (a + b) x, from 1 - x where that is exact."""
    return a - (a + b) * x if x <= 0.5 else (a + b) * (1 - x) - b


def _weigh(x: float, a: float, b: float) -> float:
    """x^a (1-x)^b / B(a, b)."""
    n = a + b
    excess = _subtract_mean(x, a, b)
    deviance = _measure_deviance(a, n * x, excess) + _measure_deviance(b, n * (1 - x), -excess)
    rest = _correct_stirling(n) - _correct_stirling(a) - _correct_stirling(b)
    return sqrt(a / n * b / (2 * pi)) * exp(rest - deviance)


def _measure_deviance(value: float, mean: float, excess: float) -> float:
    """value · log(value / mean) - excess, excess = value - mean, without cancellation where it is small."""
    e = excess / mean
    if abs(e) >= 0.1:
        return value * log(value / mean) - excess
    # (1 + e) log(1 + e) - e = Σ (-e)^k / (k (k - 1)), k ≥ 2.
    total, power, k = 0.0, e * e, 2
    while True:
        longer = total + power / (k * (k - 1))
        if longer == total:
            return mean * total
        total, power, k = longer, -power * e, k + 1


def _correct_stirling(z: float) -> float:
    """log Γ(z) - (log √(2π/z) + z log z - z)."""
    if z < 12:
        return lgamma(z) - (0.5 * log(2 * pi / z) + z * log(z) - z)
    inverse = 1 / z
    square, total, power = inverse * inverse, 0.0, inverse
    for coefficient in _STIRLING:
        total += coefficient * power
        power *= square
    return total


def _evaluate_fraction(x: float, a: float, b: float, excess: float) -> float:
    """The continued fraction of DiDonato and Morris (1992, equation 9), x ≤ a / (a + b). `excess` is a - (a + b) x,
    which is not computed here: where x is nearly 1, its digits are lost. Evaluated as in Lentz (1976)."""
    value = c = a / (a + 1) * (excess + 1)
    d, n = 0.0, 0
    while n < 1_000_000:
        n += 1
        step = n * (b - n) * x
        place = a + 2 * n - 1
        numerator = (a + n - 1) / place * ((a + b + n - 1) / place) * (step * x)
        term = n + step / place + (a + n) / (place + 2) * (excess + 1 + n * (2 - x))
        d = 1 / (term + numerator * d)
        c = term + numerator / c
        value *= c * d
        if abs(c * d - 1) <= _EPSILON:
            break
    return value
