"""The large networks of ShuffleNet V2's appendix, in closed form, and what a gate does to a unit."""

from fractions import Fraction

import pytest
import torch

from cnnlab.models.shufflenet_v1 import ShuffleUnit
from cnnlab.models.shufflenet_v2 import DownsamplingUnit, Unit
from cnnlab.profiler import profile
from cnnlab.published import compute
from cnnlab.published.networks.shufflenets import LARGE, excite, large_shufflenet_v2


def closed_form(name):
    """MACs at 224×224: two halves of c channels; the first unit of a stage shows both of its branches all."""
    stem, channels, depths = LARGE[name]
    macs, before = 27 * stem[0] * 112**2, stem[0]
    for wide in stem[1:]:
        macs, before = macs + 9 * before * wide * 112**2, wide
    for c, depth, size, stride in zip(channels, depths, (56, 28, 14, 7), (1, 2, 2, 2), strict=True):
        half, larger = c // 2, size * stride
        macs += before * half * larger**2 + (9 * half + half**2 + 9 * before + before * half) * size**2
        macs += (depth - 1) * (2 * half**2 + 9 * half) * size**2
        before = c
    return macs + before * 2048 * 7**2 + 2048 * 1000


@pytest.mark.parametrize("name", ["V2-50", "V2-164"])
def test_large_networks_cost_in_closed_form(name):
    assert compute("large_v2_macs", name) == closed_form(name)


def test_a_gate_has_two_layers_of_its_units_channels():
    """Half of c channels in, `neurons` · c in the middle, half of c out."""
    _, channels, depths = LARGE["V2-164"]
    square = sum(depth * c**2 for c, depth in zip(channels, depths, strict=True))
    for neurons in (Fraction(1, 2), 1):
        gates = compute("large_v2_macs", "V2-164", str(neurons)) - compute("large_v2_macs", "V2-164")
        assert gates == square * neurons


def test_the_deepest_has_164_layers():
    with torch.device("meta"):
        network = large_shufflenet_v2("V2-164")
        convolutions = [
            unit.branch2 for unit in network.modules() if isinstance(unit, Unit | DownsamplingUnit)
        ]
        assert 3 + 3 * len(convolutions) + 1 + 1 == 164  # the other branch of a first unit does not count
        assert network(torch.empty(1, 3, 64, 64)).shape == (1, 1000)


@pytest.mark.parametrize("has_shortcut", [False, True])
def test_an_excited_unit_literally(has_shortcut):
    torch.manual_seed(0)
    plain, x = Unit(8).eval(), torch.randn(2, 8, 5, 4)
    unit = Unit(8).eval()
    unit.load_state_dict(plain.state_dict())
    excite(unit, Fraction(1, 2), has_shortcut)
    found, relu = unit.branch2
    gate = found.block[-1]
    assert gate.fc1.out_channels == 4
    y = plain.branch2[:-1](x[:, 4:])
    y = y * gate.gate(gate.fc2(gate.fc1(y.mean(dim=(2, 3), keepdim=True)).relu()))
    expected = relu(y + x[:, 4:] if has_shortcut else y)
    torch.testing.assert_close(unit(x)[:, 1::2], expected)
    torch.testing.assert_close(unit(x)[:, 0::2], x[:, :4])


def test_only_a_unit_that_keeps_the_shape_has_a_shortcut():
    unit = DownsamplingUnit(4, 8)
    excite(unit, Fraction(1), has_shortcut=True)
    assert unit(torch.randn(1, 4, 6, 6)).shape == (1, 8, 3, 3)


def test_v1_50_is_made_of_shuffle_units():
    """All but the first, whose shortcut nobody describes: 64 channels in one group, 360 out in three."""
    _, channels, depths = LARGE["V1-50"]
    macs, before, size = 27 * 64 * 112**2 + 2880 * 1000, 64, 56
    macs += (64 * 90 + 9 * 90 + 90 * 360 // 3) * 56**2
    for c, depth in zip(channels, depths, strict=True):
        for stride in [1 if before == 64 else 2] + [1] * (depth - 1):
            if before != 64:
                with torch.device("meta"):
                    unit = ShuffleUnit(before, c, stride, (3, 3))
                macs += profile(unit.eval(), (1, before, size, size)).macs
            before, size = c, size // stride
    assert compute("large_v1_macs", "4") == macs
