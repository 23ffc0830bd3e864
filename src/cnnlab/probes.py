"""What looks into a trained network, and leaves it as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from itertools import product
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F
from torch.nn.grad import conv2d_input

from cnnlab.data import Data

__all__ = [
    "RELUS",
    "Projection",
    "as_deployed",
    "filter_normalized",
    "gradient_by_depth",
    "loss_slice",
    "loss_surface",
    "occlude",
    "project_back",
    "without",
]

BATCH = 500  # images at a time, wherever a whole set goes through a network

Direction = dict[str, Tensor]  # a step for every parameter, by its name


@contextmanager
def as_deployed(model: nn.Module) -> Iterator[None]:
    """Dropout and batch normalization as in use, no gradients; afterwards every module as it was before."""
    before = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in before.items():
            module.training = training


def loss_slice(model: nn.Module, data: Data, distances: Sequence[float], seed: int = 0) -> np.ndarray:
    """The loss on a straight line through the network's weights: L(θ + α·δ) for each distance α, [D].

    δ is `filter_normalized`, so α = 1 is a step as long as every filter itself. The loss is the mean
    cross-entropy over `data`, the network in evaluation mode: its running statistics stay behind. A loss
    too large for a float is inf or nan, as in torch. Li et al. (2018), section 2.
    """
    along = filter_normalized(model, seed)
    with as_deployed(model):
        return np.array([_loss(model, data, [(distance, along)]) for distance in distances])


def loss_surface(model: nn.Module, data: Data, distances: Sequence[float], seed: int = 0) -> np.ndarray:
    """The same over a plane: L(θ + α·δ + β·η) in row β and column α, [D, D].

    δ is the direction of `loss_slice` with the same seed; η is drawn independently. Li et al. (2018), eq. 1.
    """
    along, across = filter_normalized(model, seed), filter_normalized(model, seed, number=1)
    with as_deployed(model):
        return np.array(
            [
                [_loss(model, data, [(alpha, along), (beta, across)]) for alpha in distances]
                for beta in distances
            ]
        )


@torch.no_grad()
def filter_normalized(model: nn.Module, seed: int = 0, number: int = 0) -> Direction:
    """A random direction, each filter of it as long as the network's own. Li et al. (2018), section 4.

    A filter is what one output listens to: the first index of a weight. So a network whose filters were
    scaled without changing its answers shows the same slice. Biases and normalizations do not move. `number`
    counts the independent directions of a seed, which are the same on every device.
    """
    rng = np.random.default_rng((seed, number))  # not torch's: `initialize` drew the weights with those
    return {name: _like(weight, rng) for name, weight in model.named_parameters()}


def _like(weight: Tensor, rng: np.random.Generator) -> Tensor:
    if weight.dim() < 2:
        return torch.zeros_like(weight)
    drawn = torch.from_numpy(rng.standard_normal(weight.shape)).to(weight)
    lengths: Tensor = weight.flatten(1).norm(dim=1) / drawn.flatten(1).norm(dim=1)
    return drawn * lengths.view(-1, *[1] * (weight.dim() - 1))


def _loss(model: nn.Module, data: Data, steps: Sequence[tuple[float, Direction]]) -> float:
    """Mean cross-entropy when the parameters have made these steps."""
    moved = {
        name: weight + sum(distance * direction[name] for distance, direction in steps)
        for name, weight in model.named_parameters()
    }
    device, total = next(model.parameters()).device, 0.0
    for first in range(0, len(data.labels), BATCH):
        images, labels = (torch.from_numpy(each[first : first + BATCH]).to(device) for each in data)
        scores = functional_call(model, moved, (images,))
        total += F.cross_entropy(scores, labels, reduction="sum").item()
    return total / len(data.labels)


def gradient_by_depth(model: nn.Module, data: Data) -> list[float]:
    """How long the loss's gradient is in the weights of each convolution, in the order the model names them.

    The loss is the mean cross-entropy over `data`, all of it one batch, which is what normalizes: the network
    is seen as it trains. Only a copy is touched.
    """
    copied = deepcopy(model).train()
    device = next(copied.parameters()).device
    images, labels = (torch.from_numpy(each).to(device) for each in data)
    kernels = [module.weight for module in copied.modules() if isinstance(module, nn.Conv2d)]
    loss = F.cross_entropy(copied(images), labels)
    return [gradient.norm().item() for gradient in torch.autograd.grad(loss, kernels)]


@contextmanager
def without(model: nn.Module, *blocks: str) -> Iterator[None]:
    """The same network, in which these submodules hand on what they are given; afterwards as it was before.

    AttributeError for a name that the model has not. Veit et al. (2016), section 4.1.
    """
    removed = {name: model.get_submodule(name) for name in blocks}
    try:
        for name in blocks:
            _put(model, name, nn.Identity())
        yield
    finally:
        for name, block in removed.items():
            _put(model, name, block)


def _put(model: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, module)


# ---- Back to the image: Zeiler & Fergus (2014) ----


class Projection(NamedTuple):
    """What one unit answered to, drawn in pixels."""

    activation: float  # the channel's largest
    unit: tuple[int, int]  # where it stands: row, column
    pattern: np.ndarray  # [C, H, W]


def project_back(
    layers: nn.Sequential, image: np.ndarray, channel: int, relu: str = "deconvnet"
) -> Projection:
    """The strongest unit of a channel, taken back through its layers to the pixels that made it strong.

    `layers` end with the layer asked about; `image` is [C, H, W]. A pooling puts each value where its maximum
    stood, a convolution turns round (its kernels are used once more, transposed), and a ReLU follows one of
    the rules of `RELUS`. Convolutions, batch normalization, ReLU, max pooling and dropout are known;
    ValueError for any other layer. Zeiler & Fergus (2014), section 2.1.
    """
    with as_deployed(layers):
        x, inputs = torch.from_numpy(image)[None].to(next(layers.parameters())), []
        for layer in layers:
            inputs.append(x)
            x = layer(x.clone())
        row, column = divmod(int(x[0, channel].argmax()), x.shape[3])
        signal = torch.zeros_like(x)
        signal[0, channel, row, column] = x[0, channel, row, column]
        for layer, before in zip(reversed(layers), reversed(inputs), strict=True):
            signal = _back(layer, before, signal, relu)
    return Projection(float(x[0, channel, row, column]), (row, column), signal[0].cpu().numpy())


# What a ReLU lets pass on the way back: where its input was positive, where the signal is, or where both are.
RELUS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "gradient": lambda before, signal: (before > 0).to(signal),
    "deconvnet": lambda before, signal: (signal > 0).to(signal),
    "guided": lambda before, signal: ((before > 0) & (signal > 0)).to(signal),
}


def _back(layer: nn.Module, before: Tensor, signal: Tensor, relu: str) -> Tensor:
    """Through one layer the wrong way round: [1, C', H', W'] → the shape of what it had read."""
    if isinstance(layer, nn.Conv2d):
        where = layer.stride, layer.padding, layer.dilation, layer.groups
        turned: Tensor = conv2d_input(before.shape, layer.weight, signal, *where)  # type: ignore[no-untyped-call]
        return turned
    if isinstance(layer, nn.BatchNorm2d):
        slope: Tensor = layer(before + 1) - layer(before)  # a straight line
        return signal * slope
    if isinstance(layer, nn.ReLU):
        return signal * RELUS[relu](before, signal)
    if isinstance(layer, nn.MaxPool2d):
        window = layer.kernel_size, layer.stride, layer.padding, layer.dilation, layer.ceil_mode
        _, switches = F.max_pool2d(before, *window, return_indices=True)
        blank = torch.zeros_like(before).flatten(2)
        return blank.scatter_add(2, switches.flatten(2), signal.flatten(2)).view_as(before)
    if isinstance(layer, nn.Dropout):
        return signal
    raise ValueError(f"there is no way back through {type(layer).__name__}")


def occlude(
    model: nn.Module, image: np.ndarray, label: int, size: int, step: int = 1, grey: float = 0.0
) -> np.ndarray:
    """The probability of a class while a grey square hides a part of the image [C, H, W].

    One value for each place of the square, `step` pixels apart: [(H − size) // step + 1, the same of W].
    ValueError for a square larger than the image. Zeiler & Fergus (2014), section 4.2.
    """
    _, height, width = image.shape
    if not 1 <= size <= min(height, width):
        raise ValueError(f"a square of {size} pixels does not fit an image of {height}×{width}")
    rows, columns = range(0, height - size + 1, step), range(0, width - size + 1, step)
    hidden = np.repeat(image[None], len(rows) * len(columns), axis=0)
    for copy, (top, left) in zip(hidden, product(rows, columns), strict=True):
        copy[:, top : top + size, left : left + size] = grey
    with as_deployed(model):
        batches = torch.split(torch.from_numpy(hidden).to(next(model.parameters())), BATCH)
        found = torch.cat([model(batch).softmax(dim=1)[:, label] for batch in batches])
    return found.cpu().numpy().reshape(len(rows), len(columns))
