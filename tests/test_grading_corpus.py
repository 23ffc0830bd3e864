"""Grade a class of cheats, accidents and honest neighbours, as root and as an ordinary user.

As the latter the grader runs under Debian's own Python, with copies of what it needs that everybody can read:
a Python under root's home cannot be run by another user.
"""

import csv
import ctypes
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from html import unescape
from pathlib import Path
from typing import NamedTuple

import IPython
import numpy as np
import pytest
import rapidfuzz
import submissions as corpus
import tqdm

import cnnlab
from cnnlab.exercises import EXERCISES
from cnnlab.grading import report
from cnnlab.grading.sandbox import FIRST_UID, LAST_UID

pytestmark = pytest.mark.slow

SECONDS = 2  # of one exercise: an honest one takes 0.2
NOBODY = 65534
SUBREAPER = 36  # a call of prctl
LIBRARIES = [np, tqdm, rapidfuzz, IPython, cnnlab]


class Graded(NamedTuple):
    """What a run of the command has left."""

    folder: Path
    rows: list[corpus.Row]
    lines: dict[str, dict[str, str]]  # of `grades.csv`, by student
    raw: dict[str, str]
    before: dict[str, object]  # what was in the folder of submissions
    heard: list[object]  # by the server that an attack calls
    orphans: list[str]


def hand_in(folder, rows):
    """The submissions, and all that the command needs beside them."""
    (folder / "submissions").mkdir(parents=True)
    (folder / "temporary").mkdir()
    (folder / "seed.txt").write_text(corpus.SEED)
    lines = [("student", "file", "reader")]
    for number, row in enumerate(rows):
        file = f"{row.name if row.name.startswith('neighbour') else number}{row.suffix}"
        row.make(folder / "submissions" / file)
        lines.append((row.name, file, row.name))
    with (folder / "roster.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)


def snapshot(folder):
    """Every path under a folder with its kind, size and time of change."""
    status = {str(path.relative_to(folder)): path.lstat() for path in sorted(folder.rglob("*"))}
    return {name: (each.st_mode, each.st_size, each.st_mtime_ns) for name, each in status.items()}


def everybody_can_read(folder):
    """Copies of the libraries that the grader needs, and of the grader."""
    if folder.exists():
        return folder
    for library in LIBRARIES:
        source = Path(library.__file__).parent
        for each in [source, *source.parent.glob(f"{source.name}.libs")]:
            shutil.copytree(each, folder / each.name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode | stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0))
    return folder


def command(user, folder):
    """How that user runs Python, and with what in its environment."""
    settings = {"PATH": os.environ["PATH"], "TMPDIR": str(folder / "temporary"), "OPENBLAS_NUM_THREADS": "1"}
    if user == "root" or os.getuid():
        return [sys.executable], settings | {"PYTHONPATH": str(Path(cnnlab.__file__).parents[1])}
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    shared = everybody_can_read(folder.parent / "shared")
    as_nobody = [
        "setpriv",
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
        "/usr/bin/python3",
        "-B",
    ]
    return as_nobody, settings | {"PYTHONPATH": str(shared), "PATH": "/usr/bin:/bin"}


def children():
    """This process's own children that run: what a grader left behind is among them (see `subreaper`).

    Not what descends from them: a browser of another test begins processes of its own at any time.
    """
    found = set()
    for tasks in Path("/proc/self/task").iterdir():
        for each in (tasks / "children").read_text().split():
            if "(zombie)" not in Path("/proc", each, "status").read_text():
                found.add(f"{each} {Path('/proc', each, 'cmdline').read_text()}")
    return found


