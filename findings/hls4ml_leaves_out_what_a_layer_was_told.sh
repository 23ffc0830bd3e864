#!/bin/sh
# hls4ml turns a torch network into C++ for a programmable chip, and runs that C++ (by g++) to check it. How far does it follow a
# layer's options? A convolution with groups it refuses by name.
# GUESS, with which the comparison began: what it takes it computes as torch does, up to its fixed point, and the rest it refuses.
# FOUND (hls4ml 1.3.0, torch 2.13.0): three options are dropped without a word. A Threshold puts 0 where its value was
# asked, and a pool forgets its dilation and its ceil_mode, so that even the size is another one. (Of a bilinear upsampling,
# which becomes a nearest one, a warning tells.) A padded mean that leaves its zeros out is exact.
# Output seen, 2026-11-29:
# mean, zeros left out torch [2, 6]        hls4ml [2, 6]
# Threshold(3, 20)     torch [20, 4, 20, 8] hls4ml [0, 4, 0, 8]
# maximum, dilation 2  torch [2, 8]        hls4ml [4, 4, 8]
# maximum, ceil_mode   torch [4, 8, 1]     hls4ml [4, 8]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 hls4ml==1.3.0 \
  2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import contextlib
import io
import sys
import tempfile

import hls4ml
import numpy as np
import torch
from torch import nn


def on_chip(layer, row):
    """What the C++ returns for a map of one channel and one row."""
    shape = (1, *row.shape[2:])
    options = hls4ml.utils.config_from_pytorch_model(
        layer, shape, "name", default_precision="fixed<32,16>", backend="Vivado",
        channels_last_conversion="full", transpose_outputs=False,
    )
    folder = tempfile.mkdtemp(dir=sys.argv[1])
    model = hls4ml.converters.convert_from_pytorch_model(
        layer, output_dir=folder, hls_config=options, backend="Vivado", io_type="io_parallel"
    )
    model.compile()
    return model.predict(row.numpy())


def told(values):
    return [round(float(value)) for value in np.ravel(values)]


ASKED = {
    "mean, zeros left out": (nn.AvgPool2d((1, 2), 2, (0, 1), count_include_pad=False), [2.0, 6]),
    "Threshold(3, 20)": (nn.Threshold(3, 20), [1.0, 4, 2, 8]),
    "maximum, dilation 2": (nn.MaxPool2d((1, 2), 1, dilation=2), [1.0, 4, 2, 8]),
    "maximum, ceil_mode": (nn.MaxPool2d((1, 2), 2, ceil_mode=True), [1.0, 4, 2, 8, 1]),
}
found = {}
for name, (layer, values) in ASKED.items():
    row = torch.tensor(values).reshape(1, 1, 1, -1)
    with contextlib.redirect_stdout(io.StringIO()):
        chip = on_chip(nn.Sequential(layer).eval(), row)
    found[name] = told(layer(row)), told(chip)
    print(f"{name:20}", "torch", found[name][0], "hls4ml", found[name][1])
sys.exit(
    list(found.values())
    != [([2, 6], [2, 6]), ([20, 4, 20, 8], [0, 4, 0, 8]), ([2, 8], [4, 4, 8]), ([4, 8, 1], [4, 8])]
)
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" "$folder"
