"""What Howard et al. (2017) build around MobileNet: other last layers, detectors. And an old Inception-v3.

The detectors are SSD (Liu et al., 2016) and Faster R-CNN (Ren et al., 2015) as in Huang et al. (2017), on
whose work the paper builds, with the sizes of the Object Detection API that came of it. `DETECTORS` says
where each of three networks is cut in two.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import torch
from torch import nn

from cnnlab.blocks import Branches, ConvBN, Mixed, Reduction
from cnnlab.models import VARIANTS
from cnnlab.models.bn_inception import MODULES, SeparableBNInception
from cnnlab.models.inception_v3 import COLUMN, MODULE_B, ROW, InceptionV3, module_a, module_c
from cnnlab.models.mobilenet_v1 import MobileNetV1, Separable
from cnnlab.profiler import Profile, Row, profile
from cnnlab.published.computations import Number, built, computation, model_macs, model_params
from cnnlab.published.tables import fits

# Other last layers ------------------------------------------------------------------------------------


def last_layer(model: str) -> tuple[int, int]:
    """Inputs and outputs of a network's last linear layer."""
    *_, found = (module for module in built(model).modules() if isinstance(module, nn.Linear))
    return found.in_features, found.out_features


@computation
def retrained_params(model: str, classes: str) -> Number:
    """Parameters of a network whose last layer is for another number of classes."""
    inputs, outputs = last_layer(model)
    return model_params(model) + (inputs + 1) * (int(classes) - outputs)


@computation
def retrained_macs(model: str, size: str, classes: str) -> Number:
    """MACs of a network whose last layer is for another number of classes."""
    inputs, outputs = last_layer(model)
    return model_macs(model, size) + inputs * (int(classes) - outputs)


@computation
def widened_macs(size: str) -> Number:
    """MACs of the narrowest MobileNet's body, α = 0.25, if no layer had fewer than 16 channels."""
    with torch.device("meta"):
        body = MobileNetV1(width=0.25).features
        body[0], body[1] = ConvBN(3, 16, stride=2), Separable(16, 16)
    return profile(body, (1, 3, int(size), int(size))).macs


@computation
def keras_inception_v3_params() -> Number:
    """Parameters of Inception-v3 as Keras had it in 2016, with a bias in each convolution.

    32 channels come from the pooling in each of the first three modules, not 32, 64 and 64, and 160 begin the
    longest branch of the module before the auxiliary head, which Keras leaves out, not 192.
    """
    longest: Branches = {
        "branch7x7dbl": [(160, 1), *[(192, kernel) for kernel in (COLUMN, ROW, COLUMN, ROW)]]
    }
    with torch.device("meta"):
        changed = InceptionV3()
        del changed.AuxLogits
        changed.Mixed_5c, changed.Mixed_5d = Mixed(256, module_a(32)), Mixed(256, module_a(32))
        changed.Mixed_6a = Reduction(256, MODULE_B)
        changed.Mixed_6b, changed.Mixed_6e = Mixed(736, module_c(128)), Mixed(768, module_c(192) | longest)
    biases = sum(layer.out_channels for layer in changed.modules() if isinstance(layer, nn.Conv2d))
    return sum(x.numel() for x in changed.parameters()) + biases


# Detectors (section 4.6) ------------------------------------------------------------------------------

SCORES = 91, 90 * 4  # COCO numbers its classes up to 90, and there is the background; each has its box
SHAPES = 12  # boxes at a place: four scales, three ratios of the sides
PROPOSALS = 300


class Detector(NamedTuple):
    """A network cut in two for Faster R-CNN, and what SSD predicts from and adds to it."""

    trunk: str  # modules that see the image
    head: str  # and those that see what is cut out of the trunk's maps, once for each proposal
    channels: int  # that the trunk hands on
    width: int  # numbers that the head hands on
    kernel_size: int  # of SSD's predictions
    maps: tuple[tuple[int, int, int], ...]  # side, channels and boxes a place of what they are made from
    extra: tuple[tuple[int, int, int], ...]  # channels into, within and out of SSD's pairs of layers


def small_maps(middle: int, last: int) -> tuple[tuple[int, int, int], ...]:
    return (19, middle, 3), (10, last, 6), (5, 512, 6), (3, 256, 6), (2, 256, 6), (1, 128, 6)


