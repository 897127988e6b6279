"""How Alembic reaches the database: through the connection `migrate` hands over.

`ai_trading.database.migrate.draft` writes the next revision when the models changed.
"""

from __future__ import annotations

from alembic import context

from ai_trading.core.errors import DatabaseError
from ai_trading.database.migrate import render_item
from ai_trading.database.models import Base


def run() -> None:
    """Run the migrations that were asked for, in the caller's transaction."""
    connection = context.config.attributes.get("connection")
    if connection is None:
        msg = (
            "migrations run on a live connection; use ai_trading.database.migrate, not "
            "the alembic command"
        )
        raise DatabaseError(msg)
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        render_as_batch=True,
        render_item=render_item,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
