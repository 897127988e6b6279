"""Intervals of the fraction, shrinkage, covariance: coverage, twins, published data."""

from __future__ import annotations

import csv
import gzip
import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats
from sklearn.covariance import ledoit_wolf as sk_ledoit_wolf
from sklearn.covariance import oas as sk_oas

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.risk import kelly
from ai_trading.risk.kelly import covariance, resampling
from ai_trading.risk.kelly.estimators import ESTIMATORS

FRACTIONS = ("empirical", "gaussian", "two_point")
tables = st.tuples(st.integers(3, 60), st.integers(2, 8), st.integers(0, 10**6))


def normal(seed, size=250, mean=0.001, width=0.01):
    return np.random.default_rng(seed).normal(mean, width, size)


# Estimators and their influence values.


@pytest.mark.parametrize("name", FRACTIONS)
def test_influence_values_are_the_slope_of_the_estimate_in_the_weights(name):
    values = normal(3, 40, width=0.02)
    estimator = ESTIMATORS[name]
    plain = estimator.estimate(values[np.newaxis])[0]

    influence = estimator.influence(values, plain)

    # One value a thousandth more often, all others unchanged: copies of the sample.
    copies = 1000
    for i in (0, 7, 39):
        more = np.concatenate([np.tile(values, copies), [values[i]]])
        moved = estimator.estimate(more[np.newaxis])[0] - plain
        # A finite difference, exact to the next order in 1/40,000.
        assert moved * more.size == pytest.approx(influence[i], rel=2e-3)
    assert influence.sum() == pytest.approx(0, abs=1e-9 * np.abs(influence).sum())


def test_the_two_point_interval_is_that_of_the_criterion():
    values = normal(4, 300)

    raw = kelly.KellyCriterion().calculate_from_returns(values)[1]["kelly_fraction"]
    half = kelly.KellyCriterion().kelly_with_confidence(values)[1]
    found = kelly.kelly_interval(values, fraction="two_point", method="delta")

    assert found.estimate == pytest.approx(raw, rel=1e-12)
    # The criterion divides variances of sizes by n - 1.
    assert (found.upper - found.lower) / 2 == pytest.approx(half, rel=0.005)


def test_the_gaussian_interval_has_the_closed_form_of_normal_returns():
    # var(m/s^2) = (1/s^2)(1 + 2 m^2/s^2)/n for independent normal returns.
    values = np.random.default_rng(6).normal(0.03, 0.1, 200_000)
    m, s = values.mean(), values.std()

    found = kelly.kelly_interval(values, fraction="gaussian", method="delta")

    expected = math.sqrt((1 + 2 * (m / s) ** 2) / values.size) / s
    assert found.standard_error == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("name", FRACTIONS)
@pytest.mark.parametrize("block", [1, 6])
def test_the_bootstrap_spreads_as_the_delta_method_says(name, block):
    values = normal(7, 500)

    by_delta = kelly.kelly_interval(values, fraction=name, method="delta", block=block)
    drawn = kelly.kelly_interval(
        values, fraction=name, method="percentile", block=block
    )

    # A standard error from 2,000 draws is known to 1.6 %; four of those, and the next
    # order in 1/n.
    assert drawn.standard_error == pytest.approx(by_delta.standard_error, rel=0.08)
    assert drawn.block == by_delta.block == block


def covered(name, method, draw, truth, samples, **options):
    hits = 0
    for seed in range(samples):
        found = kelly.kelly_interval(
            draw(seed), fraction=name, method=method, draws=400, seed=seed, **options
        )
        hits += found.lower <= truth <= found.upper
    return hits / samples


def skewed(seed):
    rng = np.random.default_rng(seed)
    won = rng.random(80) < 0.55
    return np.where(won, rng.exponential(0.02, 80), -rng.exponential(0.015, 80))


@pytest.mark.parametrize("method", ["delta", "percentile", "bca"])
def test_intervals_cover_the_true_gaussian_fraction(method):
    share = covered("gaussian", method, lambda s: normal(s, 100), 10.0, 250)

    # Four binomial standard errors at 300 samples are 0.05; two points for n = 100.
    assert share == pytest.approx(0.95, abs=0.07)


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_intervals_of_skewed_trades_cover_the_two_point_fraction(method):
    truth = 0.55 - 0.45 * 0.015 / 0.02

    share = covered("two_point", method, skewed, truth, 300)

    assert share == pytest.approx(0.95, abs=0.07)


