from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import database_samples as samples
import numpy as np
import pytest
from sqlalchemy import func, select

from ai_trading.core import records
from ai_trading.core.clock import ManualClock
from ai_trading.core.errors import ArgumentError, DatabaseError, DataError
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.database import (
    BacktestRun,
    EquityPoint,
    Fill,
    Finding,
    Order,
    OrderTerms,
    RunInstrument,
    columns,
)
from ai_trading.database import Incident as IncidentRow
from ai_trading.database import Instrument as InstrumentRow
from ai_trading.database.runs import list_runs, load_run, store_run


def counts(database) -> dict[str, int]:
    tables = (BacktestRun, RunInstrument, Order, Fill, EquityPoint, Finding)
    with database.get_session() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table))
            for table in tables
        }


def test_a_stored_run_comes_back_bit_for_bit(database):
    result = samples.make_result(orders=300, fills=500, points=50)

    run_id = store_run(database, result)

    again = load_run(database, run_id)
    for name in ("orders", "order_terms", "fills", "account", "incidents", "charges"):
        np.testing.assert_array_equal(getattr(again, name), getattr(result, name))
    for name in (
        *("run_id", "name", "kind", "partial", "seed", "state_hash", "config"),
        *("start_ns", "end_ns", "events", "wall_seconds", "currency"),
        *("initial_cash", "strategies", "final_positions"),
        *("statements", "consolidated"),
    ):
        assert getattr(again, name) == getattr(result, name), name
    assert list(again.instruments) == list(result.instruments)
    assert list(again.rates) == list(result.rates)
    for code, told in result.rates.items():
        np.testing.assert_array_equal(again.rates[code], told)
    assert again.transitions == result.transitions
    assert [vars_of(f) for f in again.findings] == [vars_of(f) for f in result.findings]


def test_undone_trades_and_executions_of_no_order_are_stored(database):
    result = samples.make_result()
    fills = result.fills.copy()
    fills["quantity"][0] *= -1  # a bust
    fills["order_id"][1] = 0  # nobody's order
    run_id = store_run(database, replace(result, fills=fills))

    np.testing.assert_array_equal(load_run(database, run_id).fills, fills)
    with database.get_session() as session:
        rows = session.scalars(select(IncidentRow).order_by(IncidentRow.sequence)).all()
    assert len(rows) == len(result.incidents)
    assert rows[0].order_id is None
    assert [row.restricted for row in rows] == (
        result.incidents["restricted"] != 0
    ).tolist()


def vars_of(finding) -> tuple[str, ...]:
    return (finding.severity, finding.code, finding.message, finding.advice)


def test_a_loaded_run_can_be_stored_in_another_database(database, tmp_path):
    from ai_trading.database import DatabaseManager

    store_run(database, samples.make_result())
    loaded = load_run(database, samples.make_result().run_id)

    with DatabaseManager(f"sqlite:///{tmp_path / 'other.db'}").initialize() as other:
        store_run(other, loaded)

        twice = load_run(other, loaded.run_id)
    np.testing.assert_array_equal(twice.fills, loaded.fills)


def test_prices_and_money_are_the_exact_decimals_of_the_records(database):
    result = samples.make_result()
    store_run(database, result)

    with database.get_session() as session:
        stored = session.scalars(select(Fill).order_by(Fill.sequence)).all()
        fees = session.scalar(select(func.sum(Fill.fee)))

    for record, row in zip(result.fills, stored, strict=True):
        instrument = result.instruments[int(record["instrument"])]
        assert row.price == instrument.to_price(int(record["price"]))
        assert row.quantity == instrument.to_quantity(int(record["quantity"]))
        assert row.fee == Decimal(int(record["fee"])).scaleb(-9)
        assert row.realized == Decimal(int(record["realized"])).scaleb(-6)
        assert row.order_id == int(record["order_id"])
    assert fees == Decimal(int(result.fills["fee"].sum())).scaleb(-9)


