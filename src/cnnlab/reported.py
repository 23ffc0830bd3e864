"""What other programs print for a network, layer by layer: the habits behind `Profile.as_reported_by`.

    reported("fvcore", profile(model))             # its total for one image, in evaluation mode

Two tables say it, one for layers of `torch.nn`, one for operators that a network's own `forward` calls. A
cell is what a tool adds up, in the columns of a row of the profile: `2macs+bias`. A dash stands where a tool
has another formula, or no total; then `reported` refuses. `tests/counters_by_layer.py` installs the tools and
asks them; what they print stands in the book, on the page The command line.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from math import prod
from types import FrameType
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from cnnlab.trace import Event, trace

__all__ = ["REPORTED", "TOOLS", "reported"]

Row: TypeAlias = Any  # of `cnnlab.profiler`, which imports this module
Profile: TypeAlias = Any
Convention = dict[str, dict[str, int]]  # layer or operator: column, how often

TOOLS = "torchinfo fvcore thop ptflops calflops torchscan torchprofile".split()
CONTAINERS = nn.Sequential, nn.ModuleList, nn.ModuleDict
# `params` are the layer's own. torchscan's `width` is k − 1 for each maximum over k² numbers. Of transposed
# layers some count each weight at each pixel that comes out: `dense`, with biases `all`; and one its biases
# where a layer that is not transposed would have them: `less`.
LAYERS = """
Conv1d, Conv2d, Conv3d             | macs+bias | macs  | macs   | macs+bias | 2macs+bias | macs   | macs
Conv2d padding="same"              | macs+bias | 0     | macs   | macs+bias | 2macs+bias | macs   | 0
Conv2d padding="valid"             | macs+bias | 0     | macs   | macs+bias | 2macs+bias | macs   | 0
ConvTranspose1d, ConvTranspose2d   | all       | macs  | dense  | macs+bias | 2macs+less | -      | dense
ConvTranspose3d                    | all       | macs  | dense  | macs+bias | 2macs+less | -      | dense
ConvTranspose1d in groups          | all       | macs  | dense  | macs+bias | -          | -      | -
ConvTranspose2d in groups          | all       | macs  | dense  | macs+bias | -          | -      | -
ConvTranspose3d in groups          | all       | macs  | dense  | macs+bias | -          | -      | -
Linear                             | params    | macs  | macs   | macs+bias | 2macs      | macs   | macs
BatchNorm1d, BatchNorm2d           | params    | 2norm | 4norm  | 2norm     | 2norm      | 2norm  | norm
BatchNorm3d                        | params    | 2norm | 4norm  | 2norm     | 2norm      | 2norm  | norm
BatchNorm2d without weights        | params    | norm  | 2norm  | norm      | norm       | norm   | 0
GroupNorm                          | params    | 5norm | 0      | 2norm     | 5norm      | -      | norm
GroupNorm without weights          | params    | 4norm | 0      | norm      | 4norm      | -      | 0
LayerNorm                          | params    | 5norm | 4norm  | norm      | 5norm      | -      | norm
LayerNorm without weights          | params    | 4norm | 2norm  | norm      | 4norm      | -      | 0
InstanceNorm2d without weights     | params    | 4norm | 2norm  | norm      | 4norm      | -      | 0
ReLU                               | 0         | 0     | 0      | 2act      | act        | 0      | 0
ReLU6                              | 0         | 0     | 0      | act       | 0          | 0      | 0
LeakyReLU                          | 0         | 0     | 0      | act       | act        | 0      | act
PReLU                              | params    | 0     | act    | 2act      | act        | -      | 0
ELU                                | 0         | 0     | 0      | 2act      | act        | 0      | 0
GELU                               | 0         | 0     | 0      | 2act      | act        | -      | 0
SiLU                               | 0         | 0     | 0      | act       | act        | -      | 0
Sigmoid, Tanh                      | 0         | 0     | 0      | 0         | 0          | 0      | 0
Hardswish, Hardsigmoid, Mish       | 0         | 0     | 0      | 0         | 0          | -      | 0
Softplus, LogSoftmax, Hardtanh     | 0         | 0     | 0      | 0         | 0          | -      | 0
SELU, CELU, GLU, CircularPad2d     | 0         | 0     | 0      | 0         | 0          | -      | 0
Softmax                            | 0         | 0     | -      | act       | act        | -      | 0
Softmax2d                          | 0         | 0     | 0      | act       | act        | -      | 0
MaxPool2d                          | 0         | 0     | 0      | 2in       | in         | width  | 0
MaxPool2d oblong                   | 0         | 0     | 0      | 2in       | in         | -      | 0
MaxPool1d, MaxPool3d               | 0         | 0     | 0      | 2in       | in         | -      | 0
AvgPool1d, AvgPool2d, AvgPool3d    | 0         | 0     | out    | 2in       | in         | -      | out
AdaptiveAvgPool2d                  | 0         | in    | in+out | 2in       | in         | in+out | out
AdaptiveAvgPool2d overlapping      | 0         | in    | in+out | 2in       | in         | -      | out
AdaptiveAvgPool1d                  | 0         | 0     | in+out | 2in       | in         | -      | out
AdaptiveAvgPool3d                  | 0         | 0     | in+out | 2in       | in         | -      | out
AdaptiveMaxPool1d                  | 0         | 0     | 0      | 2in       | in         | -      | 0
AdaptiveMaxPool2d                  | 0         | 0     | 0      | 2in       | in         | -      | 0
AdaptiveMaxPool3d                  | 0         | 0     | 0      | 2in       | in         | -      | 0
Upsample nearest                   | 0         | out   | out    | 2out      | in         | -      | 0
Upsample bilinear                  | 0         | 4out  | 11out  | 2out      | in         | -      | 4out
Upsample nearest to a size         | 0         | out   | out    | 2out      | -          | -      | 0
Upsample bilinear to a size        | 0         | 4out  | 11out  | 2out      | -          | -      | 4out
Dropout, Identity, Flatten         | 0         | 0     | 0      | 0         | 0          | 0      | 0
Dropout1d, Dropout2d, Dropout3d    | 0         | 0     | 0      | 0         | 0          | -      | 0
Unflatten, ChannelShuffle          | 0         | 0     | 0      | 0         | 0          | -      | 0
PixelShuffle, PixelUnshuffle       | 0         | 0     | 0      | 0         | 0          | -      | 0
ZeroPad2d, ConstantPad2d           | 0         | 0     | 0      | 0         | 0          | -      | 0
ReflectionPad2d, ReplicationPad2d  | 0         | 0     | 0      | 0         | 0          | -      | 0
"""
OPERATORS = """
add, add_, sub, rsub, div, neg     | 0         | 0     | 0      | 0         | 0          | 0      | 0
mul, mul_                          | 0         | 0     | 0      | 0         | 0          | 0      | out
mean                               | 0         | 0     | 0      | 0         | 0          | 0      | out
sum, amax, max, std, var           | 0         | 0     | 0      | 0         | 0          | 0      | 0
abs, clamp, exp, pow, sqrt         | 0         | 0     | 0      | 0         | 0          | 0      | 0
gt, where, masked_fill             | 0         | 0     | 0      | 0         | 0          | 0      | 0
cat, stack, clone, copy_, repeat   | 0         | 0     | 0      | 0         | 0          | 0      | 0
roll, flip, channel_shuffle        | 0         | 0     | 0      | 0         | 0          | 0      | 0
pixel_shuffle, im2col              | 0         | 0     | 0      | 0         | 0          | 0      | 0
constant_pad_nd                    | 0         | 0     | 0      | 0         | 0          | 0      | 0
reflection_pad2d                   | 0         | 0     | 0      | 0         | 0          | 0      | 0
zeros_like, new_zeros, new_ones    | 0         | 0     | 0      | 0         | 0          | 0      | 0
relu, relu_, hardtanh, gelu        | 0         | 0     | 0      | -         | -          | 0      | 0
silu, sigmoid, hardswish, _softmax | 0         | 0     | 0      | -         | -          | 0      | 0
max_pool2d_with_indices            | 0         | 0     | 0      | -         | -          | 0      | 0
avg_pool2d                         | 0         | 0     | 0      | -         | -          | 0      | out
_adaptive_avg_pool2d               | 0         | in    | 0      | -         | -          | 0      | out
upsample_nearest2d                 | 0         | out   | 0      | -         | -          | 0      | 0
upsample_bilinear2d                | 0         | 4out  | 0      | -         | -          | 0      | 4out
mm, bmm                            | 0         | macs  | 0      | -         | -          | 0      | macs
"""
# Functions that count where they are called by name, in a network's own code: `x.add(y)`, but not `x + y`.
POOLINGS = {f"adaptive_avg_pool{axes}d" for axes in (1, 2, 3)}
BY_NAME = {"fvcore": POOLINGS, "ptflops": POOLINGS | {"add", "mul"}, "calflops": POOLINGS | {"add", "mul"}}
BY_NAME = {tool: {"einsum", *BY_NAME.get(tool, ())} for tool in (*BY_NAME, "torchprofile")}
AMBIGUOUS = {"add", "mul", "mean", "sum"}  # the operators that these become
TRACING = {"fvcore", "torchprofile"}  # by torch.jit, which leaves out what no output needs
# What torch's own counter does not see on a CPU, where one call of oneDNN or of fused attention does it.
UNSEEN = {"LSTM", "MultiheadAttention", "_safe_softmax", "_scaled_dot_product_flash_attention_for_cpu"}
UNKNOWN_TO_TORCH = {"mv", "dot", "vdot", "addmv", "_trilinear", "affine_grid_generator", "_euclidean_dist"}
EVERYWHERE = {"torchvision": {"macs": 1}, "FlopCounterMode": {"macs": 2}}  # of whatever they count
REPORTED = (*EVERYWHERE, *TOOLS)
LONG = {"act": "activation", "in": "inputs", "out": "outputs"}


def _read(table: str) -> dict[str, Convention]:
    """By tool and by layer: column, how often."""
    read: dict[str, Convention] = {tool: {} for tool in TOOLS}
    for names, *cells in (map(str.strip, line.split("|")) for line in table.strip().splitlines()):
        for tool, cell in zip(TOOLS, cells, strict=True):
            terms = {LONG.get(name, name): int(n or 1) for n, name in re.findall(r"(\d*)([a-z]+)", cell)}
            if cell != "-":
                read[tool] |= dict.fromkeys(names.split(", "), terms)
    return read


OF_LAYERS, OF_OPERATORS = _read(LAYERS), _read(OPERATORS)


def reported(tool: str, found: Profile) -> int:
    """The total that a tool prints. ValueError for what is not known of it: see `Profile.as_reported_by`."""
    if tool not in REPORTED:
        raise ValueError(f"no convention is known for {tool!r}; known are {', '.join(REPORTED)}")
    layers = dict(found.network.named_modules())
    named = [(row, layers[row.path]) for row in found.counted]
    unknown = {_name(*each) for each in named if _habit(tool, *each) is None}
    if tool in TOOLS:
        _refuse_other_runs(tool, found)
        unknown |= set(_unlisted(tool, layers.values())) | _called(tool, found, named)
    if tool in TRACING:
        unknown |= _dropped(found)
    if unknown:
        names = ", ".join(sorted(unknown))
        raise ValueError(f"it was not measured what {tool} counts for {names}; ask for .macs or .flops()")
    return sum(_added(*each, _habit(tool, *each) or {}) for each in named)


def _habit(tool: str, row: Row, layer: nn.Module) -> dict[str, int] | None:
    """What the tool adds up for a row: column, how often. None if nobody asked it."""
    name = _name(row, layer)
    if tool == "FlopCounterMode" and name not in UNSEEN and row.operator in UNKNOWN_TO_TORCH:
        return {}
    if tool in EVERYWHERE:
        return None if tool == "FlopCounterMode" and name in UNSEEN else EVERYWHERE[tool]
    return (OF_LAYERS if _is_torchs(layer) else OF_OPERATORS)[tool].get(name)


def _added(row: Row, layer: nn.Module, habit: dict[str, int]) -> int:
    is_main = row.kind not in ("move", "elementwise")  # of several rows in one layer
    own = {"params": is_main * sum(p.numel() for p in layer.parameters(recurse=False))}
    own["width"] = row.outputs * (getattr(layer, "kernel_size", 1) - 1) if "width" in habit else 0
    if isinstance(layer, nn.modules.conv._ConvTransposeNd):
        own |= _stamped(row, layer)
    return sum(times * (own[name] if name in own else getattr(row, name)) for name, times in habit.items())


def _stamped(row: Row, layer: Any) -> dict[str, int]:
    """What tools make of a transposed layer, for one image."""
    pixels, weights = prod(row.output_shape[2:]), layer.weight.numel()
    axes = zip(
        row.output_shape[2:],
        *(getattr(layer, name) for name in "kernel_size stride padding dilation output_padding".split()),
        strict=True,
    )
    shrunk = 1  # to what would come out if the layer were not transposed
    for size, kernel, stride, padding, dilation, more in axes:
        reach = dilation * (kernel - 1) + 1
        before = (size + 2 * padding - reach - more) // stride + 1
        shrunk *= (before + 2 * padding - reach) // stride + 1
    biases = 0 if layer.bias is None else len(layer.bias)
    return {"dense": weights * pixels, "all": (weights + biases) * pixels, "less": biases * shrunk}


def _is_torchs(layer: nn.Module) -> bool:
    """A layer of torch itself: most tools do not know a class that inherits from one."""
    return type(layer).__module__.startswith("torch.nn.") and not isinstance(layer, CONTAINERS)


def _name(row: Row, layer: nn.Module) -> str:
    """Of a layer, with what else changes its count; of an operator that some `forward` calls itself."""
    if not _is_torchs(layer):
        return str(row.operator)
    name, own = type(layer).__name__, vars(layer)
    if isinstance(own.get("padding"), str):
        return f'{name} padding="{own["padding"]}"'
    if isinstance(layer, nn.modules.conv._ConvTransposeNd) and layer.groups > 1:
        return f"{name} in groups"
    if name == "Upsample":
        size = " to a size" if layer.size is not None else ""
        return f"{name} {own['mode']}{size}" if len(row.output_shape) == 4 else name
    if name == "Linear" and row.kind == "matmul" and layer.bias is not None and not row.bias:
        return f"{name} whose bias is added apart"
    if isinstance(own.get("kernel_size"), tuple) and name.startswith("MaxPool"):
        return f"{name} oblong"
    if name.startswith("Adaptive") and row.pooling > row.inputs:
        return f"{name} overlapping"
    return name + _without(layer)


def _without(layer: nn.Module) -> str:
    """What a normalization lacks."""
    own = vars(layer)
    if own.get("affine", own.get("elementwise_affine")) is False:
        return " without weights"
    if isinstance(layer, nn.modules.batchnorm._BatchNorm) and layer.running_mean is None:
        return " without statistics"
    return " without a bias" if isinstance(layer, nn.LayerNorm) and layer.bias is None else ""


def _refuse_other_runs(tool: str, found: Profile) -> None:
    """ValueError unless one image went forward."""
    shapes = [tuple(leaf.shape) for leaf in found.inputs if isinstance(leaf, Tensor)]
    if found.is_step or len(found.inputs) != 1 or not shapes or shapes[0][:1] != (1,):
        run = "a training step" if found.is_step else f"inputs of {shapes or 'several parts'}"
        raise ValueError(f"{tool} was asked about one image, forward; this is a profile of {run}")


def _unlisted(tool: str, layers: Iterable[nn.Module]) -> Iterator[str]:
    """Layers for which torchscan has no total at all, own weights, which torchinfo may count, and hooks."""
    for layer in layers:
        name = type(layer).__name__
        is_leaf = not any(True for _ in layer.children())
        if tool == "torchscan" and is_leaf and not (_is_torchs(layer) and name in OF_LAYERS[tool]):
            yield name
        is_computed = "weight" not in layer._parameters and hasattr(layer, "weight")
        is_own = not _is_torchs(layer) and any(True for _ in layer.parameters(False))
        if tool == "torchinfo" and (is_own or (is_leaf and is_computed)):
            yield f"own weights of {name}"
        if _is_torchs(layer) and _is_hooked(layer):
            yield f"hooks of {name}"


def _is_hooked(layer: nn.Module) -> bool:
    """Whether somebody else's function runs before or behind it: what that computes, some tools count."""
    hooks = [*layer._forward_hooks.values(), *layer._forward_pre_hooks.values()]
    return any(not getattr(hook, "__module__", "").startswith("torch.") for hook in hooks)


