"""What must hold for every sample: coherence, Euler's sum, invariances, slow twins."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ai_trading._core import stats
from ai_trading.risk import metrics as m

numbers = st.floats(-1.0, 1.0, allow_subnormal=False)
samples = hnp.arrays(np.float64, st.integers(1, 60), elements=numbers)
returns = hnp.arrays(
    np.float64, st.integers(2, 60), elements=st.floats(-0.9, 2.0, allow_subnormal=False)
)
levels = st.sampled_from([0.5, 0.75, 0.9, 0.95, 0.975, 0.99]) | st.floats(0.01, 0.999)


def minimised(values, level):
    """Rockafellar and Uryasev's function, at its least, which is at a loss."""
    losses = -values
    beyond = np.maximum(losses[None, :] - losses[:, None], 0.0).mean(axis=1)
    return float((losses + beyond / (1.0 - level)).min())


@given(samples, levels)
def test_expected_shortfall_is_the_minimum_of_its_definition(values, level):
    found = m.expected_shortfall(values, level)

    assert found == pytest.approx(minimised(values, level), rel=1e-9, abs=1e-9)


@given(samples, levels)
def test_value_at_risk_is_the_least_loss_that_is_exceeded_rarely_enough(values, level):
    found = m.value_at_risk(values, level)

    losses = -values
    # The library forgives n (1 - level) a rounding of 1e-9.
    allowed = values.size * (1.0 - level) + 2e-9 * values.size
    assert (losses > found).sum() <= allowed
    lower = losses[losses < found]
    if lower.size:
        at_least = values.size * (1.0 - level) - 2e-9 * values.size
        assert (losses > lower.max()).sum() > at_least


@given(samples, levels, st.sampled_from(["order", "interpolation"]))
def test_shortfall_is_never_below_value_at_risk(values, level, estimator):
    risk = m.historical(values, level, estimator=estimator)

    assert risk.expected_shortfall >= risk.value_at_risk


@given(samples, levels)
def test_interpolation_is_numpys(values, level):
    found = m.value_at_risk(values, level, estimator="interpolation")

    assert found == pytest.approx(-np.quantile(values, 1 - level), abs=1e-12)


@given(st.data(), levels)
def test_shortfall_is_subadditive(data, level):
    a = data.draw(samples)
    b = data.draw(hnp.arrays(np.float64, a.size, elements=numbers))

    whole = m.expected_shortfall(a + b, level)

    parts = m.expected_shortfall(a, level) + m.expected_shortfall(b, level)
    assert whole <= parts + 1e-9


@given(samples, levels, st.floats(-1, 1), st.floats(0.01, 100))
def test_shortfall_moves_and_scales_with_money(values, level, cash, scale):
    base = m.historical(values, level)

    moved = m.historical(scale * values + cash, level)

    expected = scale * base.expected_shortfall - cash
    assert moved.expected_shortfall == pytest.approx(expected, rel=1e-9, abs=1e-8)
    expected = scale * base.value_at_risk - cash
    assert moved.value_at_risk == pytest.approx(expected, rel=1e-9, abs=1e-8)


@given(st.data(), levels)
def test_shortfall_is_monotone(data, level):
    worse = data.draw(samples)
    gain = data.draw(hnp.arrays(np.float64, worse.size, elements=st.floats(0, 1)))

    assert (
        m.expected_shortfall(worse + gain, level)
        <= m.expected_shortfall(worse, level) + 1e-12
    )


@given(samples, levels)
def test_equal_weights_change_nothing(values, level):
    plain = m.historical(values, level)

    weighted = m.historical_weighted(values, np.full(values.size, 3.0), level)

    # A level at which n (1 - level) is whole up to rounding may fall either way.
    size = values.size * (1 - level)
    if abs(size - round(size)) > 1e-6:
        assert weighted.value_at_risk == plain.value_at_risk
    assert weighted.expected_shortfall == pytest.approx(
        plain.expected_shortfall, rel=1e-7, abs=1e-7
    )


@given(
    hnp.arrays(np.float64, st.integers(1, 30), elements=numbers),
    st.lists(st.integers(1, 4), min_size=30, max_size=30),
    levels,
)
def test_whole_weights_are_repetitions(values, weights, level):
    counts = np.array(weights[: values.size])

    weighted = m.historical_weighted(values, counts, level)

    repeated = m.historical(np.repeat(values, counts), level)
    assert weighted.expected_shortfall == pytest.approx(
        repeated.expected_shortfall, rel=1e-7, abs=1e-7
    )


