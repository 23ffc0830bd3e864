"""Claims are counted over seeds and tried on their controls, each in a kernel of its own."""

import nbformat
import pytest
import yaml
from nbformat.v4 import new_markdown_cell, new_notebook
from small_chapter import code

from book._tools import claims as register
from book._tools import seeds
from book._tools.claims import claims
from book._tools.seeds import Row, controlled, counted, digest, digest_of, faults, recorded, renew, write
from cnnlab import records

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
# What is counted of each: seeds, the smallest margin, and what becomes of it under its control.
FOUND = {
    "k < 3": (10, "33.3 %", "fails"),
    "four is never met": (9, "", "fails"),
    "math.sqrt(value(k)) < 4": (8, "-5.7 %", "fails"),
    "1 / (SEED - 7)": (9, "", "holds"),
    "reached": (8, "88.9 %", "not reached"),
}
FOUR = {"return SEED * k": "return 4 * k * k"}
LINES = {"90": [{"seed": seed, "network": name} for seed in "012" for name in "ab"]}
CONTROLS = [{"in range(3)": "in range(4)"}, FOUR, FOUR, FOUR, {"SEED * k": "SEED * k\n\n\nSEED = 6"}]


def notebook(*more):
    return new_notebook(cells=[*(cell.copy() for cell in CELLS), *more])


def rows(made, **changed):
    counts = dict.fromkeys(claims(made), 10) | changed
    return [Row(name, held, 10, digest(made)) for name, held in counts.items()]


def entries(made):
    words = dict.fromkeys(("says", "varies", "equal", "scale"), "A sentence.")
    return [
        register.Claim(claim=name, **words, controls=[], negative=negative)
        for name, negative in zip(claims(made), CONTROLS, strict=True)
    ]


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Where the files of the book's chapters would be."""
    monkeypatch.setattr(seeds, "DATA", tmp_path)
    monkeypatch.setattr(register, "DATA", tmp_path)
    return tmp_path


def registered(folder, made):
    nbformat.write(made, folder / "90_small.ipynb")
    (folder / "90.yml").write_text(yaml.safe_dump([entry._asdict() for entry in entries(made)]))
    return folder / "90_small.ipynb"


@pytest.mark.slow
def test_claims_are_counted_and_controlled(folders, capfd):
    """√(2 · seed) stays below 4 up to seed 7; what is not reached does not hold, and nothing ends the run."""
    made = notebook()
    renew(made, registered(folders, made), controls_only=False)
    found = recorded("90")
    assert {row.claim: (row.held, row.margin, row.control) for row in found} == FOUND
    assert {(row.of, row.code) for row in found} == {(10, digest(made))}
    assert [row.negative for row in found] == list(map(digest_of, CONTROLS))
    said = capfd.readouterr().out
    assert "seed 7: " in said
    assert "ZeroDivisionError: division by zero" in said
    assert said.count("changed by") == 3


# The controls, without a kernel ---------------------------------------------------------------------------


@pytest.fixture
def runs(monkeypatch):
    """The changes that would be run; every claim fails under each."""
    asked = []

    def run(made, path, seed, negative):
        asked.append(negative)
        return dict.fromkeys(claims(made), (False, None))

    monkeypatch.setattr(seeds, "run", run)
    return asked


def test_a_control_that_claims_share_runs_once(runs):
    made = notebook()
    found = controlled(made, None, rows(made), entries(made))
    assert runs == [CONTROLS[0], FOUR, CONTROLS[4]]
    assert {row.control for row in found} == {"fails"}


def test_only_a_control_that_changed_or_did_not_fail_runs_again(runs):
    made = notebook()
    found = controlled(made, None, rows(made), entries(made))
    runs.clear()
    assert controlled(made, None, found, entries(made)) == found
    assert runs == []
    other = [entry._replace(negative=entry.negative | {"< 4": "< 4.0"}) for entry in entries(made)[:1]]
    again = controlled(
        made, None, [*found[:4], found[4]._replace(control="holds")], [*other, *entries(made)[1:]]
    )
    assert runs == [other[0].negative, CONTROLS[4]]
    assert again[0].negative == digest_of(other[0].negative) != found[0].negative


