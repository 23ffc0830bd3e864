"""What the book trains on: real, small, and on every machine that has scikit-learn."""

from __future__ import annotations

import tarfile
from typing import NamedTuple

import numpy as np

__all__ = ["CIFAR10_CLASSES", "Data", "bilinear", "cifar10", "digits", "split"]


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
