"""The pre-trade gate: what every order must pass, with limits, states and a record.

The checks stand in the compiled core, so that a backtest, a session and a live desk are
held to the same ones. Here are their limits in people's units (`GateLimits`), the gate
by names and symbols (`PreTradeGate`) and the risk model of its value at risk
(`FactorModel`). docs/risk-gate.md lists the checks.
"""

from __future__ import annotations

from ai_trading.risk.gate.facts import Facts
from ai_trading.risk.gate.limits import LIMITS, GateLimits, LimitInfo
from ai_trading.risk.gate.model import FactorModel
from ai_trading.risk.gate.pretrade import PreTradeGate
from ai_trading.risk.gate.records import (
    Killed,
    LimitVersion,
    Mode,
    Transition,
    Verdict,
)

__all__ = [
    "LIMITS",
    "FactorModel",
    "Facts",
    "GateLimits",
    "Killed",
    "LimitInfo",
    "LimitVersion",
    "Mode",
    "PreTradeGate",
    "Transition",
    "Verdict",
]
