"""LeNet-5, ZFNet, NiN and CapsNet: what their papers say and a count cannot see.

Values were compared where pytorchcv 0.0.74 could be imported (torch 2.13.0+cpu, float32, one thread): its
`zfnet`, `zfnetb` and `nin_cifar10` carried our random weights and saw the same two images. It normalizes
before pooling and with 5α smaller by 5, and pads where we pool over the edge; with our layers of these two
kinds in their place the scores of `zfnet` and `zfnet_512` were the same to the last bit and those of
`nin_cifar10` to 1e-8.
"""

from functools import partial
from itertools import combinations
from math import prod

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab import conv, layers
from cnnlab.cost import Cost, conv2d_macs, conv2d_params
from cnnlab.models import VARIANTS, alexnet, capsnet, lenet, nin, zfnet


def numbers(*shape):
    torch.manual_seed(0)
    return torch.randn(shape, dtype=torch.float64)


def built(build, **arguments):
    torch.manual_seed(1)
    return build(**arguments).double().eval()


def arrays(module):
    return [parameter.detach().numpy() for parameter in module.parameters()]


def shapes(network, image, kinds):
    """Rows of the outputs of all layers of these kinds, in the order of execution."""
    found = []
    for layer in network.modules():
        if isinstance(layer, kinds):
            layer.register_forward_hook(lambda layer, inputs, output: found.append(output.shape[2]))
    network(image)
    return found


# ---- LeNet-5 ----

# Section II.B: trainable parameters and connections of each layer; the output's only stand in the sum.
PRINTED = {
    "c1": (156, 122_304),
    "s2": (12, 5_880),
    "c3": (1_516, 151_600),
    "s4": (32, 2_000),
    "c5": (48_120, 48_120),
    "f6": (10_164, 10_164),
    "output": (0, 84 * 10),
}


def connections(name, layer, inputs, output):
    """As the paper counts: each unit's inputs and its bias, times the units."""
    if isinstance(layer, lenet.RBF):
        return layer.codes.numel()
    if name in ("s2", "s4"):
        return (2 * 2 + 1) * output[0].numel()
    if isinstance(layer, lenet.PartialConv):
        return sum((m.weight.numel() + 1) * output[0, 0].numel() for m in layer.maps)
    return (layer.weight[0].numel() + 1) * output[0].numel()


def test_lenets_parameters_and_connections_are_the_papers():
    network, found = lenet.LeNet5(), {}
    for name, layer in network.named_children():

        def count(layer, inputs, output, name=name):
            params = sum(p.numel() for p in layer.parameters())
            found[name] = params, connections(name, layer, inputs, output)

        layer.register_forward_hook(count)
    network(torch.zeros(1, 1, 32, 32))
    assert found == PRINTED
    assert tuple(map(sum, zip(*found.values(), strict=True))) == (60_000, 340_908)


def test_lenets_costs_in_closed_form():
    """A coefficient of S2 and S4 is a weight used once for each output; the RBF's squares are no layer's."""
    macs = {
        "c1": conv2d_macs(1, 6, 5, 28),
        "s2": 6 * 14**2,
        "c3": 60 * conv2d_macs(1, 1, 5, 10),
        "s4": 16 * 5**2,
        "c5": conv2d_macs(16, 120, 5, 1),
        "f6": 120 * 84,
    }
    assert VARIANTS["lenet5"].cost == Cost(60_000, sum(macs.values()))
    pairs = 6 * 16 - 60  # not in Table I
    full = Cost(60_000 + 25 * pairs, sum(macs.values()) + pairs * conv2d_macs(1, 1, 5, 10))
    assert VARIANTS["lenet5_full"].cost == full
    scores = 84 * 10
    params = full.params - 12 - 32 + scores + 10
    assert VARIANTS["lenet5_modern"].cost == Cost(params, full.macs - macs["s2"] - macs["s4"] + scores)


def test_lenets_table_is_as_the_paper_describes_it():
    """Six maps see three neighbours, six see four, three see two pairs apart, one sees all six."""
    seen = [set(maps) for maps in lenet.PartialConv(lenet.TABLE_1).seen]
    assert seen[:6] == [{(i + k) % 6 for k in range(3)} for i in range(6)]
    assert seen[6:12] == [{(i + k) % 6 for k in range(4)} for i in range(6)]
    assert seen[12:15] == [{0, 1, 3, 4}, {1, 2, 4, 5}, {0, 2, 3, 5}]
    assert seen[15:] == [set(range(6))]


