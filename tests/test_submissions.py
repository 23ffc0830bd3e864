"""Hand-ins as platforms give them: whose file is whose, which of several counts, what cannot be opened."""

import errno
import io
import json
import os
import random
import re
import tempfile
import time
import zipfile

import nbformat
import pytest
from classroom import names_of, notebook

from cnnlab.exercises import EXERCISES
from cnnlab.grading import gradebooks, owners, platforms, submissions
from cnnlab.grading.choosing import choose, seen, together
from cnnlab.grading.gradebooks import Points
from cnnlab.grading.names import is_notebook, spelled, wrapper
from cnnlab.grading.owners import handed_in, missing, strangers
from cnnlab.grading.roster import Student, roster, same_readers, sheet
from cnnlab.grading.submissions import Archive, Folder, Unreadable, source

NAME = "output_size"
STUB = f"def {NAME}(size, kernel_size, stride, padding, dilation):\n    raise NotImplementedError"
SOLVED = EXERCISES[NAME].solution()


def cells(*sources):
    code = [nbformat.v4.new_code_cell(text, id=f"c{at}") for at, text in enumerate(sources)]
    return nbformat.writes(nbformat.v4.new_notebook(cells=code)).encode()


def zipped(members, kind=zipfile.ZIP_DEFLATED, date=(2026, 1, 1, 0, 0, 0)):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, date), data, kind)
    return file.getvalue()


def without_flag(data):
    """The archive as tools write it that forget to say that their names are in UTF-8."""
    data = bytearray(data)
    for start, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        for found in re.finditer(re.escape(start), bytes(data)):
            data[found.start() + at + 1] &= ~8
    return bytes(data)


def hand_out(folder, files, kind):
    """The same class as a folder and as an archive."""
    if kind == "zip":
        (folder / "class.zip").write_bytes(zipped(files))
        return source(folder / "class.zip")
    for name, data in files.items():
        path = folder / "class" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return source(folder / "class")


def chosen(folder, files, kind, *lines):
    """Which notebook of each student is marked."""
    notebooks = hand_out(folder, files, kind)
    students = [Student(who, file, who) for who, file in lines]
    found = handed_in(students, notebooks.names, notebooks.clues())
    return {who: choose(notebooks, own, [NAME]) for who, own in found.items()}


# ---- Names ----


@pytest.mark.parametrize("row", platforms.PLATFORMS, ids=lambda row: row.platform)
def test_every_platform_names_its_files_as_in_its_row(row):
    found = platforms.platform(row.example)
    assert found is not None
    assert found[0] is row
    assert platforms.stamp(row.example, 20260115102233) > 0


OLDER_AND_NEWER = {
    "Blackboard": (
        "Lab 1_ada_attempt_2026-01-09-23-00-00_x.ipynb", "Lab 1_ada_attempt_2026-01-15-10-22-33_a.ipynb",
    ),
    "Brightspace": (
        "12-34 - Ada - Jan 15, 2026 1022 AM - x.ipynb", "12-34 - Ada - Jan 15, 2026 122 PM - a.ipynb",
    ),
    "Brightspace by the day": (
        "12-34 - Ada - Sep 9, 2026 922 AM/x.ipynb", "12-34 - Ada - Oct 1, 2026 922 AM/a.ipynb",
    ),
    "Gradescope": ("submission_999/x.ipynb", "submission_1000/a.ipynb"),
    "Canvas": ("lovelaceada_12_999_x.ipynb", "lovelaceada_LATE_12_1000_a.ipynb"),
    "ILIAS": ("L_A_al_4711/20260109230000_x.ipynb", "L_A_al_4711/20260115102233_a.ipynb"),
    "browsers": ("x (9).ipynb", "x (10).ipynb"),
}  # fmt: skip


@pytest.mark.parametrize(("older", "newer"), OLDER_AND_NEWER.values(), ids=OLDER_AND_NEWER)
def test_of_several_attempts_the_newest_by_the_platforms_own_time_counts(tmp_path, older, newer):
    files = dict.fromkeys((older, newer), cells(SOLVED))
    assert chosen(tmp_path, files, "folder", ("Ada", "*")) == {"Ada": newer}
    (tmp_path / "class" / newer).write_bytes(cells(STUB))  # but a stub never wins
    assert choose(Folder(tmp_path / "class"), [older, newer], [NAME]) == older


def test_a_newer_attempt_counts_also_with_fewer_answers_but_of_one_attempt_the_fullest_file_does(tmp_path):
    full, part = cells(SOLVED, EXERCISES["correlate_stride"].solution()), cells(SOLVED)
    attempts = {"submission_1/x.ipynb": full, "submission_2/x.ipynb": part, "submission_2/a.ipynb": full}
    notebooks = hand_out(tmp_path, attempts, "zip")
    for names, expected in [
        (list(attempts), "submission_2/a.ipynb"),
        (list(attempts)[:2], "submission_2/x.ipynb"),
    ]:
        assert choose(notebooks, names, [NAME, "correlate_stride"]) == expected


