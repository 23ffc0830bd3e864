#!/bin/sh
# The universal image quality index (Wang and Bovik, 2002, the forerunner of SSIM) says how alike two images are in the means, the
# contrast and the pattern of small windows: from -1 to 1. sewar is a collection of such measures.
# GUESS, written down before: "uqi ... equal skimage/torchmetrics/their papers; identical images give the best score".
# FOUND (sewar 0.4.10), without a word: the second half of the guess holds, and the first does not. The formula is written for
# sums over a window of N pixels, and is given means: N times the mean of x * y less the product of the means, in place of a
# covariance. So the brightness of the images, which any two have, is taken for a common pattern, and all scores lie near 1:
# another image has 0.90, and the negative 0.77 where the index is -0.89. Even the order changes: noise of 20 is ahead of half the
# contrast. (SSIM, which is computed elsewhere, follows its formula. TIGRE, by CERN, had this measure wrong once, issue 267.)
# Output seen, 2026-12-01 (a soft image of 64x64 in 8 bits' range against what it becomes, windows of 8x8):
# itself: 1.000 as defined, 1.000 by sewar
# noise of 5: 0.945 as defined, 0.999 by sewar
# noise of 20: 0.586 as defined, 0.979 by sewar
# half the contrast: 0.786 as defined, 0.963 by sewar
# another image: 0.183 as defined, 0.897 by sewar
# the negative: -0.890 as defined, 0.772 by sewar
# noise of 20, windows of 4: 0.340 as defined, 0.973 by sewar; of 16: 0.740 as defined, 0.982 by sewar
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile numpy==2.4.6 scipy==1.17.1 pillow==13.0.0 2> "$folder/pip.log" &&
  "$folder/venv/bin/pip" -q install --no-compile --no-deps sewar==0.4.10 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import gaussian_filter
from sewar.full_ref import uqi

numbers = np.random.default_rng(0)
soft = gaussian_filter(numbers.random((64, 64)), 3)
image = np.round(255 * (soft - soft.min()) / np.ptp(soft))
noise = numbers.normal(0, 1, image.shape)


def defined(one, other, size):
    """The index of each whole window by its formula, and their mean."""
    x, y = (sliding_window_view(each, (size, size)).reshape(-1, size * size) for each in (one, other))
    (a, b), together = (each.mean(1) for each in (x, y)), ((x - x.mean(1, keepdims=True)) * (y - y.mean(1, keepdims=True))).mean(1)
    return (4 * together * a * b / ((x.var(1) + y.var(1)) * (a**2 + b**2))).mean()


def told(other, size=8):
    return f"{defined(image, other, size):.3f} as defined, {uqi(image, other, ws=size):.3f} by sewar"


others = {"itself": image, "noise of 5": image + 5 * noise, "noise of 20": image + 20 * noise, "half the contrast": image / 2 + 64}
others["another image"] = np.abs(image[::-1, ::-1].T)
others["the negative"] = 255 - image
for name, other in others.items():
    print(f"{name}: {told(other)}")
print(f"noise of 20, windows of 4: {told(others['noise of 20'], 4)}; of 16: {told(others['noise of 20'], 16)}")
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n 's/^# \(itself: \|noise of \|half the contrast: \|another image: \|the negative: \)/\1/p' "$0" | cmp - "$folder/seen"
