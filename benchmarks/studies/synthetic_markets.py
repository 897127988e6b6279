"""What each made-up market reproduces: the table and the picture of the docs.

    python benchmarks/studies/synthetic_markets.py docs/images/synthetic-markets.png
        [--data ../shared/data]

Prints a Markdown table: each model with its defaults over five seeds of one day's
length, a Gaussian walk, and with ``--data`` the real AMZN and AAPL of 2012-06-21
(LOBSTER) beside them, with what `estimate_queues` measures in these two. Needs
matplotlib.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib as mpl
import numpy as np

from ai_trading.market.flow_models import FLOW_MODELS
from ai_trading.market.queue_reactive import estimate_queues
from ai_trading.market.reading import open_events
from ai_trading.market.stylised_facts import (
    MarketSample,
    StylisedFacts,
    autocorrelation,
    stylised_facts,
    watch,
    watch_data,
)

SEEDS = range(1, 6)
LOOK = 5.0
ROWS = (
    ("kurtosis, 5 s", lambda f: f"{f.kurtosis:.1f}"),
    ("kurtosis, 300 s", lambda f: f"{f.kurtosis_coarse:.1f}"),
    ("tail index", lambda f: f"{f.tail_index:.1f}"),
    ("autocorrelation of moves, first", lambda f: f"{f.bounce:.2f}"),
    ("largest at 15 to 100 s", lambda f: f"{f.predictability:.2f}"),
    (
        "of absolute moves at 5, 50, 250 s",
        lambda f: " ".join(f"{x:.2f}" for x in f.memory),
    ),
    ("spread, steps", lambda f: f"{f.spread:.2f}"),
    ("queue at the bid, lots", lambda f: f"{f.queue:,.0f}"),
    ("its deviation over its mean", lambda f: f"{f.queue_variation:.2f}"),
)
LAGS = (1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120)


def gaussian() -> MarketSample:
    """Return a walk with none of the facts."""
    rng = np.random.default_rng(1)
    middle = 15_000 + np.cumsum(3.0 * rng.normal(size=23_340))
    ones = np.ones(len(middle))
    return MarketSample(every=LOOK, middle=middle, spread=ones, queue=ones)


def real(folder: Path, name: str):
    """Return a real day."""
    archive = f"LOBSTER_SampleFile_{name}_2012-06-21_1.zip"
    return open_events(folder / "lobster" / archive).read()


def average(facts: list[StylisedFacts]) -> StylisedFacts:
    """Return the mean of every figure over the seeds."""
    names = StylisedFacts.__dataclass_fields__
    means = {name: np.mean([getattr(f, name) for f in facts], axis=0) for name in names}
    means["memory"] = tuple(means["memory"])
    return StylisedFacts(**means)


def draw(samples: dict[str, MarketSample], path: str) -> None:
    """Draw tails, memory and spreads."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (tails, memory, spreads) = plt.subplots(
        1, 3, figsize=(11, 3.6), layout="constrained"
    )
    for name, sample in samples.items():
        moves = np.diff(sample.middle)
        size = np.sort(np.abs(moves / moves.std()))[::-1]
        tails.loglog(size, np.arange(1, len(size) + 1) / len(size), label=name)
        memory.plot(
            [LOOK * lag for lag in LAGS],
            [autocorrelation(np.abs(moves), lag) for lag in LAGS],
            marker=".",
        )
        wide, count = np.unique(np.round(sample.spread), return_counts=True)
        spreads.semilogy(wide, count / count.sum(), marker=".")
    tails.set(xlim=(0.5, 30), ylim=(1e-5, 1), xlabel="move over its deviation")
    tails.set(ylabel="share of moves beyond it")
    memory.set(xscale="log", xlabel="seconds", ylabel="autocorrelation of |moves|")
    spreads.set(xlim=(0, 20), xlabel="spread, steps", ylabel="share of the time")
    tails.legend(fontsize=7)
    figure.savefig(path, dpi=110)


def queues(day) -> str:
    """Return a line about the queues of a real day."""
    fit = estimate_queues(day, frame="best", longest=30)
    made = np.array(fit.rates().distribution())
    seen = fit.distribution
    size = max(len(made), len(seen))
    made, seen = (np.pad(x, (0, size - len(x))) for x in (made, seen))
    flows = " ".join(
        f"{name} {flow[1:11].sum() / fit.seconds[1:11].sum():.2f}/s"
        for name, flow in (
            ("in", fit.limit),
            ("out", fit.cancel),
            ("taken", fit.market),
        )
    )
    return (
        f"{fit.symbol}: orders of {fit.size:.0f} lots, {flows} (queues of 1 to 10); "
        f"mean length {np.arange(size) @ seen:.1f} seen, {np.arange(size) @ made:.1f} "
        f"by the formula, distance {0.5 * np.abs(made - seen).sum():.2f}"
    )


def main() -> None:
    """Print the table and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seconds", type=float, default=117_000.0)
    given = parser.parse_args()

    columns: dict[str, StylisedFacts] = {}
    samples: dict[str, MarketSample] = {}
    for name in FLOW_MODELS:
        seen = [watch(name, seed=s, seconds=given.seconds, every=LOOK) for s in SEEDS]
        columns[name] = average([stylised_facts(sample) for sample in seen])
        samples[name] = seen[0]
    samples["Gaussian"] = gaussian()
    columns["Gaussian"] = stylised_facts(samples["Gaussian"])
    lines = []
    if given.data is not None:
        for name in ("AMZN", "AAPL"):
            day = real(given.data, name)
            samples[name] = watch_data(day, every=LOOK)
            columns[name] = stylised_facts(samples[name])
            lines.append(queues(day))
    print("| | " + " | ".join(columns) + " |")
    print("|---|" + "--:|" * len(columns))
    for title, show in ROWS:
        cells = " | ".join(show(facts) for facts in columns.values())
        print(f"| {title} | {cells} |")
    for line in lines:
        print(line)
    draw(samples, given.picture)


if __name__ == "__main__":
    main()
