#!/bin/sh
# How far two regions lie apart, by miseval, a library of measures for segmented medical images: the Hausdorff distance ("HD", the
# largest distance from a pixel of one region to the other region) and its average ("AHD", the mean of these distances in place
# of the largest).
# GUESS, written down before a comparison of its measures with their definitions: they hold (Dice, IoU, AUC, volumetric
# similarity and Matthews' coefficient do).
# FOUND (miseval 1.3.0 with hausdorff 0.2.6), two kinds, both silent:
# 1. "HD" hands the two label maps to a function for sets of points, which takes each row of a map for one point with as
#    many coordinates as there are columns. So it compares rows by what is in them, wherever they are: a region that moved down by
#    nine pixels is 0 off, one that moved to the right by nine is 1.732 off (the root of three pixels: no row is like its rows,
#    and an empty one is nearest). The class asked for is not read: each class has the same number, and one called 2 is twice as
#    far off as one called 1.
# 2. "AHD" is the largest distance: what "HD" should be. One stray pixel decides it, against which the average is taken.
# Output seen, 2026-12-01 (a square of three by three pixels in an image of 24 by 24, and what was predicted):
# moved down by 9: HD 0.0 (defined 9.0), AHD 9.0 (defined 8.0)
# moved right by 9: HD 1.732 (defined 9.0), AHD 9.0 (defined 8.0)
# moved right by 9, class 2: HD 3.464 (defined 9.0), AHD 9.0 (defined 8.0)
# right, and a stray pixel: HD 1.0 (defined 16.0), AHD 16.0 (defined 1.6)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile numpy==2.4.6 hausdorff==0.2.6 numba==0.68.1 miseval==1.3.0 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import numpy as np
from miseval import evaluate


def labels(row, column, label=1):
    image = np.zeros((24, 24), int)
    image[row : row + 3, column : column + 3] = label
    return image


def defined(truth, predicted, reduce):
    """The larger of the two regions' largest or mean distances, from each pixel to the nearest of the other region."""
    one, other = np.argwhere(truth), np.argwhere(predicted)
    distances = np.linalg.norm(one[:, None] - other[None], axis=2)
    return max(reduce(distances.min(axis)) for axis in (0, 1))


stray = labels(3, 3)
stray[4, 21] = 1
cases = {
    "moved down by 9": (labels(3, 3), labels(12, 3), 1),
    "moved right by 9": (labels(3, 3), labels(3, 12), 1),
    "moved right by 9, class 2": (labels(3, 3, 2), labels(3, 12, 2), 2),
    "right, and a stray pixel": (labels(3, 3), stray, 1),
}
for name, (truth, predicted, label) in cases.items():
    said = []
    for metric, reduce in (("HD", np.max), ("AHD", np.mean)):
        found = evaluate(truth, predicted, metric=metric, multi_class=True, n_classes=label + 1)[label]
        said.append(f"{metric} {round(float(found), 3)} (defined {round(float(defined(truth, predicted, reduce)), 3)})")
    print(f"{name}: " + ", ".join(said))
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" > "$folder/seen" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
cmp - "$folder/seen" <<'END'
moved down by 9: HD 0.0 (defined 9.0), AHD 9.0 (defined 8.0)
moved right by 9: HD 1.732 (defined 9.0), AHD 9.0 (defined 8.0)
moved right by 9, class 2: HD 3.464 (defined 9.0), AHD 9.0 (defined 8.0)
right, and a stray pixel: HD 1.0 (defined 16.0), AHD 16.0 (defined 1.6)
END
