"""The Inception family: its modules by hand, what the papers' tables say, and costs added up from them."""

import numpy as np
import torch
from torch import nn

from cnnlab import conv, layers
from cnnlab.blocks import InceptionConv
from cnnlab.cost import Cost, conv2d_macs, conv2d_params
from cnnlab.models import VARIANTS, bn_inception, googlenet, googlenet_paper, inception_v2
from cnnlab.models.bn_inception import BNInception, Halving, MaxMixed, module


def array(tensor):
    return tensor.detach().numpy()


def built(name):
    with torch.device("meta"):
        return VARIANTS[name].build()


def normalized(x, layer, stride=1, padding=0):
    """An `InceptionConv` with its running statistics, by loops."""
    x = conv.conv2d_loops(x, array(layer.conv.weight), None, stride, padding)
    statistics = (layer.bn.running_mean, layer.bn.running_var, layer.bn.weight, layer.bn.bias)
    return layers.relu(layers.batch_norm(x, *map(array, statistics), eps=layer.bn.eps))


def with_random_norms(block):
    for norm in block.double().modules():
        if isinstance(norm, nn.BatchNorm2d):
            for tensor in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
                nn.init.uniform_(tensor, 0.5, 1.5)
    return block.eval()


# ---- GoogLeNet as the paper has it ----


def rectified(x, block, padding=0):
    weight, bias = (array(block[0].weight), array(block[0].bias))
    return layers.relu(conv.conv2d_loops(x, weight, bias, padding=padding))


def test_a_module_of_the_paper_has_1x1_3x3_5x5_and_a_maximum_side_by_side():
    block = googlenet_paper.PaperInception(3, (2, 1, 3, 2, 2, 1)).double()
    x = torch.randn(2, 3, 6, 5, dtype=torch.float64)
    pooled = layers.max_pool2d(array(x), 3, stride=1, padding=1)
    expected = [
        rectified(array(x), block.branch1),
        rectified(rectified(array(x), block.branch2[0]), block.branch2[1], padding=1),
        rectified(rectified(array(x), block.branch3[0]), block.branch3[1], padding=2),
        rectified(pooled, block.branch4[1]),
    ]
    np.testing.assert_allclose(array(block(x)), np.concatenate(expected, axis=1))


def test_an_auxiliary_head_pools_14x14_to_4x4_and_drops_seven_of_ten():
    """Section 5: 5×5 averages at stride 3, 128 channels, 1,024 units, dropout, scores."""
    head = googlenet_paper.PaperHead(3, 5).eval()
    assert [name for name, _ in head.named_children()] == "pool conv flatten fc1 relu dropout fc2".split()
    assert (head.fc1.in_features, head.fc1.out_features, head.dropout.p) == (4 * 4 * 128, 1024, 0.7)
    x = torch.randn(1, 3, 14, 14)
    means = [[x[0, :, i : i + 5, j : j + 5].mean(dim=(1, 2)) for j in (0, 3, 6, 9)] for i in (0, 3, 6, 9)]
    expected = torch.stack([torch.stack(row, dim=1) for row in means], dim=1)
    torch.testing.assert_close(head.pool(x)[0], expected)


def test_the_papers_stem_normalizes_behind_its_first_pool_and_before_its_second():
    """Figure 3."""
    network, order = built("googlenet_paper"), []
    for name in ("conv1", "pool", "norm", "conv2", "conv3"):
        getattr(network, name).register_forward_hook(lambda *_, name=name: order.append(name))
    network.stem(torch.empty(1, 3, 224, 224, device="meta"))
    assert order == "conv1 pool norm conv2 conv3 norm pool".split()


def test_the_papers_googlenet_holds_no_batch_norm_and_pools_3x3():
    network = built("googlenet_paper")
    kinds = {type(layer) for layer in network.modules()}
    assert nn.BatchNorm2d not in kinds
    assert {layer.kernel_size for layer in network.modules() if isinstance(layer, nn.MaxPool2d)} == {3}
    assert {layer.kernel_size for layer in network.modules() if isinstance(layer, nn.Conv2d)} == {
        (1, 1), (3, 3), (5, 5), (7, 7),
    }  # fmt: skip
    assert network.dropout.p == 0.4


def test_the_papers_googlenet_costs_what_its_table_adds_up_to():
    layers = [(3, 64, 7, 112), (64, 64, 1, 56), (64, 192, 3, 56)]  # in, out, kernel, output size
    channels = 192
    for name, (one, reduce3, three, reduce5, five, pooled) in googlenet.MODULES.items():
        size = {"3": 28, "4": 14, "5": 7}[name[0]]
        layers += [(channels, out, 1, size) for out in (one, reduce3, reduce5, pooled)]
        layers += [(reduce3, three, 3, size), (reduce5, five, 5, size)]
        channels = one + three + five + pooled
    layers += [(channels, 1000, 1, 1)]
    macs = sum(conv2d_macs(*layer) for layer in layers)
    for halfway in (512, 528):
        layers += [(halfway, 128, 1, 4), (128 * 4 * 4, 1024, 1, 1), (1024, 1000, 1, 1)]
    cost = Cost(sum(conv2d_params(*layer[:3]) for layer in layers), macs)
    assert VARIANTS["googlenet_paper"].cost == cost


# ---- BN-Inception ----


