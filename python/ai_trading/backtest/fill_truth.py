"""Fill truth: what a venue says about real orders, beside what really became of them.

One real order at a time is left out of an order-by-order tape, and ours is submitted
in its place: at the same instant, price and quantity, smaller when it shrank, canceled
when it was. Every fill model is asked for the fate of ours, on the whole tape and on
the same tape with less in it: totals per price, best prices, trades, bars.

An order is scored if the tape shows its end; the share of the others is told. "Filled"
means by the moment the real one ended; what comes later, within a patience after the
real one was filled, counts as late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ai_trading.backtest.terms import BarFills, LevelFills, QueueName
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.optional import needs_core
from ai_trading.core.records import BAR, EventKind
from ai_trading.market.source import MarketData

with needs_core():
    from ai_trading._core import venue

__all__ = [
    "Bin",
    "FillModel",
    "FillTruth",
    "Score",
    "fill_models",
    "measure_fills",
    "trade_bars",
]

Shown: TypeAlias = Literal["orders", "levels", "quotes", "touch", "trades", "bars"]

_SECOND = 1_000_000_000
_FILLED, _CANCELED, _LEFT = 0, 1, 2
_AHEAD = (0, 1, 100, 200, 300, 500, 1000, 2000, 5000)
"""Bounds of the bins of the calibration curve, in lots before us on arrival."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FillModel:
    """One way to fill our orders: what is shown, and the model on it.

    Parameters
    ----------
    name : str
        As tables show it.
    shown : {"orders", "levels", "quotes", "touch", "trades", "bars"}
        Every order; totals and trades; best prices and trades; best prices; trades;
        bars.
    fills : LevelFills or BarFills, optional
        The model; none is needed where every order is shown.
    width : int, default 0
        Nanoseconds of a bar.
    plain : bool, default False
        A rule without a queue, to compare models with.
    """

    name: str
    shown: Shown
    fills: LevelFills | BarFills | None = None
    width: int = 0
    plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Orders that found from `low` up to `high` lots before them (none: no bound)."""

    low: int
    high: int | None
    orders: int
    real: float
    ours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How one model did. Shares lie between 0 and 1; NaN where nothing is to divide.

    Attributes
    ----------
    agreement
        Orders with the same fate: not, partly or wholly filled.
    recall, late_recall
        Of the orders that really filled, those that ours did: by then, with patience.
    precision
        Of the orders of ours that filled, those that really did.
    overlap
        The sum of the lesser of both quantities over that of the greater.
    bias
        Our filled quantity over the real one, less 1.
    timing_median_ns, timing_p90_ns
        Absolute difference of the first fills, where both filled, late ones included.
    calibration
        Share filled by the quantity ahead on arrival.
    """

    name: str
    shown: str
    plain: bool
    agreement: float
    recall: float
    late_recall: float
    precision: float
    overlap: float
    bias: float
    timing_median_ns: float
    timing_p90_ns: float
    calibration: tuple[Bin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FillTruth:
    """What `measure_fills` found.

    Attributes
    ----------
    arrivals
        Orders whose arrival the tape shows.
    censored
        Share of them whose price left the view, so that their end is not known.
    scored, filled
        Orders that were run, and those of them that really traded.
    """

    source: str
    symbol: str
    arrivals: int
    censored: float
    unended: int
    scored: int
    filled: int
    patience_ns: int
    sample: int | None
    seed: int
    scores: tuple[Score, ...]

    @property
    def best_level_model(self) -> Score:
        """The queue model on levels whose filled quantity is nearest to the truth."""
        ours = [s for s in self.scores if s.shown == "levels" and not s.plain]
        if not ours:
            msg = "no queue model on levels was measured"
            raise ArgumentError(msg)
        return max(ours, key=lambda score: score.overlap)

    def to_dict(self) -> dict[str, Any]:
        """Return everything, JSON-able: what is not a number is None."""
        plain: dict[str, Any] = _without_nan(asdict(self))
        return plain


def fill_models(widths: Sequence[int] = (_SECOND, 60 * _SECOND)) -> list[FillModel]:
    """Return every model there is, from all orders shown down to bars.

    Parameters
    ----------
    widths : sequence of int
        Nanoseconds of the bars.
    """
    made = [FillModel(name="order by order", shown="orders")]
    sources: tuple[tuple[Shown, str], ...] = (
        ("levels", "levels, trades"),
        ("quotes", "quotes, trades"),
    )
    queues: tuple[QueueName, ...] = (
        "risk_averse", "trades", "log", "power", "sizes", "front",
    )  # fmt: skip
    rules: tuple[QueueName, ...] = ("through", "touch")
    for shown, words in sources:
        for queue in queues:
            for exponent in (1, 2, 3) if queue == "power" else (3,):
                name = f"{queue} {exponent}" if queue == "power" else queue
                if shown == "quotes" and name not in {"risk_averse", "log", "sizes"}:
                    continue
                fills = LevelFills(queue=queue, exponent=exponent)
                made.append(
                    FillModel(name=f"{words}: {name}", shown=shown, fills=fills)
                )
        if shown == "levels":
            made += [
                FillModel(
                    name=f"{words}: {rule}", shown="levels", plain=True,
                    fills=LevelFills(queue=rule),
                )
                for rule in rules
            ]  # fmt: skip
    made += [
        FillModel(name="quotes alone: crossed", shown="touch", fills=LevelFills()),
        FillModel(
            name="quotes alone: shrink", shown="touch", fills=LevelFills(queue="shrink")
        ),
        FillModel(name="trades alone: through", shown="trades", fills=LevelFills()),
        FillModel(
            name="trades alone: touch",
            shown="trades",
            fills=LevelFills(queue="touch"),
            plain=True,
        ),
    ]
    for width in widths:
        for touch in (False, True):
            rule = "touch" if touch else "through"
            made.append(
                FillModel(
                    name=f"bars of {_span(width)}: {rule}",
                    shown="bars",
                    fills=BarFills(touch_fills=touch),
                    width=width,
                )
            )
    return made


def measure_fills(
    data: MarketData,
    *,
    symbol: str | None = None,
    models: Iterable[FillModel] | None = None,
    sample: int | None = None,
    seed: int = 0,
    patience: int = 60 * _SECOND,
    threads: int = 2,
    progress: Callable[[str], None] | None = None,
) -> FillTruth:
    """Measure fill models against the real orders of an order-by-order tape.

    Parameters
    ----------
    data : MarketData
        Order-by-order events, as of ITCH or LOBSTER files.
    symbol : str, optional
        The instrument; may be left out where there is one.
    models : iterable of FillModel, optional
        By default those of `fill_models`.
    sample : int, optional
        So many orders, drawn without replacement; all by default.
    seed : int, default 0
        Of the draw.
    patience : int, default 60 s
        Nanoseconds that ours stands on after the real one was filled.
    threads : int, default 2
        Models run side by side; the outcome does not depend on it.
    progress : callable, optional
        Called with the name of each model that is done.

    Returns
    -------
    FillTruth

    Raises
    ------
    ArgumentError
        If `sample` or `patience` is out of range or the symbol must be named.
    DataError
        If the data has no single orders, or shows no order's end.
    """
    if sample is not None and sample < 1:
        msg = f"sample must be 1 or more, or None for all; received {sample}"
        raise ArgumentError(msg)
    if patience < 0:
        msg = f"patience must be 0 nanoseconds or more; received {patience}"
        raise ArgumentError(msg)
    chosen = list(fill_models() if models is None else models)
    name, events = _one_instrument(data, symbol)
    try:
        every = venue.fates(events)
    except ValueError as error:
        msg_0 = f"{data.source}: {error}"
        raise DataError(msg_0) from error
    ended = every[every["ending"] <= _CANCELED]
    if not len(ended):
        msg = (
            f"{data.source} shows the end of no order of {name}; the experiment needs "
            "order-by-order events (ITCH, LOBSTER, DBN mbo)"
        )
        raise DataError(msg)
    if sample is not None and sample < len(ended):
        drawn = np.random.default_rng(seed).choice(len(ended), sample, replace=False)
        ended = ended[np.sort(drawn)]
    bars = {m.width: trade_bars(events, m.width) for m in chosen if m.shown == "bars"}

    def run(model: FillModel) -> Score:
        terms = {} if model.fills is None else model.fills.to_core()
        outcome = venue.replay(
            events, ended, model.shown, terms, patience, bars.get(model.width)
        )
        if progress is not None:
            progress(model.name)
        return _score(model, ended, outcome)

    with ThreadPoolExecutor(max(1, threads)) as pool:
        scores = list(pool.map(run, chosen))
    never = np.zeros(len(ended), venue.outcome_dtype)
    trivial = FillModel(name="never fills", shown="orders", plain=True)
    return FillTruth(
        source=data.source,
        symbol=name,
        arrivals=len(every),
        censored=float(np.mean(every["ending"] == _LEFT)),
        unended=int(np.sum(every["ending"] > _LEFT)),
        scored=len(ended),
        filled=int(np.sum(ended["filled"] > 0)),
        patience_ns=patience,
        sample=sample,
        seed=seed,
        scores=(*scores, _score(trivial, ended, never)),
    )


def trade_bars(events: NDArray[Any], width: int) -> NDArray[Any]:
    """Return bars of what traded, on a grid of `width` nanoseconds.

    Parameters
    ----------
    events : ndarray of EVENT
        Order by order, of one instrument numbered 0.
    width : int
        Nanoseconds; an interval without a trade has no bar.
    """
    trades = venue.trades(events)
    out = np.zeros(0, BAR)
    if not len(trades):
        return out
    slots, first = np.unique(trades["timestamp"] // width, return_index=True)
    last = np.append(first[1:], len(trades)) - 1
    out = np.zeros(len(slots), BAR)
    out["start"] = slots * width
    out["timestamp"] = out["start"] + width
    out["open"], out["close"] = trades["price"][first], trades["price"][last]
    out["high"] = np.maximum.reduceat(trades["price"], first)
    out["low"] = np.minimum.reduceat(trades["price"], first)
    out["volume"] = np.add.reduceat(trades["quantity"], first)
    return out


def _one_instrument(data: MarketData, symbol: str | None) -> tuple[str, NDArray[Any]]:
    if data.kind != "events" or not np.any(data.records["kind"] == EventKind.ADD):
        msg = (
            f"{data.source} holds no single orders; the experiment needs order-by-order"
            " events (ITCH, LOBSTER, DBN mbo)"
        )
        raise DataError(msg)
    names = data.instruments.symbols
    if symbol is None:
        if len(names) != 1:
            shown = ", ".join(names[:10])
            msg = (
                f"{data.source} has {len(names)} symbols ({shown}); say which with "
                "symbol= (--symbol)"
            )
            raise ArgumentError(msg)
        symbol = names[0]
    if symbol not in data.instruments:
        msg = f"{data.source} holds no {symbol}; it has {', '.join(names[:10])}"
        raise DataError(msg)
    own = data.records["instrument"] == data.instruments.index(symbol)
    events = data.records[own].copy()
    events["instrument"] = 0
    return symbol, np.ascontiguousarray(events)


def _score(model: FillModel, real: NDArray[Any], ours: NDArray[Any]) -> Score:
    traded, said = real["filled"] > 0, ours["filled"] > 0
    ever = ours["filled"] + ours["late"] > 0
    both = traded & ever
    apart = np.abs(ours["first_fill"] - real["first_fill"])[both]
    greater = np.maximum(real["filled"], ours["filled"]).sum()
    return Score(
        name=model.name,
        shown=model.shown,
        plain=model.plain,
        agreement=float(np.mean(_fate(real, real) == _fate(real, ours))),
        recall=_ratio(np.sum(traded & said), np.sum(traded)),
        late_recall=_ratio(np.sum(both), np.sum(traded)),
        precision=_ratio(np.sum(traded & said), np.sum(said)),
        overlap=_ratio(np.minimum(real["filled"], ours["filled"]).sum(), greater),
        bias=_ratio(ours["filled"].sum(), real["filled"].sum()) - 1,
        timing_median_ns=float(np.median(apart)) if len(apart) else np.nan,
        timing_p90_ns=float(np.quantile(apart, 0.9)) if len(apart) else np.nan,
        calibration=tuple(_calibration(real["ahead"], traded, said)),
    )


def _fate(order: NDArray[Any], result: NDArray[Any]) -> NDArray[np.int64]:
    """0 not filled, 1 partly, 2 wholly."""
    some = (result["filled"] > 0).astype(np.int64)
    return np.asarray(some + (result["filled"] >= order["quantity"]))


def _calibration(
    ahead: NDArray[Any], real: NDArray[np.bool_], ours: NDArray[np.bool_]
) -> Iterable[Bin]:
    place = np.searchsorted(_AHEAD, ahead, side="right") - 1
    for index, low in enumerate(_AHEAD):
        inside = place == index
        if not np.any(inside):
            continue
        yield Bin(
            low=low,
            high=_AHEAD[index + 1] if index + 1 < len(_AHEAD) else None,
            orders=int(inside.sum()),
            real=float(real[inside].mean()),
            ours=float(ours[inside].mean()),
        )


def _ratio(part: Any, whole: Any) -> float:
    return float(part) / float(whole) if whole else float("nan")


def _span(width: int) -> str:
    for unit, name in ((60 * _SECOND, "min"), (_SECOND, "s"), (1_000_000, "ms")):
        if width % unit == 0:
            return f"{width // unit} {name}"
    return f"{width} ns"


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
