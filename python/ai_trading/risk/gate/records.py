"""What the gate says and writes down: verdicts, changes of state, limits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from decimal import Decimal

    from ai_trading.risk.gate.limits import GateLimits

__all__ = ["Killed", "LimitVersion", "Mode", "Transition", "Verdict"]


class Mode(IntEnum):
    """What a scope may do."""

    ACTIVE = 0
    REDUCE_ONLY = 1
    HALTED = 2


class Verdict(NamedTuple):
    """What the gate says of an order.

    Attributes
    ----------
    reason : str
        ``"none"`` where it may leave.
    quantity : Decimal
        What may be sent: less than asked where a flip is cut, 0 where it is refused.
    """

    reason: str
    quantity: Decimal

    @property
    def passed(self) -> bool:
        """Whether it may leave."""
        return self.reason == "none"


class Transition(NamedTuple):
    """One change of a scope's state.

    Attributes
    ----------
    at_ns : int
    scope : str
        ``"all"``, ``"account"``, ``"strategy:NAME"`` or ``"instrument:SYMBOL"``.
    before, after : Mode
    cause : str
        The reject reason that it gives orders; ``"none"`` for a person.
    who : str
        ``"gate"`` for a breach.
    reason : str
        A person's words.
    """

    at_ns: int
    scope: str
    before: Mode
    after: Mode
    cause: str
    who: str
    reason: str


class Killed(NamedTuple):
    """What pulling the kill switch did.

    Attributes
    ----------
    scope : str
    before : Mode
    asked : tuple of int
        Numbers of the orders whose end was asked for.
    ended : int
        Orders that no venue had.
    under_way : int
        Orders whose end had been asked for before.
    parents : int
        Parents that were at work.
    """

    scope: str
    before: Mode
    asked: tuple[int, ...]
    ended: int
    under_way: int
    parents: int


@dataclass(frozen=True, slots=True)
class LimitVersion:
    """Limits that came into force.

    Attributes
    ----------
    number : int
        From 1.
    at_ns : int
    who : str
    digest : str
        Of the limits; see `GateLimits.digest`.
    limits : GateLimits
    """

    number: int
    at_ns: int
    who: str
    digest: str
    limits: GateLimits
