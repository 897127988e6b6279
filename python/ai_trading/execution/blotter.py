"""The orders of a desk as Python sees them.

The desk speaks of numbers, ticks and lots; here they get their names, symbols and exact
decimals. An `Order` is made of a record when somebody asks for it, so that an order
nobody looks at costs nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from ai_trading.core.enums import Liquidity, OrderType
from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import text
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.log import get_logger
from ai_trading.core.optional import needs_core
from ai_trading.core.records import (
    LIQUIDITY,
    NO_INSTRUMENT,
    ORDER_STATUS,
    ORDER_TYPE,
    SIDE,
    TIME_IN_FORCE,
    liquidity_code,
    order_type_code,
    reject_name,
    side_code,
    time_in_force_code,
)
from ai_trading.execution.order import (
    Fill,
    Order,
    add,
    follow,
    next_order_id,
    recorded,
    rename,
    treated,
)
from ai_trading.execution.refusals import refused_symbol
from ai_trading.execution.reports import EventType, VenueReport, event_type
from ai_trading.execution.terms import (
    core_price,
    core_words,
    grid_prices,
    has_terms,
    off_grid,
)

with needs_core():
    from ai_trading._core.book import reject_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ai_trading._core.desk import Desk
    from ai_trading._core.sim import SyntheticDesk

__all__ = ["Blotter"]

_log = get_logger(__name__)
_NANO: Final = 1_000_000_000
_TERMINAL: Final = frozenset(
    code for code, status in ORDER_STATUS.items() if status.is_terminal
)
# What an order's fill is called that should not have happened, or has not after all.
_FLAGS: Final = {
    "fill_after_end": "after_end",
    "trade_busted": "busted",
    "trade_corrected": "corrected",
}
_QUIET: Final = frozenset({"late_report", "fill_before_ack"})


class Blotter:
    """Names, symbols and decimals for the orders of a desk.

    Parameters
    ----------
    desk : Desk or SyntheticDesk
    instruments : InstrumentTable, optional
        What may be traded; without one a symbol's first order says on which grid.
    simulated : bool, default False
    """

    __slots__ = (
        "_by_client",
        "_fills_seen",
        "_incidents_seen",
        "_index",
        "_listening",
        "_names",
        "_numbers",
        "_of_order",
        "_orders",
        "_simulated",
        "_table",
        "_terms",
        "desk",
        "opener",
        "prefix",
    )

    def __init__(
        self,
        desk: Desk | SyntheticDesk,
        instruments: InstrumentTable | None = None,
        *,
        simulated: bool = False,
    ) -> None:
        self.desk: Any = desk
        self._table = instruments
        self._simulated = simulated
        # Has the desk know a symbol and its price, or says why it cannot be traded;
        # None where every symbol is taken as it comes.
        self.opener: Callable[[str], str | None] | None = None
        self._terms: list[Instrument] = []
        self._index: dict[str, int] = {}
        # Of orders that came as objects; the others are called by their number.
        self._names: dict[int, str] = {}
        self.prefix: Final = f"{next_order_id()}-"
        self._numbers: dict[str, int] = {}
        self._by_client: dict[str, str] = {}
        self._orders: dict[int, Order] = {}
        self._of_order: dict[int, list[Fill]] = {}
        self._fills_seen = 0
        self._incidents_seen = 0
        self._listening = False

    # Instruments.

    def enlist(self, instrument: Instrument, index: int) -> None:
        """Note that the desk has an instrument under an index."""
        assert index == len(self._terms)
        self._terms.append(instrument)
        self._index[instrument.symbol] = index

    def index(self, symbol: str) -> int:
        """Return the desk's index of a symbol.

        Raises
        ------
        ArgumentError
            If the symbol was never traded.
        """
        found = self._index.get(symbol)
        if found is None:
            traded = ", ".join(sorted(self._index)) or "nothing"
            msg = f"{symbol!r} was never traded here; what was: {traded}"
            raise ArgumentError(msg)
        return found

    def opened(self, symbol: str) -> int:
        """Return the desk's index of a symbol, which is opened if it can be.

        Raises
        ------
        OrderRejectedError
            If it cannot be traded.
        ArgumentError
            If the symbol was never traded, and nobody opens any.
        """
        if self.opener is not None and symbol not in self._index:
            reason = self.opener(symbol)
            if reason is not None:
                raise refused_symbol(symbol, reason)
        return self.index(symbol)

    def instrument(self, symbol: str) -> Instrument:
        """Return the terms of a symbol that was traded."""
        return self._terms[self.index(symbol)]

    @property
    def table(self) -> InstrumentTable:
        """The instruments that were traded, as the desk counts them."""
        return InstrumentTable(self._terms)

    @property
    def symbols(self) -> tuple[str, ...]:
        """What was traded, in the order of the desk's indexes."""
        return tuple(self._index)

    def ticks(self, symbol: str, price: float | Decimal | str | None) -> int:
        """Return a price in ticks."""
        assert price is not None
        return self.instrument(symbol).to_ticks(price)

    def lots(self, symbol: str, quantity: float | Decimal | str) -> int:
        """Return a quantity in lots."""
        return self.instrument(symbol).to_lots(quantity)

    def price(self, symbol: str, ticks: int) -> Decimal:
        """Return the price of a number of ticks."""
        return self.instrument(symbol).to_price(ticks)

    def quantity(self, symbol: str, lots: int) -> Decimal:
        """Return the quantity of a number of lots."""
        return self.instrument(symbol).to_quantity(lots)

    def _listed(self, order: Order) -> int | str:
        if self.opener is not None:
            return self.opener(order.symbol) or self._index[order.symbol]
        index = self._index.get(order.symbol)
        if index is not None:
            return index
        if self._table is None:
            instrument = _grid_for(order)
        elif order.symbol in self._table:
            instrument = self._table[order.symbol]
        else:
            return "unknown_instrument"
        index = int(self.desk.add_instrument(**core_terms(instrument)))
        self.enlist(instrument, index)
        # Nobody gives this desk prices: it checks none.
        price = order.price or order.stop
        self.desk.mark(index, 1 if price is None else instrument.round_to_ticks(price))
        return index

    # Orders.

    def terms(self, order: Order) -> tuple[int, int, int, int, int, int] | str:
        """Return what the desk must know of an order, or why it cannot be said."""
        index = self._listed(order)
        if isinstance(index, str):
            return index
        instrument = self._terms[index]
        reason = off_grid(order, instrument)
        if reason is not None:
            return reason
        side, kind, force = codes_of(order)
        price = core_price(order, instrument)
        return index, side, kind, force, price, instrument.to_lots(order.quantity)

    def special_terms(self, order: Order) -> dict[str, int] | None:
        """Return what a market inside the core must know besides, None where nothing.

        Of an order for which `terms` could be said.
        """
        if not has_terms(order):
            return None
        return core_words(order, self._terms[self._index[order.symbol]])

    def adopt(self, order: Order, number: int) -> None:
        """Keep an order that the desk has taken under a number."""
        order.simulated |= self._simulated
        self._names[number] = order.order_id
        self._numbers[order.order_id] = number
        self._by_client[order.client_order_id] = order.order_id
        self._orders[number] = order

    def name(self, number: int) -> str:
        """Return the id of an order by its number."""
        return self._names.get(number) or f"{self.prefix}{number}"

    def refuse(self, order: Order, reason: str, now: int) -> None:
        """Keep an order that was refused before the desk could judge it."""
        side, kind, force = codes_of(order)
        index = self._index.get(order.symbol, NO_INSTRUMENT)
        code = reject_codes.get(reason)
        number = self.desk.refuse(
            index, side, kind, force, 0, 0, now, code or reject_codes["market_closed"]
        )
        self.adopt(order, number)
        if code is None:  # a word of the venue's own
            order.reject(reason, timestamp_ns=now)
            self._orders[number] = order
            return
        self._show(order, number, keep_terms=True)

    def _find(self, order_id: str) -> int | None:
        given: object = order_id
        if not isinstance(given, str):
            text("order_id", given, "ORD-0000000001")
        number = self._numbers.get(self._by_client.get(order_id, order_id))
        if number is None and order_id.startswith(self.prefix):
            tail = order_id[len(self.prefix) :]
            number = int(tail) if tail.isdecimal() else 0
            given = number in self._names or str(number) != tail
            if given or not 0 < number <= self.desk.counts[0]:
                return None
        return number

    def knows(self, order_id: str) -> bool:
        """Return whether there is an order of this id, ours or the client's."""
        return self._find(order_id) is not None

    def number(self, order_id: str) -> int:
        """Return the desk's number of an order."""
        number = self._find(order_id)
        if number is None:
            known = self.desk.counts[0]
            msg = f"no order has the id {order_id!r}; {known} are known"
            raise ArgumentError(msg)
        return number

    def order(self, order_id: str) -> Order:
        """Return an order by its id or the client's.

        Raises
        ------
        ArgumentError
            If there is no such order.
        """
        return self.at(self.number(order_id))

    def at(self, number: int) -> Order:
        """Return an order by its number, as it stands."""
        order = self._orders.get(number)
        if order is None:
            order = self._make(number)
        if self._simulated and not order.status.is_terminal:
            self.pull()
            self._show(order, number)
        return order

    def _make(self, number: int) -> Order:
        self.pull()
        row = self.desk.order(number)
        instrument = self._terms[row[0]]
        kind = ORDER_TYPE[row[2]]
        # Terms are not in the record: the order is made without any.
        priced = kind.needs_price
        order = Order(
            instrument.symbol,
            SIDE[row[1]],
            instrument.to_quantity(row[5]),
            OrderType.LIMIT if priced else OrderType.MARKET,
            instrument.to_price(row[4]) if priced else None,
            created_ns=row[11],
            simulated=self._simulated,
        )
        recorded(order, kind, TIME_IN_FORCE[row[3]])
        rename(order, self.name(number))
        for fill in self._of_order.pop(number, ()):
            add(order, fill)
        self._orders[number] = order
        self._show(order, number)
        return order

    def refresh(self, number: int) -> Order:
        """Return an order after letting it show what the desk says."""
        order = self._orders.get(number)
        if order is None:
            return self._make(number)
        self.pull()
        self._show(order, number)
        return order

    def _show(self, order: Order, number: int, *, keep_terms: bool = False) -> None:
        row = self.desk.order(number)
        quantity, price = order.quantity, order.price
        if not keep_terms and row[0] < len(self._terms):
            instrument = self._terms[row[0]]
            quantity = instrument.to_quantity(row[5])
            if price is not None and row[4]:
                price = instrument.to_price(row[4])
        follow(
            order,
            self.desk.state(number),
            status=ORDER_STATUS[row[9]],
            quantity=quantity,
            price=price,
            reason=self.reason(row[10]) if row[10] else order.reason,
            done_ns=row[13] or None,
        )
        if self._simulated and has_terms(order):
            special = self.desk.special(number)
            if special is not None:
                stop, triggered, refreshed = special
                treated(
                    order,
                    self._terms[row[0]].to_price(stop),
                    triggered or None,
                    refreshed,
                )

    def reason(self, code: int) -> str:
        """Return the name of a reject code."""
        return reject_name(code)

    def active(self) -> Iterator[Order]:
        """Yield the orders that have not ended, oldest first."""
        statuses = self.desk.orders()["status"].tolist()
        for number, status in enumerate(statuses, 1):
            if status not in _TERMINAL:
                yield self.at(number)

    def newest_first(self) -> Iterator[Order]:
        """Yield every order, newest first."""
        for number in range(self.desk.counts[0], 0, -1):
            yield self.at(number)

    # What the desk booked.

    def pull(self) -> None:
        """Show the fills and log the incidents that are new."""
        _, fills, incidents = self.desk.counts
        if fills == self._fills_seen and incidents == self._incidents_seen:
            return
        flags = self._new_incidents(incidents)
        for row in self.desk.fills_after(self._fills_seen):
            number = row[1]
            instrument = self._terms[row[7]]
            fill = Fill(
                instrument.to_quantity(row[3]),
                instrument.to_price(row[2]),
                Decimal(row[4]) / _NANO if row[4] else Decimal(0),
                row[5],
                LIQUIDITY[row[6]],
                flags.get(row[0]),
            )
            order = self._orders.get(number)
            if order is not None:
                add(order, fill)
            else:
                self._of_order.setdefault(number, []).append(fill)
        self._fills_seen = fills

    def _new_incidents(self, count: int) -> dict[int, str]:
        flags: dict[int, str] = {}
        if count == self._incidents_seen:
            return flags
        for row in self.desk.incidents_after(self._incidents_seen):
            code = self.reason(row[6])
            order = self.name(row[1]) if row[1] else None
            report = _log.info if code in _QUIET and not row[8] else _log.warning
            report("report_incident", order=order, code=code, restricted=row[8])
            if row[2] and code not in _QUIET:
                flags.setdefault(row[2], _FLAGS.get(code, code))
        self._incidents_seen = count
        return flags

    def listen(self) -> None:
        """Keep what a market inside the core reports, for `hear`."""
        if self._simulated and not self._listening:
            self.desk.listen()
        self._listening = True

    def hear(self) -> list[tuple[Order, VenueReport]]:
        """Return what the market inside the core reported, if anybody listens."""
        if not self._listening:
            return []
        out = []
        for row in self.desk.heard():
            number, kind, at, price, lots, liquidity, code, _, note = row
            order = self.at(number)
            self.pull()
            self._show(order, number)
            event = event_type(kind, note)
            filled = event is EventType.FILL
            report = VenueReport(
                order.order_id,
                event,
                at,
                quantity=self.quantity(order.symbol, lots) if filled else None,
                price=self.price(order.symbol, price) if filled else None,
                liquidity=LIQUIDITY[liquidity] if filled else Liquidity.NONE,
                reason=self.reason(code) if code else None,
            )
            out.append((order, report))
        return out

    def report_terms(
        self, symbol: str, report: VenueReport, order: Order | None
    ) -> dict[str, int]:
        """Return a report's numbers as the desk takes them.

        A price off the grid is taken to the nearest tick, since a venue's execution is
        always booked, and logged.
        """
        if symbol not in self._index and report.price is not None:
            stand_in = Order(
                symbol, "buy", report.quantity or 1, "limit", abs(report.price) or 1
            )
            self._listed(stand_in)
        index = self.index(symbol)
        instrument = self._terms[index]
        price = quantity = 0
        changes = report.kind in (EventType.REPLACED, EventType.RESTATED)
        wanted_price, wanted = report.price, report.quantity
        if changes and order is not None:
            wanted_price = order.price if wanted_price is None else wanted_price
            wanted = order.quantity if wanted is None else wanted
        if wanted_price is not None:
            price = instrument.round_to_ticks(wanted_price)
            if instrument.to_price(price) != wanted_price:
                _log.warning("price_off_tick", symbol=symbol, price=str(wanted_price))
        if wanted is not None:
            quantity = instrument.to_lots(wanted)
        side = report.side
        return {
            "price": price,
            "quantity": quantity,
            "fee": int(report.fee * _NANO),
            "liquidity": liquidity_code(report.liquidity),
            "reason": reject_codes.get(report.reason or "none", 0),
            "instrument": index,
            "side": 2 if side is None else side_code(side),
            "executed": _or(-1, report.executed, instrument),
            "leaves": _or(-1, report.leaves, instrument),
        }


