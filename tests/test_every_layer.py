"""Every layer of torch.nn, and functions beside them: counted as torch itself counts, or refused by name.

Torch's own counter watches the same way, on meta tensors: on the CPU it misses what oneDNN and fused
attention do in one call.
"""

import itertools

import pytest
import torch
import torch.nn.functional as F
from random_networks import Call
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from cnnlab import counting
from cnnlab.profiler import profile
from cnnlab.receptive_field import receptive_field
from cnnlab.trace import UnknownOperatorError, inputs_on_cpu, inputs_on_meta, on_cpu, on_meta

SEQUENCE, IMAGE, VOLUME, TOKENS = (2, 8, 16), (2, 8, 16, 16), (2, 8, 8, 16, 16), (2, 10, 16)
SHAPES = {"1d": SEQUENCE, "2d": IMAGE, "3d": VOLUME}


class Behind(nn.Module):
    """A layer behind a weight, so that a gradient has to go back through it."""

    def __init__(self, layer):
        super().__init__()
        self.weight, self.layer = nn.Parameter(torch.ones(())), layer

    def forward(self, *inputs):
        return self.layer(*(x * self.weight if x.is_floating_point() else x for x in inputs))


def by_axes():
    """Layers that there are for sequences, images and volumes."""
    for axes, shape in SHAPES.items():
        for name, arguments in {
            "Conv": (8, 4, 3), "ConvTranspose": (8, 4, 3), "MaxPool": (2,), "AvgPool": (2,), "LPPool": (2, 2),
            "AdaptiveAvgPool": (3,), "AdaptiveMaxPool": (3,), "BatchNorm": (8,), "InstanceNorm": (8,),
            "Dropout": (),
            "ReflectionPad": (1,), "ReplicationPad": (1,), "ZeroPad": (1,), "CircularPad": (1,),
            "ConstantPad": (1, 2.0),
        }.items():  # fmt: skip
            yield name + axes, getattr(nn, name + axes)(*arguments), [shape]
        pool, unpool = (
            getattr(nn, "MaxPool" + axes)(2, return_indices=True),
            getattr(nn, "MaxUnpool" + axes)(2),
        )
        yield "MaxUnpool" + axes, Call(lambda pool, unpool, x: unpool(*pool(x)), pool, unpool), [shape]
    for axes in ("2d", "3d"):
        layer = getattr(nn, "FractionalMaxPool" + axes)(2, output_ratio=0.5)
        yield "FractionalMaxPool" + axes, layer, [SHAPES[axes]]


def pointwise():
    for name in """
        ReLU ReLU6 ELU SELU CELU GELU SiLU Mish Sigmoid Tanh Hardtanh Hardswish Hardsigmoid LeakyReLU
        LogSigmoid PReLU RReLU Softplus Softshrink Hardshrink Softsign Tanhshrink GLU Softmax2d Identity
        Dropout AlphaDropout FeatureAlphaDropout Flatten
    """.split():
        yield name, getattr(nn, name)(), [IMAGE]
    for name in ("Softmax", "Softmin", "LogSoftmax"):
        yield name, getattr(nn, name)(1), [IMAGE]
    yield "Threshold", nn.Threshold(0.1, 0), [IMAGE]
    yield "Unflatten", nn.Unflatten(1, (2, 4)), [IMAGE]


