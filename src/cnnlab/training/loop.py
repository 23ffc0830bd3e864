"""One loop: the same on a processor, on a GPU, and in several processes under `torchrun`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from math import ceil, isfinite
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from cnnlab.data import Data
from cnnlab.trace import smallest, takes
from cnnlab.training.group import Group
from cnnlab.training.recipe import PRECISIONS, History, Recipe, Score, learning_rate

AUXILIARY = 0.3  # weight of a loss from halfway: GoogLeNet (2014), section 5
SIZES = (8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 96, 128, 160, 192, 224, 256, 299, 384, 512)


def fit(
    model: nn.Module,
    train: Data,
    test: Data | None = None,
    recipe: Recipe = Recipe(),  # noqa: B008 - it is frozen
    seed: int = 0,
    progress: bool = True,
    checkpoint: str | Path | None = None,
    patience: int | None = None,
) -> History:
    """Train a model where it is, tested after every epoch; afterwards it is in eval mode.

    A seed is a training: torch's own generators are neither asked nor changed. With `checkpoint`, a file is
    written after every epoch, and a run that was killed continues from it as if it had not been. `patience`
    epochs without a lower loss end the training. A model that gives a tuple while it trains has the first for
    its scores, and the rest weigh 0.3 each. ValueError for data that do not fit the model or one another,
    FloatingPointError at the step whose loss is no number.
    """
    for data in (train, test):
        if data is not None:
            check(model, data)
    with own_random_numbers(device_of(model), seed):
        run = Run(model, recipe, seed, len(train.labels))
        if checkpoint and Path(checkpoint).exists():
            run.restore(Path(checkpoint))
        while len(run.history.loss) < recipe.epochs and not (patience and run.history.waited() >= patience):
            run.epoch(train, progress)
            run.test(test)
            if checkpoint and run.group.rank == 0:
                run.save(Path(checkpoint))
    model.eval()
    return run.history


@torch.no_grad()
def evaluate(model: nn.Module, data: Data, batch_size: int = 500) -> Score:
    """Mean cross-entropy and accuracy in eval mode; the model's own mode is kept."""
    check(model, data)
    training, loss, right = model.training, 0.0, 0
    model.eval()
    for start in range(0, len(data.labels), batch_size):
        images, labels = batch_of(data, slice(start, start + batch_size), device_of(model))
        scores = model(images).float()
        loss += F.cross_entropy(scores, labels, reduction="sum").item()
        right += int((scores.argmax(dim=1) == labels).sum())
    model.train(training)
    return Score(loss / len(data.labels), right / len(data.labels))


