#!/bin/sh
# The focal loss multiplies the cross-entropy of a pixel by (1 - p) ** gamma, p the probability that is given to its class, so that
# what is known counts little, and by a weight of the class, alpha. Of its own fastai says that alpha "can be implemented through
# pytorch `weight` argument".
# GUESS, written down before: "Dice, JaccardCoeff, DiceMulti, ..., LabelSmoothing (weight), FocalLoss, DiceLoss = definition".
# FOUND (fastai 2.8.12, torch 2.13.0), without a word: without weights it is so. With them, p is taken from the weighted
# cross-entropy, and is p ** weight. A class of weight 4 is in focus even where it is well known, a class of weight a quarter is out
# of focus even where it is missed. (The same slip is reported of other packages' focal losses. The measures that the guess names
# are right.)
# Output seen, 2026-12-01 (gamma 2; what the cross-entropy of a pixel is multiplied by, by the paper and by fastai):
# weight 1: p 0.9 0.010 and 0.010, p 0.5 0.250 and 0.250, p 0.1 0.810 and 0.810
# weight 4: p 0.9 0.040 and 0.473, p 0.5 1.000 and 3.516, p 0.1 3.240 and 3.999
# weight 0.25: p 0.9 0.002 and 0.000, p 0.5 0.062 and 0.006, p 0.1 0.203 and 0.048
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 matplotlib==3.11.2 \
  pillow==13.0.0 pyyaml==6.0.4 requests==2.34.2 rich==15.0.0 packaging==26.4 2> "$folder/pip.log" &&
  "$folder/venv/bin/pip" -q install --no-compile --no-deps fastai==2.8.12 fastcore==2.2.41 fastprogress==1.0.3 \
    fasttransform==0.0.5 plum-dispatch==2.10.1 beartype==0.23.1 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import torch
from fastai.losses import FocalLoss


def told(weight, p):
    """What the cross-entropy of one pixel is multiplied by."""
    answer, truth = torch.tensor([[p, 1 - p]]).log(), torch.tensor([0])
    loss = FocalLoss(gamma=2.0, weight=torch.tensor([weight, 1.0]))(answer, truth)
    return f"p {p} {weight * (1 - p) ** 2:.3f} and {loss / torch.nn.functional.cross_entropy(answer, truth):.3f}"


for weight in (1.0, 4.0, 0.25):
    print(f"weight {weight:g}: " + ", ".join(told(weight, p) for p in (0.9, 0.5, 0.1)))
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n 's/^# \(weight [0-9]\)/\1/p' "$0" | cmp - "$folder/seen"
