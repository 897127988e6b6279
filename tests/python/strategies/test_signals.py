"""Signals hold their ranges; combined ones offset, whatever their order."""

from __future__ import annotations

import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading.core.enums import OrderSide
from ai_trading.core.errors import ArgumentError
from ai_trading.strategies.signals import (
    SignalAggregator,
    SignalProcessor,
    StrategySignal,
    refusal,
)

METHODS = ("weighted_average", "consensus", "strongest")
any_number = st.floats(allow_nan=False)
fractions = st.integers(0, 1000).map(lambda n: n / 1000)


def signals(symbols=("AAPL",)):
    return st.builds(
        StrategySignal,
        st.sampled_from(symbols),
        st.sampled_from([OrderSide.BUY, OrderSide.SELL]),
        fractions,
        confidence=fractions,
        risk_score=fractions,
    )


groups = st.lists(signals(), min_size=1, max_size=8)


def flipped(signal):
    side = "sell" if signal.is_buy else "buy"
    return StrategySignal(**{**signal.to_dict(), "side": side})


def facts(found):
    return [(s.symbol, s.side, s.strength, s.confidence) for s in found]


@given(any_number, any_number)
def test_strength_and_confidence_are_clamped(strength, confidence):
    signal = StrategySignal("AAPL", OrderSide.BUY, strength, confidence)

    assert signal.strength == min(max(strength, 0.0), 1.0)
    assert signal.confidence == min(max(confidence, 0.0), 1.0)
    assert 0 <= signal.weighted_strength <= 1


def test_a_signal_knows_its_side_and_its_weight():
    signal = StrategySignal("AAPL", OrderSide.SELL, 0.8, confidence=0.5)

    assert signal.is_sell
    assert not signal.is_buy
    assert signal.weighted_strength == 0.4
    assert StrategySignal("AAPL", "sell_short", 1).is_sell


def test_options_are_kept_and_read_as_attributes():
    signal = StrategySignal("AAPL", "buy", 0.8, stop_loss=140.0, risk_score=0.2)

    assert signal.stop_loss == 140.0
    assert signal.to_dict() == {
        "symbol": "AAPL",
        "side": "buy",
        "strength": 0.8,
        "confidence": 1.0,
        "risk_score": 0.2,
        "stop_loss": 140.0,
    }
    with pytest.raises(AttributeError, match="no attribute or option 'take_profit'"):
        _ = signal.take_profit


@given(signals())
def test_a_signal_comes_back_from_its_dictionary_and_from_a_pickle(signal):
    assert StrategySignal(**signal.to_dict()) == signal
    assert pickle.loads(pickle.dumps(signal)) == signal
    assert hash(pickle.loads(pickle.dumps(signal))) == hash(signal)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"symbol": ""}, "symbol must be a text"),
        (
            {"side": "long"},
            "side must be one of buy, sell, sell_short; received 'long'",
        ),
        ({"strength": math.nan}, "strength must be a number; received nan"),
        ({"confidence": "high"}, "confidence must be a number; received 'high'"),
    ],
)
def test_what_is_no_signal_is_refused_with_the_reason(wrong, message):
    with pytest.raises(ArgumentError, match=message):
        StrategySignal(**{"symbol": "AAPL", "side": "buy", "strength": 1, **wrong})


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"strength": 0}, "no_strength"),
        ({"confidence": 0.29}, "low_confidence"),
        ({"risk_score": 0.81}, "high_risk"),
        ({"confidence": 0.3, "risk_score": 0.8}, None),
    ],
)
def test_the_limits_themselves_are_allowed(options, reason):
    signal = StrategySignal(
        **{"symbol": "A", "side": "buy", "strength": 0.5, **options}
    )

    assert refusal(signal) == reason


def test_a_weighted_average_worked_by_hand():
    # (0.8 x 1.0 - 0.4 x 0.5) / (1.0 + 0.5) = 0.4, at a mean confidence of 0.75.
    found = SignalAggregator().aggregate_signals(
        [
            StrategySignal("AAPL", "buy", 0.8, 1.0),
            StrategySignal("AAPL", "sell", 0.4, 0.5),
        ]
    )

    assert [s.side for s in found] == [OrderSide.BUY]
    assert found[0].strength == pytest.approx(0.4)
    assert found[0].confidence == 0.75


