from __future__ import annotations

import decimal
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Table,
    create_engine,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect

from ai_trading.core.enums import OrderSide
from ai_trading.core.errors import ArgumentError, DatabaseError
from ai_trading.database import Trade
from ai_trading.database.types import (
    INT64_MAX,
    INT64_MIN,
    ExactDecimal,
    Unsigned64,
    UtcDateTime,
    UtcNanos,
    Word,
    from_units,
    to_units,
)

METADATA = MetaData()
VALUES = Table(
    "type_values",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("money", ExactDecimal(6)),
    Column("price", ExactDecimal(9)),
    Column("nanos", UtcNanos),
    Column("moment", UtcDateTime),
    Column("number", Unsigned64),
    Column("side", Word(OrderSide)),
)
int64 = st.integers(INT64_MIN, INT64_MAX)


@pytest.fixture
def connection(empty):
    METADATA.create_all(empty.engine)
    with empty.engine.begin() as connection:
        yield connection


@pytest.fixture(scope="module")
def memory():
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def stored(connection, **values):
    connection.execute(delete(VALUES))
    connection.execute(insert(VALUES).values(**values))
    (name,) = values
    return connection.execute(select(VALUES.c[name])).scalar_one()


@given(int64, st.integers(0, 18))
def test_units_come_back_from_the_decimal_they_make(units, scale):
    assert to_units(from_units(units, scale), scale) == units


@given(int64, st.integers(0, 18), st.integers(2, 30))
def test_the_callers_decimal_context_has_no_say(units, scale, precision):
    value = from_units(units, scale)

    with decimal.localcontext(decimal.Context(prec=precision)):
        assert to_units(value, scale) == units
        assert from_units(units, scale).as_tuple() == value.as_tuple()


@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers(0, 18))
def test_a_decimal_is_stored_exactly_or_refused(value, scale):
    # The slow, obvious twin: whole numbers of 10**-scale, by fractions.
    exact = value.as_integer_ratio()
    whole, rest = divmod(exact[0] * 10**scale, exact[1])
    fits = rest == 0 and INT64_MIN <= whole <= INT64_MAX

    try:
        units = to_units(value, scale)
    except ArgumentError:
        assert not fits
    else:
        assert fits
        assert units == whole


@given(int64)
def test_sqlite_gives_back_every_value_it_takes(memory, units):
    value = from_units(units, 9)

    again = stored(memory, price=value)

    assert again.as_tuple() == value.as_tuple()


@given(st.lists(int64, min_size=1, max_size=8))
def test_order_minimum_and_comparison_hold_in_sql(memory, numbers):
    memory.execute(delete(VALUES))
    values = [from_units(n, 9) for n in numbers]
    memory.execute(insert(VALUES), [{"price": v} for v in values])

    found = memory.scalars(select(VALUES.c.price).order_by(VALUES.c.price)).all()
    above = memory.scalar(
        select(func.count()).where(VALUES.c.price > values[0]).select_from(VALUES)
    )

    assert list(found) == sorted(values)
    assert memory.scalar(select(func.min(VALUES.c.price))) == min(values)
    assert above == sum(v > values[0] for v in values)


@pytest.mark.parametrize(
    "value",
    [
        Decimal("9223372036.854775807"),
        Decimal("-9223372036.854775808"),
        Decimal("0.000000001"),
        Decimal("-0.1"),
        Decimal("1E+3"),
        Decimal("1.50000000000000000000"),
        7,
        np.int64(7),
        None,
    ],
)
def test_both_databases_take_the_same_values(connection, value):
    expected = value if value is None else Decimal(str(value))

    assert stored(connection, price=value) == expected


def test_sums_and_steps_are_exact_in_both_databases(connection):
    prices = [Decimal("0.1"), Decimal("0.2"), Decimal("1000000000.000000001")]
    connection.execute(insert(VALUES), [{"price": p} for p in prices])
    price = VALUES.c.price

    total = connection.scalar(select(func.sum(price)))
    moved = connection.scalars(select(price * 3 - Decimal("0.1")).order_by(price)).all()
    chosen = connection.scalars(select(price).where(price == Decimal("0.2"))).all()
    connection.execute(update(VALUES).values(price=price + Decimal("0.000000001")))
    raised = connection.scalar(select(func.min(price)))

    assert total == Decimal("1000000000.300000001")
    assert moved[0] == Decimal("0.2")
    assert chosen == [Decimal("0.2")]
    assert raised == Decimal("0.100000001")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.1, r"does not take a float; received 0\.1\. Did you mean Decimal\('0\.1'\)"),
        (np.float64(0.1), "does not take a float"),
        (Decimal("NaN"), "must be finite; received NaN"),
        (Decimal("-Infinity"), "must be finite"),
        (Decimal("0.0000000001"), "more than the 9 digits"),
        (Decimal("9223372036.854775808"), "between -9223372036.854775808 and"),
        (Decimal("1E+999999"), "does not fit"),
        (Decimal("1E-999999"), "more than the 9 digits"),
        (2**70, "does not fit"),
        (True, "a Decimal or an int; received True"),
        ("1.5", "a Decimal or an int"),
    ],
)
def test_what_a_decimal_column_refuses(memory, value, words):
    with pytest.raises(ArgumentError, match=words):
        stored(memory, price=value)


