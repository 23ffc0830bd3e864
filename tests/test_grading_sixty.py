"""A class of sixty in five platforms' forms, marked in one command: each mark is what the student's own
`check` said, and what ten of them do to the other fifty is nothing.
"""

import csv
import io
import itertools
import json
import random
import subprocess
import sys
import textwrap
import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import NamedTuple

import pytest
from classroom import Classroom, at_work, names_of, notebook, notebook_shell
from test_grading_answers import RIGHT, handed_in
from test_grading_class import answers
from wrong_answers import ANSWERS

from cnnlab.exercises import EXERCISES
from cnnlab.grading.handout import Handout
from cnnlab.grading.marking import Job, mark_one
from cnnlab.grading.notebook import helpers
from cnnlab.grading.sandbox import Bubblewrap

pytestmark = pytest.mark.slow

CHAPTER = "01"
NAMES = names_of(CHAPTER)
FIRST = ["Ada", "Åsa", "Zoë", "José", "Ming", "Олег", "美咲", "Fatma", "Nils", "=1+1"]
LAST = ["Lovelace", "Öztürk", "O'Brien", "Nguyễn", "Kim", "van der Berg"]
FILES = ["01_convolution.ipynb", "Kopie von 01.ipynb", "01 (1).ipynb", "01.ipynb.txt", "lab.zip"]


class Form(NamedTuple):
    """How a platform names a file, and what the roster says of its student."""

    path: str
    entry: str


FORMS = {
    "Canvas": Form("canvas/{key}_12_{attempt}00_{file}", "{key}_*"),
    "Moodle": Form("Lab 1-77/{name}_{number}_assignsubmission_file_/{file}", "{name}_{number}_*"),
    "Blackboard": Form("bb/Lab 1_{key}_attempt_2026-01-{attempt}-10-22-33_{file}", "*_{key}_attempt_*"),
    "Gradescope": Form("assignment_12_export/submission_{number}{attempt}/{file}", "submission_{number}*"),
    "ILIAS": Form("Lab 1/Submissions/L_F_{key}_{number}/202601{attempt}102233_{file}", "L_F_{key}_{number}"),
}


# ---- What they hand in ----


def book(*cells):
    code = [{"cell_type": "code", "source": cell, "metadata": {}, "outputs": []} for cell in cells]
    return json.dumps({"cells": code, "nbformat": 4}).encode()


def styles(rng):
    """Right answers in styles of their own."""
    own = [cells for _, chapter, cells in RIGHT if chapter == CHAPTER]
    return [("ada", book(*cells)) for cells in rng.sample(own, 24)]


def chapters_of(rng):
    """The chapter with some exercises answered, rightly or not, each by a reader of its own."""
    for number in range(14):
        reader = f"Reader {number}"
        own, solved = answers(rng, NAMES, reader)
        yield reader, notebook(CHAPTER, solved, reader, **own)


def mistaken(rng):
    """To each exercise a wrong answer or the right one."""
    wrong = {name: [each for each in ANSWERS if each.exercise == name] for name in NAMES}
    for _ in range(12):
        cells = ['READER = "ada"', "from cnnlab.exercises import check, draw"]
        for name in NAMES:
            answer = f"{name}_answer" if f"{name}_answer" in EXERCISES[name].solution() else name
            right = ["import numpy as np", EXERCISES[name].solution(), f'check("{name}", {answer}, READER)']
            cells += rng.choice([right, *[handed_in(each) for each in wrong[name][:3]]])
        yield "ada", book(*cells)


