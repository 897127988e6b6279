"""Accounts in several currencies: terms, an engine's account, and whole runs."""

from __future__ import annotations

import re
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_trading.backtest.engine import Backtest, FeeModel, Limits
from ai_trading.backtest.report import render
from ai_trading.backtest.report.text import money
from ai_trading.backtest.rules import HoldingRates
from ai_trading.backtest.statistics import summarize
from ai_trading.backtest.translation import rates_at, translated
from ai_trading.core.errors import ArgumentError, ConfigError, DataError
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import BAR
from ai_trading.database import DatabaseManager
from ai_trading.database.runs import load_run, store_run
from ai_trading.execution.currencies import Currency, read_rates
from ai_trading.execution.engine import ExecutionEngine
from ai_trading.execution.fees import FeeSchedule
from ai_trading.market.source import MarketData
from ai_trading.strategies.strategy import Strategy

MINUTE = 60_000_000_000
START = 1_768_487_400_000_000_000
TABLE = InstrumentTable(
    [
        Instrument("HOME", tick_size=Decimal("0.01")),
        Instrument("AWAY", tick_size=Decimal("0.01"), currency="EUR"),
        Instrument("FAR", tick_size=Decimal("0.1"), currency="JPY"),
    ]
)


def bars(count=12, seed=0):
    """Bars of the three instruments, a minute each, their prices wandering."""
    rng = np.random.default_rng(seed)
    rows = np.zeros(count * 3, BAR)
    for i in range(count):
        for index in range(3):
            row = rows[i * 3 + index]
            price = 10_000 + int(rng.integers(-300, 300))
            row["start"], row["timestamp"] = (
                START + i * MINUTE,
                START + (i + 1) * MINUTE,
            )
            row["open"] = row["close"] = price
            row["high"], row["low"], row["volume"] = price + 5, price - 5, 10**6
            row["instrument"] = index
    return MarketData(rows, TABLE, "made")


class Trader(Strategy):
    """Trades what it is told: (bar number, symbol, signed quantity)."""

    def __init__(self, wanted=()):
        super().__init__("trader")
        self.wanted, self.seen = list(wanted), 0

    def on_bar(self, bar):
        place, self.seen = self.seen // 3, self.seen + 1
        for when, symbol, quantity in self.wanted:
            if (when, symbol) == (place, bar.symbol):
                send = self.buy if quantity > 0 else self.sell
                send(symbol, abs(quantity))


def run(wanted, *, currencies=None, data=None, **options):
    others = currencies or {
        "EUR": Currency(
            rate=[(START, "1.10"), (START + 5 * MINUTE, "1.25")], cash=10_000
        ),
        "JPY": Currency(rate="0.0067"),
    }
    return Backtest(
        data or bars(),
        strategies=[Trader(wanted)],
        currencies=others,
        limits=Limits(price_collar=None),
        fees=FeeModel(per_order="0.35", taker_bps="1.5"),
        **options,
    ).run()


def holds(statement):
    """The identity of the issue, exactly."""
    s = statement
    return s.cash + s.positions == (
        s.deposits
        + s.exchanged
        + s.realized
        + s.unrealized
        + s.income
        - s.costs
        + s.translation
    )


class TestTerms:
    def test_say_what_is_wrong(self):
        with pytest.raises(ArgumentError, match="above 0; received 0"):
            Currency(rate=0)
        with pytest.raises(ArgumentError, match="must rise"):
            Currency(rate=[(5, 1), (5, 2)])
        with pytest.raises(ArgumentError, match="holds no rate"):
            Currency(rate=[])

    def test_rates_of_a_file(self, tmp_path):
        file = tmp_path / "eurusd.csv"
        file.write_text(
            "time,rate\n2026-01-15T14:30:00Z,1.10\n1768489200000000000,1.11\n", "utf-8"
        )

        assert read_rates(file) == [
            (1_768_487_400_000_000_000, Decimal("1.10")),
            (1_768_489_200_000_000_000, Decimal("1.11")),
        ]
        file.write_text("time,rate\nyesterday,1.1\n", "utf-8")
        with pytest.raises(DataError, match=r"eurusd.csv:2: a row needs a time"):
            read_rates(file)
        with pytest.raises(DataError, match="cannot read the rates"):
            read_rates(tmp_path / "none.csv")


