"""Parents at work: the state machines behind the execution algorithms."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

work_dtype: np.dtype[np.void]
algorithm_codes: dict[str, int]

class Workers:
    def __init__(self, instruments: int) -> None: ...
    def add(self, terms: dict[str, Any]) -> int: ...
    def on_trade(
        self, instrument: int, price: int, quantity: int, now: int
    ) -> None: ...
    def on_trades(self, instrument: int, volume: int, value: int, now: int) -> None: ...
    def on_child(
        self,
        parent: int,
        order_id: int,
        status: int,
        reason: int,
        price: int,
        quantity: int,
        filled: int,
        filled_value: int,
        now: int,
    ) -> None: ...
    def run(
        self,
        now: int,
        market: Callable[[int], tuple[int, int, int, int, int | None, bool]],
        submit: Callable[[int, int, int, int, int], int],
        replace: Callable[[int, int, int], int],
        cancel: Callable[[int], int],
    ) -> None: ...
    def cancel(self, parent: int, now: int) -> None: ...
    def children(self, parent: int) -> list[int]: ...
    def slices(self, parent: int) -> list[tuple[int, int]]: ...
    def records(self) -> NDArray[Any]: ...
    @property
    def next_time(self) -> int: ...
    def __len__(self) -> int: ...
