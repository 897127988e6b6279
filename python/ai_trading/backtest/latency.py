"""How long what travels takes: constant, drawn, recorded, or under load.

Units: nanoseconds.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import file_path, instance, one_of, real, whole

__all__ = ["Delay", "Latency", "Load"]

Law = Literal["constant", "normal", "lognormal", "gamma", "recorded"]

_PARTS: dict[str, tuple[str, ...]] = {
    "constant": ("delay",),
    "normal": ("mean", "deviation"),
    "lognormal": ("median", "sigma"),
    "gamma": ("mean", "shape"),
    "recorded": ("times", "delays"),
}
_POSITIVE = {"lognormal": ("median",), "gamma": ("mean", "shape")}
_PARAMETERS = ("delay", "mean", "median", "deviation", "sigma", "shape")
_LONGEST = 10**18
"""Delays and bounds beyond 31 years are mistakes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """The law of a delay.

    Parameters
    ----------
    law : {"constant", "normal", "lognormal", "gamma", "recorded"}
        Which; it says what else must be given.
    delay : int
        Of "constant".
    mean : number
        Of "normal" and "gamma".
    deviation : number
        Standard deviation of "normal".
    median : number
        Of "lognormal".
    sigma : float
        Standard deviation of the logarithm, of "lognormal".
    shape : float
        Of "gamma"; 1 is exponential, more is narrower.
    times, delays : sequence of int
        Of "recorded": the delay of what was sent at rising times (UTC nanoseconds);
        between two the straight line, outside the nearest.
    shift : int, default 0
        Added to what is drawn.
    minimum, maximum : int, optional
        Bounds of the whole; a negative draw becomes `minimum`.

    Raises
    ------
    ArgumentError
        If something that the law needs is missing or not allowed.

    Notes
    -----
    Each draw has a seed of its own: a hash of the run's seed, the way, strategy,
    instrument and time of sending. An order added elsewhere leaves it as it was.

    References
    ----------
    .. [1] G. Marsaglia and W. W. Tsang, "A simple method for generating gamma
       variables", ACM Transactions on Mathematical Software 26 (2000).

    Examples
    --------
    >>> Delay(law="lognormal", median=50_000, sigma=0.4, minimum=20_000).law
    'lognormal'
    """

    law: Law
    delay: int | None = None
    mean: float | None = None
    deviation: float | None = None
    median: float | None = None
    sigma: float | None = None
    shape: float | None = None
    times: tuple[int, ...] = ()
    delays: tuple[int, ...] = ()
    shift: int = 0
    minimum: int = 0
    maximum: int | None = None

    def __post_init__(self) -> None:
        one_of("law", self.law, _PARTS)
        wanted = _PARTS[self.law]
        for name in _PARAMETERS:
            value = getattr(self, name)
            if (value is None) == (name in wanted):
                msg = f"a {self.law} delay takes {' and '.join(wanted)}; "
                msg += f"{name} is missing" if value is None else f"received {name}"
                raise ArgumentError(msg)
            if value is not None and not (0 <= real(name, value) < _LONGEST):
                msg = f"{name} must lie between 0 and 1e18; received {value!r}"
                raise ArgumentError(msg)
        for name in _POSITIVE.get(self.law, ()):
            if getattr(self, name) == 0:
                msg = f"a {self.law} delay needs a {name} above 0; received 0"
                raise ArgumentError(msg)
        self._check_bounds()
        self._check_samples()

    def _check_bounds(self) -> None:
        for name in ("shift", "minimum"):
            whole(name, getattr(self, name), 0, _LONGEST)
        most = _LONGEST
        if self.maximum is not None:
            most = whole("maximum", self.maximum, 0, _LONGEST)
        if not 0 <= self.minimum <= most <= _LONGEST:
            msg = (
                "minimum must be 0 or more and not above maximum; received "
                f"{self.minimum!r}, {self.maximum!r}"
            )
            raise ArgumentError(msg)

    def _check_samples(self) -> None:
        if self.law != "recorded":
            if self.times or self.delays:
                msg = f"a {self.law} delay takes no times and delays"
                raise ArgumentError(msg)
            return
        if not self.times or len(self.times) != len(self.delays):
            msg = (
                "a recorded delay takes as many times as delays, at least one; got "
                f"{len(self.times)} and {len(self.delays)}"
            )
            raise ArgumentError(msg)
        for number, (before, after) in enumerate(
            zip(self.times[:-1], self.times[1:], strict=True), start=1
        ):
            if after <= before:
                msg = f"times must rise; times[{number}] is {after} after {before}"
                raise ArgumentError(msg)
        worst = min(self.delays)
        if worst < 0 or max(self.delays) >= _LONGEST:
            msg = (
                f"delays must lie between 0 and 1e18; received {worst} as the "
                "smallest: are the clocks of both ends in step?"
            )
            raise ArgumentError(msg)

    def to_core(self) -> dict[str, Any]:
        """Return the law in the core's terms."""
        given = [getattr(self, name) for name in _PARTS[self.law]]
        numbers = [0.0, 0.0] if self.law == "recorded" else [*map(float, given), 0.0]
        return {
            "kind": list(_PARTS).index(self.law),
            "a": numbers[0],
            "b": numbers[1],
            "shift": self.shift,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "times": list(self.times),
            "delays": list(self.delays),
        }

    def plain(self) -> dict[str, Any]:
        """Return what decides the draws, JSON-able; samples as their digest."""
        told: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("law", *_PARAMETERS, "shift", "minimum", "maximum")
            if getattr(self, name) is not None
        }
        if self.times:
            rows = repr((self.times, self.delays)).encode()
            told["samples"] = len(self.times)
            told["digest"] = blake2b(rows, digest_size=8).hexdigest()
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A gateway that is slower the more is sent through it.

    A command waits `per_message` for each message beyond `free` that its strategy sent
    within `window` before it.

    Parameters
    ----------
    window, per_message : int
        Nanoseconds, above 0.
    free : int, default 0
        Messages that cost nothing.

    Raises
    ------
    ArgumentError
        If a value is not allowed.
    """

    window: int
    per_message: int
    free: int = 0

    def __post_init__(self) -> None:
        for name, least in (("window", 1), ("per_message", 1), ("free", 0)):
            whole(f"load {name}", getattr(self, name), least, _LONGEST - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long messages take, each way: nanoseconds, or a law.

    Messages of one strategy and direction never overtake each other.

    Parameters
    ----------
    feed : int or Delay, default 0
        Market data, from the venue to the strategy.
    entry : int or Delay, default 0
        Orders, from the strategy to the venue.
    response : int or Delay, default 0
        Reports, from the venue to the strategy.
    load : Load, optional
        What entry takes longer under load.

    Raises
    ------
    ArgumentError
        If a delay is negative or not a whole number.

    Examples
    --------
    >>> Latency(entry=50_000, response=Delay(law="gamma", mean=40_000, shape=2)).drawn
    True
    """

    feed: int | Delay = 0
    entry: int | Delay = 0
    response: int | Delay = 0
    load: Load | None = None

    def __post_init__(self) -> None:
        for name in ("feed", "entry", "response"):
            value = getattr(self, name)
            if isinstance(value, Delay):
                continue
            whole(f"latency {name}", value, 0, _LONGEST, of="nanoseconds")
        if self.load is not None:
            instance("latency load", self.load, Load, "Load(...)")

    @classmethod
    def recorded(
        cls, path: str | Path, *, feed: int | Delay = 0, load: Load | None = None
    ) -> Latency:
        """Return delays read off a file of measured round trips.

        Parameters
        ----------
        path : path-like
            CSV with the columns ``time``, ``entry`` and ``response``, and ``feed`` if
            it is to be replayed too: when an order was sent (UTC nanoseconds, rising),
            how long it took to the venue, and its answer back.
        feed : int or Delay, default 0
            Of market data, where the file has no such column.
        load : Load, optional
            As for `Latency`.

        Raises
        ------
        DataError
            If the file cannot be read or a row is malformed.

        Notes
        -----
        A delay is interpolated between the two samples around the moment a message
        leaves: the entry at its sending, the response at the venue's time.
        """
        columns = _samples(file_path("path", path))
        try:
            laws = {
                name: Delay(law="recorded", times=columns["time"], delays=delays)
                for name, delays in columns.items()
                if name != "time"
            }
        except ArgumentError as error:
            msg = f"{path}: {error}"
            raise DataError(msg) from error
        return cls(**{"feed": feed, **laws}, load=load)

    @property
    def drawn(self) -> bool:
        """Whether some delay is not constant."""
        ways = (self.feed, self.entry, self.response)
        return self.load is not None or any(isinstance(way, Delay) for way in ways)

    def to_core(self, seed: int) -> dict[str, Any]:
        """Return the settings of a session."""
        if not self.drawn:
            return {
                f"{name}_latency": getattr(self, name)
                for name in ("feed", "entry", "response")
            }
        laws = {
            name: (way if isinstance(way, Delay) else Delay(law="constant", delay=way))
            for name, way in (
                ("feed", self.feed),
                ("entry", self.entry),
                ("response", self.response),
            )
        }
        load = self.load
        return {
            "feed_latency": 0,
            "entry_latency": 0,
            "response_latency": 0,
            "latency": {
                **{name: law.to_core() for name, law in laws.items()},
                "load_window": 0 if load is None else load.window,
                "load_per_message": 0 if load is None else load.per_message,
                "load_free": 0 if load is None else load.free,
                "seed": seed,
            },
        }

    def plain(self) -> dict[str, Any]:
        """Return what decides the delays, JSON-able."""
        told: dict[str, Any] = {
            name: way.plain() if isinstance(way, Delay) else way
            for name, way in (
                ("feed", self.feed),
                ("entry", self.entry),
                ("response", self.response),
            )
        }
        if self.load is not None:
            told["load"] = {
                "window": self.load.window,
                "per_message": self.load.per_message,
                "free": self.load.free,
            }
        return told


def _samples(path: Path) -> dict[str, tuple[int, ...]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot read the latency samples {path}: {error}"
        raise DataError(msg) from error
    names = [name.strip() for name in rows[0]] if rows else []
    needed, known = {"time", "entry", "response"}, {"time", "entry", "response", "feed"}
    if not needed <= set(names) or not set(names) <= known:
        msg = (
            f"{path}: the first row must name time, entry, response and, if "
            f"wanted, feed; received {', '.join(names) or 'nothing'}"
        )
        raise DataError(msg)
    columns: dict[str, list[int]] = {name: [] for name in names}
    for number, row in enumerate(rows[1:], start=2):
        try:
            for name, text in zip(names, row, strict=True):
                columns[name].append(int(text))
        except ValueError:
            msg = (
                f"{path}, row {number}: needs {len(names)} whole numbers of "
                f"nanoseconds; received {row!r}"
            )
            raise DataError(msg) from None
    return {name: tuple(values) for name, values in columns.items()}
