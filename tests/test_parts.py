"""*Next* leads from the first page to the last, *previous* back, and a step into another part says which."""

from functools import cache
from itertools import pairwise
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup, SoupStrainer

from book._ext.cnnlab_parts import name, parts
from book._tools import build

PARTS = parts(build.ROOT / "_toc.yml")


def test_every_page_has_its_part():
    assert [*PARTS] == build.pages()
    assert PARTS["book/preface"] == PARTS["book/how_to"] == "Start here"
    assert PARTS["notebooks/05_learning"] == "Part I. Foundations"
    assert PARTS["notebooks/06_lenet_alexnet_zfnet"] == "Part II. Deeper"


@pytest.mark.parametrize(
    ("page", "before", "after", "titles"),
    [
        ("notebooks/05_learning", "notebooks/04_cost", "notebooks/06_lenet_alexnet_zfnet",
             ["a", "Part II. Deeper: b"]),
        ("book/how_to", "book/preface", "notebooks/01_convolution", ["a", "Part I. Foundations: b"]),
        ("book/concept_map", "notebooks/21_choosing", "book/history", ["Part IV. Beyond: a", "b"]),
        ("book/instructor_guide", "book/course", None, ["a", None]),
        ("search", None, None, [None, None]),
    ],
)  # fmt: skip
def test_another_part_is_named(page, before, after, titles):
    builder = SimpleNamespace(relations={page: [None, before, after]} if before else {})
    context = {"prev": before and {"title": "a", "link": "x"}, "next": after and {"title": "b", "link": "y"}}
    name(SimpleNamespace(srcdir=build.ROOT, builder=builder), page, "page.html", context, None)
    assert [context[way] and context[way]["title"] for way in ("prev", "next")] == titles
    assert not before or context["prev"]["link"] == "x"


@cache
def area(path):
    """A page's two links, without a tree of what stands above them."""
    return BeautifulSoup(path.read_bytes(), "html.parser", parse_only=SoupStrainer(class_="prev-next-area"))


def link(page, way, html):
    """Where the page's *previous* or *next* leads, and what it says."""
    found = area(html / f"{page}.html").select_one(f".prev-next-area .{way}")
    if found is None:
        return None, ""
    leads = (html / page).parent.joinpath(found["href"]).resolve().relative_to(html.resolve())
    return str(leads.with_suffix("")), found.select_one(".prev-next-title").text


@pytest.mark.slow
def test_next_leads_through_the_book_and_previous_back(html):
    for a, b in pairwise([*PARTS, None]):
        there, says = link(a, "right-next", html)
        assert there == b
        if b:
            assert link(b, "left-prev", html)[0] == a
            assert says.startswith(f"{PARTS[b]}: ") == (PARTS[a] != PARTS[b]), says
