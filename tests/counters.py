"""What eight counters print for the same networks: `tests/reference/counters.csv` comes from here.

    python -m venv /tmp/counters && /tmp/counters/bin/pip install -e . torchinfo fvcore thop ptflops \\
        calflops transformers accelerate torchscan torchprofile
    /tmp/counters/bin/python tests/counters.py > tests/reference/counters.csv

Each tool is called as its own page shows, on one image, with the network in eval mode; whatever it returns
as its total is written down, in its own unit and unrounded. A tool that is not installed is left out.
"""

import contextlib
import csv
import datetime
import io
import logging
import sys
import warnings
from importlib.metadata import PackageNotFoundError, version

import torch
from torch import nn

from cnnlab import models


class MatMul(nn.Module):
    """A matrix product without a module around it."""

    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.zeros(64, 32))  # torchinfo looks for a `weight`

    def forward(self, x):
        return x @ self.table


def after_conv(layer):
    """A layer behind a 1×1 convolution: some tools refuse a network without parameters."""
    return lambda: nn.Sequential(nn.Conv2d(8, 8, 1, bias=False), layer())


# name: (how to build it, the shape of one input)
NETWORKS = {
    name: (models.VARIANTS[name].build, models.VARIANTS[name].input_shape)
    for name in ("alexnet", "vgg16", "resnet50", "mobilenet_v2")
}
PROBES = {
    "conv": (lambda: nn.Conv2d(8, 16, 3, padding=1, bias=False), (8, 10, 10)),
    "conv with bias": (lambda: nn.Conv2d(8, 16, 3, padding=1), (8, 10, 10)),
    "grouped conv": (lambda: nn.Conv2d(8, 16, 3, padding=1, groups=4, bias=False), (8, 10, 10)),
    "transposed conv": (lambda: nn.ConvTranspose2d(8, 16, 2, stride=2, bias=False), (8, 10, 10)),
    "grouped transposed conv": (
        lambda: nn.ConvTranspose2d(8, 16, 2, stride=2, groups=4, bias=False),
        (8, 10, 10),
    ),
    "linear with bias": (lambda: nn.Linear(64, 32), (64,)),
    "matmul": (MatMul, (64,)),
    "conv, batch norm": (after_conv(lambda: nn.BatchNorm2d(8)), (8, 10, 10)),
    "conv, relu": (after_conv(nn.ReLU), (8, 10, 10)),
    "conv, max pool": (after_conv(lambda: nn.MaxPool2d(2)), (8, 10, 10)),
    "conv, global average pool": (after_conv(lambda: nn.AdaptiveAvgPool2d(1)), (8, 10, 10)),
}


def torchinfo(model, x):
    from torchinfo import summary

    return summary(model, input_data=x, verbose=0).total_mult_adds


def fvcore(model, x):
    from fvcore.nn import FlopCountAnalysis

    logging.disable(logging.WARNING)
    return FlopCountAnalysis(model, x).total()


def thop(model, x):
    from thop import profile

    return profile(model, (x,), verbose=False)[0]


def ptflops(model, x):
    from ptflops import get_model_complexity_info

    shape = tuple(x.shape[1:])
    return get_model_complexity_info(model, shape, print_per_layer_stat=False, as_strings=False)[0]


def calflops(model, x):
    from calflops import calculate_flops

    return calculate_flops(model, tuple(x.shape), print_results=False, output_as_string=False)[0]


def torchscan(model, x):
    from torchscan import crawl_module

    return crawl_module(model, tuple(x.shape[1:]))["totals"]["macs"]["value"]


def torchprofile(model, x):
    from torchprofile import profile_macs

    return profile_macs(model, x)


def flop_counter_mode(model, x):
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        model(x)
    return counter.get_total_flops()


# tool: (how to ask it, the package it comes from, what it calls its total)
TOOLS = {
    "torchinfo": (torchinfo, "torchinfo", "mult-adds"),
    "fvcore": (fvcore, "fvcore", "flops"),
    "thop": (thop, "thop", "MACs"),
    "ptflops": (ptflops, "ptflops", "MACs"),
    "calflops": (calflops, "calflops", "FLOPs"),
    "torchscan": (torchscan, "torchscan", "MACs"),
    "torchprofile": (torchprofile, "torchprofile", "MACs"),
    "FlopCounterMode": (flop_counter_mode, "torch", "FLOPs"),
}


def ask(tool, build, shape):
    """The tool's total for a fresh network, or None where the tool is missing or fails on it."""
    model, x = build().eval(), torch.zeros(1, *shape)
    try:
        with torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
            return int(TOOLS[tool][0](model, x) or 0)
    except (ImportError, RuntimeError, TypeError, AssertionError, KeyError, AttributeError) as error:
        print(tool, repr(error)[:200], file=sys.stderr)
        return None


def installed(tool):
    try:
        return version(TOOLS[tool][1])
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    write = csv.writer(sys.stdout, lineterminator="\n").writerow
    write(["network", "tool", "version", "calls it", "total", "date"])
    for name, (build, shape) in {**NETWORKS, **PROBES}.items():
        for tool in filter(installed, TOOLS):
            total = ask(tool, build, shape)
            write([name, tool, installed(tool), TOOLS[tool][2], total, datetime.date.today()])
