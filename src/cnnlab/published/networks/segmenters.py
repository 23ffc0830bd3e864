"""DeepLabv3 and its two reduced forms, R-ASPP and LR-ASPP: a class for each pixel, from maps kept large.

Sandler et al. (2018), table 7, and Howard et al. (2019), table 7.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from cnnlab.published.language import Number, computation
from cnnlab.published.models import model_params, params_of
from cnnlab.published.networks.trunks import area, dilated_trunk, look


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
        return full_bill(self, height, width, stride)


@cache
def full_bill(segmenter: Segmenter, height: int, width: int, stride: int) -> Bill:
    """As the method, once for each."""
    network = dilated_trunk(segmenter.name, segmenter.width, stride)
    found = look(network, height, width)
    last, *sides = found.layers[-1]
    places = {"map": area(sides), "mean": 1, "low": area([-(-height // 8), -(-width // 8)])}
    params, macs, padded = params_of(network), found.macs(), found.macs(padded=True)
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


def pascal_bills(name: str, stride: int) -> list[Bill]:
    """Of one image at stride 16; at stride 8 of its six scales, 0.5 to 1.75, each twice: once mirrored.

    A side of 512 is taken as 513, so that each map begins and ends on a pixel of the one before.
    """
    if stride == 16:
        return [PASCAL[name].bill(513, 513)]
    head = PASCAL[name]
    head = head._replace(rates=tuple(2 * rate for rate in head.rates))
    return 2 * [head.bill(128 * quarters + 1, 128 * quarters + 1, 8) for quarters in range(2, 8)]


@computation
def segmenter_macs(name: str, stride: int) -> Number:
    """MACs of a network of the table on PASCAL; at stride 8 for all scales."""
    return sum(bill.macs for bill in pascal_bills(name, stride))


@computation
def segmenter_padded_macs(name: str, stride: int) -> Number:
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
