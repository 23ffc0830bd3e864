"""What a class run takes from a notebook, cell by cell and statement by statement.

Run in `Plain`, which is the sandbox without its walls; the walls are tested in test_sandbox.py.
"""

import ast
import io
import json
import re
import textwrap
from functools import cache

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from book._tools import handouts
from cnnlab.exercises import EXERCISES, core
from cnnlab.grading import handout, notebook, outcome, wire
from cnnlab.grading.handout import Handout
from cnnlab.grading.marking import Job, mark_one
from cnnlab.grading.sandbox import Finished, Plain

SEED = "nobody guesses this seed"
NAMES = ("output_size", "correlate_stride", "averaging_weight", "count_params")
SIZE = EXERCISES["output_size"].solution()
NOTHING = Handout((), "")
IMPORT = "from cnnlab.exercises import check"


def cell(source, *outputs):
    return {"cell_type": "code", "source": source, "outputs": list(outputs)}


def book(*cells, **more):
    cells = [cell(each) if isinstance(each, str) else each for each in cells]
    return json.dumps({"cells": cells, **more}).encode()


@cache
def plain(seconds):
    return Plain(seconds=seconds, more=notebook.helpers())


def marked(*cells, data=b"", handout=NOTHING, seconds=2, reader="ada"):
    """The marks of a notebook by exercise."""
    job = Job("A student", reader, data or book(*cells), "", NAMES, handout, SEED)
    return {each.exercise: each for each in mark_one(plain(seconds), job).marks}


def ran(*cells, handout=NOTHING):
    return outcome.run(plain(2), book(*cells), NAMES, handout, SEED, "ada")


def right(name="count_params", reader="ada"):
    exercise = EXERCISES[name]
    return int(core.expect(exercise.reference, exercise.draw_cases(reader)[0]))


# ---- What counts as the answer ----


def test_what_check_was_handed_counts_as_of_that_moment():
    later = "def output_size(*sizes):\n    return 0"
    assert marked(IMPORT, SIZE, 'check("output_size", output_size)', later)["output_size"].points
    helper = "def half(n):\n    return n // 2"
    uses = SIZE.replace("// stride", "// (stride * half(2))")
    changed = "def half(n):\n    return 0"
    assert marked(IMPORT, helper, uses, 'check("output_size", output_size)', changed)["output_size"].points


def test_where_no_check_ran_the_stubs_name_counts():
    assert marked(SIZE)["output_size"].points
    assert marked(SIZE, "def output_size(*sizes):\n    return 0")["output_size"].points == 0


CHECK = 'check("output_size", output_size)'
WORSE = "def output_size(*sizes):\n    return 0"


@pytest.mark.parametrize(
    "cells",
    [
        (WORSE, CHECK, SIZE),  # the better one stands below, and the check above was run again
        (SIZE.replace("//", "// one() //"), CHECK, "def one():\n    return 1"),
        ('check("output_size", lambda *sizes: later(*sizes))', SIZE.replace("output_size", "later")),
    ],
)
def test_a_check_that_stands_above_its_answer_or_what_that_calls_was_run_after_them(cells):
    assert marked(IMPORT, *cells)["output_size"].points


def test_of_wrong_tries_the_last_that_was_checked_is_told():
    cells = ['check("output_size", lambda *sizes: None)', "def output_size(*sizes):\n    return [1]"]
    assert marked(IMPORT, *cells)["output_size"].message.startswith("It returned None")


ANNOTATED = [
    "size: torch.Tensor, ",
    "size: Tensor | int, ",
    "size: Float[np.ndarray, 'N'], ",
    "size: nowhere, ",
]