def codes_of(order: Order) -> tuple[int, int, int]:
    """Return the core's codes of side, type and time in force.

    A type that the core cannot trade itself counts there as what it can become: limit
    where it has a price, else market.
    """
    kind: OrderType = order.order_type
    try:
        kind_code = order_type_code(kind)
    except ArgumentError:
        kind_code = order_type_code(
            OrderType.MARKET if order.price is None else OrderType.LIMIT
        )
    try:
        force = time_in_force_code(order.time_in_force)
    except ArgumentError:
        force = 0
    return side_code(order.side), kind_code, force


def core_terms(instrument: Instrument) -> dict[str, int]:
    """Return an instrument as the desk takes it."""
    return {
        "tick_nano": int(instrument.tick_size * _NANO),
        "lot_nano": int(instrument.lot_size * instrument.multiplier * _NANO),
        "unit_nano": int(instrument.lot_size * _NANO),
        "price_step": instrument.increment_ticks,
    }


def _or(default: int, value: Decimal | None, instrument: Instrument) -> int:
    return default if value is None else instrument.to_lots(value)


def _grid_for(order: Order) -> Instrument:
    """Return terms on which an order of an unlisted symbol fits."""
    tick, lot = Decimal("0.0001"), Decimal(1)
    for price in grid_prices(order):
        while price % tick and tick > Decimal("1e-9"):
            tick /= 10
    while order.quantity % lot and lot > Decimal("1e-9"):
        lot /= 10
    return Instrument(order.symbol, tick_size=tick, lot_size=lot)
