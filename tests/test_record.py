"""A long run is made outside of its chapter, in a kernel of its own, and is held to the code that made it."""

import nbformat
import pytest
from nbformat.v4 import new_notebook
from small_chapter import code

from book._tools import record
from cnnlab import records

CELLS = [
    code("import math", tags=("setup",)),
    code("raise ValueError('not run')"),
    code("SEED = 0\nassert math.pi > 3", tags=("seeded",)),
    code("def arms():\n    yield 'one', 2", tags=("record",)),
    code(
        "def record():\n    for name, times in arms():\n        yield {'network': name, '60': times * SEED}",
        tags=("record",),
    ),
    code("raise ValueError('what reads it comes later')", tags=("seeded",)),
]
LINES = [{"seed": seed, "network": "one", "60": 2 * seed} for seed in record.SEEDS]


@pytest.fixture
def long(tmp_path, monkeypatch):
    """A chapter's file; what is recorded goes into a folder of the test's."""
    monkeypatch.setattr(record, "DATA", tmp_path / "records")
    path = tmp_path / "90_long.ipynb"
    nbformat.write(new_notebook(cells=[cell.copy() for cell in CELLS]), path)
    monkeypatch.setattr(record, "chapters", lambda _: [path])
    return path


@pytest.mark.slow
def test_each_seed_writes_its_lines(long, monkeypatch, capsys):
    notebook = nbformat.read(long, as_version=4)
    assert [*record.faults(notebook, "90")] == ["its long run was never recorded: `make record CHAPTERS=90`"]
    monkeypatch.setattr("sys.argv", ["record", "90"])
    record.main()
    assert "90_long, seed 2" in capsys.readouterr().out
    found = records.read(record.DATA / "90.csv")
    assert found.lines == [{key: str(value) for key, value in line.items()} for line in LINES]
    assert found.head["command"] == "python -m book._tools.record 90"
    assert found.head["code"] == record.digest(notebook)
    assert [*record.faults(notebook, "90")] == []
    notebook.cells[3].source += "\n    yield 'two', 3"
    assert [*record.faults(notebook, "90")] == [
        "the code of its long run has changed since it was recorded: `make record CHAPTERS=90`"
    ]


@pytest.mark.parametrize(
    ("cell", "counts"), [(0, True), (1, False), (2, True), (3, True), (4, True), (5, False)]
)
def test_only_code_that_it_needs_makes_a_record_stale(long, cell, counts):
    notebook = nbformat.read(long, as_version=4)
    before = record.digest(notebook)
    notebook.cells[cell].source += "\n\n"
    assert record.digest(notebook) == before
    notebook.cells[cell].source += "x = 1"
    assert (record.digest(notebook) != before) is counts


def test_a_chapter_without_a_long_run_needs_no_record(long, monkeypatch, capsys):
    nbformat.write(new_notebook(cells=CELLS[:3]), long)
    assert [*record.faults(nbformat.read(long, as_version=4), "90")] == []
    monkeypatch.setattr("sys.argv", ["record", "90"])
    with pytest.raises(SystemExit):
        record.main()
    assert "90_long has no cell tagged `record`" in capsys.readouterr().err


def test_a_record_is_read_with_its_head():
    head, lines = records.recorded("09")
    assert head["machine"]
    assert {line["seed"] for line in lines} == {str(seed) for seed in record.SEEDS}
    with pytest.raises(LookupError, match=r"chapter '90' has no recorded run; these have: 09"):
        records.recorded("90")
