"""Watch a network run on tensors that have shapes and no memory: every operator, with its module's path.

    network = on_meta(model)                       # a copy without storage; `model` is only read
    images, = inputs_on_meta((1, 3, 224, 224))
    trace(network, [images], on_event)             # on_event(Event(path, operator, args, kwargs, outputs, …))

An event comes for each operator that reaches the device, in the order of execution, so functional calls,
branches and a layer's second use are seen like any other. Composite functions arrive as what they are made
of: `F.linear` as `aten.t` and `aten.addmm`, `AdaptiveAvgPool2d(1)` as `aten.mean`, `einsum` as `aten.bmm`, a
channel shuffle as views with five axes, batch norm as `aten.native_batch_norm`.

- A tensor is the same Python object in every event, so `id(tensor)` names it while it lives, and an operator
  in place (`aten.relu_`) returns its argument. Keep no event and no tensor without need: their storage then
  seems to live on. The tensors given as `inputs` are those that the first operators receive.
- `path` is that of the innermost module running, as in `named_modules` ("" is the network itself); a module
  with two names has its first. An operator of the backward pass has the path of the forward operator that it
  differentiates, or "" for autograd's own sums of gradients.
- Nothing global is touched: hooks stand on the copy, and modes belong to the thread. Models may be traced
  from several threads at once, and the model given stays as it was whatever happens.
- Errors raised in the model or by `on_event` come out as they are. A model that reads a tensor's value
  (`if x.max() > 0`) cannot run on meta tensors: torch says so, and `needs_values` knows by what it says. Then
  `on_cpu` and `inputs_on_cpu` make a copy with values, which is traced in the same way.

Whoever interprets operators keeps its rules in a table of `Rules`: an operator without a rule is an error.
"""

from __future__ import annotations

import copy
import inspect
import re
import reprlib
import sys
from _thread import LockType, RLock
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from functools import cache, partial
from io import IOBase
from math import prod
from numbers import Integral
from types import CellType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode
from torch.utils._device import DeviceContext
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

from cnnlab.deprecated import old_names
from cnnlab.shapes import SHORT, fused_attention

__all__ = [
    "Event",
    "Inputs",
    "Model",
    "Rules",
    "Size",
    "UnknownOperatorError",
    "built",
    "inputs_on_cpu",
    "inputs_on_meta",
    "mixes_types",
    "needs_values",
    "on_cpu",
    "on_meta",
    "part",
    "parts",
    "run",
    "smallest",
    "takes",
    "tensors",
    "trace",
]

if not TYPE_CHECKING:
    __getattr__ = old_names(__name__, {"Operators": "cnnlab.trace.Rules"})

Model = nn.Module | Callable[[], nn.Module]  # a module, or whatever builds one
Size = Sequence[int] | torch.Size
One = Size | Tensor  # by shape or by example
Plain = bool | int | float | None  # beside tensors it is what it is
Inputs = One | Mapping[str, Any] | Sequence[One | Plain | Mapping[str, Any] | Sequence[One]]  # one or several
MOST = 2**60  # numbers of one input: in bytes they are still counted exactly by torch


class Event(NamedTuple):
    """One operator that has just run."""

    path: str
    operator: Any  # a torch._ops.OpOverload such as torch.ops.aten.convolution.default
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    outputs: Any  # a tensor, or a tuple or list with tensors in it
    is_backward: bool = False  # true also of what a checkpointed block computes a second time

    @property
    def arguments(self) -> dict[str, Any]:
        """All arguments by their names in the operator's schema, defaults filled in."""
        schema = self.operator._schema.arguments
        given = dict(zip((argument.name for argument in schema), self.args, strict=False)) | self.kwargs
        return {a.name: given.get(a.name, a.default_value) for a in schema}

    @property
    def tensors_in(self) -> list[Tensor]:
        return [*_tensors(self.args), *_tensors(self.kwargs.values())]

    @property
    def tensors_out(self) -> list[Tensor]:
        return list(_tensors((self.outputs,)))

    @property
    def where(self) -> str:
        """For an error."""
        return f"in module {self.path!r}" if self.path else "in the network's own forward"

    @property
    def is_view(self) -> bool:
        """Whether it only looks at its argument's storage in another way."""
        return _is_view(self.operator)


def _tensors(values: Iterable[Any]) -> Iterator[Tensor]:
    """Those among an operator's arguments or results, which are nested in lists at most."""
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)


@cache
def _is_view(operator: Any) -> bool:
    returns = operator._schema.returns
    return any(r.alias_info is not None and not r.alias_info.is_write for r in returns)


COMPOSITE = torch._C.DispatchKey.CompositeImplicitAutograd


@cache
def _is_composite(operator: Any) -> bool:
    return bool(torch._C._dispatch_has_kernel_for_dispatch_key(operator.name(), COMPOSITE))


class UnknownOperatorError(NotImplementedError):
    """An operator that a table has no rule for; counting it as nothing would be a wrong total."""


