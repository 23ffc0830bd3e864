#!/bin/sh
# ExecuTorch lowers a network to XNNPACK for phones: an activation becomes the output range of the convolution or the linear
# layer before it. What if a second one follows, as where a block that ends in ReLU6 meets one that begins with ReLU?
# GUESS, with which the comparison began: both hold, by one range or by one range and a clamp.
# FOUND (executorch 1.5.1, torch 2.13.0): the second range replaces the first. ReLU6 and then ReLU lets numbers above 6
# through, ReLU and then Hardtanh lets numbers below 0. After a linear layer it is the same. Where no layer stands before
# them, and where the portable kernels run the same program, both hold.
# Output seen, 2026-11-29 (a layer that hands on -2, 3, 9; Hardtanh is from -1 to 1):
# convolution, ReLU6, ReLU: torch [0, 3, 6], portable [0, 3, 6], XNNPACK [0, 3, 9]
# convolution, ReLU, Hardtanh: torch [0, 1, 1], portable [0, 1, 1], XNNPACK [-1, 1, 1]
# linear, ReLU6, ReLU: torch [0, 3, 6], portable [0, 3, 6], XNNPACK [0, 3, 9]
# ReLU6, ReLU: torch [0, 3, 6], portable [0, 3, 6], XNNPACK [0, 3, 6]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 pandas==2.3.3 pyyaml==6.0.3 tabulate==0.9.0 \
  flatbuffers==25.9.23 ruamel.yaml==0.18.16 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
"$folder/venv/bin/pip" -q install --no-compile --no-deps executorch==1.5.1 torchao==0.18.0 \
  2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.exir import to_edge_transform_and_lower
from executorch.runtime import Runtime
from torch import nn

x = torch.tensor([-2.0, 3, 9]).reshape(1, 1, 1, 3)


def lowered(network, partitioners):
    exported = torch.export.export(network.eval(), (x,))
    program = to_edge_transform_and_lower(exported, partitioner=partitioners).to_executorch()
    return Runtime.get().load_program(program.buffer).load_method("forward").execute([x])[0]


def whole(values):
    return [round(value) for value in values.ravel().tolist()]


def handing_on(layer):
    nn.init.zeros_(layer.bias)
    nn.init.ones_(layer.weight) if layer.weight.ndim == 4 else nn.init.eye_(layer.weight)
    return layer


ASKED = {
    "convolution, ReLU6, ReLU": (handing_on(nn.Conv2d(1, 1, 1)), nn.ReLU6(), nn.ReLU()),
    "convolution, ReLU, Hardtanh": (handing_on(nn.Conv2d(1, 1, 1)), nn.ReLU(), nn.Hardtanh()),
    "linear, ReLU6, ReLU": (handing_on(nn.Linear(3, 3)), nn.ReLU6(), nn.ReLU()),
    "ReLU6, ReLU": (nn.ReLU6(), nn.ReLU()),
}
found = []
for name, layers in ASKED.items():
    network = nn.Sequential(*layers)
    found.append((whole(network(x)), whole(lowered(network, [])), whole(lowered(network, [XnnpackPartitioner()]))))
    print("{}: torch {}, portable {}, XNNPACK {}".format(name, *found[-1]))
true, hard = [0, 3, 6], [0, 1, 1]
sys.exit(found != [(true, true, [0, 3, 9]), (hard, hard, [-1, 1, 1]), (true, true, [0, 3, 9]), (true, true, true)])
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" 2> "$folder/log" || { cat "$folder/log"; exit 1; }
