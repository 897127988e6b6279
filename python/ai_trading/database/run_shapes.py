"""What a run is where it is stored and read back: the shapes, with no database in them.

The result is taken by its shape (`RunResult`), so that this layer knows nothing of the
backtest above it.
"""

# The members of the protocols are described where the result is made.
# ruff: noqa: D102

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    import numpy as np
    from numpy.typing import NDArray

    from ai_trading.core.instrument import InstrumentTable
    from ai_trading.core.statement import Statement

__all__ = [
    "RunFinding",
    "RunResult",
    "RunSummary",
    "RunTransition",
    "StoredFinding",
    "StoredRun",
    "StoredTransition",
]


class RunFinding(Protocol):
    """Something about a run that its owner should know before believing it."""

    @property
    def severity(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def advice(self) -> str: ...


class RunTransition(Protocol):
    """A change of what a scope of the gate may do; `risk.gate.Transition` is one."""

    @property
    def at_ns(self) -> int: ...
    @property
    def scope(self) -> str: ...
    @property
    def before(self) -> int: ...
    @property
    def after(self) -> int: ...
    @property
    def cause(self) -> str: ...
    @property
    def who(self) -> str: ...
    @property
    def reason(self) -> str: ...


class RunResult(Protocol):
    """What `store_run` reads of a result; `backtest.result.BacktestResult` has it.

    Times are UTC nanoseconds; ``orders``, ``order_terms``, ``fills``, ``account`` and
    ``incidents`` are arrays of the dtypes ORDER, ORDER_TERMS, FILL, ACCOUNT and
    INCIDENT of `ai_trading.core.records`.
    """

    @property
    def run_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def partial(self) -> bool: ...
    @property
    def seed(self) -> int: ...
    @property
    def state_hash(self) -> str: ...
    @property
    def config(self) -> dict[str, Any]: ...
    @property
    def start_ns(self) -> int: ...
    @property
    def end_ns(self) -> int: ...
    @property
    def events(self) -> int: ...
    @property
    def wall_seconds(self) -> float: ...
    @property
    def currency(self) -> str: ...
    @property
    def initial_cash(self) -> Decimal: ...
    @property
    def instruments(self) -> InstrumentTable: ...
    @property
    def strategies(self) -> Sequence[str]: ...
    @property
    def orders(self) -> NDArray[np.void]: ...
    @property
    def order_terms(self) -> NDArray[np.void]: ...
    @property
    def fills(self) -> NDArray[np.void]: ...
    @property
    def account(self) -> NDArray[np.void]: ...
    @property
    def incidents(self) -> NDArray[np.void]: ...
    @property
    def final_positions(self) -> Mapping[int, int]: ...
    @property
    def findings(self) -> Sequence[RunFinding]: ...
    @property
    def transitions(self) -> Sequence[RunTransition]: ...
    @property
    def charges(self) -> NDArray[np.void]: ...
    @property
    def rates(self) -> Mapping[str, NDArray[np.void]]: ...
    @property
    def statements(self) -> Mapping[str, Statement]: ...
    @property
    def consolidated(self) -> Statement | None: ...


@dataclass(frozen=True, slots=True)
class StoredFinding:
    """A finding as it was stored; see `RunFinding`."""

    severity: str
    code: str
    message: str
    advice: str


@dataclass(frozen=True, slots=True)
class StoredTransition:
    """A change of a scope's state as it was stored; see `RunTransition`."""

    at_ns: int
    scope: str
    before: int
    after: int
    cause: str
    who: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One line of `list_runs`.

    Attributes
    ----------
    run_id, name, kind, state_hash, currency : str
    partial : bool
        True where the run was interrupted.
    seed, events, orders, fills : int
    start_ns, end_ns : int
        Simulated time, UTC nanoseconds.
    wall_seconds : float
    initial_cash, final_value : Decimal
        In `currency`.
    strategies : tuple of str
    stored_at : datetime
        In UTC.
    """

    run_id: str
    name: str
    kind: str
    partial: bool
    seed: int
    state_hash: str
    start_ns: int
    end_ns: int
    events: int
    wall_seconds: float
    currency: str
    initial_cash: Decimal
    final_value: Decimal
    orders: int
    fills: int
    strategies: tuple[str, ...]
    stored_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredRun:
    """A run as `load_run` gives it back; it is a `RunResult` again.

    The attributes are those of `RunResult`, with ``final_positions`` leaving out what
    was flat at the end, and ``stored_at``, in UTC.
    """

    run_id: str
    name: str
    kind: str
    partial: bool
    seed: int
    state_hash: str
    config: dict[str, Any]
    start_ns: int
    end_ns: int
    events: int
    wall_seconds: float
    currency: str
    initial_cash: Decimal
    instruments: InstrumentTable
    strategies: tuple[str, ...]
    orders: NDArray[np.void]
    order_terms: NDArray[np.void]
    fills: NDArray[np.void]
    account: NDArray[np.void]
    incidents: NDArray[np.void]
    final_positions: dict[int, int]
    findings: tuple[StoredFinding, ...]
    transitions: tuple[StoredTransition, ...]
    charges: NDArray[np.void]
    rates: dict[str, NDArray[np.void]]
    statements: dict[str, Statement]
    consolidated: Statement | None
    stored_at: datetime
