"""What the profiler counts, against closed forms, hand counts, other tools and torch's allocator."""

import sys
import threading
import warnings
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from random_networks import Call
from test_models import MAKES
from torch import nn
from torch.utils.checkpoint import checkpoint
from torch.utils.flop_counter import FlopCounterMode

from cnnlab import cost
from cnnlab.counting import RULES, Ops
from cnnlab.models import VARIANTS
from cnnlab.profiler import REPORTED, measure_latency, measure_peak_memory, profile
from cnnlab.published.models import profile_of
from cnnlab.receptive_field import receptive_field
from cnnlab.trace import UnknownOperatorError, inputs_on_meta, on_meta, trace

NETWORKS = {name: profile(VARIANTS[name].build) for name in ("alexnet", "vgg16", "resnet50", "mobilenet_v2")}


# ---- MACs and parameters ----


def test_known_networks():
    """Counted by others, of torchvision's definitions."""
    assert {name: (p.params, p.macs) for name, p in NETWORKS.items() if name != "alexnet"} == {
        "vgg16": (138_357_544, 15_470_264_320),
        "resnet50": (25_557_032, 4_089_184_256),
        "mobilenet_v2": (3_504_872, 300_774_272),
    }
    for p in NETWORKS.values():
        assert sum(row.params for row in p.rows) == p.params


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name not in MAKES)) for name in VARIANTS]
)
def test_every_network_of_the_book_has_its_published_cost(name):
    """Those are other libraries' counts: tests/test_models.py compares them with the files that say so.

    The ledger has counted most of them on the same worker, see tests/conftest.py.
    """
    shape = (1, *VARIANTS[name].input_shape)
    p = profile_of(name, shape[2]) if shape[2] == shape[3] else profile(VARIANTS[name].build, shape)
    assert [tensor.shape for tensor in p.inputs] == [shape]
    assert cost.Cost(p.params, p.macs) == VARIANTS[name].cost


@pytest.mark.parametrize("groups", [1, 2, 8])
@pytest.mark.parametrize(
    ("kernel_size", "stride", "padding", "dilation"), [(3, 1, 1, 1), (5, 2, 0, 1), (3, 2, 3, 2)]
)
def test_a_convolution_costs_what_its_closed_form_says(kernel_size, stride, padding, dilation, groups):
    layer = nn.Conv2d(8, 16, kernel_size, stride, padding, dilation, groups)
    p = profile(layer, (1, 8, 15, 15))
    out = cost.conv2d_output_size(15, kernel_size, stride, padding, dilation)
    assert p.macs == cost.conv2d_macs(8, 16, kernel_size, out, groups)
    assert p.params == cost.conv2d_params(8, 16, kernel_size, groups)
    assert p.rows[0].output_shape == (1, 16, out, out)
    assert p.flops(0, bias=1) == 16 * out * out
    access = cost.conv2d_memory_access(8, 16, kernel_size, 15, out, groups) + 16  # and the bias
    assert p.memory_access_bytes == 4 * access
    assert p.arithmetic_intensity == 2 * p.macs / (4 * access)
    assert profile(layer, (1, 8, 15, 15), torch.float16).memory_access_bytes == 2 * access


def literal_macs(layer, size):
    """Count a layer's products by making each of them 1: all weights and inputs are, without a border."""
    layer = type(layer)(
        layer.in_channels,
        layer.out_channels,
        layer.kernel_size,
        layer.stride,
        groups=layer.groups,
        bias=False,
    )
    nn.init.ones_(layer.weight)
    with torch.no_grad():
        return int(layer(torch.ones(2, layer.in_channels, *size)).sum())


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize(
    "layer",
    [nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d],
)
def test_every_kind_of_convolution_does_as_many_products_as_come_out(layer, groups):
    axes = int(layer.__name__[-2])
    made, size = layer(4, 6, 3, 2, groups=groups), (7, 8, 9)[:axes]
    assert profile(made, (2, 4, *size)).macs == literal_macs(made, size)


PROBES = {  # counted by hand
    "grouped transposed": (nn.ConvTranspose2d(8, 16, 2, stride=2, groups=4), (1, 8, 10, 10), 100 * 8 * 4 * 4),
    "padding same": (nn.Conv2d(4, 8, 3, padding="same"), (1, 4, 6, 6), 36 * 8 * 4 * 9),
    "no batch": (nn.Conv2d(4, 8, 1), (4, 5, 5), 25 * 8 * 4),
    "linear": (nn.Linear(64, 32), (3, 64), 3 * 64 * 32),
    "linear, three axes": (nn.Linear(64, 32, bias=False), (2, 3, 64), 6 * 64 * 32),
    "matmul": (Call(lambda a, b: a @ b), [(2, 3, 5), (2, 5, 7)], 2 * 3 * 5 * 7),
    "matrix and vector": (Call(lambda a, b: a @ b), [(3, 5), (5,)], 15),
    "vectors": (Call(torch.dot), [(5,), (5,)], 5),
    "einsum": (
        Call(lambda a, b: torch.einsum("nchw,nkhw->nck", a, b)),
        [(2, 3, 4, 5), (2, 6, 4, 5)],
        2 * 18 * 20,
    ),
    "baddbmm": (Call(torch.baddbmm), [(2, 3, 7), (2, 3, 5), (2, 5, 7)], 2 * 3 * 5 * 7),
    "attention": (
        Call(F.scaled_dot_product_attention),
        [(2, 3, 5, 8), (2, 3, 7, 8), (2, 3, 7, 4)],
        6 * 35 * 12,
    ),
    "functional": (Call(lambda x: F.conv2d(x, torch.zeros(6, 2, 3, 3), groups=2)), (1, 4, 5, 5), 9 * 6 * 18),
}


