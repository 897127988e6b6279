"""Portfolios that grow fastest: worked cases, other solvers, axioms, real returns."""

from __future__ import annotations

import csv
import gzip
import math
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import optimize

from ai_trading._core import kelly as core
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.risk.kelly import (
    KellyCalculator,
    KellyPortfolio,
    PortfolioLimits,
    binary_bet,
    covariance,
    discrete_bet,
    empirical_bet,
    growth_portfolio,
    quadratic_portfolio,
)

MU, SIGMA = [0.06, 0.08], [[0.04, 0.012], [0.012, 0.09]]
seeds = st.integers(0, 10**9)


def scenarios(seed, periods=120, assets=8, width=0.05):
    rng = np.random.default_rng(seed)
    market = rng.normal(0.005, width, (periods, 1))
    own = rng.normal(rng.normal(0.004, 0.01, assets), width, (periods, assets))
    return np.maximum(0.7 * market + own, -0.95)


def growth_of(weights, returns, rate=0.0, cost=0.0):
    return float(np.mean(np.log1p(rate + (returns - rate) @ weights - cost)))


def solved_elsewhere(problem):
    with warnings.catch_warnings():
        # Said of an answer that is good to six digits only; hypothesis takes the next.
        warnings.filterwarnings("ignore", message="Solution may be inaccurate")
        problem.solve(solver="CLARABEL")
    return problem.status == "optimal"


# Worked cases.


def test_thorps_two_assets_with_the_inverse_covariance():
    # Thorp 2006, section 7.3: F = C^-1 (M - R), growth r + F'CF / 2.
    best = quadratic_portfolio(MU, SIGMA, rate=0.02, limits=PortfolioLimits(gross=10))

    assert best.weights == pytest.approx([5 / 6, 5 / 9], abs=1e-9)
    assert best.growth == pytest.approx(0.0533333, abs=5e-8)
    assert best.cash == pytest.approx(1 - 5 / 6 - 5 / 9)
    assert best.gap <= 1e-10
    assert best.multipliers == {}


def test_one_asset_is_the_single_bet():
    coin = growth_portfolio([[1], [-1]], probabilities=[0.53, 0.47])

    assert coin.weights[0] == pytest.approx(0.06, abs=1e-9)
    assert coin.growth == pytest.approx(binary_bet(0.53).growth, abs=1e-12)


def test_a_hedge_that_loses_on_average_is_bought():
    # B loses 1 % of notional on average, but pays 30 % when A loses.
    outcomes = np.array([[0.25, -0.12], [-0.20, 0.30]])
    chances = np.array([31, 11]) / 42
    limits = PortfolioLimits(gross=50)

    best = growth_portfolio(outcomes, probabilities=chances, limits=limits)
    alone = growth_portfolio(outcomes[:, :1], probabilities=chances, limits=limits)

    assert chances @ outcomes[:, 1] == pytest.approx(-0.01)
    assert best.weights[1] > 0.2
    assert best.growth > alone.growth


def test_a_hedge_is_worth_more_than_an_independent_asset_and_that_more_than_a_twin():
    weights = []
    for rho in (-0.6, 0.0, 0.9):
        sigma = [[0.04, rho * 0.04], [rho * 0.04, 0.04]]
        best = quadratic_portfolio(
            [0.02, 0.01], sigma, limits=PortfolioLimits(gross=5), symbols=["A", "B"]
        )
        weights.append(best["B"])

    assert weights[0] > weights[1] > weights[2] == 0


def test_costs_leave_a_zone_in_which_nothing_is_traded():
    returns = scenarios(1, assets=3)
    target = growth_portfolio(returns).weights
    near = target * 0.98

    best = growth_portfolio(returns, holdings=near, costs=0.05)

    assert best.turnover == pytest.approx(0, abs=1e-12)
    assert best.weights == pytest.approx(near)
    assert best.cost == 0


