"""Measurements of trading, kept in memory and summed up on request.

Money and quantities are summed exactly, as decimals: a float is taken to mean the
shortest decimal that prints as it. Times are in seconds, dates from the clock that is
handed in. Where nothing was recorded the answer is None ("no data"), never zero.
"""

from __future__ import annotations

import math
import re
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, localcontext
from itertools import takewhile
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from ai_trading.core.clock import SystemClock, ns_to_datetime
from ai_trading.core.enums import OrderSide
from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import decimal, one_of, real, text
from ai_trading.core.settings import get_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ai_trading.core.clock import Clock

__all__ = ["MetricsCollector"]

_DAY: Final = timedelta(hours=24)
_SPAN: Final = re.compile(r"(\d+)\s*([smhdw])")
_UNITS: Final = {
    "s": "seconds",
    "m": "minutes",
    "h": "hours",
    "d": "days",
    "w": "weeks",
}


@dataclass(frozen=True, slots=True)
class _Record:
    at: int
    values: Mapping[str, Any]


class MetricsCollector:
    """Record what happens and sum it up over a span of time.

    Parameters
    ----------
    clock : Clock, optional
        Dates the records; the machine's clock where it is None.
    retention : timedelta, optional
        Age at which a record is dropped. Without it, the setting
        ``monitoring.metrics_retention_days`` (365 days).
    max_records : int, optional
        Records kept of each kind, the latest. Without it, the setting
        ``monitoring.metrics_max_records`` (100,000).

    Raises
    ------
    ArgumentError
        If `retention` or `max_records` is not positive.

    Notes
    -----
    Any number of threads may record and sum up at once. A record costs a few
    microseconds and a summary time linear in the records of its span.

    Examples
    --------
    >>> metrics = MetricsCollector()
    >>> metrics.record_trade_metric("AAPL", "buy", 100, 150.0, 50.0, 2.5)
    >>> metrics.get_metrics_summary("trade")["trade"]["total_pnl"]
    Decimal('50.0')
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        retention: timedelta | None = None,
        max_records: int | None = None,
    ) -> None:
        if retention is None:
            retention = timedelta(days=get_settings().monitoring.metrics_retention_days)
        if max_records is None:
            max_records = get_settings().monitoring.metrics_max_records
        if max_records < 1:
            msg = f"max_records must be at least 1; received {max_records}"
            raise ArgumentError(msg)
        self._clock: Clock = clock or SystemClock()
        self._retention_ns = _nanoseconds("retention", retention)
        self._lock = Lock()
        self._records: dict[str, deque[_Record]] = {
            kind: deque(maxlen=max_records) for kind in _SUMMARIES
        }

    def record_trade_metric(  # noqa: PLR0917 - the public surface names them in order
        self,
        symbol: str,
        side: OrderSide | str,
        quantity: float | Decimal,
        price: float | Decimal,
        pnl: float | Decimal,
        execution_time: float,
    ) -> None:
        """Record a trade.

        Parameters
        ----------
        symbol : str
        side : OrderSide or str
        quantity, price : number
            Both positive.
        pnl : number
            Profit it closed; negative for a loss.
        execution_time : float
            Seconds from the order to the trade.

        Raises
        ------
        ArgumentError
            If a number is not finite or has the wrong sign, or the side is unknown.
            Nothing is recorded then.
        """
        try:
            side = OrderSide(side)
        except ValueError:
            msg = f"side must be one of {', '.join(OrderSide)}; received {side!r}"
            raise ArgumentError(msg) from None
        self._record(
            "trade",
            symbol=text("symbol", symbol, "AAPL"),
            side=side,
            quantity=_decimal("quantity", quantity, above=0),
            price=_decimal("price", price, above=0),
            pnl=_decimal("pnl", pnl),
            execution_time=_float("execution_time", execution_time, least=0),
        )

    def record_portfolio_metric(
        self,
        total_value: float | Decimal,
        unrealized_pnl: float | Decimal,
        realized_pnl: float | Decimal,
        cash: float | Decimal,
    ) -> None:
        """Record what the portfolio is worth; raises as `record_trade_metric`."""
        self._record(
            "portfolio",
            total_value=_decimal("total_value", total_value),
            unrealized_pnl=_decimal("unrealized_pnl", unrealized_pnl),
            realized_pnl=_decimal("realized_pnl", realized_pnl),
            cash=_decimal("cash", cash),
        )

    def record_risk_metric(
        self,
        var_95: float,
        var_99: float,
        max_drawdown: float,
        current_drawdown: float,
    ) -> None:
        """Record tail risk and drawdown, losses positive; raises as above."""
        self._record(
            "risk",
            var_95=_float("var_95", var_95),
            var_99=_float("var_99", var_99),
            max_drawdown=_float("max_drawdown", max_drawdown, least=0),
            current_drawdown=_float("current_drawdown", current_drawdown, least=0),
        )

    def record_execution_metric(
        self,
        orders_submitted: int,
        orders_filled: int,
        orders_cancelled: int,
        average_fill_time: float,
    ) -> None:
        """Record the orders since the last such record.

        Parameters
        ----------
        orders_submitted, orders_filled, orders_cancelled : int
            Counts from 0.
        average_fill_time : float
            Mean seconds from submission to fill of those filled.

        Raises
        ------
        ArgumentError
            If a count is not a whole number from 0, or the time is negative or not
            finite.
        """
        self._record(
            "execution",
            orders_submitted=_count("orders_submitted", orders_submitted),
            orders_filled=_count("orders_filled", orders_filled),
            orders_cancelled=_count("orders_cancelled", orders_cancelled),
            average_fill_time=_float("average_fill_time", average_fill_time, least=0),
        )

    def record_system_metric(
        self, cpu_usage: float, memory_usage: float, latency: float
    ) -> None:
        """Record the load of the machine.

        Parameters
        ----------
        cpu_usage, memory_usage : float
            In percent or in whatever unit the caller always uses, from 0.
        latency : float
            In milliseconds or in whatever unit the caller always uses, from 0.

        Raises
        ------
        ArgumentError
            If a number is negative or not finite.
        """
        self._record(
            "system",
            cpu_usage=_float("cpu_usage", cpu_usage, least=0),
            memory_usage=_float("memory_usage", memory_usage, least=0),
            latency=_float("latency", latency, least=0),
        )

    def get_metrics_summary(
        self,
        metric_type: str | None = None,
        time_range: timedelta | float | str = _DAY,
    ) -> dict[str, dict[str, Any]]:
        """Sum up what was recorded in the latest span of time.

        Parameters
        ----------
        metric_type : {"trade", "portfolio", "risk", "execution", "system"}, optional
            One kind only.
        time_range : timedelta, seconds, or text such as "24h", default 24 hours
            How far back it looks, that instant included.

        Returns
        -------
        dict
            By kind, a mapping with `count`, `first` and `last` (UTC times, None without
            records) and

            - trade: `total_pnl`, `average_pnl`, `best_pnl`, `worst_pnl`,
              `winning_trades`, `losing_trades`, `win_rate`, `profit_factor`,
              `total_quantity`, `total_notional`, `average_execution_time`, `by_side`
              (counts) and `by_symbol` (`count`, `pnl`, `quantity`, `notional`);
            - portfolio: `latest` (as recorded), `change`, `change_pct`, `highest`,
              `lowest`, `max_drawdown` of the total value within the span;
            - risk: `latest` and `worst` of each;
            - execution: sums of the counts, `fill_rate`, `cancel_rate`, and
              `average_fill_time` weighted by fills;
            - system: `latest`, `average` and `highest` of each.

            A figure that nothing was recorded for is None.

        Raises
        ------
        ArgumentError
            If there is no such kind, or the span is not positive.
        """
        if metric_type is not None:
            one_of("metric_type", metric_type, _SUMMARIES)
        since = self._clock.now_ns() - _nanoseconds("time_range", time_range)
        kinds = list(_SUMMARIES) if metric_type is None else [metric_type]
        return {kind: self._summary(kind, since) for kind in kinds}

    def _record(self, kind: str, **values: Any) -> None:
        with self._lock:
            now = self._clock.now_ns()
            records = self._records[kind]
            while records and records[0].at < now - self._retention_ns:
                records.popleft()
            records.append(_Record(now, values))

    def _summary(self, kind: str, since: int) -> dict[str, Any]:
        with self._lock:
            recent = takewhile(lambda r: r.at >= since, reversed(self._records[kind]))
            found = list(recent)[::-1]
        return {
            "count": len(found),
            "first": ns_to_datetime(found[0].at) if found else None,
            "last": ns_to_datetime(found[-1].at) if found else None,
            **_exactly(_SUMMARIES[kind], [record.values for record in found]),
        }


def _exactly(
    summarise: Callable[[Sequence[Mapping[str, Any]]], dict[str, Any]],
    rows: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    # A thousand digits hold any sum of products of doubles without rounding.
    with localcontext(prec=1_000):
        return summarise(rows)


def _trades(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    gains = [row["pnl"] for row in rows]
    won = [pnl for pnl in gains if pnl > 0]
    lost = [pnl for pnl in gains if pnl < 0]
    by_symbol: dict[str, dict[str, Any]] = {}
    for row in rows:
        entry = by_symbol.setdefault(
            row["symbol"],
            {
                "count": 0,
                "pnl": Decimal(0),
                "quantity": Decimal(0),
                "notional": Decimal(0),
            },
        )
        entry["count"] += 1
        entry["pnl"] += row["pnl"]
        entry["quantity"] += row["quantity"]
        entry["notional"] += row["quantity"] * row["price"]
    return {
        "total_pnl": _total(gains),
        "average_pnl": _ratio(_total(gains), len(gains)),
        "best_pnl": max(gains, default=None),
        "worst_pnl": min(gains, default=None),
        "winning_trades": len(won),
        "losing_trades": len(lost),
        "win_rate": len(won) / len(rows) if rows else None,
        "profit_factor": float(sum(won) / -sum(lost)) if lost else None,
        "total_quantity": _total(row["quantity"] for row in rows),
        "total_notional": _total(row["quantity"] * row["price"] for row in rows),
        "average_execution_time": _mean([row["execution_time"] for row in rows]),
        "by_side": {
            str(side): sum(row["side"] is side for row in rows) for side in OrderSide
        },
        "by_symbol": by_symbol,
    }


def _portfolio(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    values = [row["total_value"] for row in rows]
    change = values[-1] - values[0] if values else None
    return {
        "latest": dict(rows[-1]) if rows else None,
        "change": change,
        "change_pct": float(change / values[0]) if values and values[0] > 0 else None,
        "highest": max(values, default=None),
        "lowest": min(values, default=None),
        "max_drawdown": _deepest(values),
    }


def _risk(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "latest": dict(rows[-1]) if rows else None,
        "worst": {name: max(row[name] for row in rows) for name in rows[0]}
        if rows
        else None,
    }


def _execution(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    submitted, filled, cancelled = (
        sum(row[name] for row in rows)
        for name in ("orders_submitted", "orders_filled", "orders_cancelled")
    )
    waited = math.fsum(row["average_fill_time"] * row["orders_filled"] for row in rows)
    return {
        "orders_submitted": submitted if rows else None,
        "orders_filled": filled if rows else None,
        "orders_cancelled": cancelled if rows else None,
        "fill_rate": filled / submitted if submitted else None,
        "cancel_rate": cancelled / submitted if submitted else None,
        "average_fill_time": waited / filled if filled else None,
    }


def _system(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if not rows:
        return {"latest": None, "average": None, "highest": None}
    return {
        "latest": dict(rows[-1]),
        "average": {name: _mean([row[name] for row in rows]) for name in rows[0]},
        "highest": {name: max(row[name] for row in rows) for name in rows[0]},
    }


_SUMMARIES: Final[
    Mapping[str, Callable[[Sequence[Mapping[str, Any]]], dict[str, Any]]]
] = {
    "trade": _trades,
    "portfolio": _portfolio,
    "risk": _risk,
    "execution": _execution,
    "system": _system,
}


def _total(values: Iterable[Decimal]) -> Decimal | None:
    total = None
    for value in values:
        total = value if total is None else total + value
    return total


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def _ratio(total: Decimal | None, by: int) -> Decimal | None:
    if total is None:
        return None
    with localcontext(prec=28):
        return total / by


def _deepest(values: Iterable[Decimal]) -> float | None:
    peak, worst = None, None
    for value in values:
        peak = value if peak is None else max(peak, value)
        if peak > 0:
            worst = max(worst or 0.0, float((peak - value) / peak))
    return worst


def _decimal(name: str, value: Any, *, above: int | None = None) -> Decimal:
    real(name, value)
    number = decimal(name, value)
    if above is not None and number <= above:
        msg = f"{name} must be positive; received {value}"
        raise ArgumentError(msg)
    return number


def _float(name: str, value: Any, *, least: float = -math.inf) -> float:
    number = real(name, value)
    if number < least:
        msg = f"{name} must be {least:g} or more; received {value}"
        raise ArgumentError(msg)
    return number


def _count(name: str, value: Any) -> int:
    number = _float(name, value, least=0)
    if number == int(number):
        return int(value)
    msg = f"{name} must be a whole number from 0; received {value}"
    raise ArgumentError(msg)


def _nanoseconds(name: str, span: timedelta | float | str) -> int:
    length = _length(name, span)
    if length > timedelta(0):
        return length // timedelta(microseconds=1) * 1_000
    msg = f"{name} must be positive; received {span}"
    raise ArgumentError(msg)


def _length(name: str, span: timedelta | float | str) -> timedelta:
    if isinstance(span, timedelta):
        return span
    if not isinstance(span, str):
        return _span(name, span, seconds=_float(name, span))
    match = _SPAN.fullmatch(span.strip().lower())
    if match is None:
        msg = f"{name} must be a span such as '24h', '30m' or '7d'; received {span!r}"
        raise ArgumentError(msg)
    return _span(name, span, **{_UNITS[match.group(2)]: int(match.group(1))})


def _span(name: str, given: object, **units: float) -> timedelta:
    try:
        return timedelta(**units)
    except OverflowError:
        msg = f"{name} is longer than a span of time can be; received {given}"
        raise ArgumentError(msg) from None
