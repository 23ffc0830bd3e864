"""How what units see passes through operators: what stands behind `cnnlab.receptive_field`.

With every tensor go four arrays: how far each of its units sees up, down, left and right, as −first row, last
row, −first column, last column, so that seeing more is always a *larger* number. An operator that mixes units
takes the maximum over those it reads, where padding is −∞; an operator that moves units moves the arrays too.
Along an axis where an array does not change, it has length 1: a few vectors, however large the image. Beside
them goes a `Line` for each axis: the same on an image without borders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import partial, reduce
from math import lcm
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map_only

from cnnlab.deprecated import old_names
from cnnlab.trace import Event, Rules

__all__ = ["RULES", "Line", "Reach", "Seen", "Taps"]

Array = NDArray[Any]


def _beyond(units: Array, size: int) -> Array:
    """Padding is padding."""
    return units


class Taps(NamedTuple):
    """What an operator reads along one axis."""

    read: Callable[[Array], Array]  # output units [m] → the input units that each reads [m, k]; inf: none
    rate: Fraction = Fraction(1)  # input units from what one output unit reads to what the next one reads
    edge: Callable[[Array, int], Array] = _beyond  # whom to read instead of padding


class Line(NamedTuple):
    """An axis without borders: unit q + len(first) sees what unit q sees, `shift` pixels further on."""

    first: Array
    last: Array
    shift: int

    @property
    def field(self) -> tuple[int, float, int] | None:
        """The widest unit's size, the mean jump, where unit 0 starts; None if some unit sees nothing."""
        if np.isinf(self.first).any():
            return None
        jump = self.shift / len(self.first)
        size = int((self.last - self.first).max()) + 1
        return size, int(jump) if jump.is_integer() else jump, int(self.first[0])

    def at(self, units: Array) -> tuple[Array, Array]:
        """First and last pixel that units see, wherever they are."""
        reads = np.isfinite(units)
        turns, rest = np.divmod(np.where(reads, units, 0).astype(int), len(self.first))
        first, last = self.first[rest] + turns * self.shift, self.last[rest] + turns * self.shift
        return np.where(reads, first, np.inf), np.where(reads, last, -np.inf)

    def through(self, taps: Taps) -> Line:
        period = len(self.first) / taps.rate  # its numerator: outputs until what they read repeats
        first, last = self.at(taps.read(np.arange(period.numerator)))
        return Line(first.min(1), last.max(1), self.shift * period.denominator)

    def hull(self, other: Line) -> Line | None:
        """What two units see together."""
        period = lcm(len(self.first), len(other.first))
        shift = self.shift * period // len(self.first)
        if shift != other.shift * period // len(other.first):
            return None  # they drift apart
        (first, last), (start, end) = self.at(np.arange(period)), other.at(np.arange(period))
        return Line(np.minimum(first, start), np.maximum(last, end), shift)


class Seen(NamedTuple):
    """What the units of a tensor see."""

    shape: tuple[int, ...]
    ends: tuple[Array, ...]  # −top, bottom, −left, right; each of as many axes as the tensor
    lines: tuple[Line | None, ...]  # of the last two axes; None where there is no pattern

    def over(self, axes: Iterable[int], keepdims: bool = True) -> Seen:
        """Mixed over some axes."""
        axes = tuple(axis % len(self.shape) - len(self.shape) for axis in axes)
        ends = tuple(end.max(axes, keepdims=keepdims) for end in self.ends)
        shape = [1 if axis - len(self.shape) in axes else n for axis, n in enumerate(self.shape)]
        if not keepdims:
            shape = [n for axis, n in enumerate(self.shape) if axis - len(self.shape) not in axes]
        return Seen(tuple(shape), ends, self.lines if max(axes, default=-3) < -2 else (None, None))

    def through(self, taps: dict[int, Taps], shape: Sequence[int]) -> Seen:
        """By an operator that reads along some axes, counted from the last, which is −1."""
        ends = self.ends
        for axis, tap in taps.items():
            ends = tuple(_read(end, axis, tap, self.shape[axis], shape[axis]) for end in ends)
        lines = [
            line and (line.through(taps[axis]) if axis in taps else line)
            for axis, line in zip((-2, -1), self.lines, strict=True)
        ]
        return Seen(tuple(shape), ends, tuple(lines))


def _read(end: Array, axis: int, taps: Taps, size: int, outputs: int) -> Array:
    units = taps.edge(taps.read(np.arange(outputs)), size)
    reads = (units >= 0) & (units < size)
    constant = end.shape[axis] == 1
    if constant and reads.any(1).all():
        return end
    end = np.concatenate([end, np.full_like(end.take([0], axis), -np.inf)], axis)
    units = np.where(reads, 0 if constant else units, end.shape[axis] - 1).astype(int)
    return end.take(units, axis).max(axis % end.ndim + 1)  # type: ignore[no-any-return]


