"""What a network of `cnnlab.models` costs; a pattern means modules or parameters by their names there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import torch
from torch import Tensor, nn

from cnnlab.models import VARIANTS
from cnnlab.profiler import Profile, Row, profile
from cnnlab.published.language import Number, computation, nearest
from cnnlab.published.layers import fits


@cache
def network_of(model: str) -> nn.Module:
    """A network without memory for its weights, in evaluation mode."""
    if model not in VARIANTS:
        raise ValueError(f"no network is called {model!r}{nearest(model, VARIANTS)}")
    with torch.device("meta"):
        network: nn.Module = VARIANTS[model].build()
    return network.eval()


def input_shape(model: str, size: int) -> tuple[int, int, int, int]:
    """One square image, of the channels that the network was published for."""
    return 1, VARIANTS[model].input_shape[0], size, size


@cache
def profile_of(model: str, size: int) -> Profile:
    """What a network costs for one square image."""
    return profile(network_of(model), input_shape(model, size))


def operators(model: str, size: int, pattern: str) -> list[Row]:
    """What the modules that a pattern means do with one square image."""
    found = [row for row in profile_of(model, size).counted if fits(row.path, pattern)]
    if not found:
        raise ValueError(f"no module of {model} that does something is named {pattern!r}")
    return found


def parameters(model: str, pattern: str) -> list[nn.Parameter]:
    """The parameters that a pattern means."""
    found = [parameter for name, parameter in network_of(model).named_parameters() if fits(name, pattern)]
    if not found:
        raise ValueError(f"no parameter of {model} is named {pattern!r}")
    return found


def params_of(network: nn.Module) -> int:
    """How many parameters a network has."""
    return sum(parameter.numel() for parameter in network.parameters())


# Parameters -------------------------------------------------------------------------------------------


@computation
def model_params(model: str, pattern: str = "*") -> Number:
    """Parameters of a network."""
    return sum(parameter.numel() for parameter in parameters(model, pattern))


@computation
def model_weights(model: str, pattern: str = "*") -> Number:
    """Weights alone: biases, and the scales and shifts of batch norm, are not counted."""
    return sum(parameter.numel() for parameter in parameters(model, pattern) if parameter.ndim > 1)


def norm_channels(model: str) -> int:
    """Channels that batch norm scales and shifts."""
    norms = [module for module in network_of(model).modules() if isinstance(module, nn.BatchNorm2d)]
    return sum(norm.num_features for norm in norms)


@computation
def model_without_norm(model: str) -> Number:
    """Parameters without the scale and shift of each batch norm channel."""
    return model_params(model) - 2 * norm_channels(model)


@computation
def model_state(model: str) -> Number:
    """Parameters, and the running mean and variance of each batch norm channel, which a file holds too."""
    state = network_of(model).state_dict().items()
    return sum(int(value.numel()) for name, value in state if not name.endswith("num_batches_tracked"))


@computation
def model_unscaled_state(model: str) -> Number:
    """As `model_state`, but a batch norm channel has a shift and no scale: three numbers."""
    return model_state(model) - norm_channels(model)


@computation
def cifar100_params(model: str) -> Number:
    """Parameters of a network for CIFAR, with scores for a hundred classes instead of ten."""
    with torch.device("meta"):
        return params_of(VARIANTS[model].build(num_classes=100))


# Work -------------------------------------------------------------------------------------------------


@computation
def model_macs(model: str, size: int, pattern: str = "*") -> Number:
    """Multiply–accumulates of a network, for a square image of this size."""
    return sum(row.macs for row in operators(model, size, pattern))


@computation
def model_macs_and_outputs(model: str, size: int) -> Number:
    """MACs, and one addition for each output of a convolution or linear layer, as if it had a bias."""
    return sum(row.macs + row.outputs for row in operators(model, size, "*") if row.macs)


@computation
def biased_macs(model: str, size: int) -> Number:
    """MACs, and an addition for each output of a convolution that is not depthwise, as if it had a bias."""
    modules = dict(network_of(model).named_modules())
    rows = [row for row in profile_of(model, size).counted if row.macs]
    layers = [getattr(modules.get(row.path), "groups", 1) for row in rows]
    return sum(row.macs + row.outputs * (g == 1) for row, g in zip(rows, layers, strict=True))


@computation
def model_macs_and_elementwise(model: str, size: int) -> Number:
    """MACs, and one for each element added to a shortcut or multiplied by a gate."""
    return sum(row.macs + row.elementwise for row in operators(model, size, "*"))


@computation
def model_macs_and_windows(model: str, size: int) -> Number:
    """MACs, and one operation for each element of a pooling window."""
    return model_macs(model, size) + sum(row.pooling for row in profile_of(model, size).counted)


@computation
def model_macs_and_activations(model: str, size: int) -> Number:
    """MACs, and one for each bias added, each ReLU and each element of a pooling window."""
    found = profile_of(model, size)
    return found.flops(multiply_add=1, bias=1, norm=0, activation=1) + sum(
        row.pooling for row in found.counted
    )


@computation
def model_operations(model: str, size: int) -> Number:
    """MACs, and one for each bias added, ReLU and element that is pooled, two for each normalized."""
    found = profile_of(model, size)
    pooled = sum(row.inputs for row in found.counted if row.pooling)
    return found.flops(multiply_add=1, bias=1, norm=2, activation=1) + pooled


# Form -------------------------------------------------------------------------------------------------


@cache
def maps(model: str, size: int) -> Mapping[str, torch.Size]:
    """The shape of what each module hands on, for a square image of this size."""
    shapes: dict[str, torch.Size] = {}

    def note(name: str) -> Callable[[nn.Module, object, object], None]:
        return lambda _, __, output: shapes.update({name: output.shape} if isinstance(output, Tensor) else {})

    handles = [module.register_forward_hook(note(name)) for name, module in network_of(model).named_modules()]
    try:
        with torch.no_grad():
            network_of(model)(torch.empty(input_shape(model, size), device="meta"))
    finally:
        for handle in handles:
            handle.remove()
    return shapes


def map_of(model: str, size: int, module: str) -> torch.Size:
    """The shape of what one module hands on; ValueError for one that no map leaves."""
    shapes = maps(model, size)
    if module not in shapes:
        raise ValueError(
            f"no module of {model} that hands on a map is named {module!r}{nearest(module, shapes)}"
        )
    return shapes[module]


@computation
def map_channels(model: str, size: int, module: str) -> Number:
    """Channels of what a module hands on, for a square image of this size."""
    return map_of(model, size, module)[1]


@computation
def map_size(model: str, size: int, module: str) -> Number:
    """Rows of what a module hands on, for a square image of this size."""
    return map_of(model, size, module)[2]


@computation
def learned_layers(model: str) -> Number:
    """Convolutions, transposed ones among them, and linear layers."""
    kinds = nn.Conv2d | nn.ConvTranspose2d | nn.Linear
    return sum(isinstance(module, kinds) for module in network_of(model).modules())


@computation
def blocks(model: str, module: str) -> Number:
    """How often a stage repeats its block."""
    return len(list(network_of(model).get_submodule(module).children()))


# Another last layer -----------------------------------------------------------------------------------


def last_layer(model: str) -> tuple[int, int]:
    """Inputs and outputs of a network's last linear layer."""
    *_, found = (module for module in network_of(model).modules() if isinstance(module, nn.Linear))
    return found.in_features, found.out_features


@computation
def retrained_params(model: str, classes: int) -> Number:
    """Parameters of a network whose last layer is for another number of classes."""
    inputs, outputs = last_layer(model)
    return model_params(model) + (inputs + 1) * (classes - outputs)


@computation
def retrained_macs(model: str, size: int, classes: int) -> Number:
    """MACs of a network whose last layer is for another number of classes."""
    inputs, outputs = last_layer(model)
    return model_macs(model, size) + inputs * (classes - outputs)
