"""NiN: Network in Network (Lin, Chen & Yan, ICLR 2014, arXiv:1312.4400).

A kernel is a linear model of its patch, and few things are linear in their pixels. So let a small network
slide over the image instead: a convolution, then 1×1 convolutions as its hidden layers. The last maps are the
classes' and their means the scores: no large linear layer is left to overfit. `nin_cifar10` is the paper's;
`nin`, for ImageNet, is not in the paper but was published with weights by its first author.
"""

from collections.abc import Callable, Sequence
from functools import partial

from torch import Tensor, nn

from cnnlab.blocks import ReLU
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("lin2014", "Network in Network", 2014)

CLASSES = 0  # stands for a width that is the number of classes
Row = tuple[int, int, int, tuple[int, int, int], str]

# Kernel size K, stride S and padding P of a first layer; the widths of all three; what follows them.
CIFAR: list[Row] = [
    # K  S  P   widths                               output for a 32×32 image
    ( 5, 1, 2, (192, 160, 96), "max dropout"),      # 32×32, pooled 16×16
    ( 5, 1, 2, (192, 192, 192), "mean dropout"),    # 16×16, pooled   8×8
    ( 3, 1, 1, (192, 192, CLASSES), ""),            #   8×8
]  # fmt: skip
IMAGENET: list[Row] = [
    # K  S  P   widths                               output for a 224×224 image
    (11, 4, 0, (96, 96, 96), "max"),                # 54×54, pooled 27×27
    ( 5, 1, 2, (256, 256, 256), "max"),             # 27×27, pooled 13×13
    ( 3, 1, 1, (384, 384, 384), "max dropout"),     # 13×13, pooled   6×6
    ( 3, 1, 1, (1024, 1024, CLASSES), ""),          #   6×6
]  # fmt: skip

FOLLOWS: dict[str, Callable[[], nn.Module]] = {
    "max": lambda: nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),  # so that 32 becomes 16, not 15
    "mean": lambda: nn.AvgPool2d(kernel_size=3, stride=2, ceil_mode=True),
    "dropout": lambda: nn.Dropout(0.5),
}


def mlpconv(in_channels: int, row: Row, widths: Sequence[int]) -> list[nn.Module]:
    """Three layers for each patch (equation 2): [N, in_channels, H, W] → [N, widths[2], H', W']."""
    kernel_size, stride, padding, _, then = row
    return [
        nn.Conv2d(in_channels, widths[0], kernel_size, stride, padding), ReLU(),
        nn.Conv2d(widths[0], widths[1], kernel_size=1), ReLU(),
        nn.Conv2d(widths[1], widths[2], kernel_size=1), ReLU(),
        *(FOLLOWS[word]() for word in then.split()),
    ]  # fmt: skip


class NiN(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; sizes as the rows say, or other ones."""

    def __init__(self, rows: Sequence[Row], num_classes: int = 1000, in_channels: int = 3) -> None:
        super().__init__()
        features: list[nn.Module] = []
        for row in rows:
            widths = [num_classes if width == CLASSES else width for width in row[3]]
            features += mlpconv(in_channels, row, widths)
            in_channels = widths[2]
        self.features = nn.Sequential(*features)

    def forward(self, images: Tensor) -> Tensor:
        return self.features(images).mean(dim=(2, 3))


# `nin` by row: the K×K kernels have 34,848 + 614,400 + 884,736 + 3,538,944 weights, the 1×1 have 18,432 +
# 131,072 + 294,912 + 2,072,576; with 5,256 biases that is all. At 54², 27², 13² and 6² positions they do
# 155,364,480 + 543,449,088 + 199,360,512 + 202,014,720 MACs.
VARIANTS = {
    "nin": Variant(partial(NiN, IMAGENET), Cost(params=7_595_176, macs=1_100_188_800)),
    "nin_cifar10": Variant(partial(NiN, CIFAR, num_classes=10), Cost(966_986, 222_486_528), (3, 32, 32)),
}
