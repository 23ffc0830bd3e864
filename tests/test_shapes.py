"""What `cnnlab.shapes` says that operators return, beside what torch itself makes of the same tensors."""

import itertools

import pytest
import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only

from cnnlab.shapes import SHORT, fused_attention

ATEN = torch.ops.aten
# Torch makes these of numbers alone.
RECURRENT = ATEN.mkldnn_rnn_layer.default, ATEN.mkldnn_rnn_layer_backward.default


def images(shape, dtype):
    """The same numbers in several orders in memory; some are no plain tensor."""
    x = torch.empty(shape, dtype=dtype, device="meta")
    yield x
    if x.ndim == 4:
        yield x.to(memory_format=torch.channels_last)
        yield torch.empty(*shape[:3], shape[3] + 2, dtype=dtype, device="meta")[..., 1:-1]
    yield torch.empty(shape[::-1], dtype=dtype, device="meta").permute(*range(len(shape))[::-1])


def like(x, *shape, dtype=None):
    return torch.empty(shape, dtype=dtype or x.dtype, device="meta")


def calls(operator, x):
    """Arguments for an operator that has `x` for its first tensor; some do not fit."""
    name, last = operator.overloadpacket.__name__, x.shape[-1]
    if operator in (ATEN.add.Tensor, ATEN.sub.Tensor, ATEN.mul.Tensor, ATEN.div.Tensor):
        yield from ((x, y) for y in images(x.shape, x.dtype))
        yield from ((x, y) for y in (2, 0.5, like(x, last), like(x), like(x, 7, 1, 1, 1), like(x, 1, 1)))
        yield from ((x, like(x, *x.shape[:2], *[1] * (x.ndim - 2))), (x, like(x, last, dtype=torch.float16)))
        yield like(x, *[1] * x.ndim), x
        yield x, torch.empty(x.shape, dtype=torch.int64, device="meta")
    elif name in ("mul", "rsub", "clamp_min"):
        yield from ((x, 2), (x, 0.5))
    elif name == "convolution":
        c = x.shape[1]
        kernels = [like(x, 8, c, 3, 2), like(x, 8, c, 1, 1), like(x, 6, c // 2, 2, 3), like(x, 1, c, 2, 2)]
        kernels += [like(x, 4, c, 3), like(x, 4, c, 9, 9), kernels[0].to(memory_format=torch.channels_last)]
        how = [([1, 1], [0, 0], [1, 1]), ([2, 1], [1, 2], [1, 2]), ([2], [1], [1]), ([3, 3], [9, 0], [2, 1])]
        for kernel, given, groups in itertools.product(kernels, how, (1, 2)):
            biases = (None, like(x, len(kernel)), like(x, 3))
            yield from ((x, kernel, bias, *given, False, [0] * len(given[0]), groups) for bias in biases)
    elif name == "max_pool2d_with_indices":
        for kernel, stride, padding in itertools.product(
            ([2, 2], [3], [3, 1]), ([], [2, 2], [1]), ([0, 0], [1])
        ):
            yield from ((x, kernel, stride, padding, dilation) for dilation in ([1, 1], [2, 1]))
        yield from ((x, [2, 2]), (x, [2, 2], [2, 2], [0, 0], [1, 1], True), (x, [2, 2], [2, 2], [2, 2]))
        yield from ((x, [9, 9]), (x, [0, 2]), (x, [2, 2], [0, 1]), (x, [2, 2, 2]), (x, [2, 2], [1], [-1]))
    elif name == "native_batch_norm":
        c, d = like(x, x.shape[1]), like(x, x.shape[1] + 1)
        for training, given in itertools.product(
            (False, True), [(c,) * 4, (None, None, c, c), (c, c, None, None)]
        ):
            yield (x, *given, training, 0.1, 1e-5)
        yield (x, d, d, d, d, False, 0.1, 1e-5)
    elif name == "native_layer_norm":
        w = like(x, last)
        yield from ((x, [last], w, w, 1e-5), (x, [last], None, None, 1e-5), (x, [last + 1], w, w, 1e-5))
        yield x, [*x.shape[-2:]], None, None, 1e-5
    elif name == "addmm":
        rows, y = x.reshape(-1, last), like(x, last, 5)
        for bias in (like(x, 5), like(x, 1), like(x, len(rows), 5), like(x, 4)):
            yield from ((bias, rows, y), (bias, rows, like(x, 5, last).t()), (bias, rows, like(x, 9, 5)))
    elif name in ("_softmax", "_safe_softmax"):
        yield from ((x, dim, *[False] * (name == "_softmax")) for dim in (-1, 1, 9))
    elif name == "cat":
        yield from (([x, y], dim) for y in images(x.shape, x.dtype) for dim in (0, 1, -1, 9))
        yield from (([x],), ([x, like(x, 0)], 1), ([x, like(x, *x.shape[:-1], 3)], -1), ([x, x[:1]], 1))
        yield ([x, torch.empty(x.shape, dtype=torch.float16, device="meta")],)
    elif name == "mean":
        yield from (
            (x, dim, keep) for dim in ([-1], [-2, -1], [0], [1, 1], [9], []) for keep in (False, True)
        )
    elif name == "im2col":
        yield from ((x, [2, 2], [1, 1], [0, 0], [1, 1]), (x, [2, 1], [1, 2], [1, 0], [2, 2]))
        yield x, [9, 9], [1, 1], [0, 0], [1, 1]
    elif name == "col2im":
        yield from ((x, [3, 4], kernel, [1, 1], [0, 0], [1, 1]) for kernel in ([3, 1], [2, 2], [9, 9]))
    else:
        yield (x,)


def by_torch(operator, arguments):
    """Of a convolution torch says on a CPU alone that channels stay last: there it knows its kernel."""
    x = arguments[0]
    if operator is not ATEN.convolution.default or x.is_contiguous():
        return operator(*arguments)
    real = tree_map_only(
        torch.Tensor, lambda x: torch.zeros(x.shape, dtype=x.dtype).as_strided(x.shape, x.stride()), arguments
    )
    return operator(*real).to("meta")


def made(run):
    """Shapes, types and steps of what comes back; the name of an error."""
    try:
        outputs = run()
    except Exception as error:
        return type(error).__name__
    outputs = [outputs] if isinstance(outputs, torch.Tensor) else outputs
    return [(x.shape, x.dtype, x.device, x.stride(), x.storage_offset()) for x in outputs]


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64, torch.int64])
@pytest.mark.parametrize("operator", [one for one in SHORT if one not in RECURRENT], ids=str)
def test_what_is_said_at_once_is_what_torch_makes(operator, dtype):
    said = 0
    for shape in [(2, 6, 5, 4), (1, 6, 1, 1), (2, 3, 4), (4, 6)]:
        for x in images(shape, dtype):
            for arguments in calls(operator, x):
                ours = SHORT[operator](*arguments)
                if ours is not None:
                    said += 1
                    assert made(lambda ours=ours: ours) == made(
                        lambda args=arguments: by_torch(operator, args)
                    ), arguments
    assert said >= 2 * dtype.is_floating_point * (dtype != torch.float16)


