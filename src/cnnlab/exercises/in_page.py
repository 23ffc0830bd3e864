"""Cells of a chapter run where the book is read: what a page's worker calls, with Python in WebAssembly.

A page has no kernel. It begins afresh at each click. An answer is checked after what the chapter defines
without torch and the reader's other answers. A cell of the chapter itself runs after those that it needs.
"""

from __future__ import annotations

import ast
import base64
import io
import json
import linecache
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import wraps
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np

from cnnlab import exercises
from cnnlab.exercises.shown import LOOKS, Task, Verdict

CELL = "<your cell>"
DRAWN_WITH = {"figures", "matplotlib", "PIL"}
# What makes arrays of NumPy's default integer, or of its indices; and what computes with lists of Python's.
MAKERS = """
    array asarray arange full zeros ones empty eye identity indices nonzero flatnonzero where count_nonzero
    argmax argmin argsort searchsorted bincount digitize unique
""".split()
COMPUTERS = "sum prod cumsum cumprod max min diff dot outer".split()


def main(task: Path, result: Path) -> None:
    """Read a task from one file and write what the page shows to another; both hold JSON."""
    told = json.loads(task.read_text(encoding="utf-8"))
    shown = show(**told["show"]) if "show" in told else run(**told)
    result.write_text(json.dumps(shown), encoding="utf-8")


