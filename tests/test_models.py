"""Every network has the size and cost of somebody else's definition, its names, and a gradient everywhere.

`reference/exact_counts.csv` holds what other libraries' networks hold and do, counted when they were
installed; `reference/derived_counts.csv` says where the others are derived, and what sets them apart.
`keys/NAME.txt` lists the tensors of torchvision's network of that name.

Values were compared where torchvision could be imported (0.28.0 beside torch 2.13.0+cpu, float32, one
thread): both networks carried the same random weights, loaded with `strict=True`, and saw the same two images
of the size in `VARIANTS`. The scores of all that have a file in `keys` were the same to the last bit; those
of the ResNets, the DenseNets and, auxiliary heads included, of GoogLeNet and Inception-v3 in training mode
too.
"""

import csv
import doctest
import io
import re
import sys
from importlib import import_module
from inspect import signature
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType, SimpleNamespace
from unittest import mock

import numpy as np
import pytest
import torch
from pybtex.database import parse_file
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

import cnnlab.blocks
from cnnlab import models
from cnnlab.blocks import (
    ConvBN,
    Mixed,
    Reduction,
    SqueezeExcite,
    channel_shuffle,
    convolution,
    round_channels,
    shortcut,
)
from cnnlab.cost import Cost, conv2d_macs, conv2d_params
from cnnlab.models import VARIANTS, alexnet, densenet, googlenet, inception_v3, mobilenet_v2, resnet

HERE = Path(__file__).parent
with open(HERE / "reference" / "exact_counts.csv") as file:
    COUNTS = list(csv.DictReader(file))
with open(HERE / "reference" / "derived_counts.csv") as file:
    DERIVED = {row["ours"]: row["derived_in"] for row in csv.DictReader(file)}
KEYS = sorted(path.stem for path in (HERE / "keys").glob("*.txt"))

MODULES = [import_module(f"cnnlab.models.{found.name}") for found in iter_modules(models.__path__)]
# The smallest square image that a network's own strides leave a pixel of, where it is not 32 or below.
# A module may say it itself: `SMALLEST = {"name": 75}`.
SMALLEST = {
    "alexnet": 63,
    "alexnet_2012": 67,
    "vgg11": 32,
    "densenet121": 29,
    "inception_v2": 75,
    "inception_v3": 75,
    "googlenet": 15,
    "googlenet_paper": 31,
    "zfnet": 47,
    "zfnet_512": 47,
    "nin": 39,
    "unet": 188,
}
for _module in MODULES:
    SMALLEST |= getattr(_module, "SMALLEST", {})
# The smallest that it can be trained on, where an auxiliary head asks for more.
TRAINED_AT = {"inception_v3": 299, "googlenet_paper": 223}
# Built and counted without values before a push, and no more: a thousand layers take their time.
DEEP = {name for name in VARIANTS if int((re.findall(r"resnet(\d+)", name) or [0])[0]) > 200}
SHALLOW = [name for name in VARIANTS if name not in DEEP]


def make(name):
    """How a network is built but for numbers, and VGG's letters: a depth makes no other program of it."""
    return re.sub(r"\b[\d.]+|'[A-E]'", "n", repr(VARIANTS[name].build))


# The lightest of each make, for what a program can have wrong and its size cannot.
MAKES = [*{make(name): name for name in sorted(SHALLOW, key=lambda name: -VARIANTS[name].cost.macs)}.values()]

# One of each family, where all would take too long.
KINDS = (
    "lenet5 alexnet zfnet vgg11 nin_cifar10 googlenet inception_v3 resnet18 resnet20 preact_resnet50 wrn16_8 "
    "se_resnext50_32x4d densenet121 capsnet squeezenet1_0 squeezenext23 mobilenet_v1 xception mobilenet_v2 "
    "mobilenet_v3_small mnasnet0_5 ghostnet efficientnet_b0 shufflenet_v1_g3 shufflenet_v2_x1_0 shiftnet_b "
    "as_resnet_w32 unet_padded fpn_resnet18"
).split()


def options(build):
    """What a network can be built with: the names of its arguments, and what they are if nothing is said."""
    return {name: option.default for name, option in signature(build).parameters.items()}


