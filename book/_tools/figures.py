"""Write the chapters' figures as files: `make figures`.

python -m book._tools.figures           # of every chapter, into _build/figures
python -m book._tools.figures 01 03     # only these

A figure is called by its chapter and its cell: 01-05-edge-np-repeat-10.png is the fifth of chapter 01, in the
cell of that id. Of an animation there are the first, the middle and the last step. `figures.csv` lists each
file with its chapter and its alt text. They are PNG, as the chapters keep them: for SVG the chapters would
have to run again.
"""

from __future__ import annotations

import argparse
import base64
import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from book._tools.build import ROOT, stop
from book._tools.chapters import Cell, Notebook, chapters, read
from book._tools.epub import STEPS, key_steps
from book._tools.quizzes import title

FIGURES = ROOT / "_build" / "figures"
COLUMNS = ("file", "chapter", "alt")


class Figure(NamedTuple):
    cell: str  # its id
    png: bytes
    alt: str


def of_cell(cell: Cell) -> Iterator[Figure]:
    """What a cell draws: figures with the cell's alt text, steps of an animation with their captions."""
    alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "image/png" in data:
            yield Figure(cell.id, base64.b64decode(data["image/png"]), alt)
        elif steps := STEPS.search(data.get("text/html", "")):
            frames, captions = json.loads(steps[1]), json.loads(steps[2])
            for step in key_steps(len(frames)):
                said = f"Step {step + 1} of {len(frames)}: {captions[step]}"
                yield Figure(cell.id, base64.b64decode(frames[step]), said)


def write(number: str, notebook: Notebook, into: Path) -> list[tuple[str, str, str]]:
    """The files of a chapter, and a line of the list for each."""
    lines = []
    drawn = (figure for cell in notebook.cells for figure in of_cell(cell))
    for n, figure in enumerate(drawn, 1):
        name = f"{number}-{n:02}-{figure.cell}.png"
        (into / name).write_bytes(figure.png)
        lines.append((name, title(notebook), figure.alt))
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("chapters", nargs="*", help="01 02 …; all of them if none is named")
    asked = parser.parse_args().chapters
    paths = {path.name[:2]: path for path in chapters()}
    if unknown := sorted(set(asked) - set(paths)):
        stop(f"no chapter is called {', '.join(unknown)}; there are {', '.join(paths)}")
    shutil.rmtree(FIGURES, ignore_errors=True)
    FIGURES.mkdir(parents=True)
    lines = [line for number in asked or paths for line in write(number, read(paths[number]), FIGURES)]
    with (FIGURES / "figures.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *lines])
    print(f"cnnlab: {len(lines)} figures are in {FIGURES}, and figures.csv says what each shows")


if __name__ == "__main__":
    main()
