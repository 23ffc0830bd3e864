"""Drawings that answer to sliders and fingers, in the book and in a notebook alike.

Each is a module of JavaScript in `static/explore`, which the book serves as it is and a notebook holds in the
cell's output. What it computes stands in `arithmetic.js`, which tests compare with this package.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from html import escape
from itertools import groupby
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

# What `cnnlab.profiler.profile` counts in networks at 224×224, and what tools print for them (chapter 04).
COUNTED = "macs conv_bias linear_bias norm norm_params relu max max_width average_inputs averages".split()
NETWORKS = {
    "AlexNet": (714188480, 484992, 9192, 0, 0, 493184, 376832, 176640, 9216, 9216),
    "VGG16": (15470264320, 13547520, 9192, 0, 0, 13555712, 6121472, 1530368, 25088, 25088),
    "ResNet-50": (4089184256, 0, 1000, 11113984, 53120, 9608704, 802816, 401408, 0, 2048),
    "MobileNetV2": (300774272, 0, 1000, 6678112, 34112, 6105792, 0, 0, 0, 1280),
}
PRINTED = {
    "torchinfo 1.8.0": (714682664, 15483821032, 4089238376, 300809384),
    "fvcore 0.1.5": (714197696, 15470289408, 4111412224, 314130496),
    "thop 0.1.1": (714206912, 15470314496, 4133640192, 327486720),
    "ptflops 0.7.5": (716441128, 15523225576, 4132236264, 320237288),
    "calflops 0.3.2": (1429741184, 30973778432, 8211008000, 614904768),
    "torchscan 0.2.0": (714383552, 15471844864, 4111813632, 314130496),
    "torchprofile 0.1.0": (714197696, 15470289408, 4100300288, 307453664),
    "FlopCounterMode 2.13.0": (1428376960, 30940528640, 8178368512, 601548544),
}
# What can be counted → how → which counts are added how often.
SWITCHES: dict[str, dict[str, dict[str, int]]] = {
    "A MAC": {"1": {"macs": 1}, "2": {"macs": 2}},
    "Biases": {"none": {}, "of convolutions": {"conv_bias": 1}, "all": {"conv_bias": 1, "linear_bias": 1}},
    "A number normalized": {
        "0": {},
        **{f"{times}": {"norm": times} for times in (1, 2, 4)},
        "0, but each parameter 1": {"norm_params": 1},
    },
    "A ReLU": {f"{times}": {"relu": times} for times in (0, 1, 2)},
    "Max pooling": {
        "0": {},
        "1 a number that comes in": {"max": 1},
        "2 a number that comes in": {"max": 2},
        "k − 1 a window of k × k": {"max_width": 1},
    },
    "Average pooling": {
        "0": {},
        "1 a number that comes in": {"average_inputs": 1},
        "2 a number that comes in": {"average_inputs": 2},
        "1 an average": {"averages": 1},
        "both, 1 each": {"average_inputs": 1, "averages": 1},
    },
}

# Networks that grow in width, resolution and depth, and how the names of their variants begin.
SCALED = {"MobileNetV1": "mobilenet_v1", "MobileNetV2": "mobilenet_v2", "EfficientNet": "efficientnet_b"}
PRINTS = re.compile(r"model_(macs|params)\((\w+?)(?:, (\d+))?\)")  # a count of a whole network, in the ledger

# Chapter 04's: in_channels, out_channels, kernel_size, size, groups.
LAYERS = {
    "A 3×3, 256 → 256, 28×28": (256, 256, 3, 28, 1),
    "B 3×3, 64 → 64, 56×56": (64, 64, 3, 56, 1),
    "C 7×7, 3 → 64, 112×112": (3, 64, 7, 112, 1),
    "D 1×1, 256 → 256, 28×28": (256, 256, 1, 28, 1),
    "E 3×3 depthwise, 256, 56×56": (256, 256, 3, 56, 256),
    "F 3×3 depthwise, 512, 14×14": (512, 512, 3, 14, 512),
    "G fully connected, 4096 → 4096": (4096, 4096, 1, 1, 1),
}


def nothing() -> dict[str, Any]:
    return {}


def chains() -> dict[str, Any]:
    return {"stacks": {name: {"width": width, "layers": layers} for name, (width, layers) in STACKS.items()}}


def portrait() -> dict[str, Any]:
    pixels = np.rint(255 * photograph(SIDE)).astype(np.uint8)
    return {"pixels": base64.b64encode(pixels.tobytes()).decode(), "side": SIDE, "kernels": KERNELS}


def totals() -> dict[str, Any]:
    printed = {
        name: {tool: totals[place] for tool, totals in PRINTED.items()} for place, name in enumerate(NETWORKS)
    }
    networks = {name: dict(zip(COUNTED, counts, strict=True)) for name, counts in NETWORKS.items()}
    return {"networks": networks, "printed": printed, "switches": SWITCHES}


def scaled() -> dict[str, Any]:
    """The tables of three networks, and what papers print of them at which width, size and depth."""
    return {"networks": {name: table | {"printed": list(points(name))} for name, table in tables().items()}}


def opened() -> dict[str, Any]:
    """Two networks layer by layer, and the names of all."""
    from cnnlab.figures.layer_tables import layer_table
    from cnnlab.models import VARIANTS

    return {"networks": {name: layer_table(name) for name in ("resnet50", "vgg16")}, "names": [*VARIANTS]}


def tables() -> dict[str, dict[str, Any]]:
    """Rows of expansion, channels, blocks, stride of the first, and kernel size."""
    from cnnlab.models import efficientnet, mobilenet_v1, mobilenet_v2  # torch: other explorers do without

    runs = [list(run) for _, run in groupby(mobilenet_v1.LAYERS, lambda layer: layer[0])]
    rows = [[(1, run[0][0], len(run), run[0][1], 3) for run in runs]]
    rows += [[(*row, 3) for row in mobilenet_v2.BOTTLENECKS], [*efficientnet.STAGES]]
    ends = [("separable", 0, 0), ("inverted", 1280, 1), ("gated", 1280, 0)]
    return {
        name: {"kind": kind, "stem": 32, "rows": row, "head": head, "least_head": least}
        for name, row, (kind, head, least) in zip(SCALED, rows, ends, strict=True)
    }


def points(network: str) -> Iterator[dict[str, Any]]:
    """What the ledger's papers print of a network, each number once, with the first that prints it."""
    from cnnlab.published import SOURCES, rows

    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows():
        counted = PRINTS.fullmatch(row.expression)
        if counted and row.source.startswith("paper") and (at := dials(network, counted[2])):
            width, size, depth = at
            size = int(counted[3] or size)
            where = f"{SOURCES[row.source].title.split(',')[0]}, {row.place}"
            point = {"width": width, "size": size, "depth": depth, "count": counted[1], "value": row.value}
            found.setdefault(
                tuple(point.values()), point | {"unit": row.unit, "verdict": row.verdict, "where": where}
            )
    yield from sorted(found.values(), key=lambda point: (point["count"], point["width"], point["size"]))


