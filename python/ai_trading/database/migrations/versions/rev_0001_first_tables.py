"""Create the tables of backtests, trades, holdings and metrics."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ai_trading.database.types import ExactDecimal, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Take the schema up."""
    create_runs()
    create_desk()


def create_runs() -> None:
    """Create what a backtest leaves behind."""
    op.create_table(
        "backtest_runs",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("run_id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("state_hash", sa.String(length=128), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("start_ns", sa.BigInteger(), nullable=False),
        sa.Column("end_ns", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("wall_seconds", sa.Float(), nullable=False),
        sa.Column("currency", sa.String(length=16), nullable=False),
        sa.Column("initial_cash", ExactDecimal(6), nullable=False),
        sa.Column("final_value", ExactDecimal(6), nullable=False),
        sa.Column("order_count", sa.BigInteger(), nullable=False),
        sa.Column("fill_count", sa.BigInteger(), nullable=False),
        sa.Column("strategies", sa.JSON(), nullable=False),
        sa.Column("stored_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('events', 'quotes', 'bars')",
            name=op.f("ck_backtest_runs_kind_known"),
        ),
        sa.CheckConstraint(
            "end_ns >= start_ns", name=op.f("ck_backtest_runs_ends_after_start")
        ),
        sa.CheckConstraint(
            "events >= 0", name=op.f("ck_backtest_runs_events_not_negative")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backtest_runs")),
        sa.UniqueConstraint("run_id", name=op.f("uq_backtest_runs_run_id")),
    )
    op.create_index(
        op.f("ix_backtest_runs_name"), "backtest_runs", ["name"], unique=False
    )
    op.create_index(
        op.f("ix_backtest_runs_stored_at"), "backtest_runs", ["stored_at"], unique=False
    )
    op.create_table(
        "instruments",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("symbol", sa.String(length=64), nullable=False),
        sa.Column("venue", sa.String(length=32), nullable=False),
        sa.Column("calendar", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=16), nullable=False),
        sa.Column("asset_class", sa.String(length=32), nullable=False),
        sa.Column("sector", sa.String(length=128), nullable=True),
        sa.Column("tick_size", ExactDecimal(12), nullable=False),
        sa.Column("lot_size", ExactDecimal(12), nullable=False),
        sa.Column("multiplier", ExactDecimal(12), nullable=False),
        sa.Column("price_increment", ExactDecimal(12), nullable=True),
        sa.CheckConstraint(
            "lot_size > 0", name=op.f("ck_instruments_lot_size_positive")
        ),
        sa.CheckConstraint(
            "multiplier > 0", name=op.f("ck_instruments_multiplier_positive")
        ),
        sa.CheckConstraint(
            "tick_size > 0", name=op.f("ck_instruments_tick_size_positive")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruments")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_instruments_fingerprint")),
    )
    op.create_index(
        op.f("ix_instruments_symbol"), "instruments", ["symbol"], unique=False
    )
    op.create_table(
        "equity_points",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("timestamp_ns", sa.BigInteger(), nullable=False),
        sa.Column("cash", ExactDecimal(6), nullable=False),
        sa.Column("value", ExactDecimal(6), nullable=False),
        sa.Column("realized", ExactDecimal(6), nullable=False),
        sa.Column("unrealized", ExactDecimal(6), nullable=False),
        sa.Column("fees", ExactDecimal(6), nullable=False),
        sa.Column("gross", ExactDecimal(6), nullable=False),
        sa.CheckConstraint(
            "gross >= 0", name=op.f("ck_equity_points_gross_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["backtest_runs.id"],
            name=op.f("fk_equity_points_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "sequence", name=op.f("pk_equity_points")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_equity_points_run_id_timestamp_ns"),
        "equity_points",
        ["run_id", "timestamp_ns"],
        unique=False,
    )
    op.create_table(
        "orders",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("instrument_id", ROW_ID, nullable=False),
        sa.Column("strategy", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=32), nullable=False),
        sa.Column("order_type", sa.String(length=32), nullable=False),
        sa.Column("time_in_force", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Integer(), nullable=True),
        sa.Column("price", ExactDecimal(9), nullable=True),
        sa.Column("quantity", ExactDecimal(8), nullable=False),
        sa.Column("filled", ExactDecimal(8), nullable=False),
        sa.Column("filled_units", sa.BigInteger(), nullable=False),
        sa.Column("fee", ExactDecimal(9), nullable=False),
        sa.Column("submitted_ns", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_ns", sa.BigInteger(), nullable=True),
        sa.Column("done_ns", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "side IN ('buy', 'sell', 'sell_short')", name=op.f("ck_orders_side_known")
        ),
        sa.CheckConstraint("filled >= 0", name=op.f("ck_orders_filled_not_negative")),
        sa.CheckConstraint(
            "quantity >= 0", name=op.f("ck_orders_quantity_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instruments.id"], name=op.f("fk_orders_instrument_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["backtest_runs.id"],
            name=op.f("fk_orders_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "sequence", name=op.f("pk_orders")),
        sa.UniqueConstraint(
            "run_id", "order_id", name=op.f("uq_orders_run_id_order_id")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_orders_run_id_instrument_id"),
        "orders",
        ["run_id", "instrument_id"],
        unique=False,
    )
    op.create_table(
        "run_findings",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "severity IN ('info', 'warning')",
            name=op.f("ck_run_findings_severity_known"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["backtest_runs.id"],
            name=op.f("fk_run_findings_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "sequence", name=op.f("pk_run_findings")),
    )
    op.create_table(
        "run_instruments",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("instrument_id", ROW_ID, nullable=False),
        sa.Column("final_quantity", ExactDecimal(8), nullable=False),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instruments.id"],
            name=op.f("fk_run_instruments_instrument_id"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["backtest_runs.id"],
            name=op.f("fk_run_instruments_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_run_instruments")),
    )
    op.create_index(
        op.f("ix_run_instruments_instrument_id"),
        "run_instruments",
        ["instrument_id"],
        unique=False,
    )
    op.create_table(
        "fills",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fill_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
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
        sa.CheckConstraint("quantity > 0", name=op.f("ck_fills_quantity_positive")),
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
    op.create_index(
        op.f("ix_fills_run_id_instrument_id"),
        "fills",
        ["run_id", "instrument_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_fills_run_id_order_id"), "fills", ["run_id", "order_id"], unique=False
    )


def create_desk() -> None:
    """Create what a desk looks up."""
    op.create_table(
        "performance_metrics",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("strategy_id", sa.String(length=255), nullable=False),
        sa.Column("portfolio_id", sa.String(length=255), nullable=True),
        sa.Column("period_start", UtcDateTime(), nullable=False),
        sa.Column("period_end", UtcDateTime(), nullable=False),
        sa.Column("total_return", sa.Float(), nullable=True),
        sa.Column("annualized_return", sa.Float(), nullable=True),
        sa.Column("benchmark_return", sa.Float(), nullable=True),
        sa.Column("alpha", sa.Float(), nullable=True),
        sa.Column("tracking_error", sa.Float(), nullable=True),
        sa.Column("information_ratio", sa.Float(), nullable=True),
        sa.Column("win_rate", sa.Float(), nullable=True),
        sa.Column("profit_factor", sa.Float(), nullable=True),
        sa.Column("average_win", ExactDecimal(6), nullable=True),
        sa.Column("average_loss", ExactDecimal(6), nullable=True),
        sa.Column("largest_win", ExactDecimal(6), nullable=True),
        sa.Column("largest_loss", ExactDecimal(6), nullable=True),
        sa.Column("total_trades", sa.Integer(), nullable=False),
        sa.Column("winning_trades", sa.Integer(), nullable=False),
        sa.Column("losing_trades", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "period_end >= period_start",
            name=op.f("ck_performance_metrics_ends_after_start"),
        ),
        sa.CheckConstraint(
            "win_rate BETWEEN 0 AND 1",
            name=op.f("ck_performance_metrics_win_rate_is_a_fraction"),
        ),
        sa.CheckConstraint(
            "winning_trades + losing_trades <= total_trades",
            name=op.f("ck_performance_metrics_trades_add_up"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_performance_metrics")),
        sa.UniqueConstraint(
            "strategy_id",
            "portfolio_id",
            "period_start",
            "period_end",
            name=op.f(
                "uq_performance_metrics_strategy_id_portfolio_id_period_start_period_end"
            ),
        ),
    )
    op.create_table(
        "portfolios",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("account_id", sa.String(length=255), nullable=False),
        sa.Column("symbol", sa.String(length=64), nullable=False),
        sa.Column("quantity", ExactDecimal(8), nullable=False),
        sa.Column("average_cost", ExactDecimal(9), nullable=False),
        sa.Column("current_price", ExactDecimal(9), nullable=True),
        sa.Column("last_updated", UtcDateTime(), nullable=False),
        sa.Column("asset_class", sa.String(length=32), nullable=False),
        sa.Column("sector", sa.String(length=128), nullable=True),
        sa.Column("market_value", ExactDecimal(6), nullable=True),
        sa.Column("unrealized_pnl", ExactDecimal(6), nullable=True),
        sa.Column("realized_pnl", ExactDecimal(6), nullable=True),
        sa.Column("day_change", ExactDecimal(6), nullable=True),
        sa.Column("day_change_percent", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portfolios")),
        sa.UniqueConstraint(
            "account_id", "symbol", name=op.f("uq_portfolios_account_id_symbol")
        ),
    )
    op.create_index(
        op.f("ix_portfolios_symbol"), "portfolios", ["symbol"], unique=False
    )
    op.create_table(
        "risk_metrics",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("portfolio_id", sa.String(length=255), nullable=False),
        sa.Column("calculation_date", UtcDateTime(), nullable=False),
        sa.Column("var_95", sa.Float(), nullable=True),
        sa.Column("var_99", sa.Float(), nullable=True),
        sa.Column("expected_shortfall", sa.Float(), nullable=True),
        sa.Column("sharpe_ratio", sa.Float(), nullable=True),
        sa.Column("sortino_ratio", sa.Float(), nullable=True),
        sa.Column("max_drawdown", sa.Float(), nullable=True),
        sa.Column("current_drawdown", sa.Float(), nullable=True),
        sa.Column("volatility", sa.Float(), nullable=True),
        sa.Column("beta", sa.Float(), nullable=True),
        sa.Column("correlation_spy", sa.Float(), nullable=True),
        sa.Column("concentration_risk", sa.Float(), nullable=True),
        sa.Column("liquidity_risk", sa.Float(), nullable=True),
        sa.CheckConstraint(
            "max_drawdown >= 0", name=op.f("ck_risk_metrics_max_drawdown_not_negative")
        ),
        sa.CheckConstraint(
            "volatility >= 0", name=op.f("ck_risk_metrics_volatility_not_negative")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_metrics")),
        sa.UniqueConstraint(
            "portfolio_id",
            "calculation_date",
            name=op.f("uq_risk_metrics_portfolio_id_calculation_date"),
        ),
    )
    op.create_table(
        "trades",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("symbol", sa.String(length=64), nullable=False),
        sa.Column("side", sa.String(length=32), nullable=False),
        sa.Column("order_type", sa.String(length=32), nullable=False),
        sa.Column("quantity", ExactDecimal(8), nullable=False),
        sa.Column("price", ExactDecimal(9), nullable=True),
        sa.Column("executed_price", ExactDecimal(9), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("executed_at", UtcDateTime(), nullable=True),
        sa.Column("commission", ExactDecimal(9), nullable=False),
        sa.Column("slippage", ExactDecimal(9), nullable=False),
        sa.Column("strategy_id", sa.String(length=255), nullable=True),
        sa.Column("signal_strength", sa.Float(), nullable=True),
        sa.Column("stop_loss", ExactDecimal(9), nullable=True),
        sa.Column("take_profit", ExactDecimal(9), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("market_data_snapshot", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "side IN ('buy', 'sell', 'sell_short')", name=op.f("ck_trades_side_known")
        ),
        sa.CheckConstraint(
            "executed_at >= created_at", name=op.f("ck_trades_executed_after_created")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_trades_quantity_positive")),
        sa.CheckConstraint(
            "signal_strength BETWEEN 0 AND 1",
            name=op.f("ck_trades_signal_strength_is_a_fraction"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trades")),
    )
    op.create_index(op.f("ix_trades_status"), "trades", ["status"], unique=False)
    op.create_index(
        op.f("ix_trades_strategy_id_created_at"),
        "trades",
        ["strategy_id", "created_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_trades_symbol_created_at"),
        "trades",
        ["symbol", "created_at"],
        unique=False,
    )


def downgrade() -> None:
    """Take the schema down again."""
    op.drop_table("fills")
    op.drop_table("run_instruments")
    op.drop_table("run_findings")
    op.drop_table("orders")
    op.drop_table("equity_points")
    op.drop_table("trades")
    op.drop_table("risk_metrics")
    op.drop_table("portfolios")
    op.drop_table("performance_metrics")
    op.drop_table("instruments")
    op.drop_table("backtest_runs")