def test_costs_are_paid_out_of_wealth():
    returns = scenarios(2, assets=4)
    held = np.array([0.4, 0.0, 0.3, 0.1])
    best = growth_portfolio(returns, holdings=held, costs=[0.001, 0.002, 0.003, 0.004])

    cost = np.abs(best.weights - held) @ [0.001, 0.002, 0.003, 0.004]
    assert best.cost == pytest.approx(cost)
    assert best.growth == pytest.approx(growth_of(best.weights, returns, cost=cost))


def test_the_multiplier_is_what_a_little_more_of_the_limit_would_add():
    returns = scenarios(3) + 0.01
    at = {
        gross: growth_portfolio(returns, limits=PortfolioLimits(gross=gross))
        for gross in (0.999, 1.0, 1.001)
    }

    slope = (at[1.001].growth - at[0.999].growth) / 0.002
    assert at[1.0].multipliers["gross"] == pytest.approx(slope, rel=1e-4)


def test_borrowing_costs_its_spread_and_only_beyond_what_one_has():
    returns = scenarios(4)
    limits = PortfolioLimits(gross=40)
    free = growth_portfolio(returns, limits=limits)
    dear = growth_portfolio(returns, limits=limits, borrow_spread=0.005)
    prohibitive = growth_portfolio(returns, limits=limits, borrow_spread=1.0)

    assert free.net > dear.net >= 1
    assert dear.growth == pytest.approx(
        growth_of(dear.weights, returns, cost=0.005 * (dear.net - 1)), abs=1e-12
    )
    assert prohibitive.net == pytest.approx(1)


def test_short_positions_pay_their_fee():
    returns = scenarios(5) - 0.01
    limits = PortfolioLimits(lower=-0.5, gross=2)
    best = growth_portfolio(returns, limits=limits, short_fee=0.002)

    short = np.maximum(-best.weights, 0).sum()
    assert short > 0.1
    assert best.cost == pytest.approx(0.002 * short)
    assert best.growth == pytest.approx(
        growth_of(best.weights, returns, cost=best.cost), abs=1e-12
    )


def test_ruin_is_never_risked_however_good_the_odds():
    # The second asset loses everything once in two hundred: all of it is too much.
    best = growth_portfolio(
        [[0.0, 0.5], [0.0, -1.0]],
        probabilities=[0.995, 0.005],
        limits=PortfolioLimits(gross=1, net=(1, 1)),
    )

    assert best.weights[1] == pytest.approx(0.995 - 0.005 / 0.5, abs=1e-8)


def test_a_portfolio_reads_like_a_mapping():
    best = growth_portfolio({"A": [0.1, -0.05, 0.02], "B": [-0.02, 0.04, 0.01]})

    assert isinstance(best, KellyPortfolio)
    assert list(best) == ["A", "B"]
    assert dict(best) == {"A": best.weights[0], "B": best.weights[1]}
    with pytest.raises(KeyError):
        best["C"]


# Axioms over random problems.


@given(seeds, st.floats(-0.5, 0.0), st.floats(0.2, 2.5))
def test_no_other_portfolio_within_the_limits_grows_faster(seed, lower, gross):
    returns = scenarios(seed, periods=60, assets=6)
    limits = PortfolioLimits(lower=lower, upper=0.6, gross=gross, net=(-0.5, 1.2))
    best = growth_portfolio(returns, limits=limits)

    assert best.gap <= 1e-9  # rounding ends it there, near ruin
    rng = np.random.default_rng(seed)
    for _ in range(50):
        other = rng.uniform(max(lower, -gross), min(0.6, gross), 6)
        other *= min(1, gross / np.abs(other).sum())
        other = best.weights + rng.random() * (other - best.weights)
        if not -0.5 <= other.sum() <= 1.2 or np.any(returns @ other <= -1):
            continue
        assert growth_of(other, returns) <= best.growth + best.gap + 1e-14


