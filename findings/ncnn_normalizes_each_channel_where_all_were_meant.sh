#!/bin/sh
# A LayerNorm over a whole image, channels, rows and columns, converted by pnnx and run by ncnn.
# GUESS, written down before: torch -> pnnx -> ncnn "gives what torch gives for" norms.
# FOUND (ncnn 1.0.20261020, pnnx 20261020, torch 2.13.0): pnnx writes a LayerNorm over as many numbers as the image has, and
# ncnn does not know one over three axes: it normalizes each channel by itself, with its own mean. Without a word. So that
# one channel is brighter than another, which the layer keeps, is gone. It also takes the first channel's factors and
# shifts for all channels. Over the columns alone, and over rows and columns, both are right; so is a GroupNorm of one
# group, which is the same layer where the factors are one.
# Output seen, 2026-11-29 (1 2 3 4 in one channel, 5 6 7 8 in another, in thousandths):
# all three axes:   torch [-1528, -1091, -655, -218, 218, 655, 1091, 1528]
#                   ncnn  [-1342, -447, 447, 1342, -1342, -447, 447, 1342]
# shifted by 0, 0, 0, 0, 9, 9, 9, 9: torch moves the second channel by 9000, ncnn by 0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install torch==2.13.0 numpy==2.4.6 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
"$folder/venv/bin/pip" -q install --no-deps ncnn==1.0.20261020 pnnx==20261020 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import pathlib
import subprocess
import sys

import ncnn
import numpy as np
import torch
from torch import nn

torch.set_grad_enabled(False)
image = torch.arange(1.0, 9).reshape(1, 2, 2, 2)


def both(layer):
    """What torch and what ncnn make of the image, in thousandths: a convolution that changes nothing, then the layer."""
    same = nn.Conv2d(2, 2, 1, bias=False)
    nn.init.dirac_(same.weight)
    network = nn.Sequential()
    network.add_module("same", same)
    network.add_module("layer", layer)
    torch.jit.trace(network.eval(), image).save("network.pt")
    program = pathlib.Path(sys.executable).with_name("pnnx")
    asked = [program, "network.pt", "inputshape=[1,2,2,2]", "fp16=0"]
    subprocess.run(asked, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    reader = ncnn.Net()
    reader.opt.use_fp16_packed = reader.opt.use_fp16_storage = reader.opt.use_fp16_arithmetic = False
    assert reader.load_param("network.ncnn.param") == reader.load_model("network.ncnn.bin") == 0
    extractor = reader.create_extractor()
    extractor.input("in0", ncnn.Mat(image[0].numpy()).clone())
    code, result = extractor.extract("out0")
    assert code == 0
    return [np.round(1000 * array).astype(int).ravel() for array in (network(image).numpy(), np.array(result))]


whole, plain = both(nn.LayerNorm((2, 2, 2))), both(nn.GroupNorm(1, 2))
map_wise, row_wise = both(nn.LayerNorm((2, 2))), both(nn.LayerNorm(2))
shifting = nn.LayerNorm((2, 2, 2))
shifting.bias[1] = 9
shifted = [(after - before)[4:].tolist() for after, before in zip(both(shifting), whole)]
print("all three axes: torch {}, ncnn {}".format(*(w.tolist() for w in whole)))
print("second channel moved by: torch {}, ncnn {}".format(*shifted))
alike = [bool(abs(one - other).max() <= 1) for one, other in (plain, map_wise, row_wise)]
print("one group, a map, a row alike:", alike)
seen = abs(whole[0] - [-1528, -1091, -655, -218, 218, 655, 1091, 1528]).max() <= 1
seen = seen and abs(whole[1] - 2 * [-1342, -447, 447, 1342]).max() <= 1
sys.exit(not (seen and shifted == [[9000] * 4, [0] * 4] and all(alike)))
PY
(cd "$folder" && venv/bin/python ask.py 2> said) || { tail -3 "$folder/said"; exit 1; }
