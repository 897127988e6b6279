"""Tail risk from extreme value theory: peaks over a threshold.

Losses beyond a high threshold follow a generalised Pareto distribution, whatever the
rest of the sample is like; its shape says how heavy the tail is (0 exponential, 1/4 as
a Student t with 4 degrees, 1 without a mean). Losses are positive, per period; NaN is
rejected, or left out where ``missing="skip"``.

References
----------
.. [1] A. J. McNeil, R. Frey and P. Embrechts, "Quantitative Risk Management", 2015,
   section 5.2.
.. [2] S. D. Grimshaw, "Computing Maximum Likelihood Estimates for the Generalized
   Pareto Distribution", Technometrics 35(2), 1993.
.. [3] R. L. Smith, "Estimating Tails of Probability Distributions", Annals of
   Statistics 15(3), 1987.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.risk.metrics.checks import (
    Missing,
    finite,
    positive,
    probability,
    series,
    whole,
)
from ai_trading.risk.metrics.search import golden
from ai_trading.risk.metrics.tails import TailRisk

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["ParetoTail", "fit_pareto_tail", "peaks_over_threshold"]

LEAST_PEAKS = 20
"""Losses beyond the threshold below which no shape is estimated."""


@dataclass(frozen=True, slots=True)
class ParetoTail:
    """A generalised Pareto distribution of the losses beyond a threshold.

    Attributes
    ----------
    threshold : float
        Loss beyond which the tail begins.
    shape, scale : float
        Parameters of the excess over it.
    peaks, observations : int
        How many losses were beyond it, of how many.
    shape_error, scale_error : float
        Asymptotic standard errors [3]_; NaN where they are not known to hold (a shape
        of -1/2 or less) or nothing was fitted.
    """

    threshold: float
    shape: float
    scale: float
    peaks: int
    observations: int
    shape_error: float = math.nan
    scale_error: float = math.nan

    def risk(self, level: float = 0.99) -> TailRisk:
        r"""Return value at risk and expected shortfall beyond the threshold.

        Raises
        ------
        ArgumentError
            If `level` lies outside (0, 1) or inside the threshold (the tail says
            nothing there), or the shape is 1 or more (no expected shortfall exists).

        Notes
        -----
        With threshold u, :math:`\mathrm{VaR} = u + \frac{\beta}{\xi}\Bigl(\bigl(
        \tfrac{n}{N_u}(1-\alpha)\bigr)^{-\xi} - 1\Bigr)` and :math:`\mathrm{ES} =
        \frac{\mathrm{VaR} + \beta - \xi u}{1 - \xi}` [1]_.

        Examples
        --------
        >>> tail = ParetoTail(2.75, 0.22, 2.1, 102, 521)
        >>> round(tail.risk(0.99).value_at_risk, 2)
        11.57
        """
        alpha = probability(level)
        if not 1 <= self.peaks <= self.observations or not self.scale > 0.0:
            msg = (
                "a tail needs a positive scale and at least one peak of as many "
                f"observations or more; received a scale of {self.scale:g} and "
                f"{self.peaks} peaks of {self.observations}"
            )
            raise ArgumentError(msg)
        share = (1.0 - alpha) * self.observations / self.peaks
        if share > 1.0:
            most = 1.0 - self.peaks / self.observations
            msg = (
                f"level {alpha:g} lies inside the threshold; this tail begins at level "
                f"{most:.4g}. Lower the threshold, or use a historical measure"
            )
            raise ArgumentError(msg)
        if self.shape >= 1.0:
            msg = (
                f"a tail of shape {self.shape:g} has no mean, so no expected shortfall"
            )
            raise ArgumentError(msg)
        # (s^-x - 1) / x, whose limit at 0 is -ln s.
        stretched = (
            -math.log(share)
            if self.shape == 0.0
            else math.expm1(-self.shape * math.log(share)) / self.shape
        )
        quantile = self.threshold + self.scale * stretched
        beyond = quantile + self.scale - self.shape * self.threshold
        return TailRisk(
            value_at_risk=quantile,
            expected_shortfall=beyond / (1.0 - self.shape),
            level=alpha,
            method="peaks over threshold",
            observations=self.observations,
        )


def fit_pareto_tail(
    returns: ArrayLike,
    *,
    tail_share: float = 0.1,
    threshold: float | None = None,
    missing: Missing = "reject",
) -> ParetoTail:
    """Fit the losses beyond a threshold by maximum likelihood.

    Parameters
    ----------
    returns : array_like of shape (n_periods,)
        Simple returns, taken as independent; filter them first where volatility
        clusters (`filtered_historical`).
    tail_share : float, default 0.1
        Share of the periods that the tail is made of, where no threshold is given. The
        threshold is then the greatest loss that is not part of it.
    threshold : float, optional
        Loss at which the tail begins.
    missing : {"reject", "skip"}, default "reject"
        What is done about NaN.

    Returns
    -------
    ParetoTail

    Raises
    ------
    ArgumentError
        If `tail_share` lies outside (0, 1) or `threshold` is not finite.
    DataError
        If fewer than 20 losses lie beyond the threshold, or they do not vary.

    Notes
    -----
    The two parameters are reduced to their ratio, whose profile likelihood is searched
    on a grid and then by golden section [2]_. The shape is kept above -1, below which
    the likelihood has no maximum.
    """
    values = series(returns, missing=missing)
    losses = np.sort(-values)
    if threshold is None:
        count = round(values.size * probability(tail_share, "tail_share"))
        at = max(0, values.size - count - 1)
        limit = float(losses[at])
    else:
        limit = finite(threshold, "threshold")
    excess = losses[losses > limit] - limit
    if excess.size < LEAST_PEAKS:
        msg = (
            f"only {excess.size} of {values.size} losses lie beyond {limit:g}; a tail "
            f"needs at least {LEAST_PEAKS}. Give a longer history or a lower threshold"
        )
        raise DataError(msg)
    if np.ptp(excess) == 0.0:
        msg = f"the {excess.size} losses beyond {limit:g} do not vary"
        raise DataError(msg)
    shape, scale = _fit(excess)
    known = shape > -0.5
    n = excess.size
    return ParetoTail(
        threshold=limit,
        shape=shape,
        scale=scale,
        peaks=n,
        observations=values.size,
        shape_error=(1.0 + shape) / math.sqrt(n) if known else math.nan,
        scale_error=(scale * math.sqrt(2.0 * (1.0 + shape) / n) if known else math.nan),
    )


def peaks_over_threshold(
    returns: ArrayLike,
    level: float = 0.99,
    *,
    tail_share: float = 0.1,
    threshold: float | None = None,
    missing: Missing = "reject",
) -> TailRisk:
    """Return the tail of a generalised Pareto fit to the worst losses.

    See Also
    --------
    fit_pareto_tail : the fit itself, with the parameters and errors.
    ParetoTail.risk : the formulas.
    """
    fit = fit_pareto_tail(
        returns, tail_share=tail_share, threshold=threshold, missing=missing
    )
    return fit.risk(level)


def pareto_log_likelihood(
    excess: NDArray[np.float64], shape: float, scale: float
) -> float:
    """Log likelihood of excesses; minus infinity beyond the end of the support."""
    whole(excess.size, "number of excesses")
    positive(scale, "scale")
    scaled = excess / scale
    if shape == 0.0:
        return -excess.size * math.log(scale) - float(scaled.sum())
    inside = shape * scaled
    if inside.min() <= -1.0:
        return -math.inf
    logs = float(np.log1p(inside).sum())
    return -excess.size * math.log(scale) - (1.0 + 1.0 / shape) * logs


def _fit(excess: NDArray[np.float64]) -> tuple[float, float]:
    mean, largest = float(excess.mean()), float(excess.max())

    def profile(ratio: float) -> float:
        shape, scale = _of_ratio(ratio, excess, mean)
        if shape <= -1.0:
            return math.inf
        return -pareto_log_likelihood(excess, shape, scale)

    # Ratios of shape to scale: above -1/largest, and up to a shape far beyond 1.
    low = np.linspace(-(1.0 - 1e-6) / largest, 0.0, 60)
    high = np.geomspace(1e-4 / mean, 2e3 / mean, 120)
    grid = np.concatenate((low, high))
    values = [profile(float(ratio)) for ratio in grid]
    best = int(np.argmin(values))
    left = float(grid[max(best - 1, 0)])
    right = float(grid[min(best + 1, grid.size - 1)])
    ratio = golden(profile, left, right, 1e-9 / mean)
    if profile(ratio) > values[best]:
        ratio = float(grid[best])
    return _of_ratio(ratio, excess, mean)


def _of_ratio(
    ratio: float, excess: NDArray[np.float64], mean: float
) -> tuple[float, float]:
    # Closer to zero the quotient below has no digits left.
    if abs(ratio) * mean < 1e-9:
        return 0.0, mean
    shape = float(np.log1p(ratio * excess).mean())
    return shape, shape / ratio
