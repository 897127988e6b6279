"""From a checked configuration to a run: read the data, make the strategies, wire both.

Everything a configuration names is looked up here, and what cannot be found is a
`ConfigError` that says where in the file it stands.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from dataclasses import replace
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_trading.backtest._explain import similar
from ai_trading.backtest.config import BacktestConfig, load_config
from ai_trading.backtest.engine import Backtest
from ai_trading.backtest.findings import find
from ai_trading.backtest.impact import MarketImpact
from ai_trading.backtest.latency import Delay, Latency, Load
from ai_trading.backtest.rules import HoldingRates, MarketRules
from ai_trading.backtest.terms import BarFills, FeeModel, LevelFills, Limits
from ai_trading.core.clock import datetime_to_ns
from ai_trading.core.errors import ArgumentError, ConfigError
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.execution.currencies import Currency, read_rates
from ai_trading.execution.fees import FeeSchedule
from ai_trading.market.bars import load_bars, only
from ai_trading.market.flow_models import flow_model
from ai_trading.market.reading import open_events
from ai_trading.market.sniff import sniff
from ai_trading.market.source import MarketData, merge
from ai_trading.market.synthetic import DEFAULT_SYMBOLS, synthetic_stream
from ai_trading.market.ticks import load_ticks
from ai_trading.risk.gate import GateLimits

if TYPE_CHECKING:
    from collections.abc import Callable

    from ai_trading.backtest.result import BacktestResult
    from ai_trading.backtest.sections import DataSource, StrategySection
    from ai_trading.market.source import EventStream

__all__ = ["assemble", "load_strategy", "read_data", "run_backtest"]

_TABLES = {"table", "parquet", "arrow"}
"""Formats of rows, of which `market.bars` reads many files into one source."""


def run_backtest(
    config: BacktestConfig | str | Path,
    *,
    progress: Callable[[int, int, int], None] | None = None,
) -> BacktestResult:
    """Run a configured backtest and look for findings.

    Parameters
    ----------
    config : BacktestConfig or path-like
        A configuration, or the file of one.
    progress : callable, optional
        Called now and then with events done, events in all and simulated time.

    Returns
    -------
    BacktestResult
        With its findings; partial if it was interrupted. Nothing is written.

    Examples
    --------
    >>> print(run_backtest("crossover.toml").summary())  # doctest: +SKIP
    """
    if not isinstance(config, BacktestConfig):
        config = load_config(config)
    result = assemble(config).run(progress=progress)
    return replace(
        result,
        config={**result.config, **config.plain()},
        findings=(*result.findings, *find(result)),
    )


def assemble(config: BacktestConfig) -> Backtest:
    """Return the run that a configuration describes, ready to start.

    Raises
    ------
    ConfigError
        If a file, class or parameter it names does not exist.
    DataError
        If a source cannot be read.
    """
    run = config.run
    strategies = [
        load_strategy(section, config, number)
        for number, section in enumerate(config.strategy)
    ]
    data = read_data(config)
    try:
        fees, limits = _fees(config), Limits(**config.limits.model_dump())
        data, strategies = _signals_as_events(data, strategies, fees, limits)
        return Backtest(
            data,
            strategies=strategies,
            cash=run.cash,
            currency=run.currency,
            currencies=_currencies(config),
            fees=fees,
            latency=_latency(config),
            impact=_impact(config),
            limits=limits,
            gate=_gate(config),
            risk_account="main" if config.risk is None else config.risk.account_name,
            rules=_rules(config),
            holding=_holding(config),
            level_fills=LevelFills(**config.level_fills.model_dump()),
            bar_fills=BarFills(**config.bar_fills.model_dump()),
            seed=run.seed,
            name=config.name,
            equity_interval=run.equity_interval,
        )
    except ArgumentError as error:
        msg = f"{_where(config)}{error}"
        raise ConfigError(msg) from error


def _signals_as_events(
    data: list[MarketData | EventStream],
    strategies: list[Any],
    fees: FeeModel,
    limits: Limits,
) -> tuple[list[MarketData | EventStream], list[Any]]:
    """Return what is replayed and who trades it, every strategy an event-driven one.

    A signal-driven one says of itself how it becomes that, and needs the bars at once.
    """
    if not any(hasattr(strategy, "for_backtest") for strategy in strategies):
        return data, strategies
    whole = merge([s if isinstance(s, MarketData) else s.read() for s in data])
    return [whole], [
        one.for_backtest(whole, fees, limits) if hasattr(one, "for_backtest") else one
        for one in strategies
    ]


def _gate(config: BacktestConfig) -> GateLimits | None:
    """Return the limits of the whole gate, from a file or from the tables here."""
    section = config.risk
    if section is None:
        return None
    tables = section.tables()
    if section.file is None:
        place = f"{config.file}: risk" if config.file else "risk"
        return GateLimits.check(tables, source=place)
    if tables:
        msg = (
            f"{_where(config)}risk.file is given, and so is {_first(sorted(tables))}; "
            "put all limits in the file, or all here"
        )
        raise ConfigError(msg)
    return GateLimits.load(config.path(section.file))


def _currencies(config: BacktestConfig) -> dict[str, Currency]:
    """Return the other currencies, with the rates of a file where one is named."""
    made = {}
    for code, section in config.currencies.items():
        rate: Any = section.rate
        if section.rates is not None:
            rate = read_rates(config.path(section.rates))
        made[code] = Currency(rate=rate, cash=section.cash)
    return made


def _fees(config: BacktestConfig) -> FeeModel:
    """Return the fees, with the named schedule or that of a file."""
    section = config.fees
    names = {"schedule", "prior_quantity", "prior_value"}
    rates = section.model_dump(exclude=names)
    if section.schedule is None:
        if section.prior_quantity or section.prior_value:
            msg = (
                "fees.prior_quantity and fees.prior_value are for the tiers of a "
                "schedule; name one with fees.schedule, or leave them out"
            )
            raise ArgumentError(msg)
        return FeeModel(**rates)
    prior: dict[str, Any] = {
        "prior_quantity": section.prior_quantity,
        "prior_value": section.prior_value,
    }
    if section.schedule.endswith(".toml"):
        table = FeeSchedule.load(config.path(section.schedule), **prior)
    else:
        table = FeeSchedule.named(section.schedule, **prior)
    return FeeModel(**rates, schedule=table)


def _impact(config: BacktestConfig) -> MarketImpact | None:
    section = config.impact
    return None if section is None else MarketImpact(**section.model_dump())


def _rules(config: BacktestConfig) -> MarketRules | None:
    """Return the named set of rules with the keys that are given."""
    section = config.rules
    if section is None:
        return None
    given = section.model_dump(exclude={"name"}, exclude_none=True)
    if section.name is None:
        return MarketRules(**given)
    return replace(MarketRules.named(section.name), **given)


def _holding(config: BacktestConfig) -> HoldingRates | None:
    section = config.holding
    if section is None:
        return None
    funding, dividends = (
        {
            symbol: [(datetime_to_ns(at), number) for at, number in rows]
            for symbol, rows in dated.items()
        }
        for dated in (section.funding, section.dividends)
    )
    return HoldingRates(
        borrow=section.borrow,
        funding=funding,
        accrue=section.accrue,
        days_of_year=section.days_of_year,
        dividends=dividends,
        interest=section.interest,
    )


def _latency(config: BacktestConfig) -> Latency:
    """Return the delays, with the laws and the samples of a file."""
    section = config.latency
    load = None if section.load is None else Load(**section.load.model_dump())
    ways: dict[str, Any] = {
        name: way
        if isinstance(way, int)
        else Delay(**way.model_dump(exclude_none=True))
        for name, way in (
            ("feed", section.feed),
            ("entry", section.entry),
            ("response", section.response),
        )
    }
    if section.samples is None:
        return Latency(**ways, load=load)
    if {"entry", "response"} & section.model_fields_set:
        msg = (
            "latency.samples has the delays of entry and response; leave those out, or "
            "the samples"
        )
        raise ArgumentError(msg)
    return Latency.recorded(config.path(section.samples), feed=ways["feed"], load=load)


def read_data(config: BacktestConfig) -> list[MarketData | EventStream]:
    """Open every source of a configuration, cut to its range.

    Raises
    ------
    ConfigError
        If a path matches nothing, or the range or an instrument does not suit the data.
    """
    sources = [
        source
        for number, section in enumerate(config.data)
        for source in _open(section, config, f"data[{number}]")
    ]
    if config.instruments:
        # A stream may name its instruments only on the way.
        sources = [s if isinstance(s, MarketData) else s.read() for s in sources]
    known = {symbol for source in sources for symbol in source.instruments.symbols}
    for symbol in config.instruments:
        if known and symbol not in known:
            msg = (
                f"{_where(config)}instruments.{symbol}: the data has no such symbol"
                f"{similar(symbol, known) or '; it has ' + _first(sorted(known))}"
            )
            raise ConfigError(msg)
    return [_cut(_redefine(source, config), config) for source in sources]


def load_strategy(section: StrategySection, config: BacktestConfig, number: int) -> Any:
    """Import a strategy's class, or load its library, and make one with its parameters.

    Raises
    ------
    ConfigError
        If there is no such file, module, class or parameter, or a library was made for
        another version.
    """
    where = f"{_where(config)}strategy[{number}]"
    if section.cls is None:
        return _from_library(config.path(section.path or ""), section, where)
    place, _, name = section.cls.rpartition(":")
    module = (
        _from_file(config.path(place), where)
        if place.endswith(".py")
        else _from_package(place, where)
    )
    found = getattr(module, name, None)
    if not isinstance(found, type):
        listed = getattr(module, "__all__", ())  # may be more than is loaded yet
        own = [
            key
            for key in dict.fromkeys([*vars(module), *listed])
            if isinstance(value := getattr(module, key, None), type)
            and (key in listed or value.__module__ == module.__name__)
        ]
        hint = similar(name, own) or f"; it has {_first(own)}"
        msg = f"{where}.class: {place} has no class {name}{hint}"
        raise ConfigError(msg)
    return _make(found, section, where)


def _from_library(file: Path, section: StrategySection, where: str) -> Any:
    """Load a compiled strategy; what may run is looked up as any class is."""
    native = import_module("ai_trading.strategies.native")
    try:
        return native.NativeStrategy(file, section.name, **section.params)
    except (ConfigError, ArgumentError) as error:
        msg = f"{where}.path: {error}"
        raise ConfigError(msg) from None


def _make(kind: type, section: StrategySection, where: str) -> Any:
    signature = inspect.signature(kind)
    params = dict(section.params)
    accepted = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]
    if section.name is not None and "name" in accepted:
        params.setdefault("name", section.name)
    open_ended = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
    for key in () if open_ended else params:
        if key not in accepted:
            hint = similar(key, accepted) or f"; it takes {_first(accepted)}"
            msg = f"{where}.params: {kind.__name__} has no parameter {key}{hint}"
            raise ConfigError(msg)
    try:
        signature.bind(**params)
    except TypeError as error:
        msg = f"{where}.params: {kind.__name__}: {error}"
        raise ConfigError(msg) from None
    try:
        strategy = kind(**params)
    except (TypeError, ValueError) as error:
        given = ", ".join(f"{key}={value!r}" for key, value in params.items())
        msg = f"{where}.params: {kind.__name__}({given}): {error}"
        raise ConfigError(msg) from error
    if section.name is not None and "name" not in accepted:
        strategy.name = section.name
    return strategy


def _from_package(place: str, where: str) -> Any:
    try:
        return import_module(place)
    except ModuleNotFoundError as error:
        if error.name is None or not (place + ".").startswith(error.name + "."):
            raise
        msg = (
            f"{where}.class: there is no module {place}; install it, or name a file: "
            '"path/to/file.py:Class"'
        )
        raise ConfigError(msg) from None


def _from_file(file: Path, where: str) -> Any:
    """Import a file under a name of its own, once per file."""
    if not file.is_file():
        msg = f"{where}.class: there is no file {file}"
        raise ConfigError(msg)
    mark = blake2b(str(file.resolve()).encode(), digest_size=6).hexdigest()
    name = f"{file.stem}_{mark}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        msg = f"{where}.class: {file} cannot be imported"
        raise ConfigError(msg)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _open(
    section: DataSource, config: BacktestConfig, where: str
) -> list[MarketData | EventStream]:
    if section.synthetic is not None:
        return [_made_up(section, config, where)]
    paths = _paths(section, config, f"{_where(config)}{where}")
    options = {
        key: getattr(section, key)
        for key in ("columns", "symbol", "timezone", "kind")
        if getattr(section, key) is not None
    }
    options |= section.options
    shape = section.format or ("table" if paths[0].is_dir() else sniff(paths[0]).value)
    if shape in _TABLES and section.kind != "events":
        options["instruments"] = _defined(config)
        if section.kind in {"quotes", "trades"}:
            read = [load_ticks(p, policy=section.policy, **options) for p in paths]
        else:
            options.pop("kind", None)
            whole = paths[0] if len(paths) == 1 else paths
            read = [load_bars(whole, policy=section.policy, **options)]
        return [
            only(data, section.symbols) if section.symbols else data for data in read
        ]
    return [
        open_events(
            path,
            format=section.format,
            symbols=section.symbols,
            policy=section.policy,
            **options,
        )
        for path in paths
    ]


def _made_up(section: DataSource, config: BacktestConfig, where: str) -> EventStream:
    """Return a made-up day: options of `synthetic_stream`, the rest terms of the model.

    A table of prices, ``prices``, may stand for ``symbols``.
    """
    options = {"seed": config.run.seed, **section.options}
    prices = options.pop("prices", None)
    if prices is not None and section.symbols is not None:
        msg = f"{_where(config)}{where}: give symbols or options.prices, not both"
        raise ConfigError(msg)
    names = ("seed", "events", "date", "volatility", "rules")
    day = {name: options.pop(name) for name in names if name in options}
    try:
        model = flow_model(section.synthetic or "hawkes", **options)
        return synthetic_stream(
            prices or section.symbols or DEFAULT_SYMBOLS, model=model, **day
        )
    except ArgumentError as error:
        msg = f"{_where(config)}{where}: {error}"
        raise ConfigError(msg) from None


def _defined(config: BacktestConfig) -> dict[str, Instrument] | None:
    """Instruments whose scale the configuration sets, before records are made."""
    return {
        symbol: Instrument(symbol, **section.changes())
        for symbol, section in config.instruments.items()
        if section.tick_size or section.lot_size
    } or None


def _paths(section: DataSource, config: BacktestConfig, where: str) -> list[Path]:
    """Every file or folder meant, in the order given; a pattern's by name."""
    paths: list[Path] = []
    named = [section.path] if isinstance(section.path, str) else section.path or []
    for text in named:
        path = config.path(text)
        if path.exists():
            paths.append(path)
            continue
        pattern = path.relative_to(path.anchor) if path.is_absolute() else path
        found = sorted(Path(path.anchor).glob(str(pattern)))
        if not found:
            what = "no file matches" if set(text) & set("*?[") else "there is no file"
            msg = f"{where}.path: {what} {path}"
            raise ConfigError(msg)
        paths += found
    return paths


