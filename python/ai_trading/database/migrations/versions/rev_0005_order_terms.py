"""Keep what orders asked for besides a price."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ai_trading.database.types import ExactDecimal

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the schema up."""
    op.create_table(
        "order_terms",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=True),
        sa.Column("link_group", sa.BigInteger(), nullable=True),
        sa.Column("trigger_on", sa.String(length=16), nullable=True),
        sa.Column("stop", ExactDecimal(9), nullable=True),
        sa.Column("trail", ExactDecimal(9), nullable=True),
        sa.Column("trail_basis_points", sa.BigInteger(), nullable=True),
        sa.Column("display", ExactDecimal(8), nullable=True),
        sa.Column("peg", sa.String(length=16), nullable=True),
        sa.Column("peg_offset", ExactDecimal(9), nullable=True),
        sa.Column("peg_limit", ExactDecimal(9), nullable=True),
        sa.Column("slides", sa.Boolean(), nullable=False),
        sa.Column("expires_ns", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "trigger_on IN ('last', 'bid_ask', 'mid')",
            name=op.f("ck_order_terms_trigger_known"),
        ),
        sa.CheckConstraint(
            "peg IN ('primary', 'midpoint', 'market')",
            name=op.f("ck_order_terms_peg_known"),
        ),
        sa.CheckConstraint("trail > 0", name=op.f("ck_order_terms_trail_positive")),
        sa.CheckConstraint(
            "trail_basis_points > 0",
            name=op.f("ck_order_terms_trail_basis_points_positive"),
        ),
        sa.CheckConstraint("display > 0", name=op.f("ck_order_terms_display_positive")),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["backtest_runs.id"],
            name=op.f("fk_order_terms_run_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id", "order_id"],
            ["orders.run_id", "orders.order_id"],
            name=op.f("fk_order_terms_run_id_order_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "sequence", name=op.f("pk_order_terms")),
        sa.UniqueConstraint(
            "run_id", "order_id", name=op.f("uq_order_terms_run_id_order_id")
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take it down again; what was asked for is lost."""
    op.drop_table("order_terms")