def dials(network: str, variant: str) -> tuple[float, int, float] | None:
    """Width, size and depth of a variant; nothing for one of another network."""
    from cnnlab.models.efficientnet import SCALES

    kind = re.fullmatch(rf"{SCALED[network]}(?:(\d)|_x(\d)_(\d+))?", variant)
    if not kind:
        return None
    if kind[1]:
        width, depth, size = SCALES[int(kind[1])][:3]
        return width, {2: 260}.get(int(kind[1]), size), depth  # B2's own weights are evaluated at 288
    return float(f"{kind[2]}.{kind[3]}") if kind[2] else 1, 224, 1


class Kind(NamedTuple):
    """One of the explorers."""

    title: str
    offers: str  # what a reader does with it
    data: Callable[[], dict[str, Any]]


EXPLORERS = {
    "output_size": Kind(
        "output size",
        "move a kernel over one axis here: pixels, windows, outputs, the rest.",
        nothing,
    ),
    "receptive_field": Kind(
        "receptive field",
        "build a chain of layers here, and see what a unit sees of each layer below.",
        chains,
    ),
    "kernel": Kind(
        "a kernel on a photograph",
        "type nine weights here and drag their window over the photograph.",
        portrait,
    ),
    "conventions": Kind(
        "ways to count",
        "choose here what is counted and how often; who prints the total lights up.",
        totals,
    ),
    "wiring": Kind(
        "groups and shuffles",
        "cut channels into groups here, and see which inputs an output hears.",
        nothing,
    ),
    "scaling": Kind(
        "width, resolution, depth",
        "turn the three dials here; each stage's cost follows.",
        scaled,
    ),
    "architecture": Kind(
        "two networks, layer by layer",
        "open any two of its networks here, block by block, down to their layers.",
        opened,
    ),
    "shortcuts": Kind(
        "shortcuts and gradients",
        "take blocks and shortcuts away here, and see what is left of the paths.",
        nothing,
    ),
    "roofline": Kind(
        "a roofline",
        "choose a machine here, and see what bounds each layer.",
        lambda: {"layers": LAYERS},
    ),
}


