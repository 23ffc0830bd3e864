"""What `cnnlab.receptive_field` says each unit sees is what gradients show, unit by unit."""

import copy
import dataclasses
import doctest
import inspect
import subprocess
import sys
import warnings
from fractions import Fraction

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from random_networks import (
    CHANNELS,
    Branches,
    Call,
    Gate,
    Interpolate,
    Pad,
    bounds,
    dependencies,
    networks,
)
from torch import nn

import cnnlab.reach
import cnnlab.receptive_field
from cnnlab.models import VARIANTS
from cnnlab.reach import Taps
from cnnlab.receptive_field import Field, Region, effective_receptive_field, receptive_field
from cnnlab.trace import UnknownOperatorError

examples = settings(derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


# ---- Every unit of a network ----


def check(network, size):
    """Compare every unit of every channel with the oracle."""
    seen = dependencies(network, size)
    field = receptive_field(network, size)
    assert (field.regions == bounds(seen.any(0))).all()
    for channel, expected in enumerate(map(bounds, seen)):
        for unit in np.ndindex(expected.shape[:-1]):
            assert field.region(*unit, channel=channel) == Region(*expected[unit])


def check_random(case):
    network, size = case
    try:
        with torch.no_grad():
            outputs = network.eval()(torch.ones(size))
    except RuntimeError:
        assume(False)  # the layers do not fit the image
    assume(0 < outputs.numel() <= 400)
    check(network, size)


@settings(examples, max_examples=60)
@given(networks())
def test_every_unit_of_random_networks(case):
    check_random(case)


@pytest.mark.slow
@settings(examples, max_examples=500)
@given(networks())
def test_every_unit_of_500_random_networks(case):
    check_random(case)


def attention(x):
    tokens = x.flatten(2).transpose(1, 2)
    return F.scaled_dot_product_attention(tokens, tokens[:, :3], tokens[:, :3])


def windows(x, side=2):
    """Images [N, H, W, C] → their windows [N · number, side · side, C]."""
    x = x.unflatten(2, (-1, side)).unflatten(1, (-1, side)).transpose(2, 3)
    return x.flatten(0, 2).flatten(1, 2)


def laid_out(x, height, width, side=2):
    """The windows of one image, and back."""
    x = x.reshape(1, height // side, width // side, side, side, -1).transpose(2, 3)
    return x.reshape(1, height, width, -1)


def shifted_windows(x):
    """As Swin has them: rolled, mixed within each window, and rolled back."""
    rolled = torch.roll(F.avg_pool2d(x, 2, 1, 1).permute(0, 2, 3, 1), (-1, -1), (1, 2))
    tokens = windows(rolled)
    mixed = F.scaled_dot_product_attention(*[tokens[:, None]] * 3)[:, 0]
    return torch.roll(laid_out(mixed, 8, 8), (1, 1), (1, 2))


def patches_by_hand(x):
    """[1, 4, 7, 8] → tokens of 2×4 pixels each, through a layer."""
    x = x[:, :, :6].reshape(1, 4, 3, 2, 2, 4).permute(0, 2, 4, 3, 5, 1).reshape(1, 6, 32)
    return x @ torch.ones(32, 3).to(x)


def windows_in_memory(x):
    """Windows of 3×2 pixels, two apart, by their steps in memory."""
    y = F.avg_pool2d(x, 2, 1)  # [1, 4, 6, 7]
    return y.as_strided((1, 4, 2, 3, 3, 2), (168, 42, 14, 2, 7, 1)).mean((-1, -2))


def written_by_a_mask(x):
    y = F.avg_pool2d(x, 3, 1, 1)
    y[torch.zeros(y.shape, dtype=torch.bool)] = 0
    return y


FUNCTIONS = {  # what the random networks have not
    "windows and back": lambda x: laid_out(
        windows(F.avg_pool2d(x, (2, 1), 1, (1, 0)).permute(0, 2, 3, 1)), 8, 8
    ),
    "shifted windows": lambda x: shifted_windows(x[..., :7]),
    "rolled tokens": lambda x: torch.roll(x.flatten(2).transpose(1, 2), 3, 1),
    "patches by hand": patches_by_hand,
    "windows in memory": windows_in_memory,
    "a diagonal in memory": lambda x: F.avg_pool2d(x, 2, 1).as_strided((1, 4, 6), (168, 42, 8)),
    "channels from views": lambda x: F.avg_pool2d(
        x[:, :, :6].unflatten(3, (4, 2)).unflatten(2, (3, 2)).permute(0, 1, 3, 5, 2, 4).flatten(1, 3), 2, 1
    ),
    "points of a grid from a matrix": lambda x: F.affine_grid(x[:, :2, :3, 0], (1, 4, 4, 6), False),
    "written by a mask": written_by_a_mask,
    "transposed in place": lambda x: (2 * x).transpose_(2, 3),
    "an axis more, in place": lambda x: (2 * x).unsqueeze_(1).transpose_(2, 3).squeeze_(1),
    "bilinear to an odd size": lambda x: F.interpolate(x, size=(9, 11), mode="bilinear"),
    "bilinear downwards": lambda x: F.interpolate(x, size=(4, 5), mode="bilinear"),
    "bilinear, corners": lambda x: F.interpolate(x, size=(13, 9), mode="bilinear", align_corners=True),
    "nearest to an odd size": lambda x: F.interpolate(x, size=(5, 10)),
    "response normalization": lambda x: F.local_response_norm(x, 3),
    "pixel shuffle": lambda x: F.pixel_shuffle(x, 2),
    "pixel unshuffle": lambda x: F.pixel_unshuffle(x[..., :6, :6], 2),
    "channel shuffle": lambda x: F.channel_shuffle(x[:, :2].repeat(1, 2, 1, 1), 2),
    "flip": lambda x: x.flip(3),
    "roll": lambda x: torch.roll(x, 2, dims=2),
    "transpose": lambda x: x.transpose(2, 3),
    "every second": lambda x: x[:, :, ::2, 1::3],
    "stack and unbind": lambda x: torch.stack([*x.unbind(2)][::-1], 2),
    "windows": lambda x: x.unfold(2, 3, 2).mean(-1),
    "mean of channels": lambda x: x.mean(1, keepdim=True) + x,
    "mean of rows": lambda x: x.mean(2),
    "mean of all": lambda x: x.mean().reshape(1, 1) + x[:, :, 0, 0],
    "softmax of channels": lambda x: x.softmax(1),
    "layer norm, channels last": lambda x: F.layer_norm(x.permute(0, 2, 3, 1), (4,)).permute(0, 3, 1, 2),
    "linear, channels last": lambda x: (x.permute(0, 2, 3, 1) @ torch.ones(4, 3).to(x)).permute(0, 3, 1, 2),
    "group norm": lambda x: F.group_norm(x, 2),
    "instance norm": F.instance_norm,
    "padded channels": lambda x: F.pad(x, (0, 0, 0, 0, 1, 2)) + 1,
    "linear": lambda x: x.flatten(1) @ torch.ones(x[0].numel(), 5).to(x),
    "attention": attention,
    "dynamic weights": lambda x: F.conv2d(x, x.mean((0, 2, 3)).reshape(1, 4, 1, 1)),
    "a constant branch": lambda x: torch.cat([x, torch.zeros_like(x[:, :1])], 1),
    "in place": lambda x: (x * 1).add_(x.mean((2, 3), keepdim=True)).clamp_(-99),
    "pooled in one axis": lambda x: F.max_pool1d(x[:, :, 0], 1),
    "rows convolved": lambda x: F.conv1d(x[:, :, 0], torch.ones(2, 4, 3).to(x), padding=1, stride=2),
    "volumes": lambda x: F.conv3d(x[:, None], torch.ones(1, 1, 3, 3, 1).to(x), padding=1)[:, 0],
    "the larger of two": lambda x: torch.max(x, x * 1),
    "masked": lambda x: torch.where(x > 0, x, 0),
    "dropout": lambda x: F.dropout(x, 0.5, training=False),
    "patches as tokens": lambda x: F.avg_pool2d(x, 2).flatten(2).transpose(1, 2),
    "channels last": lambda x: F.avg_pool2d(x, 2, stride=1).permute(0, 2, 3, 1),
    "tokens after a class": lambda x: F.layer_norm(
        torch.cat([torch.ones(1, 1, 4).to(x), x.flatten(2).transpose(1, 2)], 1), (4,)
    ),
    "tokens through a layer": lambda x: x.flatten(2).transpose(1, 2) @ torch.ones(4, 3).to(x),
    "tokens of two images": lambda x: torch.cat([x, x[:, :, 1:]], 2).flatten(2).transpose(1, 2),
    "tokens, and an image again": lambda x: F.avg_pool2d(
        (x.flatten(2).transpose(1, 2) * 2).transpose(1, 2).reshape(x.shape), 2
    ),
    "channels last, pooled": lambda x: F.adaptive_avg_pool2d(
        F.avg_pool2d(x, 3, stride=2).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2), 1
    ),
    "rows only, turned": lambda x: x.mean(3).transpose(1, 2),
    "columns of windows": lambda x: F.unfold(x, 3, dilation=2, padding=1, stride=2),
    "columns of shared channels": lambda x: F.unfold(x.mean(1, keepdim=True), (2, 3)),
    "gated halves": lambda x: F.glu(F.avg_pool2d(x, 2), 1),
    "sums so far": lambda x: x.cumsum(3),
    "sorted channels": lambda x: F.avg_pool2d(x, 2).sort(1)[0],
    "channels by number": lambda x: F.avg_pool2d(x, 2)[:, torch.tensor([3, 2, 1, 0]).to(x.device)],
    "rows by number": lambda x: F.avg_pool2d(x, 2).index_select(2, torch.tensor([2, 0, 0, 1])),
    "one row by its number": lambda x: F.avg_pool2d(x, 2)[:, :, torch.tensor(1)],
    "units by two numbers": lambda x: x[:, :, torch.tensor([[4], [1]]), torch.tensor([[0, 3, 5]])],
    "units by numbers of axes apart": lambda x: (
        x[:, torch.tensor([0, 3]), :, torch.tensor([6, 2])].transpose(0, 1)
    ),
    "in each row other units": lambda x: F.avg_pool2d(x, 2).gather(
        3, torch.tensor([[0, 3], [1, 2]]).expand(1, 3, 2, 2)
    ),
    "by a mask": lambda x: F.avg_pool2d(x, 2, 1)[:, :, torch.eye(6, 7).bool()],
    "from left to right and back": lambda x: F.conv1d(
        x.flatten(2)[:, :, torch.arange(56).view(7, 8)[::2].flip(1).flatten()], torch.ones(2, 4, 3).to(x)
    ),
    "stacked": lambda x: torch.stack([x, F.pad(x, (1, 0))[..., :-1] + x], 2).sum(2),
    "root mean square": lambda x: F.rms_norm(x, (x.shape[-1],)),
    "mean and spread": lambda x: torch.var_mean(x, 1)[1][:, None],
    "written into a slice": lambda x: (x * 1)[:, :2].add_(x.mean((2, 3), keepdim=True)[:, :2]),
    "copied over": lambda x: (x * 1).copy_(F.pad(x, (1, 0))[..., :-1]),
    "by torch's own word": lambda x: torch.tan(x / 9) + torch.atan2(x, x + 1),
    "upsampled by shuffling": lambda x: F.avg_pool2d(F.pixel_shuffle(x.repeat(1, 2, 1, 1), 2), 3, stride=1),
    "one axis alone": lambda x: F.avg_pool2d(x, 2).mean(1)[0].flatten()[None, None],
    "frequencies of rows": lambda x: torch.view_as_real(torch.fft.rfft(F.avg_pool2d(x, 2))).abs().sum(-1),
    "filtered by frequencies": lambda x: torch.fft.irfft(
        torch.fft.rfft(F.avg_pool2d(x, (2, 1))) * torch.tensor([1.0, 2, 3, 5, 8]).to(x)
    ),
    "turned by a quarter": lambda x: torch.rot90(x, 1, (2, 3)),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_unit_of(name):
    def one_by_one(x):  # the oracle's batch holds one unit each; mixing over the batch is not meant
        return torch.cat([FUNCTIONS[name](image[None]) for image in x])

    module = Call(FUNCTIONS[name])
    size = (1, CHANNELS, 7, 8)
    seen = dependencies(Call(one_by_one), size)
    field = receptive_field(module, size)
    ndim = seen.ndim - 2  # of an output without its batch
    others = tuple(axis for axis in range(ndim) if axis - ndim not in field.seen.units)
    assert (field.regions == bounds(seen.any(others))).all()


MODES = ("nearest", "bilinear", "bicubic", "nearest-exact")
INTERPOLATIONS = [
    *({"size": (outputs, 3), "mode": mode} for outputs in (1, 4, 9, 23, 46) for mode in MODES),
    *({"scale_factor": (scale, 1), "mode": mode} for scale in (0.5, 1.3, 1.5, 3) for mode in MODES),
    *({"size": (outputs, 3), "mode": "bilinear", "align_corners": True} for outputs in (1, 4, 27, 40)),
    *({"size": (outputs, 3), "mode": "bicubic", "align_corners": True} for outputs in (1, 4, 27, 40)),
    *({"size": (n, 3), "mode": mode, "antialias": True} for n in (1, 4, 9, 23) for mode in MODES[1:3]),
]


@pytest.mark.parametrize("size", [2, 3, 9, 14])  # from 14 to 46 pixels, single precision takes the wrong one
@pytest.mark.parametrize("how", INTERPOLATIONS, ids=str)
def test_interpolation_of_any_size(how, size):
    impulses = torch.eye(size, dtype=torch.float64).reshape(1, size, size, 1).expand(1, size, size, 2)
    seen = np.abs(Interpolate(**how)(impulses)[0, :, :, 0].T.numpy()) > 1e-9
    field = receptive_field(Interpolate(**how), (1, 1, size, 2))
    assert (field.regions[:, 0, :2] == bounds(seen[:, :, None])[:, :2]).all()


def masked_attention(x):
    """What comes out sees the image through the mask alone: each query has a row of it."""
    rows, columns = (torch.ones(len(x), 1, n, 4, dtype=x.dtype, device=x.device) for n in x.shape[2:])
    return F.scaled_dot_product_attention(rows, columns, columns, attn_mask=x.mean(1, keepdim=True))


def test_attention_sees_what_its_mask_sees():
    images = torch.ones(7, 4, 7, 8)
    for row in range(7):
        images[row, :, row, 3] = torch.nan
    touched = masked_attention(images).isnan().any(-1)[:, 0]  # whom a row of the image reaches
    assert torch.equal(touched, torch.eye(7, dtype=torch.bool))
    regions = receptive_field(Call(masked_attention), (1, 4, 7, 8)).regions[:, 0]
    assert regions.tolist() == [[row, row, 0, 7] for row in range(7)]


def test_batch_norm_sees_its_pixel_or_everything():
    by_pixel, by_image = nn.BatchNorm2d(4), nn.BatchNorm2d(4, track_running_stats=False)
    assert receptive_field(by_pixel, (1, 4, 5, 6)).region(2, 3) == (2, 2, 3, 3)
    assert receptive_field(by_image, (1, 4, 5, 6)).region(2, 3) == (0, 4, 0, 5)


# ---- Size, jump and start ----


layers = st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(0, 2), st.integers(1, 3))


@settings(examples, max_examples=60)
@given(st.lists(layers, max_size=5))
def test_a_stack_is_what_the_algebra_says(stack):
    field, network = Field(), nn.Sequential()
    for kernel_size, stride, padding, dilation in stack:
        field = field.through(kernel_size, stride, padding, dilation)
        network.append(nn.Conv2d(1, 1, kernel_size, stride, padding, dilation))
    seen = receptive_field(network, (1, 1, 700, 700))
    assert seen.rows == field
    assert seen.columns == field
    assert field == (seen.size, seen.jump, seen.start)
    for i, (top, bottom, *_) in enumerate(seen.regions[:, seen.regions.shape[1] // 2].tolist()):
        first, last = field.start + i * field.jump, field.start + i * field.jump + field.size - 1
        if first >= 0 and last < 700:
            assert (top, bottom) == (first, last)
        elif top <= bottom:  # a border only cuts off
            assert first <= top
            assert bottom <= last


@settings(examples, max_examples=60)
@given(networks())
def test_size_is_that_of_the_widest_unit_far_from_borders(case):
    network, _ = case
    try:
        field = receptive_field(network, (1, CHANNELS, 150, 150))
        rows = field.rows
    except (RuntimeError, ValueError):
        assume(False)
    top, bottom = field.regions[..., 0], field.regions[..., 1]
    inside = (top > 0) & (bottom < 149) & (top <= bottom)
    inside[-1] = False
    assume(inside.sum() > 30 and rows.jump > 0)
    assert rows.size == (bottom - top + 1)[inside].max()


def test_two_3x3_see_as_one_5x5_and_three_as_one_7x7():
    three = Field().through(3)
    assert three.through(3) == Field().through(5, padding=0)
    assert three.through(3).through(3) == Field().through(7)


def test_unevenly_spaced_views_have_no_size():
    network = Call(lambda x: torch.cat([x, x.flip(3)], 1))
    field = receptive_field(network, (1, 1, 8, 8))
    assert field.rows == Field()
    with pytest.raises(ValueError, match="not evenly spaced"):
        _ = field.size


def test_one_unit_met_by_all_is_no_sliding_window():
    gated = receptive_field(Call(lambda x: x * F.avg_pool2d(x, 9, stride=1)), (1, 4, 9, 9))
    assert (gated.size, gated.jump) == (9, 0)


def test_rows_put_below_rows_have_no_size():
    field = receptive_field(Call(lambda x: torch.cat([x, x], 2)), (1, 4, 9, 9))
    assert field.columns == Field()
    with pytest.raises(ValueError, match="not evenly spaced"):
        _ = field.rows


def test_a_size_of_both_axes_must_be_one():
    field = receptive_field(nn.Conv2d(1, 1, (1, 7)), (1, 1, 9, 9))
    assert (field.rows.size, field.columns.size) == (1, 7)
    with pytest.raises(ValueError, match=r"size is 1 along rows, 7 along columns: ask .rows or .columns"):
        _ = field.size
    assert field.jump == 1


def test_upsampling_has_a_fractional_jump_and_a_gate_sees_the_image():
    up = receptive_field(nn.Sequential(nn.Conv2d(4, 4, 3, 2, 1), Interpolate(scale_factor=4)), (1, 4, 32, 32))
    assert (up.size, up.jump, up.start) == (3, 0.5, -1)
    whole = receptive_field(Call(lambda x: x * x.mean((2, 3), keepdim=True)), (1, 4, 20, 20))
    assert (whole.size, whole.jump, whole.start) == (20, 0, 0)


TRUNKS = {
    "alexnet": ("features", 195),
    "vgg16": ("features", 212),
    "resnet18": ("layer4", 435),
    "resnet50": ("layer4", 427),
    "resnet152": ("layer4", 1451),
    "mobilenet_v2": ("features", 491),
    "inception_v3": ("Mixed_7c", 1311),
    "densenet121": ("features", 2071),
}


@pytest.mark.parametrize("name", TRUNKS)
def test_known_trunks(name):
    variant = VARIANTS[name]
    module, size = TRUNKS[name]
    assert receptive_field(variant.build, (1, *variant.input_shape), module).size == size


def test_the_size_of_the_image_costs_nothing():
    """4096 × 4096 pixels through 13 convolutions: arrays stay vectors."""
    layers = [nn.Conv2d(4, 4, 3, padding=1) for _ in range(13)]
    longest = {}
    for size in (64, 4096):
        field = receptive_field(nn.Sequential(*layers), (1, 4, size, size))
        longest[size] = max(end.size for end in field.seen.ends)
    assert longest[64] == 64
    assert longest[4096] == 4096


# ---- The module asked for, the model left alone, refusals ----


def test_a_module_by_name_or_itself_and_nothing_after_it_runs():
    network = nn.Sequential(nn.Conv2d(4, 4, 3), nn.Conv2d(4, 4, 5), nn.Flatten(), nn.Linear(1, 1))
    for module in ("1", network[1]):
        assert receptive_field(network, (1, 4, 20, 20), module).size == 7
    assert receptive_field(lambda: nn.Conv2d(4, 4, 3), (1, 4, 9, 9)).size == 3
    with pytest.raises(ValueError, match="no module 'trunk'; it has 0, 1, 2, 3"):
        receptive_field(network, (1, 4, 20, 20), "trunk")
    with pytest.raises(ValueError, match=r"no module .Conv2d"):
        receptive_field(network, (1, 4, 20, 20), nn.Conv2d(1, 1, 1))


def test_a_module_that_is_not_called_returns_nothing():
    """As the last projection of several heads, whose weights torch takes by themselves: not the network's."""
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
    network = nn.Sequential(nn.Conv2d(4, 4, 3), nn.Flatten(2), Call(lambda x: x.mT), layer)
    assert receptive_field(network, (1, 4, 9, 9), "3.linear1").shape == (49,)
    with pytest.raises(ValueError, match=r"'3\.self_attn\.out_proj' is not called, so there is nothing"):
        receptive_field(network, (1, 4, 9, 9), "3.self_attn.out_proj")


def test_a_layer_without_spatial_axes_has_one_unit():
    field = receptive_field(nn.Sequential(nn.Flatten(), nn.Linear(4 * 30, 2)), (1, 4, 5, 6))
    assert field.region() == (0, 4, 0, 5)
    assert field.region().size == (5, 6)
    assert (field.rows, field.columns) == (Field(5, 0, 0), Field(6, 0, 0))


def test_a_unit_that_sees_nothing_is_empty():
    field = receptive_field(nn.Conv2d(4, 4, 1, padding=1), (1, 4, 3, 3))
    assert field.region(0, 1) == (0, -1, 0, -1)
    assert field.region(0, 1).size == (0, 0)
    assert field.region(1, 1) == (0, 0, 0, 0)


@pytest.mark.parametrize("unit", [(5, 0), (0, -6), (1,), (), (0, 0, 0)])
def test_units_that_are_not_there(unit):
    field = receptive_field(nn.Conv2d(4, 4, 1), (1, 4, 5, 5))
    with pytest.raises(IndexError, match=r"no unit \(.*\) among \(5, 5\)"):
        field.region(*unit)


def state(model):
    hooks = [(len(m._forward_hooks), len(m._forward_pre_hooks)) for m in model.modules()]
    tensors = {name: (id(t), t.device, t.clone()) for name, t in model.state_dict(keep_vars=True).items()}
    grads = [p.grad for p in model.parameters()]
    return tensors, hooks, [m.training for m in model.modules()], grads, torch.get_rng_state()


@pytest.mark.parametrize("failing", [False, True])
@pytest.mark.parametrize("measure", [receptive_field, effective_receptive_field])
def test_the_model_is_left_as_it_was(measure, failing):
    network = nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5))
    network[1].eval()
    before = copy.deepcopy(state(network)[1:4]), state(network)
    size = (1, 3, 9, 9) if failing else (2, 4, 9, 9)
    if failing:
        with pytest.raises(RuntimeError):
            measure(network, size)
    else:
        measure(network, size)
    tensors, hooks, training, grads, random = state(network)
    assert (hooks, training, grads) == before[0]
    assert torch.equal(random, before[1][4])
    assert tensors.keys() == before[1][0].keys()
    for name, (_, device, value) in tensors.items():
        assert device == before[1][0][name][1]
        assert torch.equal(value, before[1][0][name][2])


def test_an_operator_without_a_rule_is_refused_by_name():
    network = Call(lambda x: torch.renorm(x, 2, 1, 1.0))
    with pytest.raises(UnknownOperatorError, match=r"aten.renorm.* in the network.*cnnlab.reach.RULES"):
        receptive_field(network, (1, 4, 9, 9))


def half_in_place(x):
    y = x * 1
    y[:, :2] += x.mean((2, 3), keepdim=True)[:, :2]
    return y


def pasted(x):
    y = torch.zeros_like(x)
    y[:, :, 1:] += x[:, :, 1:]
    return y


def pasted_on_zeros(x):
    y = torch.zeros(x.shape, dtype=x.dtype)
    y[:, :, 1:] += x[:, :, 1:]
    return x[:, :, 2:] + y[:, :, :-2]


def wiped(x):
    """What is written over is not seen any more."""
    y = x + x.mean((2, 3), keepdim=True)
    y[:, :, 2:5].fill_(1)
    y[:, 1].copy_(x[:, 1])
    y[:, 2] = 3
    return y


def from_below(x):
    """The base is written, and a view of it is read; then a view, and another view."""
    y = x * 1
    rows, columns = y[:, :, 1:], y.permute(0, 1, 3, 2)
    y += x.flip(2)
    columns[:, :, :4] += y.mean((1, 2, 3), keepdim=True)
    return rows + columns[..., 1:].transpose(2, 3)


def quarters(x):
    y = torch.zeros(x.shape, dtype=x.dtype)
    for i in (0, 1):
        y[..., i::2, :4] = x[..., i::2, :4].flip(-1)
        y[..., i::2, 4:] = x[..., i::2, 4:] + y[..., i::2, :1]
    return y


def masked(x):
    """As a window's mask is made: slices of a constant, some of them empty."""
    mask = torch.zeros(x.shape, dtype=x.dtype)
    mask[..., :0] = 1
    mask[..., 1:] = 2
    mask[..., 9:] += x[..., 9:]
    mask[..., :1] += x[..., :1]
    return mask * 1


@pytest.mark.parametrize(
    "forward", [masked, half_in_place, pasted, pasted_on_zeros, wiped, from_below, quarters]
)
def test_whoever_looks_at_what_is_written_sees_it(forward):
    check(Call(forward), (1, 4, 9, 9))
    check(nn.Sequential(nn.Conv2d(4, 4, 3), Call(forward), nn.Conv2d(4, 4, 3)), (1, 4, 13, 13))


def test_a_tensor_made_where_a_view_was_misses_nothing():
    def forward(x):
        for _ in range(20):
            y = x * 1
            y.flatten(2)
            y += x.mean((2, 3), keepdim=True)
            z = x * 1
        return z

    assert receptive_field(Call(forward), (1, 4, 9, 9)).size == 1


def test_what_a_tensor_sees_that_is_gone_is_not_seen_by_a_new_one():
    """Here made without an operator: a parameter's data."""
    weights = nn.Parameter(torch.ones(1, 4, 9, 9, device="meta"))

    def forward(x):
        for _ in range(20):
            x.mean((2, 3), keepdim=True)
            y = weights.data + x
        return y

    assert receptive_field(Call(forward), (1, 4, 9, 9)).size == 1


def ghost(x):
    y = x.repeat(1, 2, 1, 1)[:, :6]
    y += x.repeat(1, 2, 1, 1)[:, 2:]
    return y


def two_halves(x):
    y = torch.empty(x.shape)
    y[:, :2] = x[:, :2]
    y[:, 2:] = F.avg_pool2d(x[:, 2:], 3, 1, 1)
    return y


def unfolded(x):
    return x.unfold(2, 3, 2).unfold(3, 3, 2).mean((-1, -2))


def phases(x):
    return F.conv2d(F.pixel_unshuffle(x, 2), torch.ones(1, 16, 3, 3), padding=1)


ELSEWHERE = {  # units, and pixels that each sees: of a 3×3 kernel on 12×12 pixels, and what comes behind it
    "windows and back": (lambda x: laid_out(windows(x.permute(0, 2, 3, 1)), 12, 12), (12, 12), 3),
    "rolled and back": (lambda x: torch.roll(torch.roll(x, 5, 2), -5, 2), (12, 12), 3),
    "mean of windows": (lambda x: windows(x.permute(0, 2, 3, 1)).mean(1), (36,), 4),
    "tokens of 3×3 by hand": (
        lambda x: (
            x.reshape(1, 4, 4, 3, 4, 3).permute(0, 2, 4, 3, 5, 1).reshape(1, 16, 36) @ torch.ones(36, 5)
        ),
        (16,),
        3 + 2,
    ),
    "unfolded": (unfolded, (5, 5), 3 + 2),
    "phases": (phases, (6, 6), 3 + 1 + 2 * 2),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_units_that_were_put_elsewhere_are_known_there_and_keep_what_they_see(name):
    forward, units, size = ELSEWHERE[name]
    field = receptive_field(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), Call(forward)), (1, 3, 12, 12))
    assert (field.shape, field.size) == (units, size)