def _redefine(
    source: MarketData | EventStream, config: BacktestConfig
) -> MarketData | EventStream:
    """Apply ``[instruments]``; the scale of records that exist cannot change."""
    table = InstrumentTable()
    for instrument in source.instruments:
        section = config.instruments.get(instrument.symbol)
        changes = {} if section is None else section.changes()
        for scale in ("tick_size", "lot_size"):
            if scale in changes and changes[scale] != getattr(instrument, scale):
                msg = (
                    f"{_where(config)}instruments.{instrument.symbol}.{scale}: "
                    f"{source.source} is in units of {getattr(instrument, scale)} and "
                    f"cannot be read in {changes[scale]}; use price_increment for the "
                    "step in which orders may be priced"
                )
                raise ConfigError(msg)
        table.add(replace(instrument, **changes))
    if not any(table[i] != old for i, old in enumerate(source.instruments)):
        return source
    return replace(source, instruments=table)


def _cut(
    source: MarketData | EventStream, config: BacktestConfig
) -> MarketData | EventStream:
    start, end = config.run.start_ns, config.run.end_ns
    if start is None and end is None:
        return source
    whole = source if isinstance(source, MarketData) else source.read()
    if start is not None and whole.kind == "events" and len(whole):
        if start > int(whole.records["timestamp"][0]):
            msg = (
                f"{_where(config)}run.start: {whole.source} holds events, and an order "
                "book needs all of them from the first; leave start out and let the "
                "strategy wait"
            )
            raise ConfigError(msg)
        start = None
    return whole.select(start_ns=start, end_ns=end)


def _where(config: BacktestConfig) -> str:
    return f"{config.file}: " if config.file else ""


def _first(words: list[str]) -> str:
    return ", ".join(words[:10]) + (", ..." if len(words) > 10 else "") or "none"
