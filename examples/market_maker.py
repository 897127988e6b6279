"""A market maker on order-by-order data, its orders in the true queue.

The strategy is `ai_trading.strategies.library.MarketMaker`; here it runs.
On a generated day:

    python examples/market_maker.py

on a file of yours (ITCH, LOBSTER, DBN, ...), or with report and database:

    python examples/market_maker.py AMZN_2012-06-21.itch50.gz 2012-06-21
    ai-trading backtest examples/market_maker.toml
"""

from __future__ import annotations

import sys

from ai_trading import Backtest, load
from ai_trading.backtest.terms import FeeModel, Latency
from ai_trading.market.synthetic import synthetic_day
from ai_trading.strategies.library import MarketMaker


def run(data, **parameters):
    """Quote a day: 50 microseconds to the venue and back, a rebate for resting."""
    return Backtest(
        data,
        strategies=[MarketMaker(**parameters)],
        latency=Latency(entry=50_000, response=50_000),
        fees=FeeModel(maker_per_share="-0.002", taker_per_share="0.003"),
        name="market maker",
    ).run()


def main(path: str | None = None, date: str | None = None) -> None:
    if path is None:
        data = synthetic_day(["ACME"], events=100_000)
    else:
        data = load(path, **({"date": date} if date else {}))
    print(run(data).summary())


if __name__ == "__main__":
    main(*sys.argv[1:])