@pytest.mark.parametrize(
    ("forward", "units"),
    [
        (lambda x: windows(x.permute(0, 2, 3, 1)), (36, 4)),
        (lambda x: torch.roll(x, 1, 3), (12, 12)),
        (lambda x: torch.cat([x[:, :, 6:], x], 2), (18, 12)),
    ],
)
def test_units_that_stand_in_no_row_have_no_size_but_their_regions(forward, units):
    field = receptive_field(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), Call(forward)), (1, 3, 12, 12))
    assert field.shape == units
    with pytest.raises(ValueError, match="not evenly spaced"):
        field.size  # noqa: B018


def test_memory_beyond_a_tensor_is_refused():
    network = nn.Sequential(
        nn.Conv2d(3, 4, 1), Call(lambda x: x[:, :, :2].as_strided((1, 4, 4, 4), (64, 16, 4, 1)))
    )
    with pytest.raises(NotImplementedError, match=r"as_strided.*'1' looks at memory beyond"):
        receptive_field(network, (1, 3, 4, 4))


def moved_by(network, image, draws=200):
    """Which pixels change which units of [1, 1, …], by drawing others for one pixel at a time."""
    generator = torch.Generator().manual_seed(0)
    seen = np.zeros((*network(image)[0, 0].shape, *image.shape[2:]), bool)
    for _ in range(draws):
        image = torch.rand(image.shape, generator=generator)
        for pixel in np.ndindex(*image.shape[2:]):
            other = image.clone()
            other[0, 0][pixel] = 3 * torch.rand(1, generator=generator) - 1
            seen[(..., *pixel)] |= (network(other) != network(image))[0, 0].numpy()
    return seen


