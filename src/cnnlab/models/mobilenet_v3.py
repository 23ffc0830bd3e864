"""MobileNetV3: Searching for MobileNetV3 (Howard et al., ICCV 2019, arXiv:1905.02244).

MobileNetV2 repeats one block by a rule of thumb, and a phone's time does not follow MACs. Here a search picks
every kernel, width and gate by measured time, and hands mend what it cannot: the costly last layers move
behind the pooling, and h-swish is a swish that needs no exponential. Parameter names follow torchvision, so
its ImageNet weights load directly.
"""

from collections.abc import Callable, Sequence
from functools import partial

from torch import Tensor, nn

from cnnlab import blocks
from cnnlab.blocks import ConvBN, Residual, SqueezeExcite, inverted_bottleneck, round_channels
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("howard2019", "Searching for MobileNetV3", 2019)

RE, HS = blocks.ReLU, partial(nn.Hardswish, inplace=True)  # h-swish: x · ReLU6(x + 3) / 6
Rows = Sequence[tuple[int, int, int, str, Callable[[], nn.Module], int]]

# Tables 1 and 2, in the paper's words: kernel, channels of the expansion and of the output, stride.
LARGE: Rows = [
    # k  exp  out   SE    NL  s     output for a 224×224 image
    (3,  16,  16, "",   RE, 1),  # 112×112
    (3,  64,  24, "",   RE, 2),  #  56×56
    (3,  72,  24, "",   RE, 1),
    (5,  72,  40, "SE", RE, 2),  #  28×28
    (5, 120,  40, "SE", RE, 1),
    (5, 120,  40, "SE", RE, 1),
    (3, 240,  80, "",   HS, 2),  #  14×14
    (3, 200,  80, "",   HS, 1),
    (3, 184,  80, "",   HS, 1),
    (3, 184,  80, "",   HS, 1),
    (3, 480, 112, "SE", HS, 1),
    (3, 672, 112, "SE", HS, 1),
    (5, 672, 160, "SE", HS, 2),  #   7×7
    (5, 960, 160, "SE", HS, 1),
    (5, 960, 160, "SE", HS, 1),
]  # fmt: skip

SMALL: Rows = [
    (3,  16,  16, "SE", RE, 2),  #  56×56
    (3,  72,  24, "",   RE, 2),  #  28×28
    (3,  88,  24, "",   RE, 1),
    (5,  96,  40, "SE", HS, 2),  #  14×14
    (5, 240,  40, "SE", HS, 1),
    (5, 240,  40, "SE", HS, 1),
    (5, 120,  48, "SE", HS, 1),
    (5, 144,  48, "SE", HS, 1),
    (5, 288,  96, "SE", HS, 2),  #   7×7
    (5, 576,  96, "SE", HS, 1),
    (5, 576,  96, "SE", HS, 1),
]  # fmt: skip

# Section 6.3: detection and segmentation need half of the channels behind the last stride.
LARGE_REDUCED: Rows = [*LARGE[:12], (5, 672, 80, "SE", HS, 2), *2 * [(5, 480, 80, "SE", HS, 1)]]
SMALL_REDUCED: Rows = [*SMALL[:8], (5, 288, 48, "SE", HS, 2), *2 * [(5, 288, 48, "SE", HS, 1)]]


def excite(channels: int) -> SqueezeExcite:
    """Section 5.3: squeezed to a quarter, with a gate of straight lines: ReLU6(x + 3) / 6."""
    return SqueezeExcite(channels, round_channels(channels // 4), gate=nn.Hardsigmoid)


class MobileNetV3(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; `width` scales the channels of `rows`.

    `last` are the channels of the layer between pooling and scores, which a narrow network keeps.
    """

    def __init__(
        self, rows: Rows, last: int, width: float = 1.0, num_classes: int = 1000, in_channels: int = 3
    ) -> None:
        super().__init__()
        before, channels = 16, round_channels(16 * width)
        features: list[nn.Module] = [ConvBN(in_channels, channels, stride=2, activation=HS)]
        for k, exp, out, se, nl, s in rows:
            hidden = round_channels(exp / before * channels)  # as often as in the table, not as many
            before, in_channels, channels = out, channels, round_channels(out * width)
            gate = excite(hidden) if se else None
            block = inverted_bottleneck((in_channels, hidden, channels), k, s, nl, gate)
            features.append(Residual(block, has_shortcut=s == 1 and in_channels == channels))
        features.append(ConvBN(channels, 6 * channels, kernel_size=1, activation=HS))
        self.features = nn.Sequential(*features)
        last = round_channels(last * max(1.0, width))
        self.classifier = nn.Sequential(
            nn.Linear(6 * channels, last), HS(),
            nn.Dropout(0.2), nn.Linear(last, num_classes),
        )  # fmt: skip
        blocks.set_norms(self, eps=1e-3, momentum=0.01)

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.features(images).mean(dim=(2, 3)))


large, small = partial(MobileNetV3, LARGE, 1280), partial(MobileNetV3, SMALL, 1024)

VARIANTS = {  # Table 3 prints 219, 155, 56 and 44 million MACs; 5.4, 4.0, 2.5 and 2.0 million parameters
    "mobilenet_v3_large": Variant(large, Cost(params=5_483_032, macs=216_589_760)),
    "mobilenet_v3_large_x0_75": Variant(partial(large, width=0.75), Cost(3_993_528, 154_560_624)),
    "mobilenet_v3_small": Variant(small, Cost(params=2_542_856, macs=56_510_400)),
    "mobilenet_v3_small_x0_75": Variant(partial(small, width=0.75), Cost(2_041_872, 43_399_344)),
    "mobilenet_v3_large_reduced": Variant(
        partial(MobileNetV3, LARGE_REDUCED, 640), Cost(2_569_352, 182_302_720)
    ),
    "mobilenet_v3_small_reduced": Variant(
        partial(MobileNetV3, SMALL_REDUCED, 512), Cost(1_099_672, 43_763_584)
    ),
}
