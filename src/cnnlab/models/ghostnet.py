"""GhostNet: More Features from Cheap Operations (Han et al., CVPR 2020, arXiv:1911.11907).

Many feature maps of a trained network look like blurred copies of one another, and a convolution pays for
each as if it were new. A Ghost module computes half of them, and the other half from these by a 3×3 depthwise
convolution. Put in place of the 1×1 convolutions of MobileNetV3's blocks, it about halves their cost.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from cnnlab.blocks import ConvBN, ReLU, SqueezeExcite, conv_bn, round_channels
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("han2020", "GhostNet: More Features from Cheap Operations", 2020)

# Table 1: kernel, channels of the expansion and of the output, stride.
ROWS = [
    # k  exp  out   SE   s     output for a 224×224 image
    (3,  16,  16, "",   1),  # 112×112
    (3,  48,  24, "",   2),  #  56×56
    (3,  72,  24, "",   1),
    (5,  72,  40, "SE", 2),  #  28×28
    (5, 120,  40, "SE", 1),
    (3, 240,  80, "",   2),  #  14×14
    (3, 200,  80, "",   1),
    (3, 184,  80, "",   1),
    (3, 184,  80, "",   1),
    (3, 480, 112, "SE", 1),
    (3, 672, 112, "SE", 1),
    (5, 672, 160, "SE", 2),  #   7×7
    (5, 960, 160, "",   1),
    (5, 960, 160, "SE", 1),
    (5, 960, 160, "",   1),
    (5, 960, 160, "SE", 1),
]  # fmt: skip

round4 = partial(round_channels, divisor=4)


class Ghost(nn.Module):
    """Half of the channels from a 1×1 convolution, and behind them a ghost of each.

    [N, in_channels, H, W] → [N, out_channels, H, W]. ValueError where `out_channels` is odd.
    """

    def __init__(self, in_channels: int, out_channels: int, activation: Callable[[], nn.Module]) -> None:
        super().__init__()
        half, odd = divmod(out_channels, 2)
        if odd:
            raise ValueError(f"{out_channels} channels cannot be one half and its ghosts")
        self.primary = ConvBN(in_channels, half, kernel_size=1, activation=activation)
        self.cheap = ConvBN(half, half, groups=half, activation=activation)

    def forward(self, x: Tensor) -> Tensor:
        primary = self.primary(x)
        return torch.cat([primary, self.cheap(primary)], dim=1)


def depthwise(channels: int, kernel_size: int, stride: int) -> ConvBN:
    """A filter for each channel, and no activation: [N, C, H, W] → [N, C, ⌈H / stride⌉, ⌈W / stride⌉]."""
    return ConvBN(channels, channels, kernel_size, stride, groups=channels, activation=nn.Identity)


class GhostBottleneck(nn.Module):
    """Ghosts expand → a stride filters → excite → ghosts project; add the input, or its projection.

    `channels` are those of the input, the wide middle and the output:
    [N, narrow, H, W] → [N, narrow', ⌈H / stride⌉, ⌈W / stride⌉]. Source: figure 3.
    """

    def __init__(self, channels: tuple[int, int, int], kernel_size: int, stride: int, excite: str) -> None:
        super().__init__()
        in_channels, hidden, out_channels = channels
        squeezed = round4(hidden / 4)
        self.block = nn.Sequential(
            Ghost(in_channels, hidden, ReLU),
            *([depthwise(hidden, kernel_size, stride)] if stride > 1 else []),
            *([SqueezeExcite(hidden, squeezed, gate=nn.Hardsigmoid)] if excite else []),
            Ghost(hidden, out_channels, nn.Identity),
        )
        self.shortcut = nn.Sequential()
        if (in_channels, stride) != (out_channels, 1):
            self.shortcut.append(depthwise(in_channels, kernel_size, stride))
            self.shortcut.extend(conv_bn(in_channels, out_channels, kernel_size=1))

    def forward(self, x: Tensor) -> Tensor:
        return self.block(x) + self.shortcut(x)


class GhostNet(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; all channels but the last scale."""

    def __init__(
        self, width: float = 1.0, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.2
    ) -> None:
        super().__init__()
        channels = round4(16 * width)
        features: list[nn.Module] = [ConvBN(in_channels, channels, stride=2)]
        for k, exp, out, se, s in ROWS:
            in_channels, hidden, channels = channels, round4(exp * width), round4(out * width)
            features.append(GhostBottleneck((in_channels, hidden, channels), k, s, se))
        self.features = nn.Sequential(*features, ConvBN(channels, hidden, kernel_size=1))
        self.classifier = nn.Sequential(
            nn.Linear(hidden, 1280), ReLU(), nn.Dropout(dropout), nn.Linear(1280, num_classes)
        )

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.features(images).mean(dim=(2, 3)))


VARIANTS = {  # Table 7 prints 42, 141 and 226 million MACs; 2.6, 5.2 and 7.3 million parameters
    "ghostnet_x0_5": Variant(partial(GhostNet, 0.5), Cost(params=2_587_292, macs=42_328_152)),
    "ghostnet": Variant(GhostNet, Cost(params=5_182_508, macs=141_150_512)),
    "ghostnet_x1_3": Variant(partial(GhostNet, 1.3), Cost(params=7_358_820, macs=227_003_256)),
}
