"""One table of any torch model, nothing allocated: what every operator computes, reads, writes and keeps.

    p = profile(model)                             # or a builder, and input_size=(1, 3, 224, 224)
    p.params, p.macs, p.peak_activation_bytes
    print(p.table(depth=1))

Conventions. A MAC is one multiply–accumulate of a convolution or matrix product; zeros of a padding are
multiplied too. The other columns count, apart from each other: `bias` additions, `norm` numbers normalized,
`activation` numbers put through a nonlinearity, `elementwise` numbers from other arithmetic (sums, products,
interpolation, reductions), `pooling` numbers read by a pooling's windows. Only floating-point work counts.
Every use of a shared layer counts; its parameters count once. Bytes read and written are those of each
operator by itself: its arguments once, its results once, as if no cache outlived it; views are free.

`peak_activation_bytes` is the most that inputs and results take together, parameters left out, when eager
torch frees a result with its last reference; a step's gradients, and the weights that torch's convolutions
pack on a CPU (`cnnlab.counting.SCRATCH`), included. `peaks` says it for this CPU as torch runs there now, by
the layout of the images, with all that its convolutions borrow (`cnnlab.kernels`, `cnnlab.budget`).
"""

from __future__ import annotations

import gc
import os
import re
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from itertools import groupby
from math import prod
from statistics import median, quantiles
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from cnnlab.counting import COUNTS, FREE, INTEGERS, RULES, SCRATCH, Ops
from cnnlab.kernels import CHANNELS_LAST, LAYOUTS, borrowed, stands_already
from cnnlab.reach import Reach
from cnnlab.receptive_field import ReceptiveField
from cnnlab.reported import REPORTED, reported
from cnnlab.trace import (
    Event,
    Inputs,
    Model,
    built,
    inputs_on_cpu,
    inputs_on_meta,
    mixes_types,
    needs_values,
    on_cpu,
    on_meta,
    parts,
    run,
    tensors,
    trace,
)

__all__ = [
    "COLUMNS",
    "REPORTED",
    "Latency",
    "Profile",
    "Row",
    "Table",
    "measure_latency",
    "measure_peak_memory",
    "profile",
]

COLUMNS = ["params", *COUNTS, "read_bytes", "written_bytes"]


@dataclass(frozen=True)
class Row:
    """One operator, or several in one line of a table."""

    path: str  # of the innermost module running
    operator: str  # as torch calls it: "convolution", "addmm", "relu_"
    output_shape: tuple[int, ...]
    ops: Ops  # what it computes; `row.macs` is `row.ops.macs`, and so for the others
    params: int = 0  # none where an operator before has used them
    read_bytes: int = 0
    written_bytes: int = 0
    inputs: int = 0  # numbers in the first argument
    module: str = ""  # the module's class in torch.nn; none for one of your own
    is_backward: bool = False
    receptive_field: int | tuple[int, ...] | None = None  # pixels that a unit of the result sees, if known

    @property
    def kind(self) -> str:
        return self.ops.kind

    @property
    def macs(self) -> int:
        return self.ops.macs

    @property
    def bias(self) -> int:
        return self.ops.bias

    @property
    def norm(self) -> int:
        return self.ops.norm

    @property
    def activation(self) -> int:
        return self.ops.activation

    @property
    def elementwise(self) -> int:
        return self.ops.elementwise

    @property
    def pooling(self) -> int:
        return self.ops.pooling

    @property
    def factors(self) -> tuple[tuple[str, object], ...]:
        return self.ops.factors

    @property
    def moved_bytes(self) -> int:
        return self.read_bytes + self.written_bytes

    @property
    def outputs(self) -> int:
        """Numbers in the first result."""
        return prod(self.output_shape)

    @property
    def formula(self) -> str:
        """The MACs, first in symbols and then in numbers; "" where there are none."""
        if not self.factors:
            return ""
        symbols, numbers = zip(*self.factors, strict=True)
        return f"{' · '.join(symbols)} = {' · '.join(map(str, numbers))} = {self.macs:,}"


