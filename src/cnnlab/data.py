"""What the book trains on: real, small, and on every machine that has scikit-learn."""

from __future__ import annotations

import tarfile
from typing import NamedTuple

import numpy as np

__all__ = ["CIFAR10_CLASSES", "Data", "Scenes", "bilinear", "cifar10", "digits", "scenes", "split"]


class Data(NamedTuple):
    """Images [N, C, H, W] in float32 and their classes [N] in int64."""

    images: np.ndarray
    labels: np.ndarray


def digits(size: int = 8) -> Data:
    """1,797 handwritten digits: images [1797, 1, size, size], labels [1797] from 0 to 9.

    scikit-learn carries them (UCI's test set of Optical Recognition of Handwritten Digits, Alpaydin &
    Kaynak, 1998), 8×8 pixels with whole values from 0 to 16. They are standardised: all pixels together have
    mean 0 and standard deviation 1, and lie between −0.81 (paper) and 1.85 (ink). A `size` above 8 is
    interpolated bilinearly; it adds pixels, not knowledge. ValueError for a size below 8.
    """
    from sklearn.datasets import load_digits  # a second to import, and few modules need it

    if size < 8:
        raise ValueError(f"the digits have 8×8 pixels; size {size} would throw some away")
    pixels, labels = load_digits(return_X_y=True)
    images = ((pixels - pixels.mean()) / pixels.std()).reshape(-1, 1, 8, 8)
    if size > 8:
        weights = bilinear(8, size)
        images = weights @ images @ weights.T
    return Data(images.astype(np.float32), labels.astype(np.int64))


def split(data: Data, test_size: int = 450, seed: int = 0) -> tuple[Data, Data]:
    """Data to learn from and data to be asked about, drawn so that every class keeps its share."""
    from sklearn.model_selection import train_test_split

    images, test_images, labels, test_labels = train_test_split(
        *data, test_size=test_size, random_state=seed, stratify=data.labels
    )
    return Data(images, labels), Data(test_images, test_labels)


class Scenes(NamedTuple):
    """Images that hold several digits each, and where these are.

    `images` [N, 1, H, W] in float32, 0 on paper and about 1 on ink; `labels` [N, H, W] in int64, for each
    pixel 1 + the digit whose ink it is, or 0; `boxes` [N, D, 4] in float32, each digit's left, top, right and
    bottom edge in pixels; `classes` [N, D] in int64.
    """

    images: np.ndarray
    labels: np.ndarray
    boxes: np.ndarray
    classes: np.ndarray


def scenes(
    source: Data,
    count: int,
    sides: tuple[int, ...],
    decoys: tuple[int, ...] = (),
    size: int = 48,
    seed: int = 0,
) -> Scenes:
    """Scenes of `size`×`size` pixels with a digit of each of `sides`, at random places that do not overlap.

    The digits come from `source`, 8×8 pixels as `digits()` gives them; noise of standard deviation 0.15 lies
    over all. Beside them stands a decoy of each side in `decoys`: a digit whose four quarters are exchanged
    crosswise, so that its ink belongs to no digit. ValueError for a side below 8, or where there is no room.
    """
    every, rng = (*sides, *decoys), np.random.default_rng(seed)
    if min(every) < 8:
        raise ValueError(f"the digits have 8×8 pixels; sides of {every} would throw some away")
    paper, darkest = source.images.min(), source.images.max()
    images, labels = rng.normal(0, 0.15, (count, size, size)), np.zeros((count, size, size), np.int64)
    boxes, classes = np.zeros((count, len(sides), 4)), np.zeros((count, len(sides)), np.int64)
    for n in range(count):
        for k, (side, (top, left)) in enumerate(zip(every, corners(every, size, rng), strict=True)):
            chosen, weights = rng.integers(len(source.labels)), bilinear(8, side)
            ink = (source.images[chosen, 0] - paper) / (darkest - paper)
            ink = weights @ (ink if k < len(sides) else np.roll(ink, (4, 4), axis=(0, 1))) @ weights.T
            window = np.s_[n, top : top + side, left : left + side]
            images[window] += ink
            if k < len(sides):
                classes[n, k], boxes[n, k] = source.labels[chosen], (left, top, left + side, top + side)
                labels[window][ink > INK] = 1 + classes[n, k]
    return Scenes(images[:, None].astype(np.float32), labels, boxes.astype(np.float32), classes)


