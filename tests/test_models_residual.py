"""The residual family: blocks against NumPy, costs in closed form, and what the papers say of both.

Values were compared where torchvision could be imported (0.28.0 beside torch 2.13.0+cpu, float32, one
thread): both networks carried the same random weights, loaded with `strict=True`, and saw the same two images
of 224×224. The scores of resnext50_32x4d, resnext101_32x8d, resnext101_64x4d, wide_resnet50_2 and
wide_resnet101_2 were the same to the last bit, in eval and in training mode.
"""

import doctest

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab import conv, layers
from cnnlab.cost import Cost
from cnnlab.models import (
    VARIANTS,
    preact_ablations,
    preact_resnet,
    resnet,
    resnet_cifar,
    resnext,
    senet,
    wide_resnet,
)
from cnnlab.models.preact_resnet import BASIC, BOTTLENECK, ORDERS, Unit


def with_random_values(module):
    """In float64 and eval mode, with norms whose scale, shift and running statistics do something."""
    torch.manual_seed(0)
    for norm in module.double().eval().modules():
        if isinstance(norm, nn.BatchNorm2d):
            for tensor in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
                nn.init.uniform_(tensor, 0.5, 1.5)
    return module


def image(channels, size=5):
    return torch.randn(2, channels, size, size, dtype=torch.float64)


def numpy(tensor):
    return tensor.detach().numpy()


