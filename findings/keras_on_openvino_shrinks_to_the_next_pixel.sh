#!/bin/sh
# keras.ops.image.resize, on which the layer Resizing rests, on two backends: jax, and OpenVINO, for networks that are trained.
# GUESS, written down before a comparison of 288 calls of operations: on OpenVINO each gives what it gives on jax, to three
# digits, or is refused.
# FOUND (Keras 3.15.1; openvino 2026.4.1, jax 0.10.2): convolutions, pools, normalizations and activations do. Resizing
# differs in four ways, without a word:
# 1. "nearest", shrunk: OpenVINO takes the pixel after the one in which the new pixel's middle lies. Of ten columns made four
#    each is one too far. Halved or enlarged both agree. Resizing shrinks masks so, whose images stay where they are.
# 2. "bicubic" with antialias=True: shrunk, it is what it is without.
# 3. "bilinear" with antialias=True: where the columns are shrunk, rows that grow are no longer interpolated but repeated.
# 4. "bicubic": the first and last pixels are others (jax leaves out what lies outside, OpenVINO repeats the border).
# (On torch 2.13.0 the first three are as on jax; in the fourth it differs all over, its curve having another coefficient.)
# Output seen, 2026-11-30:
# jax      0 to 9, nearest to 4: 1 3 6 8
# jax      0 to 9, nearest to 6: 0 2 4 5 7 9
# jax      0 to 9, nearest to 5: 1 3 5 7 9
# jax      0 to 9, nearest to 15: 0 1 1 2 3 3 4 5 5 6 7 7 8 9 9
# jax      bicubic to 5: [0.41, 2.5, 4.5, 6.5, 8.59] with antialias [0.54, 2.46, 4.5, 6.54, 8.46]
# jax      rows 0 to 3, antialias to 8 x 10: [0.0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.0]
# jax      rows 0 to 3, antialias to 8 x 5: [0.0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.0]
# jax      Resizing to 4: image [0.75, 3.25, 5.75, 8.25], mask [1.0, 3.0, 6.0, 8.0]
# openvino 0 to 9, nearest to 4: 2 4 7 9
# openvino 0 to 9, nearest to 6: 1 3 5 6 8 9
# openvino 0 to 9, nearest to 5: 1 3 5 7 9
# openvino 0 to 9, nearest to 15: 0 1 1 2 3 3 4 5 5 6 7 7 8 9 9
# openvino bicubic to 5: [0.44, 2.5, 4.5, 6.5, 8.56] with antialias [0.44, 2.5, 4.5, 6.5, 8.56]
# openvino rows 0 to 3, antialias to 8 x 10: [0.0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.0]
# openvino rows 0 to 3, antialias to 8 x 5: [0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0]
# openvino Resizing to 4: image [0.75, 3.25, 5.75, 8.25], mask [2.0, 4.0, 7.0, 9.0]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile numpy==2.4.6 keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 openvino==2026.4.1 \
  2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import os

import numpy as np
from keras import layers, ops

backend = f"{os.environ['KERAS_BACKEND']:8}"
row = np.arange(10, dtype=np.float32).reshape(1, 1, 10, 1)
rows = np.tile(np.arange(4, dtype=np.float32).reshape(1, 4, 1, 1), (1, 1, 10, 1))


def told(resized):
    return [round(float(number), 2) for number in np.ravel(ops.convert_to_numpy(resized))]


def made(image, height, width, interpolation, antialias=False):
    """The first column of what comes out, or its only row."""
    resized = ops.image.resize(image, (height, width), interpolation, antialias=antialias, data_format="channels_last")
    return told(resized if height == 1 else resized[:, :, 0])


for width in (4, 6, 5, 15):
    numbers = made(row, 1, width, "nearest")
    print(f"{backend} 0 to 9, nearest to {width}:", *map(int, numbers))
print(backend, "bicubic to 5:", made(row, 1, 5, "bicubic"), "with antialias", made(row, 1, 5, "bicubic", True))
for width in (10, 5):
    print(backend, f"rows 0 to 3, antialias to 8 x {width}:", made(rows, 8, width, "bilinear", True))
both = layers.Resizing(1, 4)({"images": row.copy(), "segmentation_masks": row.copy()})
print(backend, "Resizing to 4: image {images}, mask {segmentation_masks}".format(**{k: told(v) for k, v in both.items()}))
PY
for backend in jax openvino; do
  KERAS_HOME=$folder KERAS_BACKEND=$backend "$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" ||
    { tail -3 "$folder/said"; exit 1; }
done > "$folder/seen"
cat "$folder/seen"
cmp - "$folder/seen" <<'END'
jax      0 to 9, nearest to 4: 1 3 6 8
jax      0 to 9, nearest to 6: 0 2 4 5 7 9
jax      0 to 9, nearest to 5: 1 3 5 7 9
jax      0 to 9, nearest to 15: 0 1 1 2 3 3 4 5 5 6 7 7 8 9 9
jax      bicubic to 5: [0.41, 2.5, 4.5, 6.5, 8.59] with antialias [0.54, 2.46, 4.5, 6.54, 8.46]
jax      rows 0 to 3, antialias to 8 x 10: [0.0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.0]
jax      rows 0 to 3, antialias to 8 x 5: [0.0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.0]
jax      Resizing to 4: image [0.75, 3.25, 5.75, 8.25], mask [1.0, 3.0, 6.0, 8.0]
openvino 0 to 9, nearest to 4: 2 4 7 9
openvino 0 to 9, nearest to 6: 1 3 5 6 8 9
openvino 0 to 9, nearest to 5: 1 3 5 7 9
openvino 0 to 9, nearest to 15: 0 1 1 2 3 3 4 5 5 6 7 7 8 9 9
openvino bicubic to 5: [0.44, 2.5, 4.5, 6.5, 8.56] with antialias [0.44, 2.5, 4.5, 6.5, 8.56]
openvino rows 0 to 3, antialias to 8 x 10: [0.0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.0]
openvino rows 0 to 3, antialias to 8 x 5: [0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0]
openvino Resizing to 4: image [0.75, 3.25, 5.75, 8.25], mask [2.0, 4.0, 7.0, 9.0]
END
