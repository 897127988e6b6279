"""Runs of trading sessions, and those that `exchange_calendars` knows.

Units: days are ``datetime64[D]`` named as the exchange names its sessions; opens and
closes are UTC nanoseconds.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.errors import ArgumentError
from ai_trading.core.optional import require
from ai_trading.core.zones import Ints

Days = NDArray[np.datetime64]


@dataclass(frozen=True, eq=False)
class Sessions:
    """A run of sessions.

    Parameters
    ----------
    days : ndarray of datetime64[D]
        Sorted.
    opens, closes : ndarray of int64
        UTC nanoseconds of the regular session.
    early : ndarray of bool
        True where a session closes before the usual time.
    """

    days: Days
    opens: Ints
    closes: Ints
    early: NDArray[np.bool_]

    def holding(self, moment: Ints) -> Ints:
        """Return the index of the session whose open is the last at or before."""
        return np.searchsorted(self.opens, moment, side="right").astype(np.int64) - 1

    def between(self, first: np.datetime64, last: np.datetime64) -> Sessions:
        """Return the sessions from day `first` to day `last`, both included."""
        low = int(np.searchsorted(self.days, first))
        pick = slice(low, int(np.searchsorted(self.days, last, side="right")))
        return Sessions(
            self.days[pick], self.opens[pick], self.closes[pick], self.early[pick]
        )


def joined(parts: Iterable[Sessions]) -> Sessions:
    """Return runs that follow one another as one."""
    runs = list(parts)
    return Sessions(
        np.concatenate([run.days for run in runs]),
        np.concatenate([run.opens for run in runs]),
        np.concatenate([run.closes for run in runs]),
        np.concatenate([run.early for run in runs]),
    )


@lru_cache(maxsize=64)
def library_calendar(name: str) -> Any:
    """Return the calendar that `exchange_calendars` has under a name."""
    library = require("exchange_calendars", "data")
    try:
        with _quiet():
            return library.get_calendar(name)
    except library.errors.InvalidCalendarName as error:
        msg = (
            f"there is no calendar {name!r}; use an ISO 10383 code such as XNYS, XLON "
            "or CMES, '24/7' or '24/5' (all others: "
            "exchange_calendars.get_calendar_names())"
        )
        raise ArgumentError(msg) from error


def library_sessions(name: str, first: np.datetime64, last: np.datetime64) -> Sessions:
    """Return the sessions of two days and between, as far as the calendar reaches."""
    years = first.astype(object).year, last.astype(object).year
    decades = range(years[0] // 10, years[1] // 10 + 1)
    return joined(_decade(name, decade) for decade in decades).between(first, last)


def library_reaches(name: str, day: np.datetime64) -> bool:
    """Return whether the calendar covers a day."""
    known = library_calendar(name)
    low, high = known.bound_min(), known.bound_max()
    return (low is None or day >= low.to_datetime64()) and (
        high is None or day <= high.to_datetime64()
    )


# A calendar is built for the decades it is asked about and not for the years around
# today, so that its answers do not change with the date.
@lru_cache(maxsize=128)
def _decade(name: str, decade: int) -> Sessions:
    library = require("exchange_calendars", "data")
    start, end = f"{decade}0-01-01", f"{decade}9-12-31"
    kind = library_calendar(name)
    if kind.bound_min() is not None:
        start = max(start, str(kind.bound_min().date()))
    if kind.bound_max() is not None:
        end = min(end, str(kind.bound_max().date()))
    if start >= end:
        none = np.zeros(0, np.int64)
        return Sessions(none.astype("datetime64[D]"), none, none, none.astype(np.bool_))
    with _quiet():
        found = library.get_calendar(name, start=start, end=end)
    days = found.schedule.index.to_numpy().astype("datetime64[D]")
    early = np.isin(days, found.early_closes.to_numpy().astype("datetime64[D]"))
    return Sessions(days, found.opens_nanos.copy(), found.closes_nanos.copy(), early)


@contextmanager
def _quiet() -> Iterator[None]:
    # exchange_calendars 4.13 uses what pandas 3.1 deprecates.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=FutureWarning)
        yield
