"""The report: complete, self-contained, escaped, and the same every time."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser

import numpy as np
import pytest

from ai_trading.backtest.findings import find
from ai_trading.backtest.report import charts, render, write_report
from ai_trading.backtest.report.text import (
    duration,
    instant,
    money,
    number,
    percent,
    plain,
    signed_money,
    summary,
)
from ai_trading.backtest.result import Finding
from ai_trading.core.errors import ConfigError
from ai_trading.core.instrument import Instrument

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&\"'"


class Page(HTMLParser):
    """Every tag with its attributes, and the text outside scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        if self._inside not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def figures_of(html: str) -> dict:
    return json.loads(
        re.search(r'id="figures">(.*?)</script>', html, re.DOTALL).group(1)
    )


def decoded(array: dict[str, str]) -> np.ndarray:
    import base64

    return np.frombuffer(base64.b64decode(array["bdata"]), "<f8")


def test_the_page_says_what_the_run_did(random_result):
    result = random_result(config={"run": {"seed": 7}})
    known = result.statistics()

    page = Page(render(replace(result, findings=find(result))))

    for part in (
        "Equity and drawdown",
        "Trades on price",
        "By symbol",
        "Costs",
        "Orders",
        "Findings",
        "Configuration",
        "To reproduce this run",
        "run.seed",
        result.state_hash,
        result.run_id,
        "NVDA",
    ):
        assert part in page.text
    assert money(known.profit).partition(".")[0] in page.text


