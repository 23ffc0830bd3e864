"""Grading a class as its instructor meets it: the real command, in its sandbox, on generated submissions.

Every mark is known before it is given: a notebook is the committed chapter with so many exercises solved.
"""

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

import jsonschema
import psutil
import pytest
from classroom import Classroom, names_of, notebook, points_of
from test_browser_pages import complaints
from windows import Window

from book._tools.chapters import ROOT, chapters
from cnnlab.exercises import EXERCISES, core
from cnnlab.grading.__main__ import main
from cnnlab.grading.page import slug

pytestmark = pytest.mark.slow

CHAPTERS = [path.stem[:2] for path in chapters() if names_of(path.stem[:2])]
DRAWN = [name for name, each in EXERCISES.items() if isinstance(each, core.DrawnExercise)]
KILLS = 5  # of one run; four runs are killed so often


@pytest.fixture
def room(tmp_path):
    return Classroom(tmp_path)


def started(room):
    """The command in a process of its own. Ctrl-C reaches it also where these tests run in the background."""
    command = ["env", "--default-signal=INT", sys.executable, "-m", "cnnlab.grading", *room.arguments()]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process):
    out, err = process.communicate()
    return process.returncode, out, err


def written(room):
    """What a run leaves and its time does not change, by name."""
    files = {path.relative_to(room.out).as_posix(): path for path in room.out.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if not name.startswith(("t", "j"))}


# ---- Marks ----


def drawn_answer(name, reader, wrong=None):
    """How a reader answers: with a number, right for that name or as a misconception has it."""
    exercise = EXERCISES[name]
    function = exercise.misconceptions[wrong].wrong if wrong else exercise.reference
    return f"{name}_answer = {core.expect(function, exercise.draw_cases(core.tidy(reader))[0])}"


def answers(rng, names, reader):
    """To random exercises nothing, to others a wrong answer, to others a right one; and which these are."""
    own, solved = {}, []
    for name in names:
        kind = rng.choice(["nothing", "wrong", "right", "right"])
        if name in DRAWN and kind != "nothing":
            wrong = rng.choice([*EXERCISES[name].misconceptions]) if kind == "wrong" else None
            own[name] = drawn_answer(name, reader, wrong)
        elif kind == "wrong":
            own[name] = f"def {name}(*arguments):\n    return {rng.choice(['None', '-12345.6', '1 / 0'])}"
        if kind == "right":
            solved.append(name)
    return own, solved


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_mark_is_the_points_that_were_solved(room, chapter):
    """Also: the solved edition has all of them, the committed one none."""
    rng, names = random.Random(int(chapter)), names_of(chapter)
    expected = {"Committed": [], "Solved": names}
    room.hand_in("Committed", notebook(chapter))
    room.hand_in("Solved", notebook(chapter, names))
    for number in range(8):
        reader = f"reader {number}"
        own, expected[reader] = answers(rng, names, reader)
        solved = [name for name in expected[reader] if name not in own]
        room.hand_in(reader, notebook(chapter, solved, reader, **own), reader)
    for student, line in room.grade().items():
        got = {name: int(line[name]) for name in names}
        assert got == {name: points_of([name]) * (name in expected[student]) for name in names}, (
            student,
            line,
        )
        assert int(line["total"]) == points_of(expected[student])
        assert int(line["maximum"]) == points_of(names)


