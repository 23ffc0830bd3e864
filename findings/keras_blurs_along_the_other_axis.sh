#!/bin/sh
# keras.ops.image.gaussian_blur takes kernel_size, "the height and width", sigma, "along height and width", and data_format,
# which "will default to keras.config.image_data_format": channels last.
# EXPECTED, from these words (no guess of its own was written down; it came up in a comparison of the backends): a point
# becomes as high and as wide as was asked for, in its own channel, on each backend.
# FOUND (Keras 3.15.1 on NumPy 2.4.6 and on jax 0.10.2), two kinds, both silent:
# 1. Height and width are exchanged, in the window and in sigma: 3 high and 1 wide blurs to the left and the right.
# 2. On jax, where data_format is left out, the image is read as channels first whatever the configuration says. So the
#    rows are taken for channels, and the blur goes along the columns and from one channel into the next: red becomes
#    green. With data_format="channels_last" written out, jax does what NumPy does. With square windows and the word
#    written out nothing shows.
# Output seen, 2026-11-29 (one red point; in thousandths its place above, left, the point itself, and its green):
# numpy 3 high, 1 wide: 0 274 452 0; 3x3, data_format left out: 124 124 204 0, written out: 124 124 204 0
# jax   3 high, 1 wide: 0 274 452 0; 3x3, data_format left out: 0 124 204 124, written out: 124 124 204 0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install numpy==2.4.6 keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import keras
import numpy as np

assert keras.config.image_data_format() == "channels_last"
image = np.zeros((1, 5, 5, 3), np.float32)
image[0, 2, 2, 0] = 1


def blurred(height, width, **words):
    """In thousandths: the places above and left of the point, the point, and its green."""
    result = keras.ops.image.gaussian_blur(image, (height, width), (1.0, 1.0), **words)
    values = np.round(1000 * keras.ops.convert_to_numpy(result)[0]).astype(int)
    return "{} {} {} {}".format(values[1, 2, 0], values[2, 1, 0], values[2, 2, 0], values[2, 2, 1])


last = {"data_format": "channels_last"}
print(blurred(3, 1, **last), blurred(3, 3), blurred(3, 3, **last), sep="; ")
PY
for backend in numpy jax; do
  KERAS_HOME=$folder KERAS_BACKEND=$backend "$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" |
    tee "$folder/$backend"
done
printf '%s\n' '0 274 452 0; 124 124 204 0; 124 124 204 0' | cmp - "$folder/numpy"
printf '%s\n' '0 274 452 0; 0 124 204 124; 124 124 204 0' | cmp - "$folder/jax"
