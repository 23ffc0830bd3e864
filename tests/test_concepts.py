"""The map of ideas: every chapter has one, every arrow leads from an idea above, and none hides another."""

import copy
from itertools import combinations

import pytest
import yaml
from bs4 import BeautifulSoup

from book._ext import cnnlab_concepts
from book._ext.cnnlab_concepts import RADIUS, drawn, ideas, lanes, listed, placed, title, words
from book._tools.build import ROOT
from book._tools.chapters import chapters

DATA = yaml.safe_load(cnnlab_concepts.DATA.read_text("utf-8"))
CHAPTERS = {path.name[:2] for path in chapters()}
IDEAS = ideas(DATA, CHAPTERS)
PICTURE = BeautifulSoup(drawn(IDEAS), "html.parser")


def without(name):
    return {key: each for key, each in DATA.items() if key != name}


def changed(name, **words):
    data = copy.deepcopy(DATA)
    data[name].update(words)
    return data


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (without("capsules"), "chapters 12: in the book or in the map"),
        (changed("pareto", chapter="22"), "chapters 21, 22"),
        (without("shortcut"), "'bottleneck' follows shortcut: no idea above it"),
        (changed("relu", of=["vgg"]), "'relu' follows vgg"),
        (changed("relu", of=["relu"]), "'relu' follows relu"),
        (changed("relu", chapter="03"), "'relu' of chapter 03 stands before 'batch norm' of 02"),
    ],
)
def test_a_planted_fault_is_found(data, sentence):
    with pytest.raises(ValueError, match=sentence):
        ideas(data, CHAPTERS)


def test_all_but_the_first_follow_something():
    assert [each.name for each in IDEAS if not each.of] == ["shared weights"]


def test_two_lines_down_never_meet():
    """In one lane, one ends in a row above that in which the other begins."""
    row = {each.name: n for n, each in enumerate(IDEAS)}
    last = {origin: row[each.name] for each in IDEAS for origin in each.of}
    at = lanes(IDEAS)
    assert at.keys() == last.keys()
    for a, b in combinations(at, 2):
        assert at[a] != at[b] or last[a] < row[b] or last[b] < row[a], (a, b)


def test_an_arrow_for_each_origin_ends_at_its_circle():
    at = placed(IDEAS)
    heads = PICTURE.svg.find_all("path", "head")
    tips = [each["d"].removeprefix("M").split("l")[0].split() for each in heads]
    assert len(tips) == len({(*tip,) for tip in tips}) == sum(len(each.of) for each in IDEAS)
    for each in IDEAS:
        here = [tip for tip in tips if abs(float(tip[1]) - at.top[each.name]) <= RADIUS]
        assert [float(x) for x, _ in here] == [at.left - RADIUS] * len(each.of), each.name


def test_the_words_stand_in_the_drawing_below_each_other():
    texts = [text for text in PICTURE.find_all("text") if text["class"] != ["number"]]
    assert [text.text for text in texts] == [line for each in IDEAS for _, line in words(each)]
    places = [float(text["y"]) for text in texts]
    assert places == sorted({*places})
    wide = cnnlab_concepts.WIDE
    for text in texts:  # DejaVu Sans, as wide as any: 0.62 of its size a letter, bold 0.7
        letter = {"idea": 0.7, "failure": 0.62}[text["class"][0]] * 11
        assert float(text["x"]) + letter * len(text.text) < wide, text.text


def test_pieces_join_and_a_page_of_paper_takes_each():
    """Every piece has all lines, and the words and circles of its own ideas."""
    below, shown = 0, []
    for piece in PICTURE.find_all("svg"):
        left, start, wide, high = map(int, piece["viewbox"].split())
        assert (left, start, wide) == (0, below, cnnlab_concepts.WIDE)
        assert 0 < high <= cnnlab_concepts.SHEET
        below = start + high
        assert len(piece.find_all("path")) == len(PICTURE.svg.find_all("path"))
        assert all(start < float(text["y"]) < below for text in piece.find_all("text"))
        assert all(start + RADIUS <= float(dot["cy"]) <= below - RADIUS for dot in piece.find_all("circle"))
        shown += [text.text for text in piece.find_all("text", "number")]
    assert below == placed(IDEAS).high
    assert shown == [each.chapter for each in IDEAS]


def test_the_list_says_the_same():
    pages = {path.name[:2]: (path.stem, title(path)) for path in chapters()}
    made = listed(IDEAS, pages)
    assert [line for line in made.splitlines() if line.startswith("- ")] == [
        f"- [{path.name[:2]} {title(path)}](../notebooks/{path.name})" for path in chapters()
    ]
    assert all(f"**{each.idea}.** {each.failure}" in made for each in IDEAS)
    assert "(Batch normalization, 02; VGG: only 3×3, and depth the one knob, 07)" in made


def test_the_page_is_filled():
    page = (ROOT / "book" / "concept_map.md").read_text("utf-8")
    assert [line for line in page.splitlines() if line.startswith("[")] == ["[map]", "[list]"]
