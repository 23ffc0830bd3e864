"""Write the book as one PDF: `make pdf`.

python -m book._tools.pdf            # into _build/pdf/cnnlab.pdf

Chromium prints each page's body by itself, for the whole book at once takes it many times as long, and the
page numbers go on. The prints are put together with one tree of bookmarks, and links from page to page.
"""

from __future__ import annotations

import json
import posixpath
import shutil
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Page, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, Fit, FloatObject, NameObject, NullObject

from book._tools.build import ROOT, stop
from book._tools.printed import OUT, bodies, contents

PDF = ROOT / "_build" / "pdf" / "cnnlab.pdf"
TITLE = "Convolutional Networks, Built, Counted and Measured"
NO_PLACE = "script, button, input, iframe, link, a.headerlink, section#your-progress"
ROWS = ".cnnlab-ledger tr[id]"  # 5,000 names that nothing in the book leads to
BREAKS = ".cnnlab-ledger td br"  # a row is a line, where it fits
STATIC = ROOT / "book" / "_static"
STYLES = [STATIC / "cnnlab.css", Path(__file__).with_name("print.css")]
BOOK = "https://book.invalid/"  # an address for links from print to print, until the prints are put together
SHEET = """<!DOCTYPE html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="_static/pygments.css">
<link rel="stylesheet" href="_static/sphinx-design.min.css">
<style>{styles}
html {{ counter-reset: page {before}; }}
@page {{ @top-left {{ content: {running}; }} }}
</style>
{mathjax}
<script src="{static}/mathjax/tex-chtml.js" defer></script></head>
<body class="book bd-article">
{body}
</body></html>"""
MATHJAX = """<script>
MathJax = { options: { enableMenu: false, ignoreHtmlClass: "book", processHtmlClass: "math" } }
</script>"""
COVER = """<header><h1>{title}</h1><p>cnnlab {version}</p></header>
<nav><h1>Contents</h1>
{lines}
</nav>"""


class Part(NamedTuple):
    title: str  # "" of the first page, which stands before all parts
    pages: list[str]


# A page ------------------------------------------------------------------------------------------------


def printed(name: str, body: str, known: set[str]) -> Any:
    """A page as an article of the book: all of it open, its names and links those of the one document."""
    soup = BeautifulSoup(f'<article id="{name}">{body}</article>', "html.parser")
    for each in soup.select(NO_PLACE):
        each.decompose()
    for each in soup.select(ROWS):
        del each["id"]
    for each in soup.select(BREAKS):
        each.replace_with(" · ")
    for each in soup.select("details"):
        each["open"] = ""
    for each in soup.select("img[src]"):
        each["src"] = beside(name, str(each["src"]))
    for each in soup.select("a[href]"):
        lead(each, name, known)
    name_places(soup.article, name)
    return soup.article


def name_places(article: Any, name: str) -> None:
    """Names that no other page has; a print keeps only those that something in it leads to."""
    for each in article.select("[id]:not(svg *)"):
        each["id"] = f"{name}--{each['id']}"
    names = [name, *(str(each["id"]) for each in article.select("[id]:not(svg *)"))]
    article.append(BeautifulSoup("".join(f'<a hidden href="#{each}"></a>' for each in names), "html.parser"))


def beside(name: str, address: str) -> str:
    """Where a page's relative address leads, seen from the folder of all pages."""
    if urlsplit(address).scheme:
        return address
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), address))


def lead(link: Tag, name: str, known: set[str]) -> None:
    """Let a link to a page lead into its print; one to a file that is not in the book is its text."""
    parts = urlsplit(str(link["href"]))
    if parts.scheme:
        return
    path = unquote(parts.path)
    page = posixpath.splitext(beside(name, path))[0] if path else name
    if page in known:
        link["href"] = f"{BOOK}#{page}--{parts.fragment}" if parts.fragment else f"{BOOK}#{page}"
    else:
        link.unwrap()


# The prints --------------------------------------------------------------------------------------------


def parts() -> list[Part]:
    site = contents()
    listed = [Part(str(tree.caption), [str(item) for item in tree.items]) for tree in site.root.subtrees]
    return [Part("", [site.root.docname]), *listed]


def begins(of: list[Part]) -> dict[int, str]:
    """The number of the print that a part begins with, the cover's being 0."""
    starts, number = {}, 1
    for part in of:
        if part.title:
            starts[number] = part.title
        number += len(part.pages)
    return starts


def sheet(body: str, running: str, before: int) -> str:
    """A document to print: its text, the line above its pages, and how many pages come before it."""
    styles = "\n".join(path.read_text("utf-8") for path in STYLES)
    return SHEET.format(
        title=TITLE,
        styles=styles,
        mathjax=MATHJAX,
        before=before,
        running=json.dumps(running),
        static=STATIC.as_uri(),
        body=body,
    )


