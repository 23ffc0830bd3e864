"""Grading a class, without its sandbox: what is read from a notebook, passed on, kept and written."""

import errno
import io
import json
import os
import re
import zipfile
from contextlib import suppress

import nbformat
import numpy as np
import pytest
from classroom import Classroom
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.exercises import EXERCISES, core
from cnnlab.grading import marking, notebook, report, run, summary, wire
from cnnlab.grading.__main__ import main
from cnnlab.grading.marking import Mark, Submission
from cnnlab.grading.page import slug
from cnnlab.grading.run import Journal, Marked
from cnnlab.grading.submissions import Folder, Student


def cells(*sources, version=4):
    """A notebook's bytes, in the format of that version."""
    if version == 3:
        code = [{"cell_type": "code", "input": source} for source in sources]
        return json.dumps({"worksheets": [{"cells": code}]}).encode()
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    return nbformat.writes(book).encode()


def sources(data):
    return [each["source"] for each in notebook.read(data)["statements"]]


# ---- What is read from a notebook ----


def test_imports_definitions_and_constants_are_kept_and_nothing_else():
    cell = (
        "import numpy as np\nK = 3 * 5\nprint(K)\nmodel = train()\nfor i in x: pass\ndef f(x):\n    return K"
    )
    assert sources(cells(cell)) == ["import numpy as np", "K = 3 * 5", "def f(x):\n    return K"]
    assert sources(cells("count_answer = f(2)", "double = lambda x: 2 * x")) == [
        "count_answer = f(2)",
        "double = lambda x: 2 * x",
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"\\n", b"\\r\\n"),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.decode().encode("utf-16"),
        lambda text: json.dumps({"cells": json.loads(text)["cells"]}).encode(),
        lambda text: text.replace(b'"metadata": {}', b'"metadata": {"kernelspec": {"name": "julia"}}'),
    ],
    ids=["Windows lines", "BOM", "UTF-16", "no metadata", "another kernel"],
)
def test_what_an_editor_does_to_a_notebook_changes_nothing(change):
    data = cells("K = 1\n\ndef f(x):\n    return x + K", "def g(x): return f(x)")
    assert sources(change(data)) == sources(data) != []


def test_the_format_of_old_is_read_too():
    assert sources(cells("K = 1", "def f(): pass", version=3)) == ["K = 1", "def f():\n    pass"]


def test_what_only_ipython_understands_is_left_out():
    data = cells("%matplotlib inline\n!pip install x\nnp.sum?\ndef f(x):\n    %time y = x\n    return x")
    assert sources(data) == ["def f(x):\n    pass\n    return x"]


def test_of_duplicates_the_last_counts_unless_it_is_the_empty_stub():
    first, second = "def f():\n    return 1", "def f():\n    return 2"
    stub = 'def f():\n    """Not yet."""\n    raise NotImplementedError("your turn")'
    assert sources(cells(first, second)) == [second]
    assert sources(cells(second, first, stub)) == [first]
    assert notebook.read(cells(stub))["statements"][0]["is_stub"]


def test_a_broken_cell_costs_its_own_answers_only():
    found = notebook.read(cells("def f(:\n    pass\ncount_answer = = 2", "def g(): return 1"))
    assert found["broken"] == ["f", "count_answer"]
    assert [each["binds"] for each in found["statements"]] == [["g"]]


def test_an_answer_takes_along_what_it_rests_on():
    found = notebook.read(cells("A = 1", "B = A", "import numpy as np", "def h(): return B", "def f(): h()"))
    needed = notebook.needed(found["statements"], "f")
    assert [each["binds"][0] for each in needed] == ["A", "B", "h", "f"]


@given(st.binary(max_size=200))
def test_bytes_that_are_no_notebook_are_refused_by_an_exception_of_python(data):
    with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
        notebook.read(data)


# ---- What passes through the wall ----


def test_what_is_packed_arrives():
    arrays = [np.arange(6.0).reshape(2, 3), np.array(7), np.zeros((0, 2), bool)]
    head, got = wire.unpack(wire.pack({"a": [1, None]}, arrays))
    assert head == {"a": [1, None]}
    for one, other in zip(arrays, got, strict=True):
        assert core.same(one, other)


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def header(shape, kind="<f8"):
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"{}\n",
        b"[]\n" + zipped(),
        b"{}\n" + zipped(**{"arr_0.npy": header("(3,)") + bytes(8)}),
        b"{}\n" + zipped(**{"arr_0.npy": header(f"({2**60},)")}),
        b"{}\n" + zipped(**{"arr_0.npy": header("(1,)", "|O") + bytes(8)}),
        b"{}\n" + zipped(**{"other.npy": header("(1,)") + bytes(8)}),
        b"{}\n" + zipped(**{"arr_0.npy": bytes(wire.LIMIT + 1)}),
        b"[" * 100_000 + b"\n" + zipped(),
    ],
    ids="nothing,no arrays,a list,too short,far too large,pickle,another name,a bomb,deep".split(","),
)
def test_forged_messages_are_refused(message):
    with pytest.raises(ValueError, match="no message"):
        wire.unpack(message)


