"""Drawings of blocks and networks whose shape is the idea, as SVG, in the sections that explain it.

book/_data/drawings.yml says where, and has the words. Sizes and counts in a drawing are computed. It has the
style sheet's classes, and as attributes the colours that these have on white: an EPUB knows no theme.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import yaml  # type: ignore[import-untyped]
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from cnnlab.cost import conv2d_output_size, conv2d_params, conv_transpose2d_output_size

PLACES = Path(__file__).resolve().parents[1] / "_data" / "drawings.yml"
WIDTH = 360  # units; on a phone one is a pixel
# GoogLeNet's Table 1, module 3a: 1×1, before 3×3, 3×3, before 5×5, 5×5, behind the pooling
ROW_3A = 64, 96, 128, 16, 32, 32
HEADING = re.compile(r"##+ (.*)")
LOOKS = {
    "map": 'fill="#d3ebf1" stroke="#0a667f" stroke-width="1.5"',
    "layer": 'fill="#ffffff" stroke="#55606e" stroke-width="1.5"',
    "mend": 'fill="#fbd9bf" stroke="#a4480f" stroke-width="1.5"',
    "funnel": 'fill="#f4f6f8"',
    "wire": 'fill="none" stroke="#55606e" stroke-width="1.5"',
    "way": 'fill="none" stroke="#a4480f" stroke-width="2.5"',
    "head": 'fill="#55606e"',
    "head way": 'fill="#a4480f"',
}


def rect(kind: str, x: float, y: float, width: float, height: float) -> str:
    place = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
    return f'<rect class="{kind}" {LOOKS[kind]} {place} rx="3"/>'


def path(kind: str, d: str) -> str:
    return f'<path class="{kind}" {LOOKS[kind]} d="{d}"/>'


def word(x: float, y: float, text: str, weight: int = 400) -> str:
    """A word whose middle stands there."""
    look = f'fill="#1f2a33" font-size="12" font-weight="{weight}" text-anchor="middle"'
    return f'<text {look} x="{x:g}" y="{y + 4:g}">{escape(text)}</text>'


def arrow(kind: str, *places: tuple[float, float]) -> str:
    """A line along places, the last of its pieces upright or level, with a head at the end."""
    (a, b), (x, y) = places[-2:]
    across, down = (x > a) - (x < a), (y > b) - (y < b)
    sides = [(x - 8 * across + s * down, y - 8 * down + s * across) for s in (-4, 4)]
    line = path(kind, "M" + "L".join(f"{x:g} {y:g}" for x, y in places))
    return line + path(
        f"head {kind}".replace(" wire", ""),
        f"M{x:g} {y:g}" + "".join(f"L{c:g} {d:g}" for c, d in sides) + "z",
    )


def plus(x: float, y: float) -> str:
    return path("layer", f"M{x - 9:g} {y:g}a9 9 0 1 0 18 0a9 9 0 1 0 -18 0z") + word(x, y, "+", 700)


def svg(height: float, *parts: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" role="img">{"".join(parts)}</svg>'


# ---- Where ends do not fit --------------------------------------------------------------------------


def sheets(x: float, y: float, side: float, count: int) -> str:
    """Channels as sheets one behind the other, the first with its middle at x and y."""
    return "".join(
        rect("map", x - side / 2 + 3 * n, y - side / 2 - 3 * n, side, side) for n in range(count - 1, -1, -1)
    )


def block(left: float, y: float, first: str, shortcut: str) -> str:
    """Two layers from `left` on, the way around them, and the sum."""
    around = arrow("way", (left + 2, y), (left + 2, y - 58), (left + 100, y - 58), (left + 100, y - 9))
    return (
        path("wire", f"M{left - 6:g} {y:g}H{left + 91:g}")
        + around
        + rect("layer", left + 12, y - 13, 32, 26)
        + rect("layer", left + 52, y - 13, 32, 26)
        + word(left + 28, y, "3×3")
        + word(left + 68, y, "3×3")
        + word(left + 28, y + 24, first)
        + (rect("mend", left + 9, y - 71, 84, 26) + word(left + 51, y - 58, shortcut) if shortcut else "")
        + plus(left + 100, y)
    )


def uneven_ends() -> str:
    rows = conv2d_output_size(56, 3, 2, 1)
    weights = conv2d_params(64, 2 * 64, 1, bias=False)
    y = 100
    return svg(
        148, sheets(22, y, 40, 2), block(52, y, "", ""), path("wire", f"M161 {y}H165"),
        sheets(185, y, 40, 2), block(213, y, "stride 2", "1×1, stride 2"), path("wire", f"M322 {y}H330"),
        sheets(340, y, 20, 4), word(37, y + 36, "64×56×56"), word(188, y + 36, "64×56×56"),
        word(321, y + 36, f"{2 * 64}×{rows}×{rows}"), word(264, y - 82, f"{weights:,} weights"),
    )  # fmt: skip


# ---- A full convolution and a separable one ---------------------------------------------------------


def channels(x: float, count: int) -> tuple[str, list[float]]:
    """A map each, one below the other, and the middles of them."""
    ys = [98 + 34 * (n - (count - 1) / 2) for n in range(count)]
    return "".join(rect("map", x - 11, y - 11, 22, 22) for y in ys), ys


def wires(kind: str, x: float, to: float, pairs: list[tuple[float, float]]) -> str:
    return path(kind, "".join(f"M{x + 11:g} {a:g}L{to - 11:g} {b:g}" for a, b in pairs))


def separable() -> str:
    (left, three), (right, four) = channels(20, 3), channels(120, 4)
    parts = [channels(196, 3)[0], channels(262, 3)[0], channels(340, 4)[0]]
    full = conv2d_params(3, 4, 3, bias=False)
    looks, mixes = conv2d_params(3, 3, 3, groups=3, bias=False), conv2d_params(3, 4, 1, bias=False)
    every = [(a, b) for a in three for b in four]
    return svg(
        200, wires("way", 20, 120, every), left, right,
        wires("way", 196, 262, [(y, y) for y in three]), wires("wire", 262, 340, every), *parts,
        word(70, 14, "full 3×3", 700), word(229, 14, "depthwise", 700),
        word(302, 14, "1×1", 700), word(70, 188, f"12 kernels: {full} weights"),
        word(268, 188, f"3 kernels + 12: {looks + mixes} weights"),
    )  # fmt: skip


# ---- A bottleneck and its inverse -------------------------------------------------------------------


def funnel(middle: float, counts: tuple[int, ...], names: tuple[str, ...]) -> str:
    """Maps as bars, as wide as their channels are many, with the layers between them and the way around."""
    wide, ys = [count / 2 for count in counts], [30 + 56 * n for n in range(len(counts))]
    parts = []
    for (a, b), y, name in zip(pairwise(wide), ys, names, strict=False):
        sides = (f"{middle + sign * half:g} {below:g}" for sign, half, below in (
            (-1, a / 2, y + 10), (1, a / 2, y + 10), (1, b / 2, y + 46), (-1, b / 2, y + 46)
        ))  # fmt: skip
        parts.append(path("funnel", f"M{'L'.join(sides)}z"))
        parts.append(word(middle, y + 28, name))
    for width, count, y in zip(wide, counts, ys, strict=True):
        parts += [rect("map", middle - width / 2, y - 10, width, 20), word(middle, y, f"{count}", 700)]
    end, out = ys[-1] + 34, middle + 80
    start = (middle + wide[0] / 2, ys[0])
    parts.append(arrow("way", start, (out, ys[0]), (out, end), (middle + 9, end)))
    return "".join([*parts, arrow("wire", (middle, ys[-1] + 10), (middle, end - 9)), plus(middle, end)])


def inside_out() -> str:
    names = ("1×1", "3×3 depthwise", "1×1")
    return svg(
        246, funnel(84, (256, 64, 64, 256), names), funnel(268, (64, 256, 256, 64), names),
        word(84, 8, "bottleneck", 700), word(268, 8, "inside out", 700),
    )  # fmt: skip


# ---- A U --------------------------------------------------------------------------------------------


def u_sizes(size: int, levels: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Rows that come to each level and leave it: on the way down, to the last level, and on the way up."""
    down, up = [], []
    for _ in range(levels):
        after = conv2d_output_size(conv2d_output_size(size, 3), 3)
        down.append((size, after))
        size = after // 2
    after = down[-1][1]
    for _ in range(levels - 1):
        size = conv_transpose2d_output_size(after, 2, 2)
        after = conv2d_output_size(conv2d_output_size(size, 3), 3)
        up.append((size, after))
    return down, up[::-1]


