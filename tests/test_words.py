"""What lectures have wrong in words and formulas: each is seen by a program, or the entry names the place."""

import inspect
import itertools
import re

import numpy as np
import pytest
import torch
from scipy.signal import convolve, correlate
from torch import nn
from torch.nn import functional as F

from cnnlab.blocks import SqueezeExcite
from cnnlab.models import VARIANTS, inception_v3, mobilenet_v1, resnet, vgg
from cnnlab.profiler import profile
from cnnlab.published import SOURCES, WORDS, rows
from cnnlab.receptive_field import Field, effective_receptive_field

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


@seen("the map of the layer before, which the current element stands for (in Chinese)")
@seen("each convolution adds K − 1, so L layers see 1 + L (K − 1)")
def a_field_is_of_the_input_and_strides_widen_it():
    one, two = Field().through(3), Field().through(3).through(3)
    assert (one.size, two.size) == (3, 5)
    assert Field().through(3, stride=2).through(3).size == 3 + 2 * (3 - 1)


@seen("multiple resolution")
def all_branches_of_a_module_have_one_size():
    found = profile(VARIANTS["googlenet"].build, (1, 3, 224, 224)).rows
    branches = {
        row.path.split(".")[1]: row.output_shape for row in found if row.path.startswith("inception3a.")
    }
    assert len(branches) == 4
    assert {shape[2:] for shape in branches.values()} == {(28, 28)}
    kernels = {m.kernel_size for m in built("googlenet").inception3a.modules() if isinstance(m, nn.Conv2d)}
    assert len(kernels) > 1


@seen("the last factors of the fourth product: 56 × 56")
def vggs_fourth_convolution_reads_112_pixels():
    found = profile(VARIANTS["vgg16"].build, (1, 3, 224, 224)).rows
    sizes = [row.output_shape[1:] for row in found if row.operator == "convolution"]
    assert sizes[3] == (128, 112, 112)


