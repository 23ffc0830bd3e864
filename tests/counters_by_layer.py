"""What other counters print, one layer of `torch.nn` after the other: tests/reference/counters_by_layer.csv.

    python tests/newest_counters.py --keep       # in an environment with the newest tools, which it makes

Each line is a layer behind a 1×1 convolution, or an operator that a `forward` calls on the result of one.
Each number is what a tool prints for both, less what it prints for the convolution alone. In brackets stands
what `Profile.as_reported_by` refuses, and a dash where the tool gives no total. Each question has a process
of its own: a tool that fails can leave torch's functions replaced, and counts twice from then on.
"""

import csv
import datetime
import functools
import multiprocessing
import os
import sys
import warnings
from importlib import import_module

import torch
import torch.nn.functional as F  # noqa: F401 - lines below use it
from counters import TOOLS, installed
from torch import nn

from cnnlab.profiler import profile

MODULES = {"fvcore": "fvcore.nn", "FlopCounterMode": "torch.utils.flop_counter"}
SHAPES = {"1d": (8, 10), "2d": (8, 10, 10), "3d": (8, 6, 6, 6)}
LAYERS = """
Conv2d(8, 16, 3, padding=1, bias=False)
Conv2d(8, 16, 3, padding=1)
Conv2d(8, 16, 3, stride=2, groups=4)
Conv2d(8, 8, 3, groups=8, bias=False)
Conv2d(8, 8, 3, dilation=2)
Conv2d(8, 8, (1, 7), padding=(0, 3))
Conv2d(8, 8, 3, padding="same")
Conv2d(8, 8, 3, padding="valid")
Conv2d(8, 8, 3, padding=1, padding_mode="reflect")
Conv2d(8, 8, 3, padding=1, padding_mode="circular")
Conv1d(8, 8, 3)
Conv1d(8, 8, 3, padding=1, groups=2, bias=False)
Conv3d(8, 4, 3)
ConvTranspose2d(8, 16, 2, stride=2)
ConvTranspose2d(8, 16, 2, stride=2, bias=False)
ConvTranspose2d(8, 16, 3, padding=1, groups=4)
ConvTranspose1d(8, 4, 2)
ConvTranspose3d(8, 4, 2)
Linear(10, 4)
Linear(10, 4, bias=False)
BatchNorm1d(8)
BatchNorm2d(8)
BatchNorm3d(8)
BatchNorm2d(8, affine=False)
BatchNorm2d(8, track_running_stats=False)
GroupNorm(2, 8)
GroupNorm(2, 8, affine=False)
LayerNorm(10)
LayerNorm((8, 10, 10))
LayerNorm(10, elementwise_affine=False)
LayerNorm(10, bias=False)
InstanceNorm2d(8)
InstanceNorm2d(8, affine=True)
RMSNorm(10)
LocalResponseNorm(5)
ReLU()
ReLU(inplace=True)
ReLU6()
LeakyReLU()
PReLU()
PReLU(8)
ELU()
SELU()
CELU()
GELU()
GELU("tanh")
SiLU()
Mish()
Sigmoid()
Tanh()
Hardswish()
Hardsigmoid()
Hardtanh()
Softplus()
Softsign()
GLU(1)
Softmax(1)
Softmax2d()
LogSoftmax(1)
MaxPool1d(2)
MaxPool2d(2)
MaxPool2d(3, stride=2, padding=1)
MaxPool2d((1, 2))
MaxPool3d(2)
AvgPool1d(2)
AvgPool2d(2)
AvgPool2d(3, stride=2, padding=1)
AvgPool3d(2)
LPPool2d(2, 2)
AdaptiveAvgPool1d(1)
AdaptiveAvgPool2d(1)
AdaptiveAvgPool2d(5)
AdaptiveAvgPool2d(7)
AdaptiveAvgPool3d(1)
AdaptiveMaxPool1d(1)
AdaptiveMaxPool2d(5)
AdaptiveMaxPool3d(1)
Upsample(scale_factor=2)
Upsample(scale_factor=2, mode="bilinear")
Upsample(scale_factor=2, mode="bicubic")
UpsamplingNearest2d(scale_factor=2)
UpsamplingBilinear2d(scale_factor=2)
PixelShuffle(2)
PixelUnshuffle(2)
ChannelShuffle(2)
ZeroPad2d(1)
ConstantPad2d(1, 2.0)
ReflectionPad2d(1)
ReplicationPad2d(1)
CircularPad2d(1)
Dropout()
Dropout1d()
Dropout2d()
Dropout3d()
Identity()
Flatten()
Unflatten(1, (2, 4))
"""
OPERATORS = """
x + x
torch.add(x, x)
x.add(x)
x.clone().add_(x)
x + 1
x - x
1 - x
-x
x * x
torch.mul(x, x)
x * x.mean((2, 3), keepdim=True)
x.mul_(2)
x / 2
x**2
x.abs()
x.clamp(0, 1)
x.exp()
x.sqrt()
torch.where(x > 0, x, 0)
x.masked_fill(x > 0, 0)
x.sum(1)
x.amax(1)
x.max(1)[0]
x.std(1)
x.var(1)
x.mean((2, 3))
x.mean()
torch.mean(x, (2, 3))
F.adaptive_avg_pool2d(x, 1)
F.adaptive_avg_pool2d(x, 5)
F.avg_pool2d(x, 2)
F.max_pool2d(x, 2)
F.relu(x)
torch.relu(x)
x.relu_()
F.relu6(x)
F.leaky_relu(x)
F.gelu(x)
F.silu(x)
x.sigmoid()
F.hardswish(x)
F.softmax(x, 1)
x.softmax(1)
F.batch_norm(x, x.new_zeros(8), x.new_ones(8))
F.layer_norm(x, (10,))
F.normalize(x)
F.conv2d(x, x.new_zeros(8, 8, 3, 3))
F.linear(x, x.new_zeros(4, 10))
F.linear(x, x.new_zeros(4, 10), x.new_zeros(4))
x @ x
x[0, 0] @ x[0, 1]
torch.matmul(x, x)
torch.bmm(x[0], x[0])
torch.einsum("nchw,ncwv->nchv", x, x)
F.scaled_dot_product_attention(x, x, x)
F.interpolate(x, scale_factor=2.0)
F.interpolate(x, scale_factor=2.0, mode="bilinear")
F.pad(x, (1, 1, 1, 1))
F.pad(x, (1, 1, 1, 1), "reflect")
F.dropout(x, training=False)
F.unfold(x, 3)
F.pixel_shuffle(x, 2)
F.channel_shuffle(x, 2)
torch.cat([x, x], 1)
torch.stack([x, x])
x.flatten(1)
x.transpose(1, 2)
x.permute(0, 2, 3, 1).contiguous()
x.unflatten(1, (2, 4)).transpose(1, 2).flatten(1, 2)
x.chunk(2, 1)[0]
x[:, :4]
x.repeat(1, 2, 1, 1)
x.roll(1, 2)
x.flip(1)
x + torch.zeros_like(x)
"""
# Layers of which the second gets the same weights, and what inherits from a layer of torch.
OTHERS = """
Twice(nn.Conv2d(8, 8, 1))
Twice(nn.BatchNorm2d(8))
Twice(nn.Linear(10, 10))
Twice(nn.ReLU())
Inherited(8, 8, 1)
Scaled()
LSTM(10, 8, batch_first=True)
GRU(10, 8, batch_first=True)
MultiheadAttention(10, 2, batch_first=True)
TransformerEncoderLayer(10, 2, 16, batch_first=True)
"""


