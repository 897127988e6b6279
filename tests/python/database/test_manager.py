from __future__ import annotations

import io
import logging
import os
import re
import subprocess
import sys
import threading
import traceback
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import database_samples as samples
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from ai_trading.core.errors import (
    ArgumentError,
    ConfigError,
    DatabaseError,
    MissingExtraError,
)
from ai_trading.core.settings import load_settings
from ai_trading.database import (
    DatabaseManager,
    PerformanceMetric,
    Portfolio,
    RiskMetric,
    Trade,
    get_session,
    initialize_database,
    shutdown_database,
)
from ai_trading.database.runs import list_runs, store_run

SECRET = "hunter2-s3cr3t"  # a made-up password, to be looked for in every message


@pytest.fixture(autouse=True)
def no_default_database():
    yield
    shutdown_database()


def a_trade(**changes) -> Trade:
    values = {"symbol": "AAPL", "side": "buy", "quantity": Decimal(100), **changes}
    return Trade(**values)


def test_a_session_is_committed_at_the_end_of_its_block(database):
    with database.get_session() as session:
        assert isinstance(session, Session)
        trade = a_trade(price=Decimal("150.25"), market_data_snapshot={"bid": 150})
        session.add(trade)

    assert trade.id == 1  # readable after the block
    with database.get_session() as session:
        again = session.get(Trade, 1)
        assert (again.price, again.side) == (Decimal("150.25"), "buy")
        assert (again.status, again.order_type) == ("pending", "market")
        assert again.market_data_snapshot == {"bid": 150}
        assert again.created_at.tzinfo is UTC


def test_a_session_is_rolled_back_on_an_error(database):
    def fail(session: Session) -> None:
        session.add(a_trade())
        session.flush()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), database.get_session() as session:
        fail(session)

    with database.get_session() as session:
        assert session.scalars(select(Trade)).all() == []


def test_every_model_keeps_its_fields(database):
    when = datetime(2026, 1, 15, tzinfo=UTC)
    rows = [
        Portfolio(
            account_id="main",
            symbol="AAPL",
            quantity=Decimal(-100),
            average_cost=Decimal("150.25"),
            unrealized_pnl=Decimal("-12.5"),
            day_change_percent=-0.01,
            last_updated=when,
        ),
        RiskMetric(portfolio_id="main", calculation_date=when, var_95=0.02, beta=1.1),
        PerformanceMetric(
            strategy_id="s",
            portfolio_id="main",
            period_start=when,
            period_end=when,
            total_trades=3,
            winning_trades=2,
            losing_trades=1,
            largest_loss=Decimal("1000.01"),
        ),
    ]
    with database.get_session() as session:
        session.add_all(rows)

    with database.get_session() as session:
        for row in rows:
            again = session.get(type(row), row.id)
            for column in type(row).__table__.columns:
                name = column.name
                assert getattr(again, name) == getattr(row, name), name


PUBLIC_FIELDS = {
    Trade: """
        id symbol side order_type quantity price executed_price status created_at
        executed_at commission slippage strategy_id signal_strength stop_loss
        take_profit notes market_data_snapshot
    """,
    Portfolio: """
        id account_id symbol quantity average_cost current_price last_updated
        asset_class sector market_value unrealized_pnl realized_pnl day_change
        day_change_percent
    """,
    RiskMetric: """
        id portfolio_id calculation_date var_95 var_99 expected_shortfall
        sharpe_ratio sortino_ratio max_drawdown current_drawdown volatility beta
        correlation_spy concentration_risk liquidity_risk
    """,
    PerformanceMetric: """
        id strategy_id portfolio_id period_start period_end total_return
        annualized_return benchmark_return alpha tracking_error information_ratio
        win_rate profit_factor average_win average_loss largest_win largest_loss
        total_trades winning_trades losing_trades
    """,
}


@pytest.mark.parametrize(("model", "names"), list(PUBLIC_FIELDS.items()))
def test_the_public_models_have_the_public_fields(model, names):
    assert {column.name for column in model.__table__.columns} == set(names.split())


@pytest.mark.parametrize(
    "wrong",
    [
        {"quantity": Decimal(0)},
        {"signal_strength": 1.5},
        {"symbol": None},
        {
            "created_at": datetime(2026, 1, 2, tzinfo=UTC),
            "executed_at": datetime(2026, 1, 1, tzinfo=UTC),
        },
    ],
)
def test_the_tables_refuse_what_cannot_be(database, wrong):
    with pytest.raises(DatabaseError), database.get_session() as session:
        session.add(a_trade(**wrong))


