"""The mark is what `check` said: right answers in every style keep theirs, wrong ones get none.

`tests/right_answers` holds what honest students wrote, a notebook each: `# === chapter name` begins one,
`# %%` a cell. `tests/wrong_answers` holds functions; each is handed in as a student would.
"""

import ast
import inspect
import json
import re
import sys
import textwrap
from functools import cache
from pathlib import Path

import pytest
from classroom import at_work, notebook_shell
from wrong_answers import ANSWERS

from cnnlab.exercises import EXERCISES, check, draw
from cnnlab.exercises.core import DrawnExercise
from cnnlab.grading.handout import of_chapter
from cnnlab.grading.marking import Job, mark_one
from cnnlab.grading.notebook import helpers
from cnnlab.grading.sandbox import Bubblewrap

pytestmark = pytest.mark.slow

SEED = "nobody guesses this seed"
CHECKED = re.compile(r"^[^#\n]*check\(\s*\"(\w+)\"", re.MULTILINE)
# Styles of which a class run tells why they get nothing, and `check` tells it too.
REFUSED = {"f28 tqdm around the loop": "forbidden import"}
TOLD = {*REFUSED, "whole chapter ch08"}  # the latter uses SciPy where that is, and its own function elsewhere
NEWER = re.compile(r"f6[23] .*3 12 syntax")


def notebooks():
    """Each right notebook: its name, its chapter and its cells."""
    found = []
    for path in sorted((Path(__file__).parent / "right_answers").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        if "# === " not in text:
            text = f"# === {path.stem[2:]} whole chapter {path.stem}\n{text}"
        for part in text.split("# === ")[1:]:
            head, _, body = part.partition("\n")
            cells = [cell.strip("\n") for cell in re.split(r"^# %%.*\n", body, flags=re.MULTILINE)]
            found.append((head[3:], head[:2], [cell for cell in cells if cell.strip()]))
    return found


@cache
def sandbox():
    return Bubblewrap(seconds=20, more=helpers())  # nothing here hangs, and the machine may be busy


def marked(chapter, cells, reader="ada"):
    book = {"cells": [{"cell_type": "code", "source": cell, "outputs": []} for cell in cells]}
    names = tuple(name for name, each in EXERCISES.items() if each.chapter == chapter)
    job = Job("A student", reader, json.dumps(book).encode(), "", names, of_chapter(chapter), SEED)
    return {mark.exercise: mark for mark in mark_one(sandbox(), job).marks}


RIGHT = notebooks()


@pytest.mark.parametrize(("name", "chapter", "cells"), RIGHT, ids=[name for name, *_ in RIGHT])
def test_a_right_answer_keeps_its_marks(name, chapter, cells):
    marks = marked(chapter, cells)
    answered = set(CHECKED.findall("\n".join(cells))) or {
        each for each in marks if re.search(rf"\b{each}(_answer)?\b", "\n".join(cells))
    }
    assert answered
    for each in answered:
        if NEWER.match(name) and sys.version_info < (3, 12):
            assert marks[each].status == "syntax error"
            assert "is written for Python 3.12, and this class run has an older one" in marks[each].message
        elif name in REFUSED:
            assert (marks[each].points, marks[each].status) == (0, REFUSED[name])
        else:
            assert marks[each].points == EXERCISES[each].points, marks[each]


@pytest.mark.parametrize(("name", "chapter", "cells"), RIGHT, ids=[name for name, *_ in RIGHT])
def test_check_in_the_notebook_says_the_same(tmp_path, monkeypatch, name, chapter, cells):
    """The data is what it says: where it runs as a notebook, each check passes; what is refused is told."""
    if NEWER.match(name) and sys.version_info < (3, 12):
        return
    monkeypatch.chdir(tmp_path)  # where a cell may write a file
    with at_work(notebook_shell()) as shell:
        shell.run_cell("from cnnlab import exercises as _exercises\n_exercises._verdicts.clear()")
        for cell in cells:
            shell.run_cell(cell)
        verdicts = shell.user_ns["_exercises"]._verdicts
    assert verdicts
    assert all(verdict.points for verdict in verdicts.values()), verdicts
    told = [verdict for verdict in verdicts.values() if "which a class run does not have" in repr(verdict)]
    assert bool(told) == (name in TOLD)


@cache
def rest_of(module):
    """What the wrong answers of a chapter have beside them: imports and helpers."""
    tree = ast.parse(inspect.getsource(module))
    tree.body = [each for each in tree.body if not getattr(each, "decorator_list", [])]
    text = ast.unparse(tree)
    return text.replace("from wrong_answers import wrong", "from cnnlab.exercises import check, draw")


def handed_in(answer):
    """The cells in which a wrong answer is handed in."""
    exercise = EXERCISES[answer.exercise]
    _, _, source = textwrap.dedent(inspect.getsource(answer.function)).partition("def _(")
    own = rest_of(inspect.getmodule(answer.function))
    if isinstance(exercise, DrawnExercise):
        call = f'wrong_answer(**draw("{exercise.name}", "ada").values)'
        return [own, f"def wrong_answer({source}", f'check("{exercise.name}", {call}, "ada")']
    return [own, f"def {exercise.name}({source}", f'check("{exercise.name}", {exercise.name})']


CHAPTERS = sorted({each.chapter for each in ANSWERS})


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_wrong_answer_earns_nothing(chapter):
    """One notebook hands in one answer to each exercise; the next of each stands in the next notebook."""
    left = {}
    for each in ANSWERS:
        if each.chapter == chapter:
            left.setdefault(each.exercise, []).append(each)
    while any(left.values()):
        own = [answers.pop() for answers in left.values() if answers]
        marks = marked(chapter, [cell for each in own for cell in handed_in(each)])
        for each in own:
            mark = marks[each.exercise]
            if isinstance(EXERCISES[each.exercise], DrawnExercise):
                assert told(mark) == checked(each)
            else:
                assert mark.points == 0, each
                assert mark.status in ("graded", "crashed"), (each, mark)
                assert not mark.misconception or mark.misconception in each.named, (each, mark)


def told(mark):
    return mark.points, mark.message


def checked(answer):
    """What `check` says to the number that a wrong answer gives for a reader's own task: the same task."""
    number = answer.function(**draw(answer.exercise, "ada").values)
    verdict = check(answer.exercise, number, "ada")
    return verdict.points, verdict.judgement.message


def test_a_shell_leaves_main_as_it_was():
    """Else a process of another test, on the same worker, could not be begun."""
    main = sys.modules["__main__"]
    with at_work(notebook_shell()) as shell:
        shell.reset()
        assert sys.modules["__main__"] is shell.user_module
    assert sys.modules["__main__"] is main
