"""Building blocks that more than one architecture uses.

Activations overwrite their input, which nobody needs again: that saves time and memory. A hook that wants
what came before them has to copy it.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = [
    "Branches",
    "ConvBN",
    "InceptionConv",
    "Mixed",
    "ReLU",
    "ReLU6",
    "Reduction",
    "Residual",
    "SiLU",
    "SqueezeExcite",
    "channel_shuffle",
    "conv_bn",
    "convolution",
    "inverted_bottleneck",
    "round_channels",
    "set_drop_rates",
    "set_norms",
    "shortcut",
]

Pair = int | tuple[int, int]  # rows, columns

ReLU = partial(nn.ReLU, inplace=True)
ReLU6 = partial(nn.ReLU6, inplace=True)
SiLU = partial(nn.SiLU, inplace=True)


def convolution(
    in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, groups: int = 1
) -> nn.Conv2d:
    """A convolution that only its stride makes smaller, and that leaves the bias to a normalization.

    [N, in_channels, H, W] → [N, out_channels, ⌈H / stride⌉, ⌈W / stride⌉]. ValueError for an even kernel, and
    from torch where `groups` does not divide the channels.
    """
    if kernel_size % 2 == 0:
        raise ValueError(f"kernel_size must be odd, or the output shrinks; got {kernel_size}")
    padding = kernel_size // 2
    return nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, groups=groups, bias=False)


def conv_bn(
    in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, groups: int = 1
) -> tuple[nn.Conv2d, nn.BatchNorm2d]:
    """`convolution` and the normalization that follows it, for a block that names them itself."""
    return convolution(in_channels, out_channels, kernel_size, stride, groups), nn.BatchNorm2d(out_channels)


class ConvBN(nn.Sequential):
    """`convolution` → batch normalization → activation.

    [N, in_channels, H, W] → [N, out_channels, ⌈H / stride⌉, ⌈W / stride⌉]. Errors: as `convolution`.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 3,
        stride: int = 1,
        groups: int = 1,
        activation: Callable[[], nn.Module] = ReLU,
    ) -> None:
        super().__init__(*conv_bn(in_channels, out_channels, kernel_size, stride, groups), activation())


