"""The doors to what may follow Jupyter Book 1 stay open: a table of contents and cells that others can read.

What is held here is what they stumbled over: Jupyter Book 2.1.7 drops the whole table for one unknown value,
and marimo 0.25 keeps a cell as dead text if it is no Python. Once a week book/_tools/successors.py asks the
programs themselves.
"""

import ast
import copy

import pytest
import yaml
from small_chapter import code

from book._tools.chapters import ROOT, chapters, read
from book._tools.successors import pages

TABLE = yaml.safe_load((ROOT / "_toc.yml").read_text())
# What Jupyter Book 2 reads, and as what: mystmd states it in myst-cli, init/jupyter-book/toc.
FIELDS = {
    **dict.fromkeys(["format", "root", "caption", "file", "title", "url", "glob"], str),
    **dict.fromkeys(["hidden", "numbered", "reversed", "titlesonly"], bool),
    **dict.fromkeys(["parts", "chapters", "sections", "subtrees"], list),
    **dict.fromkeys(["defaults", "options"], dict),
    "maxdepth": int,
}


def refused(table, place="_toc.yml"):
    """The entries of a table of contents that Jupyter Book 2 cannot read, by their place."""
    if isinstance(table, list):
        return [found for i, each in enumerate(table) for found in refused(each, f"{place}[{i}]")]
    if not isinstance(table, dict):
        return []
    wrong = [
        f"{place}.{name}: {value}" for name, value in table.items() if type(value) is not FIELDS.get(name)
    ]
    return wrong + [found for name, value in table.items() for found in refused(value, f"{place}.{name}")]


def test_jupyter_book_2_reads_the_table_of_contents():
    assert refused(TABLE) == []
    assert len(pages((ROOT / "_toc.yml").read_text())) > len(chapters())


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("numbered", 1, ["_toc.yml.parts[1].numbered: 1"]),
        ("style", "roman", ["_toc.yml.parts[1].style: roman"]),
        ("caption", 2, ["_toc.yml.parts[1].caption: 2"]),
    ],
)
def test_what_it_cannot_read_is_found(name, value, told):
    table = copy.deepcopy(TABLE)
    table["parts"][1][name] = value
    assert refused(table) == told


def no_python(notebook):
    """The first lines of the code cells that are no Python, once a magic that opens a line is left out."""
    return [
        cell.source.split("\n")[0] for cell in notebook.cells if cell.cell_type == "code" and broken(cell)
    ]


def broken(cell):
    lines = cell.source.split("\n")
    try:
        ast.parse("\n".join("pass" if line.startswith(("%", "!")) else line for line in lines))
    except SyntaxError:
        return True
    return False


def test_every_cell_of_every_chapter_is_python():
    assert {path.stem: found for path in chapters() if (found := no_python(read(path)))} == {}


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("%matplotlib inline\nx = 1", True),
        ("if colab:\n    %pip install cnnlab", False),
        ("if colab:\n    run([*pip, 'cnnlab'])", True),
        ("x = !ls", False),
    ],
)
def test_a_cell_that_is_no_python_is_found(source, reads):
    assert broken(code(source)) is not reads