def numbers(x, count):
    """Of units, as the image itself says them."""
    return (x * 7 * count).long() % count


NAMED = {  # what is read at places that the image itself says
    "in each column another unit": lambda x: x.gather(2, numbers(x, 5)),
    "fewer of them": lambda x: x.gather(2, numbers(x[:, :, :3, :4], 5)),
    "rows": lambda x: x[:, :, numbers(x[0, 0, 1], 5)],
    "a row": lambda x: x.index_select(2, numbers(x[0, 0, 1, 1:2], 5)),
    "units": lambda x: x[:, :, numbers(x[0, 0, :2, :1], 5), numbers(x[0, 0, :1, 2:], 5)],
    "channels": lambda x: torch.cat([x, 2 * x.flip(3)], 1)[:, numbers(x.mean(2), 2)[0, 0, :1]],
    "by axes apart": lambda x: torch.cat([x, 2 * x], 1)[
        :, numbers(x[0, 0, 0, :1], 2), :, numbers(x[0, 0, 1, :1], 5)
    ],
    "a table": lambda x: torch.arange(25.0).to(x.device)[numbers(x, 25)],
    "a table of vectors": lambda x: F.embedding(
        numbers(x, 5), torch.arange(10.0).view(5, 2).to(x.device)
    ).sum(-1),
    "written along columns": lambda x: torch.zeros_like(x).scatter(2, numbers(x, 5), 2 * x),
    "fewer written, and added": lambda x: x.scatter_add(2, numbers(x[:, :, :3, :4], 5), x + 1),
    "a number written": lambda x: x.scatter(3, numbers(x, 5), 9.0),
    "rows added": lambda x: (2 * x).index_add(2, numbers(x[0, 0, 1, :3], 5), x[:, :, :3]),
    "rows copied": lambda x: x.index_copy(2, numbers(x[0, 0, 1, 2:3], 5), 2 * x[:, :, :1]),
    "its own vectors": lambda x: F.embedding(numbers(x[0, 0, :2, :3], 5), x[0, 0])[None, None],
    "its own vectors by known numbers": lambda x: F.embedding(torch.tensor([2]).to(x.device), x[0, 0])[
        None, None
    ],
}


