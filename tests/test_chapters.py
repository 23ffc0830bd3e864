"""Both editions of the chapters, and the tools that execute them.

Each chapter is executed once, by nbval: notebooks/conftest.py adds its figures and its limits to that.
"""

import base64
import copy
import io
import os
import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook
from PIL import Image
from small_chapter import code, figure, picture, text

from book._tools.chapters import (
    ENVIRONMENT,
    IGNORED,
    MIB,
    ROOT,
    ChapterError,
    Pace,
    chapters,
    client_for,
    execute,
    execute_cells,
    exercise_name,
    read,
    run,
    save,
    settled,
    solved,
    tags,
    tidied,
)
from book._tools.lint import MAX_MIB, MAX_MINUTES, NOT_ATTEMPTED, as_chapter, output_text
from book._tools.same_figures import difference, differences, figures
from cnnlab.exercises import check, draw, solution_source

pytestmark = pytest.mark.slow  # all of it: each test needs a kernel, or is about those that do

MEAN_DIFFERENCE = 0.02  # of the range from black to white, over the whole figure
BLOCK, BLOCK_DIFFERENCE = 8, 0.3  # pixels; a patch painted by hand hides in the mean of a large figure


@pytest.fixture(scope="session", params=chapters(), ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture(scope="session")
def committed(path):
    """The chapter as it is committed, read once: it may be edited while the tests run."""
    return read(path)


@pytest.fixture(scope="session")
def client(tmp_path_factory):
    """One kernel for all solved editions: to import torch is most of what each takes."""
    client = client_for(new_notebook(), tmp_path_factory.mktemp("solved"))
    with client.setup_kernel(env=os.environ | ENVIRONMENT):
        yield client


@pytest.fixture(scope="session")
def answered(path, committed, client):
    """The file of the solved edition, executed in an empty namespace."""
    edition = solved(committed, solution_source)
    edition.cells.insert(0, code("%reset -f"))
    client.nb = edition
    execute_cells(client)
    file = Path(client.resources["metadata"]["path"], path.name)
    save(tidied(edition), file)
    return file


def nbval(path):
    """What `pytest --nbval` says of a notebook, under the project's own configuration."""
    command = [sys.executable, "-m", "pytest", "-q", "-c", ROOT / "pyproject.toml", "--nbval", path]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider"], env=os.environ | ENVIRONMENT, capture_output=True, text=True
    )


def told(cell):
    """What a cell's outputs say, but for figures: those are compared by what they draw."""
    return [
        (
            output.get("text", ""),
            {kind: data for kind, data in output.get("data", {}).items() if not kind.startswith("image/")},
        )
        for output in cell.outputs
    ]


def checks(notebook):
    return [cell for cell in notebook.cells if "check" in tags(cell)]


# Figures ------------------------------------------------------------------------------------------------


def painted(cell):
    """A copy of a cell with a patch of 24×24 pixels painted into its first figure."""
    edited, file, png = copy.deepcopy(cell), io.BytesIO(), figures(cell.outputs)[0]
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.paste("black" if np.asarray(image)[:24, :24].mean() > 127 else "white", (0, 0, 24, 24))
    image.save(file, "PNG")
    old, new = (base64.b64encode(each).decode() for each in (png, file.getvalue()))
    for output in edited.outputs:
        for kind, data in output.get("data", {}).items():
            output.data[kind] = data.replace(old, new)
    return edited


def test_a_figure_edited_by_hand_is_seen(committed):
    """In each cell of every chapter whose figures are compared, painted into its first one."""
    drawn = [cell for cell in committed.cells if cell.cell_type == "code" and figures(cell.outputs)]
    compared = [cell for cell in drawn if IGNORED not in tags(cell)]
    assert compared
    for cell in compared:
        assert differences(cell.outputs, cell.outputs) == []
        assert len(differences(cell.outputs, painted(cell).outputs)) == 1


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (picture(128), picture(128), ""),
        (picture(128), picture(132), ""),
        (picture(128), picture(134), "2.4% of the range apart on average"),
        (picture(128), picture(128, size=(61, 40)), "60×40 pixels are committed, 61×40 come out"),
    ],
)
def test_a_difference_is_told_where_a_reader_would_see_it(old, new, sentence):
    told = difference(base64.b64decode(old), base64.b64decode(new))
    assert told.startswith(sentence)
    assert bool(told) is bool(sentence)


def test_a_lost_figure_is_seen():
    assert differences([figure()], []) == ["1 figures are committed, 0 come out"]


# Editions -------------------------------------------------------------------------------------------------


def test_the_committed_edition_is_not_attempted(committed):
    said = [output_text(cell) for cell in checks(committed)]
    assert said
    assert [text for text in said if NOT_ATTEMPTED not in text] == []


