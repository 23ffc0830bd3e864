"""The built book as files: every page is there, every link leads somewhere, nothing is fetched elsewhere."""

import re
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
import yaml
from bs4 import BeautifulSoup

from book._ext.cnnlab_book import pages_url
from book._tools import build

pytestmark = pytest.mark.slow

CARD = ["og:title", "og:description", "og:type", "og:url", "og:image", "og:image:alt", "og:site_name"]
# What a page loads by itself, as opposed to what a reader may follow.
LOADED = [
    ("script", "src"),
    ("img", "src"),
    ("source", "src"),
    ("iframe", "src"),
    ("video", "src"),
    ("audio", "src"),
]
LOADING_LINKS = {"stylesheet", "icon", "preload", "prefetch", "modulepreload", "apple-touch-icon", "manifest"}
FOREIGN_IN_CSS = re.compile(r"""(?:url\(|@import)\s*["']?(?:https?:)?//""")
SITE = pages_url(
    yaml.safe_load((build.ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]
)
EMPTY_VALUES = {"None", "nan", "NaN", "undefined", "inf"}


@pytest.fixture(scope="session")
def soups(html):
    """Every HTML page but the one for wrong addresses, parsed: {path below the book's folder: tree}."""
    pages = sorted(path for path in html.rglob("*.html") if path.name != "404.html")
    trees = {
        path.relative_to(html).as_posix(): BeautifulSoup(path.read_bytes(), "html.parser") for path in pages
    }
    return {path: tree for path, tree in trees.items() if tree.main or path == "index.html"}


def articles(soups):
    return {path: tree.find("article") for path, tree in soups.items() if tree.find("article")}


def test_what_a_linter_keeps_beside_the_sources_does_not_make_the_book_stale(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "ROOT", tmp_path)
    for name in ("_config.yml", "_toc.yml", "book/page.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("as it was")
    monkeypatch.setattr(build, "__file__", str(tmp_path / "_toc.yml"))
    before = build.digest()
    for name in ("notebooks/.ruff_cache/0.15/1", "book/.hidden", "book/_tools/new.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a cache")
    assert build.digest() == before
    (tmp_path / "book" / "page.md").write_text("changed")
    assert build.digest() != before


def test_whoever_mistypes_an_address_finds_the_contents(html):
    """At any depth: a host shows this page wherever none is, so nothing in it is relative."""
    site = urlsplit(SITE).path
    tree = BeautifulSoup((html / "404.html").read_bytes(), "html.parser")
    assert "No such page" in tree.article.text
    found = {tag.get("href") or tag.get("src") for tag in tree.find_all(["a", "link", "script", "img"])}
    local = {urlsplit(each).path for each in found if each and not each.startswith(("#", "http", "data:"))}
    assert [each for each in local if not each.startswith(site)] == []
    assert [each for each in local if not (html / each.removeprefix(site)).exists()] == []
    assert {f"{site}{page}.html" for page in build.pages()} <= local


def test_the_site_map_names_every_page(html):
    tree = ElementTree.parse(html / "sitemap.xml")
    named = [each.text for each in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert sorted(named) == sorted(f"{SITE}{page}.html" for page in build.pages())


def test_every_page_of_the_table_of_contents_exists(html, soups):
    assert [page for page in build.pages() if f"{page}.html" not in soups] == []


def test_the_root_address_shows_the_first_page(soups):
    """Whole, with what a preview shows; that its links lead somewhere is asked below, as of every page."""
    first, root = soups[f"{build.pages()[0]}.html"], soups["index.html"]
    assert root.title == first.title
    assert root.article.text == first.article.text
    assert {tag["property"] for tag in root.find_all("meta", property=True)} >= {*CARD}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('href="../notebooks/01.html#one"', 'href="notebooks/01.html#one"'),
        ('href="how_to.html?q=1"', 'href="book/how_to.html?q=1"'),
        ('src="../_static/a.js?v=1"', 'src="_static/a.js?v=1"'),
        ('data-content_root="../"', 'data-content_root="./"'),
        ('href="#here"', 'href="#here"'),
        ('href="https://a.org/../b"', 'href="https://a.org/../b"'),
        ('src="data:image/png;base64,a"', 'src="data:image/png;base64,a"'),
    ],
)
def test_an_address_is_led_from_the_root(old, new):
    assert build.at_the_root("book/preface.html", f"<a {old}>") == f"<a {new}>"


def dead_link(html, page, href, identifiers):
    """Why an address on a page leads nowhere, or nothing."""
    parts = urlsplit(href)
    if parts.scheme or parts.netloc:
        return None
    target = (html / page).parent / unquote(parts.path) if parts.path else html / page
    if not target.is_file():
        return f"{page} → {href}: no such file"
    name = target.resolve().relative_to(html).as_posix()
    if parts.fragment and name in identifiers and unquote(parts.fragment) not in identifiers[name]:
        return f"{page} → {href}: no such anchor"
    return None


def test_every_internal_link_and_anchor_resolves(html, soups):
    identifiers = {path: {tag["id"] for tag in tree.find_all(id=True)} for path, tree in soups.items()}
    hrefs = [(path, tag["href"]) for path, tree in soups.items() for tag in tree.find_all("a", href=True)]
    assert len(hrefs) > 10 * len(build.pages()), "too few links were found for this test to mean anything"
    assert [dead for path, href in hrefs if (dead := dead_link(html, path, href, identifiers))] == []


def loaded(tree):
    """Addresses that a browser fetches without being asked."""
    found = [tag[attribute] for name, attribute in LOADED for tag in tree.find_all(name, **{attribute: True})]
    return found + [
        tag["href"] for tag in tree.find_all("link", href=True) if LOADING_LINKS & set(tag["rel"])
    ]


def test_everything_loaded_is_a_file_of_the_book(html, soups):
    addresses = [(path, address) for path, tree in soups.items() for address in loaded(tree)]
    addresses = [(path, address) for path, address in addresses if not address.startswith("data:")]
    foreign = [entry for entry in addresses if urlsplit(entry[1]).netloc]
    assert foreign == [], "these would be fetched from another host"
    assert [dead for path, address in addresses if (dead := dead_link(html, path, address, {}))] == []


def test_no_style_loads_from_another_host(html, soups):
    styles = {path.name: path.read_text() for path in html.rglob("*.css")}
    styles |= {
        path: "\n".join(style.get_text() for style in tree.find_all("style")) for path, tree in soups.items()
    }
    assert [name for name, text in styles.items() if FOREIGN_IN_CSS.search(text)] == []


def test_a_page_with_formulas_says_why_they_are_raw_without_scripts(soups):
    """And no other page does."""
    for path, tree in articles(soups).items():
        told = [tag for tag in tree.find_all("noscript") if "TeX" in tag.text]
        assert len(told) == bool(tree.select(".math")), path


def test_a_short_formula_and_what_closes_its_sentence_stay_in_one_line(html):
    pages = "".join(page.read_text("utf-8") for page in html.glob("notebooks/*.html"))
    ends = re.findall(
        r'<span class="math notranslate nohighlight">([^<]{1,40})</span>[.,;:?!)]+(</span>)?', pages
    )
    assert len(ends) > 300
    assert [formula for formula, joined in ends if not joined] == []


def test_every_picture_says_what_it_shows(soups):
    missing = [
        path for path, tree in soups.items() for tag in tree.find_all("img") if not tag.has_attr("alt")
    ]
    assert missing == []
    shown = [(path, tag["alt"]) for path, tree in articles(soups).items() for tag in tree.find_all("img")]
    assert [
        entry for entry in shown if len(entry[1].split()) < 3 or re.search(r"\.(png|svg|jpe?g)$", entry[1])
    ] == []


def test_every_page_has_its_social_card(html, soups):
    for page in build.pages():
        tags = {
            tag["property"]: tag["content"] for tag in soups[f"{page}.html"].find_all("meta", property=True)
        }
        assert [name for name in CARD if not tags.get(name)] == [], page
        assert tags["og:url"].endswith(f"/{page}.html")
        summary = soups[f"{page}.html"].find("meta", attrs={"name": "description"})
        assert summary["content"] == tags["og:description"]
        base = tags["og:url"].removesuffix(f"{page}.html")
        assert base.startswith("https://")
        assert (html / tags["og:image"].removeprefix(base)).is_file()


CODE = "script, style, code, .cell_input, [class*=highlight-ipython], [class*=highlight-python]"


def test_no_value_is_missing_from_the_text(soups):
    """A template or a table that lost its value prints one of these; code may hold them."""
    for path, tree in articles(soups).items():
        code = {id(tag) for tag in tree.select(CODE)}
        empty = [text for text in tree.strings if not EMPTY_VALUES.isdisjoint(lines(text))]
        assert [text for text in empty if code.isdisjoint(map(id, text.parents))] == [], path


def lines(text):
    return {line.strip() for line in text.splitlines()}
