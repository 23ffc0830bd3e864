"""Tables of layers, line by line as papers and lectures print them, and what is computed of layers.

A network of `cnnlab.models` says what each of its modules costs. These tables are for what is not a module of
one: lecture 003's sizes and pooling operations, layers of the two AlexNets and the VGGs by the names that
everybody gives them, and a network that only a comparison mentions.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch
from fractions import Fraction
from math import isqrt, prod
from typing import NamedTuple

import numpy as np

from cnnlab import conv, cost
from cnnlab.published.language import Number, computation
from cnnlab.receptive_field import Field


class Layer(NamedTuple):
    """A row of a table of layers: what comes in, what goes out, for square images."""

    name: str
    kind: str  # "conv" and "linear" have biases; "pool" and "flatten" learn nothing
    in_channels: int
    input_size: int
    out_channels: int
    output_size: int
    kernel_size: int = 1
    groups: int = 1

    @property
    def has_biases(self) -> bool:
        return self.kind in ("conv", "linear")

    @property
    def weights(self) -> int:
        shape = self.in_channels, self.out_channels, self.kernel_size, self.groups
        return cost.conv2d_params(*shape, bias=False) if self.has_biases else 0

    @property
    def params(self) -> int:
        return self.weights + self.has_biases * self.out_channels

    @property
    def elements(self) -> int:
        return self.out_channels * self.output_size**2


# A line: name, kind, out_channels, kernel_size, stride, padding, groups; "=" keeps the channels.
ALEXNET = """
    conv1   conv      64  11 4 2 1
    pool1   pool       =   3 2 0 1
    conv2   conv     192   5 1 2 1
    pool2   pool       =   3 2 0 1
    conv3   conv     384   3 1 1 1
    conv4   conv     256   3 1 1 1
    conv5   conv     256   3 1 1 1
    pool5   pool       =   3 2 0 1
    flatten flatten 9216   6 1 0 1
    fc6     linear  4096   1 1 0 1
    fc7     linear  4096   1 1 0 1
    fc8     linear  1000   1 1 0 1
"""
# Krizhevsky et al. (2012), section 3.5: 96 kernels, and three layers in two groups, one a graphics card.
ALEXNET_2012 = """
    conv1   conv      96  11 4 0 1
    pool1   pool       =   3 2 0 1
    conv2   conv     256   5 1 2 2
    pool2   pool       =   3 2 0 1
    conv3   conv     384   3 1 1 1
    conv4   conv     384   3 1 1 2
    conv5   conv     256   3 1 1 2
    pool5   pool       =   3 2 0 1
    flatten flatten 9216   6 1 0 1
    fc6     linear  4096   1 1 0 1
    fc7     linear  4096   1 1 0 1
    fc8     linear  1000   1 1 0 1
"""
# Szegedy et al. (2015), table 1: the way from 224 to 28 pixels, and from 7 to the scores.
GOOGLENET_STEM = """
    conv1   conv      64   7 2 3 1
    pool1   pool       =   3 2 1 1
    conv2   conv      64   1 1 0 1
    conv3   conv     192   3 1 1 1
    pool3   pool       =   3 2 1 1
"""
GOOGLENET_END = """
    avgpool pool       =   7 1 0 1
    fc      linear  1000   1 1 0 1
"""
# Sabour et al. (2017), section 5: the network that CapsNet is compared with.
CAPSNET_BASELINE = """
    conv1   conv        256   5 1 2 1
    conv2   conv        256   5 1 2 1
    conv3   conv        128   5 1 2 1
    flatten flatten  100352  28 1 0 1
    fc1     linear      328   1 1 0 1
    fc2     linear      192   1 1 0 1
    fc3     linear       10   1 1 0 1
"""
# Section 6: two digits on 36×36 pixels. Only with padding that keeps the size are there 24.56 M parameters.
CAPSNET_MULTIMNIST_BASELINE = """
    conv1   conv        512   9 1 4 1
    pool1   pool          =   2 2 0 1
    conv2   conv        256   5 1 2 1
    pool2   pool          =   2 2 0 1
    flatten flatten   20736   9 1 0 1
    fc1     linear     1024   1 1 0 1
    fc2     linear       10   1 1 0 1
"""
# Han et al. (2016), section 5.1: the two networks for MNIST, the second as Caffe's example has it.
LENET_300_100 = """
    flatten flatten  784  28 1 0 1
    ip1     linear   300   1 1 0 1
    ip2     linear   100   1 1 0 1
    ip3     linear    10   1 1 0 1
"""
LENET_5_CAFFE = """
    conv1   conv      20   5 1 0 1
    pool1   pool       =   2 2 0 1
    conv2   conv      50   5 1 0 1
    pool2   pool       =   2 2 0 1
    flatten flatten  800   4 1 0 1
    ip1     linear   500   1 1 0 1
    ip2     linear    10   1 1 0 1
