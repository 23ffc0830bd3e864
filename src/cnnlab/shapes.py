"""What common operators return on meta tensors, at once: torch computes it in Python, up to 4 ms an operator.

`SHORT[torch.ops.aten.gelu.default](*args, **kwargs)` is a tensor, or several, as torch itself would make it:
of the same shape, type and steps in memory. It is None where the case is not a plain one (other layouts,
mixed types, sizes that do not fit); then torch is asked, which also knows the error.

`fused_attention` is beside them: on meta torch takes attention apart, which a CPU does in one operator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import torch
from torch import Tensor

__all__ = ["SHORT", "apart", "fused_attention", "pages"]

ATEN = torch.ops.aten
Short = Callable[..., Any]
SHORT: dict[Any, Short] = {}
TYPES = (torch.float32, torch.float64)
POINTWISE = (
    "relu abs gelu silu sigmoid tanh hardswish hardsigmoid hardtanh leaky_relu elu softplus mish".split()
)


def _short(*operators: Any) -> Callable[[Short], Short]:
    def registered(function: Short) -> Short:
        SHORT.update(dict.fromkeys(operators, function))
        return function

    return registered


def _like(x: Tensor) -> Tensor:
    return torch.empty_strided(x.shape, x.stride(), dtype=x.dtype, device="meta")


def _new(x: Tensor, *size: int) -> Tensor:
    return torch.empty(size, dtype=x.dtype, device="meta")


def _is_plain(x: Any, ordered: bool = False) -> bool:
    """Of a usual type, one number after the other, in the order of the axes or with the channels last."""
    if not isinstance(x, Tensor) or not x.is_meta or x.dtype not in TYPES:
        return False
    if x.is_contiguous():  # where height and width are 1, the steps must say in which order
        return x.ndim != 4 or x.stride(1) == x.shape[2] * x.shape[3] == x.shape[2] * x.stride(2)
    return not ordered and x.ndim == 4 and x.is_contiguous(memory_format=torch.channels_last)


@_short(*(getattr(ATEN, name).default for name in POINTWISE))
def _pointwise(x: Tensor, *args: object, **kwargs: object) -> Tensor | None:
    return _like(x) if _is_plain(x) else None


@_short(ATEN.hardtanh_.default, ATEN.silu_.default, ATEN.hardswish_.default, ATEN.hardsigmoid_.default)
def _in_place(x: Tensor, *args: object, **kwargs: object) -> Tensor | None:
    return x if _is_plain(x) else None


@_short(ATEN.add.Tensor, ATEN.sub.Tensor, ATEN.mul.Tensor, ATEN.div.Tensor)
@_short(ATEN.mul.Scalar, ATEN.rsub.Scalar, ATEN.clamp_min.default)
def _binary(x: Any, y: Any, **kwargs: object) -> Tensor | None:
    """Where the second is a number, or is broadcast to the first in the same order of axes."""
    if not _is_plain(x):
        return None
    if isinstance(y, int | float):
        return _like(x)
    if not _is_plain(x, True) or not _is_plain(y, True) or y.dtype != x.dtype:
        return None
    fits = y.ndim <= x.ndim and all(m in (1, n) for m, n in zip(y.shape[::-1], x.shape[::-1], strict=False))
    return _like(x) if fits and x.ndim else None


@_short(ATEN.convolution.default)
def _convolution(
    x: Tensor,
    weight: Tensor,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    *rest: Any,
) -> Tensor | None:
    """Of images alone; what a layer takes is torch's to check. Channels stay last, as they do on a CPU."""
    groups = rest[1]
    if transposed or not _is_plain(x) or x.ndim != 4 or 1 in x.shape[1:] or not _is_plain(weight, True):
        return None
    if weight.ndim != 4 or x.dtype != weight.dtype or 1 in weight.shape[:1] or len(x) < 1:
        return None
    if (bias is not None and (*bias.shape,) != (weight.shape[0],)) or x.shape[1] != weight.shape[1] * groups:
        return None
    size = _places(x, weight.shape[2:], *(_pair(given) for given in (stride, padding, dilation)))
    if min(size) < 1 or len(weight) % groups:
        return None
    out = _new(x, len(x), len(weight), *size)
    return out if x.is_contiguous() else out.contiguous(memory_format=torch.channels_last)


def _places(x: Tensor, *how: Sequence[int]) -> list[int]:
    """How often a window fits down and across an image, by its kernel, stride, padding and dilation."""
    each = zip(x.shape[2:], *how, strict=True)
    return [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in each]


def _pair(given: Sequence[int]) -> Sequence[int]:
    return [*given] * 2 if len(given) == 1 else given


