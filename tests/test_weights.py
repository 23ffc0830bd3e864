"""Official weights: fetched whole or not at all, opened without trust, loaded strictly; and their images.

The checkpoints are made here and served on this machine. What the true server holds was never fetched in a
test; names, digits and sizes are torchvision 0.28.0's.

Preprocessing was compared with torchvision's own (0.28.0, Pillow 13.0.0) for all 49 networks and five shapes
of matplotlib's photograph: with a shorter side of 256 pixels bit for bit, else at most 2 levels of 255 apart,
in at most 0.6 % of the values.
"""

import hashlib
import io
import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pooch
import pytest
import torch
from matplotlib.cbook import get_sample_data
from torch import nn

from cnnlab import weights
from cnnlab.cost import Cost
from cnnlab.models import VARIANTS, Variant, densenet, mobilenet_v2

CONTENT = np.random.default_rng(0).bytes(1_000_000)


class Handler(BaseHTTPRequestHandler):
    """Serves `server.content` under any name but "missing": from a range's first byte if it knows ranges."""

    def do_GET(self):
        server, content = self.server, self.server.content
        if "missing" in self.path:
            return self.send_error(404)
        start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-")) if server.ranges else 0
        server.starts.append(start)
        if start and start >= len(content):
            return self.send_error(416)
        self.send_response(206 if server.ranges else 200)
        self.send_header("Content-Length", len(content) - start)
        self.end_headers()
        self.wfile.write(content[start : server.breaks_at])
        self.wfile.flush()
        server.reached.set()
        if server.breaks_at is not None:
            server.goes_on.wait(20)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server of one checkpoint, which `weights` takes for torchvision's; its cache is a new folder."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.content, server.ranges, server.breaks_at = CONTENT, True, None
        server.starts = []  # the first byte of every answer
        server.reached, server.goes_on = threading.Event(), threading.Event()
        server.goes_on.set()
        server.url = f"http://127.0.0.1:{server.server_port}/"
        monkeypatch.setattr(weights, "SERVER", server.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("CNNLAB_DATA", str(tmp_path / "cache"))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.goes_on.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def publish(server, monkeypatch):
    """`publish(content, model)`: the server's file, and a row that promises it."""

    def publish(content=CONTENT, model_name="resnet18", file="net.pth"):
        digits = hashlib.sha256(content).hexdigest()[:8]
        row = weights.checkpoints()[model_name]._replace(file=file, sha256=digits)
        monkeypatch.setattr(weights, "checkpoints", lambda: {model_name: row})
        server.content = content
        return Path(os.environ["CNNLAB_DATA"]) / file

    return publish


def part_of(path):
    return path.with_name(path.name + ".part")


# ---- Fetching ----


def test_a_file_is_fetched_once_with_a_progress_bar(server, publish, capsys):
    path = publish()
    assert weights.fetch("resnet18") == path
    assert path.read_bytes() == CONTENT
    assert "100%" in capsys.readouterr().err
    weights.fetch("resnet18")
    assert server.starts == [0]
    assert os.listdir(path.parent) == [path.name]


def test_a_broken_download_is_continued_and_only_the_rest_is_sent(server, publish):
    path = publish()
    server.breaks_at = 700_000
    with pytest.raises(OSError, match=r"it broke.*continue after (\d|,)+ bytes") as error:
        weights.fetch("resnet18")
    kept = part_of(path).stat().st_size
    assert 500_000 < kept <= 700_000  # whole chunks
    assert f"{kept:,} bytes" in str(error.value)
    assert "\n" not in str(error.value)
    assert not path.exists()
    server.breaks_at = None
    assert weights.fetch("resnet18").read_bytes() == CONTENT
    assert server.starts == [0, kept]
    assert os.listdir(path.parent) == [path.name]


KILLED = """
import sys
from cnnlab import weights
row = weights.checkpoints()["resnet18"]._replace(file="net.pth", sha256=sys.argv[2])
weights.SERVER, weights.checkpoints = sys.argv[1], lambda: {"resnet18": row}
weights.fetch("resnet18")
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="POSIX")
def test_a_killed_process_leaves_what_the_next_one_continues(server, publish):
    path = publish()
    server.breaks_at = 700_000
    server.goes_on.clear()
    digits = weights.checkpoints()["resnet18"].sha256
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, server.url, digits], stderr=subprocess.DEVNULL
    ) as process:
        assert server.reached.wait(60)
        while not part_of(path).exists() or part_of(path).stat().st_size < 500_000:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    server.breaks_at = None
    server.goes_on.set()
    kept = part_of(path).stat().st_size
    assert weights.fetch("resnet18").read_bytes() == CONTENT
    assert server.starts == [0, kept]


def test_a_server_without_ranges_starts_over(server, publish):
    path = publish()
    path.parent.mkdir()
    part_of(path).write_bytes(CONTENT[:300_000])
    server.ranges = False
    assert weights.fetch("resnet18").read_bytes() == CONTENT
    assert server.starts == [0]


@pytest.mark.parametrize("size", [300_000, 1_000_000, 1_000_001])
def test_a_part_of_something_else_is_not_trusted(server, publish, size):
    path = publish()
    path.parent.mkdir()
    part_of(path).write_bytes(bytes(size))
    assert weights.fetch("resnet18").read_bytes() == CONTENT
    assert server.starts == [size, 0]


def test_a_part_that_is_complete_needs_nothing_more(server, publish):
    path = publish()
    path.parent.mkdir()
    part_of(path).write_bytes(CONTENT)
    assert weights.fetch("resnet18").read_bytes() == CONTENT
    assert server.starts == [len(CONTENT)]


@pytest.mark.parametrize(
    "wrong", [b"?" + CONTENT[1:], CONTENT[:-1], CONTENT + b"?"], ids=["byte", "short", "long"]
)
def test_another_file_than_promised_is_refused_and_removed(server, publish, wrong):
    path = publish()
    server.content = wrong
    found, promised = (hashlib.sha256(content).hexdigest()[:8] for content in (wrong, CONTENT))
    with pytest.raises(OSError, match=f"not the file it should be: SHA-256 {found}…, not {promised}…"):
        weights.fetch("resnet18")
    assert os.listdir(path.parent) == []


def test_a_damaged_file_in_the_cache_is_fetched_again(server, publish):
    path = publish()
    path.parent.mkdir()
    path.write_bytes(CONTENT[:-1] + b"?")
    assert weights.fetch("resnet18").read_bytes() == CONTENT
    assert server.starts == [0]


def test_a_file_that_the_server_lacks(publish):
    publish(file="missing.pth")
    with pytest.raises(OSError, match=r"/missing\.pth cannot be fetched \(the server answers 404\)"):
        weights.fetch("resnet18")


def test_nobody_listens(server, publish, monkeypatch):
    path = publish()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as closed:
        port = closed.server_port
    monkeypatch.setattr(weights, "SERVER", f"http://127.0.0.1:{port}/")
    with pytest.raises(
        OSError, match=rf"127.0.0.1:{port}/net.pth cannot be fetched \(there is no connection"
    ) as error:
        weights.fetch("resnet18")
    assert f"after 0 bytes, or put the file into {path.parent} yourself" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux")
def test_a_full_disk(publish):
    path = publish()
    path.parent.mkdir()
    part_of(path).symlink_to("/dev/full")
    with pytest.raises(OSError, match=r"net.pth cannot be fetched \(No space left on device\)"):
        weights.fetch("resnet18")
    assert not path.exists()


def test_the_cache_is_the_users_unless_said_otherwise(publish, monkeypatch, tmp_path):
    publish()
    monkeypatch.setenv("CNNLAB_DATA", "")
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / project)
    assert weights.fetch("resnet18") == tmp_path / "cnnlab" / "net.pth"


@pytest.mark.parametrize(
    "function", [weights.load, weights.fetch, partial(weights.preprocess, np.zeros((9, 9, 3), np.uint8))]
)
@pytest.mark.parametrize(("name", "near"), [("resnet51", "resnet50"), ("alexnet_2012", "alexnet"), ("", "")])
def test_a_network_without_official_weights(function, name, near):
    with pytest.raises(ValueError, match=rf"no official weights for '{name}'; did you mean '{near}"):
        function(name)


# ---- Loading ----


def small():
    """Two layers, one of them with running statistics."""
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))


@pytest.fixture
def publish_state(publish, monkeypatch):
    """`publish_state(state, build)`: a checkpoint of these tensors for a network built so."""

    def publish_state(state, build=small, **options):
        monkeypatch.setitem(weights.VARIANTS, "resnet18", Variant(build, Cost(0, 0)))
        file = io.BytesIO()
        torch.save(state, file, **options)
        return publish(file.getvalue())

    return publish_state


def random_state(build):
    """Another value in every place of every tensor but the counters."""
    with torch.device("meta"):
        state = build().state_dict()
    return {
        key: torch.randn(t.shape) if t.is_floating_point() else torch.tensor(7) for key, t in state.items()
    }


def assert_holds(model, state):
    loaded = model.state_dict()
    assert list(loaded) == list(state)
    for key, tensor in state.items():
        torch.testing.assert_close(loaded[key], tensor, rtol=0, atol=0)


@pytest.mark.parametrize("zipped", [True, False], ids=["today's format", "the format before torch 1.6"])
def test_loaded_weights_are_those_of_the_file(publish_state, zipped):
    state = random_state(mobilenet_v2.MobileNetV2)
    publish_state(state, mobilenet_v2.MobileNetV2, _use_new_zipfile_serialization=zipped)
    before = torch.get_rng_state()
    model = weights.load("resnet18")
    assert torch.equal(torch.get_rng_state(), before)
    assert_holds(model, state)
    assert not model.training
    assert all(weight.requires_grad for weight in model.parameters())
    assert model(torch.zeros(1, 3, 32, 32)).shape == (1, 1000)


def test_a_densenets_names_of_2017(publish_state):
    """Its file is older than such names, and than the count of batches that normalization keeps."""
    build = partial(densenet.DenseNet, (2, 1), 4)
    state = random_state(build)
    old = {
        key.replace("norm1.", "norm.1.").replace("conv2.", "conv.2.").replace("norm2.", "norm.2."): tensor
        for key, tensor in state.items()
        if "num_batches" not in key
    }
    assert "features.denseblock1.denselayer1.norm.1.weight" in old
    publish_state(old, build)
    expected = {key: torch.tensor(0) if "num_batches" in key else state[key] for key in state}
    assert_holds(weights.load("resnet18"), expected)


@pytest.mark.parametrize("name", weights.checkpoints())
def test_no_other_network_is_renamed(name):
    with torch.device("meta"):
        keys = list(VARIANTS[name].build().state_dict())
    assert list(weights.renamed(dict.fromkeys(keys))) == keys


@pytest.mark.parametrize("name", weights.checkpoints())
def test_a_checkpoint_fills_the_whole_network(name, publish, monkeypatch):
    """Nothing is left without values: no buffer is missing in a checkpoint."""
    with torch.device("meta"):
        state = VARIANTS[name].build().state_dict()
    state = {key: torch.zeros((), dtype=t.dtype).expand(t.shape) for key, t in state.items()}
    monkeypatch.setattr(weights, "fetch", lambda _: None)
    monkeypatch.setattr(weights.torch, "load", lambda *_, **__: state)
    model = weights.load(name)
    assert {t.device.type for t in (*model.parameters(), *model.buffers())} == {"cpu"}


class Evil:
    """Unpickled, it would leave a file behind."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


def test_a_file_that_would_run_code_is_not_opened(publish_state, tmp_path):
    publish_state({"0.weight": Evil(tmp_path / "trace")})
    with pytest.raises(ValueError, match="more than tensors and is not opened: it could run code"):
        weights.load("resnet18")
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        (lambda state: state.pop("0.bias"), "Missing key.*0.bias"),
        (lambda state: state.update(fc=torch.zeros(1)), "Unexpected key.*fc"),
        (lambda state: state.update({"0.bias": torch.zeros(5)}), r"size mismatch for 0.bias.*\[5\].*\[4\]"),
    ],
    ids=["missing", "unexpected", "wrong shape"],
)
def test_names_and_shapes_must_be_the_networks(publish_state, fault, complaint):
    state = random_state(small)
    fault(state)
    publish_state(state)
    with pytest.raises(RuntimeError, match=rf"(?s){complaint}"):
        weights.load("resnet18")


