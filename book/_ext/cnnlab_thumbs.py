"""A chapter's own figure, small, for its card on the first page: an SVG in the theme's colours.

A figure of `cnnlab.figures` says in its PNG what it draws: each curve, bar and image, by its place in the
panel. Those marks are drawn again here, without letters, which nobody could read at this size. Which figure,
and what is seen, stands in book/_data/thumbs.yml.
"""

from __future__ import annotations

import base64
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

import yaml  # type: ignore[import-untyped]
from PIL import Image

from cnnlab.figures.drawn import PIXELS
from cnnlab.figures.style import BLUE, GREY, INK, ORANGE, TEAL

CHOSEN = Path(__file__).resolve().parents[1] / "_data" / "thumbs.yml"
WIDTH, HEIGHT, GAP = 480, 200, 22  # of the drawing's units; a card has half a pixel for one
WHOLE = (0.0, 0.0, 1000.0, 1000.0)  # a panel, in its thousandths: left, bottom, right, top
Mark = tuple[str, str, list[float]]
# What a colour of the figures is called in the style sheet; others are called as the nearest of these.
CALLED = {
    INK: "ink", BLUE: "blue", ORANGE: "orange", TEAL: "teal", GREY: "grey",
    "#cfe0f3": "pale", "#fbe3d2": "warm", "#ffffff": "paper", "#d9dde5": "line",
}  # fmt: skip


class Box(NamedTuple):
    """Where a panel stands in the drawing, and which part of it."""

    left: float
    top: float
    width: float
    height: float
    part: tuple[float, float, float, float] = WHOLE

    def x(self, across: float) -> str:
        start, _, end, _ = self.part
        return f"{self.left + self.width * (across - start) / (end - start):.0f}"

    def y(self, up: float) -> str:
        """Thousandths of a panel are counted from below, units of a drawing from above."""
        _, bottom, _, top = self.part
        return f"{self.top + self.height * (top - up) / (top - bottom):.0f}"

    def places(self, numbers: list[float]) -> list[str]:
        return [f"{self.x(a)} {self.y(b)}" for a, b in zip(numbers[::2], numbers[1::2], strict=True)]

    def of_squares(self, across: int = 1, down: int = 1) -> Box:
        """The same, narrowed so that it holds this many squares."""
        side = min(self.width / across, self.height / down)
        left = self.left + (self.width - across * side) / 2
        return Box(left, self.top + (self.height - down * side) / 2, across * side, down * side)


def called(colour: str) -> str:
    def apart(known: str) -> int:
        two = bytes.fromhex(known[1:]), bytes.fromhex(colour[1:7])
        return sum((a - b) ** 2 for a, b in zip(*two, strict=True))

    return CALLED[min(CALLED, key=apart)]


# ---- One mark ---------------------------------------------------------------------------------------


def line(look: str, numbers: list[float], box: Box) -> Iterator[str]:
    colour, style, marker, width = look.split(" ")
    places = box.places(numbers)
    if style != "None" and is_inside(numbers):
        kind = "thin" if float(width) < 1.5 else "dashed" if style != "-" else "curve"
        yield f'<path class="{kind} {called(colour)}" d="M{"L".join(places)}"/>'
    if places and marker != "None":
        yield dots(colour, places)


def is_inside(numbers: list[float]) -> bool:
    """Whether a line comes into its panel at all: of a grid, some need not."""
    return any(
        min(place) >= 0 and max(place) <= 1000 for place in zip(numbers[::2], numbers[1::2], strict=True)
    )


def dots(colour: str, places: list[str]) -> str:
    """Lines without length, which round ends make dots of."""
    each = "".join(f"M{place}h0" for place in dict.fromkeys(places))
    return f'<path class="dots {called(colour)}" d="{each}"/>'


def collection(look: str, numbers: list[float], box: Box) -> Iterator[str]:
    yield dots(look.partition("|")[0], box.places(numbers))


def patch(look: str, numbers: list[float], box: Box) -> Iterator[str]:
    face, edge = look.split(" ")
    inside = "none" if face.endswith("00") else called(face)
    around = inside if edge.endswith("00") else called(edge)
    yield f'<path class="area {around} in-{inside}" d="M{"L".join(box.places(numbers))}z"/>'


