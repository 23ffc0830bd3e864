"""The page for a lecturer: two paths through the book, what needs what, and minutes; all from the chapters.

The weeks stand in book/_data/course.yml. Minutes of reading are cnnlab_reading's, needs those that the first
sentence of a chapter's *Before you start* names: what it takes on trust "until chapter 05" comes later.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from textwrap import wrap
from typing import Any, NamedTuple

import networkx as nx  # type: ignore[import-untyped]
import yaml  # type: ignore[import-untyped]
from mdit_py_plugins.anchors.index import slugify
from sphinx.application import Sphinx

from book._ext.cnnlab_learn import CHECK
from book._ext.cnnlab_links import NEEDED
from book._ext.cnnlab_reading import END, EXERCISE, HEADING, by_section, optional
from cnnlab.exercises import EXERCISES

PAGE = "book/course"
COURSE = Path(__file__).resolve().parents[1] / "_data" / "course.yml"
RATE = 5  # minutes a point of an exercise; chosen, and measured by nobody, as the page says
BEFORE = re.compile(r"## Before you start\n+(.*?[.])(?:\s|\Z)", re.DOTALL)
RANGE = re.compile(r"(\d\d) to (\d\d)")
NUMBER = re.compile(r"\d\d")
ASKED = re.compile(r"(?m)^\[(\w+)(?: (\d+))?\]$")  # a line of the page that this file writes
APART = ("", "You will learn", "Before you start", "How the exercises work")  # no sections of their own


class Section(NamedTuple):
    title: str
    optional: bool
    reading: float  # minutes
    exercises: int


class Chapter(NamedTuple):
    number: str
    title: str
    name: str  # of its page, as 09_resnet
    needs: tuple[str, ...]
    sections: tuple[Section, ...]

    @property
    def link(self) -> str:
        return f"[{self.number} {self.title}](../notebooks/{self.name}.ipynb)"

    def minutes(self) -> tuple[int, int, int]:
        """Of what is to be read, of what can be left out, and of the exercises."""
        core = sum(section.reading for section in self.sections if not section.optional)
        apart = sum(section.reading for section in self.sections if section.optional)
        return round(core), round(apart), sum(section.exercises for section in self.sections)


def needs(text: str, number: str) -> tuple[str, ...]:
    """The earlier chapters that the first sentence of *Before you start* names."""
    sentence = found[1] if (found := BEFORE.search(text)) else ""
    named = " ".join(each[0] for each in NEEDED.finditer(sentence))
    between = [f"{n:02}" for a, b in RANGE.findall(named) for n in range(int(a), int(b))]
    return tuple(sorted({each for each in [*NUMBER.findall(named), *between] if each < number}))


def exercises(cells: list[dict[str, Any]]) -> Counter[str]:
    """Minutes of exercises, by the heading of the text that teaches what they need."""
    found: Counter[str] = Counter()
    section = ""
    for cell in cells:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            titles = [line[1] for line in map(HEADING.fullmatch, text.splitlines()) if line]
            section = next((title for title in titles[::-1] if not title.startswith(EXERCISE)), section)
        elif name := CHECK.search(text):
            found[section] += RATE * EXERCISES[name[1]].points
    return found


def sections(cells: list[dict[str, Any]], leave_out: set[str]) -> Iterator[Section]:
    reading: dict[str, float] = defaultdict(float)
    for title, took in by_section(cells):
        if not title.startswith(EXERCISE):
            reading[title] += took
    asked = exercises(cells)
    for title in [title for title in reading if title != END]:
        yield Section(title, title in leave_out, reading[title], asked[title])


def chapter(path: Path) -> Chapter:
    cells, number = json.loads(path.read_text("utf-8"))["cells"], path.name[:2]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    title = texts[0].splitlines()[0].removeprefix("# ")
    parts = tuple(sections(cells, optional(number)))
    return Chapter(number, title, path.stem, needs("\n\n".join(texts), number), parts)


def weeks(chapters: dict[str, Chapter], count: int) -> str:
    """A path as a table, with its sums, and what it leaves out."""
    path = yaml.safe_load(COURSE.read_text("utf-8"))[count]
    read = [[chapters[number] for number in week if number in chapters] for week in path]
    lines = ["| Week | Chapters | Read | Solve |", "|--:|:--|--:|--:|"]
    for week, parts in enumerate(filter(None, read), 1):
        lines.append(row(str(week), "; ".join(part.link for part in parts), parts))
    lines.append(row("", "Together", [part for parts in read for part in parts]))
    apart = [part.link for part in chapters.values() if not any(part in parts for parts in read)]
    return "\n".join([*lines, "", f"Left out: {'; '.join(apart) or 'nothing'}."])


def row(first: str, second: str, parts: list[Chapter]) -> str:
    core, apart, asked = map(sum, zip((0, 0, 0), *(part.minutes() for part in parts), strict=True))
    return f"| {first} | {second} | {core}{f' + {apart}' * bool(apart)} | {asked} |"


def by_chapter(chapters: dict[str, Chapter]) -> str:
    """Each chapter's sections with their minutes, and a mark at what a first reading can leave out."""
    return "\n\n".join(table(part) for part in chapters.values())


