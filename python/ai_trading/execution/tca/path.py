"""A parent over time: what was scheduled, what was traded, what the market traded.

For pictures. Shares run from 0 to 1: of the parent's quantity, and of the market's
volume in the interval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ai_trading.execution.tca.market import MarketView
    from ai_trading.execution.tca.worked import WorkedParent

__all__ = ["PATH", "path_of"]

PATH: Final = np.dtype(
    [
        ("timestamp", "i8"),
        ("scheduled", "f8"),
        ("traded", "f8"),
        ("market", "f8"),
        ("middle", "f8"),
    ]
)
"""NaN where there was no schedule, no market volume or no middle."""

_POINTS: Final = 240


def path_of(
    parent: WorkedParent, view: MarketView, points: int = _POINTS
) -> NDArray[np.void]:
    """Return a parent at evenly spaced times from its start to its end.

    What is scheduled for a time counts from that time on, an even line between the
    slices; prices are in currency.
    """
    end = max(parent.end_ns, int(parent.fills["timestamp"][-1:].max(initial=0)))
    times = np.linspace(parent.start_ns, end, points + 1).round().astype(np.int64)
    out = np.zeros(len(times), PATH)
    out["timestamp"] = times
    out["scheduled"] = _scheduled(parent, times)
    done = np.concatenate(([0], np.cumsum(parent.fills["quantity"])))
    rows = np.searchsorted(parent.fills["timestamp"], times, side="right")
    out["traded"] = done[rows] / parent.quantity
    volume = np.concatenate(([0], np.cumsum(view.prints.lots)))
    seen = volume[np.searchsorted(view.prints.times, times, side="right")]
    whole = seen[-1] - seen[0]
    out["market"] = (seen - seen[0]) / whole if whole > 0 else np.nan
    up, down = parent.instrument.tick_size.as_integer_ratio()
    middle = view.twice_middle(view.at(times)) * up / (2 * down)
    out["middle"] = np.where(middle > 0, middle, np.nan)
    return out


def _scheduled(
    parent: WorkedParent, times: NDArray[np.int64]
) -> NDArray[np.float64] | float:
    """A slice is worked evenly from its time to the next one's."""
    if not parent.schedule:
        return np.nan
    begins = [at for at, _ in parent.schedule]
    edges = np.array([*begins, max(parent.end_ns, begins[-1])], np.float64)
    done = np.cumsum([0, *(lots for _, lots in parent.schedule)]) / parent.quantity
    return np.asarray(np.interp(times, edges, done))
