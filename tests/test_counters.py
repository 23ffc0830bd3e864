"""`Profile.as_reported_by` gives what eight tools printed in a scratch environment for the same networks.

`tests/counters.py` asked them; tests/reference/counters.csv keeps their answers, versions and the date.
"""

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

import counters
import counters_by_layer as by_layer
import newest_counters
import pytest
import torch
from torch import nn
from torch.nn.utils import weight_norm
from torch.utils.flop_counter import FlopCounterMode

from cnnlab.models import VARIANTS
from cnnlab.profiler import REPORTED, profile

LINES = (Path(__file__).parent / "reference" / "counters.csv").read_text(encoding="utf-8").splitlines()
PRINTED = {(row["network"], row["tool"]): int(row["total"]) for row in csv.DictReader(LINES)}
# What each probe takes, counted by hand: MACs of convolutions and products alone.
BY_HAND = {
    "conv": 8 * 16 * 9 * 10 * 10,
    "conv with bias": 8 * 16 * 9 * 10 * 10,
    "grouped conv": 8 * 16 * 9 * 10 * 10 // 4,
    "transposed conv": 8 * 10 * 10 * 16 * 4,
    "grouped transposed conv": 8 * 10 * 10 * 16 * 4 // 4,
    "linear with bias": 64 * 32,
    "matmul": 64 * 32,
}
WRONG = {  # tool: the probes of which it prints neither the MACs nor, where it counts them, MACs and biases
    "torchinfo": {"transposed conv", "grouped transposed conv", "matmul"},
    "fvcore": set(),
    "thop": {"transposed conv", "grouped transposed conv", "matmul"},
    "ptflops": {"matmul"},
    "calflops": {"grouped transposed conv", "matmul"},
    "torchscan": {"transposed conv", "grouped transposed conv", "matmul"},
    "torchprofile": {"transposed conv", "grouped transposed conv"},
    "FlopCounterMode": set(),
}


def test_every_tool_was_asked_about_every_network():
    assert set(PRINTED) == {
        (network, tool) for network in [*counters.NETWORKS, *counters.PROBES] for tool in counters.TOOLS
    }


@pytest.mark.parametrize("network", counters.NETWORKS)
def test_each_total_is_reproduced(network):
    ours = profile(VARIANTS[network].build)
    for tool in counters.TOOLS:
        assert ours.as_reported_by(tool) == PRINTED[network, tool], tool


@pytest.mark.parametrize("network", counters.NETWORKS)
def test_torchvision_prints_macs(network):
    assert profile(VARIANTS[network].build).as_reported_by("torchvision") == VARIANTS[network].cost.macs


@pytest.mark.parametrize("probe", BY_HAND)
def test_the_probes_by_hand_and_by_us(probe):
    build, shape = counters.PROBES[probe]
    assert profile(build, (1, *shape)).macs == BY_HAND[probe]


@pytest.mark.parametrize("tool", WRONG)
def test_who_is_wrong_where(tool):
    """Chapter 04 says so; a tool that learns better in a new version has to be told of there."""
    twice = tool in ("calflops", "FlopCounterMode")
    biases = {"conv with bias": 16 * 10 * 10, "linear with bias": 32}
    wrong = set()
    for probe, macs in BY_HAND.items():
        right = {(1 + twice) * macs, (1 + twice) * macs + biases.get(probe, 0)}
        if PRINTED[probe, tool] not in right:
            wrong.add(probe)
    assert wrong == WRONG[tool]


def test_each_tool_has_a_convention_and_no_other_does():
    assert set(REPORTED) == {*counters.TOOLS, "torchvision"}
    with pytest.raises(ValueError, match="torchinfo"):
        profile(counters.PROBES["conv"][0], (1, 8, 10, 10)).as_reported_by("torchsummary")


ASKED, *BY_LAYER = csv.reader(newest_counters.KEPT.read_text(encoding="utf-8").splitlines())


@functools.cache
def alone(axes, tool):
    return profile(by_layer.before(axes), (1, *by_layer.SHAPES[axes])).as_reported_by(tool)