def same_shape(norm, x):
    """All that a normalization does where there are no values; torch's own takes half of the time of that."""
    if x.shape[1] != norm.num_features:
        raise RuntimeError(f"{norm.num_features} channels are normalized, got {x.shape[1]}")
    return x


def scaled(norm, x):
    """What a normalization does with its parameters: torch's own takes most of a backward pass on meta."""
    return same_shape(norm, x) * norm.weight[:, None, None] + norm.bias[:, None, None]


without_values = mock.patch.object(nn.BatchNorm2d, "forward", same_shape)


@without_values
def counted(build, shape):
    """Cost of one image, by torch's own counter (two operations a MAC): no part of cnnlab."""
    with torch.device("meta"):
        model, image = build().eval(), torch.empty(1, *shape)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(image)
    macs, odd = divmod(counter.get_total_flops(), 2)
    assert not odd
    return Cost(sum(p.numel() for p in model.parameters()), macs)


def built(name, size, **arguments):
    """The network in training mode, for images of `size`: told so where it depends on that."""
    build = VARIANTS[name].build
    taken = {"in_channels", *options(build)}
    arguments = {"num_classes": 7, "image_size": size} | arguments
    return build(**{key: value for key, value in arguments.items() if key in taken})


def on_meta(name, *shape):
    """The network in training mode, and images [N, C, H, W] for it, neither of which has values."""
    with torch.device("meta"):
        return built(name, shape[-2:], in_channels=shape[1]), torch.empty(shape)


def smallest(name):
    """Side of the smallest square image that the network takes, or an admissible one below 33."""
    return SMALLEST.get(name, min(32, VARIANTS[name].input_shape[-1]))


def outputs(result):
    """All tensors of what a network returns: scores, those of auxiliary heads, maps of every level."""
    if isinstance(result, torch.Tensor):
        return [result]
    parts = result.values() if isinstance(result, dict) else result
    return [tensor for part in parts for tensor in outputs(part)]


# ---- Size and cost ----


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in DEEP)) for name in VARIANTS]
)
def test_cost(name):
    assert counted(VARIANTS[name].build, VARIANTS[name].input_shape) == VARIANTS[name].cost


class OneCard(alexnet.AlexNet2012):
    """pytorchcv has no groups, and 54×54 outputs of the first layer where ours has 55×55."""

    layers = tuple((*row[:4], 1, *row[5:]) for row in alexnet.TWO_CARDS)


def one_card():
    cost = counted(OneCard, (3, 227, 227))
    return cost._replace(macs=cost.macs - conv2d_macs(3, 96, 11, 55) + conv2d_macs(3, 96, 11, 54))


def without_head():
    with torch.device("meta"):
        head = inception_v3.InceptionV3().AuxLogits
    cost = VARIANTS["inception_v3"].cost  # scores for an image do not need the head
    return cost._replace(params=cost.params - sum(p.numel() for p in head.parameters()))


# Rows of the reference that are not in VARIANTS: the cost of our reading of them.
READINGS = {
    "alexnet_2012 without groups": one_card,
    "inception_v3 without auxiliary head": without_head,
}


@pytest.mark.parametrize("row", COUNTS, ids=lambda row: f"{row['ours']}, {row['definition']}")
def test_cost_is_that_of_another_definition(row):
    ours = VARIANTS[row["ours"]].cost if row["ours"] in VARIANTS else READINGS[row["ours"]]()
    assert ours == Cost(int(row["params"]), int(row["macs"]))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_cost_has_a_source(module):
    """Another's definition, or one derivation, in closed form in a test or in numbers beside the row.

    A module in neither table says itself who counted: `COUNTED = "fvcore 0.1.5, the authors' code"`.
    """
    counted = {row["ours"] for row in COUNTS} - set(READINGS) | set(DERIVED)
    if not getattr(module, "COUNTED", ""):
        assert set(module.VARIANTS) <= counted, f"say who counted: `COUNTED = ...` in {module.__name__}"
        assert not module.VARIANTS.keys() & DERIVED.keys() & {row["ours"] for row in COUNTS} - set(READINGS)


