"""What the book trains on: real, small, and on every machine that has scikit-learn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


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