@pytest.mark.parametrize(
    ("length", "n", "channels", "states"), [(3, 2, 16, 32), (5, 4, 64, 64), (1, 1, 32, 16)]
)
def test_what_is_said_of_an_lstm_is_what_onednn_makes_of_numbers(length, n, channels, states):
    """Also how many bytes it keeps for the way back; widths are whole blocks of every processor."""
    forward, backward = RECURRENT
    x, start, cells = torch.zeros(length, n, channels), *torch.zeros(2, n, states)
    weights = [torch.zeros(4 * states, *more) for more in ((channels,), (states,), (), ())]
    size = 2, states, 1, True
    given = x, *weights, start, cells, False, [], *size, False, False, True
    *results, kept = outputs = forward(*given)
    assert made(lambda: said_of(forward, given)) == made(lambda: [x.to("meta") for x in outputs])
    way_back = x, *weights, start, cells, *results, *results, False, *size, True, False, [], False, kept
    gradients = backward(*way_back)
    assert made(lambda: said_of(backward, way_back)) == made(lambda: [x.to("meta") for x in gradients])


def said_of(operator, arguments):
    return SHORT[operator](*tree_map_only(torch.Tensor, lambda x: x.to("meta"), arguments))


@pytest.mark.parametrize("operator", [one for one in SHORT if str(one).split(".")[1].endswith("_")], ids=str)
def test_in_place_the_tensor_itself_comes_back(operator):
    x = torch.empty(2, 3, device="meta")
    assert SHORT[operator](x) is x


