"""A trade is judged by the position it leaves, a portfolio by its gross exposure."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading.core.clock import ManualClock
from ai_trading.core.enums import RiskLevel
from ai_trading.core.errors import ArgumentError
from ai_trading.risk.manager import RiskManager

levels = st.sampled_from(list(RiskLevel))
quantities = st.integers(-10_000, 10_000) | st.floats(-1e4, 1e4)
prices = st.floats(0.01, 1e5)
worths = st.floats(-1e3, 1e8)
lots = st.sampled_from([1, 100, 0.001, 1e-18]) | st.floats(1e-20, 10)
drawdowns = st.sampled_from([0.0, 0.04, 0.2])


@pytest.mark.parametrize(
    ("level", "quantity", "price", "worth", "approved", "recommended"),
    [
        ("conservative", 100, 100, 10_000, False, 2),
        ("moderate", 100, 150.0, 100_000, False, 33),
        ("aggressive", 2, 100, 10_000, True, 2),
        # Exactly at the limit, with numbers that binary fractions cannot hold.
        ("aggressive", 10, 100, 10_000, True, 10),
        ("conservative", 3, 0.1, 15, True, 3),
    ],
)
def test_worked_examples(level, quantity, price, worth, approved, recommended):
    answer = RiskManager(level).assess_trade_risk("A", quantity, price, worth, [])

    assert answer["approved"] is approved
    assert answer["recommended_size"] == recommended


def test_the_answer_has_the_keys_of_the_public_surface():
    answer = RiskManager().assess_trade_risk("AAPL", 100, 150.0, 100_000, [])

    assert answer["symbol"] == "AAPL"
    assert set(answer) == {
        "symbol",
        "approved",
        "risk_score",
        "recommended_size",
        "warnings",
        "metrics",
    }
    assert answer["metrics"]["position_size_pct"] == 0.15
    assert answer["metrics"]["notional_value"] == 15_000


def test_a_refusal_says_what_would_be_and_what_is_allowed():
    answer = RiskManager().assess_trade_risk("AAPL", 100, 150.0, 100_000, [])

    assert answer["warnings"] == [
        "AAPL would be 15.00% of the portfolio; moderate allows 5.00%"
    ]
    assert answer["risk_score"] == 1


@given(levels, quantities, prices, worths, quantities, drawdowns, lots)
def test_the_recommended_size_of_a_trade_is_itself_approved(
    level, quantity, price, worth, held, drawdown, lot
):
    manager = RiskManager(level)
    manager.update_drawdown(1 - drawdown, 1)

    def ask(size):
        return manager.assess_trade_risk(
            "A", size, price, worth, [], held, lot_size=lot
        )

    first = ask(quantity)
    size = first["recommended_size"]

    assert ask(size)["approved"]
    assert ask(size)["recommended_size"] == size
    assert abs(size) <= abs(quantity)
    assert size * quantity >= 0
    assert first["approved"] or first["warnings"]


@given(levels, st.integers(1, 10_000), prices, st.floats(1, 1e8))
def test_one_lot_more_than_recommended_is_refused(level, quantity, price, worth):
    manager = RiskManager(level)
    answer = manager.assess_trade_risk("A", quantity, price, worth, [])

    if not answer["approved"]:
        more = answer["recommended_size"] + 1
        assert not manager.assess_trade_risk("A", more, price, worth, [])["approved"]


@pytest.mark.parametrize("worth", [5e-324, 1e308])
def test_amounts_at_the_edge_of_floats_get_an_answer(worth):
    manager = RiskManager()
    manager.update_drawdown(-1e308, 1e-300)

    answer = manager.assess_trade_risk("A", 1e308, 1e308, worth, [], 1e308)
    found = manager.check_portfolio_risk({"A": 1e308, "B": 1e308, "C": -1e308})

    assert not answer["approved"]
    assert answer["metrics"]["notional_value"] == math.inf
    assert found["metrics"]["gross_exposure"] == math.inf
    assert found["metrics"]["max_position_concentration"] == pytest.approx(1 / 3)


@given(levels, quantities, prices, worths, quantities)
def test_a_short_sale_is_judged_as_its_mirror_image(
    level, quantity, price, worth, held
):
    manager = RiskManager(level)
    one = manager.assess_trade_risk("A", quantity, price, worth, [], held)
    other = manager.assess_trade_risk("A", -quantity, price, worth, [], -held)

    assert one["approved"] == other["approved"]
    assert one["recommended_size"] == -other["recommended_size"]


@pytest.mark.parametrize("worth", [10_000, 0, -5])
@pytest.mark.parametrize("quantity", [-1, -500, -1000])
def test_a_trade_that_reduces_an_oversized_position_is_never_blocked(quantity, worth):
    answer = RiskManager("conservative").assess_trade_risk(
        "A", quantity, 100, worth, [], current_position=1000
    )

    assert answer["approved"]


def test_a_sale_through_zero_is_judged_by_the_short_it_leaves():
    manager = RiskManager("conservative")  # 2 % of 10,000 at 100: two shares

    answer = manager.assess_trade_risk("A", -1100, 100, 10_000, [], 1000)

    assert not answer["approved"]
    assert answer["recommended_size"] == -1002


def test_adding_to_a_position_counts_what_is_held_already():
    manager = RiskManager("aggressive")  # 10 % of 10,000 at 100: ten shares

    answer = manager.assess_trade_risk("A", 8, 100, 10_000, [], current_position=6)

    assert not answer["approved"]
    assert answer["recommended_size"] == 4


def test_a_reduction_that_stays_too_large_is_approved_with_a_warning():
    answer = RiskManager().assess_trade_risk("A", -1, 100, 10_000, [], 1000)

    assert answer["approved"]
    assert "stays beyond its limit" in answer["warnings"][0]


@pytest.mark.parametrize("worth", [0, -100.0])
def test_a_portfolio_worth_nothing_is_refused_with_the_reason(worth):
    answer = RiskManager().assess_trade_risk("A", 1, 100, worth, [])

    assert not answer["approved"]
    assert answer["recommended_size"] == 0
    assert "nothing can be added" in answer["warnings"][0]
    assert answer["metrics"]["position_size_pct"] == math.inf


def test_a_recommendation_is_whole_in_lots():
    answer = RiskManager().assess_trade_risk("A", 10_000, 1, 10_000, [], lot_size=100)
    coins = RiskManager().assess_trade_risk("BTC", 1, 60_000, 9_000, [], lot_size=0.001)

    assert answer["recommended_size"] == 500
    assert coins["recommended_size"] == 0.007


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((math.nan, 100, 10_000), "quantity must be a finite number; received nan"),
        ((1, 0, 10_000), "price must be positive; received 0"),
        ((1, -5, 10_000), "price must be positive"),
        ((1, math.inf, 10_000), "price must be a finite number"),
        ((1, 100, math.nan), "portfolio_value must be a finite number"),
        (("ten", 100, 100), "quantity must be a finite number; received 'ten'"),
    ],
)
def test_bad_numbers_raise(values, message):
    with pytest.raises(ArgumentError, match=message):
        RiskManager().assess_trade_risk("A", *values, [])


def test_an_unknown_appetite_is_refused():
    with pytest.raises(ArgumentError, match=r"conservative, moderate.*'wild'"):
        RiskManager("wild")


def test_the_setting_bounds_every_appetite(monkeypatch):
    from ai_trading.core.settings import get_settings

    monkeypatch.setenv("AI_TRADING_RISK__MAX_POSITION_SIZE", "0.03")
    get_settings.cache_clear()
    try:
        assert RiskManager("aggressive").max_position_size == 0.03
        assert RiskManager("conservative").max_position_size == 0.02
    finally:
        get_settings.cache_clear()


PAIR = {
    "A": {"market_value": 100, "sector": "tech"},
    "B": {"market_value": -100, "sector": "tech"},
}


def test_a_long_and_a_short_in_one_sector_do_not_cancel():
    found = RiskManager().check_portfolio_risk(PAIR, {})

    assert found["metrics"]["max_position_concentration"] == 0.5
    assert found["metrics"]["max_sector_concentration"] == 1.0
    assert found["metrics"]["gross_exposure"] == 200
    assert found["metrics"]["net_exposure"] == 0
    assert found["metrics"]["effective_positions"] == 2
    assert found["overall_risk_level"] == "critical"
    assert len(found["alerts"]) == len(found["recommendations"]) == 3


@pytest.mark.parametrize(
    ("positions", "market_data"),
    [
        (
            {"A": {"quantity": 10}, "B": {"quantity": -5}},
            {"A": 10.0, "B": {"price": 20}},
        ),
        ({"A": 100.0, "B": -100}, {}),
        (
            [
                {"symbol": "A", "quantity": 4, "price": 10},
                {"symbol": "A", "quantity": 6, "current_price": 10},
                {"symbol": "B", "value": -100},
            ],
            None,
        ),
    ],
)
def test_positions_may_be_told_in_several_ways(positions, market_data):
    found = RiskManager().check_portfolio_risk(positions, market_data)

    assert found["metrics"]["max_position_concentration"] == 0.5
    assert found["metrics"]["gross_exposure"] == 200


def test_a_spread_portfolio_is_at_low_risk():
    positions = {
        f"S{n}": {"market_value": 1, "sector": f"sector {n % 20}"} for n in range(100)
    }

    found = RiskManager("aggressive").check_portfolio_risk(positions, {})

    assert found["overall_risk_level"] == "low"
    assert found["alerts"] == []
    assert found["risk_score"] == pytest.approx(0.05 / 0.15)


def test_names_without_a_sector_count_as_one_and_are_said_to():
    found = RiskManager().check_portfolio_risk({"A": 1, "B": 1}, {})

    assert found["metrics"]["max_sector_concentration"] == 1.0
    assert "give a sector for the positions that have none" in found["recommendations"]


def test_no_positions_are_no_risk():
    found = RiskManager().check_portfolio_risk({}, {})

    assert found["overall_risk_level"] == "low"
    assert found["risk_score"] == 0
    assert found["metrics"]["max_position_concentration"] == 0


def test_looking_at_a_portfolio_changes_no_later_verdict():
    manager = RiskManager()
    before = manager.assess_trade_risk("A", 10, 100, 100_000, [])

    manager.check_portfolio_risk(PAIR, {})

    assert manager.assess_trade_risk("A", 10, 100, 100_000, []) == before
    assert manager.get_risk_alerts() == []


@pytest.mark.parametrize(
    ("positions", "message"),
    [
        ({"A": {"quantity": 5}}, "A needs market_value, or quantity and a price"),
        ({"A": math.nan}, "the market value of A must be a finite number"),
        ({"A": {"quantity": 5, "price": 0}}, "price of A must be positive"),
        ([{"quantity": 5}], r"positions\[0\] must be a mapping with 'symbol'"),
    ],
)
def test_positions_that_cannot_be_valued_are_refused(positions, message):
    with pytest.raises(ArgumentError, match=message):
        RiskManager().check_portfolio_risk(positions, {})


def test_a_drawdown_beyond_the_threshold_allows_only_reductions():
    manager = RiskManager("conservative", clock=ManualClock(0))

    assert manager.update_drawdown(90, 100) == 0.1

    refused = manager.assess_trade_risk("A", 1, 1, 10_000, [])
    reduced = manager.assess_trade_risk("A", -1, 1, 10_000, [], 5)
    assert not refused["approved"]
    assert "only trades that reduce" in refused["warnings"][0]
    assert reduced["approved"]


def test_a_reduction_in_a_drawdown_is_not_said_to_be_beyond_a_limit_it_keeps():
    manager = RiskManager()
    manager.update_drawdown(80, 100)

    def warned(worth, size):
        answer = manager.assess_trade_risk(
            "A", size, 100, worth, [], current_position=20
        )
        assert answer["approved"]
        return answer["warnings"]

    assert [text[:12] for text in warned(100_000, -10)] == ["the drawdown"]
    assert [text[:12] for text in warned(1_000, -10)] == [
        "the drawdown",
        "A stays beyo",
    ]
    assert warned(1_000, 0) == []


def test_a_breach_is_alerted_once_and_ends_with_the_recovery():
    manager = RiskManager("moderate", clock=ManualClock(0))

    for value in (100, 95, 89, 85, 100, 80):
        manager.update_drawdown(value, 100)

    assert [alert["severity"] for alert in manager.get_risk_alerts()] == [
        "critical"
    ] * 2
    assert manager.max_drawdown == 0.2


def test_a_drawdown_at_the_threshold_is_allowed():
    manager = RiskManager("moderate")
    manager.update_drawdown(90, 100)

    assert not manager.is_in_breach
    assert manager.assess_trade_risk("A", 1, 1, 10_000, [])["approved"]


def test_a_value_above_the_peak_is_no_drawdown():
    assert RiskManager().update_drawdown(110, 100) == 0


@pytest.mark.parametrize("values", [(1, 0), (1, -1), (math.nan, 1), (1, math.inf)])
def test_a_drawdown_of_nonsense_is_refused(values):
    with pytest.raises(ArgumentError, match="value must be"):
        RiskManager().update_drawdown(*values)


def test_alerts_are_dated_by_the_clock_numbered_and_filtered():
    clock = ManualClock(1_768_487_400 * 10**9)
    manager = RiskManager(clock=clock)
    manager.add_risk_alert("limit", "first", symbol="A")
    clock.advance(10**9)
    manager.add_risk_alert("system", "second", "emergency")

    first, second = manager.get_risk_alerts()
    assert first["timestamp"] == dt.datetime(2026, 1, 15, 14, 30, tzinfo=dt.UTC)
    assert first["details"] == {"symbol": "A"}
    assert (first["id"], second["id"]) == (1, 2)
    assert manager.get_risk_alerts("emergency") == [second]
    assert manager.get_risk_alerts(alert_type="limit") == [first]


def test_a_severity_nobody_knows_is_refused():
    with pytest.raises(ArgumentError, match="info, warning, critical, emergency"):
        RiskManager().add_risk_alert("limit", "x", "bad")


def test_the_portfolio_assessor_is_found_here():
    from ai_trading.risk import assessor, manager

    assert manager.PortfolioRiskAssessor is assessor.PortfolioRiskAssessor


@pytest.mark.parametrize(
    ("quote", "message"),
    [
        (float("nan"), "price of A must be"),
        (-5, "price of A must be positive"),
        ("dear", "price of A must be"),
        ({"price": []}, "price of A must be"),
        ({"price": 5, "sector": 7}, "sector of A must be a text"),
        ({"sector": ["tech"]}, "sector of A must be a text"),
    ],
)
def test_a_quote_that_is_none_is_refused_though_the_value_is_known(quote, message):
    with pytest.raises(ArgumentError, match=message):
        RiskManager().check_portfolio_risk({"A": 100}, {"A": quote})
