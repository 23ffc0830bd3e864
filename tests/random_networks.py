"""Random networks whose gradient shows what each unit sees: the oracle of `cnnlab.receptive_field`.

Weights and inputs are positive and no activation saturates, so contributions cannot cancel: in float64
the gradient of a unit is nonzero at exactly the pixels it sees. Max pooling would hide the losers: the
oracle sums over the same windows instead.
"""

import copy

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import strategies as st
from torch import nn
from torch.nn.modules.utils import _pair

CHANNELS = 4


class Call(nn.Module):
    """A function as a network, of layers that come before its inputs."""

    def __init__(self, function, *layers):
        super().__init__()
        self.layers, self.function = nn.ModuleList(layers), function

    def forward(self, *inputs):
        return self.function(*self.layers, *inputs)


class Shuffle(nn.Module):
    def forward(self, x):
        n, c, h, w = x.shape
        return x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)


class Gate(nn.Module):
    """Squeeze-and-excitation on every second channel: those see everything, the others do not."""

    def forward(self, x):
        half = 1 + x[:, ::2]  # a padding's zero would close the gate, whatever that sees
        return torch.cat([half * torch.sigmoid(half.mean((2, 3), keepdim=True)), x[:, 1::2]], 1)


class Crop(nn.Module):
    def __init__(self, top, bottom, left, right):
        super().__init__()
        self.sides = top, bottom, left, right

    def forward(self, x):
        top, bottom, left, right = self.sides
        return x[:, :, top : x.shape[2] - bottom, left : x.shape[3] - right]


class Interpolate(nn.Module):
    def __init__(self, **how):
        super().__init__()
        self.how = how

    def forward(self, x):
        return F.interpolate(x, **self.how)


class Pad(nn.Module):
    def __init__(self, sides, mode):
        super().__init__()
        self.sides, self.mode = sides, mode

    def forward(self, x):
        return F.pad(x, self.sides, mode=self.mode)


