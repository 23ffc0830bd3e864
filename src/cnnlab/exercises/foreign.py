"""What an answer uses that a class run does not have, which is more than NumPy and the standard library."""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterator
from functools import partial
from itertools import islice
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

ALLOWED = {"numpy", "builtins", "__main__", *sys.stdlib_module_names}
STAND_INS = {"check", "draw", "progress", "solution", "display", "get_ipython"}  # a class run has its own
DEEP = 200  # objects that are looked at
PLAIN = {int, float, complex, bool, str, bytes, type(None), np.ndarray}  # rest on nothing
INNER = ("__wrapped__", "__func__", "fget", "func", "pyfunc")  # what a cache, a property and the like call


def foreign(answer: Any) -> list[str]:
    """The names in an answer, and in what it calls, of modules that a class run does not have."""
    found: set[str] = set()
    seen: set[int] = set()
    pending = [("", answer)]
    while pending and len(seen) < DEEP:
        name, value = pending.pop()
        if id(value) in seen or name in STAND_INS or type(value) in PLAIN:
            continue
        seen.add(id(value))
        home = value.__name__ if isinstance(value, ModuleType) else getattr(type(value), "__module__", "")
        if isinstance(value, (FunctionType, type)):
            # What `exec` made has no module, or one of its own name: a named tuple's function is made so.
            home = value.__module__ if value.__module__ in sys.modules else "__main__"
        if str(home).partition(".")[0] not in ALLOWED:
            found.add(name or str(home).partition(".")[0])
        elif home == "__main__":
            pending += parts(value)
            found |= {each for each in imported(value) if each.partition(".")[0] not in ALLOWED}
        elif not isinstance(value, (ModuleType, FunctionType, type)):
            pending += [("", each) for each in islice(held(value), DEEP)]
    return sorted(found)


def parts(value: Any) -> Iterator[tuple[str, Any]]:
    """What a function, a class or an object of the notebook rests on."""
    if isinstance(value, FunctionType):
        for cell in value.__closure__ or ():
            yield from [("", content) for content in contents(cell)]
        names = {
            *arguments(value, "LOAD_GLOBAL"),
            *arguments(value, "LOAD_NAME"),
        }  # the second in a class's body
        yield from [(name, value.__globals__[name]) for name in sorted(names) if name in value.__globals__]
        yield from [("", each) for each in (value.__defaults__ or ())]
        yield from [("", each) for each in (value.__kwdefaults__ or {}).values()]
    elif isinstance(value, type):
        yield from [("", each) for each in (*vars(value).values(), *value.__bases__)]
    else:
        yield from [("", each) for each in (type(value), *getattr(value, "__dict__", {}).values())]


def held(value: Any) -> Iterator[Any]:
    """What an object of Python or NumPy holds: the members of a collection, and what it calls."""
    if isinstance(value, (list, tuple, set, frozenset, dict)):
        yield from value.values() if isinstance(value, dict) else value
    if isinstance(value, partial):
        yield from [*value.args, *value.keywords.values()]
    if isinstance(value, MethodType):
        yield value.__self__
    yield from [getattr(value, name) for name in INNER if hasattr(value, name)]


def contents(cell: Any) -> Iterator[Any]:
    try:
        yield cell.cell_contents
    except ValueError:  # a variable that has no value yet
        return


def codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code and that of the functions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def arguments(function: FunctionType, operation: str) -> Iterator[str]:
    """What a function's code, and that of the functions in it, does one operation with."""
    for code in codes(function.__code__):
        yield from (str(each.argval) for each in dis.get_instructions(code) if each.opname == operation)


def imported(value: Any) -> Iterator[str]:
    """The modules that a function imports when it is called."""
    if isinstance(value, FunctionType):
        yield from arguments(value, "IMPORT_NAME")
