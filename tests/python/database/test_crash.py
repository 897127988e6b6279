"""A process killed while it stores a run leaves all of the run or nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import database_samples as samples
import numpy as np
import pytest
from sqlalchemy import func, select

from ai_trading.database import (
    BacktestRun,
    DatabaseManager,
    EquityPoint,
    Fill,
    Finding,
    Order,
    RunInstrument,
)
from ai_trading.database.runs import list_runs, load_run, store_run

# Stops for good after the given number of statements of the store, or after all.
WRITER = """
import sys, time
sys.path.insert(0, sys.argv[1])
import database_samples as samples
from ai_trading.database import DatabaseManager, columns
from ai_trading.database.runs import store_run

columns.CHUNK = 100
url, stop_after = sys.argv[2], sys.argv[3]
manager = DatabaseManager(url).connect()

def stop():
    print("stopped", flush=True)
    time.sleep(600)

def counting(real, seen=[0]):
    def call(*args, **options):
        answer = real(*args, **options)
        seen[0] += 1
        if str(seen[0]) == stop_after:
            stop()
        return answer
    return call

columns._slice = counting(columns._slice)
store_run(manager, samples.make_result(orders=300, fills=900, points=500))
stop()
"""
# _slice is called once per column and chunk: 17 x 3 for orders, 12 x 9 for fills and
# 7 x 5 for the account.
STOPS = {"orders": "20", "fills": "100", "account": "190", "committed": "all"}


@pytest.mark.parametrize("place", STOPS)
def test_killed_in_the_middle(url, place):
    DatabaseManager(url).initialize().disconnect()
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", WRITER, here, url, STOPS[place]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "stopped\n"
        writer.send_signal(signal.SIGKILL)
        writer.wait(timeout=60)
    whole = samples.make_result(orders=300, fills=900, points=500)

    with DatabaseManager(url) as database:
        stored = list_runs(database)
        if place == "committed":
            again = load_run(database, whole.run_id)
            np.testing.assert_array_equal(again.fills, whole.fills)
            np.testing.assert_array_equal(again.account, whole.account)
        else:
            assert stored == []
            with database.get_session() as session:
                for table in (
                    *(BacktestRun, RunInstrument, Order, Fill, EquityPoint, Finding),
                ):
                    assert not session.scalar(select(func.count()).select_from(table))

        store_run(database, whole)  # and the next attempt succeeds

        assert list_runs(database)[0].fills == 900