class Call(nn.Module):
    """A convolution, and what a `forward` does with its result."""

    def __init__(self, before, then):
        super().__init__()
        self.before, self.then = before, then

    def forward(self, x):
        return self.then(self.before(x))


class Twice(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(self.layer(x))


class Inherited(nn.Conv2d):
    """A convolution of somebody else's."""


class Scaled(nn.Module):
    """A layer with weights of its own."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(8, 1, 1))

    def forward(self, x):
        return x * self.weight


class Tokens(nn.Module):
    """A layer that takes tokens: a row of pixels each."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        tokens = x[:, 0]
        out = self.layer(*[tokens] * (3 if isinstance(self.layer, nn.MultiheadAttention) else 1))
        return out[0] if isinstance(out, tuple) else out


def lines(text):
    return text.strip().splitlines()


def axes(line):
    """Of the images that a layer takes, as its name says."""
    return next((axes for axes in SHAPES if axes in line.partition("(")[0].lower()), "2d")


def before(axes):
    return getattr(nn, f"Conv{axes}")(8, 8, 1, bias=False)


def network(line):
    """What is asked about, for images of `SHAPES[axes(line)]`."""
    if line in lines(OPERATORS):
        return Call(before(axes(line)), eval(f"lambda x: {line}"))
    own = line in lines(OTHERS) and not hasattr(nn, line.partition("(")[0])
    layer = eval(line if own else f"nn.{line}")
    takes_tokens = line in lines(OTHERS) and not own
    return nn.Sequential(before(axes(line)), Tokens(layer) if takes_tokens else layer)


def told(tool, build, shape):
    """What the tool prints for a network, in a process of its own; None where it has no total."""
    answers, ours = multiprocessing.get_context("fork").Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=tell, args=(ours, tool, build, shape))
    process.start()
    ours.close()
    try:
        return answers.recv()
    except EOFError:
        return None
    finally:
        process.join()


def tell(pipe, tool, build, shape):
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    with torch.no_grad():
        total = TOOLS[tool][0](build().eval(), torch.zeros(1, *shape))
    pipe.send(None if total is None else int(total))


def refused(tool, build, shape):
    try:
        profile(build, (1, *shape)).as_reported_by(tool)
    except ValueError:
        return True
    return False


@functools.cache
def alone(tool, axes):
    """What it prints for the convolution alone."""
    return told(tool, lambda: nn.Sequential(before(axes)), SHAPES[axes])


def cell(tool, line):
    """What a layer adds to what the tool prints, as the table has it."""
    shape = SHAPES[axes(line)]
    total = told(tool, lambda: network(line), shape)
    if total is None:
        return "–"
    added = total - alone(tool, axes(line))
    return f"({added})" if refused(tool, lambda: network(line), shape) else f"{added}"


def table():
    """The whole table, its first line with versions and date."""
    for tool in TOOLS:  # imported once, and not in each process
        import_module(MODULES.get(tool, tool))
    day = f"{datetime.date.today():%-d %B %Y}"
    yield [
        f"{day}, torch {torch.__version__.partition('+')[0]}",
        *(f"{tool} {installed(tool)}" for tool in TOOLS),
    ]
    for line in lines(LAYERS) + lines(OPERATORS) + lines(OTHERS):
        yield [f"`{line}`", *(cell(tool, line) for tool in TOOLS)]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    csv.writer(sys.stdout, lineterminator="\n").writerows(table())
