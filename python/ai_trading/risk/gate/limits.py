"""Limits of the gate in people's units, from code or from TOML.

A file has a table for each scope; the most specific setting wins, in the order
instrument, strategy, account, all, and ``false`` lifts what a wider scope sets::

    require = ["max_order_notional"]

    [all]
    max_order_notional = 1_000_000
    price_collar = 0.1

    [account.main]
    gross_exposure = 50_000_000

    [strategy.fast]
    message_rate = 50

    [instrument.AAPL]
    max_position = 20_000

    [facts.AAPL]
    sector = "Technology"
    daily_volume = 55_000_000
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from ai_trading.core.errors import ArgumentError, ConfigError
from ai_trading.core.exact import file_path
from ai_trading.core.optional import needs_core
from ai_trading.core.records import reject_name
from ai_trading.risk.gate.facts import Facts
from ai_trading.risk.gate.values import WrongValueError, similar, to_core

with needs_core():
    from ai_trading._core import risk as _core

__all__ = ["LIMITS", "GateLimits", "LimitInfo"]


@dataclass(frozen=True, slots=True)
class LimitInfo:
    """One limit that may be set.

    Attributes
    ----------
    name, unit, meaning : str
    reason : str
        The reject reason of an order beyond it; empty where the limit only qualifies
        another.
    reducing_skips : bool
        Whether an order that can only reduce a position is not held to it.
    """

    name: str
    unit: str
    reason: str
    reducing_skips: bool
    meaning: str


LIMITS: Final[Mapping[str, LimitInfo]] = MappingProxyType(
    {
        name: LimitInfo(name, unit, reject_name(code) if code else "", skips, meaning)
        for name, unit, code, skips, meaning in _core.limit_table
    }
)
_ACCOUNTS_ONLY: Final = frozenset({"drawdown", "cancel_on_disconnect"})
_NOT_STRATEGIES: Final = _ACCOUNTS_ONLY | {"collar_window"}
_SCOPES: Final = ("all", "account", "strategy", "instrument", "facts")
_TOP: Final = (*_SCOPES, "require", "quantile")

Values = Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class GateLimits:
    """Limits by scope, in the core's units; make them with `check` or `load`.

    Attributes
    ----------
    everyone : mapping
        Limit to whole number, None where it is lifted.
    accounts, strategies, instruments : mapping
        The same by name of account or strategy, or by symbol.
    facts : mapping
        Symbol to `Facts`.
    required : tuple of str
        Limits without which no order passes.
    quantile : float
        Standard deviations that the value at risk is.
    source : str
        File, or empty.
    digest : str
        Of all of it; equal limits have equal digests.

    Examples
    --------
    >>> limits = GateLimits.check({"all": {"max_order_quantity": 500}})
    >>> limits.everyone["max_order_quantity"]
    500000000
    >>> GateLimits.check({"all": {"price_collar": 10}})
    Traceback (most recent call last):
    ai_trading.core.errors.ConfigError: all.price_collar must be a fraction above 0, \
up to 1. Did you mean 0.1?; received 10
    """

    everyone: Values
    accounts: Mapping[str, Values] = field(default_factory=dict)
    strategies: Mapping[str, Values] = field(default_factory=dict)
    instruments: Mapping[str, Values] = field(default_factory=dict)
    facts: Mapping[str, Facts] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    quantile: float = 2.326
    source: str = ""

    @property
    def digest(self) -> str:
        """Hex digits that tell these limits from others."""
        return blake2b(repr(self.plain()).encode(), digest_size=16).hexdigest()

    def plain(self) -> dict[str, Any]:
        """Return all but the source as a JSON-able dictionary in the core's units."""
        return {
            "all": dict(sorted(self.everyone.items())),
            "account": _sorted(self.accounts),
            "strategy": _sorted(self.strategies),
            "instrument": _sorted(self.instruments),
            "facts": {name: row.plain() for name, row in sorted(self.facts.items())},
            "require": sorted(self.required),
            "quantile": self.quantile,
        }

    @classmethod
    def load(cls, path: str | Path) -> GateLimits:
        """Read and check a file.

        Raises
        ------
        ConfigError
            If it cannot be read, or says something that is not allowed: every mistake
            with line, key, value and what is allowed.
        """
        file = file_path("path", path)
        try:
            text = file.read_text("utf-8")
            values = tomllib.loads(text)
        except (OSError, UnicodeDecodeError) as error:
            msg = f"cannot read the limits {file}: {error}"
            raise ConfigError(msg) from None
        except tomllib.TOMLDecodeError as error:
            msg = f"{file} is not TOML: {error}"
            raise ConfigError(msg) from None
        return _Reader(str(file), _lines(text)).read(values)

    @classmethod
    def check(cls, values: Mapping[str, Any], *, source: str = "") -> GateLimits:
        """Return the limits that a mapping of tables says, as a file would.

        Raises
        ------
        ConfigError
            As `load`.
        """
        return _Reader(source, {}).read(values)


