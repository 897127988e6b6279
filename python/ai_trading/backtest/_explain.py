"""What is wrong with a configuration, in the words of its file."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pydantic import ValidationError

__all__ = ["explain", "similar"]


def similar(word: str, words: Iterable[str]) -> str:
    """Return ``". Did you mean X?"`` where one of `words` is close, else nothing."""
    found = difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)
    return f". Did you mean {found[0]}?" if found else ""


def explain(
    error: ValidationError, root: type[BaseModel], file: str | Path | None
) -> str:
    """Return every problem pydantic found, one a line, named as the file names it."""
    where = f"{file}: " if file is not None else ""
    problems = error.errors(include_url=False)
    return "\n".join(where + _explain_one(problem, root) for problem in problems)


def _explain_one(problem: Any, root: type[BaseModel]) -> str:
    path = _written(problem["loc"])
    name = ".".join(path) or "the configuration"
    model = _model_at(root, path[:-1])
    if problem["type"] == "extra_forbidden":
        known = _keys(model)
        hint = similar(path[-1], known)
        return f"unknown key {name}{hint or '; allowed: ' + ', '.join(known)}"
    if problem["type"] == "missing":
        return f"{name} is missing"
    said = str(problem["msg"]).removeprefix("Value error, ")
    said = said.replace("Input should be", "must be", 1)
    if not said.startswith("must"):
        return f"{name}: {said}"
    received = problem["input"]
    if isinstance(received, dict | list) and len(repr(received)) > 60:
        return f"{name} {said}"
    return f"{name} {said}; received {received!r}"


def _written(location: Sequence[str | int]) -> list[str]:
    """The path as the file has it, without pydantic's names of union members."""
    path: list[str] = []
    for part in location:
        if isinstance(part, str):
            path += [] if part in _MEMBERS else [part]
        elif path:
            path[-1] += f"[{part}]"
    return path


_MEMBERS = {
    "a law",
    "float",
    "dict[str,float]",
    "a duration",
    "str",
    "int",
    "datetime",
    "date",
    "list[str]",
    "decimal",
}


def _model_at(root: type[BaseModel], path: Sequence[str]) -> type[BaseModel]:
    model = root
    for part in path:
        field = model.model_fields.get(part.partition("[")[0])
        inner = None if field is None else _model_in(field.annotation)
        model = inner or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(part) for part in get_args(annotation))
    return next((model for model in inner if model is not None), None)


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
