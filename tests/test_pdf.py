"""The book as a PDF: pages in their order, numbered through, open, with bookmarks and links."""

import base64

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from small_chapter import picture

from book._tools import pdf

FIRST = """<section id="first"><h1>The first page<a class="headerlink" href="#first">#</a></h1>
<p>It asks <a href="../notebooks/b.html#later">later</a>, <a href="c.html">nobody</a>,
<a href="#first">itself</a> and <a href="https://example.org/x">others</a>.</p>
<img alt="a grey" src="../_images/grey.png">
<details><summary>More</summary><p>Folded away</p></details><button>Play</button><script>play()</script>
<p>Some <a href="a.html?verdict=slip#rows">rows</a></p>
<div class="cnnlab-ledger"><table id="rows"><tr id="row"><td>4937<br><small>printed</small></td></tr>
</table></div></section>"""
SECOND = """<section id="second"><h1>The second page, whose title is so long that it takes a second line</h1>
<section id="sooner"><h2>Sooner</h2>
<p style="height: 300mm">Here is <span class="math">\\(\\sum x\\)</span>.</p>
</section><section id="later"><h2>Later</h2><p>There</p></section></section>"""
PAGES = {"book/a": FIRST, "notebooks/b": SECOND}
PARTS = [pdf.Part("", ["book/a"]), pdf.Part("Part I. All", ["notebooks/b"])]


def test_a_page_is_open_and_its_names_are_its_own():
    article = pdf.printed("book/a", FIRST, set(PAGES))
    links = [str(each["href"]) for each in article.select("a:not([hidden])")]
    at = "https://book.invalid/#"
    assert links == [
        f"{at}notebooks/b--later",
        f"{at}book/a--first",
        "https://example.org/x",
        f"{at}book/a--rows",
    ]
    assert "later, nobody,\nitself and others" in article.text
    assert article.select_one("details").has_attr("open")
    assert article.select_one("img")["src"] == "_images/grey.png"
    assert not article.select("script, button, .headerlink, tr[id]")
    assert article.select_one("#book\\/a--rows td").text == "4937 · printed"
    kept = [each["href"] for each in article.select("a[hidden]")]
    assert kept == ["#book/a", "#book/a--first", "#book/a--rows"]


def test_parts_begin_at_their_first_print():
    parts = [pdf.Part("", ["a"]), pdf.Part("I", ["b", "c"]), pdf.Part("II", ["d"])]
    assert pdf.begins(parts) == {2: "I", 4: "II"}


def outline(reader, items):
    """The bookmarks with their pages, from 1, the lower ones in lists."""
    return [
        outline(reader, each)
        if isinstance(each, list)
        else (each.title, reader.get_destination_page_number(each) + 1)
        for each in items
    ]


def targets(reader):
    """The pages that links within the book lead to, and the addresses of the others."""
    for page in reader.pages:
        for each in page.get("/Annots", []):
            link = each.get_object()
            at = link["/Dest"][0].get_object() if "/Dest" in link else None
            yield reader.get_page_number(at) + 1 if at else link["/A"]["/URI"]


@pytest.mark.slow
def test_the_book_is_one_file_with_bookmarks_numbers_and_links(browser, tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "OUT", tmp_path)
    (tmp_path / "pages" / "_images").mkdir(parents=True)
    (tmp_path / "pages" / "_images" / "grey.png").write_bytes(base64.b64decode(picture()))
    page = browser.new_page()
    files = pdf.printed_book(page, PAGES, PARTS, tmp_path)
    page.close()
    count = pdf.together(files, pdf.begins(PARTS), tmp_path / "book.pdf")
    reader = PdfReader(tmp_path / "book.pdf")
    texts = [each.extract_text() for each in reader.pages]
    assert count == len(texts) == 6  # cover, contents, a page, a part's title, a page of two
    assert ["Folded away" in text for text in texts] == [False, False, True, False, False, False]
    numbered = [str(n) in text.split("\n") for n, text in enumerate(texts, 1)]
    assert numbered == [False, True, True, False, True, True]  # the cover and a part's title stand alone
    assert len(reader.pages[2].images) == 1
    assert "Play" not in "".join(texts)
    long = BeautifulSoup(SECOND, "html.parser").h1.text
    *_, first, part, below = outline(reader, reader.outline)
    assert (first, part) == (("The first page", 3), ("Part I. All", 4))
    assert below == [(long, 5), [("Sooner", 5), ("Later", 6)]]
    assert list(targets(reader)) == [3, 5, 6, 3, "https://example.org/x", 3]
    assert [line.split()[-1] for line in texts[1].split("\n")[2:]] == ["3", "All", "5"]
