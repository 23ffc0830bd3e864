"""The layers between convolutions in NumPy: pooling, normalization, activations, linear layers, the loss.

Called like `torch.nn.functional`, with its values. `x` is whatever `np.asarray` accepts; the result has its
type, but integers become float64 where they are averaged or bent. float16 is computed in float32. NaN and inf
pass through in silence, as in torch. Nothing is written to but the running statistics of `batch_norm`.

Errors: TypeError for values that are no real numbers and sizes that are no integers; ValueError for whatever
does not fit together, with the numbers in the message.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce, wraps
from typing import Any, Concatenate, ParamSpec

import numpy as np
from numpy.typing import ArrayLike

from cnnlab.arguments import Array, Pair, array_of, bias_of, dtypes_of, pair, real, whole
from cnnlab.conv import windows_of
from cnnlab.cost import pool2d_output_size

__all__ = [
    "adaptive_avg_pool2d",
    "avg_pool2d",
    "batch_norm",
    "cross_entropy",
    "dropout",
    "fold_batch_norm",
    "hardswish",
    "linear",
    "local_response_norm",
    "log_softmax",
    "max_pool2d",
    "relu",
    "relu6",
    "sigmoid",
    "silu",
    "softmax",
    "tanh",
]

Options = ParamSpec("Options")
Layer = Callable[Concatenate[Array, Options], Array]


def _in_floats(layer: Layer[Options]) -> Callable[Concatenate[ArrayLike, Options], Array]:
    """Let a layer compute in floats that are wide enough, then return to the type of `x`."""

    @wraps(layer)
    def compute(x: ArrayLike, *args: Options.args, **options: Options.kwargs) -> Array:
        x = real("x", x)
        dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
        wide = x.astype(np.result_type(dtype, np.float32), copy=False)
        with np.errstate(all="ignore"):
            return layer(wide, *args, **options).astype(dtype, order="C", copy=False)

    return compute  # type: ignore[return-value]  # `x` may be given by name, too


# ---- Pooling: a window slides over every channel by itself ----


def max_pool2d(
    x: ArrayLike, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, dilation: Pair = 1,
    ceil_mode: bool = False,
) -> Array:  # fmt: skip
    """The largest value in every window; padding never wins: [N, C, H, W] → [N, C, H', W'].

    >>> max_pool2d([[[[1, 2, 3, 4], [5, 6, 7, 8]]]], kernel_size=2)
    array([[[[6, 8]]]])
    """
    x = real("x", x)
    outside = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    windows = pool_windows(x, outside, kernel_size, stride, padding, dilation, ceil_mode)
    return reduce(np.maximum, _pixels(windows)).copy()


@_in_floats
def avg_pool2d(
    x: Array, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:  # fmt: skip
    """The mean of every window, zeros of the padding counted if asked: [N, C, H, W] → [N, C, H', W']."""
    sums = reduce(np.add, _pixels(pool_windows(x, 0, kernel_size, stride, padding, 1, ceil_mode)))
    return sums / counts_of(x, count_include_pad, kernel_size, stride, padding, ceil_mode)


def counts_of(
    x: Array, include_pad: bool, kernel_size: Pair, stride: Pair | None, padding: Pair, ceil_mode: bool
) -> Array:
    """Pixels that each window averages over: [1, 1, H', W']. What is past the padding never is."""
    ones = np.ones((1, 1, *x.shape[2:]), x.dtype)
    windows = pool_windows(ones, include_pad, kernel_size, stride, padding, 1, ceil_mode, beyond=0)
    return reduce(np.add, _pixels(windows))


@_in_floats
def adaptive_avg_pool2d(x: Array, output_size: Pair) -> Array:
    """Means of `output_size` windows that cover the image: [N, C, H, W] → [N, C, *output_size].

    1 is the global average. Window i of m spans ⌊i · H / m⌋ to ⌈(i + 1) · H / m⌉.
    """
    sizes = zip(array_of("x", x, "N, C, H, W").shape[2:], pair("output_size", output_size), strict=True)
    rows, columns = (parts_of(size, parts) for size, parts in sizes)
    means = np.array([[x[:, :, r, c].mean((2, 3)) for c in columns] for r in rows])
    return means.transpose(2, 3, 0, 1)


def parts_of(size: int, parts: int) -> list[slice]:
    return [slice(i * size // parts, -(-(i + 1) * size // parts)) for i in range(parts)]


def pool_windows(
    x: Array, outside: Any, kernel_size: Pair, stride: Pair | None, padding: Pair, dilation: Pair,
    ceil_mode: bool, beyond: Any = None,
) -> Array:  # fmt: skip
    """What each output sees, padding `outside` included: [N, C, H, W] → [N, C, kh, kw, H', W']."""
    (height, width), kernel = array_of("x", x, "N, C, H, W").shape[2:], pair("kernel_size", kernel_size)
    step = kernel if stride is None else pair("stride", stride)
    (top, left), dilation = pair("padding", padding, 0), pair("dilation", dilation)
    axes = zip((height, width), kernel, step, (top, left), dilation, strict=True)
    canvas = np.full((*x.shape[:2], *(_reach(*axis, bool(ceil_mode)) for axis in axes)), outside, x.dtype)
    if beyond is not None:
        canvas[:, :, height + 2 * top :] = canvas[:, :, :, width + 2 * left :] = beyond
    inside = canvas[:, :, top : top + height, left : left + width]
    inside[...] = x[:, :, : inside.shape[2], : inside.shape[3]]  # no window may reach the last pixels
    return windows_of(canvas, kernel, step, dilation)


def _pixels(windows: Array) -> Iterator[Array]:
    """All windows' first pixels, then their second, …: six times as fast as window by window."""
    return (windows[:, :, u, v] for u, v in np.ndindex(*windows.shape[2:4]))