class _Live:
    """Bytes of the storages alive, by following each from the operator that makes it to its end."""

    def __init__(self, outside: Iterable[Tensor]) -> None:
        self.known = {tensor.untyped_storage()._cdata for tensor in outside}  # views of these are no results
        self.now = self.peak = self.spared = 0
        self.peak_path = ""
        self.timeline: list[tuple[str, int]] = []

    def add(self, tensor: Tensor) -> None:
        if tensor.layout is not torch.strided or tensor.is_nested:
            kind = "nested" if tensor.is_nested else f"sparse ({tensor.layout})"
            raise NotImplementedError(f"a tensor is {kind}, and its products are not counted")
        storage = tensor.untyped_storage()
        if storage._cdata not in self.known:
            self.known.add(storage._cdata)
            self.now += storage.nbytes()
            weakref.finalize(storage, self._free, storage._cdata, storage.nbytes())

    def _free(self, key: int, nbytes: int) -> None:
        self.known.discard(key)
        self.now -= nbytes

    def spare(self, copy: Tensor, image: Tensor) -> None:
        """In channels_last one of the two is enough, as long as both are there."""
        left = [copy.nbytes]
        self.spared += copy.nbytes

        def ended() -> None:
            self.spared -= left.pop() if left else 0

        for each in (copy, image):
            weakref.finalize(each.untyped_storage(), ended)

    def note(self, path: str, scratch: int = 0) -> None:
        self.timeline.append((path, self.now + scratch))
        if self.now + scratch > self.peak:
            self.peak, self.peak_path = self.now + scratch, path


class _Counter:
    """Makes a row of every operator that does something."""

    def __init__(self, network: nn.Module, inputs: list[Any]) -> None:
        self.rows: list[Row] = []
        self.unused = {p.untyped_storage()._cdata: p.numel() for p in network.parameters()}
        self.modules = {path: _torch_class(module) for path, module in network.named_modules()}
        self.live = _Live([*network.parameters(), *network.buffers()])
        for tensor in tensors(inputs):
            self.live.add(tensor)
        self.live.note("")
        self.peaks, self.threads = dict.fromkeys(LAYOUTS, (self.live.peak, "")), torch.get_num_threads()

    def __call__(self, event: Event) -> None:
        packet = event.operator.overloadpacket
        for tensor in event.tensors_out:
            self.live.add(tensor)
        self.live.note(event.path, SCRATCH[packet](event) if packet in SCRATCH else 0)
        if (image := stands_already(event)) is not None:
            self.live.spare(event.outputs, image)
        for layout, more in borrowed(event, self.threads).items():
            now = self.live.now - self.live.spared * (layout == CHANNELS_LAST)
            self.peaks[layout] = max(self.peaks[layout], (now + more, event.path))
        if not _is_free(event):
            self.rows.append(self.row(event))

    def row(self, event: Event) -> Row:
        """An operator that costs something; a parameter counts where it is read first."""
        inputs, outputs = event.tensors_in, event.tensors_out
        if event.operator.overloadpacket in PRODUCTS and len({x.dtype for x in inputs}) > 1:
            raise TypeError(f"a product's numbers must have the same dtype; see {event.where}")
        return Row(
            event.path,
            event.operator.overloadpacket.__name__,
            tuple(outputs[0].shape) if outputs else (),
            RULES.rule(event)(event),
            params=sum(self.unused.pop(tensor.untyped_storage()._cdata, 0) for tensor in inputs),
            read_bytes=sum(_nbytes(tensor) for tensor in {id(t): t for t in inputs}.values()),
            written_bytes=sum(_nbytes(tensor) for tensor in outputs),
            inputs=inputs[0].numel() if inputs else 0,
            module=self.modules[event.path],
            is_backward=event.is_backward,
        )


ATEN = torch.ops.aten
# Torch refuses two types in these, but not of tensors on meta.
PRODUCTS = {ATEN.convolution, ATEN.mm, ATEN.bmm, ATEN.addmm, ATEN.baddbmm}