@given(seeds, st.floats(0.1, 10))
def test_leverage_of_the_asset_scales_its_weight(seed, scale):
    returns = scenarios(seed, assets=3, width=0.02)
    wide = PortfolioLimits(gross=200)
    one = growth_portfolio(returns, limits=wide)
    other = growth_portfolio(np.maximum(returns * scale, -1), limits=wide)

    if (returns * scale).min() > -1 and one.multipliers == {} == other.multipliers:
        assert other.weights * scale == pytest.approx(one.weights, rel=1e-4, abs=1e-4)
        assert other.growth == pytest.approx(one.growth, abs=1e-9)


@given(seeds)
def test_the_order_of_assets_and_scenarios_does_not_matter(seed):
    returns = scenarios(seed)
    rng = np.random.default_rng(seed)
    assets, times = rng.permutation(8), rng.permutation(len(returns))
    one = growth_portfolio(returns)
    other = growth_portfolio(returns[times][:, assets])

    assert other.growth == pytest.approx(one.growth, abs=2e-10)
    assert other.weights == pytest.approx(one.weights[assets], abs=1e-4)


@given(seeds, st.integers(1, 8))
def test_probabilities_are_repetitions(seed, most):
    returns = scenarios(seed, periods=30, assets=4)
    times = np.random.default_rng(seed).integers(0, most + 1, 30)
    times[0] += 1
    weighted = growth_portfolio(returns, probabilities=times / times.sum())
    repeated = growth_portfolio(np.repeat(returns, times, axis=0))

    assert weighted.growth == pytest.approx(repeated.growth, abs=2e-10)


@given(seeds)
def test_the_rate_only_moves_what_is_compared(seed):
    # Wealth 1 + r + w(R - r) is (1 + r)(1 + w(R - r)/(1 + r)).
    returns = scenarios(seed)
    with_rate = growth_portfolio(returns, rate=0.003)
    excess = growth_portfolio((returns - 0.003) / 1.003)

    assert with_rate.growth == pytest.approx(math.log(1.003) + excess.growth, abs=2e-10)


@given(seeds, st.sampled_from([{}, {"turnover": 0.4}, {"net": (1, 1)}]))
def test_other_solvers_find_the_same(seed, more):
    import cvxpy as cp

    returns = scenarios(seed, periods=80, assets=5)
    rng = np.random.default_rng(seed)
    held = rng.dirichlet(np.ones(5)) * 0.8
    costs = rng.uniform(0, 0.003, 5)
    limits = PortfolioLimits(lower=-0.3, upper=0.5, gross=1.5, **more)
    best = growth_portfolio(returns, limits=limits, holdings=held, costs=costs)

    w = cp.Variable(5)
    rules = [w >= -0.3, w <= 0.5, cp.norm1(w) <= 1.5]
    if "turnover" in more:
        rules.append(cp.norm1(w - held) <= 0.4)
    if "net" in more:
        rules.append(cp.sum(w) == 1)
    wealth = 1 + returns @ w - costs @ cp.abs(w - held)
    problem = cp.Problem(cp.Maximize(cp.sum(cp.log(wealth)) / 80), rules)
    assume(solved_elsewhere(problem))

    assert best.gap <= 1e-9  # rounding ends it there, near ruin
    # Clarabel's own tolerance is 1e-8.
    assert best.growth == pytest.approx(problem.value, abs=1e-7)
    assert best.growth >= problem.value - 2e-8


