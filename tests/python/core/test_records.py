"""The code tables say what the C++ headers and the extension say."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from ai_trading.core import records
from ai_trading.core.enums import OrderSide, OrderStatus, OrderType, TimeInForce
from ai_trading.core.errors import ArgumentError

HEADERS = Path(__file__).resolve().parents[3] / "cpp" / "include" / "ai_trading"


def enum_of(name: str) -> dict[str, int]:
    """The enumerators of a C++ enum, read from the header that defines it."""
    pattern = re.compile(rf"enum class {name}\b[^{{;]*{{([^}}]*)}}")
    texts = (re.sub(r"//.*", "", h.read_text()) for h in sorted(HEADERS.rglob("*.hpp")))
    bodies = [body for text in texts for body in pattern.findall(text)]
    assert len(bodies) == 1, f"{len(bodies)} headers define {name}"
    found = re.findall(r"(\w+)\s*=\s*(\d+)", bodies[0])
    return {word: int(code) for word, code in found}


def flags_of(header: str) -> dict[str, int]:
    text = (HEADERS / header).read_text()
    found = re.findall(r"inline constexpr std::uint16_t (\w+) = (\d+);", text)
    return {word: int(code) for word, code in found}


def test_event_kinds_are_those_of_the_header():
    ours = {kind.name.lower(): kind.value for kind in records.EventKind}

    assert ours == enum_of("EventKind")


def test_trading_states_are_those_of_the_header():
    ours = {state.name.lower(): state.value for state in records.TradingState}

    assert ours == enum_of("TradingState")


def test_flags_are_those_of_the_header():
    ours = {flag.name.lower(): flag.value for flag in records.Flag}

    assert ours == flags_of("feed/records.hpp")


# The core calls FIX's Pending New by that name; PUBLIC_API says "pending".
RENAMED = {"pending_new": "pending"}


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("OrderStatus", records.ORDER_STATUS),
        ("OrderType", records.ORDER_TYPE),
        ("Liquidity", records.LIQUIDITY),
        ("TimeInForce", records.TIME_IN_FORCE),
    ],
)
def test_desk_codes_are_those_of_the_header(name, table):
    theirs = enum_of(name)

    assert {RENAMED.get(word, word): code for word, code in theirs.items()} == {
        str(word): code for code, word in table.items()
    }


def test_sides_are_those_of_the_header():
    theirs = enum_of("Side")

    assert theirs == {
        **{str(word): code for code, word in records.SIDE.items()},
        "none": records.SIDE_NONE,
    }


@pytest.mark.parametrize(
    ("dtype", "header", "struct", "size"),
    [
        (records.EVENT, "feed/records.hpp", "Event", 48),
        (records.QUOTE, "feed/records.hpp", "Quote", 48),
        (records.BAR, "feed/records.hpp", "Bar", 64),
        (records.ORDER, "desk/records.hpp", "OrderRecord", 96),
        (records.ORDER_TERMS, "desk/order_terms.hpp", "TermsRecord", 88),
        (records.FILL, "desk/records.hpp", "FillRecord", 72),
        (records.ACCOUNT, "desk/records.hpp", "AccountRecord", 56),
        (records.INCIDENT, "desk/incident.hpp", "Incident", 48),
    ],
)
def test_dtypes_name_every_field_of_the_struct(dtype, header, struct, size):
    text = re.sub(r"//.*", "", (HEADERS / header).read_text())
    body = re.search(rf"struct {struct} {{([^}}]*)}}", text).group(1)
    fields = re.findall(r"std::u?int\d+_t (\w+);", body)

    assert list(dtype.names) == fields
    assert dtype.itemsize == size
    assert np.zeros(2, dtype).nbytes == 2 * size


def test_every_reject_code_of_the_header_has_its_name():
    for word, code in enum_of("Reject").items():
        assert records.reject_name(code) == word


def test_an_unknown_reject_code_is_refused():
    with pytest.raises(ArgumentError, match="no reject code 65535"):
        records.reject_name(65535)


def test_a_short_sale_is_a_sale_to_the_core():
    assert records.side_code(OrderSide.SELL_SHORT) == records.side_code("sell") == 1


def test_every_status_of_the_core_returns_to_its_code():
    for code, status in records.ORDER_STATUS.items():
        assert records.order_status_code(status) == code


def test_every_order_type_and_time_in_force_has_a_code():
    assert {records.order_type_code(word) for word in OrderType} == set(range(10))
    assert {records.time_in_force_code(word) for word in TimeInForce} == set(range(7))


def test_an_order_type_nobody_knows_is_refused_by_name():
    with pytest.raises(ArgumentError, match=r"market, limit.*received 'pegging'"):
        records.order_type_code("pegging")


def test_every_status_has_a_code():
    codes = [records.order_status_code(status) for status in OrderStatus]

    assert sorted(codes) == list(range(len(OrderStatus)))
