"""What every fit returns and needs: a model with its errors, and checks of its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.execution.impact._least_squares import Solution

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BPS", "Fit", "fit_of", "floats", "model_of", "positive"]

Model = TypeVar("Model")
BPS = 1e4


@dataclass(frozen=True, slots=True)
class Fit(Generic[Model]):
    """A fitted model and how sure it is.

    Attributes
    ----------
    model : ImpactModel
        With the estimated parameters, ready to use.
    estimates, standard_errors : mapping of str to float
        By parameter; only those that were estimated.
    observations : int
        Rows used.
    residual : float
        Standard deviation of what the model leaves unexplained, in basis points.
    r_squared : float
        Share of the variance explained; small even for a right model of single orders.
    """

    model: Model
    estimates: Mapping[str, float]
    standard_errors: Mapping[str, float]
    observations: int
    residual: float
    r_squared: float

    def interval(self, name: str, *, z: float = 1.96) -> tuple[float, float]:
        """Return ``estimate -+ z * standard error`` of a parameter.

        Raises
        ------
        ArgumentError
            If there is no such parameter.
        """
        if name not in self.estimates:
            there = ", ".join(self.estimates)
            msg = f"no parameter {name!r} was fitted; there are {there}"
            raise ArgumentError(msg)
        middle, error = self.estimates[name], self.standard_errors[name]
        return middle - z * error, middle + z * error


def model_of(kind: type[Model], **values: float) -> Model:
    """Return a model of fitted values, or say that they make none."""
    try:
        return kind(**values)
    except ArgumentError as error:
        msg = (
            f"the best fit is no {kind.__name__}: {error}. The data show no such "
            "impact, or too little of it for so much noise"
        )
        raise DataError(msg) from None


def fit_of(
    model: Model,
    names: list[str],
    solution: Solution,
    paid: NDArray[np.float64],
    predicted: Any,
) -> Fit[Model]:
    """Return a fit from what least squares found."""
    left = paid - np.asarray(predicted)
    deviation = np.sqrt(np.diag(solution.covariance))
    around = float(np.sum((paid - paid.mean()) ** 2))
    return Fit(
        model,
        MappingProxyType(floats(dict(zip(names, solution.values, strict=True)))),
        MappingProxyType(floats(dict(zip(names, deviation, strict=True)))),
        len(paid),
        float(np.sqrt(float(left @ left) / max(len(paid) - len(names), 1))),
        1.0 - float(left @ left) / around if around > 0 else 0.0,
    )


def floats(values: Mapping[str, Any]) -> dict[str, float]:
    """Return plain floats."""
    return {name: float(value) for name, value in values.items()}


def positive(**given: NDArray[np.float64]) -> None:
    """Refuse rows that are missing or not above 0."""
    for name, values in given.items():
        if len(values) == 0 or not np.all(values > 0):
            worst = values.min() if len(values) else "nothing"
            msg = f"{name} must be above 0 in every row; received {worst}"
            raise DataError(msg)
