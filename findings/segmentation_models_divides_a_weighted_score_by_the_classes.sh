#!/bin/sh
# The scores of segmentation_models_pytorch, by how they are put together: "weighted" is a "weighted average" of the classes' scores over
# all images, "weighted-imagewise" of each image's, "macro" and "macro-imagewise" the same without weights.
# GUESS, written down before a comparison with the definitions: they hold (for the losses with a label to ignore, too).
# FOUND (segmentation_models_pytorch 0.6.0): "weighted-imagewise" makes the weights sum to one and then takes the mean of the weighted
# scores in place of their sum, so it is as many times too small as there are classes. A perfect answer gets 0.25 with four classes,
# 0.0476 with VOC's 21, and of two networks that are judged on different sets of classes the one with fewer wins. So does "macro"
# where weights are handed over too, which are said to be for "weighted" alone. Without a word. "weighted" once had the same mistake,
# which was mended there only (pull request 659 of 2022).
# Output seen, 2026-12-01 (a perfect answer, then one with every fifth pixel wrong; weights of one, then of 1, 2, 3 ...):
# 2 classes, perfect: macro-imagewise 1.0, weighted 1.0, weighted-imagewise 0.5, weighted-imagewise 0.5, macro 1.0, with weights 0.5
# 2 classes, a fifth wrong: macro-imagewise 0.6667, weighted 0.6667, weighted-imagewise 0.3333, weighted-imagewise 0.3333, macro 0.6667, with weights 0.3333
# 4 classes, perfect: macro-imagewise 1.0, weighted 1.0, weighted-imagewise 0.25, weighted-imagewise 0.25, macro 1.0, with weights 0.25
# 4 classes, a fifth wrong: macro-imagewise 0.6667, weighted 0.6667, weighted-imagewise 0.1667, weighted-imagewise 0.1667, macro 0.6667, with weights 0.1667
# 21 classes, perfect: macro-imagewise 1.0, weighted 1.0, weighted-imagewise 0.0476, weighted-imagewise 0.0476, macro 1.0, with weights 0.0476
# 21 classes, a fifth wrong: macro-imagewise 0.6667, weighted 0.6667, weighted-imagewise 0.0317, weighted-imagewise 0.0317, macro 0.6667, with weights 0.0317
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 tqdm==4.70.1 pillow==13.0.0 safetensors==0.8.0 \
  huggingface-hub==2.4.0 2> "$folder/pip.log" &&
  "$folder/venv/bin/pip" -q install --no-compile --no-deps torchvision==0.28.0 timm==1.0.31 \
    segmentation-models-pytorch==0.6.0 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import torch

if torch.version.cuda is None:  # torchvision's build wants a GPU's libraries for these two operators, unused here
    for name in ("nms", "qnms"):
        torch.library.define(f"torchvision::{name}", "(Tensor boxes, Tensor scores, float threshold) -> Tensor")

import segmentation_models_pytorch as smp  # noqa: E402

IMAGES, SIDE = 3, 210
PIXELS = torch.arange(SIDE * SIDE).reshape(1, SIDE, SIDE).repeat(IMAGES, 1, 1)


def iou(classes, wrong, how, weights=None):
    """The score of an answer that takes these pixels for the next class."""
    truth = (PIXELS // 5) % classes
    answer = torch.where(wrong, (truth + 1) % classes, truth)
    counts = smp.metrics.get_stats(answer, truth, mode="multiclass", num_classes=classes)
    return round(float(smp.metrics.iou_score(*counts, reduction=how, class_weights=weights)), 4)


for classes in (2, 4, 21):
    even, rising = [1.0] * classes, [1.0 + each for each in range(classes)]
    for name, wrong in (("perfect", PIXELS < 0), ("a fifth wrong", PIXELS % 5 == 0)):
        asked = ("macro-imagewise",), ("weighted", even), ("weighted-imagewise", even), ("weighted-imagewise", rising)
        scores = [f"{how[0]} {iou(classes, wrong, *how)}" for how in (*asked, ("macro",))]
        print(f"{classes} classes, {name}: {', '.join(scores)}, with weights {iou(classes, wrong, 'macro', even)}")
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n 's/^# \([0-9]* classes,\)/\1/p' "$0" | cmp - "$folder/seen"
