"""Tables of fees: hand-worked, published and by their axioms."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_EVEN, Decimal
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading.core.errors import ArgumentError, ConfigError
from ai_trading.core.instrument import Instrument
from ai_trading.execution.fees import FeeFill, FeeLine, FeeSchedule, schedule_names

SHARE = Instrument("XYZ")
MID_2024 = 1_719_835_200 * 10**9  # 2024-07-01 12:00 UTC


def fill(quantity, price, *, side="buy", liquidity="taker", order=1, at=MID_2024):
    return FeeFill(
        order_id=order,
        timestamp=at,
        side=side,
        liquidity=liquidity,
        price=price,
        quantity=quantity,
    )


def one(line, *fills, **schedule):
    fees, _ = FeeSchedule(name="t", lines=(line,), **schedule).charge(fills, SHARE)
    return fees


@pytest.mark.parametrize("name", schedule_names())
def test_every_shipped_schedule_says_when_and_whence_and_charges(name):
    schedule = FeeSchedule.named(name)

    fees, by_line = schedule.charge([fill(100, "50.00", side="sell")], SHARE)

    assert schedule.effective is not None
    assert schedule.source
    assert schedule.title
    assert sum(by_line.values()) == sum(fees)
    assert fees[0] != 0


@pytest.mark.parametrize("name", schedule_names())
def test_every_line_has_a_source_and_its_dates_or_why_it_has_none(name):
    for line in FeeSchedule.named(name).lines:
        assert line.source, line
        assert line.start or line.until or line.note, line


def test_the_file_says_plainly_that_its_figures_are_from_memory():
    text = files("ai_trading.execution").joinpath("fee_schedules.toml").read_text()

    assert "FROM MEMORY" in text.split("[", 1)[0]


def test_lines_of_one_name_follow_each_other_without_gap_or_overlap():
    for name in schedule_names():
        by_name = {}
        for line in FeeSchedule.named(name).lines:
            by_name.setdefault(line.name, []).append(line)
        for lines in by_name.values():
            for before, after in pairwise(lines):
                assert before.until == after.start


def test_a_sale_through_the_tiered_broker_adds_up_by_hand():
    schedule = FeeSchedule.named("us_broker_tiered")

    fees, lines = schedule.charge([fill(1000, "25.00", side="sell")], SHARE)

    assert lines["section_31"] == Decimal("0.695")  # 25,000 x 27.80 per million
    assert lines["taf"] == Decimal("0.166")
    assert lines["remove"] == Decimal("3.00")
    assert lines["commission"] == Decimal("3.50")
    assert lines["clearing"] == Decimal("0.20")
    assert lines["nyse_pass_through"] == Decimal("0.0006125")
    assert lines["finra_pass_through"] == Decimal("0.00196")
    assert fees == [Decimal("7.5635725")]


def test_the_brokers_published_example_of_monthly_tiers_comes_out():
    # Interactive Brokers' 30,000,000 shares at 5.00: 1,050 + 5,400 + 25,500 + 10,000.
    schedule = FeeSchedule.named("us_broker_tiered")

    _, lines = schedule.charge([fill(30_000_000, "5.00", side="sell")], SHARE)

    assert lines["commission"] == 41_950
    assert lines["clearing"] == 6_000
    assert lines["remove"] == 90_000


def test_the_brokers_published_fixed_examples_come_out():
    # 100 at 25 pay 1.00; 1,000 at 25 pay 5.00; 1,000 at 0.25 pay 2.50.
    schedule = FeeSchedule.named("us_broker_fixed")

    fees, _ = schedule.charge(
        [
            fill(100, 25, order=1),
            fill(1000, 25, order=2),
            fill(1000, "0.25", order=3),
        ],
        SHARE,
    )

    assert fees == [Decimal("1"), Decimal("5"), Decimal("2.5")]


@pytest.mark.parametrize(
    ("day", "rate"),
    [
        ("2012-06-21", "22.40"),
        ("2020-12-31", "22.10"),
        ("2021-02-24", "22.10"),
        ("2021-02-25", "5.10"),
        ("2024-05-21", "8.00"),
        ("2024-05-22", "27.80"),
        ("2025-05-14", "0"),
    ],
)
def test_section_31_is_that_of_the_day(day, rate):
    at = int(dt.datetime.fromisoformat(day + "T15:00+00:00").timestamp()) * 10**9

    _, lines = FeeSchedule.named("us_regulatory").charge(
        [fill(10_000, "100", side="sell", at=at)], SHARE
    )

    assert lines["section_31"] == Decimal(rate)


def test_makers_are_paid_and_takers_pay():
    schedule = FeeSchedule.named("us_equity_maker_taker")

    fees, _ = schedule.charge(
        [fill(100, 10, liquidity="maker"), fill(100, 10, liquidity="taker", order=2)],
        SHARE,
    )

    assert fees == [Decimal("-0.2"), Decimal("0.3")]


def test_contracts_are_counted_without_their_multiplier():
    future = Instrument(
        "ES", tick_size=Decimal("0.25"), multiplier=Decimal(50), currency="USD"
    )

    fees, _ = FeeSchedule.named("futures_per_contract").charge(
        [fill(3, "5000.25")], future
    )

    assert fees == [Decimal("6.75")]


def test_stamp_duty_is_for_purchases_and_rounds_up_in_hong_kong():
    uk = FeeSchedule.named("uk_equity")
    hk = FeeSchedule.named("hk_equity")

    _, bought = uk.charge([fill(1000, "4.567")], SHARE)
    _, sold = uk.charge([fill(1000, "4.567", side="sell")], SHARE)
    _, both = hk.charge([fill(1000, "4.567", side="sell")], SHARE)

    assert bought["stamp_duty_reserve_tax"] == Decimal("22.84")  # 22.835, half to even
    assert sold["stamp_duty_reserve_tax"] == 0
    assert both["stamp_duty"] == 5


quantities = st.integers(1, 10**6)
prices = st.integers(1, 10**7).map(lambda n: Decimal(n).scaleb(-4))


@given(quantities, prices, st.integers(-(10**6), 10**6))
def test_a_rate_of_value_is_the_decimal_product(quantity, price, rate):
    line = FeeLine(name="x", per="value", rate=Decimal(rate).scaleb(-5))

    exact = quantity * price * rate / 10**9
    assert one(line, fill(quantity, price)) == [
        exact.quantize(Decimal("1e-9"), ROUND_HALF_EVEN)
    ]


@given(st.lists(st.tuples(quantities, prices), min_size=1, max_size=8))
def test_fees_add_up_over_lines_and_over_the_fills_of_an_order(rows):
    lines = FeeSchedule.named("us_broker_tiered").lines
    fills = [fill(q, p, side="sell") for q, p in rows]

    fees, by_line = FeeSchedule(name="t", lines=lines).charge(fills, SHARE)

    assert sum(fees) == sum(by_line.values())
    for line in lines:
        if line.of is None:
            alone, _ = FeeSchedule(name="a", lines=(line,)).charge(fills, SHARE)
            same = [other for other in lines if other.name == line.name]
            if len(same) == 1:
                assert sum(alone) == by_line[line.name]


@given(st.lists(quantities, min_size=1, max_size=6), prices, quantities)
def test_a_commission_with_minimum_and_cap_is_that_of_its_whole_order(
    parts, price, ago
):
    line = next(
        line
        for line in FeeSchedule.named("us_broker_tiered").lines
        if line.name == "commission"
    )
    prior = {"prior_quantity": ago}

    split = sum(one(line, *(fill(q, price) for q in parts), **prior))
    whole = sum(one(line, fill(sum(parts), price), **prior))

    assert split == whole
    value = sum(parts) * price
    assert whole <= (value / 100).quantize(Decimal("1e-9"), ROUND_HALF_EVEN)
    assert whole >= min(Decimal("0.35"), whole if value < 35 else Decimal("0.35"))


@given(quantities, quantities, prices)
def test_more_shares_never_pay_less(a, b, price):
    line = next(
        line
        for line in FeeSchedule.named("us_broker_tiered").lines
        if line.name == "commission"
    )
    small, large = sorted((a, b))

    assert one(line, fill(small, price)) <= one(line, fill(large, price))


@given(quantities, prices)
def test_the_activity_fee_never_exceeds_its_cap(quantity, price):
    _, lines = FeeSchedule.named("us_regulatory").charge(
        [fill(quantity, price, side="sell")], SHARE
    )

    assert lines["taf"] == min(Decimal("8.30"), quantity * Decimal("0.000166"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"per": "ounce"}, "per must be one of"),
        ({"rate": None}, "needs either a rate or tiers"),
        ({"tiers": ((0, 1),)}, "needs either a rate or tiers"),
        ({"rate": "0.000001", "per": "value"}, "multiple of"),
        ({"per": "line"}, "needs `of`"),
        ({"of": "x"}, "needs `of`"),
        ({"side": "short"}, "side must be one of"),
        ({"maximum_bps": 0}, "maximum_bps must be above 0"),
        ({"start": "2024-01-01"}, "start must be a date"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused(change, said):
    with pytest.raises(ArgumentError, match=said):
        FeeLine(**{"name": "x", "per": "share", "rate": 1, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"rate": None, "tiers": ((5, 1),)},
        {"rate": None, "tiers": ((0, 1), (0, 2))},
        {"rate": None, "tiers": ((0, 1), (9, 2)), "marginal": True, "volume": "value"},
        {"minimum": 2, "maximum": 1},
        {"start": dt.date(2024, 1, 2), "until": dt.date(2024, 1, 2)},
    ],
)
def test_the_core_refuses_a_line_with_its_reason(change):
    with pytest.raises(ArgumentError, match="fee line"):
        FeeLine(**{"name": "x", "per": "share", "rate": 1, **change})


def test_a_share_needs_its_line_before_it():
    share = FeeLine(name="s", per="line", of="commission", rate="0.1")

    with pytest.raises(ArgumentError, match="does not stand before it"):
        FeeSchedule(name="t", lines=(share,))


def test_a_schedule_of_ones_own_includes_a_shipped_one(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        '[mine]\ninclude = ["us_regulatory"]\n'
        'lines = [{ name = "broker", per = "share", rate = 0.001 }]\n'
    )

    schedule = FeeSchedule.load(file, prior_quantity=5)

    assert schedule.name == "mine"
    assert schedule.prior_quantity == 5
    assert {line.name for line in schedule.lines} == {"section_31", "taf", "broker"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a", "cannot read the fee schedule"),
        ("", "has no fee schedule"),
        ("[a]\nline = 1", "unknown key 'line'"),
        ("[a]\nlines = []", "has no lines"),
        ('[a]\nlines = [{ name = "x" }]', "needs per"),
        ('[a]\nlines = [{ name = "x", per = "share", rat = 1 }]', "unknown key 'rat'"),
        ('[a]\ninclude = ["b"]', "is not there"),
        ('[a]\ninclude = ["a"]', "includes itself"),
        ('[a]\ninclude = ["uk_equity"]', "of another currency"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_by_name(tmp_path, text, said):
    file = tmp_path / "mine.toml"
    file.write_text(text)

    with pytest.raises(ConfigError, match=said):
        FeeSchedule.load(file)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ArgumentError, match="us_broker_tiered"):
        FeeSchedule.named("us")