@given(seeds)
@settings(max_examples=30)
def test_sequential_quadratic_programming_finds_the_same(seed):
    returns = scenarios(seed, periods=80, assets=5)
    best = growth_portfolio(returns)

    found = optimize.minimize(
        lambda w: -growth_of(w, returns),
        np.full(5, 0.1),
        jac=lambda w: -np.mean(returns / (1 + returns @ w)[:, None], axis=0),
        bounds=[(0, 1)] * 5,
        constraints={"type": "ineq", "fun": lambda w: 1 - w.sum()},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert best.growth == pytest.approx(-found.fun, abs=1e-7)
    assert best.growth >= -found.fun - 1e-10


@given(seeds, st.floats(0, 0.004))
def test_the_quadratic_problem_agrees_with_a_cone_solver(seed, cost):
    import cvxpy as cp

    returns = scenarios(seed, assets=6)
    mu, sigma = returns.mean(axis=0), covariance.ledoit_wolf(returns).matrix
    limits = PortfolioLimits(
        lower=-0.4, gross=2, net=(0.2, 1), sectors={"x": ["0", "1", "2"]},
        sector_gross={"x": 0.5}, sector_net={"x": (None, 0.3)},
    )  # fmt: skip
    best = quadratic_portfolio(mu, sigma, limits=limits, costs=cost, short_fee=0.001)

    w = cp.Variable(6)
    charge = cost * cp.norm1(w) + 0.001 * cp.sum(cp.pos(-w))
    problem = cp.Problem(
        cp.Maximize(mu @ w - cp.quad_form(w, cp.psd_wrap(sigma)) / 2 - charge),
        [w >= -0.4, cp.norm1(w) <= 2, cp.sum(w) >= 0.2, cp.sum(w) <= 1,
         cp.norm1(w[:3]) <= 0.5, cp.sum(w[:3]) <= 0.3],
    )  # fmt: skip
    solved_elsewhere(problem)

    assert best.growth == pytest.approx(problem.value, abs=1e-7)
    assert best.gap <= 1e-9  # rounding ends it there, near ruin
    assert np.abs(best.weights[:3]).sum() <= 0.5 + 1e-12
    assert best.net >= 0.2 - 1e-12


@given(seeds)
def test_identical_assets_share_what_one_would_get(seed):
    returns = scenarios(seed, assets=4)
    twins = np.column_stack([returns, returns[:, 0], returns[:, 2]])

    assert growth_portfolio(twins).growth == pytest.approx(
        growth_portfolio(returns).growth, abs=2e-10
    )


@given(seeds)
def test_more_assets_than_scenarios_still_have_their_proof(seed):
    returns = scenarios(seed, periods=20, assets=50)
    best = growth_portfolio(returns, limits=PortfolioLimits(lower=-0.2, gross=1.5))

    assert best.gap <= 1e-9  # rounding ends it there, near ruin
    assert best.solved


@pytest.mark.parametrize("lower", [0.0, -0.05])
def test_five_hundred_assets_have_their_proof(lower):
    returns = scenarios(6, periods=700, assets=500, width=0.02)
    limits = PortfolioLimits(lower=lower, upper=0.05, gross=1.5)
    best = growth_portfolio(returns, limits=limits)

    assert best.gap <= 1e-9
    assert best.growth == pytest.approx(growth_of(best.weights, returns), abs=1e-14)


# Real returns.


def closes(file):
    with gzip.open(file, "rt") as lines:
        rows = {row["Date"]: row.get("Close") for row in csv.DictReader(lines)}
    return {day: float(c) for day, c in rows.items() if c and c != "null"}


@pytest.fixture
def djia(real_data):
    files = sorted((real_data / "daily_djia_2006_2018").glob("*.csv.gz"))
    series = {file.name.split("_")[0]: closes(file) for file in files}
    days = sorted(set.intersection(*(set(s) for s in series.values())))
    prices = np.array([[series[name][day] for name in series] for day in days])
    return tuple(series), prices[1:] / prices[:-1] - 1


def test_real_stocks_grow_fastest_as_another_solver_says(djia):
    import cvxpy as cp

    names, returns = djia
    returns = returns[-750:]
    best = growth_portfolio(returns, symbols=names, limits=PortfolioLimits(upper=0.2))

    w = cp.Variable(len(names), nonneg=True)
    problem = cp.Problem(
        cp.Maximize(cp.sum(cp.log(1 + returns @ w)) / len(returns)),
        [w <= 0.2, cp.sum(w) <= 1],
    )
    assert solved_elsewhere(problem)
    assert best.gap <= 1e-10
    assert best.growth == pytest.approx(problem.value, abs=1e-8)


def test_two_moments_come_close_to_real_scenarios(djia):
    names, returns = djia
    limits = PortfolioLimits(gross=2)
    exact = growth_portfolio(returns, symbols=names, limits=limits)
    two = quadratic_portfolio(
        returns.mean(axis=0), covariance.sample(returns).matrix, symbols=names,
        limits=limits,
    )  # fmt: skip

    lost = exact.growth - growth_of(two.weights, returns)
    assert -1e-12 <= lost <= 0.002 * exact.growth


def test_alone_each_real_stock_gets_its_empirical_bet(djia):
    names, returns = djia
    for i in range(0, len(names), 7):
        bet = empirical_bet(returns[:, i])
        best = growth_portfolio(returns[:, [i]], limits=PortfolioLimits(gross=50))

        assert best.weights[0] == pytest.approx(bet.notional, abs=1e-4)
        assert best.growth == pytest.approx(bet.growth, abs=1e-10)


# Bad input.


GOOD = [[0.1, 0.2], [-0.1, -0.05]]
SLOW = PortfolioLimits(turnover=0.1, net=(1, 1))
SMALL = PortfolioLimits(upper=0.3, net=(1, 1))
EMPTY = {"lower": 0.5, "upper": 0.2}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: growth_portfolio([[np.nan, 0.1]]), DataError, r"\[0, 0\] is nan"),
        (lambda: growth_portfolio([[np.inf, 0.1]]), DataError, r"\[0, 0\] is inf"),
        (lambda: growth_portfolio([]), DataError, "two-dimensional and not empty"),
        (lambda: growth_portfolio([0.1, 0.2]), DataError, "two-dimensional"),
        (lambda: growth_portfolio([[5.0], [-3.0]]), DataError, "5 % is"),
        (lambda: growth_portfolio({"A": [1, 2], "B": [1]}), DataError, "B has 1"),
        (lambda: growth_portfolio({}), DataError, "returns is empty"),
        (lambda: growth_portfolio(GOOD, probabilities=[0.5, 0.6]), ArgumentError,
         "sum to 1"),
        (lambda: growth_portfolio(GOOD, probabilities=[1.5, -0.5]), ArgumentError,
         "between 0 and 1"),
        (lambda: growth_portfolio(GOOD, probabilities=[1.0]), ArgumentError,
         "must be 2 numbers"),
        (lambda: growth_portfolio(GOOD, symbols=["A", "A"]), ArgumentError,
         "2 different names"),
        (lambda: growth_portfolio(GOOD, costs=-0.1), ArgumentError, "not be negative"),
        (lambda: growth_portfolio(GOOD, costs=[0.1]), ArgumentError, "one number or 2"),
        (lambda: growth_portfolio(GOOD, rate=-1), ArgumentError, "above -1"),
        (lambda: growth_portfolio(GOOD, holdings={"X": 1}), ArgumentError, "name X"),
        (lambda: growth_portfolio(GOOD, tolerance=0), ArgumentError, "be positive"),
        (lambda: PortfolioLimits(gross=math.inf), ArgumentError, "must be finite"),
        (lambda: PortfolioLimits(net=(1, 0)), ArgumentError, "1 above 0"),
        (lambda: PortfolioLimits(net=1), ArgumentError, "must be a pair"),
        (lambda: PortfolioLimits(sector_gross={"x": 1}), ArgumentError, "none"),
        (lambda: growth_portfolio(GOOD, limits=PortfolioLimits(**EMPTY)),
         ArgumentError, "lower is 0.5, upper 0.2"),
        (lambda: growth_portfolio(GOOD, limits=SMALL),
         ArgumentError, "misses net least by 0.4"),
        (lambda: growth_portfolio(GOOD, limits=SLOW),
         ArgumentError, "no portfolio is within all limits"),
        (lambda: quadratic_portfolio([0.1], [[1, 2]]), DataError, "must be 1 x 1"),
        (lambda: quadratic_portfolio([0.1, 0.1], [[1, 2], [2, 1]]), DataError,
         "no negative eigenvalue"),
        (lambda: quadratic_portfolio([0.1, 0.1], [[1, 0], [0.5, 1]]), DataError,
         "must be symmetric"),
        (lambda: quadratic_portfolio([], []), DataError, "mean is empty"),
    ],
)  # fmt: skip
def test_what_is_no_portfolio_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_singular_covariance_is_allowed_within_limits():
    best = quadratic_portfolio([0.01, 0.01], [[0.04, 0.04], [0.04, 0.04]])

    assert best.weights.sum() == pytest.approx(0.25)
    assert best.gap <= 1e-10


