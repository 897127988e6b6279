"""The examples on real input, through the command, with figures that stay.

A figure here changes only when a rule of the simulation does; then it is looked at and
pinned anew.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ai_trading.cli.main import main
from ai_trading.database import DatabaseManager
from ai_trading.database.runs import load_run

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


@pytest.fixture(name="run")
def run_fixture(real_data, tmp_path, capsys):
    """Run the configuration of an example on real data; what the command says."""

    def run(name, changes=None):
        text = (EXAMPLES / f"{name}.toml").read_text("utf-8")
        text = text.replace("../../shared/data", str(real_data))
        text = text.replace(f'"{name}.py:', f'"{EXAMPLES / name}.py:')
        for old, new in (changes or {}).items():
            assert old in text
            text = text.replace(old, new)
        file = tmp_path / f"{name}.toml"
        file.write_text(text, "utf-8")
        out = tmp_path / "out"
        code = main(["backtest", str(file), "--output", str(out), "--json", "--quiet"])
        assert code == 0
        return json.loads(capsys.readouterr().out)

    return run


def has_report_and_database(said):
    page = Path(said["report"]).read_text("utf-8")
    assert "<html" in page
    assert "Plotly" in page or "plotly" in page
    assert "<script src=" not in page  # nothing from elsewhere
    with DatabaseManager(f"sqlite:///{said['database']}") as manager:
        stored = load_run(manager, said["run_id"])
    assert stored.state_hash == said["state_hash"]
    assert len(stored.fills) == said["statistics"]["orders"]["fills"]
    return stored


def figures(said):
    known = said["statistics"]
    return {
        "events": said["events"],
        "orders": known["orders"]["orders"],
        "fills": known["orders"]["fills"],
        "profit": known["profit"],
        "fees": known["fees"],
        "state_hash": said["state_hash"],
    }


def test_a_market_maker_on_a_real_day_of_amazon_order_by_order(run):
    said = run("market_maker")

    assert figures(said) == MARKET_MAKER_ITCH
    assert said["statistics"]["orders"]["rejected"] == 0
    assert said["statistics"]["orders"]["maker_share"] > 0.99
    stored = has_report_and_database(said)
    assert stored.final_positions == {}


def test_a_market_maker_on_the_lobster_files_of_that_day(run):
    said = run(
        "market_maker",
        {
            "itch_from_lobster/AMZN_2012-06-21_L5.itch50.gz": (
                "lobster/LOBSTER_SampleFile_AMZN_2012-06-21_5.zip"
            ),
            'options = { date = "2012-06-21" }\n': "",
        },
    )

    assert figures(said) == MARKET_MAKER_LOBSTER
    has_report_and_database(said)


def test_a_buyer_on_a_real_day_of_amazon(run):
    said = run("twap")

    assert figures(said) == TWAP
    stored = has_report_and_database(said)
    assert stored.final_positions == {0: 5_000}


def test_a_crossover_on_minute_bars_of_twenty_symbols_over_two_months(run):
    said = run("crossover")

    assert figures(said) == CROSSOVER
    assert len(said["statistics"]["symbols"]) == 20
    missing = [f for f in said["findings"] if f["code"] == "missing-sessions"]
    assert len(missing) == 1
    assert missing[0]["message"].startswith("12 sessions have no data")
    assert "2026-03-20" in missing[0]["message"]
    has_report_and_database(said)


MARKET_MAKER_ITCH = {
    "events": 178370,
    "orders": 553,
    "fills": 1176,
    "profit": "-797.672",
    "fees": "-106.488",
    "state_hash": "0cb11088cd8bd877",
}
MARKET_MAKER_LOBSTER = {
    "events": 233933,
    "orders": 561,
    "fills": 1179,
    "profit": "-824.816",
    "fees": "-107.944",
    "state_hash": "619bb55004037947",
}
TWAP = {
    "events": 178370,
    "orders": 17,
    "fills": 60,
    "profit": "-18325.285",
    "fees": "0.415",
    "state_hash": "88f3c5af580d78ea",
}
CROSSOVER = {
    "events": 226172,
    "orders": 5206,
    "fills": 5203,
    "profit": "24057.5486",
    "fees": "1560.9",
    "state_hash": "7b6e45746df775b5",
}
