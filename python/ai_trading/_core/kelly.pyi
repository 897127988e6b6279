"""The portfolio that grows fastest, over scenarios or by two moments."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

move_dtype: np.dtype[np.void]

def maximise_log(
    returns: NDArray[np.float64],
    *,
    probabilities: NDArray[np.float64],
    base: NDArray[np.float64],
    moves: NDArray[Any],
    rows: NDArray[np.float64],
    limits: NDArray[np.float64],
    start: NDArray[np.float64],
    tolerance: float,
    rounds: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], float, float, int, bool]: ...
def maximise_quadratic(
    mean: NDArray[np.float64],
    *,
    covariance: NDArray[np.float64],
    weights: NDArray[np.float64],
    base: float,
    moves: NDArray[Any],
    rows: NDArray[np.float64],
    limits: NDArray[np.float64],
    start: NDArray[np.float64],
    tolerance: float,
    rounds: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], float, float, int, bool]: ...
