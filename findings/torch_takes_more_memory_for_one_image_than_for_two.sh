#!/bin/sh
# How much memory a convolution takes for its work decides what fits onto a small machine.
# GUESS, written down before: a batch of two images takes at least as much as one.
# FOUND (torch 2.13.0, CPU, x86): not where one image has at most 20,480 numbers. Then torch does not call oneDNN: it
# writes each window out as a column, nine times the image for a 3x3 kernel. From two images on, or from 20,481
# numbers, oneDNN works, on copies in blocks. So one image of 16x32x32 takes 589,824 bytes beside its result (4 bytes
# for 9 * 16 numbers at each of its places), and two take 140,288 together. Who measures the peak of one image and
# multiplies by the batch is wrong by much.
# Output seen (a processor with AVX-512; oneDNN's numbers differ with the processor, so the test asks for half):
# one 589824, two 140288, one of 41 columns 93184
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install torch==2.13.0 numpy==2.4.6 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import torch
from torch import nn

torch.set_num_threads(1)
layer = nn.Conv2d(16, 16, 3, padding=1, bias=False)


def borrowed(*shape):
    """Bytes that the layer holds beside its result while it works, as torch's own profiler notes them."""
    x = torch.zeros(shape)
    with torch.no_grad():
        layer(x)
        with torch.autograd.profiler.profile(profile_memory=True) as recorded:
            result = layer(x)
    now = peak = 0
    for event in recorded.kineto_results.events():
        if event.name() == "[memory]":
            now += event.nbytes()
            peak = max(peak, now)
    return peak - result.nbytes


one, two, wider = borrowed(1, 16, 32, 32), borrowed(2, 16, 32, 32), borrowed(1, 16, 32, 41)
print(f"one {one}, two {two}, one of 41 columns {wider}")
sys.exit(not (one == 4 * 9 * 16 * 32 * 32 and max(two, wider) < one / 2))
PY
"$folder/venv/bin/python" "$folder/ask.py"
