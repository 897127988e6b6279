"""Signals: what a strategy believes, and how several beliefs become one.

A signal names a symbol and a side and says how strongly, and how surely, it is held. It
is not an order: nothing here knows prices, positions or money.

Units: strength, confidence and risk score are fractions from 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from ai_trading.core.enums import OrderSide
from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import instance, is_number, items, one_of, real

__all__ = [
    "MAX_RISK_SCORE",
    "MIN_CONFIDENCE",
    "SignalAggregator",
    "SignalProcessor",
    "StrategySignal",
    "generated",
    "refusal",
]

MIN_CONFIDENCE = 0.3
"""Confidence below which a signal is not acted on."""

MAX_RISK_SCORE = 0.8
"""Risk score above which a signal is not acted on."""

Method: TypeAlias = Literal["weighted_average", "consensus", "strongest"]


@dataclass(frozen=True, slots=True, init=False)
class StrategySignal:
    """A belief that a symbol should be bought or sold.

    Parameters
    ----------
    symbol : str
        What to trade.
    side : OrderSide or str
        ``"buy"``, ``"sell"`` or ``"sell_short"``.
    strength : float
        How far to act; clamped to [0, 1].
    confidence : float, default 1.0
        How sure the strategy is; clamped to [0, 1].
    **options
        ``risk_score`` (clamped to [0, 1]; 0.5 where nothing is said), and whatever
        else the strategy wants to remember, such as ``strategy_id``, ``price_target``,
        ``stop_loss`` or ``timestamp``. Each is readable as an attribute.

    Raises
    ------
    ArgumentError
        If the symbol is empty, the side unknown, or a number is not one.

    Examples
    --------
    >>> signal = StrategySignal("AAPL", "buy", 1.5, confidence=0.5, stop_loss=140.0)
    >>> signal.strength, signal.weighted_strength, signal.stop_loss
    (1.0, 0.5, 140.0)
    """

    symbol: str
    side: OrderSide
    strength: float
    confidence: float
    risk_score: float
    options: Mapping[str, Any] = field(hash=False)

    def __init__(
        self,
        symbol: str,
        side: OrderSide | str,
        strength: float,
        confidence: float = 1.0,
        **options: Any,
    ) -> None:
        if not isinstance(symbol, str) or not symbol:
            msg = f"symbol must be a text that is not empty; received {symbol!r}"
            raise ArgumentError(msg)
        try:
            known_side = OrderSide(side)
        except ValueError:
            allowed = ", ".join(OrderSide)
            msg = f"side must be one of {allowed}; received {side!r}"
            raise ArgumentError(msg) from None
        risk = _fraction("risk_score", options.pop("risk_score", 0.5))
        for name, value in (
            ("symbol", symbol),
            ("side", known_side),
            ("strength", _fraction("strength", strength)),
            ("confidence", _fraction("confidence", confidence)),
            ("risk_score", risk),
            ("options", options),
        ):
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        # Only reached for names that are no field; never for a half-made object.
        if name != "options" and not name.startswith("__") and name in self.options:
            return self.options[name]
        msg = f"signal has no attribute or option {name!r}"
        raise AttributeError(msg)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.to_dict(),)

    @property
    def weighted_strength(self) -> float:
        """Strength times confidence."""
        return self.strength * self.confidence

    @property
    def is_buy(self) -> bool:
        """True for a buy."""
        return self.side is OrderSide.BUY

    @property
    def is_sell(self) -> bool:
        """True for either kind of sale."""
        return not self.is_buy

    @property
    def net(self) -> float:
        """Weighted strength, negative for a sale."""
        return self.weighted_strength if self.is_buy else -self.weighted_strength

    def to_dict(self) -> dict[str, Any]:
        """Return all of it; ``StrategySignal(**signal.to_dict())`` is equal to it."""
        return {
            "symbol": self.symbol,
            "side": str(self.side),
            "strength": self.strength,
            "confidence": self.confidence,
            "risk_score": self.risk_score,
            **self.options,
        }


def _signals(signals: Iterable[StrategySignal]) -> tuple[StrategySignal, ...]:
    example = "StrategySignal('AAPL', 'buy', 0.5)"
    given = items("signals", signals, f"[{example}]")
    return tuple(instance("a signal", one, StrategySignal, example) for one in given)


def _rebuild(values: dict[str, Any]) -> StrategySignal:
    return StrategySignal(**values)


def _fraction(name: str, value: float) -> float:
    try:
        number = float(value) if is_number(value) else math.nan
    except OverflowError:
        number = math.inf if value > 0 else -math.inf
    if math.isnan(number):
        msg = f"{name} must be a number; received {value!r}"
        raise ArgumentError(msg)
    return min(max(number, 0.0), 1.0)


def refusal(
    signal: StrategySignal,
    *,
    min_confidence: float = MIN_CONFIDENCE,
    max_risk_score: float = MAX_RISK_SCORE,
) -> str | None:
    """Return why a signal should not be acted on, None where it may be.

    Examples
    --------
    >>> refusal(StrategySignal("AAPL", "buy", 0.8, confidence=0.2))
    'low_confidence'
    """
    instance("signal", signal, StrategySignal, "StrategySignal('AAPL', 'buy', 0.5)")
    if signal.strength <= 0:
        return "no_strength"
    if signal.confidence < min_confidence:
        return "low_confidence"
    if signal.risk_score > max_risk_score:
        return "high_risk"
    return None


class SignalAggregator:
    """Make one signal per symbol out of many, buys and sells offsetting.

    Parameters
    ----------
    majority : float, default 0.5
        Share of a symbol's signals that must point one way for a consensus; more than
        this, and at least half.

    Examples
    --------
    >>> buy = StrategySignal("AAPL", "buy", 0.9)
    >>> sell = StrategySignal("AAPL", "sell", 0.4)
    >>> round(SignalAggregator().aggregate_signals([buy, sell])[0].strength, 9)
    0.25
    """

    def __init__(self, majority: float = 0.5) -> None:
        if not 0.5 <= real("majority", majority) < 1:
            msg = f"majority must lie in [0.5, 1); received {majority!r}"
            raise ArgumentError(msg)
        self.majority = majority

    def aggregate_signals(
        self,
        signals: Iterable[StrategySignal],
        method: Method = "weighted_average",
    ) -> list[StrategySignal]:
        r"""Return at most one signal per symbol, in the order symbols first appear.

        Parameters
        ----------
        signals : iterable of StrategySignal
            Of any number of strategies; their order within a symbol does not matter.
        method : {"weighted_average", "consensus", "strongest"}
            See Notes.

        Returns
        -------
        list of StrategySignal
            A symbol whose signals cancel out, or find no consensus, is left out.

        Raises
        ------
        ArgumentError
            If the method is unknown.

        Notes
        -----
        With strength :math:`s_i`, confidence :math:`c_i` and :math:`d_i = +1` for a buy
        and :math:`-1` for a sale, ``weighted_average`` has the side of
        :math:`n = \sum d_i c_i s_i / \sum c_i`, the strength :math:`|n|` and the mean
        confidence. ``consensus`` is the same where more than `majority` of the signals
        with any weight point to that side, its confidence multiplied by their share.
        ``strongest`` is the signal of the largest :math:`c_i s_i` as it stands; equally
        strong ones on both sides offset each other.
        """
        combine = {
            "weighted_average": _weighted_average,
            "consensus": self._consensus,
            "strongest": _strongest,
        }[one_of("method", method, get_args(Method))]
        by_symbol: dict[str, list[StrategySignal]] = {}
        for signal in _signals(signals):
            by_symbol.setdefault(signal.symbol, []).append(signal)
        found = (combine(symbol, group) for symbol, group in by_symbol.items())
        return [signal for signal in found if signal is not None]

    def _consensus(
        self, symbol: str, group: list[StrategySignal]
    ) -> StrategySignal | None:
        voices = [signal for signal in group if signal.net != 0]
        together = _weighted_average(symbol, voices)
        if together is None:
            return None
        agreeing = sum(signal.is_buy == together.is_buy for signal in voices)
        share = agreeing / len(voices)
        if share <= self.majority:
            return None
        return _with(together, confidence=together.confidence * share)


def _weighted_average(
    symbol: str, group: list[StrategySignal]
) -> StrategySignal | None:
    # fsum is exact before it rounds, so the order of the signals does not matter.
    weight = math.fsum(signal.confidence for signal in group)
    net = math.fsum(signal.net for signal in group)
    if weight == 0 or net == 0:
        return None
    return StrategySignal(
        symbol,
        OrderSide.BUY if net > 0 else OrderSide.SELL,
        abs(net) / weight,
        weight / len(group),
        risk_score=max(signal.risk_score for signal in group),
        combined=len(group),
    )


def _strongest(_symbol: str, group: list[StrategySignal]) -> StrategySignal | None:
    most = max(signal.weighted_strength for signal in group)
    best = [signal for signal in group if signal.weighted_strength == most]
    if most == 0 or any(signal.is_buy != best[0].is_buy for signal in best):
        return None
    # Among equals the surest, then the least risky: not the one that came first.
    return max(best, key=lambda s: (s.confidence, -s.risk_score, str(s.side)))


def _with(signal: StrategySignal, **changes: Any) -> StrategySignal:
    return StrategySignal(**{**signal.to_dict(), **changes})


@dataclass(frozen=True, slots=True)
class _Refused:
    signal: StrategySignal
    reason: str


class SignalProcessor:
    """Leave out what should not be acted on, combine the rest, the strongest first.

    Parameters
    ----------
    aggregator : SignalAggregator, optional
        Combines the signals of a symbol.
    method : {"weighted_average", "consensus", "strongest"}
        How it does.
    min_confidence, max_risk_score : float
        Signals beyond these are left out, before and after they are combined.

    Attributes
    ----------
    refused : tuple
        The signals that the last call left out, each with its ``signal`` and
        ``reason``.

    Raises
    ------
    ArgumentError
        If the method is none of these, a bound no finite number, or the aggregator
        does not aggregate.

    Examples
    --------
    >>> processor = SignalProcessor(method="strongest")
    >>> weak = StrategySignal("AAPL", "buy", 0.9, confidence=0.1)
    >>> processor.process_signals([weak, StrategySignal("MSFT", "sell", 0.4)])[0].symbol
    'MSFT'
    >>> processor.refused[0].reason
    'low_confidence'
    """

    def __init__(
        self,
        aggregator: SignalAggregator | None = None,
        *,
        method: Method = "weighted_average",
        min_confidence: float = MIN_CONFIDENCE,
        max_risk_score: float = MAX_RISK_SCORE,
    ) -> None:
        if aggregator is None:
            aggregator = SignalAggregator()
        instance("aggregator", aggregator, SignalAggregator, "SignalAggregator()")
        self.aggregator = aggregator
        one_of("method", method, get_args(Method))
        self.method: Method = method
        self.min_confidence = real("min_confidence", min_confidence)
        self.max_risk_score = real("max_risk_score", max_risk_score)
        self.refused: tuple[_Refused, ...] = ()

    def process_signals(
        self, signals: Iterable[StrategySignal]
    ) -> list[StrategySignal]:
        """Return what to act on, the largest weighted strength first."""
        refused: list[_Refused] = []
        fit = self._fit(signals, refused)
        combined = self.aggregator.aggregate_signals(fit, self.method)
        chosen = self._fit(combined, refused)
        self.refused = tuple(refused)
        return sorted(chosen, key=lambda s: (-s.weighted_strength, s.symbol))

    def _fit(
        self, signals: Iterable[StrategySignal], refused: list[_Refused]
    ) -> list[StrategySignal]:
        fit = []
        for signal in _signals(signals):
            reason = refusal(
                signal,
                min_confidence=self.min_confidence,
                max_risk_score=self.max_risk_score,
            )
            if reason is None:
                fit.append(signal)
            else:
                refused.append(_Refused(signal, reason))
        return fit


def generated(name: str, found: object) -> list[StrategySignal]:
    """Return what a strategy's ``generate_signals`` answered, if it is signals.

    Raises
    ------
    ArgumentError
        If it is something else, such as the None of a forgotten ``return``.
    """
    if isinstance(found, Iterable) and not isinstance(found, str | Mapping):
        signals: list[Any] = list(found)
        if all(isinstance(signal, StrategySignal) for signal in signals):
            return signals
        found = signals
    msg = (
        f"{name}.generate_signals must return a list of StrategySignal, empty where "
        f"there is nothing to do; received {found!r:.200}"
    )
    raise ArgumentError(msg)
