"""MobileNets: Efficient CNNs for Mobile Vision Applications (Howard et al., 2017, arXiv:1704.04861).

A convolution filters and combines channels in one step, at k² · M · N multiplications per pixel. Done in two,
3×3 kernels that read one channel each and 1×1 kernels that read all, it takes k² · M + M · N: nearly nine
times fewer. A width multiplier, and the size of the image, then fit the network to a device.
"""

from functools import partial

from torch import Tensor, nn

from cnnlab.blocks import ConvBN, round_channels
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper(
    "howard2017", "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", 2017
)

# Table 1: output channels and stride of the depthwise separable layers, after a first 3×3 of stride 2.
LAYERS = [
    #  c  s             output for a 224×224 image
    (  64, 1),         # 112×112
    ( 128, 2),         #  56×56
    ( 128, 1),         #  56×56
    ( 256, 2),         #  28×28
    ( 256, 1),         #  28×28
    ( 512, 2),         #  14×14
    *5 * [(512, 1)],   #  14×14
    (1024, 2),         #   7×7
    (1024, 1),         #   7×7; the table says s2, but has 7×7 before and after it
]  # fmt: skip


class Separable(nn.Sequential):
    """Filter each channel (3×3), then combine them (1×1), each with batch normalization and ReLU.

    [N, in_channels, H, W] → [N, out_channels, ⌈H / stride⌉, ⌈W / stride⌉]
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__(
            ConvBN(in_channels, in_channels, stride=stride, groups=in_channels),
            ConvBN(in_channels, out_channels, kernel_size=1),
        )


class MobileNetV1(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; `width` scales every channel count."""

    layers = LAYERS
    block: type[Separable | ConvBN] = Separable

    def __init__(self, num_classes: int = 1000, in_channels: int = 3, width: float = 1.0) -> None:
        super().__init__()
        channels = round_channels(32 * width)
        features: list[nn.Module] = [ConvBN(in_channels, channels, stride=2)]
        for c, s in self.layers:
            in_channels, channels = channels, round_channels(c * width)
            features.append(self.block(in_channels, channels, stride=s))
        self.features = nn.Sequential(*features)
        self.fc = nn.Linear(channels, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.features(images).mean(dim=(2, 3)))


class ConvMobileNet(MobileNetV1):
    """Table 4's other half: full 3×3 convolutions instead of separable ones."""

    block = ConvBN


class ShallowMobileNet(MobileNetV1):
    """Table 5's: without the five layers of 14×14×512."""

    layers = LAYERS[:6] + LAYERS[-2:]


# Full convolutions: 3,139,584 pairs of channels, which the 1×1 join in 539,492,352 MACs, have nine weights
# each, not one; 4,960 depthwise kernels are gone, with nine weights and a norm each, and 17,385,984 MACs.
# Shallow: 5 · (9 · 512 + 512² + 4 · 512) parameters and 5 · (9 · 512 + 512²) · 14² MACs less.
VARIANTS = {
    "mobilenet_v1": Variant(MobileNetV1, Cost(params=4_231_976, macs=568_740_352)),
    "mobilenet_v1_x0_75": Variant(partial(MobileNetV1, width=0.75), Cost(2_585_560, 325_400_448)),
    "mobilenet_v1_x0_5": Variant(partial(MobileNetV1, width=0.5), Cost(1_331_592, 149_497_088)),
    "mobilenet_v1_x0_25": Variant(partial(MobileNetV1, width=0.25), Cost(470_072, 41_030_272)),
    "mobilenet_v1_conv": Variant(ConvMobileNet, Cost(29_294_088, 4_867_293_184)),
    "mobilenet_v1_shallow": Variant(ShallowMobileNet, Cost(2_887_976, 307_323_392)),
}