def test_limits_that_only_ruin_satisfies_contradict():
    # All of it in an asset that can lose everything.
    with pytest.raises(ArgumentError, match="survives every scenario"):
        growth_portfolio([[0.5], [-1.0]], limits=PortfolioLimits(net=(1, 1)))


def test_holdings_that_a_scenario_ruins_are_sold():
    best = growth_portfolio(
        [[0.5], [-0.9]], holdings=[1.5], costs=0.01, limits=PortfolioLimits(gross=2)
    )

    assert best.weights[0] < 1 / 0.9
    assert best.solved


def test_the_compiled_solver_refuses_what_does_not_fit():
    moves = np.zeros(1, core.move_dtype)
    moves["upper"], moves["sign"] = 1.0, 1.0
    good = {
        "probabilities": np.empty(0),
        "base": np.ones(2),
        "moves": moves,
        "rows": np.ones((1, 1)),
        "limits": np.ones(1),
        "start": np.zeros(1),
        "tolerance": 1e-9,
        "rounds": 10,
    }
    returns = np.array([[0.2], [-0.1]])

    assert core.maximise_log(returns, **good)[5]
    for wrong in (
        {"base": np.ones(3)},
        {"rows": np.ones((2, 2))},
        {"start": np.ones(2)},
    ):
        with pytest.raises(ValueError, match=r"must be|one for each|start"):
            core.maximise_log(returns, **{**good, **wrong})
    with pytest.raises(TypeError):
        core.maximise_log(returns.astype(np.float32), **good)