@pytest.mark.parametrize("first", ANNOTATED)
def test_annotations_need_not_mean_anything_in_the_sandbox(first):
    """A notebook has the libraries they are of; they compute nothing."""
    imports = "import torch\nfrom torch import Tensor\nfrom jaxtyping import Float"
    assert marked(IMPORT, imports, SIZE.replace("size, ", first, 1), CHECK)["output_size"].points
    layer = f"@dataclass\nclass Layer:\n    {first.rstrip(', ')} = 1"
    uses = SIZE.replace("return ", "return Layer(1).size * 0 + ")
    cells = ["from dataclasses import dataclass", layer, uses, CHECK]
    assert marked(IMPORT, imports, *cells)["output_size"].points


def test_a_try_that_passed_is_not_lost_to_a_worse_one_after_it():
    worse = 'check("output_size", lambda *sizes: 0)'
    cells = [IMPORT, SIZE, 'check("output_size", output_size)', worse]
    assert marked(*cells)["output_size"].points


def test_a_loop_of_guesses_earns_nothing():
    """Of all that is handed in, the last few count; else a loop over all numbers would find each count."""
    loop = f"for guess in range({right() - 500}, {right() + 500}):\n    check('count_params', guess, 'ada')"
    assert marked(IMPORT, loop)["count_params"].points == 0


@pytest.mark.parametrize(
    "imported",
    [
        "from cnnlab.exercises import check, draw",
        "from cnnlab.exercises import *\nfrom cnnlab.exercises import check, draw",
        "from cnnlab.exercises import check as judge, draw\ncheck = judge",
        "import cnnlab.exercises\ncheck, draw = cnnlab.exercises.check, cnnlab.exercises.draw",
        "import cnnlab.exercises as e\ncheck, draw = e.check, e.draw",
        "from cnnlab import exercises, conv, figures\ncheck, draw = exercises.check, exercises.draw",
    ],
)
def test_check_and_draw_are_there_however_they_are_imported(imported):
    use = 'check("count_params", count(**draw("count_params", "ada").values), "ada")'
    count = (
        EXERCISES["count_params"].solution().partition("\n\n\n")[0].replace("def count_params(", "def count(")
    )
    assert marked(imported, count, use)["count_params"].points


def test_what_draw_gives_is_the_task_of_the_roster():
    cells = ["from cnnlab.exercises import check, draw", 'task = draw("count_params", "somebody else")']
    count = EXERCISES["count_params"].solution().partition("\n\n\n")[0]
    use = 'check("count_params", count_params(**task.values), "somebody else")'
    assert marked(*cells, count, use)["count_params"].points


# ---- What a statement may be ----

