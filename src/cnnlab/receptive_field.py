"""How much of the image a unit sees.

By hand, one axis at a time: `Field().through(kernel_size=3).through(kernel_size=3).size` is 5. For any
network, unit by unit: `receptive_field(model, (1, 3, 224, 224), module="layer4")`; `cnnlab.reach` says how.
Measured by gradients: `effective_receptive_field`. Importing this module imports no torch.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from math import ceil, prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # two seconds to import, and the algebra needs none of it
    from torch import Tensor, nn

    from cnnlab.reach import Seen
    from cnnlab.trace import Inputs, Model

__all__ = ["Field", "ReceptiveField", "Region", "effective_receptive_field", "receptive_field"]


class Field(NamedTuple):
    """What a layer sees along one axis: its unit i sees `size` pixels, from `start` + i · `jump` on.

    >>> Field().through(kernel_size=7, stride=2, padding=3).through(kernel_size=3, stride=2, padding=1)
    Field(size=11, jump=4, start=-5)
    """

    size: int = 1  # pixels seen, those of the padding included
    jump: float = 1  # pixels between neighbours' views; a fraction after upsampling
    start: float = 0  # the first pixel that unit 0 sees; negative in the padding

    def through(self, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> Field:
        """The field of a convolution or pooling that reads this layer; ValueError for what makes no layer."""
        if min(kernel_size, stride, dilation) < 1 or padding < 0:
            given = f"{kernel_size=}, {stride=}, {padding=}, {dilation=}"
            raise ValueError(f"kernel_size, stride, dilation must be at least 1, padding 0; got {given}")
        size = self.size + ceil(dilation * (kernel_size - 1) * self.jump)
        return Field(size, self.jump * stride, self.start - padding * self.jump)


class Region(NamedTuple):
    """Pixels `top` to `bottom` and `left` to `right`, all four included; nothing if `bottom` < `top`."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.bottom - self.top + 1, self.right - self.left + 1


class ReceptiveField:
    """What each unit of a tensor [N, C, H', W'] sees of an image [N, C, H, W].

    Units stand where the image's rows and columns are, so those of [N, H', W', C] are [H', W'], tokens
    [N, L, C] are [L], and those of windows put one after the other are [N · windows, L]. `region` and
    `regions` are exact at the borders too. `size`, `jump` and `start`, or `rows` and `columns` where those
    differ, leave the borders out: they are the widest unit's, as if the image went on forever. Of a sequence
    [N, C, W] there are columns alone, of a volume [N, C, D, H, W] `axes` has three.
    """

    def __init__(self, seen: Seen, image_size: Sequence[int]) -> None:
        self.seen, self.image_size = seen, tuple(image_size)

    def __repr__(self) -> str:
        return f"ReceptiveField({' × '.join(map(str, self.shape)) or 1} units)"

    @property
    def shape(self) -> tuple[int, ...]:
        """How many units there are along each of their axes: (H', W') of a tensor [N, C, H', W']."""
        return tuple(self.seen.shape[axis] for axis in self.seen.units)

    @property
    def regions(self) -> NDArray[np.int64]:
        """The `Region` of every unit, over all channels, as numbers: [H', W', 4]."""
        ends = [np.broadcast_to(end, self.shape) for end in self._ends()]
        return np.stack(ends, -1).astype(np.int64)

    def region(self, *unit: int, channel: int | None = None) -> Region | tuple[tuple[int, int], ...]:
        """The smallest rectangle with all pixels that unit (i, j) sees, of one channel or over all.

        Of sequences and volumes first and last for each axis. A layer without spatial axes has the one unit
        (). IndexError where there is no such unit.
        """
        shape = self.shape
        if len(unit) != len(shape) or any(not -n <= i < n for i, n in zip(unit, shape, strict=True)):
            raise IndexError(f"there is no unit {unit} among {shape}")
        ends = [int(np.broadcast_to(end, shape)[unit]) for end in self._ends(channel)]
        return Region(*ends) if len(ends) == 4 else tuple(zip(ends[::2], ends[1::2], strict=True))

    def _ends(self, channel: int | None = None) -> list[NDArray[Any]]:
        """First and last pixel along each axis: [H', W'] each, of length 1 where all are the same."""
        ndim = len(self.seen.shape)
        others = [axis for axis in range(ndim) if axis - ndim not in self.seen.units]  # batch, channels, more
        ends = []
        for k, end in enumerate(self.seen.ends):
            if channel is not None and len(others) > 1:
                one = range(self.seen.shape[others[1]])[channel]  # or an IndexError
                end = end.take([min(one, end.shape[others[1]] - 1)], others[1])
            over = end.max(tuple(others))
            ends.append(np.where(np.isinf(over), -(k % 2), over * (k % 2 * 2 - 1)))
        return ends

    @property
    def axes(self) -> tuple[Field, ...]:
        """The field along each axis of the image, as `rows` and `columns`."""
        return tuple(map(self._field, range(-len(self.image_size), 0)))

    @property
    def rows(self) -> Field:
        """The field along rows. Jump 0 if every unit sees them all; ValueError if there is no pattern."""
        if len(self.image_size) < 2:
            raise ValueError("a sequence has no rows: see .columns")
        return self._field(-2)

    @property
    def columns(self) -> Field:
        """The field along columns, in the same way."""
        return self._field(-1)

    def _field(self, axis: int) -> Field:
        line, pixels = self.seen.lines[axis], self.image_size[axis]
        if line and self.seen.is_ordered(axis) and (field := line.field):
            return Field(*field)
        first, last = self._ends()[2 * axis : 2 * axis + 2 or None]
        if (first == 0).all() and (last == pixels - 1).all():
            return Field(pixels, 0, 0)
        if prod(self.shape) == 1 and first <= last:
            return Field((last - first).item() + 1, 0, first.item())
        raise ValueError("these units' views are not evenly spaced, so no one size fits all: see .regions")

    @property
    def size(self) -> int:
        """Pixels along each axis that a unit sees if no border is near; ValueError where the axes differ."""
        return int(self._both("size"))

    @property
    def jump(self) -> float:
        """Pixels between the views of neighbouring units; ValueError as for `size`."""
        jump: float = self._both("jump")
        return jump

    @property
    def start(self) -> float:
        """First pixel that unit 0 sees, negative in the padding; ValueError as for `size`."""
        start: float = self._both("start")
        return start

    def _both(self, name: str) -> Any:
        values = [getattr(field, name) for field in self.axes]
        if len({*values}) > 1:
            axes = (
                "along rows, {} along columns: ask .rows or .columns"
                if len(values) == 2
                else "{} {}: ask .axes"
            )
            raise ValueError(f"{name} is {values[0]} {axes.format(*values[1:])}")
        return values[0]