@pytest.mark.parametrize("name", PROBES)
def test_products_without_a_module_are_counted_too(name):
    model, size, macs = PROBES[name]
    p = profile(model, size)
    assert p.macs == macs
    (row,) = {row for row in p.rows if row.macs} if name != "attention" else {p.rows[-1]}
    assert row.formula.endswith(f" = {row.macs:,}")


def test_multi_head_attention():
    """Four projections of 16 numbers, and for each pair of positions two products of 16."""

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.attend = nn.MultiheadAttention(16, 4, batch_first=True)

        def forward(self, x):
            return self.attend(x, x, x)[0]

    model = Attention()
    p = profile(model, (2, 5, 16))
    assert p.macs == 2 * (4 * 5 * 16 * 16 + 2 * 5 * 5 * 16)
    assert sum(row.params for row in p.rows) == p.params == sum(q.numel() for q in model.parameters())


# ---- The other columns ----

COUNTED = {  # the layer, the size of its input, and what it does
    "batch norm": (nn.BatchNorm2d(4), (2, 4, 5, 6), {"norm": 240}),
    "layer norm": (nn.LayerNorm(6), (2, 4, 5, 6), {"norm": 240}),
    "group norm": (nn.GroupNorm(2, 4), (2, 4, 5, 6), {"norm": 240}),
    "instance norm": (nn.InstanceNorm2d(4), (2, 4, 5, 6), {"norm": 240}),
    "local response norm": (
        nn.LocalResponseNorm(3),
        (2, 4, 5, 6),
        {"elementwise": 240 * 5, "pooling": 240 * 3},  # x², · α, + k, to the β, x / …
    ),
    "relu": (nn.ReLU(), (2, 4, 5, 6), {"activation": 240}),
    "relu in place": (nn.ReLU(inplace=True), (2, 4, 5, 6), {"activation": 240}),
    "relu6": (nn.ReLU6(), (2, 4, 5, 6), {"activation": 240}),
    "sigmoid": (nn.Sigmoid(), (2, 4, 5, 6), {"activation": 240}),
    "tanh": (nn.Tanh(), (2, 4, 5, 6), {"activation": 240}),
    "gelu": (nn.GELU(), (2, 4, 5, 6), {"activation": 240}),
    "silu": (nn.SiLU(), (2, 4, 5, 6), {"activation": 240}),
    "hardswish": (nn.Hardswish(), (2, 4, 5, 6), {"activation": 240}),
    "hardsigmoid": (nn.Hardsigmoid(), (2, 4, 5, 6), {"activation": 240}),
    "leaky relu": (nn.LeakyReLU(), (2, 4, 5, 6), {"activation": 240}),
    "elu": (nn.ELU(), (2, 4, 5, 6), {"activation": 240}),
    "prelu": (nn.PReLU(), (2, 4, 5, 6), {"activation": 240}),
    "softmax": (nn.Softmax(1), (2, 4, 5, 6), {"activation": 240}),
    "dropout": (nn.Dropout(), (2, 4, 5, 6), {}),
    "max pool": (nn.MaxPool2d(3, 2, 1), (1, 4, 8, 8), {"pooling": 4 * 16 * 9}),
    "max pool 1d": (nn.MaxPool1d(2), (1, 4, 8), {"pooling": 4 * 4 * 2}),
    "max pool 3d": (nn.MaxPool3d(2), (1, 4, 8, 8, 8), {"pooling": 4 * 64 * 8}),
    "average pool": (nn.AvgPool2d((3, 2)), (1, 4, 9, 8), {"pooling": 4 * 12 * 6}),
    "average pool 1d": (nn.AvgPool1d(2), (1, 4, 8), {"pooling": 4 * 4 * 2}),
    "average pool 3d": (nn.AvgPool3d(2), (1, 4, 8, 8, 8), {"pooling": 4 * 64 * 8}),
    "global average": (nn.AdaptiveAvgPool2d(1), (1, 4, 7, 7), {"pooling": 4 * 49}),
    "adaptive average": (
        nn.AdaptiveAvgPool2d((2, 7)),
        (1, 4, 7, 7),
        {"pooling": 4 * 8 * 7},
    ),  # 4 + 4 rows of 7
    "adaptive max": (nn.AdaptiveMaxPool2d(3), (1, 4, 7, 7), {"pooling": 4 * 9 * 9}),  # 3 + 3 + 3
    "nearest": (nn.Upsample(scale_factor=2), (1, 4, 5, 5), {}),
    "bilinear": (nn.Upsample(scale_factor=2, mode="bilinear"), (1, 4, 5, 5), {"elementwise": 400 * 4}),
    "pad": (nn.ZeroPad2d(1), (1, 4, 5, 5), {}),
    "reflect": (nn.ReflectionPad2d(1), (1, 4, 5, 5), {}),
    "cat": (Call(lambda x: torch.cat([x, x], 1)), (1, 4, 5, 5), {}),
    "add": (Call(lambda x: x + x), (1, 4, 5, 5), {"elementwise": 100}),
    "mul": (Call(lambda x: x * 2), (1, 4, 5, 5), {"elementwise": 100}),
    "sum": (Call(lambda x: x.sum()), (1, 4, 5, 5), {"elementwise": 100}),
    "positions": (Call(lambda x: torch.arange(3) + 1), (1, 4, 5, 5), {}),  # integers are bookkeeping
    "pixel shuffle": (nn.PixelShuffle(2), (1, 4, 5, 5), {}),
    "channel shuffle": (
        Call(lambda x: x.unflatten(1, (2, -1)).transpose(1, 2).flatten(1, 2)),
        (1, 4, 5, 5),
        {},
    ),
}


@pytest.mark.parametrize("name", COUNTED)
def test_every_operator_counts_in_its_own_column(name):
    layer, size, expected = COUNTED[name]
    p = profile(layer, size)
    columns = ("macs", "bias", "norm", "activation", "elementwise", "pooling")
    counted = {column: sum(getattr(row, column) for row in p.rows) for column in columns}
    assert {column: n for column, n in counted.items() if n} == expected


