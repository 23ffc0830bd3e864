"""No small fault in a reference passes a check, but for the equivalent ones, each with its reason."""

import ast
import csv
import io
import subprocess
import sys
from dataclasses import replace
from functools import cache

import exercise_mutants
import pytest
from exercise_mutants import EQUIVALENT, Mutant, checks, equivalent, examined, mutants, parsed

from cnnlab.exercises import EXERCISES
from cnnlab.exercises.core import Case

CHAPTERS = sorted({exercise.chapter for exercise in EXERCISES.values()})
AT_MOST = 1 / 100  # of all mutants may be equivalent


@cache
def tried(chapter: str) -> tuple[int, set[tuple[str, ...]]]:
    """A chapter's mutants, counted, and its survivors: from a process that a mutant may not take along."""
    command = [sys.executable, exercise_mutants.__file__, "--csv", chapter]
    ended = subprocess.run(command, capture_output=True, check=True, text=True, encoding="utf-8")
    rows = csv.DictReader(io.StringIO(ended.stdout))
    return int(ended.stderr), {(row["exercise"], row["before"], row["after"]) for row in rows}


@pytest.mark.slow
@pytest.mark.parametrize("of", CHAPTERS)
def test_what_survives_is_equivalent_and_has_a_reason(of):
    explained = {key for key in equivalent() if EXERCISES[key[0]].chapter == of}
    left = tried(of)[1]
    faults = {"without a reason": left - explained, "rows that no longer survive": explained - left}
    assert {what: found for what, found in faults.items() if found} == {}


@pytest.mark.slow
def test_at_most_one_mutant_in_a_hundred_is_equivalent():
    """Those of the test above, which runs on the same worker."""
    made = sum(tried(chapter)[0] for chapter in CHAPTERS)
    print(f"{len(equivalent())} equivalent mutants of {made}")
    assert len(equivalent()) <= AT_MOST * made


def test_each_row_has_a_sentence_and_stands_once():
    with EQUIVALENT.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(equivalent())
    assert [row for row in rows if len(row["why"]) < 15 or not row["why"].endswith(".")] == []


def drawn(name: str) -> list[Case]:
    return [case for check in checks(name) for case in check.cases]


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("output_size", "return round((size + 2 * padding - span) / stride) + 1"),
        ("output_size", "return (size + 1 * padding - span) // stride + 1"),
        ("output_size", "dilation = 1"),
        ("output_size", "padding = stride"),
        ("batch_norm", "mean = x.mean(axis=(0, 2, 4), keepdims=True)"),
        ("max_pool2d", "for j in range(columns - 1):"),
        ("max_pool2d", "output[:, j, i] = window.max(axis=(1, 2))"),
        ("residual_block", "hidden = x @ first"),
        ("columns_seen", "last = max(last * s - p + k - 1, below - 1)"),
        ("prune", "kept = int(np.floor(share * weight.size))"),
        ("beaten_by", "no_worse = (cost <= cost[i]) & (accuracy > accuracy[i])"),
        ("count_paths", "wider[left:left + len(paths)] = paths"),
    ],
)
def test_faults_that_somebody_would_make_are_among_the_mutants(name, after):
    assert after in {mutant.after for mutant in mutants(name, drawn(name))}


@pytest.mark.parametrize("name", EXERCISES)
def test_the_reference_itself_passes_as_it_is_written_for_mutants(name):
    right = ast.unparse(parsed(name))
    assert all(check.passes(Mutant(name, "", "", right).function) for check in checks(name))


def test_a_case_that_never_varies_lets_a_mutant_survive(monkeypatch):
    exercise = EXERCISES["output_size"]
    undilated = replace(exercise, cases=lambda rng: exercise.cases(rng) | {"dilation": 1}, mistakes=[])
    monkeypatch.setitem(EXERCISES, "output_size", undilated)
    assert ("", "dilation = 1") in {survivor.mutant[1:3] for survivor in examined("output_size")[1]}


def test_a_mutant_without_end_is_killed():
    endless = Mutant(
        "fewest_stages", "", "", "def fewest_stages(target, convolutions):\n    while True: pass"
    )
    assert list(exercise_mutants.survivors([endless], checks("fewest_stages"))) == []
