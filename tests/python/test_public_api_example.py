"""The example of the public interface runs as it stands."""

from __future__ import annotations


def test_the_example_runs():
    from ai_trading import (
        ExecutionEngine,
        KellyCriterion,
        MetricsCollector,
        OrderSide,
        RiskLevel,
        RiskManager,
    )

    kelly_fraction = KellyCriterion().calculate_kelly_fraction(0.6, 0.02, 0.01)
    assessment = RiskManager(RiskLevel.MODERATE).assess_trade_risk(
        "AAPL", 100, 150.0, 100000, []
    )
    engine = ExecutionEngine()
    order_id = engine.execute_order("AAPL", OrderSide.BUY, 100)
    MetricsCollector().record_trade_metric("AAPL", "buy", 100, 150.0, 50.0, 2.5)

    assert kelly_fraction == 0.25
    assert assessment["approved"] is False
    order = engine.get_order(order_id)
    assert order.is_filled
    assert order.simulated
