"""What the papers on ShuffleNet print beside its networks: the large ones, equal work, shares of numbers.

The large networks stand in one table of an appendix: they are built to be counted, not to be trained.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import isqrt

import torch
from torch import nn

from cnnlab import cost
from cnnlab.blocks import ConvBN, Residual, SqueezeExcite
from cnnlab.models import VARIANTS
from cnnlab.models.shufflenet_v2 import DownsamplingUnit, Unit, stage
from cnnlab.profiler import profile
from cnnlab.published.computations import (
    Number,
    computation,
    compute,
    model_macs,
    path_weights,
    profiled,
    released_shufflenet_v2,
)

# Ma et al. (2018), appendix, table 2: channels before the pooling and of four stages, and the units of these.
LARGE = {
    "V1-50": ((64,), (360, 720, 1440, 2880), (3, 4, 6, 3)),
    "V2-50": ((64,), (244, 488, 976, 1952), (3, 4, 6, 3)),
    "V2-164": ((64, 64, 128), (340, 680, 1360, 2720), (10, 10, 23, 10)),
}


def large_shufflenet_v2(name: str) -> nn.Sequential:
    """ShuffleNet V2-50 or -164: images [N, 3, H, W] → scores [N, 1000]; KeyError for another name.

    Three 3×3 convolutions replace the first one of -164. The first stage keeps the pooled size.
    """
    stem, channels, depths = LARGE[name]
    pairs = enumerate(pairwise((3, *stem)))
    first = (ConvBN(narrow, wide, stride=1 if i else 2) for i, (narrow, wide) in pairs)
    ends = zip(pairwise((stem[-1], *channels)), depths, (1, 2, 2, 2), strict=True)
    stages = (stage(before, after, units, stride) for (before, after), units, stride in ends)
    last = ConvBN(channels[-1], 2048, kernel_size=1), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    return nn.Sequential(*first, nn.MaxPool2d(3, 2, padding=1), *stages, *last, nn.Linear(2048, 1000))


def excite(network: nn.Module, neurons: Fraction, has_shortcut: bool = False) -> None:
    """Gate what each unit of a ShuffleNet V2 finds, before its last ReLU: appendix, figure 2.

    The gate has `neurons` times as many neurons as the unit has channels. With `has_shortcut`, what a unit of
    stride 1 read is added to what it finds.
    """
    for unit in [unit for unit in network.modules() if isinstance(unit, Unit | DownsamplingUnit)]:
        *layers, relu = unit.branch2
        channels = unit.branch2[-2].get_parameter("weight").numel()
        gate = SqueezeExcite(channels, int(2 * channels * neurons))
        found = nn.Sequential(*layers, gate)
        unit.branch2 = nn.Sequential(Residual(found, has_shortcut and isinstance(unit, Unit)), relu)


@computation
def large_channels(name: str, stage: str) -> Number:
    """Channels of a stage of a large network, conv2_x to conv5_x."""
    return LARGE[name][1][int(stage) - 2]


@computation
def large_v2_macs(name: str, neurons: str = "0") -> Number:
    """MACs of a large ShuffleNet V2; with gates and shortcuts, if these have neurons."""
    with torch.device("meta"):
        network = large_shufflenet_v2(name)
        if Fraction(neurons):
            excite(network, Fraction(neurons), has_shortcut=True)
    return profile(network.eval(), (1, 3, 224, 224)).macs


@computation
def excited_macs(model: str, size: str, neurons: str) -> Number:
    """MACs of a ShuffleNet V2 with a gate in each unit, counted as its authors count it without."""
    with torch.device("meta"):
        network = VARIANTS[model].build()
        excite(network, Fraction(neurons))
    gates = profile(network.eval(), (1, 3, int(size), int(size))).macs - model_macs(model, size)
    return released_shufflenet_v2(model, size) + gates


@computation
def large_v1_macs(narrowing: str) -> Number:
    """MACs of ShuffleNet V1-50, its bottlenecks so many times narrower than its units.

    Three groups. How the first shortcut gets from 64 to 360 channels is not said: here at no cost.
    """
    macs, channels, size = cost.conv2d_macs(3, 64, 3, 112), 64, 56
    for out, depth in zip(*LARGE["V1-50"][1:], strict=True):
        for unit in range(depth):
            halves = unit == 0 and channels != 64
            narrow, found = out // int(narrowing), out - channels if halves else out
            macs += cost.conv2d_macs(channels, narrow, 1, size, groups=1 if channels == 64 else 3)
            size = size // 2 if halves else size
            macs += 9 * narrow * size**2 + cost.conv2d_macs(narrow, found, 1, size, groups=3)
            channels = out
    return macs + 1000 * channels


@computation
def model_macs_and_windows(model: str, size: str) -> Number:
    """MACs, and one operation for each element of a pooling window."""
    return model_macs(model, size) + sum(row.pooling for row in profiled(model, size).counted)


@computation
def equal_work(channels: str, share: str, times: str = "1") -> Number:
    """`channels` / √`share`, cut to a whole number; so many times."""
    return int(times) * isqrt(int(int(channels) ** 2 / Fraction(share)))


@computation
def pointwise_share(cardinality: str, d: str) -> Number:
    """The share of the 1×1 layers in the MACs of a ResNeXt block with 256 channels outside."""
    return Fraction(2 * 256 * int(d) * int(cardinality)) / path_weights(cardinality, d)


@computation
def apart(*words: str) -> Number:
    """By what share of the second, which stands after "/", two computations differ."""
    middle = words.index("/")
    other = Fraction(compute(*words[middle + 1 :]))
    return abs(compute(*words[:middle]) - other) / other
