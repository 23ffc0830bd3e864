"""SqueezeNet, SqueezeNext, MobileNetV1 and Xception: what a count cannot see, and what had to be derived.

Values were compared where other definitions could be imported (torch 2.13.0+cpu, float32, one thread), both
networks with the same random weights and running statistics. The scores of both SqueezeNets are those of
torchvision 0.28.0 to the last bit, in training too, where both drop the same units; those of Xception are
timm 1.0.31's. pytorchcv 0.0.74's differ by less than 1e-6 of the largest: the simple bypass, MobileNetV1 at
widths 1 and 0.25, and SqueezeNext-23 with a 1×3 before every 3×1, where the authors' files take turns.
"""

from math import ceil

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab import layers
from cnnlab.conv import conv2d
from cnnlab.cost import Cost, conv2d_macs, conv2d_params
from cnnlab.models import VARIANTS, mobilenet_v1, squeezenet, squeezenext, xception


def ready(module):
    """A module in evaluation mode and float64, whose weights and statistics are random."""
    torch.manual_seed(0)
    for m in module.modules():
        if isinstance(m, nn.BatchNorm2d):
            nn.init.normal_(m.bias)
            nn.init.normal_(m.running_mean)
            nn.init.uniform_(m.weight, 0.5, 1.5)
            nn.init.uniform_(m.running_var, 0.5, 1.5)
    return module.double().eval()


def image(channels, height=5, width=6):
    return np.random.default_rng(0).normal(size=(2, channels, height, width))


def scores(module, x):
    with torch.no_grad():
        return module(torch.from_numpy(x)).numpy()


def conv(module, x, stride=1, padding=0, groups=1):
    """A convolution's weights in NumPy; where they are used is for the test to say."""
    bias = None if module.bias is None else module.bias.detach().numpy()
    return conv2d(x, module.weight.detach().numpy(), bias, stride, padding, 1, groups)


def norm(module, x):
    mean, var, weight, bias = (
        tensor.detach().numpy()[:, None, None]
        for tensor in (module.running_mean, module.running_var, module.weight, module.bias)
    )
    return (x - mean) / np.sqrt(var + module.eps) * weight + bias


def built(name):
    with torch.device("meta"):
        return VARIANTS[name].build()


def sizes(model, kind, side):
    """Width and height of what each module of a kind returns for a square image."""
    found = []
    hooks = [m.register_forward_hook(lambda *a: found.append(a[2].shape[-1])) for m in kind_of(model, kind)]
    model.eval()(torch.empty(1, 3, side, side, device="meta"))
    for hook in hooks:
        hook.remove()
    return found


def kind_of(model, kind):
    return [m for m in model.modules() if isinstance(m, kind)]


# ---- SqueezeNet ----


def fire_by_hand(block, x):
    squeezed = layers.relu(conv(block.squeeze, x))
    ones, threes = conv(block.expand1x1, squeezed), conv(block.expand3x3, squeezed, padding=1)
    return layers.relu(np.concatenate([ones, threes], axis=1))


def test_a_fire_module_squeezes_and_expands():
    block, x = ready(squeezenet.Fire(6, 2, 3, 4)), image(6)
    np.testing.assert_allclose(scores(block, x), fire_by_hand(block, x))


def test_a_simple_bypass_adds_the_input_where_it_fits():
    x = image(7)
    block = ready(squeezenet.SimpleBypass(7, 2, 3, 4))
    np.testing.assert_allclose(scores(block, x), fire_by_hand(block, x) + x)
    block = ready(squeezenet.SimpleBypass(7, 2, 4, 4))
    np.testing.assert_allclose(scores(block, x), fire_by_hand(block, x))


def test_a_complex_bypass_makes_it_fit():
    x = image(7)
    block = ready(squeezenet.ComplexBypass(7, 2, 3, 4))
    np.testing.assert_allclose(scores(block, x), fire_by_hand(block, x) + x)
    block = ready(squeezenet.ComplexBypass(7, 2, 4, 4))
    np.testing.assert_allclose(scores(block, x), fire_by_hand(block, x) + conv(block.bypass, x))


# Table 1: s1, e1, e3, and after Deep Compression the share of weights that remain of each. The table has
# 33 % in the last place of fire8; its count there, 77,581, is that of 30 %.
TABLE = {
    "fire2": (( 96, 16,  64,  64), (1.0, 1.0, 0.33),  11_920,  5_746),
    "fire3": ((128, 16,  64,  64), (1.0, 1.0, 0.33),  12_432,  6_258),
    "fire4": ((128, 32, 128, 128), (1.0, 1.0, 0.33),  45_344, 20_646),
    "fire5": ((256, 32, 128, 128), (1.0, 1.0, 0.33),  49_440, 24_742),
    "fire6": ((256, 48, 192, 192), (1.0, 0.5, 0.33), 104_880, 44_700),
    "fire7": ((384, 48, 192, 192), (0.5, 1.0, 0.33), 111_024, 46_236),
    "fire8": ((384, 64, 256, 256), (1.0, 0.5, 0.30), 188_992, 77_581),
    "fire9": ((512, 64, 256, 256), (0.5, 1.0, 0.30), 197_184, 77_581),
}  # fmt: skip


