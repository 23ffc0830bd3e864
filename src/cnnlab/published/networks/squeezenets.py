"""SqueezeNet by its parameters, pruned, and SqueezeNext in groups."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import torch
from torch import nn

from cnnlab.models.squeezenet import SqueezeNet
from cnnlab.models.squeezenext import Block
from cnnlab.published.language import Number, computation
from cnnlab.published.layers import fits, matches
from cnnlab.published.models import model_params, network_of, params_of

# Iandola et al. (2016), table 1: the share of `squeezenet1_0`'s weights that pruning keeps. A later name goes
# before an earlier one. The table has 33 % in the last place of fire8, features.10; its sums are of 30 %.
KEPT = {
    "features.0": 1.0, "features.*.squeeze": 1.0, "features.*.expand1x1": 1.0, "features.*.expand3x3": 0.33,
    "features.8.expand1x1": 0.5, "features.9.squeeze": 0.5, "features.10.expand1x1": 0.5,
    "features.10.expand3x3": 0.3, "features.12.squeeze": 0.5, "features.12.expand3x3": 0.3, "classifier": 0.2,
}  # fmt: skip


@computation
def squeezenet_params(sr: float, pct_3x3: float) -> Number:
    """Parameters of SqueezeNet by the squeeze ratio and the share of 3×3 kernels of its section 5."""
    with torch.device("meta"):
        return params_of(SqueezeNet(sr=sr, pct_3x3=pct_3x3))


@computation
def squeezenext_grouped() -> Number:
    """Parameters of 1.0-G-SqNxt-23: three of a block's convolutions in two groups, and none with biases."""
    modules = [*network_of("squeezenext23").modules()]
    blocks = [block for block in modules if isinstance(block, Block)]
    places = [f"{place}.0.weight" for place in (0, 2, 3)]
    grouped = [block.residual.get_parameter(place) for block in blocks for place in places]
    biases = [conv.out_channels for conv in modules if isinstance(conv, nn.Conv2d)]
    return model_params("squeezenext23") - sum(weight.numel() // 2 for weight in grouped) - sum(biases)


@computation
def pruned(pattern: str, *shares: Fraction) -> Number:
    """Parameters of SqueezeNet's convolutions, when a share of their weights stays and all biases do.

    The shares are those of `KEPT`, where none are told; a share of weights is rounded up.
    """
    modules = network_of("squeezenet1_0").named_modules()
    found = {name: layer for name, layer in modules if isinstance(layer, nn.Conv2d) and fits(name, pattern)}
    kept = [[share for key, share in KEPT.items() if matches(name, [key])][-1] for name in found]
    stay = shares or map(Fraction, map(str, kept))
    pairs = zip(stay, found.values(), strict=True)
    return sum(ceil(share * layer.weight.numel()) + layer.out_channels for share, layer in pairs)
