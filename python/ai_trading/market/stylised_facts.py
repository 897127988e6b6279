"""What prices of real markets have in common [1]_, measured on any series of them.

`watch` looks at a made-up market at regular times, `watch_data` at recorded events;
`stylised_facts` says what is seen.

Units: prices and spreads in price increments, queues in lots, times in seconds.

References
----------
.. [1] R. Cont, "Empirical properties of asset returns: stylized facts and statistical
   issues", Quantitative Finance 1, 2001.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.optional import needs_core
from ai_trading.core.sessions import local_time_ns
from ai_trading.market.flow_models import FlowModel, flow_model

with needs_core():
    from ai_trading._core import book as _book
    from ai_trading._core import matching as _matching

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from ai_trading.market.source import MarketData

__all__ = [
    "MarketSample",
    "StylisedFacts",
    "autocorrelation",
    "kurtosis",
    "stylised_facts",
    "tail_index",
    "watch",
    "watch_data",
]

_SECOND_NS = 1_000_000_000
_STEP = 100  # ticks
_QUIET_LAGS = range(3, 21)


@dataclass(frozen=True, eq=False)
class MarketSample:
    """A market at regular times.

    Parameters
    ----------
    every : float
        Seconds from one look to the next.
    middle, spread : ndarray of shape (n_looks,)
        In price increments; looks at a book without both sides are left out.
    queue : ndarray of shape (n_looks,)
        Quantity at the best bid.
    """

    every: float
    middle: NDArray[np.float64]
    spread: NDArray[np.float64]
    queue: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StylisedFacts:
    """What is seen of a market; see `stylised_facts`."""

    deviation: float
    kurtosis: float
    kurtosis_coarse: float
    tail_index: float
    bounce: float
    predictability: float
    memory: tuple[float, float, float]
    spread: float
    queue: float
    queue_variation: float


def autocorrelation(values: ArrayLike, lag: int) -> float:
    """Return the correlation of a series with itself so many places later.

    Raises
    ------
    ArgumentError
        If the series is not longer than `lag`, or does not vary.

    Examples
    --------
    >>> autocorrelation([1, -1, 1, -1, 1, -1, 1, -1], 1)
    -0.875
    """
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or not 1 <= lag < x.size:
        msg = f"lag must lie between 1 and the length of a series; received {lag}"
        raise ArgumentError(msg)
    x = x - x.mean()
    power = float(x @ x)
    if power == 0.0:
        msg = "a series that does not vary has no autocorrelation"
        raise ArgumentError(msg)
    return float(x[lag:] @ x[:-lag]) / power


def kurtosis(values: ArrayLike) -> float:
    """Return the fourth moment over the squared second: 3 for a normal law.

    Raises
    ------
    ArgumentError
        If there are fewer than four values or they do not vary.

    Examples
    --------
    >>> kurtosis([-1, 1, -1, 1])
    1.0
    """
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or x.size < 4 or np.ptp(x) == 0.0:
        msg = "kurtosis needs four values or more that vary"
        raise ArgumentError(msg)
    x = x - x.mean()
    return float(np.mean(x**4) / np.mean(x**2) ** 2)


def tail_index(values: ArrayLike, *, share: float = 0.01) -> float:
    r"""Return Hill's estimate of the power with which large values become rare.

    Parameters
    ----------
    values : array_like of shape (n,)
        Their absolute values count.
    share : float, default 0.01
        Of the values, how many are the tail; at least ten must be.

    Notes
    -----
    With the :math:`k` largest absolute values and :math:`x_{k+1}` the next,
    :math:`k / \sum_i \ln(x_i / x_{k+1})`. Real returns have about 3; a normal law has
    no such power, and its estimate grows with the threshold.

    Raises
    ------
    ArgumentError
        If the tail holds fewer than ten values or begins at zero.
    """
    x = np.sort(np.abs(np.asarray(values, dtype=np.float64)))[::-1]
    k = int(share * x.size)
    if k < 10 or k >= x.size or x[k] == 0.0:
        msg = (
            "the tail must hold ten values or more, above zero; "
            f"received {x.size} values and share {share}"
        )
        raise ArgumentError(msg)
    spread = float(np.log(x[:k] / x[k]).sum())
    return k / spread if spread > 0.0 else float("inf")


def stylised_facts(sample: MarketSample, *, coarse: int = 60) -> StylisedFacts:
    """Measure a market.

    Parameters
    ----------
    sample : MarketSample
    coarse : int, default 60
        Looks over which moves are added up for the coarse kurtosis.

    Returns
    -------
    StylisedFacts
        Of the moves of the middle from look to look: standard deviation; kurtosis, and
        that of moves over `coarse` looks; Hill's index of the largest 1 %; the first
        autocorrelation (`bounce`) and the largest absolute one at 3 to 20 looks
        (`predictability`); autocorrelations of absolute moves at 1, 10 and 50 looks
        (`memory`). Then the mean spread, the mean queue and its standard deviation over
        the mean.

    Raises
    ------
    ArgumentError
        If there are fewer than ``4 * coarse`` looks, or the price never moves.
    """
    if coarse < 2 or sample.middle.size < 4 * coarse:
        msg = (
            f"the facts need {4 * coarse} looks or more; received {sample.middle.size}"
        )
        raise ArgumentError(msg)
    moves = np.diff(sample.middle)
    size = np.abs(moves)
    return StylisedFacts(
        deviation=float(moves.std()),
        kurtosis=kurtosis(moves),
        kurtosis_coarse=kurtosis(np.diff(sample.middle[::coarse])),
        tail_index=tail_index(moves),
        bounce=autocorrelation(moves, 1),
        predictability=max(abs(autocorrelation(moves, lag)) for lag in _QUIET_LAGS),
        memory=(
            autocorrelation(size, 1),
            autocorrelation(size, 10),
            autocorrelation(size, 50),
        ),
        spread=float(sample.spread.mean()),
        queue=float(sample.queue.mean()),
        queue_variation=float(sample.queue.std() / sample.queue.mean()),
    )


def watch(
    model: FlowModel | str,
    *,
    seed: int = 1,
    seconds: float = 117_000.0,
    every: float = 5.0,
    events: float | None = None,
    price: int = 15_000,
    volatility: float = 0.01,
    warm_up: float = 300.0,
) -> MarketSample:
    """Play one long made-up session and look at it at regular times.

    Parameters
    ----------
    model : FlowModel or str
        As in `market.synthetic.synthetic_day`.
    seed : int, default 1
    seconds : float, default 117,000
        Length of the session; the default is five trading days.
    every : float, default 5.0
        Seconds from one look to the next.
    events : float, optional
        Wanted in all; by default the model's rates as stated, and for Hawkes ten a
        second.
    price : int, default 15,000
        At the open, in price increments.
    volatility : float, default 0.01
        Of the latent value, where the model has one, in 23,400 seconds.
    warm_up : float, default 300.0
        Seconds before the first look.

    Raises
    ------
    ArgumentError
        If an argument is outside its domain.
    """
    chosen = flow_model(model)
    if events is None and isinstance(chosen, type(flow_model("hawkes"))):
        events = 10.0 * seconds
    if not (every > 0 and warm_up >= 0 and seconds > warm_up + every):
        msg = (
            "a session must be longer than warm_up and every, and every above 0; "
            f"received seconds={seconds}, warm_up={warm_up}, every={every}"
        )
        raise ArgumentError(msg)
    start = local_time_ns(dt.date(2026, 1, 15), dt.time(9, 30))
    try:
        flow = _matching.OrderFlow(
            [
                _matching.FlowSymbol(
                    price * _STEP,
                    step=_STEP,
                    volatility=volatility * (seconds / 23_400.0) ** 0.5,
                )
            ],
            seed=seed,
            start=start,
            end=start + round(seconds * _SECOND_NS),
            events=events,
            model=chosen.core(),
        )
    except (TypeError, ValueError) as error:
        raise ArgumentError(str(error)) from None
    looks = []
    for when in np.arange(warm_up, seconds - every / 2, every).tolist():
        flow.advance(start + round(when * _SECOND_NS))
        bid, ask = flow.best(0, 0), flow.best(0, 1)
        if bid is not None and ask is not None:
            looks.append((bid[0], ask[0], bid[1]))
    return _sample(np.array(looks, dtype=np.float64).reshape(-1, 3), every, _STEP)


def watch_data(data: MarketData, *, every: float = 5.0) -> MarketSample:
    """Look at the first instrument of recorded order-by-order data at regular times.

    Raises
    ------
    ArgumentError
        If `every` is not above 0.
    DataError
        If the data are not events, or never have both sides.
    """
    if not every > 0:
        msg = f"every must be above 0 seconds; received {every}"
        raise ArgumentError(msg)
    if data.kind != "events" or not len(data):
        msg = f"{data.source} holds no events"
        raise DataError(msg)
    touch, _ = _book.Books().depth_after_each(data.records, 0, 1)
    times = data.records["timestamp"]
    when = np.arange(int(times[0]), int(times[-1]), round(every * _SECOND_NS))
    last = np.searchsorted(times, when, side="right") - 1
    seen = touch[last]
    seen = seen[(seen[:, 1] > 0) & (seen[:, 3] > 0)]
    if not len(seen):
        msg = f"{data.source} never has both a bid and an ask"
        raise DataError(msg)
    looks = seen[:, [2, 0, 3]].astype(np.float64)
    return _sample(looks, every, data.instruments[0].increment_ticks)


def _sample(looks: NDArray[np.float64], every: float, step: int) -> MarketSample:
    bid, ask, queue = looks.T
    return MarketSample(
        every=every,
        middle=(bid + ask) / (2 * step),
        spread=(ask - bid) / step,
        queue=queue,
    )