def _is_free(event: Event) -> bool:
    return event.is_view or event.operator._schema.name.partition("::")[2] in FREE


Pixels = int | tuple[int, ...] | None  # that a unit sees


def _fields(found: Profile) -> Iterator[Pixels]:
    """What a unit of each row's result sees; as far as `cnnlab.reach` knows the operators.

    A network that kept what it computed in its first run does not compute it again: such rows have none.
    """
    again = _seen_again(found)
    for row in found.counted:
        key, size = again[0] if again else (None, None)
        if key == (row.path, row.operator, row.output_shape) and not row.is_backward:
            again.popleft()
            yield size
        else:
            yield None


def _seen_again(found: Profile) -> deque[tuple[tuple[str, str, tuple[int, ...]], Pixels]]:
    """By path, operator and shape of each operator of a second run: what a unit of its result sees."""
    again: deque[tuple[tuple[str, str, tuple[int, ...]], Pixels]] = deque()
    images = [x for x in tensors(found.inputs) if x.is_floating_point()]
    is_listed = isinstance(found.inputs[0], list)  # of images [C, H, W]
    axes = 2 if is_listed else images[0].ndim - 2 if images else 0
    is_sequence = any(row.kind == "convolution" and len(row.output_shape) == 3 for row in found.counted)
    if len(images) != 1 or not 1 <= axes <= 3 or (axes == 1 and not is_sequence):
        return again
    reach = Reach(images[0], axes)

    def look(event: Event) -> None:
        if event.is_backward:
            return
        reach(event)
        if not _is_free(event):
            shape = tuple(event.tensors_out[0].shape) if event.tensors_out else ()
            size = _field(reach, event.tensors_out, images[0].shape[-axes:])
            again.append(((event.path, event.operator.overloadpacket.__name__, shape), size))

    with suppress(NotImplementedError, ValueError):
        trace(found.network, found.inputs, look, backward=found.network.training)
    return again


def _field(reach: Reach, outputs: list[Tensor], size: Sequence[int]) -> Pixels:
    try:
        seen = ReceptiveField(reach.of(outputs[0]), size)
        sizes = tuple(field.size for field in seen.axes)
    except (ValueError, IndexError):  # it depends on no pixel, or has no one size
        return None
    return sizes[0] if len(set(sizes)) == 1 else sizes


def _nbytes(tensor: Tensor) -> int:
    """What it takes in memory: a number that `expand` repeats is there once."""
    distinct = prod(n for n, stride in zip(tensor.shape, tensor.stride(), strict=True) if stride)
    return distinct * tensor.element_size()


def _torch_class(module: nn.Module) -> str:
    name = next(c for c in type(module).__mro__ if c.__module__.startswith("torch.")).__name__
    return "" if name == "Module" else name


# ---- The profile ----


class Table(tuple[Row, ...]):
    """Rows that print themselves: in a terminal, a notebook, Markdown or pandas."""

    def cells(self) -> list[list[str]]:
        """Heads, rows and a total, as text."""
        total = [f"{sum(getattr(row, name) for row in self):,}" for name in COLUMNS]
        body = [
            [row.path, row.operator, "×".join(map(str, row.output_shape))]
            + [f"{getattr(row, name):,}" for name in COLUMNS]
            + ["" if row.receptive_field is None else str(row.receptive_field)]
            for row in self
        ]
        return [["module", "operator", "output", *COLUMNS, "field"], *body, ["total", "", "", *total, ""]]

    def __str__(self) -> str:
        widths = [max(map(len, column)) for column in zip(*self.cells(), strict=True)]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if i < 3 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in self.cells()
        )

    def to_markdown(self) -> str:
        head, *body = (f"| {' | '.join(row)} |" for row in self.cells())
        return "\n".join([head, "|" + "---|" * 3 + "---:|" * (len(COLUMNS) + 1), *body])

    def _repr_html_(self) -> str:
        head, *body = (
            "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row) + "</tr>"
            for tag, row in zip(["th", *["td"] * (len(self) + 1)], self.cells(), strict=True)
        )
        return f"<table><thead>{head}</thead><tbody>{''.join(body)}</tbody></table>"

    def to_pandas(self) -> Any:
        """A DataFrame with one line a row; ImportError where pandas is not installed."""
        import pandas as pd  # type: ignore[import-untyped,unused-ignore]

        names = ["path", "operator", "output_shape", *COLUMNS, "receptive_field", "formula"]
        return pd.DataFrame([{name: getattr(row, name) for name in names} for row in self], columns=names)


