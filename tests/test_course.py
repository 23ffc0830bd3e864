"""The lecturer's page: what it reads out of the chapters, and that no path asks for what it left out."""

import re

import pytest
import yaml
from test_reading import CELLS, code

from book._ext import cnnlab_course, cnnlab_reading
from book._ext.cnnlab_course import RATE, chapter, drawn, graph, needs, places, sections, written
from book._tools.build import ROOT
from book._tools.chapters import chapters, read
from cnnlab.exercises import EXERCISES

BOOK = {path.name[:2]: chapter(path) for path in chapters()}
PATHS = yaml.safe_load(cnnlab_course.COURSE.read_text("utf-8"))
PAGE = (ROOT / "book" / "course.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("sentence", "named"),
    [
        ("You need Python. No chapter comes before this one.", ()),
        ("You need chapter 01 and pooling (02).", ("01", "02")),
        ("You need chapters 01 to 04; from chapter 05 a recipe.", ("01", "02", "03", "04", "05")),
        ("You need groups (01 and 06), and MobileNet (14 and 15).", ("01", "06", "14", "15")),
        ("You need\ncost (chapter 04). VGG (07) is compared with.", ("04",)),
        ("You need chapter 01, the rest until chapter 20.", ("01",)),  # what comes later is no need
        ("You need 12 eggs and chapter 03.", ("03",)),
    ],
)
def test_needs_by_hand(sentence, named):
    assert needs(f"## Before you start\n\n{sentence}\n\nRuns offline (19).", "18") == named


def test_needs_as_a_reader_reads_them():
    assert BOOK["06"].needs == ("01", "02", "03", "04", "05")
    assert BOOK["14"].needs == ("01", "02", "04", "05", "08", "09")
    assert BOOK["16"].needs == ("01", "04", "06", "09", "10", "11", "14", "15")
    assert [number for number, part in BOOK.items() if not part.needs] == ["01"]


def test_an_exercise_stands_with_the_text_before_it():
    name = next(iter(EXERCISES))
    check = {**code(1, "check"), "source": f'check("{name}", f)'}
    made = [*sections([*CELLS[:6], check, *CELLS[6:]], {"Aside"})]
    assert [(each.title, each.optional, each.exercises) for each in made] == [
        ("", False, 0),
        ("Before you start", False, 0),
        ("Core", False, 0),
        ("Aside", True, RATE * EXERCISES[name].points),
    ]
    assert made[3].reading == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_minutes_are_those_of_the_chapter(path):
    cells, made = read(path)["cells"], chapter(path)
    assert made.minutes()[:2] == cnnlab_reading.minutes(cells, cnnlab_reading.optional(made.number))
    here = [
        each.points
        for each in EXERCISES.values()
        if f'check("{each.name}"' in path.read_text().replace("\\", "")
    ]
    assert made.minutes()[2] == RATE * sum(here)


@pytest.mark.parametrize("count", PATHS)
def test_a_path_has_all_that_it_needs_before(count):
    assert len(PATHS[count]) == count
    path = [number for week in PATHS[count] for number in week]
    assert len({*path}) == len(path)
    for at, number in enumerate(path):
        if number in BOOK:
            assert {*BOOK[number].needs} <= {*path[:at]}, f"chapter {number} of {count} weeks"


def test_twelve_weeks_have_every_chapter():
    assert {number for week in PATHS[12] for number in week} >= BOOK.keys()


def test_no_line_of_the_graph_leads_up_or_is_missing():
    at, lines = places(graph(BOOK)), graph(BOOK)
    assert len({*at.values()}) == len(BOOK)
    for number, part in BOOK.items():
        for each in part.needs:
            assert at[each][1] < at[number][1]
            assert each in cnnlab_course.nx.ancestors(lines, number)
    for a, b in lines.edges:
        assert a in BOOK[b].needs


def test_no_line_crosses_a_box():
    at, lines = places(graph(BOOK)), graph(BOOK)
    for a, b in lines.edges:
        between = {(at[a][0], row) for row in range(at[a][1] + 1, at[b][1])}
        assert not between & {*at.values()}, f"{a} to {b}"


def test_the_page_says_what_is_computed():
    made = written(PAGE, BOOK)
    assert not re.search(r"(?m)^\[\w+(?: \d+)?\]$|\[rate\]", made)
    assert made.count("<rect ") == made.count("{dropdown}") == len(BOOK) == made.count("- [")
    assert f"| {sum(part.minutes()[2] for part in BOOK.values())} |" in made
    assert f"Exercises are counted at {RATE} minutes a point" in made
    assert drawn(BOOK).count("<path ") == len(graph(BOOK).edges)
