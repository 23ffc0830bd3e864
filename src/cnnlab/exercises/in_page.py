"""Cells of a chapter run where the book is read: what a page's worker calls, with Python in WebAssembly.

A page has no kernel. It begins afresh at each click: what the chapter defines without torch, the reader's
other answers, then the cells in question, the last of which hands an answer to `check`.
"""

from __future__ import annotations

import ast
import io
import json
import linecache
import traceback
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout, suppress
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab import exercises
from cnnlab.exercises.shown import LOOKS, Task, Verdict

CELL = "<your cell>"
# What makes arrays of NumPy's default integer, or of its indices; and what computes with lists of Python's.
MAKERS = """
    array asarray arange full zeros ones empty eye identity indices nonzero flatnonzero where count_nonzero
    argmax argmin argsort searchsorted bincount digitize unique
""".split()
COMPUTERS = "sum prod cumsum cumprod max min diff dot outer".split()


def main(task: Path, result: Path) -> None:
    """Read a task from one file and write what the page shows to another; both hold JSON."""
    told = json.loads(task.read_text(encoding="utf-8"))
    shown = run(told["prelude"], told["others"], told["cells"])
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