def test_every_count_is_of_a_network_and_every_derivation_stands_somewhere():
    assert {row["ours"] for row in COUNTS} - set(READINGS) | set(DERIVED) <= set(VARIANTS)
    for name, file in DERIVED.items():
        folder = HERE if file.startswith("test_") else Path(models.__file__).parent
        assert "closed_form" in (folder / file).read_text() or f'"{name}"' in (folder / file).read_text()


def test_columns_without_another_definition():
    """VGG's A-LRN is A with a layer that has no weights; C is B with three 1×1 layers."""
    assert VARIANTS["vgg11_lrn"].cost == VARIANTS["vgg11"].cost
    layers = [(256, 56), (512, 28), (512, 14)]
    params = sum(conv2d_params(channels, channels, 1) for channels, _ in layers)
    macs = sum(conv2d_macs(channels, channels, 1, size) for channels, size in layers)
    b = VARIANTS["vgg13"].cost
    assert VARIANTS["vgg16_c"].cost == Cost(b.params + params, b.macs + macs)


def dense_cost(depths, k):
    """Table 1 of the DenseNet paper for a 224×224 image, in closed form."""
    norm, channels, size = 2, 2 * k, 56
    params, macs = (
        conv2d_params(3, channels, 7, bias=False) + norm * channels,
        conv2d_macs(3, channels, 7, 112),
    )
    for block, depth in enumerate(depths):
        if block:
            params += norm * channels + channels * channels // 2
            macs += conv2d_macs(channels, channels // 2, 1, size)
            channels, size = channels // 2, size // 2
        for c in range(channels, channels + depth * k, k):
            params += norm * (c + 4 * k) + conv2d_params(c, 4 * k, 1, bias=False)
            params += conv2d_params(4 * k, k, 3, bias=False)
            macs += conv2d_macs(c, 4 * k, 1, size) + conv2d_macs(4 * k, k, 3, size)
        channels += depth * k
    return Cost(params + (norm + 1000) * channels + 1000, macs + 1000 * channels)


@pytest.mark.parametrize(("depth", "k"), [(121, 32), (169, 32), (201, 32), (264, 32), (161, 48)])
def test_densenets_cost_in_closed_form(depth, k):
    assert VARIANTS[f"densenet{depth}"].cost == dense_cost(densenet.DEPTHS[depth], k)


def test_googlenets_heads_are_half_of_it():
    with torch.device("meta"):
        model = googlenet.GoogLeNet()
    heads = sum(p.numel() for head in (model.aux1, model.aux2) for p in head.parameters())
    assert VARIANTS["googlenet"].cost.params - heads == 6_624_904  # torchvision's without them


def strided(model):
    """Convolutions and poolings that make their input smaller, in the order of the model's modules."""
    layers = nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d
    return [m for m in model.modules() if isinstance(m, layers) and m.stride not in (1, (1, 1))]


ONE_STRIDE = {"capsnet", "unet_padded"}  # the one has one, the other the same pooling four times


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "place"),
    [(name, 0) for name in MAKES] + [(name, 1) for name in KINDS if name not in ONE_STRIDE],
)
def test_a_wrong_stride_costs_though_it_weighs_nothing(name, place):
    def build():
        model = VARIANTS[name].build()
        layer = strided(model)[place]
        layer.stride = (1, 1) if isinstance(layer, nn.Conv2d) else 1
        return model

    try:
        params, macs = counted(build, VARIANTS[name].input_shape)
    except RuntimeError:
        return  # sizes that no longer meet are seen too
    assert params == VARIANTS[name].cost.params
    assert macs > VARIANTS[name].cost.macs


# ---- Shapes ----


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name not in MAKES)) for name in VARIANTS]
)
def test_any_size_channels_and_classes(name):
    size = smallest(name) | 1
    model, images = on_meta(name, 2, 1, size, size + 6)
    with torch.no_grad(), without_values:
        results = outputs(model.eval()(images))
    assert {(result.shape[0], result.device.type) for result in results} == {(2, "meta")}
    if "num_classes" in options(VARIANTS[name].build):
        assert [result.shape[:2] for result in results] == [(2, 7)]


