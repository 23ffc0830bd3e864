#!/bin/sh
# image-similarity-measures compares two images, for satellites of up to 12 bits and for any file that it reads as whole numbers.
# GUESS, written down before: "equal skimage/torchmetrics/their papers; identical images give the best score".
# FOUND (image-similarity-measures 0.3.6 with phasepack 1.5), without a word (rmse, psnr and ssim follow their formulas):
# 1. SAM is the angle between two pixels' colours, 0 for an image and itself. The products of whole numbers are taken in their
#    own 8 or 16 bits and run over: the angle is near 90 degrees, and more for the image itself than for another.
#    As floating-point numbers both are right. (The angles near 90 are known, as issue 50, open, without the cause.)
# 2. ISSM divides by 16 before it looks for edges, as for 12 bits whatever was given. In 8 bits no edge is left, 0 / 0 follows,
#    and is made 0: so an image has ISSM 0 with itself and with any other.
# Output seen, 2026-12-01 (a board of checks, and the same with red and blue exchanged and moved by five pixels; degrees):
# 8 bits: angle 88.17 to itself and 88.12 to another, ISSM 0.00 to itself and 0.00 to another
# 12 bits in 16: angle 88.17 to itself and 88.12 to another, ISSM 1.00 to itself and 0.41 to another
# float64: angle 0.00 to itself and 31.54 to another, ISSM 1.00 to itself and 0.41 to another
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile numpy==2.4.6 scipy==1.17.1 opencv-python-headless==5.0.0.93 scikit-image==0.26.0 \
  pyfftw==0.15.1 2> "$folder/pip.log" &&
  "$folder/venv/bin/pip" -q install --no-compile --no-deps phasepack==1.5 image-similarity-measures==0.3.6 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import numpy as np
from image_similarity_measures.quality_metrics import issm, sam

side = np.arange(96)
checks = 40 + 160 * ((side[:, None] // 12 + side // 12) % 2)
image = np.stack([checks, checks // 2, 20 + side[:, None] + 0 * checks], axis=2)
other = np.roll(image[:, :, ::-1], 5, axis=1)


def told(measure, kind, factor):
    one, two = ((each * factor).astype(kind) for each in (image, other))
    return f"{measure(one, one):.2f} to itself and {measure(one, two):.2f} to another"


for name, kind, factor in (("8 bits", np.uint8, 1), ("12 bits in 16", np.uint16, 16), ("float64", np.float64, 16)):
    print(f"{name}: angle {told(sam, kind, factor)}, ISSM {told(issm, kind, factor)}")
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n 's/^# \(8 bits: \|12 bits in \|float64: \)/\1/p' "$0" | cmp - "$folder/seen"
