"""Backtests in and out of the database, exactly and in bulk.

`store_run` writes a whole run or nothing; `load_run` gives the same records back, bit
for bit; `list_runs` says what is there. On the way in ticks, lots and the core's
integer amounts become decimals through the instrument, on integer arrays: no float is
involved and nothing is rounded. What the columns cannot hold is refused before anything
is written.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ai_trading.core.clock import SystemClock, ns_to_datetime
from ai_trading.core.errors import AiTradingError, ArgumentError, DataError
from ai_trading.core.errors import DatabaseError as StoreError
from ai_trading.core.instrument import InstrumentTable
from ai_trading.database import columns, money, order_terms, rows
from ai_trading.database.failures import translated
from ai_trading.database.manager import DatabaseManager
from ai_trading.database.models import (
    BacktestRun,
    CurrencyStatement,
    Finding,
    RunInstrument,
    Transition,
)
from ai_trading.database.run_shapes import (
    RunSummary,
    StoredFinding,
    StoredRun,
    StoredTransition,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from ai_trading.core.clock import Clock
    from ai_trading.database.run_shapes import RunResult

__all__ = ["list_runs", "load_run", "store_run"]


def store_run(
    database: Session | DatabaseManager,
    result: RunResult,
    *,
    replace: bool = False,
    clock: Clock | None = None,
) -> str:
    """Write a run with all that belongs to it, or nothing.

    Parameters
    ----------
    database : Session or DatabaseManager
        With a manager this is one transaction of its own. With a session it is a
        savepoint in the session's transaction, which the caller commits.
    result : RunResult
    replace : bool, default False
        Whether a stored run of the same id and another outcome gives way.
    clock : Clock, optional
        Says when the run was stored; the machine's clock if not given.

    Returns
    -------
    str
        The run id.

    Raises
    ------
    DataError
        If the columns cannot hold the run exactly (a tick finer than a billionth, say)
        or its config is not JSON; nothing was written.
    DatabaseError
        If a complete run of the same id but another state hash is stored, or the
        database fails; nothing was written.

    Notes
    -----
    Storing the same run again changes nothing. A stored partial run gives way to one of
    the same id that got further: the complete one, or a partial one with more events. A
    partial run that got less far than what is stored is not kept: all it says is there.

    Memory and time grow with the rows; statements carry ten thousand rows each.
    """
    prepared = _prepare(result)
    moment = ns_to_datetime((clock or SystemClock()).now_ns())
    with _writing(database, f"store run {result.run_id} in") as connection:
        run = _claim(connection, result, moment, replace=replace)
        if run is not None:
            _write(connection, run, result, prepared)
    return result.run_id


def load_run(database: Session | DatabaseManager, run_id: str) -> StoredRun:
    """Read a run back, its records bit for bit as they were stored.

    Parameters
    ----------
    database : Session or DatabaseManager
    run_id : str

    Raises
    ------
    DatabaseError
        If there is no such run; the message lists the latest ones.
    """
    with _reading(database, f"load run {run_id} from") as session:
        run = session.scalar(select(BacktestRun).where(BacktestRun.run_id == run_id))
        if run is None:
            raise StoreError(_absent(session, run_id))
        return _load(session, run)


def list_runs(
    database: Session | DatabaseManager,
    *,
    name: str | None = None,
    limit: int | None = 100,
) -> list[RunSummary]:
    """Return the stored runs, the latest first.

    Parameters
    ----------
    database : Session or DatabaseManager
    name : str, optional
        Only runs of this name.
    limit : int or None, default 100
        The most to return; None for all.
    """
    query = select(BacktestRun).order_by(
        BacktestRun.stored_at.desc(), BacktestRun.id.desc()
    )
    if name is not None:
        query = query.where(BacktestRun.name == name)
    if limit is not None:
        query = query.limit(limit)
    with _reading(database, "list the runs of") as session:
        return [_summary(run) for run in session.scalars(query)]


# Writing


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Everything a run's rows will say, converted and checked."""

    units: columns.Units
    orders: columns.Columns
    order_terms: columns.Columns
    fills: columns.Columns
    account: columns.Columns
    incidents: columns.Columns
    charges: columns.Columns
    rates: columns.Columns
    statements: list[dict[str, Any]]
    final: list[Decimal]


def _codes(result: RunResult) -> list[str]:
    """Return the account's currencies in the order of their numbers."""
    return [result.currency, *result.rates]


