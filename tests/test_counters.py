"""`Profile.as_reported_by` gives what eight tools printed in a scratch environment for the same networks.

`tests/counters.py` asked them; tests/reference/counters.csv keeps their answers, versions and the date.
"""

import csv
import re
from pathlib import Path

import counters
import pytest
from torch import nn

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


class Squared(nn.Module):
    def forward(self, x):
        return x @ x


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


UNMEASURED = {
    "LayerNorm": nn.LayerNorm(10),
    "GroupNorm": nn.GroupNorm(2, 8),
    "AvgPool2d": nn.AvgPool2d(2),
    "GELU": nn.GELU(),
    "ConvTranspose2d": nn.ConvTranspose2d(8, 4, 2, 2),
    'Conv2d with padding="same"': nn.Conv2d(8, 8, 3, padding="same"),
    "Upsample": nn.Upsample(scale_factor=2, mode="bilinear"),
    "bmm": Squared(),
}


@pytest.mark.parametrize("layer", UNMEASURED)
@pytest.mark.parametrize("tool", REPORTED)
def test_what_was_not_measured_is_refused_but_for_plain_macs(layer, tool):
    ours = profile(nn.Sequential(nn.Conv2d(8, 8, 1), UNMEASURED[layer]), (1, 8, 10, 10))
    if tool in ("torchvision", "FlopCounterMode"):
        assert ours.as_reported_by(tool) == ours.macs * (1 + (tool == "FlopCounterMode"))
    else:
        with pytest.raises(
            ValueError, match=f"not measured what {tool} counts for {re.escape(layer)}; ask for"
        ):
            ours.as_reported_by(tool)
