"""The closed forms of `cnnlab.cost` are what torch's layers hold and do, and what literal loops count."""

import doctest
from itertools import product
from math import prod

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import cnnlab.conv
import cnnlab.cost
from cnnlab.cost import (
    conv2d_macs,
    conv2d_memory_access,
    conv2d_multiplications,
    conv2d_output_size,
    conv2d_params,
    conv_transpose2d_output_size,
)

examples = settings(derandomize=True, deadline=None, max_examples=200)
small = st.integers(1, 4)


@examples
@given(st.integers(1, 40), st.integers(1, 7), small, st.integers(0, 4), small)
def test_output_size_is_torchs(size, kernel_size, stride, padding, dilation):
    layer = nn.Conv2d(1, 1, kernel_size, stride, padding, dilation, device="meta")
    try:
        expected = layer(torch.empty(1, 1, size, size, device="meta")).shape[-1]
    except RuntimeError:
        with pytest.raises(ValueError, match=f"does not fit into {size} .* 2·{padding} pixels"):
            conv2d_output_size(size, kernel_size, stride, padding, dilation)
    else:
        assert conv2d_output_size(size, kernel_size, stride, padding, dilation) == expected


@examples
@given(st.integers(1, 20), st.integers(1, 7), small, st.integers(0, 4), st.integers(0, 4), small)
def test_transposed_output_size_is_torchs(size, kernel_size, stride, padding, output_padding, dilation):
    arguments = size, kernel_size, stride, padding, output_padding, dilation
    options = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    layer = nn.ConvTranspose2d(1, 1, kernel_size, **options)  # a meta tensor would not check output_padding
    try:
        expected = layer(torch.zeros(1, 1, size, size)).shape[-1]
    except RuntimeError:
        with pytest.raises(ValueError, match=r"must be below|leaves -?\d+ outputs"):
            conv_transpose2d_output_size(*arguments)
    else:
        assert conv_transpose2d_output_size(*arguments) == expected


@examples
@given(st.integers(1, 60), st.integers(1, 7), small, st.integers(0, 3), small)
def test_a_transposed_convolution_restores_the_size(size, kernel_size, stride, padding, dilation):
    span = dilation * (kernel_size - 1) + 1
    size += span
    forgotten = (size + 2 * padding - span) % stride
    outputs = conv2d_output_size(size, kernel_size, stride, padding, dilation)
    assert conv_transpose2d_output_size(outputs, kernel_size, stride, padding, forgotten, dilation) == size


