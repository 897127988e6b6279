"""What each position adds to the risk of a portfolio.

The *marginal* risk of a position is the slope of the whole by its amount; the
*component* is amount times slope, and components add up to the whole (Euler). The
*incremental* risk is the whole less what it would be without the position. Amounts are
in money (or shares of the portfolio), losses positive, per period. NaN is rejected.

References
----------
.. [1] P. Jorion, "Value at Risk", 3rd edition, 2007, chapter 7.
.. [2] D. Tasche, "Capital allocation to business units and sub-portfolios: the Euler
   principle", 2007.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.risk.metrics.checks import (
    covariance_matrix,
    matrix,
    probability,
    vector,
)
from ai_trading.risk.metrics.parametric import normal_risk
from ai_trading.risk.metrics.tails import historical, tail_size

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Contributions",
    "GroupRisk",
    "gaussian_contributions",
    "historical_contributions",
]

Measure = Literal["var", "es"]


@dataclass(frozen=True, slots=True)
class GroupRisk:
    """One account's, strategy's or sector's part of a portfolio's risk.

    Attributes
    ----------
    component : float
        Its part of the whole; the parts of all groups add up to it.
    standalone : float
        Its risk alone.
    incremental : float
        The whole less the risk without it.
    share : float
        Component over the whole; NaN where the whole is 0.
    """

    component: float
    standalone: float
    incremental: float
    share: float


@dataclass(frozen=True, slots=True)
class Contributions:
    """The risk of a portfolio, position by position.

    Attributes
    ----------
    total : float
        Risk of the whole.
    marginal, component, incremental, standalone : ndarray of shape (n_positions,)
        See the module.
    level : float
    measure : {"var", "es"}
    method : str
    """

    total: float
    marginal: NDArray[np.float64]
    component: NDArray[np.float64]
    incremental: NDArray[np.float64]
    standalone: NDArray[np.float64]
    level: float
    measure: Measure
    method: str
    _risk: _Risk

    @property
    def diversification(self) -> float:
        """Sum of the standalone risks less the whole."""
        return float(self.standalone.sum()) - self.total

    def by(self, labels: Sequence[Hashable]) -> dict[Hashable, GroupRisk]:
        """Return the risk by account, strategy, sector or any other label.

        Parameters
        ----------
        labels : sequence of hashable
            One for each position.

        Returns
        -------
        dict
            Label to `GroupRisk`, in order of first appearance.

        Raises
        ------
        DataError
            If there is not one label for each position.
        """
        if len(labels) != self.component.size:
            msg = (
                f"labels must name each of {self.component.size} positions; received "
                f"{len(labels)}"
            )
            raise DataError(msg)
        groups: dict[Hashable, list[int]] = {}
        for at, label in enumerate(labels):
            groups.setdefault(label, []).append(at)
        found = {}
        for label, places in groups.items():
            mask = np.zeros(self.component.size, dtype=bool)
            mask[places] = True
            component = float(self.component[places].sum())
            found[label] = GroupRisk(
                component=component,
                standalone=self._risk.of(mask),
                incremental=self.total - self._risk.of(~mask),
                share=component / self.total if self.total else float("nan"),
            )
        return found


class _Risk:
    """The risk of some of the positions."""

    def of(self, mask: NDArray[np.bool_]) -> float:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class _GaussianRisk(_Risk):
    amounts: NDArray[np.float64]
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    factor: float

    def of(self, mask: NDArray[np.bool_]) -> float:
        held = np.where(mask, self.amounts, 0.0)
        variance = max(0.0, float(held @ self.covariance @ held))
        return -float(held @ self.mean) + self.factor * math.sqrt(variance)


@dataclass(frozen=True, slots=True)
class _HistoricalRisk(_Risk):
    earned: NDArray[np.float64]
    level: float
    measure: Measure

    def of(self, mask: NDArray[np.bool_]) -> float:
        if not mask.any():
            return 0.0
        risk = historical(self.earned[:, mask].sum(axis=1), self.level)
        return risk.value_at_risk if self.measure == "var" else risk.expected_shortfall


def gaussian_contributions(
    amounts: ArrayLike,
    covariance: ArrayLike,
    level: float = 0.99,
    *,
    mean: ArrayLike | None = None,
    measure: Measure = "var",
) -> Contributions:
    r"""Split the risk of jointly normal positions.

    Parameters
    ----------
    amounts : array_like of shape (n_positions,)
        Signed market values.
    covariance : array_like of shape (n_positions, n_positions)
        Of the returns per period; symmetric and positive semidefinite.
    level : float, default 0.99
        Confidence, strictly between 0 and 1.
    mean : array_like of shape (n_positions,), optional
        Expected returns; zero without it.
    measure : {"var", "es"}, default "var"

    Returns
    -------
    Contributions

    Raises
    ------
    ArgumentError
        If `level` or `measure` lies outside its domain.
    DataError
        If shapes differ, a number is not finite, the covariance is not one, or the
        portfolio has no risk at all (there, no slope exists).

    Notes
    -----
    With :math:`k` the factor of the measure (:math:`z`, or :math:`\varphi(z) /
    (1-\alpha)`), the whole is :math:`-w'\mu + k\sqrt{w'\Sigma w}` and its slopes are
    :math:`-\mu + k\,\Sigma w / \sqrt{w'\Sigma w}` [1]_.

    Examples
    --------
    >>> from ai_trading.risk.metrics.distributions import normal_cdf
    >>> split = gaussian_contributions(
    ...     [2e6, 1e6], [[0.05**2, 0], [0, 0.12**2]], normal_cdf(1.65))
    >>> round(split.total), [round(x) for x in split.component]
    (257738, [105630, 152108])
    """
    held = vector(amounts, name="amounts")
    sigma = covariance_matrix(covariance, size=held.size)
    mu = (
        np.zeros(held.size)
        if mean is None
        else vector(mean, name="mean", size=held.size)
    )
    alpha = probability(level)
    unit = normal_risk(0.0, 1.0, alpha)
    k = _choose(measure, unit.value_at_risk, unit.expected_shortfall)
    variance = float(held @ sigma @ held)
    if variance <= 0.0:
        msg = "the portfolio has no variance, so its risk has no slopes to split it by"
        raise DataError(msg)
    deviation = variance**0.5
    marginal = -mu + k * (sigma @ held) / deviation
    risk = _GaussianRisk(held, mu, sigma, k)
    return _assemble(held, marginal, risk, alpha, measure, "normal")


def historical_contributions(
    amounts: ArrayLike,
    returns: ArrayLike,
    level: float = 0.99,
    *,
    measure: Measure = "es",
) -> Contributions:
    r"""Split the risk of positions over scenarios: past returns or simulated ones.

    Parameters
    ----------
    amounts : array_like of shape (n_positions,)
        Signed market values.
    returns : array_like of shape (n_scenarios, n_positions)
        One row for each scenario.
    level : float, default 0.99
        Confidence, strictly between 0 and 1.
    measure : {"var", "es"}, default "es"
        Expected shortfall is split by the mean of the tail, which is stable. Value at
        risk is split by the one scenario that it is; with few scenarios its parts are
        rough.

    Returns
    -------
    Contributions
        The whole is that of `historical` with the order statistic.

    Raises
    ------
    ArgumentError
        If `level` or `measure` lies outside its domain.
    DataError
        If shapes differ or a number is not finite.

    Notes
    -----
    The slopes of the whole by the amounts are minus the mean return of each position
    over the tail's scenarios, with the weights of Rockafellar and Uryasev's estimate
    [2]_: equal for those beyond, the rest for the one at the edge.

    Examples
    --------
    >>> split = historical_contributions(
    ...     [100, 50], [[-0.02, 0.01], [0.01, -0.03], [0.0, 0.0], [0.02, 0.02]], 0.5)
    >>> round(split.total, 9), split.component.round(9).tolist()
    (1.0, [0.5, 0.5])
    """
    held = vector(amounts, name="amounts")
    table = matrix(returns, name="returns", columns=held.size)
    alpha = probability(level)
    earned = table * held
    whole = earned.sum(axis=1)
    size = tail_size(whole.size, alpha)
    rank = min(int(size), whole.size - 1)
    order = np.argsort(whole, kind="stable")
    weights = np.zeros(whole.size)
    if _choose(measure, 0.0, 1.0):
        weights[order[:rank]] = 1.0 / size
        weights[order[rank]] = (size - rank) / size
    else:
        weights[order[rank]] = 1.0
    marginal = -(weights @ table)
    risk = _HistoricalRisk(earned, alpha, measure)
    return _assemble(held, marginal, risk, alpha, measure, "historical")


def _assemble(  # noqa: PLR0917 - one caller for each measure, side by side
    held: NDArray[np.float64],
    marginal: NDArray[np.float64],
    risk: _Risk,
    level: float,
    measure: Measure,
    method: str,
) -> Contributions:
    everything = np.ones(held.size, dtype=bool)
    total = risk.of(everything)
    alone = np.empty(held.size)
    added = np.empty(held.size)
    for at in range(held.size):
        mask = np.zeros(held.size, dtype=bool)
        mask[at] = True
        alone[at] = risk.of(mask)
        added[at] = total - risk.of(~mask)
    return Contributions(
        total=total,
        marginal=marginal,
        component=held * marginal,
        incremental=added,
        standalone=alone,
        level=level,
        measure=measure,
        method=method,
        _risk=risk,
    )


def _choose(measure: str, var: float, es: float) -> float:
    if measure == "var":
        return var
    if measure == "es":
        return es
    msg = f"measure must be 'var' or 'es'; received {measure!r}"
    raise ArgumentError(msg)
