"""The schema's versions: where a database stands, and taking it up or down.

After a change of the models, `draft` writes the next revision for a person to read and
correct. The revisions are in ``migrations/versions``, shipped with the package. One
upgrade is one transaction on both databases, and two processes that start at once take
turns.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from ai_trading.core.errors import DatabaseError
from ai_trading.database.types import (
    ExactDecimal,
    Unsigned64,
    UtcDateTime,
    UtcNanos,
    Word,
)

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from sqlalchemy import Connection, Engine

__all__ = [
    "alembic_config",
    "check_known",
    "current",
    "downgrade",
    "draft",
    "head",
    "render_item",
    "upgrade",
]

_SCRIPTS: Final = Path(__file__).parent / "migrations"
# Any number will do, as long as every process takes the same.
_LOCK: Final = 7_229_116_034


def alembic_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, bound to a connection where one is given."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """Return the revision this version of the code works with."""
    revision = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if revision is None:
        msg = f"no migrations in {_SCRIPTS}; reinstall ai_trading"
        raise DatabaseError(msg)
    return revision


def current(connection: Connection) -> str | None:
    """Return the revision a database is at, None if it has no tables of ours."""
    return MigrationContext.configure(connection).get_current_revision()


def check_known(connection: Connection) -> str | None:
    """Return the revision a database is at, refusing one this code does not know.

    Raises
    ------
    DatabaseError
        If a newer version of the library wrote the database.
    """
    found = current(connection)
    if found is None:
        return None
    scripts = ScriptDirectory.from_config(alembic_config())
    known = {script.revision for script in scripts.walk_revisions()}
    if found not in known:
        msg = (
            f"the database is at revision {found!r}, which this version of ai_trading "
            f"does not know (it knows up to {head()!r}): a newer version wrote it. "
            f"Likely fix: pip install --upgrade ai_trading, or use another database"
        )
        raise DatabaseError(msg)
    return found


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Take the schema up to `revision`; does nothing if it is there.

    Raises
    ------
    DatabaseError
        If a newer version of the library wrote the database.
    """
    with engine.connect() as connection, connection.begin():
        found = check_known(connection)
    if revision == "head" and found == head():
        return
    with _alone(engine) as connection, connection.begin():
        _wait_for_turn(connection)
        command.upgrade(alembic_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema down to `revision` (``"base"`` drops every table of ours)."""
    with _alone(engine) as connection, connection.begin():
        _wait_for_turn(connection)
        command.downgrade(alembic_config(connection), revision)


def draft(
    engine: Engine, message: str, directory: Path = _SCRIPTS / "versions"
) -> Path:
    """Write the revision that takes a database at the head to the models.

    Parameters
    ----------
    engine : Engine
        A database at the latest revision.
    message : str
        What the revision does, in a few words.
    directory : Path, optional
        Where to write it; beside the others if not given.

    Returns
    -------
    Path
        The file, to be read, corrected and formatted.
    """
    with engine.connect() as connection, connection.begin():
        config = alembic_config(connection)
        places = dict.fromkeys((str(_SCRIPTS / "versions"), str(directory)))
        config.set_main_option("path_separator", "newline")
        config.set_main_option(
            "version_locations", "\n".join(places).replace("%", "%%")
        )
        script = command.revision(
            config,
            message,
            autogenerate=True,
            version_path=str(directory),
            rev_id=f"{int(head()) + 1:04}",
        )
    if script is None or isinstance(script, list):
        msg = f"Alembic wrote no revision to {directory}"
        raise DatabaseError(msg)
    return Path(script.path)


def render_item(
    kind: str, item: object, context: AutogenContext
) -> str | Literal[False]:
    """Write our column types into a drafted revision; False leaves it to Alembic."""
    if kind != "type":
        return False
    if isinstance(item, ExactDecimal):
        context.imports.add("from ai_trading.database.types import ExactDecimal")
        return f"ExactDecimal({item.scale})"
    if isinstance(item, UtcDateTime):
        context.imports.add("from ai_trading.database.types import UtcDateTime")
        return "UtcDateTime()"
    if isinstance(item, UtcNanos | Unsigned64 | Word):
        return f"sa.{item.impl!r}"
    return False


def _alone(engine: Engine) -> Connection:
    return engine.connect().execution_options(sqlite_begin="BEGIN IMMEDIATE")


def _wait_for_turn(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
