"""An ONNX file as a torch network, to be profiled: each node of its graph is a module that calls a function.

What depends on sizes alone (`Shape`, `Gather`, `Concat` of integers) is computed by onnx itself, in NumPy;
what depends on the images runs in torch, so that the same rules count it. `OPERATORS` holds what each node
does: `OPERATORS["Celu"] = lambda a, x: F.celu(x, a.get("alpha", 1.0))` adds one. Needs the package onnx.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["OPERATORS", "Graph", "Step", "load"]

Attributes = Mapping[str, Any]


def _padded(a: Attributes, x: Tensor, axes: int, value: float = 0.0) -> tuple[Tensor, list[int]]:
    """Paddings that torch takes itself, or the image with those that differ on its two sides."""
    kernel, stride = a["kernel_shape"], a.get("strides", [1] * axes)
    before, after = np.split(np.array(a.get("pads", [0] * 2 * axes)), 2)
    if (auto := a.get("auto_pad", b"NOTSET")) in (b"SAME_UPPER", b"SAME_LOWER"):
        reach = [d * (k - 1) + 1 for k, d in zip(kernel, a.get("dilations", [1] * axes), strict=True)]
        whole = [
            max((-(-n // s) - 1) * s + r - n, 0) for n, s, r in zip(x.shape[2:], stride, reach, strict=True)
        ]
        less = np.array(whole) // 2
        before, after = (less, np.array(whole) - less)[:: 1 if auto == b"SAME_UPPER" else -1]
    if (before == after).all():
        return x, before.tolist()
    sides = np.stack([before, after], 1)[::-1].ravel().tolist()
    return F.pad(x, sides, value=value), [0] * axes


def _conv(a: Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    axes = weight.ndim - 2
    x, padding = _padded({"kernel_shape": weight.shape[2:], **a}, x, axes)
    function: Callable[..., Tensor] = getattr(F, f"conv{axes}d")
    stride, dilation = a.get("strides", [1] * axes), a.get("dilations", [1] * axes)
    return function(x, weight, bias, stride, padding, dilation, a.get("group", 1))


def _transposed(a: Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    axes = weight.ndim - 2
    before, after = np.split(np.array(a.get("pads", [0] * 2 * axes)), 2)
    more = np.array(a.get("output_padding", [0] * axes)) + before - after
    function: Callable[..., Tensor] = getattr(F, f"conv_transpose{axes}d")
    stride, dilation = a.get("strides", [1] * axes), a.get("dilations", [1] * axes)
    given = a.get("auto_pad", b"NOTSET") in (b"NOTSET", b"VALID") and "output_shape" not in a
    if not given or (more < 0).any():
        raise NotImplementedError("a ConvTranspose whose paddings follow from its output has no rule here")
    return function(x, weight, bias, stride, before.tolist(), more.tolist(), a.get("group", 1), dilation)


def _gemm(a: Attributes, x: Tensor, y: Tensor, bias: Any = None) -> Tensor:
    x, y = x.t() if a.get("transA") else x, y.t() if a.get("transB") else y
    return (
        x @ y
        if bias is None
        else torch.addmm(_tensor(bias), x, y, beta=a.get("beta", 1), alpha=a.get("alpha", 1))
    )


def _pool(a: Attributes, x: Tensor, function: str) -> Any:
    axes = x.ndim - 2
    is_max = function == "max_pool"
    x, padding = _padded(a, x, axes, -float("inf") if is_max else 0.0)
    run: Callable[..., Tensor] = getattr(F, f"{function}{axes}d")
    how: dict[str, Any] = {"dilation": a["dilations"]} if is_max and "dilations" in a else {}
    if not is_max:
        how["count_include_pad"] = bool(a.get("count_include_pad", 0))
    elif a["outputs"] > 1:
        how["return_indices"] = True
    stride = a.get("strides", [1] * axes)
    out = run(x, a["kernel_shape"], stride, padding, ceil_mode=bool(a.get("ceil_mode", 0)), **how)
    return [*out] if isinstance(out, tuple) else out


def _axes(a: Attributes, given: Any) -> list[int] | None:
    """As an attribute up to some version of ONNX, as an input from there on."""
    axes = a.get("axes") if given is None else np.atleast_1d(given).tolist()
    return None if axes is None else [int(axis) for axis in axes]


def _reduced(a: Attributes, x: Tensor, function: Callable[..., Tensor], axes: Any = None) -> Tensor:
    return function(x, _axes(a, axes) or [*range(x.ndim)], bool(a.get("keepdims", 1)))


def _slice(
    a: Attributes, x: Tensor, starts: Any = None, ends: Any = None, axes: Any = None, steps: Any = None
) -> Tensor:
    first, last = (
        a[name] if given is None else given for name, given in (("starts", starts), ("ends", ends))
    )
    along = _axes(a, axes) or [*range(len(first))]
    for axis, start, end, step in zip(
        along, first, last, [1] * len(along) if steps is None else steps, strict=True
    ):
        if step < 0:
            raise NotImplementedError("a Slice that runs backwards has no rule here")
        x = x[(slice(None),) * (axis % x.ndim) + (slice(int(start), int(end), int(step)),)]
    return x


def _reshaped(a: Attributes, x: Tensor, shape: Any) -> Tensor:
    kept = [x.shape[k] if n == 0 and not a.get("allowzero") else int(n) for k, n in enumerate(shape)]
    return x.reshape(kept)


def _pad(a: Attributes, x: Tensor, pads: Any = None, value: Any = None, axes: Any = None) -> Tensor:
    before, after = np.split(np.array(a["pads"] if pads is None else pads), 2)
    sides = np.zeros((x.ndim, 2), int)
    sides[_axes({}, axes) or slice(None)] = np.stack([before, after], 1)
    mode = {b"edge": "replicate", b"reflect": "reflect"}.get(a.get("mode", b"constant"), "constant")
    used = sides if mode == "constant" else sides[2:]
    return F.pad(x, used[::-1].ravel().tolist(), mode, 0.0 if mode == "constant" else None)


def _resize(a: Attributes, x: Tensor, roi: Any = None, scales: Any = None, sizes: Any = None) -> Tensor:
    along = [axis % x.ndim for axis in a.get("axes", range(x.ndim))]
    size = [*x.shape]
    for k, axis in enumerate(along):
        is_sized = sizes is not None and len(sizes)
        size[axis] = int(sizes[k] if is_sized else x.shape[axis] * np.asarray(scales)[k])
    if size[:2] != [*x.shape[:2]]:
        raise NotImplementedError("a Resize of channels has no rule here")
    size = size[2:]
    mode = {b"nearest": "nearest", b"cubic": "bicubic"}.get(a.get("mode", b"nearest"), "")
    mode = mode or {1: "linear", 2: "bilinear", 3: "trilinear"}[x.ndim - 2]
    align = a.get("coordinate_transformation_mode") == b"align_corners"
    return F.interpolate(x, size, mode=mode, align_corners=None if mode == "nearest" else align)


def _layer_norm(a: Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    return F.layer_norm(x, x.shape[a.get("axis", -1) % x.ndim :], weight, bias, a.get("epsilon", 1e-5))


def _batch_norm(a: Attributes, x: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, var: Tensor) -> Tensor:
    return F.batch_norm(x, mean, var, weight, bias, eps=a.get("epsilon", 1e-5))


def _clip(a: Attributes, x: Tensor, low: Any = None, high: Any = None) -> Tensor:
    """With both bounds it is what torch calls hardtanh, ReLU6 among them."""
    low, high = (a.get(name, _number(given)) for name, given in (("min", low), ("max", high)))
    return torch.clamp(x, low, high) if low is None or high is None else F.hardtanh(x, low, high)


def _parts(a: Attributes, x: Tensor, sizes: Any = None) -> list[Tensor]:
    axis, given = a.get("axis", 0), a.get("split") if sizes is None else sizes
    count = a.get("num_outputs", a["outputs"])
    return [
        *torch.split(x, [int(n) for n in given] if given is not None else -(-x.shape[axis] // count), axis)
    ]


def _taken(a: Attributes, x: Tensor, index: Any) -> Tensor:
    axis = a.get("axis", 0) % x.ndim
    if not isinstance(index, Tensor) and np.ndim(index) == 0:
        return x.select(axis, int(index))
    places = index if isinstance(index, Tensor) else torch.as_tensor(np.asarray(index))
    taken = x.index_select(axis, places.ravel())
    return taken.reshape(*x.shape[:axis], *places.shape, *x.shape[axis + 1 :])


def _unsqueezed(a: Attributes, x: Tensor, axes: Any = None) -> Tensor:
    along = _axes(a, axes) or []
    return reduce(Tensor.unsqueeze, sorted(axis % (x.ndim + len(along)) for axis in along), x)


def _squeezed(a: Attributes, x: Tensor, axes: Any = None) -> Tensor:
    along = _axes(a, axes)
    return x.squeeze() if along is None else x.squeeze(along)


def _flat(a: Attributes, x: Tensor) -> Tensor:
    axis = a.get("axis", 1)
    return x.reshape(int(np.prod(x.shape[:axis])), -1)


# Gates stand in ONNX's order in one matrix, and in torch's in another.
GATES = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}


def _ordered(kind: str, weight: Tensor) -> Tensor:
    """Weights [directions, gates · H, C], or the biases of two of them, with gates in torch's order."""
    count = len(GATES[kind])
    parts = weight.chunk(count * (4 - weight.ndim), 1)
    return torch.cat([parts[k + half] for half in range(0, len(parts), count) for k in GATES[kind]], 1)


