"""DenseNet's three modules: what a layer computes, the CIFAR forms added up by hand, and memory for time."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnlab import conv, layers
from cnnlab.cost import Cost, conv2d_macs, conv2d_params
from cnnlab.models import VARIANTS
from cnnlab.models.densenet import DenseBlock, DenseLayer, DenseNet, transition
from cnnlab.models.densenet_cifar import CifarDenseNet, CifarDenseNetBC, PlainLayer
from cnnlab.models.densenet_efficient import EfficientBlock, EfficientDenseNet, not_counted
from cnnlab.profiler import profile


def with_random_norms(module):
    """In float64, with a scale, a shift and running statistics that do something."""
    for norm in module.double().modules():
        if isinstance(norm, nn.BatchNorm2d):
            for tensor in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
                nn.init.uniform_(tensor, 0.5, 1.5)
    return module


def arrays(module):
    return {key: tensor.numpy() for key, tensor in module.state_dict().items()}


def activated(x, of, name):
    """BN with running statistics, then ReLU, by `cnnlab.layers`."""
    statistics = (of[f"{name}.{key}"] for key in ("running_mean", "running_var", "weight", "bias"))
    return layers.relu(layers.batch_norm(x, *statistics))


def bottleneck(x, of, prefix=""):
    x = conv.conv2d_loops(activated(x, of, f"{prefix}norm1"), of[f"{prefix}conv1.weight"])
    return conv.conv2d_loops(activated(x, of, f"{prefix}norm2"), of[f"{prefix}conv2.weight"], padding=1)


def plain(x, of):
    return conv.conv2d_loops(activated(x, of, "norm1"), of["conv1.weight"], padding=1)


# ---- What a layer computes ----


@pytest.mark.parametrize(("layer", "literal"), [(DenseLayer, bottleneck), (PlainLayer, plain)])
def test_a_layer_puts_what_it_finds_behind_its_input(layer, literal):
    layer, x = with_random_norms(layer(3, 2)).eval(), torch.randn(2, 3, 4, 5, dtype=torch.float64)
    expected = np.concatenate([x, literal(x.numpy(), arrays(layer))], axis=1)
    np.testing.assert_allclose(layer(x).detach(), expected)


@pytest.mark.parametrize("block", [DenseBlock, EfficientBlock])
def test_every_layer_of_a_block_reads_all_before_it(block):
    """Section 3: the l-th layer is H([x₀, x₁, …]), and the block hands all of them on in this order."""
    block, x = with_random_norms(block(3, 3, 2)).eval(), torch.randn(1, 3, 3, 4, dtype=torch.float64)
    found = [x.numpy()]
    for i in (1, 2, 3):
        found += [bottleneck(np.concatenate(found, axis=1), arrays(block), f"denselayer{i}.")]
    np.testing.assert_allclose(block(x).detach(), np.concatenate(found, axis=1))


def test_a_transition_mixes_and_averages_2x2():
    layer, x = with_random_norms(transition(4, 3)).eval(), torch.randn(2, 4, 5, 6, dtype=torch.float64)
    mixed = conv.conv2d_loops(activated(x.numpy(), arrays(layer), "norm"), arrays(layer)["conv.weight"])
    expected = mixed[:, :, :4].reshape(2, 3, 2, 2, 3, 2).mean(axis=(3, 5))
    np.testing.assert_allclose(layer(x).detach(), expected)


# ---- The CIFAR forms ----


def cost_for_cifar(depth, k, is_bc):
    """Section 3 for a 32×32 image in closed form; BC has bottlenecks, and halves at transitions."""
    channels, size = 2 * k if is_bc else 16, 32
    params, macs = conv2d_params(3, channels, 3, bias=False), conv2d_macs(3, channels, 3, size)
    for block in range(3):
        if block:
            kept = channels // 2 if is_bc else channels
            params += 2 * channels + conv2d_params(channels, kept, 1, bias=False)
            macs += conv2d_macs(channels, kept, 1, size)
            channels, size = kept, size // 2
        for _ in range((depth - 4) // (6 if is_bc else 3)):
            pairs = [(channels, 4 * k, 1), (4 * k, k, 3)] if is_bc else [(channels, k, 3)]
            for c, out_channels, kernel_size in pairs:
                params += 2 * c + conv2d_params(c, out_channels, kernel_size, bias=False)
                macs += conv2d_macs(c, out_channels, kernel_size, size)
            channels += k
    return Cost(params + 2 * channels + 10 * channels + 10, macs + 10 * channels)


CIFAR = [  # table 2: millions of parameters
    ("densenet40_12_cifar", 40, 12, 1.0),
    ("densenet100_12_cifar", 100, 12, 7.0),
    ("densenet100_24_cifar", 100, 24, 27.2),
    ("densenet100_12_bc_cifar", 100, 12, 0.8),
    ("densenet250_24_bc_cifar", 250, 24, 15.3),
    ("densenet190_40_bc_cifar", 190, 40, 25.6),
]


@pytest.mark.parametrize(("name", "depth", "k", "millions"), CIFAR)
def test_cifar_forms_cost_in_closed_form(name, depth, k, millions):
    cost = VARIANTS[name].cost
    assert cost == cost_for_cifar(depth, k, is_bc="_bc_" in name)
    assert round(cost.params / 1e6, 1) == millions


def test_other_libraries_compress_the_plain_form_too():
    """pytorchcv 0.0.74: densenet40_k12_cifar10 holds 599,050 and begins with 2k channels."""

    class Compressed(CifarDenseNet):
        compression = 0.5
        stem = CifarDenseNetBC.stem

    with torch.device("meta"):
        assert sum(p.numel() for p in Compressed(40, 12).parameters()) == 599_050


@pytest.mark.parametrize(("form", "first", "kept"), [(CifarDenseNet, 16, 160), (CifarDenseNetBC, 24, 48)])
def test_cifar_forms_begin_and_narrow_as_the_paper_says(form, first, kept):
    with torch.device("meta"):
        features = form(40, 12).features
        assert features(torch.empty(1, 3, 32, 32)).shape[2:] == (8, 8)
    assert features.conv0.out_channels == first
    assert features.transition1.conv.out_channels == kept


@pytest.mark.parametrize(
    ("form", "depth", "message"),
    [
        (CifarDenseNet, 41, r"41 is not 4 \+ 3"),
        (CifarDenseNet, 4, "depth of 4 "),
        (CifarDenseNetBC, 97, r"97 is not 4 \+ 6"),
        (CifarDenseNetBC, -2, "depth of -2 "),
    ],
)
def test_a_depth_that_makes_no_three_blocks_is_refused(form, depth, message):
    with pytest.raises(ValueError, match=message):
        form(depth, 12)


# ---- Memory for time ----


def twins():
    """A small network and its memory-efficient form with the same weights, in training mode."""
    torch.manual_seed(0)
    network, efficient = (form((2, 3), 4, num_classes=3) for form in (DenseNet, EfficientDenseNet))
    efficient.load_state_dict(network.state_dict(), strict=True)
    return network, efficient


def test_values_gradients_and_statistics_are_those_of_the_plain_form():
    """After two steps: every batch is counted once, though every normalization runs twice."""
    pair = twins()
    for _ in range(2):
        images = torch.randn(2, 3, 40, 33)
        scores = [network(images) for network in pair]
        torch.testing.assert_close(scores[1], scores[0], rtol=0, atol=0)
        for score in scores:
            score.square().sum().backward()
    for plain, efficient in zip(*(network.parameters() for network in pair), strict=True):
        torch.testing.assert_close(efficient.grad, plain.grad)
    for (name, plain), efficient in zip(pair[0].named_buffers(), pair[1].buffers(), strict=True):
        torch.testing.assert_close(efficient, plain, rtol=0, atol=0, msg=name)
    norm = pair[1].features.denseblock2.denselayer3.norm1
    assert (norm.num_batches_tracked, norm.momentum) == (2, 0.1)


def test_a_frozen_network_keeps_its_statistics_and_has_gradients():
    pair = [network.eval() for network in twins()]
    before = {key: tensor.clone() for key, tensor in pair[1].named_buffers()}
    images = torch.randn(2, 3, 32, 32, requires_grad=True)
    gradients = [torch.autograd.grad(network(images).sum(), images)[0] for network in pair]
    torch.testing.assert_close(*gradients)
    assert all(torch.equal(tensor, before[key]) for key, tensor in pair[1].named_buffers())


def test_a_norm_counts_again_after_an_exception():
    norm = nn.BatchNorm2d(2, momentum=None)  # a cumulative mean, which the count of batches weighs
    with pytest.raises(ValueError, match="expected 4D"), not_counted(norm):
        norm(norm(torch.randn(4, 2, 3, 3)).sum())
    assert norm.momentum is None
    assert norm.num_batches_tracked == 0
    assert not norm.running_mean.any()
    norm(torch.randn(4, 2, 3, 3))
    assert norm.num_batches_tracked == 1
    assert norm.running_mean.all()


def kept(network, images):
    """Distinct bytes that a forward pass keeps for the backward pass, weights included."""
    storages = {}

    def keep(tensor):
        storages[tensor.untyped_storage()._cdata] = tensor.untyped_storage()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        scores = network(images)
    assert scores.requires_grad
    return sum(storage.nbytes() for storage in storages.values())


def test_what_is_kept_grows_with_the_depth_and_not_with_its_square():
    """Of n layers from C = 2k channels: n results of k channels, and n of 4k between the convolutions."""
    images, k, n = torch.randn(2, 6, 8, 8), 3, 8
    layer, norms = 2 * 8 * 8 * 4, 4 * (2 + 2) * (4 * k)
    block = EfficientBlock(2 * k, n, k)
    weights = sum(p.numel() for p in block.parameters()) * 4
    assert kept(block, images) <= layer * (2 * k + n * (k + 4 * k)) + weights + 2 * n * norms
    assert kept(DenseBlock(2 * k, n, k), images) > 3 * kept(block, images)


def test_the_profiler_foresees_less_than_half_of_the_peak():
    """Batch 8 at 224 pixels: of 1,002 MiB for the plain form, 369. `make bench` measures both."""
    peaks = [
        profile(VARIANTS[name].build, (8, 3, 224, 224), training=True).peak_activation_bytes
        for name in ("densenet121_efficient", "densenet121")
    ]
    assert peaks[0] < 0.4 * peaks[1]