def test_flops_weigh_what_they_are_told():
    p = profile(
        nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2)), (1, 1, 4, 4)
    )
    assert p.flops() == 2 * 32
    assert p.flops(1, bias=10, norm=100, elementwise=1000, pooling=10_000) == 32 * 11_111
    assert p.flops(0, elementwise=7, activation=3) == 96


# Printed by the tools themselves, 21 November 2026, for the book's networks; tests/counters.py asks them.
PRINTED = {
    "torchinfo": (714_682_664, 15_483_821_032, 4_089_238_376, 300_809_384),
    "fvcore": (714_197_696, 15_470_289_408, 4_111_412_224, 314_130_496),
    "thop": (714_206_912, 15_470_314_496, 4_133_640_192, 327_486_720),
    "ptflops": (716_441_128, 15_523_225_576, 4_132_236_264, 320_237_288),
    "calflops": (1_429_741_184, 30_973_778_432, 8_211_008_000, 614_904_768),
    "torchscan": (714_383_552, 15_471_844_864, 4_111_813_632, 314_130_496),
    "torchprofile": (714_197_696, 15_470_289_408, 4_100_300_288, 307_453_664),
    "FlopCounterMode": (1_428_376_960, 30_940_528_640, 8_178_368_512, 601_548_544),
    "torchvision": (714_188_480, 15_470_264_320, 4_089_184_256, 300_774_272),  # 0.714, 15.47, 4.089, 0.301
}


@pytest.mark.parametrize("tool", REPORTED)
def test_what_other_tools_print_is_reproduced(tool):
    assert tuple(p.as_reported_by(tool) for p in NETWORKS.values()) == PRINTED[tool]


def test_a_tool_of_unknown_habits_is_refused():
    with pytest.raises(ValueError, match=r"no convention is known for 'abacus'; known are torchvision, "):
        NETWORKS["vgg16"].as_reported_by("abacus")


# ---- Sharing, training, mistakes ----


def test_shared_weights_count_once_and_each_use_is_paid():
    layer = nn.Conv2d(4, 4, 3, padding=1)
    once, thrice = profile(layer, (1, 4, 8, 8)), profile(nn.Sequential(layer, layer, layer), (1, 4, 8, 8))
    assert (thrice.params, thrice.macs) == (once.params, 3 * once.macs)
    assert [row.params for row in thrice.rows] == [once.params, 0, 0]


def test_parameters_that_are_not_used_are_told():
    model = nn.Conv2d(1, 1, 1)
    model.auxiliary = nn.Linear(10, 10)
    p = profile(model, (1, 1, 2, 2))
    assert p.params == 112
    assert "112 parameters, 110 of them not used" in str(p)


@pytest.mark.parametrize("groups", [1, 4])
@pytest.mark.parametrize("layer", [nn.Conv2d, nn.ConvTranspose2d])
def test_backward_costs_twice_the_forward_with_groups_right(layer, groups):
    first, second = layer(4, 8, 3, groups=groups), layer(8, 4, 3, groups=groups)
    forward = [profile(first, (2, 4, 9, 9)).macs, profile(nn.Sequential(first, second), (2, 4, 9, 9)).macs]
    p = profile(nn.Sequential(first, second), (2, 4, 9, 9), training=True)
    assert p.macs == 3 * forward[1] - forward[0]  # nobody asks for the image's gradient
    assert sum(row.macs for row in p.rows if not row.is_backward) == forward[1]


def test_a_step_of_linear_layers_costs_what_torchs_own_counter_says():
    """Which ignores groups on the way back, but here there are none."""
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 5))
    with FlopCounterMode(display=False) as counter:
        model(torch.zeros(2, 3, 8, 8)).sum().backward()
    assert profile(model, (2, 3, 8, 8), training=True).flops() == counter.get_total_flops()


def test_a_step_of_mobilenet_costs_about_three_forwards():
    step = profile(VARIANTS["mobilenet_v2"].build, training=True)
    stem = NETWORKS["mobilenet_v2"].rows[0].macs
    assert step.macs == 3 * 300_774_272 - stem


def test_a_checkpointed_block_is_paid_again():
    block = nn.Sequential(nn.Conv2d(4, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 1))
    head = nn.Conv2d(4, 4, 1)
    kept = nn.Sequential(head, block)

    class Again(nn.Module):
        def __init__(self):
            super().__init__()
            self.head, self.block = head, block

        def forward(self, x):
            return checkpoint(self.block, self.head(x), use_reentrant=False)

    size = (1, 4, 32, 32)
    assert profile(Again(), size).macs == profile(kept, size).macs
    a, b = profile(Again(), size, training=True), profile(kept, size, training=True)
    assert a.macs - b.macs == profile(block[0], size).macs  # torch stops once the last input is back
    assert a.params == b.params


def test_a_wrong_stride_is_seen_though_the_size_is_unchanged():
    def planted():
        model = VARIANTS["mobilenet_v2"].build()
        strided = [m for m in model.modules() if isinstance(m, nn.Conv2d) and m.stride == (2, 2)]
        strided[-1].stride = (1, 1)
        return model

    p = profile(planted)
    assert p.params == VARIANTS["mobilenet_v2"].cost.params
    assert p.macs != VARIANTS["mobilenet_v2"].cost.macs


def test_an_unknown_operator_is_an_error_until_it_has_a_rule(monkeypatch):
    model = nn.Sequential(nn.Conv2d(1, 1, 1), Call(torch.linalg.matrix_exp))
    with pytest.raises(UnknownOperatorError) as error:
        profile(model, (1, 1, 4, 4))
    assert "aten.linalg_matrix_exp.default in module '1' has no rule" in str(error.value)
    assert "cnnlab.counting.RULES[torch.ops.aten.linalg_matrix_exp] = lambda event: Ops(" in str(error.value)
    monkeypatch.setitem(RULES, torch.ops.aten.linalg_matrix_exp, lambda event: Ops("matmul", elementwise=5))
    assert profile(model, (1, 1, 4, 4)).flops(0, elementwise=1) == 5