def test_a_float_price_is_refused_by_name(database):
    with (
        pytest.raises(ArgumentError, match=r"Did you mean Decimal\('150.1'\)"),
        database.get_session() as session,
    ):
        session.add(a_trade(price=150.1))


def test_inside_the_block_sqlalchemys_own_errors_can_be_caught(database):
    with database.get_session() as session:
        session.add(a_trade(quantity=Decimal(-1)))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_a_missing_table_is_explained(empty):
    with (
        pytest.raises(DatabaseError, match=r"DatabaseManager.initialize\(\)"),
        empty.get_session() as session,
    ):
        session.scalars(select(Trade)).all()


def test_health_says_yes_only_while_connected(url):
    manager = DatabaseManager(url)
    assert not manager.is_healthy()

    manager.connect().connect()
    assert manager.is_healthy()
    manager.disconnect()
    manager.disconnect()

    assert not manager.is_healthy()
    with pytest.raises(DatabaseError, match="not connected"), manager.get_session():
        pass
    assert manager.connect().is_healthy()
    manager.disconnect()


def test_connection_info_says_where_and_how(database, url):
    info = database.get_connection_info()

    assert info["connected"]
    assert info["dialect"] == url.split(":")[0]
    assert info["revision"] == "0007"
    assert info["connections_in_use"] == 0
    assert int(info["server_version"].split(".")[0]) >= 3


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://desk:{SECRET}@127.0.0.1:1/none",
        f"postgresql://desk@127.0.0.1:1/none?password={SECRET}&connect_timeout=2",
        f"postgresql://desk:{SECRET}@127.0.0.1:1/none?sslpassword={SECRET}",
        f"postgresql://desk:{SECRET}:@127.0.0.1:x{SECRET}/none",
        f"mysql://desk:{SECRET}@127.0.0.1/none",
        f"no url {SECRET}",
    ],
)
def test_a_password_is_shown_nowhere(address):
    pytest.importorskip("psycopg")
    logs = io.StringIO()
    handler = logging.StreamHandler(logs)
    logging.getLogger().addHandler(handler)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        with pytest.raises((DatabaseError, ConfigError)) as caught:
            show_and_connect(address, logs)
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(level)

    told = "".join(traceback.format_exception(caught.value))
    assert SECRET not in logs.getvalue()
    assert SECRET not in told


def show_and_connect(address: str, out: io.StringIO) -> None:
    manager = DatabaseManager(address)
    out.write(f"{manager!r} {manager.get_connection_info()}")
    manager.connect()


def test_a_password_still_reaches_the_server(postgres_url):
    with DatabaseManager(f"{postgres_url}&password={SECRET}") as manager:
        assert manager.is_healthy()
        assert SECRET not in repr(manager.engine)


def test_no_server_is_explained():
    pytest.importorskip("psycopg")
    with pytest.raises(DatabaseError, match="is PostgreSQL running"):
        DatabaseManager("postgresql://desk@127.0.0.1:1/none").connect()


def test_a_missing_driver_names_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(MissingExtraError, match=r"ai_trading\[postgres\]"):
        DatabaseManager("postgresql://desk@127.0.0.1:1/none").connect()


def test_postgres_gives_up_on_a_slow_statement(postgres_url):
    with (
        DatabaseManager(postgres_url, query_timeout=0.05) as manager,
        pytest.raises(DatabaseError, match="raise query_timeout"),
        manager.get_session() as session,
    ):
        session.execute(text("SELECT pg_sleep(5)"))


def test_a_pool_that_is_used_up_says_so(sqlite_url):
    with (
        DatabaseManager(
            sqlite_url, pool_size=1, max_overflow=0, pool_timeout=0.05
        ) as manager,
        manager.get_session() as first,
    ):
        first.execute(text("SELECT 1"))
        with (
            pytest.raises(DatabaseError, match="close sessions sooner"),
            manager.get_session() as second,
        ):
            second.execute(text("SELECT 1"))


def test_sqlite_is_opened_as_documented(sqlite_url):
    with DatabaseManager(sqlite_url) as manager, manager.get_session() as session:
        told = [
            session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        ]

    assert told == ["wal", 1, 2, 30_000]


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(DatabaseError, match=f"create the directory {tmp_path}/no"):
        DatabaseManager(f"sqlite:///{tmp_path}/no/desk.db").connect()


