"""What a first visit fetches, compressed as a server sends it; and that the icons left are those in use."""

import base64
import gzip
import json
import re
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from book._ext import cnnlab_light
from cnnlab import figures

SENT_AS_THEY_ARE = {".png", ".jpg", ".woff", ".woff2"}
BUDGETS = {  # bytes; a chapter read to its end has MathJax, 320 kB with its fonts
    "index.html": 300_000,
    "book/ledger.html": 400_000,
    "notebooks/01_convolution.html": 900_000,
    "notebooks/16_shufflenet.html": 900_000,
}


def sent(path):
    data = path.read_bytes()
    return len(data if path.suffix in SENT_AS_THEY_ARE else gzip.compress(data, 6))


@pytest.mark.slow
@pytest.mark.parametrize("page", BUDGETS)
def test_a_first_visit_is_light(browser, site, html, page):
    """On a phone, with nothing kept from an earlier page."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    phone = context.new_page()
    asked = set()
    phone.on("request", lambda request: asked.add(unquote(urlsplit(request.url).path).lstrip("/")))
    phone.goto(site + page, wait_until="load")
    phone.evaluate("window.drawFormulas?.().then(() => document.fonts.ready).then(() => 0)")
    context.close()
    sizes = {name: sent(html / name) for name in asked if (html / name).is_file()}
    assert page in sizes
    heaviest = sorted(sizes.items(), key=lambda entry: -entry[1])[:5]
    assert sum(sizes.values()) <= BUDGETS[page], heaviest


STYLED = {  # how often each element of a page may get its style, while the page comes
    (390, "index.html"): 1.5,
    (390, "book/ledger.html"): 2,
    (390, "notebooks/16_shufflenet.html"): 0.5,  # a phone's cells wait for their reader
    (1280, "notebooks/16_shufflenet.html"): 2,
}
# All elements get their style three times more.
DEAR = """<style>.dear * { opacity: 0.99; }</style><script>
    const change = () => document.documentElement.classList.toggle("dear");
    addEventListener("load", () => [100, 200, 300].forEach(time => setTimeout(change, time)));
    </script></head>"""


def styled(browser, address, width, changed=None):
    """How many elements got a style, again and again, while a page came, for each that it has."""
    page = browser.new_page(viewport={"width": width, "height": 844})
    if changed:
        page.route(address, lambda route: route.fulfill(body=changed, content_type="text/html"))
    browser.start_tracing(page=page, categories=["devtools.timeline"])
    page.goto(address, wait_until="load")
    page.wait_for_timeout(1000)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    elements = page.evaluate("document.querySelectorAll('*').length")
    page.close()
    return (
        sum(each["args"].get("elementCount", 0) for each in events if each["name"] == "UpdateLayoutTree")
        / elements
    )


@pytest.mark.slow
@pytest.mark.parametrize(("width", "page"), STYLED)
def test_a_page_is_styled_once(browser, site, width, page):
    """What a phone's processor does, counted: its time is another on each machine."""
    assert styled(browser, site + page, width) <= STYLED[width, page]


@pytest.mark.slow
def test_what_is_styled_again_is_counted(browser, site, html):
    page = "notebooks/16_shufflenet.html"
    changed = (html / page).read_text("utf-8").replace("</head>", DEAR, 1)
    assert styled(browser, site + page, 1280, changed) > STYLED[1280, page]


@pytest.mark.slow
def test_the_theme_asks_no_box_whether_it_scrolls(html):
    """For that it had a page laid out to its end; cnnlab.js waits until a box is."""
    (script,) = (html / "_static" / "scripts").glob("pydata-sphinx-theme.js")
    assert cnnlab_light.ASKED not in script.read_text("utf-8")
    theme = Path(find_spec("pydata_sphinx_theme").origin).parent / "theme" / "pydata_sphinx_theme"
    assert cnnlab_light.ASKED in (theme / "static" / "scripts" / "pydata-sphinx-theme.js").read_text("utf-8")