"""


def vgg(depths: tuple[int, ...]) -> str:
    """A column of Simonyan & Zisserman (2015), table 1, by the number of 3×3 convolutions in each stage."""
    lines = []
    for stage, (depth, width) in enumerate(zip(depths, (64, 128, 256, 512, 512), strict=True), start=1):
        lines += [f"conv{stage}_{i} conv {width} 3 1 1 1" for i in range(1, depth + 1)]
        lines += [f"pool{stage} pool = 2 2 0 1"]
    sizes = {
        "flatten": "flatten 25088 7",
        "fc6": "linear 4096 1",
        "fc7": "linear 4096 1",
        "fc8": "linear 1000 1",
    }
    return "\n".join([*lines, *(f"{name} {size} 1 0 1" for name, size in sizes.items())])


def layers(table: str, channels: int, size: int) -> Iterator[Layer]:
    """Follow an image [1, channels, size, size] through a table's lines."""
    for line in table.strip().splitlines():
        name, kind, out, *numbers = line.split()
        kernel_size, stride, padding, groups = map(int, numbers)
        out_channels = channels if out == "=" else int(out)
        output_size = cost.conv2d_output_size(size, kernel_size, stride, padding)
        yield Layer(name, kind, channels, size, out_channels, output_size, kernel_size, groups)
        channels, size = out_channels, output_size


NETWORKS = {
    "alexnet": [*layers(ALEXNET, 3, 227)],
    "alexnet_2012": [*layers(ALEXNET_2012, 3, 227)],
    "googlenet_stem": [*layers(GOOGLENET_STEM, 3, 224)],
    "googlenet_end": [*layers(GOOGLENET_END, 1024, 7)],
    "vgg16": [*layers(vgg((2, 2, 3, 3, 3)), 3, 224)],
    "vgg19": [*layers(vgg((2, 2, 4, 4, 4)), 3, 224)],
    "lenet_300_100": [*layers(LENET_300_100, 1, 28)],
    "lenet5_caffe": [*layers(LENET_5_CAFFE, 1, 28)],
    "capsnet_baseline": [*layers(CAPSNET_BASELINE, 1, 28)],
    "capsnet_multimnist_baseline": [*layers(CAPSNET_MULTIMNIST_BASELINE, 1, 36)],
    # VGG's rule with every letter 1: C channels on 2H × 2W pixels, then 2C on H × W.
    "early": [*layers("conv conv 1 3 1 1 1", 1, 2)],
    "late": [*layers("conv conv 2 3 1 1 1", 2, 1)],
    # Lecture 003's first example: a 6×6 matrix, a 3×3 filter.
    "example": [*layers("conv conv 1 3 1 0 1", 1, 6)],
}


def matches(name: str, patterns: list[str]) -> bool:
    """Whether one of them names a layer, or a module it is in: `features.*.0` means `features.3.0.weight`."""
    parts = name.split(".")
    heads = [pattern.split(".") for pattern in patterns]
    return any(len(head) <= len(parts) and all(map(fnmatch, parts, head)) for head in heads)


def fits(name: str, pattern: str) -> bool:
    """Whether a pattern of a row means a layer: `conv*`, `fc6`, `conv1_*+pool1`, `*-conv3_3`."""
    wanted, *unwanted = pattern.split("-")
    return matches(name, wanted.split("+")) and not matches(name, unwanted)


def chosen(network: str, pattern: str) -> list[Layer]:
    """The layers of a table that a pattern means."""
    if network not in NETWORKS:
        raise ValueError(f"there is no table of {network!r}; there are {', '.join(NETWORKS)}")
    found = [layer for layer in NETWORKS[network] if fits(layer.name, pattern)]
    if not found:
        raise ValueError(f"no layer of {network} is named {pattern!r}")
    return found


# Of a table of layers ---------------------------------------------------------------------------------


@computation
def elements(network: str, pattern: str) -> Number:
    """Numbers that the layers hand on."""
    return sum(layer.elements for layer in chosen(network, pattern))


@computation
def size(network: str, layer: str) -> Number:
    """Rows, or columns, of a layer's output."""
    return chosen(network, layer)[0].output_size


@computation
def size_unrounded(network: str, layer: str, stride: int) -> Number:
    """A layer's output size before it is rounded down; without padding."""
    (found,) = chosen(network, layer)
    return Fraction(found.input_size - found.kernel_size, stride) + 1


@computation
def channels(network: str, layer: str) -> Number:
    """Channels of a layer's output."""
    return chosen(network, layer)[0].out_channels


@computation
def params(network: str, pattern: str) -> Number:
    """Weights and biases."""
    return sum(layer.params for layer in chosen(network, pattern))


