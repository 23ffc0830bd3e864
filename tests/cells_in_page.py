"""Cells that a page runs in its Python, beside what is published: the same binary and library, on wasmtime.

python tests/cells_in_page.py [NN ...]    which cells of these chapters, or of all, come out otherwise
"""

import base64
import dataclasses
import json
import shutil
import sys
import tempfile
from pathlib import Path

from book._ext import cnnlab_cells, cnnlab_solve
from book._tools.build import served
from book._tools.chapters import chapters
from book._tools.same_figures import difference
from cnnlab.grading import wasm

GUEST = """
import json, os, sys
from pathlib import Path
os.environ["MPLCONFIGDIR"] = "/made"
sys.path.insert(0, "/book")
from cnnlab.exercises import in_page
in_page.widen()
in_page.add_figures(Path("/book/figures.zip"), Path("/made"))
print(json.dumps([in_page.show(**task) for task in json.load(sys.stdin)]))
"""
# Of the exercises, those of one chapter: to import them all takes seconds.
EXERCISES = ("__init__", "core", "draws", "foreign", "in_page", "shown", "ch01")
SECONDS = 900  # for all chapters, on a machine that is busy
# The page's Python decodes and sums the photograph a little otherwise, in the last digit; a descent that runs
# away makes more of it.
LAST_DIGIT = {("05", 3), ("05", 33), ("05", 38)}


def code_cells(chapter):
    return cnnlab_solve.code_cells(next(path for path in chapters() if path.stem.startswith(chapter)))


def tasks(chapter):
    """For each cell that a page offers to run: its place, and what the page asks."""
    cells = code_cells(chapter)
    listed = cnnlab_cells.of_page(cells)
    begin = cnnlab_cells.setup_of("".join(cells[0]["source"]))
    for each in listed:
        before = [other["text"] for other in listed if other["at"] < each["at"]]
        if each["offered"]:
            yield each["at"], {"begin": begin, "before": before, "cell": each["text"]}


def run(asked):
    """What the page's Python shows for each task."""
    wasi = wasm.runtime()
    whole = wasi.artifacts().stdlib_zip.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        book, made, library = (Path(folder, name) for name in ("book", "made", "library/library.zip"))
        for path in served():
            copy = book / path.relative_to(cnnlab_solve.SOURCE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            if path.parent.name != "exercises" or path.stem in EXERCISES:
                shutil.copy(path, copy)
        made.mkdir()
        library.parent.mkdir()
        library.write_bytes(cnnlab_solve.library(whole))
        (book / "figures.zip").write_bytes(cnnlab_cells.figures(whole))
        grants = [wasi.Grant(book, "/book"), wasi.Grant(made, "/made", writable=True)]
        artifacts = dataclasses.replace(wasi.artifacts(), stdlib_zip=library)
        done = wasi.run(
            ["-c", GUEST], stdin=json.dumps(asked).encode(), grants=grants, artifacts=artifacts,
            snapshot=False, deadline_s=SECONDS, output_bytes=2**27,
        )  # fmt: skip
    assert done.stdout, done.stderr.decode()
    return json.loads(done.stdout)


def published(output):
    """An output of a notebook as `show` describes it."""
    if output["output_type"] == "stream":
        return {"kind": "stream", "text": "".join(output["text"])}
    if png := output["data"].get("image/png"):
        return {"kind": "png", "text": png}
    return {"kind": "plain", "text": "".join(output["data"]["text/plain"])}


def apart(committed, told):
    """How a cell's outputs differ from those that are committed, in words; "" where they do not."""
    if told["error"]:
        return told["error"]
    ours, theirs = told["outputs"], [published(each) for each in committed]
    if [each["kind"] for each in ours] != [each["kind"] for each in theirs]:
        return (
            f"{[each['kind'] for each in theirs]} is published, {[each['kind'] for each in ours]} comes out"
        )
    for one, other in zip(theirs, ours, strict=True):
        if one["kind"] == "png":
            if words := difference(*(base64.b64decode(each["text"]) for each in (one, other))):
                return words
        elif one != other:
            return f"{one['text']!r} is published, {other['text']!r} comes out"
    return ""


def differences(numbers):
    """(chapter, place of the cell, how it comes out otherwise), and how many cells were run."""
    asked = [(chapter, at, task) for chapter in numbers for at, task in tasks(chapter)]
    told = run([task for _, _, task in asked])
    committed = {chapter: code_cells(chapter) for chapter in numbers}
    found = [
        (chapter, at, apart(committed[chapter][at]["outputs"], each))
        for (chapter, at, _), each in zip(asked, told, strict=True)
    ]
    return [each for each in found if each[2] and each[:2] not in LAST_DIGIT], len(asked)


if __name__ == "__main__":
    found, count = differences(sys.argv[1:] or [path.stem[:2] for path in chapters()])
    for chapter, at, words in found:
        print(f"chapter {chapter}, code cell {at}: {words}")
    print(f"{count} cells run in the page's Python, {len(found)} come out otherwise")