def others():
    yield "LayerNorm", nn.LayerNorm(16), [IMAGE]
    yield "GroupNorm", nn.GroupNorm(2, 8), [IMAGE]
    yield "RMSNorm", nn.RMSNorm(16), [IMAGE]
    yield "LocalResponseNorm", nn.LocalResponseNorm(5), [IMAGE]
    yield "CrossMapLRN2d", nn.CrossMapLRN2d(5), [IMAGE]
    yield "Linear", nn.Linear(16, 4), [TOKENS]
    yield "Bilinear", nn.Bilinear(16, 16, 4), [TOKENS, TOKENS]
    for name in ("RNN", "LSTM", "GRU"):
        layer = getattr(nn, name)(16, 8, 2, bidirectional=True)
        yield name, Call(lambda layer, x: layer(x)[0], layer), [TOKENS]
        cell = getattr(nn, name + "Cell")(16, 8)
        yield name + "Cell", Call(lambda cell, x: torch.stack([*cell(x)]), cell), [(2, 16)]
    attention = nn.MultiheadAttention(16, 4, batch_first=True)
    yield "MultiheadAttention", Call(lambda layer, x: layer(x, x, x)[0], attention), [TOKENS]
    yield "TransformerEncoderLayer", nn.TransformerEncoderLayer(16, 4, 32, batch_first=True), [TOKENS]
    yield "TransformerDecoderLayer", nn.TransformerDecoderLayer(16, 4, 32, batch_first=True), [TOKENS, TOKENS]
    layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)
    yield "TransformerEncoder", nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), [TOKENS]
    layer = nn.TransformerDecoderLayer(16, 4, 32, batch_first=True)
    yield "TransformerDecoder", nn.TransformerDecoder(layer, 2), [TOKENS, TOKENS]
    yield "Transformer", nn.Transformer(16, 4, 1, 1, 32, batch_first=True), [TOKENS, TOKENS]
    for name in ("PixelShuffle", "PixelUnshuffle", "ChannelShuffle"):
        yield name, getattr(nn, name)(2), [IMAGE]
    yield "Fold", nn.Fold((4, 4), 2), [(1, 8, 9)]
    yield "Unfold", nn.Unfold(3), [IMAGE]
    for mode in ("nearest", "bilinear", "bicubic", "nearest-exact"):
        yield f"Upsample {mode}", nn.Upsample(scale_factor=2, mode=mode), [IMAGE]
    yield "UpsamplingBilinear2d", nn.UpsamplingBilinear2d(scale_factor=2), [IMAGE]
    yield "UpsamplingNearest2d", nn.UpsamplingNearest2d(scale_factor=2), [IMAGE]
    yield "CosineSimilarity", nn.CosineSimilarity(), [IMAGE, IMAGE]
    yield "PairwiseDistance", nn.PairwiseDistance(), [(2, 8), (2, 8)]
    yield "Embedding", nn.Embedding(100, 8), [torch.zeros(2, 5, dtype=torch.long)]
    yield "EmbeddingBag", nn.EmbeddingBag(100, 8), [torch.zeros(2, 5, dtype=torch.long)]
    yield "DataParallel", nn.DataParallel(nn.Conv2d(8, 8, 3)), [IMAGE]
    norm = nn.utils.parametrizations
    yield "weight_norm", norm.weight_norm(nn.Conv2d(8, 8, 3)), [IMAGE]
    yield "spectral_norm", norm.spectral_norm(nn.Conv2d(8, 8, 3)), [IMAGE]


