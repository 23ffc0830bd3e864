#!/bin/sh
# torchinfo says of its multiply-adds that they are those "for the full tensor".
# GUESS, written down before: it counts a transposed convolution "with right number of products (or reports an unsupported
# layer)". Not written down, but from its own words: a Linear layer on a map counts as the 1x1 convolution that it is.
# FOUND (torchinfo 1.8.0, torch 2.13.0): a Linear layer counts once an image, however many tokens or places it works on:
# 14x14 tokens, 196 times too few. So do the mixing layers of a ConvNeXt (which go through Linear), an MLP-Mixer or a Swin
# Transformer, while the same layers as 1x1 convolutions count in full. A transposed convolution is counted at each place
# of its result: by steps of 2, four times too many. A U-Net is overrated, a Transformer underrated.
# Output seen, 2026-11-29 (64 to 64 channels on 14x14 places: torchinfo, torch's FlopCounterMode halved):
# Linear 4096 802816; 1x1 convolution 802816 802816; transposed, window 2 by steps of 2: 12845056 3211264
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install torch==2.13.0 numpy==2.4.6 torchinfo==1.8.0 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import torch
import torchinfo
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def counted(layer, *shape):
    """The products of a layer, by torchinfo and by torch's own counter."""
    said = torchinfo.summary(layer, input_size=shape, verbose=0).total_mult_adds
    with FlopCounterMode(display=False) as counter:
        layer(torch.zeros(shape))
    return said, counter.get_total_flops() // 2


linear = counted(nn.Linear(64, 64, bias=False), 1, 14, 14, 64)
pointwise = counted(nn.Conv2d(64, 64, 1, bias=False), 1, 64, 14, 14)
way_up = counted(nn.ConvTranspose2d(64, 64, 2, stride=2, bias=False), 1, 64, 14, 14)
print("Linear {} {};".format(*linear), "1x1 {} {};".format(*pointwise), "transposed {} {}".format(*way_up))
sys.exit(not (linear == (4096, 802816) and pointwise == (802816, 802816) and way_up == (12845056, 3211264)))
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