HONEST = EXERCISES["output_size"].solution()
FORGE = """
    import fcntl, os, sys
    frame = sys._getframe()
    while not (found := [each for each in frame.f_locals.values() if type(each).__name__ == "Channel"]):
        frame = frame.f_back
    import wire
    first = wire.framed(found[0].token, wire.pack({"cells": [[1, "forged"]], "passed": ["count_macs"]}))
    fcntl.fcntl(found[0].descriptor, fcntl.F_SETFL, os.O_APPEND)
    os.ftruncate(found[0].descriptor, 0)
    os.write(found[0].descriptor, first)
"""
PATCH = """
    import core, numpy
    core.judge = lambda *_: core.Judgement("passed")
    core.complain = lambda *_: ""
    core.close = numpy.allclose = numpy.array_equal = lambda *_, **__: True
    def correlate_stride(*_):
        return 0
    check("correlate_stride", correlate_stride)
"""
GUESS = """
    for guess in range(225_000, 227_000):
        check("count_params", guess, "ada")
"""
LEAVE = """
    import os, time
    for _ in range(5):
        if os.fork() == 0:
            os.setsid()
            time.sleep(1000)
"""
WRITE = """
    import os
    for folder, _, names in os.walk("/"):
        for name in [*names, "left-by-an-attack"]:
            try:
                open(os.path.join(folder, name), "a").write("=1+1")
            except OSError:
                pass
"""
SPEAK = """
    READER = "=1+1<script>alert(1)</script>"
    class Loud(Exception):
        pass
    Loud.__name__ = "=1+1<script>alert(1)</script>"
    def correlate_stride(*inputs):
        raise Loud(inputs)
    check("correlate_stride", correlate_stride)
"""
BESIDE = {"output_size": 1}  # an honest answer that stands beside an attack
HOSTILE = {
    "forges what was read of it": (FORGE, BESIDE),
    "patches the judge": (PATCH, BESIDE),
    "guesses": (GUESS, BESIDE),
    "leaves processes": (LEAVE, BESIDE),
    "writes everywhere": (WRITE, BESIDE),
    "speaks to a spreadsheet and a browser": (SPEAK, BESIDE),
    "hangs": ("def correlate_stride(*_):\n    while True: pass\n", BESIDE),
    "asks for all memory": ("x = [0] * 10**12", BESIDE),
    "kills all it can": ("import os\nos.kill(-1, 9)", None),  # and so itself
    "is no notebook": (None, {}),
}


def hostile():
    for attack, _ in HOSTILE.values():
        cells = ["from cnnlab.exercises import check", textwrap.dedent(attack or ""), HONEST]
        yield "ada", b"PK\3\4 and no more" if attack is None else book(*cells)


# ---- What their own check says ----


own_shell = cache(notebook_shell)


def said(data):
    """The points by exercise that `check` gives where the student runs the cells."""
    cells = [cell for cell in json.loads(data)["cells"] if cell["cell_type"] == "code"]
    tagged = [cell for cell in cells if cell["metadata"].get("tags")]  # a chapter's; what it trains is not
    with at_work(own_shell()) as shell:
        shell.reset()
        shell.run_cell("from cnnlab import exercises as own_exercises\nown_exercises._verdicts.clear()")
        verdicts = shell.user_ns["own_exercises"]._verdicts
        for cell in tagged or cells:
            shell.run_cell("".join(cell["source"]))
    return {name: verdict.points for name, verdict in verdicts.items() if verdict.points}


# ---- Handing it in ----


def laid_out(form, number, name, data):
    """The files of one student by path: the notebook and, beside every third, an older empty one."""
    names = {"name": name, "number": 1000 + number, "key": f"student{number}"}
    file = FILES[number % len(FILES)]
    if file.endswith(".zip"):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("lab/01.ipynb", data)
        data = packed.getvalue()
    files = {form.path.format(**names, attempt=15, file=file): data}
    if number % 3 == 0:
        files[form.path.format(**names, attempt="09", file="01.ipynb")] = notebook(CHAPTER)
    return form.entry.format(**names), files


class Handed(NamedTuple):
    """What one student has handed in, and the points that it must get; None where any will do."""

    student: str
    reader: str
    data: bytes
    points: dict[str, int] | None


