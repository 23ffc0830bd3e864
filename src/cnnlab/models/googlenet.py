"""GoogLeNet: Going Deeper with Convolutions (Szegedy et al., CVPR 2015, arXiv:1409.4842).

Nobody knows which kernel size a layer needs, so take all; 1×1 convolutions before the large ones pay for it.
This is the form of torchvision's names and ImageNet weights: it normalizes its batches, which the paper could
not know of yet, and its 5×5 kernels are 3×3. The paper's own is in `googlenet_paper`.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from cnnlab.blocks import InceptionConv, ReLU
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("szegedy2015", "Going Deeper with Convolutions", 2015)

# Table 1: #1×1, #3×3 reduce, #3×3, #5×5 reduce, #5×5, pool proj
MODULES = {  # output for a 224×224 image
    "3a": ( 64,  96, 128, 16,  32,  32),  # 28×28
    "3b": (128, 128, 192, 32,  96,  64),
    "4a": (192,  96, 208, 16,  48,  64),  # 14×14
    "4b": (160, 112, 224, 24,  64,  64),
    "4c": (128, 128, 256, 24,  64,  64),
    "4d": (112, 144, 288, 32,  64,  64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),  #  7×7
    "5b": (384, 192, 384, 48, 128, 128),
}  # fmt: skip


class Inception(nn.Module):
    """Four branches side by side (Figure 2b): [N, in_channels, H, W] → [N, out_channels, H, W]."""

    conv: Callable[..., nn.Module] = InceptionConv
    large = 3  # where Table 1 says 5×5

    def __init__(self, in_channels: int, row: tuple[int, ...]) -> None:
        super().__init__()
        conv, (one, reduce3, three, reduce5, five, pooled) = self.conv, row
        self.branch1 = conv(in_channels, one, 1)
        self.branch2 = nn.Sequential(conv(in_channels, reduce3, 1), conv(reduce3, three, 3))
        self.branch3 = nn.Sequential(conv(in_channels, reduce5, 1), conv(reduce5, five, self.large))
        pool = nn.MaxPool2d(kernel_size=3, stride=1, padding=1, ceil_mode=True)
        self.branch4 = nn.Sequential(pool, conv(in_channels, pooled, 1))
        self.out_channels = one + three + five + pooled

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], dim=1)


class AuxiliaryHead(nn.Sequential):
    """Scores from halfway (section 5): [N, in_channels, H, W] → [N, num_classes]."""

    def __init__(self, in_channels: int, num_classes: int) -> None:
        super().__init__()
        self.add_module("pool", nn.AdaptiveAvgPool2d(4))
        self.add_module("conv", InceptionConv(in_channels, 128, 1))
        self.add_module("flatten", nn.Flatten())
        self.add_module("fc1", nn.Linear(128 * 4 * 4, 1024))
        self.add_module("relu", ReLU())
        self.add_module("dropout", nn.Dropout(0.7))
        self.add_module("fc2", nn.Linear(1024, num_classes))


class GoogLeNet(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; H = W = 224 in the paper, at least 15.

    In training also those of the auxiliary heads, the later one first, as torchvision returns them.
    """

    module, head = Inception, AuxiliaryHead

    def __init__(self, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.2) -> None:
        super().__init__()
        conv = self.module.conv
        self.conv1 = conv(in_channels, 64, 7, stride=2, padding=3)
        self.conv2, self.conv3 = conv(64, 64, 1), conv(64, 192, 3)
        channels, halfway = 192, {}
        for name, row in MODULES.items():
            module = self.module(channels, row)
            self.add_module(f"inception{name}", module)
            channels = halfway[name] = module.out_channels
        self.aux1 = self.head(halfway["4a"], num_classes)
        self.aux2 = self.head(halfway["4d"], num_classes)
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)
        self.last_pool = nn.MaxPool2d(kernel_size=2, stride=2, ceil_mode=True)  # the paper's is 3×3
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(channels, num_classes)

    def modules_of(self, names: str, x: Tensor) -> Tensor:
        """The rows of Table 1 with these names, one after another."""
        for name in names.split():
            x = getattr(self, f"inception{name}")(x)
        return x

    def stem(self, images: Tensor) -> Tensor:
        return self.pool(self.conv3(self.conv2(self.pool(self.conv1(images)))))

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, Tensor, Tensor]:
        first = self.modules_of("4a", self.pool(self.modules_of("3a 3b", self.stem(images))))
        second = self.modules_of("4b 4c 4d", first)
        x = self.modules_of("5a 5b", self.last_pool(self.modules_of("4e", second)))
        scores = self.fc(self.dropout(x.mean(dim=(2, 3))))
        return (scores, self.aux2(second), self.aux1(first)) if self.training else scores


VARIANTS = {
    "googlenet": Variant(GoogLeNet, Cost(params=13_004_888, macs=1_498_376_192)),
}
