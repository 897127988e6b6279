"""Tables of fees, and models of market impact."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

class Tariff:
    def __init__(
        self, lines: list[dict[str, Any]], prior_units: int = 0, prior_value: int = 0
    ) -> None: ...
    def charge(
        self,
        order: int,
        at: int,
        side: int,
        liquidity: int,
        price: int,
        quantity: int,
        tick_nano: int,
        lot_nano: int,
        unit_nano: int,
    ) -> int: ...
    @property
    def totals(self) -> list[int]: ...

def almgren_permanent(
    quantity: ArrayLike,
    daily_volume: ArrayLike,
    volatility: ArrayLike,
    shares_outstanding: ArrayLike,
    gamma: ArrayLike,
    delta: ArrayLike,
) -> Any: ...
def almgren_temporary(
    quantity: ArrayLike,
    daily_volume: ArrayLike,
    volatility: ArrayLike,
    duration: ArrayLike,
    eta: ArrayLike,
    beta: ArrayLike,
) -> Any: ...
def power_impact(
    quantity: ArrayLike,
    daily_volume: ArrayLike,
    volatility: ArrayLike,
    coefficient: ArrayLike,
    exponent: ArrayLike,
) -> Any: ...
def i_star(
    quantity: ArrayLike,
    daily_volume: ArrayLike,
    volatility: ArrayLike,
    duration: ArrayLike,
    a1: ArrayLike,
    a2: ArrayLike,
    a3: ArrayLike,
    a4: ArrayLike,
    b1: ArrayLike,
    days: ArrayLike,
) -> Any: ...
def decay(
    time: ArrayLike,
    power_law: ArrayLike,
    rate: ArrayLike,
    timescale: ArrayLike,
    exponent: ArrayLike,
) -> Any: ...
def propagate(
    times: NDArray[np.float64],
    volumes: NDArray[np.float64],
    at: NDArray[np.float64],
    scale: float,
    concavity: float,
    power_law: bool,
    rate: float,
    timescale: float,
    exponent: float,
) -> NDArray[np.float64]: ...
def fading_changes(
    volumes: NDArray[np.float64], gaps: NDArray[np.float64], rate: float
) -> NDArray[np.float64]: ...
def obizhaeva_wang(
    quantity: float,
    horizon: float,
    resilience: float,
    density: float,
    permanent: float,
) -> tuple[float, float, float]: ...
def obizhaeva_wang_cost(
    times: NDArray[np.float64],
    quantities: NDArray[np.float64],
    resilience: float,
    density: float,
    permanent: float,
) -> float: ...
