"""The words around settings: their names, their template, and what is wrong with them.

Nothing here knows a particular setting; `core.settings` declares them.
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
import zoneinfo
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn, get_args, get_origin

from dotenv import dotenv_values
from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticCustomError

from ai_trading.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import ValidationError
    from pydantic.fields import FieldInfo
    from pydantic_settings import BaseSettings, SettingsError


def leaves(
    model: type[BaseModel], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Every setting below `model` with its path, in the order of declaration."""
    for name, field in model.model_fields.items():
        if _is_group(field):
            yield from leaves(type(field.default), (*path, name))
        else:
            yield (*path, name), field


def groups(
    model: type[BaseModel], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], type[BaseModel]]]:
    """Every group below `model` with its path, in the order of declaration."""
    for name, field in model.model_fields.items():
        if _is_group(field):
            yield (*path, name), type(field.default)
            yield from groups(type(field.default), (*path, name))


def variable(prefix: str, path: tuple[str, ...]) -> str:
    """The environment variable of a setting."""
    return prefix + "__".join(path).upper()


# ---- rules between settings, used in validators


def contradiction(what: str) -> NoReturn:
    """Fail the validation of a group because two of its settings disagree."""
    kind = "contradiction"
    raise PydanticCustomError(kind, "{what}", {"what": what})


def ordered(group: BaseModel, low: str, high: str, *, strict: bool = False) -> None:
    """Demand that one setting does not exceed another."""
    first, second = getattr(group, low), getattr(group, high)
    if first < second or (first == second and not strict):
        return
    relation = "below" if strict else "at most"
    contradiction(
        f"{low} {first} must be {relation} {high} {second}; change one of them"
    )


def complete(group: BaseModel, *names: str) -> None:
    """Demand that what a group needs is given where it is enabled."""
    missing = [name for name in names if not getattr(group, name)]
    if getattr(group, "enabled", False) and missing:
        contradiction(
            f"enabled is true but {', '.join(missing)} is not given; "
            "give it, or set enabled to false"
        )