def autoregressive(seed, size=400, keep=0.5):
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.01 * math.sqrt(1 - keep**2), size)
    values = np.empty(size)
    last = rng.normal(0, 0.01)
    for i in range(size):
        last = keep * last + noise[i]
        values[i] = last
    return values + 0.001


def test_blocks_are_needed_where_returns_depend_on_the_past():
    independent = covered("gaussian", "percentile", autoregressive, 10.0, 120)
    blocks = covered("gaussian", "percentile", autoregressive, 10.0, 120, block="auto")

    # The mean's true standard error is sqrt(3) times the naive one, so 95 % covers
    # 2 Phi(1.96/sqrt 3) - 1 = 74 %. Blocks win most of it back (known to lag a little).
    assert independent == pytest.approx(0.74, abs=0.12)
    assert blocks > 0.86


def test_the_automatic_block_grows_with_dependence():
    lengths = [
        np.mean(
            [resampling.automatic_block(autoregressive(s, 800, keep)) for s in range(8)]
        )
        for keep in (0.0, 0.4, 0.8)
    ]

    assert lengths[0] < 4 < lengths[1] < lengths[2]


def test_the_block_length_of_an_autoregression_is_the_optimal_one():
    # For AR(1) with coefficient a the optimal mean length of the stationary bootstrap
    # is (2 G^2 / D)^(1/3) n^(1/3) with G = 2a/(1-a)^2 g, D = 2 g^2 in units of the
    # spectrum g = 1/(1-a)^2 (Politis and White 2004, section 3.2).
    keep, size = 0.6, 4000
    variance = 1 / (1 - keep**2)
    g = 1 / (1 - keep) ** 2
    big_g = 2 * keep / (1 - keep) ** 2 * variance
    optimal = (2 * big_g**2 / (2 * g**2)) ** (1 / 3) * size ** (1 / 3)

    found = [
        resampling.automatic_block(autoregressive(s, size, keep)) for s in range(12)
    ]

    assert np.mean(found) == pytest.approx(optimal, rel=0.2)


def test_the_long_run_variance_is_what_the_bootstrap_draws():
    values = autoregressive(3, 200)
    drawn = np.concatenate(
        [rows.mean(axis=1) for rows in resampling.resamples(values, 40_000, 8, 1)]
    )

    found = resampling.long_run_variance(values, 8) / values.size

    # A variance from 40,000 draws is known to 0.7 %. The closed form leaves out the
    # products that wrap around, of order block / n = 4 %.
    assert drawn.var() == pytest.approx(found, rel=0.08)


def test_the_same_seed_gives_the_same_interval_and_another_does_not():
    values = normal(8)

    assert kelly.kelly_interval(values, seed=5) == kelly.kelly_interval(values, seed=5)
    assert kelly.kelly_interval(values, seed=5) != kelly.kelly_interval(values, seed=6)


def test_percentiles_and_bca_differ_by_bias_and_skew_only():
    values = np.concatenate([normal(9, 200), -normal(9, 200) + 0.002])

    percentile = kelly.kelly_interval(values, method="percentile")
    bca = kelly.kelly_interval(values, method="bca")

    # A sample symmetric about its mean has hardly any of either.
    width = percentile.upper - percentile.lower
    assert bca.lower == pytest.approx(percentile.lower, abs=0.1 * width)
    assert bca.upper == pytest.approx(percentile.upper, abs=0.1 * width)


def test_bca_follows_its_formula():
    values = skewed(11)
    found = kelly.kelly_interval(values, fraction="two_point", seed=3, draws=1000)

    estimator = ESTIMATORS["two_point"]
    rows = next(resampling.resamples(values, 1000, 1, 3))
    drawn = np.sort(estimator.estimate(rows))
    norm = NormalDist()
    bias = norm.inv_cdf(float(np.mean(drawn < found.estimate)))
    skips = np.array(
        [estimator.estimate(np.delete(values, i)[np.newaxis])[0] for i in range(80)]
    )
    off = skips.mean() - skips
    a = (off**3).sum() / (6 * (off**2).sum() ** 1.5)  # Efron 1987's jackknife
    z = norm.inv_cdf(0.025)
    share = norm.cdf(bias + (bias + z) / (1 - a * (bias + z)))
    # The jackknife's acceleration differs from the influence values' by order 1/n.
    at = math.ceil(share * 1000) - 1
    assert drawn[max(at - 12, 0)] <= found.lower <= drawn[at + 12]


def test_growth_is_reported_beside_the_fraction():
    values = normal(10)
    found = kelly.kelly_interval(values)
    bet = kelly.empirical_bet(values, short=True)

    assert found.estimate == pytest.approx(bet.notional)
    assert found.growth == pytest.approx(bet.growth)
    assert found.growth_at_lower <= found.growth