def test_what_an_order_asked_for_is_stored_in_its_units(database):
    result = samples.make_result(orders=60)
    store_run(database, result)
    orders = {int(row["order_id"]): row for row in result.orders}

    with database.get_session() as session:
        rows = session.scalars(select(OrderTerms).order_by(OrderTerms.sequence)).all()

    assert len(rows) == len(result.order_terms) == 20
    for record, row in zip(result.order_terms, rows, strict=True):
        order = orders[row.order_id]
        instrument = result.instruments[int(order["instrument"])]
        kind = records.ORDER_TYPE[int(order["type"])]
        assert row.stop == (
            instrument.to_price(int(record["stop"]))
            if kind in ("stop", "stop_limit")
            else None
        )
        assert (row.trigger_on is None) == ("stop" not in kind)
        assert (row.trail is None) or (row.trail_basis_points is None)
        assert (row.display is not None) == (kind == "iceberg")
        assert row.peg_offset == (
            instrument.to_price(int(record["offset"])) if kind == "pegged" else None
        )
        assert row.expires_ns == (int(record["expire_at"]) or None)
        assert row.slides == (kind == "post_only")


def test_terms_of_an_order_that_is_not_there_are_refused(database):
    result = samples.make_result()
    terms = result.order_terms.copy()
    terms["order_id"][2] = 77

    with pytest.raises(DataError, match=r"order_terms\[2\] names order 77"):
        store_run(database, replace(result, order_terms=terms))


def test_a_market_order_has_no_price_and_an_open_one_no_end(database):
    store_run(database, samples.make_result())

    with database.get_session() as session:
        orders = session.scalars(select(Order)).all()

    unpriced = {"market", "stop", "trailing_stop", "pegged"}
    assert all((o.price is None) == (o.order_type in unpriced) for o in orders)
    assert any(o.done_ns is None for o in orders)
    assert all(o.reason is None or o.status == "rejected" for o in orders)


def test_more_rows_than_one_statement_carries(database, monkeypatch):
    monkeypatch.setattr(columns, "CHUNK", 7)
    result = samples.make_result(orders=20, fills=35, points=1)

    store_run(database, result)

    np.testing.assert_array_equal(load_run(database, result.run_id).fills, result.fills)


def test_an_empty_run_is_stored_too(database):
    empty = samples.make_result(
        instruments=InstrumentTable([]), final_positions={}, findings=()
    )
    empty = replace(
        empty,
        orders=empty.orders[:0],
        order_terms=empty.order_terms[:0],
        fills=empty.fills[:0],
        account=empty.account[:0],
        incidents=empty.incidents[:0],
        charges=empty.charges[:0],
    )

    store_run(database, empty)

    assert len(load_run(database, empty.run_id).orders) == 0
    assert list_runs(database)[0].final_value == empty.initial_cash


def test_the_same_run_twice_is_stored_once(database):
    store_run(database, samples.make_result())
    before = counts(database)

    assert store_run(database, samples.make_result()) == samples.make_result().run_id

    assert counts(database) == before


def test_the_same_inputs_with_another_outcome_are_refused(database):
    store_run(database, samples.make_result())
    before = counts(database)

    with pytest.raises(DatabaseError, match="replace=True"):
        store_run(database, samples.make_result(state_hash="cd", fills=3))

    assert counts(database) == before


def test_the_other_outcome_can_be_chosen_by_name(database):
    store_run(database, samples.make_result())

    other = samples.make_result(state_hash="cd", fills=3)
    store_run(database, other, replace=True)

    assert counts(database)["fills"] == 3
    assert load_run(database, other.run_id).state_hash == "cd"


def test_a_partial_run_gives_way_to_the_complete_one_but_not_the_reverse(database):
    partial = samples.make_result(partial=True, state_hash="cd", fills=3)

    store_run(database, partial)
    store_run(database, samples.make_result())
    store_run(database, partial)

    assert counts(database)["fills"] == 60
    assert not list_runs(database)[0].partial


def test_of_two_partial_runs_the_one_that_got_further_is_kept(database):
    for events, state in ((5, "aa"), (9, "bb"), (7, "cc")):
        store_run(
            database,
            samples.make_result(partial=True, events=events, state_hash=state),
        )

    (kept,) = list_runs(database)
    assert (kept.events, kept.state_hash) == (9, "bb")


