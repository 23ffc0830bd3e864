#!/bin/sh
# MONAI's focal loss for maps of classes: (1 - p)**2 times -log p at a pixel's own class, whose mean is "divided by the number of
# elements in the output". ignore_index names a label whose pixels do not count, include_background=False leaves class 0 out.
# GUESS, written down before: with ignore_index a loss is that of the image with those pixels cut off. And for class 0: only its
# own term is left out; the probabilities stay those of all classes' softmax (of this its source was half remembered).
# FOUND (monai 1.6.1, torch 2.13.0), two kinds, both silent:
# 1. With ignore_index the sum is divided by the pixels that count and no longer by their classes too. So the loss is as many
#    times too large as there are classes, also where no pixel has that label: 21 times with VOC's classes. In a sum of
#    losses it outweighs the others then. DiceLoss and TverskyLoss do as guessed.
# 2. Without class 0 its logits are cut off before the softmax. Of an object and its background one class is left, whose
#    probability is 1 whatever the network says: the loss is 0 everywhere, and so is its gradient. (Known in part: MONAI's
#    issue 2509 of 2021, closed.)
# Output seen, 2026-11-30 (a pixel of each class, its own logit 1, the others 0):
# 2 classes: defined 0.0113, found 0.0113, with a label to ignore that no pixel has 0.0227
#   without class 0: defined 0.0113, found 0.0000, steepest gradient 0.0000
# 3 classes: defined 0.0330, found 0.0330, with a label to ignore that no pixel has 0.0991
#   without class 0: defined 0.0330, found 0.0076, steepest gradient 0.0088
# 21 classes: defined 0.0784, found 0.0784, with a label to ignore that no pixel has 1.6455
#   without class 0: defined 0.0784, found 0.0757, steepest gradient 0.0025
# focal: the rest cut off 0.0330, ignored 0.0991
# Dice: the rest cut off 0.4239, ignored 0.4239
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 monai==1.6.1 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import math

import torch
from monai.losses import DiceLoss, FocalLoss

ABSENT = 255
soft = {"to_onehot_y": True, "use_softmax": True}


def row(count):
    """A row of logits and of labels, one pixel of each class."""
    return torch.eye(count).reshape(1, count, 1, count).requires_grad_(), torch.arange(count).reshape(1, 1, 1, count)


for count in (2, 3, 21):
    logits, labels = row(count)
    p = math.e / (math.e + count - 1)
    defined = (1 - p) ** 2 * -math.log(p) / count
    plain, told = FocalLoss(**soft)(logits, labels), FocalLoss(**soft, ignore_index=ABSENT)(logits, labels)
    print(f"{count} classes: defined {defined:.4f}, found {plain:.4f}, with a label to ignore that no pixel has {told:.4f}")
    bare = FocalLoss(**soft, include_background=False)(logits, labels)
    bare.backward()
    steepest = logits.grad.abs().max()
    print(f"  without class 0: defined {defined:.4f}, found {bare:.4f}, steepest gradient {steepest:.4f}")
logits, labels = row(3)
more = torch.cat([logits, -logits], 3), torch.cat([labels, torch.full_like(labels, ABSENT)], 3)
for name, loss, how in (("focal", FocalLoss, soft), ("Dice", DiceLoss, {"to_onehot_y": True, "softmax": True})):
    cut = loss(**how)(logits, labels)
    print(f"{name}: the rest cut off {cut:.4f}, ignored {loss(**how, ignore_index=ABSENT)(*more):.4f}")
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
cmp - "$folder/seen" <<'END'
2 classes: defined 0.0113, found 0.0113, with a label to ignore that no pixel has 0.0227
  without class 0: defined 0.0113, found 0.0000, steepest gradient 0.0000
3 classes: defined 0.0330, found 0.0330, with a label to ignore that no pixel has 0.0991
  without class 0: defined 0.0330, found 0.0076, steepest gradient 0.0088
21 classes: defined 0.0784, found 0.0784, with a label to ignore that no pixel has 1.6455
  without class 0: defined 0.0784, found 0.0757, steepest gradient 0.0025
focal: the rest cut off 0.0330, ignored 0.0991
Dice: the rest cut off 0.4239, ignored 0.4239
END
