#!/bin/sh
# An image and the box round something in it go together through the augmentation layers of Keras, which are told in which of
# its formats the boxes are (bounding_box_format).
# GUESS, written down before a first sweep in the format xyxy: the box stays round the bright patch, to a pixel; and before a
# second one: the other formats do no worse.
# FOUND (Keras 3.15.1 on jax 0.10.2, and on torch 2.13.0 alike), four layers, all without a word:
# 1. RandomShear takes the factor for pixels for one of parts of the sides: along x, a box goes width / height times too far.
# 2. RandomRotation and RandomPerspective take the numbers for corners in pixels, whatever the format is, and convert what
#    comes out into it. Given COCO's xywh or parts of the sides (rel_xyxy), the box lies anywhere, even outside the image.
# 3. RandomCrop takes the rows cut off above from the box's columns, and the columns from its rows (Keras' issue 23518, put
#    right in its source since), and parts of the sides it takes for parts of what is cut out.
# Turned in xyxy the box is only one pixel off, towards 0. RandomFlip, RandomTranslation, RandomZoom, CenterCrop and Resizing
# are right in each format. Segmentation masks follow the image through all nine (on torch, through eight).
# Output seen, 2026-11-30 (left, top, right, bottom of the patch and of its box, in pixels, an image of 40 rows):
# moved, xyxy: patch [30, 18, 42, 30], box [30.0, 18.0, 42.0, 30.0]
# moved, xywh: patch [30, 18, 42, 30], box [30.0, 18.0, 42.0, 30.0]
# moved, rel_xyxy: patch [30, 18, 42, 30], box [30.0, 18.0, 42.0, 30.0]
# sheared, 40 columns, xyxy: patch [18, 10, 34, 22], box [18.0, 10.0, 34.8, 22.0]
# sheared, 120 columns, xyxy: patch [58, 10, 74, 22], box [66.0, 10.0, 92.4, 22.0]
# turned by half, 60 columns, xyxy: patch [24, 18, 36, 30], box [23.0, 17.0, 35.0, 29.0]
# turned by half, 60 columns, xywh: patch [24, 18, 36, 30], box [35.0, 27.0, 47.0, 29.0]
# turned by half, 60 columns, rel_xyxy: patch [24, 18, 36, 30], box [58.4, 38.5, 58.6, 38.8]
# in perspective, 60 columns, xyxy: patch [20, 9, 31, 21], box [19.7, 9.2, 31.6, 21.5]
# in perspective, 60 columns, xywh: patch [20, 9, 31, 21], box [19.7, 9.2, 51.3, 30.7]
# in perspective, 60 columns, rel_xyxy: patch [20, 9, 31, 21], box [1184.6, 366.4, 1896.1, 860.2]
# cropped to 36 by 24, 60 columns, xyxy: patch [8, 8, 20, 20], box [22.0, 0.0, 34.0, 6.0]
# cropped to 36 by 24, 60 columns, rel_xyxy: patch [8, 8, 20, 20], box [7.6, 0.0, 12.4, 3.8]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile numpy==2.4.6 keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 \
  2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import numpy as np
from keras import layers, ops

# The four corners of a box in pixels, into a format and back, for an image of w by h.
FORMATS = {
    "xyxy": (lambda box, w, h: box, lambda box, w, h: box),
    "xywh": (lambda box, w, h: [*box[:2], *(box[2:] - box[:2])], lambda box, w, h: [*box[:2], *(box[:2] + box[2:])]),
    "rel_xyxy": (lambda box, w, h: box / [w, h, w, h], lambda box, w, h: box * [w, h, w, h]),
}


def moved(name, width, make, *formats):
    """Prints where a patch and the box round it come to lie."""
    patch = np.array([width // 2 - 6, 10, width // 2 + 6, 22])
    image = np.zeros((1, 40, width, 1), np.float32)
    image[0, patch[1] : patch[3], patch[0] : patch[2]] = 1
    for told in formats:
        there, back = FORMATS[told]
        box = np.array([[there(patch, width, 40)]], np.float32)
        given = {"images": image, "bounding_boxes": {"boxes": box, "labels": np.ones((1, 1), np.int32)}}
        made = make(bounding_box_format=told)(given, training=True)
        bright = ops.convert_to_numpy(made["images"])[0, ..., 0]
        rows, columns = np.nonzero(bright > 0.5)
        ends = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        box = ops.convert_to_numpy(made["bounding_boxes"]["boxes"])[0, 0]
        box = [round(float(end), 1) for end in back(box, *bright.shape[::-1])]
        print(f"{name}, {told}: patch {np.array(ends).tolist()}, box {box}")


def by(layer, *arguments, **options):
    return lambda **told: layer(*arguments, seed=2, **options, **told)


dark = {"fill_mode": "constant"}
moved("moved", 60, by(layers.RandomTranslation, (0.2, 0.2), (0.1, 0.1), **dark), *FORMATS)
moved("sheared, 40 columns", 40, by(layers.RandomShear, (0.4, 0.4), 0.0, **dark), "xyxy")
moved("sheared, 120 columns", 120, by(layers.RandomShear, (0.4, 0.4), 0.0, **dark), "xyxy")
moved("turned by half, 60 columns", 60, by(layers.RandomRotation, (0.5, 0.5), **dark), *FORMATS)
moved("in perspective, 60 columns", 60, by(layers.RandomPerspective, 1.0, 0.3), *FORMATS)
moved("cropped to 36 by 24, 60 columns", 60, by(layers.RandomCrop, 36, 24), "xyxy", "rel_xyxy")
PY
KERAS_HOME=$folder KERAS_BACKEND=jax "$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" > "$folder/seen" ||
  { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
cmp - "$folder/seen" <<'END'
moved, xyxy: patch [30, 18, 42, 30], box [30.0, 18.0, 42.0, 30.0]
moved, xywh: patch [30, 18, 42, 30], box [30.0, 18.0, 42.0, 30.0]
moved, rel_xyxy: patch [30, 18, 42, 30], box [30.0, 18.0, 42.0, 30.0]
sheared, 40 columns, xyxy: patch [18, 10, 34, 22], box [18.0, 10.0, 34.8, 22.0]
sheared, 120 columns, xyxy: patch [58, 10, 74, 22], box [66.0, 10.0, 92.4, 22.0]
turned by half, 60 columns, xyxy: patch [24, 18, 36, 30], box [23.0, 17.0, 35.0, 29.0]
turned by half, 60 columns, xywh: patch [24, 18, 36, 30], box [35.0, 27.0, 47.0, 29.0]
turned by half, 60 columns, rel_xyxy: patch [24, 18, 36, 30], box [58.4, 38.5, 58.6, 38.8]
in perspective, 60 columns, xyxy: patch [20, 9, 31, 21], box [19.7, 9.2, 31.6, 21.5]
in perspective, 60 columns, xywh: patch [20, 9, 31, 21], box [19.7, 9.2, 51.3, 30.7]
in perspective, 60 columns, rel_xyxy: patch [20, 9, 31, 21], box [1184.6, 366.4, 1896.1, 860.2]
cropped to 36 by 24, 60 columns, xyxy: patch [8, 8, 20, 20], box [22.0, 0.0, 34.0, 6.0]
cropped to 36 by 24, 60 columns, rel_xyxy: patch [8, 8, 20, 20], box [7.6, 0.0, 12.4, 3.8]
END
