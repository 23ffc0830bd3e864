"""How what units see passes through operators: what stands behind `cnnlab.receptive_field`.

With every tensor go two arrays for each axis of the image: how far each of its units sees up and down, left
and right, as −first row, last row, −first column, last column, so that seeing more is always a *larger*
number. An operator that mixes units takes the maximum over those it reads, where padding is −∞; an operator
that moves units moves the arrays too. Along an axis where an array does not change, it has length 1: a few
vectors, however large the image. Beside them go, for each axis of the image, a `Place`, which says along
which of the tensor's axes it runs, whatever `permute` and `flatten` did, and a `Line`: the same on an image
without borders. Where none has the image's axis in order, as behind windows, `Scattered` keeps each unit's
number.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial, reduce
from math import lcm, prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map_only

from cnnlab.counting import ATTENTION, LAPACK
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


class Place(NamedTuple):
    """Where an axis of the image runs in a tensor: `length` units, `inner` steps from one to the next.

    Rows flattened with columns are steps of a width apart, columns flattened with rows start again and again.
    """

    axis: int  # of the tensor, counted from the last, which is −1
    length: int
    inner: int
    start: int  # along the tensor's axis: what is before `start` and from `stop` on is no part of it
    stop: int

    @classmethod
    def alone(cls, axis: int, size: int) -> Place:
        """Along an axis on which nothing else is."""
        return cls(axis, size, 1, 0, size)

    @property
    def axes(self) -> tuple[int, ...]:
        return (self.axis,)

    def numbers(self, shape: Sequence[int]) -> Array:
        """`units`, with all of the tensor's axes."""
        sizes = [size if axis == self.axis else 1 for axis, size in _from_last(shape)]
        return self.units(shape[self.axis]).reshape(sizes)

    def kept(self, axes: Sequence[int], keepdims: bool) -> Place:
        """After some of the tensor's other axes have become one unit long, or are gone."""
        return self if keepdims else self._replace(axis=self.axis + sum(axis > self.axis for axis in axes))

    def units(self, size: int) -> Array:
        """The unit of the image's axis at each step of the tensor's; −1 beside it."""
        steps = np.arange(size)
        within = (steps >= self.start) & (steps < self.stop)
        return np.where(within, (steps - self.start) // self.inner % self.length, -1)


@dataclass(frozen=True, eq=False)
class Scattered:
    """Where an axis of the image is, if no one axis of a tensor has it in order: the number of each unit.

    Windows put next to each other have rows along two axes, and a rolled image begins in the middle. The line
    stays that of the image's axis, so that whatever puts units back in order finds it again.
    """

    values: Array  # of length 1 along each axis where they are constant; no such axis is the first

    @classmethod
    def of(cls, numbers: Array) -> Scattered | None:
        """None of units that all are one."""
        varies = [axis for axis, size in enumerate(numbers.shape) if size > 1]
        return cls(numbers.reshape(numbers.shape[varies[0] :])) if varies else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scattered) and np.array_equal(self.values, other.values)

    def __hash__(self) -> int:
        return hash((self.values.shape, self.values.tobytes()))

    @property
    def axes(self) -> tuple[int, ...]:
        """Along which they vary."""
        return tuple(axis for axis in range(-self.values.ndim, 0) if self.values.shape[axis] > 1)

    def numbers(self, shape: Sequence[int]) -> Array:
        """With all of the tensor's axes."""
        return self.values.reshape((1,) * (len(shape) - self.values.ndim) + self.values.shape)

    def kept(self, axes: Sequence[int], keepdims: bool) -> Scattered:
        """After some of the tensor's other axes have become one unit long, or are gone."""
        gone = tuple(axis for axis in axes if axis >= -self.values.ndim)
        return self if keepdims else Scattered(self.values.squeeze(gone))

    def together(
        self, line: Line | None, axes: Sequence[int]
    ) -> tuple[Line | None, Place | Scattered | None]:
        """Mixed over axes, a unit is a set of units: in order if all are alike, and their first ones are."""
        own = tuple(axis for axis in axes if axis in self.axes)
        sets = np.moveaxis(self.values, own, range(-len(own), 0))
        sets = np.sort(sets.reshape(*sets.shape[: -len(own)], -1), -1)
        least = sets[..., 0].reshape([1 if axis in own else n for axis, n in _from_last(self.values.shape)])
        apart = sets - sets[..., :1]
        found = _pattern(least)
        if found is None or (least < 0).any() or (apart != apart.reshape(-1, apart.shape[-1])[0]).any():
            return None, Scattered.of(_short(least))
        first, step, place = found
        if line is None or step < 1:
            return None, place
        reads = first + apart.reshape(-1, apart.shape[-1])[0]
        return line.through(Taps(lambda units: step * units[:, None] + reads, Fraction(step))), place