@cache
def stills() -> dict[str, str]:
    """What explorers draw as they begin; `book/_tools/stills.py` writes it."""
    return dict(json.loads((STATIC / "stills.json").read_text("utf-8")))


class Explorer(NamedTuple):
    """A drawing that a reader operates; it needs no other file and no other host."""

    name: str
    settings: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Explorer({self.name!r})"

    @property
    def key(self) -> str:
        """Under which `stills.json` has its picture, where the book has one."""
        return "-".join([self.name, *map(str, self.settings.values())])

    @property
    def still(self) -> str:
        """What stands there on paper, and where no script runs."""
        words = f"On the book's site, with scripts, you {EXPLORERS[self.name].offers}"
        return f'{stills().get(self.key, "")}<p class="still">{words}</p>'

    def place(self) -> str:
        """The HTML that the script of this name fills, without the script."""
        kind = EXPLORERS[self.name]
        settings = json.dumps({**kind.data(), **self.settings}, separators=(",", ":"), ensure_ascii=False)
        return (
            f'<div class="cnnlab-explorer" data-explorer="{self.name}" data-settings="{escape(settings)}" '
            f'role="group" aria-label="Explorer: {kind.title}">{self.still}</div>'
        )

    def on_paper(self) -> str:
        """Its picture and words as HTML, where nothing will ever fill the place."""
        return f'<div class="cnnlab-explorer">{self.still}</div>'

    def _repr_html_(self) -> str:
        folder = STATIC / "explore"
        style = (folder / "explore.css").read_text("utf-8")
        modules = [(folder / f"{name}.js").read_text("utf-8") for name in (*SHARED, self.name)]
        script = "\n".join(EXPORT.sub("", IMPORT.sub("", module)) for module in modules)
        return f"<style>{style}</style>{self.place()}<script>(() => {{\n{script}}})();</script>"


def explore(name: str, **settings: Any) -> Explorer:
    """A drawing that a reader operates, by its name; `settings` are where it begins.

    ValueError for a name that is none of "output_size", "receptive_field", "kernel", "conventions", "wiring",
    "scaling", "architecture", "shortcuts", "roofline". An architecture shows other networks than its own two
    with `networks={name: layer_table(name), …}`, from `cnnlab.figures.layer_tables`.
    """
    if name not in EXPLORERS:
        raise ValueError(f"there is no explorer {name!r}; there are {', '.join(EXPLORERS)}")
    return Explorer(name, settings)
