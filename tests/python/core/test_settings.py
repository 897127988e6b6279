"""Settings come from four places in a known order; a doubtful one stops the start."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import SecretStr

from ai_trading.core import settings as module
from ai_trading.core.errors import ConfigError
from ai_trading.core.settings import Settings, get_settings, load_settings, template

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """An empty folder and no variable of ours: only what a test puts there counts."""
    monkeypatch.chdir(tmp_path)
    for name in list(module.os.environ):
        if name.upper().startswith("AI_TRADING_"):
            monkeypatch.delenv(name)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def test_a_variable_overrides_a_default_and_leaves_its_neighbours(monkeypatch):
    monkeypatch.setenv("AI_TRADING_RISK__MAX_POSITION_SIZE", "0.05")

    risk = Settings().risk

    assert (risk.max_position_size, risk.max_portfolio_risk) == (0.05, 0.02)


def test_argument_beats_environment_beats_env_file_beats_toml(tmp_path, monkeypatch):
    (tmp_path / "ai_trading.toml").write_text(
        "[redis]\nhost = 'toml'\ndb = 1\nport = 1001\nmax_connections = 9\n"
    )
    (tmp_path / ".env").write_text(
        "AI_TRADING_REDIS__HOST=dotenv\nAI_TRADING_REDIS__DB=2\n"
        "AI_TRADING_REDIS__PORT=1002\n"
    )
    monkeypatch.setenv("AI_TRADING_REDIS__HOST", "environment")
    monkeypatch.setenv("AI_TRADING_REDIS__DB", "3")

    redis = Settings(redis={"host": "argument"}).redis

    assert (redis.host, redis.db, redis.port, redis.max_connections) == (
        "argument",
        3,
        1002,
        9,
    )


def test_an_empty_variable_means_the_default(monkeypatch):
    monkeypatch.setenv("AI_TRADING_REDIS__PORT", "")

    assert Settings().redis.port == 6379


def test_a_nested_group_is_reached_with_two_delimiters(monkeypatch):
    monkeypatch.setenv("AI_TRADING_NOTIFICATIONS__EMAIL__PORT", "25")

    assert Settings().notifications.email.port == 25


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("AI_TRADING_RISK__MAX_POSITON_SIZE", "AI_TRADING_RISK__MAX_POSITION_SIZE"),
        ("AI_TRADING_RISK_MAX_POSITION_SIZE", "AI_TRADING_RISK__MAX_POSITION_SIZE"),
        ("ai_trading_redis__prt", "AI_TRADING_REDIS__PORT"),
    ],
)
def test_an_unknown_variable_is_refused_and_the_nearest_offered(
    monkeypatch, name, hint
):
    monkeypatch.setenv(name, "0.05")

    with pytest.raises(
        ConfigError, match=rf"unknown variable {name} in the env.*Did you mean {hint}\?"
    ):
        Settings()


def test_an_unknown_variable_in_the_env_file_is_refused(tmp_path):
    (tmp_path / ".env").write_text("AI_TRADING_REDIS__HOTS=x\nOTHER_PROGRAM=1\n")

    with pytest.raises(ConfigError, match=r"AI_TRADING_REDIS__HOTS in \.env\. Did"):
        Settings()


def test_other_programs_names_in_a_shared_env_file_are_left_alone(tmp_path):
    (tmp_path / ".env").write_text("DATABASE_URL=x\nAI_TRADING_REDIS__HOST=cache\n")

    assert Settings().redis.host == "cache"


def test_the_variable_that_tells_tests_where_data_lies_is_known(monkeypatch):
    monkeypatch.setenv("AI_TRADING_TEST_DATA", "/somewhere")

    Settings()


def test_an_unknown_name_in_the_toml_file_is_refused(tmp_path):
    (tmp_path / "ai_trading.toml").write_text("[risk]\nmax_size = 0.1\n[rsik]\n")

    with pytest.raises(ConfigError) as caught:
        Settings()

    assert "unknown setting risk.max_size" in str(caught.value)
    assert "unknown setting rsik. Did you mean risk?" in str(caught.value)


def test_a_named_file_is_read_and_must_exist(tmp_path):
    (tmp_path / "desk.toml").write_text("[kelly]\nmin_sample_size = 50\n")

    assert load_settings("desk.toml").kelly.min_sample_size == 50
    with pytest.raises(ConfigError, match=r"no settings file gone\.toml"):
        load_settings("gone.toml")
    assert load_settings().kelly.min_sample_size == 30


def test_the_environment_may_name_the_file(tmp_path, monkeypatch):
    (tmp_path / "desk.toml").write_text("[kelly]\nmin_sample_size = 50\n")
    monkeypatch.setenv("AI_TRADING_SETTINGS_FILE", str(tmp_path / "desk.toml"))

    assert get_settings().kelly.min_sample_size == 50


def test_a_file_that_is_not_toml_is_refused_with_its_line(tmp_path):
    (tmp_path / "ai_trading.toml").write_text("[risk\n")

    with pytest.raises(ConfigError, match=r"ai_trading\.toml is not TOML.*line 1"):
        Settings()


def test_a_percentage_is_refused_and_the_fraction_offered():
    with pytest.raises(
        ConfigError,
        match=r"risk\.max_position_size \(AI_TRADING_RISK__MAX_POSITION_SIZE\) must be "
        r"less than or equal to 1; received 10\. Did you mean 0\.1\?",
    ):
        Settings(risk={"max_position_size": 10})


def test_every_problem_is_listed_not_only_the_first():
    with pytest.raises(ConfigError) as caught:
        Settings(redis={"port": 0}, broker={"name": "x"}, kelly={"confidence_level": 1})

    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "much"])
def test_what_is_no_sensible_number_is_refused(monkeypatch, value):
    monkeypatch.setenv("AI_TRADING_EXECUTION__MAX_SLIPPAGE_BPS", value)

    with pytest.raises(ConfigError, match=r"execution\.max_slippage_bps"):
        Settings()


def test_a_list_that_is_not_json_is_refused_with_the_way_to_write_it(monkeypatch):
    monkeypatch.setenv("AI_TRADING_SECURITY__ALLOWED_HOSTS", "a,b")

    with pytest.raises(ConfigError, match=r"security.*JSON, such as \[\"a\", \"b\"\]"):
        Settings()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"execution": {"min_order_size": 500, "max_order_size": 100}},
            "execution: min_order_size 500 must be at most max_order_size 100",
        ),
        ({"execution": {"cancel_threshold_seconds": 999}}, "order_timeout_seconds 300"),
        ({"risk": {"max_position_size": 0.5}}, "at most max_sector_concentration 0.15"),
        ({"kelly": {"lookback_periods": 10}}, "min_sample_size 30 must be at most"),
        ({"celery": {"task_time_limit_seconds": 60}}, "must be below"),
        ({"monitoring": {"dashboard_port": 8000}}, "are both 8000"),
        ({"backup": {"retention_days": 1, "frequency_hours": 48}}, "would be none"),
        ({"broker": {"live_trading": True}}, "'paper', which has no real money"),
        ({"broker": {"api_key": "k"}}, "belong together"),
        (
            {"broker": {"live_trading": True, "name": "alpaca"}},
            "environment.name is 'development'",
        ),
        ({"environment": {"name": "production", "debug": True}}, "debug is true"),
        (
            {"notifications": {"email": {"enabled": True, "host": "smtp"}}},
            r"notifications.email: enabled is true but sender, recipients is not given",
        ),
        ({"notifications": {"slack": {"enabled": True}}}, "webhook_url is not given"),
        ({"market_hours": {"market_close": "09:00"}}, "market_open 09:30:00 must be"),
        (
            {"market_hours": {"timezone": "America/NewYork"}},
            r"received 'America/NewYork'\. Did you mean America/New_York\?",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(values, message):
    with pytest.raises(ConfigError, match=message):
        Settings(**values)


SECRETS = {
    "database": {"url": "postgresql://u:hunter2@h/d"},
    "redis": {"password": "hunter2"},
    "celery": {"broker_url": "redis://:hunter2@h/1"},
    "broker": {"api_key": "hunter2", "api_secret": "hunter2"},
    "security": {"secret_key": "hunter2"},
    "market_data": {"api_key": "hunter2"},
    "notifications": {
        "email": {"password": "hunter2"},
        "slack": {"webhook_url": "https://hooks/hunter2"},
        "sms": {"token": "hunter2"},
    },
}


def test_no_secret_is_printed():
    settings = Settings(**SECRETS)

    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert "hunter2" not in shown
    assert "hunter2" not in f"{settings.redis.url!r}"
    assert settings.redis.url.get_secret_value() == "redis://:hunter2@localhost:6379/0"


def test_no_secret_is_printed_by_an_error_about_it():
    with pytest.raises(ConfigError) as caught:
        Settings(broker={"api_key": 5551234, "api_secret": ["5551234"]})

    assert "5551234" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_password_with_odd_characters_fits_into_the_address():
    settings = Settings(redis={"password": "a/b@c:d", "username": "me", "tls": True})

    assert settings.redis.url == SecretStr("rediss://me:a%2Fb%40c%3Ad@localhost:6379/0")


def test_settings_cannot_be_changed():
    settings = Settings()

    with pytest.raises(ValueError, match="frozen"):
        settings.redis.port = 1


def test_the_settings_of_the_process_are_read_once(monkeypatch):
    first = get_settings()
    monkeypatch.setenv("AI_TRADING_REDIS__PORT", "1")

    assert get_settings() is first


def test_the_template_lists_every_setting_and_reads_back_as_the_defaults(tmp_path):
    (tmp_path / ".env").write_text(template())

    assert Settings() == Settings(_env_file=None)
    for group, field in Settings.model_fields.items():
        for name in type(field.default).model_fields:
            assert f"AI_TRADING_{group}__{name}".upper() in template()


def test_the_template_says_something_about_every_setting():
    lines = template().splitlines()

    for before, line in pairwise(lines):
        if line.startswith("AI_TRADING_"):
            assert before.startswith("# ")
            assert len(before) > 10


def test_the_committed_template_is_the_generated_one():
    committed = (PROJECT / ".env.institutional").read_text()

    assert committed == template(), (
        "run: python -m ai_trading.core.settings .env.institutional"
    )


def test_the_module_writes_the_template(tmp_path):
    file = tmp_path / "written"

    subprocess.run(
        [sys.executable, "-m", "ai_trading.core.settings", str(file)],
        check=True,
        cwd=PROJECT,
    )

    assert file.read_text() == template()


@pytest.mark.parametrize(
    ("group", "name"),
    [("risk", "max_position_size"), ("monitoring", "prometheus_port")],
)
def test_true_is_no_number(group, name):
    with pytest.raises(ConfigError, match="must not be true or false; received True"):
        Settings(**{group: {name: True}})

    assert Settings(database={"echo": True}).database.echo


def test_a_group_that_is_no_mapping_is_said_to_be_one():
    with pytest.raises(ConfigError, match="risk is a group of settings"):
        Settings(risk=5)
