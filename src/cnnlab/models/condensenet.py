"""CondenseNet: Efficient DenseNets by Learned Group Convolutions (Huang et al., CVPR 2018, arXiv:1711.09224).

DenseNet's layers read all before them, and much of that they hardly listen to. Here training finds out which:
each group of a 1×1 layer keeps a part of its inputs, and the rest is cut off. What is left is a convolution
in groups behind a choice of channels. Every layer reads the blocks before its own too, pooled.
"""

from functools import partial

import torch
from torch import Tensor, nn

from cnnlab.blocks import ReLU, channel_shuffle, convolution
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("huang2018", "CondenseNet: An Efficient DenseNet Using Learned Group Convolutions", 2018)

# The paper's table for ImageNet: layers of the five blocks, and how many channels each layer adds.
DEPTHS = (4, 6, 8, 10, 8)
GROWTH = (8, 16, 32, 64, 128)  # doubled from block to block


class Chosen(nn.Module):
    """Channels that training chose, before it evenly spread: [N, in_channels, H, W] → [N, count, H, W]."""

    index: Tensor

    def __init__(self, in_channels: int, count: int) -> None:
        super().__init__()
        self.register_buffer("index", torch.arange(count) * in_channels // count)

    def forward(self, x: Tensor) -> Tensor:
        return x.index_select(1, self.index)


class CondensedLayer(nn.Module):
    """Choose, BN–ReLU–1×1 in groups, shuffle, BN–ReLU–3×3 in groups: [N, C, H, W] → [N, C + k, H, W]."""

    def __init__(self, in_channels: int, k: int, groups: int) -> None:
        super().__init__()
        self.groups = groups
        self.learned = nn.Sequential(
            Chosen(in_channels, in_channels),
            nn.BatchNorm2d(in_channels),
            ReLU(),
            convolution(in_channels, 4 * k, 1, groups=groups),
        )
        self.filter = nn.Sequential(nn.BatchNorm2d(4 * k), ReLU(), convolution(4 * k, k, 3, groups=groups))

    def forward(self, x: Tensor) -> Tensor:
        f = self.filter(channel_shuffle(self.learned(x), self.groups))
        return torch.cat([x, f], dim=1)


class CondenseNet(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; H = W = 224 in the paper, at least 31.

    As many groups as the part that is kept is small: G = C. The classifier reads half of its inputs.
    """

    def __init__(self, groups: int, num_classes: int = 1000, in_channels: int = 3) -> None:
        super().__init__()
        channels = 2 * GROWTH[0]
        layers: list[nn.Module] = [convolution(in_channels, channels, 3, stride=2)]
        for block, (depth, k) in enumerate(zip(DEPTHS, GROWTH, strict=True)):
            if block:
                layers += [nn.AvgPool2d(kernel_size=2)]
            for _ in range(depth):
                layers += [CondensedLayer(channels, k, groups)]
                channels += k
        self.features = nn.Sequential(*layers, nn.BatchNorm2d(channels), ReLU())
        self.chosen = Chosen(channels, channels // 2)
        self.classifier = nn.Linear(channels // 2, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        means = self.features(images).mean(dim=(2, 3))
        return self.classifier(self.chosen(means))


VARIANTS = {
    "condensenet_c4": Variant(partial(CondenseNet, 4), Cost(params=4_773_944, macs=516_640_576)),
    "condensenet_c8": Variant(partial(CondenseNet, 8), Cost(params=2_935_416, macs=261_545_792)),
}
