"""The gate by names and symbols, and the history of its limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ai_trading.core.clock import LAST_NS, Clock
from ai_trading.core.enums import AssetClass
from ai_trading.core.errors import ConfigError
from ai_trading.core.exact import Number, decimal, instance, items, scaled, text, whole
from ai_trading.core.log import get_logger
from ai_trading.core.optional import needs_core
from ai_trading.core.records import reject_name, side_code
from ai_trading.risk.gate.convert import atto, lots, money, number_of
from ai_trading.risk.gate.facts import RESTRICTIONS, Facts
from ai_trading.risk.gate.limits import GateLimits
from ai_trading.risk.gate.news import GateNews
from ai_trading.risk.gate.records import LimitVersion, Verdict
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


class PreTradeGate(GateNews):
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
        strategies = [
            text("a strategy", name, "momentum")
            for name in items("strategies", strategies, "['momentum']")
        ]
        if clock is not None:
            instance("clock", clock, Clock, "SystemClock()")
        if core is not None:
            instance("core", core, _core.Gate)
        text("account", account, "main")
        super().__init__(
            core or _core.Gate(atto("cash", cash), max(1, len(strategies))),
            strategies,
            own=core is None,
            clock=clock,
        )
        self.account: Final = account
        self._lenient = lenient
        self._sectors: dict[str, int] = {}
        self._groups: dict[str, int] = {}
        self._history: list[LimitVersion] = []
        for instrument in items("instruments", instruments, "[Instrument('AAPL')]"):
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
        text("who", who, "risk desk")
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
        if now_ns is None:
            now = self._clock.now_ns()
        else:
            now = whole("now_ns", now_ns, 0, LAST_NS)
        if text("symbol", symbol, "AAPL") not in self._index:
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
            now,
            whole("created_ns", created_ns, 0, LAST_NS),
        )
        return Verdict(reject_name(code), instrument.to_quantity(sent))

    def check_batch(
        self, orders: NDArray[np.void], now_ns: int
    ) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
        """Judge orders of `_core.desk.order_request_dtype`; return codes and lots."""
        return self.core.judge_batch(orders, now_ns)

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
