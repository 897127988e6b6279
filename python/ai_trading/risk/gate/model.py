"""The risk model behind the gate's value at risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import items
from ai_trading.core.optional import needs_core
from ai_trading.risk import checks

with needs_core():
    from ai_trading._core import risk as _core

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["FactorModel"]

_ONE: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class FactorModel:
    r"""Loadings of names on factors of unit variance, and what is their own.

    Attributes
    ----------
    loadings : mapping of str to tuple of float
        By symbol, as deviations of its return: at most eight.
    own : mapping of str to float
        Deviation of the part of its return that no factor explains.

    Notes
    -----
    The variance of a book x is :math:`|B^\top x|^2 + \sum_i (d_i x_i)^2`. The gate
    keeps both sums as positions change, so that an order costs the same however many
    names there are. Loadings are held in :math:`2^{-30}`.
    """

    loadings: Mapping[str, tuple[float, ...]]
    own: Mapping[str, float]

    def __post_init__(self) -> None:
        if set(self.loadings) != set(self.own):
            msg = "loadings and own must have the same symbols"
            raise ArgumentError(msg)
        for symbol, row in self.loadings.items():
            if len(row) > _core.factors:
                msg = (
                    f"{symbol} has {len(row)} loadings; the gate takes {_core.factors} "
                    "factors at most. Keep the largest"
                )
                raise ArgumentError(msg)
            for value in (*row, self.own[symbol]):
                if not np.isfinite(value) or abs(value) >= 2:
                    msg = (
                        f"a loading of {symbol} is {value!r}; a deviation is a "
                        "fraction below 2, such as 0.02"
                    )
                    raise ArgumentError(msg)

    @classmethod
    def from_returns(
        cls, returns: ArrayLike, symbols: Sequence[str], *, factors: int = 8
    ) -> FactorModel:
        """Fit the principal factors of the sample's covariance.

        Parameters
        ----------
        returns : array_like of shape (n_periods, n_names)
            Simple returns; NaN is rejected.
        symbols : sequence of str
        factors : int, default 8
            At most eight; what they leave of a name's variance is its own.

        Raises
        ------
        ArgumentError
            If there are not as many symbols as columns, or the factors are not 1 to 8.
        DataError
            If a value is not finite, or there are fewer than two periods.

        Examples
        --------
        >>> model = FactorModel.from_returns([[0.01, 0.02], [-0.01, -0.02]], ["A", "B"])
        >>> round(model.loadings["B"][0] / model.loadings["A"][0], 6)
        2.0
        """
        sample = checks.scenarios(returns)
        symbols = items("symbols", symbols, "['AAPL']")
        if len(symbols) != sample.shape[1]:
            msg = (
                f"returns have {sample.shape[1]} columns for {len(symbols)} symbols; "
                "give one symbol for each column"
            )
            raise ArgumentError(msg)
        if sample.shape[0] < 2:
            msg = "a covariance needs two periods at least; received one"
            raise DataError(msg)
        kept = checks.count("factors", factors, 1)
        if kept > _core.factors:
            msg = f"factors must be 1 to {_core.factors}; received {factors}"
            raise ArgumentError(msg)
        covariance = np.atleast_2d(np.cov(sample, rowvar=False))
        values, vectors = np.linalg.eigh(covariance)
        order = np.argsort(values)[::-1][:kept]
        loadings = vectors[:, order] * np.sqrt(np.maximum(values[order], 0.0))
        left = np.diag(covariance) - (loadings**2).sum(axis=1)
        own = np.sqrt(np.maximum(left, 0.0))
        return cls(
            {
                s: tuple(map(float, row))
                for s, row in zip(symbols, loadings, strict=True)
            },
            {s: float(d) for s, d in zip(symbols, own, strict=True)},
        )

    def to_core(self, symbol: str) -> tuple[list[int], int]:
        """Return a name's loadings in 2^-30."""
        return (
            [round(value * _ONE) for value in self.loadings[symbol]],
            round(self.own[symbol] * _ONE),
        )
