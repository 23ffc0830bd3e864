#!/bin/sh
# torch.utils.flop_counter.FlopCounterMode is what other counters are checked against.
# GUESS, written down before: it prints the same total for a network on the CPU and on the meta device.
# FOUND (torch 2.13.0, CPU): an LSTM counts 0 on the CPU and 72,000 on meta (2 * 15 * 80 * 30, which is right), in
# training mode too: oneDNN runs it as one operator, mkldnn_rnn_layer, which the counter does not know. A GRU
# counts 54,000 on both. A TransformerEncoderLayer in evaluation mode counts 81,920 on the CPU, without the
# 12,800 of attention's two products (its fast path and its fused kernel), and 94,720 on meta and in training.
# Who compares a counter with this one does it on meta tensors.
# Output seen: LSTM 0 72000, GRU 54000 54000, encoder 81920 94720, encoder in training 94720 94720
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


def counted(make, shape, device, training):
    with torch.device(device), torch.no_grad(), FlopCounterMode(display=False) as counter:
        make().train(training)(torch.zeros(shape))
    return counter.get_total_flops()


def encoder():
    return nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)


asked = [
    (lambda: nn.LSTM(10, 20), (5, 3, 10), False),
    (lambda: nn.GRU(10, 20), (5, 3, 10), False),
    (encoder, (2, 10, 16), False),
    (encoder, (2, 10, 16), True),
]
said = [[counted(make, shape, device, training) for device in ("cpu", "meta")] for make, shape, training in asked]
print(said)
sys.exit(said != [[0, 72000], [54000, 54000], [81920, 94720], [94720, 94720]])
PY
"$folder/venv/bin/python" "$folder/ask.py"
