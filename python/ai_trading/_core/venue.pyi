"""What venues would have done to real orders, and whole markets under rules."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

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

class Market:
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
    def submit(
        self,
        order_id: int,
        *,
        side: int,
        quantity: int,
        price: int = 0,
        order_type: int = 1,
        time_in_force: int = 0,
        instrument: int = 0,
        owner: int = 0,
        display: int = 0,
        display_random: int = 0,
        minimum: int = 0,
        all_or_none: bool = False,
        stop: int = 0,
        trigger: int = 0,
        trail: int = 0,
        trail_by: int = 0,
        peg: int = 0,
        offset: int = 0,
        slide: bool = False,
        self_trade: int = 0,
        expire_at: int = 0,
        timestamp: int = -9223372036854775808,
    ) -> NDArray[Any]: ...
    def cancel(
        self, order_id: int, *, timestamp: int = -9223372036854775808
    ) -> NDArray[Any]: ...
    def replace(
        self,
        order_id: int,
        *,
        price: int,
        left: int,
        new_id: int | None = None,
        stop: int | None = None,
        timestamp: int = -9223372036854775808,
    ) -> NDArray[Any]: ...
    def mass_cancel(
        self,
        *,
        owner: int = 0,
        group: int = 0,
        instrument: int | None = None,
        side: int = 2,
    ) -> NDArray[Any]: ...
    def disconnect(self, owner: int) -> NDArray[Any]: ...
    def expire(self, instrument: int) -> NDArray[Any]: ...
    def advance(self, now: int) -> NDArray[Any]: ...
    def set_account(
        self, owner: int, *, group: int = 0, self_trade: int = 1
    ) -> NDArray[Any]: ...
    def order(self, order_id: int) -> tuple[int, int, int, int, int, int] | None: ...
    def state(self, instrument: int) -> int: ...
    def indicative(self, instrument: int) -> tuple[int, int, int]: ...
    def apply(self, requests: NDArray[Any]) -> NDArray[Any]: ...
    def take_feed(self) -> NDArray[Any]: ...
    def best(self, instrument: int, side: int) -> tuple[int, int, int] | None: ...
    def depth(
        self, instrument: int, side: int, levels: int
    ) -> list[tuple[int, int, int]]: ...
    def orders(self, instrument: int, side: int) -> list[tuple[int, int, int]]: ...
    @property
    def order_count(self) -> int: ...
    @property
    def trades(self) -> int: ...
    def book_hash(self) -> int: ...
    def state_hash(self) -> int: ...
    def snapshot(self) -> bytes: ...
    def restore(self, bytes: bytes) -> None: ...  # noqa: A002
