"""Impact models calibrated on a tape: who took how much, at which middle, and the fits.

The routines are those of `ai_trading.execution.impact`; this brings recorded data to
them. A trade's sign is who took: against a resting seller it is a buy. Auction trades,
and trades whose side the source does not tell, are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ai_trading.backtest.impact import MarketImpact
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.records import EventKind, Flag
from ai_trading.execution.impact import fit_obizhaeva_wang, fit_propagator
from ai_trading.execution.tca.market import market_view
from ai_trading.market.resting import resting_sides

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ai_trading.execution.impact import Fit, ObizhaevaWang, Propagator
    from ai_trading.market.source import MarketData

__all__ = ["SignedTrades", "TapeCalibration", "calibrate_tape", "signed_trades"]

_SECOND = 1_000_000_000
_TRADES = (EventKind.EXECUTE, EventKind.EXECUTE_AT, EventKind.TRADE)


@dataclass(frozen=True, slots=True, eq=False)
class SignedTrades:
    """What one instrument's tape traded, ready for the routines that fit impact.

    Attributes
    ----------
    symbol : str
    times : ndarray of int64, shape (n,)
        UTC nanoseconds, rising; trades of one instant by one side are one.
    volumes : ndarray of float64, shape (n,)
        Units; bought positive, sold negative.
    prices : ndarray of float64, shape (n + 1,)
        The middle just before each trade, and after the last, in currency units.
    left_out : int
        Trades without a side, or before there was a bid and an ask.
    """

    symbol: str
    times: NDArray[np.int64]
    volumes: NDArray[np.float64]
    prices: NDArray[np.float64]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TapeCalibration:
    """What `calibrate_tape` found.

    Attributes
    ----------
    symbol : str
    trades, left_out : int
        As of `SignedTrades`.
    impact : MarketImpact
        Ready for a run: the `[impact]` of a configuration.
    propagator : Fit of Propagator
        Time counted in trades.
    obizhaeva_wang : Fit of ObizhaevaWang or None
        Times in seconds; None where the tape shows no resilience, which `refused` says.
    refused : str
    doubts : tuple of str
        What of `impact` these trades hardly tell.
    """

    symbol: str
    trades: int
    left_out: int
    impact: MarketImpact
    propagator: Fit[Propagator]
    obizhaeva_wang: Fit[ObizhaevaWang] | None
    refused: str = ""

    @property
    def doubts(self) -> tuple[str, ...]:
        """What of `impact` these trades hardly tell, with what to do about it."""
        low, high = self.propagator.interval("exponent")
        if low > 0:
            return ()
        doubt = (
            f"the decay is hardly told by {self.trades:,} trades: 95 % for its "
            f"exponent reach from {low:.3g} to {high:.3g}. Take timescale and beta "
            "from a longer recording, or choose them yourself"
        )
        return (doubt,)

    def to_dict(self) -> dict[str, Any]:
        """Return everything, JSON-able."""
        fits = {
            "propagator": self.propagator,
            "obizhaeva_wang": self.obizhaeva_wang,
        }
        return {
            "symbol": self.symbol,
            "trades": self.trades,
            "left_out": self.left_out,
            "impact": self.impact.plain(),
            "refused": self.refused,
            "doubts": list(self.doubts),
        } | {name: None if fit is None else _plain(fit) for name, fit in fits.items()}


def signed_trades(data: MarketData, symbol: str | None = None) -> SignedTrades:
    """Return the trades of a tape with who took, and the middle before each.

    Parameters
    ----------
    data : MarketData
        Events: single orders, or levels and trades.
    symbol : str, optional
        The instrument; may be left out where there is one.

    Raises
    ------
    ArgumentError
        If the symbol must be named.
    DataError
        If the data has no trades with a side, or never shows both sides of the book.
    """
    names = data.instruments.symbols
    if symbol is None:
        if len(names) != 1:
            msg = (
                f"{data.source} has {len(names)} symbols ({', '.join(names[:10])}); "
                "say which with symbol= (--symbol)"
            )
            raise ArgumentError(msg)
        symbol = names[0]
    if symbol not in data.instruments:
        msg = f"{data.source} holds no {symbol}; it has {', '.join(names[:10])}"
        raise DataError(msg)
    if data.kind != "events":
        msg = (
            f"{data.source} holds {data.kind}, which do not tell who took; impact is "
            "measured on events (ITCH, LOBSTER, DBN mbo, depth with trades)"
        )
        raise DataError(msg)
    view = market_view(data, symbol)
    instrument = data.instruments[symbol]
    rows = data.records[data.records["instrument"] == data.instruments.index(symbol)]
    traded = np.isin(rows["kind"], _TRADES) & (rows["quantity"] > 0)
    traded &= (rows["flags"] & int(Flag.UNPRINTED)) == 0
    sides, rows = resting_sides(rows)[traded], rows[traded]
    times = np.ascontiguousarray(rows["timestamp"])
    before = view.at(times, before=True)
    good = (sides <= 1) & (before >= 0)
    if not good.any():
        msg = (
            f"{data.source} shows no trade of {symbol} with a side and a book before it"
        )
        raise DataError(msg)
    times, before = times[good], before[good]
    sides, rows = sides[good], rows[good]
    sign = np.where(sides == 1, 1.0, -1.0)  # a resting seller: somebody bought
    size = sign * rows["quantity"] * float(instrument.lot_size)
    first = np.flatnonzero(
        (np.diff(times, prepend=times[:1] - 1) != 0) | (np.diff(sign, prepend=0) != 0)
    )
    middle = view.twice_middle(np.append(before[first], view.at(times[-1:])))
    return SignedTrades(
        symbol=symbol,
        times=times[first],
        volumes=np.add.reduceat(size, first),
        prices=np.asarray(middle * (float(instrument.tick_size) / 2), np.float64),
        left_out=int(len(good) - good.sum()),
    )


def calibrate_tape(
    data: MarketData,
    *,
    symbol: str | None = None,
    exponent: float = 0.5,
    lags: int = 100,
    session: float = 23_400.0,
) -> TapeCalibration:
    """Fit the impact models that a market's own trades can tell.

    Parameters
    ----------
    data, symbol
        As for `signed_trades`.
    exponent : float, default 0.5
        Of a trade's size, fixed.
    lags : int, default 100
        Trades back over which the decay is measured.
    session : float, default 23,400
        Seconds of trading a day: what a tape covers is scaled to it.

    Returns
    -------
    TapeCalibration

    Raises
    ------
    DataError
        If there are too few trades, or they show no impact.

    Notes
    -----
    `MarketImpact.calibrate` for the terms of a run, `fit_propagator` and
    `fit_obizhaeva_wang` for parameters with standard errors.
    """
    tape = signed_trades(data, symbol)
    impact = MarketImpact.calibrate(
        tape.times,
        tape.volumes,
        tape.prices,
        exponent=exponent,
        lags=lags,
        session=session,
    )
    propagator, _, _ = fit_propagator(
        tape.volumes, tape.prices, lags=lags, concavity=exponent
    )
    refused, resilience = "", None
    try:
        seconds = (tape.times - tape.times[0]) / _SECOND
        resilience = fit_obizhaeva_wang(seconds, tape.volumes, tape.prices[:-1])
    except DataError as error:
        refused = str(error)
    return TapeCalibration(
        symbol=tape.symbol,
        trades=len(tape.times),
        left_out=tape.left_out,
        impact=impact,
        propagator=propagator,
        obizhaeva_wang=resilience,
        refused=refused,
    )


def _plain(fit: Fit[Any]) -> dict[str, Any]:
    return {
        "estimates": dict(fit.estimates),
        "standard_errors": dict(fit.standard_errors),
        "observations": fit.observations,
        "residual": fit.residual,
        "r_squared": fit.r_squared,
    }
