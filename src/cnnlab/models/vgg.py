"""VGG: Very Deep Convolutional Networks (Simonyan & Zisserman, ICLR 2015, arXiv:1409.1556).

One idea: a stack of 3×3 convolutions sees as far as one large kernel, with fewer weights and more
nonlinearities. Parameter names follow torchvision, so its ImageNet weights load directly (it has neither
column C nor A-LRN).
"""

from functools import partial

from torch import Tensor, nn

from cnnlab.blocks import ReLU
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("simonyan2015", "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2015)

# Table 1, on its side: the kernel size of each convolution, by column (A–E) and stage.
WIDTHS =     (64,     128,    256,          512,          512)  # fmt: skip
KERNELS = {
    "A": [   [3],    [3],    [3, 3],       [3, 3],       [3, 3]],
    "B": [   [3, 3], [3, 3], [3, 3],       [3, 3],       [3, 3]],
    "C": [   [3, 3], [3, 3], [3, 3, 1],    [3, 3, 1],    [3, 3, 1]],
    "D": [   [3, 3], [3, 3], [3, 3, 3],    [3, 3, 3],    [3, 3, 3]],
    "E": [   [3, 3], [3, 3], [3, 3, 3, 3], [3, 3, 3, 3], [3, 3, 3, 3]],
}  # fmt: skip


class VGG(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; H = W = 224 in the paper, at least 32.

    `column` is one of Table 1, "A" to "E".
    """

    def __init__(
        self, column: str, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5
    ) -> None:
        super().__init__()
        features: list[nn.Module] = []
        for width, kernels in zip(WIDTHS, KERNELS[column], strict=True):
            for kernel_size in kernels:
                features += self.convolution(in_channels, width, kernel_size)
                in_channels = width
            features += [nn.MaxPool2d(kernel_size=2)]
        self.features = nn.Sequential(*features)
        self.avgpool = nn.AdaptiveAvgPool2d(7)  # does nothing to a 224×224 image, admits the others
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096), ReLU(), nn.Dropout(dropout),
            nn.Linear(4096, 4096), ReLU(), nn.Dropout(dropout),
            nn.Linear(4096, num_classes),
        )  # fmt: skip

    def convolution(self, in_channels: int, out_channels: int, kernel_size: int) -> list[nn.Module]:
        """[N, in_channels, H, W] → [N, out_channels, H, W]"""
        return [nn.Conv2d(in_channels, out_channels, kernel_size, padding=kernel_size // 2), ReLU()]

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.avgpool(self.features(images)).flatten(1))


class VGGBN(VGG):
    """With batch normalization, which came a year later; its useless biases are torchvision's."""

    def convolution(self, in_channels: int, out_channels: int, kernel_size: int) -> list[nn.Module]:
        conv, relu = super().convolution(in_channels, out_channels, kernel_size)
        return [conv, nn.BatchNorm2d(out_channels), relu]


class VGGLRN(VGG):
    """Column A-LRN: A with AlexNet's local response normalization after the first layer. It did not help."""

    def __init__(self, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5) -> None:
        super().__init__("A", num_classes, in_channels, dropout)
        self.features.insert(2, nn.LocalResponseNorm(size=5, alpha=5e-4, beta=0.75, k=2.0))  # see alexnet.py


# Table 2 prints 133, 133, 134, 138 and 144 million; these are the exact counts. Column C is B with three
# 1×1 layers: 65,792 + 2 · 262,656 = 591,104 parameters, 2 · 205,520,896 + 51,380,224 = 462,422,016 MACs more.
VARIANTS = {
    "vgg11": Variant(partial(VGG, "A"), Cost(params=132_863_336, macs=7_609_090_048)),
    "vgg11_lrn": Variant(VGGLRN, Cost(params=132_863_336, macs=7_609_090_048)),  # as A: LRN has no weights
    "vgg13": Variant(partial(VGG, "B"), Cost(params=133_047_848, macs=11_308_466_176)),
    "vgg16_c": Variant(partial(VGG, "C"), Cost(params=133_638_952, macs=11_770_888_192)),
    "vgg16": Variant(partial(VGG, "D"), Cost(params=138_357_544, macs=15_470_264_320)),
    "vgg19": Variant(partial(VGG, "E"), Cost(params=143_667_240, macs=19_632_062_464)),
    "vgg11_bn": Variant(partial(VGGBN, "A"), Cost(params=132_868_840, macs=7_609_090_048)),
    "vgg13_bn": Variant(partial(VGGBN, "B"), Cost(params=133_053_736, macs=11_308_466_176)),
    "vgg16_bn": Variant(partial(VGGBN, "D"), Cost(params=138_365_992, macs=15_470_264_320)),
    "vgg19_bn": Variant(partial(VGGBN, "E"), Cost(params=143_678_248, macs=19_632_062_464)),
}
