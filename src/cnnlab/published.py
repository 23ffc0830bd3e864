"""What papers and lectures print, and how each number is recomputed: the ledger, `published.csv`.

A row names a computation of this module in words: `params alexnet fc6` is `params("alexnet", "fc6")`, and
`swapped 4 params alexnet fc6` changes two digits of it. The verdict on a row is one of these, and
`why_not` says where it does not hold:

- agrees: ours, in the unit of the row, rounds to the printed digits.
- explained: it does not, but the second computation does, by another convention.
- slip: likewise, by a wrong step, one of `SLIPS`; the first computation is the right value.
- reported: an accuracy or a time, which cannot be recomputed here.
- unresolved: computed, different, and nobody knows why.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from cnnlab import conv, cost
from cnnlab.models import VARIANTS
from cnnlab.profiler import Profile, profile
from cnnlab.receptive_field import Field

Number = int | Fraction
CSV = Path(__file__).with_name("published.csv")
VERDICTS = ("agrees", "explained", "slip", "reported", "unresolved")
REPORTED = {"top-1 error", "top-5 error"}  # what a row may print without a computation
SOURCES = {
    "lecture-000": "Lecture 000, CNN for CV, week 8: network structure",
    "lecture-001": "Lecture 001, Compact neural architecture design",
    "lecture-002": "Lecture 002, Convolutional neural networks",
    "lecture-003": "Lecture 003, Components of a convolutional network",
}
UNITS: dict[str, Number] = {
    "": 1, "C": 1, "C²": 1, "C²HW": 1, "HWC": 1, "HWC²": 1, "×": 1, "%": Fraction(1, 100),
    "K": 10**3, "M": 10**6, "G": 10**9, "MFLOP": 10**6, "GFLOP": 10**9,
    **{f"10^{power}": 10**power for power in range(6, 12)},
    "KB": 2**10, "MB": 2**20,  # the lectures' bytes are binary, where they do not say so too
}  # fmt: skip


# Tables -----------------------------------------------------------------------------------------------


class Layer(NamedTuple):
    """A row of a table of layers: what comes in, what goes out, for square images."""

    name: str
    kind: str  # "conv" has biases, "norm" is a convolution and batch norm; "linear", "pool", "flatten"
    in_channels: int
    input_size: int
    out_channels: int
    output_size: int
    kernel_size: int = 1
    groups: int = 1

    @property
    def per_channel(self) -> int:
        """What is learned for each output channel beside the weights: a bias, or a scale and a shift."""
        return {"conv": 1, "linear": 1, "norm": 2}.get(self.kind, 0)

    @property
    def weights(self) -> int:
        shape = self.in_channels, self.out_channels, self.kernel_size, self.groups
        return cost.conv2d_params(*shape, bias=False) if self.per_channel else 0

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
# Szegedy et al. (2015), table 1: the way from 224 to 28 pixels.
GOOGLENET_STEM = """
    conv1   conv      64   7 2 3 1
    pool1   pool       =   3 2 1 1
    conv2   conv      64   1 1 0 1
    conv3   conv     192   3 1 1 1
    pool3   pool       =   3 2 1 1
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


# Iandola et al. (2016), table 1, of 224 pixels: input channels, squeeze, each expand, size.
FIRES = (
    (96, 16, 64, 54), (128, 16, 64, 54), (128, 32, 128, 54), (256, 32, 128, 27), (256, 48, 192, 27),
    (384, 48, 192, 27), (384, 64, 256, 27), (512, 64, 256, 13),
)  # fmt: skip
# Howard et al. (2017), table 1: the depthwise separable layers' input channels, output channels, output size.
SEPARABLE = (
    (32, 64, 112), (64, 128, 56), (128, 128, 56), (128, 256, 28), (256, 256, 28), (256, 512, 14),
    *5 * ((512, 512, 14),), (512, 1024, 7), (1024, 1024, 7),
)  # fmt: skip
# Szegedy et al. (2015), table 1: size, input, 1×1, 3×3 reduce, 3×3, 5×5 reduce, 5×5, pool projection.
INCEPTIONS = {
    "3a": (28, 192,  64,  96, 128, 16,  32,  32),
    "3b": (28, 256, 128, 128, 192, 32,  96,  64),
    "4a": (14, 480, 192,  96, 208, 16,  48,  64),
    "4b": (14, 512, 160, 112, 224, 24,  64,  64),
    "4c": (14, 512, 128, 128, 256, 24,  64,  64),
    "4d": (14, 512, 112, 144, 288, 32,  64,  64),
    "4e": (14, 528, 256, 160, 320, 32, 128, 128),
    "5a": ( 7, 832, 256, 160, 320, 32, 128, 128),
    "5b": ( 7, 832, 384, 192, 384, 48, 128, 128),
}  # fmt: skip


