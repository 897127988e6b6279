"""Fitted impact: exact data, SciPy, and Monte Carlo recovery with honest errors."""

from __future__ import annotations

import numpy as np
import pytest

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.execution.impact import (
    Propagator,
    fit_almgren,
    fit_fixed,
    fit_i_star,
    fit_obizhaeva_wang,
    fit_power,
    fit_propagator,
    fit_spread,
    fit_volume_share,
)
from ai_trading.execution.impact.models import (
    Almgren2005,
    IStar,
    MarketState,
    SquareRoot,
)


def orders(n, seed):
    rng = np.random.default_rng(seed)
    volume = 10 ** rng.uniform(5.5, 7.5, n)
    return {
        "quantity": volume * 10 ** rng.uniform(-3.5, -0.7, n),
        "daily_volume": volume,
        "volatility": rng.uniform(0.008, 0.035, n),
    }, rng


def costs(model, rows, **more):
    return np.array(
        [
            model.bps(
                q,
                MarketState(
                    price=50,
                    daily_volume=v,
                    volatility=s,
                    **{"shares_outstanding": o} if o else {},
                ),
                duration=d,
            )
            for q, v, s, o, d in zip(
                rows["quantity"],
                rows["daily_volume"],
                rows["volatility"],
                more.get("outstanding", [None] * len(rows["quantity"])),
                more.get("duration", [1.0] * len(rows["quantity"])),
                strict=True,
            )
        ]
    )


def test_a_square_root_is_recovered_as_scipy_recovers_it():
    optimize = pytest.importorskip("scipy.optimize")
    rows, rng = orders(2000, 1)
    true = costs(SquareRoot(coefficient=0.9, exponent=0.55), rows)
    paid = true + 1e4 * rows["volatility"] * rng.normal(0, 0.3, 2000)

    fit = fit_power(**rows, cost=paid, robust=False)
    share = rows["quantity"] / rows["daily_volume"]
    theirs, covariance = optimize.curve_fit(
        lambda x, y, d: y * x**d, share, paid / (1e4 * rows["volatility"]), (1, 0.5)
    )

    mine = [fit.estimates["coefficient"], fit.estimates["exponent"]]
    errors = [fit.standard_errors["coefficient"], fit.standard_errors["exponent"]]
    np.testing.assert_allclose(mine, theirs, rtol=1e-5)
    np.testing.assert_allclose(errors, np.sqrt(np.diag(covariance)), rtol=1e-3)


@pytest.mark.parametrize("robust", [True, False])
def test_intervals_of_the_square_root_cover_the_truth_as_often_as_they_say(robust):
    inside = np.zeros(2)
    runs = 300
    for seed in range(runs):
        rows, rng = orders(400, 1000 + seed)
        share = rows["quantity"] / rows["daily_volume"]
        sigma = 1e4 * rows["volatility"]
        paid = sigma * (0.9 * share**0.55 + rng.normal(0, 0.1, 400))
        fit = fit_power(**rows, cost=paid, robust=robust)
        for i, (name, true) in enumerate(
            {"coefficient": 0.9, "exponent": 0.55}.items()
        ):
            low, high = fit.interval(name)
            inside[i] += low < true < high

    # 95 % of 300 has a standard error of 1.3 %.
    assert np.all(np.abs(inside / runs - 0.95) < 0.045)


def test_robust_errors_see_noise_that_grows_with_the_order():
    estimates, errors = [], []
    for seed in range(150):
        rows, rng = orders(400, seed)
        share = rows["quantity"] / rows["daily_volume"]
        paid = 1e4 * rows["volatility"] * share**0.5 * (1 + rng.normal(0, 1, 400))
        fit = fit_power(**rows, cost=paid, exponent=0.5)
        estimates.append(fit.estimates["coefficient"])
        errors.append(fit.standard_errors["coefficient"])

    assert np.mean(errors) == pytest.approx(np.std(estimates), rel=0.2)


def test_almgrens_parameters_are_recovered_from_their_own_orders():
    truth = Almgren2005()
    estimates = []
    for seed in range(40):
        rows, rng = orders(3000, seed)
        outstanding = rows["daily_volume"] * 10 ** rng.uniform(1.5, 3, 3000)
        duration = rng.uniform(0.05, 0.8, 3000)
        sigma = 1e4 * rows["volatility"]
        kept = truth_permanent(rows, outstanding) + sigma * rng.normal(0, 0.05, 3000)
        spent = costs(truth, rows, outstanding=outstanding, duration=duration)
        paid = spent + 0.5 * (kept - truth_permanent(rows, outstanding))
        paid += sigma * rng.normal(0, 0.02, 3000)
        fit = fit_almgren(
            **rows,
            shares_outstanding=outstanding,
            duration=duration,
            permanent=kept,
            total=paid,
        )
        estimates.append([fit.estimates[k] for k in ("gamma", "delta", "eta", "beta")])
        last = fit

    mean, deviation = np.mean(estimates, axis=0), np.std(estimates, axis=0)
    for i, (name, true) in enumerate(
        {"gamma": 0.314, "delta": 0.25, "eta": 0.142, "beta": 0.6}.items()
    ):
        assert mean[i] == pytest.approx(true, abs=4 * deviation[i] / np.sqrt(40))
        assert last.standard_errors[name] == pytest.approx(deviation[i], rel=0.45)


