"""Find it in the papers: which paper a table belongs to, and that each link of the page leads somewhere."""

import re

import pytest
import yaml
from test_reading import code, prose

from book._ext import cnnlab_papers
from book._ext.cnnlab_papers import counted, found, named, numbers, parts, written
from book._tools.chapters import chapters, read
from cnnlab.published import SOURCES, rows

CELLS = {path.stem: read(path)["cells"] for path in chapters()}
USUAL = yaml.safe_load(cnnlab_papers.PAPERS.read_text("utf-8"))
WHERE = found(CELLS)


def test_numbers_by_hand():
    assert numbers("2", "") == [2]
    assert numbers("3", " and 4") == [3, 4]
    assert numbers("2", " to 5") == [2, 3, 4, 5]
    assert numbers("1", ", 3, and 5") == [1, 3, 5]


@pytest.mark.parametrize(
    ("text", "owners"),
    [
        ("The error is 6.67 % ({cite}`szegedy2015`, Table 2).", [("szegedy2015", "Table 2")]),
        ("Its Tables 3 and 4 say so.", [("usual", "Table 3"), ("usual", "Table 4")]),
        ("In the paper's Figure 1 it is.", [("usual", "Figure 1")]),
        ("ResNet's Table 3 has it.", []),  # another paper's, and not cited
        ("See {cite:p}`he2016`. " + "word " * 20 + "Table 2 has it.", [("usual", "Table 2")]),
        ("See {cite:p}`he2016, lin2014`, Table 1.", [("he2016", "Table 1")]),
        ("The appendix, table 1, is another.", []),
    ],
)
def test_owners_by_hand(text, owners):
    assert [*named(text, cnnlab_papers.BESIDE, "usual")] == owners


def test_nobody_owns_what_nobody_cites():
    assert [*named("Its Table 3 says so.", cnnlab_papers.BESIDE, None)] == []


def test_code_reads_the_ledger_from_afar():
    cell = {
        **code(1),
        "source": 'table(\n    "Table 4",\n' + "    # word\n" * 9 + '    "paper-sandler2018",\n)',
    }
    made = [
        *parts(
            [prose("## Costs\n\nOne.\n\n### Exercise: two\n\nTwo."), cell, prose("## Check yourself"), cell]
        )
    ]
    assert [heading for heading, _, _ in made] == ["Costs"] * 5
    assert [*named(made[-1][1], made[-1][2], None)] == [("sandler2018", "Table 4")]


def test_the_sections_listed_are_there_and_name_a_table():
    keys = {source.cite for source in SOURCES.values()}
    for number, listed in USUAL.items():
        (name,) = [name for name in CELLS if name.startswith(number)]
        assert {*listed.values()} <= keys
        for heading, key in listed.items():
            assert any((name, heading) in where for (cite, _), where in WHERE.items() if cite == key), heading


def test_what_a_reader_would_look_for():
    assert ("09_resnet", "Cured?") in WHERE["he2016", "Table 6"]
    assert ("18_search", "One knob or three") in WHERE["tan2019", "Table 3"]
    assert ("13_squeezenet", "The tables of Deep Compression") in WHERE[
        "han2016", "Table 3"
    ]  # "Tables 2 to 5"
    assert not any(name.startswith("13") for name, _ in WHERE["he2016", "Table 3"])  # "In ResNet's Table 3"


def test_every_row_of_a_paper_is_counted_once():
    papers = [row for row in rows() if SOURCES[row.source].cite]
    assert sum(verdicts.total() for _, _, verdicts in counted()) == len(papers)
    whole = {(key, place): verdicts for key, place, verdicts in counted()}
    assert whole["howard2017", "Table 2"].total() == sum(
        row.source == "paper-howard2017" and re.match(r"Table 2\b", row.place) is not None for row in papers
    )


def test_the_page_has_every_paper_and_every_place():
    page = written(CELLS)
    assert page.count("\n## ") + 1 == sum(bool(source.cite) for source in SOURCES.values())
    assert page.count("\n| Table ") + page.count("\n| Figure ") == sum(
        bool(place) for _, place, _ in counted()
    )
    assert sum(map(len, WHERE.values())) == page.count(".ipynb#")
