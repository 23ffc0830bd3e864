#!/bin/sh
# Two measures of segmentation_models_pytorch for labels of which each pixel has one (mode "multiclass"): the focal loss,
# (1 - p)**2 times -log p of the pixel's own class, and the accuracy.
# EXPECTED, as the comparison was written (no guess of its own was written down): the definitions, the accuracy being the
# share of right pixels.
# FOUND (segmentation-models-pytorch 0.6.0, torch 2.13.0): the loss puts each class by itself through a sigmoid. With logits it
# is then none of the softmax: 3 more for each class of a pixel, which is the same answer, costs 16 times as much. With
# probabilities (from_logits=False) it takes their logarithms for logits, which makes p / (1 + p) of each p: a certain, right
# pixel counts as a half. So a perfect answer costs ln 2 / 4 over the number of classes, more than one that gives its own
# class 0.7 should. The accuracy goes class by class too, and counts what a pixel rightly is not: of 21 classes and no pixel
# right, it is 19/21. (Known in part, both closed as stale: issue 671, that the loss has a sigmoid, and 783, the accuracy.)
# Output seen, 2026-11-29:
# probabilities 1.0 0.0 0.0: defined 0.000, found 0.058
# probabilities 0.7 0.2 0.1: defined 0.032, found 0.104
# logits 4.0 0.0 0.0: defined 0.000, found 0.116
# logits 7.0 3.0 3.0: defined 0.000, found 1.844
# no pixel right of 21 classes: accuracy 0.905
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
{
  "$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 pillow==13.0.0 huggingface-hub==2.4.0 \
    safetensors==0.8.0 tqdm==4.70.1 pyyaml==6.0.3
  "$folder/venv/bin/pip" -q install --no-compile --no-deps torchvision==0.28.0 timm==1.0.31 \
    segmentation-models-pytorch==0.6.0
} 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import math
import sys

import torch

if torch.version.cuda is None:  # torchvision's build wants a GPU's libraries for these two operators, unused here
    for name in ("nms", "qnms"):
        torch.library.define(f"torchvision::{name}", "(Tensor boxes, Tensor scores, float threshold) -> Tensor")
from segmentation_models_pytorch.losses import FocalLoss  # noqa: E402
from segmentation_models_pytorch.metrics import accuracy, get_stats  # noqa: E402

own_class = torch.zeros(1, 1, 1, dtype=torch.int64)


def row(kind, *numbers):
    """The focal loss of one pixel of class 0 by its definition and as found, from probabilities or from logits."""
    given = torch.tensor(numbers, dtype=torch.float64).reshape(1, -1, 1, 1)
    p = (given.softmax(1) if kind == "logits" else given).ravel()[0].item()
    defined = (1 - p) ** 2 * -math.log(p)
    found = FocalLoss("multiclass", gamma=2.0, from_logits=kind == "logits")(given, own_class).item()
    print(kind, *numbers, end=f": defined {defined + 0.0:.3f}, found {found:.3f}\n")
    return found


perfect = row("probabilities", 1.0, 0.0, 0.0)
row("probabilities", 0.7, 0.2, 0.1)
logits, same = row("logits", 4.0, 0.0, 0.0), row("logits", 7.0, 3.0, 3.0)
truth = torch.arange(21).reshape(1, 1, 21)
statistics = get_stats((truth + 1) % 21, truth, mode="multiclass", num_classes=21)
rates = [accuracy(*statistics, reduction=reduction).item() for reduction in ("micro", "macro")]
print(f"no pixel right of 21 classes: accuracy {rates[0]:.3f}")
seen = math.isclose(perfect, math.log(2) / 4 / 3, rel_tol=1e-4) and round(same / logits) == 16
sys.exit(not (seen and all(math.isclose(rate, 19 / 21, rel_tol=1e-6) for rate in rates)))
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