@dataclass(frozen=True)
class Profile:
    """What a network costs, for the inputs it was profiled with."""

    counted: Table = field(repr=False)  # every operator in the order of execution, receptive fields left out
    network: nn.Module = field(repr=False)  # on the meta device, unless `notes` say otherwise
    inputs: list[Any] = field(repr=False)
    params: int  # of all parameters, used or not, each once
    peak_activation_bytes: int
    peak_path: str  # the module at whose operator the peak is reached
    outputs: dict[str, tuple[int, ...]] = field(default_factory=dict)  # shapes by name; "" of a single one
    timeline: tuple[tuple[str, int], ...] = field(
        default=(), repr=False
    )  # path and bytes, operator by operator
    notes: tuple[str, ...] = ()  # what was counted in another way than on tensors without values
    peaks: dict[str, tuple[int, str]] = field(default_factory=dict, repr=False)  # by layout: bytes and path
    is_step: bool = False  # with the way back

    @cached_property
    def rows(self) -> Table:
        """Every operator, in the order of execution; receptive fields are found when first asked for."""
        pairs = zip(self.counted, _fields(self), strict=True)
        return Table(replace(row, receptive_field=size) for row, size in pairs)

    @property
    def macs(self) -> int:
        """Multiply–accumulates; after `training=True` those of the backward pass too."""
        return sum(row.macs for row in self.counted)

    @property
    def memory_access_bytes(self) -> int:
        """Bytes that all operators read and write, each by itself."""
        return sum(row.moved_bytes for row in self.counted)

    @property
    def arithmetic_intensity(self) -> float:
        """FLOPs for each byte read or written, 2 for a MAC and none for anything else."""
        return self.flops() / max(1, self.memory_access_bytes)

    def flops(
        self,
        multiply_add: int = 2,
        bias: int = 0,
        norm: int = 0,
        elementwise: int = 0,
        pooling: int = 0,
        activation: int | None = None,
    ) -> int:
        """Operations, at so many for each; an activation is worth as much as `elementwise` unless told."""
        worth = {"macs": multiply_add, "bias": bias, "norm": norm, "elementwise": elementwise}
        worth |= {"activation": elementwise if activation is None else activation, "pooling": pooling}
        return sum(_weighted(row, worth) for row in self.counted)

    def as_reported_by(self, tool: str) -> int:
        """The total that a tool prints for the same network.

        ValueError for a tool not in `REPORTED`, for a layer or an operator of which it was not measured what
        the tool counts (`cnnlab.reported` lists those of which it was), and for anything but one image, as
        most tools take. torchvision's MACs are known for all, and those of torch's own counter for what it
        sees on a CPU.
        """
        return reported(tool, self)

    def table(self, depth: int | None = None) -> Table:
        """One row an operator; with a depth one for each run of operators whose paths begin alike."""
        if depth is None:
            return self.rows
        return _grouped(self.rows, lambda row: ".".join(row.path.split(".")[:depth]))

    def stages(self) -> Table:
        """One row for each run of operators with results of one height and width."""
        return _grouped(self.rows, lambda row: "×".join(map(str, row.output_shape[2:])) or "vector")

    def to_markdown(self, depth: int | None = None) -> str:
        return self.table(depth).to_markdown()

    def to_pandas(self, depth: int | None = None) -> Any:
        return self.table(depth).to_pandas()

    def __str__(self) -> str:
        return f"{self.table()}\n{self.summary()}"

    def _repr_html_(self) -> str:
        return f"{self.table()._repr_html_()}<p>{escape(self.summary())}</p>"

    def summary(self) -> str:
        """The totals in one sentence."""
        unused = self.params - sum(row.params for row in self.counted)
        return (
            f"{self.params:,} parameters{f', {unused:,} of them not used' if unused else ''}; "
            f"{self.macs:,} MACs; peak of activations {self.peak_activation_bytes / 2**20:.2f} MiB, in "
            f"{self.peak_path or 'forward'}; memory access {self.memory_access_bytes / 2**20:.2f} MiB; "
            f"{self.arithmetic_intensity:.2f} FLOPs a byte" + "".join(f"; {note}" for note in self.notes)
        )


