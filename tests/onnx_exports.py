"""ConvNeXt and Swin of timm, and small networks, by both of torch's exporters: the totals are the network's.

    python tests/onnx_exports.py      # where timm, onnx and onnxscript are installed beside this package

A line for each file: MACs of the network and of the file. An exporter writes what it computed beforehand (the
masks of shifted windows, biases by relative position) as constants: these are no parameters of the network.
"""

import sys
import tempfile
import warnings
from pathlib import Path

import timm
import torch
from torch import nn

from cnnlab.elsewhere import find
from cnnlab.profiler import profile

NETWORKS = {"convnext_atto": 64, "swin_tiny_patch4_window7_224": 224}
SHARED = nn.Conv2d(3, 3, 3, padding=1)
SMALL = {  # weights of one number, or that several layers share, and statistics that nobody learned
    "to one channel": nn.Sequential(nn.Conv2d(3, 1, 3), nn.PReLU(), nn.Flatten(), nn.Linear(36, 1)),
    "twice": nn.Sequential(SHARED, nn.ReLU(), SHARED),
    "normalized": nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 4, 3)),  # the other way round they are folded
    "stamped": nn.Sequential(nn.ConvTranspose2d(3, 6, 3, 2, 1, 1, groups=3), nn.Upsample(scale_factor=2)),
}


def own_numbers(network):
    """Other than at the start, where weights that are all ones are written once for several."""
    torch.manual_seed(0)
    for tensor in [*network.parameters(), *network.buffers()]:
        if tensor.is_floating_point():
            tensor.data.add_(torch.rand_like(tensor) / 10)
    return network.eval()


def totals(network, size, folder):
    """MACs and parameters of a network, and of its file by each exporter."""
    image = torch.rand(1, 3, size, size)
    own = profile(network, tuple(image.shape))
    yield own.macs, own.params
    for dynamo in (True, False):
        file = str(Path(folder) / f"{dynamo}.onnx")
        how = {} if dynamo else {"opset_version": 17}
        torch.onnx.export(network, (image,), file, dynamo=dynamo, verbose=False, **how)
        exported = find(file)
        found = profile(exported.build, exported.asked(1, None))
        yield found.macs, found.params


def main():
    warnings.simplefilter("ignore")
    differ = 0
    for name, size in NETWORKS.items():
        with tempfile.TemporaryDirectory() as folder:
            (own, _), *files = totals(timm.create_model(name).eval(), size, folder)
        print(f"{name} at {size}: {own:,} MACs, in its files {', '.join(f'{n:,}' for n, _ in files)}")
        differ += any(n != own for n, _ in files)
    for name, network in SMALL.items():
        with tempfile.TemporaryDirectory() as folder:
            own, *files = totals(own_numbers(network), 8, folder)
        print(f"{name}: MACs and parameters {own}, in its files {', '.join(map(str, files))}")
        differ += any(each != own for each in files)
    return differ


if __name__ == "__main__":
    sys.exit(main())
