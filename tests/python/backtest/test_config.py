"""The configuration of a backtest: what it takes, and how it says no."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal

import pytest

from ai_trading.backtest.config import BacktestConfig, load_config, template
from ai_trading.core.errors import ConfigError

SMALLEST = {"data": {"path": "day.csv"}, "strategy": {"class": "my.py:Strategy"}}


def with_(**sections) -> dict:
    return {**SMALLEST, **sections}


def refusal(**sections) -> str:
    with pytest.raises(ConfigError) as caught:
        BacktestConfig.check(with_(**sections), file="run.toml")
    return str(caught.value)


def test_one_source_and_one_strategy_are_enough():
    config = BacktestConfig.check(SMALLEST)

    assert [source.path for source in config.data] == ["day.csv"]
    assert config.strategy[0].cls == "my.py:Strategy"
    assert config.run.cash == 1_000_000
    assert config.name == "backtest"


def test_paths_are_relative_to_the_file_and_the_name_is_the_files(tmp_path):
    file = tmp_path / "crossover.toml"
    file.write_text(
        '[data]\npath = "day.csv"\n[[strategy]]\nclass = "my.py:S"\n', "utf-8"
    )

    config = load_config(file)

    assert config.path("day.csv") == tmp_path / "day.csv"
    assert config.path("/elsewhere") == config.path("/") / "elsewhere"
    assert config.name == "crossover"
    assert config.file == file


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [("50us", 50_000), ("1.5 ms", 1_500_000), ("2s", 2 * 10**9), (7, 7), ("1m", 6e10)],
)
def test_durations_are_written_with_their_unit(text, nanoseconds):
    config = BacktestConfig.check(with_(latency={"feed": text}))

    assert config.latency.feed == nanoseconds


@pytest.mark.parametrize("text", ["fast", "1 year", "-1us", "0.5ns", True, 1.5])
def test_a_duration_that_is_none_is_refused(text):
    assert "run.toml: latency.feed" in refusal(latency={"feed": text})


def test_money_keeps_the_digits_of_the_file(tmp_path):
    file = tmp_path / "run.toml"
    file.write_text(
        "[run]\ncash = 0.1\n[fees]\nmaker_per_share = -0.0020\n"
        '[data]\npath = "x"\n[[strategy]]\nclass = "a:B"\n',
        "utf-8",
    )

    config = load_config(file)

    assert config.run.cash == Decimal("0.1")
    assert config.fees.maker_per_share == Decimal("-0.002")


def test_a_date_at_the_end_includes_its_day_and_knows_the_zone():
    run = BacktestConfig.check(
        with_(
            run={
                "start": dt.date(2026, 3, 9),
                "end": dt.date(2026, 3, 9),
                "timezone": "America/New_York",
            }
        )
    ).run

    assert run.end_ns - run.start_ns == 24 * 3600 * 10**9
    assert run.start_ns == 1_773_028_800 * 10**9  # 2026-03-09 04:00 UTC


def test_a_time_with_an_offset_needs_no_zone():
    run = BacktestConfig.check(
        with_(run={"start": "2026-03-09T09:30:00-04:00", "timezone": "Asia/Tokyo"})
    ).run

    assert run.start_ns == 1_773_063_000 * 10**9


def test_false_takes_a_limit_away():
    config = BacktestConfig.check(
        with_(limits={"price_collar": False}, bar_fills={"volume_cap": False})
    )

    assert config.limits.price_collar is None
    assert config.bar_fills.volume_cap is None
    assert "limits.max_position" in refusal(limits={"max_position": 0})
    assert "bar_fills.volume_cap" in refusal(bar_fills={"volume_cap": 2})


def test_every_mistake_is_listed_with_file_key_and_value():
    said = refusal(
        run={"sed": 1, "cash": "much", "timezone": "America/NewYork"},
        data={"path": "", "policy": "ignore"},
        limts={},
    )

    lines = said.splitlines()
    assert len(lines) == 6
    assert all(line.startswith("run.toml: ") for line in lines)
    assert "unknown key run.sed. Did you mean seed?" in said
    assert "unknown key limts. Did you mean limits?" in said
    assert "run.cash must be a valid decimal; received 'much'" in said
    assert "Did you mean America/New_York?" in said
    assert "data[0].policy must be 'raise', 'drop' or 'keep'" in said


def test_a_key_like_no_other_gets_the_list_of_those_allowed():
    said = refusal(report={"zzz": 1})

    assert said == "run.toml: unknown key report.zzz; allowed: write, file"


def test_instruments_are_checked_below_their_symbol():
    said = refusal(instruments={"AAPL": {"tick_sise": 1}, "B": {"lot_size": 0}})

    assert "unknown key instruments.AAPL.tick_sise. Did you mean tick_size?" in said
    assert "instruments.B.lot_size must be greater than 0; received 0" in said


def test_what_must_be_there_is_missed_by_name():
    with pytest.raises(ConfigError, match=r"data is missing\n.*strategy is missing"):
        BacktestConfig.check({})


def test_a_range_the_wrong_way_round_is_refused():
    said = refusal(run={"start": dt.date(2026, 3, 9), "end": dt.date(2026, 3, 8)})

    assert "start 2026-03-09 must lie before end 2026-03-08" in said


@pytest.mark.parametrize("text", ["Strategy", "my.py", ":A", "my.py:", "my.py:A-B"])
def test_a_strategy_without_place_or_class_is_refused(text):
    assert "a colon between place and class" in refusal(strategy=[{"class": text}])


def test_changes_win_over_the_file(tmp_path):
    file = tmp_path / "run.toml"
    file.write_text(
        '[data]\npath = "x"\n[strategy]\nclass = "a:B"\nparams = { size = 1 }\n',
        "utf-8",
    )

    config = load_config(
        file,
        changes=[("run.seed", 3), ("strategy.0.params.size", 200), ("data.path", "y")],
    )

    assert config.run.seed == 3
    assert config.strategy[0].params == {"size": 200}
    assert config.data[0].path == "y"


def test_a_change_to_a_place_that_cannot_be_is_refused(tmp_path):
    file = tmp_path / "run.toml"
    file.write_text('[[data]]\npath = "x"\n', "utf-8")

    with pytest.raises(ConfigError, match=r"cannot set data\.4\.path"):
        load_config(file, changes=[("data.4.path", "y")])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[run\n", r"not valid TOML.*line 1"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_toml_is_refused(tmp_path, content, said):
    file = tmp_path / "run.toml"
    file.write_bytes(content)

    with pytest.raises(ConfigError, match=said):
        load_config(file)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot read the configuration"):
        load_config(tmp_path / "nothing.toml")


def test_the_plain_form_is_json_and_comes_back_equal():
    given = with_(run={"cash": "0.10", "start": dt.date(2026, 3, 9)})
    config = BacktestConfig.check(given)

    plain = json.loads(json.dumps(config.plain()))

    assert plain["run"] == {"cash": "0.10", "start": "2026-03-09"}
    assert BacktestConfig.check(plain) == config


def test_the_template_is_valid_as_it_stands_and_with_every_line_used(tmp_path):
    file = tmp_path / "template.toml"
    file.write_text(template(), "utf-8")
    used = re.sub(r"^# (\w+ *=|\[)", r"\1", template(), flags=re.MULTILINE)
    every = tmp_path / "every.toml"
    every.write_text(used, "utf-8")

    load_config(file)
    config = load_config(every)

    for section in ("run", "latency", "fees", "limits", "bar_fills", "report"):
        model = getattr(config, section)
        assert model.model_fields_set == set(type(model).model_fields), section
    used = config.data[0].model_fields_set | config.data[1].model_fields_set
    assert type(config.data[0]).model_fields.keys() == used