def level(x: float, y: float, count: int, rows: tuple[int, int]) -> str:
    return (
        rect("map", x - 31, y - 17, 62, 34)
        + word(x, y - 8, f"{count:,}")
        + word(x, y + 8, "{}→{}".format(*rows))
    )


def u_net() -> str:
    down, up = u_sizes(572, 5)
    parts = [level(WIDTH / 2, 22 + 54 * 4, 64 << 4, down[4])]
    for n, (before, after) in enumerate(zip(down[:4], up, strict=True)):
        left, right, y = 33 + 36 * n, WIDTH - 33 - 36 * n, 22 + 54 * n
        parts += [level(left, y, 64 << n, before), level(right, y, 64 << n, after)]
        parts.append(arrow("wire", (left + 14, y + 17), (left + 14, y + 37)))
        parts.append(arrow("wire", (right - 14, y + 37), (right - 14, y + 17)))
        parts.append(arrow("way", (left + 31, y), (right - 31, y)))
        if n < 3:  # below there is no room for words
            parts.append(word(WIDTH / 2, y - 10, f"cut to {after[0]}"))
    return svg(260, *parts)


# ---- Branches side by side --------------------------------------------------------------------------


def layer(x: float, y: float, name: str, kind: str = "layer") -> str:
    return rect(kind, x - 38, y - 13, 76, 26) + word(x, y, name)


