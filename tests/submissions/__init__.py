"""Submissions that cheat, break or are broken, each beside the mark and the status it must get.

Nothing is stored: `rows` makes them. Most answer `correlate_stride` with an attack and `output_size`
honestly, which must be worth its point whatever the attack did.
"""

import io
import json
import os
import textwrap
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from cnnlab.exercises import EXERCISES, core
from submissions.attacks import BODIES, CELLS, NOTHING

CHAPTER = "01"
TARGET, BESIDE = "correlate_stride", "output_size"
ALL = {name: each.points for name, each in EXERCISES.items() if each.chapter == CHAPTER}
ATTACKED = {BESIDE: ALL[BESIDE]}  # the points where the attack is worth nothing
SEED = "canary-5f1b0c7e92d84a36"  # attacks look for what begins with the first word
MARK = "left-by-an-attack"  # in the name of every file that one writes


class Row(NamedTuple):
    """A student, what is handed in, and what must come of it."""

    name: str
    points: dict[str, int]  # of an exercise that is not here, none
    status: str
    make: Callable[[Path], Any]  # writes the submission at a path
    suffix: str = ".ipynb"


def book(*cells: str, **more: Any) -> bytes:
    return json.dumps({"cells": [code(cell) for cell in cells], "nbformat": 4, **more}).encode()


def code(source: str | list[str], **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], **more}


def solved(name: str) -> str:
    return EXERCISES[name].solution()


RIGHT = solved(TARGET).replace(f"def {TARGET}(", "def right(")  # what an attack returns that hopes to hide
IMPORT = "import numpy as np"
SOLVED = {name: ALL[name] for name in (TARGET, BESIDE, "count_params")}
HONEST = [IMPORT, 'READER = "reader"', *map(solved, SOLVED)]


def attacks(port: int) -> list[Row]:
    """The functions and cells of `attacks.py`, each in a notebook with helpers and an honest answer."""
    found = []
    for name, status, points, body in BODIES:
        cell = f"def {TARGET}(image, kernel, stride):\n{textwrap.indent(body.strip(), '    ')}"
        found.append((name, status, points, cell))
    rows = []
    for name, status, points, cell in found + CELLS:
        cell = cell.replace("PORT", str(port)).replace("MARK", MARK)
        data = book(IMPORT, RIGHT, cell, solved(BESIDE))
        earned = {} if points is NOTHING else ATTACKED | {TARGET: points}
        rows.append(Row(name, earned, status, written(data)))
    return rows


def written(data: bytes) -> Callable[[Path], Any]:
    return lambda path: path.write_bytes(data)


