"""SSD (Liu et al., 2016): the layers that it puts on a network, wherever a paper counts it.

It predicts boxes from two maps of the network and from four smaller ones, each made of the one before by a
1×1 layer and a 3×3 layer of stride 2. Biases and batch norm are not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from cnnlab.published.language import Number, computation


class Map(NamedTuple):
    """What boxes are predicted from."""

    side: int
    channels: int
    shapes: int  # boxes at a place


class Style(NamedTuple):
    """How SSD's layers are made: weights by the channels that go in and come out."""

    predicting: Callable[[int, int], int]  # classes and coordinates
    shrinking: Callable[[int, int], int]


WHOLE = Style(lambda c, out: 9 * c * out, lambda c, out: 9 * c * out)
POINTWISE = Style(lambda c, out: c * out, lambda c, out: 9 * c * out)
# SSDLite: classes and coordinates have a depthwise 3×3 layer each, the smaller maps one.
SEPARABLE = Style(lambda c, out: c * (2 * 9 + out), lambda c, out: c * (9 + out))


def ssd_layers(
    style: Style, maps: Sequence[Map], narrow: Sequence[int], classes: int
) -> Iterator[tuple[int, int]]:
    """Weights of each layer, and at how many places it is computed; `narrow` are the 1×1 layers' channels."""
    for side, channels, shapes in maps:
        yield style.predicting(channels, shapes * (classes + 4)), side**2
    for (before, after), channels in zip(pairwise(maps[1:]), narrow, strict=True):
        yield before.channels * channels, before.side**2
        yield style.shrinking(channels, after.channels), after.side**2


# Sandler et al. (2018), section 6: on MobileNetV2 at 320×320, for the 80 classes of COCO and the background.
STYLES = {"full": WHOLE, "separable": SEPARABLE}
MAPS = [
    Map(*numbers)
    for numbers in ((20, 576, 3), (10, 1280, 6), (5, 512, 6), (3, 256, 6), (2, 256, 6), (1, 128, 6))
]
NARROW = 256, 128, 128, 64


@computation
def ssd_params(style: str) -> Number:
    """Weights of a detection head."""
    return sum(weights for weights, _ in ssd_layers(STYLES[style], MAPS, NARROW, 81))


@computation
def ssd_macs(style: str) -> Number:
    """MACs of a detection head, for an image of 320×320."""
    return sum(weights * places for weights, places in ssd_layers(STYLES[style], MAPS, NARROW, 81))
