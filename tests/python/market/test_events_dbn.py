"""Databento files, against their own decoder and a plain book."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.records import EventKind, Flag
from ai_trading.market import load, open_events
from ai_trading.market.dbn_layout import UNDEFINED
from ai_trading.market.files import blocks
from ai_trading.market.source import CHUNK

dbn = pytest.importorskip("databento_dbn")

pytestmark = pytest.mark.realdata


def official(path):
    """What the vendor's package decodes, headers and mappings left out."""
    decoder = dbn.DBNDecoder(upgrade_policy=dbn.VersionUpgradePolicy.UPGRADE_TO_V3)
    decoder.write(b"".join(blocks(path)))
    return [r for r in decoder.decode() if not isinstance(r, dbn.Metadata)]


def files(folder, schema):
    found = sorted(
        path
        for path in (folder / "dbn").glob(f"test_data.{schema}.*")
        if path.suffix != ".dbz" and "frag" not in path.name
    )
    assert found
    return found


def test_every_file_loads_or_is_refused_for_being_dbz(real_data):
    loaded = 0
    for path in sorted((real_data / "dbn").iterdir()):
        if path.suffix == ".dbz":
            with pytest.raises(DataError, match="update it with their tool dbn-cli"):
                load(path)
        else:
            load(path)
            loaded += 1
    assert loaded == 71


@pytest.mark.parametrize("schema", ["mbp-1", "tbbo", "bbo-1s", "bbo-1m", "cmbp-1"])
def test_quotes_are_the_top_level(real_data, schema):
    for path in files(real_data, schema):
        data = load(path)
        truth = official(path)

        assert data.kind == "quotes"
        assert len(data) == len(truth)
        for quote, record in zip(data.records, truth, strict=True):
            (level,) = record.levels
            assert quote["timestamp"] == record.ts_recv
            assert quote["bid_price"] * 10**7 == level.bid_px
            assert quote["ask_price"] * 10**7 == level.ask_px
            assert quote["bid_quantity"] == level.bid_sz
            assert quote["ask_quantity"] == level.ask_sz


def test_trades_name_the_side_that_rested(real_data):
    for path in files(real_data, "trades"):
        data = load(path)
        for event, record in zip(data.records, official(path), strict=True):
            assert event["kind"] == EventKind.TRADE
            assert event["price"] * 10**7 == record.price
            assert event["quantity"] == record.size
            assert str(record.side.value) == "BA"[1 - event["side"]]


def test_top_of_book_files_can_give_their_trades(real_data):
    (path, *_) = files(real_data, "tbbo")

    assert load(path, kind="events").records["kind"].tolist() == [EventKind.TRADE] * 2
    with pytest.raises(ArgumentError, match="holds quotes"):
        load(path, kind="bars")


@pytest.mark.parametrize("span", ["1s", "1m", "1h"])
def test_bars_are_known_at_their_end(real_data, span):
    length = {"1s": 1, "1m": 60, "1h": 3600}[span] * 10**9
    for path in files(real_data, f"ohlcv-{span}"):
        data = load(path)
        for bar, record in zip(data.records, official(path), strict=True):
            assert bar["start"] == record.ts_event
            assert bar["timestamp"] == record.ts_event + length
            prices = [bar[name] * 10**7 for name in ("open", "high", "low", "close")]
            assert prices == [record.open, record.high, record.low, record.close]
            assert bar["volume"] == record.volume


def test_ten_levels_are_rebuilt_from_level_events(real_data):
    for path in files(real_data, "mbp-10"):
        records = official(path)
        book = ({}, {})
        seen = []
        for event in load(path).records.tolist():
            if event[2] == EventKind.LEVEL:
                book[event[3]][event[6]] = event[7]
            if not event[4] & Flag.MORE:
                seen.append([{p: q for p, q in side.items() if q} for side in book])
        assert len(seen) == len(records)
        for sides, record in zip(seen, records, strict=True):
            for side, px, sz in ((0, "bid_px", "bid_sz"), (1, "ask_px", "ask_sz")):
                assert sides[side] == {
                    getattr(level, px) // 10**7: getattr(level, sz)
                    for level in record.levels
                    if getattr(level, px) != UNDEFINED
                }


