"""Signals become orders at the next open, within dates, cash and limits."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from ai_trading.backtest.terms import BarFills, FeeModel, Limits
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.market.memory import bars_from
from ai_trading.strategies import BacktestEngine, BaseStrategy, StrategySignal

DAYS = np.arange("2026-01-05", "2026-01-10", dtype="datetime64[D]")


def bars(opens=(10, 11, 12, 13, 14), closes=None, *, days=DAYS, volume=10_000):
    opens = np.asarray(opens, float)
    closes = opens + 0.5 if closes is None else np.asarray(closes, float)
    return {
        "date": days,
        "open": opens,
        "high": np.maximum(opens, closes),
        "low": np.minimum(opens, closes),
        "close": closes,
        "volume": np.full(len(opens), volume),
    }


class Script(BaseStrategy):
    """Does at each moment what a function says, and remembers what it was shown."""

    def __init__(self, decide, size=100, **options):
        super().__init__(**{"strategy_id": "script", **options})
        self.decide, self.size = decide, size
        self.seen = []

    def generate_signals(self, market_data):
        self.seen.append({s: len(window) for s, window in market_data.items()})
        return self.decide(market_data)

    def calculate_position_size(self, signal, portfolio_value, current_position):
        return self.size


def once(side="buy", symbol="AAPL", *, at=1, **options):
    def decide(market):
        if symbol in market and len(market[symbol]) == at:
            return [StrategySignal(symbol, side, 1.0, **options)]
        return []

    return decide


def run(strategy, data=None, start=None, end=None, **options):
    data = {"AAPL": bars()} if data is None else data
    return BacktestEngine(**options).run_backtest(strategy, data, start, end)


def fills(result):
    return [
        (fill.symbol, fill.side, float(fill.quantity), float(fill.price))
        for fill in result.fills_table()
    ]


def codes(result):
    return [finding.code for finding in result.findings]


def test_a_signal_fills_at_the_next_open():
    result = run(Script(once(at=2)))

    assert fills(result) == [("AAPL", "buy", 100.0, 12.0)]
    assert result.final_value == Decimal(1_000_000) + 100 * Decimal("2.5")


def test_a_signal_on_the_last_bar_never_fills():
    assert fills(run(Script(once(at=5)))) == []


def test_a_strategy_sees_every_bar_up_to_now_and_none_beyond():
    seen = []

    def decide(market):
        window = market["AAPL"]
        seen.append((window.close.tolist(), window["open"][-1], len(window)))
        return []

    run(Script(decide))

    closes = [10.5, 11.5, 12.5, 13.5, 14.5]
    assert [row[0] for row in seen] == [closes[: n + 1] for n in range(5)]
    assert [row[1] for row in seen] == [10, 11, 12, 13, 14]


def test_what_happens_later_does_not_change_what_happened_before():
    def decide(market):
        closes = market["AAPL"].close
        rising = len(closes) > 1 and closes[-1] > closes[-2]
        return [StrategySignal("AAPL", "buy" if rising else "sell", 1.0)]

    limits = Limits()
    whole = run(Script(decide), limits=limits)
    changed = run(
        Script(decide), {"AAPL": bars((10, 11, 12, 13, 20), None)}, limits=limits
    )

    assert fills(changed)[:3] == fills(whole)[:3]
    assert fills(changed)[3][3] == 20


def test_windows_are_views_that_cannot_be_written_and_do_not_grow():
    kept = []

    def decide(market):
        kept.append(market["AAPL"])
        return []

    run(Script(decide))

    assert [len(window) for window in kept] == [1, 2, 3, 4, 5]
    assert np.shares_memory(kept[0].close, kept[4].close)
    with pytest.raises(ValueError, match="read-only"):
        kept[4].close[0] = 1.0
    with pytest.raises(ArgumentError, match="received 'vwap'"):
        kept[4]["vwap"]


def test_symbols_are_interleaved_in_time_and_shown_together():
    data = {"AAPL": bars(), "MSFT": bars((20, 21, 22), days=DAYS[[0, 2, 3]])}
    strategy = Script(lambda _: [])

    run(strategy, data)

    assert strategy.seen == [
        {"AAPL": 1, "MSFT": 1},
        {"AAPL": 2, "MSFT": 1},
        {"AAPL": 3, "MSFT": 2},
        {"AAPL": 4, "MSFT": 3},
        {"AAPL": 5, "MSFT": 3},
    ]


def test_the_snapshot_names_the_moment_and_what_is_new():
    data = {"AAPL": bars(), "MSFT": bars((20, 21), days=DAYS[[0, 2]])}
    seen = []

    def decide(market):
        seen.append(market.updated)
        assert market["AAPL"].timestamp[-1] == market.now
        return []

    run(Script(decide), data)

    assert seen[0] == ("AAPL", "MSFT")
    assert seen[1] == ("AAPL",)


def _all_at_first(market):
    if len(market["AAPL"]) == 1:
        return [StrategySignal(symbol, "buy", 1.0) for symbol in market]
    return []


def test_each_symbol_fills_at_its_own_next_open():
    data = {"AAPL": bars(), "MSFT": bars((20, 21), days=DAYS[:2])}

    result = run(Script(_all_at_first), data)

    assert fills(result) == [("AAPL", "buy", 100, 11), ("MSFT", "buy", 100, 21)]


def test_a_symbol_without_a_bar_in_the_next_session_does_not_trade_later():
    data = {"AAPL": bars(), "MSFT": bars((20, 21), days=DAYS[[0, 3]])}

    result = run(Script(_all_at_first), data)

    assert fills(result) == [("AAPL", "buy", 100, 11)]
    assert result.statistics().orders.by_status["expired"] == 1


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01-06", "2026-01-08"),
        (dt.date(2026, 1, 6), dt.date(2026, 1, 8)),
        ("2026-01-06T00:00:00", "2026-01-08T16:00:00"),
        ("2026-01-06T14:30:00+00:00", "2026-01-08T21:00:00+00:00"),
        (
            dt.datetime(2026, 1, 6, 14, 30, tzinfo=dt.UTC),
            dt.datetime(2026, 1, 8, 21, tzinfo=dt.UTC),
        ),
    ],
)
def test_only_bars_between_start_and_end_are_replayed(start, end):
    strategy = Script(once())

    result = run(strategy, None, start, end)

    assert len(strategy.seen) == 3
    assert fills(result) == [("AAPL", "buy", 100, 12)]


def test_a_range_without_bars_is_an_error_that_names_what_there_is():
    with pytest.raises(DataError, match="reaches from 2026-01-05 to 2026-01-09"):
        run(Script(once()), None, "2025-01-01", "2025-02-01")


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ("2026-02-01", "2026-01-01", "start must lie before end"),
        ("yesterday", None, "ISO 8601"),
        (20260105, None, "must be a date"),
    ],
)
def test_a_range_that_is_none_is_refused(start, end, message):
    with pytest.raises(ArgumentError, match=message):
        run(Script(once()), None, start, end)


def test_cash_that_does_not_suffice_buys_nothing_and_the_reason_is_recorded():
    result = run(Script(once()), cash=1_000)

    assert fills(result) == []
    assert result.statistics().orders.rejects == {"insufficient_cash": 1}


def test_a_gap_at_the_open_never_overdraws_the_account():
    # 95 shares at the close of 10.5 cost 997.50; the open at 11 would cost 1,045.
    result = run(Script(once(), size=95), cash=1_000)

    assert fills(result) == []
    assert (result.account["cash"] >= 0).all()


def test_purchases_of_one_moment_share_the_cash():
    data = {name: bars((10, 10, 10, 10, 10), [10] * 5) for name in ("A", "B", "C")}

    def decide(market):
        first = len(market["A"]) == 1
        return [StrategySignal(s, "buy", 1.0) for s in market] if first else []

    result = run(Script(decide), data, cash=2_500)

    assert fills(result) == [("A", "buy", 100, 10), ("B", "buy", 100, 10)]
    assert result.statistics().orders.rejected == 1


def test_fees_are_kept_back_when_cash_is_counted():
    data = {"AAPL": bars((10, 10, 10, 10, 10), [10] * 5)}
    fees = FeeModel(taker_per_share="0.01", per_order=1)

    enough = run(Script(once()), data, cash=1_002, fees=fees)

    assert enough.account["cash"][-1] == 0
    assert fills(enough) == [("AAPL", "buy", 100, 10)]


def test_short_selling_is_refused_unless_the_limits_allow_it():
    refused = run(Script(once("sell")))
    allowed = run(Script(once("sell")), limits=Limits())

    assert fills(refused) == []
    assert fills(allowed) == [("AAPL", "sell", 100, 11)]


def test_limits_of_the_gate_are_enforced():
    result = run(Script(once()), limits=Limits(max_position=50))

    assert result.statistics().orders.rejects == {"position_limit": 1}


def test_an_order_fills_no_more_than_the_volume_of_its_bar():
    data = {"AAPL": bars(volume=60)}

    result = run(Script(once()), data, bar_fills=BarFills(volume_cap="0.5"))

    assert fills(result) == [("AAPL", "buy", 30, 11)]


def test_the_size_is_decided_with_what_was_known_at_the_signal():
    told = []

    class Sized(Script):
        def calculate_position_size(self, signal, portfolio_value, current_position):
            told.append((portfolio_value, current_position))
            return 100

    run(Sized(lambda m: [StrategySignal("AAPL", "buy", 1.0)]))

    # Bought at 11, then valued at the close of 11.5.
    assert told[:2] == [(1_000_000.0, 0.0), (1_000_050.0, 100.0)]


@pytest.mark.parametrize(("size", "bought"), [(99.9, 99), (0.4, None), (0, None)])
def test_a_size_is_rounded_down_to_lots(size, bought):
    found = fills(run(Script(once(), size=size)))

    assert [fill[2] for fill in found] == ([] if bought is None else [bought])


@pytest.mark.parametrize("size", [-5, float("nan"), None])
def test_a_size_that_is_none_is_refused_with_the_signal(size):
    with pytest.raises(ArgumentError, match="signal to buy AAPL"):
        run(Script(once(), size=size))


def test_a_sale_may_be_sized_with_its_sign():
    result = run(Script(once("sell"), size=-100), limits=Limits())

    assert fills(result) == [("AAPL", "sell", 100, 11)]


def test_signals_that_are_not_valid_are_counted_and_not_traded():
    result = run(Script(once(confidence=0.1)))

    assert fills(result) == []
    assert "signals-not-traded" in codes(result)
    assert any("1 low confidence" in f.message for f in result.findings)


def test_silence_is_a_finding():
    assert "no-signals" in codes(run(Script(lambda _: [])))


@pytest.mark.parametrize("answer", [None, "buy", [("AAPL", "buy")]])
def test_an_answer_that_is_no_list_of_signals_is_refused(answer):
    with pytest.raises(ArgumentError, match="must return a list of StrategySignal"):
        run(Script(lambda _: answer))


def test_a_strategy_sees_and_trades_only_its_own_symbols():
    data = {"AAPL": bars(), "MSFT": bars((20, 21, 22, 23, 24))}
    strategy = Script(once(symbol="MSFT"), symbols=["MSFT"])

    result = run(strategy, data)

    assert strategy.seen[0] == {"MSFT": 1}
    assert fills(result) == [("MSFT", "buy", 100, 21)]


def test_a_symbol_without_bars_is_an_error_and_not_silence():
    with pytest.raises(DataError, match=r"trades IBM, of which .* no bars"):
        run(Script(once(), symbols=["IBM"]))


def test_a_strategy_that_deactivates_itself_is_asked_no_more():
    def decide(_):
        strategy.deactivate()
        return []

    strategy = Script(decide)

    run(strategy)

    assert len(strategy.seen) == 1


def test_a_strategy_is_left_as_active_as_it_was():
    asleep, awake = Script(once()), Script(once())
    awake.activate()

    run(asleep)
    run(awake)

    assert not asleep.is_active
    assert awake.is_active


def test_the_same_run_twice_has_the_same_hash():
    first, second = run(Script(once())), run(Script(once()))

    assert first.state_hash == second.state_hash
    assert first.run_id == second.run_id
    assert first.fills.tobytes() == second.fills.tobytes()


def _pandas(table):
    import pandas as pd

    return pd.DataFrame(table).set_index("date")


def _polars(table):
    import polars as pl

    return pl.DataFrame(table)


def _arrow(table):
    import pyarrow as pa

    return pa.table(table)


def _structured(table):
    names = {k: ("f8" if k != "date" else "M8[D]") for k in table}
    rows = np.empty(len(table["date"]), list(names.items()))
    for key, column in table.items():
        rows[key] = column
    return rows


def _market_data(table):
    return bars_from(table, symbol="AAPL")


@pytest.mark.parametrize("shape", [_pandas, _polars, _arrow, _structured, _market_data])
def test_bars_may_come_in_any_shape(shape):
    pytest.importorskip("pandas")
    plain = run(Script(once()))

    result = run(Script(once()), {"AAPL": shape(bars())})

    assert fills(result) == fills(plain)
    assert result.state_hash == plain.state_hash


def test_whole_market_data_and_mixed_shapes_are_taken_too():
    whole = bars_from({"AAPL": bars(), "MSFT": bars((20, 21, 22, 23, 24))})
    mixed = {"MSFT": whole, "AAPL": bars()}

    assert fills(run(Script(once()), whole)) == [("AAPL", "buy", 100, 11)]
    assert fills(run(Script(once()), mixed)) == [("AAPL", "buy", 100, 11)]


@pytest.mark.parametrize("data", [{}, [1, 2], None])
def test_data_that_is_no_mapping_is_refused(data):
    with pytest.raises(ArgumentError, match="data must map symbols to bars"):
        BacktestEngine().run_backtest(Script(once()), data)


def test_what_is_no_strategy_is_refused():
    with pytest.raises(
        ArgumentError, match="a BaseStrategy or a Strategy; received int"
    ):
        run(3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fees": 0}, "fees must be"),
        ({"latency": []}, "latency must be"),
        ({"limits": {}}, "limits must be"),
        ({"bar_fills": ""}, "bar_fills must be"),
        ({"timezone": 5}, "timezone must be"),
        ({"timezone": "Moon/Crater"}, "timezone must be an IANA name"),
        ({"intervall": "1d"}, "Did you mean 'interval'"),
    ],
)
def test_terms_are_looked_at_before_any_run(options, message):
    with pytest.raises(ArgumentError, match=message):
        BacktestEngine(**options)
