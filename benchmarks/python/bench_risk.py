"""What risk measures cost, beside the libraries that have them.

Question   is the compiled layer worth having: tear sheet, rolling windows, tails,
           simulation, GARCH?
Workload   1,000,000 normal daily returns; 100,000 scenarios of 100 assets,
           materialised; a GARCH(1,1) of 10,000 returns. One thread.
Read       processor time, the least of interleaved rounds; "times" is the peer's over
           ours. Where a peer does less (quantstats and empyrical have fewer measures),
           that is not corrected. The goals are those of the project.

Needs the test extra for empyrical and arch; quantstats and bottleneck where installed.
"""

from __future__ import annotations

import argparse
import os
import time
import tracemalloc
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

# Before NumPy: the comparison is of single threads.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402

from ai_trading.risk import metrics  # noqa: E402

Work = Callable[[], Any]


def best(works: dict[str, Work], rounds: int) -> dict[str, float]:
    """Return the least processor time of each, taking turns."""
    times = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, work in works.items():
            start = time.process_time()
            work()
            times[name] = min(times[name], time.process_time() - start)
    return times


def optional(name: str) -> Any:
    """Import a peer, or None."""
    try:
        return import_module(name)
    except ImportError:
        return None


def line(
    what: str, ours: float, peer: str, theirs: float, unit: str, goal: str
) -> None:
    print(
        f"{what:34} {ours:10.2f} {unit:9} {peer:22} {theirs:10.2f}  "
        f"{theirs / ours:7.1f} times   goal {goal}"
    )


EMPYRICAL = (
    *("cum_returns_final", "annual_return", "annual_volatility", "sharpe_ratio"),
    *("sortino_ratio", "calmar_ratio", "omega_ratio", "max_drawdown", "tail_ratio"),
    *("stability_of_timeseries", "value_at_risk", "conditional_value_at_risk"),
    *("downside_risk",),
)
QUANTSTATS = (
    *("sharpe", "sortino", "volatility", "calmar", "max_drawdown", "omega", "cagr"),
    *("value_at_risk", "expected_shortfall", "skew", "kurtosis", "tail_ratio"),
    *("ulcer_index", "ulcer_performance_index", "gain_to_pain_ratio", "win_rate"),
    *("payoff_ratio", "profit_factor", "avg_win", "avg_loss", "best", "worst"),
    *("exposure", "comp", "common_sense_ratio", "risk_return_ratio", "win_loss_ratio"),
    *("consecutive_wins",),
)


def tear_sheet(returns: np.ndarray[Any, Any], rounds: int) -> None:
    """One call of ours beside one call per measure of theirs."""
    count = len(metrics.TearSheet.__dataclass_fields__)
    empyrical = import_module("empyrical")
    from scipy import stats as scipy_stats

    def by_empyrical() -> None:
        for name in EMPYRICAL:
            getattr(empyrical, name)(returns)
        scipy_stats.skew(returns)
        scipy_stats.kurtosis(returns)

    works: dict[str, Work] = {
        "ours": lambda: metrics.tear_sheet(returns, missing="skip"),
        "empyrical": by_empyrical,
    }
    quantstats = optional("quantstats")
    if quantstats is not None:
        import pandas as pd

        series = pd.Series(
            returns, index=pd.date_range("1900-01-01", periods=returns.size, freq="min")
        )

        def by_quantstats() -> None:
            for name in QUANTSTATS:
                getattr(quantstats.stats, name)(series)

        works["quantstats"] = by_quantstats
    times = best(works, rounds)
    ours = times["ours"] * 1e3
    what = f"tear sheet, {count} figures"
    peers = {"empyrical": (f"empyrical, {len(EMPYRICAL) + 2}", "10 times")}
    peers["quantstats"] = (f"quantstats, {len(QUANTSTATS)}", "40 times")
    for name, (words, goal) in peers.items():
        if name in times:
            line(what, ours, words, times[name] * 1e3, "ms", goal)


