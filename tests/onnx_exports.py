"""ConvNeXt and Swin of timm, exported to ONNX by both of torch's exporters: the totals are the network's.

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

from cnnlab.elsewhere import find
from cnnlab.profiler import profile

NETWORKS = {"convnext_atto": 64, "swin_tiny_patch4_window7_224": 224}


def totals(name, size, folder):
    """MACs of a network, and of its file by each exporter."""
    network, image = timm.create_model(name).eval(), torch.rand(1, 3, size, size)
    yield profile(network, tuple(image.shape)).macs
    for dynamo in (True, False):
        file = str(Path(folder) / f"{name}_{dynamo}.onnx")
        how = {} if dynamo else {"opset_version": 17}
        torch.onnx.export(network, (image,), file, dynamo=dynamo, verbose=False, **how)
        exported = find(file)
        yield profile(exported.build, exported.asked(1, None)).macs


def main():
    warnings.simplefilter("ignore")
    differ = 0
    for name, size in NETWORKS.items():
        with tempfile.TemporaryDirectory() as folder:
            own, *files = totals(name, size, folder)
        print(f"{name} at {size}: {own:,} MACs, in its files {', '.join(f'{n:,}' for n in files)}")
        differ += any(n != own for n in files)
    return differ


if __name__ == "__main__":
    sys.exit(main())
