"""The counts of the fill experiment, held to raw message rows without our readers."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from ai_trading._core import venue
from ai_trading.market import load

ARRIVES, SHRINKS, IS_DELETED, EXECUTES = 1, 2, 3, 4


def counted(path):
    """Arrivals, those whose end the rows show, those of them that traded."""
    archive = zipfile.ZipFile(path)
    (name,) = [n for n in archive.namelist() if "message" in n]
    rows = np.genfromtxt(
        io.TextIOWrapper(archive.open(name)), delimiter=",", usecols=(1, 2, 3)
    )
    kinds, ids, sizes = rows.astype(np.int64).T
    left = dict(zip(ids[kinds == ARRIVES], sizes[kinds == ARRIVES], strict=True))
    arrivals, traded = len(left), set()
    for at in np.flatnonzero(np.isin(kinds, (SHRINKS, IS_DELETED, EXECUTES))):
        if ids[at] in left:
            left[ids[at]] -= sizes[at]
            if kinds[at] == EXECUTES:
                traded.add(ids[at])
    ended = {order for order, rest in left.items() if rest <= 0}
    return arrivals, len(ended), len(ended & traded)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("file", "never"),
    [("AMZN_2012-06-21_5", 0.9043), ("AAPL_2012-06-21_1", 0.6500)],
)
def test_who_arrived_ended_and_traded_is_what_the_files_say(real_data, file, never):
    path = real_data / "lobster" / f"LOBSTER_SampleFile_{file}.zip"
    events = load(path).records.copy()
    fates = venue.fates(events)
    ended = fates[fates["ending"] <= 1]

    found = (len(fates), len(ended), int(np.sum(ended["filled"] > 0)))

    assert found == counted(path)
    assert 1 - found[2] / found[1] == pytest.approx(never, abs=1e-4)
