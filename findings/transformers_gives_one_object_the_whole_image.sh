#!/bin/sh
# From a network's queries (a class and a mask each) to a map of segments, by the image processors of transformers. mask_threshold is the
# "threshold to use when turning the predicted masks into binary values".
# GUESS, written down before: "post_process_panoptic/instance of MaskFormer, Mask2Former, OneFormer, EoMT agree with each other for
# same logits".
# FOUND (transformers 5.24.0, torch 2.13.0): a pixel goes to the query that is likeliest there, however unlikely, and for panoptic maps
# only EoMT asks then whether it is above mask_threshold (so does Mask2Former's original). In the others an object without neighbours
# gets the whole image, with its full score; two share all of it. Nothing is left for "no object", and mask_threshold does not
# change that. DETR's and Conditional DETR's *instance* maps are made so, too. Where stuff fills the image it does not show.
# Known since 2023 (issue 23461, open): after a label was fused the next segment gets a number that another one has.
# Output seen, 2026-12-01 (squares of 8x8 in an image of 24x24, 576 pixels; logits of 8 inside, -8 outside):
# maskformer: panoptic: one object 576, mask_threshold=0.99 576, two objects 512 + 64; instance: one object 64
# mask2former: panoptic: one object 576, mask_threshold=0.99 576, two objects 476 + 100; instance: one object 63
# detr: panoptic: one object 576, mask_threshold=0.99 576, two objects 512 + 64; instance: one object 576
# conditional_detr: panoptic: one object 576, mask_threshold=0.99 576, two objects 512 + 64; instance: one object 576
# eomt: panoptic: one object 64, mask_threshold=0.99 64, two objects 64 + 64; instance: one object 64
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 pillow==13.0.0 transformers==5.24.0 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
from types import SimpleNamespace

import torch
import transformers

SIZE, CLASSES = 24, 4
PROCESSORS = {
    "maskformer": transformers.MaskFormerImageProcessorPil,
    "mask2former": transformers.Mask2FormerImageProcessorPil,
    "detr": transformers.DetrImageProcessorPil,
    "conditional_detr": transformers.ConditionalDetrImageProcessorPil,
    "eomt": transformers.EomtImageProcessorPil,
}


def answer(*columns):
    """What a network says that is sure of squares which begin at these columns, and of nothing else (its last query)."""
    classes = torch.full((1, len(columns) + 1, CLASSES + 1), -8.0)
    masks = torch.full((1, len(columns) + 1, SIZE, SIZE), -8.0)
    for query, column in enumerate(columns):
        classes[0, query, 2] = 8
        masks[0, query, 4:12, column : column + 8] = 8
    classes[0, -1, -1] = 8
    both = {"class_queries_logits": classes, "masks_queries_logits": masks}
    return SimpleNamespace(**both, logits=classes, pred_masks=masks)


def pixels(name, task, *columns, **more):
    """How many pixels each segment gets."""
    if name == "eomt":
        more["size"] = {"shortest_edge": SIZE, "longest_edge": SIZE}
    ask = getattr(PROCESSORS[name](), f"post_process_{task}_segmentation")
    found = ask(answer(*columns), target_sizes=[(SIZE, SIZE)], **more)[0]
    assert len(found["segments_info"]) == len(columns) and all(each["score"] > 0.97 for each in found["segments_info"])
    return " + ".join(str(int((found["segmentation"] == each["id"]).sum())) for each in found["segments_info"])


transformers.logging.set_verbosity_error()
for name in PROCESSORS:
    strict, two = pixels(name, "panoptic", 2, mask_threshold=0.99), pixels(name, "panoptic", 2, 14)
    told = f"{name}: panoptic: one object {pixels(name, 'panoptic', 2)}, mask_threshold=0.99 {strict}, two objects {two}"
    print(f"{told}; instance: one object {pixels(name, 'instance', 2)}")
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
cmp - "$folder/seen" <<'END'
maskformer: panoptic: one object 576, mask_threshold=0.99 576, two objects 512 + 64; instance: one object 64
mask2former: panoptic: one object 576, mask_threshold=0.99 576, two objects 476 + 100; instance: one object 63
detr: panoptic: one object 576, mask_threshold=0.99 576, two objects 512 + 64; instance: one object 576
conditional_detr: panoptic: one object 576, mask_threshold=0.99 576, two objects 512 + 64; instance: one object 576
eomt: panoptic: one object 64, mask_threshold=0.99 64, two objects 64 + 64; instance: one object 64
END
