"""A chapter's figures as files: named by chapter and cell, each with its alt text."""

import base64
import json

import pytest
import small_chapter
from nbformat.v4 import new_output
from test_epub import PLAYER

from book._tools import figures
from book._tools.chapters import chapters, read


def test_a_figure_is_its_cells_picture_and_an_animation_its_key_steps(tmp_path):
    notebook = small_chapter.notebook()
    frames, captions = [small_chapter.picture(grey) for grey in range(5)], [f"at {n}" for n in range(5)]
    player = PLAYER.format(frames=json.dumps(frames), captions=json.dumps(captions))
    slide = new_output("execute_result", data={"text/html": player})
    notebook.cells.append(small_chapter.code("slide()", slide))
    drawn = next(cell for cell in notebook.cells if cell.source == "show()")
    drawn.id, notebook.cells[-1].id = "show", "slide"
    assert figures.write("90", notebook, tmp_path) == [
        ("90-01-show.png", "A chapter", "A grey rectangle, lying on its side"),
        ("90-02-slide.png", "A chapter", "Step 1 of 5: at 0"),
        ("90-03-slide.png", "A chapter", "Step 3 of 5: at 2"),
        ("90-04-slide.png", "A chapter", "Step 5 of 5: at 4"),
    ]
    written = [(tmp_path / f"90-0{n}-slide.png").read_bytes() for n in (2, 3, 4)]
    assert written == [base64.b64decode(frames[step]) for step in (0, 2, 4)]


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem[:2])
def test_each_figure_of_a_chapter_has_its_words(path):
    found = [figure for cell in read(path).cells for figure in figures.of_cell(cell)]
    assert all(figure.alt and figure.png.startswith(b"\x89PNG") for figure in found)
    shown = sum("image/png" in str(cell.get("outputs")) for cell in read(path).cells)
    assert len(found) >= shown > 0