def table(part: Chapter) -> str:
    core, apart, asked = part.minutes()
    more = f", optional {apart}" if apart else ""
    lines = [
        f":::{{dropdown}} {part.number} {part.title}: reading {core}{more}, exercises {asked} minutes",
        "",
    ]
    lines += ["| Section | Reading | Exercises |", "|:--|--:|--:|"]
    opening = sum(each.reading for each in part.sections if each.title in APART)
    lines.append(f"| {part.link}, to its first section | {opening:.0f} | – |")
    for each in part.sections:
        if each.title not in APART:
            mark = " (*optional*)" if each.optional else ""
            place = f"../notebooks/{part.name}.ipynb#{slugify(each.title.replace('`', ''))}"
            lines.append(f"| [{each.title}]({place}){mark} | {each.reading:.0f} | {each.exercises or '–'} |")
    return "\n".join([*lines, ":::"])


def needed(chapters: dict[str, Chapter]) -> str:
    """The graph as a list: all that a chapter names."""
    return "\n".join(
        f"- {part.link} needs {'chapters ' * bool(part.needs)}{', '.join(part.needs) or 'no other chapter'}."
        for part in chapters.values()
    )


def graph(chapters: dict[str, Chapter]) -> nx.DiGraph:
    """Who needs whom, without the lines that follow from others."""
    whole = nx.DiGraph()
    whole.add_nodes_from(chapters)
    whole.add_edges_from((a, part.number) for part in chapters.values() for a in part.needs if a in chapters)
    return nx.transitive_reduction(whole)


WIDE, HIGH, STEP, ROW = 88, 70, 92, 94  # of a box, and from one to the next


def places(lines: nx.DiGraph) -> dict[str, tuple[int, int]]:
    """Column and row of each: below all that it needs, below the last of them if it can, under no line."""
    rows = [sorted(row) for row in nx.topological_generations(lines)]
    level = {number: n for n, row in enumerate(rows) for number in row}
    at: dict[str, tuple[int, int]] = {}
    for n, row in enumerate(rows):
        passed = {at[a][0] for a, b in lines.edges if level[a] < n < level[b]}
        free = [column for column in range(max(4, len(row) + len(passed))) if column not in passed]
        for number in row:
            above = [at[each][0] for each in sorted(lines.predecessors(number))]
            column = min(free, key=lambda each: abs(each - (above or [1])[-1]))
            free.remove(column)
            at[number] = column, n
    return at


STYLE = """<style>
.bd-article svg.cnnlab-needs { display: block; margin: 1rem 0; max-width: 460px; width: 100%; }
.cnnlab-needs rect { fill: var(--pst-color-surface); stroke: var(--pst-color-primary); stroke-width: 1.5; }
.cnnlab-needs path { fill: none; stroke: var(--pst-color-text-muted); stroke-width: 1.5; }
.cnnlab-needs text { fill: var(--pst-color-text-base); font-size: 11.5px; text-anchor: middle; }
.cnnlab-needs rect + text { font-weight: 700; }
</style>"""


def box(part: Chapter, x: int, y: int) -> str:
    words = [part.number, *wrap(part.title, 12, break_long_words=False)]
    middle, top = x + WIDE // 2, y + (HIGH - 13 * len(words)) / 2 + 10.5
    said = [f'<text x="{middle}" y="{top + 13 * n:g}">{escape(word)}</text>' for n, word in enumerate(words)]
    return f'<rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="6"/>' + "".join(said)


def drawn(chapters: dict[str, Chapter]) -> str:
    lines = graph(chapters)
    at = {number: (3 + STEP * x, 3 + ROW * y) for number, (x, y) in places(lines).items()}
    wide, high = max(x for x, _ in at.values()) + WIDE + 3, max(y for _, y in at.values()) + HIGH + 3
    says = "The chapters, with a line down from each to those that need it; the list below says the same."
    paths = []
    for a, b in sorted(lines.edges):
        (x, y), (to, down) = at[a], at[b]
        x, y, to = x + WIDE // 2, y + HIGH, to + WIDE // 2
        paths.append(f'<path d="M{x} {y}V{down - 26}C{x} {down - 8} {to} {down - 18} {to} {down}"/>')
    boxes = [box(part, *at[number]) for number, part in chapters.items()]
    head = f'<svg class="cnnlab-needs" viewBox="0 0 {wide} {high}" role="img" aria-label="{says}">'
    return "\n".join(["<div>", STYLE, head, *paths, *boxes, "</svg>", "</div>"])


def written(text: str, chapters: dict[str, Chapter]) -> str:
    """The page with what stands for something computed replaced by it."""
    makes: dict[str, Callable[[str], str]] = {
        "weeks": lambda count: weeks(chapters, int(count)),
        "graph": lambda _: drawn(chapters),
        "needs": lambda _: needed(chapters),
        "sections": lambda _: by_chapter(chapters),
    }
    return ASKED.sub(lambda found: makes[found[1]](found[2]), text).replace("[rate]", str(RATE))


def write(app: Sphinx, docname: str, source: list[str]) -> None:
    if docname == PAGE:
        names = sorted(name for name in app.env.found_docs if name.startswith("notebooks/"))
        paths = [Path(app.srcdir) / f"{name}.ipynb" for name in names]
        for path in paths:
            app.env.note_dependency(str(path))
        source[0] = written(source[0], {path.name[:2]: chapter(path) for path in paths})


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
