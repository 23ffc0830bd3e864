"""`cnnlab.layers` has torch's values and arguments, and refuses what makes no sense.

Every test takes the module under test as `layers`, so that a faulty one can be passed in: see the end.
"""

import doctest
import inspect
import subprocess
import sys

import numpy as np
import pytest
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from test_conv import (
    FLOATS,
    assert_fresh,
    both,
    examples,
    few,
    laid_out,
    layouts,
    one_or_two,
    random_numbers,
    tensor,
    values,
)
from test_mutants import Mutant, planted
from torch.nn.utils import fuse_conv_bn_weights

import cnnlab.conv
import cnnlab.cost
import cnnlab.layers

ACTIVATIONS = ["relu", "relu6", "sigmoid", "tanh", "silu", "hardswish"]
SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e4, -1e4, 88.8, -103.9]


@pytest.fixture(scope="module")
def layers():
    return cnnlab.layers


def assert_torchs(ours, theirs, dtype="float64"):
    """Equal, NaN and inf included, to what rounding in `dtype` leaves of torch's float64 result."""
    eps = float(np.finfo(dtype).eps)
    assert ours.dtype == dtype
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=20 * eps, atol=100 * eps)
    assert ours.shape == theirs.shape


def sprinkled(rng, x, among=(np.nan, np.inf, -np.inf)):
    """Some of the values replaced."""
    return np.where(rng.random(x.shape) < 0.1, rng.choice(among, x.shape), x).astype(x.dtype)


# ---- Pooling ----


