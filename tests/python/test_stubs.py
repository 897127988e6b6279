"""The hand-written stubs say what the compiled modules have.

Names are compared both ways: module attributes, class members, enum values, properties
and whether they can be set. Parameters are compared with the first lines of a
function's docstring, the only place where pybind11 keeps them: their names, order,
defaults, positional-only and keyword-only marks, and for overloads one by one.
Types are not compared.
"""

from __future__ import annotations

import ast
import enum
import re
from importlib import import_module
from pathlib import Path
from types import MemberDescriptorType, ModuleType, WrapperDescriptorType

import pytest

import ai_trading

STUBS = Path(ai_trading.__file__).parent / "_core"
# What every pybind11 class carries, and what no stub spells out.
UNSPOKEN = {
    "__dict__",
    "__doc__",
    "__getstate__",
    "__hash__",
    "__module__",
    "__setstate__",
    "__weakref__",
}


def module_name(stub: Path) -> str:
    return "ai_trading._core" + ("" if stub.stem == "__init__" else f".{stub.stem}")


# What a stub declares.


def declared(body: list[ast.stmt]) -> dict[str, list[ast.stmt]]:
    """Map each name a stub body declares to its statements, overloads in order."""
    names: dict[str, list[ast.stmt]] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.AnnAssign):
            names[node.target.id] = [node]
        elif isinstance(node, ast.Assign):
            names.update((target.id, [node]) for target in node.targets)
        elif isinstance(node, ast.ImportFrom):  # `import x as x` is a re-export
            again = (a.name for a in node.names if a.asname == a.name)
            names.update((name, [node]) for name in again)
    return names


def shared_base(name: str) -> list[ast.stmt]:
    """Return what a private class says, which stubs use to say a part only once."""
    bodies = (ast.parse(stub.read_text()).body for stub in STUBS.glob("*.pyi"))
    found = [
        node
        for body in bodies
        for node in body
        if isinstance(node, ast.ClassDef) and node.name == name
    ]
    return members(found[0])


def members(node: ast.ClassDef) -> list[ast.stmt]:
    """Return the body of a class after the bodies of its private bases."""
    bases = [ast.unparse(base) for base in node.bases]
    private = [base for base in bases if base.startswith("_")]
    return [s for base in private for s in shared_base(base)] + node.body


def decorators(node: ast.FunctionDef) -> set[str]:
    return {ast.unparse(d).rsplit(".", 1)[-1] for d in node.decorator_list}


def stub_parameters(node: ast.FunctionDef, *, method: bool) -> list[str]:
    """Spell a signature out: `name`, `name=`, `*`, `/`, `*args`, `**kwargs`."""
    a = node.args
    ordinary = [*a.posonlyargs, *a.args]
    plain = len(ordinary) - len(a.defaults)
    spelled = [x.arg + "=" * (i >= plain) for i, x in enumerate(ordinary)]
    spelled[: len(a.posonlyargs)] = [
        "/" + name[len(x.arg) :]
        for name, x in zip(spelled, a.posonlyargs, strict=False)
    ]
    if a.vararg:
        spelled.append(f"*{a.vararg.arg}")
    elif a.kwonlyargs:
        spelled.append("*")
    pairs = zip(a.kwonlyargs, a.kw_defaults, strict=True)
    spelled += [x.arg + "=" * (default is not None) for x, default in pairs]
    if a.kwarg:
        spelled.append(f"**{a.kwarg.arg}")
    return spelled[1:] if method else spelled


# What a compiled function says of itself.


def split_outside_brackets(text: str) -> list[str]:
    parts, depth, quote, start = [], 0, "", 0
    for i, char in enumerate(text):
        if quote:
            quote = "" if char == quote and text[i - 1] != "\\" else quote
        elif char in "'\"":
            quote = char
        elif char in "([{<":
            depth += 1
        elif char in ")]}" or (char == ">" and text[i - 1] != "-"):
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def spoken_signatures(function) -> list[str]:
    """Return the parameter text of each overload."""
    doc = function.__doc__ or ""
    name = re.escape(function.__name__)
    pattern = rf"^\d+\. {name}\((.*)\) -> .*$"
    if "\nOverloaded function.\n" not in doc:
        pattern = rf"\A{name}\((.*)\) -> .*$"
    return re.findall(pattern, doc, re.MULTILINE)


