"""ShuffleNets beside those of the book: the large ones, those with gates, and V2 as its authors released it.

The large networks stand in one table of an appendix: they are built to be counted, not to be trained.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import torch
from torch import nn

from cnnlab import cost
from cnnlab.blocks import ConvBN, Residual, SqueezeExcite
from cnnlab.models import VARIANTS
from cnnlab.models.shufflenet_v2 import DownsamplingUnit, Unit, stage
from cnnlab.profiler import profile
from cnnlab.published.language import Number, computation
from cnnlab.published.models import input_shape, model_macs

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
def released_shufflenet_v2(model: str, size: int) -> Number:
    """MACs of ShuffleNet V2 as its authors released it, and one for each number its global pooling reads.

    Their first unit hands on by its left branch as many channels as come in; its right one finds the others.
    """
    with torch.device("meta"):
        network = VARIANTS[model].build()
    unit = network.stage2[0]
    kept, narrow = unit.branch1[0].in_channels, unit.branch2[0].out_channels
    unit.branch1 = nn.Sequential(*unit.branch1[:2], *ConvBN(kept, kept, kernel_size=1))
    unit.branch2 = nn.Sequential(*unit.branch2[:5], *ConvBN(narrow, 2 * narrow - kept, kernel_size=1))
    found = profile(network, input_shape(model, size))
    return found.macs + sum(row.inputs for row in found.counted if row.kind == "average_pool")


@computation
def large_channels(name: str, stage: int) -> Number:
    """Channels of a stage of a large network, conv2_x to conv5_x."""
    return LARGE[name][1][stage - 2]


@computation
def large_v2_macs(name: str, neurons: Fraction = Fraction()) -> Number:
    """MACs of a large ShuffleNet V2; with gates and shortcuts, if these have neurons."""
    with torch.device("meta"):
        network = large_shufflenet_v2(name)
        if neurons:
            excite(network, neurons, has_shortcut=True)
    return profile(network.eval(), (1, 3, 224, 224)).macs


@computation
def excited_macs(model: str, size: int, neurons: Fraction) -> Number:
    """MACs of a ShuffleNet V2 with a gate in each unit, counted as its authors count it without."""
    with torch.device("meta"):
        network = VARIANTS[model].build()
        excite(network, neurons)
    gates = profile(network.eval(), (1, 3, size, size)).macs - model_macs(model, size)
    return released_shufflenet_v2(model, size) + gates


@computation
def large_v1_macs(narrowing: int) -> Number:
    """MACs of ShuffleNet V1-50, its bottlenecks so many times narrower than its units.

    Three groups. How the first shortcut gets from 64 to 360 channels is not said: here at no cost.
    """
    macs, channels, size = cost.conv2d_macs(3, 64, 3, 112), 64, 56
    for out, depth in zip(*LARGE["V1-50"][1:], strict=True):
        for unit in range(depth):
            halves = unit == 0 and channels != 64
            narrow, found = out // narrowing, out - channels if halves else out
            macs += cost.conv2d_macs(channels, narrow, 1, size, groups=1 if channels == 64 else 3)
            size = size // 2 if halves else size
            macs += 9 * narrow * size**2 + cost.conv2d_macs(narrow, found, 1, size, groups=3)
            channels = out
    return macs + 1000 * channels