def stacked(y: float, counts: tuple[int, ...], fed: list[float], start: float) -> str:
    """What branches give, side by side as parts of a bar; each is fed from its branch, at `start`."""
    parts, left, unit = [], 30.0, 300 / sum(counts)
    for count, x in zip(counts, fed, strict=True):
        parts.append(path("wire", f"M{x:g} {start:g}L{left + count * unit / 2:g} {y - 12:g}"))
        parts.append(rect("map", left, y - 12, count * unit, 24))
        parts.append(word(left + count * unit / 2, y, f"{count}", 700))
        left += count * unit
    return "".join([*parts, word(WIDTH / 2, y + 26, f"{sum(counts)} channels")])


def whole(y: float, count: int) -> str:
    return rect("map", 30, y - 12, 300, 24) + word(WIDTH / 2, y, f"{count} channels", 700)


def inception() -> str:
    one, before3, three, before5, five, behind = ROW_3A
    columns = [50.0, 137, 223, 310]
    parts = [whole(18, 192), arrow("wire", (50, 30), (50, 112)), layer(50, 125, f"1×1 → {one}")]
    for x, first, second, mended in (
        (137, f"1×1 → {before3}", f"3×3 → {three}", 71),
        (223, f"1×1 → {before5}", f"5×5 → {five}", 71),
        (310, "3×3 pool", f"1×1 → {behind}", 125),
    ):
        parts += [arrow("wire", (x, 30), (x, 58)), arrow("wire", (x, 84), (x, 112))]
        for y, name in ((71, first), (125, second)):
            parts.append(layer(x, y, name, "mend" if y == mended else "layer"))
    return svg(216, *parts, stacked(178, (one, three, five, behind), columns, 138))


