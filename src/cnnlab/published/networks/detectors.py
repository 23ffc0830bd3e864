"""The detectors of Howard et al. (2017), section 4.6: SSD and Faster R-CNN on three networks.

SSD (Liu et al., 2016) and Faster R-CNN (Ren et al., 2015) as in Huang et al. (2017), on whose work the paper
builds, with the sizes of the Object Detection API that came of it. `DETECTORS` says where each of three
networks is cut in two.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import torch
from torch import nn

from cnnlab.models import VARIANTS
from cnnlab.models.bn_inception import MODULES, SeparableBNInception
from cnnlab.profiler import Profile, Row, profile
from cnnlab.published.language import Number, computation
from cnnlab.published.layers import fits
from cnnlab.published.networks.ssd import NARROW, POINTWISE, WHOLE, Map, Style, ssd_layers

SCORES = 91, 90 * 4  # COCO numbers its classes up to 90, and there is the background; each has its box
SHAPES = 12  # boxes at a place: four scales, three ratios of the sides
PROPOSALS = 300


class Detector(NamedTuple):
    """A network cut in two for Faster R-CNN, and what SSD predicts from and adds to it."""

    trunk: str  # modules that see the image
    head: str  # and those that see what is cut out of the trunk's maps, once for each proposal
    channels: int  # that the trunk hands on
    width: int  # numbers that the head hands on
    style: Style  # of SSD's layers
    narrow: tuple[int, ...]  # the channels of SSD's four 1×1 layers
    maps: tuple[Map, ...]


def maps(*numbers: tuple[int, int, int]) -> tuple[Map, ...]:
    """Sides, channels and boxes a place of what SSD predicts from."""
    return tuple(Map(*each) for each in numbers)


SMALLER = (5, 512, 6), (3, 256, 6), (2, 256, 6), (1, 128, 6)
CUT = "features.12+features.13", "mixed.4e+mixed.5a+mixed.5b"  # of MobileNet, of Inception V2
DETECTORS = {
    "vgg": Detector(
        "features", "classifier.0+classifier.3", 512, 4096, WHOLE, (256, 128, 128, 128),
        maps((38, 512, 4), (19, 1024, 6), (10, 512, 6), (5, 256, 6), (3, 256, 4), (1, 256, 4)),
    ),
    "inception": Detector(
        "*-fc-mixed.4e-mixed.5a-mixed.5b", CUT[1], 576, 1024, POINTWISE, NARROW,
        maps((19, 576, 3), (10, 1024, 6), *SMALLER),
    ),
    "mobilenet": Detector(
        "features-features.12-features.13", CUT[0], 512, 1024, POINTWISE, NARROW,
        maps((19, 512, 3), (10, 1024, 6), *SMALLER),
    ),
}  # fmt: skip


class NarrowInception(SeparableBNInception):
    """With the 576, 576 and 1,024 channels that the paper's rows print: 96 channels come from the pooling."""

    rows = MODULES | {"4c": (160, 128, 160, 128, 160, "avg", 96), "4d": (96, 128, 192, 160, 192, "avg", 96)}


def for_ssd(network: nn.Module) -> nn.Sequential:
    """VGG as SSD has it: sizes are rounded up, and its first two linear layers are convolutions."""
    layers = [*network.get_submodule("features").children()][:-1]
    for layer in layers:
        if isinstance(layer, nn.MaxPool2d):
            layer.ceil_mode = True
    wide = nn.Conv2d(512, 1024, kernel_size=3, padding=6, dilation=6)
    return nn.Sequential(*layers, nn.MaxPool2d(3, 1, padding=1), wide, nn.Conv2d(1024, 1024, kernel_size=1))


@cache
def network(name: str) -> nn.Module:
    """The network that a detector is built on, without memory for its weights; "ssd" is VGG for SSD."""
    with torch.device("meta"):
        if name == "inception":
            return NarrowInception().eval()
        if name == "ssd":
            return for_ssd(VARIANTS["vgg16"].build()).eval()
        whole: nn.Module = VARIANTS[{"vgg": "vgg16", "mobilenet": "mobilenet_v1"}[name]].build()
        return whole.eval()


@cache
def profile_of(name: str, size: int) -> Profile:
    """What a network costs for one image of size × size pixels."""
    return profile(network(name), (1, 3, size, size))


def operators(name: str, size: int, pattern: str) -> list[Row]:
    """What the modules that a pattern means do with one such image."""
    return [row for row in profile_of(name, size).counted if row.macs and fits(row.path, pattern)]


def params_within(name: str, pattern: str) -> int:
    """The parameters that a pattern means."""
    return sum(x.numel() for path, x in network(name).named_parameters() if fits(path, pattern))


def added_layers(name: str) -> Iterator[tuple[int, int]]:
    """Weights of each layer that SSD adds to a network, and at how many places it is computed."""
    detector = DETECTORS[name]
    return ssd_layers(detector.style, detector.maps, detector.narrow, SCORES[0])


@computation
def ssd300_params(name: str) -> Number:
    """Parameters of SSD on a network without its classifier; of the layers added, weights alone."""
    found = params_within("ssd", "*") if name == "vgg" else params_within(name, "*-fc")
    return found + sum(weights for weights, _ in added_layers(name))


@computation
def ssd300_macs(name: str) -> Number:
    """MACs of SSD for an image of 300×300."""
    found = operators("ssd" if name == "vgg" else name, 300, "*-fc")
    return sum(row.macs for row in found) + sum(w * places for w, places in added_layers(name))


@computation
def faster_rcnn_params(name: str) -> Number:
    """Parameters of Faster R-CNN: its proposals come from a 3×3 layer of 512 channels and two 1×1 layers."""
    detector, proposing = DETECTORS[name], 6 * SHAPES  # object or not, and four coordinates
    regions = 9 * detector.channels * 512 + 512 + 513 * proposing
    found = params_within(name, detector.trunk) + params_within(name, detector.head)
    return found + regions + (detector.width + 1) * sum(SCORES)


@computation
def faster_rcnn_macs(name: str, size: int) -> Number:
    """MACs of Faster R-CNN with 300 proposals, for a square image.

    What is cut out for a proposal is as large as the trunk's map of 224×224 pixels.
    """
    detector = DETECTORS[name]
    trunk, head = operators(name, size, detector.trunk), operators(name, 224, detector.head)
    places = trunk[-1].output_shape[-1] ** 2
    regions = (9 * detector.channels * 512 + 512 * 6 * SHAPES) * places
    judging = sum(row.macs for row in head) + detector.width * sum(SCORES)
    return sum(row.macs for row in trunk) + regions + PROPOSALS * judging


@computation
def faster_rcnn_macs_and_biases(name: str, size: int) -> Number:
    """MACs, and one addition for each output of the network below that has a bias."""
    trunk, head = DETECTORS[name][:2]
    below = sum(row.bias for row in operators(name, size, trunk))
    judging = sum(row.bias for row in operators(name, 224, head))
    return faster_rcnn_macs(name, size) + below + PROPOSALS * judging