def _reach(size: int, kernel_size: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> int:
    """Pixels from the first window's first to the last one's last."""
    outputs = pool2d_output_size(size, kernel_size, stride, padding, dilation, ceil_mode)
    return (outputs - 1) * stride + dilation * (kernel_size - 1) + 1


# ---- Normalization ----


@_in_floats
def batch_norm(
    x: Array, running_mean: Array | None, running_var: Array | None, weight: ArrayLike | None = None,
    bias: ArrayLike | None = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
) -> Array:  # fmt: skip
    """Give each channel mean 0 and variance 1, then scale and shift it: x [N, C, …], rest [C] → [N, C, …].

    In training mean and variance are the batch's, and the running ones, where given, move towards them by
    `momentum`, in place; the variance they learn is divided by n − 1, not n. Otherwise these are used.
    Ioffe & Szegedy (2015), algorithms 1 and 2.
    """
    mean, var = statistics_of(x, running_mean, running_var, training)
    weight, bias = per_channel("weight", weight, x, 1), per_channel("bias", bias, x, 0)
    if training:
        n = x.size // x.shape[1]
        for running, batch in ((running_mean, mean), (running_var, var * (n / (n - 1)))):
            if running is not None:
                np.copyto(running, (1 - momentum) * np.asarray(running) + momentum * batch.ravel())
    return (x - mean) / np.sqrt(var + eps) * weight + bias


def fold_batch_norm(
    weight: ArrayLike, bias: ArrayLike | None, running_mean: ArrayLike, running_var: ArrayLike,
    bn_weight: ArrayLike | None = None, bn_bias: ArrayLike | None = None, eps: float = 1e-5,
) -> tuple[Array, Array]:  # fmt: skip
    """Weight and bias of the one convolution that does what a convolution and its trained batch norm do.

    weight [O, C / groups, kh, kw], the others [O] → the same two shapes, in float64.
    """
    kernels = array_of("weight", weight, "O, C / groups, kh, kw").astype(np.float64).swapaxes(0, 1)
    mean, var = statistics_of(kernels, running_mean, running_var, training=False)
    scale = per_channel("bn_weight", bn_weight, kernels, 1) / np.sqrt(var + eps)
    centred = per_channel("bias", bias, kernels, 0) - mean
    shift = centred * scale + per_channel("bn_bias", bn_bias, kernels, 0)
    return (kernels * scale).swapaxes(0, 1).copy(), shift.ravel()


def statistics_of(x: Array, running_mean: Any, running_var: Any, training: bool) -> list[Array]:
    """Mean and variance of each channel of x [N, C, …], the batch's or the running ones: [C, 1, …] both."""
    n, axes = x.size // channels_of(x), (0, *range(2, x.ndim))
    named = {"running_mean": running_mean, "running_var": running_var}
    if missing := [name for name, v in named.items() if v is None and not training]:
        raise TypeError(f"{' and '.join(missing)} can be None in training only")
    running = [per_channel(name, v, x) for name, v in named.items() if v is not None]
    if training and n < 2:
        raise ValueError(f"training needs at least 2 values a channel; got {n}")
    return [per_channel("x", v, x) for v in (x.mean(axes), x.var(axes))] if training else running


def per_channel(name: str, values: Any, x: Array, default: float | None = None) -> Array:
    """One value for each channel of x [N, C, …], shaped to meet it: [C, 1, …]."""
    vector = real(name, [default] * channels_of(x) if default is not None and values is None else values)
    if vector.shape != x.shape[1:2]:
        raise ValueError(f"{name} must hold {x.shape[1]} values, one a channel; got shape {vector.shape}")
    return vector.astype(x.dtype).reshape(-1, *[1] * (x.ndim - 2))


def channels_of(x: Array) -> int:
    if x.ndim < 2 or not x.shape[1]:
        raise ValueError(f"x must be [N, C, …] with at least one channel; got shape {x.shape}")
    return int(x.shape[1])


@_in_floats
def local_response_norm(
    x: Array, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Array:
    """x / (k + alpha / size · Σ x²)^beta, the sum over `size` neighbouring channels: [N, C, …] → [N, C, …].

    AlexNet does not divide α by n: its k = 2, n = 5, α = 10⁻⁴ are k=2, size=5, alpha=5e-4 here and in torch.
    Krizhevsky et al. (2012), section 3.3.
    """
    size, sums = whole("size", size), np.empty_like(x)
    for c in range(channels_of(x)):
        sums[:, c] = (x[:, max(0, c - size // 2) : c + (size + 1) // 2] ** 2).sum(1)
    return x / (k + alpha / size * sums) ** beta


# ---- Activations: each value by itself ----


def relu(x: ArrayLike) -> Array:
    """max(x, 0)."""
    return np.maximum(real("x", x), 0)


def relu6(x: ArrayLike) -> Array:
    """min(max(x, 0), 6)."""
    return np.clip(real("x", x), 0, 6)


@_in_floats
def sigmoid(x: Array) -> Array:
    """1 / (1 + e⁻ˣ)."""
    return 1 / (1 + np.exp(-x))


@_in_floats
def tanh(x: Array) -> Array:
    """(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ) = 2 · sigmoid(2x) − 1."""
    return np.tanh(x)


@_in_floats
def silu(x: Array) -> Array:
    """x · sigmoid(x), also called swish."""
    return x / (1 + np.exp(-x))


@_in_floats
def hardswish(x: Array) -> Array:
    """x · relu6(x + 3) / 6: swish from straight lines. Howard et al. (2019), section 5.2."""
    return x * relu6(x + 3) / 6


# ---- The head ----


@np.errstate(all="ignore")
def linear(x: ArrayLike, weight: ArrayLike, bias: ArrayLike | None = None) -> Array:
    """Each output a weighted sum of all inputs: x [N, in], weight [out, in], bias [out] → [N, out].

    Types as in `cnnlab.conv.conv2d`, whose 1×1 kernel does the same at every pixel.
    """
    given = x, weight, bias
    x, weight = array_of("x", x, "N, in"), array_of("weight", weight, "out, in")
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"weight {weight.shape} takes {weight.shape[1]} inputs, but x has {x.shape[1]}")
    bias, (dtype, wide) = bias_of(bias, len(weight)), dtypes_of(*given)
    out = x.astype(wide, copy=False) @ weight.astype(wide, copy=False).T
    return (out if bias is None else out + bias).astype(dtype, copy=False)


@_in_floats
def dropout(
    x: Array, p: float = 0.5, training: bool = True, generator: np.random.Generator | None = None
) -> Array:
    """In training, zero each value with probability `p` and divide the others by 1 − p: the mean stays.

    Hinton et al. (2012). Give a `generator` and it happens the same way again.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p must be a probability from 0 to 1; got {p}")
    if not training or p == 0:
        return x.copy()
    kept = (generator or np.random.default_rng()).random(x.shape) >= p
    return x * (kept / (1 - p if p < 1 else 1)).astype(x.dtype)


@_in_floats
def softmax(x: Array, dim: int) -> Array:
    """eˣ / Σ eˣ along one axis. The largest x is taken off first: nothing changes, and nothing overflows."""
    powers = np.exp(x - x.max(dim, keepdims=True, initial=-np.inf))
    return powers / powers.sum(dim, keepdims=True)


@_in_floats
def log_softmax(x: Array, dim: int) -> Array:
    """x − log Σ eˣ: the logarithm of a softmax that may itself round to 0."""
    x = x - x.max(dim, keepdims=True, initial=-np.inf)
    return x - np.log(np.exp(x).sum(dim, keepdims=True))


@_in_floats
def cross_entropy(
    x: Array, target: ArrayLike, *, reduction: str = "mean", label_smoothing: float = 0.0
) -> Array:
    """−log of what softmax gives to the right class: x [N, C, …], classes [N, …] → a number.

    With reduction="none" → [N, …]. `label_smoothing`, from 0 to 1, deals out that part of the target evenly
    to all classes.
    """
    smoothing_checked(label_smoothing)
    losses = -log_softmax(x, 1)
    right = np.take_along_axis(losses, classes_of(target, x)[:, None], 1)[:, 0]
    losses = (1 - label_smoothing) * right + label_smoothing * losses.mean(1)
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f'reduction must be "mean", "sum" or "none"; got {reduction!r}')
    if reduction == "none":
        return losses
    return losses.sum() / (losses.size if reduction == "mean" else 1)


# ---- What they share ----


def smoothing_checked(label_smoothing: float) -> None:
    """ValueError for what is no part of a target."""
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"label_smoothing must be from 0 to 1; got {label_smoothing}")


def classes_of(target: ArrayLike, x: Array) -> Array:
    """The right class of each position of x [N, C, …], checked: [N, …]."""
    classes, channels = np.asarray(target), channels_of(x)
    if classes.dtype.kind not in "iu":
        raise TypeError(f"target must hold classes, which are integers; got {classes.dtype}")
    if classes.shape != (x.shape[0], *x.shape[2:]):
        raise ValueError(f"target {classes.shape} does not name one class for each position of x {x.shape}")
    if classes.size and not 0 <= classes.min() <= classes.max() < channels:
        wrong = classes.min() if classes.min() < 0 else classes.max()
        raise ValueError(f"target holds class {wrong}, but the {channels} classes are 0 … {channels - 1}")
    return classes
