"""MnasNet: Platform-Aware Neural Architecture Search for Mobile (Tan et al., CVPR 2019, arXiv:1807.11626).

A search that finds one block and repeats it everywhere repeats its mistakes: what suits 112×112 pixels does
not suit 7×7. MnasNet searches each stage by itself, for accuracy and for the time that a phone needs. A1 is
the paper's figure 7; B1 is what the search finds where squeeze-and-excitation is not allowed. Parameter names
follow torchvision, which has B1, so its ImageNet weights load directly.
"""

from collections.abc import Sequence
from functools import partial

from torch import Tensor, nn

from cnnlab.blocks import ConvBN, SqueezeExcite, conv_bn, round_channels, set_norms
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("tan2019mnasnet", "MnasNet: Platform-Aware Neural Architecture Search for Mobile", 2019)

Rows = Sequence[tuple[int, int, int, int, int, str]]

# n blocks of c channels, expanded t times by a k×k kernel, the first of stride s.
A1: Rows = [
    # t    c  n  s  k         output for a 224×224 image
    (6,  24, 2, 2, 3, ""),    # 56×56
    (3,  40, 3, 2, 5, "SE"),  # 28×28
    (6,  80, 4, 2, 3, ""),    # 14×14
    (6, 112, 2, 1, 3, "SE"),  # 14×14
    (6, 160, 3, 2, 5, "SE"),  #  7×7
    (6, 320, 1, 1, 3, ""),    #  7×7
]  # fmt: skip

B1: Rows = [
    (3,  24, 3, 2, 3, ""),    # 56×56
    (3,  40, 3, 2, 5, ""),    # 28×28
    (6,  80, 3, 2, 5, ""),    # 14×14
    (6,  96, 2, 1, 3, ""),    # 14×14
    (6, 192, 4, 2, 5, ""),    #  7×7
    (6, 320, 1, 1, 3, ""),    #  7×7
]  # fmt: skip


class InvertedResidual(nn.Module):
    """MobileNetV2's block with a kernel to choose, and in A1 a gate for each channel of its middle.

    [N, in_channels, H, W] → [N, out_channels, ⌈H / stride⌉, ⌈W / stride⌉]. The gate squeezes to a quarter of
    the block's input, not of its middle.
    """

    def __init__(
        self, in_channels: int, out_channels: int, expansion: int, stride: int, kernel_size: int, excite: str
    ) -> None:
        super().__init__()
        hidden = in_channels * expansion
        self.layers = nn.Sequential(
            *ConvBN(in_channels, hidden, kernel_size=1),
            *ConvBN(hidden, hidden, kernel_size, stride, groups=hidden),
            *([SqueezeExcite(hidden, in_channels // 4)] if excite else []),
            *conv_bn(hidden, out_channels, kernel_size=1),
        )
        self.has_shortcut = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x) if self.has_shortcut else self.layers(x)


class MnasNet(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; all channels but the last scale."""

    def __init__(self, rows: Rows, width: float = 1.0, num_classes: int = 1000, in_channels: int = 3) -> None:
        super().__init__()
        first, channels = round_channels(32 * width), round_channels(16 * width)
        layers: list[nn.Module] = [
            *ConvBN(in_channels, first, stride=2),
            *ConvBN(first, first, groups=first),
            *conv_bn(first, channels, kernel_size=1),
        ]
        for t, c, n, s, k, se in rows:
            stage = nn.Sequential()
            for stride in [s] + [1] * (n - 1):
                in_channels, channels = channels, round_channels(c * width)
                stage.append(InvertedResidual(in_channels, channels, t, stride, k, se))
            layers.append(stage)
        self.layers = nn.Sequential(*layers, *ConvBN(channels, 1280, kernel_size=1))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, num_classes))
        set_norms(self, momentum=1 - 0.9997)  # which the authors keep of a mean at each step

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.layers(images).mean(dim=(2, 3)))


VARIANTS = {  # Table 1 prints 3.9 M and 312 M for A1
    "mnasnet_a1": Variant(partial(MnasNet, A1), Cost(params=3_887_038, macs=311_579_072)),
    "mnasnet0_5": Variant(partial(MnasNet, B1, 0.5), Cost(params=2_218_512, macs=104_455_968)),
    "mnasnet0_75": Variant(partial(MnasNet, B1, 0.75), Cost(params=3_170_208, macs=215_493_104)),
    "mnasnet1_0": Variant(partial(MnasNet, B1), Cost(params=4_383_312, macs=314_415_872)),
    "mnasnet1_3": Variant(partial(MnasNet, B1, 1.3), Cost(params=6_282_256, macs=526_362_432)),
}
