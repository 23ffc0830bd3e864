"""What a network takes of memory in all: weights, a step's gradients, the optimizer's state, activations.

    memory(profile(model, (8, 3, 224, 224), training=True), "channels_last", "adam")
    largest_batch(model, (3, 224, 224), 4 * 2**30)

The peak is torch's on a CPU, with what its convolutions borrow (`cnnlab.kernels`), for as many threads as
torch had when the network was profiled. Autocast is not seen: tensors without values do not take part in it.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from torch import nn

from cnnlab.kernels import CHANNELS_LAST, CONTIGUOUS, LAYOUTS
from cnnlab.profiler import Profile, profile
from cnnlab.trace import Model, Size

__all__ = ["OPTIMIZERS", "Memory", "largest_batch", "memory"]

# Copies of every weight that the optimizer keeps, and numbers of 4 bytes more for each tensor of weights.
OPTIMIZERS = {"sgd": (0, 0), "momentum": (1, 0), "adam": (2, 1)}
MOST = 2**20  # images that are tried


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

    def needed(batch: int) -> int:
        return memory(profile(model, (batch, *image), training=training), layout, optimizer).total

    if (one := needed(1)) > limit:
        raise ValueError(f"one image takes {one:,} bytes, and there are {limit:,}")
    end = 2
    while end < MOST and needed(end) <= limit:
        end *= 2
    return bisect_left(range(end), limit + 1, lo=end // 2, key=needed) - 1
