"""Real orders left out of a tape: small ones by hand, whole days with pinned scores."""

from __future__ import annotations

import json

import pytest
from run_samples import OPEN, SECOND, busy_day, events, market, quotes

from ai_trading._core import venue
from ai_trading.backtest.fill_truth import (
    FillModel,
    fill_models,
    measure_fills,
    trade_bars,
)
from ai_trading.backtest.fill_truth_page import fill_truth_page
from ai_trading.backtest.terms import LevelFills
from ai_trading.cli.main import main
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.records import EventKind
from ai_trading.market import load

ADD, REDUCE, REMOVE, EXECUTE = (
    EventKind.ADD,
    EventKind.REDUCE,
    EventKind.REMOVE,
    EventKind.EXECUTE,
)
BUY, SELL = 0, 1
FIRST, SECOND_ORDER, OTHER = 1, 2, 9


def short_tape():
    """300 of one order stand before 200 of another at 100; the latter gets 50."""
    return events(
        (0, ADD, OTHER, SELL, 105, 10),
        (1, ADD, FIRST, BUY, 100, 300),
        (2, ADD, SECOND_ORDER, BUY, 100, 200),
        (3, EXECUTE, FIRST, BUY, 100, 100),
        (4, REMOVE, FIRST, BUY, 100, 200),
        (5, EXECUTE, SECOND_ORDER, BUY, 100, 50),
        (6, REDUCE, SECOND_ORDER, BUY, 100, 30),
        (7, REMOVE, SECOND_ORDER, BUY, 100, 120),
    )


def at(second):
    return OPEN + second * SECOND


def test_fates_say_what_happened_and_how_it_ended():
    fates = venue.fates(short_tape())

    first, second = fates[fates["order_id"] == 1][0], fates[fates["order_id"] == 2][0]
    assert (first["filled"], first["ending"], first["ahead"]) == (100, 1, 0)
    assert (second["filled"], second["first_fill"]) == (50, at(5))
    assert (second["ahead"], second["finished"], second["ending"]) == (300, at(7), 1)
    assert fates[fates["order_id"] == OTHER][0]["ending"] == 3  # still open


@pytest.mark.parametrize(
    ("shown", "queue", "filled"),
    [
        ("orders", "risk_averse", 50),
        # 300 before us: 100 trade, 200 cancel, and nobody is left there
        ("levels", "risk_averse", 50),
        ("levels", "front", 50),
        ("levels", "trades", 0),  # 200 are still believed to be there
        ("levels", "through", 0),
        ("levels", "touch", 150),  # the 100 that were not ours, and 50
        ("quotes", "risk_averse", 50),
        ("trades", "risk_averse", 0),  # the queue is never shown
        ("trades", "touch", 150),
        ("touch", "risk_averse", 0),
    ],
)
def test_ours_in_the_place_of_the_second_order(shown, queue, filled):
    tape = short_tape()
    fates = venue.fates(tape)
    chosen = fates[fates["order_id"] == SECOND_ORDER]

    outcome = venue.replay(tape, chosen, shown, LevelFills(queue=queue).to_core())

    assert outcome["filled"][0] == filled
    assert outcome["late"][0] == 0
    expected = {0: 0, 50: at(5), 150: at(3)}[filled]
    assert outcome["first_fill"][0] == expected


def test_a_late_fill_is_told_apart_by_the_patience():
    tape = events(
        (0, ADD, OTHER, SELL, 105, 10),
        (1, ADD, 1, BUY, 100, 100),
        (2, ADD, 2, BUY, 100, 50),
        (3, EXECUTE, 2, BUY, 100, 50),  # out of turn
        (9, EXECUTE, 1, BUY, 100, 100),
    )
    fates = venue.fates(tape)
    chosen = fates[fates["order_id"] == 2]

    strict = venue.replay(tape, chosen, "orders", {}, 0)[0]
    patient = venue.replay(tape, chosen, "orders", {}, 10 * SECOND)[0]

    assert (strict["filled"], strict["late"]) == (0, 0)
    assert (patient["filled"], patient["late"]) == (0, 50)
    assert patient["first_fill"] == at(9)


def test_bars_are_of_what_traded():
    bars = trade_bars(short_tape(), 4 * SECOND)

    assert bars["volume"].tolist() == [100, 50]
    assert (bars["timestamp"] - bars["start"]).tolist() == [4 * SECOND] * 2
    assert trade_bars(short_tape()[:3], SECOND).size == 0


