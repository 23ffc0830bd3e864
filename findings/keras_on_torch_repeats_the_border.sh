#!/bin/sh
# One Keras layer on two backends: an average pool with padding="same", and padding in "symmetric" mode.
# GUESS, written down before: the backends agree to a last digit, since a model saved with one is loaded with the other.
# FOUND (Keras 3.15.1; torch 2.13.0, jax 0.10.2): on torch, where the two ends of a row are padded unequally, the average
# pool first repeats the last pixel and then counts it: the mean of 3 and 4 at the border becomes that of 3, 4 and 4.
# Padded equally (a window of 3 by steps of 1) both leave out what is not there. And "symmetric" padding by two pixels,
# which mirrors the row with its border (2 1 | 1 2 3 4), repeats the border on torch (1 1 | 1 2 3 4), without a word; by one
# pixel that is the same, which may be why nobody sees it.
# Output seen:
# jax   average, window 3, step 2: [2.0, 3.5];   step 1: [1.5, 2.0, 3.0, 3.5]; symmetric by 2: [2, 1, 1, 2, 3, 4, 4, 3]
# torch average, window 3, step 2: [2.0, 3.667]; step 1: [1.5, 2.0, 3.0, 3.5]; symmetric by 2: [1, 1, 1, 2, 3, 4, 4, 4]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install torch==2.13.0 numpy==2.4.6 keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 \
  2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import json

import numpy as np
from keras import ops

row = np.arange(1, 5, dtype=np.float32)


def average(step):
    pooled = ops.average_pool(row.reshape(1, 4, 1), 3, step, "same", "channels_last")
    return np.round(ops.convert_to_numpy(pooled).ravel().astype(float), 3).tolist()


padded = ops.convert_to_numpy(ops.pad(row, (2, 2), "symmetric")).astype(int).tolist()
print(json.dumps([average(2), average(1), padded]))
PY
for backend in jax torch; do
  KERAS_HOME=$folder KERAS_BACKEND=$backend "$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" | tee "$folder/$backend"
done
printf '%s\n' '[[2.0, 3.5], [1.5, 2.0, 3.0, 3.5], [2, 1, 1, 2, 3, 4, 4, 3]]' | cmp - "$folder/jax"
printf '%s\n' '[[2.0, 3.667], [1.5, 2.0, 3.0, 3.5], [1, 1, 1, 2, 3, 4, 4, 4]]' | cmp - "$folder/torch"
