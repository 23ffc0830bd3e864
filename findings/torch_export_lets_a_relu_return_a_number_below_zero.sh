#!/bin/sh
# torch.onnx.export optimizes what it writes, by onnxscript: clips that follow each other become one, a ReLU being a clip at 0.
# GUESS, with which the comparison began: the file computes what the network does, wherever the two ranges lie.
# FOUND (torch 2.13.0, onnxscript 0.7.2; run by onnxruntime 1.32.0): the larger lower bound and the smaller upper one are put
# into one Clip. Where the first range lies below the second, that Clip's lower bound is above its upper one, and ONNX gives
# the upper one then: a ReLU after a clip to [-3, -1] returns -1, a clip to [2, 3] after one to [0, 1] returns 1. The other
# way round, the first range above the second, the result is right, and so is the file that is written with optimize=False.
# Output seen, 2026-11-29 (x is -5, -2, 0, 4):
# hardtanh(-3, -1), then relu: torch [0, 0, 0, 0], not optimized [0, 0, 0, 0], exported [-1, -1, -1, -1]
# clamp(0, 1), then clamp(2, 3): torch [2, 2, 2, 2], not optimized [2, 2, 2, 2], exported [1, 1, 1, 1]
# clamp(2, 3), then clamp(0, 1): torch [1, 1, 1, 1], not optimized [1, 1, 1, 1], exported [1, 1, 1, 1]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 \
  2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import onnxruntime
import torch
from torch import nn
from torch.nn import functional

x = torch.tensor([-5.0, -2, 0, 4])


class Network(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def whole(values):
    return [int(value) for value in values]


def exported(network, optimize):
    file = f"{sys.argv[1]}/network.onnx"
    torch.onnx.export(network, (x,), file, input_names=["x"], dynamo=True, optimize=optimize, verbose=False)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return whole(session.run(None, {"x": x.numpy()})[0])


ASKED = {
    "hardtanh(-3, -1), then relu": lambda x: functional.relu(functional.hardtanh(x, -3, -1)),
    "clamp(0, 1), then clamp(2, 3)": lambda x: x.clamp(0, 1).clamp(2, 3),
    "clamp(2, 3), then clamp(0, 1)": lambda x: x.clamp(2, 3).clamp(0, 1),
}
found = []
for name, function in ASKED.items():
    network = Network(function)
    found.append((whole(network(x)), exported(network, False), exported(network, True)))
    print("{}: torch {}, not optimized {}, exported {}".format(name, *found[-1]))
sys.exit([[row[0] for row in each] for each in found] != [[0, 0, -1], [2, 2, 1], [1, 1, 1]])
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" "$folder" 2> "$folder/log" || { cat "$folder/log"; exit 1; }