def image(look: str, numbers: list[float], box: Box) -> Iterator[str]:
    """Its blocks, those of one colour together: blue, orange or ink, the fainter the nearer to white."""
    across, down = sides(look)
    together = defaultdict(list)
    for n, (red, green, blue) in enumerate(zip(*(numbers[n::3] for n in range(3)), strict=True)):
        grey = max(red, green, blue) - min(red, green, blue) < 40
        hue = "ink" if grey else "blue" if blue > red else "orange"
        x, right = (box.x((n % across + side) * 1000 / across) for side in (0, 1))
        y, below = (box.y(1000 - (n // across + side) * 1000 / down) for side in (0, 1))
        if red or green or blue:  # what has no value is noted as black
            block = f"M{x} {y}H{right}V{below}H{x}z"
            together[hue, round(10 - min(red, green, blue) / 100)].append(block)
    for (hue, strength), blocks in sorted(together.items()):
        if strength:
            yield f'<path class="in-{hue}" opacity="{strength / 10:g}" d="{"".join(blocks)}"/>'
    yield f'<path class="thin grey" d="M{box.x(0)} {box.y(0)}V{box.y(1000)}H{box.x(1000)}V{box.y(0)}z"/>'


def sides(extent: str) -> list[int]:
    """How many blocks an image has, across and down."""
    left, right, bottom, top = json.loads(extent)
    return [min(PIXELS, round(abs(end - start))) for start, end in ((left, right), (bottom, top))]


def text(look: str, numbers: list[float], box: Box) -> Iterator[str]:
    """Of texts the sign of a sum, and arrows without words: where they point to, whence, and their width."""
    if look.startswith("+ "):
        (place,) = box.places(numbers)
        yield f'<path class="curve ink" d="M{place}m-9 0h18m-9 -9v18"/>'
    if look.startswith(" ") and len(numbers) == 5:
        yield f'<path class="thin ink" d="M{"L".join(box.places(numbers[:4]))}"/>'


DRAWN = {"Line2D": line, "Patch": patch, "Collection": collection, "AxesImage": image, "Text": text}

# ---- One drawing ------------------------------------------------------------------------------------


def panels(marks: list[Mark]) -> list[list[Mark]]:
    """A figure's marks, panel by panel, each with its titles at the head."""
    found: list[list[Mark]] = []
    for mark in marks:
        if mark[0] == "panel":
            found.append([])
        found[-1].append(mark)
    return found


def is_chart(panel: list[Mark]) -> bool:
    """Whether it has a label at an axis, after its three titles."""
    return any(panel[0][1].split("|")[3:])


def part(shown: list[list[Mark]]) -> tuple[float, float, float, float]:
    """What boxes and lines take of a drawing's panels: where only words stood, no room is left."""
    numbers = [each for panel in shown for kind, _, each in panel if kind in {"Line2D", "Patch"}]
    if any(map(is_chart, shown)) or not any(numbers):
        return WHOLE
    xs, ys = ([number for each in numbers for number in each[start::2]] for start in (0, 1))
    return min(xs), min(ys), max(xs), max(ys)


def deepest(shown: list[list[Mark]]) -> float:
    """The darkest colour of all images: digits stand on pale ones, and here nothing does."""
    images = [numbers for panel in shown for kind, _, numbers in panel if kind == "AxesImage"]
    return min((number for numbers in images for number in numbers if 0 < number < 1000), default=0)


def boxes(count: int, columns: int) -> Iterator[Box]:
    rows = -(-count // columns)
    wide, high = (WIDTH - GAP) / columns - GAP, (HEIGHT - GAP) / rows - GAP
    for n in range(count):
        down, along = divmod(n, columns)
        yield Box(GAP + along * (wide + GAP), GAP + down * (high + GAP), wide, high)


def drawn(panel: list[Mark], box: Box, darkest: float) -> Iterator[str]:
    for kind, look, _ in panel:
        if kind == "AxesImage":
            box = box.of_squares(*sides(look))
    if is_chart(panel):
        yield f'<path class="thin grey" d="M{box.x(0)} {box.y(1000)}V{box.y(0)}H{box.x(1000)}"/>'
    for kind, look, numbers in panel:
        if kind == "AxesImage":
            numbers = [n and 1000 - 1000 * (1000 - n) / (1000 - darkest) for n in numbers]
        if kind in DRAWN:
            yield from DRAWN[kind](look, numbers, box)


def svg(
    marks: list[Mark], alt: str, chosen: list[int] | None = None, columns: int = 0, square: bool = False
) -> str:
    """The drawing of all panels of a figure, or of the chosen ones; `square`: both axes have one scale."""
    shown = [each for n, each in enumerate(panels(marks)) if chosen is None or n in chosen]
    held, darkest = part(shown), deepest(shown)
    inside: list[str] = []
    for panel, box in zip(shown, boxes(len(shown), columns or len(shown)), strict=True):
        place = box.of_squares() if square else box._replace(part=held)
        inside += drawn(panel, place, darkest)
    head = f'class="cnnlab-thumb" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(alt)}"'
    return f"<svg {head}>{''.join(inside)}</svg>"


def marks_of(path: Path, cell: str) -> list[Mark]:
    """What the figure of a chapter's cell draws; ValueError where there is none."""
    for each in json.loads(path.read_text("utf-8"))["cells"]:
        for output in each.get("outputs", []):
            if each["id"] == cell and (png := output.get("data", {}).get("image/png")):
                with Image.open(io.BytesIO(base64.b64decode(png))) as picture:
                    return list(json.loads(picture.info["drawn"]))
    raise ValueError(f"{CHOSEN.name} asks for the figure of a cell {cell!r}, and {path.name} has none")


def thumb(path: Path) -> str:
    """The card's picture of a chapter."""
    said = yaml.safe_load(CHOSEN.read_text("utf-8"))[path.name[:2]]
    return svg(marks_of(path, said.pop("cell")), **said)
