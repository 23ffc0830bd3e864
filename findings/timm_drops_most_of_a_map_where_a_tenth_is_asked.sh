#!/bin/sh
# DropBlock: in training, squares of a map are set to zero so that about a share drop_prob of it is. The squares lie within
# the map, and the rate of their centres, gamma = drop_prob * H * W / block**2 / ((H - block + 1) * (W - block + 1)), is made
# for centres within that margin.
# GUESS, written down before: "timm: DropBlock drops about the share asked".
# FOUND (timm 1.0.31, torch 2.13.0): it takes gamma from the formula and draws centres all over the map, so too many by
# H * W / ((H - block + 1) * (W - block + 1)). With its own defaults (a tenth, squares of 7) it drops 93 % of a 7x7 map, the last
# one of a ResNet for 224 pixels: 49 places may each be a centre, and hit at least 16 of 49. As centres the paper has one
# there, and a tenth of the maps goes. What is left is scaled up to the old mean, so nothing shows in it. torchvision does as
# the paper. Up to 1.0.22 timm had the paper's way too (fast=False); it went, and the word is taken still.
# Output seen, 2026-11-29 (a share of 0.1 asked; by count over all windows with centres inside, and everywhere):
# map 7x7, squares of 7: inside 0.100, everywhere 0.930; torchvision 0.100, timm 0.930
# map 7x7, squares of 3: inside 0.095, everywhere 0.149; torchvision 0.095, timm 0.149
# map 14x14, squares of 7: inside 0.093, everywhere 0.209; torchvision 0.091, timm 0.210
# map 28x28, squares of 7: inside 0.094, everywhere 0.133; torchvision 0.094, timm 0.133
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
{
  "$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 pillow==13.0.0 huggingface-hub==2.4.0 \
    safetensors==0.8.0 pyyaml==6.0.3
  "$folder/venv/bin/pip" -q install --no-compile --no-deps torchvision==0.28.0 timm==1.0.31
} 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import numpy as np
import torch

if torch.version.cuda is None:  # torchvision's build wants a GPU's libraries for these two operators, unused here
    for name in ("nms", "qnms"):
        torch.library.define(f"torchvision::{name}", "(Tensor boxes, Tensor scores, float threshold) -> Tensor")
from timm.layers import DropBlock2d  # noqa: E402
from torchvision.ops import drop_block2d  # noqa: E402

ASKED = 0.1


def expected(size, block, margin):
    """The mean share dropped, where each place outside the margin is a centre with probability gamma."""
    gamma = ASKED * size**2 / block**2 / (size - block + 1) ** 2
    centres = np.zeros((size, size))
    centres[margin : size - margin, margin : size - margin] = 1
    around = np.lib.stride_tricks.sliding_window_view(np.pad(centres, block // 2), (block, block))
    return (1 - (1 - gamma) ** around.sum((2, 3))).mean()


def dropped(layer, size):
    """The share of zeros in maps of ones, over five million places."""
    return (layer(torch.ones(5_000_000 // size**2, 1, size, size)) == 0).double().mean().item()


torch.manual_seed(0)
seen = True
for size, block in ((7, 7), (7, 3), (14, 7), (28, 7)):
    inside, everywhere = expected(size, block, block // 2), expected(size, block, 0)
    by_torchvision = dropped(lambda x, block=block: drop_block2d(x, ASKED, block), size)
    by_timm = dropped(DropBlock2d(ASKED, block).train(), size)
    print(f"map {size}x{size}, squares of {block}: inside {inside:.3f}, everywhere {everywhere:.3f}", end="; ")
    print(f"torchvision {by_torchvision:.3f}, timm {by_timm:.3f}")
    seen = seen and abs(by_torchvision - inside) < 0.005 and abs(by_timm - everywhere) < 0.005
sys.exit(not seen)
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