def _hull(parts: Sequence[Seen], shape: Sequence[int]) -> Seen:
    """Of units that meet one to one, broadcast as usual."""
    ends = [reduce(np.maximum, ends) for ends in zip(*(part.ends for part in parts), strict=True)]
    ends = [end.reshape((1,) * (len(shape) - end.ndim) + end.shape) for end in ends]
    lines = []
    for axis in (-2, -1):
        own = [part.lines[axis] if part.shape[axis:] == tuple(shape[axis:]) else None for part in parts]
        lines.append(reduce(lambda a, b: a.hull(b) if a and b else None, own))
    return Seen(tuple(shape), tuple(ends), tuple(lines))


Look = Callable[[Any], Seen | None]  # what is known of an argument; None of a weight or a number
Rule = Callable[[Event, Look], Seen | list[Seen]]  # one for all outputs, or one for each
RULES = Rules("cnnlab.reach.RULES")

if not TYPE_CHECKING:
    __getattr__ = old_names(__name__, {"OPERATORS": "cnnlab.reach.RULES"})


class Reach:
    """What every tensor sees of `images` [N, C, H, W]: `trace(network, [images], on_event=Reach(images))`.

    `of(tensor)` says it, of a tensor that is alive. ValueError for images of another shape.
    """

    def __init__(self, images: Tensor) -> None:
        if images.ndim != 4:
            raise ValueError(f"input_size must be (N, C, H, W); got {tuple(images.shape)}")
        rows, columns = (np.arange(float(n)) for n in images.shape[-2:])
        ends = (-rows[:, None], rows[:, None], -columns, columns)
        line = Line(np.zeros(1), np.zeros(1), 1)
        shaped = tuple(
            end.reshape(1, 1, -1, 1) if k < 2 else end.reshape(1, 1, 1, -1) for k, end in enumerate(ends)
        )
        self.seen = {id(images): Seen(tuple(images.shape), shaped, (line, line))}
        self.viewed: set[int] = set()  # storages that more than one tensor looks at

    def __call__(self, event: Event) -> None:
        inputs, outputs = event.tensors_in, event.tensors_out
        met = sum(id(tensor) in self.seen for tensor in inputs)
        if outputs:
            self._check_views(event, met > (id(outputs[0]) in self.seen), outputs[0], inputs)
        if met:
            seen = RULES.rule(event)(event, self._look)
            known = seen if isinstance(seen, list) else [seen] * len(outputs)
            self.seen.update(zip(map(id, outputs), known, strict=True))
        else:  # weights and constants; an id may have been that of a tensor that is gone
            for tensor in outputs:
                self.seen.pop(id(tensor), None)

    def _check_views(self, event: Event, meets: bool, output: Tensor, inputs: list[Tensor]) -> None:
        """Refuse what would change other tensors behind their back: `x[:, :2] += y` changes x."""
        storage = output.untyped_storage()._cdata
        if event.is_view:
            self.viewed.add(storage)
        elif not any(output is tensor for tensor in inputs):
            self.viewed.discard(storage)  # a new one, perhaps where an old one was
        elif meets and storage in self.viewed:
            raise NotImplementedError(
                f"{event.operator} in module {event.path!r} writes into a tensor that others look at: "
                "use the operator that is not in place"
            )

    def _look(self, tensor: Any) -> Seen | None:
        return self.seen.get(id(tensor)) if isinstance(tensor, Tensor) else None

    def of(self, tensor: Any) -> Seen:
        """What the units of a tensor see; ValueError unless it is one tensor that depends on the images."""
        seen = self._look(tensor)
        if seen is None:
            raise ValueError(
                f"this output is not one tensor that depends on the images; got {type(tensor).__name__}"
            )
        return seen


# ---- Rules: what each operator does to units ----

POINTWISE = """
    abs add addcdiv addcmul alias bitwise_not ceil clamp clamp_max clamp_min clone contiguous cos detach div
    elu eq erf exp floor fmod ge gelu gt hardshrink hardsigmoid hardswish hardtanh le leaky_relu lerp log
    log1p log_sigmoid_forward logical_and logical_not logical_or lt masked_fill maximum minimum mish mul
    native_dropout ne neg pow _prelu_kernel reciprocal relu remainder round rsqrt rsub sigmoid sign silu sin
    softplus softshrink sqrt square sub tanh threshold _to_copy where
"""
RESHAPED = "view _unsafe_view reshape unsqueeze squeeze _reshape_alias"
MOVED = """
    channel_shuffle expand flip permute pixel_shuffle pixel_unshuffle repeat roll select slice split
    split_with_sizes stack t transpose unbind unfold
"""
REDUCED = (
    "_log_softmax _safe_softmax _softmax amax amin linalg_vector_norm logsumexp max mean min prod std sum var"
)
NORMALIZED = """
    native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_no_training _batch_norm_with_update
    cudnn_batch_norm
"""


