"""Simulated tails: the right distribution, repeatable, and better where it says so."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ai_trading._core import stats
from ai_trading.risk import metrics as m
from ai_trading.risk.metrics.distributions import normal_cdf, normal_quantile
from ai_trading.risk.metrics.simulation import LATTICE_MULTIPLIERS, lattice_error

COVARIANCE = np.array([[4.0, 1.0, 0.5], [1.0, 2.0, -0.3], [0.5, -0.3, 1.0]]) * 1e-4
AMOUNTS = np.array([100.0, -50.0, 80.0])
EXACT = normal_quantile(0.99) * math.sqrt(AMOUNTS @ COVARIANCE @ AMOUNTS)


def test_normals_have_a_normal_distribution():
    draws = stats.normals(2026, 400_000)

    # Kolmogorov-Smirnov: 1.95 / sqrt(n) is exceeded once in a thousand seeds.
    order = np.sort(draws)
    cdf = np.array([normal_cdf(float(x)) for x in order[::100]])
    ranks = np.arange(0, order.size, 100) / order.size
    assert np.abs(cdf - ranks).max() < 1.95 / math.sqrt(order.size)
    assert np.abs(np.corrcoef(draws[:-8], draws[8:])[0, 1]) < 0.006
    for lag in range(1, 9):
        assert abs(float(draws[lag:] @ draws[:-lag])) / draws.size < 0.006


def test_a_seed_means_the_same_everywhere():
    # The generator does no arithmetic that a processor may round otherwise.
    draws = stats.normals(7, 1000)

    assert stats.normals(7, 1000).tolist() == draws.tolist()
    assert stats.normals(8, 1000).tolist() != draws.tolist()
    assert stats.normals(7, 256).tolist() == draws[:256].tolist()


@pytest.mark.parametrize("p", [1e-300, 1e-20, 1e-5, 0.02, 0.3, 0.5, 0.77, 1 - 1e-12])
def test_the_normal_quantile_is_the_standard_librarys(p):
    assert stats.normal_quantile(p) == pytest.approx(normal_quantile(p), rel=1e-14)


@pytest.mark.parametrize("method", ["random", "antithetic", "quasi"])
def test_returns_have_the_covariance_that_was_asked_for(method):
    found = m.simulate_returns(COVARIANCE, 65_536, mean=[0.1, 0.0, -0.1], method=method)

    assert np.cov(found.T) == pytest.approx(COVARIANCE, abs=6e-6)
    assert found.mean(axis=0) == pytest.approx([0.1, 0.0, -0.1], abs=3e-4)


@pytest.mark.parametrize("assets", [1, 3, 11, 12, 13, 25])
@pytest.mark.parametrize("rows", [2, 63, 64, 130])
def test_the_kernel_multiplies_as_numpy_does(assets, rows):
    rng = np.random.default_rng(assets)
    root = rng.normal(size=(assets, assets))
    lower, mean = np.linalg.cholesky(root @ root.T), rng.normal(size=assets)
    normals, held = rng.normal(size=(rows, assets)), rng.normal(size=assets)

    for factor, triangular in ((lower, True), (root, False)):
        found, earned = stats.transform(normals, mean, factor, held, triangular)
        expected = normals @ factor.T + mean
        assert found == pytest.approx(expected, rel=1e-11, abs=1e-11)
        assert earned == pytest.approx(expected @ held, rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("method", ["random", "antithetic"])
def test_the_tail_is_the_normal_one(method):
    found = m.monte_carlo(AMOUNTS, COVARIANCE, 0.99, scenarios=100_000, method=method)

    assert abs(found.risk.value_at_risk - EXACT) < 4 * found.standard_error
    assert found.standard_error < 0.02 * EXACT


def test_antithetic_rows_mirror_each_other():
    found = m.simulate_returns(COVARIANCE, 1000, mean=[1, 2, 3], method="antithetic")

    assert found[:500] + found[500:] == pytest.approx(
        np.broadcast_to([2.0, 4.0, 6.0], (500, 3)), abs=1e-12
    )


def test_quasi_random_points_are_closer_than_random_ones():
    errors = {"random": [], "quasi": []}
    for method, found in errors.items():
        for seed in range(20):
            risk = m.monte_carlo(
                AMOUNTS, COVARIANCE, 0.99, scenarios=4096, method=method, seed=seed
            ).risk
            found.append(risk.value_at_risk - EXACT)

    spread = {method: np.sqrt(np.mean(np.square(e))) for method, e in errors.items()}
    assert spread["quasi"] < 0.5 * spread["random"]


@pytest.mark.parametrize("rows", [1024, 4096])
def test_the_lattice_is_better_than_others_of_its_kind(rows):
    chosen = lattice_error(rows, LATTICE_MULTIPLIERS[rows])
    rng = np.random.default_rng(1)

    others = [
        lattice_error(rows, int(a) * 8 + 5) for a in rng.integers(1, rows // 8, 12)
    ]

    assert chosen < min(others)


def test_heavy_tails_have_the_covariance_and_a_heavier_tail():
    normal = m.monte_carlo(AMOUNTS, COVARIANCE, 0.995, scenarios=200_000)
    heavy = m.monte_carlo(AMOUNTS, COVARIANCE, 0.995, scenarios=200_000, degrees=4)

    assert np.cov(heavy.returns.T) == pytest.approx(COVARIANCE, abs=2e-5)
    exact = m.student_risk(0.0, EXACT / normal_quantile(0.99), 4, 0.995)
    assert heavy.risk.value_at_risk == pytest.approx(exact.value_at_risk, rel=0.03)
    assert heavy.risk.value_at_risk > normal.risk.value_at_risk


def test_full_revaluation_sees_what_a_delta_cannot():
    # A straddle: what it earns is the size of the move less what it costs.
    def straddle(returns):
        return np.abs(returns[:, 0]) - 0.01

    found = m.monte_carlo(
        [1.0], [[1e-4]], 0.95, scenarios=50_000, revalue=straddle, seed=3
    )

    # It loses most where nothing moves: the 5 % smallest moves.
    exact = 0.01 - 0.01 * normal_quantile(0.525)
    assert found.risk.value_at_risk == pytest.approx(exact, rel=0.01)
    assert found.risk.expected_shortfall <= 0.01


def test_a_singular_covariance_is_simulated():
    twin = np.array([[1.0, 1.0], [1.0, 1.0]])

    found = m.simulate_returns(twin, 100)

    assert found[:, 0] == pytest.approx(found[:, 1], abs=1e-12)


def test_horizons():
    rng = np.random.default_rng(9)
    values = rng.normal(0.0, 0.01, 5000)
    one = m.value_at_risk(values)

    risks = {
        method: m.horizon_risk(values, 10, method=method).value_at_risk
        for method in ("root", "overlapping", "disjoint", "bootstrap")
    }

    assert risks["root"] == pytest.approx(one * math.sqrt(10))
    for risk in risks.values():
        assert risk == pytest.approx(risks["root"], rel=0.2)
    assert m.horizon_risk(values, 1).value_at_risk == pytest.approx(one, abs=1e-12)


def test_filtered_historical_follows_todays_volatility():
    rng = np.random.default_rng(10)
    calm, wild = rng.normal(0, 0.005, 600), rng.normal(0, 0.03, 100)

    after_storm = m.filtered_historical(np.concatenate((calm, wild)), 0.99)
    after_calm = m.filtered_historical(np.concatenate((wild, calm)), 0.99)

    assert after_storm.value_at_risk > 2 * after_calm.value_at_risk
    longer = m.filtered_historical(np.concatenate((wild, calm)), 0.99, horizon=5)
    assert longer.value_at_risk > 1.5 * after_calm.value_at_risk


def test_a_garch_that_was_simulated_is_found_again():
    rng = np.random.default_rng(12)
    shocks = rng.normal(size=20_000)
    h, values = 1e-4, np.empty_like(shocks)
    for i, shock in enumerate(shocks):
        values[i] = math.sqrt(h) * shock
        h = 2e-6 + 0.08 * values[i] ** 2 + 0.9 * h

    fit = m.fit_garch(values)

    assert fit.alpha == pytest.approx(0.08, abs=4 * fit.errors[2])
    assert fit.beta == pytest.approx(0.90, abs=4 * fit.errors[3])
    assert fit.forecast(2000)[-1] == pytest.approx(fit.long_run_variance, rel=1e-6)


def test_the_slopes_of_the_likelihood_are_its_slopes():
    values = np.random.default_rng(13).normal(0, 1, 500)
    point = [0.02, 0.1, 0.1, 0.8]

    _, slopes, _ = stats.garch_slopes(values, *point)

    for k in range(4):
        up, down = point.copy(), point.copy()
        up[k] += 1e-6
        down[k] -= 1e-6
        rise = stats.garch_likelihood(values, *up) - stats.garch_likelihood(
            values, *down
        )
        assert slopes[k] == pytest.approx(rise / 2e-6, rel=1e-5, abs=1e-4)
