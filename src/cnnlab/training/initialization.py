"""Where training starts: the initial weights that papers give, or that their authors' code has."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from math import prod, sqrt
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn

Layer = nn.Conv2d | nn.ConvTranspose2d | nn.Linear
Draw = Callable[[Tensor, float, Generator], Tensor]


def normal(x: Tensor, deviation: float, generator: Generator) -> Tensor:
    """From the normal distribution around 0, in place."""
    return x.normal_(0, deviation, generator=generator)


def truncated(x: Tensor, deviation: float, generator: Generator) -> Tensor:
    """The same without what is more than two deviations from 0, which makes them 12 % smaller."""
    return nn.init.trunc_normal_(x, 0, deviation, -2 * deviation, 2 * deviation, generator)


def uniform(x: Tensor, bound: float, generator: Generator) -> Tensor:
    """From everywhere between ±bound alike, in place; its deviation is bound / √3."""
    return x.uniform_(-bound, bound, generator=generator)


class Rule(NamedTuple):
    """How every weight of a network starts, and who says so."""

    draw: Draw
    spread: Callable[
        [int, int], float
    ]  # deviation or bound, by how many units one hears and how many hear it
    source: str
    bias: float = 0.0
    then: Callable[[nn.Module, Generator], None] = lambda model, generator: (
        None
    )  # what is different after all


def lecun_bound(fan_in: int, fan_out: int) -> float:
    """A subsampling unit's one coefficient weighs the sum of four inputs: that is a fan-in of four."""
    return 2.4 / max(4, fan_in)


def biases_like_weights(model: nn.Module, generator: Generator) -> None:
    """LeNet-5 draws its biases as well."""
    for layer in _layers(model):
        _set(layer.get_parameter("bias"), uniform, lecun_bound(*fan_in_and_out(layer)), generator)


def ones_as_biases(model: nn.Module, generator: Generator) -> None:
    """AlexNet's ReLUs shall hear something positive from the start: in conv2, 4, 5 and both hidden layers."""
    layers = _layers(model)
    if len(layers) != 8:
        raise ValueError(f"the paper's biases are for 8 layers, and this network has {len(layers)}")
    for i in (2, 4, 5, 6, 7):
        layers[i - 1].get_parameter("bias").fill_(1)


def small_last_layer(model: nn.Module, generator: Generator) -> None:
    """N(0, 0.01²) where the scores are made, so that all classes begin almost equal."""
    _set(_layers(model)[-1].weight, normal, 0.01, generator)


def residuals_of_zero(model: nn.Module, generator: Generator) -> None:
    """Every residual block begins as its shortcut: its last normalization's γ is 0."""
    blocks = [block for block in model.modules() if hasattr(block, "downsample")]
    norms = [[m for m in block.children() if isinstance(m, nn.BatchNorm2d)] for block in blocks]
    if not all(norms) or not norms:
        raise ValueError(f"{type(model).__name__} has no residual blocks that end in a normalization")
    for *_, last in norms:
        nn.init.zeros_(last.weight)
    small_last_layer(model, generator)


def uniform_linear(model: nn.Module, generator: Generator) -> None:
    """±1/√out_features in every linear layer."""
    for layer in _layers(model):
        if isinstance(layer, nn.Linear):
            _set(layer.weight, uniform, 1 / sqrt(layer.out_features), generator)


RULES = {
    "lenet": Rule(uniform, lecun_bound, "LeCun et al. (1998), appendix A", then=biases_like_weights),
    "alexnet": Rule(normal, lambda i, o: 0.01, "Krizhevsky et al. (2012), section 5", then=ones_as_biases),
    "zfnet": Rule(normal, lambda i, o: 0.01, "Zeiler & Fergus (2014), section 3.1"),
    # The paper says variance 10⁻². Many read it as a deviation of 0.01, as AlexNet's: that is "zfnet" here.
    "vgg": Rule(normal, lambda i, o: 0.1, "Simonyan & Zisserman (2015), section 3.1"),
    "glorot": Rule(
        uniform, lambda i, o: sqrt(6 / (i + o)), "Glorot & Bengio (2010), equation 16; VGG's footnote"
    ),
    "he_fan_in": Rule(normal, lambda i, o: sqrt(2 / i), "He et al. (2015), equation 10; DenseNet, U-Net"),
    "he_fan_out": Rule(normal, lambda i, o: sqrt(2 / o), "He et al. (2015), equation 14; ResNet's code"),
    "zero_gamma": Rule(
        normal, lambda i, o: sqrt(2 / o), "Goyal et al. (2017), section 5.1", then=residuals_of_zero
    ),
    "googlenet": Rule(truncated, lambda i, o: 0.01, "torchvision; the paper says nothing"),
    "inception": Rule(truncated, lambda i, o: 0.1, "Inception-v3's published code; the paper says nothing"),
    "capsnet": Rule(
        truncated, lambda i, o: 0.1, "CapsNet's published code; the paper says nothing", bias=0.1
    ),
    "squeezenet": Rule(
        uniform, lambda i, o: sqrt(3 / i), "SqueezeNet's published prototxt", then=small_last_layer
    ),
    "mobilenet": Rule(truncated, lambda i, o: 0.09, "the published code of MobileNetV1 to V3"),
    "efficientnet": Rule(
        normal, lambda i, o: sqrt(2 / o), "EfficientNet's published code", then=uniform_linear
    ),
}


@torch.no_grad()
def initialize(model: nn.Module, rule: str, seed: int = 0) -> nn.Module:
    """The same network, its weights drawn by a rule of `RULES`.

    A seed gives the same values on every device, and torch's own generator is left as it was. Batch
    normalization begins as the identity. What is neither that nor a convolution nor a linear layer keeps its
    value. ValueError for an unknown rule, and for a network that the rule does not fit.
    """
    if rule not in RULES:
        near = get_close_matches(rule, RULES, n=1, cutoff=0)[0]
        raise ValueError(f"there is no rule {rule!r}; did you mean {near!r}? All: {', '.join(RULES)}")
    draw, spread, _, bias, then = RULES[rule]
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()
    for layer in _layers(model):
        _set(layer.weight, draw, spread(*fan_in_and_out(layer)), generator)
        if layer.bias is not None:
            layer.bias.fill_(bias)
    then(model, generator)
    return model


def fan_in_and_out(layer: Layer) -> tuple[int, int]:
    """How many values an output is summed from, and in how many sums an input stands (He et al., 2015).

    Borders and a convolution's stride are ignored; of a transposed kernel's taps, an output meets one in
    stride².
    """
    if isinstance(layer, nn.Linear):
        return layer.in_features, layer.out_features
    taps = prod(layer.kernel_size)
    met = taps // prod(layer.stride) if isinstance(layer, nn.ConvTranspose2d) else taps
    return layer.in_channels // layer.groups * met, layer.out_channels // layer.groups * taps


def _layers(model: nn.Module) -> list[Layer]:
    """Convolutions and linear layers, in the order in which the model names them."""
    return [layer for layer in model.modules() if isinstance(layer, Layer)]


def _set(tensor: Tensor, draw: Draw, spread: float, generator: Generator) -> None:
    """Drawn in the processor's memory, so that a seed means the same on every device."""
    tensor.copy_(draw(torch.empty(tensor.shape), spread, generator))