def zipped(members: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def declared(data: bytes, size: int) -> bytes:
    """An archive with one member that says it is `size` bytes long, whatever it is."""
    file = io.BytesIO(data)
    with zipfile.ZipFile(file) as archive:
        true = archive.infolist()[0].file_size
    return data.replace(true.to_bytes(4, "little"), size.to_bytes(4, "little"))


def old(*cells: str) -> bytes:
    """The same in the notebook format 3."""
    sheet = {"cells": [{"cell_type": "code", "input": cell, "language": "python"} for cell in cells]}
    return json.dumps({"nbformat": 3, "worksheets": [sheet]}).encode()


def loud(size: int) -> bytes:
    """A solved notebook with outputs of that many bytes."""
    cells = [code(cell) for cell in HONEST]
    for cell in cells:
        cell["outputs"] = [
            {"output_type": "stream", "text": ["x" * 999 + "\n"] * (size // 1000 // len(cells))}
        ]
    return json.dumps({"cells": cells, "nbformat": 4}).encode()


def honest() -> list[Row]:
    """Notebooks that editors, platforms and haste have been at, and that are worth all points."""
    text, stubs = book(*HONEST), [f"def {name}(*anything):\n    raise NotImplementedError" for name in SOLVED]
    split = [
        *HONEST,
        "HALF = 2",
        f"def {TARGET}(image, kernel, stride):\n    return right(image, kernel, stride)",
    ]
    files = {
        "Windows line ends": text.replace(b"\\n", b"\\r\\n").replace(b"}", b"}\r\n"),
        "a byte order mark": b"\xef\xbb\xbf" + text,
        "UTF-16": text.decode().encode("utf-16"),
        "UTF-32": text.decode().encode("utf-32"),
        "format 3": old(*HONEST),
        "cells in reverse": book(*reversed(HONEST)),
        "cells twice": book(*HONEST, *HONEST),
        "stubs after the answers": book(*HONEST, *stubs),
        "no metadata": json.dumps({"cells": [{"cell_type": "code", "source": c} for c in HONEST]}).encode(),
        "an unknown kernel": book(*HONEST, metadata={"kernelspec": {"name": "julia-1.9"}}),
        "lines in lists": book(*[cell.splitlines(keepends=True) for cell in HONEST]),
        "a helper in another cell": book(RIGHT, *split),
        "magics": book("%matplotlib inline\n!pip install x", "%%time\n" + HONEST[0], *HONEST[1:], "np.sum?"),
        "cells that hang, train, exit": book("while True: pass", "exit()", *HONEST, "import os; os.abort()"),
        "a broken cell beside": book("def half(:\n  x = = 1", *HONEST, "\0", "if"),
        "cells of other kinds": json.dumps(
            {"cells": [None, 3, "code", {}, {"cell_type": "raw"}, *map(code, HONEST)]}
        ).encode(),
        "a continued line with %": book(*HONEST, "def rest(a, b):\n    return (a\n        % b)"),
        "imports that are not there": book(
            "import torch\nfrom cnnlab.conv import conv2d\nimport cv2", *HONEST
        ),
        "40 MB of outputs": loud(40 * 10**6),
    }
    rows = [Row(f"honest: {name}", SOLVED, "graded", written(data)) for name, data in files.items()]
    for name, member in {"an archive": "a.ipynb", "a path out of it": "../../../a.ipynb"}.items():
        data = zipped({member: text, "__MACOSX/._a.ipynb": b"x", "notes.txt": b"x"})
        rows.append(Row(f"honest: {name}", SOLVED, "graded", written(data), ".zip"))
    return rows


def unreadable() -> list[Row]:
    text, deep = book(*HONEST), b"[" * 10**6 + b"]" * 10**6
    bomb, inner = zipped({"a.ipynb": bytes(201 * 2**20)}), zipped({"a.ipynb": text})
    crowd = zipped({f"{number}.txt": b"" for number in range(20_001)} | {"a.ipynb": text})
    files = {
        "empty": b"",
        "cut off": text[:-20],
        "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        "latin-1": text.replace(b'"nbformat"', '"Ä": 0, "nbformat"'.encode("latin-1")),
        "nested too deep": deep,
        "an endless number": b'{"cells": ' + b"9" * 10**6 + b"}",
        "a list": b"[1, 2]",
        "no cells": b'{"cells": 7}',
        "zeros": bytes(10**6),
        "HTML": b"<html><script>alert(1)</script></html>",
        "a bomb": bomb,
        "a bomb that lies": declared(bomb, 1000),
        "a bomb in bzip2": zipped({"a.ipynb": bytes(10**7)}, zipfile.ZIP_BZIP2),
        "a bomb in LZMA": zipped({"a.ipynb": bytes(10**7)}, zipfile.ZIP_LZMA),
        "an archive in an archive": zipped({"b.ipynb": inner}),
        "two notebooks": zipped({"a.ipynb": text, "b.ipynb": text}),
        "twenty thousand files": crowd,
        "half an archive": inner[: len(inner) // 2],
    }
    rows = [Row(f"unreadable: {name}", {}, "unreadable file", written(data)) for name, data in files.items()]
    for name, make in {
        "a link to a neighbour": lambda path: path.symlink_to(path.parent / "neighbour 0.ipynb"),
        "a link to a device": lambda path: path.symlink_to("/dev/zero"),
        "a pipe": os.mkfifo,
    }.items():
        rows.append(Row(f"unreadable: {name}", {}, "unreadable file", make))
    rows.append(Row("absent: a folder", {}, "nothing handed in", Path.mkdir))
    rows.append(Row("absent: a link to a folder", {}, "nothing handed in", lambda path: path.symlink_to("/")))
    return rows


def drawn() -> list[Row]:
    """Answers to the tasks of others, and what a name can hold."""

    def answer(reader: str) -> str:
        exercise = EXERCISES["count_params"]
        return str(core.expect(exercise.reference, exercise.draw_cases(core.tidy(reader))[0]))

    others = "someone else's draw"
    texts = {
        "a neighbour's draw": (others, 0, "count_params_answer = " + answer("neighbour 0")),
        "a READER of its own": (others, 0, 'READER = "easy"\ncount_params_answer = ' + answer("easy")),
        "a draw of its own": (
            "graded", 0, f"def draw(*a):\n    pass\n\ncount_params_answer = {answer('nobody at all')}"
        ),
        "an answer that is never equal": (
            "graded", 0, "class E(int):\n    __eq__ = lambda *a: True\n\ncount_params_answer = E(1)"
        ),
        "an answer too large": ("graded", 0, "count_params_answer = 10**400"),
        "a READER of code": ("graded", 0, "READER = __import__('os')._exit(0)\ncount_params_answer = 1"),
        "a READER a megabyte long": ("graded", 0, f"READER = {'x' * 10**6!r}\ncount_params_answer = 1"),
    }  # fmt: skip
    rows = [
        Row(
            f"drawn: {name}", ATTACKED | {"count_params": points}, status, written(book(cell, solved(BESIDE)))
        )
        for name, (status, points, cell) in texts.items()
    ]
    for name in (
        '=HYPERLINK("x","y")',
        "<script>alert(1)</script>",
        "a,b\nc",
        "../../up",
        "ÄÖ\u202e\U0001f600",
    ):
        rows.append(Row(name, SOLVED, "graded", written(book(*HONEST))))
    return rows


@cache
def rows(port: int) -> list[Row]:
    return [*attacks(port), *honest(), *unreadable(), *drawn()]


def neighbours() -> list[Row]:
    """Students as they are: one has solved everything, one some, one nothing, one has it wrong."""
    wrong = solved(TARGET).replace("window * kernel", "window * kernel[::-1, ::-1]")
    some = list(ALL)[:3]
    return [
        Row("neighbour 0", ALL, "graded", written(book(*HONEST[:2], *map(solved, ALL)))),
        Row("neighbour 1", {n: ALL[n] for n in some}, "graded", written(book(IMPORT, *map(solved, some)))),
        Row(
            "neighbour 2",
            {},
            "not attempted",
            written(book(f"def {TARGET}():\n    raise NotImplementedError")),
        ),
        Row("neighbour 3", {}, "graded", written(book(IMPORT, wrong))),
    ]
