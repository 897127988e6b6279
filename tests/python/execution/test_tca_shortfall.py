"""The split of the shortfall: published examples, exact identities, what is refused."""

from __future__ import annotations

import doctest
from decimal import Decimal
from fractions import Fraction
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.execution.tca import implementation_shortfall

PRICES = st.decimals("0.0001", "99999", places=4)
SIZES = st.decimals("0.001", "1000000", places=3)
FILLS = st.lists(st.tuples(SIZES, PRICES, PRICES), max_size=12)


def test_the_example_of_the_cfa_curriculum():
    cost = implementation_shortfall(
        "buy", 1000, [(700, "10.07")], decision="10.00", release="10.05",
        end="10.08", fees=14,
    )  # fmt: skip

    assert cost.delay * 100 / cost.paper == Decimal("0.35")
    assert cost.trading * 100 / cost.paper == Decimal("0.14")
    assert cost.opportunity * 100 / cost.paper == Decimal("0.24")
    assert cost.fees * 100 / cost.paper == Decimal("0.14")
    assert cost.total * 100 / cost.paper == Decimal("0.87")
    assert cost.impact is None


def test_a_second_example_from_the_same_curriculum():
    # 1,000 at 40.00, 700 filled at 40.05 a day later (close before: 40.04), 17 paid,
    # given up at 40.08: .07, .02, .06 and .04 %, .19 % in all.
    cost = implementation_shortfall(
        "buy", 1000, [(700, "40.05")], decision=40, release="40.04", end="40.08",
        fees=17,
    )  # fmt: skip

    found = [cost.bps(n) for n in ("delay", "trading", "opportunity", "fees", "total")]
    assert [round(x / 100, 2) for x in found] == [0.07, 0.02, 0.06, 0.04, 0.19]


def test_kissells_convention_counts_delay_on_everything_wanted():
    cost = implementation_shortfall(
        "buy", 1000, [(700, "10.07")], decision="10.00", release="10.05",
        end="10.08", fees=14, convention="wanted",
    )  # fmt: skip

    assert (cost.delay, cost.trading) == (Decimal("50.00"), Decimal("14.00"))
    assert cost.opportunity == Decimal("9.00")
    assert cost.total == Decimal("87.00")


def test_a_sale_into_a_rising_market_costs_less_than_nothing():
    cost = implementation_shortfall(
        "sell", 100, [(100, "10.10")], decision=10, market=["10.12"]
    )

    assert cost.total == Decimal("-10.00")
    assert cost.impact == Decimal("2.00")
    assert cost.timing == Decimal("-12.00")


@given(
    side=st.sampled_from(["buy", "sell", "sell_short"]),
    fills=FILLS,
    left=st.decimals("0", "1000000", places=3),
    decision=PRICES,
    release=PRICES,
    end=PRICES,
    fees=st.decimals("-1000", "1000", places=9),
    multiplier=st.sampled_from(["1", "50", "0.001"]),
    convention=st.sampled_from(["filled", "wanted"]),
)
def test_components_sum_to_what_paper_made_and_the_account_did_not(
    side, fills, left, decision, release, end, fees, multiplier, convention
):
    wanted = sum((q for q, _, _ in fills), Decimal(0)) + left
    if not wanted:
        return

    cost = implementation_shortfall(
        side, wanted, [(q, p) for q, p, _ in fills], decision=decision,
        release=release, end=end, fees=fees, market=[m for _, _, m in fills],
        multiplier=multiplier, convention=convention,
    )  # fmt: skip

    sign = 1 if side == "buy" else -1
    unit = Fraction(multiplier)
    paper = sign * Fraction(wanted) * (Fraction(end) - Fraction(decision)) * unit
    real = sum(
        (
            sign * Fraction(q) * (Fraction(end) - Fraction(p)) * unit
            for q, p, _ in fills
        ),
        Fraction(0),
    ) - Fraction(fees)
    assert Fraction(cost.total) == paper - real
    assert Fraction(cost.impact) + Fraction(cost.timing) == Fraction(cost.trading)
    parts = (cost.delay, cost.trading, cost.opportunity, cost.fees)
    assert sum(map(Fraction, parts)) == Fraction(cost.total)


@given(fills=FILLS, decision=PRICES, release=PRICES, end=PRICES)
def test_a_sale_costs_what_the_same_purchase_earns(fills, decision, release, end):
    wanted = sum((q for q, _, _ in fills), Decimal(1))
    terms = {"decision": decision, "release": release, "end": end}
    plain = [(q, p) for q, p, _ in fills]

    buy = implementation_shortfall("buy", wanted, plain, **terms)
    sell = implementation_shortfall("sell", wanted, plain, **terms)

    for name in ("delay", "trading", "opportunity", "total"):
        assert getattr(buy, name) == -getattr(sell, name)


@given(fills=FILLS, decision=PRICES, release=PRICES, end=PRICES)
def test_both_conventions_sum_to_the_same(fills, decision, release, end):
    wanted = sum((q for q, _, _ in fills), Decimal(7))
    terms = {"decision": decision, "release": release, "end": end}
    plain = [(q, p) for q, p, _ in fills]

    one = implementation_shortfall("buy", wanted, plain, **terms)
    two = implementation_shortfall("buy", wanted, plain, convention="wanted", **terms)

    assert one.total == two.total
    assert one.trading == two.trading


def test_nothing_filled_is_all_opportunity():
    cost = implementation_shortfall("buy", 10, [], decision=10, end=11)

    assert cost.opportunity == cost.total == 10
    assert cost.bps() == 1000.0


@pytest.mark.parametrize(
    ("terms", "error", "said"),
    [
        ({"quantity": 0}, ArgumentError, "quantity must be above 0"),
        ({"decision": 0}, ArgumentError, "decision must be above 0"),
        ({"side": "long"}, ArgumentError, "side must be one of buy"),
        ({"fills": [(101, 10)]}, ArgumentError, "101 filled of 100 wanted"),
        ({"fills": [(-1, 10)]}, ArgumentError, "a fill's quantity must be above 0"),
        ({"fills": [(50, 10)]}, DataError, "50 of 100 was not filled"),
        ({"market": [1, 2]}, ArgumentError, "one price for every fill"),
        ({"fees": "much"}, ArgumentError, "fees must be a finite number"),
        ({"convention": "cfa"}, ArgumentError, "one of filled, wanted"),
    ],
)
def test_what_makes_no_sense_is_refused(terms, error, said):
    given_terms = {
        "side": "buy",
        "quantity": 100,
        "fills": [(100, 10)],
        "decision": 10,
    } | terms
    side, quantity, fills = (given_terms.pop(k) for k in ("side", "quantity", "fills"))

    with pytest.raises(error, match=said):
        implementation_shortfall(side, quantity, fills, **given_terms)


def test_there_is_no_component_of_another_name():
    cost = implementation_shortfall("buy", 1, [(1, 10)], decision=10)

    with pytest.raises(ArgumentError, match="component must be one of delay"):
        cost.bps("slippage")


@pytest.mark.parametrize("module", ["shortfall", "worked", "fills"])
def test_examples_in_docstrings_run(module):
    found = doctest.testmod(import_module(f"ai_trading.execution.tca.{module}"))

    assert found.attempted
    assert not found.failed
