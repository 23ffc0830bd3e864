"""Convolution in NumPy: the definition in scalar loops, then the same numbers faster.

`conv2d` and its ladder, `conv2d_loops`, `_windows`, `_im2col`, `_fft`, `_winograd`, are called like torch's,
(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1), and give the same values:

    x [N, C, H, W], weight [O, C / groups, kh, kw], bias [O] → [N, O, H', W']

`stride`, `padding` and `dilation` are an integer or a pair (rows, columns); `padding` also "valid" or "same".
Arrays are whatever `np.asarray` accepts and are never written to. Integers and booleans are summed and
returned as int64, so bytes do not overflow; float16 is summed in float32; other types meet as in
`np.result_type`. An image without its batch axis is refused: write `x[None]`, or use `correlate2d`.

Errors, before any work: TypeError for values that are no real numbers and sizes that are no integers;
ValueError for whatever does not fit together, with the numbers in the message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper
from inspect import signature
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from cnnlab.arguments import Array, Pair, Two, array_of, bias_of, dtypes_of, group_of, pair, whole
from cnnlab.cost import conv_transpose2d_output_size

__all__ = [
    "col2im",
    "conv2d",
    "conv2d_fft",
    "conv2d_im2col",
    "conv2d_loops",
    "conv2d_windows",
    "conv2d_winograd",
    "conv_transpose2d",
    "correlate2d",
    "im2col",
]

BLOCK_BYTES = 2**21  # of columns at a time in `conv2d`: fewer starve the product, more leave the cache


class Problem(NamedTuple):
    """A convolution whose arguments have been checked; what every rung below starts from."""

    x: Array  # [N, C, H, W], padded, in the type to compute in
    weight: Array  # [O, C / groups, kh, kw], in the same type
    stride: Two
    dilation: Two
    groups: int

    @property
    def output_shape(self) -> tuple[int, ...]:
        return (len(self.x), len(self.weight), *self.windows.shape[-2:])

    @property
    def windows(self) -> Array:
        """What each output sees, as a view: [N, G, C / G, kh, kw, H', W']."""
        windows = windows_of(self.x, self.weight.shape[2:], self.stride, self.dilation)
        return windows.reshape(len(self.x), self.groups, self.weight.shape[1], *windows.shape[2:])

    @property
    def kernels(self) -> Array:
        """The weights group by group, as a view: [G, O / G, C / G, kh, kw]."""
        return self.weight.reshape(self.groups, len(self.weight) // self.groups, *self.weight.shape[1:])


def _rung(solve: Callable[[Problem], Array]) -> Callable[..., Array]:
    """Give a way to solve a `Problem` the arguments of `conv2d`: check them, solve, add the bias."""

    def convolve(
        x: ArrayLike,
        weight: ArrayLike,
        bias: ArrayLike | None = None,
        stride: Pair = 1,
        padding: Pair | str = 0,
        dilation: Pair = 1,
        groups: int = 1,
    ) -> Array:
        x, weight = array_of("x", x, "N, C, H, W"), array_of("weight", weight, "O, C / groups, kh, kw")
        bias = bias_of(bias, len(weight))
        dtype, working = dtypes_of(x, weight, bias)
        problem = problem_of(x, weight.astype(working, copy=False), stride, padding, dilation, groups)
        with np.errstate(all="ignore"):  # NaN and inf pass through in silence, as in torch
            return _finish(solve(problem).reshape(problem.output_shape), bias, dtype)

    convolve.__signature__ = signature(convolve)  # type: ignore[attr-defined]  # not that of `solve`
    return update_wrapper(convolve, solve)


@_rung
def conv2d_loops(p: Problem) -> Array:
    """The definition: one product at a time, in Python's own loops."""
    (sh, sw), (dh, dw) = p.stride, p.dilation
    in_group, out_group = p.x.shape[1] // p.groups, len(p.weight) // p.groups
    out = np.zeros(p.output_shape, p.x.dtype)
    for n, o, i, j in np.ndindex(out.shape):
        first = o // out_group * in_group  # of the input channels that output channel o sees
        for c, u, v in np.ndindex(p.weight.shape[1:]):
            out[n, o, i, j] += p.x[n, first + c, i * sh + u * dh, j * sw + v * dw] * p.weight[o, c, u, v]
    return out