def functions():
    """What is no layer, and networks have."""
    for name, function in {
        "bits": lambda x: ((x > 0) & (x < 1)) | ((x > 2) ^ (x > 3)),
        "floor_divide": lambda x: x + (x.detach() // 2),
        "all and any": lambda x: (x > 0).all() | (x < 0).any(),
        "the same for checks": lambda x: torch._is_all_true(x > 0) | torch._is_any_true(x < 0),
        "grid_sample": lambda x: F.grid_sample(
            x, F.affine_grid(torch.zeros(2, 2, 3), [2, 8, 5, 5], False), align_corners=False
        ),
        "smaller, filtered": lambda x: F.interpolate(x, size=(5, 6), mode="bicubic", antialias=True),
        "smaller, filtered less": lambda x: F.interpolate(x, size=(5, 6), mode="bilinear", antialias=True),
        "nearest sequences": lambda x: F.interpolate(x[0], 20, mode="nearest-exact"),
        "nearest volumes": lambda x: F.interpolate(x[None], scale_factor=2),
        "nearest of volumes": lambda x: F.interpolate(x[None], scale_factor=2, mode="nearest-exact"),
        "fft": lambda x: torch.fft.irfft2(torch.fft.rfft2(x) * torch.fft.fft2(x)[..., :9]),
        "attention": lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True),
        "attention in groups": lambda x: F.scaled_dot_product_attention(
            x, x[:, :2], x[:, :2], enable_gqa=True
        ),
        "unusual": lambda x: (
            torch.nan_to_num(torch.atan2(x, x.exp2()).erfinv().logit()) + torch.special.i0(x)
        ),
        "distances": lambda x: torch.cdist(x[:, 0], x[:, 1]),
        "other distances": lambda x: torch.cdist(x[:, 0], x[:, 1], p=1),
        "so far": lambda x: x.cumprod(1).cummax(1)[0].logcumsumexp(1),
        "scattered": lambda x: x.scatter(1, torch.zeros(IMAGE, dtype=torch.long), x).index_fill(
            1, torch.tensor(0), 0
        ),
        "turned": lambda x: x.rot90(1, (2, 3)).median(1)[0],
        "drawn": lambda x: F.gumbel_softmax(x, dim=1),
        "complex": lambda x: torch.view_as_real(torch.complex(x, x)),
        "a loss": lambda x: F.mse_loss(x, x + 1) + F.cross_entropy(x, torch.zeros(2, 16, 16).long()),
        "other losses": lambda x: (
            F.huber_loss(x, x + 1)
            + F.smooth_l1_loss(x, x + 1)
            + F.binary_cross_entropy(x.sigmoid(), x.sigmoid().detach())
            + F.binary_cross_entropy_with_logits(x, x.detach())
            + F.soft_margin_loss(x, x.detach())
            + F.cross_entropy(x[:, :, 0, 0], torch.zeros(2).long())
        ),
        "pairs of points": lambda x: F.pdist(x[0, 0]),
        "points of a grid": lambda x: F.grid_sample(x, x[:, :2].permute(0, 2, 3, 1), align_corners=False),
        "pieces of an axis": lambda x: torch.segment_reduce(x[:, 0], "mean", lengths=torch.tensor([1, 1])),
        "corners of a matrix": lambda x: (
            x[0, 0][torch.triu_indices(16, 16).unbind()] + x[0, 0].diagonal().sum()
        ),
        "taken and told": lambda x: torch.histc(x.take(torch.tensor([1, 2]))) + torch.dist(x, x + 1),
        "of three axes": lambda x: torch.linalg.cross(x[:, :3], x[:, 3:6], dim=1),
        "factors": lambda x: (
            torch.linalg.cholesky(x) @ torch.linalg.inv(x) @ torch.linalg.qr(x)[0]
            + torch.linalg.eigh(x)[1]
            @ torch.linalg.svd(x)[0]
            @ torch.diag_embed(x[..., 0])
            * torch.det(x[0, 0])
        ),
        "solutions": lambda x: (
            torch.linalg.solve(x, x)
            + torch.linalg.solve_triangular(x, x, upper=True)
            + torch.cholesky_solve(x, x)
        ),
        "blocks": lambda x: torch.block_diag(x[0, 0], x[1, 1]),
        "a spectrum": lambda x: torch.stft(
            x[:, 0, 0], 8, window=torch.hann_window(8), return_complex=True
        ).abs(),
    }.items():
        yield name, Call(function), [IMAGE]


CASES = {name: case for name, *case in itertools.chain(by_axes(), pointwise(), others(), functions())}
REFUSED = {  # by name, as none of them is counted here
    "linalg_matrix_exp": nn.utils.parametrizations.orthogonal(nn.Linear(16, 16)),
    "linalg_ldl_factor_ex": Call(torch.linalg.ldl_factor),
    "linalg_eig": Call(lambda x: torch.linalg.eig(x)[1]),
}
BACK_WITH_VALUES = {"FractionalMaxPool3d"}  # torch has no shape for it on meta
# Of its five products one is the weights once more, which torch, taking attention apart on meta, keeps.
AGAIN = "_scaled_dot_product_flash_attention_for_cpu_backward"
UNCOUNTED_BY_TORCH = {"_trilinear", "affine_grid_generator", "mv", "dot", "vdot"}
NO_LAYERS = """
    Module Container Sequential ModuleList ModuleDict ParameterList ParameterDict AdaptiveLogSoftmaxWithLoss
    RNNBase RNNCellBase Upsample UninitializedParameter UninitializedBuffer Parameter Buffer SyncBatchNorm
""".split()