def test_the_page_fetches_nothing(random_result):
    page = Page(render(random_result()))

    addresses = [a for _, attrs in page.tags for a in attrs if a in ("src", "href")]
    policies = [
        attrs["content"]
        for _, attrs in page.tags
        if attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    assert addresses == []
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'")
    assert "http" not in policies[0]


def test_hostile_names_stay_text(random_result):
    result = random_result(
        name=HOSTILE,
        symbols=("<b>X", "Y"),
        strategies=(HOSTILE,),
        currency="<i>",
        config={HOSTILE: [HOSTILE, {"deep": HOSTILE}]},
        state_hash=HOSTILE,
        findings=(Finding("warning", "x", HOSTILE, HOSTILE),),
    )

    html = render(result)

    page = Page(html)
    assert not any(tag in ("img", "b") for tag, _ in page.tags)
    assert sum(tag == "script" for tag, _ in page.tags) == 3
    assert HOSTILE in "".join(page.words)
    assert "<" not in re.search(r'id="figures">(.*?)</script>', html, re.DOTALL).group(
        1
    )


def test_the_same_result_gives_the_same_bytes(random_result):
    assert render(random_result(seed=3)) == render(random_result(seed=3))


def test_an_empty_run_has_a_page_without_figures_that_says_so(build_result):
    html = render(build_result([], prices={}))

    page = Page(html)
    assert "No order was sent." in page.text
    assert "There were no prices and no trades." in page.text
    assert not any(tag == "script" for tag, _ in page.tags)


def test_a_partial_run_is_marked_in_the_head(build_result):
    assert "partial: interrupted" in Page(render(build_result([], partial=True))).text


def test_every_figure_is_one_that_plotly_accepts(random_result):
    from plotly import graph_objects

    figures = figures_of(render(random_result(days=3)))

    assert set(figures) == {"equity", "costs", "symbol-0", "symbol-1", "symbol-2"}
    for figure in figures.values():
        graph_objects.Figure(figure)  # raises on an unknown property


def test_the_last_point_of_the_curve_is_the_final_value(random_result):
    result = random_result()

    (value, _) = figures_of(render(result))["equity"]["data"]

    assert Decimal(str(round(decoded(value["y"])[-1], 6))) == result.final_value
    assert len(decoded(value["x"])) == len(decoded(value["y"])) <= charts.POINTS_SHOWN


def test_times_are_those_of_the_market(build_result):
    noon = 1_767_709_800 * 10**9
    result = build_result([(noon, 0, 1, 100, 0, "taker")])

    buys = charts.symbol(result, 0)["data"][1]

    shown = np.datetime64(int(decoded(buys["x"])[0]), "ms")
    assert shown == np.datetime64("2026-01-06T09:30")


@pytest.mark.parametrize("length", [0, 1, 2, 99, 100, 101, 1_000, 12_345])
def test_thinning_keeps_the_ends_the_extremes_and_the_limit(length):
    values = np.random.default_rng(length).normal(size=length).cumsum()

    kept = charts.thin(values, 100)

    assert len(kept) <= max(100, min(length, 100))
    assert (np.diff(kept) > 0).all()
    if length:
        assert kept[0] == 0
        assert kept[-1] == length - 1
        assert {values.argmin(), values.argmax()} <= set(kept)


def test_nights_are_cut_out_of_sessions_but_not_of_a_market_without_hours(
    random_result,
):
    stock = charts.equity(random_result(days=3))["layout"]["xaxis"]
    crypto = charts.equity(
        random_result(days=3, symbols=(Instrument("BTC", calendar="24/7"),))
    )["layout"]["xaxis"]

    assert {"bounds": ["sat", "mon"]} in stock["rangebreaks"]
    # Plotly.js 4.1 draws time backwards where whole days and hours are both cut out.
    assert not any("values" in cut for cut in stock["rangebreaks"])
    assert "rangebreaks" not in crypto


def test_samples_at_night_are_not_drawn(random_result, sampled):
    figure = charts.equity(sampled(random_result(days=3)))

    assert "rangebreaks" in figure["layout"]["xaxis"]
    of_day = decoded(figure["data"][0]["x"]) / 3.6e6 % 24
    assert of_day.min() >= 9.5
    assert of_day.max() <= 16 + 1 / 60


def test_hours_without_prices_before_and_after_are_not_on_the_axis(random_result):
    day = random_result(days=1)
    hour = 3_600_000_000_000
    fed = replace(day, start_ns=day.start_ns - 5 * hour, end_ns=day.end_ns + 4 * hour)

    shown = charts.equity(fed)["layout"]["xaxis"]["range"]

    first, last = np.array(shown, "datetime64[ns]").astype(np.int64)
    assert last - first < day.end_ns - day.start_ns + hour


def test_many_symbols_wait_behind_a_click(random_result):
    result = random_result(symbols=tuple("ABCDEFG"), per_day=40)

    assert "Show 3 more symbols" in Page(render(result)).text


def test_the_file_is_written_whole_and_its_path_returned(build_result, tmp_path):
    result = build_result([])

    written = write_report(result, tmp_path / "new" / "report.html")

    assert written.read_text("utf-8") == render(result)
    assert [path.name for path in written.parent.iterdir()] == ["report.html"]


def test_a_path_that_cannot_be_written_is_a_readable_error(build_result, tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="cannot write the report"):
        write_report(build_result([]), tmp_path / "file" / "report.html")


def test_money_keeps_every_digit():
    assert money(Decimal("1234567.5"), "USD") == "1,234,567.50 USD"
    assert money(Decimal("-0.000000001")) == "\N{MINUS SIGN}0.000000001"
    assert money(Decimal("1E+3")) == "1,000.00"
    assert money(None) == "n/a"
    assert signed_money(Decimal(1)) == "+1.00"
    assert signed_money(Decimal(0)) == "0.00"


def test_figures_read_as_people_write_them():
    assert percent(0.1234) == "12.34\N{NO-BREAK SPACE}%"
    assert percent(0.00001) == "0.0010\N{NO-BREAK SPACE}%"
    assert percent(None) == number(None) == plain(None) == duration(None) == "n/a"
    assert plain(Decimal("1500.10")) == "1,500.1"
    assert duration(90 * 10**9) == "1 min 30 s"
    assert duration(1_500_000) == "1.5 ms"
    assert duration(200_000 * 10**9) == "2 d 7 h"
    assert instant(0, "America/New_York") == "1969-12-31 19:00:00 EST"


def test_the_summary_is_a_table_of_text(random_result):
    result = random_result(partial=True)

    text = summary(result)

    assert "partial: interrupted" in text
    assert signed_money(result.profit, "USD") in text
    assert result.summary() == text
