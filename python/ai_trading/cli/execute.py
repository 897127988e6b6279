"""``ai-trading execute``: work one parent order through recorded data."""

from __future__ import annotations

import datetime as dt
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ai_trading.cli.options import AsJson, pair

if TYPE_CHECKING:
    from ai_trading.execution.curves import VolumeCurve
    from ai_trading.market.source import MarketData

__all__ = ["execute"]

_DAY = 86_400_000_000_000
_AUCTION = {
    "none": "nothing was to be left for the closing auction",
    "sent": "the rest at the end went out as one order for the closing auction",
    "absent": "the data has no closing auction: all was scheduled before the end",
    "refused": "the order for the closing auction was refused",
}


def execute(
    path: Annotated[Path, typer.Argument(help="Market data: events, quotes or bars.")],
    *,
    algo: Annotated[
        str,
        typer.Option(
            "--algo",
            help="twap, vwap, pov, is, arrival, close, iceberg or seek.",
        ),
    ] = "vwap",
    symbol: Annotated[
        str | None,
        typer.Option(help="What to trade; the data's only one.", show_default=False),
    ] = None,
    side: Annotated[str, typer.Option(help="buy or sell.")] = "buy",
    quantity: Annotated[float, typer.Option(help="Of the parent.")] = 1_000,
    date: Annotated[
        str | None,
        typer.Option(
            help="Day to trade, as in 2026-04-15; the last of the data. Earlier days "
            "give the volume curve.",
            show_default=False,
        ),
    ] = None,
    start: Annotated[str, typer.Option(help="Exchange time.")] = "10:00",
    minutes: Annotated[float, typer.Option(help="How long it takes.")] = 60,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            "-p",
            metavar="NAME=VALUE",
            help="A term of the algorithm, as in -p rate=0.05. Repeatable.",
            show_default=False,
        ),
    ] = None,
    latency_us: Annotated[
        float, typer.Option(help="Delay to the venue and back, microseconds each.")
    ] = 50,
    half_spread_ticks: Annotated[
        int, typer.Option(help="Over bars: paid at an open, in ticks.")
    ] = 0,
    decided: Annotated[
        str | None,
        typer.Option(
            help="Exchange time of the decision, as in 09:45: what the price does from "
            "then to the start is delay. The start by default.",
            show_default=False,
        ),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", help="Write the costs here, a row for the parent."),
    ] = None,
    fills_csv: Annotated[
        Path | None,
        typer.Option(
            "--fills-csv",
            help="Write the costs of the fills here, a row for each venue and phase.",
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Write the page of the costs here."),
    ] = None,
    data_date: Annotated[
        str | None,
        typer.Option(help="Date of a file that names none.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Work a parent order through real data with an algorithm, and print its costs.

    The costs are those of `ai_trading.execution.tca`: positive is money lost.
    """
    from ai_trading.backtest.engine import Backtest
    from ai_trading.backtest.rules import MarketRules
    from ai_trading.backtest.terms import BarFills, Latency
    from ai_trading.cli.console import print_json
    from ai_trading.cli.execute_costs import analysed, show_costs
    from ai_trading.market import load
    from ai_trading.strategies.library import ParentTrader

    delay = _delay(latency_us)
    terms = dict(_term(text) for text in option or [])
    data = load(path, **({"date": data_date} if data_date else {}))
    name = _symbol(data, symbol)
    day = _day(data, name, date)
    notes: list[str] = []
    if algo == "vwap" or terms.get("adaptive"):
        terms["curve"] = _curve(data, name, day, notes)
    today = _of_day(data, name, day)
    trader = ParentTrader(
        algo,
        symbol=name,
        side=side,
        quantity=quantity,
        algorithm=algo,
        start=start,
        minutes=minutes,
        date=day,
        timezone=_zone(data, name),
        **terms,
    )
    crosses = algo == "close" and _has_closing_cross(today)
    result = Backtest(
        today,
        strategies=[trader],
        rules=MarketRules(hours=True) if crosses else None,
        cash=10**12,
        currency=data.instruments[name].currency,
        latency=Latency(entry=delay, response=delay),
        bar_fills=BarFills(half_spread_ticks=half_spread_ticks),
        name=f"execute-{algo}",
    ).run()
    report = trader.report().to_dict()
    report["source"] = data.source
    if algo == "close" and trader.parent is not None:
        report["auction"] = trader.parent.auction
        notes.append(_AUCTION[trader.parent.auction or "none"])
    costs = analysed(
        result, trader, data, decided=_moment(decided, day, trader.zone), notes=notes
    )
    report["notes"] = notes
    places: dict[str, str] = {}
    if csv is not None:
        costs.write_csv(csv)
        places["CSV"] = str(csv)
    if fills_csv is not None:
        costs.write_fills_csv(fills_csv)
        places["Fills"] = str(fills_csv)
    if html is not None:
        from ai_trading.backtest.tca_page import write_tca

        places["Page"] = str(write_tca(costs, html, remarks=notes))
    if as_json:
        print_json({**report, "costs": costs.to_dict(), "places": places})
        return
    _show(report, trader.zone)
    show_costs(costs, notes, places)


def _has_closing_cross(data: MarketData) -> bool:
    """Whether order-by-order data of one day tells a closing auction."""
    if data.kind != "events":
        return False
    from ai_trading.core.records import EventKind

    rows = data.records
    closing = (rows["kind"] == EventKind.CROSS) & (rows["order_id"] == ord("C"))
    return bool((closing & (rows["quantity"] > 0)).any())


def _term(text: str) -> tuple[str, Any]:
    return pair(text, option="--option", shape="NAME=VALUE, such as rate=0.05")


def _moment(text: str | None, day: dt.date, zone: str) -> int | None:
    if text is None:
        return None
    from ai_trading.core.sessions import local_time_ns

    try:
        return local_time_ns(day, dt.time.fromisoformat(text), zone)
    except ValueError:
        msg = f"must be a time such as 09:45; received {text!r}"
        raise typer.BadParameter(msg, param_hint="--decided") from None


def _symbol(data: MarketData, wanted: str | None) -> str:
    if wanted is not None and wanted in data.symbols:
        return wanted
    if wanted is None and len(data.symbols) == 1:
        return data.symbols[0]
    msg = f"must be one of {', '.join(data.symbols[:20])}; received {wanted!r}"
    raise typer.BadParameter(msg, param_hint="--symbol")


def _zone(data: MarketData, symbol: str) -> str:
    from ai_trading.core.calendars import calendar

    return str(calendar(data.instruments[symbol].calendar).zone)


def _day(data: MarketData, symbol: str, wanted: str | None) -> dt.date:
    from ai_trading.core.calendars import calendar

    if wanted is not None:
        try:
            return dt.date.fromisoformat(wanted)
        except ValueError:
            msg = f"must be a date such as 2026-04-15; received {wanted!r}"
            raise typer.BadParameter(msg, param_hint="--date") from None
    times = data.records["timestamp"][-1:]
    last: dt.date = calendar(data.instruments[symbol].calendar).days_of(times)[0].item()
    return last


def _of_day(data: MarketData, symbol: str, day: dt.date) -> MarketData:
    from ai_trading.core.errors import DataError
    from ai_trading.core.sessions import local_time_ns

    midnight = local_time_ns(day, dt.time(0), _zone(data, symbol))
    chosen = data.select([symbol], start_ns=midnight, end_ns=midnight + _DAY)
    if not len(chosen):
        msg = f"{data.source} has nothing of {symbol} on {day}; choose another --date"
        raise DataError(msg)
    return chosen


def _curve(
    data: MarketData, symbol: str, day: dt.date, notes: list[str]
) -> VolumeCurve:
    from ai_trading.execution.curves import (
        FlatCurveWarning,
        VolumeCurve,
        estimate_curve,
    )

    if data.kind == "quotes":
        notes.append("quotes tell no volume: the volume curve is flat")
        return VolumeCurve.flat()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FlatCurveWarning)
        curve = estimate_curve(data, symbol, before=day)
    notes.extend(
        str(item.message)
        for item in caught
        if issubclass(item.category, FlatCurveWarning)
    )
    if not curve.is_flat:
        notes.append(f"volume curve from {curve.sessions} earlier sessions")
    return curve


def _show(report: dict[str, Any], zone: str) -> None:
    from ai_trading.backtest.report.text import instant
    from ai_trading.cli.console import facts, out

    console = out()
    table = facts()

    def price(value: float | None) -> str:
        return "n/a" if value is None else f"{value:,.4f}"

    volume = float(report["market_volume"])
    filled = float(report["filled"])
    share = f"{filled / volume:.2%}" if volume else "n/a"
    for label, value in (
        ("Filled", f"{report['filled']} of {report['quantity']}"),
        ("Not filled", report["shortfall"]),
        ("Orders sent, messages", f"{report['children']}, {report['messages']}"),
        ("Waited at the touch", f"{report['passive_share']:.1%}"),
        ("Share of market volume", share),
        ("Average price", price(report["average_price"])),
        ("Arrival price", price(report["arrival_price"])),
        ("Interval VWAP", price(report["interval_vwap"])),
    ):
        table.add_row(label, value)
    console.print()
    console.print(
        f"{report['algorithm']} {report['side']} {report['quantity']} "
        f"{report['symbol']}",
        style="bold",
    )
    console.print(
        f"{instant(report['start_ns'], zone)} to {instant(report['end_ns'], zone)}",
        style="dim",
    )
    console.print()
    console.print(table)


def _delay(microseconds: float) -> int:
    """Return nanoseconds, or refuse."""
    if 0 <= microseconds <= 60_000_000:
        return round(microseconds * 1_000)
    msg = f"must be 0 to 60,000,000 (a minute); received {microseconds:g}"
    raise typer.BadParameter(msg, param_hint="--latency-us")