def windows(returns: np.ndarray[Any, Any], rounds: int) -> None:
    """Rolling measures; empyrical's drawdown on a hundredth, for it takes seconds."""
    empyrical, bottleneck = import_module("empyrical"), optional("bottleneck")
    n = returns.size
    some = returns[: n // 100]
    works: dict[str, Work] = {
        "drawdown": lambda: metrics.rolling_max_drawdown(returns, 252),
        "sharpe": lambda: metrics.rolling_sharpe(returns, 252),
        "empyrical": lambda: empyrical.roll_max_drawdown(some, 252),
    }
    if bottleneck is not None:
        works["bottleneck"] = lambda: (
            bottleneck.move_mean(returns, 252)
            / bottleneck.move_std(returns, 252, ddof=1)
        )
    times = best(works, rounds)
    drawdown, sharpe = times["drawdown"] / n * 1e9, times["sharpe"] / n * 1e9
    theirs = times["empyrical"] / some.size * 1e9
    line("rolling drawdown 252", drawdown, "empyrical", theirs, "ns/return", "8 ns")
    if "bottleneck" in times:
        theirs = times["bottleneck"] / n * 1e9
        line("rolling Sharpe 252", sharpe, "bottleneck", theirs, "ns/return", "4 ns")
    else:
        print(f"rolling Sharpe 252: {sharpe:.2f} ns/return, goal 4 ns")


def tails(returns: np.ndarray[Any, Any], rounds: int) -> None:
    """Both measures, validation included, beside a bare partition."""
    n = returns.size
    for level in (0.99, 0.95):
        rank = round(n * (1 - level))
        times = best(
            {
                "ours": lambda level=level: metrics.historical(returns, level),
                "partition": lambda rank=rank: np.partition(returns, rank),
            },
            2 * rounds,
        )
        ours, theirs = (times[k] / n * 1e9 for k in ("ours", "partition"))
        what = f"VaR and ES at {level:.0%}"
        line(what, ours, "NumPy partition", theirs, "ns/return", "0.8 times")


def simulation(rows: int, rounds: int) -> None:
    """Normals, correlation, portfolio and tail, with the scenarios kept."""
    assets = 100
    rng = np.random.default_rng(2)
    root = rng.normal(size=(assets, assets))
    covariance = root @ root.T / assets * 1e-4
    held = np.ones(assets)

    def by_numpy() -> None:
        draw = np.random.default_rng(3)
        factor = np.linalg.cholesky(covariance)
        earned = (draw.standard_normal((rows, assets)) @ factor.T) @ held
        part = np.partition(earned, rows // 100)
        part[: rows // 100].mean()

    def ours(method: str) -> Work:
        return lambda: metrics.monte_carlo(
            held, covariance, scenarios=rows, method=method, seed=3
        )

    times = best(
        {
            "random": ours("random"),
            "antithetic": ours("antithetic"),
            "numpy": by_numpy,
        },
        rounds,
    )
    for method, goal in (("random", "3 times"), ("antithetic", "-")):
        what = f"Monte Carlo {rows:,} x {assets}, {method}"
        line(what, times[method] * 1e3, "NumPy", times["numpy"] * 1e3, "ms", goal)


def garch(size: int, rounds: int) -> None:
    """A whole fit with both kinds of standard errors."""
    arch = optional("arch")
    if arch is None:
        return
    shocks = np.random.default_rng(12).normal(size=size)
    h, values = 1.0, np.empty_like(shocks)
    for i, shock in enumerate(shocks):
        values[i] = h**0.5 * shock
        h = 0.02 + 0.08 * values[i] ** 2 + 0.9 * h

    def by_arch() -> None:
        arch.arch_model(values, vol="GARCH", p=1, q=1, rescale=False).fit(disp="off")

    times = best({"ours": lambda: metrics.fit_garch(values), "arch": by_arch}, rounds)
    ours, theirs = times["ours"] * 1e3, times["arch"] * 1e3
    line(f"GARCH(1,1), {size:,} returns", ours, "arch", theirs, "ms", "1 times")


def memory(size: int) -> None:
    """Peak beyond the input must grow in step with it."""
    peaks = []
    for n in (size // 4, size // 2, size):
        returns = np.random.default_rng(1).normal(4e-4, 0.01, n)
        tracemalloc.start()
        metrics.tear_sheet(returns)
        metrics.rolling_sharpe(returns)
        metrics.rolling_max_drawdown(returns)
        peaks.append(tracemalloc.get_traced_memory()[1] / n)
        tracemalloc.stop()
    words = ", ".join(f"{peak:.1f}" for peak in peaks)
    print(f"NumPy's peak, bytes per return, at a quarter, half and all: {words}")


def main(arguments: list[str] | None = None) -> int:
    """Print one line for each measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--returns", type=int, default=1_000_000)
    parser.add_argument("--scenarios", type=int, default=100_000)
    options = parser.parse_args(arguments)
    rounds = options.rounds
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peers', not ours
        returns = np.random.default_rng(1).normal(4e-4, 0.01, options.returns)
        tear_sheet(returns, rounds)
        windows(returns, rounds)
        tails(returns, rounds)
        simulation(options.scenarios, rounds)
        garch(min(10_000, options.returns), rounds)
        memory(options.returns)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
