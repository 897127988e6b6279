"""Stops, pegs and brackets of compiled strategies are those of one in Python."""

from __future__ import annotations

import numpy as np
import pytest
from compiling import ROOT, library
from run_samples import OPEN, SECOND, busy_day, market
from terms_probe import KINDS, ON_BARS, TermsProbe
from three_markets import MARKETS

from ai_trading import Backtest
from ai_trading.backtest.terms import FeeModel, Latency, LevelFills
from ai_trading.core.errors import AiTradingError
from ai_trading.core.records import ORDER_TYPE, QUOTE, EventKind
from ai_trading.execution.algorithms import Iceberg, Pov, Twap
from ai_trading.strategies import NativeStrategy, Strategy

TYPES = {
    "stop limit": "stop_limit",
    "trailing amount": "trailing_stop",
    "trailing percentage": "trailing_stop",
    "post only": "post_only",
    "post only, sliding": "post_only",
    "iceberg": "iceberg",
    "hidden": "hidden",
    "peg to the own side": "pegged",
    "peg to the middle": "pegged",
    "peg to the other side": "pegged",
    "all or nothing": "limit",
    "good till a date": "limit",
    "bracket": "market",
    "bracket of limits": "limit",
    "closing auction": "limit",
    "exits of a position": "market",
    "minimum quantity": "limit",
    "all or none": "limit",
    "hidden minimum": "hidden",
    "market to limit": "market_to_limit",
    "good till canceled": "limit",
    "iceberg that is changed": "iceberg",
    "peg that is changed": "pegged",
    "trailing stop that is watched": "trailing_stop",
}
CASES = [
    (data, kind) for data in MARKETS for kind in (ON_BARS if data == "bars" else KINDS)
]
SLOW = {
    "latency": Latency(feed=2 * SECOND, entry=3 * SECOND, response=SECOND),
    "fees": FeeModel(maker_per_share="-0.002", taker_per_share="0.003"),
    "level_fills": LevelFills(queue="power"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("terms")


@pytest.fixture(scope="module")
def native(folder):
    return library(ROOT / "tests" / "python" / "terms.cpp", folder)


def moving(rows):
    """Take some levels away, so that the best prices move."""
    levels = rows["kind"] == EventKind.LEVEL if "kind" in rows.dtype.names else []
    gone = np.flatnonzero(levels)[::3]
    if len(gone):
        rows["quantity"][gone] = 0
    return rows


def records(result):
    return (
        result.orders.tobytes(),
        result.order_terms.tobytes(),
        result.fills.tobytes(),
        result.account.tobytes(),
        result.state_hash,
    )


@pytest.mark.parametrize(("data", "kind"), CASES)
def test_each_term_does_the_same_in_all_three(data, kind, native):
    pytest.importorskip("numba")
    from terms_numba import CompiledTerms

    source = market(moving(MARKETS[data]()))
    number = KINDS.index(kind)
    options = SLOW if number % 2 else {}

    def run(strategy):
        return Backtest(source, strategies=[strategy], **options).run()

    python = run(TermsProbe(number))
    assert len(python.orders) > 100
    first = ORDER_TYPE[int(python.orders["type"][0])]
    assert first == TYPES.get(kind, "stop")
    if kind not in {"closing auction", "post only"}:
        assert len(python.fills) > 0

    assert records(run(NativeStrategy(native, "terms", kind=number))) == records(python)
    assert records(run(CompiledTerms(number))) == records(python)


WRONG = """
#include <ai_trading/sim/strategy.hpp>

using namespace ai_trading;

class Wrong final : public sim::Strategy {
 public:
  explicit Wrong(const Parameters& given)
      : how_{given.text("how", "")}, caught_{given.truth("caught", false)} {}

  void on_start() override { (void)set_timer(Nanos{now().n + 5'000'000'000}); }
  void on_timer(std::uint64_t) override {
    try {
      act();
    } catch (const std::invalid_argument&) {
      if (!caught_) throw;
    }
  }

 private:
  void act() {
    sim::Order order{.quantity = Lots{1}, .stop = Ticks{9'900}};
    if (how_ == "two") order.hidden = true;
    if (how_ == "fok") order.time_in_force = TimeInForce::fok;
    if (how_ == "far") order.stop = Ticks{std::int64_t{1} << 62};
    if (how_ == "mid") order.trigger = sim::Trigger::mid;
    if (how_ == "bracket") {
      (void)bracket(order, {.take_profit = Ticks{1}, .stop_loss = Ticks{2}});
    } else if (how_ == "parent") {
      (void)work({.quantity = 1, .start = 5, .end = 5});
    } else {
      (void)submit(order);
    }
  }

  std::string how_;
  bool caught_;
};

AI_TRADING_STRATEGY(Wrong)
"""
REFUSED = {
    "two": "received stop and hidden",
    "fok": "cannot be fok",
    "far": "within 2\\^62 ticks",
    "bracket": "needs stop_loss < limit < take_profit",
    "parent": "the start must come before the end",
}


@pytest.fixture(scope="module")
def wrong(folder):
    (folder / "wrong.cpp").write_text(WRONG)
    return library(folder / "wrong.cpp", folder)


@pytest.mark.parametrize("how", REFUSED)
def test_wrong_terms_end_the_run_with_the_reason_or_are_caught(how, wrong):
    data = market(busy_day(50))

    with pytest.raises(AiTradingError, match=f"Wrong ended the run: .*{REFUSED[how]}"):
        Backtest(data, strategies=[NativeStrategy(wrong, how=how)]).run()

    caught = NativeStrategy(wrong, how=how, caught=True)
    assert len(Backtest(data, strategies=[caught]).run().orders) == 0


def test_what_the_data_of_the_run_cannot_show_is_refused_as_in_python(wrong):
    bars = market(MARKETS["bars"](50))
    trades = market(MARKETS["levels"](50))
    trades.records["kind"] = EventKind.TRADE

    for data, words in ((bars, "bars show none"), (trades, "trades without a book")):
        with pytest.raises(AiTradingError, match=words):
            Backtest(data, strategies=[NativeStrategy(wrong, how="mid")]).run()


def test_wrong_terms_of_a_numba_strategy_end_the_run_too():
    pytest.importorskip("numba")
    from ai_trading.strategies.compiled import CompiledStrategy, submit

    class Wrong(CompiledStrategy):
        @staticmethod
        def on_quote(me, quote):
            submit(me, quote.instrument, 0, 1, stop=9_900, display=2)

    with pytest.raises(AiTradingError, match="received stop and display"):
        Backtest(market(busy_day(50)), strategies=[Wrong()]).run()


def test_the_usual_trigger_is_what_the_data_has(native):
    rows = np.zeros(400, dtype=QUOTE)
    rows["timestamp"] = OPEN + SECOND * np.arange(400)
    rows["bid_price"] = 10_000 + np.arange(400) % 7
    rows["ask_price"] = rows["bid_price"] + 2
    rows["bid_quantity"] = rows["ask_quantity"] = 50
    data = market(rows)

    python = Backtest(data, strategies=[TermsProbe(0)]).run()
    run = Backtest(data, strategies=[NativeStrategy(native, "terms", kind=0)]).run()

    assert set(run.order_terms["trigger"]) == {1}
    assert len(run.fills) > 0
    assert records(run) == records(python)


@pytest.mark.parametrize("name", ["Older", "Second"])
def test_a_library_of_an_earlier_version_still_runs(name, folder):
    source = f"{name.lower()}.cpp"
    older = library(ROOT / "tests" / "cpp" / "sim" / "plugins" / source, folder)

    run = Backtest(market(busy_day(50)), strategies=[NativeStrategy(older)]).run()

    assert len(run.orders) == 1
    said = run.config["strategies"][name]["class"]
    assert said.startswith(f"lib{name.lower()}.so:{name}")


PARENTS = """
#include <ai_trading/sim/strategy.hpp>

using namespace ai_trading;

class Parents final : public sim::Strategy {
 public:
  explicit Parents(const Parameters& given)
      : algorithm_{given.whole("algorithm", 0)}, seed_{given.whole("seed", 0)} {}

  void on_start() override { (void)set_timer(Nanos{now().n + 60'000'000'000}); }
  void on_timer(std::uint64_t) override {
    sim::Work work{.quantity = 300,
                   .start = now().n,
                   .end = now().n + 30 * 60'000'000'000};
    work.instrument = 0;
    work.price_step = scale(0).price_step;
    work.algorithm = static_cast<std::uint8_t>(algorithm_);
    if (algorithm_ == 0) {
      work.jitter = 0.5;
      work.seed = static_cast<std::uint64_t>(seed_);
    }
    if (algorithm_ == 2) {
      work.rate = 200'000;
      work.completion = 0;
    }
    if (algorithm_ == 6) {
      work.display = 40;
      work.limit = 10'010;
    }
    const std::uint64_t id = this->work(work);
    if (!parent(id)) throw std::logic_error("a parent is not known");
  }

 private:
  std::int64_t algorithm_, seed_;
};

AI_TRADING_STRATEGY(Parents)
"""


class Executes(Strategy):
    def __init__(self, algorithm):
        super().__init__("parents")
        self.algorithm = algorithm

    def on_start(self):
        self.set_timer(after=60 * SECOND)

    def on_timer(self, timer):
        self.execute("AAPL", "buy", 300, self.algorithm, minutes=30)


@pytest.mark.parametrize(
    ("number", "algorithm"),
    [
        (0, Twap(jitter=0.5, seed=7)),
        (2, Pov(rate=0.2)),
        (6, Iceberg(display=40, limit=100.10)),
    ],
)
def test_a_parent_is_worked_as_one_of_a_strategy_in_python(number, algorithm, folder):
    (folder / "parents.cpp").write_text(PARENTS)
    made = library(folder / "parents.cpp", folder)
    data = market(busy_day())
    seed = getattr(algorithm, "seed", 0) or 0

    python = Backtest(data, strategies=[Executes(algorithm)]).run()
    native = NativeStrategy(made, "parents", algorithm=number, seed=seed)
    run = Backtest(data, strategies=[native]).run()

    assert len(python.parents) == 1
    assert len(python.fills) > 2
    assert run.parents.tobytes() == python.parents.tobytes()
    assert records(run) == records(python)
