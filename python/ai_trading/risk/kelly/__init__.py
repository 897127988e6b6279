"""Kelly sizing: bets, portfolios, and how far the numbers can be trusted.

======================  ===========================================================
`criterion`             `KellyCriterion`: a capped fraction at risk from odds or trades
`bets`                  single bets, exactly, each with its growth
`races`                 bets at the same time, and on one of several outcomes
`fractional`            what a part of Kelly does to growth and drawdowns
`intervals`             intervals of the fraction: delta method, bootstrap
`shrinkage`             less than Kelly because the edge is only estimated
`covariance`            covariance estimators for the quadratic approximation
`portfolio`             the portfolio that grows fastest within `limits`, with its proof
`dynamic`               rules for volatility, drawdown and regime
`calculator`            `KellyCalculator`: portfolios by symbol, with a history
======================  ===========================================================

Covariance estimators are reached as ``kelly.covariance.ledoit_wolf`` and so on; all
other public names are here as well.
"""

from __future__ import annotations

from ai_trading.risk.kelly.bets import (
    KellyBet,
    binary_bet,
    discrete_bet,
    empirical_bet,
    gaussian_bet,
    growth_rate,
    two_point_bet,
)
from ai_trading.risk.kelly.calculator import KellyCalculation, KellyCalculator
from ai_trading.risk.kelly.criterion import KellyCriterion, KellyStats
from ai_trading.risk.kelly.dynamic import REGIMES, Adjustment, DynamicRules
from ai_trading.risk.kelly.fractional import (
    chance_of_drawdown,
    chance_of_ending_below,
    chance_of_falling_to,
    chance_of_reaching_first,
    growth_kept,
    part_for_chance_of_falling,
    time_to_multiply,
)
from ai_trading.risk.kelly.intervals import KellyInterval, kelly_interval
from ai_trading.risk.kelly.limits import PortfolioLimits
from ai_trading.risk.kelly.portfolio import (
    KellyPortfolio,
    growth_portfolio,
    quadratic_portfolio,
)
from ai_trading.risk.kelly.races import Race, race, simultaneous_bets
from ai_trading.risk.kelly.shrinkage import (
    ShrunkMeans,
    bayes_bet,
    cautious_part,
    james_stein,
)

__all__ = [
    "REGIMES",
    "Adjustment",
    "DynamicRules",
    "KellyBet",
    "KellyCalculation",
    "KellyCalculator",
    "KellyCriterion",
    "KellyInterval",
    "KellyPortfolio",
    "KellyStats",
    "PortfolioLimits",
    "Race",
    "ShrunkMeans",
    "bayes_bet",
    "binary_bet",
    "cautious_part",
    "chance_of_drawdown",
    "chance_of_ending_below",
    "chance_of_falling_to",
    "chance_of_reaching_first",
    "discrete_bet",
    "empirical_bet",
    "gaussian_bet",
    "growth_kept",
    "growth_portfolio",
    "growth_rate",
    "james_stein",
    "kelly_interval",
    "part_for_chance_of_falling",
    "quadratic_portfolio",
    "race",
    "simultaneous_bets",
    "time_to_multiply",
    "two_point_bet",
]
