"""Parameters of impact models from own orders and from market data.

Every routine minimises squared errors and gives standard errors. `fit_power`,
`fit_almgren` and `fit_i_star` take one row per order of one's own: what it cost against
the price at its arrival. `fit_propagator` and `fit_obizhaeva_wang` take the trades and
prices of a market.

Costs of single orders are mostly noise (a day's volatility is ten times the impact), so
expect to need thousands of orders; the standard errors say whether there were enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.optional import needs_core
from ai_trading.execution.impact._least_squares import Solution, solve
from ai_trading.execution.impact.dynamic import ObizhaevaWang, Propagator, columns
from ai_trading.execution.impact.models import Almgren2005, IStar, SquareRoot

with needs_core():
    from ai_trading._core import cost as _cost

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Fit",
    "fit_almgren",
    "fit_i_star",
    "fit_obizhaeva_wang",
    "fit_power",
    "fit_propagator",
]

Model = TypeVar("Model")
_BPS = 1e4
_BLOCK = 1 << 14


@dataclass(frozen=True, slots=True)
class Fit(Generic[Model]):
    """A fitted model and how sure it is.

    Attributes
    ----------
    model : ImpactModel
        With the estimated parameters, ready to use.
    estimates, standard_errors : mapping of str to float
        By parameter; only those that were estimated.
    observations : int
        Rows used.
    residual : float
        Standard deviation of what the model leaves unexplained, in basis points.
    r_squared : float
        Share of the variance explained; small even for a right model of single orders.
    """

    model: Model
    estimates: Mapping[str, float]
    standard_errors: Mapping[str, float]
    observations: int
    residual: float
    r_squared: float

    def interval(self, name: str, *, z: float = 1.96) -> tuple[float, float]:
        """Return ``estimate -+ z * standard error`` of a parameter.

        Raises
        ------
        ArgumentError
            If there is no such parameter.
        """
        if name not in self.estimates:
            there = ", ".join(self.estimates)
            msg = f"no parameter {name!r} was fitted; there are {there}"
            raise ArgumentError(msg)
        middle, error = self.estimates[name], self.standard_errors[name]
        return middle - z * error, middle + z * error


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
    _positive(quantity=size, daily_volume=volume, volatility=sigma)
    share, y = np.log(size / volume), paid / (_BPS * sigma)
    if exponent is None:
        names = ["coefficient", "exponent"]

        def left(p: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(p[0] * np.exp(p[1] * share) - y)

        start = np.array([_scale(np.exp(0.5 * share), y), 0.5])
    else:
        names, fixed = ["coefficient"], exponent

        def left(p: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(p[0] * np.exp(fixed * share) - y)

        start = np.array([_scale(np.exp(fixed * share), y)])
    solution = solve(left, start, robust=robust, what="fit_power")
    estimates = dict(zip(names, solution.values, strict=True))
    fixed_exponent = {} if exponent is None else {"exponent": exponent}
    model = _model(SquareRoot, **fixed_exponent, **_floats(estimates))
    predicted = _cost.power_impact(
        size, volume, sigma, model.coefficient, model.exponent
    )
    return _fit(model, names, solution, paid, predicted)


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
    _positive(
        quantity=size,
        daily_volume=volume,
        volatility=sigma,
        shares_outstanding=theta,
        duration=days,
    )
    share, turnover = size / volume, np.log(theta / volume)
    y = kept / (_BPS * sigma)
    z = (paid - 0.5 * kept) / (_BPS * sigma)
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
    model = _model(Almgren2005, **{**fixed, **_floats(told)})
    predicted = 0.5 * _cost.almgren_permanent(
        size, volume, sigma, theta, model.gamma, model.delta
    ) + _cost.almgren_temporary(size, volume, sigma, days, model.eta, model.beta)
    return _fit(model, names, both, paid, predicted)


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
    _positive(quantity=size, daily_volume=volume, volatility=sigma, duration=worked)
    weight = 1.0 / (_BPS * sigma)
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
    told = _floats(dict(zip(names, solution.values, strict=True)))
    model = _model(IStar, **told, days=days)
    a1, a2, a3, a4 = (told[name] for name in names[:4])
    predicted = _cost.i_star(size, volume, sigma, worked, a1, a2, a3, a4, b1, days)
    return _fit(model, names, solution, paid, predicted)


def fit_propagator(
    volumes: ArrayLike,
    prices: ArrayLike,
    *,
    lags: int = 100,
    concavity: float = 0.0,
) -> tuple[Fit[Propagator], NDArray[np.float64], NDArray[np.float64]]:
    r"""Fit a decaying impact to the trades of a market, in trade time.

    Parameters
    ----------
    volumes : array_like of shape (n_trades,)
        Signed sizes, buys positive, none 0.
    prices : array_like of shape (n_trades + 1,)
        The middle just before each trade, and before the one after the last.
    lags : int, default 100
        How many trades back the kernel is measured.
    concavity : float, default 0
        Exponent of the size; 0 counts signs alone, as suits trades that take the best
        price.

    Returns
    -------
    fit : Fit of Propagator
        A power law through the measured kernel; its time is counted in trades, the
        first one 1 trade after a push.
    kernel, errors : ndarray of shape (lags,)
        :math:`G(1), G(2), \dots`: what a trade of size 1 has moved the price by after
        so many trades, in basis points, and standard errors.

    Raises
    ------
    DataError
        If there are too few trades for so many lags, or a value is not allowed.

    Notes
    -----
    Returns over single trades are regressed on the last `lags` pushes
    :math:`\mathrm{sgn}(v)|v|^{\delta}` by ordinary least squares; sums of the
    coefficients are :math:`G` [1]_. The signs of trades follow each other closely,
    which the regression takes into account and a plain average response does not. The
    power law :math:`s (1 + (\ell - 1)/\ell_0)^{-\beta}` is then fitted by generalised
    least squares with the covariance of :math:`G`.

    References
    ----------
    .. [1] Z. Eisler, J.-P. Bouchaud and J. Kockelkoren, "The price impact of order book
       events: market orders, limit orders and cancellations", Quantitative Finance 12
       (2012).
    """
    (size,) = columns(volumes=volumes)
    (price,) = columns(prices=prices)
    if lags < 2 or len(price) != len(size) + 1 or len(size) < 10 * lags:
        msg = (
            "needs lags of 2 or more, ten times as many trades as lags, and one price "
            f"more than trades; received {lags} lags, {len(size)} trades and "
            f"{len(price)} prices"
        )
        raise DataError(msg)
    _positive(prices=price)
    if np.any(size == 0):
        msg = "a trade of volume 0 has no sign; leave it out"
        raise DataError(msg)
    push = np.sign(size) * np.abs(size) ** concavity
    moved = _BPS * np.diff(np.log(price))
    windows = np.lib.stride_tricks.sliding_window_view(push, lags)[:, ::-1]
    y = moved[lags - 1 :]
    normal, pulled = np.zeros((lags, lags)), np.zeros(lags)
    for at in range(0, len(y), _BLOCK):  # copies: BLAS wants them, memory not all
        block = np.ascontiguousarray(windows[at : at + _BLOCK])
        normal += block.T @ block
        pulled += block.T @ y[at : at + _BLOCK]
    try:
        inverse = np.linalg.inv(normal)
    except np.linalg.LinAlgError:
        msg = "the signs of the trades do not tell the lags apart; use fewer lags"
        raise DataError(msg) from None
    steps = inverse @ pulled
    noise = y - np.convolve(push, steps)[lags - 1 : len(push)]
    variance = float(noise @ noise) / (len(y) - lags)
    add_up = np.tril(np.ones((lags, lags)))
    kernel = add_up @ steps
    covariance = variance * add_up @ inverse @ add_up.T
    errors = np.sqrt(np.diag(covariance))
    fit = _decay_through(
        kernel,
        covariance,
        concavity=concavity,
        observations=len(size),
        y=y,
        noise=noise,
    )
    return fit, kernel, errors


def _decay_through(
    kernel: NDArray[np.float64],
    covariance: NDArray[np.float64],
    *,
    concavity: float,
    observations: int,
    y: NDArray[np.float64],
    noise: NDArray[np.float64],
) -> Fit[Propagator]:
    """Fit the power law to a kernel whose errors are correlated."""
    after = np.arange(len(kernel), dtype=np.float64)
    ridge = 1e-10 * float(np.trace(covariance)) / len(kernel)
    factor = np.linalg.cholesky(covariance + ridge * np.eye(len(kernel)))

    def left(p: NDArray[np.float64]) -> NDArray[np.float64]:
        curve = np.exp(p[0] - p[2] * np.log1p(after / np.exp(p[1])))
        return np.asarray(np.linalg.solve(factor, curve - kernel))

    if not kernel[0] > 0:
        msg = (
            "the price moved against the trades; check that buys are positive and that "
            "prices are those before each trade"
        )
        raise DataError(msg)
    start = np.array([np.log(kernel[0]), 1.0, 0.5])
    raw = solve(left, start, robust=False, what="fit_propagator")
    # Errors of whitened residuals are 1 by construction: undo the estimated variance.
    spread = float(raw.residuals @ raw.residuals) / (len(kernel) - 3)
    values = np.array([np.exp(raw.values[0]), np.exp(raw.values[1]), raw.values[2]])
    turn = np.diag([values[0], values[1], 1.0])
    names = ["scale", "timescale", "exponent"]
    within = turn @ (raw.covariance / spread) @ turn
    model = _model(
        Propagator,
        scale=float(values[0]),
        timescale=float(values[1]),
        exponent=float(values[2]),
        concavity=concavity,
    )
    deviation = np.sqrt(np.diag(within))
    return Fit(
        model,
        MappingProxyType(_floats(dict(zip(names, values, strict=True)))),
        MappingProxyType(_floats(dict(zip(names, deviation, strict=True)))),
        observations,
        float(np.std(noise)),
        1.0 - float(noise @ noise) / float(np.sum((y - y.mean()) ** 2)),
    )


def fit_obizhaeva_wang(
    times: ArrayLike, volumes: ArrayLike, prices: ArrayLike, *, robust: bool = True
) -> Fit[ObizhaevaWang]:
    r"""Fit resilience, depth and permanent impact to trades and prices of a market.

    Parameters
    ----------
    times : array_like of shape (n_trades,)
        Rising.
    volumes : array_like of shape (n_trades,)
        Signed, buys positive.
    prices : array_like of shape (n_trades,)
        The middle just before each trade, in currency units.
    robust : bool, default True
        Standard errors that allow for noise of different size (HC1).

    Returns
    -------
    Fit of ObizhaevaWang
        `resilience` per unit of the times; `residual` in currency units here.

    Raises
    ------
    DataError
        If rows are missing, malformed or too few, or do not tell the parameters apart.

    Notes
    -----
    Price changes between trades are regressed on
    :math:`\lambda v_{i-1} + \kappa\,\Delta D_i(\rho)`, where :math:`D` adds every
    trade's volume and decays at the rate :math:`\rho`; the best of a grid of
    :math:`\rho` starts non-linear least squares. The density is
    :math:`1 / (\lambda + \kappa)`. Changes, not levels, because prices wander.
    """
    when, size, price = columns(times=times, volumes=volumes, prices=prices)
    gaps = np.diff(when)
    if len(gaps) < 10 or np.any(gaps < 0) or not np.any(gaps > 0):
        msg = (
            "times must rise and be 11 or more; received "
            f"{len(when)} from {when[:1]} to {when[-1:]}"
        )
        raise DataError(msg)
    y = np.diff(price)

    def pushed(rho: float) -> NDArray[np.float64]:
        return _cost.fading_changes(size[:-1], gaps, rho)

    def linear(rho: float) -> tuple[NDArray[np.float64], float]:
        table = np.stack([size[:-1], pushed(rho)], axis=1)
        solved, *_ = np.linalg.lstsq(table, y, rcond=None)
        rest = y - table @ solved
        return np.asarray(solved, dtype=np.float64), float(rest @ rest)

    middle = 1.0 / float(np.median(gaps[gaps > 0]))
    grid = middle * np.geomspace(1e-4, 10, 40)
    rho = min(grid, key=lambda r: linear(float(r))[1])
    flat, _ = linear(float(rho))

    def left(p: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(p[0] * size[:-1] + p[1] * pushed(float(np.exp(p[2]))) - y)

    start = np.array([flat[0], flat[1], np.log(rho)])
    raw = solve(left, start, robust=robust, what="fit_obizhaeva_wang")
    lam, kappa, resilience = raw.values[0], raw.values[1], float(np.exp(raw.values[2]))
    if not (kappa > 0 and lam + kappa > 0):
        msg = (
            f"the fitted push of a trade is {lam + kappa:.3g} and its fading part "
            f"{kappa:.3g}; both must be positive: check signs, or bring more trades"
        )
        raise DataError(msg)
    density = 1.0 / (lam + kappa)
    # Delta method for (lambda, kappa, log rho) to (permanent, density, resilience).
    turn = np.array(
        [[1.0, 0.0, 0.0], [-(density**2), -(density**2), 0.0], [0.0, 0.0, resilience]]
    )
    names = ["permanent", "density", "resilience"]
    solution = Solution(
        np.array([lam, density, resilience]),
        turn @ raw.covariance @ turn.T,
        raw.residuals,
    )
    model = ObizhaevaWang(
        resilience=resilience,
        density=float(density),
        permanent=max(float(lam), 0.0),
    )
    return _fit(model, names, solution, y, y + raw.residuals)


def _model(kind: type[Model], **values: float) -> Model:
    try:
        return kind(**values)
    except ArgumentError as error:
        msg = (
            f"the best fit is no {kind.__name__}: {error}. The data show no such "
            "impact, or too little of it for so much noise"
        )
        raise DataError(msg) from None


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
        known = base * np.exp(fixed * x)

        def one(p: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(p[0] * known - y)

        first = np.array([_scale(known, y)])
        return solve(one, first, robust=robust, what=what), ["scale"]

    def two(p: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(p[0] * base * np.exp(p[1] * x) - y)

    first = np.array([_scale(base * np.exp(start * x), y), start])
    return solve(two, first, robust=robust, what=what), ["scale", "exponent"]


def _scale(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """The slope through the origin, kept off zero so that a search can move."""
    slope = float(x @ y) / float(x @ x)
    return slope if abs(slope) > 1e-9 else 1e-3


def _fit(
    model: Model,
    names: list[str],
    solution: Solution,
    paid: NDArray[np.float64],
    predicted: Any,
) -> Fit[Model]:
    left = paid - np.asarray(predicted)
    deviation = np.sqrt(np.diag(solution.covariance))
    around = float(np.sum((paid - paid.mean()) ** 2))
    return Fit(
        model,
        MappingProxyType(_floats(dict(zip(names, solution.values, strict=True)))),
        MappingProxyType(_floats(dict(zip(names, deviation, strict=True)))),
        len(paid),
        float(np.sqrt(float(left @ left) / max(len(paid) - len(names), 1))),
        1.0 - float(left @ left) / around if around > 0 else 0.0,
    )


def _floats(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items()}


def _blocks(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    out = np.zeros((len(a) + len(b), len(a) + len(b)))
    out[: len(a), : len(a)] = a
    out[len(a) :, len(a) :] = b
    return out


def _positive(**given: NDArray[np.float64]) -> None:
    for name, values in given.items():
        if len(values) == 0 or not np.all(values > 0):
            worst = values.min() if len(values) else "nothing"
            msg = f"{name} must be above 0 in every row; received {worst}"
            raise DataError(msg)
