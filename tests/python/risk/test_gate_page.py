"""docs/risk-gate.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ai_trading.core.errors import ConfigError
from ai_trading.risk.gate import LIMITS, GateLimits

PAGE = Path(__file__).parents[3] / "docs" / "risk-gate.md"


def rows() -> list[str]:
    return [
        f"| `{info.name}` | {info.unit} | {f'`{info.reason}`' if info.reason else ''} "
        f"| {'yes' if info.reducing_skips else 'no'} | {info.meaning} |"
        for info in LIMITS.values()
    ]


def test_the_table_of_checks_is_that_of_the_code():
    text = PAGE.read_text(encoding="utf-8")
    table = text.split("| what is limited |\n|---|---|---|---|---|\n")[1]

    assert table.split("\n\n")[0].splitlines() == rows()


def test_the_example_loads(tmp_path):
    example = re.search(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert example is not None
    file = tmp_path / "limits.toml"
    file.write_text(example[1], encoding="utf-8")

    limits = GateLimits.load(file)

    assert limits.instruments["AAPL"]["days_to_liquidate"] is None
    assert limits.strategies["fast"]["message_rate"] == 20_000
    assert limits.facts["AAPL"].group == "big tech"


def test_the_mistake_on_the_page_is_the_one_that_is_told(tmp_path):
    text = PAGE.read_text(encoding="utf-8")
    shown = re.search(r"    limits\.toml (line 8: .*)", text)
    example = re.search(r"```toml\n(.*?)```", text, re.S)
    assert shown is not None
    assert example is not None
    wrong = example[1].replace("price_collar = 0.05", "price_collar = 5")
    file = tmp_path / "limits.toml"
    file.write_text(wrong, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        GateLimits.load(file)

    assert str(caught.value) == f"{file} {shown[1]}"
