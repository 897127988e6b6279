"""Keep how much at a time an order was to trade."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ai_trading.database.types import ExactDecimal

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the schema up; orders of before had no such terms."""
    op.add_column("order_terms", sa.Column("minimum", ExactDecimal(8), nullable=True))
    op.add_column("order_terms", sa.Column("all_or_none", sa.Boolean(), nullable=True))


def downgrade() -> None:
    """Take it down again; what was asked for is lost."""
    op.drop_column("order_terms", "all_or_none")
    op.drop_column("order_terms", "minimum")
