#!/bin/sh
# Who reports the cost of a training step takes it from torch.utils.flop_counter.FlopCounterMode.
# GUESS, written down before: the backward pass of a convolution counts twice its forward pass, whatever its
# groups: the gradient of the input and that of the weights are as many products each.
# FOUND (torch 2.13.0, CPU): only without groups. The weights' gradient of a grouped convolution is counted as that
# of a full one: the backward pass of 64 channels in g groups counts 1 + g times the forward pass, 65 times for a
# depthwise layer where 2 is right (each of its 576 weights meets 64 positions: 73,728 for either gradient).
# The forward pass is right. Who counts a training step of MobileNet, ResNeXt or ShuffleNet with it corrects for it.
# Output seen: 1: 2.0, 2: 3.0, 8: 9.0, 64: 65.0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install torch==2.13.0 numpy==2.4.6 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

said = {}
for groups in (1, 2, 8, 64):
    layer = nn.Conv2d(64, 64, 3, padding=1, groups=groups, bias=False)
    x = torch.zeros(1, 64, 8, 8, requires_grad=True)
    with FlopCounterMode(display=False) as forward:
        layer(x)
    assert forward.get_total_flops() == 2 * 64 * (64 // groups) * 9 * 64
    with FlopCounterMode(display=False) as both:
        layer(x).sum().backward()
    said[groups] = both.get_total_flops() / forward.get_total_flops() - 1
print(said)
sys.exit(said != {1: 2.0, 2: 3.0, 8: 9.0, 64: 65.0})
PY
"$folder/venv/bin/python" "$folder/ask.py"