def test_lenets_activation_is_one_at_one_and_bends_most_there():
    x = np.linspace(0, 2, 2001)
    f = lenet.squash(torch.from_numpy(x)).numpy()
    assert f[1000] == pytest.approx(1, abs=1e-4)
    assert x[np.abs(np.diff(f, n=2)).argmax() + 1] == pytest.approx(1, abs=0.02)


def test_subsampling_adds_four_and_learns_two_numbers():
    layer, x = built(partial(lenet.subsampling, 3)), numbers(2, 3, 5, 6)
    coefficient, bias = arrays(layer)
    expected = np.empty((2, 3, 2, 3))
    for n, c, i, j in np.ndindex(expected.shape):
        total = sum(x[n, c, 2 * i + k, 2 * j + m].item() for k in range(2) for m in range(2))
        expected[n, c, i, j] = total * coefficient[c, 0, 0, 0] + bias[c]
    np.testing.assert_allclose(layer(x).detach(), expected)


def test_a_partial_convolution_reads_the_maps_of_its_column():
    table = ("X . X", ". X X", "X X X")
    layer, x = built(partial(lenet.PartialConv, table)), numbers(2, 3, 6, 5)
    expected = np.zeros((2, 3, 2, 1))
    for n, c, i, j in np.ndindex(expected.shape):
        kernels, (bias,) = arrays(layer.maps[c])
        expected[n, c, i, j] = bias
        rows = [row for row in range(3) if table[row].split()[c] == "X"]
        for kernel, row in zip(kernels[0], rows, strict=True):
            expected[n, c, i, j] += (kernel * x[n, row, i : i + 5, j : j + 5].numpy()).sum()
    np.testing.assert_allclose(layer(x).detach(), expected)


def test_a_table_with_a_gap_is_refused():
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        lenet.PartialConv(("X X", "X"))


def test_scores_are_minus_the_squared_distance_to_a_code():
    layer, x = built(partial(lenet.RBF, 5, 3)), numbers(2, 5)
    codes = layer.codes.tolist()
    expected = [
        [-sum((a - b) ** 2 for a, b in zip(u, code, strict=True)) for code in codes] for u in x.tolist()
    ]
    np.testing.assert_allclose(layer(x), expected)


def test_codes_are_far_apart_and_fixed():
    output = lenet.RBF(84, 128)
    assert output.codes.shape == (128, 84)
    assert set(output.codes.unique().tolist()) == {-1, 1}
    assert not list(output.parameters())
    distances = [(a != b).sum() for a, b in combinations(output.codes[:10], 2)]
    assert min(distances) == 40  # of 84
    assert len({tuple(code) for code in output.codes.tolist()}) == 128
    assert (output.codes.min(dim=0).values == -1).all()  # every unit tells some classes apart
    with pytest.raises(ValueError, match=r"84 units have 128 codes.* 129 classes"):
        lenet.RBF(84, 129)


def squashed(x):
    return 1.7159 * np.tanh(2 / 3 * x)


def test_lenet_is_the_papers_layers_one_after_another():
    """In NumPy: only the last layer's sum is not squashed."""
    network, images = built(lenet.LeNet5), numbers(2, 1, 32, 32)
    x = squashed(conv.conv2d(images.numpy(), *arrays(network.c1)))
    x = squashed(conv.conv2d(4 * layers.avg_pool2d(x, 2), *arrays(network.s2), groups=6))
    maps = zip(network.c3.maps, network.c3.seen, strict=True)
    x = squashed(np.concatenate([conv.conv2d(x[:, seen], *arrays(m)) for m, seen in maps], axis=1))
    x = squashed(conv.conv2d(4 * layers.avg_pool2d(x, 2), *arrays(network.s4), groups=16))
    x = squashed(conv.conv2d(x, *arrays(network.c5)))[:, :, 0, 0]
    x = squashed(layers.linear(x, *arrays(network.f6)))
    expected = -np.square(x[:, None] - network.output.codes.numpy()).sum(axis=2)
    np.testing.assert_allclose(network(images).detach(), expected)


def test_a_wider_image_has_several_outputs_of_c5_and_they_are_averaged():
    """Each is what C5 makes of a 32×32 image, four columns further right."""
    network, images = built(lenet.LeNet5), numbers(1, 1, 32, 36)
    seen = []
    network.f6.register_forward_hook(lambda layer, inputs, output: seen.append(inputs[0]))
    for image in (images, images[..., :32], images[..., 4:]):
        network(image)
    torch.testing.assert_close(seen[0], (seen[1] + seen[2]) / 2)


