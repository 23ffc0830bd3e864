"""The map of the book's ideas: what failed, what answers it, where; drawn from book/_data/concepts.yml.

A line goes down from an idea, left of all, and an arrow leaves it for each idea that answers its failure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from itertools import accumulate, groupby, pairwise
from pathlib import Path
from textwrap import wrap
from typing import Any, NamedTuple

import yaml  # type: ignore[import-untyped]
from sphinx.application import Sphinx

PAGE = "book/concept_map"
DATA = Path(__file__).resolve().parents[1] / "_data" / "concepts.yml"
WIDE, COLUMNS = 345, 34  # units of the drawing, and letters in a line of it
SHEET = 700  # units of a piece at most: a printed page takes them in letters that can be read
LANE, LINE, GAP, RADIUS = 6, 13, 12, 9  # between lines that go down, lines of text, ideas; of a circle
STYLE = """<style>
.bd-article svg.cnnlab-map { display: block; max-width: 30rem; width: 100%; }
.cnnlab-map text { fill: var(--pst-color-text-base); font-size: 11px; }
.cnnlab-map .idea { font-weight: 700; }
.cnnlab-map .failure { fill: var(--pst-color-text-muted); }
.cnnlab-map path { fill: none; stroke: var(--pst-color-text-muted); stroke-width: 1.3; }
.cnnlab-map .odd, .cnnlab-map .odd path { stroke: var(--pst-color-primary); }
.cnnlab-map path.head { fill: var(--pst-color-text-base); stroke: none; }
.cnnlab-map circle { fill: var(--pst-color-surface); stroke: var(--pst-color-primary); }
.cnnlab-map .number { font-size: 10.7px; text-anchor: middle; }
</style>"""


class Idea(NamedTuple):
    name: str
    chapter: str
    idea: str
    of: tuple[str, ...]  # ideas that failed, or that it is made of; above it
    failure: str


def ideas(data: dict[str, dict[str, Any]], chapters: set[str]) -> list[Idea]:
    """The ideas in their order; ValueError for an arrow to nothing or up, and a chapter without one."""
    found = [
        Idea(name, each["chapter"], each["idea"], (*each["of"],), each["failure"])
        for name, each in data.items()
    ]
    for a, b in pairwise(found):
        if a.chapter > b.chapter:
            raise ValueError(f"{a.name!r} of chapter {a.chapter} stands before {b.name!r} of {b.chapter}")
    for n, each in enumerate(found):
        if nowhere := {*each.of} - {above.name for above in found[:n]}:
            raise ValueError(f"{each.name!r} follows {', '.join(nowhere)}: no idea above it")
    if apart := {each.chapter for each in found} ^ chapters:
        raise ValueError(f"chapters {', '.join(sorted(apart))}: in the book or in the map, not in both")
    return found


def lanes(found: list[Idea]) -> dict[str, int]:
    """The line that goes down from each idea with followers; 0 is next to the ideas, for short ones."""
    row = {each.name: n for n, each in enumerate(found)}
    last = {origin: row[each.name] for each in found for origin in each.of}
    at: dict[str, int] = {}
    for name in sorted(last, key=lambda name: (last[name] - row[name], row[name])):
        meets = {at[each] for each in at if row[each] <= last[name] and row[name] <= last[each]}
        at[name] = next(n for n in range(len(last)) if n not in meets)
    return at


class Drawing(NamedTuple):
    """Where things stand, in units."""

    top: dict[str, int]  # the middle of an idea's circle
    high: int
    lane: dict[str, int]  # x of the line down from an idea
    left: int  # the middle of all circles


def words(each: Idea) -> list[tuple[str, str]]:
    """The lines of an idea with their kinds."""
    lines = [("idea", line) for line in wrap(each.idea, COLUMNS - 4)]
    return lines + [("failure", line) for line in wrap(each.failure, COLUMNS)]


def placed(found: list[Idea]) -> Drawing:
    heights = [LINE * len(words(each)) + GAP for each in found]
    tops = [12, *(12 + high for high in accumulate(heights))]
    at = lanes(found)
    left = LANE * (max(at.values()) + 1) + 20
    lane = {name: left - 18 - LANE * n for name, n in at.items()}
    return Drawing({each.name: top for each, top in zip(found, tops, strict=False)}, tops[-1], lane, left)


def down(name: str, found: list[Idea], at: Drawing) -> str:
    """The line from an idea to the last that follows it."""
    x, y = at.lane[name], at.top[name] + RADIUS + 4
    end = max(at.top[each.name] + into(each, name) for each in found if name in each.of)
    start = f"M{at.left} {y - 4}Q{at.left} {y} {at.left - 4} {y}"
    return f'<path d="{start}H{x + 4}Q{x} {y} {x} {y + 4}V{end - 4}"/>'


def into(each: Idea, origin: str) -> int:
    """How far below an idea's middle the arrow from one of those before it ends."""
    return 5 * each.of.index(origin) - 5 * (len(each.of) - 1) // 2


