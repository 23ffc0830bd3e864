"""The one style sheet of all pages: what it leaves out no page has, and all else is there."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from book._ext import cnnlab_style as style

SHEET = """@charset "UTF-8"; /* } of .a { comment */
.a, .b:is(.c, .d) > p { content: "}{;\\"" } .gone{color:red}
@media print { .gone { x: y } p.gone, p:not(.gone) { x: y } }
@media screen { .gone { x: y } }
@font-face { src: url(a;b.woff) } .bs-tip-top{a:b}.u\\:v{a:b}"""


def test_a_selector_goes_whose_class_nobody_has():
    page = '<p class="a u:v"></p><p class="b"></p><p>gone</p><script>el.className = "bs-tip-" + side</script>'
    kept = style.shrunk(SHEET, style.used_classes([page], []))
    assert kept == (
        '@charset "UTF-8";.a,.b:is(.c, .d) > p{content: "}{;\\""}@media print{p:not(.gone){x: y}}'
        "@font-face { src: url(a;b.woff) }.bs-tip-top{a:b}.u\\:v{a:b}"
    )
    assert ".gone{color:red}" in style.shrunk(SHEET, style.used_classes([page], ["add('gone')"]))


def test_addresses_lead_from_the_new_folder(tmp_path):
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "a.css").write_text("i{src:url('../font.woff')}b{src:url(data:x)}")
    (tmp_path / "b.css").write_text('@import "vendor/a.css";')
    assert (
        style.whole(tmp_path / "b.css", tmp_path / "styles") == "i{src:url(../font.woff)}b{src:url(data:x)}"
    )


PAGE = """<head><link href="/book/_static/styles/theme.css?d=1" rel="stylesheet" />
<link rel="stylesheet" type="text/css" href="/book/_static/a.css" /><link rel="icon" href="/book/a.svg" />
<script src="/book/_static/documentation_options.js?v=1"></script></head>"""


def test_a_page_asks_for_one_sheet_and_no_options():
    assert [name for _, name in style.LINK.findall(PAGE)] == ["styles/theme.css", "a.css"]
    assert style.with_one_sheet(PAGE, "styles/b.css", "const A = '\\1';") == (
        '<head>\n<link rel="stylesheet" href="/book/_static/styles/b.css" /><link rel="icon" '
        "href=\"/book/a.svg\" />\n<script>const A = '\\1';</script></head>"
    )


@pytest.mark.slow
def test_what_pages_have_is_styled_as_the_theme_styles_it(html):
    """Every class of a page that the theme's sheets know is one that the book's own knows."""
    asked = re.compile(r"\.(-?[A-Za-z_][\w-]*)").findall
    folders = {
        name: Path(find_spec(name).origin).parent for name in ("pydata_sphinx_theme", "sphinx_book_theme")
    }
    sheets = [sheet for folder in folders.values() for sheet in (folder / "theme").rglob("*.css")]
    known = {name for sheet in sheets for name in asked(sheet.read_text("utf-8"))}
    pages = "".join(page.read_text("utf-8") for page in html.rglob("*.html"))
    had = {name for names in style.SAID.findall(pages) for name in names.split()} & known
    assert {"bd-article", "navbar-brand", "fa-bars", "admonition"} <= had
    (sheet,) = html.rglob("*.css")
    assert had - {*asked(sheet.read_text("utf-8"))} == set()
    assert len(re.findall('rel="stylesheet"', (html / "index.html").read_text("utf-8"))) == 1
