"""How fast `cnnlab.conv` is: against torch and a bare matrix product, and every rung against the others.

Contenders take turns, so that a busy moment of the machine is shared; medians are over all turns. What
is timed is the one thread's own processor time: other processes at work do not count.
"""

import time
import tracemalloc

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from threadpoolctl import threadpool_limits

from cnnlab import conv
from cnnlab.cost import conv2d_multiplications

# ResNet-18 and -50 (He et al., 2015, Table 1), six distinct layers: in_channels, out_channels, H = W, k, s, p
LAYERS = {
    "1. conv1: 7×7 / 2, 3 → 64 @ 224":     (   3,  64, 224, 7, 2, 3),
    "2. conv2: 3×3, 64 → 64 @ 56":         (  64,  64,  56, 3, 1, 1),
    "3. conv2: 1×1, 64 → 256 @ 56":        (  64, 256,  56, 1, 1, 0),
    "4. conv3: 3×3 / 2, 128 → 128 @ 56":   ( 128, 128,  56, 3, 2, 1),
    "5. conv4: 3×3, 256 → 256 @ 14":       ( 256, 256,  14, 3, 1, 1),
    "6. conv4: 1×1, 1024 → 256 @ 14":      (1024, 256,  14, 1, 1, 0),
}  # fmt: skip
# Where groups, batches or Winograd's tiles decide: images, channels in and out, H = W, k, s, p, groups
OTHERS = {
    "3×3, 128 → 128 @ 28":              (1, 128,  128,  28, 3, 1, 1,   1),
    "8 images, 3×3, 512 → 512 @ 7":     (8, 512,  512,   7, 3, 1, 1,   1),
    "8 images, 3×3, 64 → 64 @ 56":      (8,  64,   64,  56, 3, 1, 1,   1),
    "3×3, 128 in 32 groups @ 56":       (1, 128,  128,  56, 3, 1, 1,  32),
    "3×3 depthwise, 144 @ 56":          (1, 144,  144,  56, 3, 1, 1, 144),
    "3×3 depthwise, 512 @ 14":          (1, 512,  512,  14, 3, 1, 1, 512),
    "3×3 / 2 depthwise, 144 @ 56":      (1, 144,  144,  56, 3, 2, 1, 144),
}  # fmt: skip
LADDER = [f"conv2d_{rung}" for rung in "loops windows im2col blocks fft winograd winograd4".split()]
LADDER = ["conv2d", *LADDER]


pytestmark = pytest.mark.benchmark(timer=time.thread_time)


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)
    np.ones(
        31 * 2**20, np.uint8
    )  # once freed, glibc recycles blocks up to this size: no page faults for anyone
    with threadpool_limits(1), torch.inference_mode():
        yield


def arguments(in_channels, out_channels, size, kernel, images=1, groups=1):
    rng = np.random.default_rng(0)
    shapes = (images, in_channels, size, size), (out_channels, in_channels // groups, kernel, kernel)
    return [rng.standard_normal(shape, np.float32) for shape in shapes]


def extra_bytes(run):
    """Peak memory beside arguments and result; NumPy reports its arrays."""
    tracemalloc.start()
    result = run()
    extra = tracemalloc.get_traced_memory()[1] - result.nbytes
    tracemalloc.stop()
    return extra


def contenders(layer):
    """Name → function without arguments: ours, torch's, and a matrix product of the same size."""
    *sizes, stride, padding = LAYERS[layer]
    x, weight = arguments(*sizes)
    tensors = torch.from_numpy(x), torch.from_numpy(weight)
    kernels = weight.reshape(len(weight), -1)
    columns = conv.im2col(x, weight.shape[2:], padding=padding, stride=stride)[0]
    return {
        "conv2d": lambda: conv.conv2d(x, weight, None, stride, padding),
        "torch": lambda: F.conv2d(*tensors, None, stride, padding),
        "GEMM": lambda: np.matmul(kernels, columns),
    }


@pytest.mark.parametrize("contender", ["conv2d", "torch", "GEMM"])
@pytest.mark.parametrize("turn", range(10))
@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.split(":")[0])
def test_layer(benchmark, layer, turn, contender):
    benchmark.group = layer
    functions = contenders(layer)
    if contender == "conv2d":
        benchmark.extra_info["extra_bytes"] = extra_bytes(functions[contender])
    out = benchmark.pedantic(functions[contender], rounds=7, warmup_rounds=2)
    np.testing.assert_allclose(np.ravel(out), functions["torch"]().ravel(), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("contender", ["conv2d", "torch"])
@pytest.mark.parametrize("turn", range(5))
@pytest.mark.parametrize("layer", OTHERS)
def test_other_layer(benchmark, layer, turn, contender):
    benchmark.group = layer
    images, in_channels, out_channels, size, kernel, stride, padding, groups = OTHERS[layer]
    x, weight = arguments(in_channels, out_channels, size, kernel, images, groups)
    call, tensors = (None, stride, padding, 1, groups), (torch.from_numpy(x), torch.from_numpy(weight))
    functions = {"conv2d": lambda: conv.conv2d(x, weight, *call), "torch": lambda: F.conv2d(*tensors, *call)}
    out = benchmark.pedantic(functions[contender], rounds=5, warmup_rounds=2)
    np.testing.assert_allclose(np.ravel(out), functions["torch"]().ravel(), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("contender", LADDER)
def test_rung(benchmark, contender):
    """One layer that even the scalar loops get through: 3×3, 16 → 16 channels, 28×28 pixels."""
    benchmark.group = "ladder: 3×3, 16 → 16 @ 28"
    call = *arguments(16, 16, 28, 3), None, 1, 1
    rung, method = getattr(conv, contender), contender.removeprefix("conv2d_")
    once = contender == "conv2d_loops"
    out = benchmark.pedantic(rung, call, rounds=1 if once else 50, warmup_rounds=0 if once else 2)
    np.testing.assert_allclose(out, conv.conv2d(*call), rtol=1e-3, atol=1e-3)
    method = method if method in ("fft", "winograd", "winograd4") else "direct"
    shapes = call[0].shape, call[1].shape
    benchmark.extra_info["multiplications"] = conv2d_multiplications(method, *shapes, padding=1)
    benchmark.extra_info["extra_bytes"] = extra_bytes(lambda: rung(*call))
