#!/bin/sh
# Pools whose last window may overhang (ceil_mode=True), with padding, converted by pnnx and run by ncnn. In torch a
# window that would begin in the padding behind the image is left out.
# GUESS, written down before: torch -> pnnx -> ncnn "gives what torch gives for" pools with ceil_mode / count_include_pad.
# FOUND (ncnn 1.0.20261020, pnnx 20261020, torch 2.13.0), two kinds, both silent:
# 1. ncnn keeps that window. A map of 3 pooled in twos with one place of padding comes out with 3 places where torch has 2.
#    In an average pool the place too many is 0; in a maximum it is the lowest number that there is, -3.4e38. A global mean
#    behind it is then another. Where the last window begins in the image, the maxima are alike.
# 2. An average window that overhangs is divided by its whole size, without padding too: one number 3 becomes 1.5. With
#    count_include_pad=False ncnn divides as torch does.
# Output seen, 2026-11-29 (1 2 3, windows of two by twos, a place of padding at each end; the mean of the result after):
# maximum: torch [1.0, 3.0], ncnn [1.0, 3.0, -3.4028234663852886e+38]
# average: torch [0.5, 2.5], ncnn [0.5, 2.5, 0.0], global mean after it: torch [1.5], ncnn [1.0]
# average without padding: torch [1.5, 3.0], ncnn [1.5, 1.5]; count_include_pad=False: both [1.5, 3.0]
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


def both(numbers, *layers):
    """What torch and what ncnn make of a row of numbers: a convolution that changes nothing, then the layers."""
    row = torch.arange(1.0, numbers + 1).reshape(1, 1, 1, -1)
    same = nn.Conv2d(1, 1, 1, bias=False)
    nn.init.dirac_(same.weight)
    network = nn.Sequential()
    for number, layer in enumerate((same, *layers)):
        network.add_module(f"layer{number}", layer)
    torch.jit.trace(network.eval(), row).save("network.pt")
    program = pathlib.Path(sys.executable).with_name("pnnx")
    asked = [program, "network.pt", f"inputshape=[1,1,1,{numbers}]", "fp16=0"]
    subprocess.run(asked, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    reader = ncnn.Net()
    reader.opt.use_fp16_packed = reader.opt.use_fp16_storage = reader.opt.use_fp16_arithmetic = False
    assert reader.load_param("network.ncnn.param") == reader.load_model("network.ncnn.bin") == 0
    extractor = reader.create_extractor()
    extractor.input("in0", ncnn.Mat(row[0].numpy()).clone())
    code, result = extractor.extract("out0")
    assert code == 0
    return [array.ravel().astype(float).tolist() for array in (network(row).numpy(), np.array(result))]


given = {"kernel_size": (1, 2), "stride": (1, 2), "ceil_mode": True}
maximum = both(3, nn.MaxPool2d(padding=(0, 1), **given))
average = both(3, nn.AvgPool2d(padding=(0, 1), **given))
mean = both(3, nn.AvgPool2d(padding=(0, 1), **given), nn.AdaptiveAvgPool2d(1))
print("maximum: torch {}, ncnn {}".format(*maximum))
print("average: torch {}, ncnn {}".format(*average), "mean after it: torch {}, ncnn {}".format(*mean))
plain = both(3, nn.AvgPool2d(**given))
print("average without padding: torch {}, ncnn {}".format(*plain))
fair = both(3, nn.AvgPool2d(count_include_pad=False, **given))
four = both(4, nn.MaxPool2d(padding=(0, 1), **given))
print("count_include_pad=False", fair, "maximum of four numbers", four)
seen = maximum[0] == [1, 3] and maximum[1][:2] == [1, 3] and len(maximum[1]) == 3 and maximum[1][2] < -1e30
seen = seen and average == [[0.5, 2.5], [0.5, 2.5, 0]] and mean == [[1.5], [1.0]] and plain == [[1.5, 3], [1.5, 1.5]]
sys.exit(not (seen and fair == [[1.5, 3]] * 2 and four == [[1, 3, 4]] * 2))
PY
(cd "$folder" && venv/bin/python ask.py 2> said) || { tail -3 "$folder/said"; exit 1; }