@pytest.mark.parametrize("folder", ["Ada_12_assignsubmission_file_", "Sub/L_A_al_4711"])
def test_moodle_and_ilias_keep_the_time_in_the_archive(tmp_path, folder):
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{folder}/a.ipynb", (2026, 1, 15, 10, 0, 0)), cells(SOLVED))
        archive.writestr(zipfile.ZipInfo(f"{folder}/x.ipynb", (2026, 1, 15, 9, 0, 0)), cells(SOLVED))
    notebooks = source(tmp_path / "class.zip")
    assert choose(notebooks, notebooks.names, [NAME]) == f"{folder}/a.ipynb"


def test_a_day_that_no_calendar_has_is_no_time():
    assert platforms.stamp("1-2 - Ada - Feb 31, 2026 1022 AM - x.ipynb") == 0
    assert platforms.stamp("1-2 - Ada - Feb 3, 2026 9922 AM - x.ipynb") == 0


def test_notebooks_are_told_from_what_lies_beside_them():
    for name in ("a/b.IPYNB", "../b.ipynb", "b.ipynb.txt", "b.ipynb (2)", "b.ipynb.json", "b.ipynb(1).txt"):
        assert is_notebook(name) == (name != "b.ipynb(1).txt"), name
    for name in ("a.py", "__MACOSX/a.ipynb", ".ipynb_checkpoints/a.ipynb", "._a.ipynb", "a.ipynb/b.txt"):
        assert not is_notebook(name), name


def test_the_folder_round_everything_is_found():
    assert wrapper(["a/b/x", "a/b/c/y", "__MACOSX/z"]) == "a/b/"
    assert wrapper(["ab/x", "ac/x"]) == wrapper(["x", "a/x"]) == wrapper([]) == ""
    assert wrapper(["a b/x", "a/x", "a-c/x"]) == ""


def test_names_in_utf8_that_do_not_say_so_are_read():
    assert spelled("Jürgen".encode().decode("cp437")) == spelled("Ju\u0308rgen") == "Jürgen"
    assert spelled("Bjørn, 日本") == "Bjørn, 日本"


# ---- Whose file is whose ----


@pytest.mark.parametrize("kind", ["folder", "zip"])
@pytest.mark.parametrize("round_it", ["", "export/", "a/b/c/d/e/f/"])
@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("ada.ipynb", "ada.ipynb"),
        ("ada", "ada/deep/er/x.ipynb"),
        ("ada/", "ada/x.ipynb"),
        ("Ada_*", "Ada_12_assignsubmission_file_/x.ipynb"),
        ("*Ada*", "1234-5678 - Ada - Jan 15, 2026 1022 AM/x.ipynb"),
        ("*_12_*", "lovelaceada_12_345_x.ipynb"),
        ("*d?_[0-9]*", "Adé_7/x.ipynb"),
        ("ada [final].ipynb", "ada [final].ipynb"),
        ("no|ada.ipynb", "ada.ipynb"),
        ("*A*", "1 A/x.ipynb"),
        ("ada", "ada.ipynb"),
        ("ada.ipynb", "ada.ipynb.txt"),
        ("ada.ipynb", "Ada's/ada.zip.ipynb"),
    ],
)
def test_a_file_is_found_by_its_name_its_folder_or_a_pattern(tmp_path, kind, round_it, entry, name):
    files = {round_it + name: cells(SOLVED), round_it + "bob.ipynb": cells(SOLVED)}
    expected = {"Ada": round_it + name, "Bob": round_it + "bob.ipynb"}
    assert chosen(tmp_path, files, kind, ("Ada", entry), ("Bob", "bob.ipynb")) == expected


def test_names_are_looked_for_further_in_when_they_are_not_at_the_top():
    names = ["Team 1/ada_4/x.ipynb", "Team 2/bob.ipynb", "Team 2/y.ipynb", "y.ipynb"]
    students = [
        Student(who, file, who) for who, file in [("A", "ada_*"), ("B", "bob.ipynb"), ("Y", "y.ipynb")]
    ]
    assert handed_in(students, names) == {"A": names[:1], "B": names[1:2], "Y": names[3:]}


def test_a_name_is_not_the_beginning_of_another():
    names = ["ada/x.ipynb", "adam/x.ipynb", "1 Ada/x.ipynb", "2 Adam/x.ipynb"]
    students = [
        Student(who, file, who) for who, file in zip("ABCD", ["ada", "adam", "*Ada*", "*Adam*"], strict=True)
    ]
    assert list(handed_in(students, names).values()) == [[name] for name in names]


