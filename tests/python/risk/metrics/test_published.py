"""Published figures: each test names where its number is printed."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

from ai_trading.risk import metrics as m
from ai_trading.risk.metrics.distributions import normal_cdf, normal_quantile

sys.path.append(str(Path(__file__).parent))
from bacon import BENCHMARK, PORTFOLIO


@pytest.fixture(scope="module")
def exchange_rate(real_data):
    """Bollerslev and Ghysels' 1,974 daily DM/GBP returns, in percent."""
    file = real_data / "reference" / "dmbp.csv"
    return np.loadtxt(file, delimiter=",", skiprows=1)[:, 0]


def test_garch_reaches_the_dm_gbp_benchmark(exchange_rate):
    # Fiorentini, Calzolari, Panattoni (1996); McCullough and Renfro (1999), table 1.
    fit = m.fit_garch(exchange_rate)

    found = [fit.mean, fit.omega, fit.alpha, fit.beta]
    published = [-0.00619041, 0.0107613, 0.153134, 0.805974]
    assert found == pytest.approx(published, rel=1e-5)
    assert fit.converged


def test_garch_reaches_the_benchmark_of_standard_errors(exchange_rate):
    # The same papers: from the Hessian, and Bollerslev and Wooldridge's.
    fit = m.fit_garch(exchange_rate)

    hessian = [0.00846212, 0.00285271, 0.0265228, 0.0335527]
    robust = [0.00918935, 0.00649319, 0.0535317, 0.0724614]
    assert fit.errors == pytest.approx(hessian, rel=1e-5)
    assert fit.robust_errors == pytest.approx(robust, rel=1e-5)


def test_variance_matched_student_tail():
    # McNeil, Frey, Embrechts, "Quantitative Risk Management", example 2.14 (t4, 20 % a
    # year over 250 days, 10,000 invested).
    risk = m.student_risk(0.0, 0.2 / math.sqrt(250), 4, 0.99)

    assert 10_000 * risk.value_at_risk == pytest.approx(335.14, abs=0.005)
    assert 10_000 * risk.expected_shortfall == pytest.approx(466.94, abs=0.005)


def test_normal_tail_of_the_same_example():
    # The normal column of the same table: VaR 294.3 and ES 337.1 at 99 %.
    risk = m.normal_risk(0.0, 0.2 / math.sqrt(250), 0.99)

    assert 10_000 * risk.value_at_risk == pytest.approx(294.3, abs=0.05)
    assert 10_000 * risk.expected_shortfall == pytest.approx(337.1, abs=0.05)


def test_two_currencies():
    # Jorion, "Value at Risk", 3rd edition, section 7.2: 2m CAD at 5 %, 1m EUR at 12 %,
    # uncorrelated, z = 1.65; marginal .0528 and .1521; incremental of the EUR 92,738.
    split = m.gaussian_contributions(
        [2e6, 1e6], [[0.05**2, 0.0], [0.0, 0.12**2]], normal_cdf(1.65)
    )

    assert split.total == pytest.approx(257_738, abs=0.5)
    assert split.component == pytest.approx([105_630, 152_108], abs=0.5)
    assert split.marginal == pytest.approx([0.0528, 0.1521], abs=5e-5)
    assert split.standalone == pytest.approx([165_000, 198_000], rel=1e-12)


@pytest.mark.parametrize(
    ("skewness", "kurtosis", "published"),
    [(0.0, 3.0, 0.9817), (-2.448, 10.164, 0.9134)],
)
def test_probabilistic_sharpe_ratio(skewness, kurtosis, published):
    # Bailey and Lopez de Prado, "The Sharpe Ratio Efficient Frontier" (2012), p. 9.
    found = m.probabilistic_sharpe_ratio(0.458, 24, skewness, kurtosis)

    assert found == pytest.approx(published, abs=5e-5)


def test_minimum_track_record():
    # The same paper, minimum track record length in months at 95 %.
    root = math.sqrt(12)
    found = m.minimum_track_record(2 / root, 1 / root, -0.72, 5.78, level=0.95)

    assert found == pytest.approx(59.8951, abs=5e-5)


def test_deflated_sharpe_ratio():
    # Bailey and Lopez de Prado, "The Deflated Sharpe Ratio" (2014), numerical example.
    found = m.deflated_sharpe_ratio(
        2.5 / math.sqrt(250), 1250, -3, 10, trials=100, variance=0.5 / 250
    )

    assert found == pytest.approx(0.900397, abs=5e-7)


def test_kupiec():
    # MATLAB Risk Management Toolbox, pof example: 57 of 1043 at 95 %.
    assert m.kupiec(57, 1043, 0.95).statistic == pytest.approx(0.461466, abs=5e-7)