@pytest.mark.realdata
@pytest.mark.parametrize("symbol", ["AAPL", "KO", "MSFT"])
def test_intervals_of_real_returns_are_wide_and_agree(real_data, symbol):
    file = real_data / "daily_adj_1999_2024" / f"{symbol}.csv.gz"
    with gzip.open(file, "rt") as lines:
        closes = [row["Adj Close"] for row in csv.DictReader(lines)]
    prices = np.array([float(c) for c in closes if c and c != "null"])[-1500:]
    returns = prices[1:] / prices[:-1] - 1

    delta = kelly.kelly_interval(returns, method="delta")
    bca = kelly.kelly_interval(returns, draws=600)

    assert delta.lower < delta.estimate < delta.upper
    width = delta.upper - delta.lower
    assert bca.lower == pytest.approx(delta.lower, abs=0.2 * width)
    assert bca.upper == pytest.approx(delta.upper, abs=0.2 * width)


@pytest.mark.parametrize(
    ("values", "options", "error", "message"),
    [
        ([0.01, -0.01], {}, DataError, "2 returns are too few; at least 30"),
        ([0.01] * 40, {}, DataError, "two gains and two losses.*received 40 and 0"),
        ([0.01] * 39 + [-0.01], {}, DataError, "received 39 and 1"),
        ([0.01] * 38 + [-0.01] * 2, {}, DataError, "no loss or no gain"),
        ([0.01, -0.01] * 20, {"confidence": 95}, ArgumentError, r"Did you mean 0\.95"),
        (
            [0.01, -0.01] * 20,
            {"method": "magic"},
            ArgumentError,
            "method must be one of",
        ),
        (
            [0.01, -0.01] * 20,
            {"fraction": "x"},
            ArgumentError,
            "fraction must be one of",
        ),
        ([0.01, -0.01] * 20, {"block": 30}, ArgumentError, "between 1 and half"),
        ([0.01, -0.01] * 20, {"draws": 10}, ArgumentError, "whole number, 100 to"),
    ],
)
def test_intervals_that_cannot_be_are_refused(values, options, error, message):
    with pytest.raises(error, match=message):
        kelly.kelly_interval(values, **options)


# Shrinkage.


def test_efron_and_morris_batting_averages():
    # B. Efron and C. Morris, "Stein's Paradox in Statistics", Scientific American
    # 236(5), 1977: 18 batting averages after 45 at-bats; grand mean .265, shrinking
    # factor .212, Clemente's .400 becomes .294 and Alvis' .156 becomes .242.
    averages = [.400, .378, .356, .333, .311, .311, .289, .267, .244, .244, .222, .222,
                .222, .222, .222, .200, .178, .156]  # fmt: skip
    mean = np.mean(averages)

    shrunk = kelly.james_stein(averages, mean * (1 - mean) / 45)

    assert shrunk.target == pytest.approx(0.265, abs=5e-4)
    assert shrunk.kept == pytest.approx(0.212, abs=5e-4)
    assert shrunk.means[0] == pytest.approx(0.294, abs=5e-4)
    assert shrunk.means[-1] == pytest.approx(0.242, abs=5e-4)


def test_shrinking_lowers_the_error_of_many_means():
    rng = np.random.default_rng(12)
    true = rng.normal(0, 1, 12)
    plain = shrunk = 0.0
    for _ in range(400):
        seen = true + rng.normal(0, 1, 12)
        plain += np.sum((seen - true) ** 2)
        shrunk += np.sum((kelly.james_stein(seen, 1.0).means - true) ** 2)

    assert shrunk < 0.8 * plain


def test_the_target_is_the_mean_of_the_minimum_variance_portfolio():
    spread = np.array([[0.04, 0.01, 0, 0], [0.01, 0.09, 0, 0], [0, 0, 0.16, 0],
                       [0, 0, 0, 0.01]])  # fmt: skip
    means = np.array([0.1, 0.2, 0.3, 0.05])

    weights = np.linalg.solve(spread, np.ones(4))

    found = kelly.james_stein(means, spread)
    assert found.target == pytest.approx(weights @ means / weights.sum())


@given(st.floats(0.05, 2), st.integers(2, 500), st.integers(1, 20))
def test_the_cautious_part_maximises_the_mean_growth(sharpe, periods, assets):
    part = kelly.cautious_part(sharpe, periods, assets)

    def growth(c):  # E[c w'mu - c^2 w'Sw / 2], with the mean of e'Se = assets/periods
        return c * sharpe**2 - c**2 / 2 * (sharpe**2 + assets / periods)

    assert 0 < part <= 1
    for other in (part * 0.9, part * 1.1):
        assert growth(other) <= growth(part)