class TestARun:
    def test_pays_in_the_currency_of_the_instrument(self):
        result = run([(0, "AWAY", 10)])

        euros = result.statements["EUR"]
        fill = result.fills[0]
        paid = Decimal(int(fill["price"])) / 100 * 10
        fee = Decimal(int(fill["fee"])) / 10**9
        assert euros.cash == 10_000 - paid - fee
        assert euros.deposits == 10_000
        assert euros.costs == fee
        assert result.statements["USD"].cash == 1_000_000
        assert result.statements["JPY"].value == 0

    def test_is_valued_in_the_accounts_currency_at_the_present_rate(self):
        result = run([(0, "AWAY", 10)])

        euros = result.statements["EUR"]
        assert result.initial_cash == Decimal(1_000_000) + 10_000 * Decimal("1.10")
        assert result.final_value == (1_000_000 + euros.value * Decimal("1.25"))
        assert result.consolidated.value == result.final_value
        # 10,000 euros deposited at 1.10 are worth 1.25 each: most of what was gained.
        assert result.consolidated.translation > 1_400

    def test_statistics_are_in_the_accounts_currency(self):
        result = run([(0, "AWAY", 10), (8, "AWAY", -10)])
        known = summarize(result)

        first, second = result.fills
        values = [
            Decimal(int(fill["price"])) / 100 * 10 * rate
            for fill, rate in ((first, Decimal("1.10")), (second, Decimal("1.25")))
        ]
        fees = [Decimal(int(fill["fee"])) / 10**9 for fill in result.fills]
        assert known.traded_value == sum(values)
        assert result.fees == pytest.approx(
            fees[0] * Decimal("1.10") + fees[1] * Decimal("1.25"), abs=Decimal("2e-9")
        )
        assert known.symbols[0].profit == values[1] - values[0] - result.fees

    def test_one_currency_passes_through_untouched(self):
        data = MarketData(
            bars().records[bars().records["instrument"] == 0],
            InstrumentTable([TABLE["HOME"]]),
            "one",
        )
        result = Backtest(data, strategies=[Trader([(0, "HOME", 5)])]).run()

        assert result.rates == {}
        assert translated(result) is result.fills
        assert list(result.statements) == ["USD"]
        assert result.consolidated.translation == 0
        assert rates_at(result, 0, np.array([1, 2])).tolist() == [10**9] * 2

    def test_what_cannot_be_meant_is_refused(self):
        with pytest.raises(ArgumentError, match="AWAY is quoted in EUR"):
            Backtest(bars(), strategies=[Trader()]).run()
        with pytest.raises(ArgumentError, match="USD is the account's own"):
            run([], currencies={"USD": Currency(rate=1)})
        euros = {"EUR": Currency(rate=1), "JPY": Currency(rate=1)}
        with pytest.raises(ArgumentError, match="cash_only looks at one"):
            Backtest(
                bars(),
                strategies=[Trader()],
                currencies=euros,
                limits=Limits(cash_only=True),
            )
        table = FeeModel(schedule=FeeSchedule.named("us_broker_fixed"))
        with pytest.raises(ArgumentError, match="is in USD alone"):
            Backtest(bars(), strategies=[Trader()], currencies=euros, fees=table)

    def test_the_same_inputs_give_the_same_run_and_other_rates_another(self):
        wanted = [(1, "FAR", 7)]

        assert run(wanted).run_id == run(wanted).run_id
        other = run(
            wanted, currencies={"EUR": Currency(rate=1), "JPY": Currency(rate=2)}
        )
        assert other.run_id != run(wanted).run_id

    @settings(max_examples=40, deadline=None)
    @given(
        seed=st.integers(0, 2**32),
        wanted=st.lists(
            st.tuples(
                st.integers(0, 11),
                st.sampled_from(["HOME", "AWAY", "FAR"]),
                st.integers(-40, 40).filter(bool),
            ),
            max_size=12,
        ),
        euro=st.lists(st.integers(1, 3 * 10**9), min_size=1, max_size=11),
        yen=st.integers(1, 10**8),
        cash=st.integers(0, 10**9),
    )
    def test_the_books_balance_in_every_currency_and_together(
        self, seed, wanted, euro, yen, cash
    ):
        rates = [
            (START + i * MINUTE + seed % 7, Decimal(rate).scaleb(-9))
            for i, rate in enumerate(euro)
        ]
        currencies = {
            "EUR": Currency(rate=rates, cash=Decimal(cash).scaleb(-3)),
            "JPY": Currency(rate=Decimal(yen).scaleb(-9)),
        }

        result = run(wanted, currencies=currencies, data=bars(seed=seed))

        assert all(holds(one) for one in result.statements.values())
        assert holds(result.consolidated)
        assert all(one.translation == 0 for one in result.statements.values())
        last = {"USD": Decimal(1), "JPY": Decimal(yen).scaleb(-9)}
        last["EUR"] = [rate for at, rate in rates if at <= result.end_ns][-1:] or [
            rates[0][1]
        ]
        last["EUR"] = last["EUR"][0]
        worth = sum(one.value * last[code] for code, one in result.statements.items())
        assert abs(result.consolidated.value - worth) < Decimal("1e-15")
        assert abs(result.final_value - worth) <= Decimal("1e-6")