def _weighted(row: Row, worth: dict[str, int]) -> int:
    return sum(times * getattr(row, name) for name, times in worth.items() if times)


def _grouped(rows: Table, key: Callable[[Row], str]) -> Table:
    table = []
    for name, group in groupby(rows, key):
        members = list(group)
        label = members[0].operator if len(members) == 1 else f"{len(members)} operators"
        sums: dict[str, Any] = {column: sum(getattr(row, column) for row in members) for column in COLUMNS}
        ops, last = Ops("", **{count: sums.pop(count) for count in COUNTS}), members[-1]
        table.append(Row(name, label, last.output_shape, ops, **sums, receptive_field=last.receptive_field))
    return Table(table)


def profile(
    model: Model,
    input_size: Inputs = (1, 3, 224, 224),
    dtype: torch.dtype = torch.float32,
    training: bool = False,
) -> Profile:
    """Count everything that a model, or what a builder makes, does with inputs of a size [N, C, H, W].

    `input_size` may be an example tensor, or a list for several inputs; a list or dictionary in such a list
    is one input of several tensors. A dictionary alone gives inputs by the names of `forward`. Everything
    counts as `dtype`, unless the network mixes types itself, in evaluation mode; with `training` in training
    mode, backward pass included. Nothing is allocated and the model stays as it was. A network that reads
    values, such as a detector, runs on the CPU instead, and `notes` says so. Errors: those of
    `cnnlab.trace`, one of them for an operator without a rule; NotImplementedError, with its name, for a
    layer that is quantized or whose weight is sparse.
    """
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise TypeError(f"dtype is one of floating-point numbers, such as torch.bfloat16; got {dtype!r}")
    network, reads = built(model)
    _refuse_packed(network)
    notes = ("built on the CPU, because its builder reads values",) * reads
    notes += (UNSEEN,) * torch.is_autocast_enabled("cuda")
    _ask_for_weights(model, network, input_size, dtype)
    try:
        try:
            return _profiled(on_meta(network, dtype), inputs_on_meta(input_size, dtype), training, notes)
        except Exception as error:
            if not mixes_types(error):
                raise
        return _profiled(on_meta(network), inputs_on_meta(input_size, dtype), training, (*notes, OWN_TYPES))
    except Exception as error:
        _explain(error)
        if not needs_values(error):
            raise
    try:
        return _profiled(on_cpu(model, dtype), inputs_on_cpu(input_size, dtype), training, (COUNTED,))
    except Exception as error:
        _explain(error)
        raise


def _explain(error: Exception) -> None:
    """Raise what a few errors of torch mean here."""
    if "scalar types: Long, Int; but got" in str(error):
        raise TypeError(INTEGERS) from error
    if called := re.search(r"HigherOrderOperator (\w+)", str(error)):
        raise NotImplementedError(CALLS.format(called[1])) from error
    if type(error).__module__.startswith("torch._dynamo"):
        raise NotImplementedError(COMPILED) from error


COMPILED = "this network calls a function that torch.compile made; set TORCHDYNAMO_DISABLE=1 to profile it"
CALLS = "torch's operator {} calls functions, and what they do is not counted"