@pytest.mark.parametrize(
    ("pool", "pooled"), [(nn.MaxPool2d, layers.max_pool2d), (nn.AvgPool2d, layers.avg_pool2d)]
)
def test_the_modern_lenet_in_numpy(pool, pooled):
    network, images = built(lenet.LeNet5Modern, pool=pool), numbers(2, 1, 32, 32)
    c1, c3, c5, f6, output = (arrays(m) for m in network if isinstance(m, nn.Conv2d | nn.Linear))
    x = pooled(layers.relu(conv.conv2d(images.numpy(), *c1)), 2)
    x = pooled(layers.relu(conv.conv2d(x, *c3)), 2)
    x = layers.relu(conv.conv2d(x, *c5))[:, :, 0, 0]
    expected = layers.linear(layers.relu(layers.linear(x, *f6)), *output)
    np.testing.assert_allclose(network(images).detach(), expected)


# ---- ZFNet ----


@pytest.mark.parametrize("name", ["zfnet", "zfnet_512"])
def test_zfnets_sizes_are_those_of_figure_3(name):
    with torch.device("meta"):
        network, image = VARIANTS[name].build().eval(), torch.empty(1, 3, 224, 224)
    kinds = nn.Conv2d | nn.MaxPool2d | nn.AdaptiveAvgPool2d
    assert shapes(network, image, kinds) == [110, 55, 26, 13, 13, 13, 13, 6, 6]


def test_zfnet_normalizes_what_it_pooled():
    """Figure 3: rectified, pooled, then normalized; AlexNet normalizes first. The constants are AlexNet's."""
    with torch.device("meta"):
        ours, theirs = VARIANTS["zfnet"].build(), alexnet.AlexNet2012()
    order = " ".join(type(layer).__name__ for layer in ours.features)
    first = "Conv2d ReLU MaxPool2d LocalResponseNorm"
    assert order == f"{first} {first} Conv2d ReLU Conv2d ReLU Conv2d ReLU MaxPool2d"
    norms = [m for net in (ours, theirs) for m in net.modules() if isinstance(m, nn.LocalResponseNorm)]
    assert len({str(norm) for norm in norms}) == 1
    assert [m.p for m in ours.classifier if isinstance(m, nn.Dropout)] == [0.5, 0.5]


def zfnet_cost(widths):
    """Figure 3 in closed form: channels, kernel and size of each convolution, and the linear layers."""
    channels = zip((3, *widths), widths, (7, 5, 3, 3, 3), (110, 26, 13, 13, 13), strict=False)
    cost = [(conv2d_params(c, o, k), conv2d_macs(c, o, k, size)) for c, o, k, size in channels]
    linear = [(widths[-1] * 6 * 6, 4096), (4096, 4096), (4096, 1000)]
    cost += [((c + 1) * o, c * o) for c, o in linear]
    return Cost(*map(sum, zip(*cost, strict=True)))


def test_zfnets_costs_in_closed_form():
    assert VARIANTS["zfnet"].cost == zfnet_cost((96, 256, 384, 384, 256))
    assert VARIANTS["zfnet_512"].cost == zfnet_cost((96, 256, 512, 1024, 512))


def test_zfnet_refuses_widths_that_are_not_five():
    with pytest.raises(ValueError, match="argument 2 is longer"):
        zfnet.ZFNet((96, 256))


# ---- NiN ----


def test_an_mlpconv_is_a_small_network_on_every_patch():
    row = (3, 2, 1, (4, 5, 6), "")
    layer, x = built(lambda: nn.Sequential(*nin.mlpconv(2, row, row[3]))), numbers(2, 2, 7, 6)
    padded = np.pad(x.numpy(), ((0, 0), (0, 0), (1, 1), (1, 1)))
    steps = [arrays(m) for m in layer if isinstance(m, nn.Conv2d)]
    expected = np.empty((2, 6, 4, 3))
    for n, i, j in np.ndindex(2, 4, 3):
        units = padded[n, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3].ravel()
        for weight, bias in steps:
            units = [max(0, row.ravel() @ units + b) for row, b in zip(weight, bias, strict=True)]
        expected[n, :, i, j] = units
    np.testing.assert_allclose(layer(x).detach(), expected)


