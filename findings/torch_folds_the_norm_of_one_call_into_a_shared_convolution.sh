#!/bin/sh
# A trained batch normalization is a factor and a shift for each channel, which tools fold into the convolution before it. In the
# heads of EfficientDet one convolution serves maps of several sizes, each with a normalization of its own behind it.
# GUESS, written down before: a convolution shared by two normalizations is left alone ("suspect it is not", of
# torch.fx.experimental.optimization.fuse alone, whose source was half remembered).
# FOUND (torch 2.13.0, torchao 0.18.0): three tools fold, each to another result, all without a word. They look whether what one
# call returns is used once, and not whether the module or its weights are called again.
# 1. optimization.fuse folds both into the module, one after the other: each map gets both. (Known: PyTorch's issues 104593 and
#    197539, open.)
# 2. torch.ao.quantization.quantize_fx.fuse_fx folds each from the first weights and puts it into the module: each gets the last.
# 3. torchao's prepare_pt2e, the first step of every quantization of an exported network, folds the first and drops the second:
#    each gets the first. It does so in the exported program that it is given, too.
# Where the second call has no normalization behind it, it gets the first call's in all three.
# Output seen, 2026-12-01 (the convolution multiplies by one, the norms by 1/2 and by 1/10; both maps hold 100):
# two norms: network [50.0, 10.0], fuse [5.0, 5.0], fuse_fx [10.0, 10.0], prepare_pt2e [50.0, 50.0]
# one norm:  network [50.0, 100.0], fuse [50.0, 50.0], fuse_fx [50.0, 50.0], prepare_pt2e [50.0, 50.0]
# two convolutions: network [50.0, 10.0], fuse [50.0, 10.0], fuse_fx [50.0, 10.0], prepare_pt2e [50.0, 10.0]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install --no-compile torch==2.13.0 numpy==2.4.6 torchao==0.18.0 2> "$folder/pip.log" ||
  { cat "$folder/pip.log"; exit 1; }
cat > "$folder/ask.py" <<'PY'
import torch
from torch import nn
from torch.ao.quantization.quantize_fx import fuse_fx
from torch.fx.experimental.optimization import fuse
from torchao.quantization.pt2e.quantize_pt2e import prepare_pt2e
from torchao.quantization.pt2e.quantizer import Quantizer


class Heads(nn.Module):
    """Two maps, each through a convolution and, if it has one, a normalization of its own."""

    def __init__(self, shared, norms):
        super().__init__()
        convolutions = [nn.Conv2d(1, 1, 1, bias=False) for _ in range(1 if shared else 2)]
        self.convolutions = nn.ModuleList(convolutions * (2 if shared else 1))
        self.norms = nn.ModuleList([nn.BatchNorm2d(1, eps=0) if spread else nn.Identity() for spread in norms])
        for layer, spread in zip(self.norms, norms):
            if spread:
                layer.running_var.fill_(spread**2)
        for layer in convolutions:
            nn.init.ones_(layer.weight)

    def forward(self, large, small):
        return self.norms[0](self.convolutions[0](large)), self.norms[1](self.convolutions[1](small))


class Nothing(Quantizer):
    """A quantizer that asks for no layer to be quantized, so that only the folding shows."""

    def annotate(self, model):
        return model

    def validate(self, model):
        pass


def prepared(network):
    return prepare_pt2e(torch.export.export(network, maps).module(), Nothing())


maps = (torch.full((1, 1, 1, 1), 100.0),) * 2
cases = {"two norms": (True, (2, 10)), "one norm": (True, (2, None)), "two convolutions": (False, (2, 10))}
tools = {"network": lambda network: network, "fuse": fuse, "fuse_fx": fuse_fx, "prepare_pt2e": prepared}
for name, asked in cases.items():
    said = []
    for tool, change in tools.items():
        results = change(Heads(*asked).eval())(*maps)
        said.append(f"{tool} {[round(result.item(), 3) for result in results]}")
    print(f"{name}: " + ", ".join(said))
PY
"$folder/venv/bin/python" -W ignore "$folder/ask.py" > "$folder/seen" 2> "$folder/said" || { tail -3 "$folder/said"; exit 1; }
cat "$folder/seen"
cmp - "$folder/seen" <<'END'
two norms: network [50.0, 10.0], fuse [5.0, 5.0], fuse_fx [10.0, 10.0], prepare_pt2e [50.0, 50.0]
one norm: network [50.0, 100.0], fuse [50.0, 50.0], fuse_fx [50.0, 50.0], prepare_pt2e [50.0, 50.0]
two convolutions: network [50.0, 10.0], fuse [50.0, 10.0], fuse_fx [50.0, 10.0], prepare_pt2e [50.0, 10.0]
END
