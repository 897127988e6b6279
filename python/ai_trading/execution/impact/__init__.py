"""Market impact: what trading does to the price, and what that costs.

Models answer in basis points of the price, positive against the trader; `fit` finds
their parameters in own orders and in market data, with standard errors.
"""

from ai_trading.execution.impact.dynamic import Execution, ObizhaevaWang, Propagator
from ai_trading.execution.impact.fit import (
    Fit,
    fit_almgren,
    fit_i_star,
    fit_obizhaeva_wang,
    fit_power,
    fit_propagator,
)
from ai_trading.execution.impact.models import (
    Almgren2005,
    Combined,
    FixedBps,
    ImpactModel,
    IStar,
    MarketState,
    SpreadShare,
    SquareRoot,
    VolumeShare,
)

__all__ = [
    "Almgren2005",
    "Combined",
    "Execution",
    "Fit",
    "FixedBps",
    "IStar",
    "ImpactModel",
    "MarketState",
    "ObizhaevaWang",
    "Propagator",
    "SpreadShare",
    "SquareRoot",
    "VolumeShare",
    "fit_almgren",
    "fit_i_star",
    "fit_obizhaeva_wang",
    "fit_power",
    "fit_propagator",
]