@given(
    hnp.arrays(np.float64, (8, 4), elements=numbers),
    hnp.arrays(np.float64, 4, elements=st.floats(-100, 100)),
    st.sampled_from(["var", "es"]),
    levels,
)
def test_historical_components_add_up(table, amounts, measure, level):
    split = m.historical_contributions(amounts, table, level, measure=measure)

    assert split.component.sum() == pytest.approx(split.total, abs=1e-9)


@given(
    hnp.arrays(np.float64, (6, 4), elements=st.floats(-1, 1)),
    hnp.arrays(np.float64, 4, elements=st.floats(1, 100)),
    st.sampled_from(["var", "es"]),
)
def test_normal_components_add_up_and_are_slopes(table, amounts, measure):
    covariance = table.T @ table + 0.01 * np.eye(4)
    mean = np.array([0.1, 0.0, -0.1, 0.05])

    split = m.gaussian_contributions(
        amounts, covariance, 0.95, mean=mean, measure=measure
    )

    assert split.component.sum() == pytest.approx(split.total, rel=1e-9, abs=1e-9)
    step = np.zeros(4)
    step[1] = 1e-4 * amounts[1]
    up, down = (
        m.gaussian_contributions(
            amounts + sign * step, covariance, 0.95, mean=mean, measure=measure
        ).total
        for sign in (1, -1)
    )
    slope = (up - down) / (2 * step[1])
    assert split.marginal[1] == pytest.approx(slope, rel=1e-5, abs=1e-5)


def test_groups_add_up_and_a_group_of_all_is_the_whole():
    rng = np.random.default_rng(3)
    table, amounts = rng.normal(0, 0.01, (500, 5)), np.array([10, -5, 8, 3, 1.0])
    split = m.historical_contributions(amounts, table, 0.95)

    by_sector = split.by(["tech", "tech", "oil", "oil", "gold"])
    together = split.by(["all"] * 5)["all"]

    assert sum(g.component for g in by_sector.values()) == pytest.approx(split.total)
    assert together.standalone == pytest.approx(split.total)
    assert together.incremental == pytest.approx(split.total)
    alone = m.expected_shortfall((table[:, :2] * amounts[:2]).sum(axis=1), 0.95)
    assert by_sector["tech"].standalone == pytest.approx(alone)


@given(returns, st.floats(0.1, 10))
def test_sharpe_and_its_kin_do_not_depend_on_the_unit(values, scale):
    if np.ptp(values) < 1e-6:
        return

    assert m.sharpe_ratio(values * scale) == pytest.approx(
        m.sharpe_ratio(values), rel=1e-7, abs=1e-7
    )
    assert m.skewness(np.append(values, 0.5) * scale) == pytest.approx(
        m.skewness(np.append(values, 0.5)), rel=1e-6, abs=1e-6
    )


def depths_slowly(values):
    high = wealth = 1.0
    out = []
    for r in values:
        wealth *= 1 + r
        high = max(high, wealth)
        out.append(1 - wealth / high)
    return np.array(out)


@given(returns)
def test_drawdowns_are_those_of_the_compounded_value(values):
    slow = depths_slowly(values)

    assert m.drawdown_series(values) == pytest.approx(slow, abs=1e-12)
    assert m.max_drawdown(values) == pytest.approx(slow.max(), abs=1e-12)
    assert m.pain_index(values) == pytest.approx(slow.mean(), abs=1e-12)
    assert m.ulcer_index(values) == pytest.approx(
        math.sqrt((slow**2).mean()), abs=1e-12
    )


@given(returns, levels)
def test_conditional_drawdown_lies_between_mean_and_maximum(values, level):
    found = m.conditional_drawdown_at_risk(values, level)

    slow = depths_slowly(values)
    assert slow.mean() - 1e-12 <= found <= slow.max() + 1e-12


@given(returns)
def test_the_drawdown_table_covers_every_period_below_the_high(values):
    table = m.drawdown_table(values, top=None)

    depths = m.drawdown_series(values)
    assert sum(fall.length for fall in table) == (depths > 0).sum()
    assert [f.depth for f in table] == sorted((f.depth for f in table), reverse=True)
    for fall in table:
        assert fall.depth == depths[fall.trough]
        assert fall.recovery is None or depths[fall.recovery] == 0


@given(
    hnp.arrays(
        np.float64,
        st.integers(5, 80),
        elements=st.floats(-0.99, 3, allow_subnormal=False),
    ),
    st.integers(1, 30),
)
def test_rolling_drawdown_is_that_of_each_window(values, window):
    if window > values.size:
        return

    found = m.rolling_max_drawdown(values, window)

    slow = [depths_slowly(values[i : i + window]).max() for i in range(found.size)]
    assert found == pytest.approx(slow, abs=1e-12)