def grade(folder, rows, how):
    prefix, settings = how
    arguments = {"roster": "roster.csv", "seed-file": "seed.txt", "out": "results"}
    options = [word for name, file in arguments.items() for word in (f"--{name}", str(folder / file))]
    more = ["--chapter", corpus.CHAPTER, "--seconds", str(SECONDS), "--jobs", "2"]
    before, known = snapshot(folder / "submissions"), children()
    ended = subprocess.run(
        [*prefix, "-m", "cnnlab.grading", str(folder / "submissions"), *options, *more],
        env=settings, cwd="/", capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    time.sleep(0.5)  # for the kernel to clear up after what was killed
    orphans = sorted(children() - known)
    text = (folder / "results" / "grades.csv").read_text(encoding="utf-8")
    lines = {line["student"]: line for line in csv.DictReader(text.splitlines(keepends=True))}
    raw = {line.partition(",")[0]: line for line in text.splitlines()}
    return Graded(folder, rows, lines, raw, before, [], orphans)


@pytest.fixture(scope="module", params=["root", "an ordinary user"])
def graded(request):
    """The corpus with its neighbours, graded; and the neighbours alone."""
    if request.param == "root" and os.getuid():
        pytest.skip("grading as root can be tried by root only; grading as an ordinary user is tried")
    with tempfile.TemporaryDirectory(prefix="corpus-") as place, subreaper():
        os.chmod(place, 0o711)  # pytest's own folders are for one user only
        folder, few = Path(place, "class"), Path(place, "few")
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.setblocking(False)
            rows = corpus.rows(server.getsockname()[1])
            hand_in(folder, rows + corpus.neighbours())
            together = grade(folder, rows, command(request.param, folder))
            with suppress(BlockingIOError):
                together.heard.append(server.accept())
        hand_in(few, corpus.neighbours())
        yield together, grade(few, corpus.neighbours(), command(request.param, few))


@contextmanager
def subreaper():
    """What a grader leaves behind becomes a child of this process, which can see it then."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        ctypes.CDLL(None).prctl(SUBREAPER, 0, 0, 0, 0)


def shown(name):
    return report.harmless(name)


def test_the_corpus_is_large_and_every_row_has_a_name_of_its_own():
    names = [row.name for row in corpus.rows(1)]
    assert len(set(names)) == len(names) >= 60


def test_every_submission_gets_its_mark_and_its_status(graded):
    together, _ = graded
    wrong = {}
    for row in together.rows:
        line = together.lines[shown(row.name)]
        points = {name: int(line[name]) for name in corpus.ALL}
        expected = dict.fromkeys(corpus.ALL, 0) | row.points
        if (points, line["status"]) != (expected, row.status):
            wrong[row.name] = (sum(points.values()), line["status"], line["message"], row.status)
    assert wrong == {}


def test_no_submission_changes_the_mark_of_another(graded):
    together, alone = graded
    for row in corpus.neighbours():
        assert together.raw[row.name] == alone.raw[row.name]
        points = {name: int(alone.lines[row.name][name]) for name in corpus.ALL}
        assert points == dict.fromkeys(corpus.ALL, 0) | row.points
        pages = [
            (each.folder / "results" / "feedback" / f"{report.slug(row.name)}.html").read_bytes()
            for each in graded
        ]
        assert pages[0] == pages[1]


def test_no_process_is_left_behind(graded):
    for each in graded:
        assert each.orphans == []


def owners(folder):
    """Each file of a folder with its user; other tests take theirs away meanwhile."""
    for path in Path(folder).iterdir():
        with suppress(FileNotFoundError):
            yield path, path.lstat().st_uid


def test_no_file_is_left_behind_and_none_is_changed(graded):
    for each in graded:
        assert snapshot(each.folder / "submissions") == each.before
        assert list((each.folder / "temporary").iterdir()) == []
        assert (each.folder / "seed.txt").read_text() == corpus.SEED
        everything = {path.name for path in (each.folder / "results").iterdir()}
        assert everything == {
            "feedback", "gradescope", "grades.csv", "journal.jsonl", "journal.lock", "summary.html",
            "timings.csv",
        }  # fmt: skip
    for place in ("/tmp", "/dev/shm", "/", "/dev"):
        assert [name for name in os.listdir(place) if corpus.MARK in name] == []
    uids = range(FIRST_UID, LAST_UID + 1)
    assert [path for path, uid in owners("/tmp") if uid in uids] == []


def test_nothing_came_over_the_network(graded):
    assert graded[0].heard == []


def test_no_page_tells_the_seed_an_input_or_an_expected_value(graded):
    together, _ = graded
    results = together.folder / "results"
    exercise = EXERCISES[corpus.TARGET]
    cases = exercise.draw_cases(corpus.SEED)
    values = [value for case in cases for value in case.values() if np.size(value) > 1]
    values += [np.asarray(exercise.reference(**case)) for case in cases]
    told = [str(value.ravel()[:4].tolist())[1:-1] for value in values if value.size > 3]
    told += ["secret", "700", "701", corpus.SEED.partition("-")[2]]
    for path in [*results.rglob("*.html"), *results.rglob("results.json"), results / "grades.csv"]:
        text = unescape(path.read_text(encoding="utf-8"))
        assert [each for each in told if each in text] == [], path


def test_no_page_holds_what_a_student_wrote_as_code(graded):
    together, _ = graded
    results = together.folder / "results"
    for path in results.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "<b>" not in text
    for path in results.rglob("results.json"):
        assert set(json.loads(path.read_text())) == {"score", "tests"}
