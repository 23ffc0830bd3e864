"""ShuffleNet: An Extremely Efficient CNN for Mobile Devices (Zhang et al., CVPR 2018, arXiv:1707.01083).

Where 3×3 layers are depthwise, nearly all multiplications are in the 1×1 layers. In g groups those cost a
g-th, but then no group ever hears of another. So between the two 1×1 layers of a unit the channels are
shuffled: every group of the second receives some of every group of the first.
"""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.blocks import ConvBN, ReLU, SqueezeExcite, channel_shuffle, conv_bn, round_channels
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper(
    "zhang2018", "ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile Devices", 2018
)

# Table 1: output channels of stage 2, by the number of groups; stage 3 has twice as many, stage 4 four times.
WIDTHS = {1: 144, 2: 200, 3: 240, 4: 272, 8: 384}
DEPTHS = (4, 8, 4)  # units in stages 2, 3 and 4, of which the first has stride 2


class ShuffleUnit(nn.Module):
    """Narrow (1×1), shuffle, filter (3×3 depthwise), widen (1×1): figure 2, b and c; `groups` of both 1×1.

    [N, in_channels, H, W] → [N, out_channels, ⌈H / stride⌉, ⌈W / stride⌉]. With stride 2 the pooled input
    stands in front of what the unit finds, which therefore has out_channels − in_channels channels.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int, groups: tuple[int, int]) -> None:
        super().__init__()
        self.stride, self.groups = stride, groups[1]
        narrow = round_channels(out_channels / 4, self.groups)
        found = out_channels if stride == 1 else out_channels - in_channels
        self.conv1, self.bn1 = conv_bn(in_channels, narrow, 1, groups=groups[0])
        self.conv2, self.bn2 = conv_bn(narrow, narrow, 3, stride, groups=narrow)
        self.conv3, self.bn3 = conv_bn(narrow, found, 1, groups=self.groups)
        self.relu = ReLU()

    def shuffle(self, x: Tensor) -> Tensor:
        return channel_shuffle(x, self.groups)

    def residual(self, x: Tensor) -> Tensor:
        x = self.shuffle(self.relu(self.bn1(self.conv1(x))))
        return self.bn3(self.conv3(self.bn2(self.conv2(x))))  # no ReLU after the depthwise layer

    def forward(self, x: Tensor) -> Tensor:
        if self.stride == 1:
            return self.relu(x + self.residual(x))
        pooled = F.avg_pool2d(x, kernel_size=3, stride=2, padding=1)
        return self.relu(torch.cat([pooled, self.residual(x)], dim=1))


class NoShuffle(ShuffleUnit):
    """Table 3's control: what a group does not receive, it cannot use."""

    def shuffle(self, x: Tensor) -> Tensor:
        return x


class Excited(ShuffleUnit):
    """Gates what the unit finds. The paper does not say where its gate stands; this one adds its 3 M MACs."""

    def __init__(self, in_channels: int, out_channels: int, stride: int, groups: tuple[int, int]) -> None:
        super().__init__(in_channels, out_channels, stride, groups)
        self.excite = SqueezeExcite(self.conv3.out_channels, out_channels // 16)

    def residual(self, x: Tensor) -> Tensor:
        return self.excite(super().residual(x))


class ShuffleNetV1(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; `width` scales every channel count.

    Where `groups` does not divide a count, the nearest it does. ValueError for groups not in Table 1.
    """

    def __init__(
        self, groups: int, width: float = 1.0, unit: type[ShuffleUnit] = ShuffleUnit,
        num_classes: int = 1000, in_channels: int = 3,
    ) -> None:  # fmt: skip
        if groups not in WIDTHS:
            raise ValueError(f"Table 1 has {', '.join(map(str, WIDTHS))} groups, not {groups}")
        super().__init__()
        channels = round_channels(24 * (int(width) or width), groups)  # 24 at 1.5×, too: that makes 292 M
        self.conv1 = ConvBN(in_channels, channels, stride=2)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.stages = nn.Sequential()
        first_groups = 1  # the stem's few channels are not worth splitting
        for scale, depth in zip((1, 2, 4), DEPTHS, strict=True):
            out_channels = round_channels(scale * WIDTHS[groups] * width, groups)
            for stride in [2] + [1] * (depth - 1):
                self.stages.append(unit(channels, out_channels, stride, (first_groups, groups)))
                channels, first_groups = out_channels, groups
        self.fc = nn.Linear(channels, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.stages(self.maxpool(self.conv1(images))).mean(dim=(2, 3)))


# Table 1 prints 143, 140, 137, 133 and 137 M, which leave out the last layer; Table 5 has 292, 524 and 527 M.
VARIANTS = {
    "shufflenet_v1_g1": Variant(partial(ShuffleNetV1, 1), Cost(1_531_936, 143_078_976)),
    "shufflenet_v1_g2": Variant(partial(ShuffleNetV1, 2), Cost(1_733_848, 140_836_512)),
    "shufflenet_v1_g3": Variant(partial(ShuffleNetV1, 3), Cost(1_865_728, 137_460_672)),
    "shufflenet_v1_g4": Variant(partial(ShuffleNetV1, 4), Cost(1_968_344, 134_339_776)),
    "shufflenet_v1_g8": Variant(partial(ShuffleNetV1, 8), Cost(2_434_768, 138_365_952)),
    "shufflenet_v1_g1_x0_5": Variant(partial(ShuffleNetV1, 1, 0.5), Cost(534_484, 38_517_408)),
    "shufflenet_v1_g3_x0_5": Variant(partial(ShuffleNetV1, 3, 0.5), Cost(718_324, 37_589_856)),
    "shufflenet_v1_g4_x0_5": Variant(partial(ShuffleNetV1, 4, 0.5), Cost(778_040, 37_468_832)),
    "shufflenet_v1_g8_x0_5": Variant(partial(ShuffleNetV1, 8, 0.5), Cost(1_011_448, 40_469_760)),
    "shufflenet_v1_g1_x0_25": Variant(partial(ShuffleNetV1, 1, 0.25), Cost(209_746, 11_003_184)),
    "shufflenet_v1_g3_x0_25": Variant(partial(ShuffleNetV1, 3, 0.25), Cost(305_902, 11_009_808)),
    "shufflenet_v1_g8_x0_25": Variant(partial(ShuffleNetV1, 8, 0.25), Cost(454_504, 12_426_240)),
    "shufflenet_v1_g3_x1_5": Variant(partial(ShuffleNetV1, 3, 1.5), Cost(3_442_168, 292_443_552)),
    "shufflenet_v1_g3_x2_0": Variant(partial(ShuffleNetV1, 3, 2.0), Cost(5_450_776, 524_045_184)),
    "shufflenet_v1_g3_x2_0_se": Variant(partial(ShuffleNetV1, 3, 2.0, Excited), Cost(8_056_768, 526_634_304)),
    "shufflenet_v1_g3_no_shuffle": Variant(
        partial(ShuffleNetV1, 3, unit=NoShuffle), Cost(1_865_728, 137_460_672)
    ),
}
