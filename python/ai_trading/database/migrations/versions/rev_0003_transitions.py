"""Keep how scopes of the gate came to be restricted, halted and enabled in runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the schema up."""
    op.create_table(
        "run_transitions",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("timestamp_ns", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("from_mode", sa.Integer(), nullable=False),
        sa.Column("to_mode", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "from_mode BETWEEN 0 AND 2",
            name=op.f("ck_run_transitions_from_mode_known"),
        ),
        sa.CheckConstraint(
            "to_mode BETWEEN 0 AND 2", name=op.f("ck_run_transitions_to_mode_known")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["backtest_runs.id"],
            name=op.f("fk_run_transitions_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "sequence", name=op.f("pk_run_transitions")),
    )


def downgrade() -> None:
    """Take it down again."""
    op.drop_table("run_transitions")
