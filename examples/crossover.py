"""Two moving averages: long while the fast one is above the slow one, otherwise flat.

Run it as it is, on generated minute bars:

    python examples/crossover.py

or on real ones, with report and database:

    ai-trading backtest examples/crossover.toml
"""

from __future__ import annotations

from collections import deque

import numpy as np

from ai_trading import Backtest, Strategy
from ai_trading.backtest.terms import FeeModel
from ai_trading.market import bars_from

DAY = 86_400_000_000_000  # nanoseconds
ROUNDING = 1e-6  # far below a cent, far above what sums of floats are off by


class Averages:
    """The closes of one symbol, and how far its fast mean lies above its slow one.

    The distance is kept times both lengths: a new close moves it by what it adds and by
    the two closes that leave, so that a bar costs the same however long the averages.
    """

    __slots__ = ("above", "closes", "distance", "order", "valid_until")

    def __init__(self, slow: int) -> None:
        self.closes: deque[float] = deque(maxlen=slow)
        self.distance = 0.0
        self.above = False
        self.valid_until = 0  # a bar that ends later finds them not full, or stale
        self.order = 0  # the last one sent


class Crossover(Strategy):
    """Hold `quantity` of each symbol while its fast average is above its slow one.

    After a gap in the data longer than `max_gap_days` the averages start anew: closes
    from before it say nothing about the trend after it.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        fast: int = 20,
        slow: int = 50,
        quantity: float = 100,
        max_gap_days: float = 4,
    ) -> None:
        super().__init__(
            name, fast=fast, slow=slow, quantity=quantity, max_gap_days=max_gap_days
        )
        if not 0 < fast < slow:
            raise ValueError(f"fast must be shorter than slow; received {fast}, {slow}")
        self.fast, self.slow, self.quantity = fast, slow, quantity
        self.max_gap = int(max_gap_days * DAY)

    def on_start(self) -> None:
        self.averages = {symbol: Averages(self.slow) for symbol in self.symbols}
        self.ended = dict.fromkeys(self.symbols, 0)

    def on_bar(self, bar) -> None:
        averages = self.averages[bar.symbol]
        ended, close = bar.timestamp, bar.close
        if ended > averages.valid_until:
            self.warm_up(averages, bar)
            return
        averages.valid_until = ended + self.max_gap
        closes = averages.closes
        averages.distance = distance = (
            averages.distance
            + self.slow * (close - closes[-self.fast])
            - self.fast * (close - closes[0])
        )
        closes.append(close)  # the first one leaves
        if (distance > ROUNDING) is not averages.above:
            self.cross(bar.symbol, averages)

    def warm_up(self, averages: Averages, bar) -> None:
        """Gather closes until there are enough of them without a gap."""
        closes = averages.closes
        if (
            len(closes) == self.slow
            or bar.timestamp - self.ended[bar.symbol] > self.max_gap
        ):
            closes.clear()
        closes.append(bar.close)
        self.ended[bar.symbol] = bar.timestamp
        if len(closes) < self.slow:
            return
        averages.valid_until = bar.timestamp + self.max_gap
        recent = list(closes)[-self.fast :]
        averages.distance = self.slow * sum(recent) - self.fast * sum(closes)
        if (averages.distance > ROUNDING) is not averages.above:
            self.cross(bar.symbol, averages)

    def cross(self, symbol: str, averages: Averages) -> None:
        """Hold what the averages now ask for."""
        averages.above = not averages.above
        if averages.order:
            self.cancel(averages.order)  # False if it is done, as it nearly always is
        missing = (self.quantity if averages.above else 0) - self.position(symbol)
        if missing > 0:
            averages.order = self.buy(symbol, missing)
        elif missing < 0:
            averages.order = self.sell(symbol, -missing)


def random_walk(symbols=("ACME", "BOLT", "CRUX"), days=10, seed=7):
    """Minute bars of made-up prices, with a trend now and then."""
    rng = np.random.default_rng(seed)
    dates = np.arange("2026-01-05", "2027-01-01", dtype="datetime64[D]")
    dates = dates[np.is_busday(dates)][:days]
    opening = np.timedelta64(14 * 60 + 30, "m")  # 09:30 in New York, in winter
    minutes = (dates[:, None] + opening + np.arange(390).astype("m8[m]")).ravel()

    def bars():
        drift = np.repeat(rng.normal(0, 3e-5, days * 6), 65)
        log = np.cumsum(drift + rng.normal(0, 4e-4, len(minutes)))
        close = np.round(100 * np.exp(log), 2)
        opens = np.concatenate(([100.0], close[:-1]))
        return {
            "time": minutes,
            "open": opens,
            "high": np.maximum(opens, close) + 0.01,
            "low": np.minimum(opens, close) - 0.01,
            "close": close,
            "volume": rng.integers(1_000, 20_000, len(minutes)),
        }

    return bars_from({symbol: bars() for symbol in symbols}, timezone="UTC")


def main() -> None:
    result = Backtest(
        random_walk(),
        strategies=[Crossover()],
        fees=FeeModel(taker_per_share="0.003"),
        name="crossover",
    ).run()
    print(result.summary())


if __name__ == "__main__":
    main()