INK = 0.4  # what counts as ink, between 0 and the darkest, 1


def corners(sides: tuple[int, ...], size: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Top left corners of squares that do not overlap, the largest placed first."""
    for _ in range(100):
        free, found = np.ones((size, size), bool), {}
        for k in sorted(range(len(sides)), key=lambda k: -sides[k]):
            if not len(room := places(free, sides[k])):
                break  # begin again
            top, left = found[k] = tuple(room[rng.integers(len(room))].tolist())
            free[top : top + sides[k], left : left + sides[k]] = False
        else:
            return [found[k] for k in range(len(sides))]
    raise ValueError(f"squares with sides of {sides} found no room in {size}×{size} pixels, 100 times tried")


def places(free: np.ndarray, side: int) -> np.ndarray:
    """Where the top left corner of a square may stand that covers free pixels alone: [places, 2]."""
    if side > min(free.shape):
        return np.empty((0, 2))
    taken = np.pad((~free).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))  # in the rectangle above and left
    inside = taken[side:, side:] - taken[:-side, side:] - taken[side:, :-side] + taken[:-side, :-side]
    return np.argwhere(inside == 0)


def bilinear(size: int, larger: int) -> np.ndarray:
    """Weights [larger, size] that take a row of pixels to more pixels over the same width.

    Each new pixel mixes the two old ones whose centres enclose its own, as torch's `interpolate` does.
    """
    centres = np.clip((np.arange(larger) + 0.5) * size / larger - 0.5, 0, size - 1)
    weights: np.ndarray = np.maximum(0, 1 - np.abs(centres[:, None] - np.arange(size)))
    return weights


CIFAR10 = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
CIFAR10_PARTS = [f"data_batch_{i}" for i in (1, 2, 3, 4, 5)], ["test_batch"]
CIFAR10_CLASSES = "airplane automobile bird cat deer dog frog horse ship truck".split()


def cifar10() -> tuple[Data, Data]:
    """Krizhevsky's (2009) photographs in ten classes: 50,000 to learn from, 10,000 to be asked about.

    Images [N, 3, 32, 32], standardised by each colour's mean and deviation over the first 50,000; all take
    0.7 GB of memory. The archive of 170 MB is fetched once. OSError with the reason if it cannot be.
    """
    from cnnlab.download import fetch  # who stays offline does not need it

    path = fetch(CIFAR10, "c32a1d4ab5d03f1284b67883e8d87530", "md5")
    with tarfile.open(path) as archive:
        train, test = (
            np.concatenate([cifar_records(archive, name) for name in names]) for names in CIFAR10_PARTS
        )
    return standardised(train, train), standardised(test, train)


def standardised(records: np.ndarray, known: np.ndarray) -> Data:
    """Images of CIFAR-10's records, by what is known of colours."""
    images = records[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32)
    for channel, pixels in enumerate(np.split(known[:, 1:], 3, axis=1)):
        share, values = np.bincount(pixels.ravel(), minlength=256) / pixels.size, np.arange(256)
        mean = share @ values
        images[:, channel] -= mean  # in place: all images twice would be 1.4 GB
        images[:, channel] /= np.sqrt(share @ (values - mean) ** 2)
    return Data(images, records[:, 0].astype(np.int64))


def cifar_records(archive: tarfile.TarFile, name: str) -> np.ndarray:
    """The records of one file in CIFAR-10's binary format: uint8 [N, 3073], a class and 1024 pixels a colour.

    ValueError if the file is not there, ends within a record, or holds a class above 9.
    """
    name = f"cifar-10-batches-bin/{name}.bin"
    if name not in archive.getnames():
        raise ValueError(f"the archive has no {name}: {archive.getnames()}")
    content = archive.extractfile(name).read()  # type: ignore[union-attr]
    if len(content) % 3073 or not content:
        raise ValueError(f"{name} has {len(content):,} bytes, which is no whole number of records of 3,073")
    records = np.frombuffer(content, np.uint8).reshape(-1, 3073)
    if (top := records[:, 0].max()) > 9:
        raise ValueError(f"{name} holds a class {top}; there are ten, from 0")
    return records
