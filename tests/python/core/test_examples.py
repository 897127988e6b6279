"""Every example in a docstring of the core runs as it stands."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import ai_trading.core

MODULES = [
    f"ai_trading.core.{found.name}"
    for found in pkgutil.iter_modules(ai_trading.core.__path__)
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    outcome = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS)

    assert outcome.failed == 0
