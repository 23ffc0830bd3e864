"""Grading a class, without its sandbox: what is read from a notebook, passed on, kept and written."""

import io
import json
import os
import zipfile
from contextlib import suppress

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.exercises import EXERCISES, core
from cnnlab.grading import marking, notebook, report, run, wire
from cnnlab.grading.__main__ import main
from cnnlab.grading.marking import Mark, Submission
from cnnlab.grading.run import Journal, Marked
from cnnlab.grading.submissions import Archive, Folder, Student, Unreadable, handed_in, is_notebook, roster


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


# ---- Submissions ----


def test_a_folder_opens_files_and_nothing_else(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.ipynb").write_bytes(b"{}")
    (tmp_path / "link.ipynb").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe.ipynb")
    folder = Folder(tmp_path)
    assert folder.names == ["a/x.ipynb", "link.ipynb", "pipe.ipynb"]
    with folder.open("a/x.ipynb") as file:
        assert file.read() == b"{}"
    for name, reason in [("link.ipynb", "symbolic links"), ("pipe.ipynb", "not a file")]:
        with pytest.raises(Unreadable, match=reason), folder.open(name):
            pass


def test_an_archive_is_read_where_it_is(tmp_path):
    path = tmp_path / "class.zip"
    path.write_bytes(zipped(**{"../../evil.ipynb": b"{}", "ada/x.ipynb": zipped(**{"y.ipynb": b"[1]"})}))
    archive = Archive(path)
    with archive.open("../../evil.ipynb") as file:
        assert file.read() == b"{}"
    with archive.open("ada/x.ipynb") as file:
        assert file.read() == b"[1]"
    assert [each.name for each in tmp_path.iterdir()] == ["class.zip"]


def test_a_bomb_in_an_archive_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("cnnlab.grading.submissions.LIMIT", 2**20)
    path = tmp_path / "class.zip"
    path.write_bytes(zipped(**{"a.ipynb": bytes(2**22)}))
    with pytest.raises(Unreadable, match="larger than 1 MiB"), Archive(path).open("a.ipynb"):
        pass


def test_notebooks_are_told_from_what_lies_beside_them():
    assert is_notebook("a/b.IPYNB")
    assert is_notebook("../b.ipynb")
    for name in ("a.py", "__MACOSX/a.ipynb", ".ipynb_checkpoints/a.ipynb", "._a.ipynb"):
        assert not is_notebook(name)


def test_the_roster_says_who_is_who(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("\ufeffstudent,file,reader\nBo,b.ipynb,\nAda,ada,countess\n", encoding="utf-8")
    students = roster(path)
    assert students == [Student("Ada", "ada", "countess"), Student("Bo", "b.ipynb", "Bo")]
    files, strangers = handed_in(students, ["ada/notes.txt", "ada/x.ipynb", "c.ipynb"])
    assert (files, strangers) == ({"Ada": "ada/x.ipynb"}, ["c.ipynb"])


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("Ada,\n", "line 2: a student and a file"),
        ("A,x\nA,y\n", "'A' stands in it 2 times"),
        ("A,x\nB,x\n", "'x' stands"),
    ],
)
def test_a_roster_that_means_nothing_is_refused(tmp_path, lines, says):
    path = tmp_path / "roster.csv"
    path.write_text("student,file\n" + lines)
    with pytest.raises(ValueError, match=says):
        roster(path)


# ---- The journal ----

RUN = {"exercises": ["a"]}
ONE = Marked("Ada", "key", [Mark("a", 1, 2, detail="secret")], "def f(): pass", 0.5)


def test_what_is_finished_is_kept_and_half_a_line_is_not(tmp_path):
    path = tmp_path / "journal.jsonl"
    Journal(path, RUN).add(ONE)
    assert "secret" not in path.read_text()
    whole = path.read_bytes()
    path.write_bytes(whole + whole[len(whole) // 2 : -5])
    journal = Journal(path, RUN)
    assert path.read_bytes() == whole
    assert journal.done == {"Ada": ONE._replace(marks=[Mark("a", 1, 2)])}


def test_a_journal_of_another_run_is_left_alone(tmp_path):
    Journal(tmp_path / "j", RUN)
    with pytest.raises(ValueError, match="another seed or other exercises"):
        Journal(tmp_path / "j", {"exercises": ["b"]})


# ---- What is written ----


def test_a_spreadsheet_takes_no_name_for_a_formula():
    assert report.table([("=1+1", "-x", "Ada", 3)]) == "'=1+1,'-x,Ada,3\n"


def test_every_student_has_a_file_of_an_own_and_harmless_name():
    names = ["Ada", "ada", "../../etc/passwd", "Åda", "Bda", "x" * 300, "", "a/b", "a-b"]
    slugs = [report.slug(name) for name in names]
    assert len(set(slugs)) == len(slugs)
    assert all("/" not in slug and len(slug) < 60 and not slug.startswith(".") for slug in slugs)


def test_feedback_tells_neither_input_nor_expected_value_and_escapes_the_rest():
    marks = [Mark("a", 0, 2, "graded", "<b>Look</b>", detail="expected = 42")]
    page = report.feedback(Student("<Ada>", "", ""), marks)
    assert "42" not in page
    assert "<b>" not in page
    assert "&lt;Ada&gt;: 0 of 2 points" in page


def test_notebooks_of_nearly_the_same_tokens_are_listed():
    body = "".join(f"    x{i} = a[{i}] + b * {i}\n" for i in range(20))
    one = Marked("Ada", "", [], "def f(a, b):\n" + body, 0)
    other = one._replace(student="Bo", answers=one.answers.replace("a[", "q[").replace("f(a", "f(q"))
    third = one._replace(student="Cy", answers="def f(a, b):\n" + body.replace("+", "if a else"))
    assert "Ada and Bo" in report.pairs([one, other, third])
    assert "Cy" not in report.pairs([one, other, third])


def test_solutions_and_stubs_are_no_ones_own_words():
    name = next(iter(EXERCISES))
    found = notebook.read(cells(EXERCISES[name].solution(), "def helper(): return 1"))
    assert Submission(found["statements"], []).answers([name]) == ""


def test_chapters_are_those_of_half_of_the_notebooks(tmp_path):
    for number, name in enumerate(["correlate_stride", "correlate_stride", "max_pool2d"]):
        (tmp_path / f"{number}.ipynb").write_bytes(cells(f"def {name}(x): pass"))
    folder = Folder(tmp_path)
    found = run.chosen(folder, folder.names)
    assert {EXERCISES[name].chapter for name in found} == {"01"}


# ---- The command ----


@pytest.mark.parametrize(
    ("seed", "arguments", "says"),
    [
        ("short", [], "has 5 characters; 16 are the least"),
        ("0123456789abcdef", ["--chapter", "77"], "chapter 77 has no exercises"),
        ("0123456789abcdef", [], "say --chapter"),
        (None, ["--chapter", "1"], "No such file"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(tmp_path, capsys, seed, arguments, says):
    (tmp_path / "in").mkdir()
    (tmp_path / "roster.csv").write_text("student,file\nAda,a.ipynb\n")
    if seed:
        (tmp_path / "seed").write_text(seed)
    places = [str(tmp_path / "in"), "--roster", str(tmp_path / "roster.csv")]
    assert (
        main([*places, "--seed-file", str(tmp_path / "seed"), "--out", str(tmp_path / "out"), *arguments])
        == 2
    )
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