class Rules(dict[Any, Any]):
    """Rules by operator: `table[torch.ops.aten.relu] = rule`, for all overloads of a name at once.

    An assignment gives an operator a rule, or another one; `register` refuses to do the latter unseen. What
    has none, and torch itself calls pointwise, has the rule of `torch.ops.aten.add`.
    """

    def __init__(self, name: str, example: str) -> None:
        super().__init__()
        self.name, self.example = name, example  # where a reader finds it, and a rule, for the error

    def register(self, names: str) -> Callable[[Any], Any]:
        """Decorator: this function is the rule of these names in `torch.ops.aten`, and in place (`relu_`).

        Names that torch does not have are left out: it renames some. A name with a dot, "torchvision.nms", is
        another library's, which need not be there yet. ValueError for what has a rule already.
        """
        spelled = [name + place for name in names.split() if "." not in name for place in ("", "_")]
        operators = [getattr(torch.ops.aten, name) for name in spelled if hasattr(torch.ops.aten, name)]
        operators += [name for name in names.split() if "." in name]

        def registered(rule: Any) -> Any:
            for operator in operators:
                if operator in self:
                    raise ValueError(f"{operator} has a rule in {self.name} already: {self[operator]}")
                self[operator] = rule
            return rule

        return registered

    def rule(self, event: Event) -> Any:
        """The rule of an event's operator, or an UnknownOperatorError that says how to give it one."""
        packet = event.operator.overloadpacket
        if packet in self:
            return self[packet]
        if str(packet) in self:
            return self[str(packet)]
        if torch.Tag.pointwise in event.operator.tags and torch.ops.aten.add in self:
            return self[torch.ops.aten.add]
        raise UnknownOperatorError(
            f"{event.operator} {event.where} has no rule; give it one, if it does what this one does, with "
            f"{self.name}[torch.ops.{packet}] = {self.example}"
        )


# In inference mode composites are not taken apart and tensors cannot be written to: whoever calls from inside
# it, these three leave it.
normally = torch.inference_mode(False)


def needs_values(error: BaseException) -> bool:
    """Whether an error says no more than that tensors on meta have no values, or no kernel there."""
    known = isinstance(error, UnknownOperatorError) or not isinstance(
        error, RuntimeError | TypeError | ValueError
    )
    return not known and re.search(r"meta|data-dependent|unbacked", str(error), re.I) is not None


def mixes_types(error: BaseException) -> bool:
    """Whether an error says that numbers of two types met, as where a network casts its images itself."""
    said = r"(must|should) be the same|same dtype|expected (scalar type|dtype)|weight dtype"
    return re.search(said, str(error)) is not None


@normally
def built(model: Model) -> tuple[nn.Module, bool]:
    """The module, or what the builder makes: without memory, but on the CPU if it reads a value; and if so.

    TypeError for what is neither a module nor builds one.
    """
    if isinstance(model, nn.Module):
        _refuse_scripts(model)
        return model, False
    if not callable(model):
        raise TypeError(f"a model is an nn.Module or a function that builds one; got {reprlib.repr(model)}")
    reads = False
    try:
        with torch.device("meta"):
            network = model()
    except Exception as error:
        if not needs_values(error):
            raise
        network, reads = model(), True
    if not isinstance(network, nn.Module):
        raise TypeError(f"the builder returned {type(network).__name__}, not an nn.Module")
    _refuse_scripts(network)
    return network, reads


def _refuse_scripts(network: nn.Module) -> None:
    for path, module in network.named_modules():
        if isinstance(module, torch.jit.ScriptModule):
            raise NotImplementedError(
                f"{path or 'this network'!r} is a ScriptModule, into which nothing can look; "
                "give the module that it was made from"
            )


@normally
def on_meta(model: Model, dtype: torch.dtype | None = None) -> nn.Module:
    """A copy on the meta device that allocates nothing, floating-point tensors as `dtype` if it is given.

    Weights shared in the model are shared in the copy. Errors: those of `built`; TypeError for a lazy layer.
    """
    network, _ = built(model)
    memo: dict[int, Any] = {id(p): _parameter_on_meta(p, dtype) for p in network.parameters()}
    with _CopyToMeta(dtype):
        return _as_written(_twin(network, memo, dtype))


@normally
def on_cpu(model: Model, dtype: torch.dtype | None = None) -> nn.Module:
    """A copy with values; ValueError for a module that has none, because it is on the meta device."""
    network = copy.deepcopy(model) if isinstance(model, nn.Module) else model()
    if any(tensor.is_meta for tensor in [*network.parameters(), *network.buffers()]):
        raise ValueError(
            "this network reads values, and its weights are on the meta device: give its builder"
        )
    return _as_written(network).to("cpu", dtype)


