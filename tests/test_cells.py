"""*Edit and run*: which cells a page runs, after which others, and that they print what is published."""

import base64
import sys
from importlib import import_module

import pytest
from cells_in_page import differences

from book._ext import cnnlab_cells, cnnlab_wasm
from book._ext.cnnlab_solve import code_cells
from book._tools.chapters import chapters
from cnnlab.exercises import in_page
from cnnlab.grading import wasm


def cell(source, *tags, outputs=()):
    return {"source": source, "metadata": {"tags": list(tags)}, "outputs": list(outputs)}


SETUP = cell("import numpy as np\nimport torch\nfrom cnnlab import conv, profiler", "setup")
ANIMATION = {"output_type": "execute_result", "data": {"text/html": "<figure>", "text/plain": "Animation"}}
# A cell, and whether the page can run it after those above it.
ROWS = [
    ("x = np.zeros(3)", True),
    ("y = torch.zeros(3)", False),
    ("print(y)", False),
    ("x = x + 1", True),
    ("def twice(a):\n    b = 2 * a\n    return b", True),
    ("def grown(a):\n    return torch.tensor(a)", False),
    ("print(twice(x), [i for i in range(3)])", True),
    ("conv.conv2d(x, x)", True),
    ("profiler.profile(x)", False),
    ("import subprocess", False),
    ("from cnnlab.models import VARIANTS", False),
    ("x = y", False),
    ("print(x)", False),
    ("x += 1", False),
    ("x = 1\nx += 1", True),
    ("for x in range(3):\n    x += y", False),
]


def test_a_cell_is_run_in_the_page_where_all_it_needs_is_there():
    found = cnnlab_cells.runnable([SETUP, *(cell(source) for source, _ in ROWS)])
    assert [number in found for number in range(1, 1 + len(ROWS))] == [can for _, can in ROWS]


def test_what_differs_at_each_run_or_moves_is_not_offered_but_others_may_need_it():
    cells = [cell("a = 1", "nbval-ignore-output"), cell("b = a", outputs=[ANIMATION]), cell("a + b")]
    assert cnnlab_cells.runnable(cells) == {0: False, 1: False, 2: True}
    assert cnnlab_cells.runnable([cell("a = 1", "exercise"), cell("a")]) == {}


def test_every_chapter_has_cells_to_run():
    for path in chapters():
        cells = code_cells(path)
        assert any(cnnlab_cells.runnable(cells).values()), path


# ---- What a cell shows ------------------------------------------------------------------------------

BEFORE = ["import torch\na = [1]", "b = 1", "a.append(2)", "print(a)", "def f():\n    return a", "c = b"]


def test_a_cell_runs_after_those_that_give_or_change_what_it_uses():
    assert in_page.needed("", BEFORE, "f()") == [BEFORE[0], BEFORE[2], BEFORE[4]]
    assert in_page.needed("", BEFORE, "c") == [BEFORE[1], BEFORE[5]]
    assert in_page.needed("a = [1]", BEFORE[2:], "a") == []  # the setup cell's modules: each cell calls them


def test_outputs_stand_in_their_order():
    told = in_page.show(
        "import torch_is_not_here", ["a = 1\nprint(a)"], "print('one')\ndisplay(a + 1)\nprint('two')\n'three'"
    )
    assert told["outputs"] == [
        {"kind": "stream", "text": "one\n"},
        {"kind": "plain", "text": "2"},
        {"kind": "stream", "text": "two\n"},
        {"kind": "plain", "text": "'three'"},
    ]
    assert not told["error"]


def test_an_error_says_which_cell_stopped():
    told = in_page.show("", ["a = 1 / 0"], "print(a)")
    assert told["at"] == "a = 1 / 0"
    assert told["error"].endswith("ZeroDivisionError: division by zero\n")
    told = in_page.show("", [], "print(1)\nprint(a)")
    assert (told["at"], told["outputs"]) == ("", [{"kind": "stream", "text": "1\n"}])
    assert 'File "<your cell>", line 2' in told["error"]


FIGURE = "from matplotlib.figure import Figure\nFigure()"
DRAW = "from matplotlib import pyplot\npyplot.plot([1, 2])\nNone"


@pytest.mark.parametrize("code", ["import numpy\nfigures.images({'a': numpy.eye(3)})", DRAW, FIGURE])
def test_pictures_are_pictures(code):
    *_, picture = in_page.show("from cnnlab import figures", [], code)["outputs"]
    assert picture["kind"] == "png"
    assert base64.b64decode(picture["text"]).startswith(b"\x89PNG")
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


def test_a_figure_of_a_cell_before_is_not_drawn():
    told = in_page.show("figures = 1", ["a = 1\nfigures.no(\n    a\n)"], "print(a)")
    assert told["outputs"] == [{"kind": "stream", "text": "1\n"}]


def test_figures_are_asked_for_where_they_are_not_there(monkeypatch):
    monkeypatch.setattr(in_page, "find_spec", lambda _: None)
    for code in ("figures.bars({})", "import matplotlib_is_not_here", "not_here"):
        assert in_page.show("", [], code)["lacks"] == ("figures" if code.startswith("figures") else "")


# ---- The binary -------------------------------------------------------------------------------------

SMALL = """(module (import "a" "b" (func $scipy_import))
    (func $kept (export "kept") (result i32) (i32.const 7))
    (func $pandas_sum (export "gone") (result i32) (i32.add (i32.const 1) (i32.const 2)))
    (func $_GLOBAL__scipy (export "start") (result i32) (i32.const 9)))"""


@pytest.mark.slow
def test_what_nothing_calls_is_taken_out_of_the_binary():
    wasmtime = import_module("wasmtime")
    whole = bytes(wasmtime.wat2wasm(SMALL))
    small = cnnlab_wasm.slim(whole)
    assert b"pandas_sum" in whole
    assert b"pandas_sum" not in small
    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    nothing = wasmtime.Func(store, wasmtime.FuncType([], []), lambda: None)
    exports = wasmtime.Instance(store, wasmtime.Module(engine, small), [nothing]).exports(store)
    assert (exports["kept"](store), exports["start"](store)) == (7, 9)
    with pytest.raises(wasmtime.Trap, match="unreachable"):
        exports["gone"](store)


@pytest.mark.parametrize(("value", "bytes_"), [(0, "00"), (127, "7f"), (128, "8001"), (624485, "e58e26")])
def test_numbers_of_WebAssembly(value, bytes_):
    """The last is the example of the DWARF standard's LEB128."""
    assert cnnlab_wasm.number(value) == bytes.fromhex(bytes_)
    assert cnnlab_wasm.number_at(bytes.fromhex(bytes_), 0) == (value, len(bytes_) // 2)


# ---- In the page's own Python -----------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.xdist_group("test_wasm")  # Python is compiled once a machine, by one worker
def test_what_is_printed_and_drawn_is_what_is_published():
    """Of a few chapters; `python tests/cells_in_page.py` does the same for all."""
    wasm.compile_once()
    found, count = differences(["03", "12"])
    assert found == []
    assert count > 20
