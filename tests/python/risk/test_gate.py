"""The pre-trade gate by names, symbols and people's units."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading._core.desk import order_request_dtype
from ai_trading.core.clock import ManualClock
from ai_trading.core.enums import AssetClass
from ai_trading.core.errors import ArgumentError, ConfigError, DataError
from ai_trading.core.instrument import Instrument
from ai_trading.risk.breakers import CircuitBreaker
from ai_trading.risk.gate import (
    LIMITS,
    FactorModel,
    GateLimits,
    Mode,
    PreTradeGate,
)
from ai_trading.risk.manager import RiskManager

SECOND = 10**9
NOW = 1_000 * SECOND


def share(symbol: str, **options) -> Instrument:
    return Instrument(symbol, price_increment=Decimal("0.01"), **options)


def gate(limits=None, *, strategies=("slow", "fast"), facts=None) -> PreTradeGate:
    """A and B at 100, equity 1,000,000."""
    tables = {"all": limits or {}, "facts": facts or {}}
    made = PreTradeGate(
        [share("A", sector="tech"), share("B", sector="tech")],
        strategies=strategies,
        cash=1_000_000,
        clock=ManualClock(NOW),
        limits=GateLimits.check(tables),
    )
    for symbol in "AB":
        made.mark(symbol, 100)
    return made


# Every limit: what sets it, what is told before, and the order that it refuses.
VOLUME = {"A": {"daily_volume": 10_000}}


def _hold(g):
    g.executed("A", 100, 100)


def _short_all(g):
    g.executed("B", -600, 100)


def _twice(g):
    assert g.check("A", "buy", 7, 100).passed


def _messages(g):
    for _ in range(2):
        assert g.check("A", "buy", 1).passed


def _own_sale(g):
    g.core.working(0, 0, 1, 1_010_000, 0, 10)


def _fills(g):
    for _ in range(3):
        g.executed("A", 1, 100)


def _loss(g):
    g.executed("A", 100, 100)
    g.mark("A", 90)


def _factor(g):
    g.set_model(FactorModel({"A": (0.02,)}, {"A": 0.0}))


CASES = {
    "clock_tolerance": ("1ms", None, None, {"created_ns": NOW - 2_000_000}),
    "reference_age": ("1s", None, None, {"now_ns": NOW + 2 * SECOND}),
    "max_order_quantity": (50, None, None, {"quantity": 51}),
    "max_order_notional": (5_000, None, None, {"quantity": 51}),
    "price_collar": (0.05, None, None, {"price": 106}),
    "window_collar": (0.05, None, lambda g: g.mark("A", 102), {"price": 106}),
    "volume_share": (0.01, VOLUME, None, {"quantity": 101}),
    "price_band": (True, None, lambda g: g.set_band("A", 95, 105), {"price": 106}),
    "duplicate_window": ("1s", None, _twice, {"quantity": 7}),
    "self_trade": (True, None, _own_sale, {"price": 101}),
    "short_sale": (True, None, None, {"side": "sell"}),
    "max_position": (50, None, None, {"quantity": 51}),
    "message_rate": (2, None, _messages, {}),
    "max_executions": (2, None, _fills, {}),
    "order_to_trade": (1, None, _hold, {"times": 2}),
    "open_orders": (1, None, _own_sale, {"price": 99}),
    "open_notional": (1_050, None, _own_sale, {"price": 99}),
    "gross_exposure": (60_500, None, _short_all, {}),
    "net_exposure": (5_000, None, None, {"quantity": 51}),
    "name_share": (0.005, None, None, {"quantity": 51}),
    "sector_share": (0.0605, None, _short_all, {}),
    "asset_class_share": (0.0605, None, _short_all, {}),
    "group_share": (
        0.0605,
        {"A": {"group": "g"}, "B": {"group": "g"}},
        _short_all,
        {},
    ),
    "days_to_liquidate": (0.01, VOLUME, None, {"quantity": 11}),
    "leverage": (0.0605, None, _short_all, {}),
    "margin": (True, None, None, {"quantity": 20_001}),
    "cash_only": (True, None, None, {"quantity": 10_001}),
    "var_budget": (465, None, _factor, {"quantity": 101}),
    "daily_loss_soft": (1_000, None, _loss, {"price": 90}),
    "daily_loss": (1_000, None, _loss, {"price": 90}),
    "drawdown": (0.0005, None, _loss, {"price": 90}),
    "flip": ("refuse", None, _hold, {"side": "sell", "quantity": 101}),
}


@pytest.mark.parametrize("limit", CASES)
def test_each_limit_refuses_with_its_reason_and_lets_pass_without(limit):
    value, facts, told, asked = CASES[limit]
    asked = {"side": "buy", "quantity": 10, "price": 100, **asked}
    times = asked.pop("times", 1)

    def ask(limits):
        made = gate(limits, facts=facts)
        if told is not None:
            told(made)
        verdict = None
        for _ in range(times):
            verdict = made.check("A", **asked)
        return verdict

    verdict = ask({limit: value})

    assert verdict.reason == LIMITS[limit].reason
    assert verdict.quantity == 0
    assert ask({}).passed


def test_every_limit_has_a_case_or_qualifies_another():
    assert set(LIMITS) - set(CASES) == {
        "collar_window",
        "message_burst",
        "execution_window",
        "free_messages",
        "liquidation_share",
        "cancel_on_halt",
        "cancel_on_disconnect",
    }


def test_what_is_missing_means_no():
    assert gate({"volume_share": 0.1}).check("A", "buy", 1).reason == "volume_unknown"
    assert gate({"price_band": True}).check("A", "buy", 1).reason == (
        "price_band_unknown"
    )
    assert gate({"var_budget": 1}).check("A", "buy", 1).reason == "risk_model_missing"
    assert gate().check("X", "buy", 1).reason == "unknown_instrument"
    made = gate()
    made.mark("A", float("nan"))
    assert made.check("A", "buy", 1).reason == "no_reference_price"
    made.apply(GateLimits.check({"require": ["max_order_notional"]}), who="me")
    assert made.check("B", "buy", 1).reason == "limit_missing"


def test_halts_restrictions_bids_and_round_lots_are_told():
    made = gate({"short_sale": True}, facts={"B": {"round_lot": 10, "located": 50}})
    made.set_halted("A", halted=True)
    assert made.check("A", "buy", 1).reason == "trading_halt"
    made.set_halted("A", halted=False)
    made.set_restriction("A", "forbidden")
    assert made.check("A", "buy", 1).reason == "restricted"
    assert made.check("B", "buy", 15).reason == "quantity_off_lot"
    assert made.check("B", "sell", 50).passed
    made.set_price_test("B", active=True)
    made.set_bid("B", 100)
    assert made.check("B", "sell", 50, 100).reason == "short_price"
    made.set_located("B", 40)
    assert made.check("B", "sell", 50, 101).reason == "no_locate"
    made.core.set_connected(False)
    assert made.check("A", "buy", 1).reason == "disconnected"


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), "x", None])
def test_numbers_that_are_none_are_refused(bad):
    made = gate()
    with pytest.raises(ArgumentError):
        made.check("A", "buy", bad)
    if bad is not None:
        with pytest.raises(ArgumentError):
            made.check("A", "buy", 1, bad)


def test_prices_and_quantities_off_the_grid_are_refused():
    made = gate()
    with pytest.raises(ArgumentError):
        made.check("A", "buy", 1, 100.00001)
    with pytest.raises(ArgumentError):
        made.check("A", "buy", 1.5)
    assert made.check("A", "buy", 1, 100.001).reason == "price_off_increment"
    with pytest.raises(ArgumentError, match="strategies slow, fast"):
        made.check("A", "buy", 1, strategy="fats")


def test_the_most_specific_limit_wins_and_false_lifts():
    made = gate()
    made.apply(
        GateLimits.check(
            {
                "all": {"max_position": 10},
                "account": {"main": {"max_position": 20}, "other": {"max_position": 1}},
                "strategy": {"fast": {"max_position": 30}},
                "instrument": {"B": {"max_position": False}},
            }
        ),
        who="me",
    )
    assert made.limits_of("A")["max_position"] == (20, "account")
    assert made.limits_of("A", "fast")["max_position"] == (30, "strategy")
    assert "max_position" not in made.limits_of("B", "fast")


def test_states_tighten_by_themselves_and_loosen_by_a_named_person():
    made = gate({"daily_loss_soft": 500, "daily_loss": 1000})
    made.executed("A", 100, 100)
    made.mark("A", 94)
    assert made.state("account") is Mode.REDUCE_ONLY
    assert made.check("A", "buy", 1).reason == "daily_loss"
    assert made.check("A", "sell", 100).passed
    made.mark("A", 90)
    assert made.check("A", "sell", 100).reason == "daily_loss_hard"
    assert made.strictest("B") is Mode.HALTED

    with pytest.raises(ArgumentError, match="reason"):
        made.enable("account", who="A. Officer", reason="")
    made.enable("account", who="A. Officer", reason="hedged")

    assert made.check("A", "buy", 1).passed
    soft, hard, back = made.transitions
    assert (soft.scope, soft.before, soft.after) == (
        "account",
        Mode.ACTIVE,
        Mode.REDUCE_ONLY,
    )
    assert (hard.cause, hard.who) == ("daily_loss_hard", "gate")
    assert (back.who, back.reason, back.at_ns) == ("A. Officer", "hedged", NOW)


def test_scopes_have_names():
    made = gate()
    assert made.restrict("strategy:fast", Mode.HALTED, who="A", reason="loop")
    assert made.check("A", "buy", 1, strategy="fast").reason == "halted"
    assert made.check("A", "buy", 1).passed
    assert made.restrict("instrument:B", Mode.REDUCE_ONLY, who="A", reason="news")
    assert made.check("B", "buy", 1).reason == "reduce_only"
    assert [t.scope for t in made.transitions] == ["strategy:fast", "instrument:B"]
    for bad in ("fast", "strategy", "strategy:fats", "instrument:X", "all:x"):
        with pytest.raises(ArgumentError):
            made.state(bad)


GOOD = """\
require = ["max_order_notional"]

