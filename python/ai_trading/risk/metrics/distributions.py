"""Distribution functions that the measures and tests stand on.

They are written out here because the base install has no SciPy; tests hold them to it.
All take and return plain floats.

References
----------
.. [1] M. Abramowitz and I. A. Stegun, "Handbook of Mathematical Functions", 1964,
   chapters 6 and 26.
.. [2] W. J. Lentz, "Generating Bessel functions in Mie scattering calculations using
   continued fractions", Applied Optics 15, 1976.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

__all__ = [
    "beta_cdf",
    "binomial_cdf",
    "chi_squared_sf",
    "normal_cdf",
    "normal_density",
    "normal_quantile",
    "student_cdf",
    "student_density",
    "student_quantile",
]

_STANDARD: Final = NormalDist()
_TINY: Final = 1e-300
_STEPS: Final = 10_000


def normal_cdf(x: float) -> float:
    """Share of a standard normal at or below `x`."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def normal_density(x: float) -> float:
    """Density of a standard normal."""
    return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


def normal_quantile(p: float) -> float:
    """Point below which the share `p` of a standard normal lies."""
    return _STANDARD.inv_cdf(p)


def chi_squared_sf(x: float, degrees: int) -> float:
    """Chance that a chi-squared variable exceeds `x`."""
    if x <= 0.0:
        return 1.0
    if x == math.inf:
        return 0.0
    a, half = 0.5 * degrees, 0.5 * x
    scale = math.exp(a * math.log(half) - half - math.lgamma(a))
    if half < a + 1.0:  # the series for the lower part
        term = total = 1.0 / a
        for k in range(1, _STEPS):
            term *= half / (a + k)
            total += term
            if term < total * 1e-17:
                break
        return 1.0 - total * scale
    # Lentz's continued fraction for the upper part
    b = half + 1.0 - a
    c, d = 1.0 / _TINY, 1.0 / b
    value = d
    for k in range(1, _STEPS):
        step = -k * (k - a)
        b += 2.0
        d = 1.0 / _away(step * d + b)
        c = _away(b + step / c)
        value *= c * d
        if abs(c * d - 1.0) < 1e-16:
            break
    return value * scale


def beta_cdf(x: float, a: float, b: float) -> float:
    """Share of a beta distribution at or below `x` (the incomplete beta ratio)."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    scale = math.exp(
        math.lgamma(a + b)
        - math.lgamma(a)
        - math.lgamma(b)
        + a * math.log(x)
        + b * math.log1p(-x)
    )
    if x < (a + 1.0) / (a + b + 2.0):
        return scale * _beta_fraction(x, a, b) / a
    return 1.0 - scale * _beta_fraction(1.0 - x, b, a) / b


def _beta_fraction(x: float, a: float, b: float) -> float:
    c = 1.0
    d = 1.0 / _away(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for k in range(1, _STEPS):
        even = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k))
        d = 1.0 / _away(1.0 + even * d)
        c = _away(1.0 + even / c)
        value *= c * d
        odd = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1))
        d = 1.0 / _away(1.0 + odd * d)
        c = _away(1.0 + odd / c)
        value *= c * d
        if abs(c * d - 1.0) < 1e-16:
            break
    return value


def _away(x: float) -> float:
    return x if abs(x) > _TINY else _TINY


def binomial_cdf(successes: int, trials: int, p: float) -> float:
    """Chance of at most `successes` in `trials`."""
    if successes >= trials:
        return 1.0
    if successes < 0:
        return 0.0
    return beta_cdf(1.0 - p, trials - successes, successes + 1)


def student_density(x: float, degrees: float) -> float:
    """Density of Student's t with unit scale."""
    half = 0.5 * (degrees + 1.0)
    log = (
        math.lgamma(half)
        - math.lgamma(0.5 * degrees)
        - 0.5 * math.log(degrees * math.pi)
        - half * math.log1p(x * x / degrees)
    )
    return math.exp(log)


def student_cdf(x: float, degrees: float) -> float:
    """Share of Student's t with unit scale at or below `x`."""
    if x == 0.0:
        return 0.5
    square = x * x
    # The smaller of the two arguments keeps its digits.
    if square < degrees:
        half = 0.5 * beta_cdf(square / (degrees + square), 0.5, 0.5 * degrees)
        return 0.5 + math.copysign(half, x)
    tail = 0.5 * beta_cdf(degrees / (degrees + square), 0.5 * degrees, 0.5)
    return tail if x < 0.0 else 1.0 - tail


def student_quantile(p: float, degrees: float) -> float:
    """Point below which the share `p` of Student's t with unit scale lies."""
    if p == 0.5:
        return 0.0
    if p > 0.5:
        return -student_quantile(1.0 - p, degrees)
    low = -1.0
    while student_cdf(low, degrees) > p:
        low *= 2.0
    high = 0.0
    x = 0.5 * low
    for _ in range(200):
        error = student_cdf(x, degrees) - p
        low, high = (x, high) if error < 0.0 else (low, x)
        slope = student_density(x, degrees)
        step = x - error / slope if slope > 0.0 else math.nan
        following = step if low < step < high else 0.5 * (low + high)
        if abs(following - x) <= 1e-15 * abs(x):
            return following
        x = following
    return x
