#!/bin/sh
# An image and the place of something in it (an eye, a joint) go through the same transforms of torchvision.transforms.v2.
# GUESS, written down before: "flip after resize = resize after flip; keypoint stays on the blob it marks".
# FOUND (torchvision 0.28.0, torch 2.13.0): a flip takes a keypoint at 3 for the middle of pixel 3 (of 16: 16 - 1 - 3 = 12),
# a rotation and a change of size for a distance from the image's edge (16 - 3 = 13; eight times as large: 24). Half a turn
# is a flip along both axes, pixel for pixel; the keypoint lands one pixel further along each. Flipped and then made eight times
# as large, it lies 7 pixels from where it lies when it was first made larger, though the images are the same. Boxes go by
# the edges throughout. Nothing is said in the documents of which of the two a keypoint is.
# (AlbumentationsX has the same under its issue 529.)
# Output seen, 2026-11-29 (one bright pixel of a 16x16 image at x 3, y 5; or its middle once it is eight pixels wide):
# flipped along both axes: pixel [12.0, 10.0], keypoint [12.0, 10.0]
# turned by half: pixel [12.0, 10.0], keypoint [13.0, 11.0]
# turned by a quarter: pixel [5.0, 12.0], keypoint [5.0, 13.0]
# flipped, then eight times as large: pixel [99.5, 43.5], keypoint [96.0, 40.0]
# eight times as large, then flipped: pixel [99.5, 43.5], keypoint [103.0, 40.0]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
{
  "$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 pillow==13.0.0
  "$folder/venv/bin/pip" -q install --no-compile --no-deps torchvision==0.28.0
} 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

import torch

if torch.version.cuda is None:  # torchvision's build wants a GPU's libraries for these two operators, unused here
    for name in ("nms", "qnms"):
        torch.library.define(f"torchvision::{name}", "(Tensor boxes, Tensor scores, float threshold) -> Tensor")
from torchvision.transforms.v2 import InterpolationMode  # noqa: E402
from torchvision.transforms.v2.functional import horizontal_flip, resize, rotate, vertical_flip  # noqa: E402
from torchvision.tv_tensors import BoundingBoxes, Image, KeyPoints  # noqa: E402


def larger(x):
    """The image, or the keypoint, eight times as large."""
    return resize(x, [128, 128], interpolation=InterpolationMode.NEAREST)


picture = torch.zeros(1, 16, 16)
picture[0, 5, 3] = 1
point = KeyPoints([[3.0, 5.0]], canvas_size=(16, 16))
box = BoundingBoxes([[3.0, 5.0, 4.0, 6.0]], format="XYXY", canvas_size=(16, 16))  # of the same pixel
CHANGES = {
    "flipped along both axes": lambda x: horizontal_flip(vertical_flip(x)),
    "turned by half": lambda x: rotate(x, 180),
    "turned by a quarter": lambda x: rotate(x, 90),
    "flipped, then eight times as large": lambda x: larger(horizontal_flip(x)),
    "eight times as large, then flipped": lambda x: horizontal_flip(larger(x)),
}
seen = []
for name, change in CHANGES.items():
    _, rows, columns = change(Image(picture)).nonzero(as_tuple=True)
    pixel, keypoint = [columns.double().mean().item(), rows.double().mean().item()], change(point)[0].tolist()
    print(f"{name}: pixel {pixel}, keypoint {keypoint}")
    seen.append((pixel, keypoint))
expected = [([12, 10], [12, 10]), ([12, 10], [13, 11]), ([5, 12], [5, 13])]
expected += [([99.5, 43.5], [96, 40]), ([99.5, 43.5], [103, 40])]
boxes = [change(box)[0].tolist() for change in list(CHANGES.values())[:2]]
sys.exit(not (seen == expected and boxes == [[12, 10, 13, 11]] * 2))
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