def _recurrent(kind: str, a: Attributes, x: Tensor, *given: Any) -> list[Tensor]:
    """Sequences [L, N, C] → all states [L, directions, N, H], and the last ones."""
    whole: list[Any] = [*given, *[None] * (6 - len(given))]
    weight, hidden, bias, lengths, *start = whole
    usual = a.get("linear_before_reset", kind != "GRU") and not a.get("layout") and "clip" not in a
    if lengths is not None or not usual or a.get("direction") == b"reverse":
        raise NotImplementedError(f"this {kind} has lengths, a layout or gates that have no rule here")
    ways, size = len(weight), hidden.shape[-1]
    biases = [()] * ways if bias is None else [one.chunk(2) for one in bias]
    each = [one for k in range(ways) for one in (weight[k], hidden[k], *biases[k])]
    states = [x.new_zeros(ways, x.shape[1], size) if one is None else _tensor(one) for one in start]
    run: Any = {"LSTM": torch.lstm, "GRU": torch.gru, "RNN": torch.rnn_tanh}[kind]
    first = states if kind == "LSTM" else states[0]
    out, *last = run(x, first, each, bias is not None, 1, 0.0, False, ways == 2, False)
    return [out.unflatten(2, (ways, size)).transpose(1, 2), *last]


def _spread(a: Attributes, x: Tensor, scales: Any = None) -> Tensor:
    """`Upsample`, which `Resize` has followed."""
    return _resize(a, x, None, a["scales"] if scales is None else scales)


