#!/bin/sh
# The variation ratio says how far the members of an ensemble disagree on an image: the share of them that do not name the most
# frequent class. torch-uncertainty has it as a metric, documented to take images by members ("estimators") by classes, and as a
# criterion for foreign images, which returns a "Variation ratio for each sample".
# GUESS, written down before: "torch-uncertainty metrics ... = definition".
# FOUND (torch-uncertainty 0.13.0, torch 2.13.0), without a word: the metric swaps the first two axes of what it is given as it is
# documented, and then takes them for images and members. So each value is of a member, and says how the images differ.
# Members that agree on every image are found in disagreement, members that each name one class of their own whatever they see are
# found in agreement, and the criterion, which swaps its axes first to suit the metric's documentation, returns as many values as
# there are members. (Disagreement, the metric next to it, takes the same input and is right.)
# Output seen, 2026-12-01 (4 members, 6 images, 3 classes):
# all members agree, the images differ: ratio 0.000, metric 0.667, disagreement 0.000
# each member has its own class for all images: ratio 0.500, metric 0.000, disagreement 0.833
# criterion: 4 values for 6 images
# the example of the documentation: ratio 0.35, metric 0.45
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 torchmetrics==1.9.0 lightning==2.6.6 seaborn==0.13.2 \
  einops==0.8.2 huggingface-hub==2.4.0 scipy==1.17.1 pillow==13.0.0 rich==15.0.0 2> "$folder/pip.log" &&
  "$folder/venv/bin/pip" -q install --no-compile --no-deps torchvision==0.28.0 torch-uncertainty==0.13.0 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import torch

if torch.version.cuda is None:  # torchvision's build wants a GPU's libraries for these two operators, unused here
    for name in ("nms", "qnms"):
        torch.library.define(f"torchvision::{name}", "(Tensor boxes, Tensor scores, float threshold) -> Tensor")

from torch_uncertainty.metrics import Disagreement, VariationRatio  # noqa: E402
from torch_uncertainty.ood_criteria import VariationRatioCriterion  # noqa: E402


def told(classes):
    """The mean over the images of the ratio by its definition, of the metric, and of its neighbour; classes: images by members."""
    votes = torch.nn.functional.one_hot(classes, 3)
    ratio = (1 - votes.sum(1).max(1).values / classes.shape[1]).mean()
    metrics = [VariationRatio(probabilistic=False), Disagreement()]
    for metric in metrics:
        metric.update(votes.float())
    return "ratio {:.3f}, metric {:.3f}, disagreement {:.3f}".format(ratio, *(metric.compute() for metric in metrics))


images = torch.tensor([0, 1, 2, 0, 1, 2])[:, None].expand(6, 4)
members = torch.tensor([0, 0, 1, 2])[None].expand(6, 4)
print(f"all members agree, the images differ: {told(images)}")
print(f"each member has its own class for all images: {told(members)}")
values = VariationRatioCriterion()(torch.nn.functional.one_hot(images, 3).float().transpose(0, 1))
print(f"criterion: {len(values)} values for {len(images)} images")
example = torch.tensor([[[0.7, 0.3], [0.6, 0.4], [0.8, 0.2]], [[0.4, 0.6], [0.5, 0.5], [0.3, 0.7]]])
metric = VariationRatio()
metric.update(example)
print(f"the example of the documentation: ratio {1 - example.mean(1).max(1).values.mean():.2f}, metric {metric.compute():.2f}")
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n 's/^# \(all members \|each member \|criterion: \|the example of the documentation: \)/\1/p' "$0" | cmp - "$folder/seen"