@given(st.binary(max_size=300))
def test_any_other_bytes_are_refused(message):
    with pytest.raises(ValueError, match="no message"):
        wire.unpack(message)


def test_words_of_a_students_own_do_not_leave_the_sandbox():
    statements = [{"source": "def f(x):\n    raise Loud(x)"}]
    case = {"x": np.zeros(2)}

    def said(problem, status="crashed"):
        return marking.known(core.Answer(None, problem, status), case, statements).problem

    secret = "the input is [[1 2] [3 4]]"
    for problem in (secret, f"It returned a {secret}, not a NumPy array.", f"It stopped with Loud: {secret}"):
        assert "[[1" not in said(problem)
    assert said(f"It stopped with KeyError: {secret}, in line 2: raise Loud(x)") == (
        "It stopped with KeyError, in the line: raise Loud(x)"
    )
    assert "[[1" not in said(f"It stopped with KeyError: {secret}, in line 2: {secret}")
    assert said(core.plain(None).problem) == core.plain(None).problem
    assert said(core.changed("x")) == core.changed("x")
    assert "NumPy and the standard library" in said("It stopped with ImportError: x", "forbidden import")


# ---- The journal ----

RUN = {"exercises": ["a"]}
MARK = Mark("output_size", 1, 1)
ONE = Marked("Ada", "key", [MARK._replace(detail="secret")], "def f(): pass", 0.5)


def test_what_is_finished_is_kept_and_half_a_line_is_not(tmp_path):
    path = tmp_path / "journal.jsonl"
    Journal(path, RUN).add(ONE)
    assert "secret" not in path.read_text()
    whole = path.read_bytes()
    path.write_bytes(whole + whole[len(whole) // 2 : -5])
    journal = Journal(path, RUN)
    assert path.read_bytes() == whole
    assert journal.done == {"Ada": ONE._replace(marks=[MARK])}


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


def test_marks_depend_on_the_readers_of_the_class_too():
    keys = {
        run.fingerprint(io.BytesIO(data), readers)
        for data in (b"a", b"b")
        for readers in (["ada", "bo"], ["bo", "ada"], ["ada"], ["adabo"])
    }
    assert len(keys) == 8


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


def test_notebooks_of_nearly_the_same_tokens_are_listed():
    body = "".join(f"    x{i} = a[{i}] + b * {i}\n" for i in range(20))
    one = Marked("Ada", "", [], "def f(a, b):\n" + body, 0)
    other = one._replace(student="Bo", answers=one.answers.replace("a[", "q[").replace("f(a", "f(q"))
    third = one._replace(student="Cy", answers="def f(a, b):\n" + body.replace("+", "if a else"))
    (line,) = summary.pairs([one, other, third])
    assert re.sub("<.*?>", "", line) == "Ada and Bo: 100 % of their tokens"
    assert list(summary.pairs([one._replace(answers="def f(:"), one._replace(answers="x = 1")])) == []


def test_the_summary_counts_who_tried_and_says_what_stopped():
    def marked(student, *statuses):
        return Marked(
            student, "", [Mark("correlate_stride", points, 2, status) for points, status in statuses], "", 0
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


def test_solutions_and_stubs_are_no_ones_own_words():
    name = next(iter(EXERCISES))
    found = notebook.read(cells(EXERCISES[name].solution(), "def helper(): return 1"))
    assert Submission(found["statements"], []).answers([name]) == ""


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
    """A class of three, and a grader that grades everybody alike."""
    monkeypatch.setattr(run.Class, "mark", lambda _, __, student, done: ONE._replace(student=student.student))
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
            "of the 3 notebooks: say --chapter",
        ),
        (
            lambda room: [file.unlink() for file in room.files()],
            [],
            "nothing in .* the roster's column `file`",
        ),
        (lambda room: (room.folder / "results").write_text(""), [], "File exists"),
        (lambda room: None, ["--explain", "Nobody"], "'Nobody' is not on the roster"),
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
    """Half a line is written; the others at work find room again; the same command then goes on."""
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
    assert "No space left on device" in capsys.readouterr().err
    assert not (room.out / "grades.csv").exists()
    assert (main(room.arguments()), (room.out / "grades.csv").read_bytes()) == whole
