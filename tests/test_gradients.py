"""`cnnlab.gradients` has the gradients of torch's autograd and of finite differences.

Every test takes the module under test as `gradients`, so that a faulty one can be passed in: see the end.
"""

import numpy as np
import pytest
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from test_conv import examples, few, laid_out, layouts, problems, random_numbers, tensor, values
from test_layers import batches, images, one_or_two, poolings
from test_mutants import Mutant, planted

import cnnlab.gradients
from cnnlab import conv, layers

# torch says that it copies its input
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")


@pytest.fixture(scope="module")
def gradients():
    return cnnlab.gradients


def autograd(function, *inputs, seed=0, **options):
    """A random gradient at the output, and what torch's backward makes of it at the inputs."""
    leaves = [None if v is None else tensor(v).requires_grad_() for v in inputs]
    out = function(*leaves, **options)
    grad = values(np.random.default_rng(seed), tuple(out.shape))
    out.backward(tensor(grad))
    return grad, *(None if v is None else v.grad.numpy() for v in leaves)


def assert_same(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-9, strict=True)


# ---- Against autograd ----


@examples
@given(problem=problems())
def test_conv2d(gradients, problem):
    x, weight, _, options = problem
    grad, *expected = autograd(F.conv2d, x, weight, np.zeros(len(weight)), **options)
    for ours, theirs in zip(gradients.conv2d_backward(grad, x, weight, **options), expected, strict=True):
        assert_same(ours, theirs)


@examples
@given(problem=poolings())
def test_max_pool2d(gradients, problem):
    x, options = problem
    grad, expected = autograd(F.max_pool2d, x, **options)
    seen = np.isfinite(layers.max_pool2d(x, **options))  # dilated, a window can hold nothing but padding
    if seen.all():
        assert_same(gradients.max_pool2d_backward(grad, x, **options), expected)


def test_the_first_of_equals_takes_it_all(gradients):
    x = np.ones((1, 1, 4, 4))
    grad, expected = autograd(F.max_pool2d, x, kernel_size=3, stride=1)
    assert_same(gradients.max_pool2d_backward(grad, x, 3, 1), expected)


@examples
@given(problem=poolings(dilated=False), include=st.booleans())
def test_avg_pool2d(gradients, problem, include):
    x, options = problem
    options["count_include_pad"] = include
    grad, expected = autograd(F.avg_pool2d, x, **options)
    assert_same(gradients.avg_pool2d_backward(grad, x, **options), expected)


@examples
@given(rng=random_numbers, shape=st.tuples(*[st.integers(0, 2), *[st.integers(1, 9)] * 3]),
       output_size=one_or_two(1, 10), layout=layouts)  # fmt: skip
def test_adaptive_avg_pool2d(gradients, rng, shape, output_size, layout):
    x = laid_out(values(rng, shape), layout)
    grad, expected = autograd(F.adaptive_avg_pool2d, x, output_size=output_size)
    assert_same(gradients.adaptive_avg_pool2d_backward(grad, x), expected)


@examples
@given(batch=batches(), training=st.booleans(), eps=st.sampled_from([1e-5, 1e-3]))
def test_batch_norm(gradients, batch, training, eps):
    x, mean, var, weight, _ = batch
    ones, zeros = np.ones(x.shape[1]), np.zeros(x.shape[1])
    x = np.concatenate([x, x + 1, x - 1])  # among values all alike nothing but rounding would be compared

    def normalize(x, weight, bias):
        return F.batch_norm(x, tensor(mean), tensor(var), weight, bias, training, eps=eps)

    grad, *expected = autograd(normalize, x, ones if weight is None else weight, zeros)
    ours = gradients.batch_norm_backward(grad, x, mean, var, weight, training, eps)
    for mine, theirs in zip(ours, expected, strict=True):
        assert_same(mine, theirs)
    if training:
        assert_same(gradients.batch_norm_backward(grad, x, None, None, weight, True, eps)[0], ours[0])


@few
@given(rng=random_numbers, shape=st.lists(st.integers(0, 4), max_size=4))
def test_relu(gradients, rng, shape):
    x = np.round(values(rng, shape))  # zeros among them: there the gradient is 0
    x = np.where(rng.random(x.shape) < 0.1, np.nan, x)
    grad, expected = autograd(F.relu, x)
    assert_same(gradients.relu_backward(grad, x), expected)


@few
@given(rng=random_numbers, sizes=st.tuples(st.integers(0, 4), st.integers(1, 5), st.integers(1, 5)))
def test_linear(gradients, rng, sizes):
    batch, inputs, outputs = sizes
    x, weight = values(rng, (batch, inputs)), values(rng, (outputs, inputs))
    grad, *expected = autograd(F.linear, x, weight, np.zeros(outputs))
    for ours, theirs in zip(gradients.linear_backward(grad, x, weight), expected, strict=True):
        assert_same(ours, theirs)


