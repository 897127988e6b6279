"""One tree of errors, and what each of them also is."""

from __future__ import annotations

import pickle

import pytest

from ai_trading.core import errors


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_hangs_on_the_tree_and_is_drawn_in_it(name):
    assert issubclass(getattr(errors, name), errors.AiTradingError)
    assert name in errors.__doc__


def test_an_argument_error_is_a_value_error():
    assert issubclass(errors.ArgumentError, ValueError)


def test_a_missing_extra_is_an_import_error():
    assert issubclass(errors.MissingExtraError, ImportError)


def test_a_refused_order_carries_its_reason_through_a_pickle():
    error = errors.OrderRejectedError("no", reason="max_quantity", order_id="7")

    copy = pickle.loads(pickle.dumps(error))

    assert (copy.reason, copy.order_id, str(copy)) == ("max_quantity", "7", "no")
