"""What venues would have done to real orders."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

fate_dtype: np.dtype[np.void]
outcome_dtype: np.dtype[np.void]

def fates(events: NDArray[Any]) -> NDArray[Any]: ...
def trades(events: NDArray[Any]) -> NDArray[Any]: ...
def replay(
    events: NDArray[Any],
    fates: NDArray[Any],
    shown: str,
    model: dict[str, Any],
    patience: int = 0,
    bars: NDArray[Any] | None = None,
) -> NDArray[Any]: ...
