"""NASNet-A: a cell that a search found, repeated (Zoph et al., CVPR 2018, arXiv:1707.07012).

To search a whole network for ImageNet costs too much. So a cell is searched on CIFAR-10, by a controller that
learns from what its cells score, and cells are stacked as blocks were in ResNet: N that keep the size, one
that halves it, three times. "6 @ 4032" are N = 6 and 4032 channels behind the last cell.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.blocks import conv_bn, convolution, set_norms
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("zoph2018", "Learning Transferable Architectures for Scalable Image Recognition", 2018)

Pair = tuple[Tensor, Tensor]
Read = tuple[str, int]  # a step, and whose output it reads


class Drawing(NamedTuple):
    """A cell: which two steps each of its sums adds, and what is stacked at its end.

    0 is the output of the cell before the last, 1 that of the last, 2 and so on are the sums.
    """

    sums: tuple[tuple[Read, Read], ...]
    stacked: tuple[int, ...]


# Figure 4
NORMAL = Drawing(
    (
        (("sep5x5", 1), ("sep3x3", 0)),
        (("sep5x5", 0), ("sep3x3", 0)),
        (("avg3x3", 1), ("same", 0)),
        (("avg3x3", 0), ("avg3x3", 0)),
        (("sep3x3", 1), ("same", 1)),
    ),
    stacked=(0, 2, 3, 4, 5, 6),
)
REDUCTION = Drawing(
    (
        (("sep5x5", 1), ("sep7x7", 0)),
        (("max3x3", 1), ("sep7x7", 0)),
        (("avg3x3", 1), ("sep5x5", 0)),
        (("avg3x3", 2), ("same", 3)),
        (("sep3x3", 2), ("max3x3", 1)),
    ),
    stacked=(3, 4, 5, 6),
)


# Steps: [N, in_channels, H, W] → [N, channels, ⌈H / stride⌉, ⌈W / stride⌉] ----------------------


def separable(kernel_size: int, in_channels: int, channels: int, stride: int) -> nn.Sequential:
    """ReLU → depthwise → 1×1 → normalization, twice: appendix A.4."""
    layers: list[nn.Module] = []
    for read, step in ((in_channels, stride), (channels, 1)):
        depthwise = convolution(read, read, kernel_size, step, groups=read)
        layers += [nn.ReLU(), depthwise, *conv_bn(read, channels, 1)]
    return nn.Sequential(*layers)


def pooled(pool: Callable[[int], nn.Module], in_channels: int, channels: int, stride: int) -> nn.Module:
    """A pooling, and a 1×1 where the channels change."""
    return nn.Sequential(
        pool(stride), *(conv_bn(in_channels, channels, 1) if in_channels != channels else ())
    )


def projected(in_channels: int, channels: int, stride: int = 1) -> nn.Sequential:
    """ReLU → 1×1 → normalization."""
    return nn.Sequential(nn.ReLU(), *conv_bn(in_channels, channels, 1, stride))


def same(in_channels: int, channels: int, stride: int) -> nn.Module:
    """Nothing, where that fits."""
    fits = (in_channels, stride) == (channels, 1)
    return nn.Identity() if fits else projected(in_channels, channels, stride)


def max_pool(stride: int) -> nn.Module:
    return nn.MaxPool2d(kernel_size=3, stride=stride, padding=1)


def average_pool(stride: int) -> nn.Module:
    return nn.AvgPool2d(kernel_size=3, stride=stride, padding=1, count_include_pad=False)


STEPS: dict[str, Callable[[int, int, int], nn.Module]] = {
    "sep3x3": partial(separable, 3),
    "sep5x5": partial(separable, 5),
    "sep7x7": partial(separable, 7),
    "max3x3": partial(pooled, max_pool),
    "avg3x3": partial(pooled, average_pool),
    "same": same,
}


# What a cell does first with the older of its two inputs ------------------------------------------------


class AsItIs(nn.Identity):
    """The first cell of all reads one map twice: [N, C, H, W] → the same."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels


class Projected(nn.Sequential):
    """ReLU → 1×1 → normalization: [N, in_channels, H, W] → [N, channels, H, W]."""

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__(*projected(in_channels, channels))
        self.channels = channels