def test_the_model_stays_as_it_was_even_in_two_threads():
    model = VARIANTS["resnet18"].build().train()
    before = {key: (tensor.data_ptr(), tensor._version) for key, tensor in model.state_dict().items()}
    results = []
    threads = [
        threading.Thread(target=lambda t=training: results.append(profile(model, training=t)))
        for training in (False, True, False, True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(p.macs for p in results)[:2] == [1_814_073_344] * 2
    assert len({p.peak_activation_bytes for p in results}) == 2
    assert {key: (tensor.data_ptr(), tensor._version) for key, tensor in model.state_dict().items()} == before
    assert all(module.training and not module._forward_hooks for module in model.modules())
    assert all(parameter.grad is None for parameter in model.parameters())


# ---- Memory ----


def test_results_live_as_long_as_somebody_needs_them():
    """In images of 1 KiB: what goes in and out of a 1×1 convolution, and a shortcut beside it."""
    kib = (1, 1, 16, 16)
    stack = nn.Sequential(*(nn.Conv2d(1, 1, 1) for _ in range(5)))
    assert profile(stack, kib).peak_activation_bytes == 3 * 1024  # the caller keeps the image

    class Shortcut(nn.Module):
        def __init__(self):
            super().__init__()
            self.start, self.stack = nn.Conv2d(1, 1, 1), stack

        def forward(self, x):
            x = self.start(x)
            return x + self.stack(x)

    assert profile(Shortcut(), kib).peak_activation_bytes == 4 * 1024
    in_place = nn.Sequential(nn.Conv2d(1, 1, 1), nn.ReLU(inplace=True), nn.Flatten())
    assert profile(in_place, kib).peak_activation_bytes == 2 * 1024
    assert profile(stack, kib, torch.float64).peak_activation_bytes == 6 * 1024


def test_a_number_that_is_repeated_is_read_once():
    p = profile(Call(lambda x, number: x + number.expand(1, 4, 5, 5)), [(1, 4, 5, 5), (1,)])
    assert [(row.read_bytes, row.written_bytes) for row in p.rows] == [(404, 400)]


def peaks(name, training, batch=2):
    """Predicted and measured, in the layout for which torch's CPU kernels copy no activations."""
    model = VARIANTS[name].build().train(training).to(memory_format=torch.channels_last)
    images = torch.zeros(batch, 3, 128, 128).to(memory_format=torch.channels_last)

    def run():
        with torch.set_grad_enabled(training):
            out = model(images)
            return out.sum().backward() if training else out

    return profile(model, images, training=training).peak_activation_bytes, measure_peak_memory(
        run
    ) + images.nbytes


@pytest.mark.parametrize(("training", "margin"), [(False, 0.03), (True, 0.05)])
@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2"])
def test_the_peak_is_what_the_allocator_reaches(name, training, margin):
    predicted, measured = peaks(name, training)
    assert predicted == pytest.approx(measured, rel=margin)


def test_nothing_is_allocated_whatever_the_image():
    assert measure_peak_memory(lambda: profile(VARIANTS["vgg16"].build, (1, 3, 4096, 4096))) < 2**10


# ---- Tables ----


def small():
    body = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, groups=1), nn.ReLU())
    return nn.Sequential(body, nn.Conv2d(4, 6, 1, groups=2, bias=False), nn.Flatten(), nn.Linear(6 * 9, 10))


def test_rows_and_their_groups():
    p = profile(small, (1, 3, 7, 7))
    assert [row.path for row in p.table()] == ["0.0", "0.1", "1", "3"]
    assert [(row.path, row.operator, row.output_shape) for row in p.table(depth=1)] == [
        ("0", "2 operators", (1, 4, 3, 3)),
        ("1", "convolution", (1, 6, 3, 3)),
        ("3", "addmm", (1, 10)),
    ]
    assert [row.path for row in p.stages()] == ["3×3", "vector"]
    for table in (p.table(), p.table(0), p.table(1), p.stages()):
        assert sum(row.macs for row in table) == p.macs == 9 * (4 * 27 + 6 * 2) + 540
        assert sum(row.params for row in table) == p.params
        assert sum(row.read_bytes + row.written_bytes for row in table) == p.memory_access_bytes


def test_a_row_says_where_its_macs_come_from():
    formulas = [row.formula for row in profile(small, (1, 3, 7, 7)).rows]
    convolution = "N · out_channels · H_out · W_out · in_channels / groups · k_h · k_w = "
    assert formulas == [
        convolution + "1 · 4 · 3 · 3 · 3 · 3 · 3 = 972",
        "",
        convolution + "1 · 6 · 3 · 3 · 4 / 2 · 1 · 1 = 108",
        "rows · inner · columns = 1 · 54 · 10 = 540",
    ]
    transposed = profile(nn.ConvTranspose1d(4, 6, 3, stride=2), (1, 4, 5)).rows[0].formula
    assert transposed == "N · in_channels · W_in · out_channels / groups · k_w = 1 · 4 · 5 · 6 · 3 = 360"


@pytest.mark.parametrize("training", [False, True])
def test_every_formula_evaluates_to_its_macs(training):
    model = nn.Sequential(
        VARIANTS["mobilenet_v2"].build().features[1:3], nn.ConvTranspose2d(24, 4, 2, groups=2)
    )
    rows = [row for row in profile(model, (2, 32, 8, 8), training=training).rows if row.macs]
    for row in rows:
        left, total = row.formula.split(" = ")[1:]
        product = 1.0
        for factor in left.split(" · "):
            top, _, bottom = factor.partition(" / ")
            product *= int(top) / int(bottom or 1)
        assert product == row.macs == int(total.replace(",", ""))


