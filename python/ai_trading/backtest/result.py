"""What a backtest leaves behind, and the few sums everyone wants from it.

The arrays are the records of the core, untouched; whoever needs prices or money in
currency units takes them from the properties and tables here. Statistics, findings and
the report are computed from this object by their own modules and never by the engine.

Units: times in UTC nanoseconds, prices in ticks, quantities in lots, account amounts in
1e-6 and fees in 1e-9 currency units. Money that leaves as `Decimal` is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ai_trading.core.optional import needs_core, require
from ai_trading.core.records import (
    AMOUNT_SCALE,
    FEE_SCALE,
    INCIDENT,
    LIQUIDITY,
    ORDER_STATUS,
    ORDER_TERMS,
    ORDER_TYPE,
    PEG,
    SIDE,
    STOP_TYPES,
    TIME_IN_FORCE,
    TRIGGER,
    UNLIMITED_TYPES,
    reject_name,
)

with needs_core():
    from ai_trading._core import algo as _algo
    from ai_trading._core import sim as _sim

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ai_trading.backtest.statistics import Statistics
    from ai_trading.core.instrument import Instrument, InstrumentTable
    from ai_trading.execution.currencies import Statement
    from ai_trading.risk.gate import Transition

__all__ = ["BacktestResult", "Fill", "Finding", "Order"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a run that its owner should know before believing it.

    Attributes
    ----------
    severity : {"info", "warning"}
        A warning says that the result may not mean what it seems to.
    code : str
        A stable short name such as ``"no-fills"``.
    message : str
        What was seen, with the figures.
    advice : str
        What to do about it.
    """

    severity: Literal["info", "warning"]
    code: str
    message: str
    advice: str


@dataclass(frozen=True, slots=True)
class Fill:
    """One fill in the units people use; all amounts exact, fees positive when paid.

    Money is in the currency of the instrument.
    """

    time: np.datetime64
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    value: Decimal
    fee: Decimal
    realized: Decimal
    position: Decimal
    liquidity: str
    strategy: str
    order_id: int


@dataclass(frozen=True, slots=True)
class Order:
    """One order in the units people use: what was asked for, and what became of it.

    A term that the order has not is None. ``stop`` is the price it waited for, as last
    agreed, and of a trailing stop where it stood when it ceased to wait; ``trailing``
    the distance of a trailing stop, or the same as a percentage ("1.5%"); ``entry`` the
    id of the order whose executions it waited for.
    """

    time: np.datetime64
    order_id: int
    symbol: str
    side: str
    type: str
    time_in_force: str
    quantity: Decimal
    limit: Decimal | None
    stop: Decimal | None
    trailing: Decimal | str | None
    trigger: str | None
    display: Decimal | None
    peg: str | None
    offset: Decimal | None
    slides: bool
    minimum: Decimal | None
    all_or_none: bool
    expires: np.datetime64 | None
    entry: int | None
    status: str
    reason: str | None
    filled: Decimal
    fee: Decimal
    strategy: str
    parent_id: int | None


def _no_terms() -> NDArray[np.void]:
    return np.empty(0, ORDER_TERMS)


def _no_parents() -> NDArray[np.void]:
    return np.empty(0, _algo.work_dtype)


def _no_charges() -> NDArray[np.void]:
    return np.empty(0, _sim.charge_dtype)


