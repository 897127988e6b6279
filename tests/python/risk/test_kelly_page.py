"""The examples of docs/kelly.md run as printed."""

from __future__ import annotations

import doctest
from pathlib import Path

PAGE = Path(__file__).resolve().parents[3] / "docs" / "kelly.md"


def test_the_page_about_sizing_runs_as_printed():
    outcome = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")

    assert outcome.attempted > 10
    assert outcome.failed == 0
