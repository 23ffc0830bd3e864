"""Convolution in NumPy: the definition in scalar loops, then the same numbers faster.

`conv2d` and its ladder, `conv2d_loops`, `_windows`, `_im2col`, `_blocks`, `_rows`, `_fft`, `_winograd` and
`_winograd4`, are called like torch's,
(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1), and give the same values:

    x [N, C, H, W], weight [O, C / groups, kh, kw], bias [O] → [N, O, H', W']

`stride`, `padding` and `dilation` are an integer or a pair (rows, columns); `padding` also "valid" or "same".
Arrays are whatever `np.asarray` accepts, but for masked ones, and are never written to. Integers and booleans
are summed and returned as int64, so bytes do not overflow, and a sum beyond 2⁶³ wraps around, as in torch;
float16 is summed in float32; other types meet as in `np.result_type`, and a list has no precision of its own.
An image without its batch axis is refused: write `x[None]`, or use `correlate2d`.

Errors, before any work: TypeError for values that are no real numbers and sizes that are no integers;
ValueError for whatever does not fit together, with the numbers in the message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import update_wrapper
from inspect import signature, unwrap
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from numpy.polynomial.polynomial import polyfromroots
from numpy.typing import ArrayLike

from cnnlab.arguments import Array, Pair, Two, array_of, bias_of, dtypes_of, group_of, pair, whole
from cnnlab.cost import conv_transpose2d_output_size

__all__ = [
    "Winograd",
    "col2im",
    "conv2d",
    "conv2d_blocks",
    "conv2d_fft",
    "conv2d_im2col",
    "conv2d_loops",
    "conv2d_rows",
    "conv2d_windows",
    "conv2d_winograd",
    "conv2d_winograd4",
    "conv_transpose2d",
    "correlate2d",
    "im2col",
    "winograd",
]

BLOCK_BYTES = 2**20  # of columns or tiles at a time: fewer starve the products, more leave the cache


class Problem(NamedTuple):
    """A convolution whose arguments have been checked; what every rung below starts from."""

    x: Array  # [N, C, H, W], padded, in the type to compute in
    weight: Array  # [O, C / groups, kh, kw], in the same type
    stride: Two
    dilation: Two
    groups: int

    @property
    def output_shape(self) -> tuple[int, int, int, int]:
        axes = zip(self.x.shape[2:], self.weight.shape[2:], self.stride, self.dilation, strict=True)
        height, width = ((size - d * (k - 1) - 1) // s + 1 for size, k, s, d in axes)
        return len(self.x), len(self.weight), height, width

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
        given = x, weight, bias
        x, weight = array_of("x", x, "N, C, H, W"), array_of("weight", weight, "O, C / groups, kh, kw")
        bias, (dtype, working) = bias_of(bias, len(weight)), dtypes_of(*given)
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


class Winograd(NamedTuple):
    """F(m, r): m outputs of a filter of r weights from n = m + r − 1 inputs, with n products, not m · r.

    output @ ((kernel @ g) * (tile @ d)) slides g [r] over d [n]; in two dimensions from both sides.
    """

    tile: Array  # Bᵀ [n, n]
    kernel: Array  # G [n, r]
    output: Array  # Aᵀ [m, n]


def winograd(points: Sequence[float], taps: int = 3) -> Winograd:
    """The three matrices that belong to `points` and a point at infinity: m = len(points) + 2 − taps outputs.

    Values at n points make a polynomial of n coefficients, so n products multiply two whose product has n;
    this is the transpose of that. Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks" (2015).
    ValueError for points that are too few, or not all different.
    """
    if len(set(points)) < len(points) or len(points) + 2 <= taps:
        raise ValueError(f"{taps} weights need at least {taps - 1} different points; got {list(points)}")
    p = np.array(points, np.float64)
    others = [np.delete(p, i) for i in range(len(p))]
    scale = [np.prod(point - roots) for point, roots in zip(p, others, strict=True)]
    kernel, output = (np.vander(p, width, increasing=True) for width in (taps, len(p) + 2 - taps))
    at_infinity = [np.eye(1, m.shape[1], m.shape[1] - 1) for m in (kernel, output)]  # the highest coefficient
    tile = [*(np.append(polyfromroots(roots), 0) for roots in others), polyfromroots(p)]  # 0 at other points
    return Winograd(
        np.array(tile),
        np.concatenate([kernel / np.array(scale)[:, None], at_infinity[0]]),
        np.concatenate([output, at_infinity[1]]).T,
    )


F2 = winograd((0, 1, -1))
F4 = winograd((0, 3 / 4, -3 / 4, 3 / 2, -3 / 2))  # 0, ±1, ±2 multiply as often and lose more digits


@_rung
def conv2d_winograd(p: Problem) -> Array:
    """Make 2×2 outputs of a 4×4 tile with 16 products where the definition takes 36.

    One NaN or inf spreads over the four outputs of its tiles. ValueError unless the kernel is 3×3, stride and
    dilation 1; TypeError for integers, which the transform of the kernel halves.
    """
    return _of_tiles(p, F2)


@_rung
def conv2d_winograd4(p: Problem) -> Array:
    """Make 4×4 outputs of a 6×6 tile with 36 products where the definition takes 144.

    One NaN or inf spreads over the 16 outputs of its tiles. The transforms round: see `conv2d`. Errors: as
    `conv2d_winograd`.
    """
    return _of_tiles(p, F4)


def _of_tiles(p: Problem, w: Winograd) -> Array:
    """[N, C, H, W] → [N, O, H', W'], some images or rows of tiles at a time."""
    _refuse_integers("Winograd's transform", p.x.dtype)
    if (p.weight.shape[2:], p.stride, p.dilation) != ((3, 3), (1, 1), (1, 1)):
        asked = f"kernel {p.weight.shape[2:]}, stride {p.stride}, dilation {p.dilation}"
        raise ValueError(f"Winograd's algorithm takes kernel (3, 3), stride and dilation 1; got {asked}")
    w = Winograd(*(matrix.astype(p.x.dtype) for matrix in w))
    (m, n), (batch, out_channels, height, width) = w.output.shape, p.output_shape
    kernels, down, across = _of_kernels(p.kernels, w.kernel), -(-height // m), -(-width // m)
    out = np.empty((batch, out_channels, down * m, across * m), p.x.dtype)  # whole tiles
    row = n * n * across * (p.x.shape[1] + out_channels) * p.x.itemsize
    for images, rows in _blocks(batch, down, row, kernels.nbytes):
        here = out[images, :, m * rows.start : m * rows.stop]
        x = p.x[images, :, m * rows.start : m * rows.stop + n - m].transpose(0, 2, 3, 1)  # channels last
        tiled = np.zeros((len(x), here.shape[2] + n - m, across * m + n - m, x.shape[3]), x.dtype)
        tiled[:, : x.shape[1], : x.shape[2]] = x
        _multiply_tiles(tiled, kernels, w, here)
    return out[:, :, :height, :width]


def _of_kernels(kernels: Array, matrix: Array) -> Array:
    """G g Gᵀ for every kernel g: [G, O / G, C / G, r, r] → [n · n, G, C / G, O / G]."""
    groups, out_group, in_group, taps, _ = kernels.shape
    half = matrix @ kernels.transpose(3, 4, 0, 2, 1).reshape(taps, -1)
    both: Array = matrix @ half.reshape(len(matrix), taps, -1)
    return both.reshape(-1, groups, in_group, out_group)


def _multiply_tiles(x: Array, kernels: Array, w: Winograd, out: Array) -> None:
    """Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A for every tile d of x [N, H, W, C] and g transformed → out [N, O, H', W'].

    Channels last, so that a transform is a product of small matrices with long rows.
    """
    (m, n), (batch, height, width, channels) = w.output.shape, x.shape
    windows = sliding_window_view(x.reshape(batch, height, -1), n, 1)[:, ::m]  # [N, down, W · C, n]
    half = (w.tile @ windows.swapaxes(2, 3)).reshape(batch, -1, n, width, channels)
    windows = sliding_window_view(half, n, 3)[:, :, :, ::m].swapaxes(4, 5)  # [N, down, n, across, n, C]
    down, across = windows.shape[1], windows.shape[3]
    tiles = np.empty((n, n, batch, down, across, channels), x.dtype)
    np.matmul(w.tile, windows, out=tiles.transpose(2, 3, 0, 4, 1, 5))
    tiles = tiles.reshape(n * n, -1, *kernels.shape[1:3])  # [n · n, tiles, G, C / G]
    products = np.empty((*tiles.shape[:3], kernels.shape[3]), x.dtype)
    np.matmul(tiles.swapaxes(1, 2), kernels, out=products.swapaxes(1, 2))
    half = w.output @ products.reshape(n, n, -1).swapaxes(0, 1)
    half = half.reshape(n, m, batch, down, across, -1).transpose(2, 3, 1, 4, 5, 0)
    out = out.reshape(batch, -1, down, m, across, m)
    np.matmul(half, w.output.T, out=out.transpose(0, 2, 3, 4, 1, 5))


@_rung
def conv2d_blocks(p: Problem) -> Array:
    """`conv2d_im2col`, some images or rows of outputs at a time, so that the columns stay in the cache."""
    batch, _, height, width = p.output_shape
    products = p.weight[0].size  # behind one output
    kernels = p.kernels.reshape(p.groups, -1, products)
    out = np.empty((batch, *kernels.shape[:2], height, width), p.x.dtype)
    row, windows = p.groups * products * width * p.x.itemsize, p.windows
    for images, rows in _blocks(batch, height, row, kernels.nbytes):
        here = out[images, ..., rows, :].transpose(1, 2, 0, 3, 4)  # [G, O / G, N, rows, W']
        block = np.moveaxis(windows[images, ..., rows, :], 0, 4)  # [G, C / G, kh, kw, N, rows, W']
        columns = block.reshape(p.groups, products, -1)  # no copy if 1×1
        if here.shape[2] == 1:
            np.matmul(kernels, columns, out=here.reshape(*here.shape[:2], -1))
        else:
            here[...] = (kernels @ columns).reshape(here.shape)
    return out


@_rung
def conv2d_rows(p: Problem) -> Array:
    """`conv2d_blocks` of an image that is read as one long row, so that columns are copied in long pieces.

    Outputs that lie across the end of a row are thrown away. It pays where copying takes most of the time, as
    with a group for each channel. ValueError unless the stride is 1.
    """
    if p.stride != (1, 1):
        raise ValueError(f"long rows take stride 1; got {p.stride}")
    (batch, _, height, width), across, products = p.output_shape, p.x.shape[3], p.weight[0].size
    kernels, windows = p.kernels.reshape(p.groups, -1, products), _long_windows(p)
    out = np.empty((batch, *kernels.shape[:2], height, width), p.x.dtype)
    for images, some in _blocks(batch, p.groups, products * windows.shape[-1] * p.x.itemsize):
        columns = windows[images, some].reshape(-1, *kernels[some, 0].shape, windows.shape[-1])
        wide = np.empty((*columns.shape[:2], kernels.shape[1], height * across), p.x.dtype)
        np.matmul(kernels[some], columns, out=wide[..., : windows.shape[-1]])
        out[images, some] = wide.reshape(*wide.shape[:3], height, across)[..., :width]
    return out


def _long_windows(p: Problem) -> Array:
    """What each output sees if an image were one long row, as a view: [N, G, C / G, kh, kw, L]."""
    x, (dh, dw), in_group = np.ascontiguousarray(p.x), p.dilation, p.weight.shape[1]
    # Not x.strides: an axis of one element may have any, and an image of one column is stepped through.
    image, channel, row, pixel = (x.itemsize * prod(x.shape[axis:]) for axis in (1, 2, 3, 4))
    length = (p.output_shape[2] - 1) * x.shape[3] + p.output_shape[3]
    shape = len(x), p.groups, *p.weight.shape[1:], length
    steps = image, channel * in_group, channel, dh * row, dw * pixel, pixel
    return as_strided(x, shape, steps, writeable=False)


def _blocks(batch: int, rows: int, row_bytes: int, least: int = 0) -> Iterator[tuple[slice, slice]]:
    """Some images, or some rows of one, at a time: as many as fit into BLOCK_BYTES, or into `least`."""
    fit = max(1, max(BLOCK_BYTES, least) // row_bytes)
    images, rows_each = max(1, fit // rows), min(fit, rows)
    for first, top in product(range(0, batch, images), range(0, rows, rows_each)):
        yield slice(first, first + images), slice(top, top + rows_each)


@_rung
def conv2d(p: Problem) -> Array:
    """The convolution of images, by the fastest rung for these sizes.

    `conv2d_winograd4` for a 3×3 kernel with stride and dilation 1, without groups, in float32, where at least
    32 channels go in and come out and at least 512 outputs share a kernel's transform; `conv2d_rows` for
    groups with stride 1; `conv2d_blocks` for the rest. Winograd's outputs are off by less than
    64 · 2⁻²³ · max |x| · max Σ|w|; if one of them is no finite number, `conv2d_blocks` computes them anew. So
    NaN and inf reach just the outputs whose window holds them, as in torch.

    x [N, C, H, W], weight [O, C / groups, kh, kw], bias [O] → [N, O, H', W']; arguments and errors: see the
    module.

    >>> vertical_edge = [[[[1, 0, -1], [1, 0, -1], [1, 0, -1]]]]
    >>> conv2d([[[[9, 9, 9, 0, 0, 0]] * 4]], vertical_edge)
    array([[[[ 0, 27, 27,  0],
             [ 0, 27, 27,  0]]]])
    """
    if _tiles_pay(p) and np.isfinite(tiled := _of_tiles(p, F4)).all():
        return tiled
    out: Array = unwrap(conv2d_rows if p.groups > 1 and p.stride == (1, 1) else conv2d_blocks)(p)
    return out


def _tiles_pay(p: Problem) -> bool:
    """Whether the products that Winograd saves cost more than its transforms."""
    batch, _, height, width = p.output_shape
    simple = (p.weight.shape[2:], p.stride, p.dilation, p.groups) == ((3, 3), (1, 1), (1, 1), 1)
    shared = min(p.weight.shape[:2]) >= 32 and batch * height * width >= 512
    return p.x.dtype == np.float32 and simple and shared


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
    given = x, weight, bias
    x, weight = array_of("x", x, "N, C, H, W"), array_of("weight", weight, "C, O / groups, kh, kw")
    stride, dilation = pair("stride", stride), pair("dilation", dilation)
    padding, extra = pair("padding", padding, 0), pair("output_padding", output_padding, 0)
    axes = zip(x.shape[2:], weight.shape[2:], stride, padding, extra, dilation, strict=True)
    height, width = (conv_transpose2d_output_size(*axis) for axis in axes)
    groups = whole("groups", groups)
    in_group, out_channels = group_of("input", x.shape[1], groups), weight.shape[1] * groups
    if len(weight) != x.shape[1]:
        raise ValueError(f"weight {weight.shape} takes {len(weight)} input channels, but x has {x.shape[1]}")
    bias, (dtype, working) = bias_of(bias, out_channels), dtypes_of(*given)
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
