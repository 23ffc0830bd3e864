"""MobileNetV2, V3, MnasNet, GhostNet and both EfficientNets: what a count cannot see.

Values were compared where other definitions could be imported (torch 2.13.0+cpu, float32, one thread), both
networks with the same random weights and statistics, loaded with `strict=True`. All that have a file in
`keys` gave torchvision 0.28.0's scores to the last bit: two images of 128×128, in evaluation mode, and in
training mode under the same seed, running statistics afterwards included; the EfficientNets trained with
`set_drop_rates(network, 0.2)`. MnasNet-A1 gave timm 1.0.31's semnasnet_100 to the last bit; GhostNet and
MobileNetV3 at width 0.75 differed from timm's by less than 2e-6 of the scores' standard deviation.
The large PNASNet gave timm 1.0.31's scores to the last bit in float64, for 67×67, and so did the large NASNet
once its averages of stride 2 counted the padding, as timm's do there and TensorFlow's do not.
"""

from itertools import pairwise
from typing import NamedTuple
from unittest import mock

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab import layers
from cnnlab.blocks import Residual, SqueezeExcite, set_drop_rates, set_norms
from cnnlab.conv import conv2d
from cnnlab.cost import Cost, conv2d_macs, conv2d_params
from cnnlab.models import (
    VARIANTS,
    efficientnet,
    efficientnet_v2,
    ghostnet,
    mnasnet,
    mobilenet_v2,
    mobilenet_v3,
    nasnet,
)
from cnnlab.profiler import profile
from cnnlab.published import rows


def built(name, **options):
    with torch.device("meta"):
        return VARIANTS[name].build(**options)


def of_kind(model, kind):
    return [module for module in model.modules() if isinstance(module, kind)]


# ---- Blocks, in NumPy ----