@_short(ATEN.max_pool2d_with_indices.default)
def _max_pool(
    x: Tensor,
    kernel_size: Sequence[int],
    stride: Sequence[int] = (),
    padding: Sequence[int] = (0,),
    dilation: Sequence[int] = (1,),
    ceil_mode: bool = False,
) -> tuple[Tensor, Tensor] | None:
    """Of images alone. Asked for it, torch imports SymPy first: 36 MiB and a fifth of a second."""
    if ceil_mode or not _is_plain(x) or x.ndim != 4 or 1 in x.shape[1:] or len(x) < 1:
        return None
    how = [_pair(given) for given in (kernel_size, stride or kernel_size, padding, dilation)]
    if any(len(given) != 2 for given in how) or min(*how[0], *how[1], *how[3]) < 1:
        return None
    size = _places(x, *how)
    if min(size) < 1 or any(not 0 <= 2 * p <= k for k, p in zip(how[0], how[2], strict=True)):
        return None
    order = torch.contiguous_format if x.is_contiguous() else torch.channels_last
    made = [
        torch.empty((*x.shape[:2], *size), dtype=dtype, device="meta", memory_format=order)
        for dtype in (x.dtype, torch.int64)
    ]
    return made[0], made[1]


@_short(ATEN.native_batch_norm.default)
def _batch_norm(
    x: Tensor, weight: Any, bias: Any, mean: Any, var: Any, training: bool, *args: object
) -> tuple[Tensor, ...] | None:
    known = [one for one in (weight, bias, mean, var) if one is not None]
    if not _is_plain(x) or x.ndim < 2 or any((*one.shape,) != (x.shape[1],) for one in known):
        return None
    if any(one.dtype != x.dtype for one in known) or not (training or mean is not None):
        return None
    if x.numel() <= x.shape[1]:  # one number a channel, which torch refuses to normalize
        return None
    return _like(x), _new(x, x.shape[1]), _new(x, x.shape[1])


@_short(ATEN.native_layer_norm.default)
def _layer_norm(
    x: Tensor, shape: Sequence[int], weight: Any, bias: Any, eps: float
) -> tuple[Tensor, ...] | None:
    known = [one for one in (weight, bias) if one is not None]
    if not _is_plain(x, True) or (*x.shape[x.ndim - len(shape) :],) != (*shape,):
        return None
    if any((*one.shape,) != (*shape,) or one.dtype != x.dtype for one in known):
        return None
    each = (*x.shape[: x.ndim - len(shape)], *[1] * len(shape))
    return _like(x), _new(x, *each), _new(x, *each)


@_short(ATEN.addmm.default)
def _addmm(bias: Tensor, x: Tensor, y: Tensor, **kwargs: object) -> Tensor | None:
    if not (_is_plain(bias) and _is_plain(x) and x.ndim == y.ndim == 2 and x.shape[1] == y.shape[0]):
        return None
    fits = (*bias.shape,) == (y.shape[1],) and bias.dtype == x.dtype == y.dtype
    return _new(x, x.shape[0], y.shape[1]) if fits else None


@_short(ATEN._softmax.default, ATEN._safe_softmax.default)
def _softmax(x: Tensor, dim: int, other: object = None) -> Tensor | None:
    fits = _is_plain(x, True) and -x.ndim <= dim < x.ndim and not other
    return _like(x) if fits else None


@_short(ATEN.cat.default)
def _cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor | None:
    first = tensors[0]
    if not all(_is_plain(x, True) and x.ndim == first.ndim for x in tensors) or not first.ndim:
        return None
    if not -first.ndim <= dim < first.ndim or any(x.dtype != first.dtype for x in tensors):
        return None
    sizes = [[*x.shape] for x in tensors]
    whole = sum(size[dim] for size in sizes)
    for size in sizes:
        size[dim] = whole
    return _new(first, *sizes[0]) if all(size == sizes[0] for size in sizes) else None


@_short(ATEN.mean.dim)
def _mean(x: Tensor, dim: Sequence[int] | None, keepdim: bool = False, **kwargs: object) -> Tensor | None:
    if kwargs or not dim or not _is_plain(x, True):
        return None
    if any(not -x.ndim <= axis < x.ndim for axis in dim):
        return None
    gone = {axis % x.ndim for axis in dim}
    if len(gone) < len(dim):
        return None
    return _new(x, *[1 if k in gone else n for k, n in enumerate(x.shape) if keepdim or k not in gone])


def _in_its_place(operator: Any, x: Tensor, *args: Any) -> Tensor | None:
    """In memory that torch takes for the input's size first: a smaller result goes on holding all of it."""
    if not x.is_meta or x.dtype not in TYPES:
        return None
    with suppress(RuntimeError):
        return torch.empty(x.shape, dtype=x.dtype, device="meta").resize_(operator(x, *args).shape)
    return None


