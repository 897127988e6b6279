"""What venues would have done to real orders, and whole markets under rules."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai_trading._core.matching import _EngineCommands

fate_dtype: np.dtype[np.void]
outcome_dtype: np.dtype[np.void]
halts: list[str]

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

class Listing:
    def __init__(
        self,
        previous_close: int,
        *,
        tick_nano: int = 100000,
        luld: bool = False,
        tier: int = 1,
        leverage_percent: int = 100,
        increments: Sequence[tuple[int, int]] = [],
        collar: Sequence[tuple[int, int, int]] = [],
    ) -> None: ...
    @staticmethod
    def us_stock(
        previous_close: int, *, tier: int = 1, tick_nano: int = 100000
    ) -> Listing: ...

class Market(_EngineCommands):
    def __init__(
        self,
        listings: Sequence[Listing],
        *,
        midnight: int = 0,
        timetable: Sequence[tuple[int, str, int]] | None = None,
        open: int = 34200000000000,  # noqa: A002
        close: int = 57600000000000,
        index_close: int = 0,
        call: int = 300000000000,
        seed: int = 0,
        publish: bool = False,
        flags: int = 0,
    ) -> None: ...
    def halt(
        self, instrument: int, *, timestamp: int = -9223372036854775808
    ) -> NDArray[Any]: ...
    def resume(
        self, instrument: int, *, timestamp: int = -9223372036854775808
    ) -> NDArray[Any]: ...
    def index(
        self, value: int, *, timestamp: int = -9223372036854775808
    ) -> NDArray[Any]: ...
    def phase(self, instrument: int) -> str: ...
    def halted_by(self, instrument: int) -> str: ...
    def luld_state(self, instrument: int) -> str: ...
    def bands(self, instrument: int) -> tuple[int, int] | None: ...
    def reopening_collar(self, instrument: int) -> tuple[int, int] | None: ...
    @property
    def now(self) -> int: ...
    @property
    def next_due(self) -> int | None: ...
    @property
    def market_wide_level(self) -> int: ...
