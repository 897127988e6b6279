"""Damaged files of every format are refused with one of our errors, or read."""

from __future__ import annotations

import random

import pytest

from ai_trading.core.errors import AiTradingError
from ai_trading.market import open_events
from ai_trading.market.convert import convert
from ai_trading.market.files import blocks
from ai_trading.market.inspect import summarise

pytestmark = pytest.mark.realdata

LOBSTER = "AMZN_2012-06-21_34200000_57600000_message_5.csv"
NASTY = [0, 10, 44, 45, 255]


@pytest.fixture(scope="module")
def samples(real_data, tmp_path_factory):
    """The first bytes of one file of each format, unpacked, under a fitting name."""
    folder = tmp_path_factory.mktemp("samples")
    found = {
        "x_20200130.itch50": real_data / "itch" / "AAPL_20200130_first10k.itch50",
        "binance": real_data / "crypto" / "binance_spot_btcusdt_20240808.gz",
        "bits.csv": real_data / "crypto" / "bitstamp_L3_2015-05-01_orders.csv.xz",
        "depth.csv": real_data / "crypto" / "nautilus_btcusdt-depth-snap.csv",
    }
    for path in (real_data / "dbn").glob("*.dbn"):
        found[path.name] = path
    for path in list((real_data / "itch" / "moldudp64_pcap").iterdir())[:5]:
        found[path.name] = path
    for suffix in (".csv", ".npz", ".parquet"):
        made = folder / f"records{suffix}"
        convert(open_events(real_data / "dbn" / "test_data.mbo.dbn"), made)
        found[made.name] = made
    out = {
        name: path.read_bytes()
        if name.endswith(".npz")
        else b"".join(blocks(path))[:20_000]
        for name, path in sorted(found.items())
    }
    archive = real_data / "lobster" / "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip"
    out[LOBSTER] = next(blocks(archive, member=LOBSTER))[:20_000]
    return out


def damaged(rng, data):
    """Cut off, overwritten here and there, or both."""
    out = bytearray(data)
    how = rng.random()
    if how < 0.3:
        out = out[: rng.randrange(len(out) + 1)]
    for _ in range(rng.choice([1, 1, 3, 20]) if how > 0.2 else 0):
        if out:
            reach = rng.choice([len(out), min(len(out), 600)])
            out[rng.randrange(reach)] = rng.choice([rng.randrange(256), *NASTY])
    return bytes(out)


@pytest.mark.parametrize("seed", range(4))
def test_damage_never_escapes_as_another_error(samples, tmp_path, seed):
    rng = random.Random(seed)
    read, refused = 0, []
    for _ in range(75):
        name = rng.choice(sorted(samples))
        path = tmp_path / name
        path.write_bytes(damaged(rng, samples[name]))
        policy = rng.choice(["raise", "drop", "keep"])
        try:
            open_events(path, policy=policy).read()
            summarise(open_events(path, policy="keep"))
            read += 1
        except AiTradingError as error:
            refused.append((name, str(error)))
    assert read > 5
    assert len(refused) > 5
    assert [told for told in refused if told[0] not in told[1]] == []