def test_a_consensus_needs_the_majority_and_is_as_sure_as_it_is_large():
    buy, sell = StrategySignal("A", "buy", 0.6), StrategySignal("A", "sell", 0.3)

    two_of_three = SignalAggregator().aggregate_signals([buy, buy, sell], "consensus")
    split = SignalAggregator().aggregate_signals([buy, sell], "consensus")

    assert two_of_three[0].strength == pytest.approx(0.3)
    assert two_of_three[0].confidence == pytest.approx(2 / 3)
    assert split == []


def test_the_strongest_signal_stands_as_it_is():
    strong = StrategySignal("A", "sell", 0.9, 0.9, note="breakdown")
    weak = StrategySignal("A", "buy", 1.0, 0.5)

    assert SignalAggregator().aggregate_signals([weak, strong], "strongest") == [strong]


@pytest.mark.parametrize("method", METHODS)
@given(signal=signals())
def test_a_buy_and_the_same_sell_offset_each_other(method, signal):
    both = [signal, flipped(signal)]

    assert SignalAggregator().aggregate_signals(both, method) == []


@pytest.mark.parametrize("method", METHODS)
@given(group=groups)
def test_turning_every_side_turns_the_outcome(method, group):
    aggregate = SignalAggregator().aggregate_signals

    turned = aggregate([flipped(s) for s in group], method)

    assert facts(turned) == facts([flipped(s) for s in aggregate(group, method)])


@pytest.mark.parametrize("method", METHODS)
@given(group=groups, data=st.data())
def test_the_order_of_signals_does_not_matter(method, group, data):
    aggregate = SignalAggregator().aggregate_signals

    shuffled = aggregate(data.draw(st.permutations(group)), method)

    assert facts(shuffled) == facts(aggregate(group, method))


@pytest.mark.parametrize("method", METHODS)
@given(signal=signals())
def test_a_single_signal_with_any_weight_stays_what_it_is(method, signal):
    found = SignalAggregator().aggregate_signals([signal], method)

    if signal.weighted_strength == 0:
        assert found == []
    else:
        assert found[0].side == signal.side
        assert found[0].strength == pytest.approx(signal.strength)
        assert found[0].confidence == pytest.approx(signal.confidence)


@pytest.mark.parametrize("method", METHODS)
@given(group=st.lists(signals(("A", "B", "C")), max_size=12))
def test_each_symbol_is_combined_on_its_own(method, group):
    aggregate = SignalAggregator().aggregate_signals

    found = aggregate(group, method)

    for symbol in {s.symbol for s in group}:
        alone = aggregate([s for s in group if s.symbol == symbol], method)
        assert [s for s in found if s.symbol == symbol] == alone


def test_an_unknown_method_is_named_with_the_known_ones():
    with pytest.raises(ArgumentError, match="weighted_average, consensus, strongest"):
        SignalAggregator().aggregate_signals([], "loudest")


def test_a_processor_leaves_out_what_is_weak_and_says_why():
    processor = SignalProcessor()
    unsure = StrategySignal("AAPL", "sell", 1.0, confidence=0.1)
    buy = StrategySignal("AAPL", "buy", 0.4)
    strong = StrategySignal("MSFT", "sell", 0.9)

    found = processor.process_signals([unsure, buy, strong])

    assert [(s.symbol, s.side) for s in found] == [("MSFT", "sell"), ("AAPL", "buy")]
    assert [(r.signal, r.reason) for r in processor.refused] == [
        (unsure, "low_confidence")
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "loudest"}, "method must be one of .*; received 'loudest'"),
        ({"min_confidence": math.nan}, "min_confidence must be"),
        ({"min_confidence": "0.3"}, "min_confidence must be"),
        ({"max_risk_score": None}, "max_risk_score must be"),
        ({"aggregator": 0}, "aggregator must be"),
        ({"aggregator": "consensus"}, "aggregator must be"),
    ],
)
def test_a_processor_is_refused_where_it_is_made(options, message):
    with pytest.raises(ArgumentError, match=message):
        SignalProcessor(**options)
