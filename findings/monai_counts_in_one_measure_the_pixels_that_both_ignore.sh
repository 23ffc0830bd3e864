#!/bin/sh
# MONAI's DiceMetric and MeanIoU have one word for ignore_index: pixels with that label "are excluded from the score". Of one class
# the overlap IoU follows from its Dice score D: it is D / (2 - D).
# GUESS, written down before: with ignore_index these two, the generalized Dice score and the rates of ConfusionMatrixMetric are
# those of the image with those pixels cut off.
# FOUND (monai 1.6.1, torch 2.13.0): Dice is. MeanIoU, where the label is one of the classes, empties this class and keeps its
# pixels: what is said of them still counts as wrong for the other classes. An answer that is right wherever it counts has a Dice
# score of 1 and an IoU of 0.5, without a word. So has ConfusionMatrixMetric's precision, whose class says the same of
# ignore_index (its function says that the class goes). With a label that is no class, in which case the pixel has none, all
# three are right. (That the generalized score differs was seen too; it is not looked into here.)
# Output seen, 2026-11-30 (a row of labels 0 0 1 1 2 2, an answer of 0 0 1 1 1 1; Dice, IoU and precision of classes 0 and 1):
# label 2 cut off: Dice [1.0, 1.0], IoU [1.0, 1.0], precision [1.0, 1.0]
# label 2 ignored: Dice [1.0, 1.0], IoU [1.0, 0.5], precision [1.0, 0.5]
# label 255 ignored: Dice [1.0, 1.0], IoU [1.0, 1.0], precision [1.0, 1.0]
# nothing ignored: Dice [1.0, 0.667], IoU [1.0, 0.5], precision [1.0, 0.5]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 monai==1.6.1 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import torch
from monai.metrics import ConfusionMatrixMetric, DiceMetric, MeanIoU

labels, answer = torch.tensor([0, 0, 1, 1, 2, 2]), torch.tensor([0, 0, 1, 1, 1, 1])


def channels(classes):
    """A map of three channels, one for each class; a label that is no class is in none of them."""
    return (classes == torch.arange(3).reshape(3, 1)).float().reshape(1, 3, 1, -1)


def measured(labels, answer, **ignored):
    told = []
    for kind, more in ((DiceMetric, {}), (MeanIoU, {}), (ConfusionMatrixMetric, {"metric_name": "precision"})):
        metric = kind(reduction="none", **more, **ignored)
        metric(channels(answer), channels(labels))
        result = metric.aggregate()
        result = result[0] if isinstance(result, list) else result
        told.append([round(number, 3) for number in result.ravel()[:2].tolist()])
    return "Dice {}, IoU {}, precision {}".format(*told)


print("label 2 cut off:", measured(labels[:4], answer[:4]))
print("label 2 ignored:", measured(labels, answer, ignore_index=2))
print("label 255 ignored:", measured(torch.where(labels == 2, 255, labels), answer, ignore_index=255))
print("nothing ignored:", measured(labels, answer))
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
cmp - "$folder/seen" <<'END'
label 2 cut off: Dice [1.0, 1.0], IoU [1.0, 1.0], precision [1.0, 1.0]
label 2 ignored: Dice [1.0, 1.0], IoU [1.0, 0.5], precision [1.0, 0.5]
label 255 ignored: Dice [1.0, 1.0], IoU [1.0, 1.0], precision [1.0, 1.0]
nothing ignored: Dice [1.0, 0.667], IoU [1.0, 0.5], precision [1.0, 0.5]
END