def _as_written(network: nn.Module) -> nn.Module:
    """Without the compiler that `torch.compile` puts around a module: it cannot run while a mode looks on."""
    module: Any
    for module in network.modules():
        if type(module).__module__ == "torch._dynamo.eval_frame":
            module.forward = module._orig_mod.__call__
    return network


@normally
def inputs_on_meta(inputs: Inputs, dtype: torch.dtype = torch.float32) -> list[Any]:
    """Shapes or example tensors → the network's arguments, on meta; an example keeps its own integer type.

    A list has an entry for each argument; a list or a dictionary in it is one argument with tensors in it,
    and a number, True or None is one as it is. `run` says when a dictionary alone gives arguments by their
    names. TypeError for what is none of these, ValueError for a shape with a number below 1 or beyond what
    can be counted.
    """
    return _arguments(
        inputs, lambda one: _on_meta(one, dtype), lambda size: torch.empty(size, dtype=dtype, device="meta")
    )


@normally
def inputs_on_cpu(inputs: Inputs, dtype: torch.dtype = torch.float32) -> list[Any]:
    """The same with values: those of an example, or even ones from 0 to 1, the same at every call."""
    generator = torch.Generator().manual_seed(0)
    return _arguments(
        inputs,
        lambda one: one.detach().to("cpu", dtype if one.is_floating_point() else one.dtype),
        lambda size: torch.rand(size, generator=generator).to(dtype),
    )


def tensors(inputs: Any) -> list[Tensor]:
    """Those among a network's arguments, from within lists and dictionaries too."""
    return [leaf for leaf in tree_leaves(inputs) if isinstance(leaf, Tensor)]


def parts(output: Any) -> dict[str, Tensor]:
    """The tensors of what a module returns, by name: "out", "0.1", "" where it is a tensor itself."""
    if isinstance(output, Tensor):
        return {"": output}
    if isinstance(output, Mapping):
        named: Mapping[Any, Any] = output
    elif isinstance(output, Sequence) and not isinstance(output, str):
        named = output._asdict() if hasattr(output, "_asdict") else dict(enumerate(output))
    else:
        named = vars(output) if is_dataclass(output) else {}
    return {
        f"{name}.{inner}".rstrip("."): tensor
        for name, each in named.items()
        for inner, tensor in parts(each).items()
    }


def part(output: Any, key: str) -> Any:
    """The one tensor of an output, or that of a name; ValueError, with the names, where that is none."""
    named = parts(output)
    if key not in named and (key or len(named) > 1):
        if isinstance(output, Tensor):
            raise ValueError(f"this output is one tensor and has no part {key!r}: leave key= out")
        known = ", ".join(map(repr, named))
        asked = f"has no part {key!r}" if key else "has several parts"
        raise ValueError(
            f"this output {asked}; ask for one of {known} with key=, or for a module with module="
        )
    return named[key] if key in named else next(iter(named.values()), output)


def run(network: nn.Module, inputs: Sequence[Any]) -> Any:
    """What a network returns for its arguments in a row, or for one dictionary that has them by name.

    By name where every key is a parameter of its `forward`, or where that takes names alone; any other
    dictionary is one argument.
    """
    first = inputs[0] if len(inputs) == 1 else None
    if isinstance(first, dict) and _takes(network, first.keys()):
        return network(**first)
    return network(*inputs)


