"""U-Net and FPN: every block by a literal computation, every size of the papers' figures, every anchor.

Values of the FPN were compared with torchvision 0.28.0 beside torch 2.13.0+cpu (float32, one thread): its
`resnet_fpn_backbone` with plain batch normalization, `RPNHead(256, 3)` and `concat_box_prediction_layers` got
the same random weights with `strict=True` and the same two images. Objectness and deltas were the same to the
last bit, in evaluation and in training mode: ResNet-50 at 96×128 and 77×131, ResNet-18 at 203×97 and, in
evaluation only, 1×1, ResNet-101 at 65×33.
"""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from cnnlab.conv import conv2d, conv_transpose2d
from cnnlab.cost import Cost, conv2d_macs, conv2d_output_size, conv2d_params
from cnnlab.layers import max_pool2d
from cnnlab.models import fpn, resnet, unet
from cnnlab.receptive_field import receptive_field

# ---- U-Net ----

# Figure 1, read off: the sizes that stand beside each level on the way down, and on the way up.
DOWN = {
    64: (572, 570, 568),
    128: (284, 282, 280),
    256: (140, 138, 136),
    512: (68, 66, 64),
    1024: (32, 30, 28),
}
UP = {512: (56, 54, 52), 256: (104, 102, 100), 128: (200, 198, 196), 64: (392, 390, 388)}
# The same for the padded form of a 512×512 image.
DOWN_PADDED = {c: (512 * 64 // c,) * 3 for c in DOWN}
UP_PADDED = {c: (512 * 64 // c,) * 3 for c in UP}


def unet_cost(down, up):
    """Layer by layer, with one channel in and two classes out."""
    layers, in_channels = [], 1
    for c, (_, first, second) in down.items():
        layers += [(in_channels, c, 3, first), (c, c, 3, second)]
        in_channels = c
    for c, (_, first, second) in up.items():
        layers += [(2 * c, c, 3, first), (c, c, 3, second)]
    layers += [(64, 2, 1, up[64][2])]
    params = sum(conv2d_params(i, o, k) for i, o, k, _ in layers)
    macs = sum(conv2d_macs(i, o, k, size) for i, o, k, size in layers)
    for c, (size, *_) in up.items():  # each input position uses each weight of an up-convolution once
        params += 2 * c * c * 2 * 2 + c
        macs += 2 * c * c * 2 * 2 * (size // 2) ** 2
    return Cost(params, macs)


@pytest.mark.parametrize(("name", "sizes"), [("unet", (DOWN, UP)), ("unet_padded", (DOWN_PADDED, UP_PADDED))])
def test_unets_cost_in_closed_form(name, sizes):
    assert unet.VARIANTS[name].cost == unet_cost(*sizes)


def shapes_of_convolutions(model, image):
    found = []
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            module.register_forward_hook(lambda _, inputs, output: found.append(tuple(output.shape[1:3])))
    assert model(image).shape[2] == found[-1][1]
    return found


def test_unet_has_the_sizes_of_figure_1():
    with torch.device("meta"):
        found = shapes_of_convolutions(unet.UNet(), torch.empty(1, 1, 572, 572))
    expected = [(c, size) for c, sizes in DOWN.items() for size in sizes[1:]]
    expected += [(c, size) for c, sizes in UP.items() for size in sizes]
    assert found == [*expected, (2, 388)]
    assert len(found) == 23  # "in total the network has 23 convolutional layers"


@pytest.fixture
def narrow(monkeypatch):
    """U-Nets of few channels, for values."""
    monkeypatch.setattr(unet, "WIDTHS", (2, 4, 8, 16, 32))
    torch.manual_seed(0)


def numbers(layer):
    return layer.weight.detach().numpy(), layer.bias.detach().numpy()


def twice(x, block, padding):
    for conv in block[::2]:
        x = np.maximum(conv2d(x, *numbers(conv), padding=padding), 0)
    return x


def middle(x, height, width):
    top, left = (x.shape[2] - height) // 2, (x.shape[3] - width) // 2
    return x[:, :, top : top + height, left : left + width]


def literally(model, x, padding):
    """The whole network in NumPy; the crop is the paper's, from the middle, for sizes that allow it."""
    seen = [twice(x, model.down[0], padding)]
    for block in model.down[1:]:
        seen += [twice(max_pool2d(seen[-1], 2, ceil_mode=bool(padding)), block, padding)]
    x = seen.pop()
    for block in model.up:
        x, beside = conv_transpose2d(x, *numbers(block.up), stride=2), seen.pop()
        if padding:
            x = x[:, :, : beside.shape[2], : beside.shape[3]]
        x = twice(np.concatenate([middle(beside, *x.shape[2:]), x], axis=1), block.convolve, padding)
    return conv2d(x, *numbers(model.classifier))


@pytest.mark.parametrize(
    ("name", "size"),
    [("unet", (188, 204)), ("unet_padded", (16, 32)), ("unet_padded", (21, 11)), ("unet_padded", (1, 3))],
)
def test_unet_literally(narrow, name, size):
    model = unet.VARIANTS[name].build(in_channels=2, num_classes=3).double().eval()
    images = torch.randn(2, 2, *size, dtype=torch.float64)
    scores = model(images).detach().numpy()
    assert scores.std() > 1e-6
    np.testing.assert_allclose(scores, literally(model, images.numpy(), int(name == "unet_padded")))


@pytest.mark.parametrize("size", [(188, 188), (189, 203), (197, 214), (219, 193)])
def test_a_tile_has_the_scores_that_the_whole_image_has(narrow, size):
    """What lies behind a tile's last row is not missed: so images of any size are cut into tiles."""
    model = unet.UNet().double().eval()
    image = torch.randn(1, 1, 236, 236, dtype=torch.float64)
    tile = model(image[:, :, : size[0], : size[1]])
    assert all(side - 199 <= found <= side - 184 for side, found in zip(size, tile.shape[2:], strict=True))
    torch.testing.assert_close(tile, model(image)[:, :, : tile.shape[2], : tile.shape[3]])


@pytest.mark.parametrize("size", [188, 200, 203, 572])
def test_scores_are_those_of_the_pixel_in_the_middle(size):
    seen = receptive_field(unet.UNet, (1, 1, size, size))
    for i in (0, 3):
        top, bottom, left, right = seen.region(i, i)
        assert (top, bottom) == (left, right)
        assert top >= 0
        assert bottom < size
        assert (
            abs((top + bottom) / 2 - (i + 92)) <= 8
        )  # views are not even: 2×2 pixels share the next level's
    whole = [seen.region(i, i) for i in range(16)] if size == 572 else []
    assert not whole or sum(r.top + r.bottom for r in whole) == 2 * sum(i + 92 for i in range(16))


def test_the_padded_form_keeps_every_size():
    with torch.device("meta"):
        model = unet.UNetPadded(num_classes=5)
        for height in range(1, 40):
            assert model(torch.empty(2, 1, height, 41)).shape == (2, 5, height, 41)


def test_dropout_is_where_the_way_turns(narrow):
    model, seen = unet.UNet(dropout=1.0), []
    model.up[0].up.register_forward_hook(lambda _, inputs, output: seen.append(inputs[0]))
    model.train()(torch.randn(1, 1, 188, 188))
    assert seen[0].shape == (1, 32, 4, 4)
    assert not seen[0].any()


# ---- FPN ----


def counted(name):
    return fpn.VARIANTS[name].cost


@pytest.mark.parametrize(
    ("name", "widths"),
    [
        ("resnet18", (64, 128, 256, 512)),
        ("resnet50", (256, 512, 1024, 2048)),
        ("resnet101", (256, 512, 1024, 2048)),
    ],
)
def test_what_the_pyramid_adds_to_a_resnet(name, widths):
    """Parameters exactly; MACs of what comes after C2 to C5, for an 800×1000 image."""
    trunk = resnet.VARIANTS[name].cost.params - (1000 * widths[-1] + 1000)
    sizes = [(200, 250), (100, 125), (50, 63), (25, 32), (13, 16)]
    pyramid = [(w, 256, 1, size) for w, size in zip(widths, sizes, strict=False)]
    pyramid += [(256, 256, 3, size) for size in sizes[:4]]
    head = [(256, 256, 3), (256, 3, 1), (256, 12, 1)]
    params = sum(conv2d_params(*layer[:3]) for layer in [*pyramid, *head])
    assert counted(f"fpn_{name}").params == trunk + params
    with torch.device("meta"):
        model, image = fpn.VARIANTS[f"fpn_{name}"].build(), torch.empty(1, *fpn.SIZE)
        body = macs_of(model.backbone["body"], image)
    macs = sum(conv2d_macs(*layer) for layer in pyramid)
    macs += sum(conv2d_macs(*layer, size) for layer in head for size in sizes)
    assert counted(f"fpn_{name}").macs == body + macs


def macs_of(model, image):
    with FlopCounterMode(display=False) as counter:
        model(image)
    return counter.get_total_flops() // 2


def test_the_papers_resnet_computes_less():
    """The first 1×1 of three stages, at a quarter of the positions or so: ⌈H / 2⌉ · ⌈W / 2⌉ of H · W."""
    saved = 256 * 128 * (200 * 250 - 100 * 125)
    saved += 512 * 256 * (100 * 125 - 50 * 63) + 1024 * 512 * (50 * 63 - 25 * 32)
    params, macs = counted("fpn_resnet50")
    assert counted("fpn_resnet50_paper") == Cost(params, macs - saved)


def test_the_bottom_up_path_is_the_resnet():
    torch.manual_seed(0)
    whole, body = (
        build(resnet.BasicBlock, resnet.DEPTHS[18]).eval() for build in (resnet.ResNet, fpn.BottomUp)
    )
    body.load_state_dict(
        {k: v for k, v in whole.state_dict().items() if not k.startswith("fc.")}, strict=True
    )
    seen = []
    for stage in (whole.layer1, whole.layer2, whole.layer3, whole.layer4):
        stage.register_forward_hook(lambda _, inputs, output: seen.append(output))
    images = torch.randn(1, 3, 70, 97)
    whole(images)
    maps = body(images)
    assert [tuple(m.shape[1:]) for m in maps] == [(64, 18, 25), (128, 9, 13), (256, 5, 7), (512, 3, 4)]
    for ours, its in zip(maps, seen, strict=True):
        torch.testing.assert_close(ours, its, rtol=0, atol=0)


def doubled(x, height, width):
    """Every number four times; what is too many of an odd size is left out."""
    out = np.empty((*x.shape[:2], height, width))
    for i, j in np.ndindex(height, width):
        out[:, :, i, j] = x[:, :, i // 2, j // 2]
    return out


@pytest.mark.parametrize("sizes", [[(16, 8), (8, 4), (4, 2), (2, 1)], [(13, 9), (7, 5), (4, 3), (2, 2)]])
def test_the_top_down_path_literally(monkeypatch, sizes):
    monkeypatch.setattr(fpn, "CHANNELS", 4)
    torch.manual_seed(0)
    widths = (2, 3, 5, 6)
    pyramid = fpn.TopDown(widths).double()
    maps = [torch.randn(2, w, *size, dtype=torch.float64) for w, size in zip(widths, sizes, strict=True)]
    levels = [level.detach().numpy() for level in pyramid(maps)]
    laterals = [
        conv2d(c.numpy(), *numbers(block[0])) for c, block in zip(maps, pyramid.inner_blocks, strict=True)
    ]
    merged = [None, None, None, laterals[3]]
    for i in (2, 1, 0):
        merged[i] = laterals[i] + doubled(merged[i + 1], *sizes[i])
    for level, x, block in zip(levels[:4], merged, pyramid.layer_blocks, strict=True):
        np.testing.assert_allclose(level, conv2d(x, *numbers(block[0]), padding=1))
    np.testing.assert_array_equal(levels[4], levels[3][:, :, ::2, ::2])


def test_nearest_is_doubling_for_even_and_odd_sizes():
    for size in range(1, 500):
        x = torch.arange(-(-size // 2)).view(1, 1, -1, 1).float()
        y = nn.functional.interpolate(x, size=(size, 1), mode="nearest")
        assert y.flatten().tolist() == [i // 2 for i in range(size)]


def test_the_head_literally(monkeypatch):
    """The same weights on each level; anchors of P2 first, row by row, the three of a position together."""
    monkeypatch.setattr(fpn, "CHANNELS", 4)
    torch.manual_seed(0)
    head = fpn.RPNHead().double()
    levels = [torch.randn(2, 4, *size, dtype=torch.float64) for size in [(3, 5), (2, 3), (1, 2)]]
    objectness, deltas = head(levels)
    objects, boxes = [], []
    for level in levels:
        features = np.maximum(conv2d(level.numpy(), *numbers(head.conv[0][0]), padding=1), 0)
        scores, shifts = (conv2d(features, *numbers(layer)) for layer in (head.cls_logits, head.bbox_pred))
        for i, j in np.ndindex(level.shape[2:]):
            for anchor in range(3):
                objects += [scores[:, anchor, i, j]]
                boxes += [shifts[:, 4 * anchor : 4 * anchor + 4, i, j]]
    np.testing.assert_allclose(objectness.detach(), np.stack(objects, axis=1))
    np.testing.assert_allclose(deltas.detach(), np.stack(boxes, axis=1))


def positions(stride):
    """Of a map of the 800×1000 image, each level half of the one before."""
    height, width = 800, 1000
    while stride > 1:
        height, width = (conv2d_output_size(n, 3, 2, 1) for n in (height, width))
        stride //= 2
    return height * width


def test_the_anchors_that_the_paper_counts():
    """Table 1: 200k on all levels; with all five scales at each position 47k on C4, 12k on C5, 750k on P2."""
    with torch.device("meta"):
        objectness, deltas = fpn.VARIANTS["fpn_resnet50"].build()(torch.empty(1, *fpn.SIZE))
    assert objectness.shape == (1, 199_974)
    assert deltas.shape == (1, 199_974, 4)
    assert 3 * sum(positions(stride) for stride in (4, 8, 16, 32, 64)) == 199_974
    assert [15 * positions(stride) for stride in (16, 32, 4)] == [47_250, 12_000, 750_000]
