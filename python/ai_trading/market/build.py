"""Turn the columns of a source into bars.

The part all readers share: which moment a row means, which session it belongs to, what
is missing, and how prices become ticks.

Units: `Bar.timestamp` is the end of a bar, when it becomes known, and `start` its
opening time, both UTC nanoseconds; prices in ticks, volumes in lots.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ai_trading.core.calendars import Calendar, calendar
from ai_trading.core.errors import ArgumentError, DataError
from ai_trading.core.exact import text
from ai_trading.core.instrument import Instrument, InstrumentTable
from ai_trading.core.records import BAR
from ai_trading.core.zones import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Ints,
    from_utc,
    to_utc,
    zone,
)
from ai_trading.market.clean import Rows, check_values, put_in_order
from ai_trading.market.grid import LOTS, TICKS, Grid, choose_lot, choose_tick, to_steps
from ai_trading.market.source import MarketData, Problem, merge
from ai_trading.market.table import (
    MONTH,
    PRICES,
    WEEK,
    BarFormat,
    Table,
    made_instrument,
)
from ai_trading.market.times import Times, clock_nanos, parse_times

__all__ = ["bars_of", "join_parts", "together"]

_USUAL = tuple(n * SECOND for n in (1, 5, 10, 15, 30)) + tuple(
    n * MINUTE for n in (1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720)
)


def bars_of(table: Table, fmt: BarFormat, *, symbol: str | None) -> MarketData:
    """Turn the columns of a source into bars; the part all readers share.

    Parameters
    ----------
    table : Table
        What the source holds.
    fmt : BarFormat
        What is known about it.
    symbol : str, optional
        Symbol of rows that do not name one.

    Raises
    ------
    DataError
        If the source holds no bar, or one that `fmt.policy` refuses.
    """
    if not table.lines.size and not table.odd:
        msg = f"{table.source}: holds no rows; expected bars"
        raise DataError(msg)
    named = table.symbol
    if named is None:
        if symbol is None:
            msg = f"{table.source}: whose bars are these? Pass symbol='…'"
            raise ArgumentError(msg)
        return _one_symbol(table, fmt, symbol)
    names = np.array([_text(name) for name in named.tolist()])
    unique, first = np.unique(names, return_index=True)
    ordered = [str(unique[i]) for i in np.argsort(first)]
    if len(ordered) == 1 and symbol is not None:
        ordered, names = [symbol], np.full(names.size, symbol)
    parts = []
    for place, name in enumerate(ordered):
        part = _pick(table, names == name, with_odd=place == 0)
        parts.append(_one_symbol(part, fmt, name))
    return together(parts, table.source)


def join_parts(parts: Sequence[MarketData], source: str) -> MarketData:
    """Join files of one symbol in time, and look again for missing sessions.

    Parameters
    ----------
    parts : sequence of MarketData
        Of one symbol; their ticks and lots are brought to the finest.
    source : str
        Name of the result.

    Raises
    ------
    DataError
        If the parts disagree on more than tick and lot.
    """
    if len(parts) == 1:
        return parts[0]
    first = parts[0].instruments[0]
    tick = min(part.instruments[0].tick_size for part in parts)
    lot = min(part.instruments[0].lot_size for part in parts)
    finest = replace(first, tick_size=tick, lot_size=lot)
    name = f"{source} ({len(parts)} files)"
    data = together([_rescaled(part, finest) for part in parts], name)
    gaps = [problem for problem in data.problems if problem.code == "gap"]
    if data.kind != "bars" or not (gaps or _spans_days(data)):
        return data
    others = [problem for problem in data.problems if problem.code != "gap"]
    cal = calendar(finest.calendar)
    lengths = data.records["timestamp"] - data.records["start"]
    if lengths.size and int(np.median(lengths)) <= DAY:
        others += _gaps(cal.days_of(data.records["start"]), cal, name)
    return replace(data, problems=tuple(others))


def _spans_days(data: MarketData) -> bool:
    return bool(np.ptp(data.records["start"]) > DAY) if len(data) else False


def _rescaled(part: MarketData, finest: Instrument) -> MarketData:
    old = part.instruments[0]
    if replace(old, tick_size=finest.tick_size, lot_size=finest.lot_size) != finest:
        msg = (
            f"{part.source}: {old} differs from {finest} of another file of this "
            f"symbol; pass instruments="
        )
        raise DataError(msg)
    ticks = int(old.tick_size / finest.tick_size)
    lots = int(old.lot_size / finest.lot_size)
    records = part.records.copy()
    for field in records.dtype.names or ():
        if field in PRICES or field.endswith("price"):
            records[field] *= ticks
        elif field == "volume" or field.endswith("quantity"):
            records[field] *= lots
    return replace(part, records=records, instruments=InstrumentTable([finest]))


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _pick(table: Table, mask: NDArray[np.bool_], *, with_odd: bool) -> Table:
    return replace(
        table,
        time=table.time[mask],
        clock=None if table.clock is None else table.clock[mask],
        values={role: column[mask] for role, column in table.values.items()},
        unread=table.unread[mask],
        symbol=None,
        lines=table.lines[mask],
        odd=table.odd if with_odd else [],
        notes=table.notes if with_odd else (),
    )


def together(parts: Sequence[MarketData], source: str) -> MarketData:
    """Merge parts, and say once what is true of several of them."""
    if len(parts) == 1:
        return replace(parts[0], source=source)
    data = merge(parts, source=source)
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in data.problems:
        # Everything after the source's name is the same for files of one vendor.
        tail = problem.message.partition(": ")[2] if not problem.rows else ""
        key = (problem.code, tail or problem.message)
        groups.setdefault(key, []).append(problem)
    said = []
    for (code, tail), same in groups.items():
        message = same[0].message
        if len(same) > 1:
            first = same[0].message.partition(": ")[0]
            message = f"{len(same)} sources, the first {first}: {tail}"
        said.append(Problem(code, message, same[0].rows, same[0].count))
    return replace(data, problems=tuple(said))


def _one_symbol(table: Table, fmt: BarFormat, symbol: str) -> MarketData:
    source, word = table.source, table.word
    text("symbol", symbol, "AAPL")
    rows, problems = _rows(table, fmt)
    policy = fmt.policy
    given = (fmt.instruments or {}).get(symbol)
    rows, found = check_values(
        rows,
        policy,
        source=source,
        word=word,
        unparsable=table.odd,
        ticks=(TICKS[-1], TICKS[0]) if given is None else (given.tick_size,) * 2,
        lot=LOTS[0] if given is None else given.lot_size,
    )
    problems += found
    if not len(rows):
        msg = f"{source}: no row is a bar; the first problem is {problems[0]}"
        raise DataError(msg)
    cal, notes = _calendar(rows, fmt, given, source)
    problems += notes
    moment, dated, notes = _moments(rows.times, fmt, cal, source)
    dated = dated and (fmt.interval is None or fmt.interval >= DAY)
    problems += notes
    rows, moment, found = put_in_order(rows, moment, policy, source=source, word=word)
    problems += found
    length = fmt.interval or _infer(rows, moment, dated=dated)
    if dated or length >= DAY:
        days = rows.times.days if dated else cal.days_of(moment)
        start, end, notes = _dated(days, length, fmt, cal, source)
    else:
        start = moment - length if fmt.label == "end" else moment
        end, notes = start + length, []
        notes += _label_doubt(start, length, fmt, cal, source)
    problems += notes
    if fmt.session is not None and length < DAY:
        inside, notes = _in_session(start, fmt, cal, source)
        rows, start, end = rows.pick(inside), start[inside], end[inside]
        problems += notes
    unknown = any(problem.code == "calendar-unknown" for problem in problems)
    if length <= DAY and fmt.gaps and not unknown:
        problems += _gaps(cal.days_of(start), cal, source)
    home = calendar("XNYS") if unknown else cal
    instrument, prices, volume, notes = _units(rows, given or symbol, home, source)
    problems += notes
    records = np.zeros(start.size, BAR)
    records["timestamp"], records["start"] = end, start
    for name, ticks in prices.items():
        records[name] = ticks
    records["volume"] = volume
    if (np.diff(end) < 0).any():
        records = records[np.argsort(end, kind="stable")]
    return MarketData(records, InstrumentTable([instrument]), source, tuple(problems))


def _rows(table: Table, fmt: BarFormat) -> tuple[Rows, list[Problem]]:
    problems = list(table.notes)
    times = parse_times(table.time, time_format=table.time_format or fmt.time_format)
    if table.clock is not None:
        nanos, bad = clock_nanos(table.clock)
        times = Times(
            times.wall + nanos, times.offset, date_only=False, bad=times.bad | bad
        )
    times = replace(times, bad=times.bad | table.unread)
    values = table.values
    volume = values.get("volume")
    if volume is None:
        volume = np.zeros(table.lines.size)
        note = f"{table.source}: there is no volume; every bar has volume 0"
        problems.append(Problem("no-volume", note))
    adj_close = values.get("adj_close")
    if fmt.adjusted and adj_close is None:
        msg = (
            f"{table.source}: adjusted=True needs a column of adjusted closes; name it "
            f"with columns={{'adj_close': …}}"
        )
        raise DataError(msg)
    prices = [values[role] for role in PRICES]
    if fmt.adjusted and adj_close is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = adj_close / values["close"]
            prices = [price * factor for price in prices]
            volume = np.rint(volume / factor)
    open_, high, low, close = prices
    rows = Rows(times, open_, high, low, close, volume, table.lines, adj_close)
    return rows, problems


def _calendar(
    rows: Rows, fmt: BarFormat, given: Instrument | None, source: str
) -> tuple[Calendar, list[Problem]]:
    name = fmt.calendar or (given.calendar if given is not None else None)
    if name is not None:
        return calendar(name), []
    home = calendar("XNYS")
    offset = rows.times.offset
    if offset is None or not offset.any():
        return home, []
    utc = rows.times.wall - offset
    if bool((from_utc(utc, home.zone) - utc == offset).all()):
        return home, []
    hours = offset[0] / HOUR
    note = (
        f"{source}: times are {hours:+g} hours from UTC, which is not New York; no "
        f"session is known. Pass calendar= with the exchange, such as 'XLON'"
    )
    return calendar("24/7"), [Problem("calendar-unknown", note)]


def _moments(
    times: Times, fmt: BarFormat, cal: Calendar, source: str
) -> tuple[Ints, bool, list[Problem]]:
    """UTC of each row, and whether rows are days rather than moments."""
    wall = times.wall
    if fmt.timezone is not None:
        zone(fmt.timezone)  # a slip is said also where the file states its own
    if times.offset is not None:
        utc = wall - times.offset
        notes: list[Problem] = []
        local = from_utc(utc, cal.zone)
        if cal.name != "24/7" and _midnights(local) and not _midnights(wall):
            return utc, True, notes
    else:
        tz = zone(fmt.timezone) if fmt.timezone else cal.zone
        utc, doubtful = to_utc(wall, tz)
        notes = _zone_notes(times, fmt, tz.key, doubtful, source)
    return utc, times.date_only or _midnights(wall), notes


def _zone_notes(
    times: Times, fmt: BarFormat, key: str, doubtful: NDArray[np.bool_], source: str
) -> list[Problem]:
    if times.date_only or _midnights(times.wall):
        return []
    notes = []
    if fmt.timezone is None:
        note = (
            f"{source}: times state no zone and were taken as {key}; say otherwise "
            "with timezone"
        )
        notes.append(Problem("zone-assumed", note))
    if doubtful.any():
        note = (
            f"{source}: times in an hour that the change of clocks repeats or skips "
            f"were taken as the first"
        )
        notes.append(Problem("ambiguous-time", note, count=int(doubtful.sum())))
    return notes


def _midnights(wall: Ints) -> bool:
    return wall.size > 0 and not bool((wall % DAY).any())


def _infer(rows: Rows, moment: Ints, *, dated: bool) -> int:
    """The length of a bar: the shortest usual step that is not rare."""
    steps = np.diff(np.unique(rows.times.days.astype(np.int64)) if dated else moment)
    steps = steps[steps > 0]
    if not steps.size:
        return DAY if dated else MINUTE
    sizes, counts = np.unique(steps, return_counts=True)
    common = sizes[counts >= max(1, steps.size // 20)]
    least = int(common.min() if common.size else sizes.min())
    if dated:
        return DAY if least < 6 else WEEK if least < 25 else MONTH
    if least >= 23 * HOUR:
        return DAY if least <= 4 * DAY else WEEK if least <= 8 * DAY else MONTH
    return (
        least if least in _USUAL else max([s for s in _USUAL if s <= least] or [least])
    )


def _dated(
    days: NDArray[np.datetime64],
    length: int,
    fmt: BarFormat,
    cal: Calendar,
    source: str,
) -> tuple[Ints, Ints, list[Problem]]:
    first, last = days, days
    if length >= WEEK:
        first, last = _period(days, length, fmt.label)
        known = cal.sessions(first.min() - 7, last.max())
        # The last session of the period, and the first.
        place = np.searchsorted(known.days, last, side="right") - 1
        last = np.maximum(known.days[np.maximum(place, 0)], first)
        place = np.searchsorted(known.days, first)
        first = np.minimum(known.days[np.minimum(place, known.days.size - 1)], last)
    opens, _, _ = cal.bounds(first)
    _, closes, sessions = cal.bounds(last)
    notes = []
    if not sessions.all() and cal.knows_holidays(days):
        odd = days[~sessions]
        note = (
            f"{source}: days that are no sessions of {cal.name}, the first {odd[0]}, "
            f"were given the hours of an ordinary one"
        )
        notes.append(Problem("no-session", note, count=int(odd.size)))
    return opens, closes, notes


def _period(
    days: NDArray[np.datetime64], length: int, label: str
) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    if length < MONTH:
        span = np.timedelta64(length // DAY - 1, "D")
        return (days - span, days) if label == "end" else (days, days + span)
    months = days.astype("datetime64[M]")
    count = length // MONTH
    if label == "end":
        return (months - (count - 1)).astype("datetime64[D]"), days
    return days, (months + count).astype("datetime64[D]") - 1


def _label_doubt(
    start: Ints, length: int, fmt: BarFormat, cal: Calendar, source: str
) -> list[Problem]:
    """Whether the bars fit the sessions better when the times are ends."""
    if fmt.label == "end" or cal.name in {"24/7", "24/5"} or not start.size:
        return []
    days = cal.days_of(start)
    known = cal.sessions(days.min(), days.max())
    at_open = int(np.isin(known.opens, start).sum())
    at_close = int(np.isin(known.closes, start).sum())
    after = int(np.isin(known.closes + length, start).sum())
    if at_open or not at_close or at_close < known.days.size // 2 or after:
        return []
    note = (
        f"{source}: no session has a bar at its open but most have one at the close, "
        f"as if times were ends of bars; if so pass label='end'"
    )
    return [Problem("label-doubtful", note)]


def _in_session(
    start: Ints, fmt: BarFormat, cal: Calendar, source: str
) -> tuple[NDArray[np.bool_], list[Problem]]:
    inside = cal.inside(start, extended=fmt.session == "extended")
    if inside.all():
        return inside, []
    if not inside.any():
        msg = (
            f"{source}: no bar opens in a {fmt.session} session of {cal.name}; check "
            f"timezone= and calendar="
        )
        raise DataError(msg)
    note = f"{source}: bars outside the {fmt.session} session were left out as asked"
    return inside, [Problem("outside-session", note, count=int((~inside).sum()))]


def _gaps(days: NDArray[np.datetime64], cal: Calendar, source: str) -> list[Problem]:
    if not days.size or not cal.knows_holidays(days):
        return []
    present = np.unique(days)
    missing = cal.missing(present)
    if not missing.size:
        return []
    known = cal.sessions(present[0], present[-1]).days
    at = np.searchsorted(known, missing)
    runs = np.split(missing, np.flatnonzero(np.diff(at) > 1) + 1)
    spans = [
        str(run[0]) if run.size == 1 else f"{run[0]} to {run[-1]} ({run.size})"
        for run in runs
    ]
    more = f" and {len(spans) - 6} more gaps" if len(spans) > 6 else ""
    note = (
        f"{source}: sessions of {cal.name} without a bar between {present[0]} and "
        f"{present[-1]}: {', '.join(spans[:6])}{more}"
    )
    return [Problem("gap", note, count=int(missing.size))]


def _units(
    rows: Rows, what: Instrument | str, cal: Calendar, source: str
) -> tuple[Instrument, dict[str, Ints], Ints, list[Problem]]:
    prices = {role: getattr(rows, role) for role in PRICES}
    if isinstance(what, str):
        tick, lot = choose_tick(list(prices.values())), choose_lot(rows.volume)
        problems = _rounding(tick, "prices", source) + _rounding(lot, "volumes", source)
        given = made_instrument(what, tick.step, lot.step, cal.name)
    else:
        given = what
        problems = _off_grid(prices, given, rows.lines, source)
    ticks = {
        role: to_steps(column, given.tick_size, what=f"{source}: price")
        for role, column in prices.items()
    }
    lots = to_steps(rows.volume, given.lot_size, what=f"{source}: volume")
    return given, ticks, lots, problems


def _rounding(grid: Grid, what: str, source: str) -> list[Problem]:
    if grid.exact:
        return []
    note = (
        f"{source}: {what} have no common step; they were rounded to {grid.step}, by "
        f"at most {grid.error:.1e} of their size"
    )
    return [Problem("rounded", note)]


def _off_grid(
    prices: Mapping[str, NDArray[np.float64]],
    instrument: Instrument,
    lines: Ints,
    source: str,
) -> list[Problem]:
    tick = float(instrument.tick_size)
    off = np.zeros(lines.size, np.bool_)
    for column in prices.values():
        held = np.rint(column / tick) * tick
        # What a single-precision number resolves is not a departure from the grid.
        off |= np.abs(held - column) > np.maximum(tick * 1e-3, np.abs(column) * 2.4e-7)
    if not off.any():
        return []
    note = (
        f"{source}: prices off the grid of {instrument.tick_size} were rounded to the "
        f"nearest tick"
    )
    return [Problem.at("off-grid", note, lines[off])]
