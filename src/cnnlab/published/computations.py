"""What a row of the ledger may name: computations of tables of layers, of networks, of other computations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import ceil, prod

import numpy as np
import torch
from torch import Tensor, nn

from cnnlab import conv, cost
from cnnlab.blocks import ConvBN
from cnnlab.models import VARIANTS
from cnnlab.models.capsnet import CapsNet
from cnnlab.models.resnet import Bottleneck
from cnnlab.models.squeezenet import SqueezeNet
from cnnlab.models.squeezenext import Block
from cnnlab.models.wide_resnet import wrn
from cnnlab.profiler import Profile, Row, profile
from cnnlab.published.tables import KEPT, chosen, fits, matches
from cnnlab.receptive_field import Field

Number = int | Fraction
UNITS: dict[str, Number] = {
    "": 1, "C": 1, "C²": 1, "C²HW": 1, "HWC": 1, "HWC²": 1, "×": 1, "%": Fraction(1, 100),
    "ms": Fraction(1, 1000), "s": 1, "GPU hours": 1,
    "K": 10**3, "M": 10**6, "G": 10**9, "MFLOP": 10**6, "GFLOP": 10**9,
    **{f"10^{power}": 10**power for power in range(6, 11)},
    "KB": 2**10, "MB": 2**20,  # the lectures' bytes are binary, where they do not say so too
}  # fmt: skip
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


@cache
def compute(*words: str) -> Number:
    """The value of a computation written in words: its name, then its arguments."""
    if not words or words[0] not in COMPUTATIONS:
        raise ValueError(f"no computation is named {' '.join(words)!r}")
    return COMPUTATIONS[words[0]](*words[1:])


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


# Of a network of `cnnlab.models`; a pattern means modules or parameters by their names there ------------


@cache
def built(model: str) -> nn.Module:
    """A network without memory for its weights, in evaluation mode."""
    if model not in VARIANTS:
        raise ValueError(f"no network is called {model!r}; there are {', '.join(VARIANTS)}")
    with torch.device("meta"):
        network: nn.Module = VARIANTS[model].build()
    return network.eval()


def input_shape(model: str, size: str) -> tuple[int, int, int, int]:
    """One square image, of the channels that the network was published for."""
    return 1, VARIANTS[model].input_shape[0], int(size), int(size)


@cache
def profiled(model: str, size: str) -> Profile:
    """What a network costs for one square image."""
    return profile(built(model), input_shape(model, size))


def operators(model: str, size: str, pattern: str) -> list[Row]:
    """What the modules that a pattern means do with one square image."""
    found = [row for row in profiled(model, size).counted if fits(row.path, pattern)]
    if not found:
        raise ValueError(f"no module of {model} that does something is named {pattern!r}")
    return found


def parameters(model: str, pattern: str) -> list[nn.Parameter]:
    """The parameters that a pattern means."""
    found = [parameter for name, parameter in built(model).named_parameters() if fits(name, pattern)]
    if not found:
        raise ValueError(f"no parameter of {model} is named {pattern!r}")
    return found


@computation
def model_params(model: str, pattern: str = "*") -> Number:
    """Parameters of a network."""
    return sum(parameter.numel() for parameter in parameters(model, pattern))


@computation
def capsnet_params(size: str) -> Number:
    """Parameters of CapsNet for square images of another size: every place has matrices of its own."""
    with torch.device("meta"):
        network = CapsNet(image_size=(int(size), int(size)))
    return sum(parameter.numel() for parameter in network.parameters())


@computation
def model_weights(model: str, pattern: str = "*") -> Number:
    """Weights alone: biases, and the scales and shifts of batch norm, are not counted."""
    return sum(parameter.numel() for parameter in parameters(model, pattern) if parameter.ndim > 1)


@computation
def model_without_norm(model: str) -> Number:
    """Parameters without the scale and shift of each batch norm channel."""
    norms = [module for module in built(model).modules() if isinstance(module, nn.BatchNorm2d)]
    return model_params(model) - sum(2 * norm.num_features for norm in norms)


@computation
def model_state(model: str) -> Number:
    """Parameters, and the running mean and variance of each batch norm channel, which a file holds too."""
    state = built(model).state_dict().items()
    return sum(int(value.numel()) for name, value in state if not name.endswith("num_batches_tracked"))


@computation
def cifar100_params(model: str) -> Number:
    """Parameters of a network for CIFAR, with scores for a hundred classes instead of ten."""
    with torch.device("meta"):
        network: nn.Module = VARIANTS[model].build(num_classes=100)
    return sum(parameter.numel() for parameter in network.parameters())


@computation
def model_unscaled_state(model: str) -> Number:
    """As `model_state`, but a batch norm channel has a shift and no scale: three numbers."""
    norms = [module for module in built(model).modules() if isinstance(module, nn.BatchNorm2d)]
    return model_state(model) - sum(norm.num_features for norm in norms)


@computation
def model_macs(model: str, size: str, pattern: str = "*") -> Number:
    """Multiply–accumulates of a network, for a square image of this size."""
    return sum(row.macs for row in operators(model, size, pattern))


@computation
def model_macs_and_outputs(model: str, size: str) -> Number:
    """MACs, and one addition for each output of a convolution or linear layer, as if it had a bias."""
    return sum(row.macs + row.outputs for row in operators(model, size, "*") if row.macs)


@computation
def model_macs_and_elementwise(model: str, size: str) -> Number:
    """MACs, and one for each element added to a shortcut or multiplied by a gate."""
    return sum(row.macs + row.elementwise for row in operators(model, size, "*"))


@computation
def model_operations(model: str, size: str) -> Number:
    """MACs, and one for each bias added, ReLU and element that is pooled, two for each normalized."""
    found = profiled(model, size)
    pooled = sum(row.inputs for row in found.counted if row.pooling)
    return found.flops(multiply_add=1, bias=1, norm=2, activation=1) + pooled


@cache
def maps(model: str, size: str) -> Mapping[str, torch.Size]:
    """The shape of what each module hands on, for a square image of this size."""
    shapes: dict[str, torch.Size] = {}

    def note(name: str) -> Callable[[nn.Module, object, object], None]:
        return lambda _, __, output: shapes.update({name: output.shape} if isinstance(output, Tensor) else {})

    handles = [module.register_forward_hook(note(name)) for name, module in built(model).named_modules()]
    with torch.no_grad():
        built(model)(torch.empty(input_shape(model, size), device="meta"))
    for handle in handles:
        handle.remove()
    return shapes


@computation
def map_channels(model: str, size: str, module: str) -> Number:
    """Channels of what a module hands on, for a square image of this size."""
    return maps(model, size)[module][1]


@computation
def map_size(model: str, size: str, module: str) -> Number:
    """Rows of what a module hands on, for a square image of this size."""
    return maps(model, size)[module][2]


@computation
def learned_layers(model: str) -> Number:
    """Convolutions, transposed ones among them, and linear layers."""
    kinds = nn.Conv2d | nn.ConvTranspose2d | nn.Linear
    return sum(isinstance(module, kinds) for module in built(model).modules())


@computation
def connections(pattern: str) -> Number:
    """Of LeNet-5's layers: the inputs of each unit, and its bias; the output has a code for each class."""
    found = [row for row in profiled("lenet5", "32").counted if fits(row.path, pattern)]
    summed = sum(row.bias + row.pooling for row in found)  # subsampling sums up first, multiplies once
    joined = sum(row.macs for row in found if not fits(row.path, "s2+s4"))
    codes = built("lenet5").get_buffer("output.codes").numel() if fits("output", pattern) else 0
    return summed + joined + codes


