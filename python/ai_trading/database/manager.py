"""Connections: one `DatabaseManager` per database, and one default for the process.

Without a URL the database is the one of the settings: ``database.url``, or else an
embedded SQLite file at ``database.sqlite_path``. SQLite runs in WAL mode with foreign
keys on, full synchronisation and real transactions (schema changes included);
PostgreSQL runs through psycopg with a pool, a statement timeout and UTC as the
session's zone.

Nothing here shows a password: not `repr`, not `get_connection_info`, not an error.
"""

from __future__ import annotations

import json
import os
import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

from sqlalchemy import URL, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool, StaticPool

from ai_trading.core.errors import DatabaseError
from ai_trading.core.optional import require
from ai_trading.core.settings import load_settings
from ai_trading.database.address import (
    is_memory,
    parse,
    shown,
    sqlite_path,
    take_secrets,
)
from ai_trading.database.failures import translated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection

    from ai_trading.core.settings import Settings

__all__ = [
    "DatabaseManager",
    "get_session",
    "initialize_database",
    "shutdown_database",
]


_T = TypeVar("_T")


class DatabaseManager:
    """One database and the connections to it.

    Parameters
    ----------
    url : str or sqlalchemy.URL, optional
        ``sqlite:///file.db``, ``sqlite://`` (in memory) or
        ``postgresql://user:password@host/name``. Without it the setting
        ``database.url`` counts, and where that is empty the embedded SQLite file
        ``database.sqlite_path``: ``ai_trading.db`` in the working directory.
    pool_size, max_overflow : int, optional
        Connections kept open, and how many more under load (PostgreSQL, and SQLite
        files). None takes the setting; so does every option below.
    pool_timeout : float, optional
        Seconds to wait for a free connection.
    pool_recycle : float, optional
        Seconds after which a connection is replaced.
    query_timeout : float, optional
        Seconds after which PostgreSQL gives up on a statement, and for which SQLite
        waits for another writer.
    settings : Settings, optional
        Where the defaults come from; the process's settings if not given.

    Raises
    ------
    ConfigError
        If the URL cannot be read or names an unsupported database.

    Notes
    -----
    May be shared by threads; each takes its own session. After a fork the child opens
    connections of its own.

    Examples
    --------
    >>> with DatabaseManager("sqlite://") as database:
    ...     database.initialize()
    ...     database.is_healthy()
    DatabaseManager('sqlite+pysqlite://', connected)
    True
    """

    def __init__(
        self,
        url: str | URL | None = None,
        *,
        pool_size: int | None = None,
        max_overflow: int | None = None,
        pool_timeout: float | None = None,
        pool_recycle: float | None = None,
        query_timeout: float | None = None,
        settings: Settings | None = None,
    ) -> None:
        default = (settings or load_settings()).database
        if url is None and default.url is not None:
            url = default.url.get_secret_value()
        self._default_file = url is None
        self._url = (
            URL.create("sqlite+pysqlite", database=str(default.sqlite_path))
            if url is None
            else parse(url)
        )
        self._echo = default.echo
        self._pool_size = _or(pool_size, default.connection_pool_size)
        self._max_overflow = _or(max_overflow, default.max_overflow)
        self._pool_timeout = _or(pool_timeout, default.pool_timeout_seconds)
        self._pool_recycle = _or(pool_recycle, default.pool_recycle_seconds)
        self._query_timeout = _or(query_timeout, default.query_timeout_seconds)
        self._engine: Engine | None = None
        self._sessions: sessionmaker[Session] | None = None
        self._process = 0
        self._lock = threading.Lock()

    def connect(self) -> Self:
        """Open the database, creating an SQLite file; does nothing if it is open.

        Tables are created by `initialize`, not here.

        Returns
        -------
        DatabaseManager
            Itself.

        Raises
        ------
        DatabaseError
            If the database cannot be reached or a newer version of the library wrote
            it. The message names the likely fix.
        MissingExtraError
            If PostgreSQL is asked for and psycopg is not installed.
        """
        with self._lock:
            if self._engine is None:
                engine = self._create()
                try:
                    self._try(engine)
                except BaseException:
                    engine.dispose()
                    raise
                self._engine = engine
                self._sessions = sessionmaker(engine, expire_on_commit=False)
                self._process = os.getpid()
        return self

    def disconnect(self) -> None:
        """Close every connection; does nothing if there is none."""
        with self._lock:
            engine, self._engine, self._sessions = self._engine, None, None
        if engine is not None:
            engine.dispose(close=self._process == os.getpid())

    def initialize(self) -> Self:
        """Connect, and create the tables or bring them up to this version.

        Returns
        -------
        DatabaseManager
            Itself.

        Raises
        ------
        DatabaseError
            As `connect`, and where a migration fails; the schema is then as before.
        """
        from ai_trading.database import migrate

        engine = self.connect().engine
        with translated(self._url, "create or upgrade the tables of"):
            migrate.upgrade(engine)
        return self

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine; a `DatabaseError` if not connected."""
        engine = self._engine
        if engine is None:
            msg = f"{shown(self._url)} is not connected; call connect() first"
            raise DatabaseError(msg)
        if self._process != os.getpid():
            # A forked child must not write into its parent's connections.
            engine.dispose(close=False)
            self._process = os.getpid()
        return engine

    @property
    def connected(self) -> bool:
        """Whether `connect` was called and `disconnect` was not."""
        return self._engine is not None

    @contextmanager
    def get_session(self) -> Iterator[Session]:
        """Open a session: committed at the end of the block, rolled back on an error.

        Yields
        ------
        sqlalchemy.orm.Session
            Objects loaded in it stay readable after the block.

        Raises
        ------
        DatabaseError
            If not connected, or in place of an error of the driver that leaves the
            block. Inside the block SQLAlchemy's own errors can be caught.
        """
        engine = self.engine
        sessions = self._sessions or sessionmaker(engine, expire_on_commit=False)
        with translated(self._url, "use"), sessions.begin() as session:
            yield session

    def is_healthy(self) -> bool:
        """Whether a query gets an answer now; never raises."""
        if self._engine is None:
            return False
        try:
            with self.engine.connect() as connection:
                return bool(connection.execute(text("SELECT 1")).scalar_one() == 1)
        except SQLAlchemyError:
            return False

    def get_connection_info(self) -> dict[str, Any]:
        """Return what a person may know of the connection; never a password.

        Returns
        -------
        dict
            ``url`` (password as ``***``), ``dialect``, ``driver``, ``username``,
            ``host``, ``port``, ``database``, ``connected``, the pool's settings and
            ``query_timeout``; when connected also ``connections_in_use``,
            ``server_version`` and the schema's ``revision``.
        """
        url = self._url
        info: dict[str, Any] = {
            "url": shown(url),
            "dialect": url.get_backend_name(),
            "driver": url.get_driver_name(),
            "username": url.username,
            "host": url.host,
            "port": url.port,
            "database": url.database or (":memory:" if is_memory(url) else None),
            "connected": self.connected,
            "pool_size": self._pool_size,
            "max_overflow": self._max_overflow,
            "pool_timeout": self._pool_timeout,
            "pool_recycle": self._pool_recycle,
            "query_timeout": self._query_timeout,
        }
        if self.connected:
            info.update(self._live_info())
        return info

    def _live_info(self) -> dict[str, Any]:
        from ai_trading.database import migrate

        engine = self.engine
        pool = engine.pool
        in_use = pool.checkedout() if isinstance(pool, QueuePool) else 0
        with translated(self._url, "ask"), engine.connect() as connection:
            version = connection.dialect.server_version_info or ()
            return {
                "connections_in_use": in_use,
                "server_version": ".".join(str(part) for part in version),
                "revision": migrate.current(connection),
            }

    def _create(self) -> Engine:
        if self._url.get_backend_name() == "sqlite":
            return self._create_sqlite()
        return self._create_postgres()

    def _create_sqlite(self) -> Engine:
        path = sqlite_path(self._url)
        if path is not None and self._default_file:
            # The place is ours to choose, so it is ours to make.
            path.parent.mkdir(parents=True, exist_ok=True)
        options: dict[str, Any] = {"poolclass": StaticPool}
        if not is_memory(self._url):
            options = {"poolclass": QueuePool, **self._pool_options()}
        engine = create_engine(
            self._url,
            connect_args={"check_same_thread": False, "timeout": self._query_timeout},
            json_serializer=_to_json,
            echo=self._echo,
            **options,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _create_postgres(self) -> Engine:
        require("psycopg", "postgres")
        url, secrets = take_secrets(self._url)
        wanted = (
            f"-c statement_timeout={int(self._query_timeout * 1000)} -c timezone=UTC"
        )
        theirs = url.query.get("options", "")
        given = theirs if isinstance(theirs, str) else " ".join(theirs)
        return create_engine(
            url.difference_update_query(["options"]),
            connect_args={
                "application_name": "ai_trading",
                "options": f"{wanted} {given}".strip(),
                **secrets,
            },
            pool_pre_ping=True,
            json_serializer=_to_json,
            echo=self._echo,
            **self._pool_options(),
        )

    def _pool_options(self) -> dict[str, Any]:
        return {
            "pool_size": self._pool_size,
            "max_overflow": self._max_overflow,
            "pool_timeout": self._pool_timeout,
            "pool_recycle": self._pool_recycle,
        }

    def _try(self, engine: Engine) -> None:
        from ai_trading.database import migrate

        with translated(self._url, "open"), engine.connect() as connection:
            migrate.check_known(connection)

    def __enter__(self) -> Self:
        return self.connect()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.disconnect()

    def __repr__(self) -> str:
        state = "connected" if self.connected else "not connected"
        return f"DatabaseManager({shown(self._url)!r}, {state})"


def _or(given: _T | None, default: _T) -> _T:
    return default if given is None else given


# NaN is not JSON: PostgreSQL refuses it, and SQLite would keep what nobody can read.
_to_json = partial(json.dumps, allow_nan=False, ensure_ascii=False)


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # Python's sqlite3 must not open and commit transactions of its own: a schema change
    # would then not be part of one.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
    finally:
        cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    begin = connection.get_execution_options().get("sqlite_begin", "BEGIN")
    connection.exec_driver_sql(begin)


class _Default:
    """The process's own database, for programs that need no more than one."""

    manager: DatabaseManager | None = None
    lock = threading.Lock()