def test_the_exact_cautious_part_is_best_in_simulation():
    # Kan and Zhou 2007, equation 17.
    assets, periods, sharpe = 4, 40, 0.4
    mu = np.full(assets, sharpe / math.sqrt(assets))
    rng = np.random.default_rng(13)
    gain = square = 0.0
    for _ in range(4000):
        sample = rng.normal(mu, 1, (periods, assets))
        cov = np.cov(sample.T, ddof=0)
        w = np.linalg.solve(cov, sample.mean(axis=0))
        gain += w @ mu
        square += w @ w

    part = kelly.cautious_part(sharpe, periods, assets, exact=True)
    # gain/square is known to about 2 %.
    assert part == pytest.approx(gain / square, rel=0.06)


def test_a_record_of_bets_is_believed_as_far_as_it_reaches():
    # Posterior mean (6 + 1)/(10 + 2): Laplace's rule of succession.
    assert kelly.bayes_bet(6, 4).fraction_at_risk == pytest.approx(2 * 7 / 12 - 1)
    assert kelly.bayes_bet(0, 0).fraction_at_risk == 0
    assert kelly.bayes_bet(6000, 4000).fraction_at_risk == pytest.approx(0.2, abs=1e-4)


def test_the_bayesian_bet_maximises_growth_under_the_posterior():
    belief = stats.beta(7, 5)

    def growth(f):
        return integrate.quad(
            lambda p: (
                belief.pdf(p) * (p * math.log1p(2 * f) + (1 - p) * math.log1p(-f))
            ),
            0,
            1,
        )[0]

    bet = kelly.bayes_bet(6, 4, 2.0)
    assert growth(bet.notional) == pytest.approx(bet.growth, rel=1e-9)
    assert growth(bet.notional) > max(
        growth(bet.notional - 0.02), growth(bet.notional + 0.02)
    )


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: kelly.james_stein([1, 2, 3], 1.0), ArgumentError, "must be 4 or more"),
        (
            lambda: kelly.james_stein([1, 2, 3, 4], np.zeros((4, 4))),
            DataError,
            "definite",
        ),
        (
            lambda: kelly.james_stein([1, 2, 3, 4], np.eye(3)),
            DataError,
            "must be 4 x 4",
        ),
        (lambda: kelly.bayes_bet(-1, 2), ArgumentError, "whole number from 0"),
        (
            lambda: kelly.bayes_bet(1, 2, prior=(0, 1)),
            ArgumentError,
            "must be positive",
        ),
        (lambda: kelly.cautious_part(1, 0), ArgumentError, "whole number from 1"),
        (lambda: kelly.cautious_part(1, 8, 4, exact=True), ArgumentError, "exceed"),
    ],
)
def test_shrinkage_refuses_what_it_cannot_do(call, error, message):
    with pytest.raises(error, match=message):
        call()


# Covariance.


def drawn_table(periods, assets, seed):
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(assets, assets))
    return rng.normal(size=(periods, assets)) @ mixing * 0.01


@given(tables)
def test_shrinkage_agrees_with_scikit_learn(shape):
    values = drawn_table(*shape)

    for ours, theirs in (
        (covariance.ledoit_wolf, sk_ledoit_wolf),
        (covariance.oas, sk_oas),
    ):
        matrix, weight = theirs(values)
        found = ours(values)
        assert found.shrinkage == pytest.approx(weight, abs=1e-9)
        assert found.matrix == pytest.approx(matrix, rel=1e-9, abs=1e-15)


def slow_constant_correlation(values):
    """Appendix B of the paper, sum by sum."""
    n, p = values.shape
    x = values - values.mean(axis=0)
    s = x.T @ x / n
    r = [[s[i, j] / math.sqrt(s[i, i] * s[j, j]) for j in range(p)] for i in range(p)]
    common = 2 / ((p - 1) * p) * sum(r[i][j] for i in range(p) for j in range(i + 1, p))
    target = np.array(
        [
            [s[i, i] if i == j else common * math.sqrt(s[i, i] * s[j, j])
             for j in range(p)] for i in range(p)
        ]
    )  # fmt: skip
    pi = [[np.mean((x[:, i] * x[:, j] - s[i, j]) ** 2) for j in range(p)]
          for i in range(p)]  # fmt: skip

    def theta(k, i, j):
        return np.mean((x[:, k] ** 2 - s[k, k]) * (x[:, i] * x[:, j] - s[i, j]))

    rho = sum(pi[i][i] for i in range(p))
    for i in range(p):
        for j in range(p):
            if i != j:
                rho += common / 2 * (
                    math.sqrt(s[j, j] / s[i, i]) * theta(i, i, j)
                    + math.sqrt(s[i, i] / s[j, j]) * theta(j, i, j)
                )  # fmt: skip
    gamma = np.sum((target - s) ** 2)
    weight = min(max((np.sum(pi) - rho) / gamma / n, 0), 1)
    return weight * target + (1 - weight) * s, weight


