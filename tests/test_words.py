"""What lectures have wrong in words and formulas: each is seen by a program, or the entry names the place."""

import inspect
import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from cnnlab.models import VARIANTS, inception_v3, vgg
from cnnlab.profiler import profile
from cnnlab.published import SOURCES, WORDS, rows
from cnnlab.receptive_field import effective_receptive_field

SEEN = {}


def seen(printed):
    """The check of the entry that prints this."""

    def keep(check):
        SEEN[printed] = check
        return check

    return keep


def built(name, **how):
    with torch.device("meta"):
        return VARIANTS[name].build(**how)


def kinds(network):
    return [type(module).__name__ for module in network.modules() if not [*module.children()]]


@seen("n × (Conv – ReLU – Max Pool), then one or two linear layers")
def alexnet_has_more():
    found = kinds(built("alexnet_2012"))
    assert (found.count("Conv2d"), found.count("MaxPool2d"), found.count("Linear")) == (5, 3, 3)


@seen("3 × Conv3 = 3 × 3 × C × 3 = 27C, 1 × Conv7 = 49C")
def kernels_are_as_many_as_channels():
    for channels in (2, 5):
        small, large = (nn.Conv2d(channels, channels, k, bias=False).weight.numel() for k in (3, 7))
        assert (3 * small, large) == (27 * channels**2, 49 * channels**2)


def month(network):
    """Of the first version on arXiv, whose number begins with year and month."""
    return float(re.search(rf"{network}\D*(\d{{4}}\.\d{{5}})", DATES)[1])


DATES = """
    SqueezeNet 1602.07360, Xception 1610.02357, MobileNet 1704.04861, ShuffleNet 1707.01083,
    MobileNetV2: 1801.04381, SqueezeNext 1803.10615, ShuffleNetV2: 1807.11164
"""


@seen("SqueezeNet → MobileNet → ShuffleNet → Xception")
def xception_is_second():
    names = ["SqueezeNet ", "Xception", "MobileNet ", "ShuffleNet "]
    assert sorted(names, key=month) == names


@seen("SqueezeNext → MobileNetV2 → ShuffleNetV2")
def squeezenext_is_second():
    names = ["MobileNetV2:", "SqueezeNext", "ShuffleNetV2:"]
    assert sorted(names, key=month) == names


@seen("no ReLU at the element-wise sum")
def blocks_without_a_sum_have_no_relu_at_their_end():
    blocks = [m for m in built("mobilenet_v2").modules() if type(m).__name__ == "InvertedResidual"]
    assert len(blocks) == 17
    assert {kinds(block)[-1] for block in blocks} == {"BatchNorm2d"}


@seen("ReLU makes more of the few parameters zero")
def relu_has_no_parameters():
    assert not [*nn.ReLU().parameters()]


@seen("difference: it has an FC layer")
def a_convolution_of_one_pixel_is_a_linear_layer():
    convolution, x = nn.Conv2d(1280, 10, 1), torch.rand(2, 1280, 1, 1)
    linear = F.linear(x.flatten(1), convolution.weight.flatten(1), convolution.bias)
    torch.testing.assert_close(convolution(x).flatten(1), linear)


@seen("groups: int number of groups per channel")
def nine_channels_make_three_groups():
    dealt = np.arange(9).reshape(3, 3).T.reshape(9)
    assert dealt.tolist() == [0, 3, 6, 1, 4, 7, 2, 5, 8]


def layer(groups, channels=24, size=5):
    network = nn.Conv2d(channels, 2 * channels, 1, groups=groups, bias=False)
    (row,) = profile(network, (1, channels, size, size)).rows
    return row.macs, network.weight.numel(), (channels + 2 * channels) * size**2 + network.weight.numel()


