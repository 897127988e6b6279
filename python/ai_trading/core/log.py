"""Structured events over the standard library's logging.

A library does not configure logging: importing this changes nothing, and until
`configure` is called events go wherever the program's own handlers send them. Secrets
are taken out before an event leaves, whoever handles it.

`get_logger` gives loggers whose calls take an event's name and its facts::

    log.info("order_refused", symbol="AAPL", reason="max_quantity")
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO, cast

import structlog

from ai_trading.core.errors import ArgumentError

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

__all__ = ["configure", "get_logger", "redact", "redact_secrets"]

ROOT: Final = "ai_trading"
HIDDEN: Final = "**********"
_FACTS = "ai_trading_facts"
_SECRET_NAME = re.compile(
    r"passw(or)?d|passphrase|secret|token|api_?key|private_?key|access_?key"
    r"|authori[sz]ation|credential|cookie|(^|_)(pwd|auth|dsn)$",
    re.IGNORECASE,
)
_URL_PASSWORD = re.compile(r"(?P<front>[a-z][\w+.-]*://[^\s:/@]*):[^\s@/]+@", re.I)
_URL_QUERY = re.compile(
    r"(?P<front>[?&](?:password|token|secret|api_?key|signature)=)[^&\s]+", re.I
)
_BEARER = re.compile(r"(?P<front>\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}", re.I)


def get_logger(name: str = ROOT) -> structlog.stdlib.BoundLogger:
    """Return a structured logger that writes to the logger of that name.

    Parameters
    ----------
    name : str, default "ai_trading"
        Usually ``__name__``.
    """
    return cast(
        "structlog.stdlib.BoundLogger",
        structlog.wrap_logger(
            logging.getLogger(name),
            processors=[
                structlog.stdlib.filter_by_level,
                structlog.contextvars.merge_contextvars,
                redact_secrets,
                _to_standard_library,
            ],
            wrapper_class=structlog.stdlib.BoundLogger,
            context_class=dict,
        ),
    )


def configure(
    level: str = "INFO",
    *,
    style: Literal["text", "json"] = "text",
    stream: TextIO | None = None,
) -> logging.Handler:
    """Send this library's events to a stream; a second call replaces the first.

    Parameters
    ----------
    level : str, default "INFO"
        The least severe level that is written.
    style : {"text", "json"}, default "text"
        One readable line or one JSON object per event.
    stream : text file, optional
        Standard error where it is None, so that standard output stays for results.

    Raises
    ------
    ArgumentError
        If there is no such level or style.
    """
    number = logging.getLevelNamesMapping().get(str(level).upper())
    if number is None:
        allowed = "DEBUG, INFO, WARNING, ERROR, CRITICAL"
        msg = f"level must be one of {allowed}; received {level!r}"
        raise ArgumentError(msg)
    if style not in {"text", "json"}:
        msg = f"style must be 'text' or 'json'; received {style!r}"
        raise ArgumentError(msg)
    handler = _Handler(sys.stderr if stream is None else stream)
    handler.setFormatter(_JsonFormatter() if style == "json" else _TextFormatter())
    logger = logging.getLogger(ROOT)
    for old in logger.handlers[:]:
        if isinstance(old, _Handler):
            logger.removeHandler(old)
    logger.addHandler(handler)
    logger.setLevel(number)
    logger.propagate = False
    return handler


def redact(value: Any) -> Any:
    """Return `value` with the secrets in it hidden, at any depth.

    What counts: an entry of a mapping whose name speaks of a secret, a password in a
    URL, and a bearer or basic credential.

    Examples
    --------
    >>> redact({"url": "postgresql://me:hunter2@db/x", "api_key": "abc"})
    {'url': 'postgresql://me:**********@db/x', 'api_key': '**********'}
    """
    if isinstance(value, str):
        text = _URL_PASSWORD.sub(rf"\g<front>:{HIDDEN}@", value)
        text = _URL_QUERY.sub(rf"\g<front>{HIDDEN}", text)
        return _BEARER.sub(rf"\g<front>{HIDDEN}", text)
    if isinstance(value, Mapping):
        return {
            key: HIDDEN if _is_secret(key, item) else redact(item)
            for key, item in value.items()
        }
    if isinstance(value, tuple):
        return tuple(redact(item) for item in value)
    if isinstance(value, Sequence | Set) and not isinstance(value, bytes | bytearray):
        return [redact(item) for item in value]
    if isinstance(value, BaseException):
        return redact(f"{type(value).__name__}: {value}")
    return value


def redact_secrets(
    _logger: WrappedLogger, _method: str, event_dict: EventDict
) -> EventDict:
    """Hide secrets in an event; a structlog processor."""
    kept = {key: event_dict.pop(key) for key in ("exc_info",) if key in event_dict}
    return {**redact(event_dict), **kept}


def _is_secret(key: object, value: object) -> bool:
    if value is None or isinstance(value, bool):
        return False
    return isinstance(key, str) and _SECRET_NAME.search(key) is not None


def _to_standard_library(
    _logger: WrappedLogger, _method: str, event_dict: EventDict
) -> tuple[tuple[str], dict[str, Any]]:
    passed = {
        key: event_dict.pop(key)
        for key in ("exc_info", "stack_info", "stacklevel")
        if key in event_dict
    }
    event = str(event_dict.pop("event", ""))
    facts = dict(event_dict)
    text = " ".join([event, *(f"{key}={_show(item)}" for key, item in facts.items())])
    return (text,), {**passed, "extra": {_FACTS: {"event": event, **facts}}}


def _show(value: object) -> str:
    text = str(value)
    return repr(text) if not text or re.search(r"[\s=\"']", text) else text


class _Handler(logging.StreamHandler[TextIO]):
    """Marks the handler that `configure` installed, so that it can replace it."""


class _TextFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = f"{_time(record)} {record.levelname:<8} {record.getMessage()}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return str(redact(line))


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        facts = getattr(record, _FACTS, {"event": redact(record.getMessage())})
        row = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            **facts,
        }
        if record.exc_info:
            row["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(row, default=str)


def _time(record: logging.LogRecord) -> str:
    when = datetime.fromtimestamp(record.created, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
