"""The pages of the repository: what they show runs, and where they point exists."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import ai_trading
from ai_trading.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def anchor_of(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("number", range(len(blocks(README, "python"))))
def test_the_python_in_the_readme_runs_as_printed(number, tmp_path):
    code = blocks(README, "python")[number]
    file = tmp_path / "first.py"
    file.write_text(code, "utf-8")

    done = subprocess.run(
        [sys.executable, "-W", "error", file],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(ai_trading.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    if "write_report" in code:
        assert "Profit" in done.stdout
        assert (tmp_path / "first.html").stat().st_size > 100_000


def test_the_first_strategy_is_fifteen_lines():
    code = blocks(README, "python")[0]

    assert sum(bool(line) for line in code.splitlines()) == 15


def test_the_program_in_the_readme_is_the_one_ci_builds():
    assert blocks(README, "cpp") == [
        (ROOT / "tests" / "consumer" / "main.cpp").read_text("utf-8")
    ]


def test_the_engine_alone_does_in_both_languages_what_its_page_says(capsys):
    page = (ROOT / "docs" / "matching.md").read_text("utf-8")
    program = (ROOT / "tests" / "consumer" / "matching.cpp").read_text("utf-8")
    said = "5 @ 100, maker 1, taker 3\n2 @ 100, maker 2, taker 3\n1 @ 100, "
    said += "maker 2, taker 3\n"

    exec(blocks(page, "python")[0], {})

    assert capsys.readouterr().out == said
    assert f"Both print\n\n```\n{said}```" in page
    assert blocks(page, "cpp") == [program]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading(page):
    text = page.read_text("utf-8")
    for found in re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", text):
        target = "".join(found)
        if re.match(r"\w+:", target):
            continue
        place, _, anchor = target.partition("#")
        file = (page.parent / place).resolve() if place else page
        assert file.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
            assert anchor in [anchor_of(head) for head in heads], target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_on_every_page_is_python(page):
    for code in blocks(page.read_text("utf-8"), "python"):
        compile(code, str(page), "exec")


def test_what_is_generated_is_up_to_date():
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "check_generated.py"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_commands_the_pages_name_exist(capsys):
    text = "".join(page.read_text("utf-8") for page in PAGES)
    named = set(re.findall(r"ai-trading ((?:data )?[a-z]+)\b", text)) - {"data"}

    assert {"demo", "backtest", "data inspect"} <= named
    for command in named:
        assert main([*command.split(), "--help"]) == 0, command