@seen("B = wh · (c₁c₂ / g) · g")
def groups_do_not_cancel_in_macs():
    assert [layer(g)[0] for g in (1, 2, 4)] == [25 * 24 * 48 // g for g in (1, 2, 4)]


@seen("(c₁c₂ / g) · g")
def groups_do_not_cancel_in_weights():
    assert [layer(g)[1] for g in (1, 2, 4)] == [24 * 48 // g for g in (1, 2, 4)]


@seen("memory access grows with the number of groups")
def at_equal_channels_memory_falls_and_at_equal_macs_it_grows():
    assert layer(1)[2] > layer(2)[2] > layer(4)[2]
    (macs, _, memory), (wide_macs, _, wide_memory) = layer(1, 24), layer(4, 48)
    assert macs == wide_macs
    assert wide_memory > memory


@seen("speed: a > b > d > c > e")
def four_in_series_are_faster_in_four_of_six_columns():
    rows_of = {
        name: [
            float(row.value) for row in rows() if row.subject.startswith(name) and row.source == "lecture-000"
        ]
        for name in ("4 fragments in series", "2 fragments in parallel")
    }
    series, parallel = rows_of.values()
    faster = [a > b for a, b in zip(series, parallel, strict=True)]
    assert faster == [False, False, True, True, True, True]  # GPU with 128, 256, 512 channels; CPU


@seen("MobileNetV2: a sum at a thick feature map")
def sums_are_on_thin_maps():
    found = profile(VARIANTS["mobilenet_v2"].build, (1, 3, 224, 224)).rows
    sums = [row.output_shape[1] for row in found if row.operator == "add"]
    assert (min(sums), max(sums)) == (24, 160)
    assert (
        max(row.output_shape[1] for row in found if len(row.output_shape) == 4 and row.output_shape[1] < 1280)
        == 960
    )


@seen("N_p × H × W = (2 × FLOPs), 1 MAC = 2 FLOPs")
@seen("GMACs = 2 * GFLOPs")
def operations_are_twice_the_macs():
    counted = profile(nn.Conv2d(4, 8, 3, bias=False), (1, 4, 9, 9))
    assert counted.flops(2) == 2 * counted.macs == 2 * 8 * 4 * 9 * 49


@seen("the last depthwise layer, 3×3×1024, has stride 2")
def the_last_depthwise_layer_keeps_the_size():
    strided = nn.Conv2d(1024, 1024, 3, stride=2, padding=1, groups=1024, device="meta")
    assert strided(torch.empty(1, 1024, 7, 7, device="meta")).shape[2:] == (4, 4)
    found = [m for m in built("mobilenet_v1").modules() if isinstance(m, nn.Conv2d) and m.groups == 1024]
    assert [m.stride for m in found] == [(1, 1)]


@seen("conv10: 20 % (3x3)")
def conv10_is_a_1x1_convolution():
    (last,) = [
        m for m in built("squeezenet1_0").modules() if isinstance(m, nn.Conv2d) and m.out_channels == 1000
    ]
    assert last.kernel_size == (1, 1)
    assert sum(p.numel() for p in last.parameters()) == 513_000


@seen("96 kernels, and a program with 64")
def the_program_is_the_later_version():
    first = {name: next(built(name).parameters()) for name in ("alexnet", "alexnet_2012")}
    assert {name: weight.numel() + len(weight) for name, weight in first.items()} == {
        "alexnet": 23_296, "alexnet_2012": 34_944
    }  # fmt: skip


@seen("same effective receptive field")
def the_effective_field_of_two_layers_is_narrower():
    stack = nn.Sequential(nn.Conv2d(1, 1, 3, bias=False), nn.Conv2d(1, 1, 3, bias=False))
    for each in stack:
        nn.init.ones_(each.weight)
    share = effective_receptive_field(stack, (1, 1, 5, 5), unit=(0, 0))
    assert share[2, 2] == pytest.approx(9 / 81)


@seen("In contrast to ResNets, features are combined through summation; instead, they are concatenated")
def densenet_adds_nothing():
    found = {
        name: [row.operator for row in profile(VARIANTS[name].build, (1, 3, 64, 64)).rows]
        for name in ("densenet121", "resnet18")
    }
    assert not [name for name in found["densenet121"] if name.startswith("add") and name != "addmm"]
    assert [name for name in found["resnet18"] if name.startswith("add") and name != "addmm"]


@seen("After pool, double #channels")
def the_fifth_stage_is_as_wide_as_the_fourth():
    widths = [m.out_channels for m in built("vgg16").modules() if isinstance(m, nn.Conv2d)]
    assert sorted({*widths}) == [64, 128, 256, 512]
    assert widths.count(512) == 6


@seen("with batch normalization no longer needed")
def inception_v3_has_both():
    names = [name for name, _ in built("inception_v3").named_modules()]
    assert "BatchNorm2d" in kinds(built("inception_v3"))
    assert any("aux" in name.lower() for name in names) or "aux" in inspect.getsource(inception_v3).lower()


@seen("once we have batch normalization we can train networks with 10+ layers")
def vgg19_has_none():
    found = kinds(built("vgg19"))
    assert found.count("Conv2d") + found.count("Linear") == 19
    assert "BatchNorm2d" not in found
    assert vgg.PAPER.year == 2015


@seen("the first block of each stage halves the resolution and doubles the channels")
def the_first_stage_changes_neither():
    found = profile(VARIANTS["resnet18"].build, (1, 3, 224, 224)).rows
    stage = [
        row.output_shape for row in found if row.path.startswith("layer1") and row.operator == "convolution"
    ]
    assert {*stage} == {(1, 64, 56, 56)}


@seen("MAX POOL1, then NORM1; MAX POOL2, then NORM2")
def response_normalization_comes_first():
    found = [kind for kind in kinds(built("alexnet_2012")) if kind in ("LocalResponseNorm", "MaxPool2d")]
    assert found[:4] == ["LocalResponseNorm", "MaxPool2d"] * 2


@seen("1/C_i + 1/(K_h K_w)")
def the_gain_depends_on_the_outputs():
    separable = nn.Sequential(nn.Conv2d(8, 8, 3, groups=8, bias=False), nn.Conv2d(8, 32, 1, bias=False))
    full = nn.Conv2d(8, 32, 3, bias=False)
    gain = profile(separable, (1, 8, 9, 9)).macs / profile(full, (1, 8, 9, 9)).macs
    assert gain == pytest.approx(1 / 32 + 1 / 9)


@seen("G grouped convolution = G separable convolutions")
def groups_are_separate_layers():
    grouped, x = nn.Conv2d(6, 4, 3, groups=2, bias=False), torch.rand(1, 6, 5, 5)
    apart = [F.conv2d(a, w) for a, w in zip(x.chunk(2, 1), grouped.weight.chunk(2), strict=True)]
    torch.testing.assert_close(grouped(x), torch.cat(apart, 1))
    separable = nn.Sequential(nn.Conv2d(6, 6, 3, groups=6, bias=False), nn.Conv2d(6, 4, 1, bias=False))
    assert profile(separable, (1, 6, 5, 5)).macs != profile(grouped, (1, 6, 5, 5)).macs


def units():
    network = built("shufflenet_v1_g3")
    return [m for m in network.modules() if type(m).__name__ == "ShuffleUnit"]


@seen("the first 1×1 convolution is replaced by a grouped one")
def both_1x1_convolutions_are_grouped():
    found = [
        [m.groups for m in unit.modules() if isinstance(m, nn.Conv2d) and m.kernel_size == (1, 1)]
        for unit in units()
    ]
    assert found == [[1, 3]] + [[3, 3]] * 15


@seen("element-wise addition is replaced with concatenation")
def most_units_add():
    operators = [row.operator for row in profile(VARIANTS["shufflenet_v1_g3"].build, (1, 3, 224, 224)).rows]
    assert sum(name in ("add", "add_") for name in operators) == 13
    assert operators.count("cat") == 3


@seen("nn.ReLU")
def mobilenet_v2_clips():
    assert {kind for kind in kinds(built("mobilenet_v2")) if "ReLU" in kind} == {"ReLU6"}


def test_every_entry_is_of_a_lecture_and_seen_or_derived():
    """What no program sees has its place in a paper, in the slide, or in the formula beside it."""
    assert {word.source for word in WORDS} <= set(SOURCES)
    assert {*SEEN} <= {word.printed for word in WORDS}
    derived = [word for word in WORDS if word.printed not in SEEN]
    assert all(
        re.search(r"section|table|Table|figures|beside|later|lecture|second formula|missing|index", word.why)
        for word in derived
    )
    assert len({*SEEN}) > len({word.printed for word in derived})


@pytest.mark.parametrize("printed", SEEN)
def test_what_a_program_sees(printed):
    SEEN[printed]()