def known_zone(name: str) -> str:
    """Return a time zone's name, or fail naming a similar one."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        kind = "time_zone"
        hint = _similar(name, zoneinfo.available_timezones())
        message = "must be an IANA time zone such as America/New_York"
        raise PydanticCustomError(kind, message, {"hint": hint}) from None
    return name


# ---- what is wrong


def read_env_file(file: Any) -> dict[str, str]:
    """Return the names and values of a ``.env`` file, none where it is absent."""
    if file is None or not Path(file).is_file():
        return {}
    values = dotenv_values(file, encoding="utf-8")
    return {name: value or "" for name, value in values.items()}


def check_variables(
    settings: type[BaseSettings],
    environment: Mapping[str, str],
    env_file: Mapping[str, str],
    others: frozenset[str],
) -> None:
    """Refuse a variable that has our prefix and names no setting."""
    prefix = settings.model_config.get("env_prefix", "")
    known = [variable(prefix, path) for path, _ in leaves(settings)]
    known += [variable(prefix, path) for path, _ in groups(settings)]
    allowed = {*known, *others}
    problems = [
        f"unknown variable {name} in {where}.{_similar(name.upper(), known)}"
        for where, names in (("the environment", environment), (".env", env_file))
        for name in names
        if name.upper().startswith(prefix) and name.upper() not in allowed
    ]
    if problems:
        problems.append(
            "Every setting is listed in .env.institutional, or by "
            "`python -m ai_trading.core.settings`."
        )
        raise ConfigError("\n".join(problems))


def explain(settings: type[BaseSettings], error: ValidationError) -> str:
    """Say in words what a validation found, one line for each problem."""
    prefix = settings.model_config.get("env_prefix", "")
    fields = dict(leaves(settings))
    return "\n".join(
        _explain_one(settings, prefix, fields, problem)
        for problem in error.errors(include_url=False)
    )


def explain_source(error: SettingsError) -> str:
    """Say which group could not be read from its source, without its value."""
    return f'{error}; a list or a group is written as JSON, such as ["a", "b"]'


def _explain_one(
    settings: type[BaseSettings],
    prefix: str,
    fields: dict[tuple[str, ...], FieldInfo],
    problem: Any,
) -> str:
    path = tuple(str(part) for part in problem["loc"])
    name = ".".join(path)
    if problem["type"] == "extra_forbidden":
        return f"unknown setting {name}.{_similar(name, _names(settings))}"
    if problem["type"] == "contradiction":
        return f"{name}: {problem['msg']}" if name else str(problem["msg"])
    while path and path not in fields:  # an element of a list, a member of a union
        path = path[:-1]
    if problem["type"] == "model_type":
        return f"{name} is a group of settings, a mapping of names to values"
    said = str(problem["msg"])
    said = said.replace("Input should be", "must be", 1).removeprefix("Value error, ")
    if not said.startswith("must"):
        said = f"is wrong: {said}"
    where = f"{name} ({variable(prefix, path)})" if path else name
    return f"{where} {said}{_received(fields.get(path), problem)}"


def _received(field: FieldInfo | None, problem: Any) -> str:
    if field is None or is_secret(field):
        return ""
    value = problem["input"]
    hint = problem.get("ctx", {}).get("hint") or _percentage(problem, value)
    return f"; received {value!r}.{hint}"


def _percentage(problem: Any, value: object) -> str:
    at_most_one = {problem.get("ctx", {}).get(key) for key in ("le", "lt")} & {1}
    try:
        number = float(str(value))
    except ValueError:
        return ""
    if at_most_one and 1 < number <= 100:
        return f" Did you mean {number / 100:g}?"
    return ""


def _names(settings: type[BaseSettings]) -> list[str]:
    named = [".".join(path) for path, _ in leaves(settings)]
    return named + [".".join(path) for path, _ in groups(settings)]


def _similar(name: str, known: Any) -> str:
    found = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.7)
    return f" Did you mean {found[0]}?" if found else ""


# ---- the template


def template(settings: type[BaseSettings], prefix: str) -> str:
    """Write a commented ``.env`` file with every setting and its default."""
    lines = [
        "# Every setting of ai_trading with its default.",
        "#",
        "# Generated by `python -m ai_trading.core.settings`: change the code instead.",
        "# Copy this to .env and keep the lines that you change. An empty value means",
        "# the default, a list is written as JSON, a fraction of 0.01 is one percent.",
        "# The same names in lower case make a TOML file, a table per group: it is",
        "# called ai_trading.toml or named by AI_TRADING_SETTINGS_FILE. What is set in",
        "# the environment wins over .env, and .env over the TOML file.",
    ]
    for path, group in groups(settings):
        own = [(name, f) for name, f in group.model_fields.items() if not _is_group(f)]
        if not own:
            continue
        title = ".".join(path)
        about = (group.__doc__ or "").strip().splitlines()[0]
        lines += ["", f"# ---- {title}: {about}"]
        for name, field in own:
            value = _written(field.default)
            lines += [
                f"# {_about(field)}",
                f"{variable(prefix, (*path, name))}={value}",
            ]
    return "\n".join(lines) + "\n"


def _about(field: FieldInfo) -> str:
    said = " ".join((field.description or "").split())
    allowed = _allowed(field)
    return said + (f" [{allowed}]" if allowed else "")


def _allowed(field: FieldInfo) -> str:
    if is_secret(field):
        return "secret"
    kind = field.annotation
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(str(member.value) for member in kind)
    if get_origin(kind) is Literal:
        return ", ".join(str(choice) for choice in get_args(kind))
    if kind is bool:
        return "true, false"
    bounds = [
        f"{sign} {getattr(rule, name)}"
        for rule in field.metadata
        for name, sign in (("gt", ">"), ("ge", ">="), ("lt", "<"), ("le", "<="))
        if hasattr(rule, name)
    ]
    return " and ".join(bounds)


def _written(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case dt.time():
            return value.isoformat("minutes")
        case tuple():
            return json.dumps(list(value))
        case _:
            return str(value)


def is_secret(field: FieldInfo) -> bool:
    """True where the setting's value must not be shown."""
    kinds = getattr(field.annotation, "__args__", (field.annotation,))
    return SecretStr in kinds


def _is_group(field: FieldInfo) -> bool:
    return isinstance(field.default, BaseModel)
