"""MobileNetV2: Inverted Residuals and Linear Bottlenecks (Sandler et al., CVPR 2018, arXiv:1801.04381).

ResNet's bottleneck turned inside out: the shortcut joins the narrow ends, and the wide middle is filtered by
a depthwise convolution, which costs hidden · 9 multiplications per pixel instead of hidden² · 9. Parameter
names follow torchvision, so its ImageNet weights load directly.
"""

from collections.abc import Sequence
from functools import partial

from torch import Tensor, nn

from cnnlab.blocks import ConvBN, ReLU6, round_channels
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("sandler2018", "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018)

# Table 2, in the paper's letters: n blocks of c channels, expanded t times, the first of stride s.
BOTTLENECKS = [
    # t    c  n  s     output for a 224×224 image
    ( 1,  16, 1, 1),  # 112×112
    ( 6,  24, 2, 2),  #  56×56
    ( 6,  32, 3, 2),  #  28×28
    ( 6,  64, 4, 2),  #  14×14
    ( 6,  96, 3, 1),  #  14×14
    ( 6, 160, 3, 2),  #   7×7
    ( 6, 320, 1, 1),  #   7×7
]  # fmt: skip

ConvBNReLU6 = partial(ConvBN, activation=ReLU6)


class InvertedResidual(nn.Module):
    """Expand (1×1) → filter (3×3 depthwise) → project (1×1, linear); add the input if it fits.

    [N, in_channels, H, W] → [N, out_channels, ⌈H / stride⌉, ⌈W / stride⌉]
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = in_channels * expansion
        expand = [ConvBNReLU6(in_channels, hidden, kernel_size=1)] if expansion > 1 else []
        self.conv = nn.Sequential(
            *expand,
            ConvBNReLU6(hidden, hidden, stride=stride, groups=hidden),
            nn.Conv2d(hidden, out_channels, kernel_size=1, bias=False),
            nn.BatchNorm2d(out_channels),  # no ReLU here: it would destroy a narrow representation
        )
        self.has_shortcut = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.has_shortcut else self.conv(x)


class MobileNetV2(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; `width` scales every channel count."""

    bottlenecks: Sequence[tuple[int, int, int, int]] = BOTTLENECKS

    def __init__(
        self, num_classes: int = 1000, in_channels: int = 3, width: float = 1.0, dropout: float = 0.2
    ) -> None:
        super().__init__()
        channels = round_channels(32 * width)
        features: list[nn.Module] = [ConvBNReLU6(in_channels, channels, stride=2)]
        for t, c, n, s in self.bottlenecks:
            for stride in [s] + [1] * (n - 1):
                in_channels, channels = channels, round_channels(c * width)
                features.append(InvertedResidual(in_channels, channels, stride, expansion=t))
        last_channels = round_channels(1280 * max(1.0, width))  # a narrow net keeps its last layer
        features.append(ConvBNReLU6(channels, last_channels, kernel_size=1))
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(last_channels, num_classes))

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.features(images).mean(dim=(2, 3)))


VARIANTS = {  # Table 4 prints 3.4 M and 300 M, and 6.9 M and 585 M at width 1.4; these are the exact counts
    "mobilenet_v2": Variant(MobileNetV2, Cost(params=3_504_872, macs=300_774_272)),
    "mobilenet_v2_x0_35": Variant(partial(MobileNetV2, width=0.35), Cost(1_677_128, 59_285_808)),
    "mobilenet_v2_x0_5": Variant(partial(MobileNetV2, width=0.5), Cost(1_968_680, 97_131_840)),
    "mobilenet_v2_x0_75": Variant(partial(MobileNetV2, width=0.75), Cost(2_636_424, 209_069_792)),
    "mobilenet_v2_x1_4": Variant(partial(MobileNetV2, width=1.4), Cost(6_108_776, 582_195_824)),
}