def test_a_directory_is_not_a_database(tmp_path):
    with pytest.raises(DatabaseError, match="is a directory"):
        DatabaseManager(f"sqlite:///{tmp_path}").connect()


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("shopping list, " * 100)

    with pytest.raises(DatabaseError, match="this one is not SQLite"):
        DatabaseManager(f"sqlite:///{path}").connect()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_cannot_be_written_is_explained(tmp_path):
    path = tmp_path / "desk.db"
    DatabaseManager(f"sqlite:///{path}").initialize().disconnect()
    path.chmod(0o400)
    tmp_path.chmod(0o500)

    with (
        pytest.raises(DatabaseError, match="writable"),
        DatabaseManager(f"sqlite:///{path}") as manager,
    ):
        store_run(manager, a_run("one"))


def test_memory_is_one_database_for_all_threads():
    with DatabaseManager("sqlite://").initialize() as manager:
        thread = threading.Thread(target=lambda: store_run(manager, a_run("one")))
        thread.start()
        thread.join()

        assert [run.run_id for run in list_runs(manager)] == ["one"]


def a_run(run_id: str):
    return samples.make_result(run_id=run_id)


def test_writers_in_threads_wait_for_each_other(database):
    failures = []

    def work(number: int) -> None:
        try:
            for step in range(3):
                store_run(database, a_run(f"{number}-{step}"))
                store_run(database, a_run("shared"))
        except Exception as error:  # noqa: BLE001 - told to the main thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(list_runs(database)) == 13


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_uses_connections_of_its_own(database):
    code = """
import os, sys
from sqlalchemy import text
from ai_trading.database import DatabaseManager
manager = DatabaseManager(sys.argv[1]).connect()
assert manager.is_healthy()
child = os.fork()
healthy = manager.is_healthy()
if child == 0:
    os._exit(0 if healthy else 1)
_, status = os.waitpid(child, 0)
assert status == 0 and manager.is_healthy()
"""
    url = database.engine.url.render_as_string(hide_password=False)

    subprocess.run([sys.executable, "-c", code, url], check=True, timeout=60)


def test_without_a_url_the_embedded_file_of_the_settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AI_TRADING_DATABASE__URL", raising=False)
    initialize_database()
    assert Path("ai_trading.db").is_file()

    deep = tmp_path / "data" / "desk.db"
    settings = load_settings(env_file=None, database={"sqlite_path": deep})
    initialize_database(settings=settings)

    assert deep.is_file()


def test_settings_and_arguments_reach_the_pool(tmp_path):
    settings = load_settings(
        env_file=None,
        database={
            "url": f"sqlite:///{tmp_path / 'set.db'}",
            "connection_pool_size": 7,
            "query_timeout_seconds": 5,
        },
    )

    info = DatabaseManager(settings=settings, max_overflow=0).get_connection_info()

    assert info["database"] == str(tmp_path / "set.db")
    assert (info["pool_size"], info["max_overflow"], info["query_timeout"]) == (7, 0, 5)


def test_the_default_database_of_the_process(url, tmp_path):
    with pytest.raises(DatabaseError, match="initialize_database"), get_session():
        pass

    first = initialize_database(url)
    with get_session() as session:
        session.add(a_trade())
    second = initialize_database(f"sqlite:///{tmp_path / 'second.db'}")
    with get_session() as session:
        assert session.scalar(select(func.count()).select_from(Trade)) == 0

    assert second.connected
    assert not first.connected
    shutdown_database()
    shutdown_database()
    assert not second.connected


def test_a_default_that_cannot_be_opened_leaves_the_earlier_one(sqlite_url, tmp_path):
    initialize_database(sqlite_url)

    with pytest.raises(DatabaseError):
        initialize_database(f"sqlite:///{tmp_path}")

    with get_session() as session:
        session.add(a_trade())


def test_importing_the_package_does_not_import_the_database():
    code = "import sys, ai_trading; print('sqlalchemy' in sys.modules)"

    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert told.stdout == "False\n"


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        ("server accepting connections?", "connections? Likely fix"),
        ("disk is full", "disk is full. Likely fix: free some space"),
        ("it broke.", "it broke. Likely fix"),
    ],
)
def test_what_a_driver_says_ends_with_one_mark(cause, said):
    from sqlalchemy.engine import make_url

    from ai_trading.database.failures import translated

    url = make_url("postgresql+psycopg://localhost/runs")
    with (
        pytest.raises(DatabaseError, match=re.escape(said)),
        translated(url, "reach"),
    ):
        raise OperationalError("", None, Exception(cause))