@seen("solved gradient vanishing by using shortcut")
def normalized_plain_layers_do_not_lose_the_gradient():
    torch.manual_seed(0)
    layers = [
        nn.Sequential(nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        for _ in range(20)
    ]
    nn.Sequential(*layers)(torch.randn(8, 8, 8, 8)).square().sum().backward()
    first, last = (layers[index][0].weight.grad.norm() for index in (0, -1))
    assert first > last


@seen("much more memory needed [backpropagation needs all layers' output]")
def what_stacks_hold_grows_with_the_square_of_the_layers():
    found = profile(VARIANTS["densenet121"].build, (1, 3, 224, 224)).rows
    of_layers = [row for row in found if "denselayer" in row.path]
    read, made = (
        sum(np.prod(row.output_shape) for row in of_layers if row.path.endswith(end))
        for end in ("norm1", "conv2")
    )
    assert round(read / made) == 8


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


@seen("D_F for the side of the input and of the output")
def a_stride_parts_the_two_sides():
    whole, halved = (nn.Conv2d(8, 8, 3, stride, padding=1, groups=8, bias=False) for stride in (1, 2))
    assert profile(whole, (1, 8, 12, 12)).macs == 4 * profile(halved, (1, 8, 12, 12)).macs


@seen("delay to down-sample: increase the visual field")
def pooling_late_narrows_the_field():
    late = Field().through(3).through(3).through(2, stride=2)
    soon = Field().through(2, stride=2).through(3).through(3)
    assert (late.size, soon.size) == (6, 10)


@seen("S₁ < E₁ = E₃, and best in SR = 0.75")
def a_ratio_of_three_quarters_squeezes_to_more_than_e1():
    expanded = 64
    assert 0.75 * (expanded + expanded) == 1.5 * expanded


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


@seen("kernel size: D_k · D_k · M/g · N/g")
def the_kernels_of_all_groups_are_g_times_those_of_one():
    for groups in (1, 2, 4):
        grouped = nn.Conv2d(8, 16, 3, groups=groups, bias=False)
        assert grouped.weight.numel() == groups * (3 * 3 * (8 // groups) * (16 // groups))


@seen("MAC: multiply–accumulates, and MAC: memory access cost")
def a_layer_has_two_different_macs():
    macs, _, memory = layer(1)
    assert macs == 25 * 24 * 48
    assert memory == 25 * (24 + 48) + 24 * 48


@seen("minimal when input and output have the same size")
def equal_channels_touch_the_least_memory():
    pairs = [(12, 48), (24, 24), (48, 12), (16, 36)]  # all of one product, so of equal MACs
    layers = [
        profile(nn.Conv2d(c1, c2, 1, bias=False), (1, c1, 5, 5)).memory_access_bytes for c1, c2 in pairs
    ]
    assert min(layers) == layers[1]
    assert layers.count(layers[1]) == 1


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
    series, parallel = fragments("4 fragments in series"), fragments("2 fragments in parallel")
    faster = [a > b for a, b in zip(series, parallel, strict=True)]
    assert faster == [False, False, True, True, True, True]  # GPU with 128, 256, 512 channels; CPU


def fragments(name):
    """What the slide prints for a kind of block: three columns for the GPU, three for the CPU."""
    return [
        float(row.value) for row in rows() if row.source == "lecture-000" and row.subject.startswith(name)
    ]


@seen("the more fragments, the slower the system")
def more_fragments_are_not_always_slower():
    one, two, four = (
        fragments(name) for name in ("1 fragment,", "2 fragments in series", "4 fragments in series")
    )
    assert (two[2], four[2]) == (336, 349)
    assert one[4] == two[4] == four[4] == 10.1
    assert one[0] > two[0] > four[0]  # there the sentence holds


def printed_of(subject, quantity):
    (row,) = [
        row
        for row in rows()
        if (row.source, row.place) == ("lecture-000", "ShuffleNet V2, table 8")
        and (row.subject, row.quantity) == (subject, quantity)
    ]
    return float(row.value)


@seen("ShuffleNet V2 > MobileNet V2 > ShuffleNet > MobileNet")
def the_smallest_class_has_another_order():
    def error(name):
        return printed_of(name, "top-1 error")

    ours = ", our implementation"
    assert error("ShuffleNet V1 0.5×, g = 3") == 43.2 < error(f"0.4 MobileNet v2{ours}") == 43.4
    for shuffle, mobile in (("1×", f"0.75 MobileNet v2{ours}"), ("1.5×", "1.0 MobileNet v2")):
        assert error(f"ShuffleNet V1 {shuffle}, g = 3") > error(mobile)
    for v2, v1 in (("0.5×", 0.25), ("1×", 0.5), ("1.5×", 0.75), ("2×", "1.0")):
        speeds = [
            printed_of(f"{name}, GPU", "batches per second")
            for name in (f"ShuffleNet V2 {v2}", f"{v1} MobileNet v1")
        ]
        assert speeds[0] < speeds[1]


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


@seen("15.5 GFLOPs")
def vgg16_has_as_many_macs_as_the_slide_has_flops():
    counted = profile(VARIANTS["vgg16"].build, (1, 3, 224, 224))
    assert round(counted.macs / 1e9, 1) == 15.5
    assert round(counted.flops(2) / 1e9) == 31


@seen("this approach does not consider model efficiency")
def googlenet_is_small_for_its_time():
    small, large = (profile(VARIANTS[name].build, (1, 3, 224, 224)) for name in ("googlenet_paper", "vgg16"))
    assert round(large.macs / small.macs) == 10
    aside = sum(
        p.numel() for name, p in built("googlenet_paper").named_parameters() if name.startswith("aux")
    )
    assert round(large.params / (VARIANTS["googlenet_paper"].cost.params - aside)) == 20


@seen("F with the indices k + i − 1, l + j − 1, padding enabled")
def a_padded_window_lies_around_its_output():
    kernel, image = torch.rand(5, 5), torch.rand(12, 12)
    padded = F.conv2d(image[None, None], kernel[None, None], padding=2)[0, 0]
    lead = 7  # zeros before the first row and column, so that an index may be as low as 1 + 1 − 3
    around = F.pad(image, (lead, lead, lead, lead))

    def at(row, column, back):
        """The formula's sum, with i and j from 1 to 5 and pixels from 1 on."""
        top, left = (index + 1 - back + lead - 1 for index in (row, column))
        return (kernel * around[top : top + 5, left : left + 5]).sum()

    for row, column in ((1, 1), (5, 7), (12, 12)):
        expected = padded[row - 1, column - 1]
        torch.testing.assert_close(at(row, column, 3), expected)
        assert not torch.isclose(at(row, column, 1), expected)


@seen("about 9 when N, M is large")
def the_inputs_cancel():
    def speedup(m, n):
        separable = nn.Sequential(
            nn.Conv2d(m, m, 3, groups=m, bias=False), nn.Conv2d(m, n, 1, padding=0, bias=False)
        )
        full = nn.Conv2d(m, n, 3, bias=False)
        return profile(full, (1, m, 9, 9)).macs / profile(separable, (1, m, 9, 9)).macs

    assert speedup(4, 32) == pytest.approx(speedup(64, 32)) == pytest.approx(9 * 32 / (9 + 32))
    assert speedup(4, 32) < speedup(4, 512) < 9


@seen("nonlinearity needed behind depthwise and pointwise convolutions for best performance")
def xception_has_none_between_them():
    found = kinds(built("xception"))
    convolutions = [m for m in built("xception").modules() if isinstance(m, nn.Conv2d)]
    assert sum(m.groups > 1 for m in convolutions) == 34
    layers = [m for m in built("xception").modules() if not [*m.children()]]
    behind = [
        type(after).__name__
        for before, after in itertools.pairwise(layers)
        if isinstance(before, nn.Conv2d) and before.groups > 1
    ]
    assert {*behind} == {"Conv2d"}
    assert "ReLU" in found


def depth(name):
    return sum(isinstance(m, nn.Conv2d | nn.Linear) for m in built(name).modules())


@seen("deeper than previous architectures (e.g. VGG-16)")
def resnet50_is_older_and_deeper():
    assert (depth("vgg16"), depth("mobilenet_v1")) == (16, 28)
    assert depth("resnet50") - 4 == 50  # its name leaves out the shortcuts' four convolutions
    assert resnet.PAPER.year < mobilenet_v1.PAPER.year


@seen("100-150M MACs")
@seen("the MACs of ShuffleNet range from 133M to 143M")
def shufflenets_have_13_to_524_million():
    whole = [VARIANTS[f"shufflenet_v1_g{g}"].cost.macs / 1e6 for g in (1, 2, 3, 4, 8)]
    assert 132 < min(whole) < max(whole) < 146
    printed = {row.value for row in rows() if row.source == "lecture-001" and row.quantity == "MACs"}
    assert {"13", "524"} <= printed


@seen("the number of channels doubles after a block of stride 2")
def the_first_stage_multiplies_by_ten():
    found = profile(VARIANTS["shufflenet_v1_g3"].build, (1, 3, 224, 224)).rows
    assert [row.output_shape[1] for row in found if row.operator == "cat"] == [240, 480, 960]
    assert next(row.output_shape[1] for row in found if row.operator.startswith("max_pool")) == 24


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


@seen("convolutional layers, then one or more fully connected layers")
def squeezenet_has_no_linear_layer():
    assert "Linear" not in kinds(built("squeezenet1_0"))


@seen("kernels learned on the 224×224×3 input images")
def only_227_pixels_fit_without_padding():
    assert [(size - 11) % 4 for size in (224, 227)] == [1, 0]
    assert (227 - 11) // 4 + 1 == 55


@seen("pooled after the second and the third convolution")
def alexnet_pools_after_the_first_the_second_and_the_fifth():
    for name in ("alexnet", "alexnet_2012"):
        found = [kind for kind in kinds(built(name)) if kind in ("Conv2d", "MaxPool2d")]
        after = [found[:index].count("Conv2d") for index, kind in enumerate(found) if kind == "MaxPool2d"]
        assert after == [1, 2, 5]


@seen("227 pixels, 64 kernels and padding 2: 56")
def both_alexnets_have_55():
    sizes = {}
    for name in ("alexnet", "alexnet_2012"):
        variant = VARIANTS[name]
        first = profile(variant.build, (1, *variant.input_shape)).rows[0]
        sizes[name] = (variant.input_shape[1], *first.output_shape[1:3])
    assert sizes == {"alexnet": (224, 64, 55), "alexnet_2012": (227, 96, 55)}
    mixed = nn.Conv2d(3, 64, 11, stride=4, padding=2, device="meta")
    assert mixed(torch.empty(1, 3, 227, 227, device="meta")).shape[2] == 56


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


@seen("three operations: BN, ReLU, 3×3 convolution")
def a_layer_of_densenet121_has_six():
    block = next(m for m in built("densenet121").modules() if hasattr(m, "conv2"))
    found = [
        row.path.rsplit(".", 1)[1]
        for row in profile(VARIANTS["densenet121"].build, (1, 3, 64, 64)).rows
        if ".denselayer1." in row.path and "denseblock1." in row.path
    ]
    assert found == ["norm1", "relu1", "conv1", "norm2", "relu2", "conv2"]
    assert (block.conv1.kernel_size, block.conv2.kernel_size) == ((1, 1), (3, 3))


@seen("the convolution of M with the filter F")
def a_convolution_turns_the_kernel():
    image = np.array([[3, 0, 1, 2, 4, 7], [1, 5, 8, 9, 3, 1], [2, 7, 2, 5, 1, 3]])
    kernel = np.array([[1, 0, -1]] * 3)
    printed = [-5, -4, 3, 5]  # 3·1 + 1·1 + 2·1 + 0 − 1 − 8 − 2 and the three sums after it
    assert correlate(image, kernel, "valid")[0].tolist() == printed
    assert convolve(image, kernel, "valid")[0].tolist() == [-each for each in printed]


@seen("stage 3: conv-conv-pool")
@seen("VGG-19 has 4 conv in stages 4 and 5")
def vgg19_has_four_in_stage_3_too():
    stages = {}
    for name in ("vgg16", "vgg19"):
        found = "".join(
            {"Conv2d": "c", "MaxPool2d": " "}.get(kind, "") for kind in kinds(built(name))
        ).split()
        stages[name] = [len(stage) for stage in found]
    assert stages == {"vgg16": [2, 2, 3, 3, 3], "vgg19": [2, 2, 4, 4, 4]}


@seen("CONV3, 4, 5: 512, 1024, 512 filters")
def zfnets_figure_has_alexnets_widths():
    widths = {
        name: [m.out_channels for m in built(name).modules() if isinstance(m, nn.Conv2d)][2:]
        for name in ("zfnet", "zfnet_512", "alexnet_2012")
    }
    assert widths["zfnet"] == widths["alexnet_2012"] == [384, 384, 256]
    assert widths["zfnet_512"] == [512, 1024, 512]


@seen("the same aggressive stem as GoogLeNet")
def resnets_stem_ends_sooner():
    found = profile(VARIANTS["resnet18"].build, (1, 3, 224, 224)).rows
    assert next(row.output_shape[2] for row in found if row.operator.startswith("max_pool")) == 56
    stem = [
        row.output_shape[2]
        for row in profile(VARIANTS["googlenet"].build, (1, 3, 224, 224)).rows
        if row.operator.startswith("max_pool")
    ]
    assert stem[:2] == [56, 28]


@seen("very deep networks, limited only by GPU memory")
def resnet1202_errs_more_than_resnet110():
    errors = {
        row.subject: float(row.value)
        for row in rows()
        if (row.source, row.place, row.quantity) == ("paper-he2016", "Table 6", "top-1 error")
    }
    assert errors["ResNet-1202"] == 7.93 > errors["ResNet-110"] == 6.43


@seen("Xception, among the tiny networks")
def xception_is_no_small_network():
    large, known = VARIANTS["xception"].cost, VARIANTS["resnet50"].cost
    assert large.macs > 2 * known.macs
    assert round(large.params / 1e6, 1) == 22.9
    assert round(large.macs / 1e9, 1) == 8.4


@seen("SqueezeNet, beside depthwise separable convolutions")
def squeezenet_groups_nothing():
    found = [m for m in built("squeezenet1_0").modules() if isinstance(m, nn.Conv2d)]
    assert {m.groups for m in found} == {1}


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


@seen("with depthwise-separable convolution no information between different channels")
def the_channels_of_a_group_are_mixed():
    grouped = nn.Conv2d(6, 6, 1, groups=2, bias=False)
    nn.init.ones_(grouped.weight)
    reads = torch.autograd.functional.jacobian(lambda x: grouped(x).flatten(), torch.rand(6, 1, 1))
    assert reads.flatten(1).tolist() == [[1.0] * 3 + [0.0] * 3] * 3 + [[0.0] * 3 + [1.0] * 3] * 3


@seen("increases the variety of receptive field sizes in the previous layer")
def a_module_varies_what_comes_after_it():
    before = Field().through(3)
    assert len({before.through(kernel).size for kernel in (1, 3, 5)}) == 3
    assert before.size == 3


@seen("150k test images")
def the_contest_of_2012_has_100000():
    images = {
        row.subject: row.value
        for row in rows()
        if row.source == "paper-russakovsky2015" and row.place == "Scale of the data"
    }
    assert images["ILSVRC 2010, test"] == "150,000"
    assert images["ILSVRC 2012, test"] == "100,000"


@seen("channel-size scaling")
def a_gate_has_one_factor_for_each_channel():
    torch.manual_seed(0)
    x = torch.rand(2, 6, 4, 5) + 1
    factors = SqueezeExcite(6, 3)(x) / x
    assert factors.shape == x.shape
    torch.testing.assert_close(factors, factors.mean(dim=(2, 3), keepdim=True).expand_as(x))
    assert factors[0, :, 0, 0].unique().numel() == 6


@seen("h-swish at the second half of the model")
def the_first_layer_has_h_swish():
    found = [kind for kind in kinds(built("mobilenet_v3_large")) if kind in ("Hardswish", "ReLU")]
    assert found[:2] == ["Hardswish", "ReLU"]


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
