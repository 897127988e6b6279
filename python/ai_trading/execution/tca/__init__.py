"""What trading cost, and why: transaction-cost analysis of parent orders.

`analyze` sets parents against market data, `analyze_run` does it for a backtest; the
`CostReport` groups, compares, and writes tables. A cost is **positive**, for buys and
sales alike, in every figure of this package. The sums of money are exact.
"""

from ai_trading.execution.tca.analysis import analyze, analyze_run
from ai_trading.execution.tca.breakdown import (
    FILL_GROUPINGS,
    FillGroup,
    fill_groups,
)
from ai_trading.execution.tca.costs import (
    BENCHMARKS,
    MEASURES,
    Measure,
    ParentCosts,
    measure_parent,
)
from ai_trading.execution.tca.curve import MarkOut, mark_outs
from ai_trading.execution.tca.fills import HORIZONS, measure_fills
from ai_trading.execution.tca.groups import GROUPINGS, Group, group
from ai_trading.execution.tca.market import MarketView, market_view
from ai_trading.execution.tca.peers import Comparison, compare, compare_all
from ai_trading.execution.tca.pretrade import (
    Accuracy,
    Estimate,
    accuracy,
    market_state,
    pre_trade,
)
from ai_trading.execution.tca.report import CostReport
from ai_trading.execution.tca.shortfall import Shortfall, implementation_shortfall
from ai_trading.execution.tca.sources import parent_of_orders, parents_of
from ai_trading.execution.tca.worked import EXECUTION, WorkedParent

__all__ = [
    "BENCHMARKS",
    "EXECUTION",
    "FILL_GROUPINGS",
    "GROUPINGS",
    "HORIZONS",
    "MEASURES",
    "Accuracy",
    "Comparison",
    "CostReport",
    "Estimate",
    "FillGroup",
    "Group",
    "MarkOut",
    "MarketView",
    "Measure",
    "ParentCosts",
    "Shortfall",
    "WorkedParent",
    "accuracy",
    "analyze",
    "analyze_run",
    "compare",
    "compare_all",
    "fill_groups",
    "group",
    "implementation_shortfall",
    "mark_outs",
    "market_state",
    "market_view",
    "measure_fills",
    "measure_parent",
    "parent_of_orders",
    "parents_of",
    "pre_trade",
]
