"""The small pictures on the chapters' cards: each mark of a figure comes back, in the theme's colours."""

import re

import pytest
import yaml
from bs4 import BeautifulSoup

from book._ext import cnnlab_thumbs
from book._ext.cnnlab_thumbs import svg, thumb
from book._tools.build import ROOT
from book._tools.chapters import chapters

PANEL = ["panel", "|title|||", [0, 1, 0, 1]]
CHART = ["panel", "|title||MACs|", [0, 1, 0, 1]]
IMAGE = ["AxesImage", "[-0.5, 1.5, 0.5, -0.5]"]  # two blocks beside each other


def paths(*marks, **look):
    drawing = BeautifulSoup(svg(list(marks), "what <is> seen", **look), "html.parser").svg
    assert (drawing["role"], drawing["aria-label"]) == ("img", "what <is> seen")
    return [(" ".join(path["class"]), path["d"]) for path in drawing.find_all("path")]


# A mark of a chart, whose panel is 436 wide and 156 high, and its paths but for the two axes.
MARKS = {
    "a curve": (["Line2D", "#1f5fa8 - None 2.2", [0, 0, 1000, 1000]], [("curve blue", "M22 178L458 22")]),
    "dashed, with points": (
        ["Line2D", "#c8500a -- o 2.2", [0, 0, 500, 500]],
        [("dashed orange", "M22 178L240 100"), ("dots orange", "M22 178h0M240 100h0")],
    ),
    "a line out of the panel": (["Line2D", "#8a93a6 - None 0.6", [0, 1200, 1000, 1200]], []),
    "a cloud": (["Collection", "#0b7a5c", [500, 500, 500, 500]], [("dots teal", "M240 100h0")]),
    "a bar": (
        ["Patch", "#1e5ea9ff #00000000", [0, 0, 500, 0, 500, 500, 0, 500]],
        [("area blue in-blue", "M22 178L240 178L240 100L22 100z")],
    ),
    "a frame": (
        ["Patch", "#1f77b400 #1d2433ff", [0, 0, 500, 500]],
        [("area ink in-none", "M22 178L240 100z")],
    ),
    "an arrow": (["Text", " #1d2433", [0, 0, 500, 500, 1400]], [("thin ink", "M22 178L240 100")]),
    "a sum": (["Text", "+ #1d2433", [500, 500]], [("curve ink", "M240 100m-9 0h18m-9 -9v18")]),
    "a word": (["Text", "3×3, 64 #1d2433", [500, 500]], []),
}


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_is_drawn_at_its_place(mark):
    noted, wanted = MARKS[mark]
    assert paths(CHART, noted)[1:] == wanted


def test_an_image_is_squares_the_fainter_the_nearer_to_white():
    orange, faint, white, black = [700, 400, 100], [910, 955, 1000], [1000, 1000, 1000], [0, 0, 0]
    drawing = svg([PANEL, [*IMAGE, orange + faint]], "")
    assert 'class="in-orange" opacity="1" d="M84 22H240V178H84z"' in drawing
    assert 'class="in-blue" opacity="0.1" d="M240 22H396V178H240z"' in drawing
    assert [kind for kind, _ in paths(PANEL, [*IMAGE, white + black])] == ["thin grey"]  # black: no value


def test_a_drawing_has_no_room_for_its_words_and_panels_stand_in_rows():
    box = ["Patch", "#cfe0f3ff #1f5fa8ff", [400, 400, 600, 600]]
    assert paths(PANEL, box) == [("area blue in-pale", "M22 178L458 22z")]
    four = [mark for _ in range(4) for mark in (PANEL, box)]
    assert [d for _, d in paths(*four, columns=2, chosen=[0, 3])] == ["M22 178L229 22z", "M251 178L458 22z"]
    assert paths(*four, columns=2)[3] == ("area blue in-pale", "M251 178L458 111z")
    assert paths(CHART, ["Patch", "#ffffffff #1f5fa8ff", [0, 0, 1000, 1000]], square=True)[1] == (
        "area blue in-paper", "M162 178L318 22z",
    )  # fmt: skip


def test_every_chapter_has_a_picture_in_colours_of_the_style_sheet():
    style = (ROOT / "book" / "_static" / "cnnlab.css").read_text("utf-8")
    ruled = {*re.findall(r"\.cnnlab-thumb (?:path)?\.([\w-]+)", style), "in-none"}
    said = yaml.safe_load(cnnlab_thumbs.CHOSEN.read_text("utf-8"))
    assert [*said] == [path.name[:2] for path in chapters()]
    for path in chapters():
        drawing = BeautifulSoup(thumb(path), "html.parser").svg
        assert 10 < len(drawing["aria-label"]) < 100
        used = {kind for each in drawing.find_all("path") for kind in each["class"]}
        assert drawing.find_all("path")
        assert used <= ruled, path.name


def test_a_cell_without_a_figure_is_refused():
    with pytest.raises(ValueError, match=r"01_convolution[.]ipynb has none"):
        cnnlab_thumbs.marks_of(chapters()[0], "no-such-cell")
