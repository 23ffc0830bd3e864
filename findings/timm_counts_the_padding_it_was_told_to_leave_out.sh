#!/bin/sh
# A ResNet-D averages 2x2 pixels in the shortcut of each stage's first block. Where a stage is dilated (output_stride=16 or 8,
# for segmentation) timm takes that average by steps of 1 with as much padding as keeps the size, and asks for
# count_include_pad=False: what lies outside does not count. TensorFlow's "SAME", after which the layer is named, does the
# same.
# GUESS, written down before its layers were held against their formulas: "Conv2dSame / MaxPool2dSame / AvgPool2dSame = TF SAME".
# FOUND (timm 1.0.31, torch 2.13.0): the layer fills the map up with zeros first and pools then, so that torch has no padding
# left to leave out: count_include_pad has no effect. Of a map of ones the last row and the last column become 0.5, the corner
# 0.25, and at output_stride=8 this happens twice, in 7 of 100 places each. Without dilation the same network averages what
# there is. So do resnetv2_50d and nfnet_l0 (and whatever else takes this layer). Without a word. SAME convolutions and
# maximum pools are right.
# Output seen, 2026-12-01 (a map of ones in each shortcut that averages; images of 224x224):
# timm's layer, 2x2: count_include_pad=False 0.25 to 1, True 0.25 to 1
# torch's, 3x3 and padding 1: count_include_pad=False 1 to 1, True 0.444 to 1
# resnet50d, output stride 32: 28x28 1 to 1, 14x14 1 to 1, 7x7 1 to 1
# resnet50d, output stride 16: 28x28 1 to 1, 14x14 1 to 1, 14x14 0.25 to 1 (14 of 100 below 1)
# resnet50d, output stride 8: 28x28 1 to 1, 28x28 0.25 to 1 (7 of 100 below 1), 28x28 0.25 to 1 (7 of 100 below 1)
# resnetv2_50d, output stride 8: 28x28 1 to 1, 28x28 0.25 to 1 (7 of 100 below 1), 28x28 0.25 to 1 (7 of 100 below 1)
# nfnet_l0, output stride 16: 28x28 1 to 1, 14x14 1 to 1, 14x14 0.25 to 1 (14 of 100 below 1)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 pillow==13.0.0 pyyaml==6.0.4 safetensors==0.8.0 \
  huggingface-hub==2.4.0 2> "$folder/pip.log" &&
  "$folder/venv/bin/pip" -q install --no-compile --no-deps torchvision==0.28.0 timm==1.0.31 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import torch

if torch.version.cuda is None:  # torchvision's build wants a GPU's libraries for these two operators, unused here
    for name in ("nms", "qnms"):
        torch.library.define(f"torchvision::{name}", "(Tensor boxes, Tensor scores, float threshold) -> Tensor")

import timm  # noqa: E402
from timm.layers.pool2d_same import AvgPool2dSame  # noqa: E402


def told(made):
    return f"{float(made.min()):.3g} to {float(made.max()):.3g}"


ones = torch.ones(1, 1, 14, 14)
layers = ("timm's layer, 2x2", AvgPool2dSame, (2, 1)), ("torch's, 3x3 and padding 1", torch.nn.AvgPool2d, (3, 1, 1))
for name, layer, sizes in layers:
    left, counted = (told(layer(*sizes, count_include_pad=each)(ones)) for each in (False, True))
    print(f"{name}: count_include_pad=False {left}, True {counted}")
for name, stride in (("resnet50d", 32), ("resnet50d", 16), ("resnet50d", 8), ("resnetv2_50d", 8), ("nfnet_l0", 16)):
    network, said = timm.create_model(name, pretrained=False, output_stride=stride).eval(), []

    def ask(layer, given, _, said=said):
        made = layer.forward(torch.ones_like(given[0][:, :1]))
        below = int(100 * (made < 1).float().mean() + 0.5)
        said.append(f"{made.shape[2]}x{made.shape[3]} {told(made)}" + f" ({below} of 100 below 1)" * (below > 0))

    for layer in network.modules():
        if isinstance(layer, torch.nn.AvgPool2d):
            assert layer.count_include_pad is False
            layer.register_forward_hook(ask)
    with torch.no_grad():
        network(torch.zeros(1, 3, 224, 224))
    print(f"{name}, output stride {stride}: {', '.join(said)}")
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n "s/^# \(timm's layer, \|torch's, \|[a-z0-9_]*, output stride \)/\1/p" "$0" | cmp - "$folder/seen"
