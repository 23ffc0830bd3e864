"""What a network takes of memory in all: weights, a step's gradients, the optimizer's state, activations.

    memory(profile(model, (8, 3, 224, 224), training=True), "channels_last", "adam")
    largest_batch(model, (3, 224, 224), 4 * 2**30)

The peak is torch's on a CPU, with what its convolutions borrow (`cnnlab.kernels`), for as many threads as
torch had when the network was profiled.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from torch import nn

from cnnlab.kernels import CHANNELS_LAST, CONTIGUOUS, LAYOUTS
from cnnlab.profiler import Profile, profile
from cnnlab.trace import Model, Size

__all__ = ["OPTIMIZERS", "Memory", "largest_batch", "largest_batches", "memory"]

# Copies of every weight that the optimizer keeps, and numbers of 4 bytes more for each tensor of weights.
OPTIMIZERS = {"sgd": (0, 0), "momentum": (1, 0), "adam": (2, 1)}
MOST = 2**20  # images, more than are tried


class Memory(NamedTuple):
    """Bytes, and where the peak is reached."""

    weights: int  # and what else a network holds, as the statistics of its normalizations
    gradients: int  # of all weights that are trained; none without a training step
    optimizer: int  # what it keeps from one step to the next
    peak: int  # the most that inputs, results, borrowed memory and gradients take together
    path: str  # the module that runs then

    @property
    def total(self) -> int:
        """The most at any time of a step, or of one use."""
        return self.weights + self.optimizer + max(self.peak, self.gradients)


def memory(found: Profile, layout: str | None = None, optimizer: str = "sgd") -> Memory:
    """The memory of what was profiled, for images in a layout; without one, in that of the network's weights.

    ValueError for an unknown layout or optimizer, and for an optimizer without a training step.
    """
    layout = layout or _layout(found.network)
    if layout not in LAYOUTS or optimizer not in OPTIMIZERS:
        raise ValueError(
            f"layouts are {', '.join(LAYOUTS)} and optimizers {', '.join(OPTIMIZERS)}; "
            f"got {layout!r} and {optimizer!r}"
        )
    if optimizer != "sgd" and not found.is_step:
        raise ValueError(f"{optimizer} keeps its state for training: profile with training=True")
    trained = [p for p in found.network.parameters() if p.requires_grad and found.is_step]
    gradients, (copies, numbers) = sum(p.nbytes for p in trained), OPTIMIZERS[optimizer]
    held = {id(tensor): tensor.nbytes for tensor in [*found.network.parameters(), *found.network.buffers()]}
    state = copies * gradients + 4 * numbers * len(trained)
    return Memory(sum(held.values()), gradients, state, *found.peaks[layout])


def _layout(network: nn.Module) -> str:
    """Channels last if the weights of a convolution stand so: then torch runs it so."""
    wide = [p for p in network.parameters() if p.ndim == 4 and p.shape[1] > 1]
    is_last = any(p.stride(1) == 1 and p.stride(3) == p.shape[1] for p in wide)
    return CHANNELS_LAST if is_last else CONTIGUOUS


def largest_batch(
    model: Model,
    image: Size,
    limit: int,
    training: bool = False,
    layout: str | None = None,
    optimizer: str = "sgd",
) -> int:
    """The most images [C, H, W] at a time for which `Memory.total` stays within `limit` bytes.

    ValueError, with the bytes that it takes, where one image is too much.
    """
    return _largest(
        lambda batch: memory(profile(model, (batch, *image), training=training), layout, optimizer).total,
        limit,
    )


def largest_batches(model: Model, image: Size, limit: int, layout: str | None = None) -> dict[str, int]:
    """`largest_batch` of one use and of a step with each optimizer; each batch is profiled once."""

    @cache
    def profiled(batch: int, training: bool) -> Profile:
        return profile(model, (batch, *image), training=training)

    def most(training: bool, optimizer: str = "sgd") -> int:
        return _largest(lambda batch: memory(profiled(batch, training), layout, optimizer).total, limit)

    return {"one use": most(False)} | {f"step with {name}": most(True, name) for name in OPTIMIZERS}


def _largest(needed: Callable[[int], int], limit: int) -> int:
    """Where a line through two batches says, for most networks take as much for each image; then verified.

    A batch counts only if it was profiled, fits, and one image more does not. Every third try doubles, or
    halves what is left, so that it ends soon where memory is no line.
    """
    points, tries = [(1, needed(1)), (2, needed(2))], 0
    if points[0][1] > limit:
        raise ValueError(f"one image takes {points[0][1]:,} bytes, and there are {limit:,}")
    fits, too_many = (2, MOST) if points[1][1] <= limit else (1, 2)
    while too_many - fits > 1:
        tries += 1
        half = min((fits + too_many) // 2, 2 * fits)
        guess = half if tries % 3 == 0 else min(_on_the_line(points[0], points[1], limit), too_many - 1)
        guess = max(guess, fits + 1)
        points = [points[1], (guess, needed(guess))]
        fits, too_many = (guess, too_many) if points[1][1] <= limit else (fits, guess)
    return fits


def _on_the_line(first: tuple[int, int], second: tuple[int, int], limit: int) -> int:
    """The batch that a line through two points, batch and bytes, allows."""
    (a, at_a), (b, at_b) = first, second
    return b + (limit - at_b) * (b - a) // (at_b - at_a) if at_b != at_a else MOST
