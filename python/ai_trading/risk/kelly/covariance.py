"""Covariance matrices from returns: plain, weighted by age, and shrunk.

Each estimator says how it counts: `sample` divides by n - 1; `ewma` weighs squares
around zero; the shrinkage estimators divide by n, as their papers do. None of them
annualises. NaN and infinity are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ai_trading.core.errors import DataError
from ai_trading.core.exact import one_of
from ai_trading.risk import checks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Covariance",
    "constant_correlation",
    "covariance",
    "ewma",
    "ledoit_wolf",
    "oas",
    "sample",
]

Method = Literal["sample", "ewma", "ledoit_wolf", "oas", "constant_correlation"]


@dataclass(frozen=True, slots=True)
class Covariance:
    """A covariance matrix and how far it was shrunk.

    Attributes
    ----------
    matrix : ndarray of shape (n_assets, n_assets)
    shrinkage : float
        Weight of the target, 0 to 1; 0 where nothing is shrunk.
    method : str
    """

    matrix: NDArray[np.float64]
    shrinkage: float
    method: str


def covariance(
    returns: ArrayLike, method: Method = "ledoit_wolf", *, decay: float = 0.94
) -> Covariance:
    """Estimate a covariance matrix by the name of the method.

    Parameters
    ----------
    returns : array_like of shape (n_periods, n_assets)
    method : str, default "ledoit_wolf"
        "sample", "ewma", "ledoit_wolf", "oas" or "constant_correlation".
    decay : float, default 0.94
        Of `ewma`.

    Raises
    ------
    ArgumentError
        If there is no such method.
    DataError
        As the methods.

    Examples
    --------
    >>> covariance([[0.01, 0.02], [-0.01, 0.0], [0.02, 0.01]], "sample").matrix.shape
    (2, 2)
    """
    named = {
        "sample": sample,
        "ledoit_wolf": ledoit_wolf,
        "oas": oas,
        "constant_correlation": constant_correlation,
    }
    if one_of("method", method, [*named, "ewma"]) == "ewma":
        return ewma(returns, decay=decay)
    return named[method](returns)


def sample(returns: ArrayLike) -> Covariance:
    """Return the unbiased sample covariance; needs two periods.

    Examples
    --------
    >>> round(float(sample([[0.01], [0.03]]).matrix[0, 0]), 6)
    0.0002
    """
    off = _centred(returns, 2)
    return Covariance(off.T @ off / (len(off) - 1), 0.0, "sample")


def ewma(returns: ArrayLike, *, decay: float = 0.94) -> Covariance:
    r"""Return squares weighted by age, around zero.

    Parameters
    ----------
    returns : array_like of shape (n_periods, n_assets)
        Oldest first.
    decay : float, default 0.94
        Weight of a period relative to the next, strictly between 0 and 1; RiskMetrics
        uses 0.94 for days and 0.97 for months [1]_. Weights sum to one.

    References
    ----------
    .. [1] J. P. Morgan and Reuters, "RiskMetrics Technical Document", 4th edition,
       1996, section 5.2.

    Examples
    --------
    >>> round(float(ewma([[0.01], [0.02]], decay=0.5).matrix[0, 0]), 6)
    0.0003
    """
    checks.ordered(returns)
    values = checks.scenarios(returns)
    weights = checks.inner("decay", decay) ** np.arange(len(values))[::-1]
    weights /= weights.sum()
    return Covariance((values * weights[:, np.newaxis]).T @ values, 0.0, "ewma")


def ledoit_wolf(returns: ArrayLike) -> Covariance:
    r"""Return the sample covariance shrunk towards a multiple of the identity.

    Parameters
    ----------
    returns : array_like of shape (n_periods, n_assets)
        Two periods or more.

    Notes
    -----
    The weight minimises the expected squared error in large dimensions [1]_, and is the
    ratio of the error of the sample matrix to its distance from the target.

    References
    ----------
    .. [1] O. Ledoit and M. Wolf, "A well-conditioned estimator for large-dimensional
       covariance matrices", Journal of Multivariate Analysis 88(2), 2004.

    Examples
    --------
    >>> rows = [[0.01, 0.02], [-0.01, 0.0], [0.02, 0.01], [0.0, -0.02]]
    >>> round(ledoit_wolf(rows).shrinkage, 6)
    0.664024
    """
    off = _centred(returns, 2)
    n, p = off.shape
    plain = off.T @ off / n
    mean = float(np.trace(plain)) / p
    size = float(np.sum(plain**2))
    distance = (size - p * mean**2) / p
    error = (float(np.sum(np.sum(off**2, axis=1) ** 2)) / n - size) / (n * p)
    weight = min(max(error, 0.0) / distance, 1.0) if distance > 0.0 else 0.0
    return _towards(plain, np.eye(p) * mean, weight, "ledoit_wolf")


def oas(returns: ArrayLike) -> Covariance:
    """Return the oracle-approximating shrinkage towards a multiple of the identity.

    Parameters
    ----------
    returns : array_like of shape (n_periods, n_assets)
        Two periods or more; meant for Gaussian data, where it beats `ledoit_wolf` in
        short samples [1]_.

    References
    ----------
    .. [1] Y. Chen, A. Wiesel, Y. C. Eldar and A. O. Hero, "Shrinkage Algorithms for
       MMSE Covariance Estimation", IEEE Transactions on Signal Processing 58(10), 2010,
       equation 23, with the factor 1 - 2/p left out as in scikit-learn.

    Examples
    --------
    >>> rows = [[0.01, 0.02], [-0.01, 0.0], [0.02, 0.01], [0.0, -0.02]]
    >>> round(oas(rows).shrinkage, 6)
    1.0
    """
    off = _centred(returns, 2)
    n, p = off.shape
    plain = off.T @ off / n
    mean = float(np.trace(plain)) / p
    square = float(np.mean(plain**2))
    spread = (n + 1.0) * (square - mean**2 / p)
    weight = min((square + mean**2) / spread, 1.0) if spread > 0.0 else 1.0
    return _towards(plain, np.eye(p) * mean, weight, "oas")


def constant_correlation(returns: ArrayLike) -> Covariance:
    """Return the sample covariance shrunk towards one common correlation.

    Parameters
    ----------
    returns : array_like of shape (n_periods, n_assets)
        Two periods or more, two assets or more, none constant.

    Raises
    ------
    DataError
        If a column is constant: it has no correlation.

    References
    ----------
    .. [1] O. Ledoit and M. Wolf, "Honey, I Shrunk the Sample Covariance Matrix",
       Journal of Portfolio Management 30(4), 2004, appendix B.

    Examples
    --------
    >>> rows = [[0.01, 0.02], [-0.01, 0.0], [0.02, 0.01], [0.0, -0.02]]
    >>> constant_correlation(rows).method
    'constant_correlation'
    """
    off = _centred(returns, 2)
    n, p = off.shape
    plain = off.T @ off / n
    width = np.sqrt(np.diag(plain))
    still = np.flatnonzero(width == 0.0)
    if still.size or p < 2:
        msg = (
            f"returns column {still[0]} is constant and has no correlation; drop it"
            if still.size
            else "a common correlation needs two assets or more; received 1"
        )
        raise DataError(msg)
    both = np.outer(width, width)
    common = (float(np.sum(plain / both)) - p) / (p * (p - 1))
    target = common * both
    np.fill_diagonal(target, width**2)
    squares = off**2
    # pi: sum of the asymptotic variances of the entries; rho: of their covariances with
    # the target's; gamma: the target's distance.
    each = squares.T @ squares / n - plain**2
    theta = (off**3).T @ off / n - (width**2)[:, np.newaxis] * plain
    np.fill_diagonal(theta, 0.0)
    ratio = np.outer(1.0 / width, width)
    rho = float(np.trace(each)) + common * float(np.sum(ratio * theta))
    gamma = float(np.sum((plain - target) ** 2))
    if gamma <= 0.0:
        return Covariance(plain, 0.0, "constant_correlation")
    weight = min(max((float(each.sum()) - rho) / gamma / n, 0.0), 1.0)
    return _towards(plain, target, weight, "constant_correlation")


def _centred(returns: ArrayLike, needed: int) -> NDArray[np.float64]:
    values = checks.scenarios(returns)
    if len(values) < needed:
        msg = f"{len(values)} periods are too few; at least {needed} are needed"
        raise DataError(msg)
    off: NDArray[np.float64] = values - values.mean(axis=0)
    return off


def _towards(
    plain: NDArray[np.float64],
    target: NDArray[np.float64],
    weight: float,
    method: str,
) -> Covariance:
    return Covariance((1.0 - weight) * plain + weight * target, weight, method)
