"""Where a report's plotly.js comes from: the wheel, or the package plotly."""

from __future__ import annotations

import sys

import pytest

from ai_trading.backtest.report import parts
from ai_trading.core.errors import MissingExtraError


def test_the_file_that_a_wheel_carries_is_taken_first(tmp_path, monkeypatch):
    (tmp_path / "plotly.min.js").write_text("shipped();", "utf-8")
    monkeypatch.setattr(parts, "files", lambda _: tmp_path)
    monkeypatch.setitem(sys.modules, "plotly.offline", None)

    assert parts._plotly_js() == "shipped();"


def test_a_source_tree_takes_it_from_the_package(tmp_path, monkeypatch):
    pytest.importorskip("plotly")
    monkeypatch.setattr(parts, "files", lambda _: tmp_path)

    assert "plotly.js v" in parts._plotly_js()[:200]


def test_without_either_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "files", lambda _: tmp_path)
    monkeypatch.setitem(sys.modules, "plotly", None)
    monkeypatch.setitem(sys.modules, "plotly.offline", None)

    with pytest.raises(MissingExtraError, match=r"ai_trading\[charts\]"):
        parts._plotly_js()
