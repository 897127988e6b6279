"""Statistics of a run, held to cases worked by hand and to an exact twin."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest

from ai_trading.backtest.result import BacktestResult
from ai_trading.backtest.statistics import (
    MINIMUM_DAYS,
    daily_returns,
    exact_sum,
    maximum_drawdown,
    summarize,
)
from ai_trading.backtest.trips import round_trips
from ai_trading.core.instrument import Instrument
from ai_trading.core.records import ACCOUNT, ORDER

SECOND = 1_000_000_000
OPEN = 1_772_548_200 * SECOND
DAY = 86_400 * SECOND


def account_of(values, times=None):
    account = np.zeros(len(values), ACCOUNT)
    account["value"] = [round(v * 1_000_000) for v in values]
    account["timestamp"] = OPEN + (
        np.arange(len(values)) * DAY if times is None else np.array(times)
    )
    return account


def test_a_bought_and_sold_share_earns_the_difference_less_fees(build_result):
    result = build_result(
        [
            (OPEN, 0, 100, 1_000_000, 300_000_000, "taker"),
            (OPEN + 10 * SECOND, 0, -100, 1_010_000, -200_000_000, "maker"),
        ]
    )

    known = summarize(result)

    assert known.profit == Decimal("99.9")
    assert known.realized == Decimal("100")
    assert known.fees == Decimal("0.1")
    assert known.traded_value == Decimal("20100")
    assert known.orders.maker_share == pytest.approx(10100 / 20100, rel=1e-15)
    assert known.trades.trips == known.trades.winners == 1
    assert known.trades.average_win == Decimal("99.9")
    assert known.trades.average_holding_ns == 10 * SECOND
    (symbol,) = known.symbols
    assert (symbol.profit, symbol.open_profit) == (Decimal("99.9"), Decimal(0))
    assert symbol.quantity == 200


def test_a_fill_through_zero_ends_one_trip_and_opens_the_next(build_result):
    result = build_result(
        [
            (OPEN, 0, 100, 1_000_000, 0, "taker"),
            (OPEN + SECOND, 0, -300, 1_020_000, 900_000_001, "taker"),
            (OPEN + 2 * SECOND, 0, 200, 1_030_000, 10, "taker"),
        ]
    )

    long, short = round_trips(result.fills)

    assert (long["direction"], short["direction"]) == (1, -1)
    assert (long["quantity"], short["quantity"]) == (100, 200)
    assert (long["realized"], short["realized"]) == (200_000_000, -200_000_000)
    assert (long["fee"], short["fee"]) == (300_000_000, 600_000_011)
    assert (long["fills"], short["fills"]) == (2, 2)


def test_sums_are_exact_beyond_64_bits():
    rng = np.random.default_rng(1)
    extreme = np.array([2**63 - 1, 2**63 - 1, -(2**63), 5])
    mixed = rng.integers(-(2**63), 2**63 - 1, 1_000)

    assert exact_sum(extreme) == sum(extreme.tolist())
    assert exact_sum(mixed) == sum(mixed.tolist())
    assert exact_sum(mixed[:0]) == 0


def test_an_open_position_is_valued_at_the_last_price(build_result):
    result = build_result(
        [(OPEN, 0, 100, 1_000_000, 0, "taker")], marks=[(OPEN + SECOND, 0, 1_005_000)]
    )

    (symbol,) = summarize(result).symbols

    assert symbol.open_profit == Decimal(50)
    assert symbol.position == 100
    assert symbol.last_price == Decimal("100.5")
    assert summarize(result).trades.trips == 0


def test_an_open_position_without_a_price_has_no_profit(build_result):
    result = build_result([(OPEN, 0, 100, 1_000_000, 0, "taker")], prices={})

    (symbol,) = summarize(result).symbols

    assert symbol.profit is None


@pytest.mark.parametrize("seed", range(5))
def test_profits_of_the_symbols_add_up_to_the_profit_of_the_account(
    random_result, seed
):
    result = random_result(days=2, seed=seed)

    known = summarize(result)

    # The account rounds to 1e-6 once per row, the symbols not at all.
    total = sum(symbol.profit for symbol in known.symbols)
    assert abs(total - known.profit) <= Decimal("1e-6")
    assert sum(s.fees for s in known.symbols) == known.fees
    assert sum(s.trips for s in known.symbols) == known.trades.trips


@pytest.mark.parametrize("seed", range(5))
def test_round_trips_agree_with_a_walk_over_the_fills(random_result, seed):
    result = random_result(days=1, seed=seed)

    trips = round_trips(result.fills)

    assert trips["realized"].sum() + open_part(result, "realized") == (
        result.fills["realized"].sum()
    )
    for index in range(3):
        crossings = 0
        for fill in result.fills[result.fills["instrument"] == index]:
            signed = int(fill["quantity"]) * (1 if fill["side"] == 0 else -1)
            before = int(fill["position"]) - signed
            crossings += before != 0 and before * int(fill["position"]) <= 0
        assert (trips["instrument"] == index).sum() == crossings


def open_part(result: BacktestResult, name: str) -> int:
    """Sum over the fills after each instrument's last moment without a position."""
    total = 0
    for index in np.unique(result.fills["instrument"]):
        fills = result.fills[result.fills["instrument"] == index]
        signed = np.where(fills["side"] == 0, fills["quantity"], -fills["quantity"])
        before = fills["position"] - signed
        ends = np.flatnonzero((before * fills["position"] <= 0) & (before != 0))
        total += int(fills[name][ends[-1] + 1 if len(ends) else 0 :].sum())
    return total