@without_values
def run_by(name):
    """What `torch.export` could stumble over: the lines of ours that a forward pass runs, torch's layers."""
    model, images = on_meta(name, 2, 3, smallest(name), smallest(name))
    ran, home, before = set(), str(Path(models.__file__).parents[1]), sys.gettrace()

    def note(frame, *_):
        if not frame.f_code.co_filename.startswith(home):
            return None
        ran.add((frame.f_code.co_filename, frame.f_lineno))
        return note

    sys.settrace(note)
    try:
        with torch.no_grad():
            model.eval()(images)
    finally:
        sys.settrace(before)
    return ran | {type(module) for module in model.modules() if type(module).__module__.startswith("torch.")}


def exported_shapes(name):
    """What the network returns, and what the program that `torch.export` records of it does."""
    model, images = on_meta(name, 2, 3, smallest(name), smallest(name))
    program = torch.export.export(model.eval(), (images,)).module()
    return [[result.shape for result in outputs(network(images))] for network in (model, program)]


@pytest.mark.slow
def test_export():
    """It traces line by line: a network that runs no line and no layer that is new has none to stumble over.

    The test below exports the kinds, with values.
    """
    seen, tried = set().union(*map(run_by, KINDS)), []
    for name in MAKES:
        if not (ran := run_by(name)) <= seen:
            whole, recorded = exported_shapes(name)
            assert whole == recorded, name
            seen |= ran
            tried.append(name)
    print(f"{len(tried)} of {len(MAKES)}: {', '.join(tried)}")
    assert tried


class Stumbles(nn.Module):
    """It asks for a value, which an export does not know."""

    def forward(self, x):
        return x if x.sum() > 0 else -x


def test_what_cannot_be_exported_is_seen(monkeypatch):
    build = {"build": lambda in_channels: Stumbles()}
    monkeypatch.setitem(VARIANTS, "stumbles", VARIANTS["resnet18"]._replace(**build))
    with pytest.raises(Exception, match="data-dependent"):
        exported_shapes("stumbles")


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_an_exported_program_returns_the_same_values(name):
    model, images = with_values(name), torch.randn(2, 3, smallest(name), smallest(name))
    program = torch.export.export(model.eval(), (images,)).module()
    torch.testing.assert_close(outputs(program(images)), outputs(model(images)))


@pytest.mark.parametrize(("name", "size"), SMALLEST.items())
def test_one_pixel_less_is_too_small(name, size):
    model, images = on_meta(name, 1, 3, size - 1, size - 1)
    with pytest.raises(RuntimeError):
        model.eval()(images)


# ---- Weights ----


@pytest.mark.parametrize("name", KEYS)
def test_names_order_and_shapes_are_torchvisions(name):
    note, *lines = (HERE / "keys" / f"{name}.txt").read_text().splitlines()
    assert note.startswith("# torchvision 0.28.0")
    with torch.device("meta"):
        tensors = VARIANTS[name].build().state_dict()
    assert [" ".join(map(str, (key, *tensor.shape))) for key, tensor in tensors.items()] == lines


# Variants of a make differ in depth: the light ones stand for all where values are needed.
LIGHT = [name for name in MAKES if VARIANTS[name].cost.params < 30_000_000]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MAKES if name not in LIGHT])
def test_every_parameter_has_a_part_in_the_scores(name):
    """Without values; `test_gradients_are_finite_and_not_zero` asks the light ones.

    One of another depth that had a weight more would have another size: `test_cost` asks every variant.
    """
    size = TRAINED_AT.get(name, smallest(name))
    model, images = on_meta(name, 2, 3, size, size)
    with mock.patch.object(nn.BatchNorm2d, "forward", scaled):
        results = outputs(model(images))
    sum(result.sum() for result in results).backward()
    assert [key for key, weight in model.named_parameters() if weight.grad is None] == []


def with_values(name, size=None):
    """A network whose random weights keep its signal's size; torch's own would let it fade without a norm."""
    torch.manual_seed(0)
    side = size or smallest(name)
    model = built(name, (side, side), num_classes=3, in_channels=3)
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            bound = (6 / module.weight[0].numel()) ** 0.5
            nn.init.uniform_(module.weight, -bound, bound)
    return model


