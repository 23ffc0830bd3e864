#!/bin/sh
# Two small operators of torch, converted by OpenVINO: softplus with a beta (Mish-like activations, variances), and a
# division rounded down (places of a window, patches).
# GUESS, written down before: what OpenVINO cannot say it refuses, as it refuses softshrink and hardshrink.
# FOUND (openvino 2026.4.1, torch 2.13.0): both are converted without a word. Softplus has beta 1 whatever was asked.
# `//` rounds whole numbers toward zero: -7 // 3 is -2, and -1 // 3 is 0.
# Output seen:
# softplus, beta 2, of -1, 0, 1: torch [0.063, 0.347, 1.063], OpenVINO [0.313, 0.693, 1.313]
# -7, -1, 7 divided by 3: torch [-3, -1, 2], OpenVINO [-2, 0, 2]
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


class Floor(torch.nn.Module):
    def forward(self, x):
        return x // 3


def both(layer, x):
    """What torch and what OpenVINO on the CPU, in 32 bits, make of a layer."""
    model = openvino.convert_model(layer.eval(), example_input=x)
    compiled = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return [[round(v, 3) for v in result.ravel().tolist()] for result in (layer(x).numpy(), compiled(x.numpy())[0])]


plus = both(torch.nn.Softplus(beta=2), torch.tensor([-1.0, 0, 1]))
one = both(torch.nn.Softplus(), torch.tensor([-1.0, 0, 1]))
down = both(Floor(), torch.tensor([-7, -1, 7]))
print("softplus: torch {}, OpenVINO {}".format(*plus))
print("divided: torch {}, OpenVINO {}".format(*down))
seen = plus == [[0.063, 0.347, 1.063], one[0]] and down == [[-3, -1, 2], [-2, 0, 2]]
sys.exit(not (seen and one[0] == one[1]))
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