@pytest.mark.parametrize("root", ["", "export/", "Ada's class/"])
def test_what_a_student_calls_a_file_takes_no_other_ones_place(root):
    """A hostile name would otherwise stop the run, or be marked as somebody else's."""
    files = ["1 - Ada - x.ipynb", "2 - Bob - by Ada.ipynb", "3 - Eve/Ada/x.ipynb", "Flo/Ada.ipynb"]
    names = [root + name for name in files]
    entries = {"Ada": "*Ada*", "Bob": "*Bob*", "Eve": "*Eve*", "Flo": "Flo"}
    students = [Student(who, entry, who) for who, entry in entries.items()]
    assert handed_in(students, names) == {who: [name] for who, name in zip(entries, names, strict=True)}


def test_a_name_in_full_counts_more_than_a_pattern():
    students = [Student("A", "ada*", ""), Student("B", "ada.ipynb", ""), Student("C", "adam*", "")]
    assert handed_in(students, ["ada.ipynb", "ada.txt", "ada.zip"]) == {
        "A": ["ada.txt", "ada.zip"],
        "B": ["ada.ipynb"],
    }


def test_one_file_may_be_of_two_students():
    students = [Student(who, "submission_9001", who) for who in ("Ada", "Alan")]
    found = handed_in(students, ["submission_9001/x.ipynb"])
    assert found == {"Ada": ["submission_9001/x.ipynb"], "Alan": ["submission_9001/x.ipynb"]}
    assert owners.shared(found) == {"submission_9001/x.ipynb": ["Ada", "Alan"]}
    with pytest.raises(ValueError, match=r"'Ada_1' to two students: A by 'Ada\*', B by '\*Ada\*'"):
        handed_in([Student("A", "Ada*", ""), Student("B", "*Ada*", "")], ["Ada_1"])
    three = [Student("A", "Ada*", ""), Student("B", "*Ada*", ""), Student("C", "Ada_1", "")]
    assert handed_in(three, ["Ada_1"]) == {
        "C": ["Ada_1"]
    }  # of claims that lose it does not matter which is first


def test_two_who_hand_in_one_notebook_are_drawn_the_task_that_is_in_it(tmp_path):
    (tmp_path / "x.ipynb").write_bytes(cells('READER = "alan"', SOLVED))
    (tmp_path / "y.ipynb").write_bytes(cells('READER = "Ada"', SOLVED))
    students = [
        Student("Ada", "x.ipynb", "Ada"),
        Student("Alan", "x.ipynb", "Alan"),
        Student("C", "y.ipynb", "C"),
    ]
    files = {"Ada": "x.ipynb", "Alan": "x.ipynb", "C": "y.ipynb"}
    assert [each.reader for each in together(students, files, Folder(tmp_path))] == ["Alan", "Alan", "C"]


METADATA = """---
submission_9001:
  :submitters:
  - :name: Ada Lovelace
    :sid: '100'
    :email: ada@x.edu
  - :name: Alan
    :email: ALAN@x.edu
  :history:
  - :id: 8000
    :email: bob@x.edu
  :results:
    :output: |
      submission_9002:
      :submitters:
      - :email: bob@x.edu
submission_9002:
  :submitters:
  - :name: Bob
    :email: bob@x.edu
"""


def test_only_who_handed_in_counts_in_gradescopes_list():
    first, second = ["r/submission_9001"], ["r/submission_9002"]
    expected = {"100": first, "ada@x.edu": first, "alan@x.edu": first, "bob@x.edu": second}
    assert platforms.folders_of(METADATA, "r/") == expected


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_gradescope_says_whose_its_folders_are(tmp_path, kind):
    root = "assignment_1_export/"
    files = {f"{root}submission_900{number}/x.ipynb": cells(SOLVED) for number in (1, 2)}
    lines = [("Ada", "ada@x.edu"), ("Alan", "Alan@x.edu"), ("Bob", "bob@x.edu")]
    found = chosen(tmp_path, files | {root + "submission_metadata.yml": METADATA.encode()}, kind, *lines)
    assert found == dict(zip(("Ada", "Alan", "Bob"), [*list(files)[:1] * 2, *list(files)[1:]], strict=True))


def test_a_students_own_list_of_folders_is_not_believed(tmp_path):
    files = {"eve/submission_metadata.yml": METADATA.encode(), "eve/submission_9001/x.ipynb": cells(SOLVED)}
    assert chosen(tmp_path, files | {"x": b""}, "folder", ("Ada", "ada@x.edu")) == {}