@pytest.mark.slow
@pytest.mark.parametrize("name", [*LIGHT, "alexnet", "alexnet_2012", "vgg11"])
def test_gradients_are_finite_and_not_zero(name):
    size = TRAINED_AT.get(name, smallest(name))
    model = with_values(name, size)
    results = outputs(model(torch.randn(2, 3, size, size)))
    sum((result * torch.randn_like(result)).sum() for result in results).backward()
    assert [key for key, weight in model.named_parameters() if weight.grad is None] == []
    for key, weight in model.named_parameters():
        assert weight.grad.isfinite().all(), key
        if key.endswith("weight"):  # batch normalization takes many a bias before it out again
            assert weight.grad.any(), key


@pytest.mark.slow
@pytest.mark.parametrize("name", MAKES)
def test_weights_saved_and_loaded_give_the_same_scores(name):
    """The second network is built without values: all that it has comes from the file."""
    size = smallest(name)
    images, file = torch.randn(2, 3, size, size), io.BytesIO()
    first = with_values(name).eval()
    with torch.device("meta"):
        second = built(name, (size, size), num_classes=3, in_channels=3).eval()
    with torch.no_grad():
        torch.save(first.state_dict(), file)
        file.seek(0)
        loaded = torch.load(file, weights_only=True)
        second.load_state_dict(loaded, strict=True, assign=True)
        torch.testing.assert_close(outputs(second(images)), outputs(first(images)), rtol=0, atol=0)


# ---- What a paper says and a count cannot see ----


def test_alexnets_normalization_is_the_papers():
    """Section 3.3, literally: b = a / (k + α · sum of a² over n neighbouring kernels)^β."""
    norm = next(m for m in alexnet.AlexNet2012().features if isinstance(m, nn.LocalResponseNorm))
    a = 30 * torch.randn(1, 9, 2, 2, dtype=torch.float64)
    expected = torch.empty_like(a)
    for i in range(9):
        neighbours = a[:, max(0, i - 2) : min(8, i + 2) + 1]
        expected[:, i] = a[:, i] / (2 + 1e-4 * (neighbours**2).sum(dim=1)) ** 0.75
    torch.testing.assert_close(norm(a), expected)


def test_alexnets_cards_meet_in_the_third_convolution():
    """The other card's channels change a unit of conv3 and of no convolution before it."""
    model = alexnet.AlexNet2012().eval()
    images = torch.randn(1, 3, 67, 67)
    convolutions = [i for i, layer in enumerate(model.features) if isinstance(layer, nn.Conv2d)]
    assert [model.features[i].groups for i in convolutions] == [1, 2, 1, 2, 2]
    assert [layer.p for layer in model.classifier if isinstance(layer, nn.Dropout)] == [0.5, 0.5]
    with torch.no_grad():
        assert model.features[: convolutions[1] + 1](images).shape == (1, 256, 7, 7)


def test_vggs_column_c_ends_its_stages_with_1x1():
    with torch.device("meta"):
        layers = VARIANTS["vgg16_c"].build().features
    stages = " ".join(
        "pool" if isinstance(m, nn.MaxPool2d) else str(m.kernel_size[0])
        for m in layers
        if not isinstance(m, nn.ReLU)
    )
    assert stages == "3 3 pool 3 3 pool 3 3 1 pool 3 3 1 pool 3 3 1 pool"


@pytest.mark.parametrize("block", [resnet.BasicBlock(4, 4), resnet.Bottleneck(4, 1)])
def test_a_residual_block_that_adds_nothing_is_relu(block):
    for module in block.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.zeros_(module.weight)
    x = torch.randn(2, 4, 5, 5)
    torch.testing.assert_close(block.eval()(x), F.relu(x), rtol=0, atol=0)


def test_the_paper_skips_three_inputs_of_four():
    x = torch.randn(1, 8, 4, 4, requires_grad=True)
    for block, seen in [(resnet.Bottleneck, 16), (resnet.Original, 4)]:
        f = block(8, 4, stride=2)
        (gradient,) = torch.autograd.grad(f.conv2(f.conv1(x)).sum(), x)
        assert gradient.abs().sum(dim=(0, 1)).count_nonzero() == seen