def receptive_field(
    model: Model, input_size: Inputs, module: str | nn.Module = "", key: str | int = ""
) -> ReceptiveField:
    """What each unit of the model's output, or of a module's first output, sees of an image [N, C, H, W].

    Of an output with several tensors `key` names one: "out", 2, or "features.0" for the first of a list.

    Exact for every unit and channel, whatever the branches. Nothing is allocated; the model, a module or a
    builder of one, is only read, and taken in evaluation mode. One that reads values runs on the CPU, on
    numbers from 0 to 1. ValueError for other axes, for several inputs of numbers or an unknown module;
    `cnnlab.trace.UnknownOperatorError` for an operator that has no rule.
    """
    import torch

    from cnnlab.trace import inputs_on_cpu, inputs_on_meta, mixes_types, needs_values, on_cpu, on_meta

    for dtype in (torch.float32, None):  # as the images are, for what is seen has no type; or as it is
        try:
            network = on_meta(model, dtype)
            return _seen(network, inputs_on_meta(input_size), _path(model, network, module), str(key))
        except Exception as error:
            if not needs_values(error) and not (dtype and mixes_types(error)):
                raise
    network = on_cpu(model, torch.float32)
    return _seen(network, inputs_on_cpu(input_size), _path(model, network, module), str(key))


def _seen(network: nn.Module, inputs: list[Any], path: str, key: str) -> ReceptiveField:
    from cnnlab.reach import Reach
    from cnnlab.trace import part, tensors, trace

    images = [tensor for tensor in tensors(inputs) if tensor.is_floating_point()]
    if len(images) != 1:
        raise ValueError(f"a receptive field is that of one image; got {len(images)} inputs of numbers")
    reach = Reach(images[0])

    def stop(running: str, output: Any) -> None:
        if running == path:
            raise _ReachedError(output)

    try:
        output = trace(network.eval(), inputs, reach, stop if path else None)
        if path:  # as the layer of a projection whose weights torch's attention takes by themselves
            raise ValueError(f"the module {path!r} is not called, so there is nothing that it returns")
    except _ReachedError as reached:
        (output,) = reached.args
    return ReceptiveField(reach.of(part(output, key)), images[0].shape[2:])


def effective_receptive_field(
    model: nn.Module, input_size: Sequence[int], unit: str | tuple[int, int] = "center", module: str = ""
) -> NDArray[np.float64]:
    """How much each pixel moves unit (i, j), by N random images [N, C, H, W] → [H, W], its sum 1.

    The mean of |∂ unit / ∂ pixel|, a unit being the sum over its channels (Luo et al., 2016, section 2). What
    is measured is a copy of the model in evaluation mode. ValueError if no pixel moves the unit.
    """
    import torch

    if isinstance(unit, str) and unit != "center":
        raise ValueError(f'unit must be "center" or a pair (i, j); got {unit!r}')
    network = copy.deepcopy(model).eval()
    outputs: list[Tensor] = []
    network.get_submodule(module).register_forward_hook(lambda _, inputs, output: outputs.append(output))
    like = next(network.parameters(), torch.empty(0))
    images = torch.randn(*input_size, generator=torch.Generator().manual_seed(0)).to(like).requires_grad_()
    with torch.enable_grad():
        network(images)
        height, width = outputs[0].shape[-2:]
        i, j = (height // 2, width // 2) if isinstance(unit, str) else unit
        (gradient,) = torch.autograd.grad(outputs[0][..., i, j].sum(), images)
    moved: NDArray[np.float64] = gradient.abs().double().mean((0, 1)).cpu().numpy()
    if not moved.any():
        raise ValueError(f"no pixel moves unit {(i, j)} of {(height, width)}")
    share: NDArray[np.float64] = moved / moved.sum()
    return share


class _ReachedError(Exception):
    """The module asked for has returned: what comes after it need not run."""


def _path(model: Any, network: nn.Module, module: str | nn.Module) -> str:
    known = [name for name, _ in network.named_modules()]
    if not isinstance(module, str):
        named = model.named_modules() if hasattr(model, "named_modules") else ()
        module = next((name for name, m in named if m is module), repr(module))
    if module not in known:
        inside = ", ".join(known[1:]) or "none inside"
        raise ValueError(f"the model has no module {module!r}; it has {inside}")
    return module
