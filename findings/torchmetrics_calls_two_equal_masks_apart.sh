#!/bin/sh
# The Hausdorff distance of two regions: the largest distance from a pixel of either border to the other border.
# GUESS, written down before: "torchmetrics' hausdorff with spacing = scipy".
# FOUND (torchmetrics 1.9.0, torch 2.13.0): it is, where the image is square. Else the distance of the pixel in row i and
# column j is stored at i * height + j instead of i * width + j. In a wide image (a photo, a road) no distance lies where it
# belongs: two equal masks are tens of pixels apart, and a stray pixel at the other end may count as nothing. Without a word,
# in each of the metrics (euclidean, chessboard, taxicab) and with a spacing.
# Known in part: that an image which is higher than wide raises an error (issue 3300 of 2025, open; it says that wide ones
# work well; what was proposed in 2026, pull request 3338, would mend both and is not in the release).
# Output seen, 2026-12-01 (a region of 8x7 pixels; one of 9x10, lower and to the right; the first with a stray pixel):
# 24x24: equal 0 (defined 0), moved 6.7082 (defined 6.708), stray 10 (defined 10)
# 24x32: equal 20 (defined 0), moved 14.765 (defined 6.708), stray 20 (defined 18)
# 24x48: equal 13 (defined 0), moved 26 (defined 6.708), stray 15.62 (defined 34)
# 24x96: equal 38.275 (defined 0), moved 43.966 (defined 6.708), stray 38.275 (defined 82)
# 24x200: equal 0 (defined 0), moved 0 (defined 6.708), stray 0 (defined 186)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 torchmetrics==1.9.0 scipy==1.17.1 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import numpy as np
import torch
from scipy.ndimage import binary_erosion
from scipy.spatial.distance import directed_hausdorff
from torchmetrics.segmentation import HausdorffDistance

HEIGHT = 24


def region(width, top, left, bottom, right, *stray):
    mask = np.zeros((HEIGHT, width), bool)
    mask[top:bottom, left:right] = True
    for row, column in stray:
        mask[row, column] = True
    return mask


def defined(one, other):
    """The larger of both directions' distances between the borders, by scipy."""
    borders = [np.argwhere(mask & ~binary_erosion(mask)) for mask in (one, other)]
    return max(directed_hausdorff(*borders)[0], directed_hausdorff(*borders[::-1])[0])


def found(one, other):
    both = [torch.tensor(np.stack([~mask, mask])[None].astype(int)) for mask in (one, other)]
    return float(HausdorffDistance(num_classes=2, input_format="one-hot")(*both))


for width in (24, 32, 48, 96, 200):
    first = region(width, 4, 5, 12, 12)
    stray = region(width, 4, 5, 12, 12, (10, width - 3))
    others = {"equal": first, "moved": region(width, 6, 8, 15, 18), "stray": stray}
    said = [f"{name} {found(first, mask):.5g} (defined {defined(first, mask):.4g})" for name, mask in others.items()]
    print(f"{HEIGHT}x{width}: " + ", ".join(said))
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n 's/^# \(24x\)/\1/p' "$0" | cmp - "$folder/seen"