def _found(a: Attributes, x: Tensor, count: Any = None) -> list[Tensor]:
    number = int(np.ravel(a["k"] if count is None else count)[0])
    return [*torch.topk(x, number, a.get("axis", -1), bool(a.get("largest", 1)))]


def _most(a: Attributes, x: Tensor) -> Tensor:
    return x.argmax(a.get("axis", 0), bool(a.get("keepdims", 1)))


def _sampled(a: Attributes, x: Tensor, grid: Tensor) -> Tensor:
    mode, padding = a.get("mode", b"linear").decode(), a.get("padding_mode", b"zeros").decode()
    mode = {"linear": "bilinear", "cubic": "bicubic"}.get(mode, mode)
    return F.grid_sample(x, grid, mode, padding, bool(a.get("align_corners", 0)))


def _log_softmax(a: Attributes, x: Tensor) -> Tensor:
    return F.log_softmax(x, a.get("axis", -1))


def _several(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Of any number of tensors."""
    return lambda a, *parts: reduce(function, map(_tensor, parts))


def _number(y: Any) -> Any:
    """A constant of one number stays one."""
    return y.item() if isinstance(y, np.ndarray) and y.size == 1 else _tensor(y)


def _tensor(y: Any) -> Any:
    return torch.as_tensor(y) if isinstance(y, np.ndarray) else y


def _is_weight(y: Any, operator: str) -> bool:
    """Whether a constant is learned; one number is, where a layer takes it, and else a factor."""
    is_layers = operator in LAYERS or operator in GATES
    return isinstance(y, np.ndarray) and y.dtype.kind == "f" and (y.size > 1 or (is_layers and y.ndim > 0))


READ = {"Clip", "Pad", "Resize", "Upsample"}  # the values of what they take beside the image are read
LAYERS = "Add BatchNormalization Conv ConvTranspose Gemm GroupNormalization InstanceNormalization".split()
LAYERS += "LayerNormalization MatMul PRelu".split()
PRODUCTS = {"Conv", "ConvTranspose", "Gemm", "MatMul", *GATES}
STATES = {"BatchNormalization": 3, "LSTM": 5, "GRU": 5, "RNN": 5}  # from where on inputs are not learned


def _weights(steps: Sequence[Step], held: Mapping[str, Any]) -> dict[str, nn.Parameter]:
    """What is learned, each once, whatever number of nodes uses it."""
    taken = {
        name
        for step in steps
        for name in step.inputs[: STATES.get(step.operator)]
        if step.operator not in READ and _is_weight(held.get(name), step.operator)
    }
    return {name: nn.Parameter(torch.from_numpy(held[name]), False) for name in held if name in taken}


def _binary(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda a, x, y: function(_number(x) if isinstance(y, Tensor) else _tensor(x), _number(y))


def _unary(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda a, x: function(x)


OPERATORS: dict[str, Callable[..., Any]] = {
    "Conv": _conv,
    "ConvTranspose": _transposed,
    "Gemm": _gemm,
    "MatMul": lambda a, x, y: torch.matmul(_tensor(x), _tensor(y)),
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "InstanceNormalization": lambda a, x, weight, bias: F.instance_norm(x, weight=weight, bias=bias),
    "GroupNormalization": lambda a, x, weight, bias: F.group_norm(x, a["num_groups"], weight, bias),
    "MaxPool": lambda a, x: _pool(a, x, "max_pool"),
    "AveragePool": lambda a, x: _pool(a, x, "avg_pool"),
    "GlobalAveragePool": lambda a, x: x.mean([*range(2, x.ndim)], keepdim=True),
    "GlobalMaxPool": lambda a, x: x.amax([*range(2, x.ndim)], keepdim=True),
    "ReduceMean": lambda a, x, axes=None: _reduced(a, x, torch.mean, axes),
    "ReduceSum": lambda a, x, axes=None: _reduced(a, x, torch.sum, axes),
    "ReduceMax": lambda a, x, axes=None: _reduced(a, x, torch.amax, axes),
    "ReduceL2": lambda a, x, axes=None: _reduced(
        a, x, lambda x, d, k: torch.linalg.vector_norm(x, 2, d, k), axes
    ),
    "ReduceMin": lambda a, x, axes=None: _reduced(a, x, torch.amin, axes),
    "ReduceL1": lambda a, x, axes=None: _reduced(
        a, x, lambda x, d, k: torch.linalg.vector_norm(x, 1, d, k), axes
    ),
    "ArgMax": _most,
    "TopK": _found,
    "CumSum": lambda a, x, axis: x.cumsum(int(np.ravel(axis)[0])),
    "Einsum": lambda a, *parts: torch.einsum(a["equation"].decode(), *map(_tensor, parts)),
    "GridSample": _sampled,
    "Upsample": _spread,
    "LSTM": partial(_recurrent, "LSTM"),
    "GRU": partial(_recurrent, "GRU"),
    "RNN": partial(_recurrent, "RNN"),
    "LogSoftmax": _log_softmax,
    "Softmax": lambda a, x: F.softmax(x, a.get("axis", -1)),
    "Clip": _clip,
    "LeakyRelu": lambda a, x: F.leaky_relu(x, a.get("alpha", 0.01)),
    "Elu": lambda a, x: F.elu(x, a.get("alpha", 1.0)),
    "PRelu": lambda a, x, slope: (
        torch.prelu(x, slope.reshape(-1))
        if slope.numel() in (1, x.shape[1])
        else torch.where(x < 0, slope * x, x)
    ),
    "Reshape": _reshaped,
    "Flatten": _flat,
    "Transpose": lambda a, x: x.permute(a.get("perm", [*range(x.ndim)][::-1])),
    "Concat": lambda a, *parts: torch.cat([_tensor(part) for part in parts], a["axis"]),
    "Split": _parts,
    "Slice": _slice,
    "Gather": _taken,
    "Unsqueeze": _unsqueezed,
    "Squeeze": _squeezed,
    "Expand": lambda a, x, shape: x.expand(np.broadcast_shapes(tuple(x.shape), tuple(int(n) for n in shape))),
    "Pad": _pad,
    "Resize": _resize,
    "DepthToSpace": lambda a, x: F.pixel_shuffle(x, a["blocksize"]),
    "Identity": lambda a, x: x,
    "Dropout": lambda a, x, *rest: x,
    "Cast": lambda a, x: x,
    "Pow": _binary(torch.pow),
    "Add": _binary(torch.add),
    "Sub": _binary(torch.sub),
    "Mul": _binary(torch.mul),
    "Div": _binary(torch.div),
    "Max": _several(torch.maximum),
    "Min": _several(torch.minimum),
    "Sum": _several(torch.add),
    "Greater": _binary(torch.gt),
    "Less": _binary(torch.lt),
    "GreaterOrEqual": _binary(torch.ge),
    "LessOrEqual": _binary(torch.le),
    "Equal": _binary(torch.eq),
    "Where": lambda a, *three: torch.where(*map(_tensor, three)),
    "And": _binary(torch.logical_and),
    "Or": _binary(torch.logical_or),
    "Not": _unary(torch.logical_not),
    "Abs": _unary(torch.abs),
    "Neg": _unary(torch.neg),
    "Sign": _unary(torch.sign),
    "Floor": _unary(torch.floor),
    "Ceil": _unary(torch.ceil),
    "Round": _unary(torch.round),
    "Reciprocal": _unary(torch.reciprocal),
    "Sin": _unary(torch.sin),
    "Cos": _unary(torch.cos),
    "Selu": _unary(F.selu),
    "Mish": _unary(F.mish),
    "Softsign": _unary(F.softsign),
    "Relu": _unary(F.relu),
    "Sigmoid": _unary(torch.sigmoid),
    "HardSigmoid": _unary(F.hardsigmoid),
    "HardSwish": _unary(F.hardswish),
    "Tanh": _unary(torch.tanh),
    "Erf": _unary(torch.erf),
    "Exp": _unary(torch.exp),
    "Log": _unary(torch.log),
    "Sqrt": _unary(torch.sqrt),
    "Gelu": _unary(F.gelu),
    "Celu": lambda a, x: F.celu(x, a.get("alpha", 1.0)),
    "ThresholdedRelu": lambda a, x: F.threshold(x, a.get("alpha", 1.0), 0.0),
    "GatherElements": lambda a, x, index: x.gather(a.get("axis", 0), _tensor(index)),
    "LRN": lambda a, x: F.local_response_norm(x, a["size"], a.get("alpha", 1e-4), a.get("beta", 0.75)),
    "SpaceToDepth": lambda a, x: F.pixel_unshuffle(x, a["blocksize"]),
    "Tile": lambda a, x, times: x.repeat([int(n) for n in times]),
    "Trilu": lambda a, x, k=None: (torch.triu if a.get("upper", 1) else torch.tril)(
        x, int(np.ravel(k or 0)[0])
    ),
    "Softplus": _unary(F.softplus),
}


class Step(NamedTuple):
    """What a node does, and to what; `proto` is onnx's own form of it, which computes what is no tensor."""

    operator: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    attributes: Attributes | None = None
    name: str = ""
    proto: Any = None
    opsets: Mapping[str, int] | None = None  # in which version of ONNX its name means what


class Open(NamedTuple):
    """An input of a file, which may leave sides of it open."""

    sides: tuple[int, ...]  # 0 where it is open
    is_whole: bool = False  # whole numbers, as of words


def filled(inputs: Sequence[Open], batch: int, size: tuple[int, int] | None) -> list[Any]:
    """Sizes to profile with: images of this size or 224×224; another open side is 1, and words are zeros.

    ValueError for a size or a batch where the file leaves none open.
    """
    refused = ["size"] * bool(size and all(all(each.sides[1:]) for each in inputs))
    refused += ["batch"] * (batch > 1 and all(all(each.sides[:1]) for each in inputs))
    if refused:
        held = ", ".join("×".join(str(side or "?") for side in each.sides) for each in inputs)
        raise ValueError(f"it was exported for {held}: no other {' or '.join(refused)}")
    found: list[Any] = []
    pixels = size or (224, 224)
    for sides, is_whole in inputs:
        if len(sides) == 4:  # some write the channels last
            usual = [batch, *pixels, 3] if sides[3] and not sides[1] else [batch, 3, *pixels]
        else:
            usual = [batch, *[1] * (len(sides) - 2), size[1] if size else 1]
        shape = tuple(side or one for side, one in zip(sides, usual, strict=False))
        found.append(torch.zeros(shape, dtype=torch.long) if is_whole else shape)
    return found


class Node(nn.Module):
    """A step with its own weights."""

    def __init__(self, step: Step, weights: dict[str, nn.Parameter]) -> None:
        super().__init__()
        self.step = step
        gates = {*step.inputs[1:4]} if step.operator in GATES else set()
        for name in gates & weights.keys():
            weights[name] = nn.Parameter(_ordered(step.operator, weights[name]), False)
        self.weights = nn.ParameterList(weights.values())
        self.place = {name: k for k, name in enumerate(weights)}

    def forward(self, known: dict[str, Any]) -> list[Any]:
        step = self.step
        given = [self.weights[self.place[n]] if n in self.place else known.get(n) for n in step.inputs]
        if not any(isinstance(one, Tensor) for one in given):
            return self._on_paper(given)
        attributes = {"outputs": len(step.outputs), **(step.attributes or {})}
        if step.operator == "Shape":
            image: Any = given[0]
            return [np.array(image.shape)[attributes.get("start", 0) : attributes.get("end")]]
        if step.operator not in OPERATORS:
            line = f'cnnlab.onnx_graph.OPERATORS["{step.operator}"] = lambda a, x: x'
            raise NotImplementedError(
                f"ONNX's {step.operator} has no rule; give it one, as for what changes nothing, with {line}"
            )
        if step.operator not in READ:
            given = [_tensor(one) if _is_weight(one, step.operator) else one for one in given]
        outputs = OPERATORS[step.operator](attributes, *given)
        return outputs if isinstance(outputs, list) else [outputs]

    def _on_paper(self, given: list[Any]) -> list[Any]:
        """Of constants and sizes, by onnx itself."""
        from onnx import GraphProto, helper  # type: ignore[import-not-found,unused-ignore]
        from onnx.reference import ReferenceEvaluator  # type: ignore[import-not-found,unused-ignore]

        step = self.step
        if any(isinstance(value, GraphProto) for value in (step.attributes or {}).values()):
            raise NotImplementedError(f"ONNX's {step.operator} chooses what to run, and has no rule here")
        feed = {name: one for name, one in zip(step.inputs, given, strict=True) if name}
        sides = [
            [helper.make_empty_tensor_value_info(name) for name in names] for names in (feed, step.outputs)
        ]
        graph = helper.make_graph([step.proto], "one", *sides)
        return list(ReferenceEvaluator(graph, opsets=dict(step.opsets or {})).run(None, feed))


class Graph(nn.Module):
    """All nodes in their order; the paths of rows are the names that the exporter gave them."""

    def __init__(
        self, steps: Sequence[Step], held: dict[str, Any], inputs: Sequence[str], outputs: Sequence[str]
    ) -> None:
        super().__init__()
        self.inputs, self.outputs = inputs, outputs
        weights = _weights(steps, held)
        self.constants = {name: value for name, value in held.items() if name not in weights}
        self.made = [step.outputs for step in steps]
        self.nodes = nn.ModuleDict()
        for k, step in enumerate(steps):
            name = (step.name or f"{step.operator}_{k}").strip("/").replace(".", "_")
            self.nodes[name] = Node(step, {name: weights[name] for name in step.inputs if name in weights})

    def forward(self, *inputs: Tensor) -> Any:
        known: dict[str, Any] = dict(self.constants) | dict(zip(self.inputs, inputs, strict=True))
        for node, names in zip(self.nodes.values(), self.made, strict=True):
            known |= zip(names, node(known), strict=False)
        outputs = [known[name] for name in self.outputs]
        return outputs[0] if len(outputs) == 1 else outputs


def load(file: str) -> tuple[nn.Module, list[Open]]:
    """The network of an ONNX file, and what it takes."""
    import onnx.inliner  # type: ignore[import-not-found,unused-ignore]

    model = onnx.inliner.inline_local_functions(onnx.load(file))
    proto, opsets = model.graph, {one.domain: one.version for one in model.opset_import}
    held = {one.name: _array(one) for one in proto.initializer}
    # Torch's exporter writes what it computed beforehand as nodes, some others write all weights so.
    multiplied = {name for n in proto.node if n.op_type in PRODUCTS for name in n.input[1:]}
    held |= {
        n.output[0]: _array(n.attribute[0].t)
        for n in proto.node
        if n.op_type == "Constant" and n.output[0] in multiplied and n.attribute[0].name == "value"
    }
    attribute = onnx.helper.get_attribute_value
    steps = [
        Step(
            _name(n), [*n.input], [*n.output], {a.name: attribute(a) for a in n.attribute}, n.name, n, opsets
        )
        for n in proto.node
        if not {*n.output} <= held.keys()
    ]
    inputs = [one for one in proto.input if one.name not in held]
    given = [
        Open(
            tuple(side.dim_value for side in one.type.tensor_type.shape.dim),
            one.type.tensor_type.elem_type in WHOLE,
        )
        for one in inputs
    ]
    return Graph(steps, held, [one.name for one in inputs], [one.name for one in proto.output]), given


BFLOAT16 = 16  # ONNX's number of a type that NumPy lacks


def _array(tensor: Any) -> Any:
    """Its numbers; ones that NumPy does not have are weights, of which nobody reads more than the size."""
    from onnx.numpy_helper import to_array  # type: ignore[import-not-found,unused-ignore]

    return np.ones(tensor.dims, np.float32) if tensor.data_type == BFLOAT16 else to_array(tensor).copy()


def _name(node: Any) -> str:
    """Of an operator; another domain than ONNX's own may mean something else by the same word."""
    return node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}"


WHOLE = (6, 7)  # ONNX's numbers of integers with 32 and 64 bits
