#!/bin/sh
# How much of an explanation lies inside the object? Attribution localisation (Kohlbrenner and others, 2020) is its share there. In
# its weighted form that share is multiplied by the image's size and divided by the object's, so that a map that knows nothing has
# 1. Quantus has it, and the pointing game, which asks whether the map's highest point is inside.
# GUESS, written down before: "normalise/similarity/perturb functions and Sparseness, Complexity, localisation metrics = papers".
# FOUND (quantus 0.6.0, torch 2.13.0), without a word, beside much that is right:
# 1. The size of the image is taken from the batch: that of all its images but the first two, with their channels. So the score of
#    one map depends on how many others are scored with it, and one or two have none left to be divided by.
# 2. The object's share is multiplied by, not divided by. The larger the object, the better a map that knows nothing.
# 3. An image without an object is to have no score, "Return NaN if segmentation is empty", and has one in the pointing game: a hit.
#    The list is one of true and false, and NaN put into that is true. (For the same reason its weighted form raises an error.)
# Output seen, 2026-12-01 (one map that is even but for a point, its object a quarter of 16x16 pixels; by the paper, and as one of
# so many; objects of 1/16, 1/4 and all, six at once; two images, the second without an object):
# weighted, by the paper 1.00: one of 1 inf, of 2 inf, of 3 0.02083, of 4 0.01042, of 6 0.005208
# weighted, by the size of the object: 1/16 0.0003, 1/4 0.0052, all 0.0833
# no object: pointing game True, share nan, mass nan
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 scikit-image==0.26.0 \
  opencv-python-headless==5.0.0.93 pandas==3.1.1 matplotlib==3.11.2 tqdm==4.70.1 2> "$folder/pip.log" &&
  "$folder/venv/bin/pip" -q install --no-compile --no-deps quantus==0.6.0 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import numpy as np
import quantus
import torch

net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 16 * 16, 2))


def score(kind, sides, **how):
    """The scores of the same map for objects that are squares in the corner, of these sides."""
    maps, objects = np.full((len(sides), 1, 16, 16), 0.5), np.zeros((len(sides), 1, 16, 16))
    maps[:, :, 12, 12] = 0.51
    for each, side in zip(objects, sides):
        each[:, :side, :side] = 1
    images, labels = np.random.default_rng(0).random((len(sides), 3, 16, 16)), np.zeros(len(sides), dtype=int)
    metric = kind(disable_warnings=True, **how)
    return metric(model=net, x_batch=images, y_batch=labels, a_batch=maps, s_batch=objects, channel_first=True)


inside = quantus.AttributionLocalisation
by_paper = score(inside, [8])[0] * 16 * 16 / (8 * 8)
alone = ", of ".join(f"{many} {score(inside, [8] * many, weighted=True)[0]:.4g}" for many in (1, 2, 3, 4, 6))
print(f"weighted, by the paper {by_paper:.2f}: one of {alone}")
sizes = score(inside, [4, 8, 16] * 2, weighted=True)
print("weighted, by the size of the object: 1/16 {:.4f}, 1/4 {:.4f}, all {:.4f}".format(*sizes[:3]))
kinds = quantus.PointingGame, inside, quantus.RelevanceMassAccuracy
print("no object: pointing game {}, share {}, mass {}".format(*(score(kind, [8, 0])[1] for kind in kinds)))
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n 's/^# \(weighted, \|no object: \)/\1/p' "$0" | cmp - "$folder/seen"