def truth_permanent(rows, outstanding):
    share = rows["quantity"] / rows["daily_volume"]
    turnover = outstanding / rows["daily_volume"]
    return 1e4 * 0.314 * rows["volatility"] * share * turnover**0.25


def test_i_star_is_recovered_without_noise_and_its_errors_shrink_with_data():
    fits = []
    truth = IStar(b1=0.8)
    for n in (500, 8000):
        rows, rng = orders(n, n)
        duration = 10 ** rng.uniform(-2, 0, n)
        exact = costs(truth, rows, duration=duration)
        noise = 1e4 * rows["volatility"] * rng.normal(0, 0.02, n)
        fits.append(fit_i_star(**rows, duration=duration, cost=exact + noise))
    clean = fit_i_star(**rows, duration=duration, cost=exact)

    for name in ("a1", "a2", "a3", "a4", "b1"):
        true = getattr(truth, name)
        assert clean.estimates[name] == pytest.approx(true, rel=1e-5)
        low, high = fits[1].interval(name, z=4)
        assert low < true < high
        assert fits[1].standard_errors[name] < 0.6 * fits[0].standard_errors[name]


def market(n, seed, model):
    """Trades whose signs follow each other, and the prices they make."""
    rng = np.random.default_rng(seed)
    keep = rng.random(n) < 0.8
    signs = np.where(rng.random(n) < 0.5, 1.0, -1.0)
    for i in range(1, n):
        if keep[i]:
            signs[i] = signs[i - 1]
    lags = np.arange(n)
    kernel = model.scale * model.left(lags.astype(float))
    spectrum = np.fft.rfft(signs, 2 * n) * np.fft.rfft(kernel, 2 * n)
    shift = np.fft.irfft(spectrum, 2 * n)[:n]
    walk = np.cumsum(rng.normal(0, 0.5, n + 1))
    return signs, 100 * np.exp((np.concatenate([[0.0], shift]) + walk) / 1e4)


def test_a_propagator_is_recovered_from_trades_that_follow_each_other():
    truth = Propagator(scale=1.5, concavity=0, timescale=3, exponent=0.5)

    signs, prices = market(40_000, 4, truth)
    fit, kernel, errors = fit_propagator(signs, prices, lags=60)

    wanted = truth.scale * truth.left(np.arange(60.0))
    assert np.mean(np.abs(kernel - wanted) < 2.5 * errors) > 0.9
    for name in ("scale", "timescale", "exponent"):
        low, high = fit.interval(name, z=3.5)
        assert low < getattr(truth, name) < high


def test_intervals_of_the_propagator_cover_the_truth():
    truth = Propagator(scale=1.5, concavity=0, timescale=3, exponent=0.5)
    inside, runs = 0, 60
    for seed in range(runs):
        fit, _, _ = fit_propagator(*market(6_000, seed, truth), lags=40)
        low, high = fit.interval("scale")
        inside += low < 1.5 < high

    assert inside / runs > 0.85


def test_a_refilling_book_is_recovered_with_honest_errors():
    estimates, errors = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        n = 4000
        times = np.cumsum(rng.exponential(1.0, n))
        volumes = rng.normal(0, 100, n)
        state, price = 0.0, np.empty(n)
        moved = 0.0
        walk = np.cumsum(rng.normal(0, 0.01, n))
        for i in range(n):
            if i:
                state = (state + 4e-4 * volumes[i - 1]) * np.exp(
                    -0.5 * (times[i] - times[i - 1])
                )
                moved += 1e-4 * volumes[i - 1]
            price[i] = 50 + moved + state + walk[i]
        fit = fit_obizhaeva_wang(times, volumes, price)
        estimates.append(
            [fit.estimates[k] for k in ("resilience", "density", "permanent")]
        )
        errors.append(
            [fit.standard_errors[k] for k in ("resilience", "density", "permanent")]
        )

    mean, deviation = np.mean(estimates, axis=0), np.std(estimates, axis=0)
    np.testing.assert_allclose(
        (mean - [0.5, 2000, 1e-4]) / (deviation / np.sqrt(60)), 0, atol=4
    )
    np.testing.assert_allclose(np.mean(errors, axis=0) / deviation, 1, atol=0.35)


