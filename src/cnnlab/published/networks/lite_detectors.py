"""SSDLite on small networks at 320×320 pixels, and YOLOv2, which stands beside it.

Sandler et al. (2018), table 6, and Howard et al. (2019), table 6.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import torch
from torch import nn

from cnnlab.blocks import ConvBN, ReLU6, round_channels
from cnnlab.published.language import Number, computation
from cnnlab.published.models import params_of
from cnnlab.published.networks.ssd import NARROW, SEPARABLE, Map, ssd_layers
from cnnlab.published.networks.trunks import Found, look, trunk

SIDES, SHAPES = (20, 10, 5, 3, 2, 1), (3, 6, 6, 6, 6, 6)  # of the maps, and boxes at a place
ADDED = 512, 256, 256, 128  # channels of the last four


@cache
def backbone(name: str, width: float) -> tuple[int, Found]:
    """Parameters of a network for 320×320 pixels, and what it does; V2 and MnasNet keep their last layer."""
    network = trunk(name, width)
    if name in ("mobilenet_v2", "mnasnet_a1"):
        with torch.device("meta"):
            last = ConvBN(round_channels(320 * width), round_channels(1280 * width), 1, activation=ReLU6)
        network = nn.Sequential(network, last).eval()
    return params_of(network), look(network, 320, 320)


def lite_layers(found: Found, classes: int, width: float) -> Iterator[tuple[int, int]]:
    """Weights of SSDLite's layers, and at how many places; a side's last map counts, also within a block."""
    last = {side: layer.out_channels for layer, side, _ in found.layers}
    channels = [last[20], last[10], *(round_channels(c * width) for c in ADDED)]
    maps = [Map(*numbers) for numbers in zip(SIDES, channels, SHAPES, strict=True)]
    return ssd_layers(SEPARABLE, maps, [round_channels(c * width) for c in NARROW], classes)


@computation
def detector_params(name: str, classes: int, width: float = 1.0) -> Number:
    """Parameters of a network without its classifier, and of SSDLite on it."""
    params, found = backbone(name, width)
    return params + sum(weights for weights, _ in lite_layers(found, classes, width))


@computation
def detector_macs(name: str, classes: int, width: float = 1.0) -> Number:
    """MACs of a network without its classifier, and of SSDLite on it, for an image of 320×320."""
    _, found = backbone(name, width)
    return found.macs() + sum(weights * places for weights, places in lite_layers(found, classes, width))


@computation
def detector_macs_and_swishes(name: str, classes: int) -> Number:
    """The same, and two multiplications for each h-swish: by ReLU6(x + 3), and by 1/6."""
    return detector_macs(name, classes) + 2 * backbone(name, 1.0)[1].swishes


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
def yolo_params(classes: int, narrowed: int) -> Number:
    """Parameters of YOLOv2."""
    return sum(weights + others for weights, others, _ in yolo_layers(classes, narrowed))


@computation
def yolo_macs(classes: int, narrowed: int) -> Number:
    """MACs of YOLOv2 for an image of 416×416."""
    return sum(weights * places for weights, _, places in yolo_layers(classes, narrowed))
