"""Draw the efficient frontier of Almgren and Chriss (2000) with the paper's parameters.

    python benchmarks/studies/frontier.py docs/images/frontier.png

`ai_trading.execution.algorithms.plot_frontier` draws the same as an interactive figure.
Needs matplotlib.
"""

from __future__ import annotations

import sys

import matplotlib as mpl
import numpy as np

from ai_trading.execution.algorithms import ImpactParameters, efficient_frontier

PAPER = ImpactParameters(
    volatility=0.95, temporary=2.5e-6, permanent=2.5e-7, fixed=0.0625
)


def main(path: str) -> None:
    """Write the picture."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    aversions = (0.0, *np.geomspace(1e-8, 1e-4, 60))
    line = efficient_frontier(
        1e6, PAPER, horizon=5, periods=5, risk_aversions=aversions
    )
    marked = (0.0, 1e-7, 1e-6, 1e-5)
    points = efficient_frontier(1e6, PAPER, horizon=5, periods=5, risk_aversions=marked)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    left.plot([t.deviation / 1e6 for t in line], [t.expected_cost / 1e6 for t in line])
    above, below = (6, 4), (-10, -14)
    for found in points:
        name = f"λ = {found.risk_aversion:g}"
        at = (found.deviation / 1e6, found.expected_cost / 1e6)
        left.plot(*at, "o", color="C0")
        left.annotate(
            name,
            at,
            xytext=below if name == "λ = 0" else above,
            textcoords="offset points",
        )
        right.plot([x / 1e6 for x in found.holdings], marker=".", label=name)
    left.set(
        xlabel="standard deviation of cost, million", ylabel="expected cost, million"
    )
    right.set(xlabel="day", ylabel="holdings, million shares")
    right.legend()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main(*sys.argv[1:])
