"""Networks of the book with one thing changed, each for a paper that prints its cost."""

from __future__ import annotations

import torch
from torch import nn

from cnnlab.blocks import Branches, Mixed, Reduction
from cnnlab.models.capsnet import CapsNet
from cnnlab.models.inception_v3 import COLUMN, MODULE_B, ROW, InceptionV3, module_a, module_c
from cnnlab.models.resnet import Bottleneck
from cnnlab.models.wide_resnet import wrn
from cnnlab.published.language import Number, computation
from cnnlab.published.layers import fits
from cnnlab.published.models import model_params, network_of, params_of, profile_of


@computation
def connections(pattern: str) -> Number:
    """Of LeNet-5's layers: the inputs of each unit, and its bias; the output has a code for each class."""
    found = [row for row in profile_of("lenet5", 32).counted if fits(row.path, pattern)]
    summed = sum(row.bias + row.pooling for row in found)  # subsampling sums up first, multiplies once
    joined = sum(row.macs for row in found if not fits(row.path, "s2+s4"))
    codes = network_of("lenet5").get_buffer("output.codes").numel() if fits("output", pattern) else 0
    return summed + joined + codes


@computation
def capsnet_params(size: int) -> Number:
    """Parameters of CapsNet for square images of another size: every place has matrices of its own."""
    with torch.device("meta"):
        network = CapsNet(image_size=(size, size))
    return params_of(network)


@computation
def gated_params(model: str, r: int) -> Number:
    """Parameters of a ResNet of bottlenecks, with squeeze-and-excitation of this reduction in each block."""
    blocks = [block for block in network_of(model).modules() if isinstance(block, Bottleneck)]
    ends = [block.conv3.out_channels for block in blocks]
    return model_params(model) + sum(2 * c * (c // r) + c // r + c for c in ends)


@computation
def wrn_params(depth: int, k: int) -> Number:
    """Parameters of WRN-depth-k."""
    with torch.device("meta"):
        return params_of(wrn(depth, k)())


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
    return params_of(changed) + biases