def _prepare(result: RunResult) -> _Prepared:
    try:
        json.dumps(result.config, allow_nan=False)
    except (TypeError, ValueError) as error:
        msg = f"the config of run {result.run_id} is not JSON: {error}"
        raise DataError(msg) from error
    try:
        units = columns.Units.of(result.instruments)
        return _Prepared(
            units=units,
            orders=rows.order_columns(result.orders, units),
            order_terms=order_terms.terms_columns(
                result.order_terms, result.orders, units
            ),
            fills=rows.fill_columns(result.fills, units),
            account=rows.account_columns(result.account),
            incidents=rows.incident_columns(result.incidents, units),
            charges=money.charge_columns(result.charges, units, _codes(result)),
            rates=money.rate_columns(result.rates),
            statements=money.statement_rows(result.statements, result.consolidated),
            final=rows.final_quantities(result.final_positions, units),
        )
    except AiTradingError as error:
        msg = f"run {result.run_id} cannot be stored exactly: {error}"
        raise DataError(msg) from error


def _claim(
    connection: Connection, result: RunResult, moment: datetime, *, replace: bool
) -> int | None:
    """Write the run's own row; None if what is stored already stands."""
    # Writing before reading makes two writers of one run wait for each other.
    run = _insert_run(connection, result, moment)
    if run is not None:
        return run
    stored = connection.execute(
        select(
            BacktestRun.id,
            BacktestRun.state_hash,
            BacktestRun.partial,
            BacktestRun.events,
        )
        .where(BacktestRun.run_id == result.run_id)
        .with_for_update()
    ).one()
    same = (stored.state_hash, stored.partial) == (result.state_hash, result.partial)
    further = stored.partial and (not result.partial or result.events > stored.events)
    if same or (result.partial and not further and not replace):
        return None
    if not further and not replace:
        msg = (
            f"run {result.run_id} is already stored with state hash "
            f"{stored.state_hash}; received {result.state_hash}. The same inputs gave "
            f"another result: did ai_trading or the data change? "
            f"store_run(..., replace=True) keeps the new one"
        )
        raise StoreError(msg)
    connection.execute(delete(BacktestRun).where(BacktestRun.id == stored.id))
    return _insert_run(connection, result, moment)


def _insert_run(
    connection: Connection, result: RunResult, moment: datetime
) -> int | None:
    account = result.account
    final = Decimal(int(account["value"][-1])).scaleb(-6) if len(account) else None
    values = {
        "run_id": result.run_id,
        "name": result.name,
        "kind": result.kind,
        "partial": result.partial,
        "seed": result.seed,
        "state_hash": result.state_hash,
        "config": result.config,
        "start_ns": result.start_ns,
        "end_ns": result.end_ns,
        "events": result.events,
        "wall_seconds": result.wall_seconds,
        "currency": result.currency,
        "initial_cash": result.initial_cash,
        "final_value": result.initial_cash if final is None else final,
        "order_count": len(result.orders),
        "fill_count": len(result.fills),
        "strategies": list(result.strategies),
        "stored_at": moment,
    }
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(BacktestRun)
        .values(values)
        .on_conflict_do_nothing(index_elements=["run_id"])
        .returning(BacktestRun.id)
    )
    done: CursorResult[Any] = connection.execute(statement)
    return done.scalar_one_or_none()


def _write(
    connection: Connection, run: int, result: RunResult, prepared: _Prepared
) -> None:
    ids = rows.instrument_ids(connection, prepared.units)
    if len(ids):
        connection.execute(
            RunInstrument.__table__.insert(),  # type: ignore[attr-defined]
            [
                {
                    "run_id": run,
                    "position": position,
                    "instrument_id": int(ids[position]),
                    "final_quantity": quantity,
                }
                for position, quantity in enumerate(prepared.final)
            ],
        )
    columns.insert(connection, "orders", run, columns.with_ids(prepared.orders, ids))
    columns.insert(connection, "order_terms", run, prepared.order_terms)
    columns.insert(connection, "fills", run, columns.with_ids(prepared.fills, ids))
    columns.insert(connection, "equity_points", run, prepared.account)
    columns.insert(
        connection, "run_incidents", run, columns.with_ids(prepared.incidents, ids)
    )
    charges = money.with_ids(prepared.charges, ids)
    columns.insert(connection, "run_entries", run, charges)
    columns.insert(connection, "run_rates", run, prepared.rates)
    if prepared.statements:
        connection.execute(
            CurrencyStatement.__table__.insert(),  # type: ignore[attr-defined]
            [{"run_id": run, **row} for row in prepared.statements],
        )
    if result.findings:
        connection.execute(
            Finding.__table__.insert(),  # type: ignore[attr-defined]
            [
                {
                    "run_id": run,
                    "sequence": place,
                    "severity": finding.severity,
                    "code": finding.code,
                    "message": finding.message,
                    "advice": finding.advice,
                }
                for place, finding in enumerate(result.findings)
            ],
        )
    if result.transitions:
        connection.execute(
            Transition.__table__.insert(),  # type: ignore[attr-defined]
            [
                {
                    "run_id": run,
                    "sequence": place,
                    "timestamp_ns": change.at_ns,
                    "scope": change.scope,
                    "from_mode": int(change.before),
                    "to_mode": int(change.after),
                    "cause": change.cause,
                    "who": change.who,
                    "reason": change.reason,
                }
                for place, change in enumerate(result.transitions)
            ],
        )


