"""Train a network of the book from the command line, in one process or in several.

    python -m cnnlab.training --model lenet5 --data digits
    python -m cnnlab.training --model resnet20 --data cifar10 --epochs 100 --lr 0.1 --shift 4 --flip
    torchrun --standalone --local-addr localhost --nproc-per-node 2 -m cnnlab.training --model lenet5

Several processes split every batch, whose size is that of all together, and their gradients' mean is that of
the whole batch: the losses are those of one process, but for rounding. Three things do not split. Batch
normalization takes each process's own images together, and the first process's running statistics are kept;
dropout draws in each process by itself; and the sums of floats come in another order. The processes talk by
NCCL on GPUs, one GPU each, else by Gloo.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from difflib import get_close_matches
from typing import Any

import torch
from torch import distributed, nn

from cnnlab.data import Data, cifar10, digits, split
from cnnlab.models import VARIANTS
from cnnlab.training.augment import Augment
from cnnlab.training.group import Group
from cnnlab.training.initialization import RULES, initialize
from cnnlab.training.loop import fit, smallest_size
from cnnlab.training.recipe import History, Recipe

NUMBERS = {"clip": float}  # of Recipe's fields, those whose default does not tell their type
SETS = ("digits", "cifar10")


def parser() -> argparse.ArgumentParser:
    """Every field of Recipe is an option."""
    made = argparse.ArgumentParser("python -m cnnlab.training", description=__doc__.split("\n")[0])
    made.add_argument("--model", default="lenet5", help="one of those that `python -m cnnlab` lists")
    made.add_argument("--data", default="digits", help=" or ".join(SETS))
    made.add_argument("--size", type=int, help="pixels of a digit's side (the smallest that the model takes)")
    made.add_argument("--rule", default="he_fan_in", help=f"how weights start: {', '.join(RULES)}")
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--shift", type=int, default=0, help="move every image by up to so many pixels")
    made.add_argument("--flip", action="store_true", help="mirror every second image")
    made.add_argument("--patience", type=int, help="stop after so many epochs without a lower loss")
    made.add_argument("--checkpoint", help="file to write after each epoch, and to continue from")
    made.add_argument("--history", help="file for the losses, as JSON")
    for field in fields(Recipe):
        if field.name != "augment":
            kind = NUMBERS.get(field.name, type(field.default))
            made.add_argument("--" + field.name.replace("_", "-"), type=kind, default=field.default)
    return made


@contextmanager
def together() -> Iterator[tuple[Group, torch.device]]:
    """The processes that torchrun started, or this one alone; and where it computes."""
    cuda, several = torch.cuda.is_available(), "TORCHELASTIC_RUN_ID" in os.environ
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if cuda else torch.device("cpu")
    if several:
        distributed.init_process_group("nccl" if cuda else "gloo", device_id=device if cuda else None)
    try:
        yield Group.current(), device
    finally:
        if several:
            distributed.destroy_process_group()


def network(options: argparse.Namespace) -> nn.Module:
    if options.model not in VARIANTS:
        near = get_close_matches(options.model, VARIANTS, n=1, cutoff=0)[0]
        raise ValueError(f"there is no model {options.model!r}; did you mean {near!r}?")
    channels = 3 if options.data == "cifar10" else 1
    model = VARIANTS[options.model].build(num_classes=10, in_channels=channels)
    return initialize(model, options.rule, options.seed)


def data(options: argparse.Namespace, model: nn.Module, group: Group) -> tuple[Data, Data]:
    """To learn from, and to test. The first process fetches what is missing, the others wait."""
    if options.data == "digits":
        return split(digits(options.size or max(8, smallest_size(model, 1) or 8)))
    if options.data != "cifar10":
        raise ValueError(f"there is no data set {options.data!r}; known: {', '.join(SETS)}")
    if options.size:
        raise ValueError("--size is for digits; CIFAR-10's images have 32×32 pixels")
    for turn in range(2):
        if turn == min(group.rank, 1):
            found = cifar10()
        if group.size > 1:
            distributed.barrier()
    return found


def train(options: argparse.Namespace) -> None:
    known: dict[str, Any] = {field.name: getattr(options, field.name, None) for field in fields(Recipe)}
    augment = Augment(options.shift, options.flip)
    recipe = Recipe(**(known | {"augment": augment if any(augment) else None}))
    with together() as (group, device):
        model = network(options)
        learn, test = data(options, model, group)
        history = fit(
            model.to(device), learn, test, recipe, options.seed,
            checkpoint=options.checkpoint, patience=options.patience,
        )  # fmt: skip
        if group.rank == 0:
            report(options, history, len(learn.labels), group.size, device)


def report(
    options: argparse.Namespace, history: History, images: int, size: int, device: torch.device
) -> None:
    """A line for each epoch; the losses of all steps go into the file."""
    print(f"{options.model} on {options.data}: {images:,} images, processes: {size}, {device.type}")
    print(f"{'epoch':>5}{'loss':>10}{'test loss':>11}{'accuracy':>10}{'images/s':>10}")
    lines = zip(history.loss, history.test_loss, history.accuracy, history.seconds, strict=True)
    for epoch, (loss, test_loss, accuracy, seconds) in enumerate(lines, start=1):
        print(f"{epoch:5}{loss:10.4f}{test_loss:11.4f}{accuracy:10.4f}{images / seconds:10.0f}")
    if options.history:
        with open(options.history, "w", encoding="utf-8") as file:
            json.dump(asdict(history), file)


def main(words: Sequence[str] | None = None) -> int:
    """Train; the exit status is 2 for what cannot be done, 130 for Ctrl-C."""
    options = parser().parse_args(words)
    try:
        train(options)
    except (ValueError, OSError, FloatingPointError) as error:
        print(f"cnnlab: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        after = f"; the same command continues from {options.checkpoint}" if options.checkpoint else ""
        print(f"cnnlab: stopped{after}", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
