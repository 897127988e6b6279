"""Kelly sizing, line by line of the public surface, and against mathematics."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading.core.clock import ManualClock
from ai_trading.core.errors import AiTradingError, ArgumentError, DataError
from ai_trading.risk.kelly import (
    DynamicRules,
    KellyCalculator,
    KellyCriterion,
    PortfolioLimits,
    growth_portfolio,
)

probabilities = st.floats(0, 1)
inner = st.floats(0.01, 0.99)
sizes = st.floats(1e-4, 0.5)
UNCAPPED = KellyCriterion(max_fraction=1)


def test_the_worked_example_is_capped_at_a_quarter_and_raw_at_four_tenths():
    assert KellyCriterion().calculate_kelly_fraction(0.6, 0.02, 0.01) == 0.25
    assert UNCAPPED.calculate_kelly_fraction(0.6, 0.02, 0.01) == pytest.approx(0.4)


def test_odds_against_the_bet_give_exactly_nothing():
    assert KellyCriterion().calculate_kelly_fraction(0.3, 0.01, 0.03) == 0


@pytest.mark.parametrize(
    ("p", "odds", "fraction"),
    [
        (0.53, 1, 0.06),
        # Ziemba and Hausch's five bets of equal expectation.
        (0.57, 1, 0.14),
        (0.38, 2, 0.07),
        (0.285, 3, 0.0466667),
        (0.228, 4, 0.035),
        (0.19, 5, 0.028),
    ],
)
def test_published_fractions_come_out(p, odds, fraction):
    found = UNCAPPED.calculate_kelly_fraction(p, odds * 0.01, 0.01)

    # The sources print seven decimals at most.
    assert found == pytest.approx(fraction, abs=5e-8)


@given(probabilities, sizes, sizes)
def test_the_fraction_stays_between_nothing_and_the_cap(p, win, loss):
    assert 0 <= KellyCriterion().calculate_kelly_fraction(p, win, loss) <= 0.25


@given(probabilities, sizes, sizes, st.floats(0.01, 100))
def test_only_the_ratio_of_the_sizes_matters(p, win, loss, scale):
    scaled = UNCAPPED.raw_kelly_fraction(p, win * scale, loss * scale)

    assert scaled == pytest.approx(UNCAPPED.raw_kelly_fraction(p, win, loss), rel=1e-9)


@given(inner, sizes, sizes)
def test_no_other_fraction_grows_faster(p, win, loss):
    best = UNCAPPED.raw_kelly_fraction(p, win, loss)

    def growth(f):
        return p * math.log1p(f * win / loss) + (1 - p) * math.log1p(-f)

    if best > 0:
        for other in (best * 0.9, best + (1 - best) * 0.1):
            assert growth(other) <= growth(best) + 1e-15


@given(inner, sizes, sizes)
def test_the_notional_is_the_fraction_at_risk_per_loss_of_a_unit(p, win, loss):
    notional = UNCAPPED.growth_optimal_notional(p, win, loss)

    assert notional * loss == pytest.approx(
        UNCAPPED.raw_kelly_fraction(p, win, loss), abs=1e-9
    )


@given(inner, sizes, sizes)
def test_no_other_notional_grows_faster(p, win, loss):
    best = UNCAPPED.growth_optimal_notional(p, win, loss)

    def growth(x):
        return p * math.log1p(x * win) + (1 - p) * math.log1p(-x * loss)

    for other in (best + 0.1 * (1 / loss - best), best - 0.1 * (best + 1 / win)):
        assert growth(other) <= growth(best) + 1e-15


def test_the_two_numbers_of_the_worked_example_differ_a_hundredfold():
    assert UNCAPPED.growth_optimal_notional(0.6, 0.02, 0.01) == pytest.approx(40)
    assert UNCAPPED.raw_kelly_fraction(0.6, 0.02, 0.01) == pytest.approx(0.4)


@pytest.mark.parametrize("p", [0, 1])
def test_a_sure_outcome_has_no_optimal_notional(p):
    with pytest.raises(ArgumentError, match="strictly between 0 and 1"):
        UNCAPPED.growth_optimal_notional(p, 0.02, 0.01)


def test_a_sure_win_is_worth_everything_the_cap_allows():
    assert UNCAPPED.calculate_kelly_fraction(1, 1e-300, 1e300) == 1


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan"), float("inf"), "much", None])
def test_a_probability_outside_its_domain_raises(p):
    with pytest.raises(ArgumentError, match="win_rate must"):
        KellyCriterion().calculate_kelly_fraction(p, 0.02, 0.01)


def test_a_percentage_is_refused_and_the_fraction_offered():
    with pytest.raises(ArgumentError, match=r"received 60\. Did you mean 0\.6\?"):
        KellyCriterion().calculate_kelly_fraction(60, 0.02, 0.01)


@pytest.mark.parametrize("size", [0, -0.01, float("nan"), float("inf"), float("-inf")])
def test_a_size_that_is_not_positive_and_finite_raises(size):
    with pytest.raises(ValueError, match="avg_win must be"):
        KellyCriterion().calculate_kelly_fraction(0.6, size, 0.01)
    with pytest.raises(AiTradingError, match="avg_loss must be"):
        KellyCriterion().calculate_kelly_fraction(0.6, 0.01, size)


def test_a_negative_loss_is_refused_with_the_convention():
    with pytest.raises(ArgumentError, match="given as a positive number"):
        KellyCriterion().calculate_kelly_fraction(0.6, 0.02, -0.01)


def test_an_explicit_zero_stays_zero():
    none = KellyCriterion(min_sample_size=0, max_fraction=0)

    assert (none.min_sample_size, none.max_fraction) == (0, 0)
    assert none.calculate_kelly_fraction(0.9, 0.02, 0.01) == 0
    assert "kelly_fraction" in none.calculate_from_returns([0.02, -0.01])[1]


def test_the_defaults_are_those_of_the_settings():
    assert KellyCriterion().min_sample_size == 30
    assert KellyCriterion().max_fraction == 0.25


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_sample_size": -1}, "whole number from 0; received -1"),
        ({"min_sample_size": 2.5}, "whole number from 0; received 2.5"),
        ({"min_sample_size": math.nan}, "min_sample_size must be finite"),
        ({"max_fraction": -0.1}, "max_fraction must lie between 0 and 1"),
        ({"max_fraction": 25}, r"Did you mean 0\.25\?"),
    ],
)
def test_impossible_limits_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        KellyCriterion(**options)


def test_returns_are_summed_up_as_worked_by_hand():
    # 24 wins of 1 and 3 percent in turn, 12 losses of 1 percent, 4 flat trades.
    returns = [0.01, 0.03] * 12 + [-0.01] * 12 + [0.0] * 4

    fraction, stats = KellyCriterion().calculate_from_returns(returns)

    assert stats == {
        "total_trades": 40,
        "winning_trades": 24,
        "losing_trades": 12,
        "win_rate": 0.6,
        "avg_win": pytest.approx(0.02),
        "avg_loss": pytest.approx(0.01),
        "profit_factor": pytest.approx(4.0),
        # Of the 36 decided trades 2/3 are won, at odds of 2: 2/3 - 1/3 / 2.
        "kelly_fraction": pytest.approx(0.5),
        "max_kelly_fraction": 0.25,
        "expectancy": pytest.approx((24 * 0.02 - 12 * 0.01) / 40),
    }
    assert fraction == 0.25


@given(st.lists(st.sampled_from([0.03, 0.01, -0.01, -0.02]), min_size=30))
def test_without_flat_trades_the_sample_gives_the_classic_formula(returns):
    fraction, stats = KellyCriterion().calculate_from_returns(returns)

    if "error" not in stats:
        args = stats["win_rate"], stats["avg_win"], stats["avg_loss"]
        assert fraction == pytest.approx(
            KellyCriterion().calculate_kelly_fraction(*args), abs=1e-12
        )


@given(st.integers(1, 50))
def test_flat_trades_do_not_move_the_fraction(flat):
    returns = [0.02] * 18 + [-0.01] * 14

    _, without = KellyCriterion().calculate_from_returns(returns)
    _, with_flat = KellyCriterion().calculate_from_returns(returns + [0.0] * flat)

    assert with_flat["kelly_fraction"] == without["kelly_fraction"]


@pytest.mark.parametrize(
    ("returns", "why"),
    [
        ([], "0 returns are too few; at least 30"),
        ([0.01] * 29, "29 returns are too few; at least 30 are needed"),
        ([0.01] * 30, "without a loss"),
        ([-0.01] * 30, "without a win"),
        ([0.0] * 30, "without a win"),
    ],
)
def test_short_data_is_a_result_that_says_why(returns, why):
    fraction, stats = KellyCriterion().calculate_from_returns(returns)

    assert fraction == 0.0
    assert set(stats) == {"error"}
    assert why in stats["error"]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_return_that_is_not_finite_is_refused_with_its_place(bad):
    with pytest.raises(DataError, match=r"returns\[3\] is (nan|inf).*drop or fill"):
        KellyCriterion().calculate_from_returns([0.01] * 3 + [bad] + [0.01] * 40)


def test_a_return_whose_square_overflows_is_refused():
    with pytest.raises(DataError, match=r"returns reach 1e\+308"):
        KellyCriterion().kelly_with_confidence([1e308, -0.01] * 40)


@pytest.mark.parametrize("bad", [[[0.01] * 40], 0.01, ["a"] * 40])
def test_returns_of_another_shape_are_refused(bad):
    with pytest.raises(DataError, match="returns must be"):
        KellyCriterion().calculate_from_returns(bad)


def test_a_part_of_kelly_never_exceeds_the_cap():
    kelly = KellyCriterion()

    assert kelly.fractional_kelly(0.4) == pytest.approx(0.1)
    assert kelly.fractional_kelly(0.4, 0.5) == pytest.approx(0.2)
    assert kelly.fractional_kelly(3.0, 1.0) == 0.25
    assert kelly.fractional_kelly(-0.4) == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((float("nan"),), "kelly_fraction must be finite"),
        ((0.4, 1.5), "fraction must lie between 0 and 1"),
        ((0.4, -0.5), "fraction must lie between 0 and 1"),
    ],
)
def test_an_impossible_part_is_refused(args, message):
    with pytest.raises(ArgumentError, match=message):
        KellyCriterion().fractional_kelly(*args)


def test_the_interval_of_equal_sizes_is_that_of_the_binomial():
    # Sizes that do not vary leave only the win rate uncertain: with b = 2 the fraction
    # is 1.5 p - 0.5, so its standard error is 1.5 sqrt(p q / n).
    returns = [0.02] * 180 + [-0.01] * 120
    expected = 1.959963984540054 * 1.5 * math.sqrt(0.6 * 0.4 / 300)

    adjusted, half = UNCAPPED.kelly_with_confidence(returns, 0.95)

    assert half == pytest.approx(expected, rel=1e-9)
    assert adjusted == pytest.approx(0.4 - expected, rel=1e-9)


def test_the_interval_agrees_with_a_bootstrap_of_the_whole_estimate():
    rng = np.random.default_rng(11)
    returns = np.where(
        rng.random(400) < 0.55, rng.exponential(0.02, 400), -rng.exponential(0.015, 400)
    )
    draws = rng.choice(returns, (4000, 400))
    estimates = [UNCAPPED.calculate_from_returns(d)[1]["kelly_fraction"] for d in draws]

    _, half = UNCAPPED.kelly_with_confidence(returns, 0.95)

    # A bootstrap of 4,000 knows a standard error to 1.1 %; four of those, and two per
    # cent for what the delta method leaves out at n = 400.
    assert half / 1.959964 == pytest.approx(np.std(estimates), rel=0.065)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_intervals_cover_the_truth_as_often_as_they_say(level):
    trades, samples, p, win, loss = 60, 3000, 0.55, 0.02, 0.015
    rng = np.random.default_rng(2026)
    won = rng.random((samples, trades)) < p
    gains = rng.exponential(win, (samples, trades))
    losses = rng.exponential(loss, (samples, trades))
    truth = p - (1 - p) * loss / win

    covered = 0
    for row in np.where(won, gains, -losses):
        raw = UNCAPPED.calculate_from_returns(row)[1]["kelly_fraction"]
        half = UNCAPPED.kelly_with_confidence(row, level)[1]
        covered += abs(raw - truth) <= half

    # Four binomial standard errors, and one point for the skew at sixty trades.
    allowed = 4 * math.sqrt(level * (1 - level) / samples) + 0.01
    assert covered / samples == pytest.approx(level, abs=allowed)


@given(st.floats(0.01, 0.98), st.floats(0.001, 0.01))
def test_more_confidence_is_a_wider_interval_and_a_smaller_bet(level, more):
    returns = [0.02, 0.03] * 90 + [-0.01, -0.02] * 60

    bet, half = UNCAPPED.kelly_with_confidence(returns, level)
    surer_bet, wider = UNCAPPED.kelly_with_confidence(returns, level + more)

    assert wider > half
    assert surer_bet <= bet


def test_the_level_of_the_interval_comes_from_the_settings():
    returns = [0.02] * 18 + [-0.01] * 12

    assert KellyCriterion().kelly_with_confidence(returns) == (
        KellyCriterion().kelly_with_confidence(returns, 0.95)
    )


@pytest.mark.parametrize("level", [0, 1, -0.5, float("nan")])
def test_a_level_outside_its_domain_is_refused(level):
    with pytest.raises(ArgumentError, match="confidence must"):
        KellyCriterion().kelly_with_confidence([0.02] * 18 + [-0.01] * 12, level)


def test_a_level_in_percent_is_refused_and_the_fraction_offered():
    with pytest.raises(ArgumentError, match=r"received 95\. Did you mean 0\.95\?"):
        KellyCriterion().kelly_with_confidence([0.02] * 18 + [-0.01] * 12, 95)


@pytest.mark.parametrize(
    ("returns", "message"),
    [
        ([0.02, -0.01], "2 returns are too few"),
        ([0.02] * 30, "without a loss"),
        ([0.02] * 30 + [-0.01], "two wins and two losses.*received 30 and 1"),
    ],
)
def test_an_interval_from_too_little_raises(returns, message):
    with pytest.raises(DataError, match=message):
        KellyCriterion().kelly_with_confidence(returns)


# KellyCalculator, line by line of the public surface.


def series(seed=1, size=252, names=("A", "B", "C"), mean=0.002, width=0.02):
    rng = np.random.default_rng(seed)
    return {name: rng.normal(mean, width, size) for name in names}


def test_a_portfolio_is_sized_by_symbol_within_the_cap():
    found = KellyCalculator().calculate_portfolio_kelly(series())

    assert set(found) == {"A", "B", "C"}
    assert all(0 <= found[name] <= 0.25 for name in found)
    assert found.gap <= 1e-10
    assert found.cash == pytest.approx(1 - sum(found.values()))


def test_the_portfolio_is_the_growth_portfolio_of_the_lookback():
    returns = series(size=400)
    limits = PortfolioLimits(upper=0.1)
    one = KellyCalculator(max_fraction=0.1, lookback=100)

    found = one.calculate_portfolio_kelly(returns)

    latest = {name: values[-100:] for name, values in returns.items()}
    assert dict(found) == dict(growth_portfolio(latest, limits=limits))


def test_a_hedge_is_worth_more_than_a_correlated_twin():
    returns = series(names=("A", "B"), mean=0.01)

    def total(rho):
        found = KellyCalculator().kelly_with_correlation(returns, {"A_B": rho})
        return sum(found.values())

    assert total(-0.8) > total(0.0) >= total(0.5) > total(0.95)


def test_in_one_portfolio_the_hedge_has_the_larger_weight():
    # B and C alike by themselves; B moves with A, C against it.
    base = np.array([0.03, -0.01] * 126)
    returns = {"A": base, "B": base.copy(), "C": base.copy()}
    matrix = {"A_B": 0.6, "A_C": -0.4, "C_B": 0.0}

    found = KellyCalculator().kelly_with_correlation(returns, matrix)

    assert found["C"] > found["B"]
    assert max(found.values()) == pytest.approx(0.25)


def test_correlations_of_the_returns_are_used_where_none_are_given():
    returns = series(names=("A", "B"))
    rho = np.corrcoef(returns["A"], returns["B"])[0, 1]
    one = KellyCalculator()

    given_rho = one.kelly_with_correlation(returns, {"B_A": rho})

    assert dict(one.kelly_with_correlation(returns)) == pytest.approx(dict(given_rho))


def test_one_symbol_alone_is_mean_over_variance_up_to_the_cap():
    rng = np.random.default_rng(3)
    values = rng.normal(0, 0.02, 252)
    values += 0.00004 - values.mean()

    found = KellyCalculator().kelly_with_correlation({"A": values}, {})

    assert found["A"] == pytest.approx(values.mean() / values.var(ddof=1), rel=1e-6)
    assert found["A"] < 0.25


@pytest.mark.parametrize(
    ("conditions", "factor"),
    [
        ({}, 1),
        ({"volatility": 0.15}, 1),
        ({"volatility": 0.05}, 1),
        ({"volatility": 0.30}, 0.5),
        ({"drawdown": 0.0}, 1),
        # (L - d) / (L (1 - d)) with L = .2: .1 / .18.
        ({"drawdown": 0.1}, 0.1 / 0.18),
        ({"drawdown": 0.2}, 0),
        ({"drawdown": 0.5}, 0),
        ({"regime": "bear"}, 0.5),
        ({"regime": "Crisis"}, 0.25),
        ({"volatility": 0.3, "drawdown": 0.1, "regime": "sideways"},
         0.5 * 0.1 / 0.18 * 0.75),
    ],
)  # fmt: skip
def test_conditions_take_the_fraction_down_by_stated_rules(conditions, factor):
    found = KellyCalculator().dynamic_kelly_adjustment(0.2, conditions)

    assert found == pytest.approx(0.2 * factor)


def test_the_drawdown_rule_keeps_wealth_above_the_floor():
    # Grossman and Zhou 1993: a stake in proportion to the wealth above the floor, so
    # the stake in money is kelly x (wealth - .8 peak) / .2.
    rules = DynamicRules(max_drawdown=0.2)

    for fallen in (0.0, 0.05, 0.1, 0.19):
        money = rules.left_after(fallen) * (1 - fallen)
        assert money == pytest.approx(((1 - fallen) - 0.8) / 0.2)


@given(st.floats(0, 3), st.floats(0.01, 2), st.floats(0, 1))
def test_an_adjusted_fraction_never_exceeds_base_or_cap(base, volatility, drawdown):
    found = KellyCalculator().dynamic_kelly_adjustment(
        base, {"volatility": volatility, "drawdown": drawdown, "regime": "bull"}
    )

    assert 0 <= found <= min(base, 0.25)


def test_the_history_keeps_what_was_recorded_with_its_time():
    one = KellyCalculator(clock=ManualClock(1_700_000_000_000_000_000))
    one.record_calculation("A", 0.1)
    one.record_calculation("B", 0.2, "portfolio", {"periods": 252}, part=0.5)
    one.record_calculation("A", 0.3)

    everything = one.get_calculation_history()
    assert [noted["kelly_fraction"] for noted in everything] == [0.1, 0.2, 0.3]
    assert [noted["id"] for noted in one.get_calculation_history("A")] == [1, 3]
    assert everything[1]["parameters"] == {"periods": 252, "part": 0.5}
    assert everything[0]["timestamp"].isoformat() == "2023-11-14T22:13:20+00:00"
    assert one.get_calculation_history("X") == []


def test_a_history_that_was_handed_out_cannot_change_the_record():
    one = KellyCalculator()
    one.record_calculation("A", 0.1)["kelly_fraction"] = 9.0
    one.get_calculation_history()[0]["kelly_fraction"] = 9.0

    assert one.get_calculation_history()[0]["kelly_fraction"] == 0.1


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda k: k.calculate_portfolio_kelly({}), DataError, "not be empty"),
        (lambda k: k.calculate_portfolio_kelly({"A": [0.1]}), DataError, "at least 30"),
        (lambda k: k.calculate_portfolio_kelly({"A": [0.1] * 40, "B": [0.1] * 30}),
         DataError, "B has 30"),
        (lambda k: k.calculate_portfolio_kelly({"A": [math.nan] * 40}), DataError,
         r"returns\['A'\]\[0\] is nan"),
        (lambda k: k.kelly_with_correlation({"A": [0.1] * 40}), DataError, "constant"),
        (lambda k: k.kelly_with_correlation(series(), {"A_B": 0.1}), ArgumentError,
         "no correlation of A and C; add the key 'A_C'"),
        (lambda k: k.kelly_with_correlation(series(names="AB"), {"A_B": 2}),
         ArgumentError, "between -1 and 1"),
        (lambda k: k.kelly_with_correlation(series(names="AB"), {"A_B": 0, "X_Y": 0}),
         ArgumentError, "names X_Y"),
        (lambda k: k.kelly_with_correlation(
            series(names="AB"), {"A_B": 0.1, "B_A": 0.2}), ArgumentError, "twice"),
        (lambda k: k.kelly_with_correlation(
            series(), {"A_B": -0.9, "A_C": -0.9, "B_C": -0.9}), DataError,
         "no negative eigenvalue"),
        (lambda k: k.dynamic_kelly_adjustment(math.nan, {}), ArgumentError, "base"),
        (lambda k: k.dynamic_kelly_adjustment(1, {"volatility": 0}), ArgumentError,
         "volatility must be positive"),
        (lambda k: k.dynamic_kelly_adjustment(1, {"drawdown": 15}), ArgumentError,
         r"Did you mean 0\.15\?"),
        (lambda k: k.dynamic_kelly_adjustment(1, {"regime": "odd"}), ArgumentError,
         "one of bull, normal"),
        (lambda k: k.dynamic_kelly_adjustment(1, {"mood": 1}), ArgumentError,
         "received mood"),
        (lambda k: k.record_calculation("", 0.1), ArgumentError, "symbol must be"),
        (lambda k: k.record_calculation("A", math.inf), ArgumentError, "be finite"),
    ],
)  # fmt: skip
def test_the_calculator_refuses_what_it_cannot_size(call, error, message):
    with pytest.raises(error, match=message):
        call(KellyCalculator())