@computation
def weights(network: str, pattern: str) -> Number:
    """Weights alone: biases are not counted."""
    return sum(layer.weights for layer in chosen(network, pattern))


@computation
def macs(network: str, pattern: str) -> Number:
    """Multiply–accumulates of convolutions and linear layers."""
    return sum(layer.weights * layer.output_size**2 for layer in chosen(network, pattern))


@computation
def pooling(network: str, pattern: str) -> Number:
    """One operation for every element of every pooling window."""
    pools = [layer for layer in chosen(network, pattern) if layer.kind == "pool"]
    return sum(layer.elements * layer.kernel_size**2 for layer in pools)


@computation
def macs_and_biases(network: str, pattern: str) -> Number:
    """MACs, and one addition for each output that has a bias."""
    biases = sum(layer.elements for layer in chosen(network, pattern) if layer.has_biases)
    return macs(network, pattern) + biases


@computation
def operations(network: str, pattern: str) -> Number:
    """MACs, and one for each bias added, each ReLU and each element of a pooling window."""
    learning = [layer for layer in chosen(network, pattern) if layer.has_biases]
    relus = sum(layer.elements for layer in learning if layer.name != "fc8")  # the scores have none
    return macs_and_biases(network, pattern) + relus + pooling(network, pattern)


@computation
def macs_and_pooling(network: str, pattern: str) -> Number:
    """MACs, and one operation for each element of a pooling window."""
    return macs(network, pattern) + pooling(network, pattern)


@computation
def products(network: str, layer: str) -> Number:
    """Products summed up in one output of a layer."""
    (found,) = chosen(network, layer)
    return found.weights // found.out_channels


# Of one layer, by its sizes ---------------------------------------------------------------------------


@computation
def image_elements(channels: int, size: int) -> Number:
    """Numbers in a square image."""
    return channels * size**2


@computation
def stack(kernel_size: int, depth: int) -> Number:
    """Weights of `depth` convolutions from one channel to one."""
    return depth * cost.conv2d_params(1, 1, kernel_size, bias=False)


@computation
def field(kernel_size: int, depth: int) -> Number:
    """Pixels in a row that a unit sees through a stack of convolutions of stride 1."""
    seen = Field()
    for _ in range(depth):
        seen = seen.through(kernel_size)
    return seen.size


@computation
def conv_weights(in_channels: int, out_channels: int, kernel_size: int) -> Number:
    """Weights of a convolution."""
    return cost.conv2d_params(in_channels, out_channels, kernel_size, bias=False)


@computation
def conv_macs(in_channels: int, out_channels: int, kernel_size: int, size: int) -> Number:
    """Multiply–accumulates of a convolution with size × size outputs."""
    return conv_weights(in_channels, out_channels, kernel_size) * size**2


@computation
def separable_weights(in_channels: int, out_channels: int, kernel_size: int) -> Number:
    """Weights of a depthwise convolution and of the pointwise one after it."""
    return in_channels * (kernel_size**2 + out_channels)


@computation
def separable_macs(in_channels: int, out_channels: int, kernel_size: int, size: int) -> Number:
    """Multiply–accumulates of both, with size × size outputs."""
    return separable_weights(in_channels, out_channels, kernel_size) * size**2


@computation
def path_weights(cardinality: int, d: int) -> Number:
    """Weights of a ResNeXt block with 256 channels outside and so many paths of d channels."""
    return cardinality * (2 * 256 * d + 9 * d**2)


@computation
def path_macs(cardinality: int, d: int, size: int) -> Number:
    """MACs of that block on a map of size × size pixels."""
    return path_weights(cardinality, d) * size**2


@computation
def pointwise_share(cardinality: int, d: int) -> Number:
    """The share of the 1×1 layers in the MACs of that block."""
    return Fraction(2 * 256 * d * cardinality) / path_weights(cardinality, d)


@computation
def equal_work(channels: int, share: Fraction, times: int = 1) -> Number:
    """`channels` / √`share`, cut to a whole number; so many times."""
    return times * isqrt(int(channels**2 / share))


@computation
def anchors(height: int, width: int, shapes: int, *levels: int) -> Number:
    """Boxes that a region proposal network judges: so many at each of ⌈side / 2^level⌉ positions each way."""
    return shapes * sum(prod(-(-side // (1 << level)) for side in (height, width)) for level in levels)


@computation
def window_sum(column: int) -> Number:
    """An output in the first row of lecture 003's example, an edge filter on 6×6 pixels."""
    image = np.array([[3, 0, 1, 2, 4, 7], [1, 5, 8, 9, 3, 1], [2, 7, 2, 5, 1, 3]])
    return int(conv.correlate2d(image, np.array([[1, 0, -1]] * 3))[0, column])
