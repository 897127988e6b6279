"""Choose ticks and lots for data that comes without an instrument.

The rule for prices: the coarsest of 0.0001, 0.000001 and 0.00000001 that holds every
price to within 1e-9 of its size. Prices that are all single-precision numbers are held
to within the 6e-8 that such a number resolves, so that 133.49000549316406 is taken
for the 133.49 it was. It starts at 0.0001 and not at 0.01 so that midpoints and costs
in basis points have room, and so that every US file of a symbol agrees. Where none
fits (adjusted prices), the coarsest that rounds no price by more than 1e-6 of its size
is taken, which the caller reports. Volumes likewise: 1, 0.0001, 0.000001, 0.00000001.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.errors import DataError
from ai_trading.core.zones import Ints

__all__ = ["LARGEST", "LOTS", "TICKS", "Grid", "choose_lot", "choose_tick", "to_steps"]

TICKS = (Decimal("0.0001"), Decimal("0.000001"), Decimal("0.00000001"))
LOTS = (Decimal(1), Decimal("0.0001"), Decimal("0.000001"), Decimal("0.00000001"))

EXACT = 1e-9
_SINGLE = 6e-8  # half the spacing of single-precision numbers, 2**-24
_ROUNDED = 1e-6
LARGEST = 2.0**62
"""Steps that fit into a record, with room for sums of two."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Grid:
    """A step and how well it holds the data.

    Parameters
    ----------
    step : Decimal
        One tick or one lot.
    error : float
        The largest relative rounding error.
    exact : bool
        Whether every value lies on the grid within its own precision.
    """

    step: Decimal
    error: float
    exact: bool


def choose_tick(prices: Sequence[Floats]) -> Grid:
    """Return the tick for some columns of finite prices; the module says how."""
    values = np.unique(np.abs(np.concatenate([np.ravel(p) for p in prices])))
    values = values[values > 0]
    if not values.size:
        return Grid(TICKS[0], 0.0, exact=True)
    # Some writers cut a single's seventeen digits to sixteen.
    with np.errstate(over="ignore"):
        single = bool(
            (np.abs(values - values.astype(np.float32)) <= values * 1e-14).all()
        )
    limit = _SINGLE if single else EXACT
    return _choose(values, TICKS, limit)


def choose_lot(volumes: Floats) -> Grid:
    """Return the lot for a column of finite volumes; the module says how."""
    values = np.abs(volumes[volumes != 0])
    if not values.size or bool((values == np.rint(values)).all()):
        return Grid(LOTS[0], 0.0, exact=True)
    return _choose(np.unique(values), LOTS, EXACT)


def to_steps(values: Floats, step: Decimal, *, what: str) -> Ints:
    """Return finite values as whole numbers of steps, to the nearest.

    Raises
    ------
    DataError
        If a value does not fit into 62 bits.
    """
    scaled = _scaled(values, step)
    if scaled.size and float(np.abs(scaled).max()) >= LARGEST:
        worst = float(values[np.abs(scaled).argmax()])
        msg = (
            f"{what} {worst:g} is too large for steps of {step}; give an instrument "
            f"with a coarser step"
        )
        raise DataError(msg)
    return np.rint(scaled).astype(np.int64)


def _scaled(values: Floats, step: Decimal) -> Floats:
    # One multiplication by a whole number rounds less than a division by 0.0001.
    per_unit = 1 / step
    if per_unit == per_unit.to_integral_value():
        return values * float(per_unit)
    return values / float(step)


def _choose(values: Floats, steps: Sequence[Decimal], limit: float) -> Grid:
    fallback: Grid | None = None
    for step in steps:
        per_unit = float(1 / step)
        if float(values[-1]) * per_unit >= LARGEST:
            break
        held = np.rint(values * per_unit) / per_unit
        error = float((np.abs(held - values) / values).max())
        if error <= limit:
            return Grid(step, error, exact=True)
        if fallback is None or fallback.error > _ROUNDED:
            fallback = Grid(step, error, exact=False)
    if fallback is None:
        msg = f"the value {float(values[-1]):g} is too large to be a price or volume"
        raise DataError(msg)
    return fallback
