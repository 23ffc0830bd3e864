"""A docstring as the notebook's own Python had it, whichever Python the sandbox has.

From Python 3.13 on a compiler takes the indentation away. Runs in the sandbox, so it imports nothing of
cnnlab.
"""

import ast
import sys
from typing import Any

CLEANS = (3, 13)  # the first Python that does
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def cleans(version: Any) -> bool:
    """Whether a notebook with this version among its metadata ran where docstrings are cleaned."""
    numbers = str(version).split(".")[:2]
    return len(numbers) == 2 and all(each.isdecimal() for each in numbers) and (*map(int, numbers),) >= CLEANS


def cleaned(text: str) -> str:
    """The text as Python 3.13 keeps it: without the indentation that all lines but the first share."""
    first, *rest = text.expandtabs().split("\n")
    indents = [len(line) - len(line.lstrip(" ")) for line in rest if line.strip(" ")]
    return "\n".join([first.lstrip(" "), *(line[min(indents, default=0) :] for line in rest)])


def settle(tree: ast.AST, clean: bool) -> None:
    """Let every definition have its docstring cleaned, or else as it is written.

    Node by node and not one within another, as a long sum is nested more deeply than Python calls.
    """
    for node in ast.walk(tree):
        if isinstance(node, Definition) and (text := ast.get_docstring(node, clean=False)):
            if clean:
                node.body[0].value.value = cleaned(text)  # type: ignore[attr-defined]
            elif sys.version_info >= CLEANS and cleaned(text) != text:
                keep(node, text)


def keep(node: Definition, text: str) -> None:
    """Let the definition set its docstring itself: this the compiler leaves alone."""
    if isinstance(node, ast.ClassDef):
        own: ast.stmt = ast.Assign([ast.Name("__doc__", ast.Store())], ast.Constant(text))
        node.body[0] = ast.copy_location(own, node.body[0])
    else:
        setter = ast.parse(f"lambda made: setattr(made, '__doc__', {text!r}) or made", mode="eval").body
        node.decorator_list.append(setter)
    ast.fix_missing_locations(node)