def initialize_database(
    url: str | URL | None = None,
    **options: Any,
) -> DatabaseManager:
    """Open the process's default database and bring its tables up to date.

    Parameters
    ----------
    url : str or URL, optional
    **options
        See `DatabaseManager`.

    Returns
    -------
    DatabaseManager
        What `get_session` uses from now on. An earlier default is disconnected.

    Raises
    ------
    DatabaseError
        See `DatabaseManager.initialize`; an earlier default then stays.
    """
    manager = DatabaseManager(url, **options)
    try:
        manager.initialize()
    except BaseException:
        manager.disconnect()
        raise
    with _Default.lock:
        earlier, _Default.manager = _Default.manager, manager
    if earlier is not None:
        earlier.disconnect()
    return manager


@contextmanager
def get_session() -> Iterator[Session]:
    """Open a session on the default database; see `DatabaseManager.get_session`.

    Raises
    ------
    DatabaseError
        If `initialize_database` was not called.
    """
    manager = _Default.manager
    if manager is None:
        msg = (
            "no database is open; call ai_trading.database.initialize_database() first"
        )
        raise DatabaseError(msg)
    with manager.get_session() as session:
        yield session


def shutdown_database() -> None:
    """Close the default database; does nothing if there is none."""
    with _Default.lock:
        manager, _Default.manager = _Default.manager, None
    if manager is not None:
        manager.disconnect()
