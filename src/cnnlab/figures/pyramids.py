"""Feature pyramids, four ways, and images with frames on them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle

from cnnlab.figures.style import (
    ARROW,
    BLUE,
    GREY,
    INK,
    ORANGE,
    STYLE,
    TEAL,
    WIDTH,
    Picture,
    finish,
    new_figure,
)

LEVELS = (1.0, 0.66, 0.4)  # half the width of each map, from the finest up
Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels


@rc_context(STYLE)
def pyramids() -> Picture:
    """Four ways from one image to predictions at three sizes: after figure 1 of Lin et al. (2017).

    Blue maps are made from below, orange ones from above; a green arrow is a prediction.
    """
    figure = new_figure(5.6)
    ways = {
        "(a) pyramid of images": draw_images,
        "(b) one map": draw_single,
        "(c) pyramid of maps": draw_hierarchy,
        "(d) feature pyramid": draw_top_down,
    }
    for axes, (title, draw) in zip(figure.subplots(2, 2).ravel(), ways.items(), strict=True):
        axes.set(xlim=(-1.5, 4.6), ylim=(-1.0, 3.4))
        axes.set_axis_off()
        axes.set_title(title, pad=2)
        draw(axes)
    return finish(figure)


def draw_map(axes: Axes, x: float, level: int, colour: str) -> None:
    """A map lies flat: a parallelogram, the smaller the higher."""
    half, y = LEVELS[level], 1.0 + level
    corners = [(x - half, y - 0.2), (x + half - 0.3, y - 0.2), (x + half, y + 0.2), (x - half + 0.3, y + 0.2)]
    axes.add_patch(Polygon(corners, facecolor="white", edgecolor=colour, linewidth=2))


def arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    axes.annotate(
        "", end, start, arrowprops=ARROW | {"color": colour, "mutation_scale": 12, "linewidth": 1.6}
    )


def draw_trunk(axes: Axes) -> None:
    """An image, and the maps that a network makes from it one after another."""
    axes.add_patch(Rectangle((-1, -0.7), 2, 0.5, facecolor="#d9dde5", edgecolor=GREY))
    axes.text(0, -0.45, "image", ha="center", va="center")
    for level in range(3):
        arrow(axes, (0, level - 0.2 if level == 0 else level + 0.2), (0, level + 0.8), BLUE)
        draw_map(axes, 0, level, BLUE)


def draw_predictions(axes: Axes, x: float, levels: Sequence[int]) -> None:
    for level in levels:
        arrow(axes, (x + LEVELS[level], 1 + level), (x + LEVELS[level] + 0.7, 1 + level), TEAL)
        axes.text(x + LEVELS[level] + 0.75, 1 + level, "predict", va="center")


def draw_images(axes: Axes) -> None:
    """Every size of the image has a network's whole work done on it."""
    for level, half in enumerate(LEVELS):
        axes.add_patch(
            Rectangle((-1.2, 0.85 + level), half, 0.3, facecolor="#d9dde5", edgecolor=GREY),
        )
        arrow(axes, (half - 1.2, 1 + level), (1.3 - half if half < 1 else 0.1, 1 + level), BLUE)
        draw_map(axes, 1.1, level, BLUE)
    axes.text(-1.2, -0.1, "the image, three sizes")
    draw_predictions(axes, 1.1, range(3))


def draw_single(axes: Axes) -> None:
    draw_trunk(axes)
    draw_predictions(axes, 0, [2])


def draw_hierarchy(axes: Axes) -> None:
    draw_trunk(axes)
    draw_predictions(axes, 0, range(3))


def draw_top_down(axes: Axes) -> None:
    """The maps again, from the coarsest down, each beside the one that it is added to."""
    draw_trunk(axes)
    for level in range(3):
        draw_map(axes, 2.3, level, ORANGE)
        arrow(axes, (LEVELS[level], 1 + level), (2.3 - LEVELS[level], 1 + level), ORANGE)
        if level:
            arrow(axes, (2.3, level + 0.8), (2.3, level + 0.2), ORANGE)
        arrow(axes, (2.3 + LEVELS[level], 1 + level), (3.1 + LEVELS[level], 1 + level), TEAL)
    axes.text(3.3, 0.2, "predict", ha="center", color=INK)


@rc_context(STYLE)
def framed(
    pictures: Mapping[str, tuple[np.ndarray, Sequence[Box], Sequence[Box]]], columns: int = 3
) -> Picture:
    """Grey images [H, W], each with frames in blue and dashed frames in orange, ink dark on white."""
    rows = -(-len(pictures) // columns)
    height, width = next(iter(pictures.values()))[0].shape
    figure = new_figure(rows * (WIDTH / columns * height / width + 0.35))
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        axes.set_axis_off()
    for axes, (title, (picture, blue, orange)) in zip(grid, pictures.items(), strict=False):
        axes.imshow(picture, cmap="gray_r", interpolation="nearest")
        axes.set_title(title, pad=4)
        for boxes, look in ((blue, {"edgecolor": BLUE}), (orange, {"edgecolor": ORANGE, "linestyle": "--"})):
            draw_frames(axes, boxes, look)
    return finish(figure)


def draw_frames(axes: Axes, boxes: Sequence[Box], look: dict[str, Any]) -> None:
    for left, top, right, bottom in np.asarray(boxes, float).reshape(-1, 4):
        corner = left - 0.5, top - 0.5  # pixel 0 reaches from −0.5 to 0.5
        axes.add_patch(Rectangle(corner, right - left, bottom - top, fill=False, linewidth=2, **look))