# ---- The table ----


def test_every_row_is_a_file_that_could_be():
    for name, row in weights.checkpoints().items():
        assert row.file.endswith(f"-{row.sha256}.pth"), name
        assert row.crop <= row.resize, name
        assert row.acc1 < row.acc5 < 100, name
        assert row.choice, name
        assert name in VARIANTS
    assert len(weights.checkpoints()) == 49


@pytest.mark.parametrize("name", weights.checkpoints())
def test_a_file_is_as_large_as_its_network(name):
    """Four bytes a number, and a little for the names."""
    with torch.device("meta"):
        tensors = VARIANTS[name].build().state_dict().values()
    mib = 4 * sum(tensor.numel() for tensor in tensors) / 2**20
    assert 0 <= weights.checkpoints()[name].mib - mib < 0.01 * mib + 0.3


def test_networks_shown_other_images_than_the_rest():
    rows = weights.checkpoints()
    assert {name for name, row in rows.items() if row.mean != (0.485, 0.456, 0.406)} == {
        "googlenet", "inception_v3", "efficientnet_v2_l",
    }  # fmt: skip
    assert (rows["inception_v3"].resize, rows["inception_v3"].crop) == (342, 299)
    assert (rows["resnet18"].acc1, rows["resnet50"].acc1) == (69.758, 80.858)