class InceptionConv(nn.Sequential):
    """Convolution without bias → batch normalization → ReLU, as torchvision's Inception networks name them.

    [N, in_channels, H, W] → [N, out_channels, H', W'], the same size unless stride or padding say otherwise.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        stride: int = 1,
        padding: Pair | str = "same",
    ) -> None:
        conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=False)
        norm = nn.BatchNorm2d(out_channels, eps=1e-3)  # as the official weights were trained
        super().__init__(OrderedDict[str, nn.Module](conv=conv, bn=norm, relu=ReLU()))


class SqueezeExcite(nn.Module):
    """Each channel times a gate between 0 and 1, which the means of all channels decide.

    [N, channels, H, W] → the same. Parameter names are torchvision's. Source: Hu et al. (2018), section 3.
    """

    def __init__(
        self,
        channels: int,
        squeezed: int,
        activation: Callable[[], nn.Module] = ReLU,
        gate: Callable[[], nn.Module] = nn.Sigmoid,
    ) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(channels, squeezed, 1), nn.Conv2d(squeezed, channels, 1)
        self.activation, self.gate = activation(), gate()

    def forward(self, x: Tensor) -> Tensor:
        means = x.mean(dim=(2, 3), keepdim=True)
        return x * self.gate(self.fc2(self.activation(self.fc1(means))))


def inverted_bottleneck(
    channels: tuple[int, int, int],
    kernel_size: int,
    stride: int,
    activation: Callable[[], nn.Module],
    excite: nn.Module | None = None,
) -> nn.Sequential:
    """Expand (1×1) → filter (depthwise) → excite → project (1×1, linear); what does nothing is left out.

    `channels` are those of the input, the wide middle and the output:
    [N, narrow, H, W] → [N, narrow', ⌈H / stride⌉, ⌈W / stride⌉]. Source: Howard et al. (2019), figure 4.
    """
    in_channels, hidden, out_channels = channels
    layers: list[nn.Module] = []
    if hidden != in_channels:
        layers += [ConvBN(in_channels, hidden, kernel_size=1, activation=activation)]
    layers += [ConvBN(hidden, hidden, kernel_size, stride, groups=hidden, activation=activation)]
    if excite is not None:
        layers += [excite]
    return nn.Sequential(*layers, nn.Sequential(*conv_bn(hidden, out_channels, kernel_size=1)))


class Residual(nn.Module):
    """What a block makes of its input, added to the input where that fits: F(x) + x, or F(x).

    [N, C, H, W] → [N, C', H', W']. `set_drop_rates` says how often training leaves F(x) out.
    """

    drop_rate = 0.0

    def __init__(self, block: nn.Module, has_shortcut: bool) -> None:
        super().__init__()
        self.block, self.has_shortcut = block, has_shortcut

    def survivors(self, x: Tensor) -> Tensor:
        """0 for some images, x / (1 − drop_rate) for the others, so that the mean stays."""
        survival = 1 - self.drop_rate
        return x * x.new_empty(x.shape[0], 1, 1, 1).bernoulli_(survival).div_(survival)

    def residual(self, x: Tensor) -> Tensor:
        f = self.block(x)
        return self.survivors(f) if self.training and self.drop_rate else f

    def forward(self, x: Tensor) -> Tensor:
        return self.residual(x) + x if self.has_shortcut else self.block(x)


def set_drop_rates(network: nn.Module, rate: float) -> None:
    """Stochastic depth: the l-th of L residual blocks is left out of (l − 1) / L · `rate` of all images.

    ValueError unless 0 ≤ `rate` < 1. Source: Huang et al. (2016), who decide once for a whole batch.
    """
    if not 0 <= rate < 1:
        raise ValueError(f"rate must be at least 0 and below 1; got {rate}")
    blocks = [module for module in network.modules() if isinstance(module, Residual)]
    for before, block in enumerate(blocks):
        block.drop_rate = rate * before / len(blocks)


def set_norms(network: nn.Module, eps: float = 1e-5, momentum: float = 0.1) -> None:
    """Give all batch normalizations of a network the constants that its weights were trained with."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps, module.momentum = eps, momentum


def channel_shuffle(x: Tensor, groups: int) -> Tensor:
    """Deal the channels out like cards, so that the next groups hold some of each: [N, C, H, W] → the same.

    Channel i of group g becomes channel i · groups + g. Source: Zhang et al. (2018), section 3.1.
    """
    dealt = x.unflatten(1, (groups, -1))  # type: ignore[no-untyped-call]  # torch's
    return dealt.transpose(1, 2).flatten(1, 2)


# Layers of each branch: output channels and kernel size. Two kernels stand side by side.
Branches = dict[str, list[tuple[int, Pair] | tuple[int, Pair, Pair]]]


class Mixed(nn.Module):
    """Branches side by side, their outputs stacked: [N, in_channels, H, W] → [N, out_channels, H, W].

    The branch named `branch_pool` begins with a pooling. Source: Szegedy et al. (2016), figures 5 to 7.
    """

    stride = 1  # of the last layer of each branch
    padding: int | str = "same"

    def __init__(self, in_channels: int, branches: Branches) -> None:
        super().__init__()
        self.steps: dict[str, list[list[str]]] = {}  # the names of each branch's layers
        for branch, layers in branches.items():
            channels, self.steps[branch] = in_channels, []
            for i, (out_channels, *kernels) in enumerate(layers, start=1):
                name = f"{branch}_{i}" if len(layers) > 1 else branch
                names = [name] if len(kernels) == 1 else [f"{name}a", f"{name}b"]
                stride, padding = (1, "same") if i < len(layers) else (self.stride, self.padding)
                for name, kernel_size in zip(names, kernels, strict=True):
                    layer = InceptionConv(channels, out_channels, kernel_size, stride, padding)
                    self.add_module(name, layer)
                self.steps[branch] += [names]
                channels = out_channels

    def pool(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(x, kernel_size=3, stride=1, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        outputs = []
        for branch, steps in self.steps.items():
            branched = [self.pool(x) if branch == "branch_pool" else x]
            for names in steps:
                branched = [getattr(self, name)(branched[0]) for name in names]
            outputs += branched
        return torch.cat(outputs, dim=1)


class Reduction(Mixed):
    """`Mixed` that ends at every second position (figure 10).

    [N, in_channels, H, W] → [N, out_channels, ⌊(H − 1) / 2⌋, ⌊(W − 1) / 2⌋]
    """

    stride = 2
    padding = "valid"

    def pool(self, x: Tensor) -> Tensor:
        return F.max_pool2d(x, kernel_size=3, stride=2)


def shortcut(in_channels: int, out_channels: int, stride: int) -> nn.Module:
    """The input itself or, where the shapes differ, its projection (He et al., 2016, section 3.3, option B).

    [N, in_channels, H, W] → [N, out_channels, ⌈H / stride⌉, ⌈W / stride⌉]
    """
    if (in_channels, stride) == (out_channels, 1):
        return nn.Identity()
    return nn.Sequential(*conv_bn(in_channels, out_channels, 1, stride))


def round_channels(channels: float, divisor: int = 8) -> int:
    """Round to the nearest multiple of `divisor`, or up where that would lose more than 10 %.

    ValueError for no channels at all. Source: the MobileNets' published code.

    >>> round_channels(32 * 0.75), round_channels(16 * 0.7)
    (24, 16)
    """
    if channels <= 0 or divisor < 1:
        raise ValueError(f"{channels} channels cannot be rounded to a multiple of {divisor}")
    nearest = max(divisor, int(channels / divisor + 0.5) * divisor)
    return nearest if nearest >= 0.9 * channels else nearest + divisor
