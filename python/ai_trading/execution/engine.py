"""One call that checks an order, sends it and follows it.

`ExecutionEngine` joins a gate, an `OrderManager` and a venue. Without arguments the
venue is a seeded synthetic session on the real matching engine, inside the core and
beside the desk, and every record says that it is simulated. Nothing sleeps: time moves
when the injected clock does.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, cast

import numpy as np

from ai_trading.core.clock import Clock, ManualClock
from ai_trading.core.enums import OrderSide, OrderType
from ai_trading.core.errors import ArgumentError, ConfigError, OrderRejectedError
from ai_trading.core.exact import decimal, instance, items, mapping, text
from ai_trading.core.log import get_logger
from ai_trading.core.optional import needs_core
from ai_trading.core.order_terms import Bracket, Exits, check_exits
from ai_trading.core.settings import Settings, get_settings
from ai_trading.execution.account import Account
from ai_trading.execution.blotter import Blotter, core_terms
from ai_trading.execution.broker_venue import BrokerVenue
from ai_trading.execution.feed_prices import Feed, last_price
from ai_trading.execution.manager import OrderManager
from ai_trading.execution.order import Order
from ai_trading.execution.order_stats import order_stats
from ai_trading.execution.patience import patience_of
from ai_trading.execution.refusals import meaning, refused_symbol
from ai_trading.execution.synthetic import (
    SyntheticMarket,
    default_instrument,
    session_bounds,
)
from ai_trading.risk.gate import Killed, Mode, PreTradeGate

with needs_core():
    from ai_trading._core.desk import Desk, order_answer_dtype, order_request_dtype
    from ai_trading._core.sim import SyntheticDesk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ai_trading.core.instrument import Instrument
    from ai_trading.core.protocols import Broker
    from ai_trading.execution.currencies import Currency
    from ai_trading.execution.executors import ParentDesk
    from ai_trading.execution.parents import ParentOrder
    from ai_trading.execution.reports import VenueReport
    from ai_trading.market.day_rules import DayRules
    from ai_trading.market.flow_models import FlowModel
    from ai_trading.risk.gate import GateLimits

__all__ = ["ExecutionEngine"]

_log = get_logger(__name__)
_DAY: Final = dt.date(2026, 1, 15)
_MINUTE_NS: Final = 60_000_000_000
_COLLAR_PPM: Final = 100_000
_SIDES: Final[dict[str, int]] = {"buy": 0, "sell": 1}
_MOST_LOTS: Final = 2**63 - 1
_KINDS: Final[dict[str, int]] = {"market": 0, "limit": 1}


class ExecutionEngine(Account):
    """Execute orders against a synthetic session or a broker.

    Parameters
    ----------
    market_data_feed : MarketData or Feed, optional
        What may be traded, and the reference prices: the last price of each symbol.
        Without one any symbol may be, around `execution.simulation_price`.
    broker_interface : Broker, optional
        Where orders go; needs a feed. Its answers are handed to `on_report`.
    clock : Clock, optional
        By default a clock that stands one minute after the open of a session on
        2026-01-15; move it with ``engine.clock.advance``.
    settings : Settings, optional
        Those of the process by default: seed, reference price, cash and limits.
    day : datetime.date, optional
        Date of the synthetic session; 2026-01-15 by default.
    limits : GateLimits or path, optional
        Limits of the whole pre-trade gate (docs/risk-gate.md), beside those below; the
        file of the setting ``risk.limits_file`` by default. `gate` reloads them.
    model : FlowModel or str, default "hawkes"
        Who trades in the synthetic session; see `market.flow_models`.
    rules : DayRules, str or mapping, optional
        ``"us_equities"`` or its terms: the synthetic session has auctions, price bands,
        pauses and halts (`market.day_rules`), and takes orders at the open and at the
        close. Not with a broker, which has rules of its own.
    currency : str, optional
        The account's own; by default that of the feed's instruments, or USD.
    strategies : sequence of str, optional
        Who sends orders, for limits of their own (``[strategy.NAME]``): an order's
        `strategy_id` is one of them, or nothing for the first.
    currencies : mapping of str to Currency, optional
        Others, with their cash and what they are worth now; see `set_rate`.

    Attributes
    ----------
    gate : PreTradeGate
        States, limits and what they are held against.
    market : SyntheticMarket or None
        The synthetic session: phases, bands, halts by decision; None with a broker.

    Raises
    ------
    ConfigError
        If a broker is given without a feed or with rules, the limits are bad, or the
        feed has an instrument in a currency that the account does not have.
    ArgumentError
        If there is no such model.

    Notes
    -----
    The gate stands in the compiled desk. It refuses an unknown symbol, an order type
    the venue does not trade, an off-grid price or quantity, a missing reference price,
    too large a quantity, a limit price more than 10 % away from the reference, too many
    orders at once, too large a notional (`risk.max_position_size` of the account's
    value) and an order that cash cannot pay, working orders counted; an uncovered sale
    needs the cash a purchase of it would. An order that only reduces the position skips
    the last two; of two exits of one position the second does. A stop is judged when
    it is sent, by its limit, or by the last price or its stop, whichever costs more.
    After a venue executed what it should not have, only orders that reduce pass.

    A plain order (no option but `price`) takes a few microseconds; `execute_orders`
    takes many at once for about one each.

    Examples
    --------
    >>> engine = ExecutionEngine()
    >>> order_id = engine.execute_order("AAPL", OrderSide.BUY, 100)
    >>> engine.get_order(order_id).simulated
    True
    """

    def __init__(
        self,
        market_data_feed: Feed | None = None,
        broker_interface: Broker | None = None,
        *,
        clock: Clock | None = None,
        settings: Settings | None = None,
        day: dt.date = _DAY,
        limits: GateLimits | str | Path | None = None,
        model: FlowModel | str = "hawkes",
        rules: DayRules | str | Mapping[str, Any] | None = None,
        currency: str | None = None,
        currencies: Mapping[str, Currency] | None = None,
        strategies: Sequence[str] = (),
    ) -> None:
        if isinstance(strategies, str):
            strategies = (strategies,)
        _differ(strategies)
        if settings is not None:
            instance("settings", settings, Settings, "get_settings()")
        self._settings = settings or get_settings()
        self._feed = market_data_feed
        if broker_interface is not None and market_data_feed is None:
            msg = (
                "a broker needs a market data feed: without one there is neither an "
                "instrument nor a price to check an order against"
            )
            raise ConfigError(msg)
        if broker_interface is not None and rules is not None:
            msg = "rules are those of a synthetic session; a broker has its own"
            raise ConfigError(msg)
        _check(clock, day, market_data_feed)
        self.clock: Final[Clock] = clock or ManualClock(
            session_bounds(day)[0] + _MINUTE_NS
        )
        self._now = self.clock.now_ns
        execution = self._settings.execution
        cash = int(execution.simulation_cash.scaleb(18))
        terms: dict[str, Any] = {
            **patience_of(self._settings),
            "max_working": self._settings.limits.max_concurrent_orders,
            "share_ppm": round(self._settings.risk.max_position_size * 1_000_000),
            "cash_covers": True,
        }
        self._market: SyntheticMarket | None = None
        self._blotter: Blotter
        if broker_interface is None:
            desk = SyntheticDesk(cash, **terms)
            self._blotter = Blotter(desk, simulated=True)
            self._market = SyntheticMarket(
                self._blotter,
                self.clock,
                day,
                execution.simulation_seed,
                model,
                rules=rules,
            )
            self.order_manager = OrderManager(
                clock=self.clock,
                blotter=self._blotter,
                market=self._market,
                strategies=strategies,
            )
        else:
            instruments = cast("Feed", market_data_feed).instruments
            self._blotter = Blotter(Desk(cash, **terms))
            self.order_manager = OrderManager(
                BrokerVenue(broker_interface, instruments),
                clock=self.clock,
                blotter=self._blotter,
                strategies=strategies,
            )
        self._blotter.opener = self._ready
        self._desk = self._blotter.desk
        self.gate: Final = PreTradeGate(
            strategies=tuple(strategies) or ("default",),
            account=self._settings.risk.account,
            clock=self.clock,
            core=self._desk.gate,
            lenient=True,
        )
        wanted = self._settings.risk.limits_file if limits is None else limits
        if wanted is not None or strategies:
            self._desk.arm(len(self.gate.strategies))
        if wanted is not None:
            self.gate.apply(wanted, who="start")
        table = () if market_data_feed is None else tuple(market_data_feed.instruments)
        self._currencies = self._open_currencies(
            currency, mapping("currencies", currencies), table, self._now()
        )
        self._submit = self._desk.submit
        self._prefix = self._blotter.prefix
        self._listeners = self.order_manager.listeners
        self._known: dict[str, tuple[int, Instrument]] = {}
        # What a plain order of a symbol needs: index, and ticks per unit of price.
        self._plain: dict[str, tuple[int, float]] = {}
        self._arrival: dict[int, Decimal] = {}
        self._parent_desk: ParentDesk | None = None
        self._parents: dict[str, ParentOrder[str]] = {}

    @property
    def market(self) -> SyntheticMarket | None:
        """The synthetic session, None where orders go to a broker."""
        return self._market

    def execute_order(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: float | Decimal | str,
        order_type: OrderType | str = OrderType.MARKET,
        *,
        price: float | Decimal | str | None = None,
        **options: Any,
    ) -> str:
        """Check an order, send it and return its id.

        Parameters
        ----------
        symbol, side, quantity, order_type, price
            As `Order`.
        **options
            Further arguments of `Order`: its terms (stop, trailing, trigger, post_only,
            display, hidden, peg, offset, minimum, all_or_none, time_in_force, expires),
            client_order_id, strategy_id, metadata. With ``algorithm="twap"``,
            ``"vwap"``, ``"is"`` or another of
            `ai_trading.execution.algorithms` it is a parent whose children pass the
            gate one by one as time goes on; then the options are start, end, minutes
            and the algorithm's terms, the id returned is the parent's, and `get_parent`
            has it.

        Raises
        ------
        ArgumentError
            If an argument is outside its domain; no order came about.
        OrderRejectedError
            If gate or venue refuse it; ``reason`` says why, and the order is kept as
            rejected under ``order_id``.
        """
        try:
            plain = self._plain.get(symbol)
            side_code, kind = _SIDES.get(side), _KINDS.get(order_type)
        except TypeError:  # unhashable: said by what follows
            plain = None
        if plain is not None and not options and type(quantity) is int:
            index, per_unit = plain
            ticks = _whole_ticks(price, per_unit)
            fits = kind == (0 if price is None else 1) and ticks >= 0
            fits = fits and 0 < quantity <= _MOST_LOTS and side_code is not None
            if fits and not self._listeners:
                number, code, _ = self._submit(
                    index, side_code, kind, 0, ticks, quantity, self._now()
                )
                if code:
                    self._raise_refused(self._blotter.at(number))
                return f"{self._prefix}{number}"
        if price is not None:
            options["price"] = price
        if "algorithm" in options:
            return self._work(symbol, side, quantity, options)
        return self._execute(symbol, side, quantity, order_type, options)

    def execute_orders(self, requests: NDArray[np.void]) -> NDArray[np.void]:
        """Check and send many orders of the synthetic session in one call.

        Parameters
        ----------
        requests : numpy.ndarray
            Of dtype `ai_trading._core.desk.order_request_dtype`: ``instrument`` from
            `open_symbol`, ``side``, ``type`` and ``time_in_force`` as codes of
            `core.records`, ``price`` in ticks, ``quantity`` in lots; ``client_id``
            numbers that are not 0 must be unique.

        Returns
        -------
        numpy.ndarray
            Of dtype `order_answer_dtype`: ``order_id`` is the desk's number (see
            `order_ids`), ``reason`` a reject code, ``status`` the state reached.

        Raises
        ------
        ConfigError
            If orders go to a broker.
        ArgumentError
            If the array is of another dtype or holds a side or type there is not.
        """
        if self._market is None:
            msg = "execute_orders needs the synthetic session; a broker takes one order"
            raise ConfigError(msg)
        _has_dtype("requests", requests, "order_request_dtype", order_request_dtype)
        try:
            answers = self._desk.submit_batch(requests, self._now())
        except ValueError as error:
            raise ArgumentError(str(error)) from None
        if self._listeners:
            self.order_manager.poll()
        return cast("NDArray[np.void]", answers)

    def open_symbol(self, symbol: str) -> int:
        """Open a symbol's market and return the index that `execute_orders` takes.

        Raises
        ------
        OrderRejectedError
            If the feed does not have it, or no price of it.
        """
        reason = self._open(text("symbol", symbol, "AAPL"))
        if reason is None:
            return self._known[symbol][0]
        raise refused_symbol(symbol, reason)

    def order_ids(self, answers: NDArray[np.void]) -> list[str]:
        """Return the ids of orders that `execute_orders` answered."""
        _has_dtype("answers", answers, "order_answer_dtype", order_answer_dtype)
        return [self._blotter.name(number) for number in answers["order_id"].tolist()]

    def _execute(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: float | Decimal | str,
        order_type: OrderType | str,
        options: dict[str, Any],
    ) -> str:
        return self._send(self._order(symbol, side, quantity, order_type, options))

    def _order(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: float | Decimal | str,
        order_type: OrderType | str,
        options: dict[str, Any],
    ) -> Order:
        try:
            return Order(
                symbol,
                side,
                quantity,
                order_type,
                simulated=self._market is not None,
                **{"created_ns": self._now(), **options},
            )
        except TypeError as error:
            raise ArgumentError(_unknown_option(options) or str(error)) from None

    def execute_bracket(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: float | Decimal | str,
        order_type: OrderType | str = OrderType.MARKET,
        *,
        price: float | Decimal | str | None = None,
        take_profit: float | Decimal | str,
        stop_loss: float | Decimal | str,
        stop_limit: float | Decimal | str | None = None,
        trigger: Literal["last", "bid_ask", "mid"] | None = None,
        **options: Any,
    ) -> Bracket[str]:
        """Send an entry with a take-profit and a stop-loss that wait for it.

        The exits are held back until the entry executes and are never larger than what
        it executed; what one of them executes the other loses, and an exit that begins
        ends what is left of the entry.

        Parameters
        ----------
        symbol, side, quantity, order_type, price
            Of the entry, as `Order`.
        take_profit : number
            Limit of the exit with a profit.
        stop_loss : number
            Stop of the exit with a loss.
        stop_limit : number, optional
            Limit of the exit with a loss, which is a market order without it.
        trigger : {"last", "bid_ask", "mid"}, optional
            What the stop-loss watches, and the entry if it is a stop.
        **options
            Other arguments of the entry, as `execute_order`.

        Returns
        -------
        Bracket
            The ids of the three orders.

        Raises
        ------
        ArgumentError
            If the prices do not stand in the order that the side asks for, or as
            `execute_order`.
        OrderRejectedError
            As `execute_order`; nothing is sent if one of the three cannot be.
        """
        if trigger is not None and ("stop" in options or "trailing" in options):
            options["trigger"] = trigger
        if price is not None:
            options["price"] = price
        entry = self._order(symbol, side, quantity, order_type, options)
        check_exits(
            entry.side,
            buys=entry.side.is_buy,
            stop_loss=stop_loss,
            limit=entry.price,
            take_profit=take_profit,
            entry="price",
        )
        terms = {"take_profit": take_profit, "stop_loss": stop_loss}
        exits = self._exits(
            entry, stop_limit=stop_limit, trigger=trigger, options={}, **terms
        )
        self._must_open(entry)
        ids = self._sent(
            lambda: self.order_manager.submit_bracket(
                entry, take_profit=exits[0], stop_loss=exits[1]
            ),
            (entry, *exits),
        )
        return Bracket(*ids)

    def protect(
        self,
        symbol: str,
        *,
        take_profit: float | Decimal | str,
        stop_loss: float | Decimal | str,
        stop_limit: float | Decimal | str | None = None,
        trigger: Literal["last", "bid_ask", "mid"] | None = None,
        quantity: float | Decimal | str | None = None,
        **options: Any,
    ) -> Exits[str]:
        """Send a take-profit and a stop-loss for a position that is held.

        What one of them executes the other loses: one fill of the whole ends both.

        Parameters
        ----------
        symbol : str
        take_profit, stop_loss, stop_limit, trigger
            As `execute_bracket`.
        quantity : number, optional
            The whole position by default.
        **options
            Of both orders: time_in_force, expires, strategy_id, metadata.

        Returns
        -------
        Exits
            The ids of the two orders.

        Raises
        ------
        ArgumentError
            If nothing, or less, is held, the prices stand the wrong way round, or as
            `execute_order`.
        OrderRejectedError
            As `execute_order`; then neither works.
        """
        held = self.positions.get(symbol, Decimal(0))
        side = OrderSide.BUY if held > 0 else OrderSide.SELL  # that opened it
        size = abs(held) if quantity is None else decimal("quantity", quantity)
        if not held or size > abs(held):
            msg = (
                f"protect closes what is held: {abs(held)} {symbol}; received "
                f"quantity={quantity!r}. Use execute_bracket for a position to come"
            )
            raise ArgumentError(msg)
        check_exits(
            "long" if held > 0 else "short",
            buys=held > 0,
            stop_loss=stop_loss,
            take_profit=take_profit,
        )
        opened = self._order(symbol, side, size, OrderType.MARKET, {})
        terms = {"take_profit": take_profit, "stop_loss": stop_loss}
        exits = self._exits(
            opened, stop_limit=stop_limit, trigger=trigger, options=options, **terms
        )
        ids = self._sent(lambda: self.order_manager.submit_exits(*exits), exits)
        return Exits(*ids)

    def _exits(
        self,
        entry: Order,
        *,
        take_profit: float | Decimal | str,
        stop_loss: float | Decimal | str,
        stop_limit: float | Decimal | str | None,
        trigger: str | None,
        options: dict[str, Any],
    ) -> tuple[Order, Order]:
        """Return the two orders that close what an order opens."""
        common = {"strategy_id": entry.strategy_id, **options}
        away = (entry.symbol, entry.side.opposite, entry.quantity)
        profit = self._order(*away, OrderType.LIMIT, {"price": take_profit, **common})
        kind = OrderType.STOP if stop_limit is None else OrderType.STOP_LIMIT
        words = {"stop": stop_loss, "price": stop_limit, "trigger": trigger}
        return profit, self._order(*away, kind, {**words, **common})

    def _must_open(self, order: Order) -> None:
        reason = self._open(order.symbol)
        if reason is not None:
            self.order_manager.record_rejection(order, reason)
            self._raise_refused(order)

    def _sent(
        self, send: Callable[[], list[str]], orders: Sequence[Order]
    ) -> list[str]:
        """Send orders; tell in words which of them was refused, and why."""
        try:
            return send()
        except OrderRejectedError as error:
            for order in orders:
                if order.order_id == error.order_id and order.reason is not None:
                    self._raise_refused(order, error)
            raise
        finally:
            for order in orders:
                if self._market is None and self._blotter.knows(order.order_id):
                    self._note_arrival(order)

    def get_parent(self, order_id: str) -> ParentOrder[str]:
        """Return a parent that `execute_order` took with an algorithm.

        Raises
        ------
        ArgumentError
            If there is no such parent.
        """
        self.order_manager.poll()
        if text("order_id", order_id, "parent-1") not in self._parents:
            msg = f"no parent has the id {order_id!r}; {len(self._parents)} are known"
            raise ArgumentError(msg)
        return self._parents[order_id]

    def _work(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: float | Decimal | str,
        options: dict[str, Any],
    ) -> str:
        from ai_trading.execution.executors import ParentDesk

        self.order_manager.poll()
        reason = self._open(symbol)
        if reason is not None:
            raise refused_symbol(symbol, reason)
        if self._parent_desk is None:
            self._parent_desk = ParentDesk(
                self.order_manager, instrument=self._instrument_of, send=self._send
            )
        chosen = options.pop("algorithm")
        parent = self._parent_desk.execute(symbol, side, quantity, chosen, **options)
        order_id = f"parent-{parent.parent_id}"
        self._parents[order_id] = parent
        return order_id

    def _instrument_of(self, symbol: str) -> Instrument:
        return self._known[symbol][1]

    def _send(self, order: Order) -> str:
        self._must_open(order)
        return self._sent(lambda: [self.order_manager.submit_order(order)], (order,))[0]

    def _raise_refused(
        self, order: Order, error: OrderRejectedError | None = None
    ) -> NoReturn:
        reason = str(order.reason)
        _log.info("order_refused", symbol=order.symbol, reason=reason)
        at = "" if order.price is None else f" at {order.price}"
        msg = (
            f"{order.order_type} {order.side} {order.quantity} {order.symbol}{at} was "
            f"refused: {meaning(reason)} ({reason})"
        )
        if error is not None and self._market is None:
            msg += f"; {error}"  # the broker's own words
        raise OrderRejectedError(msg, reason=reason, order_id=order.order_id)

    def _open(self, symbol: str) -> str | None:
        """Have the desk know a symbol; return why it cannot be traded."""
        if symbol in self._known:
            return None
        if self._feed is None:
            instrument = default_instrument(symbol)
            price: Decimal | None = self._settings.execution.simulation_price
        elif symbol in self._feed.instruments:
            instrument = self._feed.instruments[symbol]
            price = last_price(self._feed, symbol)
        else:
            return "unknown_instrument"
        if price is None:
            return "no_reference_price"
        currency = self._currencies.get(instrument.currency, 0)
        largest = max(
            1, int(self._settings.execution.max_order_size // instrument.lot_size)
        )
        if self._market is not None:
            index = self._market.open(
                instrument,
                price,
                max_quantity=largest,
                collar_ppm=_COLLAR_PPM,
                currency=currency,
            )
        else:
            index = self._desk.add_instrument(
                **core_terms(instrument),
                max_quantity=largest,
                collar_ppm=_COLLAR_PPM,
                currency=currency,
            )
            self._blotter.enlist(instrument, index)
        self._known[symbol] = (index, instrument)
        self.gate.enlist(instrument)
        if self._market is not None and instrument.lot_size == 1:
            self._plain[symbol] = (index, float(1 / instrument.tick_size))
        return None

    def _ready(self, symbol: str) -> str | None:
        """Have the desk know a symbol and its last price, or return why it cannot."""
        reason = self._open(symbol)
        if reason is None and self._market is None:
            self._mark(symbol)
        return reason

    def _mark(self, symbol: str) -> None:
        """Tell the desk the last price that the feed shows."""
        index, instrument = self._known[symbol]
        price = last_price(self._feed, symbol)
        if price is not None:
            self._desk.mark(index, instrument.round_to_ticks(price))

    def _note_arrival(self, order: Order) -> None:
        price = last_price(self._feed, order.symbol)
        if price is not None:
            self._arrival[self._blotter.number(order.order_id)] = price

    def kill(self, who: str, reason: str, scope: str = "all") -> Killed:
        """Pull the kill switch: halt a scope and cancel all that works in it.

        Parameters
        ----------
        who, reason : str
            Kept with the change of state; `gate.enable` takes them to trade again.
        scope : str, default "all"
            Or ``"account"``, ``"instrument:SYMBOL"``.

        Returns
        -------
        Killed
            What it did.

        Raises
        ------
        ArgumentError
            If there is no such scope, or name or reason is empty.
        """
        self.order_manager.poll()
        kind, index = self.gate.person_and_scope(scope, who, reason)
        before, asked, ended, under_way, parents = self._desk.kill(
            kind, index, who, reason, self._now()
        )
        _log.warning("killed", scope=scope, who=who, reason=reason, asked=len(asked))
        self.order_manager.poll()
        return Killed(scope, Mode(before), tuple(asked), ended, under_way, parents)

    def cancel_order(self, order_id: str) -> bool:
        """Ask for an order's cancellation; return whether it is canceled now."""
        return self.order_manager.cancel_order(order_id)

    def modify_order(
        self,
        order_id: str,
        *,
        quantity: float | Decimal | str | None = None,
        price: float | Decimal | str | None = None,
        stop: float | Decimal | str | None = None,
        offset: float | Decimal | str | None = None,
        display: float | Decimal | str | None = None,
    ) -> bool:
        """Ask for another quantity, price or stop; as `OrderManager.modify_order`."""
        return self.order_manager.modify_order(
            order_id,
            quantity=quantity,
            price=price,
            stop=stop,
            offset=offset,
            display=display,
        )

    def stop_price(self, order_id: str) -> Decimal | None:
        """Return where a stop would trigger now; as `OrderManager.stop_price`."""
        return self.order_manager.stop_price(order_id)

    def get_order(self, order_id: str) -> Order:
        """Return an order as it stands at the clock's time.

        Raises
        ------
        ArgumentError
            If there is no such order.
        """
        self.order_manager.poll()
        return self.order_manager.get_order(order_id)

    def on_report(self, report: VenueReport) -> None:
        """Book what a broker said."""
        self.order_manager.apply_report(report)

    def __repr__(self) -> str:
        kind = "with a broker" if self._market is None else "simulated"
        return f"<ExecutionEngine {kind}: {self._blotter.desk.counts[0]:,} orders>"

    def get_execution_stats(self) -> dict[str, Any]:
        """Return counts, quantities and costs of every order so far.

        Returns
        -------
        dict
            ``total_orders``, ``filled_orders``, ``partially_filled_orders``,
            ``canceled_orders``, ``rejected_orders``, ``expired_orders``,
            ``active_orders``, ``total_fills``, ``total_quantity``, ``total_notional``,
            ``total_fees``, ``fill_rate`` (filled share of the quantity of the orders
            that were not rejected) and ``average_slippage_bps`` (against the middle
            price at submission, positive where it cost, weighted by value); the last
            two are None without data. ``simulated`` says whether a market was real.
        """
        self.order_manager.poll()
        orders = self.order_manager.get_order_history(limit=2**62)
        return {
            **order_stats(orders),
            "average_slippage_bps": self._slippage([o for o in orders if o.fills]),
            "simulated": self._market is not None,
        }

    def _slippage(self, orders: list[Order]) -> float | None:
        middles = None if self._market is None else self._desk.arrivals()
        cost = value = Decimal(0)
        for order in orders:
            number = self._blotter.number(order.order_id)
            if middles is None:
                arrival = self._arrival.get(number)
            else:
                arrival = self._blotter.price(order.symbol, int(middles[number - 1]))
            if arrival is not None:
                expected = arrival * order.filled_quantity
                cost += order.side.sign * (order.filled_value - expected)
                value += expected
        return float(cost / value * 10_000) if value else None


