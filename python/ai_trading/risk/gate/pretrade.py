"""The gate by names and symbols, its states, and the history of its limits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ai_trading.core.clock import Clock, ManualClock
from ai_trading.core.enums import AssetClass
from ai_trading.core.errors import ArgumentError, ConfigError
from ai_trading.core.exact import Number, decimal, scaled
from ai_trading.core.log import get_logger
from ai_trading.core.optional import needs_core
from ai_trading.core.records import reject_name, side_code
from ai_trading.risk.gate.convert import atto, lots, money, number_of, person, terms
from ai_trading.risk.gate.facts import RESTRICTIONS, Facts
from ai_trading.risk.gate.limits import GateLimits
from ai_trading.risk.gate.records import LimitVersion, Mode, Transition, Verdict
from ai_trading.risk.gate.values import similar

with needs_core():
    from ai_trading._core import risk as _core

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ai_trading.core.enums import OrderSide
    from ai_trading.core.instrument import Instrument
    from ai_trading.risk.gate.model import FactorModel

__all__ = ["PreTradeGate"]

_log = get_logger(__name__)
_CLASSES: Final = {word: code for code, word in enumerate(AssetClass)}
_KINDS: Final = ("all", "account", "strategy", "instrument")


class PreTradeGate:
    """The pre-trade gate of one account.

    Parameters
    ----------
    instruments : iterable of Instrument
        In the order of their indexes; more come by `enlist`.
    strategies : sequence of str, default ("default",)
        In the order of their indexes.
    account : str, default "main"
        Whose limits count beside everybody's.
    limits : GateLimits or path, optional
        In force from the start; else there are none.
    cash : number, default 0
        In the account's currency.
    clock : Clock, optional
        Dates what is written down; a clock at zero by default.
    core : Gate, optional
        The gate of a desk. Then instruments are the desk's, and the desk tells it what
        happens.

    Raises
    ------
    ConfigError
        If limits name a strategy or a symbol that there is not.

    Examples
    --------
    >>> from ai_trading.core.instrument import Instrument
    >>> gate = PreTradeGate(
    ...     [Instrument("AAPL")], cash=100_000,
    ...     limits=GateLimits.check({"all": {"max_order_notional": 20_000}}))
    >>> gate.mark("AAPL", 150)
    >>> gate.check("AAPL", "buy", 100).passed
    True
    >>> gate.check("AAPL", "buy", 200).reason
    'max_notional'
    """

    def __init__(
        self,
        instruments: Iterable[Instrument] = (),
        *,
        strategies: Sequence[str] = ("default",),
        account: str = "main",
        limits: GateLimits | str | Path | None = None,
        cash: Number = 0,
        clock: Clock | None = None,
        core: _core.Gate | None = None,
        lenient: bool = False,
    ) -> None:
        self.account: Final = account
        self.strategies: Final = tuple(strategies)
        self.core: Final = core or _core.Gate(
            atto("cash", cash), max(1, len(self.strategies))
        )
        self._clock: Clock = clock or ManualClock()
        self._own = core is None
        self._lenient = lenient
        self._instruments: list[Instrument] = []
        self._index: dict[str, int] = {}
        self._sectors: dict[str, int] = {}
        self._groups: dict[str, int] = {}
        self._history: list[LimitVersion] = []
        for instrument in instruments:
            self._add(instrument)
        if limits is not None:
            self.apply(limits, who="start")

    # Limits.

    @property
    def limits(self) -> GateLimits | None:
        """The limits in force."""
        return self._history[-1].limits if self._history else None

    @property
    def history(self) -> tuple[LimitVersion, ...]:
        """All limits that were in force, oldest first."""
        return tuple(self._history)

    def apply(self, limits: GateLimits | str | Path, *, who: str) -> LimitVersion:
        """Put limits in force, all at once.

        Parameters
        ----------
        limits : GateLimits or path
            A path is read and checked first: a bad file changes nothing.
        who : str
            Kept in the history.

        Raises
        ------
        ConfigError
            If the file is bad, or names a strategy, an account or a symbol that there
            is not; the limits in force stay.
        ArgumentError
            If `who` is empty.
        """
        if not who.strip():
            msg = "limits are changed by somebody with a name; received no name"
            raise ArgumentError(msg)
        wanted = limits if isinstance(limits, GateLimits) else GateLimits.load(limits)
        self._names_exist(wanted)
        arguments = self._for_core(wanted)
        self.core.apply(*arguments)
        self.core.set_quantile(round(wanted.quantile * 1000))
        for instrument in self._instruments:
            self._describe(instrument, wanted)
        version = LimitVersion(
            len(self._history) + 1, self._clock.now_ns(), who, wanted.digest, wanted
        )
        self._history.append(version)
        _log.info(
            "limits_applied", number=version.number, who=who, digest=version.digest
        )
        return version

    def reload(self, *, who: str, path: str | Path | None = None) -> LimitVersion:
        """Read the file of the limits in force again, or another.

        Raises
        ------
        ConfigError
            As `apply`; also if no file is known.
        """
        source = path or (self.limits.source if self.limits else "")
        if not source:
            msg = "the limits in force came from no file; name one"
            raise ConfigError(msg)
        return self.apply(Path(source), who=who)

    def enlist(self, instrument: Instrument) -> int:
        """Add an instrument, under the limits in force; return its index."""
        index = self._add(instrument)
        if self.limits is not None:
            self.core.apply(*self._for_core(self.limits))
            self._describe(instrument, self.limits)
        return index

    def set_model(self, model: FactorModel) -> None:
        """Take the loadings of every instrument that a risk model has."""
        for symbol, index in self._index.items():
            if symbol in model.loadings:
                loadings, own = model.to_core(symbol)
                self.core.set_loadings(index, loadings, own)

    def limits_of(self, symbol: str, strategy: str | None = None) -> dict[str, Any]:
        """Return what an order is held to: limit to (value in core units, whose)."""
        return dict(self.core.row(self._strategy(strategy), self.index(symbol)))

    # Orders.

    def check(
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: Number,
        price: Number | None = None,
        *,
        strategy: str | None = None,
        now_ns: int | None = None,
        created_ns: int = 0,
    ) -> Verdict:
        """Judge an order; where it may leave, it is counted as sent.

        Parameters
        ----------
        symbol, side, quantity
            The quantity is positive.
        price : number, optional
            Limit; without one it is a market order, valued at the reference.
        strategy : str, optional
            The first one by default.
        now_ns : int, optional
            The clock's time by default.
        created_ns : int, default 0
            When it was decided, for the clock tolerance; 0 where it was not said.

        Raises
        ------
        ArgumentError
            If a number is not finite, or not a multiple of tick or lot, or the strategy
            is unknown.
        """
        code, side_ = 0, side_code(side)
        if symbol not in self._index:
            return Verdict("unknown_instrument", Decimal(0))
        index = self._index[symbol]
        instrument = self._instruments[index]
        ticks = None if price is None else instrument.to_ticks(decimal("price", price))
        lots = instrument.to_lots(decimal("quantity", quantity))
        code, sent = self.core.judge(
            index,
            self._strategy(strategy),
            side_,
            ticks,
            lots,
            self._clock.now_ns() if now_ns is None else now_ns,
            created_ns,
        )
        return Verdict(reject_name(code), instrument.to_quantity(sent))

    def check_batch(
        self, orders: NDArray[np.void], now_ns: int
    ) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
        """Judge orders of `_core.desk.order_request_dtype`; return codes and lots."""
        return self.core.judge_batch(orders, now_ns)

    # What happens.

    def mark(self, symbol: str, price: Number, at_ns: int | None = None) -> None:
        """Say the reference price; NaN means that none is known any more.

        Raises
        ------
        ArgumentError
            If the price is infinite or no number.
        """
        index = self.index(symbol)
        if isinstance(price, float) and math.isnan(price):
            self.core.forget_mark(index)
            return
        ticks = self._instruments[index].round_to_ticks(decimal("price", price))
        self.core.mark(index, ticks, self._clock.now_ns() if at_ns is None else at_ns)

    def set_band(self, symbol: str, low: Number | None, high: Number | None) -> None:
        """Say the limit-up limit-down band; None and None where there is none."""
        index = self.index(symbol)
        terms = self._instruments[index]
        ends = [None if x is None else terms.round_to_ticks(x) for x in (low, high)]
        self.core.set_band(index, *ends)

    def set_bid(self, symbol: str, price: Number | None) -> None:
        """Say the market's best bid, for the price test of short sales."""
        index = self.index(symbol)
        terms = self._instruments[index]
        self.core.set_bid(index, None if price is None else terms.round_to_ticks(price))

    def set_halted(self, symbol: str, *, halted: bool) -> None:
        """Say whether the market in a symbol is halted."""
        self.core.set_halted(self.index(symbol), halted)

    def set_restriction(self, symbol: str, restriction: str) -> None:
        """Put a symbol on the restricted list, or take it off.

        Raises
        ------
        ArgumentError
            If the restriction is none of none, closing_only and forbidden.
        """
        if restriction not in RESTRICTIONS:
            msg = (
                f"restriction must be one of {', '.join(RESTRICTIONS)}; received "
                f"{restriction!r}{similar(restriction, RESTRICTIONS)}"
            )
            raise ArgumentError(msg)
        self.core.set_restriction(self.index(symbol), RESTRICTIONS.index(restriction))

    def set_price_test(self, symbol: str, *, active: bool) -> None:
        """Say whether short sales must be priced above the bid."""
        self.core.set_price_test(self.index(symbol), active)

    def set_located(self, symbol: str, quantity: Number) -> None:
        """Say how much may be short in all."""
        index = self.index(symbol)
        self.core.set_located(index, lots(self._instruments[index], quantity))

    def executed(
        self,
        symbol: str,
        quantity: Number,
        price: Number,
        *,
        fee: Number = 0,
        strategy: str | None = None,
        at_ns: int | None = None,
    ) -> None:
        """Say an execution, negative for a sale. A desk tells its gate by itself."""
        index = self.index(symbol)
        terms = self._instruments[index]
        size = decimal("quantity", quantity)
        lots = terms.to_lots(abs(size)) * (1 if size > 0 else -1)
        self.core.executed(
            index,
            self._strategy(strategy),
            terms.to_ticks(decimal("price", price)),
            lots,
            self._clock.now_ns() if at_ns is None else at_ns,
            atto("fee", fee),
        )

    # States.

    def state(self, scope: str = "all") -> Mode:
        """Return what a scope itself may do, whatever wider ones are in."""
        return Mode(self.core.state(*self.scope(scope))[0])

    def strictest(self, symbol: str, strategy: str | None = None) -> Mode:
        """Return what an order in a symbol is under; wider scopes count.

        A symbol that the gate does not know is under the account's state.
        """
        scopes = ["all", "account"]
        if symbol in self._index:
            scopes.append(f"instrument:{symbol}")
        if strategy is not None:
            scopes.append(f"strategy:{strategy}")
        return max(self.state(scope) for scope in scopes)

    def restrict(self, scope: str, mode: Mode | int, *, who: str, reason: str) -> bool:
        """Tighten a scope; return whether that changed anything.

        Raises
        ------
        ArgumentError
            If there is no such scope, or name or reason is empty.
        """
        person(who, reason)
        return self.core.restrict(
            *self.scope(scope), int(mode), who, reason, self._clock.now_ns()
        )

    def enable(self, scope: str, *, who: str, reason: str) -> bool:
        """Make a scope active again; its losses are measured from now on.

        Raises
        ------
        ArgumentError
            As `restrict`.
        """
        person(who, reason)
        changed = self.core.enable(
            *self.scope(scope), who, reason, self._clock.now_ns()
        )
        _log.warning("scope_enabled", scope=scope, who=who, reason=reason)
        return changed

    @property
    def transitions(self) -> tuple[Transition, ...]:
        """Every change of a state, oldest first."""
        return tuple(
            Transition(
                at,
                self._scope_name(kind, index),
                Mode(before),
                Mode(after),
                reject_name(cause),
                who,
                reason,
            )
            for at, kind, index, before, after, cause, who, reason in (
                self.core.transitions()
            )
        )

    # Money.

    @property
    def equity(self) -> Decimal:
        """Cash and positions."""
        return Decimal(self.core.equity).scaleb(-18)

    @property
    def value_at_risk(self) -> Decimal:
        """By the risk model, if all open orders execute."""
        return Decimal(self.core.value_at_risk).scaleb(-18)

    def exposures(self) -> dict[str, Any]:
        """Return gross and net exposure, and gross by sector, class and group."""
        sums: dict[str, Any] = dict(self.core.exposures())

        def named(kind: str, names: Mapping[str, int]) -> dict[str, Decimal]:
            amounts = sums[kind]
            return {
                name: money(amounts[at]) for name, at in names.items() if amounts[at]
            }

        return {
            "gross": money(sums["gross"]),
            "net_up": money(sums["up"]),
            "net_down": money(sums["down"]),
            "margin": money(sums["margin"]),
            "sectors": named("sectors", {"unclassified": 0, **self._sectors}),
            "groups": named("groups", self._groups),
            "asset_classes": named(
                "asset_classes", {str(word): code for word, code in _CLASSES.items()}
            ),
        }

    # Names.

    def index(self, symbol: str) -> int:
        """Return the index of a symbol.

        Raises
        ------
        ArgumentError
            If the gate does not know it.
        """
        found = self._index.get(symbol)
        if found is None:
            msg = f"the gate does not know {symbol!r}{similar(symbol, self._index)}"
            raise ArgumentError(msg)
        return found

    def scope(self, name: str) -> tuple[int, int]:
        """Return the core's numbers of a scope.

        Raises
        ------
        ArgumentError
            If there is no such scope.
        """
        kind, _, who = name.partition(":")
        if kind not in _KINDS or bool(who) != (kind in _KINDS[2:]):
            msg = (
                "a scope is all, account, strategy:NAME or instrument:SYMBOL; received "
                f"{name!r}{similar(kind, _KINDS)}"
            )
            raise ArgumentError(msg)
        if kind == "strategy":
            return 2, self._strategy(who)
        return _KINDS.index(kind), self.index(who) if kind == "instrument" else 0

    def person_and_scope(self, scope: str, who: str, reason: str) -> tuple[int, int]:
        """Return the core's numbers of a scope, for a person with a reason.

        Raises
        ------
        ArgumentError
            As `restrict`.
        """
        person(who, reason)
        return self.scope(scope)

    def _scope_name(self, kind: int, index: int) -> str:
        if kind == 2:
            known = index < len(self.strategies)
            return f"strategy:{self.strategies[index] if known else index}"
        if kind == 3:
            return f"instrument:{self._instruments[index].symbol}"
        return _KINDS[kind]

    def _strategy(self, name: str | None) -> int:
        if name is None:
            return 0
        if name in self.strategies:
            return self.strategies.index(name)
        msg = (
            f"the gate knows the strategies {', '.join(self.strategies)}; received "
            f"{name!r}{similar(name, self.strategies)}"
        )
        raise ArgumentError(msg)

    def _add(self, instrument: Instrument) -> int:
        if self._own:
            index = self.core.add_instrument(**terms(instrument))
        else:
            index = len(self._instruments)
        if index >= self.core.instruments:
            msg = f"the desk does not have {instrument.symbol} yet; add it there first"
            raise ArgumentError(msg)
        self._instruments.append(instrument)
        self._index[instrument.symbol] = index
        return index

    def _names_exist(self, limits: GateLimits) -> None:
        known: list[tuple[str, Iterable[str], Sequence[str]]] = [
            ("strategy", limits.strategies, self.strategies)
        ]
        if not self._lenient:  # else instruments come later
            known.append(("instrument", limits.instruments, list(self._index)))
            known.append(("facts", limits.facts, list(self._index)))
        wrong = [
            f"{limits.source + ': ' if limits.source else ''}{kind}.{name}: there is "
            f"no such {'symbol' if kind != 'strategy' else kind}"
            f"{similar(name, there) or '; there are ' + ', '.join(there[:10])}"
            for kind, names, there in known
            for name in names
            if name not in there
        ]
        if wrong:
            raise ConfigError("\n".join(wrong))

    def _for_core(self, limits: GateLimits) -> tuple[Any, ...]:
        return (
            dict(limits.everyone),
            dict(limits.accounts.get(self.account, {})),
            {
                self.strategies.index(name): dict(values)
                for name, values in limits.strategies.items()
            },
            {
                self._index[name]: dict(values)
                for name, values in limits.instruments.items()
                if name in self._index
            },
            list(limits.required),
        )

    def _describe(self, instrument: Instrument, limits: GateLimits) -> None:
        facts = limits.facts.get(instrument.symbol, Facts())
        if facts.sector is None and instrument.sector:
            facts = replace(facts, sector=instrument.sector)
        index = self._index[instrument.symbol]
        self.core.describe(
            index,
            sector=number_of(facts.sector, self._sectors),
            group=number_of(facts.group, self._groups),
            asset_class=_CLASSES[instrument.asset_class],
            easy_to_borrow=facts.easy_to_borrow,
            lot_step=max(1, lots(instrument, facts.round_lot or 0)),
            daily_volume=lots(instrument, facts.daily_volume or 0),
            located=lots(instrument, facts.located),
            margin_ppm=scaled("margin", facts.margin, 10**6),
        )
        if instrument.symbol in limits.facts:
            self.core.set_restriction(index, RESTRICTIONS.index(facts.restriction))
