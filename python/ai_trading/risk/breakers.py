"""Throttles of size that watch the portfolio's value: drawdown and circuit breakers.

Both see only the values they are told: with every size that is asked for, and whenever
`observe` is called besides. Told at every bar they know the true peak.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from ai_trading.core.clock import LAST_NS, ns_to_datetime
from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import text, whole
from ai_trading.risk import checks
from ai_trading.risk.kelly.dynamic import DynamicRules

if TYPE_CHECKING:
    from ai_trading.risk.sizing import Situation

__all__ = ["CircuitBreaker", "DrawdownThrottle", "Trip"]

_NS = 10**9
_REDUCE_ONLY: Final = 1
_LONGEST_S: Final = 1e9  # thirty years


class _Gate(Protocol):
    def restrict(self, scope: str, mode: Any, *, who: str, reason: str) -> bool: ...


class DrawdownThrottle:
    """Cut sizes as the portfolio falls from its peak.

    Parameters
    ----------
    max_drawdown : float
        At which nothing is left, strictly between 0 and 1.

    Notes
    -----
    The factor at drawdown d is ``(L - d) / (L (1 - d))``: see `DynamicRules`.

    Examples
    --------
    >>> throttle = DrawdownThrottle(0.2)
    >>> throttle.observe(0, 100.0)
    >>> throttle.observe(1, 90.0)
    >>> round(throttle.drawdown, 6), round(throttle.left, 6)
    (0.1, 0.555556)
    """

    def __init__(self, max_drawdown: float) -> None:
        self._rules = DynamicRules(
            max_drawdown=checks.inner("max_drawdown", max_drawdown)
        )
        self.peak = 0.0
        self.value = 0.0

    @property
    def drawdown(self) -> float:
        """Fall from the peak, between 0 and 1; 0 before the first value."""
        if self.peak <= 0.0:
            return 0.0
        return min(max(1.0 - self.value / self.peak, 0.0), 1.0)

    @property
    def left(self) -> float:
        """The factor now."""
        return self._rules.left_after(self.drawdown)

    def observe(self, now_ns: int, portfolio_value: float) -> None:  # noqa: ARG002
        """Take note of the portfolio's value."""
        self.value = checks.finite("portfolio_value", portfolio_value)
        self.peak = max(self.peak, self.value)

    def factor(self, situation: Situation) -> float:  # noqa: ARG002 - as observed
        """Return what is left of a size, 0 to 1."""
        return self.left


@dataclass(frozen=True, slots=True)
class Trip:
    """One time that a breaker opened or was closed by hand.

    Attributes
    ----------
    now_ns : int
    rule : str
        ``daily_loss``, ``drawdown`` or ``rapid_loss``; ``reset`` for a hand.
    loss, limit : float
        Fractions; 0 for a reset.
    note : str
        For a reset, who and why.
    """

    now_ns: int
    rule: str
    loss: float
    limit: float
    note: str = ""