@examples
@given(rng=random_numbers, batch=st.integers(1, 3), channels=st.integers(1, 5), image=images,
       smoothing=st.sampled_from([0, 0.1, 1]))  # fmt: skip
def test_cross_entropy(gradients, rng, batch, channels, image, smoothing):
    x, target = 50 * values(rng, (batch, channels, *image)), rng.integers(0, channels, (batch, *image))
    leaf = tensor(x).requires_grad_()
    F.cross_entropy(leaf, tensor(target), label_smoothing=smoothing).backward()
    assert_same(gradients.cross_entropy_backward(x, target, smoothing), leaf.grad.numpy())


def test_the_gradient_of_scores_sums_to_zero(gradients):
    x = np.random.default_rng(0).normal(size=(5, 4))
    np.testing.assert_allclose(gradients.cross_entropy_backward(x, [0, 1, 2, 3, 0]).sum(1), 0, atol=1e-15)


# ---- Against finite differences: no torch ----

RNG = np.random.default_rng(7)
X, W, V = RNG.normal(size=(2, 4, 6, 5)), RNG.normal(size=(6, 2, 3, 2)), RNG.normal(size=4)
CONV = {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2), "groups": 2}
POOL = {"kernel_size": (3, 2), "stride": 2, "padding": 1, "ceil_mode": True}
FLAT, DENSE = RNG.normal(size=(3, 5)), RNG.normal(size=(4, 5))


def batch_norm(x, weight):
    return layers.batch_norm(x, None, None, weight, training=True)


CHECKS = {  # forward of one input, that input, whose backward, its other arguments, which of its results
    "conv2d x": (lambda x: conv.conv2d(x, W, **CONV), X, "conv2d", (X, W), CONV, 0),
    "conv2d weight": (lambda w: conv.conv2d(X, w, **CONV), W, "conv2d", (X, W), CONV, 1),
    "max_pool2d": (lambda x: layers.max_pool2d(x, **POOL), X, "max_pool2d", (X,), POOL, ...),
    "avg_pool2d": (lambda x: layers.avg_pool2d(x, **POOL), X, "avg_pool2d", (X,), POOL, ...),
    "adaptive": (lambda x: layers.adaptive_avg_pool2d(x, 4), X, "adaptive_avg_pool2d", (X,), {}, ...),
    "batch_norm x": (lambda x: batch_norm(x, V), X, "batch_norm", (X, None, None, V, True), {}, 0),
    "batch_norm weight": (lambda v: batch_norm(X, v), V, "batch_norm", (X, None, None, V, True), {}, 1),
    "relu": (layers.relu, X, "relu", (X,), {}, ...),
    "linear x": (lambda x: layers.linear(x, DENSE), FLAT, "linear", (FLAT, DENSE), {}, 0),
    "linear weight": (lambda w: layers.linear(FLAT, w), DENSE, "linear", (FLAT, DENSE), {}, 1),
}


@pytest.mark.parametrize("name", CHECKS)
def test_finite_differences(gradients, name):
    forward, x, layer, arguments, options, which = CHECKS[name]
    grad = np.random.default_rng(1).normal(size=forward(x).shape)
    ours = getattr(gradients, f"{layer}_backward")(grad, *arguments, **options)
    ours = ours if which is ... else ours[which]
    slope = gradients.finite_difference(lambda v: (forward(v) * grad).sum(), x)
    np.testing.assert_allclose(ours, slope, rtol=1e-6, atol=1e-7)


def test_finite_difference_of_the_loss(gradients):
    target = [1, 0, 4]
    slope = gradients.finite_difference(lambda x: layers.cross_entropy(x, target), FLAT)
    np.testing.assert_allclose(gradients.cross_entropy_backward(FLAT, target), slope, atol=1e-8)


def test_finite_difference_is_the_slope_and_leaves_x_alone(gradients):
    x = np.array([[1.0, -2.0], [3.0, 0.5]])
    x.flags.writeable = False
    np.testing.assert_allclose(gradients.finite_difference(lambda v: (v**3).sum(), x), 3 * x**2, atol=1e-7)
    assert gradients.finite_difference(lambda v: v.sum(), np.zeros((0, 3))).shape == (0, 3)
    np.testing.assert_allclose(gradients.finite_difference(lambda v: (v**2).sum(), [1, 2]), [2, 4], atol=1e-7)


# ---- Types and refusals ----


@pytest.mark.parametrize(
    ("dtype", "expected"), [("float16", "float32"), ("float32", "float32"), ("int8", "float64")]
)
def test_types(gradients, dtype, expected):
    x, grad = np.ones((2, 3, 4, 4), dtype), np.ones((2, 3, 2, 2), dtype)
    assert gradients.max_pool2d_backward(grad, x, 2).dtype == expected
    assert gradients.avg_pool2d_backward(grad, x, 2).dtype == expected
    assert gradients.adaptive_avg_pool2d_backward(grad, x).dtype == expected
    assert gradients.relu_backward(x, x).dtype == expected
    weight = np.ones((3, 3, 3, 3), dtype)
    assert all(g.dtype == expected for g in gradients.conv2d_backward(grad, x, weight))
    assert all(g.dtype == expected for g in gradients.batch_norm_backward(x, x, None, None, None, True))


