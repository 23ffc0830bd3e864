#!/bin/sh
# pytorch-toolbelt has losses for segmentation. Four of them, against their papers, their words and each other.
# GUESS, written down before: "losses' ignore_index = crop; focal, dice, jaccard, lovasz = definitions".
# FOUND (pytorch-toolbelt 0.8.0, torch 2.13.0), all without a word:
# 1. BalancedBCEWithLogitsLoss weighs each class by the other's share. gamma, "power factor for balancing weights", is to raise both
#    shares (the author, in issue 65), and raises one, takes the rest to 1 for the other, and raises both again. With gamma 2
#    the classes of an even half are balanced one to nine.
# 2. The reduced focal loss leaves hard pixels as they are and takes the easy ones back. BinaryFocalLoss does. CrossEntropyFocalLoss
#    leaves the easy ones as they are, at any certainty, and raises the hard ones. (A change of 2024, 102, mends the first
#    by the example of the second.)
# 3. SoftF1Loss looks for the class to ignore among the zeros and ones of the classes' maps. Who ignores class 1 has a loss of 1,
#    right or wrong, without a gradient.
# 4. SoftCrossEntropyLoss, "drop-in replacement for nn.CrossEntropyLoss", divides by the ignored pixels too.
# Output seen, 2026-12-01 (what a positive and a negative pixel count; what a pixel counts in the two focal losses, by the
# probability of its class; the F1 loss of a right and a wrong answer of three classes; one pixel in ten that is not ignored):
# gamma 1: half positive 0.5000 and 0.5000, a tenth 0.9000 and 0.1000, nine tenths 0.1000 and 0.9000
# gamma 2: half positive 0.0625 and 0.5625, a tenth 0.6561 and 0.0361, nine tenths 0.0001 and 0.9801
# gamma 0.5: half positive 0.8409 and 0.5412, a tenth 0.9740 and 0.2265, nine tenths 0.5623 and 0.8269
# threshold 0.5, at 0.99: 0.00 and 1.00, at 0.7: 0.36 and 1.00, at 0.3: 1.00 and 1.96, at 0.01: 1.00 and 3.92
# F1, right and wrong: 0.00 and 1.00, class 0 ignored 0.00 and 1.00, class 1 ignored 1.00 and 1.00
# one of ten counts: torch 0.693, drop-in 0.069
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 pillow==13.0.0 scipy==1.17.1 \
  opencv-python-headless==5.0.0.93 2> "$folder/pip.log" &&
  "$folder/venv/bin/pip" -q install --no-compile --no-deps torchvision==0.28.0 pytorch-toolbelt==0.8.0 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import torch

if torch.version.cuda is None:  # torchvision's build wants a GPU's libraries for these two operators, unused here
    for name in ("nms", "qnms"):
        torch.library.define(f"torchvision::{name}", "(Tensor boxes, Tensor scores, float threshold) -> Tensor")

from pytorch_toolbelt.losses import (  # noqa: E402
    BalancedBCEWithLogitsLoss,
    BinaryFocalLoss,
    CrossEntropyFocalLoss,
    SoftCrossEntropyLoss,
    SoftF1Loss,
)

logit = torch.logit


def weights(gamma, positive):
    """What a positive and a negative pixel cost, both at a probability of a half, by what that costs unweighted."""
    truth = (torch.arange(100) < positive).float()
    costs = BalancedBCEWithLogitsLoss(gamma, reduction="none")(torch.zeros(100), truth) / torch.tensor(2.0).log()
    return f"{costs[0]:.4f} and {costs[-1]:.4f}"


def reduced(right):
    """The weight of a pixel whose class is said with this probability, by the binary loss and by that for classes."""
    given = torch.tensor([right])
    unfocused = (loss(gamma=0, reduction="sum") for loss in (BinaryFocalLoss, CrossEntropyFocalLoss))
    focused = (loss(reduced_threshold=0.5, reduction="sum") for loss in (BinaryFocalLoss, CrossEntropyFocalLoss))
    inputs = (logit(given)[None], torch.ones(1, 1)), (torch.stack([given, 1 - given], 1).log(), torch.zeros(1).long())
    return " and ".join(f"{float(f(*one) / u(*one)):.2f}" for u, f, one in zip(unfocused, focused, inputs))


def f1(**ignored):
    """The loss of a right and of a wrong answer."""
    truth = torch.tensor([0, 1, 2, 0, 1, 2])
    answers = (20 * torch.nn.functional.one_hot(each, 3).float() for each in (truth, (truth + 1) % 3))
    return " and ".join(f"{float(SoftF1Loss(**ignored)(each, truth)):.2f}" for each in answers)


for gamma in (1, 2, 0.5):
    print(f"gamma {gamma}: half positive {weights(gamma, 50)}, a tenth {weights(gamma, 10)}, nine tenths {weights(gamma, 90)}")
print("threshold 0.5, " + ", ".join(f"at {right}: {reduced(right)}" for right in (0.99, 0.7, 0.3, 0.01)))
print(f"F1, right and wrong: {f1()}, class 0 ignored {f1(ignore_index=0)}, class 1 ignored {f1(ignore_index=1)}")
truth, answer = torch.tensor([0] + [-100] * 9), torch.zeros(10, 2)
kinds = torch.nn.CrossEntropyLoss, SoftCrossEntropyLoss
print("one of ten counts: torch %.3f, drop-in %.3f" % tuple(kind()(answer, truth) for kind in kinds))
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n 's/^# \(gamma \|threshold 0.5, \|F1, right \|one of ten \)/\1/p' "$0" | cmp - "$folder/seen"
