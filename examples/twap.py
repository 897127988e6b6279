"""Buy a parent order evenly over an hour, and see what it cost against arrival.

The strategy is `ai_trading.strategies.library.TwapBuyer`; here it runs.
On a generated day:

    python examples/twap.py

or on a real one, with report and database:

    ai-trading backtest examples/twap.toml
"""

from __future__ import annotations

import sys

from ai_trading import Backtest, load
from ai_trading.backtest.terms import FeeModel, Latency
from ai_trading.market.synthetic import synthetic_day
from ai_trading.strategies.library import TwapBuyer


def run(data, **parameters):
    """Buy, with 50 microseconds to the venue and back; the result and the report."""
    buyer = TwapBuyer(**parameters)
    result = Backtest(
        data,
        strategies=[buyer],
        cash=10_000_000,
        latency=Latency(entry=50_000, response=50_000),
        fees=FeeModel(maker_per_share="-0.002", taker_per_share="0.003"),
        name="twap",
    ).run()
    return result, buyer.report()


def main(path: str | None = None, date: str | None = None) -> None:
    if path is None:
        data = synthetic_day(["ACME"], events=100_000)
    else:
        data = load(path, **({"date": date} if date else {}))
    result, report = run(data, quantity=5_000)
    print(result.summary())
    print(report)


if __name__ == "__main__":
    main(*sys.argv[1:])
