"""Worse shortcuts: Identity Mappings in Deep Residual Networks (He et al., ECCV 2016, arXiv:1603.05027).

Each of these was a reasonable idea: weigh what passes a block, gate it, transform it (table 1), or move the
normalization (table 2). Each ends with more errors than the plain sum, and some do not learn at all: what one
shortcut does to a signal, a hundred do to the hundredth power. Table 1's stand in blocks of figure 4(a).
"""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.blocks import conv_bn
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant
from cnnlab.models.preact_resnet import BASIC, BOTTLENECK, ORDERS, Kernels, Order, PreActResNet, Unit
from cnnlab.models.resnet_cifar import IMAGE, thirds

PAPER = Paper("he2016identity", "Identity Mappings in Deep Residual Networks", 2016)


class Scaled(Unit):
    """Figure 2(b): after n blocks, 0.5ⁿ of the first signal is left."""

    def add(self, x: Tensor) -> Tensor:
        return 0.5 * self.f(x) + 0.5 * self.downsample(x)


class ExclusiveGate(Unit):
    """Figure 2(c): what one path gets, the other loses; as in highway networks."""

    def __init__(self, order: Order, kernels: Kernels, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__(order, kernels, in_channels, width, stride)
        self.downsample_gate = nn.Conv2d(in_channels, kernels[-1][1] * width, kernel_size=1, stride=stride)
        nn.init.constant_(self.downsample_gate.get_parameter("bias"), -6.0)  # the shortcut is open at first

    def gate(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.downsample_gate(x))

    def add(self, x: Tensor) -> Tensor:
        g = self.gate(x)
        return g * self.f(x) + (1 - g) * self.downsample(x)


class ShortcutGate(ExclusiveGate):
    """Figure 2(d): F passes as it is."""

    def add(self, x: Tensor) -> Tensor:
        return self.f(x) + (1 - self.gate(x)) * self.downsample(x)


class Projected(Unit):
    """Figure 2(e): every shortcut is a 1×1 convolution, which could learn to pass its input, and does not."""

    def __init__(self, order: Order, kernels: Kernels, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__(order, kernels, in_channels, width, stride)
        self.downsample = nn.Sequential(*conv_bn(in_channels, kernels[-1][1] * width, 1, stride))


class Dropout(Unit):
    """Figure 2(f): on average half of the signal is lost at every shortcut."""

    def add(self, x: Tensor) -> Tensor:
        return self.f(x) + F.dropout(self.downsample(x), 0.5, self.training)


def table2(depth: int, order: str) -> partial[PreActResNet]:
    """ResNet-110 has basic blocks, ResNet-164 and 1001 have bottlenecks."""
    kernels = BASIC if depth == 110 else BOTTLENECK
    return partial(PreActResNet, thirds(depth, len(kernels)), kernels=kernels, order=ORDERS[order])


def table1(unit: type[Unit]) -> partial[PreActResNet]:
    return partial(table2(110, "original"), unit=unit)


# A norm has two parameters a channel. (b) has none in the projections: 2 · (32 + 64) fewer with basic blocks,
# 2 · (64 + 128 + 256) with bottlenecks. Gates and projections hold one weight for each pair of channels: over
# 18 blocks a stage, 18 · 16² + 32 · (16 + 17 · 32) + 64 · (32 + 17 · 64) = 94,208 and 18 · (16 + 32 + 64)
# biases for gates; 18 · 16² + 17 · (32² + 64²) = 91,648 and 2 · (18 · 16 + 17 · (32 + 64)) for projections.
VARIANTS = {
    "resnet110_original": Variant(table2(110, "original"), Cost(1_730_714, 253_149_824), IMAGE),
    "resnet110_bn_after_addition": Variant(
        table2(110, "bn_after_addition"), Cost(1_730_522, 253_149_824), IMAGE
    ),
    "resnet110_relu_before_addition": Variant(
        table2(110, "relu_before_addition"), Cost(1_730_714, 253_149_824), IMAGE
    ),
    "resnet110_relu_only": Variant(table2(110, "relu_only"), Cost(1_730_714, 253_149_824), IMAGE),
    "resnet164_original": Variant(table2(164, "original"), Cost(1_704_154, 247_646_720), IMAGE),
    "resnet164_bn_after_addition": Variant(
        table2(164, "bn_after_addition"), Cost(1_703_258, 247_646_720), IMAGE
    ),
    "resnet164_relu_before_addition": Variant(
        table2(164, "relu_before_addition"), Cost(1_704_154, 247_646_720), IMAGE
    ),
    "resnet164_relu_only": Variant(table2(164, "relu_only"), Cost(1_704_154, 247_646_720), IMAGE),
    "resnet1001_original": Variant(table2(1001, "original"), Cost(10_328_602, 1_490_995_712), IMAGE),
    "resnet110_scaled": Variant(table1(Scaled), Cost(1_730_714, 253_149_824), IMAGE),
    "resnet110_exclusive_gate": Variant(table1(ExclusiveGate), Cost(1_826_938, 267_043_456), IMAGE),
    "resnet110_shortcut_gate": Variant(table1(ShortcutGate), Cost(1_826_938, 267_043_456), IMAGE),
    "resnet110_projected": Variant(table1(Projected), Cost(1_826_202, 266_781_312), IMAGE),
    "resnet110_dropout": Variant(table1(Dropout), Cost(1_730_714, 253_149_824), IMAGE),
}
