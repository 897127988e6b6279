r"""What a parent order cost against the price at which it was decided.

Everything is a **cost**: positive is money lost, for buys and sales alike. With side
:math:`s` (+1 buys, -1 sells), :math:`X` wanted, fills :math:`q_i` at :math:`p_i` that
sum to :math:`Q`, decision price :math:`P_d`, price at release :math:`P_0`, price at the
end :math:`P_e`, and fees :math:`F`, the shortfall of the real portfolio behind the
paper one [1]_ is

.. math::

   \underbrace{s\,Q (P_0 - P_d)}_{\text{delay}}
   + \underbrace{\sum s\,q_i (p_i - P_0)}_{\text{trading}}
   + \underbrace{s\,(X - Q) (P_e - P_d)}_{\text{opportunity}} + F .

Trading is parted further by the market :math:`m_i` at each fill, the middle of the
touch just before it: **impact** :math:`\sum s\,q_i (p_i - m_i)` is what was conceded to
the other side at the moment of trading, **timing** :math:`\sum s\,q_i (m_i - P_0)` is
where the market went while the order was worked. Wagner and Edwards [2]_ part the same
two at the moment a piece is released to a broker; a fill's own moment is taken here,
since a child that waits is moved without being sent anew. Timing therefore holds the
permanent impact of one's own earlier fills as well: no record can tell it from drift.

That is the split of the CFA curriculum: delay on what was filled. Kissell [3]_ counts
delay on everything wanted and opportunity from the release, ``convention="wanted"``;
both sum to the same.

Money is `Decimal` and exact: components sum to the whole to the last digit. Only ratios
(basis points) are floats.

References
----------
.. [1] A. Perold, "The implementation shortfall: paper versus reality", Journal of
   Portfolio Management 14(3), 1988.
.. [2] W. Wagner and M. Edwards, "Best execution", Financial Analysts Journal 49(1),
   1993.
.. [3] R. Kissell, "The expanded implementation shortfall", Journal of Trading 1(3),
   2006.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, localcontext
from typing import TYPE_CHECKING, Literal

from ai_trading.core.enums import OrderSide
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import Number, decimal, items, one_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["COMPONENTS", "Convention", "Shortfall", "implementation_shortfall", "split"]

Convention = Literal["filled", "wanted"]

COMPONENTS = ("delay", "impact", "timing", "trading", "opportunity", "fees", "total")
"""What a `Shortfall` is made of; trading is impact and timing."""

_EXACT = Context(prec=150, traps=[Inexact])
_BPS = Decimal(10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """Costs of one parent in currency units; positive is lost.

    Attributes
    ----------
    side : OrderSide
    quantity, filled : Decimal
        Wanted and traded.
    decision, release : Decimal
    end : Decimal or None
        Prices at the decision, when the order went to the market, and at the end; the
        last matters only where something was left.
    paper : Decimal
        Quantity wanted at the decision price: what costs are a share of.
    delay, trading, opportunity, fees : Decimal
        They sum to `total`.
    impact, timing : Decimal or None
        They sum to `trading`; None where the market at the fills is not known.
    convention : {"filled", "wanted"}
        Whether delay is counted on what was filled or on all that was wanted.
    """

    side: OrderSide
    quantity: Decimal
    filled: Decimal
    decision: Decimal
    release: Decimal
    end: Decimal | None
    paper: Decimal
    delay: Decimal
    trading: Decimal
    opportunity: Decimal
    fees: Decimal
    impact: Decimal | None = None
    timing: Decimal | None = None
    convention: Convention = "filled"

    @property
    def total(self) -> Decimal:
        """The implementation shortfall."""
        with _exact():
            return self.delay + self.trading + self.opportunity + self.fees

    def bps(self, component: str = "total") -> float:
        """Return a component in basis points of `paper`; NaN where it is not known.

        Raises
        ------
        ArgumentError
            If there is no such component.
        """
        if component not in COMPONENTS:
            allowed = ", ".join(COMPONENTS)
            msg = f"component must be one of {allowed}; received {component!r}"
            raise ArgumentError(msg)
        amount: Decimal | None = getattr(self, component)
        return float("nan") if amount is None else float(amount * _BPS / self.paper)


def implementation_shortfall(
    side: OrderSide | str,
    quantity: Number,
    fills: Iterable[tuple[Number, Number]],
    *,
    decision: Number,
    release: Number | None = None,
    end: Number | None = None,
    fees: Number = 0,
    market: Iterable[Number] | None = None,
    multiplier: Number = 1,
    convention: Convention = "filled",
) -> Shortfall:
    """Split the shortfall of one parent, from numbers by hand.

    Parameters
    ----------
    side : OrderSide or str
    quantity : number
        Wanted.
    fills : iterable of (quantity, price)
        What was traded; may be empty.
    decision : number
        Price at which it was decided.
    release : number, optional
        Price when the order went to the market; `decision` by default, so no delay.
    end : number, optional
        Price that what is left is valued at; needed where something is left.
    fees : number, default 0
        Paid; rebates taken off.
    market : iterable of number, optional
        The middle of the touch before each fill: parts trading in impact and timing.
    multiplier : number, default 1
        Currency units per unit of price and quantity.
    convention : {"filled", "wanted"}
        See the module.

    Raises
    ------
    ArgumentError
        If a number is no number or not positive where it must be, the fills are no
        pairs, more is filled than wanted, or numbers are of sizes so different that
        their sums could not be exact.
    DataError
        If something is left and `end` is missing.

    Examples
    --------
    The example of the CFA curriculum: 1,000 wanted, decided at 10.00, released at
    10.05, 700 filled at 10.07, fees 14, end 10.08.

    >>> cost = implementation_shortfall("buy", 1000, [(700, "10.07")], decision="10",
    ...                                 release="10.05", end="10.08", fees=14)
    >>> [round(cost.bps(part), 9) for part in ("delay", "trading", "opportunity")]
    [35.0, 14.0, 24.0]
    >>> cost.bps("fees"), cost.bps(), cost.total
    (14.0, 87.0, Decimal('87.00'))
    """
    direction = _side(side)
    wanted = _positive("quantity", quantity)
    given = [
        (_positive("a fill's quantity", q), decimal("a fill's price", p))
        for q, p in _pairs(fills)
    ]
    decided = _positive("decision", decision)
    with _exact():
        filled = sum((q for q, _ in given), Decimal(0))
        value = sum((q * p for q, p in given), Decimal(0))
        worth = None
        if market is not None:
            seen = items("market", market, "[100.01, 100.02]")
            prices = [decimal("market", price) for price in seen]
            if len(prices) != len(given):
                msg = (
                    "market must have one price for every fill; received "
                    f"{len(prices)} for {len(given)} fills"
                )
                raise ArgumentError(msg)
            worth = sum(
                (q * m for (q, _), m in zip(given, prices, strict=True)), Decimal(0)
            )
    return split(
        direction,
        wanted,
        filled,
        value,
        decision=decided,
        release=decided if release is None else _positive("release", release),
        end=None if end is None else decimal("end", end),
        fees=decimal("fees", fees),
        market_value=worth,
        multiplier=_positive("multiplier", multiplier),
        convention=convention,
    )


def split(
    side: OrderSide,
    quantity: Decimal,
    filled: Decimal,
    value: Decimal,
    *,
    decision: Decimal,
    release: Decimal,
    end: Decimal | None,
    fees: Decimal,
    market_value: Decimal | None = None,
    multiplier: Decimal = Decimal(1),
    convention: Convention = "filled",
) -> Shortfall:
    """Split a shortfall from sums; see `implementation_shortfall`.

    Parameters
    ----------
    filled, value, market_value : Decimal
        Sums over the fills of quantity, quantity times price, and quantity times the
        market's price.

    Raises
    ------
    ArgumentError
        If more is filled than wanted, or the convention is none.
    DataError
        If something is left and there is no price at the end.
    """
    one_of("convention", convention, ("filled", "wanted"))
    if filled > quantity:
        msg = (
            f"{filled:f} filled of {quantity:f} wanted; the wanted quantity must be at "
            "least what was filled. Count an overfill as wanted"
        )
        raise ArgumentError(msg)
    left = quantity - filled
    if left and end is None:
        msg = (
            f"{left:f} of {quantity:f} was not filled, and no price at the end is "
            "known to value it at; give an end price, or market data that reaches it"
        )
        raise DataError(msg)
    with _exact():
        unit = side.sign * multiplier
        missed = left * (end - decision) if end is not None and left else Decimal(0)
        late = release - decision
        impact = timing = None
        if market_value is not None:
            impact = unit * (value - market_value)
            timing = unit * (market_value - filled * release)
        if convention == "wanted":
            delay, missed = quantity * late, missed - left * late
        else:
            delay = filled * late
        return Shortfall(
            side=side,
            quantity=quantity,
            filled=filled,
            decision=decision,
            release=release,
            end=end,
            paper=quantity * decision * multiplier,
            delay=unit * delay,
            trading=unit * (value - filled * release),
            opportunity=unit * missed,
            fees=fees,
            impact=impact,
            timing=timing,
            convention=convention,
        )


@contextmanager
def _exact() -> Iterator[None]:
    """Compute without rounding, or refuse."""
    try:
        with localcontext(_EXACT):
            yield
    except Inexact:
        msg = (
            f"quantities and prices differ by more than {_EXACT.prec} digits, so that "
            "their sums would be rounded. Are the units right?"
        )
        raise ArgumentError(msg) from None


def _pairs(fills: Iterable[tuple[Number, Number]]) -> list[tuple[Number, Number]]:
    try:
        return [(quantity, price) for quantity, price in fills]
    except (TypeError, ValueError):
        msg = (
            "fills must be pairs of quantity and price, such as [(700, '10.07')]; "
            f"received {fills!r:.80}"
        )
        raise ArgumentError(msg) from None


def _side(side: OrderSide | str) -> OrderSide:
    try:
        return OrderSide(side)
    except ValueError:
        msg = f"side must be one of {', '.join(OrderSide)}; received {side!r}"
        raise ArgumentError(msg) from None


def _positive(name: str, value: Number) -> Decimal:
    exact = decimal(name, value)
    if exact <= 0:
        msg = f"{name} must be above 0; received {value!r}"
        raise ArgumentError(msg)
    return exact