@pytest.mark.parametrize("row", BY_LAYER, ids=lambda row: row[0].strip("`"))
def test_each_layer_is_reported_as_printed_or_refused(row):
    """A number in brackets is one that no sum of a profile's columns gives: no other must be given for it."""
    line, printed = row[0].strip("`"), row[1:]
    axes = by_layer.axes(line)
    ours = profile(by_layer.network(line), (1, *by_layer.SHAPES[axes]))
    for tool, cell in zip(counters.TOOLS, printed, strict=True):
        if cell.isdigit():
            assert ours.as_reported_by(tool) - alone(axes, tool) == int(cell), tool
        else:
            with pytest.raises(ValueError, match=f"not measured what {tool} counts for .*; ask for .macs"):
                ours.as_reported_by(tool)


def test_the_table_has_every_line_and_every_tool():
    """And nine cells of ten are reported: what is refused is the exception."""
    asked = [
        line
        for text in (by_layer.LAYERS, by_layer.OPERATORS, by_layer.OTHERS)
        for line in by_layer.lines(text)
    ]
    assert [row[0].strip("`") for row in BY_LAYER] == asked
    assert [head.partition(" ")[0] for head in ASKED[1:]] == [*counters.TOOLS]
    lines = [row for row in BY_LAYER if row[0].strip("`") in by_layer.lines(by_layer.LAYERS)]
    cells = [cell for row in lines for cell in row[1:] if cell != "–"]
    assert sum(cell.isdigit() for cell in cells) >= 0.85 * len(cells)


def test_what_changed_is_said_and_the_day_is_no_change():
    old = [["1 May 2030, torch 3.0", "fvcore 1"], ["ReLU()", "0"]]
    assert [*newest_counters.changes(old, [["8 May 2030, torch 3.0", "fvcore 1"], ["ReLU()", "0"]])] == []
    new = [["8 May 2030, torch 3.1", "fvcore 2"], ["ReLU()", "800"], ["ELU()", "0"]]
    assert sorted(newest_counters.changes(old, new)) == [
        "fvcore 1 is now fvcore 2",
        "fvcore 2, ELU(): nothing before, 0 now",
        "fvcore 2, ReLU(): 0 before, 800 now",
        "torch 3.0 is now torch 3.1",
    ]


@pytest.mark.parametrize("tool", sorted({*REPORTED} - {"torchvision", "FlopCounterMode"}))
def test_a_tool_was_asked_about_one_image_forward(tool):
    layer = nn.Conv2d(8, 8, 1)
    with pytest.raises(
        ValueError, match=f"{tool} was asked about one image.*a profile of inputs of .*2, 8, 4, 4"
    ):
        profile(layer, (2, 8, 4, 4)).as_reported_by(tool)
    with pytest.raises(ValueError, match="a profile of a training step"):
        profile(layer, (1, 8, 4, 4), training=True).as_reported_by(tool)


INCEPTION = {"fvcore": 19_982_976, "torchprofile": 13_019_936}


def test_a_same_convolution_is_nothing_to_two_tools():
    """Of Inception-v3's 5.7 thousand million they print this, as a run of them said on 29 November 2026."""
    build, shape = VARIANTS["inception_v3"].build, VARIANTS["inception_v3"].input_shape
    ours = profile(build, (1, *shape))
    assert {tool: ours.as_reported_by(tool) for tool in INCEPTION} == INCEPTION


class OfImages(nn.Module):
    """A function of a 3×3 layer's result and its input."""

    def __init__(self, function):
        super().__init__()
        self.layer, self.function = nn.Conv2d(8, 8, 3, padding=1), function

    def forward(self, x):
        return self.function(self.layer(x), x)


def hooked(register):
    layer = nn.Conv2d(8, 8, 3, padding=1)
    getattr(layer, register)(lambda module, *given: given[-1][0] * 2)
    return layer


