"""The layers between convolutions in NumPy: pooling, normalization, activations, linear layers, the loss.

Called like `torch.nn.functional`, with its values. `x` is whatever `np.asarray` accepts; the result has its
type, but integers become float64 where they are averaged or bent. float16 is computed in float32. NaN and inf
pass through in silence, as in torch. Nothing is written to but the running statistics of `batch_norm`.

Errors: TypeError for values that are no real numbers and sizes that are no integers; ValueError for whatever
does not fit together, with the numbers in the message.
"""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import numpy as np
from numpy.typing import ArrayLike

from cnnlab.conv import Array, Pair, _array, _bias, _dtypes, _pair, _whole, _windows

Options = ParamSpec("Options")
Layer = Callable[Concatenate[Array, Options], Array]


def _in_floats(layer: Layer[Options]) -> Callable[Concatenate[ArrayLike, Options], Array]:
    """Let a layer compute in floats that are wide enough, then return to the type of `x`."""

    @wraps(layer)
    def compute(x: ArrayLike, *args: Options.args, **options: Options.kwargs) -> Array:
        x = _real("x", x)
        dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
        wide = x.astype(np.result_type(dtype, np.float32), copy=False)
        with np.errstate(all="ignore"):
            return layer(wide, *args, **options).astype(dtype, order="C", copy=False)

    return compute  # type: ignore[return-value]  # `x` may be given by name, too


# ---- Pooling: a window slides over every channel by itself ----


def max_pool2d(
    x: ArrayLike,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    dilation: Pair = 1,
    ceil_mode: bool = False,
) -> Array:
    """The largest value in every window; padding never wins: [N, C, H, W] → [N, C, H', W'].

    >>> max_pool2d([[[[1, 2, 3, 4], [5, 6, 7, 8]]]], kernel_size=2)
    array([[[[6, 8]]]])
    """
    x = _real("x", x)
    outside = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    out: Array = _pool_windows(x, outside, kernel_size, stride, padding, dilation, ceil_mode).max((2, 3))
    return out


