"""ResNet: Deep Residual Learning for Image Recognition (He et al., CVPR 2016, arXiv:1512.03385).

Even doing nothing is hard to learn for a stack of layers; so let it learn what to add to its input instead.
Parameter names follow torchvision, so its ImageNet weights load directly. They want a bottleneck's stride in
its 3×3 convolution; the paper has it in the first 1×1: `resnet50_paper`, 101 and 152.
"""

from collections.abc import Sequence
from functools import partial

from torch import Tensor, nn

from cnnlab.blocks import ReLU, conv_bn, shortcut
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("he2016", "Deep Residual Learning for Image Recognition", 2016)

# Table 1: blocks in conv2_x … conv5_x. The name is a checksum: 50 = 3 · (3 + 4 + 6 + 3) + 2.
DEPTHS = {
    18:  (2, 2,  2, 2),
    34:  (3, 4,  6, 3),
    50:  (3, 4,  6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}  # fmt: skip


class BasicBlock(nn.Module):
    """F is two 3×3 convolutions: [N, in_channels, H, W] → [N, width, ⌈H / stride⌉, ⌈W / stride⌉]."""

    expansion = 1

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv_bn(in_channels, width, 3, stride)
        self.conv2, self.bn2 = conv_bn(width, width, 3)
        self.relu = ReLU()
        self.downsample = shortcut(in_channels, width, stride)

    def residual(self, x: Tensor) -> Tensor:
        return self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.residual(x) + self.downsample(x))  # F(x) + x, or F(x) + Wx


class Bottleneck(nn.Module):
    """F narrows, filters, widens: [N, in_channels, H, W] → [N, 4 · width, ⌈H / stride⌉, ⌈W / stride⌉]."""

    expansion = 4
    groups, group_width = 1, 64  # of the 3×3 where width is 64; ResNeXt and the wide networks differ here

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        hidden = self.groups * (width * self.group_width // 64)
        self.conv1, self.bn1 = conv_bn(in_channels, hidden, 1)
        self.conv2, self.bn2 = conv_bn(hidden, hidden, 3, stride, self.groups)
        self.conv3, self.bn3 = conv_bn(hidden, 4 * width, 1)
        self.relu = ReLU()
        self.downsample = shortcut(in_channels, 4 * width, stride)

    def residual(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))
        return self.bn3(self.conv3(self.relu(self.bn2(self.conv2(x)))))

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.residual(x) + self.downsample(x))  # F(x) + x, or F(x) + Wx


class Original(Bottleneck):
    """The stride stands in the first 1×1, which so never looks at three inputs of four."""

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__(in_channels, width, stride)
        self.conv1.stride, self.conv2.stride = self.conv2.stride, self.conv1.stride


Block = BasicBlock | Bottleneck


def stage(block: type[Block], in_channels: int, width: int, depth: int, stride: int) -> nn.Sequential:
    """`depth` blocks, of which the first changes the shape."""
    rest = [block(block.expansion * width, width) for _ in range(depth - 1)]
    return nn.Sequential(block(in_channels, width, stride), *rest)


class ResNet(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; `depths` is a row of Table 1."""

    def __init__(
        self, block: type[Block], depths: Sequence[int], num_classes: int = 1000, in_channels: int = 3
    ) -> None:
        super().__init__()
        expansion = block.expansion
        self.conv1, self.bn1 = conv_bn(in_channels, 64, kernel_size=7, stride=2)
        self.relu = ReLU()
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = stage(block, 64, 64, depths[0], stride=1)  # conv2_x, 56×56 for a 224×224 image
        self.layer2 = stage(block, 64 * expansion, 128, depths[1], stride=2)  # conv3_x, 28×28
        self.layer3 = stage(block, 128 * expansion, 256, depths[2], stride=2)  # conv4_x, 14×14
        self.layer4 = stage(block, 256 * expansion, 512, depths[3], stride=2)  # conv5_x, 7×7
        self.fc = nn.Linear(512 * expansion, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean(dim=(2, 3)))


# Table 1 prints 1.8, 3.6, 3.8, 7.6 and 11.3 billion. In the paper's form the first 1×1 of conv3_x to conv5_x
# computes a quarter of the positions: each of the three saves 3/4 · 256 · 128 · 56² = 77,070,336 MACs.
VARIANTS = {
    "resnet18": Variant(partial(ResNet, BasicBlock, DEPTHS[18]), Cost(11_689_512, 1_814_073_344)),
    "resnet34": Variant(partial(ResNet, BasicBlock, DEPTHS[34]), Cost(21_797_672, 3_663_761_408)),
    "resnet50": Variant(partial(ResNet, Bottleneck, DEPTHS[50]), Cost(25_557_032, 4_089_184_256)),
    "resnet101": Variant(partial(ResNet, Bottleneck, DEPTHS[101]), Cost(44_549_160, 7_801_405_440)),
    "resnet152": Variant(partial(ResNet, Bottleneck, DEPTHS[152]), Cost(60_192_808, 11_513_626_624)),
    "resnet50_paper": Variant(partial(ResNet, Original, DEPTHS[50]), Cost(25_557_032, 3_857_973_248)),
    "resnet101_paper": Variant(partial(ResNet, Original, DEPTHS[101]), Cost(44_549_160, 7_570_194_432)),
    "resnet152_paper": Variant(partial(ResNet, Original, DEPTHS[152]), Cost(60_192_808, 11_282_415_616)),
}
