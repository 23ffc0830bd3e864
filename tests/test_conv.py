"""`cnnlab.conv` has torch's values, torch's arguments, and refuses what makes no sense.

Every test takes the module under test as `conv`, so that `test_mutants.py` can pass in a faulty one.
"""

import doctest
import inspect
import subprocess
import sys
from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import cnnlab.conv

# torch says that it copies its input
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")

LADDER = ["conv2d", "conv2d_loops", "conv2d_windows", "conv2d_im2col", "conv2d_blocks", "conv2d_fft"]
EXACT = [rung for rung in LADDER if rung != "conv2d_fft"]  # integers exact, NaN where it belongs
TILES = ["conv2d_winograd", "conv2d_winograd4"]
FLOATS = ["float16", "float32", "float64"]
INTEGERS = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64"]

examples = settings(
    derandomize=True,
    deadline=None,
    max_examples=150,
    report_multiple_bugs=False,
    phases=[Phase.generate, Phase.shrink],
)
few = settings(examples, max_examples=40)


@pytest.fixture(scope="module")
def conv():
    return cnnlab.conv


# ---- Random problems ----


def values(rng, shape, dtype="float64"):
    """Standard normal floats, or integers over the whole range of small types."""
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return rng.normal(size=shape).astype(dtype)
    limits = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    low, high = max(limits[0], -(2**24)), min(limits[1], 2**24)
    return rng.integers(low, high, size=shape, endpoint=True).astype(dtype)


def laid_out(array, layout):
    """The same numbers, differently in memory."""
    if layout == "fortran":
        return np.asfortranarray(array)
    if layout == "strided":
        wide = np.full([2 * n for n in array.shape], 99).astype(array.dtype)
        view = wide[tuple(slice(1, None, 2) for _ in array.shape)]
        view[...] = array
        return view
    if layout == "backwards":
        return array[..., ::-1].copy()[..., ::-1]
    if layout == "read-only":
        array.flags.writeable = False
    return array


layouts = st.sampled_from(["plain", "fortran", "strided", "backwards", "read-only"])
random_numbers = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def one_or_two(low, high):
    """An integer, or a pair of them."""
    return st.integers(low, high) | st.tuples(st.integers(low, high), st.integers(low, high))


def both(value):
    return value if isinstance(value, tuple) else (value, value)


@st.composite
def problems(draw, x_type="float64", weight_type="float64", winograd=False, strides=True):
    """Arguments of a convolution that torch accepts: (x, weight, bias, options)."""
    rng, groups = draw(random_numbers), draw(st.integers(1, 3))
    kernel = (3, 3) if winograd else draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    dilation = 1 if winograd else draw(one_or_two(1, 3))
    padding = draw(st.sampled_from(["same", "valid", None, None])) or draw(one_or_two(0, 3))
    stride = 1 if winograd or padding == "same" or not strides else draw(one_or_two(1, 3))
    span = [d * (k - 1) + 1 for d, k in zip(both(dilation), kernel, strict=True)]
    margin = {"same": span, "valid": (0, 0)}.get(padding) or [2 * p for p in both(padding)]
    size = [draw(st.integers(max(1, s - m), max(1, s - m) + 6)) for s, m in zip(span, margin, strict=True)]
    in_group, out_group = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    x = values(rng, (draw(st.sampled_from([1, 2, 3, 0])), groups * in_group, *size), x_type)
    weight = values(rng, (groups * out_group, in_group, *kernel), weight_type)
    bias = draw(st.none() | st.just(values(rng, groups * out_group, weight_type)))
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return laid_out(x, draw(layouts)), laid_out(weight, draw(layouts)), bias, options


def tensor(array, dtype=None):
    return None if array is None else torch.from_numpy(np.array(array, dtype, order="C"))


def torch_conv2d(x, weight, bias, options, dtype=None):
    return F.conv2d(tensor(x, dtype), tensor(weight, dtype), tensor(bias, dtype), **options).numpy()


def assert_fresh(out, *inputs):
    """The caller may keep and change it."""
    assert out.flags.c_contiguous
    assert out.flags.writeable
    assert not any(np.shares_memory(out, array) for array in inputs if array is not None)


# ---- The ladder ----


@pytest.mark.parametrize("rung", LADDER)
@examples
@given(problem=problems())
def test_every_rung_has_torchs_values(conv, rung, problem):
    x, weight, bias, options = problem
    out = getattr(conv, rung)(x, weight, bias, **options)
    np.testing.assert_allclose(out, torch_conv2d(*problem), rtol=1e-9, atol=1e-12, strict=True)
    assert_fresh(out, x, weight, bias)


@pytest.mark.parametrize("rung", TILES)
@few
@given(problem=problems(winograd=True))
def test_winograd_has_torchs_values(conv, rung, problem):
    x, weight, bias, options = problem
    out = getattr(conv, rung)(x, weight, bias, **options)
    np.testing.assert_allclose(out, torch_conv2d(*problem), rtol=1e-9, atol=1e-11, strict=True)
    assert_fresh(out, x, weight, bias)


@few
@given(problem=problems(strides=False), block_bytes=st.integers(1, 4000))
def test_long_rows_have_torchs_values(conv, problem, block_bytes):
    x, weight, bias, options = problem
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conv, "BLOCK_BYTES", block_bytes)
        out = conv.conv2d_rows(x, weight, bias, **options)
    np.testing.assert_allclose(out, torch_conv2d(*problem), rtol=1e-9, atol=1e-12, strict=True)
    assert_fresh(out, x, weight, bias)


