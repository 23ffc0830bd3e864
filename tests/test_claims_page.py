"""What was measured in a chapter stands at its end: every claim, with what was counted of it."""

import json

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from small_chapter import chapter

from book._ext import cnnlab_claims
from book._tools import claims
from book._tools.chapters import chapters
from book._tools.seeds import DATA, Row, recorded, write

CLAIM = {
    "claim": "loss < 1",
    "says": r"It learns: $\ell < 1$.",
    "varies": "the epochs",
    "equal": "the rest",
    "controls": ["one more", "and another"],
    "scale": "8×8 digits",
    "negative": {"EPOCHS = 6": "EPOCHS = 0", "a\n  b": ""},
}
ROW = Row("loss < 1", 9, 10, "0123abcd", "-3.0 %", "fails", "89abcdef")


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """The section for one claim and its row."""
    for folder in ("claims", "seeds"):
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(cnnlab_claims, "DATA", tmp_path)
    monkeypatch.setattr("book._tools.seeds.DATA", tmp_path / "seeds")

    def section(claim, *rows):
        (tmp_path / "claims" / "90.yml").write_text(yaml.safe_dump([claim]))
        write([*rows], "90")
        return cnnlab_claims.section("90")

    return section


def test_a_claim_says_all_that_is_known(shown):
    said = shown(CLAIM, ROW)
    for text in (
        "It learns: $\\ell < 1$.\n",
        "<span>held 9 of 10</span> <span>margin −3.0 %</span>",
        "<dt>Varied</dt><dd>\n\nthe epochs\n",
        "<dt>Held equal</dt><dd>\n\nthe rest\n",
        "<dt>Also run</dt><dd>\n\n- one more\n- and another\n",
        "<dt>Tried on</dt><dd>\n\n8×8 digits\n",
        "- `` EPOCHS = 0 `` in the place of `` EPOCHS = 6 ``\n- nothing in the place of `` a b ``\n",
    ):
        assert text in said


@pytest.mark.parametrize(
    ("claim", "row", "text"),
    [
        (CLAIM, ROW._replace(margin=""), "<span>held 9 of 10</span> <span></span>"),
        (CLAIM, ROW._replace(margin="not measured"), "<span>margin not measured</span>"),
        (CLAIM, ROW._replace(control=""), "<dt>False with</dt><dd>\n\nnot run yet\n"),
        (CLAIM, ROW._replace(control="holds"), "<dt>False with</dt><dd>\n\nnot run yet\n"),
        (CLAIM | {"negative": dict.fromkeys("abcd", "")}, ROW, "\n4 changes at once, which stand in `book"),
        (CLAIM | {"controls": []}, ROW, "<dt>Also run</dt><dd>\n\nnothing\n"),
        (CLAIM | {"controls": ["one"]}, ROW, "<dt>Also run</dt><dd>\n\none\n"),
    ],
)
def test_what_is_not_known_is_not_claimed(claim, row, text, shown):
    assert text in shown(claim, row)


def test_a_claim_that_was_not_counted_is_left_out(shown):
    assert "It learns" not in shown(CLAIM, ROW._replace(claim="another"))


def read_by_sphinx(path, docname):
    source = [path.read_text()]
    cnnlab_claims.add_register(None, docname, source)
    return ["".join(cell["source"]) for cell in json.loads(source[0])["cells"]]


def test_it_stands_before_further_reading(shown, tmp_path):
    """Also where that shares a cell with the summary."""
    section = shown(CLAIM, ROW)
    for together in (False, True):
        made = chapter(tmp_path)
        if together:
            made.notebook.cells[-2].source += "\n\n" + made.notebook.cells.pop().source
            nbformat.write(made.notebook, made.path)
        cells = read_by_sphinx(made.path, "notebooks/90_small")
        assert "".join(cells).count("## What was measured here") == 1
        assert section + "\n## Further reading" in cells[-1]
        assert len(cells) == len(made.cells)


@pytest.mark.parametrize("docname", ["notebooks/91_other", "book/90_page"])
def test_other_pages_stay_as_they_are(docname, shown, tmp_path):
    shown(CLAIM, ROW)
    made = chapter(tmp_path)
    source = [made.path.read_text()]
    cnnlab_claims.add_register(None, docname, source)
    assert source == [made.path.read_text()]


@pytest.mark.slow
@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_the_book_shows_every_registered_claim(path, html):
    number = path.stem[:2]
    rows = recorded(number) if claims.text_of(number) else []
    page = BeautifulSoup((html / "notebooks" / f"{path.stem}.html").read_bytes(), "html.parser")
    found = [
        line.get_text() for line in page.select("details.cnnlab-claim > summary > div > span:first-child")
    ]
    assert found == [f"held {row.held} of {row.of}" for row in rows]
    assert len(page.select("details.cnnlab-claim > dl > dd")) == 5 * len(rows)
    assert bool(rows) == bool(page.select("#what-was-measured-here h2"))


def test_the_page_reads_the_folders_that_are_written():
    assert (cnnlab_claims.DATA / "seeds", cnnlab_claims.DATA / "claims") == (DATA, claims.DATA)
