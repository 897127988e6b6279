"""Tables of dated series: one set of dates, oldest first, or an error that says so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ai_trading.core.errors import DataError
from ai_trading.risk import metrics
from ai_trading.risk.assessor import PortfolioRiskAssessor
from ai_trading.risk.kelly import (
    KellyCalculator,
    covariance,
    growth_portfolio,
    kelly_interval,
)
from ai_trading.risk.sizing import average_true_range

RNG = np.random.default_rng(5)
DAYS = pd.date_range("2026-01-05", periods=300)
A = pd.Series(RNG.normal(0.002, 0.01, 300), DAYS)
LATER = pd.Series(A.to_numpy(), DAYS + pd.Timedelta(days=60))
NEWEST_FIRST = A[::-1]


@pytest.mark.parametrize("other", [LATER, NEWEST_FIRST])
@pytest.mark.parametrize(
    "measure",
    [
        growth_portfolio,
        KellyCalculator().calculate_portfolio_kelly,
        KellyCalculator().kelly_with_correlation,
        PortfolioRiskAssessor().calculate_correlation_matrix,
    ],
)
def test_series_of_other_dates_are_not_put_beside_each_other(measure, other):
    with pytest.raises(DataError, match=r"returns\['A'\] and returns\['B'\] have diff"):
        measure({"A": A, "B": other})


@pytest.mark.parametrize(
    "measure",
    [
        lambda r: kelly_interval(r, block="auto"),
        lambda r: kelly_interval(r, block=5),
        lambda r: KellyCalculator().calculate_portfolio_kelly({"A": r}),
        lambda r: covariance.ewma(r.to_frame()),
        lambda r: metrics.replay([1.0], r.to_frame(), {"x": (0, 5)}),
        lambda r: average_true_range(r + 0.1, r - 0.1, r),
        metrics.tear_sheet,
    ],
)
@pytest.mark.parametrize(
    "index",
    [
        DAYS,
        DAYS.tz_localize("America/New_York"),
        DAYS.to_period("D"),
        pd.Index([day.date() for day in DAYS]),
    ],
    ids=["days", "zoned", "periods", "dates"],
)
def test_newest_first_is_refused_where_the_order_matters(measure, index):
    dated = pd.Series(A.to_numpy(), index)

    measure(dated)
    with pytest.raises(DataError, match="must be oldest first"):
        measure(dated[::-1])


def test_where_order_does_not_matter_it_is_not_asked_for():
    forth, back = (kelly_interval(r, method="delta") for r in (A, NEWEST_FIRST))

    assert back.estimate == pytest.approx(forth.estimate)
    assert metrics.value_at_risk(NEWEST_FIRST) == metrics.value_at_risk(A)


def test_series_without_dates_are_put_side_by_side():
    weights = growth_portfolio({"A": A.to_numpy(), "B": list(A)}).weights

    assert weights == pytest.approx([0.5, 0.5], abs=1e-6)