# Figure 3: the squeeze ratio, and at 0.5 the share of 3×3 kernels.
FILES = [
    ({"sr": 0.125}, 4.8), ({"sr": 0.25}, 7.6), ({"sr": 0.5}, 13), ({"sr": 0.75}, 19), ({"sr": 1.0}, 24),
    ({"sr": 0.5, "pct_3x3": 0.01}, 5.7), ({"sr": 0.5, "pct_3x3": 0.125}, 7.4),
    ({"sr": 0.5, "pct_3x3": 0.25}, 9.3), ({"sr": 0.5, "pct_3x3": 0.99}, 21),
]  # fmt: skip


def test_the_fire_modules_are_table_1s():
    blocks = kind_of(built("squeezenet1_0"), squeezenet.Fire)
    for block, (shape, _, params, _) in zip(blocks, TABLE.values(), strict=True):
        convs = block.squeeze, block.expand1x1, block.expand3x3
        assert (block.squeeze.in_channels, *(c.out_channels for c in convs)) == shape
        assert sum(p.numel() for p in block.parameters()) == params


def test_what_pruning_leaves_is_table_1s():
    """Weights are rounded up to whole ones; biases stay."""
    total = 14_208 + 103_400  # conv1; a fifth of conv10, and its biases
    for (channels, s1, e1, e3), (keep_s1, keep_e1, keep_e3), _, left in TABLE.values():
        weights = np.ceil([keep_s1 * channels * s1, keep_e1 * s1 * e1, keep_e3 * s1 * e3 * 9])
        assert weights.sum() + s1 + e1 + e3 == left
        total += left
    assert total == 421_098


@pytest.mark.parametrize(("side", "printed"), [(224, [109, 54, 27, 13]), (227, [111, 55, 27, 13])])
def test_table_1_is_for_227_pixels(side, printed):
    model = built("squeezenet1_0")
    found = sizes(model, nn.Conv2d, side)[:1] + sizes(model, nn.MaxPool2d, side)
    assert found == printed
    assert sizes(model, squeezenet.Fire, side) == 3 * printed[1:2] + 4 * printed[2:3] + printed[3:]


def test_bypasses_stand_around_the_papers_modules():
    simple = kind_of(built("squeezenet1_0_simple_bypass"), squeezenet.SimpleBypass)
    assert [i for i, block in enumerate(simple, start=2) if block.fits] == [3, 5, 7, 9]
    complex_ = kind_of(built("squeezenet1_0_complex_bypass"), squeezenet.ComplexBypass)
    assert [i for i, b in enumerate(complex_, start=2) if isinstance(b.bypass, nn.Conv2d)] == [2, 4, 6, 8]


def test_a_complex_bypass_costs_its_four_convolutions():
    params, macs = VARIANTS["squeezenet1_0"].cost
    for shape in [(96, 128, 54), (128, 256, 54), (256, 384, 27), (384, 512, 27)]:
        params += conv2d_params(*shape[:2], 1)
        macs += conv2d_macs(*shape[:2], 1, shape[2])
    assert VARIANTS["squeezenet1_0_complex_bypass"].cost == Cost(params, macs)


@pytest.mark.parametrize(("arguments", "megabytes"), FILES)
def test_section_5s_models_have_the_size_it_prints(arguments, megabytes):
    """Four bytes a parameter in MB of 2²⁰, rounded up to two digits: as a list of files prints them."""
    with torch.device("meta"):
        params = sum(p.numel() for p in squeezenet.SqueezeNet(**arguments).parameters())
    places = 1 if megabytes < 10 else 0
    assert ceil(4 * params / 2**20 * 10**places) / 10**places == megabytes


