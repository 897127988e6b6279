"""The seams can be checked at run time, and say no to what does not fit."""

from __future__ import annotations

from ai_trading.core import protocols
from ai_trading.core.clock import ManualClock
from ai_trading.core.instrument import InstrumentTable


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
