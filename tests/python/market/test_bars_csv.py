"""Cutting text into cells, and cells into numbers."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.market import load, load_bars
from ai_trading.market.columns import find_columns, looks_like_header
from ai_trading.market.csv_reader import numbers, pieces, sniff_dialect

TEXT = (
    "Date,Open,High,Low,Close,Volume\n"
    "2026-01-05,1,2,0.5,1.5,10\n"
    "2026-01-06,1.5,2,1,2,20\n"
)


def dialect_of(path, **options):
    return sniff_dialect(path, is_header=looks_like_header, **options)


def write(folder, text, name="x.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def column(path, place, **options):
    dialect = dialect_of(path)
    cells = [piece.cell(place) for piece in pieces(path, dialect, **options)]
    return [cell.decode() for part in cells for cell in part.tolist()]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, mark):
    dialect = dialect_of(write(tmp_path, TEXT.replace(",", mark)))

    assert dialect.delimiter == mark
    assert dialect.names == ("Date", "Open", "High", "Low", "Close", "Volume")
    assert dialect.first_line == 2


def test_packed_files_read_like_plain_ones(tmp_path):
    plain = write(tmp_path, TEXT)
    packed = [
        write(tmp_path, gzip.compress(TEXT.encode()), "a"),
        write(tmp_path, lzma.compress(TEXT.encode()), "b"),
        write(tmp_path, bz2.compress(TEXT.encode()), "c"),
    ]
    archive = tmp_path / "d.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("inner.csv", TEXT)

    for path in [*packed, archive]:
        assert column(path, 5) == column(plain, 5) == ["10", "20"]


def test_small_pieces_give_the_same_cells_and_line_numbers(tmp_path):
    rows = "".join(f"2026-01-05,{i},{i},{i},{i},{i}\n" for i in range(500))
    path = write(tmp_path, TEXT + "# note\n\n" + rows)
    dialect = dialect_of(path)

    parts = list(pieces(path, dialect, size=100))

    lines = np.concatenate([part.lines for part in parts])
    cells = np.concatenate([part.cell(1) for part in parts])
    assert lines.tolist() == [2, 3, *range(6, 506)]
    assert [int(float(cell)) for cell in cells[2:]] == list(range(500))


def test_quotes_blanks_carriage_returns_and_a_byte_order_mark_do_not_matter(tmp_path):
    text = '\ufeff"Date","Open"\r\n"2026-01-05", "1,234.5" \r\n2026-01-06, 7\r\n'
    path = write(tmp_path, text)

    dialect = sniff_dialect(path, is_header=lambda names: "Open" in names)
    (piece,) = pieces(path, dialect)

    assert piece.cell(1).tolist() == [b"1234.5", b"7"]


def test_lines_of_another_shape_are_set_aside_with_their_number(tmp_path):
    path = write(tmp_path, TEXT + '{"error": "limit"}\n2026-01-07,1,2,1,2,30\n')

    (piece,) = pieces(path, dialect_of(path))

    assert piece.lines.tolist() == [2, 3, 5]
    assert piece.odd == [(4, '{"error": "limit"}')]


def test_an_error_message_instead_of_a_table_is_refused_with_its_line(tmp_path):
    path = write(tmp_path, '\n{\n  "error": "limit"\n}\n')

    with pytest.raises(DataError, match=r"x\.csv, line 2: .*beginning of JSON"):
        dialect_of(path)


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="empty"):
        dialect_of(write(tmp_path, "\n\n"))


def test_a_damaged_archive_is_refused(tmp_path):
    path = write(tmp_path, gzip.compress(TEXT.encode() * 1000)[:-20], "x.csv.gz")

    with pytest.raises(DataError, match=r"x\.csv\.gz"):
        list(pieces(path, dialect_of(path)))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_numbers_are_those_of_float(values):
    cells = np.array([repr(value).encode() for value in values])

    read, bad = numbers(cells)

    assert not bad.any()
    assert read.tolist() == values


@given(st.lists(st.decimals(-99999, 99999, places=4), min_size=1))
def test_short_decimals_take_the_fast_way_to_the_same_double(values):
    cells = np.array([str(value).encode() for value in values])

    assert numbers(cells)[0].tolist() == [float(value) for value in values]


def test_empty_cells_are_no_number_and_other_words_are_errors():
    cells = np.array([b"", b"null", b"NaN", b"$1,000.5", b"abc", b"1.2.3", b"-"])

    values, bad = numbers(cells)

    assert bad.tolist() == [False, False, False, False, True, True, False]
    assert values[3] == 1000.5
    assert np.isnan(values[[0, 1, 2, 4, 5, 6]]).all()


def test_a_decimal_comma_can_be_told():
    assert numbers(np.array([b"1,5", b"-2,25"]), decimal=",")[0].tolist() == [
        1.5,
        -2.25,
    ]


@pytest.mark.parametrize(
    "names",
    [
        ["Date", "Open", "High", "Low", "Close", "Adj Close", "Volume"],
        ["timestamp", "o", "h", "l", "c", "adjusted_close", "v"],
        ["DATETIME", "OPEN", "HIGH", "LOW", "LAST", "adjClose", "VOL"],
        ["", "1. open", "2. high", "3. low", "4. close", "adj close", "5. volume"],
    ],
)
def test_usual_names_are_found(names):
    roles = find_columns(names, source="x")

    wanted = ["time", "open", "high", "low", "close", "adj_close", "volume"]
    assert roles == dict(zip(wanted, range(7), strict=True))


def test_a_time_beside_a_date_is_its_time_of_day():
    roles = find_columns(["Date", "Time", "O", "H", "L", "C"], source="x")

    assert (roles["time"], roles["clock"]) == (0, 1)


def test_a_mapping_overrides_names_and_is_checked():
    names = ["when", "Open", "High", "Low", "mid", "Close"]

    roles = find_columns(names, {"time": "when", "close": 4}, source="x")

    assert (roles["time"], roles["close"]) == (0, 4)
    with pytest.raises(ArgumentError, match="columns names the role"):
        find_columns(names, {"klose": "mid"}, source="x")
    with pytest.raises(ArgumentError, match="which is not there"):
        find_columns(names, {"time": "nope"}, source="x")


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match="no column for low"):
        find_columns(["Date", "Open", "High", "Close"], source="x")


def test_commas_group_thousands_or_make_no_number():
    text = np.array([b"1,234.5", b"12,000", b"10,75", b"1,23,456", b"-1,000", b"1.5"])

    values, bad = numbers(text)

    assert bad.tolist() == [False, False, True, True, False, False]
    assert values[~bad].tolist() == [1234.5, 12000, -1000, 1.5]


@pytest.mark.parametrize("price", ["10,75", "1,085"])
def test_a_comma_that_may_be_the_decimal_mark_is_asked_about(tmp_path, price):
    # 1,085 in a file of semicolons is a rate of 1.085 to half of the world.
    text = TEXT.replace(",", ";").replace("1.5;2;1;2;", f"{price};{price};1;2;")
    path = write(tmp_path, text)

    with pytest.raises(DataError, match=f"line 3.* '{price}' .*decimal=','"):
        load_bars(path)

    european = load_bars(path, decimal=",", policy="keep").records["open"]
    assert european[1] == round(float(price.replace(",", ".")) * 10_000)
    if price == "1,085":
        grouped = load_bars(path, decimal=".", policy="keep").records["open"]
        assert grouped[1] == 1085 * 10_000


def test_quoted_thousands_between_commas_are_no_question(tmp_path):
    text = TEXT.replace("1.5,2,1,2,20", '1.5,2,1,2,"20,000"')

    assert load_bars(write(tmp_path, text)).records["volume"].tolist() == [10, 20_000]


def test_an_unknown_option_of_a_table_is_told_with_those_there_are(tmp_path):
    with pytest.raises(ArgumentError, match=r"no option nonsense; it takes .*timezone"):
        load(write(tmp_path, TEXT), nonsense=1)
