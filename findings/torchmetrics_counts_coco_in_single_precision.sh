#!/bin/sh
# COCO's mean average precision, by torchmetrics' MeanAveragePrecision, whose default backend is pycocotools. A box is found
# for a threshold if its overlap is at least 0.50, 0.55, ..., 0.95; the precision is averaged over the recalls 0, 0.01, ..., 1.
# GUESS, written down before: "mAP: torchmetrics = pycocotools = faster-coco-eval", with the definition.
# FOUND (torchmetrics 1.9.0, pycocotools 2.0.11, torch 2.13.0): torchmetrics lays its thresholds in single precision and hands
# them on in double. So 0.80 is 0.800000011920929 there, and 0.55, 0.60, 0.85 and 36 of the recalls lie above themselves too.
# A box of 100 pixels of which 80 are found has an overlap of 0.8, passes seven of ten thresholds, and gets 0.6. With three
# of five boxes found it misses the recall 0.60, and 61/101 becomes 60/101. (pycocotools, for its part, asks for a recall of
# 0.7000000000000001 at 0.70: seven of ten boxes come out too low there, and as defined with torchmetrics.)
# Output seen, 2026-11-29 (as defined, pycocotools, torchmetrics on pycocotools):
# 55 of 100 pixels 0.2 0.2 0.1
# 60 of 100 pixels 0.3 0.3 0.2
# 80 of 100 pixels 0.7 0.7 0.6
# 85 of 100 pixels 0.8 0.8 0.7
# 90 of 100 pixels 0.9 0.9 0.9
# 3 of 5 boxes 0.604 0.604 0.594
# 4 of 5 boxes 0.802 0.802 0.792
# 7 of 10 boxes 0.703 0.693 0.703
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
{
  "$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 pillow==13.0.0 torchmetrics==1.9.0 pycocotools==2.0.11
  "$folder/venv/bin/pip" -q install --no-compile --no-deps torchvision==0.28.0
} 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import contextlib
import io
import sys
from fractions import Fraction

import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

if torch.version.cuda is None:  # torchvision's build wants a GPU's libraries for these two operators, unused here
    for name in ("nms", "qnms"):
        torch.library.define(f"torchvision::{name}", "(Tensor boxes, Tensor scores, float threshold) -> Tensor")
from torchmetrics.detection import MeanAveragePrecision  # noqa: E402

OVERLAPS = [Fraction(percent, 100) for percent in range(50, 100, 5)]
RECALLS = [Fraction(percent, 100) for percent in range(101)]


def by_pycocotools(truth, found):
    """The mean average precision of one image's boxes (left, top, width, height), the first found being the surest."""
    annotations = [
        {"id": i, "image_id": 1, "category_id": 1, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
        for i, box in enumerate(truth, 1)
    ]
    results = [{"image_id": 1, "category_id": 1, "bbox": b, "score": 1 - i / 100} for i, b in enumerate(found)]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {"info": {}, "images": [{"id": 1}], "categories": [{"id": 1}], "annotations": annotations}
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats[0]


def by_torchmetrics(truth, found):
    """The same from torchmetrics."""
    metric = MeanAveragePrecision(box_format="xywh", backend="pycocotools")
    labels, scores = torch.ones(len(truth), dtype=torch.int64), 1 - torch.arange(len(found)) / 100
    prediction = {"boxes": torch.tensor(found), "scores": scores, "labels": labels[: len(found)]}
    metric.update([prediction], [{"boxes": torch.tensor(truth), "labels": labels}])
    return metric.compute()["map"]


def row(name, defined, truth, found):
    """Print and return the defined value and those of the two."""
    values = [defined, by_pycocotools(truth, found), by_torchmetrics(truth, found)]
    values = [round(float(value), 3) for value in values]
    print(name, *values)
    return values


whole = [[0.0, 0.0, 100.0, 10.0]]
seen = []
for width in (55, 60, 80, 85, 90):
    passed = Fraction(sum(Fraction(width, 100) >= t for t in OVERLAPS), len(OVERLAPS))
    seen.append(row(f"{width} of 100 pixels", passed, whole, [[0.0, 0.0, float(width), 10.0]]))
for found, number in ((3, 5), (4, 5), (7, 10)):
    boxes = [[20.0 * i, 0.0, 10.0, 10.0] for i in range(number)]
    reached = Fraction(sum(Fraction(found, number) >= recall for recall in RECALLS), len(RECALLS))
    seen.append(row(f"{found} of {number} boxes", reached, boxes, boxes[:found]))
expected = [[0.2, 0.2, 0.1], [0.3, 0.3, 0.2], [0.7, 0.7, 0.6], [0.8, 0.8, 0.7], [0.9, 0.9, 0.9]]
expected += [[0.604, 0.604, 0.594], [0.802, 0.802, 0.792], [0.703, 0.693, 0.703]]
sys.exit(seen != expected)
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
