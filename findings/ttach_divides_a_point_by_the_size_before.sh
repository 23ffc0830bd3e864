#!/bin/sh
# ttach asks a network about an image and about the image flipped, turned or resized, brings the answers back and averages them.
# Its KeypointsTTAWrapper does so for points, in pixels (scaled=False, the default) or in parts of the image's sides.
# GUESS, written down before: "merged = input for all transforms incl. keypoints; rot90 keypoints at right place".
# FOUND (ttach 0.0.3, torch 2.13.0): points in parts of the sides are right. Points in pixels are divided by the sides of the
# image as it was, not by those of the image that the network has seen. So after Scale and Resize they are as many times too far
# from the corner as the image was enlarged, and after a quarter turn of an image that is not square they land elsewhere, even
# outside of it. Without a word. Masks and labels are right.
# Output seen, 2026-12-01 (a network that finds the one bright pixel exactly, whose middle is (2.5, 1.5); one transform each,
# averaged with the image itself; sizes as height x width):
# flips, 8x8: in pixels (2.5, 1.5), in parts of the sides (2.5, 1.5)
# flips, 4x8: in pixels (2.5, 1.5), in parts of the sides (2.5, 1.5)
# a quarter turn, 8x8: in pixels (2.5, 1.5), in parts of the sides (2.5, 1.5)
# a quarter turn, 4x8: in pixels (-0.25, 1.125), in parts of the sides (2.5, 1.5)
# twice as large, 8x8: in pixels (3.75, 2.25), in parts of the sides (2.5, 1.5)
# four times as large, 4x8: in pixels (6.25, 3.75), in parts of the sides (2.5, 1.5)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 ttach==0.0.3 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import torch
import ttach


class Point(torch.nn.Module):
    """Finds the one bright pixel: the middle of it, in pixels or in parts of the sides."""

    def __init__(self, scaled):
        super().__init__()
        self.scaled = scaled

    def forward(self, images):
        height, width = images.shape[2:]
        y, x = (images[0, 0] > images.max() / 2).nonzero().float().mean(0) + 0.5
        return torch.stack([x / width, y / height] if self.scaled else [x, y])[None]


def merged(transform, size, scaled):
    """The point of an image whose bright pixel is the third in the second row, in pixels."""
    image = torch.zeros(1, 1, *size)
    image[0, 0, 1, 2] = 1
    point = ttach.KeypointsTTAWrapper(Point(scaled), ttach.Compose([transform]), scaled=scaled)(image)[0]
    return "({:.4g}, {:.4g})".format(*(point * torch.tensor(size[::-1]) if scaled else point))


cases = {
    "flips, 8x8": (ttach.HorizontalFlip(), (8, 8)),
    "flips, 4x8": (ttach.HorizontalFlip(), (4, 8)),
    "a quarter turn, 8x8": (ttach.Rotate90([90]), (8, 8)),
    "a quarter turn, 4x8": (ttach.Rotate90([90]), (4, 8)),
    "twice as large, 8x8": (ttach.Scale([2]), (8, 8)),
    "four times as large, 4x8": (ttach.Scale([4]), (4, 8)),
}
for name, (transform, size) in cases.items():
    print(f"{name}: in pixels {merged(transform, size, False)}, in parts of the sides {merged(transform, size, True)}")
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n 's/^# \(flips, \|a quarter turn, \|twice as \|four times as \)/\1/p' "$0" | cmp - "$folder/seen"
