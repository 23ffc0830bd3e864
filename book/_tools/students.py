"""Write the edition for a class: chapters without solutions, and sheets that hold the exercises alone.

python -m book._tools.students                              # every chapter, into _build/students
python -m book._tools.students 01 03 --exercises own.py     # these, and an instructor's own exercises
"""

import argparse
import copy
import inspect
import re
import sys
from pathlib import Path
from typing import Any

import nbformat

from book._tools.chapters import EXERCISE, HOW_TO, ROOT, Notebook, chapters, read, save, tags
from cnnlab.exercises import EXERCISES, own
from cnnlab.exercises.core import DrawnExercise

SOLUTION = "solution"
PROMISE = r"\s*Solutions are folded away\."
ASKED = {"setup", "draw", "exercise", "check", "progress"}
PROGRESS = "## Your progress"


def without_solutions(notebook: Notebook) -> Notebook:
    """The chapter as it is, but for the cells that show solutions and the sentence that promises them."""
    edition = copy.deepcopy(notebook)
    edition.cells = [cell for cell in edition.cells if SOLUTION not in tags(cell)]
    for cell in edition.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(PROMISE, "", cell.source)
    return edition


def sheet(notebook: Notebook) -> Notebook:
    """The title, how the exercises work, the setup cell and the exercises, with no outputs."""
    edition = without_solutions(notebook)
    first, *rest = edition.cells
    told = (HOW_TO, EXERCISE, PROGRESS)
    edition.cells = [first, *(cell for cell in rest if tags(cell) & ASKED or cell.source.startswith(told))]
    for cell in edition.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return edition


def own_sheet(names: list[str]) -> Notebook:
    """A notebook that asks an instructor's own exercises, by the docstrings of their references."""
    form: Any = nbformat.v4  # it has no types
    setup = 'import numpy as np\n\nREADER = "reader"  # your name'
    cells = [form.new_markdown_cell("# Exercises"), form.new_code_cell(setup)]
    for name in names:
        cells += [form.new_markdown_cell(f"## `{name}`\n\n{task(name)}"), form.new_code_cell(stub(name))]
    return form.new_notebook(cells=cells)


def task(name: str) -> str:
    """What is asked: the reference's docstring; of a drawn exercise, for the reader whom the roster names."""
    exercise = EXERCISES[name]
    if isinstance(exercise, DrawnExercise):
        raise ValueError(
            f"{name} draws a task for each reader, and a sheet can show one only: ask a function"
        )
    if not exercise.reference.__doc__:
        raise ValueError(f"{name}: the reference needs a docstring, which is the task's text")
    return inspect.cleandoc(exercise.reference.__doc__)


def stub(name: str) -> str:
    return f"def {name}{inspect.signature(EXERCISES[name].reference)}:\n    raise NotImplementedError"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("chapters", nargs="*", help="01 02 …; all of them if none is named")
    parser.add_argument("--exercises", type=Path, help="a Python file with exercises of your own")
    parser.add_argument("--into", type=Path, default=ROOT / "_build" / "students")
    given = parser.parse_args()
    try:
        for path in chapters(given.chapters):
            write(without_solutions(read(path)), given.into / "chapters" / path.name)
            write(sheet(read(path)), given.into / "sheets" / path.name)
        if given.exercises:
            names = own.register(own.read(given.exercises))
            write(own_sheet(names), given.into / "sheets" / f"{given.exercises.stem}.ipynb")
    except (OSError, ValueError) as error:
        sys.exit(f"cnnlab: {error}")
    print(f"cnnlab: the students' edition is in {given.into}")


def write(notebook: Notebook, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save(notebook, path)


if __name__ == "__main__":
    main()
