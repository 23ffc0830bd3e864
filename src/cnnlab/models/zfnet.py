"""ZFNet: Visualizing and Understanding Convolutional Networks (Zeiler & Fergus, ECCV 2014, arXiv:1311.2901).

AlexNet worked and nobody knew why. Drawn back onto the image, its first kernels show only the highest and
the lowest frequencies, its second layer aliasing: 11 pixels are too many and every fourth too few. So the
first layer has 7×7 kernels at every second pixel. `zfnet_512` widens the last three convolutions, as in the
paper's Table 2 and in lecture 003.
"""

from collections.abc import Callable, Sequence
from functools import partial

from torch import Tensor, nn

from cnnlab.blocks import ReLU
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("zeiler2014", "Visualizing and Understanding Convolutional Networks", 2014)

# Figure 3: kernel size K, stride S; its output sizes need the padding P. What follows the ReLU.
LAYERS = [
    #K  S  P                    output for a 224×224 image
    ( 7, 2, 1, "pool norm"),  # 110×110, pooled 55×55
    ( 5, 2, 0, "pool norm"),  #   26×26, pooled 13×13
    ( 3, 1, 1, ""),           #   13×13
    ( 3, 1, 1, ""),           #   13×13
    ( 3, 1, 1, "pool"),       #   13×13, pooled   6×6
]  # fmt: skip
# The number of kernels in each layer
FIGURE_3 = (96, 256, 384, 384, 256)
WIDER = (96, 256, 512, 1024, 512)

FOLLOWS: dict[str, Callable[[], nn.Module]] = {
    "pool": lambda: nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),
    "norm": lambda: nn.LocalResponseNorm(size=5, alpha=5e-4, beta=0.75, k=2.0),  # AlexNet's, says alexnet.py
}


class ZFNet(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; H = W = 224 in the paper, at least 47.

    `widths` are the numbers of kernels in the five convolutions.
    """

    def __init__(
        self, widths: Sequence[int], num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5
    ) -> None:
        super().__init__()
        features: list[nn.Module] = []
        for out_channels, (kernel_size, stride, padding, then) in zip(widths, LAYERS, strict=True):
            features += [nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)]
            features += [ReLU(), *(FOLLOWS[word]() for word in then.split())]
            in_channels = out_channels
        self.features = nn.Sequential(*features)
        self.avgpool = nn.AdaptiveAvgPool2d(6)  # does nothing to a 224×224 image, admits the others
        self.classifier = nn.Sequential(
            nn.Linear(in_channels * 6 * 6, 4096), ReLU(), nn.Dropout(dropout),
            nn.Linear(4096, 4096), ReLU(), nn.Dropout(dropout),
            nn.Linear(4096, num_classes),
        )  # fmt: skip

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.avgpool(self.features(images)).flatten(1))


VARIANTS = {
    "zfnet": Variant(partial(ZFNet, FIGURE_3), Cost(params=62_357_608, macs=1_168_032_896)),
    "zfnet_512": Variant(partial(ZFNet, WIDER), Cost(params=107_627_624, macs=2_476_704_896)),
}
