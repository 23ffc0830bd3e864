"""Grading a class, without its sandbox: what is passed on, kept and written, and what the command says."""

import errno
import json
import os
import re
import shutil
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import nbformat
import numpy as np
import pytest
from classroom import Classroom
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.exercises import EXERCISES, core
from cnnlab.grading import __main__ as command
from cnnlab.grading import report, run, summary, wire
from cnnlab.grading.__main__ import main
from cnnlab.grading.executors import Pool
from cnnlab.grading.journal import FAILED, Journal
from cnnlab.grading.marking import Job, Mark, Marked, fingerprint
from cnnlab.grading.page import slug
from cnnlab.grading.submissions import Folder, Student, Unreadable


def cells(*sources):
    """A notebook's bytes."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    return nbformat.writes(book).encode()


# ---- What passes through the wall ----


def test_what_is_packed_arrives():
    arrays = [np.arange(6.0).reshape(2, 3), np.array(7), np.zeros((0, 2), bool)]
    head, got = wire.unpack(wire.pack({"a": [1, None]}, arrays))
    assert head == {"a": [1, None]}
    for one, other in zip(arrays, got, strict=True):
        assert core.same(one, other)


def message(forms, data=b"", head=None):
    return json.dumps([head if head is not None else {}, forms]).encode() + b"\n" + data


FORGED = {
    "nothing": b"",
    "no arrays": b"{}\n",
    "a list for a head": message([], head=[]),
    "too short": message([["<f8", [3]]], bytes(8)),
    "too long": message([["<f8", [3]]], bytes(32)),
    "far too large": message([["<f8", [2**60]]]),
    "a size that overflows": message([["<f8", [2**32, 2**32]]]),
    "a negative size": message([["<f8", [-1]]], bytes(8)),
    "a size that is none": message([["<f8", [True, 1.0]]], bytes(8)),
    "objects": message([["|O", [1]]], bytes(8)),
    "text": message([["<U2", [1]]], bytes(8)),
    "a structure": message([["f8,f8", [1]]], bytes(16)),
    "no such number": message([["<f1", [1]]], bytes(1)),
    "more than the limit": message([["|b1", [wire.LIMIT]]], bytes(wire.LIMIT)),
    "deep": b"[" * 100_000 + b"\n",
}


@pytest.mark.parametrize("forged", FORGED)
def test_forged_messages_are_refused(forged):
    with pytest.raises(ValueError, match="no message"):
        wire.unpack(FORGED[forged])


@pytest.mark.parametrize("kind", ["<f2", "<f4", ">f8", "<f16", "|b1", "|i1", "<u8", ">i4"])
def test_every_kind_of_number_arrives_bit_by_bit(kind):
    array = np.arange(6).astype(kind).reshape(2, 3)[:, ::-1]
    (got,) = wire.unpack(wire.pack({}, [array]))[1]
    assert core.same(got, array)
    assert got.flags.writeable


@given(st.binary(max_size=300))
def test_any_other_bytes_are_refused(message):
    with pytest.raises(ValueError, match="no message"):
        wire.unpack(message)


# ---- The journal ----

RUN = {"exercises": ["a"]}
MARK = Mark("output_size", 1, 1)
ONE = Marked("Ada", "key", [MARK._replace(detail="secret")], "def f(): pass", "ada", 0.5, ["secret"])


def test_what_is_finished_is_kept_and_half_a_line_is_not(tmp_path):
    path = tmp_path / "journal.jsonl"
    Journal(path, RUN).add(ONE)
    assert "secret" not in path.read_text()
    whole = path.read_bytes()
    path.write_bytes(whole + whole[len(whole) // 2 : -5])
    journal = Journal(path, RUN)
    assert path.read_bytes() == whole
    assert journal.done == {"Ada": ONE._replace(marks=[MARK], skipped=[])}


def test_a_journal_of_another_run_is_left_alone(tmp_path):
    Journal(tmp_path / "j", RUN)
    with pytest.raises(ValueError, match="another seed, other exercises, other --seconds"):
        Journal(tmp_path / "j", {"exercises": ["b"]})


def test_a_line_that_the_disk_had_no_room_for_is_as_if_it_were_not_there(tmp_path):
    path = tmp_path / "journal.jsonl"
    Journal(path, RUN).add(ONE)
    head, line = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(head + line[:40] + line + line.replace(b"Ada", b"Bo"))
    assert list(Journal(path, RUN).done) == ["Bo"]


def test_a_submission_is_done_that_has_not_changed_and_was_marked(tmp_path):
    journal = Journal(tmp_path / "j", RUN)
    journal.add(ONE)
    journal.add(ONE._replace(student="Bo", marks=[MARK, MARK._replace(points=0, status=FAILED)]))
    assert journal.is_done("Ada", "key")
    assert not journal.is_done("Ada", "another")
    assert not journal.is_done("Bo", "key")  # whom the grader failed is tried again
    assert not journal.is_done("Cy", "key")


def test_marks_depend_on_the_file_and_its_own_reader():
    job = Job("Ada", "ada", b"a", "", ("output_size",), None, "seed")
    keys = {fingerprint(job._replace(**change)) for change in ({}, {"reader": "bo"}, {"notebook": b"b"})}
    keys |= {fingerprint(job._replace(notebook=b"", problem=problem)) for problem in ("a", "b")}
    assert len(keys) == 5
    assert fingerprint(job._replace(student="Bo")) == fingerprint(job)


@pytest.mark.parametrize("fails", ["fsync", "write", "open"])
def test_a_full_disk_or_a_folder_that_is_read_only_says_which_file(tmp_path, monkeypatch, fails):
    journal = Journal(tmp_path / "journal.jsonl", RUN)

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    if fails == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    elif fails == "open":
        monkeypatch.setattr("pathlib.Path.open", full)
    else:
        monkeypatch.setattr("pathlib.Path.write_bytes", full)
    name = "page.html" if fails == "write" else "journal.jsonl"
    with pytest.raises(OSError, match=f"No space left on device: '.*{name}'"):
        report.write(tmp_path / "page.html", "") if fails == "write" else journal.add(ONE)


def test_a_small_folder_for_temporary_files_is_named(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: namedtuple("Usage", "free")(2**20))
    monkeypatch.setattr("tempfile.tempdir", "/small")
    with pytest.raises(OSError, match=r"16 MiB are needed .* and 1 are free: .*TMPDIR: '/small'"):
        run.require(16 * 2**20)
    run.require(2**19)


class Broken(Folder):
    """A folder whose files all fail in one way."""

    def __init__(self, error):
        self.error = error

    def open(self, name):
        raise self.error


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (Unreadable("x.ipynb: it is no file."), "x.ipynb: it is no file."),
        (ZeroDivisionError("why"), "x.ipynb cannot be read: ZeroDivisionError: why"),
        (PermissionError(errno.EACCES, "no", "x"), "x.ipynb cannot be read: .*no: .x."),
    ],
)
def test_whatever_is_wrong_with_a_file_is_its_own_matter(error, says):
    group = run.Class([Student("Ada", "x", "ada")], {"Ada": "x.ipynb"}, Broken(error), [], None, "seed")
    job = group.job(group.students[0])
    assert re.fullmatch(says, job.problem)
    assert job.notebook == b""


def test_a_disk_without_room_is_nobodys_fault():
    error = OSError(errno.ENOSPC, "No space left on device", "/tmp")
    group = run.Class([Student("Ada", "x", "ada")], {"Ada": "x.ipynb"}, Broken(error), [], None, "seed")
    with pytest.raises(OSError, match="No space left on device: '/tmp'"):
        group.job(group.students[0])


def test_a_job_that_the_grader_could_not_deal_with_costs_its_student_alone():
    job = Job("Ada", "ada", b"", "", ("output_size", "count_params"), None, "seed")
    marks = run.failed(job, ChildProcessError("it died")).marks
    assert [mark.status for mark in marks] == [FAILED] * 2
    assert marks[0].message == "The grader itself failed on this file: ChildProcessError: it died"


# ---- What is written ----


def test_a_spreadsheet_takes_no_name_for_a_formula():
    assert report.table([("=1+1", "-x", "Ada", 3)]) == "'=1+1,'-x,Ada,3\n"


def test_every_student_has_a_file_of_an_own_and_harmless_name():
    names = ["Ada", "ada", "../../etc/passwd", "Åda", "Bda", "x" * 300, "", "a/b", "a-b"]
    slugs = [slug(name) for name in names]
    assert len(set(slugs)) == len(slugs)
    assert all("/" not in slug and len(slug) < 60 and not slug.startswith(".") for slug in slugs)


def test_feedback_tells_neither_input_nor_expected_value_and_escapes_the_rest():
    marks = [MARK, Mark("count_params", 0, 1, "graded", "<b>Look</b>", detail="expected = 42")]
    page = report.feedback(Student("<Ada>", "", "<ada>"), marks)
    assert "42" not in page
    assert "<b>" not in page
    assert "&lt;Ada&gt;: 1 of 2 points" in page
    assert "drawn for the name <strong>&lt;ada&gt;</strong>" in page


def test_the_summary_lists_who_is_nearly_the_same():
    lines = "".join(f"!{chr(40 + n)}{chr(50 + n)}!+-!\n" for n in range(20))
    one = Marked("<Ada>", "", [MARK], lines, "", 0)
    found = {name: one._replace(student=name) for name in ("<Ada>", "Bo")}
    page = summary.summary([Student(name, "", name) for name in found], found, ["output_size"])
    assert "&lt;Ada&gt; and Bo: 100 % of their tokens" in re.sub("<.*?>", "", page)


def test_a_mark_that_the_notebook_contradicts_is_listed_with_its_reason():
    marks = [
        Mark("output_size", 0, 1, "crashed", "It <b>stopped</b>.", claimed=True),
        Mark("count_params", 0, 1, "graded", "The values differ."),
    ]
    marked = Marked("Ada", "", marks, "", "", 0)
    said = "output_size reads passed in the notebook, and here: Crashed. It <b>stopped</b>."
    assert summary.claims([marked]) == [("Ada", said)]
    page = summary.summary([Student("Ada", "", "ada")], {"Ada": marked}, ["output_size", "count_params"])
    assert "reads passed in the notebook, and here: Crashed. It &lt;b&gt;stopped" in page


def test_the_summary_counts_who_tried_and_says_what_stopped():
    def marked(student, *statuses):
        return Marked(
            student,
            "",
            [Mark("correlate_stride", points, 2, status) for points, status in statuses],
            "",
            "",
            0,
        )

    found = {
        student: marked(student, mark)
        for student, mark in {
            "<A>": (2, "graded"), "B": (0, "graded"), "C": (0, "crashed"), "D": (0, "not attempted"),
            "E": (0, "unreadable file"),
        }.items()
    }  # fmt: skip
    page = summary.summary([Student(name, "", name) for name in [*found, "F"]], found, ["correlate_stride"])
    text = re.sub(r"\s*(<[^>]*>\s*)+", "|", page)
    assert "|5 of 6 students have handed in.|Points, of 2: 0.4 on average, median 0.|" in text
    assert "|correlate_stride|crashed: 1|1 of 3, 33 %|" in text
    assert "|What stopped|C|: crashed|E|: unreadable file|" in text
    assert "|Nothing handed in|F|" in text
    assert "|0|4|1|0|2|1|" in text  # how many have how many points
    assert "<A>" not in page


def test_the_chapter_is_that_of_more_than_half_of_the_notebooks(tmp_path):
    for number, name in enumerate(["correlate_stride", "correlate_stride", "max_pool2d"]):
        more = "def conv2d_groups(x): pass\ndef batch_norm(x): pass" if number == 1 else ""
        (tmp_path / f"{number}.ipynb").write_bytes(cells(f"def {name}(x): pass", more))
    folder = Folder(tmp_path)
    found = run.chosen(folder, folder.names)
    assert {EXERCISES[name].chapter for name in found} == {"01"}
    assert run.chosen(folder, folder.names[1:]) == []  # one of each: the instructor has to say


# ---- The command ----


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A class of three, and a grader that grades everybody alike, in this process."""

    @contextmanager
    def here(jobs):
        with ThreadPoolExecutor(jobs) as pool:
            yield Pool(pool, lambda: jobs)

    monkeypatch.setattr(command, "processes", here)
    monkeypatch.setattr(command, "made", lambda workers: None)
    monkeypatch.setattr(run, "made", lambda workers: None)
    marked = lambda _, job: ONE._replace(student=job.student, key=fingerprint(job))  # noqa: E731
    monkeypatch.setattr(run, "mark_one", marked)
    room = Classroom(tmp_path)
    for student in ("Ada", "Bo", "Cy"):
        room.hand_in(student, cells("def correlate_stride(x): pass"))
    return room


