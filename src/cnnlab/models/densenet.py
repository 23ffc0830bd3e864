"""DenseNet: Densely Connected Convolutional Networks (Huang et al., CVPR 2017, arXiv:1608.06993).

ResNet adds what a layer finds to what came before; DenseNet puts it beside. Every layer reads all features of
its block and contributes only a few, k, of its own. Parameter names follow torchvision, so its ImageNet
weights load directly.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from cnnlab.blocks import ReLU, convolution
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("huang2017", "Densely Connected Convolutional Networks", 2017)

# Table 1: layers of the four blocks. The name is a checksum: 121 = 2 · (6 + 12 + 24 + 16) + 5.
DEPTHS = {
    121: (6, 12, 24, 16),
    169: (6, 12, 32, 32),
    201: (6, 12, 48, 32),
    264: (6, 12, 64, 48),  # which makes 265
    161: (6, 12, 36, 24),  # of the authors' published models, with k = 48
}


class DenseLayer(nn.Sequential):
    """BN–ReLU–1×1 to 4k channels, BN–ReLU–3×3 to k: [N, C, H, W] → [N, C + k, H, W], the input in front."""

    def __init__(self, in_channels: int, k: int) -> None:
        super().__init__(OrderedDict(self.steps(in_channels, k)))

    def steps(self, in_channels: int, k: int) -> dict[str, nn.Module]:
        """The paper's Hₗ: [N, in_channels, H, W] → [N, k, H, W]."""
        return {
            "norm1": nn.BatchNorm2d(in_channels),
            "relu1": ReLU(),
            "conv1": convolution(in_channels, 4 * k, kernel_size=1),
            "norm2": nn.BatchNorm2d(4 * k),
            "relu2": ReLU(),
            "conv2": convolution(4 * k, k, kernel_size=3),
        }

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, super().forward(x)], dim=1)  # type: ignore[no-untyped-call]  # torch's


class DenseBlock(nn.Sequential):
    """`depth` layers, each of which reads all before it: [N, C, H, W] → [N, C + depth · k, H, W]."""

    layer: Callable[[int, int], nn.Module] = DenseLayer

    def __init__(self, in_channels: int, depth: int, k: int) -> None:
        layers = [(f"denselayer{i + 1}", self.layer(in_channels + i * k, k)) for i in range(depth)]
        super().__init__(OrderedDict(layers))


def transition(in_channels: int, out_channels: int) -> nn.Sequential:
    """A quarter of the positions: [N, in_channels, H, W] → [N, out_channels, ⌊H / 2⌋, ⌊W / 2⌋]."""
    layers: dict[str, nn.Module] = {
        "norm": nn.BatchNorm2d(in_channels), "relu": ReLU(),
        "conv": convolution(in_channels, out_channels, 1), "pool": nn.AvgPool2d(kernel_size=2),
    }  # fmt: skip
    return nn.Sequential(OrderedDict(layers))


class DenseNet(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; H = W = 224 in the paper, at least 29.

    `depths` is a row of Table 1; each layer contributes `growth_rate` channels, the paper's k.
    """

    block: Callable[[int, int, int], nn.Module] = DenseBlock
    compression = 0.5  # of the channels pass a transition: the paper's θ

    def __init__(
        self, depths: Sequence[int], growth_rate: int = 32, num_classes: int = 1000, in_channels: int = 3
    ) -> None:
        super().__init__()
        layers, channels = self.stem(in_channels, growth_rate)
        self.features = nn.Sequential(layers)
        for i, depth in enumerate(depths, start=1):
            if i > 1:
                kept = int(channels * self.compression)
                self.features.add_module(f"transition{i - 1}", transition(channels, kept))
                channels = kept
            self.features.add_module(f"denseblock{i}", self.block(channels, depth, growth_rate))
            channels += depth * growth_rate
        self.features.add_module(f"norm{len(depths) + 1}", nn.BatchNorm2d(channels))
        self.features.add_module(f"relu{len(depths) + 1}", ReLU())
        self.classifier = nn.Linear(channels, num_classes)

    def stem(self, in_channels: int, growth_rate: int) -> tuple[OrderedDict[str, nn.Module], int]:
        """[N, in_channels, H, W] → [N, 2k, ⌈H / 4⌉, ⌈W / 4⌉], and how many channels 2k is."""
        channels = 2 * growth_rate
        layers: dict[str, nn.Module] = {
            "conv0": convolution(in_channels, channels, kernel_size=7, stride=2),
            "norm0": nn.BatchNorm2d(channels), "relu0": ReLU(),
            "pool0": nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
        }  # fmt: skip
        return OrderedDict(layers), channels

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.features(images).mean(dim=(2, 3)))


VARIANTS = {
    "densenet121": Variant(partial(DenseNet, DEPTHS[121]), Cost(params=7_978_856, macs=2_834_161_664)),
    "densenet169": Variant(partial(DenseNet, DEPTHS[169]), Cost(params=14_149_480, macs=3_359_843_328)),
    "densenet201": Variant(partial(DenseNet, DEPTHS[201]), Cost(params=20_013_928, macs=4_291_365_888)),
    "densenet264": Variant(partial(DenseNet, DEPTHS[264]), Cost(params=33_337_704, macs=5_751_653_376)),
    "densenet161": Variant(partial(DenseNet, DEPTHS[161], 48), Cost(params=28_681_000, macs=7_727_907_072)),
}
