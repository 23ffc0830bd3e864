"""Less code on a chapter's page, none lost: setup, drawing, assertions fold; no exercise says "not yet".

The notebook keeps all of it, and so do the EPUB, the PDF and the slides, which are built without this. On
paper what is folded is open.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable
from html import escape, unescape
from typing import Any

from docutils import nodes
from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexers import PythonLexer  # type: ignore[import-untyped]
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

DRAW = ("figures.", "plt.")
STATED = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Assert)
ARRANGE = frozenset({*dir(builtins), "compute", "rows"})  # the last two look up in the ledger
# Modules that compute what a figure shows.
WORK = {"conv", "functional", "gradients", "layers", "models", "nn", "profiler", "training"}
SHOWN = {"image/png", "text/html"}  # a picture, an animation
SOLUTION = re.compile(r'<pre tabindex="0">(.*?)</pre>', re.DOTALL)
OPENS = '<details class="cnnlab-code"><summary>{}</summary>'


def claims(body: list[ast.stmt]) -> str:
    count = sum(isinstance(statement, ast.Assert) for statement in ast.walk(ast.Module(body, [])))
    return "1 claim" if count == 1 else f"{count} claims"


def is_call(statement: ast.stmt, *begin: str) -> bool:
    """Whether it only calls a function whose name begins in one of these ways; without any, in whichever."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return ast.unparse(statement.value.func).startswith(begin or "")
    return False


def arranges(statement: ast.AST, known: frozenset[str]) -> bool:
    """Whether all that it calls is `known` to do so, a method of a value, or NumPy's: it fits nothing."""
    called = [node.func for node in ast.walk(statement) if isinstance(node, ast.Call)]
    methods = {each for each in called if isinstance(each, ast.Attribute)}
    return all(
        ast.unparse(each).split(".")[0] not in WORK if each in methods else ast.unparse(each) in known
        for each in called
    )


def arranging(body: Iterable[ast.stmt], known: frozenset[str]) -> frozenset[str]:
    """What is known, and the functions defined here that only arrange."""
    for each in body:
        if isinstance(each, ast.FunctionDef) and arranges(each, known):
            known |= {each.name}
    return known


def prepares(statement: ast.stmt, known: frozenset[str]) -> bool:
    """Whether it states something or calls something once; what it does in a loop, arranges."""
    if isinstance(statement, ast.With):
        return all(prepares(each, known) for each in statement.body)
    if isinstance(statement, ast.For):
        return all(arranges(each, known) for each in statement.body)
    if isinstance(statement, ast.FunctionDef):
        return statement.name in known
    return isinstance(statement, (*STATED, ast.AugAssign)) or is_call(statement)


def draws(body: list[ast.stmt], kinds: set[str], known: frozenset[str]) -> bool:
    """Whether a cell ends in a figure, shows nothing else, and all that it does is to prepare it."""
    prepared = all(prepares(each, known) for each in body)
    return prepared and is_call(body[-1], *DRAW) and "stream" not in kinds and bool(kinds & SHOWN)


def asserts(body: list[ast.stmt], kinds: set[str]) -> bool:
    """Whether a cell says nothing but what must hold; where more is done before, that is what it is about."""
    held = [each for each in body if isinstance(each, ast.Assert)]
    return not kinds and all(isinstance(each, STATED) for each in body) and 2 * len(held) > len(body)


def parsed(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text).body
    except SyntaxError:  # a command of IPython's
        return []


def summary(text: str, tags: list[str], kinds: set[str], known: frozenset[str] = ARRANGE) -> str:
    """What the line says behind which a cell's code is folded; "" where it stays open.

    `kinds` are those of its outputs: "stream", and the types of what it shows; `known` are functions that
    only arrange.
    """
    body = parsed(text)
    if "setup" in tags:
        return "Set up"
    if not body or "exercise" in tags:
        return ""
    if draws(body, kinds, arranging(body, known)):
        held = any(isinstance(each, ast.Assert) for each in ast.walk(ast.Module(body, [])))
        return "Code of this figure" + (f", with {claims(body)} asserted" if held else "")
    return f"What is asserted here: {claims(body)}" if asserts(body, kinds) else ""


def kinds_of(cell: nodes.Element) -> set[str]:
    shown = {node["mime_type"] for node in cell.findall(nodes.container) if "mime_type" in node}
    printed = any("stream" in node["classes"] for node in cell.findall(nodes.literal_block))
    return shown | {"stream"} if printed else shown


def coloured(html: str) -> str:
    """A solution as `solution` shows it, with its code in the colours of all code."""

    def one(found: re.Match[str]) -> str:
        code = highlight(unescape(found[1]), PythonLexer(), HtmlFormatter(nowrap=True))
        return f'<div class="highlight highlight-ipython3"><pre tabindex="0">{code}</pre></div>'

    return SOLUTION.sub(one, html)


def fold(cell: nodes.Element, known: frozenset[str]) -> None:
    code, tags = cell.children[0], cell["cell_metadata"].get("tags", [])
    said = summary(code.astext(), tags, kinds_of(cell), known)
    if said and "cell_input" in code["classes"]:
        cell.insert(0, nodes.raw("", OPENS.format(escape(said)), format="html"))
        cell.insert(2, nodes.raw("", "</details>", format="html"))


def tidy(cell: nodes.Element) -> None:
    """Of an exercise: no mark that nobody has tried it yet, and a solution in colours."""
    tags = cell["cell_metadata"].get("tags", [])
    if "check" in tags:
        cell[:] = cell.children[:1]
    if "solution" in tags:
        for node in cell.findall(nodes.raw):
            node[:] = [nodes.Text(coloured(node.astext()))]


class Fold(SphinxTransform):
    """Goes through the cells of a page that has just been read; before their printed tables are found."""

    default_priority = 705

    def apply(self, **_: Any) -> None:
        known = ARRANGE
        for cell in self.document.findall(nodes.container):
            if cell.get("nb_element") == "cell_code":
                known = arranging(parsed(cell.children[0].astext()), known)
                fold(cell, known)
                tidy(cell)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(Fold)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
