"""Single bets, bets together, and parts of Kelly: published numbers and mathematics."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.risk import kelly

inner = st.floats(0.02, 0.98)
sizes = st.floats(1e-3, 0.9)
parts = st.floats(0.05, 1.95)
RETURNS = np.random.default_rng(4).normal(0.002, 0.01, 300)


# Published numbers. Thorp 2006: "The Kelly Criterion in Blackjack, Sports Betting, and
# the Stock Market", Handbook of Asset and Liability Management, vol. 1.


def test_thorps_coin_of_53_percent():
    # Thorp 2006, section 2: p = .53 at even money, f = .06; growth to ten decimals from
    # p log(1 + f) + q log(1 - f).
    bet = kelly.binary_bet(0.53)

    assert bet.fraction_at_risk == pytest.approx(0.06, abs=1e-15)
    assert bet.growth == pytest.approx(0.0018010816, abs=5e-11)


@pytest.mark.parametrize(
    ("p", "odds", "fraction"),
    [(0.57, 1, 0.14), (0.38, 2, 0.07), (0.285, 3, 0.0466667), (0.228, 4, 0.035),
     (0.19, 5, 0.028)],
)  # fmt: skip
def test_ziemba_and_hauschs_five_bets_of_equal_expectation(p, odds, fraction):
    # W. T. Ziemba and D. B. Hausch, "Betting at the Racetrack", 1986, as reprinted in
    # MacLean, Thorp, Zhao and Ziemba 2011, table 1: every bet returns 1.14 on average.
    bet = kelly.binary_bet(p, odds)

    assert bet.edge == pytest.approx(0.14, abs=1e-12)
    assert bet.fraction_at_risk == pytest.approx(fraction, abs=5e-8)
    # Their long odds are worth less growth at the same edge.
    assert bet.growth < 0.0100


def test_thorps_stock_index():
    # Thorp 2006, section 7.1: m = .11, r = .06, s = .15.
    bet = kelly.gaussian_bet(0.11, 0.15, rate=0.06)

    assert bet.notional == pytest.approx(2.22222, abs=5e-6)
    assert bet.growth == pytest.approx(0.1155556, abs=5e-8)
    assert math.isnan(bet.fraction_at_risk)


def test_two_coins_tossed_together():
    # Thorp 2006, section 5: two independent coins, p = .6. By symmetry f solves
    # .36/(1 + 2f) = .16/(1 - 2f), so f = 5/26.
    best = kelly.simultaneous_bets([0.6, 0.6])

    assert best.weights == pytest.approx([5 / 26, 5 / 26], abs=1e-9)
    assert best.weights == pytest.approx([0.1923077, 0.1923077], abs=5e-8)
    assert best.gap < 1e-10


def test_growth_of_a_part_of_kelly():
    # Thorp 2006, section 7: c(2 - c).
    assert [kelly.growth_kept(c) for c in (0, 0.25, 0.5, 1, 1.5, 2)] == [
        0, 0.4375, 0.75, 1, 0.75, 0,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("level", "part", "chance"),
    # Thorp 2006, section 7: P(ever down to x) = x ** (2/c - 1).
    [(0.5, 1, 0.5), (0.5, 0.5, 0.125), (0.2, 1, 0.2), (0.5, 2, 1), (0.5, 0, 0)],
)
def test_chance_of_ever_falling(level, part, chance):
    assert kelly.chance_of_falling_to(level, part) == pytest.approx(chance, abs=1e-15)


@pytest.mark.parametrize(("part", "chance"), [(1, 2 / 3), (0.5, 8 / 9)])
def test_doubling_before_halving(part, chance):
    # MacLean, Ziemba and Blazenko 1992, "Growth versus Security in Dynamic Investment
    # Analysis", Management Science 38(11): 67 % for Kelly, 89 % for half of it.
    assert kelly.chance_of_reaching_first(2, 0.5, part) == pytest.approx(chance)


def test_a_race_agrees_with_its_kuhn_tucker_conditions_worked_by_hand():
    # Payouts 2.1, 3.2, 4: p x payout are 1.05, .96, .8. Two enter, and keep
    # (1 - .8)/(1 - 1/2.1 - 1/3.2) = .946479.
    best = kelly.race([0.5, 0.3, 0.2], [1.1, 2.2, 3.0])

    kept = 0.2 / (1 - 1 / 2.1 - 1 / 3.2)
    assert best.kept == pytest.approx(kept)
    assert best.stakes == pytest.approx([0.5 - kept / 2.1, 0.3 - kept / 3.2, 0])


# Against slow, obvious twins and axioms.


@given(inner, sizes, sizes)
def test_a_two_point_bet_is_the_discrete_bet_of_its_two_outcomes(p, up, down):
    closed = kelly.two_point_bet(p, up, down)
    general = kelly.discrete_bet([p, 1 - p], [up, -down], short=True)

    assert general.notional == pytest.approx(closed.notional, rel=1e-9, abs=1e-9)
    assert general.growth == pytest.approx(closed.growth, rel=1e-9, abs=1e-12)
    assert general.fraction_at_risk == pytest.approx(
        closed.fraction_at_risk, rel=1e-9, abs=1e-9
    )


@given(inner, st.floats(0.05, 20))
def test_a_stake_lost_whole_is_both_notional_and_at_risk(p, odds):
    stake = kelly.binary_bet(p, odds)
    general = kelly.discrete_bet([p, 1 - p], [odds, -1])

    assert stake.notional == stake.fraction_at_risk
    assert general.notional == pytest.approx(stake.notional, abs=1e-10)


@given(st.lists(st.floats(-0.9, 2), min_size=2, max_size=8), st.integers(0, 10**6))
def test_a_discrete_bet_is_what_a_search_finds(outcomes, seed):
    values = np.array([*outcomes, -0.5, 0.3])
    p = np.random.default_rng(seed).dirichlet(np.ones(values.size))
    bet = kelly.discrete_bet(p / p.sum(), values, short=True)

    low, high = -1 / values.max(), -1 / values.min()
    found = optimize.minimize_scalar(
        lambda x: -kelly.growth_rate(x, values, p / p.sum()),
        bounds=(low * (1 - 1e-9), high * (1 - 1e-9)),
        method="bounded",
        options={"xatol": 1e-10},
    )
    # The search knows the size to the root of a rounding.
    assert bet.growth >= -found.fun - 1e-12
    assert bet.notional == pytest.approx(found.x, abs=1e-5 * (1 + abs(found.x)))
    # First-order condition, to rounding.
    part = values / (1 + bet.notional * values)
    assert abs(p @ part) <= 1e-9 * (p @ np.abs(part))


@given(st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=60), st.floats(0.01, 1))
def test_no_other_size_would_have_grown_a_sample_faster(sample, towards):
    values = np.array([*sample, -0.2, 0.3])
    bet = kelly.empirical_bet(values, short=True, min_sample_size=0)

    for end in (-1 / values.max(), -1 / values.min()):
        other = bet.notional + 0.99 * towards * (end - bet.notional)
        assert kelly.growth_rate(other, values) <= bet.growth + 1e-13


@given(st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=60), st.floats(0.01, 50))
def test_the_unit_of_the_bet_does_not_matter(sample, unit):
    values = np.array([*sample, -0.2, 0.3])
    one = kelly.empirical_bet(values, short=True, min_sample_size=0)
    other = kelly.empirical_bet(values * unit, short=True, min_sample_size=0)

    assert other.notional * unit == pytest.approx(one.notional, rel=1e-9, abs=1e-9)
    assert other.growth == pytest.approx(one.growth, rel=1e-9, abs=1e-13)


def test_a_small_gaussian_sample_bet_approaches_mean_over_variance():
    values = np.random.default_rng(5).normal(2e-5, 1e-3, 100_000)

    bet = kelly.empirical_bet(values, short=True)

    # Third and higher moments weigh by f * s = 0.02 and less.
    assert bet.notional == pytest.approx(values.mean() / values.var(), rel=0.02)


def test_without_shorts_no_edge_is_no_bet():
    assert kelly.empirical_bet([0.01, -0.02] * 20).notional == 0
    assert kelly.discrete_bet([0.5, 0.5], [1, -1]).growth == 0
    assert kelly.empirical_bet([0.01, -0.02] * 20, short=True).notional < 0


@given(st.lists(inner, min_size=2, max_size=5))
def test_bets_together_are_smaller_than_alone_and_none_grows_faster(p):
    best = kelly.simultaneous_bets(p)

    alone = np.array([kelly.binary_bet(x).notional for x in p])
    assert np.all(best.weights <= alone + 1e-9)
    assert best.gap <= 1e-9  # rounding ends it there, near ruin
    assert best.growth <= sum(kelly.binary_bet(x).growth for x in p) + 1e-12


@given(st.lists(st.floats(0.05, 1), min_size=2, max_size=5), st.integers(0, 10**6))
def test_a_race_is_what_the_portfolio_solver_finds(weights, seed):
    p = np.array(weights) / sum(weights)
    payouts = 1 / p * np.random.default_rng(seed).uniform(0.6, 1.3, p.size)
    payouts = np.maximum(payouts, 1.02)
    if (1 / payouts).sum() <= 1.001:
        payouts *= (1 / payouts).sum() * 0.9
        payouts = np.maximum(payouts, 1.02)
    best = kelly.race(p / p.sum(), payouts - 1)

    returns = np.diag(payouts) - 1
    found = kelly.growth_portfolio(returns, probabilities=p / p.sum())
    assert best.growth == pytest.approx(found.growth, abs=2e-10)
    assert best.kept + best.stakes.sum() == pytest.approx(1)


def test_odds_that_beat_the_book_stake_everything_by_probability():
    best = kelly.race([0.5, 0.3, 0.2], [1.5, 2.5, 4.5])

    assert best.stakes == pytest.approx([0.5, 0.3, 0.2])
    assert best.kept == pytest.approx(0, abs=1e-15)


@given(st.floats(0.02, 0.98), parts)
def test_the_part_for_a_chance_undoes_the_chance_of_a_part(level, part):
    chance = kelly.chance_of_falling_to(level, part)

    if 1e-12 < chance < 1:
        back = kelly.part_for_chance_of_falling(level, chance)
        assert back == pytest.approx(part, rel=1e-9)


@given(st.floats(1.01, 50), st.floats(0.3, 0.99), st.floats(0.2, 1.95))
def test_reaching_a_goal_first_is_the_martingale_of_wealth_to_a_power(goal, floor, c):
    k = 2 / c - 1
    chance = kelly.chance_of_reaching_first(goal, floor, c)

    # wealth ** -k has no drift, so its mean at the end is what it was: one.
    assert chance * goal**-k + (1 - chance) * floor**-k == pytest.approx(1, rel=1e-7)


def test_reaching_first_is_continuous_at_twice_kelly():
    at = kelly.chance_of_reaching_first(2, 0.25, 2)

    assert at == pytest.approx(2 / 3)  # log 4 / (log 2 + log 4)
    assert kelly.chance_of_reaching_first(2, 0.25, 2 + 1e-9) == pytest.approx(at)


def test_a_simulated_brownian_path_falls_and_draws_down_as_often_as_said():
    sharpe, part, steps, paths = 1.0, 0.8, 4000, 4000
    dt = 10 / steps
    rng = np.random.default_rng(20)
    log_wealth = np.zeros(paths)
    lowest = np.zeros(paths)
    highest = np.zeros(paths)
    for _ in range(steps):
        log_wealth += sharpe**2 * (part - part**2 / 2) * dt
        log_wealth += part * sharpe * math.sqrt(dt) * rng.standard_normal(paths)
        np.minimum(lowest, log_wealth, out=lowest)
        np.maximum(highest, log_wealth, out=highest)

    # Discrete looks miss 0.5826 of a step's width (Broadie, Glasserman and Kou 1997).
    shift = 0.5826 * part * sharpe * math.sqrt(dt)
    fell = np.mean(lowest - shift <= math.log(0.6))
    # Four binomial standard errors at 4,000 paths; ten years end most of what comes.
    assert fell == pytest.approx(kelly.chance_of_falling_to(0.6, part), abs=0.032)
    below = np.mean(log_wealth < math.log(2))
    ended = kelly.chance_of_ending_below(2, part, sharpe, 10)
    assert below == pytest.approx(ended, abs=0.03)
    deep = np.mean(highest + shift - log_wealth >= -math.log(0.7))
    assert deep == pytest.approx(kelly.chance_of_drawdown(0.3, part), abs=0.032)


def test_the_chance_of_ending_below_is_that_of_a_normal():
    drift, width = 0.25 * (0.5 - 0.125) * 4, 0.5 * 0.5 * 2
    expected = stats.norm.cdf((math.log(0.9) - drift) / width)

    found = kelly.chance_of_ending_below(0.9, 0.5, 0.5, 4)
    assert found == pytest.approx(expected)


def test_time_to_double_is_the_log_over_the_growth():
    assert kelly.time_to_multiply(2, 0.5, 0.5) == pytest.approx(
        math.log(2) / (0.25 * 0.75 / 2)
    )
    assert kelly.time_to_multiply(2, 2, 1) == math.inf


# Bad input.


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kelly.binary_bet(1.1), "probability must lie between 0 and 1"),
        (lambda: kelly.binary_bet(53), r"Did you mean 0\.53\?"),
        (lambda: kelly.binary_bet(0.5, 0), "odds must be positive; received 0"),
        (lambda: kelly.two_point_bet(1, 0.1, 0.1), "strictly between 0 and 1"),
        (lambda: kelly.two_point_bet(0.5, 0.1, -0.1), "given as a positive number"),
        (lambda: kelly.discrete_bet([0.5, 0.6], [1, -1]), "must sum to 1; received"),
        (lambda: kelly.discrete_bet([-0.5, 1.5], [1, -1]), r"probabilities\[0\] is"),
        (lambda: kelly.discrete_bet([1.0], [1, -1]), "must be 2 numbers"),
        (lambda: kelly.discrete_bet([0.5, 0.5], [1, 2]), "none of 2 outcomes loses"),
        (lambda: kelly.gaussian_bet(0.1, 0), "volatility must be positive"),
        (lambda: kelly.gaussian_bet(math.nan, 1), "mean must be finite"),
        (lambda: kelly.chance_of_falling_to(0, 1), "level must lie strictly"),
        (lambda: kelly.chance_of_falling_to(0.5, -1), "part must not be negative"),
        (lambda: kelly.chance_of_reaching_first(1, 0.5, 1), "goal must be above 1"),
        (lambda: kelly.race([0.5, 0.5], [1]), "must be 1 numbers"),
        (lambda: kelly.race([0.5, 0.5], [1, -1]), r"odds\[1\] must be positive"),
        (lambda: kelly.simultaneous_bets([0.5] * 15), "must be 1 to 14 numbers"),
        (lambda: kelly.simultaneous_bets([0.5, 1.0]), "a sure win has no best size"),
        (lambda: kelly.simultaneous_bets([0.5], 1, 2), "cannot lose more than itself"),
    ],
)  # fmt: skip
def test_impossible_bets_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        ([0.01, -0.01], "2 returns are too few; at least 30"),
        ([0.01] * 30, "none of 30 outcomes loses"),
        ([0.01] * 29 + [math.nan], r"returns\[29\] is nan"),
        ([[0.01] * 30], "one-dimensional"),
        (["x"] * 30, "must be numbers"),
    ],
)
def test_samples_that_cannot_be_sized_are_refused(sample, message):
    with pytest.raises(DataError, match=message):
        kelly.empirical_bet(sample)


def test_an_impossible_outcome_does_not_count():
    with_it = kelly.discrete_bet([0.6, 0.4, 0.0], [1, -1, -50])

    assert with_it.notional == pytest.approx(0.2)


def test_ruin_is_minus_infinity():
    assert kelly.growth_rate(2, [0.5, -0.5]) == -math.inf


def test_next_to_no_volatility_has_no_size():
    with pytest.raises(ArgumentError, match="volatility must be large enough"):
        kelly.gaussian_bet(0.1, 1e-200)

    assert kelly.gaussian_bet(0.11, 1e-100, rate=0.11).notional == 0.0


@pytest.mark.parametrize("nothing", [None, math.nan, math.inf])
def test_one_number_that_is_none_is_named(nothing):
    with pytest.raises(DataError, match=r"returns must be finite; received (nan|inf)"):
        kelly.empirical_bet(nothing)


def test_dates_and_texts_are_no_returns():
    days = np.arange("2020-01-01", "2020-03-01", dtype="datetime64[D]")
    for wrong in (days, [str(0.01 * i) for i in range(-20, 20)]):
        with pytest.raises(DataError, match="must be numbers"):
            kelly.empirical_bet(wrong)


def test_a_bet_next_to_ruin_has_a_growth():
    # The best size is -1 / gain but for 1e-300: rounding takes it all the way.
    bet = kelly.two_point_bet(1e-300, 0.5, 0.5)

    assert bet.notional == pytest.approx(-2.0)
    assert bet.growth == pytest.approx(math.log(2.0))


@pytest.mark.parametrize("bad", [None, "x", [1.0], 1e300])
def test_a_sharpe_ratio_that_is_none_is_refused(bad):
    with pytest.raises(ArgumentError, match="sharpe must be"):
        kelly.time_to_multiply(2, 0.5, bad)
    with pytest.raises(ArgumentError, match="sharpe must be"):
        kelly.chance_of_ending_below(0.5, 0.5, bad, 10)


@pytest.mark.parametrize(
    "call",
    [
        lambda: kelly.DynamicRules(regimes=["bear"]),
        lambda: kelly.KellyCalculator().record_calculation("A", 0.1, parameters=3),
        lambda: kelly.DynamicRules().of(0.2, [("drawdown", 0.1)]),
        lambda: kelly.KellyCalculator().kelly_with_correlation(
            {"A": RETURNS, "B": RETURNS[::-1]}, 0.5
        ),
    ],
)
def test_what_is_no_mapping_is_refused(call):
    with pytest.raises(ArgumentError, match="must be a mapping such as"):
        call()


def test_a_worst_fall_that_is_no_number_is_refused():
    with pytest.raises(ArgumentError, match="max_drawdown must be a number"):
        kelly.DynamicRules(max_drawdown="x")