def test_the_solved_edition_passes(path, answered):
    said = [output_text(cell) for cell in checks(read(answered))]
    assert len(said) == len(as_chapter(path).exercises)
    assert [text for text in said if "passed" not in text] == []


def test_the_solved_edition_says_the_same_twice(committed, answered):
    """What was committed was another kernel's: tasks, and what else the exercises stand on, are the same."""
    kept = {cell.source: cell for cell in committed.cells if tags(cell) & {"setup", "keep", "draw"}}
    again = [cell for cell in read(answered).cells if cell.source in kept and IGNORED not in tags(cell)]
    assert again
    for cell in again:
        assert told(cell) == told(kept[cell.source])
        assert differences(kept[cell.source].outputs, cell.outputs) == []


def test_the_solved_edition_says_what_check_says(answered):
    """Its verdicts, in another process: that of these tests."""
    notebook = read(answered)
    for cell in checks(notebook):
        name, namespace = exercise_name(cell), {"np": np, "draw": draw, "READER": "reader"}
        exec(solution_source(name), namespace)
        answer = namespace.get(f"{name}_answer", namespace.get(name))
        said, *_ = output_text(cell).strip().splitlines()  # below may stand what a class run lacks
        assert said == repr(check(name, answer, "reader"))


# Tests of the tools, on a notebook of a few cells -------------------------------------------------------


@pytest.fixture(scope="session")
def executed(tmp_path_factory):
    """A small notebook, executed in place: text, a figure, and a cell that never says the same twice."""
    cells = [
        new_markdown_cell("# Small\n\nRuns offline on two cores in **0.0 minutes** with **0 MiB**."),
        code("import matplotlib.pyplot as plt\nimport time\n\nprint(1)\nprint(2)"),
        code("plt.plot([1, 2])\nplt.show()"),
        code("time.time()", tags=(IGNORED,)),
        code("40 + 2"),
    ]
    path = tmp_path_factory.mktemp("small") / "90_small.ipynb"
    save(new_notebook(cells=cells), path)
    execute(path)
    return path


@pytest.fixture
def small(executed, tmp_path):
    """A copy of it that a test may change."""
    return Path(shutil.copy(executed, tmp_path))


def test_execute_twice_writes_the_same_bytes(small):
    first = read(small)
    execute(small)
    again = read(small)
    again.cells[3].outputs = first.cells[3].outputs  # the one cell that may differ
    before, after = small.with_name("a.ipynb"), small.with_name("b.ipynb")
    save(first, before)
    save(again, after)
    assert before.read_bytes() == after.read_bytes()


def test_execute_leaves_no_trace_of_this_machine(small):
    notebook = read(small)
    assert "version" not in notebook.metadata.language_info
    assert [cell.execution_count for cell in notebook.cells[1:]] == [1, 2, 3, 4]
    assert all("execution" not in cell.metadata for cell in notebook.cells)
    assert [output.text for output in notebook.cells[1].outputs] == ["1\n2\n"]


def test_execute_writes_what_it_measured(small):
    line = read(small).cells[0].source.splitlines()[-1]
    assert line.startswith("Runs offline on two cores in **0.")
    assert 50 < int(line.split("**")[3].split()[0]) < 1000


@pytest.mark.parametrize(
    ("old", "new", "least", "expected"),
    [
        (0.3, 0.38, 0.1, 0.3),  # within 0.1 minutes
        (2.0, 2.4, 0.1, 2.0),  # within a quarter
        (0.3, 0.41, 0.1, 0.41),
        (310, 329, 20, 310),
        (310, 380, 20, 310),
        (310, 200, 20, 200),
    ],
)
def test_a_measured_number_stays_until_it_is_wrong(old, new, least, expected):
    assert settled(old, new, least) == expected


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import os\nos._exit(1)", "DeadKernelError: Kernel died"),
        (
            "import urllib.request as u\nu.urlopen('https://example.org', timeout=9)",
            "URLError: <urlopen error",
        ),
    ],
    ids=["raises", "dies", "wants the network"],
)
def test_a_failing_chapter_is_named_and_left_alone(small, source, error):
    notebook = read(small)
    notebook.cells[2].source = source
    save(notebook, small)
    before = small.read_bytes()
    with pytest.raises(ChapterError) as caught:
        execute(small)
    assert str(caught.value).startswith(f"90_small, cell 3 ({source.splitlines()[0]}): {error}")
    assert small.read_bytes() == before


def test_memory_of_children_counts(tmp_path):
    child = "bytes(bytearray(b'x') * 300_000_000); import time; time.sleep(1)"
    cell = code(f'import subprocess, sys\nsubprocess.run([sys.executable, "-c", "{child}"])')
    assert run(new_notebook(cells=[cell]), tmp_path, "memory").peak_bytes > 300_000_000