def nin_cost(kernels, widths, sizes):
    """K×K, 1×1, 1×1 of each row, at its own size."""
    channels, cost = 3, []
    for kernel_size, row, size in zip(kernels, widths, sizes, strict=True):
        for k, out_channels in zip((kernel_size, 1, 1), row, strict=True):
            cost += [(conv2d_params(channels, out_channels, k), conv2d_macs(channels, out_channels, k, size))]
            channels = out_channels
    return Cost(*map(sum, zip(*cost, strict=True)))


def test_nins_costs_in_closed_form():
    widths = [(96,) * 3, (256,) * 3, (384,) * 3, (1024, 1024, 1000)]
    assert VARIANTS["nin"].cost == nin_cost((11, 5, 3, 3), widths, (54, 27, 13, 6))
    widths = [(192, 160, 96), (192,) * 3, (192, 192, 10)]
    assert VARIANTS["nin_cifar10"].cost == nin_cost((5, 5, 3), widths, (32, 16, 8))


@pytest.mark.parametrize(
    ("name", "sizes"), [("nin", [54, 27, 27, 13, 13, 6, 6]), ("nin_cifar10", [32, 16, 16, 8, 8])]
)
def test_nins_sizes(name, sizes):
    variant = VARIANTS[name]
    with torch.device("meta"):
        network, image = variant.build().eval(), torch.empty(1, *variant.input_shape)
    found = shapes(network, image, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d)
    assert [size for i, size in enumerate(found) if i % 4 in (2, 3)] == sizes


def test_what_follows_an_mlpconv():
    """Section 4.1: dropout after all of them but the last. The published ImageNet weights had one."""
    kinds = {nn.Conv2d: "", nn.ReLU: "", nn.MaxPool2d: "max", nn.AvgPool2d: "mean", nn.Dropout: "drop"}
    follows = {}
    for name in ("nin", "nin_cifar10"):
        with torch.device("meta"):
            network = VARIANTS[name].build()
        follows[name] = " ".join(filter(None, (kinds[type(m)] for m in network.features)))
        assert {m.p for m in network.features if isinstance(m, nn.Dropout)} == {0.5}
        assert isinstance(network.features[-1], nn.ReLU)
    assert follows == {"nin": "max max max drop", "nin_cifar10": "max drop mean drop"}