def test_the_classes_of_imagenet():
    labels = weights.labels()
    assert len(set(labels)) == len(labels) == 1000
    assert [labels[i] for i in (0, 207, 281, 652, 999)] == [
        "tench", "golden retriever", "tabby", "military uniform", "toilet tissue",
    ]  # fmt: skip


# ---- Preprocessing ----


@pytest.fixture(scope="module")
def photograph():
    return plt.imread(get_sample_data("grace_hopper.jpg", asfileobj=False))  # 600×512 pixels


# Mean and deviation of each channel, and the pixel in row 150, column 100, from torchvision's own transform
# of so many rows of the photograph; GoogLeNet's and Inception-v3's after `transform_input`, which undoes one
# normalization and applies another.
TORCHVISION = {
    ("resnet18", 600): [(-0.486, -0.678, -0.321), (1.403, 1.174, 1.252), (0.913, -0.268, -0.724)],
    ("resnet50", 600): [(-0.578, -0.703, -0.293), (1.376, 1.182, 1.272), (1.221, -0.022, -0.550)],
    ("efficientnet_b0", 600): [(-0.488, -0.680, -0.323), (1.418, 1.192, 1.266), (0.896, -0.268, -0.724)],
    ("efficientnet_b7", 600): [(-0.596, -0.701, -0.272), (1.394, 1.213, 1.302), (-1.690, -1.563, -0.445)],
    ("googlenet", 600): [(-0.252, -0.392, -0.332), (0.642, 0.526, 0.563), (0.388, -0.208, -0.514)],
    ("inception_v3", 600): [(-0.252, -0.391, -0.331), (0.647, 0.532, 0.569), (0.765, -0.043, -0.757)],
    ("efficientnet_v2_l", 600): [(-0.303, -0.402, -0.310), (0.638, 0.543, 0.586), (0.333, 0.129, 0.129)],
    # The upper half of the photograph is wider than high.
    ("resnet18", 300): [(0.140, -0.292, -0.168), (1.501, 1.204, 1.137), (0.331, -1.300, -1.404)],
    ("efficientnet_b0", 300): [(0.139, -0.292, -0.167), (1.515, 1.222, 1.153), (0.280, -1.370, -1.456)],
    ("inception_v3", 300): [(0.036, -0.219, -0.265), (0.690, 0.542, 0.514), (0.804, 0.318, 0.027)],
}  # fmt: skip


