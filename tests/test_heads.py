"""Heads for detection and segmentation: against torchvision's counts, and in closed form."""

import pytest
import torch
from torch import nn

from cnnlab.profiler import profile
from cnnlab.published.models import params_of
from cnnlab.published.networks.segmenters import CITYSCAPES, Segmenter
from cnnlab.published.networks.trunks import area, dilate, dilated_trunk, look, trunk


# torchvision 0.28: lraspp_mobilenet_v3_large and deeplabv3_mobilenet_v3_large, 21 classes. The latter has one
# more 3×3 layer of 256 channels before the scores, and a second head for training: 40 to 10 channels, 3×3.
@pytest.mark.parametrize(
    ("segmenter", "params"),
    [
        (Segmenter("mobilenet_v3_large", filters=128, classes=21, low=40), 3_221_538),
        (
            Segmenter("mobilenet_v3_large", classes=21, rates=(12, 24, 36)),
            11_029_328 - (9 * 256**2 + 2 * 256) - (9 * 40 * 10 + 2 * 10 + 11 * 21),
        ),
    ],
    ids=["LR-ASPP", "DeepLabv3"],
)
def test_a_head_has_the_size_of_an_independent_definition(segmenter, params):
    assert segmenter.bill(65, 65).params == params


@pytest.mark.parametrize("name", ["mobilenet_v1", "mobilenet_v2_halved", "mnasnet_a1", "mobilenet_v3_small"])
@pytest.mark.parametrize("stride", [8, 16, 32])
def test_dilation_keeps_the_map_large_and_the_weights(name, stride):
    network = trunk(name)
    before = params_of(network)
    dilate(network, stride)
    assert network(torch.empty(1, 3, 129, 193, device="meta")).shape[2:] == (
        128 // stride + 1,
        192 // stride + 1,
    )
    assert params_of(network) == before


def test_a_dilated_layer_reads_what_a_strided_one_would_have_passed_on():
    """Pixels that a stride would have kept see the same neighbours after it is gone."""
    torch.manual_seed(0)
    strided = nn.Sequential(nn.Conv2d(1, 2, 3, 2, 1), nn.Conv2d(2, 3, 3, 1, 1)).eval()
    dilated = nn.Sequential(nn.Conv2d(1, 2, 3, 2, 1), nn.Conv2d(2, 3, 3, 1, 1)).eval()
    dilated.load_state_dict(strided.state_dict())
    dilate(dilated, 1)
    image = torch.randn(1, 1, 17, 17)
    torch.testing.assert_close(dilated(image)[:, :, ::2, ::2], strided(image))


@pytest.mark.parametrize("name", ["mobilenet_v2", "mobilenet_v3_small"])
def test_what_is_seen_is_what_the_profiler_counts(name):
    network = trunk(name)
    found, counted = look(network, 96, 64), profile(network, (1, 3, 96, 64))
    assert found.macs() == found.macs(padded=True) == counted.macs
    assert found.swishes == sum(row.outputs for row in counted.rows if row.operator == "hardswish_")


def test_padding_rounds_the_sides_of_dilated_maps_up():
    assert [area((33, 65), rate) for rate in (1, 2, 12)] == [33 * 65, 34 * 66, 36 * 72]
    network = nn.Sequential(nn.Conv2d(1, 1, 3, padding=2, dilation=2)).to("meta")
    network.insert(0, nn.Conv2d(3, 1, 1, device="meta"))
    assert look(network, 5, 7).macs(padded=True) == 3 * 5 * 7 + 9 * 6 * 8


def test_a_bill_in_closed_form():
    found = Segmenter("mobilenet_v1", filters=8, classes=3, low=4).bill(64, 32)
    body = look(dilated_trunk("mobilenet_v1", 1.0, 16), 64, 32)
    assert found.macs == body.macs() + 1024 * 8 * (4 * 2 + 1) + (8 + 4) * 3 * 8 * 4
    assert found.params == params_of(trunk("mobilenet_v1")) + 2 * 1024 * 8 + 16 + 12 * 3 + 2 * 3
    assert (found.swishes, found.added, found.scores) == (0, 0, 3 * 64 * 32)


def test_halving_leaves_all_but_the_last_lines():
    for name in ("mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small"):
        whole, half = (look(trunk(name + tail), 64, 64).layers[-1][0] for tail in ("", "_halved"))
        assert half.out_channels == whole.out_channels // 2
    assert {segmenter.classes for segmenter in CITYSCAPES.values()} == {19}


def test_an_unknown_trunk_is_refused():
    with pytest.raises(ValueError, match="there is no trunk 'resnet50'; there are mobilenet_v1"):
        trunk("resnet50")
