"""ShiftResNet: CIFAR's ResNets with shifts (Wu et al., CVPR 2018, arXiv:1711.08141, section 4.1).

Each pair of 3×3 layers becomes 1×1 – shift – 1×1, with ε times as many channels in the middle: the one number
that trades parameters for accuracy. With ε = 9 a block has the parameters of the two layers it replaces.
"""

from functools import partial

from torch import Tensor, nn

from cnnlab.blocks import ConvBN, ReLU, conv_bn, shortcut
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant
from cnnlab.models.shiftnet import Shift

PAPER = Paper("wu2018", "Shift: A Zero FLOP, Zero Parameter Alternative to Spatial Convolutions", 2018)


class ShiftBlock(nn.Module):
    """ResNet's, with 1×1 – shift – 1×1 for its two 3×3: [N, in_channels, H, W] → [N, width, ⌈H/s⌉, ⌈W/s⌉]."""

    def __init__(self, in_channels: int, width: int, stride: int, expansion: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv_bn(in_channels, expansion * width, 1)
        self.shift = Shift(expansion * width)
        self.conv2, self.bn2 = conv_bn(expansion * width, width, 1, stride)
        self.shortcut = shortcut(in_channels, width, stride)
        self.relu = ReLU()

    def forward(self, x: Tensor) -> Tensor:
        residual = self.bn2(self.conv2(self.shift(self.relu(self.bn1(self.conv1(x))))))
        return self.relu(residual + self.shortcut(x))


class ShiftResNet(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; `depth` is 6n + 2.

    ValueError for another depth.
    """

    def __init__(self, depth: int, expansion: int, num_classes: int = 10, in_channels: int = 3) -> None:
        if depth < 8 or depth % 6 != 2:
            raise ValueError(f"depth must be 6n + 2 for n blocks in each of three stages; got {depth}")
        super().__init__()
        blocks: list[nn.Module] = []
        channels = 16
        for width in (16, 32, 64):
            for i in range(depth // 6):
                stride = 2 if i == 0 and width > 16 else 1
                blocks.append(ShiftBlock(channels, width, stride, expansion))
                channels = width
        self.features = nn.Sequential(ConvBN(in_channels, 16), *blocks)
        self.fc = nn.Linear(channels, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.features(images).mean(dim=(2, 3)))


# Names say the depth and ε. The authors print 0.03, 0.10, 0.19 and 0.28 M parameters for the first four.
VARIANTS = {
    "shiftresnet20_e1": Variant(partial(ShiftResNet, 20, 1), Cost(34_906, 5_948_032), (3, 32, 32)),
    "shiftresnet20_e3": Variant(partial(ShiftResNet, 20, 3), Cost(95_642, 16_433_792), (3, 32, 32)),
    "shiftresnet20_e6": Variant(partial(ShiftResNet, 20, 6), Cost(186_746, 32_162_432), (3, 32, 32)),
    "shiftresnet20_e9": Variant(partial(ShiftResNet, 20, 9), Cost(277_850, 47_891_072), (3, 32, 32)),
    "shiftresnet56_e1": Variant(partial(ShiftResNet, 56, 1), Cost(102_106, 15_385_216), (3, 32, 32)),
    "shiftresnet56_e3": Variant(partial(ShiftResNet, 56, 3), Cost(294_554, 44_745_344), (3, 32, 32)),
    "shiftresnet56_e6": Variant(partial(ShiftResNet, 56, 6), Cost(583_226, 88_785_536), (3, 32, 32)),
    "shiftresnet56_e9": Variant(partial(ShiftResNet, 56, 9), Cost(871_898, 132_825_728), (3, 32, 32)),
    "shiftresnet110_e1": Variant(partial(ShiftResNet, 110, 1), Cost(202_906, 29_540_992), (3, 32, 32)),
    "shiftresnet110_e3": Variant(partial(ShiftResNet, 110, 3), Cost(592_922, 87_212_672), (3, 32, 32)),
    "shiftresnet110_e6": Variant(partial(ShiftResNet, 110, 6), Cost(1_177_946, 173_720_192), (3, 32, 32)),
    "shiftresnet110_e9": Variant(partial(ShiftResNet, 110, 9), Cost(1_762_970, 260_227_712), (3, 32, 32)),
}