def square(
    name: str, kind: str, size: int, shape: tuple[int, int], kernel_size: int = 1, groups: int = 1
) -> Layer:
    """A layer that keeps the image's size, or whose input size does not matter."""
    return Layer(name, kind, shape[0], size, shape[1], size, kernel_size, groups)


def squeezenet() -> Iterator[Layer]:
    yield square("conv1", "conv", 109, (3, 96), 7)
    for i, (channels, squeeze, expand, size) in enumerate(FIRES, start=2):
        yield square(f"fire{i}_squeeze", "conv", size, (channels, squeeze))
        yield square(f"fire{i}_expand1", "conv", size, (squeeze, expand))
        yield square(f"fire{i}_expand3", "conv", size, (squeeze, expand), 3)
    yield square("conv10", "conv", 13, (512, 1000))


def mobilenet_v1() -> Iterator[Layer]:
    yield square("conv1", "norm", 112, (3, 32), 3)
    for i, (channels, out_channels, size) in enumerate(SEPARABLE, start=2):
        yield square(f"depthwise{i}", "norm", size, (channels, channels), 3, channels)
        yield square(f"pointwise{i}", "norm", size, (channels, out_channels))
    yield square("fc", "linear", 1, (1024, 1000))


def googlenet() -> Iterator[Layer]:
    """With both auxiliary classifiers, which only training needs: 5×5 pooling leaves them 4×4 of 14×14."""
    yield from layers(GOOGLENET_STEM, 3, 224)
    for name, (size, channels, one, reduce3, three, reduce5, five, pool) in INCEPTIONS.items():
        yield square(f"inception{name}_1", "conv", size, (channels, one))
        yield square(f"inception{name}_3_reduce", "conv", size, (channels, reduce3))
        yield square(f"inception{name}_3", "conv", size, (reduce3, three), 3)
        yield square(f"inception{name}_5_reduce", "conv", size, (channels, reduce5))
        yield square(f"inception{name}_5", "conv", size, (reduce5, five), 5)
        yield square(f"inception{name}_pool", "conv", size, (channels, pool))
    yield Layer("avgpool", "pool", 1024, 7, 1024, 1, 7)
    yield square("fc", "linear", 1, (1024, 1000))
    for name, channels in {"4a": 512, "4d": 528}.items():
        yield square(f"auxiliary{name}_conv", "conv", 4, (channels, 128))
        yield square(f"auxiliary{name}_fc1", "linear", 1, (2048, 1024))
        yield square(f"auxiliary{name}_fc2", "linear", 1, (1024, 1000))


def shufflenet(width: float, groups: int = 3) -> Iterator[Layer]:
    """Zhang et al. (2018), table 1, for three groups; conv1 keeps its 24 channels at every width."""
    yield square("conv1", "norm", 112, (3, 24), 3)
    channels, size = 24, 56
    for stage, depth in {2: 4, 3: 8, 4: 4}.items():
        out_channels = int(width * 120 * 2 ** (stage - 1))
        hidden = out_channels // 4
        for i in range(depth):
            name, stride = f"stage{stage}_{i}", 1 if i else 2
            first = 1 if (stage, i) == (2, 0) else groups  # too few channels to split
            last = out_channels if i else out_channels - channels  # the rest is the pooled input
            yield square(f"{name}_compress", "norm", size, (channels, hidden), 1, first)
            size //= stride
            yield square(f"{name}_depthwise", "norm", size, (hidden, hidden), 3, hidden)
            yield square(f"{name}_expand", "norm", size, (hidden, last), 1, groups)
            channels = out_channels
    yield square("fc", "linear", 1, (channels, 1000))