def test_status_imbalance_and_definition(real_data):
    (status, *_) = files(real_data, "status")
    assert set(load(status).records["kind"].tolist()) == {EventKind.STATUS}
    (imbalance, *_) = files(real_data, "imbalance")
    data = load(imbalance)
    record = official(imbalance)[1]
    assert data.records["aux"][1] == record.paired_qty
    assert data.records["price"][1] * 10**5 == record.ref_price
    (definition, *_) = files(real_data, "definition")
    assert load(definition).symbols == ("MSFT",)


def test_a_cut_off_file_names_the_offset(real_data, tmp_path):
    path = tmp_path / "cut.dbn"
    path.write_bytes((real_data / "dbn" / "test_data.mbo.dbn").read_bytes()[:-5])

    with pytest.raises(DataError, match=r"cut\.dbn, offset \d+: the file ends inside"):
        load(path)


@pytest.mark.parametrize("chunk", [CHUNK, 1_000])
def test_everything_in_front_of_a_cut_is_read(future, tmp_path, chunk):
    raw = b"".join(blocks(future))
    path = tmp_path / "cut.dbn"
    path.write_bytes(raw[: len(raw) // 2 + 5])
    whole = load(future).records

    parts = []
    with pytest.raises(DataError, match=r"cut\.dbn, offset \d+: the file ends inside"):
        parts.extend(open_events(path, chunk=chunk))

    read = np.concatenate(parts)
    records = (len(raw) // 2 + 5 - raw.index(b"\x0e\xa0")) // 56
    assert read.size == pytest.approx(records, abs=40)
    assert read.tolist() == whole[: read.size].tolist()


@pytest.fixture(scope="module")
def future(real_data):
    return real_data / "futures" / "esh4_20231225.mbo.dbn.zst"


def test_market_by_order_keeps_one_event_per_record(future):
    data = load(future)

    assert len(data) == 68_792
    assert data.symbols == ("ESH4",)
    count = Counter(EventKind(kind).name for kind in data.records["kind"].tolist())
    assert count["CROSS"] == 1
    assert count["EXECUTE"] > 6_000


def test_market_by_order_book_equals_the_vendors_rule_after_every_event(future):
    # The vendor's rule: only adds, cancels and modifies move the book.
    data = load(future)
    plain, ours = {}, {}
    pending = set()
    settled = compared = 0
    for event, record in zip(data.records.tolist(), official(future), strict=True):
        kind, order, quantity = event[2], event[5], event[7]
        action = str(record.action.value)
        key = record.order_id
        if action == "F":
            pending.add(key)
        elif action in "AM":
            plain[key] = record.size
            pending.discard(key)
        elif action == "C":
            plain[key] -= record.size
            pending.discard(key)
            if not plain[key]:
                del plain[key]
        if kind in {EventKind.ADD, EventKind.MODIFY}:
            assert (kind == EventKind.MODIFY) == (order in ours)
            ours[order] = quantity
        elif kind in {EventKind.REDUCE, EventKind.EXECUTE}:
            assert ours[order] >= quantity > 0
            ours[order] -= quantity
            if not ours[order]:
                del ours[order]
        elif kind == EventKind.REMOVE:
            assert ours.pop(order) == quantity
        if not pending:
            settled += 1
            assert len(plain) == len(ours)
            if settled % 500 == 0:
                compared += 1
                assert plain == ours
    assert {key: left for key, left in ours.items() if key not in pending} == {
        key: left for key, left in plain.items() if key not in pending
    }
    assert compared > 10


def test_executions_and_hidden_trades_add_up_to_the_tape(future):
    data = load(future).records
    printed = data["flags"] & Flag.UNPRINTED == 0
    executed = data["quantity"][(data["kind"] == EventKind.EXECUTE) & printed].sum()
    others = np.isin(data["kind"], (EventKind.TRADE, EventKind.CROSS)) & printed
    tape = sum(r.size for r in official(future) if str(r.action.value) == "T")

    assert executed + data["quantity"][others].sum() == tape
