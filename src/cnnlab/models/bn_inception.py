"""BN-Inception: Batch Normalization (Ioffe & Szegedy, ICML 2015, arXiv:1502.03167).

A layer has to follow every change of those before it; so give it inputs of mean 0 and variance 1, whatever
they do. GoogLeNet then learns at thirty times the rate, without dropout and LRN.
Its 5×5 are two 3×3 here, and two modules halve the image themselves.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.blocks import Branches, InceptionConv, Mixed, convolution
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper(
    "ioffe2015",
    "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
    2015,
)

Row = tuple[int, int, int, int, int, str, int]

# Figure 5: #1×1, #3×3 reduce, #3×3, double #3×3 reduce, double #3×3, pool, its projection. 4c, 4d and 4e
# add up to 608, 608 and 1,056 channels, where their rows print 576, 576 and 1,024.
MODULES: dict[str, Row] = {  # output for a 224×224 image
    "3a": ( 64,  64,  64,  64,  96, "avg",  32),  # 28×28
    "3b": ( 64,  64,  96,  64,  96, "avg",  64),
    "3c": (  0, 128, 160,  64,  96, "halve",  0),  # 14×14
    "4a": (224,  64,  96,  96, 128, "avg", 128),
    "4b": (192,  96, 128,  96, 128, "avg", 128),
    "4c": (160, 128, 160, 128, 160, "avg", 128),
    "4d": ( 96, 128, 192, 160, 192, "avg", 128),
    "4e": (  0, 128, 192, 192, 256, "halve",  0),  #  7×7
    "5a": (352, 192, 320, 160, 224, "avg", 128),
    "5b": (352, 192, 320, 192, 224, "max", 128),
}  # fmt: skip


class MaxMixed(Mixed):
    """`Mixed` with a maximum instead of a mean: [N, in_channels, H, W] → [N, out_channels, H, W]."""

    def pool(self, x: Tensor) -> Tensor:
        return F.max_pool2d(x, kernel_size=3, stride=1, padding=1)


class Halving(Mixed):
    """Ends at every second position: [N, in_channels, H, W] → [N, out_channels, ⌈H / 2⌉, ⌈W / 2⌉]."""

    stride, padding = 2, 1

    def pool(self, x: Tensor) -> Tensor:
        return F.max_pool2d(x, kernel_size=3, stride=2, padding=1)


KINDS = {"avg": Mixed, "max": MaxMixed, "halve": Halving}


def module(in_channels: int, row: Row) -> tuple[Mixed, int]:
    """What a row of the table describes, and its output channels; a 0 stands for no layer."""
    one, reduce3, three, reduce_double, double, kind, projection = row
    branches: Branches = {
        "branch1x1": [(one, 1)],
        "branch3x3": [(reduce3, 1), (three, 3)],
        "branch3x3dbl": [(reduce_double, 1), (double, 3), (double, 3)],
        "branch_pool": [(projection, 1)] if projection else [],
    }
    if not one:
        del branches["branch1x1"]
    return KINDS[kind](in_channels, branches), one + three + double + (projection or in_channels)


class BNInception(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; H = W = 224 in the paper."""

    rows = MODULES

    def __init__(self, num_classes: int = 1000, in_channels: int = 3) -> None:
        super().__init__()
        self.conv1 = self.first(in_channels)
        self.conv2 = nn.Sequential(InceptionConv(64, 64, 1), InceptionConv(64, 192, 3))
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.mixed, channels = nn.Sequential(), 192
        for name, row in self.rows.items():
            mixed, channels = module(channels, row)
            self.mixed.add_module(name, mixed)
        self.fc = nn.Linear(channels, num_classes)

    def first(self, in_channels: int) -> nn.Module:
        """[N, in_channels, H, W] → [N, 64, ⌈H / 2⌉, ⌈W / 2⌉]"""
        return InceptionConv(in_channels, 64, 7, stride=2, padding=3)

    def forward(self, images: Tensor) -> Tensor:
        x = self.pool(self.conv2(self.pool(self.conv1(images))))
        return self.fc(self.mixed(x).mean(dim=(2, 3)))


class BiasedBNInception(BNInception):
    """As its Caffe weights are: with a bias in every convolution, which normalizing takes out again."""

    def __init__(self, num_classes: int = 1000, in_channels: int = 3) -> None:
        super().__init__(num_classes, in_channels)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                layer.bias = nn.Parameter(torch.zeros(layer.out_channels))


class SeparableBNInception(BNInception):
    """As in the paper, whose first layer looks at each color by itself, through eight filters."""

    def first(self, in_channels: int) -> nn.Module:
        """[N, in_channels, H, W] → [N, 64, ⌈H / 2⌉, ⌈W / 2⌉]"""
        depthwise = convolution(in_channels, 8 * in_channels, 7, stride=2, groups=in_channels)
        return nn.Sequential(depthwise, InceptionConv(8 * in_channels, 64, 1))


VARIANTS = {
    "bn_inception": Variant(BiasedBNInception, Cost(params=11_295_240, macs=2_032_600_064)),
    # Without 10,016 biases, and with 3 · 8 · 49 + 24 · 64 weights instead of 3 · 64 · 49 at 112² positions.
    "bn_inception_paper": Variant(SeparableBNInception, Cost(params=11_278_528, macs=1_948_605_440)),
}