def test_overflow_is_silent_whatever_numpy_is_told(gradients):
    x, grad = np.full((1, 1, 4, 4), 3e38, np.float32), np.full((1, 1, 4, 4), 3e38, np.float32)
    with np.errstate(all="raise"):
        assert gradients.conv2d_backward(grad, x, x[:, :, :1, :1])[1].item() == np.inf
        assert gradients.linear_backward(grad[0, 0], x[0, 0], x[0, 0])[0].max() == np.inf
        assert np.isnan(gradients.batch_norm_backward(grad, x, None, None, None, True)[0]).any()


G = np.zeros((2, 6, 9, 9))
BAD = [
    ("conv2d_backward", (G, X, W), {"groups": 2}, r"grad_output has shape \(2, 6, 9, 9\), .* \(2, 6, 4, 4\)"),
    ("conv2d_backward", (G, X, W), {"groups": 3}, "4 input channels cannot be split into 3 equal groups"),
    ("conv2d_backward", (G, X, W), {}, r"weight \(6, 2, 3, 2\) takes 2 input channels, but x has 4 / 1 = 4"),
    ("conv2d_backward", (G, X[0], W), {}, r"x must be \[N, C, H, W\]; got 3 axes"),
    ("conv2d_backward", (G, X, W[0]), {}, r"weight must be \[O, C / groups, kh, kw\]; got 3 axes"),
    ("adaptive_avg_pool2d_backward", (G[0], X[0]), {}, r"grad_output must be \[N, C, H, W\]; got 3 axes"),
    ("max_pool2d_backward", (G, X, 2), {}, r"grad_output has shape \(2, 6, 9, 9\), but .* \(2, 4, 3, 2\)"),
    ("avg_pool2d_backward", (G, X, 2), {}, r"grad_output has shape \(2, 6, 9, 9\), but .* \(2, 4, 3, 2\)"),
    ("adaptive_avg_pool2d_backward", (G, X), {}, r"grad_output has shape \(2, 6, 9, 9\), .* \(2, 4, 9, 9\)"),
    ("batch_norm_backward", (G, X, V, V), {}, r"grad_output has shape \(2, 6, 9, 9\), but .* \(2, 4, 6, 5\)"),
    ("batch_norm_backward", (X, X, V[:2], V), {}, r"running_mean must hold 4 values, .* shape \(2,\)"),
    ("relu_backward", (G, X), {}, r"grad_output has shape \(2, 6, 9, 9\), but the output has \(2, 4, 6, 5\)"),
    ("linear_backward", (FLAT, FLAT, DENSE), {}, r"grad_output has shape \(3, 5\), but .* has \(3, 4\)"),
    ("linear_backward", (FLAT, FLAT[:, :4], DENSE), {}, r"weight \(4, 5\) takes 5 inputs, but x has 4"),
    ("cross_entropy_backward", (FLAT, [0, 1, 5]), {}, "target holds class 5, but the 5 classes are 0 … 4"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "options", "message"), BAD)
def test_gradients_refuse_with_the_numbers(gradients, name, arguments, options, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        getattr(gradients, name)(*arguments, **options)


# ---- Mutants ----

MUTANTS = {
    "stamps not cut": Mutant("(top, _), (left, _) =", "(_, top), (_, left) =", "test_conv2d"),
    "one image's gradient for the weight": Mutant(
        "(grads @ columns.swapaxes(2, 3)).sum(0)", "(grads @ columns.swapaxes(2, 3)).mean(0)", "test_conv2d"
    ),
    "the last of equals": Mutant(
        "winner[:, :, None] ==", "kh * kw - 1 - winner[:, :, None] ==",
        "test_the_first_of_equals_takes_it_all",
    ),
    "padding counted when not": Mutant("(x, count_include", "(x, not count_include", "test_avg_pool2d"),
    "overlap overwritten": Mutant("window += grad", "window[...] = grad", "test_adaptive_avg_pool2d"),
    "the mean held still": Mutant("- grad.mean(axes, keepdims=True)", "", "test_batch_norm"),
    "the variance held still": Mutant("- normal * (grad", "- 0 * (grad", "test_batch_norm"),
    "a slope at zero": Mutant("x <= 0", "x < 0", "test_relu"),
    "a batch's sum of losses": Mutant("/ classes.size", "/ 1", "test_cross_entropy"),
    "a one-sided difference": Mutant(
        "x[where] = value - step", "x[where] = value",
        "test_finite_difference_is_the_slope_and_leaves_x_alone",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_mutant_is_killed(mutant, monkeypatch):
    faulty = planted(mutant, cnnlab.gradients, monkeypatch)
    with pytest.raises((AssertionError, ValueError)):
        globals()[mutant.killer](gradients=faulty)