def test_drawn_tasks_are_everyones_own(room):
    name = "count_params"
    answer = {
        "Ada": drawn_answer(name, " ADA "),  # as capitals and spaces do not count
        "Copied": drawn_answer(name, "ada"),
        "Forgot": drawn_answer(name, "reader"),
        "Wrong": drawn_answer(name, "wrong", "bias forgotten"),
        "Random": f"{name}_answer = 7",
    }
    for student, source in answer.items():
        reader = "reader" if student == "Forgot" else student
        room.hand_in(student, notebook("01", reader=reader, **{name: source}), student.casefold())
    marks = {student: (line["total"], line["status"]) for student, line in room.grade().items()}
    other = ("0", "someone else's draw")
    assert marks == {"Ada": ("1", "graded"), "Copied": other, "Forgot": other, **dict.fromkeys(
        ["Wrong", "Random"], ("0", "graded"))}  # fmt: skip
    page = (room.out / "feedback" / f"{slug('Forgot')}.html").read_text()
    assert "Yours is drawn for &#x27;forgot&#x27;: is that your READER?" in page
    summary = (room.out / "summary.html").read_text()
    assert re.search(r"Copied</a> answers, in <code>count_params</code>, the task of <a [^>]*>Ada<", summary)
    assert re.search(r"Forgot</a> answers, .*the task of 'reader', who is not on the roster", summary)
    assert "<strong>1 × bias forgotten</strong>" in summary


def by_chance(name):
    """Two readers and a misconception that leads the one to the other's right answer."""
    exercise, readers = EXERCISES[name], [f"reader {number}" for number in range(300)]
    cases = {reader: exercise.draw_cases(reader)[0] for reader in readers}
    owners = {core.expect(exercise.reference, case).item(): reader for reader, case in cases.items()}
    return next(
        (reader, owners[value], wrong)
        for reader, case in cases.items()
        for wrong, misconception in exercise.misconceptions.items()
        if owners.get(value := core.expect(misconception.wrong, case).item(), reader) != reader
    )


def test_a_known_mistake_is_not_taken_for_somebodys_answer(room):
    reader, owner, wrong = by_chance("count_field")
    room.hand_in(reader, notebook("03", count_field=drawn_answer("count_field", reader, wrong)))
    room.hand_in(owner, notebook("03", count_field=drawn_answer("count_field", owner)))
    room.lines = [(student, file, student) for student, file, _ in room.lines]
    room.hand_in("Absent", None)
    lines = room.grade()
    assert [lines[student]["status"] for student in (reader, owner)] == ["graded"] * 2
    assert f"<strong>1 × {wrong}</strong>" in (room.out / "summary.html").read_text()


# ---- Interruptions ----


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """A class, what an uninterrupted run leaves, and how long it took."""
    room = Classroom(tmp_path_factory.mktemp("whole"))
    names = names_of("04")
    for number in range(8):
        room.hand_in(f"Student {number}", notebook("04", names[number % 4 : number % 4 + 2]))
    began = time.monotonic()
    assert ended(started(room))[0] == 0
    return room, written(room), time.monotonic() - began


def again(room, tmp_path):
    """The same class, its results to be written elsewhere."""
    other = object.__new__(Classroom)
    other.folder, other.out = room.folder, tmp_path / "results"
    return other


def stop(process, number):
    """Send it a signal; the processes it had begun."""
    grader = psutil.Process(process.pid)
    grader.suspend()  # so that it begins no more
    begun = grader.children(recursive=True)
    process.send_signal(number)
    with contextlib.suppress(psutil.NoSuchProcess):  # it had just come to its end
        grader.resume()
    return begun


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_moment_it_goes_on_and_ends_the_same(whole, tmp_path, seed):
    first, expected, seconds = whole
    room, rng = again(first, tmp_path), random.Random(seed)
    for _ in range(KILLS):
        process = started(room)
        try:
            process.wait(rng.uniform(0.2, seconds))
        except subprocess.TimeoutExpired:
            _, alive = psutil.wait_procs(stop(process, signal.SIGKILL), timeout=10)
            assert alive == []
        ended(process)
    code, out, err = ended(started(room))
    assert (code, out) == (0, f"8 of 8 students graded: {room.out / 'grades.csv'}\n"), err
    assert "8/8" in err  # the bar is on the other stream
    assert written(room) == expected


