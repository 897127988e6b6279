"""LOBSTER files against their own order books."""

from __future__ import annotations

import sys
import zipfile
from functools import cache

import numpy as np
import pytest

from ai_trading.core.errors import DataError
from ai_trading.core.records import EventKind, Flag
from ai_trading.market import EventStream, Format, load, open_events, sniff
from ai_trading.market.depth import depth
from ai_trading.market.lobster import NO_ASK, NO_BID, read_lobster_book
from ai_trading.market.lobster_book import FIRST_ID

ARCHIVES = {
    "AMZN_2012-06-21_5": (155_935, 33_840),
    "AMZN_2012-06-21_1": (57_515, 13_953),
    "AAPL_2012-06-21_1": (118_497, 30_071),
}
MESSAGES = "AAPL_2012-06-21_34200000_57600000_message_1.csv"
BOOK = MESSAGES.replace("message", "orderbook")


@cache
def restored(path):
    """Events with the orders their files do not show; made once for all tests."""
    return load(path)


def archive(folder, name):
    return folder / "lobster" / f"LOBSTER_SampleFile_{name}.zip"


def present(rows):
    rows = rows.copy()
    for column in (0, 2):
        rows[rows[:, :, column + 1] == 0, column] = 0
    return rows


@pytest.mark.realdata
@pytest.mark.parametrize("name", ARCHIVES)
def test_the_book_equals_the_vendors_after_every_message(real_data, name, capsys):
    messages, revealed = ARCHIVES[name]
    path = archive(real_data, name)
    truth = read_lobster_book(path)
    data = restored(path)
    stream = EventStream(lambda _: iter([data.records]), data.instruments, name)

    rows = np.concatenate([b for _, b in depth(stream, name[:4], truth.shape[1])])

    assert rows.shape[0] == messages
    assert np.count_nonzero((present(rows) != present(truth)).any(axis=(1, 2))) == 0
    assert data.problems == stream.problems == ()
    # A row needed help if a restored order came in behind its message.
    made = data.records["flags"] & Flag.SIMULATED != 0
    row = np.cumsum(~made)
    made &= (data.records["kind"] == EventKind.ADD) & (row > 0)
    assert np.unique(row[made]).size == revealed
    with capsys.disabled():
        sys.stdout.write(
            f" [{name}: {revealed:,} of {messages:,} rows revealed a level] "
        )


@pytest.mark.realdata
@pytest.mark.parametrize("name", ARCHIVES)
def test_only_levels_new_to_the_view_are_ever_added(real_data, name):
    # Straight from the two files, without our book: a level of both rows changes by
    # the message alone.
    path = archive(real_data, name)
    truth = read_lobster_book(path)
    events = load(path, book=False).records
    moves = np.isin(events["kind"], (EventKind.REDUCE, EventKind.REMOVE))
    moves |= events["kind"] == EventKind.EXECUTE
    change = np.where(moves, -events["quantity"], 0)
    added = events["kind"] == EventKind.ADD
    change = np.where(added, events["quantity"], change)[1:]
    for side, column in ((0, 2), (1, 0)):
        now, before = (
            truth[1:, :, column : column + 2],
            truth[:-1, :, column : column + 2],
        )
        price = now[:, :, None, 0]
        same = (price == before[:, None, :, 0]) & (now[:, :, None, 1] > 0)
        gain = now[:, :, None, 1] - before[:, None, :, 1]
        own = (events["side"][1:] == side)[:, None, None]
        told = own & (price == events["price"][1:, None, None])
        expected = np.where(told, change[:, None, None], 0)
        assert np.count_nonzero(same & (gain != expected)) == 0


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "oldest", "known", "naive"),
    [
        ("AMZN_2012-06-21_5", 99.88, 7_307, 19.9),
        ("AAPL_2012-06-21_1", 99.79, 10_938, 17.6),
    ],
)
def test_executions_hit_the_oldest_known_order_first(
    real_data, name, oldest, known, naive
):
    path = archive(real_data, name)

    hits, total = oldest_first(restored(path).records)
    assert total == known
    assert round(100 * hits / total, 2) == oldest

    hits, total = oldest_first(load(path, book=False).records)
    assert round(100 * hits / total, 1) == pytest.approx(naive, abs=0.1)


def oldest_first(records):
    """Executions of known orders: of the oldest at their level, and all."""
    levels, hits, total = {}, 0, 0
    for event in records[records["order_id"] < FIRST_ID].tolist():
        _, _, kind, side, _, order, price, quantity, _ = event
        level = levels.setdefault((side, price), {})
        if kind == EventKind.ADD:
            level[order] = quantity
        elif kind in {EventKind.REDUCE, EventKind.REMOVE, EventKind.EXECUTE}:
            if order not in level:
                continue
            if kind == EventKind.EXECUTE:
                total += 1
                hits += next(iter(level)) == order
            level[order] -= quantity
            if level[order] <= 0:
                del level[order]
    return hits, total


@pytest.mark.realdata
@pytest.mark.parametrize("chunk", [1000, 1 << 18])
def test_chunks_do_not_matter(real_data, chunk):
    path = archive(real_data, "AMZN_2012-06-21_1")
    stream = open_events(path, chunk=chunk)

    rows = np.concatenate([best for _, best in depth(stream, "AMZN", 1)])

    assert np.array_equal(present(rows), present(read_lobster_book(path)))


