"""Gradients layer by layer and networks without some of their blocks, against the obvious way."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from cnnlab.data import Data
from cnnlab.models.resnet import BasicBlock, stage
from cnnlab.models.resnet_cifar import PlainBlock
from cnnlab.probes import gradient_by_depth, without
from cnnlab.training import evaluate, initialize


def network(block):
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3), stage(block, 4, 4, 3, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5)
    )
    return initialize(model, "he_fan_in", seed=1)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return Data(rng.normal(size=(32, 1, 8, 8)).astype(np.float32), rng.integers(0, 5, 32))


@pytest.mark.parametrize("block", [BasicBlock, PlainBlock])
def test_a_gradient_is_as_long_as_a_small_step_along_it_says(block, data):
    """In float64: L(w + ε·g/|g|) − L(w − ε·g/|g|) = 2ε·|g|, for the weights of one convolution at a time."""
    model = network(block).double().train()
    images, labels = torch.from_numpy(data.images).double(), torch.from_numpy(data.labels)
    lengths = gradient_by_depth(model, Data(data.images.astype(float), data.labels))
    convolutions = [module for module in model.modules() if isinstance(module, nn.Conv2d)]
    assert len(lengths) == len(convolutions) == 7
    for layer, length in zip(convolutions, lengths, strict=True):
        (gradient,) = torch.autograd.grad(F.cross_entropy(model(images), labels), layer.weight)
        step, losses = 1e-5 * gradient / gradient.norm(), []
        with torch.no_grad():
            for sign in (1, -2):
                layer.weight += sign * step
                losses.append(F.cross_entropy(model(images), labels).item())
            layer.weight += step
        assert length == pytest.approx((losses[0] - losses[1]) / 2e-5, rel=1e-4)


def test_asking_for_gradients_leaves_the_network_as_it_was(data):
    model = network(BasicBlock).eval()
    before = deepcopy(model.state_dict())
    gradient_by_depth(model, data)
    assert all(before[name].equal(value) for name, value in model.state_dict().items())
    assert not any(module.training for module in model.modules())
    assert all(weight.grad is None for weight in model.parameters())


def test_a_deleted_block_hands_on_its_input(data):
    model, images = network(BasicBlock).eval(), torch.from_numpy(data.images)
    block, rest = model[1][1], [model[0], model[1][0], model[1][2], *model[2:]]
    with torch.no_grad():
        expected, whole = nn.Sequential(*rest)(images), model(images)
        with without(model, "1.1"):
            assert model(images).equal(expected)
            assert not model(images).equal(whole)
        assert model(images).equal(whole)
    assert model[1][1] is block


def test_deleting_all_blocks_leaves_their_shortcuts(data):
    model = network(BasicBlock)
    with without(model, "1.0", "1.1", "1.2"):
        few = evaluate(model, data)
    assert few == evaluate(nn.Sequential(model[0], *model[2:]), data)


def test_after_an_error_every_block_is_back():
    model = network(PlainBlock)
    names = [name for name, _ in model.named_modules()]
    with pytest.raises(AttributeError, match="7"), without(model, "1.0", "1.7"):
        pass
    with pytest.raises(ZeroDivisionError), without(model, "1.0", "1.2"):
        _ = 1 / 0
    assert [name for name, _ in model.named_modules()] == names