# Query, key, value and more: cases that fused attention takes on a CPU, and some that it does not.
HEADS = torch.zeros(2, 4, 6, 8)
ATTENTION = {
    "plain": ([HEADS] * 3, {}),
    "an axis less": ([HEADS[0]] * 3, {}),
    "an axis less, dropout": ([HEADS[0]] * 3, {"dropout_p": 0.1}),
    "an axis less, tokens first": ([torch.zeros(6, 4, 8).transpose(0, 1)] * 3, {}),
    "an axis less, one head of keys": ([HEADS[0], HEADS[0, :1], HEADS[0, :1]], {}),
    "an axis less in the query": ([HEADS[0], HEADS, HEADS], {}),
    "two axes": ([HEADS[0, 0]] * 3, {}),
    **{
        f"an axis less, a mask {shape}": ([HEADS[0]] * 3, {"attn_mask": torch.zeros(shape)})
        for shape in [(), (6,), (1, 6), (6, 6), (4, 6, 6), (4, 1, 6)]
    },
    "dropout": ([HEADS] * 3, {"dropout_p": 0.1}),
    "values of another width": ([HEADS, HEADS, HEADS[..., :5].contiguous()], {}),
    "fewer keys": ([HEADS, HEADS[:, :, :3], HEADS[:, :, :3]], {}),
    "no keys": ([HEADS, HEADS[:, :, :0], HEADS[:, :, :0]], {}),
    "one head of keys": ([HEADS, HEADS[:, :1], HEADS[:, :1]], {}),
    "one head of keys, not of values": ([HEADS, HEADS[:, :1], HEADS], {}),
    "one head of queries": ([HEADS[:, :1], HEADS, HEADS], {}),
    "groups": ([HEADS, HEADS[:, :2], HEADS[:, :2]], {"enable_gqa": True}),
    "one image's keys": ([HEADS, HEADS[:1], HEADS[:1]], {}),
    "channels apart": ([torch.zeros(2, 4, 8, 6).mT, HEADS, HEADS], {}),
    "tokens first": ([torch.zeros(2, 6, 4, 8).transpose(1, 2)] * 3, {}),
    "16 bits": ([HEADS.half()] * 3, {}),
    "two types": ([HEADS, HEADS.double(), HEADS], {}),
    "integers": ([HEADS.long()] * 3, {}),
    "complex": ([HEADS.to(torch.complex64)] * 3, {}),
    "causal": ([HEADS] * 3, {"is_causal": True}),
    "scaled": ([HEADS] * 3, {"scale": 2.0}),
    **{
        f"a mask {shape}": ([HEADS] * 3, {"attn_mask": torch.zeros(shape)})
        for shape in [(6, 6), (1, 6), (6, 1), (4, 6, 6), (2, 4, 6, 6), (2, 1, 6, 6), (1, 1, 1, 6), (1, 6, 6)]
    },
    "a mask of bits": ([HEADS] * 3, {"attn_mask": torch.ones(6, 6, dtype=torch.bool)}),
    "a mask that learns": ([HEADS] * 3, {"attn_mask": torch.zeros(6, 6, requires_grad=True)}),
}


@pytest.mark.parametrize("name", ATTENTION)
def test_attention_is_one_operator_where_a_cpu_chooses_so(name):
    inputs, more = ATTENTION[name]
    ours = fused_attention(
        *tree_map_only(torch.Tensor, on_meta, inputs), **tree_map_only(torch.Tensor, on_meta, more)
    )
    try:
        with Operators() as ran:
            real = torch.nn.functional.scaled_dot_product_attention(*inputs, **more)
    except RuntimeError:
        assert ours is None
        return
    assert (ours is not None) == (ATEN._scaled_dot_product_flash_attention_for_cpu.default in ran.met)
    if ours is not None:
        assert (ours.shape, ours.dtype, ours.stride()) == (real.shape, real.dtype, real.stride())


class Operators(TorchDispatchMode):
    """Notes what runs."""

    def __init__(self):
        super().__init__()
        self.met = set()

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        self.met.add(operator)
        return operator(*args, **(kwargs or {}))


def on_meta(x):
    return torch.empty_strided(
        x.shape, x.stride(), dtype=x.dtype, device="meta", requires_grad=x.requires_grad
    )


def test_attention_is_taken_apart_for_whoever_asks_for_it():
    with sdpa_kernel(SDPBackend.MATH):
        assert fused_attention(*[on_meta(HEADS)] * 3) is None


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (2, 3)])
def test_windows_hold_the_memory_of_the_larger_of_both(kernel, stride):
    """As torch's own kernels do on a CPU: what they write into was taken for the input, and then resized."""
    x = torch.rand(2, 4, 13, 11)
    columns = F.unfold(x, kernel, stride=stride)
    for operator, tensor, *sizes in (
        (ATEN.im2col.default, x),
        (ATEN.col2im.default, columns, [13, 11]),
    ):
        how = (*sizes, [kernel] * 2, [1, 1], [0, 0], [stride] * 2)
        real, said = operator(tensor, *how), SHORT[operator](tensor.to("meta"), *how)
        assert said.untyped_storage().nbytes() == real.untyped_storage().nbytes()
