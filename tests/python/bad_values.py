"""Values that callers pass by mistake, by what a parameter is for.

A parameter's kind is read off its annotation, so a new parameter of a swept name is
looked at without a word here.
"""

from __future__ import annotations

import datetime as dt
import inspect
from decimal import Decimal

import numpy as np

NAN, INF = float("nan"), float("inf")
THING = object()
BAD = {
    "number": [
        "x", "0.5", b"x", None, NAN, INF, -INF, True, np.True_, [], [0.5], {}, THING,
        np.array([0.5]), 1 + 2j, dt.date(2026, 1, 1), Decimal("NaN"), np.float64("nan"),
    ],
    "amount": [
        "x", "", "nan", b"x", None, NAN, INF, -INF, True, np.True_, [], {}, THING,
        [0.5, 0.5], 1 + 2j, dt.date(2026, 1, 1), Decimal("NaN"), (0, (1,), 0),
    ],
    "count": [
        "x", "3", b"x", None, NAN, INF, 1.5, True, np.True_, [], [3], {}, THING, 1 + 2j,
        Decimal("1.5"), np.float64(1.5), -(10**30),
    ],
    "series": [
        None, "x", THING, {}, [NAN] * 3, ["a", "b"], [[1, 2], [3]], [1 + 2j, 1j],
        np.array(["2026-01-01"] * 3, "M8[D]"), [None, 1.0], [INF] * 30, {"a": 1},
        {1, 2}, [10**400], np.zeros((2, 2, 2)),
    ],
    "mapping": [None, "x", 5, [1], THING, NAN, b"x", True],
    "text": [None, 5, NAN, [], b"x", THING, "", True, {}],
    "word": [None, 5, NAN, [], THING, "", True, {}, "nonsense"],
    "object": [5, NAN, [1], b"x", THING, True, "nonsense"],
    "several": [None, 5, NAN, THING, [None], [5], [THING], b"x", [[]]],
    "path": [None, 5, NAN, [], b"x", THING, "", "/nowhere/at/all"],
}  # fmt: skip
_WORDS = ("Literal", "Missing", "Estimator", "Method", "HorizonMethod", "QueueName")


def kind_of(annotation: str) -> str | None:
    """Return which list of `BAD` is for a parameter, None where none is."""
    said = annotation.replace("| None", "").strip().strip("'")
    head = said.split("[")[0]
    if said in {"float", "float | int"}:
        return "number"
    if said == "int":
        return "count"
    if said in {"Number", "float | Decimal | str"}:
        return "amount"
    if head == "ArrayLike":
        return "series"
    if head == "Mapping" and "ArrayLike" not in said:
        return "mapping"
    if said == "str":
        return "text"
    if "Path" in said:
        return "path"
    if head in _WORDS or (said.endswith("| str") and "Decimal" not in said):
        return "word"
    if head in {"Sequence", "Iterable"}:
        return "several"
    return None if said in {"bool", "object", "Any"} else "object"


def parameters(call, given):
    """Yield the arguments, and name, kind and whether None is allowed of each."""
    named = {
        name: one
        for name, one in inspect.signature(call).parameters.items()
        if one.kind not in {one.VAR_KEYWORD, one.VAR_POSITIONAL}
    }
    for name, one in named.items():
        annotation = str(one.annotation)
        kind = kind_of(annotation)
        if kind is not None and (name in given or one.default is not one.empty):
            yield name, kind, "None" in annotation
