"""The students' edition, and an instructor's own exercises from the file to the mark."""

import json
import subprocess
import sys
from pathlib import Path

import classroom
import nbformat
import pytest
from classroom import Classroom

from book._tools import students
from book._tools.chapters import EXERCISE, HOW_TO, ROOT, chapters, exercise_name, read, tags
from cnnlab.exercises import EXERCISES, own
from cnnlab.grading import notebook

STUDENTS = [sys.executable, "-m", "book._tools.students"]
OWN = '''
import numpy as np

from cnnlab.exercises.core import Exercise, wrong


def upside_down(image):
    """Turn an image upside down: `[H, W]` → `[H, W]`, the last row first."""
    return image[::-1].copy()


EXERCISES = [
    Exercise(
        upside_down,
        points=4,
        cases=lambda rng: {"image": rng.integers(0, 10, rng.permutation([2, 3, 4])[:2]).astype(float)},
        mistakes=[
            wrong("left and right", {"image[::-1]": "image[:, ::-1]"}, "You mirrored it."),
            wrong("as it is", {"image[::-1]": "image"}, "It comes back as it was."),
        ],
    )
]
'''


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(OWN)
    yield path
    for name in [each for each, exercise in EXERCISES.items() if exercise.chapter == own.CHAPTER]:
        del EXERCISES[name]
    sys.modules.pop("own.chown", None)


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem[:2])
def test_no_solution_is_left_and_every_exercise_is(path):
    published = read(path)
    names = [exercise_name(cell) for cell in published.cells if "check" in tags(cell)]
    chapter, sheet = students.without_solutions(published), students.sheet(published)
    for edition in (chapter, sheet):
        nbformat.validate(edition)
        text = "\n".join(cell.source for cell in edition.cells)
        assert "solution(" not in text
        assert "Solutions are" not in text
        assert [exercise_name(cell) for cell in edition.cells if "check" in tags(cell)] == names
        assert sum("exercise" in tags(cell) for cell in edition.cells) == len(names)
        assert sum(cell.source.startswith(EXERCISE) for cell in edition.cells) == len(names)
        assert sum(cell.source.startswith(HOW_TO) for cell in edition.cells) == 1
    assert len(chapter.cells) == len(published.cells) - len(names)
    assert len(sheet.cells) < len(chapter.cells) / 2
    assert not any(cell.get("outputs") for cell in sheet.cells)


def test_a_class_run_knows_the_cells_of_both_editions():
    path = chapters(["01"])[0]
    known = {notebook.fingerprint(cell.source) for cell in read(path).cells if cell.cell_type == "code"}
    for edition in (students.without_solutions(read(path)), students.sheet(read(path))):
        assert {
            notebook.fingerprint(cell.source) for cell in edition.cells if cell.cell_type == "code"
        } <= known


def test_own_exercises_are_registered_once_and_work_like_any_other(file):
    names = own.register(own.read(file))
    assert names == own.register(own.read(file)) == ["upside_down"]
    exercise = EXERCISES["upside_down"]
    assert exercise.chapter == "own"
    assert exercise.solution().startswith("def upside_down(image):")
    assert list(exercise.misconceptions) == ["left and right", "as it is"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace("EXERCISES = [", "OTHERS = ["), r"own\.py: it ends in no list EXERCISES"),
        (
            lambda text: text.replace("upside_down", "output_size"),
            "'output_size' is an exercise of chapter 01",
        ),
        (lambda text: text.replace("image[::-1].copy()", "image[::-1"), r"own\.py: SyntaxError"),
        (
            lambda text: text.replace('{"image[::-1]": "image"}', '{"imagine": "x"}'),
            "'imagine' stands 0 times",
        ),
        (lambda text: "import nothing_of_the_kind\n" + text, r"own\.py: ModuleNotFoundError"),
    ],
)
def test_a_file_of_own_exercises_that_cannot_be_used_says_why(file, change, says):
    file.write_text(change(OWN))
    before = dict(EXERCISES)
    with pytest.raises(ValueError, match=says):
        own.register(own.read(file))
    assert before == EXERCISES


def test_the_command_writes_both_editions_and_a_sheet_of_own_exercises(file, tmp_path):
    command = [*STUDENTS, "01", "--exercises", file, "--into", tmp_path / "out"]
    assert subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.endswith(
        "/out\n"
    )
    found = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.ipynb"))
    assert found == ["chapters/01_convolution.ipynb", "sheets/01_convolution.ipynb", "sheets/own.ipynb"]
    sheet = nbformat.read(tmp_path / "out" / "sheets" / "own.ipynb", 4)
    assert "the last row first" in sheet.cells[2].source
    assert sheet.cells[3].source == "def upside_down(image):\n    raise NotImplementedError"
    assert "[::-1]" not in Path(tmp_path / "out" / "sheets" / "own.ipynb").read_text()


@pytest.mark.slow
def test_own_exercises_are_graded_beside_the_chapters(file, tmp_path):
    room = Classroom(tmp_path / "room")
    room.hand_in(
        "Ada", notebook_of("01", ["output_size"], "def upside_down(image):\n    return image[::-1].copy()")
    )
    room.hand_in("Bo", notebook_of("01", ["output_size"], "def upside_down(image):\n    return image"))
    grades = room.grade("--exercises", str(file), "--jobs", "1")
    assert [(line["upside_down"], line["output_size"]) for line in grades.values()] == [
        ("4", "1"),
        ("0", "1"),
    ]
    page = next((room.out / "feedback").glob("Bo-*.html")).read_text()
    assert "It comes back as it was." in page
    file.write_text(OWN.replace("points=4", "points=5"))
    del EXERCISES["upside_down"], sys.modules["own.chown"]
    with pytest.raises(AssertionError):  # the journal belongs to the old ones
        room.grade("--exercises", str(file), "--jobs", "1")


def notebook_of(chapter, solved, more):
    """A chapter with some exercises solved, and a cell of its owner's."""
    book = json.loads(classroom.notebook(chapter, solved))
    book["cells"].append({"cell_type": "code", "metadata": {}, "outputs": [], "source": more})
    return json.dumps(book).encode()


def test_a_file_that_is_not_there_is_a_sentence(tmp_path):
    command = [*STUDENTS, "01", "--exercises", "nowhere.py", "--into", tmp_path]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (ended.returncode, "Traceback" in ended.stderr) == (1, False)
    assert "nowhere.py" in ended.stderr
