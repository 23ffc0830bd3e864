"""EfficientNet: Rethinking Model Scaling for CNNs (Tan & Le, ICML 2019, arXiv:1905.11946).

A network can be made wider or deeper or be shown larger images, and each alone soon stops paying. In
proportion they help one another: search for a good small network, B0, as MnasNet did, then turn one knob for
all three. Parameter names follow torchvision, so its ImageNet weights load directly.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import ceil

from torch import Tensor, nn

from cnnlab import blocks
from cnnlab.blocks import ConvBN, Residual, SiLU, SqueezeExcite, inverted_bottleneck, round_channels
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("tan2019", "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019)

# Table 1, B0: n blocks of c channels, expanded t times by a k×k kernel, the first of stride s.
STAGES = [
    # t    c  n  s  k     output for a 224×224 image
    ( 1,  16, 1, 1, 3),  # 112×112
    ( 6,  24, 2, 2, 3),  #  56×56
    ( 6,  40, 2, 2, 5),  #  28×28
    ( 6,  80, 3, 2, 3),  #  14×14
    ( 6, 112, 3, 1, 5),  #  14×14
    ( 6, 192, 4, 2, 5),  #   7×7
    ( 6, 320, 1, 1, 3),  #   7×7
]  # fmt: skip

# Equation 3: depth 1.2^φ, width 1.1^φ and size 1.15^φ, so that each step of φ about doubles the cost. The
# authors' values lie up to 17 % above it. The last two columns are batch normalization's, as in the weights.
SCALES = [
    # width depth size dropout eps momentum
    (1.0, 1.0, 224, 0.2, 1e-5, 0.10),  # B0
    (1.0, 1.1, 240, 0.2, 1e-5, 0.10),
    (1.1, 1.2, 288, 0.3, 1e-5, 0.10),  # 260 in the authors' code; the weights are evaluated at 288
    (1.2, 1.4, 300, 0.3, 1e-5, 0.10),
    (1.4, 1.8, 380, 0.4, 1e-5, 0.10),
    (1.6, 2.2, 456, 0.4, 1e-3, 0.01),
    (1.8, 2.6, 528, 0.5, 1e-3, 0.01),
    (2.0, 3.1, 600, 0.5, 1e-3, 0.01),  # B7
]  # fmt: skip

ConvBNSiLU = partial(ConvBN, activation=SiLU)
Block = Callable[[int, int, int, int, int], nn.Module]
Rows = Sequence[tuple[Block, int, int, int, int, int]]


def mbconv(
    in_channels: int, out_channels: int, expansion: int, stride: int, kernel_size: int
) -> nn.Sequential:
    """MobileNetV2's layers with swish, and a gate that squeezes to a quarter of the block's input.

    [N, in_channels, H, W] → [N, out_channels, ⌈H / stride⌉, ⌈W / stride⌉]
    """
    hidden = in_channels * expansion
    excite = SqueezeExcite(hidden, in_channels // 4, activation=SiLU)
    return inverted_bottleneck((in_channels, hidden, out_channels), kernel_size, stride, SiLU, excite)


class EfficientNet(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; `rows` are those of a table.

    `stem` and `head` are the channels of the layers before and behind them. The authors train with
    `set_drop_rates(network, 0.2)`.
    """

    def __init__(
        self, stem: int, rows: Rows, head: int, dropout: float, num_classes: int = 1000, in_channels: int = 3
    ) -> None:
        super().__init__()
        features: list[nn.Module] = [ConvBNSiLU(in_channels, stem, stride=2)]
        channels = stem
        for block, t, c, n, s, k in rows:
            stage = nn.Sequential()
            for stride in [s] + [1] * (n - 1):
                in_channels, channels = channels, c
                layers = block(in_channels, channels, t, stride, k)
                stage.append(Residual(layers, stride == 1 and in_channels == channels))
            features.append(stage)
        features.append(ConvBNSiLU(channels, head, kernel_size=1))
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(head, num_classes))

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.features(images).mean(dim=(2, 3)))


def efficientnet(scale: int, num_classes: int = 1000, in_channels: int = 3) -> EfficientNet:
    """B0 to B7, by its row of `SCALES`: images [N, in_channels, H, W] → class scores [N, num_classes]."""
    width, depth, _, dropout, eps, momentum = SCALES[scale]
    rows = [(mbconv, t, round_channels(c * width), ceil(n * depth), s, k) for t, c, n, s, k in STAGES]
    stem, head = round_channels(32 * width), round_channels(1280 * width)
    model = EfficientNet(stem, rows, head, dropout, num_classes, in_channels)
    blocks.set_norms(model, eps, momentum)
    return model


def image(scale: int) -> tuple[int, int, int]:
    size = SCALES[scale][2]
    return 3, size, size


VARIANTS = {
    "efficientnet_b0": Variant(partial(efficientnet, 0), Cost(5_288_548, 385_814_752), image(0)),
    "efficientnet_b1": Variant(partial(efficientnet, 1), Cost(7_794_184, 686_802_832), image(1)),
    "efficientnet_b2": Variant(partial(efficientnet, 2), Cost(9_109_994, 1_087_529_456), image(2)),
    "efficientnet_b3": Variant(partial(efficientnet, 3), Cost(12_233_232, 1_827_141_392), image(3)),
    "efficientnet_b4": Variant(partial(efficientnet, 4), Cost(19_341_616, 4_393_771_024), image(4)),
    "efficientnet_b5": Variant(partial(efficientnet, 5), Cost(30_389_784, 10_266_384_752), image(5)),
    "efficientnet_b6": Variant(partial(efficientnet, 6), Cost(43_040_704, 19_067_593_536), image(6)),
    "efficientnet_b7": Variant(partial(efficientnet, 7), Cost(66_347_960, 37_745_884_192), image(7)),
}