def test_controls_alone_keep_what_was_counted(runs, folders):
    made = notebook()
    path = registered(folders, made)
    (folders / "90.csv").write_text(
        "claim,held,of,code\n" + "".join(f'"{row.claim}",9,10,{row.code}\n' for row in rows(made))
    )
    renew(made, path, controls_only=True)
    kept = {(row.held, row.of, row.margin, row.control) for row in recorded("90")}
    assert kept == {(9, 10, "not measured", "fails")}


def test_controls_alone_want_a_count_of_the_same_cells(runs, folders):
    made = notebook()
    path = registered(folders, made)
    with pytest.raises(ValueError, match="90: its seeded cells have changed since they were counted"):
        renew(made, path, controls_only=True)
    write(rows(made), "90")
    assert counted(made, "90") == rows(made)
    made.cells[3].source += " + 1"
    with pytest.raises(ValueError, match="have changed since they were counted: run all its seeds"):
        renew(made, path, controls_only=True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [(None, "no claims are registered in book/_data/claims/90"), ("[]", "no entry for the")],
)
def test_a_register_that_is_wrong_costs_no_run(text, sentence, runs, folders):
    made = notebook()
    path = registered(folders, made)
    (folders / "90.yml").unlink() if text is None else (folders / "90.yml").write_text(text)
    with pytest.raises(ValueError, match=sentence):
        renew(made, path, controls_only=True)
    assert runs == []


# Claims about a recorded run ------------------------------------------------------------------------------

READS = [
    code("lines = [3, 4, 5]", tags=("recorded",)),
    code("for line in lines:\n    assert line > 2, 'recorded'", tags=("recorded",)),
]


def test_a_claim_about_a_recorded_run_is_registered_and_changed_like_others():
    made = notebook(*READS)
    assert claims(made) == [*FOUND, "recorded"]
    assert register.about_records(made) == {"recorded"}
    assert digest(made) != digest(notebook())
    (*_, last, _) = [cell.source for cell in seeds.edition(made, 3, {"4, 5": "1"}).cells]
    assert "claim_compares('recorded', line, '>', 2)" in last
    before = seeds.edition(made, 3, {"4, 5": "1"}).cells[-3].source
    assert before == "lines = [3, 1]"


@pytest.mark.parametrize(("lost", "held"), [(None, 3), (7, 0)])
def test_it_is_counted_as_held_for_each_recorded_seed_or_for_none(lost, held, monkeypatch, tmp_path):
    made = notebook(*READS)
    found = dict.fromkeys(claims(made), (True, 0.5))
    monkeypatch.setattr(
        seeds, "run", lambda made, path, seed, negative: found | {"recorded": (seed != lost, 0.25)}
    )
    monkeypatch.setattr(records, "recorded", lambda chapter: records.Record({}, LINES[chapter]))
    *others, last = seeds.count(made, tmp_path / "90_small.ipynb", range(10))
    assert (last.held, last.of, last.margin) == (held, 3, "25.0 %")
    assert {(row.held, row.of) for row in others} == {(10, 10)}
    told = [line for line in faults(made, [*others, last]) if "recorded" in line]
    assert told == ([] if held else ["'recorded' does not hold for each of the 3 seeds that were recorded"])


def test_three_seeds_are_enough_for_a_recorded_run_alone():
    made = notebook(*READS)
    few = [row._replace(held=3, of=3) for row in rows(made)]
    told = [line for line in faults(made, few) if "held for 3 of 3 seeds" in line]
    assert len(told) == len(FOUND)


# What a chapter and its file say --------------------------------------------------------------------------


def test_claims_are_named_by_their_message_or_their_source():
    assert claims(notebook()) == list(FOUND)


def test_what_is_written_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(seeds, "DATA", tmp_path / "new")
    assert recorded("90") == []
    made = [
        Row('a, "quoted" claim', 9, 10, "0123abcd", "3.0 %", "fails", "89abcdef"),
        Row("another", 9, 10, "0123abcd"),
    ]
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
    "a constant": (add(code("assert 1 < 2, 'nothing'", tags=("seeded",))), "'nothing' cannot fail"),
    "a pair": (add(code("assert (SEED > 9, 'pair')", tags=("seeded",))), "(SEED > 9, 'pair')\" cannot fail"),
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
