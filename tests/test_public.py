"""What is public stands in `__all__`, and it is what the chapters use."""

import ast
import re
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import nbformat
import pytest

import cnnlab

ROOT = Path(__file__).parents[1]
OPEN = {"__main__", "operators"}  # a program, and an old name
PUBLIC = {
    name: import_module(f"cnnlab.{name}").__all__
    for name in sorted(found.name for found in iter_modules(cnnlab.__path__))
    if name not in OPEN and hasattr(import_module(f"cnnlab.{name}"), "__all__")
}
OTHERS = {"exercises", "grading", "published"}  # whose own tests say what they offer


def test_every_room_says_what_is_public():
    rooms = {found.name for found in iter_modules(cnnlab.__path__)}
    assert rooms - OPEN - OTHERS <= PUBLIC.keys()


@pytest.mark.parametrize("room", PUBLIC)
def test_public_names_are_there_documented_and_the_rooms_own(room):
    module = import_module(f"cnnlab.{room}")
    assert len(set(PUBLIC[room])) == len(PUBLIC[room])
    for name in PUBLIC[room]:
        found = getattr(module, name)
        assert name[0] != "_"
        if isinstance(found, type) or callable(found):
            assert found.__doc__, name
        if isinstance(found, type) and found.__module__.startswith("cnnlab"):
            assert found.__module__.startswith(module.__name__), name


def code_of(path):
    """Every cell of a chapter as Python: IPython's own lines do nothing here."""
    cells = (cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    return [
        ast.parse(re.sub(r"^( *)[%!].*(?:\\\n.*)*", r"\1pass", cell, flags=re.MULTILINE)) for cell in cells
    ]


def used():
    """Room → the names that chapters take from it: `from cnnlab.data import digits`, `conv.conv2d(…)`."""
    found = defaultdict(set)
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        nodes = [node for cell in code_of(path) for node in ast.walk(cell)]
        imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
        rooms = {each.name for node in imports if node.module == "cnnlab" for each in node.names}
        for node in imports:
            if (node.module or "").startswith("cnnlab."):
                found[node.module.removeprefix("cnnlab.")] |= {each.name for each in node.names}
        for node in nodes:
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in rooms
            ):
                found[node.value.id].add(node.attr)
    return {room: there(room, names) for room, names in found.items() if room in PUBLIC}


def there(room, names):
    """Those that the room has: a chapter may have a variable of the room's name."""
    return {name for name in names if hasattr(import_module(f"cnnlab.{room}"), name)}


@pytest.mark.parametrize(("room", "names"), used().items())
def test_chapters_use_what_is_public(room, names):
    modules = {found.name for found in iter_modules(getattr(import_module(f"cnnlab.{room}"), "__path__", []))}
    assert names <= {*PUBLIC[room], *modules}


def test_the_readme_names_every_room():
    table = re.search(r"^\| \| \|\n(.*?)\n\n", (ROOT / "README.md").read_text("utf-8"), re.M | re.S)[1]
    named = set(re.findall(r"`(?:src/cnnlab/)?(\w+)(?:\.py|/)`", table))
    assert {found.name for found in iter_modules(cnnlab.__path__)} - OPEN <= named
