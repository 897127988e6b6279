"""A portfolio problem as amounts of moves, the form that `_core.kelly` solves.

From the holdings (cut to the limits), each asset may move up and down. A move ends
where the price of going on changes: at zero, where a sale becomes a short sale. Within
a move the weight, its absolute value, the turnover and the costs are all straight
lines, so every limit is a row of numbers. Costs rise along the way, never fall, so an
optimum has no reason to take a later piece of the way before an earlier one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ai_trading.core.errors import ArgumentError
from ai_trading.core.exact import instance
from ai_trading.core.optional import needs_core
from ai_trading.risk.kelly.limits import PortfolioLimits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from numpy.typing import NDArray


# What breaking a limit by 1 costs in growth, at first and at last. No limit is worth
# the first in any ordinary problem; beyond the last the limits are said to contradict.
PENALTIES = (1e2, 1e4)


def compiled() -> ModuleType:
    """Return the solver, which sizing single bets does without."""
    with needs_core():
        from ai_trading._core import kelly
    return kelly


@dataclass(frozen=True, slots=True)
class Charges:
    """What trading and holding cost, as fractions of what is traded or held."""

    trade: NDArray[np.float64]
    short: NDArray[np.float64]
    borrow: float
    rate: float


@dataclass(frozen=True, slots=True)
class Moves:
    """The moves of a problem and what limits them."""

    anchor: NDArray[np.float64]  # weights with no move
    spent: float  # costs of getting there
    asset: NDArray[np.int64]
    sign: NDArray[np.float64]
    offset: NDArray[np.float64]
    upper: NDArray[np.float64]
    rows: NDArray[np.float64]
    room: NDArray[np.float64]  # what the anchor leaves of each limit; may be negative
    names: tuple[str, ...]

    def weights(self, amounts: NDArray[np.float64]) -> NDArray[np.float64]:
        found = self.anchor.copy()
        held = self.asset >= 0
        moved = self.sign[held] * amounts[: self.asset.size][held]
        np.add.at(found, self.asset[held], moved)
        return found

    def arrays(
        self, penalty: float, start: NDArray[np.float64]
    ) -> dict[str, NDArray[np.generic]]:
        """Return the arguments of the solver, with a way out of every broken limit."""
        missing = self.rows @ start - self.room if len(self.room) else self.room
        broken = np.flatnonzero(missing > 0.0)
        many, extra = self.asset.size, broken.size
        moves = np.zeros(many + extra, compiled().move_dtype)
        moves["asset"][:many], moves["asset"][many:] = self.asset, -1
        moves["sign"] = 1.0
        moves["sign"][:many] = self.sign
        moves["offset"][:many] = self.offset
        moves["upper"][:many], moves["upper"][many:] = self.upper, missing[broken]
        moves["price"][many:] = penalty
        rows = np.zeros((len(self.room), many + extra))
        rows[:, :many] = self.rows
        rows[broken, many + np.arange(extra)] = -1.0
        return {
            "moves": moves,
            "rows": rows,
            "limits": self.room,
            "start": np.concatenate([start, missing[broken]]),
        }

    def to_cash(self) -> NDArray[np.float64]:
        """Return the amounts that sell (or buy back) everything."""
        toward = self.anchor[np.maximum(self.asset, 0)] * self.sign < 0.0
        return np.where((self.asset >= 0) & toward, self.upper, 0.0)


def moves_between(
    symbols: Sequence[str],
    limits: PortfolioLimits | None,
    holdings: NDArray[np.float64],
    charges: Charges,
) -> Moves:
    """Return the moves from the holdings within the limits."""
    limits = PortfolioLimits() if limits is None else limits
    instance("limits", limits, PortfolioLimits)
    low, high = limits.bounds(symbols)
    matters = limits.turnover is not None or bool(np.any(charges.trade > 0.0))
    anchor = np.clip(holdings if matters else np.zeros(len(symbols)), low, high)
    # Up to zero or to the top, on from zero, and the same down.
    stop_up = np.where((anchor < 0.0) & (high > 0.0), 0.0, high)
    stop_down = np.where((anchor > 0.0) & (low < 0.0), 0.0, low)
    lengths = np.concatenate(
        [stop_up - anchor, high - stop_up, anchor - stop_down, stop_down - low]
    )
    many = len(symbols)
    kept = np.flatnonzero(lengths > 0.0)
    asset, kind = kept % many, kept // many
    sign = np.where(kind < 2, 1.0, -1.0)
    # Which side of zero a move is on: 1 long, -1 short.
    side = np.where(kind == 0, np.where(anchor[asset] < 0.0, -1.0, 1.0), 1.0)
    side = np.where(kind == 2, np.where(anchor[asset] > 0.0, 1.0, -1.0), side)
    side = np.where(kind == 3, -1.0, side)
    grows = sign * side  # 1 where the absolute weight grows along the move
    offset = -sign * charges.rate - charges.trade[asset]
    offset -= np.where(side < 0.0, grows * charges.short[asset], 0.0)
    table = _Rows(limits, symbols, anchor, asset, sign, grows)
    forced = np.abs(anchor - holdings) if matters else np.zeros(many)
    rows, room, names = table.build(float(forced.sum()))
    spent = float(charges.trade @ forced + charges.short @ np.maximum(-anchor, 0.0))
    found = Moves(anchor, spent, asset, sign, offset, lengths[kept], rows, room, names)
    return _with_borrowing(found, limits, charges.borrow) if charges.borrow else found


class _Rows:
    """Rows of limits, in the order of their names."""

    def __init__(  # noqa: PLR0917 - what a row is made of
        self,
        limits: PortfolioLimits,
        symbols: Sequence[str],
        anchor: NDArray[np.float64],
        asset: NDArray[np.int64],
        sign: NDArray[np.float64],
        grows: NDArray[np.float64],
    ) -> None:
        self.limits, self.symbols, self.anchor = limits, symbols, anchor
        self.asset, self.sign, self.grows = asset, sign, grows
        self.rows: list[NDArray[np.float64]] = []
        self.room: list[float] = []
        self.names: list[str] = []

    def build(
        self, forced: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[str, ...]]:
        limits, everyone = self.limits, np.ones(len(self.symbols), dtype=bool)
        self._gross("gross", everyone, limits.gross)
        self._net("net", everyone, *limits.net)
        for sector, pair in limits.sector_net.items():
            self._net(f"sector_net[{sector}]", self._members(sector), *pair)
        for sector, most in limits.sector_gross.items():
            self._gross(f"sector_gross[{sector}]", self._members(sector), most)
        if limits.turnover is not None:
            self._add("turnover", np.ones(self.asset.size), limits.turnover - forced)
        rows = np.array(self.rows).reshape(len(self.rows), self.asset.size)
        return np.ascontiguousarray(rows), np.array(self.room), tuple(self.names)

    def _members(self, sector: str) -> NDArray[np.bool_]:
        return self.limits.members(sector, self.symbols)

    def _gross(self, name: str, members: NDArray[np.bool_], most: float) -> None:
        row = np.where(members[self.asset], self.grows, 0.0)
        self._add(name, row, most - float(np.abs(self.anchor[members]).sum()))

    def _net(
        self,
        name: str,
        members: NDArray[np.bool_],
        low: float | None,
        high: float | None,
    ) -> None:
        row = np.where(members[self.asset], self.sign, 0.0)
        held = float(self.anchor[members].sum())
        if high is not None:
            self._add(f"{name} most", row, high - held)
        if low is not None:
            self._add(f"{name} least", -row, held - low)

    def _add(self, name: str, row: NDArray[np.float64], room: float) -> None:
        self.rows.append(row)
        self.room.append(room)
        self.names.append(name)


def _with_borrowing(moves: Moves, limits: PortfolioLimits, spread: float) -> Moves:
    """Add the move of borrowing, which costs the spread on what is bought beyond 1."""
    row = np.append(np.where(moves.asset >= 0, moves.sign, 0.0), -1.0)
    rows = np.column_stack([moves.rows, np.zeros(len(moves.rows))])
    return Moves(
        moves.anchor,
        moves.spent,
        np.append(moves.asset, -1),
        np.append(moves.sign, 1.0),
        np.append(moves.offset, -spread),
        np.append(moves.upper, max(limits.gross, 1.0)),
        np.vstack([rows, row]),
        np.append(moves.room, 1.0 - float(moves.anchor.sum())),
        (*moves.names, "borrowing"),
    )


def refuse_contradiction(
    moves: Moves, left: NDArray[np.float64], rows: NDArray[np.float64]
) -> None:
    """Raise where a way out of a broken limit is still in use."""
    if not np.any(left > 1e-9):
        return
    extra = rows[:, moves.asset.size :]
    names = [
        f"{moves.names[int(np.flatnonzero(extra[:, k])[0])]} by {left[k]:.3g}"
        for k in np.flatnonzero(left > 1e-9)
    ]
    msg = (
        f"no portfolio is within all limits and survives every scenario; the nearest "
        f"misses {', '.join(names)}. Loosen a limit, or allow cash"
    )
    raise ArgumentError(msg)
