"""What all figures share: the colours, the letters, and how a figure becomes a picture."""

import hashlib
import io
import json
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from cnnlab.figures.drawn import drawn

WIDTH, FONT, DPI = 5.4, 11, 130  # inches, points, dots an inch
INK, BLUE, ORANGE, TEAL, GREY = "#1d2433", "#1f5fa8", "#c8500a", "#0b7a5c", "#8a93a6"
SHADES = LinearSegmentedColormap.from_list("shades", ["#ffffff", BLUE])
STRONG = LinearSegmentedColormap.from_list("strong", [ORANGE, "#ffffff", BLUE])
ARROW: Any = {"arrowstyle": "-|>", "color": BLUE, "mutation_scale": 18, "shrinkA": 0, "shrinkB": 0}
PAPER: Any = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # behind a number on a line
SIGNED = LinearSegmentedColormap.from_list("signed", ["#f0a36b", "#ffffff", "#85b3e2"])
STYLE: Any = {
    "font.size": FONT,
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same letters on every machine
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlesize": FONT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": FONT,
    "ytick.labelsize": FONT,
    "legend.fontsize": FONT,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "lines.linewidth": 2.2,
}


class Picture(NamedTuple):
    """A finished figure. `alt` belongs in the cell's metadata, where the book looks for it."""

    png: bytes
    size: tuple[int, int]  # pixels

    def _repr_png_(self) -> bytes:
        return self.png

    def __repr__(self) -> str:
        return "Picture({}×{})".format(*self.size)


def signed(value: Any) -> str:
    """A number with a real minus sign, as a reader would print it."""
    return f"{value:g}".replace("-", "−")


def short(value: float) -> str:
    """Three digits, and never an exponent: 0.193, 4.11, 1,770."""
    return f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def looks_of(series: Collection[Any], *looks: Sequence[Any]) -> list[Any]:
    """A look for each series, from columns of colours, dashes, …; ValueError for more series than looks."""
    known = list(zip(*looks, strict=True))
    if len(series) > len(known):
        names = ", ".join(map(str, series))
        raise ValueError(f"{len(series)} series ({names}) are more than the {len(known)} looks that differ")
    return known[: len(series)]


def new_figure(height: float) -> Figure:
    return Figure((WIDTH, height), DPI, layout=ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06))


def finish(figure: Figure) -> Picture:
    """Render, and note in the PNG what is drawn and the height of the smallest text, in its own pixels."""
    notes = {"drawn": json.dumps(drawn(figure)), "min-text-px": f"{smallest_text(figure):.2f}"}
    buffer = io.BytesIO()
    figure.savefig(buffer, format="rgba")
    size = figure.canvas.get_width_height()
    return saved(Image.frombytes("RGBA", size, buffer.getvalue()), notes)


def saved(image: Image.Image, notes: dict[str, str]) -> Picture:
    """The picture as a PNG with its notes, and a seal that no longer fits when somebody paints on it."""
    kept, buffer = PngInfo(), io.BytesIO()
    for name, note in (notes | {"pixels": seal(image)}).items():
        kept.add_text(name, note, zip=len(note) > 100)
    image.save(buffer, "png", optimize=image.mode == "P", pnginfo=kept)
    return Picture(buffer.getvalue(), image.size)


def seal(image: Image.Image) -> str:
    """A few letters that stand for all pixels."""
    return hashlib.sha256(image.convert("RGB").tobytes()).hexdigest()[:16]


def smallest_text(figure: Figure) -> float:
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    points = min((float(text.get_fontsize()) for text in texts), default=FONT)
    return points * figure.dpi / 72


def shrink(picture: Picture) -> Picture:
    """The same picture in 64 colours, with the notes of its PNG; a third of the bytes."""
    with Image.open(io.BytesIO(picture.png)) as image:
        notes = {name: image.info[name] for name in ("drawn", "min-text-px")}
        return saved(image.convert("RGB").quantize(64), notes)