@pytest.mark.parametrize("name", NAMED)
def test_what_the_image_itself_names_is_any_unit_and_sees_what_names_it(name):
    image = torch.zeros(1, 1, 5, 5)
    field = receptive_field(Call(NAMED[name]), image.shape)
    seen = moved_by(NAMED[name], image)
    others = tuple(axis for axis in range(seen.ndim - 2) if axis + 2 - seen.ndim not in field.seen.units)
    assert (field.regions == bounds(seen.any(others))).all()


def regular(x):
    """A matrix that has all factors, of one part of the image."""
    return torch.eye(3).to(x.device) * 9 + x[..., :3, :3] @ x[..., :3, :3].mT


BLOCK = {  # of an image 5×5: what is computed of rows and columns as of a matrix, and who sees what of it
    "lower half": (torch.tril, None),
    "upper half": (lambda x: x.triu(1), None),
    "a diagonal": (lambda x: torch.diag_embed(x[:, :, 2]), None),
    "a diagonal of another": (lambda x: torch.diagonal_scatter(2 * x, x[:, :, 1], 0, 2, 3), None),
    "rows of another": (lambda x: torch.slice_scatter(2 * x, x[:, :, 2:4], 2, 0, 2), None),
    "distances": (lambda x: torch.cdist(x[:, :, :3], 3 * x[:, :, 2:]), None),
    "other distances": (lambda x: torch.cdist(x, 2 * x, p=1), None),
    "a loss": (lambda x: F.mse_loss(x[..., :3], 2 * x[..., 1:4])[None, None], None),
    "a loss of each": (lambda x: F.huber_loss(x, 2 * x[:, :, 1:2].expand_as(x), reduction="none"), None),
    "inverse": (lambda x: torch.linalg.inv(regular(x)), [0, 2, 0, 2]),
    "root": (lambda x: torch.linalg.cholesky(regular(x)), [0, 2, 0, 2]),
    "logarithm": (lambda x: torch.linalg.slogdet(regular(x))[1], [0, 2, 0, 2]),
    "eigenvalues": (lambda x: torch.linalg.eigvalsh(regular(x)), [0, 2, 0, 2]),
    "eigenvectors": (lambda x: torch.linalg.eigh(regular(x))[1], [0, 2, 0, 2]),
    "singular": (lambda x: torch.linalg.svd(x[:, :, 1:3])[2], [1, 2, 0, 4]),
    "orthogonal": (lambda x: torch.linalg.qr(x[:, :, :2])[0], [0, 1, 0, 4]),
    "solved": (lambda x: torch.linalg.solve(x[..., :3, :3], x[..., :3, 4:]), [0, 2, 0, 4]),
    "a solved vector": (lambda x: torch.linalg.solve(regular(x)[0, 0], x[0, 0, 4, :3]), [0, 4, 0, 2]),
}