@pytest.fixture(scope="module")
def sixty(tmp_path_factory):
    """The class, and what its instructor has after one command."""
    rng, folder = random.Random(60), tmp_path_factory.mktemp("sixty")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("own"))
        given = [*styles(rng), *chapters_of(rng), *mistaken(rng)]
        with ThreadPoolExecutor(1) as apart:  # from a loop that a browser left running: a cell may await
            honest = [(*each, apart.submit(said, each[1]).result()) for each in given]
    cheats = [(*each, points) for each, (_, points) in zip(hostile(), HOSTILE.values(), strict=True)]
    handed = honest + cheats
    rng.shuffle(handed)
    people = [" ".join(each) for each in itertools.product(FIRST, LAST)]
    class_ = [Handed(name, *each) for name, each in zip(people, handed, strict=True)]
    room = Classroom(folder)
    for number, each in enumerate(class_):
        form = list(FORMS.values())[number % len(FORMS)]
        entry, files = laid_out(form, number, each.student, each.data)
        for path, data in files.items():
            target = folder / "submissions" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        room.hand_in(each.student, None, each.reader, entry)
    before = {path: path.read_bytes() for path in room.files()}
    command = [sys.executable, "-m", "cnnlab.grading", *room.arguments("--seconds", "3", "--jobs", "2")]
    done = subprocess.run([*command, "--chapter", CHAPTER], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return room, class_, before


def test_each_mark_is_what_the_students_own_check_said(sixty):
    room, class_, _ = sixty
    with (room.out / "grades.csv").open(newline="", encoding="utf-8") as file:
        lines = {line["student"].removeprefix("'"): line for line in csv.DictReader(file)}
    assert len(lines) == len(class_) == 60
    lost = []
    for each in class_:
        line = lines[each.student]
        points = {name: int(line[name]) for name in NAMES if line[name] != "0"}
        if each.points is not None and points != each.points:
            lost.append((each.student, each.points, line))
    assert not lost
    assert sum(each.points is not None and sum(each.points.values()) > 0 for each in class_) > 40


def test_nothing_of_the_attacks_is_left(sixty):
    room, _, before = sixty
    assert {path: path.read_bytes() for path in room.files()} == before
    written = [path for path in room.folder.rglob("*") if "left-by-an-attack" in path.name]
    assert not written
    for page in room.out.rglob("*.html"):
        assert "<script>alert" not in page.read_text(encoding="utf-8")
    for table in room.out.glob("*.csv"):
        with table.open(newline="", encoding="utf-8") as file:
            assert not [value for line in csv.reader(file) for value in line if value.startswith("=")]


# ---- What broke a mark, alone ----


def marked(*cells, prelude=""):
    names = ("count_params", "count_macs", "output_size")
    job = Job("A student", "ada", book(*cells), "", names, Handout((), prelude), "nobody guesses this")
    return mark_one(Bubblewrap(seconds=20, more=helpers()), job)


def test_what_was_read_of_a_notebook_before_it_ran_stays_so():
    forged = marked("from cnnlab.exercises import check", textwrap.dedent(FORGE), HONEST)
    assert "forged" in FORGE
    assert forged.answers.endswith(HONEST)
    assert not any(mark.claimed for mark in forged.marks)


def test_an_answer_that_cannot_be_looked_at_costs_the_next_in_its_loop_nothing():
    loop = "for name, answer in [('count_macs', np.bool_(True)), ('count_params', 225984)]:"
    cells = [
        "import numpy as np\nfrom cnnlab.exercises import check",
        f"{loop}\n    check(name, answer, 'ada')",
    ]
    assert marked(*cells).marks[0].points


def test_what_changes_the_chapters_own_array_runs_too():
    prelude = "import numpy as np\ntable = np.zeros(3)\ntable[0] = 225000\ntable[1:] += 492\n"
    assert marked("count_params_answer = int(table.sum())", prelude=prelude).marks[0].points


def test_a_pool_of_the_usual_size_is_no_larger_on_a_larger_machine():
    pool = "import concurrent.futures as c, multiprocessing as m\nsize = c.ThreadPoolExecutor()._max_workers"
    size = "count_params_answer = 225984 if (size, m.cpu_count()) == (5, 1) else size"
    assert marked(pool, size).marks[0].points