@RULES.register(POINTWISE)
def _pointwise(event: Event, look: Look) -> Seen:
    parts = [seen for tensor in event.tensors_in if (seen := look(tensor))]
    return _hull(parts, event.tensors_out[0].shape)


@RULES.register(RESHAPED + MOVED)
def _moved(event: Event, look: Look) -> list[Seen]:
    """Units that only move take along what is known of them."""
    ends = [_move(event, partial(_end, look, k)) for k in range(4)]
    lines = [_moved_line(event, look, axis) for axis in (-2, -1)]
    shapes = [tuple(tensor.shape) for tensor in event.tensors_out]
    return [Seen(*one) for one in zip(shapes, zip(*ends, strict=True), zip(*lines, strict=True), strict=True)]


def _end(look: Look, k: int, tensor: Tensor) -> Any:
    seen = look(tensor)
    return seen.ends[k] if seen else -np.inf


def _move(event: Event, values: Callable[[Tensor], Any]) -> list[Array]:
    """The operator itself, on other values: an array for each output, of length 1 where it is constant."""

    def replaced(tensor: Tensor) -> Tensor:
        return torch.as_tensor(values(tensor), dtype=torch.float64).expand(tensor.shape)

    args, kwargs = tree_map_only(Tensor, replaced, (event.args, event.kwargs))
    if str(event.operator.overloadpacket).removeprefix("aten.") in RESHAPED.split():
        outputs = [args[0].reshape(event.outputs.shape)]  # a view cannot cut across arrays of length 1
    else:
        outputs = tree_leaves(event.operator(*args, **kwargs))
    return [
        tensor[tuple(slice(1 if step == 0 else None) for step in tensor.stride())].numpy()
        for tensor in outputs
    ]


def _moved_line(event: Event, look: Look, axis: int) -> list[Line | None]:
    """Move the units' numbers, and see whether they come out in order, `step` apart."""
    source = event.tensors_in[0]
    seen = look(source)
    line = seen.lines[axis] if seen and len(event.tensors_in) == 1 else None
    if seen is None or line is None:
        return [None] * len(event.tensors_out)
    units = np.arange(seen.shape[axis]).reshape([-1] + [1] * (-1 - axis))
    return [_picked(line, units.size, numbers, axis) for numbers in _move(event, lambda tensor: units)]


def _picked(line: Line, size: int, numbers: Array, axis: int) -> Line | None:
    if numbers.ndim < 2 or (numbers.shape[axis] == 1 < size):
        return None
    index: list[Any] = [0] * numbers.ndim
    index[axis] = slice(None)
    alone = numbers[tuple(index)]
    first, *others = alone
    step = int(others[0] - first) if others else 1
    in_order = first + step * np.arange(alone.size)
    if step < 1 or (numbers != in_order.reshape([-1] + [1] * (-1 - axis))).any():
        return None
    return line.through(Taps(lambda units: (first + step * units)[:, None], Fraction(step)))


@RULES.register(
    "zeros_like ones_like full_like empty_like rand_like randn_like new_zeros new_ones new_full new_empty"
)
def _constant(event: Event, look: Look) -> Seen:
    return _seen(event.outputs, lambda tensor: None)


@RULES.register("cat")
def _cat(event: Event, look: Look) -> Seen:
    tensors, axis = event.args[0], event.arguments["dim"] % event.outputs.ndim
    ends = []
    for k in range(4):
        own = [seen.ends[k] if (seen := look(t)) else np.full((1,) * t.ndim, -np.inf) for t in tensors]
        sizes = np.broadcast_shapes(*((*end.shape[:axis], 1, *end.shape[axis + 1 :]) for end in own))
        whole = ((*sizes[:axis], t.shape[axis], *sizes[axis + 1 :]) for t in tensors)
        ends.append(np.concatenate([np.broadcast_to(e, w) for e, w in zip(own, whole, strict=True)], axis))
    parts = [seen._replace(shape=event.outputs.shape) for tensor in tensors if (seen := look(tensor))]
    lines = list(_hull(parts, event.outputs.shape).lines)
    if axis >= event.outputs.ndim - 2:
        lines[axis - event.outputs.ndim] = None  # it starts anew
    return Seen(tuple(event.outputs.shape), tuple(ends), tuple(lines))