@pytest.mark.parametrize("name", BLOCK)
def test_who_sees_what_of_a_matrix(name):
    """None is what changes where a pixel does; factors are said to see all of their matrix."""
    function, expected = BLOCK[name]
    field = receptive_field(Call(function), (1, 1, 5, 5))
    if expected is None:
        seen = moved_by(function, torch.zeros(1, 1, 5, 5), 5)
        others = tuple(axis for axis in range(seen.ndim - 2) if axis + 2 - seen.ndim not in field.seen.units)
        assert (field.regions == bounds(seen.any(others))).all()
    else:
        assert (field.regions == expected).all()


def test_what_is_solved_for_each_column_by_a_known_matrix_sees_its_column():
    known = torch.eye(5) * 2
    for solve in (
        lambda x: torch.linalg.solve(known.to(x.device), x),
        lambda x: torch.linalg.solve_triangular(known.to(x.device), x, upper=True),
        lambda x: torch.cholesky_solve(x, known.to(x.device)),
        lambda x: torch.linalg.solve(known.to(x.device), x.mT, left=False).mT,
    ):
        regions = receptive_field(Call(solve), (1, 1, 5, 5)).regions
        assert [region.tolist() for region in regions[0]] == [[0, 4, k, k] for k in range(5)]


def test_what_is_written_to_places_that_nobody_knows_is_refused():
    places = torch.zeros(1, 1, 5, 5, dtype=torch.long)
    network = Call(lambda x: torch.zeros_like(x).scatter(2, places.to(x.device), x))
    with pytest.raises(NotImplementedError, match=r"aten\.scatter.* writes to units that only values name"):
        receptive_field(network, (1, 1, 5, 5))
    channel = Call(lambda x: torch.zeros_like(x).scatter(1, places.to(x.device), x))
    assert receptive_field(channel, (1, 1, 5, 5)).size == 1  # along an axis where all are alike


