#!/bin/sh
# An average pool whose last window reaches beyond the padding (ceil_mode=True), converted by OpenVINO.
# GUESS, written down before: it divides as torch does, by what lies in the image and its padding.
# FOUND (openvino 2026.4.1, torch 2.13.0): where padding counts (count_include_pad=True, torch's default) and there is
# some, OpenVINO divides by the whole window, also for the part beyond the padding. Without padding, or where padding
# does not count, the two agree, so a network has to have all three for its border to be another.
# Output seen (1 2 3 4, one place of padding at each end, windows of three by steps of two):
# torch [1.0, 3.0, 2.0], OpenVINO [1.0, 3.0, 1.333]; without padding both [2.0, 3.5]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install torch==2.13.0 numpy==2.4.6 openvino==2026.4.1 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import openvino
import torch


def both(padding, counted=True):
    layer = torch.nn.AvgPool2d((1, 3), (1, 2), (0, padding), ceil_mode=True, count_include_pad=counted).eval()
    row = torch.arange(1.0, 5).reshape(1, 1, 1, 4)
    model = openvino.convert_model(layer, example_input=row)
    compiled = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return [[round(v, 3) for v in result.ravel().tolist()] for result in (layer(row).numpy(), compiled(row.numpy())[0])]


padded, bare, uncounted = both(1), both(0), both(1, counted=False)
print("padded: torch {}, OpenVINO {}".format(*padded), "bare:", *bare, "uncounted:", *uncounted)
agree = bare[0] == bare[1] and uncounted[0] == uncounted[1]
sys.exit(not (padded == [[1, 3, 2], [1, 3, 1.333]] and agree))
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
