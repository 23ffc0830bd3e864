"""Arrays as pictures: numbers in a grid, images, filters, fields."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.cbook import get_sample_data
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.image import imread
from matplotlib.patches import Rectangle
from PIL import Image

from cnnlab.figures.style import (
    ARROW,
    BLUE,
    GREY,
    INK,
    ORANGE,
    PAPER,
    SHADES,
    SIGNED,
    STRONG,
    STYLE,
    WIDTH,
    Picture,
    finish,
    new_figure,
    shrink,
    signed,
)


def photograph(size: int = 300) -> np.ndarray:
    """Grace Hopper, from matplotlib's sample data, in greys: [size, size], 0 (black) to 1 (white)."""
    portrait = get_sample_data("grace_hopper.jpg", asfileobj=False)  # 606×512 pixels
    colours = imread(portrait) / 255
    grey = colours @ (0.299, 0.587, 0.114)  # how bright the eye finds red, green and blue (ITU-R BT.601)
    scaled = Image.fromarray((255 * grey[:512]).astype(np.uint8)).resize((size, size))
    return np.asarray(scaled) / 255


@rc_context(STYLE)
def matrices(
    arrays: Mapping[str, np.ndarray],
    windows: Mapping[str, tuple[int, int, int, int]] | None = None,
    hidden: Mapping[str, int] | None = None,
) -> Picture:
    """Small matrices of whole numbers side by side, blue above zero and orange below.

    `windows` frames a rectangle (top, left, height, width) of a matrix given by its title; `hidden` leaves
    blank all but that many of a matrix's first elements, row by row.
    """
    shapes = [np.shape(array) for array in arrays.values()]
    columns = [width for _, width in shapes]
    cell = (WIDTH - 0.3 * (len(columns) - 1)) / sum(columns)
    figure = new_figure(min(cell, 0.5) * (max(height for height, _ in shapes)) + 0.55)
    grid = figure.subplots(1, len(arrays), width_ratios=columns, squeeze=False)[0]
    for axes, (title, array) in zip(grid, arrays.items(), strict=True):
        draw_matrix(axes, np.asarray(array), (hidden or {}).get(title))
        axes.set_title(title, pad=6)
        if title in (windows or {}):
            top, left, height, width = (windows or {})[title]
            frame = Rectangle(
                (left - 0.5, top - 0.5), width, height, fill=False, edgecolor=INK, linewidth=2.6
            )
            axes.add_patch(frame)
    return finish(figure)


