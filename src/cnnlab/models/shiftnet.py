"""Shift: A Zero FLOP, Zero Parameter Alternative to Spatial Convolutions (Wu et al., CVPR 2018).

A depthwise filter still multiplies, and moves more data than it computes. Moving whole channels by a pixel,
each group of them in another direction, multiplies nothing, and yet the 1×1 layer that follows sees a
neighbourhood. arXiv:1711.08141.
"""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.blocks import ReLU, convolution
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("wu2018", "Shift: A Zero FLOP, Zero Parameter Alternative to Spatial Convolutions", 2018)

# ShiftNet-A, in the paper's letters: modules of c channels with k×k shifts, expanded E times, the first
# of stride 2. ShiftNet-B has half the channels.
GROUPS = [
    # k    c  first E  other E  modules   output for a 224×224 image
    ( 5,  64,    4,       4,       5),  # 56×56
    ( 5, 128,    4,       3,       6),  # 28×28
    ( 3, 256,    3,       2,       7),  # 14×14
    ( 3, 512,    2,       1,       3),  #  7×7
]  # fmt: skip


class Shift(nn.Module):
    """Each group of channels looks in another of k×k directions: [N, channels, H, W] → the same.

    Channels left over do not move. ValueError for an even kernel, or fewer channels than directions.
    """

    def __init__(self, channels: int, kernel_size: int = 3) -> None:
        directions = kernel_size**2
        if kernel_size % 2 == 0 or channels < directions:
            raise ValueError(
                f"{channels} channels cannot be shifted in {kernel_size}×{kernel_size} directions"
            )
        super().__init__()
        self.reach = kernel_size // 2
        self.starts = [(row, column) for row in range(kernel_size) for column in range(kernel_size)]
        self.sizes = [channels // directions] * directions
        self.sizes[directions // 2] += channels % directions

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        groups = torch.split(F.pad(x, [self.reach] * 4), self.sizes, dim=1)
        moved = [
            group[:, :, row : row + height, column : column + width]
            for group, (row, column) in zip(groups, self.starts, strict=True)
        ]
        return torch.cat(moved, dim=1)


class CSC(nn.Module):
    """Convolution – shift – convolution, both 1×1, normalized before.

    [N, in_channels, H, W] → [N, out_channels, ⌈H / stride⌉, ⌈W / stride⌉]. With stride 2 the pooled input
    stands in front of what is found, as in ShuffleNet.
    """

    def __init__(
        self, in_channels: int, out_channels: int, stride: int, expansion: int, kernel_size: int
    ) -> None:
        super().__init__()
        self.stride = stride
        found = out_channels if stride == 1 else out_channels - in_channels
        self.bn1, self.conv1 = nn.BatchNorm2d(in_channels), convolution(in_channels, expansion * found, 1)
        self.shift = Shift(expansion * found, kernel_size)
        self.bn2, self.conv2 = (
            nn.BatchNorm2d(expansion * found),
            convolution(expansion * found, found, 1, stride),
        )
        self.relu = ReLU()

    def forward(self, x: Tensor) -> Tensor:
        found = self.shift(self.conv1(self.relu(self.bn1(x))))
        found = self.conv2(self.relu(self.bn2(found)))
        if self.stride == 1:
            return x + found
        return torch.cat([F.avg_pool2d(x, kernel_size=3, stride=2, padding=1), found], dim=1)


class ShiftNet(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; `width` scales every channel count."""

    def __init__(self, width: float = 1.0, num_classes: int = 1000, in_channels: int = 3) -> None:
        super().__init__()
        channels = int(32 * width)
        features: list[nn.Module] = [convolution(in_channels, channels, kernel_size=7, stride=2)]  # 112×112
        for k, c, first, other, modules in GROUPS:
            for i in range(modules):
                out_channels, stride, expansion = int(c * width), 1 + (i == 0), other if i else first
                features.append(CSC(channels, out_channels, stride, expansion, k))
                channels = out_channels
        self.features = nn.Sequential(*features, nn.BatchNorm2d(channels), ReLU())
        self.fc = nn.Linear(channels, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.features(images).mean(dim=(2, 3)))


# The paper prints 4.1 and 1.1 M parameters, digits cut off; Chen et al. (2019) count 1,400 and 371 M MACs.
VARIANTS = {
    "shiftnet_a": Variant(ShiftNet, Cost(params=4_188_680, macs=1_424_306_176)),
    "shiftnet_b": Variant(partial(ShiftNet, 0.5), Cost(params=1_183_480, macs=370_956_288)),
}
