"""What each operator of torch computes, as `cnnlab.profiler` counts it, and what its kernel borrows.

`RULES[torch.ops.aten.name]` is a function Event → Ops, for all overloads of a name. An operator of your own
gets one with `RULES[torch.ops.mine.blur] = lambda event: Ops("elementwise", elementwise=9)`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import ceil, log2, prod
from typing import Any, NamedTuple

import torch
from torch import Tensor

from cnnlab.trace import Event, Rules

__all__ = ["COUNTS", "FREE", "RULES", "SCRATCH", "Ops"]


class Ops(NamedTuple):
    """What one operator computes, and the product that gives its MACs."""

    kind: str  # convolution, matmul, norm, activation, elementwise, max_pool, average_pool or move
    macs: int = 0
    bias: int = 0
    norm: int = 0
    activation: int = 0
    elementwise: int = 0
    pooling: int = 0
    factors: tuple[tuple[str, object], ...] = ()  # symbol, number


COUNTS = "macs bias norm activation elementwise pooling".split()  # of Ops, those that can be added up

ATEN = torch.ops.aten
RULES = Rules("cnnlab.counting.RULES", 'lambda event: Ops("elementwise", elementwise=event.outputs.numel())')
FREE = frozenset(
    """
    empty empty_like empty_strided new_empty new_empty_strided _unsafe_view lift_fresh as_strided_ set_
    unsafe_split unsafe_split_with_sizes _record_function_enter_new _record_function_exit
    _local_scalar_dense equal is_same_size _has_same_storage_numel _assert_async _assert_scalar
    _assert_tensor_metadata _linalg_check_errors
    """.split()
)
AXES = {1: "W", 2: "H W", 3: "D H W"}


def _numel(event: Event) -> int:
    """Floating-point numbers in the first result."""
    out = event.tensors_out[:1]
    return out[0].numel() if out and out[0].is_floating_point() else 0


def _convolve(
    pixels: Tensor, weight: Tensor, transposed: bool, groups: int
) -> tuple[tuple[str, object], ...]:
    """Every weight is used once at every output; in a transposed convolution, at every input."""
    batch, channels, *size = pixels.shape if pixels.dim() == weight.dim() else (1, *pixels.shape)
    axes, (own, other) = AXES[len(size)].split(), ("in", "out") if transposed else ("out", "in")
    return (
        ("N", batch),
        (f"{own}_channels", channels),
        *((f"{axis}_{own}", n) for axis, n in zip(axes, size, strict=True)),
        (
            f"{other}_channels / groups",
            f"{weight.shape[1] * groups} / {groups}" if groups > 1 else weight.shape[1],
        ),
        *((f"k_{axis.lower()}", k) for axis, k in zip(axes, weight.shape[2:], strict=True)),
    )


@RULES.register("convolution")
def _convolution(event: Event) -> Ops:
    a = event.arguments
    pixels = a["input"] if a["transposed"] else event.outputs
    factors = _convolve(pixels, a["weight"], a["transposed"], a["groups"])
    macs = pixels.numel() * a["weight"][0].numel()
    return Ops("convolution", macs, event.outputs.numel() * (a["bias"] is not None), factors=factors)


@RULES.register("convolution_backward")
def _convolution_backward(event: Event) -> Ops:
    """As many MACs as forward for the input's gradient, and again for the weight's."""
    a = event.arguments
    pixels = a["input"] if a["transposed"] else a["grad_output"]
    to_input, to_weight, to_bias = a["output_mask"]
    times = to_input + to_weight
    factors = (("gradients", times), *_convolve(pixels, a["weight"], a["transposed"], a["groups"]))
    macs = times * pixels.numel() * a["weight"][0].numel()
    return Ops("convolution", macs, a["grad_output"].numel() * to_bias, factors=factors if macs else ())


@RULES.register("mm bmm addmm baddbmm addbmm mv dot vdot addmv _int_mm")
def _matmul(event: Event) -> Ops:
    left, right = event.args[-2:]
    *rows, inner = left.shape
    columns = right.shape[max(1, left.dim() - 1) :]
    names = ["batch"] * (len(rows) - 1) + ["rows"] * bool(rows) + ["inner"] + ["columns"] * len(columns)
    sizes = (*rows, inner, *columns)
    bias = event.outputs.numel() * (len(event.args) == 3)
    return Ops("matmul", prod(sizes), bias, factors=tuple(zip(names, sizes, strict=True)))


@RULES.register("_scaled_mm _grouped_mm _scaled_grouped_mm")
def _by_group(event: Event) -> Ops:
    """Each row with the weights of its own group alone; where the inner axis is cut up, each part once."""
    left, right, out = *event.args[:2], event.outputs
    outputs = out.numel() // (len(out) if out.ndim > max(left.ndim, right.ndim) else 1)
    factors = (("outputs", outputs), ("inner", left.shape[-1]))
    return Ops("matmul", prod(n for _, n in factors), factors=factors)


@RULES.register("conv_tbc")
def _convolution_of_time(event: Event) -> Ops:
    """Of sequences [L, N, C], with weights [k, in, out]."""
    weight, out = event.args[1], event.outputs
    macs = out.numel() * weight.shape[0] * weight.shape[1]
    return Ops(
        "convolution", macs, out.numel(), factors=(("outputs", out.numel()), ("k · in", macs // out.numel()))
    )


@RULES.register("_euclidean_dist")
def _distance_by_product(event: Event) -> Ops:
    """As torch takes more than 25 points: a product of their numbers, squares and a one, and its root."""
    rows, inner = event.args[0].shape[-2:]
    sizes = (prod(event.args[0].shape[:-2]), rows, inner + 2, event.args[1].shape[-2])
    names = ("batch", "rows", "inner + 2", "columns")
    return Ops(
        "matmul", prod(sizes), activation=event.outputs.numel(), factors=tuple(zip(names, sizes, strict=True))
    )


@RULES.register(
    """
    native_batch_norm _batch_norm_with_update cudnn_batch_norm _native_batch_norm_legit
    _native_batch_norm_legit_no_training _native_batch_norm_legit_functional
    native_layer_norm native_group_norm _fused_rms_norm
    native_batch_norm_backward native_layer_norm_backward native_group_norm_backward
    _fused_rms_norm_backward
    """
)
def _norm(event: Event) -> Ops:
    return Ops("norm", norm=event.tensors_in[0].numel())


@RULES.register(
    """
    relu hardtanh leaky_relu elu celu selu gelu silu mish sigmoid tanh hardswish hardsigmoid softplus
    threshold _prelu_kernel glu log_sigmoid_forward softshrink hardshrink rrelu_with_noise _softmax
    _log_softmax _safe_softmax erf threshold_backward hardtanh_backward leaky_relu_backward elu_backward
    gelu_backward silu_backward mish_backward sigmoid_backward tanh_backward hardswish_backward
    hardsigmoid_backward softplus_backward _prelu_kernel_backward glu_backward log_sigmoid_backward
    softshrink_backward hardshrink_backward rrelu_with_noise_backward _softmax_backward_data
    _log_softmax_backward_data
    """
)
def _activation(event: Event) -> Ops:
    return Ops("activation", activation=_numel(event))


@RULES.register(
    """
    add sub rsub mul div floor_divide neg abs sign pow log1p sqrt rsqrt exp log square reciprocal maximum
    minimum clamp clamp_min clamp_max floor ceil round sin cos addcmul addcdiv lerp where masked_fill
    bernoulli native_dropout native_dropout_backward fmod remainder eq ne lt le gt ge logical_not logical_and
    logical_or bucketize searchsorted linalg_cross dist histc nll_loss_backward nll_loss2d_backward
    mse_loss_backward huber_loss_backward smooth_l1_loss_backward binary_cross_entropy_backward
    soft_margin_loss_backward
    """
)
def _elementwise(event: Event) -> Ops:
    return Ops("elementwise", elementwise=_numel(event))


@RULES.register(
    """
    sum max min amax amin argmax argmin std var std_mean var_mean prod norm logsumexp linalg_vector_norm
    all any _is_all_true _is_any_true count_nonzero cumsum cumprod cummax cummin logcumsumexp median
    nanmedian kthvalue mode aminmax scatter_reduce index_reduce renorm col2im max_pool2d_with_indices_backward
    max_pool3d_with_indices_backward avg_pool2d_backward avg_pool3d_backward _adaptive_avg_pool2d_backward
    _adaptive_avg_pool3d_backward adaptive_max_pool2d_backward adaptive_max_pool3d_backward
    fractional_max_pool2d_backward fractional_max_pool3d_backward segment_reduce _segment_reduce_backward
    embedding_dense_backward index_add scatter_add nll_loss_forward nll_loss2d_forward mse_loss huber_loss
    smooth_l1_loss binary_cross_entropy binary_cross_entropy_with_logits soft_margin_loss
    fake_quantize_per_tensor_affine_cachemask
    fake_quantize_per_channel_affine_cachemask _fake_quantize_per_tensor_affine_cachemask_tensor_qparams
    _fused_moving_avg_obs_fq_helper
    """
)
def _reduction(event: Event) -> Ops:
    """One for each number of the first argument."""
    first = event.tensors_in[0]
    return Ops("elementwise", elementwise=first.numel() * first.is_floating_point())


# A result of an interpolation along one axis is a mix of so many numbers; the nearest is only copied.
TAPS = {"upsample_linear1d": 2, "upsample_bilinear2d": 4, "upsample_bicubic2d": 16, "upsample_trilinear3d": 8}
MODES = "bilinear nearest bicubic".split()  # of grid_sample, as torch numbers them


@RULES.register(" ".join([*TAPS, *(f"{name}_backward" for name in TAPS)]))
def _interpolation(event: Event) -> Ops:
    name = event.operator.overloadpacket.__name__
    pixels = event.tensors_in[0] if name.endswith("_backward") else event.outputs
    return Ops("elementwise", elementwise=TAPS[name.removesuffix("_backward")] * pixels.numel())


@RULES.register("_upsample_bilinear2d_aa _upsample_bicubic2d_aa")
@RULES.register("_upsample_bilinear2d_aa_backward _upsample_bicubic2d_aa_backward")
def _antialiased(event: Event) -> Ops:
    """A mix along columns and then along rows, of as many more as the image is made smaller."""
    width = 2 if "bilinear" in str(event.operator) else 4
    image, out = event.args[0], event.outputs
    if "backward" in str(event.operator):
        image, out = out, image
    *_, height, columns = image.shape
    taps = [ceil(width * max(size / n, 1)) for size, n in zip((height, columns), out.shape[-2:], strict=True)]
    first = out.numel() // out.shape[-2] * height
    return Ops("elementwise", elementwise=first * taps[1] + out.numel() * taps[0])


@RULES.register("grid_sampler_2d grid_sampler_3d grid_sampler_2d_backward grid_sampler_3d_backward")
def _sampling(event: Event) -> Ops:
    """On the way back once for the image's gradient, and once for the grid's."""
    a = event.arguments
    sampled, times = a.get("grad_output", event.outputs), sum(a.get("output_mask", (True,)))
    axes, mode = sampled.ndim - 2, MODES[a["interpolation_mode"]]
    taps = {"bilinear": 2**axes, "nearest": 0, "bicubic": 4**axes}[mode]
    return Ops("elementwise" if taps else "move", elementwise=times * taps * sampled.numel())


@RULES.register("affine_grid_generator")
def _grid(event: Event) -> Ops:
    """Each point of the grid, and a one, times a matrix."""
    out, theta = event.outputs, event.args[0]
    names = ["batch", "points", "rows", "columns"]
    sizes = (theta.shape[0], prod(out.shape[1:-1]), *theta.shape[1:])
    return Ops("matmul", prod(sizes), factors=tuple(zip(names, sizes, strict=True)))


@RULES.register("_fft_r2c _fft_c2r _fft_c2c")
def _fourier(event: Event) -> Ops:
    """5 n log2 n for n complex numbers, half of it for n real ones: the convention of Frigo and Johnson."""
    real, spectrum = sorted([event.args[0], event.outputs], key=torch.is_complex)
    whole = spectrum if torch.is_complex(real) else real
    points = prod(whole.shape[axis] for axis in event.args[1])
    half = 1 if whole is spectrum else 2
    return Ops("elementwise", elementwise=round(5 * whole.numel() * log2(points) / half))


@RULES.register("_cdist_forward _pdist_forward _cdist_backward _pdist_backward")
def _distance(event: Event) -> Ops:
    """A difference for each pair and axis."""
    *gradient, points = event.args[:1] if "forward" in str(event.operator) else event.args[:2]
    pairs = gradient[0] if gradient else event.outputs
    return Ops("elementwise", elementwise=pairs.numel() * points.shape[-1])


# Leading terms for a matrix of m rows and n columns, m ≥ n, and k columns on the right: LAPACK Working Note
# 41; for eigenvalues and singular values, with their vectors, Golub and Van Loan, sections 8.3 and 8.6.
Work = Callable[[int, int, int], float]
LAPACK: dict[str, Work] = {
    "linalg_cholesky_ex": lambda m, n, k: n**3 / 3,
    "cholesky_inverse": lambda m, n, k: 2 * n**3 / 3,
    "linalg_lu linalg_lu_factor_ex _linalg_det _linalg_slogdet": lambda m, n, k: m * n**2 - n**3 / 3,
    "linalg_inv_ex": lambda m, n, k: 2 * n**3,
    "_linalg_solve_ex": lambda m, n, k: 2 * n**3 / 3 + 2 * n**2 * k,
    "linalg_lu_solve cholesky_solve": lambda m, n, k: 2 * n**2 * k,
    "linalg_solve_triangular": lambda m, n, k: n**2 * k,
    "linalg_householder_product": lambda m, n, k: 2 * m * n**2 - 2 * n**3 / 3,
    "linalg_qr": lambda m, n, k: 4 * m * n**2 - 4 * n**3 / 3,
    "_linalg_eigh": lambda m, n, k: 9 * n**3,
    "_linalg_svd": lambda m, n, k: 6 * m * n**2 + 20 * n**3,
}


def _factored(event: Event, work: Work) -> Ops:
    """Of each matrix of a batch; a square one is solved for the numbers of its right side."""
    by_root = event.operator.overloadpacket is ATEN.cholesky_solve  # the only one with its right side first
    matrix, is_solved = event.args[by_root], by_root or "B" in event.arguments
    batch, (n, m) = prod(matrix.shape[:-2]), sorted(matrix.shape[-2:])
    columns = is_solved * event.tensors_out[0].numel() // n // max(batch, 1)
    return Ops("elementwise", elementwise=round(batch * work(m, n, columns)))


for names, work in LAPACK.items():
    RULES.register(names)(partial(_factored, work=work))


@RULES.register("_weight_norm_interface _weight_norm_interface_backward")
def _weight_norm(event: Event) -> Ops:
    return Ops("norm", norm=max(tensor.numel() for tensor in event.tensors_in))


ATTENTION = "flash_attention efficient_attention cudnn_attention fused_attention_overrideable".split()
ATTENTION = ["flash_attention_for_cpu", *ATTENTION]


@RULES.register(" ".join(f"_scaled_dot_product_{name}" for name in ATTENTION))
def _attention(event: Event) -> Ops:
    """Each query times each key, and the weights times the values; a softmax in between."""
    query, key, value = event.args[:3]
    weights = query.numel() // query.shape[-1] * key.shape[-2]
    factors = (("weights", weights), ("q_channels + v_channels", query.shape[-1] + value.shape[-1]))
    return Ops("matmul", prod(n for _, n in factors), activation=weights, factors=factors)


@RULES.register(" ".join(f"_scaled_dot_product_{name}_backward" for name in ATTENTION))
def _attention_backward(event: Event) -> Ops:
    """The weights once more, their gradient, and those of query, key and value: five products, not two."""
    query, key, value = event.args[1:4]
    weights = query.numel() // query.shape[-1] * key.shape[-2]
    factors = (
        ("weights", weights),
        ("3 q_channels + 2 v_channels", 3 * query.shape[-1] + 2 * value.shape[-1]),
    )
    return Ops("matmul", prod(n for _, n in factors), activation=2 * weights, factors=factors)


@RULES.register("mkldnn_rnn_layer mkldnn_rnn_layer_backward")
def _recurrent(event: Event) -> Ops:
    """An LSTM on the CPU in one call: each token once, and what came of the one before once.

    Five nonlinearities for each state; sums of both products, and what they open and close. On the way back
    once more for the weights, and for the tokens and what came before as far as a gradient of them is asked.
    """
    tokens, to_gates, from_before = event.args[:3]
    steps, (gates, states) = tokens.numel() // tokens.shape[-1], from_before.shape
    own = {"activation": 5 * steps * states, "elementwise": steps * (gates + 4 * states)}
    if "backward" in str(event.operator):
        earlier = steps if event.args[5].requires_grad else steps - event.args[5].shape[0]
        again = steps * tokens.requires_grad * to_gates.numel() + earlier * from_before.numel()
        return Ops("matmul", steps * (to_gates.numel() + from_before.numel()) + again, **own)
    factors = (("steps", steps), ("weights", to_gates.numel() + from_before.numel()))
    bias = steps * 2 * gates * event.arguments["has_biases"]
    return Ops("matmul", prod(n for _, n in factors), bias, factors=factors, **own)


@RULES.register("torchvision.deform_conv2d")
def _deformable(event: Event) -> Ops:
    """A convolution of what is mixed from four pixels for each weight of each output."""
    pixels, weight, groups = event.outputs, event.args[1], event.arguments["groups"]
    sampled = pixels.numel() // pixels.shape[1] * weight[0].numel() * groups
    macs = pixels.numel() * weight[0].numel()
    factors = _convolve(pixels, weight, False, groups)
    return Ops("convolution", macs, pixels.numel(), elementwise=4 * sampled, factors=factors)


@RULES.register("torchvision.roi_align torchvision.ps_roi_align")
def _aligned(event: Event) -> Ops:
    """A mean over a square of samples, each a mix of four pixels; as many as torchvision takes at least."""
    samples = max(event.arguments["sampling_ratio"], 1) ** 2
    return Ops("average_pool", pooling=4 * samples * event.tensors_out[0].numel())


@RULES.register("torchvision.roi_pool torchvision.ps_roi_pool")
def _region(event: Event) -> Ops:
    """One for each number that comes out: how many pixels a box has, only its values say."""
    return Ops("max_pool", pooling=event.tensors_out[0].numel())


@RULES.register("torchvision.nms")
def _suppression(event: Event) -> Ops:
    """Each box against each other once."""
    boxes = event.args[0].shape[0]
    return Ops("elementwise", elementwise=boxes * (boxes - 1) // 2)


@RULES.register(
    """
    t_ transpose_ squeeze_ unsqueeze_ detach_ cat stack constant_pad_nd reflection_pad1d reflection_pad2d
    reflection_pad3d replication_pad1d replication_pad2d replication_pad3d clone copy _to_copy fill zero
    zeros zeros_like ones ones_like full full_like new_zeros new_ones new_full scalar_tensor arange
    linspace eye rand randn rand_like randn_like uniform normal roll flip repeat pixel_shuffle
    pixel_unshuffle channel_shuffle im2col index index_select gather tril triu
    upsample_nearest1d upsample_nearest2d upsample_nearest3d _upsample_nearest_exact2d
    upsample_nearest1d_backward upsample_nearest2d_backward upsample_nearest3d_backward
    _upsample_nearest_exact1d_backward _upsample_nearest_exact2d_backward _upsample_nearest_exact3d_backward
    reflection_pad1d_backward reflection_pad2d_backward reflection_pad3d_backward replication_pad1d_backward
    replication_pad2d_backward replication_pad3d_backward select_backward slice_backward diagonal_backward
    triu_indices tril_indices topk sort one_hot bitwise_not rot90 complex index_put index_fill index_copy
    scatter masked_scatter masked_select nonzero max_unpool2d max_unpool3d resize_as exponential log_normal
    cauchy geometric random multinomial randint randperm bitwise_and bitwise_or bitwise_xor hann_window
    hamming_window blackman_window bartlett_window _pack_padded_sequence take repeat_interleave block_diag
    unfold_backward _efficientzerotensor _upsample_nearest_exact1d _upsample_nearest_exact3d _unique2
    unique_dim unique_consecutive bincount diag_embed
    diagonal_scatter select_scatter slice_scatter
    """
)
def _move(event: Event) -> Ops:
    return Ops("move")


@RULES.register("mean")
def _mean(event: Event) -> Ops:
    """`AdaptiveAvgPool2d(1)` arrives as this."""
    return Ops("average_pool", pooling=event.args[0].numel())


@RULES.register("_trilinear")
def _trilinear(event: Event) -> Ops:
    """`nn.Bilinear` and its gradients: one for each product of three numbers in the sums."""
    shapes = [list(tensor.shape) for tensor in event.args[:3]]
    for shape, axes in zip(shapes, event.args[3:6], strict=True):
        for axis in axes:
            shape.insert(axis, 1)
    return Ops("matmul", prod(map(max, *shapes)))


INTEGERS = (
    "this network looks up integers: give an example of them, such as torch.zeros(1, 16, dtype=torch.long)"
)


@RULES.register("embedding")
def _look_up(event: Event) -> Ops:
    """Torch 2.12 takes a meta tensor of floats for indices; 2.13 refuses it itself."""
    if event.args[1].is_floating_point():
        raise TypeError(INTEGERS)
    return Ops("move")


@RULES.register("_embedding_bag _embedding_bag_forward_only _embedding_bag_backward")
def _bag(event: Event) -> Ops:
    """Each number of each vector that is found is added, or compared."""
    vectors, indices = event.args[:2]
    return Ops("elementwise", elementwise=indices.numel() * vectors.shape[-1])


@RULES.register("fractional_max_pool2d fractional_max_pool3d")
def _fractional(event: Event) -> Ops:
    return Ops("max_pool", pooling=_numel(event) * prod(event.arguments["kernel_size"]))


@RULES.register("max_pool2d_with_indices max_pool3d_with_indices avg_pool1d avg_pool2d avg_pool3d")
def _pool(event: Event) -> Ops:
    kind = "max_pool" if "max" in str(event.operator) else "average_pool"
    axes = int(event.operator.overloadpacket.__name__.split("d")[0][-1])
    size = event.arguments["kernel_size"]
    return Ops(kind, pooling=_numel(event) * (prod(size) if len(size) == axes else size[0] ** axes))


@RULES.register("_adaptive_avg_pool2d _adaptive_avg_pool3d adaptive_max_pool2d adaptive_max_pool3d")
def _adaptive_pool(event: Event) -> Ops:
    """Output i of m reads from ⌊i · n / m⌋ to ⌈(i + 1) · n / m⌉ of n."""
    kind = "max_pool" if "max" in str(event.operator) else "average_pool"
    outputs, axes = event.arguments["output_size"], len(event.arguments["output_size"])
    pixels = event.args[0]
    windows = (
        sum(-(-(i + 1) * n // m) - i * n // m for i in range(m))
        for n, m in zip(pixels.shape[-axes:], outputs, strict=True)
    )
    return Ops(kind, pooling=prod(pixels.shape[:-axes]) * prod(windows))


def _reordered_weight(event: Event) -> int:
    """oneDNN packs the weights of a k×k convolution afresh at every call, and twice more on the way back."""
    a = event.arguments
    depthwise = a["groups"] == a["weight"].shape[0]
    times = 2 if event.operator.overloadpacket is ATEN.convolution_backward else 1
    return 0 if depthwise or a["weight"][0, 0].numel() == 1 else times * a["weight"].nbytes


# Bytes that torch's CPU kernels take and give back in one call: measured on torch 2.13, in channels_last.
# Left out: what the way back of a depthwise convolution pads to blocks of 16×16 channels, which becomes the
# peak only for images of about 64 pixels; and copies of activations for tensors in the default layout.
SCRATCH: dict[Any, Callable[[Event], int]] = {
    ATEN.convolution: _reordered_weight,
    ATEN.convolution_backward: _reordered_weight,
}
