"""*Edit and run*: which cells of a chapter its page can run, and the library that draws their figures.

A cell can be run where it needs only NumPy, the modules that pages are served, and cells that can be run.
What it prints there is what is published: `python tests/cells_in_page.py` compares them all.
"""

from __future__ import annotations

import ast
import builtins
import io
import sys
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from matplotlib.cbook import get_sample_data
from PIL import Image

from book._tools.build import SERVED
from cnnlab.grading.handout import APPARATUS, used
from cnnlab.grading.notebook import ASSIGNMENT, DEFINITION, bound, statements, whole

NOT_THERE = {"asyncio", "multiprocessing", "socket", "subprocess", "threading"}
LIBRARIES = {"numpy", "matplotlib", *sys.stdlib_module_names} - NOT_THERE
PACKAGE = {*(name.partition("/")[0] for name in SERVED), "exercises"}
# What matplotlib imports to draw on a canvas, and no more of it: no windows, no other formats of a file.
DRAWN_WITH = """
    matplotlib PIL pyparsing kiwisolver contourpy cycler dateutil packaging six.pyc mpl_toolkits/__init__.pyc
    mpl_toolkits/mplot3d fontTools/__init__.pyc fontTools/agl.pyc fontTools/misc/__init__.pyc
    fontTools/misc/loggingTools.pyc fontTools/misc/textTools.pyc
""".split()
LEFT_OUT = ("matplotlib/backends/backend_", "matplotlib/mpl-data", "matplotlib/testing", "dateutil/zoneinfo")
# Of matplotlib's own data: the letters that the figures, and the formulas in them, ask for.
LETTERS = ("DejaVuSans", "STIX", "cm", "LastResort")
DATA = ("matplotlibrc", *(f"fonts/ttf/{name}" for name in LETTERS))
PHOTOGRAPH = "sample_data/grace_hopper.jpg"
BORN = (1980, 1, 1, 0, 0, 0)  # two builds give the same bytes


def tags_of(cell: dict[str, Any]) -> set[str]:
    return set(cell["metadata"].get("tags", []))


def runnable(cells: Sequence[dict[str, Any]]) -> dict[int, bool]:
    """The places among the code cells of those that a page can run; whether a reader is offered to run it.

    Not offered is what only others need: what prints something else at each run, or shows an animation.
    """
    known, found = set(dir(builtins)), {}
    for number, cell in enumerate(cells):
        if tags_of(cell) & (APPARATUS | {"quiz"}):
            continue
        complete = {*names_of(whole(cell["source"]), known)}
        if "setup" in tags_of(cell):
            known |= {name for name, is_here in complete if is_here}
        elif all(is_here for _, is_here in complete):
            known |= {name for name, _ in complete}
            found[number] = is_offered(cell)
        else:
            known -= {name for name, _ in complete} - set(dir(builtins))
    return found


def names_of(text: str, known: set[str]) -> Iterator[tuple[str, bool]]:
    """The names that each statement of a cell binds, "" for none, and whether all that it needs is there."""
    own: set[str] = set()
    for statement in statements(text)[1]:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            is_here = is_served(statement)
        else:
            is_here = needs(statement) <= known | own
        names = bound(statement)
        own |= set(names) if is_here else set()
        yield from ((name, is_here) for name in names or [""])


def is_served(statement: ast.Import | ast.ImportFrom) -> bool:
    """Whether what a statement of one import asks for is in the page's Python."""
    name = statement.names[0].name
    path = f"{statement.module}.{name}" if isinstance(statement, ast.ImportFrom) else name
    top, _, rest = path.partition(".")
    return rest.partition(".")[0] in PACKAGE if top == "cnnlab" else top in LIBRARIES


def needs(statement: ast.stmt) -> set[str]:
    """The names that must stand before a statement, its own old value among them."""
    names = used(statement)
    if isinstance(statement, ASSIGNMENT) and statement.value is not None:
        names |= used(ast.Expr(statement.value))
    if not isinstance(statement, DEFINITION):
        adding = (node.target for node in ast.walk(statement) if isinstance(node, ast.AugAssign))
        names |= {target.id for target in adding if isinstance(target, ast.Name)}
    return names


def is_offered(cell: dict[str, Any]) -> bool:
    animated = any("text/html" in output.get("data", {}) for output in cell["outputs"])
    return not animated and "nbval-ignore-output" not in tags_of(cell)


def setup_of(text: str) -> str:
    """A setup cell with one import a line, so that one which fails costs the others nothing."""
    return "\n".join(ast.unparse(statement) for statement in statements(text)[1])


def of_page(cells: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """For the page: each cell that it can run, by its place, its text and whether it is offered."""
    found = runnable(cells)
    return [
        {"at": at, "text": whole(cells[at]["source"]), "offered": offered} for at, offered in found.items()
    ]


def needs_more(cells: Sequence[dict[str, Any]]) -> list[int]:
    """The places of the chapter's own cells that a page cannot run, for PyTorch is not there."""
    found = runnable(cells)
    other = APPARATUS | {"quiz", "setup"}
    return [at for at, cell in enumerate(cells) if at not in found and not tags_of(cell) & other]


def figures(whole_library: bytes) -> bytes:
    """A zip of matplotlib, of what it imports, and of its letters and photograph."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole_library)) as old, zipfile.ZipFile(made, "w") as new:
        with zipfile.ZipFile(io.BytesIO(old.read("matplotlib/mpl-data.zip"))) as data:
            kept = {
                f"matplotlib/mpl-data/{name}": data.read(name)
                for name in data.namelist()
                if name.startswith(DATA)
            }
        kept[f"matplotlib/mpl-data/{PHOTOGRAPH}"] = photograph()
        kept |= {member: old.read(member) for member in old.namelist() if is_drawn_with(member)}
        for name, content in kept.items():
            new.writestr(zipfile.ZipInfo(name, BORN), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def is_drawn_with(member: str) -> bool:
    wanted = any(member == name or member.startswith(f"{name}/") for name in DRAWN_WITH)
    return wanted and (not member.startswith(LEFT_OUT) or member.endswith("backend_agg.pyc"))


def photograph() -> bytes:
    """The pixels of the sample photograph: the binary's Pillow has no decoder of JPEG."""
    made = io.BytesIO()
    Image.open(get_sample_data("grace_hopper.jpg", asfileobj=False)).save(made, "ppm")
    return made.getvalue()
