"""The package's own names: loaded when used, seen by type checkers, cheap to import."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import ai_trading

PROJECT = Path(__file__).resolve().parents[3]
SOURCE = Path(ai_trading.__file__)
HOME = ai_trading._HOME


def run(code, **options):
    return subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        cwd=PROJECT,
        **options,
    )


@pytest.mark.parametrize("name", HOME)
def test_a_name_is_the_one_of_its_module(name):
    assert getattr(ai_trading, name) is getattr(import_module(HOME[name]), name)
    assert name in dir(ai_trading)
    assert name in ai_trading.__all__


def test_type_checkers_see_the_same_names_in_the_same_modules():
    tree = ast.parse(SOURCE.read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.asname: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    assert seen == HOME


def test_importing_the_package_loads_nothing_heavy():
    done = run("import sys, ai_trading, json; print(json.dumps(list(sys.modules)))")

    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    heavy = {
        "numpy",
        "pydantic",
        "sqlalchemy",
        "pandas",
        "plotly",
        "structlog",
        "typer",
    }
    assert not loaded & heavy
    assert "ai_trading" in loaded


def test_importing_the_package_takes_a_tenth_of_a_second_at_most():
    # Processor time, the best of three: a busy machine is not our doing.
    code = (
        "import time; t = time.process_time(); import ai_trading;"
        "print(time.process_time() - t)"
    )

    assert min(float(run(code).stdout) for _ in range(3)) <= 0.1


def test_a_star_import_brings_every_name():
    done = run("from ai_trading import *; print(KellyCriterion, OrderSide.BUY)")

    assert done.returncode == 0, done.stderr


def test_a_misspelt_name_is_answered_with_the_right_one():
    with pytest.raises(AttributeError, match="has no attribute 'RiskManger'"):
        _ = ai_trading.RiskManger
    assert (
        "Did you mean: 'RiskManager'"
        in run("import ai_trading as a; a.RiskManger").stderr
    )


def test_a_part_that_needs_the_extension_says_how_to_build_it():
    code = (
        "import sys; sys.modules['ai_trading._core'] = None\n"
        "import ai_trading\n"
        "ai_trading._HOME['EVENT'] = 'ai_trading.core.records'\n"
        "ai_trading.EVENT\n"
    )

    done = run(code)

    assert "ModuleNotFoundError" in done.stderr
    assert "cmake --preset dev" in done.stderr


def test_words_sizing_and_metrics_work_without_the_extension():
    code = (
        "import sys; sys.modules['ai_trading._core'] = None\n"
        "from ai_trading import KellyCriterion, MetricsCollector, OrderSide"
    )

    assert run(code).returncode == 0


def test_the_version_is_that_of_the_package():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]

    assert ai_trading.__version__ == project["version"]


def test_the_public_example_runs_as_far_as_its_names_exist():
    from ai_trading import KellyCriterion, MetricsCollector, RiskLevel, RiskManager

    fraction = KellyCriterion().calculate_kelly_fraction(0.6, 0.02, 0.01)
    assessment = RiskManager(RiskLevel.MODERATE).assess_trade_risk(
        "AAPL", 100, 150.0, 100000, []
    )
    MetricsCollector().record_trade_metric("AAPL", "buy", 100, 150.0, 50.0, 2.5)

    assert fraction == 0.25
    assert assessment["recommended_size"] == 33
