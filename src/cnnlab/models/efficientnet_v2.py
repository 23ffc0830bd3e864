"""EfficientNetV2: Smaller Models and Faster Training (Tan & Le, ICML 2021, arXiv:2104.00298).

A depthwise convolution does few multiplications but many reads, and where the image is still large an
accelerator waits for memory. Fused-MBConv puts one ordinary convolution in place of the expansion and the
filter: more MACs, less time. A search says in which stages. Parameter names follow torchvision, so its
ImageNet weights load directly.
"""

from functools import partial

from torch import nn

from cnnlab.blocks import conv_bn, set_norms
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant
from cnnlab.models.efficientnet import ConvBNSiLU, EfficientNet, Rows, mbconv

PAPER = Paper("tan2021", "EfficientNetV2: Smaller Models and Faster Training", 2021)


def fused(
    in_channels: int, out_channels: int, expansion: int, stride: int, kernel_size: int
) -> nn.Sequential:
    """Fused-MBConv: expand and filter at once → project (1×1, linear); a single layer where nothing expands.

    [N, in_channels, H, W] → [N, out_channels, ⌈H / stride⌉, ⌈W / stride⌉]. Source: figure 2, but no gate.
    """
    if expansion == 1:
        return nn.Sequential(ConvBNSiLU(in_channels, out_channels, kernel_size, stride))
    hidden = in_channels * expansion
    expand = ConvBNSiLU(in_channels, hidden, kernel_size, stride)
    return nn.Sequential(expand, nn.Sequential(*conv_bn(hidden, out_channels, kernel_size=1)))


# Table 4 (S), and M and L of the authors' code: n blocks of c channels, expanded t times by a k×k kernel.
S: Rows = [
    #        t    c   n  s  k     output for a 384×384 image
    (fused,  1,  24,  2, 1, 3),  # 192×192
    (fused,  4,  48,  4, 2, 3),  #  96×96
    (fused,  4,  64,  4, 2, 3),  #  48×48
    (mbconv, 4, 128,  6, 2, 3),  #  24×24
    (mbconv, 6, 160,  9, 1, 3),  #  24×24
    (mbconv, 6, 256, 15, 2, 3),  #  12×12
]  # fmt: skip

M: Rows = [
    (fused,  1,  24,  3, 1, 3),  # 240×240 for a 480×480 image
    (fused,  4,  48,  5, 2, 3),  # 120×120
    (fused,  4,  80,  5, 2, 3),  #  60×60
    (mbconv, 4, 160,  7, 2, 3),  #  30×30
    (mbconv, 6, 176, 14, 1, 3),  #  30×30
    (mbconv, 6, 304, 18, 2, 3),  #  15×15
    (mbconv, 6, 512,  5, 1, 3),  #  15×15
]  # fmt: skip

L: Rows = [
    (fused,  1,  32,  4, 1, 3),  # 240×240 for a 480×480 image
    (fused,  4,  64,  7, 2, 3),  # 120×120
    (fused,  4,  96,  7, 2, 3),  #  60×60
    (mbconv, 4, 192, 10, 2, 3),  #  30×30
    (mbconv, 6, 224, 19, 1, 3),  #  30×30
    (mbconv, 6, 384, 25, 2, 3),  #  15×15
    (mbconv, 6, 640,  7, 1, 3),  #  15×15
]  # fmt: skip


def efficientnet_v2(
    rows: Rows, dropout: float, num_classes: int = 1000, in_channels: int = 3
) -> EfficientNet:
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; S, M and L end as wide as B0."""
    model = EfficientNet(rows[0][2], rows, 1280, dropout, num_classes, in_channels)
    set_norms(model, eps=1e-3)
    return model


SMALL_IMAGE, LARGE_IMAGE = (3, 384, 384), (3, 480, 480)

VARIANTS = {  # Table 7 prints 8.8, 24 and 53 billion MACs; 22, 54 and 120 million parameters
    "efficientnet_v2_s": Variant(
        partial(efficientnet_v2, S, 0.2), Cost(21_458_488, 8_365_617_152), SMALL_IMAGE
    ),
    "efficientnet_v2_m": Variant(
        partial(efficientnet_v2, M, 0.3), Cost(54_139_356, 24_582_460_384), LARGE_IMAGE
    ),
    "efficientnet_v2_l": Variant(
        partial(efficientnet_v2, L, 0.4), Cost(118_515_272, 56_079_699_008), LARGE_IMAGE
    ),
}
