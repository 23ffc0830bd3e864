"""Inception-v3: Rethinking the Inception Architecture (Szegedy et al., CVPR 2016, arXiv:1512.00567).

A module looks at its input at several sizes side by side, and a large kernel is taken apart: 5×5 into two
3×3, 7×7 into 1×7 and 7×1. Names and numbers are torchvision's, those of the authors' code and weights; the
paper's Table 1 differs a little.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.blocks import Branches, InceptionConv, Mixed, Reduction
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("szegedy2016", "Rethinking the Inception Architecture for Computer Vision", 2016)

# Branches of the modules: output channels and kernel size of each layer. Two kernels stand side by side.
ROW, COLUMN = (1, 7), (7, 1)


def module_a(pooled: int) -> Branches:
    """Figure 5, at 35×35, with one 5×5 left whole."""
    return {
        "branch1x1": [(64, 1)],
        "branch5x5": [(48, 1), (64, 5)],
        "branch3x3dbl": [(64, 1), (96, 3), (96, 3)],
        "branch_pool": [(pooled, 1)],
    }


def module_c(c: int) -> Branches:
    """Figure 6, at 17×17."""
    return {
        "branch1x1": [(192, 1)],
        "branch7x7": [(c, 1), (c, ROW), (192, COLUMN)],
        "branch7x7dbl": [(c, 1), (c, COLUMN), (c, ROW), (c, COLUMN), (192, ROW)],
        "branch_pool": [(192, 1)],
    }


MODULE_B: Branches = {  # Figure 10: 35×35 to 17×17
    "branch3x3": [(384, 3)],
    "branch3x3dbl": [(64, 1), (96, 3), (96, 3)],
    "branch_pool": [],
}
MODULE_D: Branches = {  # the same: 17×17 to 8×8
    "branch3x3": [(192, 1), (320, 3)],
    "branch7x7x3": [(192, 1), (192, ROW), (192, COLUMN), (192, 3)],
    "branch_pool": [],
}
MODULE_E: Branches = {  # Figure 7, at 8×8
    "branch1x1": [(320, 1)],
    "branch3x3": [(384, 1), (384, (1, 3), (3, 1))],
    "branch3x3dbl": [(448, 1), (384, 3), (384, (1, 3), (3, 1))],
    "branch_pool": [(192, 1)],
}


class AuxiliaryHead(nn.Module):
    """Scores from halfway: [N, in_channels, H, W] → [N, num_classes]; H and W at least 17."""

    def __init__(self, in_channels: int, num_classes: int) -> None:
        super().__init__()
        self.conv0 = InceptionConv(in_channels, 128, 1)
        self.conv1 = InceptionConv(128, 768, 5, padding="valid")
        self.fc = nn.Linear(768, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(self.conv0(F.avg_pool2d(x, kernel_size=5, stride=3)))
        return self.fc(x.mean(dim=(2, 3)))


class InceptionV3(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; H = W = 299, at least 75.

    In training also those of the auxiliary head, as a second tensor; then at least 299.
    """

    def __init__(self, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = InceptionConv(in_channels, 32, 3, stride=2, padding="valid")  # 149×149
        self.Conv2d_2a_3x3 = InceptionConv(32, 32, 3, padding="valid")  # 147×147
        self.Conv2d_2b_3x3 = InceptionConv(32, 64, 3)
        self.maxpool1 = nn.MaxPool2d(kernel_size=3, stride=2)  # 73×73
        self.Conv2d_3b_1x1 = InceptionConv(64, 80, 1)
        self.Conv2d_4a_3x3 = InceptionConv(80, 192, 3, padding="valid")  # 71×71
        self.maxpool2 = nn.MaxPool2d(kernel_size=3, stride=2)  # 35×35
        self.Mixed_5b = Mixed(192, module_a(32))
        self.Mixed_5c, self.Mixed_5d = Mixed(256, module_a(64)), Mixed(288, module_a(64))
        self.Mixed_6a = Reduction(288, MODULE_B)  # 17×17
        self.Mixed_6b = Mixed(768, module_c(128))
        self.Mixed_6c, self.Mixed_6d = Mixed(768, module_c(160)), Mixed(768, module_c(160))
        self.Mixed_6e = Mixed(768, module_c(192))
        self.AuxLogits = AuxiliaryHead(768, num_classes)
        self.Mixed_7a = Reduction(768, MODULE_D)  # 8×8
        self.Mixed_7b, self.Mixed_7c = Mixed(1280, MODULE_E), Mixed(2048, MODULE_E)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(2048, num_classes)

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(images)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(self.maxpool1(x)))
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(self.maxpool2(x))))
        x = middle = self.Mixed_6e(self.Mixed_6d(self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(x)))))
        x = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(x)))
        scores = self.fc(self.dropout(x.mean(dim=(2, 3))))
        return (scores, self.AuxLogits(middle)) if self.training else scores


VARIANTS = {
    "inception_v3": Variant(InceptionV3, Cost(params=27_161_264, macs=5_713_216_096), (3, 299, 299)),
}
