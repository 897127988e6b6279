"""What cannot be measured is refused, with the value, what is allowed and the fix."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ai_trading.core.errors import AiTradingError, ArgumentError, DataError
from ai_trading.risk import metrics as m

GOOD = [0.01, -0.02, 0.015, -0.005, 0.02, -0.01]
LONG = list(np.random.default_rng(0).normal(0, 0.01, 400))

SERIES = {
    "historical": m.historical,
    "value_at_risk": m.value_at_risk,
    "expected_shortfall": m.expected_shortfall,
    "historical_ewma": m.historical_ewma,
    "historical_weighted": lambda r: m.historical_weighted(r, np.ones(len(r))),
    "gaussian": m.gaussian,
    "student_t": lambda r: m.student_t(r, degrees=4),
    "cornish_fisher": m.cornish_fisher,
    "fit_student": m.fit_student,
    "peaks_over_threshold": m.peaks_over_threshold,
    "fit_garch": m.fit_garch,
    "filtered_historical": m.filtered_historical,
    "horizon_risk": lambda r: m.horizon_risk(r, 2),
    "sharpe_ratio": m.sharpe_ratio,
    "sharpe_estimate": m.sharpe_estimate,
    "lo_annualization_factor": m.lo_annualization_factor,
    "total_return": m.total_return,
    "annual_return": m.annual_return,
    "annual_volatility": m.annual_volatility,
    "downside_deviation": m.downside_deviation,
    "sortino_ratio": m.sortino_ratio,
    "omega_ratio": m.omega_ratio,
    "gain_to_pain": m.gain_to_pain,
    "tail_ratio": m.tail_ratio,
    "calmar_ratio": m.calmar_ratio,
    "martin_ratio": m.martin_ratio,
    "pain_ratio": m.pain_ratio,
    "burke_ratio": m.burke_ratio,
    "skewness": m.skewness,
    "excess_kurtosis": m.excess_kurtosis,
    "stability": m.stability,
    "beta": lambda r: m.beta(r, np.arange(len(r)) * 0.01),
    "capture": lambda r: m.capture(r, np.resize([0.01, -0.01], len(r))),
    "hit_rates": m.hit_rates,
    "drawdown_series": m.drawdown_series,
    "max_drawdown": m.max_drawdown,
    "ulcer_index": m.ulcer_index,
    "pain_index": m.pain_index,
    "conditional_drawdown_at_risk": m.conditional_drawdown_at_risk,
    "drawdown_table": m.drawdown_table,
    "rolling_sharpe": lambda r: m.rolling_sharpe(r, 3),
    "rolling_max_drawdown": lambda r: m.rolling_max_drawdown(r, 3),
    "rolling_value_at_risk": lambda r: m.rolling_value_at_risk(r, 3),
    "tear_sheet": m.tear_sheet,
}
SKIPPING = (
    *("historical", "value_at_risk", "expected_shortfall", "gaussian", "sharpe_ratio"),
    *("sharpe_estimate", "total_return", "annual_return", "annual_volatility"),
    *("downside_deviation", "sortino_ratio", "omega_ratio", "gain_to_pain"),
    *("tail_ratio", "calmar_ratio", "martin_ratio", "pain_ratio", "burke_ratio"),
    *("skewness", "excess_kurtosis", "stability", "hit_rates", "drawdown_series"),
    *("max_drawdown", "ulcer_index", "pain_index", "tear_sheet"),
)
COMPOUNDING = (
    *("total_return", "annual_return", "calmar_ratio", "martin_ratio", "pain_ratio"),
    *("burke_ratio", "drawdown_series", "max_drawdown", "ulcer_index", "pain_index"),
    *("rolling_max_drawdown", "tear_sheet", "horizon_risk", "drawdown_table"),
)


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused_with_its_place(name, bad):
    values = [*LONG[:150], bad, *LONG[150:]]

    with pytest.raises(DataError, match=r"\[150\] is (nan|inf|-inf)"):
        SERIES[name](values)


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("bad", [[], [[0.1, 0.2]], 0.1, ["a", "b"]])
def test_empty_misshapen_and_wordy_input_is_refused(name, bad):
    if np.ndim(bad) == 0 and name in {"historical_weighted", "beta", "capture"}:
        return  # the helper of this test already asks for its length

    with pytest.raises(DataError, match=r"at least|dimension|number"):
        SERIES[name](bad)


@pytest.mark.parametrize("name", SKIPPING)
def test_skipping_leaves_out_what_is_missing(name):
    function = getattr(m, name)
    gaps = [math.nan, *LONG[:90], math.nan, *LONG[90:], math.nan]

    found, whole = function(gaps, missing="skip"), function(LONG)

    if name == "tear_sheet":
        assert found.missing == 3
        assert found.sharpe == whole.sharpe
        return
    assert np.array_equal(found, whole) if name == "drawdown_series" else found == whole


@pytest.mark.parametrize("name", SKIPPING)
def test_infinity_is_never_skipped(name):
    with pytest.raises(DataError, match="inf"):
        getattr(m, name)([*GOOD, math.inf, math.nan], missing="skip")


@pytest.mark.parametrize("name", COMPOUNDING)
def test_a_return_below_minus_one_is_refused(name):
    with pytest.raises(DataError, match="percent"):
        SERIES[name]([0.01, -1.5, 0.02, 0.01])


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("sharpe_ratio", 2),
        ("gaussian", 2),
        ("skewness", 3),
        ("excess_kurtosis", 4),
        ("cornish_fisher", 4),
        ("fit_student", 10),
        ("fit_garch", 100),
        ("tear_sheet", 2),
    ],
)
def test_a_short_series_is_told_how_many_are_needed(name, needed):
    with pytest.raises(DataError, match=f"needs at least {needed}"):
        SERIES[name](LONG[: needed - 1])


def test_a_tail_without_enough_peaks_says_so():
    with pytest.raises(DataError, match="at least 20"):
        m.peaks_over_threshold(LONG[:100])


@pytest.mark.parametrize(
    "name",
    [
        *("sharpe_ratio", "skewness", "excess_kurtosis", "cornish_fisher"),
        *("fit_student", "fit_garch", "lo_annualization_factor", "sharpe_estimate"),
    ],
)
@pytest.mark.parametrize("constant", [0.0, 0.1, -0.003])
def test_a_constant_series_has_no_ratio(name, constant):
    with pytest.raises(DataError, match="not vary"):
        SERIES[name]([constant] * 120)


@pytest.mark.parametrize(
    "name",
    ["sortino_ratio", "omega_ratio", "calmar_ratio", "martin_ratio", "burke_ratio"],
)
def test_without_a_loss_there_is_no_ratio_to_it(name):
    with pytest.raises(DataError, match="so there is no ratio"):
        SERIES[name]([0.01, 0.02, 0.03])


def test_a_constant_series_has_a_tear_sheet_with_gaps():
    sheet = m.tear_sheet([0.1] * 50)

    assert math.isnan(sheet.sharpe)
    assert math.isnan(sheet.sortino)
    assert math.isnan(sheet.skewness)
    assert sheet.value_at_risk == -0.1
    assert sheet.max_drawdown == 0.0


GROWING = m.returns_of(100 * 1.001 ** np.arange(600))


@pytest.mark.parametrize("values", [np.full(123_457, 0.1), GROWING])
def test_rounding_alone_makes_no_ratio(values):
    # Deviations of 1e-17 and 1e-16: ratios to them were 1e14 and more.
    sheet = m.tear_sheet(values)

    assert math.isnan(sheet.sharpe)
    assert math.isnan(sheet.skewness)
    assert math.isnan(sheet.autocorrelation)
    for function in (m.sharpe_ratio, m.skewness, m.excess_kurtosis):
        with pytest.raises(DataError, match="not vary"):
            function(values)


def test_a_constant_lead_over_a_benchmark_is_no_ratio():
    benchmark = np.array(LONG)
    for lead in (0.0, 1e-4):
        with pytest.raises(DataError, match="not vary"):
            m.information_ratio(benchmark + lead, benchmark)
        with pytest.raises(DataError, match="not vary"):
            m.sharpe_ratio(benchmark + lead, risk_free=benchmark)

    assert m.tracking_error(benchmark + 1e-4, benchmark) < 1e-16


def test_returns_whose_squares_no_double_holds_are_refused():
    values = [*LONG[:150], -1e200, 3e180, *LONG[150:]]
    for function in SERIES.values():
        with pytest.raises(DataError, match=r"\[150\] is -1e\+200; beyond 1e\+100"):
            function(values)
    for table in ("amounts", "covariance"):
        given = {"amounts": [1.0, 1.0], "covariance": np.eye(2), table: [[1e120]]}
        given["amounts"] = np.ravel(given["amounts"])
        with pytest.raises(DataError, match=r"\] is 1e\+120|must have shape"):
            m.gaussian_contributions(**given)


@pytest.mark.parametrize("name", SERIES)
def test_a_mask_is_not_taken_for_the_returns_it_was_made_of(name):
    if name in {"historical_weighted", "beta", "capture"}:
        return  # the helper of this test makes numbers of it

    with pytest.raises(DataError, match="must be numbers in 1 dimension"):
        SERIES[name](np.array(LONG) > 0.0)


def test_small_returns_keep_their_shape():
    values = np.array(LONG)

    assert m.skewness(1e-90 * values) == pytest.approx(m.skewness(values), rel=1e-9)


def test_an_excess_kurtosis_is_not_taken_for_a_kurtosis():
    # 0 is a normal distribution's excess; no distribution has less than skewness² + 1.
    for pair in ((0.0, 0.0), (-2.448, 6.9)):
        with pytest.raises(ArgumentError, match="excess"):
            m.probabilistic_sharpe_ratio(0.1, 100, *pair)


def test_a_great_many_trials_have_an_expected_maximum():
    # It grows as the root of twice the log of the trials, from below.
    found = m.expected_maximum_sharpe(10**18, 1.0)

    assert 0.9 < found / math.sqrt(2 * math.log(1e18)) < 1.0


@pytest.mark.parametrize(
    "wrong",
    [
        np.array(["2020-01-01", "2020-01-02", "2020-01-03"], dtype="datetime64[D]"),
        np.array([1, 2, 3], dtype="timedelta64[D]"),
        ["0.1", "-0.2", "0.3"],
    ],
    ids=["dates", "spans", "texts"],
)
def test_dates_and_texts_are_no_returns(wrong):
    for function in (m.historical, m.tear_sheet, m.sharpe_ratio):
        with pytest.raises(DataError, match="must be numbers"):
            function(wrong)


def test_what_is_masked_is_missing():
    values = np.ma.array([0.01, -9.0, -0.02, 0.03], mask=[False, True, False, False])

    assert m.max_drawdown(values, missing="skip") == pytest.approx(0.02)
    with pytest.raises(DataError, match=r"\[1\] is nan"):
        m.max_drawdown(values)


def dated(values, order=None):
    pandas = pytest.importorskip("pandas")
    days = pandas.date_range("2024-01-01", periods=len(values))
    series = pandas.Series(values, index=days)
    return series if order is None else series.iloc[order]


ORDERED = {
    "historical_ewma": m.historical_ewma,
    "fit_garch": m.fit_garch,
    "filtered_historical": m.filtered_historical,
    "horizon_risk": lambda r: m.horizon_risk(r, 2),
    "lo_annualization_factor": m.lo_annualization_factor,
    "calmar_ratio": m.calmar_ratio,
    "stability": m.stability,
    "max_drawdown": m.max_drawdown,
    "drawdown_table": m.drawdown_table,
    "rolling_sharpe": lambda r: m.rolling_sharpe(r, 3),
    "rolling_max_drawdown": lambda r: m.rolling_max_drawdown(r, 3),
    "rolling_value_at_risk": lambda r: m.rolling_value_at_risk(r, 3),
    "rolling_beta": lambda r: m.rolling_beta(r, r, 3),
    "tear_sheet": m.tear_sheet,
}


@pytest.mark.parametrize("name", ORDERED)
def test_unsorted_dates_are_refused_where_the_order_matters(name):
    ORDERED[name](dated(LONG))

    with pytest.raises(DataError, match="sort"):
        ORDERED[name](dated(LONG, order=slice(None, None, -1)))


def test_unsorted_dates_are_nothing_to_a_quantile():
    newest_first = dated(LONG, order=slice(None, None, -1))

    assert m.value_at_risk(newest_first, 0.95) == m.value_at_risk(LONG, 0.95)


def test_series_of_different_dates_are_not_compared():
    returns, benchmark = dated(LONG)[1:], dated(LONG)[:-1]
    for call in (
        lambda: m.beta(returns, benchmark),
        lambda: m.beta(returns, returns, risk_free=benchmark),
        lambda: m.information_ratio(returns, benchmark),
        lambda: m.sharpe_ratio(returns, risk_free=benchmark),
        lambda: m.capture(returns, benchmark),
        lambda: m.rolling_beta(returns, benchmark, 20),
        lambda: m.exceptions(returns, abs(benchmark)),
        lambda: m.historical_weighted(returns, abs(benchmark)),
    ):
        with pytest.raises(DataError, match="align"):
            call()

    assert m.beta(returns, returns) == pytest.approx(1.0)


def test_volatility_that_never_returns_has_a_forecast():
    fit = m.fit_garch(LONG)
    forever = replace(fit, omega=1e-6, alpha=0.25, beta=0.75)

    now = float(forever.variances[-1])
    assert forever.long_run_variance == math.inf
    assert forever.forecast(3) == pytest.approx([now, now + 1e-6, now + 2e-6])


def test_an_all_gain_sample_has_a_negative_value_at_risk():
    assert m.value_at_risk([0.01, 0.02, 0.03], 0.95) == -0.01


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 95, math.nan, math.inf, "high"])
def test_a_level_outside_its_domain_is_refused(level):
    for function in (m.historical, m.gaussian, m.historical_ewma, m.cornish_fisher):
        with pytest.raises(ArgumentError, match="level"):
            function(LONG, level)


def test_percent_are_recognised():
    with pytest.raises(ArgumentError, match=r"Did you mean 0\.99"):
        m.value_at_risk(GOOD, 99)


@pytest.mark.parametrize(
    ("covariance", "why"),
    [
        ([[1.0, 2.0], [2.0, 1.0]], "positive semidefinite"),
        ([[1.0, 0.5], [0.4, 1.0]], "symmetric"),
        ([[1.0, math.nan], [math.nan, 1.0]], "finite"),
        ([[1.0, 0.0]], "shape"),
        ([[1.0]], "shape"),
        ([[-1.0, 0.0], [0.0, -1.0]], "positive semidefinite"),
    ],
)
def test_what_is_no_covariance_is_refused(covariance, why):
    for function in (m.gaussian_contributions, m.monte_carlo):
        with pytest.raises(DataError, match=why):
            function([1.0, 1.0], covariance)
    with pytest.raises(DataError, match=why):
        m.reverse_stress([1.0, 1.0], covariance, 10)


def test_a_singular_covariance_is_one():
    split = m.gaussian_contributions([1.0, 1.0], [[1.0, 1.0], [1.0, 1.0]], 0.99)

    assert split.total == pytest.approx(2 * m.normal_risk(0, 1, 0.99).value_at_risk)


def test_a_portfolio_without_risk_has_no_slopes():
    with pytest.raises(DataError, match="no variance"):
        m.gaussian_contributions([1.0, -1.0], [[1.0, 1.0], [1.0, 1.0]])


@pytest.mark.parametrize(
    "call",
    [
        lambda: m.beta(GOOD, GOOD[:-1]),
        lambda: m.historical_weighted(GOOD, [1.0]),
        lambda: m.kupiec(5, 4),
        lambda: m.kupiec(-1, 4),
        lambda: m.kupiec(1.5, 4),
        lambda: m.christoffersen([True]),
        lambda: m.christoffersen([0.5, 1.0]),
        lambda: m.acerbi_szekely(GOOD, 0.02, -0.1),
        lambda: m.exceptions(GOOD, [0.1]),
        lambda: m.historical_weighted(GOOD, [-1.0] * 6),
        lambda: m.historical_weighted(GOOD, [0.0] * 6),
        lambda: m.historical(GOOD, estimator="median"),
        lambda: m.historical(GOOD, missing="drop"),
        lambda: m.historical_ewma(GOOD, decay=1.0),
        lambda: m.student_risk(0, 0.01, 2.0),
        lambda: m.normal_risk(0, -0.01),
        lambda: m.cornish_fisher_risk(0, 0.01, 3.0, 8.0),
        lambda: m.ParetoTail(0.02, 1.0, 0.01, 50, 500).risk(0.99),
        lambda: m.ParetoTail(0.02, 0.1, 0.01, 0, 500).risk(0.99),
        lambda: m.tail_ratio(GOOD, level=0.3),
        lambda: m.christoffersen(["yes", "no"]),
        lambda: m.beta(["a", "b"], [0.1, 0.2], risk_free=[0.0, 0.0]),
        lambda: m.factor_shock([1.0], [[1.0]], {0.9: 0.1}),
        lambda: m.factor_shock([1.0], [[1.0]], {"oil": 0.1}),
        lambda: m.factor_shock([100.0], [[3.0]], [-0.5]),
        lambda: m.capture([4.0, -0.1], [3.0, -0.2], periods=10_000),
        lambda: m.ParetoTail(0.02, 0.1, 0.01, 5, 500).risk(0.9),
        lambda: m.minimum_track_record(0.1, 0.2),
        lambda: m.sharpe_standard_error(2.0, 24, 3.0, 1.0),
        lambda: m.deflated_sharpe_ratio(0.1, 100, trials=1, variance=0.1),
        lambda: m.deflated_sharpe_ratio(0.1, 100, trials=10, variance=-0.1),
        lambda: m.monte_carlo([1.0], [[1.0]], scenarios=3, method="antithetic"),
        lambda: m.monte_carlo([1.0], [[1.0]], scenarios=1000, method="quasi"),
        lambda: m.monte_carlo([1.0], [[1.0]], method="sobol"),
        lambda: m.monte_carlo([1.0], [[1.0]], degrees=2),
        lambda: m.monte_carlo([1.0], [[1.0]], seed=-1),
        lambda: m.monte_carlo([1.0], [[1.0]], scenarios=10, revalue=lambda r: [1.0]),
        lambda: m.rolling_sharpe(GOOD, 7),
        lambda: m.rolling_sharpe(GOOD, 1),
        lambda: m.rolling_mean(GOOD, 0),
        lambda: m.rolling_mean(GOOD, 2.0),
        lambda: m.horizon_risk(GOOD, 7),
        lambda: m.horizon_risk(GOOD, 2, method="square"),
        lambda: m.horizon_risk(GOOD, 2, method="bootstrap", block=0.5),
        lambda: m.returns_of([100.0, 0.0]),
        lambda: m.returns_of([100.0, -5.0]),
        lambda: m.returns_of([100.0]),
        lambda: m.drawdown_table(GOOD, labels=[3, 1, 2, 4, 5, 6]),
        lambda: m.drawdown_table(GOOD, labels=[1, 2]),
        lambda: m.gamblers_ruin(1.1, 2),
        lambda: m.gamblers_ruin(0.5, 2, 2),
        lambda: m.diffusion_ruin(0.0, 0.0, 0.2),
        lambda: m.diffusion_ruin(0.0, 0.1, 1.0),
        lambda: m.turnover([1.0], [0.0]),
        lambda: m.turnover([-1.0], [1.0]),
        lambda: m.exposure([[1.0]], [1.0, 2.0]),
        lambda: m.instrument_shock([1.0], -1.5),
        lambda: m.factor_shock([1.0], [[1.0]], {1: 0.1}),
        lambda: m.replay([1.0], [[0.1], [0.2]], {"x": (5, 6)}),
        lambda: m.replay([1.0], [[0.1], [0.2]], {"x": (1, 2)}, labels=[2, 1]),
        lambda: m.correlation_stress([1.0], [0.1], [[2.0]]),
        lambda: m.correlation_stress([1.0], [0.1], [[1.0]], weight=2.0),
        lambda: m.reverse_stress([1.0], [[1.0]], 0.0),
        lambda: m.reverse_stress([1.0], [[0.0]], 1.0),
        lambda: m.nearest_correlation([[1.0, 2.0]]),
        lambda: m.tail_risk(GOOD, 0.95, "guess"),
        lambda: m.sharpe_ratio(GOOD, periods=0),
        lambda: m.sharpe_ratio(GOOD, risk_free=math.nan),
        lambda: m.sharpe_ratio(GOOD, risk_free=[0.0, 0.0]),
        lambda: m.capture(GOOD, [0.01] * 6),
        lambda: m.beta(GOOD, [0.01] * 6),
        lambda: m.historical(np.array(GOOD, dtype=complex)),
        lambda: m.treynor_ratio(GOOD, LONG[:6], risk_free=-2),
        lambda: m.tear_sheet(GOOD, risk_free=-1),
        lambda: m.alpha_beta([-1.0, -1.0, -0.99], [0.1, 0.2, 0.3]),
    ],
)
def test_other_nonsense_is_refused(call):
    with pytest.raises(AiTradingError):
        call()


def test_what_no_double_holds_is_infinite():
    sheet = m.tear_sheet([1e6] * 60 + [-0.5])

    assert sheet.total_return == math.inf
    assert m.total_return([1e6] * 60) == math.inf


def test_a_total_loss_stays_one():
    sheet = m.tear_sheet([0.1, -1.0, 0.2, 0.1])

    assert (sheet.total_return, sheet.annual_return) == (-1.0, -1.0)
    assert (sheet.max_drawdown, sheet.current_drawdown) == (1.0, 1.0)
    assert math.isnan(sheet.stability)


def test_no_function_touches_what_it_was_given():
    values = np.array(LONG)
    before = values.copy()
    for function in SERIES.values():
        function(values)

    assert np.array_equal(values, before)


def test_no_loss_is_zero_and_not_minus_zero():
    for found in (
        m.value_at_risk(np.zeros(50)),
        m.expected_shortfall(np.zeros(50)),
        m.conditional_drawdown_at_risk([0.01, 0.02]),
        m.historical_ewma(np.zeros(50)).expected_shortfall,
    ):
        assert type(found) is float
        assert math.copysign(1.0, found) == 1.0


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: m.cornish_fisher_quantile(math.nan, 0, 0), "z must be finite"),
        (lambda: m.cornish_fisher_quantile(None, 0, 0), "z must be a number"),
        (
            lambda: m.correlation_stress([1], [0.1], [[1]], towards="x"),
            "towards must be a number",
        ),
        (lambda: m.nearest_correlation(np.eye(2), steps=0.5), "steps must be a whole"),
        (
            lambda: m.nearest_correlation(np.eye(2), tolerance=None),
            "tolerance must be a number",
        ),
        (lambda: m.replay([1], [[0.1]], [(0, 1)]), "windows must be a mapping"),
        (lambda: m.replay([1], [[0.1]], {"x": 3}), r"window 'x' must be \(first, last"),
        (lambda: m.drawdown_table(GOOD, labels=3), "labels must be a sequence"),
        (
            lambda: m.acerbi_szekely(GOOD, [0.02] * 6, [0.03] * 5 + [0.01]),
            r"expected_shortfall\[5\] is 0.01, below the value at risk of 0.02",
        ),
        (lambda: m.sortino_ratio(GOOD, target=1e300), "target must be within 1e100"),
        (lambda: m.tear_sheet(GOOD, risk_free=97.5), "Is it a percentage"),
        (lambda: m.jensen_alpha(GOOD, LONG[:6], risk_free=97.5), "Is it a percentage"),
        (lambda: m.fit_garch(LONG, start_variance=1e-300), "start_variance is 1e-300"),
        (lambda: m.filtered_historical(LONG, horizon=10**30), "1 to 100,000"),
        (lambda: m.fit_student(np.array(LONG) * 1e-300), "returns do not vary"),
    ],
)
def test_arguments_outside_their_domain_are_refused(call, said):
    with pytest.raises(AiTradingError, match=said):
        call()


def test_limits_of_the_formulas_are_reached():
    # No exception where hardly any is allowed: as unlikely as can be told.
    assert m.kupiec(3, 250, 1e-300).p_value == 0.0
    assert m.diffusion_ruin(0.01, 1e-300, 0.3) == 0.0
    assert m.diffusion_ruin(-0.01, 1e90, 0.3) == 1.0
    assert math.isfinite(
        m.monte_carlo([1.0], [[1e-4]], 1e-9, scenarios=10).risk.value_at_risk
    )


def test_without_draws_only_the_published_case_is_judged():
    rng = np.random.default_rng(3)
    for periods, level, known in ((250, 0.975, True), (1000, 0.975, False)):
        found = m.acerbi_szekely(rng.normal(0, 0.01, periods), 0.02, 0.024, level)
        assert (found.rejected is not None) is known
    assert (
        m.acerbi_szekely(rng.normal(0, 0.01, 250), 0.02, 0.024, 0.99).rejected is None
    )