def test_a_short_peak_counts(tmp_path):
    cell = code("x = bytearray(b'x') * 400_000_000\ndel x")
    assert run(new_notebook(cells=[cell]), tmp_path, "memory").peak_bytes > 400_000_000


def test_the_pace_is_the_work_s_time_beside_what_it_took_elsewhere():
    """Two measurements of one machine at one moment, whatever the machine; to wait is no work."""
    with closing(Pace()) as pace:
        time.sleep(3)
    printed = subprocess.run(
        [sys.executable, "-c", "from book._tools import pace; pace.SECONDS *= 10; pace.main()"],
        cwd=ROOT, env=os.environ | ENVIRONMENT, capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert 5 < pace.median / float(printed.stdout) < 20


def test_nbval_holds_under_our_configuration(small):
    result = nbval(small)
    assert result.returncode == 0, result.stdout
    assert "4 passed" in result.stdout


def test_nbval_sees_a_text_edited_by_hand(small):
    notebook = read(small)
    notebook.cells[4].outputs[0].data["text/plain"] = "43"
    save(notebook, small)
    result = nbval(small)
    assert result.returncode == 1
    assert "Cell outputs differ" in result.stdout
    assert "1 failed, 3 passed" in result.stdout


def paint(notebook):
    notebook.cells[2] = painted(notebook.cells[2])


def stop_drawing(notebook):
    notebook.cells[2].source = "print('<Figure size 640x480 with 1 Axes>')"
    notebook.cells[2].outputs = [*notebook.cells[2].outputs, text("<Figure size 640x480 with 1 Axes>\n")]
    del notebook.cells[2].outputs[0].data["text/plain"]


def take_memory(notebook):
    notebook.cells[2].source += f"\nx = bytearray(b'x') * {MAX_MIB * MIB}"


def want_the_network(notebook):
    notebook.cells[2].source += "\nimport urllib.request as u\nu.urlopen('https://example.org', timeout=9)"


@pytest.mark.parametrize(
    ("change", "sentence", "counts"),
    [
        (str, "", "4 passed"),
        (paint, "100% of the range apart in one spot", "1 failed, 3 passed"),
        (stop_drawing, "1 figures are committed, 0 come out", "1 failed, 3 passed"),
        (take_memory, f"allowed are {MAX_MINUTES} minutes and {MAX_MIB} MiB", "4 passed, 1 error"),
        (want_the_network, "Connection refused", "1 failed, 3 passed"),
    ],
)
def test_nbval_sees_here_what_it_leaves_out_elsewhere(small, change, sentence, counts):
    """With the conftest that stands beside the chapters."""
    shutil.copy(ROOT / "notebooks" / "conftest.py", small.parent)
    notebook = read(small)
    change(notebook)
    save(notebook, small)
    result = nbval(small)
    assert sentence in result.stdout, result.stdout
    assert counts in result.stdout


def test_nbval_sees_a_chapter_that_takes_too_long(small):
    """Each second of it stands for a thousand here."""
    conftest = (ROOT / "notebooks" / "conftest.py").read_text()
    spent = "seconds = spent_seconds(watch.process)"
    assert spent in conftest
    (small.parent / "conftest.py").write_text(conftest.replace(spent, f"{spent} * 1000"))
    result = nbval(small)
    assert f"allowed are {MAX_MINUTES} minutes" in result.stdout, result.stdout
    assert "4 passed, 1 error" in result.stdout


def test_the_solved_edition_is_made_of_what_a_reader_types():
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# T"),
            code('READER = "reader"', tags=("setup",)),
            code("x = 1"),
            code("y = 1", tags=("keep",)),
            code("task = 1", text("1"), tags=("draw",)),
            code("def f():\n    raise NotImplementedError", tags=("exercise",)),
            code('check("f", f)', text("f: not attempted yet"), tags=("check",)),
            code('solution("f")', tags=("solution",)),
        ]
    )
    edition = solved(notebook, lambda name: f"def {name}():\n    return 1")
    assert [cell.source for cell in edition.cells] == [
        'READER = "reader"', "y = 1", "task = 1", "def f():\n    return 1", 'check("f", f)'
    ]  # fmt: skip
    assert not any(cell.outputs for cell in edition.cells)
    assert notebook.cells[5].source.endswith("NotImplementedError"), "the chapter itself stays as it is"


def test_a_check_cell_that_checks_nothing_is_refused():
    notebook = new_notebook(cells=[code("...", tags=("exercise",)), code('check("f")', tags=("check",))])
    with pytest.raises(ValueError, match="a check cell ends in check"):
        solved(notebook, str)
