"""Limits and facts of the gate at their edges, and what reaches the core."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ai_trading.core.clock import ManualClock
from ai_trading.core.errors import ArgumentError, ConfigError
from ai_trading.core.instrument import Instrument
from ai_trading.risk.gate import FactorModel, GateLimits, PreTradeGate
from ai_trading.risk.gate.facts import Facts

SECOND = 10**9


def gate(limits=None, **options) -> PreTradeGate:
    made = PreTradeGate(
        [Instrument("A")],
        cash=1_000_000,
        limits=None if limits is None else GateLimits.check(limits),
        **options,
    )
    made.mark("A", 100)
    return made


@pytest.mark.parametrize(
    ("fact", "value"),
    [("located", -1), ("margin", -1), ("daily_volume", "-0.5"), ("round_lot", -100)],
)
def test_a_fact_below_nothing_is_refused(fact, value):
    with pytest.raises(ArgumentError, match=f"{fact} must not be negative"):
        Facts(**{fact: value})


def test_a_margin_in_percent_is_refused():
    assert Facts(margin=100).margin == 100
    with pytest.raises(ArgumentError, match="margin must be a fraction, up to 100"):
        Facts(margin=101)


def test_plain_facts_are_those_that_differ():
    assert Facts().plain() == {}
    assert Facts(located=5, margin=Decimal("0.25")).plain() == {
        "located": 5,
        "margin": "0.25",
    }


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"strategy": {"s": {"collar_window": "5s"}}}, "for all and for accounts"),
        ({"strategy": {"s": {"drawdown": 0.1}}}, "for all and for accounts"),
        ({"quantile": 0}, "quantile must be 0.001 to 100"),
        ({"quantile": 100.5}, "quantile must be 0.001 to 100"),
        ({"quantile": True}, "quantile must be 0.001 to 100"),
        ({"require": ["max_positoin"]}, r"names no limit.*max_position"),
        ({"all": {"reference_age": 2**62 + 1}}, "whole nanoseconds"),
        ({"all": {"max_position": 10**13}}, "not above 4611686018427"),
        ({"all": {"max_position": "1e-7"}}, "must be a multiple of"),
    ],
)
def test_what_the_core_cannot_hold_is_refused(tables, words):
    with pytest.raises(ConfigError, match=words):
        GateLimits.check(tables)


@pytest.mark.parametrize(
    ("text", "length"),
    [("5s", 5 * SECOND), ("1.5 ms", 1_500_000), ("2\N{MICRO SIGN}s", 2000), (7, 7)],
)
def test_lengths_of_time_are_written_as_everywhere(text, length):
    found = GateLimits.check({"all": {"reference_age": text}}).everyone

    assert found["reference_age"] == length


def test_leverage_is_a_multiple_and_a_share_is_not():
    found = GateLimits.check({"all": {"leverage": 100}}).everyone

    assert found["leverage"] == 100 * 10**6
    with pytest.raises(ConfigError, match=r"Did you mean 0\.02\?"):
        GateLimits.check({"all": {"name_share": 2}})


def test_mistakes_are_placed_at_the_line_of_the_key_or_of_its_table(tmp_path):
    file = tmp_path / "limits.toml"
    file.write_text("[all]\n\nmax_positoin = 1\n\n[strategy.s]\ndrawdown = 0.1\n")

    with pytest.raises(ConfigError) as refused:
        GateLimits.load(file)

    lines = sorted(str(refused.value).splitlines())
    assert [line.partition(": ")[0] for line in lines] == [
        f"{file} line 3",
        f"{file} line 6",
    ]


def test_another_quantile_is_another_digest_and_another_value_at_risk():
    one, two = ({"quantile": value} for value in (1.0, 2.0))
    model = FactorModel.from_returns([[0.01], [-0.02], [0.03], [0.0]] * 20, ["A"])

    def risk(limits):
        made = gate(limits)
        made.set_model(model)
        made.executed("A", 10, 100)
        return made.value_at_risk

    assert GateLimits.check(one).digest != GateLimits.check(two).digest
    assert float(risk(two)) == pytest.approx(2 * float(risk(one)), rel=1e-9)


def test_an_instrument_that_comes_later_is_held_to_the_limits_in_force():
    made = gate({"all": {"max_order_quantity": 5}, "facts": {}})

    made.enlist(Instrument("B"))
    made.mark("B", 100)

    assert made.check("B", "buy", 5).passed
    assert made.check("B", "buy", 6).reason == "max_quantity"


def test_facts_of_an_instrument_that_comes_later_are_known():
    limits = GateLimits.check({"facts": {"B": {"restriction": "forbidden"}}})
    made = PreTradeGate([Instrument("A"), Instrument("B")], limits=limits, cash=1000)
    later = PreTradeGate([Instrument("A")], limits=limits, cash=1000, lenient=True)

    later.enlist(Instrument("B"))

    for one in (made, later):
        one.mark("B", 1)
        assert not one.check("B", "buy", 1).passed


def test_nobody_cannot_change_limits():
    made = gate({})

    with pytest.raises(ArgumentError, match="who must be a text"):
        made.apply(GateLimits.check({}), who="  ")

    assert len(made.history) == 1


def test_a_reload_reads_the_file_that_is_named(tmp_path):
    first, second = tmp_path / "a.toml", tmp_path / "b.toml"
    first.write_text("[all]\nmax_order_quantity = 5\n")
    second.write_text("[all]\nmax_order_quantity = 7\n")
    made = PreTradeGate([Instrument("A")], limits=first, cash=1_000_000)
    made.mark("A", 100)

    made.reload(who="me", path=second)

    assert made.check("A", "buy", 7).passed
    assert [row.who for row in made.history] == ["start", "me"]


def test_an_order_decided_long_ago_is_told_by_its_time_of_decision():
    made = gate({"all": {"clock_tolerance": "1s"}}, clock=ManualClock(100 * SECOND))

    assert made.check("A", "buy", 1, created_ns=100 * SECOND).passed
    assert made.check("A", "buy", 1).passed  # not said when
    assert made.check("A", "buy", 1, created_ns=98 * SECOND).reason == "clock_skew"
