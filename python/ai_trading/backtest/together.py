"""Several backtests at once, in threads: parameters, days, symbols or strategies.

A run has its session to itself, and the compiled core gives the interpreter away while
it works, so runs whose strategies are compiled, or are seldom woken, use every core.
Those that spend their time in Python wait for each other as any Python does. Nothing is
shared between runs but the data, which nobody writes, so that results are those of one
run after the other.
"""

from __future__ import annotations

import os
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from ai_trading.core.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_trading.backtest.engine import Backtest
    from ai_trading.backtest.result import BacktestResult

__all__ = ["run_together"]


def run_together(
    tests: Sequence[Backtest], *, threads: int | None = None
) -> list[BacktestResult]:
    """Run backtests in threads and return their results in the order given.

    Parameters
    ----------
    tests : sequence of Backtest
        Each with strategies of its own; data may be shared, streams may not.
    threads : int, optional
        How many at a time; by default as many as there are processors.

    Returns
    -------
    list of BacktestResult
        The same, whatever the number of threads.

    Raises
    ------
    ArgumentError
        If a strategy or a stream is part of two backtests, or `threads` is below 1.

    Notes
    -----
    The first error is raised when the runs that have begun are over; those that have
    not begun are left out.

    Examples
    --------
    >>> tests = [Backtest(data, strategies=[NativeStrategy("libmaker.so", size=size)])
    ...          for size in (100, 200, 500)]  # doctest: +SKIP
    >>> best = max(run_together(tests), key=lambda r: r.profit)  # doctest: +SKIP
    """
    if threads is not None and threads < 1:
        msg = f"threads must be 1 or more; received {threads}"
        raise ArgumentError(msg)
    _apart(tests)
    count = min(threads or os.cpu_count() or 1, max(1, len(tests)))
    if count == 1:
        return [test.run() for test in tests]
    with ThreadPoolExecutor(count, thread_name_prefix="backtest") as pool:
        running = [pool.submit(test.run) for test in tests]
        done, left = wait(running, return_when=FIRST_EXCEPTION)
        for run in left:
            run.cancel()
        for run in running:
            if run in done:
                run.result()  # raises what it raised
        return [run.result() for run in running]


def _apart(tests: Sequence[Backtest]) -> None:
    """Refuse what only one run at a time can use."""
    seen: dict[int, int] = {}
    for place, test in enumerate(tests):
        streams = [] if hasattr(test.source, "records") else [test.source]
        for used in (*test.strategies, *streams):
            other = seen.setdefault(id(used), place)
            if other == place:
                continue
            name = getattr(used, "name", None) or getattr(used, "source", used)
            msg = (
                f"{name!r} is part of backtests {other} and {place}; runs at the same "
                "time need strategies and streams of their own"
            )
            raise ArgumentError(msg)