def test_depths_are_the_names():
    """Convolutions and linear layers but projections, as papers count. DenseNet-264 holds one more."""
    for name, variant in VARIANTS.items():
        if depth := re.match(r"(?:vgg|resnet|densenet)(\d+)", name):
            with torch.device("meta"):
                modules = variant.build().named_modules()
            layers = [key for key, m in modules if isinstance(m, nn.Conv2d | nn.Linear)]
            assert len([key for key in layers if "downsample" not in key]) == int(depth[1]) + (
                name == "densenet264"
            )


def test_a_dense_layer_keeps_its_input_in_front():
    layer, x = densenet.DenseLayer(6, 4), torch.randn(2, 6, 5, 5)
    y = layer(x)
    assert y.shape == (2, 10, 5, 5)
    torch.testing.assert_close(y[:, :6], x, rtol=0, atol=0)


def test_a_mixed_module_is_its_branches_side_by_side():
    x = torch.randn(2, 4, 7, 7)
    branches = {"one": [(3, 1)], "fork": [(5, 1), (2, (1, 3), (3, 1))], "branch_pool": [(6, 1)]}
    module = Mixed(4, branches).eval()
    trunk = module.fork_1(x)
    expected = [module.one(x), module.fork_2a(trunk), module.fork_2b(trunk)]
    expected += [module.branch_pool(F.avg_pool2d(x, 3, stride=1, padding=1))]
    torch.testing.assert_close(module(x), torch.cat(expected, dim=1), rtol=0, atol=0)
    reduction = Reduction(4, {"two": [(3, 1), (5, 3)], "branch_pool": []}).eval()
    expected = [reduction.two_2(reduction.two_1(x)), F.max_pool2d(x, 3, stride=2)]
    assert reduction(x).shape == (2, 9, 3, 3)
    torch.testing.assert_close(reduction(x), torch.cat(expected, dim=1), rtol=0, atol=0)


def test_an_inverted_residual_is_linear_where_it_is_narrow():
    block = mobilenet_v2.InvertedResidual(4, 4, stride=1, expansion=6)
    x = torch.randn(2, 4, 5, 5)
    assert isinstance(block.conv[-1], nn.BatchNorm2d)
    nn.init.zeros_(block.conv[-1].weight)
    torch.testing.assert_close(block(x), x, rtol=0, atol=0)
    assert not mobilenet_v2.InvertedResidual(4, 4, stride=2, expansion=6).has_shortcut
    assert not mobilenet_v2.InvertedResidual(4, 8, stride=1, expansion=6).has_shortcut


@pytest.mark.parametrize("width", [0.35, 0.5, 0.75, 1.0, 1.4])
def test_mobilenets_widths_are_multiples_of_eight(width):
    with torch.device("meta"):
        model = mobilenet_v2.MobileNetV2(width=width)
    assert {m.out_channels % 8 for m in model.modules() if isinstance(m, nn.Conv2d)} == {0}
    assert model.classifier[1].in_features == (1792 if width == 1.4 else 1280)


# ---- Blocks ----


def test_docstring_examples_run():
    ran = doctest.testmod(cnnlab.blocks)
    assert ran.attempted
    assert not ran.failed


