"""Events are structured, go where they are sent, and carry no secret."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys

import pytest
from pydantic import SecretStr

from ai_trading.core import log
from ai_trading.core.errors import ArgumentError


@pytest.fixture
def stream():
    logger = logging.getLogger("ai_trading")
    before = (logger.handlers[:], logger.level, logger.propagate)
    yield io.StringIO()
    logger.handlers[:], logger.level, logger.propagate = before


def test_text_shows_the_event_and_its_facts_on_one_line(stream):
    log.configure(stream=stream)

    log.get_logger("ai_trading.x").info("order_refused", symbol="AAPL", why="too big")

    assert stream.getvalue().endswith(
        "INFO     order_refused symbol=AAPL why='too big'\n"
    )


def test_json_is_one_object_per_event(stream):
    log.configure("DEBUG", style="json", stream=stream)

    log.get_logger().debug("filled", quantity=100, name="a fact named as an attribute")

    row = json.loads(stream.getvalue())
    assert row["event"] == "filled"
    assert row["quantity"] == 100
    assert row["name"] == "a fact named as an attribute"
    assert row["level"] == "debug"
    assert row["time"].endswith("Z")


def test_a_percent_sign_in_an_event_is_a_percent_sign(stream):
    log.configure(stream=stream)

    log.get_logger().info("down 5 %s", rate="7 %d")

    assert "down 5 %s rate='7 %d'" in stream.getvalue()


def test_what_is_less_severe_than_the_level_is_not_written(stream):
    log.configure("WARNING", stream=stream)

    log.get_logger().info("quiet")

    assert stream.getvalue() == ""


def test_configuring_twice_does_not_write_twice(stream):
    log.configure(stream=stream)
    log.configure(stream=stream)

    log.get_logger().info("once")

    assert stream.getvalue().count("once") == 1


@pytest.mark.parametrize("style", ["text", "json"])
def test_no_secret_leaves(stream, style):
    log.configure(style=style, stream=stream)

    log.get_logger().info(
        "connected",
        url="postgresql://desk:hunter2@db:5432/trades?password=hunter2",
        api_key="hunter2",
        headers={"Authorization": "Bearer hunter2hunter2"},
        nested=[{"broker": {"secret_key": "hunter2"}}],
        typed=SecretStr("hunter2"),
        text="sent Bearer hunter2hunter2",
    )

    assert "hunter2" not in stream.getvalue()
    assert "desk" in stream.getvalue()


def test_no_secret_leaves_in_a_traceback(stream):
    log.configure(style="text", stream=stream)
    try:
        raise OSError("cannot reach redis://me:hunter2@cache:6379")
    except OSError:
        log.get_logger().exception("lost")

    assert "hunter2" not in stream.getvalue()
    assert "cannot reach redis://me:" in stream.getvalue()


def test_a_flag_about_a_secret_is_not_a_secret():
    assert log.redact({"password_set": True, "token": None}) == {
        "password_set": True,
        "token": None,
    }


def test_the_programs_own_handlers_receive_events_without_configuration(caplog):
    with caplog.at_level("INFO"):
        log.get_logger("ai_trading.unconfigured").info("seen", n=1)

    assert "seen n=1" in caplog.text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": "LOUD"}, "DEBUG, INFO.*'LOUD'"),
        ({"style": "xml"}, "'text' or 'json'"),
    ],
)
def test_an_unknown_level_or_style_is_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        log.configure(**options)


def test_importing_it_touches_no_handler_and_no_level():
    code = (
        "import logging, ai_trading.core.log; r = logging.getLogger();"
        "a = logging.getLogger('ai_trading');"
        "assert not r.handlers and not a.handlers and a.level == 0"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