def workers(process):
    """The processes that mark, which all but the sandboxes in them have one command."""
    found = []
    for each in psutil.Process(process.pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess, IndexError):
            found += [each] * ("multiprocessing.forkserver" in each.cmdline()[-1] and bool(each.children()))
    return found[1:]  # the first has begun the others


def test_a_process_that_marks_and_is_killed_costs_nobody_a_mark(whole, tmp_path):
    first, expected, _ = whole
    room = again(first, tmp_path)
    process = started(room)
    for killed in range(2):
        while process.poll() is None and not (busy := workers(process)):
            time.sleep(0.01)
        assert process.poll() is None, killed
        busy[0].kill()
        time.sleep(0.5)
    code, out, err = ended(process)
    assert (code, out) == (0, f"8 of 8 students graded: {room.out / 'grades.csv'}\n"), err
    assert written(room) == expected


def test_interrupted_by_its_user_it_says_how_to_go_on(whole, tmp_path):
    first, expected, _ = whole
    room = again(first, tmp_path)
    process = started(room)
    while not ((room.out / "journal.jsonl").exists() and process.poll() is None):
        time.sleep(0.02)
    begun = stop(process, signal.SIGINT)
    code, out, err = ended(process)
    assert (code, out) == (130, "")
    assert err.endswith("interrupted; the same command goes on where this one stopped\n")
    assert "Traceback" not in err
    assert psutil.wait_procs(begun, timeout=10)[1] == []
    assert ended(started(room))[0] == 0
    assert written(room) == expected


def test_a_sandbox_that_does_not_run_marks_nobody(whole, tmp_path):
    """Bubblewrap's own words are shown, as where a machine forbids it; the same command then goes on."""
    room = again(whole[0], tmp_path)
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2\nexit 1\n")
    program.chmod(0o755)
    command = [sys.executable, "-m", "cnnlab.grading", *room.arguments()]
    path = f"{tmp_path}:{os.environ['PATH']}"
    failed = subprocess.run(command, env=os.environ | {"PATH": path}, capture_output=True, text=True)
    assert (failed.returncode, failed.stdout) == (2, "")
    assert re.search("nobody was marked: .*No permissions to create a new namespace", failed.stderr)
    assert "Traceback" not in failed.stderr
    assert ended(started(room))[0] == 0
    assert written(room) == whole[1]


def test_only_what_came_later_is_graded_again(room):
    for student in ("Ada", "Bo"):
        room.hand_in(student, notebook("01", ["output_size"]))
    assert [line["total"] for line in room.grade().values()] == ["1", "1"]
    times = (room.out / "timings.csv").read_text().splitlines()
    (room.folder / "submissions" / "001.ipynb").write_bytes(
        notebook("01", ["output_size", "correlate_stride"])
    )
    assert [line["total"] for line in room.grade().values()] == ["1", "3"]
    assert (room.out / "timings.csv").read_text().splitlines()[:2] == times[:2]
    assert len((room.out / "journal.jsonl").read_text().splitlines()) == 1 + 3 + 2  # and the ends of two runs


def test_answers_are_compared_with_the_tasks_of_the_class_as_it_is_now(room):
    room.hand_in("Ada", notebook("01", count_params=drawn_answer("count_params", "cy")), "ada")
    room.hand_in("Bo", notebook("01"), "bo")
    assert room.grade()["Ada"]["status"] == "graded"
    room.lines = [(student, file, reader.replace("bo", "cy")) for student, file, reader in room.lines]
    room.hand_in("Di", None)
    assert room.grade()["Ada"]["status"] == "someone else's draw"


def test_two_runs_do_not_write_into_one_folder(whole, tmp_path, capsys):
    room = again(whole[0], tmp_path)
    process = started(room)
    while not (room.out / "journal.jsonl").exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGSTOP)
    assert main(room.arguments()) == 2
    assert "another run is writing into" in capsys.readouterr().err
    process.kill()
    ended(process)


# ---- The guide ----