def _dropped(found: Profile) -> set[str]:
    """Operators whose results reach no output, found by a run of it; all where no tensor is returned."""
    events: list[tuple[str, list[Tensor], list[Tensor]]] = []  # whose tensors live on: no place is used twice

    def look(event: Event) -> None:
        events.append((event.operator.overloadpacket.__name__, event.tensors_in, event.tensors_out))

    outputs = trace(found.network, found.inputs, look)
    kept, counted = {_place(x) for x in tree_leaves(outputs) if isinstance(x, Tensor)}, set()
    for name, inputs, made in reversed(events):
        if kept & {_place(x) for x in made}:
            kept |= {_place(x) for x in inputs}
        else:
            counted.add(name)
    costly = {row.operator for row in found.counted if row.ops[1:-1] != (0,) * len(row.ops[1:-1])}
    return {f"{name} whose result is not returned" for name in counted & costly}


def _place(tensor: Tensor) -> int:
    """Where its numbers are, which others may look at too."""
    return int(tensor.untyped_storage()._cdata)


def _called(tool: str, found: Profile, named: list[tuple[Row, nn.Module]]) -> set[str]:
    """Functions that the network's own code calls by name and that count then, found by a run of it."""
    called: set[str] = set()
    own = {row.operator for row, layer in named if not _is_torchs(layer)}
    if tool not in BY_NAME or not own & AMBIGUOUS:
        return called

    def look(frame: FrameType, event: str, function: Any) -> None:
        caller = frame if event == "c_call" else frame.f_back
        name = function.__name__ if event == "c_call" else frame.f_code.co_name
        if name in BY_NAME[tool] and caller and not caller.f_globals.get("__name__", "").startswith("torch."):
            called.add(name)

    before = sys.getprofile()
    with torch.no_grad(), found.inputs[0].device:
        sys.setprofile(look)
        try:
            found.network(*found.inputs)
        finally:
            sys.setprofile(before)
    return called
