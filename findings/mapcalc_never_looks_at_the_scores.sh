#!/bin/sh
# The average precision of a detector asks whether the boxes that it is surer of are right: the boxes are taken by falling score.
# mapcalc computes it for dictionaries of boxes, labels and scores, "the PASCAL VOC 2012" way, adapted from a tool that sorts them.
# GUESS, written down before: "mapcalc: mAP = torchmetrics/VOC definition".
# FOUND (mapcalc 0.2.2), without a word: the scores are checked to be as many as the boxes, and never read again. The boxes are
# taken in the order of the list. A detector that is surer of its right boxes and one that is surer of its wrong ones score alike,
# and the same boxes in another order score half. (In the example of its page the scores happen to fall.) Also the mean
# over thresholds "including iou_begin and iou_end" may go one beyond: the steps are counted in floating point.
# Output seen, 2026-12-01 (two right boxes and two wrong ones; what one box, whose overlap is 0.77, has from 0.5 to 0.75):
# surer of the right boxes: defined 1.00, mapcalc 1.00, the list turned round 0.50
# surer of the wrong boxes: defined 0.50, mapcalc 1.00, the list turned round 0.50
# thresholds 0.5 to 0.75: defined 1.00, mapcalc 0.86
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile numpy==2.4.6 2> "$folder/pip.log" &&
  "$folder/venv/bin/pip" -q install --no-compile --no-deps mapcalc==0.2.2 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import numpy as np
from mapcalc import calculate_map, calculate_map_range

right, wrong = [[0, 0, 40, 40], [60, 0, 100, 40]], [[0, 60, 40, 100], [60, 60, 100, 100]]
truth = {"boxes": right, "labels": [1, 1]}


def defined(hits, objects):
    """The area below the best precision at each recall or a higher one; hits: right or wrong, by falling score."""
    found = np.cumsum(hits)
    best = np.maximum.accumulate((found / np.arange(1, len(hits) + 1))[::-1])[::-1]
    return (best * hits).sum() / objects


def by_mapcalc(boxes, scores):
    return calculate_map(truth, {"boxes": boxes, "labels": [1] * 4, "scores": scores}, 0.5)


for name, scores in (("right", [0.9, 0.8, 0.2, 0.1]), ("wrong", [0.2, 0.1, 0.9, 0.8])):
    ordered = np.array([True, True, False, False])[np.argsort(scores)[::-1]]
    ways = defined(ordered, 2), by_mapcalc(right + wrong, scores), by_mapcalc((right + wrong)[::-1], scores[::-1])
    print(f"surer of the {name} boxes: defined %.2f, mapcalc %.2f, the list turned round %.2f" % ways)
box, near = {"boxes": [[0, 0, 99, 99]], "labels": [1]}, {"boxes": [[0, 0, 99, 76]], "labels": [1], "scores": [0.9]}
wanted = np.mean([0.77 >= threshold for threshold in (0.5, 0.55, 0.6, 0.65, 0.7, 0.75)])
print(f"thresholds 0.5 to 0.75: defined {wanted:.2f}, mapcalc {calculate_map_range(box, near, 0.5, 0.75, 0.05):.2f}")
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n 's/^# \(surer of \|thresholds \)/\1/p' "$0" | cmp - "$folder/seen"