def convolved(x, layer):
    """Loops; the groups are taken apart by hand."""
    size, n = layer.kernel_size[0], layer.groups
    parts = zip(np.split(x, n, axis=1), np.split(numpy(layer.weight), n), strict=True)
    maps = [conv.conv2d_loops(part, w, stride=layer.stride, padding=size // 2) for part, w in parts]
    bias = 0 if layer.bias is None else numpy(layer.bias)[:, None, None]
    return np.concatenate(maps, axis=1) + bias


def normed(x, layer):
    tensors = (layer.running_mean, layer.running_var, layer.weight, layer.bias)
    return layers.batch_norm(x, *map(numpy, tensors))


def through(x, words, modules):
    """The layers that the words name, in their order: the next of the modules has to be each."""
    kinds = {"bn": nn.BatchNorm2d, "relu": nn.ReLU, "1x1": nn.Conv2d, "3x3": nn.Conv2d}
    for word, module in zip(words.split(), modules, strict=True):
        assert isinstance(module, kinds[word])
        if word == "relu":
            x = layers.relu(x)
        elif word == "bn":
            x = normed(x, module)
        else:
            assert module.kernel_size == (int(word[0]),) * 2
            x = convolved(x, module)
    return x


def equal(ours, expected):
    np.testing.assert_allclose(numpy(ours), expected, rtol=1e-9, atol=1e-9)


def on_meta(name, **arguments):
    with torch.device("meta"):
        return VARIANTS[name].build(**arguments)


def found(model, kind):
    return [module for module in model.modules() if isinstance(module, kind)]


# ---- ResNet's blocks, with and without shortcuts ----


def f_basic(block, x):
    x = layers.relu(normed(convolved(x, block.conv1), block.bn1))
    return normed(convolved(x, block.conv2), block.bn2)


def f_bottleneck(block, x):
    x = layers.relu(normed(convolved(x, block.conv1), block.bn1))
    x = layers.relu(normed(convolved(x, block.conv2), block.bn2))
    return normed(convolved(x, block.conv3), block.bn3)


def h_padded(_, x):
    """Option A, pixel by pixel; twice the channels, half the size."""
    n, channels, height, width = x.shape
    h = np.zeros((n, 2 * channels, -(-height // 2), -(-width // 2)))
    for i in range(0, height, 2):
        for j in range(0, width, 2):
            h[:, :channels, i // 2, j // 2] = x[:, :, i, j]
    return h


def h_projected(block, x):
    return through(x, "1x1 bn", block.downsample)


BLOCKS = {
    "basic, projected": (resnet.BasicBlock(3, 6, stride=2), f_basic, h_projected),
    "basic, padded": (resnet_cifar.PaddedBlock(3, 6, stride=2), f_basic, h_padded),
    "basic, same shape": (resnet_cifar.PaddedBlock(3, 3), f_basic, lambda _, x: x),
    "plain": (resnet_cifar.PlainBlock(3, 6, stride=2), f_basic, lambda *_: 0),
    "bottleneck, projected": (resnet.Bottleneck(3, 2, stride=2), f_bottleneck, h_projected),
    "bottleneck, same shape": (resnet.Bottleneck(8, 2), f_bottleneck, lambda _, x: x),
    "stride in the 1×1": (resnet.Original(3, 2, stride=2), f_bottleneck, h_projected),
    "8 paths of 2": (
        type("", (resnet.Bottleneck,), {"groups": 8, "group_width": 2})(3, 64),
        f_bottleneck,
        h_projected,
    ),
    "wide": (wide_resnet.WideBottleneck(3, 2, stride=2), f_bottleneck, h_projected),
}


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("size", [4, 5])
def test_a_block_adds_what_it_finds_to_its_input(name, size):
    block, f, h = BLOCKS[name]
    with_random_values(block)
    x = image(8 if name == "bottleneck, same shape" else 3, size)
    equal(block(x.clone()), layers.relu(f(block, numpy(x)) + h(block, numpy(x))))


def test_where_a_blocks_stride_stands():
    strides = [
        [layer.stride[0] for layer in (block.conv1, block.conv2)]
        for block in (resnet.Bottleneck(3, 2, stride=2), resnet.Original(3, 2, stride=2))
    ]
    assert strides == [[1, 2], [2, 1]]


# ---- CIFAR ----


def cifar_cost(depth, width=1, option="A"):
    """Section 4.2 in closed form: 6n + 2 layers, of 16, 32 and 64 channels on 32², 16² and 8² pixels."""
    n = (depth - 2) // 6
    params, macs = 27 * 16 + 2 * 16 + 64 * 10 + 10, 27 * 16 * 32**2 + 640
    for w, size in [(16, 32), (32, 16), (64, 8)]:
        weights = 2 * n * 9 * w * w - (w > 16) * 9 * w * w // 2  # the first reads half of the channels
        params, macs = params + weights + 2 * n * 2 * w, macs + weights * size**2
        if option == "B" and w > 16:
            params, macs = params + w * w // 2 + 2 * w, macs + w * w // 2 * size**2
    return Cost(params, macs)


@pytest.mark.parametrize("depth", [20, 32, 44, 56, 110, 1202])
def test_cifar_networks_cost_in_closed_form(depth):
    assert VARIANTS[f"resnet{depth}"].cost == cifar_cost(depth)
    if depth < 1202:
        assert VARIANTS[f"plain{depth}"].cost == cifar_cost(depth)
        assert VARIANTS[f"resnet{depth}_b"].cost == cifar_cost(depth, option="B")


@pytest.mark.parametrize(
    ("depth", "printed"), [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7), (1202, 19.4)]
)
def test_cifar_networks_have_the_papers_millions(depth, printed):
    """Table 6. 56 has 0.853 million with shortcuts free of parameters; projections would make it 0.86."""
    digits = len(str(printed).partition(".")[2])
    assert round(VARIANTS[f"resnet{depth}"].cost.params / 1e6, digits) == printed


@pytest.mark.parametrize("depth", [18, 34])
def test_plain_networks_lack_the_projections(depth):
    pairs = [(64, 128, 28), (128, 256, 14), (256, 512, 7)]
    params = sum(a * b + 2 * b for a, b, _ in pairs)
    macs = sum(a * b * size**2 for a, b, size in pairs)
    residual = VARIANTS[f"resnet{depth}"].cost
    assert VARIANTS[f"plain{depth}"].cost == Cost(residual.params - params, residual.macs - macs)


def test_a_plain_network_has_the_tensors_of_its_residual_twin():
    residual, plain = (on_meta(name).state_dict() for name in ("resnet20", "plain20"))
    assert {key: w.shape for key, w in residual.items()} == {key: w.shape for key, w in plain.items()}


def test_the_stages_of_a_cifar_network():
    model, x = on_meta("resnet56"), torch.empty(1, 3, 32, 32, device="meta")
    x = model.conv1(x)
    for stage, shape in [(model.layer1, (16, 32)), (model.layer2, (32, 16)), (model.layer3, (64, 8))]:
        x = stage(x)
        assert (len(stage), x.shape[1:]) == (9, (shape[0], shape[1], shape[1]))


# ---- Pre-activation ----

# Figure 4, spelled out: what stands before the fork where shapes differ, F, what follows the addition.
FIGURE_4 = {
    "original": ("", "3x3 bn relu 3x3 bn", "relu"),
    "bn_after_addition": ("", "3x3 bn relu 3x3", "bn relu"),
    "relu_before_addition": ("", "3x3 bn relu 3x3 bn relu", ""),
    "relu_only": ("relu", "3x3 bn relu 3x3 bn", ""),
    "full": ("bn relu", "3x3 bn relu 3x3", ""),
}


def spelled(order, kernels):
    first, f, after = FIGURE_4[order]
    if kernels is BOTTLENECK:
        f = f.replace("3x3 bn relu 3x3", "1x1 bn relu 3x3 bn relu 1x1")
    return first, f, after


@pytest.mark.parametrize("order", FIGURE_4)
@pytest.mark.parametrize("kernels", [BASIC, BOTTLENECK], ids=["basic", "bottleneck"])
def test_an_order_is_figure_4s(order, kernels):
    first, f, after = spelled(order, kernels)
    unit = with_random_values(Unit(ORDERS[order], kernels, 4, 4 if kernels is BASIC else 1))
    x = image(4)
    expected = through(numpy(x), f"{first} {f}", unit.f) + numpy(x)
    equal(unit(x.clone()), through(expected, after, unit.after))


@pytest.mark.parametrize("order", FIGURE_4)
@pytest.mark.parametrize("kernels", [BASIC, BOTTLENECK], ids=["basic", "bottleneck"])
def test_both_paths_are_activated_where_shapes_differ(order, kernels):
    first, f, after = spelled(order, kernels)
    unit = with_random_values(Unit(ORDERS[order], kernels, 4, 3, stride=2))
    x = image(4)
    common = through(numpy(x), first, unit.common)
    shortcut = "1x1 bn" if f.endswith(("bn", "bn relu")) else "1x1"
    expected = through(common, f, unit.f) + through(common, shortcut, unit.downsample)
    equal(unit(x.clone()), through(expected, after, unit.after))
    strides = [layer.stride[0] for layer in unit.f if isinstance(layer, nn.Conv2d)]
    assert strides == ([2, 1] if kernels is BASIC else [1, 2, 1])


def test_the_first_unit_is_activated_by_the_stem_and_the_last_by_the_network():
    model = preact_resnet.PreActResNet((2, 1, 1))
    words = {nn.BatchNorm2d: "bn", nn.ReLU: "relu", nn.Conv2d: "conv"}
    named = [" ".join(words[type(m)] for m in part.modules() if type(m) in words) for part in model.units]
    conv_conv = "conv bn relu conv"
    assert [words[type(layer)] for layer in model.stem] == ["conv", "bn", "relu"]
    assert named[:2] == [conv_conv, f"bn relu {conv_conv}"]
    assert named[2:] == [f"bn relu {conv_conv} conv"] * 2 + ["bn", "relu"]
    last = list(preact_resnet.PreActResNet((1, 1, 1), order=ORDERS["relu_only"]).units)[-2:]
    assert [type(layer) for layer in last] == [Unit, nn.ReLU]


def test_a_signal_passes_units_that_find_nothing_as_it_is():
    """The paper's point, equation 4: negative values too, which the first ResNet's ReLU would end."""
    x, passed = image(4), {}
    for order in ("original", "full"):
        unit = with_random_values(Unit(ORDERS[order], BASIC, 4, 4))
        for layer in found(unit.f, nn.Conv2d):
            nn.init.zeros_(layer.weight)
        for norm in found(unit, nn.BatchNorm2d):
            nn.init.zeros_(norm.weight)
            nn.init.zeros_(norm.bias)
        passed[order] = unit(x.clone())
    equal(passed["full"], numpy(x))
    equal(passed["original"], layers.relu(numpy(x)))


def test_orders_cost_the_same_but_for_norms_of_projections():
    for depth, widths in [(110, (32, 64)), (164, (64, 128, 256))]:
        original = VARIANTS[f"resnet{depth}_original"].cost
        fewer = original._replace(params=original.params - 2 * sum(widths))
        assert VARIANTS[f"resnet{depth}_bn_after_addition"].cost == fewer
        assert VARIANTS[f"resnet{depth}_relu_before_addition"].cost == original
        assert VARIANTS[f"resnet{depth}_relu_only"].cost == original
    assert VARIANTS["resnet110_original"].cost == cifar_cost(110, option="B")


@pytest.mark.parametrize(("name", "printed"), [("110", 1.7), ("164", 1.7), ("1001", 10.2)])
def test_preactivated_networks_have_the_papers_millions(name, printed):
    """Table 4 must have left the norms out: 1001 holds 10.33 million with them."""
    norms = found(on_meta(f"preact_resnet{name}"), nn.BatchNorm2d)
    params = VARIANTS[f"preact_resnet{name}"].cost.params - sum(2 * norm.num_features for norm in norms)
    assert round(params / 1e6, 1) == printed


@pytest.mark.parametrize("name", [name for name in VARIANTS if name.startswith(("preact_resnet", "wrn"))])
def test_depth_is_in_the_name(name):
    """All layers but projections; the wide networks' paper counts projections, and not the classifier."""
    model = on_meta(name)
    projections = sum("downsample.0.weight" in key for key in model.state_dict())
    convolutions = len(found(model, nn.Conv2d))
    depth = name.removeprefix("preact_resnet").removeprefix("wrn").partition("_")[0]
    assert int(depth) == (convolutions if name.startswith("wrn") else convolutions - projections + 1)


# ---- Other shortcuts ----


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


TABLE_1 = {
    "Scaled": lambda unit, f, h, x: 0.5 * f + 0.5 * h,
    "ExclusiveGate": lambda unit, f, h, x: (g := gate(unit, x)) * f + (1 - g) * h,
    "ShortcutGate": lambda unit, f, h, x: f + (1 - gate(unit, x)) * h,
    "Projected": lambda unit, f, h, x: f + through(x, "1x1 bn", unit.downsample),
    "Dropout": lambda unit, f, h, x: f + h,
}


def gate(unit, x):
    return sigmoid(convolved(x, unit.downsample_gate))


@pytest.mark.parametrize("name", TABLE_1)
@pytest.mark.parametrize("stride", [1, 2])
def test_another_shortcut_is_table_1s(name, stride):
    unit = getattr(preact_ablations, name)(ORDERS["original"], BASIC, 4, 4 * stride, stride)
    with_random_values(unit)
    x = image(4)
    h = numpy(x) if stride == 1 else through(numpy(x), "1x1 bn", unit.downsample)
    f = through(numpy(x), "3x3 bn relu 3x3 bn", unit.f)
    equal(unit(x.clone()), layers.relu(TABLE_1[name](unit, f, h, numpy(x))))


def test_gates_begin_almost_closed():
    unit = preact_ablations.ExclusiveGate(ORDERS["original"], BASIC, 4, 4)
    assert unit.downsample_gate.bias.tolist() == [-6.0] * 4


def test_dropout_acts_on_the_shortcut_and_only_in_training():
    unit = with_random_values(preact_ablations.Dropout(ORDERS["original"], BASIC, 4, 4))
    for norm in found(unit, nn.BatchNorm2d):
        nn.init.zeros_(norm.weight)
        nn.init.zeros_(norm.bias)
    y = unit.train()(torch.ones(2, 4, 5, 5, dtype=torch.float64))  # F finds nothing: the shortcut alone
    assert set(y.unique().tolist()) == {0.0, 2.0}


def test_other_shortcuts_cost_in_closed_form():
    original, blocks = VARIANTS["resnet110_original"].cost, 18
    stages = [(16, 16, 32), (16, 32, 16), (32, 64, 8)]  # channels into a stage, its width and size
    gated = projected = Cost(original.params, original.macs)
    for first, w, size in stages:
        pairs = first * w + (blocks - 1) * w * w
        gated = Cost(gated.params + pairs + blocks * w, gated.macs + pairs * size**2)
        new = blocks if first == w else blocks - 1  # the others have their projection
        projected = Cost(projected.params + new * (w * w + 2 * w), projected.macs + new * w * w * size**2)
    assert VARIANTS["resnet110_exclusive_gate"].cost == VARIANTS["resnet110_shortcut_gate"].cost == gated
    assert VARIANTS["resnet110_projected"].cost == projected
    assert VARIANTS["resnet110_scaled"].cost == VARIANTS["resnet110_dropout"].cost == original


# ---- ResNeXt, wide networks ----


def test_the_three_forms_of_figure_3_are_equal():
    """(a) literally: each path has kernels of its own, and the norms its slice of theirs."""
    block = with_random_values(type("", (resnet.Bottleneck,), {"groups": 4, "group_width": 3})(5, 64, 2))
    x = image(5)
    total = 0
    for i in range(4):
        mine = slice(3 * i, 3 * i + 3)
        h = conv.conv2d_loops(numpy(x), numpy(block.conv1.weight)[mine])
        h = layers.relu(sliced(h, block.bn1, mine))
        h = conv.conv2d_loops(h, numpy(block.conv2.weight)[mine], stride=2, padding=1)
        h = layers.relu(sliced(h, block.bn2, mine))
        total = total + conv.conv2d_loops(h, numpy(block.conv3.weight)[:, mine])
    expected = normed(total, block.bn3)
    for form in (resnext.aggregated, resnext.concatenated, type(block).residual):
        equal(form(block, x), expected)


def sliced(x, norm, mine):
    tensors = (norm.running_mean, norm.running_var, norm.weight, norm.bias)
    return layers.batch_norm(x, *(numpy(tensor)[mine] for tensor in tensors))


def test_paths_cost_about_what_one_wide_path_does():
    """Table 2: C · d channels in conv2_x; C · (256 · d + 9 · d² + d · 256) weights, about 70 thousand."""
    for (c, d), width in {(1, 64): 64, (2, 40): 80, (4, 24): 96, (8, 14): 112, (32, 4): 128}.items():
        block = on_meta("resnet50" if c == 1 else f"resnext50_{c}x{d}d").layer1[1]
        assert (block.conv2.groups, block.conv2.out_channels) == (c, width) == (c, c * d)
        convolutions = (block.conv1, block.conv2, block.conv3)
        weights = sum(layer.weight.numel() for layer in convolutions)
        assert weights == c * (256 * d + 9 * d * d + d * 256)
        assert 69_000 < weights < 72_000


def test_a_wide_bottleneck_is_wide_inside():
    block = on_meta("wide_resnet50_2").layer4[1]
    shapes = [tuple(layer.weight.shape) for layer in (block.conv1, block.conv2, block.conv3)]
    assert shapes == [(1024, 2048, 1, 1), (1024, 1024, 3, 3), (2048, 1024, 1, 1)]


def test_a_wide_network_is_k_times_as_wide_after_its_first_convolution():
    model = on_meta("wrn28_10")
    widths = [layer.out_channels for layer in found(model, nn.Conv2d)]
    assert (widths[0], sorted(set(widths[1:]))) == (16, [160, 320, 640])
    assert VARIANTS["wrn28_10"].cost.params / VARIANTS["preact_resnet1001"].cost.params > 3.5


# ---- Squeeze and excitation ----

KINDS = {
    "basic": (senet.SEBasicBlock, 32, f_basic),
    "bottleneck": (senet.SEBottleneck, 8, f_bottleneck),
    "stride in the 1×1": (senet.SEOriginal, 8, f_bottleneck),
    "paths": (senet.SEBottleneck32x4d, 16, f_bottleneck),
}


@pytest.mark.parametrize("kind", KINDS)
def test_gates_act_on_f_and_not_on_the_shortcut(kind):
    block_type, width, f = KINDS[kind]
    block = with_random_values(block_type(3, width, 2))
    x = image(3, 3)
    u = f(block, numpy(x))
    w1, b1, w2, b2 = (numpy(p) for p in block.excite.parameters())
    assert w1.shape[:2] == (u.shape[1] // 16, u.shape[1])
    z = u.mean(axis=(2, 3))
    s = sigmoid(np.maximum(z @ w1[:, :, 0, 0].T + b1, 0) @ w2[:, :, 0, 0].T + b2)
    equal(block(x.clone()), layers.relu(u * s[:, :, None, None] + h_projected(block, numpy(x))))


def test_vggs_gates_stand_after_each_relu():
    features = on_meta("se_vgg16_bn").features
    kinds = [type(layer).__name__ for layer in features if not isinstance(layer, nn.MaxPool2d)]
    assert kinds == ["Conv2d", "BatchNorm2d", "ReLU", "SqueezeExcite"] * 13


def test_what_gates_cost_in_closed_form():
    def gates(blocks, reduction=16):
        """C · C / 16 weights, twice, and biases, for n blocks of C channels."""
        weights = sum(2 * n * c * c // reduction for n, c in blocks)
        return weights + sum(n * (c + c // reduction) for n, c in blocks), weights

    def plus(name, blocks):
        params, macs = gates(blocks)
        cost = VARIANTS[name].cost
        return Cost(cost.params + params, cost.macs + macs)

    vgg = [(2, 64), (2, 128), (3, 256), (6, 512)]
    assert VARIANTS["se_vgg16_bn"].cost == plus("vgg16_bn", vgg)
    for name in ("resnet50", "resnet101", "resnet152", "resnet50_paper", "resnext50_32x4d"):
        depth = next(d for d in (152, 101, 50) if str(d) in name)
        blocks = zip(resnet.DEPTHS[depth], (256, 512, 1024, 2048), strict=True)
        assert VARIANTS[f"se_{name}"].cost == plus(name, list(blocks))


# ---- Refusals, examples ----


def test_refusals_name_the_numbers():
    with pytest.raises(ValueError, match=r"depth of 21 is not 6n \+ 2"):
        resnet_cifar.CIFARResNet(resnet.BasicBlock, 21)
    with pytest.raises(ValueError, match=r"depth of 2 is not 6n \+ 2"):
        resnet_cifar.CIFARResNet(resnet.BasicBlock, 2)
    with pytest.raises(ValueError, match=r"depth of 111 is not 9n \+ 2"):
        resnet_cifar.thirds(111, block_layers=3)
    with pytest.raises(ValueError, match=r"depth of 29 is not 6n \+ 4"):
        wide_resnet.wrn(29, 10)
    with pytest.raises(ValueError, match="0 times as wide"):
        wide_resnet.wrn(28, 0)


def test_docstring_examples_run():
    ran = doctest.testmod(resnet_cifar)
    assert ran.attempted
    assert not ran.failed
