"""A probe shows what is there, and leaves the network as it was."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from cnnlab.data import Data
from cnnlab.probes import filter_normalized, loss_slice, loss_surface
from cnnlab.training import initialize

DISTANCES = [-1.0, -0.25, 0.0, 0.5, 1.0]


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return Data(rng.normal(size=(1203, 1, 8, 8)).astype(np.float32), rng.integers(0, 10, 1203))


@pytest.fixture
def model():
    """Batch normalization with statistics of its own, dropout, and one part that is never trained further."""
    network = nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Dropout(0.5), nn.Flatten(), nn.Linear(216, 10)
    )
    initialize(network, "he_fan_in", seed=1)
    with torch.no_grad():
        network[0].bias.normal_(generator=torch.Generator().manual_seed(2))
    network(torch.randn(64, 1, 8, 8, generator=torch.Generator().manual_seed(3)))
    network[2].eval()
    return network


def mean_loss(model, data):
    with torch.no_grad():
        scores = deepcopy(model).eval()(torch.from_numpy(data.images))
    return F.cross_entropy(scores, torch.from_numpy(data.labels)).item()


def shifted(model, *steps):
    """A copy whose weights have really been moved, one by one."""
    copy = deepcopy(model)
    with torch.no_grad():
        for distance, direction in steps:
            for name, weight in copy.named_parameters():
                weight += distance * direction[name]
    return copy


def test_every_filter_of_a_direction_is_as_long_as_the_networks(model):
    direction = filter_normalized(model, seed=4)
    assert list(direction) == [name for name, _ in model.named_parameters()]
    for index in (0, 5):
        weight, step = model[index].weight.detach(), direction[f"{index}.weight"]
        for filter_, its_step in zip(weight, step, strict=True):
            assert its_step.norm().item() == pytest.approx(filter_.norm().item(), rel=1e-5)
            assert abs(F.cosine_similarity(filter_.flatten(), its_step.flatten(), dim=0)) < 0.9
        assert not direction[f"{index}.bias"].any()
    assert not direction["1.weight"].any()
    assert not direction["1.bias"].any()


def test_directions_are_drawn_from_their_seed_and_number(model):
    def first(*arguments):
        return filter_normalized(model, *arguments)["0.weight"].flatten()

    assert first(4).equal(first(4, 0))
    assert not first(4).equal(first(5))
    assert abs(F.cosine_similarity(first(4), first(4, 1), dim=0)) < 0.5


def test_a_direction_owes_nothing_to_the_weights_of_the_same_seed(model):
    """It did once: one generator and one order of drawing, and θ − δ was a network of zeros."""
    direction = filter_normalized(initialize(model, "he_fan_in", seed=4), seed=4)
    for index in (0, 5):
        weight, step = model[index].weight.detach(), direction[f"{index}.weight"]
        assert abs(F.cosine_similarity(weight.flatten(), step.flatten(), dim=0)) < 0.5


def test_a_slice_is_the_loss_of_networks_really_moved(model, data):
    direction = filter_normalized(model, seed=4)
    expected = [mean_loss(shifted(model, (distance, direction)), data) for distance in DISTANCES]
    losses = loss_slice(model, data, DISTANCES, seed=4)
    assert losses == pytest.approx(expected, rel=1e-4)
    assert losses[2] == pytest.approx(mean_loss(model, data), rel=1e-5)
    assert len(set(losses.round(4))) == 5


def test_a_surface_has_the_slice_as_its_middle_row(model, data):
    surface = loss_surface(model, data, DISTANCES, seed=4)
    assert surface.shape == (5, 5)
    assert surface[2].tolist() == loss_slice(model, data, DISTANCES, seed=4).tolist()
    along, across = (filter_normalized(model, 4, number) for number in (0, 1))
    assert surface[0, 3] == pytest.approx(
        mean_loss(shifted(model, (0.5, along), (-1, across)), data), rel=1e-4
    )
    assert surface[3, 0] == pytest.approx(
        mean_loss(shifted(model, (-1, along), (0.5, across)), data), rel=1e-4
    )


def test_a_scaled_network_with_the_same_answers_has_the_same_slice(data):
    """The paper's reason for normalizing filters. Without it, the larger weights would look flatter."""
    network = nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Conv2d(6, 10, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    initialize(network, "he_fan_in", seed=1)
    scaled = deepcopy(network)
    with torch.no_grad():
        scaled[0].weight *= 8  # powers of two: the same digits, another exponent
        scaled[2].weight /= 8
    assert mean_loss(scaled, data) == mean_loss(network, data)
    assert loss_slice(scaled, data, DISTANCES) == pytest.approx(
        loss_slice(network, data, DISTANCES), rel=1e-5
    )
    random = {name: torch.randn_like(weight) for name, weight in network.named_parameters()}
    moved = [mean_loss(shifted(each, (1, random)), data) for each in (network, scaled)]
    assert moved[0] != pytest.approx(moved[1], rel=0.05)


@pytest.mark.parametrize("probe", [loss_slice, loss_surface])
def test_the_network_stays_as_it_was(model, data, probe):
    before, modes = deepcopy(model.state_dict()), [module.training for module in model.modules()]
    assert len(set(modes)) == 2
    state = torch.random.get_rng_state()
    probe(model, data, DISTANCES)
    assert all(before[name].equal(value) for name, value in model.state_dict().items())
    assert [module.training for module in model.modules()] == modes
    assert torch.random.get_rng_state().equal(state)
    assert all(weight.grad is None for weight in model.parameters())


def test_the_network_stays_as_it_was_after_an_error(model, data):
    modes = [module.training for module in model.modules()]
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        loss_slice(model, Data(data.images[..., :6], data.labels), DISTANCES)
    assert [module.training for module in model.modules()] == modes


def test_what_is_not_a_number_passes_through(model, data):
    images = data.images.copy()
    images[-1] = np.nan
    assert np.isnan(loss_slice(model, Data(images, data.labels), DISTANCES)).all()