def test_bad_data_is_named():
    rows, _ = orders(50, 1)
    with pytest.raises(DataError, match="volatility must be above 0"):
        fit_power(**{**rows, "volatility": np.zeros(50)}, cost=np.ones(50))
    with pytest.raises(DataError, match="finite"):
        fit_power(**rows, cost=np.full(50, np.nan))
    with pytest.raises(DataError, match="2 observations cannot give 2"):
        fit_power([1, 2], [10, 10], [0.1, 0.1], [1, 2])
    same = {name: np.full(50, values[0]) for name, values in rows.items()}
    with pytest.raises(DataError, match="do not tell the parameters apart"):
        fit_power(**same, cost=np.linspace(1, 2, 50))
    with pytest.raises(DataError, match="best fit is no SquareRoot"):
        fit_power(**rows, cost=np.full(50, -10.0), exponent=0.5)
    with pytest.raises(DataError, match="volume 0 has no sign"):
        fit_propagator(np.zeros(100), np.ones(101), lags=5)
    with pytest.raises(DataError, match="ten times as many trades"):
        fit_propagator(np.ones(10), np.ones(11), lags=5)
    with pytest.raises(DataError, match="times must rise"):
        fit_obizhaeva_wang(np.zeros(20), np.ones(20), np.ones(20))


def test_a_parameter_that_was_not_fitted_has_no_interval():
    rows, _ = orders(50, 1)
    fit = fit_power(**rows, cost=costs(SquareRoot(), rows), exponent=0.5)

    with pytest.raises(ArgumentError, match="no parameter 'exponent' was fitted"):
        fit.interval("exponent")


def test_the_simple_models_are_fitted_with_the_errors_of_a_regression():
    rng = np.random.default_rng(8)
    n = 400
    spread = rng.uniform(1, 10, n)
    noise = rng.normal(0, 5, n)
    paid = 0.5 * spread + noise

    mean = fit_fixed(4 + noise, robust=False)
    share = fit_spread(spread, paid, robust=False)

    assert mean.model.cost == pytest.approx(4 + noise.mean())
    assert mean.standard_errors["cost"] == pytest.approx(
        noise.std(ddof=1) / np.sqrt(n), rel=1e-6
    )
    slope = spread @ paid / (spread @ spread)
    left = paid - slope * spread
    error = np.sqrt(left @ left / (n - 1) / (spread @ spread))
    assert share.model.share == pytest.approx(slope)
    assert share.standard_errors["share"] == pytest.approx(error, rel=1e-6)
    low, high = share.interval("share")
    assert low < 0.5 < high


def test_the_volume_share_rule_is_recovered():
    rows, rng = orders(3_000, 21)
    days = rng.uniform(0.1, 1, 3_000)
    part = rows["quantity"] / (rows["daily_volume"] * days)
    true = 1e4 * 0.1 * part**1.5
    size, volume = rows["quantity"], rows["daily_volume"]

    exact = fit_volume_share(size, volume, days, true)
    noisy = fit_volume_share(size, volume, days, true + rng.normal(0, 30, 3_000))
    fixed = fit_volume_share(size, volume, days, true, exponent=1.5)

    assert exact.model.coefficient == pytest.approx(0.1, rel=1e-5)
    assert exact.model.exponent == pytest.approx(1.5, rel=1e-5)
    for name, value in (("coefficient", 0.1), ("exponent", 1.5)):
        low, high = noisy.interval(name, z=3.3)
        assert low < value < high
    assert list(fixed.estimates) == ["coefficient"]


def test_a_cost_that_is_a_gain_fits_no_model():
    with pytest.raises(DataError, match="the best fit is no FixedBps"):
        fit_fixed([-3.0, -4.0, -5.0])
    with pytest.raises(DataError, match="2 observations cannot give 2 parameters"):
        fit_volume_share([1, 2], [9, 9], [1, 1], [1, 2])
    with pytest.raises(DataError, match="spread must be above 0"):
        fit_spread([0, 1, 2], [1, 1, 1])


@pytest.mark.parametrize("exponent", [float("inf"), float("nan"), -1.0, 1e300])
def test_an_exponent_that_no_model_has_is_refused(exponent):
    sizes, ones = np.array([1e3, 2e3, 3e3, 5e3]), np.ones(4)
    cost = np.array([1.0, 2.0, 2.5, 3.0])

    with pytest.raises(ArgumentError, match="exponent must be"):
        fit_power(sizes, 1e6 * ones, 0.02 * ones, cost, exponent=exponent)
    with pytest.raises(ArgumentError, match="exponent must be"):
        fit_volume_share(sizes, 1e6 * ones, ones, cost, exponent=exponent)