def test_the_deepest_fall_is_found_with_its_dates():
    account = account_of([100, 110, 99, 105, 110, 108])

    fall = maximum_drawdown(account)

    assert fall is not None
    assert fall.depth == pytest.approx(0.1, rel=1e-12)
    assert fall.amount == Decimal(11)
    assert [(t - OPEN) // DAY for t in (fall.start_ns, fall.trough_ns)] == [1, 2]
    assert fall.end_ns == OPEN + 4 * DAY


def test_a_fall_not_made_up_for_has_no_end_and_a_rise_has_no_fall():
    assert maximum_drawdown(account_of([100, 90, 95])).end_ns is None
    assert maximum_drawdown(account_of([100, 100, 101])) is None
    assert maximum_drawdown(account_of([])) is None


@pytest.mark.parametrize("seed", range(10))
def test_the_deepest_fall_equals_the_worst_of_all_pairs(seed):
    rng = np.random.default_rng(seed)
    value = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, 60)))
    account = account_of(value)

    fall = maximum_drawdown(account)

    exact = account["value"].tolist()
    worst = max(
        1 - exact[j] / exact[i] for i in range(len(exact)) for j in range(i, len(exact))
    )
    assert fall.depth == pytest.approx(worst, rel=1e-12)


def test_too_little_data_gives_none_and_never_zero(build_result):
    known = summarize(build_result([]))

    assert known.sharpe is None
    assert known.sortino is None
    assert known.annual_return is None
    assert known.drawdown is None
    assert known.orders.fill_rate is None
    assert known.orders.maker_share is None
    assert known.trades.win_rate is None
    assert known.exposure is None
    assert known.symbols == ()


def test_ratios_follow_their_formulas(build_result):
    rng = np.random.default_rng(3)
    weekdays = [d for d in range(60) if (d + 1) % 7 < 5][:40]
    returns = rng.normal(0.001, 0.01, len(weekdays))
    value = 100_000 * np.cumprod(1 + returns)
    account = account_of(value, times=np.array(weekdays) * DAY)
    result = build_result([], account=account)

    known = summarize(result, risk_free=0.0252)

    # Values are rounded to 1e-6 of 1e5: returns agree to 1e-11.
    excess = returns - 0.0001
    assert known.days == 40
    assert daily_returns(result) == pytest.approx(returns, abs=1e-10)
    assert known.annual_volatility == pytest.approx(
        np.std(returns, ddof=1) * math.sqrt(252), rel=1e-6
    )
    assert known.sharpe == pytest.approx(
        excess.mean() / excess.std(ddof=1) * math.sqrt(252), rel=1e-6
    )
    assert known.sortino == pytest.approx(
        excess.mean() / np.sqrt((np.minimum(excess, 0) ** 2).mean()) * math.sqrt(252),
        rel=1e-6,
    )
    assert known.annual_return == pytest.approx(
        (value[-1] / 100_000) ** (252 / 40) - 1, rel=1e-6
    )


def test_a_day_is_a_day_of_the_market(build_result):
    # 23:30 UTC on Monday and 00:30 UTC on Tuesday are one evening in New York.
    evening = [9 * 3600 * SECOND, 10 * 3600 * SECOND]
    apart = build_result([], account=account_of([1e5, 1.1e5], times=evening))
    always = (Instrument("BTCUSD", calendar="24/7"),)
    crypto = build_result(
        [], account=account_of([1e5, 1.1e5], times=evening), symbols=always
    )

    assert len(daily_returns(apart)) == 1
    assert len(daily_returns(crypto)) == 2


def test_annualised_figures_need_a_month(build_result):
    days = np.array([d for d in range(60) if (d + 1) % 7 < 5])
    few = account_of(100 + np.arange(MINIMUM_DAYS - 1), days[: MINIMUM_DAYS - 1] * DAY)
    enough = account_of(100 + np.arange(MINIMUM_DAYS), days[:MINIMUM_DAYS] * DAY)

    assert summarize(build_result([], account=few, cash="100")).sharpe is None
    assert summarize(build_result([], account=enough, cash="100")).sharpe is not None


def test_exposure_weighs_by_time(build_result):
    account = account_of([100, 100, 100], times=[0, 10, 40])
    account["gross"] = [0, 50_000_000, 200_000_000]

    known = summarize(build_result([], account=account, cash="100"))

    assert known.exposure == pytest.approx(0.5 * 30 / 40, rel=1e-15)
    assert known.maximum_exposure == 2.0
    assert known.time_in_market == pytest.approx(0.75, rel=1e-15)


def test_orders_are_counted_by_status_and_reason(build_result):
    orders = np.zeros(4, ORDER)
    orders["quantity"] = 100
    orders["filled"] = [100, 50, 0, 0]
    orders["status"] = [3, 6, 7, 7]
    orders["reason"] = [0, 0, 9999, 9999]

    known = summarize(build_result([], orders=orders)).orders

    assert known.by_status == {"rejected": 2, "filled": 1, "canceled": 1}
    assert known.rejects == {"reason 9999": 2}
    assert known.rejected == 2
    assert known.fill_rate == 0.75


def test_the_dictionary_is_plain_json_with_exact_money(random_result):
    import json

    known = summarize(random_result())

    plain = json.loads(json.dumps(known.to_dict()))

    assert Decimal(plain["profit"]) == known.profit
    assert plain["sharpe"] is None


def test_samples_at_night_make_no_days_of_their_own(random_result, sampled):
    # Three weeks with a holiday: 14 sessions.
    traded = random_result(days=14)

    returns = daily_returns(sampled(traded))

    assert len(returns) == 14
    assert returns == pytest.approx(daily_returns(traded), abs=2e-4)  # ten minutes late
