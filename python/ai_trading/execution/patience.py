"""How long a desk waits for a venue, and for its orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

if TYPE_CHECKING:
    from ai_trading.core.settings import Settings

__all__ = ["Patience", "patience_of"]

_SECOND_NS: Final = 1_000_000_000


class Patience(TypedDict):
    """How long a desk waits: nanoseconds, and how often it sends a request."""

    order_timeout: int
    answer_timeout: int
    attempts: int


def patience_of(settings: Settings) -> Patience:
    """Return the desk's time-outs as the settings name them."""
    execution = settings.execution
    return {
        "order_timeout": int(execution.order_timeout_seconds * _SECOND_NS),
        "answer_timeout": int(execution.cancel_threshold_seconds * _SECOND_NS),
        "attempts": 1 + execution.retry_attempts,
    }
