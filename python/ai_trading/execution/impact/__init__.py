"""Market impact: what trading does to the price, and what that costs.

Models answer in basis points of the price, positive against the trader; `fit_orders`
finds their parameters in own orders and `fit_market` in market data, with standard
errors.
"""

from ai_trading.execution.impact.dynamic import Execution, ObizhaevaWang, Propagator
from ai_trading.execution.impact.fit import Fit
from ai_trading.execution.impact.fit_market import fit_obizhaeva_wang, fit_propagator
from ai_trading.execution.impact.fit_orders import (
    fit_almgren,
    fit_fixed,
    fit_i_star,
    fit_power,
    fit_spread,
    fit_volume_share,
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
    "fit_fixed",
    "fit_i_star",
    "fit_obizhaeva_wang",
    "fit_power",
    "fit_propagator",
    "fit_spread",
    "fit_volume_share",
]