@pytest.mark.parametrize("shape", [(1, 2, 5, 1), (1, 2, 1, 5), (1, 1, 5, 1), (3, 2, 1, 1)])
@pytest.mark.parametrize("layout", ["strided", "backwards"])
def test_an_axis_of_one_element_may_have_any_stride(conv, shape, layout):
    rng, groups = np.random.default_rng(0), shape[1]
    x, weight = values(rng, shape), values(rng, (groups, 1, 1, 1))
    given = laid_out(x, layout)
    assert given.strides != x.strides
    expected = torch_conv2d(x, weight, None, {"groups": groups})
    for rung in (conv.conv2d_rows, conv.conv2d_blocks, conv.conv2d):
        np.testing.assert_allclose(rung(given, weight, None, groups=groups), expected, rtol=1e-12)


@pytest.mark.parametrize(
    "block_bytes", [1, 2**15, 2**17, 2**20]
)  # a row of tiles, some, an image, all images
def test_winograd_in_many_blocks_is_winograd_in_one(conv, block_bytes, monkeypatch):
    rng = np.random.default_rng(0)
    x, weight = values(rng, (3, 4, 23, 18)), values(rng, (6, 2, 3, 3))
    monkeypatch.setattr(conv, "BLOCK_BYTES", block_bytes)
    for rung in TILES:
        out = getattr(conv, rung)(x, weight, None, padding=1, groups=2)
        expected = torch_conv2d(x, weight, None, {"padding": 1, "groups": 2})
        np.testing.assert_allclose(out, expected, rtol=1e-9, atol=1e-11)


@examples
@given(problem=problems(), block_bytes=st.integers(1, 4000))
def test_conv2d_in_many_blocks_is_conv2d_in_one(conv, problem, block_bytes):
    x, weight, bias, options = problem
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conv, "BLOCK_BYTES", block_bytes)
        blocks = conv.conv2d(x, weight, bias, **options)
    np.testing.assert_allclose(blocks, torch_conv2d(*problem), rtol=1e-9, atol=1e-12, strict=True)


@pytest.mark.parametrize("layer", [(3, 8, 7, 2, 3), (16, 24, 1, 1, 0), (24, 16, 3, 1, 1)])
def test_conv2d_makes_as_few_columns_at_a_time_as_it_says(conv, layer, monkeypatch):
    in_channels, out_channels, kernel, stride, padding = layer
    seen = []
    matmul = np.matmul
    monkeypatch.setattr(np, "matmul", lambda a, b, out: seen.append(b.nbytes) or matmul(a, b, out=out))
    monkeypatch.setattr(conv, "BLOCK_BYTES", 2**18)
    x, weight = np.ones((2, in_channels, 64, 64)), np.ones((out_channels, in_channels, kernel, kernel))
    conv.conv2d(x, weight, None, stride, padding)
    assert 2**17 < max(seen) <= 2**18
    seen.clear()
    monkeypatch.setattr(conv, "BLOCK_BYTES", 1)  # less than a row: then row by row
    height = conv.conv2d(x, weight, None, stride, padding).shape[2]
    assert len(seen) == 2 * height


