"""The digits are the digits: their number, range, classes, and what interpolation makes of them."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from cnnlab.data import Data, bilinear, digits, split


@pytest.fixture(scope="module")
def data():
    return digits()


def test_shapes_types_and_range(data):
    assert data.images.shape == (1797, 1, 8, 8)
    assert data.labels.shape == (1797,)
    assert (data.images.dtype, data.labels.dtype) == (np.float32, np.int64)
    assert data.images.mean() == pytest.approx(0, abs=1e-6)
    assert data.images.std() == pytest.approx(1, abs=1e-6)
    assert round(float(data.images.min()), 2) == -0.81
    assert round(float(data.images.max()), 2) == 1.85
    assert len(np.unique(data.images)) == 17  # standardising keeps the 17 greys apart


def test_the_classes_of_the_repository(data):
    """UCI's description of the test set lists how many there are of each digit."""
    assert np.bincount(data.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_the_first_image_is_a_zero_drawn_upright(data):
    ink = data.images[0, 0] > 0
    assert data.labels[0] == 0
    assert not ink[2:6, 3].any()  # the hole in its middle, taller than wide
    assert ink[:, 3].any()
    assert ink[7, 3]


@pytest.mark.parametrize("size", [8, 12, 16, 20, 32])
def test_upsampled_as_torch_does(data, size):
    expected = interpolate(torch.from_numpy(data.images), size=size, mode="bilinear").numpy()
    larger = digits(size)
    assert larger.images.shape == (1797, 1, size, size)
    assert larger.images.dtype == np.float32
    assert np.allclose(larger.images, expected, atol=1e-5)
    assert (larger.labels == data.labels).all()


@pytest.mark.parametrize(("size", "larger"), [(8, 9), (8, 32), (3, 7)])
def test_every_new_pixel_is_a_mean_of_two_old_ones(size, larger):
    weights = bilinear(size, larger)
    assert weights.shape == (larger, size)
    assert np.allclose(weights.sum(axis=1), 1)
    assert ((weights > 0).sum(axis=1) <= 2).all()


def test_a_smaller_size_is_refused():
    with pytest.raises(ValueError, match="size 7"):
        digits(7)


def test_a_split_loses_nothing_and_keeps_each_class_s_share(data):
    numbered = Data(np.arange(1797), data.labels)
    train, test = split(numbered, seed=3)
    assert (len(train.labels), len(test.labels)) == (1347, 450)
    assert sorted([*train.images, *test.images]) == list(range(1797))
    for part in (train, test):
        assert (data.labels[part.images] == part.labels).all()
    shares = np.bincount(test.labels) / np.bincount(data.labels)
    assert abs(shares - 450 / 1797).max() < 0.005


def test_a_seed_is_a_split(data):
    numbered = Data(np.arange(1797), data.labels)
    one, same, other = (split(numbered, seed=seed)[1].images for seed in (0, 0, 1))
    assert (one == same).all()
    assert (one != other).any()


def test_importing_it_imports_no_library_that_takes_long():
    program = "import sys, cnnlab.data; sys.exit(bool({'torch', 'sklearn'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