def test_no_layer_of_torch_is_missing_here():
    """But for losses and containers; a lazy layer becomes the layer, SyncBatchNorm needs several machines."""
    layers = {
        name for name, each in vars(nn).items() if isinstance(each, type) and issubclass(each, nn.Module)
    }
    layers = {name for name in layers if not name.startswith("Lazy") and "Loss" not in name}
    assert layers - set(CASES) - set(NO_LAYERS) == set()


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_a_layer_is_counted_as_torch_counts_it(name, training):
    layer, shapes = CASES[name]
    layer = Behind(layer) if training else layer
    counted = profile(layer, shapes, training=training)
    ours = sum(row.macs for row in counted.rows if row.operator not in UNCOUNTED_BY_TORCH)
    ours -= sum(row.macs // 5 for row in counted.rows if row.operator == AGAIN)
    needs = training and name in BACK_WITH_VALUES
    network, inputs = (
        (on_cpu(layer), inputs_on_cpu(shapes)) if needs else (on_meta(layer), inputs_on_meta(shapes))
    )
    network.train(training)
    with FlopCounterMode(display=False) as counter, inputs[0].device, torch.set_grad_enabled(training):
        outputs = network(*inputs)
        if training and outputs.requires_grad:
            outputs.backward(torch.ones_like(outputs))
    assert 2 * ours == counter.get_total_flops()


@pytest.mark.parametrize(
    ("name", "operator", "times"),
    [
        ("smaller, filtered", "_upsample_bicubic2d_aa", 1),
        ("smaller, filtered less", "_upsample_bilinear2d_aa", 1),
        ("points of a grid", "grid_sampler_2d", 2),  # to the image and to the grid
        ("other distances", "_cdist_forward", 2),  # to either point
        ("pairs of points", "_pdist_forward", 1),
    ],
)
def test_each_product_of_the_way_forward_comes_back(name, operator, times):
    layer, shapes = CASES[name]
    back = operator.removesuffix("_forward") + "_backward"
    rows = profile(Behind(layer), shapes, training=True).rows
    forward, backward = (
        sum(row.elementwise for row in rows if row.operator == name) for name in (operator, back)
    )
    assert backward == times * forward > 0


@pytest.mark.parametrize("operator", REFUSED)
def test_what_is_not_counted_is_refused_with_the_line_that_helps(operator):
    with pytest.raises(UnknownOperatorError) as error:
        profile(REFUSED[operator], (1, 16, 16))
    packet = getattr(torch.ops.aten, operator)
    line = str(error.value).rpartition(" with ")[2]
    exec(line, {"cnnlab": __import__("cnnlab"), "torch": torch, "Ops": counting.Ops})
    try:
        assert packet in counting.RULES
    finally:
        del counting.RULES[packet]


def test_an_operator_of_another_library_has_its_rule_before_the_library_is_there():
    tensors = ", ".join(f"Tensor {name}" for name in "input weight offset mask bias".split())
    library = torch.library.Library("torchvision", "FRAGMENT")
    library.define(f"deform_conv2d({tensors}, int groups) -> Tensor")
    library.impl("deform_conv2d", lambda x, weight, *_: F.conv2d(x, weight, padding=1), "Meta")
    weight, bias = nn.Parameter(torch.rand(6, 4, 3, 3)), nn.Parameter(torch.rand(6))

    class Deformed(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight, self.bias, self.offsets = weight, bias, nn.Conv2d(4, 18, 3, padding=1)

        def forward(self, x):
            offsets = self.offsets(x)
            return torch.ops.torchvision.deform_conv2d(x, self.weight, offsets, offsets[:, :9], self.bias, 1)

    counted = profile(Deformed(), (1, 4, 8, 8))
    assert [row.macs for row in counted.rows] == [64 * 18 * 36, 64 * 6 * 36]
    assert receptive_field(Deformed(), (1, 4, 8, 8)).size == 8
