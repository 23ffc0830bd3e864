"""Write the page of the networks' history from book/_data/history.yml and the catalog.

python -m book._tools.history            # into book/history.md
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from html import escape
from itertools import pairwise
from typing import NamedTuple

import yaml  # type: ignore[import-untyped]

from book._tools.build import ROOT
from cnnlab.catalog import Network, catalog

PAGE = ROOT / "book" / "history.md"
CHOSEN = ROOT / "book" / "_data" / "history.yml"
NAMES, WIDE, ROW, TOP = 138, 340, 18, 34  # units of a drawing: of the names, of all, of a row, above the rows
TEXT = """\
<!-- Written by book/_tools/history.py from book/_data/history.yml and the catalog: edit those. -->

# A history in pictures

The networks of this book's story, each with the year of its paper as the book cites it. Parameters and MACs
are counted by `cnnlab`, for one image of the size in the table. Errors are those that somebody reports. The
networks were trained and tested in different ways: read the errors as an order, not to the last digit. Whom
each is from stands in the table of [chapter 21](../notebooks/21_choosing.ipynb), with all other networks.

## Multiply–accumulates

The scale is logarithmic: from one line to the next it is ten times as many.

{macs}

## Parameters

{params}

## Top-1 error on ImageNet

As reported; of a network without a dot this book cites none.

{errors}

## The same as a table

Error is the reported top-1 error on ImageNet, Size the side of the image in pixels.

| Year | Network | What came with it | Size | Parameters | MACs | Error |
|--:|:--|:--|--:|--:|--:|--:|
{rows}
"""
STYLE = """<style>
.bd-article svg.cnnlab-history { display: block; margin: 1rem 0; max-width: 34rem; width: 100%; }
.cnnlab-history text { fill: var(--pst-color-text-base); font-size: 11px; }
.cnnlab-history .value { fill: var(--pst-color-text-muted); }
.cnnlab-history path { stroke: var(--cnnlab-line); }
.cnnlab-history circle { fill: var(--pst-color-primary); }
</style>"""


class Told(NamedTuple):
    """A network of the page."""

    network: Network
    label: str
    chapter: str  # its page
    brought: str

    @property
    def error(self) -> float | None:
        """Reported top-1 error on ImageNet, in per cent."""
        known = self.network.data == "ImageNet" and self.network.top1 is not None
        return 100 - float(self.network.top1 or 0) if known else None


def told() -> list[Told]:
    """The chosen networks; ValueError where one stands before an older one."""
    known = {network.name: network for network in catalog()}
    found = [Told(known[name], *words) for name, *words in yaml.safe_load(CHOSEN.read_text(encoding="utf-8"))]
    for first, second in pairwise(found):
        if first.network.year > second.network.year:
            raise ValueError(f"{first.label} ({first.network.year}) stands before {second.label}")
    return found


def short(number: float) -> str:
    """1,582,671,872 → 1.58 G"""
    unit, size = next((unit, size) for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)) if number >= size)
    return f"{number / size:.3g} {unit}"


class Scale(NamedTuple):
    """From a value to its place on an axis, 0 to 1, and its words."""

    marks: list[float]  # the values that have a line; every second one has its words
    place: Callable[[float], float]
    words: Callable[[float], str]


def decades(low: int, high: int) -> Scale:
    """Powers of ten from 10^low to 10^high."""
    marks = [10.0**power for power in range(low, high + 1)]
    return Scale(marks, lambda value: (math.log10(value) - low) / (high - low), short)


PER_CENT = Scale([15, 25, 35, 45], lambda value: (value - 15) / 30, lambda value: f"{value:.3g} %")


LEFT, ROOM = NAMES, WIDE - NAMES - 62  # of the axis; right of its end the last value has its words


def axis(scale: Scale, high: int) -> Iterator[str]:
    """Lines from top to bottom, every second one with its words."""
    for n, mark in enumerate(scale.marks):
        x = LEFT + ROOM * scale.place(mark)
        yield f'<path d="M{x:.1f} {TOP - 12}V{high - 4}"/>'
        if n % 2 == 0:
            place = f'x="{x:.1f}" y="{TOP - 18}" text-anchor="middle"'
            yield f'<text class="value" {place}>{scale.words(mark)}</text>'


def dots(names: list[str], values: list[float | None], scale: Scale) -> Iterator[str]:
    """A row for each name, with a dot at the place of its value; a row without a value has its name alone."""
    for n, (name, value) in enumerate(zip(names, values, strict=True)):
        y = TOP + ROW * n + 8
        yield f'<text x="0" y="{y}">{escape(name)}</text>'
        if value is not None:
            x = LEFT + ROOM * scale.place(value)
            yield f'<circle cx="{x:.1f}" cy="{y - 4}" r="4"/>'
            yield f'<text class="value" x="{x + 8:.1f}" y="{y}">{scale.words(value)}</text>'


def chart(names: list[str], values: list[float | None], scale: Scale, says: str) -> str:
    high = TOP + ROW * len(names)
    head = f'<svg class="cnnlab-history" viewBox="0 0 {WIDE} {high}" role="img" aria-label="{escape(says)}">'
    return "\n".join(["<div>", head, *axis(scale, high), *dots(names, values, scale), "</svg>", "</div>"])


def row(each: Told) -> str:
    error = "–" if each.error is None else f"{each.error:.4g} %"
    network = each.network
    link = f"[{each.label}](../notebooks/{each.chapter}.ipynb)"
    cells = [
        network.year,
        link,
        each.brought,
        network.size,
        f"{network.params:,}",
        f"{network.macs:,}",
        error,
    ]
    return f"| {' | '.join(map(str, cells))} |"


def page() -> str:
    found = told()
    names = [f"{each.network.year}  {each.label}" for each in found]
    below = "a dot for each network, in the order of years; the table below has the same numbers."
    macs = chart(names, [each.network.macs for each in found], decades(5, 11), f"MACs: {below}")
    params = chart(names, [each.network.params for each in found], decades(4, 9), f"Parameters: {below}")
    errors = chart(names, [each.error for each in found], PER_CENT, f"Reported top-1 error: {below}")
    rows = "\n".join(map(row, found))
    return TEXT.format(macs=f"{STYLE}\n{macs}", params=params, errors=errors, rows=rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
