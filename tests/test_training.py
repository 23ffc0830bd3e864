"""Every rule draws what it says, and the signal through a network does what the paper says of its rule."""

from itertools import chain, pairwise
from math import sqrt

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from cnnlab.models import VARIANTS
from cnnlab.training import RULES, fan_in_and_out, initialize

# (deviation of a 3×3 convolution from 32 to 128 channels, of a linear layer from 256 to 512; largest of each)
# of the rule, in numbers: i = 288 and o = 1152, i = 256 and o = 512. A normal distribution has no largest.
FAR = float("inf")
CUT = 0.87962566  # deviation of a normal distribution cut at ±2, which is √(1 − 4 φ(2) / (2 Φ(2) − 1))
EXPECTED = {
    "lenet": (2.4 / 288 / sqrt(3), 2.4 / 256 / sqrt(3), 2.4 / 288, 2.4 / 256),
    "zfnet": (0.01, 0.01, FAR, FAR),
    "vgg": (0.1, 0.1, FAR, FAR),
    "glorot": (sqrt(2 / 1440), sqrt(2 / 768), sqrt(6 / 1440), sqrt(6 / 768)),
    "he_fan_in": (sqrt(2 / 288), sqrt(2 / 256), FAR, FAR),
    "he_fan_out": (sqrt(2 / 1152), sqrt(2 / 512), FAR, FAR),
    "googlenet": (CUT * 0.01, CUT * 0.01, 0.02, 0.02),
    "inception": (CUT * 0.1, CUT * 0.1, 0.2, 0.2),
    "capsnet": (CUT * 0.1, CUT * 0.1, 0.2, 0.2),
    "mobilenet": (CUT * 0.09, CUT * 0.09, 0.18, 0.18),
    "squeezenet": (1 / sqrt(288), 0.01, sqrt(3 / 288), FAR),
    "efficientnet": (sqrt(2 / 1152), 1 / sqrt(3 * 512), FAR, 1 / sqrt(512)),
}


def two_layers():
    return nn.Sequential(nn.Conv2d(32, 128, 3), nn.BatchNorm2d(128), nn.Linear(256, 512))


def values(model):
    return torch.cat([weight.detach().flatten() for weight in model.state_dict().values()])


@pytest.mark.parametrize("rule", EXPECTED)
def test_weights_are_spread_as_the_rule_says(rule):
    """Within five standard errors, and up to the bound where there is one."""
    conv, _, linear = initialize(two_layers(), rule)
    for layer, deviation, largest in zip((conv, linear), EXPECTED[rule][:2], EXPECTED[rule][2:], strict=True):
        weight = layer.weight.detach()
        error = deviation / sqrt(weight.numel())
        assert abs(weight.mean()) < 5 * error
        assert weight.std().item() == pytest.approx(deviation, abs=5 * error)
        top = weight.abs().max()
        assert 0.99 * largest < top <= largest if largest < FAR else top > 3.5 * deviation
        if rule == "lenet":
            assert 0.9 * largest < layer.bias.abs().max() <= largest
        else:
            assert (layer.bias == (0.1 if rule == "capsnet" else 0)).all()


def test_every_rule_is_tested_and_sourced():
    assert set(EXPECTED) | {"alexnet", "zero_gamma"} == set(RULES)
    assert all(rule.source for rule in RULES.values())


@pytest.mark.parametrize("rule", EXPECTED)
def test_a_seed_is_a_start_and_torchs_own_generator_rests(rule):
    model = two_layers()
    before = torch.get_rng_state()
    one, same, other = (values(initialize(model, rule, seed)) for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_nothing_is_left_of_what_a_network_learned():
    model = two_layers()
    with torch.no_grad():
        for tensor in model.state_dict().values():
            tensor.fill_(3)
    assert torch.equal(values(initialize(model, "vgg")), values(initialize(two_layers(), "vgg")))


def test_an_unknown_rule_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="no rule 'he_fanin'; did you mean 'he_fan_in'"):
        initialize(two_layers(), "he_fanin")


def test_a_seed_means_the_same_in_any_layout():
    model = two_layers().to(memory_format=torch.channels_last)
    assert torch.equal(values(initialize(model, "vgg")), values(initialize(two_layers(), "vgg")))
    assert model[0].weight.is_contiguous(memory_format=torch.channels_last)


def test_a_network_on_meta_stays_there():
    with torch.device("meta"):
        model = two_layers()
    assert initialize(model, "he_fan_in")[0].weight.is_meta


# ---- Fans ----


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(4, 6, (3, 5), padding=(1, 2)),
        nn.Conv2d(4, 6, 3, padding=1, groups=2),
        nn.Conv2d(4, 4, 3, padding=1, groups=4),
        nn.ConvTranspose2d(4, 6, 2, stride=2),
        nn.ConvTranspose2d(4, 6, 4, stride=2, padding=1),
        nn.Linear(4, 6),
    ],
    ids=str,
)
def test_fans_are_the_connections_counted(layer):
    """All weights 1: an output is the number of inputs it is summed from, a gradient the other way round."""
    nn.init.ones_(layer.weight)
    nn.init.zeros_(layer.bias)
    x = torch.ones((1, 4) if isinstance(layer, nn.Linear) else (1, 4, 9, 9), requires_grad=True)
    y = layer(x)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    assert fan_in_and_out(layer) == (y.max(), gradient.max())


# ---- AlexNet, VGG, LeNet-5 ----


