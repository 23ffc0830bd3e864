#!/bin/sh
# torch-simplify takes the filters out of a network that pruning has set to zero. What such a filter still says by its bias is
# handed on to the next layer, and where a sum needs all channels (a shortcut), it is put back into the map.
# GUESS, written down before: "outputs of pruned nets kept (BN fold, zero padding, residual, groups, transposed)".
# FOUND (torch-simplify 1.1.4, torch 2.13.0), without a word (a plain stack of layers is right; some layers raise):
# 1. Where all of a layer's filters have a bias that is the same all over the map, as in a pruned ResNet once its norms are
#    folded in, the biases of those that a shortcut's sum needs are dropped. Without biases it is right.
# 2. A filter is taken for zero if its weights sum to zero. So a Sobel or a Laplace kernel is removed, and a filter of
#    as many -1 as +1 (binary networks). A hundredth more in one weight, and it stays.
# Output seen, 2026-12-01 (the largest difference by the standard deviation of the numbers; every other filter is zero, the norms
# shift their channels; then two fixed kernels and a layer, of which nothing is zero):
# pruned, shifts of 0.2: ResNet-18 0.30, MobileNetV2 0.00, a stack 0.00
# pruned, shifts of 0: ResNet-18 0.00, MobileNetV2 0.00, a stack 0.00
# unpruned: Sobel 3.39, Laplace 2.71, Sobel and a hundredth 0.00
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 pillow==13.0.0 2> "$folder/pip.log" &&
  "$folder/venv/bin/pip" -q install --no-compile --no-deps torchvision==0.28.0 torch-simplify==1.1.4 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import torch

if torch.version.cuda is None:  # torchvision's build wants a GPU's libraries for these two operators, unused here
    for name in ("nms", "qnms"):
        torch.library.define(f"torchvision::{name}", "(Tensor boxes, Tensor scores, float threshold) -> Tensor")

import copy  # noqa: E402

import torchvision  # noqa: E402
from simplify import simplify  # noqa: E402
from torch import nn  # noqa: E402


@torch.no_grad()
def apart(network, side=64):
    """The largest difference after simplifying, by the standard deviation of the network's numbers."""
    torch.manual_seed(1)
    x = torch.randn(1, 3, side, side)
    network.eval()
    expected = network(x)
    got = simplify(copy.deepcopy(network), torch.zeros_like(x))(x)
    return f"{float((got - expected).abs().max() / expected.std()):.2f}"


@torch.no_grad()
def pruned(make, shift):
    """A network with trained-like norms, of whose filters every other one is zero."""
    torch.manual_seed(0)
    network = make(num_classes=10)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.weight.uniform_(0.5, 1.5), layer.running_var.uniform_(0.5, 2)
            layer.bias.normal_(0, shift), layer.running_mean.normal_(0, shift)
        if isinstance(layer, nn.Conv2d):
            layer.weight[::2] = 0
            if layer.bias is not None:
                layer.bias.normal_(0, shift)
    return network


@torch.no_grad()
def edges(kernel):
    """Two fixed kernels for the colours' sum, one a mean, and a layer after them; nothing is pruned."""
    torch.manual_seed(0)
    layers = nn.Conv2d(3, 2, 3, padding=1, bias=False), nn.ReLU(), nn.Conv2d(2, 4, 3, padding=1)
    layers[0].weight[0], layers[0].weight[1] = torch.tensor(kernel), 1 / 27
    return nn.Sequential(*layers)


def stack(num_classes):
    """Convolutions one after the other, without a shortcut."""
    sizes = zip((3, 16, 32), (16, 32, 64))
    layers = (layer for a, b in sizes for layer in (nn.Conv2d(a, b, 3, 2, 1), nn.BatchNorm2d(b), nn.ReLU()))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, num_classes))


models = {"ResNet-18": torchvision.models.resnet18, "MobileNetV2": torchvision.models.mobilenet_v2, "a stack": stack}
for shift in (0.2, 0):
    print(f"pruned, shifts of {shift}:", ", ".join(f"{name} {apart(pruned(make, shift))}" for name, make in models.items()))
kernels = {"Sobel": [[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]], "Laplace": [[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]}
kernels["Sobel and a hundredth"] = [[-1.0, 0, 1], [-2, 0.01, 2], [-1, 0, 1]]
print("unpruned:", ", ".join(f"{name} {apart(edges(kernel), 8)}" for name, kernel in kernels.items()))
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n 's/^# \(pruned, \|unpruned: \)/\1/p' "$0" | cmp - "$folder/seen"
