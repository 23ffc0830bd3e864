"""Drawings in the chapters: their numbers are computed, their words say the same, each has its place."""

import json
import re

import pytest
import yaml
from bs4 import BeautifulSoup
from sphinx.errors import ExtensionError

from book._ext import cnnlab_drawings
from book._tools.build import ROOT
from book._tools.chapters import chapters, read
from cnnlab import models
from cnnlab.models import googlenet, squeezenet

PLACED = yaml.safe_load(cnnlab_drawings.PLACES.read_text("utf-8"))
ENTRIES = {entry["drawing"]: entry for of in PLACED.values() for entry in of}
each_drawing = pytest.mark.parametrize("name", cnnlab_drawings.DRAWINGS)
NUMBER = re.compile(r"\d[\d,]*\d")


def drawn(name):
    return BeautifulSoup(cnnlab_drawings.figure(ENTRIES[name]), "html.parser")


@each_drawing
def test_what_its_words_count_stands_in_the_drawing(name):
    shown = " ".join(text.text for text in drawn(name).find_all("text"))
    said = ENTRIES[name]["alt"] + ENTRIES[name]["says"]
    assert set(NUMBER.findall(said)) <= set(NUMBER.findall(shown))
    assert drawn(name).svg["aria-label"] == ENTRIES[name]["alt"]


@each_drawing
def test_it_stays_within_its_frame_and_in_the_themes_colours(name):
    """Boxes and words; a word takes about six units a letter."""
    svg = drawn(name).svg
    _, _, wide, high = map(float, svg["viewbox"].split())
    for rect in svg.find_all("rect"):
        x, y, width, height = (float(rect[each]) for each in ("x", "y", "width", "height"))
        assert min(x, y) >= 0
        assert (x + width <= wide, y + height <= high) == (True, True)
    for text in svg.find_all("text"):
        half = 3 * len(text.text)
        assert half <= float(text["x"]) <= wide - half, text
        assert 10 <= float(text["y"]) <= high - 3, text
    style = (ROOT / "book" / "_static" / "cnnlab.css").read_text("utf-8")
    rules = "".join(re.findall(r"[.]cnnlab-drawing (.*?) \{", style))
    assert all(f".{kind}" in rules for each in svg.select("rect, path") for kind in each["class"])


def test_a_u_loses_what_the_chapter_says():
    down, up = cnnlab_drawings.u_sizes(572, 5)
    assert down == [(572, 568), (284, 280), (140, 136), (68, 64), (32, 28)]
    assert up == [(392, 388), (200, 196), (104, 100), (56, 52)]


def test_the_way_around_has_the_weights_of_the_network():
    texts = [text.text for text in drawn("uneven_ends").find_all("text")]
    projection = models.VARIANTS["resnet34"].build().layer2[0].downsample[0]
    assert f"{projection.weight.numel():,} weights" in texts
    assert projection.stride == (2, 2)


def test_the_modules_are_those_of_the_papers_tables():
    assert googlenet.MODULES["3a"] == cnnlab_drawings.ROW_3A
    fire = squeezenet.Fire(128, 16, 64, 64)
    shapes = [
        (each.out_channels, each.kernel_size) for each in fire.modules() if hasattr(each, "kernel_size")
    ]
    assert shapes == [(16, (1, 1)), (64, (1, 1)), (64, (3, 3))]


CELLS = [("markdown", "## One\nfirst"), ("code", "1"), ("markdown", "words"), ("markdown", "## Two\n\nlast")]


@pytest.mark.parametrize(
    ("at", "behind", "place"), [("One", 0, 0), ("One", 1, 2), ("Two", 0, 3), ("Two", 1, None)]
)
def test_it_stands_behind_so_many_cells_of_its_section(at, behind, place):
    cells = [{"cell_type": kind, "source": source} for kind, source in CELLS]
    entry = {**ENTRIES["u_net"], "at": at, "behind": behind}
    assert cnnlab_drawings.put(cells, entry) == (place is not None)
    changed = [n for n, (_, source) in enumerate(CELLS) if cells[n]["source"] != source]
    assert changed == ([] if place is None else [place])
    if place is not None:
        assert re.sub("\n*<figure.*</figure>\n*", "", cells[place]["source"]) in {
            "## Onefirst",
            "words",
            "## Twolast",
        }


def test_each_has_its_place_in_a_chapter_and_a_lost_one_stops_the_build():
    paths = {path.name[:2]: path for path in chapters()}
    for number, entries in PLACED.items():
        for entry in entries:
            assert cnnlab_drawings.put(read(paths[number]).cells, entry)
    assert [*ENTRIES] == [*cnnlab_drawings.DRAWINGS]
    with pytest.raises(ExtensionError, match="no place 'The bill'"):
        cnnlab_drawings.add_drawings(None, "notebooks/14_x", [json.dumps({"cells": []})])
