"""Drawings of single units: a neuron, a block and its branches, who listens to whom."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cnnlab.figures.style import BLUE, INK, ORANGE, STYLE, TEAL, Picture, finish, new_figure


@rc_context(STYLE)
def neurons() -> Picture:
    """A nerve cell, simplified, above the artificial neuron: in both, many inputs become one output."""
    figure = new_figure(4.4)
    for axes, draw in zip(figure.subplots(2, 1), (draw_nerve_cell, draw_neuron), strict=True):
        axes.set(xlim=(0, 10), ylim=(-2, 2))
        axes.set_axis_off()
        for (x, y), text in draw(axes).items():
            axes.text(x, y, text, ha="center", va="center")
    return finish(figure)


def draw_nerve_cell(axes: Axes) -> dict[tuple[float, float], str]:
    """Lines and a disc; returns where its words belong."""
    for y in (1.2, 0, -1.2):
        axes.plot([0.4, 2.2, 4], [y, 0.75 * y, 0], color=TEAL)
        axes.plot([0.9, 1.5], [y + 0.35, 0.85 * y], color=TEAL)
        axes.plot([7.4, 8.8], [0, 0.7 * y], color=BLUE, marker="o", markevery=[1])
    axes.plot([4, 7.4], [0, 0], color=BLUE)
    axes.plot(4, 0, "o", color=ORANGE, markersize=40)
    return {(1.5, 1.75): "dendrites", (4, 1.2): "cell body", (6, 0.35): "axon", (8.7, 1.4): "terminals"}


def draw_neuron(axes: Axes) -> dict[tuple[float, float], str]:
    """Arrows and two discs; returns where its words belong."""
    ends = [((1, y), (3.5, 0.25 * y), TEAL) for y in (1.2, 0, -1.2)]
    for start, end, colour in [*ends, ((4.5, 0), (5.5, 0), ORANGE), ((6.5, 0), (8.6, 0), BLUE)]:
        arrow = {"arrowstyle": "-|>", "color": colour, "linewidth": 2.2, "mutation_scale": 16}
        axes.annotate("", end, start, arrowprops=arrow)
    axes.plot([4, 6], [0, 0], "o", color="white", markeredgecolor=ORANGE, markeredgewidth=2.2, markersize=40)
    inputs = {(0.6, 1.2): "$x_1$", (0.6, 0): "$x_2$", (0.6, -1.2): "$x_3$"}
    weights = {(2.4, 1.2): "$w_1$", (2.0, 0.3): "$w_2$", (2.4, -1.2): "$w_3$"}
    return inputs | weights | {(4, 0): "Σ + b", (6, 0): "$f$", (9, 0): "$y$"}


@rc_context(STYLE)
def shortcuts(blocks: Mapping[str, tuple[Sequence[str], str | None]]) -> Picture:
    """Blocks side by side, from top to bottom: the layers of F and what the shortcut around them does.

    Each title has the texts of its layers and of its shortcut; None where there is no shortcut and no sum.
    """
    tallest = max(len(layers) for layers, _ in blocks.values())
    figure = new_figure(0.62 * tallest + 1.6)
    grid = figure.subplots(1, len(blocks), squeeze=False)[0]
    for axes, (title, (layers, around)) in zip(grid, blocks.items(), strict=True):
        axes.set(xlim=(-1.5, 2.1), ylim=(tallest + 1.5, -0.9))
        axes.set_axis_off()
        axes.set_title(title, pad=2)
        draw_residual(axes, layers, around)
    return finish(figure)


def draw_residual(axes: Axes, layers: Sequence[str], around: str | None) -> None:
    """x at the top, the layers, where something goes around them their sum, and the last ReLU."""
    arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.4, "mutation_scale": 12}
    centre: Any = {"ha": "center", "va": "center"}
    end = len(layers)
    axes.text(0, -0.6, "x", **centre)
    for y, layer in enumerate(layers):
        axes.annotate("", (0, y + 0.18), (0, y - 0.4), arrowprops=arrow)
        axes.add_patch(Rectangle((-1.3, y + 0.18), 2.6, 0.42, facecolor="#cfe0f3", edgecolor=BLUE))
        axes.text(0, y + 0.39, layer, **centre)
        if y:
            axes.text(0.15, y - 0.12, "ReLU", va="center")
    if around:
        axes.annotate("", (0, end - 0.02), (0, end - 0.4), arrowprops=arrow)
        circle = {"boxstyle": "circle,pad=0.1", "fc": "white", "ec": ORANGE}
        axes.text(0, end + 0.2, "+", **centre, bbox=circle)
        axes.plot([0.2, 1.7, 1.7], [-0.6, -0.6, end + 0.2], color=ORANGE)
        axes.annotate("", (0.3, end + 0.2), (1.72, end + 0.2), arrowprops=arrow | {"color": ORANGE})
        axes.text(1.88, end / 2 - 0.1, around, rotation=90, **centre)
    bottom = end + (0.4 if around else -0.4)
    axes.annotate("", (0, bottom + 0.55), (0, bottom), arrowprops=arrow)
    axes.text(0, bottom + 0.85, "ReLU", **centre)


@rc_context(STYLE)
def orders(units: Mapping[str, tuple[Sequence[str], Sequence[str]]]) -> Picture:
    """Residual units side by side, from top to bottom: the layers of F, the sum, and the layers after it.

    The shortcut is drawn in orange; "3×3" is a convolution.
    """
    tallest = max(len(inside) + len(after) for inside, after in units.values())
    figure = new_figure(0.42 * tallest + 1.3)
    grid = figure.subplots(1, len(units), squeeze=False)[0]
    for axes, (title, (inside, after)) in zip(grid, units.items(), strict=True):
        axes.set(xlim=(-1.15, 1.45), ylim=(tallest + 1.2, -1.1))
        axes.set_axis_off()
        axes.set_title(title, pad=2)
        draw_unit(axes, inside, after)
    return finish(figure)


def draw_unit(axes: Axes, inside: Sequence[str], after: Sequence[str]) -> None:
    """A line from x through the boxes of F, a sum, and boxes on the way that all units share."""
    centre: Any = {"ha": "center", "va": "center"}
    join, end = len(inside), len(inside) + 1 + len(after)
    axes.text(0, -0.75, "x", **centre)
    axes.plot([0, 0], [-0.4, join - 0.15], color=INK, linewidth=1.4, zorder=0)
    axes.plot([0, 0], [join + 0.15, end], color=ORANGE, zorder=0)
    axes.plot([0.2, 1.3, 1.3, 0.3], [-0.75, -0.75, join, join], color=ORANGE)
    axes.text(0, join, "+", **centre, bbox={"boxstyle": "circle,pad=0.1", "fc": "white", "ec": ORANGE})
    for y, word in [*enumerate(inside), *enumerate(after, start=join + 1)]:
        face = "#cfe0f3" if "×" in word else "white"
        axes.add_patch(Rectangle((-1, y - 0.4), 2, 0.8, facecolor=face, edgecolor=BLUE, linewidth=1.2))
        axes.text(0, y, word, **centre)


@rc_context(STYLE)
def units(blocks: Mapping[str, tuple[str, Sequence[str], Sequence[str], str]]) -> Picture:
    """Units side by side, from top to bottom: what the layers do, and what stands beside them.

    Each title has the start, the texts of its layers, those of the layers beside them (none: the start goes
    by as it is) and the joint. What follows a "|" in a layer's text stands below its box, as in "1×1|ReLU".
    """
    tallest = max(len(layers) for _, layers, _, _ in blocks.values())
    figure = new_figure(0.66 * tallest + 1.5)
    grid = figure.subplots(1, len(blocks), squeeze=False)[0]
    for axes, (title, (start, layers, beside, joint)) in zip(grid, blocks.items(), strict=True):
        axes.set(xlim=(-1.25, 1.55), ylim=(tallest + 1.3, -1.0))
        axes.set_axis_off()
        axes.set_title(title, pad=2)
        axes.text(0, -0.7, start, ha="center", va="center")
        draw_branch(axes, 0.65, layers, tallest)
        draw_branch(axes, -0.8, beside, tallest)
        box = {"boxstyle": "round,pad=0.25", "fc": "white", "ec": ORANGE}
        axes.text(0, tallest + 0.45, joint, ha="center", va="center", bbox=box)
        arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.4}
        axes.annotate("", (0, tallest + 1.25), (0, tallest + 0.72), arrowprops=arrow)
    return finish(figure)


def draw_branch(axes: Axes, x: float, texts: Sequence[str], end: float) -> None:
    """From the start at the top to the joint at `end`: a box a text, in orange where there is none."""
    arrow = {
        "arrowstyle": "-|>",
        "color": INK if texts else ORANGE,
        "linewidth": 1.4,
        "shrinkA": 0,
        "shrinkB": 0,
    }
    axes.plot([0, x], [-0.45, -0.1], color=arrow["color"], linewidth=1.4)
    wide = 1.7 if x > 0 else 0.85
    above = -0.1
    for y, text in enumerate(texts):
        layer, _, note = text.partition("|")
        axes.annotate("", (x, y + 0.15), (x, above), arrowprops=arrow)
        axes.add_patch(Rectangle((x - wide / 2, y + 0.15), wide, 0.45, facecolor="#cfe0f3", edgecolor=BLUE))
        axes.text(x, y + 0.375, layer, ha="center", va="center")
        axes.text(x + 0.1, y + 0.84, note, va="center")
        above = y + 0.6
    axes.plot([x, x], [above, end - 0.25], color=arrow["color"], linewidth=1.4)
    axes.annotate("", (x / 2, end + 0.2), (x, end - 0.25), arrowprops=arrow)


@rc_context(STYLE)
def routing(
    senders: Sequence[str], receivers: Sequence[str], shares: np.ndarray, lengths: Sequence[float]
) -> Picture:
    """Who sends to whom: shares [senders, receivers] as lines, and the receivers' lengths as bars.

    A share above the equal one is a line, the thicker the more it is above; one below is not drawn.
    """
    equal, largest = 1 / len(receivers), float(shares.max())
    figure = new_figure(0.24 * max(len(senders), len(receivers)) + 0.5)
    axes = figure.subplots()
    left, right = (np.linspace(0, 1, len(names)) for names in (senders, receivers))
    for (i, j), share in np.ndenumerate(shares):
        if share > equal:
            strength = (share - equal) / (largest - equal)
            look = {"linewidth": 0.3 + 4 * strength, "alpha": 0.25 + 0.7 * strength}
            axes.plot([0, 1], [left[i], right[j]], color=BLUE, **look)
    for y, name in zip(left, senders, strict=True):
        axes.text(-0.03, y, name, ha="right", va="center")
    for y, name, length in zip(right, receivers, lengths, strict=True):
        axes.text(1.06, y, name, ha="center", va="center")
        axes.barh(y, 0.45 * length, left=1.12, height=0.05, color=ORANGE)
        axes.text(1.14 + 0.45 * length, y, f"{length:.2f}", va="center")
    axes.set(xlim=(-0.45, 1.8), ylim=(1.05, -0.05))
    axes.set_axis_off()
    return finish(figure)


@rc_context(STYLE)
def arcs(panels: Mapping[str, Sequence[tuple[int, int]]]) -> Picture:
    """Who reads whom: things in a row, numbered from 0, and an arc from each that is read to its reader."""
    figure = new_figure(1.75 * len(panels))
    grid = figure.subplots(len(panels), 1, squeeze=False)[:, 0]
    for axes, (title, pairs) in zip(grid, panels.items(), strict=True):
        last = max(reader for _, reader in pairs)
        for number in range(last + 1):
            text = f"x{chr(0x2080 + number)}"
            axes.text(number, 0, text, ha="center", va="center", bbox={"fc": "#cfe0f3", "ec": BLUE})
        for source, reader in pairs:
            bend = f"arc3,rad={-0.45 if reader - source > 1 else 0}"
            arrow = {"arrowstyle": "-|>", "color": ORANGE if reader - source > 1 else INK, "shrinkB": 12}
            arrow |= {"connectionstyle": bend, "shrinkA": 12, "mutation_scale": 11, "linewidth": 1.3}
            axes.annotate("", (reader, 0), (source, 0), arrowprops=arrow)
        axes.set(xlim=(-0.5, last + 0.5), ylim=(-0.4, 0.27 * last))
        axes.set_title(title, loc="left", pad=2)
        axes.set_axis_off()
    return finish(figure)