@pytest.mark.parametrize(
    ("count", "published", "zone"),
    [(4, 0.89219, "green"), (5, 0.95882, "yellow"), (9, 0.99975, "yellow")],
)
def test_traffic_light(count, published, zone):
    # Basel Committee (1996), table 2: cumulative probabilities for 250 at 99 %.
    light = m.traffic_light(count)

    assert light.cumulative_probability == pytest.approx(published, abs=5e-6)
    assert light.zone == zone


def test_basel_multipliers():
    # The same table: plus factors .40 .50 .65 .75 .85 and 1.
    found = [m.traffic_light(n).multiplier for n in (0, 4, 5, 6, 7, 8, 9, 10)]

    assert found == [3.0, 3.0, 3.4, 3.5, 3.65, 3.75, 3.85, 4.0]
    assert m.traffic_light(10).zone == "red"


def test_kupiec_agrees_with_the_critical_region_of_its_table():
    # Kupiec (1995), table 3: 99 %, 255 days, accept fewer than 7 at 95 % confidence.
    assert m.kupiec(6, 255, 0.99).p_value > 0.05
    assert m.kupiec(7, 255, 0.99).p_value < 0.05


def test_cornish_fisher_polynomial():
    # An impossible pair (excess kurtosis below S^2 - 2): only the polynomial takes it.
    found = m.cornish_fisher_quantile(normal_quantile(0.95), 5, 2)

    assert found == pytest.approx(2.5562104, abs=5e-8)
    with pytest.raises(ValueError, match="no distribution has skewness 5"):
        m.cornish_fisher_risk(0.0, 1.0, 5, 2, 0.95)


def test_pareto_tail_of_weekly_att_losses():
    # "Quantitative Risk Management", example 5.24: shape .22, scale 2.1 over 2.75 %,
    # 102 of 521 weeks; VaR 11.7 and ES 17.0 from the unrounded parameters.
    risk = m.ParetoTail(2.75, 0.22, 2.1, 102, 521).risk(0.99)

    assert risk.value_at_risk == pytest.approx(11.7, rel=0.02)
    assert risk.expected_shortfall == pytest.approx(17.0, rel=0.02)


BACON = [
    # PerformanceAnalytics 2, printed by its examples on portfolio_bacon.
    (lambda: m.m_squared(PORTFOLIO, BENCHMARK, periods=12), 0.10062, 5e-6),
    (lambda: m.jensen_alpha(PORTFOLIO, BENCHMARK, periods=12), -0.01416944, 5e-9),
    (lambda: m.martin_ratio(PORTFOLIO, periods=12), 1.6945, 5e-5),
    (lambda: m.pain_index(PORTFOLIO), 0.04, 5e-3),
    (lambda: m.pain_ratio(PORTFOLIO, periods=12), 2.5926, 5e-5),
    (lambda: m.excess_kurtosis(PORTFOLIO), -0.57, 5e-3),
    (lambda: m.skewness(PORTFOLIO) * math.sqrt(24 * 23) / 22, -0.09, 5e-3),
    (lambda: m.downside_deviation(PORTFOLIO, target=0.5), 0.493, 5e-4),
    (lambda: m.omega_ratio(PORTFOLIO), 1.78, 5e-3),  # BernardoLedoitRatio
    (lambda: m.omega_ratio(PORTFOLIO, target=0.005) - 1, 0.29, 5e-3),  # OmegaSharpe
    (lambda: m.sortino_ratio(PORTFOLIO, target=0.005, periods=1), 0.157, 5e-4),  # Kappa
]


@pytest.mark.parametrize("number", range(len(BACON)))
def test_bacons_portfolio(number):
    measure, published, rounding = BACON[number]

    assert measure() == pytest.approx(published, abs=rounding)


def test_lo_factor_without_autocorrelation_is_the_root():
    # Lo (2002), eq. 20: independent returns annualise by the root of 12.
    factor = m.lo_annualization_factor(np.tile([1.0, 0.0, -1.0, 0.0], 3000), 1)

    assert factor == pytest.approx(1.0)


@pytest.mark.parametrize("rho", [0.0, -0.3, 0.2])
def test_lo_factor_of_an_autoregression(rho):
    # Lo (2002), eq. 21 for AR(1) returns:
    # sqrt(q) (1 + 2 rho/(1-rho) (1 - (1-rho^q) / (q (1-rho))))^-1/2.
    q = 12
    inner = 1 - (1 - rho**q) / (q * (1 - rho))
    factor = math.sqrt(q / (1 + 2 * rho / (1 - rho) * inner))
    rng = np.random.default_rng(5)
    shocks = rng.normal(size=400_000)
    values = np.empty_like(shocks)
    last = 0.0
    for i, shock in enumerate(shocks):
        last = rho * last + shock
        values[i] = last

    found = m.lo_annualization_factor(values, q)

    # The sample's correlations have errors of 1/sqrt(n) = .0016 each.
    assert found == pytest.approx(factor, rel=0.02)