@pytest.mark.parametrize(("in_group", "out_group", "groups"), [*product([1, 3], [2, 4], [1, 2, 5])])
@pytest.mark.parametrize("kernel_size", [1, 3, (1, 7), (5, 2)])
@pytest.mark.parametrize("bias", [True, False])
def test_params_are_torchs(in_group, out_group, groups, kernel_size, bias):
    channels = in_group * groups, out_group * groups
    layer = nn.Conv2d(*channels, kernel_size, groups=groups, bias=bias, device="meta")
    assert conv2d_params(*channels, kernel_size, groups, bias) == sum(p.numel() for p in layer.parameters())


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("kernel_size", [(1, 1), (3, 2), (2, 3)])
@pytest.mark.parametrize("output_size", [(1, 1), (3, 4)])
def test_macs_and_direct_multiplications_are_what_loops_count(groups, kernel_size, output_size):
    count = 0
    for _out_channel, _row, _column in np.ndindex(4, *output_size):
        for _in_channel, _down, _right in np.ndindex(6 // groups, *kernel_size):
            count += 1
    assert conv2d_macs(6, 4, kernel_size, output_size, groups) == count
    input_size = [n + k - 1 for n, k in zip(output_size, kernel_size, strict=True)]
    shapes = (3, 6, *input_size), (4, 6 // groups, *kernel_size)
    assert conv2d_multiplications("direct", *shapes) == 3 * count


def test_a_square_may_be_given_by_its_side():
    assert conv2d_params(8, 4, 3) == conv2d_params(8, 4, (3, 3)) == 8 * 4 * 9 + 4
    assert conv2d_macs(8, 4, 3, 5) == conv2d_macs(8, 4, (3, 3), (5, 5)) == 8 * 4 * 9 * 25


@pytest.mark.parametrize("groups", [1, 2])
def test_memory_access_is_the_size_of_the_arrays(groups):
    x, weight = np.zeros((1, 6, 9, 7)), np.zeros((4, 6 // groups, 3, 2))
    out = cnnlab.conv.conv2d(x, weight, stride=2, groups=groups)
    counted = conv2d_memory_access(6, 4, (3, 2), x.shape[2:], out.shape[2:], groups)
    assert counted == x.size + weight.size + out.size


def test_equal_widths_move_the_least_for_the_same_macs():
    """ShuffleNetV2's first guideline: at equal MACs, 1×1 moves least when it keeps the width."""
    widths = [(64, 64), (32, 128), (128, 32), (16, 256)]
    assert len({conv2d_macs(c1, c2, 1, 28) for c1, c2 in widths}) == 1
    moved = [conv2d_memory_access(c1, c2, 1, 28, 28) for c1, c2 in widths]
    assert min(moved) == moved[0] == 28 * 28 * (64 + 64) + 64 * 64
    assert moved[1] == moved[2] < moved[3]


@pytest.mark.parametrize(("size", "tiles"), [((6, 6), 4), ((7, 6), 6), ((5, 5), 4), ((3, 3), 1)])
@pytest.mark.parametrize("groups", [1, 3])
def test_winograd_multiplies_sixteen_times_a_tile(size, tiles, groups):
    counted = conv2d_multiplications("winograd", (2, 6, *size), (9, 6 // groups, 3, 3))
    assert counted == 2 * 9 * (6 // groups) * 16 * tiles


def test_winograd_saves_its_36_to_16_and_its_144_to_36():
    shapes, methods = ((1, 64, 56, 56), (64, 64, 3, 3)), ("direct", "winograd", "winograd4")
    direct, two, four = (conv2d_multiplications(method, *shapes, padding=1) for method in methods)
    assert direct * 16 == two * 36
    assert direct * 36 == four * 144


@pytest.mark.parametrize(("method", "points"), [("winograd", 4), ("winograd4", 6)])
@pytest.mark.parametrize("size", [(12, 12), (13, 9), (5, 3)])
def test_winograd_multiplies_as_often_as_counted(method, points, size, monkeypatch):
    """Its products are one matrix product for each point: rows · inner · columns of each."""
    made, matmul = [], np.matmul
    x, weight = np.zeros((2, 6, *size)), np.zeros((8, 3, 3, 3))
    monkeypatch.setattr(np, "matmul", lambda a, b, out: made.append((a, b)) or matmul(a, b, out=out))
    getattr(cnnlab.conv, f"conv2d_{method}")(x, weight, groups=2)
    products = [prod((*a.shape, b.shape[-1])) for a, b in made if b.shape[:1] == (points**2,)]
    assert sum(products) == conv2d_multiplications(method, x.shape, weight.shape)


def radix_2_products(n):
    """Complex multiplications of the recursive transform of n points, counted by making them."""
    return 0 if n == 1 else 2 * radix_2_products(n // 2) + n // 2


@pytest.mark.parametrize(("rows", "columns"), [(1, 2), (4, 4), (8, 16), (64, 8)])
def test_a_transform_multiplies_as_often_as_its_recursion(rows, columns):
    complex_products = columns * radix_2_products(rows) + rows * radix_2_products(columns)
    transforms = 2 * 3 + 2 * 5  # images and outputs; kernels are transformed once and kept
    spectra = 2 * 5 * 3 * rows * (columns // 2 + 1)
    counted = conv2d_multiplications("fft", (2, 3, rows, columns), (5, 3, 1, 1))
    assert counted == transforms * 4 * complex_products // 2 + 4 * spectra


def test_the_fft_takes_the_next_power_of_two_of_the_padded_image():
    shapes = (5, 1, 3, 3)
    assert conv2d_multiplications("fft", (1, 1, 31, 31), shapes, padding=1) > conv2d_multiplications(
        "fft", (1, 1, 30, 30), shapes, padding=1
    ) == conv2d_multiplications("fft", (1, 1, 32, 32), shapes)  # fmt: skip


def test_the_fft_costs_the_same_for_any_kernel_and_wins_for_large_ones():
    image = (1, 1, 256, 256)
    kernels = [(1, 1, k, k) for k in (3, 5, 7, 9, 15, 31)]
    assert len({conv2d_multiplications("fft", image, kernel) for kernel in kernels}) == 1
    direct, fft = (
        [conv2d_multiplications(m, image, kernel) for kernel in kernels] for m in ("direct", "fft")
    )
    assert direct[0] < fft[0]
    assert direct[-1] > fft[-1]


REFUSED = [
    (conv2d_output_size, (2, 5), "spanning 5 does not fit into 2 .* 2·0 pixels"),
    (conv2d_output_size, (5, 3, 0), "stride must be at least 1; got 0"),
    (conv2d_output_size, (5, 3, 1, -1), "padding must be at least 0; got -1"),
    (conv2d_output_size, (5, 3, 1, 0, 0), "dilation must be at least 1; got 0"),
    (conv2d_output_size, (0, 3), "size must be at least 1; got 0"),
    (conv2d_output_size, (5, 0), "kernel_size must be at least 1; got 0"),
    (conv_transpose2d_output_size, (0, 3), "size must be at least 1; got 0"),
    (conv_transpose2d_output_size, (5, 3, 2, 0, 2), "output_padding 2 must be below stride 2 or dilation 1"),
    (conv_transpose2d_output_size, (5, 3, 2, 0, -1), "output_padding must be at least 0; got -1"),
    (conv_transpose2d_output_size, (1, 1, 1, 1), "padding 1 leaves -1 outputs of 1 inputs"),
    (conv_transpose2d_output_size, (2, 1, 1, 1), "padding 1 leaves 0 outputs of 2 inputs"),
    (conv2d_params, (64, 64, 3, 3), "64 → 64 channels cannot be split into 3 equal groups"),
    (conv2d_params, (6, 64, 3, 3), "6 → 64 channels"),
    (conv2d_params, (64, 6, 3, 3), "64 → 6 channels"),
    (conv2d_params, (64, 64, 3, 0), "groups must be at least 1; got 0"),
    (conv2d_params, (0, 64, 3), "in_channels must be at least 1; got 0"),
    (conv2d_params, (64, 0, 3), "out_channels must be at least 1; got 0"),
    (conv2d_params, (64, 64, (3, 0)), "kernel_size must be at least 1; got 0"),
    (conv2d_macs, (64, 64, 3, 0), "output_size must be at least 1; got 0"),
    (conv2d_memory_access, (64, 64, 3, -5, 7), "input_size must be at least 1; got -5"),
    (conv2d_multiplications, ("karatsuba", (1, 4, 5, 5), (4, 4, 3, 3)), "got 'karatsuba'"),
    (conv2d_multiplications, ("direct", (1, 5, 5, 5), (4, 2, 3, 3)), "5 input channels .* groups of 2"),
    (conv2d_multiplications, ("direct", (1, 4, 5, 5), (4, 4, 7, 7)), "spanning 7 does not fit"),
    (conv2d_multiplications, ("winograd", (1, 4, 5, 5), (4, 4, 3, 5)), r"kernel \[3, 5\] with stride 1"),
    (conv2d_multiplications, ("winograd", (1, 4, 5, 5), (4, 4, 3, 3), 2), r"kernel \[3, 3\] with stride 2"),
]


@pytest.mark.parametrize(("function", "arguments", "message"), REFUSED)
def test_what_makes_no_layer_is_refused_with_the_numbers(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)


def test_a_size_is_an_integer():
    with pytest.raises(TypeError):
        conv2d_output_size(5.0, 3)
    with pytest.raises(TypeError):
        conv2d_params(3, 4, 1.5)


def test_docstring_examples_run():
    result = doctest.testmod(cnnlab.cost)
    assert result.attempted >= 7
    assert not result.failed
