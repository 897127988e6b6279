"""A package that is missing is named, with the extra that brings it."""

from __future__ import annotations

import sys

import pytest

from ai_trading.core.errors import MissingExtraError
from ai_trading.core.optional import needs_core, require


def test_an_installed_package_is_returned_also_by_its_dotted_name():
    assert require("os.path", "data").__name__ in {"posixpath", "ntpath"}


def test_a_missing_package_is_answered_with_the_command_that_installs_it():
    with pytest.raises(
        MissingExtraError, match=r"'no_such_pkg'.*pip install 'ai_trading\[data\]'"
    ):
        require("no_such_pkg.part", "data")


def test_a_package_that_breaks_while_it_is_imported_raises_its_own_error(
    tmp_path, monkeypatch
):
    (tmp_path / "broken_one.py").write_text("import another_missing_one\n")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ModuleNotFoundError, match="another_missing_one") as caught:
        require("broken_one", "data")

    assert not isinstance(caught.value, MissingExtraError)


def test_a_missing_extension_is_told_how_it_is_built(monkeypatch):
    monkeypatch.setitem(sys.modules, "ai_trading._core", None)

    with pytest.raises(ImportError) as caught, needs_core():
        import ai_trading._core  # noqa: F401

    assert "cmake --preset dev" in caught.value.__notes__[0]


def test_another_missing_module_gets_no_such_note():
    with pytest.raises(ImportError) as caught, needs_core():
        import no_such_pkg  # noqa: F401

    assert not hasattr(caught.value, "__notes__")