def arguments_of(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """What a function takes; what annotates it stays text, which Python 3.14 would compute here, or fail."""
    if sys.version_info >= (3, 14):
        from annotationlib import Format

        return [*inspect.signature(function, annotation_format=Format.STRING).parameters.values()]
    return [*inspect.signature(function).parameters.values()]


def _takes(network: nn.Module, names: Iterable[str]) -> bool:
    """Whether these can be given by name."""
    known = arguments_of(network.forward)
    named = {p.name for p in known if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    return named >= {*names} or all(p.kind is p.VAR_KEYWORD for p in known)


@normally
def trace(
    network: nn.Module,
    inputs: Sequence[Any],
    on_event: Callable[[Event], object],
    on_module: Callable[[str, Any], object] | None = None,
    backward: bool = False,
) -> Any:
    """Run a network and report every operator; return the output.

    `on_module(path, output)` is called when a module returns. With `backward` a gradient of ones then goes
    back from all outputs to the parameters; otherwise autograd is off. The network's mode is left to the
    caller. It is hooked while it runs: give it a copy, as `on_meta` makes.
    """
    paths: list[str] = []
    handles = [
        handle
        for path, module in network.named_modules()
        for handle in _follow(module, path, paths, on_module)
    ]
    try:
        with _Placed(_device(inputs)), torch.set_grad_enabled(backward), _Watch(paths, on_event):
            outputs = run(network, inputs)
            if backward:
                _backward(outputs)
        return outputs
    finally:
        for handle in handles:
            handle.remove()


@normally
def takes(model: Model, shape: Size) -> bool:
    """Whether a model, or what a builder makes, can see images [N, C, H, W]: tried, without values."""
    network = on_meta(model)
    try:
        with torch.device("meta"), torch.no_grad(), _Watch([], id):
            network(torch.empty(*shape))
    except (RuntimeError, ValueError):
        return False
    return True


def smallest(sides: Sequence[int], taken: Callable[[int], bool]) -> int | None:
    """The smallest of ascending sides of an image that is taken; None if the largest is not.

    A network that takes an image takes larger ones, so half of the sides need not be tried.
    """
    place = bisect_left(sides, True, key=taken)
    return sides[place] if place < len(sides) else None


def _follow(
    module: nn.Module, path: str, paths: list[str], on_module: Callable[[str, Any], object] | None
) -> Iterable[Any]:
    """Keep `path` on top of `paths` while the module runs, even if it fails."""

    def enter(module: nn.Module, inputs: Any) -> None:
        paths.append(path)

    def leave(module: nn.Module, inputs: Any, output: Any) -> None:
        paths.pop()
        if output is None:
            _note_place(sys.exception(), path, module, inputs)
        elif on_module is not None:
            on_module(path, output)

    yield module.register_forward_pre_hook(enter, prepend=True)
    yield module.register_forward_hook(leave, always_call=True)
    if isinstance(module, nn.TransformerEncoderLayer) and module.activation_relu_or_gelu:
        setattr(module.self_attn, ANY_MASK, True)
    if isinstance(module, nn.MultiheadAttention) and not hasattr(module, ANY_MASK):
        yield module.register_forward_pre_hook(_mark_masks, with_kwargs=True)


def _note_place(error: BaseException | None, path: str, module: nn.Module, inputs: Any) -> None:
    """Say once in which module a network failed: torch's own words may name neither it nor a size."""
    if error is not None and path and not hasattr(error, "__notes__") and repr(path) not in str(error):
        sizes = ", ".join("×".join(map(str, tensor.shape)) for tensor in tensors(inputs))
        error.add_note(f"in the module {path!r}, {type(module).__name__}, which got {sizes or 'no tensor'}")


def _device(inputs: Sequence[Any]) -> torch.device:
    """Where the network's tensors are, and where those that it makes itself are to be."""
    return next((tensor.device for tensor in tensors(inputs)), torch.device("meta"))


# What `torch.autocast` runs in fewer bits on a CPU, by the names of torch's functions, and what in 32.
NARROW = frozenset(
    """
    conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d conv_tbc linear prelu
    matmul __matmul__ __rmatmul__ mm bmm addmm addbmm baddbmm linalg_vecdot einsum tensordot
    scaled_dot_product_attention multi_head_attention_forward
    """.split()
)
WIDE = frozenset(
    """
    adaptive_avg_pool3d adaptive_max_pool3d avg_pool3d max_pool3d max_unpool2d max_unpool3d grid_sample prod
    cdist polar quantile nanquantile trace stft view_as_complex fft_fft fft_ifft fft_rfft fft_irfft fft_fft2
    fft_ifft2 fft_rfft2 fft_irfft2 fft_fftn fft_ifftn fft_rfftn fft_irfftn linalg_cholesky linalg_inv
    linalg_qr linalg_svd linalg_eigh linalg_solve mse_loss l1_loss smooth_l1_loss huber_loss cross_entropy
    nll_loss binary_cross_entropy binary_cross_entropy_with_logits kl_div
    """.split()
)


class _Placed(DeviceContext):
    """Puts what a network makes where its inputs are; on meta, attention is one operator, as on a CPU.

    There tensors have no part in autocast either, so what it would cast is cast here.
    """

    def __init__(self, device: torch.device) -> None:
        super().__init__(device)
        self.is_meta = device.type == "meta"
        self.narrow: dict[Tensor, Tensor] = {}  # weights, whose copies autocast keeps until it ends

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if self.is_meta and torch.is_autocast_enabled("cpu"):
            args, kwargs = self._cast(func.__name__, args, kwargs or {})
        elif self.narrow:
            self.narrow = {}
        own = OWN.get(func) if self.is_meta or func is F.multi_head_attention_forward else None
        return super().__torch_function__(own or func, types, args, kwargs)  # type: ignore[no-untyped-call]

    def _cast(self, name: str, args: Any, kwargs: Any) -> Any:
        """Arguments in the type in which autocast has a function run."""
        if name not in NARROW and name not in WIDE:
            return args, kwargs
        dtype = torch.get_autocast_dtype("cpu") if name in NARROW else torch.float32
        cast: dict[Tensor, Tensor] = {}  # what is given twice is cast once, as are weights

        def one(x: Tensor) -> Tensor:
            if not x.is_floating_point() or x.dtype in (dtype, torch.float64):
                return x
            is_weight = x.requires_grad and x.is_leaf and name in NARROW and torch.is_autocast_cache_enabled()
            kept = self.narrow if is_weight else cast
            if x not in kept:
                kept[x] = x.to(dtype)
            return kept[x]

        return tree_map_only(Tensor, one, (args, kwargs))


def _attention(*args: Any, **kwargs: Any) -> Tensor:
    fused = fused_attention(*args, **kwargs)
    return F.scaled_dot_product_attention(*args, **kwargs) if fused is None else fused


def _weighed(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *args: Any,
    mask: Tensor | None = None,
    bits: int = 0,
    kept: Any,
) -> Tensor:
    """Attention as `nn.MultiheadAttention` itself does it in use: all weights at once, scaled before.

    A mask becomes bits, and then the weights stand apart from what they were. What comes out is written to
    where the queries were; the weights are `kept` for who asks for them.
    """
    weights = query @ key.mT
    if mask is None:
        torch.ops.aten._softmax.out(weights, -1, False, out=weights)
    else:
        bits_of_it = weights.new_empty(bits, dtype=torch.bool)
        weights = weights.add_(mask).softmax(-1)
        del bits_of_it
    torch.bmm(weights.flatten(0, 1), value.flatten(0, 1), out=query.flatten(0, 1))
    if kept is not None:
        kept += weights, query
    return query


GIVEN = "_is_given_in_numbers"  # a mark of masks for which `nn.MultiheadAttention` takes its slow way
ANY_MASK = "_takes_any_mask"  # a mark of those within a layer that has a fast way of its own


def _heads(
    query: Tensor, key: Tensor, value: Tensor, channels: int, heads: int, *args: Any, **kwargs: Any
) -> Any:
    """Torch's function of several heads, into which a mode does not see."""
    is_first = query.ndim == 3 and query.stride(1) > query.stride(0)  # of the batch: images stand one by one
    in_use = query is key is value and is_first and heads % 2 == 0 and not torch.is_grad_enabled()
    over_pairs, over_keys = (kwargs.get(name) for name in ("attn_mask", "key_padding_mask"))
    if not in_use or hasattr(over_pairs, GIVEN) or hasattr(over_keys, GIVEN):
        function = _with(_attention) if query.is_meta else F.multi_head_attention_forward
        return function(query, key, value, channels, heads, *args, **kwargs)
    (length, n, _), mask, bits = query.shape, None, 0
    if over_keys is not None:
        mask, bits = over_keys.view(n, 1, 1, length), n * length
    if over_pairs is not None:
        pairs = over_pairs.view(-1, heads if over_pairs.ndim == 3 else 1, length, length)
        mask = pairs if mask is None else pairs.expand(n, heads, length, length) + mask
        bits = n * heads * length**2
    kept: list[Tensor] | None = [] if kwargs.get("need_weights") else None
    function = _with.__wrapped__(partial(_weighed, mask=mask, bits=bits, kept=kept))
    how = kwargs | dict.fromkeys(("need_weights", "is_causal"), False)
    how |= dict.fromkeys(("attn_mask", "key_padding_mask"))
    out, _ = function(query, key, value, channels, heads, *args, **how)
    if kept is None:
        return out, None
    return out, kept[0].mean(1) if kwargs.get("average_attn_weights", True) else kept[0]


def _mark_masks(module: nn.Module, inputs: Any, named: dict[str, Any]) -> None:
    """Those in numbers, before torch makes numbers of all of them."""
    for mask in (named.get("attn_mask"), named.get("key_padding_mask"), *inputs[3:]):
        if isinstance(mask, Tensor) and mask.is_floating_point():
            setattr(mask, GIVEN, True)


def _linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """What is not in order is multiplied first; then torch adds the bias in place, unless a mode looks on."""
    if bias is None or x.ndim < 3 or x.is_contiguous():
        return F.linear(x, weight, bias)
    return F.linear(x, weight).add_(bias)


def _group_norm(x: Tensor, groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Tensor:
    """A CPU takes channels_last as it is."""
    last = x.ndim == 4 and x.is_contiguous(memory_format=torch.channels_last)
    if x.is_contiguous() or not last or x.shape[1] % groups:
        return F.group_norm(x, groups, weight, bias, eps)
    return _GroupNorm.apply(x, weight, bias, groups, eps)  # type: ignore[no-any-return, no-untyped-call]


class _GroupNorm(torch.autograd.Function):
    """And so it does on the way back, where torch brings other devices' into the order of the axes first."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Any, bias: Any, groups: int, eps: float) -> Tensor:
        ctx.size = len(x), x.shape[1], x.shape[2] * x.shape[3], groups
        out, mean, scale = torch.ops.aten.native_group_norm(x, weight, bias, *ctx.size, eps)
        ctx.save_for_backward(x, mean, scale, weight)
        return out  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        asked = [*ctx.needs_input_grad[:3]]
        back = torch.ops.aten.native_group_norm_backward
        return *back(gradient, *ctx.saved_tensors, *ctx.size, asked), None, None


# A step's part of the input, the state before it, its weights → the state after it
Cell = Callable[[Tensor, Tensor, Any], Tensor]


def _gru_cell(x: Tensor, state: Tensor, weights: Any) -> Tensor:
    """Nearly all in place, as torch's own is on a CPU."""
    reset, update, new = x.unsafe_chunk(3, 1)
    own_reset, own_update, own_new = F.linear(state, *weights).unsafe_chunk(3, 1)
    forget = own_reset.add_(reset).sigmoid_()
    keep = own_update.add_(update).sigmoid_()
    candidate = new.add(own_new.mul_(forget)).tanh_()
    return (state - candidate).mul_(keep).add_(candidate)


def _rnn_cell(activation: Callable[[Tensor], Tensor], x: Tensor, state: Tensor, weights: Any) -> Tensor:
    return activation(F.linear(state, *weights).add_(x))


def _recurrent(whole: Callable[..., Any], cell: Cell) -> Callable[..., Any]:
    """Recurrent layers as on a CPU: the inputs of all steps meet their weights at once, not step by step."""

    def run(x: Tensor, start: Tensor, weights: Any, *how: Any) -> Any:
        if isinstance(weights, Tensor):  # of sequences of different lengths, which stand packed
            return whole(x, start, weights, *how)
        biased, layers, dropout, training, both, batch_first = how
        each, before, last = 4 if biased else 2, start.unbind(0), []
        passes = [
            (state, weights[k * each : (k + 1) * each], bool(both and k % 2))
            for k, state in enumerate(before)
        ]
        x = x.transpose(0, 1) if batch_first else x
        for k in range(layers):
            x, states = _over_time(cell, x, passes[k * (1 + both) : (k + 1) * (1 + both)])
            last += states
            x = F.dropout(x, dropout, training) if dropout and k < layers - 1 else x
        return x.transpose(0, 1) if batch_first else x, torch.stack(last)

    return run


def _lstm(x: Tensor, start: Any, weights: Any, *how: Any) -> Any:
    """As on a CPU, where oneDNN runs each pass of a layer in one call."""
    is_usual = isinstance(start, list | tuple) and x.is_meta and x.dtype is torch.float32 and x.numel()
    if not is_usual or start[0].shape != start[1].shape:  # packed, or the state is made smaller
        return torch.lstm(x, start, weights, *how)
    biased, layers, dropout, training, both, batch_first = how
    each, last = 4 if biased else 2, []
    outs = [x] * (1 + both)  # what a layer made is there until the next has
    whole = x = (x.transpose(0, 1) if batch_first else x).contiguous()
    for k in range(layers):
        for way in range(1 + both):
            place = k * (1 + both) + way
            own, state = weights[place * each : (place + 1) * each], [one[place] for one in start]
            own = own if biased else [*own, *map(torch.zeros_like, own)]
            size = state[0].shape[1], layers, biased, both, batch_first, training
            outs[way], *states, _ = torch.ops.aten.mkldnn_rnn_layer(x, *own, *state, bool(way), [], 2, *size)
            last.append(states)
        x = outs[0] if len(outs) == 1 else torch.cat(outs, -1)
        x = F.dropout(x, dropout, training) if dropout and training and k < layers - 1 else x
    states = [torch.stack(each) for each in zip(*last, strict=True)]
    del whole  # so long a copy in the order of steps is there
    return x.transpose(0, 1) if batch_first else x, *states


def _over_time(
    cell: Cell, x: Tensor, passes: Iterable[tuple[Tensor, Any, bool]]
) -> tuple[Tensor, list[Tensor]]:
    """A layer's states, of one pass or there and back, and the last ones; as torch, it keeps them twice."""
    found: list[tuple[Tensor, list[Tensor]]] = []
    for start, (to_all, from_before, *biases), is_back in passes:
        steps, states = _linear(x, to_all, *biases[:1]), [start]
        for step in reversed(steps.unbind(0)) if is_back else steps.unbind(0):
            states.append(cell(step, states[-1], (from_before, *biases[1:])))
        found.append((torch.stack(states[:0:-1] if is_back else states[1:]), states))
    outs = [out for out, _ in found]
    return outs[0] if len(outs) == 1 else torch.cat(outs, -1), [states[-1] for _, states in found]


@cache
def _with(attention: Callable[..., Tensor]) -> FunctionType:
    torchs: Any = F.multi_head_attention_forward
    known = torchs.__globals__ | {"scaled_dot_product_attention": attention}
    return FunctionType(torchs.__code__, known, torchs.__name__, torchs.__defaults__, torchs.__closure__)


# What torch takes apart on meta in another way than on a CPU.
OWN: dict[Any, Callable[..., Any]] = {
    F.scaled_dot_product_attention: _attention,
    F.multi_head_attention_forward: _heads,
    F.linear: _linear,
    F.group_norm: _group_norm,
    torch.gru: _recurrent(torch.gru, _gru_cell),
    torch.lstm: _lstm,
    torch.rnn_tanh: _recurrent(torch.rnn_tanh, partial(_rnn_cell, torch.tanh)),
    torch.rnn_relu: _recurrent(torch.rnn_relu, partial(_rnn_cell, torch.relu)),
    torch._nested_tensor_from_mask_left_aligned: lambda *_: False,  # then padding is computed, as in training
}


def _backward(outputs: Any) -> None:
    ends = [tensor for tensor in parts(outputs).values() if tensor.requires_grad]
    torch.autograd.backward(ends, [torch.ones_like(end) for end in ends])


ADD, PUT = torch.ops.aten.add.Tensor, torch.ops.aten.index_put.default
ALONE = 2  # who hold a storage: its tensor, and who asks


def _is_kept_by_none(gradient: Any, other: Any) -> bool:
    """Whether autograd adds the second gradient to the first in place, if no mode looks on.

    It does where nobody else holds the first, nor looks at its storage; the second was just computed.
    """
    if not isinstance(other, Tensor) or gradient is other or gradient.shape != other.shape:
        return False
    held: int = gradient._use_count() - other._use_count()  # type: ignore[attr-defined]
    storage = gradient.untyped_storage()
    is_whole = storage.nbytes() == gradient.nbytes and 0 not in gradient.stride()
    return is_whole and held <= 0 and torch._C._storage_Use_Count(storage._cdata) == ALONE


class _Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sees each operator below autograd, where composites have been taken apart."""

    def __init__(self, paths: list[str], on_event: Callable[[Event], object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.paths, self.on_event = paths, on_event
        self.path_of_node: dict[int, str] = {}  # autograd numbers its nodes
        self.next_node: int = torch._C._autograd._get_sequence_nr()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if torch.is_inference_mode_enabled() and _is_composite(func):  # else it is taken apart before
            with self:
                return func._op_dk(COMPOSITE, *args, **kwargs)
        node = torch._C._current_autograd_node()  # None unless the backward pass is running
        short = SHORT.get(func)
        if node is not None and func is ADD and not kwargs and _is_kept_by_none(*args):
            outputs = args[0].add_(args[1])
        elif node is not None and func is PUT and len(args) == 4 and args[3]:  # what was chosen, into zeros
            outputs = torch.ops.aten.index_put_.default(*args)
        else:
            outputs = short(*args, **kwargs) if short else None
        if outputs is None:
            outputs = func(*args, **kwargs)
        if node is None:  # the nodes that will differentiate this operator were numbered just before
            self.path_of_node |= dict.fromkeys(self._new_nodes(), self._innermost())
        path = self._innermost() if node is None or self.paths else self._differentiated(node)
        self.on_event(Event(path, func, args, kwargs, outputs, node is not None))
        return outputs

    def _new_nodes(self) -> range:
        first, self.next_node = self.next_node, torch._C._autograd._get_sequence_nr()
        return range(first, self.next_node)

    def _innermost(self) -> str:
        return self.paths[-1] if self.paths else ""

    def _differentiated(self, node: Any) -> str:
        return self.path_of_node.get(node._sequence_nr(), "")


def _arguments(
    inputs: Any, from_example: Callable[[Tensor], Tensor], from_size: Callable[[list[int]], Tensor]
) -> list[Any]:
    def made(one: Any) -> Any:
        if isinstance(one, np.ndarray):
            one = one.tolist() if _is_size(one) else torch.from_numpy(one)
        if isinstance(one, Tensor):
            return from_example(one)
        if isinstance(one, Mapping):
            return {name: inner(each) for name, each in one.items()}
        if not isinstance(one, Sequence) or isinstance(one, str):
            raise TypeError(NO_INPUT.format(reprlib.repr(one)))
        return from_size(_sized(one)) if _is_size(one) else [inner(each) for each in one]

    def inner(one: Any) -> Any:
        return one if one is None or isinstance(one, bool | int | float) else made(one)

    single = isinstance(inputs, Tensor | Mapping | str | np.ndarray) or _is_size(inputs)
    arguments = (
        [made(inputs)] if single or not isinstance(inputs, Sequence) else [inner(one) for one in inputs]
    )
    if not tensors(arguments):
        raise TypeError(NO_INPUT.format(reprlib.repr(inputs)))
    return arguments


NO_INPUT = "an input is a shape such as (1, 3, 224, 224), a tensor, or a list or dictionary of them; got {}"


def _is_size(one: Any) -> bool:
    if isinstance(one, np.ndarray):
        return one.ndim == 1 and one.dtype.kind in "iu"
    return isinstance(one, Sequence) and all(isinstance(n, Integral) for n in one)


def _sized(size: Size) -> list[int]:
    numbers = [int(n) for n in size]
    if min(numbers, default=0) < 1 or prod(numbers) > MOST:
        raise ValueError(
            f"a shape has numbers from 1 on, {MOST:,} numbers in all at most; got {tuple(numbers)}"
        )
    return numbers


# What a copy shares with its original: as `deepcopy` does, for it cannot be changed; or what has no copy.
UNIQUE = (ModuleType, LockType, RLock, IOBase)
SHARED = (type(None), bool, int, float, str, type, FunctionType, torch.dtype, torch.device)


PLAIN = (*SHARED, dict, set, tuple, list, Tensor, nn.Module)


def _twin(network: nn.Module, memo: dict[int, Any], dtype: torch.dtype | None) -> nn.Module:
    """`deepcopy`, which knows little of modules and takes four times as long as torch takes to run them."""
    usual = {kind for kind in {type(module) for module in network.modules()} if _is_usual(kind)}
    modules = [module for module in network.modules() if type(module) in usual and _is_plain(module)]
    memo |= {id(module): object.__new__(type(module)) for module in modules}
    others = (module for module in network.modules() if id(module) not in memo)
    held = (value for module in others for value in vars(module).values())
    memo |= {id(value): value for value in held if isinstance(value, UNIQUE)}
    for module in reversed(modules):  # what is in a module before it
        own = {name: value for name, value in vars(module).items() if name != "_compiled_call_impl"}
        vars(memo[id(module)]).update((name, _copied(value, memo, dtype)) for name, value in own.items())
    return copy.deepcopy(network, memo)


def _rebound(function: FunctionType, memo: dict[int, Any]) -> FunctionType:
    """A function that holds modules of the original, as a hook's `self.kept = output` does: the copy's."""
    cells = function.__closure__ or ()
    held = [cell.cell_contents if cell != CellType() else None for cell in cells]
    if not any(isinstance(value, nn.Module) and id(value) in memo for value in held):
        return function
    pairs = zip(held, cells, strict=True)
    new = tuple(CellType(memo[id(value)]) if id(value) in memo else cell for value, cell in pairs)
    known = function.__code__, function.__globals__, function.__name__, function.__defaults__, new
    copied = FunctionType(*known)
    copied.__kwdefaults__ = function.__kwdefaults__
    vars(copied).update(vars(function))
    return copied


def _is_usual(module: type) -> bool:
    """Whether a copy of it is no more than a copy of each of its attributes."""
    own = "__deepcopy__ __getstate__ __reduce__ __reduce_ex__ __slots__".split()
    above = module.__mro__[: module.__mro__.index(nn.Module)]
    return not any(name in vars(base) for base in above for name in own)


def _is_plain(module: nn.Module) -> bool:
    """Whether nothing in it may look at it while it is copied, as the graph of an exported one does."""
    return all(isinstance(value, PLAIN) for value in vars(module).values())


def _copied(value: Any, memo: dict[int, Any], dtype: torch.dtype | None) -> Any:
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, FunctionType):
        return _rebound(value, memo)
    if type(value) is Tensor:
        return memo.setdefault(id(value), _on_meta(value, dtype))
    if type(value) in SHARED or (type(value) is tuple and all(type(each) in SHARED for each in value)):
        return value
    if type(value) is set and not value:  # every module has one
        return set()
    if type(value) not in (dict, OrderedDict):
        return copy.deepcopy(value, memo)
    memo[id(value)] = new = type(value)()
    new.update((_copied(key, memo, dtype), _copied(each, memo, dtype)) for key, each in value.items())
    return new


# Torch wraps the method for its compiler, which takes two seconds to import and 20 µs at each operator.
_Watch.__torch_dispatch__ = getattr(  # type: ignore[method-assign]
    _Watch.__torch_dispatch__, "__wrapped__", _Watch.__torch_dispatch__
)


class _CopyToMeta(TorchFunctionMode):
    """Makes `deepcopy` of a tensor, wherever a model keeps one, a matter of its shape only."""

    def __init__(self, dtype: torch.dtype | None) -> None:
        super().__init__()
        self.dtype = dtype

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func is not Tensor.__deepcopy__:
            return func(*args, **(kwargs or {}))
        tensor, memo = args
        return memo.setdefault(id(tensor), _on_meta(tensor, self.dtype))


def _on_meta(tensor: Tensor, dtype: torch.dtype | None) -> Tensor:
    cast = dtype if dtype and tensor.is_floating_point() else tensor.dtype
    if tensor.is_contiguous() and tensor.layout is torch.strided:  # at once, where torch goes through Python
        return torch.empty_strided(tensor.shape, tensor.stride(), dtype=cast, device="meta")
    return torch.empty_like(tensor, dtype=cast, device="meta", requires_grad=False)


def _parameter_on_meta(parameter: nn.Parameter, dtype: torch.dtype | None) -> nn.Parameter:
    if is_lazy(parameter):
        raise TypeError(
            "a lazy layer has no weights before its first input: call the network once; "
            "profile() also takes what builds it"
        )
    return nn.Parameter(_on_meta(parameter.detach(), dtype), parameter.requires_grad)