class CircuitBreaker:
    """Stop new risk after a loss, until it is over or somebody takes the blame.

    Parameters
    ----------
    daily_loss : float, optional
        Since the last value of the day before (the first of this day where there is
        none). Nothing more that day.
    rapid_loss : float, optional
        Since the highest value within `window_s`; nothing for `pause_s`.
    drawdown : float, optional
        From the peak. Nothing until `reset`, after which the peak is counted anew.
    window_s, pause_s : float, default 3600
        Seconds.
    zone : str, default "America/New_York"
        Whose midnight begins a day.
    gate : PreTradeGate, optional
        Its scope may only reduce once the breaker has opened, until a named person
        enables it there: a breaker that closes by itself does not loosen the gate.
    scope : str, default "account"
        Of the gate.

    Raises
    ------
    ArgumentError
        If no limit is given, or one is not strictly between 0 and 1.

    Examples
    --------
    >>> breaker = CircuitBreaker(daily_loss=0.03)
    >>> for hour, value in enumerate([100.0, 99.0, 96.9, 100.0]):
    ...     breaker.observe((15 + hour) * 3_600 * 10**9, value)
    >>> breaker.is_open, breaker.trips[0].rule
    (True, 'daily_loss')
    """

    def __init__(
        self,
        *,
        daily_loss: float | None = None,
        rapid_loss: float | None = None,
        drawdown: float | None = None,
        window_s: float = 3600.0,
        pause_s: float = 3600.0,
        zone: str = "America/New_York",
        gate: _Gate | None = None,
        scope: str = "account",
    ) -> None:
        named = {
            "daily_loss": daily_loss,
            "rapid_loss": rapid_loss,
            "drawdown": drawdown,
        }
        self.limits = {
            rule: checks.inner(rule, limit)
            for rule, limit in named.items()
            if limit is not None
        }
        if not self.limits:
            msg = f"a breaker needs one limit at least: {', '.join(named)}"
            raise ArgumentError(msg)
        self._window = _nanoseconds("window_s", window_s)
        self._pause = _nanoseconds("pause_s", pause_s)
        try:
            self._zone = zoneinfo.ZoneInfo(zone)
        except (zoneinfo.ZoneInfoNotFoundError, TypeError, ValueError):
            msg = f"zone must be a name such as America/New_York; received {zone!r}"
            raise ArgumentError(msg) from None
        if gate is not None and not hasattr(gate, "restrict"):
            msg = f"gate must be a PreTradeGate; received {gate!r:.80}"
            raise ArgumentError(msg)
        text("scope", scope, "account")
        self._gate = gate
        self._scope = scope
        self._recent: deque[tuple[int, float]] = deque()  # falling values: a maximum
        self._trips: list[Trip] = []
        self._now: int | None = None
        self._day: dt.date | None = None
        self._value = self._day_start = self._peak = 0.0
        self._day_stopped = self._latched = False
        self._paused_until: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether new risk is stopped now."""
        paused = (
            self._paused_until is not None and (self._now or 0) < self._paused_until
        )
        return self._latched or self._day_stopped or paused

    @property
    def trips(self) -> tuple[Trip, ...]:
        """Every time it opened or was reset, oldest first."""
        return tuple(self._trips)

    def observe(self, now_ns: int, portfolio_value: float) -> None:
        """Take note of the portfolio's value, and open where a limit is reached.

        Raises
        ------
        ArgumentError
            If time is none or goes backwards, or the value is not finite.
        """
        value = checks.finite("portfolio_value", portfolio_value)
        whole("now_ns", now_ns, -LAST_NS, LAST_NS, of="nanoseconds since 1970")
        if self._now is not None and now_ns < self._now:
            msg = (
                f"now_ns must not go backwards; received {now_ns} after {self._now}. "
                "Values of several portfolios need a breaker each"
            )
            raise ArgumentError(msg)
        day = ns_to_datetime(now_ns).astimezone(self._zone).date()
        if day != self._day:
            self._day_start = value if self._day is None else self._value
            self._day, self._day_stopped = day, False
        self._now, self._value = now_ns, value
        self._peak = max(self._peak, value)
        while self._recent and self._recent[-1][1] <= value:
            self._recent.pop()
        self._recent.append((now_ns, value))
        while self._recent[0][0] < now_ns - self._window:
            self._recent.popleft()
        self._judge(now_ns, value)

    def factor(self, situation: Situation) -> float:  # noqa: ARG002 - as observed
        """Return 0 while open, else 1."""
        return 0.0 if self.is_open else 1.0

    def reset(self, name: str, reason: str) -> None:
        """Close it again, whatever opened it, and count losses from now on.

        Parameters
        ----------
        name, reason : str
            Who, and why; kept in `trips`.

        Raises
        ------
        ArgumentError
            If one of them is empty.
        """
        text("name of who resets", name, "A. Smith")
        text("reason of a reset", reason, "the feed was wrong")
        self._latched = self._day_stopped = False
        self._paused_until = None
        self._peak = self._day_start = self._value
        self._recent.clear()
        if self._now is not None:
            self._recent.append((self._now, self._value))
        note = f"{name}: {reason}"
        self._trips.append(Trip(self._now or 0, "reset", 0.0, 0.0, note))

    def _judge(self, now_ns: int, value: float) -> None:
        if not self._day_stopped and self._lost("daily_loss", self._day_start):
            self._day_stopped = True
        if not self._latched and self._lost("drawdown", self._peak):
            self._latched = True
        paused = self._paused_until is not None and now_ns < self._paused_until
        if not paused and self._lost("rapid_loss", self._recent[0][1]):
            self._paused_until = now_ns + self._pause
            # A loss pauses once: what comes is measured from here.
            self._recent.clear()
            self._recent.append((now_ns, value))

    def _lost(self, rule: str, since: float) -> bool:
        limit = self.limits.get(rule)
        if limit is None or since <= 0.0:
            return False
        loss = 1.0 - self._value / since
        # A loss of the limit is one however it is rounded.
        if loss < limit * (1.0 - 1e-12):
            return False
        self._trips.append(Trip(self._now or 0, rule, loss, limit))
        if self._gate is not None:
            self._gate.restrict(
                self._scope,
                _REDUCE_ONLY,
                who="circuit breaker",
                reason=f"{rule} of {loss:.4%} at a limit of {limit:.4%}",
            )
        return True


def _nanoseconds(name: str, seconds: float) -> int:
    number = checks.size(name, seconds)
    if number <= _LONGEST_S:
        return int(number * _NS)
    msg = f"{name} must be seconds, {_LONGEST_S:g} at most; received {seconds}"
    raise ArgumentError(msg)
