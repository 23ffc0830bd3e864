"""DenseNets for CIFAR: Densely Connected Convolutional Networks (Huang et al., CVPR 2017, arXiv:1608.06993).

Three blocks of equal depth, at 32, 16 and 8 pixels. The plain form reads every channel of its block with a
3×3 and a transition keeps them all, which makes width dear: 100 layers of k = 24 hold 27 million parameters.
With bottlenecks and compression (BC), 250 such layers hold 15 million.
"""

from collections import OrderedDict
from functools import partial

from torch import nn

from cnnlab.blocks import ReLU, convolution
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant
from cnnlab.models.densenet import DenseBlock, DenseLayer, DenseNet

PAPER = Paper("huang2017", "Densely Connected Convolutional Networks", 2017)

SIZE = (3, 32, 32)


class PlainLayer(DenseLayer):
    """BN–ReLU–3×3 to k channels (section 3): [N, C, H, W] → [N, C + k, H, W], the input in front."""

    def steps(self, in_channels: int, k: int) -> dict[str, nn.Module]:
        norm, conv = nn.BatchNorm2d(in_channels), convolution(in_channels, k, kernel_size=3)
        return {"norm1": norm, "relu1": ReLU(), "conv1": conv}


class PlainBlock(DenseBlock):
    """`DenseBlock` of plain layers: [N, C, H, W] → [N, C + depth · k, H, W]."""

    layer = PlainLayer


class CifarDenseNetBC(DenseNet):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; H = W = 32 in the paper, at least 4.

    `depth` counts convolutions and the linear layer. ValueError where it does not make three equal blocks.
    """

    convolutions = 2  # of a layer

    def __init__(self, depth: int, growth_rate: int, num_classes: int = 10, in_channels: int = 3) -> None:
        layers, rest = divmod(depth - 4, 3 * self.convolutions)  # 4: the first, two transitions, the linear
        if rest or layers < 1:
            raise ValueError(f"a depth of {depth} is not 4 + {3 * self.convolutions} · layers of a block")
        super().__init__(3 * (layers,), growth_rate, num_classes, in_channels)

    def stem(self, in_channels: int, growth_rate: int) -> tuple[OrderedDict[str, nn.Module], int]:
        """[N, in_channels, H, W] → [N, 2k, H, W], and how many channels 2k is."""
        return OrderedDict(conv0=convolution(in_channels, 2 * growth_rate, 3)), 2 * growth_rate


class CifarDenseNet(CifarDenseNetBC):
    """The same without bottlenecks and compression; the first convolution makes 16 channels for every k."""

    block = PlainBlock
    compression = 1.0
    convolutions = 1

    def stem(self, in_channels: int, growth_rate: int) -> tuple[OrderedDict[str, nn.Module], int]:
        """[N, in_channels, H, W] → [N, 16, H, W], and these 16."""
        return OrderedDict(conv0=convolution(in_channels, 16, 3)), 16


# Table 2 prints 1.0, 7.0 and 27.2 million parameters for the plain form, 0.8, 15.3 and 25.6 for BC. Libraries
# compress the plain form too; the paper's is added up in a test: a layer of C channels has 9Ck weights and 2C
# of a norm, a transition C² and 2C, and each weight is used at 32², 16² or 8² positions.
VARIANTS = {
    "densenet40_12_cifar": Variant(partial(CifarDenseNet, 40, 12), Cost(1_019_722, 264_812_928), SIZE),
    "densenet100_12_cifar": Variant(partial(CifarDenseNet, 100, 12), Cost(6_979_642, 1_769_516_448), SIZE),
    "densenet100_24_cifar": Variant(partial(CifarDenseNet, 100, 24), Cost(27_249_082, 6_889_347_744), SIZE),
    "densenet100_12_bc_cifar": Variant(partial(CifarDenseNetBC, 100, 12), Cost(769_162, 287_929_692), SIZE),
    "densenet250_24_bc_cifar": Variant(
        partial(CifarDenseNetBC, 250, 24), Cost(15_324_406, 5_418_785_724), SIZE
    ),
    "densenet190_40_bc_cifar": Variant(
        partial(CifarDenseNetBC, 190, 40), Cost(25_624_430, 9_301_945_740), SIZE
    ),
}