def _ask_for_weights(model: Model, network: nn.Module, input_size: Inputs, dtype: torch.dtype) -> None:
    """Show lazy layers that were just built their inputs; those of somebody else are left as they are."""
    weights = [*network.parameters(), *network.buffers()]
    if network is model or not any(is_lazy(weight) for weight in weights):
        return
    with torch.no_grad(), torch.device("meta"):
        run(network, inputs_on_meta(input_size, dtype))


OWN_TYPES = "weights are counted in their own types, because the network asks for some of them"
UNSEEN = "a GPU's autocast is not seen: give dtype=torch.bfloat16 to have all of it in 16 bits"


def _refuse_packed(network: nn.Module) -> None:
    """NotImplementedError for weights whose numbers do not stand in a plain tensor."""
    for path, module in network.named_modules():
        if type(module).__module__.startswith("torch.ao.nn") and ".quantized" in type(module).__module__:
            raise NotImplementedError(
                f"{type(module).__name__} at {path!r} is quantized, and its products are not counted; "
                "profile the network as it was before"
            )
    for path, weight in [*network.named_parameters(), *network.named_buffers()]:
        if weight.layout is not torch.strided:
            raise NotImplementedError(
                f"the weight {path!r} is sparse ({weight.layout}), and its products are not counted; "
                "profile the network with dense weights"
            )


COUNTED = "counted for this one input, run with values, because the network reads some"


def _profiled(network: nn.Module, inputs: list[Any], training: bool, notes: tuple[str, ...]) -> Profile:
    counter = _Counter(network.train(training), inputs)
    params = sum(parameter.numel() for parameter in network.parameters())
    outputs = parts(trace(network, inputs, counter, backward=training))
    shapes = {name: tuple(tensor.shape) for name, tensor in outputs.items()}
    live, table = counter.live, Table(counter.rows)
    memory = live.peak, live.peak_path
    timeline = tuple(live.timeline)
    return Profile(table, network, inputs, params, *memory, shapes, timeline, notes, counter.peaks, training)


# ---- Measured, for comparison ----


def _gpu() -> bool:
    return bool(torch.cuda.is_initialized())  # type: ignore[no-untyped-call]


class Latency(NamedTuple):
    """Seconds of one call."""

    median: float
    interquartile_range: float
    runs: int
    threads: int

    def __str__(self) -> str:
        return (
            f"{1e3 * self.median:.2f} ms (interquartile range {1e3 * self.interquartile_range:.2f} ms, "
            f"{self.runs} runs, {self.threads} thread{'s' * (self.threads != 1)})"
        )


def measure_latency(fn: Callable[[], object], runs: int = 20, warmup: int = 3) -> Latency:
    """Time `fn()` after some calls that do not count; a GPU in use is waited for. ValueError for runs < 2."""
    if runs < 2 or warmup < 0:
        raise ValueError(f"at least 2 runs and 0 calls of warm-up; got {runs} and {warmup}")
    wait: Callable[[], object] = torch.cuda.synchronize if _gpu() else int  # which takes no time
    seconds = []
    for _ in range(warmup + runs):
        wait()
        start = time.perf_counter()
        fn()
        wait()
        seconds.append(time.perf_counter() - start)
    low, _, high = quantiles(seconds[warmup:], n=4, method="inclusive")
    return Latency(median(seconds[warmup:]), high - low, runs, torch.get_num_threads())


def measure_peak_memory(fn: Callable[[], object]) -> int:
    """The most bytes that torch's allocator holds during `fn()` beyond what it held before.

    Inputs made outside `fn` are not in it. On a CPU the profiler of torch reports every allocation.
    """
    gc.collect()
    if _gpu():
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        fn()
        return torch.cuda.max_memory_allocated() - before
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # or it announces its start on stderr
    with torch.autograd.profiler.profile(profile_memory=True) as recorded:
        result = fn()
    del result
    now = peak = 0
    for event in recorded.kineto_results.events():
        if event.name() == "[memory]":
            now += event.nbytes()
            peak = max(peak, now)
    return peak
