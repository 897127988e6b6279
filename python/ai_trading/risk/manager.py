"""Whether a trade fits the appetite for risk, and how concentrated a portfolio is.

Quantities are signed: positive buys, negative sells. Shares and drawdowns are
fractions (0.05 is five percent). Amounts are in the portfolio's currency. Comparisons
against a limit are exact, so a trade at the limit is allowed however it is written.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import count
from typing import TYPE_CHECKING, Any, Final, TypedDict

from ai_trading.core.clock import Clock, SystemClock, ns_to_datetime
from ai_trading.core.enums import RiskLevel
from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import decimal, instance, is_number, items, one_of, text
from ai_trading.core.settings import get_settings
from ai_trading.risk.assessor import PortfolioRiskAssessor
from ai_trading.risk.checks import mapping

if TYPE_CHECKING:
    from datetime import datetime

    from ai_trading.risk.gate import PreTradeGate

__all__ = [
    "PortfolioRisk",
    "PortfolioRiskAssessor",
    "RiskAlert",
    "RiskManager",
    "TradeRisk",
]

SEVERITIES: Final = ("info", "warning", "critical", "emergency")
UNCLASSIFIED: Final = "unclassified"
_ACTIVE, _REDUCE_ONLY, _HALTED = 0, 1, 2
_STATES: Final = ("active", "reduce only", "halted")
_KEPT_ALERTS: Final = 10_000

# A market value, or a mapping that tells one.
Position = float | Mapping[str, Any]


class TradeRisk(TypedDict):
    """The answer of `RiskManager.assess_trade_risk`."""

    symbol: str
    approved: bool
    risk_score: float
    recommended_size: float
    warnings: list[str]
    metrics: dict[str, float]


class PortfolioRisk(TypedDict):
    """The answer of `RiskManager.check_portfolio_risk`."""

    overall_risk_level: str
    risk_score: float
    alerts: list[dict[str, Any]]
    metrics: dict[str, float]
    recommendations: list[str]


class RiskAlert(TypedDict):
    """One alert, as `RiskManager.get_risk_alerts` returns it."""

    id: int
    timestamp: datetime
    alert_type: str
    message: str
    severity: str
    details: dict[str, Any]


class RiskManager:
    """Judge trades and portfolios by an appetite for risk.

    Parameters
    ----------
    risk_level : RiskLevel or str, default moderate
        Its `max_position_size` bounds one position, together with the setting
        ``risk.max_position_size``; its `max_drawdown_threshold` is the fall from the
        peak beyond which only trades that reduce a position are approved.
    clock : Clock, optional
        Dates alerts; the machine's clock where it is None.
    gate : PreTradeGate, optional
        Whose states count too: a trade in a symbol or account that is halted is
        refused, and where only reducing is allowed, only that is approved. A drawdown
        beyond the threshold sets its account to reduce only. `gate_limits` are the
        same limits for it.

    Examples
    --------
    >>> RiskManager("moderate").assess_trade_risk(
    ...     "AAPL", 100, 150.0, 100_000, [])["recommended_size"]
    33
    """

    def __init__(
        self,
        risk_level: RiskLevel | str = RiskLevel.MODERATE,
        *,
        clock: Clock | None = None,
        gate: PreTradeGate | None = None,
    ) -> None:
        if clock is not None:
            instance("clock", clock, Clock, "SystemClock()")
        if gate is not None and not hasattr(gate, "strictest"):
            msg = f"gate must be a PreTradeGate; received {gate!r:.80}"
            raise ArgumentError(msg)
        self._gate = gate
        try:
            self.risk_level = RiskLevel(risk_level)
        except ValueError:
            allowed = ", ".join(RiskLevel)
            msg = f"risk_level must be one of {allowed}; received {risk_level!r}"
            raise ArgumentError(msg) from None
        settings = get_settings().risk
        self.max_position_size = min(
            self.risk_level.max_position_size, settings.max_position_size
        )
        self.max_sector_concentration = settings.max_sector_concentration
        self.current_drawdown = 0.0
        self.max_drawdown = 0.0
        self._clock: Clock = clock or SystemClock()
        self._alerts: deque[RiskAlert] = deque(maxlen=_KEPT_ALERTS)
        self._alert_ids = count(1)

    def gate_limits(self) -> dict[str, dict[str, float]]:
        """Return this appetite as limits of the pre-trade gate.

        `GateLimits.check` takes them. The gate then refuses the same trades (tests hold
        the two together), for every account, on the path of every order.

        Examples
        --------
        >>> RiskManager("moderate").gate_limits()["all"]["name_share"]
        0.05
        """
        return {
            "all": {
                "name_share": self.max_position_size,
                "sector_share": self.max_sector_concentration,
                "drawdown": self.risk_level.max_drawdown_threshold,
            }
        }

    @property
    def is_in_breach(self) -> bool:
        """True while the drawdown is beyond the appetite's threshold."""
        return self.current_drawdown > self.risk_level.max_drawdown_threshold

    def assess_trade_risk(  # noqa: PLR0917 - the public surface names them in order
        self,
        symbol: str,
        quantity: float,
        price: float,
        portfolio_value: float,
        position_history: Iterable[object] | None,
        current_position: float = 0,
        *,
        lot_size: float = 1,
    ) -> TradeRisk:
        """Judge one trade against the position it would leave.

        Parameters
        ----------
        symbol : str
            What is traded.
        quantity : float
            Signed: positive buys, negative sells.
        price : float
            Positive.
        portfolio_value : float
            What the whole portfolio is worth. At 0 or below, only a trade that reduces
            a position is approved.
        position_history : iterable
            Earlier trades in this name; their number is reported, they do not change
            the verdict.
        current_position : float, default 0
            Signed quantity held now.
        lot_size : float, default 1
            The recommended size is a multiple of it, unless the whole trade is
            approved.

        Returns
        -------
        TradeRisk
            `approved`; `risk_score` from 0 to 1, the larger share used of the position
            and of the drawdown limit, and 1 where the trade is refused;
            `recommended_size`, signed as `quantity`: the largest part of the trade that
            would be approved; `warnings`, the reasons first; and `metrics`:
            `position_size_pct` (the resulting position as a share of the portfolio),
            `notional_value` (of the trade), `trade_size_pct`, `max_position_size_pct`,
            `resulting_position`, `current_drawdown`, `history_length`.

        Raises
        ------
        ArgumentError
            If a number is not finite, or price or lot size is not positive.

        Notes
        -----
        A trade that brings the position closer to zero without crossing it is always
        approved. Any other must leave no more than the limit. The recommended size is
        itself approved when it is asked about again.

        Examples
        --------
        >>> answer = RiskManager("conservative").assess_trade_risk(
        ...     "AAPL", 100, 100, 10_000, [])
        >>> answer["approved"], answer["recommended_size"]
        (False, 2)
        """
        text("symbol", symbol, "AAPL")
        earlier = _length(position_history)
        wanted = _exact("quantity", quantity)
        held = _exact("current_position", current_position)
        each = _positive("price", price)
        worth = _exact("portfolio_value", portfolio_value)
        lot = _positive("lot_size", lot_size)
        limit = Fraction(Decimal(repr(self.max_position_size)))
        state = self._gate_state(symbol)
        usable = worth > 0 and not self.is_in_breach and state == _ACTIVE
        most = limit * worth / each if usable else Fraction(0)

        after = held + wanted
        approved = state != _HALTED and (_reduces(held, after) or abs(after) <= most)
        size = Fraction(0) if state == _HALTED else _largest(wanted, held, most, lot)
        size = wanted if approved else size
        share = _share_of(abs(after) * each, worth)
        too_large = abs(after) * each > limit * worth
        exempt = bool(approved and wanted and abs(after) > most)
        warnings = []
        if not approved or exempt:
            told = too_large and not approved
            warnings = self._reasons(symbol, worth, share, too_large=told)
            if state != _ACTIVE:
                warnings.insert(0, f"the gate's state of {symbol} is {_STATES[state]}")
        if exempt and too_large:
            warnings.append(
                f"{symbol} stays beyond its limit; the trade is approved because it "
                "reduces the position"
            )
        return {
            "symbol": symbol,
            "approved": approved,
            "risk_score": self._score(share) if approved else 1.0,
            "recommended_size": _number(size),
            "warnings": warnings,
            "metrics": {
                "position_size_pct": share,
                "notional_value": _float(abs(wanted) * each),
                "trade_size_pct": _share_of(abs(wanted) * each, worth),
                "max_position_size_pct": self.max_position_size,
                "resulting_position": _number(after),
                "current_drawdown": self.current_drawdown,
                "history_length": earlier,
            },
        }

    def check_portfolio_risk(
        self,
        positions: Mapping[str, Position] | Sequence[Mapping[str, Any]],
        market_data: Mapping[str, Any] | None = None,
    ) -> PortfolioRisk:
        """Measure how concentrated a portfolio is, on gross exposure.

        Parameters
        ----------
        positions : mapping or sequence
            By symbol, or a sequence of mappings with `symbol`. A number is a signed
            market value. A mapping has `market_value` (or `notional_value`, or `value`)
            or else `quantity`, priced by its `price` or `current_price` or by
            `market_data`; and may have `sector`.
        market_data : mapping, optional
            By symbol, a price or a mapping with `price` and perhaps `sector`.

        Returns
        -------
        PortfolioRisk
            `overall_risk_level` ("low", "moderate", "high", and "critical" where a
            limit is broken), `risk_score` from 0 to 1 (the largest share used of a
            limit), `alerts`, `recommendations`, and `metrics`:
            `max_position_concentration` and `max_sector_concentration` as shares of
            `gross_exposure`, `net_exposure`, `position_count`, `effective_positions`
            (one over the sum of squared shares) and `current_drawdown`.

        Raises
        ------
        ArgumentError
            If a position has no value and no price, or a number is not finite.

        Notes
        -----
        Long and short do not cancel: gross exposure adds their absolute values. Names
        without a sector count as one sector, since nothing shows that they differ.
        Nothing is remembered: later trades are judged as if this had not been asked.

        Examples
        --------
        >>> found = RiskManager().check_portfolio_risk(
        ...     {"A": {"market_value": 100, "sector": "tech"},
        ...      "B": {"market_value": -100, "sector": "tech"}}, {})
        >>> found["metrics"]["max_position_concentration"]
        0.5
        >>> found["metrics"]["max_sector_concentration"]
        1.0
        """
        quotes = {} if market_data is None else market_data
        names, sectors = _exposures(
            positions, mapping("market_data", quotes, "{'AAPL': 150.0}")
        )
        gross = sum((abs(value) for value in names.values()), Fraction(0))
        shares = {name: _share_of(abs(v), gross) for name, v in names.items() if v}
        by_sector = {name: _share_of(v, gross) for name, v in sectors.items() if v}
        alerts = [
            *self._concentrations("position", shares, self.max_position_size),
            *self._concentrations("sector", by_sector, self.max_sector_concentration),
            *self._drawdown_alert(),
        ]
        used = max(
            max(shares.values(), default=0.0) / self.max_position_size,
            max(by_sector.values(), default=0.0) / self.max_sector_concentration,
            self.current_drawdown / self.risk_level.max_drawdown_threshold,
        )
        squares = sum(share * share for share in shares.values())
        return {
            "overall_risk_level": "critical" if alerts else _word(used),
            "risk_score": min(1.0, used),
            "alerts": alerts,
            "metrics": {
                "max_position_concentration": max(shares.values(), default=0.0),
                "max_sector_concentration": max(by_sector.values(), default=0.0),
                "gross_exposure": _float(gross),
                "net_exposure": _float(sum(names.values(), Fraction(0))),
                "position_count": len(shares),
                "effective_positions": 1 / squares if squares else 0.0,
                "current_drawdown": self.current_drawdown,
            },
            "recommendations": [alert["advice"] for alert in alerts],
        }

    def update_drawdown(self, current_value: float, peak_value: float) -> float:
        """Take note of how far the portfolio is below its peak.

        Parameters
        ----------
        current_value, peak_value : float
            What it is worth, and the most it has been worth; the peak is positive. A
            value above the peak is a new peak and no drawdown.

        Returns
        -------
        float
            The drawdown as a fraction of the peak. Where it passes the threshold, an
            alert is added and, until it is back, only reducing trades are approved.

        Raises
        ------
        ArgumentError
            If a value is not finite or the peak is not positive.

        Examples
        --------
        >>> RiskManager().update_drawdown(95.0, 100.0)
        0.05
        """
        current = _exact("current_value", current_value)
        peak = _positive("peak_value", peak_value)
        before = self.is_in_breach
        self.current_drawdown = _float(max(Fraction(0), (peak - current) / peak))
        self.max_drawdown = max(self.max_drawdown, self.current_drawdown)
        if self.is_in_breach and not before:
            for alert in self._drawdown_alert():
                self.add_risk_alert("drawdown", alert["message"], "critical")
                if self._gate is not None:
                    self._gate.restrict(
                        "account",
                        _REDUCE_ONLY,
                        who="risk manager",
                        reason=alert["message"],
                    )
        return self.current_drawdown

    def add_risk_alert(
        self, alert_type: str, message: str, severity: str = "warning", **details: Any
    ) -> RiskAlert:
        """Record an alert; the latest 10,000 are kept.

        Parameters
        ----------
        alert_type : str
            What it is about, such as "drawdown".
        message : str
            For a person.
        severity : {"info", "warning", "critical", "emergency"}, default "warning"
        **details
            Further facts.

        Raises
        ------
        ArgumentError
            If the severity is another word.
        """
        one_of("severity", severity, SEVERITIES)
        text("alert_type", alert_type, "drawdown")
        text("message", message, "the drawdown is beyond its limit")
        alert: RiskAlert = {
            "id": next(self._alert_ids),
            "timestamp": ns_to_datetime(self._clock.now_ns()),
            "alert_type": str(alert_type),
            "message": str(message),
            "severity": str(severity),
            "details": details,
        }
        self._alerts.append(alert)
        return alert

    def get_risk_alerts(
        self, severity: str | None = None, alert_type: str | None = None
    ) -> list[RiskAlert]:
        """Return the alerts, oldest first, of one severity or type where it is given.

        Raises
        ------
        ArgumentError
            If there is no such severity.
        """
        if severity is not None:
            one_of("severity", severity, SEVERITIES)
        if alert_type is not None:
            text("alert_type", alert_type, "drawdown")
        return [
            alert
            for alert in self._alerts
            if severity in (None, alert["severity"])
            and alert_type in (None, alert["alert_type"])
        ]

    def _gate_state(self, symbol: str) -> int:
        return _ACTIVE if self._gate is None else int(self._gate.strictest(symbol))

    def _score(self, share: float) -> float:
        drawdown = self.current_drawdown / self.risk_level.max_drawdown_threshold
        return min(1.0, max(share / self.max_position_size, drawdown))

    def _reasons(
        self, symbol: str, worth: Fraction, share: float, *, too_large: bool
    ) -> list[str]:
        if worth <= 0:
            return [
                f"the portfolio is worth {_float(worth):g}; nothing can be added to it"
            ]
        reasons = [alert["message"] for alert in self._drawdown_alert()]
        if too_large:
            reasons.append(
                f"{symbol} would be {share:.2%} of the portfolio; {self.risk_level} "
                f"allows {self.max_position_size:.2%}"
            )
        return reasons

    def _drawdown_alert(self) -> list[dict[str, Any]]:
        if not self.is_in_breach:
            return []
        limit = self.risk_level.max_drawdown_threshold
        return [
            {
                "alert_type": "drawdown",
                "severity": "critical",
                "name": "portfolio",
                "value": self.current_drawdown,
                "limit": limit,
                "message": (
                    f"the drawdown of {self.current_drawdown:.2%} is beyond the "
                    f"{limit:.2%} that {self.risk_level} allows; only trades that "
                    "reduce a position are approved"
                ),
                "advice": "reduce positions until the portfolio has recovered",
            }
        ]

    def _concentrations(
        self, kind: str, shares: Mapping[str, float], limit: float
    ) -> list[dict[str, Any]]:
        return [
            {
                "alert_type": f"{kind}_concentration",
                "severity": "warning",
                "name": name,
                "value": share,
                "limit": limit,
                "message": (
                    f"{kind} {name} is {share:.2%} of gross exposure; the limit is "
                    f"{limit:.2%}"
                ),
                "advice": (
                    "give a sector for the positions that have none"
                    if name == UNCLASSIFIED and kind == "sector"
                    else f"reduce {kind} {name} to {limit:.2%} of gross exposure"
                ),
            }
            for name, share in shares.items()
            if share > limit
        ]


