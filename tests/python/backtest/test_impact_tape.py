"""Impact calibrated on a tape: by hand, on real days, and as a command."""

from __future__ import annotations

import json
import tomllib

import numpy as np
import pytest
from run_samples import OPEN, SECOND, events, market

from ai_trading.backtest.impact_tape import calibrate_tape, signed_trades
from ai_trading.cli.main import main
from ai_trading.core.errors import DataError
from ai_trading.core.records import EventKind
from ai_trading.market import load

ADD, EXECUTE, REMOVE = EventKind.ADD, EventKind.EXECUTE, EventKind.REMOVE
BUY, SELL = 0, 1


def test_trades_are_signed_by_who_took_and_know_the_middle_before_them():
    tape = market(
        events(
            (0, ADD, 1, BUY, 100, 500),
            (0, ADD, 2, SELL, 104, 100),
            (0, ADD, 3, SELL, 108, 100),
            (1, EXECUTE, 2, SELL, 104, 100),  # one buyer takes two sellers
            (1, EXECUTE, 3, SELL, 108, 40),
            (2, EXECUTE, 1, BUY, 100, 200),
            (3, REMOVE, 1, BUY, 100, 300),
        )
    )
    tick = float(tape.instruments[0].tick_size)

    trades = signed_trades(tape)

    assert trades.volumes.tolist() == [140, -200]
    assert trades.times.tolist() == [OPEN + SECOND, OPEN + 2 * SECOND]
    middles = np.array([102, 104, 104]) * tick  # and after the last one
    assert trades.prices == pytest.approx(middles)
    assert trades.left_out == 0


def test_trades_before_there_is_a_book_are_left_out():
    tape = market(
        events(
            (0, ADD, 1, BUY, 100, 500),
            (1, EXECUTE, 1, BUY, 100, 10),
            (2, ADD, 2, SELL, 104, 100),
            (3, EXECUTE, 1, BUY, 100, 10),
        )
    )

    trades = signed_trades(tape)

    assert (len(trades.times), trades.left_out) == (1, 1)


def test_a_tape_without_trades_is_refused():
    tape = market(events((0, ADD, 1, BUY, 100, 5), (0, ADD, 2, SELL, 104, 5)))
    with pytest.raises(DataError, match="shows no trade of"):
        signed_trades(tape)


@pytest.mark.realdata
def test_a_real_day_prints_terms_that_a_configuration_takes(real_data, capsys):
    path = real_data / "lobster" / "LOBSTER_SampleFile_AAPL_2012-06-21_1.zip"

    assert main(["calibrate", "impact", str(path)]) == 0
    printed = capsys.readouterr().out
    found = calibrate_tape(load(path))

    # One day hardly tells the decay, which is said beside the numbers.
    section, said, doubt = printed[printed.index("[impact]") :].partition("\nwarning: ")
    assert said
    assert "the decay is hardly told by 24,861 trades" in doubt
    assert found.to_dict()["doubts"] == list(found.doubts)
    terms = tomllib.loads(section)["impact"]
    assert terms["coefficient"] == pytest.approx(found.impact.coefficient, rel=1e-5)
    assert terms["daily_volume"]["AAPL"] == pytest.approx(
        found.impact.daily_volume, abs=1
    )
    assert 0.1 < terms["coefficient"] < 1
    assert found.trades > 20_000
    low, high = found.propagator.interval("scale")
    assert 0 < low < high < 2 * low


@pytest.mark.realdata
def test_a_kernel_that_does_not_decay_is_said_so(real_data, capsys):
    path = real_data / "lobster" / "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip"

    assert main(["calibrate", "impact", str(path), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert "does not decay as a power law" in said["error"]["message"]

    assert main(["calibrate", "impact", str(path), "--exponent", "0", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert 0.5 < found["propagator"]["estimates"]["scale"] < 0.7
