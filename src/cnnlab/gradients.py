"""Backward passes of the layers in NumPy: from the loss's gradient at an output to those at its inputs.

`layer_backward(grad_output, …)` takes what `layer` took, and gives gradients shaped like its inputs; bias and
momentum, which no gradient depends on, are left out. They are what torch's autograd gives. Integers are taken
as float64 and float16 as float32; gradients have the type the arguments meet in. Errors: as the layers.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from cnnlab.arguments import Array, Pair, array_of, pair, real
from cnnlab.conv import canvas_of, margins_of, problem_of
from cnnlab.layers import (
    classes_of,
    counts_of,
    linear,
    parts_of,
    per_channel,
    pool_windows,
    smoothing_checked,
    softmax,
    statistics_of,
)

__all__ = [
    "adaptive_avg_pool2d_backward",
    "avg_pool2d_backward",
    "batch_norm_backward",
    "conv2d_backward",
    "cross_entropy_backward",
    "finite_difference",
    "linear_backward",
    "max_pool2d_backward",
    "relu_backward",
]


def finite_difference(f: Callable[[Array], float], x: ArrayLike, step: float = 1e-6) -> Array:
    """The slope of f(x), a number, along each value of `x` by itself: [f(x + step) − f(x − step)] / 2 step.

    Slow, and exact to about step² and 10⁻¹⁶ / step: it checks a gradient, it does not replace one.
    """
    x = np.array(x, np.float64)
    slope = np.empty_like(x)
    for where in np.ndindex(x.shape):
        value = x[where]
        x[where] = value + step
        above = float(f(x))
        x[where] = value - step
        slope[where] = (above - float(f(x))) / (2 * step)
        x[where] = value
    return slope


@np.errstate(all="ignore")
def conv2d_backward(
    grad_output: ArrayLike, x: ArrayLike, weight: ArrayLike, stride: Pair = 1, padding: Pair | str = 0,
    dilation: Pair = 1, groups: int = 1,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """Gradients of `conv2d` for x, weight and bias: grad_output [N, O, H', W'] → their three shapes.

    Forward is output = kernels @ columns. So the kernels' gradient is grad_output @ columnsᵀ, and that of the
    columns is kernelsᵀ @ grad_output, which goes back to the pixels it was read from.
    """
    grad, x, weight = _floats(grad_output=grad_output, x=x, weight=weight)
    weight = array_of("weight", weight, "O, C / groups, kh, kw")
    p = problem_of(array_of("x", x, "N, C, H, W"), weight, stride, padding, dilation, groups)
    _check(grad, p.output_shape)
    grads = grad.reshape(len(x), p.groups, len(weight) // p.groups, grad.shape[2] * grad.shape[3])
    columns = p.windows.reshape(len(x), p.groups, weight[0].size, grads.shape[3])
    kernels = p.kernels.reshape(p.groups, len(weight) // p.groups, weight[0].size)
    grad_weight = (grads @ columns.swapaxes(2, 3)).sum(0).reshape(weight.shape)
    stamps = (kernels.swapaxes(1, 2) @ grads).reshape(len(x), x.shape[1], *weight.shape[2:], *grad.shape[2:])
    padded = canvas_of(stamps, p.x.shape[2:], p.stride, (0, 0), p.dilation)
    (top, _), (left, _) = margins_of(padding, weight.shape[2:], p.stride, p.dilation)
    grad_x = padded[:, :, top : top + x.shape[2], left : left + x.shape[3]]
    return grad_x, grad_weight, grad.sum((0, 2, 3))


@np.errstate(all="ignore")
def max_pool2d_backward(
    grad_output: ArrayLike, x: ArrayLike, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0,
    dilation: Pair = 1, ceil_mode: bool = False,
) -> Array:  # fmt: skip
    """All to the pixel that won its window, the first of equals: [N, C, H', W'] → [N, C, H, W]."""
    grad, x = _floats(grad_output=grad_output, x=x)
    windows = pool_windows(x, -np.inf, kernel_size, stride, padding, dilation, ceil_mode)
    _check(grad, (*windows.shape[:2], *windows.shape[4:]))
    batch, channels, kh, kw, height, width = windows.shape
    winner = windows.reshape(batch, channels, kh * kw, height, width).argmax(2)
    won = winner[:, :, None] == np.arange(kh * kw)[:, None, None]
    stamps = np.where(won, grad[:, :, None], 0).reshape(windows.shape)
    return _stamp_pool(stamps, x, stride, padding, dilation)


@np.errstate(all="ignore")
def avg_pool2d_backward(
    grad_output: ArrayLike, x: ArrayLike, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0,
    ceil_mode: bool = False, count_include_pad: bool = True,
) -> Array:  # fmt: skip
    """The same share to every pixel of a window: [N, C, H', W'] → [N, C, H, W]."""
    grad, x = _floats(grad_output=grad_output, x=x)
    windows = pool_windows(x, 0, kernel_size, stride, padding, 1, ceil_mode)
    _check(grad, (*windows.shape[:2], *windows.shape[4:]))
    shares = grad / counts_of(x, count_include_pad, kernel_size, stride, padding, ceil_mode)
    stamps = np.broadcast_to(shares[:, :, None, None], windows.shape)
    return _stamp_pool(stamps, x, stride, padding, 1)


@np.errstate(all="ignore")
def adaptive_avg_pool2d_backward(grad_output: ArrayLike, x: ArrayLike) -> Array:
    """As `avg_pool2d_backward`, with the windows that `adaptive_avg_pool2d` chooses."""
    grad, x = _floats(grad_output=grad_output, x=x)
    grad, x = array_of("grad_output", grad, "N, C, H, W"), array_of("x", x, "N, C, H, W")
    _check(grad, (*x.shape[:2], *grad.shape[2:]))
    grad_x = np.zeros_like(x)
    rows, columns = (parts_of(size, n) for size, n in zip(x.shape[2:], grad.shape[2:], strict=True))
    for (i, r), (j, c) in product(enumerate(rows), enumerate(columns)):
        window = grad_x[:, :, r, c]
        window += grad[:, :, i, j, None, None] / (window.shape[2] * window.shape[3])
    return grad_x


@np.errstate(all="ignore")
def batch_norm_backward(
    grad_output: ArrayLike, x: ArrayLike, running_mean: ArrayLike | None, running_var: ArrayLike | None,
    weight: ArrayLike | None = None, training: bool = False, eps: float = 1e-5,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """Gradients of `batch_norm` for x, weight and bias: [N, C, …] → [N, C, …], [C], [C].

    In training every value also moves its channel's mean and variance; what a gradient would do through these
    is taken off. Ioffe & Szegedy (2015), section 3.
    """
    grad, x = _floats(grad_output=grad_output, x=x)
    _check(grad, x.shape)
    mean, var = statistics_of(x, running_mean, running_var, training)
    axes, scale = (0, *range(2, x.ndim)), per_channel("weight", weight, x, 1) / np.sqrt(var + eps)
    normal = (x - mean) / np.sqrt(var + eps)
    grad_weight, grad_bias = (grad * normal).sum(axes), grad.sum(axes)
    if training:
        grad = grad - grad.mean(axes, keepdims=True) - normal * (grad * normal).mean(axes, keepdims=True)
    return scale * grad, grad_weight, grad_bias


@np.errstate(all="ignore")
def relu_backward(grad_output: ArrayLike, x: ArrayLike) -> Array:
    """Gradient of `relu`: `grad_output` where x > 0, and nothing elsewhere, 0 included."""
    grad, x = _floats(grad_output=grad_output, x=x)
    _check(grad, x.shape)
    return np.where(x <= 0, 0, grad)  # not "x > 0": NaN lets through, as in torch


@np.errstate(all="ignore")
def linear_backward(grad_output: ArrayLike, x: ArrayLike, weight: ArrayLike) -> tuple[Array, Array, Array]:
    """Gradients of `linear` for x, weight and bias: [N, out] → [N, in], [out, in], [out]."""
    grad, x, weight = _floats(grad_output=grad_output, x=x, weight=weight)
    _check(grad, (len(x), *linear(x[:0], weight).shape[1:]))  # `linear` refuses what does not fit
    return grad @ weight, grad.T @ x, grad.sum(0)


@np.errstate(all="ignore")
def cross_entropy_backward(x: ArrayLike, target: ArrayLike, label_smoothing: float = 0.0) -> Array:
    """Gradient of the mean `cross_entropy`: what softmax gives minus what it should: [N, C, …]."""
    (x,) = _floats(x=x)
    smoothing_checked(label_smoothing)
    classes, wanted = classes_of(target, x), np.full_like(x, label_smoothing / x.shape[1])
    np.put_along_axis(wanted, classes[:, None], 1 - label_smoothing + label_smoothing / x.shape[1], 1)
    return (softmax(x, 1) - wanted) / classes.size


# ---- What they share ----


def _floats(**arrays: ArrayLike) -> list[Array]:
    """The arrays in the type they meet in, at least float32; integers as float64."""
    read = [real(name, value) for name, value in arrays.items()]
    dtype = np.result_type(np.float32, *(a.dtype if a.dtype.kind == "f" else np.float64 for a in read))
    return [a.astype(dtype, copy=False) for a in read]


def _check(grad: Array, shape: tuple[int, ...]) -> None:
    if grad.shape != shape:
        raise ValueError(f"grad_output has shape {grad.shape}, but the output has {shape}")


def _stamp_pool(stamps: Array, x: Array, stride: Pair | None, padding: Pair, dilation: Pair) -> Array:
    """Add what every window gives to the pixels it saw: [N, C, kh, kw, H', W'] → [N, C, H, W]."""
    (kh, kw), (height, width) = stamps.shape[2:4], x.shape[2:]
    (sh, sw) = steps = (kh, kw) if stride is None else pair("stride", stride)
    size = height + sh, width + sw  # ceil_mode may look less than a step beyond the image
    padding, dilation = pair("padding", padding, 0), pair("dilation", dilation)
    return canvas_of(stamps, size, steps, padding, dilation)[:, :, :height, :width]
