"""Whether the successors of Jupyter Book 1 would take the book: run where they are installed, once a week.

    python book/_tools/successors.py     # needs jupyter-book 2 or newer, and marimo, on PATH

Nothing of theirs is kept: each works on a copy. tests/test_successors.py holds what they stumbled over.
"""

import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_COPIED = shutil.ignore_patterns(".*", "_build", "node_modules", "src", "tests")
PAGE = re.compile(r"^\s*-?\s*(?:file|root): (\S+?)(?:\.md|\.ipynb)?$", re.MULTILINE)


def pages(table: str) -> list[str]:
    """The pages that a table of contents lists, of either Jupyter Book, without extensions."""
    return PAGE.findall(table)


def upgraded(folder: Path) -> str:
    """What Jupyter Book 2 makes of the two files of Jupyter Book 1; it asks two questions, on a terminal."""
    process, terminal = pty.fork()
    if not process:
        os.chdir(folder)
        os.execvp("jupyter-book", ["jupyter-book", "init"])
    said, answers = b"", iter([b"y\r", b"n\r"])  # upgrade; and serve it now
    try:
        while heard := os.read(terminal, 4096):
            said += heard
            if said.endswith(b"[K") or b"(Y/n)" in heard:
                os.write(terminal, next(answers, b""))
    except OSError:  # so a terminal ends on Linux
        os.waitpid(process, 0)
    return (folder / "myst.yml").read_text() if (folder / "myst.yml").exists() else said.decode()


def lost_pages() -> list[str]:
    """The pages of _toc.yml that Jupyter Book 2 would leave out."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(shutil.copytree(ROOT, Path(scratch) / "book", ignore=NOT_COPIED))
        kept = pages(upgraded(copy))
    return [page for page in pages((ROOT / "_toc.yml").read_text()) if page not in kept]


def broken_chapters() -> list[str]:
    """The chapters of which marimo cannot read a cell."""
    broken = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        with tempfile.TemporaryDirectory() as scratch:
            program = Path(scratch) / "chapter.py"
            subprocess.run(["marimo", "convert", path, "-o", program], check=True, capture_output=True)
            broken += [path.stem] * ("_unparsable_cell" in program.read_text())
    return broken


def main() -> None:
    lost, broken = lost_pages(), broken_chapters()
    if lost or broken:
        sys.exit(f"cnnlab: Jupyter Book 2 loses {lost}; marimo cannot read {broken}")
    print("cnnlab: Jupyter Book 2 keeps every page, and marimo reads every chapter.")


if __name__ == "__main__":
    main()