def _no_incidents() -> NDArray[np.void]:
    return np.empty(0, INCIDENT)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BacktestResult:
    """One finished, or interrupted, backtest.

    Attributes
    ----------
    run_id : str
        Hexadecimal, derived from the inputs: the same inputs give the same id.
    name : str
        The name given to the run.
    kind : {"events", "quotes", "bars"}
        What the market data was.
    partial : bool
        True where the run was interrupted; everything here ends at that moment.
    seed : int
        Seed of every random draw.
    state_hash : str
        Hash over the final state: equal for two runs that did the same.
    config : dict
        The configuration, JSON-able.
    start_ns, end_ns : int
        First and last simulated instant, UTC nanoseconds.
    events : int
        Market records replayed.
    wall_seconds : float
        How long that took.
    currency : str
        Currency of the account.
    initial_cash : Decimal
        Cash at the start.
    instruments : InstrumentTable
        Table the ``instrument`` field of every record points into.
    strategies : tuple of str
        Names; the ``strategy`` field of orders and fills is an index into them.
    orders, fills, account : ndarray
        Records of dtype ORDER, FILL and ACCOUNT. ``account`` is the sampled equity
        curve; its last row is the end of the run.
    order_terms : ndarray
        What orders asked for besides a price (stops, display quantities, pegs, dates),
        dtype ORDER_TERMS, by order id; orders without such terms have no row.
    prices : Mapping[int, ndarray]
        For charts: instrument index to a structured array ``(timestamp, price)``,
        thinned to at most about 5,000 points.
    final_positions : Mapping[int, int]
        Instrument index to signed lots still held.
    findings : tuple of Finding
        What looked odd; see `ai_trading.backtest.findings`.
    parents : ndarray
        Parent orders and what came of them, dtype ``_core.algo.work_dtype``; the
        ``parent_id`` of an order points into it.
    schedules : Mapping[int, sequence of (int, int)]
        Time and lots of every slice by parent number; empty for those that have none.
    charges : ndarray
        Borrow, funding, dividends and interest, each booking dated, dtype
        ``_core.sim.charge_dtype``: ``amount`` in 1e-9 currency units, positive where
        paid; with ``rest``, in 1e-18, it is exact, and the rows of a currency (a
        number, 0 the account's own) and its fees add up to its statement. Kinds are 0
        borrow, 1 funding, 2 dividend and 3 interest, of instrument 2**32 - 1: none.
    incidents : ndarray
        What went otherwise than it should between desk and venue, dtype INCIDENT; a
        fill of negative quantity undoes one that was taken back.
    transitions : tuple of Transition
        Every change of what a scope of the gate may do: time, scope, from, to, cause,
        by whom and why (docs/risk-gate.md).
    rates : Mapping[str, ndarray]
        What other currencies were worth: rows ``(timestamp, rate)``, the rate in 1e-9
        of the account's currency. Empty for a run with one currency.
    statements : Mapping[str, Statement]
        By currency, the account's own first: cash, positions and flows at the end.
    consolidated : Statement or None
        All of them in the account's currency, with the currency translation.
    """

    run_id: str
    name: str
    kind: Literal["events", "quotes", "bars"]
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
    fills: NDArray[np.void]
    account: NDArray[np.void]
    prices: Mapping[int, NDArray[np.void]]
    final_positions: Mapping[int, int]
    findings: tuple[Finding, ...] = field(default=())
    order_terms: NDArray[np.void] = field(default_factory=_no_terms)
    parents: NDArray[np.void] = field(default_factory=_no_parents)
    schedules: Mapping[int, Sequence[tuple[int, int]]] = field(default_factory=dict)
    charges: NDArray[np.void] = field(default_factory=_no_charges)
    incidents: NDArray[np.void] = field(default_factory=_no_incidents)
    transitions: tuple[Transition, ...] = ()
    rates: Mapping[str, NDArray[np.void]] = field(default_factory=dict)
    statements: Mapping[str, Statement] = field(default_factory=dict)
    consolidated: Statement | None = None

    def __repr__(self) -> str:
        partial = ", partial" if self.partial else ""
        return (
            f"<BacktestResult {self.name}: {self.events:,} events{partial}, "
            f"orders {len(self.orders):,}, fills {len(self.fills):,}, profit "
            f"{self.profit:+,.2f} {self.currency}; print(result.summary()) says more>"
        )

    @property
    def final_value(self) -> Decimal:
        """Value of the account at the end; the initial cash if nothing was sampled."""
        if not len(self.account):
            return self.initial_cash
        return _micro(int(self.account["value"][-1]))

    @property
    def profit(self) -> Decimal:
        """Final value minus initial cash, after fees."""
        return self.final_value - self.initial_cash

    @property
    def fees(self) -> Decimal:
        """Fees of all fills, rebates taken off; exact to 1e-9.

        Those in another currency at the rate of their moment.
        """
        from ai_trading.backtest.statistics import exact_sum
        from ai_trading.backtest.translation import translated

        return Decimal(exact_sum(translated(self)["fee"])) / FEE_SCALE

    @property
    def times(self) -> NDArray[np.datetime64]:
        """UTC instants of the equity curve, ``datetime64[ns]``, shape (samples,)."""
        times: NDArray[np.datetime64] = self.account["timestamp"].astype(
            "datetime64[ns]"
        )
        return times

    @property
    def equity(self) -> NDArray[np.float64]:
        """Account value in currency units, shape (samples,); for charts and ratios."""
        equity: NDArray[np.float64] = self.account["value"] / AMOUNT_SCALE
        return equity

    def statistics(self, *, risk_free: float = 0.0) -> Statistics:
        """Return `ai_trading.backtest.statistics.summarize` of this run."""
        from ai_trading.backtest.statistics import summarize

        return summarize(self, risk_free=risk_free)

    def summary(self) -> str:
        """Return the run as a short table of text, for a terminal or a log."""
        from ai_trading.backtest.report.text import summary

        return summary(self)

    def write_report(self, path: str | Path) -> Path:
        """Write the self-contained HTML report and return where it is.

        See Also
        --------
        ai_trading.backtest.report.write_report : With its options.
        """
        from ai_trading.backtest.report import write_report

        return write_report(self, path)

    def fills_table(self) -> Iterator[Fill]:
        """Yield every fill in time order with symbols, prices and money.

        Examples
        --------
        >>> for fill in result.fills_table():  # doctest: +SKIP
        ...     print(fill.time, fill.side, fill.quantity, fill.symbol, fill.price)
        """
        names = self.fills.dtype.names or ()
        for values in self.fills.tolist():
            row = dict(zip(names, values, strict=True))
            instrument = self.instruments[row["instrument"]]
            price = instrument.to_price(row["price"])
            quantity = instrument.to_quantity(row["quantity"])
            yield Fill(
                time=np.datetime64(row["timestamp"], "ns"),
                symbol=instrument.symbol,
                side=str(SIDE[row["side"]]),
                quantity=quantity,
                price=price,
                value=price * quantity * instrument.multiplier,
                fee=Decimal(row["fee"]) / FEE_SCALE,
                realized=Decimal(row["realized"]) / AMOUNT_SCALE,
                position=instrument.to_quantity(row["position"]),
                liquidity=str(LIQUIDITY[row["liquidity"]]),
                strategy=self.strategies[row["strategy"]],
                order_id=row["order_id"],
            )

    def orders_table(self) -> Iterator[Order]:
        """Yield every order by id, with all that it asked for.

        Examples
        --------
        >>> for order in result.orders_table():  # doctest: +SKIP
        ...     print(order.time, order.side, order.type, order.stop, order.status)
        """
        names = self.orders.dtype.names or ()
        asked = {int(row["order_id"]): row for row in self.order_terms}
        for values in self.orders.tolist():
            row = dict(zip(names, values, strict=True))
            instrument = self.instruments[row["instrument"]]
            kind = str(ORDER_TYPE[row["type"]])
            limit = (
                None if kind in UNLIMITED_TYPES else instrument.to_price(row["price"])
            )
            yield Order(
                time=np.datetime64(row["submitted"], "ns"),
                order_id=row["order_id"],
                symbol=instrument.symbol,
                side=str(SIDE[row["side"]]),
                type=kind,
                time_in_force=str(TIME_IN_FORCE[row["time_in_force"]]),
                quantity=instrument.to_quantity(row["quantity"]),
                **_terms(asked.get(row["order_id"]), kind, limit, instrument),
                status=str(ORDER_STATUS[row["status"]]),
                reason=reject_name(row["reason"]) if row["reason"] else None,
                filled=instrument.to_quantity(row["filled"]),
                fee=Decimal(row["fee"]) / FEE_SCALE,
                strategy=self.strategies[row["strategy"]],
                parent_id=row["parent_id"] or None,
            )

    def to_frame(self, table: Literal["fills", "orders", "equity"] = "fills") -> Any:
        """Return the fills, the orders or the equity curve as a pandas ``DataFrame``.

        Parameters
        ----------
        table : {"fills", "orders", "equity"}, default "fills"
            Prices and money of fills and orders are `Decimal`; the equity curve is in
            floating point, indexed by time.

        Raises
        ------
        MissingExtraError
            If pandas is not installed (``pip install 'ai_trading[data]'``).
        """
        pandas = require("pandas", "data")
        if table == "fills":
            return pandas.DataFrame(
                list(self.fills_table()), columns=list(Fill.__dataclass_fields__)
            )
        if table == "orders":
            return pandas.DataFrame(
                list(self.orders_table()), columns=list(Order.__dataclass_fields__)
            )
        names = ("cash", "value", "realized", "unrealized", "fees", "gross")
        return pandas.DataFrame(
            {name: self.account[name] / AMOUNT_SCALE for name in names},
            index=pandas.DatetimeIndex(self.times, name="time", tz="UTC"),
        )


