"""The store: runs, trades and metrics in SQLite or PostgreSQL.

`DatabaseManager` opens a database, `store_run` and `load_run` keep backtests in it, and
`ai_trading.database.models` has the tables for everything else.
"""

from __future__ import annotations

from ai_trading.database.manager import (
    DatabaseManager,
    get_session,
    initialize_database,
    shutdown_database,
)
from ai_trading.database.models import (
    BacktestRun,
    Base,
    CurrencyRate,
    CurrencyStatement,
    EquityPoint,
    Fill,
    Finding,
    Incident,
    Instrument,
    LedgerEntry,
    Order,
    OrderTerms,
    PerformanceMetric,
    Portfolio,
    RiskMetric,
    RunInstrument,
    Trade,
)

__all__ = [
    "BacktestRun",
    "Base",
    "CurrencyRate",
    "CurrencyStatement",
    "DatabaseManager",
    "EquityPoint",
    "Fill",
    "Finding",
    "Incident",
    "Instrument",
    "LedgerEntry",
    "Order",
    "OrderTerms",
    "PerformanceMetric",
    "Portfolio",
    "RiskMetric",
    "RunInstrument",
    "Trade",
    "get_session",
    "initialize_database",
    "shutdown_database",
]
