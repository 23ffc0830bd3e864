#!/bin/sh
# Private training clips and blurs the gradient of each image, so opacus computes one for each image. It does so in three ways: with
# hooks, that have a rule for each kind of layer (the way it takes unless told otherwise), with functorch, and with PyTorch's
# expanded weights. The sum over the images is the gradient of the batch.
# GUESS, written down before: "per-sample gradients = autograd one by one for conv 1/2/3d with same, groups, dilation, stride".
# FOUND (opacus 1.6.0, torch 2.13.0): so it is, but for a convolution that pads with something else than zeros. Its output is right.
# The rule for its gradient, though, takes the border for zeros, without a word, and the check of the model before
# (ModuleValidator) finds nothing to say against it. The other two ways are right.
# Output seen, 2026-12-01 (how far the weights' gradients for four images are off, by their norm; 8x8 pixels, 3x3 windows):
# zeros: hooks 0.000, functorch 0.000, expanded weights 0.000, the validator says 0 things
# reflect: hooks 0.190, functorch 0.000, expanded weights 0.000, the validator says 0 things
# replicate: hooks 0.180, functorch 0.000, expanded weights 0.000, the validator says 0 things
# circular: hooks 0.172, functorch 0.000, expanded weights 0.000, the validator says 0 things
# circular, of 32x32 pixels: hooks 0.046, functorch 0.000, expanded weights 0.000, the validator says 0 things
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 scipy==1.17.1 opt-einsum==3.4.0 2> "$folder/pip.log" &&
  "$folder/venv/bin/pip" -q install --no-compile --no-deps opacus==1.6.0 2> "$folder/pip.log" || { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import torch
from opacus.grad_sample import wrap_model
from opacus.validators import ModuleValidator

torch.manual_seed(0)


def told(border, size):
    """The error of each way, against the gradients of the images one by one."""
    layer = torch.nn.Conv2d(3, 8, 3, padding=1, padding_mode=border)
    images = torch.rand(4, 3, size, size)
    alone = torch.stack([torch.autograd.grad((layer(each[None]) ** 2).sum(), layer.weight)[0] for each in images])
    errors = []
    for way in ("hooks", "functorch", "ew"):
        model = wrap_model(layer, grad_sample_mode=way, batch_first=True, loss_reduction="sum")
        (model(images) ** 2).sum().backward()
        errors.append(float((layer.weight.grad_sample - alone).norm() / alone.norm()))
        layer.weight.grad_sample = None
        if hasattr(model, "remove_hooks"):
            model.remove_hooks()
    seen = "hooks {:.3f}, functorch {:.3f}, expanded weights {:.3f}".format(*errors)
    return f"{seen}, the validator says {len(ModuleValidator.validate(layer))} things"


for border in ("zeros", "reflect", "replicate", "circular"):
    print(f"{border}: {told(border, 8)}")
print(f"circular, of 32x32 pixels: {told('circular', 32)}")
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" 2> "$folder/said" > "$folder/seen" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
sed -n 's/^# \(zeros: \|reflect: \|replicate: \|circular: \|circular, \)/\1/p' "$0" | cmp - "$folder/seen"
