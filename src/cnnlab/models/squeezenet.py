"""SqueezeNet: AlexNet-Level Accuracy with 50x Fewer Parameters … (Iandola et al., 2016, arXiv:1602.07360).

AlexNet and VGG spend their weights on linear layers and on 3×3 kernels that read every channel. Here no layer
is linear, the 3×3 kernels read few channels, squeezed by 1×1 kernels, and do half of the work; the image is
halved late. Parameter names follow torchvision, so its ImageNet weights load directly.
"""

import torch
from torch import Tensor, nn

from cnnlab.blocks import ReLU
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper(
    "iandola2016", "SqueezeNet: AlexNet-Level Accuracy with 50x Fewer Parameters and <0.5MB Model Size", 2016
)


class Fire(nn.Module):
    """Squeeze by s1 kernels of 1×1, expand by e1 of 1×1 beside e3 of 3×3; the letters are the paper's.

    [N, in_channels, H, W] → [N, e1 + e3, H, W]. ValueError if there are no kernels of a kind.
    """

    def __init__(self, in_channels: int, s1: int, e1: int, e3: int) -> None:
        super().__init__()
        if min(s1, e1, e3) < 1:
            raise ValueError(f"each kind of kernel is needed; got s1 = {s1}, e1 = {e1}, e3 = {e3}")
        self.squeeze = nn.Conv2d(in_channels, s1, kernel_size=1)
        self.expand1x1 = nn.Conv2d(s1, e1, kernel_size=1)
        self.expand3x3 = nn.Conv2d(s1, e3, kernel_size=3, padding=1)
        self.relu = ReLU()

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.squeeze(x))
        return self.relu(torch.cat([self.expand1x1(x), self.expand3x3(x)], dim=1))


class SimpleBypass(Fire):
    """Where the input fits, it is added (section 6): it does around every second module."""

    def __init__(self, in_channels: int, s1: int, e1: int, e3: int) -> None:
        super().__init__(in_channels, s1, e1, e3)
        self.fits = in_channels == e1 + e3

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + x if self.fits else super().forward(x)


class ComplexBypass(Fire):
    """Where the input does not fit, a 1×1 convolution makes it fit."""

    def __init__(self, in_channels: int, s1: int, e1: int, e3: int) -> None:
        super().__init__(in_channels, s1, e1, e3)
        fits = in_channels == e1 + e3
        self.bypass = nn.Identity() if fits else nn.Conv2d(in_channels, e1 + e3, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + self.bypass(x)


class SqueezeNet(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; H = W = 224, at least 21.

    The arguments are section 5's: `base_e` channels, and `incr_e` more after every `freq` modules, of which
    a share `pct_3x3` comes from 3×3 kernels; `sr` times as many squeeze. ValueError for no kernels.
    """

    fire: type[Fire] = Fire
    conv1 = 96, 7  # channels, kernel size
    pools = 2, 5, 9  # before these Fire modules: the first is fire2

    def __init__(
        self, base_e: int = 128, incr_e: int = 128, pct_3x3: float = 0.5, freq: int = 2, sr: float = 0.125,
        num_classes: int = 1000, in_channels: int = 3,
    ) -> None:  # fmt: skip
        super().__init__()
        if freq < 1:
            raise ValueError(f"freq must be at least 1; got {freq}")
        channels, kernel_size = self.conv1
        features: list[nn.Module] = [nn.Conv2d(in_channels, channels, kernel_size, stride=2), ReLU()]
        for i in range(8):
            if i + 2 in self.pools:
                features += [nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)]
            e = base_e + incr_e * (i // freq)
            e3 = round(e * pct_3x3)
            features += [self.fire(channels, round(e * sr), e - e3, e3)]
            channels = e
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(nn.Dropout(), nn.Conv2d(channels, num_classes, 1), ReLU())

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.features(images)).mean(dim=(2, 3))


class SqueezeNetSimpleBypass(SqueezeNet):
    fire = SimpleBypass


class SqueezeNetComplexBypass(SqueezeNet):
    fire = ComplexBypass


class SqueezeNet11(SqueezeNet):
    """The authors' later release: at least 17 pixels, the same accuracy for 2.3 times fewer MACs."""

    conv1 = 64, 3
    pools = 2, 4, 6


# Table 1 has 111×111 outputs of conv1, which take a 227×227 image: then 832,667,936 MACs. From 224 come 109.
# Complex: 96·128 + 128·256 + 256·384 + 384·512 = 339,968 weights, 1,280 biases around fire2, 4, 6 and 8 more,
# used at 54², 54², 27² and 27² positions: 45,056 · 2,916 + 294,912 · 729 = 346,374,144 MACs more.
VARIANTS = {
    "squeezenet1_0": Variant(SqueezeNet, Cost(params=1_248_424, macs=818_924_576)),
    "squeezenet1_1": Variant(SqueezeNet11, Cost(params=1_235_496, macs=349_151_936)),
    "squeezenet1_0_simple_bypass": Variant(SqueezeNetSimpleBypass, Cost(1_248_424, 818_924_576)),
    "squeezenet1_0_complex_bypass": Variant(SqueezeNetComplexBypass, Cost(1_589_672, 1_165_298_720)),
}