@RULES.register(REDUCED)
def _reduced(event: Event, look: Look) -> Seen:
    seen, shape = _seen(event.args[0], look), event.tensors_out[0].shape
    dim = event.arguments.get("dim")
    axes = [dim] if isinstance(dim, int) else dim or range(len(seen.shape))
    return seen.over(axes, keepdims=len(shape) == len(seen.shape))._replace(shape=tuple(shape))


@RULES.register(NORMALIZED)
def _batch_norm(event: Event, look: Look) -> Seen:
    """One to one with stored statistics; those of the image itself mix all of it, channel by channel."""
    seen = _seen(event.args[0], look)
    if not event.arguments.get("training", event.arguments.get("train", False)):
        return seen
    return seen.over([0, *range(2, len(seen.shape))])._replace(shape=seen.shape)


@RULES.register("native_group_norm")
def _group_norm(event: Event, look: Look) -> Seen:
    seen = _seen(event.args[0], look)
    mixed = _groups(seen, 1, event.arguments["group"], seen.shape[1])
    return mixed.over(range(2, len(seen.shape)))._replace(shape=seen.shape)


@RULES.register("native_layer_norm")
def _layer_norm(event: Event, look: Look) -> Seen:
    seen = _seen(event.args[0], look)
    return seen.over(range(-len(event.args[1]), 0))._replace(shape=seen.shape)


@RULES.register("mm bmm addmm baddbmm mv addmv")
def _product(event: Event, look: Look) -> Seen:
    """Rows of the first meet columns of the second; a bias is added one to one."""
    *bias, rows, columns = (look(tensor) for tensor in event.tensors_in)
    vector = event.tensors_in[-1].ndim == 1
    parts = [*bias, rows and rows.over([-1], not vector), columns and columns.over([-1 if vector else -2])]
    return _hull([part for part in parts if part], event.outputs.shape)


@RULES.register("convolution")
def _convolution(event: Event, look: Look) -> Seen:
    """Every output channel reads all input channels of its group, along each axis through the kernel."""
    a, (x, weight), out = event.arguments, event.tensors_in[:2], event.outputs
    local = _seen(x, look)
    n = weight.ndim - 2
    taps = _transposed_taps if a["transposed"] else _window_taps
    sizes = zip(weight.shape[2:], *(_each(a[k], n) for k in ("stride", "padding", "dilation")), strict=True)
    mixed = _groups(local, -n - 1, a["groups"], out.shape[-n - 1])
    seen = mixed.through({k - n: taps(*size) for k, size in enumerate(sizes)}, out.shape)
    kernel = look(weight)  # computed from the image, in a dynamic network
    return _hull([seen, kernel.over(range(weight.ndim))], out.shape) if kernel else seen


@RULES.register("max_pool2d_with_indices max_pool3d_with_indices avg_pool1d avg_pool2d avg_pool3d")
def _pooling(event: Event, look: Look) -> Seen:
    a, out = event.arguments, event.tensors_out[0]
    n = {"1": 1, "2": 2, "3": 3}[str(event.operator.overloadpacket).split("pool")[1][0]]
    kernel, stride = _each(a["kernel_size"], n), _each(a["stride"] or a["kernel_size"], n)
    sizes = zip(kernel, stride, _each(a["padding"], n), _each(a.get("dilation", 1), n), strict=True)
    taps = {k - n: _window_taps(*size) for k, size in enumerate(sizes)}
    return _seen(event.args[0], look).through(taps, out.shape)


@RULES.register("_adaptive_avg_pool2d _adaptive_avg_pool3d adaptive_max_pool2d adaptive_max_pool3d")
def _adaptive(event: Event, look: Look) -> Seen:
    seen, out = _seen(event.args[0], look), event.tensors_out[0]
    axes = range(-len(event.args[1]), 0)
    return seen.through({k: _adaptive_taps(seen.shape[k], out.shape[k]) for k in axes}, out.shape)


@RULES.register("constant_pad_nd reflection_pad1d reflection_pad2d reflection_pad3d")
@RULES.register("replication_pad1d replication_pad2d replication_pad3d")
def _padding(event: Event, look: Look) -> Seen:
    """A window of one unit, read from `before` further back."""
    edges = {"reflection": _reflected, "replication": _clamped}
    edge = edges.get(event.operator.overloadpacket.__name__.split("_")[0], _beyond)
    before = event.args[1][::2]  # the last axis comes first
    taps = {-1 - k: _window_taps(1, 1, padding, 1)._replace(edge=edge) for k, padding in enumerate(before)}
    return _seen(event.args[0], look).through(taps, event.outputs.shape)


