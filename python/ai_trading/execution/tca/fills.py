r"""Every fill against the market around it: spreads, and where the middle went after.

With side :math:`s`, price :math:`p`, the middle :math:`m` just before the fill and
:math:`m_h` some time after it, in basis points of :math:`m`:

========================  ====================================================
effective spread          :math:`2 s (p - m)`
realised spread at h      :math:`2 s (p - m_h)`, what the other side kept
price impact at h         :math:`2 s (m_h - m)`; realised + impact = effective
mark-out at h             :math:`s (p - m_h)`: half the realised spread
quoted spread             ask less bid just before the fill
========================  ====================================================

All are **costs**: a positive mark-out says that the price was worse than the middle a
while later. (Many desks print the mark-out with the opposite sign.)

*Just before* is the touch at the instant of a fill that took, since recorded events
come before our orders at one instant, and the touch before that instant for a fill that
had waited, or of which nobody says: the event that filled it may have moved the touch.

The middle after a fill is known only afterwards, so none of this may reach a strategy.
A mark-out that would lie beyond the data or the close, or within a bar, is NaN; the
analysis counts those.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from ai_trading.core.clock import ns_to_iso
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import instance, is_whole
from ai_trading.execution.tca.market import MarketView
from ai_trading.execution.tca.worked import WorkedParent, passive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


__all__ = [
    "HORIZONS",
    "LONGEST_NS",
    "check_horizons",
    "fill_dtype",
    "horizon_name",
    "mean_by_quantity",
    "measure_fills",
]

HORIZONS: Final = (
    50_000_000,
    1_000_000_000,
    15_000_000_000,
    60_000_000_000,
    300_000_000_000,
)
"""Mark-outs after 50 ms, 1 s, 15 s, 1 min and 5 min, in nanoseconds."""

LONGEST_NS: Final = 10 * 366 * 86_400 * 10**9
"""Ten years: beyond, a horizon is a mistake of units."""

_BPS: Final = 1e4
_UNITS: Final = (
    ("min", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
)


def horizon_name(horizon_ns: int) -> str:
    """Return a horizon in its largest whole unit.

    Examples
    --------
    >>> [horizon_name(value) for value in HORIZONS]
    ['50ms', '1s', '15s', '1min', '5min']
    """
    for unit, size in _UNITS:
        if horizon_ns % size == 0:
            return f"{horizon_ns // size}{unit}"
    return f"{horizon_ns}ns"


def check_horizons(horizons: Sequence[int]) -> tuple[int, ...]:
    """Return horizons as they are, if they are positive and rise.

    Raises
    ------
    ArgumentError
        If they are not.
    """
    given = tuple(horizons) if isinstance(horizons, Iterable) else ()
    whole = all(is_whole(value) for value in given)
    rising = whole and all(a < b for a, b in pairwise(given))
    if not given or not rising or not 1 <= given[0] <= given[-1] <= LONGEST_NS:
        msg = (
            "horizons must be nanoseconds above 0 that rise, such as "
            f"(50_000_000, 1_000_000_000); received {horizons!r}"
        )
        raise ArgumentError(msg)
    return tuple(int(value) for value in given)


def fill_dtype(horizons: Sequence[int]) -> np.dtype[np.void]:
    """Return the dtype of `measure_fills`: costs in basis points, `markout_*` last."""
    return np.dtype(
        [
            ("parent", "i8"),
            ("timestamp", "i8"),
            ("quantity", "i8"),
            ("price", "f8"),
            ("middle", "f8"),
            ("twice_middle", "i8"),
            ("passive", "?"),
            ("auction", "?"),
            ("rested", "i8"),
            ("quoted_spread", "f8"),
            ("effective_spread", "f8"),
            *((f"markout_{horizon_name(h)}", "f8") for h in horizons),
        ]
    )


def measure_fills(
    parent: WorkedParent, view: MarketView, horizons: Sequence[int] = HORIZONS
) -> NDArray[np.void]:
    """Return one row per fill.

    Parameters
    ----------
    parent : WorkedParent
    view : MarketView
        Of its instrument.
    horizons : sequence of int
        Nanoseconds after a fill.

    Returns
    -------
    ndarray of `fill_dtype`
        Prices in currency, `twice_middle` in ticks and exact; `parent` is 0. `auction`
        says that the fill is part of a cross that the market data tells of.

    Raises
    ------
    DataError
        If a fill lies outside the data, so that no market is known around it.
    """
    instance("parent", parent, WorkedParent, "one of parents_of(result)")
    instance("view", view, MarketView, "market_view(data, 'AAPL')")
    horizons = check_horizons(horizons)
    if view.instrument != parent.instrument:
        msg = (
            f"parent {parent.parent_id} trades {parent.symbol}, the market given is "
            f"that of {view.instrument.symbol}, or of another definition of it"
        )
        raise DataError(msg)
    fills = parent.fills
    up, down = parent.instrument.tick_size.as_integer_ratio()
    out = np.zeros(len(fills), fill_dtype(horizons))
    times, waited = fills["timestamp"], passive(fills)
    took = fills["liquidity"] == _TAKER
    rows = np.where(took, view.at(times), view.at(times, before=True))
    _check_covered(parent, view, rows, times)
    twice = view.twice_middle(rows)
    middle, price = twice / 2.0, fills["price"].astype(np.float64)
    sign = parent.side.sign
    out["timestamp"], out["quantity"] = times, fills["quantity"]
    out["price"], out["middle"] = price * up / down, middle * up / down
    out["twice_middle"], out["passive"] = twice, waited
    out["auction"] = view.prints.crossed(times, fills["price"])
    out["rested"] = fills["rested"]
    if view.has_spread and len(rows):
        out["quoted_spread"] = _BPS * (view.ask[rows] - view.bid[rows]) / middle
        out["effective_spread"] = 2 * _BPS * sign * (price - middle) / middle
    else:
        out["quoted_spread"] = out["effective_spread"] = np.nan
    for horizon in horizons:
        later = view.later(times, horizon)
        cost = _BPS * sign * (price - later) / middle
        out[f"markout_{horizon_name(horizon)}"] = cost
    return out


_TAKER: Final = 2


def mean_by_quantity(rows: NDArray[np.void], name: str) -> float:
    """Return the mean of a column weighted by quantity, NaN rows left out."""
    values = rows[name]
    known = np.isfinite(values)
    weight = rows["quantity"][known].astype(np.float64)
    total = weight.sum()
    return float(weight @ values[known] / total) if total > 0 else float("nan")


def _check_covered(
    parent: WorkedParent,
    view: MarketView,
    rows: NDArray[np.int64],
    times: NDArray[np.int64],
) -> None:
    early = np.flatnonzero(rows < 0)
    if early.size:
        msg = (
            f"parent {parent.parent_id} has a fill at "
            f"{ns_to_iso(int(times[early[0]]))}, before the first quote of "
            f"{parent.symbol} in {view.source} at {ns_to_iso(int(view.times[0]))}; "
            "bring data that begins before the fills, in the same zone"
        )
        raise DataError(msg)
    if len(times) and times[-1] > view.times[-1] + max(view.resolution_ns, _SLACK):
        msg = (
            f"parent {parent.parent_id} has a fill at {ns_to_iso(int(times[-1]))}, "
            f"after the last quote of {parent.symbol} in {view.source} at "
            f"{ns_to_iso(int(view.times[-1]))}; bring data that covers the fills"
        )
        raise DataError(msg)


_SLACK: Final = 60_000_000_000
"""A quote may stand for a minute after the last change of the data."""