@pytest.mark.parametrize("training", [False, True])
def test_rows_say_what_their_units_see(training):
    """3, then 3 + 2 · 1, then 5 + 1 · 2 pixels, at last all but what valid windows leave over."""
    body = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Conv2d(2, 2, 3, stride=2), nn.ReLU6(inplace=True))
    model = nn.Sequential(body, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2 * 81, 3))
    rows = profile(model, (1, 1, 40, 40), training=training).rows
    seen = [(row.operator, row.receptive_field) for row in rows if row.macs and not row.is_backward]
    assert seen == [("convolution", 3), ("convolution", 5), ("addmm", 39)]
    assert [row.receptive_field for row in rows if row.kind == "max_pool"] == [7]


def test_a_field_that_differs_along_the_axes_or_is_unknown():
    model = nn.Sequential(nn.Conv2d(1, 1, (3, 5)), Call(lambda x: x.renorm(2, 1, 1.0)))
    p = profile(model, (1, 1, 9, 9))
    assert [row.receptive_field for row in p.rows] == [(3, 5), None]
    assert [row.receptive_field for row in profile(nn.Linear(3, 4), (1, 3)).rows] == [None]
    assert [row.receptive_field for row in NETWORKS["vgg16"].table(depth=1)] == [212, 212, 224]


def test_tables_print_everywhere():
    p = profile(small, (1, 3, 7, 7))
    lines = str(p).splitlines()
    assert lines[0].split()[:5] == ["module", "operator", "output", "params", "macs"]
    assert lines[1].split()[:5] == ["0.0", "convolution", "1×4×3×3", "112", "972"]
    assert lines[1].split()[-1] == "3"
    assert len({len(line) for line in lines[:4]}) == 1
    assert lines[-2].split()[:3] == ["total", "674", "1,620"]
    assert lines[-1].startswith("674 parameters; 1,620 MACs; peak of activations 0.00 MiB, in ")
    markdown = p.to_markdown(depth=1).splitlines()
    assert markdown[1].count("---") == markdown[0].count("|") - 1
    assert markdown[2].startswith("| 0 | 2 operators | 1×4×3×3 | 112 | 972 |")
    html = p._repr_html_()
    assert html.count("<tr>") == 6
    assert "<td>1×4×3×3</td>" in html
    assert html.endswith("FLOPs a byte</p>")


def test_pandas_is_used_where_it_is_installed(monkeypatch):
    def frame(records, columns):
        return records, columns

    monkeypatch.setitem(sys.modules, "pandas", SimpleNamespace(DataFrame=frame))
    records, columns = profile(small, (1, 3, 7, 7)).to_pandas()
    assert records[0]["macs"] == 972
    assert list(records[0]) == columns
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError):
        profile(small, (1, 3, 7, 7)).to_pandas()


# ---- Measuring ----


def test_latency_leaves_the_warm_up_out():
    calls = []
    latency = measure_latency(lambda: calls.append(1), runs=8, warmup=2)
    assert (len(calls), latency.runs, latency.threads) == (10, 8, torch.get_num_threads())
    assert 0 < latency.median < 0.01
    assert str(latency._replace(median=0.00123, interquartile_range=0.0001, threads=1)) == (
        "1.23 ms (interquartile range 0.10 ms, 8 runs, 1 thread)"
    )
    with pytest.raises(ValueError, match="got 1 and 3"):
        measure_latency(int, runs=1)


def test_peak_memory_is_the_most_at_once():
    def two_then_one():
        a = torch.zeros(2**18)
        b = a + 1
        del a, b
        return torch.zeros(2**18)

    assert measure_peak_memory(two_then_one) == pytest.approx(2 * 2**20, abs=64)
    assert measure_peak_memory(lambda: None) == 0


# ---- Networks that read values ----


class Reads(nn.Module):
    """Runs its layer only if an image is bright enough."""

    def __init__(self, layer):
        super().__init__()
        self.layer, self.runs = layer, 0

    def forward(self, x):
        self.runs += 1
        return self.layer(x) if x.max() > 0.5 else x


def test_a_network_that_reads_values_is_counted_for_its_input():
    layer = nn.Conv2d(3, 4, 3, bias=False)
    p = profile(Reads(layer), (1, 3, 8, 8))
    assert p.macs == 36 * 4 * 27
    assert p.notes == ("counted for this one input, run with values, because the network reads some",)
    assert "run with values" in str(p)
    assert profile(Reads(layer), torch.zeros(1, 3, 8, 8)).macs == 0
    assert profile(layer, (1, 3, 8, 8)).notes == ()


def test_a_step_of_a_network_that_reads_values():
    layer = nn.Conv2d(3, 4, 3, bias=False)
    assert profile(Reads(layer), (1, 3, 8, 8), training=True).macs == 2 * 36 * 4 * 27


def test_a_builder_that_reads_values_builds_on_the_cpu():
    def build():
        return nn.Conv2d(3, int(torch.ones(4).sum()), 3, bias=False)

    p = profile(build, (1, 3, 8, 8))
    assert (p.macs, p.params) == (36 * 4 * 27, 108)
    assert p.notes == ("built on the CPU, because its builder reads values",)
    assert next(p.network.parameters()).is_meta


def test_weights_without_values_cannot_be_run_with_values():
    with torch.device("meta"):
        model = Reads(nn.Conv2d(3, 4, 3))
    with pytest.raises(ValueError, match="its weights are on the meta device: give its builder"):
        profile(model, (1, 3, 8, 8))
    assert profile(lambda: Reads(nn.Conv2d(3, 4, 3)), (1, 3, 8, 8)).macs == 36 * 4 * 27


def test_a_networks_own_error_is_not_tried_again_with_values(monkeypatch):
    monkeypatch.setattr("cnnlab.profiler.on_cpu", None)
    with pytest.raises(RuntimeError, match="7"):
        profile(Call(lambda x: x + torch.zeros(7)), (1, 5, 8, 8))


