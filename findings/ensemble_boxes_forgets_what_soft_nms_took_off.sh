#!/bin/sh
# Soft non-maximum suppression keeps a detector's overlapping boxes with lower scores: times exp(-overlap**2 / sigma), or,
# in its linear form, times 1 - overlap where the overlap is above a threshold.
# GUESS, written down before: "soft-NMS/NMS/WBF agree where they should", here with that definition.
# FOUND (ensemble-boxes 1.0.9): soft_nms lowers the scores of a copy, takes from it which boxes stay, and hands back the
# scores as they came. So a box that lies all but on another keeps its full score, and nearly nothing is suppressed: by
# default all boxes come back that stay above 0.001. That they are lowered inside shows only where the threshold is high.
# Without a word; plain nms is right.
# Output seen, 2026-11-29 (boxes with scores 0.9 and 0.8 whose overlap is 0.8):
# gaussian: defined [0.9, 0.222], soft_nms [0.9, 0.8]; linear: defined [0.9, 0.16], soft_nms [0.9, 0.8]
# gaussian with a threshold of 0.25: soft_nms [0.9]; nms [0.9]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install numpy==2.4.6 numba==0.68.1 pandas==3.1.1 ensemble-boxes==1.0.9 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import math
import sys

from ensemble_boxes import nms, soft_nms

first, second = [0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.8]
given = [[first, second]], [[0.9, 0.8]], [[0, 0]]
overlap = 0.8


def scores(found):
    return [round(float(score), 3) for score in found[1]]


gaussian = [0.9, round(0.8 * math.exp(-(overlap**2) / 0.5), 3)], scores(soft_nms(*given, method=2, sigma=0.5))
linear = [0.9, round(0.8 * (1 - overlap), 3)], scores(soft_nms(*given, method=1, iou_thr=0.5))
strict, plain = scores(soft_nms(*given, method=2, sigma=0.5, thresh=0.25)), scores(nms(*given, iou_thr=0.5))
print("gaussian: defined {}, soft_nms {};".format(*gaussian), "linear: defined {}, soft_nms {}".format(*linear))
print(f"gaussian with a threshold of 0.25: soft_nms {strict}; nms {plain}")
seen = gaussian == ([0.9, 0.222], [0.9, 0.8]) and linear == ([0.9, 0.16], [0.9, 0.8])
sys.exit(not (seen and strict == plain == [0.9]))
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