def _whole_ticks(price: Any, per_unit: float) -> int:
    """Return a price in ticks, or -1 where the careful way must judge it."""
    if price is None:
        return 0
    if type(price) is not float and type(price) is not int:
        return -1
    steps = price * per_unit
    if not 0 < steps < 1e9:
        return -1
    ticks = int(steps + 0.5)
    return ticks if abs(steps - ticks) < 1e-6 else -1


def _has_dtype(name: str, rows: object, called: str, dtype: np.dtype[np.void]) -> None:
    received = getattr(rows, "dtype", None)
    if not isinstance(rows, np.ndarray) or received != dtype:
        msg = f"{name} must have the dtype {called}; received {received or rows!r:.80}"
        raise ArgumentError(msg)


def _check(clock: Clock | None, day: dt.date, feed: Feed | None) -> None:
    if clock is not None:
        instance("clock", clock, Clock, "SystemClock()")
    instance("day", day, dt.date, "datetime.date(2026, 1, 15)")
    if feed is not None:
        table = getattr(feed, "instruments", None)
        if table is None:
            msg = f"market_data_feed must have instruments; received {feed!r:.80}"
            raise ArgumentError(msg)


def _differ(strategies: Sequence[str]) -> None:
    for name in items("strategies", strategies, "['momentum']"):
        text("a strategy", name, "momentum")
    if len(set(strategies)) != len(strategies) or not all(strategies):
        msg = (
            "strategies must have names that differ, none of them empty; received "
            f"{list(strategies)!r}"
        )
        raise ArgumentError(msg)


def _unknown_option(options: Mapping[str, Any]) -> str | None:
    """Say which option of an order there is not, and which there are."""
    import difflib
    import inspect

    words = inspect.signature(Order).parameters
    known = [name for name, one in words.items() if one.kind is one.KEYWORD_ONLY]
    known = ["price", *known]
    unknown = [name for name in options if name not in known]
    if not unknown:
        return None
    parts = [part for part in unknown[0].split("_") if part in known]
    close = parts or difflib.get_close_matches(unknown[0], known, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    return (
        f"execute_order takes no option {unknown[0]!r}.{hint} There are: "
        f"{', '.join(known)}"
    )
