"""Memory-efficient DenseNet (Pleiss et al., 2017, arXiv:1707.06990).

A layer adds only k channels, but training keeps its stacked input, and that input normalized, for the way
back: memory grows with the square of the depth. Stacking, normalizing and ReLU are cheap, convolutions are
not; so keep what the convolutions return, and do the rest again when a gradient asks for it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from cnnlab.models import Paper, Variant, densenet
from cnnlab.models.densenet import DEPTHS, DenseBlock, DenseLayer, DenseNet

PAPER = Paper("pleiss2017", "Memory-Efficient Implementation of DenseNets", 2017)


@contextmanager
def not_counted(norm: nn.BatchNorm2d) -> Iterator[None]:
    """The running statistics stay as they are: the first time, they took account of this batch."""
    kept = norm.momentum, norm.num_batches_tracked
    norm.momentum, norm.num_batches_tracked = 0.0, None
    try:
        yield
    finally:  # a recomputation ends in an exception, as soon as it has what it was made for
        norm.momentum, norm.num_batches_tracked = kept


def made_again(norm: nn.BatchNorm2d, function: Callable[..., Tensor], *inputs: Tensor) -> Tensor:
    """`function` of inputs, which its backward pass calls again for what it needs; `norm` is a part of it."""

    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), not_counted(norm)

    result: Tensor = checkpoint(
        function, *inputs, use_reentrant=False, preserve_rng_state=False, context_fn=contexts
    )
    return result


class EfficientLayer(DenseLayer):
    """What `DenseLayer` adds to features that are not stacked yet: list of [N, Cᵢ, H, W] → [N, k, H, W]."""

    norm1: nn.BatchNorm2d
    norm2: nn.BatchNorm2d

    def squeeze(self, *features: Tensor) -> Tensor:
        norm, relu, conv, *_ = self
        return conv(relu(norm(torch.cat(features, dim=1))))

    def expand(self, x: Tensor) -> Tensor:
        *_, norm, relu, conv = self
        return conv(relu(norm(x)))

    def forward(self, features: list[Tensor]) -> Tensor:  # type: ignore[override]  # not stacked
        x = made_again(self.norm1, self.squeeze, *features)
        return made_again(self.norm2, self.expand, x)


class EfficientBlock(DenseBlock):
    """Equal to `DenseBlock`: [N, C, H, W] → [N, C + depth · k, H, W]."""

    layer = EfficientLayer

    def forward(self, x: Tensor) -> Tensor:
        features = [x]
        for layer in self:
            features.append(layer(features))
        return torch.cat(features, dim=1)


class EfficientDenseNet(DenseNet):
    """Images [N, in_channels, H, W] → class scores [N, num_classes], those of the same `DenseNet`."""

    block = EfficientBlock


VARIANTS = {
    "densenet121_efficient": Variant(
        partial(EfficientDenseNet, DEPTHS[121]), densenet.VARIANTS["densenet121"].cost
    ),
}