def fire() -> str:
    columns = [105.0, 255]
    parts = [whole(18, 128), arrow("wire", (180, 30), (180, 52)), layer(180, 65, "1×1 → 16", "mend")]
    for x, name in zip(columns, ("1×1 → 64", "3×3 → 64"), strict=True):
        parts += [path("wire", f"M180 78V92H{x:g}"), arrow("wire", (x, 92), (x, 108)), layer(x, 121, name)]
    words = word(60, 65, "squeeze", 700) + word(30, 121, "expand", 700)
    return svg(210, *parts, words, stacked(172, (64, 64), columns, 134))


# ---- A gate -----------------------------------------------------------------------------------------


def numbers(left: float, top: float, side: float, values: np.ndarray) -> str:
    parts = []
    for (row, column), value in np.ndenumerate(values):
        x, y = left + side * column, top + side * row
        parts.append(rect("map", x, y, side, side) + word(x + side / 2, y + side / 2, f"{round(value, 2):g}"))
    return "".join(parts)


def gate() -> str:
    maps = np.array([[[1.0, 3], [2, 2]], [[0, 0], [4, 0]]])  # as in the chapter's cell
    means = maps.mean(axis=(1, 2))
    hidden = max(means[0] - means[1], 0)
    gates = 1 / (1 + np.exp(np.array([-2, 2]) * hidden))
    parts = [rect("layer", 166, 87, 34, 26), word(183, 100, f"{hidden:.3g}")]
    for values, mean, opened, y in zip(maps, means, gates, (62, 138), strict=True):
        parts += [numbers(8, y - 24, 24, values), arrow("wire", (56, y), (92, y))]
        parts += [rect("layer", 92, y - 13, 34, 26), word(109, y, f"{mean:.3g}")]
        parts += [path("wire", f"M126 {y}L166 100M200 100L232 {y}")]
        parts += [rect("mend", 232, y - 13, 44, 26), word(254, y, f"{opened:.3f}")]
        parts += [arrow("way", (276, y), (288, y)), numbers(288, y - 34, 34, opened * values)]
    for x, name in ((92, "squeeze"), (193, "excite"), (322, "scale")):
        parts.append(word(x, 10, name, 700))
    return svg(184, *parts)


# ---- Their places -----------------------------------------------------------------------------------

DRAWINGS: dict[str, Callable[[], str]] = {
    each.__name__: each for each in (inception, uneven_ends, gate, fire, separable, inside_out, u_net)
}


def figure(entry: dict[str, Any]) -> str:
    named = f'role="img" aria-label="{escape(entry["alt"])}"'
    drawing = DRAWINGS[entry["drawing"]]().replace('role="img"', named, 1)
    return f'<figure class="cnnlab-drawing">{drawing}<figcaption>{entry["says"]}</figcaption></figure>'


def put(cells: list[dict[str, Any]], entry: dict[str, Any]) -> bool:
    """Insert a drawing into its section, before the text behind so many cells; False where none is there."""
    behind = -1  # so many of the section's cells of code; before the section, none
    for cell in cells:
        text = "".join(cell["source"])
        if cell["cell_type"] != "markdown":
            behind += behind >= 0
            continue
        lines = text.split("\n")
        headings = {found[1]: n + 1 for n, line in enumerate(lines) if (found := HEADING.fullmatch(line))}
        at = headings.get(entry["at"], 0)
        behind = 0 if at else -1 if headings else behind
        if behind == entry["behind"]:
            cell["source"] = "\n".join([*lines[:at], "", figure(entry), "", *lines[at:]])
            return True
    return False


def add_drawings(app: Sphinx, docname: str, source: list[str]) -> None:
    entries = yaml.safe_load(PLACES.read_text("utf-8")).get(Path(docname).name[:2])
    if docname.startswith("notebooks/") and entries:
        notebook = json.loads(source[0])
        for entry in entries:
            if not put(notebook["cells"], entry):
                raise ExtensionError(
                    f"{docname} has no place {entry['at']!r} for the drawing {entry['drawing']}"
                )
        source[0] = json.dumps(notebook)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", add_drawings, priority=440)  # behind a section's minutes
    return {"parallel_read_safe": True, "parallel_write_safe": True}