def write(folder, messages, rows, *, packed):
    if packed:
        path = folder / "sample.zip"
        with zipfile.ZipFile(path, "w") as made:
            made.writestr(MESSAGES, messages)
            if rows is not None:
                made.writestr(BOOK, rows)
        return path
    (folder / MESSAGES).write_text(messages)
    if rows is not None:
        (folder / BOOK).write_text(rows)
    return folder / MESSAGES


TWO = "34200.1,1,7,100,1000000,1\n34200.2,4,9,30,1010000,-1\n"
TWO_ROWS = "1010000,50,1000000,100\n1010000,20,1000000,100\n"


@pytest.mark.parametrize("packed", [True, False])
def test_orders_from_before_the_file_are_restored(tmp_path, packed):
    path = write(tmp_path, TWO, TWO_ROWS, packed=packed)

    data = load(path)

    # The ask of 50 was there before; the bid is the message's own.
    assert data.symbols == ("AAPL",)
    made, bid, taken = data.records.tolist()
    assert made[2:8] == (1, 1, 19, FIRST_ID, 1_010_000, 50)
    assert bid[2:8] == (1, 0, 0, 7, 1_000_000, 100)
    assert taken[2:8] == (4, 1, Flag.RESTORED, FIRST_ID, 1_010_000, 30)


def test_without_the_book_there_is_one_event_per_message(tmp_path):
    path = write(tmp_path, TWO, TWO_ROWS, packed=True)

    data = load(path, book=False)

    assert data.records["order_id"].tolist() == [7, 9]
    assert not np.any(data.records["flags"] & Flag.SIMULATED)


def test_a_message_file_alone_loads_and_asking_for_its_book_is_refused(tmp_path):
    path = write(tmp_path, TWO, None, packed=False)

    assert len(load(path)) == 2
    with pytest.raises(DataError, match="no order-book file beside"):
        load(path, book=True)


def test_a_book_that_contradicts_its_messages_is_reported_with_the_line(tmp_path):
    wrong = "1010000,50,1000000,100\n1010000,25,1000000,100\n"

    data = load(write(tmp_path, TWO, wrong, packed=True))

    (problem,) = data.problems
    assert (problem.code, problem.rows) == ("contradiction", (2,))


@pytest.mark.parametrize("rows", [TWO_ROWS + TWO_ROWS, TWO_ROWS[:23]])
def test_files_of_different_length_are_refused(tmp_path, rows):
    with pytest.raises(DataError, match="rows than the message file has messages"):
        load(write(tmp_path, TWO, rows, packed=True))


def test_a_damaged_line_is_refused_with_its_number(tmp_path):
    path = write(tmp_path, TWO + "34200.3,1,seven\n", None, packed=False)

    with pytest.raises(DataError, match=r"message_1\.csv: line 3"):
        load(path)
    assert [p.rows for p in load(path, policy="drop").problems] == [(3,)]


@pytest.mark.parametrize("line", [2, 3])
def test_a_line_left_out_leaves_its_row_of_the_book_out(tmp_path, line):
    three = TWO + "34200.3,1,8,40,1000000,1\n"
    three_rows = TWO_ROWS + "1010000,20,1000000,140\n"
    lines = three.splitlines(keepends=True)
    damaged = "".join([*lines[: line - 1], "34200.2,4,nine\n", *lines[line:]])
    rows = three_rows.splitlines(keepends=True)
    read, without = tmp_path / "read", tmp_path / "without"
    for folder in (read, without):
        folder.mkdir()

    data = load(write(read, damaged, three_rows, packed=True), policy="drop")
    del lines[line - 1], rows[line - 1]
    cleaner = load(write(without, "".join(lines), "".join(rows), packed=True))

    assert data.records.tolist() == cleaner.records.tolist()
    assert [(p.code, p.rows) for p in data.problems] == [("unreadable", (line,))]


def test_too_many_lines_left_out_are_not_matched_with_the_book(tmp_path):
    path = write(tmp_path, "no,line\n" * 101 + TWO, TWO_ROWS, packed=True)

    with pytest.raises(DataError, match="pass book=False to do without"):
        load(path, policy="drop")
    assert load(path, policy="drop", book=False).records.size == 2


def test_a_name_without_symbol_or_day_says_what_to_pass(tmp_path):
    path = tmp_path / "messages.csv"
    path.write_text(TWO)

    assert sniff(path) is Format.LOBSTER
    with pytest.raises(DataError, match="pass symbol="):
        load(path)
    with pytest.raises(DataError, match="pass date="):
        load(path, symbol="AAPL")
    assert len(load(path, symbol="AAPL", date="2012-06-21")) == 2


def test_an_order_book_file_is_read_as_levels(tmp_path):
    path = tmp_path / BOOK
    path.write_text(f"1010000,50,1000000,100\n{NO_ASK},0,{NO_BID},0\n")

    levels = read_lobster_book(path)

    assert levels.shape == (2, 1, 4)
    assert levels[1].tolist() == [[NO_ASK, 0, NO_BID, 0]]
    with pytest.raises(DataError, match="open the message file"):
        load(path)


@pytest.mark.parametrize(
    ("text", "match"),
    [("1,2,3,4\n1,2,3\n", "line 2: 3 columns"), ("1,2,3,x\n", "whole numbers only")],
)
def test_a_damaged_order_book_is_refused(tmp_path, text, match):
    path = tmp_path / BOOK
    path.write_text(text)

    with pytest.raises(DataError, match=match):
        read_lobster_book(path)