@rc_context(STYLE)
def images(pictures: Mapping[str, np.ndarray], columns: int = 2) -> Picture:
    """Grey images [H, W] in a grid, titled; the darkest percent of each is black, the brightest white."""
    rows = -(-len(pictures) // columns)
    height, width = next(iter(pictures.values())).shape
    figure = new_figure(rows * (WIDTH / columns * height / width + 0.3))
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.ravel():
        axes.set_axis_off()
    for axes, (title, picture) in zip(grid.ravel()[: len(pictures)], pictures.items(), strict=True):
        darkest, brightest = np.percentile(picture, [1, 99])
        axes.imshow(picture, cmap="gray", vmin=darkest, vmax=brightest)
        axes.set_title(title, pad=4)
    return shrink(finish(figure))


@rc_context(STYLE)
def patterns(reads: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> Picture:
    """Which pixels two neighbouring outputs read: for each title two boolean masks [H, W].

    The first output's pixels are hatched / in blue, the second's \\ in orange; some are read by both.
    """
    columns = [first.shape[1] for first, _ in reads.values()]
    rows = max(first.shape[0] for first, _ in reads.values())
    figure = new_figure(WIDTH / sum(columns) * rows + 0.5)
    grid = figure.subplots(1, len(reads), width_ratios=columns, squeeze=False)[0]
    for axes, (title, masks) in zip(grid, reads.items(), strict=True):
        draw_matrix(axes, np.zeros(masks[0].shape), shown=0)
        axes.set_title(title, pad=6)
        for mask, colour, hatch in zip(masks, (BLUE, ORANGE), ("//", "\\\\"), strict=True):
            for i, j in np.argwhere(mask):
                square = Rectangle((j - 0.42, i - 0.42), 0.84, 0.84, color=colour, fill=False, hatch=hatch)
                axes.add_patch(square)
    return finish(figure)


@rc_context(STYLE)
def heat(maps: Mapping[str, np.ndarray], frames: Mapping[str, float] | None = None) -> Picture:
    """Maps [H, W] of values ≥ 0, each from white (0) to its largest (blue), with a centred square frame."""
    figure = new_figure(WIDTH / len(maps) + 0.2)
    for axes, (title, values) in zip(
        figure.subplots(1, len(maps), squeeze=False)[0], maps.items(), strict=True
    ):
        axes.imshow(values, cmap=SHADES, vmin=0, vmax=values.max(), interpolation="nearest")
        axes.set_title(title, pad=6)
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(True)
        if side := (frames or {}).get(title, 0):
            corner = ((values.shape[1] - side) / 2 - 0.5, (values.shape[0] - side) / 2 - 0.5)
            axes.add_patch(Rectangle(corner, side, side, fill=False, edgecolor=ORANGE, linewidth=2))
    return shrink(finish(figure))


@rc_context(STYLE)
def mosaics(panels: Mapping[str, np.ndarray]) -> Picture:
    """Tiles [rows, columns, H, W] under each title: white is 0, blue above and orange below, each tile
    stretched to its own largest number."""
    shapes = [np.shape(tiles) for tiles in panels.values()]
    heights = [WIDTH * rows * h / (columns * w) for rows, columns, h, w in shapes]
    figure = new_figure(sum(heights) + 0.35 * len(panels))
    grid = figure.subplots(len(panels), 1, height_ratios=heights, squeeze=False)[:, 0]
    for axes, (title, tiles) in zip(grid, panels.items(), strict=True):
        largest = abs(tiles).max(axis=(2, 3), keepdims=True)
        scaled = np.pad(tiles / np.where(largest, largest, 1), [(0, 0), (0, 0), (0, 1), (0, 1)])
        mosaic = scaled.swapaxes(1, 2).reshape(tiles.shape[0] * scaled.shape[2], -1)
        axes.imshow(mosaic, cmap=STRONG, vmin=-1, vmax=1, interpolation="nearest")
        axes.set_title(title, loc="left", pad=4)
        for y in range(1, tiles.shape[0]):
            axes.axhline(y * scaled.shape[2] - 1, color=GREY, linewidth=0.8)
        for x in range(1, tiles.shape[1]):
            axes.axvline(x * scaled.shape[3] - 1, color=GREY, linewidth=0.8)
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set(visible=True, color=GREY)
    return shrink(finish(figure))


@rc_context(STYLE)
def displacements(panels: Mapping[str, np.ndarray]) -> Picture:
    """Where channels look, α down and β right in pixels [2, channels]: a dot each, blue in the square that
    rounds to nowhere and orange outside; the lines part what rounds to one pixel from the next."""
    furthest = max(1.5, *(float(np.abs(places).max()) for places in panels.values()))
    edges = np.arange(-np.ceil(furthest), np.ceil(furthest) + 1) + 0.5
    figure = new_figure(WIDTH / len(panels) + 0.85)
    grid = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (title, places) in zip(grid, panels.items(), strict=True):
        moved = (np.round(places) != 0).any(axis=0)
        for chosen, colour, marker in ((~moved, BLUE, "o"), (moved, ORANGE, "^")):
            axes.scatter(*places[::-1, chosen], s=14, color=colour, marker=marker, alpha=0.7, linewidth=0)
        for edge in edges:
            axes.axvline(edge, color=GREY, linewidth=0.6, zorder=0)
            axes.axhline(edge, color=GREY, linewidth=0.6, zorder=0)
        axes.set(title=title, aspect="equal", xlabel="right")
        axes.set(xlim=(-furthest - 0.2, furthest + 0.2), ylim=(furthest + 0.2, -furthest - 0.2))
    grid[0].set_ylabel("down")
    return finish(figure)


@rc_context(STYLE)
def terrain(surfaces: Mapping[str, np.ndarray], distances: Sequence[float], floor: float) -> Picture:
    """Losses over a plane, two panels a row, each colour a power of ten, the same in all.

    Rows and columns of a surface belong to `distances`; below `floor` the ground is orange.
    """
    rows, steps = -(-len(surfaces) // 2), np.asarray(distances)
    highest = np.ceil(np.log10(max(float(np.nanmax(surface)) for surface in surfaces.values())))
    levels = np.append(np.log10(floor), np.arange(1, highest + 1))
    shades = LinearSegmentedColormap.from_list("height", ["#eef4fb", BLUE, INK])
    figure = new_figure(2.45 * rows + 0.5)
    grid = figure.subplots(rows, 2, sharex=True, sharey=True, squeeze=False)
    for axes, (title, surface) in zip(grid.ravel()[: len(surfaces)], surfaces.items(), strict=True):
        height = np.log10(surface)
        axes.set_facecolor(ORANGE)
        drawn = axes.contourf(steps, steps, height, levels, cmap=shades)
        axes.contour(steps, steps, height, levels, colors=GREY, linewidths=0.6, linestyles="solid")
        axes.set(title=title, aspect="equal", xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    bar = figure.colorbar(drawn, ax=grid, orientation="horizontal", aspect=40, shrink=0.9)
    bar.set_ticks(list(range(1, int(highest) + 1, int(highest // 8) + 1)))
    bar.set_label("the loss as a power of ten; orange: better than guessing")
    return finish(figure)


@rc_context(STYLE)
def votes(panels: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]]) -> Picture:
    """Weighted votes in the plane, two panels a row: each has votes [I, 2], their weights [I], what they made
    [2]. A vote is a blue arrow as thick as its weight, which stands on it; the result is orange."""
    rows = -(-len(panels) // 2)
    reach = 1.15 * max(float(np.abs(arrows).max()) for arrows, _, _ in panels.values())
    figure = new_figure(2.6 * rows)
    grid = figure.subplots(rows, 2, squeeze=False).ravel()
    for axes, (title, (arrows, weights, result)) in zip(grid[: len(panels)], panels.items(), strict=True):
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xticks=[], yticks=[])
        axes.set_title(title, pad=4)
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.axvline(0, color=GREY, linewidth=0.8)
        for vote, weight in zip(arrows, weights, strict=True):
            axes.annotate("", vote, (0, 0), arrowprops=ARROW | {"linewidth": 0.6 + 3.4 * weight})
            axes.text(*(0.7 * vote), f"{weight:.2f}", ha="center", va="center", bbox=PAPER)
        axes.plot(
            *np.transpose([(0, 0), result]), color=ORANGE, linewidth=4, marker="o", markevery=[1], zorder=3
        )
    return finish(figure)


@rc_context(STYLE)
def survivors(panels: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> Picture:
    """Points of the plane [N, 2], three panels a row: blue dots where they survive [N], orange crosses where
    they do not."""
    rows = -(-len(panels) // 3)
    figure = new_figure(1.95 * rows)
    grid = figure.subplots(rows, 3, squeeze=False).ravel()
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    for axes, (title, (points, survive)) in zip(grid[: len(panels)], panels.items(), strict=True):
        axes.plot(*points[~survive].T, "x", color=ORANGE, markersize=4, markeredgewidth=1.2)
        axes.plot(*points[survive].T, "o", color=BLUE, markersize=3)
        axes.set(aspect="equal", adjustable="datalim", xticks=[], yticks=[])
        axes.set_title(title, pad=4)
    return finish(figure)


@rc_context(STYLE)
def triangles(maps: Mapping[str, np.ndarray], least: float = 0.5) -> Picture:
    """Triangles of shares up to 1: a row what is read, a column who reads it; paler is less, to `least`."""
    figure = new_figure(2.7)
    grid = figure.subplots(1, len(maps), squeeze=False, sharey=True)[0]
    shades = LinearSegmentedColormap.from_list("shares", ["#eef4fb", BLUE, INK])
    for axes, (title, values) in zip(grid, maps.items(), strict=True):
        drawn = axes.imshow(values, cmap=shades, vmin=least, vmax=1, interpolation="nearest")
        ends = [0, len(values) - 1]
        axes.set(title=title, xlabel="reader", xticks=ends, xticklabels=["1", "end"], yticks=ends)
        axes.tick_params(length=0)
    grid[0].set_ylabel("what is read")
    figure.colorbar(drawn, ax=grid, orientation="horizontal", aspect=40, shrink=0.8)
    return finish(figure)


def draw_matrix(axes: Axes, array: np.ndarray, shown: int | None = None) -> None:
    shown = array.size if shown is None else shown
    blank = np.where(np.arange(array.size).reshape(array.shape) < shown, array, 0)
    limit = max(1.0, float(np.abs(array).max()))
    axes.imshow(blank, cmap=SIGNED, norm=TwoSlopeNorm(0, -limit, limit))
    axes.set_xticks(np.arange(-0.5, array.shape[1]), [])
    axes.set_yticks(np.arange(-0.5, array.shape[0]), [])
    axes.grid(color=GREY, linewidth=0.6)
    axes.spines[:].set_visible(True)
    axes.tick_params(length=0)
    for (i, j), value in list(np.ndenumerate(array))[:shown]:
        axes.text(j, i, signed(value), ha="center", va="center")