def test_an_instrument_is_defined_once_and_redefined_beside(database):
    store_run(database, samples.make_result())
    store_run(database, samples.make_result(run_id="other"))
    coarse = InstrumentTable([Instrument("AAPL", tick_size=Decimal("0.01"))])
    third = samples.make_result(run_id="third", final_positions={})
    third.orders["instrument"] = 0
    third.fills["instrument"] = 0
    third.incidents["instrument"] = 0
    third.charges["instrument"][:-2] = 0
    store_run(database, replace(third, instruments=coarse))

    with database.get_session() as session:
        ticks = session.scalars(
            select(InstrumentRow.tick_size).where(InstrumentRow.symbol == "AAPL")
        ).all()

    assert sorted(ticks) == [Decimal("0.0001"), Decimal("0.01")]


def test_a_failure_in_the_middle_leaves_nothing(database):
    broken = samples.make_result()
    broken.fills["order_id"][-1] = 12345

    with pytest.raises(DatabaseError, match="store the row it refers to first"):
        store_run(database, broken)

    assert set(counts(database).values()) == {0}


def test_in_a_session_the_caller_decides(database):
    result = samples.make_result()
    broken = samples.make_result(run_id="broken")
    broken.fills["order_id"][-1] = 12345

    with database.get_session() as session:
        store_run(session, result)
        with pytest.raises(DatabaseError):
            store_run(session, broken)
        assert [run.run_id for run in list_runs(session)] == [result.run_id]
        assert load_run(session, result.run_id).name == "crossover"
        session.rollback()

    assert list_runs(database) == []


def test_runs_are_listed_latest_first(database):
    clock = ManualClock(samples.START)
    for name in ("a", "b", "c"):
        clock.advance(1_000_000_000)
        store_run(database, samples.make_result(run_id=name, name=name), clock=clock)

    assert [run.run_id for run in list_runs(database, limit=2)] == ["c", "b"]
    (only,) = list_runs(database, name="a")
    assert only.stored_at == datetime(2026, 1, 15, 14, 30, 1, tzinfo=UTC)
    assert (only.orders, only.fills) == (40, 60)


def test_an_unknown_run_names_the_known_ones(database):
    with pytest.raises(DatabaseError, match="none is stored"):
        load_run(database, "nonesuch")
    store_run(database, samples.make_result())

    with pytest.raises(DatabaseError, match=samples.make_result().run_id):
        load_run(database, "nonesuch")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: r.orders["side"].fill(7), r"orders\[0\]\.side is code 7"),
        (lambda r: r.fills["instrument"].fill(9), "names instrument 9"),
        (lambda r: r.fills["price"].fill(2**62), "ticks or lots in row 0"),
        (lambda r: r.fills["price"].fill(-(2**63)), "ticks or lots in row 0"),
        (lambda r: r.config.update(bad=float("nan")), "not JSON"),
        (lambda r: r.config.update(bad=Decimal(1)), "not JSON"),
        (lambda r: r.final_positions.update({3: 1}), "names instrument 3"),
        (lambda r: r.charges["kind"].fill(4), r"charges\[0\]\.kind is code 4"),
        (lambda r: r.charges["currency"].fill(3), r"\[0\]\.currency is code 3"),
        (
            lambda r: r.charges["kind"].fill(3),
            r"\[0\] is interest of instrument",
        ),
        (lambda r: r.charges["instrument"].fill(0), "is interest of instrument 0"),
        (lambda r: r.rates.update(JPY=np.zeros(2)), r"rates\['JPY'\] must be"),
        (lambda r: r.final_positions.update({-1: 1}), "names instrument -1"),
    ],
)
def test_what_cannot_be_stored_exactly_is_refused_before_anything_is_written(
    tmp_path, change, words
):
    result = samples.make_result()
    change(result)

    with pytest.raises(DataError, match=words):
        store_run(object(), result)  # no database is needed to say no


def test_a_tick_too_fine_for_the_column_is_refused():
    fine = InstrumentTable([Instrument("SHIB", tick_size=Decimal("1e-10"))])

    with pytest.raises(DataError, match="tick_size of SHIB"):
        store_run(object(), samples.make_result(instruments=fine))


def test_something_that_is_no_database_is_refused():
    with pytest.raises(ArgumentError, match="DatabaseManager"):
        store_run(object(), samples.make_result())


def test_the_result_of_the_backtest_layer_has_the_shape():
    from ai_trading.backtest.result import BacktestResult
    from ai_trading.database.run_shapes import RunResult

    wanted = {name for name in vars(RunResult) if not name.startswith("_")}
    assert wanted <= set(dir(BacktestResult))