@pytest.mark.parametrize("layers", [1, 2])
def test_with_values_an_lstm_comes_in_one_call_and_costs_the_same(layers):
    class Tokens(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(10, 20, layers)

        def forward(self, x):
            return self.rnn(x)[0]

    by_hand = 15 * 80 * (30 + 40 * (layers - 1))
    assert profile(Tokens(), (5, 3, 10)).macs == by_hand
    assert profile(Reads(Tokens()), (5, 3, 10)).macs == by_hand
    assert {row.operator for row in profile(Reads(Tokens()), (5, 3, 10)).rows} >= {"mkldnn_rnn_layer"}


def test_images_in_a_dictionary_or_a_list():
    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, images):
            return self.conv(images["image"] if isinstance(images, dict) else torch.stack(images))

    p = profile(Named(), {"image": (1, 3, 8, 8)})
    assert (p.macs, p.rows[0].receptive_field) == (36 * 4 * 27, 3)
    assert profile(Named(), [[(3, 8, 8), (3, 8, 8)]]).macs == 2 * 36 * 4 * 27
    assert profile(Named(), {"image": torch.zeros(1, 3, 8, 8)}).macs == 36 * 4 * 27


# ---- Layers that are not counted ----


class Sparse(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.eye(8).to_sparse_csr())

    def forward(self, x):
        return torch.sparse.mm(self.table, x)


@pytest.mark.filterwarnings("ignore")  # torch's own, of tensors in a beta state and of a mover of its modules
def test_quantized_and_sparse_layers_are_refused_by_name():
    with pytest.raises(NotImplementedError, match=r"the weight '0.table' is sparse \(torch.sparse_csr\)"):
        profile(nn.Sequential(Sparse()), (8, 4))
    layers = torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.ReLU(), nn.Linear(8, 4)), {nn.Linear})
    with pytest.raises(NotImplementedError, match="Linear at '1' is quantized, and its products are not"):
        profile(layers, (2, 8))


class Mixed(nn.Module):
    """One layer of sixteen bits, for which images are cast."""

    def __init__(self, bias):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 4, 3, bias=bias).to(torch.bfloat16)

    def forward(self, x):
        return self.second(self.first(x).to(torch.bfloat16)).float()


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_a_network_that_mixes_types_is_counted_in_its_own(bias, training):
    """Without a bias tensors on meta would take part in what torch refuses of others."""
    found = profile(Mixed(bias), (2, 3, 9, 9), training=training)
    assert found.notes == (
        "weights are counted in their own types, because the network asks for some of them",
    )
    second = next(row for row in found.rows if row.path == "second")
    assert second.read_bytes == 2 * (2 * 8 * 49 + 4 * 8 * 9 + 4 * bias)
    assert second.receptive_field == 5
    assert receptive_field(Mixed(bias), (2, 3, 9, 9)).size == 5


class Cast(nn.Module):
    """Its function runs in autocast."""

    def __init__(self, function, *layers):
        super().__init__()
        self.function, self.layers = function, nn.ModuleList(layers)

    def forward(self, x):
        with torch.autocast("cpu", torch.bfloat16):
            return self.function(*self.layers, x)


WIDE = (2, 4, 6, 6)
CAST = {
    "convolution": lambda x: F.conv2d(x, x[:, :, :3, :3]),
    "transposed": lambda x: F.conv_transpose2d(x, x[:, :4, :3, :3].repeat(2, 1, 1, 1)),
    "linear": lambda x: F.linear(x, x[0, 0]),
    "product": lambda x: x @ x,
    "product on the right": lambda x: torch.ones(6, 6, device=x.device) @ x,
    "einsum": lambda x: torch.einsum("nchw,ncvw->nchv", x, x),
    "attention": lambda x: F.scaled_dot_product_attention(x, x, x),
    "of doubles": lambda x: F.linear(x.double(), x[0, 0].double()),
    "pointwise": lambda x: (x @ x).relu() * 2,
    "both": lambda x: torch.cat([x, x @ x]),
    "sum": lambda x: x @ x + x,
    "softmax": lambda x: (x @ x).softmax(-1),
    "norm": lambda x: F.layer_norm(x @ x, (6,)),
    "sampled": lambda x: F.grid_sample(x @ x, (x @ x)[:, :3, :, :2], align_corners=False),
    "volumes": lambda x: F.adaptive_avg_pool3d(x @ x, 2),
    "distances": lambda x: torch.cdist(x @ x, x),
    "frequencies": lambda x: torch.fft.rfft2(x @ x),
    "a loss": lambda x: F.mse_loss(x @ x, x),
    "product of all": lambda x: (x @ x).prod(),
    "without": lambda x: torch.autocast("cpu", enabled=False)(lambda y: y @ y)(x),
}


@pytest.mark.parametrize("name", CAST)
def test_autocast_has_the_types_that_a_cpu_has(name):
    network = Cast(CAST[name])
    out = trace(on_meta(network), inputs_on_meta(WIDE), id)
    assert out.dtype is network(torch.rand(WIDE)).dtype


@pytest.mark.parametrize(("training", "margin"), [(False, 0.03), (True, 0.08)])
def test_the_peak_in_autocast_is_what_the_allocator_reaches(training, margin):
    """Copies of the weights are kept until it ends, each once."""

    def twice(first, second, norm, last, x):
        x = norm(first(x)).relu()
        return last(second(second(x)).mean((2, 3)))

    layers = nn.Conv2d(3, 32, 3), nn.Conv2d(32, 32, 1), nn.BatchNorm2d(32), nn.Linear(32, 64)
    network, images = Cast(twice, *layers).train(training), torch.rand(4, 3, 40, 40)

    def run():
        with torch.set_grad_enabled(training):
            out = network(images)
            return out.sum().backward() if training else out

    found = profile(network, images, training=training).peaks["contiguous"][0]
    assert found == pytest.approx(measure_peak_memory(run) + images.nbytes, rel=margin)


