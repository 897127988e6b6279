"""What every algorithm takes, and how its terms become the core's.

Units: quantities and prices of the instrument, rates and shares as fractions, spans in
seconds, times in UTC nanoseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import real, whole
from ai_trading.core.log import get_logger
from ai_trading.core.optional import needs_core

with needs_core():
    from ai_trading._core import algo as _algo

if TYPE_CHECKING:
    from ai_trading.core.enums import OrderSide
    from ai_trading.core.instrument import Instrument
    from ai_trading.execution.curves import VolumeCurve

__all__ = [
    "SECOND",
    "Algorithm",
    "Number",
    "count",
    "flat_curve",
    "fraction",
    "lots",
    "ppm",
]

_log = get_logger(__name__)
_PPM: Final = 1_000_000
SECOND: Final = 1_000_000_000
Number = float | int | Decimal | str


class Span(NamedTuple):
    """When a parent is worked, and open and close of its day where they are known."""

    start_ns: int
    end_ns: int
    session: tuple[int, int] | None

    @property
    def of_curve(self) -> tuple[int, int]:
        """What a volume curve spans."""
        return self.session or (self.start_ns, self.end_ns)

    @property
    def days(self) -> float:
        """The parent's length in trading days, of 6.5 hours where none is known."""
        first, last = self.session or (0, int(6.5 * 3600 * SECOND))
        return (self.end_ns - self.start_ns) / (last - first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithm:
    """What every algorithm takes.

    Parameters
    ----------
    limit : number, optional
        No child trades beyond it.
    would : number, optional
        The "I would" price: wherever the other side is this good, what it shows is
        taken, schedule or not.
    min_participation, max_participation : float, default 0
        Fractions of the volume seen since the start; 0 for none. Below the first it
        crosses; filled and working together never pass the second.
    urgency : float, default 0.5
        How soon a child that waits at the touch crosses: once the parent is behind its
        schedule by ``1 - urgency`` of a slice. 1 crosses at once.
    completion : {"cross", "report"}
        What happens to the rest at the end; by default it is sent across, and for
        pov, iceberg and seek reported as shortfall.
    min_child, max_child : number, optional
        Smallest child, but for the last (one lot), and largest one (no bound).
    round_lot : number, optional
        Slices are multiples of it; one lot.
    interval : float, default 60
        Seconds between slices.
    review : float, default 5
        Seconds before a waiting child may be moved again.
    seed : int, default 0
        Of whatever is drawn.
    """

    name: ClassVar[str] = ""
    finishes: ClassVar[bool] = True
    needs_volume: ClassVar[bool] = False

    limit: Number | None = None
    would: Number | None = None
    min_participation: float = 0.0
    max_participation: float = 0.0
    urgency: float = 0.5
    completion: str | None = None
    min_child: Number | None = None
    max_child: Number | None = None
    round_lot: Number | None = None
    interval: float = 60.0
    review: float = 5.0
    seed: int = 0

    def __post_init__(self) -> None:
        for what in ("min_participation", "max_participation", "urgency"):
            fraction(what, getattr(self, what))
        for what in ("interval", "review"):
            if not 0 < getattr(self, what) <= 86_400:
                msg = (
                    f"{what} must lie above 0 and not above 86400 seconds; received "
                    f"{getattr(self, what)!r}"
                )
                raise ArgumentError(msg)
        if self.completion not in (None, "cross", "report"):
            msg = f"completion must be cross or report; received {self.completion!r}"
            raise ArgumentError(msg)

    @property
    def watches_volume(self) -> bool:
        """Whether it cannot be worked without the market's volume."""
        return bool(
            self.needs_volume or self.min_participation or self.max_participation
        )

    def to_core(
        self,
        instrument: Instrument,
        *,
        index: int,
        side: OrderSide,
        quantity: Number,
        start_ns: int,
        end_ns: int,
        session: tuple[int, int] | None = None,
    ) -> dict[str, Any]:
        """Return the terms as whole numbers, for ``_core.algo``.

        Parameters
        ----------
        session : tuple of int, optional
            Open and close of the day, which a volume curve spans; start and end of the
            parent by default.

        Raises
        ------
        ArgumentError
            If a price or quantity is off the instrument's grid.
        """
        finish = self.completion or ("cross" if self.finishes else "report")
        given: dict[str, Any] = {
            "instrument": index,
            "side": 0 if side.is_buy else 1,
            "algorithm": _algo.algorithm_codes[self.name],
            "quantity": instrument.to_lots(quantity),
            "start": start_ns,
            "end": end_ns,
            "price_step": instrument.increment_ticks,
            "completion": 1 if finish == "cross" else 0,
            "min_participation": ppm(self.min_participation),
            "max_participation": ppm(self.max_participation),
            "urgency": ppm(self.urgency),
            "interval": round(self.interval * SECOND),
            "review": round(self.review * SECOND),
            "seed": self.seed,
        }
        for name, value in (("limit", self.limit), ("would", self.would)):
            if value is not None:
                given[name] = instrument.to_ticks(value)
        for name, key, value in (
            ("min_child", "min_child", self.min_child),
            ("max_child", "max_child", self.max_child),
            ("round_lot", "round", self.round_lot),
        ):
            if value is not None:
                given[key] = lots(instrument, name, value)
        given.update(self._own(instrument, Span(start_ns, end_ns, session)))
        return given

    def _own(self, instrument: Instrument, span: Span) -> dict[str, Any]:
        del instrument, span
        return {}


def flat_curve(symbol: str) -> VolumeCurve:
    """Return a flat curve and say so in the log."""
    from ai_trading.execution.curves import VolumeCurve

    _log.warning("flat_volume_curve", symbol=symbol)
    return VolumeCurve.flat()


def fraction(name: str, value: float) -> float:
    """Return a number that lies between 0 and 1."""
    number = real(name, value)
    if not 0 <= number <= 1:
        msg = f"{name} must lie between 0 and 1; received {value!r}"
        raise ArgumentError(msg)
    return number


def ppm(value: float) -> int:
    """Return a fraction in millionths."""
    return round(value * _PPM)


def count(value: int) -> int:
    """Return a number of slices."""
    return whole("slices", value, 0, 10**6, of="slices, 0 for one per interval")


def lots(instrument: Instrument, name: str, value: Number) -> int:
    """Return one lot or more."""
    found = instrument.to_lots(value)
    if found < 1:
        msg = f"{name} must be one lot or more; received {value!r}"
        raise ArgumentError(msg)
    return found