FUTURE = "from __future__ import annotations\n"
LAYOUTS = {
    "a loop": "count_params_answer = 0\nfor _ in range({n}):\n    count_params_answer += 1",
    "an if": "if True:\n    count_params_answer = {n}\nelse:\n    count_params_answer = 0",
    "a with": "import contextlib\nwith contextlib.suppress(ValueError):\n    count_params_answer = {n}",
    "a try": "try:\n    from torch import n\nexcept ImportError:\n    count_params_answer = {n}",
    "a walrus": "print(count_params_answer := {n})",
    "an unpacking": "a, (count_params_answer, *b) = 1, ({n}, 2, 3)",
    "an indented cell": "    count_params_answer = {n}",
    "prompts": ">>> a = {n}\n>>> count_params_answer = a",
    "IPython's prompts": "In [3]: a = {n}\n   ...: count_params_answer = a",
    "%time": "%time count_params_answer = {n}",
    "%%time": "%%time\ncount_params_answer = {n}",
    "a value of %time": "count_params_answer = %time {n}",
    "a shell command": "!ls \\\n  -l\nnames = !ls\ncount_params_answer = {n}",
    "the last value": "{n}\n",
    "a question": "np.sum?\ncount_params_answer = {n}",
    "__future__": FUTURE + "def f(x: NotThere) -> int:\n    return {n}\ncount_params_answer = f(1)",
    "a dataclass": FUTURE
    + "import dataclasses\n@dataclasses.dataclass\nclass N:\n    n: int = {n}\ncount_params_answer = N().n",
    "an enum": "from enum import Enum\nclass E(Enum):\n    N = {n}\ncount_params_answer = E.N.value",
    "globals()": "globals()['count_params_answer'] = {n}",
    "__main__": "import __main__\n__main__.count_params_answer = {n}\nif __name__ == '__main__':\n    pass",
    "a file": "%%writefile own.py\nN = {n}\n",
    "display": "display({n})\ncount_params_answer = {n}",
    "tabs and Windows lines": "if True:\r\n\tcount_params_answer = {n}\r\n",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_statement_may_have_any_form(layout):
    cells = [LAYOUTS[layout].replace("{n}", str(right()))]
    if layout == "the last value":
        cells = [IMPORT, *cells, 'check("count_params", _)']
    if layout == "a file":
        cells += ["import sys; sys.path.insert(0, '')\nfrom own import N as count_params_answer"]
    assert marked("import numpy as np", *cells)["count_params"].points, layout


def test_cells_in_any_order_and_doubled():
    cells = [
        "from cnnlab.exercises import check",
        "n = 192",
        "m = n * 24 * 49",
        'check("count_params", m + n)',
    ]
    for order in (cells, cells[::-1], cells * 2):
        assert marked(*order)["count_params"].points


def test_a_failing_statement_costs_the_others_nothing():
    cells = ["1 / 0\nn = nothing.at_all\nimport torch, numpy as np\nraise SystemExit\n" + SIZE, "exit()"]
    assert marked(*cells)["output_size"].points


def test_a_stub_never_wins():
    stub = 'def output_size(*sizes):\n    """Yours."""\n    raise NotImplementedError("write it")'
    assert marked(SIZE, stub, "count_params_answer = ...")["output_size"].points
    assert marked(stub, SIZE)["output_size"].points
    assert marked(stub)["output_size"].status == "not attempted"
    number = f"count_params_answer = {right()}"
    assert marked(number, "count_params_answer = ...")["count_params"].points


# ---- Budgets ----


@pytest.mark.slow
def test_what_hangs_is_left_out_and_what_dies_too():
    deadly = [
        "while True: pass",
        "import os; os.abort()",
        "x = [0] * 10**12",
        "import time; time.sleep(1000)",
    ]
    stubborn = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    marks = marked(*deadly, SIZE, stubborn, f"count_params_answer = {right()}", seconds=1)
    assert marks["output_size"].points
    assert marks["count_params"].points


@pytest.mark.slow
def test_many_slow_cells_leave_enough_for_the_answers():
    slow = "import time\nend = time.process_time() + 0.9\nwhile time.process_time() < end: pass"
    assert marked(*[slow] * 20, SIZE, seconds=1)["output_size"].points


@pytest.mark.slow
def test_an_answer_that_hangs_costs_the_others_nothing():
    hang = "def correlate_stride(*a):\n    while True: pass"
    marks = marked(
        "from cnnlab.exercises import check",
        hang,
        'check("correlate_stride", correlate_stride)',
        SIZE,
        seconds=1,
    )
    assert (marks["correlate_stride"].points, marks["correlate_stride"].status) == (0, "timed out")
    assert "within 1 seconds" in marks["correlate_stride"].message
    assert marks["output_size"].points


def test_output_without_end_harms_nobody():
    loud = (
        "import os, sys\nfor _ in range(10**4): print('x' * 1000); os.write(1, b'x'); sys.stderr.write('y')"
    )
    assert marked(loud, SIZE)["output_size"].points


@pytest.mark.parametrize("descriptor", range(3, 12))
def test_what_a_cell_writes_into_a_descriptor_is_no_message(descriptor):
    write = f"import os\ntry:\n    os.write({descriptor}, b'x' * 999)\nexcept OSError: pass"
    assert marked(write, SIZE, write)["output_size"].points


def test_one_answer_cannot_speak_for_another():
    forge = """
        def correlate_stride(*a):
            import gc, os
            for number in range(3, 20):
                try:
                    os.write(number, b'{"values": [true]}')
                except OSError:
                    pass
            os._exit(0)
    """
    marks = marked(textwrap.dedent(forge), SIZE)
    assert marks["correlate_stride"].status == "crashed"
    assert marks["output_size"].points


def test_an_answer_whose_process_raises_does_not_run_the_rest_of_the_notebook(tmp_path):
    """It did, as a second runner: what came after the check ran twice."""
    rude = "def correlate_stride(*a):\n    import wire\n    wire.pack = None\n    return a[0]"
    count = f"with open({str(tmp_path / 'runs')!r}, 'a') as file:\n    file.write('x')"
    marks = marked(IMPORT, rude, 'check("correlate_stride", correlate_stride)', count, SIZE)
    assert (tmp_path / "runs").read_text() == "x"
    assert (marks["correlate_stride"].status, marks["output_size"].points) == ("crashed", 1)


# ---- What is said ----


def said(*cells, name="output_size", **more):
    mark = marked(*cells, **more)[name]
    assert mark.points == 0
    return f"{mark.status}: {mark.message}"


def test_a_missing_name_is_told_and_the_statement_that_would_have_made_it():
    cells = ["import torch", "x = 1\nhelper = torch.nn.functional", SIZE.replace("return", "return helper +")]
    assert said(*cells) == (
        "crashed: It stopped with NameError: `helper` is not there, in cell 3, line 3: return helper + "
        "(size + 2 * padding - span) // stride + 1 "
        "Cell 2, line 2, which would make it, was left out: ImportError."
    )
    assert said("output_size = helper(3)") == (
        "crashed: `output_size` was not made. Cell 1, line 1, which would make it, was left out: "
        "NameError: `helper` is not there."
    )


def test_a_cell_that_is_not_python_says_so_and_one_for_a_newer_python_too():
    assert said("def output_size(size:\n    return 1") == (
        "syntax error: The cell that should hold `output_size` is not Python that can be read."
    )


@pytest.mark.parametrize("pasted", ["\ufeff", "\u200b", "\u2060 "])
def test_a_cell_that_begins_with_what_nobody_sees_is_no_python_and_not_unattempted(pasted):
    with pytest.raises(SyntaxError):
        ast.parse(pasted + SIZE)
    assert said(pasted + SIZE).startswith("syntax error: The cell that should hold `output_size`")


@pytest.mark.parametrize("line", ["n_answer = 1 024 weights", "n_answer: int = 1 024", "class n_answer 1"])
def test_what_a_cell_would_have_defined_is_known_where_it_is_no_python(line):
    with pytest.raises(SyntaxError):
        ast.parse(line)
    assert notebook.named(line) == ["n_answer"]


def test_the_chapters_own_text_can_be_the_reason():
    own = Handout((), "import torch\ndef chapters(x):\n    return torch.relu(x)\n")
    assert said("def output_size(*a):\n    return chapters(a)", handout=own).startswith(
        "forbidden import: An answer"
    )


def test_an_answer_that_the_notebook_claims_to_have_passed_is_listed():
    output = {
        "output_type": "execute_result",
        "data": {"text/plain": ["✓ output_size: passed (1 of 1 point)"]},
    }
    wrong = "def output_size(*a):\n    return 0"
    marks = marked(cell(wrong), cell('check("output_size", output_size)', output))
    assert marks["output_size"].claimed
    assert not marked(cell(SIZE), cell("1", output))["output_size"].claimed


def test_somebody_elses_words_do_not_leave_the_sandbox():
    secret = "the input is [[1 2] [3 4]]"
    words = outcome.Words({7: "def f(x):\n    raise Loud(x)\n\nhelper"})

    def told(problem, status="crashed"):
        return words.own(core.Answer(None, problem, status), "correlate_stride").problem

    for problem in (secret, f"It returned a {secret}, not a NumPy array.", f"It stopped with Loud: {secret}"):
        assert "[[1" not in told(problem)
    assert told(f"It stopped with KeyError: {secret}, in line 2: raise Loud(x)") == (
        "It stopped with KeyError, in cell 7, line 2: raise Loud(x)"
    )
    assert "[[1" not in told(f"It stopped with KeyError: {secret}, in line 2: {secret}")
    assert told("It stopped with NameError: name 'helper' is not defined") == (
        "It stopped with NameError: `helper` is not there."
    )
    assert "input_1_2" not in told("It stopped with NameError: name 'input_1_2' is not defined")
    assert told(core.plain(None).problem) == core.plain(None).problem
    assert told(core.changed("image")) == core.changed("image")
    assert "NumPy and the standard library" in told("It stopped with ImportError: x", "forbidden import")


@pytest.mark.parametrize(
    "claim",
    [
        {"cell": 7, "line": 99}, {"cell": 99}, {"cell": "7"}, {"cell": True}, {"line": 0}, {"status": "fine"},
        {"names": 3}, {"more": 1},
    ],
)  # fmt: skip
def test_a_skipped_statement_that_cannot_be_true_is_not_told(claim):
    words = outcome.Words({7: "x = secret\ny = 1"})
    true = {
        "cell": 7,
        "line": 1,
        "names": ["x", "z"],
        "error": "Loud",
        "status": "crashed",
        "missing": "secret",
    }
    assert words.skipped(true) == outcome.Skipped(7, 1, ["x"], "an exception", "crashed", "secret")
    assert words.skipped(true | claim) is None
    assert words.skipped(None) is None


# ---- Reading a notebook ----


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"\\n", b"\\r\\n"),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.decode().encode("utf-16"),
        lambda text: text.decode().encode("utf-32"),
        lambda text: json.dumps({"cells": json.loads(text)["cells"]}).encode(),
    ],
    ids=["Windows lines", "BOM", "UTF-16", "UTF-32", "no metadata"],
)
def test_what_an_editor_does_to_a_notebook_changes_nothing(change):
    cells = [nbformat.v4.new_code_cell(each) for each in (SIZE, "K = 1\n\nL = K")]
    data = nbformat.writes(nbformat.v4.new_notebook(cells=cells)).encode()
    assert notebook.code_cells(change(data)) == notebook.code_cells(data)