class Run:
    """A training between two epochs: everything that a killed run needs to go on."""

    def __init__(self, model: nn.Module, recipe: Recipe, seed: int, images: int) -> None:
        self.group, self.model, self.recipe = Group.current(), model, recipe
        self.joined, self.device = self.group.joined(model), device_of(model)
        self.optimizer = torch.optim.SGD(
            model.parameters(), recipe.lr, recipe.momentum, weight_decay=recipe.weight_decay
        )
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=recipe.precision == "float16")
        self.generator = torch.Generator().manual_seed(seed)  # of the images' order and their changes
        self.history, self.batches = History(), ceil(images / recipe.batch_size)
        self.name = f"{type(model).__name__}, seed {seed}, {images} images, " + re.sub(
            " at 0x[0-9a-f]+", "", str(recipe)
        )
        if images // self.batches < self.group.size:
            raise ValueError(f"{self.group.size} processes cannot share batches of {images // self.batches}")

    def epoch(self, data: Data, progress: bool) -> None:
        """Every image once, in batches of almost equal size."""
        self.model.train()
        start, epoch = perf_counter(), len(self.history.loss) + 1
        order = torch.randperm(len(data.labels), generator=self.generator).tensor_split(self.batches)
        hidden = not progress or self.group.rank > 0
        bar = tqdm(order, f"epoch {epoch}/{self.recipe.epochs}", leave=False, disable=hidden)
        for chosen in bar:
            loss = self.step(*self.batch(data, chosen), len(chosen))
            bar.set_postfix(loss=f"{loss:.3f}", refresh=False)
        self.history.steps.append(len(self.history.step_loss))
        self.history.loss.append(sum(self.history.step_loss[-self.batches :]) / self.batches)
        self.history.lr.append(self.optimizer.param_groups[0]["lr"])
        self.history.seconds.append(perf_counter() - start)

    def batch(self, data: Data, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """This process's share. All processes change the whole batch alike, whatever their number."""
        images, labels = batch_of(data, chosen.numpy(), torch.device("cpu"))
        if self.recipe.augment:
            images = self.recipe.augment(images, self.generator)
        return self.group.share(images).to(self.device), self.group.share(labels).to(self.device)

    def step(self, images: Tensor, labels: Tensor, together: int) -> float:
        """Down the gradient once. The mean of the shares' losses is that of all `together` images."""
        step, recipe = len(self.history.step_loss), self.recipe
        lr = learning_rate(recipe, step, recipe.epochs * self.batches, self.history.watched)
        self.optimizer.param_groups[0]["lr"] = lr
        loss = self.loss(images, labels) * (len(labels) * self.group.size / together)
        value = self.group.mean(loss.detach())
        if not isfinite(value):
            raise FloatingPointError(
                f"the loss is {value} at step {step + 1}, with a learning rate of {lr:g}: "
                "a smaller one, a warm-up or clipping may help"
            )
        self.optimizer.zero_grad()
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        if recipe.clip:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.model.parameters(), recipe.clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.history.step_loss.append(value)
        return value

    def loss(self, images: Tensor, labels: Tensor) -> Tensor:
        """Main + 0.3 · auxiliary."""
        precision, smoothing = PRECISIONS[self.recipe.precision], self.recipe.label_smoothing
        with torch.autocast(self.device.type, precision, enabled=precision != torch.float32):
            output = self.joined(images)
        main, *auxiliary = (
            F.cross_entropy(scores.float(), labels, label_smoothing=smoothing) for scores in tuple_of(output)
        )
        return sum((AUXILIARY * loss for loss in auxiliary), start=main)

    def test(self, data: Data | None) -> None:
        """The first process tests, and tells the others."""
        if data is None:
            return
        score = evaluate(self.model, data) if self.group.rank == 0 else Score(0, 0)
        loss, accuracy = self.group.from_first(list(score), self.device)
        self.history.test_loss.append(loss)
        self.history.accuracy.append(accuracy)

    def save(self, path: Path) -> None:
        """Whole or not at all: a run that is killed while it writes leaves the file before."""
        state = {
            "name": self.name, "model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(), "history": asdict(self.history),
            "generator": self.generator.get_state(), "torch": random_state(self.device),
        }  # fmt: skip
        part = path.with_name(path.name + ".part")
        torch.save(state, part)
        os.replace(part, path)

    def restore(self, path: Path) -> None:
        """Continue where the file was written. ValueError if it is of another training."""
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        if state["name"] != self.name:
            raise ValueError(f"{path} is of another training:\n{state['name']}\nnot\n{self.name}")
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        self.history = History(**state["history"])
        self.generator.set_state(state["generator"])
        set_random_state(self.device, state["torch"])


# ---- Data meets model ----


def check(model: nn.Module, data: Data) -> None:
    """Refuse, with the numbers, what would fail later or, worse, would not."""
    images, labels = data
    if len(images) != len(labels) or not len(labels):
        raise ValueError(f"there must be as many images as labels, and some: {len(images)}, {len(labels)}")
    shape = list(images.shape[1:])
    try:
        classes = classes_of(model, torch.from_numpy(images[:2]).to(device_of(model)))
    except (RuntimeError, ValueError) as error:
        larger = smallest_size(model, shape[0])
        hint = f" Images of {larger}×{larger} do." if larger else ""
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"images {shape} do not go through {type(model).__name__}: {reason}.{hint}"
        ) from error
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"labels from {labels.min()} to {labels.max()} do not fit a model of {classes} classes: "
            f"they must lie between 0 and {classes - 1}"
        )


@torch.no_grad()
def classes_of(model: nn.Module, images: Tensor) -> int:
    """How many classes a model scores. Its buffers are lent as copies: batch normalization counts nothing."""
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
    with own_random_numbers(images.device, 0):
        output = torch.func.functional_call(model, buffers, images)
    return int(tuple_of(output)[0].shape[1])


def smallest_size(model: nn.Module, channels: int) -> int | None:
    """The smallest side of the usual ones that a model takes, tried on meta tensors."""
    return smallest(SIZES, lambda side: takes(model, (2, channels, side, side)))


def batch_of(data: Data, chosen: Any, device: torch.device) -> tuple[Tensor, Tensor]:
    images, labels = (torch.from_numpy(values[chosen]).to(device) for values in data)
    return images, labels


def tuple_of(output: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (output,) if isinstance(output, Tensor) else tuple(output)


# ---- Random numbers ----


def device_of(model: nn.Module) -> torch.device:
    return next(model.parameters()).device


@contextmanager
def own_random_numbers(device: torch.device, seed: int) -> Iterator[None]:
    """Dropout asks torch's own generators: they are lent, seeded, and given back as they were."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed + 1_000_003 * Group.current().rank)  # each process drops other units
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True):
            yield


def random_state(device: torch.device) -> list[Tensor]:
    states = [torch.get_rng_state()]
    return [*states, torch.cuda.get_rng_state(device)] if device.type == "cuda" else states


def set_random_state(device: torch.device, states: list[Tensor]) -> None:
    torch.set_rng_state(states[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states[1], device)
