"""The page "Find it in the papers": each paper's tables and figures → the chapters' sections that name them.

A place belongs to the paper that is cited, or read from the ledger, beside it; else to the one that
book/_data/papers.yml has for the section. Without either it is left out, as is what the ledger has no row of.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from mdit_py_plugins.anchors.index import slugify
from sphinx.application import Sphinx

from book._ext.cnnlab_reading import END, EXERCISE, HEADING
from cnnlab.published import SOURCES, VERDICTS, rows

PAGE = "book/papers"
PAPERS = Path(__file__).resolve().parents[1] / "_data" / "papers.yml"
CITED = re.compile(r"\{cite(?::\w+)?\}`([^`]*)`|\"paper-(\w+)\"")
PLACE = re.compile(r"(?:(\S+)\s+)?\b(Table|Figure)s? (\d+)\b((?:(?:, and|,| and| to) \d+\b)*)")
PLACED = re.compile(r"(?:Table|Figure) \d+")
PARTS = re.compile(r"\n\s*\n|\n(?=[-#|])")  # paragraphs, and lines of a list or a table
BESIDE = 40  # characters between a place and its citation
Section = tuple[str, str]  # a chapter's page, a heading
Found = dict[tuple[str, str], list[Section]]  # a paper and its place → where the book names it


def numbers(first: str, more: str) -> list[int]:
    """Table 2; Tables 3 and 4; Tables 2 to 5."""
    found = [int(first)]
    for word, number in re.findall(r"(, and|,| and| to) (\d+)", more):
        found += range(found[-1] + 1, int(number) + 1) if word == " to" else [int(number)]
    return found


def parts(cells: list[dict[str, Any]]) -> Iterator[tuple[str, str, int]]:
    """Each paragraph or code cell, the heading it stands under, and how far off a citation may be."""
    heading = ""
    for cell in cells:
        text, code = "".join(cell["source"]), cell["cell_type"] == "code"
        for part in [text] if code else PARTS.split(text):
            title = None if code else HEADING.match(part)
            if title and title[1] == END:
                return
            heading = title[1] if title and not title[1].startswith(EXERCISE) else heading
            yield heading, part, len(text) if code else BESIDE


def named(part: str, far: int, usual: str | None) -> Iterator[tuple[str, str]]:
    """The papers' places in a paragraph; "ResNet's Table 3" is not this one's."""
    cited = [
        (each.start(), key.strip())
        for each in CITED.finditer(part)
        for key in (each[1] or each[2]).split(",")
    ]
    for place in PLACE.finditer(part):
        if (place[1] or "").endswith("'s") and not place[1].lower().endswith("paper's"):
            continue
        beside = [(abs(at - place.start()), key) for at, key in cited if abs(at - place.start()) <= far]
        key = min(beside)[1] if beside else usual
        if key:
            yield from ((key, f"{place[2]} {number}") for number in numbers(place[3], place[4]))


def found(chapters: dict[str, list[dict[str, Any]]]) -> Found:
    """Where each place is named, by the names of the chapters' pages."""
    usual, known = yaml.safe_load(PAPERS.read_text("utf-8")), {(key, place) for key, place, _ in counted()}
    where: Found = defaultdict(list)
    for name, cells in chapters.items():
        for heading, part, far in parts(cells):
            for each in named(part, far, usual.get(name[:2], {}).get(heading)):
                if each in known and (name, heading) not in where[each]:
                    where[each].append((name, heading))
    return {each: sections for each, sections in where.items() if sections}


def citing(chapters: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    """The chapters' pages that cite a paper, by its key."""
    pages: dict[str, list[str]] = defaultdict(list)
    for name, cells in chapters.items():
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        for key in {key.strip() for each in CITED.findall(text) for key in each[0].split(",")}:
            pages[key].append(name)
    return pages


def counted() -> list[tuple[str, str, Counter[str]]]:
    """What the ledger has: paper, place (a table, a figure, or "" for all others), rows by verdict."""
    verdicts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows():
        if key := SOURCES[row.source].cite:
            place = PLACED.match(row.place)
            verdicts[key, place[0] if place else ""][row.verdict] += 1
    order = sorted(
        verdicts,
        key=lambda each: (each[0], not each[1], each[1].split(" ")[0], int(each[1].split(" ")[-1] or 0)),
    )
    return [(*each, verdicts[each]) for each in order]


def link(section: Section) -> str:
    name, heading = section
    return f"[{name[:2]}, {heading}](../notebooks/{name}.ipynb#{slugify(heading.replace('`', ''))})"


def written(chapters: dict[str, list[dict[str, Any]]]) -> str:
    """For each paper of the ledger, in its order, a heading, who cites it, and its places as a table."""
    where, pages, places = found(chapters), citing(chapters), counted()
    lines = []
    for source in SOURCES.values():
        if key := source.cite:
            cites = ", ".join(f"[{name[:2]}](../notebooks/{name}.ipynb)" for name in pages.get(key, []))
            lines += [f"## {source.title}", ""]
            lines += [f"{{cite:t}}`{key}`. Chapters that cite it: {cites or 'none'}.", ""]
            lines += ["| Place | Rows | Verdicts | In the book |", "|:--|--:|:--|:--|"]
            lines += [
                table_row(place, verdicts, where.get((key, place), []))
                for cite, place, verdicts in places
                if cite == key
            ]
            lines.append("")
    return "\n".join(lines)


def table_row(place: str, verdicts: Counter[str], at: list[Section]) -> str:
    """A place of a paper: how many rows of the ledger, their verdicts, the cells that show it."""
    said = ", ".join(f"{verdicts[each]} {each}" for each in VERDICTS if verdicts[each])
    here = "; ".join(map(link, at)) or "[ledger](ledger.md)"
    return f"| {place or 'all others'} | {verdicts.total()} | {said} | {here} |"


def write(app: Sphinx, docname: str, source: list[str]) -> None:
    if docname == PAGE:
        names = sorted(Path(name).name for name in app.env.found_docs if name.startswith("notebooks/"))
        paths = [Path(app.srcdir) / "notebooks" / f"{name}.ipynb" for name in names]
        for path in paths:
            app.env.note_dependency(str(path))
        cells = {path.stem: json.loads(path.read_text("utf-8"))["cells"] for path in paths}
        source[0] = source[0].replace("[papers]", written(cells))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
