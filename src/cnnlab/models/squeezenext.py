"""SqueezeNext: Hardware-Aware Neural Network Design (Gholami et al., CVPR Workshops 2018, arXiv:1803.10615).

SqueezeNet's 3×3 kernels still hold most of its weights; depthwise ones keep a processor waiting for memory.
So a block squeezes twice and splits what is left of the 3×3 into 3×1 and 1×3, with ResNet's shortcut around
it. Version 5 moves blocks from early stages, which a simulated accelerator is slow at, to later ones.
"""

from collections.abc import Sequence
from functools import partial

from torch import Tensor, nn

from cnnlab.blocks import Pair, ReLU, round_channels
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("gholami2018", "SqueezeNext: Hardware-Aware Neural Network Design", 2018)

# Blocks of the four stages. The name counts them: 23 = 6 + 6 + 8 + 1, conv1 and the linear layer.
DEPTHS = {
    "23":   (6, 6,  8, 1),
    "23v5": (2, 4, 14, 1),
}  # fmt: skip
WIDTHS = 32, 64, 128, 256  # channels of the stages, for 55×55, 28×28, 14×14 and 7×7 pixels
TALL, WIDE = ((3, 1), (1, 0)), ((1, 3), (0, 1))  # kernel size and padding


def conv_bn_relu(
    in_channels: int, out_channels: int, kernel_size: Pair = 1, padding: Pair = 0, stride: int = 1
) -> nn.Sequential:
    """With a bias, which the norm takes out again: published counts have it, the authors' files do not."""
    conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels), ReLU())


class Block(nn.Module):
    """Squeeze twice, filter along one axis and the other, expand; add the input or its projection.

    [N, in_channels, H, W] → [N, out_channels, ⌈H / stride⌉, ⌈W / stride⌉]. In `place` 0 of a stage the block
    projects; in even ones it filters columns first, in odd ones rows.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int, place: int) -> None:
        super().__init__()
        half, quarter = out_channels // 2, out_channels // 4
        first, second = (WIDE, TALL) if place % 2 else (TALL, WIDE)
        self.residual = nn.Sequential(
            conv_bn_relu(in_channels, half, stride=stride),
            conv_bn_relu(half, quarter),
            conv_bn_relu(quarter, half, *first),
            conv_bn_relu(half, half, *second),
            conv_bn_relu(half, out_channels),
        )
        self.shortcut = nn.Identity() if place else conv_bn_relu(in_channels, out_channels, stride=stride)
        self.relu = ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.residual(x) + self.shortcut(x))


class SqueezeNext(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; H = W = 224, at least 7.

    `depths` is a row of the table; `width` scales the blocks, not the 64 channels before nor the 128 after.
    """

    def __init__(
        self, depths: Sequence[int] = DEPTHS["23"], width: float = 1.0,
        num_classes: int = 1000, in_channels: int = 3,
    ) -> None:  # fmt: skip
        super().__init__()
        self.features = nn.Sequential(
            conv_bn_relu(in_channels, 64, kernel_size=7, padding=1, stride=2),
            nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),
        )
        channels = 64
        for stage, (base, depth) in enumerate(zip(WIDTHS, depths, strict=True)):
            for place in range(depth):
                in_channels, channels = channels, round_channels(base * width)
                stride = 2 if stage > 0 and place == 0 else 1
                self.features.append(Block(in_channels, channels, stride, place))
        self.features.append(conv_bn_relu(channels, 128))
        self.fc = nn.Linear(128, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.features(images).mean(dim=(2, 3)))


# The authors' files crop 227×227 and do not pad conv1, whose 111² outputs are pooled to 55². Padded by 1, it
# makes 110² of 224×224 and the same 55² of those; at their size it does 9,408 · (111² − 110²) MACs more.
# Others scale conv1 and the last layer too; only without that have widths 1.5 and 2, and 2 of v5, the 1.4,
# 2.4 and 3.2 million parameters that the paper prints. The test derives all six in closed form.
V5 = DEPTHS["23v5"]
VARIANTS = {
    "squeezenext23": Variant(SqueezeNext, Cost(params=724_056, macs=275_920_640)),
    "squeezenext23_x1_5": Variant(partial(SqueezeNext, width=1.5), Cost(1_415_952, 470_191_616)),
    "squeezenext23_x2_0": Variant(partial(SqueezeNext, width=2.0), Cost(2_374_088, 739_991_296)),
    "squeezenext23v5": Variant(partial(SqueezeNext, V5), Cost(921_816, 276_943_616)),
    "squeezenext23v5_x1_5": Variant(partial(SqueezeNext, V5, width=1.5), Cost(1_857_744, 472_493_312)),
    "squeezenext23v5_x2_0": Variant(partial(SqueezeNext, V5, width=2.0), Cost(3_156_680, 744_083_200)),
}
