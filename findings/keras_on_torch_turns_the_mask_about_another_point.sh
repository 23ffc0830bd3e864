#!/bin/sh
# An image and its segmentation mask go through keras.layers.RandomRotation together, as {"images": ..., "segmentation_masks": ...}.
# GUESS, written down before: the masks of Keras' augmentation layers follow their images, on torch as on jax.
# FOUND (Keras 3.15.1; torch 2.13.0, jax 0.10.2): on torch this layer's do not. ops.image.affine_transform puts rows before columns
# in the very tensor of eight numbers that it is given, and leaves it so. The layer takes that tensor for the image and then
# for the mask, which gets the two shifts exchanged: it is turned by the same angle about another point. With ten degrees in an
# image of 224x224 it lies 55 pixels off. The image is right, and so is a mask where both shifts are equal, as for half a turn
# of a square; on jax all is. The shapes fit, and nothing is said. Two calls of affine_transform with one tensor differ too.
# (Flipped, moved, enlarged, sheared, cropped or resized by Keras' layers, masks follow their images on both.)
# Output seen, 2026-11-30 (a patch of three by three pixels in an image that is its own mask: where its middle is afterwards):
# jax   224x224, 10 degrees: image [113, 117], mask [113, 117]
# jax   224x256, 180 degrees: image [109, 122], mask [109, 122]
# jax   224x224, 180 degrees: image [109, 106], mask [109, 106]
# jax   moved by affine_transform: [115, 119], again with the same numbers: [115, 119]
# torch 224x224, 10 degrees: image [113, 117], mask [68, 149]
# torch 224x256, 180 degrees: image [109, 122], mask [141, 90]
# torch 224x224, 180 degrees: image [109, 106], mask [109, 106]
# torch moved by affine_transform: [115, 119], again with the same numbers: [116, 118]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 \
  2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import os

import numpy as np
from keras import layers, ops


def lit(height, width):
    """An image that is dark but for rows 1 to 3 of columns 4 to 6 from its middle on."""
    image = np.zeros((1, height, width, 1), np.float32)
    image[0, height // 2 + 1 : height // 2 + 4, width // 2 + 4 : width // 2 + 7] = 1
    return image


def middle(image):
    rows, columns = np.nonzero(ops.convert_to_numpy(image)[0, ..., 0] > 0.5)
    return [round(float(places.mean())) for places in (rows, columns)]


def turned(height, width, degrees):
    layer = layers.RandomRotation((degrees / 360, degrees / 360), fill_mode="constant")
    given = {"images": lit(height, width), "segmentation_masks": lit(height, width)}
    made = layer(given, training=True)
    places = [middle(made[name]) for name in ("images", "segmentation_masks")]
    print(f"{backend:5} {height}x{width}, {degrees} degrees:", "image {}, mask {}".format(*places))


backend = os.environ["KERAS_BACKEND"]
turned(224, 224, 10)
turned(224, 256, 180)
turned(224, 224, 180)
# What is made is read two columns further left and one row further up.
move = ops.convert_to_tensor(np.array([[1, 0, -2, 0, 1, -1, 0, 0]], np.float32))
twice = [middle(ops.image.affine_transform(lit(224, 224), move)) for _ in range(2)]
print(f"{backend:5} moved by affine_transform: {twice[0]}, again with the same numbers: {twice[1]}")
PY
for backend in jax torch; do
  KERAS_HOME=$folder KERAS_BACKEND=$backend "$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" ||
    { tail -3 "$folder/said"; exit 1; }
done | tee "$folder/seen"
cmp - "$folder/seen" <<'END'
jax   224x224, 10 degrees: image [113, 117], mask [113, 117]
jax   224x256, 180 degrees: image [109, 122], mask [109, 122]
jax   224x224, 180 degrees: image [109, 106], mask [109, 106]
jax   moved by affine_transform: [115, 119], again with the same numbers: [115, 119]
torch 224x224, 10 degrees: image [113, 117], mask [68, 149]
torch 224x256, 180 degrees: image [109, 122], mask [141, 90]
torch 224x224, 180 degrees: image [109, 106], mask [109, 106]
torch moved by affine_transform: [115, 119], again with the same numbers: [116, 118]
END