@pytest.mark.parametrize("kernel_size", [1, 3, 5, 7])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_a_block_keeps_the_middle_in_place(kernel_size, stride):
    x = torch.empty(2, 4, 9, 10, device="meta")
    block = ConvBN(4, 6, kernel_size, stride, groups=2).to("meta")
    assert block(x).shape == (2, 6, -(-9 // stride), -(-10 // stride))


def test_a_block_is_its_three_steps():
    block = ConvBN(4, 6, stride=2, groups=2, activation=nn.ReLU6)
    x = torch.randn(2, 4, 9, 9)
    y = F.conv2d(x, block[0].weight, None, 2, 1, 1, 2)
    mean, var = y.mean(dim=(0, 2, 3), keepdim=True), y.var(dim=(0, 2, 3), keepdim=True, correction=0)
    torch.testing.assert_close(block(x), ((y - mean) / (var + 1e-5).sqrt()).clamp(0, 6))


def test_a_shortcut_is_the_input_where_it_can_be():
    assert isinstance(shortcut(4, 4, 1), nn.Identity)
    x = torch.randn(2, 4, 5, 5)
    assert shortcut(4, 4, 2)(x).shape == (2, 4, 3, 3)
    assert shortcut(4, 8, 1)(x).shape == (2, 8, 5, 5)


def test_refusals_name_the_numbers():
    with pytest.raises(ValueError, match=r"must be odd.*got 4"):
        convolution(3, 8, kernel_size=4)
    with pytest.raises(ValueError, match=r"0 channels .* multiple of 8"):
        round_channels(0)
    with pytest.raises(ValueError, match="multiple of 0"):
        round_channels(8, divisor=0)


@pytest.mark.parametrize(
    ("channels", "rounded"), [(1, 8), (11.2, 16), (12, 16), (18.9, 24), (19, 24), (44.8, 48), (36.1, 40)]
)
def test_rounding_loses_a_tenth_at_most(channels, rounded):
    assert round_channels(channels) == rounded


def test_a_gate_is_two_layers_over_the_means():
    block, x = SqueezeExcite(6, 2).double(), torch.randn(2, 6, 3, 4, dtype=torch.float64)
    w1, b1, w2, b2 = (p.detach().numpy() for p in block.parameters())
    expected = np.empty(x.shape)
    for n, image in enumerate(x.numpy()):
        z = [channel.sum() / 12 for channel in image]
        hidden = [max(0, sum(w1[j, c, 0, 0] * z[c] for c in range(6)) + b1[j]) for j in range(2)]
        for c in range(6):
            s = sum(w2[c, j, 0, 0] * hidden[j] for j in range(2)) + b2[c]
            expected[n, c] = image[c] / (1 + np.exp(-s))
    np.testing.assert_allclose(block(x).detach(), expected)


@pytest.mark.parametrize(("groups", "order"), [(2, [0, 3, 1, 4, 2, 5]), (3, [0, 2, 4, 1, 3, 5])])
def test_a_shuffle_deals_the_channels_out(groups, order):
    x = torch.arange(6.0).view(1, 6, 1, 1).expand(2, 6, 2, 2)
    assert channel_shuffle(x, groups)[1, :, 0, 1].tolist() == order
    torch.testing.assert_close(channel_shuffle(channel_shuffle(x, groups), 6 // groups), x)


# ---- The modules ----


def test_every_network_of_every_module_is_found_with_its_paper():
    assert sorted(VARIANTS) == sorted(name for module in MODULES for name in module.VARIANTS)
    for module in MODULES:
        assert {models.PAPERS[name] for name in module.VARIANTS} == {module.PAPER}


def test_a_name_that_two_modules_give_is_refused():
    twice = SimpleNamespace(__name__="cnnlab.models.mine", VARIANTS={"resnet18": None}, PAPER=None)
    with pytest.raises(
        ValueError, match=r"cnnlab\.models\.mine has a network 'resnet18', and so has cnnlab\.models\.resnet$"
    ):
        models.networks_of([*MODULES, twice])


def test_the_form_of_a_network_names_nothing_that_it_does_not_import():
    """CONTRIBUTING.md shows it: a file that begins with it can be imported, and has a network."""
    [form] = re.findall(
        r"```python\n(.*?)```", (HERE.parent / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL
    )
    module = ModuleType("cnnlab.models.name")
    exec(form, vars(module))
    assert models.networks_of([module]).keys() == {"name"}
    assert str(module.PAPER.year) in module.__doc__.partition("\n\n")[0]
    assert module.COUNTED


BIBLIOGRAPHY = parse_file(HERE.parent / "book" / "references.bib").entries
CITED = {
    key: (re.sub("[{}]", "", each.fields["title"]), each.fields["year"]) for key, each in BIBLIOGRAPHY.items()
}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_a_paper_is_that_of_the_bibliography_or_can_be_found_without_it(module):
    """Key, title and year where the book cites it; else the docstring has its number behind the year."""
    told = module.__doc__.partition("\n\n")[0]
    key, title, year = module.PAPER._replace(year=str(module.PAPER.year))
    assert year in told
    if key in CITED:
        assert (title, year) == CITED[key]
    else:
        assert re.search(r"arXiv:\d{4}\.\d{4,5}|doi:10\.", told), f"{key} has neither an entry nor a number"
        assert title not in {each for each, _ in CITED.values()}, f"{key} has another key in references.bib"
