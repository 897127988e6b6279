"""A gate's instruments, strategies and scopes by name, and the scopes' states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ai_trading.core.clock import ManualClock
from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import instance, text
from ai_trading.core.instrument import Instrument
from ai_trading.core.log import get_logger
from ai_trading.core.optional import needs_core
from ai_trading.core.records import reject_name
from ai_trading.risk.gate.convert import person, terms
from ai_trading.risk.gate.records import Mode, Transition
from ai_trading.risk.gate.values import similar

with needs_core():
    from ai_trading._core import risk as _core

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_trading.core.clock import Clock

__all__ = ["GateNames"]

_log = get_logger(__name__)
_KINDS: Final = ("all", "account", "strategy", "instrument")


class GateNames:
    """A gate of the core, its indexes by name, and who may trade.

    Parameters
    ----------
    core : Gate
    strategies : sequence of str
        In the order of their indexes.
    own : bool
        Whether instruments are added to it here; else a desk adds them.
    clock : Clock, optional
        A clock at zero by default.
    """

    def __init__(
        self,
        core: _core.Gate,
        strategies: Sequence[str],
        *,
        own: bool,
        clock: Clock | None = None,
    ) -> None:
        self.core: Final = core
        self.strategies: Final = tuple(strategies)
        self._own = own
        self._clock: Clock = clock or ManualClock()
        self._instruments: list[Instrument] = []
        self._index: dict[str, int] = {}

    def index(self, symbol: str) -> int:
        """Return the index of a symbol.

        Raises
        ------
        ArgumentError
            If the gate does not know it.
        """
        found = self._index.get(text("symbol", symbol, "AAPL"))
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
        kind, _, who = text("scope", name, "instrument:AAPL").partition(":")
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
        instance("an instrument", instrument, Instrument, "Instrument('AAPL')")
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
