"""Every rule draws what it says, and the signal through a network does what the paper says of its rule."""

from dataclasses import replace
from itertools import chain, pairwise
from math import sqrt

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from cnnlab.data import Data, digits, split
from cnnlab.models import VARIANTS
from cnnlab.training import (
    RULES,
    Augment,
    Recipe,
    evaluate,
    fan_in_and_out,
    fit,
    initialize,
    learning_rate,
)
from cnnlab.training.augment import moved

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


# ---- The loop ----


class Small(nn.Sequential):
    """A convolution, batch normalization and dropout: everything that has a state, in a tenth of a second."""

    def __init__(self, num_classes=10):
        super().__init__(
            nn.Conv2d(1, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Dropout(0.2),
            nn.Linear(72, num_classes),
        )  # fmt: skip


class Halfway(nn.Module):
    """Scores, and while it trains, two more."""

    def __init__(self):
        super().__init__()
        self.heads = nn.ModuleList(nn.Sequential(nn.Flatten(), nn.Linear(64, 10)) for _ in range(3))

    def forward(self, x):
        return tuple(head(x) for head in self.heads) if self.training else self.heads[0](x)


@pytest.fixture(scope="module")
def data():
    train, test = split(digits())
    return Data(*(values[:300] for values in train)), test


def small(rule="he_fan_in"):
    return initialize(Small(), rule)


def state(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(first, second):
    return all(torch.equal(first[name], second[name]) for name in first)


def test_it_learns(data):
    train, test = data
    model = small()
    history = fit(model, train, test, Recipe(epochs=10), progress=False)
    assert history.steps == [5 * (epoch + 1) for epoch in range(10)]
    assert len(history.step_loss) == 50
    assert history.loss[0] == pytest.approx(np.mean(history.step_loss[:5]))
    assert history.accuracy[-1] > 0.8
    assert evaluate(model, test) == (history.test_loss[-1], history.accuracy[-1])
    assert not model.training


def test_a_seed_is_a_training_whatever_torchs_generator_did(data):
    train, test = data
    found = []
    for seed, other in ((0, 1), (0, 2), (3, 1)):
        torch.manual_seed(other)
        model = small()
        before = torch.get_rng_state()
        recipe = Recipe(epochs=2, augment=Augment(shift=1))
        history = fit(model, train, test, recipe, seed, progress=False)
        assert torch.equal(torch.get_rng_state(), before)
        found.append((state(model), history.step_loss))
    assert same(found[0][0], found[1][0])
    assert found[0][1] == found[1][1] != found[2][1]


def test_it_is_torchs_own_gradient_descent(data):
    """The same three steps by hand: batches of almost equal size, no one of 300 images left out."""
    train, _ = data
    model, twin = (nn.Sequential(nn.Flatten(), nn.Linear(64, 10)) for _ in range(2))
    twin.load_state_dict(model.state_dict())
    history = fit(model, train, recipe=Recipe(1, 128, lr=0.1, schedule="constant"), seed=5, progress=False)
    optimizer = torch.optim.SGD(twin.parameters(), 0.1, 0.9, weight_decay=5e-4)
    order = torch.randperm(300, generator=torch.Generator().manual_seed(5))
    for step, chosen in enumerate(order.split(100)):
        loss = F.cross_entropy(twin(torch.tensor(train.images)[chosen]), torch.tensor(train.labels)[chosen])
        assert history.step_loss[step] == pytest.approx(loss.item(), rel=1e-5)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    torch.testing.assert_close(state(model), state(twin))


def test_losses_from_halfway_weigh_three_tenths(data):
    train, test = data
    model = Halfway()
    expected = [evaluate(head, train).loss for head in model.heads]
    recipe = Recipe(epochs=1, batch_size=300, momentum=0, weight_decay=0)
    history = fit(model, train, test, recipe, progress=False)
    assert history.step_loss == pytest.approx([expected[0] + 0.3 * expected[1] + 0.3 * expected[2]], rel=1e-5)


def test_schedules():
    def rates(schedule, watched=(), **options):
        recipe = Recipe(lr=1, schedule=schedule, **options)
        return [learning_rate(recipe, step, 12, list(watched)) for step in range(12)]

    assert rates("constant") == [1] * 12
    assert rates("constant", warmup=4) == [0.25, 0.5, 0.75] + [1] * 9
    assert rates("cosine")[0] == 1
    assert rates("cosine")[6] == pytest.approx(0.5)
    assert rates("cosine", warmup=2)[2] == 1
    assert rates("cosine", warmup=2)[7] == pytest.approx(0.5)
    assert sorted(rates("cosine"), reverse=True) == rates("cosine")
    assert rates("plateau", [3, 2, 2, 2]) == [1] * 12
    assert rates("plateau", [3, 2, 2, 2, 2]) == pytest.approx([0.1] * 12)
    assert rates("plateau", [3, 2, 2, 2, 2, 1.9, 2, 2, 2]) == pytest.approx([0.01] * 12)
    assert rates("plateau", [3, 2, 2, 2, 2, 2, 2, 2]) == pytest.approx([0.01] * 12)


def test_clipping_bounds_every_step(data):
    train, _ = data
    model = small()
    before = state(model)
    recipe = Recipe(1, 300, lr=0.5, momentum=0, weight_decay=0, schedule="constant", clip=0.01)
    fit(model, train, recipe=recipe, progress=False)
    moved = sum((p - before[name]).square().sum() for name, p in model.named_parameters()).sqrt()
    assert moved.item() == pytest.approx(0.5 * 0.01, rel=1e-3)


def test_it_stops_when_waiting_brings_nothing(data):
    train, test = data
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    history = fit(model, train, test, Recipe(50, lr=0), progress=False, patience=2)
    assert len(history.loss) == 3  # the first is the lowest, two more are waited for


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_killed_run_continues_as_if_it_had_not_been(data, tmp_path, precision):
    train, test = data
    recipe = Recipe(epochs=4, schedule="plateau", augment=Augment(shift=1), warmup=3, precision=precision)
    whole = small()
    expected = fit(whole, train, test, recipe, progress=False)
    path = tmp_path / "run.pt"

    class Killed(Exception):
        pass

    def killing(images, generator, left=[12]):  # noqa: B006 - counts its calls
        left[0] -= 1
        if not left[0]:
            raise Killed
        return Augment(shift=1)(images, generator)

    with pytest.raises(Killed):
        fit(small(), train, test, replace(recipe, augment=Printed(killing)), progress=False, checkpoint=path)
    assert [file.name for file in tmp_path.iterdir()] == ["run.pt"]
    model = initialize(Small(), "vgg", seed=9)
    history = fit(model, train, test, recipe, progress=False, checkpoint=path)
    assert same(state(model), state(whole))
    assert replace(history, seconds=[]) == replace(expected, seconds=[])


class Printed:
    """A function that prints as the augmentation it stands in for."""

    def __init__(self, function):
        self.function = function

    def __call__(self, *args):
        return self.function(*args)

    def __repr__(self):
        return repr(Augment(shift=1))


def test_another_trainings_file_is_refused(data, tmp_path):
    train, _ = data
    path = tmp_path / "run.pt"
    fit(small(), train, recipe=Recipe(epochs=1), progress=False, checkpoint=path)
    with pytest.raises(ValueError, match=r"is of another training:\nSmall, seed 0(.|\n)*not\nSmall, seed 1"):
        fit(small(), train, recipe=Recipe(epochs=1), seed=1, progress=False, checkpoint=path)


def test_a_loss_that_is_no_number_ends_it_with_step_and_rate(data):
    with pytest.raises(
        FloatingPointError, match=r"loss is (nan|inf) at step \d+, with a learning rate of 1e\+"
    ):
        fit(small(), data[0], recipe=Recipe(lr=1e9, schedule="constant"), progress=False)


def test_what_does_not_fit_is_refused_with_numbers(data):
    train, _ = data
    with pytest.raises(ValueError, match=r"images \[1, 8, 8\] do not go through AlexNet.*64×64 do"):
        fit(VARIANTS["alexnet"].build(in_channels=1), train, progress=False)
    with pytest.raises(ValueError, match="labels from 0 to 9 do not fit a model of 7 classes"):
        fit(Small(7), train, progress=False)
    with pytest.raises(ValueError, match="as many images as labels, and some: 300, 2"):
        evaluate(small(), Data(train.images, train.labels[:2]))
    with pytest.raises(ValueError, match="as many images as labels, and some: 0, 0"):
        fit(small(), Data(train.images[:0], train.labels[:0]), progress=False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "epochs must be at least 1, got 0"),
        ({"lr": float("nan")}, "lr must be at least 0, got nan"),
        ({"momentum": 1}, "momentum must be at least 0 and below 1, got 1"),
        ({"schedule": "step"}, "no schedule 'step'; known: cosine, constant, plateau"),
        ({"clip": 0}, "clip must be above 0, got 0"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Recipe(**options)


# ---- Augmentation ----


def test_a_moved_image_repeats_its_border():
    images = torch.arange(9.0).reshape(1, 1, 3, 3).repeat(3, 2, 1, 1)
    found = moved(images, torch.tensor([0, 1, 0]), torch.tensor([0, 0, -1]))
    assert torch.equal(found[0], images[0])
    assert found[1, 1].tolist() == [[0, 1, 2], [0, 1, 2], [3, 4, 5]]
    assert found[2, 0].tolist() == [[1, 2, 2], [4, 5, 5], [7, 8, 8]]


def test_augmenting_draws_all_moves_alike():
    image = torch.zeros(1, 1, 5, 5)
    image[0, 0, 2, 1] = 1
    found = Augment(shift=1, flip=True)(image.repeat(4000, 1, 1, 1), torch.Generator().manual_seed(0))
    counts = found.sum(dim=(0, 1))
    expected = torch.zeros(5, 5)
    expected[1:4] = torch.tensor([1, 1, 2, 1, 1]) * 4000 / 18  # columns 0 to 2, and their mirror 2 to 4
    assert ((counts - expected).abs() <= 4 * expected.sqrt()).all()
    assert torch.equal(Augment()(image, torch.Generator()), image)
