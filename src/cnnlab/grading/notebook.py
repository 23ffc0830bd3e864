"""What a notebook's cells say, before any of them is run; part of the sandbox, as a parser can be crashed.

Imports the standard library only, and IPython's own transformer where a cell is not plain Python.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import symtable
import sys
import zlib
from collections.abc import Container, Iterator
from contextlib import suppress
from functools import cache
from itertools import accumulate
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

SPELLED = {"eval", "exec", "globals", "locals", "vars", "get_ipython"}  # by which a string can be a name
READER = re.compile(r"^READER = (?:\"[^\"\\\n]*\"|'[^'\\\n]*')", re.MULTILINE)
LONG = 50_000  # characters of all cells together
DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
ASSIGNMENT = (ast.Assign, ast.AnnAssign, ast.AugAssign)
PASSED = re.compile(r"✓ (\w+): passed")  # the first line of a verdict
PROMPT = re.compile(r"\s*(>>>|In \[\d+\]:)")  # the second of these is Python too, of another meaning
ADDED = re.compile(r"\(syntax was added in Python (3\.\d+)\)")
UNSEEN = r"[\s\u200b-\u200f\u2060\ufeff]*"  # pasted from a page: Python refuses a line that begins so
NAMED = re.compile(
    rf"^{UNSEEN}(?:async\s+)?def\s+(\w+)|^{UNSEEN}class\s+(\w+)|^{UNSEEN}(\w+)\s*(?::[^=\n]*)?=[^=]",
    re.MULTILINE,
)


class Cell(NamedTuple):
    """A code cell: its place among all cells of the notebook, from 1, and its text."""

    place: int
    text: str


def code_cells(data: bytes) -> tuple[list[Cell], list[str]]:
    """The code cells, in the notebook formats 3 to 4 and whatever else is like them; names read as passed."""
    book = json.loads(data)
    cells, passed = [], set()
    for place, cell in enumerate((c for sheet in book.get("worksheets", [book]) for c in sheet["cells"]), 1):
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            text = whole(cell.get("source", cell.get("input", "")))
            cells.append(Cell(place, text.replace("\r\n", "\n").replace("\r", "\n")))
            passed |= set(PASSED.findall(json.dumps(cell.get("outputs", []), ensure_ascii=False)))
    return cells, sorted(passed)


def version(data: bytes) -> str:
    """Of the Python that ran the notebook last, as its metadata say it; "" where they do not."""
    try:
        return str(json.loads(data)["metadata"]["language_info"]["version"])
    except (KeyError, TypeError):
        return ""


def whole(source: Any) -> str:
    return "".join(map(str, source if isinstance(source, list) else [source]))


def own(cells: list[Cell], published: Container[str]) -> list[Cell]:
    """The cells that are not the chapter's, or hand an answer to `check`; of others who the reader is."""
    kept = []
    for cell in cells:
        if fingerprint(cell.text) not in published or "check(" in cell.text:
            kept.append(cell)
        elif reader := READER.search(cell.text):
            kept.append(Cell(cell.place, reader[0]))
    return kept


def shortened(cells: list[Cell]) -> list[Cell]:
    """The cells without the text of those that are too long to be quoted."""
    sizes = accumulate(len(cell.text) for cell in cells)
    return [cell if size <= LONG else Cell(cell.place, "") for cell, size in zip(cells, sizes, strict=True)]


def fingerprint(text: str) -> str:
    """The same for cells that differ in the space at the ends of lines, and in who the reader is, only."""
    lines = "\n".join(line.rstrip() for line in READER.sub("READER", text).strip().splitlines())
    data = lines.encode(errors="backslashreplace")
    return f"{zlib.crc32(data):08x}{zlib.adler32(data):08x}"  # hashlib takes a twentieth of a sandbox's start


def statements(text: str) -> tuple[str, list[ast.stmt]]:
    """A cell in Python, IPython's own words replaced by calls, and its statements, of one import each.

    SyntaxError or ValueError for what neither Python nor IPython would run.
    """
    if not PROMPT.match(text):
        with suppress(SyntaxError):
            return text, apart(ast.parse(text))
    text = str(transformer().transform_cell(text))
    return text, apart(ast.parse(text))