@pytest.mark.parametrize(("kernel_size", "stride"), [(2, 2), (3, 2)])
def test_maxima_that_go_back_to_where_they_came_from(kernel_size, stride):
    def forward(x):
        maxima, indices = F.max_pool2d(x, kernel_size, stride, return_indices=True)
        return F.max_unpool2d(maxima, indices, kernel_size, stride, output_size=x.shape[2:])

    network = Call(forward)
    assert (
        receptive_field(network, (1, 1, 5, 5)).regions == bounds(moved_by(network, torch.zeros(1, 1, 5, 5)))
    ).all()


def test_maxima_of_a_sequence_go_back_too_and_indices_from_elsewhere_are_refused():
    def forward(x):
        return F.max_unpool1d(*F.max_pool1d(x, 2, return_indices=True), 2)

    assert receptive_field(Call(forward), (1, 1, 8)).regions[:, 0].tolist() == [0, 0, 2, 2, 4, 4, 6, 6]
    indices = torch.zeros(1, 1, 2, 2, dtype=torch.long)
    with pytest.raises(NotImplementedError, match=r"max_unpool2d.*takes indices that no pooling returned"):
        receptive_field(Call(lambda x: F.max_unpool2d(x, indices.to(x.device), 2)), (1, 1, 2, 2))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.half])