def test_alexnets_biases_are_ones_in_conv2_4_5_and_the_hidden_layers():
    model = initialize(VARIANTS["alexnet"].build(), "alexnet")
    biases = [m.bias for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert [bias.unique().tolist() for bias in biases] == [[0], [1], [0], [1], [1], [1], [1], [0]]
    assert model.classifier[1].weight.std().item() == pytest.approx(0.01, rel=1e-3)
    with pytest.raises(ValueError, match="8 layers, and this network has 2"):
        initialize(two_layers(), "alexnet")


def test_lenets_units_work_where_the_sigmoid_bends():
    """Appendix A: no weighted sum of inputs between ±1 leaves ±2.4 but by its bias."""
    model = initialize(VARIANTS["lenet5"].build(), "lenet")
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            units = layer.weight.flatten(1).abs().sum(dim=1)
            assert units.max() <= 2.4
    assert model.s2[1].weight.abs().max() <= 0.6  # one coefficient for the sum of four


# ---- The signal ----


def stack(*widths):
    """3×3 convolutions and ReLUs that keep the size and see no border."""
    layers = [
        (nn.Conv2d(i, o, 3, padding=1, padding_mode="circular"), nn.ReLU()) for i, o in pairwise(widths)
    ]
    return nn.Sequential(*chain(*layers))


def gains(model, rule, size=8):
    """How the mean square of a signal grows, and that of a gradient on its way back: medians of nine."""
    found = []
    for seed in range(9):
        initialize(model, rule, seed)
        generator = torch.Generator().manual_seed(seed)
        x = torch.randn(2, model[0].in_channels, size, size, generator=generator, requires_grad=True)
        y = model(x)
        sent = torch.randn(y.shape, generator=generator)
        (received,) = torch.autograd.grad(y, x, sent)
        ratios = [
            after.square().mean() / before.square().mean() for after, before in [(y, x), (received, sent)]
        ]
        found.append(torch.stack(ratios).detach().numpy())
    return np.median(found, axis=0)


@pytest.mark.parametrize("rule", ["he_fan_in", "he_fan_out"])
def test_he_keeps_the_signal_through_thirty_layers(rule):
    """He et al. (2015), section 2.2, where thirty layers learn with it and not with Glorot's."""
    forward, backward = gains(stack(*31 * [64]), rule)
    assert 0.1 < forward < 10
    assert 0.1 < backward < 10


def test_glorot_halves_it_in_every_layer():
    forward, backward = gains(stack(*31 * [64]), "glorot")
    assert 0.1 < forward * 2**30 < 10
    assert 0.1 < backward * 2**30 < 10


def test_vggs_variance_lets_it_grow():
    """Half of 9 · 64 · 10⁻² in every layer. The authors began with 11 layers and went on from there."""
    forward, _ = gains(stack(*31 * [64]), "vgg")
    assert 0.1 < forward / 2.88**30 < 10


def test_each_of_hes_fans_keeps_its_own_direction():
    """Four times as many channels out as in: one rule keeps the signal, the other the gradient."""
    wide = nn.Conv2d(64, 256, 3, padding=1, padding_mode="circular")
    model = nn.Sequential(wide, nn.ReLU())
    assert gains(model, "he_fan_in") == pytest.approx([1, 4], rel=0.2)
    assert gains(model, "he_fan_out") == pytest.approx([1 / 4, 1], rel=0.2)


def test_a_deviation_of_a_hundredth_lets_vggs_gradient_vanish():
    """He et al. (2015), section 2.2: from conv10 to conv2, to 1 / (5.9 · 4.2² · 2.9² · 2.1⁴) of it."""
    vgg = stack(64, 64, 128, 128, 256, 256, 512, 512, 512, 512)
    _, backward = gains(vgg, "zfnet", size=4)
    assert 1 / 2 < sqrt(backward) * 5.9 * 4.2**2 * 2.9**2 * 2.1**4 < 2


def test_unets_maps_neither_vanish_nor_explode():
    """Ronneberger et al. (2015), section 3, wish each map a variance near one.

    It is not quite that: of correlated units, pooling keeps the largest, and no ReLU halves what comes of the
    four transposed convolutions. Of 23 layers, the largest has 35.
    """
    model = initialize(VARIANTS["unet"].build(), "he_fan_in").eval()
    squares = []
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            module.register_forward_hook(lambda module, _, y: squares.append(float(y.square().mean())))
    with torch.inference_mode():
        model(torch.randn(1, 1, 188, 188, generator=torch.Generator().manual_seed(0)))
    assert len(squares) == 23
    assert 0.5 < min(squares) < max(squares) < 100


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnext50_32x4d"])
def test_residual_blocks_begin_as_their_shortcuts(name):
    """Goyal et al. (2017), section 5.1, of which torchvision and most recipes have kept it."""
    model = initialize(VARIANTS[name].build(), "zero_gamma").eval()
    x = torch.randn(1, 64, 4, 4)
    for block in model.layer1:
        expected = F.relu(block.downsample(x))
        torch.testing.assert_close(block(x), expected, rtol=0, atol=0)
        *first, last = [m.weight.unique().tolist() for m in block.children() if isinstance(m, nn.BatchNorm2d)]
        assert (first, last) == ([[1]] * len(first), [0])
        x = expected
    assert model.fc.weight.std().item() == pytest.approx(0.01, rel=0.01)
    assert (model.bn1.weight == 1).all()
    assert model.conv1.weight.std().item() == pytest.approx(sqrt(2 / (64 * 49)), rel=0.05)


@pytest.mark.parametrize("name", ["mobilenet_v2", "googlenet"])
def test_a_network_without_residual_blocks_has_no_last_gamma(name):
    with torch.device("meta"):
        model = VARIANTS[name].build()
    with pytest.raises(ValueError, match="has no residual blocks that end in a normalization"):
        initialize(model, "zero_gamma")
