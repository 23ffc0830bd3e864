"""Inception-v2: Rethinking the Inception Architecture (Szegedy et al., CVPR 2016, arXiv:1512.00567).

Large kernels are dear: two 3×3 see what a 5×5 sees, three what a 7×7 sees; 1×7 before 7×1 costs 2/7 of it.
Table 1 gives the sizes between modules and leaves open how many channels each branch has. Here they are those
of the authors' Inception-v3; for the 1×7 and 7×1, where that has one module less, `SEVENS` is our choice.
"""

from torch import Tensor, nn

from cnnlab.blocks import Branches, InceptionConv, Mixed, Reduction
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant
from cnnlab.models.inception_v3 import MODULE_B, MODULE_D, MODULE_E, module_c

PAPER = Paper("szegedy2016", "Rethinking the Inception Architecture for Computer Vision", 2016)

# Output channels, stride and padding of the 3×3 convolutions; a 3×3 pooling of stride 2 stands between.
BEFORE_POOL = [
    #  O  S  P           output for a 299×299 image
    ( 32, 2, "valid"),  # 149×149
    ( 32, 1, "valid"),  # 147×147
    ( 64, 1, "same"),   # 147×147, pooled 73×73
]  # fmt: skip
AFTER_POOL = [
    ( 80, 1, "valid"),  #  71×71
    (192, 2, "valid"),  #  35×35
    (288, 1, "same"),   #  35×35
]  # fmt: skip
SEVENS = (128, 160, 160, 160, 192)  # channels between the 1×7 and 7×1 of the five modules at 17×17

FIGURE_5: Branches = {
    "branch1x1": [(64, 1)],
    "branch3x3": [(48, 1), (64, 3)],
    "branch3x3dbl": [(64, 1), (96, 3), (96, 3)],
    "branch_pool": [(64, 1)],
}


def convolutions(in_channels: int, rows: list[tuple[int, int, str]]) -> nn.Sequential:
    """3×3 convolutions one after another."""
    layers = []
    for out_channels, stride, padding in rows:
        layers += [InceptionConv(in_channels, out_channels, 3, stride, padding)]
        in_channels = out_channels
    return nn.Sequential(*layers)


class InceptionV2(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; H = W = 299, at least 75."""

    def __init__(self, num_classes: int = 1000, in_channels: int = 3) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            convolutions(in_channels, BEFORE_POOL),
            nn.MaxPool2d(kernel_size=3, stride=2),
            convolutions(64, AFTER_POOL),
        )
        fives = [Mixed(288, FIGURE_5) for _ in range(3)]
        sevens = [Mixed(768, module_c(c)) for c in SEVENS]
        wide = [Mixed(1280, MODULE_E), Mixed(2048, MODULE_E)]
        self.mixed = nn.Sequential(*fives, Reduction(288, MODULE_B), *sevens, Reduction(768, MODULE_D), *wide)
        self.fc = nn.Linear(2048, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.mixed(self.stem(images)).mean(dim=(2, 3)))


VARIANTS = {
    # Added up in a test. The paper prints 4.8 billion for it, with branches that it does not tell.
    "inception_v2": Variant(InceptionV2, Cost(params=25_954_248, macs=6_352_562_784), (3, 299, 299)),
}
