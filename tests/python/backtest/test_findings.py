"""Each finding appears where it should and stays away where it should not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ai_trading.backtest.engine import Backtest
from ai_trading.backtest.findings import everything, find
from ai_trading.core.instrument import Instrument
from ai_trading.core.records import FILL, ORDER
from ai_trading.market.synthetic import synthetic_day
from ai_trading.strategies import Strategy

SECOND = 1_000_000_000
OPEN = 1_772_548_200 * SECOND  # Tuesday 2026-03-03, 09:30 in New York
DAY = 86_400 * SECOND
PRICES = np.dtype([("timestamp", "i8"), ("price", "i8")])


def codes(result) -> set[str]:
    return {finding.code for finding in find(result)}


def minutes(*days: int) -> np.ndarray:
    """One price a minute over the sessions of some days after the Tuesday."""
    times = [OPEN + d * DAY + m * 60 * SECOND for d in days for m in range(390)]
    return np.array([(t, 1_000_000 + n % 7) for n, t in enumerate(times)], PRICES)


def test_a_run_of_a_month_with_many_trades_has_nothing_to_warn_of(random_result):
    result = random_result(days=25, per_day=60)

    found = find(result)

    assert [
        f for f in found if f.severity == "warning" and f.code != "many-rejects"
    ] == []


def test_orders_without_fills_are_found(build_result):
    orders = np.zeros(3, ORDER)
    orders["quantity"] = 1

    assert "no-fills" in codes(build_result([], orders=orders))
    assert "no-orders" in codes(build_result([]))
    assert "no-orders" not in codes(build_result([], orders=orders))


def test_fills_that_move_no_equity_are_found(build_result):
    result = build_result([(OPEN, 0, 1, 100, 0, "maker")])
    flat = result.account.copy()
    flat["value"] = flat["value"][0]

    assert "flat-equity" in codes(replace(result, account=flat))


def test_a_run_without_data_says_so_and_nothing_about_prices(build_result):
    found = codes(build_result([], events=0))

    assert "no-data" in found
    assert "no-price" not in found


def test_a_symbol_that_never_had_a_price_is_named(build_result):
    result = build_result([], symbols=("AAPL", "TYPO"), prices={0: minutes(0)})

    (finding,) = [f for f in find(result) if f.code == "no-price"]

    assert "TYPO" in finding.message
    assert "AAPL" not in finding.message


def test_missing_sessions_are_listed_once_for_symbols_that_share_them(build_result):
    prices = minutes(0, 1, 3)
    result = build_result([], symbols=("A", "B"), prices={0: prices, 1: prices})

    (finding,) = [f for f in find(result) if f.code == "missing-sessions"]

    assert "A, B" in finding.message
    assert "2026-03-05" in finding.message


def test_weekends_and_holidays_are_no_missing_sessions(build_result):
    # Good Friday, 2026-04-03, is 31 days after the Tuesday.
    weekdays = [d for d in range(28, 36) if (d + 1) % 7 < 5 and d != 31]

    assert "missing-sessions" not in codes(
        build_result([], prices={0: minutes(*weekdays)})
    )


def test_weekly_bars_miss_no_sessions(build_result):
    weeks = np.array([(OPEN + week * 7 * DAY, 1) for week in range(20)], PRICES)

    assert "missing-sessions" not in codes(build_result([], prices={0: weeks}))


def test_a_calendar_nobody_knows_has_no_sessions_to_miss(build_result):
    odd = (Instrument("X", calendar="MOON"),)
    result = build_result(
        [(OPEN, 0, 1, 100, 0, "taker")], symbols=odd, prices={0: minutes(0, 3)}
    )

    assert not codes(result) & {"missing-sessions", "outside-hours"}


def test_a_market_that_never_closes_misses_its_weekends(build_result):
    always = (Instrument("BTCUSD", calendar="24/7"),)
    gap = build_result([], symbols=always, prices={0: minutes(3, 6)})

    assert "missing-sessions" in codes(gap)


def test_fills_before_the_open_are_outside_hours_but_daily_bars_are_not(build_result):
    early = [(OPEN - 3600 * SECOND, 0, 1, 1_000_000, 0, "taker")]
    daily = np.array([(OPEN - 9 * 3600 * SECOND + d * DAY, d) for d in (0, 1)], PRICES)

    assert "outside-hours" in codes(build_result(early, prices={0: minutes(0)}))
    assert "outside-hours" not in codes(build_result(early, prices={0: daily}))
    assert "outside-hours" not in codes(
        build_result([(OPEN, 0, 1, 1_000_000, 0, "taker")], prices={0: minutes(0)})
    )


def test_prices_that_stop_long_before_the_end_are_stale(build_result):
    result = build_result([], prices={0: minutes(0)}, start_ns=OPEN)

    assert "stale-data" in codes(replace(result, end_ns=OPEN + 2 * DAY))
    assert "stale-data" not in codes(replace(result, end_ns=OPEN + 390 * 60 * SECOND))


def test_many_rejects_are_found_with_their_reason(build_result):
    orders = np.zeros(10, ORDER)
    orders["quantity"] = 1
    orders["status"][:2] = 7
    orders["reason"][:2] = 9999

    (finding,) = [
        f for f in find(build_result([], orders=orders)) if f.code == "many-rejects"
    ]

    assert "2 of 10" in finding.message
    assert "reason 9999" in finding.message


def test_few_trades_and_few_days_are_remarks_and_come_after_warnings(build_result):
    result = build_result([(OPEN, 0, 1, 1_000_000, 0, "taker")], partial=True)

    found = find(result)

    severities = [finding.severity for finding in found]
    assert severities == sorted(severities, reverse=True)
    assert {"few-trades", "few-days", "open-positions", "partial-run"} <= codes(result)


def test_an_empty_result_raises_no_error(build_result):
    result = build_result(
        [], account=build_result([]).account[:0], fills=np.zeros(0, FILL), prices={}
    )

    assert find(result)


def test_samples_at_night_are_neither_data_nor_odd_hours(random_result, sampled):
    found = codes(sampled(random_result(days=14)))

    assert not found & {"missing-sessions", "outside-hours", "stale-data"}


def test_a_price_that_stands_still_for_a_session_is_no_data(build_result):
    still = minutes(1)
    moving = np.concatenate([minutes(0), still, minutes(2)])
    moving["price"] += np.arange(len(moving)) % 7
    moving["price"][390:780] = moving["price"][389]

    (finding,) = [
        f
        for f in find(build_result([], prices={0: moving}))
        if f.code == "missing-sessions"
    ]

    assert "2026-03-04" in finding.message


class Deaf(Strategy):
    """Waits for bars, which data order by order do not have."""

    def on_bar(self, bar):
        self.buy(bar.symbol, 1)


def test_a_run_from_python_shows_what_looks_odd(tmp_path):
    result = Backtest(synthetic_day(["A"], events=2_000), strategies=[Deaf()]).run()

    assert result.findings == ()  # its own
    assert "no-orders" in [finding.code for finding in everything(result)]
    assert "warning: No order was sent, " in result.summary()
    page = result.write_report(tmp_path / "report.html").read_text("utf-8")
    assert "No order was sent, " in page


def test_what_a_result_has_already_is_not_said_twice():
    result = Backtest(synthetic_day(["A"], events=2_000), strategies=[Deaf()]).run()
    known = replace(result, findings=find(result))

    assert everything(known) == known.findings
    assert known.summary() == result.summary()