class Branches(nn.Module):
    """Two ways, cut to the same size, and joined."""

    def __init__(self, left, right, join):
        super().__init__()
        self.left, self.right, self.join = left, right, join

    def forward(self, x):
        a, b = self.left(x), self.right(x)
        h, w = min(a.shape[2], b.shape[2]), min(a.shape[3], b.shape[3])
        a, b = a[..., :h, :w], b[..., :h, :w]
        if self.join == "halves":  # some channels from one way, some from the other
            return torch.cat([a[:, : CHANNELS // 2], b[:, CHANNELS // 2 :]], 1)
        if self.join == "chunk":  # the second way is concatenated, shuffled and half of it forgotten
            return Shuffle()(torch.cat([a, b], 1)).chunk(2, dim=1)[0]
        return a + b if self.join == "add" else (1 + a) * (1 + b)


class SumPool(nn.MaxPool2d):
    """The sum over each window of `MaxPool2d`, which has no losers."""

    def forward(self, x):
        height, width = super().forward(x).shape[-2:]
        kernel, stride, padding, dilation = map(
            _pair, (self.kernel_size, self.stride, self.padding, self.dilation)
        )
        ones = torch.ones(x.shape[1], 1, *kernel, dtype=x.dtype)
        beyond = [k * d + s * n for k, d, s, n in zip(kernel, dilation, stride, (height, width), strict=True)]
        x = F.pad(x, (padding[1], beyond[1], padding[0], beyond[0]))  # ceil mode looks beyond the image
        x = F.conv2d(x, ones, stride=stride, dilation=dilation, groups=x.shape[1])
        return x[..., :height, :width]


def two(draw, low, high):
    return draw(st.integers(low, high)), draw(st.integers(low, high))


def convolution(draw):
    groups = draw(st.sampled_from([1, 1, 2, 4]))
    return nn.Conv2d(
        CHANNELS, CHANNELS, two(draw, 1, 4), two(draw, 1, 3), two(draw, 0, 4), two(draw, 1, 2), groups
    )


def transposed(draw):
    stride = two(draw, 1, 3)
    extra = draw(st.integers(0, stride[0] - 1)), draw(st.integers(0, stride[1] - 1))
    groups = draw(st.sampled_from([1, 2]))
    kernel, padding, dilation = two(draw, 1, 4), two(draw, 0, 2), draw(st.integers(1, 2))
    return nn.ConvTranspose2d(CHANNELS, CHANNELS, kernel, stride, padding, extra, groups, True, dilation)


def pooling(draw):
    kernel = two(draw, 1, 4)
    padding = draw(st.integers(0, kernel[0] // 2)), draw(st.integers(0, kernel[1] // 2))
    stride, ceil_mode = two(draw, 1, 3), draw(st.booleans())
    if draw(st.booleans()):
        return nn.MaxPool2d(kernel, stride, padding, two(draw, 1, 2), ceil_mode=ceil_mode)
    return nn.AvgPool2d(kernel, stride, padding, ceil_mode)


def upsampling(draw):
    if draw(st.booleans()):
        return Interpolate(scale_factor=draw(st.sampled_from([2, 3, (1, 2), 1.5])), mode="nearest")
    return Interpolate(scale_factor=2, mode="bilinear")


def padding(draw):
    mode = draw(st.sampled_from(["constant", "constant", "reflect", "replicate"]))
    low = -2 if mode == "constant" else 0
    return Pad([draw(st.integers(low, 2)) for _ in range(4)], mode)


def branches(draw):
    join = draw(st.sampled_from(["add", "mul", "halves", "chunk"]))
    return Branches(stack(draw, 2), stack(draw, 2), join)


LAYERS = {
    "convolution": convolution,
    "transposed": transposed,
    "pooling": pooling,
    "upsampling": upsampling,
    "padding": padding,
    "crop": lambda draw: Crop(*(draw(st.integers(0, 1)) for _ in range(4))),
    "adaptive": lambda draw: nn.AdaptiveAvgPool2d(two(draw, 1, 5)),
    "shuffle": lambda draw: Shuffle(),
    "gate": lambda draw: Gate(),
    "relu": lambda draw: nn.ReLU(inplace=draw(st.booleans())),
    "branches": branches,
}


def stack(draw, most):
    kinds = draw(st.lists(st.sampled_from(["convolution", "convolution", "pooling", *LAYERS]), max_size=most))
    return nn.Sequential(*(LAYERS[kind](draw) for kind in kinds))


@st.composite
def networks(draw):
    """A network of `CHANNELS` channels and an input size [1, C, H, W]; it may not fit."""
    size = (1, CHANNELS, draw(st.integers(3, 12)), draw(st.integers(3, 12)))
    return stack(draw, 5), size


def summing(network):
    """A float64 copy with positive weights, in which every unit that is read counts."""
    network = copy.deepcopy(network).double().eval()
    random = torch.Generator().manual_seed(0)
    for module in [*network.modules()]:
        if isinstance(module, nn.MaxPool2d):
            module.__class__ = SumPool
        if isinstance(module, nn.ReLU):
            module.inplace = False
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.rand(parameter.shape, generator=random, dtype=torch.float64) + 0.5)
            parameter /= parameter[0].numel()  # activations stay near 1, where a sigmoid has a slope
    return network


def dependencies(network, size):
    """By gradient, which pixels each unit sees: booleans [C', H', W', H, W]. All units in one batch."""
    network = summing(network)
    random = torch.Generator().manual_seed(1)
    images = torch.rand(size, generator=random, dtype=torch.float64) + 0.5
    shape = network(images).shape[1:]
    units = shape.numel()
    batch = images.expand(units, *size[1:]).clone().requires_grad_()
    outputs = network(batch).reshape(units, units)
    (gradient,) = torch.autograd.grad(outputs.diagonal().sum(), batch)
    return (gradient.abs() > 1e-13).any(1).reshape(*shape, *size[2:]).numpy()


def bounds(seen):
    """The smallest rectangles around what is seen: [..., H, W] → [..., 4]; (0, −1, 0, −1) for nothing."""
    height, width = seen.shape[-2:]
    rows, columns = seen.any(-1), seen.any(-2)
    ends = [
        rows.argmax(-1), height - 1 - rows[..., ::-1].argmax(-1),
        columns.argmax(-1), width - 1 - columns[..., ::-1].argmax(-1),
    ]  # fmt: skip
    return np.where(seen.any((-1, -2))[..., None], np.stack(ends, -1), (0, -1, 0, -1))
