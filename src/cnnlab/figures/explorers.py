"""Drawings that answer to sliders and fingers, in the book and in a notebook alike.

Each is a module of JavaScript in `static/explore`, which the book serves as it is and a notebook holds in the
cell's output. What it computes stands in `arithmetic.js`, which tests compare with this package.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cnnlab.figures.maps import photograph

STATIC = Path(__file__).parent / "static"
SHARED = ("arithmetic", "ui")
IMPORT, EXPORT = re.compile(r"(?m)^import [^;]*;\n"), re.compile(r"(?m)^export ")

Layers = list[tuple[int, int, int, int]]  # kernel size, stride, padding, dilation, as the image meets them
CONV, HALVE, POOL = (3, 1, 1, 1), (3, 2, 1, 1), (2, 2, 0, 1)


def stages(*counts: int) -> Layers:
    """3×3 convolutions, the first of every stage but the first with stride 2."""
    return [HALVE if stage and not layer else CONV for stage, n in enumerate(counts) for layer in range(n)]


# Chains of layers, each with the columns of its image. 1×1 layers are left out: they see nothing new.
STACKS: dict[str, tuple[int, Layers]] = {
    "two poolings": (24, [CONV, POOL, CONV, POOL, CONV]),
    "three of 3×3": (24, [CONV] * 3),
    "dilation 1, 2, 4": (24, [(3, 1, d, d) for d in (1, 2, 4)]),
    "dilation 2, 2, 2": (24, [(3, 1, 2, 2)] * 3),
    "AlexNet": (224, [(11, 4, 2, 1), (3, 2, 0, 1), (5, 1, 2, 1), (3, 2, 0, 1), *[CONV] * 3, (3, 2, 0, 1)]),
    "VGG16": (224, [layer for n in (2, 2, 3, 3, 3) for layer in (*[CONV] * n, POOL)]),
    "ResNet-18": (224, [(7, 2, 3, 1), HALVE, *stages(4, 4, 4, 4)]),
    "ResNet-50": (224, [(7, 2, 3, 1), HALVE, *stages(3, 4, 6, 3)]),
}
KERNELS = {
    "vertical edges": [[1, 0, -1], [1, 0, -1], [1, 0, -1]],
    "horizontal edges": [[1, 1, 1], [0, 0, 0], [-1, -1, -1]],
    "blur": [[0.1, 0.1, 0.1], [0.1, 0.2, 0.1], [0.1, 0.1, 0.1]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "all directions": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "shift": [[0, 0, 0], [0, 0, 1], [0, 0, 0]],
}
SIDE = 96  # pixels of the photograph


def nothing() -> dict[str, Any]:
    return {}


def chains() -> dict[str, Any]:
    return {"stacks": {name: {"width": width, "layers": layers} for name, (width, layers) in STACKS.items()}}


def portrait() -> dict[str, Any]:
    pixels = np.rint(255 * photograph(SIDE)).astype(np.uint8)
    return {"pixels": base64.b64encode(pixels.tobytes()).decode(), "side": SIDE, "kernels": KERNELS}


class Kind(NamedTuple):
    """One of the explorers."""

    title: str
    without: str  # what stands there where no script runs
    data: Callable[[], dict[str, Any]]


EXPLORERS = {
    "output_size": Kind(
        "output size",
        "With scripts you move a kernel over one axis here: pixels, windows, outputs, and what is left over.",
        nothing,
    ),
    "receptive_field": Kind(
        "receptive field",
        "With scripts you build a chain of layers here, and see what a unit sees of each layer below it.",
        chains,
    ),
    "kernel": Kind(
        "a kernel on a photograph",
        "With scripts you type nine weights here and drag their window over a photograph; the map follows.",
        portrait,
    ),
}


class Explorer(NamedTuple):
    """A drawing that a reader operates; it needs no other file and no other host."""

    name: str
    settings: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Explorer({self.name!r})"

    def place(self) -> str:
        """The HTML that the script of this name fills, without the script."""
        kind = EXPLORERS[self.name]
        settings = json.dumps({**kind.data(), **self.settings}, separators=(",", ":"), ensure_ascii=False)
        return (
            f'<div class="cnnlab-explorer" data-explorer="{self.name}" data-settings="{escape(settings)}" '
            f'role="group" aria-label="Explorer: {kind.title}"><p>{kind.without}</p></div>'
        )

    def _repr_html_(self) -> str:
        folder = STATIC / "explore"
        style = (folder / "explore.css").read_text("utf-8")
        modules = [(folder / f"{name}.js").read_text("utf-8") for name in (*SHARED, self.name)]
        script = "\n".join(EXPORT.sub("", IMPORT.sub("", module)) for module in modules)
        return f"<style>{style}</style>{self.place()}<script>(() => {{\n{script}}})();</script>"


def explore(name: str, **settings: Any) -> Explorer:
    """A drawing that a reader operates, by its name; `settings` are where it begins.

    ValueError for a name that is none of "output_size", "receptive_field" and "kernel".
    """
    if name not in EXPLORERS:
        raise ValueError(f"there is no explorer {name!r}; there are {', '.join(EXPLORERS)}")
    return Explorer(name, settings)