def spoken_parameters(signature: str, *, method: bool) -> list[str]:
    spelled: list[str] = []
    for part in split_outside_brackets(signature):
        if part == "/":
            spelled = ["/" + "=" * name.endswith("=") for name in spelled]
        elif part.startswith("*"):
            spelled.append(part.split(":")[0])
        else:
            name = re.match(r"\w+", part)[0]
            type_and_default = part.split(":", 1)[1] if ":" in part else part
            default = "=" * bool(re.search(r" = ", type_and_default))
            unnamed = re.fullmatch(r"arg\d+", name)  # cannot be given by name
            spelled.append(("/" if unnamed else name) + default)
    return spelled[1:] if method else spelled


def positional(spelled: list[str]) -> list[str]:
    """Operators are called by position, so names of their parameters say nothing."""
    return ["/" + "=" * name.endswith("=") for name in spelled]


def function_differences(where, nodes, function, *, method) -> list[str]:
    name = where.rsplit(".", 1)[-1]
    operator = name.startswith("__") and name not in {"__init__", "__call__"}
    same = positional if operator else list
    said = [
        same(spoken_parameters(s, method=method)) for s in spoken_signatures(function)
    ]
    if not said:
        return [f"{where}: its docstring does not begin with a pybind11 signature"]
    stub = [same(stub_parameters(node, method=method)) for node in nodes]
    if stub == said:
        return []
    return [f"{where}: the stub has {stub}, the extension {said}"]


# Both together.


def name_differences(where: str, stub: set[str], real: set[str]) -> list[str]:
    missing = [f"{where}.{name}: not in the stub" for name in sorted(real - stub)]
    return missing + [f"{where}.{n}: only in the stub" for n in sorted(stub - real)]


def module_differences(stub: Path, module: ModuleType) -> list[str]:
    found = declared(ast.parse(stub.read_text()).body)
    public = {name for name in vars(module) if not name.startswith("_")}
    stubbed = {name for name in found if not name.startswith("_")}
    out = name_differences(module.__name__, stubbed, public)
    for name in sorted(public & stubbed):
        real, nodes = getattr(module, name), found[name]
        where = f"{module.__name__}.{name}"
        if isinstance(real, type) != isinstance(nodes[0], ast.ClassDef):
            out.append(f"{where}: a class on one side only")
        elif isinstance(real, type):
            out += class_differences(where, nodes[0], real)
        elif callable(real) != isinstance(nodes[0], ast.FunctionDef):
            out.append(f"{where}: a function on one side only")
        elif callable(real):
            out += function_differences(where, nodes, real, method=False)
    return out


def class_differences(where: str, node: ast.ClassDef, real: type) -> list[str]:
    found = declared(members(node))
    if issubclass(real, enum.Enum):
        return enum_differences(where, found, real)
    if issubclass(real, BaseException):
        return []
    # A slot of a plain C type (its repr, say) has no pybind11 signature to compare.
    spoken = {
        name
        for name, raw in vars(real).items()
        if name not in UNSPOKEN
        and (name[0] != "_" or name[:2] == name[-2:] == "__")
        and not isinstance(raw, WrapperDescriptorType)
    }
    out = name_differences(where, set(found) - UNSPOKEN, spoken)
    for name in sorted(set(found) & spoken):
        out += member_differences(f"{where}.{name}", found[name], vars(real)[name])
    return out


def member_differences(where: str, nodes: list[ast.stmt], raw: object) -> list[str]:
    if not isinstance(nodes[0], ast.FunctionDef):  # x: int
        settable = type(raw) is not property or raw.fset is not None
        return [] if settable else [f"{where}: read-only, so declare it a @property"]
    marks = set().union(*(decorators(node) for node in nodes))
    if isinstance(raw, MemberDescriptorType):  # a field of a plain C type, read only
        return [] if marks == {"property"} else [f"{where}: declare it a @property"]
    if "property" in marks or isinstance(raw, property):
        if not ("property" in marks and isinstance(raw, property)):
            return [f"{where}: a property on one side only"]
        if ("setter" in marks) != (raw.fset is not None):
            return [f"{where}: it can be set on one side only"]
        return []
    static = isinstance(raw, staticmethod)
    if ("staticmethod" in marks) != static:
        return [f"{where}: a static method on one side only"]
    function = raw.__func__ if static else raw
    return function_differences(where, nodes, function, method=not static)


