"""SENet: Squeeze-and-Excitation Networks (Hu et al., CVPR 2018, arXiv:1709.01507).

A convolution mixes channels in the same way wherever and whatever it sees. Let each image decide which of its
channels count: a block takes the mean of every channel, and two small layers make gates of the means. It fits
into any network: here, at the end of a residual branch, and after each ReLU of VGG.
"""

from functools import partial

from torch import Tensor, nn

from cnnlab.blocks import SqueezeExcite
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant
from cnnlab.models.resnet import DEPTHS, BasicBlock, Bottleneck, Original, ResNet
from cnnlab.models.resnext import Bottleneck32x4d
from cnnlab.models.vgg import VGGBN

PAPER = Paper("hu2018", "Squeeze-and-Excitation Networks", 2018)

REDUCTION = 16  # section 6.1: channels of a block, divided by those of its hidden layer


def excitation(channels: int) -> SqueezeExcite:
    """[N, channels, H, W] → the same"""
    return SqueezeExcite(channels, channels // REDUCTION)


class Excited(nn.Module):
    """Stands in front of a residual block's class: y = ReLU(gates(F(x)) · F(x) + x), figure 3."""

    expansion: int

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__(in_channels, width, stride)
        self.excite = excitation(self.expansion * width)

    def residual(self, x: Tensor) -> Tensor:
        return self.excite(super().residual(x))  # type: ignore[misc]  # the block's


class SEBasicBlock(Excited, BasicBlock):
    """[N, in_channels, H, W] → [N, width, ⌈H / stride⌉, ⌈W / stride⌉]"""


class SEBottleneck(Excited, Bottleneck):
    """[N, in_channels, H, W] → [N, 4 · width, ⌈H / stride⌉, ⌈W / stride⌉]"""


class SEOriginal(Excited, Original):
    """The stride in the first 1×1, as the paper counts."""


class SEBottleneck32x4d(Excited, Bottleneck32x4d):
    """ResNeXt's."""


class SEVGGBN(VGGBN):
    """VGG with batch normalization, and a gate for every channel after each ReLU of the convolutions."""

    def convolution(self, in_channels: int, out_channels: int, kernel_size: int) -> list[nn.Module]:
        return [*super().convolution(in_channels, out_channels, kernel_size), excitation(out_channels)]


# Table 2 prints 3.87, 7.60 and 11.32 billion for the paper's form of 50, 101 and 152, 4.25 and 8.00 for
# ResNeXt's, 15.48 for VGG-16. Two layers for C channels hold C · C / 16 weights each, used once an image, and
# C / 16 + C biases: over VGG-16's two blocks of 64, two of 128, three of 256 and six of 512 channels that is
# 226,304 weights and MACs, and 4,488 biases.
VARIANTS = {
    "se_resnet18": Variant(partial(ResNet, SEBasicBlock, DEPTHS[18]), Cost(11_778_592, 1_814_160_384)),
    "se_resnet34": Variant(partial(ResNet, SEBasicBlock, DEPTHS[34]), Cost(21_958_868, 3_663_918_592)),
    "se_resnet50": Variant(partial(ResNet, SEBottleneck, DEPTHS[50]), Cost(28_088_024, 4_091_699_200)),
    "se_resnet101": Variant(partial(ResNet, SEBottleneck, DEPTHS[101]), Cost(49_326_872, 7_806_148_608)),
    "se_resnet152": Variant(partial(ResNet, SEBottleneck, DEPTHS[152]), Cost(66_821_848, 11_520_204_800)),
    "se_resnet50_paper": Variant(partial(ResNet, SEOriginal, DEPTHS[50]), Cost(28_088_024, 3_860_488_192)),
    "se_resnet101_paper": Variant(partial(ResNet, SEOriginal, DEPTHS[101]), Cost(49_326_872, 7_574_937_600)),
    "se_resnet152_paper": Variant(partial(ResNet, SEOriginal, DEPTHS[152]), Cost(66_821_848, 11_288_993_792)),
    "se_resnext50_32x4d": Variant(
        partial(ResNet, SEBottleneck32x4d, DEPTHS[50]), Cost(27_559_896, 4_232_994_816)
    ),
    "se_resnext101_32x4d": Variant(
        partial(ResNet, SEBottleneck32x4d, DEPTHS[101]), Cost(48_955_416, 7_974_739_968)
    ),
    "se_vgg16_bn": Variant(partial(SEVGGBN, "D"), Cost(138_596_784, 15_470_490_624)),
}
