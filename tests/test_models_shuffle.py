"""ShuffleNet, ShuffleNet V2 and the shift networks: each block literally, and what their papers say.

ShuffleNet V2 was compared with torchvision 0.28.0 beside torch 2.13.0+cpu (float32, one thread): with the
same random weights, loaded with `strict=True`, the scores of two 224×224 images were the same to the last
bit, in evaluation and in training mode, at all four widths. A forward pass of four images took 0.99 and a
training step 1.00 times as long (`shufflenet_v2_x1_0`, medians of 41 and 21 interleaved runs).
"""

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab import conv, layers
from cnnlab.cost import Cost, conv2d_macs, conv2d_params
from cnnlab.models import VARIANTS
from cnnlab.models import shufflenet_v1 as v1
from cnnlab.models import shufflenet_v2 as v2
from cnnlab.models.active_shift import (
    ActiveShift,
    ASResNet,
    Block,
    DownsamplingBlock,
    SparseShift,
    interpolated,
)
from cnnlab.models.fenet import FEBlock, FENet, Unit
from cnnlab.models.shiftnet import CSC, GROUPS, Shift, ShiftNet
from cnnlab.models.shiftresnet import ShiftBlock, ShiftResNet
from cnnlab.profiler import profile


def random(*shape):
    return torch.randn(shape, dtype=torch.float64)


def with_statistics(module):
    """In evaluation mode and float64, with statistics that do something."""
    for norm in module.double().modules():
        if isinstance(norm, nn.BatchNorm2d):
            for tensor in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
                nn.init.uniform_(tensor, 0.5, 1.5)
    return module.eval()


def convolved(layer, x):
    stride, padding = layer.stride[0], layer.padding[0]
    return conv.conv2d(x, layer.weight.detach().numpy(), None, stride, padding, 1, layer.groups)


def normalized(norm, x):
    tensors = (norm.running_mean, norm.running_var, norm.weight, norm.bias)
    return layers.batch_norm(x, *(tensor.detach().numpy() for tensor in tensors))


