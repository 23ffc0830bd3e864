"""ResNeXt: Aggregated Residual Transformations for Deep Networks (Xie et al., CVPR 2017, arXiv:1611.05431).

Deeper and wider bring less and less. A third number, the cardinality, brings more at the same cost: a block
adds up what C narrow paths find. The paths make one convolution in C groups, so the block is ResNet's with
another row of `groups, group_width`. Parameter names follow torchvision, so its ImageNet weights load.
"""

from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant
from cnnlab.models.resnet import DEPTHS, Bottleneck, ResNet

PAPER = Paper("xie2017", "Aggregated Residual Transformations for Deep Neural Networks", 2017)


# Table 2: C paths of d channels each, in conv2_x; 1×64d is ResNet's own block, and each costs about as much.
class Bottleneck2x40d(Bottleneck):
    groups, group_width = 2, 40


class Bottleneck4x24d(Bottleneck):
    groups, group_width = 4, 24


class Bottleneck8x14d(Bottleneck):
    groups, group_width = 8, 14


class Bottleneck32x4d(Bottleneck):
    groups, group_width = 32, 4


class Bottleneck64x4d(Bottleneck):  # table 4, at twice the cost
    groups, group_width = 64, 4


class Bottleneck32x8d(Bottleneck):  # another at twice the cost, for which torchvision has weights
    groups, group_width = 32, 8


def paths(block: Bottleneck, x: Tensor) -> tuple[Tensor, ...]:
    """What each of the C paths hands to its last 1×1, [N, d, H', W']. Norms and ReLU act on all at once."""
    ones, threes = block.conv1.weight.chunk(block.groups), block.conv2.weight.chunk(block.groups)
    narrowed = torch.cat([F.conv2d(x, weight) for weight in ones], dim=1)
    parts = block.relu(block.bn1(narrowed)).chunk(block.groups, dim=1)
    stride = block.conv2.stride
    filtered = [F.conv2d(part, w, None, stride, padding=1) for part, w in zip(parts, threes, strict=True)]
    return block.relu(block.bn2(torch.cat(filtered, dim=1))).chunk(block.groups, dim=1)


def aggregated(block: Bottleneck, x: Tensor) -> Tensor:
    """F(x) as figure 3(a) draws it: every path widens what it found, and all are added up."""
    widening = block.conv3.weight.chunk(block.groups, dim=1)
    widened = [F.conv2d(part, w) for part, w in zip(paths(block, x), widening, strict=True)]
    return block.bn3(torch.stack(widened).sum(dim=0))


def concatenated(block: Bottleneck, x: Tensor) -> Tensor:
    """F(x) as in figure 3(b): one 1×1 reads all paths; the block's own `residual`, with groups, is 3(c)."""
    return block.bn3(block.conv3(torch.cat(paths(block, x), dim=1)))


# Table 1 prints 4.2 billion and 25.0 million for ResNeXt-50 (32×4d), 4.1 and 25.5 for ResNet-50.
VARIANTS = {
    "resnext50_2x40d": Variant(partial(ResNet, Bottleneck2x40d, DEPTHS[50]), Cost(25_425_000, 4_124_508_160)),
    "resnext50_4x24d": Variant(partial(ResNet, Bottleneck4x24d, DEPTHS[50]), Cost(25_292_968, 4_159_832_064)),
    "resnext50_8x14d": Variant(partial(ResNet, Bottleneck8x14d, DEPTHS[50]), Cost(25_603_016, 4_267_409_408)),
    "resnext50_32x4d": Variant(partial(ResNet, Bottleneck32x4d, DEPTHS[50]), Cost(25_028_904, 4_230_479_872)),
    "resnext101_2x40d": Variant(
        partial(ResNet, Bottleneck2x40d, DEPTHS[101]), Cost(44_456_296, 7_843_553_280)
    ),
    "resnext101_4x24d": Variant(
        partial(ResNet, Bottleneck4x24d, DEPTHS[101]), Cost(44_363_432, 7_885_701_120)
    ),
    "resnext101_8x14d": Variant(
        partial(ResNet, Bottleneck8x14d, DEPTHS[101]), Cost(45_104_328, 8_076_871_680)
    ),
    "resnext101_32x4d": Variant(
        partial(ResNet, Bottleneck32x4d, DEPTHS[101]), Cost(44_177_704, 7_969_996_800)
    ),
    "resnext101_64x4d": Variant(
        partial(ResNet, Bottleneck64x4d, DEPTHS[101]), Cost(83_455_272, 15_460_270_080)
    ),
    "resnext101_32x8d": Variant(
        partial(ResNet, Bottleneck32x8d, DEPTHS[101]), Cost(88_791_336, 16_414_015_488)
    ),
}
