"""Keep incidents of runs, trades that were undone, and executions of no order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ai_trading.database.types import ExactDecimal

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FILLS = (
    "run_id, sequence, fill_id, order_id, instrument_id, strategy, timestamp_ns, side, "
    "liquidity, price, quantity, fee, realized, position"
)


def upgrade() -> None:
    """Take the schema up."""
    remake_fills(may_undo=True)
    op.create_table(
        "run_incidents",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("timestamp_ns", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("fill_id", sa.BigInteger(), nullable=True),
        sa.Column("execution", sa.BigInteger(), nullable=True),
        sa.Column("instrument_id", ROW_ID, nullable=False),
        sa.Column("quantity", ExactDecimal(8), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("report", sa.Integer(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instruments.id"],
            name=op.f("fk_run_incidents_instrument_id"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["backtest_runs.id"],
            name=op.f("fk_run_incidents_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "sequence", name=op.f("pk_run_incidents")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_run_incidents_run_id_instrument_id"),
        "run_incidents",
        ["run_id", "instrument_id"],
        unique=False,
    )


def downgrade() -> None:
    """Take it down again; fills that the older schema cannot hold are lost."""
    op.drop_table("run_incidents")
    op.execute("DELETE FROM fills WHERE quantity <= 0 OR order_id IS NULL")
    remake_fills(may_undo=False)


def remake_fills(*, may_undo: bool) -> None:
    """Change what a fill may be: SQLite can only make the table anew."""
    if op.get_bind().dialect.name == "postgresql":
        drop, add = "quantity_positive", "quantity_not_zero"
        rule = "quantity <> 0"
        if not may_undo:
            drop, add, rule = add, drop, "quantity > 0"
        op.drop_constraint(op.f(f"ck_fills_{drop}"), "fills", type_="check")
        op.create_check_constraint(op.f(f"ck_fills_{add}"), "fills", rule)
        op.alter_column("fills", "order_id", nullable=may_undo)
        return
    op.rename_table("fills", "fills_before")
    for column in ("instrument_id", "order_id"):
        op.drop_index(op.f(f"ix_fills_run_id_{column}"), table_name="fills_before")
    check = (
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_fills_quantity_not_zero"))
        if may_undo
        else sa.CheckConstraint("quantity > 0", name=op.f("ck_fills_quantity_positive"))
    )
    op.create_table(
        "fills",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fill_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=may_undo),
        sa.Column("instrument_id", ROW_ID, nullable=False),
        sa.Column("strategy", sa.Integer(), nullable=False),
        sa.Column("timestamp_ns", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.String(length=32), nullable=False),
        sa.Column("liquidity", sa.String(length=32), nullable=False),
        sa.Column("price", ExactDecimal(9), nullable=False),
        sa.Column("quantity", ExactDecimal(8), nullable=False),
        sa.Column("fee", ExactDecimal(9), nullable=False),
        sa.Column("realized", ExactDecimal(6), nullable=False),
        sa.Column("position", ExactDecimal(8), nullable=False),
        sa.CheckConstraint(
            "side IN ('buy', 'sell', 'sell_short')", name=op.f("ck_fills_side_known")
        ),
        check,
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instruments.id"], name=op.f("fk_fills_instrument_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id", "order_id"],
            ["orders.run_id", "orders.order_id"],
            name=op.f("fk_fills_run_id_order_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["backtest_runs.id"],
            name=op.f("fk_fills_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "sequence", name=op.f("pk_fills")),
        sqlite_with_rowid=False,
    )
    copy = f"INSERT INTO fills ({FILLS}) SELECT {FILLS} FROM fills_before"  # noqa: S608
    op.execute(copy)  # our own names
    op.drop_table("fills_before")
    for column in ("instrument_id", "order_id"):
        op.create_index(
            op.f(f"ix_fills_run_id_{column}"), "fills", ["run_id", column], unique=False
        )
