"""Cases worked by hand, and the answers of the classes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.risk import metrics as m
from ai_trading.risk.manager import PortfolioRiskAssessor


def test_a_tail_by_hand():
    losses = -np.arange(-9, 1) / 100  # .09 .08 ... .00
    risk = m.historical(-losses, 0.75)

    # n (1 - level) = 2.5: VaR is the third worst, ES (.09 + .08 + .5 * .07) / 2.5.
    assert risk.value_at_risk == pytest.approx(0.07)
    assert risk.expected_shortfall == pytest.approx((0.09 + 0.08 + 0.035) / 2.5)


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99, 0.75])
def test_a_level_that_leaves_whole_periods_does_so_in_spite_of_rounding(level):
    losses = np.arange(100, 0, -1) / 100
    worst = round(100 * (1 - level))

    risk = m.historical(-losses, level)

    assert risk.value_at_risk == pytest.approx(losses[worst])
    assert risk.expected_shortfall == pytest.approx(losses[:worst].mean())


def test_value_at_risk_can_punish_diversification_and_shortfall_cannot():
    # Two bonds that default in 4 of 100 cases, never together: each alone has no loss
    # at 95 %, both together do.
    a, b = np.zeros(100), np.zeros(100)
    a[:4], b[4:8] = -1.0, -1.0

    together, first, second = (m.historical(x, 0.95) for x in (a + b, a, b))

    assert together.value_at_risk > first.value_at_risk + second.value_at_risk
    parts = first.expected_shortfall + second.expected_shortfall
    assert together.expected_shortfall <= parts


def test_weights_that_fade_forget_an_old_crash():
    values = np.concatenate(([-0.5], np.tile([0.01, -0.01], 200)))

    assert m.historical(values, 0.999).value_at_risk == 0.5
    assert m.historical_ewma(values, 0.99, decay=0.94).value_at_risk == 0.01


def test_cornish_fisher_of_normal_moments_is_normal():
    bent = m.cornish_fisher_risk(0.001, 0.02, 0.0, 0.0, 0.99)
    normal = m.normal_risk(0.001, 0.02, 0.99)

    assert bent.value_at_risk == pytest.approx(normal.value_at_risk)
    assert bent.expected_shortfall == pytest.approx(normal.expected_shortfall)


def test_cornish_fisher_shortfall_is_the_mean_beyond_its_value_at_risk():
    found = m.cornish_fisher_risk(0.0, 1.0, -0.6, 1.5, 0.95)

    # The mean of its quantiles over the tail, by the midpoint rule.
    shares = (np.arange(20_000) + 0.5) / 20_000 * 0.05
    quantiles = [
        m.cornish_fisher_quantile(m.distributions.normal_quantile(float(p)), -0.6, 1.5)
        for p in shares
    ]
    assert found.expected_shortfall == pytest.approx(-np.mean(quantiles), rel=1e-4)


def test_a_pareto_tail_of_shape_zero_is_the_limit():
    flat = m.ParetoTail(0.02, 0.0, 0.01, 50, 500).risk(0.99)
    near = m.ParetoTail(0.02, 1e-9, 0.01, 50, 500).risk(0.99)

    assert flat.value_at_risk == pytest.approx(0.02 + 0.01 * math.log(10))
    assert near.value_at_risk == pytest.approx(flat.value_at_risk, rel=1e-7)
    assert flat.expected_shortfall == pytest.approx(flat.value_at_risk + 0.01)


def test_a_pareto_tail_is_found_again():
    rng = np.random.default_rng(1)
    shape, scale = 0.25, 0.01
    losses = scale / shape * (rng.random(40_000) ** -shape - 1)

    fit = m.fit_pareto_tail(-losses, threshold=0.0)

    assert fit.shape == pytest.approx(shape, abs=4 * fit.shape_error)
    assert fit.scale == pytest.approx(scale, abs=4 * fit.scale_error)


def test_clustered_exceptions_are_not_independent():
    clustered = np.zeros(500, dtype=bool)
    clustered[100:105] = True
    spread = np.zeros(500, dtype=bool)
    spread[::100] = True

    together = m.christoffersen(clustered, 0.99)
    apart = m.christoffersen(spread, 0.99)

    assert together.coverage.p_value == apart.coverage.p_value > 0.5
    assert together.independence.p_value < 1e-4
    assert apart.independence.p_value > 0.5
    both = together.coverage.statistic + together.independence.statistic
    assert together.conditional.statistic == pytest.approx(both)


def test_right_forecasts_of_shortfall_pass_and_small_ones_fail():
    rng = np.random.default_rng(21)
    values = rng.normal(0, 0.01, 2000)
    right = m.normal_risk(0.0, 0.01, 0.975)
    small = m.normal_risk(0.0, 0.007, 0.975)
    draws = rng.normal(0, 0.01, (500, 2000))

    passed = m.acerbi_szekely(
        values, right.value_at_risk, right.expected_shortfall, draws=draws
    )
    failed = m.acerbi_szekely(
        values, small.value_at_risk, small.expected_shortfall, draws=0.7 * draws
    )

    assert not passed.rejected
    assert passed.p2 > 0.05
    assert abs(passed.z1) < 0.1
    assert failed.rejected
    assert failed.p2 == 0.0


def test_gamblers_ruin_by_hand():
    # Feller: p = .45, 90 of 100 -> .866; fair game 90 of 100 -> .1.
    assert m.gamblers_ruin(0.45, 90, 100) == pytest.approx(0.866, abs=5e-4)
    assert m.gamblers_ruin(0.5, 90, 100) == pytest.approx(0.1)
    assert m.gamblers_ruin(0.6, 2) == pytest.approx((4 / 6) ** 2)
    assert m.gamblers_ruin(0.4, 2) == 1.0
    assert m.gamblers_ruin(0.55, 50, 5000) == pytest.approx(m.gamblers_ruin(0.55, 50))
    assert m.gamblers_ruin(0.45, 10, 20_000) == pytest.approx(1.0)


def test_ruin_of_a_diffusion_grows_to_its_limit_and_agrees_with_simulation():
    ever = m.diffusion_ruin(0.0005, 0.01, 0.2)
    within = [m.diffusion_ruin(0.0005, 0.01, 0.2, t) for t in (50, 250, 1000, 1e6)]

    assert within == sorted(within)
    assert within[-1] == pytest.approx(ever)
    assert m.diffusion_ruin(-0.001, 0.01, 0.2) == 1.0
    rng = np.random.default_rng(2)
    paths = np.cumsum(rng.normal(0.00005, 0.01 / math.sqrt(10), (4000, 2500)), axis=1)
    share = (paths.min(axis=1) <= math.log(0.8)).mean()
    assert within[1] == pytest.approx(share, abs=0.02)


def test_stress_by_factors_history_and_correlation():
    crash = m.factor_shock([100, 50], [[1.2, 0.0], [0.5, 1.0]], [-0.1, 0.02])
    window = m.replay(
        [100, -100],
        [[-0.2, -0.1], [0.3, 0.0], [0.1, 0.1]],
        {"turn": ("b", "c")},
        labels=["a", "b", "c"],
    )
    hedged = m.correlation_stress(
        [1, -1], [0.01, 0.01], [[1, 0.9], [0.9, 1]], towards=0.0, weight=1.0
    )

    assert crash.profit == pytest.approx(-12 + 50 * (-0.05 + 0.02))
    assert window["turn"].profit == pytest.approx(100 * 0.43 - 100 * 0.1)
    assert hedged.after.value_at_risk > 3 * hedged.before.value_at_risk


def test_reverse_stress_is_the_nearest_scenario_that_loses_so_much():
    rng = np.random.default_rng(3)
    root = rng.normal(size=(4, 4))
    covariance, amounts = root @ root.T * 1e-4, np.array([10.0, -5.0, 3.0, 8.0])

    found = m.reverse_stress(amounts, covariance, 1.0)

    assert amounts @ found.shocks == pytest.approx(-1.0)
    inverse = np.linalg.inv(covariance)
    nearest = math.sqrt(found.shocks @ inverse @ found.shocks)
    assert found.distance == pytest.approx(nearest)
    for _ in range(50):
        other = found.shocks + rng.normal(0, 0.01, 4)
        other += (-1.0 - amounts @ other) / (amounts @ amounts) * amounts
        assert other @ inverse @ other >= nearest**2 - 1e-9


def test_the_nearest_correlation_matrix_of_highams_paper():
    # Higham (2002), section 4: the 3 x 3 example, to its printed digits.
    found = m.nearest_correlation([[1, 1, 0], [1, 1, 1], [0, 1, 1]])

    assert found[0, 1] == pytest.approx(0.7607, abs=5e-5)
    assert found[0, 2] == pytest.approx(0.1573, abs=5e-5)


def test_activity_by_hand():
    rates = m.hit_rates([0.02, 0.01, -0.01, 0.0, -0.01, -0.02])
    held = m.exposure([[60, -40], [0, 0], [100, 0]], [100, 100, 100])

    assert (rates.hit_rate, rates.loss_rate) == (2 / 6, 0.5)
    assert (rates.longest_wins, rates.longest_losses) == (2, 2)
    assert held.mean_gross == pytest.approx(2 / 3)
    assert held.mean_net == pytest.approx(0.4)
    assert held.time_in_market == pytest.approx(2 / 3)
    assert math.isnan(m.hit_rates([0.01]).payoff)
    assert m.hit_rates([0.01]).profit_factor == math.inf


class TestDrawdownAnalyzer:
    VALUES = (100, 120, 90, 100, 120, 130, 117, 125)

    def test_every_fall_is_measured_by_its_deepest_point(self):
        found = m.DrawdownAnalyzer().calculate_drawdowns(self.VALUES)

        assert found["max_drawdown"] == 0.25
        assert (found["max_drawdown_start"], found["max_drawdown_end"]) == (1, 2)
        assert found["max_drawdown_duration"] == 1
        assert found["num_drawdown_periods"] == 2
        first, second = found["drawdown_periods"]
        assert (first["start_idx"], first["end_idx"], first["duration"]) == (1, 4, 3)
        assert first["magnitude"] == 0.25
        assert (second["start_idx"], second["end_idx"]) == (5, 7)
        assert second["magnitude"] == pytest.approx(0.1)
        assert found["average_drawdown"] == pytest.approx(0.175)
        assert found["average_recovery_time"] == 2

    def test_whether_it_is_in_a_drawdown_and_how_long_a_recovery_took(self):
        analyzer = m.DrawdownAnalyzer()

        assert analyzer.is_in_drawdown(self.VALUES)
        assert not analyzer.is_in_drawdown(self.VALUES, threshold=0.05)
        assert not analyzer.is_in_drawdown([100, 90, 100])
        assert analyzer.calculate_recovery_time(self.VALUES) == 2
        assert analyzer.calculate_recovery_time([100, 90, 95]) is None
        assert analyzer.calculate_recovery_time([100, 101]) == 0

    def test_nothing_fell(self):
        found = m.DrawdownAnalyzer().calculate_drawdowns([100])

        assert found["max_drawdown"] == 0.0
        assert found["max_drawdown_start"] is None
        assert found["drawdown_periods"] == []

    @pytest.mark.parametrize("bad", [[], [100, 0], [100, -1], [100, math.nan]])
    def test_values_that_are_none_are_refused(self, bad):
        with pytest.raises(DataError):
            m.DrawdownAnalyzer().calculate_drawdowns(bad)


class TestRiskMetricsCalculator:
    def test_it_gives_what_the_functions_give(self):
        values = np.random.default_rng(5).normal(0.001, 0.01, 300)
        benchmark = values * 0.5 + 0.0001
        calculator = m.RiskMetricsCalculator(confidence_level=0.99)

        found = calculator.calculate_metrics(values, benchmark)

        assert len(found) >= 40
        assert found["sharpe"] == pytest.approx(m.sharpe_ratio(values))
        assert found["beta"] == pytest.approx(2.0)
        assert calculator.calculate_var(values) == m.value_at_risk(values, 0.99)
        assert calculator.calculate_expected_shortfall(values, "gaussian") == (
            m.gaussian(values, 0.99).expected_shortfall
        )
        assert calculator.calculate_max_drawdown(values) == m.max_drawdown(values)

    def test_nonsense_is_refused_at_once(self):
        with pytest.raises(ArgumentError):
            m.RiskMetricsCalculator(confidence_level=95)


class TestPortfolioRiskAssessor:
    def test_value_at_risk_keeps_its_sign(self):
        assessor = PortfolioRiskAssessor()

        assert assessor.calculate_var([0.01, 0.02, 0.03]) == -0.01
        assert assessor.calculate_expected_shortfall([0.01, 0.02, 0.03]) == (
            pytest.approx(-0.01)
        )
        for method in ("historical", "gaussian", "ewma", "evt", "garch", "student_t"):
            values = np.random.default_rng(1).normal(0, 0.01, 500)
            var = assessor.calculate_var(values, method=method)
            assert (
                0.0
                < var
                <= assessor.calculate_expected_shortfall(values, method=method)
            )

    def test_the_worked_scenarios(self):
        found = PortfolioRiskAssessor().stress_test_portfolio(
            {"A": 100, "B": 200},
            {"crash": {"market_shock": -0.10}, "a up": {"A": 0.5, "C": 1.0}},
        )

        crash = found["scenarios"]["crash"]
        assert crash["portfolio_value_before"] == 300
        assert crash["portfolio_value_after"] == pytest.approx(270)
        assert crash["portfolio_change"] == pytest.approx(-30)
        assert crash["portfolio_change_pct"] == pytest.approx(-0.1)
        assert found["scenarios"]["a up"]["not_held"] == ["C"]
        assert found["worst_case_loss"] == pytest.approx(30)
        assert found["best_case_gain"] == pytest.approx(50)
        assert found["scenario_count"] == 2

    def test_a_hedged_book_is_worth_its_gross_value_before(self):
        found = PortfolioRiskAssessor().stress_test_portfolio(
            {"A": 100, "B": {"quantity": -10, "price": 10}},
            {"crash": {"market_shock": -0.10}},
        )

        outcome = found["scenarios"]["crash"]
        assert outcome["portfolio_value_before"] == 200
        assert outcome["portfolio_change"] == pytest.approx(0.0)
        assert found["worst_case_loss"] == 0.0

    def test_correlations_by_pair(self):
        rng = np.random.default_rng(7)
        a, b = rng.normal(size=(2, 100))

        found = PortfolioRiskAssessor().calculate_correlation_matrix(
            {"A": a, "B": b, "C": a}
        )

        expected = np.corrcoef(a, b)[0, 1]
        assert found["A_B"] == found["B_A"] == found["A", "B"]
        assert found["A_B"] == pytest.approx(expected)
        assert found["A_C"] == pytest.approx(1.0)
        assert list(found) == ["A_B", "A_C", "B_C"]
        assert found.row("A")["B"] == found["A_B"]
        with pytest.raises(KeyError):
            found["A_D"]

    @pytest.mark.parametrize(
        ("positions", "scenarios"),
        [
            ({"A": 100}, {}),
            ({"A": math.nan}, {"x": {"A": 0.1}}),
            ({"A": {}}, {"x": {"A": 0.1}}),
            ({"A": {"quantity": 1, "price": 0}}, {"x": {"A": 0.1}}),
            ({"A": 100}, {"x": {"A": -2}}),
            ({"A": 100}, {"x": {"A": math.inf}}),
        ],
    )
    def test_nonsense_is_refused(self, positions, scenarios):
        with pytest.raises(ArgumentError):
            PortfolioRiskAssessor().stress_test_portfolio(positions, scenarios)

    @pytest.mark.parametrize(
        "returns",
        [
            {},
            {"A": [0.1, 0.2], "B": [0.1]},
            {"A": [0.1, 0.1], "B": [0.1, 0.2]},
            {"A": [0.1, math.nan], "B": [0.1, 0.2]},
        ],
    )
    def test_series_without_a_correlation_are_refused(self, returns):
        with pytest.raises(DataError):
            PortfolioRiskAssessor().calculate_correlation_matrix(returns)


def test_every_public_name_is_there():
    for name in m.__all__:
        assert getattr(m, name) is not None
    with pytest.raises(AttributeError):
        m.nothing_of_the_kind  # noqa: B018


def test_a_data_frame_has_a_correlation_matrix():
    pandas = pytest.importorskip("pandas")
    table = np.random.default_rng(2).normal(size=(50, 3))
    frame = pandas.DataFrame(table, columns=list("ABC"))
    assess = PortfolioRiskAssessor().calculate_correlation_matrix

    assert dict(assess(frame)) == dict(assess({name: frame[name] for name in "ABC"}))
    for nothing in ({}, pandas.DataFrame()):
        with pytest.raises(DataError, match="empty"):
            assess(nothing)


@pytest.mark.parametrize(
    ("positions", "scenarios", "said"),
    [
        ([100.0], {"x": {"A": -0.1}}, "positions must be a mapping"),
        ({"A": 100.0}, ["x"], "scenarios must be a mapping"),
        ({"A": 100.0}, {"x": -0.1}, r"scenarios\['x'\] must be a mapping"),
    ],
)
def test_a_stress_of_what_is_no_mapping_is_refused(positions, scenarios, said):
    with pytest.raises(ArgumentError, match=said):
        PortfolioRiskAssessor().stress_test_portfolio(positions, scenarios)


def test_correlations_of_what_has_no_names_are_refused():
    with pytest.raises(DataError, match="must map symbols to series"):
        PortfolioRiskAssessor().calculate_correlation_matrix([[0.1, 0.2], [0.3, 0.1]])


def test_a_correlation_matrix_shows_its_pairs():
    found = PortfolioRiskAssessor().calculate_correlation_matrix(
        {"A": [0.01, 0.02, 0.04], "B": [-0.01, -0.02, -0.04]}
    )

    assert repr(found) == "CorrelationMatrix(A_B -1.00)"
