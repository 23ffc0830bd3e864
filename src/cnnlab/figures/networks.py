"""A network drawn from its own code, block by block."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby, pairwise
from math import isqrt, prod
from textwrap import wrap
from typing import Any, NamedTuple

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cnnlab.figures.style import BLUE, GREY, INK, ORANGE, STYLE, WIDTH, Picture, finish, new_figure, shrink


class Block(NamedTuple):
    """A step of a network, as `architecture` draws it."""

    name: str  # where it stands in the model: "features.0", "layer1.0–1"
    does: str  # "conv 3×3, stride 2, ReLU"
    shape: tuple[int, ...]  # of its result, without the batch
    kind: str  # as in cnnlab.counting.Ops; "module" where several of them work together

    @property
    def side(self) -> int:
        return max(self.shape[1:], default=1)


WORDS = {"BatchNorm2d": "batch norm", "LocalResponseNorm": "LRN", "relu_": "ReLU", "relu": "ReLU"}
POOLS = {"max_pool": "max pool", "average_pool": "average pool"}
LOOKS = {  # colour of the face and of the hatch: kinds differ without colour too
    "convolution": (BLUE, BLUE, ""),
    "matmul": ("#fbe3d2", ORANGE, "\\\\\\\\"),
    "max_pool": ("white", GREY, "////"),
    "average_pool": ("white", GREY, "////"),
    "module": ("#cfe0f3", BLUE, ""),
}


def network_blocks(model: Any, image_shape: Sequence[int], depth: int | None = None) -> list[Block]:
    """What a model does with one image [C, H, W], block by block, found by running it on shapes alone.

    Operators whose module paths begin alike, up to `depth` names, make a block; without a depth each
    convolution, linear layer and pooling makes its own. Normalizations and nonlinearities join the block
    before them, and equal neighbours become one.
    """
    from cnnlab.profiler import profile  # torch: most figures do without

    found = profile(model, (1, *image_shape))
    blocks = [Block("", "image", tuple(image_shape), "image")]
    for name, group in groupby(found.counted, lambda row: ".".join(row.path.split(".")[:depth])):
        rows = list(group)
        majors = [row for row in rows if is_major(row)]
        if depth is not None and len(majors) > 1:
            blocks.append(Block(name, together(found.network, name, majors), shape_of(rows), "module"))
            continue
        if name and not majors and shape_of(rows) != blocks[-1].shape:  # it only resizes, sums, or compares
            module = found.network.get_submodule(name)
            blocks.append(Block(name, type(module).__name__, shape_of(rows), "module"))
            continue
        for row in rows:
            if is_major(row):
                blocks.append(Block(row.path, describe(found.network, row), row.output_shape[1:], row.kind))
            else:
                blocks[-1] = joined(blocks[-1], row)
    return merged(blocks)


def is_major(row: Any) -> bool:
    """Whether a row of a profile deserves a block; a pooling of single pixels, or inside LRN, does not."""
    pools = row.kind in POOLS and row.module != "LocalResponseNorm" and row.pooling > row.outputs
    return bool(pools or row.macs > 0)


def shape_of(rows: Sequence[Any]) -> tuple[int, ...]:
    """The last result that is a batch of maps or of vectors."""
    shapes = [tuple(row.output_shape[1:]) for row in rows]
    return next((shape for shape in shapes[::-1] if len(shape) in (1, 3)), shapes[-1])


def describe(network: Any, row: Any) -> str:
    """A convolution, linear layer or pooling in words: its kernel, its stride, its groups."""
    layer, factors = network.get_submodule(row.path), dict(row.factors)
    stride = max(np.ravel(getattr(layer, "stride", 1) or 1))
    then = f", stride {stride}" if stride > 1 else ""
    if row.kind == "matmul":
        return "linear"
    if row.kind in POOLS:
        if prod(row.output_shape[2:]) == 1:
            return f"global {POOLS[row.kind]}"
        rows, columns = np.broadcast_to(getattr(layer, "kernel_size", isqrt(row.pooling // row.outputs)), 2)
        return f"{POOLS[row.kind]} {rows}×{columns}{then}"
    groups = getattr(layer, "groups", 1)
    if groups > 1:
        then += ", depthwise" if groups == layer.in_channels else f", {groups} groups"
    transposed = "transposed " if getattr(layer, "transposed", False) else ""
    return f"{transposed}conv {factors['k_h']}×{factors['k_w']}{then}"


def together(network: Any, name: str, majors: Sequence[Any]) -> str:
    """A module's class, unless it is only a container, and how many layers work in it."""
    counts = Counter(POOLS.get(row.kind, {"matmul": "linear"}.get(row.kind, "conv")) for row in majors)
    layers = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    kind = type(network.get_submodule(name)).__name__
    return layers if kind in ("Sequential", "ModuleList") or not name else f"{kind}: {layers}"


