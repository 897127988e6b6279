"""Keep dividends and interest beside borrow and funding, all to the last 1e-18."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ai_trading.database.types import ExactDecimal

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def columns(table: str, *own: sa.Column[object]) -> tuple[sa.schema.SchemaItem, ...]:
    """Return what both tables have around the columns of their own."""
    return (
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("timestamp_ns", sa.BigInteger(), nullable=False),
        *own,
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("quantity", ExactDecimal(8), nullable=False),
        sa.Column("price", ExactDecimal(9), nullable=False),
        sa.Column("amount", ExactDecimal(9), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["backtest_runs.id"],
            name=op.f(f"fk_{table}_run_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instruments.id"],
            name=op.f(f"fk_{table}_instrument_id"),
        ),
        sa.PrimaryKeyConstraint("run_id", "sequence", name=op.f(f"pk_{table}")),
    )


def index(table: str) -> None:
    """Create the one index."""
    op.create_index(
        op.f(f"ix_{table}_run_id_instrument_id"),
        table,
        ["run_id", "instrument_id"],
        unique=False,
    )


def upgrade() -> None:
    """Take the schema up: charges become entries, in their instrument's currency."""
    op.create_table(
        "run_entries",
        *columns(
            "run_entries",
            sa.Column("instrument_id", ROW_ID, nullable=True),
            sa.Column("currency", sa.String(length=16), nullable=False),
        ),
        sa.Column("amount_rest", ExactDecimal(18), nullable=False),
        sa.CheckConstraint(
            "kind IN ('borrow', 'funding', 'dividend', 'interest')",
            name=op.f("ck_run_entries_kind_known"),
        ),
        sa.CheckConstraint(
            "(kind = 'interest') = (instrument_id IS NULL)",
            name=op.f("ck_run_entries_instrument_fits"),
        ),
        sqlite_with_rowid=False,
    )
    index("run_entries")
    op.execute(
        "INSERT INTO run_entries (run_id, sequence, timestamp_ns, instrument_id, "
        "currency, kind, quantity, price, amount, amount_rest) "
        "SELECT c.run_id, c.sequence, c.timestamp_ns, c.instrument_id, i.currency, "
        "c.kind, c.quantity, c.price, c.amount, 0 "
        "FROM run_charges c JOIN instruments i ON i.id = c.instrument_id"
    )
    op.drop_table("run_charges")


def downgrade() -> None:
    """Take it down again; dividends, interest and what is below 1e-9 are lost."""
    op.create_table(
        "run_charges",
        *columns("run_charges", sa.Column("instrument_id", ROW_ID, nullable=False)),
        sa.CheckConstraint(
            "kind IN ('borrow', 'funding')", name=op.f("ck_run_charges_kind_known")
        ),
        sqlite_with_rowid=False,
    )
    index("run_charges")
    op.execute(
        "INSERT INTO run_charges (run_id, sequence, timestamp_ns, instrument_id, "
        "kind, quantity, price, amount) "
        "SELECT run_id, sequence, timestamp_ns, instrument_id, kind, quantity, price, "
        "amount FROM run_entries WHERE kind IN ('borrow', 'funding')"
    )
    op.drop_table("run_entries")
