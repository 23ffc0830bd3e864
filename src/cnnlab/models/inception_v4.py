"""Inception-v4 and Inception-ResNet-v2 (Szegedy et al., AAAI 2017, arXiv:1602.07261).

Inception-v3 had grown by exceptions: no two of its grids were built alike. Inception-v4 gives each size one
module, repeated. Inception-ResNet asks if a shortcut may take the place of the pooling: its modules end
in a 1×1 layer that brings back the channels, is scaled down so that training stays calm, and is added.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.blocks import Branches, InceptionConv, Mixed, Reduction
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant
from cnnlab.models.inception_v3 import COLUMN, ROW

PAPER = Paper(
    "szegedy2017", "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning", 2017
)
SMALLEST = {"inception_v4": 75, "inception_resnet_v2": 75}
SIDES = ((1, 3), (3, 1))

# Figure 3: the end of the stem, from 147×147 to 35×35.
STEM_3: Branches = {"branch_pool": [], "branch3x3": [(96, 3)]}
STEM_4: Branches = {
    "branch3x3": [(64, 1), (96, 3)],
    "branch7x7": [(64, 1), (64, COLUMN), (64, ROW), (96, 3)],
}
STEM_5: Branches = {"branch3x3": [(192, 3)], "branch_pool": []}

MODULE_A: Branches = {  # Figure 4, at 35×35
    "branch_pool": [(96, 1)],
    "branch1x1": [(96, 1)],
    "branch3x3": [(64, 1), (96, 3)],
    "branch3x3dbl": [(64, 1), (96, 3), (96, 3)],
}
REDUCTION_A: Branches = {  # Figure 7 with k, l, m, n = 192, 224, 256, 384 of Table 1: 35×35 to 17×17
    "branch3x3": [(384, 3)],
    "branch3x3dbl": [(192, 1), (224, 3), (256, 3)],
    "branch_pool": [],
}
MODULE_B: Branches = {  # Figure 5, at 17×17; which of 1×7 and 7×1 comes first is the authors' code's
    "branch_pool": [(128, 1)],
    "branch1x1": [(384, 1)],
    "branch7x7": [(192, 1), (224, ROW), (256, COLUMN)],
    "branch7x7dbl": [(192, 1), (192, COLUMN), (224, ROW), (224, COLUMN), (256, ROW)],
}
REDUCTION_B: Branches = {  # Figure 8: 17×17 to 8×8
    "branch3x3": [(192, 1), (192, 3)],
    "branch7x7x3": [(256, 1), (256, ROW), (320, COLUMN), (320, 3)],
    "branch_pool": [],
}
MODULE_C: Branches = {  # Figure 6, at 8×8
    "branch_pool": [(256, 1)],
    "branch1x1": [(256, 1)],
    "branch3x3": [(384, 1), (256, *SIDES)],
    "branch3x3dbl": [(384, 1), (448, (3, 1)), (512, (1, 3)), (256, *SIDES)],
}


class Valid(Mixed):
    """`Mixed` whose last layers are not padded: [N, in_channels, H, W] → [N, out_channels, H − 2, W − 2]."""

    padding = "valid"


class InceptionV4(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; H = W = 299, at least 75. Figure 9."""

    def __init__(self, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.2) -> None:
        super().__init__()
        self.features = nn.Sequential(
            InceptionConv(in_channels, 32, 3, stride=2, padding="valid"),  # 149×149
            InceptionConv(32, 32, 3, padding="valid"),  # 147×147
            InceptionConv(32, 64, 3),
            Reduction(64, STEM_3),  # 73×73
            Valid(160, STEM_4),  # 71×71
            Reduction(192, STEM_5),  # 35×35
            *(Mixed(384, MODULE_A) for _ in range(4)),
            Reduction(384, REDUCTION_A),  # 17×17
            *(Mixed(1024, MODULE_B) for _ in range(7)),
            Reduction(1024, REDUCTION_B),  # 8×8
            *(Mixed(1536, MODULE_C) for _ in range(3)),
        )
        self.dropout = nn.Dropout(dropout)  # Figure 9: 0.8 are kept
        self.fc = nn.Linear(1536, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.dropout(self.features(images).mean(dim=(2, 3))))


