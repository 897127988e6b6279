"""The desk: orders, ledger, and the rows that leave it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

order_dtype: np.dtype[np.void]
fill_dtype: np.dtype[np.void]
account_dtype: np.dtype[np.void]
parent_dtype: np.dtype[np.void]
incident_dtype: np.dtype[np.void]
order_request_dtype: np.dtype[np.void]
order_answer_dtype: np.dtype[np.void]
order_events: dict[str, int]

def step(
    status: int, cancel_asked: bool, replace_asked: bool, event: int, executed: bool
) -> tuple[int, bool, bool, int, int]: ...

class Ledger:
    def __init__(
        self,
        instruments: Sequence[tuple[int, int, int]],
        *,
        cash: int = 0,
        currencies: int = 1,
        fifo: bool = False,
    ) -> None: ...
    def book(
        self, instrument: int, side: int, price: int, quantity: int, fee: int = 0
    ) -> int: ...
    def last_entry(self, instrument: int) -> int: ...
    def undo(self, instrument: int, entry: int, fee: int = 0) -> int: ...
    def deposit(self, currency: int, amount: int) -> None: ...
    def exchange(self, source: int, sold: int, target: int, bought: int) -> None: ...
    def charge(self, currency: int, amount: int) -> None: ...
    def interest(self, currency: int, amount: int) -> None: ...
    def accrue_interest(
        self,
        currency: int,
        credit: int,
        debit: int,
        days: int,
        days_of_year: int = 360,
    ) -> int: ...
    def accrue_borrow(
        self, instrument: int, rate: int, days: int, days_of_year: int = 360
    ) -> int: ...
    def dividend(self, instrument: int, per_lot: int) -> int: ...
    def split(self, instrument: int, into: int, old: int) -> None: ...
    def mark(self, instrument: int, price: int) -> None: ...
    def set_rate(self, currency: int, rate: int) -> None: ...
    def position(self, instrument: int) -> tuple[int, int, int, int]: ...
    def lots(self, instrument: int) -> list[tuple[int, int]]: ...
    def statement(self, currency: int) -> dict[str, int]: ...
    def consolidated(self) -> dict[str, int]: ...
    def margin(
        self,
        *,
        initial: int = 500_000,
        long_rate: int = 250_000,
        short_rate: int = 300_000,
    ) -> dict[str, int]: ...

# What every class that holds a desk has; bindings/py_desk.hpp.
class _DeskMethods:
    def report(
        self,
        order_id: int,
        kind: int,
        at: int,
        *,
        price: int = 0,
        quantity: int = 0,
        fee: int = 0,
        liquidity: int = 0,
        reason: int = 0,
        instrument: int = 0,
        side: int = 2,
        request: int = 0,
        execution: int = 0,
        corrects: int = 0,
        executed: int = -1,
        leaves: int = -1,
    ) -> int: ...
    def refuse(
        self,
        instrument: int,
        side: int,
        order_type: int,
        time_in_force: int,
        price: int,
        quantity: int,
        now: int,
        reason: int,
        client: int = 0,
    ) -> int: ...
    def wake(self, now: int) -> None: ...
    def commands(self) -> list[tuple[int, int, int, int, int, int]]: ...
    def news(self) -> list[int]: ...
    def order(self, order_id: int) -> tuple[int, ...]: ...
    def state(self, order_id: int) -> tuple[int, bool, bool]: ...
    def current_request(self, order_id: int) -> int: ...
    def order_of(self, client: int) -> int: ...
    def fills_after(
        self, number: int
    ) -> list[tuple[int, int, int, int, int, int, int, int, int]]: ...
    def incidents_after(
        self, number: int
    ) -> list[tuple[int, int, int, int, int, int, int, int, bool]]: ...
    def orders(self) -> NDArray[np.void]: ...
    def fills(self) -> NDArray[np.void]: ...
    def parents(self) -> NDArray[np.void]: ...
    def incidents(self) -> NDArray[np.void]: ...
    def link(self, reduce: bool = False, entry: int = 0) -> int: ...
    def open_parent(
        self,
        instrument: int,
        side: int,
        quantity: int,
        now: int,
        outer: int = 0,
        client: int = 0,
    ) -> tuple[int, int]: ...
    def cancel_parent(self, parent: int, now: int) -> int: ...
    def finish_parent(self, parent: int, now: int) -> int: ...
    def room(self, parent: int) -> int: ...
    def mark(self, instrument: int, price: int) -> None: ...
    def mode(self, instrument: int) -> int: ...
    def restrict(self, instrument: int, mode: int) -> None: ...
    def enable(self, instrument: int, who: str) -> None: ...
    def position(self, instrument: int) -> tuple[int, int, int, int, int, bool]: ...
    def statement(self) -> tuple[int, int, int, int, int, int]: ...
    @property
    def working_orders(self) -> int: ...
    @property
    def counts(self) -> tuple[int, int, int]: ...
    def state_hash(self) -> int: ...

class Desk(_DeskMethods):
    def __init__(
        self,
        cash: int,
        *,
        order_timeout: int = 0,
        answer_timeout: int = 0,
        attempts: int = 3,
        max_working: int = 0,
        share_ppm: int = 0,
        cash_covers: bool = False,
        margin: bool = False,
        fifo: bool = False,
    ) -> None: ...
    def add_instrument(
        self,
        *,
        tick_nano: int,
        lot_nano: int,
        unit_nano: int,
        price_step: int,
        max_quantity: int = 0,
        collar_ppm: int = 0,
    ) -> int: ...
    def submit(
        self,
        instrument: int,
        side: int,
        order_type: int,
        time_in_force: int,
        price: int,
        quantity: int,
        now: int,
        client: int = 0,
        parent: int = 0,
        group: int = 0,
    ) -> tuple[int, int, bool]: ...
    def cancel(self, order_id: int, now: int) -> tuple[int, bool]: ...
    def modify(
        self, order_id: int, price: int, quantity: int, now: int
    ) -> tuple[int, bool]: ...