def pooled(x):
    """Means of 3×3 at every second position, with a border of zeros that count."""
    n, c, h, w = x.shape
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    y = np.empty((n, c, -(-h // 2), -(-w // 2)))
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            y[:, :, i, j] = padded[:, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3].sum(axis=(2, 3)) / 9
    return y


def dealt(x, groups):
    """Channel i of group g becomes channel i · groups + g."""
    y, size = np.empty_like(x), x.shape[1] // groups
    for g in range(groups):
        for i in range(size):
            y[:, i * groups + g] = x[:, g * size + i]
    return y


def agrees(module, x, expected):
    np.testing.assert_allclose(module(x).detach().numpy(), expected, atol=1e-12)


# ---- ShuffleNet ----


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kind", [v1.ShuffleUnit, v1.NoShuffle, v1.Excited])
def test_a_shuffle_unit_literally(kind, stride):
    unit = with_statistics(kind(12 if stride == 2 else 24, 24, stride, (3, 3)))
    x = random(2, unit.conv1.in_channels, 5, 7)
    y = layers.relu(normalized(unit.bn1, convolved(unit.conv1, x.numpy())))
    y = y if kind is v1.NoShuffle else dealt(y, 3)
    y = normalized(unit.bn2, convolved(unit.conv2, y))
    y = normalized(unit.bn3, convolved(unit.conv3, y))
    if kind is v1.Excited:
        w1, b1, w2, b2 = (p.detach().numpy() for p in unit.excite.parameters())
        hidden = layers.relu(y.mean(axis=(2, 3)) @ w1[:, :, 0, 0].T + b1)
        y = y / (1 + np.exp(-(hidden @ w2[:, :, 0, 0].T + b2)))[:, :, None, None]
    both = x.numpy() + y if stride == 1 else np.concatenate([pooled(x.numpy()), y], axis=1)
    agrees(unit, x, layers.relu(both))


def test_without_a_shuffle_groups_never_meet():
    """How many channels a third of the inputs changes, two units later."""
    for kind, reached in [(v1.NoShuffle, 12), (v1.ShuffleUnit, 36)]:
        units = nn.Sequential(*(with_statistics(kind(36, 36, 1, (3, 3))) for _ in range(2)))
        for module in units.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.uniform_(module.weight, 0.1, 1)  # so that no ReLU hides a change
        x = random(1, 36, 3, 3).abs()
        more = x.clone()
        more[:, :12] += 1
        changed = (units(x) != units(more)).any(dim=0).any(dim=-1).any(dim=-1)
        assert changed.sum() == reached


def shuffle_cost(groups, width, stem, narrow=lambda c: c // 4, squeeze=None):
    """Table 1 for a 224×224 image, in closed form."""
    params, macs = 27 * stem + 2 * stem, conv2d_macs(3, stem, 3, 112)
    c, size = stem, 56
    for scale, depth in zip((1, 2, 4), (4, 8, 4), strict=True):
        out = round(v1.WIDTHS[groups] * width * scale)
        for i in range(depth):
            found, mid = (out - c if i == 0 else out), narrow(out)
            g = 1 if c == stem else groups
            params += conv2d_params(c, mid, 1, g, bias=False) + 9 * mid
            params += conv2d_params(mid, found, 1, groups, bias=False) + 2 * (mid + mid + found)
            macs += conv2d_macs(c, mid, 1, size, g)
            size = size // 2 if i == 0 else size
            macs += 9 * mid * size**2 + conv2d_macs(mid, found, 1, size, groups)
            if squeeze:
                middle = out // squeeze
                params, macs = params + 2 * found * middle + found + middle, macs + 2 * found * middle
            c = out
    return Cost(params + 1000 * c + 1000, macs + 1000 * c)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("shufflenet_v1_g3", (3, 1, 24)),
        ("shufflenet_v1_g8_x0_25", (8, 0.25, 8)),
        ("shufflenet_v1_g4_x0_5", (4, 0.5, 12, {136: 36, 272: 68, 544: 136}.get)),  # 34 is not 4 groups
        ("shufflenet_v1_g3_x2_0_se", (3, 2, 48, lambda c: c // 4, 16)),
        ("shufflenet_v1_g8", (8, 1, 24)),
    ],
)
def test_shufflenets_cost_in_closed_form(name, arguments):
    assert VARIANTS[name].cost == shuffle_cost(*arguments)


def test_table_1_leaves_out_the_last_layer():
    """Then all five columns round to what it prints."""
    for groups, printed in {1: 143, 2: 140, 3: 137, 4: 133, 8: 137}.items():
        macs = VARIANTS[f"shufflenet_v1_g{groups}"].cost.macs - 1000 * 4 * v1.WIDTHS[groups]
        assert round(macs / 1e6) == printed


@pytest.mark.parametrize("groups", v1.WIDTHS)
@pytest.mark.parametrize("width", [0.25, 0.5, 0.75, 1, 1.5, 2])
def test_every_group_gets_equally_many_channels(groups, width):
    with torch.device("meta"):
        model = v1.ShuffleNetV1(groups, width)
    first, *others = (unit for unit in model.stages)
    assert first.conv1.groups == 1  # of so few channels
    assert {unit.conv1.groups for unit in others} == {groups}
    assert [i for i, unit in enumerate(model.stages) if unit.stride == 2] == [0, 4, 12]
    for unit in model.stages:
        assert unit.conv1.out_channels % groups == unit.conv3.out_channels % groups == 0


# ---- ShuffleNet V2 ----


def branched(layers_of, x):
    for layer in layers_of:
        step = {nn.Conv2d: convolved, nn.BatchNorm2d: normalized}.get(type(layer))
        x = step(layer, x) if step else layers.relu(x)
    return x


def test_a_unit_keeps_half_and_shuffles():
    unit, x = with_statistics(v2.Unit(6)), random(2, 6, 5, 4)
    changed = branched(unit.branch2, x.numpy()[:, 3:])
    expected = np.empty((2, 6, 5, 4))
    expected[:, 0::2], expected[:, 1::2] = x.numpy()[:, :3], changed
    agrees(unit, x, expected)
    kinds = [type(layer).__name__[0] for layer in unit.branch2]
    assert "".join(kinds) == "CBRCBCBR"  # no ReLU after the depthwise layer
    assert [layer.groups for layer in unit.branch2 if isinstance(layer, nn.Conv2d)] == [1, 3, 1]


def test_a_downsampling_unit_shows_both_branches_everything():
    unit, x = with_statistics(v2.DownsamplingUnit(4, 6)), random(2, 4, 5, 7)
    expected = np.empty((2, 6, 3, 4))
    expected[:, 0::2] = branched(unit.branch1, x.numpy())
    expected[:, 1::2] = branched(unit.branch2, x.numpy())
    agrees(unit, x, expected)


def test_table_5_of_shufflenet_v2():
    for name, printed in {"x0_5": 1.4, "x1_0": 2.3, "x1_5": 3.5, "x2_0": 7.4}.items():
        assert round(VARIANTS[f"shufflenet_v2_{name}"].cost.params / 1e6, 1) == printed
    with torch.device("meta"):
        model = VARIANTS["shufflenet_v2_x1_0"].build().eval()
        x = model.maxpool(model.conv1(torch.empty(1, 3, 224, 224)))
    shapes = [tuple(x.shape[1:])]
    for stage in (model.stage2, model.stage3, model.stage4):
        x = stage(x)
        shapes.append(tuple(x.shape[1:]))
    assert shapes == [(24, 56, 56), (116, 28, 28), (232, 14, 14), (464, 7, 7)]


# ---- Shift ----


@pytest.mark.parametrize(("channels", "kernel_size"), [(9, 3), (20, 3), (27, 5), (4, 1)])
def test_a_shift_is_a_depthwise_convolution_with_a_single_one(channels, kernel_size):
    """The kernel of a channel is 1 in one place, another for each group."""
    x, middle = random(2, channels, 4, 5), kernel_size // 2
    weight = np.zeros((channels, 1, kernel_size, kernel_size))
    group = channels // kernel_size**2
    rest, channel = channels - group * kernel_size**2, 0
    for i in range(kernel_size):
        for j in range(kernel_size):
            size = group + (rest if i == j == middle else 0)
            weight[channel : channel + size, 0, i, j] = 1
            channel += size
    expected = conv.conv2d(x.numpy(), weight, None, 1, middle, 1, channels)
    agrees(Shift(channels, kernel_size), x, expected)


def test_a_shift_costs_nothing():
    counted = profile(Shift(18), input_size=(1, 18, 8, 8))
    assert (counted.params, counted.macs, counted.flops(multiply_add=1)) == (0, 0, 0)


@pytest.mark.parametrize("stride", [1, 2])
def test_a_csc_module_literally(stride):
    module = with_statistics(CSC(6 if stride == 2 else 12, 12, stride, 3, 3))
    x = random(2, module.conv1.in_channels, 5, 7)
    y = convolved(module.conv1, layers.relu(normalized(module.bn1, x.numpy())))
    y = module.shift(torch.from_numpy(y)).numpy()
    y = convolved(module.conv2, layers.relu(normalized(module.bn2, y)))
    agrees(module, x, x.numpy() + y if stride == 1 else np.concatenate([pooled(x.numpy()), y], axis=1))


@pytest.mark.parametrize(("in_channels", "stride"), [(4, 1), (4, 2), (3, 1)])
def test_a_shift_block_literally(in_channels, stride):
    block = with_statistics(ShiftBlock(in_channels, 4, stride, 3))
    x = random(2, in_channels, 5, 7)
    y = block.shift(torch.from_numpy(layers.relu(normalized(block.bn1, convolved(block.conv1, x.numpy())))))
    y = normalized(block.bn2, convolved(block.conv2, y.numpy()))
    past = x.numpy()
    if (in_channels, stride) != (4, 1):
        past = normalized(block.shortcut[1], convolved(block.shortcut[0], past))
    agrees(block, x, layers.relu(y + past))


@pytest.mark.parametrize(("name", "width"), [("shiftnet_a", 1), ("shiftnet_b", 0.5)])
def test_shiftnets_cost_in_closed_form(name, width):
    c, size = round(32 * width), 112
    params, macs = 147 * c, conv2d_macs(3, c, 7, 112)
    for _, channels, first, other, modules in GROUPS:
        for i in range(modules):
            out = round(channels * width)
            found = out - c if i == 0 else out
            wide = found * (other if i else first)
            params += c * wide + wide * found + 2 * c + 2 * wide
            macs += c * wide * size**2
            size = size // 2 if i == 0 else size
            macs += wide * found * size**2
            c = out
    assert VARIANTS[name].cost == Cost(params + 2 * c + 1000 * c + 1000, macs + 1000 * c)


def test_nine_channels_for_one_are_a_3x3_layer():
    """ε = 9 makes a block of two 1×1 layers as large as one of two 3×3; ε = 1 a ninth of it."""
    for expansion in (1, 9):
        block = ShiftBlock(16, 16, 1, expansion)
        weights = block.conv1.weight.numel() + block.conv2.weight.numel()
        assert weights * 9 == 2 * 9 * 16 * 16 * expansion


# ---- Active shift ----


def looked(image, alpha, beta, stride=1):
    """The paper's equation: O_ij = Σ_nm I_nm (1 − |i + α − n|)(1 − |j + β − m|) over the four next pixels."""
    h, w = image.shape
    output = np.zeros((-(-h // stride), -(-w // stride)))
    for i in range(0, h, stride):
        for j in range(0, w, stride):
            for n in range(h):
                for m in range(w):
                    down, right = abs(i + alpha - n), abs(j + beta - m)
                    if down < 1 and right < 1:
                        output[i // stride, j // stride] += image[n, m] * (1 - down) * (1 - right)
    return output


def slopes(image, gradient, alpha, beta):
    """∂L/∂α = Σ_ij ∂L/∂O_ij Σ_nm I_nm (1 − |j + β − m|) sign(n − i − α), and ∂L/∂β: lecture 004."""
    to_alpha = to_beta = 0.0
    for i, j in np.ndindex(gradient.shape):
        for n, m in np.ndindex(image.shape):
            down, right = i + alpha - n, j + beta - m
            if abs(down) < 1 and abs(right) < 1:
                to_alpha += gradient[i, j] * image[n, m] * (1 - abs(right)) * np.sign(-down)
                to_beta += gradient[i, j] * image[n, m] * (1 - abs(down)) * np.sign(-right)
    return to_alpha, to_beta


def displaced(kind, channels, stride=1, furthest=2.9):
    layer = kind(channels, stride).double()
    nn.init.uniform_(layer.displacement, -furthest, furthest)
    return layer


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(("kind", "place"), [(ActiveShift, float), (SparseShift, round)])
def test_an_active_shift_literally(kind, place, stride):
    layer, x = displaced(kind, 6, stride), random(2, 6, 5, 7)
    expected = [
        [looked(image, place(a), place(b), stride) for image, a, b in zip(images, *pixels, strict=True)]
        for images, pixels in ((images, layer.displacement.tolist()) for images in x.numpy())
    ]
    agrees(layer, x, np.array(expected))


@pytest.mark.parametrize("kind", [ActiveShift, SparseShift])
def test_the_slopes_of_a_displacement_are_the_papers(kind):
    """Also where it looks by whole pixels: those learn as if they were interpolated."""
    layer, x, gradient = displaced(kind, 4), random(2, 4, 5, 6), random(2, 4, 5, 6)
    layer(x).backward(gradient)
    for channel, (alpha, beta) in enumerate(layer.displacement.T.tolist()):
        pairs = zip(x[:, channel].numpy(), gradient[:, channel].numpy(), strict=True)
        expected = np.sum([slopes(image, g, alpha, beta) for image, g in pairs], axis=0)
        np.testing.assert_allclose(layer.displacement.grad[:, channel], expected, atol=1e-12)


@pytest.mark.parametrize("stride", [1, 2])
def test_an_active_shift_and_finite_differences(stride):
    layer, x = displaced(ActiveShift, 3, stride), random(1, 3, 4, 5).requires_grad_()
    assert torch.autograd.gradcheck(layer, (x,))
    gradient = torch.randn_like(layer(x))
    layer(x).backward(gradient)
    eps, measured = 1e-6, torch.empty(2, 3, dtype=torch.float64)
    with torch.no_grad():
        for axis, channel in np.ndindex(2, 3):
            values = []
            for step in (eps, -2 * eps):
                layer.displacement[axis, channel] += step
                values.append((layer(x) * gradient).sum())
            layer.displacement[axis, channel] += eps
            measured[axis, channel] = (values[0] - values[1]) / (2 * eps)
    torch.testing.assert_close(layer.displacement.grad, measured, rtol=1e-6, atol=1e-6)


def test_a_sparse_shift_hands_back_whole_pixels():
    """To its input: the gradient moves the other way by as many pixels, and mixes nothing."""
    layer, x = SparseShift(1).double(), random(1, 1, 5, 5).requires_grad_()
    nn.init.constant_(layer.displacement, 0.8)  # of which 1 is the next whole number
    layer(x)[0, 0, 2, 2].backward()
    assert torch.nonzero(x.grad).tolist() == [[0, 0, 3, 3]]
    assert x.grad[0, 0, 3, 3] == 1
    assert layer.penalty().item() == pytest.approx(1.6)


def test_zeros_are_further_away_than_its_reach():
    layer, x = ActiveShift(1, reach=2).double(), random(1, 1, 9, 9)
    with torch.no_grad():
        layer.displacement[:] = torch.tensor([[2.0], [0.0]])
        torch.testing.assert_close(layer(x)[:, :, :7], x[:, :, 2:])
        layer.displacement[0] = 3
        assert not layer(x).any()


@pytest.mark.parametrize("learns", [True, False])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("reach", [0, 1, 3])
def test_pixels_fetched_are_those_interpolated_between(reach, stride, learns):
    """To the last bit, in both directions, and beyond its reach too, where all is 0."""
    layer, x = SparseShift(60, stride, reach), torch.randn(2, 60, 5, 8)
    y = x.clone()
    with torch.no_grad():
        layer.displacement.uniform_(-reach - 1.4, reach + 1.4)
    layer.requires_grad_(learns)
    fetched = layer(x.requires_grad_())
    literal = interpolated(y.requires_grad_(), layer.displacement.detach().round(), stride, reach)
    assert fetched.flatten(2).any(dim=2).sum() == literal.flatten(2).any(dim=2).sum() < 120
    gradient = torch.randn_like(literal)
    for out in (fetched, literal):
        out.backward(gradient)
    assert torch.equal(fetched, literal)
    assert torch.equal(x.grad, y.grad)


def test_an_active_shift_is_a_2x2_filter_that_moves():
    """With α = 0.5 and β = −0.25 an output sees half a pixel down, a quarter to the left."""
    layer, x = ActiveShift(1).double(), random(1, 1, 7, 7).requires_grad_()
    with torch.no_grad():
        layer.displacement[:] = torch.tensor([[0.5], [-0.25]])
    layer(x)[0, 0, 3, 3].backward()
    assert torch.nonzero(x.grad[0, 0]).tolist() == [[3, 2], [3, 3], [4, 2], [4, 3]]
    torch.testing.assert_close(x.grad[0, 0, 3, 2:4], torch.tensor([0.125, 0.375]).double())


def test_blocks_of_the_active_network_literally():
    for block in (Block(6, 6), DownsamplingBlock(4, 6)):
        with_statistics(block)
        x = random(2, block.conv1.in_channels, 5, 7)
        active = layers.relu(normalized(block.bn1, x.numpy()))
        y = layers.relu(normalized(block.bn2, convolved(block.conv1, active)))
        y = convolved(block.conv2, block.shift(torch.from_numpy(y)).detach().numpy())
        down = isinstance(block, DownsamplingBlock)
        agrees(block, x, y + (convolved(block.projection, active) if down else x.numpy()))


@pytest.mark.parametrize("width", [32, 50, 68])
def test_active_networks_cost_in_closed_form(width):
    """Each block has two 1×1 layers, a scale and a shift before each, α and β; four have a projection."""
    c, size = width, 112
    params, macs = 27 * c, 27 * c * size**2
    for out, stride in [(c, 1)] + [
        (scale * width, 1 + (i == 0))
        for scale, depth in ((1, 3), (2, 4), (4, 6), (8, 3))
        for i in range(depth)
    ]:
        params += 2 * c + c * out + 2 * out + 2 * out + out * out
        macs += c * out * size**2
        size //= stride
        macs += out * out * size**2
        if stride == 2:
            params, macs = params + c * out, macs + c * out * size**2
        c = out
    assert VARIANTS[f"as_resnet_w{width}"].cost == Cost(params + 2 * c + 1000 * c + 1000, macs + 1000 * c)


# ---- FE-Net ----


@pytest.mark.parametrize("pooled", [False, True])
def test_a_unit_of_sparse_shifts_literally(pooled):
    unit = with_statistics(Unit(2, 3, expansion=3, pooled=pooled))
    assert isinstance(unit.shift, SparseShift) is not pooled
    x = random(2, 2, 6, 4)
    y = layers.relu(normalized(unit.expand[1], convolved(unit.expand[0], x.numpy())))
    y = y.reshape(2, 6, 3, 2, 2, 2).mean(axis=(3, 5)) if pooled else unit.shift(torch.from_numpy(y)).detach()
    agrees(unit, x, normalized(unit.bn, convolved(unit.conv, np.asarray(y))))


@pytest.mark.parametrize(("steps", "waiting"), [(3, [4, 2]), (4, [4, 2, 1])])
def test_more_and_more_channels_take_part(steps, waiting):
    """Of eight channels those in front wait, the first half longest; each unit is added to what it reads."""
    block = with_statistics(FEBlock(8, 5, steps, pooled=False))
    x = random(2, 8, 3, 4)
    seen, begin = x[:, sum(waiting) :], sum(waiting)
    for unit, channels in zip(block.units, reversed(waiting), strict=True):
        seen = torch.cat([x[:, begin - channels : begin], seen + unit(seen)], dim=1)
        begin -= channels
    assert begin == 0
    torch.testing.assert_close(block(x), block.last(seen))


def fenet_cost(width, last):
    """A unit from c to c' channels, t times as wide, has tc(c + c') weights, two norms, and α and β."""
    c, size = int(16 * width), 112
    params, macs = 29 * c, 27 * c * size**2
    first = [(c, c, 4, False), (c, 2 * c, 5, True)]
    for steps, begin, end, pooled in [
        (3, 2, 4, 1),
        (4, 4, 8, 1),
        (4, 8, 8, 0),
        (4, 8, 16, 1),
        (3, 16, 16, 0),
    ]:
        part = [begin * c >> halves for halves in range(steps - 1, 0, -1)]
        first += [(channels, channels, 6, False) for channels in part] + [(begin * c, end * c, 6, pooled)]
    for into, out, t, pooled in first:
        params += t * into * (into + out) + 2 * t * into + 2 * out + 2 * t * into * (not pooled)
        macs += t * into * into * size**2
        size = size // 2 if pooled else size
        macs += t * into * out * size**2
    macs += (16 * c * size**2 + 1000) * last
    return Cost(params + (16 * c + 2 + 1000) * last + 1000, macs)


def test_fenet_costs_in_closed_form():
    assert VARIANTS["fenet_x1_375"].cost == fenet_cost(1.375, 1932)
    with torch.device("meta"):
        found = profile(FENet(), (1, 3, 224, 224))
    assert Cost(found.params, found.macs) == fenet_cost(1, 1380)


# ---- Refusals ----


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: v1.ShuffleNetV1(5), "1, 2, 3, 4, 8 groups, not 5"),
        (lambda: v2.Unit(7), "7 channels .* 2 equal halves"),
        (lambda: Shift(8), "8 channels .* 3×3"),
        (lambda: Shift(20, 4), "20 channels .* 4×4"),
        (lambda: ShiftResNet(21, 1), r"6n \+ 2 .* got 21"),
    ],
)
def test_refusals_name_the_numbers(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_networks_say_how_many_channels_they_end_with():
    with torch.device("meta"):
        assert ShiftNet(0.5).fc.in_features == 256
        assert ASResNet(50).fc.in_features == 400
