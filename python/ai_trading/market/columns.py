"""Which column of a table is which part of a bar.

Names are compared in lower case without punctuation, so ``"Adj Close"``,
``"adj_close"`` and ``"5. adjusted close"`` are one name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import mapping

__all__ = ["ROLES", "find_columns", "looks_like_header", "normal"]

# Best name first.  A column plays one role only.
ROLES: dict[str, tuple[str, ...]] = {
    "time": (
        "timestamp",
        "datetime",
        "opentime",
        "starttime",
        "timeopen",
        "timestampopen",
        "tsevent",
        "datetimeutc",
        "timestamputc",
        "dateutc",
        "timeutc",
        "gmttime",
        "localtime",
        "windowstart",
        "tradedate",
        "date",
        "dtyyyymmdd",
        "time",
        "ts",
        "dt",
        "t",
        "index",
        "day",
        "unix",
        "unixtime",
        "unixtimestamp",
        "unnamed0",
        "price",
        "",
    ),
    "clock": ("time", "timeofday", "clock"),
    "open": ("open", "o", "openprice", "priceopen", "pxopen", "first"),
    "high": ("high", "h", "highprice", "pricehigh", "pxhigh", "max"),
    "low": ("low", "l", "lowprice", "pricelow", "pxlow", "min"),
    "close": ("close", "c", "closeprice", "closelast", "priceclose", "pxlast", "last"),
    "volume": ("volume", "v", "vol", "sharevolume", "tradevolume", "size", "qty"),
    "adj_close": ("adjclose", "adjustedclose", "adjclosing", "adjclosed"),
    "symbol": ("symbol", "ticker", "name", "instrument", "code", "sym", "stock"),
}

_NEEDED = ("time", "open", "high", "low", "close")


def normal(name: str) -> str:
    """Return a column name in the form in which names are compared."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return re.sub(r"^\d(?=[a-z])", "", plain)


def looks_like_header(names: Sequence[str]) -> bool:
    """Return whether a row names at least a time and two prices."""
    plain = {normal(name) for name in names}
    prices = sum(bool(plain & set(ROLES[r])) for r in ("open", "high", "low", "close"))
    return prices >= 2


def find_columns(
    names: Sequence[str],
    chosen: Mapping[str, str | int] | None = None,
    *,
    source: str,
    needed: Sequence[str] = _NEEDED,
    spellings: Mapping[str, Sequence[str]] = ROLES,
) -> dict[str, int]:
    """Return the position of each role among the columns.

    Parameters
    ----------
    names : sequence of str
        Column names as the source spells them.
    chosen : mapping of role to column name or position, optional
        Overrides what the names suggest. Roles: time, clock (time of day beside a
        date), open, high, low, close, volume, adj_close, symbol.
    source : str
        Named in messages.
    needed : sequence of str
        Roles that must be found.
    spellings : mapping of role to names
        The roles there are, best name first.

    Raises
    ------
    ArgumentError
        If `chosen` names an unknown role or a column that is not there.
    DataError
        If a needed role is not found.
    """
    found: dict[str, int] = {}
    for role, column in mapping("columns", chosen).items():
        found[role] = _chosen(role, column, names, source=source, roles=spellings)
    plain = [normal(name) for name in names]
    taken = set(found.values())
    for role, usual in spellings.items():
        if role in found or role == "clock":
            continue
        for spelling in usual:
            place = _free(plain, spelling, taken)
            if place is not None:
                found[role] = place
                taken.add(place)
                break
    if "volume" in spellings and "volume" not in found:
        starts = [i for i, n in enumerate(plain) if n.startswith("vol")]
        if starts and starts[0] not in taken:
            found["volume"] = starts[0]
    time = found.get("time")
    if time is not None and "clock" not in found and plain[time] != "time":
        place = _free(plain, "time", taken)
        if place is not None:
            found["clock"] = place
    missing = [role for role in needed if role not in found]
    if missing:
        msg = (
            f"{source}: no column for {', '.join(missing)}; received the columns "
            f"{list(names)}. Name them, as in columns={{{missing[0]!r}: "
            f"'name in the file'}}"
        )
        raise DataError(msg)
    return found


def _free(plain: Sequence[str], name: str, taken: set[int]) -> int | None:
    for place, candidate in enumerate(plain):
        if candidate == name and place not in taken:
            return place
    return None


def _chosen(
    role: str,
    column: str | int,
    names: Sequence[str],
    *,
    source: str,
    roles: Mapping[str, Sequence[str]],
) -> int:
    if role not in roles:
        msg = f"columns names the role {role!r}; allowed are {', '.join(roles)}"
        raise ArgumentError(msg)
    if isinstance(column, int):
        if 0 <= column < len(names):
            return column
    elif column in names:
        return list(names).index(column)
    else:
        same = [i for i, name in enumerate(names) if normal(name) == normal(column)]
        if len(same) == 1:
            return same[0]
    msg = (
        f"{source}: columns[{role!r}] is {column!r}, which is not there; the columns "
        f"are {list(names)}"
    )
    raise ArgumentError(msg)
