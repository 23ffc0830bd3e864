"""Xception: Deep Learning with Depthwise Separable Convolutions (Chollet, CVPR 2017, arXiv:1610.02357).

An Inception module looks for patterns in space and across channels mostly apart, in a few branches. Taken to
its end, every channel is a branch: a depthwise convolution, then a pointwise one. A stack of those with
ResNet's shortcuts beats Inception-v3, at its size and without its many choices.
"""

from torch import Tensor, nn

from cnnlab.blocks import InceptionConv, ReLU, convolution, shortcut
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("chollet2017", "Xception: Deep Learning with Depthwise Separable Convolutions", 2017)

# Figure 5: output channels of each module's separable convolutions, and the stride of the pooling after them.
MODULES = [
    #                  s              output for a 299×299 image
    ((128, 128),       2),           # 74×74; entry flow, after two convolutions
    ((256, 256),       2),           # 37×37
    ((728, 728),       2),           # 19×19
    *8 * [((728, 728, 728), 1)],     # 19×19; middle flow
    ((728, 1024),      2),           # 10×10; exit flow, before two separable convolutions
]  # fmt: skip


def separable(in_channels: int, out_channels: int) -> nn.Sequential:
    """Depthwise 3×3, then pointwise, and nothing between them (figure 10): [N, C, H, W] → [N, C', H, W]."""
    return nn.Sequential(
        convolution(in_channels, in_channels, kernel_size=3, groups=in_channels),
        convolution(in_channels, out_channels, kernel_size=1),
        nn.BatchNorm2d(out_channels),
    )


class Module(nn.Module):
    """ReLU and separable convolution in turn, pooled if stride is 2, and the shortcut around them.

    [N, in_channels, H, W] → [N, widths[-1], ⌈H / stride⌉, ⌈W / stride⌉]
    """

    def __init__(self, in_channels: int, widths: tuple[int, ...], stride: int) -> None:
        super().__init__()
        self.shortcut = shortcut(in_channels, widths[-1], stride)
        self.residual = nn.Sequential()
        for width in widths:
            self.residual.append(nn.ReLU())  # not in place: the shortcut needs what the first one reads
            self.residual.append(separable(in_channels, width))
            in_channels = width
        if stride > 1:
            self.residual.append(nn.MaxPool2d(kernel_size=3, stride=stride, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        return self.residual(x) + self.shortcut(x)


class Xception(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; H = W = 299, at least 7."""

    def __init__(self, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5) -> None:
        super().__init__()
        features: list[nn.Module] = [InceptionConv(in_channels, 32, 3, stride=2, padding=0)]
        features += [InceptionConv(32, 64, 3, padding=0)]
        channels = 64
        for widths, s in MODULES:  # the very first ReLU finds nothing to do, and the figure omits it
            features.append(Module(channels, widths, stride=s))
            channels = widths[-1]
        features += [separable(channels, 1536), ReLU(), separable(1536, 2048), ReLU()]
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(2048, num_classes))

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.features(images).mean(dim=(2, 3)))


VARIANTS = {
    # Table 3 prints the same parameters.
    "xception": Variant(Xception, Cost(params=22_855_952, macs=8_357_403_496), (3, 299, 299)),
}