class _Reader:
    """Reads tables and collects what is wrong with them."""

    def __init__(self, source: str, lines: Mapping[tuple[str, ...], int]) -> None:
        self.source = source
        self.lines = lines
        self.problems: list[str] = []

    def read(self, values: Mapping[str, Any]) -> GateLimits:
        given: object = values
        if not isinstance(given, Mapping):
            msg = f"limits must be a mapping of tables; received {values!r:.80}"
            raise ConfigError(msg)
        for key in values:
            if key not in _TOP:
                self.wrong(
                    (str(key),),
                    f"is no table or key here{similar(str(key), _TOP)}",
                    None,
                )
        named = {
            scope: self.tables(values, scope)
            for scope in ("account", "strategy", "instrument")
        }
        limits = GateLimits(
            everyone=self.scope(("all",), values.get("all", {})),
            accounts=named["account"],
            strategies=named["strategy"],
            instruments=named["instrument"],
            facts=self.facts(values.get("facts", {})),
            required=self.required(values.get("require", [])),
            quantile=self.quantile(values.get("quantile", 2.326)),
            source=self.source,
        )
        if self.problems:
            raise ConfigError("\n".join(self.problems))
        return limits

    def tables(self, values: Mapping[str, Any], scope: str) -> dict[str, Values]:
        table = values.get(scope, {})
        if not isinstance(table, Mapping):
            self.wrong((scope,), f"must be tables such as [{scope}.NAME]", table)
            return {}
        return {name: self.scope((scope, name), inner) for name, inner in table.items()}

    def scope(self, path: tuple[str, ...], table: Any) -> Values:
        if not isinstance(table, Mapping):
            self.wrong(path, "must be a table of limits", table)
            return {}
        found: dict[str, int | None] = {}
        for name, value in table.items():
            info = LIMITS.get(name)
            if info is None:
                hint = similar(name, LIMITS) or f"; allowed: {', '.join(LIMITS)}"
                self.wrong((*path, name), f"is no limit{hint}", None)
                continue
            kind = path[0]
            apart = _NOT_STRATEGIES if kind == "strategy" else _ACCOUNTS_ONLY
            if kind in {"strategy", "instrument"} and name in apart:
                self.wrong((*path, name), "can be set for all and for accounts", None)
                continue
            try:
                found[name] = to_core(name, info.unit, value)
            except WrongValueError as error:
                self.wrong((*path, name), str(error), value)
        return found

    def facts(self, table: Any) -> dict[str, Facts]:
        if not isinstance(table, Mapping):
            self.wrong(("facts",), "must be tables such as [facts.AAPL]", table)
            return {}
        found: dict[str, Facts] = {}
        for symbol, row in table.items():
            if not isinstance(row, Mapping):
                self.wrong(("facts", symbol), "must be a table of facts", row)
                continue
            known = Facts.keys()
            good = {key: value for key, value in row.items() if key in known}
            for key in row:
                if key not in known:
                    hint = similar(key, known) or f"; allowed: {', '.join(known)}"
                    self.wrong(("facts", symbol, key), f"is no fact{hint}", None)
            for key, value in good.items():
                try:
                    Facts(**{key: value})
                except (ArgumentError, TypeError) as error:
                    self.say(("facts", symbol, key), f"facts.{symbol}: {error}")
                    break
            else:
                found[symbol] = Facts(**good)
        return found

    def required(self, names: Any) -> tuple[str, ...]:
        if not isinstance(names, list | tuple):
            self.wrong(("require",), "must be a list of limits", names)
            return ()
        for name in names:
            if name not in LIMITS:
                self.wrong(("require",), f"names no limit{similar(name, LIMITS)}", name)
        return tuple(name for name in names if name in LIMITS)

    def quantile(self, value: Any) -> float:
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        if plain and 0.001 <= value <= 100:
            return float(value)
        self.wrong(("quantile",), "must be 0.001 to 100 standard deviations", value)
        return 1.0

    def wrong(self, path: tuple[str, ...], what: str, value: Any) -> None:
        received = "" if value is None else f"; received {value!r}"
        self.say(path, f"{'.'.join(path)} {what}{received}")

    def say(self, path: tuple[str, ...], message: str) -> None:
        line = next(
            (
                self.lines[path[:n]]
                for n in range(len(path), 0, -1)
                if path[:n] in self.lines
            ),
            None,
        )
        place = f"{self.source} line {line}: " if line else ""
        if not place and self.source:
            place = f"{self.source}: "
        self.problems.append(place + message)


_HEADER: Final = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?$")
_KEY: Final = re.compile(
    r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART: Final = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """Return the line of every table and key; TOML's own reader does not tell."""
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _parts(header[1])
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, *_parts(key[1])), number)
    return lines


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(text))


def _sorted(scopes: Mapping[str, Values]) -> dict[str, dict[str, int | None]]:
    return {name: dict(sorted(row.items())) for name, row in sorted(scopes.items())}
