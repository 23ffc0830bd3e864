"""Networks that a search found or a rule made larger, and those that Ghost modules make cheaper.

Tan & Le (2019, tables 3 and 7) multiply depth, width and resolution of three families; Tan et al. (2019,
table 4) narrow MnasNet; Han et al. (2020, tables 3 to 6) put Ghost modules into other people's networks;
Zoph et al. (2018, section 4) say what searches cost.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from itertools import groupby
from math import ceil, prod
from operator import itemgetter

import torch
from torch import nn

from cnnlab.blocks import ConvBN, round_channels
from cnnlab.models.efficientnet import STAGES, EfficientNet, mbconv
from cnnlab.models.mnasnet import A1, MnasNet
from cnnlab.models.mobilenet_v1 import LAYERS, MobileNetV1
from cnnlab.models.mobilenet_v2 import BOTTLENECKS, MobileNetV2
from cnnlab.models.resnet import DEPTHS
from cnnlab.profiler import Profile, Row, profile
from cnnlab.published.computations import Number, built, computation, compute, profiled, slip
from cnnlab.published.tables import fits


@computation
def blocks(model: str, module: str) -> Number:
    """How often a stage repeats its block."""
    return len(list(built(model).get_submodule(module).children()))


@computation
def efficientnet_macs(depth: str, width: str, size: str) -> Number:
    """MACs of EfficientNet-B0 with so many times the layers and channels, for a square image of this size."""
    d, w = float(depth), float(width)
    rows = [(mbconv, t, round_channels(c * w), ceil(n * d), s, k) for t, c, n, s, k in STAGES]
    with torch.device("meta"):
        network = EfficientNet(round_channels(32 * w), rows, round_channels(1280 * w), dropout=0)
    return profile(network, (1, 3, int(size), int(size))).macs


@computation
def mobilenet_v1_macs(depth: str, width: str, size: str) -> Number:
    """MACs of MobileNetV1 with so many times the layers, rounded up at each width, and channels."""
    found: list[tuple[int, int]] = []
    for channels, group in groupby(LAYERS, key=itemgetter(0)):
        strides = [stride for _, stride in group]
        more = ceil(len(strides) * float(depth)) - len(strides)
        found += [(channels, stride) for stride in (*strides, *(1,) * more)]
    deeper = type("Deeper", (MobileNetV1,), {"layers": found})
    with torch.device("meta"):
        return profile(deeper(width=float(width)), (1, 3, int(size), int(size))).macs


@computation
def resnet50_macs(depth: str, width: str, size: str) -> Number:
    """MACs of ResNet-50 with so many times the blocks, rounded up in each stage, and channels."""
    side = ceil(int(size) / 2)
    channels = round_channels(64 * float(width))
    total = 3 * 7**2 * channels * side**2 + 1000 * round_channels(512 * float(width)) * 4
    side = ceil(side / 2)
    for stage, (hidden, n) in enumerate(zip((64, 128, 256, 512), DEPTHS[50], strict=True)):
        hidden = round_channels(hidden * float(width))
        for block in range(ceil(n * float(depth))):
            total += channels * hidden * side**2
            side = ceil(side / 2) if stage and not block else side
            total += (9 * hidden + 4 * hidden + (not block) * 4 * channels) * hidden * side**2
            channels = 4 * hidden
    return total


@computation
def mobilenet_v2_macs(depth: str, width: str, size: str) -> Number:
    """MACs of MobileNetV2 with so many times the blocks, rounded up in each stage, and channels."""
    rows = [(t, channels, ceil(n * float(depth)), stride) for t, channels, n, stride in BOTTLENECKS]
    deeper = type("Deeper", (MobileNetV2,), {"bottlenecks": rows})
    with torch.device("meta"):
        return profile(deeper(width=float(width)), (1, 3, int(size), int(size))).macs


def single_operations(rows: Iterable[Row]) -> int:
    """One for each normalized element and each that is added to a shortcut or multiplied by a gate."""
    return sum(row.elementwise + row.outputs * (row.module == "BatchNorm2d") for row in rows)


@cache
def mnasnet_a1(width: str, size: str) -> Profile:
    """What MnasNet-A1 with so many times the channels costs."""
    with torch.device("meta"):
        return profile(MnasNet(A1, float(width)), (1, 3, int(size), int(size)))


@computation
def mnasnet_a1_params(width: str) -> Number:
    """Its parameters."""
    return mnasnet_a1(width, "224").params


@computation
def mnasnet_a1_macs(width: str, size: str) -> Number:
    """Its MACs."""
    return mnasnet_a1(width, size).macs


@computation
def mnasnet_a1_halves(width: str, size: str) -> Number:
    """Its MACs, and half a one for each normalized element and each that is added or multiplied by a gate."""
    return mnasnet_a1_macs(width, size) + Fraction(single_operations(mnasnet_a1(width, size).counted), 2)


VGG_CIFAR = (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512)


def vgg_cifar() -> nn.Module:
    """VGG-16 for images of 32×32: batch norm, and two linear layers, [N, 512, 2, 2] → [N, 10]."""
    layers: list[nn.Module] = []
    channels = 3
    for width in VGG_CIFAR:
        if isinstance(width, int):
            layers += ConvBN(channels, width)
            channels = width
        else:
            layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(512, 512), nn.Linear(512, 10))


@cache
def ghosted(model: str, size: str, s: str, d: str, kept: str) -> tuple[int, int]:
    """Parameters and MACs of a network whose convolutions make one channel in s and d×d ghosts of it.

    `kept` are those that stay as they are; Han et al. (2020), section 3.1.
    """
    with torch.device("meta"):
        network = vgg_cifar() if model == "vgg16_cifar" else built(model)
    found, modules = profile(network, (1, 3, int(size), int(size))), dict(network.named_modules())
    params, total = found.params, found.macs
    for row in found.counted:
        layer = modules.get(row.path)
        if isinstance(layer, nn.Conv2d) and not fits(row.path, kept):
            real, weights = ceil(layer.out_channels / int(s)), layer.weight.numel()
            more = real * (weights // layer.out_channels + (int(s) - 1) * int(d) ** 2) - weights
            params, total = params + more, total + more * (row.macs // weights)
    return params, total


@computation
def ghost_params(model: str, size: str, s: str, d: str, kept: str = "none") -> Number:
    """Parameters of a network of Ghost modules."""
    return ghosted(model, size, s, d, kept)[0]


@computation
def ghost_macs(model: str, size: str, s: str, d: str, kept: str = "none") -> Number:
    """MACs of a network of Ghost modules."""
    return ghosted(model, size, s, d, kept)[1]


@computation
def machine_hours(machines: str, days: str) -> Number:
    """So many machines, busy for so many days of 24 hours."""
    return 24 * int(machines) * Fraction(days)


@computation
def geometric_mean(*numbers: str) -> Number:
    """Of ratios that the same table prints."""
    return Fraction(prod(map(float, numbers)) ** (1 / len(numbers)))


@computation
def biased_macs(model: str, size: str) -> Number:
    """MACs, and an addition for each output of a convolution that is not depthwise, as if it had a bias."""
    modules = dict(built(model).named_modules())
    rows = [row for row in profiled(model, size).counted if row.macs]
    layers = [getattr(modules.get(row.path), "groups", 1) for row in rows]
    return sum(row.macs + row.outputs * (g == 1) for row, g in zip(rows, layers, strict=True))


@slip
def days_as_hours(*words: str) -> Number:
    """Days are called hours."""
    return Fraction(compute(*words)) / 24
