"""Whatever is hung into a network comes out again, also where the network fails in the middle."""

import pytest
import torch
from torch import nn

from cnnlab.probes import as_deployed, without
from cnnlab.published.networks.trunks import look
from cnnlab.trace import trace


class Failing(nn.Module):
    def forward(self, x):
        raise RuntimeError("in the middle")


def broken():
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), Failing())


def ran_through(network):
    network(torch.empty(1, 3, 8, 8, device="meta"))


def without_its_norm(network):
    with without(network, "1"):
        ran_through(network)


def deployed(network):
    with as_deployed(network):
        ran_through(network)


USES = {
    "look": lambda network: look(network, 8, 8),
    "trace": lambda network: trace(network, [torch.empty(1, 3, 8, 8, device="meta")], lambda event: None),
    "without": without_its_norm,
    "as_deployed": deployed,
}


def state(network):
    """What each module is made of, its hooks and patched methods included."""
    return [
        (module, module.training, "forward" in vars(module), len(module._forward_hooks))
        for module in network.modules()
    ]


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_network_that_fails_is_left_as_it_was(use):
    with torch.device("meta"):
        network = broken()
    before = state(network)
    with pytest.raises(RuntimeError, match="in the middle"):
        use(network)
    assert state(network) == before
