"""What one layer costs, in closed form; `cnnlab.profiler` counts whole networks.

An output size is that of one axis. Elsewhere a size is an integer (square) or a pair (rows, columns), and the
count is for one image. Errors: TypeError for what is not an integer, ValueError for sizes that make no layer,
with the numbers in the message.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log2, prod
from typing import TYPE_CHECKING, NamedTuple

from cnnlab.arguments import Pair, pair, whole
from cnnlab.deprecated import old_names

__all__ = [
    "Cost",
    "conv2d_macs",
    "conv2d_memory_access",
    "conv2d_multiplications",
    "conv2d_output_size",
    "conv2d_params",
    "conv_transpose2d_output_size",
    "pool2d_output_size",
]

if not TYPE_CHECKING:
    __getattr__ = old_names(__name__, {"Variant": "cnnlab.models.Variant"})


TILES = {"winograd": 2, "winograd4": 4}  # outputs in a row of one of Winograd's tiles


class Cost(NamedTuple):
    """What the book says of every network."""

    params: int
    macs: int  # one image through all convolutions and linear layers


def conv2d_output_size(
    size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """Outputs along one axis: ⌊(W + 2P − K) / S⌋ + 1, where K = dilation · (k − 1) + 1 is the kernel's span.

    >>> conv2d_output_size(224, kernel_size=7, stride=2, padding=3)
    112
    """
    return _steps("kernel", size, kernel_size, stride, padding, dilation) + 1


def pool2d_output_size(
    size: int, kernel_size: int, stride: int, padding: int = 0, dilation: int = 1, ceil_mode: bool = False
) -> int:
    """Outputs along one axis of a pooling, as `conv2d_output_size`; with `ceil_mode` ⌈…⌉ + 1.

    A window may then hang over the padding, but none starts beyond the image. ValueError for a padding of
    more than half of the kernel, as in torch.

    >>> pool2d_output_size(112, kernel_size=3, stride=2), pool2d_output_size(112, 3, 2, ceil_mode=True)
    (55, 56)
    """
    if 2 * padding > kernel_size:
        raise ValueError(f"padding {padding} is more than half of kernel_size {kernel_size}")
    steps = _steps("window", size, kernel_size, stride, padding, dilation, spare=ceil_mode * (stride - 1))
    steps -= steps * stride >= size + padding  # the last window must not start beyond the image
    return steps + 1


def conv_transpose2d_output_size(
    size: int, kernel_size: int, stride: int = 1, padding: int = 0, output_padding: int = 0, dilation: int = 1
) -> int:
    """Outputs along one axis of a transposed convolution: (W − 1) · S − 2P + K + output_padding.

    It undoes `conv2d_output_size`, whose ⌊…⌋ forgot up to S − 1 pixels: `output_padding` says how many.

    >>> conv_transpose2d_output_size(112, kernel_size=7, stride=2, padding=3, output_padding=1)
    224
    """
    _check(size=size, kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation)
    _check(output_padding=output_padding)
    if output_padding >= max(stride, dilation):
        raise ValueError(
            f"output_padding {output_padding} must be below stride {stride} or dilation {dilation}"
        )
    outputs = (size - 1) * stride - 2 * padding + dilation * (kernel_size - 1) + 1 + output_padding
    if outputs < 1:
        raise ValueError(f"padding {padding} leaves {outputs} outputs of {size} inputs")
    return outputs


def conv2d_params(
    in_channels: int, out_channels: int, kernel_size: Pair, groups: int = 1, bias: bool = True
) -> int:
    """Parameters: weights [out_channels, in_channels / groups, kh, kw], and a bias for each output channel.

    >>> conv2d_params(3, 64, kernel_size=7, bias=False)
    9408
    """
    _check(in_channels=in_channels, out_channels=out_channels, groups=groups)
    if in_channels % groups or out_channels % groups:
        raise ValueError(
            f"{in_channels} → {out_channels} channels cannot be split into {groups} equal groups"
        )
    return out_channels * (in_channels // groups) * _area(kernel_size=kernel_size) + bias * out_channels


def conv2d_macs(
    in_channels: int, out_channels: int, kernel_size: Pair, output_size: Pair, groups: int = 1
) -> int:
    """MACs: every output position uses every weight once; zeros of the padding are multiplied like any input.

    >>> conv2d_macs(3, 64, kernel_size=7, output_size=112)
    118013952
    """
    weights = conv2d_params(in_channels, out_channels, kernel_size, groups, bias=False)
    return weights * _area(output_size=output_size)


def conv2d_memory_access(
    in_channels: int,
    out_channels: int,
    kernel_size: Pair,
    input_size: Pair,
    output_size: Pair,
    groups: int = 1,
) -> int:
    """Memory access cost in elements: each input read once, each output written once, each weight read once.

    For a 1×1 convolution this is hw(c₁ + c₂) + c₁c₂, ShuffleNetV2's equation 1 (Ma et al., 2018, section 2).
    A bias is not counted. Times 4 it is bytes of float32, and what a perfect cache would still have to move.

    >>> conv2d_memory_access(64, 256, kernel_size=1, input_size=56, output_size=56)
    1019904
    """
    weights = conv2d_params(in_channels, out_channels, kernel_size, groups, bias=False)
    return (
        in_channels * _area(input_size=input_size) + out_channels * _area(output_size=output_size) + weights
    )


def conv2d_multiplications(
    method: str, x_shape: Sequence[int], weight_shape: Sequence[int], stride: int = 1, padding: int = 0
) -> int:
    """Real multiplications by which `cnnlab.conv` takes x [N, C, H, W] through weight [O, C / G, kh, kw].

    - "direct": loops, windows and im2col alike; one a MAC.
    - "winograd", "winograd4": 16 for each 2×2 outputs of each pair of channels, 36 for each 4×4. Transforms
      are not counted, as in Lavin & Gray (2015), section 4.1: channels share them.
    - "fft": on P × Q points, the powers of two that hold the padded image. A transform takes P·Q·log₂(P·Q):
      Cooley & Tukey's radix 2 has half as many complex products as points, times the depth log₂; a complex
      product is four real ones; real data need half of everything. So do the P · (Q / 2 + 1) frequencies at
      which each pair of channels meets. Multiplications by 1 and i are counted too; the transforms of the
      kernels are not, here as for Winograd's: a trained network computes those once and keeps them.

    ValueError for another method, or where Winograd's algorithm does not apply.

    >>> conv2d_multiplications("direct", (1, 64, 56, 56), (64, 64, 3, 3), padding=1)
    115605504
    >>> conv2d_multiplications("winograd", (1, 64, 56, 56), (64, 64, 3, 3), padding=1)
    51380224
    """
    (batch, in_channels, *size), (out_channels, in_group, *kernel_size) = x_shape, weight_shape
    _check(in_channels=in_channels, in_group=in_group)
    if in_channels % in_group:
        raise ValueError(f"{in_channels} input channels cannot be split into groups of {in_group}")
    height, width = (
        conv2d_output_size(n, k, stride, padding) for n, k in zip(size, kernel_size, strict=True)
    )
    pairs = batch * conv2d_params(in_channels, out_channels, 1, in_channels // in_group, bias=False)
    if method == "direct":
        return pairs * prod(kernel_size) * height * width
    if method in TILES:
        if (*kernel_size, stride) != (3, 3, 1):
            raise ValueError(f"Winograd's algorithm is not for kernel {kernel_size} with stride {stride}")
        side = TILES[method]
        return pairs * (side + 2) ** 2 * -(-height // side) * -(-width // side)
    if method != "fft":
        raise ValueError(f'method must be "direct", "fft", "winograd" or "winograd4"; got {method!r}')
    p, q = (1 << (n + 2 * padding - 1).bit_length() for n in size)
    transforms = batch * (in_channels + out_channels)
    return transforms * p * q * int(log2(p * q)) + pairs * 4 * p * (q // 2 + 1)


def _steps(
    what: str, size: int, kernel_size: int, stride: int, padding: int, dilation: int, spare: int = 0
) -> int:
    """How often a window moves on along one axis, if it may hang over by `spare` pixels."""
    _check(size=size, kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation)
    span = dilation * (kernel_size - 1) + 1
    if size + 2 * padding + spare < span:
        raise ValueError(f"a {what} spanning {span} does not fit into {size} + 2·{padding} pixels")
    return (size + 2 * padding + spare - span) // stride


def _check(**sizes: int) -> None:
    """Each an integer of at least 1; of at least 0 for a padding."""
    for name, size in sizes.items():
        whole(name, size, least=0 if name.endswith("padding") else 1)


def _area(**sizes: Pair) -> int:
    """Pixels of an integer (square) or a pair, given by its name."""
    ((name, size),) = sizes.items()
    return prod(pair(name, size))
