#!/bin/sh
# Bicubic interpolation weighs four pixels by a curve with one free coefficient: -0.75 in torch and OpenCV, -0.5 in Pillow and
# jax. align_corners says where a new pixel reads, and MindSpore documents it as a formula of places.
# EXPECTED, as a comparison of MindSpore with torch was written (its guess, "as torch", was on pools; resizing came along): one
# curve, read at other places.
# FOUND (mindspore 2.10.0 on a CPU, torch 2.13.0): ops.interpolate(mode="bicubic") changes the curve with the option. With
# align_corners=True it is torch's, and the border's pixel is repeated. Without, which is the default, the coefficient is -0.5,
# and what would lie outside is left out and the rest weighed more. So at the same place between the same pixels, a quarter
# of the way, the two give other numbers, and a network that comes from torch with its default gets another image at
# each of its pixels, without a word. Both are TensorFlow's curves: of TensorFlow 2, and of 1 with aligned corners. "bilinear",
# "nearest" and "area" are as in torch.
# Output seen, 2026-12-01 (the weights of the four pixels about a place a quarter behind the second; at the border, not aligned,
# those of the first two pixels for a place a quarter before the first):
# aligned:     torch [-0.105, 0.879, 0.262, -0.035], MindSpore [-0.105, 0.879, 0.262, -0.035]
# not aligned: torch [-0.105, 0.879, 0.262, -0.035], MindSpore [-0.07, 0.867, 0.227, -0.023]
# border:      torch [1.105, -0.105], MindSpore [1.088, -0.088]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 mindspore==2.10.0 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import mindspore
import numpy as np
import torch
from mindspore import ops

PIXELS = 17


def rows(columns, aligned):
    """Each pixel's row of weights by torch and by MindSpore: images of one bright column each, resized."""
    images = np.tile(np.eye(PIXELS, dtype=np.float32)[:, None, None], (1, 1, 4, 1))
    how = {"size": (4, columns), "mode": "bicubic", "align_corners": aligned}
    by_torch = torch.nn.functional.interpolate(torch.from_numpy(images), **how).numpy()
    return [made[:, 0, 1] for made in (by_torch, ops.interpolate(mindspore.Tensor(images), **how).asnumpy())]


def say(name, rows, pixels, place):
    said = [[round(float(weight), 3) for weight in row[pixels, place]] for row in rows]
    print(f"{name:12} torch {said[0]}, MindSpore {said[1]}")


# four new columns for each gap between two of the 17, the corners on each other: column 4 i + 1 lies at i + 1/4
say("aligned:", rows(4 * (PIXELS - 1) + 1, True), slice(4, 8), 4 * 5 + 1)
# twice as many columns: column 2 i + 1 lies at i + 1/4
doubled = rows(2 * PIXELS, False)
say("not aligned:", doubled, slice(4, 8), 2 * 5 + 1)
# column 0 lies at -1/4
say("border:", doubled, slice(0, 2), 0)
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" > "$folder/seen" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
cmp - "$folder/seen" <<'END'
aligned:     torch [-0.105, 0.879, 0.262, -0.035], MindSpore [-0.105, 0.879, 0.262, -0.035]
not aligned: torch [-0.105, 0.879, 0.262, -0.035], MindSpore [-0.07, 0.867, 0.227, -0.023]
border:      torch [1.105, -0.105], MindSpore [1.088, -0.088]
END
