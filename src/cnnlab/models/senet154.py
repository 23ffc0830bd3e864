"""SENet-154: the network of the last ImageNet contest (Hu et al., CVPR 2018, arXiv:1709.01507).

Squeeze-and-excitation in a 64×4d ResNeXt-152, changed where that seemed weak (the authors' files): the first
1×1 of a block has half the channels, three 3×3 stand in the place of the first 7×7, and a projection that
halves the map is a 3×3, for a 1×1 would never look at three pixels of four.
"""

from torch import Tensor, nn

from cnnlab.blocks import ConvBN, ReLU, conv_bn
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant
from cnnlab.models.resnet import DEPTHS
from cnnlab.models.senet import excitation

PAPER = Paper("hu2018", "Squeeze-and-Excitation Networks", 2018)
GROUPS = 64
STEM = ((64, 2), (64, 1), (128, 1))  # channels and stride of the 3×3 layers


class Block(nn.Module):
    """y = ReLU(gates · F(x) + x): [N, in_channels, H, W] → [N, 4 · width, ⌈H / stride⌉, ⌈W / stride⌉]."""

    def __init__(self, in_channels: int, width: int, stride: int, projection: nn.Module) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv_bn(in_channels, 2 * width, 1)
        self.conv2, self.bn2 = conv_bn(2 * width, 4 * width, 3, stride, GROUPS)
        self.conv3, self.bn3 = conv_bn(4 * width, 4 * width, 1)
        self.relu, self.excite = ReLU(), excitation(4 * width)
        self.downsample = projection

    def forward(self, x: Tensor) -> Tensor:
        f = self.relu(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))))
        return self.relu(self.excite(self.bn3(self.conv3(f))) + self.downsample(x))


def stage(in_channels: int, width: int, depth: int, stride: int) -> nn.Sequential:
    """`depth` blocks, of which the first changes the shape, by a 3×3 where it halves the map."""
    projection = nn.Sequential(*conv_bn(in_channels, 4 * width, 3 if stride > 1 else 1, stride))
    rest = [Block(4 * width, width, 1, nn.Identity()) for _ in range(depth - 1)]
    return nn.Sequential(Block(in_channels, width, stride, projection), *rest)


class SENet154(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]."""

    def __init__(self, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.2) -> None:
        super().__init__()
        stem: list[nn.Module] = []
        for channels, stride in STEM:
            stem += [ConvBN(in_channels, channels, stride=stride)]
            in_channels = channels
        self.stem = nn.Sequential(*stem, nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True))
        self.layer1 = stage(128, 64, DEPTHS[152][0], stride=1)  # 56×56 for a 224×224 image
        self.layer2 = stage(256, 128, DEPTHS[152][1], stride=2)  # 28×28
        self.layer3 = stage(512, 256, DEPTHS[152][2], stride=2)  # 14×14
        self.layer4 = stage(1024, 512, DEPTHS[152][3], stride=2)  # 7×7
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(2048, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.stem(images)))))
        return self.fc(self.dropout(x.mean(dim=(2, 3))))


VARIANTS = {"senet154": Variant(SENet154, Cost(params=115_088_984, macs=20_688_363_520))}
