"""Small files of a table, the times in them, and what a reader said of them."""

from __future__ import annotations

import numpy as np


def nanos(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


def write(folder, text, name="X.csv"):
    path = folder / name
    path.write_text(text)
    return path


def codes(data):
    return {problem.code: problem for problem in data.problems}
