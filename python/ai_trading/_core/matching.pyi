"""The matching engine in batches, and made-up order flow on it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

request_dtype: np.dtype[np.void]
answer_dtype: np.dtype[np.void]
OWN_IDS: int
actions: dict[str, int]
answer_kinds: dict[str, int]
cancel_reasons: dict[str, int]
self_trade_rules: dict[str, int]

# What every class that takes commands has; bindings/engine_commands.hpp.
class _EngineCommands:
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
        offset: int | None = None,
        display: int | None = None,
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

class Engine(_EngineCommands):
    def __init__(
        self,
        max_instruments: int = 65536,
        *,
        publish: bool = False,
        flags: int = 0,
        seed: int = 0,
    ) -> None: ...
    def set_state(
        self, instrument: int, state: int, auction: int = 2
    ) -> NDArray[Any]: ...
    def set_bands(self, instrument: int, low: int, high: int) -> NDArray[Any]: ...
    def clear_bands(self, instrument: int) -> NDArray[Any]: ...
    def set_reference(self, instrument: int, price: int) -> NDArray[Any]: ...
    def configure(
        self,
        instrument: int,
        *,
        increment: int = 1,
        allocation: int = 0,
        least_share: int = 1,
    ) -> NDArray[Any]: ...

class HawkesTerms:
    excitation: float
    decay: float
    depth_exponent: float
    def __init__(self) -> None: ...

class ZeroIntelligenceTerms:
    market: float
    limit: float
    cancel: float
    band: int
    size: int
    def __init__(self) -> None: ...

class QueueRates:
    limit: list[float]
    cancel: list[float]
    market: list[float]
    size: int
    def __init__(self) -> None: ...

class QueueReactiveTerms:
    levels: list[QueueRates]
    move: float
    redraw: float
    def __init__(self) -> None: ...

class AgentTerms:
    speculators: int
    visits: float
    switching: float
    value_pull: float
    value_noise: float
    momentum_pull: float
    momentum_noise: float
    trend: float
    herding: float
    predisposition: float
    misalignment: float
    noise_limit: float
    noise_market: float
    noise_depth: float
    noise_life: float
    makers: int
    maker_visits: float
    maker_spread: float
    maker_fear: float
    maker_size: int
    maker_limit: int
    def __init__(self) -> None: ...

_FlowModel = HawkesTerms | ZeroIntelligenceTerms | QueueReactiveTerms | AgentTerms

def check_flow_model(terms: _FlowModel) -> None: ...
def queue_distribution(rates: QueueRates, nearest: bool) -> list[float]: ...

class FlowSymbol:
    def __init__(
        self,
        price: int,
        *,
        step: int = 100,
        volatility: float = 0.01,
        activity: float = 1.0,
    ) -> None: ...

class FlowRules:
    def __init__(
        self,
        stocks: Sequence[tuple[int, int, int]],
        *,
        midnight: int,
        close: int = 57600000000000,
        opening: int = 40,
        closing: int = 80,
        on_close_until: int = 0,
        halts: Sequence[tuple[int, int, int | None]] = [],
        index_close: int = 0,
        index: Sequence[tuple[int, int]] = [],
    ) -> None: ...

class OrderFlow:
    def __init__(
        self,
        symbols: Sequence[FlowSymbol],
        *,
        seed: int,
        start: int,
        end: int,
        events: float | None = 1e6,
        model: _FlowModel | None = None,
        rules: FlowRules | None = None,
    ) -> None: ...
    def fill(self, limit: int) -> NDArray[Any]: ...
    def advance(self, now: int) -> None: ...
    def submit(
        self,
        order_id: int,
        *,
        instrument: int,
        side: int,
        order_type: int,
        time_in_force: int,
        price: int,
        quantity: int,
    ) -> int: ...
    def cancel(self, order_id: int) -> int: ...
    def amend(self, order_id: int, price: int, left: int) -> int: ...
    def halt(self, instrument: int) -> int: ...
    def resume(self, instrument: int) -> int: ...
    def index(self, value: int) -> int: ...
    def phase(self, instrument: int) -> int | None: ...
    def bands(self, instrument: int) -> tuple[int, int] | None: ...
    def take_answers(self) -> NDArray[Any]: ...
    def best(self, instrument: int, side: int) -> tuple[int, int, int] | None: ...
    def depth(
        self, instrument: int, side: int, levels: int
    ) -> list[tuple[int, int, int]]: ...
    @property
    def now(self) -> int: ...
    @property
    def is_open(self) -> bool: ...
    def state_hash(self) -> int: ...
