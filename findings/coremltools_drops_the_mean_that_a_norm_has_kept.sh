#!/bin/sh
# A torch network becomes a program for Apple's Core ML by coremltools, layer by layer. The program can be read anywhere
# (convert_to="milinternal"); it is run on Apple's systems only, so here it is read.
# GUESS, written down before a sweep over 150 layers and functions: "every layer keeps its options or is refused".
# FOUND (coremltools 9.0, torch 2.13.0, which it calls untested): some forty are refused, and four lose something without a word.
# For each the program is the same, operation by operation and number by number, as for a layer that answers otherwise in torch:
# 1. An instance norm with track_running_stats=True goes, once trained, by the mean and the variance that it has kept, as a batch
#    norm does (style transfer, and networks between images that were trained so). It becomes a norm of the image at hand, and
#    what was kept is not in the program. So a brighter image, which torch answers brighter, is answered as any other.
# 2. interpolate(..., antialias=True) becomes one without: of an image made smaller, pixels are left out again.
# 3. var and std divide by the number less one whatever the correction is, unless it is 0.
# 4. clamp with a lower bound above the upper one, where torch says that all is the upper one, is left out: nothing is clamped.
# Output seen, 2026-12-01 (1 2 3 4 5 6 7 in one row):
# mean of 5 kept: torch [-4, -3, -2, -1, 0, 1, 2], operations ['instance_norm'], as with a mean of 0: torch [1, 2, 3, 4, 5, 6, 7]
# antialias: torch [1.857, 4, 6.143], operations ['upsample_bilinear'], as without: torch [1.667, 4, 6.333]
# correction of 3: torch [7], operations ['reduce_mean', 'sub', 'square', 'reduce_mean', 'mul'], as with 1: torch [4.667]
# correction of 0: torch [4], operations ['reduce_mean', 'sub', 'square', 'reduce_mean'], not as with 1: torch [4.667]
# clamp from 3 to 2: torch [2, 2, 2, 2, 2, 2, 2], operations [], as nothing: torch [1, 2, 3, 4, 5, 6, 7]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 coremltools==9.0 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import coremltools
import numpy as np
import torch
from torch import nn

ROW = torch.arange(1.0, 8).reshape(1, 1, 1, 7)


class Layer(nn.Module):
    """A function as a layer."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def norm(kept):
    layer = nn.InstanceNorm2d(1, eps=0, track_running_stats=True)
    layer.running_mean.fill_(kept)
    return layer


def shrunk(antialias):
    how = {"size": (1, 3), "mode": "bilinear", "antialias": antialias}
    return Layer(lambda x: nn.functional.interpolate(x, **how))


def variance(correction):
    return Layer(lambda x: x.var(3, correction=correction))


def program(layer):
    """The operations of the layer's Core ML program, each with the numbers that it is given."""
    traced = torch.jit.trace(layer, ROW)
    given = [coremltools.TensorType(name="x", shape=ROW.shape)]
    exact, system = coremltools.precision.FLOAT32, coremltools.target.iOS17
    how = {"convert_to": "milinternal", "compute_precision": exact, "minimum_deployment_target": system}
    operations = coremltools.convert(traced, inputs=given, **how).functions["main"].operations
    read = []
    for operation in operations:
        if operation.op_type != "const":
            values = {name: value.val for name, value in operation.inputs.items() if value is not None}
            numbers = {name: np.asarray(value).tolist() for name, value in values.items() if value is not None}
            read.append((operation.op_type, numbers))
    return read


def said(layer):
    return "[" + ", ".join(f"{round(number, 3):g}" for number in layer(ROW).ravel().tolist()) + "]"


cases = {
    "mean of 5 kept": (norm(5), "with a mean of 0", norm(0)),
    "antialias": (shrunk(True), "without", shrunk(False)),
    "correction of 3": (variance(3), "with 1", variance(1)),
    "correction of 0": (variance(0), "with 1", variance(1)),
    "clamp from 3 to 2": (Layer(lambda x: x.clamp(3.0, 2.0)), "nothing", Layer(lambda x: x.clone())),
}
for name, (asked, how, other) in cases.items():
    asked, other = asked.eval(), other.eval()
    converted = program(asked)
    same = "as" if converted == program(other) else "not as"
    operations = [operation for operation, _ in converted]
    print(f"{name}: torch {said(asked)}, operations {operations}, {same} {how}: torch {said(other)}")
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" > "$folder/seen" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
cmp - "$folder/seen" <<'END'
mean of 5 kept: torch [-4, -3, -2, -1, 0, 1, 2], operations ['instance_norm'], as with a mean of 0: torch [1, 2, 3, 4, 5, 6, 7]
antialias: torch [1.857, 4, 6.143], operations ['upsample_bilinear'], as without: torch [1.667, 4, 6.333]
correction of 3: torch [7], operations ['reduce_mean', 'sub', 'square', 'reduce_mean', 'mul'], as with 1: torch [4.667]
correction of 0: torch [4], operations ['reduce_mean', 'sub', 'square', 'reduce_mean'], not as with 1: torch [4.667]
clamp from 3 to 2: torch [2, 2, 2, 2, 2, 2, 2], operations [], as nothing: torch [1, 2, 3, 4, 5, 6, 7]
END