def test_nin_in_numpy():
    """Windows begin at the first pixel and may end past the last; scores are the means of the last maps."""
    network, images = built(VARIANTS["nin_cifar10"].build), numbers(2, 3, 18, 20)
    x, convolutions = images.numpy(), (m for m in network.features if isinstance(m, nn.Conv2d))
    for kernel_size, pool in [(5, layers.max_pool2d), (5, layers.avg_pool2d), (3, None)]:
        for padding in (kernel_size // 2, 0, 0):
            x = layers.relu(conv.conv2d(x, *arrays(next(convolutions)), padding=padding))
        x = pool(x, 3, 2, ceil_mode=True) if pool else x
    assert x.shape == (2, 10, 4, 5)
    np.testing.assert_allclose(network(images).detach(), x.mean(axis=(2, 3)))


# ---- CapsNet ----


def squashed_vector(s):
    """Equation 1 as it is printed."""
    length = np.sqrt(sum(x**2 for x in s))
    return length**2 / (1 + length**2) * s / length


def test_a_squashed_vector_keeps_its_direction():
    s = numbers(3, 4, 8)
    expected = np.apply_along_axis(squashed_vector, 2, s.numpy())
    np.testing.assert_allclose(capsnet.squash(s), expected)
    nothing = torch.zeros(2, 8, requires_grad=True)
    capsnet.squash(nothing).sum().backward()
    assert nothing.grad.isfinite().all()


@pytest.mark.parametrize("iterations", [1, 2, 3, 5])
def test_routing_is_procedure_1(iterations):
    """Line by line, for each image, input and output by itself."""
    inputs, outputs = 5, 3
    layer = built(partial(capsnet.RoutedCapsules, inputs, outputs, iterations))
    u, weight = numbers(2, inputs, 8), 10 * layer.weight.detach().numpy()
    layer.weight.data *= 10  # so that agreement matters
    for n, image in enumerate(u.numpy()):
        predicted = np.array([[image[i] @ weight[i, j] for j in range(outputs)] for i in range(inputs)])
        b = np.zeros((inputs, outputs))
        for _ in range(iterations):
            c = np.array([np.exp(b[i]) / np.exp(b[i]).sum() for i in range(inputs)])
            s = [sum(c[i, j] * predicted[i, j] for i in range(inputs)) for j in range(outputs)]
            v = [squashed_vector(s[j]) for j in range(outputs)]
            for i, j in np.ndindex(inputs, outputs):
                b[i, j] += predicted[i, j] @ v[j]
        np.testing.assert_allclose(layer(u)[n].detach(), v)


def test_a_primary_capsule_is_eight_channels_of_one_place():
    layer, x = built(partial(capsnet.PrimaryCapsules, 2)), numbers(1, 2, 11, 13)
    maps = conv.conv2d(x.numpy(), *arrays(layer), stride=2)[0]
    assert maps.shape == (256, 2, 3)
    vectors = [maps[8 * t : 8 * t + 8, i, j] for t in range(32) for i in range(2) for j in range(3)]
    np.testing.assert_allclose(layer(x)[0].detach(), [squashed_vector(s) for s in vectors])


def test_the_margin_loss_is_equation_4():
    lengths, labels = numbers(3, 4).abs(), [2, 0, 3]
    losses = []
    for image, label in zip(lengths.tolist(), labels, strict=True):
        there = max(0, 0.9 - image[label]) ** 2
        losses += [there + sum(0.5 * max(0, v - 0.1) ** 2 for k, v in enumerate(image) if k != label)]
    loss = capsnet.margin_loss(lengths, torch.tensor(labels))
    assert loss.item() == pytest.approx(sum(losses) / 3)


@pytest.fixture(scope="module")
def small():
    """For images of 17×19 pixels, each with 2 · 32 primary capsules."""
    return built(capsnet.CapsNet, num_classes=3, image_size=(17, 19)).train()


def test_only_one_capsule_is_decoded(small):
    images = numbers(2, 1, 17, 19)
    lengths, decoded = small(images)
    maps = torch.from_numpy(layers.relu(conv.conv2d(images.numpy(), *arrays(small.conv1))))
    capsules = small.digits(small.primary(maps))
    torch.testing.assert_close(lengths, capsules.square().sum(dim=2).sqrt())
    torch.testing.assert_close(small.eval()(images), lengths)
    small.train()
    for labels in ([0, 2], lengths.argmax(dim=1).tolist()):
        chosen = torch.zeros(2, 3, 16, dtype=torch.float64)
        for n, label in enumerate(labels):
            chosen[n, label] = capsules[n, label]
        expected = small.decoder(chosen.flatten(1))
        torch.testing.assert_close(small(images, torch.tensor(labels))[1], expected)
    torch.testing.assert_close(decoded, expected)  # the longest, where nobody says which
    assert decoded.shape == images.shape
    assert decoded.min() > 0
    assert decoded.max() < 1


def test_the_decoder_sees_the_pixels_of_its_image():
    with torch.device("meta"):
        network = capsnet.CapsNet(in_channels=3, image_size=(20, 30))
        lengths, decoded = network(torch.empty(2, 3, 20, 30))
    assert (lengths.shape, decoded.shape) == ((2, 10), (2, 3, 20, 30))


def test_capsnets_cost_in_closed_form():
    """The paper says 8.2 million parameters, 6.8 without the decoder."""
    capsules, pose = 32 * 6 * 6, 8 * 16
    decoder = sum((c + 1) * o for c, o in [(160, 512), (512, 1024), (1024, 784)])
    params = conv2d_params(1, 256, 9) + conv2d_params(256, 256, 9) + capsules * 10 * pose
    macs = conv2d_macs(1, 256, 9, 20) + conv2d_macs(256, 256, 9, 6) + capsules * 10 * pose
    macs += (3 + 2) * capsules * 10 * 16  # three weighted sums, and two agreements between them
    assert VARIANTS["capsnet"].cost == Cost(params + decoder, macs)
    assert (round(params / 1e5), round((params + decoder) / 1e5)) == (68, 82)
    with torch.device("meta"):
        network = capsnet.CapsNet()
    assert sum(prod(p.shape) for p in network.decoder.parameters()) == decoder
    assert network.digits.iterations == 3


def test_capsnet_refuses_what_it_was_not_built_for(small):
    with pytest.raises(ValueError, match=r"images of \(17, 19\), not \(17, 20\)"):
        small(numbers(1, 1, 17, 20))
    with pytest.raises(ValueError, match="a kernel spanning 9 does not fit into 8"):
        capsnet.CapsNet(image_size=(28, 16))
    with pytest.raises(ValueError, match="at least 1 iteration; got 0"):
        capsnet.CapsNet(iterations=0)
