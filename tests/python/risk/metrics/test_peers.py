"""Independent libraries agree on random and on real series.

Deliberate differences, each shown below
- empyrical's value at risk is the interpolated quantile with its sign kept (a return);
  its conditional one takes a whole number of returns, so it agrees where
  n (1 - level) is whole.
- empyrical's and skfolio's drawdowns are negative, or in log space unless compounded.
- empyrical's information about a constant series is NaN; here it is an error.
- arch starts the variance from an exponentially weighted mean unless it is given.
"""

from __future__ import annotations

import csv
import gzip

import numpy as np
import pytest

from ai_trading.risk import metrics as m

empyrical = pytest.importorskip("empyrical")


def closing_prices(folder):
    """Adjusted closes of a stock, 1999 to 2024."""
    with gzip.open(folder / "daily_adj_1999_2024" / "JPM.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    column = next(name for name in rows[0] if "adj" in name.lower())
    return np.array([float(row[column]) for row in rows if row[column] != "null"])


@pytest.fixture(params=["random", "heavy", "real"])
def values(request):
    if request.param == "real":
        folder = request.getfixturevalue("real_data")
        return m.returns_of(closing_prices(folder))
    rng = np.random.default_rng(2)
    if request.param == "random":
        return rng.normal(5e-4, 0.01, 2000)
    return np.maximum(rng.standard_t(3, 2000) * 0.01, -0.5)


EMPYRICAL = {
    "sharpe_ratio": m.sharpe_ratio,
    "sortino_ratio": m.sortino_ratio,
    "calmar_ratio": m.calmar_ratio,
    "omega_ratio": m.omega_ratio,
    "annual_return": m.annual_return,
    "annual_volatility": m.annual_volatility,
    "tail_ratio": m.tail_ratio,
    "stability_of_timeseries": m.stability,
}


@pytest.mark.parametrize("name", EMPYRICAL)
def test_empyrical_agrees(values, name):
    ours = EMPYRICAL[name](values)

    assert ours == pytest.approx(getattr(empyrical, name)(values), rel=1e-8)


def test_empyrical_agrees_about_tails_with_the_other_sign(values):
    size = values.size // 20 * 20
    part = values[:size]

    assert m.max_drawdown(part) == pytest.approx(-empyrical.max_drawdown(part))
    assert m.value_at_risk(part, 0.95, estimator="interpolation") == pytest.approx(
        -empyrical.value_at_risk(part, 0.05)
    )


def test_empyrical_agrees_about_the_benchmark(values):
    rng = np.random.default_rng(8)
    benchmark = 0.7 * values + rng.normal(0, 0.004, values.size)

    alpha, beta = m.alpha_beta(values, benchmark)
    theirs = empyrical.alpha_beta_aligned(values, benchmark)

    assert (alpha, beta) == pytest.approx(tuple(theirs), rel=1e-8)
    capture = m.capture(values, benchmark, periods=1)
    assert capture.up == pytest.approx(
        (1 + empyrical.annual_return(values[benchmark > 0], period="yearly") - 1)
        / empyrical.annual_return(benchmark[benchmark > 0], period="yearly"),
        rel=1e-7,
    )


def test_empyrical_rolls_the_same_drawdowns(values):
    theirs = empyrical.roll_max_drawdown(values[:600], 100)

    assert m.rolling_max_drawdown(values[:600], 100) == pytest.approx(
        -theirs, abs=1e-12
    )


def test_skfolio_agrees(values):
    measures = pytest.importorskip("skfolio.measures")
    tail = m.historical(values, 0.95)

    assert tail.expected_shortfall == pytest.approx(
        measures.cvar(values, beta=0.95), rel=1e-9
    )
    assert m.downside_deviation(values, target=0.0) ** 2 == pytest.approx(
        measures.semi_variance(values, min_acceptable_return=0.0)
        * (values.size - 1)
        / values.size,
        rel=1e-9,
    )
    curve = measures.get_drawdowns(values, compounded=True)
    # skfolio counts the first value as the first high; here 1 before it is.
    if values[0] >= 0:
        assert m.drawdown_series(values) == pytest.approx(-curve, abs=1e-12)
        assert m.conditional_drawdown_at_risk(values, 0.9) == pytest.approx(
            measures.cdar(curve, beta=0.9), rel=1e-9
        )


def test_arch_agrees_about_the_likelihood_and_the_fit(values):
    arch = pytest.importorskip("arch")
    scaled = 100 * values
    start = float(np.var(scaled))
    model = arch.arch_model(scaled, mean="Constant", vol="GARCH", p=1, q=1)
    theirs = model.fit(disp="off", backcast=start, tol=1e-12)

    ours = m.fit_garch(scaled, start_variance=start)

    assert ours.log_likelihood == pytest.approx(theirs.loglikelihood, rel=1e-6)
    assert ours.log_likelihood >= theirs.loglikelihood - 1e-4
    if ours.alpha > 0.02:  # otherwise the likelihood is flat in beta
        found = [ours.mean, ours.omega, ours.alpha, ours.beta]
        assert found == pytest.approx(list(theirs.params), rel=0.02, abs=2e-3)


def test_arch_has_the_same_variances_for_the_same_parameters():
    arch = pytest.importorskip("arch")
    from ai_trading._core import stats

    rng = np.random.default_rng(1)
    values = rng.normal(0, 1, 1500)
    model = arch.arch_model(values, mean="Constant", vol="GARCH", p=1, q=1)
    parameters = [0.01, 0.05, 0.08, 0.9]
    theirs = model.fix(parameters)
    start = theirs.model.volatility.backcast(values - values.mean())

    ours = stats.garch_variances(values, *parameters, start)

    assert np.sqrt(ours[:-1]) == pytest.approx(theirs.conditional_volatility, rel=1e-12)
    assert stats.garch_likelihood(values, *parameters, start) == pytest.approx(
        theirs.loglikelihood, rel=1e-12
    )


def test_scipy_agrees_about_distributions():
    scipy = pytest.importorskip("scipy.stats")
    from ai_trading.risk.metrics import distributions as d

    for p in (1e-9, 0.001, 0.05, 0.3, 0.5, 0.9, 0.999):
        for nu in (1.1, 2.5, 4.0, 30.0, 400.0):
            assert d.student_quantile(p, nu) == pytest.approx(
                scipy.t.ppf(p, nu), rel=1e-9, abs=1e-12
            )
    for x in (0.01, 1.0, 3.84, 20.0, 80.0):
        for k in (1, 2, 7):
            assert d.chi_squared_sf(x, k) == pytest.approx(
                scipy.chi2.sf(x, k), rel=1e-9
            )
    for count in (0, 3, 9, 250):
        assert d.binomial_cdf(count, 250, 0.01) == pytest.approx(
            scipy.binom.cdf(count, 250, 0.01), rel=1e-10
        )


def test_scipy_fits_the_same_tails():
    scipy = pytest.importorskip("scipy.stats")
    values = np.random.default_rng(0).standard_t(4, 3000) * 0.01

    student = m.fit_student(values)
    tail = m.fit_pareto_tail(values)

    nu, location, scale = scipy.t.fit(values)
    assert student.degrees == pytest.approx(nu, rel=1e-3)
    assert student.scale == pytest.approx(scale, rel=1e-3)
    assert student.location == pytest.approx(location, abs=1e-6)
    losses = -values
    shape, _, size = scipy.genpareto.fit(
        losses[losses > tail.threshold] - tail.threshold, floc=0
    )
    assert tail.shape == pytest.approx(shape, abs=2e-3)
    assert tail.scale == pytest.approx(size, rel=2e-3)


def test_scikit_learn_has_the_same_covariance_behind_the_components():
    covariance = pytest.importorskip("sklearn.covariance")
    rng = np.random.default_rng(6)
    table = rng.normal(0, 0.01, (300, 4)) @ rng.normal(size=(4, 4))
    theirs = covariance.EmpiricalCovariance().fit(table).covariance_
    amounts = np.array([1.0, 2.0, -1.0, 0.5])

    split = m.gaussian_contributions(amounts, theirs, 0.99)

    whole = m.normal_risk(0.0, float((table @ amounts).std()), 0.99)
    assert split.total == pytest.approx(whole.value_at_risk, rel=1e-10)