@computation
def released_shufflenet_v2(model: str, size: str) -> Number:
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
def gated_params(model: str, r: str) -> Number:
    """Parameters of a ResNet of bottlenecks, with squeeze-and-excitation of this reduction in each block."""
    ends = [block.conv3.out_channels for block in built(model).modules() if isinstance(block, Bottleneck)]
    return model_params(model) + sum(2 * c * (c // int(r)) + c // int(r) + c for c in ends)


@computation
def wrn_params(depth: str, k: str) -> Number:
    """Parameters of WRN-depth-k."""
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in wrn(int(depth), int(k))().parameters())


@computation
def path_weights(cardinality: str, d: str) -> Number:
    """Weights of a ResNeXt block with 256 channels outside and so many paths of d channels."""
    return int(cardinality) * (2 * 256 * int(d) + 9 * int(d) ** 2)


@computation
def path_macs(cardinality: str, d: str, size: str) -> Number:
    """MACs of that block on a map of size × size pixels."""
    return path_weights(cardinality, d) * int(size) ** 2


@computation
def squeezenet_params(sr: str, pct_3x3: str) -> Number:
    """Parameters of SqueezeNet by the squeeze ratio and the share of 3×3 kernels of its section 5."""
    with torch.device("meta"):
        network = SqueezeNet(sr=float(sr), pct_3x3=float(pct_3x3))
    return sum(parameter.numel() for parameter in network.parameters())


@computation
def squeezenext_grouped() -> Number:
    """Parameters of 1.0-G-SqNxt-23: three of a block's convolutions in two groups, and none with biases."""
    blocks = [block for block in built("squeezenext23").modules() if isinstance(block, Block)]
    places = [f"{place}.0.weight" for place in (0, 2, 3)]
    grouped = [block.residual.get_parameter(place) for block in blocks for place in places]
    biases = [conv.out_channels for conv in built("squeezenext23").modules() if isinstance(conv, nn.Conv2d)]
    return model_params("squeezenext23") - sum(weight.numel() // 2 for weight in grouped) - sum(biases)


@computation
def pruned(pattern: str, *shares: str) -> Number:
    """Parameters of SqueezeNet's convolutions, when a share of their weights stays and all biases do.

    The shares are those of `KEPT`, where none are told; a share of weights is rounded up.
    """
    modules = built("squeezenet1_0").named_modules()
    found = {name: layer for name, layer in modules if isinstance(layer, nn.Conv2d) and fits(name, pattern)}
    kept = [[share for key, share in KEPT.items() if matches(name, [key])][-1] for name in found]
    stay = map(Fraction, shares or map(str, kept))
    pairs = zip(stay, found.values(), strict=True)
    return sum(ceil(share * layer.weight.numel()) + layer.out_channels for share, layer in pairs)


# Of neither -------------------------------------------------------------------------------------------


@computation
def image_elements(channels: str, size: str) -> Number:
    """Numbers in a square image."""
    return int(channels) * int(size) ** 2


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
def conv_weights(in_channels: str, out_channels: str, kernel_size: str) -> Number:
    """Weights of a convolution."""
    return cost.conv2d_params(int(in_channels), int(out_channels), int(kernel_size), bias=False)


@computation
def conv_macs(in_channels: str, out_channels: str, kernel_size: str, size: str) -> Number:
    """Multiply–accumulates of a convolution with size × size outputs."""
    return conv_weights(in_channels, out_channels, kernel_size) * int(size) ** 2


@computation
def separable_weights(in_channels: str, out_channels: str, kernel_size: str) -> Number:
    """Weights of a depthwise convolution and of the pointwise one after it."""
    return int(in_channels) * (int(kernel_size) ** 2 + int(out_channels))


@computation
def separable_macs(in_channels: str, out_channels: str, kernel_size: str, size: str) -> Number:
    """Multiply–accumulates of both, with size × size outputs."""
    return separable_weights(in_channels, out_channels, kernel_size) * int(size) ** 2


@computation
def anchors(height: str, width: str, shapes: str, *levels: str) -> Number:
    """Boxes that a region proposal network judges: so many at each of ⌈side / 2^level⌉ positions each way."""
    sides = int(height), int(width)
    positions = (prod(-(-side // (1 << int(level))) for side in sides) for level in levels)
    return int(shapes) * sum(positions)


@computation
def window_sum(column: str) -> Number:
    """An output in the first row of lecture 003's example, an edge filter on 6×6 pixels."""
    image = np.array([[3, 0, 1, 2, 4, 7], [1, 5, 8, 9, 3, 1], [2, 7, 2, 5, 1, 3]])
    return int(conv.correlate2d(image, np.array([[1, 0, -1]] * 3))[0, int(column)])


@computation
def macs_per_flop() -> Number:
    """A MAC is two floating point operations: a multiplication and an addition."""
    return Fraction(1, 2)


@computation
def printed(value: str) -> Number:
    """A number that the same table prints elsewhere, and that is taken from there."""
    return Fraction(value)


@computation
def weighted(*words: str) -> Number:
    """A mean of numbers that the same table prints, each followed by how often it counts."""
    pairs = [(Fraction(value), int(count)) for value, count in zip(words[::2], words[1::2], strict=True)]
    summed = sum((value * count for value, count in pairs), Fraction())
    return summed / sum(count for _, count in pairs)


# Heads on MobileNetV2 (Sandler et al., 2018, section 6): detection at 320×320, segmentation -----------------

SSD_MAPS = ((20, 576, 3), (10, 1280, 6), (5, 512, 6), (3, 256, 6), (2, 256, 6), (1, 128, 6))
SSD_EXTRA = ((1280, 256, 512), (512, 128, 256), (256, 128, 256), (256, 64, 128))


def ssd_layers(kind: str) -> Iterator[tuple[int, int]]:
    """Weights of each layer of SSD ("full") or SSDLite ("separable"), and how many places it is computed at.

    `SSD_MAPS` are the side, channels and boxes a place of what is predicted from, for 81 classes and 4
    coordinates; `SSD_EXTRA` the channels into, within and out of the layers that make the last four of them.
    Classes and coordinates of SSDLite have a depthwise layer each. Biases and batch norm are not counted.
    """
    separable = {"full": False, "separable": True}[kind]
    for side, channels, boxes in SSD_MAPS:
        outputs = boxes * (81 + 4)
        yield channels * (2 * 9 + outputs if separable else 9 * outputs), side**2
    sides = [side for side, _, _ in SSD_MAPS]
    for side, smaller, (wide, narrow, out) in zip(sides[1:-1], sides[2:], SSD_EXTRA, strict=True):
        yield wide * narrow, side**2
        yield narrow * (9 + out if separable else 9 * out), smaller**2


@computation
def ssd_params(kind: str) -> Number:
    """Weights of a detection head."""
    return sum(weights for weights, _ in ssd_layers(kind))


@computation
def ssd_macs(kind: str) -> Number:
    """MACs of a detection head, for an image of 320×320."""
    return sum(weights * places for weights, places in ssd_layers(kind))


# Of other computations: units, rounding, conventions ----------------------------------------------------


@computation
def float32(*words: str) -> Number:
    """Bytes, four for each number."""
    return 4 * compute(*words)


@computation
def float16(*words: str) -> Number:
    """Bytes, two for each number."""
    return 2 * compute(*words)


@computation
def decimal(*words: str) -> Number:
    """Bytes, where MB means a million of them and not 2^20."""
    return Fraction(compute(*words)) * Fraction(2**20, 10**6)


@computation
def decimal_kb(*words: str) -> Number:
    """Bytes, where KB means a thousand of them and not 2^10."""
    return Fraction(compute(*words)) * Fraction(2**10, 10**3)


@computation
def binary(*words: str) -> Number:
    """A count, where K means 1,024 and not a thousand."""
    return Fraction(compute(*words)) * Fraction(10**3, 2**10)


def step_of(digits: str, unit: str) -> Fraction:
    """The last of so many decimals of a unit; of "1" where there is none."""
    return UNITS["" if unit == "1" else unit] * Fraction(f"1e-{digits}")


@computation
def cut(digits: str, unit: str, *words: str) -> Number:
    """Digits cut off, not rounded, after so many decimals of a unit."""
    return int(Fraction(compute(*words)) / step_of(digits, unit)) * step_of(digits, unit)


@computation
def up(digits: str, unit: str, *words: str) -> Number:
    """Rounded up, as lists of files are, to so many decimals of a unit."""
    return ceil(Fraction(compute(*words)) / step_of(digits, unit)) * step_of(digits, unit)


@computation
def significant(digits: str, *words: str) -> Number:
    """Rounded to so many significant digits first."""
    return Fraction(f"{float(compute(*words)):.{int(digits) - 1}e}")


@computation
def scaled(size: str, other_size: str, *words: str) -> Number:
    """What belongs to images of one size, times the pixels that those of another have more."""
    return Fraction(compute(*words)) * Fraction(int(other_size), int(size)) ** 2


@computation
def ratio(*words: str) -> Number:
    """The first computation divided by the second, which stands after "/"."""
    middle = words.index("/")
    return Fraction(compute(*words[:middle])) / compute(*words[middle + 1 :])


@computation
def total(*words: str) -> Number:
    """Computations between which "+" or "-" stands, added up or taken away."""
    ends = [*(i for i, word in enumerate(words) if word in ("+", "-")), len(words)]
    found: Number = compute(*words[: ends[0]])
    for start, end in pairwise(ends):
        found += compute(*words[start + 1 : end]) * (1 if words[start] == "+" else -1)
    return found


@computation
def difference(percent: str, other_percent: str) -> Number:
    """Of two percentages that the same table prints, or the one before it."""
    return (Fraction(percent) - Fraction(other_percent)) / 100


# Wrong steps ------------------------------------------------------------------------------------------


@slip
def swapped(place: str, *words: str) -> Number:
    """Two neighbouring digits change places, the first of them in this place."""
    digits = list(f"{float(compute(*words)):.15g}")
    at = next(i for i, digit in enumerate(digits) if digit in "123456789") + int(place) - 1
    digits[at : at + 2] = reversed(digits[at : at + 2])
    return Fraction("".join(digits))


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
def one_less(*words: str) -> Number:
    """One is missing."""
    return compute(*words) - 1


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
    """A product is made with a wrong factor."""
    return int(factor) * compute(*words)


@slip
def called_million(*words: str) -> Number:
    """Billions that are called millions."""
    return Fraction(compute(*words)) / 1000


@slip
def nothing() -> Number:
    """Left at zero."""
    return 0