[all]
max_order_notional = 1_000_000
price_collar = 0.1        # ten percent

[strategy.fast]
message_rate = 50
"""


def test_a_file_is_reloaded_whole_or_not_at_all(tmp_path):
    file = tmp_path / "limits.toml"
    file.write_text(GOOD)
    made = gate()
    first = made.apply(file, who="start")
    before = made.core.digest()

    file.write_text(
        GOOD.replace("0.1 ", "10 ").replace("_rate = 50", "_rat = 50")
        + "[instrument.A]\nmax_position = -1\n[facts.A]\nmargin = 'x'\n"
        + "[facts.B]\nsize=1\n"
    )
    with pytest.raises(ConfigError) as caught:
        made.reload(who="me")

    said = str(caught.value).splitlines()
    assert any(
        f"{file} line 5: all.price_collar must be a fraction" in line for line in said
    )
    assert any("line 8: strategy.fast.message_rat is no limit" in line for line in said)
    assert any("Did you mean message_rate?" in line for line in said)
    assert any("Did you mean 0.1?; received 10" in line for line in said)
    assert any("line 10: instrument.A.max_position must be above 0" in s for s in said)
    assert any("line 12: facts.A" in line for line in said)
    assert any("line 14: facts.B.size is no fact" in line for line in said)
    assert made.limits is first.limits
    assert made.core.digest() == before

    file.write_text(GOOD.replace("0.1 ", "0.2 "))
    second = made.reload(who="B. Officer")
    assert (second.number, second.who, second.at_ns) == (3, "B. Officer", NOW)
    assert second.digest != first.digest
    assert [version.number for version in made.history] == [1, 2, 3]


def test_limits_that_name_nobody_change_nothing():
    made = gate({"max_position": 5})
    for tables, words in (
        ({"strategy": {"fats": {}}}, "strategy.fats.*Did you mean fast"),
        ({"instrument": {"C": {}}}, "instrument.C"),
        ({"facts": {"C": {}}}, "facts.C"),
    ):
        with pytest.raises(ConfigError, match=words):
            made.apply(GateLimits.check(tables), who="me")
    assert made.check("A", "buy", 6).reason == "position_limit"
    with pytest.raises(ArgumentError, match="who must be a text"):
        made.apply(GateLimits.check({}), who=" ")
    with pytest.raises(ConfigError, match="came from no file"):
        made.reload(who="me")


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"all": {"price_collar": 10}}, "Did you mean 0.1"),
        ({"all": {"price_collar": float("nan")}}, "finite"),
        ({"all": {"max_order_quantity": "many"}}, "finite number"),
        ({"all": {"max_order_quantity": True}}, "must be a number"),
        ({"all": {"reference_age": "5 weeks"}}, "text such as"),
        ({"all": {"reference_age": 0}}, "1 nanosecond or more"),
        ({"all": {"self_trade": 1}}, "true or false"),
        ({"all": {"flip": "cutt"}}, "Did you mean cut"),
        ({"all": {"open_orders": 1.5}}, "multiple of 1"),
        ({"all": {"leverage": 101}}, "not above 100"),
        ({"strategy": {"x": {"drawdown": 0.1}}}, "for all and for accounts"),
        ({"alll": {}}, "Did you mean all"),
        ({"require": ["flipp"]}, "names no limit. Did you mean flip"),
        ({"quantile": 0}, "standard deviations"),
        ({"facts": {"A": {"restriction": "none at all"}}}, "closing_only"),
        ({"strategy": 3}, "must be tables"),
    ],
)
def test_a_mistake_is_told_with_key_value_and_what_is_allowed(tables, words):
    with pytest.raises(ConfigError, match=words):
        GateLimits.check(tables)


def test_equal_limits_have_equal_digests():
    a = GateLimits.check({"all": {"leverage": 2, "flip": "cut"}})
    b = GateLimits.check({"all": {"flip": "cut", "leverage": 2.0}}, source="x.toml")
    assert a.digest == b.digest
    assert a.digest != GateLimits.check({"all": {"leverage": 3}}).digest


def test_batches_say_the_same_as_single_orders():
    one, many = gate({"max_position": 50}), gate({"max_position": 50})
    orders = np.zeros(100, order_request_dtype)
    rng = np.random.default_rng(5)
    orders["instrument"] = rng.integers(0, 2, 100)
    orders["side"] = rng.integers(0, 2, 100)
    orders["type"] = 1
    orders["price"] = 1_000_000
    orders["quantity"] = rng.integers(0, 100, 100)

    codes, lots = many.check_batch(orders, NOW)

    single = [
        one.core.judge(
            *(
                int(row[k])
                for k in ("instrument", "strategy", "side", "price", "quantity")
            ),
            NOW,
        )
        for row in orders
    ]
    assert list(zip(codes.tolist(), lots.tolist(), strict=True)) == single
    orders["side"][3] = 9
    with pytest.raises(ValueError, match=r"orders\[3\]"):
        many.check_batch(orders, NOW)


def test_exposures_are_named():
    made = PreTradeGate(
        [share("A", sector="tech"), share("B", asset_class=AssetClass.CRYPTO)],
        cash=1000,
        limits=GateLimits.check({"facts": {"A": {"group": "big"}}}),
    )
    made.executed("A", 3, 10)
    made.executed("B", -2, 10)

    found = made.exposures()

    assert found["gross"] == 50
    assert found["net_up"] == 10
    assert found["sectors"] == {"unclassified": 20, "tech": 30}
    assert found["groups"] == {"big": 30}
    assert found["asset_classes"] == {"equity": 30, "crypto": 20}
    assert made.equity == 1000


def test_the_risk_model_agrees_with_the_covariance_it_was_fitted_to():
    rng = np.random.default_rng(3)
    returns = rng.normal(0, 0.02, (500, 5)) @ rng.normal(0.3, 0.2, (5, 5))
    symbols = list("ABCDE")
    made = PreTradeGate([share(s) for s in symbols], cash=10**6)
    made.set_model(FactorModel.from_returns(returns, symbols))
    held = np.array([100, -50, 20, 70, -10])
    for symbol, quantity in zip(symbols, held, strict=True):
        made.executed(symbol, int(quantity), 100)

    deviation = np.sqrt(held * 100 @ np.cov(returns, rowvar=False) @ (held * 100))

    assert float(made.value_at_risk) == pytest.approx(2.326 * deviation, rel=1e-4)


def test_a_risk_model_refuses_what_is_none():
    with pytest.raises(ArgumentError, match="8"):
        FactorModel({"A": (0.0,) * 9}, {"A": 0.0})
    with pytest.raises(ArgumentError, match="below 2"):
        FactorModel({"A": (2.5,)}, {"A": 0.0})
    with pytest.raises(ArgumentError, match="same symbols"):
        FactorModel({"A": (0.5,)}, {})
    with pytest.raises(ArgumentError, match="columns"):
        FactorModel.from_returns([[0.1, 0.2], [0.1, 0.3]], ["A"])
    with pytest.raises(DataError):
        FactorModel.from_returns([[0.1, np.nan], [0.1, 0.3]], ["A", "B"])
    with pytest.raises(DataError, match="two periods"):
        FactorModel.from_returns([[0.1]], ["A"])


@given(
    level=st.sampled_from(["conservative", "moderate", "aggressive"]),
    quantity=st.integers(-400, 400).filter(bool),
    held=st.integers(-300, 300),
    price=st.integers(1, 30_000).map(lambda n: n / 100),
    worth=st.integers(1, 100_000),
)
def test_risk_manager_and_gate_approve_the_same_trades(
    level, quantity, held, price, worth
):
    manager = RiskManager(level)
    made = PreTradeGate(
        [share("A")],
        cash=worth - Decimal(str(price)) * held,
        limits=GateLimits.check({"all": {"name_share": manager.max_position_size}}),
    )
    made.mark("A", price)
    made.core.hold(0, 0, held)

    side = "buy" if quantity > 0 else "sell"
    passed = made.check("A", side, abs(quantity), price).passed

    assert made.equity == worth
    approved = manager.assess_trade_risk("A", quantity, price, worth, [], held)
    # The gate has one more way through: what crosses zero and ends nearer to it.
    crosses = held * (held + quantity) < 0
    nearer = crosses and abs(held + quantity) <= abs(held)
    assert passed == approved["approved"] or (passed and nearer)


def test_the_risk_manager_follows_and_sets_the_states_of_its_gate():
    made = gate(RiskManager().gate_limits()["all"])
    manager = RiskManager("moderate", gate=made)
    ask = ("A", 10, 100.0, 1_000_000, [])
    assert manager.assess_trade_risk(*ask)["approved"]
    made.restrict("instrument:A", Mode.REDUCE_ONLY, who="A", reason="news")
    refused = manager.assess_trade_risk(*ask)
    assert not refused["approved"]
    assert "reduce only" in refused["warnings"][0]
    assert manager.assess_trade_risk("A", -10, 100.0, 1_000_000, [], 10)["approved"]
    made.restrict("instrument:A", Mode.HALTED, who="A", reason="news")
    gone = manager.assess_trade_risk("A", -10, 100.0, 1_000_000, [], 10)
    assert (gone["approved"], gone["recommended_size"]) == (False, 0)

    manager.update_drawdown(80, 100)

    assert made.state("account") is Mode.REDUCE_ONLY
    assert made.transitions[-1].who == "risk manager"


def test_a_breaker_that_opens_tightens_its_gate():
    made = gate()
    breaker = CircuitBreaker(daily_loss=0.03, gate=made)
    breaker.observe(NOW, 100.0)
    assert made.state("account") is Mode.ACTIVE
    breaker.observe(NOW + 1, 96.0)
    assert made.state("account") is Mode.REDUCE_ONLY
    assert made.transitions[-1].reason.startswith("daily_loss of 4.0000%")