class TestAnEngine:
    def test_keeps_an_account_in_each_currency(self):
        engine = ExecutionEngine(
            bars(),
            currencies={
                "EUR": Currency(rate="1.1", cash=5_000),
                "JPY": Currency(rate=1),
            },
        )

        engine.execute_order("AWAY", "buy", 10)
        engine.exchange(1_000, "USD", bought=900, into="EUR")
        engine.set_rate("EUR", "1.2")

        euros, dollars = engine.statements["EUR"], engine.statements["USD"]
        assert euros.exchanged == 900
        assert euros.deposits == 5_000
        assert euros.cash < 5_900
        assert dollars.exchanged == -1_000
        assert all(holds(one) for one in engine.statements.values())
        assert holds(engine.consolidated)
        assert engine.consolidated.translation != 0

    def test_takes_the_currency_of_its_feed_where_that_is_one(self):
        table = InstrumentTable([Instrument("AWAY", currency="EUR")])
        rows = bars().records[bars().records["instrument"] == 0]

        engine = ExecutionEngine(MarketData(rows, table, "euros"))

        assert list(engine.statements) == ["EUR"]

    def test_refuses_what_it_has_no_account_for(self):
        with pytest.raises(ConfigError, match="AWAY is quoted in EUR"):
            ExecutionEngine(bars())
        engine = ExecutionEngine(currencies={"EUR": Currency(rate=1)})
        with pytest.raises(ArgumentError, match="the account has no GBP"):
            engine.set_rate("GBP", 1)
        with pytest.raises(ArgumentError, match="a rate is positive"):
            engine.set_rate("USD", 1)
        with pytest.raises(ArgumentError, match="two amounts above 0"):
            engine.exchange(1, "USD", bought=1, into="USD")


class TestWhatIsKept:
    """A run's currencies and charges in the database and on the page."""

    def result(self):
        return run(
            [(0, "AWAY", -10), (0, "FAR", 5), (6, "HOME", 3)],
            data=bars(40),  # from half past: one full hour
            holding=HoldingRates(
                borrow={"AWAY": "0.5"},
                funding={"AWAY": [(START + 3 * MINUTE, "0.0001")]},
                accrue="hour",
                dividends={"FAR": [(START + 4 * MINUTE, 2)]},
                interest={"EUR": ("0.01", "0.05")},
            ),
        )

    def test_comes_back_equal_from_the_database(self, tmp_path):
        result = self.result()
        assert result.charges["kind"].tolist() == [1, 2, 0, 3]
        assert result.charges["currency"].tolist() == [1, 2, 1, 1]

        with DatabaseManager(f"sqlite:///{tmp_path / 'runs.db'}").initialize() as base:
            again = load_run(base, store_run(base, result))

        assert again.statements == result.statements
        assert again.consolidated == result.consolidated
        assert list(again.rates) == ["EUR", "JPY"]
        for code, told in result.rates.items():
            np.testing.assert_array_equal(again.rates[code], told)
        np.testing.assert_array_equal(again.charges, result.charges)

    def test_stands_in_the_costs_of_the_report(self):
        result = self.result()

        page = render(result)

        told = page[page.index("Holding positions") :]
        told = re.sub(r"<[^>]+>", " ", re.sub(r"</?span[^>]*>", "", told))
        words = " ".join(told.split())
        assert words.startswith("Holding positions Holding For Charges Paid In USD")
        (borrow,) = result.charges[result.charges["kind"] == 0]
        paid = Decimal(int(borrow["amount"])).scaleb(-9)
        assert f"AWAY Borrow 1 {money(paid)} EUR {money(paid * Decimal('1.25'))}" in (
            words
        )
        assert "FAR Dividends 1 " in words
        assert "Cash EUR Interest 1 " in words
        dated = words[words.index("By date: 4 Time Holding For Quantity Paid") :]
        assert " FAR Dividends 5 \u221210" in dated
        for code, statement in result.statements.items():
            assert f"{code} {money(statement.cash)} " in words
        assert f"All in USD {money(result.consolidated.cash)}" in words
        assert "EUR" in words
        assert " 1.25 " in words
        assert money(result.consolidated.translation, "USD") in words

    def test_one_currency_without_charges_has_neither_table(self):
        table = InstrumentTable([TABLE[0]])
        alone = bars().records
        data = MarketData(alone[alone["instrument"] == 0], table, "made")
        result = Backtest(data, strategies=[Trader([(0, "HOME", 3)])]).run()

        page = render(result)

        assert "Holding positions" not in page
        assert "By currency" not in page
