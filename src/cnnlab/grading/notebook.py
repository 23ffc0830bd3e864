"""From a notebook, the statements that may be needed to answer an exercise; run as a script, in the sandbox.

Everything is read, nothing is executed: imports, definitions of functions and classes, assignments of
constants and of `…_answer` are kept, by their syntax tree. A parser can be crashed by what it reads: hence
the sandbox, and hence this imports the standard library only.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

# What an assignment may consist of to count as a constant: it computes with what is there, and calls nothing.
CONSTANT = (
    ast.Constant, ast.Name, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.Attribute, ast.Subscript,
    ast.Slice, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Starred, ast.JoinedStr, ast.FormattedValue,
    ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context,
)  # fmt: skip
DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def read(data: bytes) -> dict[str, Any]:
    """Statements, each with the names it binds and needs; names in cells that are not Python; the reader."""
    statements: list[dict[str, Any]] = []
    broken: list[str] = []
    for text in code_cells(data):
        try:
            statements += [describe(node) for node in kept(parsed(text))]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            broken += re.findall(r"^\s*def\s+(\w+)|^\s*(\w+_answer)\s*=", text, re.MULTILINE)
    names = [name for pair in broken for name in pair if name]
    return {"statements": last_of_each(statements), "broken": names}


def code_cells(data: bytes) -> Iterator[str]:
    """The text of each code cell, in the notebook formats 3 to 4 and whatever else is like them."""
    notebook = json.loads(data)
    sheets = notebook.get("worksheets", [notebook])
    for cell in (cell for sheet in sheets for cell in sheet["cells"]):
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", cell.get("input", ""))
            lines = source if isinstance(source, list) else [source]
            yield "".join(map(str, lines)).replace("\r\n", "\n").replace("\r", "\n")


def parsed(text: str) -> ast.Module:
    """The cell, if need be without what makes it IPython: a line that goes on with % is Python."""
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.parse(python(text))


def python(text: str) -> str:
    """The cell without the lines that only IPython understands, each replaced to keep blocks whole."""
    return re.sub(r"^([ \t]*)(?:[%!?].*|[\w.]+\?{1,2}[ \t]*)$", r"\1pass", text, flags=re.MULTILINE)


def kept(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom, *DEFINITION)):
            yield node
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            answers = any(name.endswith("_answer") for name in bound(node))
            if answers or isinstance(node.value, ast.Lambda) or is_constant(node.value):
                yield node


def is_constant(value: ast.expr) -> bool:
    return all(isinstance(node, CONSTANT) for node in ast.walk(value))


def bound(node: ast.stmt) -> list[str]:
    """The names that a statement gives a meaning to."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, DEFINITION):
        return [node.name]
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AnnAssign)
        else []
    )
    return [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]


def describe(node: ast.stmt) -> dict[str, Any]:
    needs = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
    return {
        "binds": bound(node),
        "needs": sorted(needs),
        "source": ast.unparse(node),
        "literal": value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else "",
        "is_import": isinstance(node, (ast.Import, ast.ImportFrom)),
        "is_stub": is_stub(node) or (isinstance(value, ast.Constant) and value.value is ...),
    }


def is_stub(node: ast.stmt) -> bool:
    """Whether it is a function that only says that it is not written yet."""
    if not isinstance(node, ast.FunctionDef):
        return False
    *before, last = node.body
    return all(isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) for each in before) and (
        isinstance(last, ast.Raise)
        and last.exc is not None
        and "NotImplementedError" in ast.unparse(last.exc)
    )


def last_of_each(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of what is defined twice the last; but an answer outlives the empty stub of a cell copied after it."""
    last: dict[tuple[str, ...], dict[str, Any]] = {}
    for statement in statements:
        key = (statement["source"],) if statement["is_import"] else tuple(statement["binds"])
        if not (statement["is_stub"] and key in last):
            last.pop(key, None)
            last[key] = statement
    return list(last.values())


def needed(statements: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """The statements that `name` rests on, itself included, in their order."""
    binding: dict[str, list[int]] = {}
    for number, statement in enumerate(statements):
        for each in statement["binds"]:
            binding.setdefault(each, []).append(number)
    chosen: set[int] = set()
    wanted = [name, "*"]
    while wanted:  # each name once: a hostile notebook has a million
        for number in binding.pop(wanted.pop(), []):
            chosen.add(number)
            wanted += statements[number]["needs"]
    return [statements[number] for number in sorted(chosen)]


if __name__ == "__main__":
    sys.setrecursionlimit(3000)
    json.dump(read(sys.stdin.buffer.read()), sys.stdout)
