"""What Sandler et al. (2018) and Howard et al. (2019) count beside their networks: other widths, and heads.

SSDLite predicts boxes at 320×320 pixels, from the last map of stride 16, from the last of all, and from four
smaller ones. DeepLabv3 and its two reduced forms, R-ASPP and LR-ASPP, predict a class for each pixel, from
maps that dilation keeps large.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from math import prod
from typing import NamedTuple

import torch
from torch import nn

from cnnlab.blocks import ConvBN, ReLU6, round_channels
from cnnlab.models.mnasnet import A1, MnasNet
from cnnlab.models.mobilenet_v1 import MobileNetV1
from cnnlab.models.mobilenet_v2 import BOTTLENECKS, MobileNetV2
from cnnlab.models.mobilenet_v3 import HS, LARGE, LARGE_REDUCED, SMALL, SMALL_REDUCED, MobileNetV3, Rows
from cnnlab.published.computations import Number, computation, model_params

# MobileNetV3 at any width (appendix A) ----------------------------------------------------------------

ROWS = {"large": (LARGE, 1280), "small": (SMALL, 1024)}


@cache
def widened(kind: str, width: str, last: str) -> MobileNetV3:
    """V3-Large or -Small; `last`, where it is given, are the channels before the scores at every width."""
    rows, channels = ROWS[kind]
    with torch.device("meta"):
        network = MobileNetV3(rows, channels, float(width))
        if last:
            *_, joined = (layer for layer in network.features.modules() if isinstance(layer, nn.Conv2d))
            layers = nn.Linear(joined.out_channels, int(last)), HS(), nn.Linear(int(last), 1000)
            network.classifier = nn.Sequential(*layers)
    return network.eval()


@computation
def v3_params(kind: str, width: str, last: str = "") -> Number:
    """Parameters of a MobileNetV3."""
    return learned(widened(kind, width, last))


@computation
def v3_macs(kind: str, width: str, size: str, last: str = "") -> Number:
    """MACs of a MobileNetV3 for a square image."""
    network = widened(kind, width, last)
    ends = sum(layer.weight.numel() for layer in network.classifier if isinstance(layer, nn.Linear))
    return look(network.features, int(size), int(size)).macs() + ends


# Networks without their classifiers -------------------------------------------------------------------


class HalvedV2(MobileNetV2):
    """MobileNetV2 with half of the channels in its last two lines, 160 and 320."""

    bottlenecks = (*BOTTLENECKS[:5], (6, 80, 3, 2), (6, 160, 1, 1))


# Howard et al. (2019), table 7, RF2: here the 672 and 288 channels of `…_REDUCED` are halved as well.
LARGE_HALVED: Rows = [*LARGE[:12], (5, 336, 80, "SE", HS, 2), *2 * [(5, 480, 80, "SE", HS, 1)]]
SMALL_HALVED: Rows = [*SMALL[:8], (5, 144, 48, "SE", HS, 2), *2 * [(5, 288, 48, "SE", HS, 1)]]


def mobilenet_v3(rows: Rows) -> Callable[[float], nn.Module]:
    """What builds a MobileNetV3 up to its last map, at a width."""
    return lambda width: MobileNetV3(rows, 1280, width).features


TRUNKS: dict[str, Callable[[float], nn.Module]] = {
    "mobilenet_v1": lambda width: MobileNetV1(width=width).features,
    "mobilenet_v2": lambda width: MobileNetV2(width=width).features[:18],
    "mobilenet_v2_halved": lambda width: HalvedV2(width=width).features[:18],
    "mnasnet_a1": lambda width: MnasNet(A1, width).layers[:-3],
    "mobilenet_v3_large": mobilenet_v3(LARGE),
    "mobilenet_v3_large_reduced": mobilenet_v3(LARGE_REDUCED),
    "mobilenet_v3_large_halved": mobilenet_v3(LARGE_HALVED),
    "mobilenet_v3_small": mobilenet_v3(SMALL),
    "mobilenet_v3_small_reduced": mobilenet_v3(SMALL_REDUCED),
    "mobilenet_v3_small_halved": mobilenet_v3(SMALL_HALVED),
}


def trunk(name: str, width: float = 1.0) -> nn.Module:
    """A network up to its last map, V2 and MnasNet up to their 320 channels; no memory for its weights."""
    if name not in TRUNKS:
        raise ValueError(f"there is no trunk {name!r}; there are {', '.join(TRUNKS)}")
    with torch.device("meta"):
        return TRUNKS[name](width).eval()


def dilate(network: nn.Module, output_stride: int) -> None:
    """Where the map is already so much smaller than the image, dilation takes the place of stride."""
    stride = rate = 1
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d) and layer.kernel_size[0] > 1:
            layer.dilation, layer.padding = (rate, rate), (rate * (layer.kernel_size[0] // 2),) * 2
            if stride < output_stride:
                stride *= layer.stride[0]
            else:
                rate *= layer.stride[0]
                layer.stride = (1, 1)


def area(sides: Sequence[int], multiple: int = 1) -> int:
    """Places of a map whose sides are rounded up to multiples."""
    return prod(-(-side // multiple) * multiple for side in sides)


@cache
def dilated(name: str, width: float, output_stride: int) -> nn.Module:
    """A trunk whose map is `output_stride` times smaller than the image."""
    network = trunk(name, width)
    dilate(network, output_stride)
    return network


class Found(NamedTuple):
    """What one image makes a network do."""

    layers: list[tuple[nn.Conv2d, int, int]]  # convolutions, and the sides of what they hand on
    swishes: int  # numbers that an h-swish is applied to
    added: int  # and that are added to a shortcut

    def macs(self, padded: bool = False) -> int:
        """MACs; `padded` rounds sides up to multiples of the dilation, which may cut a map into so many."""
        return sum(
            layer.weight.numel() * area(sides, layer.dilation[0] if padded else 1)
            for layer, *sides in self.layers
        )


def look(network: nn.Module, height: int, width: int) -> Found:
    """Send one image without values through a network, and note what is done to it."""
    layers, counts = [], {"swishes": 0, "added": 0}

    def note(module: nn.Module, inputs: object, output: torch.Tensor) -> None:
        if isinstance(module, nn.Conv2d):
            layers.append((module, output.shape[2], output.shape[3]))
        counts["swishes"] += output.numel() * isinstance(module, nn.Hardswish)
        counts["added"] += output.numel() * bool(getattr(module, "has_shortcut", False))

    hooks = [module.register_forward_hook(note) for module in network.modules()]
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        vars(norm)["forward"] = lambda x: x  # only shapes matter here: half of the time saved
    network(torch.empty(1, 3, height, width, device="meta"))
    for hook in hooks:
        hook.remove()
    for norm in norms:
        del vars(norm)["forward"]
    return Found(layers, **counts)


def learned(network: nn.Module) -> int:
    """How many parameters a network has."""
    return sum(parameter.numel() for parameter in network.parameters())


# SSDLite ----------------------------------------------------------------------------------------------

SIDES, SHAPES = (20, 10, 5, 3, 2, 1), (3, 6, 6, 6, 6, 6)  # of the maps at 320×320, and boxes at a place
EXTRA = (256, 512), (128, 256), (128, 256), (64, 128)  # channels within and out of the layers added


@cache
def detected(name: str, width: float) -> tuple[int, Found]:
    """Parameters of a network for 320×320 pixels, and what it does; V2 and MnasNet keep their last layer."""
    network = trunk(name, width)
    if name in ("mobilenet_v2", "mnasnet_a1"):
        with torch.device("meta"):
            last = ConvBN(round_channels(320 * width), round_channels(1280 * width), 1, activation=ReLU6)
        network = nn.Sequential(network, last).eval()
    return learned(network), look(network, 320, 320)


def lite_layers(found: Found, classes: int, width: float) -> Iterator[tuple[int, int]]:
    """Weights of SSDLite's layers, and at how many places; neither biases nor batch norm are counted.

    Classes and coordinates have a depthwise layer each. The last map of a side counts, also within a block.
    """
    channels = {side: layer.out_channels for layer, side, _ in found.layers}
    inner = [(round_channels(a * width), round_channels(b * width)) for a, b in EXTRA]
    maps = [channels[20], channels[10], *(out for _, out in inner)]
    for side, boxes, c in zip(SIDES, SHAPES, maps, strict=True):
        yield c * (2 * 9 + boxes * (classes + 4)), side**2
    for (side, smaller), before, (narrow, out) in zip(pairwise(SIDES[1:]), maps[1:-1], inner, strict=True):
        yield before * narrow, side**2
        yield narrow * (9 + out), smaller**2


@computation
def detector_params(name: str, classes: str, width: str = "1") -> Number:
    """Parameters of a network without its classifier, and of SSDLite on it."""
    params, found = detected(name, float(width))
    return params + sum(weights for weights, _ in lite_layers(found, int(classes), float(width)))


@computation
def detector_macs(name: str, classes: str, width: str = "1") -> Number:
    """MACs of a network without its classifier, and of SSDLite on it, for an image of 320×320."""
    _, found = detected(name, float(width))
    return found.macs() + sum(w * places for w, places in lite_layers(found, int(classes), float(width)))


@computation
def detector_macs_and_swishes(name: str, classes: str) -> Number:
    """The same, and two multiplications for each h-swish: by ReLU6(x + 3), and by 1/6."""
    return detector_macs(name, classes) + 2 * detected(name, 1.0)[1].swishes


# YOLOv2 (Redmon & Farhadi, 2017): channels and kernel size of Darknet-19's layers, and "/" for a pooling.
YOLO = "32,3 / 64,3 / 128,3 64,1 128,3 / 256,3 128,1 256,3 / 512,3 256,1 512,3 256,1 512,3"
YOLO += " / 1024,3 512,1 1024,3 512,1 1024,3 1024,3 1024,3"


def yolo_layers(classes: int, narrowed: int) -> Iterator[tuple[int, int, int]]:
    """Weights, other parameters and places of YOLOv2's layers for 416×416 pixels and five boxes a place.

    The map of 26×26×512 goes to the last 3×3 layer as 13×13×2048; `narrowed`, where it is not 0, are the
    channels that a 1×1 layer makes of the 512 before.
    """
    before, side = 3, 416
    for word in YOLO.split():
        if word == "/":
            side //= 2
            continue
        channels, kernel_size = map(int, word.split(","))
        yield before * channels * kernel_size**2, 2 * channels, side**2
        before = channels
    if narrowed:
        yield 512 * narrowed, 2 * narrowed, 26**2
    yield 9 * (before + 4 * (narrowed or 512)) * 1024, 2 * 1024, 13**2
    yield 1024 * 5 * (classes + 5), 5 * (classes + 5), 13**2


@computation
def yolo_params(classes: str, narrowed: str) -> Number:
    """Parameters of YOLOv2."""
    return sum(weights + others for weights, others, _ in yolo_layers(int(classes), int(narrowed)))


@computation
def yolo_macs(classes: str, narrowed: str) -> Number:
    """MACs of YOLOv2 for an image of 416×416."""
    return sum(weights * places for weights, _, places in yolo_layers(int(classes), int(narrowed)))


# DeepLabv3, R-ASPP and LR-ASPP ------------------------------------------------------------------------


class Bill(NamedTuple):
    """What a network with a head costs for one image."""

    params: int
    macs: int
    padded_macs: int  # with the sides of dilated maps rounded up to multiples of the dilation
    swishes: int  # numbers that an h-swish is applied to
    added: int  # numbers that are added to a shortcut
    scores: int  # on the image itself, one for each pixel and class

    @property
    def with_the_rest(self) -> int:
        """`padded_macs`, one for each number added to a shortcut and each score, two for each h-swish.

        What the tables on Cityscapes count is not told; this is within 0.4 % of all, or rounds to them.
        """
        return self.padded_macs + 2 * self.swishes + self.added + self.scores


class Segmenter(NamedTuple):
    """A network with a head that gives each place of its map a score for each class.

    DeepLabv3's head reads the map by a 1×1 layer, by its mean, and by a dilated 3×3 layer for each of
    `rates`; R-ASPP has no rates. `low`, where it is not 0, means LR-ASPP: the mean gates the 1×1 layer, and a
    map of stride 8 with `low` channels is classified as well and added.
    """

    name: str
    width: float = 1.0
    filters: int = 256
    classes: int = 19
    rates: tuple[int, ...] = ()
    low: int = 0

    def head(self, channels: int) -> Iterator[tuple[int, int, str]]:
        """Weights of each layer, its other parameters, and the map it is computed on; a number is a rate."""
        branch, norm = channels * self.filters, 2 * self.filters
        yield branch, norm, "map"
        yield branch, 0 if self.low else norm, "mean"
        for read in (self.filters, self.low) if self.low else ():
            yield read * self.classes, self.classes, "low"
        if not self.low:
            yield from ((9 * branch, norm, str(rate)) for rate in self.rates)
            yield (2 + len(self.rates)) * self.filters**2, norm, "map"
            yield self.filters * self.classes, self.classes, "map"

    def bill(self, height: int, width: int, stride: int = 16) -> Bill:
        """The cost for an image of height × width pixels, on a map that is `stride` times smaller."""
        return billed(self, height, width, stride)


@cache
def billed(segmenter: Segmenter, height: int, width: int, stride: int) -> Bill:
    """As the method, once for each."""
    network = dilated(segmenter.name, segmenter.width, stride)
    found = look(network, height, width)
    last, *sides = found.layers[-1]
    places = {"map": area(sides), "mean": 1, "low": area([-(-height // 8), -(-width // 8)])}
    params, macs, padded = learned(network), found.macs(), found.macs(padded=True)
    for weights, others, where in segmenter.head(last.out_channels):
        params += weights + others
        macs += weights * places.get(where, places["map"])
        padded += weights * (places[where] if where in places else area(sides, int(where)))
    return Bill(params, macs, padded, found.swishes, found.added, segmenter.classes * height * width)


PASCAL = {
    "light": Segmenter("mobilenet_v2", classes=21),
    "full": Segmenter("mobilenet_v2", classes=21, rates=(6, 12, 18)),
    "mobilenet_v1": Segmenter("mobilenet_v1", classes=21, rates=(6, 12, 18)),
}  # Sandler et al. (2018), table 7
CITYSCAPES = {  # Howard et al. (2019), table 7, by its row
    1: Segmenter("mobilenet_v2"),
    2: Segmenter("mobilenet_v2_halved"),
    3: Segmenter("mobilenet_v2_halved", low=192),
    4: Segmenter("mobilenet_v2_halved", filters=128, low=192),
    5: Segmenter("mobilenet_v3_large"),
    6: Segmenter("mobilenet_v3_large_halved"),
    7: Segmenter("mobilenet_v3_large_halved", low=120),
    8: Segmenter("mobilenet_v3_large_halved", filters=128, low=120),
    9: Segmenter("mobilenet_v2_halved", width=0.5, filters=128, low=96),
    10: Segmenter("mobilenet_v2_halved", width=0.35, filters=128, low=96),
    11: Segmenter("mobilenet_v3_small_halved", filters=128, low=88),
}


@computation
def segmenter_params(row: str) -> Number:
    """Parameters of a row of the table on Cityscapes, or of a network of the table on PASCAL."""
    found = CITYSCAPES[int(row)] if row.isdigit() else PASCAL[row]
    return found.bill(513, 513).params


def pascal_bills(name: str, stride: str) -> list[Bill]:
    """Of one image at stride 16; at stride 8 of its six scales, 0.5 to 1.75, each twice: once mirrored.

    A side of 512 is taken as 513, so that each map begins and ends on a pixel of the one before.
    """
    if stride == "16":
        return [PASCAL[name].bill(513, 513)]
    head = PASCAL[name]
    head = head._replace(rates=tuple(2 * rate for rate in head.rates))
    return 2 * [head.bill(128 * quarters + 1, 128 * quarters + 1, 8) for quarters in range(2, 8)]


@computation
def segmenter_macs(name: str, stride: str) -> Number:
    """MACs of a network of the table on PASCAL; at stride 8 for all scales."""
    return sum(bill.macs for bill in pascal_bills(name, stride))


@computation
def segmenter_padded_macs(name: str, stride: str) -> Number:
    """The same, with the sides of a dilated map rounded up to multiples of the dilation."""
    return sum(bill.padded_macs for bill in pascal_bills(name, stride))


@computation
def deeplab_resnet_params(stem: str) -> Number:
    """Parameters of ResNet-101 with DeepLabv3's head, and "one" 7×7 layer or "three" 3×3 ones before it."""
    head = Segmenter("resnet101", classes=21, rates=(6, 12, 18)).head(2048)
    found = model_params("resnet101", "*-fc") + sum(weights + others for weights, others, _ in head)
    if stem == "three":  # 64, 64 and 128 channels, so that the first block reads twice as many
        found += 9 * (3 * 64 + 64 * 64 + 64 * 128) + 2 * 256 - (49 * 3 * 64 + 2 * 64) + 64 * (64 + 256)
    return found
