"""The tables: what a backtest leaves behind, and the desk's trades and metrics.

Units: money, prices and quantities are exact decimals in the instrument's currency and
units (never ticks or lots); simulated and market times are UTC nanoseconds, times of
people and programs are datetimes in UTC; ratios and returns are plain floats, fractions
of one.

A backtest is one row of `BacktestRun` with its instruments, orders and their terms,
fills, equity points and findings below it; deleting the run deletes them. Rows of a run
carry a `sequence`, their place in the result's arrays. An instrument row is a
*definition*: a symbol whose tick size or venue differs between two data sets has two.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from ai_trading.core.clock import SystemClock, ns_to_datetime
from ai_trading.core.enums import (
    AssetClass,
    Liquidity,
    OrderSide,
    OrderStatus,
    OrderType,
    TimeInForce,
)
from ai_trading.database.types import (
    ExactDecimal,
    Unsigned64,
    UtcDateTime,
    UtcNanos,
    WideDecimal,
    Word,
)

__all__ = [
    "AMOUNT_DIGITS",
    "FEE_DIGITS",
    "PRICE_DIGITS",
    "QUANTITY_DIGITS",
    "RATE_DIGITS",
    "REST_DIGITS",
    "UNIT_DIGITS",
    "BacktestRun",
    "Base",
    "CurrencyRate",
    "CurrencyStatement",
    "EquityPoint",
    "Fill",
    "Finding",
    "Incident",
    "Instrument",
    "LedgerEntry",
    "Order",
    "OrderTerms",
    "PerformanceMetric",
    "Portfolio",
    "RiskMetric",
    "RunInstrument",
    "Trade",
    "Transition",
]

# Digits after the point. Amounts and fees are what the core counts in (1e-6, 1e-9).
# Prices to 1e-9 reach 9.2e9, quantities to 1e-8 (a satoshi) reach 9.2e10, and the
# units of an instrument to 1e-12 reach 9.2e6.
AMOUNT_DIGITS: Final = 6
FEE_DIGITS: Final = 9
PRICE_DIGITS: Final = 9
QUANTITY_DIGITS: Final = 8
UNIT_DIGITS: Final = 12
RATE_DIGITS: Final = 9
REST_DIGITS: Final = 18

AMOUNT: Final = ExactDecimal(AMOUNT_DIGITS)
FEE: Final = ExactDecimal(FEE_DIGITS)
PRICE: Final = ExactDecimal(PRICE_DIGITS)
QUANTITY: Final = ExactDecimal(QUANTITY_DIGITS)
UNIT: Final = ExactDecimal(UNIT_DIGITS)
RATE: Final = ExactDecimal(RATE_DIGITS)
REST: Final = ExactDecimal(REST_DIGITS)
WIDE: Final = WideDecimal()
# SQLite numbers rows by itself only where the key is called INTEGER.
ROW_ID: Final = BigInteger().with_variant(Integer(), "sqlite")

_SYMBOL: Final = String(64)
_NAME: Final = String(255)
# The rows of a run lie together on SQLite, without a second index over the key.
_BY_KEY: Final = {"sqlite_with_rowid": False}
_SIDES: Final = "side IN ('buy', 'sell', 'sell_short')"


def _now() -> datetime:
    return ns_to_datetime(SystemClock().now_ns())


class Base(DeclarativeBase):
    """Root of the models; its metadata names every constraint, for migrations."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )


class Instrument(Base):
    """One definition of something traded; see `ai_trading.core.instrument`."""

    __tablename__ = "instruments"
    __table_args__ = (
        CheckConstraint("tick_size > 0", name="tick_size_positive"),
        CheckConstraint("lot_size > 0", name="lot_size_positive"),
        CheckConstraint("multiplier > 0", name="multiplier_positive"),
        Index(None, "symbol"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    symbol: Mapped[str] = mapped_column(_SYMBOL)
    venue: Mapped[str] = mapped_column(String(32))
    calendar: Mapped[str] = mapped_column(String(32))
    currency: Mapped[str] = mapped_column(String(16))
    asset_class: Mapped[AssetClass] = mapped_column(Word(AssetClass))
    sector: Mapped[str | None] = mapped_column(String(128))
    tick_size: Mapped[Decimal] = mapped_column(UNIT)
    lot_size: Mapped[Decimal] = mapped_column(UNIT)
    multiplier: Mapped[Decimal] = mapped_column(UNIT)
    price_increment: Mapped[Decimal | None] = mapped_column(UNIT)


class BacktestRun(Base):
    """One backtest: what went in, what came out in one line, and its state hash."""

    __tablename__ = "backtest_runs"
    __table_args__ = (
        CheckConstraint("kind IN ('events', 'quotes', 'bars')", name="kind_known"),
        CheckConstraint("events >= 0", name="events_not_negative"),
        CheckConstraint("end_ns >= start_ns", name="ends_after_start"),
        Index(None, "name"),
        Index(None, "stored_at"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    run_id: Mapped[str] = mapped_column(String(128), unique=True)
    name: Mapped[str] = mapped_column(_NAME)
    kind: Mapped[str] = mapped_column(String(16))
    partial: Mapped[bool]
    seed: Mapped[int] = mapped_column(Unsigned64)
    state_hash: Mapped[str] = mapped_column(String(128))
    config: Mapped[dict[str, Any]] = mapped_column(JSON)
    start_ns: Mapped[int] = mapped_column(UtcNanos)
    end_ns: Mapped[int] = mapped_column(UtcNanos)
    events: Mapped[int] = mapped_column(BigInteger)
    wall_seconds: Mapped[float] = mapped_column(Float)
    currency: Mapped[str] = mapped_column(String(16))
    initial_cash: Mapped[Decimal] = mapped_column(AMOUNT)
    final_value: Mapped[Decimal] = mapped_column(AMOUNT)
    order_count: Mapped[int] = mapped_column(BigInteger)
    fill_count: Mapped[int] = mapped_column(BigInteger)
    strategies: Mapped[list[str]] = mapped_column(JSON)
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime, default=_now)

    instruments: Mapped[list[RunInstrument]] = relationship(
        order_by="RunInstrument.position", passive_deletes=True, cascade="all"
    )
    findings: Mapped[list[Finding]] = relationship(
        order_by="Finding.sequence", passive_deletes=True, cascade="all"
    )
    transitions: Mapped[list[Transition]] = relationship(
        order_by="Transition.sequence", passive_deletes=True, cascade="all"
    )
    statements: Mapped[list[CurrencyStatement]] = relationship(
        order_by="CurrencyStatement.sequence", passive_deletes=True, cascade="all"
    )


def _run_key() -> Mapped[int]:
    return mapped_column(
        BigInteger,
        ForeignKey("backtest_runs.id", ondelete="CASCADE"),
        primary_key=True,
    )


def _sequence() -> Mapped[int]:
    return mapped_column(BigInteger, primary_key=True, autoincrement=False)


class RunInstrument(Base):
    """The place of an instrument in a run's table, and what was held at the end."""

    __tablename__ = "run_instruments"
    __table_args__ = (Index(None, "instrument_id"),)

    run_id: Mapped[int] = _run_key()
    position: Mapped[int] = mapped_column(
        Integer, primary_key=True, autoincrement=False
    )
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instruments.id"))
    final_quantity: Mapped[Decimal] = mapped_column(QUANTITY)

    instrument: Mapped[Instrument] = relationship(lazy="joined", innerjoin=True)


class Order(Base):
    """The last state of one order of a run.

    ``price`` is the limit, or of a stop without one the stop that it was judged by;
    absent where there is neither. ``filled_units`` is the sum of
    ticks x lots over its fills, exact where an average price could not be;
    ``filled_units * tick_size * lot_size * multiplier`` is money. ``reason`` is the
    core's reject code, absent unless rejected.
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("run_id", "order_id"),
        Index(None, "run_id", "instrument_id"),
        CheckConstraint(_SIDES, name="side_known"),
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
        CheckConstraint("filled >= 0", name="filled_not_negative"),
        _BY_KEY,
    )

    run_id: Mapped[int] = _run_key()
    sequence: Mapped[int] = _sequence()
    order_id: Mapped[int] = mapped_column(Unsigned64)
    parent_id: Mapped[int | None] = mapped_column(Unsigned64)
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instruments.id"))
    strategy: Mapped[int] = mapped_column(Integer)
    side: Mapped[OrderSide] = mapped_column(Word(OrderSide))
    order_type: Mapped[OrderType] = mapped_column(Word(OrderType))
    time_in_force: Mapped[TimeInForce] = mapped_column(Word(TimeInForce))
    status: Mapped[OrderStatus] = mapped_column(Word(OrderStatus))
    reason: Mapped[int | None] = mapped_column(Integer)
    price: Mapped[Decimal | None] = mapped_column(PRICE)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    filled: Mapped[Decimal] = mapped_column(QUANTITY)
    filled_units: Mapped[int] = mapped_column(BigInteger)
    fee: Mapped[Decimal] = mapped_column(FEE)
    submitted_ns: Mapped[int] = mapped_column(UtcNanos)
    acknowledged_ns: Mapped[int | None] = mapped_column(UtcNanos)
    done_ns: Mapped[int | None] = mapped_column(UtcNanos)


class OrderTerms(Base):
    """What an order of a run asked for besides its price; most ask for nothing.

    ``stop`` is the price that a stop waited for, as last agreed, and ``trigger_on``
    what it watched; ``trail`` the distance of a trailing stop, or
    ``trail_basis_points``; ``display`` what an iceberg showed at a time. A pegged order
    followed ``peg`` with ``peg_offset`` and never passed ``peg_limit``. ``slides`` says
    that a post-only order stepped back instead of being refused. ``entry_id`` is the
    order whose executions it waited for, ``link_group`` the number that linked orders
    of the run share.
    """

    __tablename__ = "order_terms"
    __table_args__ = (
        UniqueConstraint("run_id", "order_id"),
        ForeignKeyConstraint(
            ["run_id", "order_id"],
            ["orders.run_id", "orders.order_id"],
            ondelete="CASCADE",
        ),
        CheckConstraint(
            "trigger_on IN ('last', 'bid_ask', 'mid')", name="trigger_known"
        ),
        CheckConstraint("peg IN ('primary', 'midpoint', 'market')", name="peg_known"),
        CheckConstraint("trail > 0", name="trail_positive"),
        CheckConstraint("trail_basis_points > 0", name="trail_basis_points_positive"),
        CheckConstraint("display > 0", name="display_positive"),
        _BY_KEY,
    )

    run_id: Mapped[int] = _run_key()
    sequence: Mapped[int] = _sequence()
    order_id: Mapped[int] = mapped_column(Unsigned64)
    entry_id: Mapped[int | None] = mapped_column(Unsigned64)
    link_group: Mapped[int | None] = mapped_column(BigInteger)
    trigger_on: Mapped[str | None] = mapped_column(String(16))
    stop: Mapped[Decimal | None] = mapped_column(PRICE)
    trail: Mapped[Decimal | None] = mapped_column(PRICE)
    trail_basis_points: Mapped[int | None] = mapped_column(BigInteger)
    display: Mapped[Decimal | None] = mapped_column(QUANTITY)
    peg: Mapped[str | None] = mapped_column(String(16))
    peg_offset: Mapped[Decimal | None] = mapped_column(PRICE)
    peg_limit: Mapped[Decimal | None] = mapped_column(PRICE)
    slides: Mapped[bool]
    expires_ns: Mapped[int | None] = mapped_column(UtcNanos)
    minimum: Mapped[Decimal | None] = mapped_column(QUANTITY)
    all_or_none: Mapped[bool | None]


class Fill(Base):
    """One execution of a run.

    A negative ``fee`` is a rebate. ``realized`` is the profit it closed, before fees;
    ``position`` what was held of the instrument after it, negative when short. A
    negative ``quantity`` undoes an execution that the venue took back (a bust); without
    an ``order_id`` the venue executed what was no order of ours.
    """

    __tablename__ = "fills"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "order_id"],
            ["orders.run_id", "orders.order_id"],
            ondelete="CASCADE",
        ),
        Index(None, "run_id", "order_id"),
        Index(None, "run_id", "instrument_id"),
        CheckConstraint(_SIDES, name="side_known"),
        CheckConstraint("quantity <> 0", name="quantity_not_zero"),
        _BY_KEY,
    )

    run_id: Mapped[int] = _run_key()
    sequence: Mapped[int] = _sequence()
    fill_id: Mapped[int] = mapped_column(Unsigned64)
    order_id: Mapped[int | None] = mapped_column(Unsigned64)
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instruments.id"))
    strategy: Mapped[int] = mapped_column(Integer)
    timestamp_ns: Mapped[int] = mapped_column(UtcNanos)
    side: Mapped[OrderSide] = mapped_column(Word(OrderSide))
    liquidity: Mapped[Liquidity] = mapped_column(Word(Liquidity))
    price: Mapped[Decimal] = mapped_column(PRICE)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    fee: Mapped[Decimal] = mapped_column(FEE)
    realized: Mapped[Decimal] = mapped_column(AMOUNT)
    position: Mapped[Decimal] = mapped_column(QUANTITY)


class Incident(Base):
    """What went otherwise than it should between the desk and a venue.

    ``code`` is the core's reject code that names it (docs/orders.md), ``report`` the
    kind of report that brought it. ``order_id`` is absent where the desk knows none,
    ``fill_id`` where nothing was booked, ``execution`` where the venue named none.
    ``restricted`` says that the instrument could only be reduced from then on.
    """

    __tablename__ = "run_incidents"
    __table_args__ = (Index(None, "run_id", "instrument_id"), _BY_KEY)

    run_id: Mapped[int] = _run_key()
    sequence: Mapped[int] = _sequence()
    timestamp_ns: Mapped[int] = mapped_column(UtcNanos)
    order_id: Mapped[int | None] = mapped_column(Unsigned64)
    fill_id: Mapped[int | None] = mapped_column(Unsigned64)
    execution: Mapped[int | None] = mapped_column(Unsigned64)
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instruments.id"))
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    code: Mapped[int] = mapped_column(Integer)
    report: Mapped[int] = mapped_column(Integer)
    restricted: Mapped[bool]


class EquityPoint(Base):
    """The whole account at one instant; value is cash plus the positions' worth."""

    __tablename__ = "equity_points"
    __table_args__ = (
        Index(None, "run_id", "timestamp_ns"),
        CheckConstraint("gross >= 0", name="gross_not_negative"),
        _BY_KEY,
    )

    run_id: Mapped[int] = _run_key()
    sequence: Mapped[int] = _sequence()
    timestamp_ns: Mapped[int] = mapped_column(UtcNanos)
    cash: Mapped[Decimal] = mapped_column(AMOUNT)
    value: Mapped[Decimal] = mapped_column(AMOUNT)
    realized: Mapped[Decimal] = mapped_column(AMOUNT)
    unrealized: Mapped[Decimal] = mapped_column(AMOUNT)
    fees: Mapped[Decimal] = mapped_column(AMOUNT)
    gross: Mapped[Decimal] = mapped_column(AMOUNT)


class Finding(Base):
    """Something about a run that its owner should know before believing it."""

    __tablename__ = "run_findings"
    __table_args__ = (
        CheckConstraint("severity IN ('info', 'warning')", name="severity_known"),
    )

    run_id: Mapped[int] = _run_key()
    sequence: Mapped[int] = _sequence()
    severity: Mapped[str] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(String(64))
    message: Mapped[str] = mapped_column(Text)
    advice: Mapped[str] = mapped_column(Text)


class Transition(Base):
    """A change of what a scope of the pre-trade gate may do (docs/risk-gate.md).

    ``from_mode`` and ``to_mode`` are 0 (active), 1 (reduce only) or 2 (halted);
    ``cause`` is the reject reason that it gives orders, ``"none"`` for a person's.
    """

    __tablename__ = "run_transitions"
    __table_args__ = (
        CheckConstraint("from_mode BETWEEN 0 AND 2", name="from_mode_known"),
        CheckConstraint("to_mode BETWEEN 0 AND 2", name="to_mode_known"),
    )

    run_id: Mapped[int] = _run_key()
    sequence: Mapped[int] = _sequence()
    timestamp_ns: Mapped[int] = mapped_column(UtcNanos)
    scope: Mapped[str] = mapped_column(Text)
    from_mode: Mapped[int] = mapped_column(Integer)
    to_mode: Mapped[int] = mapped_column(Integer)
    cause: Mapped[str] = mapped_column(String(64))
    who: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)


class CurrencyRate(Base):
    """What one unit of a currency was worth in the account's own, from a time on."""

    __tablename__ = "run_rates"
    __table_args__ = (CheckConstraint("rate > 0", name="rate_positive"), _BY_KEY)

    run_id: Mapped[int] = _run_key()
    sequence: Mapped[int] = _sequence()
    currency: Mapped[str] = mapped_column(String(16))
    timestamp_ns: Mapped[int] = mapped_column(UtcNanos)
    rate: Mapped[Decimal] = mapped_column(RATE)


class CurrencyStatement(Base):
    """What a run did in one currency: what is there at the end, and every flow.

    The row without a ``currency`` is all of them in the account's own, with the
    currency translation. Amounts are exact to 1e-18 and reach 1.7e20, more than either
    database computes with; they are kept as text.
    """

    __tablename__ = "run_statements"
    __table_args__ = (UniqueConstraint("run_id", "currency"),)

    run_id: Mapped[int] = _run_key()
    sequence: Mapped[int] = _sequence()
    currency: Mapped[str | None] = mapped_column(String(16))
    cash: Mapped[Decimal] = mapped_column(WIDE)
    positions: Mapped[Decimal] = mapped_column(WIDE)
    deposits: Mapped[Decimal] = mapped_column(WIDE)
    exchanged: Mapped[Decimal] = mapped_column(WIDE)
    realized: Mapped[Decimal] = mapped_column(WIDE)
    unrealized: Mapped[Decimal] = mapped_column(WIDE)
    income: Mapped[Decimal] = mapped_column(WIDE)
    costs: Mapped[Decimal] = mapped_column(WIDE)
    translation: Mapped[Decimal] = mapped_column(WIDE)


class LedgerEntry(Base):
    """What holding positions or cash cost or brought at one time.

    ``amount`` and ``amount_rest`` together are exact, positive where it was paid;
    ``quantity`` is what was held, negative when short, ``price`` what it was valued at.
    Interest belongs to no instrument.
    """

    __tablename__ = "run_entries"
    __table_args__ = (
        Index(None, "run_id", "instrument_id"),
        CheckConstraint(
            "kind IN ('borrow', 'funding', 'dividend', 'interest')", name="kind_known"
        ),
        CheckConstraint(
            "(kind = 'interest') = (instrument_id IS NULL)", name="instrument_fits"
        ),
        _BY_KEY,
    )

    run_id: Mapped[int] = _run_key()
    sequence: Mapped[int] = _sequence()
    timestamp_ns: Mapped[int] = mapped_column(UtcNanos)
    instrument_id: Mapped[int | None] = mapped_column(ForeignKey("instruments.id"))
    currency: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    price: Mapped[Decimal] = mapped_column(PRICE)
    amount: Mapped[Decimal] = mapped_column(FEE)
    amount_rest: Mapped[Decimal] = mapped_column(REST)


class Trade(Base):
    """A trade of the desk as a person looks it up.

    ``price`` is what was asked for and ``executed_price`` what was got; ``commission``
    and ``slippage`` are money, both a cost when positive.
    """

    __tablename__ = "trades"
    __table_args__ = (
        CheckConstraint(_SIDES, name="side_known"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint(
            "signal_strength BETWEEN 0 AND 1", name="signal_strength_is_a_fraction"
        ),
        CheckConstraint("executed_at >= created_at", name="executed_after_created"),
        Index(None, "symbol", "created_at"),
        Index(None, "strategy_id", "created_at"),
        Index(None, "status"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    symbol: Mapped[str] = mapped_column(_SYMBOL)
    side: Mapped[OrderSide] = mapped_column(Word(OrderSide))
    order_type: Mapped[OrderType] = mapped_column(
        Word(OrderType), default=OrderType.MARKET
    )
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    price: Mapped[Decimal | None] = mapped_column(PRICE)
    executed_price: Mapped[Decimal | None] = mapped_column(PRICE)
    status: Mapped[OrderStatus] = mapped_column(
        Word(OrderStatus), default=OrderStatus.PENDING
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=_now)
    executed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    commission: Mapped[Decimal] = mapped_column(FEE, default=Decimal(0))
    slippage: Mapped[Decimal] = mapped_column(FEE, default=Decimal(0))
    strategy_id: Mapped[str | None] = mapped_column(_NAME)
    signal_strength: Mapped[float | None] = mapped_column(Float)
    stop_loss: Mapped[Decimal | None] = mapped_column(PRICE)
    take_profit: Mapped[Decimal | None] = mapped_column(PRICE)
    notes: Mapped[str | None] = mapped_column(Text)
    market_data_snapshot: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True)
    )


class Portfolio(Base):
    """What one account holds of one symbol now, and what it is worth.

    ``quantity`` is negative for a short position; ``day_change_percent`` is a fraction
    (0.01 is one percent).
    """

    __tablename__ = "portfolios"
    __table_args__ = (
        UniqueConstraint("account_id", "symbol"),
        Index(None, "symbol"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    account_id: Mapped[str] = mapped_column(_NAME)
    symbol: Mapped[str] = mapped_column(_SYMBOL)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    average_cost: Mapped[Decimal] = mapped_column(PRICE)
    current_price: Mapped[Decimal | None] = mapped_column(PRICE)
    last_updated: Mapped[datetime] = mapped_column(UtcDateTime, default=_now)
    asset_class: Mapped[AssetClass] = mapped_column(
        Word(AssetClass), default=AssetClass.EQUITY
    )
    sector: Mapped[str | None] = mapped_column(String(128))
    market_value: Mapped[Decimal | None] = mapped_column(AMOUNT)
    unrealized_pnl: Mapped[Decimal | None] = mapped_column(AMOUNT)
    realized_pnl: Mapped[Decimal | None] = mapped_column(AMOUNT)
    day_change: Mapped[Decimal | None] = mapped_column(AMOUNT)
    day_change_percent: Mapped[float | None] = mapped_column(Float)


class RiskMetric(Base):
    """The risk figures of a portfolio at one time; losses are positive fractions."""

    __tablename__ = "risk_metrics"
    __table_args__ = (
        UniqueConstraint("portfolio_id", "calculation_date"),
        CheckConstraint("volatility >= 0", name="volatility_not_negative"),
        CheckConstraint("max_drawdown >= 0", name="max_drawdown_not_negative"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    portfolio_id: Mapped[str] = mapped_column(_NAME)
    calculation_date: Mapped[datetime] = mapped_column(UtcDateTime)
    var_95: Mapped[float | None] = mapped_column(Float)
    var_99: Mapped[float | None] = mapped_column(Float)
    expected_shortfall: Mapped[float | None] = mapped_column(Float)
    sharpe_ratio: Mapped[float | None] = mapped_column(Float)
    sortino_ratio: Mapped[float | None] = mapped_column(Float)
    max_drawdown: Mapped[float | None] = mapped_column(Float)
    current_drawdown: Mapped[float | None] = mapped_column(Float)
    volatility: Mapped[float | None] = mapped_column(Float)
    beta: Mapped[float | None] = mapped_column(Float)
    correlation_spy: Mapped[float | None] = mapped_column(Float)
    concentration_risk: Mapped[float | None] = mapped_column(Float)
    liquidity_risk: Mapped[float | None] = mapped_column(Float)


class PerformanceMetric(Base):
    """How a strategy did over a period.

    Returns and rates are fractions; average and largest wins and losses are money, a
    loss a positive amount.
    """

    __tablename__ = "performance_metrics"
    __table_args__ = (
        UniqueConstraint("strategy_id", "portfolio_id", "period_start", "period_end"),
        CheckConstraint("period_end >= period_start", name="ends_after_start"),
        CheckConstraint("win_rate BETWEEN 0 AND 1", name="win_rate_is_a_fraction"),
        CheckConstraint(
            "winning_trades + losing_trades <= total_trades", name="trades_add_up"
        ),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    strategy_id: Mapped[str] = mapped_column(_NAME)
    portfolio_id: Mapped[str | None] = mapped_column(_NAME)
    period_start: Mapped[datetime] = mapped_column(UtcDateTime)
    period_end: Mapped[datetime] = mapped_column(UtcDateTime)
    total_return: Mapped[float | None] = mapped_column(Float)
    annualized_return: Mapped[float | None] = mapped_column(Float)
    benchmark_return: Mapped[float | None] = mapped_column(Float)
    alpha: Mapped[float | None] = mapped_column(Float)
    tracking_error: Mapped[float | None] = mapped_column(Float)
    information_ratio: Mapped[float | None] = mapped_column(Float)
    win_rate: Mapped[float | None] = mapped_column(Float)
    profit_factor: Mapped[float | None] = mapped_column(Float)
    average_win: Mapped[Decimal | None] = mapped_column(AMOUNT)
    average_loss: Mapped[Decimal | None] = mapped_column(AMOUNT)
    largest_win: Mapped[Decimal | None] = mapped_column(AMOUNT)
    largest_loss: Mapped[Decimal | None] = mapped_column(AMOUNT)
    total_trades: Mapped[int] = mapped_column(Integer, default=0)
    winning_trades: Mapped[int] = mapped_column(Integer, default=0)
    losing_trades: Mapped[int] = mapped_column(Integer, default=0)
