"""Portfolio risk: tails, drawdowns, ratios, their tests, and stress.

============================  ======================================================
`tails`                       value at risk and expected shortfall of a sample
`parametric`, `evt`, `garch`  the same of a distribution, of a fitted tail, and
                              through volatility that clusters
`simulation`, `horizon`       simulated, and over several periods
`contributions`               what each position, account or sector adds
`var_tests`                   whether the forecasts were any good
`sharpe`, `ratios`            reward for risk, and how much of it to believe
`relative`, `activity`        against a benchmark; wins, exposure, turnover
`drawdowns`, `ruin`           falls from a high; the chance to lose too much
`windows`, `tearsheet`        over a sliding window; everything at once
`stress`                      history again, shocks, correlations, reverse
============================  ======================================================

Returns are simple fractions per period, oldest first. Losses and drawdowns are
positive. NaN is rejected unless a function takes ``missing="skip"``. Names are loaded
when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ai_trading.risk.metrics.activity import Exposure as Exposure
    from ai_trading.risk.metrics.activity import HitRates as HitRates
    from ai_trading.risk.metrics.activity import exposure as exposure
    from ai_trading.risk.metrics.activity import hit_rates as hit_rates
    from ai_trading.risk.metrics.activity import turnover as turnover
    from ai_trading.risk.metrics.analyzer import DrawdownAnalyzer as DrawdownAnalyzer
    from ai_trading.risk.metrics.analyzer import DrawdownPeriod as DrawdownPeriod
    from ai_trading.risk.metrics.analyzer import Drawdowns as Drawdowns
    from ai_trading.risk.metrics.calculator import (
        RiskMetricsCalculator as RiskMetricsCalculator,
    )
    from ai_trading.risk.metrics.calculator import tail_risk as tail_risk
    from ai_trading.risk.metrics.contributions import Contributions as Contributions
    from ai_trading.risk.metrics.contributions import GroupRisk as GroupRisk
    from ai_trading.risk.metrics.contributions import (
        gaussian_contributions as gaussian_contributions,
    )
    from ai_trading.risk.metrics.contributions import (
        historical_contributions as historical_contributions,
    )
    from ai_trading.risk.metrics.drawdowns import Fall as Fall
    from ai_trading.risk.metrics.drawdowns import (
        conditional_drawdown_at_risk as conditional_drawdown_at_risk,
    )
    from ai_trading.risk.metrics.drawdowns import drawdown_series as drawdown_series
    from ai_trading.risk.metrics.drawdowns import drawdown_table as drawdown_table
    from ai_trading.risk.metrics.drawdowns import max_drawdown as max_drawdown
    from ai_trading.risk.metrics.drawdowns import pain_index as pain_index
    from ai_trading.risk.metrics.drawdowns import returns_of as returns_of
    from ai_trading.risk.metrics.drawdowns import ulcer_index as ulcer_index
    from ai_trading.risk.metrics.evt import ParetoTail as ParetoTail
    from ai_trading.risk.metrics.evt import fit_pareto_tail as fit_pareto_tail
    from ai_trading.risk.metrics.evt import peaks_over_threshold as peaks_over_threshold
    from ai_trading.risk.metrics.garch import GarchFit as GarchFit
    from ai_trading.risk.metrics.garch import filtered_historical as filtered_historical
    from ai_trading.risk.metrics.garch import fit_garch as fit_garch
    from ai_trading.risk.metrics.horizon import horizon_risk as horizon_risk
    from ai_trading.risk.metrics.parametric import StudentFit as StudentFit
    from ai_trading.risk.metrics.parametric import cornish_fisher as cornish_fisher
    from ai_trading.risk.metrics.parametric import (
        cornish_fisher_quantile as cornish_fisher_quantile,
    )
    from ai_trading.risk.metrics.parametric import (
        cornish_fisher_risk as cornish_fisher_risk,
    )
    from ai_trading.risk.metrics.parametric import fit_student as fit_student
    from ai_trading.risk.metrics.parametric import gaussian as gaussian
    from ai_trading.risk.metrics.parametric import normal_risk as normal_risk
    from ai_trading.risk.metrics.parametric import student_risk as student_risk
    from ai_trading.risk.metrics.parametric import student_t as student_t
    from ai_trading.risk.metrics.ratios import annual_return as annual_return
    from ai_trading.risk.metrics.ratios import annual_volatility as annual_volatility
    from ai_trading.risk.metrics.ratios import burke_ratio as burke_ratio
    from ai_trading.risk.metrics.ratios import calmar_ratio as calmar_ratio
    from ai_trading.risk.metrics.ratios import downside_deviation as downside_deviation
    from ai_trading.risk.metrics.ratios import excess_kurtosis as excess_kurtosis
    from ai_trading.risk.metrics.ratios import gain_to_pain as gain_to_pain
    from ai_trading.risk.metrics.ratios import martin_ratio as martin_ratio
    from ai_trading.risk.metrics.ratios import omega_ratio as omega_ratio
    from ai_trading.risk.metrics.ratios import pain_ratio as pain_ratio
    from ai_trading.risk.metrics.ratios import skewness as skewness
    from ai_trading.risk.metrics.ratios import sortino_ratio as sortino_ratio
    from ai_trading.risk.metrics.ratios import stability as stability
    from ai_trading.risk.metrics.ratios import tail_ratio as tail_ratio
    from ai_trading.risk.metrics.ratios import total_return as total_return
    from ai_trading.risk.metrics.relative import Capture as Capture
    from ai_trading.risk.metrics.relative import alpha_beta as alpha_beta
    from ai_trading.risk.metrics.relative import beta as beta
    from ai_trading.risk.metrics.relative import capture as capture
    from ai_trading.risk.metrics.relative import information_ratio as information_ratio
    from ai_trading.risk.metrics.relative import jensen_alpha as jensen_alpha
    from ai_trading.risk.metrics.relative import m_squared as m_squared
    from ai_trading.risk.metrics.relative import tracking_error as tracking_error
    from ai_trading.risk.metrics.relative import treynor_ratio as treynor_ratio
    from ai_trading.risk.metrics.ruin import diffusion_ruin as diffusion_ruin
    from ai_trading.risk.metrics.ruin import gamblers_ruin as gamblers_ruin
    from ai_trading.risk.metrics.sharpe import SharpeEstimate as SharpeEstimate
    from ai_trading.risk.metrics.sharpe import (
        deflated_sharpe_ratio as deflated_sharpe_ratio,
    )
    from ai_trading.risk.metrics.sharpe import (
        expected_maximum_sharpe as expected_maximum_sharpe,
    )
    from ai_trading.risk.metrics.sharpe import (
        lo_annualization_factor as lo_annualization_factor,
    )
    from ai_trading.risk.metrics.sharpe import (
        minimum_track_record as minimum_track_record,
    )
    from ai_trading.risk.metrics.sharpe import (
        probabilistic_sharpe_ratio as probabilistic_sharpe_ratio,
    )
    from ai_trading.risk.metrics.sharpe import sharpe_estimate as sharpe_estimate
    from ai_trading.risk.metrics.sharpe import sharpe_ratio as sharpe_ratio
    from ai_trading.risk.metrics.sharpe import (
        sharpe_standard_error as sharpe_standard_error,
    )
    from ai_trading.risk.metrics.simulation import Simulated as Simulated
    from ai_trading.risk.metrics.simulation import monte_carlo as monte_carlo
    from ai_trading.risk.metrics.simulation import simulate_returns as simulate_returns
    from ai_trading.risk.metrics.stress import CorrelationStress as CorrelationStress
    from ai_trading.risk.metrics.stress import ReverseStress as ReverseStress
    from ai_trading.risk.metrics.stress import StressResult as StressResult
    from ai_trading.risk.metrics.stress import correlation_stress as correlation_stress
    from ai_trading.risk.metrics.stress import factor_shock as factor_shock
    from ai_trading.risk.metrics.stress import instrument_shock as instrument_shock
    from ai_trading.risk.metrics.stress import (
        nearest_correlation as nearest_correlation,
    )
    from ai_trading.risk.metrics.stress import replay as replay
    from ai_trading.risk.metrics.stress import reverse_stress as reverse_stress
    from ai_trading.risk.metrics.tails import Estimator as Estimator
    from ai_trading.risk.metrics.tails import TailRisk as TailRisk
    from ai_trading.risk.metrics.tails import expected_shortfall as expected_shortfall
    from ai_trading.risk.metrics.tails import historical as historical
    from ai_trading.risk.metrics.tails import historical_ewma as historical_ewma
    from ai_trading.risk.metrics.tails import historical_weighted as historical_weighted
    from ai_trading.risk.metrics.tails import value_at_risk as value_at_risk
    from ai_trading.risk.metrics.tearsheet import TearSheet as TearSheet
    from ai_trading.risk.metrics.tearsheet import tear_sheet as tear_sheet
    from ai_trading.risk.metrics.var_tests import (
        ChristoffersenTest as ChristoffersenTest,
    )
    from ai_trading.risk.metrics.var_tests import LikelihoodRatio as LikelihoodRatio
    from ai_trading.risk.metrics.var_tests import ShortfallTest as ShortfallTest
    from ai_trading.risk.metrics.var_tests import TrafficLight as TrafficLight
    from ai_trading.risk.metrics.var_tests import acerbi_szekely as acerbi_szekely
    from ai_trading.risk.metrics.var_tests import christoffersen as christoffersen
    from ai_trading.risk.metrics.var_tests import exceptions as exceptions
    from ai_trading.risk.metrics.var_tests import kupiec as kupiec
    from ai_trading.risk.metrics.var_tests import traffic_light as traffic_light
    from ai_trading.risk.metrics.windows import rolling as rolling
    from ai_trading.risk.metrics.windows import rolling_beta as rolling_beta
    from ai_trading.risk.metrics.windows import (
        rolling_max_drawdown as rolling_max_drawdown,
    )
    from ai_trading.risk.metrics.windows import rolling_mean as rolling_mean
    from ai_trading.risk.metrics.windows import rolling_sharpe as rolling_sharpe
    from ai_trading.risk.metrics.windows import (
        rolling_value_at_risk as rolling_value_at_risk,
    )
    from ai_trading.risk.metrics.windows import rolling_volatility as rolling_volatility

_HOME: Final = {
    "Capture": "relative",
    "ChristoffersenTest": "var_tests",
    "Contributions": "contributions",
    "CorrelationStress": "stress",
    "DrawdownAnalyzer": "analyzer",
    "DrawdownPeriod": "analyzer",
    "Drawdowns": "analyzer",
    "Estimator": "tails",
    "Exposure": "activity",
    "Fall": "drawdowns",
    "GarchFit": "garch",
    "GroupRisk": "contributions",
    "HitRates": "activity",
    "LikelihoodRatio": "var_tests",
    "ParetoTail": "evt",
    "ReverseStress": "stress",
    "RiskMetricsCalculator": "calculator",
    "SharpeEstimate": "sharpe",
    "ShortfallTest": "var_tests",
    "Simulated": "simulation",
    "StressResult": "stress",
    "StudentFit": "parametric",
    "TailRisk": "tails",
    "TearSheet": "tearsheet",
    "TrafficLight": "var_tests",
    "acerbi_szekely": "var_tests",
    "alpha_beta": "relative",
    "annual_return": "ratios",
    "annual_volatility": "ratios",
    "beta": "relative",
    "burke_ratio": "ratios",
    "calmar_ratio": "ratios",
    "capture": "relative",
    "christoffersen": "var_tests",
    "conditional_drawdown_at_risk": "drawdowns",
    "cornish_fisher": "parametric",
    "cornish_fisher_quantile": "parametric",
    "cornish_fisher_risk": "parametric",
    "correlation_stress": "stress",
    "deflated_sharpe_ratio": "sharpe",
    "diffusion_ruin": "ruin",
    "downside_deviation": "ratios",
    "drawdown_series": "drawdowns",
    "drawdown_table": "drawdowns",
    "exceptions": "var_tests",
    "excess_kurtosis": "ratios",
    "expected_maximum_sharpe": "sharpe",
    "expected_shortfall": "tails",
    "exposure": "activity",
    "factor_shock": "stress",
    "filtered_historical": "garch",
    "fit_garch": "garch",
    "fit_pareto_tail": "evt",
    "fit_student": "parametric",
    "gain_to_pain": "ratios",
    "gamblers_ruin": "ruin",
    "gaussian": "parametric",
    "gaussian_contributions": "contributions",
    "historical": "tails",
    "historical_contributions": "contributions",
    "historical_ewma": "tails",
    "historical_weighted": "tails",
    "hit_rates": "activity",
    "horizon_risk": "horizon",
    "information_ratio": "relative",
    "instrument_shock": "stress",
    "jensen_alpha": "relative",
    "kupiec": "var_tests",
    "lo_annualization_factor": "sharpe",
    "m_squared": "relative",
    "martin_ratio": "ratios",
    "max_drawdown": "drawdowns",
    "minimum_track_record": "sharpe",
    "monte_carlo": "simulation",
    "nearest_correlation": "stress",
    "normal_risk": "parametric",
    "omega_ratio": "ratios",
    "pain_index": "drawdowns",
    "pain_ratio": "ratios",
    "peaks_over_threshold": "evt",
    "probabilistic_sharpe_ratio": "sharpe",
    "replay": "stress",
    "returns_of": "drawdowns",
    "reverse_stress": "stress",
    "rolling": "windows",
    "rolling_beta": "windows",
    "rolling_max_drawdown": "windows",
    "rolling_mean": "windows",
    "rolling_sharpe": "windows",
    "rolling_value_at_risk": "windows",
    "rolling_volatility": "windows",
    "sharpe_estimate": "sharpe",
    "sharpe_ratio": "sharpe",
    "sharpe_standard_error": "sharpe",
    "simulate_returns": "simulation",
    "skewness": "ratios",
    "sortino_ratio": "ratios",
    "stability": "ratios",
    "student_risk": "parametric",
    "student_t": "parametric",
    "tail_ratio": "ratios",
    "tail_risk": "calculator",
    "tear_sheet": "tearsheet",
    "total_return": "ratios",
    "tracking_error": "relative",
    "traffic_light": "var_tests",
    "treynor_ratio": "relative",
    "turnover": "activity",
    "ulcer_index": "drawdowns",
    "value_at_risk": "tails",
}

__all__ = [*_HOME]  # noqa: PLE0604 - the keys are strings


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})


if not TYPE_CHECKING:

    def __getattr__(name):
        if name not in _HOME:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value
