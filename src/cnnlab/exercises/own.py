"""An instructor's own exercises: one Python file in the form of a chapter's module, never published.

The source travels, not the path: a worker on another machine has no such file.
"""

from __future__ import annotations

import linecache
import sys
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from cnnlab.exercises import EXERCISES, add
from cnnlab.exercises.core import Exercise

CHAPTER = "own"


class Own(NamedTuple):
    """The file's name and its text."""

    file: str
    source: str


def read(path: Path) -> Own:
    return Own(path.name, path.read_text(encoding="utf-8"))


def sources() -> list[str]:
    """The texts of the exercises that this process has registered."""
    homes = {each.reference.__module__ for each in EXERCISES.values() if each.chapter == CHAPTER}
    return [sys.modules[home].__dict__["SOURCE"] for home in sorted(homes)]


def register(own: Own) -> list[str]:
    """Make the exercises known to this process, and return their names; once more changes nothing.

    ValueError where the file does not run, lists none, or takes the name of a published exercise.
    """
    home = f"{Path(own.file).stem}.ch{CHAPTER}"
    if home in sys.modules:
        return [each.name for each in sys.modules[home].EXERCISES]
    module = ModuleType(home)
    vars(module)["SOURCE"] = own.source
    linecache.cache[own.file] = len(own.source), None, own.source.splitlines(True), own.file
    sys.modules[home] = module  # where the source of a reference is looked for
    try:
        exec(compile(own.source, own.file, "exec"), vars(module))
        add(listed(module), CHAPTER)
    except Exception as error:
        del sys.modules[home]
        raise ValueError(f"{own.file}: {error if type(error) is ValueError else repr(error)}") from error
    return [each.name for each in module.EXERCISES]


def listed(module: ModuleType) -> list[Exercise]:
    """The exercises of a module, each proved on one draw."""
    found: list[Exercise] = getattr(module, "EXERCISES", [])
    if not found:
        raise ValueError("it ends in no list EXERCISES")
    for each in found:
        each.draw_cases("a first draw")
    return found
