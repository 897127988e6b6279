"""Where a database is: URLs read, completed, and shown without their secrets.

Embedded SQLite (``sqlite:///file.db``, or ``sqlite://`` in memory) and PostgreSQL
through psycopg (``postgresql://user@host/name``) are supported.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError as BadUrlError

from ai_trading.core.errors import ConfigError

__all__ = ["is_memory", "parse", "secrets_of", "shown", "sqlite_path", "take_secrets"]

_SECRET_WORDS: Final = ("password", "secret", "token")
_POSTGRES: Final = ("postgres", "postgresql", "postgresql+psycopg")
_SQLITE: Final = ("sqlite", "sqlite+pysqlite")
_EXAMPLES: Final = "sqlite:///ai_trading.db, or postgresql://user:password@host/name"


def parse(url: str | URL) -> URL:
    """Read a URL and name its driver.

    Parameters
    ----------
    url : str or URL

    Returns
    -------
    URL
        With driver ``sqlite+pysqlite`` or ``postgresql+psycopg``.

    Raises
    ------
    ConfigError
        If it is not a URL of a supported database. The message never repeats the
        URL: what is wrong with it may be its password.

    Examples
    --------
    >>> parse("postgresql://desk@db/trades").drivername
    'postgresql+psycopg'
    """
    try:
        parsed = make_url(url)
    except (BadUrlError, ValueError):
        msg = (
            f"the database URL cannot be read (it is not shown, since it may hold a "
            f"password); expected {_EXAMPLES}. Characters such as @ : / in a password "
            f"must be percent-encoded: urllib.parse.quote(password, safe='')"
        )
        raise ConfigError(msg) from None
    if parsed.drivername in _SQLITE:
        return parsed.set(drivername="sqlite+pysqlite")
    if parsed.drivername in _POSTGRES:
        return parsed.set(drivername="postgresql+psycopg")
    msg = (
        f"database {parsed.drivername!r} is not supported; use SQLite or PostgreSQL "
        f"(through psycopg): {_EXAMPLES}"
    )
    raise ConfigError(msg)


def take_secrets(url: URL) -> tuple[URL, dict[str, str]]:
    """Split secret query parameters (``?password=``, ``?sslpassword=``) off a URL.

    Returns
    -------
    url : URL
        Without them, so that nothing that prints it can print them.
    secrets : dict of str to str
        To be handed to the driver.
    """
    secrets = {
        name: value if isinstance(value, str) else value[-1]
        for name, value in url.query.items()
        if any(word in name.lower() for word in _SECRET_WORDS)
    }
    return url.difference_update_query(secrets), secrets


def secrets_of(url: URL) -> tuple[str, ...]:
    """Every secret a URL holds, for keeping them out of messages."""
    _, others = take_secrets(url)
    password = url.password
    return tuple(text for text in (password, *others.values()) if text)


def shown(url: URL) -> str:
    """Return the URL as a person may see it, any password as ``***``.

    Examples
    --------
    >>> shown(parse("postgresql://desk:hunter2@db/trades?password=hunter3"))
    'postgresql+psycopg://desk:***@db/trades'
    """
    return take_secrets(url)[0].render_as_string(hide_password=True)


def is_memory(url: URL) -> bool:
    """Whether it is an SQLite database that lives in this process only."""
    if not url.drivername.startswith("sqlite"):
        return False
    name = url.database or ""
    return name in {"", ":memory:"} or "mode=memory" in f"{name} {url.query}"


def sqlite_path(url: URL) -> Path | None:
    """Return the file of an SQLite database, None for any other."""
    if not url.drivername.startswith("sqlite") or is_memory(url):
        return None
    name = url.database or ""
    return None if name.startswith("file:") else Path(name)
