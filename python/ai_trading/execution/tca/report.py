"""What an analysis returns: the costs of parents, grouped, compared and written out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from ai_trading.core.errors import DataError
from ai_trading.execution.tca import table
from ai_trading.execution.tca.bootstrap import RESAMPLES
from ai_trading.execution.tca.breakdown import FillGroup, fill_groups, fill_records
from ai_trading.execution.tca.costs import ParentCosts
from ai_trading.execution.tca.curve import MarkOut, mark_outs
from ai_trading.execution.tca.groups import Group, group
from ai_trading.execution.tca.peers import Comparison, Of, compare, compare_all
from ai_trading.execution.tca.pretrade import Accuracy, accuracy

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["CostReport"]

_SHOWN = (
    "total_bps",
    "arrival_slippage_bps",
    "vwap_slippage_bps",
    "twap_slippage_bps",
)


@dataclass(frozen=True, slots=True, eq=False)
class CostReport:
    """Parents and their costs.

    Attributes
    ----------
    costs : tuple of ParentCosts
        In the order the parents were given.
    seed : int
        Of every bootstrap made from it.
    """

    costs: tuple[ParentCosts, ...]
    seed: int = 0

    def __len__(self) -> int:
        return len(self.costs)

    def by(
        self,
        by: str | Sequence[str],
        measures: Sequence[str] = _SHOWN,
        *,
        level: float = 0.95,
        resamples: int = RESAMPLES,
    ) -> list[Group]:
        """Group by symbol, side, algorithm, venue, size or time; see `groups.group`."""
        return group(
            self.costs,
            by,
            measures,
            seed=self.seed,
            level=level,
            resamples=resamples,
        )

    def by_fill(
        self, by: str | Sequence[str] = "venue", *, level: float = 0.95
    ) -> list[FillGroup]:
        """Group fills by venue, phase or liquidity; see `breakdown.fill_groups`."""
        return fill_groups(self.costs, by, seed=self.seed, level=level)

    def compare(
        self,
        first: str,
        second: str,
        measure: str = "abs:vwap_slippage_bps",
        *,
        by: str = "algorithm",
        of: Of = "median",
        level: float = 0.95,
        resamples: int = RESAMPLES,
    ) -> Comparison:
        """Compare two peers; see `peers.compare`."""
        return compare(
            self.costs,
            first,
            second,
            measure,
            by=by,
            of=of,
            seed=self.seed,
            level=level,
            resamples=resamples,
        )

    def compare_all(
        self, measure: str = "arrival_slippage_bps", *, by: str = "algorithm"
    ) -> list[Comparison]:
        """Compare every two peers; see `peers.compare_all`."""
        return compare_all(self.costs, measure, by=by, seed=self.seed)

    def accuracy(self) -> Accuracy:
        """Return how pre-trade estimates and outcomes agree."""
        return accuracy(self.costs)

    def mark_outs(
        self, *, level: float = 0.95, resamples: int = RESAMPLES
    ) -> tuple[MarkOut, ...]:
        """Return the mark-out curve of all fills; see `curve.mark_outs`."""
        return mark_outs(self.costs, seed=self.seed, level=level, resamples=resamples)

    def observations(self) -> dict[str, NDArray[np.float64]]:
        """Return what the fits of `ai_trading.execution.impact` take, a row per parent.

        ``quantity``, ``daily_volume``, ``volatility``, ``duration`` (trading days),
        ``spread`` (basis points) and ``cost`` (basis points against arrival) of parents
        that were filled and have an estimate.

        Raises
        ------
        DataError
            If no parent has both.
        """
        chosen = [c for c in self.costs if c.estimate is not None and c.parent.filled]
        if not chosen:
            msg = (
                "no parent has a fill and a known state of the market; analyse with "
                "model= or states="
            )
            raise DataError(msg)
        found = []
        for cost in chosen:
            estimate, parent = cost.estimate, cost.parent
            assert estimate is not None
            market = estimate.market
            found.append(
                (
                    float(parent.instrument.to_quantity(parent.filled)),
                    market.daily_volume,
                    market.volatility,
                    estimate.days,
                    1e4 * market.spread / market.price,
                    cost["arrival_slippage_bps"],
                )
            )
        names = (
            "quantity",
            "daily_volume",
            "volatility",
            "duration",
            "spread",
            "cost",
        )
        return dict(zip(names, np.array(found, np.float64).T, strict=True))

    def rows(self) -> list[dict[str, Any]]:
        """Return one mapping per parent; see `table.rows`."""
        return table.rows(self.costs)

    def to_dict(self) -> dict[str, Any]:
        """Return everything in plain values, for JSON."""
        try:
            curve = [
                {
                    "horizon_ns": point.horizon_ns,
                    "bps": _known(point.bps),
                    "low": _known(point.low),
                    "high": _known(point.high),
                    "fills": point.fills,
                    "missing": point.missing,
                }
                for point in self.mark_outs()
            ]
        except DataError:  # no fills, or not comparable: the parents are there
            curve = []
        return {
            "parents": table.plain(self.costs),
            "by_fill": [
                {name: _plain(value) for name, value in row.items()}
                for row in self.fill_rows()
            ],
            "mark_outs": curve,
        }

    def fill_rows(self, by: Sequence[str] = ("venue", "phase")) -> list[dict[str, Any]]:
        """Return one mapping per group of fills; none where they cannot be weighed."""
        try:
            return fill_records(self.costs, by, seed=self.seed)
        except DataError:  # no fills, or several currencies
            return []

    def write_fills_csv(
        self,
        path: str | Path | None = None,
        by: Sequence[str] = ("venue", "phase"),
    ) -> str:
        """Write the groups of fills as CSV and return the text.

        Raises
        ------
        DataError
            If nothing was filled, or in several currencies.
        ConfigError
            If it cannot be written there.
        """
        found = fill_records(self.costs, by, seed=self.seed)
        return table.write_rows(list(found[0]), found, path)

    def to_array(self) -> NDArray[np.void]:
        """Return the parents as a structured array; see `table.to_array`."""
        return table.to_array(self.costs)

    def to_frame(self) -> Any:
        """Return the parents as a pandas data frame; see `table.to_frame`."""
        return table.to_frame(self.costs)

    def write_csv(self, path: str | Path | None = None) -> str:
        """Write the parents as CSV and return the text; see `table.write_csv`."""
        return table.write_csv(self.costs, path)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return _known(value) if isinstance(value, float) else value


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
