"""The way back to the image is the gradient's where it should be, and stays inside the receptive field."""

from itertools import combinations

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab.probes import RELUS, occlude, project_back
from cnnlab.receptive_field import receptive_field
from cnnlab.training import initialize

IMAGE = np.random.default_rng(0).normal(size=(2, 21, 19)).astype(np.float32)


@pytest.fixture
def layers():
    """Padding, stride, groups, overlapping windows, statistics of its own: whatever a way back can forget."""
    network = nn.Sequential(
        nn.Conv2d(2, 6, (5, 3), stride=2, padding=(2, 1)), nn.BatchNorm2d(6), nn.ReLU(),
        nn.MaxPool2d(3, 2, padding=1, ceil_mode=True), nn.Dropout(0.5),
        nn.Conv2d(6, 8, 3, padding=1, groups=2), nn.ReLU(), nn.Conv2d(8, 8, 1), nn.ReLU(),
    )  # fmt: skip
    initialize(network, "he_fan_in", seed=1)
    network(torch.randn(16, 2, 21, 19, generator=torch.Generator().manual_seed(2)))
    return network


def strongest(layers, channel):
    x = torch.from_numpy(IMAGE)[None].requires_grad_()
    y = layers.eval()(x)[0, channel]
    (y.max() ** 2 / 2).backward()  # whose gradient starts with the activation itself
    return y.detach(), x.grad[0].numpy()


@pytest.mark.parametrize("channel", range(8))
def test_with_the_gradients_relu_it_is_the_gradient(layers, channel):
    y, gradient = strongest(layers, channel)
    found = project_back(layers, IMAGE, channel, relu="gradient")
    assert found.activation == pytest.approx(y.max().item())
    assert y[found.unit].item() == found.activation
    np.testing.assert_allclose(found.pattern, gradient, atol=1e-5)


def test_the_three_rules_differ_and_guided_passes_least(layers):
    patterns = {
        rule: np.array([project_back(layers, IMAGE, channel, rule).pattern for channel in range(8)])
        for rule in RELUS
    }
    seen = {rule: np.count_nonzero(abs(pattern) > 1e-9) for rule, pattern in patterns.items()}
    assert seen["guided"] <= min(seen["gradient"], seen["deconvnet"])
    for one, other in combinations(patterns.values(), 2):
        assert not np.allclose(one, other, atol=1e-4)


def test_a_rule_by_hand():
    """One 1×1 kernel a layer: the signal −2·3 meets a ReLU whose input was positive."""
    layers = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.ReLU(), nn.Conv2d(1, 1, 1), nn.ReLU())
    with torch.no_grad():
        layers[0].weight.fill_(1)
        layers[2].weight.fill_(-2)
        layers[2].bias.fill_(5)
    image = np.ones((1, 1, 1), np.float32)  # 1, then −2 + 5 = 3
    values = {rule: project_back(layers, image, 0, rule).pattern.item() for rule in RELUS}
    assert values == {"gradient": -6, "deconvnet": 0, "guided": 0}


def test_nothing_is_drawn_outside_the_field(layers):
    found = project_back(layers, IMAGE, 3)
    rows, columns = np.nonzero(abs(found.pattern).sum(axis=0))
    top, bottom, left, right = receptive_field(layers.eval(), (1, 2, 21, 19)).region(*found.unit)
    assert top <= rows.min()
    assert rows.max() <= bottom
    assert left <= columns.min()
    assert columns.max() <= right
    assert len(set(rows)) > (bottom - top) / 2  # and much of it is drawn


def test_the_network_stays_as_it_was(layers):
    layers.train()
    before = {name: tensor.clone() for name, tensor in layers.state_dict().items()}
    project_back(layers, IMAGE, 0)
    assert layers.training
    assert all(torch.equal(before[name], tensor) for name, tensor in layers.state_dict().items())


def test_a_layer_without_a_way_back_is_named():
    layers = nn.Sequential(nn.Conv2d(2, 3, 3), nn.AvgPool2d(2))
    with pytest.raises(ValueError, match="AvgPool2d"):
        project_back(layers, IMAGE, 0)


class TopLeft(nn.Module):
    """Sure of class 1 as long as it sees the upper left pixel."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(9.0))

    def forward(self, x):
        return torch.stack([torch.zeros(len(x)), self.scale * x[:, 0, 0, 0]], dim=1)


def test_hiding_what_matters_lowers_the_probability_there_and_nowhere_else():
    image = np.ones((1, 6, 8), np.float32)
    found = occlude(TopLeft(), image, label=1, size=3, step=2)
    assert found.shape == (2, 3)
    assert found[0, 0] == pytest.approx(0.5)
    assert np.delete(found.ravel(), 0) == pytest.approx(1 / (1 + np.exp(-9)))
    assert image.min() == 1
    with pytest.raises(ValueError, match="7 pixels does not fit an image of 6×8"):
        occlude(TopLeft(), image, 1, size=7)