# Behind or on a 3×3 layer of 8 channels, 10×10 pixels: who prints another number than ours would be, as the
# versions of the table said beside torch 2.13.0 on 30 November 2026.
ELSE = {
    "hooks of Conv2d": (lambda: hooked("register_forward_pre_hook"), ["torchprofile"]),  # 58,400
    "own weights of Conv2d": (lambda: weight_norm(nn.Conv2d(8, 8, 3, padding=1)), ["torchinfo"]),  # 5,472
    "Upsample nearest to a size": (
        lambda: nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.Upsample((7, 9))),
        ["calflops"],  # 116,063
    ),
    "einsum": (
        lambda: OfImages(lambda y, x: torch.einsum("nchw,nchv->nchv", y, x)),
        ["fvcore", "calflops", "torchprofile"],  # 65,600, 132,000 and 65,600
    ),
}


@pytest.mark.parametrize("name", ELSE)
@pytest.mark.filterwarnings("ignore:.*weight_norm")
def test_what_one_tool_counts_otherwise_is_refused_for_it(name):
    build, tools = ELSE[name]
    found = profile(build(), (1, 8, 10, 10))
    for tool in tools:
        with pytest.raises(ValueError, match=f"not measured what {tool} counts for.*{name}"):
            found.as_reported_by(tool)
    assert found.as_reported_by("torchvision") == found.macs


@dataclass
class Found:
    """What a network may return: torch.jit sees no tensor in it."""

    scores: torch.Tensor


class Early(nn.Module):
    """A head that is asked, and whose answer is not returned."""

    def __init__(self, returned):
        super().__init__()
        self.layer, self.head, self.returned = nn.Conv2d(8, 8, 3), nn.Conv2d(8, 4, 1), returned

    def forward(self, x):
        return self.returned(self.layer(x), self.head(x))


@pytest.mark.parametrize("tool", ["fvcore", "torchprofile"])
def test_what_no_output_needs_is_left_out_by_tools_that_follow_a_trace(tool):
    """Of `Early` with its first answer alone both print 36,864, of both 40,064; of `Found` one prints 0."""
    first, both, found = (
        profile(Early(returned), (1, 8, 10, 10))
        for returned in (lambda y, z: y, lambda y, z: {"y": [y], "z": z}, lambda y, z: Found(y))
    )
    assert both.as_reported_by(tool) == 64 * 8 * 72 + 100 * 4 * 8 == 40_064
    for other in (first, found):
        with pytest.raises(
            ValueError, match=f"what {tool} counts for convolution whose result is not returned"
        ):
            other.as_reported_by(tool)
    assert first.as_reported_by("thop") == 40_064
    in_place = OfImages(lambda y, x: (y[:, :2].relu_(), y)[1])
    assert profile(in_place, (1, 8, 10, 10)).as_reported_by(tool) == 100 * 8 * 72


@pytest.mark.parametrize(
    "build",
    [
        lambda: nn.utils.parametrizations.spectral_norm(nn.Conv2d(8, 8, 3)),
        lambda: OfImages(lambda y, x: y @ x[0, 0, 0]),
        lambda: OfImages(lambda y, x: y.flatten().dot(x.flatten())),
        lambda: OfImages(lambda y, x: torch.einsum("nchw,nchv->nchv", y, x)),
        lambda: nn.Sequential(nn.Conv2d(8, 8, 3), OfImages(lambda y, x: torch.cdist(y, x))),
    ],
)
def test_torchs_counter_leaves_out_what_it_does_not_know(build):
    """A matrix and a vector, and what stands in no table of its own: asked itself, with values."""
    network = build().eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.rand(1, 8, 10, 10))
    assert profile(network, (1, 8, 10, 10)).as_reported_by("FlopCounterMode") == counter.get_total_flops()


def test_a_bias_that_torch_adds_apart_is_refused():
    class Turned(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(10, 4)

        def forward(self, x):
            return self.layer(x.transpose(1, 2))

    with pytest.raises(ValueError, match="ptflops counts for Linear whose bias is added apart"):
        profile(Turned(), (1, 10, 7)).as_reported_by("ptflops")
