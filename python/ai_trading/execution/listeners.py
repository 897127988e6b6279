"""Who wants to know what happens to orders, told in the order in which it happens."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from ai_trading.core.log import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from ai_trading.execution.order import Order
    from ai_trading.execution.reports import ExecutionEvent

    ExecutionCallback: TypeAlias = Callable[[Order, ExecutionEvent], None]

__all__ = ["Listeners"]

_log = get_logger(__name__)


class Listeners:
    """Callbacks of ``(order, event)``.

    One that raises is logged and blocks no other. What happens because a callback sent
    an order is told once all have heard what happened before it.
    """

    __slots__ = ("_telling", "_waiting", "calls")

    def __init__(self) -> None:
        self.calls: Final[list[ExecutionCallback]] = []
        self._waiting: deque[tuple[Order, ExecutionEvent]] = deque()
        self._telling = False

    def tell(self, order: Order, event: ExecutionEvent) -> None:
        """Tell every callback, or leave it to whoever is telling now."""
        self._waiting.append((order, event))
        if self._telling:
            return
        self._telling = True
        try:
            while self._waiting:
                told, what = self._waiting.popleft()
                for call in tuple(self.calls):
                    try:
                        call(told, what)
                    except Exception:  # noqa: BLE001 - it must not block the others
                        _log.exception("execution_callback_failed", kind=what.kind)
        finally:
            self._telling = False
