"""A chapter as it was handed out: which cells are its own, and what an answer may rest on.

What the chapter trains and measures is not run again in a class run. What it imports, defines and computes
from NumPy alone is: an answer may use it.
"""

from __future__ import annotations

import ast
import builtins
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from cnnlab.grading import notebook

CHAPTERS = Path(__file__).parent / "chapters"  # a file for each published chapter: `make handouts`
APPARATUS = {"quiz", "draw", "exercise", "check", "solution", "progress"}


class Handout(NamedTuple):
    """What a class run needs to know of the notebook that students were given."""

    cells: tuple[str, ...]  # the fingerprints of its code cells
    prelude: str  # what is run before a student's own cells

    def __add__(self, other: Any) -> Handout:
        return Handout(self.cells + other.cells, f"{self.prelude}\n{other.prelude}")


def of_chapter(chapter: str) -> Handout:
    """The published chapter."""
    told = json.loads((CHAPTERS / f"{chapter}.json").read_text(encoding="utf-8"))
    return Handout(tuple(told["cells"]), told["prelude"])


def of_notebook(path: Path) -> Handout:
    """The handout that a notebook is; ValueError for a file that is none."""
    try:
        book = json.loads(path.read_text(encoding="utf-8"))
        cells = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
        texts = [notebook.whole(cell["source"]) for cell in cells]
        tags = [set(cell["metadata"].get("tags", [])) for cell in cells]
        told = [text for text, own in zip(texts, tags, strict=True) if not own & APPARATUS]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is not a notebook that can be handed out: {error!r}") from error
    return Handout(tuple(sorted({notebook.fingerprint(text) for text in texts})), "\n".join(kept(told)))


def kept(texts: list[str]) -> Iterator[str]:
    """The statements of a chapter that need nothing but NumPy and each other, loops and output left out."""
    known = set(dir(builtins))
    for text in texts:
        for statement in notebook.statements(text)[1]:
            names = set(notebook.bound(statement))
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                known |= names if is_allowed(statement) else set()
                yield ast.unparse(statement)  # also of what is not there: who uses it is told so
            elif isinstance(statement, (*notebook.DEFINITION, *notebook.ASSIGNMENT)):
                complete = used(statement) <= known
                known |= names if complete else set()
                if complete or isinstance(statement, notebook.DEFINITION):
                    yield ast.unparse(statement)


def is_allowed(statement: ast.Import | ast.ImportFrom) -> bool:
    module = statement.module if isinstance(statement, ast.ImportFrom) else statement.names[0].name
    return (module or "").partition(".")[0] in {"numpy", *sys.stdlib_module_names}


def used(statement: ast.stmt) -> set[str]:
    """The names that a statement needs from elsewhere, those of a function's body included."""
    nodes = list(ast.walk(statement))
    own = {node.arg for node in nodes if isinstance(node, ast.arg)}
    inside = nodes if isinstance(statement, notebook.DEFINITION) else []
    own |= {node.id for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    own |= {node.name for node in inside if isinstance(node, notebook.DEFINITION)}
    own |= {each for node in nodes if isinstance(node, ast.comprehension) for each in targets(node)}
    return {node.id for node in nodes if isinstance(node, ast.Name)} - own - set(notebook.bound(statement))


def targets(loop: ast.comprehension) -> Iterator[str]:
    return (node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name))