class ByHand:
    """A block's tensors in the order of its definition, each used once by the step that comes next."""

    def __init__(self, block):
        self.tensors = [t.numpy() for name, t in block.state_dict().items() if "num_batches" not in name]

    def take(self):
        return self.tensors.pop(0)

    def conv_bn(self, x, stride=1, depthwise=False):
        weight = self.take()
        y = conv2d(x, weight, None, stride, weight.shape[-1] // 2, 1, x.shape[1] if depthwise else 1)
        scale, shift, mean, var = (self.take()[:, None, None] for _ in range(4))
        return (y - mean) / np.sqrt(var + 1e-5) * scale + shift

    def excite(self, x, activation, gate):
        w1, b1, w2, b2 = (self.take() for _ in range(4))
        hidden = activation(np.einsum("jc,nc->nj", w1[:, :, 0, 0], x.mean(axis=(2, 3))) + b1)
        return x * gate(np.einsum("cj,nj->nc", w2[:, :, 0, 0], hidden) + b2)[:, :, None, None]


def random(block):
    """In evaluation mode and float64, with random weights and statistics."""
    torch.manual_seed(0)
    for norm in of_kind(block, nn.BatchNorm2d):
        nn.init.normal_(norm.bias)
        nn.init.normal_(norm.running_mean)
        nn.init.uniform_(norm.weight, 0.5, 1.5)
        nn.init.uniform_(norm.running_var, 0.5, 1.5)
    return block.double().eval()


def agrees(block, x, expected, hand):
    assert hand.tensors == []  # every weight has had its part
    with torch.no_grad():
        np.testing.assert_allclose(block(torch.from_numpy(x)).numpy(), expected)


def image(channels):
    return 3 * np.random.default_rng(0).normal(size=(2, channels, 5, 6))


def hard_sigmoid(x):
    return layers.relu6(x + 3) / 6


def h_swish(x):
    return x * hard_sigmoid(x)


def swish(x):
    return x * layers.sigmoid(x)


SHAPES = [(4, 1), (4, 2), (6, 1)]  # output channels and stride; only the first has room for a shortcut
every_shape = pytest.mark.parametrize(("out_channels", "stride"), SHAPES)


def added(f, x, out_channels, stride):
    return f + x if (out_channels, stride) == (4, 1) else f


@every_shape
@pytest.mark.parametrize("expansion", [1, 3])
def test_mobilenet_v2s_block(out_channels, stride, expansion):
    block, x = random(mobilenet_v2.InvertedResidual(4, out_channels, stride, expansion)), image(4)
    hand = ByHand(block)
    wide = layers.relu6(hand.conv_bn(x)) if expansion > 1 else x
    wide = layers.relu6(hand.conv_bn(wide, stride, depthwise=True))
    agrees(block, x, added(hand.conv_bn(wide), x, out_channels, stride), hand)


@every_shape
@pytest.mark.parametrize(("nl", "activation"), [(mobilenet_v3.HS, h_swish), (mobilenet_v3.RE, layers.relu)])
@pytest.mark.parametrize("se", [True, False])
def test_mobilenet_v3s_block(out_channels, stride, nl, activation, se):
    gate = mobilenet_v3.excite(32) if se else None
    layer = mobilenet_v3.inverted_bottleneck((4, 32, out_channels), 5, stride, nl, gate)
    block, x = random(Residual(layer, (out_channels, stride) == (4, 1))), image(4)
    hand = ByHand(block)
    wide = activation(hand.conv_bn(activation(hand.conv_bn(x)), stride, depthwise=True))
    wide = hand.excite(wide, layers.relu, hard_sigmoid) if se else wide
    agrees(block, x, added(hand.conv_bn(wide), x, out_channels, stride), hand)


@every_shape
@pytest.mark.parametrize("se", ["SE", ""])
def test_mnasnets_block(out_channels, stride, se):
    block, x = random(mnasnet.InvertedResidual(4, out_channels, 3, stride, 5, se)), image(4)
    hand = ByHand(block)
    wide = layers.relu(hand.conv_bn(layers.relu(hand.conv_bn(x)), stride, depthwise=True))
    wide = hand.excite(wide, layers.relu, layers.sigmoid) if se else wide
    agrees(block, x, added(hand.conv_bn(wide), x, out_channels, stride), hand)


@every_shape
def test_efficientnets_block(out_channels, stride):
    layer = efficientnet.mbconv(4, out_channels, 6, stride, 3)
    block, x = random(Residual(layer, (out_channels, stride) == (4, 1))), image(4)
    hand = ByHand(block)
    wide = swish(hand.conv_bn(swish(hand.conv_bn(x)), stride, depthwise=True))
    wide = hand.excite(wide, swish, layers.sigmoid)
    agrees(block, x, added(hand.conv_bn(wide), x, out_channels, stride), hand)


@every_shape
def test_a_fused_block_is_one_convolution_and_a_projection(out_channels, stride):
    layer = efficientnet_v2.fused(4, out_channels, 3, stride, 3)
    block, x = random(Residual(layer, (out_channels, stride) == (4, 1))), image(4)
    hand = ByHand(block)
    f = hand.conv_bn(swish(hand.conv_bn(x, stride)))
    agrees(block, x, added(f, x, out_channels, stride), hand)


def test_a_fused_block_that_expands_nothing_projects_nothing():
    block, x = random(efficientnet_v2.fused(4, 4, 1, 1, 3)), image(4)
    hand = ByHand(block)
    agrees(block, x, swish(hand.conv_bn(x)), hand)


def ghosts(hand, x, activation):
    primary = activation(hand.conv_bn(x))
    return np.concatenate([primary, activation(hand.conv_bn(primary, depthwise=True))], axis=1)


def test_a_ghost_module_is_a_half_and_its_ghosts():
    block, x = random(ghostnet.Ghost(4, 6, nn.ReLU)), image(4)
    hand = ByHand(block)
    agrees(block, x, ghosts(hand, x, layers.relu), hand)


@every_shape
@pytest.mark.parametrize("se", ["SE", ""])
def test_ghostnets_block(out_channels, stride, se):
    block, x = random(ghostnet.GhostBottleneck((4, 12, out_channels), 5, stride, se)), image(4)
    hand = ByHand(block)
    wide = ghosts(hand, x, layers.relu)
    wide = hand.conv_bn(wide, stride, depthwise=True) if stride > 1 else wide
    wide = hand.excite(wide, layers.relu, hard_sigmoid) if se else wide
    f = ghosts(hand, wide, lambda y: y)
    if (out_channels, stride) != (4, 1):
        x_fits = hand.conv_bn(hand.conv_bn(x, stride, depthwise=True))
        return agrees(block, x, f + x_fits, hand)
    agrees(block, x, f + x, hand)


# ---- Stochastic depth ----


class Tenfold(nn.Module):
    def forward(self, x):
        return 10 * x


def test_training_leaves_f_out_image_by_image():
    block, x = Residual(Tenfold(), has_shortcut=True), torch.ones(4000, 2, 3, 3)
    block.drop_rate = 0.25
    torch.manual_seed(0)
    y = block(x)
    values = y[:, 0, 0, 0]
    torch.testing.assert_close(y, values.view(-1, 1, 1, 1).expand_as(y), rtol=0, atol=0)
    left_out = values == 1  # only x remains
    torch.testing.assert_close(values[~left_out], torch.full((int((~left_out).sum()),), 1 + 10 / 0.75))
    assert left_out.float().mean().item() == pytest.approx(0.25, abs=0.03)  # four standard deviations
    torch.manual_seed(0)
    torch.testing.assert_close(block(x), y, rtol=0, atol=0)
    torch.testing.assert_close(block.eval()(x), 11 * x, rtol=0, atol=0)


def test_nothing_is_left_out_where_nothing_else_would_remain():
    block = Residual(Tenfold(), has_shortcut=False)
    block.drop_rate = 0.9
    torch.testing.assert_close(block(torch.ones(100, 1, 1, 1)), torch.full((100, 1, 1, 1), 10.0))


def test_deeper_blocks_are_left_out_more_often():
    model = built("efficientnet_b0")
    blocks = of_kind(model, Residual)
    assert {block.drop_rate for block in blocks} == {0}
    set_drop_rates(model, 0.2)
    assert [block.drop_rate for block in blocks] == pytest.approx([0.2 * i / 16 for i in range(16)])


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_a_rate_that_leaves_nothing_is_refused(rate):
    with pytest.raises(ValueError, match=f"at least 0 and below 1; got {rate}"):
        set_drop_rates(nn.Identity(), rate)


# ---- Normalization ----


def test_norms_have_the_constants_of_the_weights():
    constants = {
        "mobilenet_v2": (1e-5, 0.1),
        "mobilenet_v3_small": (1e-3, 0.01),
        "mnasnet1_0": (1e-5, 1 - 0.9997),
        "ghostnet": (1e-5, 0.1),
        "efficientnet_b4": (1e-5, 0.1),
        "efficientnet_b5": (1e-3, 0.01),
        "efficientnet_v2_s": (1e-3, 0.1),
    }
    for name, expected in constants.items():
        assert {(m.eps, m.momentum) for m in of_kind(built(name), nn.BatchNorm2d)} == {expected}, name


def test_set_norms_reaches_every_norm():
    model = nn.Sequential(nn.BatchNorm2d(1), nn.Sequential(nn.BatchNorm2d(2)))
    set_norms(model, eps=0.5, momentum=0.25)
    assert [(m.eps, m.momentum) for m in of_kind(model, nn.BatchNorm2d)] == 2 * [(0.5, 0.25)]


# ---- What the papers' tables say ----


def outputs(model, kind, size):
    """Channels and side of what each module of a kind makes of a square image."""
    found = []
    hooks = [
        m.register_forward_hook(lambda *a: found.append((*a[2].shape[1:3],))) for m in of_kind(model, kind)
    ]
    model.eval()(torch.empty(1, 3, size, size, device="meta"))
    for hook in hooks:
        hook.remove()
    return found


def repeated(stages):
    """Channels and side of each block, where a table says how many are alike."""
    return [stage for stage, n in stages.items() for _ in range(n)]


def test_mobilenet_v2s_stages():
    """Table 2, the sizes behind each row."""
    found = outputs(built("mobilenet_v2"), mobilenet_v2.InvertedResidual, 224)
    stages = {(16, 112): 1, (24, 56): 2, (32, 28): 3, (64, 14): 4, (96, 14): 3, (160, 7): 3, (320, 7): 1}
    assert found == repeated(stages)


def test_mobilenet_v3s_stages():
    """Table 1 prints the size before each row."""
    found = outputs(built("mobilenet_v3_large"), Residual, 224)
    stages = {(16, 112): 1, (24, 56): 2, (40, 28): 3, (80, 14): 4, (112, 14): 2, (160, 7): 3}
    assert found == repeated(stages)
    found = outputs(built("mobilenet_v3_small"), Residual, 224)
    stages = {(16, 56): 1, (24, 28): 2, (40, 14): 3, (48, 14): 2, (96, 7): 3}
    assert found == repeated(stages)


def test_mobilenet_v3_ends_without_normalization():
    """The paper's NBN: no batch normalization behind the pooling."""
    model = built("mobilenet_v3_large")
    assert [type(m) for m in model.classifier] == [nn.Linear, nn.Hardswish, nn.Dropout, nn.Linear]
    assert [m.out_features for m in of_kind(model, nn.Linear)] == [1280, 1000]


@pytest.mark.parametrize(("name", "relu", "swish"), [("large", 6, 9), ("small", 3, 8)])
def test_mobilenet_v3_swishes_in_its_second_half(name, relu, swish):
    """Tables 1 and 2, column NL, and the first layer."""
    model = built(f"mobilenet_v3_{name}")
    for block, kind in zip(of_kind(model, Residual), [nn.ReLU] * relu + [nn.Hardswish] * swish, strict=True):
        steps = [step for step in block.block if not isinstance(step, SqueezeExcite)]
        assert {type(m) for step in steps for m in of_kind(step, (nn.ReLU, nn.Hardswish))} == {kind}
    assert isinstance(model.features[0][2], nn.Hardswish)


def test_a_reduced_tail_halves_what_follows_the_last_stride():
    for size in ("large", "small"):
        full, reduced = (
            outputs(built(f"mobilenet_v3_{size}{tail}"), Residual, 224) for tail in ("", "_reduced")
        )
        assert [(c // 2, side) if side == 7 else (c, side) for c, side in full] == reduced


@pytest.mark.parametrize("name", ["mobilenet_v3_large", "mobilenet_v3_small"])
def test_a_narrow_mobilenet_v3_keeps_its_last_layer(name):
    wide, narrow = built(name), built(name, width=0.35)
    assert wide.classifier[0].out_features == narrow.classifier[0].out_features
    assert built(name, width=1.25).classifier[0].out_features > wide.classifier[0].out_features
    assert {m.out_channels % 8 for m in of_kind(narrow.features, nn.Conv2d)} == {0}


def test_mnasnets_gates():
    """Figure 7: the blocks with 40, 112 and 160 channels, squeezed to a quarter of what they are given."""
    model = built("mnasnet_a1")
    blocks = of_kind(model, mnasnet.InvertedResidual)
    gates = [(b.layers[0].in_channels, g) for b in blocks for g in of_kind(b, SqueezeExcite)]
    assert [channels for channels, _ in gates] == [24, 40, 40, 80, 112, 112, 160, 160]
    assert all(gate.fc1.out_channels == channels // 4 for channels, gate in gates)
    assert of_kind(built("mnasnet1_0"), SqueezeExcite) == []


def test_mnasnets_stages():
    found = outputs(built("mnasnet_a1"), mnasnet.InvertedResidual, 224)
    stages = {(24, 56): 2, (40, 28): 3, (80, 14): 4, (112, 14): 2, (160, 7): 3, (320, 7): 1}
    assert found == repeated(stages)


def test_ghostnets_stages():
    """Table 1, of GhostNet: MobileNetV3's widths with 5 blocks at the end."""
    found = outputs(built("ghostnet"), ghostnet.GhostBottleneck, 224)
    stages = {(16, 112): 1, (24, 56): 2, (40, 28): 2, (80, 14): 4, (112, 14): 2, (160, 7): 5}
    assert found == repeated(stages)


def test_ghosts_come_in_pairs():
    with pytest.raises(ValueError, match="7 channels cannot be one half and its ghosts"):
        ghostnet.Ghost(4, 7, nn.ReLU)


def test_ghostnets_other_reading():
    """pytorchcv 0.0.74 counts 5,180,840 and 140,760,880 where the authors' code and timm count ours.

    Its shortcuts filter with 3×3 in the two places where ours have the block's 5×5; its gates squeeze 72 and
    120 channels to 18 and 30, which ours round to 20 and 32; and it normalizes the layer of 1280 channels
    behind the pooling, which ours gives a bias. It differs in values too: it has a ReLU between the two
    layers of a shortcut, and clips a gate to 0 … 1 where ours is ReLU6(x + 3) / 6.
    """
    shortcuts = [(24, 28), (112, 7)]  # channels, and side of the output
    params = sum(
        conv2d_params(c, c, k, c, bias=False) * s for c, _ in shortcuts for k, s in ((5, 1), (3, -1))
    )
    macs = sum(conv2d_macs(c, c, k, side, c) * s for c, side in shortcuts for k, s in ((5, 1), (3, -1)))
    for hidden, ours, theirs in [(72, 20, 18), (120, 32, 30)]:
        params += (2 * hidden + 1) * (ours - theirs)  # two weights for each channel, and a bias
        macs += 2 * hidden * (ours - theirs)
    params -= 1280  # a scale and a shift instead of a bias
    assert (params, macs) == (1_668, 389_632)
    ours = VARIANTS["ghostnet"].cost
    assert Cost(ours.params - params, ours.macs - macs) == Cost(5_180_840, 140_760_880)


def test_the_ghosts_of_the_other_reading_are_where_ours_are():
    """The places that the sum above is about are there, and no others."""
    model = built("ghostnet")
    wide = [b.shortcut[0][0] for b in of_kind(model, ghostnet.GhostBottleneck) if len(b.shortcut)]
    assert [c.in_channels for c in wide if c.kernel_size == (5, 5)] == [24, 112]
    gates = [(g.fc1.in_channels, g.fc1.out_channels) for g in of_kind(model, SqueezeExcite)]
    assert [pair for pair in gates if pair[0] // 4 != pair[1]] == [(72, 20), (120, 32)]


def test_every_shortcut_is_there():
    """By hand from the tables: the blocks that halve nothing and hand on as many channels as they get."""
    alike = {
        "mobilenet_v2": 0 + 1 + 2 + 3 + 2 + 2 + 0,
        "mobilenet_v3_large": 1 + 1 + 2 + 3 + 1 + 2,
        "mobilenet_v3_small": 0 + 1 + 2 + 1 + 2,
        "mnasnet_a1": 1 + 2 + 3 + 1 + 2 + 0,
        "ghostnet": 16,  # where it does not fit it is projected
        "efficientnet_b0": 0 + 1 + 1 + 2 + 2 + 3 + 0,
        "efficientnet_v2_s": 2 + 3 + 3 + 5 + 8 + 14,
    }
    for name, count in alike.items():
        operators = [row.operator for row in profile(VARIANTS[name].build, (1, 3, 64, 64)).counted]
        assert sum(operator in ("add", "add_") for operator in operators) == count, name


# ---- Scaling ----


def test_efficientnets_depths():
    """Each stage's n, times the depth, rounded up."""
    depths = [len(of_kind(built(f"efficientnet_b{scale}"), Residual)) for scale in range(8)]
    assert depths == [16, 23, 23, 26, 32, 39, 45, 55]
    assert [len(stage) for stage in built("efficientnet_b7").features[1:-1]] == [4, 7, 7, 10, 10, 13, 4]


def test_efficientnets_widths():
    names = ["efficientnet_b0", "efficientnet_b3"]
    widths = [[stage[-1].block[-1][0].out_channels for stage in built(name).features[1:-1]] for name in names]
    assert widths == [[16, 24, 40, 80, 112, 192, 320], [24, 32, 48, 96, 136, 232, 384]]
    assert [built(name).classifier[1].in_features for name in names] == [1280, 1536]


def test_efficientnets_stages():
    found = outputs(built("efficientnet_b0"), Residual, 224)
    stages = {(16, 112): 1, (24, 56): 2, (40, 28): 2, (80, 14): 3, (112, 14): 3, (192, 7): 4, (320, 7): 1}
    assert found == repeated(stages)


def test_scales_follow_the_equation():
    """Equation 3: α = 1.2, β = 1.1 and γ = 1.15 double the cost, α · β² · γ². B1 has φ = 0.5, B7 has φ = 6.

    The authors' own values leave it: downwards by 5 %, upwards by 17 % at most.
    """
    doubled = 1.2 * 1.1**2 * 1.15**2
    assert doubled == pytest.approx(2, abs=0.1)
    for phi, (width, depth, size, *_) in zip([0, 0.5, 1, 2, 3, 4, 5, 6], efficientnet.SCALES, strict=True):
        ratios = [width / 1.1**phi, depth / 1.2**phi, size / 224 / 1.15**phi]
        assert all(0.95 < ratio < 1.18 for ratio in ratios), ratios


def test_larger_scales_cost_more():
    costs = [VARIANTS[f"efficientnet_b{scale}"].cost for scale in range(8)]
    for small, large in pairwise(costs):
        assert small.params < large.params
        assert 1.3 < large.macs / small.macs < 2.5


def test_efficientnet_v2_fuses_its_first_stages():
    for name in ("efficientnet_v2_s", "efficientnet_v2_m", "efficientnet_v2_l"):
        stages = built(name).features[1:-1]
        gates = [len(of_kind(stage, SqueezeExcite)) / len(stage) for stage in stages]
        assert gates == [0, 0, 0] + [1] * (len(stages) - 3), name
        dense = [m for stage in stages[3:] for m in of_kind(stage, nn.Conv2d) if m.kernel_size == (3, 3)]
        assert all(m.groups == m.in_channels for m in dense)


def test_efficientnet_v2s_stages():
    """Table 4."""
    found = outputs(built("efficientnet_v2_s"), Residual, 384)
    stages = {(24, 192): 2, (48, 96): 4, (64, 48): 4, (128, 24): 6, (160, 24): 9, (256, 12): 15}
    assert found == repeated(stages)


def test_fusing_costs_more_macs():
    """What the fused stages would cost with depthwise filters instead: fewer MACs, as the docstring says."""
    rows = [(efficientnet.mbconv, *row[1:]) for row in efficientnet_v2.S]
    slow = profile(lambda: efficientnet_v2.efficientnet_v2(rows, 0.2), (1, 3, 384, 384))
    assert slow.macs < VARIANTS["efficientnet_v2_s"].cost.macs * 0.6


# ---- Searched cells ----


class Figure(NamedTuple):
    """A cell as its paper draws it: kernel sizes of the separable steps, by what they read."""

    older: tuple[int, ...]
    newer: tuple[int, ...]
    sums: tuple[int, ...]
    pools: int  # of the older input
    skips: int  # that take the newer input as it is, where nothing is halved
    stacked: int


NASNET_NORMAL = Figure(older=(3, 5, 3), newer=(5, 3), sums=(), pools=2, skips=1, stacked=6)
NASNET_REDUCTION = Figure(older=(7, 7, 5), newer=(5,), sums=(3,), pools=0, skips=0, stacked=4)
PNASNET = Figure(older=(5, 3), newer=(7, 5, 3), sums=(3,), pools=1, skips=1, stacked=5)


def two_passes(kernel_size, in_channels, channels):
    """Weights of a depthwise filter and a 1×1, twice; and two norms."""
    area = kernel_size**2
    return (area + channels) * (in_channels + channels), 4 * channels


def steps_of(figure, reads, channels, halves):
    """Weights of what a cell does at the size of its output, and its norms."""
    steps = [two_passes(k, reads, channels) for k in figure.older]
    steps += [two_passes(k, channels, channels) for k in figure.newer + figure.sums]
    steps += [(reads * channels, 2 * channels)] * (figure.pools * (reads != channels))
    steps += [(channels * channels, 2 * channels)] * (figure.skips * halves)
    return [sum(column) for column in zip(*steps, strict=True)]


def stacked_closed_form(cells, stem, size):
    """A stem, cells of a figure, the channels of a sum and a stride, a linear layer."""
    side = (size - 3) // 2 + 1
    params, macs = 27 * stem + 2 * stem, conv2d_macs(3, stem, 3, side)
    older, newer = 0, stem  # the first cell has one input, and reads it twice
    for figure, channels, stride in cells:
        read, norms = (older + newer) * channels, (4 if older else 2) * channels
        weights, more = steps_of(figure, channels if older else stem, channels, stride == 2)
        params += read + norms + weights + more
        macs += read * side**2
        side = -(-side // stride)
        macs += weights * side**2
        older, newer = newer, figure.stacked * channels
    return Cost(params + newer * 1000 + 1000, macs + newer * 1000)


def nasnet_cells(n, channels):
    """Figure 2 of NASNet."""
    first, second, third = ([(NASNET_NORMAL, times * channels, 1)] * n for times in (1, 2, 4))
    halve = [(NASNET_REDUCTION, c, 2) for c in (channels // 4, channels // 2, 2 * channels, 4 * channels)]
    return [*halve[:2], *first, halve[2], *second, halve[3], *third]


def pnasnet_cells(n, channels):
    """Every n-th cell halves."""
    cells = [(PNASNET, channels // part, 2) for part in (4, 2)]
    for i in range(3 * n):
        cells += [(PNASNET, channels * 2 ** (i // n), 2 if i in (n, 2 * n) else 1)]
    return cells


@pytest.mark.parametrize(
    ("name", "cells", "stem"),
    [
        ("nasnet_a_4_1056", nasnet_cells(4, 44), 32),
        ("nasnet_a_6_4032", nasnet_cells(6, 168), 96),
        ("pnasnet_5_mobile", pnasnet_cells(3, 54), 32),
        ("pnasnet_5_large", pnasnet_cells(4, 216), 96),
    ],
)
def test_searched_cells_in_closed_form(name, cells, stem):
    variant = VARIANTS[name]
    assert stacked_closed_form(cells, stem, variant.input_shape[-1]) == variant.cost


def read_by(drawing, place):
    """Kernel sizes of the separable steps that read one of a cell's places, in the drawing's order."""
    return tuple(
        int(step[3]) for pair in drawing.sums for step, at in pair if at == place and step[:3] == "sep"
    )


@pytest.mark.parametrize(("drawing", "figure"), [("NORMAL", NASNET_NORMAL), ("REDUCTION", NASNET_REDUCTION)])
def test_a_drawing_reads_what_its_figure_does(drawing, figure):
    """A count cannot see which of two equally wide inputs a step reads."""
    drawn = getattr(nasnet, drawing)
    assert sorted(read_by(drawn, 0)) == sorted(figure.older)
    assert sorted(read_by(drawn, 1)) == sorted(figure.newer)
    assert len(drawn.stacked) == figure.stacked


def test_a_separable_step_filters_twice():
    """Appendix A.4: ReLU, depthwise, 1×1 and normalization, and all of it again without a stride."""
    block, x = random(nasnet.separable(3, 4, 6, 2)), image(4)
    hand = ByHand(block)
    for stride in (2, 1):
        x = layers.relu(x)
        weight = hand.take()
        hand_made = conv2d(x, weight, None, stride, 1, 1, x.shape[1])
        x = hand.conv_bn(hand_made)
    agrees(block, image(4), x, hand)


def test_an_average_at_the_border_is_of_what_is_there():
    ones = torch.ones(1, 1, 5, 5)
    for stride in (1, 2):
        assert nasnet.average_pool(stride)(ones).unique().tolist() == [1]


@pytest.mark.parametrize(("n", "channels", "name"), [(5, 64, "5 @ 1538"), (7, 80, "7 @ 1920")])
def test_the_middle_sizes_stacked_as_the_others_would_be_larger(n, channels, name):
    """Why they are not built: 24 channels at the end for each of the first, but more than is printed."""
    of = stacked_closed_form(nasnet_cells(n, channels), 32, 299)
    printed = {
        row.quantity: float(row.value)
        for row in rows()
        if row.source == "paper-zoph2018" and row.subject == f"NASNet-A ({name})" and row.unit in ("M", "G")
    }
    assert of.params / 1e6 > 1.08 * printed["parameters, network not built"]
    assert of.macs / 1e9 > 1.05 * printed["MACs, network not built"]
    fewer = stacked_closed_form(nasnet_cells(n - 1, channels), 32, 299)
    assert fewer.params / 1e6 < 0.97 * printed["parameters, network not built"]


class Double(nn.Module):
    def forward(self, x):
        return 2 * x


def test_a_cell_adds_what_its_drawing_says():
    """1 and 10 come in, and are doubled; sums and stack by hand."""
    drawing = nasnet.Drawing(((("double", 0), ("same", 1)), (("double", 2), ("double", 0))), stacked=(3, 0))
    with mock.patch.dict(nasnet.STEPS, {"double": lambda *_: Double()}):
        cell = nasnet.Cell(drawing, nasnet.AsItIs(1), 1, 1, 1)
    cell.newer = nn.Identity()
    older, newer = torch.ones(1, 1, 1, 1), torch.full((1, 1, 1, 1), 10.0)
    last, found = cell((older, newer))
    assert last is newer
    assert found.flatten().tolist() == [2 * (2 + 10) + 2, 1]
    assert nasnet.Bypassed.forward(cell, (older, newer))[0] is older


def test_half_of_the_channels_look_at_another_pixel():
    """Of 4×4 pixels the first half sees those of even row and column, the other half those of odd ones."""
    half = nasnet.Halved(1, 2).eval()
    for layer in (half.here, half.there):
        nn.init.ones_(layer.weight)
    half.norm = nn.Identity()
    here, there = half(torch.arange(16.0).view(1, 1, 4, 4))[0].tolist()
    assert here == [[0, 2], [8, 10]]
    assert there == [[5, 7], [13, 15]]


def test_the_large_nasnet_looks_past_its_reductions():
    kinds = [type(cell) for cell in built("nasnet_a_6_4032").cells]
    assert [i for i, kind in enumerate(kinds) if kind is nasnet.Bypassed] == [2 + 6, 2 + 6 + 1 + 6]
    assert {type(cell) for cell in built("nasnet_a_4_1056").cells} == {nasnet.Cell}
