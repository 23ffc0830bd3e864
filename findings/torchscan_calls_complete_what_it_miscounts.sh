#!/bin/sh
# torchscan reports for each layer its products, its comparisons and its reach, each with a status: "complete",
# "unavailable", and so on, and beside them what torch's own counter says.
# GUESS, written down before: it counts transposed convolutions and others "with right number of products (or reports an
# unsupported layer)". The other two kinds were found in its source afterwards; what is called complete should be right.
# FOUND (torchscan 0.2.0, torch 2.13.0), three kinds, all called "complete":
# 1. A transposed convolution is counted as if each place of its result met the whole window: by steps of 2, four times
#    too much. Torch's counter in the same report has the right number.
# 2. MaxPool2d(3) has two comparisons at a place, MaxPool2d((3, 3)), the same layer, eight: where the window is given as
#    one number it is taken for one axis. An average pool likewise.
# 3. The receptive field of a layer with a window of 1x7 is 1, that of 7x1 is 7: only the rows are looked at.
# Output seen, 2026-11-29:
# 16 to 8 channels, a window of 2 by steps of 2, on 4x4 places: macs 32776, torch's counter 16384 for two of each
# comparisons at a place: one number 2, a pair 8; field of 1x7: 1, of 7x1: 7
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install torch==2.13.0 numpy==2.4.6 torchscan==0.2.0 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import sys

from torch import nn
from torchscan import crawl_module


def measured(layer, shape, metric):
    """What is said of that layer, if it is called complete, and torch's own count (two for each product) beside it."""
    report = crawl_module(nn.Sequential(layer), shape)
    said = report["layers"][1]["metrics"][metric]
    assert said["status"] == "complete"
    return said["value"], report["totals"]["operator_flops"]["value"]


way_up = measured(nn.ConvTranspose2d(16, 8, 2, stride=2, bias=False), (16, 4, 4), "macs")
plain = measured(nn.Conv2d(16, 8, 2, stride=2, bias=False), (16, 4, 4), "macs")
print("transposed: macs {}, torch's counter {}".format(*way_up), "plain: {} {}".format(*plain))
pools = [measured(nn.MaxPool2d(window), (1, 3, 3), "module_flops")[0] for window in (3, (3, 3))]
fields = [measured(nn.Conv2d(1, 1, window), (1, 9, 9), "receptive_field")[0] for window in ((1, 7), (7, 1))]
print("comparisons: one number {}, a pair {};".format(*pools), "field of 1x7: {}, of 7x1: {}".format(*fields))
seen = way_up == (32776, 16384) and plain == (2048, 4096) and pools == [2, 8] and fields == [1, 7]
sys.exit(not seen)
PY
"$folder/venv/bin/python" "$folder/ask.py" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