def _reduces(held: Fraction, after: Fraction) -> bool:
    # Closer to zero, or as close, and not on its other side.
    return abs(after) <= abs(held) and after * held >= 0


def _largest(
    wanted: Fraction, held: Fraction, most: Fraction, lot: Fraction
) -> Fraction:
    direction = 1 if wanted > 0 else -1
    room = max(Fraction(0), most - direction * held)
    return direction * min(abs(wanted), room // lot * lot)


def _length(history: Iterable[object] | None) -> int:
    if history is None:
        return 0
    if isinstance(history, Iterable) and not isinstance(history, str | bytes):
        return sum(1 for _ in history)
    msg = (
        "position_history must be a list of earlier trades, or empty; received "
        f"{history!r:.80}"
    )
    raise ArgumentError(msg)


def _share_of(part: Fraction, whole: Fraction) -> float:
    if whole > 0:
        return _float(part / whole)
    return math.inf if part else 0.0


def _float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _number(value: Fraction) -> float:
    """A size as a number that is not further from zero than the size itself."""
    if value.denominator == 1:
        return int(value)
    nearest = float(value)
    if abs(Fraction(Decimal(repr(nearest)))) > abs(value):
        return math.nextafter(nearest, 0.0)
    return nearest


def _word(used: float) -> str:
    if used <= 0.5:
        return "low"
    return "moderate" if used <= 0.8 else "high"


def _exposures(
    positions: Mapping[str, Position] | Sequence[Mapping[str, Any]],
    market_data: Mapping[str, Any],
) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
    names: dict[str, Fraction] = {}
    sector_of: dict[str, str] = {}
    for symbol, position in _by_symbol(positions):
        quote = market_data.get(symbol)
        value = _market_value(symbol, position, quote)
        given = quote.get("price") if isinstance(quote, Mapping) else quote
        if given is not None:  # looked at also where the position says its value
            _positive(f"price of {symbol}", given)
        names[symbol] = names.get(symbol, Fraction(0)) + value
        for source in (position, quote):
            if isinstance(source, Mapping) and source.get("sector") not in (None, ""):
                named = text(f"sector of {symbol}", source["sector"], "Technology")
                sector_of.setdefault(symbol, named)
    sectors: dict[str, Fraction] = {}
    for symbol, value in names.items():
        sector = sector_of.get(symbol, UNCLASSIFIED)
        sectors[sector] = sectors.get(sector, Fraction(0)) + abs(value)
    return names, sectors


def _by_symbol(
    positions: Mapping[str, Position] | Sequence[Mapping[str, Any]],
) -> Iterable[tuple[str, Position]]:
    if isinstance(positions, Mapping):
        for name in positions:
            text("a key of positions", name, "AAPL")
        return positions.items()
    example = "{'AAPL': 15000.0}, or a list of mappings with 'symbol'"
    positions = items("positions", positions, example)
    for at, position in enumerate(positions):
        if not isinstance(position, Mapping) or "symbol" not in position:
            msg = (
                f"positions[{at}] must be a mapping with 'symbol'; "
                f"received {position!r}"
            )
            raise ArgumentError(msg)
    return [(str(position["symbol"]), position) for position in positions]


def _market_value(symbol: str, position: Position, quote: Any) -> Fraction:
    if not isinstance(position, Mapping):
        return _exact(f"the market value of {symbol}", position)
    for key in ("market_value", "notional_value", "value"):
        if position.get(key) is not None:
            return _exact(f"{key} of {symbol}", position[key])
    price = position.get("price", position.get("current_price"))
    if price is None:
        price = quote.get("price") if isinstance(quote, Mapping) else quote
    if position.get("quantity") is None or price is None:
        msg = (
            f"{symbol} needs market_value, or quantity and a price (in the position or "
            f"in market_data); received {dict(position)!r}"
        )
        raise ArgumentError(msg)
    return _exact(f"quantity of {symbol}", position["quantity"]) * _positive(
        f"price of {symbol}", price
    )


def _exact(name: str, value: Any) -> Fraction:
    if is_number(value):
        return Fraction(decimal(name, value))
    msg = f"{name} must be a finite number; received {value!r:.80}"
    raise ArgumentError(msg)


def _positive(name: str, value: Any) -> Fraction:
    number = _exact(name, value)
    if number > 0:
        return number
    msg = f"{name} must be positive; received {value}"
    raise ArgumentError(msg)