def _from_last(shape: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Axes, counted from the last, and sizes."""
    return zip(range(-len(shape), 0), shape, strict=True)


class Seen(NamedTuple):
    """What the units of a tensor see."""

    shape: tuple[int, ...]
    ends: tuple[Array, ...]  # −top, bottom, −left, right; each of as many axes as the tensor
    lines: tuple[Line | None, ...]  # of the image's axes; None where there is no pattern
    places: tuple[Place | Scattered | None, ...]  # of the image's axes; None where nothing is known any more

    @property
    def units(self) -> tuple[int, ...]:
        """The axes whose places are those of the image; where nothing is known, all after the channels."""
        if any(isinstance(place, Scattered) for place in self.places) and all(self.places):
            return self._apart()
        axes = {place.axis: place for place in self.places if isinstance(place, Place)}
        whole = [axis for axis, place in axes.items() if self._is_filled(place)]
        if len(whole) < len(axes) or not all(self.places):
            return tuple(range(2 - len(self.shape), 0))
        return tuple(sorted(whole))

    def _apart(self) -> tuple[int, ...]:
        """The axes along which each step is another place of the image; those of a map, if all are."""
        numbers = [place.numbers(self.shape) for place in self.places if place]
        apart = {axis for axis, size in _from_last(self.shape) if size == _distinct(numbers, axis)}
        last = range(2 - len(self.shape), 0)
        is_map = len(last) == len(self.places) and apart >= {*last}
        return tuple(last) if is_map else tuple(sorted(apart))

    def is_alone(self, place: Place | Scattered) -> bool:
        """Whether a place is in order, and nothing else along its axis."""
        return isinstance(place, Place) and place == Place.alone(place.axis, self.shape[place.axis])

    def _is_filled(self, place: Place) -> bool:
        """Whether all places along its axis are different ones."""
        beside = (p.length for p in self.places if isinstance(p, Place) and p.axis == place.axis)
        return prod(beside) == place.stop - place.start

    def is_ordered(self, axis: int) -> bool:
        """Whether the units of an axis of the image stand in a row, each once."""
        place = self.places[axis]
        if not isinstance(place, Place):
            return place is None
        return self._is_filled(place) or place.length * place.inner == place.stop - place.start

    def over(self, axes: Iterable[int], keepdims: bool = True) -> Seen:
        """Mixed over some axes."""
        axes = tuple(axis % len(self.shape) - len(self.shape) for axis in axes)
        ends = tuple(end.max(axes, keepdims=keepdims) for end in self.ends)
        shape = [1 if axis - len(self.shape) in axes else n for axis, n in enumerate(self.shape)]
        if not keepdims:
            shape = [n for axis, n in enumerate(self.shape) if axis - len(self.shape) not in axes]
        tracks = [_kept(*track, axes, keepdims) for track in zip(self.lines, self.places, strict=True)]
        return Seen(tuple(shape), ends, *zip(*tracks, strict=True))

    def mixed(self, axes: Iterable[int]) -> Seen:
        """Every unit along some axes sees what any of them does."""
        axes = [axis % len(self.shape) - len(self.shape) for axis in axes]
        lines = [
            line if place and not {*axes} & {*place.axes} else None
            for line, place in zip(self.lines, self.places, strict=True)
        ]
        return self.over(axes)._replace(shape=self.shape, lines=tuple(lines), places=self.places)

    def through(self, taps: dict[int, Taps], shape: Sequence[int]) -> Seen:
        """By an operator that reads along some axes, counted from the last, which is −1."""
        ends = self.ends
        for axis, tap in taps.items():
            ends = tuple(_read(end, axis, tap, self.shape[axis], shape[axis]) for end in ends)
        lines, places = list(self.lines), list(self.places)
        for k, place in enumerate(self.places):
            if place and {*place.axes} & {*taps}:
                (axis, *others), line = place.axes, lines[k]
                lines[k] = line.through(taps[axis]) if line and self.is_alone(place) else None
                is_one = self.is_alone(place) or (isinstance(place, Scattered) and not others)
                places[k] = Place.alone(axis, shape[axis]) if is_one else None
        return Seen(tuple(shape), ends, tuple(lines), tuple(places))


def _kept(
    line: Line | None, place: Place | Scattered | None, axes: Sequence[int], keepdims: bool
) -> tuple[Line | None, Place | Scattered | None]:
    """Line and place after some axes have become one unit long, or are gone."""
    if isinstance(place, Place) and place.axis in axes:
        return None, Place.alone(place.axis, 1) if keepdims else None
    if isinstance(place, Scattered) and {*axes} & {*place.axes}:
        line, place = place.together(line, axes)
    return line if place else None, place and place.kept(axes, keepdims)


def _distinct(numbers: Sequence[Array], axis: int) -> int:
    """How many places of the image there are along an axis; what is beside it counts each by itself."""
    along = [np.moveaxis(one, axis, -1)[(0,) * (one.ndim - 1)] for one in numbers if one.shape[axis] > 1]
    if not along:
        return -1
    steps = np.stack(along)
    inside = (steps >= 0).all(0)
    return len(np.unique(steps[:, inside], axis=1).T) + int((~inside).sum())


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
    ends = [_short(end.reshape((1,) * (len(shape) - end.ndim) + end.shape)) for end in ends]
    tracks = [_met(parts, shape, k) for k in range(len(parts[0].places))]
    lines, places = zip(*tracks, strict=True)
    return Seen(tuple(shape), tuple(ends), lines, places)


def _met(parts: Sequence[Seen], shape: Sequence[int], k: int) -> tuple[Line | None, Place | Scattered | None]:
    """Line and place of an axis of the image where units meet: the first part's that runs along it."""
    places = [
        place
        for part in parts
        if (place := part.places[k]) and all(part.shape[axis] == shape[axis] for axis in place.axes)
    ]
    if not places:
        return None, None
    if len(places) < len(parts) or len(set(places)) > 1:
        return None, places[0]
    lines = [part.lines[k] for part in parts]
    return reduce(lambda a, b: a.hull(b) if a and b else None, lines), places[0]


class Memory(NamedTuple):
    """Which numbers of a storage a tensor looks at."""

    size: tuple[int, ...]
    steps: tuple[int, ...]
    start: int

    @classmethod
    def of(cls, tensor: Tensor) -> Memory:
        return cls(tuple(tensor.shape), tensor.stride(), int(tensor.storage_offset()))

    @property
    def places(self) -> Array:
        """One for each number, in the tensor's shape."""
        axes = np.ix_(*(np.arange(n) * step for n, step in zip(self.size, self.steps, strict=True)))
        return reduce(np.add, axes, np.full((1,) * len(self.size), self.start))

    def within(self, whole: Memory) -> Array:
        """For each number, which one of another look at the same storage it is; −1 for none of them."""
        own, others = self.places, whole.places
        order = np.full(max(own.max(), others.max()) + 1, -1)
        order[others] = np.arange(others.size).reshape(others.shape)
        return order[own]


class Write(NamedTuple):
    """What was written into a storage, and where."""

    memory: Memory
    seen: Seen

    def into(self, tensor: Tensor, known: Seen | None) -> Seen:
        """What another view of the storage sees from now on."""
        own, memory = known or _blank(self.seen, tensor.shape), Memory.of(tensor)
        if memory == self.memory:
            return self.seen
        if not prod(memory.size) * prod(self.memory.size):
            return own
        found = memory.within(self.memory)
        ends = tuple(
            _short(np.where(found < 0, old, np.broadcast_to(new, self.memory.size).ravel()[found]))
            for old, new in zip(own.ends, self.seen.ends, strict=True)
        )
        tracks = [self._track(memory, known, k) for k in range(len(self.seen.places))]
        return Seen(own.shape, ends, *zip(*tracks, strict=True))

    def _track(
        self, memory: Memory, known: Seen | None, k: int
    ) -> tuple[Line | None, Place | Scattered | None]:
        """An axis that was written all along keeps its line, or shares one with what was there."""
        place, line = self.seen.places[k], self.seen.lines[k]
        own = known.places[k] if known else None
        if not isinstance(place, Place):
            return None, own
        along = [axis for axis in range(-len(memory.size), 0) if self._is_along(place.axis, memory, axis)]
        moved = place._replace(axis=along[0]) if along else None
        if known is None or moved is None:
            return line if moved else None, moved
        old = known.lines[k]
        return (old.hull(line) if old and line else None, own) if moved == own else (None, own)

    def _is_along(self, axis: int, memory: Memory, other: int) -> bool:
        return (self.memory.size[axis], self.memory.steps[axis]) == (memory.size[other], memory.steps[other])


def _short(values: Array) -> Array:
    """Of length 1 along each axis where they are constant."""
    for axis, size in enumerate(values.shape):
        if size > 1 and (values == (first := values[(slice(None),) * axis + (slice(1),)])).all():
            values = first
    return values


Look = Callable[[Any], Seen | None]  # what is known of an argument; None of a weight or a number
Rule = Callable[
    [Event, Look], Seen | list[Seen] | list[Seen | None] | None
]  # one for all outputs, one for each, or nothing
RULES = Rules("cnnlab.reach.RULES", "cnnlab.reach.RULES[torch.ops.aten.relu]")

if not TYPE_CHECKING:
    __getattr__ = old_names(__name__, {"OPERATORS": "cnnlab.reach.RULES"})


class Reach:
    """What every tensor sees of `images` [N, C, H, W]: `trace(network, [images], on_event=Reach(images))`.

    Also of sequences [N, C, W] and of volumes [N, C, D, H, W]; of one image [C, H, W] with `axes=2`.
    `of(tensor)` says it, of a tensor that is alive. ValueError for images of another shape.
    """

    def __init__(self, images: Tensor, axes: int | None = None) -> None:
        if not 3 <= images.ndim <= 5:
            raise ValueError(
                f"input_size must be (N, C, H, W), (N, C, W) or (N, C, D, H, W); got {tuple(images.shape)}"
            )
        last = range(-axes if axes else 2 - images.ndim, 0)
        numbers = [np.arange(float(images.shape[axis])).reshape([-1] + [1] * (-1 - axis)) for axis in last]
        ends = [
            sign * n.reshape((1,) * (images.ndim - n.ndim) + n.shape) for n in numbers for sign in (-1, 1)
        ]
        lines = (Line(np.zeros(1), np.zeros(1), 1),) * len(last)
        places = tuple(Place.alone(axis, images.shape[axis]) for axis in last)
        self.images = Seen(tuple(images.shape), tuple(ends), lines, places)
        self.seen = {id(images): (weakref.ref(images), self.images)}  # who has the id, and what it sees
        self.looking: dict[int, set[int]] = {}  # the tensors that look at a storage, where several do
        self.missed: dict[int, list[Write]] = {}  # what was written into a tensor behind its back

    def __call__(self, event: Event) -> None:
        inputs, outputs = event.tensors_in, event.tensors_out
        for tensor in inputs:
            self._catch_up(tensor)
        if not outputs:
            return
        met = any(map(self._look, inputs))
        seen = RULES.rule(event)(event, self._look) if met else None  # else weights and constants
        known = seen if isinstance(seen, list) else [seen] * len(outputs)
        for tensor, one in zip(outputs, known, strict=True):
            self._know(tensor, one)
        self._note_views(event, outputs[0], inputs)

    def _note_views(self, event: Event, output: Tensor, inputs: list[Tensor]) -> None:
        """Who looks at a storage, and what they miss: `x[:, :2] += y` changes x, and all its other views."""
        storage = output.untyped_storage()._cdata
        if event.is_view:
            self.looking.setdefault(storage, set()).update(map(id, [*inputs, *event.tensors_out]))
        elif not any(output is tensor for tensor in inputs):
            self.looking.pop(storage, None)  # a new one, perhaps where an old one was
        elif others := self.looking.get(storage, set()) - {id(output)}:
            seen = self._look(output)
            write = Write(Memory.of(output), seen or _blank(self.images, output.shape))
            for other in others if seen else others & {*self.seen, *self.missed}:
                self.missed.setdefault(other, []).append(write)
        for tensor in event.tensors_out:
            self.missed.pop(id(tensor), None)

    def _catch_up(self, tensor: Tensor) -> None:
        for write in self.missed.pop(id(tensor), ()):
            self._know(tensor, write.into(tensor, self._look(tensor)))

    def _know(self, tensor: Tensor, seen: Seen | None) -> None:
        self.seen.pop(id(tensor), None)
        if seen is not None:
            self.seen[id(tensor)] = weakref.ref(tensor), seen

    def _look(self, tensor: Any) -> Seen | None:
        whose, seen = self.seen.get(id(tensor), (None, None))
        return seen if whose and whose() is tensor else None  # not of one that is gone

    def of(self, tensor: Any) -> Seen:
        """What the units of a tensor see; ValueError unless it is one tensor that depends on the images."""
        if isinstance(tensor, Tensor):
            self._catch_up(tensor)
        seen = self._look(tensor)
        if seen is None:
            raise ValueError(
                f"this output is not one tensor that depends on the images; got {type(tensor).__name__}"
            )
        return seen


# ---- Rules: what each operator does to units ----

POINTWISE = """
    abs add addcdiv addcmul alias bitwise_not bucketize ceil clamp clamp_max clamp_min clone
    complex contiguous cos detach div elu eq erf exp floor floor_divide fmod ge gelu gt hardshrink hardsigmoid
    hardswish hardtanh le leaky_relu lerp log log1p log_sigmoid_forward logical_and logical_not logical_or
    lt masked_fill maximum minimum mish mul native_dropout ne neg pow _prelu_kernel reciprocal relu
    remainder round rsqrt rsub sigmoid sign silu sin softplus softshrink sqrt square sub tanh threshold
    _to_copy where fake_quantize_per_tensor_affine_cachemask fake_quantize_per_channel_affine_cachemask
    _fake_quantize_per_tensor_affine_cachemask_tensor_qparams _fused_moving_avg_obs_fq_helper
"""
RESHAPED = "view _unsafe_view reshape unsqueeze squeeze _reshape_alias"
MOVED = """
    channel_shuffle diagonal expand flip permute pixel_shuffle pixel_unshuffle repeat roll rot90 select slice
    split split_with_sizes t transpose unbind unfold unsafe_split unsafe_split_with_sizes
"""
REDUCED = """
    all _is_all_true _is_any_true amax amin aminmax any argmax argmin count_nonzero kthvalue
    linalg_vector_norm logsumexp max mean median min mode nanmedian norm prod std std_mean sum var var_mean
"""
NORMALIZED = """
    native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_no_training _batch_norm_with_update
    cudnn_batch_norm _native_batch_norm_legit_functional
"""


@RULES.register(POINTWISE)
def _pointwise(event: Event, look: Look) -> Seen:
    parts = [seen for tensor in event.tensors_in if (seen := look(tensor))]
    return _hull(parts, event.tensors_out[0].shape)


@RULES.register(RESHAPED + MOVED)
def _moved(event: Event, look: Look) -> list[Seen]:
    """Units that only move take along what is known of them."""
    seen = _seen(event.tensors_in[0], look)
    return _brought(event, seen, lambda values: _move(event, values, seen.shape))


def _brought(event: Event, seen: Seen, move: Callable[[Array], list[Array]]) -> list[Seen]:
    """What is known of units, brought along by whatever moves numbers, to each output."""
    ends, tracks = (
        [move(end) for end in seen.ends],
        [_moved_track(seen, k, move) for k in range(len(seen.places))],
    )
    shapes = [tuple(tensor.shape) for tensor in event.tensors_out]
    moved = zip(shapes, zip(*ends, strict=True), zip(*tracks, strict=True), strict=True)
    return [_spread(Seen(shape, own, *zip(*track, strict=True))) for shape, own, track in moved]


def _move(event: Event, values: Array, shape: tuple[int, ...]) -> list[Array]:
    """The operator itself, on other values: an array for each output, of length 1 where it is constant.

    `shape` is the tensor's before: one that is transposed in place has another one by now.
    """
    if values.size == 1:
        return [values.reshape((1,) * tensor.ndim) for tensor in event.tensors_out]

    def replaced(tensor: Tensor) -> Tensor:
        if tensor is not event.tensors_in[0]:  # numbers of units
            return tensor
        return torch.as_tensor(values, dtype=torch.float64).expand(shape)

    args, kwargs = tree_map_only(Tensor, replaced, (event.args, event.kwargs))
    if str(event.operator.overloadpacket).removeprefix("aten.") in RESHAPED.split():
        outputs = [args[0].reshape(event.outputs.shape)]  # a view cannot cut across arrays of length 1
    else:
        outputs = tree_leaves(event.operator(*args, **kwargs))
    return [
        _short(tensor[tuple(slice(1 if step == 0 else None) for step in tensor.stride())].numpy())
        for tensor in outputs
    ]


def _moved_track(
    seen: Seen, k: int, move: Callable[[Array], list[Array]]
) -> list[tuple[Line | None, Place | Scattered | None]]:
    """Move the numbers of an image axis's units, and see where and in which order they come out."""
    place, line = seen.places[k], seen.lines[k]
    if place is None:
        return [(None, None)] * len(move(seen.ends[0]))
    return [_track(line, numbers) for numbers in move(place.numbers(seen.shape))]


def _track(line: Line | None, numbers: Array) -> tuple[Line | None, Place | Scattered | None]:
    found = _pattern(numbers)
    if found is None:
        scattered = Scattered.of(numbers) if numbers.size else None
        return line if scattered else None, scattered
    first, step, place = found
    if line is None or step < 1:
        return None, place
    return line.through(Taps(lambda units: (first + step * units)[:, None], Fraction(step))), place


def _pattern(numbers: Array) -> tuple[int, int, Place] | None:
    """The first of an image axis's units, how many from one to the next, and where; None without order."""
    axes = range(-numbers.ndim, 0) if numbers.size else ()
    varies = [axis for axis in axes if (numbers != numbers.take([0], axis)).any()]
    if len(varies) != 1:
        return None
    (axis,) = varies
    along = np.moveaxis(numbers, axis, -1)[(0,) * (numbers.ndim - 1)]
    inside = np.flatnonzero(along >= 0)
    start, stop = int(inside[0]), int(inside[-1]) + 1
    own = along[start:stop]
    changes = np.flatnonzero(own != own[0])
    inner = int(changes[0]) if changes.size else len(own)
    runs = own[::inner]
    again = np.flatnonzero(runs[1:] == runs[0])
    count = int(again[0]) + 1 if again.size else len(runs)
    first, step = int(runs[0]), int(runs[1] - runs[0]) if count > 1 else 1
    place = Place(axis, count, inner, start, stop)
    expected = np.where(place.units(len(along)) < 0, -1, first + step * place.units(len(along)))
    return (first, step, place) if (along == expected).all() else None


def _spread(seen: Seen) -> Seen:
    """An axis on which each unit stands several times, as after a pixel shuffle, taken as one of its own."""
    lines, places = list(seen.lines), list(seen.places)
    for k, place in enumerate(places):
        if (
            not isinstance(place, Place)
            or place.inner == 1
            or sum(p is not None and place.axis in p.axes for p in places) > 1
        ):
            continue
        size, inner = seen.shape[place.axis], place.inner
        if (place.start, place.stop, place.length * inner) == (0, size, size):
            line, places[k] = lines[k], Place.alone(place.axis, size)
            lines[k] = line and line.through(Taps(partial(_copies, inner), Fraction(1, inner)))
    return seen._replace(lines=tuple(lines), places=tuple(places))


def _copies(times: int, units: Array) -> Array:
    return (units // times)[:, None]


@RULES.register("stack")
def _stack(event: Event, look: Look) -> Seen:
    """A new axis, along which the parts stand one after the other."""
    out, dim = event.outputs, event.arguments["dim"] % event.outputs.ndim - event.outputs.ndim
    tensors = [tensor.unsqueeze(dim) for tensor in event.args[0]]
    known = dict(zip(map(id, tensors), (look(tensor) for tensor in event.args[0]), strict=True))
    return _joined(
        tensors, lambda tensor: (seen := known[id(tensor)]) and _inserted(seen, dim), dim, out.shape
    )


def _inserted(seen: Seen, axis: int) -> Seen:
    """With a new axis of one unit."""
    front = axis + len(seen.shape) + 1
    places = [
        Scattered(np.expand_dims(p.numbers(seen.shape), front))
        if isinstance(p, Scattered)
        else p and p._replace(axis=p.axis - (p.axis + len(seen.shape) < front))
        for p in seen.places
    ]
    shape = (*seen.shape[:front], 1, *seen.shape[front:])
    return Seen(shape, tuple(np.expand_dims(end, front) for end in seen.ends), seen.lines, tuple(places))


@RULES.register("as_strided")
def _strided(event: Event, look: Look) -> Seen | list[Seen]:
    """Units by where they stand in memory; the same ones after pooling what was permuted."""
    tensor, size, steps = event.args[:3]
    seen, whole, own = _seen(tensor, look), Memory.of(tensor), Memory.of(event.outputs)
    is_same = list(size) == list(tensor.shape) and own.start == whole.start
    if is_same and all(n == 1 or a == b for n, a, b in zip(size, steps, whole.steps, strict=True)):
        return seen
    found = own.within(whole)
    if (found < 0).any():
        raise NotImplementedError(
            f"{event.operator} {event.where} looks at memory beyond the tensor that it is given"
        )
    return _brought(event, seen, lambda values: [_short(np.broadcast_to(values, whole.size).ravel()[found])])


@RULES.register(
    """
    zeros_like ones_like full_like empty_like rand_like randn_like new_zeros new_ones new_full new_empty
    fill zero uniform normal bernoulli_
    """
)
def _constant(event: Event, look: Look) -> None:
    return None


@RULES.register("copy")
def _copied(event: Event, look: Look) -> Seen | None:
    source = look(event.args[1])
    return _hull([source], event.outputs.shape) if source else None


@RULES.register("cat")
def _cat(event: Event, look: Look) -> Seen:
    out = event.outputs
    tensors = [tensor for tensor in event.args[0] if tensor.ndim == out.ndim]  # an empty list is a tensor [0]
    return _joined(tensors, look, event.arguments["dim"] % out.ndim - out.ndim, out.shape)


def _joined(tensors: Sequence[Tensor], look: Look, axis: int, shape: Sequence[int]) -> Seen:
    """One after the other along an axis; what is of the image along it must come from one of them alone."""
    parts = [(tensor.shape[axis], look(tensor)) for tensor in tensors]
    if not all(map(_is_blind, parts)):
        parts = [(size, None) if _is_blind((size, part)) else (size, part) for size, part in parts]
    seen = [part for _, part in parts if part]
    ends = [_concatenated(parts, k, axis, len(shape)) for k in range(len(seen[0].ends))]
    lines, places = [], []
    for k in range(len(seen[0].places)):
        line, place = _met(
            [part._replace(shape=_sized(part.shape, axis, shape[axis])) for part in seen], shape, k
        )
        if any(place and axis in place.axes for place in (part.places[k] for part in seen)):
            line, place = _placed(parts, k)
        lines.append(line)
        places.append(place)
    return Seen(tuple(shape), tuple(ends), tuple(lines), tuple(places))


def _is_blind(part: tuple[int, Seen | None]) -> bool:
    """Whether nothing of the image is seen, as by a class's token that was cut off and comes back."""
    return part[1] is None or all(np.isinf(end).all() for end in part[1].ends)


def _concatenated(parts: Sequence[tuple[int, Seen | None]], k: int, axis: int, ndim: int) -> Array:
    ends = [part.ends[k] if part else np.full((1,) * ndim, -np.inf) for _, part in parts]
    size = np.broadcast_shapes(*(_sized(end.shape, axis, 1) for end in ends))
    whole = [np.broadcast_to(end, _sized(size, axis, n)) for end, (n, _) in zip(ends, parts, strict=True)]
    return np.concatenate(whole, axis)


def _sized(shape: Sequence[int], axis: int, size: int) -> tuple[int, ...]:
    sizes = list(shape)
    sizes[axis] = size
    return tuple(sizes)


def _placed(parts: Sequence[tuple[int, Seen | None]], k: int) -> tuple[Line | None, Place | None]:
    """Tokens after a token that sees nothing stay what they are; two images after each other start anew."""
    alone = [number for number, (_, part) in enumerate(parts) if part]
    part = parts[alone[0]][1]
    place = part and part.places[k]
    if part is None or not isinstance(place, Place) or len(alone) > 1:
        return None, None
    before = sum(size for size, _ in parts[: alone[0]])
    return part.lines[k], place._replace(start=place.start + before, stop=place.stop + before)


@RULES.register(REDUCED)
def _reduced(event: Event, look: Look) -> Seen:
    seen, shape = _seen(event.args[0], look), event.tensors_out[0].shape
    dim = event.arguments.get("dim")
    axes = [dim] if isinstance(dim, int) else dim or range(len(seen.shape))
    return seen.over(axes, keepdims=len(shape) == len(seen.shape))


@RULES.register(
    """
    mse_loss huber_loss smooth_l1_loss soft_margin_loss binary_cross_entropy binary_cross_entropy_with_logits
    """
)
def _loss(event: Event, look: Look) -> Seen:
    """One to one, and unless each stays by itself all together."""
    parts = [seen for tensor in event.tensors_in if (seen := look(tensor))]
    pairs = _hull(parts, np.broadcast_shapes(*(part.shape for part in parts)))
    return pairs if event.arguments["reduction"] == 0 else pairs.over(range(len(pairs.shape)), False)


@RULES.register("nonzero")
def _places(event: Event, look: Look) -> Seen:
    """Which of them are not zero all say together."""
    seen = _seen(event.args[0], look)
    return _hull([seen.over(range(len(seen.shape)), False)], event.outputs.shape)


@RULES.register("_softmax _log_softmax _safe_softmax")
def _softmax(event: Event, look: Look) -> Seen:
    return _seen(event.args[0], look).mixed([event.args[1]])


@RULES.register("cumsum cumprod cummax cummin logcumsumexp")
def _cumulated(event: Event, look: Look) -> Seen:
    """Each unit sees what those before it do."""
    seen, axis = _seen(event.args[0], look), event.arguments["dim"] % event.args[0].ndim - event.args[0].ndim
    ends = tuple(np.maximum.accumulate(end, axis) for end in seen.ends)
    return seen.mixed([axis])._replace(ends=ends)


@RULES.register("mkldnn_rnn_layer")
def _recurrent(event: Event, look: Look) -> list[Seen | None]:
    """Each step of an LSTM's pass sees what those before it do, or those behind it, and the state before."""
    out, is_back = event.outputs[0], event.args[7]
    parts, x = [], look(event.args[0])
    if x:
        turned = [np.flip(end, 0) if is_back else end for end in x.ends]
        ends = [np.maximum.accumulate(end, 0) for end in turned]
        ends = [np.flip(end, 0) if is_back else end for end in ends]
        parts.append(x.mixed([0])._replace(ends=tuple(ends)).over([-1]))
    parts += [_inserted(seen.over([-1]), -3) for state in event.args[5:7] if (seen := look(state))]
    steps = _hull(parts, out.shape)
    last = steps.over([0, 2])._replace(shape=(1, *out.shape[1:]))
    rest = event.tensors_out[3:]  # what only the way back needs
    return [steps, *[last.over([0], keepdims=False)] * 2, *[None] * len(rest)]


@RULES.register("_fft_r2c _fft_c2r _fft_c2c")
def _transformed(event: Event, look: Look) -> Seen:
    """Every frequency sees all places, and every place all frequencies; half of them may be left out."""
    seen, shape = _seen(event.args[0], look), event.outputs.shape
    axes = [axis % len(shape) - len(shape) for axis in event.args[1]]

    def after(place: Place | Scattered | None) -> Place | Scattered | None:
        if place is None or not {*axes} & {*place.axes}:
            return place
        return Place.alone(place.axes[0], shape[place.axes[0]]) if seen.is_alone(place) else None

    places = map(after, seen.places)
    return seen.over(axes)._replace(shape=tuple(shape), places=tuple(places))


@RULES.register("view_as_complex view_as_real")
def _as_pairs(event: Event, look: Look) -> Seen:
    """The two parts of a number, which together see what it does."""
    seen = _seen(event.args[0], look)
    if torch.is_complex(event.outputs):
        return seen.over([-1], keepdims=False)
    return _inserted(seen, -1)._replace(shape=tuple(event.outputs.shape))


@RULES.register("sort topk")
def _sorted(event: Event, look: Look) -> Seen:
    """Along the axis any unit may come to stand anywhere."""
    seen, axis = _seen(event.args[0], look), event.arguments["dim"] % event.args[0].ndim - event.args[0].ndim
    return seen.over([axis])._replace(shape=tuple(event.tensors_out[0].shape))


@RULES.register("gather")
def _gathered(event: Event, look: Look) -> Seen | list[Seen]:
    """Along an axis, in each row other units."""
    source, dim, index = event.args[:3]
    axis = dim % source.ndim
    order = torch.arange(index.shape[axis]).reshape([-1] + [1] * (source.ndim - 1 - axis))
    counted = (source, dim, (order % source.shape[axis]).expand(index.shape))
    return _named(event, look, [axis], look(index), counted)


@RULES.register("index_select")
def _selected(event: Event, look: Look) -> Seen | list[Seen]:
    """Along an axis, the same in each row."""
    source, dim, index = event.args
    axis, numbers = dim % source.ndim, look(index)
    numbers = numbers and _deepened(numbers, source.ndim - 1 - axis)
    return _named(event, look, [axis], numbers, (source, dim, _counted(index, source.shape[axis])))


@RULES.register("index")
def _indexed(event: Event, look: Look) -> Seen | list[Seen]:
    """Along one axis or several; a mask is over as many as it has itself."""
    (source, indices), out = event.args, event.outputs
    axes, counted, parts, axis = [], [], [], 0
    for index in indices:
        is_mask = index is not None and index.dtype in MASKS
        span = range(axis, axis := axis + (index.ndim if is_mask else 1))
        axes += [*span] if index is not None else []
        counted.append(index if index is None or is_mask else _counted(index, source.shape[span[0]]))
        if seen := look(index):
            parts.append(seen.over(range(index.ndim), keepdims=False) if is_mask else seen)
    together = axes == [*range(axes[0], axes[-1] + 1)]  # else the axes that numbers make stand in front
    behind = source.ndim - 1 - axes[-1] if together else source.ndim - len(axes)
    made = out.shape[source.ndim - len(axes) - behind : out.ndim - behind]
    numbers = _deepened(_hull(parts, made), behind) if parts else None
    return _named(event, look, axes, numbers, (source, counted))


MASKS = torch.bool, torch.uint8


def _counted(index: Tensor, size: int) -> Tensor:
    """One unit after the other, in place of others."""
    return torch.arange(index.numel()).reshape(index.shape) % size


def _deepened(seen: Seen, axes: int) -> Seen:
    """With so many new axes of one unit behind all others."""
    return reduce(_inserted, [-1] * axes, seen)


def _named(
    event: Event, look: Look, axes: Sequence[int], numbers: Seen | None, counted: tuple[Any, ...]
) -> Seen | list[Seen]:
    """Units along some axes by their numbers; by numbers that see the image themselves, any of them.

    On meta numbers have no values: of channels that is any of them, too, of pixels it is refused.

    What is alike along the axes is so by whatever numbers, as by those that are `counted`.
    """
    seen, shape = look(event.args[0]), event.outputs.shape
    if seen is None:
        return _hull([numbers] if numbers else [], shape)
    own = {axis - len(seen.shape) for axis in axes}
    placed = any(place and own & {*place.axes} for place in seen.places)
    if numbers is None and event.tensors_in[1].is_meta and placed:
        raise NotImplementedError(
            f"{event.operator} {event.where} reads units that only values name; on meta there are none"
        )
    if numbers is None and not event.tensors_in[1].is_meta:
        return _brought(event, seen, lambda values: _move(event, values, seen.shape))
    known, mixed = event._replace(args=counted), seen.mixed(axes)
    found = _brought(known, mixed, lambda values: _move(known, values, seen.shape))
    return _hull([found[0], numbers], shape) if numbers else found


@RULES.register("embedding")
def _looked_up(event: Event, look: Look) -> Seen | list[Seen]:
    """A vector sees what its number does, and what it did itself where it comes from the image."""
    vectors, index = event.args[:2]
    numbers = look(index)
    numbers = numbers and _deepened(numbers, 1)
    return _named(event, look, [0], numbers, (vectors, _counted(index, len(vectors))))


@RULES.register("index_put")
def _put(event: Event, look: Look) -> Seen:
    """Where a mask or numbers say, which see what they are made of, stands something else."""
    places = [index for index in event.args[1] if index is not None]
    own, source, *masks = map(look, (event.args[0], event.args[2], *places))
    if (source and event.args[2].numel() > 1) or (any(masks) and len(places) > 1):
        raise NotImplementedError(f"{event.operator} {event.where} writes to units that only values name")
    parts = [part for part in (own, source, *masks) if part]
    return _hull(parts, event.outputs.shape)


@RULES.register("scatter scatter_add scatter_reduce index_add index_copy index_fill index_reduce")
def _written(event: Event, look: Look) -> Seen:
    """Along an axis, where numbers say that see the image themselves, any of what is written."""
    (own, dim, index, *source), out = event.args[:4], event.outputs
    axis = dim % own.ndim - own.ndim
    numbers, values = look(index), look(source[0]) if source else None
    if values and not numbers and any(end.shape[axis] > 1 for end in values.ends):
        raise NotImplementedError(f"{event.operator} {event.where} writes to units that only values name")
    if index.ndim == own.ndim > 1:
        values = values and _first(values, index.shape)
    elif numbers:  # the same in each row
        numbers = _deepened(numbers, -1 - axis)
    parts = [look(own), *(part and part.over([axis]) for part in (numbers, values))]
    return _hull([_fitted(part, out.shape) for part in parts if part], out.shape)


def _first(seen: Seen, shape: Sequence[int]) -> Seen:
    """The first so many units along each axis."""
    sizes = tuple(slice(n) for n in shape)
    return seen._replace(shape=tuple(shape), ends=tuple(end[sizes] for end in seen.ends))


def _fitted(seen: Seen, shape: Sequence[int]) -> Seen:
    """Of fewer units along an axis; behind them nothing is written."""
    short = [axis for axis, n in _from_last(seen.shape) if n not in (1, shape[axis])]
    for axis in short:
        blank = _blank(seen, _sized(seen.shape, axis, shape[axis] - seen.shape[axis]))
        parts = [(one.shape[axis], one) for one in (seen, blank)]
        ends = tuple(_concatenated(parts, k, axis, len(shape)) for k in range(len(seen.ends)))
        seen = Seen(_sized(seen.shape, axis, shape[axis]), ends, blank.lines, blank.places)
    return seen


@RULES.register("glu")
def _gated(event: Event, look: Look) -> Seen:
    """The first half of the channels, each with one of the second half."""
    seen, axis = _seen(event.args[0], look), event.args[1] if len(event.args) > 1 else -1
    axis = axis % len(seen.shape) - len(seen.shape)
    ends = [end if end.shape[axis] == 1 else np.maximum(*np.split(end, 2, axis)) for end in seen.ends]
    return seen.over([axis])._replace(shape=tuple(event.outputs.shape), ends=tuple(ends))


@RULES.register(NORMALIZED)
def _batch_norm(event: Event, look: Look) -> Seen:
    """One to one with stored statistics; those of the image itself mix all of it, channel by channel."""
    seen = _seen(event.args[0], look)
    if not event.arguments.get("training", event.arguments.get("train", False)):
        return seen
    return seen.mixed([0, *range(2, len(seen.shape))])


@RULES.register("native_group_norm")
def _group_norm(event: Event, look: Look) -> Seen:
    seen = _seen(event.args[0], look)
    mixed = _groups(seen, 1, event.arguments["group"], seen.shape[1])
    return mixed.mixed(range(2, len(seen.shape)))


@RULES.register("native_layer_norm _fused_rms_norm")
def _layer_norm(event: Event, look: Look) -> Seen:
    return _seen(event.args[0], look).mixed(range(-len(event.args[1]), 0))


@RULES.register("mm bmm addmm baddbmm mv addmv")
def _product(event: Event, look: Look) -> Seen:
    """Rows of the first meet columns of the second; a bias is added one to one."""
    *bias, rows, columns = map(look, event.args)
    vector = event.args[-1].ndim == 1
    parts = [*bias, rows and rows.over([-1], not vector), columns and columns.over([-1 if vector else -2])]
    return _hull([part for part in parts if part], event.outputs.shape)


@RULES.register("_euclidean_dist _cdist_forward")
def _distances(event: Event, look: Look) -> Seen:
    """Points of the first, in rows, meet those of the second."""
    rows, columns = (seen and seen.over([-1]) for seen in map(look, event.args[:2]))
    return _hull([part for part in (rows, columns and _turned(columns)) if part], event.outputs.shape)


def _turned(seen: Seen) -> Seen:
    """Rows as columns."""
    moved = {-1: -2, -2: -1}
    places = [
        Scattered(p.numbers(seen.shape).swapaxes(-1, -2))
        if isinstance(p, Scattered)
        else p and p._replace(axis=moved.get(p.axis, p.axis))
        for p in seen.places
    ]
    shape = (*seen.shape[:-2], seen.shape[-1], seen.shape[-2])
    return Seen(shape, tuple(end.swapaxes(-1, -2) for end in seen.ends), seen.lines, tuple(places))


@RULES.register("diag_embed")
def _embedded(event: Event, look: Look) -> Seen:
    """Numbers on a diagonal, beside which is nothing."""
    seen, shape = _seen(event.args[0], look), event.outputs.shape
    given, how = torch.ones(seen.shape, dtype=torch.float64), (event.args[1:], event.kwargs)
    kept = torch.diag_embed(given, *how[0], **how[1]).numpy() > 0
    moved = (torch.diag_embed(torch.as_tensor(end) * given, *how[0], **how[1]) for end in seen.ends)
    ends = tuple(_short(np.where(kept, end.numpy(), -np.inf)) for end in moved)
    nothing = (None,) * len(seen.places)
    return Seen(tuple(shape), ends, nothing, nothing)


@RULES.register("diagonal_scatter select_scatter slice_scatter")
def _laid(event: Event, look: Look) -> Seen:
    """A part of a copy is another's."""
    tensors, (own, laid) = event.args[:2], map(look, event.args[:2])
    known = own or laid
    assert known
    seen = own or _blank(known, tensors[0].shape), laid or _blank(known, tensors[1].shape)
    ends = []
    for each in zip(*(one.ends for one in seen), strict=True):
        whole = [torch.as_tensor(end).expand(x.shape) for end, x in zip(each, tensors, strict=True)]
        ends.append(_short(event.operator(*whole, *event.args[2:], **event.kwargs).numpy()))
    return seen[0]._replace(ends=tuple(ends), lines=(None,) * len(known.lines))


@RULES.register("tril triu")
def _triangle(event: Event, look: Look) -> Seen:
    """The others are zero."""
    seen = _seen(event.args[0], look)
    kept = event.operator(torch.ones(seen.shape[-2:]), *event.args[1:]).numpy()
    return seen._replace(ends=tuple(_short(np.where(kept, end, -np.inf)) for end in seen.ends))


@RULES.register(" ".join(name for names in LAPACK for name in names.split() if "solve" not in name))
def _factored(event: Event, look: Look) -> list[Seen]:
    """All of a matrix."""
    seen, batch = _seen(event.args[0], look).over([-2, -1], keepdims=False), event.args[0].ndim - 2
    return [_hull([_deepened(seen, out.ndim - batch)], out.shape) for out in event.tensors_out]


@RULES.register("linalg_solve_triangular _linalg_solve_ex linalg_lu_solve cholesky_solve")
def _solved(event: Event, look: Look) -> list[Seen | None]:
    """All of the matrix, and what stands in the same column on the right; nothing is said of what is kept."""
    by_root = event.operator.overloadpacket is torch.ops.aten.cholesky_solve
    matrix, right = event.args[by_root], event.args[0] if by_root else event.arguments["B"]
    out, square, column = event.tensors_out[0], look(matrix), look(right)
    axis = -1 if out.ndim < matrix.ndim or not event.arguments.get("left", True) else -2
    parts = [square and _deepened(square.over([-2, -1], False), out.ndim + 2 - matrix.ndim)]
    parts.append(column and column.over([axis]))
    return [_hull([part for part in parts if part], out.shape), *[None] * len(event.tensors_out[1:])]


@RULES.register(" ".join(f"_scaled_dot_product_{name}" for name in ATTENTION))
def _attention(event: Event, look: Look) -> list[Seen | None]:
    """Each query's token sees what it did, and what any key and value does, and its row of the mask."""
    query, key, value = (look(tensor) for tensor in event.args[:3])
    mask = look(event.arguments.get("attn_mask"))
    parts = [query and query.over([-1]), key and key.over([-2, -1]), value and value.over([-2])]
    parts.append(mask and mask.over([-1]))
    rest = event.tensors_out[1:]  # what only the way back needs
    return [_hull([part for part in parts if part], event.tensors_out[0].shape), *[None] * len(rest)]


@RULES.register("convolution")
def _convolution(event: Event, look: Look) -> Seen:
    """Every output channel reads all input channels of its group, along each axis through the kernel."""
    a, (x, weight), out = event.arguments, event.tensors_in[:2], event.outputs
    kernel = look(weight)  # computed from the image, in a dynamic network
    local = look(x) or _blank(kernel, x.shape)
    n = weight.ndim - 2
    taps = _transposed_taps if a["transposed"] else _window_taps
    sizes = zip(weight.shape[2:], *(_each(a[k], n) for k in ("stride", "padding", "dilation")), strict=True)
    mixed = _groups(local, -n - 1, a["groups"], out.shape[-n - 1])
    reading = {k - n: taps(*size) for k, size in enumerate(sizes) if size[:3] != (1, 1, 0)}  # else itself
    seen = mixed.through(reading, out.shape)
    return _hull([seen, kernel.over(range(weight.ndim))], out.shape) if kernel else seen


@RULES.register("max_pool2d_with_indices max_pool3d_with_indices avg_pool1d avg_pool2d avg_pool3d")
def _pooling(event: Event, look: Look) -> Seen:
    a, out = event.arguments, event.tensors_out[0]
    n = {"1": 1, "2": 2, "3": 3}[str(event.operator.overloadpacket).split("pool")[1][0]]
    kernel, stride = _each(a["kernel_size"], n), _each(a["stride"] or a["kernel_size"], n)
    sizes = zip(kernel, stride, _each(a["padding"], n), _each(a.get("dilation", 1), n), strict=True)
    windows = [*sizes]
    if "max" in str(event.operator):
        setattr(event.tensors_out[1], WINDOWS, windows)
    taps = {k - n: _window_taps(*size) for k, size in enumerate(windows)}
    return _seen(event.args[0], look).through(taps, out.shape)


WINDOWS = "_windows_of_the_maxima"  # a mark of the indices that a pooling returns


@RULES.register("max_unpool2d max_unpool3d")
def _unpooling(event: Event, look: Look) -> Seen:
    """A maximum goes back to any place of its window."""
    indices = event.args[1]
    first = indices if indices._base is None else indices._base
    windows = getattr(first, WINDOWS, None)
    if windows is None:
        raise NotImplementedError(f"{event.operator} {event.where} takes indices that no pooling returned")
    if first.shape != indices.shape:  # of a sequence, to which torch adds an axis in front, and here behind
        windows = windows[::-1]
    taps = {k - len(windows): _transposed_taps(*size) for k, size in enumerate(windows)}
    return _seen(event.args[0], look).through(taps, event.outputs.shape)


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


@RULES.register("grid_sampler_2d grid_sampler_3d")
def _sampling(event: Event, look: Look) -> Seen:
    """Where an output reads, only the grid's values say: anywhere; and it sees what the grid there sees."""
    image, grid = (look(tensor) for tensor in event.args[:2])
    axes = range(2 - event.outputs.ndim, 0)
    anywhere = image and image.over(axes)
    points = grid and _channels_first(grid.over([-1]))
    return _hull([part for part in (points, anywhere) if part], event.outputs.shape)


def _channels_first(seen: Seen) -> Seen:
    """The one channel of what stands last, in front of the units."""
    ends = tuple(np.moveaxis(end, -1, 1) for end in seen.ends)
    places = tuple(p and p._replace(axis=p.axis + 1) if isinstance(p, Place) else None for p in seen.places)
    return Seen((seen.shape[0], 1, *seen.shape[1:-1]), ends, seen.lines, places)


@RULES.register("affine_grid_generator")
def _grid(event: Event, look: Look) -> Seen:
    """Each point sees what its image's matrix does."""
    seen = _seen(event.args[0], look).over([-2, -1])
    return _hull([_inserted(seen, -1)], event.outputs.shape)


@RULES.register("torchvision.deform_conv2d")
def _deformed(event: Event, look: Look) -> Seen:
    """Offsets send a kernel anywhere."""
    image, offset = look(event.args[0]), look(event.args[2])
    anywhere = image and image.over([-3, -2, -1])
    points = offset and offset.over([-3])
    return _hull([part for part in (points, anywhere) if part], event.outputs.shape)


@RULES.register("im2col")
def _columns(event: Event, look: Look) -> Seen:
    """A column for each window, the units of the window one below the other, channel by channel."""
    seen, (*_, height, width) = _seen(event.args[0], look), event.args[0].shape
    names = ("kernel_size", "stride", "padding", "dilation")
    sizes = [*zip(*(_each(event.arguments[name], 2) for name in names), strict=True)]
    rows, columns = (
        _window_taps(*size).read(np.arange((n + 2 * size[2] - size[3] * (size[0] - 1) - 1) // size[1] + 1)).T
        for n, size in zip((height, width), sizes, strict=True)
    )
    ends = tuple(_cut(np.broadcast_to(end, seen.shape), rows, columns) for end in seen.ends)
    taps = {axis: _window_taps(*size) for axis, size in zip((-2, -1), sizes, strict=True)}
    lines = seen.through(taps, (*seen.shape[:-2], rows.shape[1], columns.shape[1])).lines
    count, steps = columns.shape[1], rows.shape[1] * columns.shape[1]
    places = Place(-1, rows.shape[1], count, 0, steps), Place(-1, count, 1, 0, steps)
    return Seen(tuple(event.outputs.shape), ends, lines, places)


@RULES.register("col2im")
def _folded(event: Event, look: Look) -> Seen:
    """Each pixel is the sum of what stands for it in the columns of all windows that it is in."""
    seen, size, *given = _seen(event.args[0], look), *event.args[1:]
    kernel, dilation, padding, stride = given
    rows, columns = (
        _window_taps(k, s, p, d).read(np.arange((n + 2 * p - d * (k - 1) - 1) // s + 1)).T
        for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True)
    )
    pixel = _cut(np.arange(float(prod(size))).reshape(1, 1, *size), rows, columns)[0]
    pixel = np.where(np.isinf(pixel), prod(size), pixel).astype(int)
    outer = event.outputs.shape[:-2]
    ends = []
    for end in seen.ends:
        column = np.broadcast_to(end, seen.shape).reshape(prod(outer), -1)
        whole = np.full((prod(outer), prod(size) + 1), -np.inf)
        np.maximum.at(whole, np.ix_(np.arange(prod(outer)), pixel.ravel()), column)
        ends.append(whole[:, :-1].reshape(event.outputs.shape))
    n = len(seen.places)
    places = tuple(Place.alone(axis, size[axis]) for axis in (-2, -1)) if n == 2 else (None,) * n
    return Seen(tuple(event.outputs.shape), tuple(ends), (None,) * n, places)


def _cut(end: Array, rows: Array, columns: Array) -> Array:
    """All windows [N, C, H, W] → [N, C · k · k, m · n] at rows [k, m], columns [k, n]; −∞ in the padding."""
    *outer, height, width = end.shape
    wide = np.full((*outer, height + 1, width + 1), -np.inf)
    wide[..., :-1, :-1] = end
    inside = [np.where((n >= 0) & (n < size), n, size) for n, size in ((rows, height), (columns, width))]
    cut = wide[..., inside[0][:, None, :, None], inside[1][None, :, None, :]]
    return cut.reshape(outer[0], -1, rows.shape[1] * columns.shape[1])


@RULES.register("upsample_nearest1d upsample_nearest2d upsample_nearest3d")
@RULES.register("_upsample_nearest_exact1d _upsample_nearest_exact2d _upsample_nearest_exact3d")
@RULES.register("upsample_linear1d upsample_bilinear2d upsample_trilinear3d upsample_bicubic2d")
@RULES.register("_upsample_bilinear2d_aa _upsample_bicubic2d_aa")
def _upsampling(event: Event, look: Look) -> Seen:
    seen, out, a = _seen(event.args[0], look), event.outputs, event.arguments
    n = out.ndim - 2
    names = ["scales"] if n == 1 else ["scales_d", "scales_h", "scales_w"][-n:]
    # At the same size most copy, even if a scale such as 1.1 was asked for.
    copies = not any(word in str(event.operator) for word in ("bicubic", "exact"))
    taps = {
        axis: _upsampling_taps(event, seen.shape[axis], out.shape[axis], a[name])
        for axis, name in zip(range(-n, 0), names, strict=True)
        if seen.shape[axis] != out.shape[axis] or not copies
    }
    return seen.through(taps, out.shape)


def _upsampling_taps(event: Event, size: int, outputs: int, scale: float | None) -> Taps:
    rate = 1 / Fraction(scale).limit_denominator(1000) if scale else Fraction(size, outputs)
    name = event.operator.overloadpacket.__name__
    if "nearest" in name:
        return Taps(partial(_nearest, rate, 0.5 if "exact" in name else 0), rate, _clamped)
    offset = (rate - 1) / 2
    if event.arguments["align_corners"]:
        rate, offset = Fraction(size - 1, max(outputs - 1, 1)) or Fraction(1), Fraction(0)
    if name.endswith("_aa"):
        return Taps(partial(_filtered, rate, "bicubic" in name), rate)
    return Taps(partial(_cubic if "bicubic" in name else _linear, rate, offset), rate, _clamped)


def _seen(tensor: Tensor, look: Look) -> Seen:
    """What is known of an operator's first input; NotImplementedError if only another one sees anything."""
    seen = look(tensor)
    if seen is None:
        raise NotImplementedError(
            f"an operator whose input {tuple(tensor.shape)} sees nothing, its weights do"
        )
    return seen


def _blank(like: Seen | None, shape: Sequence[int]) -> Seen:
    """What a tensor sees that does not depend on the image: nothing."""
    n = len(like.places) if like else 0
    return Seen(tuple(shape), (np.full((1,) * len(shape), -np.inf),) * 2 * n, (None,) * n, (None,) * n)


def _each(values: Any, n: int) -> list[int]:
    """One number an axis."""
    several = [values] if isinstance(values, int) else [int(value) for value in values]
    return several * n if len(several) == 1 else several


def _groups(seen: Seen, axis: int, groups: int, out_channels: int) -> Seen:
    """Channels mixed within each group; as many as come out."""
    axis = axis % len(seen.shape) - len(seen.shape)

    def mixed(end: Array) -> Array:
        if end.shape[axis] == 1:
            return end
        shape = list(end.shape)
        shape[axis : axis + 1] = [groups, end.shape[axis] // groups]
        by_group: Array = end.reshape(shape).max(axis)
        return by_group if groups == 1 else by_group.repeat(out_channels // groups, axis)

    over = seen.over([axis])
    places = tuple(None if place and place.axes == (axis,) else place for place in over.places)
    return Seen(seen.shape, tuple(mixed(end) for end in seen.ends), over.lines, places)


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


def _nearest(rate: Fraction, offset: float, units: Array) -> Array:
    """⌊(i + offset) · rate⌋ in single precision, in which torch is now and then one unit off."""
    positions: Array = np.floor((units + offset).astype(np.float32) * np.float32(rate)).astype(int)
    return positions[:, None]


def _linear(rate: Fraction, offset: Fraction, units: Array) -> Array:
    """The two units around i · rate + offset, or the one that it falls on."""
    whole = lcm(rate.denominator, offset.denominator)
    position = units * int(rate * whole) + int(offset * whole)
    return np.stack([position // whole, -(-position // whole)], 1)


def _cubic(rate: Fraction, offset: Fraction, units: Array) -> Array:
    """The four units around i · rate + offset, or the one that it falls on."""
    below, above = _linear(rate, offset, units).T
    return np.stack([below - (below < above), below, above, above + (below < above)], 1)


def _filtered(rate: Fraction, is_cubic: bool, units: Array) -> Array:
    """The units around (i + ½) · rate that a filter, wider for smaller images, gives a weight."""
    wide = max(float(rate), 1)
    centre = (units[:, None] + 0.5) * float(rate)
    reach = (2 if is_cubic else 1) * wide
    reads = np.floor(centre - reach + 0.5) + np.arange(int(2 * reach) + 2)
    distance = np.abs(reads + 0.5 - centre) / wide
    weightless = np.isclose(distance, 1) if is_cubic else False
    weightless |= (distance * wide >= reach) | np.isclose(distance * wide, reach)
    return np.where(weightless, np.inf, reads)


def _clamped(units: Array, size: int) -> Array:
    return np.where(np.isfinite(units), units.clip(0, size - 1), units)


def _reflected(units: Array, size: int) -> Array:
    inside: Array = (size - 1) - np.abs((size - 1) - np.abs(units))
    return inside