# Reading


def _load(session: Session, run: BacktestRun) -> StoredRun:
    members = run.instruments
    table = InstrumentTable([rows.to_instrument(m.instrument) for m in members])
    units = columns.Units.of(table)
    places = {m.instrument_id: m.position for m in members}
    connection = session.connection()
    statements, consolidated = money.read_statements(run.statements)
    rates = money.read_rates(connection, run.id)
    orders = rows.read_orders(connection, run.id, units, places)
    return StoredRun(
        run_id=run.run_id,
        name=run.name,
        kind=run.kind,
        partial=run.partial,
        seed=run.seed,
        state_hash=run.state_hash,
        config=run.config,
        start_ns=run.start_ns,
        end_ns=run.end_ns,
        events=run.events,
        wall_seconds=run.wall_seconds,
        currency=run.currency,
        initial_cash=run.initial_cash,
        instruments=table,
        strategies=tuple(run.strategies),
        orders=orders,
        order_terms=order_terms.read_terms(connection, run.id, orders, units),
        fills=rows.read_fills(connection, run.id, units, places),
        account=rows.read_account(connection, run.id),
        incidents=rows.read_incidents(connection, run.id, units, places),
        final_positions={
            m.position: table[m.position].to_lots(m.final_quantity)
            for m in members
            if m.final_quantity
        },
        findings=tuple(
            StoredFinding(f.severity, f.code, f.message, f.advice) for f in run.findings
        ),
        transitions=tuple(
            StoredTransition(
                t.timestamp_ns,
                t.scope,
                t.from_mode,
                t.to_mode,
                t.cause,
                t.who,
                t.reason,
            )
            for t in run.transitions
        ),
        charges=money.read_charges(
            connection, run.id, units, places, [run.currency, *rates]
        ),
        rates=rates,
        statements=statements,
        consolidated=consolidated,
        stored_at=run.stored_at,
    )


def _summary(run: BacktestRun) -> RunSummary:
    return RunSummary(
        run_id=run.run_id,
        name=run.name,
        kind=run.kind,
        partial=run.partial,
        seed=run.seed,
        state_hash=run.state_hash,
        start_ns=run.start_ns,
        end_ns=run.end_ns,
        events=run.events,
        wall_seconds=run.wall_seconds,
        currency=run.currency,
        initial_cash=run.initial_cash,
        final_value=run.final_value,
        orders=run.order_count,
        fills=run.fill_count,
        strategies=tuple(run.strategies),
        stored_at=run.stored_at,
    )


def _absent(session: Session, run_id: str) -> str:
    latest = session.scalars(
        select(BacktestRun.run_id).order_by(BacktestRun.stored_at.desc()).limit(5)
    ).all()
    known = f"the latest are {', '.join(latest)}" if latest else "none is stored"
    return f"no run {run_id!r} is stored here; {known}"


# Sessions


@contextmanager
def _writing(database: Session | DatabaseManager, doing: str) -> Iterator[Connection]:
    if isinstance(database, DatabaseManager):
        with database.get_session() as session, _named(session, doing):
            yield session.connection()
    else:
        session = _session(database)
        with _named(session, doing), session.begin_nested():
            yield session.connection()


@contextmanager
def _reading(database: Session | DatabaseManager, doing: str) -> Iterator[Session]:
    if isinstance(database, DatabaseManager):
        with database.get_session() as session, _named(session, doing):
            yield session
    else:
        session = _session(database)
        with _named(session, doing):
            yield session


def _session(database: object) -> Session:
    if isinstance(database, Session):
        return database
    msg = (
        f"expected a DatabaseManager or an SQLAlchemy Session; received "
        f"{type(database).__name__}"
    )
    raise ArgumentError(msg)


@contextmanager
def _named(session: Session, doing: str) -> Iterator[None]:
    bind: Engine | Connection = session.get_bind()
    with translated(bind.engine.url, doing):
        yield
