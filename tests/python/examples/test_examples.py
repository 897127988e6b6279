"""The examples run as they stand, and their figures stay what they are."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading.backtest.config import load_config
from ai_trading.backtest.engine import Backtest
from ai_trading.market import bars_from
from ai_trading.market.synthetic import synthetic_day

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))
CONFIGS = sorted(EXAMPLES.glob("*.toml"))


def load_script(name):
    if f"example_{name}" in sys.modules:
        return sys.modules[f"example_{name}"]
    spec = importlib.util.spec_from_file_location(
        f"example_{name}", EXAMPLES / f"{name}.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def figures(result):
    return len(result.orders), len(result.fills), str(result.profit), result.state_hash


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.stem)
def test_a_script_runs_without_any_file_and_ends_in_a_table(file, capsys):
    load_script(file.stem).main()

    assert "Profit after fees" in capsys.readouterr().out


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_a_configuration_is_valid_and_has_a_script_beside_it(file):
    config = load_config(file)

    assert file.with_suffix(".py").exists()
    assert config.strategy[0].cls.endswith(("Crossover", "MarketMaker", "TwapBuyer"))


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.stem)
def test_a_script_is_short_enough_to_read(file):
    assert len(file.read_text("utf-8").splitlines()) < 160


def test_the_crossover_on_generated_bars_does_what_it_did():
    crossover = load_script("crossover")

    result = Backtest(crossover.random_walk(), strategies=[crossover.Crossover()]).run()

    assert figures(result) == CROSSOVER


def test_the_market_maker_on_a_generated_day_does_what_it_did():
    data = synthetic_day(["ACME"], seed=1, events=30_000)

    assert figures(load_script("market_maker").run(data)) == MARKET_MAKER


def test_the_buyer_on_a_generated_day_does_what_it_did():
    data = synthetic_day(["ACME"], seed=1, events=30_000)

    result, report = load_script("twap").run(data, quantity=3_000)

    assert figures(result) == TWAP
    assert report.bought == 3_000


@given(
    st.lists(st.integers(1, 10**6).map(lambda cents: cents / 100), max_size=200),
    st.integers(1, 5),
    st.integers(1, 20),
)
def test_incremental_averages_agree_with_plain_ones(closes, fast, more):
    slow = fast + more
    crossover = load_script("crossover")

    class Watch(crossover.Crossover):
        def cross(self, symbol, averages):
            averages.above = not averages.above

    watch = Watch(fast=fast, slow=slow)
    watch.averages, watch.ended = {"A": crossover.Averages(slow)}, {"A": 0}

    for n, close in enumerate(closes, start=1):
        watch.on_bar(SimpleNamespace(symbol="A", timestamp=n, close=close))
        above = watch.averages["A"].above
        if n < slow:
            assert above is False
            continue
        past = np.array(closes[:n])
        distance = past[-fast:].mean() - past[-slow:].mean()
        if abs(distance) > 1e-6:
            assert above == (distance > 0)


def test_a_gap_in_the_data_starts_the_averages_anew():
    def table(dates):
        price = np.linspace(100, 120, len(dates)).round(2)
        return {
            "date": dates,
            "open": price,
            "high": price,
            "low": price,
            "close": price,
            "volume": np.full(len(dates), 10_000),
        }

    days = np.arange("2026-01-05", "2026-04-01", dtype="datetime64[D]")
    days = days[np.is_busday(days)]
    whole, apart = days[:20], np.concatenate((days[:6], days[30:44]))
    first = [
        Backtest(
            bars_from(table(dates), symbol="ACME"),
            strategies=[load_script("crossover").Crossover(fast=2, slow=8)],
        )
        .run()
        .orders["submitted"][0]
        for dates in (whole, apart)
    ]

    # The eighth bar fills the averages; with a gap after the sixth, the fourteenth.
    sent = np.array(first).astype("datetime64[ns]").astype("datetime64[D]")
    assert sent.tolist() == [whole[7], apart[13]]


# Orders, fills, profit and state hash; looked at and pinned anew when a rule changes.
CROSSOVER = (236, 236, "101", "d1aa3659bccb1320")
MARKET_MAKER = (78, 103, "-27.56", "a54b53512218fd2b")
TWAP = (22, 16, "-354", "0fed3277b20d627a")
