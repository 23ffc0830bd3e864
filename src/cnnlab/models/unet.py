"""U-Net: Convolutional Networks for Biomedical Image Segmentation (Ronneberger et al., MICCAI 2015,
arXiv:1505.04597).

A classifier forgets where things are: each pooling halves what it knows of that. So a second path doubles
the size again, level by level, and at each reads once more what the first path saw there before it pooled.
Coarse features say what, fine ones where; every pixel gets an answer.
"""

import torch
from torch import Tensor, nn

from cnnlab.blocks import ReLU
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("ronneberger2015", "U-Net: Convolutional Networks for Biomedical Image Segmentation", 2015)

# Figure 1: channels of each level, and what a 572×572 image becomes on the way down and up.
WIDTHS = (
    # channels    down               up
        64,     # 572 → 570 → 568    392 → 390 → 388
       128,     # 284 → 282 → 280    200 → 198 → 196
       256,     # 140 → 138 → 136    104 → 102 → 100
       512,     #  68 →  66 →  64     56 →  54 →  52
      1024,     #  32 →  30 →  28
)  # fmt: skip
# How far inside of what was seen each level of the way up begins: (64 − 56) / 2, (136 − 104) / 2, …
MARGINS = (4, 16, 40, 88)


def two_convolutions(in_channels: int, out_channels: int, padding: int) -> nn.Sequential:
    """[N, in_channels, H, W] → [N, out_channels, H − 4, W − 4], or H and W if padded."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=padding), ReLU(),
        nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=padding), ReLU(),
    )  # fmt: skip


class Join(nn.Module):
    """Twice the size for half the channels, beside what the way down saw at the same places.

    x [N, 2C, h, w], seen [N, C, H, W] → [N, C, 2h − 4, 2w − 4]; padded, with no margin, [N, C, H, W].
    """

    def __init__(self, channels: int, padding: int, margin: int) -> None:
        super().__init__()
        self.margin = margin
        self.up = nn.ConvTranspose2d(2 * channels, channels, kernel_size=2, stride=2)
        self.convolve = two_convolutions(2 * channels, channels, padding)

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        x, seen = self.up(x), seen[:, :, self.margin :, self.margin :]
        height, width = map(min, x.shape[2:], seen.shape[2:])
        return self.convolve(torch.cat([seen[:, :, :height, :width], x[:, :, :height, :width]], dim=1))


class UNet(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes, H − 184, W − 184]; H, W at least 188.

    The scores at [i, j] are those of pixel [i + 92, j + 92]. Where a pooling meets an odd size, which the
    paper avoids, it leaves out the last row or column: up to 15 rows or columns fewer have scores.
    """

    padding, ceil_mode, margins = 0, False, MARGINS

    def __init__(self, num_classes: int = 2, in_channels: int = 1, dropout: float = 0.5) -> None:
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for channels in WIDTHS:
            self.down.append(two_convolutions(in_channels, channels, self.padding))
            in_channels = channels
        for channels, margin in zip(WIDTHS[-2::-1], self.margins, strict=True):
            self.up.append(Join(channels, self.padding, margin))
        self.pool = nn.MaxPool2d(kernel_size=2, ceil_mode=self.ceil_mode)
        self.dropout = nn.Dropout(dropout)  # "at the end of the contracting path"
        self.classifier = nn.Conv2d(WIDTHS[0], num_classes, kernel_size=1)

    def forward(self, images: Tensor) -> Tensor:
        levels = [self.down[0](images)]
        for down in self.down[1:]:
            levels.append(down(self.pool(levels[-1])))
        x = self.dropout(levels.pop())
        for up in self.up:
            x = up(x, levels.pop())
        return self.classifier(x)


class UNetPadded(UNet):
    """Images [N, in_channels, H, W] → class scores [N, num_classes, H, W], for any H and W.

    Not the paper's, but what most use since: zeros stand for what the pixels at the border cannot see. An odd
    size's last row or column is pooled alone, and the row or column too many is cut off again on the way up.
    """

    padding, ceil_mode, margins = 1, True, (0, 0, 0, 0)


# Weights: 9 · (64 + 64²) at the top, 9 · (c² / 2 + c²) at each c below, (4 · 2 + 9 · 2 + 9) · c² at each c up
# again, 64 · 2 at the end: 37,440 + 18,800,640 + 12,185,600 + 128. Biases: 6,850. Figure 1's sizes give the
# MACs: 64 · 9 · 570² + 64² · 9 · 568² + … = 72,477,446,400 down, 77,931,708,416 up, 128 · 388² at the end.
# Padded, level c has (512 · 64 / c)² positions: 512² · (37,440 + 64² · 4 · (13.5 + 29) + 128), for `up` uses
# its weights at a quarter of them.
VARIANTS = {
    "unet": Variant(UNet, Cost(params=31_030_658, macs=150_428_424_448), (1, 572, 572)),
    "unet_padded": Variant(UNetPadded, Cost(params=31_030_658, macs=192_384_335_872), (1, 512, 512)),
}
