"""Memory in all, beside what torch itself holds after a step; the batch that fits, beside the next one."""

from itertools import count

import pytest
import torch
from torch import nn

from cnnlab.budget import OPTIMIZERS, _largest, largest_batch, largest_batches, memory
from cnnlab.kernels import LAYOUTS
from cnnlab.profiler import profile

IMAGE = (3, 12, 12)
STEPS = {
    "sgd": lambda weights: torch.optim.SGD(weights, 0.1),
    "momentum": lambda weights: torch.optim.SGD(weights, 0.1, 0.9),
    "adam": lambda weights: torch.optim.Adam(weights),
}


def network():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(800, 10, False)
    )


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_stays_is_what_torch_holds_after_a_step(name):
    model = network()
    model[0].bias.requires_grad_(False)
    optimizer = STEPS[name](model.parameters())
    model(torch.rand(2, *IMAGE)).sum().backward()
    optimizer.step()
    need = memory(profile(model, (2, *IMAGE), training=True), optimizer=name)
    state = [tensor for kept in optimizer.state.values() for tensor in kept.values() if tensor is not None]
    assert need.optimizer == sum(tensor.nbytes for tensor in state)
    assert need.gradients == sum(p.grad.nbytes for p in model.parameters() if p.grad is not None)
    assert need.weights == sum(tensor.nbytes for tensor in model.state_dict().values())
    assert need.total == need.weights + need.optimizer + need.peak


def test_weights_that_are_much_larger_than_the_image():
    """Then the gradients alone are the most, once the step is over."""
    need = memory(profile(nn.Linear(1000, 1000, False), (1, 1000), training=True))
    assert need.gradients == 4_000_000 <= need.peak
    assert memory(profile(nn.Linear(1000, 1000), (1, 1000))).gradients == 0


def test_the_layout_is_that_of_the_weights():
    model = nn.Sequential(nn.Conv2d(3, 16, 3), nn.Conv2d(16, 16, 3))
    plain = profile(model, (2, 3, 40, 40))
    last = profile(model.to(memory_format=torch.channels_last), (2, 3, 40, 40))
    assert memory(plain) == memory(plain, "contiguous") != memory(plain, "channels_last")
    assert memory(last) == memory(plain, "channels_last")


def test_what_is_not_known_is_refused():
    used, step = (profile(network, (1, *IMAGE), training=training) for training in (False, True))
    with pytest.raises(ValueError, match=r"layouts are contiguous, channels_last .* got 'nchw' and 'sgd'"):
        memory(used, "nchw")
    with pytest.raises(ValueError, match="got 'contiguous' and 'lion'"):
        memory(step, "contiguous", "lion")
    with pytest.raises(ValueError, match="adam keeps its state for training"):
        memory(used, optimizer="adam")


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_one_image_more_is_too_much(training, layout):
    limit = 500_000
    batch = largest_batch(network, IMAGE, limit, training, layout)
    totals = [
        memory(profile(network, (batch + more, *IMAGE), training=training), layout).total for more in (0, 1)
    ]
    assert batch > 4
    assert totals[0] <= limit < totals[1]
    assert largest_batch(network, IMAGE, totals[0], training, layout) == batch
    with pytest.raises(ValueError, match=r"one image takes .* bytes, and there are 1,000"):
        largest_batch(network, IMAGE, 1000, training, layout)


NEEDS = {  # bytes by batch: what networks do, and what they do not
    "a line": lambda n: 1000 + 96 * n,
    "one image is another way": lambda n: 5000 if n == 1 else 1200 + 96 * n,
    "sixteen are another way": lambda n: 1000 + 96 * n + 20_000 * (n >= 16),
    "two peaks": lambda n: max(4_000 + 16 * n, 1000 + 210 * n),
    "few jumps": lambda n: 1000 + 4096 * (n // 64),
    "a root": lambda n: 1000 + round(3000 * n**0.5),
    "a square": lambda n: 1000 + 3 * n * n,
}


@pytest.mark.parametrize("limit", [5_000, 25_800, 31_000, 50_000, 123_457])
@pytest.mark.parametrize("name", NEEDS)
def test_the_line_finds_what_trying_one_after_the_other_finds(name, limit):
    asked = []

    def needed(batch):
        asked.append(batch)
        return NEEDS[name](batch)

    assert _largest(needed, limit) == next(n for n in count(1) if NEEDS[name](n + 1) > limit)
    assert len(asked) <= (4 if name == "a line" else 30)


def test_each_batch_is_profiled_once_for_all_optimizers(monkeypatch):
    asked = []

    def seen(model, size, training):
        asked.append((size[0], training))
        return profile(model, size, training=training)

    monkeypatch.setattr("cnnlab.budget.profile", seen)
    found = largest_batches(network, IMAGE, 500_000)
    assert len(asked) == len(set(asked)) <= 18
    for name in OPTIMIZERS:
        assert found[f"step with {name}"] == largest_batch(network, IMAGE, 500_000, True, optimizer=name)
    assert found["one use"] == largest_batch(network, IMAGE, 500_000)
