"""torchvision's ImageNet weights in our networks, and the preprocessing that goes with them.

`weights.csv` says which file of torchvision 0.28.0 a network gets. Where there are two, it is torchvision's
default, the newer: the same network, trained longer, is what a reader wants to classify with. The older one
repeats the paper's accuracy; the last column says what it was. Accuracies are torchvision's, in % of
ImageNet's validation images, and not measured here.
"""

from __future__ import annotations

import csv
import pickle
import re
from collections import Counter
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab import download
from cnnlab.models import VARIANTS

__all__ = ["Checkpoint", "checkpoints", "fetch", "labels", "load", "preprocess", "renamed"]

HERE = Path(__file__).parent
SERVER = "https://download.pytorch.org/models/"


class Checkpoint(NamedTuple):
    """A file of weights, and how its network wants to be shown an image."""

    file: str
    mib: float
    sha256: str  # its first digits
    resize: int  # pixels of the shorter side
    crop: int  # pixels of both sides, from the middle
    interpolation: str
    mean: tuple[float, ...]  # of red, green and blue between 0 and 1: subtracted, …
    std: tuple[float, ...]  # … then divided by
    acc1: float
    acc5: float
    choice: str  # why this file


@cache
def checkpoints() -> dict[str, Checkpoint]:
    """The rows of `weights.csv`, by the name of their model; ValueError where a model has two."""
    lines = _lines("weights.csv")
    found = {line["model"]: _checkpoint(line) for line in lines}
    if len(found) < len(lines):
        twice = [name for name, rows in Counter(line["model"] for line in lines).items() if rows > 1]
        raise ValueError(f"weights.csv has more than one row of {', '.join(twice)}")
    return found


@cache
def labels() -> tuple[str, ...]:
    """The 1,000 classes of ImageNet, in the order of a network's scores."""
    return tuple(line["label"] for line in _lines("imagenet_labels.csv"))


def load(model_name: str) -> nn.Module:
    """The network with its official weights, in eval mode; fetched once, then kept (see `fetch`).

    ValueError for a model without official weights and for a file that holds more than tensors, RuntimeError
    from torch where names or shapes are not the network's, OSError as `fetch`.
    """
    path = fetch(model_name)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:  # torch's message advises to trust the file
        raise ValueError(f"{path} holds more than tensors and is not opened: it could run code") from None
    with torch.device("meta"):  # no time and no random numbers for values that are replaced
        model: nn.Module = VARIANTS[model_name].build().eval()
    model.load_state_dict(renamed(state), strict=True, assign=True)
    return model


def preprocess(image: np.ndarray, model_name: str) -> Tensor:
    """An image as the weights of this network were tested: uint8 [H, W, 3] → [1, 3, crop, crop].

    Its shorter side is resized, its middle cut out, each channel normalized. torchvision's GoogLeNet and
    Inception-v3 undo that normalization inside and apply their authors' own; the table has only the latter.
    ValueError for any other kind of image.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(f"an image must be uint8 [H, W, 3], got {image.dtype} {list(image.shape)}")
    row = _row(model_name)
    size = [row.resize * side // min(image.shape[:2]) for side in image.shape[:2]]
    top, left = (round((side - row.crop) / 2) for side in size)
    pixels = torch.from_numpy(image.copy()).permute(2, 0, 1)[None]
    # In bytes, as from a picture's file: each pixel is rounded before it is normalized.
    pixels = F.interpolate(pixels, size, mode=row.interpolation, antialias=True)
    pixels = pixels[:, :, top : top + row.crop, left : left + row.crop]
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (row.mean, row.std))
    return (pixels / 255 - mean) / std


def fetch(model_name: str) -> Path:
    """Where the checkpoint lies on this machine; fetched first if it does not (see `download.fetch`).

    ValueError for a model without one, OSError with the reason if it cannot be fetched.
    """
    row = _row(model_name)
    return download.fetch(SERVER + row.file, row.sha256)


def renamed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict by today's names: in the DenseNets' files, `norm1` is still `norm.1`."""
    return {re.sub(r"(denselayer\d+\.(?:norm|conv))\.(\d)", r"\1\2", key): state[key] for key in state}


def _row(model_name: str) -> Checkpoint:
    if model_name not in checkpoints():
        near = get_close_matches(model_name, checkpoints(), n=1, cutoff=0)[0]
        raise ValueError(f"there are no official weights for {model_name!r}; did you mean {near!r}?")
    return checkpoints()[model_name]


def _lines(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _checkpoint(line: dict[str, str]) -> Checkpoint:
    mean, std = (tuple(map(float, line[key].split())) for key in ("mean", "std"))
    return Checkpoint(
        line["file"], float(line["mib"]), line["sha256"], int(line["resize"]), int(line["crop"]),
        line["interpolation"], mean, std, float(line["acc1"]), float(line["acc5"]), line["choice"],
    )  # fmt: skip