def test_a_halving_module_skips_the_same_positions_in_all_its_branches():
    block, channels = module(3, (0, 2, 3, 2, 4, "halve", 0))
    block, x = with_random_norms(block), torch.randn(1, 3, 7, 6, dtype=torch.float64)
    three = normalized(array(x), block.branch3x3_1)
    double = normalized(normalized(array(x), block.branch3x3dbl_1), block.branch3x3dbl_2, padding=1)
    expected = [
        normalized(three, block.branch3x3_2, stride=2, padding=1),
        normalized(double, block.branch3x3dbl_3, stride=2, padding=1),
        layers.max_pool2d(array(x), 3, stride=2, padding=1),
    ]
    assert isinstance(block, Halving)
    assert block(x).shape == (1, channels, 4, 3)
    np.testing.assert_allclose(array(block(x)), np.concatenate(expected, axis=1))


def test_the_last_module_takes_a_maximum_and_the_others_a_mean():
    block, channels = module(3, (2, 1, 1, 1, 1, "max", 2))
    block, x = with_random_norms(block), torch.randn(1, 3, 4, 4, dtype=torch.float64)
    pooled = layers.max_pool2d(array(x), 3, stride=1, padding=1)
    np.testing.assert_allclose(array(block(x))[:, -2:], normalized(pooled, block.branch_pool))
    assert (isinstance(block, MaxMixed), channels) == (True, 6)
    kinds = [row[-2] for row in bn_inception.MODULES.values()]
    assert kinds == ["avg", "avg", "halve", "avg", "avg", "avg", "avg", "halve", "avg", "max"]


def test_bn_inceptions_forms_differ_by_biases_and_by_the_first_layer():
    plain, biased, separable = (
        sum(p.numel() for p in network.parameters())
        for network in (meta(BNInception), built("bn_inception"), built("bn_inception_paper"))
    )
    outputs = sum(m.out_channels for m in meta(BNInception).modules() if isinstance(m, nn.Conv2d))
    assert biased - plain == outputs == 10_016
    assert plain - separable == 3 * 64 * 49 - (3 * 8 * 49 + 24 * 64)
    skipped = (3 * 64 * 49 - (3 * 8 * 49 + 24 * 64)) * 112**2
    costs = [VARIANTS[name].cost for name in ("bn_inception", "bn_inception_paper")]
    assert costs[0].macs - costs[1].macs == skipped
    assert costs == [Cost(biased, 2_032_600_064), Cost(separable, 2_032_600_064 - skipped)]


def meta(build):
    with torch.device("meta"):
        return build()


# ---- Inception-v2 ----


def test_inception_v2_has_the_sizes_of_table_1():
    network, x = built("inception_v2").eval(), torch.empty(1, 3, 299, 299, device="meta")
    found = []
    for part in network.stem:
        for layer in part if isinstance(part, nn.Sequential) else [part]:
            x = layer(x)
            found.append(tuple(x.shape[1:3]))
    assert found == [(32, 149), (32, 147), (64, 147), (64, 73), (80, 71), (192, 35), (288, 35)]
    found = []
    for block in network.mixed:
        x = block(x)
        found.append(tuple(x.shape[1:3]))
    assert found == 3 * [(288, 35)] + 6 * [(768, 17)] + [(1280, 8)] + 2 * [(2048, 8)]


def v2_layers():
    """in, out, kernel, output size of every convolution, and the linear layer as one of them."""
    yield from [(3, 32, 3, 149), (32, 32, 3, 147), (32, 64, 3, 147)]
    yield from [(64, 80, 3, 71), (80, 192, 3, 35), (192, 288, 3, 35)]
    for _ in range(3):
        yield from [(288, 64, 1, 35), (288, 48, 1, 35), (48, 64, 3, 35), (288, 64, 1, 35)]
        yield from [(64, 96, 3, 35), (96, 96, 3, 35), (288, 64, 1, 35)]
    yield from [(288, 384, 3, 17), (288, 64, 1, 35), (64, 96, 3, 35), (96, 96, 3, 17)]
    for c in (128, 160, 160, 160, 192):
        yield from [(768, 192, 1, 17), (768, c, 1, 17), (768, c, 1, 17), (768, 192, 1, 17)]
        yield from [(c, c, (1, 7), 17)] * 4 + [(c, 192, (1, 7), 17)] * 2
    yield from [(768, 192, 1, 17), (192, 320, 3, 8), (768, 192, 1, 17)]
    yield from [(192, 192, (1, 7), 17)] * 2 + [(192, 192, 3, 8)]
    for channels in (1280, 2048):
        yield from [(channels, out, 1, 8) for out in (320, 384, 448, 192)]
        yield from [(448, 384, 3, 8)] + [(384, 384, (1, 3), 8)] * 4
    yield (2048, 1000, 1, 1)


def test_inception_v2_costs_what_its_layers_add_up_to():
    layers = list(v2_layers())
    norms = 2 * sum(out for _, out, *_ in layers[:-1])
    weights = sum(conv2d_params(*layer[:3], bias=False) for layer in layers)
    expected = Cost(weights + norms + 1000, sum(conv2d_macs(*layer) for layer in layers))
    assert VARIANTS["inception_v2"].cost == expected


def test_convolutions_follow_each_other():
    block = with_random_norms(inception_v2.convolutions(2, [(3, 2, "valid"), (2, 1, "same")]))
    x = torch.randn(1, 2, 7, 6, dtype=torch.float64)
    expected = normalized(normalized(array(x), block[0], stride=2), block[1], padding=1)
    assert all(isinstance(layer, InceptionConv) for layer in block)
    np.testing.assert_allclose(array(block(x)), expected)
