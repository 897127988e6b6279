"""The seams can be checked at run time, and say no to what does not fit."""

from __future__ import annotations

import inspect

import pytest

from ai_trading.core import protocols
from ai_trading.core.clock import ManualClock
from ai_trading.core.instrument import InstrumentTable
from ai_trading.market.source import EventStream
from ai_trading.strategies import Strategy


class OneShotFeed:
    instruments = InstrumentTable(["AAPL"])

    def __iter__(self):
        return iter(())


def test_an_object_with_the_right_methods_fits_without_inheriting():
    assert isinstance(OneShotFeed(), protocols.Feed)
    assert isinstance(ManualClock(), protocols.Clock)


def test_an_object_without_them_does_not():
    assert not isinstance(object(), protocols.Sink)
    assert not isinstance(OneShotFeed(), protocols.Strategy)


PROMISED = [name for name in vars(protocols.Strategy) if name.startswith("on_")]


@pytest.mark.parametrize("name", PROMISED)
def test_a_strategy_is_woken_as_the_protocol_says(name):
    assert inspect.signature(getattr(Strategy, name)) == inspect.signature(
        getattr(protocols.Strategy, name)
    )


def test_what_this_package_has_fits_its_own_seams():
    assert isinstance(Strategy(), protocols.Strategy)
    stream = EventStream(lambda _: iter(()), InstrumentTable(["AAPL"]), "made here")
    assert isinstance(stream, protocols.Feed)