def test_a_discrete_bet_is_a_portfolio_of_one():
    p, outcomes = [0.2, 0.5, 0.3], [0.8, 0.05, -0.4]
    bet = discrete_bet(p, outcomes)
    best = growth_portfolio(np.array(outcomes)[:, None], probabilities=p)

    assert best.weights[0] == pytest.approx(min(bet.notional, 1), abs=1e-7)


def test_one_text_is_no_list_of_symbols():
    # "XOM" would be the symbols X, O and M, and the limit bind nothing.
    with pytest.raises(ArgumentError, match=r"Did you mean \['XOM'\]"):
        PortfolioLimits(sectors={"energy": "XOM"}, sector_gross={"energy": 0.1})


def test_a_data_frame_names_its_columns():
    pandas = pytest.importorskip("pandas")
    table = np.random.default_rng(1).normal(0.001, 0.02, (100, 3))
    frame = pandas.DataFrame(table, columns=["AAPL", "MSFT", "XOM"])
    by_symbol = {name: frame[name] for name in frame}

    best = growth_portfolio(frame)
    assert dict(best) == dict(growth_portfolio(by_symbol))
    assert best.symbols == ("AAPL", "MSFT", "XOM")
    renamed = growth_portfolio(frame, symbols=["A", "B", "C"])
    assert list(renamed.weights) == list(best.weights)
    calculator = KellyCalculator()
    assert dict(calculator.calculate_portfolio_kelly(frame)) == dict(
        calculator.calculate_portfolio_kelly(by_symbol)
    )
