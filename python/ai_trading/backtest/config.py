"""The file that describes a backtest: what it may say, and what is wrong with it.

`load_config` turns TOML into a checked `BacktestConfig`; `ai_trading.backtest.assemble`
turns that into a run. A relative path in the file is relative to the file. A mistake is
named with file, key, value and what is allowed, all mistakes at once.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, PrivateAttr, ValidationError, field_validator

from ai_trading.backtest._explain import explain
from ai_trading.backtest.sections import (
    BarFillSection,
    CurrencySection,
    DataSource,
    FeeSection,
    HoldingSection,
    ImpactSection,
    InstrumentSection,
    LatencySection,
    LevelFillSection,
    LimitSection,
    ReportSection,
    RiskSection,
    RuleSection,
    RunSection,
    Section,
    StrategySection,
)
from ai_trading.core.errors import ConfigError
from ai_trading.core.exact import file_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["BacktestConfig", "load_config", "template"]


class BacktestConfig(Section):
    """A whole backtest; see ``ai-trading backtest --template`` for every key."""

    run: RunSection = RunSection()
    data: list[DataSource] = Field(min_length=1)
    instruments: dict[str, InstrumentSection] = Field(default_factory=dict)
    currencies: dict[str, CurrencySection] = Field(default_factory=dict)
    strategy: list[StrategySection] = Field(min_length=1)
    latency: LatencySection = LatencySection()
    fees: FeeSection = FeeSection()
    limits: LimitSection = LimitSection()
    risk: RiskSection | None = None
    impact: ImpactSection | None = None
    rules: RuleSection | None = None
    holding: HoldingSection | None = None
    level_fills: LevelFillSection = LevelFillSection()
    bar_fills: BarFillSection = BarFillSection()
    report: ReportSection = ReportSection()

    _folder: Path = PrivateAttr(default=Path())
    _file: Path | None = PrivateAttr(default=None)

    @field_validator("data", "strategy", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return [value] if isinstance(value, dict) else value

    @property
    def file(self) -> Path | None:
        """The file this came from."""
        return self._file

    @property
    def name(self) -> str:
        """The name of the run: as given, or that of the file."""
        return self.run.name or (self._file.stem if self._file else "backtest")

    def path(self, path: str | Path) -> Path:
        """Return a path of the file, relative ones to the file's folder."""
        return self._folder / file_path("path", path).expanduser()

    def plain(self) -> dict[str, Any]:
        """Return what was given as a JSON-able dictionary, without the defaults."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    @classmethod
    def check(
        cls, values: Mapping[str, Any], *, file: str | Path | None = None
    ) -> BacktestConfig:
        """Return the configuration in a mapping.

        Parameters
        ----------
        values : Mapping
            As TOML gives it.
        file : path, optional
            Where it came from: named in errors, and its folder is where relative paths
            begin.

        Raises
        ------
        ConfigError
            If a key is unknown or missing or a value is not allowed; lists all.
        """
        try:
            config = cls.model_validate(dict(values))
        except ValidationError as error:
            raise ConfigError(explain(error, cls, file)) from None
        if file is not None:
            config._file = Path(file).absolute()
            config._folder = config._file.parent
        return config


def load_config(
    path: str | Path, *, changes: Sequence[tuple[str, Any]] = ()
) -> BacktestConfig:
    """Read and check the configuration of a backtest.

    Parameters
    ----------
    path : path-like
        A TOML file.
    changes : sequence of (key, value), optional
        Dotted keys that win over the file, such as ``("run.seed", 3)``; a number
        chooses an element of a list: ``("strategy.0.params.size", 200)``.

    Raises
    ------
    ConfigError
        If the file cannot be read, is no TOML, or says something that is not allowed.

    Examples
    --------
    >>> load_config("crossover.toml").run.cash  # doctest: +SKIP
    Decimal('1000000')
    """
    file = file_path("path", path)
    try:
        values = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        msg = f"cannot read the configuration {file}: {error.strerror or error}"
        raise ConfigError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{file} is not UTF-8 text: {error.reason} at byte {error.start}"
        raise ConfigError(msg) from error
    except tomllib.TOMLDecodeError as error:
        msg = f"{file} is not valid TOML: {error}"
        raise ConfigError(msg) from error
    for key, value in changes:
        _change(values, key, value)
    return BacktestConfig.check(values, file=file)


def template() -> str:
    """Return a commented configuration to start from."""
    folder = files("ai_trading.backtest")
    return folder.joinpath("template.toml").read_text("utf-8")


def _change(values: dict[str, Any], key: str, value: Any) -> None:
    """Set a dotted key, making tables on the way."""
    place: Any = values
    *way, last = key.split(".")
    try:
        for part, following in zip(way, [*way[1:], last], strict=True):
            if isinstance(place, list):
                place = place[int(part)]
            elif following.isdigit() and isinstance(place.get(part), dict):
                place[part] = [place[part]]
                place = place[part]
            else:
                place = place.setdefault(part, {})
        if isinstance(place, list):
            place[int(last)] = value
        else:
            place[last] = value
    except (AttributeError, IndexError, TypeError, ValueError):
        msg = f"cannot set {key}: the configuration has no such place"
        raise ConfigError(msg) from None
