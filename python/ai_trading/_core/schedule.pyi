"""How parent orders are cut into slices, and the optimal liquidation."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

slice_dtype: Final[np.dtype[np.void]]

class Curve:
    def __init__(
        self, opens: int, closes: int, weights: NDArray[np.float64] | None = None
    ) -> None: ...
    def share(self, at: int) -> float: ...
    @property
    def open(self) -> int: ...
    @property
    def close(self) -> int: ...
    @property
    def bins(self) -> int: ...

def twap(
    quantity: int,
    start: int,
    end: int,
    slices: int,
    round_lot: int = 1,
    jitter: float = 0.0,
    seed: int = 0,
) -> NDArray[Any]: ...
def vwap(
    quantity: int, start: int, end: int, curve: Curve, slices: int, round_lot: int = 1
) -> NDArray[Any]: ...
def shortfall(
    quantity: int, start: int, end: int, k: float, slices: int, round_lot: int = 1
) -> NDArray[Any]: ...
def closing(
    quantity: int, start: int, end: int, k: float, slices: int, round_lot: int = 1
) -> NDArray[Any]: ...
def shortfall_share(k: float, t: float) -> float: ...
def participation(volume: int, rate_ppm: int) -> int: ...
def optimal_liquidation(
    quantity: float,
    horizon: float,
    periods: int,
    sigma: float,
    epsilon: float,
    gamma: float,
    eta: float,
    risk_aversion: float,
) -> tuple[float, NDArray[np.float64], float, float]: ...