def test_what_fits_nobody_and_what_was_not_found_is_said():
    names = ["ada.ipynb", "who.ipynb", "who.zip", "notes.txt"]
    students = [Student("Ada", "ada.ipynb", ""), Student("Bo", "bo_*", ""), Student("Cy", "", "")]
    found = handed_in(students, names)
    assert strangers(found, names) == ["who.ipynb", "who.zip"]
    assert missing(students, found, names) == [
        "Bo: nothing fits 'bo_*' among 4 files (notebooks: 2, archives: 1)",
        "Cy: the roster names no file",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("*_{}_assignsubmission_*", "Student Name_{}_assignsubmission_file_/x.ipynb"),
        ("student{0}_{0}_*|student{0}_LATE_{0}_*", "student{0}_{0}_9{0}_x.ipynb"),
        ("*Student {} *", "12-{0} - Student {0} - Jan 15, 2026 1022 AM/x.ipynb"),
        ("{}", "a/b/{}/x.ipynb"),
        ("submissions/{}", "submissions/{}/x.ipynb"),
    ],
)
def test_twenty_thousand_students_take_seconds(entry, name):
    numbers = random.Random(0).sample(range(100_000, 1_000_000), 20_000)
    students = [Student(str(number), entry.format(number), "") for number in numbers]
    names = [name.format(number) for number in numbers]
    started = time.process_time()
    found = handed_in(students, names)
    assert time.process_time() - started < 20  # 1 to 4 of the processor; all pairs would take many minutes
    assert found == {str(number): [name.format(number)] for number in numbers}


# ---- Which notebook counts ----


def untouched(source):
    return not seen(cells(source)).answered


def test_an_answer_is_told_from_the_stub_in_any_style():
    stubs = [
        STUB, STUB + "\n\n# later", STUB.replace("    raise", '    """What it does: much."""\n    raise'),
        STUB.replace("    raise", "    # not yet\n    raise") + '("your turn")', f"def {NAME}(x): pass",
        f"def {NAME}(x: int = 3) -> int:\n    ...", "count_params_answer = ...", f'check("{NAME}", {NAME})',
        'check("count_params", count_params_answer, READER)', "output_size = 5", "print('def fire(x): 1')",
    ]  # fmt: skip
    answers = [
        SOLVED, f"def {NAME}(x): return x", f"{NAME} = lambda *x: 1", f"{NAME} = functools.partial(f, 1)",
        f"class {NAME}:\n    pass; x = 1", f'check("{NAME}", lambda *x: 1)', f"check('{NAME}', mine)",
        "count_params_answer = 1_000", "count_params_answer: int = 3 * 4",
        'check("count_params", 42, READER)',
        f"import math\n{SOLVED}", "x = 1\ncount_params_answer = x", f"x = 1\ncheck('{NAME}', mine)",
        f"async def {NAME}(\n    x,\n):\n    return x", f"def {NAME}(x):\n    pass\n    return x",
    ]  # fmt: skip
    assert [source for source in stubs[:-1] if not untouched(source)] == []
    assert [source for source in answers if untouched(source)] == []


def test_what_a_notebook_printed_is_no_answer():
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(STUB)])
    book.cells[0].outputs = [nbformat.v4.new_output("stream", text=SOLVED)]
    for data in (nbformat.writes(book), json.dumps(book), json.dumps(dict(reversed(book.items())))):
        assert seen(data.encode()) == ({NAME}, frozenset(), True)


def test_an_answer_in_a_style_that_is_not_seen_comes_before_a_blank_notebook(tmp_path):
    loop = f"for name, mine in {{'{NAME}': globals()['{NAME[:3]}']}}.items():\n    check(name, mine)"
    files = {"a/solved.ipynb": cells(loop), "a/z.ipynb": cells(STUB, f'check("{NAME}", {NAME})')}
    assert choose(hand_out(tmp_path, files, "folder"), list(files), [NAME]) == "a/solved.ipynb"


@pytest.mark.parametrize("chapter", sorted({each.chapter for each in EXERCISES.values()}))
def test_published_chapters_show_no_answer_and_solved_ones_all(chapter):
    own = set(names_of(chapter))
    assert not seen(notebook(chapter)).answered & own
    assert seen(notebook(chapter)).asked >= own
    assert seen(notebook(chapter, own)).answered >= own


@pytest.mark.parametrize(
    "data",
    [
        b'"source": "' + b"def output_size(" * 10**5,
        b'"source": "' + b"x" * 10**7,
        b'"source":' * 10**6,
        b'"source": "' + 9 * (b"def output_size(x):" + rb"\"\"\"" * 600),
    ],
    ids=["stubs", "a word", "cells", "texts"],
)
def test_choosing_takes_no_long_time_over_hostile_bytes(data):
    started = time.process_time()
    seen(data)
    assert time.process_time() - started < 20