NETWORKS = {
    "alexnet": [*layers(ALEXNET, 3, 227)],
    "alexnet_2012": [*layers(ALEXNET_2012, 3, 227)],
    "googlenet_stem": [*layers(GOOGLENET_STEM, 3, 224)],
    "vgg16": [*layers(vgg((2, 2, 3, 3, 3)), 3, 224)],
    "vgg19": [*layers(vgg((2, 2, 4, 4, 4)), 3, 224)],
    "googlenet": [*googlenet()],
    "squeezenet": [*squeezenet()],
    "mobilenet_v1": [*mobilenet_v1()],
    "shufflenet_1.5": [*shufflenet(1.5)],
    # VGG's rule with every letter 1: C channels on 2H × 2W pixels, then 2C on H × W.
    "early": [*layers("conv conv 1 3 1 1 1", 1, 2)],
    "late": [*layers("conv conv 2 3 1 1 1", 2, 1)],
    # Lecture 003's first example: a 6×6 matrix, a 3×3 filter.
    "example": [*layers("conv conv 1 3 1 0 1", 1, 6)],
}


def matches(name: str, patterns: list[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def chosen(network: str, pattern: str) -> list[Layer]:
    """The layers that a pattern names: `conv*`, `fc6`, `conv1_*+pool1`, `*-conv3_3`."""
    if network not in NETWORKS:
        raise ValueError(f"there is no table of {network!r}; there are {', '.join(NETWORKS)}")
    wanted, *unwanted = pattern.split("-")
    found = [
        layer
        for layer in NETWORKS[network]
        if matches(layer.name, wanted.split("+")) and not matches(layer.name, unwanted)
    ]
    if not found:
        raise ValueError(f"no layer of {network} is named {pattern!r}")
    return found


# Computations -----------------------------------------------------------------------------------------

COMPUTATIONS: dict[str, Callable[..., Number]] = {}
SLIPS: set[str] = set()  # the names of those that are mistakes


def computation(function: Callable[..., Number]) -> Callable[..., Number]:
    """What a row of the ledger may name."""
    COMPUTATIONS[function.__name__] = function
    return function


def slip(function: Callable[..., Number]) -> Callable[..., Number]:
    """A wrong step that a row may name, to say how its digits came about."""
    SLIPS.add(function.__name__)
    return computation(function)


def compute(*words: str) -> Number:
    """The value of a computation written in words: its name, then its arguments."""
    if not words or words[0] not in COMPUTATIONS:
        raise ValueError(f"no computation is named {' '.join(words)!r}")
    return COMPUTATIONS[words[0]](*words[1:])


@computation
def elements(network: str, pattern: str) -> Number:
    """Numbers that the layers hand on."""
    return sum(layer.elements for layer in chosen(network, pattern))


@computation
def image_elements(channels: str, size: str) -> Number:
    """Numbers in a square image."""
    return int(channels) * int(size) ** 2


@cache
def built(model: str) -> nn.Module:
    """A network of `cnnlab.models`, without memory for its weights."""
    if model not in VARIANTS:
        raise ValueError(f"no network is called {model!r}; there are {', '.join(VARIANTS)}")
    with torch.device("meta"):
        network: nn.Module = VARIANTS[model].build()
    return network


@cache
def profiled(model: str, size: str) -> Profile:
    """What a network of `cnnlab.models` costs for one square image."""
    return profile(built(model), (1, 3, int(size), int(size)))


@computation
def model_params(model: str) -> Number:
    """Parameters of a network of `cnnlab.models`."""
    return sum(parameter.numel() for parameter in built(model).parameters())


@computation
def model_macs(model: str, size: str) -> Number:
    """Multiply–accumulates of a network of `cnnlab.models`, for a square image of this size."""
    return profiled(model, size).macs


@computation
def model_operations(model: str, size: str) -> Number:
    """MACs, and one for each bias added, ReLU and element that is pooled, two for each normalized."""
    found = profiled(model, size)
    pooled = sum(row.inputs for row in found.rows if row.pooling)
    return found.flops(multiply_add=1, bias=1, norm=2, activation=1) + pooled


@computation
def model_state(model: str) -> Number:
    """Parameters, and the running mean and variance of each batch norm channel, which a file holds too."""
    state = built(model).state_dict().items()
    return sum(int(value.numel()) for name, value in state if not name.endswith("num_batches_tracked"))


@computation
def model_without_norm(model: str) -> Number:
    """Parameters without the scale and shift of each batch norm channel."""
    norms = [module for module in built(model).modules() if isinstance(module, nn.BatchNorm2d)]
    return model_params(model) - sum(2 * norm.num_features for norm in norms)


@computation
def size(network: str, layer: str) -> Number:
    """Rows, or columns, of a layer's output."""
    return chosen(network, layer)[0].output_size


@computation
def size_unrounded(network: str, layer: str, stride: str) -> Number:
    """A layer's output size before it is rounded down; without padding."""
    (found,) = chosen(network, layer)
    return Fraction(found.input_size - found.kernel_size, int(stride)) + 1


@computation
def channels(network: str, layer: str) -> Number:
    """Channels of a layer's output."""
    return chosen(network, layer)[0].out_channels


@computation
def params(network: str, pattern: str) -> Number:
    """Weights and biases."""
    return sum(layer.weights + layer.per_channel * layer.out_channels for layer in chosen(network, pattern))


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
    biases = sum(layer.elements for layer in chosen(network, pattern) if layer.per_channel)
    return macs(network, pattern) + biases


@computation
def operations(network: str, pattern: str) -> Number:
    """MACs, and one for each bias added, each ReLU and each element of a pooling window."""
    learning = [layer for layer in chosen(network, pattern) if layer.per_channel]
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


@computation
def window_sum(column: str) -> Number:
    """An output in the first row of lecture 003's example, an edge filter on 6×6 pixels."""
    image = np.array([[3, 0, 1, 2, 4, 7], [1, 5, 8, 9, 3, 1], [2, 7, 2, 5, 1, 3]])
    return int(conv.correlate2d(image, np.array([[1, 0, -1]] * 3))[0, int(column)])


@computation
def stack(kernel_size: str, depth: str) -> Number:
    """Weights of `depth` convolutions from one channel to one."""
    return int(depth) * cost.conv2d_params(1, 1, int(kernel_size), bias=False)


@computation
def field(kernel_size: str, depth: str) -> Number:
    """Pixels in a row that a unit sees through a stack of convolutions of stride 1."""
    seen = Field()
    for _ in range(int(depth)):
        seen = seen.through(int(kernel_size))
    return seen.size


@computation
def macs_per_flop() -> Number:
    """A MAC is two floating point operations: a multiplication and an addition."""
    return Fraction(1, 2)


# Other conventions ------------------------------------------------------------------------------------


@computation
def float32(*words: str) -> Number:
    """Bytes, four for each number."""
    return 4 * compute(*words)


@computation
def decimal(*words: str) -> Number:
    """Bytes, where MB means a million of them and not 2^20."""
    return Fraction(compute(*words)) * Fraction(2**20, 10**6)


@computation
def cut(digits: str, unit: str, *words: str) -> Number:
    """Digits cut off, not rounded, after so many decimals of a unit; of "1" where there is none."""
    step = UNITS["" if unit == "1" else unit] * Fraction(f"1e-{digits}")
    return int(Fraction(compute(*words)) / step) * step


@computation
def significant(digits: str, *words: str) -> Number:
    """Rounded to so many significant digits first."""
    value = Fraction(compute(*words))
    return int(Fraction(f"{float(value):.{int(digits) - 1}e}"))


@computation
def ratio(*words: str) -> Number:
    """The first computation divided by the second, which stands after "/"."""
    middle = words.index("/")
    return Fraction(compute(*words[:middle])) / compute(*words[middle + 1 :])


# Wrong steps ------------------------------------------------------------------------------------------


@slip
def swapped(place: str, *words: str) -> Number:
    """Two neighbouring digits change places, the first of them in this place."""
    digits, at = list(str(compute(*words))), int(place) - 1
    digits[at : at + 2] = reversed(digits[at : at + 2])
    return int("".join(digits))


@slip
def rotated(*words: str) -> Number:
    """The last digit is written first."""
    digits = str(compute(*words))
    return int(digits[-1] + digits[:-1])


@slip
def beheaded(*words: str) -> Number:
    """The first digit is lost."""
    return int(str(compute(*words))[1:])


@slip
def copied(*words: str) -> Number:
    """The number of another row."""
    return compute(*words)


@slip
def without(layer: str, *words: str) -> Number:
    """One layer of the table is left out."""
    return compute(*words[:-1], f"{words[-1]}-{layer}")


@slip
def inverse(*words: str) -> Number:
    """A ratio turned upside down."""
    return 1 / Fraction(compute(*words))


@slip
def times(factor: str, *words: str) -> Number:
    """A later product is made with a number that was wrong already."""
    return int(factor) * compute(*words)


@slip
def nothing() -> Number:
    """Left at zero."""
    return 0


# The ledger -------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """A printed number; the columns of published.csv."""

    source: str
    place: str
    subject: str
    quantity: str
    value: str  # as it is printed, without its unit
    unit: str
    function: str
    arguments: str
    verdict: str
    other_function: str
    other_arguments: str
    note: str

    @property
    def words(self) -> list[str]:
        return [self.function, *self.arguments.split()] if self.function else []

    @property
    def other_words(self) -> list[str]:
        return [self.other_function, *self.other_arguments.split()] if self.other_function else []


@cache
def rows() -> tuple[Row, ...]:
    with CSV.open(encoding="utf-8", newline="") as file:
        return tuple(Row(**line) for line in csv.DictReader(file))


def number(value: str) -> tuple[Fraction, int]:
    """A printed number and how many decimals it shows; a sum of products is worked out.

    >>> number("37,725,832")
    (Fraction(37725832, 1), 0)
    >>> number("3*1 + 2*(-1)")
    (Fraction(1, 1), 0)
    """
    if "*" in value:
        pairs = re.findall(r"(-?\d+)\*\(?(-?\d+)\)?", value)
        return Fraction(sum(int(a) * int(b) for a, b in pairs)), 0
    digits = value.replace(",", "")
    return Fraction(digits), len(digits.partition(".")[2])


def rounds_to(ours: Number, row: Row) -> bool:
    """Whether a number, brought into the row's unit, rounds to its digits; a half may go either way."""
    printed, decimals = number(row.value)
    return abs(Fraction(ours) / Fraction(UNITS[row.unit]) - printed) <= Fraction(1, 2 * 10**decimals)


def why_not(row: Row) -> str | None:
    """Why the verdict on a row does not hold, in a sentence, or None."""
    if row.source not in SOURCES or row.unit not in UNITS or row.verdict not in VERDICTS:
        return f"the source {row.source!r}, the unit {row.unit!r} or the verdict {row.verdict!r} is unknown"
    if row.verdict == "reported":
        known = row.quantity in REPORTED and not row.words
        return None if known else f"{row.quantity} can be computed, so it is not merely reported"
    agrees = rounds_to(compute(*row.words), row)
    if agrees != (row.verdict == "agrees"):
        return (
            f"ours is {compute(*row.words)}, which {'rounds' if agrees else 'does not round'} to {row.value}"
        )
    if bool(row.other_words) != (row.verdict in ("explained", "slip")):
        return f"a row that is {row.verdict!r} has {'no' if row.other_words else 'a'} second computation"
    return why_not_otherwise(row) if row.other_words else None


def why_not_otherwise(row: Row) -> str | None:
    """Why the second computation does not account for the printed digits, or None."""
    other = compute(*row.other_words)
    if not rounds_to(other, row):
        return f"the second computation gives {other}, which does not round to {row.value}"
    if bool(SLIPS & {*row.other_words}) != (row.verdict == "slip"):
        return f"{' '.join(row.other_words)} is {'a' if row.verdict == 'explained' else 'no'} wrong step"
    return None if row.note else "the second computation is not put into words"