def test_a_network_of_any_type_sees_the_same(dtype):
    assert receptive_field(nn.Conv2d(3, 4, 5, 2).to(dtype), (1, 3, 9, 9)).axes == (Field(5, 2, 0),) * 2


def test_a_vertical_axis_among_channels_is_mixed_with_them():
    """A layer over rows as channels sees all of them."""
    field = receptive_field(
        nn.Sequential(Call(lambda x: x.transpose(1, 2)), nn.Conv2d(6, 4, 1)), (1, 3, 6, 7)
    )
    assert (field.rows, field.columns) == (Field(6, 0, 0), Field(1, 1, 0))


@pytest.mark.parametrize(("forward", "size"), [(ghost, 3), (half_in_place, 9), (two_halves, 5)])
def test_channels_written_in_place_keep_an_even_spacing(forward, size):
    network = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), Call(forward))
    if forward is half_in_place:
        assert receptive_field(network, (1, 4, 9, 9)).regions[4, 4].tolist() == [0, 8, 0, 8]
    else:
        assert receptive_field(network, (1, 4, 9, 9)).size == size


def test_windows_that_are_laid_back_are_seen_by_their_pixels():
    for layers in (
        [nn.Unfold(3, 1, 1), nn.Fold(7, 3, 1, 1)],
        [nn.Unfold(2, 1, 0, 3), nn.Fold(7, 2, 1, 0, 3)],
    ):
        check(nn.Sequential(nn.Conv2d(4, 4, 3), *layers), (1, 4, 9, 9))


