#!/bin/sh
# Two of eight channels are pruned by Torch-Pruning, which follows them through the network and takes the columns that read
# them out of the next layer. Between the layers is a channel shuffle (ShuffleNet), or an image laid with its channels last
# before it is flattened (as heads that come from TensorFlow do).
# GUESS, written down before: "after pruning half of the channels of a network with grouped conv / concat / channel shuffle /
# flatten, the pruned network equals the network in which the same channels are zeroed."
# FOUND (torch-pruning 1.6.1, torch 2.13.0): not where the order is changed. It follows the numbers of the channels and not
# their places, so the next layer loses the columns of other channels, and those that stay are read with foreign
# weights. The shapes fit and nothing is said. nn.ChannelShuffle and ShuffleNet's own way (reshape, transpose, reshape) alike,
# also where as many channels go from each group. A plain flatten and a concatenation are right.
# Output seen, 2026-11-29 (channels 1 to 8, those of 1 and 5 go; the next layer adds up its first four numbers):
# shuffled: zeroed 8.0, pruned 11.0; by reshape: zeroed 8.0, pruned 11.0
# channels last: zeroed 9.0, pruned 5.0; plain flatten: both 4.0; concatenated: both 9.0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install torch==2.13.0 numpy==2.4.6 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
"$folder/venv/bin/pip" -q install --no-deps torch-pruning==1.6.1 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import torch
import torch_pruning
from torch import nn

image = torch.ones(1, 1, 1, 2)


class Network(nn.Module):
    """Eight channels of 1 to 8, a step between, and a layer that adds up the first four numbers."""

    def __init__(self, step, last):
        super().__init__()
        self.first, self.step, self.last = nn.Conv2d(1, 8, 1, bias=False), step, last
        with torch.no_grad():
            self.first.weight.copy_(torch.arange(1.0, 9).reshape(8, 1, 1, 1))
            self.last.weight.zero_()[:, :4] = 1

    def forward(self, x):
        return self.last(self.step(self.first(x)))


def both(step, last):
    """The first number that comes out with channels 0 and 4 zeroed, and with them pruned."""
    network = Network(step, last).eval()
    kept = network.first.weight.detach().clone()
    with torch.no_grad():
        network.first.weight[[0, 4]] = 0
        zeroed = network(image).flatten()[0].item()
        network.first.weight.copy_(kept)
    graph = torch_pruning.DependencyGraph().build_dependency(network, image)
    group = graph.get_pruning_group(network.first, torch_pruning.prune_conv_out_channels, idxs=[0, 4])
    group.prune()
    assert network.first.out_channels == 6
    return zeroed, network(image).flatten()[0].item()


def reshaped(x):
    images, _, rows, columns = x.shape
    return x.reshape(images, 2, -1, rows, columns).transpose(1, 2).reshape(images, -1, rows, columns)


shuffled = both(nn.ChannelShuffle(2), nn.Conv2d(8, 1, 1, bias=False))
by_reshape = both(reshaped, nn.Conv2d(8, 1, 1, bias=False))
channels_last = both(lambda x: x.permute(0, 2, 3, 1).flatten(1), nn.Linear(16, 1, bias=False))
plain = both(lambda x: x.flatten(1), nn.Linear(16, 1, bias=False))
joined = both(lambda x: torch.cat([x, x], 1), nn.Conv2d(16, 1, 1, bias=False))
for name, found in (("shuffled", shuffled), ("by reshape", by_reshape), ("channels last", channels_last)):
    print(name, "zeroed {}, pruned {}".format(*found))
print("plain flatten {} {}, concatenated {} {}".format(*plain, *joined))
seen = shuffled == by_reshape == (8, 11) and channels_last == (9, 5)
sys.exit(not (seen and plain[0] == plain[1] and joined[0] == joined[1]))
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
