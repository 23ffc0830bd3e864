"""The smallest chapter that breaks no rule: the tests break one at a time."""

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from book._tools.lint import Chapter

SETUP = """
import sys

if "google.colab" in sys.modules:
    get_ipython().system("pip install -q --no-deps cnnlab@https://example.org")

from cnnlab.exercises import check, progress, solution
READER = "reader"
""".strip()

QUESTION = """{{
        "question": "Is {number} + {number} = {number}?",
        "type": "multiple_choice",
        "answers": [
            {{"answer": "no", "correct": True, "feedback": "Right."}},
            {{"answer": "yes", "correct": False, "feedback": "Only for 0."}},
        ],
    }},"""
QUIZ = "QUESTIONS = [\n    " + "\n    ".join(QUESTION.format(number=n) for n in (1, 2, 3, 4))
QUIZ += "\n]\ndisplay_quiz(QUESTIONS)"

NAMES = ["one", "two", "three", "four", "five", "six"]
LEARN = {"this": NAMES[:2], "that, and more": NAMES[2:4], "more": NAMES[4:]}


def picture(grey: int = 128, size: tuple[int, int] = (60, 40), mode: str = "L") -> str:
    """A PNG of one grey, as notebooks keep it; in mode "LA" it is transparent by as much."""
    file = io.BytesIO()
    Image.new(mode, size, (grey,) * len(mode)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def code(source: str, *outputs: Any, tags: tuple[str, ...] = (), **metadata: Any) -> Any:
    return new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags), **metadata})


def text(value: str) -> Any:
    return new_output("stream", name="stdout", text=value)


def figure(grey: int = 128, mode: str = "L") -> Any:
    data = {"image/png": picture(grey, mode=mode), "text/plain": "<Figure size 640x480 with 1 Axes>"}
    return new_output("display_data", data=data)


def alt(words: str) -> dict[str, Any]:
    return {"image": {"alt": words}}


def exercise(name: str) -> list[Any]:
    stub = f'def {name}(x):\n    raise NotImplementedError("yours")'
    return [
        new_markdown_cell(f"### Exercise: {name}"),
        code(stub, tags=("exercise",)),
        code(f'check("{name}", {name})', text(f"{name}: not attempted yet\n"), tags=("check",)),
        code(f'solution("{name}")', text("return x\n"), tags=("solution",)),
    ]


def notebook() -> Any:
    cells = [
        new_markdown_cell("# A chapter\n\nOne paragraph that makes you read on."),
        new_markdown_cell(
            "## You will learn\n\n- this;\n- that,\n  and more;\n- more.\n\nAnd that is not all."
        ),
        new_markdown_cell(
            "## Before you start\n\nNothing.\n\n"
            "Runs offline on two cores in **0.3 minutes** with **310 MiB**."
        ),
        new_markdown_cell("**Exercises** answer at once."),
        code(SETUP, tags=("setup",)),
        new_markdown_cell("## A body\n\nIt has 34,848 weights, about 35K."),
        code("print(34848)", text("34848\n")),
        code("show()", figure(), mystnb=alt("A grey rectangle, lying on its side")),
        *(cell for name in NAMES for cell in exercise(name)),
        new_markdown_cell("## Check yourself"),
        code(QUIZ, text("a quiz\n"), tags=("quiz", "remove-input")),
        new_markdown_cell("## Your progress"),
        code("progress()", text("0 of 6\n"), tags=("progress",)),
        new_markdown_cell("## Summary\n\nAll of it."),
        new_markdown_cell("## Further reading\n\n- {cite}`somebody2012`"),
    ]
    made = new_notebook(cells=cells)
    for number, cell in enumerate([cell for cell in made.cells if cell.cell_type == "code"], start=1):
        cell.execution_count = number
    return made


def chapter(folder: Path, change: Callable[[Any], None] = lambda made: None, name: str = "") -> Chapter:
    """The small chapter, changed by `change`, written into `folder`."""
    made = notebook()
    change(made)
    path = folder / (name or "90_small.ipynb")
    nbformat.write(made, path)
    return Chapter(path, made, NAMES, learn=LEARN)
