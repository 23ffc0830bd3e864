"""ResNet for CIFAR-10, and networks without shortcuts (He et al., CVPR 2016, arXiv:1512.03385, section 4.2).

A plain network of 56 layers ends with more errors than one of 20, on the very images it was trained on; with
shortcuts it ends with fewer. The networks that show this are small enough for everyone: `resnet20` to 1202
and their `plain` twins. Where the shapes differ, the shortcut is free of parameters (option A); the
projection that the ImageNet networks have (option B) is `resnet20_b` and so on.
"""

from functools import partial

from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.blocks import ReLU, conv_bn
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant
from cnnlab.models.resnet import DEPTHS, BasicBlock, Block, ResNet, stage

PAPER = Paper("he2016", "Deep Residual Learning for Image Recognition", 2016)

IMAGE = (3, 32, 32)


class ZeroPadding(nn.Module):
    """Every `stride`-th pixel, and zeros for the channels that are missing.

    [N, C, H, W] → [N, C + new_channels, ⌈H / stride⌉, ⌈W / stride⌉]
    """

    def __init__(self, new_channels: int, stride: int) -> None:
        super().__init__()
        self.new_channels, self.stride = new_channels, stride

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x[..., :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.new_channels))


class PaddedBlock(BasicBlock):
    """Option A: no shortcut has parameters, so a residual network has exactly those of its plain twin."""

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__(in_channels, width, stride)
        self.downsample = ZeroPadding(width - in_channels, stride)


class PlainBlock(BasicBlock):
    """Two layers that have to learn all of their output, even what they should leave as it is."""

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__(in_channels, width, stride)
        del self.downsample

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.residual(x))


def thirds(depth: int, block_layers: int, others: int = 2) -> tuple[int, int, int]:
    """Blocks in each of three equal stages, with `others` layers around them; ValueError for a rest.

    >>> thirds(56, block_layers=2)
    (9, 9, 9)
    """
    n, rest = divmod(depth - others, 3 * block_layers)
    if n < 1 or rest:
        raise ValueError(f"a depth of {depth} is not {3 * block_layers}n + {others}")
    return n, n, n


class CIFARResNet(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; 32×32 in the paper, `depth` 6n + 2."""

    def __init__(self, block: type[Block], depth: int, num_classes: int = 10, in_channels: int = 3) -> None:
        super().__init__()
        depths = thirds(depth, block_layers=2)
        self.conv1, self.bn1 = conv_bn(in_channels, 16, kernel_size=3)
        self.relu = ReLU()
        self.layer1 = stage(block, 16, 16, depths[0], stride=1)  # 32×32
        self.layer2 = stage(block, 16, 32, depths[1], stride=2)  # 16×16
        self.layer3 = stage(block, 32, 64, depths[2], stride=2)  # 8×8
        self.fc = nn.Linear(64, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(images)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(x.mean(dim=(2, 3)))


# The paper prints 0.27, 0.46, 0.66, 0.85, 1.7 and 19.4 million. Options A and none cost the same, exactly: a
# stage of width w holds and does 18w² weights a block, 9w²/2 less in the first of stages 2 and 3, on 32², 16²
# or 8² pixels. B's two projections add 16 · 32 + 32 · 64 weights, each used 16² or 8² times, and norms.
VARIANTS = {
    "resnet20": Variant(partial(CIFARResNet, PaddedBlock, 20), Cost(269_722, 40_551_040), IMAGE),
    "resnet32": Variant(partial(CIFARResNet, PaddedBlock, 32), Cost(464_154, 68_862_592), IMAGE),
    "resnet44": Variant(partial(CIFARResNet, PaddedBlock, 44), Cost(658_586, 97_174_144), IMAGE),
    "resnet56": Variant(partial(CIFARResNet, PaddedBlock, 56), Cost(853_018, 125_485_696), IMAGE),
    "resnet110": Variant(partial(CIFARResNet, PaddedBlock, 110), Cost(1_727_962, 252_887_680), IMAGE),
    "resnet1202": Variant(partial(CIFARResNet, PaddedBlock, 1202), Cost(19_421_274, 2_829_238_912), IMAGE),
    "plain20": Variant(partial(CIFARResNet, PlainBlock, 20), Cost(269_722, 40_551_040), IMAGE),
    "plain32": Variant(partial(CIFARResNet, PlainBlock, 32), Cost(464_154, 68_862_592), IMAGE),
    "plain44": Variant(partial(CIFARResNet, PlainBlock, 44), Cost(658_586, 97_174_144), IMAGE),
    "plain56": Variant(partial(CIFARResNet, PlainBlock, 56), Cost(853_018, 125_485_696), IMAGE),
    "plain110": Variant(partial(CIFARResNet, PlainBlock, 110), Cost(1_727_962, 252_887_680), IMAGE),
    "resnet20_b": Variant(partial(CIFARResNet, BasicBlock, 20), Cost(272_474, 40_813_184), IMAGE),
    "resnet32_b": Variant(partial(CIFARResNet, BasicBlock, 32), Cost(466_906, 69_124_736), IMAGE),
    "resnet44_b": Variant(partial(CIFARResNet, BasicBlock, 44), Cost(661_338, 97_436_288), IMAGE),
    "resnet56_b": Variant(partial(CIFARResNet, BasicBlock, 56), Cost(855_770, 125_747_840), IMAGE),
    "resnet110_b": Variant(partial(CIFARResNet, BasicBlock, 110), Cost(1_730_714, 253_149_824), IMAGE),
    # ResNet-18 and 34 without their projections: 172,032 weights, 1,792 of norms, 3 · 64 · 128 · 28² MACs
    "plain18": Variant(partial(ResNet, PlainBlock, DEPTHS[18]), Cost(11_515_688, 1_794_805_760)),
    "plain34": Variant(partial(ResNet, PlainBlock, DEPTHS[34]), Cost(21_623_848, 3_644_493_824)),
}