def joined(block: Block, row: Any) -> Block:
    """The block with what a row does after it, said once; arithmetic and copies have no word."""
    word = WORDS.get(row.module) or WORDS.get(row.operator) or row.module or row.operator.rstrip("_")
    says = row.kind in ("norm", "activation") or row.module == "LocalResponseNorm"
    if not says or block.kind == "module" or word in block.does.split(", "):
        return block
    return block._replace(does=f"{block.does}, {word}")


def merged(blocks: Sequence[Block]) -> list[Block]:
    """Equal neighbours as one block: "2 × conv 3×3"."""
    result = []
    for _, group in groupby(blocks, lambda block: block[1:]):
        first, *others = list(group)
        if others:
            before, after = first.name, others[-1].name
            end = after.rpartition(".")[2] if before.rpartition(".")[0] == after.rpartition(".")[0] else after
            first = first._replace(name=f"{before}–{end}", does=f"{len(others) + 1} × {first.does}")
        result.append(first)
    return result


@rc_context(STYLE)
def architecture(model: Any, image_shape: Sequence[int], depth: int | None = None) -> Picture:
    """A network from the image down, drawn from the model itself: each block's work, result and name.

    A block is as wide as its result has pixels along a side, and a step taller each time channels double.
    `model` and `depth` as for `network_blocks`; `image_shape` is [C, H, W].
    """
    blocks = network_blocks(model, image_shape, depth)
    texts = ["\n".join(wrap(block.does, 39)) for block in blocks]
    ends = np.cumsum([0.0, *(0.6 + 0.19 * text.count("\n") for text in texts)])
    figure = new_figure(ends[-1] + 0.45)
    axes = figure.subplots()
    axes.set(xlim=(0, WIDTH), ylim=(ends[-1] + 0.35, 0))
    axes.set_axis_off()
    widest, start = max(block.side for block in blocks), 0.0
    for block, text, (top, bottom) in zip(blocks, texts, pairwise(ends), strict=True):
        start = draw_block(axes, block, (top + bottom) / 2, widest, start)
        axes.text(1.6, top + 0.07, text, weight="bold", va="top")
        shape = " × ".join(f"{n:,}" for n in block.shape)
        axes.text(1.6, bottom - 0.1, f"{shape}   {block.name}", va="bottom")
    scale = "Width: pixels along a side. Each doubling of channels: a step taller."
    axes.text(0, ends[-1] + 0.35, scale, va="bottom")
    return shrink(finish(figure))


def draw_block(axes: Axes, block: Block, y: float, widest: int, start: float) -> float:
    """A rectangle around y, with an arrow to it from `start`; returns where the next arrow starts."""
    face, edge, hatch = LOOKS.get(block.kind, ("white", INK, ""))
    width, height = max(1.4 * block.side / widest, 0.06), 0.03 * (1 + np.log2(block.shape[0]))
    if block.kind != "image":
        arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 1, "mutation_scale": 9, "shrinkA": 1}
        axes.annotate("", (0.75, y - height / 2), (0.75, start), arrowprops=arrow)
    corner = (0.75 - width / 2, y - height / 2)
    axes.add_patch(
        Rectangle(corner, width, height, facecolor=face, edgecolor=edge, hatch=hatch, linewidth=1.4)
    )
    return float(y + height / 2)