EXTRA = (1024, 256, 512), (512, 128, 256), (256, 128, 256), (256, 64, 128)
VGG_MAPS = (38, 512, 4), (19, 1024, 6), (10, 512, 6), (5, 256, 6), (3, 256, 4), (1, 256, 4)
VGG_EXTRA = (1024, 256, 512), (512, 128, 256), (256, 128, 256), (256, 128, 256)
CUT = "features.12+features.13", "mixed.4e+mixed.5a+mixed.5b"  # of MobileNet, of Inception V2
DETECTORS = {
    "vgg": Detector("features", "classifier.0+classifier.3", 512, 4096, 3, VGG_MAPS, VGG_EXTRA),
    "inception": Detector(
        "*-fc-mixed.4e-mixed.5a-mixed.5b", CUT[1], 576, 1024, 1, small_maps(576, 1024), EXTRA
    ),
    "mobilenet": Detector(
        "features-features.12-features.13", CUT[0], 512, 1024, 1, small_maps(512, 1024), EXTRA
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
def profiled(name: str, size: int) -> Profile:
    """What a network costs for one image of size × size pixels."""
    return profile(network(name), (1, 3, size, size))


def operators(name: str, size: int, pattern: str) -> list[Row]:
    """What the modules that a pattern means do with one such image."""
    return [row for row in profiled(name, size).counted if row.macs and fits(row.path, pattern)]


def learned(name: str, pattern: str) -> int:
    """The parameters that a pattern means."""
    return sum(x.numel() for path, x in network(name).named_parameters() if fits(path, pattern))


def ssd_layers(detector: Detector) -> Iterator[tuple[int, int]]:
    """Weights of each layer that SSD adds, and at how many places it is computed."""
    for side, channels, boxes in detector.maps:
        yield detector.kernel_size**2 * channels * boxes * (SCORES[0] + 4), side**2
    sides = [side for side, _, _ in detector.maps]
    for side, smaller, (wide, narrow, out) in zip(sides[1:-1], sides[2:], detector.extra, strict=True):
        yield wide * narrow, side**2
        yield 9 * narrow * out, smaller**2


@computation
def ssd300_params(name: str) -> Number:
    """Parameters of SSD on a network without its classifier; of the layers added, weights alone."""
    found = learned("ssd", "*") if name == "vgg" else learned(name, "*-fc")
    return found + sum(weights for weights, _ in ssd_layers(DETECTORS[name]))


@computation
def ssd300_macs(name: str) -> Number:
    """MACs of SSD for an image of 300×300."""
    found = operators("ssd" if name == "vgg" else name, 300, "*-fc")
    return sum(row.macs for row in found) + sum(w * places for w, places in ssd_layers(DETECTORS[name]))


@computation
def faster_rcnn_params(name: str) -> Number:
    """Parameters of Faster R-CNN: its proposals come from a 3×3 layer of 512 channels and two 1×1 layers."""
    detector, proposing = DETECTORS[name], 6 * SHAPES  # object or not, and four coordinates
    regions = 9 * detector.channels * 512 + 512 + 513 * proposing
    found = learned(name, detector.trunk) + learned(name, detector.head)
    return found + regions + (detector.width + 1) * sum(SCORES)


@computation
def faster_rcnn_macs(name: str, size: str) -> Number:
    """MACs of Faster R-CNN with 300 proposals, for a square image.

    What is cut out for a proposal is as large as the trunk's map of 224×224 pixels.
    """
    detector = DETECTORS[name]
    trunk, head = operators(name, int(size), detector.trunk), operators(name, 224, detector.head)
    places = trunk[-1].output_shape[-1] ** 2
    regions = (9 * detector.channels * 512 + 512 * 6 * SHAPES) * places
    judging = sum(row.macs for row in head) + detector.width * sum(SCORES)
    return sum(row.macs for row in trunk) + regions + PROPOSALS * judging


@computation
def faster_rcnn_macs_and_biases(name: str, size: str) -> Number:
    """MACs, and one addition for each output of the network below that has a bias."""
    trunk, head = DETECTORS[name][:2]
    below = sum(row.bias for row in operators(name, int(size), trunk))
    return (
        faster_rcnn_macs(name, size) + below + PROPOSALS * sum(row.bias for row in operators(name, 224, head))
    )