INSIDE = {
    "one": ({"x.ipynb": SOLVED}, "x.ipynb"),
    "in folders": ({"a/b/c/x.ipynb": SOLVED, "__MACOSX/a/._x.ipynb": SOLVED}, "a/b/c/x.ipynb"),
    "a blank copy": ({"01.ipynb": SOLVED, "Copy of 01.ipynb": STUB}, "01.ipynb"),
    "a blank original": ({"z.ipynb": STUB, "a.ipynb": SOLVED}, "a.ipynb"),
    "another chapter": ({"02.ipynb": "def batch_norm(x): return x", "01.ipynb": SOLVED}, "01.ipynb"),
    "as text": ({"x.ipynb.txt": SOLVED}, "x.ipynb.txt"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["folder", "zip"])
@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize(("books", "wanted"), INSIDE.values(), ids=INSIDE)
def test_of_a_students_archive_the_solved_notebook_is_read(tmp_path, kind, nested, books, wanted):
    data = zipped({name: cells(text) for name, text in books.items()})
    name = f"ada.zip/{wanted}"
    if nested:
        data, name = zipped({"in/inner.zip": data}), f"ada.zip/in/inner.zip/{wanted}"
    files = {"ada.zip": data, "bob.ipynb": cells(STUB)}
    assert chosen(tmp_path, files, kind, ("Ada", "ada.zip"))["Ada"] == name
    with hand_out(tmp_path, files, kind).open(name) as file:
        assert file.read() == cells(books[wanted])


def test_an_archive_may_be_the_newer_attempt(tmp_path):
    names = ["a_12_100_x.ipynb", "a_12_101_x.zip"]
    files = {names[0]: cells(SOLVED), names[1]: zipped({"x.ipynb": cells(SOLVED)})}
    assert chosen(tmp_path, files, "zip", ("A", "a_12_*")) == {"A": f"{names[1]}/x.ipynb"}


def test_what_a_platform_lays_beside_a_notebook_is_not_taken_for_one(tmp_path):
    files = {
        "Ada_1_assignsubmission_file_/x.ipynb": cells("pass").decode().encode("utf-16"),
        "Ada_1_assignsubmission_onlinetext_/onlinetext.html": SOLVED.encode(),
        "Bob_2_assignsubmission_file_/x.pdf": b"%PDF",
    }
    found = chosen(tmp_path, files, "zip", ("Ada", "Ada_*"), ("Bob", "Bob_*"))
    assert found == {"Ada": next(iter(files)), "Bob": "Bob_2_assignsubmission_file_/x.pdf"}


# ---- Opening ----


def test_a_folder_opens_files_and_nothing_else(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.ipynb").write_bytes(b"{}")
    (tmp_path / "link.ipynb").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe.ipynb")
    folder = Folder(tmp_path)
    assert folder.names == ["a/x.ipynb", "link.ipynb", "pipe.ipynb"]
    with folder.open("a/x.ipynb") as file:
        assert file.read() == b"{}"
    for name, reason in [
        ("link.ipynb", "link.ipynb: .*symbolic links"), ("pipe.ipynb", "pipe.ipynb: .*not a file"),
        ("no.ipynb", "no.ipynb: "),
    ]:  # fmt: skip
        with pytest.raises(Unreadable, match=reason), folder.open(name):
            pass


def test_an_archive_is_read_where_it_is(tmp_path):
    path = tmp_path / "class.zip"
    path.write_bytes(zipped({"../../evil.ipynb": b"{}", "ada\\x.ipynb": zipped({"y.ipynb": b"[1]"})}))
    archive = Archive(path)
    for name, data in {
        "../../evil.ipynb": b"{}",
        "ada/x.ipynb": b"[1]",
        "ada/x.ipynb/y.ipynb": b"[1]",
    }.items():
        with archive.open(name) as file:
            assert file.read() == data
    assert [each.name for each in tmp_path.iterdir()] == ["class.zip"]


def test_names_in_utf8_without_the_flag_are_found_in_an_archive(tmp_path):
    path = tmp_path / "class.zip"
    path.write_bytes(without_flag(zipped({"Jürgen_1_file_/x.ipynb": zipped({"é.ipynb": cells(SOLVED)})})))
    archive = source(path)
    assert handed_in([Student("J", "Jürgen_*", "")], archive.names) == {"J": ["Jürgen_1_file_/x.ipynb"]}
    assert zipfile.ZipFile(path).namelist() != archive.names
    with archive.open("Jürgen_1_file_/x.ipynb") as file:
        assert file.read() == cells(SOLVED)


ODD = {
    "empty": (b"", None),
    "cut": (zipped({"x.ipynb": b"{}"})[:-8], "cannot be read"),
    "nothing": (zipped({"notes.txt": b""}), "of 0 notebooks; hand in one"),
    "many": (zipped({f"{number}.ipynb": b"{}" for number in range(40)}), "of 40 notebooks; hand in one"),
    "empty archive inside": (zipped({"x.zip": b"", "x.ipynb": b"{}"}), None),
    "two names": (zipped({"x.ipynb": b"{}"}).replace(b"x.ipynb", b"y.ipynb", 1), "taken out of its archive"),
    "checksum": (zipped({"x.ipynb": b"[12]"}, zipfile.ZIP_STORED).replace(b"[12]", b"[21]"), "BadZipFile"),
    "bzip2": (zipped({"x.ipynb": b"{}"}, zipfile.ZIP_BZIP2), "NotImplementedError"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["folder", "zip"])
@pytest.mark.parametrize(("data", "says"), ODD.values(), ids=ODD)
def test_an_odd_file_is_unreadable_with_its_name_and_reason(tmp_path, kind, data, says):
    notebooks = hand_out(tmp_path, {"ada.zip": data, "b.ipynb": b"{}"}, kind)
    name = choose(notebooks, ["ada.zip"], [NAME])
    if says is None:
        with notebooks.open(name):
            return
    with pytest.raises(Unreadable, match=f"^ada.zip.*: .*{says}"), notebooks.open(name):
        pass


@pytest.mark.parametrize("what", [MemoryError, RuntimeError, RecursionError, KeyError, zipfile.BadZipFile])
def test_whatever_goes_wrong_in_a_file_is_its_own_matter(tmp_path, monkeypatch, what):
    def fail(*_):
        raise what("odd")

    monkeypatch.setattr(submissions, "only", fail)
    notebooks = hand_out(tmp_path, {"x.ipynb": b"{}", "y.zip": zipped({"y.ipynb": b""})}, "folder")
    with pytest.raises(Unreadable, match=rf"x\.ipynb: it cannot be opened: {what.__name__}\."):
        notebooks.notebook("x.ipynb")
    monkeypatch.setattr(submissions, "books", fail)
    assert choose(notebooks, ["y.zip"], [NAME]) == "y.zip"


def test_what_goes_wrong_with_a_reader_of_the_file_is_not():
    class Given(submissions.Source):
        def fetch(self, name):
            return io.BytesIO(b"{}")

    with pytest.raises(KeyError), Given({"x": 0}).open("x"):
        raise KeyError


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "LIMIT", 2**20)
    bomb = zipped({"a.ipynb": bytes(2**22)})
    notebooks = hand_out(
        tmp_path, {"a.ipynb": bytes(2**22), "b.zip": bomb, "c.zip": zipped({"b.zip": bomb})}, "zip"
    )
    for name in ("a.ipynb", "b.zip", "c.zip"):
        with (
            pytest.raises(Unreadable, match="larger than 1 MiB"),
            notebooks.open(choose(notebooks, [name], [NAME])),
        ):
            pass


def test_an_archive_of_too_many_files_is_refused_before_they_are_listed(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "MEMBERS", 3)
    inner = zipped({f"{number}.txt": b"" for number in range(4)} | {"a.ipynb": b"{}"}, zipfile.ZIP_STORED)
    notebooks = hand_out(tmp_path, {"a.ipynb": inner, "b.zip": inner}, "zip")
    for name in notebooks.names:
        with pytest.raises(Unreadable, match="more than 3 files"):
            notebooks.notebook(choose(notebooks, [name], [NAME]))
    monkeypatch.setattr(submissions, "CLASS_MEMBERS", 1)
    with pytest.raises(ValueError, match=r"class\.zip has 2 members; more than 1 are not read"):
        source(tmp_path / "class.zip")


def test_a_password_is_named(tmp_path):
    data = bytearray(zipped({"x.ipynb": b"{}"}))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    with pytest.raises(Unreadable, match="locked by a password"):
        hand_out(tmp_path, {"x.zip": bytes(data)}, "folder").notebook("x.zip")


@pytest.mark.parametrize("fails", ["open", "write"])
def test_where_there_is_no_room_for_a_copy_is_said_and_is_nobodys_fault(tmp_path, monkeypatch, fails):
    notebooks = hand_out(tmp_path, {"ada/x.ipynb": b"{}"}, "zip")

    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    def none():
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr(tempfile, "TemporaryFile", Full if fails == "write" else none)
    monkeypatch.setattr(tempfile, "tempdir", "/small")
    with pytest.raises(
        OSError, match=r"ada/x\.ipynb cannot be copied into the folder /small: No (space|usable)"
    ):
        notebooks.notebook("ada/x.ipynb")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (zipped({"a.ipynb": b"{}" * 99})[:-9], "class.zip is damaged, .*: File is not a zip file; download"),
        (zipped({"a.ipynb": b"{}" * 99}).replace(b"PK\1\2", b"PK\1\3"), "damaged, .*: Bad magic number .*;"),
        (b"", "neither a folder nor a .zip"),
        (b"Rar!", "neither a folder nor a .zip"),
    ],
)
def test_a_damaged_class_is_named(tmp_path, data, says):
    (tmp_path / "class.zip").write_bytes(data)
    with pytest.raises(ValueError, match=says):
        source(tmp_path / "class.zip")
    with pytest.raises(OSError, match="nowhere"):
        source(tmp_path / "nowhere")


