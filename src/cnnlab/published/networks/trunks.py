"""Networks without their classifiers, on which heads stand, and MobileNetV3 at any width.

What Sandler et al. (2018) and Howard et al. (2019) count beside their networks is in `segmenters` and
`lite_detectors`; dilation keeps the maps of the former large.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from math import prod
from typing import Any, NamedTuple

import torch
from torch import nn

from cnnlab.models.mnasnet import A1, MnasNet
from cnnlab.models.mobilenet_v1 import MobileNetV1
from cnnlab.models.mobilenet_v2 import BOTTLENECKS, MobileNetV2
from cnnlab.models.mobilenet_v3 import HS, LARGE, LARGE_REDUCED, SMALL, SMALL_REDUCED, MobileNetV3, Rows
from cnnlab.published.language import Number, computation
from cnnlab.published.models import params_of

# MobileNetV3 at any width (appendix A) ----------------------------------------------------------------

ROWS = {"large": (LARGE, 1280), "small": (SMALL, 1024)}


@cache
def v3_of_width(kind: str, width: float, last: int) -> MobileNetV3:
    """V3-Large or -Small; `last`, where it is not 0, are the channels before the scores at every width."""
    rows, channels = ROWS[kind]
    with torch.device("meta"):
        network = MobileNetV3(rows, channels, width)
        if last:
            *_, joined = (layer for layer in network.features.modules() if isinstance(layer, nn.Conv2d))
            layers = nn.Linear(joined.out_channels, last), HS(), nn.Linear(last, 1000)
            network.classifier = nn.Sequential(*layers)
    return network.eval()


@computation
def v3_params(kind: str, width: float, last: int = 0) -> Number:
    """Parameters of a MobileNetV3."""
    return params_of(v3_of_width(kind, width, last))


@computation
def v3_macs(kind: str, width: float, size: int, last: int = 0) -> Number:
    """MACs of a MobileNetV3 for a square image."""
    network = v3_of_width(kind, width, last)
    ends = sum(layer.weight.numel() for layer in network.classifier if isinstance(layer, nn.Linear))
    return look(network.features, size, size).macs() + ends


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
def dilated_trunk(name: str, width: float, output_stride: int) -> nn.Module:
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

    with noting(network, note), without_norms(network):
        network(torch.empty(1, 3, height, width, device="meta"))
    return Found(layers, **counts)


@contextmanager
def noting(network: nn.Module, note: Callable[[nn.Module, Any, Any], None]) -> Iterator[None]:
    """Every module's output is noted when it returns; afterwards no hook is left, whatever happened."""
    hooks = [module.register_forward_hook(note) for module in network.modules()]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@contextmanager
def without_norms(network: nn.Module) -> Iterator[None]:
    """Batch normalizations hand on what they are given: half of the time, where only shapes matter."""
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        vars(norm)["forward"] = lambda x: x
    try:
        yield
    finally:
        for norm in norms:
            del vars(norm)["forward"]
