"""What a figure draws, in texts and numbers that mean the same in every version of matplotlib.

Letters, ticks and the space around a panel move from one version to the next, and pixels with them. What
is drawn does not: which curve runs where in its panel, which bar is how high, which label stands at what.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.category import StrCategoryLocator
from matplotlib.collections import Collection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.spines import Spine
from matplotlib.text import Annotation, Text
from matplotlib.ticker import FixedLocator

Mark = list[Any]  # what it is, its text or look, and its numbers: thousandths of the panel, or of white
POINTS = 200  # of a curve: a longer one is kept as the means of so many pieces
PIXELS = 12  # on a side of an image: a larger one is kept as the means of so many blocks


def drawn(figure: Figure) -> list[Mark]:
    """Every mark of a figure, panel by panel. Before it is rendered: a layout may stretch limits."""
    return [mark for axes in figure.axes for mark in panel(axes)]


def panel(axes: Axes) -> Iterator[Mark]:
    titles = "|".join(axes.get_title(where) for where in ("left", "center", "right"))
    yield ["panel", f"{titles}|{axes.get_xlabel()}|{axes.get_ylabel()}", ends(axes)]
    if axes.get_label() == "<colorbar>":
        return  # its marks are matplotlib's own
    for axis in (axes.xaxis, axes.yaxis):
        yield from ticks(axis, axes)
    if legend := axes.get_legend():
        yield ["legend", "|".join(text.get_text() for text in legend.get_texts()), []]
    for kind, describe in KINDS.items():
        for artist in axes.get_children():
            if isinstance(artist, kind) and artist.get_visible() and own(artist, axes):
                yield [kind.__name__, *describe(artist, axes)]


def ends(axes: Axes) -> list[float]:
    """The limits of a panel, to five digits: they give a place in it its meaning."""
    return [float(f"{end:.5g}") for end in (*axes.get_xlim(), *axes.get_ylim())]


def ticks(axis: Axis, axes: Axes) -> Iterator[Mark]:
    """The ticks that a figure sets, by name and place; where matplotlib chooses, they are its own."""
    if isinstance(axis.get_major_locator(), (FixedLocator, StrCategoryLocator)) and axis.get_visible():
        at, names = axis.get_majorticklocs(), axis.get_major_formatter()
        corner = np.tile([axes.get_xlim()[0], axes.get_ylim()[0]], (len(at), 1))
        corner[:, int(axis is axes.yaxis)] = at
        yield ["ticks", "|".join(names.format_ticks([*at])), places(corner, axes.transData, axes)]


def own(artist: Artist, axes: Axes) -> bool:
    """Whether the figure put it there, and not every panel: paper, frame and the places of titles."""
    every: Any = axes  # two of the three places have no public name
    return not isinstance(artist, Spine) and artist not in (
        every.patch, every.title, every._left_title, every._right_title,
    )  # fmt: skip


def places(points: Any, artist_transform: Any, axes: Axes) -> list[int]:
    """Points in thousandths of the panel, one after the other."""
    shown = artist_transform.transform(np.asarray(points, float).reshape(-1, 2))
    within = axes.transAxes.inverted().transform(shown)
    return thousandths(means(within[np.isfinite(within).all(axis=1)]))


def means(points: Any) -> Any:
    if len(points) <= POINTS:
        return points
    return np.array([piece.mean(axis=0) for piece in np.array_split(points, POINTS)])


def thousandths(values: Any) -> list[int]:
    return [int(value) for value in np.rint(1000 * np.asarray(values)).ravel()]


def line(each: Line2D, axes: Axes) -> tuple[str, list[int]]:
    look = f"{to_hex(each.get_color())} {each.get_linestyle()} {each.get_marker()} {each.get_linewidth():.2g}"
    return look, places(each.get_xydata(), each.get_transform(), axes)


def patch(each: Patch, axes: Axes) -> tuple[str, list[int]]:
    look = f"{to_hex(each.get_facecolor(), True)} {to_hex(each.get_edgecolor(), True)}"
    return look, places(each.get_path().vertices, each.get_transform(), axes)


def collection(each: Collection, axes: Axes) -> tuple[str, list[int]]:
    """The places of a scatter's points, or else the outlines of areas; the shape of a point is a size."""
    faces: Any = each.get_facecolor()
    colours = "|".join(sorted({to_hex(face) for face in faces}))
    offsets = np.asarray(each.get_offsets())
    if offsets.any():
        return colours, places(offsets, each.get_offset_transform(), axes)
    outline = np.concatenate([path.vertices for path in each.get_paths()] or [np.empty((0, 2))])
    return colours, places(outline, each.get_transform(), axes)


def image(each: AxesImage, axes: Axes) -> tuple[str, list[int]]:
    """Its colours from 0 to 1000, block by block."""
    colours = each.to_rgba(np.asarray(each.get_array()))[..., :3]
    rows = np.array_split(colours, min(PIXELS, len(colours)))
    blocks = [np.array_split(row, min(PIXELS, row.shape[1]), axis=1) for row in rows]
    return str(each.get_extent()), thousandths([[block.mean(axis=(0, 1)) for block in row] for row in blocks])


def text(each: Text, axes: Axes) -> tuple[str, list[int]]:
    colour: Any = each.get_color()
    look = f"{each.get_text()} {to_hex(colour)}"
    if isinstance(each, Annotation):
        return look, note(each, axes)
    return look, places([each.get_position()], each.get_transform(), axes)


def note(each: Annotation, axes: Axes) -> list[int]:
    """The place that is noted, that of the note where it is one of the panel, and its arrow's width."""
    points = [each.xy, each.xyann] if each.anncoords == "data" else [each.xy]
    widths = [each.arrow_patch.get_linewidth()] if each.arrow_patch else []
    return places(points, axes.transData, axes) + thousandths(widths)


KINDS: dict[type, Any] = {Line2D: line, Patch: patch, Collection: collection, AxesImage: image, Text: text}