class Parts(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv2d(4, 4, 3), nn.Conv2d(4, 4, 5)

    def forward(self, x):
        return {"out": self.one(x), "aux": [self.two(x), x]}


def test_a_token_of_a_class_that_is_cut_off_and_put_back_sees_nothing():
    """As CoaT convolves what stands behind it: the tokens keep their 2 + 2 · 2 pixels."""

    def convolved(x):
        tokens = torch.cat([torch.ones(1, 1, 4).to(x), F.avg_pool2d(x, 2).flatten(2).transpose(1, 2)], 1)
        first, images = tokens[:, :1], tokens[:, 1:].transpose(1, 2).reshape(1, 4, 4, 4)
        images = F.avg_pool2d(images, 3, 1, 1).flatten(2).transpose(1, 2)
        return torch.cat([first, images], 1)[:, 1:].transpose(1, 2).reshape(1, 4, 4, 4)

    assert receptive_field(Call(convolved), (1, CHANNELS, 8, 8)).rows == (6, 2, -2)


def test_a_1x1_layer_of_tokens_leaves_them_where_they_are():
    """As EfficientViM has it: rows and columns along one axis, which a larger kernel would mix."""

    def field(kernel):
        def mapped(x):
            return F.conv1d(F.avg_pool2d(x, 2).flatten(2), torch.ones(4, 4, kernel).to(x))

        return receptive_field(Call(mapped), (1, CHANNELS, 8, 8))

    assert field(1).rows == (2, 2, 0)
    with pytest.raises(ValueError, match="not evenly spaced"):
        field(3).rows  # noqa: B018


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("layers", [1, 2])
def test_a_token_of_an_lstm_sees_what_those_before_it_do(both, layers):
    """And, of the pass that goes back alone, those behind it: as a gradient says, token by token."""
    layer = nn.LSTM(6, 5, layers, batch_first=True, bidirectional=both)
    for last in (slice(None), slice(-5, None)):
        made = Call(lambda a, b, x, last=last: b(a(x).mT)[0][..., last], nn.Conv1d(4, 6, 3, 2, 1), layer)
        made = made.double()
        x = torch.rand(1, 4, 15, dtype=torch.float64, requires_grad=True)
        tokens, seen = made(x)[0], receptive_field(made, (1, 4, 15))
        assert seen.shape == (len(tokens),)
        for k, token in enumerate(tokens):
            (gradient,) = torch.autograd.grad(token.sum(), x, retain_graph=True)
            places = gradient.abs().amax((0, 1)).nonzero()
            assert seen.region(k) == ((places.min(), places.max()),)


def test_an_output_of_several_parts_takes_a_key():
    assert receptive_field(Parts(), (1, 4, 9, 9), key="out").size == 3
    assert receptive_field(Parts(), (1, 4, 9, 9), key="aux.0").size == 5
    assert receptive_field(nn.Sequential(Parts()), (1, 4, 9, 9), module="0.two").size == 5
    with pytest.raises(
        ValueError, match=r"has several parts; ask for one of 'out', 'aux.0', 'aux.1' with key="
    ):
        receptive_field(Parts(), (1, 4, 9, 9))
    with pytest.raises(ValueError, match="no part 'aux'; ask for one of 'out'"):
        receptive_field(Parts(), (1, 4, 9, 9), key="aux")


def test_lists_and_dataclasses_name_their_parts():
    made = dataclasses.make_dataclass("Output", ["low", "high"])
    for wrap, key in [(list, 1), (tuple, 1), (lambda both: made(*both), "high")]:
        network = Call(lambda x, wrap=wrap: wrap([x, F.avg_pool2d(x, 3)]))
        assert receptive_field(network, (1, 4, 9, 9), key=key).size == 3
    assert receptive_field(Call(lambda x: [F.avg_pool2d(x, 3)]), (1, 4, 9, 9)).size == 3


def test_a_storage_where_a_viewed_one_was_may_be_written_into():
    def forward(x):
        for _ in range(20):
            (x * 1).flatten(2)
            y = x * 1
            y += x.mean((2, 3), keepdim=True)
        return y

    assert receptive_field(Call(forward), (1, 4, 9, 9)).size == 9


@pytest.mark.parametrize("size", [(9, 9), (9,), (1, 1, 3, 9, 9, 9)])
def test_other_inputs_are_refused(size):
    with pytest.raises(ValueError, match=r"input_size must be \(N, C, H, W\), .*; got"):
        receptive_field(nn.Identity(), size)


@pytest.mark.parametrize(
    "inputs",
    [{"image": (1, 3, 9, 9)}, [(1, 3, 9, 9), 2], np.array([1, 3, 9, 9]), [torch.zeros(1, 3, 9, 9), None]],
    ids=str,
)
def test_an_image_is_given_as_to_profile(inputs):
    class Takes(nn.Conv2d):
        def forward(self, image, more=None):
            return super().forward(image)

    assert receptive_field(Takes(3, 4, 3), inputs).size == 3


def test_two_images_have_no_field_together():
    with pytest.raises(ValueError, match="that of one image; got 2 inputs of numbers"):
        receptive_field(Call(torch.add), [(1, 3, 9, 9), (1, 3, 9, 9)])


def test_a_network_that_reads_values_has_its_field():
    def forward(layer, x):
        return layer(x) if x.mean() > 0 else x

    assert receptive_field(Call(forward, nn.Conv2d(3, 4, 5)), (1, 3, 9, 9)).size == 5


def test_a_script_is_refused_in_a_sentence():
    with warnings.catch_warnings(action="ignore"):  # torch gives up what people have files of
        script = torch.jit.trace(nn.Conv2d(3, 4, 3), torch.zeros(1, 3, 9, 9))
    with pytest.raises(NotImplementedError, match="'0' is a ScriptModule, into which nothing can look"):
        receptive_field(nn.Sequential(script), (1, 3, 9, 9))


@pytest.mark.parametrize("arguments", [(0,), (3, 0), (3, 1, -1), (3, 1, 0, 0)])
def test_what_makes_no_layer_is_refused(arguments):
    with pytest.raises(ValueError, match=r"at least 1, padding 0; got kernel_size="):
        Field().through(*arguments)


# ---- Measured ----


def test_the_effective_field_of_a_linear_stack_is_its_kernels_convolved():
    network = nn.Sequential(*(nn.Conv2d(1, 1, 3, padding=1, bias=False) for _ in range(3)))
    for layer in network:
        nn.init.ones_(layer.weight)
    share = effective_receptive_field(network, (2, 1, 15, 15), unit=(7, 6))
    weights = np.convolve(np.convolve([1, 1, 1], [1, 1, 1]), [1, 1, 1])
    expected = np.zeros((15, 15))
    expected[4:11, 3:10] = np.outer(weights, weights) / 27**2
    np.testing.assert_allclose(share, expected, atol=1e-6)


def test_the_effective_field_lies_within_the_theoretical_one():
    network = nn.Sequential(nn.Conv2d(3, 8, 5, 2), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.Flatten(2))
    share = effective_receptive_field(network, (4, 3, 31, 31), module="2")
    top, bottom, left, right = receptive_field(network, (1, 3, 31, 31), "2").region(7, 7)
    assert share.sum() == pytest.approx(1)
    assert share[top : bottom + 1, left : right + 1].sum() == pytest.approx(1)


def test_a_unit_that_nothing_moves_is_refused():
    with pytest.raises(ValueError, match=r"no pixel moves unit \(0, 0\) of \(5, 5\)"):
        effective_receptive_field(nn.Conv2d(1, 1, 1, padding=1), (1, 1, 3, 3), unit=(0, 0))


def test_a_unit_that_is_no_place_is_refused():
    with pytest.raises(ValueError, match=r"""unit must be "center" or a pair \(i, j\); got 'middle'"""):
        effective_receptive_field(nn.Conv2d(1, 1, 1, padding=1), (1, 1, 3, 3), unit="middle")


def test_what_a_single_layer_has_not_is_refused():
    with pytest.raises(ValueError, match="no module 'conv1'; it has none inside"):
        receptive_field(nn.Conv2d(1, 1, 3), (1, 1, 9, 9), "conv1")
    with pytest.raises(ValueError, match="this output is one tensor and has no part 'out': leave key= out"):
        receptive_field(nn.Conv2d(1, 1, 3), (1, 1, 9, 9), key="out")


# ---- Faults that somebody would make ----


def nearest_only(rate, offset, units):
    return cnnlab.reach._nearest(rate, 0, units)


def full_window(size, outputs):
    return cnnlab.reach._window_taps(size // outputs, size // outputs, 0, 1)


def window(change):
    """`_window_taps` or `_transposed_taps` with other arguments."""
    return lambda right: lambda *arguments: right(*change(*arguments))


def stamps_everywhere(right):
    return lambda k, s, p, d: Taps(lambda units: (units[:, None] + p - np.arange(k) * d) // s, Fraction(1, s))


def always(wrong):
    return lambda right: wrong


BY_GROUP = nn.Sequential(Gate(), nn.Conv2d(4, 4, 3, groups=2), nn.Conv2d(4, 4, 3, groups=4))
FAULTS = {
    "dilation ignored": (
        "_window_taps", window(lambda k, s, p, d: (k, s, p, 1)), nn.Conv2d(4, 4, 3, dilation=2)
    ),
    "padding forgotten": ("_window_taps", window(lambda k, s, p, d: (k, s, 0, d)), nn.Conv2d(4, 4, 3, 1, 1)),
    "stride forgotten": ("_window_taps", window(lambda k, s, p, d: (k, 1, p, d)), nn.MaxPool2d(2)),
    "stamps one off": (
        "_transposed_taps", window(lambda k, s, p, d: (k, s, p + 1, d)), nn.ConvTranspose2d(4, 4, 3, 2, 1)
    ),
    "stamps everywhere": ("_transposed_taps", stamps_everywhere, nn.ConvTranspose2d(4, 4, 2, 3)),
    "bilinear as nearest": ("_linear", always(nearest_only), Interpolate(scale_factor=2, mode="bilinear")),
    "adaptive windows equal": ("_adaptive_taps", always(full_window), nn.AdaptiveAvgPool2d(5)),
    "reflection as repetition": (
        "_reflected", always(cnnlab.reach._clamped), Pad([2, 2, 2, 2], "reflect")
    ),
    "groups mixed": ("_groups", lambda right: lambda seen, axis, _, n: right(seen, axis, 1, n), BY_GROUP),
    "one branch for both": (
        "_hull", lambda right: lambda parts, shape: right(parts[:1], shape),
        Branches(nn.Identity(), nn.Conv2d(4, 4, 3, padding=1), "add"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_seen(name, monkeypatch):
    target, fault, network = FAULTS[name]
    size = (1, CHANNELS, 8, 9)
    check(network, size)
    monkeypatch.setattr(cnnlab.reach, target, fault(getattr(cnnlab.reach, target)))
    with pytest.raises((AssertionError, ValueError, IndexError)):
        check(network, size)


# ---- Small and light ----


def test_importing_the_algebra_imports_no_torch():
    code = "import sys, cnnlab.receptive_field; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_docstring_examples_run():
    result = doctest.testmod(cnnlab.receptive_field)
    assert result.attempted >= 1
    assert not result.failed


def test_the_part_that_a_reader_is_taught_is_small():
    assert len(inspect.getsource(cnnlab.receptive_field).splitlines()) <= 260
