"""When an instrument's volume trades, estimated from earlier sessions.

The estimator, in order: the volume of every earlier regular session is counted in equal
bins; each session becomes shares of its own total, so that a busy day weighs no more
than a quiet one; the mean (or median) share of each bin is taken; interior bins are
smoothed with weights 1/4, 1/2, 1/4, the first and the last keep the open and the close
as they are; the shares are scaled to one. The expected volume of a session is the
median of the latest sessions' totals. Short sessions and sessions without volume are
left out.

During the day the forecast is updated by the ratio rule of
``schedule/curve.hpp``: with prior weight `w` of the expected volume ``W`` of the
stretch, of which ``e`` should have come and ``v`` came, the rest is scaled by
``(w W + v) / (w W + e)``.

Units: quantities, not lots; times in UTC nanoseconds.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ai_trading.core.calendars import calendar
from ai_trading.core.errors import ArgumentError, MissingExtraError
from ai_trading.core.optional import needs_core
from ai_trading.core.records import EventKind, Flag

with needs_core():
    from ai_trading._core import schedule as _schedule

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from ai_trading.core.instrument import Instrument
    from ai_trading.market.source import MarketData

__all__ = ["FlatCurveWarning", "VolumeCurve", "estimate_curve", "session_of"]

_MINUTE = 60_000_000_000
_TRADES = (EventKind.EXECUTE, EventKind.EXECUTE_AT, EventKind.TRADE)


class FlatCurveWarning(UserWarning):
    """There was no earlier session to estimate a volume curve from."""


@dataclass(frozen=True, slots=True)
class VolumeCurve:
    """The shares of a session's volume in equal bins of its hours.

    Attributes
    ----------
    shares : tuple of float
        One per bin; they sum to 1.
    session_volume : float
        Expected quantity of a whole session; 0 where nobody knows.
    sessions : int
        How many sessions it rests on; 0 for a flat curve.
    prior : float
        What the expectation weighs against today's volume, as a share of the expected
        volume of the stretch that is traded.
    """

    shares: tuple[float, ...]
    session_volume: float = 0.0
    sessions: int = 0
    prior: float = 0.25

    @classmethod
    def flat(cls) -> VolumeCurve:
        """Return the curve of one who knows nothing: even volume."""
        return cls((1.0,))

    @property
    def is_flat(self) -> bool:
        """Whether it rests on no data."""
        return self.sessions == 0

    def on(self, open_ns: int, close_ns: int) -> _schedule.Curve:
        """Return the curve over the hours of one session."""
        return _schedule.Curve(open_ns, close_ns, np.array(self.shares))

    def forecast(
        self, instrument: Instrument, open_ns: int, close_ns: int
    ) -> tuple[_schedule.Curve, float, float]:
        """Return what the core takes: curve, expected lots, weight of the prior."""
        lots = self.session_volume / float(instrument.lot_size)
        return self.on(open_ns, close_ns), lots, self.prior


def estimate_curve(
    data: MarketData,
    symbol: str,
    *,
    before: dt.date,
    bin_minutes: int = 5,
    sessions: int = 20,
    statistic: Literal["mean", "median"] = "mean",
    smooth: bool = True,
    prior: float = 0.25,
) -> VolumeCurve:
    """Estimate a volume curve from the sessions before a day.

    Nothing of the day itself or after it is looked at.

    Parameters
    ----------
    data : MarketData
        Bars, or events with trades.
    symbol : str
        An instrument of it.
    before : datetime.date
        The day that is to be traded.
    bin_minutes : int, default 5
        Length of a bin; the session's length must be a multiple of it.
    sessions : int, default 20
        How many of the latest earlier sessions count.
    statistic : {"mean", "median"}, default "mean"
        Of the shares of one bin over the sessions.
    smooth : bool, default True
        Whether interior bins are smoothed.
    prior : float, default 0.25
        See `VolumeCurve`.

    Returns
    -------
    VolumeCurve
        A flat one, with a `FlatCurveWarning`, where there is no earlier session.

    Raises
    ------
    ArgumentError
        If an argument is outside its domain or `data` holds quotes.
    """
    _check(data, bin_minutes, sessions, statistic, prior)
    instrument = data.instruments[symbol]
    times, volumes = _trades(data, data.instruments.index(symbol))
    known = calendar(instrument.calendar)
    limit = np.datetime64(before, "D")
    counts: list[NDArray[np.float64]] = []
    if times.size:
        days = np.unique(known.days_of(times))
        days = days[days < limit]
        opens, closes, is_session = known.bounds(days)
        usual = known.close_at - known.open_at
        bins = -(-usual // (bin_minutes * _MINUTE))
        for opened, closed, regular in zip(opens, closes, is_session, strict=True):
            if not regular or closed - opened != usual:
                continue
            low, high = np.searchsorted(times, (opened, closed))
            place = (times[low:high] - opened) // (bin_minutes * _MINUTE)
            weights = volumes[low:high]
            count = np.bincount(place, weights, minlength=bins).astype(np.float64)
            if count.sum() > 0:
                counts.append(count)
    counts = counts[-sessions:]
    if not counts:
        warnings.warn(
            f"{data.source} has no whole session of {symbol} before {before}: its "
            "volume curve is taken as flat",
            FlatCurveWarning,
            stacklevel=2,
        )
        return VolumeCurve.flat()
    table = np.array(counts)
    totals = table.sum(axis=1)
    each = table / totals[:, None]
    shares = each.mean(axis=0) if statistic == "mean" else np.median(each, axis=0)
    if not shares.sum() > 0:  # so thin that every median is zero
        shares = each.mean(axis=0)
    if smooth and shares.size > 3:
        inside = 0.25 * shares[:-2] + 0.5 * shares[1:-1] + 0.25 * shares[2:]
        shares = np.concatenate((shares[:1], inside, shares[-1:]))
    shares = shares / shares.sum()
    return VolumeCurve(
        tuple(float(share) for share in shares),
        float(np.median(totals)) * float(instrument.lot_size),
        len(counts),
        prior,
    )


def session_of(instrument: Instrument, at_ns: int) -> tuple[int, int] | None:
    """Return open and close of the session an instant belongs to.

    None where the instrument's calendar is not known or that day has no session.
    """
    try:
        known = calendar(instrument.calendar)
    except (ArgumentError, MissingExtraError):
        return None
    days = known.days_of(np.array([at_ns], np.int64))
    opens, closes, is_session = known.bounds(days)
    return (int(opens[0]), int(closes[0])) if is_session[0] else None


def _check(
    data: MarketData, bin_minutes: int, sessions: int, statistic: str, prior: float
) -> None:
    if data.kind == "quotes":
        msg = f"{data.source} holds quotes, which tell no volume; bars or events do"
        raise ArgumentError(msg)
    if not 1 <= bin_minutes <= 24 * 60:
        msg = f"bin_minutes must lie between 1 and 1440; received {bin_minutes!r}"
        raise ArgumentError(msg)
    if sessions < 1:
        msg = f"sessions must be 1 or more; received {sessions!r}"
        raise ArgumentError(msg)
    if statistic not in ("mean", "median"):
        msg = f"statistic must be mean or median; received {statistic!r}"
        raise ArgumentError(msg)
    if not prior >= 0:
        msg = f"prior must be 0 or more; received {prior!r}"
        raise ArgumentError(msg)


def _trades(data: MarketData, index: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return when an instrument traded, and how many lots; a bar by its start."""
    records = data.records[data.records["instrument"] == index]
    if data.kind == "bars":
        order = np.argsort(records["start"], kind="stable")
        return records["start"][order], records["volume"][order].astype(np.float64)
    records = records[np.isin(records["kind"], _TRADES)]
    records = records[(records["flags"] & int(Flag.UNPRINTED)) == 0]
    return records["timestamp"], records["quantity"].astype(np.float64)
