"""Parameters of impact models from own orders, one row per order.

Every routine minimises squared errors of what each order cost against the price at its
arrival, and gives standard errors.

Costs of single orders are mostly noise (a day's volatility is ten times the impact), so
expect to need thousands of orders; the standard errors say whether there were enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ai_trading.core.errors import ArgumentError
from ai_trading.core.optional import needs_core
from ai_trading.execution.impact._least_squares import Solution, solve
from ai_trading.execution.impact.dynamic import columns
from ai_trading.execution.impact.fit import (
    BPS,
    Fit,
    Model,
    fit_of,
    floats,
    model_of,
    positive,
)
from ai_trading.execution.impact.models import (
    Almgren2005,
    FixedBps,
    IStar,
    SpreadShare,
    SquareRoot,
    VolumeShare,
    bounded,
)

with needs_core():
    from ai_trading._core import cost as _cost

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "fit_almgren",
    "fit_fixed",
    "fit_i_star",
    "fit_power",
    "fit_spread",
    "fit_volume_share",
]

_STEEPEST = 10.0


def fit_fixed(cost: ArrayLike, *, robust: bool = True) -> Fit[FixedBps]:
    """Fit one cost for every order: the mean, with its standard error.

    Parameters
    ----------
    cost : array_like of shape (n_orders,)
        Basis points of the arrival price, a loss positive.
    robust : bool, default True
        Standard errors that allow for noise of different size (HC1).

    Raises
    ------
    DataError
        If rows are malformed or too few, or the mean is not positive.

    Examples
    --------
    >>> fit_fixed([3.0, 5.0, 4.0]).model.cost
    4.0
    """
    (paid,) = columns(cost=cost)

    def left(p: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(p[0] - paid)

    start = np.array([float(paid.mean()) if len(paid) else 0.0])
    solution = solve(left, start, robust=robust, what="fit_fixed")
    model = model_of(FixedBps, cost=float(solution.values[0]))
    return fit_of(model, ["cost"], solution, paid, np.full(len(paid), model.cost))


def fit_spread(
    spread: ArrayLike, cost: ArrayLike, *, robust: bool = True
) -> Fit[SpreadShare]:
    """Fit the share of the quoted spread that orders pay.

    Parameters
    ----------
    spread : array_like of shape (n_orders,)
        Quoted at arrival, in basis points of the price; above 0.
    cost : array_like of shape (n_orders,)
        Basis points of the arrival price, a loss positive.
    robust : bool, default True
        Standard errors that allow for noise of different size (HC1).

    Raises
    ------
    DataError
        If rows are malformed or too few, or the share is not positive.

    Examples
    --------
    >>> round(fit_spread([2.0, 4.0, 8.0], [1.0, 2.0, 4.0]).model.share, 12)
    0.5
    """
    quoted, paid = columns(spread=spread, cost=cost)
    positive(spread=quoted)

    def left(p: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(p[0] * quoted - paid)

    start = np.array([_scale(quoted, paid)])
    solution = solve(left, start, robust=robust, what="fit_spread")
    model = model_of(SpreadShare, share=float(solution.values[0]))
    return fit_of(model, ["share"], solution, paid, model.share * quoted)


def fit_volume_share(
    quantity: ArrayLike,
    daily_volume: ArrayLike,
    duration: ArrayLike,
    cost: ArrayLike,
    *,
    exponent: float | None = None,
    robust: bool = True,
) -> Fit[VolumeShare]:
    r"""Fit coefficient and exponent of the volume-share rule to own orders.

    Parameters
    ----------
    quantity, daily_volume, duration : array_like of shape (n_orders,)
        As for `VolumeShare`; all above 0.
    cost : array_like of shape (n_orders,)
        Basis points of the arrival price, a loss positive.
    exponent : float, optional
        Fixed, such as 2; by default estimated.
    robust : bool, default True
        Standard errors that allow for noise of different size (HC1).

    Raises
    ------
    DataError
        If rows are missing, malformed or too few, or do not tell the parameters apart.

    Notes
    -----
    Non-linear least squares of :math:`c / 10^4` on :math:`a (Q / V T)^{e}`.

    Examples
    --------
    >>> share = np.geomspace(0.01, 0.5, 20)
    >>> fit = fit_volume_share(1e6 * share, np.full(20, 1e6), np.ones(20),
    ...                        1e4 * 0.1 * share**2)
    >>> round(fit.model.coefficient, 6), round(fit.model.exponent, 6)
    (0.1, 2.0)
    """
    size, volume, days, paid = columns(
        quantity=quantity, daily_volume=daily_volume, duration=duration, cost=cost
    )
    positive(quantity=size, daily_volume=volume, duration=days)
    share = size / (volume * days)
    solution, names = _power_step(
        np.ones_like(share),
        np.log(share),
        paid / BPS,
        exponent,
        start=1.0,
        robust=robust,
        what="fit_volume_share",
    )
    model, names = _power_law(VolumeShare, solution, names, exponent)
    predicted = BPS * model.coefficient * share**model.exponent
    return fit_of(model, names, solution, paid, predicted)


def fit_power(
    quantity: ArrayLike,
    daily_volume: ArrayLike,
    volatility: ArrayLike,
    cost: ArrayLike,
    *,
    exponent: float | None = None,
    robust: bool = True,
) -> Fit[SquareRoot]:
    r"""Fit coefficient and exponent of the square-root law to own orders.

    Parameters
    ----------
    quantity, daily_volume, volatility : array_like of shape (n_orders,)
        As for `SquareRoot`; all above 0.
    cost : array_like of shape (n_orders,)
        Signed so that a loss is positive, in basis points of the arrival price.
    exponent : float, optional
        Fixed, such as 0.5; by default estimated.
    robust : bool, default True
        Standard errors that allow for noise of different size (HC1).

    Returns
    -------
    Fit of SquareRoot

    Raises
    ------
    DataError
        If rows are missing, malformed or too few, or do not tell the parameters apart.

    Notes
    -----
    Non-linear least squares of :math:`c / (10^4 \sigma)` on
    :math:`Y (Q / V)^{\delta}`: dividing by the volatility evens out the noise.

    Examples
    --------
    >>> size = np.geomspace(1e3, 1e5, 50)
    >>> true = 1e4 * 0.8 * 0.02 * (size / 1e6) ** 0.6
    >>> fit = fit_power(size, np.full(50, 1e6), np.full(50, 0.02), true)
    >>> round(fit.model.coefficient, 6), round(fit.model.exponent, 6)
    (0.8, 0.6)
    """
    size, volume, sigma, paid = columns(
        quantity=quantity, daily_volume=daily_volume, volatility=volatility, cost=cost
    )
    positive(quantity=size, daily_volume=volume, volatility=sigma)
    solution, names = _power_step(
        np.ones_like(size),
        np.log(size / volume),
        paid / (BPS * sigma),
        exponent,
        start=0.5,
        robust=robust,
        what="fit_power",
    )
    model, names = _power_law(SquareRoot, solution, names, exponent)
    predicted = _cost.power_impact(
        size, volume, sigma, model.coefficient, model.exponent
    )
    return fit_of(model, names, solution, paid, predicted)


def fit_almgren(
    quantity: ArrayLike,
    daily_volume: ArrayLike,
    volatility: ArrayLike,
    shares_outstanding: ArrayLike,
    *,
    duration: ArrayLike,
    permanent: ArrayLike,
    total: ArrayLike,
    delta: float | None = None,
    beta: float | None = None,
    robust: bool = True,
) -> Fit[Almgren2005]:
    r"""Fit permanent and temporary impact to own orders, as Almgren et al. did.

    Parameters
    ----------
    quantity, daily_volume, volatility, shares_outstanding, duration : array_like
        One row per order, as for `Almgren2005`.
    permanent : array_like of shape (n_orders,)
        Return from before the order to well after it (the paper: 30 minutes), signed
        so that a move against the order is positive, in basis points.
    total : array_like of shape (n_orders,)
        Cost of the average fill against the arrival price, likewise.
    delta, beta : float, optional
        Fixed exponents; by default estimated.
    robust : bool, default True
        Standard errors that allow for noise of different size (HC1).

    Returns
    -------
    Fit of Almgren2005

    Raises
    ------
    DataError
        If rows are missing, malformed or too few, or do not tell the parameters apart.

    Notes
    -----
    In two steps: :math:`I / \sigma` on
    :math:`\gamma (X/V) (\Theta/V)^{\delta}`, then :math:`(J - I/2) / \sigma` on
    :math:`\eta (X / VT)^{\beta}`; the second uses each order's own :math:`I`, as the
    paper does, so the steps share no parameter and no error is passed on.
    """
    size, volume, sigma, theta, days, kept, paid = columns(
        quantity=quantity,
        daily_volume=daily_volume,
        volatility=volatility,
        shares_outstanding=shares_outstanding,
        duration=duration,
        permanent=permanent,
        total=total,
    )
    positive(
        quantity=size,
        daily_volume=volume,
        volatility=sigma,
        shares_outstanding=theta,
        duration=days,
    )
    share, turnover = size / volume, np.log(theta / volume)
    y = kept / (BPS * sigma)
    z = (paid - 0.5 * kept) / (BPS * sigma)
    first, first_names = _power_step(
        share, turnover, y, delta, start=0.25, robust=robust, what="permanent impact"
    )
    ones = np.ones_like(share)
    second, second_names = _power_step(
        ones,
        np.log(share / days),
        z,
        beta,
        start=0.6,
        robust=robust,
        what="temporary impact",
    )
    names = [{"scale": "gamma", "exponent": "delta"}[name] for name in first_names] + [
        {"scale": "eta", "exponent": "beta"}[name] for name in second_names
    ]
    both = Solution(
        np.concatenate([first.values, second.values]),
        _blocks(first.covariance, second.covariance),
        np.concatenate([first.residuals, second.residuals]),
    )
    told = dict(zip(names, both.values, strict=True))
    fixed = {"delta": 0.25 if delta is None else delta}
    fixed["beta"] = 0.6 if beta is None else beta
    model = model_of(Almgren2005, **{**fixed, **floats(told)})
    predicted = 0.5 * _cost.almgren_permanent(
        size, volume, sigma, theta, model.gamma, model.delta
    ) + _cost.almgren_temporary(size, volume, sigma, days, model.eta, model.beta)
    return fit_of(model, names, both, paid, predicted)


def fit_i_star(
    quantity: ArrayLike,
    daily_volume: ArrayLike,
    volatility: ArrayLike,
    duration: ArrayLike,
    cost: ArrayLike,
    *,
    days: float = 252.0,
    robust: bool = True,
) -> Fit[IStar]:
    r"""Fit the five parameters of I-Star to own orders.

    Parameters
    ----------
    quantity, daily_volume, volatility, duration : array_like of shape (n_orders,)
        As for `IStar`; volatility per day.
    cost : array_like of shape (n_orders,)
        Basis points of the arrival price, a loss positive.
    days : float, default 252
        As for `IStar`.
    robust : bool, default True
        Standard errors that allow for noise of different size (HC1).

    Returns
    -------
    Fit of IStar

    Raises
    ------
    DataError
        If rows are missing, malformed or too few, or do not tell the parameters apart.

    Notes
    -----
    Non-linear least squares, weighted by the inverse volatility, from the book's
    values. :math:`a_1` and :math:`b_1` are kept in range by estimating their logarithm
    and log-odds; their errors are carried over by the delta method.
    """
    size, volume, sigma, worked, paid = columns(
        quantity=quantity,
        daily_volume=daily_volume,
        volatility=volatility,
        duration=duration,
        cost=cost,
    )
    positive(quantity=size, daily_volume=volume, volatility=sigma, duration=worked)
    weight = 1.0 / (BPS * sigma)
    x1, x2 = np.log(size / volume), np.log(sigma * np.sqrt(days))
    x3 = np.log(size / (size + volume * worked))

    def left(p: NDArray[np.float64]) -> NDArray[np.float64]:
        b1 = 1.0 / (1.0 + np.exp(-p[4]))
        whole = np.exp(p[0] + p[1] * x1 + p[2] * x2)
        return np.asarray((whole * (b1 * np.exp(p[3] * x3) + 1 - b1) - paid) * weight)

    start = np.array([np.log(708.0), 0.55, 0.71, 0.5, np.log(0.9 / 0.1)])
    raw = solve(left, start, robust=robust, what="fit_i_star")
    a1, b1 = float(np.exp(raw.values[0])), float(1 / (1 + np.exp(-raw.values[4])))
    turn = np.diag([a1, 1.0, 1.0, 1.0, b1 * (1 - b1)])
    names = ["a1", "a2", "a3", "a4", "b1"]
    solution = Solution(
        np.array([a1, *raw.values[1:4], b1]),
        turn @ raw.covariance @ turn,
        raw.residuals,
    )
    told = floats(dict(zip(names, solution.values, strict=True)))
    model = model_of(IStar, **told, days=days)
    a1, a2, a3, a4 = (told[name] for name in names[:4])
    predicted = _cost.i_star(size, volume, sigma, worked, a1, a2, a3, a4, b1, days)
    return fit_of(model, names, solution, paid, predicted)


def _power_step(
    base: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    fixed: float | None,
    *,
    start: float,
    robust: bool,
    what: str,
) -> tuple[Solution, list[str]]:
    """Fit ``scale * base * exp(exponent * x)``."""
    if fixed is not None:
        if bounded("exponent", fixed) > _STEEPEST:
            msg = f"exponent must be {_STEEPEST:g} at most; received {fixed!r}"
            raise ArgumentError(msg)
        known = base * np.exp(fixed * x)

        def one(p: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(p[0] * known - y)

        first = np.array([_scale(known, y)])
        return solve(one, first, robust=robust, what=what), ["scale"]

    def two(p: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(p[0] * base * np.exp(p[1] * x) - y)

    first = np.array([_scale(base * np.exp(start * x), y), start])
    return solve(two, first, robust=robust, what=what), ["scale", "exponent"]


def _power_law(
    kind: type[Model], solution: Solution, names: list[str], exponent: float | None
) -> tuple[Model, list[str]]:
    """Return the model that `_power_step` found, and its names of the estimates."""
    names = ["coefficient" if name == "scale" else name for name in names]
    told = floats(dict(zip(names, solution.values, strict=True)))
    fixed = {} if exponent is None else {"exponent": exponent}
    return model_of(kind, **fixed, **told), names


def _scale(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """The slope through the origin, kept off zero so that a search can move."""
    slope = float(x @ y) / float(x @ x)
    return slope if abs(slope) > 1e-9 else 1e-3


def _blocks(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    out = np.zeros((len(a) + len(b), len(a) + len(b)))
    out[: len(a), : len(a)] = a
    out[len(a) :, len(a) :] = b
    return out