def test_meta_parameters_shape_every_module():
    """Section 5.1: e_i = base_e + incr_e · ⌊i / freq⌋, a quarter of it 3×3; half as many squeeze."""
    with torch.device("meta"):
        model = squeezenet.SqueezeNet(base_e=32, incr_e=16, pct_3x3=0.25, freq=3, sr=0.5)
    for i, block in enumerate(kind_of(model, squeezenet.Fire)):
        e = 32 + 16 * (i // 3)
        found = [m.out_channels for m in (block.squeeze, block.expand1x1, block.expand3x3)]
        assert found == [e // 2, e - e // 4, e // 4]


def test_squeezenet_refuses_what_makes_no_module():
    with pytest.raises(ValueError, match=r"s1 = 16, e1 = 0, e3 = 128"):
        squeezenet.SqueezeNet(pct_3x3=1.0)
    with pytest.raises(ValueError, match=r"s1 = 0, e1 = 64, e3 = 64"):
        squeezenet.SqueezeNet(sr=0.001)
    with pytest.raises(ValueError, match=r"freq must be at least 1; got 0"):
        squeezenet.SqueezeNet(freq=0)


# ---- SqueezeNext ----


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(("in_channels", "stride"), [(8, 1), (6, 1), (8, 2)])
def test_a_squeezenext_block_is_five_convolutions(in_channels, stride, place):
    if place:
        in_channels, stride = 8, 1
    block, x = ready(squeezenext.Block(in_channels, 8, stride, place)), image(in_channels)
    middle = [(0, 1), (1, 0)] if place == 1 else [(1, 0), (0, 1)]
    y = x
    for i, (module, padding) in enumerate(zip(block.residual, [0, 0, *middle, 0], strict=True)):
        y = layers.relu(norm(module[1], conv(module[0], y, 1 if i else stride, padding)))
    if place == 0:
        x = layers.relu(norm(block.shortcut[1], conv(block.shortcut[0], x, stride)))
    np.testing.assert_allclose(scores(block, image(in_channels)), layers.relu(y + x))


@pytest.mark.parametrize(("place", "middle"), [(0, [(3, 1), (1, 3)]), (1, [(1, 3), (3, 1)])])
def test_a_squeezenext_block_squeezes_to_a_half_and_a_quarter(place, middle):
    convs = kind_of(squeezenext.Block(64, 32, 1, place).residual, nn.Conv2d)
    assert [c.out_channels for c in convs] == [16, 8, 16, 16, 32]
    assert [c.kernel_size for c in convs] == [(1, 1), (1, 1), *middle, (1, 1)]


def squeezenext_cost(depths, width):
    """In closed form, as the authors' files have it: the first and the last convolution are never scaled."""
    shapes = [(3, 64, 49, 110)]  # in, out, pixels of the kernel, side
    channels, side = 64, 55
    for stage, (base, depth) in enumerate(zip((32, 64, 128, 256), depths, strict=True)):
        c, side = int(base * width), -(-side // 2) if stage else side
        shapes += [(channels, c, 1, side), (channels, c // 2, 1, side), *(depth - 1) * [(c, c // 2, 1, side)]]
        block = [(c // 2, c // 4, 1), (c // 4, c // 2, 3), (c // 2, c // 2, 3), (c // 2, c, 1)]
        shapes += [(*shape, side) for shape in block * depth]
        channels = c
    shapes += [(channels, 128, 1, 7)]
    params = sum(i * o * k + 3 * o for i, o, k, _ in shapes)  # a bias, a scale and a shift
    macs = sum(i * o * k * side**2 for i, o, k, side in shapes)
    return Cost(params + 129 * 1000, macs + 128 * 1000)


@pytest.mark.parametrize("depths", squeezenext.DEPTHS)
@pytest.mark.parametrize(("suffix", "width"), [("", 1.0), ("_x1_5", 1.5), ("_x2_0", 2.0)])
def test_squeezenexts_cost_in_closed_form(depths, suffix, width):
    expected = squeezenext_cost(squeezenext.DEPTHS[depths], width)
    assert VARIANTS[f"squeezenext{depths}{suffix}"].cost == expected


@pytest.mark.parametrize(
    ("name", "depths"), [("squeezenext23", (6, 6, 8, 1)), ("squeezenext23v5", (2, 4, 14, 1))]
)
def test_squeezenext_moves_blocks_between_stages(name, depths):
    assert sum(depths) + 2 == 23
    model = built(name)
    expected = [side for side, depth in zip((55, 28, 14, 7), depths, strict=True) for _ in range(depth)]
    assert sizes(model, squeezenext.Block, 224) == expected
    blocks = kind_of(model, squeezenext.Block)
    tall = [block.residual[2][0].kernel_size == (3, 1) for block in blocks]
    assert tall == [i % 2 == 0 for depth in depths for i in range(depth)]


# ---- MobileNetV1 ----


def separable_by_hand(block, x, stride):
    """Every product of both steps, one by one."""
    (depth, norm1, _), (point, norm2, _) = block
    n, channels, height, width = x.shape
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    filtered = np.zeros((n, channels, -(-height // stride), -(-width // stride)))
    for i, c, y, z in np.ndindex(filtered.shape):
        for u, v in np.ndindex(3, 3):
            filtered[i, c, y, z] += (
                depth.weight[c, 0, u, v].item() * padded[i, c, y * stride + u, z * stride + v]
            )
    filtered = np.maximum(norm(norm1, filtered), 0)
    combined = np.zeros((n, len(point.weight), *filtered.shape[2:]))
    for i, o, y, z in np.ndindex(combined.shape):
        for c in range(channels):
            combined[i, o, y, z] += point.weight[o, c, 0, 0].item() * filtered[i, c, y, z]
    return np.maximum(norm(norm2, combined), 0)


@pytest.mark.parametrize("stride", [1, 2])
def test_a_separable_convolution_filters_then_combines(stride):
    block, x = ready(mobilenet_v1.Separable(3, 4, stride)), image(3)
    np.testing.assert_allclose(scores(block, x), separable_by_hand(block, x, stride))


def test_mobilenet_has_28_layers_and_halves_at_five_of_them():
    model = built("mobilenet_v1")
    assert len(kind_of(model, nn.Conv2d)) + len(kind_of(model, nn.Linear)) == 28
    expected = [112, 56, 56, 28, 28, *6 * [14], 7, 7]  # the last layer's stride is 1, whatever the table says
    assert sizes(model, mobilenet_v1.Separable, 224) == expected
    assert sizes(model, mobilenet_v1.Separable, 128) == [side * 4 // 7 for side in expected]


def closed_form(layers, conv_layer=False):
    """Table 1 for 224×224: a first 3×3, the layers, a linear one; a norm has two numbers for a channel."""
    channels, side = 32, 112
    params, macs = 27 * 32 + 2 * 32, 27 * 32 * side**2
    for c, s in layers:
        side //= s
        weights = 9 * channels * c if conv_layer else 9 * channels + channels * c
        params += weights + 2 * (c if conv_layer else channels + c)
        macs += weights * side**2
        channels = c
    return Cost(params + 1000 * channels + 1000, macs + 1000 * channels)


def test_mobilenets_other_forms_in_closed_form():
    layers = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (1024, 2), (1024, 1)]
    deep = [*layers[:6], *5 * [(512, 1)], *layers[6:]]
    assert VARIANTS["mobilenet_v1"].cost == closed_form(deep)
    assert VARIANTS["mobilenet_v1_conv"].cost == closed_form(deep, conv_layer=True)
    assert VARIANTS["mobilenet_v1_shallow"].cost == closed_form(layers)


def test_mobilenet_refuses_no_channels():
    with pytest.raises(ValueError, match=r"0.0 channels .* multiple of 8"):
        mobilenet_v1.MobileNetV1(width=0.0)


# ---- Xception ----


def test_nothing_stands_between_xceptions_depthwise_and_pointwise():
    block, x = ready(xception.separable(3, 4)), image(3)
    expected = norm(block[2], conv(block[1], conv(block[0], x, padding=1, groups=3)))
    np.testing.assert_allclose(scores(block, x), expected)


@pytest.mark.parametrize(("widths", "stride"), [((4, 5), 2), ((3, 3, 3), 1)])
def test_an_xception_module_adds_its_input_as_it_came(widths, stride):
    block, x = ready(xception.Module(3, widths, stride)), image(3)
    y = x
    for separable in kind_of(block.residual, nn.Sequential)[1:]:
        y = layers.relu(y)
        y = norm(separable[2], conv(separable[1], conv(separable[0], y, padding=1, groups=y.shape[1])))
    if stride == 2:
        y = layers.max_pool2d(y, 3, stride=2, padding=1)
        x = norm(block.shortcut[1], conv(block.shortcut[0], x, stride=2))
    np.testing.assert_allclose(scores(block, image(3)), y + x)


def test_xception_has_36_convolutional_layers_in_14_modules():
    """Section 4; a separable convolution is one layer, and the shortcuts are not counted."""
    model = built("xception")
    pointwise = [k for k, m in model.named_modules() if isinstance(m, nn.Conv2d) and m.groups == 1]
    assert len([key for key in pointwise if "shortcut" not in key]) == 36
    assert sizes(model, xception.Module, 299) == [74, 37, *9 * [19], 10]
    assert len(kind_of(model, xception.Module)) + 2 == 14


# ---- All ----


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("squeezenet1_0", 21),
        ("squeezenet1_1", 17),
        ("squeezenext23", 7),
        ("mobilenet_v1", 1),
        ("xception", 7),
    ],
)
def test_the_smallest_image(name, least):
    model = built(name).eval()
    assert model(torch.empty(1, 3, least, least, device="meta")).shape == (1, 1000)
    with pytest.raises(RuntimeError):
        model(torch.empty(1, 3, least - 1, least - 1, device="meta"))