class Halved(nn.Module):
    """A map from before a reduction: [N, in_channels, H, W] → [N, channels, ⌈H / 2⌉, ⌈W / 2⌉].

    A 1×1 of stride 2 looks at one pixel of four. Here half of the channels look at another one of them.
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.here = convolution(in_channels, channels // 2, 1, stride=2)
        self.there = convolution(in_channels, channels - channels // 2, 1, stride=2)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(x)
        shifted = F.pad(x, (-1, 1, -1, 1))  # a pixel up and to the left
        return self.norm(torch.cat([self.here(x), self.there(shifted)], dim=1))


class Cell(nn.Module):
    """The outputs of the last two cells → those of the last one and of this one.

    [N, C, H, W] → [N, stacked · channels, ⌈H / stride⌉, ⌈W / stride⌉]
    """

    def __init__(
        self,
        drawing: Drawing,
        older: AsItIs | Projected | Halved,
        in_channels: int,
        channels: int,
        stride: int,
    ) -> None:
        super().__init__()
        self.drawing, self.older, self.newer = drawing, older, projected(in_channels, channels)
        widths = (older.channels, channels)
        self.steps = nn.ModuleList(
            STEPS[step](widths[read], channels, stride) if read < 2 else STEPS[step](channels, channels, 1)
            for pair in drawing.sums
            for step, read in pair
        )

    def output(self, older: Tensor, newer: Tensor) -> Tensor:
        found, steps = [self.older(older), self.newer(newer)], iter(self.steps)
        for (_, left), (_, right) in self.drawing.sums:
            found += [next(steps)(found[left]) + next(steps)(found[right])]
        return torch.cat([found[i] for i in self.drawing.stacked], dim=1)

    def forward(self, inputs: Pair) -> Pair:
        return inputs[1], self.output(*inputs)


class Bypassed(Cell):
    """A cell that the next one looks past: it reads what this one read, and this one's output."""

    def forward(self, inputs: Pair) -> Pair:
        return inputs[0], self.output(*inputs)


class Planned(NamedTuple):
    """A cell before it is built: of which kind, how drawn, how wide, and its stride."""

    kind: type[Cell]
    drawing: Drawing
    channels: int
    stride: int


class Map(NamedTuple):
    """What a cell reads: how many channels, and how often it was halved."""

    channels: int
    halvings: int


def stacked(plan: list[Planned], stem: int) -> nn.Sequential:
    """The cells of a plan, each fitted to the outputs of the two before it."""
    cells = nn.Sequential()
    older = newer = Map(stem, 0)
    for kind, drawing, channels, stride in plan:
        fit: AsItIs | Projected | Halved = Projected(older.channels, channels)
        if older.halvings < newer.halvings:
            fit = Halved(older.channels, channels)
        elif not cells:
            fit = AsItIs(stem)
        cells.append(kind(drawing, fit, newer.channels, channels, stride))
        older = older if kind is Bypassed else newer
        newer = Map(len(drawing.stacked) * channels, newer.halvings + stride - 1)
    return cells


class NASNet(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; `channels` are those of the first sums.

    The authors train with an auxiliary head, and leave paths of cells out at random.
    """

    reduction = Cell

    def __init__(
        self, n: int, channels: int, stem: int, num_classes: int = 1000, in_channels: int = 3
    ) -> None:
        super().__init__()
        conv = nn.Conv2d(in_channels, stem, kernel_size=3, stride=2, bias=False)
        self.stem = nn.Sequential(conv, nn.BatchNorm2d(stem))
        plan = self.plan(n, channels)
        self.cells = stacked(plan, stem)
        self.dropout = nn.Dropout(0.5)
        self.fc = nn.Linear(len(plan[-1].drawing.stacked) * plan[-1].channels, num_classes)
        set_norms(self, eps=1e-3)  # as the official weights were trained

    def plan(self, n: int, channels: int) -> list[Planned]:
        """Figure 2: two small reductions, then n cells three times, a reduction between them."""
        plan = [Planned(Cell, REDUCTION, channels // part, 2) for part in (4, 2)]
        for times in (1, 2, 4):
            if times > 1:
                plan += [Planned(self.reduction, REDUCTION, times * channels, 2)]
            plan += [Planned(Cell, NORMAL, times * channels, 1)] * n
        return plan

    def forward(self, images: Tensor) -> Tensor:
        x = self.stem(images)
        _, last = self.cells((x, x))
        return self.fc(self.dropout(F.relu(last).mean(dim=(2, 3))))


class NASNetLarge(NASNet):
    """The network whose weights were published: a reduction between two widths is bypassed."""

    reduction = Bypassed


VARIANTS = {  # N @ the channels behind the last cell
    "nasnet_a_4_1056": Variant(partial(NASNet, 4, 44, 32), Cost(params=5_289_978, macs=563_638_816)),
    "nasnet_a_6_4032": Variant(
        partial(NASNetLarge, 6, 168, 96), Cost(params=88_753_150, macs=23_783_414_658), (3, 331, 331)
    ),
}
