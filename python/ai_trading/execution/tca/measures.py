"""The figures of a parent: their names, units and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from ai_trading.execution.tca.fills import HORIZONS, horizon_name

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BENCHMARKS", "MEASURES", "Measure", "Weight"]

BENCHMARKS: Final = ("arrival", "vwap", "twap", "open", "close", "previous_close")
"""What slippage is measured against; vwap and twap are of the parent's own interval."""

Weight = Literal["paper", "traded", "none"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a parent: its unit, what it says, and what its mean is weighted by.

    Weights are the value wanted at the decision (``paper``), or the value traded.
    """

    unit: str
    says: str
    weight: Weight = "traded"


def _measures() -> dict[str, Measure]:
    parts = {
        "delay": "decision to release, on what was filled",
        "impact": "conceded against the middle just before each fill",
        "timing": "where the middle went between release and the fills",
        "trading": "impact and timing",
        "opportunity": "where the price went, on what was not filled",
        "fees": "fees less rebates",
        "total": "implementation shortfall",
    }
    found = {f"{k}_bps": Measure("bps", v, "paper") for k, v in parts.items()}
    against = {
        "arrival": "the middle at the start",
        "vwap": "the market's average price in the parent's interval",
        "twap": "the middle averaged over the interval's time",
        "open": "the session's opening price",
        "close": "the session's closing price",
        "previous_close": "the close of the session before",
    }
    found |= {
        f"{k}_slippage_bps": Measure("bps", f"average price against {v}")
        for k, v in against.items()
    }
    found |= {
        "quoted_spread_bps": Measure("bps", "ask less bid just before the fills"),
        "effective_spread_bps": Measure("bps", "twice the distance to the middle"),
        "spread_capture": Measure(
            "share", "of the half-spread: 1 all earned, 0 at the middle, -1 all paid"
        ),
    }
    found |= {
        f"markout_{horizon_name(h)}_bps": Measure(
            "bps", f"fill against the middle {horizon_name(h)} later"
        )
        for h in HORIZONS
    }
    found |= {
        "reversion_bps": Measure(
            "bps", "how far the middle came back after the last fill; positive: it did"
        ),
        "participation": Measure("share", "filled of the market's volume", "none"),
        "fill_rate": Measure("share", "filled of wanted", "paper"),
        "child_fill_rate": Measure("share", "children that traded, of those sent"),
        "passive_share": Measure("share", "of what traded, had waited at the venue"),
        "queue_seconds": Measure("s", "at the venue before a waiting fill, on average"),
        "adv_share": Measure("share", "wanted, of an average day's volume", "none"),
        "estimate_bps": Measure("bps", "expected before it began"),
        "surprise_bps": Measure("bps", "against arrival, less the estimate"),
        "risk_bps": Measure("bps", "standard deviation expected of its trajectory"),
        "z_score": Measure("", "surprise over risk", "none"),
    }
    return found


MEASURES: Final[Mapping[str, Measure]] = MappingProxyType(_measures())
"""Every figure of a parent, in the order of tables."""