@pytest.mark.parametrize(
    ("change", "arguments", "says"),
    [
        (
            lambda room: (room.folder / "seed.txt").write_text("short"),
            [],
            "has 5 characters; 16 are the least",
        ),
        (lambda room: (room.folder / "seed.txt").unlink(), [], "No such file"),
        (lambda room: None, ["--chapter", "77"], "chapter 77 has no exercises"),
        (lambda room: (room.folder / "submissions" / "000.ipynb").write_bytes(b""), [], ""),
        (
            lambda room: [file.write_bytes(b"") for file in room.files()],
            [],
            "of the 3 hand-ins: say --chapter",
        ),
        (
            lambda room: [file.unlink() for file in room.files()],
            [],
            "nothing in .* is anybody's on the roster: Ada: nothing fits '000.ipynb' among 0 files",
        ),
        (lambda room: (room.folder / "results").write_text(""), [], "File exists"),
        (lambda room: None, ["--explain", "Nobody"], "'Nobody' is not on the roster"),
        (lambda room: None, ["--python", "/no/python"], "/no/python does not start"),
        (lambda room: None, ["--handout", "/no/book"], "/no/book"),
        (lambda room: (room.folder / "seed.txt").write_text("password" * 4), [], "repeats 'password'"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(room, capsys, change, arguments, says):
    change(room)
    assert main(room.arguments(*arguments)) == (2 if says else 0)
    assert re.search(says, capsys.readouterr().err)


@pytest.mark.parametrize("option", ["--jobs", "--seconds"])
@pytest.mark.parametrize("number", ["0", "-1", "1000", "many", "1.5"])
def test_a_number_that_means_nothing_is_refused(room, capsys, option, number):
    with pytest.raises(SystemExit):
        main(room.arguments(f"{option}={number}"))
    assert f"argument {option}" in capsys.readouterr().err
    assert not room.out.exists()


def test_files_that_are_not_graded_are_named(room, capsys):
    room.hand_in("Di", cells(""), file="di/1.ipynb")
    room.hand_in("Eli", None)
    (room.folder / "submissions" / "di" / "2.ipynb").write_bytes(cells("def correlate_stride(x): pass"))
    (room.folder / "submissions" / "stranger.ipynb").write_bytes(cells(""))
    (room.folder / "roster.csv").write_text(
        (room.folder / "roster.csv").read_text().replace("di/1.ipynb", "di")
    )
    assert main(room.arguments()) == 0
    out, err = capsys.readouterr()
    assert out == f"4 of 5 students graded: {room.out / 'grades.csv'}\n"
    assert "not on the roster: stranger.ipynb\n" in err
    assert err.count("not on the roster") == 1
    for number in range(30):
        (room.folder / "submissions" / f"of nobody {number}.ipynb").write_bytes(cells(""))
    assert main(room.arguments("--chapter", "1")) == 0
    assert "not on the roster: 11 more\n" in capsys.readouterr().err
    assert "several notebooks, graded is: Di: di/2.ipynb\n" in err
    assert room.grades()["Eli"]["message"] == "Nothing was handed in."


def test_a_full_disk_stops_a_run_and_costs_nothing(room, capsys, monkeypatch):
    """Half a line is written, and there is room again; the same command then goes on."""
    whole = main(room.arguments()), (room.out / "grades.csv").read_bytes()
    room.out = room.folder / "again"
    fsync = os.fsync

    def full(descriptor):
        size = os.fstat(descriptor).st_size
        if size > 1000:  # of the second line or the third
            os.ftruncate(descriptor, size - 20)
            monkeypatch.setattr(os, "fsync", fsync)
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(room.arguments()) == 2
    assert re.search("No space left on device: '.*journal.jsonl'", capsys.readouterr().err)
    assert not (room.out / "grades.csv").exists()
    assert (main(room.arguments()), (room.out / "grades.csv").read_bytes()) == whole


def test_two_of_one_name_and_claims_are_said(room, capsys, monkeypatch):
    claimed = MARK._replace(points=0, status="crashed", message="It stopped.", claimed=True)
    monkeypatch.setattr(
        run,
        "mark_one",
        lambda _, job: ONE._replace(student=job.student, key=fingerprint(job), marks=[claimed]),
    )
    assert main(room.arguments()) == 0
    err = capsys.readouterr().err
    assert "one name: Ada and Bo and Cy have one reader, 'reader': they are drawn the same tasks\n" in err
    said = "output_size reads passed in the notebook, and here: Crashed. It stopped."
    assert f"marked 0: Ada: {said}\nmarked 0: Bo: {said}\n" in err


def test_explained_is_what_was_expected_and_what_came_and_what_was_left_out(room, capsys, monkeypatch):
    marks = [
        Mark("correlate_stride", 0, 2, detail="expected = 1\ngot = 2"),
        Mark("count_params", 0, 1, given="7", right="42"),
        Mark("count_macs", 0, 2, "not attempted", right="43"),
    ]
    skipped = ["Cell 3, line 2 was left out: NameError: `x` is not there."]
    marked = ONE._replace(marks=marks, skipped=skipped)
    monkeypatch.setattr(command, "mark_one", lambda _, job: marked)
    assert main(room.arguments("--explain", "Ada")) == 0
    out = capsys.readouterr().out
    assert "correlate_stride: 0 of 2, graded\nexpected = 1\ngot = 2\n" in out
    assert "expected = 42\ngot = 7\n" in out
    assert "expected = 43\ngot = nothing\n" in out
    assert out.endswith("\n\nCell 3, line 2 was left out: NameError: `x` is not there.\n")
