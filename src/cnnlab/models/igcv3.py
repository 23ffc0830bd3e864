"""IGCV3-D: interleaved low-rank group convolutions (Sun et al., BMVC 2018, arXiv:1806.00178).

MobileNetV2's 1×1 layers hold most of its weights. Here each runs in two groups; a shuffle between them lets
every input reach every output, as in ShuffleNet, and another puts the channels back in their order. What that
saves is spent on depth: twice as many blocks in all but the first and the last row.
"""

from torch import Tensor, nn

from cnnlab.blocks import channel_shuffle, conv_bn
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant
from cnnlab.models.mobilenet_v2 import ConvBNReLU6

PAPER = Paper(
    "sun2018",
    "IGCV3: Interleaved Low-Rank Group Convolutions for Efficient Deep Neural Networks",
    2018,
)
GROUPS = 2

# In MobileNetV2's letters: n blocks of c channels, expanded t times, the first of stride s.
BOTTLENECKS = (
    # t    c  n  s     output for a 224×224 image
    ( 1,  16, 1, 1),  # 112×112
    ( 6,  24, 4, 2),  #  56×56
    ( 6,  32, 6, 2),  #  28×28
    ( 6,  64, 8, 2),  #  14×14
    ( 6,  96, 6, 1),  #  14×14
    ( 6, 160, 6, 2),  #   7×7
    ( 6, 320, 1, 1),  #   7×7
)  # fmt: skip


class Interleaved(nn.Module):
    """Expand in groups → shuffle → filter → project in groups → shuffle back; add the input if it fits.

    [N, in_channels, H, W] → [N, out_channels, ⌈H / stride⌉, ⌈W / stride⌉]. The filter alone has a ReLU.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = in_channels * expansion
        self.expand = nn.Sequential(*conv_bn(in_channels, hidden, 1, groups=GROUPS))
        self.filter = ConvBNReLU6(hidden, hidden, stride=stride, groups=hidden)
        self.project = nn.Sequential(*conv_bn(hidden, out_channels, 1, groups=GROUPS))
        self.back = out_channels // GROUPS
        self.has_shortcut = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        f = self.filter(channel_shuffle(self.expand(x), GROUPS))
        f = channel_shuffle(self.project(f), self.back)
        return x + f if self.has_shortcut else f


class IGCV3(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]."""

    def __init__(self, num_classes: int = 1000, in_channels: int = 3) -> None:
        super().__init__()
        channels = 32
        layers: list[nn.Module] = [ConvBNReLU6(in_channels, channels, stride=2)]
        for t, c, n, s in BOTTLENECKS:
            for stride in (s, *(1,) * (n - 1)):
                layers += [Interleaved(channels, c, stride, expansion=t)]
                channels = c
        self.features = nn.Sequential(*layers, ConvBNReLU6(channels, 1280, kernel_size=1))
        self.classifier = nn.Linear(1280, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.features(images).mean(dim=(2, 3)))


VARIANTS = {"igcv3_d": Variant(IGCV3, Cost(params=3_491_688, macs=312_970_176))}