def arrow(each: Idea, origin: str, at: Drawing) -> str:
    x, y, tip = at.lane[origin], at.top[each.name] + into(each, origin), at.left - RADIUS
    head = f'<path class="head" d="M{tip} {y}l-5 -2.5v5z"/>'
    return f'<path d="M{x} {y - 4}Q{x} {y} {x + 4} {y}H{tip - 4}"/>{head}'


def lines(found: list[Idea], at: Drawing) -> Iterator[str]:
    """The arrows, those of one idea together; every second lane has another colour."""
    for name, x in at.lane.items():
        odd = ' class="odd"' if (at.left - 18 - x) // LANE % 2 else ""
        arrows = [arrow(each, name, at) for each in found if name in each.of]
        yield f"<g{odd}>{down(name, found, at)}{''.join(arrows)}</g>"


def said(each: Idea, at: Drawing) -> Iterator[str]:
    y = at.top[each.name]
    yield f'<circle cx="{at.left}" cy="{y}" r="{RADIUS}"/>'
    yield f'<text class="number" x="{at.left}" y="{y + 3.5}">{each.chapter}</text>'
    for n, (kind, line) in enumerate(words(each)):
        yield f'<text class="{kind}" x="{at.left + 15}" y="{y + 4 + LINE * n}">{escape(line)}</text>'


def pieces(found: list[Idea], at: Drawing) -> Iterator[tuple[list[Idea], int, int]]:
    """Ideas that fit onto a printed page together, with where the piece begins and how high it is."""
    ends = [at.top[each.name] - RADIUS - 4 for each in found[1:]] + [at.high]
    start, held = 0, list[Idea]()
    for n, each in enumerate(found):
        held.append(each)
        if n + 1 == len(found) or ends[n + 1] - start > SHEET:
            yield held, start, ends[n] - start
            start, held = ends[n], []


def drawn(found: list[Idea]) -> str:
    """One drawing in pieces below each other: a page of paper breaks between two of them."""
    at = placed(found)
    says = "The ideas from chapter to chapter, with an arrow from each to those that answer its failure; "
    made = [f'<div role="img" aria-label="{says}the list below says the same.">', STYLE]
    for part, start, high in pieces(found, at):
        made += [
            f'<svg class="cnnlab-map" viewBox="0 {start} {WIDE} {high}" aria-hidden="true">',
            *lines(found, at),
        ]
        made += [line for each in part for line in said(each, at)] + ["</svg>"]
    return "\n".join([*made, "</div>"])


def listed(found: list[Idea], pages: dict[str, tuple[str, str]]) -> str:
    """A line for each idea, below its chapter; `pages` are the chapters' names and titles, by number."""
    known = {each.name: each for each in found}
    made = []
    for chapter, parts in groupby(found, key=lambda each: each.chapter):
        name, called = pages[chapter]
        made.append(f"- [{chapter} {called}](../notebooks/{name}.ipynb)")
        for each in parts:
            before = "; ".join(f"{known[origin].idea}, {known[origin].chapter}" for origin in each.of)
            made.append(f"  - **{each.idea}.** {each.failure}" + f" ({before})" * bool(before))
    return "\n".join(made)


def title(path: Path) -> str:
    """The first line of a chapter."""
    first = json.loads(path.read_text("utf-8"))["cells"][0]["source"]
    return str("".join(first).splitlines()[0].removeprefix("# "))


def write(app: Sphinx, docname: str, source: list[str]) -> None:
    if docname == PAGE:
        names = sorted(name for name in app.env.found_docs if name.startswith("notebooks/"))
        paths = [Path(app.srcdir) / f"{name}.ipynb" for name in names]
        for path in [DATA, *paths]:
            app.env.note_dependency(str(path))
        pages = {path.name[:2]: (path.stem, title(path)) for path in paths}
        found = ideas(yaml.safe_load(DATA.read_text("utf-8")), {*pages})
        source[0] = source[0].replace("[map]", drawn(found)).replace("[list]", listed(found, pages))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