def _terms(
    row: Any, kind: str, limit: Decimal | None, instrument: Instrument
) -> dict[str, Any]:
    """Return what an order asked for besides what its record says."""

    def price(name: str, *, told: bool) -> Decimal | None:
        return instrument.to_price(int(row[name])) if told else None

    there = row is not None
    stops, pegged = there and kind in STOP_TYPES, there and kind == "pegged"
    trails = stops and kind == "trailing_stop"
    trailing: Decimal | str | None = None
    if trails and row["trail_by"]:
        trailing = f"{Decimal(int(row['trail'])) / 100:f}%"
    elif trails:
        trailing = instrument.to_price(int(row["trail"]))
    limited = pegged and int(row["peg_limit"]) != 0
    shows = there and int(row["display"]) != 0
    least = there and int(row["minimum"]) != 0
    return {
        "limit": price("peg_limit", told=limited) if pegged else limit,
        "stop": price("stop", told=stops and not (trails and row["stop"] == 0)),
        "trailing": trailing,
        "trigger": TRIGGER[int(row["trigger"])] if stops else None,
        "display": instrument.to_quantity(int(row["display"])) if shows else None,
        "peg": PEG[int(row["peg"])] if pegged else None,
        "offset": price("offset", told=pegged),
        "slides": bool(there and row["slide"]),
        "minimum": instrument.to_quantity(int(row["minimum"])) if least else None,
        "all_or_none": bool(there and row["all_or_none"]),
        "expires": (
            np.datetime64(int(row["expire_at"]), "ns")
            if there and row["expire_at"]
            else None
        ),
        "entry": int(row["entry"]) or None if there else None,
    }


def _micro(amount: int) -> Decimal:
    return Decimal(amount) / AMOUNT_SCALE