@RULES.register("upsample_nearest1d upsample_nearest2d upsample_nearest3d")
@RULES.register("upsample_linear1d upsample_bilinear2d upsample_trilinear3d")
def _upsampling(event: Event, look: Look) -> Seen:
    seen, out, a = _seen(event.args[0], look), event.outputs, event.arguments
    n = out.ndim - 2
    names = ["scales"] if n == 1 else ["scales_d", "scales_h", "scales_w"][-n:]
    taps = {
        axis: _upsampling_taps(event, seen.shape[axis], out.shape[axis], a[name])
        for axis, name in zip(range(-n, 0), names, strict=True)
        if seen.shape[axis] != out.shape[axis]  # else it is copied, even if a scale such as 1.1 was asked for
    }
    return seen.through(taps, out.shape)


def _upsampling_taps(event: Event, size: int, outputs: int, scale: float | None) -> Taps:
    rate = 1 / Fraction(scale).limit_denominator(1000) if scale else Fraction(size, outputs)
    if "nearest" in str(event.operator):
        return Taps(partial(_nearest, rate), rate, _clamped)
    if event.arguments["align_corners"]:
        rate = Fraction(size - 1, max(outputs - 1, 1)) or Fraction(1)
        return Taps(partial(_linear, rate, Fraction(0)), rate, _clamped)
    return Taps(partial(_linear, rate, (rate - 1) / 2), rate, _clamped)


def _seen(tensor: Tensor, look: Look) -> Seen:
    """What is known of an operator's input; nothing is seen by one that does not depend on the image."""
    nothing = (np.full((1,) * tensor.ndim, -np.inf),) * 4
    return look(tensor) or Seen(tuple(tensor.shape), nothing, (None, None))


def _each(values: Any, n: int) -> list[int]:
    """One number an axis."""
    several = [values] if isinstance(values, int) else [int(value) for value in values]
    return several * n if len(several) == 1 else several


def _groups(seen: Seen, axis: int, groups: int, out_channels: int) -> Seen:
    """Channels mixed within each group; as many as come out."""

    def mixed(end: Array) -> Array:
        if end.shape[axis] == 1:
            return end
        shape = list(end.shape)
        shape[axis : axis + 1] = [groups, end.shape[axis] // groups]
        by_group: Array = end.reshape(shape).max(axis)
        return by_group if groups == 1 else by_group.repeat(out_channels // groups, axis)

    return seen._replace(ends=tuple(mixed(end) for end in seen.ends))


def _window_taps(kernel_size: int, stride: int, padding: int, dilation: int) -> Taps:
    offsets = np.arange(kernel_size) * dilation - padding
    return Taps(lambda units: units[:, None] * stride + offsets, Fraction(stride))


def _transposed_taps(kernel_size: int, stride: int, padding: int, dilation: int) -> Taps:
    """The input units whose stamp, laid down every `stride` outputs, covers an output."""
    offsets = padding - np.arange(kernel_size) * dilation

    def read(units: Array) -> Array:
        source, rest = np.divmod(units[:, None] + offsets, stride)
        return np.where(rest == 0, source, np.inf)

    return Taps(read, Fraction(1, stride))


def _adaptive_taps(size: int, outputs: int) -> Taps:
    """From ⌊i · size / outputs⌋ to just below ⌈(i + 1) · size / outputs⌉."""

    def read(units: Array) -> Array:
        start, end = units * size // outputs, -(-(units + 1) * size // outputs)
        reads = start[:, None] + np.arange(size // outputs + 2)
        return np.where(reads < end[:, None], reads, np.inf)

    return Taps(read, Fraction(size, outputs))


def _nearest(rate: Fraction, units: Array) -> Array:
    """⌊i · rate⌋ in single precision, in which torch is now and then one unit off."""
    positions: Array = np.floor(units.astype(np.float32) * np.float32(rate)).astype(int)
    return positions[:, None]


def _linear(rate: Fraction, offset: Fraction, units: Array) -> Array:
    """The two units around i · rate + offset, or the one that it falls on."""
    whole = lcm(rate.denominator, offset.denominator)
    position = units * int(rate * whole) + int(offset * whole)
    return np.stack([position // whole, -(-position // whole)], 1)


def _clamped(units: Array, size: int) -> Array:
    return np.where(np.isfinite(units), units.clip(0, size - 1), units)


def _reflected(units: Array, size: int) -> Array:
    inside: Array = (size - 1) - np.abs((size - 1) - np.abs(units))
    return inside
