"""What a configuration names is found, or missed where it stands in the file."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from ai_trading.backtest.assemble import load_strategy, read_data, run_backtest
from ai_trading.backtest.config import BacktestConfig
from ai_trading.backtest.engine import Backtest
from ai_trading.backtest.terms import FeeModel, Limits
from ai_trading.core.errors import ConfigError

BARS = """time,open,high,low,close,volume
2026-03-09T13:30:00Z,10.00,10.20,9.90,10.10,1000
2026-03-09T13:31:00Z,10.10,10.30,10.00,10.20,1100
2026-03-10T13:30:00Z,10.20,10.40,10.10,10.30,1200
"""
STRATEGY = """
class Maker:
    name = "maker"

    def __init__(self, symbol, *, size=100):
        self.symbol, self.size = symbol, size


class Anything:
    def __init__(self, name="x", **rest):
        self.name, self.rest = name, rest
"""
SIGNALS = """
from ai_trading.strategies import BaseStrategy, StrategySignal


class Rising(BaseStrategy):
    def generate_signals(self, market_data):
        return [
            StrategySignal(symbol, "buy", 1.0)
            for symbol, bars in market_data.items()
            if len(bars) > 1 and bars.close[-1] > bars.close[-2]
        ]

    def calculate_position_size(self, signal, portfolio_value, current):
        return 100 if current == 0 else 0
"""


@pytest.fixture(name="folder")
def folder_fixture(tmp_path):
    for symbol in ("AAPL", "MSFT"):
        (tmp_path / f"{symbol}.csv").write_text(BARS, "utf-8")
    (tmp_path / "my.py").write_text(STRATEGY, "utf-8")
    return tmp_path


def configured(folder, *, data=None, strategy=None, **sections) -> BacktestConfig:
    return BacktestConfig.check(
        {
            "data": data or {"path": "*.csv"},
            "strategy": strategy or {"class": "my.py:Maker", "params": {"symbol": "A"}},
            **sections,
        },
        file=folder / "run.toml",
    )


def test_a_pattern_becomes_one_source_of_all_its_symbols(folder):
    (source,) = read_data(configured(folder))

    assert source.kind == "bars"
    assert sorted(source.instruments.symbols) == ["AAPL", "MSFT"]
    assert len(source) == 6


def test_a_list_of_symbols_leaves_the_others_out(folder):
    (source,) = read_data(
        configured(folder, data={"path": "*.csv", "symbols": ["MSFT"]})
    )

    assert source.instruments.symbols == ("MSFT",)
    assert len(source) == 3


def test_the_range_cuts_bars(folder):
    config = configured(folder, run={"start": dt.date(2026, 3, 10)})

    (source,) = read_data(config)

    assert len(source) == 2
    assert (source.records["timestamp"] >= config.run.start_ns).all()


def test_instruments_take_what_the_file_says(folder):
    config = configured(
        folder, instruments={"AAPL": {"tick_size": "0.01", "sector": "Technology"}}
    )

    (source,) = read_data(config)

    apple = source.instruments["AAPL"]
    assert str(apple.tick_size) == "0.01"
    assert apple.sector == "Technology"
    index = source.instruments.index("AAPL")
    closes = source.records["close"][source.records["instrument"] == index]
    assert np.array_equal(closes, [1010, 1020, 1030])


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"data": {"path": "none.csv"}}, r"data\[0\]\.path: there is no file"),
        ({"data": {"path": "*.parquet"}}, r"data\[0\]\.path: no file matches"),
        (
            {"instruments": {"APPL": {"sector": "x"}}},
            r"instruments\.APPL: the data has no such symbol. Did you mean AAPL\?",
        ),
    ],
)
def test_what_the_data_lacks_is_named(folder, sections, said):
    with pytest.raises(ConfigError, match=said):
        read_data(configured(folder, **sections))


def strategy(folder, **section):
    config = configured(folder, strategy=section)
    return load_strategy(config.strategy[0], config, 0)


def test_a_strategy_comes_from_a_file_beside_the_configuration(folder):
    made = strategy(
        folder, **{"class": "my.py:Maker"}, params={"symbol": "AAPL", "size": 5}
    )

    assert (made.symbol, made.size, made.name) == ("AAPL", 5, "maker")


def test_a_name_is_given_as_argument_or_as_attribute(folder):
    first = strategy(
        folder, **{"class": "my.py:Maker"}, params={"symbol": "A"}, name="one"
    )
    second = strategy(folder, **{"class": "my.py:Anything"}, name="two")

    assert (first.name, second.name) == ("one", "two")


def test_a_strategy_comes_from_a_package(folder):
    made = strategy(folder, **{"class": "fractions:Fraction"}, params={"numerator": 3})

    assert made == 3


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"class": "your.py:Maker"}, r"strategy\[0\]\.class: there is no file"),
        ({"class": "no_such.place:X"}, r"there is no module no_such\.place"),
        ({"class": "my.py:Mker"}, r"has no class Mker. Did you mean Maker\?"),
        (
            {"class": "my.py:Maker", "params": {"symbol": "A", "sise": 1}},
            r"strategy\[0\]\.params: Maker has no parameter sise. Did you mean size\?",
        ),
        ({"class": "my.py:Maker"}, r"missing a required argument: 'symbol'"),
    ],
)
def test_a_strategy_that_cannot_be_made_is_named(folder, section, said):
    with pytest.raises(ConfigError, match=said):
        strategy(folder, **section)


def test_classes_that_a_package_loads_late_are_listed(folder):
    config = configured(
        folder, strategy={"class": "ai_trading.strategies.library:Nope"}
    )

    with pytest.raises(ConfigError, match=r"no class Nope; it has MarketMaker"):
        load_strategy(config.strategy[0], config, 0)


def test_a_value_that_a_strategy_cannot_take_is_named_with_its_place(folder):
    section = {
        "class": "ai_trading.strategies.library:MarketMaker",
        "params": {"size": "big"},
    }
    config = configured(folder, strategy=section)

    with pytest.raises(ConfigError, match=r"strategy\[0\]\.params: .*size='big'"):
        load_strategy(config.strategy[0], config, 0)


def test_a_class_that_is_no_strategy_is_refused(folder):
    config = configured(folder, strategy={"class": "decimal:Decimal"})

    with pytest.raises(ConfigError, match=r"must be an object of ai_trading\.Strategy"):
        run_backtest(config)


def test_an_error_inside_a_users_file_is_the_users_own(folder):
    (folder / "broken.py").write_text("import no_such_package\n", "utf-8")

    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        strategy(folder, **{"class": "broken.py:X"})


BUYER = """
from ai_trading.strategies import Strategy