@given(tables)
def test_constant_correlation_agrees_with_the_paper_sum_by_sum(shape):
    values = drawn_table(*shape)
    if values.shape[1] == 2:
        return  # two assets have one correlation: sample and target are the same

    matrix, weight = slow_constant_correlation(values)

    found = covariance.constant_correlation(values)
    assert found.shrinkage == pytest.approx(weight, abs=1e-7)
    assert found.matrix == pytest.approx(matrix, rel=1e-6, abs=1e-14)


@given(tables)
def test_the_sample_and_the_weighted_covariance_are_those_of_numpy(shape):
    values = drawn_table(*shape)

    assert covariance.sample(values).matrix == pytest.approx(np.cov(values.T), rel=1e-9)
    weights = 0.9 ** np.arange(len(values))[::-1]
    slow = sum(w * np.outer(r, r) for w, r in zip(weights, values, strict=True))
    found = covariance.ewma(values, decay=0.9).matrix
    assert found == pytest.approx(slow / weights.sum(), rel=1e-9)


@given(tables, st.sampled_from(["ledoit_wolf", "oas", "constant_correlation"]))
def test_shrunk_matrices_are_covariances(shape, method):
    found = covariance.covariance(drawn_table(*shape), method)

    assert 0 <= found.shrinkage <= 1
    assert found.matrix == pytest.approx(found.matrix.T)
    least = np.linalg.eigvalsh(found.matrix)[0]
    assert least >= -1e-12 * np.trace(found.matrix)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: covariance.sample([[0.1, 0.2]]), DataError, "1 periods are too few"),
        (lambda: covariance.sample([0.1, 0.2]), DataError, "two-dimensional"),
        (lambda: covariance.oas([[0.1, np.nan]] * 3), DataError, r"\[0, 1\] is nan"),
        (lambda: covariance.ewma([[0.1]], decay=1), ArgumentError, "decay must lie"),
        (lambda: covariance.covariance([[0.1]], "best"), ArgumentError, "one of"),
        (lambda: covariance.constant_correlation([[0.1, 0.2], [0.1, 0.3]]), DataError,
         "column 0 is constant"),
    ],
)  # fmt: skip
def test_covariance_refuses_what_has_none(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_market_that_stands_still_is_shrunk_to_nothing():
    assert covariance.ledoit_wolf([[0.1, 0.1]] * 5).matrix == pytest.approx(0)


def test_a_seed_or_prior_that_is_none_is_refused():
    sample = np.random.default_rng(0).normal(0.001, 0.01, 100)
    with pytest.raises(ArgumentError, match="seed must be a whole number from 0"):
        kelly.kelly_interval(sample, seed=-1)
    for prior in ((1.0,), (1.0, 1.0, 1.0), 1.0):
        with pytest.raises(ArgumentError, match="prior must be two numbers"):
            kelly.bayes_bet(6, 4, prior=prior)


def test_shrinking_refuses_half_of_a_covariance():
    # Only the lower triangle would be looked at, and be taken for the whole.
    lopsided = np.eye(4)
    lopsided[0, 1] = 0.5

    with pytest.raises(DataError, match="symmetric"):
        kelly.james_stein([0.1, 0.2, 0.3, 0.4], lopsided)


def test_a_sharpe_ratio_beyond_squares_is_trusted_whole():
    assert kelly.cautious_part(1e200, 10) == 1.0
    assert kelly.cautious_part(1e-200, 10) == 0.0


def test_overbetting_between_far_goals_does_not_overflow():
    # As the part grows without bound k goes to -1: (1 - floor) / (goal - floor).
    found = kelly.chance_of_reaching_first(1e300, 1e-300, 1e9)

    assert found == pytest.approx(1e-300, rel=1e-5)
    assert kelly.chance_of_reaching_first(2, 0.5, 4) == pytest.approx(
        (1 - 0.5**0.5) / (2**0.5 - 0.5**0.5), rel=1e-12
    )