@_rung
def conv2d_windows(p: Problem) -> Array:
    """All products at once, over a view of the windows that copies nothing."""
    out: Array = np.einsum("ngcuvij,gocuv->ngoij", p.windows, p.kernels)
    return out


@_rung
def conv2d_im2col(p: Problem) -> Array:
    """Write the windows out as columns: the convolution is then one matrix product."""
    kernels = p.kernels.reshape(p.groups, -1, p.weight[0].size)  # [G, O / G, C / G · kh · kw]
    columns = im2col(p.x, p.weight.shape[2:], p.dilation, stride=p.stride)  # [N, C · kh · kw, H' · W']
    return kernels @ columns.reshape(len(p.x), p.groups, p.weight[0].size, columns.shape[2])


@_rung
def conv2d_fft(p: Problem) -> Array:
    """Multiply spectra, the kernel's conjugated: a sum over a window is a product at a frequency.

    A stride saves nothing: outputs are computed everywhere, then skipped. One NaN or inf spreads over its
    image. TypeError for integers, which would not come back exact.
    """
    _refuse_integers("the Fourier transform", p.x.dtype)
    (sh, sw), (dh, dw), (kh, kw) = p.stride, p.dilation, p.weight.shape[2:]
    height, width = p.output_shape[2:]
    size = [1 << (n - 1).bit_length() for n in p.x.shape[2:]]  # powers of two that hold the padded image
    dilated = np.zeros((*p.kernels.shape[:3], *size), p.x.dtype)
    dilated[..., : dh * kh : dh, : dw * kw : dw] = p.kernels
    image, kernel = np.fft.rfft2(p.x, size), np.fft.rfft2(dilated).conj()
    image = image.reshape(len(p.x), p.groups, p.weight.shape[1], *image.shape[2:])
    out = np.fft.irfft2(np.einsum("ngcuv,gocuv->ngouv", image, kernel), size)
    return out[..., : sh * height : sh, : sw * width : sw]  # the rest has wrapped around the edge


# F(2×2, 3×3) of Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks" (2015), section 4.1
TILE = ((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, 0, -1))
KERNEL = ((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1))
OUTPUT = ((1, 1, 1, 0), (0, 1, -1, -1))


@_rung
def conv2d_winograd(p: Problem) -> Array:
    """Make 2×2 outputs of a 4×4 tile with 16 products where the definition takes 36.

    One NaN or inf spreads over the four outputs of its tiles. ValueError unless the kernel is 3×3, stride and
    dilation 1; TypeError for integers, which the transform of the kernel halves.
    """
    _refuse_integers("Winograd's transform", p.x.dtype)
    if (p.weight.shape[2:], p.stride, p.dilation) != ((3, 3), (1, 1), (1, 1)):
        asked = f"kernel {p.weight.shape[2:]}, stride {p.stride}, dilation {p.dilation}"
        raise ValueError(f"Winograd's F(2×2, 3×3) takes kernel (3, 3), stride and dilation 1; got {asked}")
    batch, out_channels, height, width = p.output_shape
    even = _pad(p.x, ((0, height % 2), (0, width % 2)), p.x.dtype)
    tiles = windows_of(even, (4, 4), (2, 2), (1, 1)).transpose(2, 3, 0, 1, 4, 5)  # [4, 4, N, C, down, across]
    down, across = tiles.shape[4:]
    tiles = _transform(TILE, tiles).reshape(4, 4, batch, p.groups, p.weight.shape[1], down * across)
    kernels = _transform(KERNEL, p.kernels.transpose(3, 4, 0, 1, 2))[:, :, None]  # [4, 4, 1, G, O / G, C / G]
    out = _transform(OUTPUT, kernels @ tiles).reshape(2, 2, batch, out_channels, down, across)
    out = out.transpose(2, 3, 4, 0, 5, 1).reshape(batch, out_channels, 2 * down, 2 * across)
    return out[:, :, :height, :width]


