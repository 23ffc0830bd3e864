"""The build links a text: terms and networks once a chapter, chapters always, and the index is made of it."""

import pytest
from bs4 import BeautifulSoup
from sphinx.testing.util import SphinxTestApp

from book._ext import cnnlab_links
from book._ext.cnnlab_links import NETWORKS, OWN, first, pattern, terms
from book._tools.chapters import chapters

PAGES = {
    "index": "# Book\n\n```{toctree}\nnotebooks/01_one\nnotebooks/09_nine\nbook/glossary\n```",
    "book/glossary": "# Glossary\n\n```{glossary}\nkernel\n  Slides with a *stride*.\n\nstride\n  A step.\n\n"
    "shift\n  Of chapter 17.\n\nmax pooling\n  The largest.\n\npooling\n  All of them.\n```",
    "notebooks/01_one": "# Strides\n\nNo `stride` here: two Strides, and a stride. A shift, a stridency. "
    "Max\npooling, pooling.\nIn chapters 01, 09 and 33, and in Chapter 09 again: ResNet-50, then ResNet.\n\n"
    "[a kernel](https://example.org)\n\n    kernel\n\n$kernel$",
    "notebooks/09_nine": "# ResNet\n\nResNet needs kernels and a stride, says\nchapter\n01 (01).\n\n"
    "You need (01).\n\n## What was measured here\n\nAll max pooling.",
}


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """The folder of a small book."""
    source = tmp_path_factory.mktemp("source")
    for name, text in PAGES.items():
        (source / f"{name}.md").parent.mkdir(exist_ok=True)
        (source / f"{name}.md").write_text(text)
    (source / "conf.py").write_text('extensions = ["myst_parser", "book._ext.cnnlab_links"]\n'
                                    'myst_enable_extensions = ["dollarmath"]')  # fmt: skip
    own = cnnlab_links.GLOSSARY
    cnnlab_links.GLOSSARY = source / "book" / "glossary.md"
    try:
        app = SphinxTestApp(srcdir=source, warningiserror=True)
        app.build()
    finally:
        cnnlab_links.GLOSSARY = own
        app.cleanup()
    return app.outdir


@pytest.fixture
def built(out):
    """The links of a page's text: what is said, and where it leads."""

    def links(page):
        body = BeautifulSoup((out / f"{page}.html").read_text(), "html.parser").select_one("[role=main]")
        return [(a.get_text(), a["href"]) for a in body.select("a.reference.internal")]

    return links


def test_a_chapter_is_linked(built):
    assert built("notebooks/01_one") == [
        ("Strides", "../book/glossary.html#term-stride"),
        ("Max\npooling", "../book/glossary.html#term-max-pooling"),
        ("pooling", "../book/glossary.html#term-pooling"),
        ("09", "09_nine.html"),
        ("Chapter 09", "09_nine.html"),
        ("ResNet-50", "09_nine.html"),
    ]


def test_its_own_network_and_number_are_not(built):
    assert built("notebooks/09_nine") == [
        ("kernels", "../book/glossary.html#term-kernel"),
        ("stride", "../book/glossary.html#term-stride"),
        ("chapter\n01", "01_one.html"),
        ("01", "01_one.html"),
    ]


def test_an_entry_leads_to_another(built):
    assert built("book/glossary") == [("stride", "#term-stride")]


def test_the_index_says_which_chapters_use_a_term(out):
    index = BeautifulSoup((out / "genindex.html").read_text(), "html.parser").get_text(" ")
    assert "stride chapter 01 chapter 09" in " ".join(index.split())


def test_words_of_the_language_are_terms_and_chapters_there_are():
    assert set(OWN) <= set(terms())
    numbers = {path.stem[:2] for path in chapters()}
    assert set(OWN.values()) <= numbers
    assert set(NETWORKS.values()) <= numbers | {"19"}


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("MAC", "a mac or MACs", "MACs"),
        ("FLOPs", "FLOPS and FLOPs", "FLOPs"),
        ("bias", "unbiased biases", "biases"),
        ("fan-in", "fan in, Fan-in", "Fan-in"),
        ("stride", "bestrides, stride-2, strides", "strides"),
    ],
)
def test_a_term_is_found_as_a_sentence_has_it(term, text, found):
    span = first(pattern(term), text, [])
    assert span
    assert text[slice(*span)] == found
    assert first(pattern(term), text, [(0, len(text), None)]) is None


def test_the_glossary_begins_with_its_letters(out):
    letters = BeautifulSoup((out / "book/glossary.html").read_text(), "html.parser").select(
        "nav[aria-label] a"
    )
    assert [(a.get_text(), a["href"]) for a in letters] == [
        ("K", "#term-kernel"), ("S", "#term-stride"), ("M", "#term-max-pooling"), ("P", "#term-pooling"),
    ]  # fmt: skip