@_in_floats
def avg_pool2d(
    x: Array,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    """The mean of every window, zeros of the padding counted if asked: [N, C, H, W] → [N, C, H', W']."""
    windows = _pool_windows(x, 0, kernel_size, stride, padding, 1, ceil_mode)
    sums: Array = windows.sum((2, 3))
    return sums / _counts(x, windows, stride, padding, count_include_pad)


@_in_floats
def adaptive_avg_pool2d(x: Array, output_size: Pair) -> Array:
    """Means of `output_size` windows that cover the image: [N, C, H, W] → [N, C, *output_size].

    1 is the global average. Window i of m spans ⌊i · H / m⌋ to ⌈(i + 1) · H / m⌉.
    """
    sizes = zip(_array("x", x, "N, C, H, W").shape[2:], _pair("output_size", output_size), strict=True)
    rows, columns = (_parts(size, parts) for size, parts in sizes)
    means = np.array([[x[:, :, r, c].mean((2, 3)) for c in columns] for r in rows])
    return means.transpose(2, 3, 0, 1)


def _parts(size: int, parts: int) -> list[slice]:
    return [slice(i * size // parts, -(-(i + 1) * size // parts)) for i in range(parts)]


def _pool_windows(
    x: Array,
    outside: Any,
    kernel_size: Pair,
    stride: Pair | None,
    padding: Pair,
    dilation: Pair,
    ceil_mode: bool,
) -> Array:
    """What each output sees of `x` and of what is `outside`: [N, C, H, W] → [N, C, kh, kw, H', W']."""
    size, kernel = _array("x", x, "N, C, H, W").shape[2:], _pair("kernel_size", kernel_size)
    stride = kernel if stride is None else _pair("stride", stride)
    (top, left), dilation = _pair("padding", padding, 0), _pair("dilation", dilation)
    axes = zip(size, kernel, stride, (top, left), dilation, strict=True)
    canvas = np.full((*x.shape[:2], *(_reach(*axis, bool(ceil_mode)) for axis in axes)), outside, x.dtype)
    inside = canvas[:, :, top : top + size[0], left : left + size[1]]
    inside[...] = x[:, :, : inside.shape[2], : inside.shape[3]]  # no window may reach the last pixels
    return _windows(canvas, kernel, stride, dilation)


def _reach(size: int, kernel_size: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> int:
    """From the first window's first pixel to the last one's last. `ceil_mode` rounds their number up."""
    span = dilation * (kernel_size - 1) + 1
    steps = (size + 2 * padding - span + ceil_mode * (stride - 1)) // stride
    if 2 * padding > kernel_size:
        raise ValueError(f"padding {padding} is more than half of kernel_size {kernel_size}")
    if steps < 0:
        raise ValueError(f"a window spanning {span} does not fit into {size} + 2·{padding} pixels")
    steps -= steps * stride >= size + padding  # the last window must not start beyond the image
    return steps * stride + span


def _counts(x: Array, windows: Array, stride: Pair | None, padding: Pair, include_pad: bool) -> Array:
    """Pixels that each window averages over: [H', W']. What `ceil_mode` adds past the padding is none."""
    kernel, outputs, counts = windows.shape[2:4], windows.shape[4:], []
    steps = kernel if stride is None else _pair("stride", stride)
    for size, k, s, p, n in zip(
        x.shape[2:], kernel, steps, _pair("padding", padding, 0), outputs, strict=True
    ):
        start, margin = np.arange(n) * s - p, p * include_pad
        counts.append(np.minimum(start + k, size + margin) - np.maximum(start, -margin))
    return np.outer(*counts).astype(x.dtype)


# ---- Normalization ----


@_in_floats
def batch_norm(
    x: Array,
    running_mean: Array | None,
    running_var: Array | None,
    weight: ArrayLike | None = None,
    bias: ArrayLike | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Array:
    """Give each channel mean 0 and variance 1, then scale and shift it: x [N, C, …], rest [C] → [N, C, …].

    In training mean and variance are the batch's, and the running ones, where given, move towards them by
    `momentum`, in place; the variance they learn is divided by n − 1, not n. Otherwise these are used.
    Ioffe & Szegedy (2015), algorithms 1 and 2.
    """
    mean, var = _statistics(x, running_mean, running_var, training)
    weight, bias = _vector("weight", weight, len(mean), 1), _vector("bias", bias, len(mean), 0)
    if training:
        n = x.size // len(mean)
        for running, batch in ((running_mean, mean), (running_var, var * (n / (n - 1)))):
            if running is not None:
                running[...] = (1 - momentum) * running + momentum * batch
    mean, std, weight, bias = (_per_channel(v, x) for v in (mean, np.sqrt(var + eps), weight, bias))
    return (x - mean) / std * weight + bias


def fold_batch_norm(
    weight: ArrayLike,
    bias: ArrayLike | None,
    running_mean: ArrayLike,
    running_var: ArrayLike,
    bn_weight: ArrayLike | None = None,
    bn_bias: ArrayLike | None = None,
    eps: float = 1e-5,
) -> tuple[Array, Array]:
    """Weight and bias of the one convolution that does what a convolution and its trained batch norm do.

    weight [O, C / groups, kh, kw], the others [O] → weight and bias of these shapes, in float64.
    """
    weight = _array("weight", weight, "O, C / groups, kh, kw")
    mean, var = _statistics(weight.swapaxes(0, 1), running_mean, running_var, training=False)
    scale = _vector("bn_weight", bn_weight, len(mean), 1) / np.sqrt(var + eps)
    bias = (_vector("bias", bias, len(mean), 0) - mean) * scale + _vector("bn_bias", bn_bias, len(mean), 0)
    return weight * scale[:, None, None, None], bias


@_in_floats
def local_response_norm(
    x: Array, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Array:
    """x / (k + alpha / size · Σ x²)^beta, the sum over `size` neighbouring channels: [N, C, …] → [N, C, …].

    AlexNet does not divide α by n: its k = 2, n = 5, α = 10⁻⁴ are k=2, size=5, alpha=5e-4 here and in torch.
    Krizhevsky et al. (2012), section 3.3.
    """
    size, sums = _whole("size", size), np.empty_like(x)
    for c in range(_channels(x)):
        sums[:, c] = (x[:, max(0, c - size // 2) : c + (size + 1) // 2] ** 2).sum(1)
    return x / (k + alpha / size * sums) ** beta


# ---- Activations: each value by itself ----


def relu(x: ArrayLike) -> Array:
    """max(x, 0)."""
    return np.maximum(_real("x", x), 0)


def relu6(x: ArrayLike) -> Array:
    """min(max(x, 0), 6)."""
    return np.clip(_real("x", x), 0, 6)


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
    x, weight = _array("x", x, "N, in"), _array("weight", weight, "out, in")
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"weight {weight.shape} takes {weight.shape[1]} inputs, but x has {x.shape[1]}")
    bias = _bias(bias, len(weight))
    dtype, wide = _dtypes(x, weight, bias)
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

    With reduction="none" → [N, …]. `label_smoothing` deals out that part of the target evenly to all classes.
    """
    losses = -log_softmax(x, 1)
    right = np.take_along_axis(losses, _classes(target, x)[:, None], 1)[:, 0]
    losses = (1 - label_smoothing) * right + label_smoothing * losses.mean(1)
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f'reduction must be "mean", "sum" or "none"; got {reduction!r}')
    total = losses if reduction == "none" else losses.sum()
    return total / losses.size if reduction == "mean" else total


# ---- What they share: arguments read and checked ----


def _real(name: str, value: ArrayLike) -> Array:
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name} must hold real numbers; got {array.dtype}")
    return array


def _channels(x: Array) -> int:
    if x.ndim < 2 or not x.shape[1]:
        raise ValueError(f"x must be [N, C, …] with at least one channel; got shape {x.shape}")
    return int(x.shape[1])


def _vector(name: str, values: ArrayLike | None, channels: int, default: float = np.nan) -> Array:
    """A value for each channel: [C]."""
    vector = np.full(channels, default) if values is None else _real(name, values)
    if vector.shape != (channels,):
        raise ValueError(f"{name} must hold {channels} values, one a channel; got shape {vector.shape}")
    return vector


def _per_channel(vector: Array, x: Array) -> Array:
    """[C] → [C, 1, …], to meet x [N, C, …]."""
    return vector.astype(x.dtype).reshape(-1, *[1] * (x.ndim - 2))


def _statistics(x: Array, running_mean: Any, running_var: Any, training: bool) -> tuple[Array, Array]:
    """Mean and variance of each channel of x [N, C, …], the batch's or the running ones: [C], [C]."""
    channels, axes = _channels(x), (0, *range(2, x.ndim))
    for name, running in (("running_mean", running_mean), ("running_var", running_var)):
        if running is not None or not training:
            vector = _vector(name, _real(name, running), channels)
            if training and not (vector is running and vector.dtype.kind == "f"):
                got = f"{type(running).__name__} of {vector.dtype}"
                raise TypeError(f"{name} is updated in place, so it must be an array of floats; got {got}")
    if training and x.size < 2 * channels:
        raise ValueError(f"training needs at least 2 values a channel; got {x.size // channels}")
    return (x.mean(axes), x.var(axes)) if training else (np.asarray(running_mean), np.asarray(running_var))


def _classes(target: ArrayLike, x: Array) -> Array:
    """The right class of each position of x [N, C, …], checked: [N, …]."""
    classes, channels = np.asarray(target), _channels(x)
    if classes.dtype.kind not in "iu":
        raise TypeError(f"target must hold classes, which are integers; got {classes.dtype}")
    if classes.shape != (x.shape[0], *x.shape[2:]):
        raise ValueError(f"target {classes.shape} does not name one class for each position of x {x.shape}")
    if classes.size and not 0 <= classes.min() <= classes.max() < channels:
        wrong = classes.min() if classes.min() < 0 else classes.max()
        raise ValueError(f"target holds class {wrong}, but the {channels} classes are 0 … {channels - 1}")
    return classes
