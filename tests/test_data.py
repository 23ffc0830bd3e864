"""The digits are the digits: their number, range, classes, and what interpolation makes of them."""

import io
import subprocess
import sys
import tarfile

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from cnnlab import download
from cnnlab.data import CIFAR10_CLASSES, Data, bilinear, cifar10, digits, scenes, split


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


# ---- CIFAR-10: the format is its description's, the contents are made here ----

NAMES = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]


def archive(path, contents):
    with tarfile.open(path, "w:gz") as file:
        for name, content in contents.items():
            entry = tarfile.TarInfo(f"cifar-10-batches-bin/{name}.bin")
            entry.size = len(content)
            file.addfile(entry, io.BytesIO(content))
    return path


def record(label, pixels):
    return bytes([label]) + pixels.astype(np.uint8).tobytes()


@pytest.fixture
def cifar(tmp_path, monkeypatch):
    """`cifar(changed)`: CIFAR-10 with three images a file, some files replaced, as if it were fetched."""

    def make(**changed):
        draw = np.random.default_rng(0).integers(0, 256, (6, 3, 3, 32, 32))
        contents = {
            name: b"".join(record(k, image) for k, image in enumerate(images))
            for name, images in zip(NAMES, draw, strict=True)
        }
        path = archive(tmp_path / "cifar.tar.gz", contents | changed)
        monkeypatch.setattr(download, "fetch", lambda *_: path)
        return draw

    return make


def test_cifar10_is_read_as_its_page_describes_it(cifar):
    """A class, then rows of red, of green, of blue; standardised as the first five files are."""
    draw = cifar()
    train, test = cifar10()
    known = draw[:5].reshape(15, 3, 32, 32)
    mean, deviation = (f(known, axis=(0, 2, 3)).reshape(3, 1, 1) for f in (np.mean, np.std))
    assert np.allclose(train.images, (known - mean) / deviation, atol=1e-5)
    assert np.allclose(test.images, (draw[5] - mean) / deviation, atol=1e-5)
    assert train.labels.tolist() == [0, 1, 2] * 5
    assert test.labels.tolist() == [0, 1, 2]
    for part in (train, test):
        assert (part.images.dtype, part.labels.dtype) == (np.float32, np.int64)
    assert len(CIFAR10_CLASSES) == 10


GOOD = record(9, np.zeros(3072))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"data_batch_3": GOOD[:-1]},
            "data_batch_3.bin has 3,072 bytes, which is no whole number of records",
        ),
        ({"test_batch": b""}, "test_batch.bin has 0 bytes"),
        (
            {"data_batch_1": GOOD + record(10, np.zeros(3072))},
            "data_batch_1.bin holds a class 10; there are ten",
        ),
    ],
)
def test_a_damaged_file_is_named(cifar, changed, message):
    cifar(**changed)
    with pytest.raises(ValueError, match=message):
        cifar10()


def test_a_missing_file_is_named(tmp_path, monkeypatch):
    path = archive(tmp_path / "cifar.tar.gz", {"test_batch": GOOD})
    monkeypatch.setattr(download, "fetch", lambda *_: path)
    with pytest.raises(ValueError, match=r"no cifar-10-batches-bin/data_batch_1\.bin"):
        cifar10()


def test_cifar10_is_asked_for_by_its_md5(monkeypatch):
    """Its page prints the sum; that the download continues and is checked, tests/test_weights.py shows."""
    asked = []
    monkeypatch.setattr(download, "fetch", lambda *words: asked.append(words) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cifar10()
    assert asked[0][0].endswith("/cifar-10-binary.tar.gz")
    assert asked[0][1:] == ("c32a1d4ab5d03f1284b67883e8d87530", "md5")


def test_another_md5_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path))
    monkeypatch.setattr(download, "receive", lambda url, part: part.write_bytes(b"other"))
    with pytest.raises(OSError, match=r"not the file it should be: MD5 [0-9a-f]{32}…, not c32a1d4"):
        cifar10()


# Scenes ---------------------------------------------------------------------------------------------

SIDES, DECOYS = (20, 8, 10), (12, 8)


@pytest.fixture(scope="module")
def drawn(data):
    return scenes(data, 40, SIDES, DECOYS, size=48, seed=3)


def test_the_shapes_of_scenes(drawn):
    assert [part.shape for part in drawn] == [(40, 1, 48, 48), (40, 48, 48), (40, 3, 4), (40, 3)]
    assert [part.dtype for part in drawn] == [np.float32, np.int64, np.float32, np.int64]


def test_the_boxes_hold_the_digits_and_nothing_else(drawn):
    for labels, boxes, classes in zip(drawn.labels, drawn.boxes.astype(int), drawn.classes, strict=True):
        rest = labels.copy()
        for (left, top, right, bottom), digit, side in zip(boxes, classes, SIDES, strict=True):
            assert (right - left, bottom - top) == (side, side)
            assert set(np.unique(labels[top:bottom, left:right])) == {0, 1 + digit}
            rest[top:bottom, left:right] = 0
        assert not rest.any()  # a decoy's ink has no label


def test_an_undisturbed_scene_is_the_digit_itself(data):
    """One digit of 8×8 that fills the image: what is left is the noise."""
    ten = Data(data.images[:10], data.labels[:10])
    found = scenes(ten, 200, (8,), size=8, seed=0)
    raw = (ten.images[:, 0] - ten.images.min()) / (ten.images.max() - ten.images.min())
    for image, labels in zip(found.images[:, 0], found.labels, strict=True):
        nearest = np.abs(raw - image).mean(axis=(1, 2)).argmin()
        assert ((labels > 0) == (raw[nearest] > 0.4)).all()
        assert abs((image - raw[nearest]).std() - 0.15) < 0.06


def test_a_decoy_has_the_ink_of_a_digit_in_another_order(data):
    one = Data(data.images[:1], data.labels[:1])
    digit, decoy = (scenes(one, 300, (8,), size=8).images, scenes(one, 300, (8,), (8,), size=16, seed=1))
    mean = digit.mean(axis=(0, 1))
    swapped = np.block([[mean[4:, 4:], mean[4:, :4]], [mean[:4, 4:], mean[:4, :4]]])
    assert abs(decoy.images.sum(axis=(1, 2, 3)).mean() - 2 * mean.sum()) < 1  # as much ink again
    fits = [
        min(
            np.abs(image[0, top : top + 8, left : left + 8] - swapped).mean()
            for top in range(9)
            for left in range(9)
        )
        for image in decoy.images[:20]
    ]
    assert max(fits) < 0.2


def test_a_seed_is_a_set_of_scenes(data, drawn):
    again, other = (scenes(data, 40, SIDES, DECOYS, size=48, seed=seed) for seed in (3, 4))
    assert (again.images == drawn.images).all()
    assert (other.boxes != drawn.boxes).any()


def test_squares_do_not_overlap(drawn):
    for boxes in drawn.boxes:
        covered = np.zeros((48, 48), int)
        for left, top, right, bottom in boxes.astype(int):
            covered[top:bottom, left:right] += 1
        assert covered.max() == 1


@pytest.mark.parametrize(("sides", "says"), [((7,), "8×8 pixels"), ((30, 30), "no room"), ((60,), "no room")])
def test_scenes_that_cannot_be_drawn(data, sides, says):
    with pytest.raises(ValueError, match=says):
        scenes(data, 1, sides, size=48)