def enum_differences(where: str, found: dict, real: type[enum.Enum]) -> list[str]:
    members = {
        name: nodes[0]
        for name, nodes in found.items()
        if isinstance(nodes[0], ast.Assign | ast.AnnAssign)
    }
    out = name_differences(where, set(members), set(real.__members__))
    for name, node in members.items():
        if isinstance(node.value, ast.Constant) and name in real.__members__:
            value = node.value.value
            if value not in (..., real[name].value):
                out.append(f"{where}.{name}: {value} in the stub, {real[name].value}")
    return out


@pytest.mark.parametrize("stub", sorted(STUBS.glob("*.pyi")), ids=lambda p: p.stem)
def test_stub_and_extension_agree(stub):
    module = import_module(module_name(stub))

    assert module_differences(stub, module) == []


def test_every_submodule_has_a_stub():
    core = import_module("ai_trading._core")
    submodules = {k for k, v in vars(core).items() if isinstance(v, ModuleType)}

    assert submodules | {"__init__"} == {path.stem for path in STUBS.glob("*.pyi")}


# The comparison itself, on a module made to be wrong in known ways.


def compiled(name: str, doc: str):
    def function():
        pass

    function.__name__, function.__doc__ = name, doc
    return function


@pytest.fixture
def module():
    fake = ModuleType("fake")
    fake.size = compiled("size", "size(a: int, /, b: float = 2.5, *, c: str) -> int\n")
    overloads = (
        "open(*args, **kwargs)\nOverloaded function.\n\n"
        "1. open(path: str) -> None\n\n2. open(data: dict[str, int] = {}) -> None\n"
    )
    fake.open = compiled("open", overloads)

    class Book:  # noqa: PLW1641
        __init__ = compiled("__init__", "__init__(self: fake.Book, n: int) -> None\n")
        __len__ = compiled("__len__", "__len__(self: fake.Book) -> int\n")
        __eq__ = compiled("__eq__", "__eq__(self: fake.Book, arg0: object) -> bool\n")
        best = property(lambda self: 1)
        depth = property(lambda self: 1, lambda self, value: None)
        make = staticmethod(compiled("make", "make(s: str = 'a, b: (') -> fake.Book\n"))

    Side = enum.IntEnum("Side", {"BUY": 0, "SELL": 1})
    fake.Book, fake.Side = Book, Side
    return fake


RIGHT = """
import enum
from typing import overload

def size(a: int, /, b: float = ..., *, c: str) -> int: ...
@overload
def open(path: str) -> None: ...
@overload
def open(data: dict[str, int] = ...) -> None: ...

class Book:
    def __init__(self, n: int) -> None: ...
    def __len__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    @property
    def best(self) -> int: ...
    depth: int
    @staticmethod
    def make(s: str = ...) -> Book: ...

class Side(enum.IntEnum):
    BUY = 0
    SELL = 1
"""


def differences(tmp_path, text, module):
    stub = tmp_path / "fake.pyi"
    stub.write_text(text)
    return module_differences(stub, module)


def test_a_true_stub_is_accepted(tmp_path, module):
    assert differences(tmp_path, RIGHT, module) == []


@pytest.mark.parametrize(
    ("was", "becomes", "where"),
    [
        ("b: float = ...", "width: float = ...", "fake.size"),
        ("b: float = ...", "b: float", "fake.size"),
        ("*, c: str", "c: str = ...", "fake.size"),
        ("a: int, /, b", "a: int, b", "fake.size"),
        ("path: str", "file: str", "fake.open"),
        ("@overload\ndef open(path: str) -> None: ...\n", "", "fake.open"),
        ("def size", "def length", "fake.size: not in the stub"),
        ("n: int", "count: int", "fake.Book.__init__"),
        (
            "    def __len__(self) -> int: ...\n",
            "",
            "fake.Book.__len__: not in the stub",
        ),
        (
            "    depth: int\n",
            "    depth: int\n    worst: int\n",
            "fake.Book.worst: only",
        ),
        (
            "    @property\n    def best(self) -> int: ...",
            "    best: int",
            "fake.Book.best",
        ),
        (
            "    depth: int",
            "    @property\n    def depth(self) -> int: ...",
            "Book.depth",
        ),
        ("    @staticmethod\n    def make(", "    def make(self, ", "fake.Book.make"),
        ("    SELL = 1\n", "    SELL = 2\n", "fake.Side.SELL"),
        ("    SELL = 1\n", "", "fake.Side.SELL: not in the stub"),
    ],
)
def test_a_false_stub_is_named(tmp_path, module, was, becomes, where):
    assert was in RIGHT

    found = differences(tmp_path, RIGHT.replace(was, becomes), module)

    assert any(where in line for line in found), found
