"""What a training is told, and what it tells: the recipe, its learning rates, the history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import cos, pi
from typing import NamedTuple

import torch
from torch import Generator, Tensor

WAIT = 3  # epochs without improvement before a plateau's learning rate falls to a tenth

# What the learning rate is multiplied by: (how much of the training after the warm-up is over, from 0 to 1;
# how often the loss has stopped falling).
SCHEDULES: dict[str, Callable[[float, int], float]] = {
    "cosine": lambda over, plateaus: (1 + cos(pi * over)) / 2,
    "constant": lambda over, plateaus: 1.0,
    "plateau": lambda over, plateaus: 0.1**plateaus,
}
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True)
class Recipe:
    """Stochastic gradient descent with momentum, and what is done beside it. ValueError for what cannot be.

    `batch_size` is that of all processes together; `warmup` counts steps; `clip` is the largest norm of all
    gradients together; `augment` gets a batch and a generator. In a `precision` below float32, convolutions
    and matrix products are computed in it, and the weights stay float32.
    """

    epochs: int = 10
    batch_size: int = 64
    lr: float = 0.05
    momentum: float = 0.9
    weight_decay: float = 5e-4
    warmup: int = 0
    schedule: str = "cosine"
    clip: float | None = None
    label_smoothing: float = 0.0
    augment: Callable[[Tensor, Generator], Tensor] | None = None
    precision: str = "float32"

    def __post_init__(self) -> None:
        for name, least in {"epochs": 1, "batch_size": 1, "warmup": 0, "lr": 0, "weight_decay": 0}.items():
            if not getattr(self, name) >= least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")
        for name in ("momentum", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 0 and below 1, got {getattr(self, name)}")
        for name, known in (("schedule", list(SCHEDULES)), ("precision", list(PRECISIONS))):
            if getattr(self, name) not in known:
                raise ValueError(f"there is no {name} {getattr(self, name)!r}; known: {', '.join(known)}")
        if self.clip is not None and not self.clip > 0:
            raise ValueError(f"clip must be above 0, got {self.clip}")


class Score(NamedTuple):
    """Mean cross-entropy, and the share of images whose class has the highest score."""

    loss: float
    accuracy: float


@dataclass
class History:
    """How a training went: one value per epoch, but `step_loss`.

    `steps` is how many had been made at its end, `loss` the mean of its steps' losses as they were trained
    on, `lr` its last step's learning rate, `seconds` how long its training took. `test_loss` and `accuracy`
    are empty where nothing was tested.
    """

    steps: list[int] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    test_loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    lr: list[float] = field(default_factory=list)
    step_loss: list[float] = field(default_factory=list)

    @property
    def watched(self) -> list[float]:
        """The loss that is to fall: of the test where there is one."""
        return self.test_loss or self.loss

    def waited(self) -> int:
        """Epochs since the watched loss was lowest."""
        return len(self.watched) - 1 - self.watched.index(min(self.watched)) if self.watched else 0


def learning_rate(recipe: Recipe, step: int, steps: int, watched: list[float]) -> float:
    """Of step `step` from 0, of `steps`; `watched` are the losses of the epochs that are over."""
    if step < recipe.warmup:
        return recipe.lr * (step + 1) / recipe.warmup
    over = (step - recipe.warmup) / max(1, steps - recipe.warmup)
    return recipe.lr * SCHEDULES[recipe.schedule](over, plateaus(watched))


def plateaus(losses: list[float], wait: int = WAIT) -> int:
    """How often `wait` epochs in a row brought no lower loss than all before."""
    best, waited, found = float("inf"), 0, 0
    for loss in losses:
        best, waited = (loss, 0) if loss < best else (best, waited + 1)
        if waited == wait:
            waited, found = 0, found + 1
    return found