# Lavin & Gray print these for F(2, 3), but for the sign of its last products, and for F(4, 3)
PRINTED = {
    (0, 1, -1): (
        ((-1, 0, 1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, -1, 0, 1)),
        ((-1, 0, 0), (1 / 2, 1 / 2, 1 / 2), (1 / 2, -1 / 2, 1 / 2), (0, 0, 1)),
        ((1, 1, 1, 0), (0, 1, -1, 1)),
    ),
    (0, 1, -1, 2, -2): (
        ((4, 0, -5, 0, 1, 0), (0, -4, -4, 1, 1, 0), (0, 4, -4, -1, 1, 0),
         (0, -2, -1, 2, 1, 0), (0, 2, -1, -2, 1, 0), (0, 4, 0, -5, 0, 1)),
        ((1 / 4, 0, 0), (-1 / 6, -1 / 6, -1 / 6), (-1 / 6, 1 / 6, -1 / 6),
         (1 / 24, 1 / 12, 1 / 6), (1 / 24, -1 / 12, 1 / 6), (0, 0, 1)),
        ((1, 1, 1, 1, 1, 0), (0, 1, -1, 2, -2, 0), (0, 1, 1, 4, 4, 0), (0, 1, -1, 8, -8, 1)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("points", PRINTED)
def test_winograds_matrices_are_those_that_the_paper_prints(conv, points):
    for ours, printed in zip(conv.winograd(points), PRINTED[points], strict=True):
        np.testing.assert_allclose(ours, printed, atol=1e-15)


@few
@given(rng=random_numbers, taps=st.integers(1, 4), outputs=st.integers(1, 4))
def test_any_points_that_differ_make_a_filter(conv, rng, taps, outputs):
    points = rng.permutation(np.arange(-4, 5) / 2)[: taps + outputs - 2]
    w, d, g = conv.winograd(points, taps), rng.normal(size=taps + outputs - 1), rng.normal(size=taps)
    np.testing.assert_allclose(w.output @ ((w.kernel @ g) * (w.tile @ d)), np.correlate(d, g), atol=1e-8)


@pytest.mark.parametrize("points", [(0,), (0, 1, 1), ()])
def test_points_that_make_no_filter_are_refused(conv, points):
    with pytest.raises(ValueError, match=r"^3 weights need at least 2 different points; got \["):
        conv.winograd(points)


# ---- Which rung conv2d takes, and what it may lose there ----

SPAN = [  # x, weight, options, the rung
    ((1, 32, 32, 16), (32, 32, 3, 3), {"padding": 1}, "winograd4"),
    ((2, 40, 16, 16), (48, 40, 3, 3), {"padding": 1}, "winograd4"),
    ((1, 32, 31, 16), (32, 32, 3, 3), {"padding": 1}, "blocks"),  # 496 outputs share a kernel
    ((1, 31, 32, 16), (32, 31, 3, 3), {"padding": 1}, "blocks"),
    ((1, 32, 32, 16), (31, 32, 3, 3), {"padding": 1}, "blocks"),
    ((1, 32, 48, 48), (32, 32, 3, 3), {"stride": 2}, "blocks"),
    ((1, 32, 32, 32), (32, 32, 3, 3), {"dilation": 2}, "blocks"),
    ((1, 32, 32, 32), (32, 32, 5, 5), {}, "blocks"),
    ((1, 64, 32, 16), (64, 32, 3, 3), {"padding": 1, "groups": 2}, "rows"),
    ((1, 64, 32, 16), (64, 1, 3, 3), {"stride": 2, "groups": 64}, "blocks"),
]
TAKEN = {
    "winograd4": "_of_tiles",
    "rows": "_long_windows",
    "blocks": "_blocks",
}  # what only it calls, or first


@pytest.mark.parametrize(("shape", "kernel", "options", "rung"), SPAN)
def test_conv2d_takes_the_rung_that_it_says(conv, shape, kernel, options, rung, monkeypatch):
    rng, called = np.random.default_rng(0), []
    for name in TAKEN.values():
        function = getattr(conv, name)
        monkeypatch.setattr(conv, name, lambda *a, n=name, f=function: called.append(n) or f(*a))
    x, weight = values(rng, shape, "float32"), values(rng, kernel, "float32")
    out = conv.conv2d(x, weight, None, **options)
    assert called[0] == TAKEN[rung]
    np.testing.assert_allclose(out, torch_conv2d(x, weight, None, options), rtol=1e-3, atol=1e-3)
    called.clear()
    conv.conv2d(x.astype(np.float64), weight, None, **options)
    conv.conv2d(x.astype(np.int8), weight.astype(np.int8), None, **options)
    assert TAKEN["winograd4"] not in called


CHECKED = np.indices((3, 3)).sum(0) % 2 * 2.0 - 1
PATTERNS = {  # images and kernels on which rounding adds up, or cancels nothing
    "normal": lambda rng, *shape: rng.normal(size=shape),
    "positive": lambda rng, *shape: rng.random(shape),
    "signs": lambda rng, *shape: rng.choice([-1.0, 1.0], shape),
    "constant": lambda rng, *shape: np.full(shape, rng.random()),
    "checked": lambda rng, *shape: np.resize(CHECKED, shape[2:]) * rng.random(shape[:2])[..., None, None],
    "spikes": lambda rng, *shape: np.where(rng.random(shape) < 0.01, 1e4, 1) * rng.normal(size=shape),
}


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("kernel", PATTERNS)
def test_conv2d_is_as_precise_as_it_says_where_it_takes_tiles(conv, pattern, kernel):
    rng = np.random.default_rng(0)
    x = PATTERNS[pattern](rng, 1, 64, 24, 24).astype(np.float32)
    weight = PATTERNS[kernel](rng, 32, 64, 3, 3).astype(np.float32)
    error = abs(conv.conv2d(x, weight, padding=1) - torch_conv2d(x, weight, None, {"padding": 1}, "float64"))
    assert error.max() < 64 * 2.0**-23 * abs(x).max() * abs(weight).sum((1, 2, 3)).max()


def test_the_points_cost_few_digits(conv):
    """On outputs of unit variance: 0, ±1, ±2 would lose more."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, 64, 48, 48), np.float32)
    weight = rng.standard_normal((64, 64, 3, 3), np.float32) / np.float32(24)
    expected = torch_conv2d(x, weight, None, {}, "float64")
    assert abs(conv.conv2d_winograd4(x, weight) - expected).max() < 1.5e-5
    assert abs(conv.conv2d_winograd(x, weight) - expected).max() < 5e-6


def test_what_is_not_finite_reaches_no_neighbour_in_its_tile(conv):
    """3e38 is finite, but not behind the transforms."""
    rng = np.random.default_rng(0)
    for value, in_weight in product([np.nan, np.inf, -np.inf, 3e38], [False, True]):
        x, weight = values(rng, (1, 32, 24, 24), "float32"), values(rng, (32, 32, 3, 3), "float32") / 1000
        (weight if in_weight else x)[0, 0, 2, 2] = value
        out, expected = conv.conv2d(x, weight, padding=1), torch_conv2d(x, weight, None, {"padding": 1})
        np.testing.assert_array_equal(np.isfinite(out), np.isfinite(expected))
        np.testing.assert_allclose(out, expected, rtol=1e-3, atol=1e-3)


def test_the_fft_is_of_the_powers_of_two_that_hold_the_padded_image(conv, monkeypatch):
    """So `cost.conv2d_multiplications` counts what is done."""
    sizes, rfft2 = [], np.fft.rfft2
    monkeypatch.setattr(
        np.fft, "rfft2", lambda a, s=None: sizes.append(tuple(s or a.shape[-2:])) or rfft2(a, s)
    )
    conv.conv2d_fft(np.ones((1, 1, 15, 16)), np.ones((1, 1, 3, 3)), padding=(0, 1))
    conv.conv2d_fft(np.ones((1, 1, 32, 33)), np.ones((1, 1, 3, 3)))
    assert sizes == [(16, 32)] * 2 + [(32, 64)] * 2


def test_the_worked_example(conv):
    """The 6×6 image and vertical-edge kernel of the lecture; the sixteen outputs worked by hand."""
    image = [[3, 0, 1, 2, 7, 4], [1, 5, 8, 9, 3, 1], [2, 7, 2, 5, 1, 3],
             [0, 1, 3, 1, 7, 8], [4, 2, 1, 6, 2, 8], [2, 4, 5, 2, 3, 9]]  # fmt: skip
    edges = [[-5, -4, 0, 8], [-10, -2, 2, 3], [0, -2, -4, -7], [-3, -2, -3, -16]]
    assert conv.correlate2d(image, [[1, 0, -1]] * 3).tolist() == edges


# ---- Types ----


@pytest.mark.parametrize("rung", LADDER)
@few
@given(data=st.data(), x_type=st.sampled_from(FLOATS), weight_type=st.sampled_from(FLOATS))
def test_floats_are_as_precise_as_their_type(conv, rung, data, x_type, weight_type):
    x, weight, bias, options = data.draw(problems(x_type, weight_type))
    out = getattr(conv, rung)(x, weight, bias, **options)
    assert out.dtype == np.result_type(x, weight)
    eps = float(np.finfo(out.dtype).eps)
    scale = torch_conv2d(abs(x), abs(weight), None if bias is None else abs(bias), options, "float64")
    error = abs(out - torch_conv2d(x, weight, bias, options, "float64"))
    assert (error <= (8 if "fft" not in rung else 64) * eps * scale.max(initial=0)).all()
    if out.dtype == np.float16 and "fft" not in rung:  # summed in float32, so only the last rounding shows
        assert (error <= eps * scale).all()


@pytest.mark.parametrize("rung", EXACT)
@few
@given(data=st.data(), x_type=st.sampled_from(INTEGERS), weight_type=st.sampled_from(INTEGERS))
def test_integers_are_exact_and_do_not_overflow(conv, rung, data, x_type, weight_type):
    x, weight, bias, options = data.draw(problems(x_type, weight_type))
    out = getattr(conv, rung)(x, weight, bias, **options)
    assert out.dtype == np.int64
    np.testing.assert_array_equal(out, torch_conv2d(x, weight, bias, options, "int64"), strict=True)


@pytest.mark.parametrize("rung", EXACT)
def test_a_sum_of_bytes_exceeds_a_byte(conv, rung):
    x, weight = np.full((1, 4, 3, 3), 255, np.uint8), np.full((1, 4, 3, 3), 255, np.uint8)
    assert getattr(conv, rung)(x, weight).item() == 36 * 255 * 255


def test_a_list_has_no_precision_of_its_own(conv):
    """Beside an array; and alone as NumPy would have it."""
    x, weight = np.ones((1, 2, 4, 4), np.float32), np.ones((2, 2, 3, 3), np.float32)
    assert conv.conv2d(x, weight, [0.5, 1.5]).dtype == np.float32
    assert conv.conv2d(x, weight.tolist(), (1, 2)).dtype == np.float32
    assert conv.conv2d(x.astype(np.float16), weight.tolist()).dtype == np.float16
    assert conv.conv_transpose2d(x, weight.tolist(), [0.5, 1.5]).dtype == np.float32
    assert conv.conv2d(x.astype(np.int8), weight.tolist()).dtype == np.float64
    assert conv.conv2d(x.tolist(), weight.tolist()).dtype == np.float64
    assert conv.conv2d([[[[True]]]], [[[[3]]]]).dtype == np.int64
    assert conv.conv2d(x, weight.astype(np.float64)).dtype == np.float64
    np.testing.assert_array_equal(conv.conv2d(x, weight, [0.5, 1.5])[0, :, 0, 0], [18.5, 19.5])


@pytest.mark.parametrize("rung", EXACT)
def test_a_sum_beyond_int64_wraps_around_as_in_torch(conv, rung):
    x, weight = np.full((1, 3, 1, 1), 2**62), np.ones((1, 3, 1, 1), np.int64)
    out = getattr(conv, rung)(x, weight)
    np.testing.assert_array_equal(out, torch_conv2d(x, weight, None, {}))
    assert out.item() == 3 * 2**62 - 2**64


@pytest.mark.parametrize(
    ("rung", "method"),
    [("conv2d_fft", "^the Fourier transform"), *((rung, "^Winograd's transform") for rung in TILES)],
)
def test_inexact_rungs_refuse_integers(conv, rung, method):
    with pytest.raises(TypeError, match=f"{method} does not give exact int64"):
        getattr(conv, rung)(np.ones((1, 1, 5, 5), np.uint8), np.ones((1, 1, 3, 3), np.int32))


@pytest.mark.parametrize("rung", EXACT)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@few
@given(data=st.data(), where=random_numbers, in_weight=st.booleans())
def test_nan_and_inf_are_where_torch_has_them(conv, rung, value, data, where, in_weight):
    """Zeros of the padding are multiplied like any input: against an infinite weight they give NaN.

    In float32 torch sometimes leaves them out, so there only the image holds NaN and inf.
    """
    dtype = "float64" if in_weight else "float32"
    x, weight, bias, options = data.draw(problems(dtype, dtype))
    x, weight = np.array(x), np.array(weight)
    weight[where.random(weight.shape) < 0.2] = 0  # zero times inf is NaN
    target = weight if in_weight else x
    target[where.random(target.shape) < 0.1] = value
    out = getattr(conv, rung)(x, weight, bias, **options)
    expected = torch_conv2d(x, weight, bias, options)
    np.testing.assert_array_equal(np.isnan(out), np.isnan(expected))
    np.testing.assert_array_equal(out[np.isinf(expected)], expected[np.isinf(expected)])
    assert np.isinf(out).sum() == np.isinf(expected).sum()


@pytest.mark.parametrize(
    ("rung", "reach"), [("conv2d_winograd", 2), ("conv2d_winograd4", 4), ("conv2d_fft", 8)]
)
def test_one_nan_spreads_as_far_as_documented(conv, rung, reach):
    x = np.zeros((2, 1, 8, 8))
    x[0, 0, 0, 0] = np.nan
    lost = np.isnan(getattr(conv, rung)(x, np.ones((1, 1, 3, 3)), padding=1))
    assert lost[0, 0, :reach, :reach].all()
    assert lost.sum() == reach**2


def test_overflow_is_silent_whatever_numpy_is_told(conv):
    big = np.full((1, 1, 3, 3), 60000, np.float16)
    with np.errstate(all="raise"):
        assert conv.conv2d(big, big).item() == np.inf
        assert conv.conv_transpose2d(big, big).max() == np.inf
        assert conv.col2im(big.reshape(1, 9, 1), 3, 3).max() == 60000
        assert conv.col2im(np.full((1, 9, 4), 60000, np.float16), 4, 3).max() == np.inf


# ---- Properties that need no other library ----


@few
@given(rng=random_numbers, stride=one_or_two(1, 2), padding=one_or_two(0, 2), dilation=one_or_two(1, 2))
def test_conv2d_is_linear_in_image_and_kernel(conv, rng, stride, padding, dilation):
    x, y = values(rng, (2, 2, 4, 8, 7))
    v, w = values(rng, (2, 6, 2, 3, 2))
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": 2}
    both_ways = conv.conv2d(2 * x - y, v + 3 * w, **options)
    by_parts = [conv.conv2d(a, b, **options) for a in (x, y) for b in (v, w)]
    np.testing.assert_allclose(both_ways, 2 * by_parts[0] + 6 * by_parts[1] - by_parts[2] - 3 * by_parts[3])


@few
@given(rng=random_numbers, down=st.integers(0, 3), right=st.integers(0, 3))
def test_a_moved_image_gives_a_moved_output(conv, rng, down, right):
    x, weight = np.zeros((1, 2, 12, 12)), values(rng, (3, 2, 3, 3))
    x[:, :, 2:6, 2:6] = values(rng, (1, 2, 4, 4))
    moved = conv.conv2d(np.roll(x, (down, right), (2, 3)), weight)
    np.testing.assert_allclose(moved, np.roll(conv.conv2d(x, weight), (down, right), (2, 3)))


def test_an_impulse_shows_the_kernel_turned_around(conv):
    """Correlation, not convolution: each output looks up the weight that meets the impulse."""
    impulse, kernel = np.zeros((5, 5)), np.arange(9.0).reshape(3, 3)
    impulse[2, 2] = 1
    np.testing.assert_array_equal(conv.correlate2d(impulse, kernel), kernel[::-1, ::-1])


# ---- One image; the transpose; columns ----


@few
@given(rng=random_numbers, options=st.fixed_dictionaries(
    {}, optional={"stride": one_or_two(1, 3), "padding": one_or_two(0, 2), "dilation": one_or_two(1, 2)}
))  # fmt: skip
def test_correlate2d_is_conv2d_of_one_image(conv, rng, options):
    image, kernel = values(rng, (9, 8)), values(rng, (3, 2))
    expected = F.conv2d(tensor(image)[None, None], tensor(kernel)[None, None], **options)[0, 0]
    out = conv.correlate2d(image, kernel, **options)
    np.testing.assert_allclose(out, expected, strict=True)
    assert_fresh(out, image, kernel)


@st.composite
def transposed_problems(draw):
    rng, groups, kernel = (
        draw(random_numbers),
        draw(st.integers(1, 3)),
        draw(st.tuples(*[st.integers(1, 4)] * 2)),
    )
    stride, dilation, padding = draw(one_or_two(1, 3)), draw(one_or_two(1, 3)), draw(one_or_two(0, 2))
    largest = [max(s, d) - 1 for s, d in zip(both(stride), both(dilation), strict=True)]
    output_padding = tuple(draw(st.integers(0, n)) for n in largest)
    span = [d * (k - 1) + 1 for d, k in zip(both(dilation), kernel, strict=True)]
    least = [
        max(1, -((s - 1 - 2 * p) // t) + 1) for s, p, t in zip(span, both(padding), both(stride), strict=True)
    ]
    size = [draw(st.integers(n, n + 4)) for n in least]
    in_group, out_group = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    x = laid_out(values(rng, (draw(st.integers(0, 2)), groups * in_group, *size)), draw(layouts))
    weight = laid_out(values(rng, (groups * in_group, out_group, *kernel)), draw(layouts))
    bias = draw(st.none() | st.just(values(rng, groups * out_group)))
    return x, weight, bias, (stride, padding, output_padding, groups, dilation)


@examples
@given(problem=transposed_problems())
def test_conv_transpose2d_has_torchs_values(conv, problem):
    x, weight, bias, options = problem
    out = conv.conv_transpose2d(x, weight, bias, *options)
    expected = F.conv_transpose2d(tensor(x), tensor(weight), tensor(bias), *options)
    np.testing.assert_allclose(out, expected, rtol=1e-9, atol=1e-12, strict=True)
    assert_fresh(out, x, weight, bias)


@few
@given(problem=problems())
def test_conv_transpose2d_is_the_transpose_of_conv2d(conv, problem):
    """⟨conv(x), y⟩ = ⟨x, convᵀ(y)⟩, with output_padding for the pixels that a stride passes over."""
    x, weight, _, options = problem
    options["padding"] = 0
    span = [d * (k - 1) + 1 for d, k in zip(both(options["dilation"]), weight.shape[2:], strict=True)]
    x = np.resize(x if x.size else np.ones(1), (1, x.shape[1], span[0] + 4, span[1] + 5))
    y = conv.conv2d(x, weight, **options)
    over = tuple((n - s) % t for n, s, t in zip(x.shape[2:], span, both(options["stride"]), strict=True))
    back = conv.conv_transpose2d(y, weight, output_padding=over, **options)
    assert back.shape == x.shape
    np.testing.assert_allclose((y * y).sum(), (x * back).sum())


@pytest.mark.parametrize("x_type", [*INTEGERS, *FLOATS])
@pytest.mark.parametrize("weight_type", ["int8", "float16", "float32"])
def test_conv_transpose2d_has_the_types_of_conv2d(conv, x_type, weight_type):
    rng = np.random.default_rng(0)
    x, weight = values(rng, (2, 4, 5, 3), x_type), values(rng, (4, 2, 3, 2), weight_type)
    out = conv.conv_transpose2d(x, weight, stride=2, groups=2)
    assert out.dtype == conv.conv2d(x, weight.swapaxes(0, 1)).dtype
    wide = "int64" if out.dtype == np.int64 else "float64"
    expected = F.conv_transpose2d(tensor(x, wide), tensor(weight, wide), stride=2, groups=2).numpy()
    tolerance = 0 if wide == "int64" else 4 * float(np.finfo(out.dtype).eps) * abs(expected).max()
    np.testing.assert_allclose(out, expected, rtol=0, atol=tolerance)


column_options = st.fixed_dictionaries(
    {"kernel_size": one_or_two(1, 3)},
    optional={"dilation": one_or_two(1, 2), "padding": one_or_two(0, 2), "stride": one_or_two(1, 3)},
)
sizes = st.tuples(st.integers(0, 2), st.integers(1, 3), st.integers(5, 9), st.integers(5, 9))


@examples
@given(rng=random_numbers, shape=sizes, options=column_options, layout=layouts)
def test_im2col_is_unfold(conv, rng, shape, options, layout):
    x = laid_out(values(rng, shape), layout)
    columns = conv.im2col(x, **options)
    np.testing.assert_array_equal(columns, F.unfold(tensor(x), **options), strict=True)
    assert_fresh(columns, x)


@examples
@given(rng=random_numbers, shape=sizes, options=column_options, layout=layouts)
def test_col2im_is_fold(conv, rng, shape, options, layout):
    columns = laid_out(values(rng, conv.im2col(np.empty(shape), **options).shape), layout)
    image = conv.col2im(columns, shape[2:], **options)
    np.testing.assert_allclose(image, F.fold(tensor(columns), shape[2:], **options), atol=1e-12, strict=True)
    assert_fresh(image, columns)


@few
@given(rng=random_numbers, shape=sizes, options=column_options)
def test_col2im_is_the_transpose_of_im2col(conv, rng, shape, options):
    x = values(rng, shape)
    columns = conv.im2col(x, **options)
    y = values(rng, columns.shape)
    np.testing.assert_allclose(
        (columns * y).sum(), (x * conv.col2im(y, shape[2:], **options)).sum(), atol=1e-9
    )


def test_columns_keep_their_type_until_they_are_summed(conv):
    ones = np.full((1, 1, 6, 6), 100, np.int8)
    columns = conv.im2col(ones, 3)
    assert columns.dtype == np.int8
    image = conv.col2im(columns, 6, 3)
    assert image.dtype == np.int64
    assert image.max() == 900
    assert conv.col2im(columns.astype(np.float16), 6, 3).dtype == np.float16


# ---- Refusals ----

X, W = np.zeros((1, 4, 5, 6)), np.zeros((6, 4, 3, 3))
X64, W64 = np.zeros((1, 64, 8, 8)), np.zeros((64, 21, 3, 3))

BAD = [  # arguments, options, error, what its message says
    ((X[0], W), {}, ValueError, r"x must be \[N, C, H, W\]; got 3 axes, shape \(4, 5, 6\)"),
    ((X, W[0]), {}, ValueError, r"weight must be \[O, C / groups, kh, kw\]; got 3 axes, shape \(4, 3, 3\)"),
    ((X, W, np.zeros(5)), {}, ValueError, "bias holds 5 values for 6 output channels"),
    ((X, W, np.zeros((6, 1))), {}, ValueError, r"bias must be \[O\]; got 2 axes, shape \(6, 1\)"),
    ((X64, W64), {"groups": 3}, ValueError, "64 input channels cannot be split into 3 equal groups"),
    ((X, W[:, :1]), {"groups": 4}, ValueError, "6 output channels cannot be split into 4 equal groups"),
    ((X, W[:, :3]), {}, ValueError, r"weight \(6, 3, 3, 3\) takes 3 input channels, but x has 4 / 1 = 4"),
    ((X, W), {"groups": 2}, ValueError, r"weight .* takes 4 input channels, but x has 4 / 2 = 2"),
    ((X[:, :0], W[:, :0]), {}, ValueError, r"x .* shape \(1, 0, 5, 6\)"),
    ((X[:, :, :0], W), {}, ValueError, r"x \[N, C, H, W\] may be empty only along .* \(1, 4, 0, 6\)"),
    ((X, W[:0]), {}, ValueError, "0 output channels cannot be split into 1 equal groups"),
    ((X, W[:, :, :, :0]), {}, ValueError, r"weight .* \(6, 4, 3, 0\)"),
    ((X, np.zeros((6, 4, 6, 1))), {}, ValueError, "a kernel spanning 6×1 does not fit into 5×6 pixels"),
    ((X, np.zeros((6, 4, 1, 7))), {}, ValueError, "a kernel spanning 1×7 does not fit into 5×6 pixels"),
    ((X, W), {"dilation": (3, 1)}, ValueError, "a kernel spanning 7×3 does not fit into 5×6 pixels"),
    ((X, W), {"dilation": 4, "padding": 1}, ValueError, "a kernel spanning 9×9 does not fit into 7×8 pixels"),
    ((X, W), {"stride": 0}, ValueError, "stride must be at least 1; got 0"),
    ((X, W), {"stride": (1, -2)}, ValueError, "stride must be at least 1; got -2"),
    ((X, W), {"dilation": (0, 1)}, ValueError, "dilation must be at least 1; got 0"),
    ((X, W), {"groups": 0}, ValueError, "groups must be at least 1; got 0"),
    ((X, W), {"groups": 1.0}, TypeError, "groups must be made of integers; got 1.0"),
    ((X, W), {"padding": -1}, ValueError, "padding must be at least 0; got -1"),
    ((X, W), {"padding": (0, -3)}, ValueError, "padding must be at least 0; got -3"),
    ((X, W), {"stride": 1.5}, TypeError, r"stride must be made of integers; got 1\.5"),
    ((X, W), {"stride": (1, 2, 3)}, TypeError, r"stride must be one integer, or two for .* got \(1, 2, 3\)"),
    ((X, W), {"padding": "full"}, ValueError, "padding must be .*; got 'full'"),
    ((X, W), {"padding": "no"}, ValueError, "padding must be .*; got 'no'"),
    ((X, W), {"padding": None}, TypeError, "padding must be made of integers; got None"),
    ((X, W), {"padding": "same", "stride": (1, 2)}, ValueError, r'padding="same" needs .* \(1, 2\)'),
    ((X.astype(object), W), {}, TypeError, "x must hold floats.* got object"),
    ((X, W.astype(str)), {}, TypeError, "weight must hold floats.* got <U"),
    ((X, W, np.zeros(6, complex)), {}, TypeError, "bias must hold floats.* got complex128"),
    ((X.astype(np.uint64), W), {}, TypeError, "x .* integers that fit into int64; got uint64"),
    ((np.ma.array(X), W), {}, TypeError, r"x is a masked array, .* fill it, x\.filled\(0\)"),
    ((X, np.ma.array(W)), {}, TypeError, r"weight is a masked array, .* fill it, weight\.filled\(0\)"),
    ((X, W, np.ma.zeros(6)), {}, TypeError, "bias is a masked array"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "options", "error", "message"), BAD)
@pytest.mark.parametrize("rung", [*LADDER, *TILES, "conv2d_rows"])
def test_conv2d_refuses_with_the_numbers(conv, rung, arguments, options, error, message):
    with pytest.raises(error, match=f"^{message}"):
        getattr(conv, rung)(*arguments, **options)


@pytest.mark.parametrize(
    ("weight", "options", "message"),
    [
        (np.zeros((6, 4, 3, 2)), {}, r"\(3, 2\), stride \(1, 1\), dilation \(1, 1\)"),
        (W, {"stride": (1, 2)}, r"\(3, 3\), stride \(1, 2\)"),
        (W, {"dilation": 2, "padding": 2}, r"\(3, 3\), stride \(1, 1\), dilation \(2, 2\)"),
    ],
)
def test_winograd_refuses_what_it_cannot_do(conv, weight, options, message):
    for rung in TILES:
        with pytest.raises(ValueError, match=f"^Winograd's .* got kernel {message}"):
            getattr(conv, rung)(X, weight, **options)


def test_long_rows_refuse_a_stride(conv):
    with pytest.raises(ValueError, match=r"^long rows take stride 1; got \(1, 2\)"):
        conv.conv2d_rows(X, W, stride=(1, 2))


TRANSPOSE, T, COLUMNS = "conv_transpose2d", np.zeros((4, 6, 3, 3)), np.zeros((1, 9, 9))

BAD_CALLS = [
    (TRANSPOSE, (X[0], T), {}, ValueError, r"x must be \[N, C, H, W\]; got 3 axes"),
    (TRANSPOSE, (X, T[0]), {}, ValueError, r"weight must be \[C, O / groups, kh, kw\]; got 3 axes"),
    (TRANSPOSE, (X, T[:3]), {}, ValueError, r"weight \(3, 6, 3, 3\) takes 3 input channels, but x has 4"),
    (TRANSPOSE, (X, T), {"groups": 3}, ValueError, "4 input channels .* 3 equal groups"),
    (TRANSPOSE, (X, T), {"groups": 0}, ValueError, "groups must be at least 1; got 0"),
    (TRANSPOSE, (X, T, np.zeros(6)), {"groups": 2}, ValueError, "bias holds 6 values for 12 output channels"),
    (TRANSPOSE, (X, T), {"stride": 0}, ValueError, "stride must be at least 1; got 0"),
    (TRANSPOSE, (X, T), {"dilation": 0}, ValueError, "dilation must be at least 1; got 0"),
    (TRANSPOSE, (X, T), {"padding": -1}, ValueError, "padding must be at least 0; got -1"),
    (TRANSPOSE, (X, T), {"padding": "same"}, TypeError, "padding must be made .* got 'same'"),
    (TRANSPOSE, (X, T), {"output_padding": -1}, ValueError, "output_padding must be at least 0; got -1"),
    (TRANSPOSE, (X, T), {"output_padding": 1}, ValueError,
     "output_padding 1 must be below stride 1 or dilation 1"),
    (TRANSPOSE, (X, T), {"output_padding": (0, 2), "stride": 2, "dilation": 2}, ValueError,
     "output_padding 2 must be below stride 2 or dilation 2"),
    (TRANSPOSE, (X, T), {"padding": (0, 4)}, ValueError, "padding 4 leaves 0 outputs of 6 inputs"),
    (TRANSPOSE, (X, T), {"padding": (4, 0)}, ValueError, "padding 4 leaves -1 outputs of 5 inputs"),
    ("im2col", (X[0], 3), {}, ValueError, r"x must be \[N, C, H, W\]; got 3 axes"),
    ("im2col", (X, 6), {}, ValueError, "a kernel spanning 6×6 does not fit into 5×6"),
    ("im2col", (X, 0), {}, ValueError, "kernel_size must be at least 1; got 0"),
    ("im2col", (X, 3), {"stride": 0}, ValueError, "stride must be at least 1; got 0"),
    ("im2col", (X, 3), {"padding": -1}, ValueError, "padding must be at least 0; got -1"),
    ("im2col", (X, 3), {"dilation": 0}, ValueError, "dilation must be at least 1; got 0"),
    ("col2im", (COLUMNS[:, :, 1:], 5, 3), {}, ValueError, r"columns \(1, 9, 8\) must be .* 3 · 3, 3 · 3\]"),
    ("col2im", (COLUMNS[:, 1:], 5, 3), {}, ValueError, r"columns \(1, 8, 9\) must be .* 3 · 3, 3 · 3\]"),
    ("col2im", (COLUMNS[0], 5, 3), {}, ValueError, r"columns must be \[N, C · kh · kw, L\]; got 2 axes"),
    ("col2im", (COLUMNS, 2, 3), {}, ValueError, "a kernel spanning 3×3 does not fit into 2×2"),
    ("col2im", (COLUMNS, 0, 3), {}, ValueError, "output_size must be at least 1; got 0"),
    ("col2im", (COLUMNS, 5, 0), {}, ValueError, "kernel_size must be at least 1; got 0"),
    ("col2im", (COLUMNS, 5, 3), {"stride": 0}, ValueError, "stride must be at least 1; got 0"),
    ("col2im", (COLUMNS, 5, 3), {"padding": -1}, ValueError, "padding must be at least 0; got -1"),
    ("col2im", (COLUMNS, 5, 3), {"dilation": 0}, ValueError, "dilation must be at least 1; got 0"),
    ("correlate2d", (X, W[0, 0]), {}, ValueError, r"image must be \[H, W\]; got 4 axes"),
    ("correlate2d", (X[0, 0], W), {}, ValueError, r"kernel must be \[kh, kw\]; got 4 axes"),
    ("correlate2d", (W[0, 0], X[0, 0]), {}, ValueError, "a kernel spanning 5×6 does not fit into 3×3"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "arguments", "options", "error", "message"), BAD_CALLS)
def test_the_others_refuse_with_the_numbers(conv, function, arguments, options, error, message):
    with pytest.raises(error, match=f"^{message}"):
        getattr(conv, function)(*arguments, **options)


# ---- The module ----

TWINS = dict.fromkeys([*LADDER, *TILES, "conv2d_rows"], F.conv2d) | {
    "conv_transpose2d": F.conv_transpose2d, "im2col": F.unfold, "col2im": F.fold,
}  # fmt: skip


@pytest.mark.parametrize("name", TWINS)
def test_arguments_have_torchs_names_order_and_defaults(conv, name):
    ours = list(inspect.signature(getattr(conv, name)).parameters.values())
    twin = TWINS[name]
    try:
        theirs = [(p.name, p.default) for p in inspect.signature(twin).parameters.values()]
    except ValueError:  # built in: its docstring opens with the call
        call = twin.__doc__.strip().split(") -> ")[0]
        function = eval(f"lambda {call.split('(', 1)[1]}: None")
        theirs = [(p.name, p.default) for p in inspect.signature(function).parameters.values()]
    assert [(p.name, p.default) for p in ours][1:] == theirs[1:]  # torch says `input` for x, or for columns


def test_a_rung_shows_its_own_name_docstring_and_source(conv):
    assert conv.conv2d_loops.__name__ == "conv2d_loops"
    assert conv.conv2d_loops.__doc__.startswith("The definition")
    assert "for n, o, i, j in np.ndindex" in inspect.getsource(conv.conv2d_loops)


def test_docstring_examples_run(conv):
    result = doctest.testmod(conv)
    assert result.attempted >= 4
    assert not result.failed


def test_importing_it_imports_no_torch_and_only_what_stands_before_it():
    code = "import sys, cnnlab.conv; print(*sorted(m for m in sys.modules if m[:6] in ('torch', 'cnnlab')))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == [f"cnnlab{room}" for room in ("", ".arguments", ".conv", ".cost", ".deprecated")]