# Inception-ResNet-v2 as the authors' code and weights have it. The paper's figures have Inception-v4's stem,
# half as many modules, and other widths between them.
STEM: Branches = {
    "branch1x1": [(96, 1)],
    "branch5x5": [(48, 1), (64, 5)],
    "branch3x3dbl": [(64, 1), (96, 3), (96, 3)],
    "branch_pool": [(64, 1)],
}
RESIDUAL_A: Branches = {
    "branch1x1": [(32, 1)],
    "branch3x3": [(32, 1), (32, 3)],
    "branch3x3dbl": [(32, 1), (48, 3), (64, 3)],
}
NARROW_A: Branches = {
    "branch3x3": [(384, 3)],
    "branch3x3dbl": [(256, 1), (256, 3), (384, 3)],
    "branch_pool": [],
}
RESIDUAL_B: Branches = {"branch1x1": [(192, 1)], "branch7x7": [(128, 1), (160, ROW), (192, COLUMN)]}
NARROW_B: Branches = {
    "branch3x3": [(256, 1), (384, 3)],
    "branch3x3_2": [(256, 1), (288, 3)],
    "branch3x3dbl": [(256, 1), (288, 3), (320, 3)],
    "branch_pool": [],
}
RESIDUAL_C: Branches = {"branch1x1": [(192, 1)], "branch3x3": [(192, 1), (224, (1, 3)), (256, (3, 1))]}


class Scaled(nn.Module):
    """y = ReLU(x + scale · F(x)), F a `Mixed` and a 1×1 back to x's channels: the shape stays."""

    def __init__(self, channels: int, branches: Branches, scale: float) -> None:
        super().__init__()
        self.mixed, self.scale = Mixed(channels, branches), scale
        self.up = nn.Conv2d(sum(layers[-1][0] for layers in branches.values()), channels, 1)

    def total(self, x: Tensor) -> Tensor:
        return x + self.scale * self.up(self.mixed(x))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.total(x))


class Linear(Scaled):
    """The last of all, whose sum is not cut off."""

    def forward(self, x: Tensor) -> Tensor:
        return self.total(x)


class InceptionResNetV2(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; H = W = 299, at least 75."""

    def __init__(self, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.2) -> None:
        super().__init__()
        self.features = nn.Sequential(
            InceptionConv(in_channels, 32, 3, stride=2, padding="valid"),  # 149×149
            InceptionConv(32, 32, 3, padding="valid"),  # 147×147
            InceptionConv(32, 64, 3),
            nn.MaxPool2d(kernel_size=3, stride=2),  # 73×73
            InceptionConv(64, 80, 1),
            InceptionConv(80, 192, 3, padding="valid"),  # 71×71
            nn.MaxPool2d(kernel_size=3, stride=2),  # 35×35
            Mixed(192, STEM),
            *(Scaled(320, RESIDUAL_A, 0.17) for _ in range(10)),
            Reduction(320, NARROW_A),  # 17×17
            *(Scaled(1088, RESIDUAL_B, 0.1) for _ in range(20)),
            Reduction(1088, NARROW_B),  # 8×8
            *(Scaled(2080, RESIDUAL_C, 0.2) for _ in range(9)),
            Linear(2080, RESIDUAL_C, 1),
            InceptionConv(2080, 1536, 1),
        )
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(1536, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.dropout(self.features(images).mean(dim=(2, 3))))


VARIANTS = {
    "inception_v4": Variant(InceptionV4, Cost(params=42_679_816, macs=12_253_974_624), (3, 299, 299)),
    "inception_resnet_v2": Variant(
        InceptionResNetV2, Cost(params=55_843_464, macs=13_155_794_016), (3, 299, 299)
    ),
}