def test_autocast_around_it_is_seen_and_that_of_a_gpu_said_not_to_be():
    with torch.autocast("cpu", torch.bfloat16):
        assert profile(nn.Linear(8, 4), (2, 8)).rows[-1].written_bytes == 2 * 2 * 4
    torch.set_autocast_enabled("cuda", True)
    try:
        assert profile(nn.Linear(8, 4), (2, 8)).notes == (
            "a GPU's autocast is not seen: give dtype=torch.bfloat16 to have all of it in 16 bits",
        )
    finally:
        torch.set_autocast_enabled("cuda", False)


def test_a_batch_first_gru_has_its_table():
    """It transposes its result in place, which ended in a RuntimeError where the fields were asked for."""
    found = profile(nn.GRU(16, 8, batch_first=True), (1, 5, 16))
    assert len(found.rows) == len(found.counted)
    assert found.macs == 5 * 3 * 8 * (16 + 8)  # steps, gates, units, numbers that each reads


def traced():
    with warnings.catch_warnings(action="ignore"):  # torch gives up what people have files of
        return torch.jit.trace(nn.Linear(4, 3), torch.zeros(1, 4))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's own, where it imports its compiler
def test_what_is_compiled_runs_as_it_was_written():
    """The compiler failed in words of its own; a path has the name that torch gives the module inside."""
    layers = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    inside = nn.Sequential(torch.compile(layers), nn.ReLU())
    for network in (torch.compile(inside), inside, lambda: torch.compile(inside)):
        for training in (False, True):
            found = profile(network, (2, 3, 9, 9), training=training)
            plain = profile(nn.Sequential(layers, nn.ReLU()), (2, 3, 9, 9), training=training)
            assert (found.macs, found.params, found.peaks.keys()) == (
                plain.macs,
                plain.params,
                plain.peaks.keys(),
            )
            assert found.peak_activation_bytes == plain.peak_activation_bytes
    assert [row.path for row in profile(inside, (2, 3, 9, 9)).rows] == ["0._orig_mod.0", "0._orig_mod.1", "1"]
    assert receptive_field(torch.compile(inside), (1, 3, 9, 9)).size == 3
    assert isinstance(inside[0], type(torch.compile(layers)))  # and stays it


