"""More images from those there are: each is moved a little, or mirrored, before it is learned from."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Generator, Tensor


class Augment(NamedTuple):
    """Every image moved by up to `shift` pixels in both directions, and mirrored or not: [N, C, H, W] → same.

    What enters at a border repeats it. A mirrored 2 is no 2: `flip` is for photographs.
    """

    shift: int = 0
    flip: bool = False

    def __call__(self, images: Tensor, generator: Generator) -> Tensor:
        if self.shift:
            down, right = torch.randint(-self.shift, self.shift + 1, (2, len(images)), generator=generator)
            images = moved(images, down, right)
        if self.flip:
            mirrored = torch.rand(len(images), generator=generator) < 0.5
            images = torch.where(mirrored[:, None, None, None], images.flip(3), images)
        return images


def moved(images: Tensor, down: Tensor, right: Tensor) -> Tensor:
    """Each image by its own number of pixels: [N, C, H, W], [N], [N] → [N, C, H, W]."""
    n, c, h, w = images.shape
    rows = (torch.arange(h) - down[:, None]).clamp(0, h - 1)  # which old row stands in each new one
    columns = (torch.arange(w) - right[:, None]).clamp(0, w - 1)
    image, channel = torch.arange(n)[:, None, None, None], torch.arange(c)[:, None, None]
    return images[image, channel, rows[:, None, :, None], columns[:, None, None, :]]