@st.composite
def poolings(draw, dilated=True, dtype="float64"):
    """(x, options) that torch accepts; a window may be larger than the image where ceil_mode admits it."""
    rng, kernel = draw(random_numbers), draw(one_or_two(1, 4))
    stride, dilation = draw(st.none() | one_or_two(1, 5)), draw(one_or_two(1, 3)) if dilated else 1
    padding, ceil_mode = tuple(draw(st.integers(0, k // 2)) for k in both(kernel)), draw(st.booleans())
    steps = both(kernel if stride is None else stride)
    least = [
        max(1, d * (k - 1) + 1 - 2 * p - ceil_mode * (s - 1))
        for k, d, p, s in zip(both(kernel), both(dilation), padding, steps, strict=True)
    ]
    size = [draw(st.integers(n, n + 7)) for n in least]
    x = laid_out(values(rng, (draw(st.integers(0, 2)), draw(st.integers(1, 3)), *size), dtype), draw(layouts))
    options = {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": ceil_mode}
    return x, options | ({"dilation": dilation} if dilated else {})


def torch_pool(function, x, options):
    """torch wants a stride that is no None in some versions, and an integer where one is given."""
    return function(tensor(x), **options)


@examples
@given(problem=poolings(), special=st.booleans(), rng=random_numbers)
def test_max_pool2d_has_torchs_values(layers, problem, special, rng):
    x, options = problem
    x = sprinkled(rng, x) if special else x
    out = layers.max_pool2d(x, **options)
    assert_torchs(out, torch_pool(F.max_pool2d, x, options))
    assert_fresh(out, x)


@few
@given(data=st.data(), dtype=st.sampled_from(["int8", "uint8", "int32", "int64", "float16", "float32"]))
def test_max_pool2d_keeps_the_type(layers, data, dtype):
    x, options = data.draw(poolings(dtype=dtype))
    out = layers.max_pool2d(x, **options)
    assert out.dtype == dtype
    wide = "float64" if dtype.startswith("float") else "int64"
    kept = (
        np.isfinite(out) if wide == "float64" else out != np.iinfo(dtype).min
    )  # a window of nothing but padding
    expected = torch_pool(F.max_pool2d, x.astype(wide), options).numpy()
    np.testing.assert_array_equal(out[kept], expected[kept])


@examples
@given(problem=poolings(dilated=False), include=st.booleans(), special=st.booleans(), rng=random_numbers)
def test_avg_pool2d_has_torchs_values(layers, problem, include, special, rng):
    x, options = problem
    x = sprinkled(rng, x) if special else x
    out = layers.avg_pool2d(x, **options, count_include_pad=include)
    assert_torchs(out, torch_pool(F.avg_pool2d, x, options | {"count_include_pad": include}))
    assert_fresh(out, x)


@examples
@given(rng=random_numbers, shape=st.tuples(*[st.integers(0, 2), *[st.integers(1, 9)] * 3]),
       output_size=one_or_two(1, 10), layout=layouts)  # fmt: skip
def test_adaptive_avg_pool2d_has_torchs_values(layers, rng, shape, output_size, layout):
    x = laid_out(values(rng, shape), layout)
    out = layers.adaptive_avg_pool2d(x, output_size)
    assert_torchs(out, F.adaptive_avg_pool2d(tensor(x), output_size))
    assert_fresh(out, x)


def test_the_last_window_of_ceil_mode_by_hand(layers):
    """Five pixels, windows of 2 by 2: the third holds one pixel, and averages over that one."""
    x = np.array([[[[1.0, 2, 3, 4, 5]]]])
    assert layers.max_pool2d(x, (1, 2), ceil_mode=True).tolist() == [[[[2, 4, 5]]]]
    assert layers.avg_pool2d(x, (1, 2), ceil_mode=True).tolist() == [[[[1.5, 3.5, 5]]]]
    assert layers.avg_pool2d(x, (1, 2)).tolist() == [[[[1.5, 3.5]]]]
    ones = np.ones((1, 1, 4, 4))  # windows of 4 by 3: of the second, one pixel is padding and one is nothing
    expected = [[9 / 16, 6 / 12], [6 / 12, 4 / 9]]
    np.testing.assert_allclose(layers.avg_pool2d(ones, 4, 3, 1, ceil_mode=True)[0, 0], expected)


# ---- Normalization ----

images = st.lists(st.integers(1, 5), max_size=3)


@st.composite
def batches(draw, dtype="float64"):
    """(x, running_mean, running_var, weight, bias): [N, C, …] and four of [C]."""
    rng, channels = draw(random_numbers), draw(st.integers(1, 4))
    x = 3 * values(rng, (draw(st.integers(2, 4)), channels, *draw(images)), dtype) + 1
    vectors = [values(rng, channels, dtype), rng.uniform(0.5, 2, channels).astype(dtype)]
    affine = [draw(st.none() | st.just(values(rng, channels, dtype))) for _ in range(2)]
    return laid_out(x.astype(dtype), draw(layouts)), *vectors, *affine


@examples
@given(batch=batches(), training=st.booleans(), kept=st.booleans(), momentum=st.floats(0, 1),
       eps=st.sampled_from([1e-5, 1e-3]))  # fmt: skip
def test_batch_norm_has_torchs_values_and_statistics(layers, batch, training, kept, momentum, eps):
    x, mean, var, weight, bias = batch
    mean, var = (mean, var) if kept or not training else (None, None)
    theirs = [tensor(v) for v in batch[1:3]] if mean is not None else [None, None]
    expected = F.batch_norm(tensor(x), *theirs, tensor(weight), tensor(bias), training, momentum, eps)
    out = layers.batch_norm(x, mean, var, weight, bias, training, momentum, eps)
    np.testing.assert_allclose(out, expected, rtol=1e-9, atol=1e-9)
    assert_fresh(out, x)
    for running, their in zip((mean, var), theirs, strict=True):
        if running is not None:
            np.testing.assert_allclose(running, their, rtol=1e-12)


@few
@given(data=st.data(), dtype=st.sampled_from(FLOATS), training=st.booleans())
def test_batch_norm_is_as_precise_as_its_type(layers, data, dtype, training):
    batch = data.draw(batches(dtype))
    out = layers.batch_norm(*(None if v is None else v.copy() for v in batch), training=training)
    expected = F.batch_norm(*(tensor(v, "float64") for v in batch), training=training)
    assert out.dtype == dtype
    scale = 1 + abs(expected.numpy()).max(initial=0) if training else 30
    np.testing.assert_allclose(out, expected, atol=1000 * scale * np.finfo(out.dtype).eps)


def test_a_trained_batch_has_mean_0_and_variance_1_in_each_channel(layers):
    x = np.random.default_rng(0).normal(5, 3, (8, 3, 6, 6))
    out = layers.batch_norm(x, None, None, training=True)
    np.testing.assert_allclose(out.mean((0, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(out.var((0, 2, 3)), 1, atol=1e-5)


def test_without_training_nothing_is_written_to(layers):
    x, mean, var = np.ones((2, 3, 4, 4)), np.zeros(3), np.ones(3)
    for array in (x, mean, var):
        array.flags.writeable = False
    layers.batch_norm(x, mean, var)


@examples
@given(data=st.data(), groups=st.integers(1, 2), with_bias=st.booleans(), eps=st.sampled_from([1e-5, 1e-3]))
def test_a_folded_convolution_does_both(layers, data, groups, with_bias, eps):
    rng = data.draw(random_numbers)
    weight, bias = values(rng, (4, 3, 3, 2)), values(rng, 4) if with_bias else None
    mean, var = values(rng, 4), rng.uniform(0.1, 2, 4)
    gamma, beta = (data.draw(st.none() | st.just(values(rng, 4))) for _ in range(2))
    x = values(rng, (2, 3 * groups, 6, 5))
    folded = layers.fold_batch_norm(weight, bias, mean, var, gamma, beta, eps)
    once = cnnlab.conv.conv2d(x, *folded, groups=groups)
    twice = F.conv2d(tensor(x), tensor(weight), tensor(bias), groups=groups)
    twice = F.batch_norm(twice, *map(tensor, (mean, var, gamma, beta)), eps=eps)
    np.testing.assert_allclose(once, twice, atol=1e-11)
    fused = fuse_conv_bn_weights(*map(tensor, (weight, bias, mean, var)), eps, tensor(gamma), tensor(beta))
    for ours, theirs in zip(folded, fused, strict=True):
        np.testing.assert_allclose(ours, theirs.detach(), rtol=1e-12, strict=True)


@examples
@given(rng=random_numbers, channels=st.integers(1, 9), size=st.integers(1, 8), k=st.floats(0.5, 2),
       alpha=st.floats(0, 2), beta=st.floats(0, 1.5), layout=layouts)  # fmt: skip
def test_local_response_norm_has_torchs_values(layers, rng, channels, size, k, alpha, beta, layout):
    x = laid_out(values(rng, (2, channels, 3, 2)), layout)
    out = layers.local_response_norm(x, size, alpha, beta, k)
    assert_torchs(out, F.local_response_norm(tensor(x), size, alpha, beta, k))
    assert_fresh(out, x)


def test_local_response_norm_is_alexnets_formula(layers):
    """Section 3.3, its sums written out: k = 2, n = 5, α = 10⁻⁴, β = 0.75, where it matters."""
    a = 100 * np.random.default_rng(0).normal(size=(1, 7, 1, 1))
    b = np.empty_like(a)
    for i in range(7):
        total = sum(a[0, j, 0, 0] ** 2 for j in range(max(0, i - 2), min(6, i + 2) + 1))
        b[0, i, 0, 0] = a[0, i, 0, 0] / (2 + 1e-4 * total) ** 0.75
    np.testing.assert_allclose(layers.local_response_norm(a, size=5, alpha=5 * 1e-4, beta=0.75, k=2), b)


# ---- Activations ----


@pytest.mark.parametrize("name", ACTIVATIONS)
@few
@given(rng=random_numbers, shape=st.lists(st.integers(0, 4), max_size=4), dtype=st.sampled_from(FLOATS))
def test_activations_have_torchs_values(layers, name, rng, shape, dtype):
    x = sprinkled(rng, (4 * values(rng, shape)).astype(dtype), SPECIAL)
    out = getattr(layers, name)(x)
    with np.errstate(over="ignore"):
        expected = getattr(F, name)(tensor(x, "float64")).numpy().astype(dtype)
    assert out.dtype == dtype
    np.testing.assert_allclose(out, expected, rtol=8 * np.finfo(dtype).eps, atol=8 * np.finfo(dtype).tiny)
    assert not np.shares_memory(out, x)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_of_integers(layers, name):
    x = np.arange(-9, 10, dtype=np.int8)
    out = getattr(layers, name)(x)
    assert out.dtype == ("int8" if name in ("relu", "relu6") else "float64")
    np.testing.assert_allclose(out, getattr(F, name)(tensor(x, "float64")), atol=1e-15)


# ---- The head ----


@examples
@given(rng=random_numbers, sizes=st.tuples(st.integers(0, 4), st.integers(1, 5), st.integers(1, 5)),
       with_bias=st.booleans(), layout=layouts)  # fmt: skip
def test_linear_has_torchs_values_and_is_a_1x1_convolution(layers, rng, sizes, with_bias, layout):
    batch, inputs, outputs = sizes
    x, weight = laid_out(values(rng, (batch, inputs)), layout), values(rng, (outputs, inputs))
    bias = values(rng, outputs) if with_bias else None
    out = layers.linear(x, weight, bias)
    assert_torchs(out, F.linear(tensor(x), tensor(weight), tensor(bias)))
    assert_fresh(out, x, weight)
    as_conv = cnnlab.conv.conv2d(x[:, :, None, None], weight[:, :, None, None], bias)
    np.testing.assert_allclose(out, as_conv[:, :, 0, 0], rtol=1e-12, atol=1e-12, strict=True)


@pytest.mark.parametrize(
    ("x_type", "weight_type"), [("uint8", "int8"), ("float16", "float32"), ("int8", "float16")]
)
def test_linear_has_the_types_of_conv2d(layers, x_type, weight_type):
    x, weight = np.full((2, 300), 100, x_type), np.full((1, 300), 100, weight_type)
    out = layers.linear(x, weight)
    as_conv = cnnlab.conv.conv2d(x[:, :, None, None], weight[:, :, None, None])[:, :, 0, 0]
    np.testing.assert_array_equal(out, as_conv, strict=True)


def test_a_list_takes_the_precision_of_the_arrays_beside_it(layers):
    x = np.ones((2, 3), np.float32)
    assert layers.linear(x, [[1.5, 2, 3]], [0.5]).dtype == np.float32
    with pytest.raises(TypeError, match="x must hold floats"):
        layers.linear("a", x)


@few
@given(rng=random_numbers, p=st.sampled_from([0, 0.1, 0.5, 0.9, 1]), dtype=st.sampled_from(FLOATS))
def test_dropout_zeroes_or_scales(layers, rng, p, dtype):
    x = values(rng, (50, 80), dtype) + 7
    out = layers.dropout(x, p, generator=rng)
    assert out.dtype == dtype
    dropped = out == 0
    assert abs(dropped.mean() - p) < 0.05  # six standard deviations
    kept = x[~dropped].astype(float)
    np.testing.assert_allclose(out[~dropped], kept / (1 - p or 1), rtol=4 * np.finfo(dtype).eps)


def test_dropout_repeats_with_its_generator_and_rests_without_training(layers):
    x = np.ones((30, 30))
    once, again = (layers.dropout(x, generator=np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    assert (layers.dropout(x) != layers.dropout(x)).any()
    rested = layers.dropout(x, training=False)
    np.testing.assert_array_equal(rested, x)
    assert_fresh(rested, x)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@examples
@given(rng=random_numbers, shape=st.lists(st.integers(0, 4), min_size=1, max_size=4), data=st.data(),
       scale=st.sampled_from([1, 1000]), dtype=st.sampled_from(FLOATS))  # fmt: skip
def test_softmax_has_torchs_values(layers, name, rng, shape, data, scale, dtype):
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = (scale * values(rng, shape)).astype(dtype)
    x = sprinkled(rng, x) if data.draw(st.booleans()) else x
    out = getattr(layers, name)(x, dim)
    assert out.dtype == dtype
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(out, getattr(F, name)(tensor(x, "float64"), dim), rtol=30 * eps, atol=30 * eps)


@examples
@given(rng=random_numbers, batch=st.integers(0, 3), channels=st.integers(1, 5), image=images,
       reduction=st.sampled_from(["mean", "sum", "none"]), smoothing=st.floats(0, 1))  # fmt: skip
def test_cross_entropy_has_torchs_values(layers, rng, batch, channels, image, reduction, smoothing):
    x, target = 50 * values(rng, (batch, channels, *image)), rng.integers(0, channels, (batch, *image))
    options = {"reduction": reduction, "label_smoothing": smoothing}
    out = layers.cross_entropy(x, target, **options)
    np.testing.assert_allclose(
        out, F.cross_entropy(tensor(x), tensor(target), **options), rtol=1e-9, atol=1e-9
    )


def test_cross_entropy_by_hand(layers):
    """Two classes alike: log 2. A score of 1000 too little costs 1000, where a softmax would have been 0."""
    np.testing.assert_allclose(layers.cross_entropy([[0, 0]], [1]), np.log(2))
    assert layers.cross_entropy([[1000, 0]], [1]) == 1000


def test_overflow_is_silent_whatever_numpy_is_told(layers):
    big = np.full((2, 2, 4, 4), 60000, np.float16)
    with np.errstate(all="raise"):
        assert layers.avg_pool2d(big, 2).max() == 60000  # summed in float32
        assert layers.silu(-big).max() == 0
        assert layers.linear(big[0, 0], big[0, 0]).max() == np.inf
        assert layers.softmax(big, 1).max() == 0.5
        assert layers.local_response_norm(big, 3).max() > 0


# ---- Refusals ----

X, V, S = np.zeros((2, 4, 5, 6)), np.zeros(4), np.zeros((2, 4))
TRAINING = {"training": True}
BAD = [
    ("max_pool2d", (X[0], 2), {}, ValueError, r"x must be \[N, C, H, W\]; got 3 axes, shape \(4, 5, 6\)"),
    ("max_pool2d", (X, 6), {}, ValueError, r"a window spanning 6 does not fit into 5 \+ 2·0 pixels"),
    ("max_pool2d", (X, 2), {"dilation": (1, 7)}, ValueError, r"a window spanning 8 does .* 6 \+ 2·0 pixels"),
    ("max_pool2d", (X, 3), {"padding": 2}, ValueError, "padding 2 is more than half of kernel_size 3"),
    ("max_pool2d", (X, 0), {}, ValueError, "kernel_size must be at least 1; got 0"),
    ("max_pool2d", (X, 2), {"stride": 0}, ValueError, "stride must be at least 1; got 0"),
    ("max_pool2d", (X, 2), {"dilation": 0}, ValueError, "dilation must be at least 1; got 0"),
    ("max_pool2d", (X, 2.5), {}, TypeError, r"kernel_size must be made of integers; got 2\.5"),
    ("max_pool2d", (X.astype(bool), 2), {}, TypeError, "x must hold real numbers; got bool"),
    ("avg_pool2d", (X, 2), {"padding": -1}, ValueError, "padding must be at least 0; got -1"),
    ("avg_pool2d", (X[:, :, :0], 1), {}, ValueError, r"x \[N, C, H, W\] may be empty only .* \(2, 4, 0, 6\)"),
    ("avg_pool2d", (X.astype(complex), 2), {}, TypeError, "x must hold real numbers; got complex128"),
    ("adaptive_avg_pool2d", (X, 0), {}, ValueError, "output_size must be at least 1; got 0"),
    ("adaptive_avg_pool2d", (X[0], 1), {}, ValueError, r"x must be \[N, C, H, W\]; got 3 axes"),
    ("batch_norm", (X, V[:3], V), {}, ValueError, r"running_mean must hold 4 values, .* got shape \(3,\)"),
    ("batch_norm", (X, V, V[None]), {}, ValueError, r"running_var must hold 4 values, .* got shape \(1, 4\)"),
    ("batch_norm", (X, V, V, V[:2]), {}, ValueError, r"weight must hold 4 values, .* got shape \(2,\)"),
    ("batch_norm", (X, V, V, V, V[:1]), {}, ValueError, r"bias must hold 4 values, .* got shape \(1,\)"),
    ("batch_norm", (X, None, V), {}, TypeError, "running_mean can be None in training only"),
    ("batch_norm", (X, None, None), {}, TypeError, "running_mean and running_var can be None in training"),
    ("batch_norm", (V, V, V), {}, ValueError, r"x must be \[N, C, …\] .* got shape \(4,\)"),
    ("batch_norm", (S[:1], None, None), TRAINING, ValueError, "training needs at least 2 .* 1"),
    ("batch_norm", (X[:0], None, None), TRAINING, ValueError, "training needs at least 2 .* got 0"),
    ("batch_norm", (X, [0] * 4, V), TRAINING, TypeError, ".*numpy.ndarray, not list"),
    ("batch_norm", (X, V, V.astype(int)), TRAINING, TypeError, "Cannot cast .* to dtype\\('int64'\\)"),
    ("fold_batch_norm", (X, V, V[:2], V[:2]), {}, ValueError, r"bias must hold 2 values, .* shape \(4,\)"),
    ("fold_batch_norm", (X[0], None, V, V), {}, ValueError, r"weight must be \[O, C / groups, .* got 3"),
    ("fold_batch_norm", (X, None, V, V[:2]), {}, ValueError, r"running_mean must hold 2 values, .* \(4,\)"),
    ("local_response_norm", (X, 0), {}, ValueError, "size must be at least 1; got 0"),
    ("local_response_norm", (V, 5), {}, ValueError, r"x must be \[N, C, …\] .* got shape \(4,\)"),
    ("relu", (["a"],), {}, TypeError, "x must hold real numbers; got <U1"),
    ("sigmoid", ([None],), {}, TypeError, "x must hold real numbers; got object"),
    ("linear", (X, X[0, 0]), {}, ValueError, r"x must be \[N, in\]; got 4 axes"),
    ("linear", (X[0, 0], X[0, 0].T), {}, ValueError, r"weight \(6, 5\) takes 5 inputs, but x has 6"),
    ("linear", (X[0, 0], X[0, 0], V), {}, ValueError, "bias holds 4 values for 5 output channels"),
    ("dropout", (X, 1.5), {}, ValueError, "p must be a probability from 0 to 1; got 1.5"),
    ("dropout", (X, np.nan), {}, ValueError, "p must be a probability from 0 to 1; got nan"),
    ("cross_entropy", (S, [0, 4]), {}, ValueError, "target holds class 4, but the 4 classes are 0 … 3"),
    ("cross_entropy", (S, [-1, 4]), {}, ValueError, "target holds class -1, but the 4 classes"),
    ("cross_entropy", (S, [0, 1, 2]), {}, ValueError, r"target \(3,\) .* each position of x \(2, 4\)"),
    ("cross_entropy", (S, [0.0, 1]), {}, TypeError, "target must hold classes, .* got float64"),
    ("cross_entropy", (S, [0, 1]), {"reduction": "max"}, ValueError, "reduction must be .* 'max'"),
    ("cross_entropy", (S, [0, 1]), {"label_smoothing": 2}, ValueError, "label_smoothing must be .* got 2"),
    ("max_pool2d", (X, (2, 2, 2)), {}, TypeError, r"kernel_size must be one integer, or two .* \(2, 2, 2\)"),
    ("max_pool2d", (X, "22"), {}, TypeError, "kernel_size must be made of integers; got '22'"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "options", "error", "message"), BAD)
def test_layers_refuse_with_the_numbers(layers, name, arguments, options, error, message):
    with pytest.raises(error, match=f"^{message}"):
        getattr(layers, name)(*arguments, **options)


def test_a_refused_batch_leaves_the_running_statistics_alone(layers):
    mean = np.zeros(4)
    with pytest.raises(ValueError, match="weight must hold 4 values"):
        layers.batch_norm(np.ones((2, 4)), mean, np.ones(4), np.ones(3), training=True)
    assert not mean.any()


# ---- The module ----

TWINS = {
    "max_pool2d": F._max_pool2d, "avg_pool2d": F.avg_pool2d, "adaptive_avg_pool2d": F.adaptive_avg_pool2d,
    "batch_norm": F.batch_norm, "local_response_norm": F.local_response_norm, "linear": F.linear,
    "dropout": F.dropout, "softmax": F.softmax, "log_softmax": F.log_softmax,
    "cross_entropy": F.cross_entropy,
}  # fmt: skip


@pytest.mark.parametrize("name", TWINS)
def test_arguments_have_torchs_names_and_order(layers, name):
    """Ours are torch's first ones, but for what may only be given by name."""
    parameters = inspect.signature(getattr(layers, name)).parameters.values()
    ours = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD and p.name != "generator"][1:]
    try:
        theirs = list(inspect.signature(TWINS[name]).parameters)
    except ValueError:  # built in: its docstring opens with the call
        theirs = [
            a.split("=")[0].strip() for a in TWINS[name].__doc__.split("(", 1)[1].split(")")[0].split(",")
        ]
    assert ours == theirs[1:][: len(ours)]


@pytest.mark.parametrize("name", ["batch_norm", "local_response_norm", "dropout", "cross_entropy"])
def test_defaults_are_torchs(layers, name):
    ours, theirs = (inspect.signature(f).parameters for f in (getattr(layers, name), TWINS[name]))
    for argument in ours.keys() & theirs.keys():
        assert ours[argument].default == theirs[argument].default, argument


def test_docstring_examples_run(layers):
    result = doctest.testmod(layers)
    assert result.attempted >= 1
    assert not result.failed


def test_importing_it_imports_no_torch():
    code = "import sys, cnnlab.layers, cnnlab.gradients; print('torch' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "False"


# ---- Mutants: faults somebody would make, each killed by the test that is there to see it ----

MUTANTS = {
    "a window beyond the image": Mutant(
        "steps -= steps * stride >= size + padding", "steps -= 0", "test_max_pool2d_has_torchs_values",
        room=cnnlab.cost,
    ),
    "ceil is floor": Mutant(
        "ceil_mode * (stride - 1)", "0 * (stride - 1)", "test_the_last_window_of_ceil_mode_by_hand",
        room=cnnlab.cost,
    ),
    "padding of zeros wins": Mutant(
        "-np.inf if x.dtype", "0 if x.dtype", "test_max_pool2d_has_torchs_values"
    ),
    "all of a clipped window counted": Mutant(
        "ceil_mode, beyond=0", "ceil_mode", "test_the_last_window_of_ceil_mode_by_hand"
    ),
    "padding always counted": Mutant("(ones, include_pad", "(ones, 1", "test_avg_pool2d_has_torchs_values"),
    "adaptive windows do not overlap": Mutant(
        "-(-(i + 1) * size // parts)", "max((i + 1) * size // parts, i * size // parts + 1)",
        "test_adaptive_avg_pool2d_has_torchs_values",
    ),
    "the biased variance learned": Mutant(
        "var * (n / (n - 1))", "var", "test_batch_norm_has_torchs_values_and_statistics"
    ),
    "momentum for its complement": Mutant(
        "(1 - momentum) * np.asarray", "momentum * np.asarray",
        "test_batch_norm_has_torchs_values_and_statistics",
    ),
    "eps outside the root": Mutant(
        "np.sqrt(var + eps) * weight", "(np.sqrt(var) + eps) * weight",
        "test_batch_norm_has_torchs_values_and_statistics",
    ),
    "mean over rows only": Mutant(
        "(0, *range(2, x.ndim))", "(0, *range(2, x.ndim - 1))",
        "test_a_trained_batch_has_mean_0_and_variance_1_in_each_channel",
    ),
    "folding forgets the mean": Mutant(
        "kernels, 0) - mean", "kernels, 0)",
        "test_a_folded_convolution_does_both",
    ),
    "folding along the inputs": Mutant(
        "(kernels * scale).swapaxes(0, 1)", "(kernels.T * np.resize(scale, len(kernels))).T.swapaxes(0, 1)",
        "test_a_folded_convolution_does_both",
    ),
    "alpha not divided": Mutant(
        "alpha / size * sums", "alpha * sums", "test_local_response_norm_is_alexnets_formula"
    ),
    "one neighbour too few": Mutant(
        "c + (size + 1) // 2", "c + size // 2", "test_local_response_norm_is_alexnets_formula"
    ),
    "softmax overflows": Mutant(
        "np.exp(x - x.max(dim, keepdims=True, initial=-np.inf))", "np.exp(x)",
        "test_overflow_is_silent_whatever_numpy_is_told",
    ),
    "dropout does not scale": Mutant("(1 - p if p < 1 else 1)", "1", "test_dropout_zeroes_or_scales"),
    "p is kept": Mutant(".random(x.shape) >= p", ".random(x.shape) < p", "test_dropout_zeroes_or_scales"),
    "smoothing left to the wrong classes": Mutant(
        "label_smoothing * losses.mean(1)", "label_smoothing * losses.sum(1)",
        "test_cross_entropy_has_torchs_values",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_mutant_is_killed(mutant, monkeypatch):
    faulty = planted(mutant, cnnlab.layers, monkeypatch)
    with pytest.raises((AssertionError, ValueError)):
        globals()[mutant.killer](layers=faulty)
