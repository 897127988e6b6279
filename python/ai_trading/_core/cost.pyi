"""Tables of fees."""

from typing import Any

class Tariff:
    def __init__(
        self, lines: list[dict[str, Any]], prior_units: int = 0, prior_value: int = 0
    ) -> None: ...
    def charge(
        self,
        order: int,
        at: int,
        side: int,
        liquidity: int,
        price: int,
        quantity: int,
        tick_nano: int,
        lot_nano: int,
        unit_nano: int,
    ) -> int: ...
    @property
    def totals(self) -> list[int]: ...