def run(prelude: str, others: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """What the last cell shows, in words: a verdict or a task, an error, and all that was printed."""
    names: dict[str, Any] = {"__name__": "__main__"}
    value, error, printed = None, "", io.StringIO()
    with redirect_stdout(io.StringIO()):
        for text in [prelude, *others]:
            execute_what_can_be(text, names)
    names |= {"check": exercises.check, "draw": exercises.draw}  # whatever the other answers call so
    with redirect_stdout(printed):
        try:
            for text in cells:
                value = execute(text, names)
        except BaseException as raised:  # SystemExit too: it must not end the interpreter
            value, error = None, told_about(raised)
    return {"shown": in_words(value), "error": error, "printed": printed.getvalue()}


def show(begin: str, before: Sequence[str], cell: str) -> dict[str, Any]:
    """What a chapter's cell shows, in its order, and the error that ended it, if one did.

    Of the setup cell, `begin`, only what is here runs; of the cells `before`, only those that this one needs.
    """
    outputs, at = Outputs(), cell
    names: dict[str, Any] = {"__name__": "__main__", "display": outputs.display}
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            execute_what_can_be(begin, names)
            for at in needed(begin, before, cell):
                execute_unseen(at, names)
        at = cell
        with redirect_stdout(outputs), redirect_stderr(outputs):
            outputs.display(execute(cell, names))
            outputs.display(*open_figures())
    except BaseException as raised:
        told = {"error": told_about(raised), "at": "" if at == cell else at, "lacks": lacks(raised)}
        return {"outputs": outputs.all(), **told}
    return {"outputs": outputs.all(), "error": "", "at": "", "lacks": ""}


def lacks(raised: BaseException) -> str:
    """What the page has to fetch before such a cell runs: "figures" or nothing."""
    name = raised.name if isinstance(raised, (NameError, ModuleNotFoundError)) else None
    draws = str(name).partition(".")[0] in DRAWN_WITH
    return "figures" if draws and not find_spec("matplotlib") else ""


def add_figures(archive: Path, folder: Path) -> None:
    """Take matplotlib in, whose letters must lie in files."""
    with ZipFile(archive) as packed:
        packed.extractall(folder)
    sys.path.append(str(folder))


class Outputs(io.StringIO):
    """What a cell prints and displays, in its order: texts, and pictures in base64."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[dict[str, str]] = []

    def all(self) -> list[dict[str, str]]:
        if printed := self.getvalue():
            self.shown.append({"kind": "stream", "text": printed})
            self.seek(self.truncate(0))
        return self.shown

    def display(self, *values: Any) -> None:
        self.all().extend(described(value) for value in values if value is not None)


def described(value: Any) -> dict[str, str]:
    """A picture where there is one, else a text; HTML out of a cell would be obeyed."""
    if hasattr(type(value), "_repr_png_"):
        png = value._repr_png_()
    elif hasattr(type(value), "savefig"):
        value.savefig(buffer := io.BytesIO(), format="png")
        png = buffer.getvalue()
    else:
        return {"kind": "plain", "text": repr(value)}
    return {"kind": "png", "text": base64.b64encode(png).decode()}


def open_figures() -> list[Any]:
    """The figures that pyplot holds, which a notebook shows below the cell that made them, and then drops."""
    if not (pyplot := sys.modules.get("matplotlib.pyplot")):
        return []
    found = [pyplot.figure(number) for number in pyplot.get_fignums()]
    pyplot.close("all")
    return found


def needed(begin: str, before: Sequence[str], cell: str) -> list[str]:
    """Of the cells before one, those that give or change what it uses; one too many harms nothing."""
    given = changed(begin)
    wanted, found = used(cell) - given, []
    for text in reversed(before):
        if changed(text) & wanted:
            wanted |= used(text) - given
            found.append(text)
    return found[::-1]


def used(text: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}


def changed(text: str) -> set[str]:
    """The names that a text binds, or may change: `a[0] = 1`, `a.b = 1`, `a.append(1)`."""
    return {name for node in ast.walk(ast.parse(text)) for name in changed_by(node)}


def changed_by(node: ast.AST) -> Iterator[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from base_of(node.func)
    elif isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
        yield from base_of(node)


def base_of(node: ast.expr) -> Iterator[str]:
    """The `a` of `a.b[0].c`."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


def widen() -> None:
    """Give NumPy the default integer of a notebook, 64 bits, where it has 32, as in WebAssembly.

    There `np.array([100000]) ** 2` is another number, without a word. What is left as it is: `astype(int)`,
    methods of arrays of truth values, and ufuncs of Python's own numbers.
    """
    if np.dtype(int).itemsize == 4:
        own = {name: widened(getattr(np, name)) for name in MAKERS}
        own |= {name: from_lists(getattr(np, name)) for name in COMPUTERS}
        vars(np).update(own, repeat=repeat_of(np.repeat), int_=np.int64)


def widened(maker: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(maker)
    def made(*arguments: Any, **options: Any) -> Any:
        value = maker(*arguments, **options)
        return tuple(map(wide, value)) if type(value) is tuple else wide(value)

    return made


def from_lists(computer: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(computer)
    def computed(values: Any, *arguments: Any, **options: Any) -> Any:
        given = wide(np.asarray(values)) if isinstance(values, (list, tuple)) else values
        return wide(computer(given, *arguments, **options))

    return computed


def repeat_of(narrow: Callable[..., Any]) -> Callable[..., Any]:
    """`np.repeat`, which takes no counts of 64 bits where indices have 32."""

    @wraps(narrow)
    def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
        return wide(narrow(a, np.asarray(repeats).astype(np.intp), axis))

    return repeat


def wide(value: Any) -> Any:
    return value.astype(np.int64) if getattr(value, "dtype", None) == np.dtype(int) else value


def execute(text: str, names: dict[str, Any]) -> Any:
    """Run a cell and return the value of its last line, as a notebook does."""
    linecache.cache[CELL] = (len(text), None, text.splitlines(keepends=True), CELL)
    body = ast.parse(text, CELL).body
    value = ast.Expression(last.value) if body and isinstance(last := body[-1], ast.Expr) else None
    exec(compile(ast.Module(body[:-1] if value else body, []), CELL, "exec"), names)
    return eval(compile(value, CELL, "eval"), names) if value else None


def execute_unseen(text: str, names: dict[str, Any]) -> None:
    """Run a cell whose outputs nobody sees, but for a figure at its end: to draw takes longest."""
    body = ast.parse(text).body
    last = body[-1].value if body and isinstance(body[-1], ast.Expr) else None
    if isinstance(last, ast.Call) and set(base_of(last.func)) == {"figures"}:
        text = "\n".join(text.splitlines()[: body[-1].lineno - 1])
    execute(text, names)


def execute_what_can_be(text: str, names: dict[str, Any]) -> None:
    """Run the statements one by one; what fails, as an import of torch does, costs the others nothing."""
    with suppress(SyntaxError, ValueError):
        for statement in ast.parse(text).body:
            with suppress(Exception):
                exec(compile(ast.Module([statement], []), CELL, "exec"), names)


def told_about(raised: BaseException) -> str:
    """The end of a traceback, from the reader's own first line on."""
    own = raised.__traceback__
    while own and own.tb_frame.f_code.co_filename != CELL:
        own = own.tb_next
    return "".join(traceback.format_exception(type(raised), raised, own))


def in_words(value: Any) -> dict[str, Any] | None:
    """Texts, of which the page makes what a notebook shows: HTML out of somebody's code would be obeyed."""
    if isinstance(value, Verdict):
        status, message, detail = value.judgement
        texts = {"headline": value.headline, "message": message, "detail": detail}
        return {"look": LOOKS[status][-1], "points": value.points, **texts}
    if isinstance(value, Task):
        headline, _, question = repr(value).partition("\n")
        return {"look": "task", "headline": headline, "message": question, "detail": ""}
    return None
