"""Algorithms against each other, with intervals that say whether a difference is one.

Where two algorithms worked the same parents (equal `WorkedParent.key`) the comparison
is paired: parents are drawn, and both algorithms' values of each, so that what the
market did to both cancels. Whole days are drawn (`bootstrap`), the same ones for both.
The intervals are not widened for the number of pairs compared.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import one_of, text
from ai_trading.execution.tca.bootstrap import (
    RESAMPLES,
    Statistic,
    check_bootstrap,
    interval_by_day,
)
from ai_trading.execution.tca.costs import measured
from ai_trading.execution.tca.groups import GROUPINGS, day_of, values_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ai_trading.execution.tca.costs import ParentCosts

__all__ = ["Comparison", "compare", "compare_all"]

Of = Literal["mean", "median"]
_PAIRED_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One measure of two peers.

    Attributes
    ----------
    first, second, measure, of : str
    paired : bool
        Whether the same parents were compared.
    count : int
        Pairs, or parents of both together.
    days : int
        On which they began; these are drawn. With one, parents are.
    value, other : float
        The statistic of each, over the parents compared.
    difference, low, high : float
        First less second, with a bootstrap interval.
    lower_share : float
        Pairs in which the first was lower, ties counting half; NaN where not paired.
    """

    first: str
    second: str
    measure: str
    of: str
    paired: bool
    count: int
    days: int
    value: float
    other: float
    difference: float
    low: float
    high: float
    lower_share: float

    @property
    def differs(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


def compare(
    costs: Sequence[ParentCosts],
    first: str,
    second: str,
    measure: str,
    *,
    by: str = "algorithm",
    of: Of = "mean",
    seed: int = 0,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> Comparison:
    """Compare two peers.

    Parameters
    ----------
    costs : sequence of ParentCosts
        Of both; others are passed over.
    first, second : str
        Names within `by`.
    measure : str
        Of `MEASURES`; ``"abs:"`` in front takes absolute values.
    by : str, default "algorithm"
        One of `GROUPINGS`.
    of : {"mean", "median"}
    seed, level, resamples
        Of the bootstrap.

    Raises
    ------
    ArgumentError
        If a name is not known.
    DataError
        If one of both has no parent with the measure.
    """
    check_bootstrap(level, resamples, seed)
    if by not in GROUPINGS:
        msg = f"by must be one of {', '.join(GROUPINGS)}; received {by!r}"
        raise ArgumentError(msg)
    if of not in {"mean", "median"}:
        msg = f"of must be mean or median; received {of!r}"
        raise ArgumentError(msg)
    named = GROUPINGS[by]
    one = _known([c for c in costs if named(c) == first], measure, first)
    two = _known([c for c in costs if named(c) == second], measure, second)
    together = [key for key in one if key in two]
    average = np.mean if of == "mean" else np.median
    share = math.nan
    statistic: Statistic
    days: tuple[list[str], ...]
    paired = len(together) >= _PAIRED_SHARE * min(len(one), len(two))
    if paired:
        a = np.array([one[key][0] for key in together])
        b = np.array([two[key][0] for key in together])
        share = float((a < b).mean() + (a == b).mean() / 2)

        def paired_draw(picks: NDArray[np.intp]) -> NDArray[np.float64]:
            return np.asarray(average(a[picks], axis=1) - average(b[picks], axis=1))

        statistic, days = paired_draw, ([one[key][1] for key in together],)
    else:
        a, b = (np.array([v for v, _ in peer.values()]) for peer in (one, two))

        def separate_draw(
            left: NDArray[np.intp], right: NDArray[np.intp]
        ) -> NDArray[np.float64]:
            return np.asarray(average(a[left], axis=1) - average(b[right], axis=1))

        statistic = separate_draw
        days = tuple([day for _, day in peer.values()] for peer in (one, two))
    low, high = interval_by_day(
        statistic, *days, seed=seed, level=level, resamples=resamples
    )
    value, other = float(average(a)), float(average(b))
    return Comparison(
        first=first,
        second=second,
        measure=measure,
        of=of,
        paired=paired,
        count=sum(map(len, days)),
        days=len({day for sample in days for day in sample}),
        value=value,
        other=other,
        difference=value - other,
        low=low,
        high=high,
        lower_share=share,
    )


def compare_all(
    costs: Sequence[ParentCosts],
    measure: str,
    *,
    by: str = "algorithm",
    of: Of = "mean",
    seed: int = 0,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> list[Comparison]:
    """Compare every two peers that have the measure; see `compare`."""
    named = GROUPINGS[one_of("by", by, GROUPINGS)]
    costs = measured(costs)
    values = values_of(costs, text("measure", measure, "total_bps")).tolist()
    names = sorted(
        {named(c) for c, x in zip(costs, values, strict=True) if math.isfinite(x)}
    )
    return [
        compare(
            costs,
            first,
            second,
            measure,
            by=by,
            of=of,
            seed=seed,
            level=level,
            resamples=resamples,
        )
        for first, second in combinations(names, 2)
    ]


def _known(
    costs: Sequence[ParentCosts], measure: str, name: str
) -> dict[str, tuple[float, str]]:
    """Return value and day of every parent that has the measure."""
    values = values_of(costs, measure)
    found: dict[str, tuple[float, str]] = {}
    for cost, value in zip(costs, values.tolist(), strict=True):
        if not math.isfinite(value):
            continue
        # The same wish worked twice by one algorithm is two parents.
        key = cost.parent.key
        number = 1
        while key in found:
            number += 1
            key = f"{cost.parent.key} #{number}"
        found[key] = value, day_of(cost)
    if not found:
        msg = (
            f"no parent of {name!r} has {measure}; {len(costs)} parents were looked at"
        )
        raise DataError(msg)
    return found
