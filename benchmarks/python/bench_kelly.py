"""What the portfolio that grows fastest costs, beside general solvers.

Question   how long does it take to maximise mean log wealth over scenarios, long-only
           with cash, to a proven gap of 1e-9?
Workload   2,500 scenarios of 50 or 500 assets: three factors and own noise with fat
           tails, seed fixed. `held` is a problem with gross 3 and at most 2 % of wealth
           in each asset, where most positions are in use; `shorts` adds 2 % short.
Read       processor milliseconds, the least and the median of interleaved runs, checks
           and conversion included, on one core. Where the goal applies the gap is
           recomputed from the weights alone, by the slope towards the best single
           asset, for the rivals as well: they stop at tolerances of their own.
Goals      0.25 s for 500 assets, 2 ms for 50.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

# One core, as the goals say; set before NumPy starts its threads.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402 - after the number of threads
from numpy.typing import NDArray  # noqa: E402

from ai_trading.risk.kelly import (  # noqa: E402
    PortfolioLimits,
    growth_portfolio,
)

Array = NDArray[np.float64]
GOALS_MS = {50: 2.0, 500: 250.0}


def scenarios(assets: int, periods: int, seed: int = 1) -> Array:
    rng = np.random.default_rng(seed)
    factors = rng.normal(0, 0.008, (periods, 3))
    loadings = rng.normal([1.0, 0.0, 0.0], 0.4, (assets, 3))
    own = 0.012 * rng.standard_t(5, (periods, assets))
    drift = rng.normal(0.0004, 0.0003, assets)
    return np.maximum(drift + factors @ loadings.T + own, -0.9)


def gap_of(weights: Array, returns: Array, gross: float) -> float:
    """How much more any long-only portfolio could grow, by the slope towards it."""
    slope = (returns / (1.0 + returns @ weights)[:, None]).mean(axis=0)
    return float(max(slope.max(), 0.0) * gross - slope @ weights)


def ours(returns: Array, gross: float) -> Array:
    return growth_portfolio(returns, limits=PortfolioLimits(gross=gross)).weights


def slsqp(returns: Array, gross: float) -> Array:
    from scipy.optimize import minimize

    n = returns.shape[1]
    found = minimize(
        lambda w: -np.mean(np.log1p(returns @ w)),
        np.full(n, 0.5 * gross / n),
        jac=lambda w: -(returns / (1.0 + returns @ w)[:, None]).mean(axis=0),
        bounds=[(0.0, gross)] * n,
        constraints={
            "type": "ineq",
            "fun": lambda w: gross - w.sum(),
            "jac": lambda _w: -np.ones(n),
        },
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
    )
    return np.asarray(found.x)


def clarabel(returns: Array, gross: float) -> Array:
    import cvxpy as cp

    w = cp.Variable(returns.shape[1], nonneg=True)
    grown = cp.sum(cp.log(1 + returns @ w)) / len(returns)
    problem = cp.Problem(cp.Maximize(grown), [cp.sum(w) <= gross])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        problem.solve(solver="CLARABEL")
    return np.asarray(w.value)


def measure(
    solvers: dict[str, Callable[[], Any]], runs: int
) -> dict[str, tuple[list[float], Any]]:
    """Processor seconds of each solver, in turns, and its last answer."""
    times: dict[str, list[float]] = {name: [] for name in solvers}
    answers: dict[str, Any] = {}
    for _ in range(runs):
        for name, solve in solvers.items():
            start = time.process_time()
            answers[name] = solve()
            times[name].append(time.process_time() - start)
    return {name: (times[name], answers[name]) for name in solvers}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=int, nargs="*", default=[50, 500])
    parser.add_argument("--scenarios", type=int, default=2500)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--gross", type=float, nargs="*", default=[1.0, 3.0])
    parser.add_argument(
        "--slow", action="store_true", help="SLSQP and Clarabel as well"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    rows: list[dict[str, Any]] = []
    for assets in options.assets:
        returns = scenarios(assets, options.scenarios)
        for gross in options.gross:
            solvers = {"ours": lambda r=returns, g=gross: ours(r, g)}
            if options.slow:
                solvers["SLSQP"] = lambda r=returns, g=gross: slsqp(r, g)
                solvers["Clarabel"] = lambda r=returns, g=gross: clarabel(r, g)
            for name, (times, w) in measure(solvers, options.runs).items():
                rows.append(
                    row("cash", assets, gross, name, times)
                    | {
                        "held": int((w > 1e-6).sum()),
                        "gap": gap_of(np.maximum(w, 0.0), returns, gross),
                    }
                )
        for what, lower in (("held", 0.0), ("shorts", -0.02)):
            limits = PortfolioLimits(lower=lower, upper=0.02, gross=3.0)
            found = measure(
                {"ours": lambda r=returns, m=limits: growth_portfolio(r, limits=m)},
                options.runs,
            )
            times, best = found["ours"]
            used = int((np.abs(best.weights) > 1e-6).sum())
            rows.append(
                row(what, assets, 3.0, "ours", times) | {"held": used, "gap": best.gap}
            )
    for found_row in rows:
        print(json.dumps(found_row) if options.json else line(found_row))
    return 0


def row(
    what: str, assets: int, gross: float, solver: str, times: list[float]
) -> dict[str, Any]:
    return {
        "problem": what,
        "assets": assets,
        "gross": gross,
        "solver": solver,
        "least_ms": 1e3 * min(times),
        "median_ms": 1e3 * statistics.median(times),
    }


def line(r: dict[str, Any]) -> str:
    goal = GOALS_MS.get(r["assets"]) if r["solver"] == "ours" else None
    aim = f"goal {goal:g} ms" if goal and r["problem"] == "cash" else ""
    return (
        f"{r['problem']:7} {r['assets']:4} assets, gross {r['gross']:g}: "
        f"{r['solver']:9} {r['least_ms']:9.2f} ms (median {r['median_ms']:9.2f}), "
        f"{r['held']:3} held, gap {r['gap']:8.1e}  {aim}"
    )


if __name__ == "__main__":
    sys.exit(main())
