"""Run strategies over recorded market data on the simulated venue.

`Backtest` prepares the inputs, drives the compiled session chunk by chunk, and gathers
what it leaves behind. The rules of the simulation are the core's; nothing here decides
a fill.

Units: times in UTC nanoseconds; cash in currency units.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from ai_trading._core import sim
from ai_trading.backtest.feeds import QuoteLevels, book_kind
from ai_trading.backtest.impact import MarketImpact
from ai_trading.backtest.result import BacktestResult
from ai_trading.backtest.rules import HoldingRates, MarketRules
from ai_trading.backtest.sessions import market_dates
from ai_trading.backtest.terms import (
    BarFills,
    FeeModel,
    Latency,
    LevelFills,
    Limits,
    scaled,
)
from ai_trading.core.clock import LAST_NS
from ai_trading.core.errors import AiTradingError, ArgumentError, DataError
from ai_trading.core.exact import function, mapping, whole
from ai_trading.core.order_terms import DataShows
from ai_trading.core.records import EventKind
from ai_trading.execution.currencies import Currency, Statement, currency_numbers
from ai_trading.market.source import EventStream, MarketData, merge
from ai_trading.risk.gate import GateLimits, PreTradeGate, Transition

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ai_trading.core.instrument import Instrument, InstrumentTable
    from ai_trading.market.source import Kind

__all__ = ["Backtest", "BarFills", "FeeModel", "Latency", "LevelFills", "Limits"]

_CHUNK = 1 << 18
_SAMPLES = 20_000
_MARKS = 4_000_000  # samples times instruments
_LONGEST_INTERVAL = 6 * 3600 * 1_000_000_000
_SECOND = 1_000_000_000
_STRIDE = 1 << 12
_STREAM_DAYS = 3_653  # ten years
_LACKS = {True: "trades", False: "quotes"}  # by whether there are trades

Progress = Callable[[int, int, int], None]


class Backtest:
    """One run of one or more strategies over market data.

    Parameters
    ----------
    data : MarketData, EventStream or a sequence of these
        What happened. Several sources of one kind are merged in time; a single stream
        is read piece by piece.
    strategies : sequence
        Objects of `ai_trading.strategies.Strategy`; they share the account.
    cash : Decimal, default 1,000,000
        Cash at the start, in `currency`.
    currency : str, default "USD"
        The account's own: what results are in.
    currencies : mapping of str to Currency, optional
        Others that instruments are quoted in, with what each is worth and its cash at
        the start. What an instrument costs and its fees are paid in its currency, whose
        cash may go negative; limits on value are in it, too.
    impact : MarketImpact, optional
        How our orders move the prices of our later ones; by default not at all.
    rules : MarketRules or str, optional
        What the venue asks of our orders: tick tables, collars, the session's end;
        ``"us_equities"`` is a set of them. By default nothing of it.
    holding : HoldingRates, optional
        Borrow, funding, dividends and interest, booked while the run goes on; by
        default nothing.
    fees, latency, limits, level_fills, bar_fills : optional
        See `FeeModel`, `Latency`, `Limits`, `LevelFills` and `BarFills`. Without them
        there are no fees and no delays, and a price collar of 10 %.
    gate : GateLimits, optional
        Limits of the whole pre-trade gate (docs/risk-gate.md), beside `limits`.
    risk_account : str, default "main"
        Whose limits of `gate` count beside everybody's.
    seed : int, default 0
        Recorded with the result, for strategies that draw.
    name : str, optional
        Name of the run.
    equity_interval : int, optional
        Nanoseconds between samples of the account; by default about 20,000 samples over
        the data, six hours apart at most, and one a minute for a stream.

    Raises
    ------
    ArgumentError
        If there are no strategies, two of them share a name, or an instrument is quoted
        in a currency that is neither the account's nor among `currencies`.
    DataError
        If there is no data, or it mixes kinds that one run cannot hold.

    Examples
    --------
    >>> result = Backtest(data, strategies=[strategy]).run()  # doctest: +SKIP
    >>> print(result.summary())  # doctest: +SKIP
    """

    def __init__(
        self,
        data: MarketData | EventStream | Sequence[MarketData | EventStream],
        *,
        strategies: Sequence[Any],
        cash: Decimal | float | str = Decimal(1_000_000),
        currency: str = "USD",
        currencies: Mapping[str, Currency] | None = None,
        fees: FeeModel | None = None,
        latency: Latency | None = None,
        impact: MarketImpact | None = None,
        rules: MarketRules | str | None = None,
        holding: HoldingRates | None = None,
        limits: Limits | None = None,
        gate: GateLimits | None = None,
        risk_account: str = "main",
        level_fills: LevelFills | None = None,
        bar_fills: BarFills | None = None,
        seed: int = 0,
        name: str | None = None,
        equity_interval: int | None = None,
    ) -> None:
        for argument, value, kind in (
            ("fees", fees, FeeModel),
            ("latency", latency, Latency),
            ("impact", impact, MarketImpact),
            ("rules", rules, MarketRules | str),
            ("holding", holding, HoldingRates),
            ("limits", limits, Limits),
            ("gate", gate, GateLimits),
            ("level_fills", level_fills, LevelFills),
            ("bar_fills", bar_fills, BarFills),
            ("name", name, str),
        ):
            if value is not None:
                _be(argument, value, kind)
        _be("seed", seed, SupportsIndex)
        _be("currency", currency, str)
        self.source = _one_source(data)
        self.strategies = _named(strategies)
        self.cash_micro = scaled("cash", cash, 10**6)
        self.currency = currency
        self.currencies = dict(mapping("currencies", currencies))
        self.fees = fees or FeeModel()
        table = self.fees.schedule
        if table is not None and self.currencies:
            msg = (
                f"the fee schedule {table.name} is in {table.currency} alone; a run in "
                f"{', '.join((currency, *self.currencies))} takes rates per share, of "
                "value and per order, each paid in the instrument's currency"
            )
            raise ArgumentError(msg)
        if self.currencies and limits is not None and limits.cash_only:
            msg = (
                "cash_only looks at one currency's cash; leave it out of a run with "
                "currencies, or run them apart"
            )
            raise ArgumentError(msg)
        if table is not None and table.currency != currency:
            msg = (
                f"the fee schedule {table.name} is in {table.currency}, the account in "
                f"{currency}; they must be in one currency"
            )
            raise ArgumentError(msg)
        self.latency = latency or Latency()
        self.impact = impact
        self.rules = MarketRules.named(rules) if isinstance(rules, str) else rules
        self.holding = holding
        self.limits = limits or Limits()
        self.gate = gate
        self.risk_account = risk_account
        self.level_fills = level_fills or LevelFills()
        self.bar_fills = bar_fills or BarFills()
        self.seed = seed
        self.name = name or "backtest"
        if equity_interval is not None:
            whole("equity_interval", equity_interval, 1, LAST_NS, of="nanoseconds")
        self.equity_interval = equity_interval

    def run(self, *, progress: Progress | None = None) -> BacktestResult:
        """Run to the end of the data and return what came of it.

        Parameters
        ----------
        progress : callable, optional
            Called now and then with events done, events in all (0 where a stream does
            not tell) and the simulated time.

        Returns
        -------
        BacktestResult
            Marked `partial` if Ctrl-C interrupted it.

        Raises
        ------
        DataError
            If the data cannot be replayed.
        AiTradingError
            If a compiled strategy fails; what one in Python raises comes as it is.
        """
        if progress is not None:
            function("progress", progress, "progress(done, total, now_ns)")
        return _Run(self).go(progress)

    def config(self) -> dict[str, Any]:
        """Return everything that decides the outcome but the data, JSON-able."""
        return {
            "name": self.name,
            "source": self.source.source,
            "cash": f"{Decimal(self.cash_micro) / 10**6:f}",
            "currency": self.currency,
            "seed": self.seed,
            "strategies": {
                strategy.name: {
                    "class": _class_name(strategy),
                    "parameters": _plain(getattr(strategy, "parameters", {})),
                }
                for strategy in self.strategies
            },
            "fees": _fees(self.fees),
            "latency": self.latency.plain(),
            **self._plain_currencies(),
            **({} if self.impact is None else {"impact": self.impact.plain()}),
            **({} if self.rules is None else {"rules": self.rules.plain()}),
            **({} if self.holding is None else {"holding": self.holding.plain()}),
            "limits": _plain(asdict(self.limits)),
            **({} if self.gate is None else {"risk": self._risk()}),
            "level_fills": _plain(asdict(self.level_fills)),
            "bar_fills": _plain(asdict(self.bar_fills)),
        }

    def _risk(self) -> dict[str, Any]:
        assert self.gate is not None
        return {"account": self.risk_account, **self.gate.plain()}

    def _plain_currencies(self) -> dict[str, Any]:
        if not self.currencies:
            return {}
        told = {
            code: {"cash": str(row.cash), "rates": row.changes(0)}
            for code, row in self.currencies.items()
        }
        return {"currencies": _plain(told)}

    def __repr__(self) -> str:
        names = ", ".join(strategy.name for strategy in self.strategies)
        on = self.source.source
        return f"<Backtest {self.name}: {names or 'no strategy'} on {on}>"


class _Run:
    """The moving parts of one call of `Backtest.run`."""

    def __init__(self, plan: Backtest) -> None:
        self.plan = plan
        self.kind: Kind = plan.source.kind
        self.seen = 0
        self.mark = 0  # of the data seen, however it was cut into pieces
        self.chunks: Iterator[NDArray[Any]]
        self.total = 0
        self.start_ns = 0
        self.end_ns = 0
        self._open()
        self.instruments: InstrumentTable = plan.source.instruments
        self.known = len(self.instruments)
        self.levels = QuoteLevels()
        self.shows: DataShows | None = None
        self.session = self._session()

    def _open(self) -> None:
        source = self.plan.source
        if isinstance(source, MarketData):
            self.records = source.records
            self.total = len(source)
            self.chunks = iter(
                self.records[at : at + _CHUNK]
                for at in range(0, len(self.records), _CHUNK)
            )
        else:
            self.chunks = iter(source)
        # A stream may name its instruments in its first chunk.
        first = next(self.chunks, None)
        if first is None or not len(first):
            msg = (
                f"{source.source} holds no records in the chosen range; check the "
                "symbols and dates (ai-trading data inspect shows what is there)"
            )
            raise DataError(msg)
        self.first = first
        self.start_ns = int(first["timestamp"][0])

    def _session(self) -> sim.Session:
        plan = self.plan
        numbers = currency_numbers(
            plan.currency,
            plan.currencies,
            {item.symbol: item.currency for item in self.instruments},
        )
        if self.kind == "bars":
            kind = "bars"
        elif self.kind == "quotes":
            kind = "levels"
        else:
            kind = book_kind(self.plan.source, self.first)
        settings = {
            "cash_micro": plan.cash_micro,
            **plan.latency.to_core(plan.seed),
            **self._impact(),
            **self._rules(),
            "max_notional_micro": _limit(plan.limits.max_order_notional, 10**6),
            "collar_ppm": _limit(plan.limits.price_collar, 10**6),
            "cash_only": plan.limits.cash_only,
            "sample_every": self._interval(),
            "session_ends": self._session_ends(),
            "foreign_cash_micro": [
                scaled("cash", row.cash, 10**6) for row in plan.currencies.values()
            ],
            "rates": self._rates(numbers),
            **plan.fees.to_core(),
            **plan.level_fills.to_core(),
            **plan.bar_fills.to_core(),
        }
        rows = [
            (*_core_row(item, plan.limits), numbers[item.currency])
            for item in self.instruments
        ]
        bars = np.ascontiguousarray(self.records) if kind == "bars" else None
        session = sim.Session(kind, rows, settings, bars)
        if plan.gate is not None:
            session.arm(len(plan.strategies))
            self.gate = PreTradeGate(
                self.instruments,
                strategies=[strategy.name for strategy in plan.strategies],
                account=plan.risk_account,
                limits=plan.gate,
                core=session.gate,
                lenient=plan.gate.source.endswith(".toml"),
            )
        for index, strategy in enumerate(plan.strategies):
            strategy._attach(session, index, self.instruments, self._shows)
        session.connect(
            [strategy._told() for strategy in plan.strategies],
            self._start,
            self._stop,
            lambda: self._shows().to_core(),
        )
        return session

    def _shows(self) -> DataShows:
        """What the data shows; of a stream as much as its kind may show."""
        if self.shows is None:
            kind: Any = self.kind
            trades = quotes = kind != "bars"
            if kind == "quotes":
                trades = False
            elif kind == "events":
                kind = book_kind(self.plan.source, self.first)
                if kind == "levels" and isinstance(self.plan.source, MarketData):
                    kinds = self.records["kind"]
                    trades = bool((kinds == EventKind.TRADE).any())
                    quotes = bool((kinds == EventKind.LEVEL).any())
                    kind = "levels" if trades and quotes else _LACKS[trades]
            self.shows = DataShows(kind, trades=trades or kind == "bars", quotes=quotes)
        return self.shows

    def _impact(self) -> dict[str, Any]:
        impact = self.plan.impact
        return {} if impact is None else {"impact": impact.to_core(self.instruments)}

    def _transitions(self) -> tuple[Transition, ...]:
        """Every change of a scope's state, by name."""
        core = self.session.gate
        if not core.transitions():
            return ()
        names = [strategy.name for strategy in self.plan.strategies]
        return PreTradeGate(self.instruments, strategies=names, core=core).transitions

    def _rules(self) -> dict[str, Any]:
        out: dict[str, Any] = {}
        if self.plan.rules is not None:
            out |= self.plan.rules.to_core(self.instruments)
        if self.plan.holding is not None:
            codes = (self.plan.currency, *self.plan.currencies)
            out |= self.plan.holding.to_core(self.instruments, codes)
        if self.plan.rules is not None and self.kind == "events":
            out |= self.plan.rules.bands_to_core(
                self.instruments, self.start_ns, self._last_ns()
            )
        return out

    def _last_ns(self) -> int:
        """When the data ends, as far as that is known before it is read."""
        whole = isinstance(self.plan.source, MarketData)
        return int(self.records["timestamp"][-1]) if whole else self.start_ns

    def _rates(self, numbers: Mapping[str, int]) -> list[tuple[int, int, int]]:
        """Every change of a rate, in the order of time."""
        return sorted(
            (at, numbers[code], rate)
            for code, row in self.plan.currencies.items()
            for at, rate in row.changes(self.start_ns)
        )

    def _currencies(self) -> dict[str, Any]:
        """What the result says of currencies."""
        plan = self.plan
        kind = [("timestamp", "<i8"), ("rate", "<i8")]
        rates = {
            code: np.array(list(row.changes(self.start_ns)), dtype=kind)
            for code, row in plan.currencies.items()
        }
        codes = (plan.currency, *plan.currencies)
        told = zip(codes, self.session.statements(), strict=True)
        return {
            "rates": rates,
            "statements": {code: Statement.of(row) for code, row in told},
            "consolidated": Statement.of(self.session.consolidated()),
        }

    def _initial_cash(self) -> Decimal:
        """All cash at the start, in the account's currency."""
        cash = Decimal(self.plan.cash_micro) / 10**6
        for row in self.plan.currencies.values():
            rate = Decimal(row.changes(0)[0][1]) / 10**9
            cash += Decimal(scaled("cash", row.cash, 10**6)) / 10**6 * rate
        return cash

    def _interval(self) -> int:
        if self.plan.equity_interval is not None:
            return self.plan.equity_interval
        if not isinstance(self.plan.source, MarketData):
            return 60 * _SECOND
        times = self.records["timestamp"]
        span = int(times[-1]) - int(times[0])
        samples = max(1, min(_SAMPLES, _MARKS // len(self.instruments)))
        even = -(-span // samples // _SECOND) * _SECOND
        return min(max(_SECOND, even), _LONGEST_INTERVAL)

    def _session_ends(self) -> list[int]:
        """The last instant of every trading date; day orders end there."""
        rules = self.plan.rules
        if not isinstance(self.plan.source, MarketData):
            if rules is None or not rules.hours:
                return []
            # How long a stream goes on is not known: each date to come has an end.
            first = market_dates(self.first["timestamp"][:1], self.instruments)
            coming = int(first[0]) + np.arange(_STREAM_DAYS)
            return rules.session_ends(coming, self.instruments)
        times = self.records["timestamp"]
        if rules is not None and rules.hours and self.kind == "events":
            dates = market_dates(times, self.instruments)
            return rules.session_ends(dates, self.instruments)
        if len(times) <= _STRIDE * 4:
            return _last_of_dates(times, self.instruments)
        # Most stretches lie within one date: only the others are looked at whole.
        marks = np.append(times[::_STRIDE], times[-1])
        dates = market_dates(marks, self.instruments)
        ends: list[int] = []
        for place in np.flatnonzero(np.diff(dates) != 0):
            stretch = times[place * _STRIDE : (place + 1) * _STRIDE + 1]
            ends += _last_of_dates(stretch, self.instruments)
        return ends

    def _start(self) -> None:
        for strategy in self.plan.strategies:
            strategy._begin()

    def _stop(self) -> None:
        for strategy in self.plan.strategies:
            strategy.on_stop()

    def go(self, progress: Progress | None) -> BacktestResult:
        began = time.perf_counter()
        partial = False
        try:
            self._drive(progress)
        except KeyboardInterrupt:
            partial = True
            self.session.stop()
        except sim.StrategyFailedError as error:
            raise AiTradingError(str(error)) from None
        return self._result(partial=partial, seconds=time.perf_counter() - began)

    def _drive(self, progress: Progress | None) -> None:
        chunk: NDArray[Any] | None = self.first
        while True:
            if chunk is None:
                self.session.finish_feed()
            else:
                self._take(chunk)
            while (state := self.session.run(_CHUNK)) == "more":
                self._tell(progress)
            self._tell(progress)
            if state == "done":
                return
            chunk = next(self.chunks, None)

    def _take(self, chunk: NDArray[Any]) -> None:
        rows = np.ascontiguousarray(chunk)
        mark = sim.digest(rows.view(np.uint8), rows.itemsize, self.seen)
        self.mark = (self.mark + mark) % 2**64
        self.seen += len(rows)
        self.end_ns = int(chunk["timestamp"][-1])
        if self.kind == "bars":
            return
        if len(self.instruments) > self.known:
            late = self.instruments[self.known].symbol
            msg = (
                f"{self.plan.source.source}: instrument {late} appears only after the "
                "run has begun; name the symbols you want, or read the source whole "
                "with load()"
            )
            raise DataError(msg)
        events = self.levels(chunk) if self.kind == "quotes" else chunk
        self.session.feed(np.ascontiguousarray(events))

    def _tell(self, progress: Progress | None) -> None:
        if progress is not None:
            progress(self.session.events, self.total, self.session.now)

    def _result(self, *, partial: bool, seconds: float) -> BacktestResult:
        plan, session = self.plan, self.session
        for chunk in self.chunks if self.kind == "bars" else ():
            self._take(chunk)
        config = plan.config()
        inputs = (sorted(config.items()), self.mark, self.seen, partial)
        account = session.account
        return BacktestResult(
            run_id=blake2b(repr(inputs).encode(), digest_size=16).hexdigest(),
            name=plan.name,
            kind=self.kind,
            partial=partial,
            seed=plan.seed,
            state_hash=f"{session.state_hash():016x}",
            config=config,
            start_ns=self.start_ns,
            end_ns=session.now if partial or self.kind != "bars" else self.end_ns,
            events=session.events,
            wall_seconds=seconds,
            currency=plan.currency,
            initial_cash=self._initial_cash(),
            instruments=self.instruments,
            strategies=tuple(strategy.name for strategy in plan.strategies),
            orders=session.orders,
            order_terms=session.order_terms,
            fills=session.fills,
            account=account,
            prices=_prices(account, session.marks),
            final_positions={
                index: lots for index, lots in enumerate(session.positions) if lots
            },
            parents=session.parents,
            schedules={
                int(number): tuple(session.slices(int(number)))
                for number in session.parents["parent_id"]
            },
            charges=session.charges,
            incidents=session.incidents,
            transitions=self._transitions(),
            **self._currencies(),
        )


def _be(argument: str, value: object, kind: Any) -> None:
    if not isinstance(value, kind):
        wanted = "int" if kind is SupportsIndex else getattr(kind, "__name__", kind)
        msg = f"{argument} must be of type {wanted}; received {value!r}"
        raise ArgumentError(msg)


def _one_source(
    data: MarketData | EventStream | Sequence[MarketData | EventStream],
) -> MarketData | EventStream:
    sources = [data] if isinstance(data, MarketData | EventStream) else _listed(data)
    if not sources:
        msg = "data is empty; a run needs at least one source"
        raise ArgumentError(msg)
    others = [type(s).__name__ for s in sources if not _is_source(s)]
    if others:
        msg = (
            "data must be MarketData or EventStream, as ai_trading.market.load and "
            f"open_events return; received {others[0]}"
        )
        raise ArgumentError(msg)
    if len(sources) == 1:
        only = sources[0]
        if isinstance(only, EventStream) and only.kind == "bars":
            return only.read()
        return only
    return merge([s if isinstance(s, MarketData) else s.read() for s in sources])


def _listed(data: Any) -> list[Any]:
    return list(data) if isinstance(data, Iterable) else [data]


def _is_source(source: object) -> bool:
    return isinstance(source, MarketData | EventStream)


def _named(strategies: Sequence[Any]) -> list[Any]:
    chosen = _listed(strategies)
    if not chosen:
        msg = "strategies is empty; a run needs at least one"
        raise ArgumentError(msg)
    for number, strategy in enumerate(chosen):
        if isinstance(strategy, type) or not hasattr(strategy, "_attach"):
            hint = ""
            if isinstance(strategy, type):
                hint = f"; make one of it: {strategy.__name__}()"
            elif hasattr(strategy, "for_backtest"):
                hint = "; BacktestEngine().run_backtest runs strategies of signals"
            msg = (
                f"strategies[{number}] must be an object of ai_trading.Strategy; "
                f"received {strategy!r}{hint}"
            )
            raise ArgumentError(msg)
    names = [strategy.name for strategy in chosen]
    for name in names:
        if names.count(name) > 1:
            msg = (
                f"two strategies are called {name!r}; give each its own name, as in "
                "strategies[0].name = 'fast'"
            )
            raise ArgumentError(msg)
    return chosen


def _last_of_dates(times: NDArray[np.int64], table: InstrumentTable) -> list[int]:
    """Return the last instant of every trading date but the final one."""
    dates = market_dates(times, table)
    return [int(at) for at in times[np.flatnonzero(np.diff(dates) != 0)]]


def _fees(fees: FeeModel) -> dict[str, Any]:
    """The rates, and where there is a table, all that decides what it charges."""
    told = asdict(fees)
    if told.pop("schedule") is not None and fees.schedule is not None:
        table = fees.schedule
        told["schedule"] = {
            "name": table.name,
            "prior_quantity": table.prior_quantity,
            "prior_value": table.prior_value,
            "lines": [
                {"name": line.name, **row}
                for line, row in zip(table.lines, table.to_core(), strict=True)
            ],
        }
    plain: dict[str, Any] = _plain(told)
    return plain


def _class_name(strategy: Any) -> str:
    if isinstance(own := getattr(strategy, "class_name", None), str):
        return own
    kind = type(strategy)
    return f"{kind.__module__}:{kind.__qualname__}"


def _limit(value: Any, scale: int) -> int:
    if value is None:
        return 0
    return max(1, int(Decimal(str(value)) * scale))


def _core_row(
    instrument: Instrument, limits: Limits
) -> tuple[str, int, int, int, int, int, int]:
    """Return an instrument in whole numbers of 1e-9, with its limits in lots."""

    def nano(what: str, value: Decimal) -> int:
        return scaled(f"{what} of {instrument.symbol}", value, 10**9)

    def lots(value: Any) -> int:
        return (
            0
            if value is None
            else max(1, int(Decimal(str(value)) / instrument.lot_size))
        )

    step = instrument.price_increment or instrument.tick_size
    return (
        instrument.symbol,
        nano("tick_size", instrument.tick_size),
        nano("lot_size", instrument.lot_size),
        nano("lot_size x multiplier", instrument.lot_size * instrument.multiplier),
        int(step / instrument.tick_size),
        lots(limits.max_order_quantity),
        lots(limits.max_position),
    )


def _prices(
    account: NDArray[Any], marks: NDArray[np.int64]
) -> dict[int, NDArray[np.void]]:
    """Return each instrument's sampled price from where it is first known."""
    out: dict[int, NDArray[np.void]] = {}
    for index in range(marks.shape[1]):
        known = np.flatnonzero(marks[:, index])
        rows = np.zeros(len(known), dtype=[("timestamp", "<i8"), ("price", "<i8")])
        rows["timestamp"] = account["timestamp"][known]
        rows["price"] = marks[known, index]
        if len(rows):
            out[index] = rows
    return out


def _plain(values: Any) -> Any:
    """Return a JSON-able copy; what JSON has no word for becomes its text."""
    if isinstance(values, Mapping):
        return {str(key): _plain(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [_plain(value) for value in values]
    if values is None or isinstance(values, bool | int | float | str):
        return values
    return str(values)