class Buyer(Strategy):
    def on_bar(self, bar):
        if self.position(bar.symbol) == 0:
            self.buy(bar.symbol, 100)
"""


def run_with(folder, **fees):
    (folder / "buyer.py").write_text(BUYER, "utf-8")
    return run_backtest(
        configured(
            folder,
            data={"path": "AAPL.csv"},
            strategy={"class": "buyer.py:Buyer"},
            fees=fees,
        )
    )


def test_a_fee_schedule_is_charged_by_name_and_from_a_file(folder):
    (folder / "mine.toml").write_text(
        '[mine]\nlines = [{ name = "x", per = "share", rate = 0.01 }]\n', "utf-8"
    )

    named = run_with(folder, schedule="us_broker_fixed")
    own = run_with(folder, schedule="mine.toml", taker_per_share=0.001)

    assert [int(fee) for fee in named.fills["fee"]] == [1_000_000_000]
    assert [int(fee) for fee in own.fills["fee"]] == [1_100_000_000]
    assert own.run_id != run_with(folder, schedule="mine.toml").run_id


@pytest.mark.parametrize(
    ("fees", "said"),
    [
        ({"schedule": "us"}, "there is no fee schedule 'us'"),
        ({"schedule": "uk_equity"}, "in GBP, the account in USD"),
        ({"prior_quantity": 5}, "for the tiers of a schedule"),
        ({"schedule": "none.toml"}, "cannot read the fee schedule"),
    ],
)
def test_a_fee_schedule_that_cannot_be_is_refused(folder, fees, said):
    with pytest.raises(ConfigError, match=said):
        run_with(folder, **fees)


def test_a_signal_driven_strategy_is_run_from_a_file_as_from_python(folder):
    (folder / "signals.py").write_text(SIGNALS, "utf-8")
    config = configured(
        folder,
        strategy={"class": "signals.py:Rising", "params": {"strategy_id": "rising"}},
    )

    result = run_backtest(config)

    (data,) = read_data(config)
    rising = load_strategy(config.strategy[0], config, 0)
    fees, limits = FeeModel(), Limits(**config.limits.model_dump())
    again = Backtest(data, strategies=[rising.for_backtest(data, fees, limits)]).run()
    assert len(result.fills) == 2
    assert result.fills.tolist() == again.fills.tolist()
