#!/bin/sh
# Two small operators of torch in a network that pnnx converts for ncnn: rsub with a factor, 3 - 2x (2 is `alpha`, "the
# multiplier for input", x), and a remainder, which in torch has the sign of the divisor (places in a window, angles).
# GUESS, written down before, for convolutions, pools, resizing, norms and pads: torch -> pnnx -> the generated torch module,
# and -> ncnn, "gives what torch gives". These two came along in the same sweep; torch's documentation says what they are.
# FOUND (pnnx 20261020, ncnn 1.0.20261020, torch 2.13.0), two kinds, both silent:
# 1. pnnx multiplies the other number: 3 * 2 - x. Its torch network is wrong by as much as ncnn's. With sub, whose
#    factor belongs to the second number, x - 2 * 3, it is right.
# 2. ncnn's remainder is what is left from the nearest multiple, as C's remainder() has it: 2 by 3 leaves -1.
#    pnnx's torch network is right there.
# Output seen, 2026-11-29 (x = -1, 0, 1, 2):
# 3 - 2x:           torch [5, 3, 1, -1], pnnx [7, 6, 5, 4], ncnn [7, 6, 5, 4]
# remainder by 3:   torch [2, 0, 1, 2],  pnnx [2, 0, 1, 2], ncnn [-1, 0, 1, -1]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install torch==2.13.0 numpy==2.4.6 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
"$folder/venv/bin/pip" -q install --no-deps ncnn==1.0.20261020 pnnx==20261020 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import pathlib
import runpy
import subprocess
import sys

import ncnn
import numpy as np
import torch

torch.set_grad_enabled(False)
row = torch.arange(-1.0, 3).reshape(1, 1, 1, 4)


class Network(torch.nn.Module):
    def __init__(self, formula):
        super().__init__()
        self.same, self.formula = torch.nn.Conv2d(1, 1, 1, bias=False), formula
        torch.nn.init.dirac_(self.same.weight)

    def forward(self, x):
        return self.formula(self.same(x))


def three(formula):
    """What torch, pnnx's network for torch, and ncnn make of the row."""
    network = Network(formula).eval()
    torch.jit.trace(network, row).save("network.pt")
    program = pathlib.Path(sys.executable).with_name("pnnx")
    asked = [program, "network.pt", "inputshape=[1,1,1,4]", "fp16=0"]
    subprocess.run(asked, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    written = runpy.run_path("network_pnnx.py")["Model"]().eval()
    reader = ncnn.Net()
    reader.opt.use_fp16_packed = reader.opt.use_fp16_storage = reader.opt.use_fp16_arithmetic = False
    assert reader.load_param("network.ncnn.param") == reader.load_model("network.ncnn.bin") == 0
    extractor = reader.create_extractor()
    extractor.input("in0", ncnn.Mat(row[0].numpy()).clone())
    code, result = extractor.extract("out0")
    assert code == 0
    results = [network(row).numpy(), written(row).numpy(), np.array(result)]
    return [np.round(result).astype(int).ravel().tolist() for result in results]


reverse = three(lambda x: torch.rsub(x, 3, alpha=2))
forward = three(lambda x: torch.sub(x, 3, alpha=2))
left = three(lambda x: torch.remainder(x, 3))
for name, found in (("3 - 2x", reverse), ("x - 2 * 3", forward), ("remainder by 3", left)):
    print(name, "torch {}, pnnx {}, ncnn {}".format(*found))
seen = reverse == [[5, 3, 1, -1], [7, 6, 5, 4], [7, 6, 5, 4]] and forward == [[-7, -6, -5, -4]] * 3
sys.exit(not (seen and left == [[2, 0, 1, 2], [2, 0, 1, 2], [-1, 0, 1, -1]]))
PY
(cd "$folder" && venv/bin/python ask.py 2> said) || { tail -3 "$folder/said"; exit 1; }