def cover(of: list[Part], titles: dict[str, str], numbers: dict[str, int]) -> str:
    """The first page, and the contents: each part with its pages, and the number where each begins."""
    lines = []
    for part in of:
        lines.append(f'<p class="of">{escape(part.title)}</p>' if part.title else "")
        for name in part.pages:
            link = f'<a href="{BOOK}#{name}">{escape(titles[name])}</a>'
            lines.append(f"<p>{link} <span>{numbers[name]}</span></p>")
    return COVER.format(title=TITLE, version=version("cnnlab"), lines="\n".join(lines))


def prints(page: Page, html: str, into: Path) -> int:
    """Print a document whose pictures lie beside those of all pages; how many pages it takes."""
    file = OUT / "pages" / "print.html"
    file.write_text(html, "utf-8")
    page.goto(file.as_uri())
    page.evaluate("MathJax.startup.promise.then(() => 0)")
    page.pdf(path=into, prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
    return len(PdfReader(into).pages)


def printed_book(page: Page, pages: dict[str, str], of: list[Part], folder: Path) -> list[Path]:
    """The prints in the book's order, the cover first, numbered through."""
    known = {name for part in of for name in part.pages}
    articles = {name: printed(name, pages[name], known) for part in of for name in part.pages}
    titles = {name: article.h1.get_text() if article.h1 else name for name, article in articles.items()}
    files = [folder / f"{n:02}.pdf" for n in range(len(articles) + 1)]
    count = prints(page, sheet(cover(of, titles, dict.fromkeys(titles, 1000)), "", 0), files[0])
    numbers, after = {}, iter(files[1:])
    for part in of:
        opening = f'<p class="part">{escape(part.title)}</p>' if part.title else ""
        for name in part.pages:
            numbers[name] = count + 1 + bool(opening)
            count += prints(page, sheet(opening + str(articles[name]), titles[name], count), next(after))
            opening = ""
    prints(page, sheet(cover(of, titles, numbers), "", 0), files[0])
    return files


# The book ----------------------------------------------------------------------------------------------


def together(files: list[Path], parts: dict[int, str], into: Path) -> int:
    """One file of all prints; `parts` begin at the prints of these numbers. How many pages it has."""
    writer, part = PdfWriter(), None
    places: dict[str, tuple[Any, float]] = {}
    for number, file in enumerate(files):
        reader, before = PdfReader(file), len(writer.pages)
        writer.append(reader, import_outline=False)
        if number in parts:
            part = writer.add_outline_item(title=parts[number], page_number=before, is_open=False)
        mark(writer, reader, reader.outline, before, part)
        for name, place in reader.named_destinations.items():
            page = writer.pages[before + (reader.get_destination_page_number(place) or 0)]
            places[name.removeprefix("/")] = page.indirect_reference, float(place.top or 0)
    join(writer, places)
    writer.add_metadata({"/Title": f"cnnlab: {TITLE}", "/Author": "The cnnlab authors"})
    writer.compress_identical_objects()
    writer.write(into)
    return len(writer.pages)


def mark(writer: PdfWriter, reader: PdfReader, outline: Any, before: int, parent: Any) -> None:
    """Hand on the bookmarks of a print that stands behind `before` pages, below `parent`."""
    last = parent
    for each in outline:
        if isinstance(each, list):
            mark(writer, reader, each, before, last)
        else:
            number = before + (reader.get_destination_page_number(each) or 0)
            words, fit = " ".join(each.title.split()), Fit.xyz(top=float(each.top or 0))
            last = writer.add_outline_item(
                title=words, page_number=number, parent=parent, fit=fit, is_open=False
            )


def join(writer: PdfWriter, places: dict[str, tuple[Any, float]]) -> None:
    """Let links between prints lead to pages of the one file; ValueError for a place that no print has."""
    for page in writer.pages:
        for each in page.get("/Annots", []):
            link = each.get_object()
            address = str(link.get("/A", {}).get("/URI", ""))
            if address.startswith(BOOK):
                name = unquote(address.removeprefix(f"{BOOK}#"))
                if name not in places:
                    raise ValueError(f"a link leads to {name}, which no page of the book has")
                at, top = places[name]
                del link[NameObject("/A")]
                null, height = NullObject(), FloatObject(top)
                link[NameObject("/Dest")] = ArrayObject([at, NameObject("/XYZ"), null, height, null])


def main() -> None:
    if not shutil.which("chromium"):
        stop("Chromium prints the book, and it is not installed: `make programs` installs it or says how.")
    pages, of, prints = bodies(), parts(), PDF.with_name("prints")
    shutil.rmtree(PDF.parent, ignore_errors=True)
    prints.mkdir(parents=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        files = printed_book(browser.new_page(), pages, of, prints)
        browser.close()
    count = together(files, begins(of), PDF)
    print(f"cnnlab: the book is in {PDF}, {count} pages, {PDF.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
