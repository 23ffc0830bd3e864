"""Building blocks that more than one architecture uses.

Activations overwrite their input, which nobody needs again: that saves time and memory. A hook that wants
what came before them has to copy it.
"""

from collections.abc import Callable
from functools import partial

from torch import nn

ReLU = partial(nn.ReLU, inplace=True)
ReLU6 = partial(nn.ReLU6, inplace=True)


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