@pytest.mark.parametrize(("name", "rows"), TORCHVISION)
def test_preprocessed_as_torchvision_does(photograph, name, rows):
    row, (mean, std, pixel) = weights.checkpoints()[name], TORCHVISION[name, rows]
    image = weights.preprocess(photograph[:rows], name)
    assert image.shape == (1, 3, row.crop, row.crop)
    assert image.dtype == torch.float32
    np.testing.assert_allclose(image[0].mean(dim=(1, 2)), mean, atol=0.01)
    np.testing.assert_allclose(image[0].std(dim=(1, 2)), std, atol=0.01)
    levels = 2.5 / 255 / np.array(row.std)  # decoders of JPEG differ by one, Pillow's resize by two
    assert (abs(image[0, :, 150, 100].numpy() - pixel) < levels).all()


def test_an_image_of_the_right_size_is_only_cut_and_scaled():
    pixels = np.random.default_rng(0).integers(0, 256, (256, 301, 3), np.uint8)
    image = weights.preprocess(pixels, "resnet18")[0]
    middle = pixels[16:240, 38:262]  # half of 77 columns is 38 or 39: to even, as Python rounds
    expected = (middle / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(image, expected.transpose(2, 0, 1), atol=1e-6)


def test_any_memory_will_do():
    pixels = np.random.default_rng(0).integers(0, 256, (300, 256, 3), np.uint8)
    expected = weights.preprocess(pixels[::-1].copy(), "resnet18")
    pixels.flags.writeable = False
    assert torch.equal(weights.preprocess(pixels[::-1], "resnet18"), expected)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((8, 8, 3)),
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((3, 8, 8), np.uint8),
        np.zeros((0, 8, 3), np.uint8),
    ],
)
def test_what_is_no_image_is_refused(image):
    with pytest.raises(ValueError, match=rf"uint8 \[H, W, 3\], got {image.dtype} \[{image.shape[0]}, 8"):
        weights.preprocess(image, "resnet18")


def test_a_second_row_of_a_model_is_refused(monkeypatch):
    lines = weights._lines("weights.csv")
    monkeypatch.setattr(weights, "_lines", lambda name: [*lines, lines[0] | {"file": "another.pth"}])
    with pytest.raises(ValueError, match=f"weights.csv has more than one row of {lines[0]['model']}"):
        weights.checkpoints.__wrapped__()
