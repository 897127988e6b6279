"""A strategy out of a library: its name, what tells builds apart, and its end."""

from __future__ import annotations

import hashlib

import pytest
from compiling import library
from run_samples import busy_day, market

from ai_trading import Backtest
from ai_trading.core.errors import ArgumentError, ConfigError
from ai_trading.strategies import NativeStrategy

SOURCE = """
#include <ai_trading/sim/strategy.hpp>

#include <fstream>
#include <string>

using namespace ai_trading;

class Ends final : public sim::Strategy {
 public:
  explicit Ends(const Parameters& given)
      : path_{given.text("path", "")}, size_{given.whole("size", 1)} {}

  void on_quote(const feed::Quote& quote) override {
    if (quote.bid_quantity > 0 && !sent_)
      sent_ = buy(quote.instrument, size_, Ticks{quote.bid_price}) != 0;
  }
  void on_stop() override {
    if (!path_.empty()) std::ofstream{path_, std::ios::app} << "stopped\\n";
  }

 private:
  std::string path_;
  Lots size_;
  bool sent_{};
};

AI_TRADING_STRATEGY(Ends)
"""


@pytest.fixture(scope="module", name="ends")
def ends_fixture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ends")
    (folder / "ends.cpp").write_text(SOURCE)
    return library(folder / "ends.cpp", folder)


def test_it_is_named_after_its_class_unless_told_otherwise(ends):
    assert NativeStrategy(ends).name == "Ends"
    assert NativeStrategy(ends, "mine").name == "mine"


def test_its_class_tells_builds_of_one_name_apart(ends, tmp_path):
    again = tmp_path / ends.name
    again.write_bytes(ends.read_bytes() + b"\0")
    digest = hashlib.blake2b(ends.read_bytes(), digest_size=6).hexdigest()

    assert NativeStrategy(ends).class_name == f"{ends.name}:Ends ({digest})"
    assert NativeStrategy(again).class_name != NativeStrategy(ends).class_name


def test_a_wrong_parameter_is_refused_when_it_is_made_and_not_when_it_runs(ends):
    with pytest.raises(ConfigError, match="without a parameter sise"):
        NativeStrategy(ends, sise=1)
    with pytest.raises(ArgumentError, match="must be a number"):
        NativeStrategy(ends, size=object())


def test_the_library_is_told_of_the_end_of_every_run(ends, tmp_path):
    told = tmp_path / "told"
    strategy = NativeStrategy(ends, path=str(told), size=3)

    runs = [Backtest(market(busy_day(200)), strategies=[strategy]).run() for _ in "ab"]

    assert told.read_text() == "stopped\nstopped\n"
    assert [run.orders["quantity"].tolist() for run in runs] == [[3], [3]]
