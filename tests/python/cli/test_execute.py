"""``ai-trading execute``: one parent on real data, and what is refused."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest

from ai_trading.cli.main import main


@pytest.fixture(name="execute")
def execute_fixture(capsys):
    """Run the command; its exit code and what it printed."""

    def execute(*words):
        code = main(["execute", *(str(word) for word in words)])
        return code, capsys.readouterr()

    return execute


@pytest.fixture
def amazon(real_data):
    return real_data / "lobster" / "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip"


@pytest.fixture
def ibm(real_data):
    return real_data / "minute" / "2026-03-09_2026-05-05" / "IBM.csv.gz"


@pytest.mark.realdata
@pytest.mark.parametrize("algo", ["twap", "vwap", "pov", "is"])
def test_works_a_parent_through_an_order_by_order_day(execute, amazon, algo):
    code, printed = execute(amazon, "--algo", algo, "--quantity", "1500", "--json")

    report = json.loads(printed.out)
    assert code == 0
    assert float(report["filled"]) + float(report["shortfall"]) == 1500
    assert float(report["filled"]) > 1400
    assert report["market_volume"] == "171799"
    assert abs(report["arrival_slippage_bps"]) < 100
    assert 0 < report["passive_share"] < 1


@pytest.mark.realdata
@pytest.mark.parametrize("algo", ["twap", "vwap", "pov", "is"])
def test_works_a_parent_through_minute_bars(execute, ibm, algo):
    code, printed = execute(
        ibm, "--algo", algo, "--quantity", "600", "--date", "2026-04-20", "--json"
    )

    report = json.loads(printed.out)
    assert code == 0
    assert float(report["filled"]) + float(report["shortfall"]) == 600
    assert report["start_ns"] == 1_776_693_600_000_000_000  # 10:00 New York
    if algo == "vwap":
        assert report["notes"][0] == "volume curve from 19 earlier sessions"


@pytest.mark.realdata
def test_prints_a_table_and_what_it_assumed(execute, amazon):
    code, printed = execute(amazon, "--quantity", "300")

    assert code == 0
    assert "Interval VWAP" in printed.out
    assert "Implementation shortfall" in printed.out
    assert "Mark-out after 1min" in printed.out
    assert "Where it traded" in printed.out
    assert "taken as flat" in printed.out
    assert "Decided when released" in printed.out


@pytest.mark.realdata
def test_the_costs_go_out_as_json_csv_and_a_page(execute, amazon, tmp_path):
    code, printed = execute(
        amazon, "--algo", "is", "--quantity", "1500", "--decided", "09:50",
        "--json", "--csv", tmp_path / "a" / "c.csv", "--html", tmp_path / "c.html",
        "--fills-csv", tmp_path / "fills.csv",
    )  # fmt: skip

    report = json.loads(printed.out)
    (cost,) = report["costs"]["parents"]
    (row,) = csv.DictReader(io.StringIO((tmp_path / "a" / "c.csv").read_text()))
    assert code == 0
    parts = ("delay", "impact", "timing", "opportunity", "fees")
    assert sum(Decimal(cost[name]) for name in parts) == Decimal(cost["total"])
    assert Decimal(cost["delay"]) != 0
    assert row["total"] == cost["total"]
    assert cost["previous_close_price"] is None
    assert cost["arrival_slippage_bps"] == pytest.approx(report["arrival_slippage_bps"])
    curve = report["costs"]["mark_outs"]
    assert [point["horizon_ns"] for point in curve][:2] == [0, 50_000_000]
    (where,) = csv.DictReader(io.StringIO((tmp_path / "fills.csv").read_text()))
    assert (where["phase"], where["fills"]) == (
        "continuous",
        str(cost["fills"]),
    )
    assert report["costs"]["by_fill"][0]["value"] == where["value"]
    page = (tmp_path / "c.html").read_text()
    assert "Cost waterfall" in page
    assert "is buy 1,500 AMZN" in page
    assert page.count('data-figure="') == 4


@pytest.mark.realdata
def test_bars_give_costs_too_and_say_what_they_cannot_tell(execute, ibm):
    code, printed = execute(ibm, "--algo", "vwap", "--quantity", "600")

    assert code == 0
    assert "Estimate before it began" in printed.out
    assert "Previous close" in printed.out
    assert "Effective spread" not in printed.out
    assert "Mark-out after 1s" not in printed.out


@pytest.mark.realdata
def test_refuses_a_decision_that_is_no_time(execute, amazon):
    assert execute(amazon, "--decided", "noon")[0] == 2
    code, printed = execute(amazon, "--decided", "10:30")
    assert code == 1
    assert "after its start at" in printed.err


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--minutes", "1e9"), 1, "10,080 (a week) at most; received 1000000000.0"),
        (("--minutes", "nan"), 1, "10,080 (a week) at most; received nan"),
        (("--latency-us", "nan"), 2, "must be 0 to 60,000,000"),
        (("--latency-us", "-1"), 2, "must be 0 to 60,000,000"),
    ],
)
def test_refuses_times_that_are_none(execute, ibm, words, code, said):
    ended, printed = execute(ibm, *words)

    assert ended == code
    assert said in " ".join(printed.err.split())
    assert "Unexpected" not in printed.err


@pytest.mark.realdata
def test_refuses_a_term_the_algorithm_does_not_take(execute, amazon):
    code, printed = execute(amazon, "--algo", "twap", "-p", "rate=0.1")

    assert code == 1
    assert "does not take 'rate'" in printed.err


@pytest.mark.realdata
def test_refuses_a_day_without_data(execute, ibm):
    code, printed = execute(ibm, "--date", "2026-01-02")

    assert code == 1
    assert "nothing of IBM on 2026-01-02" in printed.err


@pytest.mark.realdata
def test_refuses_a_term_without_a_value(execute, amazon):
    code, _ = execute(amazon, "-p", "rate")

    assert code == 2