def test_the_format_of_old_is_read_too():
    sheet = {"cells": [{"cell_type": "markdown"}, {"cell_type": "code", "input": SIZE, "outputs": []}]}
    cells, passed = notebook.code_cells(json.dumps({"worksheets": [sheet]}).encode())
    assert (cells, passed) == ([notebook.Cell(2, SIZE)], [])


@given(st.binary(max_size=200))
def test_bytes_that_are_no_notebook_are_refused_by_an_exception_of_python(data):
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError, RecursionError)):
        notebook.code_cells(data)


DAMAGED = "What a notebook has is missing or damaged in it."
SCRIPT = "It is a script or a text: whatever saves a notebook as one saves it as .ipynb too"
ARCHIVE = "It is an archive, and of those only .zip is opened."
NO_NOTEBOOK = [
    (b" ", "It is empty."),
    (b"%PDF-1.7", "It is a PDF."),
    (b"\x1f\x8b\x08", ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", ARCHIVE),
    (b"<!DOCTYPE html><title>Sign in</title>", "It is a web page."),
    (b"version https://git-lfs.github.com/spec/v1", "It only says where Git LFS keeps one."),
    (b'{"cells": [\n<<<<<<< HEAD\n=======\n]}', "It has the marks of a merge that was not ended."),
    (b"[1, 2]", DAMAGED),
    (b'{"cells": 7}', DAMAGED),
    (b'{"cells": [{"cell_type": "code", "source": "x', DAMAGED),
    (b"[" * 10**6, DAMAGED),
    (b'{"cells": ' + b"9" * 10**6 + b"}", DAMAGED),
    (b"# -*- coding: utf-8 -*-\n\n!pip install cnnlab\n", SCRIPT),
    (b"import numpy as np\n", SCRIPT),
]


@pytest.mark.parametrize(("data", "says"), NO_NOTEBOOK, ids=[repr(data[:12]) for data, _ in NO_NOTEBOOK])
def test_a_file_that_is_no_notebook_is_unreadable_and_it_is_said_what_it_is(data, says):
    marks = marked(data=data)
    assert {each.status for each in marks.values()} == {"unreadable file"}
    (message,) = {each.message for each in marks.values()}
    assert message.startswith("It is not a notebook that can be read.")
    assert says in message


def test_a_file_that_cannot_be_read_is_told_with_its_name_whatever_that_is():
    """A brace in a name is no place for a number."""
    problem = "lab{solution}.zip: it is an archive of 0 notebooks; hand in one."
    job = Job("A student", "ada", b"", problem, NAMES, NOTHING, SEED)
    told = {(each.status, each.message) for each in mark_one(plain(2), job).marks}
    assert told == {("unreadable file", problem)}


# ---- A machine that fails ----

CUT = {
    "it does not start": ("ended", 0, "grader failed"),
    "the kernel takes it first": ("out of memory", 0, "grader failed"),
    "the kernel takes it on the way": ("out of memory", 0.9, "crashed"),
}


class Failing:
    """A sandbox whose first runs the machine cuts short: of their output a share is left."""

    seconds = 2

    def __init__(self, status, share, times):
        self.status, self.share, self.left = status, share, times

    def run(self, script, given, clock=None):
        finished = plain(self.seconds).run(script, given, clock)
        if not self.left:
            return finished
        self.left -= 1
        output = finished.output[: int(self.share * len(finished.output))]
        return Finished(self.status, output, "bwrap: Resource temporarily unavailable")


@pytest.mark.parametrize(("status", "share", "after"), CUT.values(), ids=CUT)
@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_run_that_the_machine_cuts_short_is_tried_again(status, share, after, times):
    job = Job("A student", "ada", book(SIZE), "", NAMES[:1], NOTHING, SEED)
    (mark,) = mark_one(Failing(status, share, times), job).marks
    assert (mark.points, mark.status) == ((1, "graded") if times < outcome.TRIES else (0, after))
    if mark.status == "grader failed":  # which the next run of the same command tries again
        assert mark.message.endswith("no beginning, 3 times: bwrap: Resource temporarily unavailable")


def test_a_file_that_is_no_notebook_is_read_once():
    job = Job("A student", "ada", b"%PDF-1.7", "", NAMES[:1], NOTHING, SEED)
    sandbox = Failing("ended", 1, 9)
    (mark,) = mark_one(sandbox, job).marks
    assert (mark.status, sandbox.left) == ("unreadable file", 8)


def test_a_line_that_goes_on_with_a_percent_sign_is_python():
    (statement,) = notebook.statements("def f(a, b):\n    return (a\n        % b)")[1]
    assert ast.unparse(statement) == "def f(a, b):\n    return a % b"


def test_the_names_that_a_statement_binds():
    text = "for i in x:\n    a = i\n    def f():\n        inner = 1\nwith b as c: import d.e as g, h.k"
    assert [notebook.bound(each) for each in notebook.statements(text)[1]] == [
        ["a", "f", "i"],
        ["c", "g", "h"],
    ]


# ---- The handout ----

TOLD = """\
import sys, torch
import numpy as np
from cnnlab import conv
K = 3
image = np.arange(9).reshape(K, K)
edges = conv.conv2d(image, image)
after = edges + 1
def double(x):
    return 2 * x
twice = double(image)
def uses(x):
    return conv.conv2d(x, x)
made = uses(image)
pairs = [a * b for a, b in zip(image, image)]
for i in range(10):
    total = i
print(K)
"""


def test_of_a_chapter_what_needs_numpy_alone_is_run_and_no_loop():
    prelude = list(handout.kept([TOLD]))
    assert [line.partition(" ")[0] for line in prelude if "import" not in line] == [
        "K", "image", "def", "twice", "def", "pairs",
    ]  # fmt: skip
    assert "import torch" in prelude


def test_the_chapters_cells_are_left_out_whatever_the_space_at_their_lines_ends(tmp_path):
    own = {"cells": [{**cell("K = 1  \nraise SystemError"), "metadata": {}}]}
    path = tmp_path / "chapter.ipynb"
    path.write_text(json.dumps(own))
    told = handout.of_notebook(path)
    assert told.prelude == "K = 1"
    assert ran("K = 1\nraise SystemError  ", "x = K", handout=told).cells == {2: "x = K"}


def test_an_answer_may_use_what_the_chapter_has_made():
    own = Handout((), "import numpy as np\nQUARTERS = np.full((2, 2), 0.25)")
    answer = "def averaging_weight(channels):\n    return np.eye(channels)[..., None, None] * QUARTERS"
    assert marked(answer, handout=own)["averaging_weight"].points


@pytest.mark.parametrize("text", ["{}", "[]", "nonsense", '{"cells": [{}]}'])
def test_what_is_no_handout_is_told_so(tmp_path, text):
    path = tmp_path / "x.ipynb"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"x\.ipynb is not a notebook that can be handed out"):
        handout.of_notebook(path)