GUIDE = (ROOT / "book" / "instructor_guide.md").read_text()
COMMANDS = re.findall(r"^\$ (.+)$", GUIDE, re.MULTILINE)
# No hand-in leads to *grader failed*: that would be a fault of ours. test_grading_scale.py makes one.
STATUSES = re.findall(r"^\| (?!Status|grader failed)([a-z' ]+?) +\| ", GUIDE, re.MULTILINE)
GRADESCOPE = {
    "type": "object",
    "required": ["score", "tests"],
    "additionalProperties": False,
    "properties": {
        "score": {"type": "number"},
        "tests": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name", "score", "max_score", "output", "visibility"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string"},
                    "score": {"type": "number", "minimum": 0},
                    "max_score": {"type": "number"},
                    "output": {"type": "string"},
                    "visibility": {"enum": ["visible", "hidden", "after_due_date", "after_published"]},
                },
            },
        },
    },
}
ONE_OF_EACH = {
    "graded": "def output_size(*x):\n    return 1",
    "not attempted": "def output_size(*x):\n    raise NotImplementedError",
    "syntax error": "def output_size(x:\n    return 1",
    "crashed": "def output_size(*x):\n    return 1 / 0",
    "timed out": "def output_size(*x):\n    while True: pass",
    "out of memory": "def output_size(*x):\n    return np.ones(10**10)",
    "forbidden import": "def output_size(*x):\n    import torch",
}


@pytest.fixture(scope="session")
def guided(tmp_path_factory):
    """What the guide's commands print and leave, on a class in which there is one of each status."""
    room = Classroom(tmp_path_factory.mktemp("guided"))
    for status, source in ONE_OF_EACH.items():
        room.hand_in(status, notebook("01", output_size=source))
    room.hand_in("unreadable file", b"%PDF-1.7")
    room.hand_in("nothing handed in", None)
    room.hand_in("someone else's draw", notebook("01", count_params=drawn_answer("count_params", "x")), "y")
    room.hand_in("Ada Lovelace", notebook("01", names_of("01")), "x")
    room.folder.joinpath("submissions").rename(room.folder / "SUBMISSIONS")
    room.folder.joinpath("seed.txt").unlink()
    python = room.folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    printed = [
        subprocess.run(command, shell=True, cwd=room.folder, capture_output=True, text=True)
        for command in COMMANDS
    ]
    return room, printed


def test_the_guides_commands_end_with_marks(guided):
    room, printed = guided
    assert [each.returncode for each in printed] == [0] * len(COMMANDS), printed
    assert len(COMMANDS) == 3
    assert printed[1].stdout == "10 of 11 students graded: results/grades.csv\n"
    assert room.grades()["Ada Lovelace"]["total"] == str(points_of(names_of("01")))
    assert printed[2].stdout.startswith("Ada Lovelace: 010.ipynb\n\ncorrelate_stride: 2 of 2, graded\n")


def test_every_status_in_the_guide_occurs_and_no_other(guided):
    lines = guided[0].grades()
    assert {student: line["status"] for student, line in lines.items() if student in STATUSES} == {
        status: status for status in STATUSES
    }
    assert {line["status"] for line in lines.values()} == set(STATUSES)


def test_results_are_as_gradescope_reads_them(guided):
    room, _ = guided
    for student, line in room.grades().items():
        results = json.loads((room.out / "gradescope" / slug(student) / "results.json").read_text())
        jsonschema.validate(results, GRADESCOPE)
        assert results["score"] == int(line["total"]) == sum(test["score"] for test in results["tests"])
        assert int(line["maximum"]) == sum(test["max_score"] for test in results["tests"])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_are_clean(guided, browser, width, theme):
    window = Window(browser, f"{guided[0].out.as_uri()}/", width, theme)
    pages = ["summary.html", *(f"feedback/{slug(status)}.html" for status in [*STATUSES, "Ada Lovelace"])]
    assert {path: found for path in pages if window.visit(path) and (found := complaints(window))} == {}
    window.page.close()
