"""Keep what runs did in each currency, and what holding positions cost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ai_trading.database.types import ExactDecimal, WideDecimal

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AMOUNTS = (
    "cash",
    "positions",
    "deposits",
    "exchanged",
    "realized",
    "unrealized",
    "income",
    "costs",
    "translation",
)


def of_a_run(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    """Return the columns and constraints of every table of a run's rows."""
    return (
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["backtest_runs.id"],
            name=op.f(f"fk_{table}_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "sequence", name=op.f(f"pk_{table}")),
    )


def upgrade() -> None:
    """Take the schema up."""
    op.create_table(
        "run_rates",
        *of_a_run("run_rates"),
        sa.Column("currency", sa.String(length=16), nullable=False),
        sa.Column("timestamp_ns", sa.BigInteger(), nullable=False),
        sa.Column("rate", ExactDecimal(9), nullable=False),
        sa.CheckConstraint("rate > 0", name=op.f("ck_run_rates_rate_positive")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_statements",
        *of_a_run("run_statements"),
        sa.Column("currency", sa.String(length=16), nullable=True),
        *(sa.Column(name, WideDecimal(), nullable=False) for name in AMOUNTS),
        sa.UniqueConstraint(
            "run_id", "currency", name=op.f("uq_run_statements_run_id_currency")
        ),
    )
    op.create_table(
        "run_charges",
        *of_a_run("run_charges"),
        sa.Column("timestamp_ns", sa.BigInteger(), nullable=False),
        sa.Column("instrument_id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("quantity", ExactDecimal(8), nullable=False),
        sa.Column("price", ExactDecimal(9), nullable=False),
        sa.Column("amount", ExactDecimal(9), nullable=False),
        sa.CheckConstraint(
            "kind IN ('borrow', 'funding')", name=op.f("ck_run_charges_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instruments.id"],
            name=op.f("fk_run_charges_instrument_id"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_run_charges_run_id_instrument_id"),
        "run_charges",
        ["run_id", "instrument_id"],
        unique=False,
    )


def downgrade() -> None:
    """Take it down again."""
    op.drop_table("run_charges")
    op.drop_table("run_statements")
    op.drop_table("run_rates")