def _transform(matrix: tuple[tuple[float, ...], ...], tiles: Array) -> Array:
    """matrix · tile · matrixᵀ for every tile [a, b, …]."""
    m = np.array(matrix, tiles.dtype)
    return np.tensordot(m, np.tensordot(m, tiles, (1, 1)), (1, 1))


@_rung
def conv2d(p: Problem) -> Array:
    """`conv2d_im2col`, a few rows of outputs at a time, so that the columns stay in the cache.

    x [N, C, H, W], weight [O, C / groups, kh, kw], bias [O] → [N, O, H', W']; arguments and errors: see the
    module. NaN and inf reach just the outputs whose window holds them, as in torch.

    >>> vertical_edge = [[[[1, 0, -1], [1, 0, -1], [1, 0, -1]]]]
    >>> conv2d([[[[9, 9, 9, 0, 0, 0]] * 4]], vertical_edge)
    array([[[[ 0, 27, 27,  0],
             [ 0, 27, 27,  0]]]])
    """
    batch, out_channels, height, width = p.output_shape
    products = p.weight[0].size  # behind one output
    kernels = p.kernels.reshape(p.groups, out_channels // p.groups, products)
    out = np.empty((batch, p.groups, out_channels // p.groups, height * width), p.x.dtype)
    rows = max(1, BLOCK_BYTES // (p.groups * products * width * p.x.itemsize))
    for windows, image in zip(p.windows, out, strict=True):
        for top in range(0, height, rows):
            block = windows[..., top : top + rows, :]  # [G, C / G, kh, kw, rows, W']
            columns = block.reshape(p.groups, products, block.shape[-2] * width)  # no copy if 1×1
            np.matmul(kernels, columns, out=image[..., top * width : (top + rows) * width])
    return out


def correlate2d(
    image: ArrayLike, kernel: ArrayLike, stride: Pair = 1, padding: Pair | str = 0, dilation: Pair = 1
) -> Array:
    """Slide one kernel over one image: [H, W] and [kh, kw] → [H', W']. Errors: as `conv2d`.

    >>> correlate2d([[1, 2, 4], [1, 2, 4]], [[-1, 1]])
    array([[1, 2],
           [1, 2]])
    """
    image, kernel = array_of("image", image, "H, W"), array_of("kernel", kernel, "kh, kw")
    out: Array = conv2d(image[None, None], kernel[None, None], None, stride, padding, dilation)[0, 0]
    return out


@np.errstate(all="ignore")
def conv_transpose2d(
    x: ArrayLike,
    weight: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    output_padding: Pair = 0,
    groups: int = 1,
    dilation: Pair = 1,
) -> Array:
    """Stamp the kernel onto the output once for every pixel: as a linear map, the transpose of `conv2d`.

    x [N, C, H, W], weight [C, O / groups, kh, kw], bias [O] → [N, O, H', W'], where
    H' = (H − 1) · stride − 2 · padding + dilation · (kh − 1) + output_padding + 1. Errors: as `conv2d`, and
    ValueError for an output_padding below neither stride nor dilation, or an output without pixels.

    >>> conv_transpose2d([[[[1, 10]]]], [[[[1, 2, 3]]]], stride=2)
    array([[[[ 1,  2, 13, 20, 30]]]])
    """
    x, weight = array_of("x", x, "N, C, H, W"), array_of("weight", weight, "C, O / groups, kh, kw")
    stride, dilation = pair("stride", stride), pair("dilation", dilation)
    padding, extra = pair("padding", padding, 0), pair("output_padding", output_padding, 0)
    axes = zip(x.shape[2:], weight.shape[2:], stride, padding, extra, dilation, strict=True)
    height, width = (conv_transpose2d_output_size(*axis) for axis in axes)
    groups = whole("groups", groups)
    in_group, out_channels = group_of("input", x.shape[1], groups), weight.shape[1] * groups
    if len(weight) != x.shape[1]:
        raise ValueError(f"weight {weight.shape} takes {len(weight)} input channels, but x has {x.shape[1]}")
    bias = bias_of(bias, out_channels)
    dtype, working = dtypes_of(x, weight, bias)
    kernels = weight.astype(working).reshape(groups, in_group, weight[0].size).swapaxes(1, 2)
    stamps = kernels @ x.astype(working).reshape(len(x), groups, in_group, x.shape[2] * x.shape[3])
    stamps = stamps.reshape(len(x), out_channels, *weight.shape[2:], *x.shape[2:])
    return _finish(canvas_of(stamps, (height, width), stride, padding, dilation), bias, dtype)


def im2col(x: ArrayLike, kernel_size: Pair, dilation: Pair = 1, padding: Pair = 0, stride: Pair = 1) -> Array:
    """Write every window out as a column, as torch's `unfold`: [N, C, H, W] → [N, C · kh · kw, H' · W'].

    Errors: as `conv2d`. The type stays that of `x`: nothing is summed.
    """
    x, (rows, columns) = array_of("x", x, "N, C, H, W"), pair("padding", padding, 0)
    kernel_size, stride = pair("kernel_size", kernel_size), pair("stride", stride)
    padded = _pad(x, ((rows, rows), (columns, columns)), x.dtype)
    windows = windows_of(padded, kernel_size, stride, pair("dilation", dilation)).copy()
    batch, channels, kh, kw, height, width = windows.shape
    return windows.reshape(batch, channels * kh * kw, height * width)


@np.errstate(all="ignore")
def col2im(
    columns: ArrayLike,
    output_size: Pair,
    kernel_size: Pair,
    dilation: Pair = 1,
    padding: Pair = 0,
    stride: Pair = 1,
) -> Array:
    """Add every column back where `im2col` read it, as torch's `fold`: [N, C · kh · kw, L] → [N, C, H, W].

    The transpose of `im2col`, not its inverse: a pixel comes back once for each window that saw it. Errors:
    as `conv2d`, and ValueError where L is not the number of windows.
    """
    columns, size = array_of("columns", columns, "N, C · kh · kw, L"), pair("output_size", output_size)
    (kh, kw), stride = pair("kernel_size", kernel_size), pair("stride", stride)
    padding, dilation = pair("padding", padding, 0), pair("dilation", dilation)
    canvas = np.empty((1, 1, size[0] + 2 * padding[0], size[1] + 2 * padding[1]))
    height, width = windows_of(canvas, (kh, kw), stride, dilation).shape[4:]
    batch, products, length = columns.shape
    if products % (kh * kw) or length != height * width:
        raise ValueError(f"columns {columns.shape} must be [N, C · {kh} · {kw}, {height} · {width}]")
    dtype, working = dtypes_of(columns)
    stamps = columns.astype(working).reshape(batch, products // (kh * kw), kh, kw, height, width)
    return _finish(canvas_of(stamps, size, stride, padding, dilation), None, dtype)


# ---- What they share: what must fit together, windows read and stamped, the way out ----


def problem_of(
    x: Array, weight: Array, stride: Pair, padding: Pair | str, dilation: Pair, groups: int
) -> Problem:
    """Check what must fit together, and pad `x`."""
    stride, dilation, groups = pair("stride", stride), pair("dilation", dilation), whole("groups", groups)
    in_group, _ = group_of("input", x.shape[1], groups), group_of("output", len(weight), groups)
    if weight.shape[1] != in_group:
        per_group = f"{x.shape[1]} / {groups} = {in_group}"
        raise ValueError(
            f"weight {weight.shape} takes {weight.shape[1]} input channels, but x has {per_group}"
        )
    padded = _pad(x, margins_of(padding, weight.shape[2:], stride, dilation), weight.dtype)
    windows_of(padded, weight.shape[2:], stride, dilation)  # refuses a kernel that does not fit
    return Problem(padded, weight, stride, dilation, groups)


def _refuse_integers(method: str, dtype: np.dtype[Any]) -> None:
    if dtype.kind != "f":
        raise TypeError(f"{method} does not give exact {dtype}: convert x or weight to float first")


def margins_of(
    padding: Pair | str, kernel_size: Sequence[int], stride: Two, dilation: Two
) -> tuple[Two, Two]:
    """Zeros to add: (above, below), (left, right)."""
    if padding == "same":
        if stride != (1, 1):
            raise ValueError(f'padding="same" needs stride 1; got {stride}')
        rows, columns = (d * (k - 1) for d, k in zip(dilation, kernel_size, strict=True))
        # an odd zero goes below or to the right, as in torch
        return (rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2)
    if isinstance(padding, str) and padding != "valid":
        raise ValueError(f'padding must be "same", "valid", an integer or a pair of them; got {padding!r}')
    rows, columns = pair("padding", 0 if padding == "valid" else padding, 0)
    return (rows, rows), (columns, columns)


def _pad(x: Array, margins: tuple[Two, Two], dtype: np.dtype[Any]) -> Array:
    """`x` in the given type with zeros around it; `x` itself where that changes nothing."""
    (top, bottom), (left, right) = margins
    if not (top or bottom or left or right):
        return x.astype(dtype, copy=False)
    (batch, channels, height, width) = x.shape
    padded = np.zeros((batch, channels, top + height + bottom, left + width + right), dtype)
    padded[:, :, top : top + height, left : left + width] = x
    return padded


def windows_of(
    x: Array, kernel_size: Sequence[int], stride: Two, dilation: Two, writeable: bool = False
) -> Array:
    """Every window of `x`, as a view: [N, C, H, W] → [N, C, kh, kw, H', W']."""
    (sh, sw), (dh, dw) = stride, dilation
    span = dh * (kernel_size[0] - 1) + 1, dw * (kernel_size[1] - 1) + 1
    if span[0] > x.shape[2] or span[1] > x.shape[3]:
        pixels = f"{x.shape[2]}×{x.shape[3]} pixels, padding included"
        raise ValueError(f"a kernel spanning {span[0]}×{span[1]} does not fit into {pixels}")
    windows = sliding_window_view(x, span, (2, 3), writeable=writeable)
    return windows[:, :, ::sh, ::sw, ::dh, ::dw].transpose(0, 1, 4, 5, 2, 3)


def canvas_of(stamps: Array, size: Two, stride: Two, padding: Two, dilation: Two) -> Array:
    """Add [N, C, kh, kw, H', W'] to zeros where windows would read it, cut the padding off: [N, C, *size]."""
    (height, width), (top, left) = size, padding
    canvas = np.zeros((*stamps.shape[:2], height + 2 * top, width + 2 * left), stamps.dtype)
    windows = windows_of(canvas, stamps.shape[2:4], stride, dilation, writeable=True)
    for u, v in np.ndindex(*stamps.shape[2:4]):  # among the windows' (u, v) no pixel comes twice
        windows[:, :, u, v, : stamps.shape[4], : stamps.shape[5]] += stamps[:, :, u, v]
    return canvas[:, :, top : top + height, left : left + width]


def _finish(out: Array, bias: Array | None, dtype: np.dtype[Any]) -> Array:
    """Add the bias and return to the type that was asked for, in C order."""
    if bias is not None:
        out += bias[:, None, None]
    return out.astype(dtype, order="C", copy=False)
