"""ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design (Ma et al., ECCV 2018).

Few multiplications do not make a network fast: the groups and sums of the first ShuffleNet move data that
nobody counted. Here half of the channels are left alone; the other half passes three layers of equal widths,
the 1×1 without groups; then both are put side by side and shuffled. arXiv:1807.11164. Parameter names follow
torchvision, so its ImageNet weights load directly.
"""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn

from cnnlab.blocks import ConvBN, channel_shuffle, conv_bn
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("ma2018", "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design", 2018)

# Table 5: output channels of stages 2, 3 and 4, and of conv5.
WIDTHS = {
    "0.5×": ( 48,  96, 192, 1024),
    "1×":   (116, 232, 464, 1024),
    "1.5×": (176, 352, 704, 1024),
    "2×":   (244, 488, 976, 2048),
}  # fmt: skip
DEPTHS = (4, 8, 4)  # units in stages 2, 3 and 4, of which the first has stride 2


def branch(in_channels: int, out_channels: int, stride: int = 1) -> nn.Sequential:
    """1×1, 3×3 depthwise, 1×1: [N, in_channels, H, W] → [N, out_channels, ⌈H / stride⌉, ⌈W / stride⌉]."""
    return nn.Sequential(
        *ConvBN(in_channels, out_channels, kernel_size=1),
        *conv_bn(out_channels, out_channels, 3, stride, groups=out_channels),  # no ReLU, as in Xception
        *ConvBN(out_channels, out_channels, kernel_size=1),
    )


class Unit(nn.Module):
    """Keep one half, change the other: figure 3c. [N, channels, H, W] → the same; ValueError if odd."""

    def __init__(self, channels: int) -> None:
        if channels % 2:
            raise ValueError(f"{channels} channels cannot be split into 2 equal halves")
        super().__init__()
        self.branch2 = branch(channels // 2, channels // 2)

    def forward(self, x: Tensor) -> Tensor:
        kept, changed = x.chunk(2, dim=1)
        return channel_shuffle(torch.cat([kept, self.branch2(changed)], dim=1), groups=2)


class DownsamplingUnit(nn.Module):
    """Both branches see all: figure 3d. [N, in_channels, H, W] → [N, out_channels, ⌈H / 2⌉, ⌈W / 2⌉].

    With stride 1, as in the large networks of the appendix, only the number of channels changes.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 2) -> None:
        super().__init__()
        self.branch1 = nn.Sequential(
            *conv_bn(in_channels, in_channels, 3, stride, groups=in_channels),
            *ConvBN(in_channels, out_channels // 2, kernel_size=1),
        )
        self.branch2 = branch(in_channels, out_channels // 2, stride)

    def forward(self, x: Tensor) -> Tensor:
        return channel_shuffle(torch.cat([self.branch1(x), self.branch2(x)], dim=1), groups=2)


def stage(in_channels: int, out_channels: int, depth: int, stride: int = 2) -> nn.Sequential:
    """`depth` units, of which the first changes the shape."""
    first = DownsamplingUnit(in_channels, out_channels, stride)
    return nn.Sequential(first, *(Unit(out_channels) for _ in range(depth - 1)))


class ShuffleNetV2(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; `widths` is a column of Table 5."""

    def __init__(self, widths: Sequence[int], num_classes: int = 1000, in_channels: int = 3) -> None:
        super().__init__()
        c2, c3, c4, c5 = widths
        self.conv1 = ConvBN(in_channels, 24, stride=2)  # 112×112 for a 224×224 image
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stage2 = stage(24, c2, DEPTHS[0])  # 28×28
        self.stage3 = stage(c2, c3, DEPTHS[1])  # 14×14
        self.stage4 = stage(c3, c4, DEPTHS[2])  # 7×7
        self.conv5 = ConvBN(c4, c5, kernel_size=1)
        self.fc = nn.Linear(c5, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        x = self.maxpool(self.conv1(images))
        x = self.conv5(self.stage4(self.stage3(self.stage2(x))))
        return self.fc(x.mean(dim=(2, 3)))


VARIANTS = {  # Table 5 prints 1.4, 2.3, 3.5 and 7.4 M parameters; 41, 146, 299 and 591 M multiply–accumulates
    "shufflenet_v2_x0_5": Variant(partial(ShuffleNetV2, WIDTHS["0.5×"]), Cost(1_366_792, 40_476_448)),
    "shufflenet_v2_x1_0": Variant(partial(ShuffleNetV2, WIDTHS["1×"]), Cost(2_278_604, 144_907_992)),
    "shufflenet_v2_x1_5": Variant(partial(ShuffleNetV2, WIDTHS["1.5×"]), Cost(3_503_624, 295_759_392)),
    "shufflenet_v2_x2_0": Variant(partial(ShuffleNetV2, WIDTHS["2×"]), Cost(7_393_996, 583_253_464)),
}
