"""Pre-activated ResNet: Identity Mappings in Deep Residual Networks (He et al., ECCV 2016, arXiv:1603.05027).

With a thousand layers the first ResNet got worse again: a ReLU stands behind each addition, and no signal
passes it unchanged. Put batch normalization and ReLU in front of the convolutions instead, and every unit
reads the plain sum of all that was found before it. Figure 4 compares five orders; the last is the paper's.
"""

from collections.abc import Sequence
from functools import partial

from torch import Tensor, nn

from cnnlab.blocks import ConvBN, convolution
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant
from cnnlab.models.resnet import DEPTHS
from cnnlab.models.resnet_cifar import IMAGE, thirds

PAPER = Paper("he2016identity", "Identity Mappings in Deep Residual Networks", 2016)

Order = tuple[str, str, str]
ORDERS: dict[str, Order] = {  # figure 4; "bn relu" stands between F's convolutions in all of them
    #                        F begins   F ends     after the addition
    "original":             ("",        "bn",      "relu"),     # (a)
    "bn_after_addition":    ("",        "",        "bn relu"),  # (b)
    "relu_before_addition": ("",        "bn relu", ""),         # (c)
    "relu_only":            ("relu",    "bn",      ""),         # (d)
    "full":                 ("bn relu", "",        ""),         # (e)
}  # fmt: skip

Kernels = Sequence[tuple[int, int]]  # of F's convolutions: size, and output channels in units of the width
BASIC, BOTTLENECK = [(3, 1), (3, 1)], [(1, 1), (3, 1), (1, 4)]


def layers(words: str, channels: int) -> list[nn.Module]:
    """[N, channels, H, W] → the same. No ReLU acts in place: the shortcut may need what it reads."""
    return [nn.BatchNorm2d(channels) if word == "bn" else nn.ReLU() for word in words.split()]


def convolutions(kernels: Kernels, channels: int, width: int, stride: int) -> list[nn.Module]:
    """F between its ends; the first 3×3 has the stride."""
    found: list[nn.Module] = []
    for kernel_size, widening in kernels:
        step = stride if kernel_size == 3 else 1
        stride //= step  # 1 for those that follow
        found += layers("bn relu", channels) if found else []
        found += [convolution(channels, widening * width, kernel_size, step)]
        channels = widening * width
    return found


class Unit(nn.Module):
    """[N, in_channels, H, W] → [N, width (BASIC) or 4 · width (BOTTLENECK), ⌈H / stride⌉, ⌈W / stride⌉]

    Where the shapes differ, the shortcut is a projection, and what F begins with acts in front of both paths.
    """

    def __init__(self, order: Order, kernels: Kernels, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        (first, last, after), out_channels = order, kernels[-1][1] * width
        f = layers(first, in_channels) + convolutions(kernels, in_channels, width, stride)
        f += layers(last, out_channels)
        fork, projection = 0, list[nn.Module]()
        if (in_channels, stride) != (out_channels, 1):
            norm = layers("bn" if "bn" in last else "", out_channels)  # if F's last convolution has one
            fork, projection = len(first.split()), [convolution(in_channels, out_channels, 1, stride), *norm]
        self.common, self.f = nn.Sequential(*f[:fork]), nn.Sequential(*f[fork:])
        self.downsample = nn.Sequential(*projection)
        self.after = nn.Sequential(*layers(after, out_channels))

    def add(self, x: Tensor) -> Tensor:
        return self.f(x) + self.downsample(x)  # F(x) + x, or F(x) + Wx

    def forward(self, x: Tensor) -> Tensor:
        return self.after(self.add(self.common(x)))


class PreActResNet(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; `depths` units of these `widths`."""

    def __init__(
        self, depths: Sequence[int], widths: Sequence[int] = (16, 32, 64), kernels: Kernels = BASIC,
        order: Order = ORDERS["full"], unit: type[Unit] = Unit, num_classes: int = 10, in_channels: int = 3,
    ) -> None:  # fmt: skip
        super().__init__()
        self.stem, channels = self.begin(in_channels)
        units: list[nn.Module] = []
        for width, depth in zip(widths, depths, strict=True):
            for stride in [2 if units else 1] + [1] * (depth - 1):
                here = order if units else ("", *order[1:])  # the stem's own norm and ReLU are its beginning
                units += [unit(here, kernels, channels, width, stride)]
                channels = kernels[-1][1] * width
        self.units = nn.Sequential(*units, *layers(order[0], channels))
        self.fc = nn.Linear(channels, num_classes)

    def begin(self, in_channels: int) -> tuple[nn.Module, int]:
        return ConvBN(in_channels, 16), 16

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.units(self.stem(images)).mean(dim=(2, 3)))


class ImageNet(PreActResNet):
    """The same for larger images: it begins with ResNet's 7×7 and pooling, at a quarter of the size."""

    def begin(self, in_channels: int) -> tuple[nn.Module, int]:
        pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        return nn.Sequential(ConvBN(in_channels, 64, kernel_size=7, stride=2), pool), 64


small = partial(PreActResNet, kernels=BOTTLENECK)
large = partial(ImageNet, widths=(64, 128, 256, 512), kernels=BOTTLENECK, num_classes=1000)

# The paper prints 1.7 million for 110 and 164, and 10.2 for 1001: what is left of it without the norms.
VARIANTS = {
    "preact_resnet110": Variant(partial(PreActResNet, thirds(110, 2)), Cost(1_730_522, 253_149_824), IMAGE),
    "preact_resnet164": Variant(partial(small, thirds(164, 3)), Cost(1_703_258, 247_646_720), IMAGE),
    "preact_resnet1001": Variant(partial(small, thirds(1001, 3)), Cost(10_327_706, 1_490_995_712), IMAGE),
    "preact_resnet50": Variant(partial(large, DEPTHS[50]), Cost(25_549_352, 4_089_184_256)),
    "preact_resnet200": Variant(partial(large, (3, 24, 36, 3)), Cost(64_666_152, 15_007_481_856)),
}
