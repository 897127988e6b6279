"""Configurations that the pages show are taken, and made-up markets run."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from ai_trading.backtest.config import BacktestConfig
from ai_trading.cli.main import main
from ai_trading.execution.fees import FeeSchedule
from ai_trading.risk.gate import GateLimits

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHOWN = [
    pytest.param(text, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, text in enumerate(
        re.findall(r"^```toml\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S)
    )
]
SECTIONS = set(BacktestConfig.model_fields)
IDLE = """
from ai_trading import Strategy


class Idle(Strategy):
    pass
"""


@pytest.mark.parametrize("text", SHOWN)
def test_what_a_page_shows_is_taken(text, tmp_path):
    values = tomllib.loads(text)
    file = tmp_path / "shown.toml"
    file.write_text(text, "utf-8")

    if set(values) <= SECTIONS:
        whole = {"data": {"path": "x"}, "strategy": {"class": "a:B"}, **values}
        BacktestConfig.check(whole, file="shown.toml")
    elif "all" in values:
        GateLimits.load(file)
    else:
        (name,) = values
        assert FeeSchedule.load(file).name == name


@pytest.mark.parametrize("text", [p for p in SHOWN if "synthetic =" in p.values[0]])
def test_a_made_up_market_that_a_page_shows_runs(text, tmp_path, capsys):
    (tmp_path / "idle.py").write_text(IDLE, "utf-8")
    file = tmp_path / "shown.toml"
    strategy = f'[[strategy]]\nclass = "{tmp_path}/idle.py:Idle"\n'
    file.write_text(f"{text}\n{strategy}[report]\nwrite = false\n", "utf-8")

    code = main(["backtest", str(file), "--json"])

    assert code == 0, capsys.readouterr().err
