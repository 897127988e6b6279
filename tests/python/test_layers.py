"""The layer check accepts this tree and names every kind of violation."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "check_layers.py"
pytestmark = pytest.mark.skipif(
    not SCRIPT.exists(), reason="the layer check needs the source tree"
)


@pytest.fixture(scope="module")
def check():
    spec = importlib.util.spec_from_file_location("check_layers", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write(root, path, text):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_this_tree_keeps_to_its_layers(check):
    assert check.violations(ROOT) == []


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        (
            "cpp/include/ai_trading/book/l3.hpp",
            '#include "ai_trading/venue/venue.hpp"\n',
            "book may not use venue, which stands above it",
        ),
        (
            "cpp/src/feed/itch.cpp",
            "#include <vector>\n  #  include <iostream>\n",
            "itch.cpp:2: the core may not include <iostream>",
        ),
        (
            "cpp/src/desk/desk.cpp",
            "#include <pybind11/numpy.h>\n",
            "the core may not include <pybind11/numpy.h>",
        ),
        (
            "cpp/src/misc/x.cpp",
            '#include "ai_trading/base/units.hpp"\n',
            "misc stands in no layer",
        ),
        (
            "python/ai_trading/core/clock.py",
            "from ai_trading.market import source\n",
            "core may not use market, which stands above it",
        ),
        (
            "python/ai_trading/market/csv.py",
            "def late():\n    import ai_trading.risk.limits\n",
            "csv.py:2: market may not use risk: they stand on one line",
        ),
        (
            "python/ai_trading/risk/manager.py",
            "from ..backtest import engine\n",
            "risk may not use backtest, which stands above it",
        ),
        (
            "python/ai_trading/database/store.py",
            "from ai_trading import cli\n",
            "database may not use cli, which stands above it",
        ),
        (
            "python/ai_trading/backtest/__init__.py",
            "from ai_trading.toolbox import x\n",
            "toolbox stands in no layer",
        ),
    ],
)
def test_a_planted_violation_is_named(check, tmp_path, path, text, said):
    write(tmp_path, path, text)

    (found,) = check.violations(tmp_path)

    assert said in found
    assert path in found


def test_lower_layers_own_folder_and_other_packages_are_free_to_use(check, tmp_path):
    write(
        tmp_path,
        "python/ai_trading/backtest/engine.py",
        "import numpy\n"
        "from ai_trading import __version__\n"
        "from ai_trading.core import errors\n"
        "from ai_trading._core.feed import event_dtype\n"
        "from .result import BacktestResult\n"
        "from . import result\n",
    )
    write(
        tmp_path,
        "cpp/src/sim/loop.cpp",
        '#include <vector>\n#include "ai_trading/sim/loop.hpp"\n'
        '#include "ai_trading/feed/records.hpp"\n',
    )

    assert check.violations(tmp_path) == []


def test_the_tables_are_those_of_the_design(check):
    cpp, python = check.ranks(check.CPP_LAYERS), check.ranks(check.PYTHON_LAYERS)

    assert min(cpp, key=cpp.get) == "sim"
    assert max(cpp, key=cpp.get) == "base"
    assert python["market"] == python["risk"] > python["backtest"] > python["cli"] == 0