# ---- What passes through the wall ----


def test_a_frame_is_found_among_other_bytes():
    token = b"0123456789abcdef"
    output = b"junk" + wire.framed(token, b"one") + b"more" + wire.framed(token, b"two")[:-1] + token
    assert list(wire.frames(token, output)) == [b"one"]


def test_neither_seed_nor_expected_value_goes_in():
    given = []

    class Listening:
        seconds = 2

        def run(self, script, file, clock):
            given.append(file.read())
            return Finished("timed out")

    for name, exercise in EXERCISES.items():
        with pytest.raises(ValueError, match="timed out"):
            outcome.run(Listening(), b"the notebook", [name], NOTHING, SEED, "ada")
        cases = exercise.draw_cases("ada" if outcome.is_drawn(name) else SEED)
        inputs = [value for case in cases for value in case.values() if isinstance(value, np.ndarray)]
        file = io.BytesIO(given[-1][wire.TOKEN :])
        _, sent = (wire.unpack(wire.taken(file)) for _ in range(2))
        assert len(sent[1]) == len(inputs)
        assert all(core.same(one, other) for one, other in zip(sent[1], inputs, strict=True))
        assert SEED.encode() not in given[-1]
        assert re.search(rb"the notebook$", given[-1])


def meant(texts):
    """By chapter: the cells, and the prelude without the quotes that another Python writes otherwise."""
    told = {name: json.loads(text) for name, text in texts.items()}
    return {name: (each["cells"], ast.dump(ast.parse(each["prelude"]))) for name, each in told.items()}


def test_the_published_chapters_are_as_the_class_run_knows_them():
    """Else: python -m book._tools.handouts"""
    written = {path.name: path.read_text(encoding="utf-8") for path in handout.CHAPTERS.iterdir()}
    assert meant(written) == meant(handouts.texts())


def test_what_another_python_writes_means_the_same_and_another_number_does_not():
    preludes = """f'{n}{" *" * 2}' """, '''f"{n}{' *' * 2}"''', '''f"{n}{' *' * 3}"'''
    own, other, wrong = (
        meant({"90.json": json.dumps({"cells": ["0"], "prelude": each})}) for each in preludes
    )
    assert own == other != wrong
