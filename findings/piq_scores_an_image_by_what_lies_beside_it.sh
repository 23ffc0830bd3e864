#!/bin/sh
# SR-SIM compares two images where their contents catch the eye: a map of salience, brought to lie between 0 and 1, weighs the
# places. piq computes it for a batch of pairs; reduction="none" hands back a score for each.
# GUESS, written down before for torchmetrics ("batched = mean of singles") and asked of piq's in the same comparison. (They
# hold for SSIM, MS-SSIM, GMSD, MS-GMSD, VIF, FSIM, VSI, MDSI, HaarPSI and DSS.)
# FOUND (piq 0.8.0, torch 2.13.0): the salience is scaled by the least and the largest of the whole batch, in place of each
# image's. So the score of a pair depends on the images in its batch: the same pair has 0.895 alone, 0.915 with a picture of
# one line and 0.779 with a flat grey one, each compared with itself. A noisier image next to the line
# beats a less noisy one that is alone, and an average over a set depends on the size and the order of its batches. Without a
# word.
# Output seen, 2026-12-01 (a soft picture of 128x128 with noise of 0.10 and of 0.11; what lies beside is compared with itself):
# alone: noise 0.10 0.895, noise 0.11 0.883
# beside itself: noise 0.10 0.900, noise 0.11 0.889
# beside a line: noise 0.10 0.915, noise 0.11 0.906
# beside a grey image: noise 0.10 0.779, noise 0.11 0.774
# the other ten measures, alone and beside a line: at most 0.000 apart
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 pillow==13.0.0 2> "$folder/pip.log" &&
  "$folder/venv/bin/pip" -q install --no-compile --no-deps torchvision==0.28.0 piq==0.8.0 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import torch

if torch.version.cuda is None:  # torchvision's build wants a GPU's libraries for these two operators, unused here
    for name in ("nms", "qnms"):
        torch.library.define(f"torchvision::{name}", "(Tensor boxes, Tensor scores, float threshold) -> Tensor")

import piq  # noqa: E402

OTHERS = "ssim", "multi_scale_ssim", "gmsd", "multi_scale_gmsd", "vif_p", "fsim", "vsi", "mdsi", "haarpsi", "dss"


def batch(beside, side):
    """The pictures, their noisy copies and, where there are some, the images beside them."""
    torch.manual_seed(0)
    soft = torch.nn.functional.interpolate(torch.rand(1, 1, 16, 16), size=(side, side), mode="bicubic").clamp(0, 1)
    noise = torch.randn(1, 1, side, side)
    noisy = [(soft + by * noise).clamp(0, 1) for by in (0.10, 0.11)]
    images = {None: None, "itself": soft, "a line": torch.zeros_like(soft), "a grey image": torch.full_like(soft, 0.5)}
    images["a line"][..., side // 2, :] = 1
    other = images[beside]
    pairs = [(one, soft) if other is None else (torch.cat([one, other]), torch.cat([soft, other])) for one in noisy]
    return [tuple(each.repeat(1, 3, 1, 1) for each in pair) for pair in pairs]


def scores(measure, beside=None, side=128):
    how = {"data_range": 1.0, "reduction": "none"}
    return [float(getattr(piq, measure)(*pair, **how)[0]) for pair in batch(beside, side)]


for beside in (None, "itself", "a line", "a grey image"):
    low, high = scores("srsim", beside)
    print(f"{f'beside {beside}' if beside else 'alone'}: noise 0.10 {low:.3f}, noise 0.11 {high:.3f}")
apart = [abs(scores(each, None, 256)[0] - scores(each, "a line", 256)[0]) for each in OTHERS]
print(f"the other ten measures, alone and beside a line: at most {max(apart):.3f} apart")
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n 's/^# \(alone: \|beside \|the other ten \)/\1/p' "$0" | cmp - "$folder/seen"