@pytest.mark.parametrize(
    "build",
    [
        lambda: VALUES.c.price / 2,
        lambda: VALUES.c.price // 2,
        lambda: VALUES.c.price % 2,
        lambda: 1 / VALUES.c.price,
        lambda: VALUES.c.price * VALUES.c.price,
        lambda: VALUES.c.price * Decimal("1.5"),
        lambda: VALUES.c.price * 1.5,
        lambda: VALUES.c.price > VALUES.c.money,
        lambda: VALUES.c.price + VALUES.c.money,
        lambda: VALUES.c.price + VALUES.c.id,
        lambda: Trade.price > Trade.quantity,
    ],
)
def test_sql_that_would_mix_units_or_lose_digits_is_refused(build):
    with pytest.raises(ArgumentError):
        build()


def test_sql_that_is_exact_passes():
    for expression in (
        Trade.price > Trade.stop_loss,
        Trade.price - Trade.executed_price,
        -Trade.price,
        Trade.price * Trade.id,
        2 * Trade.price,
        Trade.price.between(1, 2),
        Trade.price.is_(None),
        Trade.price.in_([Decimal(1), 2]),
        Trade.price.desc(),
    ):
        assert str(expression)


def test_a_value_written_into_a_statement_is_scaled_too():
    price = literal(Decimal("1.5"), ExactDecimal(9))
    options = {"literal_binds": True}

    on_sqlite = select(price).compile(
        dialect=sqlite_dialect.dialect(), compile_kwargs=options
    )
    on_postgres = select(price).compile(
        dialect=postgresql.dialect(), compile_kwargs=options
    )

    assert "1500000000" in str(on_sqlite)
    assert "1.5" in str(on_postgres)


def test_a_fraction_in_the_file_is_reported_not_read(memory):
    stored(memory, price=Decimal(1))
    memory.exec_driver_sql("UPDATE type_values SET price = 1.5")

    with pytest.raises(DatabaseError, match="another program"):
        memory.execute(select(VALUES.c.price)).scalar_one()


@given(int64)
def test_nanoseconds_come_back(memory, nanos):
    assert stored(memory, nanos=nanos) == nanos


@pytest.mark.parametrize(
    "value", [1.5, True, datetime(2026, 1, 1, tzinfo=UTC), 2**63, "1"]
)
def test_what_a_nanosecond_column_refuses(memory, value):
    with pytest.raises(ArgumentError):
        stored(memory, nanos=value)


@given(
    st.datetimes(
        min_value=datetime(1, 1, 3),  # noqa: DTZ001
        max_value=datetime(9999, 12, 29),  # noqa: DTZ001
        timezones=st.sampled_from(
            [UTC, timezone(timedelta(hours=-5)), timezone(timedelta(minutes=345))]
        ),
    )
)
def test_instants_come_back_in_utc(memory, moment):
    again = stored(memory, moment=moment)

    assert again == moment
    assert again.tzinfo is UTC


def test_instants_are_instants_in_both_databases(connection):
    moment = datetime(2026, 7, 15, 9, 30, 0, 1, tzinfo=ZoneInfo("America/New_York"))

    again = stored(connection, moment=moment)

    assert again == datetime(2026, 7, 15, 13, 30, 0, 1, tzinfo=UTC)
    assert again.tzinfo is UTC
    later = select(VALUES).where(VALUES.c.moment >= moment)
    assert len(connection.execute(later).all()) == 1


@pytest.mark.parametrize("value", [datetime(2026, 1, 1), "2026-01-01", 5])  # noqa: DTZ001
def test_a_time_without_a_zone_is_refused(memory, value):
    with pytest.raises(ArgumentError, match="zone"):
        stored(memory, moment=value)


@given(st.integers(0, 2**64 - 1))
def test_ids_of_64_bits_come_back(memory, number):
    assert stored(memory, number=number) == number


@pytest.mark.parametrize("value", [-1, 2**64, 1.0, True])
def test_what_an_id_column_refuses(memory, value):
    with pytest.raises(ArgumentError, match="0 to 2"):
        stored(memory, number=value)


def test_words_come_back_as_members(connection):
    assert stored(connection, side="sell_short") is OrderSide.SELL_SHORT


def test_an_unknown_word_is_refused_with_the_known_ones(memory):
    with pytest.raises(ArgumentError, match="buy, sell, sell_short; received 'bid'"):
        stored(memory, side="bid")


def test_a_scale_beyond_64_bits_is_refused():
    with pytest.raises(ArgumentError, match="0 to 18"):
        ExactDecimal(19)
