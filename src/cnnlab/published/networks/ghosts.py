"""Ghost modules in other people's networks: Han et al. (2020), tables 3 to 6."""

from __future__ import annotations

from functools import cache
from math import ceil

import torch
from torch import nn

from cnnlab.blocks import ConvBN
from cnnlab.profiler import profile
from cnnlab.published.language import Number, computation
from cnnlab.published.layers import fits
from cnnlab.published.models import network_of

VGG_CIFAR = (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512)


def vgg_cifar() -> nn.Module:
    """VGG-16 for images of 32×32: batch norm, and two linear layers, [N, 512, 2, 2] → [N, 10]."""
    layers: list[nn.Module] = []
    channels = 3
    for width in VGG_CIFAR:
        if isinstance(width, int):
            layers += ConvBN(channels, width)
            channels = width
        else:
            layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(512, 512), nn.Linear(512, 10))


@cache
def ghost_costs(model: str, size: int, s: int, d: int, kept: str) -> tuple[int, int]:
    """Parameters and MACs of a network whose convolutions make one channel in s and d×d ghosts of it.

    `kept` are those that stay as they are; Han et al. (2020), section 3.1.
    """
    with torch.device("meta"):
        network = vgg_cifar() if model == "vgg16_cifar" else network_of(model)
    found, modules = profile(network, (1, 3, size, size)), dict(network.named_modules())
    params, total = found.params, found.macs
    for row in found.counted:
        layer = modules.get(row.path)
        if isinstance(layer, nn.Conv2d) and not fits(row.path, kept):
            real, weights = ceil(layer.out_channels / s), layer.weight.numel()
            more = real * (weights // layer.out_channels + (s - 1) * d**2) - weights
            params, total = params + more, total + more * (row.macs // weights)
    return params, total


@computation
def ghost_params(model: str, size: int, s: int, d: int, kept: str = "none") -> Number:
    """Parameters of a network of Ghost modules."""
    return ghost_costs(model, size, s, d, kept)[0]


@computation
def ghost_macs(model: str, size: int, s: int, d: int, kept: str = "none") -> Number:
    """MACs of a network of Ghost modules."""
    return ghost_costs(model, size, s, d, kept)[1]
