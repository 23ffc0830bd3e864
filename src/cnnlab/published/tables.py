"""Tables of layers, line by line as papers and lectures print them.

A network of `cnnlab.models` says what each of its modules costs. These tables are for what is not a module of
one: lecture 003's sizes and pooling operations, layers of the two AlexNets and the VGGs by the names that
everybody gives them, and a network that only a comparison mentions.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch
from typing import NamedTuple

from cnnlab import cost


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
# Iandola et al. (2016), table 1: the share of `squeezenet1_0`'s weights that pruning keeps. A later name goes
# before an earlier one. The table has 33 % in the last place of fire8, features.10; its sums are of 30 %.
KEPT = {
    "features.0": 1.0, "features.*.squeeze": 1.0, "features.*.expand1x1": 1.0, "features.*.expand3x3": 0.33,
    "features.8.expand1x1": 0.5, "features.9.squeeze": 0.5, "features.10.expand1x1": 0.5,
    "features.10.expand3x3": 0.3, "features.12.squeeze": 0.5, "features.12.expand3x3": 0.3, "classifier": 0.2,
}  # fmt: skip


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
