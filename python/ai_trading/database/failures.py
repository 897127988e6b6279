"""What goes wrong in a driver, as a `DatabaseError` that says what to do about it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import exc

from ai_trading.core.errors import DatabaseError
from ai_trading.database.address import secrets_of, shown, sqlite_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import URL

__all__ = ["advice", "translated"]

_TABLES: Final = (
    "the tables are made by DatabaseManager.initialize(), or initialize_database()"
)
# Words of the driver's message, and the likely fix.
_ADVICE: Final = (
    ("no such table", _TABLES),
    ("relation ", _TABLES),
    ("does not exist", "create it on the server, or check the name"),
    ("database is locked", "another process is writing; retry, or raise query_timeout"),
    ("readonly database", "make the file and its directory writable"),
    ("file is not a database", "name another file; this one is not SQLite"),
    ("malformed", "the file is damaged; restore it from a backup"),
    ("disk is full", "free some space"),
    ("integer overflow", "the exact sum leaves 64 bits; sum in parts"),
    ("password authentication", "check the user name and the password"),
    ("connection refused", "is PostgreSQL running, and are host and port right?"),
    ("could not translate host", "check the host name"),
    ("no such file or directory", "is PostgreSQL running there? check the socket path"),
    ("statement timeout", "raise query_timeout, or ask for less at once"),
    ("unique constraint", "a row with this key is already stored"),
    ("foreign key constraint", "store the row it refers to first"),
    ("check constraint", "a value lies outside what the table allows"),
    ("not null constraint", "a required value is missing"),
    ("not-null constraint", "a required value is missing"),
    ("closed the connection", "the server went away; connect again"),
)


@contextmanager
def translated(url: URL, doing: str) -> Iterator[None]:
    """Turn errors of the driver into `DatabaseError`.

    Parameters
    ----------
    url : URL
        The database, for the message; its secrets are kept out.
    doing : str
        What was being done, as in "cannot <doing> <database>".
    """
    try:
        yield
    except (exc.DBAPIError, exc.TimeoutError) as error:
        message = _message(url, doing, error)
        leaks = any(secret in str(error) for secret in secrets_of(url))
        raise DatabaseError(message) from (None if leaks else error)


def _message(url: URL, doing: str, error: exc.SQLAlchemyError) -> str:
    cause = str(error.orig if isinstance(error, exc.DBAPIError) else error)
    for secret in secrets_of(url):
        cause = cause.replace(secret, "***")
    cause = " ".join(cause.split())
    if not cause.endswith((".", "?", "!")):  # PostgreSQL ends some with a question
        cause += "."
    return f"cannot {doing} {shown(url)}: {cause} Likely fix: {advice(url, cause)}"


def advice(url: URL, cause: str) -> str:
    """Return the likely fix for a driver's message."""
    path = sqlite_path(url)
    if path is not None and "unable to open" in cause:
        if path.is_dir():
            return f"{path} is a directory; name a file in it"
        if not path.parent.is_dir():
            return f"create the directory {path.parent}"
        if not os.access(path.parent, os.W_OK):
            return f"make the directory {path.parent} writable, or name another file"
        return f"make {path} readable and writable"
    lower = cause.lower()
    for words, fix in _ADVICE:
        if words in lower:
            return fix
    if "QueuePool limit" in cause:
        return "close sessions sooner, or raise pool_size or max_overflow"
    return "read the message above; it is the driver's own"