NO_LOOK = {  # a network, its input, and the sentence
    "compiled": (
        traced,
        (1, 4),
        "'this network' is a ScriptModule, into which nothing can look",
    ),
    "a compiled function": (
        lambda: Call(torch.compile(lambda x: x.sin() + 1)),
        (1, 4),
        "calls a function that torch.compile made; set TORCHDYNAMO_DISABLE=1",
    ),
    "sparse on its way": (
        lambda: Call(lambda x: torch.sparse.mm(torch.eye(4).to_sparse(), x)),
        (4, 3),
        r"a tensor is sparse \(torch.sparse_coo\), and its products are not counted",
    ),
    "nested": (
        lambda: Call(lambda layer, x: layer(torch.nested.nested_tensor([x, x[:1]])), nn.Linear(4, 3)),
        (2, 4),
        "a tensor is nested, and its products are not counted",
    ),
    "a branch in one operator": (
        lambda: Call(lambda x: torch.cond(x.sum() > 0, torch.sin, torch.cos, (x,))),
        (2, 4),
        "torch's operator cond calls functions, and what they do is not counted",
    ),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # as above
@pytest.mark.parametrize("name", NO_LOOK)
def test_what_nobody_can_look_into_is_refused_in_a_sentence(name):
    build, size, sentence = NO_LOOK[name]
    with pytest.raises(NotImplementedError, match=sentence):
        profile(build(), size)


def test_a_size_is_no_list_of_words():
    with pytest.raises(TypeError, match="this network looks up integers: give an example of them"):
        profile(nn.Embedding(10, 4), (2, 3))
    assert profile(nn.Embedding(10, 4), torch.zeros(2, 3, dtype=torch.long)).outputs == {"": (2, 3, 4)}


def packed(layer, x):
    lengths = torch.tensor([5, 4, 2])
    rows = nn.utils.rnn.pack_padded_sequence(x, lengths.to("cpu"), batch_first=True)
    return nn.utils.rnn.pad_packed_sequence(layer(rows)[0], batch_first=True)[0]


def by_expert(x):
    """Rows 0 to 3 with one matrix, 4 to 7 with another."""
    experts = torch.zeros(2, 16, 32, dtype=torch.bfloat16)
    return torch._grouped_mm(x.bfloat16(), experts, offs=torch.tensor([4, 8], dtype=torch.int32))


def exported(layer, x):
    """What torch.export makes of a normalization in training."""
    own = [None, None, torch.zeros(4), torch.ones(4)]
    return torch.ops.aten._native_batch_norm_legit_functional(layer(x), *own, True, 0.1, 1e-5)[0]


def filtered(layer, x):
    """Of sound, as a spectrum and back: torch reads whether the windows leave a gap."""
    window = torch.hann_window(8, device=x.device)
    return torch.istft(torch.stft(layer(x), 8, window=window, return_complex=True), 8, window=window)


PRODUCTS = {  # a network, its input, and its MACs by hand
    "padding is not computed": (
        Call(packed, nn.GRU(10, 20, batch_first=True)),
        (3, 5, 10),
        11 * 3 * 20 * 30,
    ),
    "nor by an LSTM": (Call(packed, nn.LSTM(10, 20, batch_first=True)), (3, 5, 10), 11 * 4 * 20 * 30),
    "each row by its expert": (Call(by_expert), (8, 16), 8 * 16 * 32),
    "integers": (Call(lambda x: torch._int_mm(x.to(torch.int8), x.to(torch.int8))), (32, 32), 32**3),
    "distances of many points": (Call(lambda x: torch.cdist(x, x)), (2, 30, 8), 2 * 30 * 30 * (8 + 2)),
    "time first": (
        Call(lambda x: torch.conv_tbc(x, torch.zeros(3, 4, 5), torch.zeros(5), 1)),
        (8, 2, 4),
        8 * 2 * 5 * 3 * 4,
    ),
    "a spectrum and back": (Call(filtered, nn.Linear(32, 16)), (2, 32), 2 * 32 * 16),
    "a step's statistics, as exported": (Call(exported, nn.Conv2d(3, 4, 3)), (2, 3, 8, 8), 2 * 36 * 4 * 27),
    "trained to be rounded": (
        nn.Sequential(torch.ao.quantization.FakeQuantize(), nn.Conv2d(3, 4, 3)),
        (1, 3, 8, 8),
        36 * 4 * 27,
    ),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_that_torchs_counter_may_not_know(name):
    network, size, macs = PRODUCTS[name]
    assert profile(network, size).macs == macs


WORK = {  # a function of matrices, and its work: LAPACK Working Note 41, Golub and Van Loan
    "root": (torch.linalg.cholesky, [(2, 6, 6)], 2 * 6**3 / 3),
    "inverse": (torch.linalg.inv, [(2, 6, 6)], 2 * 2 * 6**3),
    "determinant": (torch.linalg.det, [(2, 6, 6)], 2 * 2 * 6**3 / 3),
    "solved": (torch.linalg.solve, [(2, 6, 6), (2, 6, 4)], 2 * (2 * 6**3 / 3 + 2 * 6**2 * 4)),
    "for a vector": (torch.linalg.solve, [(6, 6), (6,)], 2 * 6**3 / 3 + 2 * 6**2),
    "by a triangle": (
        lambda a, b: torch.linalg.solve_triangular(a, b, upper=True),
        [(2, 6, 6), (2, 6, 4)],
        2 * 6**2 * 4,
    ),
    "by a root": (lambda a, b: torch.cholesky_solve(b, a), [(2, 6, 6), (2, 6, 4)], 2 * 2 * 6**2 * 4),
    "orthogonal": (lambda a: torch.linalg.qr(a)[0], [(9, 6)], 2 * (2 * 9 * 6**2 - 2 * 6**3 / 3)),
    "eigenvectors": (lambda a: torch.linalg.eigh(a)[1], [(2, 6, 6)], 2 * 9 * 6**3),
    "singular vectors": (lambda a: torch.linalg.svd(a)[0], [(9, 6)], 6 * 9 * 6**2 + 20 * 6**3),
}


@pytest.mark.parametrize("name", WORK)
def test_the_work_of_linear_algebra_is_its_leading_term(name):
    function, sizes, work = WORK[name]
    found = profile(Call(function), sizes)
    assert (found.flops(0, elementwise=1), found.macs) == (round(work), 0)


def without_autograd(layers, x):
    with torch.inference_mode():
        return layers(x)


def test_a_network_that_asks_for_inference_mode_is_taken_apart_as_any_other():
    layers = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.Upsample(scale_factor=2, mode="bilinear"),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 5),
    )
    usual = [(row.operator, row.ops, row.path[:1]) for row in profile(layers, (2, 3, 8, 8)).counted]
    inside = profile(Call(without_autograd, layers), (2, 3, 8, 8)).counted
    assert [(row.operator, row.ops, row.path[9:10]) for row in inside] == usual


def test_a_mask_of_padding_changes_no_products():
    """Whether it saves some, only its values say: torch then cuts the padding off."""
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 4, 32, batch_first=True), 2)
    padding = torch.zeros(2, 7, dtype=torch.bool)
    layer = 2 * (7 * 16 * 48 + 2 * 4 * 7 * 7 * 4 + 7 * 16 * 16 + 2 * 7 * 16 * 32)
    assert profile(encoder, [(2, 7, 16), None, padding]).macs == 2 * layer


def fields(network, size):
    rows = profile(network, size).rows
    return [row.receptive_field for row in rows if row.kind in ("convolution", "matmul")]


def test_fields_are_of_images_alone_or_in_a_list_and_of_sequences_that_are_convolved():
    """[N, L, C] has features where [N, C, W] has pixels; a detector makes a batch of a list of [C, H, W]."""
    layer = nn.Conv2d(3, 4, (3, 1))
    assert fields(layer, (1, 3, 8, 8)) == [(3, 1)]
    assert fields(Call(lambda layer, images: layer(torch.stack(images)), layer), [[(3, 8, 8)]]) == [(3, 1)]
    assert fields(Call(lambda layer, x, times: layer(x) * times, layer), [(1, 3, 8, 8), 2]) == [(3, 1)]
    assert fields(nn.Conv1d(3, 4, 5), (1, 3, 8)) == [5]
    assert set(fields(nn.GRU(16, 8, batch_first=True), (1, 5, 16))) == {None}


class Keeps(nn.Module):
    """As LeViT keeps the biases of its attention: computed in the first run alone."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3)
        self.table, self.kept = nn.Parameter(torch.zeros(4, 7)), None

    def forward(self, x):
        if self.kept is None:
            self.kept = (self.table[:, torch.arange(4)] * 2)[..., None]
        return self.second(self.first(x) + self.kept)


def test_a_row_has_its_own_field_where_the_network_keeps_what_it_computed():
    """Without a match by name each of them had the field of what came after it."""
    found = {row.path: row for row in profile(Keeps(), (1, 3, 6, 6)).rows}
    assert (found["first"].receptive_field, found["second"].receptive_field) == (3, 5)
    assert [row.receptive_field for row in profile(Keeps(), (1, 3, 6, 6)).rows if row.path == ""] == [
        None,
        None,
        None,
        3,
    ]
