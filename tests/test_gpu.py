"""What the script for a GPU measures, in small on a CPU: all of it, of equal work, refusals in words."""

import time

import pytest
import torch
from torch import nn

from book._tools import gpu
from cnnlab import records
from cnnlab.models import VARIANTS
from cnnlab.profiler import profile
from cnnlab.published import rows

SMALL = gpu.SMALL._replace(names=["lenet5_modern"])


@pytest.fixture(scope="module")
def found():
    return list(gpu.lines(SMALL))


def named(found, part, quantity):
    return {
        (line.what, line.batch, line.dtype): line.value
        for line in found
        if (line.part, line.quantity) == (part, quantity)
    }


def test_every_part_is_there_in_both_types(found):
    parts = {(line.part, line.dtype) for line in found}
    names = {"roofline", "network", "predicted", *(f"guideline {n}" for n in (1, 2, 3, 4))}
    assert parts == {(name, dtype) for name in names for dtype in ("float32", "bfloat16")}
    assert all(isinstance(line.value, str) or line.value > 0 for line in found)
    assert not [line for line in found if line.quantity == "refused"]


def test_a_network_has_its_time_and_its_memory_for_both_batches(found):
    every = {("lenet5_modern", batch, dtype) for batch in (1, 2) for dtype in ("float32", "bfloat16")}
    assert set(named(found, "network", "ms")) == set(named(found, "network", "peak_bytes")) == every
    held = named(found, "predicted", "peak_bytes")
    assert set(held) == every
    for (_, batch, dtype), most in held.items():
        size = gpu.DTYPES[dtype].itemsize
        # By hand, at the first pooling: the image, six maps, their maxima, and a place of 8 bytes for each.
        assert most == batch * (size * (32**2 + 6 * 28**2 + 6 * 14**2) + 8 * 6 * 14**2)
        if dtype == "float32":
            assert named(found, "network", "peak_bytes")["lenet5_modern", batch, dtype] >= most


def test_intensities_are_chapter_04s(found):
    """By hand for one image: 512 channels of 14×14 in, as many out, and 9 weights for each; 4 bytes or 2."""
    told = named(found, "roofline", "FLOPs a byte")
    flops, numbers = 2 * 9 * 512 * 14 * 14, 2 * 512 * 14 * 14 + 9 * 512
    layer = next(name for name in gpu.LAYERS if name.startswith("F"))
    assert told[layer, 1, "float32"] == pytest.approx(flops / (4 * numbers))
    assert told[layer, 1, "bfloat16"] == pytest.approx(flops / (2 * numbers))
    more = 2 * flops / (4 * (2 * numbers - 9 * 512))  # the weights are read once for both images
    assert told[layer, 2, "float32"] == pytest.approx(more)


def test_the_channels_are_those_of_the_papers_gpu():
    printed = {
        row.subject: int(row.value)
        for row in rows()
        if row.source == "paper-ma2018" and row.quantity == "channels" and ", ×1, GPU" in row.subject
    }
    for name, pair in gpu.PAIRS.items():
        assert tuple(printed[f"c1:c2 = {name}, ×1, GPU: c{n}"] for n in (1, 2)) == pair
    assert {g: printed[f"g = {g}, ×1, GPU"] for g in gpu.GROUPS} == gpu.GROUPS


@pytest.mark.parametrize("scale", [1, 4])
def test_the_rivals_of_a_guideline_do_equal_work(scale):
    with torch.device("meta"):
        work = {
            guideline: [profile(make(), (1, channels, 7, 7)).macs for channels, make in blocks.values()]
            for guideline, blocks in gpu.rivals(scale)
        }
    assert [len(macs) for macs in work.values()] == [4, 4, 5, 4]
    for macs in work.values():
        assert max(macs) < 1.06 * min(macs)
    wide = dict(gpu.rivals(scale))["guideline 3"]["1 in series"][1]()
    cut = dict(gpu.rivals(scale))["guideline 3"]["4 parallel"][1]()
    for part, weights in zip(cut.parts, wide[0].weight.chunk(4), strict=True):
        part.weight = nn.Parameter(weights)
    x = torch.rand(1, 128 * scale, 3, 3)
    torch.testing.assert_close(cut(x), wide(x))


def test_guideline_4_leaves_off_what_it_says():
    with torch.device("meta"):
        blocks = {name: make() for name, (_, make) in dict(gpu.rivals(1))["guideline 4"].items()}
    operators = {
        name: [row.operator for row in profile(block, (1, 128, 7, 7)).rows] for name, block in blocks.items()
    }
    told = {name: ("add" in found, "relu" in found) for name, found in operators.items()}
    assert told == {
        "ReLU, sum": (True, True),
        "ReLU, no sum": (False, True),
        "no ReLU, sum": (True, False),
        "no ReLU, no sum": (False, False),
    }


def test_a_refusal_stands_in_its_line():
    class Refuses(nn.Module):
        def forward(self, _):
            raise RuntimeError("out of memory\nand more")

    (line,) = gpu.network_lines("lenet5_modern", Refuses(), 1, "float32", SMALL)
    assert line == ("network", "lenet5_modern", 1, "float32", "refused", "out of memory")


def test_when_the_time_is_over_no_network_is_begun():
    assert not list(gpu.networks(SMALL, time.perf_counter() - 1))
    assert not list(gpu.predicted(SMALL, time.perf_counter() - 1))


def test_the_whole_setting_has_every_network_and_both_batches():
    assert set(gpu.WHOLE.names) == set(VARIANTS)
    assert gpu.WHOLE.batches == (1, 64)
    assert gpu.WHOLE.seconds < 8 * 60


def test_the_record_says_where_it_was_made(found, tmp_path):
    count = gpu.write(found, SMALL, tmp_path / "gpu.csv")
    record = records.read(tmp_path / "gpu.csv")
    assert record.head["command"] == "python -m book._tools.gpu"
    assert {"date", "machine", "torch", "threads", "tf32", "layout"} <= record.head.keys()
    assert len(record.lines) == count == len(found)
    assert record.lines[0].keys() == {"part", "what", "batch", "dtype", "quantity", "value"}


def test_without_a_gpu_the_command_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(gpu, "FILE", tmp_path / "gpu.csv")
    monkeypatch.setattr("sys.argv", ["gpu"])
    with pytest.raises(SystemExit, match="torch sees no GPU here"):
        gpu.main()
    assert not (tmp_path / "gpu.csv").exists()
