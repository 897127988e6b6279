"""Kernels under the measures of `ai_trading.risk.metrics`."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

def first_unusable(values: NDArray[np.float64]) -> int: ...
def tail(
    values: NDArray[np.float64], rank: int, upper: bool = False
) -> tuple[float, float, float]: ...
def depths(returns: NDArray[np.float64]) -> NDArray[np.float64]: ...
def drawdowns(returns: NDArray[np.float64]) -> dict[str, Any]: ...
def summarize(returns: NDArray[np.float64], target: float = 0.0) -> dict[str, Any]: ...
def log_growth(values: NDArray[np.float64]) -> NDArray[np.float64]: ...
def rolling_moments(
    returns: NDArray[np.float64], window: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
def rolling_sharpe(
    returns: NDArray[np.float64], window: int, hurdle: float = 0.0, scale: float = 1.0
) -> NDArray[np.float64]: ...
def rolling_drawdown(
    returns: NDArray[np.float64], window: int
) -> NDArray[np.float64]: ...
def garch_likelihood(
    returns: NDArray[np.float64],
    mean: float,
    omega: float,
    alpha: float,
    beta: float,
    start: float = 0.0,
) -> float: ...
def garch_slopes(
    returns: NDArray[np.float64],
    mean: float,
    omega: float,
    alpha: float,
    beta: float,
    start: float = 0.0,
    each: bool = False,
) -> tuple[float, tuple[float, float, float, float], NDArray[np.float64]]: ...
def garch_variances(
    returns: NDArray[np.float64],
    mean: float,
    omega: float,
    alpha: float,
    beta: float,
    start: float = 0.0,
) -> NDArray[np.float64]: ...
def normals(seed: int, size: int) -> NDArray[np.float64]: ...
def normal_quantile(p: float) -> float: ...
def simulate(
    seed: int,
    rows: int,
    mean: NDArray[np.float64],
    factor: NDArray[np.float64],
    holdings: NDArray[np.float64],
    triangular: bool = True,
    antithetic: bool = False,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
def transform(
    normals: NDArray[np.float64],
    mean: NDArray[np.float64],
    factor: NDArray[np.float64],
    holdings: NDArray[np.float64],
    triangular: bool = True,
    antithetic: bool = False,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
def lattice_normals(
    rows: int, multiplier: int, shift: NDArray[np.float64]
) -> NDArray[np.float64]: ...
