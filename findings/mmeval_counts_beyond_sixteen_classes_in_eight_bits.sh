#!/bin/sh
# MMEval, OpenMMLab's measures, counts for MeanIoU how often a pixel of each class is given each class: in one list, by the number
# that the two classes make, classes * truth + answer. SumAbsoluteDifferences sums what two images differ by.
# GUESS, written down before: "mmeval 0.2.1: mIoU, SSIM, PSNR, ... = definitions". (PSNR, SNR, MAE and MSE do.)
# FOUND (mmeval 0.2.1, torch 2.13.0), without a word: both compute in the type that they are given. Label maps and images are
# commonly read as 8 bits, which run over at 256.
# 1. From 17 classes on pixels are counted for two other classes. A right answer has a mean IoU of 0.615 with Cityscapes' 19
#    classes and of 0.343 with VOC's 21, as an array and as a tensor. Up to 16 classes all is right, and so it is in 64 bits. Of
#    two answers the worse stays the worse, so that nothing looks odd.
# 2. A difference below zero is taken for what it lacks to 256: black and white differ by 1. They are the documentation's example.
# Output seen, 2026-12-01 (maps of 42x40 pixels with all classes; then images of 32x32):
# 15 classes, right: int64 1.000, uint8 1.000, a tensor of uint8 1.000
# 15 classes, a quarter wrong: int64 0.598, uint8 0.598, a tensor of uint8 0.598
# 15 classes, by chance: int64 0.039, uint8 0.039, a tensor of uint8 0.039
# 19 classes, right: int64 1.000, uint8 0.615, a tensor of uint8 0.615
# 19 classes, a quarter wrong: int64 0.598, uint8 0.363, a tensor of uint8 0.363
# 19 classes, by chance: int64 0.030, uint8 0.021, a tensor of uint8 0.021
# 21 classes, right: int64 1.000, uint8 0.343, a tensor of uint8 0.343
# 21 classes, a quarter wrong: int64 0.600, uint8 0.219, a tensor of uint8 0.219
# 21 classes, by chance: int64 0.029, uint8 0.021, a tensor of uint8 0.021
# all 0 and all 255: float64 261.120, uint8 1.024
# all 100 and all 90: float64 10.240, uint8 10.240
# all 100 and all 110: float64 10.240, uint8 251.904
# all 100 and all 101: float64 1.024, uint8 261.120
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 scipy==1.17.1 opencv-python-headless==5.0.0.93 \
  plum-dispatch==1.7.4 pyyaml==6.0.4 rich==15.0.0 2> "$folder/pip.log" &&
  "$folder/venv/bin/pip" -q install --no-compile --no-deps mmeval==0.2.1 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import numpy as np
import torch
from mmeval import MeanIoU, SumAbsoluteDifferences

truth = np.arange(42)[:, None] // 2 + np.zeros((1, 40), int)
worse, chance = truth.copy(), np.random.default_rng(0).integers(0, 21, truth.shape)
worse[:, :10] += 1
kinds = {"int64": np.int64, "uint8": np.uint8, "a tensor of uint8": lambda each: torch.tensor(each, dtype=torch.uint8)}


def told(answer, classes, kind):
    maps = ([kind(each % classes)] for each in (answer, truth))
    return f"{MeanIoU(num_classes=classes)(*maps)['mIoU']:.3f}"


for classes in (15, 19, 21):
    for name, answer in (("right", truth), ("a quarter wrong", worse), ("by chance", chance)):
        print(f"{classes} classes, {name}: {', '.join(f'{how} {told(answer, classes, kind)}' for how, kind in kinds.items())}")


def apart(one, other, kind):
    """The sum of the differences of two images of 32x32, each of one grey, in thousands."""
    images = ([np.full((32, 32), grey, kind)] for grey in (one, other))
    return f"{SumAbsoluteDifferences()(*images)['sad']:.3f}"


for one, other in ((0, 255), (100, 90), (100, 110), (100, 101)):
    print(f"all {one} and all {other}: float64 {apart(one, other, np.float64)}, uint8 {apart(one, other, np.uint8)}")
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n 's/^# \([0-9]* classes, \|all [0-9]* and \)/\1/p' "$0" | cmp - "$folder/seen"