def test_scores_on_made_up_flow():
    truth = measure_fills(market(busy_day(2000)))
    by_name = {score.name: score for score in truth.scores}

    exact, never = by_name["order by order"], by_name["never fills"]
    assert never.recall == 0
    assert never.agreement == pytest.approx(1 - truth.filled / truth.scored)
    assert exact.agreement > never.agreement
    # An order's own executions trade at its price.
    assert by_name["levels, trades: touch"].recall == 1
    assert sum(row.orders for row in exact.calibration) == truth.scored
    page = fill_truth_page([truth])
    assert "order by order" in page
    assert "<script src=" not in page
    json.dumps(truth.to_dict(), allow_nan=False)


def test_a_sample_is_drawn_by_seed():
    data = market(busy_day(2000))
    models = fill_models()[:2]

    runs = [
        measure_fills(data, models=models, sample=50, seed=seed).scores[1].bias
        for seed in (1, 1, 2)
    ]

    assert runs[0] == runs[1]
    assert measure_fills(data, models=models, sample=10**6).sample == 10**6


def test_what_cannot_be_measured_is_refused():
    data = market(busy_day(300))
    with pytest.raises(ArgumentError, match="sample must be 1 or more"):
        measure_fills(data, sample=0)
    with pytest.raises(ArgumentError, match="patience must be 0"):
        measure_fills(data, patience=-1)
    with pytest.raises(DataError, match="holds no MSFT"):
        measure_fills(data, symbol="MSFT")
    with pytest.raises(DataError, match="no single orders"):
        measure_fills(market(quotes((0, 99, 1, 101, 1))))
    with pytest.raises(DataError, match="the end of no order"):
        measure_fills(market(busy_day(300)[:1]))
    tape = short_tape()
    fates = venue.fates(tape)
    with pytest.raises(ValueError, match="is none of these events, or out of order"):
        venue.replay(tape[:3], fates, "orders", {})
    with pytest.raises(ValueError, match="shown must be one of"):
        venue.replay(tape, fates, "everything", {})


MODELS = [
    model
    for model in fill_models()
    if model.name == "order by order" or model.name.startswith("levels")
]


@pytest.mark.parametrize(
    ("file", "censored", "orders", "levels", "touch", "through"),
    [
        # recall, precision and quantity in common
        ("AMZN_2012-06-21_5", 0.1576, (0.9994, 0.9995, 0.9988), 0.9875, 0.9606, 0.0269),
        ("AAPL_2012-06-21_1", 0.3912, (0.9973, 0.9986, 0.9972), 0.9969, 0.9760, 0.0222),
    ],
)
def test_a_real_day_has_these_scores(
    real_data, file, censored, orders, levels, touch, through
):
    data = load(real_data / "lobster" / f"LOBSTER_SampleFile_{file}.zip")

    truth = measure_fills(data, models=MODELS)

    near = {"abs": 6e-5}
    scores = {score.name: score for score in truth.scores}
    exact = scores["order by order"]
    assert truth.censored == pytest.approx(censored, **near)
    assert (exact.recall, exact.precision, exact.overlap) == tuple(
        pytest.approx(value, **near) for value in orders
    )
    assert min(exact.recall, exact.precision, exact.overlap) >= 0.99
    best = truth.best_level_model
    assert best.overlap == pytest.approx(levels, **near)
    assert scores["levels, trades: touch"].overlap == pytest.approx(touch, **near)
    assert scores["levels, trades: through"].overlap == pytest.approx(through, **near)
    careful = scores["levels, trades: risk_averse"]
    assert best.overlap >= careful.overlap > touch
    assert careful.precision > scores["levels, trades: touch"].precision


def test_the_command_prints_a_table_or_one_object(real_data, tmp_path, capsys):
    file = real_data / "lobster" / "LOBSTER_SampleFile_AAPL_2012-06-21_1.zip"
    page = tmp_path / "truth.html"

    assert main(["validate", "fills", str(file), "--sample", "300", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["tapes"][0]["scored"] == 300
    assert said["page"] is None
    assert (
        main(["validate", "fills", str(file), "--sample", "300", "-o", str(page)]) == 0
    )
    assert "order by order" in capsys.readouterr().out
    assert page.exists()
    for option, value in (
        ("--patience", "soon"),
        ("--bars", "3parsec"),
        ("--output", str(file / "page.html")),
        ("--output", str(tmp_path)),
    ):
        assert main(["validate", "fills", str(file), option, value]) == 2
        assert option in capsys.readouterr().err


def test_a_model_is_named_by_what_it_is_shown():
    assert FillModel(name="mine", shown="levels", fills=LevelFills()).width == 0