SHORT.update(
    {operator: partial(_in_its_place, operator) for operator in (ATEN.im2col.default, ATEN.col2im.default)}
)

PAGE = 4096  # bytes
LINE = 16  # float32 numbers of a line of the cache
ALIAS = 256  # numbers so far apart fall on each other there


def pages(*parts: int) -> int:
    """Bytes of several parts, each of whole pages."""
    return sum(-(-part // PAGE) * PAGE for part in parts)


def apart(n: int) -> int:
    """Numbers from one row to the next, as oneDNN lays out matrices of a recurrent layer."""
    n = -(-n // LINE) * LINE
    return n + LINE * (n % ALIAS == 0)


@_short(ATEN.mkldnn_rnn_layer.default)
def _recurrent(x: Tensor, weight: Tensor, *args: Any) -> tuple[Tensor, ...] | None:
    """Of a sequence [L, N, C] all states, the last ones, and what the way back reads.

    That is the gates, the state before the last product, and three times the states on the side of the
    inputs and twice the cells, those of the step before the first and of the layer below included.
    """
    if not x.is_meta:
        return None
    (length, n, channels), states, size = x.shape, weight.shape[0] // 4, x.element_size()
    start, cells = args[3:5]
    wide, cell = (2 * (length + 1) * n * m * size for m in (apart(max(channels, states)), states))
    gates, before = (length * n * apart(m) * size for m in (4 * states, states))
    kept = pages(gates, before, *[wide] * 3, *[cell] * 2) if torch.is_grad_enabled() else 0
    workspace = torch.empty(kept, dtype=torch.uint8, device="meta")
    return _new(x, length, n, states), _new(start, *start.shape), _new(cells, *cells.shape), workspace


@_short(ATEN.mkldnn_rnn_layer_backward.default)
def _recurrent_backward(x: Tensor, *args: Any) -> tuple[Tensor, ...] | None:
    """A gradient of each, asked for or not; both biases have the same one."""
    if not x.is_meta:
        return None
    to_gates, from_before, bias, _, start, cells = args[:6]
    made = [_new(each, *each.shape) for each in (x, to_gates, from_before, start, cells)]
    both = _new(bias, to_gates.shape[0])
    return *made[:3], both, both, *made[3:]


FUSED = (*TYPES, torch.bfloat16, torch.float16)
NEWER = torch.__version__ >= "2.14"  # since then three axes are fused too, and one head of keys for all


def fused_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor | None:
    """What a CPU's fused operator returns, or None where torch takes attention apart there too."""
    three = query, key, value
    if NEWER and all(x.ndim == 3 for x in three):  # as one image, and so is its mask
        mask = attn_mask if attn_mask is None else attn_mask[(None,) * (4 - attn_mask.ndim)]
        one = fused_attention(
            query[None], key[None], value[None], mask, dropout_p, is_causal, scale, enable_gqa
        )
        return one if one is None else one.squeeze(0)
    allowed = torch.backends.cuda.flash_sdp_enabled()  # type: ignore[no-untyped-call]
    if dropout_p or not allowed or not _is_fused(*three, enable_gqa):
        return None
    if attn_mask is not None:
        full = (*query.shape[:-1], key.shape[-2])
        sizes = (*attn_mask.shape,)
        fits = all(n in (1, m) for n, m in zip(sizes[::-1], full[::-1], strict=False))
        if len(sizes) not in (2, 4) or not fits or attn_mask.requires_grad:
            return None
        if attn_mask.dtype is torch.bool:  # as torch does before it calls the operator
            attn_mask = torch.where(attn_mask, 0.0, -torch.inf).to(query.dtype)
    fused = ATEN._scaled_dot_product_flash_attention_for_cpu
    return fused(*three, dropout_p, is_causal, attn_mask=attn_mask, scale=scale)[0]  # type: ignore[no-any-return]


def _is_fused(query: Tensor, key: Tensor, value: Tensor, grouped: bool) -> bool:
    """Whether torch's kernel takes them: `torch/aten/.../transformers/sdp_utils_cpp.cpp` has the list."""
    three = query, key, value
    if any(x.ndim != 4 or x.dtype != query.dtype or x.stride(-1) != 1 for x in three):
        return False
    heads = [x.shape[1] for x in three]
    is_one = len({x.shape[0] for x in three}) == len({x.shape[3] for x in three}) == 1
    shared = (grouped and heads[0] % heads[1] == 0) or (NEWER and heads[1] == 1)
    meet = heads[1] == heads[2] and (heads[0] == heads[1] or shared)
    some = min(query.shape[2], key.shape[2]) > 0 and key.shape[2] == value.shape[2]
    return query.dtype in FUSED and is_one and meet and some
