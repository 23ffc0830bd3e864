"""AlexNet: ImageNet Classification with Deep Convolutional Neural Networks (Krizhevsky et al., NIPS 2012).

LeNet's plan at a thousand times its size, made trainable by ReLU, dropout and two graphics cards that each
hold half of the channels. `alexnet_2012` is the paper's network; `alexnet` its later form for one card
(Krizhevsky, arXiv:1404.5997), which lecture 003 counts and whose ImageNet weights torchvision has.
"""

from collections.abc import Callable

from torch import Tensor, nn

from cnnlab.blocks import ReLU
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("krizhevsky2012", "ImageNet Classification with Deep Convolutional Neural Networks", 2012)

# O kernels of size K, stride S, padding P, in G groups; what follows their ReLU.
ONE_CARD = [
    #  O   K  S  P  G             output for a 224×224 image
    ( 64, 11, 4, 2, 1, "pool"),       # 55×55, pooled 27×27
    (192,  5, 1, 2, 1, "pool"),       # 27×27, pooled 13×13
    (384,  3, 1, 1, 1, ""),           # 13×13
    (256,  3, 1, 1, 1, ""),           # 13×13
    (256,  3, 1, 1, 1, "pool"),       # 13×13, pooled  6×6
]  # fmt: skip

TWO_CARDS = [  # section 3.5
    #  O   K  S  P  G             output for a 227×227 image: the paper's 224 leads to no 55×55
    ( 96, 11, 4, 0, 1, "norm pool"),  # 55×55, pooled 27×27
    (256,  5, 1, 2, 2, "norm pool"),  # 27×27, pooled 13×13
    (384,  3, 1, 1, 1, ""),           # 13×13; the only convolution that sees the other card's channels
    (384,  3, 1, 1, 2, ""),           # 13×13
    (256,  3, 1, 1, 2, "pool"),       # 13×13, pooled  6×6
]  # fmt: skip

FOLLOWS: dict[str, Callable[[], nn.Module]] = {
    # Section 3.3: α = 10⁻⁴, β = 0.75, k = 2, n = 5. The paper sums n squares, torch averages them: hence 5α.
    "norm": lambda: nn.LocalResponseNorm(size=5, alpha=5e-4, beta=0.75, k=2.0),
    "pool": lambda: nn.MaxPool2d(kernel_size=3, stride=2),  # section 3.4: the windows overlap
}


class AlexNet(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; H = W = 224, at least 63."""

    layers = ONE_CARD

    def __init__(self, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.5) -> None:
        super().__init__()
        features: list[nn.Module] = []
        for out_channels, kernel_size, stride, padding, groups, then in self.layers:
            features += [nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, groups=groups)]
            features += [ReLU(), *(FOLLOWS[word]() for word in then.split())]
            in_channels = out_channels
        self.features = nn.Sequential(*features)
        self.avgpool = nn.AdaptiveAvgPool2d(
            6
        )  # does nothing to an image of the size above, admits the others
        self.classifier = self.classify(num_classes, dropout)

    def classify(self, num_classes: int, dropout: float) -> nn.Sequential:
        """[N, 256 · 6 · 6] → [N, num_classes]"""
        return nn.Sequential(
            nn.Dropout(dropout), nn.Linear(256 * 6 * 6, 4096), ReLU(),
            nn.Dropout(dropout), nn.Linear(4096, 4096), ReLU(),
            nn.Linear(4096, num_classes),
        )  # fmt: skip

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.avgpool(self.features(images)).flatten(1))


class AlexNet2012(AlexNet):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; H = W = 227, at least 67."""

    layers = TWO_CARDS

    def classify(self, num_classes: int, dropout: float) -> nn.Sequential:
        """[N, 256 · 6 · 6] → [N, num_classes]. Section 4.2 drops outputs of the hidden layers, not inputs."""
        return nn.Sequential(
            nn.Linear(256 * 6 * 6, 4096), ReLU(), nn.Dropout(dropout),
            nn.Linear(4096, 4096), ReLU(), nn.Dropout(dropout),
            nn.Linear(4096, num_classes),
        )  # fmt: skip


VARIANTS = {
    "alexnet": Variant(AlexNet, Cost(params=61_100_840, macs=714_188_480)),
    # Weights of conv1–5: 34,848 + 307,200 + 884,736 + 663,552 + 442,368; each is used at 55², 27² or 13²
    # positions: 105,415,200 + 223,948,800 + 149,520,384 + 112,140,288 + 74,760,192 MACs. The linear layers
    # hold and do 37,748,736 + 16,777,216 + 4,096,000. Biases: 1,376 + 9,192. The paper says 60 million.
    "alexnet_2012": Variant(AlexNet2012, Cost(params=60_965_224, macs=724_406_816), (3, 227, 227)),
}