@given(
    hnp.arrays(np.float64, st.integers(5, 80), elements=st.floats(-1e6, 1e6)),
    st.integers(2, 30),
)
def test_rolling_moments_are_those_of_each_window(values, window):
    if window > values.size:
        return

    means = m.rolling_mean(values, window)
    spreads = m.rolling_volatility(values, window, periods=1)

    views = np.lib.stride_tricks.sliding_window_view(values, window)
    # Squares of what is smaller than this have no full digits left.
    size = np.abs(views).max(axis=1) + 1e-150
    assert (np.abs(means - views.mean(axis=1)) <= 1e-13 * size).all()
    assert (np.abs(spreads - views.std(axis=1, ddof=1)) <= 1e-7 * size).all()


def test_rolling_sharpe_does_not_drift():
    # A huge outlier long ago must leave no trace: plain running sums lose all digits.
    rng = np.random.default_rng(11)
    values = rng.normal(0.0, 1e-6, 50_000)
    values[100] = 1e9

    found = m.rolling_sharpe(values, 252, periods=1)[1000:]

    views = np.lib.stride_tricks.sliding_window_view(values, 252)[1000:]
    slow = views.mean(axis=1) / views.std(axis=1, ddof=1)
    assert np.abs(found - slow).max() < 1e-12


def test_rolling_sharpe_of_a_flat_window_is_nan():
    found = m.rolling_sharpe([0.1, 0.1, 0.1, 0.2], 3)

    assert np.isnan(found).tolist() == [True, False]


def test_rolling_value_at_risk_and_beta_are_those_of_each_window():
    rng = np.random.default_rng(4)
    a, b = rng.normal(0, 0.01, (2, 400))

    tails = m.rolling_value_at_risk(a, 60, 0.95)
    slopes = m.rolling_beta(a, b, 60)

    assert (
        tails.tolist() == m.rolling(lambda w: m.value_at_risk(w, 0.95), a, 60).tolist()
    )
    slow = [m.beta(a[i : i + 60], b[i : i + 60]) for i in range(slopes.size)]
    assert slopes == pytest.approx(slow, abs=1e-10)


@given(
    hnp.arrays(
        np.float64,
        st.integers(2, 50),
        elements=st.floats(-0.99, 3, allow_subnormal=False),
    )
)
def test_the_tear_sheet_gives_what_the_functions_give(values):
    sheet = m.tear_sheet(values)

    assert sheet.total_return == pytest.approx(np.prod(1 + values) - 1, rel=1e-9)
    assert sheet.max_drawdown == pytest.approx(m.max_drawdown(values), abs=1e-12)
    risk = m.historical(values, 0.95)
    assert sheet.value_at_risk == risk.value_at_risk
    assert sheet.expected_shortfall == pytest.approx(risk.expected_shortfall, abs=1e-12)
    rates = m.hit_rates(values)
    assert sheet.hit_rate == rates.hit_rate
    assert sheet.drawdowns == len(m.drawdown_table(values, top=None))
    for name, measure in (
        ("sharpe", m.sharpe_ratio),
        ("sortino", m.sortino_ratio),
        ("omega", m.omega_ratio),
        ("calmar", m.calmar_ratio),
        ("martin", m.martin_ratio),
        ("burke", m.burke_ratio),
        ("tail_ratio", m.tail_ratio),
        ("gain_to_pain", m.gain_to_pain),
        ("annual_volatility", m.annual_volatility),
    ):
        if not math.isnan(sheet[name]):
            assert sheet[name] == pytest.approx(measure(values), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("size", [17, 1000, 16_384, 100_001])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.2, 0.5, 0.999])
@pytest.mark.parametrize("kind", ["random", "rising", "tied", "falling"])
def test_the_tail_kernel_finds_what_sorting_finds(size, share, kind):
    rng = np.random.default_rng(size)
    values = rng.normal(size=size)
    if kind == "tied":
        values = np.round(values)
    elif kind != "random":
        values = np.sort(values)[:: 1 if kind == "rising" else -1].copy()
    rank = int(share * (size - 1))

    at, after, below = stats.tail(values, rank)
    top, _, above = stats.tail(values, rank, upper=True)

    order = np.sort(values)
    assert at == order[rank]
    assert after == order[min(rank + 1, size - 1)]
    assert below == pytest.approx(order[:rank].sum(), rel=1e-10, abs=1e-9)
    assert top == order[size - 1 - rank]
    assert above == pytest.approx(order[size - rank :].sum(), rel=1e-10, abs=1e-9)


@given(hnp.arrays(np.float64, st.integers(1, 40), elements=st.floats(-1.0, 1e6)))
def test_the_logarithm_kernel_is_the_librarys(values):
    with np.errstate(divide="ignore"):
        expected = np.log1p(values)

    assert stats.log_growth(values) == pytest.approx(expected, rel=4e-15, abs=1e-320)