@cache
def transformer() -> Any:
    """IPython's own; in the sandbox only its two files are there."""
    try:
        return importlib.import_module("IPython.core.inputtransformer2").TransformerManager()
    except ImportError:
        package = ModuleType("IPython.utils")
        vars(package)["tokenutil"] = importlib.import_module("tokenutil")
        sys.modules["IPython.utils"] = package
        sys.modules.setdefault("IPython", ModuleType("IPython"))
        return importlib.import_module("inputtransformer2").TransformerManager()


def newer(text: str) -> str:
    """The Python that a cell is written for where that is newer than this one; empty where it is no Python.

    Asks ruff, which reads what this Python does not, and says in which version a form was added.
    """
    import subprocess  # here, as it would take a tenth of the time in which a sandbox starts

    program = Path(__file__).with_name("ruff")
    if not program.exists():
        return ""
    version = f"py{sys.version_info.major}{sys.version_info.minor}"
    options = [
        "--isolated",
        "--no-cache",
        "--select=F401",
        "--output-format=concise",
        f"--target-version={version}",
    ]
    asked = subprocess.run([program, "check", *options, "-"], input=text, capture_output=True, text=True)
    faults = [line for line in asked.stdout.splitlines() if "invalid-syntax" in line]
    added = [ADDED.search(line) for line in faults]
    return max((each[1] for each in added if each), default="") if all(added) else ""


def helpers() -> list[Path]:
    """The files of IPython's transformer, which need nothing else of it, and ruff where it is installed.

    FileNotFoundError where IPython is not.
    """
    import shutil

    spec = importlib.util.find_spec("IPython")
    if spec is None or spec.origin is None:
        raise FileNotFoundError(
            "a cell may hold IPython's magics, and IPython is not here: pip install ipython"
        )
    folder = Path(spec.origin).parent
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    found = [Path(ruff)] if ruff else []
    return [folder / "core" / "inputtransformer2.py", folder / "utils" / "tokenutil.py", *found]


def apart(tree: ast.Module) -> list[ast.stmt]:
    return [one for statement in tree.body for one in single(statement)]


def single(statement: ast.stmt) -> Iterator[ast.stmt]:
    """An import of one name for each of its names: one that is not there costs the others nothing."""
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        for alias in statement.names:
            part = {**vars(statement), "names": [alias]}
            yield type(statement)(**part)
    else:
        yield statement


def bound(statement: ast.stmt) -> list[str]:
    """The names that a statement may give a meaning to, those in its branches and loops among them."""
    names: list[str] = []
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names += [alias.asname or alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, DEFINITION):
            names.append(node.name)  # what is bound within it is its own
        else:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.append(node.id)
            pending += ast.iter_child_nodes(node)
    return sorted(set(names))


def changed(statement: ast.stmt) -> set[str]:
    """The names on the left of an assignment: what `a[i] = b` and `a.b += c` change among them."""
    targets = getattr(statement, "targets", [getattr(statement, "target", statement)])
    left = (
        [node for target in targets for node in ast.walk(target)] if isinstance(statement, ASSIGNMENT) else []
    )
    return {node.id for node in left if isinstance(node, ast.Name)}


def needed(text: str) -> set[str]:
    """The names in a cell that are not a function's own; all its words where a string may spell one."""
    names: set[str] = set()
    pending = [symtable.symtable(text, "cell", "exec")]
    while pending:
        table = pending.pop()
        pending += table.get_children()
        everywhere = table.get_type() == "module"
        names |= {each.get_name() for each in table.get_symbols() if everywhere or each.is_global()}
    return set(re.findall(r"\w+", text)) if names & SPELLED else names


def is_annotated(statement: ast.stmt) -> bool:
    """Whether it defines something with annotations, which Python evaluates and nothing needs."""
    return isinstance(statement, DEFINITION) and any(
        getattr(node, "annotation", None) or getattr(node, "returns", None) for node in ast.walk(statement)
    )


def is_stub(statement: ast.stmt) -> bool:
    """Whether it only says that something is not written yet: a function that raises so, or `… = ...`."""
    if isinstance(statement, ast.Assign):
        return isinstance(statement.value, ast.Constant) and statement.value.value is ...
    if not isinstance(statement, ast.FunctionDef):
        return False
    *before, last = statement.body
    return all(isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) for each in before) and (
        isinstance(last, ast.Raise)
        and last.exc is not None
        and "NotImplementedError" in ast.unparse(last.exc)
    )


def named(text: str) -> list[str]:
    """The names that a cell would define if it were Python."""
    return [name for groups in NAMED.findall(text) for name in groups if name]
