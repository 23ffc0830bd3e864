"""Networks of the book made deeper, wider or larger by a rule.

Tan & Le (2019), tables 3 and 7; Tan et al. (2019), table 4; Howard et al. (2017), section 4.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from itertools import groupby
from math import ceil
from operator import itemgetter

import torch

from cnnlab.blocks import ConvBN, round_channels
from cnnlab.models.efficientnet import STAGES, EfficientNet, mbconv
from cnnlab.models.mnasnet import A1, MnasNet
from cnnlab.models.mobilenet_v1 import LAYERS, MobileNetV1, Separable
from cnnlab.models.mobilenet_v2 import BOTTLENECKS, MobileNetV2
from cnnlab.models.resnet import DEPTHS
from cnnlab.profiler import Profile, Row, profile
from cnnlab.published.language import Number, computation


@computation
def efficientnet_macs(depth: float, width: float, size: int) -> Number:
    """MACs of EfficientNet-B0 with so many times the layers and channels, for a square image of this size."""
    rows = [(mbconv, t, round_channels(c * width), ceil(n * depth), s, k) for t, c, n, s, k in STAGES]
    with torch.device("meta"):
        network = EfficientNet(round_channels(32 * width), rows, round_channels(1280 * width), dropout=0)
    return profile(network, (1, 3, size, size)).macs


@computation
def mobilenet_v1_macs(depth: float, width: float, size: int) -> Number:
    """MACs of MobileNetV1 with so many times the layers, rounded up at each width, and channels."""
    found: list[tuple[int, int]] = []
    for channels, group in groupby(LAYERS, key=itemgetter(0)):
        strides = [stride for _, stride in group]
        more = ceil(len(strides) * depth) - len(strides)
        found += [(channels, stride) for stride in (*strides, *(1,) * more)]
    deeper = type("Deeper", (MobileNetV1,), {"layers": found})
    with torch.device("meta"):
        return profile(deeper(width=width), (1, 3, size, size)).macs


@computation
def resnet50_macs(depth: float, width: float, size: int) -> Number:
    """MACs of ResNet-50 with so many times the blocks, rounded up in each stage, and channels."""
    side = ceil(size / 2)
    channels = round_channels(64 * width)
    total = 3 * 7**2 * channels * side**2 + 1000 * round_channels(512 * width) * 4
    side = ceil(side / 2)
    for stage, (hidden, n) in enumerate(zip((64, 128, 256, 512), DEPTHS[50], strict=True)):
        hidden = round_channels(hidden * width)
        for block in range(ceil(n * depth)):
            total += channels * hidden * side**2
            side = ceil(side / 2) if stage and not block else side
            total += (9 * hidden + 4 * hidden + (not block) * 4 * channels) * hidden * side**2
            channels = 4 * hidden
    return total


@computation
def mobilenet_v2_macs(depth: float, width: float, size: int) -> Number:
    """MACs of MobileNetV2 with so many times the blocks, rounded up in each stage, and channels."""
    rows = [(t, channels, ceil(n * depth), stride) for t, channels, n, stride in BOTTLENECKS]
    deeper = type("Deeper", (MobileNetV2,), {"bottlenecks": rows})
    with torch.device("meta"):
        return profile(deeper(width=width), (1, 3, size, size)).macs


def single_operations(rows: Iterable[Row]) -> int:
    """One for each normalized element and each that is added to a shortcut or multiplied by a gate."""
    return sum(row.elementwise + row.outputs * (row.module == "BatchNorm2d") for row in rows)


@cache
def mnasnet_a1(width: float, size: int) -> Profile:
    """What MnasNet-A1 with so many times the channels costs."""
    with torch.device("meta"):
        return profile(MnasNet(A1, width), (1, 3, size, size))


@computation
def mnasnet_a1_params(width: float) -> Number:
    """Its parameters."""
    return mnasnet_a1(width, 224).params


@computation
def mnasnet_a1_macs(width: float, size: int) -> Number:
    """Its MACs."""
    return mnasnet_a1(width, size).macs


@computation
def mnasnet_a1_halves(width: float, size: int) -> Number:
    """Its MACs, and half a one for each normalized element and each that is added or multiplied by a gate."""
    return mnasnet_a1_macs(width, size) + Fraction(single_operations(mnasnet_a1(width, size).counted), 2)


@computation
def widened_macs(size: int) -> Number:
    """MACs of the narrowest MobileNet's body, α = 0.25, if no layer had fewer than 16 channels."""
    with torch.device("meta"):
        body = MobileNetV1(width=0.25).features
        body[0], body[1] = ConvBN(3, 16, stride=2), Separable(16, 16)
    return profile(body, (1, 3, size, size)).macs
