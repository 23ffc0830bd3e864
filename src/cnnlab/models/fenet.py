"""All You Need is a Few Shifts (Chen et al., CVPR 2019, arXiv:1903.05285): FE-Net, built of sparse shifts.

Not all channels of a block need all of its steps: an eighth of them (a quarter, in a block of three) goes
through the first, is joined by as many that waited, goes through the second, and so on until all are there.
Where the size halves, the means of 2×2 pixels stand in the shift's place.

How wide each layer is comes from the authors' repository, hikvision-research/SparseShiftLayer. Its units are
so many times as wide as their outputs; where the size halves, that is twice as wide. So many times as wide as
their inputs, as a line that is commented out there has it, they cost what the paper prints of width 1.375. Of
width 1 it prints more than the 1,380 channels of its last layer explain, so it is not among `VARIANTS`.
"""

from functools import partial

import torch
from torch import Tensor, nn

from cnnlab.blocks import ConvBN, conv_bn
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant
from cnnlab.models.active_shift import SparseShift

PAPER = Paper(
    "chen2019",
    "All You Need Is a Few Shifts: "
    "Designing Efficient Convolutional Neural Networks for Image Classification",
    2019,
)

BLOCKS = [
    # steps  from  to    pooled  output for a 224×224 image; channels are multiples of the first layer's
    (  3,      2,   4,   True),   # 28×28
    (  4,      4,   8,   True),   # 14×14
    (  4,      8,   8,   False),  # 14×14
    (  4,      8,  16,   True),   #  7×7
    (  3,     16,  16,   False),  #  7×7
]  # fmt: skip


class Unit(nn.Module):
    """1×1 – ReLU – sparse shift – 1×1: [N, in_channels, H, W] → [N, out_channels, H, W].

    Or the means of 2×2 pixels instead of the shift, and half the size.
    """

    def __init__(self, in_channels: int, out_channels: int, expansion: int = 6, pooled: bool = False) -> None:
        super().__init__()
        wide = expansion * in_channels
        self.expand = ConvBN(in_channels, wide, kernel_size=1)
        self.shift: nn.Module = nn.AvgPool2d(2) if pooled else SparseShift(wide)
        self.conv, self.bn = conv_bn(wide, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(self.shift(self.expand(x))))


class FEBlock(nn.Module):
    """Units for more and more of the channels: [N, in_channels, H, W] → [N, out_channels, H, W].

    All but the last unit are added to their inputs; if that is `pooled`, H and W are halved.
    """

    def __init__(self, in_channels: int, out_channels: int, steps: int, pooled: bool) -> None:
        super().__init__()
        taking_part = [in_channels >> step for step in range(steps - 1, 0, -1)]
        self.sizes = [*reversed(taking_part), taking_part[0]]  # those that wait longest stand first
        self.units = nn.ModuleList(Unit(channels, channels) for channels in taking_part)
        self.last = Unit(in_channels, out_channels, pooled=pooled)

    def forward(self, x: Tensor) -> Tensor:
        *waiting, x = torch.split(x, self.sizes, dim=1)
        for unit in self.units:
            x = torch.cat([waiting.pop(), x + unit(x)], dim=1)
        return self.last(x)


class FENet(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; H and W at least 31.

    `width` scales all layers but the `last` convolution, which has as many channels as it is told.
    """

    def __init__(
        self, width: float = 1.0, last: int = 1380, num_classes: int = 1000, in_channels: int = 3
    ) -> None:
        super().__init__()
        base = int(16 * width)
        features: list[nn.Module] = [
            nn.Sequential(*conv_bn(in_channels, base, 3, stride=2)),  # 112×112
            Unit(base, base, expansion=4),
            Unit(base, 2 * base, expansion=5, pooled=True),  # 56×56
        ]
        features += [FEBlock(c * base, out * base, steps, pooled) for steps, c, out, pooled in BLOCKS]
        features += [ConvBN(16 * base, last, kernel_size=1)]
        self.features = nn.Sequential(*features)
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(last, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.dropout(self.features(images).mean(dim=(2, 3))))


VARIANTS = {  # the paper prints 5.9 M parameters and 563 M MACs, digits cut off
    "fenet_x1_375": Variant(partial(FENet, 1.375, 1932), Cost(params=6_002_486, macs=563_699_360)),
}
