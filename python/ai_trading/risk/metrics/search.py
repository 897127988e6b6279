"""Small searches for an optimum: one dimension, and smooth in a few."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["golden", "minimize"]

_RATIO = (math.sqrt(5.0) - 1.0) / 2.0


def golden(
    function: Callable[[float], float], low: float, high: float, width: float
) -> float:
    """Return where a function with one minimum in an interval has it.

    Golden section: the interval shrinks by 0.618 with every call until it is `width`.
    """
    a, b = high - _RATIO * (high - low), low + _RATIO * (high - low)
    at_a, at_b = function(a), function(b)
    while high - low > width:
        if at_a < at_b:
            high, b, at_b = b, a, at_a
            a = high - _RATIO * (high - low)
            at_a = function(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + _RATIO * (high - low)
            at_b = function(b)
    return 0.5 * (low + high)


def minimize(
    function: Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]],
    start: NDArray[np.float64],
    *,
    slope: float = 1e-8,
    steps: int = 500,
) -> tuple[NDArray[np.float64], bool]:
    """Return where a smooth function is least, by BFGS, and whether it was reached.

    `function` returns value and gradient; an infinite value marks forbidden ground.
    Reached means a gradient of at most `slope` in every direction, or no step that
    makes the value less.
    """
    x = start.copy()
    value, gradient = function(x)
    inverse = np.eye(x.size) / max(1.0, float(np.abs(gradient).max()))
    for _ in range(steps):
        if float(np.abs(gradient).max()) <= slope:
            return x, True
        direction = -inverse @ gradient
        downhill = float(direction @ gradient)
        if downhill >= 0.0:
            inverse = np.eye(x.size) / max(1.0, float(np.abs(gradient).max()))
            direction, downhill = (
                -inverse @ gradient,
                -float(gradient @ inverse @ gradient),
            )
        length = 1.0
        for _ in range(60):
            moved = x + length * direction
            again, bent = function(moved)
            if again <= value + 1e-4 * length * downhill:
                break
            length *= 0.5
        else:
            return x, True
        change, turned = moved - x, bent - gradient
        curvature = float(change @ turned)
        if curvature > 1e-300:
            along = np.outer(change, turned) / curvature
            left = np.eye(x.size) - along
            inverse = left @ inverse @ left.T + np.outer(change, change) / curvature
        x, value, gradient = moved, again, bent
    return x, False
