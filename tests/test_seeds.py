"""Claims are counted over seeds, each in a kernel of its own; prose says what was counted."""

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook
from small_chapter import code

from book._tools import seeds
from book._tools.seeds import Row, claims, count, digest, faults, recorded, write

CELLS = [
    code("import math", tags=("setup",)),
    code("offset = 0", tags=("keep",)),
    code("raise ValueError('not run')"),
    code("SEED = 0\n\n\ndef value(k):\n    assert k < 3\n    return SEED * k", tags=("seeded",)),
    code(
        "assert value(1) + offset != 4, 'four is never met'\n"
        "for k in range(3):\n    assert math.sqrt(value(k)) < 4",
        tags=("seeded", "nbval-ignore-output"),
    ),
    code("assert 1 / (SEED - 7)\nassert 1 / (SEED - 6) > -9, 'reached'", tags=("seeded",)),
]
HELD = {"k < 3": 10, "four is never met": 9, "math.sqrt(value(k)) < 4": 8, "1 / (SEED - 7)": 9, "reached": 8}


def notebook(*more):
    return new_notebook(cells=[*(cell.copy() for cell in CELLS), *more])


def rows(made, **changed):
    counts = dict.fromkeys(claims(made), 10) | changed
    return [Row(name, held, 10, digest(made)) for name, held in counts.items()]


@pytest.mark.slow
def test_claims_are_counted(tmp_path, capfd):
    """√(2 · seed) stays below 4 up to seed 7; what is not reached does not hold, and nothing ends the run."""
    path = tmp_path / "90_small.ipynb"
    nbformat.write(notebook(), path)
    found = count(path, range(10))
    assert {row.claim: row.held for row in found} == HELD
    assert {(row.of, row.code) for row in found} == {(10, digest(notebook()))}
    assert "seed 7: " in (said := capfd.readouterr().out)
    assert "ZeroDivisionError: division by zero" in said


def test_claims_are_named_by_their_message_or_their_source():
    assert claims(notebook()) == list(HELD)


def test_what_is_written_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(seeds, "DATA", tmp_path / "new")
    assert recorded("90") == []
    made = [Row('a, "quoted" claim', 9, 10, "0123abcd")]
    assert write(made, "90").name == "90.csv"
    assert recorded("90") == made


def test_a_chapter_whose_claims_hold_has_no_fault():
    made = notebook(
        new_markdown_cell("It held for 9 of 10 seeds, for nine of the ten seeds, for all ten seeds.")
    )
    assert list(faults(made, rows(made, reached=9))) == []
    assert list(faults(new_notebook(cells=[new_markdown_cell("Most of our seeds")]), [])) == []


def add(cell):
    return lambda made, held: made.cells.append(cell.copy())


def source(index, text):
    return lambda made, held: made.cells[index].update(source=text)


def last(**changed):
    return lambda made, held: held.append(held.pop()._replace(**changed))


def without_claims(made, held):
    del made.cells[4:]
    made.cells[3].source = "SEED = 0"


FAULTS = {
    "never counted": (lambda made, held: held.clear(), "its claims were not counted"),
    "other claims": (source(4, "assert 3 < 4"), "its claims were not counted"),
    "other code": (source(3, CELLS[3].source + " + 1"), "its seeded cells have changed"),
    "by luck": (last(held=8), "'reached' held for 8 of 10"),
    "too few": (last(held=9, of=9), "held for 9 of 9 seeds"),
    "not tagged": (add(code("SEED = 0")), "a cell that sets SEED is tagged"),
    "no seed": (lambda made, held: made.cells.pop(3), "no seeded cell says `SEED = 0`"),
    "no claim": (without_claims, "the seeded cells assert nothing"),
    "twice": (add(code("assert 1, 'reached'", tags=("seeded",))), "two claims are named 'reached'"),
    "misquoted": (add(new_markdown_cell("in 7 of 10 seeds")), "'7 of 10 seeds' is no count"),
    "in words": (add(new_markdown_cell("in nine of ten seeds")), "'nine of ten seeds' is no count"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_named(fault):
    made = notebook()
    held = rows(made)
    change, sentence = FAULTS[fault]
    change(made, held)
    assert any(sentence in line for line in faults(made, held)), list(faults(made, held))


def test_spaces_change_nothing():
    made = notebook()
    made.cells[4].source = made.cells[4].source.replace("  ", "   ").replace("!=", " != ")
    assert digest(made) == digest(notebook())