# ---- The roster ----


def written(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def test_the_roster_says_who_is_who(tmp_path):
    path = written(
        tmp_path / "roster.csv", "student,file,reader\nBo,b.ipynb,\nAda,ada,countess\n", "utf-8-sig"
    )
    students = roster(path)
    assert students == [Student("Ada", "ada", "countess"), Student("Bo", "b.ipynb", "Bo")]
    found = handed_in(students, ["ada/notes.txt", "ada/x.ipynb", "c.ipynb", "adam.ipynb"])
    assert found == {"Ada": ["ada/notes.txt", "ada/x.ipynb"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    "text",
    [
        "student,file\r\nZoë,.\\z.ipynb\r\n",
        "student,file\rZoë,./z.ipynb\r",
        "Student ; File\nZoë; z.ipynb\n;\n\n",
        "sep=;\nStudent;File\nZoë;z.ipynb\n",
        '"sep=\t"\r\nStudent\tFile\r\nZoë\tz.ipynb\r\n',
        "\n\nstudent,file\nZoë,z.ipynb\n",
        "file\tstudent\tnotes\nz.ipynb\tZoe\u0308\n",
        'student,file\n"Zoë","z.ipynb",more,and more\n',
        "student,file\n    Points Possible,\nZoë,z.ipynb\n",
    ],
    ids=[
        "Windows",
        "old Mac",
        "semicolons",
        "sep",
        "sep tab",
        "blank",
        "tabs",
        "more cells",
        "points possible",
    ],
)
def test_a_roster_is_read_as_spreadsheets_write_it(tmp_path, text, encoding):
    assert roster(written(tmp_path / "roster.csv", text, encoding)) == [Student("Zoë", "z.ipynb", "Zoë")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("student,file\n,ada.ipynb\n", "line 2: a student is needed for the file 'ada.ipynb'"),
        ("sep=,\nstudent,file\n,ada.ipynb\n", "line 3: a student"),
        ("student,file\nA,x\nA,y\n", "'A' stands in it 2 times"),
        ("name,file\nA,x\n", r"the columns student and file, .*; it is \['name', 'file'\]"),
        ("", "the columns student and file"),
        ("student,file\n", "names no students"),
        ("student,file\nZoë,x\n", "not in UTF-8: save it as"),
        ("student,file\nA," + "x" * 200_000, "roster.csv, line 2: this is no table: field larger"),
    ],
)
def test_a_roster_that_means_nothing_is_refused(tmp_path, text, says):
    with pytest.raises(ValueError, match=says):
        roster(written(tmp_path / "roster.csv", text, "latin-1"))


def test_a_student_without_a_file_has_handed_nothing_in(tmp_path):
    students = roster(written(tmp_path / "roster.csv", "student,file\nAda,\nBo,b.ipynb\n"))
    assert students == [Student("Ada", "", "Ada"), Student("Bo", "b.ipynb", "Bo")]
    assert handed_in(students, ["b.ipynb", "c.ipynb"]) == {"Bo": ["b.ipynb"]}


def test_one_readers_name_for_two_is_warned_of():
    students = [Student("A", "a", "Ada"), Student("B", "b", " ADA"), Student("C", "c", "C")]
    assert same_readers(students) == ["A and B have one reader, 'ada': they are drawn the same tasks"]


CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,"Lab 1 (77)",Final Score
,,,,,Manual Posting,
    Points Possible,,,,,9,(read only)
"Lovelace, Ada",12,s12,alovelace,Lab A,,
"O'Neil, Zoë Mae",13,s13,zoneil,Lab A,,
"Smith, Jo",14,s14,jo1,Lab B,,
"Smith, Jo",15,s15,jo2,Lab B,,
"""
MOODLE = """Identifier,Full name,Email address,Status,Grade,Maximum Grade,Last modified (grade)
Participant 4711,Ada Lovelace,ada@x.edu,Submitted,,"100,00",-
Participant 4712,Zoë O'Neil,zoe@x.edu,No submission,,"100,00",-
"""
GERMAN = """ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung
Teilnehmer/in4711,Ada Lovelace,ada@x.edu,Abgegeben,,10.00
"""
GRADESCOPE = """First Name,Last Name,SID,Email,Role
Ada,Lovelace,100,ada@x.edu,Student
Zoë,O'Neil,101,zoe@x.edu,Student
"""


def test_the_rosters_of_platforms_are_read_as_they_are(tmp_path):
    path = tmp_path / "roster.csv"
    names = ["lovelaceada_12_100_x.ipynb", "oneilzoëmae_LATE_13_14_x.ipynb", "smithjo_15_12_x.ipynb"]
    found = handed_in(roster(written(path, CANVAS)), names)
    assert found == {
        "Ada Lovelace": names[:1],
        "Zoë Mae O'Neil": names[1:2],
        "Jo Smith (15)": names[2:],
    }
    names = ["Ada Lovelace_4711_assignsubmission_file_/x.ipynb", "B_47_assignsubmission_file_x.ipynb"]
    for text in (MOODLE, GERMAN):
        assert handed_in(roster(written(path, text)), names) == {"Ada Lovelace": names[:1]}
    ada, zoe = roster(written(path, GRADESCOPE))
    assert (ada, zoe.student) == (Student("Ada Lovelace", "ada@x.edu", "Ada Lovelace"), "Zoë O'Neil")


def test_a_column_of_ones_own_comes_before_the_platforms(tmp_path):
    text = GRADESCOPE.replace("Role\n", "Role,File,Reader\n").replace(
        "Student\n", "Student,mine.ipynb,me\n", 1
    )
    ada, zoe = roster(written(tmp_path / "roster.csv", text))
    assert (ada.file, ada.reader, zoe.file) == ("mine.ipynb", "me", "zoe@x.edu")


# ---- Gradebooks ----


def imported(tmp_path, text, earned, out_of=9):
    read = sheet(written(tmp_path / "roster.csv", text))
    return gradebooks.gradebooks(read, Points("cnnlab 01", out_of, earned))


def test_canvas_gets_its_columns_and_a_new_one(tmp_path):
    assert imported(tmp_path, CANVAS, {"Ada Lovelace": 9, "Jo Smith (15)": 2.5}) == {
        "canvas.csv": """Student,ID,SIS User ID,SIS Login ID,Section,cnnlab 01
    Points Possible,,,,,9
"Lovelace, Ada",12,s12,alovelace,Lab A,9
"O'Neil, Zoë Mae",13,s13,zoneil,Lab A,
"Smith, Jo",14,s14,jo1,Lab B,
"Smith, Jo",15,s15,jo2,Lab B,2.5
"""
    }


def test_moodle_gets_its_worksheet_back_out_of_its_own_maximum(tmp_path):
    written_back = imported(tmp_path, MOODLE, {"Ada Lovelace": 6})["moodle.csv"]
    assert written_back == MOODLE.replace(',,"100,00"', ',"66,67","100,00"', 1)
    assert "Abgegeben,6.67,10.00" in imported(tmp_path, GERMAN, {"Ada Lovelace": 6})["moodle.csv"]
    assert "Abgegeben,0,10.00" in imported(tmp_path, GERMAN, {"Ada Lovelace": 0})["moodle.csv"]


def test_a_worksheet_without_a_grade_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no column 'grade'; its columns are"):
        imported(tmp_path, MOODLE.replace("Grade,", "Mark,", 1), {})


def test_gradescope_gets_points_under_its_own_names(tmp_path):
    assert imported(tmp_path, GRADESCOPE, {"Ada Lovelace": 6})["gradescope.csv"].splitlines() == [
        "First Name,Last Name,SID,Email,Role,Total Score,Max Points",
        "Ada,Lovelace,100,ada@x.edu,Student,6,9",
        "Zoë,O'Neil,101,zoe@x.edu,Student,,9",
    ]


def test_a_roster_of_ones_own_is_no_platforms(tmp_path):
    assert imported(tmp_path, "student,file\nAda,a.ipynb\n", {"Ada": 1}) == {}


def test_what_ends_one_cell_is_not_joined_to_what_begins_the_next():
    """A comma and a quotation mark part lines in a list; between cells they do not."""
    cells = [
        {"cell_type": "code", "source": text, "metadata": {}}
        for text in ("x = 10", "def output_size(n):\n    return n")
    ]
    assert seen(json.dumps({"cells": cells}).encode()).answered == {"output_size"}