@pytest.mark.slow
def test_every_icon_in_use_is_in_the_fonts(html):
    """By the rules of the theme as it is installed, whole."""
    theme = Path(find_spec("pydata_sphinx_theme").origin).parent / "theme" / "pydata_sphinx_theme"
    whole = (theme / "static" / "styles" / "pydata-sphinx-theme.css").read_text("utf-8")
    rules = re.findall(r'((?:\.fa-[\w-]+:before,?)+)\{content:"\\([0-9a-f]+)"', whole)
    signs = {name: int(code, 16) for names, code in rules for name in re.findall(r"fa-[\w-]+", names)}
    pages = "".join(path.read_text("utf-8") for path in html.rglob("*.html"))
    used = {name for name in re.findall(r'class="[^"]*"', pages) for name in re.findall(r"fa-[\w-]+", name)}
    fonts = [TTFont(path) for path in (html / "_static" / "vendor" / "fontawesome").rglob("*.woff")]
    drawn = set().union(*(font.getBestCmap() for font in fonts))
    assert len(fonts) == 3
    assert {"fa-bars", "fa-github", "fa-rocket"} <= used & {*signs}
    assert [name for name in used & {*signs} if signs[name] not in drawn] == []
    (style,) = [path.read_text("utf-8") for path in (html / "_static").rglob("*.css")]
    assert [name for name in used & {*signs} if f".{name}:before" not in style] == []


PAGE = """<head><script defer src="../_static/scripts/fontawesome.js?digest=1"></script>
<script src="../_static/searchtools.js"></script>
<script src="../searchindex.js"></script>
<script src="../_static/documentation_options.js"></script>
<script src="../_static/cnnlab.js?v=1"></script></head>
<script src="../_static/ours.js"></script>
<button><i class="fa-solid fa-arrow-up"></i></button><i class="fas fa-file"></i>
<img alt="a map" src="../_images/a.png" /><img src="../_images/a.png" loading="eager" />
<pre><span class="n">a</span><span class="p">(</span><span class="mi">1</span></pre>
<img src="data:image/png;b.png" />"""


@pytest.mark.parametrize(("name", "searches"), [("a.html", False), ("search.html", True)])
def test_a_page_loses_what_it_does_not_need(tmp_path, name, searches):
    (tmp_path / "_images").mkdir()
    (tmp_path / "book").mkdir()
    Image.new("RGB", (30, 20)).save(tmp_path / "_images" / "a.png")
    page = tmp_path / "book" / name
    page.write_text(PAGE)
    text = cnnlab_light.lighter(page)
    assert "fontawesome" not in text
    assert ("searchtools.js" in text) == ("searchindex.js" in text) == searches
    early = (
        "" if searches else " defer"
    )  # the search's own scripts stand in its text, and call those of the head
    assert f'<script{early} src="../_static/cnnlab.js?v=1"></script></head>' in text
    assert '<script src="../_static/documentation_options.js"></script>' in text
    assert '<script src="../_static/ours.js"></script>' in text
    assert '<i aria-hidden="true" class="fa-solid fa-arrow-up">' in text
    assert '<i aria-hidden="true" class="fas fa-file">' in text
    assert '<img loading="lazy" width="30" height="20" alt="a map" src="../_images/a.png" />' in text
    assert text.count("lazy") == 1
    assert '<pre>a(<span class="mi">1</span></pre>' in text
    assert "cnnlab-chart" not in text, "a picture that does not say what is drawn may be a photograph"


def test_in_the_dark_no_photograph_turns(tmp_path):
    """Lines turn, in a file or in the page, and pixels that say their numbers; a map keeps light and dark."""
    numbers = np.eye(3, dtype=int)
    drawn = [
        figures.lines([1, 2], {"a": [3, 4]}, "x", "y"),
        figures.matrices({"a": numbers}),
        figures.heat({"a": numbers / 2}),
    ]
    (tmp_path / "_images").mkdir()
    tags = []
    for n, picture in enumerate(drawn):
        (tmp_path / "_images" / f"{n}.png").write_bytes(picture.png)
        tags.append(f'<img src="_images/{n}.png" />')
        tags.append(f'<img src="data:image/png;base64,{base64.b64encode(picture.png).decode()}" />')
    page = tmp_path / "a.html"
    page.write_text("".join(tags))
    tags = re.findall("<img [^>]*>", cnnlab_light.lighter(page))
    assert ["cnnlab-chart" in tag for tag in tags] == [True, True, True, True, False, False]


def test_a_style_sheet_keeps_the_icons_in_use():
    style = '.fa-sun:before{content:"\\f185"}.fa-a:before,.fa-b:before{content:"\\f102"}i{content:"\uf053"}'
    kept = cnnlab_light.keep_icons(style, {"fa-b", "fa-lg"})
    assert kept == '.fa-a:before,.fa-b:before{content:"\\f102"}i{content:"\uf053"}'
    assert cnnlab_light.signs(kept) == {0xF102, 0xF053}
